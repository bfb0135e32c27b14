"""What registration gives: a page with its place, or the reason why it has none."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Finding, Layout, PageCode, PageLayout, PageQuality
from pipeline.reading.image import View
from pipeline.reading.quality_defects import Defects

Matrix = NDArray[np.float64]
"""3x3, takes homogeneous (x, y, 1) to homogeneous (x', y', w)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registered:
    """A page whose layout and place are known."""

    gray: NDArray[np.uint8]
    """(height, width), upright, read-only."""
    matrix: Matrix
    """Takes layout units to pixels of ``gray``; pixel centres have whole coordinates."""
    layout: Layout
    page: PageLayout
    code: PageCode | None
    other_codes: tuple[str, ...]
    """Text of codes that are not ours."""
    rms_mm: float
    """Root mean square of what marks and box outlines are off, after fitting."""
    px_per_mm: float
    quality: PageQuality
    view: View | None = None
    """``gray`` and the smaller pictures of it that there are already; None: there are none."""
    defects: Defects = field(default_factory=Defects)
    """Streaks, folds, holes and the like, in pixels of ``gray``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A page that matches no layout, and why."""

    finding: Finding
    message: str
    """One sentence for the ledger."""
    ink: float
    """Share of dark pixels, dust, holes and borders left out."""
    marks_found: int
    """Corner marks that were found, 0 to 4."""
    code: PageCode | None = None
    other_codes: tuple[str, ...] = ()


def apply(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take points (..., 2) through a 3x3 matrix."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]
    weight = points @ matrix[2, :2] + matrix[2, 2]
    result: NDArray[np.float64] = moved / weight[..., None]
    return result


def inverse(matrix: Matrix) -> Matrix:
    """The matrix that goes the other way."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def local_scale(matrix: Matrix, point: tuple[float, float]) -> float:
    """Pixels per unit at a point: the square root of the matrix's local change of area."""
    x, y = point
    weight = float(matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2])
    return float(np.sqrt(abs(float(np.linalg.det(matrix)) / weight**3)))


def local_angle(matrix: Matrix, point: tuple[float, float]) -> float:
    """Direction of the layout's x axis in the picture at a point: radians, clockwise."""
    ends = apply(matrix, np.array([point, (point[0] + 1.0, point[1])], dtype=np.float64))
    across = ends[1] - ends[0]
    return float(np.arctan2(across[1], across[0]))


def quarter_turns_of(angle: float) -> int:
    """Quarter turns clockwise that bring a direction closest to 0."""
    return int(np.rint(-angle / (np.pi / 2))) % 4
