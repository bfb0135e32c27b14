"""OneRoster 1.2: results as an archive of CSV files."""

from collections.abc import Sequence

from pipeline.errors import UsageFault
from pipeline.reporting.lms.records import Assignment, Exported, Outgoing, number, ready
from pipeline.reporting.lms.sheets import LmsFile, csv_bytes, match, text_cells

RESULTS = (
    "sourcedId",
    "status",
    "dateLastModified",
    "lineItemSourcedId",
    "studentSourcedId",
    "scoreStatus",
    "score",
    "scoreDate",
    "comment",
    "textScore",
    "classSourcedId",
    "inProgress",
    "incomplete",
    "late",
    "missing",
)
LINE_ITEMS = (
    "sourcedId",
    "status",
    "dateLastModified",
    "title",
    "description",
    "assignDate",
    "dueDate",
    "classSourcedId",
    "categorySourcedId",
    "gradingPeriodSourcedId",
    "resultValueMin",
    "resultValueMax",
)
FILES = (
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItems",
    "orgs",
    "resources",
    "results",
    "roles",
    "users",
)
"""Files that a manifest tells of."""


def oneroster(
    task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
) -> Exported:
    """``manifest.csv``, ``lineItems.csv`` and ``results.csv`` (1EdTech OneRoster 1.2, CSV binding).

    Parameters
    ----------
    task, students, pending
        As for the others. ``task.class_id`` is the ``sourcedId`` of the class.
    into
        ``users.csv`` of the OneRoster export: ``sourcedId`` is then taken from it, by ``identifier``,
        ``username`` or ``sourcedId``. Without it the student ids are the ``sourcedId``.

    Raises
    ------
    UsageFault
        There is no id of a class; no student fits.
    """
    if not task.class_id:
        raise UsageFault("OneRoster wants the id of the class", hint="name its sourcedId with --class-id")
    going, staying = ready(students, pending=pending, absent=True, unlisted=into is not None)
    known, notices = [(one, one.student_id) for one in going], ()
    if into is not None:
        at = into.need("users.csv of OneRoster", "sourcedId")
        matched = match(into, going, ("sourcedId", "identifier", "username"), emails=("email",))
        staying = [*staying, *matched.left_out]
        known = [(one, into.rows[row][at].strip()) for one, row in matched.pairs]
    item = f"scangrade-{task.exam}"
    line_item = [item, "active", task.at, *text_cells([task.title]), "", *(task.at, task.at)]
    line_item += [task.class_id, "", "", "0", number(task.max_points)]
    results = [_result(task, item, one, user) for one, user in known]
    manifest = [
        ["propertyName", "value"],
        ["manifest.version", "1.0"],
        ["oneroster.version", "1.2"],
        *([f"file.{name}", "delta" if name in ("lineItems", "results") else "absent"] for name in FILES),
        ["source.systemName", "scangrade"],
        ["source.systemCode", "scangrade"],
    ]
    return Exported(
        files={
            "manifest.csv": csv_bytes(manifest),
            "lineItems.csv": csv_bytes([LINE_ITEMS, line_item]),
            "results.csv": csv_bytes([RESULTS, *results]),
        },
        exported=sum(one.status != "absent" for one, _ in known),
        left_out=tuple(staying),
        notices=notices,
    )


def _result(task: Assignment, item: str, student: Outgoing, user: str) -> list[str]:
    is_open = student.status not in ("final", "unlisted", "absent")
    status = "partially graded" if is_open else "fully graded"
    if student.points is None:
        status = "not submitted"
    return [
        f"{item}-{user}",
        "active",
        task.at,
        item,
        user,
        status,
        "" if student.points is None else number(student.points),
        task.at[:10],
        "",
        *text_cells([student.grade]),
        task.class_id,
        *(_flag(is_open), _flag(student.status == "incomplete"), "false", _flag(student.points is None)),
    ]


def _flag(value: bool) -> str:
    return "true" if value else "false"
