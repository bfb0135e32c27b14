"""One page's reading into the table of readings."""

import sqlite3

from pipeline.model import PageFailed, PageResult
from pipeline.store.digests import READING, reading_digest
from pipeline.store.fingerprint import Fingerprint, layout_of
from pipeline.store.records import pack
from pipeline.store.scans import content_key


def insert_reading(connection: sqlite3.Connection, result: PageResult, fingerprint: Fingerprint) -> None:
    """Insert a reading; it supersedes an earlier one of the same page that is not just the same."""
    key = (content_key(result.source), result.source.page)
    if isinstance(result, PageFailed) and _has_reading(connection, key):
        # A page that was read once stays read: a file that is gone now, or a crash, takes nothing away.
        return
    packed = pack(result)
    layout, coded = layout_of(result)
    values = (
        *key,
        fingerprint.reader,
        fingerprint.book,
        packed.kind,
        layout,
        int(coded),
        packed.record,
        packed.features,
        packed.places,
    )
    digest = reading_digest(values)
    current = "current = 1 AND sha256 = ? AND page = ?"
    before = connection.execute(f"SELECT digest FROM readings WHERE {current}", key).fetchone()  # noqa: S608 (our own words)
    if before is not None and before[0] == digest:
        return
    connection.execute(f"UPDATE readings SET current = 0 WHERE {current}", key)  # noqa: S608 (our own words)
    connection.execute(
        f"INSERT INTO readings ({READING}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (our own words)
        (*values, digest),
    )


def _has_reading(connection: sqlite3.Connection, key: tuple[str, int]) -> bool:
    row = connection.execute(
        "SELECT 1 FROM readings WHERE current = 1 AND sha256 = ? AND page = ? AND kind != 'failed'", key
    ).fetchone()
    return row is not None
