"""Files whose bytes are hashed on their way to the disk."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.reporting.files import Content


class _Hashing(io.RawIOBase):
    """Passes bytes on, and hashes them."""

    def __init__(self, out: BinaryIO | None) -> None:
        super().__init__()
        self._out = out
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        return len(data) if self._out is None else self._out.write(data)


def hashed_contents(contents: Mapping[Path, Content], digests: dict[str, str]) -> dict[Path, Content]:
    """The same contents; each puts its SHA-256 (hexadecimal) under its file's name when it is written."""
    return {path: _hashed(path.name, content, digests) for path, content in contents.items()}


def _hashed(name: str, content: Content, digests: dict[str, str]) -> Content:
    def write(out: BinaryIO) -> None:
        through = _Hashing(out)
        content(cast(BinaryIO, through))
        digests[name] = through.digest.hexdigest()

    return write


def content_digest(content: Content) -> str:
    """SHA-256 of a file's bytes, hexadecimal; writes nothing."""
    nowhere = _Hashing(None)
    content(cast(BinaryIO, nowhere))
    return nowhere.digest.hexdigest()
