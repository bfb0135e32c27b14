"""Placing a page of others by two of its marks: the corners with the other two are torn or folded.

Two marks give a similarity, and any two dark spots do. So much more is asked of what is printed: nearly
all box outlines must lie where the two marks put them, no place a whole row or column off may show
them as well, and the page must stand upright by its boxes or by its text.
"""

from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.alike import find_rivals
from pipeline.reading.arrangement import fit_matrix, pairs_of
from pipeline.reading.image import View
from pipeline.reading.outlines import Marks, check_outlines, share_seen
from pipeline.reading.placing import (
    SKEW,
    WHOLE,
    MarkSet,
    Miss,
    Placement,
    find_candidates_of,
    mark_set,
    turns_of,
)
from pipeline.reading.registered import Matrix, apply, local_angle, local_scale, quarter_turns_of
from pipeline.reading.shapes import Candidates, FoundMark, measure_mark
from pipeline.reading.upright import text_stands

Floats = NDArray[np.float64]

_LEAST_SEEN = 0.45
"""Share of outlines that must lie where two spots put them, before anything is measured."""
_LEAST_SCORE = 0.8
"""Share of outlines that must lie in their place in the end."""
_LEAST_SIDES = 40
"""Sides of boxes that must be there to be looked for."""
_MOST_LEAD = -0.3
"""Lead of a place whole rows or columns off, up to which a place is believed."""
_BESIDE = 0.15
"""How far the page may lie beside the picture, as a share of the picture."""
_FEW_BOXES = 12
"""Boxes that are looked at before all are."""
_SEARCHES = 2
"""Searches for spots that are made: the quick ones."""
_MOST_PAIRS, _MOST_TRIED = 400, 6
"""Pairs of spots that are looked at for each pair of marks, and places of each way that are measured."""


def place_by_two(view: View, page: PageLayout) -> Placement | Miss:
    """Place a page with anchors ``corners`` of which only two marks can be found.

    Parameters
    ----------
    view
        The picture.
    page
        A page with four marks or more, and boxes.
    """
    marks = mark_set(page)
    few = f"fewer than three of its registration marks were found: {WHOLE}"
    missed = Miss(reason=few, marks_found=2)
    if len(marks.points) < 4 or 4 * len(page.boxes) < _LEAST_SIDES:
        return missed
    for candidates, scales in islice(find_candidates_of(view, page, marks), _SEARCHES):
        placed = [
            place
            for guess, pair in _guesses(view, page, marks, candidates, scales)
            if (place := _measured(view, page, marks, guess, pair)) is not None
        ]
        if placed:
            return _judge(view, page, placed)
    return missed


def _guesses(
    view: View, page: PageLayout, marks: MarkSet, candidates: Candidates, scales: tuple[float, float]
) -> list[tuple[Matrix, tuple[int, int]]]:
    """Places by two candidates at which outlines are seen: the best of each way that the page may lie."""
    found: dict[int, list[tuple[float, Matrix, tuple[int, int]]]] = {}
    few = page.boxes[:: max(1, len(page.boxes) // _FEW_BOXES)]
    for matrix, pair in _similarities(marks, candidates, scales):
        if not _is_inside(view.gray, page, matrix) or share_seen(view.gray, matrix, few) < _LEAST_SEEN:
            continue
        seen = share_seen(view.gray, matrix, page.boxes)
        if seen >= _LEAST_SEEN:
            turns = quarter_turns_of(local_angle(matrix, (page.width / 2, page.height / 2)))
            found.setdefault(turns, []).append((seen, matrix, pair))
    best = [sorted(way, key=lambda one: -one[0])[:_MOST_TRIED] for way in found.values()]
    return [(matrix, pair) for way in best for _, matrix, pair in way]


def _is_inside(gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix) -> bool:
    """Whether hardly anything of the page lies beside the picture."""
    width, height = page.width, page.height
    corners = apply(matrix, np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]))
    size = np.array(gray.shape[::-1])
    return bool(((corners > -_BESIDE * size) & (corners < (1 + _BESIDE) * size)).all())


def _similarities(
    marks: MarkSet, candidates: Candidates, scales: tuple[float, float]
) -> Iterator[tuple[Matrix, tuple[int, int]]]:
    points = np.array(marks.points)
    if len(candidates.places) < 2:
        return
    for first, second in combinations(range(len(points)), 2):
        pairs = pairs_of(points[second] - points[first], marks.size, candidates, scales, SKEW)
        for start, end, _ in pairs[:_MOST_PAIRS]:
            matrix = fit_matrix(points[[first, second]], candidates.places[[start, end]])
            yield matrix, (first, second)


def _measured(
    view: View, page: PageLayout, marks: MarkSet, guess: Matrix, pair: tuple[int, int]
) -> Placement | None:
    """Measure the two marks at full size, and believe them when nearly all outlines agree."""
    points = np.array(marks.points)
    found: list[FoundMark | None] = [None] * len(points)
    for index in pair:
        size = marks.size * local_scale(guess, marks.points[index])
        x, y = apply(guess, points[index])
        mark = measure_mark(view.gray, float(x), float(y), size, marks.kind)
        if mark is None or abs(mark.size - size) > 0.25 * size:
            return None
        found[index] = mark
    places = np.array([(mark.x, mark.y) for mark in found if mark is not None])
    used = points[list(pair)]
    outlines = check_outlines(
        view.gray, fit_matrix(used, places), page.boxes, Marks(points=used, places=places)
    )
    if outlines.score < _LEAST_SCORE:
        return None
    return Placement(matrix=outlines.matrix, outlines=outlines, marks=tuple(found), upright_known=False)


def _judge(view: View, page: PageLayout, placed: list[Placement]) -> Placement | Miss:
    """Believe the best place, unless it may be whole rows off, or the page fits otherwise turned as well.

    Where the boxes lie the same upside-down, so do two marks only when they stand across from each other:
    then both ways are among the places.
    """
    ways = {turns_of(place, page): place for place in sorted(placed, key=lambda place: place.worth)}
    best = max(placed, key=lambda place: place.worth)
    if len(ways) > 1:
        upright = [place for place in ways.values() if text_stands(view.gray, page, place.matrix)]
        if len(upright) != 1:
            return Miss(reason="two marks do not tell which way is up", marks_found=2)
        best = upright[0]
    if any(rival.lead > _MOST_LEAD for rival in find_rivals(view.gray, best.matrix, page)):
        return Miss(reason="two marks do not tell which of its rows is which", marks_found=2)
    return best
