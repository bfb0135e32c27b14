"""The gradebook of Canvas."""

import re
from collections.abc import Sequence

from pipeline.errors import UsageFault
from pipeline.reporting.lms.records import Assignment, Exported, LeftOut, Outgoing, number, ready
from pipeline.reporting.lms.sheets import (
    LmsFile,
    check_maximum,
    csv_bytes,
    fold,
    match,
    maximum,
    scaled,
    text_cells,
)

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
KEPT = (*COLUMNS, "Integration ID", "Root Account")
"""Columns of its export that say who a student is."""
POINTS_POSSIBLE = "    Points Possible"
_TAKEN = re.compile(r"(?:current|final|override)\s+(?:score|points|grade)|override\s+status", re.IGNORECASE)
"""Names of columns that Canvas works out itself and passes over."""
_WITH_ID = re.compile(r"(.*\S)\s+\(\d+\)")


def canvas(
    task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
) -> Exported:
    """Grades for *Grades, Import* of Canvas.

    With the gradebook that Canvas exported, its own ids and the column with the assignment's id are
    taken from it; nothing of other assignments, which may have changed there since, is written. Without
    it students are named by ``SIS User ID``, and Canvas asks whether the assignment is a new one.

    Raises
    ------
    UsageFault
        The title is one that Canvas keeps for itself; no student or several columns fit; another
        maximum.
    """
    if _TAKEN.search(task.title):
        raise UsageFault(
            f"Canvas does not take a column named {task.title!r}", hint="name another one with --column"
        )
    going, staying = ready(students, pending=pending, unlisted=into is not None)
    if into is None:
        rows = [
            [*text_cells([one.name, "", one.student_id, "", one.group]), number(one.earned)] for one in going
        ]
        header = [*COLUMNS, task.title]
        possible = [POINTS_POSSIBLE, "", "", "", "", number(task.max_points)]
        return Exported(
            files={"": csv_bytes([header, possible, *rows])},
            exported=len(rows),
            left_out=tuple(staying),
            notices=("Canvas makes a new assignment of it, or asks which one it is",),
        )
    return _filled(task, going, into, staying)


def _filled(
    task: Assignment, going: Sequence[Outgoing], into: LmsFile, staying: Sequence[LeftOut]
) -> Exported:
    kept = [at for at, column in enumerate(into.columns) if fold(column) in {fold(name) for name in KEPT}]
    student = into.need("a gradebook of Canvas", "Student")
    aside = [at for at, row in enumerate(into.rows) if _is_no_student(row, student)]
    column = _column(task, into)
    worth = next((row for row in into.rows if fold(row[student]) == "points possible"), None)
    most = maximum(worth[column]) if worth is not None and column is not None else None
    check_maximum(task.max_points, most, scale=task.scale, where=task.title)
    matched = match(into, going, ("SIS User ID", "SIS Login ID", "Integration ID", "ID"), skip=aside)
    rows = [
        [
            *text_cells(into.rows[row][at] for at in kept),
            number(scaled(one.earned, task.max_points, most, scale=task.scale)),
        ]
        for one, row in matched.pairs
    ]
    header = [*(into.columns[at].removeprefix("\ufeff") for at in kept)]
    header.append(task.title if column is None else into.columns[column])
    possible = [POINTS_POSSIBLE if at == student else "" for at in kept]
    possible.append(number(most if most is not None else task.max_points))
    notices = [f"{matched.others} students of {into.path} have no result"] if matched.others else []
    if column is None:
        notices.append(f"{into.path} has no column {task.title!r}: Canvas makes a new assignment of it")
    return Exported(
        files={"": csv_bytes([header, possible, *rows])},
        exported=len(rows),
        left_out=(*staying, *matched.left_out),
        notices=tuple(notices),
    )


def _is_no_student(row: Sequence[str], student: int) -> bool:
    """Rows beside the students: points possible, how grades are posted, and the test student."""
    return fold(row[student]) in ("points possible", "student, test", "")


def _column(task: Assignment, into: LmsFile) -> int | None:
    """The assignment's column: its title, or its title with Canvas's id behind it."""
    found = [at for at, column in enumerate(into.columns) if fold(task.title) in _titles(column)]
    if len(found) > 1:
        named = " and ".join(into.columns[at] for at in found)
        raise into.fault(f"several columns fit {task.title!r}: {named}", "name one with --column")
    return found[0] if found else None


def _titles(column: str) -> tuple[str, ...]:
    whole = _WITH_ID.fullmatch(column.strip())
    return (fold(column), fold(whole.group(1))) if whole else (fold(column),)
