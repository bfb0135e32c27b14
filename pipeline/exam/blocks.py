"""Questions as blocks: the boxes of a few questions with their numbers and letters, never split.

Each block has a frame of its own with the origin at its top-left corner; ``pipeline.exam.flow`` puts
the blocks on pages.
"""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from pipeline.errors import UsageFault
from pipeline.exam.plan import Pieces, Rectangle, TextSlot
from pipeline.model import Box, CreditFormat, Exam, Kind, Marking, Question, Shape

BOX = 4.5
"""Side or diameter of a box, mm."""
STEP_X = 8.0
"""From one option's box to the next, mm."""
STEP_Y = 7.0
"""From one question's boxes to the next, mm."""
GRID_STEP = 6.5
"""From one digit's box to the next, both ways, mm."""
LETTERS = 3.4
"""Height of the row of option letters above the boxes, mm."""
ROWS_IN_GROUP = 5
NUMBER_GAP = 3.0
"""From a question's number to its first box, mm."""
TITLE_LEAST = 22.0
"""A question's title is printed where at least this width is left, mm."""
GREY = 0.4
"""Tone of what is printed to help and not to be read first."""

ROW_KINDS = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
CREDIT_KINDS = frozenset({Kind.CREDITS, Kind.TEXT})

_HALVES = {
    Fraction(1, 2): "½",
    Fraction(1, 4): "¼",
    Fraction(3, 4): "¾",
    Fraction(1, 3): "⅓",
    Fraction(2, 3): "⅔",
}


def shape_of(marking: Marking) -> Shape:
    """Circles are filled; squares take any mark."""
    return "circle" if marking is Marking.FILL else "square"


def fraction_text(value: Fraction) -> str:
    """A number of points as paper shows it: ``1½``, ``2``, ``1 2/5``."""
    whole, rest = divmod(value, 1)
    if not rest:
        return str(whole)
    part = _HALVES.get(rest)
    if part is None:
        return f"{whole} {rest}" if whole else str(rest)
    return f"{whole}{part}" if whole else part


def question_label(question: Question) -> str:
    """A question's number as paper shows it: ``7``, ``2.1``, and ``3.1 h1`` for part h1 of 3.1."""
    prefix = f"{question.parent}."
    part = question.id.removeprefix(prefix)
    if question.parent and part != question.id and not part[:1].isdigit():
        return f"{question.parent} {part}"
    return question.id


def label_width(questions: Sequence[Question], *, star: bool = False) -> float:
    """Width for the numbers of these questions, mm: about what 9 point bold takes."""
    longest = max(len(question_label(question)) for question in questions) + star
    return min(max(6.0, 2.0 * longest + 1.5), 18.0)


def credit_values(credits: CreditFormat) -> tuple[Fraction, ...]:
    """What the credit boxes stand for: 0, step, 2 step ... and the maximum as the last."""
    count = math.ceil(credits.max / credits.step)
    return (*(credits.step * n for n in range(count)), credits.max)


def options_of(question: Question) -> tuple[tuple[str, str], ...]:
    """(option, printed letter) of the boxes of a choice, choices, truefalse, credits or text question."""
    if question.kind in CREDIT_KINDS:
        credits = question.credits or CreditFormat(max=question.points)
        return tuple((str(value), fraction_text(value)) for value in credit_values(credits))
    if question.kind is Kind.TRUEFALSE and not question.options:
        return (("T", "True"), ("F", "False"))
    if question.kind is Kind.TRUEFALSE:
        return tuple((option.id, option.text or option.id) for option in question.options)
    return tuple((option.id, option.id) for option in question.options)


# --- rows: choice, choices, truefalse -------------------------------------------------------------


def row_groups(questions: Sequence[Question]) -> list[list[Question]]:
    """Cut a run of row questions into groups that share one row of letters and stay together.

    Questions of one group have the same options; parts of one question are not torn apart while
    they are few.
    """
    parents = Counter(question.parent for question in questions if question.parent)

    def letters(question: Question) -> tuple[object, ...]:
        family = question.parent if parents[question.parent] > 1 else ""
        return options_of(question), question.dont_know, family

    groups: list[list[Question]] = []
    for _, run in groupby(questions, key=letters):
        alike = list(run)
        groups += [alike[start : start + ROWS_IN_GROUP] for start in range(0, len(alike), ROWS_IN_GROUP)]
    return groups


def row_need(questions: Sequence[Question], number: float, limit: float) -> float:
    """Width that a group of rows needs at least, mm; options beyond ``limit`` go to further lines."""
    count = len(options_of(questions[0]))
    return min(number + NUMBER_GAP + (count - 1) * STEP_X + BOX, limit)


