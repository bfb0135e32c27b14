"""Moodle: its gradebook, and the worksheet of an assignment."""

from collections.abc import Sequence
from fractions import Fraction

from pipeline.errors import UsageFault
from pipeline.reporting.cells import points_text
from pipeline.reporting.lms.records import (
    Assignment,
    Exported,
    LeftOut,
    Outgoing,
    left_out,
    number,
    ready,
)
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

IDS = ("ID number", "Username", "Student ID")
EMAILS = ("Email address", "Email")


def feedback(task: Assignment, student: Outgoing) -> str:
    """A sentence for the student: points and grade."""
    words = f"{points_text(student.earned)} of {points_text(student.max_points or task.max_points)} points"
    return f"{words}, grade {student.grade}" if student.grade else words


def moodle(
    task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
) -> Exported:
    """Grades for *Grades, Import, CSV file* of Moodle.

    One student whom Moodle does not know makes it refuse the whole file: with a gradebook that Moodle
    exported only those in it are written, by the id and e-mail that stand there.
    """
    going, staying = ready(students, pending=pending, unlisted=into is not None)
    header = ["ID number", "Email address", task.title, f"{task.title} (Feedback)"]
    if into is None:
        known = [(one, one.student_id, one.email) for one in going]
        others = 0
    else:
        id_at, email_at = into.place(*IDS), into.place(*EMAILS)
        matched = match(into, going, IDS, emails=EMAILS)
        staying, others = [*staying, *matched.left_out], matched.others
        known = [
            (one, _cell(into, row, id_at, one.student_id), _cell(into, row, email_at, one.email))
            for one, row in matched.pairs
        ]
    rows = [
        [*text_cells([student_id, email]), number(one.earned), *text_cells([feedback(task, one)])]
        for one, student_id, email in known
    ]
    notices = [f"in Moodle, map {header[0]} to {header[0]!r} or e-mail, and {task.title!r} to its grade item"]
    if others and into is not None:
        notices.append(f"{others} students of {into.path} have no result")
    return Exported(
        files={"": csv_bytes([header, *rows])},
        exported=len(rows),
        left_out=tuple(staying),
        notices=tuple(notices),
    )


def _cell(into: LmsFile, row: int, at: int | None, otherwise: str) -> str:
    return into.rows[row][at].strip() if at is not None else otherwise


# --- the worksheet of an assignment ----------------------------------------------------------------


def moodle_assignment(
    task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
) -> Exported:
    """The grading worksheet that Moodle's assignment gave, with grades and feedback in it.

    Every cell but those stays as it was. Its ``Identifier`` is Moodle's own: students are found by an
    id number where the worksheet has one, by e-mail, or by a name that stands there once.

    Raises
    ------
    UsageFault
        There is no worksheet; no student fits; another maximum grade.
    """
    if into is None:
        raise UsageFault(
            "the grading worksheet of the assignment is needed: its identifiers are Moodle's own",
            hint="in Moodle: View all submissions, Download grading worksheet; then --into FILE",
        )
    what = "a grading worksheet of Moodle"
    into.need(what, "Identifier")
    grade, comments = into.need(what, "Grade"), into.place("Feedback comments")
    going, staying = ready(students, pending=pending, unlisted=True)
    matched = match(into, going, IDS, emails=EMAILS, names=("Full name",))
    rows = [list(row) for row in into.rows]
    lost: list[LeftOut] = []
    for student, row in matched.pairs:
        if _is_locked(into, row):
            lost.append(left_out(student, f"Moodle does not let this grade be changed ({into.path})"))
            continue
        most = _maximum(into, row)
        check_maximum(task.max_points, most, scale=task.scale, where=task.title)
        rows[row][grade] = number(scaled(student.earned, task.max_points, most, scale=task.scale))
        if comments is not None:
            rows[row][comments] = feedback(task, student)
    written = [text_cells(row) for row in rows]
    notices = [f"{matched.others} students of {into.path} have no result"] if matched.others else []
    return Exported(
        files={"": csv_bytes([into.columns, *written], delimiter=into.delimiter, encoding=into.encoding)},
        exported=len(matched.pairs) - len(lost),
        left_out=(*staying, *matched.left_out, *lost),
        notices=tuple(notices),
    )


def _is_locked(into: LmsFile, row: int) -> bool:
    at = into.place("Grade can be changed")
    return at is not None and fold(into.rows[row][at]) in ("no", "nein", "non")


def _maximum(into: LmsFile, row: int) -> Fraction | None:
    at = into.place("Maximum Grade")
    return maximum(into.rows[row][at]) if at is not None else None
