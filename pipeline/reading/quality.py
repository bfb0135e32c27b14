"""The gate of scan quality: what is wrong with a scan, where, and whether it can be read at all.

Everything is measured on the page at 50 to 100 dpi, but for its sharpness. A defect that crosses a
box makes that box doubtful, not the page; only a page on which no box can be read is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.reading import quality_levels as levels
from pipeline.reading.quality_cover import find_cover
from pipeline.reading.quality_defects import DEFECT_WORDS, FOLD, STREAK, Defects
from pipeline.reading.quality_lines import Line, find_lines
from pipeline.reading.quality_view import SmallPage
from pipeline.reading.quality_words import note
from pipeline.reading.registered import Matrix, Registered, apply

__all__ = ["DEFECT_WORDS", "Inspection", "box_defects", "defect_kinds", "inspect_page"]

_MOST_LOST = 0.4
"""Share of the boxes that may be outside the picture or covered."""
_LOST = 0.5
"""Share of a box that is lost when it is."""
_BLUR_BOXES = 12
"""Boxes at which sharpness is measured."""
_EDGE_MM = 1.5
"""Width of the edge of the paper, which may cast a shadow."""
_MIDDLE = 0.6
"""Share of a box, across, that no printed line runs through."""
_FOLDS_AT = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Where paper is folded, in parts of its length."""
_FOLD_NEAR = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inspection:
    """What a look at a page found."""

    notes: tuple[str, ...] = ()
    """As :attr:`PageQuality.notes`."""
    defects: Defects
    refusal: str = ""
    """Why the page must not be read; empty: it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What registration knows of a scan."""

    print_grey: float
    bilevel: bool
    quarter_turns: int
    """Clockwise, by which the scan was turned upright."""
    header_dpi: float | None
    """As the file says; None: it says nothing."""
    has_marks: bool
    """Whether the page was placed by marks, so that its scale is known."""


