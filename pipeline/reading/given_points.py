"""Points that a person gives to a student directly, whatever was read: the outcome of an appeal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from pipeline.model import Answer, Decision, Exam, Group, PageSource, Question
from pipeline.reading.names import page_name

POINTS_PREFIX = "points"
"""How the names of such decisions begin; behind it stand the page and the question."""
_NUMBER = re.compile(r"-?\d{1,6}(?:[.,]\d{1,6}|/[1-9]\d{0,5})?")


def points_name(source: PageSource, question: str) -> str:
    """Name of the decision on the points of a question, or of a question of parts, on a page."""
    return f"{POINTS_PREFIX}-{page_name(source)}-{question}"


def given_points(asked: Question | Group, value: str) -> Fraction:
    """Points that a decision gives.

    Raises
    ------
    ValueError
        It is no number, or more points (or minus points) than the question has.
    """
    text = value.strip()
    most = asked.points
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{value!r} is no number of points: write one such as 1.5")
    points = Fraction(text.replace(",", "."))
    if abs(points) > most:
        raise ValueError(f"{text} points of {most}: question {asked.id} has no more")
    return points


def whose_points(exam: Exam, question: Question) -> Question | Group | None:
    """What gets the points that are given where a question stands.

    That is the question; where parts are judged together, it is their group, at its last part. None:
    neither.
    """
    if not question.group:
        return question
    return next((group for group in exam.groups if group.parts and group.parts[-1] == question.id), None)


def with_given_points(
    exam: Exam,
    question: Question,
    answer: Answer,
    sources: Sequence[PageSource],
    decisions: Mapping[str, Decision],
) -> Answer:
    """The answer with the points that a person gave it.

    Parameters
    ----------
    exam, question, answer
        What was asked, and what was read.
    sources
        Pages by which the decision may be named: the first with boxes of the question counts.
    decisions
        By name.

    Raises
    ------
    ValueError
        As :func:`given_points`; the exam file may have changed since the decision.
    """
    asked = whose_points(exam, question)
    names = [points_name(source, asked.id) for source in sources] if asked is not None else []
    decision = next((decisions[name] for name in names if name in decisions), None)
    if asked is None or decision is None:
        return answer
    points = given_points(asked, decision.value)
    return replace(answer, given=points, doubtful=False, decided_by=decision.by)