def row_block(
    questions: Sequence[Question], *, number: float, width: float, shape: Shape, starred: bool
) -> Pieces:
    """Build a group of rows: letters on top, then a question per row.

    Parameters
    ----------
    questions
        With the same options.
    number
        Width for the question numbers, mm.
    width
        Of the column, mm; options that do not fit go to a further line with letters of its own.
    shape
        Of the boxes.
    starred
        Whether questions with more than one right answer carry a star.
    """
    options = options_of(questions[0])
    left = number + NUMBER_GAP
    lines = _lines(options, width - left)
    per_line = len(lines[0])
    boxes: list[Box] = []
    slots: list[TextSlot] = []
    y = 0.0
    if len(lines) == 1:
        slots += _letters(options, left, y, width, questions[0].dont_know)
        y += LETTERS
    used = left + (per_line - 1) * STEP_X + BOX
    for question in questions:
        slots.append(_number_slot(question, number, y if len(lines) == 1 else y + LETTERS, starred))
        for line in lines:
            if len(lines) > 1:
                slots += _letters(line, left, y, width, question.dont_know)
                y += LETTERS
            boxes += [
                Box(question=question.id, option=option, shape=shape, x=left + n * STEP_X, y=y, w=BOX, h=BOX)
                for n, (option, _) in enumerate(line)
            ]
            if line is lines[0] and question.title and width - used - 4.0 >= TITLE_LEAST:
                slots.append(_title_slot(question, used + 4.0, y - 0.75, width - used - 4.0, 6.0))
            y += STEP_Y
    return Pieces(width=width, height=y - STEP_Y + BOX, boxes=tuple(boxes), slots=tuple(slots))


def _lines(options: tuple[tuple[str, str], ...], width: float) -> list[tuple[tuple[str, str], ...]]:
    """Break options into as few lines as fit the width, all about as long."""
    most = max(1, int((width - BOX) / STEP_X + 1e-6) + 1)
    lines = max(1, math.ceil(len(options) / most))
    per_line = max(1, math.ceil(len(options) / lines))
    return [options[start : start + per_line] for start in range(0, len(options), per_line)] or [()]


def _letters(
    options: Sequence[tuple[str, str]], left: float, y: float, width: float, dont_know: str
) -> list[TextSlot]:
    slots = [
        TextSlot(
            x=left + n * STEP_X + BOX / 2 - STEP_X / 2 + 0.3,
            y=y,
            w=STEP_X - 0.6,
            h=LETTERS - 0.8,
            text=letter,
            size=7.5,
            align="center",
            vertical="bottom",
            tone=GREY,
        )
        for n, (_, letter) in enumerate(options)
    ]
    end = left + (len(options) - 1) * STEP_X + BOX
    if options[-1][0] == dont_know and width - end >= 15.0:
        slots.append(
            TextSlot(
                x=end + 2.2,
                y=y,
                w=12.5,
                h=LETTERS - 0.8,
                text="don't know",
                size=6.0,
                align="left",
                vertical="bottom",
                tone=GREY,
            )
        )
    return slots


def _number_slot(question: Question, number: float, y: float, starred: bool) -> TextSlot:
    star = "*" if starred and question.kind is Kind.CHOICES else ""
    return TextSlot(
        x=0.0,
        y=y,
        w=number,
        h=BOX,
        text=question_label(question) + star,
        size=9.0,
        style="bold",
        align="right",
    )


def _title_slot(question: Question, x: float, y: float, width: float, height: float) -> TextSlot:
    return TextSlot(
        x=x,
        y=y,
        w=width,
        h=height,
        text=question.title,
        size=7.0,
        align="left",
        max_lines=max(1, int(height / 2.9)),
        tone=GREY,
    )


# --- digit grids ----------------------------------------------------------------------------------

WRITE_IN = 5.5
"""Side of the square above a column, to write the digit in, mm."""
GRID_LABELS = 4.5
"""Width of the row labels at the left of a grid, mm."""
GRID_HEIGHT = 9.6 + WRITE_IN + 2.5 + 9 * GRID_STEP + BOX
"""Height of a digit grid with its title, mm."""
POINT_GAP = 2.5
"""Extra space between two columns for the decimal point, mm."""


