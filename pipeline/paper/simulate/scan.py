"""From paper to pixels: printers, feeders, scanners, fax machines and phones.

Every geometric step is a homography that is kept, so that the true place of each box in the
scanned picture is known.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.paper.simulate import dirt
from pipeline.paper.simulate.ink import MASTER_PX_PER_MM, InkedPage
from pipeline.paper.simulate.pens import Random
from pipeline.paper.simulate.profiles import ScanProfile
from pipeline.paper.simulate.records import Image

Matrix = NDArray[np.float64]


PHONE_SIZE = (2000, 2800)
"""Width and height of a phone's picture, pixels."""
_NOISE_LENGTH = 9_000_000
_NOISE_DEVIATION = 36.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """A scanned page."""

    image: Image
    grey: Image
    """The same before it was made black and white; else the same picture."""
    matrix: Matrix
    """(3, 3): mm on the page to pixels, where pixel centres are whole numbers."""
    dirt: dirt.Dirt
    """Where defects of paper and glass are, pixels of the picture before it was turned."""
    upright: Matrix
    """As ``matrix``, before the picture was turned."""
    wobble_px: float
    jpeg_quality: int
    bilevel: bool


def scan_page(
    page: InkedPage | Image,
    profile: ScanProfile,
    rng: Random,
    *,
    back: Image | None = None,
    quarter_turns: int = 0,
    bilevel: bool | None = None,
    known: Matrix | None = None,
) -> Scan:
    """Scan a printed and written page.

    Parameters
    ----------
    page
        At ``MASTER_DPI``. A written page is printed worn or fresh as the profile says, and written on
        afterwards; a picture, grey or RGB for a colour profile, is worn as a whole.
    profile
        The scanner.
    rng
        Source of chance.
    back
        Grey picture of the page's back side, which shows through.
    quarter_turns
        How the page is fed: clockwise quarter turns.
    bilevel
        Overrides the profile's: black and white only.
    known
        (3, 3) homography from master to scan pixels to use instead of a random one, for tests.
    """
    black_white = profile.bilevel if bilevel is None else bilevel
    shape = page.printed.shape if isinstance(page, InkedPage) else page.shape
    size = _scan_size(shape, profile)
    forward = known if known is not None else _draw_geometry(shape, size, profile, rng)
    if isinstance(page, InkedPage):
        paper = page.written_on(_age(page.printed, profile, rng), color=profile.color)
    else:
        paper = _age(page, profile, rng)
    if back is not None:
        paper = dirt.show_through(paper, back, rng.uniform(*profile.show_through))
    blurred = cv2.GaussianBlur(paper, (0, 0), _master_blur(forward, profile, rng))
    lid = 255.0 * rng.uniform(*profile.lid)
    image = _project(np.asarray(blurred, np.uint8), forward, size, lid, profile, rng)
    wobble = 0.0
    if profile.wobble:
        image, wobble = _wobble(image, profile, rng)
    image, found = dirt.soil(image, forward, profile, rng)
    grey = image = _expose(image, profile, rng)
    if black_white:
        image = _threshold(image, profile, rng)
    upright = forward @ np.array([[MASTER_PX_PER_MM, 0, -0.5], [0, MASTER_PX_PER_MM, -0.5], [0, 0, 1]])
    image, matrix = turn(image, upright, quarter_turns)
    quality = int(rng.integers(profile.jpeg[0], profile.jpeg[1] + 1))
    return Scan(
        image=image,
        grey=grey,
        matrix=matrix,
        dirt=found,
        upright=upright,
        wobble_px=wobble,
        jpeg_quality=quality,
        bilevel=black_white,
    )


