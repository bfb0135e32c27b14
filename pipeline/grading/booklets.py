"""Grades of students: all scores of a booklet, its groups, sections, rounding and grade."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from pipeline.exam import counted_points, in_section, most_points, questions_and_groups
from pipeline.grading.entries import Key, KeyEntry
from pipeline.grading.numbers import number_text
from pipeline.grading.parts import marked_parts
from pipeline.grading.rules import CREDIT_KINDS, judge_parts
from pipeline.grading.scoring import BONUS, GIVEN, VOID_REASONS, is_blank, score_answer
from pipeline.model import Answer, Booklet, Exam, Grade, Group, Rounding, Score, Section, Student

ZERO = Fraction(0)


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
        unlisted (not on the roster) or final. Points are rounded, once, when nothing is open. A
        question whose parts are judged together has a score of its own, behind those of its parts.
    """
    scores = {entry.question.id: _scored(entry, booklet, credits) for entry in key.entries.values()}
    left_out = _left_out(exam, key, booklet, scores)
    for name in left_out:
        scores[name] = _not_counted(scores[name], exam.allow_empty)
    doubts = sum(score.status == "doubtful" for score in scores.values()) + len(booklet.open_questions)
    if booklet.missing_sheets or any(score.status == "ungraded" for score in scores.values()):
        status: Literal["final", "review", "incomplete", "unlisted"] = "incomplete"
    elif doubts:
        status = "review"
    else:
        status = "final" if booklet.on_roster else "unlisted"
    settled = status in ("final", "unlisted")
    rows = _with_groups(exam, key, booklet, scores)
    plan = _plan(_Same(exam))
    sections, points = _sums(plan, {row.question: row.points for row in rows if row.points is not None})
    if settled and exam.rounding is not None:
        points = round_points(points, exam.rounding)
    most = plan.most_points(left_out)
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
        scores=tuple(rows),
    )


def _scored(entry: KeyEntry, booklet: Booklet, credits: Mapping[str, Fraction]) -> Score:
    question = entry.question
    answer = booklet.answers.get(question.id)
    given = credits.get(question.id)
    if given is None or question.kind not in CREDIT_KINDS or question.void:
        return score_answer(entry, answer, booklet.answers)
    on_paper = None if answer is None or answer.doubtful else answer.value
    score = score_answer(entry, Answer(question=question.id, value=given))
    if score.points is None:
        return score
    reason = "credits from the list"
    if on_paper is not None and on_paper != given:
        reason += f"; the boxes say {number_text(on_paper)}"
    return replace(score, reason=reason)


# --- questions that may be left empty ----------------------------------------------------------


def _left_out(exam: Exam, key: Key, booklet: Booklet, scores: Mapping[str, Score]) -> frozenset[str]:
    """Blank questions that do not count: the best-valued ones, the earlier first among equals."""
    if not exam.allow_empty:
        return frozenset()
    blank = [
        entry.question
        for name, entry in key.entries.items()
        if scores[name].status in ("final", "decided")
        and entry.group is None
        and entry.question.kind not in CREDIT_KINDS
        and not entry.question.bonus
        and is_blank(entry, booklet.answers.get(name))
    ]
    best_first = sorted(blank, key=lambda question: -question.points)
    return frozenset(question.id for question in best_first[: exam.allow_empty])


def _not_counted(score: Score, allowed: int) -> Score:
    questions = "question" if allowed == 1 else "questions"
    reason = f"left empty, and {allowed} {questions} may be"
    return replace(score, points=ZERO, max_points=ZERO, reason=reason, status="void")


# --- questions whose parts are judged together -------------------------------------------------


def _with_groups(exam: Exam, key: Key, booklet: Booklet, scores: Mapping[str, Score]) -> list[Score]:
    """All scores, each group's own behind its last part."""
    behind = {group.parts[-1]: group for group in exam.groups if group.parts}
    rows = []
    for name, score in scores.items():
        rows.append(score)
        if name in behind:
            rows.append(_group_score(behind[name], key, booklet, scores))
    return rows


