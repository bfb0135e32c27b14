"""What hangs together in a box's ink: paper that it encloses, and ink outside that belongs to it.

The windows of all boxes that hold ink are stacked into one tall picture, and its pieces are numbered
at once.
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
    # Room between the windows, so that no bridge leads from one to the next.
    tall = np.zeros((len(rows), side + BRIDGE, side), dtype=np.uint8)
    tall[:, :side] = fresh[rows] > np.uint8(INKED * FULL)
    bridged = np.asarray(cv2.dilate(tall.reshape(-1, side), np.ones((BRIDGE, BRIDGE), np.uint8)), np.uint8)
    holes[rows] = _enclosed(bridged, len(rows), side)
    pieces = _pieces(bridged, 8).reshape(tall.shape)[:, :side]
    here = tall[:, :side].astype(bool)
    owns = np.zeros(int(pieces.max()) + 1, dtype=bool)
    owns[pieces[here & inside]] = True
    owns[0] = False
    outside = here & ~inside
    belongs = np.count_nonzero(outside & owns[pieces], axis=(1, 2))
    joined[rows] = belongs / np.maximum(np.count_nonzero(outside, axis=(1, 2)), 1)
    return holes, joined


def _pieces(picture: NDArray[np.uint8], connectivity: int) -> NDArray[np.int32]:
    """Number of each pixel's piece, 0 for those that are zero."""
    return np.asarray(cv2.connectedComponents(picture, None, connectivity, cv2.CV_32S)[1], dtype=np.int32)


def _enclosed(ink: NDArray[np.uint8], count: int, side: int) -> Floats:
    """(count,) area, in boxes, of the pieces of paper that touch no edge of their window."""
    pieces = _pieces(1 - ink, 4).reshape(count, -1, side)
    opened = np.zeros(int(pieces.max()) + 1, dtype=bool)
    opened[0] = True
    for edge in (pieces[:, 0], pieces[:, side:], pieces[:, :, 0], pieces[:, :, -1]):
        opened[edge] = True
    closed = np.count_nonzero(~opened[pieces[:, :side]], axis=(1, 2))
    return np.asarray(closed / np.float32(HALF_CELLS * HALF_CELLS), dtype=np.float32)
