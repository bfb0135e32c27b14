"""What was published: the last results of every student, and a record of each publication."""

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.errors import ResultsFault

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
    number: int = 0
    """1, 2, 3 ... in the order of the publications; given by the store."""


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
        "INSERT INTO publications (made_at, what, keys, students, moved, now_passed, now_failed, changes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            publication.at,
            publication.what,
            json.dumps(keys),
            publication.students,
            publication.moved,
            publication.now_passed,
            publication.now_failed,
            zlib.compress(json.dumps([dict(row) for row in rows]).encode("ascii"), 6),
        ),
    )


def list_publications(connection: sqlite3.Connection) -> tuple[Publication, ...]:
    """Every record, oldest first."""
    if not has_history(connection):
        return ()
    rows = connection.execute(
        "SELECT number, made_at, what, keys, students, moved, now_passed, now_failed"
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
        )
        for number, at, what, keys, students, moved, now_passed, now_failed in rows
    )


def publication_rows(connection: sqlite3.Connection, number: int) -> list[dict[str, str]]:
    """Rows of ``changes.csv`` of one publication.

    Raises
    ------
    ResultsFault
        When there is no publication of that number.
    """
    found = None
    if has_history(connection):
        found = connection.execute("SELECT changes FROM publications WHERE number = ?", (number,)).fetchone()
    if found is None:
        raise ResultsFault(
            f"there is no publication {number} in this folder", hint="scangrade status RESULTS lists them"
        )
    rows: list[dict[str, str]] = json.loads(zlib.decompress(found[0]))
    return rows


def replace_snapshot(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Keep what is published now in the place of what was published before."""
    connection.execute("DELETE FROM published")
    connection.execute("DELETE FROM published_questions")
    connection.executemany(
        "INSERT INTO published_questions (exam, version, questions) VALUES (?, ?, ?)",
        [(exam, version, json.dumps(names)) for (exam, version), names in snapshot.questions.items()],
    )
    connection.executemany(
        "INSERT INTO published (exam, version, student_id, paper, name, status, total, grade, passed,"
        " points, readings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.exam,
                one.version,
                one.student_id,
                one.paper,
                one.name,
                one.status,
                one.total,
                one.grade,
                one.passed,
                one.points,
                one.readings,
            )
            for one in snapshot.results
        ],
    )


def read_snapshot(connection: sqlite3.Connection) -> Snapshot | None:
    """What was published last; None when nothing was, or by a version that kept no record of it."""
    if not has_history(connection):
        return None
    if connection.execute("SELECT 1 FROM publications LIMIT 1").fetchone() is None:
        return None
    names = connection.execute("SELECT exam, version, questions FROM published_questions").fetchall()
    rows = connection.execute(
        "SELECT exam, version, student_id, paper, name, status, total, grade, passed, points, readings"
        " FROM published ORDER BY id"
    ).fetchall()
    fields = ("exam", "version", "student_id", "paper", "name", "status", "total", "grade", "passed")
    return Snapshot(
        questions={(exam, version): tuple(json.loads(questions)) for exam, version, questions in names},
        results=tuple(Result(**dict(zip((*fields, "points", "readings"), row, strict=True))) for row in rows),
    )


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
