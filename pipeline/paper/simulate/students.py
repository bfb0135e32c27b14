"""What students answer, and how that becomes marks on boxes: planning, no pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.model import Exam, Kind, Layout, LayoutQuestion, Marking, NumberFormat, Question
from pipeline.paper.simulate.grids import grid_columns, id_options, number_options, random_number
from pipeline.paper.simulate.pens import Hand, Random
from pipeline.paper.simulate.records import (
    BookletPlan,
    BoxPlan,
    Drawing,
    RightAnswer,
    SimulationSettings,
    TrueAnswer,
)

_AWKWARD: dict[Marking, dict[str, float]] = {
    Marking.FILL: {
        Drawing.PARTIAL: 0.22, Drawing.DOT: 0.12, Drawing.FAINT: 0.18, Drawing.CROSS: 0.12,
        Drawing.TICK: 0.06, Drawing.RING: 0.06, Drawing.OVERSHOOT: 0.12, Drawing.STRAY: 0.06,
        Drawing.SCRIBBLED_OUT: 0.06,
    },
    Marking.ANY: {
        Drawing.PARTIAL: 0.18, Drawing.DOT: 0.18, Drawing.FAINT: 0.18, Drawing.RING: 0.10,
        Drawing.OVERSHOOT: 0.18, Drawing.STRAY: 0.10, Drawing.SCRIBBLED_OUT: 0.08,
    },
    Marking.CROSS_UNDO: {
        Drawing.PARTIAL: 0.18, Drawing.DOT: 0.08, Drawing.FAINT: 0.16, Drawing.RING: 0.08,
        Drawing.OVERSHOOT: 0.16, Drawing.STRAY: 0.10, Drawing.HEAVY: 0.16, Drawing.SCRIBBLED_OUT: 0.08,
    },
}  # fmt: skip
"""What an awkward mark looks like, by what the paper asks for; in shares."""


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
        cannot hold is left out.

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
        return {option: BoxPlan(state="marked", drawing=way, writer="examiner") for option in marked}
    usual = _usual(asked.marking, hand)
    boxes = {option: BoxPlan(state="marked", drawing=usual) for option in marked}
    if asked.kind is Kind.ID:
        return boxes
    if marked and rng.random() < settings.changes:
        _change_mind(asked, boxes, hand, rng)
    if marked and rng.random() < settings.awkward:
        _make_awkward(asked, boxes, rng)
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


def _change_mind(asked: Asked, boxes: dict[str, BoxPlan], hand: Hand, rng: Random) -> None:
    """Another box was marked first and is taken back, in the way that the paper and pen allow."""
    option = list(boxes)[int(rng.integers(len(boxes)))]
    if asked.marking is Marking.CROSS_UNDO:
        if rng.random() < 0.2:
            boxes[option] = BoxPlan(state="marked", drawing=Drawing.REMARKED)
            return
        drawing = Drawing.UNDONE
    elif hand.pen.erasable:
        drawing = Drawing.ERASED
    else:
        return
    others = _alternatives(asked, boxes, option)
    if others:
        boxes[others[int(rng.integers(len(others)))]] = BoxPlan(state="cancelled", drawing=drawing)


def _make_awkward(asked: Asked, boxes: dict[str, BoxPlan], rng: Random) -> None:
    """Draw one box of the question so that it is hard to read."""
    shares = _AWKWARD[asked.marking]
    drawing = str(rng.choice(list(shares), p=list(shares.values())))
    marked = [option for option, plan in boxes.items() if plan.state == "marked"]
    option = marked[int(rng.integers(len(marked)))]
    if drawing in (Drawing.STRAY, Drawing.SCRIBBLED_OUT):
        others = _alternatives(asked, boxes, option)
        if not others:
            return
        state: BoxPlan = BoxPlan(
            state="empty" if drawing == Drawing.STRAY else "cancelled", label="awkward", drawing=drawing
        )
        boxes[others[int(rng.integers(len(others)))]] = state
    else:
        boxes[option] = replace(boxes[option], label="awkward", drawing=drawing)
