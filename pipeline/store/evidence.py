"""What a publication was made from, kept by its hash, and digests of the readings."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.model import PageResult, PageSource
from pipeline.store.chain import (
    ChainEntry,
    append_entry,
    canonical,
    decision_text,
    last_publication,
    read_chain,
)
from pipeline.store.connect import clear_faults
from pipeline.store.digests import (
    READING,
    as_bytes,
    decision_rows,
    layout_digests,
    reading_digest,
    readings_state,
    record_digest,
)
from pipeline.store.records import DamagedRecordError, PackedResult, unpack
from pipeline.store.scans import content_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a publication was made from."""

    content: Mapping[str, Any]
    """For the chain: hashes, and whatever is small; JSON values."""
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    """Lists and marks that it names, by the SHA-256 of their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReading:
    """A reading as it stands in its row, and what is wrong with the row."""

    sha256: str
    page: int
    is_whole: bool
    """Whether its content is what its digest says."""
    is_in_order: bool
    """Whether it is marked as the reading that counts exactly when it is the page's last one."""


def keep_blobs(connection: sqlite3.Connection, blobs: Mapping[str, bytes]) -> None:
    """Keep bytes under their hashes; those that are kept already stay."""
    connection.executemany("INSERT OR IGNORE INTO evidence (hash, data) VALUES (?, ?)", blobs.items())


def seal_publication(
    connection: sqlite3.Connection, evidence: Evidence, tables: Mapping[str, str], made_at: str
) -> None:
    """Append what was published to the chain, unless it is just what was published last.

    Parameters
    ----------
    connection
        Inside of the transaction of the publication.
    evidence
        What it was made from; its blobs are kept already.
    tables
        SHA-256 of each table that was written, by its name.
    made_at
        ISO 8601, UTC.
    """
    content = {
        **evidence.content,
        "decisions": connection.execute("SELECT count(*) FROM decisions").fetchone()[0],
        "readings": readings_state(connection),
        "layouts": layout_digests(connection),
        "record": record_digest(connection),
        "tables": dict(tables),
    }
    if canonical(content) != last_publication(connection):
        append_entry(connection, "publication", content, made_at)


class EvidenceTables:
    """The evidence of a results folder, for whoever checks it; changes nothing.

    Every method raises :class:`~pipeline.errors.ResultsFault` when the database is damaged.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        return [text for (text,) in self._rows("PRAGMA integrity_check(5)") if text != "ok"]

    def is_kept(self) -> bool:
        """Whether the folder has a chain: one that an earlier version wrote has none."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'chain'"))

    def chain(self) -> tuple[ChainEntry, ...]:
        """Every entry, oldest first."""
        with clear_faults(self._path):
            return read_chain(self._connection)

    def decisions(self) -> list[tuple[int, str]]:
        """Canonical text of every decision with the number of its row, oldest first."""
        with clear_faults(self._path):
            return [(row, decision_text(decision)) for row, decision in decision_rows(self._connection)]

    def blob(self, name: str) -> bytes | None:
        """Bytes kept under a hash; None when there are none."""
        rows = self._rows("SELECT data FROM evidence WHERE hash = ?", name)
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    def blobs(self) -> list[tuple[str, bytes]]:
        """Every hash with the bytes kept under it."""
        return [
            (name, as_bytes(data))
            for name, data in self._rows("SELECT hash, data FROM evidence ORDER BY rowid")
        ]

    def readings(self) -> Iterator[StoredReading]:
        """Every reading, superseded ones too, checked row by row."""
        last = {
            (sha256, page): row
            for sha256, page, row in self._rows(
                "SELECT sha256, page, max(id) FROM readings GROUP BY sha256, page"
            )
        }
        with clear_faults(self._path):
            rows = self._connection.execute(
                f"SELECT id, current, digest, {READING} FROM readings ORDER BY id"  # noqa: S608 (our own words)
            )
            for row, current, digest, *values in rows:
                sha256, page = values[0], values[1]
                yield StoredReading(
                    sha256=sha256,
                    page=page,
                    is_whole=reading_digest(values) == digest,
                    is_in_order=current == int(last[sha256, page] == row),
                )

    def readings_state(self, last: int | None = None) -> list[Any]:
        """The last row of the readings, at most ``last``, and the SHA-256 of all up to it."""
        with clear_faults(self._path):
            return readings_state(self._connection, last)

    def results(self, sources: Iterable[PageSource], last: int) -> Iterator[PageResult | None]:
        """The reading of each source that counted when ``last`` was the last one; None: none did.

        Raises
        ------
        DamagedRecordError
            When a reading cannot be unpacked.
        """
        for source in sources:
            rows = self._rows(
                "SELECT kind, record, features, places FROM readings"
                " WHERE sha256 = ? AND page = ? AND id <= ? ORDER BY id DESC LIMIT 1",
                *(content_key(source), source.page, last),
            )
            yield unpack(_packed(rows[0]), source) if rows else None

    def layouts(self) -> dict[str, str]:
        """SHA-256 of every layout's text, by its short hash."""
        with clear_faults(self._path):
            return layout_digests(self._connection)

    def record(self, number: int) -> list[Any] | None:
        """Number and SHA-256 of a publication's record."""
        with clear_faults(self._path):
            return record_digest(self._connection, number)

    def used_keys(self) -> dict[str, str]:
        """Hash of the exam file that each exam is graded by, by exam id."""
        return dict(self._rows("SELECT exam, key_hash FROM exams ORDER BY exam"))

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with clear_faults(self._path):
            return self._connection.execute(query, values).fetchall()


def _packed(row: Sequence[Any]) -> PackedResult:
    kind, record, features, places = row
    for value, types in ((record, str), (features, bytes | None), (places, bytes | None)):
        if not isinstance(value, types):
            raise DamagedRecordError("a value has another type")
    return PackedResult(kind=kind, record=record, features=features, places=places)


def list_data(value: Any) -> tuple[str, bytes]:
    """A list as it is kept: its hash, and its bytes."""
    data = zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"), 1)
    return hashlib.sha256(data).hexdigest(), data


def read_list(data: bytes) -> Any:
    """What :func:`list_data` made bytes of; ValueError when they are damaged."""
    try:
        return json.loads(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
