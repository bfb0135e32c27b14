"""The page directories of a TIFF file (TIFF 6.0, section 2; BigTIFF), read without decoding.

Pillow stops at the first broken directory and calls it the end; pages would be lost unseen.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal

from pipeline.reading.bounds import MAX_DIRECTORY_BYTES, MAX_PAGES

_MAX_ENTRIES = 4096
_MAX_VALUES = 1_000_000
_SHORT = 3
_FORMATS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_TILE_WIDTH, _TILE_HEIGHT = 322, 323

_Tags = dict[int, tuple[int, bytes]]
"""For each tag its type, and its count and value as they stand in the directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TiffPage:
    """What the directory of one page says."""

    width: int
    height: int
    bits: int
    """Per sample."""
    white_is_zero: bool
    orientation: int
    """1 to 8, tag 274."""
    orientation_at: int
    """Offset of the orientation's value in the file; 0 when the directory has none."""
    byte_order: Literal["little", "big"]
    last_byte: int
    """Offset behind the last byte of the page's pixels."""
    tile: tuple[int, int]
    """Width and height of a tile; (0, 0): the page is stored in strips."""


class _Broken(Exception):
    """A directory lies outside the file, or is none."""


def read_directories(path: Path) -> tuple[tuple[TiffPage, ...], bool]:
    """Read the directory of each page.

    Returns
    -------
    pages : tuple of TiffPage
        In their order, as far as they can be read.
    complete : bool
        False when the list breaks off: a directory outside the file, one that comes round again, or
        directories that take more than ``MAX_DIRECTORY_BYTES``. There are never more than
        ``MAX_PAGES`` + 1 pages.
    """
    status = path.stat()
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, size: int, _changed: int) -> tuple[tuple[TiffPage, ...], bool]:
    """Read them once for all pages of a file that does not change."""
    pages: list[TiffPage] = []
    with path.open("rb") as stream:
        try:
            reader = _Reader(stream, size)
            offset = reader.first
            seen: set[int] = set()
            while offset:
                if offset in seen or len(pages) > MAX_PAGES:
                    return tuple(pages), False
                seen.add(offset)
                page, offset = reader.directory(offset)
                pages.append(page)
        except (_Broken, struct.error):
            return tuple(pages), False
    return tuple(pages), True


class _Reader:
    """Numbers of a TIFF file, in its byte order and width."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.size = size
        self.taken = 0
        head = stream.read(16)
        if len(head) < 8:
            raise _Broken
        self.order = "<" if head[:2] == b"II" else ">"
        self.big = self._unpack("H", head[2:4])[0] == 43
        self.first = self._unpack("Q", head[8:16])[0] if self.big else self._unpack("I", head[4:8])[0]

    def _unpack(self, format_: str, data: bytes) -> tuple[int, ...]:
        return struct.unpack(self.order + format_, data)

    def _read(self, offset: int, size: int) -> bytes:
        self.taken += size
        if self.taken > MAX_DIRECTORY_BYTES or offset + size > self.size:
            raise _Broken
        self.stream.seek(offset)
        data = self.stream.read(size)
        if len(data) < size:
            raise _Broken
        return data

    def directory(self, offset: int) -> tuple[TiffPage, int]:
        """Read one directory; give its page and the offset of the next (0: it is the last)."""
        head, entry, word = (8, 20, "Q") if self.big else (2, 12, "I")
        count = self._unpack("Q" if self.big else "H", self._read(offset, head))[0]
        if not 0 < count <= _MAX_ENTRIES:
            raise _Broken
        data = self._read(offset + head, count * entry + struct.calcsize(word))
        tags = {}
        orientation_at = 0
        for place in range(0, count * entry, entry):
            tag, kind = self._unpack("HH", data[place : place + 4])
            tags[tag] = (kind, data[place + 4 : place + entry])
            if tag == _ORIENTATION and kind == _SHORT:
                orientation_at = offset + head + place + 4 + struct.calcsize(word)
        return self._page(tags, orientation_at), self._unpack(word, data[count * entry :])[0]

    def _page(self, tags: _Tags, orientation_at: int) -> TiffPage:
        width, height = self._values(tags, _WIDTH, (0,))[0], self._values(tags, _HEIGHT, (0,))[0]
        starts = self._values(tags, _STRIPS, ()) or self._values(tags, _TILES, ())
        sizes = self._values(tags, _STRIP_BYTES, ()) or self._values(tags, _TILE_BYTES, ())
        return TiffPage(
            width=width,
            height=height,
            bits=self._values(tags, _BITS, (1,))[0],
            white_is_zero=self._values(tags, _PHOTOMETRIC, (1,))[0] == 0,
            orientation=self._values(tags, _ORIENTATION, (1,))[0] if orientation_at else 1,
            orientation_at=orientation_at,
            byte_order="little" if self.order == "<" else "big",
            last_byte=max((start + size for start, size in zip(starts, sizes, strict=False)), default=0),
            tile=(self._values(tags, _TILE_WIDTH, (0,))[0], self._values(tags, _TILE_HEIGHT, (0,))[0]),
        )

    def _values(self, tags: _Tags, tag: int, absent: tuple[int, ...]) -> tuple[int, ...]:
        if tag not in tags:
            return absent
        kind, field = tags[tag]
        word = "Q" if self.big else "I"
        letter, width = _FORMATS.get(kind), struct.calcsize(word)
        count = self._unpack(word, field[:width])[0]
        if letter is None or not 0 < count <= _MAX_VALUES:
            return absent
        size = count * struct.calcsize(letter)
        inline = field[width:]
        data = inline[:size] if size <= len(inline) else self._read(self._unpack(word, inline)[0], size)
        return self._unpack(f"{count}{letter}", data)
