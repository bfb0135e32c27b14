"""What students answer, and how that becomes marks on boxes: planning, no pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.formats import TrueState
from pipeline.model import (
    EXAM_EMPTY,
    Exam,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    NumberFormat,
    Question,
)
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.draws import DRAWS
from pipeline.paper.simulate.grids import grid_columns, id_options, number_options, random_number
from pipeline.paper.simulate.pens import Hand, Random, pick
from pipeline.paper.simulate.records import (
    BookletPlan,
    BoxPlan,
    RightAnswer,
    SimulationSettings,
    TrueAnswer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as the layout prints it, with what the exam says of it."""

    id: str
    kind: Kind
    options: tuple[str, ...]
    marking: Marking
    writer: str
    right: RightAnswer
    dont_know: str = ""
    number: NumberFormat | None = None


def asked_questions(layout: Layout, exam: Exam | None, right: Mapping[str, RightAnswer]) -> tuple[Asked, ...]:
    """List the questions of a layout in the order of its boxes."""
    options: dict[str, list[str]] = {}
    for page in layout.pages:
        for box in page.boxes:
            options.setdefault(box.question, []).append(box.option)
    known: Mapping[str, Question] = {question.id: question for question in exam.questions} if exam else {}
    asked = []
    for name, printed in options.items():
        said = layout.questions.get(name, LayoutQuestion(kind=Kind.CHOICES))
        question = known.get(name)
        asked.append(
            Asked(
                id=name,
                kind=question.kind if question else said.kind,
                options=tuple(printed),
                marking=said.marking or layout.marking,
                writer=said.writer,
                right=right.get(name, RightAnswer()),
                dont_know=question.dont_know if question else "",
                number=question.number if question else None,
            )
        )
    return tuple(asked)


def plan_booklet(
    asked: Sequence[Asked],
    student_id: str,
    hand: Hand,
    settings: SimulationSettings,
    rng: Random,
    *,
    answers: Mapping[str, TrueAnswer] | None = None,
) -> BookletPlan:
    """Plan everything that one student, and the examiner, write.

    Parameters
    ----------
    asked
        The questions.
    student_id
        For the id grid.
    hand
        The student's.
    settings
        Knowledge, blanks, changes of mind, awkward marks.
    rng
        Source of chance.
    answers
        Answers that are given and not drawn, by question id; an option or a value that the paper
        cannot hold is left out. Nobody's exam is empty unless it is given.

    Returns
    -------
    BookletPlan
        A plan for every box that is drawn on, and the answer to every question.
    """
    plans: dict[tuple[str, str], BoxPlan] = {}
    true: list[TrueAnswer] = []
    for question, chance in zip(asked, rng.spawn(len(asked)), strict=True):
        given = (answers or {}).get(question.id)
        answer, marked = _answer(question, student_id, settings, chance, given)
        boxes = _draw(question, marked, hand, settings, chance)
        answer = _answer_of_marks(question, answer, boxes)
        plans |= {(question.id, option): plan for option, plan in boxes.items()}
        if question.kind is not Kind.ID:
            true.append(answer)
    return BookletPlan(plans=plans, answers=tuple(true))


def _answer(
    asked: Asked,
    student_id: str,
    settings: SimulationSettings,
    rng: Random,
    given: TrueAnswer | None,
) -> tuple[TrueAnswer, tuple[str, ...]]:
    """The answer to one question, and the boxes that say it."""
    if asked.kind is Kind.ID:
        return TrueAnswer(question=asked.id), id_options(student_id, asked.options)
    if given is not None and not (asked.kind is Kind.NUMBER and given.value is not None):
        marked = tuple(option for option in asked.options if option in given.chosen)
        return replace(given, chosen=marked), marked
    if asked.id == EXAM_EMPTY:
        return TrueAnswer(question=asked.id), ()
    if asked.kind is Kind.NUMBER:
        wanted = given.value if given else _number_wanted(asked, settings, rng)
        marked, value = number_options(wanted, asked.options, asked.number, rng)
        return TrueAnswer(question=asked.id, value=value), marked
    if asked.kind in (Kind.CREDITS, Kind.TEXT):
        return _credits(asked, settings, rng)
    chosen = _chosen(asked, settings, rng)
    return TrueAnswer(question=asked.id, chosen=chosen), chosen


