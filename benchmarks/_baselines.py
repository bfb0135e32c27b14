"""Two rules of other programs on the same registered pages: what they would have read.

Both take each box where the registration puts it and do not look for it again, as those programs do.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box

INNER = 0.8
BLACK = 0.6
"""A pixel below this share of full white is black (Auto Multiple Choice: its own default)."""
INK = 0.15
"""Share of black pixels from which a box is ticked (Auto Multiple Choice: darkness threshold)."""
LEAST_GAP = 25.0
"""Grey levels between marked and unmarked, at least (OMRChecker: MIN_JUMP)."""
FALLBACK = 200.0
"""Level where the page shows no gap at all (OMRChecker: default page threshold)."""

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]


def fixed_threshold(gray: NDArray[np.uint8], matrix: Values, boxes: Sequence[Box]) -> Flags:
    """Ticked by a fixed share of black pixels in the inner 80 % of the box."""
    black = np.asarray(gray < BLACK * 255.0, dtype=np.uint8)
    return np.asarray(_means(black, matrix, boxes, INNER) >= INK)


def largest_gap(
    gray: NDArray[np.uint8], matrix: Values, boxes: Sequence[Box], fields: Sequence[str]
) -> Flags:
    """Ticked when darker than the middle of the largest gap of the sorted mean greys.

    The gap is that of the question when it is wide enough, else that of the page.
    """
    greys = _means(gray, matrix, boxes, 1.0)
    level = np.full(len(boxes), _gap(greys, FALLBACK))
    names = np.array(fields)
    for name in np.unique(names):
        members = names == name
        if members.sum() >= 2:
            level[members] = _gap(greys[members], float(level[members][0]))
    return np.asarray(greys < level)


def _gap(greys: Values, otherwise: float) -> float:
    """Middle of the largest gap of sorted values, or ``otherwise`` when none is wide enough."""
    ordered = np.sort(greys)
    gaps = np.diff(ordered)
    if not len(gaps) or gaps.max() < LEAST_GAP:
        return otherwise
    place = int(gaps.argmax())
    return float(ordered[place] + ordered[place + 1]) / 2.0


def _means(picture: NDArray[np.uint8], matrix: Values, boxes: Sequence[Box], share: float) -> Values:
    """Mean of each box's pixels, (n,)."""
    height, width = picture.shape
    table = np.asarray(cv2.integral(picture, sdepth=cv2.CV_64F))
    middle = np.array([(box.x + box.w / 2, box.y + box.h / 2, 1.0) for box in boxes])
    edge = np.array([(box.x + box.w, box.y + box.h / 2, 1.0) for box in boxes])
    top = np.array([(box.x + box.w / 2, box.y, 1.0) for box in boxes])
    places = [_project(matrix, points) for points in (middle, edge, top)]
    half_x = np.hypot(*(places[1] - places[0]).T) * share
    half_y = np.hypot(*(places[2] - places[0]).T) * share
    x, y = places[0].T
    left, right = (np.clip(np.rint(x + side), 0, width).astype(int) for side in (-half_x, half_x))
    upper, lower = (np.clip(np.rint(y + side), 0, height).astype(int) for side in (-half_y, half_y))
    total = table[lower, right] - table[upper, right] - table[lower, left] + table[upper, left]
    return np.asarray(total / np.maximum((right - left) * (lower - upper), 1))


def _project(matrix: Values, points: Values) -> Values:
    there = points @ matrix.T
    return np.asarray(there[:, :2] / there[:, 2:3])
