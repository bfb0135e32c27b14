"""Scores and grades: a pure function of readings, decisions and key."""

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from pipeline.grading.key import Key, KeyEntry, right_fraction
from pipeline.grading.lint import in_section, most_points
from pipeline.grading.numbers import number_text
from pipeline.grading.rules import CREDIT_KINDS, Marked, Verdict, judge, least_points
from pipeline.model import Answer, Booklet, Exam, Grade, Kind, Rounding, Score, Student, Tolerance

ZERO = Fraction(0)
REMEMBERED = 65_536
"""Judged answers that are remembered: students of one exam often answer alike."""


def score_answer(entry: KeyEntry, answer: Answer | None) -> Score:
    """Points of one answer, with their reason.

    Parameters
    ----------
    entry
        What is right.
    answer
        What was read or decided; None when the question's sheet is missing.

    Returns
    -------
    Score
        ``points`` is None for a doubtful answer, and for credits that nobody gave.
    """
    if answer is None:
        return _waiting(entry, "its sheet is missing", "ungraded")
    if answer.doubtful:
        return _waiting(entry, answer.reason or "a person must look", "doubtful")
    credits = entry.question.kind in CREDIT_KINDS
    if credits and answer.value is None:
        return _waiting(entry, "no credits given yet", "ungraded")
    if credits and answer.value is not None and not ZERO <= answer.value <= entry.question.points:
        most = number_text(entry.question.points)
        return _waiting(entry, f"{number_text(answer.value)} credits of {most}", "doubtful")
    verdict = _judged(entry, frozenset(answer.chosen), answer.value)
    return Score(
        question=entry.question.id,
        points=verdict.points,
        max_points=entry.question.points,
        correct=right_text(entry),
        rule=entry.question.rule.name,
        reason=verdict.reason,
        status="decided" if answer.decided_by else "final",
    )


def _waiting(entry: KeyEntry, reason: str, status: Literal["doubtful", "ungraded"]) -> Score:
    return Score(
        question=entry.question.id,
        points=None,
        max_points=entry.question.points,
        correct=right_text(entry),
        rule=entry.question.rule.name,
        reason=reason,
        status=status,
    )


@lru_cache(maxsize=REMEMBERED)
def _judged(entry: KeyEntry, chosen: frozenset[str], value: Fraction | None) -> Verdict:
    question = entry.question
    marked = Marked(
        points=question.points,
        chosen=chosen - {question.dont_know},
        dont_know=bool(question.dont_know) and question.dont_know in chosen,
        right=entry.right or frozenset(),
        value=value,
        right_value=right_fraction(entry),
        tolerance=question.number.tolerance if question.number else None,
    )
    return judge(question.rule, marked)


@lru_cache(maxsize=REMEMBERED)
def right_text(entry: KeyEntry) -> str:
    """The right answer as ``answers.csv`` writes it: options, or a number with its tolerance.

    Where no option is right it is ``(none)``; credits have no right answer.
    """
    if entry.right is not None:
        order = [option.id for option in entry.question.options if option.id in entry.right]
        return "|".join(order or sorted(entry.right)) or "(none)"
    if entry.value is None:
        return ""
    grid = entry.question.number
    return number_text(entry.value) + (_tolerance_text(grid.tolerance) if grid and grid.tolerance else "")


def _tolerance_text(tolerance: Tolerance) -> str:
    if tolerance.kind == "abs":
        return f" \N{PLUS-MINUS SIGN} {number_text(tolerance.size)}"
    if tolerance.kind == "rel":
        return f" \N{PLUS-MINUS SIGN} {number_text(tolerance.size * 100)} %"
    return f" to {number_text(tolerance.size)} significant digits"


def impact(entry: KeyEntry, answer: Answer) -> Fraction:
    """Points between the best and the worst that a person may decide on.

    Parameters
    ----------
    entry
        What is right.
    answer
        The doubtful answer; without alternatives its full range counts, as it does for numbers.
    """
    question = entry.question
    if question.kind is Kind.NUMBER or question.kind in CREDIT_KINDS:
        return question.points - least_points(question)
    readings = {frozenset(answer.chosen), *(frozenset(reading) for reading in answer.alternatives)}
    if len(readings) < 2:
        return question.points - least_points(question)
    points = [_judged(entry, reading, None).points for reading in readings]
    return max(points) - min(points)


