"""Rosters and lists of printed sheets: whose each sheet may be."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pipeline.errors import FileFaults
from pipeline.exam.checking import Faults
from pipeline.exam.fields import VERSION_WORDS, is_version
from pipeline.exam.page_code import EXAM_ID, MAX_SERIAL
from pipeline.exam.table import Table, TableRow, column_faults, fold, read_table
from pipeline.formats import CreditRow, SheetRow, TotalRow, columns
from pipeline.model import Student

Points = TypeVar("Points", CreditRow, TotalRow)

ID_COLUMNS = (
    "student_id",
    "Student Number",
    "OrgDefinedId",
    "SIS User ID",
    "ID number",
    "SID",
    "Matriculation number",
    "Registration number",
    "studentSourcedId",
    "sourcedId",
    "SIS Login ID",
    "Username",
    "ID",
    "Identifier",
)
"""Names that the column of the student's id has: our own, then D2L, Canvas, Moodle and
offlinequiz, Gradescope, OneRoster; names that a person can change, last. The first that the file
has, and that is not empty throughout, counts. Blackboard's "Student ID" is ours."""
NAME_COLUMNS = ("name", "Full name", "Student name", "Student", "Display name")
"""Names that the column of the whole name has."""
FIRST_COLUMNS = ("First name", "Given name", "Forename")
LAST_COLUMNS = ("Last name", "Surname", "Family name")
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "version": ("version", "exam version"),
    "group": ("group", "groups", "section", "sections"),
    "email": ("email", "Email address", "E-mail", "E-mail address", "mail"),
    "code": ("code", "barcode", "sticker"),
}
_HASHED = frozenset({"orgdefinedid", "username"})
"""Columns whose cells D2L begins with #."""
_SPREADSHEET_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)


def load_roster(path: Path, *, names: bool = True) -> tuple[Student, ...]:
    """A roster: a CSV file of our own, or as a learning management system exports it.

    Parameters
    ----------
    path
        UTF-8, comma, semicolon or tab; the columns by any of their names, without case.
    names
        False: no name, group or e-mail is taken from it, and none need be there; without a column of
        ids, the codes are the ids.

    Returns
    -------
    tuple of Student
        In the order of the file; ids are text ("007" stays).

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        No column of ids or of names (with the columns that there are and the names accepted), an
        id that is missing or stands twice (with both lines), a version that is none.
    """
    known = [
        *ID_COLUMNS,
        *NAME_COLUMNS,
        *FIRST_COLUMNS,
        *LAST_COLUMNS,
        *(n for accepted in _OTHERS.values() for n in accepted),
    ]
    table = read_table(path, what="a roster", known=[fold(name) for name in known])
    ids = _filled(table, ID_COLUMNS)
    if ids is None and not names:
        ids = _filled(table, _OTHERS["code"])
    name_columns = _name_columns(table)
    missing: dict[str, Sequence[str]] = {}
    if ids is None:
        missing["student_id"] = ID_COLUMNS
    if not name_columns and names:
        missing["name"] = (*NAME_COLUMNS, "First name and Last name")
    if missing or ids is None:
        raise FileFaults(column_faults(table, missing, "the roster"))
    taken = _OTHERS if names else {field: _OTHERS[field] for field in ("version", "code")}
    others = {field: _filled(table, accepted) for field, accepted in taken.items()}
    faults = Faults(file=str(path))
    students = [
        _student(row, table, ids, name_columns if names else (), others, faults)
        for row in table.rows
        if not _is_no_student(row, name_columns)
    ]
    _refuse_doubles(((student.student_id, line) for student, line in students), "student_id", faults)
    if not students and not faults.found:
        faults.add((table.header_line, 0), "the roster names no student", "write a row for each student")
    if faults.found:
        raise FileFaults(faults.in_order())
    return tuple(student for student, _ in students)


def load_sheets(path: Path) -> tuple[SheetRow, ...]:
    """``sheets.csv``: which printed sheet was made for whom.

    Parameters
    ----------
    path
        The file that ``scangrade sheet`` wrote.

    Returns
    -------
    tuple of SheetRow
        In the order of the file; a spare sheet has no student_id.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        A column is missing, a serial is no number or stands twice in an exam, an exam or a
        version is none.
    """
    table = _own_table(path, "a list of sheets", columns(SheetRow))
    faults = Faults(file=str(path))
    rows: list[SheetRow] = []
    seen: list[tuple[str, int]] = []
    for line, cells in _named(table, columns(SheetRow)):
        serial, exam, version = cells["serial"], cells["exam"], cells["version"]
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", serial) or int(serial) > MAX_SERIAL:
            faults.add((line, 0), f"{serial!r} is not a serial", "leave the file as scangrade sheet wrote it")
        if not EXAM_ID.fullmatch(exam):
            faults.add((line, 0), f"{exam!r} is not an exam id", "leave the file as scangrade sheet wrote it")
        if not is_version(version):
            faults.add((line, 0), f"{version!r} is not a version", VERSION_WORDS)
        seen.append((f"{serial} of exam {exam}", line))
        rows.append(SheetRow(**cells))
    _refuse_doubles(seen, "serial", faults)
    if faults.found:
        raise FileFaults(faults.in_order())
    return tuple(rows)