def turn(image: Image, matrix: Matrix, quarter_turns: int) -> tuple[Image, Matrix]:
    """Turn a picture clockwise, and its matrix with it."""
    for _ in range(quarter_turns % 4):
        height = image.shape[0]
        image = np.rot90(image, -1)
        matrix = np.array([[0.0, -1.0, height - 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]) @ matrix
    return np.ascontiguousarray(image), matrix


def _scan_size(shape: tuple[int, ...], profile: ScanProfile) -> tuple[int, int]:
    if profile.phone:
        upright = shape[0] >= shape[1]
        return PHONE_SIZE if upright else (PHONE_SIZE[1], PHONE_SIZE[0])
    ratio = profile.dpi / (MASTER_PX_PER_MM * 25.4)
    return round(shape[1] * ratio), round(shape[0] * ratio)


def _draw_geometry(
    shape: tuple[int, ...], size: tuple[int, int], profile: ScanProfile, rng: Random
) -> Matrix:
    """Homography from master to scan, pixel centres at whole numbers on both sides."""
    if profile.phone:
        return _draw_perspective(shape, size, rng)
    ratio = profile.dpi / (MASTER_PX_PER_MM * 25.4)
    both = ratio * (1 + rng.uniform(-profile.scale, profile.scale))
    sy = both * (1 + rng.uniform(-profile.stretch, profile.stretch))
    angle = np.deg2rad(np.clip(rng.normal(0, profile.skew / 2), -profile.skew, profile.skew))
    cos, sin = np.cos(angle), np.sin(angle)
    spin = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shift = np.clip(rng.normal(0, profile.shift / 2, 2), -profile.shift, profile.shift)
    dx, dy = shift * MASTER_PX_PER_MM * ratio
    to_middle = np.array([[both, 0, -both * shape[1] / 2], [0, sy, -sy * shape[0] / 2], [0, 0, 1]])
    from_middle = np.array([[1, 0, size[0] / 2 + dx], [0, 1, size[1] / 2 + dy], [0, 0, 1]])
    return _between_centers(from_middle @ spin @ to_middle)


def _between_centers(matrix: Matrix) -> Matrix:
    """The same mapping where whole numbers are pixel centres instead of pixel corners."""
    out = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    into = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    product: Matrix = out @ matrix @ into
    return product


def _draw_perspective(shape: tuple[int, ...], size: tuple[int, int], rng: Random) -> Matrix:
    """A hand-held phone above a desk: the page fills about nine tenths of the picture."""
    width, height = size
    page_ratio = shape[1] / shape[0]
    h = height * rng.uniform(0.86, 0.93)
    w = min(h * page_ratio, width * 0.93)
    h = w / page_ratio
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) / 2
    angle = np.deg2rad(rng.normal(0, 1.5))
    corners = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners += rng.normal(0, 0.012 * width, (4, 2)) + rng.normal(0, 0.008 * width, 2)
    corners += np.array([width, height]) / 2
    corners = np.clip(corners, 4, np.array([width, height]) - 4)
    source = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    return _between_centers(np.asarray(matrix, np.float64))


def _master_blur(forward: Matrix, profile: ScanProfile, rng: Random) -> float:
    """Blur before resampling: the optics, and what keeps a smaller picture free of moire."""
    shrink = 1.0 / float(np.sqrt(abs(np.linalg.det(forward[:2, :2] / forward[2, 2]))))
    optics = rng.uniform(*profile.blur) * max(shrink, 0.5)
    return max(0.4, float(np.hypot(optics, 0.35 * max(shrink - 1.0, 0.0))))


def _age(page: Image, profile: ScanProfile, rng: Random) -> Image:
    """Density, spread and wear of the print."""
    density = rng.uniform(*profile.ink_density)
    if rng.random() < profile.pale_print:
        density = rng.uniform(*profile.pale_density)
    light = (np.arange(256) / 255) ** rng.uniform(*profile.spread)
    table = np.rint(255 * (1 - (1 - light) * density)).astype(np.uint8)
    page = np.asarray(cv2.LUT(page, table), np.uint8)
    patches = 0.22 if rng.random() < profile.worn_print else 0.0
    return dirt.fade(page, patches, rng.uniform(*profile.mottling), rng)


