"""Placing a page of ours from its code outwards: quick, and possible with few corner marks left.

The code's own corners say about where the marks are; each mark that is found there makes the guess
better. The arrangement search of :mod:`pipeline.reading.placing` is for what this cannot find:
photos with much perspective.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.model import CodePlace, PageLayout
from pipeline.reading.arrangement import fit_matrix
from pipeline.reading.codes import FoundCode, read_places
from pipeline.reading.outlines import Marks, check_outlines
from pipeline.reading.placing import (
    GOOD_SCORE,
    MarkSet,
    Placement,
    best_fit,
    holes_agree,
    mark_set,
)
from pipeline.reading.registered import Matrix, apply, local_scale
from pipeline.reading.shapes import FoundMark, measure_mark

Floats = NDArray[np.float64]

_LEAST_BASELINE = 0.4
"""Least distance between two known points, as a share of the page's height, to place a page by."""


def place_by_code(gray: NDArray[np.uint8], page: PageLayout, code: FoundCode) -> Placement | None:
    """Place a page by its code and the marks and second code that are found from there.

    Returns
    -------
    Placement or None
        None unless the printed boxes agree with it.
    """
    best: Placement | None = None
    for place in page.codes:
        placed = _from(gray, page, code, place)
        if (
            placed is not None
            and placed.outlines.score >= GOOD_SCORE
            and (best is None or placed.worth > best.worth)
        ):
            best = placed
    return best


def _from(gray: NDArray[np.uint8], page: PageLayout, code: FoundCode, place: CodePlace) -> Placement | None:
    """Go out from one of the two places where the page prints its code."""
    printed, seen = _corners(place), code.corners
    matrix = _similarity(printed, seen)
    if not _inside(gray, page, matrix):
        return None
    marks = mark_set(page)
    points = np.array(marks.points)
    measured: list[FoundMark | None] = [None] * len(points)
    for index in np.argsort(np.hypot(*(points - printed.mean(axis=0)).T)):
        x, y = apply(matrix, points[index])
        size = marks.size * float(np.hypot(matrix[0, 0], matrix[1, 0]))
        mark = measure_mark(gray, float(x), float(y), size, marks.kind)
        if mark is None or abs(mark.size - size) > 0.2 * size or mark.hole != (index == 0):
            continue
        measured[index] = mark
        printed = np.vstack([printed, points[index]])
        seen = np.vstack([seen, (mark.x, mark.y)])
        matrix = _similarity(printed, seen)
    found = [index for index, mark in enumerate(measured) if mark is not None]
    if len(found) >= 3 and holes_agree(measured):
        placed = best_fit(gray, page, points, tuple(measured), known=True)
        return placed if len(found) == len(points) else _complete(gray, page, marks, placed)
    return _by_few(gray, page, code, place, matrix, tuple(measured))


def _complete(gray: NDArray[np.uint8], page: PageLayout, marks: MarkSet, placed: Placement) -> Placement:
    """Look for the marks that were not found where the place by the others now puts them."""
    points = np.array(marks.points)
    measured = list(placed.marks)
    for index, mark in enumerate(placed.marks):
        if mark is None:
            size = marks.size * local_scale(placed.matrix, marks.points[index])
            x, y = apply(placed.matrix, points[index])
            found = measure_mark(gray, float(x), float(y), size, marks.kind)
            if found is not None and abs(found.size - size) <= 0.2 * size and found.hole == (index == 0):
                measured[index] = found
    if measured == list(placed.marks):
        return placed
    again = best_fit(gray, page, points, tuple(measured), known=True)
    return again if again.worth >= placed.worth else placed


def _by_few(
    gray: NDArray[np.uint8],
    page: PageLayout,
    code: FoundCode,
    place: CodePlace,
    matrix: Matrix,
    measured: tuple[FoundMark | None, ...],
) -> Placement | None:
    """Place a page by less than three marks, with its codes for the others."""
    points = [mark for mark, found in zip(mark_set(page).points, measured, strict=True) if found is not None]
    places = [(mark.x, mark.y) for mark in measured if mark is not None]
    others = [other for other in page.codes if other is not place]
    second = [found for found in read_places(gray, matrix, others) if found.text == code.text]
    for spot, found in ((place, code), *zip(others, second, strict=False)):
        points.append((spot.x + spot.w / 2, spot.y + spot.h / 2))
        places.append((float(found.centre[0]), float(found.centre[1])))
    printed, seen = np.array(points), np.array(places)
    if len(printed) < 2 or np.ptp(printed, axis=0).max() < _LEAST_BASELINE * page.height:
        return None
    matrix = fit_matrix(printed, seen) if len(printed) == 2 else _similarity(printed, seen)
    outlines = check_outlines(gray, matrix, page.boxes, Marks(points=printed, places=seen))
    return Placement(matrix=outlines.matrix, outlines=outlines, marks=measured, upright_known=True)


def _corners(place: CodePlace) -> Floats:
    right, bottom = place.x + place.w, place.y + place.h
    return np.array([(place.x, place.y), (right, place.y), (right, bottom), (place.x, bottom)])


def _similarity(points: Floats, places: Floats) -> Matrix:
    """The least-squares similarity, never mirrored (Umeyama 1991, in the plane)."""
    p, q = points[:, 0] + 1j * points[:, 1], places[:, 0] + 1j * places[:, 1]
    centre, goal = p.mean(), q.mean()
    turn = complex(np.vdot(p - centre, q - goal) / np.vdot(p - centre, p - centre))
    shift = goal - turn * centre
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1.0]])


def _inside(gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix) -> bool:
    """Whether most of the page would lie in the picture."""
    grid = np.array(
        [(page.width * (i + 0.5) / 5, page.height * (j + 0.5) / 5) for i in range(5) for j in range(5)]
    )
    x, y = apply(matrix, grid).T
    within = (x > 0) & (y > 0) & (x < gray.shape[1]) & (y < gray.shape[0])
    return bool(within.mean() > 0.6)
