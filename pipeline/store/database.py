"""SQLite behind plain methods: the only place that speaks SQL."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.model import Decision, PageFailed, PageResult, PageSource
from pipeline.store.connect import clear_faults, damaged, now_text
from pipeline.store.digests import add_decisions, decision_rows
from pipeline.store.erase import Erasure, erase, seal_purge
from pipeline.store.evidence import Evidence, EvidenceTables, keep_blobs, seal_publication
from pipeline.store.fingerprint import Fingerprint
from pipeline.store.history import (
    BASIS,
    Publication,
    Rows,
    Snapshot,
    add_publication,
    keep_derived,
    list_publications,
    publication_rows,
    read_derived,
    read_snapshot,
    replace_snapshot,
)
from pipeline.store.keys import list_keys, use_key
from pipeline.store.layouts import keep_layout, list_layouts
from pipeline.store.lock import FolderLock
from pipeline.store.placing import promise
from pipeline.store.readings import insert_reading
from pipeline.store.records import DamagedRecordError, KeyVersion, PackedResult, unpack
from pipeline.store.remembered import get_setting, put_setting
from pipeline.store.scans import ReadingState, add_scan, content_key, list_sources, reading_state, scans_of
from pipeline.store.session import Session

BATCH_PAGES = 32
BATCH_SECONDS = 2.0
PASSING_FAILURES = frozenset({"crashed", "timeout", "memory", "changed", "broken", "no-access", "no-engine"})
"""Failures that may not be the page's own: it is read again by the next run."""

_FIND_READING = (
    "SELECT reader, book, layout, coded, kind, record, features, places FROM readings"
    " WHERE current = ? AND sha256 = ? AND page = ? ORDER BY id"
)


