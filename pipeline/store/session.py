"""A results folder that is open: its lock, its database, its transactions, and files that go with them."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import ResultsFault
from pipeline.store.connect import clear_faults, make_folder, open_database, refuse_missing
from pipeline.store.erase import refuse_purged
from pipeline.store.lock import FolderLock
from pipeline.store.placing import STAGED, discard, forget, keep_promise, promised

DATABASE = "run.sqlite"


class Session:
    """A results folder that is open, to be written by one run or to be looked at."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: FolderLock | None) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self._connection = connection
        self._lock = lock
        self._staged: dict[Path, Path] = {}
        self._placed = False
        self.untold_publication: int | None = None
        """Number of the last run's publication, when it was ended before it could tell of it."""

    @classmethod
    def open(cls, folder: Path, *, write: bool = True, purged: bool = False) -> Self:
        """Open the store of ``folder``; the folder and the database are made when missing.

        Parameters
        ----------
        folder
            The results folder.
        write
            False: only look, also while a run is writing; nothing is made and no lock is taken.
        purged
            Whether a folder that was purged may be opened to write: nothing can be graded there.

        Raises
        ------
        ResultsFault
            Another run holds the folder; it is not a folder; it may not be written; the database
            is damaged, is not ours, or was written by a newer version.
        UsageFault
            With ``write=False``: there is no such folder, or no run has made it. With ``write=True``:
            it was purged.
        """
        path = folder / DATABASE
        if not write:
            refuse_missing(folder, path)
            return cls(folder, open_database(path, write=False), None)
        make_folder(folder)
        lock = FolderLock(folder).acquire()
        try:
            store = cls(folder, open_database(path, write=True), lock)
        except BaseException:
            lock.release()
            raise
        try:
            if not purged:
                store.refuse_purged()
            store._finish_the_last_run()
        except BaseException:
            store.__exit__(ResultsFault, ResultsFault(""), None)
            raise
        return store

    def _finish_the_last_run(self) -> None:
        """Move files into their places that a run which was ended had promised to move."""
        with clear_faults(self.path):
            unfinished = promised(self._connection)
        if unfinished is not None:
            keep_promise(self.folder, unfinished["files"])
            self.untold_publication = unfinished["publication"]
        discard(self.folder.glob(STAGED))

    def close(self) -> None:
        """Save what waits, close the database, give the folder back."""
        try:
            self.flush()
            if self._placed:
                with self._write() as connection:
                    forget(connection)
        finally:
            self._connection.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
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

    def flush(self) -> None:
        """Write what waits."""

    def refuse_purged(self) -> None:
        """Raise :class:`~pipeline.errors.UsageFault` when the folder was purged: nothing is left to grade."""
        with clear_faults(self.path):
            refuse_purged(self._connection, self.folder)

    def is_unfinished(self) -> bool:
        """Whether a run was ended, or is at work, between its record and the last move of a file."""
        with clear_faults(self.path):
            return promised(self._connection) is not None

    # --- files ---------------------------------------------------------------------------------

    def place(self, staged: Mapping[Path, Path]) -> tuple[Path, ...]:
        """Inside of :meth:`publishing`: new files, by their places, to be moved there after the commit."""
        self._staged.update(staged)
        return tuple(staged)

    @contextmanager
    def _placing(self) -> Iterator[None]:
        """Around a transaction that promises files: they are moved after it, or removed when it fails."""
        self._staged.clear()
        try:
            yield
        except Exception:
            # Not after Ctrl-C: it may come right behind the commit. The next run cleans up.
            with suppress(sqlite3.Error):
                if promised(self._connection) is None:
                    discard(self._staged.values())
            raise
        with clear_faults(self.path):
            unfinished = promised(self._connection)
        if unfinished is not None:
            keep_promise(self.folder, unfinished["files"], is_new=True)
        self._placed = True

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
