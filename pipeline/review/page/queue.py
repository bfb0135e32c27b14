"""The order in which doubts are shown, and walls of likes: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from pipeline.gather import Exams
from pipeline.grades import Graded
from pipeline.grading import points_span
from pipeline.model import Answer, Booklet, Doubt, Exam, Grade, Kind, PageSource, Question

LEAST_OF_A_WALL = 3
"""Fewer doubts alike are shown one by one."""
BLANK = "blank"
CHOICE_KINDS = (Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE)


class Stakes(IntEnum):
    """What the open doubts of a student can change, the most first."""

    PASS = 0
    GRADE = 1
    POINTS = 2
    NOTHING = 3


STAKES_WORDS: Mapping[Stakes, str] = {
    Stakes.PASS: "can decide whether the student passes",
    Stakes.GRADE: "can change the grade",
    Stakes.POINTS: "can change points",
    Stakes.NOTHING: "changes nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A doubt with what hangs on it."""

    doubt: Doubt
    stakes: Stakes
    impact: Fraction
    """Points between the best and the worst decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A doubt as the page shows it."""

    ranked: Ranked
    question: Question | None
    source: PageSource | None
    proposal: str
    """The likeliest reading, as a decision is written; "" where there is none."""
    boxes: tuple[int, ...] = ()
    """Its boxes, as indices into the page layout's boxes."""
    unclear: tuple[int, ...] = ()
    """Those of ``boxes``, by place among them, that are in doubt."""
    certainty: float = 0.0
    """Probability that the proposal is what the student meant."""

    @property
    def doubt(self) -> Doubt:
        """The doubt."""
        return self.ranked.doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """Doubts that look alike, to be confirmed together."""

    key: str
    exam: str
    proposal: str
    doubts: tuple[str, ...]
    """Ids, the most certain first."""


def ranked_doubts(graded: Graded, exams: Exams) -> tuple[Ranked, ...]:
    """Every doubt in the order of what it can change: the pass line, a grade, points, nothing.

    A student's open doubts are taken together: two that change nothing by themselves may decide
    together. A doubt about a whole booklet counts as deciding on the pass line, where there is one.
    """
    places: dict[tuple[str, int], int] = {}
    students: dict[tuple[str, str], int] = {}
    for place, (grade, booklet) in enumerate(graded.grades):
        students.setdefault((grade.exam, grade.student_id), place)
        for answer in booklet.answers.values() if booklet else ():
            places.setdefault((answer.file, answer.page), place)
    by_student: dict[int, list[Doubt]] = {}
    of_nobody: list[Doubt] = []
    for doubt in graded.assembly.doubts:
        here = places.get((doubt.file, doubt.page), students.get((doubt.exam, doubt.student_id)))
        (of_nobody if here is None else by_student.setdefault(here, [])).append(doubt)
    ranked = [Ranked(doubt=doubt, stakes=Stakes.PASS, impact=_impact(graded, doubt)) for doubt in of_nobody]
    for place, doubts in by_student.items():
        grade, booklet = graded.grades[place]
        stakes = _stakes(grade, booklet, doubts, exams)
        for doubt in doubts:
            impact = _impact(graded, doubt)
            own = stakes if impact or not doubt.question else Stakes.NOTHING
            ranked.append(Ranked(doubt=doubt, stakes=own, impact=impact))
    return tuple(sorted(ranked, key=_order))


def _order(one: Ranked) -> tuple[int, Fraction, str, int, str]:
    return (one.stakes, -one.impact, one.doubt.file, one.doubt.page, one.doubt.id)


def _impact(graded: Graded, doubt: Doubt) -> Fraction:
    return graded.impacts.get(doubt.id, Fraction(0))


def _stakes(grade: Grade, booklet: Booklet | None, doubts: Sequence[Doubt], exams: Exams) -> Stakes:
    exam, key = exams.exams.get((grade.exam, grade.version)), exams.keys.get((grade.exam, grade.version))
    if exam is None or key is None or booklet is None or grade.points is None:
        return Stakes.PASS
    if any(not doubt.question for doubt in doubts):
        return Stakes.PASS if exam.pass_points is not None else Stakes.GRADE
    spans = [
        points_span(key.entries[doubt.question], answer)
        for doubt in doubts
        if (answer := booklet.answers.get(doubt.question)) is not None
    ]
    least = grade.points + sum(span[0] for span in spans)
    most = grade.points + sum(span[1] for span in spans)
    return stakes_between(exam, least, most)


def stakes_between(exam: Exam, least: Fraction, most: Fraction) -> Stakes:
    """What lies between the least and the most points that a student may end with."""
    if exam.pass_points is not None and least < exam.pass_points <= most:
        return Stakes.PASS
    if any(least < line <= most for line, _ in exam.grades):
        return Stakes.GRADE
    return Stakes.POINTS if least < most else Stakes.NOTHING


def walls(items: Iterable[Item]) -> tuple[Wall, ...]:
    """Answers in doubt that look alike, the largest wall first.

    Only ticked answers whose likeliest reading is a plain one: a question of which two options are
    clearly marked where one is asked is looked at by itself.
    """
    alike: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if item.doubt.kind == "answer" and _is_plain(item):
            alike.setdefault((item.doubt.exam, item.proposal), []).append(item)
    found = [
        Wall(
            key=f"{exam}/{proposal}",
            exam=exam,
            proposal=proposal,
            doubts=tuple(one.doubt.id for one in sorted(same, key=lambda item: -item.certainty)),
        )
        for (exam, proposal), same in alike.items()
        if len(same) >= LEAST_OF_A_WALL
    ]
    return tuple(sorted(found, key=lambda wall: (-len(wall.doubts), wall.key)))


def _is_plain(item: Item) -> bool:
    question = item.question
    if question is None or question.kind not in CHOICE_KINDS or not item.proposal or not item.unclear:
        return False
    return question.kind is Kind.CHOICES or "|" not in item.proposal


def chosen_text(answer: Answer) -> str:
    """What an answer says, as a decision is written."""
    if answer.value is not None:
        return str(answer.value)
    return "|".join(answer.chosen) or BLANK
