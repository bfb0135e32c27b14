"""Input files in the store: known by content, listed in the order in which they came."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import visible
from pipeline.model import PageSource
from pipeline.store.connect import stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One input file."""

    path: str
    """Absolute."""
    file: str
    """As shown to people."""
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingState:
    """Which readings count, page by page."""

    digest: str
    """SHA-256 of the pages, in their order, and of the readings that count; hexadecimal."""
    sources: tuple[PageSource, ...]
    unread: tuple[PageSource, ...]
    """Pages that have never been read."""
    kinds: Mapping[str, int]
    """Number of the other pages by what became of each: read, unmatched or failed."""
    coded: frozenset[str]
    """Hashes of the layouts that pages with a code of ours were read with."""


def scans_of(sources: Iterable[PageSource]) -> tuple[Scan, ...]:
    """The files that ``sources`` are pages of, in the order of their first page."""
    files: dict[tuple[str, str], Scan] = {}
    for source in sources:
        path = absolute(source.path)
        before = files.get((path, source.sha256))
        files[path, source.sha256] = Scan(
            path=path,
            file=source.file,
            sha256=source.sha256,
            pages=max(source.page, before.pages if before else 0),
        )
    return tuple(files.values())


def add_scan(
    connection: sqlite3.Connection, scan: Scan, named: set[str], is_gone: Callable[[str], bool]
) -> None:
    """Register one file: known, changed, renamed, or new (see ``Store.add_pages``)."""
    at_path = connection.execute(
        "SELECT id, sha256 FROM scans WHERE current = 1 AND path = CAST(? AS TEXT)",
        (stored(scan.path),),
    ).fetchone()
    if at_path is not None and at_path[1] == scan.sha256:
        known = at_path[0]
    else:
        if at_path is not None:
            _overwritten(connection, scan, *at_path)
        known = _renamed(connection, scan.sha256, named, is_gone)
    values = (stored(scan.path), stored(scan.file), scan.sha256, scan.pages)
    if known is None:
        connection.execute(
            "INSERT INTO scans (path, file, sha256, pages) VALUES (CAST(? AS TEXT), CAST(? AS TEXT), ?, ?)",
            values,
        )
    else:
        connection.execute(
            "UPDATE scans SET path = CAST(? AS TEXT), file = CAST(? AS TEXT), sha256 = ?,"
            " pages = ? WHERE id = ?",
            (*values, known),
        )


def _overwritten(connection: sqlite3.Connection, scan: Scan, row: int, sha256: str) -> None:
    """Another file lies where one was read: scanners use a name again and again.

    What was read from the first stays, under a name that says so; a file of which nothing could be
    read makes room.
    """
    read = connection.execute(
        "SELECT 1 FROM readings WHERE current = 1 AND sha256 = ? AND kind != 'failed'", (sha256,)
    ).fetchone()
    if read is None:
        connection.execute("UPDATE scans SET current = 0 WHERE id = ?", (row,))
        return
    connection.execute(
        "UPDATE scans SET path = CAST(? AS TEXT), file = CAST(? AS TEXT) WHERE id = ?",
        (stored(f"{scan.path} ({sha256[:8]})"), stored(f"{scan.file} ({sha256[:8]}, overwritten)"), row),
    )


def _renamed(
    connection: sqlite3.Connection,
    sha256: str,
    named: set[str],
    is_gone: Callable[[str], bool],
) -> int | None:
    """Row of a file with this content whose old path is neither named now nor on the disk."""
    if not sha256:
        return None
    rows = connection.execute(
        "SELECT id, path FROM scans WHERE current = 1 AND sha256 = ? ORDER BY id", (sha256,)
    ).fetchall()
    return next((row[0] for row in rows if row[1] not in named and is_gone(row[1])), None)


def list_sources(connection: sqlite3.Connection) -> tuple[PageSource, ...]:
    """Every page of every current file."""
    rows = connection.execute(
        "SELECT file, path, sha256, pages FROM scans WHERE current = 1 ORDER BY id"
    ).fetchall()
    shown = _told_apart([(file, path) for file, path, _, _ in rows])
    return tuple(
        PageSource(file=file, path=path, page=page, sha256=sha256)
        for file, (_, path, sha256, pages) in zip(shown, rows, strict=True)
        for page in range(1, pages + 1)
    )


def reading_state(connection: sqlite3.Connection) -> ReadingState:
    """The readings that count: a reading is never edited, so its row number stands for it."""
    sources = list_sources(connection)
    rows = connection.execute(
        "SELECT sha256, page, id, kind, coded, layout FROM readings WHERE current = 1"
    ).fetchall()
    found = {(sha256, page): rest for sha256, page, *rest in rows}
    digest = hashlib.sha256()
    unread, coded = [], set()
    kinds: Counter[str] = Counter()
    for source in sources:
        reading = found.get((content_key(source), source.page))
        if reading is None:
            unread.append(source)
            continue
        row, kind, by_code, layout = reading
        kinds[kind] += 1
        if kind == "read" and by_code:
            coded.add(layout)
        text = f"{source.file}\0{source.path}\0{source.sha256}\0{source.page}\0{row}\n"
        digest.update(text.encode("utf-8", "surrogateescape"))
    return ReadingState(
        digest=digest.hexdigest(), sources=sources, unread=tuple(unread), kinds=kinds, coded=frozenset(coded)
    )


def _told_apart(files: Sequence[tuple[str, str]]) -> list[str]:
    """Names to show: scanners begin every batch at 0001, so a folder stands in front where needed."""
    shown = [file for file, _ in files]
    for longer in (lambda path: str(Path(Path(path).parent.name) / Path(path).name), str):
        count = Counter(shown)
        shown = [
            visible(longer(path)) if count[name] > 1 else name
            for name, (_, path) in zip(shown, files, strict=True)
        ]
    return shown


def content_key(source: PageSource) -> str:
    """What a reading is kept under: the file's content, or its path when it cannot be opened."""
    # a name may hold bytes that are no UTF-8, which the database does not take for a text
    path = absolute(source.path).encode("utf-8", "backslashreplace").decode("utf-8")
    return source.sha256 or f"path:{path}"


def absolute(path: str) -> str:
    """``path`` from the root; symbolic links stay as they are named."""
    return str(Path(path).absolute())
