"""What a scan as a whole is like: its light, its sharpness, its edges, what shines through."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.quality_lines import Line
from pipeline.reading.quality_view import SmallPage
from pipeline.reading.quality_words import BLACK_AND_WHITE, note
from pipeline.reading.registered import Matrix, apply, local_scale

_DARK_PAPER, _TINTED_PAPER = 108.0, 178.0
"""Grey of the paper below which the scan is dark, and below which the paper is not white."""
_PALE_PRINT = 0.55
"""Share of the paper's grey from which print is pale."""
_LEAST_CONTRAST = 0.2
"""Darkness of the darkest print against its paper below which nothing is read."""
_DARKEST = 0.003
"""Share of the page's pixels that shows how dark its print is."""
_BLACK_PAPER = 40.0
"""Grey below which a page is black."""
_BLURRED_MM, _UNREADABLE_MM = 0.24, 0.8
"""Standard deviation of blur that is told, and from which nothing is read."""
_BLURRED_PX, _UNREADABLE_PX = 1.6, 3.0
"""The same in pixels: less is what every picture has that is small."""
_LEAST_DPI = 90.0
_SEEN = 30.0
"""Contrast, grey levels, of an outline whose sharpness is measured."""
_CUT_MM = 8.0
"""Less than this is cut off by many scanners, and nothing of ours is printed there."""
_SCALED = (0.02, 0.25)
"""Least and largest change of scale that is told: a larger one is a header that says nonsense."""
_FLAT = 0.006
"""Change of scale within a picture from which it was photographed, and its size says nothing."""
_STRIP_MM = 12.0
"""Least width beside a page in which a second sheet is looked for."""
_SECOND_INK = (0.003, 0.4)
_GHOST = (0.03, 0.15)
"""Darkness against the paper of what shows through."""
_GHOST_SHARE = 0.045
"""Share of the bare paper on which it must show."""
_SIDES = ("above", "right of", "below", "left of")
_CUT_SIDES = ("top", "right", "bottom", "left")


def light_notes(small: SmallPage, print_grey: float | None, bilevel: bool) -> Iterator[str]:
    """Notes on paper and print (None: not known): black and white, or too dark or too light."""
    percent = f"{small.paper / 2.55:.0f} %"
    if bilevel:
        if float(small.tiny.mean()) < 150.0:
            yield note("dark", f"{small.tiny.mean() / 2.55:.0f} %")
        yield note(BLACK_AND_WHITE)
        return
    if small.paper < _DARK_PAPER:
        yield note("dark", percent)
    elif small.paper < _TINTED_PAPER:
        yield note("coloured paper", percent)
    if print_grey is not None and print_grey > _PALE_PRINT * small.paper:
        yield note("light", f"{100 - 100 * print_grey / small.paper:.0f} %")


def no_contrast(small: SmallPage, print_grey: float) -> bool:
    """Whether nothing on the page can be told from its paper.

    A page may print very little: then the outlines and marks that placed it say how dark print is.

    Parameters
    ----------
    small
        The page.
    print_grey
        Grey of the outlines and marks that were found; 255 when there are none.
    """
    if small.paper < _BLACK_PAPER:
        return True
    few = small.tiny[::2, ::2].ravel()
    dark = float(np.partition(few, int(_DARKEST * few.size))[int(_DARKEST * few.size)])
    return small.paper - min(dark, print_grey) < _LEAST_CONTRAST * small.paper


def blur_mm(gray: NDArray[np.uint8], places: NDArray[np.float64], px_per_mm: float) -> float:
    """Standard deviation of the blur, mm, by the steepest slopes where printed outlines are crossed.

    A line of contrast c that is blurred by s has slopes of at most 0.6 c / s, an edge of 0.4 c / s;
    the contrast is taken from the same few lines of pixels, down and across. What blurs in one
    direction only, a hand that shook, is measured in that direction.

    Parameters
    ----------
    gray
        The page at its full resolution, grey.
    places
        (n, 4): centre x, centre y, width, height of some boxes, px.
    px_per_mm
        Resolution of the page.
    """
    if not len(places):
        return 0.0
    reach = max(4, round(0.75 * float(np.median(places[:, 2:]))))
    along = np.arange(-reach, reach + 1)
    beside = np.array([-0.25, -0.1, 0.1, 0.25])
    height, width = gray.shape
    slopes, contrasts = [], []
    for axis in (0, 1):
        lines = np.rint(places[:, 1 - axis, None] + beside * places[:, 3 - axis, None]).astype(int)
        points = np.rint(places[:, axis, None]).astype(int) + along
        rows, columns = (lines[:, :, None], points[:, None, :])[:: 1 if axis == 0 else -1]
        grey = gray[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].astype(np.float32)
        slopes.append(np.abs(grey[:, :, 2:] - grey[:, :, :-2]).max(axis=(1, 2)) / 2.0)
        contrasts.append(grey.max(axis=(1, 2)) - grey.min(axis=(1, 2)))
    contrast = np.maximum(*contrasts)
    seen = contrast > _SEEN
    if not seen.any():
        return 0.0
    ratio = float(np.median((np.minimum(*slopes) / np.maximum(contrast, 1.0))[seen]))
    return 0.5 / max(ratio, 0.01) / px_per_mm


def sharpness_notes(blur: float, px_per_mm: float) -> Iterator[str]:
    """The notes on a blur of so many mm, and on too few pixels."""
    if px_per_mm * 25.4 < _LEAST_DPI:
        yield note("low resolution", f"{px_per_mm * 25.4:.0f} dpi")
    elif blur > max(_BLURRED_MM, _BLURRED_PX / px_per_mm):
        yield note("blurred", f"{blur:.1f} mm")