def _number_wanted(asked: Asked, settings: SimulationSettings, rng: Random) -> Fraction | None:
    if rng.random() < settings.blank:
        return None
    if asked.right.value is not None and rng.random() < settings.knows:
        return asked.right.value
    return random_number(asked.right.value, grid_columns(asked.options), asked.number, rng)


def _credits(asked: Asked, settings: SimulationSettings, rng: Random) -> tuple[TrueAnswer, tuple[str, ...]]:
    """The examiner's credits: most of them near the ends."""
    if not settings.credits:
        return TrueAnswer(question=asked.id), ()
    place = round(rng.beta(0.5 + settings.knows, 1.3 - settings.knows) * (len(asked.options) - 1))
    option = asked.options[place]
    return TrueAnswer(question=asked.id, chosen=(option,), value=_credit_value(option)), (option,)


def _credit_value(option: str) -> Fraction | None:
    """Points that a credit box says; None on other people's paper where it is no number."""
    try:
        return Fraction(option)
    except ValueError:
        return None


def _chosen(asked: Asked, settings: SimulationSettings, rng: Random) -> tuple[str, ...]:
    if rng.random() < settings.blank:
        return ()
    if asked.dont_know in asked.options and rng.random() < settings.dont_know:
        return (asked.dont_know,)
    answers = [option for option in asked.options if option != asked.dont_know]
    knows = rng.random() < settings.knows
    right = asked.right.chosen
    if asked.kind is Kind.CHOICES:
        return _several(answers, right, knows, rng)
    if right and knows:
        return right[:1]
    wrong = [option for option in answers if option not in (right or ())] or answers
    return (wrong[int(rng.integers(len(wrong)))],)


def _several(
    answers: Sequence[str], right: tuple[str, ...] | None, knows: bool, rng: Random
) -> tuple[str, ...]:
    """Options of a question with several right ones; who does not know gets one or two wrong."""
    if right is None:
        return tuple(option for option in answers if rng.random() < 0.4)
    chosen = {option for option in answers if option in right}
    if not knows:
        count = min(len(answers), int(rng.integers(1, 3)))
        for place in rng.choice(len(answers), count, replace=False):
            chosen ^= {answers[int(place)]}
    return tuple(option for option in answers if option in chosen)


# --- how it is drawn ---------------------------------------------------------------------------


def _draw(
    asked: Asked, marked: tuple[str, ...], hand: Hand, settings: SimulationSettings, rng: Random
) -> dict[str, BoxPlan]:
    """Plans for the boxes of one question that are drawn on."""
    by_examiner = asked.writer == "examiner" or asked.kind in (Kind.CREDITS, Kind.TEXT)
    if by_examiner:
        way = Drawing.FILL if asked.marking is Marking.FILL else Drawing.CROSS
        boxes = {option: BoxPlan(state="marked", drawing=way, writer="examiner") for option in marked}
    else:
        usual = _usual(asked.marking, hand)
        boxes = {option: BoxPlan(state="marked", drawing=usual) for option in marked}
    if asked.kind is Kind.ID:
        return boxes
    if marked and not by_examiner and rng.random() < settings.changes:
        _change_mind(asked, boxes, rng)
    if marked and rng.random() < settings.awkward:
        _make_awkward(asked, boxes, hand, settings, rng)
    if by_examiner:
        return {option: replace(plan, writer="examiner") for option, plan in boxes.items()}
    return boxes


