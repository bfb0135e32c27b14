"""The tables as one workbook: every text is text, no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import UsageFault, system_reason
from pipeline.formats import GradeRow, columns, plain_cell

MOST_ROWS = 1_048_575
"""Rows under the header that a sheet can hold."""
MOST_CHARACTERS = 32_767
"""Of a cell."""
NUMBERS = frozenset(
    [
        "points",
        "max_points",
        "percent",
        "doubts",
        "mean",
        "facility",
        "discrimination",
        "alpha",
        "alpha_without",
        "blank",
        "students",
        "page",
        "sheet",
        "serial",
        "rms_mm",
        "confidence",
    ]
)
"""Columns whose cells are numbers where they look like one; ids never are."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_WIDEST = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the workbook."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = NUMBERS
    """Columns whose cells are numbers where they look like one."""


def read_sheet(path: Path) -> Sheet:
    """A published table, every column of it.

    Raises
    ------
    UsageFault
        It is not there.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageFault(
            f"cannot read {path}: {system_reason(error)}",
            hint=f"scangrade regrade {path.parent} writes the tables again",
        ) from error
    header, *rows = _cells(text)
    known = columns(GradeRow)
    # Behind its own columns, grades.csv has the points of each section.
    sections = header[len(known) :] if header[: len(known)] == known else ()
    return Sheet(columns=header, rows=tuple(rows), numbers=NUMBERS.union(sections))


def _cells(text: str) -> Iterator[tuple[str, ...]]:
    for row in csv.reader(io.StringIO(text, newline="")):
        yield tuple(map(plain_cell, row))


def workbook(sheets: Mapping[str, Sheet], made_at: str) -> bytes:
    """An Excel workbook with a sheet for each table: header frozen, filters on.

    Parameters
    ----------
    sheets
        By name, in their order.
    made_at
        When the tables were published (ISO 8601, UTC): the same tables give the same bytes.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        created = datetime.fromisoformat(made_at) if made_at else datetime(1980, 1, 1)  # noqa: DTZ001
        book.set_properties({"title": "scangrade results", "created": created.replace(tzinfo=None)})
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        as_text = book.add_format({"num_format": "@", "valign": "top"})
        for name, sheet in sheets.items():
            _write(book.add_worksheet(name), sheet, heading, as_text)
    return out.getvalue()


def _write(page: Any, sheet: Sheet, heading: Any, as_text: Any) -> None:
    are_numbers = [column in sheet.numbers for column in sheet.columns]
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, column, heading)
        widest = max((len(row[at]) for row in sheet.rows[:200]), default=0)
        page.set_column(at, at, min(_WIDEST, max(len(column), widest) + 3))
    for line, row in enumerate(sheet.rows[:MOST_ROWS], 1):
        for at, cell in enumerate(row):
            if not cell:
                continue
            if are_numbers[at] and _NUMBER.fullmatch(cell):
                page.write_number(line, at, float(cell))
            else:
                page.write_string(line, at, cell[:MOST_CHARACTERS], as_text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, min(len(sheet.rows), MOST_ROWS), max(0, len(sheet.columns) - 1))
