"""What hangs together in a box's ink: paper that it encloses, and ink outside that belongs to it.

The windows of all boxes that hold ink are laid side by side in one wide picture, and its pieces are
numbered at once: OpenCV is slow with short rows.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.sampling import CELLS, FULL, Floats, Levels

HALF_CELLS = CELLS // 2
"""Cells across a box: half the detail of the other measures."""
INKED = 0.12
"""Fresh ink of a cell that counts."""
BRIDGE = 3
"""Side, in cells, of the square that each inked cell grows to: where a stroke crosses a printed
line, the line is masked and leaves a gap."""


def holes_and_joined(
    fresh: Levels, inside: NDArray[np.bool_], inked: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Paper enclosed by ink, and how much of the ink outside belongs to that inside.

    Parameters
    ----------
    fresh
        (n, side, side) ink that is not print, at half the detail of the other measures.
    inside
        (side, side) cells inside the box.
    inked
        (n,) boxes that are looked at; for the others both are 0.

    Returns
    -------
    (n,) area of enclosed paper in boxes, and (n,) share of the inked cells outside that hang
    together with inked cells inside.
    """
    count, side = len(fresh), fresh.shape[1]
    holes, joined = np.zeros((2, count), dtype=np.float32)
    rows = np.flatnonzero(inked)
    if not len(rows):
        return holes, joined
    # Windows side by side, with room between them, so that no bridge leads from one to the next.
    wide = np.zeros((side, len(rows), side + BRIDGE), dtype=np.uint8)
    wide[:, :, :side] = fresh[rows].transpose(1, 0, 2) > np.uint8(INKED * FULL)
    kernel = np.ones((BRIDGE, BRIDGE), dtype=np.uint8)
    bridged = np.asarray(cv2.dilate(wide.reshape(side, -1), kernel), np.uint8)
    holes[rows] = _per_window(_enclosed(bridged), len(rows)) / np.float32(HALF_CELLS * HALF_CELLS)
    pieces = np.asarray(cv2.connectedComponents(bridged, None, 8, cv2.CV_32S)[1], np.int32).reshape(
        wide.shape
    )
    within = np.zeros((side, 1, side + BRIDGE), dtype=np.uint8)
    within[:, 0, :side] = inside
    here, outside = (wide & within).astype(bool), wide & (1 - within)
    owns = np.zeros(int(pieces.max()) + 1, dtype=np.uint8)
    owns[pieces[here]] = 1
    belongs = _per_window(owns.take(pieces) & outside, len(rows))
    joined[rows] = belongs / np.maximum(_per_window(outside, len(rows)), 1)
    return holes, joined


def _enclosed(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where paper is that cannot be reached from the edge of its window."""
    framed = cv2.copyMakeBorder(ink, 1, 1, 1, 0, cv2.BORDER_CONSTANT, value=(0,))
    filled = np.asarray(cv2.floodFill(framed, None, (0, 0), (1,))[1], dtype=np.uint8)
    return np.asarray(filled[1:-1, 1:] == 0).view(np.uint8)


def _per_window(cells: NDArray[np.uint8], count: int) -> NDArray[np.int32]:
    """(count,) sum of the cells of each window, from windows side by side."""
    sums = cv2.reduce(cells.reshape(len(cells), -1), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.asarray(np.asarray(sums, dtype=np.int32).reshape(count, -1).sum(axis=1), dtype=np.int32)
