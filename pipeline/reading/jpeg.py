"""JPEG: whether all of it is there, and decoding straight to grey."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.reading.bounds import MAX_SCANNED_PIXELS
from pipeline.reading.complaints import complaints
from pipeline.reading.image import as_gray, check_not_larger

_END = b"\xff\xd9"
_SCAN = b"\xff\xda"
_NO_LENGTH = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def components(data: bytes) -> int:
    """Count the colour components that a JPEG's frame header announces; 0 when there is no header."""
    place = _find_segment(data, _FRAMES)
    return data[place + 9] if place and place + 9 < len(data) else 0


def is_complete(data: bytes) -> bool:
    """Tell whether a JPEG's end marker follows the start of its pixels.

    A picture that was cut off has none; thumbnails before the pixels do not count, and what
    cameras append behind the end does not matter (ITU-T T.81, annex B).
    """
    scan = _find_segment(data, frozenset({0xDA}))
    return bool(scan) and data.find(_END, scan) > 0


def check_header(data: bytes, where: str) -> None:
    """Refuse a JPEG that is cut off, or whose header announces more than a page, before decoding it.

    What surrounds the JPEG, such as a PDF, may announce another size: the decoder believes the JPEG.

    Raises
    ------
    UnreadablePage
        With code ``truncated``, ``damaged`` or ``too-large``.
    """
    if not is_complete(data):
        raise UnreadablePage(
            f"{where}: the JPEG picture is cut off", code="truncated", hint="copy or scan the file again"
        )
    frame = _find_segment(data, _FRAMES)
    if not frame or frame + 9 > len(data):
        raise _damaged(where)
    height, width = (int.from_bytes(data[frame + at : frame + at + 2], "big") for at in (5, 7))
    check_not_larger(width, height, where)
    scans = data.count(_SCAN, frame)
    if scans * width * height > MAX_SCANNED_PIXELS:
        raise UnreadablePage(
            f"{where}: the JPEG picture of {width} x {height} pixels has {scans} scans over each other",
            code="too-large",
            hint="save it again as an ordinary JPEG",
        )


def decode_jpeg(data: bytes, where: str) -> NDArray[np.uint8]:
    """Decode a JPEG to grey, not turned as its EXIF says.

    Raises
    ------
    UnreadablePage
        With code ``truncated``, ``too-large`` or ``damaged``; also when the decoder could go on, but
        had to guess.
    """
    check_header(data, where)
    with complaints() as heard:
        try:
            gray = cv2.imdecode(
                np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
            )
        except cv2.error as error:
            if error.code == cv2.Error.StsNoMem:
                raise
            gray = None
    if gray is None or heard:
        raise _damaged(where)
    return as_gray(gray)


def _damaged(where: str) -> UnreadablePage:
    return UnreadablePage(
        f"{where}: the JPEG picture is damaged", code="damaged", hint="copy or scan the file again"
    )


def _find_segment(data: bytes, wanted: frozenset[int]) -> int:
    """Offset of the first marker of a kind, 0 when there is none before the pixels end."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            return 0
        marker = data[place + 1]
        if marker in wanted:
            return place
        if marker == 0xFF:
            place += 1
        elif marker in _NO_LENGTH:
            place += 2
        elif marker == 0xDA:
            return 0
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0
