"""What a cover page's handwritten table says, beside what the sheets behind it give."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.grading.numbers import number_text
from pipeline.model import Exam, Grade

TOTAL = "total"
"""The field for the points of the whole exam."""
_MOST_PARTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSum:
    """What the sheets give for one field of a cover's table."""

    points: tuple[Fraction, ...]
    """Sums that agree with it: of the whole exam the exact one and the rounded one. Empty while a
    question of it is open."""
    parts: tuple[tuple[str, Fraction], ...]
    """Points by question, where they are known."""
    what: str
    """The field in words: "question 2", "section theory", "the total"."""


def has_cover_field(exam: Exam, name: str) -> bool:
    """Whether a cover's table can have such a field: ``total``, a section, or questions that begin so."""
    ids = [*(question.id for question in exam.questions), *(group.id for group in exam.groups)]
    return name == TOTAL or any(section.id == name for section in exam.sections) or bool(_within(name, ids))


def cover_sum(exam: Exam, grade: Grade, name: str) -> CoverSum:
    """What the sheets of a student give for a field of the cover's table.

    Parameters
    ----------
    exam, grade
        The student's.
    name
        One of which :func:`has_cover_field` is true: "2" stands for questions 2, 2.1, 2a and so on.
    """
    known = {score.question: score.points for score in grade.scores}
    section = next((one for one in exam.sections if one.id == name), None)
    if name == TOTAL:
        members, what = list(known), "the total"
    elif section is not None:
        inside = {part for one in section.questions for part in _within(one, list(known))}
        members, what = [one for one in known if one in inside], f"section {name}"
    else:
        members, what = _within(name, list(known)), f"question {name}"
    given = [(one, points) for one in members if (points := known[one]) is not None]
    in_groups = {part for group in exam.groups for part in group.parts}
    parts = tuple((one, points) for one, points in given if points or one not in in_groups)
    sums: tuple[Fraction, ...] = ()
    if len(given) == len(members):
        exact = sum((points for _, points in given), Fraction(0))
        sums = (grade.sections.get(name, exact) if section is not None else exact,)
        if name == TOTAL and grade.points is not None:
            sums = (grade.points,) if exam.sections else (grade.points, exact)
    return CoverSum(points=sums, parts=parts, what=what)


def cover_words(said: Fraction, found: CoverSum) -> str:
    """That a cover says something else than the sheets give; "" when they agree or cannot be compared."""
    if not found.points or said in found.points:
        return ""
    parts = [f"{one}: {number_text(points)}" for one, points in found.parts[:_MOST_PARTS]]
    more = [f"and {len(found.parts) - _MOST_PARTS} more"] if len(found.parts) > _MOST_PARTS else []
    of = f" ({', '.join([*parts, *more])})" if len(found.parts) > 1 else ""
    sheets, cover = number_text(found.points[0]), number_text(said)
    return f"{found.what}: the sheets give {sheets}{of}, the cover says {cover}"


def _within(name: str, ids: Sequence[str]) -> list[str]:
    """Questions of this name, and those whose ids go on with something else than a digit."""
    return [one for one in ids if one == name or (one.startswith(name) and not one[len(name)].isdigit())]
