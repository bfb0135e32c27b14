"""JPEG: whether all of it is there, and decoding straight to grey."""

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.reading.image import as_gray

_END = b"\xff\xd9"
_NO_LENGTH = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DAMAGE = (b"Corrupt JPEG", b"Premature end", b"Invalid SOS", b"bad Huffman", b"Unsupported marker")
_stderr_lock = threading.Lock()


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


def decode_jpeg(data: bytes, where: str) -> NDArray[np.uint8]:
    """Decode a JPEG to grey, not turned as its EXIF says.

    Raises
    ------
    UnreadablePage
        With code ``truncated`` or ``damaged``; also when the decoder could go on, but had to guess.
    """
    if not is_complete(data):
        raise UnreadablePage(
            f"{where}: the JPEG picture is cut off", code="truncated", hint="copy or scan the file again"
        )
    with _complaints() as heard:
        try:
            gray = cv2.imdecode(
                np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
            )
        except cv2.error:
            gray = None
    if gray is None or any(complaint in line for line in heard for complaint in _DAMAGE):
        raise UnreadablePage(
            f"{where}: the JPEG picture is damaged", code="damaged", hint="copy or scan the file again"
        )
    return as_gray(gray)


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


@contextmanager
def _complaints() -> Iterator[list[bytes]]:
    """Collect what the JPEG library writes to file descriptor 2.

    It is the only place where it says that it had to make up pixels. Lines of anybody else are
    passed on.
    """
    heard: list[bytes] = []
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:
            yield heard
            return
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        try:
            os.dup2(writer, 2)
            yield heard
        finally:
            os.dup2(saved, 2)
            os.close(writer)
            os.close(saved)
            heard.extend(_drain(reader).splitlines(keepends=True))
            os.close(reader)
            for line in heard:
                if not any(complaint in line for complaint in _DAMAGE):
                    os.write(2, line)


def _drain(reader: int) -> bytes:
    parts: list[bytes] = []
    with contextlib.suppress(BlockingIOError):
        while part := os.read(reader, 65536):
            parts.append(part)
    return b"".join(parts)