def _usual(marking: Marking, hand: Hand) -> str:
    """How this writer chooses a box where the paper asks for ``marking``."""
    if marking is Marking.FILL:
        return Drawing.FILL
    return Drawing.CROSS if marking is Marking.CROSS_UNDO else hand.habit


def _alternatives(asked: Asked, boxes: Mapping[str, BoxPlan], option: str) -> list[str]:
    """Untouched boxes that stand for another answer in the place of ``option``."""
    column = option.partition("=")[0] + "=" if asked.kind is Kind.NUMBER else ""
    return [other for other in asked.options if other not in boxes and other.startswith(column)]


def _change_mind(asked: Asked, boxes: dict[str, BoxPlan], rng: Random) -> None:
    """Another box was crossed first and is taken back by filling it, where the paper says so."""
    if asked.marking is not Marking.CROSS_UNDO:
        return
    option = list(boxes)[int(rng.integers(len(boxes)))]
    others = _alternatives(asked, boxes, option)
    if others:
        boxes[others[int(rng.integers(len(others)))]] = BoxPlan(state="cancelled", drawing=Drawing.UNDONE)


_ON_ANOTHER_BOX: dict[str, TrueState] = {
    Drawing.STRAY: "empty",
    Drawing.BETWEEN: "empty",
    Drawing.SCRIBBLED_OUT: "cancelled",
    Drawing.ERASED: "cancelled",
    Drawing.CORRECTED: "cancelled",
    Drawing.DOUBLE: "marked",
}
"""What a box that is not the answer says when it is drawn on like this."""


def _make_awkward(
    asked: Asked, boxes: dict[str, BoxPlan], hand: Hand, settings: SimulationSettings, rng: Random
) -> None:
    """Draw one box of the question so that it is hard to read, or strike all of them out."""
    drawing = _fitting(pick(DRAWS[settings.draws].awkward[asked.marking], rng), asked, hand)
    if drawing == Drawing.STRUCK:
        for option in asked.options:
            state: TrueState = "cancelled" if option in boxes else "empty"
            usual = boxes[option].drawing if option in boxes else Drawing.NONE
            boxes[option] = BoxPlan(state=state, label="awkward", drawing=usual, struck=True)
        return
    marked = [option for option, plan in boxes.items() if plan.state == "marked"]
    option = marked[int(rng.integers(len(marked)))]
    if drawing in _ON_ANOTHER_BOX:
        others = _alternatives(asked, boxes, option)
        if others:
            other = others[int(rng.integers(len(others)))]
            boxes[other] = BoxPlan(state=_ON_ANOTHER_BOX[drawing], label="awkward", drawing=drawing)
    else:
        boxes[option] = replace(boxes[option], label="awkward", drawing=drawing)


def _fitting(drawing: str, asked: Asked, hand: Hand) -> str:
    """The same, or what comes closest to it with this pen and in this question."""
    if drawing == Drawing.ERASED and not hand.pen.erasable:
        return Drawing.SCRIBBLED_OUT
    if drawing == Drawing.CORRECTED and hand.pen.erasable:
        return Drawing.ERASED
    if drawing == Drawing.DOUBLE and asked.kind not in (Kind.CHOICE, Kind.TRUEFALSE):
        return Drawing.OVERSHOOT
    if drawing == Drawing.STRUCK and asked.kind not in (Kind.CHOICE, Kind.TRUEFALSE, Kind.CHOICES):
        return Drawing.OVERSHOOT
    return drawing


def _answer_of_marks(asked: Asked, answer: TrueAnswer, boxes: Mapping[str, BoxPlan]) -> TrueAnswer:
    """The answer after its question was struck out, or a second box was marked."""
    if not any(plan.struck or plan.drawing == Drawing.DOUBLE for plan in boxes.values()):
        return answer
    marked = {option for option, plan in boxes.items() if plan.state == "marked"}
    return replace(answer, chosen=tuple(option for option in asked.options if option in marked))
