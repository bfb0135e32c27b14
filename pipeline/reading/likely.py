"""The likeliest reading of a question in doubt: what a person is offered to accept."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from pipeline.model import BoxState, Question
from pipeline.reading.answers import ReadBox, read_answer

EVEN = 0.5
"""Probability of a mark from which an unclear box counts as marked."""


def likely_reading(question: Question, boxes: Sequence[ReadBox]) -> str:
    """The likeliest reading, as a decision is written; a person must still accept it.

    Parameters
    ----------
    question
        What was asked.
    boxes
        Its boxes as they were read, in the order of the layout.

    Returns
    -------
    str
        "A", "A|C", "blank" or a number; "" where even the likeliest reading is no whole answer, and
        for blank credits, which are nobody's decision.
    """
    settled = [_settled(box) for box in boxes]
    answer = read_answer(question, settled, file="", page=0)
    if answer.value is not None:
        return _written(answer.value)
    if answer.chosen:
        return "|".join(answer.chosen)
    marked = any(box.state is BoxState.MARKED for box in settled)
    return "" if question.credits is not None or marked else "blank"


def _settled(box: ReadBox) -> ReadBox:
    if box.clear:
        return box
    return replace(box, state=BoxState.MARKED if box.p_marked >= EVEN else BoxState.EMPTY)


def _written(value: Fraction) -> str:
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{decimal:f}" if Fraction(decimal) == value else str(value)
