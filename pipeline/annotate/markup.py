"""What is written on a student's pages: pure, from the grade, the answers and the places of the boxes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pipeline.annotate.records import Frame, FrameKind, Note, Outcome
from pipeline.model import Answer, Booklet, Exam, Grade, Kind, PageLayout, Question, Score
from pipeline.reporting import points_text

CHOICE_KINDS = (Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE)
REACH = 0.68
"""Half the side of a frame, in sides of its box."""
AROUND = 0.3
"""Paper between the boxes of a number and the frame around them, in heights of a box."""
SAID = frozenset({"", "right", "wrong", "blank", "credits by the examiner"})
"""Reasons that frames, signs and points say already."""
OF_STATUS: Mapping[str, str] = {
    "review": "Not final: an answer waits for a person.",
    "incomplete": "Not final: a sheet or its credits are missing.",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedPage:
    """Where the boxes of a page are on its scan."""

    layout: PageLayout
    places: NDArray[np.float64]
    """(boxes, 4): centre x, centre y, width, height of each box, mm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marking:
    """A student's result, as it is written on the pages."""

    exam: Exam
    grade: Grade
    booklet: Booklet
    show_key: bool = True
    """Whether the right answers, and the reasons that tell them, are written too."""


def page_markup(
    marking: Marking, pages: Sequence[PlacedPage]
) -> list[tuple[tuple[Frame, ...], tuple[Note, ...]]]:
    """Frames and notes of each page; what stands on none of them is told on the last.

    A question whose boxes are on several pages has its note on the first of them.
    """
    scores = {score.question: score for score in marking.grade.scores}
    told: set[str] = set()
    found = []
    for page in pages:
        frames: list[Frame] = []
        notes: list[Note] = []
        for question in marking.exam.questions:
            boxes = [at for at, box in enumerate(page.layout.boxes) if box.question == question.id]
            if not boxes or question.id not in scores:
                continue
            score, places = scores[question.id], page.places[boxes]
            options = [page.layout.boxes[at].option for at in boxes]
            frames += _frames(marking, question, score, options, places)
            if question.id not in told:
                told.add(question.id)
                notes.append(_note(marking, question, score, float(places[:, 1].mean())))
        found.append((tuple(frames), _with_groups(marking, scores, notes, told)))
    return [*found[:-1], _with_rest(marking, found[-1], told, pages[-1])] if found else []


def _with_groups(
    marking: Marking, scores: Mapping[str, Score], notes: Sequence[Note], told: set[str]
) -> tuple[Note, ...]:
    """The notes, each question of parts that are judged together behind the last of them."""
    behind = {group.parts[-1]: group.id for group in marking.exam.groups if group.parts}
    whole = []
    for note in notes:
        whole.append(note)
        name = behind.get(note.question, "")
        if name in scores:
            told.add(name)
            whole.append(_group_note(marking, scores[name], note.y))
    return tuple(whole)


def _with_rest(
    marking: Marking,
    last: tuple[tuple[Frame, ...], tuple[Note, ...]],
    told: set[str],
    page: PlacedPage,
) -> tuple[tuple[Frame, ...], tuple[Note, ...]]:
    asked = {question.id: question for question in marking.exam.questions}
    y = float(page.places[:, 1].max(initial=0.0)) + 1.0
    rest = [
        _note(marking, asked[score.question], score, y)
        if score.question in asked
        else _group_note(marking, score, y)
        for score in marking.grade.scores
        if score.question not in told
    ]
    return last[0], (*last[1], *rest)


# --- boxes -----------------------------------------------------------------------------------------


def _frames(
    marking: Marking,
    question: Question,
    score: Score,
    options: Sequence[str],
    places: NDArray[np.float64],
) -> Iterator[Frame]:
    answer = marking.booklet.answers.get(question.id)
    outcome = outcome_of(score)
    if question.kind not in CHOICE_KINDS:
        if answer is not None and (answer.doubtful or answer.value is not None):
            kind: FrameKind = "open" if answer.doubtful else "wrong" if outcome == "wrong" else "plain"
            yield _around(places, "right" if outcome == "right" else kind)
        return
    if answer is not None and answer.doubtful:
        yield _around(places, "open")
        return
    for option, place in zip(options, places, strict=True):
        found = box_kind(question, score, answer, option, show_key=marking.show_key)
        if found:
            x, y, w, h = (float(value) for value in place)
            yield Frame(kind=found, x=x - REACH * w, y=y - REACH * h, w=2 * REACH * w, h=2 * REACH * h)


