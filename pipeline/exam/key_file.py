"""Files with a key: CSV of every separator and encoding, and workbooks."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import Fault, FileFaults
from pipeline.exam.key_grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, text_cell
from pipeline.exam.key_words import role_of
from pipeline.exam.key_workbook import read_workbook
from pipeline.exam.source import read_bytes

MAX_BYTES = 8_000_000
"""Most bytes of a table with a key."""
DELIMITERS = (",", ";", "\t")


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


_OTHERS = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"{": "JSON"}
"""What a file is that begins so."""
_EXAM_FIELDS = re.compile(rb"^(?:exam|questions)[ \t]*:", re.MULTILINE)


def _refuse_others(data: bytes, path: Path) -> None:
    """Files that are no table, told by what they are."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:4]
    for begin, name in _OTHERS.items():
        if start.startswith(begin):
            raise _whole(path, f"this is {name}, not a table", "give a CSV file or an Excel workbook (.xlsx)")
    if len(set(_EXAM_FIELDS.findall(data))) > 1:
        raise _whole(path, "this is an exam file already", f"use it: scangrade key check {path}")
    if path.suffix.lower() in (".yaml", ".yml"):
        raise _whole(path, "this is YAML, not a table", "give a CSV file or an Excel workbook (.xlsx)")


def _read_csv(data: bytes, path: Path) -> Grid:
    _refuse_others(data, path)
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
    if "\0" in text:
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
    found = [text_cell(text, line, column) for column, text in enumerate(cells, 1)]
    while found and not found[-1].text:
        found.pop()
    return tuple(found)
