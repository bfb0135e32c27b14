"""Grade tables: usual scales, and points that are written as a share of the most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.exam.fields import Share
from pipeline.exam.totals import most_points
from pipeline.model import Exam


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A usual grade table, in per cent of the most points."""

    grades: tuple[tuple[int, str], ...]
    """(least per cent, grade), best first. The last is everything below the one before it."""
    passed: int | None
    """Least per cent to pass."""


SCALES: Mapping[str, Scale] = {
    "german": Scale(
        grades=(
            *((95, "1.0"), (90, "1.3"), (85, "1.7"), (80, "2.0"), (75, "2.3"), (70, "2.7")),
            *((65, "3.0"), (60, "3.3"), (55, "3.7"), (50, "4.0"), (0, "5.0")),
        ),
        passed=50,
    ),
    # No law ties the seven steps to per cent: these are a usual choice.
    "danish": Scale(
        grades=((90, "12"), (80, "10"), (65, "7"), (55, "4"), (50, "02"), (25, "00"), (0, "-3")), passed=50
    ),
    "letters": Scale(grades=((90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "F")), passed=60),
    "percent": Scale(grades=tuple((share, f"{share} %") for share in range(100, -1, -1)), passed=None),
}
"""By the name that an exam file writes under ``grade_scale``."""
BELOW_ALL = -10
"""Times the most points: where the lowest grade of a scale begins, for totals below 0."""


def with_grades(
    exam: Exam,
    *,
    passed: Fraction | Share | None,
    grades: Mapping[str, Fraction | Share],
    scale: str,
) -> Exam:
    """An exam with its pass line and its grades in points.

    Parameters
    ----------
    exam
        All else of the exam.
    passed
        Least points to pass; None: those of the scale, if there is one.
    grades
        Least points of each grade; not used with a scale.
    scale
        A name of :data:`SCALES`, or "".
    """
    most = most_points(exam)
    line = None if passed is None else _points(passed, most)
    if not scale:
        table = sorted(((_points(least, most), grade) for grade, least in grades.items()), reverse=True)
    else:
        found = SCALES[scale]
        table = [(most * share / 100, grade) for share, grade in found.grades]
        table[-1] = (most * BELOW_ALL, table[-1][1])
        if line is None and found.passed is not None:
            line = most * found.passed / 100
    return replace(exam, pass_points=line, grades=tuple(table))


def _points(written: Fraction | Share, most: Fraction) -> Fraction:
    return most * written.of if isinstance(written, Share) else written
