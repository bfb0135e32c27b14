"""How to mark, in pictures and few words, from the exam's own marking convention."""

from dataclasses import dataclass

from pipeline.exam.blocks import GREY, shape_of
from pipeline.exam.plan import Mark, Picture, Pieces, TextSlot
from pipeline.model import Marking

PICTURE = 4.5
"""Side of an example box, mm."""
_STEP = 7.0
_ROW = 10.4
_BESIDE: dict[Mark, float] = {"again": 4.4, "ring": 2.8}
"""Width that an example takes beyond its box, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One line of the instructions: examples, then words."""

    marks: tuple[Mark, ...]
    text: str
    short: str
    """A word or two, for the foot of the later sheets."""


INSTRUCTIONS: dict[Marking, tuple[Instruction, ...]] = {
    Marking.FILL: (
        Instruction(
            marks=("filled",), text="Fill the circle completely, in dark pen or pencil.", short="right"
        ),
        Instruction(
            marks=("tick", "cross", "half", "dot"),
            text="Not like this: such marks may be missed.",
            short="wrong",
        ),
        Instruction(
            marks=("empty",),
            text="To undo, erase completely or ask for a new sheet.",
            short="undone: erase completely",
        ),
    ),
    Marking.ANY: (
        Instruction(
            marks=("cross", "tick", "filled"),
            text="Cross or tick the box with a dark pen or pencil.",
            short="right",
        ),
        Instruction(
            marks=("dot", "ring"),
            text="Not like this: too small to be seen, or around the box.",
            short="wrong",
        ),
        Instruction(
            marks=("empty",),
            text="To undo, erase completely or ask for a new sheet.",
            short="undone: erase completely",
        ),
    ),
    Marking.CROSS_UNDO: (
        Instruction(marks=("cross",), text="Cross the box to choose it, with a dark pen.", short="chosen"),
        Instruction(marks=("undone",), text="To undo a cross, fill the whole box.", short="undone"),
        Instruction(
            marks=("again",),
            text="To choose it again, write a cross beside it: a person decides.",
            short="chosen again",
        ),
    ),
}
GENERAL = "Keep the corner squares and the codes clean. Do not fold or staple."


def instruction_block(marking: Marking, width: float) -> Pieces:
    """Build the instructions of the first sheet.

    Parameters
    ----------
    marking
        Of the exam.
    width
        To fill, mm.
    """
    lines = INSTRUCTIONS[marking]
    left = max(_pictures_width(line) for line in lines) + 3.0
    slots = [TextSlot(x=0.0, y=0.0, w=width, h=4.6, text="How to mark", size=10.0, style="bold")]
    pictures: list[Picture] = []
    y = 6.0
    for line in lines:
        pictures += _pictures(line, marking, 0.0, y + (_ROW - PICTURE) / 2)
        slots.append(
            TextSlot(x=left, y=y + 0.4, w=width - left, h=_ROW - 0.8, text=line.text, size=9.0, max_lines=2)
        )
        y += _ROW
    slots.append(
        TextSlot(
            x=0.0, y=y + 1.6, w=width, h=7.4, text=GENERAL, size=8.0, max_lines=2, tone=GREY, vertical="top"
        )
    )
    return Pieces(width=width, height=y + 9.0, slots=tuple(slots), pictures=tuple(pictures))


def legend(marking: Marking, width: float) -> Pieces:
    """Build the reminder at the foot of the later sheets: one row of examples.

    Parameters
    ----------
    marking
        Of the exam.
    width
        To stay within, mm.
    """
    lines = INSTRUCTIONS[marking]
    taken = sum(_pictures_width(line) + 2.2 for line in lines) + 5.0 * (len(lines) - 1)
    words = sum(len(line.short) + 1 for line in lines)
    slots: list[TextSlot] = []
    pictures: list[Picture] = []
    x = 0.0
    for line in lines:
        pictures += _pictures(line, marking, x, 0.0)
        x += _pictures_width(line) + 2.2
        w = min((width - taken) * (len(line.short) + 1) / words, 1.6 * len(line.short) + 2.0)
        slots.append(TextSlot(x=x, y=0.0, w=w, h=PICTURE, text=line.short, size=7.0, align="left", tone=GREY))
        x += w + 5.0
    return Pieces(width=width, height=PICTURE, slots=tuple(slots), pictures=tuple(pictures))


def _pictures_width(line: Instruction) -> float:
    """Width of a line's examples, mm; the one that is chosen again needs room beside it."""
    return (len(line.marks) - 1) * _STEP + PICTURE + max(_BESIDE.get(mark, 0.0) for mark in line.marks)


def _pictures(line: Instruction, marking: Marking, x: float, y: float) -> list[Picture]:
    return [
        Picture(
            x=x + n * _STEP + (1.2 if mark == "ring" else 0.0),
            y=y,
            size=PICTURE,
            shape=shape_of(marking),
            mark=mark,
        )
        for n, mark in enumerate(line.marks)
    ]
