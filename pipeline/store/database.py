"""SQLite behind plain methods: the only place that speaks SQL."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from pipeline.errors import ResultsFault, UsageFault
from pipeline.model import Decision, PageFailed, PageResult, PageSource
from pipeline.store.connect import clear_faults, connect, damaged, make_folder, prepare
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
from pipeline.store.lock import FolderLock
from pipeline.store.readings import insert_reading
from pipeline.store.records import DamagedRecordError, KeyVersion, PackedResult, unpack
from pipeline.store.scans import ReadingState, add_scan, content_key, list_sources, reading_state, scans_of

DATABASE = "run.sqlite"
BATCH_PAGES = 32
BATCH_SECONDS = 2.0
PASSING_FAILURES = frozenset({"crashed", "broken", "no-access", "no-engine"})
"""Failures that may not be the page's own: it is read again by the next run."""

_FIND_READING = (
    "SELECT reader, book, layout, coded, kind, record, features, places FROM readings"
    " WHERE current = ? AND sha256 = ? AND page = ? ORDER BY id"
)


class Store:
    """The store of one results folder.

    Open it with :meth:`open` and close it, or use it as a context manager. Every method that
    touches the disk raises :class:`~pipeline.errors.ResultsFault` when the disk is full, the
    folder may not be written, or the database is damaged.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: FolderLock | None):
        self.folder = folder
        self.path = folder / DATABASE
        self._connection = connection
        self._lock = lock
        self._waiting: list[tuple[PageResult, Fingerprint]] = []
        self._saved_at = time.monotonic()

    @classmethod
    def open(cls, folder: Path, *, write: bool = True) -> "Store":
        """Open the store of ``folder``; the folder and the database are made when missing.

        Parameters
        ----------
        folder
            The results folder.
        write
            False: only look, also while a run is writing; nothing is made and no lock is taken.

        Raises
        ------
        ResultsFault
            Another run holds the folder; it is not a folder; it may not be written; the database
            is damaged, is not ours, or was written by a newer version.
        UsageFault
            With ``write=False``: there is no such folder, or no run has made it.
        """
        path = folder / DATABASE
        lock = None
        if write:
            make_folder(folder)
            lock = FolderLock(folder).acquire()
        elif not path.is_file():
            what = f"is not a results folder: it has no {DATABASE}" if folder.is_dir() else "is not a folder"
            raise UsageFault(
                f"{folder} {what}" if folder.exists() else f"there is no folder {folder}",
                hint="name the folder that was given to -o",
            )
        try:
            with clear_faults(path):
                connection = connect(path, write=write)
            try:
                with clear_faults(path):
                    prepare(connection, path, write=write)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(folder, connection, lock)

    def close(self) -> None:
        """Save what waits, close the database, give the folder back."""
        try:
            self.flush()
        finally:
            self._connection.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
            return
        with suppress(ResultsFault):  # the first error is the one to tell
            self.close()

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
            connection.executemany(
                "INSERT INTO decisions (doubt, value, decided_by, decided_at, note) VALUES (?, ?, ?, ?, ?)",
                [(item.doubt, item.value, item.by, item.at, item.note) for item in decisions],
            )

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in the order in which they were made."""
        with clear_faults(self.path):
            rows = self._connection.execute(
                "SELECT doubt, value, decided_by, decided_at, note FROM decisions ORDER BY id"
            ).fetchall()
        return tuple(
            Decision(doubt=doubt, value=value, by=by, at=at, note=note) for doubt, value, by, at, note in rows
        )

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
            row = connection.execute("SELECT json FROM layouts WHERE hash = ?", (layout_hash,)).fetchone()
            if row is not None and row[0] != text:
                raise ResultsFault(
                    f"two different layouts in {self.folder} have the hash {layout_hash}",
                    hint="grade the second one into another folder with -o",
                )
            connection.execute(
                "INSERT OR IGNORE INTO layouts (hash, json) VALUES (?, ?)", (layout_hash, text)
            )

    def layouts(self) -> dict[str, str]:
        """Canonical JSON of every layout that was used here, by hash, in the order of use."""
        with clear_faults(self.path):
            rows = self._connection.execute("SELECT hash, json FROM layouts ORDER BY rowid").fetchall()
        return dict(rows)

    def put(self, name: str, value: Any) -> None:
        """Keep a setting that later runs need: anything that JSON can hold."""
        with self._write() as connection:
            _put(connection, name, value)

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or ``default`` when it was never put."""
        with clear_faults(self.path):
            row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row is not None else default

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
    ) -> Iterator[None]:
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
        """
        with self._write() as connection:
            replace_snapshot(connection, snapshot)
            for key in keys:
                use_key(connection, key)
            for name, value in {**(settings or {}), BASIS: basis}.items():
                _put(connection, name, value)
            if publication is not None:
                add_publication(connection, publication, rows)
            yield

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

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with clear_faults(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _put(connection: sqlite3.Connection, name: str, value: Any) -> None:
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value, sort_keys=True)),
    )
