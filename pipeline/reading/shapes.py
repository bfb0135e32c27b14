"""Finding registration marks by their shape: roughly on a small picture, exactly on the full one."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.image import as_gray

Floats = NDArray[np.float64]

MOST_CANDIDATES = 400
_EXTENT = {"disc": (0.55, 0.97), "square": (0.5, 1.02), "ring": (0.15, 0.8), "cross": (0.06, 0.7)}
"""Share of its bounding box that a mark fills; a square that stands askew fills less."""
_AREA = {"disc": np.pi / 4, "square": 1.0}
_LEAST_CONTRAST = 35.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Shapes that may be marks."""

    places: Floats
    """(n, 2): centres, px of the full picture, to a pixel of the small one."""
    sizes: Floats
    """(n,): side or diameter, px of the full picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMark:
    """One mark, measured at full size."""

    x: float
    y: float
    """Centre, px."""
    size: float
    """Side or diameter, px, from the area for solid marks."""
    hole: bool
    """Whether its middle is white."""
    grey: float
    """Grey of its ink."""


def find_candidates(small: NDArray[np.uint8], factor: int, mark: str, low: float, high: float) -> Candidates:
    """Find dark shapes of a mark's kind and of about its size.

    Parameters
    ----------
    small
        The picture, shrunk by ``factor``.
    mark
        disc, square, ring or cross.
    low, high
        Smallest and largest side or diameter, px of the full picture.
    """
    low, high = low / factor, high / factor
    dark = _dark(small, high)
    if mark in _AREA and low >= 7:
        # thin lines and writing that touch a solid mark
        side = 3 if low < 12 else 5
        dark = as_gray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)))
    _, _, table, centres = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    stats: NDArray[np.float64] = np.asarray(table, dtype=np.float64)
    across, down, area = stats[:, 2], stats[:, 3], stats[:, 4]
    size = (across + down) / 2
    extent = area / (across * down)
    least, most = _EXTENT[mark]
    good = (size >= low * 0.9) & (size <= high * 1.2) & (extent >= least) & (extent <= most)
    good &= (np.minimum(across, down) >= 0.72 * np.maximum(across, down)) | (
        (size < 8) & (np.abs(across - down) <= 3)
    )
    good[0] = False
    chosen = np.flatnonzero(good)
    if len(chosen) > MOST_CANDIDATES:
        # marks stand at the page's corners
        middle = np.array(small.shape[::-1]) / 2
        far = np.hypot(*(np.asarray(centres)[chosen] - middle).T)
        chosen = chosen[np.argsort(-far)[:MOST_CANDIDATES]]
    places = (np.asarray(centres, dtype=np.float64)[chosen] + 0.5) * factor - 0.5
    return Candidates(places=places, sizes=size[chosen] * factor)


def match_candidates(small: NDArray[np.uint8], factor: int, mark: str, size: float) -> Candidates:
    """Find marks of one size by correlation: slower, but marks may touch print or be faint.

    Parameters
    ----------
    size
        Side or diameter, px of the full picture.
    """
    side = size / factor
    template = _template(mark, side)
    if min(small.shape) <= template.shape[0]:
        return Candidates(places=np.zeros((0, 2)), sizes=np.zeros(0))
    match: NDArray[np.float32] = np.asarray(
        cv2.matchTemplate(small, template, cv2.TM_CCOEFF_NORMED), np.float32
    )
    around = max(3, int(side)) | 1
    peaks = (match >= cv2.dilate(match, np.ones((around, around), np.uint8))) & (match > 0.55)
    rows, columns = np.nonzero(peaks)
    best = np.argsort(-match[rows, columns])[:60]
    middle = (template.shape[0] - 1) / 2
    places = (np.stack([columns[best], rows[best]], axis=1) + middle + 0.5) * factor - 0.5
    return Candidates(places=places.astype(np.float64), sizes=np.full(len(best), size))


def measure_mark(gray: NDArray[np.uint8], x: float, y: float, size: float, mark: str) -> FoundMark | None:
    """Measure a mark near a place at full size, to a few hundredths of a pixel.

    The centre is that of the ink, weighted by darkness, of the one dark shape nearest to the place;
    what is thin and touches it is cut off first.

    Returns
    -------
    FoundMark or None
        None: nothing there has the contrast, the size and the shape of such a mark.
    """
    half = round(size * 1.15) + 2
    left, top = round(x) - half, round(y) - half
    right, bottom = round(x) + half + 1, round(y) + half + 1
    if left < 0 or top < 0 or right > gray.shape[1] or bottom > gray.shape[0]:
        inside = gray[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if inside.size < 0.5 * (2 * half + 1) ** 2:
            return None
        patch = np.full((2 * half + 1, 2 * half + 1), 255, np.uint8)
        patch[
            max(-top, 0) : max(-top, 0) + inside.shape[0], max(-left, 0) : max(-left, 0) + inside.shape[1]
        ] = inside
    else:
        patch = gray[top:bottom, left:right]
    # thin marks are a small part of the patch
    paper, ink = np.percentile(patch, (85, 6 if mark in _AREA else 1.5))
    if paper - ink < _LEAST_CONTRAST:
        return None
    shape = _shape_nearest(patch, (x - left, y - top), float(paper + ink) / 2, size, mark)
    if shape is None:
        return None
    centre, found_size, hole = _centre(patch, shape, float(paper), float(ink), mark)
    return FoundMark(x=centre[0] + left, y=centre[1] + top, size=found_size, hole=hole, grey=float(ink))


def _dark(small: NDArray[np.uint8], high: float) -> NDArray[np.uint8]:
    """Mark what is darker than the paper around it; solid shapes up to ``high`` px stay whole."""
    around = int(3 * high) | 1
    local = cv2.blur(small, (around, around), borderType=cv2.BORDER_REPLICATE)
    level = cv2.convertScaleAbs(local, alpha=0.8, beta=-6)
    return as_gray(cv2.threshold(cv2.compare(small, level, cv2.CMP_LT), 0, 1, cv2.THRESH_BINARY)[1])


def _template(mark: str, side: float) -> NDArray[np.uint8]:
    """Draw a mark with its margin, 8 times too large, and shrink it."""
    fine = 8
    total = int(np.ceil(side * 1.7)) | 1
    picture = np.full((total * fine, total * fine), 255, np.uint8)
    middle, radius = total * fine / 2, side * fine / 2
    low, high = round(middle - radius), round(middle + radius)
    if mark in ("disc", "ring"):
        width = -1 if mark == "disc" else max(fine, round(0.16 * side * fine))
        cv2.circle(picture, (round(middle), round(middle)), round(radius), 0, width, cv2.LINE_AA)
    elif mark == "square":
        cv2.rectangle(picture, (low, low), (high, high), 0, -1)
    else:
        width = max(fine, round(0.14 * side * fine))
        cv2.line(picture, (low, round(middle)), (high, round(middle)), 0, width)
        cv2.line(picture, (round(middle), low), (round(middle), high), 0, width)
    return as_gray(cv2.resize(picture, (total, total), interpolation=cv2.INTER_AREA))


def _shape_nearest(
    patch: NDArray[np.uint8], place: tuple[float, float], level: float, size: float, mark: str
) -> NDArray[np.uint8] | None:
    """The dark shape of about the right size whose centre is nearest to a place, as a mask."""
    # greys that a printer or scanner dithered become grey again
    grain = max(1, round(size / (10 if mark in _AREA else 20))) | 1
    dark = (cv2.blur(patch, (grain, grain)) < level).astype(np.uint8)
    if mark in _AREA:
        side = int(0.2 * size) | 1  # an even opening would shift the shape
        if side > 1:
            dark = as_gray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)))
    count, labels, table, centres = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    least, most = _EXTENT[mark]
    best, best_far = 0, 0.75 * size
    for index in range(1, count):
        across, down, area = (float(table[index, column]) for column in (2, 3, 4))
        if not (
            0.62 * size <= (across + down) / 2 <= 1.5 * size and min(across, down) >= 0.6 * max(across, down)
        ):
            continue
        if not least * 0.85 <= area / (across * down) <= most + 0.05:
            continue
        far = float(np.hypot(centres[index][0] - place[0], centres[index][1] - place[1]))
        if far < best_far:
            best, best_far = index, far
    return (np.asarray(labels) == best).astype(np.uint8) if best else None


def _centre(
    patch: NDArray[np.uint8], shape: NDArray[np.uint8], paper: float, ink: float, mark: str
) -> tuple[tuple[float, float], float, bool]:
    """Centre of a shape weighted by darkness, its size, and whether its middle is white."""
    contours: Any = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    filled = np.zeros_like(shape)
    cv2.drawContours(filled, contours, -1, 1, -1)
    mask = cv2.dilate(filled, np.ones((3, 3), np.uint8))
    darkness = np.clip(
        (paper - patch.astype(np.float64) - 0.1 * (paper - ink)) / (0.8 * (paper - ink)), 0.0, 1.0
    )
    inner = cv2.erode(filled, np.ones((3, 3), np.uint8))
    weights = np.where(inner > 0, 1.0, darkness) * mask if mark != "cross" else darkness * mask
    total = float(weights.sum())
    rows, columns = np.indices(patch.shape)
    x, y = float((weights * columns).sum() / total), float((weights * rows).sum() / total)
    if mark in _AREA:
        size = float(np.sqrt(total / _AREA[mark]))
    else:
        _, _, across, down = cv2.boundingRect(filled)
        size = (across + down) / 2
    reach = max(1, round(0.14 * size))
    core = darkness[
        max(0, round(y) - reach) : round(y) + reach + 1, max(0, round(x) - reach) : round(x) + reach + 1
    ]
    return (x, y), size, bool(core.size and core.mean() < 0.35)