def _project(
    page: Image, forward: Matrix, size: tuple[int, int], lid: float, profile: ScanProfile, rng: Random
) -> Image:
    """Warp the page onto what lies behind it."""
    border = (lid, lid, lid)
    if profile.phone:
        border = (lid, 0.82 * lid, 0.66 * lid)
    image = cv2.warpPerspective(page, forward, size, flags=cv2.INTER_LINEAR, borderValue=border)
    if profile.phone:
        image = dirt.desk(np.asarray(image, np.uint8), forward, page.shape, rng)
    return np.asarray(image, np.uint8)


def _wobble(image: Image, profile: ScanProfile, rng: Random) -> tuple[Image, float]:
    """Uneven feed: lines slip back and forth along the page, slowly."""
    height, width = image.shape[:2]
    largest = profile.wobble * profile.dpi / 25.4 * rng.uniform(0.3, 1.0)
    knots = rng.uniform(-1.0, 1.0, 9)
    slip = largest * np.interp(np.linspace(0, 8, height), np.arange(9), knots)
    rows = (np.arange(height) + slip).astype(np.float32)
    map_y = np.repeat(rows[:, None], width, axis=1)
    map_x = np.repeat(np.arange(width, dtype=np.float32)[None, :], height, axis=0)
    moved = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8), float(np.abs(slip).max())


def _expose(image: Image, profile: ScanProfile, rng: Random) -> Image:
    """Light, gamma, sensor noise and sharpening."""
    dark = rng.random() < profile.dark_paper
    paper = rng.uniform(*(profile.dark_reflectance if dark else profile.paper))
    uneven = rng.uniform(0.08, 0.25) if rng.random() < profile.strong_gradient else profile.gradient
    image = dirt.light(image, paper, uneven, rng)
    gamma = rng.uniform(*profile.gamma)
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    image = np.asarray(cv2.LUT(image, table), np.uint8)
    image = _noisy(image, rng.uniform(*profile.noise), rng)
    strength = rng.uniform(*profile.sharpen)
    if strength > 0.02:
        soft = cv2.GaussianBlur(image, (0, 0), 1.0)
        image = np.asarray(cv2.addWeighted(image, 1 + strength, soft, -strength, 0), np.uint8)
    return image


def _noisy(image: Image, deviation: float, rng: Random) -> Image:
    """Add sensor noise: a stretch of one long field, from a random place in it."""
    field = _noise_field()
    start = int(rng.integers(_NOISE_LENGTH))
    # longer pictures than the field go round in it once more
    noise = np.resize(field[start : start + image.size], image.size).reshape(image.shape)
    factor = deviation / _NOISE_DEVIATION
    return np.asarray(cv2.addWeighted(image, 1.0, noise, factor, -128.0 * factor), np.uint8)


@lru_cache(maxsize=1)
def _noise_field() -> Image:
    """Normal noise around 128, long enough for an A4 page at 300 dpi from any of its starts."""
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(2 * _NOISE_LENGTH, dtype=np.float32)
    field: Image = np.clip(np.rint(noise * np.float32(_NOISE_DEVIATION) + 128), 0, 255).astype(np.uint8)
    field.setflags(write=False)
    return field


def _threshold(image: Image, profile: ScanProfile, rng: Random) -> Image:
    """Black and white: one threshold for the page, or one for each neighbourhood."""
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    if rng.random() < 0.5:
        paper = float(np.percentile(grey[::8, ::8], 80))
        cut = paper * rng.uniform(*profile.cut)
        return np.where(grey > cut, np.uint8(255), np.uint8(0))
    block = 2 * int(rng.integers(25, 50)) + 1
    kind = cv2.ADAPTIVE_THRESH_MEAN_C
    offset = rng.uniform(18, 40)
    black_white = cv2.adaptiveThreshold(grey, 255, kind, cv2.THRESH_BINARY, block, offset)
    # a window inside a solid black area sees no contrast: dark is dark whatever its neighbours are
    paper = float(np.percentile(grey[::8, ::8], 80))
    return np.where(grey < 0.40 * paper, np.uint8(0), np.asarray(black_white, np.uint8))
