"""Small ink pictures of all boxes of a page at once.

Every box is sampled on one grid that is fixed in units of the box (20 cells across a box), so that
what is measured does not depend on the resolution, the size of the box or the skew of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box

CELLS = 20
"""Cells across a box at full detail: 0.2 mm for a box of 4 mm."""

LEAST_BOX_PX = 22
"""A page is shrunk by whole numbers as long as its boxes stay at least this large."""

PAPER_CELL_MM = 2.0
"""Side of the blocks whose brightest neighbour is taken for the paper."""

LEAST_SHADE = 0.75
"""Shaded print behind a box lowers its paper level to this share of the page's, and no further."""

FULL_INK = 0.8
"""Ink of good black print on paper."""
MOST_CONTRAST = 3.0
"""A washed-out page is not strengthened further than this."""
DARKEST = 0.003
"""Share of a page's pixels that tells how dark its print and its marks get."""

Floats = NDArray[np.float32]


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
    sizes = np.array([[box.w, box.h] for box in boxes], dtype=np.float64).reshape(-1, 2)
    corners = np.array([[box.x, box.y] for box in boxes], dtype=np.float64).reshape(-1, 2)
    centres = corners + sizes / 2.0
    homogeneous = centres @ matrix[:, :2].T + matrix[:, 2]
    depth = homogeneous[:, 2:3]
    places = homogeneous[:, :2] / depth
    # Jacobian of the homography at each centre: (H_ij - place_i * H_3j) / depth.
    jacobian = (matrix[None, :2, :2] - places[:, :, None] * matrix[None, 2:3, :2]) / depth[:, :, None]
    axes = jacobian * sizes[:, None, :]
    return Frames(centres=places.astype(np.float32), axes=axes.astype(np.float32))


def shrink(gray: NDArray[np.uint8], frames: Frames) -> tuple[NDArray[np.uint8], Frames, int]:
    """Shrink a page to what its boxes need; bilevel pages become grey by it.

    Returns
    -------
    (picture, frames in it, whole factor by which it was shrunk)
    """
    least = float(np.median(frames.sizes_px.min(axis=1))) if len(frames.centres) else LEAST_BOX_PX
    factor = max(1, int(least // LEAST_BOX_PX))
    if factor == 1:
        return gray, frames, 1
    height, width = gray.shape[0] // factor, gray.shape[1] // factor
    cropped = gray[: height * factor, : width * factor]
    small = cv2.resize(cropped, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), frames.scaled(1.0 / factor), factor


def halve(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the picture's size, each pixel the mean of four; an odd last row or column is cut off."""
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    if not height or not width:
        return gray
    even = gray[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def paper_levels(gray: NDArray[np.uint8], frames: Frames, px_per_mm: float) -> Floats:
    """Grey of the bare paper around each box, shape (n,), 1 to 255.

    The page is averaged over blocks of 2 mm; the brightest block within two blocks is the paper.

    Parameters
    ----------
    gray
        The page at any size: the smaller, the faster.
    frames
        Where the boxes are in it.
    px_per_mm
        Its resolution.
    """
    block = max(2, round(PAPER_CELL_MM * px_per_mm))
    size = (max(1, gray.shape[1] // block), max(1, gray.shape[0] // block))
    blocks = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    bright = cv2.dilate(blocks, np.ones((5, 5), dtype=np.uint8), borderType=cv2.BORDER_REPLICATE)
    smooth = cv2.blur(bright, (5, 5), borderType=cv2.BORDER_REPLICATE)
    scale = np.array([size[0] / gray.shape[1], size[1] / gray.shape[0]], dtype=np.float32)
    places = (frames.centres + 0.5) * scale - 0.5
    levels = _remap(np.asarray(smooth, dtype=np.uint8), places[:, None, :])[:, 0]
    return np.maximum(levels.astype(np.float32), 1.0)


def grid(cells: int, extent: float) -> Floats:
    """Centres of the cells of a square window, (m * m, 2), in units of the box.

    Parameters
    ----------
    cells
        Cells across a box.
    extent
        Half the window's side, in boxes; rounded so that the window is whole cells.
    """
    side = 2 * round(extent * cells)
    line = ((np.arange(side) + 0.5 - side / 2) / cells).astype(np.float32)
    return np.stack([np.tile(line, side), np.repeat(line, side)], axis=1)


def sample(gray: NDArray[np.uint8], frames: Frames, cells: int, extent: float) -> NDArray[np.uint8]:
    """Grey windows around all boxes, shape (n, side, side), by one remap.

    Outside the picture is the picture's edge repeated.
    """
    points = grid(cells, extent)
    places = np.matmul(points[None], frames.axes.transpose(0, 2, 1)) + frames.centres[:, None, :]
    side = round(len(points) ** 0.5)
    return _remap(gray, places).reshape(-1, side, side)


def contrast_of(gray: NDArray[np.uint8]) -> float:
    """How much the ink of a washed-out page must be strengthened, 1 for a good scan."""
    few = gray[::3, ::3].ravel()
    dark, bright = np.partition(few, [int(DARKEST * few.size), few.size // 2])[
        [int(DARKEST * few.size), few.size // 2]
    ]
    ink = 1.0 - float(dark) / max(float(bright), 1.0)
    return min(max(FULL_INK / max(ink, 0.01), 1.0), MOST_CONTRAST)


def ink_of(windows: NDArray[np.uint8], paper: Floats, contrast: float) -> Floats:
    """Soft ink 0..1 of grey windows: contrast * (paper - grey) / paper, clipped."""
    per_grey = (contrast / paper).astype(np.float32)
    ink = windows.astype(np.float32)
    ink *= -per_grey[:, None, None]
    ink += np.float32(contrast)
    return np.clip(ink, 0.0, 1.0, out=ink)


def shaded_paper(windows: NDArray[np.uint8], paper: Floats) -> Floats:
    """Paper level of each box, lowered where print shades all the surroundings of the box.

    Parameters
    ----------
    windows
        (n, side, side) grey windows of two boxes' width or nearly so.
    paper
        (n,) page's paper level at each box.
    """
    side = windows.shape[1]
    line = np.abs(np.arange(side) + 0.5 - side / 2) / (side / 2)
    reach = np.maximum(line[:, None], line[None, :])
    ring = windows[:, (reach > 0.68) & (reach < 0.98)]
    rank = int(ring.shape[1] * 0.65)
    around = np.partition(ring, rank, axis=1)[:, rank].astype(np.float32)
    return np.clip(around, LEAST_SHADE * paper, np.maximum(paper, 1.0)).astype(np.float32)


def _remap(gray: NDArray[np.uint8], places: Floats) -> NDArray[np.uint8]:
    """Bilinear samples of ``places`` (n, k, 2), as (n, k); any n."""
    maps = np.ascontiguousarray(places, dtype=np.float32)
    no_second_map: Any = None
    picked = np.empty(maps.shape[:2], dtype=np.uint8)
    # OpenCV refuses remaps with more than 32,766 rows.
    for start in range(0, len(maps), 32000):
        part = maps[start : start + 32000]
        if len(part):
            picked[start : start + 32000] = cv2.remap(
                gray, part, no_second_map, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
    return picked
