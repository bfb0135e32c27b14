"""Whether a decision fits the page that it is about."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.model import Box, Decision, Exam, Kind, Layout, NumberFormat, Option, Question, Rule
from pipeline.reading.decisions import decision_faults
from pipeline.reading.names import page_name
from tests.reading.coded_booklets import booklet_layout, exam_of, reading

THEIRS = booklet_layout(1, "")
FIRST = exam_of(THEIRS)


def other() -> tuple[Layout, Exam]:
    """An exam that asks question 1 too, with the options X and Y, and a number of two digits."""
    digits = tuple(
        Box(question="n", option=f"d{place}={digit}", shape="square", x=6.0 * digit, y=80.0 + 6 * place,
            w=4.5, h=4.5)
        for place in (1, 2)
        for digit in range(10)
    )  # fmt: skip
    page = replace(THEIRS.pages[0], boxes=(*THEIRS.pages[0].boxes, *digits))
    layout = replace(THEIRS, exam="other", hash="0D0E0F", pages=(page,))
    asked = replace(FIRST.questions[0], options=(Option(id="X"), Option(id="Y")))
    number = Question(
        id="n", kind=Kind.NUMBER, points=Fraction(1), rule=Rule(name="number"), number=NumberFormat(digits=2)
    )
    return layout, replace(FIRST, id="other", questions=(asked, number))


def fault(question: str, value: str, layout: Layout) -> str:
    """What is said of a decision on a page of ``layout``, in a folder of both exams."""
    second_layout, second = other()
    read = reading(layout, 1, place=1)
    decision = Decision(doubt=f"answer-{page_name(read.source)}-{question}", value=value, by="ada", at="")
    exams = {(exam.id, "A"): exam for exam in (FIRST, second)}
    layouts = {one.hash: one for one in (THEIRS, second_layout)}
    return decision_faults([decision], [read], exams, layouts).get(decision.doubt, "")


@pytest.mark.parametrize(("layout", "fits", "no_option"), [(THEIRS, "A", "X"), (other()[0], "X", "A")])
def test_a_decision_is_checked_against_the_exam_of_its_own_page(
    layout: Layout, fits: str, no_option: str
) -> None:
    assert fault("1", fits, layout) == ""
    assert f"'{no_option}' is not an option of question 1" in fault("1", no_option, layout)


def test_a_question_of_another_exam_is_no_doubt_of_a_page() -> None:
    assert fault("n", "12", other()[0]) == ""
    assert "there is no doubt" in fault("n", "12", THEIRS)


def test_a_number_that_the_digit_grid_of_the_page_cannot_hold_is_refused() -> None:
    assert "does not fit the digit grid of question n" in fault("n", "123", other()[0])