def grid_block(
    question: str, rows: str, columns: int, *, shape: Shape, decimals: int = 0, sign: bool = False
) -> Pieces:
    """Build a grid of one column per digit: a square to write in, then a box per row.

    Parameters
    ----------
    question
        Id that its boxes carry.
    rows
        The characters, one row each.
    columns
        How many characters the answer has.
    shape
        Of the boxes.
    decimals
        How many columns stand behind the printed decimal point.
    sign
        Whether there is a box for minus, left of all.
    """
    left = (GRID_STEP if sign else 0.0) + GRID_LABELS
    top = WRITE_IN + 2.5
    point = columns - decimals
    xs = [left + n * GRID_STEP + (POINT_GAP if decimals and n >= point else 0.0) for n in range(columns)]
    boxes = [Box(question=question, option="sign=-", shape=shape, x=0.0, y=top, w=BOX, h=BOX)] if sign else []
    boxes += [
        Box(
            question=question, option=f"d{n + 1}={row}", shape=shape, x=x, y=top + m * GRID_STEP, w=BOX, h=BOX
        )
        for n, x in enumerate(xs)
        for m, row in enumerate(rows)
    ]
    slots = _row_labels(rows, left, top)
    if sign:
        minus = "\N{MINUS SIGN}"
        slots.append(TextSlot(x=0.0, y=0.0, w=BOX, h=WRITE_IN, text=minus, size=12.0, align="center"))
    squares = [
        Rectangle(x=x + BOX / 2 - WRITE_IN / 2, y=0.0, w=WRITE_IN, h=WRITE_IN, width=0.2, tone=0.55)
        for x in xs
    ]
    if decimals:
        after = xs[point] + BOX / 2 - WRITE_IN / 2 - POINT_GAP / 2 - 1.0
        squares.append(Rectangle(x=after, y=WRITE_IN - 1.0, w=1.0, h=1.0, width=0.0, tone=0.0, radius=0.5))
    width = xs[-1] + BOX / 2 + WRITE_IN / 2
    height = top + (len(rows) - 1) * GRID_STEP + BOX
    return Pieces(
        width=width, height=height, boxes=tuple(boxes), slots=tuple(slots), rectangles=tuple(squares)
    )


def _row_labels(rows: str, left: float, top: float) -> list[TextSlot]:
    return [
        TextSlot(
            x=left - GRID_LABELS,
            y=top + m * GRID_STEP,
            w=GRID_LABELS - 1.5,
            h=BOX,
            text=row,
            size=7.5,
            align="right",
            tone=GREY,
        )
        for m, row in enumerate(rows)
    ]


def number_block(question: Question, exam: Exam, *, titled: bool) -> Pieces:
    """Build the digit grid of a number question under its number, with room for a title if ``titled``."""
    number = question.number
    if number is None:
        raise UsageFault(
            f"{exam.file}: question {question.id} is a number without a digit grid",
            hint="write number: {digits: 3}",
        )
    grid = grid_block(
        question.id,
        "0123456789",
        number.digits,
        shape=shape_of(exam.marking),
        decimals=number.decimals,
        sign=number.sign,
    )
    head = 5.6 + (4.0 if titled else 0.0)
    width = max(grid.width, 22.5 if question.title else label_width([question]) + 6.0)
    grid = grid.moved(0.0, head)
    slots = [
        TextSlot(
            x=0.0, y=0.0, w=width, h=BOX, text=question_label(question), size=9.0, style="bold", align="left"
        )
    ]
    if question.title:
        slots.append(_title_slot(question, 0.0, 4.8, width, 3.6))
    return Pieces(
        width=width,
        height=grid.height + head,
        boxes=grid.boxes,
        slots=(*slots, *grid.slots),
        rectangles=grid.rectangles,
    )


# --- credits, for the examiner --------------------------------------------------------------------

BAR = 2.4
"""How far the examiner's bar stands left of a block, mm."""


def credit_need(question: Question, number: float) -> float:
    """Width that a credit row takes on one line, mm."""
    return number + NUMBER_GAP + (len(options_of(question)) - 1) * STEP_X + BOX


def credit_block(question: Question, *, number: float, width: float, shape: Shape) -> Pieces:
    """Build one question's credit boxes, each with its points above, marked as the examiner's.

    A row that is too long goes to further lines.
    """
    options = options_of(question)
    left = number + NUMBER_GAP
    lines = _lines(options, width - left)
    per_line = len(lines[0])
    boxes: list[Box] = []
    slots = [_number_slot(question, number, 0.0, starred=False).moved(0.0, LETTERS)]
    used = left + (per_line - 1) * STEP_X + BOX
    beside = bool(question.title) and width - used - 4.0 >= TITLE_LEAST
    y = 0.0
    if question.title and not beside:
        slots = [slot.moved(0.0, 4.0) for slot in slots]
        slots.append(_title_slot(question, left, y, width - left, 3.4))
        y += 4.0
    elif beside:
        slots.append(_title_slot(question, used + 4.0, LETTERS - 0.75, width - used - 4.0, 6.0))
    for line in lines:
        slots += _letters(line, left, y, width, "")
        y += LETTERS
        boxes += [
            Box(question=question.id, option=option, shape=shape, x=left + n * STEP_X, y=y, w=BOX, h=BOX)
            for n, (option, _) in enumerate(line)
        ]
        y += STEP_Y
    height = y - STEP_Y + BOX
    bar = Rectangle(x=-BAR, y=0.6, w=0.9, h=height - 0.6, width=0.0, tone=0.55)
    return Pieces(width=width, height=height, boxes=tuple(boxes), slots=tuple(slots), rectangles=(bar,))
