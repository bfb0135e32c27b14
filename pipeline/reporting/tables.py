"""Public tables as CSV files: UTF-8, comma, a line feed after each row, quotes where needed."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.formats import Row, columns, plain_cell, safe_cell
from pipeline.reporting.cells import SafeCells
from pipeline.reporting.files import Content

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be written."""

    columns: tuple[str, ...]
    rows: Iterable[Mapping[str, str]]
    """May be made while it is written; a column that a row does not have is an empty cell."""

    @classmethod
    def of(cls, row: type[Row], rows: Iterable[Mapping[str, str]]) -> "Table":
        """A table with exactly the columns of a public format."""
        return cls(columns=columns(row), rows=rows)


def table_content(table: Table) -> Content:
    """What writes ``table`` into a file."""

    def write(out: BinaryIO) -> None:
        text = io.TextIOWrapper(
            out, encoding="utf-8", errors="backslashreplace", newline="", write_through=False
        )
        plain = csv.writer(text, lineterminator="\n")
        # Python before 3.13 leaves a carriage return unquoted when rows end with a line feed.
        quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        plain.writerow([safe_cell(column) for column in table.columns])
        safe, columns = SafeCells(), table.columns
        for row in table.rows:
            cells = [safe[row.get(column, "")] for column in columns]
            returns = safe.has_returns and any("\r" in cell for cell in cells)
            (quoted if returns else plain).writerow(cells)
        text.flush()
        text.detach()

    return write


def read_table(path: Path, row: type[Row], *, required: Sequence[str] | None = None) -> list[dict[str, str]]:
    """Read a table that scangrade or a person wrote: the rows of :func:`read_numbered_table`."""
    return [cells for _, cells in read_numbered_table(path, row, required=required)]


def read_numbered_table(
    path: Path, row: type[Row], *, required: Sequence[str] | None = None
) -> list[tuple[int, dict[str, str]]]:
    """Read a table that scangrade or a person wrote; each row with the line that it begins on.

    The delimiter may be a comma, a semicolon or a tab (spreadsheets choose by country), a byte
    order mark is skipped, columns may stand in any order and others are passed over; every cell
    is text.

    Parameters
    ----------
    path
        The CSV file.
    row
        Its format; columns that are missing are empty cells.
    required
        Columns that must be there; None: those of ``row`` that have no default.

    Raises
    ------
    UsageFault
        When there is no such file, or it is not UTF-8 text.
    FileFaults
        When a required column is missing, or a row has more cells than the header.
    """
    needed = (
        required
        if required is not None
        else [name for name, field in row.model_fields.items() if field.is_required()]
    )
    lines = iter(_lines(path))
    header = [cell.strip() for cell in next(lines, (0, []))[1]]
    missing = [name for name in needed if name not in header]
    if missing:
        raise FileFaults(
            [
                Fault(
                    file=str(path),
                    line=1,
                    column=0,
                    what=f"the column {' and the column '.join(missing)} is missing",
                    instead=f"the first line must name {', '.join(needed)}",
                )
            ]
        )
    faults = []
    found = []
    for number, cells in lines:
        if not any(cells):
            continue
        if len(cells) > len(header):
            what = f"{len(cells)} cells under {len(header)} column names"
            faults.append(Fault(file=str(path), line=number, column=0, what=what))
        values = dict(zip(header, map(plain_cell, cells), strict=False))
        found.append((number, {name: values.get(name, "") for name in columns(row)}))
    if faults:
        raise FileFaults(faults)
    return found


def read_frame(path: Path) -> "pd.DataFrame":
    """Read a table that scangrade wrote as a frame of text.

    ``dtype=str`` keeps "007", ``keep_default_na=False`` keeps "NA".

    Raises
    ------
    UsageFault
        When there is no such file, or it is not such a table.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageFault(f"{path} is not a table that scangrade wrote: {error}") from error
    return frame.map(plain_cell)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageFault(f"{path} is not UTF-8 text", hint='save it as "CSV UTF-8"') from error
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {error.strerror}") from error
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileFaults([Fault(file=str(path), line=line, column=0, what=str(error))]) from error
        yield line, cells
