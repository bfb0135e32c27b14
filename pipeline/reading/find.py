"""Which files of what the user named are scans, and what each is called in every table."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageFault

_SCANS = frozenset({".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".jpe", ".jfif", ".png"})
_OTHER_PICTURES = frozenset({".bmp", ".gif", ".heic", ".heif", ".jp2", ".jpx", ".webp", ".djvu", ".avif"})
MAGIC = (
    (b"%PDF-", "pdf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFile:
    """One input file."""

    file: str
    """What it is called in every table; two files never share it."""
    path: Path
    """Where it is."""


def find_scans(inputs: Sequence[Path]) -> tuple[ScanFile, ...]:
    """List the scans among files and folders, in natural order (page2 before page10).

    A file that is named is always taken. In a folder, at any depth, a file is taken when its name
    or its first bytes say PDF, TIFF, JPEG or PNG, and also when its name says another kind of
    picture, so that it ends in the ledger and not nowhere. Passed over: hidden files and folders,
    links that leave the folder, and everything else. A file that is named twice is taken once.

    ``file`` is the path below the folder that was named, with that folder's name in front when
    several inputs were named; of a named file it is the name. Where two would be the same, both
    become the path as it was given.

    Raises
    ------
    UsageFault
        Nothing was named, there is no such path, or a folder holds no scan.
    """
    if not inputs:
        raise UsageFault(
            "no scans were named", hint="name a PDF, TIFF, JPEG or PNG file, or a folder of them"
        )
    found: dict[Path, tuple[str, Path]] = {}
    for given in inputs:
        for shown, path in _scans_of(given, alone=len(inputs) == 1):
            found.setdefault(path.resolve(), (shown, path))
    return tuple(ScanFile(file=file, path=path) for file, path in _unambiguous(list(found.values())))


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key by which page2 comes before page10, and case does not matter."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


def kind_of_content(head: bytes) -> str:
    """Tell "pdf", "tiff", "jpeg" or "png" from a file's first kilobyte; "" for anything else.

    A PDF may have other bytes before its header (ISO 32000-1, annex H, note 13).
    """
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    return "pdf" if b"%PDF-" in head[:1024] else ""


def _scans_of(given: Path, *, alone: bool) -> list[tuple[str, Path]]:
    if given.is_dir():
        scans = [(path.relative_to(given).as_posix(), path) for path in _walk(given)]
        if not scans:
            raise UsageFault(
                f"{given}: the folder holds no PDF, TIFF, JPEG or PNG file",
                hint="name the folder that holds the scans",
            )
        prefix = "" if alone else f"{_name_of(given)}/"
        return [
            (prefix + shown, path) for shown, path in sorted(scans, key=lambda scan: natural_key(scan[0]))
        ]
    if given.is_file():
        return [(given.name, given)]
    what = "is neither a file nor a folder" if os.path.lexists(given) else "no such file or folder"
    raise UsageFault(f"{given}: {what}", hint="check the path; a name with spaces needs quotes")


def _name_of(folder: Path) -> str:
    return folder.name or folder.resolve().name or "root"


def _walk(root: Path) -> Iterator[Path]:
    """Every scan below a folder; links last, so that a file is shown by its own name."""
    links: list[Path] = []
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or not path.is_file():
                continue
            if path.is_symlink():
                links.append(path)
            elif _looks_like_scan(path):
                yield path
    for path in links:
        if path.resolve().is_relative_to(inside) and _looks_like_scan(path):
            yield path


def _looks_like_scan(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in _SCANS or suffix in _OTHER_PICTURES:
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError:
        return False
    return any(head.startswith(magic) for magic, _ in MAGIC)


def _unambiguous(scans: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Give longer names to files that would be called the same: as given, then absolute."""
    for absolute in (False, True):
        uses = Counter(shown for shown, _ in scans)
        scans = [
            (shown if uses[shown] == 1 else (path.resolve() if absolute else path).as_posix(), path)
            for shown, path in scans
        ]
    return scans
