"""Which files of what the user named are scans, and what each is called in every table."""

import errno
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import UsageFault, system_reason, visible

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
    passed_over: str = ""
    """Why it is not opened, half a sentence; empty: it is."""


LEADS_OUT = "the link leads out of the folder that was named"
LEADS_NOWHERE = "the link leads nowhere"
NO_FILE = "this is a pipe, a socket or a device, and no file"


def find_scans(inputs: Sequence[Path]) -> tuple[ScanFile, ...]:
    r"""List the scans among files and folders, in natural order (page2 before page10).

    A file that is named is always taken. In a folder, at any depth, a file is taken when its name
    or its first bytes say PDF, TIFF, JPEG or PNG, and also when its name says another kind of
    picture, so that it ends in the ledger and not nowhere. Hidden files and folders, and everything
    else, do not count. A file that is named twice is taken once.

    Listed, and not opened (``passed_over``), so that nothing is lost unseen: links to files or
    folders outside of all that was named, links that lead nowhere, pipes, sockets and devices with
    the name of a scan, and folders that may not be read. A link to a file inside counts as that
    file, and a link to a folder inside is not followed, as its files are found without it.

    ``file`` is the path below the folder that was named, with that folder's name in front when
    several inputs were named; of a named file it is the name. Where two would be the same, both
    become the path as it was given. What would hide in it stands there as an escape (``\x0a``).

    Raises
    ------
    UsageFault
        Nothing was named, there is no such path, or a folder holds no scan.
    """
    if not inputs:
        raise UsageFault(
            "no scans were named", hint="name a PDF, TIFF, JPEG or PNG file, or a folder of them"
        )
    inside = [os.path.realpath(given) for given in inputs]
    found: dict[str, ScanFile] = {}
    for given in inputs:
        for scan in _scans_of(given, inside, alone=len(inputs) == 1):
            found.setdefault(_place(scan), scan)
    return tuple(_unambiguous(list(found.values())))


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


def _scans_of(given: Path, inside: Sequence[str], *, alone: bool) -> list[ScanFile]:
    if given.is_dir():
        scans = list(_walk(given, inside))
        if not scans:
            raise UsageFault(
                f"{given}: the folder holds no PDF, TIFF, JPEG or PNG file",
                hint="name the folder that holds the scans",
            )
        prefix = "" if alone else f"{_name_of(given)}/"
        scans.sort(key=lambda scan: (scan.path.is_symlink(), natural_key(str(scan.path))))
        once: dict[str, ScanFile] = {}
        for scan in scans:  # links come last, so that a file is shown by its own name
            named = replace(scan, file=prefix + scan.path.relative_to(given).as_posix())
            once.setdefault(_place(scan), named)
        return sorted(once.values(), key=lambda scan: natural_key(scan.file))
    if given.is_file():
        return [ScanFile(file=given.name, path=given)]
    what = "is neither a file nor a folder" if os.path.lexists(given) else "no such file or folder"
    raise UsageFault(f"{given}: {what}", hint="check the path; a name with spaces needs quotes")


def _place(scan: ScanFile) -> str:
    """What tells a file from others, whatever links lead to it."""
    return str(scan.path.absolute()) if scan.passed_over else os.path.realpath(scan.path)


def _name_of(folder: Path) -> str:
    return folder.name or folder.resolve().name or "root"


def _walk(root: Path, inside: Sequence[str]) -> Iterator[ScanFile]:
    """Every scan below a folder, however deep, and what looks like one and is not opened."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                seen = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            why = f"the folder cannot be read: {system_reason(error)}"
            yield ScanFile(file="", path=folder, passed_over=why)
            continue
        for entry in seen:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_symlink():
                yield from _behind(path, inside)
            elif entry.is_file(follow_symlinks=False):
                if _looks_like_scan(path):
                    yield ScanFile(file="", path=path)
            elif _is_named_like_scan(path):
                yield ScanFile(file="", path=path, passed_over=NO_FILE)


def _behind(link: Path, inside: Sequence[str]) -> Iterator[ScanFile]:
    """What a link in a folder stands for; nothing outside of what was named is opened."""
    target = Path(os.path.realpath(link))
    if not any(target.is_relative_to(place) for place in inside):
        if target.is_dir() or (_is_named_like_scan(link) and os.path.lexists(target)):
            yield ScanFile(file="", path=link, passed_over=LEADS_OUT)
        elif _is_named_like_scan(link):
            yield ScanFile(file="", path=link, passed_over=LEADS_NOWHERE)
    elif target.is_file():
        if _looks_like_scan(link):
            yield ScanFile(file="", path=link)
    elif _is_named_like_scan(link) and not target.is_dir():
        yield ScanFile(file="", path=link, passed_over=NO_FILE if target.exists() else LEADS_NOWHERE)


def _is_named_like_scan(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in _SCANS or suffix in _OTHER_PICTURES


def _looks_like_scan(path: Path) -> bool:
    if _is_named_like_scan(path):
        return True
    try:
        with open_scan(path) as stream:
            head = stream.read(16)
    except OSError:
        return False
    return any(head.startswith(magic) for magic, _ in MAGIC)


def open_scan(path: Path) -> BinaryIO:
    """Open a file for reading; a pipe or a device in its place is refused and never waited for.

    Raises
    ------
    OSError
        It is not there, may not be read, or is no regular file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return os.fdopen(handle, "rb")


def _unambiguous(scans: list[ScanFile]) -> list[ScanFile]:
    """Give longer names to files that would be called the same: as given, from the root, numbered."""
    shown = [visible(scan.file) for scan in scans]
    for absolute in (False, True):
        uses = Counter(shown)
        longer = [visible(str(scan.path.absolute() if absolute else scan.path)) for scan in scans]
        shown = [name if uses[name] == 1 else more for name, more in zip(shown, longer, strict=True)]
    uses = Counter()
    numbered = []
    for name, scan in zip(shown, scans, strict=True):
        uses[name] += 1
        numbered.append(replace(scan, file=name if uses[name] == 1 else f"{name} ({uses[name]})"))
    return numbered
