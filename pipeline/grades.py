"""Grades of a whole batch: a pure function of readings, decisions and keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.exam import BASE_VERSION
from pipeline.gather import Exams
from pipeline.grading import absent_grade, grade_booklet, impact, most_points
from pipeline.model import Answer, Assembly, Booklet, Doubt, Grade, Student
from pipeline.reading import listed_although_empty
from pipeline.totals import CoverCheck, Covers, check_cover, corrected, cover_notice, first_pages


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graded:
    """A batch with its grades."""

    assembly: Assembly
    grades: tuple[tuple[Grade, Booklet | None], ...]
    """Each student's grade with the booklet it comes from; absent students have none."""
    impacts: Mapping[str, Fraction]
    """Points between the best and the worst decision, by doubt."""
    items: tuple[Mapping[str, str], ...] = ()
    """Rows of ``items.csv``, once the questions are analysed."""
    notices: tuple[str, ...] = ()
    """Sentences for the operator."""


def grade_assembly(
    assembly: Assembly,
    exams: Exams,
    credits: Mapping[tuple[str, str], Fraction],
    covers: Covers = Covers(),  # noqa: B008 (it is frozen)
) -> Graded:
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
    covers
        Totals typed from cover pages: where they say something else a person decides.
    """
    grades: list[tuple[Grade, Booklet | None]] = []
    listed: dict[str, dict[str, Fraction]] = {}
    for (student_id, question), points in credits.items():
        listed.setdefault(student_id, {})[question] = points
    checks: list[CoverCheck] = []
    contradicted: list[Doubt] = []
    pages = first_pages(assembly) if covers.totals or covers.decisions else {}
    for one in sorted(assembly.booklets, key=lambda b: (b.exam, b.student_id, b.serial or 0)):
        exam, key = exams.exams[one.exam, one.version], exams.keys[one.exam, one.version]
        page = pages.get((one.exam, one.serial, one.student_id))
        booklet = corrected(one, exam, page, covers)
        given = _not_decided(listed.get(booklet.student_id, {}), booklet)
        grade = grade_booklet(exam, key, booklet, given)
        checks.append(check_cover(exam, grade, booklet, page, covers))
        not_empty = listed_although_empty(booklet, exam, given, assembly.ledger)
        contradicted += not_empty
        if checks[-1].doubts or not_empty:
            reasons = [doubt.reason for doubt in (*not_empty, *(doubt for doubt, _ in checks[-1].doubts))]
            booklet = replace(booklet, open_questions=(*booklet.open_questions, *reasons))
            grade = grade_booklet(exam, key, booklet, given)
        grades.append((grade, booklet))
    for exam_id, student in assembly.absent:
        grades.append((_absent_grade(exam_id, student, exams), None))
    for exam_id, student in assembly.unread:
        grades.append((replace(_absent_grade(exam_id, student, exams), status="incomplete"), None))
    settled = [doubt for doubt in assembly.doubts if not _needs_nobody(doubt, exams, listed)]
    settled += contradicted
    differing = {doubt: change for check in checks for doubt, change in check.doubts}
    impacts = _impacts(settled, exams, assembly.booklets)
    impacts |= {doubt.id: change for doubt, change in differing.items()}
    return Graded(
        assembly=replace(assembly, doubts=(*settled, *differing)),
        grades=tuple(grades),
        impacts=impacts,
        notices=cover_notice(checks),
    )


def _not_decided(listed: Mapping[str, Fraction], booklet: Booklet) -> dict[str, Fraction]:
    """Credits of the list on which no person has decided otherwise."""
    return {
        question: points
        for question, points in listed.items()
        if question not in booklet.answers or not booklet.answers[question].decided_by
    }


def _needs_nobody(doubt: Doubt, exams: Exams, listed: Mapping[str, Mapping[str, Fraction]]) -> bool:
    if _is_void(doubt, exams):
        return True
    return doubt.kind == "credits" and doubt.question in listed.get(doubt.student_id, {})


def _impacts(doubts: Sequence[Doubt], exams: Exams, booklets: Sequence[Booklet]) -> dict[str, Fraction]:
    """Points between the best and the worst decision, by doubt."""
    of_student: dict[tuple[str, str, str], list[Booklet]] = {}
    for one in booklets:
        of_student.setdefault((one.exam, one.version, one.student_id), []).append(one)
    impacts: dict[str, Fraction] = {}
    for doubt in doubts:
        key = exams.keys.get((doubt.exam, doubt.version))
        if key is None:
            continue
        answer = _answer_of(doubt, of_student.get((doubt.exam, doubt.version, doubt.student_id), ()))
        if not doubt.question:
            impacts[doubt.id] = most_points(exams.exams[doubt.exam, doubt.version])
        elif answer is not None:
            impacts[doubt.id] = impact(key.entries[doubt.question], answer)
    return impacts


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
