"""What was published: the last results of every student, and a record of each publication."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Literal

from pipeline.errors import ResultsFault, UsageFault

PublishedBy = Literal["grade", "regrade", "review"]
"""The command that published."""
VersionKey = tuple[str, str]
"""(exam id, version)"""
SEPARATOR = "\n"
"""Between the cells of :attr:`Result.points` and :attr:`Result.readings`."""
BASIS = "published"
"""Name of the setting that holds what the last publication was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One student's result in one exam as it was published; every value is text."""

    exam: str
    version: str
    student_id: str
    paper: str
    """Tells booklets apart whose student is not known; else empty."""
    name: str
    status: str
    total: str
    grade: str
    passed: str
    """yes or no; empty while something is open, and where there is no pass line."""
    points: str
    """Points of each question, in the order of :attr:`Snapshot.questions`."""
    readings: str
    """What was read in each of them."""
    max_points: str = ""
    """Empty where an earlier version published it, which did not keep it."""
    percent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that the tables of a publication say of points."""

    questions: Mapping[VersionKey, tuple[str, ...]] = field(default_factory=dict)
    """Questions, and groups of them, that have points."""
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """The exam file that an exam was graded by."""

    exam: str
    hash: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The record of one publication."""

    at: str
    """ISO 8601, UTC."""
    what: PublishedBy
    keys: tuple[KeyUse, ...]
    students: int
    moved: int
    now_passed: int
    """Students who were below the pass line and are not any more."""
    now_failed: int
    why: str = ""
    """What moved them, in one line."""
    number: int = 0
    """1, 2, 3 ... in the order of the publications; given by the store."""


_RESULT = tuple(one.name for one in fields(Result))

Rows = Sequence[Mapping[str, str]]
"""Rows of ``changes.csv``."""


def has_history(connection: sqlite3.Connection) -> bool:
    """Whether the database has these tables: one of an earlier version has not, until a run writes."""
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'publications'").fetchone()
    return row is not None


def add_publication(connection: sqlite3.Connection, publication: Publication, rows: Rows) -> None:
    """Append the record of a publication with the rows of its ``changes.csv``."""
    keys = [[key.exam, key.hash, key.file] for key in publication.keys]
    connection.execute(
        "INSERT INTO publications"
        " (made_at, what, keys, students, moved, now_passed, now_failed, why, changes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            publication.at,
            publication.what,
            json.dumps(keys),
            publication.students,
            publication.moved,
            publication.now_passed,
            publication.now_failed,
            publication.why,
            zlib.compress(json.dumps([dict(row) for row in rows]).encode("ascii"), 6),
        ),
    )


def list_publications(connection: sqlite3.Connection) -> tuple[Publication, ...]:
    """Every record, oldest first."""
    if not has_history(connection):
        return ()
    why = "why" if "why" in _columns(connection, "publications") else "''"
    rows = connection.execute(
        f"SELECT number, made_at, what, keys, students, moved, now_passed, now_failed, {why}"  # noqa: S608 (our own words)
        " FROM publications ORDER BY number"
    ).fetchall()
    return tuple(
        Publication(
            number=number,
            at=at,
            what=what,
            keys=tuple(KeyUse(exam=exam, hash=hash_, file=file) for exam, hash_, file in json.loads(keys)),
            students=students,
            moved=moved,
            now_passed=now_passed,
            now_failed=now_failed,
            why=why,
        )
        for number, at, what, keys, students, moved, now_passed, now_failed, why in rows
    )


def publication_rows(connection: sqlite3.Connection, number: int) -> list[dict[str, str]]:
    """Rows of ``changes.csv`` of one publication.

    Raises
    ------
    UsageFault
        When there is no publication of that number.
    ResultsFault
        When its rows are damaged.
    """
    found = None
    if has_history(connection):
        found = connection.execute("SELECT changes FROM publications WHERE number = ?", (number,)).fetchone()
    if found is None:
        raise UsageFault(
            f"there is no publication {number} in this folder", hint="scangrade status RESULTS lists them"
        )
    try:
        rows: list[dict[str, str]] = json.loads(zlib.decompress(found[0]))
    except (zlib.error, ValueError, TypeError) as error:
        raise ResultsFault(
            f"the record of publication {number} is damaged: {error}",
            hint="put a backup of run.sqlite in its place",
        ) from error
    return rows


def replace_snapshot(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Keep what is published now in the place of what was published before."""
    connection.execute("DELETE FROM published")
    connection.execute("DELETE FROM published_questions")
    connection.executemany(
        "INSERT INTO published_questions (exam, version, questions) VALUES (?, ?, ?)",
        [(exam, version, json.dumps(names)) for (exam, version), names in snapshot.questions.items()],
    )
    names = ", ".join(_RESULT)
    values = ", ".join("?" * len(_RESULT))
    connection.executemany(
        f"INSERT INTO published ({names}) VALUES ({values})",  # noqa: S608 (our own words)
        map(attrgetter(*_RESULT), snapshot.results),
    )


def read_snapshot(connection: sqlite3.Connection) -> Snapshot | None:
    """What was published last; None when nothing was, or by a version that kept no record of it."""
    if not has_history(connection):
        return None
    # An earlier version could publish without a record: what it published counts all the same.
    if (
        connection.execute("SELECT 1 FROM publications UNION ALL SELECT 1 FROM published LIMIT 1").fetchone()
        is None
    ):
        return None
    names = connection.execute("SELECT exam, version, questions FROM published_questions").fetchall()
    kept = _columns(connection, "published")
    found = [name for name in _RESULT if name in kept]
    rows = connection.execute(
        f"SELECT {', '.join(found)} FROM published ORDER BY id"  # noqa: S608 (our own words)
    ).fetchall()
    return Snapshot(
        questions={(exam, version): tuple(json.loads(questions)) for exam, version, questions in names},
        results=tuple(Result(**dict(zip(found, row, strict=True))) for row in rows),
    )


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Names of a table's columns: a database of an earlier version lacks some until a run writes."""
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


# --- what can be worked out again ------------------------------------------------------------------


def read_derived(connection: sqlite3.Connection, name: str, fingerprint: str) -> bytes | None:
    """What was kept under a name, when it was made from just this; else None."""
    if not has_history(connection):
        return None
    row = connection.execute(
        "SELECT data FROM derived WHERE name = ? AND fingerprint = ?", (name, fingerprint)
    ).fetchone()
    return bytes(row[0]) if row is not None and isinstance(row[0], bytes) else None


def keep_derived(connection: sqlite3.Connection, name: str, fingerprint: str, data: bytes) -> None:
    """Keep something that can be worked out again, with the fingerprint of what it was made from."""
    connection.execute(
        "INSERT INTO derived (name, fingerprint, data) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, data = excluded.data",
        (name, fingerprint, data),
    )