class Store(Session):
    """The store of one results folder.

    Open it with :meth:`open` and close it, or use it as a context manager. Every method that
    touches the disk raises :class:`~pipeline.errors.ResultsFault` when the disk is full, the
    folder may not be written, or the database is damaged.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: FolderLock | None) -> None:
        super().__init__(folder, connection, lock)
        self._waiting: list[tuple[PageResult, Fingerprint]] = []
        self._saved_at = time.monotonic()

    # --- input files -------------------------------------------------------------------------

    def add_pages(
        self,
        sources: Iterable[PageSource],
        *,
        is_gone: Callable[[str], bool] = lambda path: not Path(path).exists(),
    ) -> None:
        """Register the pages of input files, in the order in which the ledger will list them.

        A file that is known by path and content keeps its place. A path whose content changed
        supersedes its earlier content. A known content at a new path is the same file, renamed,
        when ``is_gone`` says so of the old path, and another copy of it otherwise.
        """
        self.flush()
        scans = scans_of(sources)
        named = {scan.path for scan in scans}
        with self._write() as connection:
            for scan in scans:
                add_scan(connection, scan, named, is_gone)

    def sources(self) -> tuple[PageSource, ...]:
        """Every page of every current input file, in the ledger's order."""
        with clear_faults(self.path):
            return list_sources(self._connection)

    # --- readings ----------------------------------------------------------------------------

    def known(self, source: PageSource, fingerprint: Fingerprint) -> PageResult | None:
        """The reading of ``source`` if it still holds, with this very source; else None."""
        row = self._find(source, current=True)[:1] if source.sha256 else []
        if not row:
            return None
        reader, book, layout, coded, *packed = row[0]
        result = self._unpack(packed, source)
        passing = isinstance(result, PageFailed) and result.code in PASSING_FAILURES
        holds = fingerprint.holds(
            reader=reader,
            book=book,
            kind="passing" if passing else packed[0],
            layout=layout,
            coded=bool(coded),
        )
        return result if holds else None

    def save(self, result: PageResult, fingerprint: Fingerprint) -> None:
        """Keep a reading; it supersedes an earlier one of the same page.

        Written in batches of 32 pages or 2 seconds, whichever comes first; :meth:`flush` and
        :meth:`close` write the rest.
        """
        self._waiting.append((result, fingerprint))
        late = time.monotonic() - self._saved_at > BATCH_SECONDS
        if late or len(self._waiting) >= BATCH_PAGES:
            self.flush()

    def flush(self) -> None:
        """Write the readings that wait."""
        if not self._waiting:
            return
        with self._write() as connection:
            for result, fingerprint in self._waiting:
                insert_reading(connection, result, fingerprint)
        self._waiting.clear()
        self._saved_at = time.monotonic()

    def readings(self, sources: Iterable[PageSource]) -> Iterator[PageResult | None]:
        """The current reading of each source, in the order given; None: never read."""
        for source in sources:
            rows = self._find(source, current=True)
            yield self._unpack(rows[0][4:], source) if rows else None

    def superseded(self, source: PageSource) -> tuple[PageResult, ...]:
        """The earlier readings of a page, oldest first."""
        return tuple(self._unpack(row[4:], source) for row in self._find(source, current=False))

    def _find(self, source: PageSource, *, current: bool) -> list[Any]:
        self.flush()
        with clear_faults(self.path):
            return self._connection.execute(
                _FIND_READING, (int(current), content_key(source), source.page)
            ).fetchall()

    def _unpack(self, row: Sequence[Any], source: PageSource) -> PageResult:
        kind, record, features, places = row
        packed = PackedResult(kind=kind, record=record, features=features, places=places)
        try:
            return unpack(packed, source)
        except DamagedRecordError as error:
            raise damaged(self.path, str(error)) from error

    def reading_state(self) -> ReadingState:
        """Which readings count now, without loading any of them."""
        self.flush()
        with clear_faults(self.path):
            return reading_state(self._connection)

    # --- decisions ---------------------------------------------------------------------------

    def append_decisions(self, decisions: Iterable[Decision]) -> None:
        """Append what a person decided; nothing earlier is touched."""
        with self._write() as connection:
            add_decisions(connection, decisions)

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in the order in which they were made."""
        with clear_faults(self.path):
            return tuple(decision for _, decision in decision_rows(self._connection))

    # --- keys, layouts, settings -------------------------------------------------------------

    def use_key(self, key: KeyVersion) -> None:
        """Keep an exam file's text and make it the one that its exam is graded by."""
        with self._write() as connection:
            use_key(connection, key)

    def keys(self) -> tuple[KeyVersion, ...]:
        """The exam file that each exam is graded by now, by exam id."""
        with clear_faults(self.path):
            return list_keys(self._connection, current=True)

    def key_versions(self) -> tuple[KeyVersion, ...]:
        """Every exam file that was ever used here, oldest first."""
        with clear_faults(self.path):
            return list_keys(self._connection, current=False)

    def add_layout(self, layout_hash: str, text: str) -> None:
        """Keep a layout's canonical JSON under its hash.

        Raises
        ------
        ResultsFault
            When another layout with the same hash is kept already.
        """
        with self._write() as connection:
            keep_layout(connection, layout_hash, text, self.folder)

    def layouts(self) -> dict[str, str]:
        """Canonical JSON of every layout that was used here, by hash, in the order of use."""
        with clear_faults(self.path):
            return list_layouts(self._connection)

    def put(self, name: str, value: Any) -> None:
        """Keep a setting that later runs need: anything that JSON can hold."""
        with self._write() as connection:
            put_setting(connection, name, value)

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or ``default`` when it was never put."""
        with clear_faults(self.path):
            return get_setting(self._connection, name, default)

    # --- what was published ------------------------------------------------------------------

    @contextmanager
    def publishing(
        self,
        snapshot: Snapshot,
        basis: Any,
        publication: Publication | None,
        rows: Rows = (),
        *,
        keys: Sequence[KeyVersion] = (),
        settings: Mapping[str, Any] | None = None,
        evidence: Evidence | None = None,
    ) -> Iterator[dict[str, str]]:
        """Replace files inside of it: the record is kept when that succeeds, and else nothing is.

        Parameters
        ----------
        snapshot
            The results that are published; they take the place of the last ones.
        basis
            What they are made from: anything that JSON can hold.
        publication
            Its record, appended; None when it differs in nothing from the last one.
        rows
            Rows of its ``changes.csv``, kept with the record.
        keys
            Exam files that it is graded by.
        settings
            Settings that later runs need, by name.
        evidence
            What it is made from; None: it is not sealed.

        Yields
        ------
        dict
            For the SHA-256 of each table that is written, by its name.
        """
        at = publication.at if publication is not None else now_text()
        number = None if publication is None else 1 + len(self.publications())
        with self._sealing(evidence, at, number) as (connection, tables):
            replace_snapshot(connection, snapshot)
            for key in keys:
                use_key(connection, key)
            for name, value in {**(settings or {}), BASIS: basis}.items():
                put_setting(connection, name, value)
            if publication is not None:
                add_publication(connection, publication, rows)
            yield tables

    @contextmanager
    def sealing(self, evidence: Evidence) -> Iterator[dict[str, str]]:
        """Replace files inside of it that are no publication; takes the SHA-256 of each."""
        with self._sealing(evidence, now_text()) as (_, tables):
            yield tables

    @contextmanager
    def _sealing(
        self, evidence: Evidence | None, at: str, number: int | None = None
    ) -> Iterator[tuple[sqlite3.Connection, dict[str, str]]]:
        tables: dict[str, str] = {}
        with self._placing(), self._write() as connection:
            keep_blobs(connection, evidence.blobs if evidence is not None else {})
            yield connection, tables
            promise(connection, self._staged, number)
            if evidence is not None:
                seal_publication(connection, evidence, tables, at)

    @contextmanager
    def purging(self, erasure: Erasure) -> Iterator[dict[str, str]]:
        """Take away who is who, and replace files inside of it: the SHA-256 of each by its name."""
        tables: dict[str, str] = {}
        with clear_faults(self.path):
            self._connection.execute("PRAGMA secure_delete = ON")
        with self._placing(), self._write() as connection:
            erase(connection, erasure)
            yield tables
            promise(connection, self._staged, None)
            seal_purge(connection, erasure, tables)

    def clean(self) -> None:
        """Write the database anew, so that no byte of what was deleted is left in its file."""
        with clear_faults(self.path):
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self._connection.execute("VACUUM")

    @property
    def evidence(self) -> EvidenceTables:
        """What the results were made from, for whoever checks it."""
        self.flush()
        return EvidenceTables(self._connection, self.path)

    def publications(self) -> tuple[Publication, ...]:
        """The record of each publication, oldest first."""
        with clear_faults(self.path):
            return list_publications(self._connection)

    def changes(self, number: int) -> list[dict[str, str]]:
        """Rows of ``changes.csv`` of a publication; UsageFault when there is none of that number."""
        with clear_faults(self.path):
            return publication_rows(self._connection, number)

    def published(self) -> Snapshot | None:
        """The results that were published last; None when none are on record."""
        with clear_faults(self.path):
            return read_snapshot(self._connection)

    def derived(self, name: str, fingerprint: str) -> bytes | None:
        """Something that was worked out before, if it was made from just this; else None."""
        with clear_faults(self.path):
            return read_derived(self._connection, name, fingerprint)

    def keep_derived(self, name: str, fingerprint: str, data: bytes) -> None:
        """Keep something that can be worked out again; it takes the place of an earlier one."""
        with self._write() as connection:
            keep_derived(connection, name, fingerprint, data)
