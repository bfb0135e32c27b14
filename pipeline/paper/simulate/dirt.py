"""What paper and glass pick up: wear, light, specks, streaks, folds, holes, staples, coffee."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.paper.simulate.ink import MASTER_PX_PER_MM
from pipeline.paper.simulate.pens import Random
from pipeline.paper.simulate.profiles import ScanProfile
from pipeline.paper.simulate.records import Image

_COARSE = 9
Line = tuple[tuple[int, int], tuple[int, int], float]
"""Both ends and half the width, pixels."""


def _field(shape: tuple[int, ...], knots: NDArray[np.floating]) -> Image:
    """A smooth field of the picture's size from a few values between 0 and 1; 255 is 1."""
    small = np.clip(knots * 255, 0, 255).astype(np.uint8)
    big = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(big, np.uint8)


def _times(image: Image, field: Image) -> Image:
    """Multiply a grey or RGB picture by a field."""
    factor = np.dstack([field] * 3) if image.ndim == 3 else field
    return np.asarray(cv2.multiply(image, factor, scale=1 / 255), np.uint8)


def fade(page: Image, patches: float, mottling: float, rng: Random) -> Image:
    """Uneven print: patches where the toner ran low, and mottling of solid areas.

    Parameters
    ----------
    patches, mottling
        Standard deviations relative to the print's darkness; 0: none.
    """
    if patches == 0 and mottling < 0.02:
        return page
    fine = (page.shape[0] // 10, page.shape[1] // 10)
    knots = 1.0 - np.abs(rng.standard_normal(fine, dtype=np.float32)) * mottling
    if patches:
        coarse = np.clip(rng.normal(0.0, patches, (_COARSE + 4, _COARSE)), 0.0, 0.55)
        knots *= 1.0 - cv2.resize(coarse.astype(np.float32), fine[::-1], interpolation=cv2.INTER_LINEAR)
    cv2.bitwise_not(page, page)
    worn = _times(page, _field(page.shape, knots))
    return np.asarray(cv2.bitwise_not(worn, worn), np.uint8)


def show_through(page: Image, back: Image, strength: float) -> Image:
    """The back side, mirrored and blurred by the paper, darkens the front a little."""
    small = cv2.resize(back, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(cv2.flip(small, 1), (0, 0), 1.2)
    size = (page.shape[1], page.shape[0])
    veil = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    table = np.rint(255 - (255 - np.arange(256)) * strength).astype(np.uint8)
    return _times(page, np.asarray(cv2.LUT(veil, table), np.uint8))


def light(image: Image, paper: float, gradient: float, rng: Random) -> Image:
    """Reflectance of the paper under light that is not quite even.

    Parameters
    ----------
    paper
        Reflectance, 0 to 1.
    gradient
        Largest relative loss of light across the page.
    """
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, gradient)
    axis = np.linspace(0.0, 1.0, _COARSE)
    slope = np.cos(angle) * (axis[None, :] - 0.5) + np.sin(angle) * (axis[:, None] - 0.5) + 0.5
    knots = paper * (1.0 - depth * np.clip(slope, 0, 1) + rng.normal(0, 0.08 * depth + 0.001, slope.shape))
    if gradient > 0.1 and rng.random() < 0.5:
        knots = knots * (1.0 - _shadow(rng))
    # the field is stretched once over the picture: a multiple of 1/255 is as fine as the sensor
    return _times(image, _field(image.shape, knots))


def _shadow(rng: Random) -> NDArray[np.float64]:
    """The shadow of a hand or a phone over one corner."""
    axis = np.linspace(0.0, 1.0, _COARSE)
    x, y = rng.choice([0.0, 1.0], 2)
    distance = np.hypot(axis[None, :] - x, axis[:, None] - y)
    depth: NDArray[np.float64] = rng.uniform(0.1, 0.3) * np.clip(1.2 - 1.6 * distance, 0.0, 1.0)
    return depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """Where defects are that may run through a box; pixels of the scan."""

    columns: tuple[tuple[int, int], ...] = ()
    """Streaks: first column and the one after the last."""
    lines: tuple[Line, ...] = ()
    """Folds and staples: both ends and half the width."""
    discs: tuple[tuple[tuple[int, int], float], ...] = ()
    """Punch holes: centre and radius."""

    def near(self, places: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which places a defect touches.

        Parameters
        ----------
        places
            (n, 2) centres, pixels.
        reach
            (n, 2): how far each place extends to the sides, pixels.

        Returns
        -------
        (n,) bool
        """
        hit = np.zeros(len(places), bool)
        for first, end in self.columns:
            hit |= (places[:, 0] + reach[:, 0] >= first) & (places[:, 0] - reach[:, 0] <= end)
        for start, stop, half in self.lines:
            a, along = np.array(start, float), np.subtract(stop, start).astype(float)
            share = np.clip((places - a) @ along / max(float(along @ along), 1.0), 0.0, 1.0)
            off = np.abs(places - a - share[:, None] * along)
            hit |= (off <= reach + half).all(axis=1)
        for center, radius in self.discs:
            hit |= (np.abs(places - np.array(center)) <= reach + radius).all(axis=1)
        return hit


def soil(image: Image, forward: NDArray[np.float64], profile: ScanProfile, rng: Random) -> tuple[Image, Dirt]:
    """Specks, dust streaks, folds, punch holes and a staple, as often as the profile says."""
    image = np.ascontiguousarray(image)
    _specks(image, int(rng.poisson(profile.specks)), rng)
    columns = tuple(_streak(image, rng) for _ in range(int(rng.poisson(profile.streaks))))
    lines = []
    if rng.random() < profile.folds:
        lines.append(_fold(image, rng))
    discs = _punch_holes(image, forward, rng) if rng.random() < profile.holes else ()
    if rng.random() < profile.holes:
        lines.append(_staple(image, forward, rng))
    return image, Dirt(columns=columns, lines=tuple(lines), discs=discs)


def _specks(image: Image, count: int, rng: Random) -> None:
    height, width = image.shape[:2]
    for _ in range(count):
        center = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(0, 3)), int(rng.integers(0, 3)))
        grey = int(rng.integers(20, 150))
        cv2.ellipse(image, center, axes, 0.0, 0.0, 360.0, (grey,) * 3, cv2.FILLED)


def _streak(image: Image, rng: Random) -> tuple[int, int]:
    """Dust on the glass of a feeder: one column, all the way down."""
    width = image.shape[1]
    x, wide = int(rng.integers(2, width - 4)), int(rng.integers(1, 3))
    columns = image[:, x : x + wide]
    if rng.random() < 0.7:
        kept = rng.uniform(0.35, 0.85)
        columns[...] = (columns * kept).astype(np.uint8)
    else:
        share = rng.uniform(0.3, 0.8)
        columns[...] = (columns + (255 - columns) * share).astype(np.uint8)
    return x, x + wide


def _fold(image: Image, rng: Random) -> Line:
    """A fold across the page: a faint dark line with a bright edge."""
    height, width = image.shape[:2]
    y = rng.choice([1 / 3, 1 / 2, 2 / 3]) * height + rng.normal(0, 0.02 * height)
    slope = rng.normal(0, 0.01) * width
    left, right = (0, round(y - slope)), (width, round(y + slope))
    top, bottom = max(0, min(left[1], right[1]) - 4), min(height, max(left[1], right[1]) + 5)
    dark = rng.uniform(0.06, 0.18)
    if bottom > top:
        veil = np.full((bottom - top, width), 255, np.uint8)
        grey = (round(255 * (1 - dark)),)
        cv2.line(veil, (0, left[1] - top), (width, right[1] - top), grey, 2, cv2.LINE_AA)
        image[top:bottom] = _times(image[top:bottom], veil)
    return left, right, 2.0


def _place(forward: NDArray[np.float64], x: float, y: float) -> tuple[int, int]:
    """Where a place of the page (mm) is in the scan."""
    point = forward @ np.array([x * MASTER_PX_PER_MM, y * MASTER_PX_PER_MM, 1.0])
    return round(float(point[0] / point[2])), round(float(point[1] / point[2]))


def _scale(forward: NDArray[np.float64]) -> float:
    """Pixels of the scan for 1 mm."""
    area = abs(float(np.linalg.det(forward[:2, :2] / forward[2, 2])))
    return float(np.sqrt(area)) * MASTER_PX_PER_MM


def _punch_holes(
    image: Image, forward: NDArray[np.float64], rng: Random
) -> tuple[tuple[tuple[int, int], float], ...]:
    """Two holes of 5.5 mm, 80 mm apart, 12 mm from the left edge (ISO 838), behind them the lid."""
    middle = 148.5 + rng.normal(0, 2)
    grey = int(rng.choice([15, 60, 225]))
    discs = []
    for y in (middle - 40, middle + 40):
        radius = round(2.75 * _scale(forward))
        center = _place(forward, 12.0 + rng.normal(0, 0.8), y)
        cv2.circle(image, center, radius, (grey,) * 3, cv2.FILLED, cv2.LINE_AA)
        discs.append((center, float(radius)))
    return tuple(discs)


def _staple(image: Image, forward: NDArray[np.float64], rng: Random) -> Line:
    """A staple, or the two holes that it left, in the top-left corner."""
    x, y, angle = rng.uniform(5, 10), rng.uniform(5, 10), rng.uniform(-0.9, 0.2)
    ends = [(x + s * 5 * np.cos(angle), y + s * 5 * np.sin(angle)) for s in (-1, 1)]
    a, b = (_place(forward, *end) for end in ends)
    scale = _scale(forward)
    if rng.random() < 0.5:
        cv2.line(image, a, b, (70,) * 3, max(1, round(0.5 * scale)), cv2.LINE_AA)
    for end in (a, b):
        cv2.circle(image, end, max(1, round(0.35 * scale)), (50,) * 3, cv2.FILLED, cv2.LINE_AA)
    return a, b, 0.35 * scale


def stain(page: Image, rng: Random, *, x: float, y: float, radius: float = 38.0) -> Image:
    """The ring that a coffee cup leaves on a page before it is scanned.

    Parameters
    ----------
    page
        Grey or RGB at ``MASTER_DPI``.
    x, y
        Centre, mm.
    radius
        mm.
    """
    height, width = page.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    center = (round(x * MASTER_PX_PER_MM), round(y * MASTER_PX_PER_MM))
    for _ in range(3):
        axes = tuple(round((radius + rng.normal(0, 0.4)) * MASTER_PX_PER_MM) for _ in range(2))
        wide = round(rng.uniform(1.0, 2.5) * MASTER_PX_PER_MM)
        start = rng.uniform(0, 360)
        layer = np.zeros_like(mask)
        cv2.ellipse(layer, center, axes, 0.0, start, start + rng.uniform(200, 340), (70,), wide, cv2.LINE_AA)
        mask = np.maximum(mask, layer)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 5.0), np.uint8)
    if page.ndim == 2:
        return _times(page, np.asarray(255 - soft, np.uint8))
    brown = [np.asarray(255 - soft * share, np.uint8) for share in (0.5, 0.8, 1.2)]
    return np.asarray(cv2.multiply(page, np.dstack(brown), scale=1 / 255), np.uint8)


def desk(image: Image, forward: NDArray[np.float64], shape: tuple[int, ...], rng: Random) -> Image:
    """Give what lies around a photographed page some texture, and the page a soft shadow."""
    height, width = image.shape[:2]
    corners = np.array([[[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]]], np.float64)
    outline = cv2.perspectiveTransform(corners, forward)
    outside = np.full((height, width), 255, np.uint8)
    cv2.fillPoly(outside, [np.rint(outline).astype(np.int32).reshape(-1, 1, 2)], (0,))
    knots = 0.75 + rng.normal(0, 0.06, (height // 8, 12)) + rng.normal(0, 0.05, (height // 8, 1))
    wood = _field(image.shape, knots)
    page = cv2.resize(cv2.bitwise_not(outside), (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    near = cv2.resize(cv2.GaussianBlur(page, (0, 0), 1.5), (width, height), interpolation=cv2.INTER_LINEAR)
    dark = np.asarray(cv2.LUT(near, np.rint(255 - np.arange(256) * 0.45).astype(np.uint8)), np.uint8)
    around = _times(_times(image, wood), dark)
    there = outside > 0
    return np.where(there if image.ndim == 2 else there[:, :, None], around, image)
