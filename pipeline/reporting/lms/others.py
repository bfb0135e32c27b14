"""Blackboard, D2L Brightspace, Gradescope, and a plain table."""

import re
from collections.abc import Sequence

from pipeline.errors import UsageFault
from pipeline.reporting.cells import points_text
from pipeline.reporting.lms.records import (
    Assignment,
    Exported,
    Outgoing,
    first_and_last,
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

# --- Blackboard ------------------------------------------------------------------------------------

BLACKBOARD = ("Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability")
_BLACKBOARD_COLUMN = re.compile(r"(.*\S)\s+\[Total Pts:\s*(?:up to\s+)?([\d.,]+)?[^\]]*\].*\|\S+")


def blackboard(
    task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
) -> Exported:
    """Grades for *Work Offline, Upload* of Blackboard.

    Raises
    ------
    UsageFault
        There is no file that Blackboard gave: without the column's id in its name Blackboard makes a
        text column worth nothing. No student or no column fits; another maximum.
    """
    if into is None:
        raise UsageFault(
            "the gradebook that Blackboard gave is needed: the id of the column is in it",
            hint="make the column in Blackboard, download the gradebook, then --into FILE",
        )
    columns = {at: found for at, name in enumerate(into.columns) if (found := _BLACKBOARD_COLUMN.match(name))}
    fitting = [at for at, found in columns.items() if fold(found[1]) == fold(task.title)]
    if len(fitting) != 1:
        named = ", ".join(found[1] for found in columns.values()) or "none"
        raise into.fault(f"no column is named {task.title!r} (there are: {named})", "name one with --column")
    most = maximum(columns[fitting[0]][2] or "")
    check_maximum(task.max_points, most, scale=task.scale, where=task.title)
    going, staying = ready(students, pending=pending, unlisted=True)
    matched = match(into, going, ("Student ID", "Username"))
    kept = [at for at in (into.place(name) for name in BLACKBOARD) if at is not None]
    rows = [
        [
            *text_cells(into.rows[row][at] for at in kept),
            number(scaled(one.earned, task.max_points, most, scale=task.scale)),
        ]
        for one, row in matched.pairs
    ]
    header = [into.columns[at].removeprefix("\ufeff") for at in (*kept, fitting[0])]
    return Exported(
        files={"": csv_bytes([header, *rows], delimiter=into.delimiter, encoding=into.encoding)},
        exported=len(rows),
        left_out=(*staying, *matched.left_out),
        notices=_others(into, matched.others),
    )


def _others(into: LmsFile | None, count: int) -> tuple[str, ...]:
    return (f"{count} students of {into.path} have no result",) if into is not None and count else ()


# --- D2L -------------------------------------------------------------------------------------------

END = "End-of-Line Indicator"


def d2l(task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool) -> Exported:
    """Grades for *Grades, Enter Grades, Import* of D2L Brightspace.

    Ids and user names begin with ``#``, and so does the end of each line.
    """
    going, staying = ready(students, pending=pending, unlisted=into is not None)
    column, others = f"{task.title} Points Grade", 0
    most = None
    if into is None:
        known = [(one, one.student_id, "") for one in going]
    else:
        ids, users = into.place("OrgDefinedId"), into.place("Username")
        found = next((name for name in into.columns if fold(name).startswith(fold(column))), "")
        worth = re.search(r"MaxPoints:\s*([\d.,]+)", found)
        most = maximum(worth[1]) if worth else None
        check_maximum(task.max_points, most, scale=task.scale, where=task.title)
        column = found or column
        matched = match(into, going, ("OrgDefinedId", "Username"))
        staying, others = [*staying, *matched.left_out], matched.others
        known = [(one, _cell(into, row, ids), _cell(into, row, users)) for one, row in matched.pairs]
    rows = [
        [
            *("#" + text.removeprefix("#") if text else "" for text in (student_id, user)),
            number(scaled(one.earned, task.max_points, most, scale=task.scale)),
            "#",
        ]
        for one, student_id, user in known
    ]
    return Exported(
        files={"": csv_bytes([["OrgDefinedId", "Username", column, END], *rows])},
        exported=len(rows),
        left_out=tuple(staying),
        notices=_others(into, others),
    )


def _cell(into: LmsFile, row: int, at: int | None) -> str:
    return into.rows[row][at].strip() if at is not None else ""


# --- Gradescope ------------------------------------------------------------------------------------

GRADESCOPE = (
    "First Name",
    "Last Name",
    "SID",
    "Email",
    "Sections",
    "Total Score",
    "Max Points",
    "Status",
    "Submission ID",
    "Submission Time",
    "Lateness (H:M:S)",
    "View Count",
    "Submission Count",
)


def gradescope(
    task: Assignment,
    students: Sequence[Outgoing],
    into: LmsFile | None,
    *,
    pending: bool,
) -> Exported:
    """The table of scores that Gradescope exports, for programs that read it; Gradescope reads none.

    With ``into``, a roster or a table of scores of Gradescope, names, e-mails and sections are its own.
    """
    going, staying = ready(students, pending=pending, absent=True, unlisted=into is not None)
    who = [(one, [*first_and_last(one.name), one.student_id, one.email, one.group]) for one in going]
    others = 0
    if into is not None:
        places = [
            into.place(*names)
            for names in (("First Name",), ("Last Name",), ("SID",), ("Email",), ("Sections", "Section"))
        ]
        matched = match(into, going, ("SID",), emails=("Email",))
        staying, others = [*staying, *matched.left_out], matched.others
        who = [
            (one, ["" if at is None else into.rows[row][at] for at in places]) for one, row in matched.pairs
        ]
    questions = [
        f"{place}: {title or name} ({float(points)} pts)"
        for place, (name, title, points) in enumerate(task.questions, 1)
    ]
    rows = [[*text_cells(cells), *_scores(task, one)] for one, cells in who]
    return Exported(
        files={"": csv_bytes([[*GRADESCOPE, *text_cells(questions)], *rows])},
        exported=sum(one.status != "absent" for one, _ in who),
        left_out=tuple(staying),
        notices=_others(into, others),
    )


def _scores(task: Assignment, student: Outgoing) -> list[str]:
    if student.points is None:
        return ["", number(task.max_points), "Missing", "", "", "", "", "0", *("" for _ in task.questions)]
    earned = [student.questions.get(name) for name, _, _ in task.questions]
    is_whole = student.status in ("final", "unlisted")
    return [
        number(student.points),
        number(task.max_points),
        "Graded" if is_whole else "Ungraded",
        *("", "", "00:00:00", "0", "1"),
        *("" if points is None else number(points) for points in earned),
    ]


# --- a plain table ---------------------------------------------------------------------------------

PLAIN = (
    "student_id",
    "name",
    "email",
    "group",
    "exam",
    "version",
    "status",
    "points",
    "max_points",
    "percent",
    "grade",
)


def plain(task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool) -> Exported:
    """A row for each student: for an office, or a program of one's own.

    Raises
    ------
    UsageFault
        There is a file to fill: a plain table has none.
    """
    if into is not None:
        raise UsageFault("--into is for the file of an LMS", hint="leave it out, or name the LMS with --to")
    going, staying = ready(students, pending=pending, absent=True, unlisted=True)
    rows = [
        text_cells(
            [
                *(one.student_id, one.name, one.email, one.group, task.exam, one.version, one.status),
                *("" if one.points is None else points_text(one.points), points_text(one.max_points)),
                *(one.percent, one.grade),
            ]
        )
        for one in going
    ]
    return Exported(
        files={"": csv_bytes([PLAIN, *rows])},
        exported=sum(one.points is not None for one in going),
        left_out=tuple(staying),
    )