def box_kind(
    question: Question, score: Score, answer: Answer | None, option: str, *, show_key: bool
) -> FrameKind | None:
    """How the box of an option is framed; None: not at all.

    An answer that has all its points is right in each of its boxes, also where the key lists another
    one: rules may accept several.
    """
    is_chosen = answer is not None and option in answer.chosen
    right = score.correct.split("|") if score.correct else []
    if not show_key or score.status == "void" or option == question.dont_know or not right:
        return "plain" if is_chosen else None
    if is_chosen:
        return "right" if option in right or outcome_of(score) == "right" else "wrong"
    return "missing" if option in right and outcome_of(score) != "right" else None


def _around(places: NDArray[np.float64], kind: FrameKind) -> Frame:
    half = places[:, 2:] / 2
    low, high = (places[:, :2] - half).min(axis=0), (places[:, :2] + half).max(axis=0)
    gap = AROUND * float(np.median(places[:, 3]))
    x, y = float(low[0]) - gap, float(low[1]) - gap
    return Frame(kind=kind, x=x, y=y, w=float(high[0]) + gap - x, h=float(high[1]) + gap - y)


# --- the margin ------------------------------------------------------------------------------------


def outcome_of(score: Score) -> Outcome:
    """What became of an answer, by its points."""
    if score.points is None:
        return "open"
    if score.status == "void" or not score.max_points:
        return "plain"
    if score.points >= score.max_points:
        return "right"
    return "partly" if score.points > 0 else "wrong"


def _note(marking: Marking, question: Question, score: Score, y: float) -> Note:
    answer = marking.booklet.answers.get(question.id)
    details: list[str] = []
    if marking.show_key:
        if score.correct and outcome_of(score) != "right":
            details.append(f"right: {score.correct.replace('|', ' and ')}")
        details += _reason(score, answer)
    if answer is not None and answer.decided_by:
        details.append("decided by a person")
    return Note(
        question=question.id,
        outcome=outcome_of(score),
        y=y,
        read="" if question.credits is not None and score.points is not None else read_text(answer),
        points=_points(score),
        details=tuple(details),
    )


def _reason(score: Score, answer: Answer | None) -> Iterator[str]:
    """Why, unless the page says it already."""
    reason = answer.reason if answer is not None and answer.doubtful and answer.reason else score.reason
    if reason not in SAID:
        yield reason


def _group_note(marking: Marking, score: Score, y: float) -> Note:
    details = (score.reason,) if score.reason and marking.show_key else ()
    return Note(
        question=score.question,
        outcome=outcome_of(score),
        y=y,
        read="all parts",
        points=_points(score),
        details=details,
    )


def _points(score: Score) -> str:
    if not score.max_points and not score.points:
        return ""
    points = "?" if score.points is None else points_text(score.points)
    return f"{points} of {points_text(score.max_points)} points"


def read_text(answer: Answer | None) -> str:
    """What was read, as people write it."""
    if answer is None:
        return "no sheet"
    if answer.doubtful:
        return "not clear"
    if answer.value is not None:
        return points_text(answer.value)
    return " and ".join(answer.chosen) or "blank"


def head_lines(marking: Marking, published: str) -> tuple[str, ...]:
    """Whose paper it is, its points and its grade.

    Parameters
    ----------
    marking
        The student's result.
    published
        When: ISO 8601.
    """
    grade = marking.grade
    lines = [" ".join(filter(None, (grade.student_id, grade.name))), _total(grade)]
    lines += _sections(marking.exam, grade.sections)
    lines.append(OF_STATUS.get(grade.status, ""))
    version = f"version {grade.version}, " if len(grade.version) and grade.version != "A" else ""
    lines.append(f"{version}graded {published[:10]}" if published else version.rstrip(", "))
    return tuple(filter(None, lines))


def _total(grade: Grade) -> str:
    points = "?" if grade.points is None else points_text(grade.points)
    words = f"{points} of {points_text(grade.max_points)} points"
    return f"{words}, grade {grade.grade}" if grade.grade else words


def _sections(exam: Exam, earned: Mapping[str, Fraction]) -> Iterable[str]:
    for section in exam.sections:
        if section.id in earned:
            yield f"{section.title or section.id}: {points_text(earned[section.id])}"
