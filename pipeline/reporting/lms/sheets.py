"""Files of learning management systems: read as they are, matched with students, written again."""

import codecs
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault, system_reason
from pipeline.formats import plain_cell, safe_cell
from pipeline.reporting.lms.records import LeftOut, Outgoing, left_out

DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsFile:
    """A table that an LMS wrote, every cell as it stands there."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """As many cells each as there are columns."""
    delimiter: str = ","
    encoding: str = "utf-8"

    def place(self, *names: str) -> int | None:
        """0-based place of the first of these columns that there is, without case."""
        folded = [fold(column) for column in self.columns]
        return next((folded.index(fold(name)) for name in names if fold(name) in folded), None)

    def need(self, what: str, *names: str) -> int:
        """As :meth:`place`.

        Raises
        ------
        FileFaults
            When there is no such column.
        """
        at = self.place(*names)
        if at is None:
            raise self.fault(
                f"this is not {what}: there is no column {' or '.join(names)}", "download it again"
            )
        return at

    def fault(self, what: str, instead: str) -> FileFaults:
        """A fault of its header."""
        return FileFaults([Fault(file=self.path, line=1, column=0, what=what, instead=instead)])


def fold(text: str) -> str:
    """Text to be compared: without byte order mark, case, and space around it."""
    return text.removeprefix("\ufeff").strip().casefold()


def read_lms_file(path: Path) -> LmsFile:
    """A table as an LMS wrote it: UTF-8 or UTF-16, comma, semicolon or tab.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        It is no such table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {system_reason(error)}") from error
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_wide else "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        fault = Fault(file=str(path), line=0, column=0, what="this is no text", instead="download it as CSV")
        raise FileFaults([fault]) from error
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        records = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        fault = Fault(file=str(path), line=0, column=0, what=str(error), instead="download it again")
        raise FileFaults([fault]) from error
    if not records:
        raise FileFaults([Fault(file=str(path), line=0, column=0, what="the file is empty")])
    width = len(records[0])
    rows = tuple(tuple(row[:width]) + ("",) * (width - len(row)) for row in records[1:])
    return LmsFile(
        path=str(path), columns=tuple(records[0]), rows=rows, delimiter=delimiter, encoding=encoding
    )


def csv_bytes(rows: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file; RFC 4180, so that a line break in a name stays in its cell."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding, "backslashreplace")


def text_cells(cells: Iterable[str]) -> list[str]:
    """Cells that a spreadsheet takes for text: an apostrophe before what it would run."""
    return [safe_cell(cell) for cell in cells]


# --- whose row it is -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rows of an LMS's file with their students."""

    pairs: tuple[tuple[Outgoing, int], ...]
    """Student and 0-based row, in the order of the file."""
    left_out: tuple[LeftOut, ...]
    others: int
    """Rows of students who have no result here."""


def match(
    file: LmsFile,
    students: Sequence[Outgoing],
    ids: Sequence[str],
    *,
    emails: Sequence[str] = (),
    names: Sequence[str] = (),
    skip: Iterable[int] = (),
) -> Matched:
    """Find each student's row.

    Ids are compared in one column only, the one in which most are found: a number may be one student's
    id in one column and another's in the next. Who is not found there is looked for by e-mail, then by
    name; what stands twice, in the file or among the students, is nobody's.

    Parameters
    ----------
    file
        The file.
    students
        Students whose result may go out.
    ids, emails, names
        Names of columns; of ``ids`` the first of equally good ones counts.
    skip
        0-based rows that are no students.

    Raises
    ------
    UsageFault
        When no student is found.
    """
    left = set(skip)
    rows = [at for at in range(len(file.rows)) if at not in left]
    by_id = [_by_cell(file, rows, at) for at in _places(file, ids)]
    best = max(by_id, key=lambda known: sum(_id(one.student_id) in known for one in students), default={})
    by_email = _joined(_by_cell(file, rows, at) for at in _places(file, emails))
    by_name = _joined(_by_cell(file, rows, at) for at in _places(file, names))
    found: dict[int, list[Outgoing]] = {}
    lost: list[LeftOut] = []
    for student in students:
        asked = (
            (best, _id(student.student_id)),
            (by_email, fold(student.email)),
            (by_name, _name(student.name)),
        )
        places = next((known[value] for known, value in asked if value and value in known), ())
        if len(places) == 1:
            found.setdefault(places[0], []).append(student)
        else:
            lost.append(
                left_out(student, f"stands twice in {file.path}" if places else f"not in {file.path}")
            )
    for row in [row for row, who in found.items() if len(who) > 1]:
        lost += [left_out(one, f"several students fit one row of {file.path}") for one in found.pop(row)]
    if students and not found:
        looked = ", ".join(file.columns[at] for at in _places(file, (*ids, *emails, *names)))
        raise UsageFault(
            f"no student of the results is in {file.path}",
            hint=f"student ids are looked for under {looked}: is it the file of this course?",
        )
    pairs = tuple((found[row][0], row) for row in sorted(found))
    return Matched(pairs=pairs, left_out=tuple(lost), others=len(rows) - len(pairs))


def _places(file: LmsFile, names: Iterable[str]) -> list[int]:
    return [at for at in (file.place(name) for name in names) if at is not None]


def _by_cell(file: LmsFile, rows: Sequence[int], at: int) -> dict[str, tuple[int, ...]]:
    """Rows by what stands in a column."""
    known: dict[str, tuple[int, ...]] = {}
    for row in rows:
        for value in {_id(file.rows[row][at]), _name(file.rows[row][at])}:
            if value:
                known[value] = (*known.get(value, ()), row)
    return known


def _joined(columns: Iterable[Mapping[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    known: dict[str, tuple[int, ...]] = {}
    for column in columns:
        for value, rows in column.items():
            known[value] = tuple(sorted({*known.get(value, ()), *rows}))
    return known


def _id(text: str) -> str:
    """An id as it is compared: "007" stays; D2L's # and a spreadsheet's apostrophe are no part of it."""
    return fold(plain_cell(text.strip())).removeprefix("#")


def _name(text: str) -> str:
    return " ".join(fold(plain_cell(text.strip())).split())


# --- how much it is worth there --------------------------------------------------------------------


def scaled(points: Fraction, most: Fraction, most_there: Fraction | None, *, scale: bool) -> Fraction:
    """Points as they count in the LMS: scaled to its maximum where that is asked for."""
    return points * most_there / most if scale and most_there is not None and most else points


def check_maximum(most: Fraction, most_there: Fraction | None, *, scale: bool, where: str) -> None:
    """Refuse points of one scale under the maximum of another.

    Raises
    ------
    UsageFault
        When the LMS has another maximum, and points are not to be scaled.
    """
    if most_there is None or scale or most_there == most:
        return
    raise UsageFault(
        f"{where} is worth {most_there} points there, and the exam is worth {most}",
        hint=f"change it to {most} in the LMS and download the file again, or scale the points with --scale",
    )


def maximum(text: str) -> Fraction | None:
    """A number of points that an LMS wrote; None where it is none."""
    try:
        return Fraction(text.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        return None
