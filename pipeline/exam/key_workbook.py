"""Workbooks (.xlsx): the shown text of each cell, and the cells that a spreadsheet has spoilt."""

import datetime
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pipeline.errors import Fault, FileFaults
from pipeline.exam.key_grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, text_cell

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_XML = 40_000_000
"""Most bytes of the text inside a workbook, unpacked."""
_BROKEN = (
    *(ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError, EOFError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError, NotImplementedError),
)
"""What openpyxl raises for a damaged workbook: nearly anything."""
_ZEROS = re.compile(r"0+(?:\.(0+))?")
_SAVE = "save it as an Excel workbook (.xlsx), or as CSV UTF-8"


def read_workbook(data: bytes, file: str, sheet: str) -> Grid:
    """The cells of one sheet of a workbook.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name, for the faults.
    sheet
        The sheet's name; "" when only one visible sheet holds anything.

    Raises
    ------
    FileFaults
        It is no .xlsx workbook, is locked, damaged or too large, has no such sheet, or several.
    """
    _refuse_others(data, file)
    with _readable(file):
        values = _sheets(data, formulas=False)
        formulas = _sheets(data, formulas=True)
    filled = {name: rows for name, rows in formulas.items() if rows}
    name = _chosen(tuple(formulas), tuple(filled), file, sheet)
    found = values.get(name, {})
    with _readable(file):
        rows = tuple(_row(row, cells, found.get(row, {})) for row, cells in filled.get(name, {}).items())
    return Grid(file=file, sheet=name, rows=rows)


def _refuse_others(data: bytes, file: str) -> None:
    if not data.startswith(b"PK"):
        raise _whole(file, "this is an old .xls workbook, or one locked with a password", _SAVE)
    with _readable(file), zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        size = sum(info.file_size for info in package.infolist() if not info.filename.startswith("xl/media/"))
    if "content.xml" in names and "mimetype" in names:
        raise _whole(file, "this is an OpenDocument file", _SAVE)
    if not any(name.lower() == "xl/workbook.xml" for name in names):
        raise _whole(file, "this is no Excel workbook (.xlsx)", _SAVE)
    if size > MAX_XML:
        raise _whole(file, f"the workbook holds more than {MAX_XML:,} bytes", "keep the key alone in it")


@contextmanager
def _readable(file: str) -> Iterator[None]:
    """Turn what a damaged workbook raises into a fault."""
    try:
        with warnings.catch_warnings():
            # It warns of charts, styles and filters that it leaves out: a key needs none of them.
            warnings.simplefilter("ignore")
            yield
    except _BROKEN as error:
        reason = f"{error}".splitlines()[0][:120] if f"{error}" else type(error).__name__
        raise _whole(file, f"this workbook cannot be read: {reason}", _SAVE) from None


def _whole(file: str, what: str, instead: str) -> FileFaults:
    return FileFaults([Fault(file=file, line=0, column=0, what=what, instead=instead)])


Rows = dict[int, dict[int, Any]]
"""Cells that hold anything, by row and column, 1-based."""


def _sheets(data: bytes, *, formulas: bool) -> dict[str, Rows]:
    """Cells of every visible sheet, by its name; with the formulas' texts, or their last values."""
    import openpyxl

    book: Workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)
    try:
        found: dict[str, Rows] = {}
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()
            rows: Rows = {}
            for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1):
                held = {cell.column: cell for cell in cells if cell.value not in (None, "")}
                if held:
                    rows[held[min(held)].row] = held
                if len(rows) > MAX_ROWS:
                    break
            found[sheet.title] = rows
        return found
    finally:
        book.close()


def _chosen(names: tuple[str, ...], filled: tuple[str, ...], file: str, sheet: str) -> str:
    listed = ", ".join(names)
    if sheet:
        for name in names:
            if name.casefold() == sheet.casefold():
                return name
        raise _whole(file, f"the workbook has no visible sheet {sheet!r}", f"name one of {listed}")
    if len(filled) > 1:
        what = f"the workbook has several sheets: {', '.join(filled)}"
        raise _whole(file, what, f'name the one with the key: --sheet "{filled[0]}"')
    return next(iter(filled or names), "")


def _row(row: int, written: dict[int, Any], values: dict[int, Any]) -> tuple[Cell, ...]:
    """A row's cells; ``written`` holds formulas, ``values`` what they gave when the file was saved."""
    cells = []
    for column in range(1, max(written) + 1):
        if column in values:
            cells.append(_cell(values[column], row, column))
        elif column in written:
            what = "the formula here has no stored value"
            cells.append(
                _spoilt(row, column, what, "open the file in a spreadsheet, save it, or write the value")
            )
        else:
            cells.append(Cell(text="", row=row, column=column))
    return tuple(cells)


def _cell(cell: Any, row: int, column: int) -> Cell:
    """A cell as a person sees it, as far as nothing is lost by it."""
    value = cell.value
    style = str(cell.number_format or "")
    if isinstance(value, bool):
        return Cell(text="true" if value else "false", row=row, column=column)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        what = f"the spreadsheet has turned this into a date or a time ({value})"
        return _spoilt(row, column, what, "make the cell text, and write it again")
    if isinstance(value, (int, float)):
        if "%" in style:
            return _spoilt(row, column, f"this is {value} shown as per cent", "make it a plain number")
        return Cell(text=_number(value, style), row=row, column=column, is_number=True)
    if cell.data_type == "e":
        return _spoilt(row, column, f"the formula here gives {value}", "mend it, or write the value")
    return text_cell(str(value), row, column)


def _spoilt(row: int, column: int, what: str, instead: str) -> Cell:
    return Cell(text="?", row=row, column=column, spoilt=(what, instead))


def _number(value: float, style: str) -> str:
    """A number as text: what the spreadsheet shows ("007", "1.10") where that is the number itself."""
    exact = format(value, ".15g")
    if "e" in exact:
        exact = format(value, ".15f").rstrip("0").rstrip(".")
    zeros = _ZEROS.fullmatch(style)
    if not zeros:
        return exact
    decimals = len(zeros[1] or "")
    shown = f"{value:0{len(style)}.{decimals}f}"
    return shown if Fraction(shown) == Fraction(exact) else exact
