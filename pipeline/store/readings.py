"""One page's reading into the table of readings."""

import sqlite3

from pipeline.model import PageFailed, PageResult
from pipeline.store.fingerprint import Fingerprint, layout_of
from pipeline.store.records import pack
from pipeline.store.scans import content_key


def insert_reading(connection: sqlite3.Connection, result: PageResult, fingerprint: Fingerprint) -> None:
    """Insert a reading; it supersedes an earlier one of the same page."""
    key = (content_key(result.source), result.source.page)
    if isinstance(result, PageFailed) and _has_reading(connection, key):
        # A page that was read once stays read: a file that is gone now, or a crash, takes nothing away.
        return
    packed = pack(result)
    layout, coded = layout_of(result)
    connection.execute("UPDATE readings SET current = 0 WHERE current = 1 AND sha256 = ? AND page = ?", key)
    connection.execute(
        "INSERT INTO readings (sha256, page, reader, book, kind, layout, coded, record, features,"
        " places) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            fingerprint.reader,
            fingerprint.book,
            packed.kind,
            layout,
            int(coded),
            packed.record,
            packed.features,
            packed.places,
        ),
    )


def _has_reading(connection: sqlite3.Connection, key: tuple[str, int]) -> bool:
    row = connection.execute(
        "SELECT 1 FROM readings WHERE current = 1 AND sha256 = ? AND page = ? AND kind != 'failed'", key
    ).fetchone()
    return row is not None
