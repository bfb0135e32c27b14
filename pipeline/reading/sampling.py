"""Small ink pictures of all boxes of a page at once.

Every box is sampled on one grid that is fixed in units of the box (20 cells across a box), so that
what is measured does not depend on the resolution, the size of the box or the skew of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box

CELLS = 20
"""Cells across a box at full detail: 0.2 mm for a box of 4 mm."""

LEAST_BOX_PX = 22
"""A page is shrunk by halves as long as its boxes stay at least this large."""

PAPER_CELL_MM = 2.0
"""Side, more or less, of the blocks whose brightest neighbour is taken for the paper."""

LEAST_SHADE = 0.75
"""Shaded print behind a box lowers its paper level to this share of the page's, and no further."""
SHADE_CELLS = 120
"""Cells of a box's surroundings, at most, that tell whether they are shaded."""

FULL_INK = 0.8
"""Ink of good black print on paper."""
MOST_CONTRAST = 3.0
"""A washed-out page is not strengthened further than this."""
DARKEST = 0.003
"""Share of a page's pixels that tells how dark its print and its marks get."""
LOOKED_AT = 60_000
"""Pixels, in whole rows, that are looked at for that."""

MOST_AT_ONCE = 80_000
"""Points that are sampled at once."""

FULL = 255
"""Level of full ink, where ink is stored in a byte."""

Floats = NDArray[np.float32]
Levels = NDArray[np.uint8]
"""Ink 0 to :data:`FULL`: whole pages of windows fit a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """Where boxes lie in a picture, each as a linearised map."""

    centres: Floats
    """(n, 2): x, y of each centre, px."""
    axes: Floats
    """(n, 2, 2): columns are the box's own width and height as vectors, px."""

    def moved(self, shifts: Floats) -> "Frames":
        """The frames displaced by ``shifts`` (n, 2), in units of the box's width and height."""
        offsets = np.einsum("nij,nj->ni", self.axes, shifts)
        return Frames(centres=(self.centres + offsets).astype(np.float32), axes=self.axes)

    def resized(self, scale: Floats) -> "Frames":
        """The frames with the same centres, each ``scale`` (n,) times as large."""
        return Frames(centres=self.centres, axes=(self.axes * scale[:, None, None]).astype(np.float32))

    def only(self, rows: NDArray[np.intp]) -> "Frames":
        """The frames of some of the boxes."""
        return Frames(centres=self.centres[rows], axes=self.axes[rows])

    def scaled(self, factor: float) -> "Frames":
        """The frames in a picture that is ``factor`` times as large."""
        half = (factor - 1.0) / 2.0
        return Frames(
            centres=(self.centres * factor + half).astype(np.float32),
            axes=(self.axes * factor).astype(np.float32),
        )

    @property
    def sizes_px(self) -> Floats:
        """(n, 2): width and height of each box, px."""
        return np.hypot(self.axes[:, 0, :], self.axes[:, 1, :]).astype(np.float32)


def frame_boxes(matrix: NDArray[np.float64], boxes: Sequence[Box]) -> Frames:
    """Place boxes of a layout in a registered picture.

    Parameters
    ----------
    matrix
        (3, 3), layout units to pixels (pixel centres at whole numbers).
    boxes
        Boxes of one page, in the layout's unit.
    """
    return place_boxes(matrix, *box_places(boxes))


