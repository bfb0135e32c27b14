"""The reading that a person is offered to accept, and decisions that were taken back."""

from fractions import Fraction

import numpy as np
import pytest

from pipeline.model import (
    WITHDRAWN,
    BoxState,
    CreditFormat,
    Decision,
    Kind,
    NumberFormat,
    Option,
    Question,
    Rule,
)
from pipeline.reading import boxes_picture, likely_reading, row_picture, sheet_picture, standing_decisions
from pipeline.reading.answers import ReadBox

MARKED, EMPTY, DOUBTFUL = BoxState.MARKED, BoxState.EMPTY, BoxState.DOUBTFUL


def question(kind: Kind, options: str = "ABC") -> Question:
    return Question(
        id="1",
        kind=kind,
        points=Fraction(1),
        rule=Rule(name="single"),
        options=tuple(Option(id=name) for name in options),
        number=NumberFormat(digits=2, decimals=1) if kind is Kind.NUMBER else None,
        credits=CreditFormat(max=Fraction(2)) if kind is Kind.TEXT else None,
    )


def boxes(*read: tuple[str, BoxState, float]) -> list[ReadBox]:
    return [ReadBox(option=option, state=state, p_marked=p) for option, state, p in read]


@pytest.mark.parametrize(
    ("kind", "read", "likely"),
    [
        (Kind.CHOICE, [("A", DOUBTFUL, 0.6), ("B", EMPTY, 0.0)], "A"),
        (Kind.CHOICE, [("A", DOUBTFUL, 0.4), ("B", EMPTY, 0.0)], "blank"),
        (Kind.CHOICE, [("A", DOUBTFUL, 0.4), ("B", MARKED, 1.0)], "B"),
        (Kind.CHOICE, [("A", MARKED, 1.0), ("B", MARKED, 1.0)], "A|B"),
        (Kind.CHOICES, [("A", DOUBTFUL, 0.9), ("C", MARKED, 1.0)], "A|C"),
        (Kind.NUMBER, [("d1=1", MARKED, 1.0), ("d2=5", DOUBTFUL, 0.7), ("d2=6", EMPTY, 0.0)], "1.5"),
        (Kind.NUMBER, [("d1=1", MARKED, 1.0), ("d2=5", DOUBTFUL, 0.3), ("d2=6", EMPTY, 0.0)], ""),
        (Kind.NUMBER, [("d1=1", DOUBTFUL, 0.1), ("d2=5", EMPTY, 0.0)], "blank"),
        (Kind.TEXT, [("0", EMPTY, 0.0), ("1", DOUBTFUL, 0.8)], "1"),
        (Kind.TEXT, [("0", EMPTY, 0.0), ("1", EMPTY, 0.0)], ""),
    ],
)
def test_the_likeliest_reading_takes_each_unclear_box_as_it_probably_is(
    kind: Kind, read: list[tuple[str, BoxState, float]], likely: str
) -> None:
    assert likely_reading(question(kind), boxes(*read)) == likely


def said(doubt: str, value: str) -> Decision:
    return Decision(doubt=doubt, value=value, by="Ada", at="2026-01-01T00:00:00Z")


def test_a_decision_that_was_taken_back_stands_no_more_until_a_new_one_is_made() -> None:
    made = [said("x", "A"), said("y", "B"), said("x", WITHDRAWN)]
    assert set(standing_decisions(made)) == {"y"}
    assert standing_decisions([*made, said("x", "C")])["x"].value == "C"


PLACES = np.array([[100, 300, 40, 40], [200, 300, 40, 40]], np.float32)


def test_pictures_show_the_boxes_the_row_and_the_sheet() -> None:
    page = np.full((1200, 800), 255, np.uint8)
    page[280:320, 80:120] = 0
    row = row_picture(page, PLACES)
    assert row.shape[:2] == (360, 800)
    sheet = sheet_picture(page, PLACES)
    assert sheet.shape == (1200, 800, 3)
    assert sheet[300, 100].tolist() == [0, 0, 0]
    close = boxes_picture(page, PLACES)
    assert close.shape[1] > close.shape[0]
    assert close.min() == 0


def test_only_the_box_in_doubt_has_a_frame() -> None:
    page = np.full((1200, 800), 255, np.uint8)
    plain, framed = boxes_picture(page, PLACES), boxes_picture(page, PLACES, (1,))
    assert (plain == 255).all()
    half = plain.shape[1] // 2
    assert (framed[:, :half] == 255).all()
    assert (framed[:, half:] != 255).any()


@pytest.mark.parametrize("x", [10, 790])
def test_a_box_at_the_edge_of_the_paper_is_shown_as_far_as_the_paper_goes(x: int) -> None:
    page = np.full((1200, 800), 255, np.uint8)
    places = np.array([[x, 5, 40, 40]], np.float32)
    for picture in (
        boxes_picture(page, places, (0,)),
        row_picture(page, places),
        sheet_picture(page, places),
    ):
        assert min(picture.shape[:2]) > 20
