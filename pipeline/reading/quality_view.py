"""A registered page made small, as the checks of its quality look at it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.image import shrink
from pipeline.reading.registered import Matrix, apply

CORNERS = ("top left", "top right", "bottom right", "bottom left")
RIM_MM = 3.0
"""Width of the rim along the edge of the page in which the lid may be seen."""
_ENOUGH = 2000
"""Pixels that tell the paper's grey."""
LEAST_DPI = 48.0
"""Resolution below which a page is not made smaller."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmallPage:
    """A page at 50 to 100 dpi, upright, with its place."""

    gray: NDArray[np.uint8]
    """(height, width)"""
    tiny: NDArray[np.uint8]
    """``gray`` at half its size."""
    factor: int
    """Pixels of the page for one of ``gray``."""
    px_per_mm: float
    """Of ``gray``."""
    matrix: Matrix
    """Layout units to pixels of ``gray``."""
    page: PageLayout
    unit_mm: float
    paper: float
    """Grey of the paper."""
    inner: NDArray[np.uint8]
    """1 for the pixels of ``tiny`` that show the page and not its very edge."""

    @property
    def is_ours(self) -> bool:
        """Whether scangrade printed the page, and its margins are known to be bare."""
        return self.page.anchors.kind == "scangrade"

    def corners_px(self) -> NDArray[np.float64]:
        """(4, 2): corners of the printed page in ``gray``, in the order of ``CORNERS``."""
        return _corners(self.matrix, self.page)


def small_page(
    gray: NDArray[np.uint8],
    factor: int,
    *,
    matrix: Matrix,
    page: PageLayout,
    px_per_mm: float,
    unit_mm: float,
) -> SmallPage:
    """Wrap the picture of a page that was shrunk by ``factor``.

    Parameters
    ----------
    gray
        Upright, shrunk.
    factor
        By how much.
    matrix, px_per_mm
        Of the full picture.
    page, unit_mm
        Its layout, and millimetres for one of its units.
    """
    shrunk = np.array([[1 / factor, 0, 0.5 / factor - 0.5], [0, 1 / factor, 0.5 / factor - 0.5], [0, 0, 1.0]])
    placed = shrunk @ matrix
    tiny = shrink(gray, 2)
    return SmallPage(
        gray=gray,
        tiny=tiny,
        factor=factor,
        px_per_mm=px_per_mm / factor,
        matrix=placed,
        page=page,
        unit_mm=unit_mm,
        paper=max(1.0, _paper(gray, placed, page)),
        inner=_inner(tiny, placed, page, px_per_mm / factor / 2),
    )


def _paper(gray: NDArray[np.uint8], matrix: Matrix, page: PageLayout) -> float:
    """Median grey of the part of the picture that the boxes take, whatever lies around the page."""
    part = gray
    if page.boxes:
        xs, ys = [box.x for box in page.boxes], [box.y for box in page.boxes]
        ends = [(x, y) for x in (min(xs), max(xs)) for y in (min(ys), max(ys))]
        places = np.rint(apply(matrix, np.array(ends, dtype=np.float64))).astype(int)
        (left, top), (right, bottom) = np.maximum(places.min(axis=0), 0), np.maximum(places.max(axis=0), 0)
        part = gray[top : bottom + 1, left : right + 1]
    few = part[::3, ::3] if part.size > _ENOUGH else gray[::4, ::4]
    return float(np.median(few))


def _inner(tiny: NDArray[np.uint8], matrix: Matrix, page: PageLayout, px_per_mm: float) -> NDArray[np.uint8]:
    """The page without a rim: paper curls, and is fed askew."""
    corners = _corners(matrix, page)
    middle = corners.mean(axis=0)
    away = corners - middle
    corners = middle + away * (1.0 - 2 * RIM_MM * 2 * px_per_mm / np.hypot(*away.T).mean())
    inner = np.zeros(tiny.shape, dtype=np.uint8)
    cv2.fillConvexPoly(inner, np.rint(corners / 2).astype(np.int32), (1,))
    return inner


def _corners(matrix: Matrix, page: PageLayout) -> NDArray[np.float64]:
    width, height = page.width, page.height
    return apply(matrix, np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64))


def shrinking_factor(dpi: float) -> int:
    """Power of two by which a page of this resolution is shrunk."""
    factor = 1
    while dpi / (2 * factor) >= LEAST_DPI:
        factor *= 2
    return factor
