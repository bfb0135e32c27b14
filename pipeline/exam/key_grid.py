"""A table that a person made, as cells of text with their places, and the faults of its cells."""

import re
from dataclasses import dataclass, field

from pipeline.errors import Fault, FileFaults

MAX_ROWS = 5_000
MAX_COLUMNS = 2_000
MAX_TEXT = 1_000
"""Most characters of a cell that is used."""


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


def text_cell(text: str, row: int, column: int) -> Cell:
    """A cell of text, in one line; what is no cell of a key for its length is spoilt."""
    line = " ".join(text.replace("\ufeff", "").split())
    if len(line) <= MAX_TEXT:
        return Cell(text=line, row=row, column=column)
    spoilt = (f"the cell holds {len(line)} characters", f"write at most {MAX_TEXT}")
    return Cell(text=line[:20], row=row, column=column, spoilt=spoilt)


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
    """A fault of one cell: ``key.csv:7:2`` (line 7, column 2), or ``key.xlsx:Sheet1!B7``."""
    if not grid.sheet:
        return Fault(file=grid.file, line=cell.row, column=cell.column, what=what, instead=instead)
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
