"""Item analysis: how hard each question was, and how well it tells strong students from weak ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_NUMBERS = 5
"""Most different numbers that are listed of what students wrote into a digit grid."""
ROUND = 1e-12
"""Variance below which all points are the same, but for what a computer's numbers add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuestion:
    """What item analysis knows of a question."""

    id: str
    points: Fraction
    """Most that it can give; 0 for a part that is judged with others, and for a question that counts for
    nobody."""
    options: tuple[str, ...] = ()
    """Options of a choice, in the order of the paper; empty for numbers and credits."""
    right: frozenset[str] = frozenset()
    """The right ones of them."""
    correct: str = ""
    """The right answer as ``answers.csv`` writes it."""
    one_asked: bool = False
    """Whether one option is to be chosen."""
    lists_numbers: bool = False
    """Whether what students wrote is a number worth listing."""
    checked_by: str = ""
    """What is known of its right answer, in words: what the solver gives, what is printed."""
    is_void: bool = False
    is_read: bool = True
    """Whether something is read for it; False for parts that are judged together, as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Responses:
    """What the students of a test did, those only whose every question is decided."""

    questions: tuple[ItemQuestion, ...]
    points: Floats
    """(students, questions): points earned."""
    readings: tuple[tuple[str, ...], ...]
    """(questions, students): chosen options joined by ``|``, or the number; "" for a blank."""

    @property
    def students(self) -> int:
        """How many."""
        return len(self.points)

    @property
    def totals(self) -> Floats:
        """(students,): sum of the points of each, before rounding, floors and caps."""
        totals: Floats = self.points.sum(axis=1)
        return totals


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionShare:
    """How many chose an option, or wrote a number."""

    option: str
    is_right: bool
    share: float
    """Of all students."""
    top: float
    """Of the best third."""
    bottom: float
    """Of the weakest third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStatistics:
    """One question in figures; None where a figure is not defined."""

    question: ItemQuestion
    students: int
    mean: float | None
    """Mean points."""
    facility: float | None
    """Mean points as a share of the most: 1 is a question that everyone got right."""
    deviation: float | None
    """Standard deviation of the points, n - 1 below."""
    correlation: float | None
    """Point-biserial correlation with the total, the question itself in it."""
    discrimination: float | None
    """The same with the total of the other questions: corrected point-biserial."""
    alpha_without: float | None
    """Reliability of the test without this question."""
    full: float | None
    """Share of students who have all of its points."""
    blank: float | None
    """Share of students who left it blank."""
    options: tuple[OptionShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamStatistics:
    """A test in figures; None where a figure is not defined."""

    students: int
    items: tuple[ItemStatistics, ...]
    mean: float | None
    median: float | None
    deviation: float | None
    """Standard deviation of the totals, n - 1 below."""
    alpha: float | None
    """Cronbach's alpha."""
    is_kr20: bool
    """Whether each question gives all of its points or none and all are worth the same: alpha is then
    Kuder and Richardson's formula 20."""
    standard_error: float | None
    """Standard error of measurement of a total, in points."""


def analyse(responses: Responses) -> ExamStatistics:
    """All figures of a test.

    Facility, corrected point-biserial and alpha as Crocker and Algina, "Introduction to Classical and
    Modern Test Theory" (1986), give them. Thirds are of the students by their totals; students with
    equal totals at the edge of a third belong to it by an equal part each, so that no order of the
    students changes a figure.

    Parameters
    ----------
    responses
        Points and readings of students of whom nothing is open.
    """
    points, totals = responses.points, responses.totals
    counted = [place for place, one in enumerate(responses.questions) if one.points > 0]
    thirds = third_weights(totals)
    alpha = cronbach_alpha(points[:, counted])
    deviation = _deviation(totals)
    return ExamStatistics(
        students=responses.students,
        items=tuple(_item(responses, place, counted, thirds) for place in range(len(responses.questions))),
        mean=float(totals.mean()) if responses.students else None,
        median=float(np.median(totals)) if responses.students else None,
        deviation=deviation,
        alpha=alpha,
        is_kr20=_is_all_or_nothing(responses, counted),
        standard_error=None
        if alpha is None or deviation is None or alpha > 1
        else deviation * float(np.sqrt(1 - alpha)),
    )


def _is_all_or_nothing(responses: Responses, counted: Sequence[int]) -> bool:
    worth = {responses.questions[place].points for place in counted}
    if len(worth) != 1:
        return False
    earned = responses.points[:, counted]
    return bool(np.isin(earned, (0.0, float(worth.pop()))).all())


def cronbach_alpha(points: Floats) -> float | None:
    """Cronbach's alpha (Psychometrika 16, 1951) of points.

    Parameters
    ----------
    points
        (students, questions).

    Returns
    -------
    float or None
        None with fewer than two questions or students, or when all totals are equal.
    """
    students, questions = points.shape
    if students < 2 or questions < 2:
        return None
    of_total = float(points.sum(axis=1).var(ddof=1))
    if of_total <= ROUND:
        return None
    of_questions = float(points.var(axis=0, ddof=1).sum())
    return float(questions / (questions - 1) * (1 - of_questions / of_total))


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation; of points that are all or nothing it is the point-biserial one.

    Returns
    -------
    float or None
        None where one of them does not vary.
    """
    if len(one) < 2:
        return None
    first, second = one - one.mean(), other - other.mean()
    if first @ first <= ROUND or second @ second <= ROUND:
        return None
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def third_weights(totals: Floats) -> tuple[Floats, Floats] | None:
    """How much of each student is in the best third, and how much in the weakest.

    Returns
    -------
    tuple of arrays, or None
        (students,) each, 0 to 1, with the sum students / 3; None with fewer than three students.
    """
    if len(totals) < 3:
        return None
    return _highest(totals), _highest(-totals)


def _highest(totals: Floats) -> Floats:
    size = len(totals) / 3
    weights = np.zeros(len(totals))
    # Sums of exact points differ in their last bits by the order of adding.
    rounded = np.round(totals, 9)
    left = size
    for total in np.unique(rounded)[::-1]:
        here = rounded == total
        part = min(1.0, left / int(here.sum()))
        weights[here] = part
        left -= part * int(here.sum())
        if left <= size * ROUND:
            break
    return weights


def _deviation(values: Floats) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _item(
    responses: Responses, place: int, counted: Sequence[int], thirds: tuple[Floats, Floats] | None
) -> ItemStatistics:
    question, students = responses.questions[place], responses.students
    points = responses.points[:, place]
    is_counted = question.points > 0 and students > 0
    others = [one for one in counted if one != place]
    rest = responses.points[:, others].sum(axis=1)
    readings = np.array(responses.readings[place], dtype=object)
    most = float(question.points)
    varies = is_counted and not question.is_void
    return ItemStatistics(
        question=question,
        students=students,
        mean=float(points.mean()) if is_counted else None,
        facility=float(points.mean()) / most if is_counted else None,
        deviation=_deviation(points) if is_counted else None,
        correlation=correlation(points, responses.totals) if varies else None,
        discrimination=correlation(points, rest) if varies else None,
        alpha_without=cronbach_alpha(responses.points[:, others]) if varies else None,
        full=float((points >= most - ROUND).mean()) if is_counted else None,
        blank=float((readings == "").mean()) if students and question.is_read else None,
        options=_shares(question, readings, thirds) if students else (),
    )


def _shares(
    question: ItemQuestion, readings: NDArray[np.object_], thirds: tuple[Floats, Floats] | None
) -> tuple[OptionShare, ...]:
    """Of each option the share of all students and of the thirds; of numbers the most common ones."""
    given = reading_weights(readings, thirds)
    found: dict[str, list[float]] = {option: [0.0, 0.0, 0.0] for option in question.options}
    right = question.right
    if question.options:
        for reading, weights in given.items():
            for option in reading.split("|") if reading else ():
                sums = found.setdefault(option, [0.0, 0.0, 0.0])
                for at, weight in enumerate(weights):
                    sums[at] += weight
    elif question.lists_numbers:
        written = {number: weights for number, weights in given.items() if number}
        usual = sorted(written, key=lambda number: (-written[number][0], number))
        found = {number: list(written[number]) for number in usual[:MOST_NUMBERS]}
        right = frozenset({question.correct})
    return tuple(
        OptionShare(option=option, is_right=option in right, share=shares[0], top=shares[1], bottom=shares[2])
        for option, shares in found.items()
    )


def reading_weights(
    readings: Sequence[str] | NDArray[np.object_], thirds: tuple[Floats, Floats] | None
) -> Mapping[str, tuple[float, float, float]]:
    """Share of each reading among all students, among the best and among the weakest third.

    Without thirds the two last are 0.
    """
    names, places = np.unique(np.asarray(readings, dtype=str), return_inverse=True)
    count = len(names)
    of_all = np.bincount(places, minlength=count) / len(places)
    best, weakest = np.zeros(count), np.zeros(count)
    if thirds is not None:
        best = np.bincount(places, weights=thirds[0], minlength=count) / thirds[0].sum()
        weakest = np.bincount(places, weights=thirds[1], minlength=count) / thirds[1].sum()
    return {
        str(name): (float(of_all[at]), float(best[at]), float(weakest[at])) for at, name in enumerate(names)
    }
