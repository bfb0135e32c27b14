"""Digit grids under common titles: a row of a table with its columns, a product with its factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.exam.blocks import BOX, GREY, grid_block, shape_of
from pipeline.exam.plan import Pieces, TextSlot, joined
from pipeline.model import Exam, NumberFormat, Question

LABEL = 5.6
"""Height of the line with the question's number and the row's title, mm."""
TITLE = 4.0
"""Height of a line of titles above the grids, mm."""
FACTOR_GAP = 3.6
"""Between two factors of one product, mm."""
CELL_GAP = 7.0
"""Between two cells of a row, mm."""
LEAST_WIDTH = 34.0
"""A row's title has at least this width, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """The grids of one cell, side by side, with its title above them."""

    pieces: Pieces
    lines: int
    """How many lines of titles it has."""


def framed_block(questions: Sequence[Question], exam: Exam, width: float) -> Pieces:
    """Build the digit grids of one row of a table, or of one product, as one block.

    Parameters
    ----------
    questions
        Number questions of one frame with the same first head.
    exam
        Says the shape of the boxes.
    width
        Of the page: cells that do not fit go to a further shelf.

    Returns
    -------
    Pieces
        On top the frame's id and the first head, below it the cells with their own heads.
    """
    first = questions[0]
    cells = [_cell(tuple(run), exam, width) for _, run in groupby(questions, key=_cell_id)]
    lines = max(cell.lines for cell in cells)
    placed: list[Pieces] = []
    x, y, tallest = 0.0, LABEL, 0.0
    for cell in cells:
        if x > 0 and x + cell.pieces.width > width + 1e-6:
            x, y, tallest = 0.0, y + tallest + 3.0, 0.0
        drop = (lines - cell.lines) * TITLE
        placed.append(cell.pieces.moved(x, y + drop))
        x += cell.pieces.width + CELL_GAP
        tallest = max(tallest, cell.pieces.height + drop)
    body = joined(*placed)
    whole = max(LEAST_WIDTH, *(one.slots[0].x + one.width for one in placed))
    label = _label(first.frame)
    number = min(2.0 * len(label) + 2.0, 24.0)
    head = [
        TextSlot(x=0.0, y=0.0, w=number, h=BOX, text=label, size=9.0, style="bold", align="left"),
        TextSlot(x=number, y=0.0, w=whole - number, h=BOX, text=first.heads[0], size=8.0, align="left"),
    ]
    return Pieces(
        width=whole,
        height=y + tallest,
        boxes=body.boxes,
        slots=(*head, *body.slots),
        rectangles=body.rectangles,
    )


def _label(frame: str) -> str:
    """A table's id as paper shows it: ``4.1``, and ``3.1 z`` for part z of 3.1."""
    question, _, part = frame.rpartition(".")
    return f"{question} {part}" if question and not part[:1].isdigit() else frame


def _cell_id(question: Question) -> str:
    """What all factors of a cell have in common; of other grids their own id."""
    return question.parent if len(question.heads) > 2 else question.id


def _cell(questions: tuple[Question, ...], exam: Exam, width: float) -> _Cell:
    """Grids of the questions that share a cell: one, or one for each factor."""
    factors = len(questions[0].heads) > 2
    lines = 2 if factors else 1
    grids = [_grid(question, exam) for question in questions]
    top = lines * TITLE
    placed: list[Pieces] = []
    x, y, most = 0.0, top, 0.0
    slots: list[TextSlot] = []
    for question, grid in zip(questions, grids, strict=True):
        if x > 0 and x + grid.width > width + 1e-6:
            x, y = 0.0, y + grid.height + TITLE + 2.0
        if factors:
            slots.append(_title(question.heads[-1], x, y - TITLE, grid.width + FACTOR_GAP - 0.6))
        placed.append(grid.moved(x, y))
        most = max(most, x + grid.width)
        x += grid.width + FACTOR_GAP
    whole = max(most, 16.0)
    title = _title(questions[0].heads[1], 0.0, 0.0, whole + 4.0)
    body = joined(*placed)
    return _Cell(
        pieces=Pieces(
            width=whole,
            height=y + grids[-1].height,
            boxes=body.boxes,
            slots=(title, *slots, *body.slots),
            rectangles=body.rectangles,
        ),
        lines=lines,
    )


def _grid(question: Question, exam: Exam) -> Pieces:
    number = question.number or NumberFormat(digits=1)
    return grid_block(
        question.id,
        "0123456789",
        number.digits,
        shape=shape_of(exam.marking),
        decimals=number.decimals,
        sign=number.sign,
    )


def _title(text: str, x: float, y: float, width: float) -> TextSlot:
    return TextSlot(x=x, y=y, w=width, h=TITLE - 0.4, text=text, size=7.0, align="left", tone=GREY)
