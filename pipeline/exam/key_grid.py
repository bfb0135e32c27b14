"""A table that a person made, CSV or workbook, as cells of text with their places."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import Fault, FileFaults
from pipeline.exam.key_words import role_of
from pipeline.exam.source import read_bytes

MAX_BYTES = 8_000_000
"""Most bytes of a table with a key."""
MAX_ROWS = 5_000
MAX_COLUMNS = 2_000
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell."""

    text: str
    """White space around it removed; "" when it is empty."""
    row: int
    """1-based: the line of a CSV file in which its row begins, the row of a sheet."""
    column: int
    """1-based."""
    is_number: bool = False
    """Whether a workbook holds it as a number, so that its text has a decimal point for sure."""
    spoilt: tuple[str, str] = ("", "")
    """What is wrong with it and what to write instead, where it has no usable text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The rows of a table that hold anything."""

    file: str
    sheet: str
    """Name of a workbook's sheet; "" for CSV."""
    rows: tuple[tuple[Cell, ...], ...]
    """Each as long as it is written, empty cells at its end left out."""
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class CellFaults:
    """The faults of one table, as they are found."""

    grid: Grid
    about: str = ""
    """The question that is looked at, for the messages."""
    found: dict[tuple[int, int, Fault], None] = field(default_factory=dict)

    def add(self, cell: Cell, what: str, instead: str = "") -> None:
        """Note a fault of a cell, once."""
        what = f"{self.about}: {what}" if self.about else what
        self.found[cell.row, cell.column, fault_at(self.grid, cell, what, instead)] = None

    def refuse(self) -> None:
        """Raise all of them in the order of the table, if there are any."""
        if self.found:
            raise FileFaults([key[2] for key in sorted(self.found, key=lambda key: key[:2])])


def fault_at(grid: Grid, cell: Cell, what: str, instead: str = "") -> Fault:
    """A fault of one cell: ``key.csv:7``, or ``key.xlsx:Sheet1!B7``."""
    if not grid.sheet:
        return Fault(file=grid.file, line=cell.row, column=0, what=what, instead=instead)
    return Fault(file=place_of(grid, cell), line=0, column=0, what=what, instead=instead)


def place_of(grid: Grid, cell: Cell) -> str:
    """Where a cell is, as people write it."""
    if not grid.sheet:
        return f"{grid.file}:{cell.row}"
    plain = re.fullmatch(r"\w+", grid.sheet)
    quoted = grid.sheet if plain else "'" + grid.sheet.replace("'", "''") + "'"
    return f"{grid.file}:{quoted}!{column_letters(cell.column)}{cell.row}"


def column_letters(column: int) -> str:
    """A spreadsheet's name of a 1-based column: 1 is A, 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_grid(path: Path, sheet: str = "") -> Grid:
    """The cells of a CSV file or of a workbook (.xlsx); its content tells which.

    Parameters
    ----------
    path
        CSV: comma, semicolon or tab; UTF-8 with or without byte order mark, UTF-16 with one, and
        with a notice Windows-1252 (of which Latin-1 is a part).
    sheet
        Name of the workbook's sheet; "" when only one sheet holds anything.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        It is another kind of file, too large, empty, or no CSV; with the place.
    """
    data = read_bytes(path, what="a table with a key", limit=MAX_BYTES)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        from pipeline.exam.key_workbook import read_workbook

        grid = read_workbook(data, str(path), sheet)
    else:
        if sheet:
            raise _whole(path, f"a CSV file has no sheet {sheet!r}", "leave --sheet out")
        grid = _read_csv(data, path)
    if not grid.rows:
        raise _whole(path, "the table is empty", "write the names of the columns, then a row per question")
    if len(grid.rows) > MAX_ROWS or max(len(row) for row in grid.rows) > MAX_COLUMNS:
        raise _whole(path, f"more than {MAX_ROWS} rows or {MAX_COLUMNS} columns", "keep the key alone")
    return grid


def _whole(path: Path, what: str, instead: str) -> FileFaults:
    return FileFaults([Fault(file=str(path), line=0, column=0, what=what, instead=instead)])


# --- CSV ---------------------------------------------------------------------------------------


def _read_csv(data: bytes, path: Path) -> Grid:
    text, notices = _decoded(data, path)
    named = re.match(r'(?:sep=|"sep=)(.)"?\r?\n', text)
    first = 2 if named else 1
    text = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter(text)
    records, fault = _records(text, delimiter, first)
    if fault is not None:
        line, problem = fault
        what, instead = f"the row that begins here is no CSV: {problem}", "close every quotation mark"
        raise FileFaults([Fault(file=str(path), line=line, column=0, what=what, instead=instead)])
    rows = tuple(_row(line, cells) for line, cells in records)
    return Grid(file=str(path), sheet="", rows=rows, notices=notices)


def _decoded(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a CSV file, and what to say of its encoding."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise _whole(path, "this is no whole UTF-16 text", 'save it as "CSV UTF-8"') from None
        line = data[: error.start].count(b"\n") + 1
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            what = f"byte 0x{data[error.start]:02X} is neither UTF-8 nor Windows-1252 text"
            fault = Fault(file=str(path), line=line, column=0, what=what, instead='save it as "CSV UTF-8"')
            raise FileFaults([fault]) from None
        notice = (
            f"{path}:{line}: this is not UTF-8; it was read as Windows-1252 (Latin-1): look at the titles"
        )
        return _no_binary(text, path), (notice,)
    return _no_binary(text, path), ()


def _no_binary(text: str, path: Path) -> str:
    if "\0" in text or text.startswith("%PDF"):
        raise _whole(path, "this is no table: it holds bytes that are no text", "give a CSV file or an .xlsx")
    return text


def _records(
    text: str, delimiter: str, first_line: int
) -> tuple[list[tuple[int, list[str]]], tuple[int, str] | None]:
    """(line, cells) of every row that is not empty; and (line, problem) where the CSV breaks off."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((before + first_line, cells))
            before = reader.line_num
    except csv.Error as error:
        return records, (before + first_line, str(error))
    return records, None


def _delimiter(text: str) -> str:
    """What separates the cells: see :func:`_suits`."""
    return max(DELIMITERS, key=lambda delimiter: _suits(text, delimiter))


def _suits(text: str, delimiter: str) -> tuple[int, bool, int, int]:
    """How well a delimiter suits: known names of columns, equal rows, rows that it divides first."""
    records, fault = _records(text, delimiter, 1)
    hits = max((sum(bool(role_of(cell)) for cell in cells) for _, cells in records[:10]), default=0)
    width = max((len(cells) for _, cells in records), default=0)
    equal = sum(len(cells) == width for _, cells in records) if width > 1 else 0
    others = [other for other in DELIMITERS if other != delimiter]
    first = sum(len(cells) > 1 and not any(o in cells[0] for o in others) for _, cells in records)
    return (hits if width > 1 else 0, fault is None, equal, first)


def _row(line: int, cells: Sequence[str]) -> tuple[Cell, ...]:
    texts = [cell.replace("\ufeff", "").strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(Cell(text=text, row=line, column=at) for at, text in enumerate(texts, 1))
