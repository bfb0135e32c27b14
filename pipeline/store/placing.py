"""Files and database change together: new files lie beside their places, then the record, then the moves.

A kill at any moment leaves one of two states. Before the commit, the database and every file are what
they were. After it, the database says which files are still to be moved into their places; whoever
opens the folder to write moves them first.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from pipeline.errors import ResultsFault, system_reason

UNFINISHED = "unfinished"
"""Name of the setting that lists the files of a publication; there is none between two runs."""
STAGED = ".*.partial"
"""Pattern of files that are not in their places yet."""


class Move(TypedDict):
    """One file that is to be moved into its place."""

    staged: str
    """Its name until then."""
    before: str
    """SHA-256 of what lies at its place and is to be replaced; empty when nothing does."""
    after: str
    """SHA-256 of the new file."""


class Promise(TypedDict):
    """What is still to be done when the database has changed."""

    files: dict[str, Move]
    """By the name that each is to have."""
    publication: int | None
    """Number of the publication that they belong to; None when it differs in nothing from the last."""


def promise(connection: sqlite3.Connection, staged: Mapping[Path, Path], publication: int | None) -> None:
    """Write down that files are to be moved: for each place, where the new file lies."""
    files = {
        path.name: Move(staged=file.name, before=_digest(path), after=_digest(file))
        for path, file in staged.items()
    }
    value = Promise(files=files, publication=publication)
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (UNFINISHED, json.dumps(value, sort_keys=True)),
    )


def promised(connection: sqlite3.Connection) -> Promise | None:
    """What is written down; None when nothing is."""
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (UNFINISHED,)).fetchone()
    if row is None:
        return None
    value: Promise = json.loads(row[0])
    return value


def forget(connection: sqlite3.Connection) -> None:
    """Say that everything is in its place."""
    connection.execute("DELETE FROM settings WHERE name = ?", (UNFINISHED,))


def keep_promise(folder: Path, files: Mapping[str, Move], *, is_new: bool = False) -> None:
    """Move the new files into their places, as far as that has not been done.

    A file that somebody has changed since then stays: what was typed into it is taken over by the run
    that follows.

    Parameters
    ----------
    folder
        The results folder.
    files
        What is written down of each.
    is_new
        Whether it was written down a moment ago: then a file that has changed is a fault.

    Raises
    ------
    ResultsFault
        When one of them cannot be moved; the next run tries again.
    """
    for name, move in files.items():
        staged, place = folder / move["staged"], folder / name
        if not is_new and _digest(staged) != move["after"]:
            continue
        if _digest(place) != move["before"]:
            if not is_new:
                continue
            raise ResultsFault(
                f"{place} was changed by somebody while it was being replaced",
                hint="close it in other programs and run the same command again",
            )
        try:
            staged.replace(place)
        except OSError as error:
            raise ResultsFault(
                f"cannot write {place}: {system_reason(error)}",
                hint="its new content is kept: mend the cause and run the same command again",
            ) from error
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def discard(files: Iterable[Path]) -> None:
    """Remove files that will not be moved into their places any more."""
    for file in files:
        with suppress(OSError):
            file.unlink()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
