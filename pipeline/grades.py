"""Grades of a whole batch: a pure function of readings, decisions and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.exam import BASE_VERSION
from pipeline.gather import Exams
from pipeline.grading import absent_grade, grade_booklet, impact, most_points
from pipeline.model import Answer, Assembly, Booklet, Doubt, Grade, Student


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graded:
    """A batch with its grades."""

    assembly: Assembly
    grades: tuple[tuple[Grade, Booklet | None], ...]
    """Each student's grade with the booklet it comes from; absent students have none."""
    impacts: Mapping[str, Fraction]
    """Points between the best and the worst decision, by doubt."""


def grade_assembly(assembly: Assembly, exams: Exams, credits: Mapping[tuple[str, str], Fraction]) -> Graded:
    """Grade every booklet: a pure function of readings, decisions and keys.

    Parameters
    ----------
    assembly
        The batch.
    exams
        Exams with their keys.
    credits
        Points that an examiner gave on a list, by (student id, question); a decision made in the
        review beats them.
    """
    grades: list[tuple[Grade, Booklet | None]] = []
    impacts: dict[str, Fraction] = {}
    listed: dict[str, dict[str, Fraction]] = {}
    for (student_id, question), points in credits.items():
        listed.setdefault(student_id, {})[question] = points
    booklets: dict[tuple[str, str, str], list[Booklet]] = {}
    for one in assembly.booklets:
        booklets.setdefault((one.exam, one.version, one.student_id), []).append(one)
    for booklet in sorted(assembly.booklets, key=lambda b: (b.exam, b.student_id, b.serial or 0)):
        version = (booklet.exam, booklet.version)
        given = {
            question: points
            for question, points in listed.get(booklet.student_id, {}).items()
            if question not in booklet.answers or not booklet.answers[question].decided_by
        }
        grade = grade_booklet(exams.exams[version], exams.keys[version], booklet, given)
        grades.append((grade, booklet))
    for exam, student in assembly.absent:
        grades.append((_absent_grade(exam, student, exams), None))
    for exam, student in assembly.unread:
        grades.append((replace(_absent_grade(exam, student, exams), status="incomplete"), None))
    doubts = tuple(
        doubt
        for doubt in assembly.doubts
        if not _is_void(doubt, exams)
        and (doubt.kind != "credits" or doubt.question not in listed.get(doubt.student_id, {}))
    )
    for doubt in doubts:
        key = exams.keys.get((doubt.exam, doubt.version))
        if key is None:
            continue
        answer = _answer_of(doubt, booklets.get((doubt.exam, doubt.version, doubt.student_id), ()))
        if not doubt.question:
            impacts[doubt.id] = most_points(exams.exams[doubt.exam, doubt.version])
        elif answer is not None:
            impacts[doubt.id] = impact(key.entries[doubt.question], answer)
    assembly = replace(assembly, doubts=doubts)
    return Graded(assembly=assembly, grades=tuple(grades), impacts=impacts)


def _answer_of(doubt: Doubt, booklets: Sequence[Booklet]) -> Answer | None:
    """The answer that a doubt is about: several booklets may have no student yet, each has its own page."""
    answers = [one.answers[doubt.question] for one in booklets if doubt.question in one.answers]
    here = [one for one in answers if (one.file, one.page) == (doubt.file, doubt.page)]
    return next(iter(here or answers), None)


def _is_void(doubt: Doubt, exams: Exams) -> bool:
    """Whether a doubt is of a question whose answer counts for nothing, so that nobody need decide."""
    key = exams.keys.get((doubt.exam, doubt.version))
    entry = key.entries.get(doubt.question) if key is not None else None
    if entry is None:
        return False
    return bool(entry.question.void or (entry.group is not None and entry.group.void))


def _absent_grade(exam: str, student: Student, exams: Exams) -> Grade:
    version = student.version or BASE_VERSION
    known = exams.exams.get((exam, version)) or exams.exams.get((exam, BASE_VERSION))
    if known is not None:
        return absent_grade(known, student)
    return Grade(
        student_id=student.student_id,
        name=student.name,
        exam=exam,
        version=student.version,
        status="absent",
        points=None,
        max_points=Fraction(0),
        percent=None,
        grade="",
        doubts=0,
        sections={},
        scores=(),
    )
