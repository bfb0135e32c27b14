"""Opening the database, and its faults in words that a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import ResultsFault, UsageFault, system_reason
from pipeline.store.digests import adopt
from pipeline.store.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, UPGRADES

BUSY_SECONDS = 30.0
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def make_folder(folder: Path) -> None:
    """Make the results folder when it is missing.

    Raises
    ------
    ResultsFault
        When it is a file, or may not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ResultsFault(
            f"the results folder {folder} is a file", hint="name another folder with -o"
        ) from error
    except OSError as error:
        raise ResultsFault(
            f"cannot make the results folder {folder}: {system_reason(error)}",
            hint="name another folder with -o",
        ) from error


def refuse_missing(folder: Path, path: Path) -> None:
    """Refuse to look at a folder that no run has made.

    Raises
    ------
    UsageFault
        When it is no folder, or has no database at ``path``.
    """
    if path.is_file():
        return
    what = f"is not a results folder: it has no {path.name}" if folder.is_dir() else "is not a folder"
    raise UsageFault(
        f"{folder} {what}" if folder.exists() else f"there is no folder {folder}",
        hint="name the folder that was given to -o",
    )


def open_database(path: Path, *, write: bool) -> sqlite3.Connection:
    """Connect, and make or check the tables.

    Raises
    ------
    ResultsFault
        When the database is damaged, is not ours, is newer than this program, or may not be written.
    """
    with clear_faults(path):
        connection = connect(path, write=write)
    try:
        with clear_faults(path):
            prepare(connection, path, write=write)
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection with foreign keys on, a rollback journal and safe flushing.

    Without ``write`` the connection refuses every change of a table. It is still opened for
    writing where the disk allows it, because what a killed run left half-written can only be
    rolled back by a connection that may write.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.text_factory = _text
    connection.execute("PRAGMA foreign_keys = ON")
    if write:
        # Not WAL: it fails on network filesystems.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
    else:
        connection.execute("PRAGMA query_only = ON")
    return connection


def prepare(connection: sqlite3.Connection, path: Path, *, write: bool) -> None:
    """Make the tables of a new database, and those that an older one lacks; refuse any other.

    An older database is looked at as it is, and upgraded in its place by the first run that writes.

    Raises
    ------
    ResultsFault
        When it is another program's, or newer than this program.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if empty and not write:
        raise ResultsFault(f"{path} is empty: no run has written to it yet")
    if empty:
        # One script, so one transaction: a kill leaves either no table or all of them.
        connection.executescript(
            f"BEGIN EXCLUSIVE;{TABLES}"
            f"PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {SCHEMA_VERSION};"
            "COMMIT;"
        )
    elif application != APPLICATION_ID:
        raise ResultsFault(f"{path} was not written by scangrade", hint="name another folder with -o")
    elif version in UPGRADES:
        if write:
            _upgrade(connection, version)
    elif version != SCHEMA_VERSION:
        raise ResultsFault(
            f"{path} has version {version}; this scangrade works with version {SCHEMA_VERSION}",
            hint="use the scangrade that wrote it, or grade the scans into a new folder with -o",
        )


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    steps = "".join(UPGRADES[step] for step in range(version, SCHEMA_VERSION))
    try:
        connection.executescript(f"BEGIN EXCLUSIVE;{steps}PRAGMA user_version = {SCHEMA_VERSION};")
        adopt(connection, now_text())
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def now_text() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def stored(text: str) -> bytes:
    """Text for ``CAST(? AS TEXT)``: a file's name may hold bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@contextmanager
def clear_faults(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a :class:`ResultsFault` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(path, error) from error


def explain(path: Path, error: sqlite3.Error) -> ResultsFault:
    """What went wrong with the database, and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None
    if code in _FULL:
        return ResultsFault(
            f"cannot write {path}: the disk is full or the limit on file sizes is reached",
            hint="make room and run the same command again; what was read is kept",
        )
    if primary in _DAMAGED:
        return damaged(path, str(error))
    if primary == sqlite3.SQLITE_BUSY:
        return ResultsFault(f"{path} is held by another program", hint="try again in a minute")
    if code == sqlite3.SQLITE_READONLY_DBMOVED or not path.parent.is_dir():
        return ResultsFault(
            f"the results folder {path.parent} is gone: it was moved or deleted, or its disk was taken away",
            hint="put it back and run the same command again",
        )
    if primary == sqlite3.SQLITE_IOERR:
        return ResultsFault(
            f"cannot use {path}: the disk or the network folder does not answer",
            hint="when it is there again, run the same command again; what was read is kept",
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return ResultsFault(
            f"cannot write {path}: {error}",
            hint="name another folder with -o, or give yourself the right to write there",
        )
    return ResultsFault(f"cannot use {path}: {error}")


def damaged(path: Path, detail: str) -> ResultsFault:
    """The database cannot be trusted any more."""
    return ResultsFault(
        f"{path} is damaged: {detail}",
        hint="put a backup in its place, or move it away and grade the scans again",
    )