# --- a student ---------------------------------------------------------------------------------


def grade_booklet(exam: Exam, key: Key, booklet: Booklet, credits: Mapping[str, Fraction]) -> Grade:
    """Grade one student.

    Parameters
    ----------
    exam, key
        The version of the student's sheet, and its key.
    booklet
        All pages of the student, joined.
    credits
        Points that an examiner typed, by question; they replace what the credit boxes say.

    Returns
    -------
    Grade
        ``status`` is incomplete (a sheet or credits are missing), review (a doubt is open),
        unlisted (not on the roster) or final. Points are rounded, once, when nothing is open.
    """
    scores = tuple(_scored(entry, booklet, credits) for entry in key.entries.values())
    by_question = {score.question: score.points for score in scores if score.points is not None}
    doubts = sum(score.status == "doubtful" for score in scores) + len(booklet.open_questions)
    if booklet.missing_sheets or any(score.status == "ungraded" for score in scores):
        status: Literal["final", "review", "incomplete", "unlisted"] = "incomplete"
    elif doubts:
        status = "review"
    else:
        status = "final" if booklet.on_roster else "unlisted"
    settled = status in ("final", "unlisted")
    sections, points = _sums(exam, by_question)
    if settled and exam.rounding is not None:
        points = round_points(points, exam.rounding)
    most = most_points(exam)
    return Grade(
        student_id=booklet.student_id,
        name=booklet.name,
        exam=exam.id,
        version=exam.version,
        status=status,
        points=points,
        max_points=most,
        percent=points / most * 100 if settled and most else None,
        grade=grade_name(exam, points) if settled else "",
        doubts=doubts,
        sections=sections,
        scores=scores,
    )


def _scored(entry: KeyEntry, booklet: Booklet, credits: Mapping[str, Fraction]) -> Score:
    question = entry.question
    answer = booklet.answers.get(question.id)
    given = credits.get(question.id)
    if given is None or question.kind not in CREDIT_KINDS:
        return score_answer(entry, answer)
    on_paper = None if answer is None or answer.doubtful else answer.value
    score = score_answer(entry, Answer(question=question.id, value=given))
    if score.points is None:
        return score
    reason = "credits from the list"
    if on_paper is not None and on_paper != given:
        reason += f"; the boxes say {number_text(on_paper)}"
    return replace(score, reason=reason)


def _sums(exam: Exam, points: Mapping[str, Fraction]) -> tuple[dict[str, Fraction], Fraction]:
    """Points of each section within its floor and cap, and of the exam."""
    sections: dict[str, Fraction] = {}
    counted: set[str] = set()
    for section in exam.sections:
        members = [question.id for question in exam.questions if in_section(question, section)]
        counted.update(members)
        found = sum((points[member] for member in members if member in points), ZERO)
        if section.floor is not None:
            found = max(found, section.floor)
        if section.cap is not None:
            found = min(found, section.cap)
        sections[section.id] = found
    rest = sum((value for question, value in points.items() if question not in counted), ZERO)
    return sections, sum(sections.values(), rest)


def round_points(points: Fraction, rounding: Rounding) -> Fraction:
    """Points on the exam's steps, by its own mode; half-up rounds halves towards more points."""
    steps = points / rounding.step
    if rounding.mode == "half-up":
        whole = math.floor(steps + Fraction(1, 2))
    elif rounding.mode == "half-even":
        whole = round(steps)
    else:
        whole = math.ceil(steps) if rounding.mode == "up" else math.floor(steps)
    return whole * rounding.step


def grade_name(exam: Exam, points: Fraction) -> str:
    """The grade by the exam's table, else passed or failed by its pass line, else empty."""
    for least, name in exam.grades:
        if points >= least:
            return name
    if exam.pass_points is None:
        return ""
    return "passed" if points >= exam.pass_points else "failed"


def absent_grade(exam: Exam, student: Student) -> Grade:
    """The row of a student of the roster who handed in no sheet."""
    return Grade(
        student_id=student.student_id,
        name=student.name,
        exam=exam.id,
        version=exam.version,
        status="absent",
        points=None,
        max_points=most_points(exam),
        percent=None,
        grade="",
        doubts=0,
        sections={},
        scores=(),
    )
