"""What shape a marker is, by its picture."""

import io

import numpy as np
from numpy.typing import NDArray

_MOST_PIXELS = 25_000_000
_SIDE = 64
_LEAST_OVERLAP = 0.8
"""Share of ink in common (intersection over union) from which a shape is believed."""


def marker_shape(picture: bytes) -> str:
    """disc, square, ring or cross by a marker's picture; "" when it is none of them.

    The ink is cropped, brought to one size, and laid over ideal shapes of several line widths. A target
    of rings in each other, as OMRChecker ships one, is a ring.
    """
    ink = _ink(picture)
    if ink is None:
        return ""
    best, shape = max((_overlap(ink, ideal), name) for name, ideal in _shapes())
    if best >= _LEAST_OVERLAP:
        return shape
    # rings in each other are found by the outermost
    disc = dict(_shapes())["disc"]
    return "ring" if _overlap(_filled(ink), disc) >= _LEAST_OVERLAP else ""


def _ink(picture: bytes) -> NDArray[np.bool_] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(picture)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            gray = np.asarray(opened.convert("L"), dtype=np.float64)
            level = (gray.min() + gray.max()) / 2
            dark = gray < level
            rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
            if np.ptp(gray) < 40 or min(len(rows), len(columns)) < 4:
                return None
            cropped = gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            if not 0.8 <= cropped.shape[1] / cropped.shape[0] <= 1.25:
                return None
            small = Image.fromarray(cropped.astype(np.uint8)).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError):
        return None
    return np.asarray(np.asarray(small, dtype=np.float64) < level, dtype=np.bool_)


def _shapes() -> list[tuple[str, NDArray[np.bool_]]]:
    """Ideal shapes that fill the square."""
    place = (np.arange(_SIDE) + 0.5) / _SIDE * 2 - 1
    x, y = np.meshgrid(place, place)
    far = np.hypot(x, y)
    found = [("disc", far <= 1.0), ("square", np.ones_like(x, dtype=np.bool_))]
    for width in np.arange(0.06, 0.5, 0.02):
        found.append(("ring", (far <= 1.0) & (far >= 1.0 - 2 * width)))
        found.append(("cross", (np.abs(x) <= width) | (np.abs(y) <= width)))
    return found


def _filled(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink, and all that it encloses."""
    import cv2

    around = np.pad(ink.astype(np.uint8), 1)
    outside = cv2.floodFill(around, None, (0, 0), (2,))[1]
    return np.asarray(np.asarray(outside)[1:-1, 1:-1] != 2, dtype=np.bool_)


def _overlap(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    return float((one & two).sum() / max((one | two).sum(), 1))