def unreadably_blurred(blur: float, px_per_mm: float) -> bool:
    """Whether a blur of so many mm leaves no marks to be told."""
    return blur > max(_UNREADABLE_MM, _UNREADABLE_PX / px_per_mm)


def cut_notes(small: SmallPage) -> Iterator[str]:
    """The note on what of the page lies outside the picture."""
    deepest = max(enumerate(_beyond(small)), key=lambda side: side[1])
    if deepest[1] > _CUT_MM:
        yield note("cut off", f"{deepest[1]:.0f} mm at the {_CUT_SIDES[deepest[0]]}")


def _beyond(small: SmallPage) -> tuple[float, float, float, float]:
    """How far the page reaches beyond the picture at each side, mm; negative: there is room."""
    height, width = small.gray.shape
    (left, top), (right, bottom) = small.corners_px().min(axis=0), small.corners_px().max(axis=0)
    sides = (-0.5 - top, right - width + 0.5, bottom - height + 0.5, -0.5 - left)
    away = [float(side) / small.px_per_mm for side in sides]
    return away[0], away[1], away[2], away[3]


def scale_note(small: SmallPage, matrix: Matrix, dpi: float, header_dpi: float | None) -> Iterator[str]:
    """The note on a page that is larger or smaller than it was laid out.

    Pictures whose scale is not the same everywhere were photographed, and the resolution in the
    header of a photograph says nothing; nor does it where room is left on all sides.
    """
    if header_dpi is None or not _SCALED[0] < abs(dpi / header_dpi - 1.0) < _SCALED[1]:
        return
    page = small.page
    ends = ((0.0, 0.0), (page.width, 0.0), (page.width, page.height), (0.0, page.height))
    scales = [local_scale(matrix, end) for end in ends]
    flat = max(scales) / min(scales) - 1.0 < _FLAT
    if flat and not _framed(small):
        yield note("scaled", f"{dpi / header_dpi * 100:.0f} %")


def _framed(small: SmallPage) -> bool:
    """Whether the paper ends inside the picture on all sides: what is beyond is not paper."""
    if max(_beyond(small)) > -2.0:
        return False
    height, width = small.gray.shape
    middle = np.array([small.page.width, small.page.height]) / 2
    ends = np.array([[0.5, 0.0], [1.0, 0.5], [0.5, 1.0], [0.0, 0.5]]) * 2 * middle
    outer = apply(small.matrix, middle + (ends - middle) * (1 + 3.0 / (small.unit_mm * middle.min())))
    at = np.clip(np.rint(outer).astype(int), 0, [width - 1, height - 1])
    grey = small.gray[at[:, 1], at[:, 0]].astype(float)
    return bool((np.abs(grey - small.paper) > 0.12 * small.paper).sum() >= 3)


def second_sheet_sides(small: SmallPage) -> tuple[str, ...]:
    """Where, of ``_SIDES``, print lies on paper beside the page."""
    found = []
    beyond = _beyond(small)
    height, width = small.gray.shape
    (left, top), (right, bottom) = small.corners_px().min(axis=0), small.corners_px().max(axis=0)
    gap = 3.0 * small.px_per_mm
    strips = (
        small.gray[: max(0, round(top - gap))],
        small.gray[:, min(width, round(right + gap)) :],
        small.gray[min(height, round(bottom + gap)) :],
        small.gray[:, : max(0, round(left - gap))],
    )
    for side, strip, room in zip(_SIDES, strips, beyond, strict=True):
        if -room < _STRIP_MM or not strip.size:
            continue
        like_paper = abs(float(np.median(strip)) - small.paper) < 0.12 * small.paper
        inked = float(np.mean(strip < 0.6 * small.paper))
        if like_paper and _SECOND_INK[0] < inked < _SECOND_INK[1]:
            found.append(side)
    return tuple(found)


def is_edge_of_second(small: SmallPage, sides: Sequence[str], line: Line) -> bool:
    """Whether a line is the edge of a second sheet that lies at one of these sides of the page.

    Such an edge runs along the page's own, at most so far within it that nothing printed is covered.
    """
    _, (left, top), (right, bottom), _ = np.sort(small.corners_px(), axis=0)
    covered = _CUT_MM * small.px_per_mm
    near = {
        "above": not line.down and line.middle < top + covered,
        "below": not line.down and line.middle > bottom - covered,
        "left of": line.down and line.middle < left + covered,
        "right of": line.down and line.middle > right - covered,
    }
    return any(near[side] for side in sides)


def ghost_share(small: SmallPage) -> float:
    """Share of the bare paper on which something faint shows, as print on the back does."""
    if small.page.anchors.kind == "none":
        return 0.0  # nobody knows where the page ends in such a picture
    tiny = small.tiny
    reach = 2 * round(3.5 * small.px_per_mm / 2) + 1
    around = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((reach, reach), dtype=np.uint8))
    depth = cv2.subtract(around, tiny)
    ink = (depth > _GHOST[1] * small.paper).astype(np.uint8)
    bare = (cv2.dilate(ink, np.ones((5, 5), dtype=np.uint8)) == 0) & (small.inner > 0)
    count = int(bare.sum())
    if count < 0.1 * tiny.size:
        return 0.0
    faint = (depth > max(_GHOST[0] * small.paper, 4.0)) & bare
    return float(faint.sum()) / count


def ghost_note(share: float) -> Iterator[str]:
    """The note on a back side that shows through so much of the paper."""
    if share > _GHOST_SHARE:
        yield note("show-through")