def _group_score(group: Group, key: Key, booklet: Booklet, scores: Mapping[str, Score]) -> Score:
    """The score of all parts together; a part that counts for nobody is passed over."""
    parts = [key.entries[name] for name in group.parts if name in key.entries]
    parts = [entry for entry in parts if entry.question.void != "nobody"]
    common = Score(
        question=group.id,
        points=None,
        max_points=counted_points(group),
        correct="",
        rule=group.rule.name,
        reason="",
        status="final",
    )
    if group.void:
        points = group.points if group.void == "everyone" else ZERO
        return replace(common, points=points, reason=VOID_REASONS[group.void], status="void")
    given = booklet.answers[group.parts[-1]].given if group.parts[-1] in booklet.answers else None
    if given is not None:
        return replace(common, points=given, reason=GIVEN, status="decided")
    for waiting in ("ungraded", "doubtful"):
        open_parts = [entry.question.id for entry in parts if scores[entry.question.id].status == waiting]
        if open_parts:
            reason = f"open: {', '.join(open_parts)}"
            return replace(common, reason=reason, status="ungraded" if waiting == "ungraded" else "doubtful")
    verdict = judge_parts(group.rule, marked_parts(group, parts, booklet.answers))
    reason = verdict.reason + (BONUS if group.bonus else "")
    decided = any(scores[entry.question.id].status == "decided" for entry in parts)
    return replace(common, points=verdict.points, reason=reason, status="decided" if decided else "final")


# --- sums --------------------------------------------------------------------------------------


class _Same:
    """An exam by its identity: it has no hash of its own."""

    __slots__ = ("exam",)

    def __init__(self, exam: Exam) -> None:
        self.exam = exam

    def __hash__(self) -> int:
        return id(self.exam)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.exam is self.exam


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """What the sums of all students of an exam have in common."""

    exam: Exam
    sections: tuple[tuple[Section, tuple[str, ...]], ...]
    """Each section with what counts in it."""
    counted: frozenset[str]
    """What counts in any section."""
    most: dict[frozenset[str], Fraction]
    """The most points, by the questions left out."""

    def most_points(self, left_out: frozenset[str]) -> Fraction:
        """The most points of a student who may leave these questions out."""
        if left_out not in self.most:
            self.most[left_out] = most_points(self.exam, left_out)
        return self.most[left_out]


@lru_cache(maxsize=256)
def _plan(same: _Same) -> _Plan:
    exam = same.exam
    sections = tuple(
        (section, tuple(one.id for one in questions_and_groups(exam) if in_section(one, section)))
        for section in exam.sections
    )
    counted = frozenset(member for _, members in sections for member in members)
    return _Plan(exam=exam, sections=sections, counted=counted, most={})


def _sums(plan: _Plan, points: Mapping[str, Fraction]) -> tuple[dict[str, Fraction], Fraction]:
    """Points of each section within its floor and cap, and of the exam.

    A section of which a question is still open is left out: its sum so far would look earned.
    """
    sections: dict[str, Fraction] = {}
    total = ZERO
    for section, members in plan.sections:
        found = _sum(points[member] for member in members if member in points)
        if section.floor is not None:
            found = max(found, section.floor)
        if section.cap is not None:
            found = min(found, section.cap)
        total += found
        if all(member in points for member in members):
            sections[section.id] = found
    return sections, total + _sum(value for name, value in points.items() if name not in plan.counted)


def _sum(values: Iterable[Fraction]) -> Fraction:
    """The exact sum: numerators of one denominator are added as integers."""
    numerators: dict[int, int] = {}
    for value in values:
        denominator = value.denominator
        numerators[denominator] = numerators.get(denominator, 0) + value.numerator
    return sum((Fraction(total, denominator) for denominator, total in numerators.items()), ZERO)


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
