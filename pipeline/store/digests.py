"""SHA-256 of what the tables hold: readings, layouts, records of publications."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.model import Decision
from pipeline.store.chain import append_decision, append_entry, canonical

READING = "sha256, page, reader, book, kind, layout, coded, record, features, places"
"""Columns of a reading that its digest covers."""
_RECORD = "number, what, keys, students, moved, now_passed, now_failed, why"


def reading_digest(values: Sequence[Any]) -> str:
    """SHA-256 of a reading, hexadecimal; ``values`` in the order of the table's columns."""
    *words, record, features, places = values
    sizes = [None if blob is None else len(blob) for blob in (features, places)]
    digest = hashlib.sha256(canonical([*words, *sizes]).encode("ascii"))
    digest.update(b"\0" + as_bytes(record) + b"\0" + as_bytes(features) + as_bytes(places))
    return digest.hexdigest()


def as_bytes(value: Any) -> bytes:
    """What SQLite gave for a text or a blob, as bytes."""
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode("utf-8", "surrogateescape")


def readings_state(connection: sqlite3.Connection, last: int | None = None) -> list[Any]:
    """The last row of the readings, at most ``last``, and the SHA-256 of all up to it, page by page.

    It does not depend on the order in which the pages were read.
    """
    rows = connection.execute(
        "SELECT sha256, page, digest, id FROM readings WHERE id <= ? ORDER BY sha256, page, id",
        (2**62 if last is None else last,),
    ).fetchall()
    text = "".join(f"{sha256}\0{page}\0{digest}\n" for sha256, page, digest, _ in rows)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape"))
    return [max((row[-1] for row in rows), default=0), digest.hexdigest()]


def adopt(connection: sqlite3.Connection, made_at: str) -> None:
    """Take over a folder of an earlier version as it is: digests of its readings, its decisions."""
    rows = connection.execute(f"SELECT id, {READING} FROM readings")  # noqa: S608 (our own words)
    digests = [(reading_digest(values), row) for row, *values in rows]
    connection.executemany("UPDATE readings SET digest = ? WHERE id = ?", digests)
    decisions = decision_rows(connection)
    if not digests and not decisions:
        return
    append_entry(connection, "adopted", {"readings": len(digests), "decisions": len(decisions)}, made_at)
    for row, decision in decisions:
        append_decision(connection, row, decision)


def add_decisions(connection: sqlite3.Connection, decisions: Iterable[Decision]) -> None:
    """Append decisions, each with its entry in the chain."""
    for item in decisions:
        row = connection.execute(
            "INSERT INTO decisions (doubt, value, decided_by, decided_at, note) VALUES (?, ?, ?, ?, ?)",
            (item.doubt, item.value, item.by, item.at, item.note),
        ).lastrowid
        append_decision(connection, row or 0, item)


def decision_rows(connection: sqlite3.Connection) -> list[tuple[int, Decision]]:
    """Every decision with the number of its row, in the order in which they were made."""
    rows = connection.execute(
        "SELECT id, doubt, value, decided_by, decided_at, note FROM decisions ORDER BY id"
    ).fetchall()
    return [
        (row, Decision(doubt=doubt, value=value, by=by, at=at, note=note))
        for row, doubt, value, by, at, note in rows
    ]


def layout_digests(connection: sqlite3.Connection) -> dict[str, str]:
    """SHA-256 of every layout's text, by the short hash that pages name it by."""
    rows = connection.execute("SELECT hash, json FROM layouts ORDER BY rowid").fetchall()
    return {name: hashlib.sha256(as_bytes(text)).hexdigest() for name, text in rows}


def record_digest(connection: sqlite3.Connection, number: int | None = None) -> list[Any] | None:
    """Number and SHA-256 of a publication's record, the last one by default; None without one.

    Its time is not in it: that stands in the chain.
    """
    row = connection.execute(
        f"SELECT {_RECORD}, changes FROM publications WHERE number <= ?"  # noqa: S608 (our own words)
        " ORDER BY number DESC LIMIT 1",
        (2**62 if number is None else number,),
    ).fetchone()
    if row is None or (number is not None and row[0] != number):
        return None
    *values, changes = row
    text = canonical([*values, hashlib.sha256(as_bytes(changes)).hexdigest()])
    return [row[0], hashlib.sha256(text.encode("ascii")).hexdigest()]