def box_places(boxes: Sequence[Box]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres and sizes of boxes, each (n, 2), in the layout's unit."""
    table = np.array([(box.x, box.y, box.w, box.h) for box in boxes], dtype=np.float64).reshape(-1, 4)
    return table[:, :2] + table[:, 2:] / 2.0, table[:, 2:]


def place_boxes(
    matrix: NDArray[np.float64], centres: NDArray[np.float64], sizes: NDArray[np.float64]
) -> Frames:
    """:func:`frame_boxes` from what :func:`box_places` gives."""
    homogeneous = centres @ matrix[:, :2].T + matrix[:, 2]
    depth = homogeneous[:, 2:3]
    places = homogeneous[:, :2] / depth
    # Jacobian of the homography at each centre: (H_ij - place_i * H_3j) / depth.
    jacobian = (matrix[None, :2, :2] - places[:, :, None] * matrix[None, 2:3, :2]) / depth[:, :, None]
    axes = jacobian * sizes[:, None, :]
    return Frames(centres=places.astype(np.float32), axes=axes.astype(np.float32))


def shrunk_by(frames: Frames) -> int:
    """The power of two by which a page may be shrunk for its boxes; bilevel pages become grey by it."""
    least = middle_of(np.minimum(*frames.sizes_px.T)) if len(frames.centres) else LEAST_BOX_PX
    factor = 1
    while least / (2 * factor) >= LEAST_BOX_PX:
        factor *= 2
    return factor


def middle_of(values: Floats) -> float:
    """Upper median of (n,) values: a tenth of the time of NumPy's for a page's boxes."""
    rank = len(values) // 2
    return float(np.partition(values, rank)[rank])


def halve(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the picture's size, each pixel the mean of four; an odd last row or column is cut off."""
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    if not height or not width:
        return gray
    even = gray[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def paper_levels(gray: NDArray[np.uint8], frames: Frames, px_per_mm: float) -> Floats:
    """Grey of the bare paper around each box, shape (n,), 1 to 255.

    The page is averaged over blocks of about 2 mm; the brightest block within two blocks is the paper.

    Parameters
    ----------
    gray
        The page at any size: the smaller, the faster.
    frames
        Where the boxes are in it.
    px_per_mm
        Its resolution.
    """
    halvings = int(np.log2(max(PAPER_CELL_MM * px_per_mm, 2.0)) + 0.25)
    blocks = gray
    for _ in range(halvings):
        blocks = halve(blocks)
    bright = cv2.dilate(blocks, np.ones((5, 5), dtype=np.uint8), borderType=cv2.BORDER_REPLICATE)
    smooth = cv2.blur(bright, (5, 5), borderType=cv2.BORDER_REPLICATE)
    middle = np.array([[0.0], [0.0], [1.0]], dtype=np.float32)
    levels = sample_at(np.asarray(smooth, dtype=np.uint8), frames.scaled(0.5**halvings), middle)[:, 0]
    return np.maximum(levels.astype(np.float32), np.float32(1.0))


def grid(cells: int, extent: float) -> Floats:
    """Centres of the cells of a square window, (m * m, 2), in units of the box.

    Parameters
    ----------
    cells
        Cells across a box.
    extent
        Half the window's side, in boxes; rounded so that the window is whole cells.
    """
    return window_grid(cells, 2 * round(extent * cells))


def window_grid(cells: int, side: int) -> Floats:
    """Centres of the cells of a window of ``side`` x ``side`` cells, in units of the box."""
    line = ((np.arange(side) + 0.5 - side / 2) / cells).astype(np.float32)
    return np.stack([np.tile(line, side), np.repeat(line, side)], axis=1)


def sample(gray: NDArray[np.uint8], frames: Frames, cells: int, extent: float) -> NDArray[np.uint8]:
    """Grey windows around all boxes, shape (n, side, side), by one remap.

    Outside the picture is the picture's edge repeated.
    """
    places = _grid_with_ones(cells, extent)
    side = round(places.shape[1] ** 0.5)
    return sample_at(gray, frames, places).reshape(-1, side, side)


@lru_cache(maxsize=16)
def _grid_with_ones(cells: int, extent: float) -> Floats:
    return with_ones(grid(cells, extent))


def with_ones(points: Floats) -> Floats:
    """Points (k, 2), in boxes, as :func:`sample_at` wants them: (3, k), read-only."""
    placed = np.concatenate([points.T, np.ones((1, len(points)))]).astype(np.float32)
    placed.setflags(write=False)
    return placed


def sample_at(gray: NDArray[np.uint8], frames: Frames, points: Floats) -> NDArray[np.uint8]:
    """Grey of the same points of every box, (n, k); ``points`` as :func:`with_ones` gives them."""
    count, cells = len(frames.centres), points.shape[1]
    placing = np.concatenate([frames.axes, frames.centres[:, :, None]], axis=2)
    picked = np.empty((count, cells), dtype=np.uint8)
    downwards = np.argsort(frames.centres[:, 1])
    # One matrix product for each coordinate of many boxes: a twentieth of the time of one for each box.
    # No more boxes at once than whose maps fit a processor's cache; OpenCV takes 32,766 rows at most.
    step = max(1, min(MOST_AT_ONCE // cells, 32_000))
    for start in range(0, count, step):
        some = downwards[start : start + step]
        across, down = placing[some, 0] @ points, placing[some, 1] @ points
        _read_ahead(gray, float(down[0].min()), float(down[-1].max()))
        picked[some] = cv2.remap(gray, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return picked


def _read_ahead(gray: NDArray[np.uint8], top: float, bottom: float) -> None:
    """Bring some rows into the processor's cache: sampling would wait for every pixel by itself."""
    height = len(gray)
    first, last = (int(max(0.0, min(row, height))) for row in (top, bottom + 2.0))
    if first < last:
        cv2.sumElems(gray[first:last])


def contrast_of(gray: NDArray[np.uint8]) -> float:
    """How much the ink of a washed-out page must be strengthened, 1 for a good scan."""
    step = max(1, gray.size // LOOKED_AT)
    counts = cv2.calcHist([gray[::step]], [0], None, [256], [0.0, 256.0]).ravel()
    dark, bright = np.searchsorted(np.cumsum(counts), np.array([DARKEST, 0.5]) * counts.sum(), side="right")
    ink = 1.0 - float(dark) / max(float(bright), 1.0)
    return min(max(FULL_INK / max(ink, 0.01), 1.0), MOST_CONTRAST)


def ink_of(windows: NDArray[np.uint8], paper: Floats, contrast: float) -> Floats:
    """Soft ink 0..1 of grey windows: contrast * (paper - grey) / paper, clipped."""
    ink = ink_levels(windows, paper, contrast).astype(np.float32)
    ink *= np.float32(1.0 / FULL)
    return ink


def ink_levels(windows: NDArray[np.uint8], paper: Floats, contrast: float) -> Levels:
    """The same in bytes, 0 to :data:`FULL`.

    In whole numbers, a third of the time of fractions: paper levels are rounded to a grey.
    """
    each = (-1, *(1,) * (windows.ndim - 1))
    level = np.clip(np.rint(paper), 1, FULL).astype(np.uint8).reshape(each)
    full = np.maximum(np.floor(paper / contrast), 1.0)
    depth = np.minimum(level - np.minimum(windows, level), full.astype(np.uint8).reshape(each))
    scale = np.floor(FULL * 128.0 / full).astype(np.uint16).reshape(each)
    ink = depth.astype(np.uint16)
    ink *= scale
    ink += np.uint16(64)
    ink >>= np.uint16(7)
    return np.asarray(ink, dtype=np.uint8)


def shaded_paper(windows: NDArray[np.uint8], paper: Floats) -> Floats:
    """Paper level of each box, lowered where print shades all the surroundings of the box.

    Parameters
    ----------
    windows
        (n, side, side) grey windows of two boxes' width or nearly so.
    paper
        (n,) page's paper level at each box.
    """
    ring = _surroundings(windows.shape[1])
    around = np.take(windows.reshape(len(windows), -1), ring, axis=1).astype(np.float32)
    rank = int(len(ring) * 0.65)
    level = np.partition(around, rank, axis=1)[:, rank]
    return np.clip(level, LEAST_SHADE * paper, np.maximum(paper, 1.0)).astype(np.float32)


@lru_cache(maxsize=16)
def _surroundings(side: int) -> NDArray[np.intp]:
    """Flat indices of evenly spread cells around the box of a window."""
    line = np.abs(np.arange(side) + 0.5 - side / 2) / (side / 2)
    reach = np.maximum(line[:, None], line[None, :])
    ring = np.flatnonzero((reach > 0.68) & (reach < 0.98))
    return ring[:: max(1, -(-len(ring) // SHADE_CELLS))]
