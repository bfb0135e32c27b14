"""Ink farther out around each box: what is written beside it, not what stands in other boxes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.sampling import Floats, Frames, grid, ink_of, sample

CELLS_FAR = 8
"""Cells across a box: coarse, the ink of a whole word is asked for."""
EXTENT_FAR = 1.5
"""Half side of the window, in boxes."""
INNER, OUTER = 0.9, 1.45
"""The ring that is looked at, in boxes from the centre."""
NEAREST = 8
"""Other boxes that may reach into the ring."""
REACH = 0.72
"""Half side, in boxes, of what belongs to another box: the box, and a mark that overshoots it."""


def ink_far_out(
    gray: NDArray[np.uint8], frames: Frames, paper: Floats, contrast: float
) -> dict[str, Floats]:
    """Mean ink in eight sectors of a wide ring around each box, other boxes left out.

    Parameters
    ----------
    gray
        Page, shrunk to what its boxes need.
    frames
        Where the boxes are in it.
    paper, contrast
        As for the boxes themselves.

    Returns
    -------
    ``far_n``, ``far_ne`` ... clockwise, each (n,).
    """
    half_size = (max(1, gray.shape[1] // 2), max(1, gray.shape[0] // 2))
    small = np.asarray(cv2.resize(gray, half_size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    windows = sample(small, frames.scaled(0.5), CELLS_FAR, EXTENT_FAR)
    ink = ink_of(windows, paper, contrast).reshape(len(windows), -1)
    points = grid(CELLS_FAR, EXTENT_FAR)
    away = np.abs(points).max(axis=1)
    ring = (away > INNER) & (away < OUTER)
    points, ink = points[ring], ink[:, ring]
    free = _outside_other_boxes(frames, points)
    sector = (np.round(np.degrees(np.arctan2(points[:, 0], -points[:, 1])) / 45.0) % 8).astype(int)
    belongs = np.eye(8, dtype=np.float32)[sector]
    mean = (ink * free) @ belongs / np.maximum(free @ belongs, 4.0)
    names = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
    return {f"far_{name}": mean[:, index] for index, name in enumerate(names)}


def _outside_other_boxes(frames: Frames, points: Floats) -> Floats:
    """(n, k): 1 where a cell around a box belongs to no other box, else 0."""
    centres, axes = frames.centres, frames.axes
    count = len(centres)
    free = np.ones((count, len(points)), dtype=np.float32)
    if count < 2:
        return free
    squares = (centres**2).sum(axis=1)
    apart = squares[:, None] + squares[None, :] - 2.0 * centres @ centres.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, min(NEAREST, count - 1) - 1, axis=1)[:, : min(NEAREST, count - 1)]
    to_boxes = np.linalg.inv(axes)
    for rank in range(nearest.shape[1]):
        other = nearest[:, rank]
        offset = np.einsum("nij,nj->ni", to_boxes, centres[other] - centres)
        size = np.hypot(axes[other, 0], axes[other, 1]) / np.hypot(axes[:, 0], axes[:, 1])
        inside = (np.abs(points[None] - offset[:, None, :]) < REACH * size[:, None, :]).all(axis=2)
        free[inside] = 0.0
    return free
