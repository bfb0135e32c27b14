"""Whether anything is on a page at all."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.image import View, as_gray

_WIDTH = 620
"""Pixels across at which a page is judged: 3 per mm of A4."""
_EDGE = 0.035
"""Share of each side that is left out: shadows and borders of scanners."""
_RIM = 0.11
"""Share of the page's width, from each edge, in which round black spots are punch holes."""
_SPECK = 4
"""Pixels, at this width, of the largest speck of dust."""
BLANK_SHARE = 0.00012
"""Pages with less ink are blank: 7 square mm of A4, a short scribbled word."""

DARKEST_PAPER = 70
"""Grey level below which a page is no paper: the lid was open, or the feeder took nothing in."""
COARSEST_GRAIN = 20.0
"""Median difference from the grey around, of the noisiest scanner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """How much is on a page."""

    share: float
    """Share of dark pixels; dust, punch holes and borders left out."""
    blank: bool
    """Whether that is as good as nothing."""


def may_be_blank(view: View) -> bool:
    """Tell quickly whether a page may be blank: False when its middle holds far more ink."""
    dark = _dark(_reduced(view))
    height, width = dark.shape
    middle = dark[int(0.12 * height) : int(0.88 * height), int(0.12 * width) : int(0.88 * width)]
    return cv2.countNonZero(middle) < 30 * BLANK_SHARE * middle.size


def measure_ink(view: View) -> Ink:
    """Measure the ink of a page.

    Paper is compared with the paper around it, so that tint and shadows do not count, and
    show-through, which is faint, does not either. Shapes that touch the rim are the scanner's border.
    """
    small = _reduced(view)
    dark, paper = _dark(small), _is_paper(small)
    height, width = dark.shape
    unit = min(width, height) / _WIDTH
    if cv2.countNonZero(dark) < BLANK_SHARE * dark.size:
        return Ink(share=cv2.countNonZero(dark) / dark.size, blank=paper)
    _, _, table, centres = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    stats = np.asarray(table, dtype=np.float64)
    keep = _is_ink(stats, np.asarray(centres, dtype=np.float64), width, height, unit)
    keep[0] = False
    share = float(stats[keep, 4].sum()) / (width * height)
    return Ink(share=share, blank=paper and share < BLANK_SHARE)


def _is_paper(small: NDArray[np.uint8]) -> bool:
    """Whether a page is light and even enough that ink would be seen on it."""
    height, width = small.shape
    middle = small[height // 5 : height - height // 5, width // 5 : width - width // 5]
    light = float(np.mean(middle > DARKEST_PAPER))
    grain = float(np.median(cv2.absdiff(middle, cv2.blur(middle, (5, 5)))))
    return light > 0.9 and grain < COARSEST_GRAIN


def _reduced(view: View) -> NDArray[np.uint8]:
    factor = 1
    while min(view.gray.shape) // (factor * 2) >= _WIDTH and factor < 64:
        factor *= 2
    return view.small(factor)


def _dark(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is darker than the paper around it, or black: borders of any width are black."""
    around = max(3, int(40 * min(small.shape) / _WIDTH)) | 1
    paper = cv2.blur(cv2.dilate(small, np.ones((5, 5), np.uint8)), (around, around))
    level = cv2.max(cv2.convertScaleAbs(paper, alpha=0.72), np.full_like(small, 60))
    return as_gray(cv2.compare(small, level, cv2.CMP_LT))


def _is_ink(
    stats: NDArray[np.float64], centres: NDArray[np.float64], width: int, height: int, unit: float
) -> NDArray[np.bool_]:
    left, top, across, down, area = stats.T
    rim = _EDGE * min(width, height)
    inside = (left > rim) & (top > rim) & (left + across < width - rim) & (top + down < height - rim)
    speck = area <= _SPECK * unit * unit
    near = _RIM * min(width, height)
    x, y = centres.T
    outer = (x < near) | (x > width - near) | (y < near) | (y > height - near)
    round_ = (np.abs(across - down) <= 0.25 * np.maximum(across, down)) & (area >= 0.68 * across * down)
    hole = outer & round_ & (across >= 11 * unit) & (across <= 26 * unit)
    # a streak of the scanner's glass: as thin as a hair and as long as the page
    streak = (np.minimum(across, down) <= 3 * unit) & (np.maximum(across, down) >= 0.8 * min(width, height))
    result: NDArray[np.bool_] = inside & ~speck & ~hole & ~streak
    return result
