"""Ink farther out around each box: what is written beside it, not what stands in other boxes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.reading.sampling import Floats, Frames, grid, ink_of, sample_at, with_ones

CELLS_FAR = 6
"""Cells across a box: coarse, the ink of a whole word is asked for."""
EXTENT_FAR = 1.5
"""Half side of the window, in boxes."""
INNER, OUTER = 0.9, 1.45
"""The ring that is looked at, in boxes from the centre."""
NEAREST = 8
"""Other boxes that may reach into the ring."""
REACH = 0.72
"""Half side, in boxes, of what belongs to another box: the box, and a mark that overshoots it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FreeRing:
    """The part of the ring around each box that belongs to no other box."""

    points: Floats
    """(3, k) points of the ring, for :func:`pipeline.reading.sampling.sample_at`."""
    free: Floats
    """(n, k): 1 where a point belongs to no other box, else 0."""
    sectors: Floats
    """(k, 8): 1 in the column of a point's sector, clockwise from the north."""
    count: Floats
    """(n, 8): free points of each sector, 4 at least."""


def free_ring(frames: Frames) -> FreeRing:
    """Lay a ring around each box; frames in any unit, all in the same."""
    points = grid(CELLS_FAR, EXTENT_FAR)
    away = np.abs(points).max(axis=1)
    ring = (away > INNER) & (away < OUTER)
    points, free = points[ring], _outside_other_boxes(frames)[:, ring]
    sector = (np.round(np.degrees(np.arctan2(points[:, 0], -points[:, 1])) / 45.0) % 8).astype(int)
    sectors = np.eye(8, dtype=np.float32)[sector]
    return FreeRing(
        points=with_ones(points),
        free=free,
        sectors=sectors,
        count=np.maximum(free @ sectors, np.float32(4.0)),
    )


def ink_far_out(
    half: NDArray[np.uint8], frames: Frames, ring: FreeRing, paper: Floats, contrast: float
) -> dict[str, Floats]:
    """Mean ink in eight sectors of a wide ring around each box, other boxes left out.

    Parameters
    ----------
    half
        Page at half the size that its boxes are measured in.
    frames
        Where the boxes are in the picture of full size.
    ring
        The free part of the ring around each box.
    paper, contrast
        As for the boxes themselves.

    Returns
    -------
    ``far_n``, ``far_ne`` ... clockwise, each (n,).
    """
    ink = ink_of(sample_at(half, frames.scaled(0.5), ring.points), paper, contrast)
    ink *= ring.free
    mean = (ink @ ring.sectors) / ring.count
    names = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
    return {f"far_{name}": mean[:, index] for index, name in enumerate(names)}


def _outside_other_boxes(frames: Frames) -> Floats:
    """(n, cells): 1 where a cell of a box's window belongs to no other box, else 0."""
    centres, axes = frames.centres, frames.axes
    count, side = len(centres), 2 * round(EXTENT_FAR * CELLS_FAR)
    if count < 2:
        return np.ones((count, side * side), dtype=np.float32)
    squares = (centres**2).sum(axis=1)
    apart = squares[:, None] + squares[None, :] - 2.0 * centres @ centres.T
    np.fill_diagonal(apart, np.inf)
    near = min(NEAREST, count - 1)
    nearest = np.argpartition(apart, near - 1, axis=1)[:, :near]
    offsets = np.einsum("nij,nkj->nki", np.linalg.inv(axes), centres[nearest] - centres[:, None])
    reach = REACH * frames.sizes_px[nearest] / frames.sizes_px[:, None]
    line = ((np.arange(side) + 0.5 - side / 2) / CELLS_FAR).astype(np.float32)
    covered = np.abs(line - offsets[..., None]) < reach[..., None]
    across, down = covered[:, :, 0].astype(np.float32), covered[:, :, 1].astype(np.float32)
    hits = np.matmul(down.transpose(0, 2, 1), across)
    return np.asarray(hits.reshape(count, -1) < 0.5, dtype=np.float32)
