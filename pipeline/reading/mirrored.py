"""Telling a QR code from its mirror image, which decoders read just as well.

On thin paper the code of one side shows through on the other, mirrored. Taken for a code, it would
make a blank back a page of its own. ISO/IEC 18004:2015, 7.9: the format information, 15 bits around
the first finder pattern, is a BCH code word; in the mirror image it stands there in reverse.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

_FORMAT_PLACES = (
    (8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8),
    (7, 8), (5, 8), (4, 8), (3, 8), (2, 8), (1, 8), (0, 8),
)  # fmt: skip
"""Row and column of each bit, the highest first."""
_GENERATOR, _MASK = 0x537, 0x5412
_PER_MODULE = 5


def is_mirrored(picture: NDArray[np.uint8], corners: NDArray[np.float64], extra: object) -> bool:
    """Tell whether a QR code was read from its mirror image.

    Parameters
    ----------
    picture
        The picture in which it was read.
    corners
        (4, 2): the symbol's top-left, top-right, bottom-right, bottom-left in it, px.
    extra
        What the decoder says of the symbol; without its version nothing can be told.
    """
    version = str(extra.get("Version", "")) if isinstance(extra, Mapping) else ""
    if not version.isdecimal():
        return False
    side = (17 + 4 * int(version)) * _PER_MODULE
    square = np.array([(0, 0), (side, 0), (side, side), (0, side)], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), square)
    modules = np.asarray(cv2.warpPerspective(picture, matrix, (side, side)), dtype=np.uint8)
    middle = _PER_MODULE // 2
    sampled = cv2.blur(modules, (3, 3))[middle::_PER_MODULE, middle::_PER_MODULE]
    finder = sampled[:8, :8]
    level = float(np.percentile(finder, (15, 85)).mean())
    bits = [int(sampled[place] < level) for place in _FORMAT_PLACES]
    return _distance(bits[::-1]) < _distance(bits)


def _distance(bits: list[int]) -> int:
    """How many bits differ from the nearest valid format information."""
    value = int("".join(map(str, bits)), 2)
    return min((value ^ word).bit_count() for word in _WORDS)


def _word(data: int) -> int:
    rest = data << 10
    for bit in range(14, 9, -1):
        if rest >> bit & 1:
            rest ^= _GENERATOR << (bit - 10)
    return (data << 10 | rest) ^ _MASK


_WORDS = tuple(_word(data) for data in range(32))
