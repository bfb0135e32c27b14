"""A page as a grey picture, and the few operations on whole pictures that every step shares."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.reading.bounds import MAX_PIXELS, MAX_SIDE, MIN_SIDE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageImage:
    """A page as it was scanned, not yet turned upright."""

    gray: NDArray[np.uint8]
    """(height, width), 0 black to 255 white, read-only."""
    dpi: float | None
    """Resolution as the file says it; None: it says none, or nonsense."""
    bilevel: bool
    """Whether nearly every pixel is black or white."""


def make_page_image(gray: NDArray[np.uint8], dpi: float | None) -> PageImage:
    """Wrap a decoded picture; the array becomes read-only."""
    gray = np.ascontiguousarray(gray)
    gray.setflags(write=False)
    usable = dpi if dpi is not None and 30.0 <= dpi <= 2400.0 else None
    return PageImage(gray=gray, dpi=usable, bilevel=is_bilevel(gray))


def is_bilevel(gray: NDArray[np.uint8]) -> bool:
    """Tell a thresholded scan from a grey one.

    Between strokes and paper a grey scan has a border of grey; a thresholded one has none, and
    little even after JPEG.
    """
    step = max(1, int(np.sqrt(gray.size / 400_000)))
    sample = gray[::step, ::step]
    counts = np.bincount(sample.ravel(), minlength=256)
    black, between, white = counts[:33].sum(), counts[33:223].sum(), counts[223:].sum()
    if counts[0] + counts[255] == sample.size:
        return True
    return bool(white > 0.3 * sample.size and between < 0.08 * (black + between))


def check_size(width: int, height: int, where: str) -> None:
    """Refuse a picture whose header announces more, or fewer, pixels than a page has.

    Raises
    ------
    UnreadablePage
        With code ``too-large`` or ``too-small``.
    """
    check_not_larger(width, height, where)
    if min(width, height) < MIN_SIDE:
        raise UnreadablePage(
            f"{where}: the picture is only {width} x {height} pixels",
            code="too-small",
            hint="scan it again at 200 dpi or more",
        )


def check_not_larger(width: int, height: int, where: str) -> None:
    """Refuse a picture whose header announces more pixels than a page has.

    Raises
    ------
    UnreadablePage
        With code ``too-large``.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise UnreadablePage(
            f"{where}: the picture is {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million"
            f" are read, and {MAX_SIDE} along a side",
            code="too-large",
            hint="scan it again at 300 dpi",
        )


def turn(gray: NDArray[np.uint8], quarter_turns: int) -> NDArray[np.uint8]:
    """Turn a picture clockwise by quarter turns; the same array when there is nothing to turn."""
    turns = quarter_turns % 4
    if turns == 0:
        return gray
    codes = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return as_gray(cv2.rotate(gray, codes[turns]))


def turn_matrix(width: int, height: int, quarter_turns: int) -> NDArray[np.float64]:
    """Give the 3x3 matrix that takes pixels of a width x height picture to those of the turned one.

    Pixel centres have whole coordinates, as everywhere in this room.
    """
    right, bottom = width - 1.0, height - 1.0
    return np.array(
        [
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[0, -1, bottom], [1, 0, 0], [0, 0, 1]],
            [[-1, 0, right], [0, -1, bottom], [0, 0, 1]],
            [[0, 1, 0], [-1, 0, right], [0, 0, 1]],
        ][quarter_turns % 4],
        dtype=np.float64,
    )


def orient(gray: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF or TIFF orientation, 1 to 8 (TIFF 6.0, tag 274); other values change nothing."""
    if orientation in (2, 4):
        return as_gray(cv2.flip(gray, 1 if orientation == 2 else 0))
    if orientation in (5, 7):
        transposed = cv2.transpose(gray)
        return as_gray(transposed if orientation == 5 else cv2.rotate(transposed, cv2.ROTATE_180))
    return turn(gray, {3: 2, 6: 1, 8: 3}.get(orientation, 0))


def shrink(gray: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Shrink a picture by a power of two, by repeated halves (faster than one large step).

    A pixel (x, y) of the result is the mean of ``factor`` x ``factor`` pixels with its centre at
    ``factor * (x + 0.5) - 0.5`` of the original.
    """
    small = gray
    while factor > 1:
        height, width = small.shape
        even = small[: height - height % 2, : width - width % 2]
        small = as_gray(cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
        factor //= 2
    return small


@dataclass(slots=True)
class View:
    """A picture, and smaller ones of it as they are needed."""

    gray: NDArray[np.uint8]
    _small: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def small(self, factor: int) -> NDArray[np.uint8]:
        """The picture shrunk by a power of two; each half on the way is kept as well."""
        if factor == 1:
            return self.gray
        if factor not in self._small:
            self._small[factor] = shrink(self.small(factor // 2), 2)
        return self._small[factor]


def as_gray(array: object) -> NDArray[np.uint8]:
    """Say of a picture from OpenCV that it is 8 bits deep (its stubs say less)."""
    return np.asarray(array, dtype=np.uint8)
