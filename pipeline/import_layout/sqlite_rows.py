"""Rows of other programs' SQLite databases, which are not trusted.

A database is opened read-only and immutable: nothing is written, no journal is replayed. Tables must
be tables (a view may never end), values must be what a column holds, and everything has a bound.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Literal

from pipeline.errors import UsageFault

MOST_BYTES = 2_000_000_000
MOST_ROWS = 3_000_000
_MOST_TEXT = 100_000
_STEPS, _MOST_CALLS = 1_000_000, 4_000
"""Virtual machine steps between two looks, and how many looks a query may take."""
Value = int | float | str | None
Row = tuple[Value, ...]
Form = Literal["integer", "number", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is wanted."""

    name: str
    form: Form
    default: Value = None
    """Where an older database has no such column; None: it must have it."""
    empty: bool = False
    """Whether it may be NULL."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database of another program."""

    path: Path
    connection: sqlite3.Connection

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        found = self._run("SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name=?", (table,), table)
        return bool(found[0][0])

    def rows(self, table: str, columns: Sequence[Column], where: str = "") -> list[Row]:
        """The rows of a table, in no order.

        Parameters
        ----------
        table
            Its name, written in our own source.
        columns
            What is wanted of each row.
        where
            A condition, written in our own source.

        Raises
        ------
        UsageFault
            There is no such table or column, a value is not what the column holds, or there are
            too many rows; with the file and the table.
        """
        if not self.has(table):
            raise self.fault(table, "there is no such table")
        there = {str(row[1]) for row in self._run(f"PRAGMA table_info({table})", (), table)}
        missing = [column.name for column in columns if column.name not in there and column.default is None]
        if missing:
            raise self.fault(table, f"there is no column {missing[0]}")
        names = ", ".join(column.name if column.name in there else "NULL" for column in columns)
        condition = f" WHERE {where}" if where else ""
        query = f"SELECT {names} FROM {table}{condition} LIMIT {MOST_ROWS + 1}"  # noqa: S608 (our own names)
        found = self._run(query, (), table)
        if len(found) > MOST_ROWS:
            raise self.fault(table, f"more than {MOST_ROWS:,} rows")
        return [self._checked(row, columns, table) for row in found]

    def fault(self, table: str, what: str) -> UsageFault:
        """A fault of a table, to be raised."""
        return UsageFault(
            f"{self.path}, table {table}: {what}", hint="is this a database of AMC 1.3 or newer?"
        )

    def _run(self, query: str, values: tuple[str, ...], table: str) -> list[Row]:
        try:
            return self.connection.execute(query, values).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            raise self.fault(table, f"cannot be read ({error})") from None

    def _checked(self, row: Row, columns: Sequence[Column], table: str) -> Row:
        return tuple(self._value(value, column, table) for value, column in zip(row, columns, strict=True))

    def _value(self, value: Value, column: Column, table: str) -> Value:
        if value is None:
            if column.default is not None or column.empty:
                return column.default
            raise self.fault(table, f"{column.name} is empty")
        if column.form == "text" and isinstance(value, (str, int, float)):
            return str(value)
        good = isinstance(value, int) if column.form == "integer" else isinstance(value, (int, float))
        if good and not isinstance(value, str) and isfinite(value) and abs(value) < 1e9:
            return value
        raise self.fault(table, f"{column.name} holds {str(value)[:40]!r}, which is no {column.form}")


@contextmanager
def open_database(path: Path) -> Iterator[Database]:
    """Open another program's database for reading.

    Raises
    ------
    UsageFault
        It is not there, too large, in use, or no database.
    """
    if not path.is_file():
        raise UsageFault(f"there is no {path}", hint="name the folder of the project")
    if path.stat().st_size > MOST_BYTES:
        raise UsageFault(
            f"{path} is larger than {MOST_BYTES:,} bytes", hint="is this the project's database?"
        )
    for suffix in ("-wal", "-journal"):
        journal = path.with_name(path.name + suffix)
        if journal.is_file() and journal.stat().st_size:
            raise UsageFault(
                f"{path} is being written ({journal.name})", hint="close the project in AMC first"
            )
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_TEXT)
        calls = iter(range(_MOST_CALLS))
        connection.set_progress_handler(lambda: int(next(calls, None) is None), _STEPS)
        database = Database(path, connection)
        database.has("sqlite_master")
        yield database
    finally:
        connection.close()
