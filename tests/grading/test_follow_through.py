"""Credit for the number that follows from a student's own earlier answer."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import KeyEntry, build_key, grade_booklet, score_answer
from pipeline.model import Answer, Booklet, Exam, Kind, NumberFormat, Question, Solve, Tolerance
from tests.grading.build import HASH, check, choices, exam, question

GRID = NumberFormat(digits=6)
FLAT = question(
    "1",
    kind=Kind.NUMBER,
    number=GRID,
    points=1,
    answer=Solve(solver="product", arguments={"values": (4, 4, 2)}),
)
"""How many numbers a flattened 4 x 4 x 2 volume has: 32."""


def later(**fields: Any) -> Question:
    """Parameters of a full layer from the flattened volume to 10 outputs: 330."""
    return question(
        "2",
        kind=Kind.NUMBER,
        number=fields.pop("number", GRID),
        points=2,
        rule="follow-through",
        parameters={"from": {"layers.0": "1"}, "points": Fraction(3, 2), **fields.pop("parameters", {})},
        answer=Solve(solver="mlp.parameters", arguments={"layers": (32, 10), "bias": True}),
        **fields,
    )


def entries(*asked: Question) -> dict[str, KeyEntry]:
    found = check(*asked)
    assert found.key is not None, found.faults
    return dict(found.key.entries)


def number(name: str, value: str | int | None, **fields: Any) -> Answer:
    return Answer(question=name, value=None if value is None else Fraction(value), **fields)


def scored(earlier: Answer | None, value: str | int | None, asked: Question | None = None) -> tuple[Any, ...]:
    others = {} if earlier is None else {"1": earlier}
    found = score_answer(entries(FLAT, asked or later())["2"], number("2", value), others)
    return found.points, found.reason


def test_the_number_that_follows_from_a_wrong_one_earns_its_points() -> None:
    assert scored(number("1", 16), 170) == (Fraction(3, 2), "follows from 16 in question 1")


def test_the_right_number_is_right_whatever_stood_before_it() -> None:
    assert scored(number("1", 16), 330) == (2, "right")
    assert scored(number("1", 32), 330) == (2, "right")


def test_any_other_number_is_wrong() -> None:
    assert scored(number("1", 16), 171) == (0, "wrong")
    assert scored(number("1", 16), None) == (0, "blank")


@pytest.mark.parametrize(
    "earlier", [None, number("1", None), number("1", 16, doubtful=True)], ids=["missing", "blank", "doubtful"]
)
def test_nothing_follows_from_an_earlier_answer_that_nobody_knows(earlier: Answer | None) -> None:
    assert scored(earlier, 170) == (0, "wrong; no number in question 1 to follow from")


@pytest.mark.parametrize("odd", ["-3", "0.5", "0"])
def test_a_number_that_the_solver_cannot_take_earns_nothing_and_stops_nothing(odd: str) -> None:
    points, reason = scored(number("1", odd), 170)
    assert points == 0
    assert reason == f"wrong; nothing follows from {odd} in question 1"


def test_an_enormous_number_is_only_arithmetic() -> None:
    assert scored(number("1", 999_999_999_999), 170) == (0, "wrong")


def test_slips_and_follow_through_go_together() -> None:
    asked = later(parameters={"power_slip": Fraction(1)})
    assert scored(number("1", 16), 33, asked) == (1, "wrong power of ten")


def test_what_follows_is_compared_as_the_grid_can_hold_it() -> None:
    half = question(
        "1", kind=Kind.NUMBER, number=NumberFormat(digits=4, decimals=2), answer=Fraction("0.25"), points=1
    )
    asked = question(
        "2",
        kind=Kind.NUMBER,
        number=NumberFormat(digits=4, decimals=3, tolerance=Tolerance(kind="abs", size=Fraction("0.0001"))),
        rule="follow-through",
        parameters={"from": {"values.0": "1"}},
        answer=Solve(solver="product", arguments={"values": (Fraction("0.25"), Fraction("0.25"))}),
    )
    assert check(half, asked).faults != ()
    wide = replace(
        asked,
        number=NumberFormat(digits=4, decimals=3, tolerance=Tolerance(kind="abs", size=Fraction("0.001"))),
    )
    found = score_answer(entries(half, wide)["2"], number("2", "0.082"), {"1": number("1", "0.33")})
    assert found.reason == "follows from 0.33 in question 1"


def test_an_option_with_a_value_is_an_earlier_answer_too() -> None:
    first = question("1", options=choices(A=16, B=32), answer="B", points=1)
    picked = Answer(question="1", chosen=("A",))
    found = score_answer(entries(first, later())["2"], number("2", 170), {"1": picked})
    assert found.points == Fraction(3, 2)


def test_a_booklet_hands_the_earlier_answers_over() -> None:
    of: Exam = exam(FLAT, later())
    key = build_key(of, HASH).key
    assert key is not None
    answers = {"1": number("1", 16), "2": number("2", 170)}
    booklet = Booklet(exam="test", version="A", student_id="1", name="Bo", serial=1, answers=answers)
    grade = grade_booklet(of, key, booklet, {})
    assert [row.points for row in grade.scores] == [0, Fraction(3, 2)]


@pytest.mark.parametrize(
    ("given", "what", "instead"),
    [
        ({"layers.0": "3"}, "from: there is no other question 3", "write one of 1"),
        ({"layers.0": "2"}, "from: there is no other question 2", "write one of 1"),
        ({"layer.0": "1"}, "from: there is no argument layer.0", "did you mean layers?"),
        ({"layers.2": "1"}, "from: there is no argument layers.2", "places in this list are 0 to 1"),
        (
            {"layers.1": "1"},
            "from: with the right earlier answers the solver gives 1056, not 330",
            "mend the path",
        ),
    ],
)
def test_a_wrong_way_to_an_earlier_answer_is_a_fault(given: dict[str, str], what: str, instead: str) -> None:
    (fault,) = check(FLAT, later(parameters={"from": given})).faults
    assert fault.what == f"question 2: {what}"
    assert fault.instead.startswith(instead)


def test_follow_through_wants_a_solver_and_an_earlier_number() -> None:
    written = replace(later(), answer=Fraction(330))
    (fault,) = check(FLAT, written).faults
    assert "no solver gives the answer" in fault.what
    words = question("1", answer="A")
    (fault,) = check(words, later()).faults
    assert "the answer of question 1 is no number" in fault.what
