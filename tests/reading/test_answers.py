"""What a question's boxes come to."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import BoxState, CreditFormat, Kind, NumberFormat, Option, Question, Rule
from pipeline.reading.answers import ReadBox, decide_answer, grid_value, read_answer, read_grid

EMPTY, MARKED, UNDONE, DOUBT = (
    BoxState.EMPTY,
    BoxState.MARKED,
    BoxState.CANCELLED,
    BoxState.DOUBTFUL,
)


def question(kind: Kind = Kind.CHOICE, **more: object) -> Question:
    options = tuple(Option(id=letter) for letter in "ABCD")
    fields = {"options": options, "rule": Rule(name="single"), "points": Fraction(1), **more}
    return Question(id="1", kind=kind, **fields)  # type: ignore[arg-type]


def boxes(**states: BoxState) -> list[ReadBox]:
    p = {EMPTY: 0.001, MARKED: 0.999, UNDONE: 0.01, DOUBT: 0.5}
    return [ReadBox(option=name, state=state, p_marked=p[state]) for name, state in states.items()]


def read(asked: Question, found: list[ReadBox]):  # type: ignore[no-untyped-def]
    return read_answer(asked, found, file="scan.pdf", page=3)


def test_one_clear_mark_is_the_answer() -> None:
    answer = read(question(), boxes(A=EMPTY, B=MARKED, C=EMPTY, D=EMPTY))
    assert (answer.chosen, answer.doubtful, answer.file, answer.page) == (("B",), False, "scan.pdf", 3)
    assert answer.confidence == pytest.approx(0.999**4)


def test_no_mark_is_a_blank_answer_and_no_doubt() -> None:
    answer = read(question(), boxes(A=EMPTY, B=EMPTY, C=EMPTY, D=EMPTY))
    assert (answer.chosen, answer.doubtful) == ((), False)


def test_two_marks_where_one_is_asked_go_to_a_person_with_both_readings() -> None:
    answer = read(question(), boxes(A=MARKED, B=EMPTY, C=MARKED, D=EMPTY))
    assert answer.doubtful
    assert "multiple" in answer.flags
    assert {("A",), ("C",), ("A", "C"), ()} <= set(answer.alternatives)


def test_two_marks_are_an_answer_where_several_may_be_right() -> None:
    answer = read(question(Kind.CHOICES), boxes(A=MARKED, B=EMPTY, C=MARKED, D=EMPTY))
    assert (answer.chosen, answer.doubtful) == (("A", "C"), False)


def test_an_unclear_box_makes_the_question_doubtful_with_both_ways_open() -> None:
    answer = read(question(Kind.CHOICES), boxes(A=MARKED, B=DOUBT, C=EMPTY, D=EMPTY))
    assert answer.doubtful
    assert {("A",), ("A", "B")} <= set(answer.alternatives)


def test_an_undone_box_with_one_cross_elsewhere_is_an_answer() -> None:
    answer = read(question(), boxes(A=UNDONE, B=EMPTY, C=MARKED, D=EMPTY))
    assert (answer.chosen, answer.doubtful, "cancelled" in answer.flags) == (("C",), False, True)


def test_an_undone_box_alone_goes_to_a_person() -> None:
    assert read(question(), boxes(A=UNDONE, B=EMPTY, C=EMPTY, D=EMPTY)).doubtful
    assert read(question(Kind.CHOICES), boxes(A=UNDONE, B=EMPTY, C=EMPTY, D=EMPTY)).doubtful


def test_the_dont_know_option_is_flagged() -> None:
    asked = question(dont_know="D")
    assert "dont-know" in read(asked, boxes(A=EMPTY, B=EMPTY, C=EMPTY, D=MARKED)).flags


def grid(digits: str, sign: bool = False, **odd: BoxState) -> list[ReadBox]:
    found = [ReadBox(option="sign=-", state=MARKED if sign else EMPTY, p_marked=0.5)]
    for place, digit in enumerate(digits, 1):
        for value in "0123456789":
            option = f"d{place}={value}"
            state = odd.get(option.replace("=", "_"), MARKED if value == digit else EMPTY)
            found.append(ReadBox(option=option, state=state, p_marked=0.5))
    return found


def number(digits: int, decimals: int = 0) -> Question:
    return question(Kind.NUMBER, number=NumberFormat(digits=digits, decimals=decimals, sign=True))


@given(st.integers(-9999, 9999), st.integers(0, 3))
def test_a_digit_grid_gives_back_the_number_that_was_marked(value: int, decimals: int) -> None:
    found = grid(f"{abs(value):04d}", sign=value < 0)
    assert read(number(4, decimals), found).value == Fraction(value, 10**decimals)


def test_blank_columns_on_the_left_are_leading_zeros() -> None:
    assert read(number(4), grid("__27")).value == 27


def test_a_blank_grid_is_a_blank_answer() -> None:
    answer = read(number(4), grid("____"))
    assert (answer.value, answer.doubtful) == (None, False)


@pytest.mark.parametrize("digits", ["2_7_", "27__", "_2_7"])
def test_a_gap_in_the_number_goes_to_a_person(digits: str) -> None:
    answer = read(number(4), grid(digits))
    assert answer.doubtful
    assert "not a complete number" in answer.reason


def test_a_minus_sign_alone_goes_to_a_person() -> None:
    assert read(number(2), grid("__", sign=True)).doubtful


def test_a_column_with_two_digits_goes_to_a_person_and_is_named() -> None:
    answer = read(number(2), grid("27", d2_9=MARKED))
    assert answer.doubtful
    assert "column 2 has 7 and 9 marked" in answer.reason


def test_a_floating_point_box_places_the_decimal_point() -> None:
    point = ReadBox(option="point=1", state=MARKED, p_marked=1.0)
    assert read_grid([*grid("25"), point]).text == "2.5"
    assert grid_value("-2.5", 0) == Fraction(-5, 2)


def test_blank_credits_are_no_value_and_never_zero() -> None:
    asked = question(Kind.CREDITS, credits=CreditFormat(max=Fraction(2), step=Fraction(1, 2)))
    credit_boxes = [ReadBox(option=o, state=EMPTY, p_marked=0.0) for o in ("0", "1/2", "1", "3/2", "2")]
    assert read(asked, credit_boxes).value is None
    credit_boxes[3] = ReadBox(option="3/2", state=MARKED, p_marked=1.0)
    assert read(asked, credit_boxes).value == Fraction(3, 2)
    credit_boxes[0] = ReadBox(option="0", state=MARKED, p_marked=1.0)
    assert read(asked, credit_boxes).doubtful


def test_a_decision_replaces_the_reading_and_keeps_its_place_on_the_paper() -> None:
    answer = read(question(), boxes(A=MARKED, B=EMPTY, C=MARKED, D=EMPTY))
    decided = decide_answer(question(), "C", answer, "Ada")
    assert (decided.chosen, decided.doubtful, decided.decided_by) == (("C",), False, "Ada")
    assert (decided.file, decided.page) == ("scan.pdf", 3)
    assert decide_answer(question(), "blank", answer, "Ada").chosen == ()


@pytest.mark.parametrize("written", ["A|C", "c, a", "a;C"])
def test_options_may_be_decided_on_as_people_write_them(written: str) -> None:
    answer = read(question(Kind.CHOICES), boxes(A=DOUBT, B=EMPTY, C=MARKED, D=EMPTY))
    assert decide_answer(question(Kind.CHOICES), written, answer, "Ada").chosen == ("A", "C")


def test_a_number_may_be_decided_on_with_a_decimal_comma() -> None:
    answer = read(number(2, 1), grid("2?"))
    assert decide_answer(number(2, 1), "-2,5", answer, "Ada").value == Fraction(-5, 2)


GRID = frozenset(box.option for box in grid("000"))
UNSIGNED = GRID - {"sign=-"}


@pytest.mark.parametrize(
    ("options", "value"),
    [
        (GRID, "99.9"),
        (GRID, "-0.1"),
        (UNSIGNED, "7"),
        (GRID | {"point=1"}, "2.75"),
        ({"A"}, "123456"),
        (None, "-1/3"),
    ],
)
def test_a_number_that_its_digit_grid_can_hold_may_be_decided_on(
    options: frozenset[str] | None, value: str
) -> None:
    asked = number(3, 1)
    decided = decide_answer(asked, value, read(asked, grid("2?1")), "Ada", options)
    assert decided.value == Fraction(value)


@pytest.mark.parametrize(
    ("options", "value", "says"),
    [
        (GRID, "100", "write a number of at most 2 digits and 1 behind the point, or blank"),
        (GRID, "2.75", "2.75 does not fit the digit grid of question 1"),
        (GRID, "1/3", "does not fit"),
        (UNSIGNED, "-1", "without a sign"),
        (GRID | {"point=1"}, "27.55", "write a number of 3 digits, or blank"),
    ],
)
def test_a_number_that_its_digit_grid_cannot_hold_is_refused(
    options: frozenset[str], value: str, says: str
) -> None:
    asked = number(3, 1)
    with pytest.raises(ValueError, match=says):
        decide_answer(asked, value, read(asked, grid("2?1")), "Ada", options)


@pytest.mark.parametrize(
    ("asked", "value", "says"),
    [
        (question(), "E", "write A, B, C, D or blank"),
        (number(2), "two", "write a number or blank"),
        (question(Kind.CREDITS, credits=CreditFormat(max=Fraction(2))), "1.5", "write 0 to 2"),
    ],
)
def test_a_decision_that_does_not_fit_says_what_would(asked: Question, value: str, says: str) -> None:
    answer = read(question(), boxes(A=MARKED, B=EMPTY, C=EMPTY, D=EMPTY))
    with pytest.raises(ValueError, match=says):
        decide_answer(asked, value, answer, "Ada")
