"""Points of a page's own print, found again on a picture: they hold a place all over the page.

Box outlines refine a place where the boxes are, and only there. Pieces of the reference's print, the
most uneven of each part of the page, are found again to a fraction of a pixel by correlation.
"""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.outlines import Marks
from pipeline.reading.registered import Matrix, apply, inverse

_CELLS = (8, 11)
"""Parts of the page, across and down, of each of which one piece is looked for."""
_HALF, _REACH = 18, 10
"""Half the side of a piece, and how far it is looked for, px of the reference."""
_LEAST_UNEVEN = 18.0
"""Standard deviation of the greys of a piece worth looking for."""
_LEAST_MATCH = 0.6
_LEAST_POINTS = 8
_NEAR = 1.0
"""How far a point may be off the place by all points, px of the reference."""


def find_print_points(
    reference: NDArray[np.uint8], small: NDArray[np.uint8], to_small: Matrix, from_units: Matrix
) -> Marks | None:
    """Find pieces of a reference's print again.

    Parameters
    ----------
    reference
        The reference picture.
    small
        The page, at about the size of the reference.
    to_small
        Pixels of the reference to pixels of the page, to within a few px.
    from_units
        Layout units to pixels of the reference.

    Returns
    -------
    Marks or None
        Points in layout units, places in pixels of ``small``; None: too few were found.
    """
    height, width = reference.shape
    there = cv2.warpPerspective(small, inverse(to_small), (width, height), borderValue=(255,))
    points, places = [], []
    for x, y in _pieces(reference):
        piece = reference[y - _HALF : y + _HALF + 1, x - _HALF : x + _HALF + 1]
        top, left = max(0, y - _HALF - _REACH), max(0, x - _HALF - _REACH)
        window = there[top : y + _HALF + _REACH + 1, left : x + _HALF + _REACH + 1]
        found = _found(np.asarray(window, np.uint8), piece)
        if found is not None:
            points.append((float(x), float(y)))
            places.append((left + found[0] + _HALF, top + found[1] + _HALF))
    if len(points) < _LEAST_POINTS:
        return None
    here, seen = np.array(points), np.array(places)
    fitted, inliers = cv2.findHomography(here, seen, cv2.USAC_MAGSAC, _NEAR, maxIters=2000, confidence=0.999)
    good = np.asarray(inliers).ravel() > 0
    if np.asarray(fitted).shape != (3, 3) or int(good.sum()) < _LEAST_POINTS:
        return None
    return Marks(points=apply(inverse(from_units), here[good]), places=apply(to_small, seen[good]))


def _pieces(reference: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Centre of the most uneven piece of each part of a picture."""
    greys = reference.astype(np.float32)
    side = (2 * _HALF + 1, 2 * _HALF + 1)
    mean = np.asarray(cv2.blur(greys, side), np.float64)
    square = np.asarray(cv2.blur(greys * greys, side), np.float64)
    uneven = np.sqrt(np.maximum(square - mean * mean, 0.0))
    height, width = reference.shape
    inside = _HALF + 1
    pieces = []
    across = np.linspace(inside, width - inside, _CELLS[0] + 1).astype(int)
    down = np.linspace(inside, height - inside, _CELLS[1] + 1).astype(int)
    for left, right in pairwise(across):
        for top, bottom in pairwise(down):
            part = uneven[top:bottom, left:right]
            y, x = np.unravel_index(int(part.argmax()), part.shape)
            if part[y, x] >= _LEAST_UNEVEN:
                pieces.append((left + int(x), top + int(y)))
    return pieces


def _found(window: NDArray[np.uint8], piece: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Where in a window a piece lies, to a fraction of a pixel; None: nowhere, or at the window's edge."""
    if window.shape[0] <= piece.shape[0] or window.shape[1] <= piece.shape[1]:
        return None
    match = np.asarray(cv2.matchTemplate(window, piece, cv2.TM_CCOEFF_NORMED), np.float64)
    y, x = (int(place) for place in np.unravel_index(int(match.argmax()), match.shape))
    if match[y, x] < _LEAST_MATCH or not (0 < y < match.shape[0] - 1 and 0 < x < match.shape[1] - 1):
        return None
    return x + _peak(match[y, x - 1 : x + 2]), y + _peak(match[y - 1 : y + 2, x])


def _peak(three: NDArray[np.float64]) -> float:
    bend = float(three[0] - 2 * three[1] + three[2])
    return 0.0 if abs(bend) < 1e-9 else float(np.clip(0.5 * (three[0] - three[2]) / bend, -0.5, 0.5))