def inspect_page(gray: NDArray[np.uint8], small: SmallPage, matrix: Matrix, facts: Facts) -> Inspection:
    """Look for defects of a registered page.

    Parameters
    ----------
    gray
        (height, width), upright, full resolution.
    small
        The same, made small.
    matrix
        Layout units to pixels of ``gray``.
    facts
        What registration knows.
    """
    lines = _defective(find_lines(small.gray, small.paper, small.px_per_mm), small, matrix)
    cover, notes = find_cover(small, lines)
    height, width = gray.shape
    defects = Defects(
        width=width, height=height, lines=_rows(lines, small), cover=cover, factor=float(small.factor)
    )
    per_mm = small.px_per_mm * small.factor
    every = max(1, len(small.page.boxes) // _BLUR_BOXES)
    blur = 0.0 if facts.bilevel else levels.blur_mm(gray, _places(small, matrix, every), per_mm)
    cut = list(levels.cut_notes(small))
    lost = _lost(defects, _places(small, matrix)) if cut or cover.size else 0.0
    second = levels.second_sheet_sides(small)
    own = [line for line in lines if not levels.is_edge_of_second(small, second, line)]
    found = [
        *_line_notes(own, small, facts),
        *notes,
        *cut,
        *(levels.scale_note(small, matrix, per_mm * 25.4, facts.header_dpi) if facts.has_marks else ()),
        *levels.light_notes(small, facts.print_grey if facts.has_marks else None, facts.bilevel),
        *levels.sharpness_notes(blur, per_mm),
        *(note("double feed", side) for side in second),
        *levels.ghost_note(levels.ghost_share(small)),
    ]
    return Inspection(
        notes=tuple(dict.fromkeys(found)),
        defects=defects,
        refusal=_refusal(small, facts, blur, lost),
    )


def box_defects(registered: Registered, places_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean ink that defects of the scan add to each box or hide in it, (n,), 0 to 1.

    Parameters
    ----------
    registered
        The page.
    places_px
        (n, 4): centre x, centre y, width, height of boxes in ``registered.gray``.
    """
    return registered.defects.weigh(places_px)[0]


def defect_kinds(registered: Registered, places_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Number in ``DEFECT_WORDS`` of the strongest defect of each box, (n,); 0: none.

    Parameters
    ----------
    registered, places_px
        As :func:`box_defects`.
    """
    return registered.defects.weigh(places_px)[1]


def _places(small: SmallPage, matrix: Matrix, every: int = 1) -> NDArray[np.float64]:
    """(n, 4): centre x, centre y, width, height of the boxes where the layout puts them, px."""
    boxes = small.page.boxes[::every]
    if not boxes:
        return np.zeros((0, 4))
    units = np.array([(box.x + box.w / 2, box.y + box.h / 2, box.w, box.h) for box in boxes])
    sizes = units[:, 2:] * (small.px_per_mm * small.factor * small.unit_mm)
    return np.concatenate([apply(matrix, units[:, :2]), sizes], axis=1)


def _lost(defects: Defects, places: NDArray[np.float64]) -> float:
    """Share of the boxes of which hardly anything is on the picture."""
    return float(np.mean(defects.hidden(places.astype(np.float32)) > _LOST)) if len(places) else 0.0


def _refusal(small: SmallPage, facts: Facts, blur: float, lost: float) -> str:
    """Why no box of the page may be read, or an empty text."""
    if not facts.bilevel and levels.no_contrast(small, facts.print_grey):
        return "print can hardly be told from paper: scan this page again with more contrast"
    if levels.unreadably_blurred(blur, small.px_per_mm * small.factor):
        return f"the scan is blurred by {blur:.1f} mm, and marks with it: scan this page again"
    if lost > _MOST_LOST:
        return f"{100 * lost:.0f} % of the boxes are cut off or covered: scan the whole page"
    return ""


def _defective(lines: tuple[Line, ...], small: SmallPage, matrix: Matrix) -> tuple[Line, ...]:
    """Lines on the page that are not printed.

    The edge of the paper is no defect, nor is what lies beside it.
    On our own paper nothing is printed up to the edge. Ballots and forms of others have such lines,
    and pictures of them are cut at their frame; but nobody prints a line through the middle of a box.
    """
    if not lines:
        return ()
    ends = small.corners_px()
    low, high = (ends.min(axis=0) + _EDGE_MM * small.px_per_mm, ends.max(axis=0) - _EDGE_MM * small.px_per_mm)
    axes = [0 if line.down else 1 for line in lines]
    lines = tuple(
        line for line, axis in zip(lines, axes, strict=True) if low[axis] < line.middle < high[axis]
    )
    if small.is_ours:
        return lines
    places = _places(small, matrix)
    middles = places * np.array([1.0, 1.0, _MIDDLE, _MIDDLE])
    rows = _rows(lines, small)
    met = [Defects(width=1, height=1, lines=row[None]).crossed(middles).any() for row in rows]
    return tuple(line for line, hit in zip(lines, met, strict=True) if hit)


def _kind(line: Line, small: SmallPage) -> int:
    """Whether a line is a streak of the scanner or a fold of the paper.

    A fold is not straight to the pixel, but for one that happens to lie so; those are where paper
    is folded.
    """
    if not line.straight:
        return FOLD
    length = small.gray.shape[1] if line.down else small.gray.shape[0]
    at_fold = any(abs(line.middle / length - place) < _FOLD_NEAR for place in _FOLDS_AT)
    return FOLD if at_fold and not line.down else STREAK


def _rows(lines: tuple[Line, ...], small: SmallPage) -> NDArray[np.float64]:
    """Lines as :class:`Defects` keeps them, in pixels of the full picture."""
    rows = []
    for line in lines:
        height, width = small.gray.shape
        slope = (line.end - line.start) / (height if line.down else width)
        normal = np.array([1.0, -slope] if line.down else [-slope, 1.0]) / np.hypot(1.0, slope)
        start = (line.start + 0.5) * small.factor - 0.5
        distance = start * (normal[0] if line.down else normal[1])
        ink = line.ink * small.factor
        rows.append([*normal, distance, ink, max(1.0, small.factor * 1.0), _kind(line, small)])
    return np.array(rows, dtype=np.float64).reshape(-1, 6)


def _line_notes(lines: Sequence[Line], small: SmallPage, facts: Facts) -> list[str]:
    """Notes on lines, each with its place in the scan as it came from the scanner."""
    notes = []
    for line in lines:
        length = small.gray.shape[1] if line.down else small.gray.shape[0]
        place, side = _as_scanned(line, length, facts.quarter_turns)
        word = DEFECT_WORDS[_kind(line, small)]
        notes.append(note(word, f"{place / small.px_per_mm:.0f} mm from the {side}"))
    return notes


def _as_scanned(line: Line, length: int, turns: int) -> tuple[float, str]:
    """Place of a line in the picture before it was turned upright, and the side it is counted from.

    The picture was turned clockwise: what is its top was the left side before one quarter turn.
    """
    at = line.middle + 0.5
    turned = turns % 2 == 1
    from_end = turns == 2 or (turns == 1 and line.down) or (turns == 3 and not line.down)
    return (length - at if from_end else at), ("left" if line.down != turned else "top")
