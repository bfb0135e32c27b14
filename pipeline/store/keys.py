"""Exam files in the store: every one that graded here, by its hash, and the one each exam has now."""

import sqlite3

from pipeline.store.connect import stored
from pipeline.store.records import KeyVersion

_CURRENT = (
    "SELECT keys.exam, keys.hash, keys.file, keys.text FROM keys"
    " JOIN exams ON keys.hash = exams.key_hash ORDER BY keys.exam"
)
_ALL = "SELECT exam, hash, file, text FROM keys ORDER BY rowid"


def use_key(connection: sqlite3.Connection, key: KeyVersion) -> None:
    """Keep an exam file's text and place, and make it the one that its exam is graded by."""
    connection.execute(
        "INSERT INTO keys (hash, exam, file, text) VALUES (?, ?, CAST(? AS TEXT), ?)"
        " ON CONFLICT (hash) DO UPDATE SET file = excluded.file",
        (key.hash, key.exam, stored(key.file), key.text),
    )
    connection.execute(
        "INSERT INTO exams (exam, key_hash) VALUES (?, ?)"
        " ON CONFLICT (exam) DO UPDATE SET key_hash = excluded.key_hash",
        (key.exam, key.hash),
    )


def list_keys(connection: sqlite3.Connection, *, current: bool) -> tuple[KeyVersion, ...]:
    """The exam file that each exam is graded by now, by exam id; or every one, oldest first."""
    rows = connection.execute(_CURRENT if current else _ALL).fetchall()
    return tuple(KeyVersion(exam=exam, hash=hash_, file=file, text=text) for exam, hash_, file, text in rows)
