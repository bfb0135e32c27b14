"""Pages whose number is printed as a row of squares, black for 1: which page it is, and where it lies.

The squares stand at the same place on every page of a project (AMC's own check demands it). So the
marks place the squares, the squares say which page of which copy this is, and the marks then place
that page. A page is believed only when every square that can be read is as its layout says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import COPY, PAGE, PageBit, bit_type, is_bit, page_bits, printed_number
from pipeline.model import Box, Layout, PageCode, PageLayout
from pipeline.reading.image import View, as_gray
from pipeline.reading.placing import (
    BOXES_ELSEWHERE,
    NO_MARKS,
    Miss,
    Placement,
    best_fit,
    least_score,
    place_by_marks,
)
from pipeline.reading.registered import Matrix, apply

_BLACK, _WHITE = 0.62, 0.34
"""Share of the way from paper to print from which a square is black, and up to which it is white."""
_MOST_UNCLEAR = 2
_STEPS = 7
_INNER = 0.5
"""Share of a square's sides that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NumberedPage:
    """A page that its squares named."""

    layout: Layout
    page: PageLayout
    code: PageCode
    placement: Placement


def is_numbered(layout: Layout) -> bool:
    """Whether the pages of a layout say their number in squares."""
    return bool(layout.pages) and any(map(is_bit, layout.pages[0].codes))


def place_numbered(view: View, layouts: Sequence[Layout], most_off: float) -> NumberedPage | Miss:
    """Find out which page of which copy a picture is, and place it.

    Parameters
    ----------
    view
        The picture.
    layouts
        A layout for each copy, all of them numbered; of equal copies the first is taken.
    most_off
        Root mean square of residuals, in boxes, above which a place is refused.

    Returns
    -------
    NumberedPage or Miss
        Miss: no marks, no squares that can be read, or a number that no layout has.
    """
    missed = Miss(reason=NO_MARKS, marks_found=0)
    for probe in _probes(layouts):
        placed = place_by_marks(view, _as_page(probe), None)
        if isinstance(placed, Miss):
            missed = placed if placed.marks_found >= missed.marks_found else missed
            continue
        found = _named(layouts, page_bits(probe), _black(view.gray, placed, page_bits(probe)))
        if isinstance(found, str):
            missed = Miss(reason=found, marks_found=placed.marks_found)
            continue
        layout, page = found
        return _placed(view, layout, page, placed, most_off)
    return missed


def _probes(layouts: Sequence[Layout]) -> list[PageLayout]:
    """Pages of the first copy whose squares or marks stand at different places."""
    found: dict[tuple[object, ...], PageLayout] = {}
    for page in layouts[0].pages:
        places = tuple((round(bit.x, 1), round(bit.y, 1)) for bit in page_bits(page))
        marks = tuple((round(x, 1), round(y, 1)) for x, y in page.anchors.points)
        found.setdefault((places, marks), page)
    return list(found.values())


def _as_page(page: PageLayout) -> PageLayout:
    """A page that has nothing but its squares, as boxes."""
    squares = tuple(
        Box(
            question="number",
            option=f"{bit.number}.{bit.digit}",
            shape="square",
            x=bit.x,
            y=bit.y,
            w=bit.w,
            h=bit.h,
        )
        for bit in page_bits(page)
    )
    return PageLayout(
        sheet=page.sheet, width=page.width, height=page.height, anchors=page.anchors, boxes=squares
    )


def _black(gray: NDArray[np.uint8], placed: Placement, bits: Sequence[PageBit]) -> list[bool | None]:
    """Whether each square is black; None: it cannot be told."""
    ink = float(np.median([mark.grey for mark in placed.marks if mark is not None]))
    offsets = (np.arange(_STEPS) / (_STEPS - 1) - 0.5) * _INNER + 0.5
    greys = np.array([_mean(gray, placed.matrix, bit, offsets) for bit in bits])
    paper = float(max(np.median(gray[::16, ::16]), greys.max()))
    darkness = (paper - greys) / max(paper - ink, 1.0)
    return [True if dark >= _BLACK else False if dark <= _WHITE else None for dark in darkness]


def _mean(gray: NDArray[np.uint8], matrix: Matrix, bit: PageBit, offsets: NDArray[np.float64]) -> float:
    across, down = np.meshgrid(bit.x + bit.w * offsets, bit.y + bit.h * offsets)
    points = apply(matrix, np.stack([across, down], axis=-1)).astype(np.float32)
    seen = cv2.remap(
        gray,
        points[..., 0],
        points[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(128.0,),
    )
    return float(as_gray(seen).mean())


def _named(
    layouts: Sequence[Layout], bits: tuple[PageBit, ...], black: Sequence[bool | None]
) -> tuple[Layout, PageLayout] | str:
    """The layout and page that the squares name, or why none."""
    if sum(one is None for one in black) > _MOST_UNCLEAR:
        return "the squares of its page number cannot be read"
    allowed = {
        bit_type(bit.number, bit.digit, black=black_one)
        for bit, seen in zip(bits, black, strict=True)
        for black_one in (True, False)
        if seen is None or seen is black_one
    }
    found = [(layout, page) for layout in layouts for page in layout.pages if _says(page, allowed, len(bits))]
    if len({(layout.hash, page.sheet) for layout, page in found}) == 1:
        return found[0]
    if found or None in black:
        return "the squares of its page number cannot be read"
    read = tuple(
        PageBit(number=bit.number, digit=bit.digit, black=bool(seen), x=0, y=0, w=0, h=0)
        for bit, seen in zip(bits, black, strict=True)
    )
    copy, page = printed_number(read, COPY), printed_number(read, PAGE)
    return f"its squares say copy {copy}, page {page}, which no layout has"


def _says(page: PageLayout, allowed: set[str], count: int) -> bool:
    """Whether every square of a page is printed as one of the allowed."""
    squares = [place.type for place in page.codes if is_bit(place)]
    return len(squares) == count and all(square in allowed for square in squares)


def _placed(
    view: View, layout: Layout, page: PageLayout, probe: Placement, most_off: float
) -> NumberedPage | Miss:
    """Place the page that was named by the marks that were found."""
    points = np.array(page.anchors.points)
    placed = best_fit(view.gray, page, points, probe.marks, known=True)
    if placed.outlines.score < least_score(placed.outlines.sides):
        return Miss(reason=BOXES_ELSEWHERE, marks_found=placed.marks_found)
    side = float(np.median([min(box.w, box.h) for box in page.boxes])) if page.boxes else np.inf
    if placed.outlines.rms > most_off * side:
        off = placed.outlines.rms / side
        return Miss(reason=f"its marks and boxes are {off:.0%} of a box off", marks_found=placed.marks_found)
    code = PageCode(
        exam=layout.exam,
        version=layout.version,
        sheet=page.sheet,
        serial=printed_number(page_bits(page), COPY),
        layout=layout.hash,
    )
    return NumberedPage(layout=layout, page=page, code=code, placement=placed)