def _nothing_wrong(row: CreditRow | TotalRow) -> tuple[str, str]:  # noqa: ARG001 (the form of a check)
    return "", ""


def load_credits(
    path: Path, wrong: Callable[[CreditRow], tuple[str, str]] = _nothing_wrong
) -> tuple[tuple[int, CreditRow], ...]:
    """``--credits FILE``: credits that an examiner gave (columns student_id, question, points).

    Parameters
    ----------
    path
        The file.
    wrong
        What does not fit in a row, and what to do instead; ("", "") when all does. It is told
        together with the other faults of the file.

    Returns
    -------
    tuple
        Each row with its line. Errors as :func:`load_sheets`; the same question of the same
        student twice is refused.
    """
    return _point_rows(path, CreditRow, "a list of credits", wrong)


def load_totals(
    path: Path, wrong: Callable[[TotalRow], tuple[str, str]] = _nothing_wrong
) -> tuple[tuple[int, TotalRow], ...]:
    """``--totals FILE``: what cover pages say, in the columns of :func:`load_credits` and with its errors."""
    return _point_rows(path, TotalRow, "a list of the covers' totals", wrong)


def _point_rows(
    path: Path, kind: type[Points], what: str, wrong: Callable[[Points], tuple[str, str]]
) -> tuple[tuple[int, Points], ...]:
    table = _own_table(path, what, columns(kind))
    faults = Faults(file=str(path))
    rows: list[tuple[int, Points]] = []
    seen: list[tuple[str, int]] = []
    for line, cells in _named(table, columns(kind)):
        for column in ("student_id", "question"):
            if not cells[column]:
                faults.add((line, 0), f"there is no {column}", "write it, or remove the row")
        row = kind(**cells)
        is_wrong, instead = wrong(row) if row.student_id and row.question else ("", "")
        if is_wrong:
            faults.add((line, 0), is_wrong, instead)
        seen.append((f"{row.student_id}, question {row.question},", line))
        rows.append((line, row))
    _refuse_doubles(seen, "student", faults)
    if faults.found:
        raise FileFaults(faults.in_order())
    return tuple(rows)


def _own_table(path: Path, what: str, names: Sequence[str]) -> Table:
    table = read_table(path, what=what, known=[fold(name) for name in names])
    missing = {name: (name,) for name in names if not table.places([fold(name)])}
    if missing:
        raise FileFaults(column_faults(table, missing, what))
    return table


def _named(table: Table, names: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    places = {name: table.places([fold(name)])[0] for name in names}
    return [(row.line, {name: row.cells[at] for name, at in places.items()}) for row in table.rows]


def _filled(table: Table, names: Iterable[str]) -> int | None:
    """Place of the first of these columns that holds anything; else of the first that is there."""
    places = table.places([fold(name) for name in names])
    filled = [at for at in places if any(row.cells[at] for row in table.rows)]
    return next(iter(filled or places), None)


def _name_columns(table: Table) -> tuple[int, ...]:
    """Columns that make the name: the whole one, or the first and the last."""
    whole = _filled(table, NAME_COLUMNS)
    if whole is not None:
        return (whole,)
    found = (_filled(table, FIRST_COLUMNS), _filled(table, LAST_COLUMNS))
    return tuple(at for at in found if at is not None)


def _is_no_student(row: TableRow, names: Sequence[int]) -> bool:
    """Rows that Canvas writes among the students: points possible, and its test student."""
    name = " ".join(row.cells[at] for at in names)
    return name in ("Points Possible", "Student, Test")


def _student(
    row: TableRow,
    table: Table,
    ids: int,
    names: Sequence[int],
    others: Mapping[str, int | None],
    faults: Faults,
) -> tuple[Student, int]:
    student_id = row.cells[ids]
    if fold(table.columns[ids]) in _HASHED:
        student_id = student_id.removeprefix("#").strip()
    name = " ".join(row.cells[at] for at in names if row.cells[at])
    if not student_id:
        what = f"there is no {table.columns[ids]}" + (f" for {name}" if name else "")
        faults.add((row.line, 0), what, "write it, or remove the row")
    elif _SPREADSHEET_NUMBER.fullmatch(student_id):
        what = f"a spreadsheet has rewritten the id as {student_id}"
        faults.add((row.line, 0), what, "make the column text there, and write the id again")
    if not name and names:
        faults.add((row.line, 0), f"there is no name for {student_id}", "write the student's name")
    cells = {field: row.cells[at] if at is not None else "" for field, at in others.items()}
    version = cells["version"].upper()
    if version and not is_version(version):
        faults.add((row.line, 0), f"{cells['version']!r} is not a version", VERSION_WORDS)
    student = Student(
        student_id=student_id,
        name=name,
        version=version,
        group=cells.get("group", ""),
        email=cells.get("email", ""),
        code=cells["code"],
    )
    return student, row.line


def _refuse_doubles(found: Iterable[tuple[str, int]], what: str, faults: Faults) -> None:
    first: dict[str, int] = {}
    for name, line in found:
        if name and name in first:
            faults.add(
                (line, 0),
                f"the {what} {name} stands twice, first in line {first[name]}",
                "keep one of the rows",
            )
        first.setdefault(name, line)
