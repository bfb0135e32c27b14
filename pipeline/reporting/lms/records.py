"""What goes to a learning management system (LMS), and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from pipeline.reporting.cells import points_text, rounded_text

DECIMALS = 5
"""Decimals of a number that has no exact one that short; Moodle keeps as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One student's result as it was published."""

    student_id: str
    name: str
    status: str
    points: Fraction | None
    """None: absent."""
    max_points: Fraction
    percent: str = ""
    grade: str = ""
    passed: str = ""
    """yes or no; empty while something is open, and without a pass line."""
    version: str = ""
    paper: str = ""
    """Tells sheets apart whose student is not known."""
    email: str = ""
    group: str = ""
    questions: Mapping[str, Fraction | None] = field(default_factory=dict)
    """Points of each question that has points of its own."""

    @property
    def earned(self) -> Fraction:
        """Points so far; 0 for who was absent."""
        return Fraction(0) if self.points is None else self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What the grades are of."""

    exam: str
    title: str
    """Its name in the gradebook."""
    max_points: Fraction
    at: str
    """When it was published: ISO 8601, UTC."""
    questions: tuple[tuple[str, str, Fraction], ...] = ()
    """(id, title, points) of each question that has points of its own."""
    class_id: str = ""
    """Of OneRoster."""
    scale: bool = False
    """Whether points are scaled to the maximum that the LMS has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A student whose grade is in no file, and why."""

    student_id: str
    name: str
    points: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The files for an LMS."""

    files: Mapping[str, bytes]
    """One file under the name "", or the members of an archive by their names."""
    exported: int
    """Students whose grade is in them."""
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...] = ()


def number(points: Fraction) -> str:
    """Points as an LMS reads them: a decimal number, exact where it has at most five decimals.

    Examples
    --------
    >>> number(Fraction(5, 2)), number(Fraction(1, 3)), number(Fraction(12))
    ('2.5', '0.33333', '12')
    """
    text = points_text(points)
    if "/" not in text and len(text.partition(".")[2]) <= DECIMALS:
        return text
    return rounded_text(points, DECIMALS).rstrip("0").rstrip(".")


def left_out(student: Outgoing, reason: str) -> LeftOut:
    """A student who is in no file."""
    points = "" if student.points is None else points_text(student.points)
    return LeftOut(student_id=student.student_id, name=student.name, points=points, reason=reason)


def first_and_last(name: str) -> tuple[str, str]:
    """First and last name: "Doe, Ann" and "Ann Doe" are ("Ann", "Doe")."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    words = name.rsplit(" ", 1)
    return (words[0], words[1]) if len(words) == 2 else ("", name)


WAITING = {"review": "an answer waits for a person", "incomplete": "a sheet or its credits are missing"}


def ready(
    students: Sequence[Outgoing], *, pending: bool, absent: bool = False, unlisted: bool = False
) -> tuple[list[Outgoing], list[LeftOut]]:
    """The students whose result may go out, and all the others with the reason.

    Parameters
    ----------
    students
        Everyone who has a row in ``grades.csv``.
    pending
        Whether points so far of students of whom something is open may go out.
    absent
        Whether the LMS is told who was absent.
    unlisted
        Whether students who are not on the roster may go out: the LMS's own file has to know them.
    """
    times: dict[str, int] = {}
    for student in students:
        times[student.student_id] = times.get(student.student_id, 0) + 1
    going, staying = [], []
    for student in students:
        reason = ""
        if not student.student_id:
            reason = f"nobody knows whose sheet it is ({student.paper})"
        elif times[student.student_id] > 1:
            reason = "several sheets have this student"
        elif student.status == "absent":
            reason = "" if absent else "absent"
        elif student.status in WAITING and (student.points is None or not pending):
            reason = WAITING[student.status]
        elif student.status == "unlisted" and not unlisted:
            reason = "not on the roster"
        if reason:
            staying.append(left_out(student, reason))
        else:
            going.append(student)
    return going, staying
