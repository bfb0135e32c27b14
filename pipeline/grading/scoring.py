"""Scores of answers: a pure function of an answer and the key.

Students of one exam often answer alike, so whole scores are remembered, each by its key entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from pipeline.exam import counted_points
from pipeline.grading.entries import KeyEntry, asked
from pipeline.grading.follow import answered_value, follow, sources
from pipeline.grading.numbers import number_text, value_text
from pipeline.grading.rules import (
    CREDIT_KINDS,
    Marked,
    MarkedParts,
    Verdict,
    judge_parts,
    judge_with,
    points_range,
    rule_parameters,
)
from pipeline.model import Answer, Kind, Score, Solve, Tolerance

ZERO = Fraction(0)
REMEMBERED = 65_536
"""Scores that are remembered."""
BONUS = " (bonus)"
"""Behind the reason of points that count beside the maximum."""
GIVEN = "points given by a person"
"""Reason of points that were given to one student directly."""
VOID_REASONS = {"everyone": "void: everyone gets the points", "nobody": "void: it counts for nobody"}

Earlier = tuple[tuple[str, str, Any], ...]
"""(path of the argument, question, the student's number or None) of each earlier answer."""
NOTHING_EARLIER: Mapping[str, Answer] = {}


def score_answer(
    entry: KeyEntry, answer: Answer | None, others: Mapping[str, Answer] = NOTHING_EARLIER
) -> Score:
    """Points of one answer, with their reason.

    Parameters
    ----------
    entry
        What is right.
    answer
        What was read or decided; None when the question's sheet is missing.
    others
        All answers of the student, by question: follow-through looks at earlier ones.

    Returns
    -------
    Score
        ``points`` is None for a doubtful answer, and for credits that nobody gave. A part of a
        group has 0 points of 0: its group has them.
    """
    if entry.question.void:
        return _void(entry)
    if answer is None:
        return _waiting(entry, "its sheet, or one of its sheets, was not read", "ungraded")
    if answer.given is not None and entry.group is None:
        return _given(entry, answer.given)
    if answer.doubtful:
        return _waiting(entry, answer.reason or "a person must look", "doubtful")
    earlier = _earlier(entry, others) if entry.sources else ()
    return _settled(entry, answer.chosen, answer.value, earlier, bool(answer.decided_by))


def is_right(entry: KeyEntry, answer: Answer, others: Mapping[str, Answer] = NOTHING_EARLIER) -> bool:
    """Whether a settled answer gets all that its rule can give."""
    earlier = _earlier(entry, others) if entry.sources else ()
    return _judged(entry, frozenset(answer.chosen), answer.value, earlier).points >= entry.points


def is_blank(entry: KeyEntry, answer: Answer | None) -> bool:
    """Whether nothing stands there but, perhaps, the option that is no answer."""
    return answer is None or (answer.value is None and set(answer.chosen) <= {entry.question.dont_know})


@lru_cache(maxsize=REMEMBERED)
def _settled(
    entry: KeyEntry, chosen: tuple[str, ...], value: Fraction | None, earlier: Earlier, decided: bool
) -> Score:
    question = entry.question
    if question.kind in CREDIT_KINDS:
        if value is None:
            return _waiting(entry, "no credits given yet", "ungraded")
        if not ZERO <= value <= question.points:
            reason = f"{number_text(value)} credits of {number_text(question.points)}"
            return _waiting(entry, reason, "doubtful")
    verdict = _judged(entry, frozenset(chosen), value, earlier)
    return Score(
        question=question.id,
        points=ZERO if entry.group is not None else verdict.points,
        max_points=counted_points(question),
        correct=right_text(entry),
        rule=question.rule.name,
        reason=verdict.reason + (BONUS if question.bonus else ""),
        status="decided" if decided else "final",
    )


@lru_cache(maxsize=REMEMBERED)
def _given(entry: KeyEntry, points: Fraction) -> Score:
    """Points that a person gave instead of those of the rule."""
    return Score(
        question=entry.question.id,
        points=points,
        max_points=counted_points(entry.question),
        correct=right_text(entry),
        rule=entry.question.rule.name,
        reason=GIVEN,
        status="decided",
    )


@lru_cache(maxsize=REMEMBERED)
def _waiting(entry: KeyEntry, reason: str, status: Literal["doubtful", "ungraded"]) -> Score:
    return Score(
        question=entry.question.id,
        points=None,
        max_points=counted_points(entry.question),
        correct=right_text(entry),
        rule=entry.question.rule.name,
        reason=reason,
        status=status,
    )


@lru_cache(maxsize=REMEMBERED)
def _void(entry: KeyEntry) -> Score:
    question = entry.question
    return Score(
        question=question.id,
        points=question.points if question.void == "everyone" else ZERO,
        max_points=counted_points(question),
        correct=right_text(entry),
        rule=question.rule.name,
        reason=VOID_REASONS[question.void],
        status="void",
    )


# --- judging -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    """What stays the same for all answers to a question."""

    blank: Marked
    others: tuple[Marked, ...]
    """The same question with each answer that is accepted beside the right one."""
    parameters: Mapping[str, Any]


@lru_cache(maxsize=REMEMBERED)
def _prepared(entry: KeyEntry) -> _Prepared:
    blank = asked(entry)
    others = tuple(
        replace(blank, right=one) if isinstance(one, frozenset) else replace(blank, right_value=one)
        for one in entry.also
    )
    return _Prepared(
        blank=blank, others=others, parameters=rule_parameters(entry.question.rule, entry.points)
    )


@lru_cache(maxsize=REMEMBERED)
def _judged(entry: KeyEntry, chosen: frozenset[str], value: Fraction | None, earlier: Earlier) -> Verdict:
    """The best verdict by the right answer or by one that is accepted beside it."""
    question, prepared = entry.question, _prepared(entry)
    followed, words = _followed(entry, earlier) if earlier else (None, "")
    verdicts = [
        judge_with(
            question.rule.name,
            prepared.parameters,
            replace(
                one,
                chosen=chosen - {question.dont_know},
                dont_know=bool(question.dont_know) and question.dont_know in chosen,
                value=value,
                followed=followed,
                followed_from=words,
            ),
        )
        for one in (prepared.blank, *prepared.others)
    ]
    best = max(range(len(verdicts)), key=lambda place: verdicts[place].points)
    if best == 0:
        return verdicts[0]
    return replace(verdicts[best], reason=f"also accepted: {verdicts[best].reason}")


def _earlier(entry: KeyEntry, others: Mapping[str, Answer]) -> Earlier:
    """The student's own numbers in the earlier questions."""
    known = entry.sources or {}
    return tuple(
        (path, source, answered_value(known[source], others.get(source)))
        for path, source in sources(entry.question).items()
    )


def _followed(entry: KeyEntry, earlier: Earlier) -> tuple[Fraction | None, str]:
    """The number that follows from earlier answers, and those answers in words."""
    missing = [source for _, source, number in earlier if number is None]
    if missing or not isinstance(entry.question.answer, Solve):
        return None, f"no number in question {', '.join(missing)} to follow from"
    number = follow(entry.question.answer, {path: number for path, _, number in earlier})
    answers = ", ".join(f"{value_text(number)} in question {source}" for _, source, number in earlier)
    return number, answers if number is not None else f"nothing follows from {answers}"


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


# --- doubts ------------------------------------------------------------------------------------


def impact(entry: KeyEntry, answer: Answer) -> Fraction:
    """Points between the best and the worst that a person may decide on.

    Parameters
    ----------
    entry
        What is right.
    answer
        The doubtful answer; without alternatives its full range counts, as it does for numbers.
        Of a part of a group it is what one wrong part costs.
    """
    least, most = points_span(entry, answer)
    return most - least


def points_span(entry: KeyEntry, answer: Answer) -> tuple[Fraction, Fraction]:
    """The worst and the best that a person may decide on, in points; as for :func:`impact`.

    A part of a group gives nothing, or what one wrong part costs.
    """
    question = entry.question
    if question.void or (entry.group is not None and entry.group.void):
        return ZERO, ZERO
    readings = {frozenset(answer.chosen), *(frozenset(reading) for reading in answer.alternatives)}
    if question.kind is Kind.NUMBER or question.kind in CREDIT_KINDS or len(readings) < 2:
        least, most = points_range(question.rule, asked(entry))
    else:
        points = [_judged(entry, reading, None, ()).points for reading in readings]
        least, most = min(points), max(points)
    if entry.group is None:
        return least, most
    return ZERO, _cost_of_a_part(entry) if most > least else ZERO


def _cost_of_a_part(entry: KeyEntry) -> Fraction:
    group = entry.group
    if group is None:
        return ZERO
    all_right = MarkedParts(points=group.points, right=group.parts)
    one_wrong = MarkedParts(points=group.points, right=group.parts[1:], wrong=group.parts[:1])
    return abs(judge_parts(group.rule, all_right).points - judge_parts(group.rule, one_wrong).points)
