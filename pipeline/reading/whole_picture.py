"""Placing a page that is the whole picture: kind ``none``, scale only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.image import turn_matrix
from pipeline.reading.outlines import Outlines, check_outlines
from pipeline.reading.placing import GOOD_SCORE, Miss, Placement
from pipeline.reading.registered import Matrix, apply

_MOST_STRETCH = 0.06
"""How far the picture's proportions may differ from the page's."""
_DOUBTFUL_SCORE = 0.45
_CLEAR_LEAD = 0.25


def place_whole(gray: NDArray[np.uint8], page: PageLayout) -> Placement | Miss:
    """Take the whole picture for the page.

    The printed outlines then correct what is a little off; when they are not to be seen, the scale
    alone stands. When they say clearly that the picture is upside-down or lies on its side, it is turned.
    """
    ways = list(_ways(gray, page))
    if not ways:
        height, width = gray.shape
        return Miss(
            reason=f"the picture's proportions ({width} x {height}) are not the page's "
            f"({page.width:g} x {page.height:g})",
            marks_found=0,
        )
    turns, matrix = ways[0]
    best = _checked(gray, page, matrix)
    if turns or best.score < _DOUBTFUL_SCORE:
        for _, matrix in ways[1:]:
            other = _checked(gray, page, matrix)
            if other.score >= max(GOOD_SCORE, best.score + _CLEAR_LEAD):
                best = other
        if turns and best.score < _DOUBTFUL_SCORE:
            return Miss(reason="the picture lies on its side, and no printed boxes tell which", marks_found=0)
    return Placement(matrix=best.matrix, outlines=best, marks=(), upright_known=True)


def _ways(gray: NDArray[np.uint8], page: PageLayout) -> Iterator[tuple[int, Matrix]]:
    """Every way in which the page may fill the picture, the right way up first."""
    height, width = gray.shape
    for turns in (0, 2, 1, 3):
        upright = (width, height) if turns % 2 == 0 else (height, width)
        scales = (upright[0] / page.width, upright[1] / page.height)
        if abs(scales[0] / scales[1] - 1.0) > _MOST_STRETCH:
            continue
        matrix = np.array([[scales[0], 0, -0.5], [0, scales[1], -0.5], [0, 0, 1.0]])
        yield turns, np.linalg.inv(turn_matrix(width, height, turns)) @ matrix


def _checked(gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix) -> Outlines:
    """Correct a place by the outlines, unless that moves the page far or they are hardly seen."""
    refined = check_outlines(gray, matrix, page.boxes, None)
    if refined.score < _DOUBTFUL_SCORE or not page.boxes:
        return Outlines(
            matrix=matrix, score=refined.score, sides=refined.sides, rms=refined.rms, grey=refined.grey
        )
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.boxes])
    moved = np.abs(apply(refined.matrix, centres) - apply(matrix, centres)).max()
    if moved > 0.02 * max(gray.shape):
        return Outlines(
            matrix=matrix, score=refined.score, sides=refined.sides, rms=refined.rms, grey=refined.grey
        )
    return refined
