"""CSV files that people and other systems wrote: rows of text, each with its line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Fault, FileFaults
from pipeline.exam.checking import Faults
from pipeline.exam.source import read_text
from pipeline.formats import plain_cell

MAX_BYTES = 64_000_000
"""Most bytes of a table."""
MAX_COLUMNS = 2000
DELIMITERS = (",", ";", "\t")
"""What may stand between two cells; the file's first line tells which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a table."""

    line: int
    """1-based line of the file in which it begins."""
    cells: tuple[str, ...]
    """As many as there are columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text."""

    file: str
    columns: tuple[str, ...]
    """Names as they are written in the first row."""
    header_line: int
    rows: tuple[TableRow, ...]

    def places(self, names: Iterable[str]) -> list[int]:
        """0-based places of the columns whose folded name is one of ``names``, in their order."""
        folded = [fold(column) for column in self.columns]
        return [at for name in names for at, column in enumerate(folded) if column == name]


def fold(header: str) -> str:
    """A column's name without case, spaces, signs and byte order mark: "Student-ID" is "studentid"."""
    return re.sub(r"[\W_]+", "", header.casefold())


def read_table(path: Path, *, what: str, known: Iterable[str]) -> Table:
    """A CSV file: UTF-8 with or without byte order mark; comma, semicolon or tab.

    Parameters
    ----------
    path
        The file.
    what
        What it ought to be, for messages: "a roster".
    known
        Folded names of columns that such a file may have: the delimiter is the one by which most
        of them are found in the first row.

    Returns
    -------
    Table
        Cells are text, white space around them and the apostrophe before a formula removed (see
        :func:`pipeline.formats.safe_cell`); empty rows are passed over.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        It is not UTF-8 text, has no first row, an open quotation mark, or rows with too many
        cells; with the line of each.
    """
    text = read_text(path, what=what, limit=MAX_BYTES, instead='export or save it as "CSV UTF-8"')
    faults = Faults(file=str(path))
    records = _records(text, faults, frozenset(known))
    if not records:
        if not faults.found:
            faults.add(
                (0, 0),
                f"the file is empty: this is not {what}",
                "write the names of the columns, then a row each",
            )
        raise FileFaults(faults.in_order())
    line, header = records[0]
    columns = tuple(cell.strip().removeprefix("\ufeff").strip() for cell in header)
    while columns and not columns[-1]:
        columns = columns[:-1]
    rows = [
        _row(at, cells, columns, faults) for at, cells in records[1:] if any(cell.strip() for cell in cells)
    ]
    if faults.found:
        raise FileFaults(faults.in_order())
    return Table(file=str(path), columns=columns, header_line=line, rows=tuple(rows))


def _records(text: str, faults: Faults, known: frozenset[str]) -> list[tuple[int, list[str]]]:
    """(line, cells) of every row that is not empty."""
    first_line = 1
    named = re.match(r'(?:sep=|"sep=)(.)"?\r?\n', text)
    if named:
        text, first_line = text[named.end() :], 2
    delimiter = named.group(1) if named else _delimiter(text, known)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((before + first_line, cells))
            before = reader.line_num
    except csv.Error as error:
        what = f"the row that begins here is no CSV: {error}"
        faults.add(
            (before + first_line, 0), what, 'close every quotation mark; write "" for one inside a cell'
        )
    return records


def _delimiter(text: str, known: frozenset[str]) -> str:
    best, most = ",", (-1, -1)
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        score = (sum(fold(cell) in known for cell in header), len(header))
        if score > most:
            best, most = delimiter, score
    return best


def _row(line: int, cells: Sequence[str], columns: Sequence[str], faults: Faults) -> TableRow:
    width = len(columns)
    if any(cell.strip() for cell in cells[width:]) or len(cells) > MAX_COLUMNS:
        what = f"the row has {len(cells)} cells, and there are {width} columns"
        faults.add((line, 0), what, "put cells that hold the delimiter in quotation marks")
    stripped = [plain_cell(cell.strip()) for cell in cells[:width]]
    return TableRow(line=line, cells=tuple(stripped + [""] * (width - len(stripped))))


def column_faults(table: Table, missing: Mapping[str, Sequence[str]], what: str) -> list[Fault]:
    """A fault for each column that is not there, with those that are and the names it may have."""
    found = ", ".join(column or '""' for column in table.columns[:20])
    more = ", ..." if len(table.columns) > 20 else ""
    return [
        Fault(
            file=table.file,
            line=table.header_line,
            column=0,
            what=f"{what} has no column {column} (its columns are: {found}{more})",
            instead=f"name one of them {' or '.join(accepted)}",
        )
        for column, accepted in missing.items()
    ]
