"""Keys: what a fault in an exam file is told, and what a clean one gives."""

import math
from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import KeyCheck
from pipeline.grading.numbers import number_text, same_value
from pipeline.model import CreditFormat, Kind, NumberFormat, Option, Question, Section, Solve, Tolerance
from tests.grading.build import check, choices, entry, question

COUNT = Solve(solver="mlp.parameters", arguments={"layers": (2, 4, 3)})
TWO_THIRDS = Solve(solver="sum", arguments={"values": (Fraction(1, 3), Fraction(1, 3))})
PLACES = {
    "": (7, 5),
    "answer": (9, 13),
    "options": (8, 14),
    "rule": (10, 11),
    "number": (11, 13),
    "printed": (12, 14),
}


def values(**numbers: Any) -> tuple[Option, ...]:
    return choices(**{name: Fraction(value) for name, value in numbers.items()})


def number(answer: Any, **fields: Any) -> Question:
    return question(kind=Kind.NUMBER, answer=answer, places=PLACES, **fields)


# --- clean keys --------------------------------------------------------------------------------


def test_a_solved_value_finds_its_option() -> None:
    found = entry(question(options=values(A=7, B=9, C=20, D=27), answer=COUNT, printed="D"))
    assert (found.right, found.solver, found.solved) == (frozenset("D"), "mlp.parameters", 27)


def test_a_matrix_finds_its_option_by_shape_and_values() -> None:
    options = choices(A=((5, 6),), B=((5,), (6,)), C=((5, 7),))
    task = Solve(
        solver="pooling.values", arguments={"input": ((1, 2, 3), (4, 5, 6)), "kernel": 2, "stride": 1}
    )
    assert entry(question(options=options, answer=task)).right == frozenset("A")


def test_the_dont_know_option_is_never_matched() -> None:
    options = values(A=26, B=27, E=27)
    found = check(question(options=options, dont_know="E", answer=COUNT))
    assert [fault.what for fault in found.faults] == ["question 1: the options B and E are equal: 27"]


def test_true_or_false_may_be_solved() -> None:
    task = Solve(solver="compare", arguments={"first": 104, "second": 480}, pick=("larger",))
    assert entry(question(kind=Kind.TRUEFALSE, answer=task, printed=False)).right == frozenset("F")


def test_no_option_at_all_may_be_right_where_any_number_may_be() -> None:
    assert entry(question(kind=Kind.CHOICES, answer=())).right == frozenset()


def test_an_inexact_number_is_right_within_its_tolerance() -> None:
    task = Solve(solver="softmax", arguments={"input": (0, 1)}, pick=(0,))
    grid = NumberFormat(digits=3, decimals=2, tolerance=Tolerance(kind="abs", size=Fraction(1, 100)))
    found = entry(number(task, number=grid, printed=Fraction("0.27")))
    assert found.value == pytest.approx(1 / (1 + math.e))


# --- faults ------------------------------------------------------------------------------------


def faults(found: KeyCheck) -> list[str]:
    assert found.key is None
    return [str(fault) for fault in found.faults]


@pytest.mark.parametrize(
    ("asked", "place", "words"),
    [
        (question(options=values(A=7, B=9), answer=COUNT, places=PLACES), "9:13", "27 matches no option"),
        (question(options=values(A=27, B=27), answer=COUNT, places=PLACES), "8:14", "A and B are equal"),
        (
            question(options=values(A="0.67", B="0.667"), answer=TWO_THIRDS, places=PLACES),
            "9:13",
            "the solved value 2/3 matches the options A, B",
        ),
        (
            question(options=values(A=7, D=27), answer=COUNT, printed="A", places=PLACES),
            "12:14",
            "printed A disagrees",
        ),
        (question(answer="X", places=PLACES), "9:13", "X is none of the options"),
        (question(answer=None, places=PLACES), "7:5", "there is no answer"),
        (question(answer=("A",), places=PLACES), "9:13", "write one option"),
        (question(kind=Kind.CHOICES, answer="A", places=PLACES), "9:13", "write a list: [A]"),
        (question(kind=Kind.TRUEFALSE, answer="maybe", places=PLACES), "9:13", "not true or false"),
        (question(options=choices("A"), answer="A", places=PLACES), "8:14", "fewer than two options"),
        (question(answer="A", dont_know="Z", places=PLACES), "7:5", "dont_know: Z"),
        (
            question(answer=Solve(solver="mlp.sum", arguments={}), places=PLACES),
            "9:13",
            "unknown solver mlp.sum",
        ),
        (
            question(answer=Solve(solver="sum", arguments={"value": (1,)}), places=PLACES),
            "9:13",
            "did you mean values?",
        ),
        (question(answer="A", rule="singel", places=PLACES), "10:11", "did you mean single?"),
        (question(answer="A", rule="number", places=PLACES), "10:11", "is not for choice"),
        (question(answer="A", parameters={"wrogn": -1}, places=PLACES), "10:11", "did you mean wrong?"),
        (
            question(answer="A", parameters={"wrong": "much"}, places=PLACES),
            "10:11",
            "not a number of points",
        ),
        (question(answer="A", parameters={"right": 9}, places=PLACES), "10:11", "more than the 4 points"),
        (question(kind=Kind.CHOICES, answer=("A",), rule="deduct", places=PLACES), "10:11", "needs each"),
        (number(-2, number=NumberFormat(digits=2)), "11:13", "no minus for -2: write sign: true"),
        (number(Fraction("0.25")), "11:13", "1 decimals for 0.25: write decimals: 2"),
        (number(1234), "11:13", "3 digits for 1234: write digits: 5"),
        (number(Fraction(1, 3)), "11:13", "no finite decimal"),
        (number("many"), "9:13", "many is not a number"),
        (number(2, number=None), "7:5", "no digit grid"),
        (number(2, printed=Fraction(3)), "12:14", "printed 3 disagrees with the answer 2"),
        (question(kind=Kind.CREDITS, answer=3, places=PLACES), "9:13", "leave answer out"),
        (
            question(kind=Kind.CREDITS, credits=CreditFormat(max=Fraction(3)), places=PLACES),
            "7:5",
            "up to 3 and 4 points",
        ),
    ],
)
def test_a_fault_is_found_with_its_place(asked: Question, place: str, words: str) -> None:
    found = faults(check(asked))
    assert any(fault.startswith(f"test.yaml:{place}: question 1: ") and words in fault for fault in found), (
        found
    )


def test_a_grid_that_can_only_come_near_needs_a_tolerance_that_reaches() -> None:
    narrow = NumberFormat(digits=2, decimals=1, tolerance=Tolerance(kind="abs", size=Fraction(1, 1000)))
    assert "within the tolerance" in faults(check(number(Fraction(1, 3), number=narrow)))[0]
    wide = NumberFormat(digits=2, decimals=1, tolerance=Tolerance(kind="abs", size=Fraction(1, 10)))
    assert entry(number(Fraction(1, 3), number=wide)).value == Fraction(1, 3)


def test_every_fault_of_an_exam_is_reported_at_once_in_the_order_of_the_file() -> None:
    first = question("1", answer="X", rule="singel", places={"": (3, 1), "rule": (4, 1), "answer": (5, 1)})
    second = question("2", kind=Kind.NUMBER, answer=12345, places={"": (9, 1), "number": (11, 1)})
    found = faults(check(second, first, total=Fraction(99), places={"total": (1, 8)}))
    assert [fault.split(":")[1] for fault in found] == ["1", "4", "5", "11"]


def test_totals_of_exam_and_sections_are_checked_against_the_sums() -> None:
    asked = (question("1", answer="A"), question("2", answer="A"))
    section = Section(id="P1", title="", questions=("1",), points=Fraction(5))
    found = faults(check(*asked, sections=(section,), total=Fraction(9)))
    assert found == [
        "test.yaml: section P1 says 5 points, and its questions have 4: write points: 4, or mend those of a"
        " question",
        "test.yaml: total: says 9 points, and the questions have 8: write total: 8, or mend the points of a"
        " question",
    ]


def test_a_pass_line_and_a_grade_out_of_reach_are_faults() -> None:
    found = faults(check(question(answer="A"), pass_points=Fraction(5), grades=((Fraction(6), "1.0"),)))
    assert "pass: 5 is more than the 4 points" in found[0]
    assert "grade 1.0 asks for 6 of 4" in found[1]


# --- the printed solution ----------------------------------------------------------------------


def test_a_recorded_printed_error_is_a_warning_and_the_key_stands() -> None:
    found = check(number(Fraction("-4.5"), printed=Fraction("5.5"), printed_is_wrong="a sign was lost"))
    assert found.key is not None
    assert found.key.entries["1"].value == Fraction("-4.5")
    assert [str(warning) for warning in found.warnings] == [
        "test.yaml:12:14: question 1: the printed 5.5 is wrong, right is -4.5; recorded: a sign was lost"
    ]


def test_a_recorded_error_that_is_none_is_a_fault() -> None:
    found = faults(check(number(2, printed=Fraction(2), printed_is_wrong="no idea")))
    assert "remove printed_is_wrong" in found[0]


def test_a_printed_error_of_credits_is_a_warning() -> None:
    asked = question(kind=Kind.CREDITS, printed="18,432 >>> 2,880", printed_is_wrong="the total is 3,040")
    assert "the total is 3,040" in str(check(asked).warnings[0])


def test_two_equal_options_are_one_fault_also_where_they_are_the_solved_value() -> None:
    found = check(question(options=values(A=27, B=27, C=9), answer=COUNT, places=PLACES))
    assert faults(found) == [
        "test.yaml:8:14: question 1: the options A and B are equal: 27: change one of them"
    ]


def test_two_equal_options_are_one_fault_with_a_tolerance_too() -> None:
    wide = Tolerance(kind="abs", size=Fraction(1, 2))
    found = check(question(options=values(A=27, B=27, C=9), answer=COUNT, tolerance=wide, places=PLACES))
    assert len(faults(found)) == 1


def test_a_mistake_in_a_common_rule_is_told_once_with_the_questions_that_have_it() -> None:
    asked = [question(str(n), rule="singel", answer="A", places=PLACES) for n in range(1, 6)]
    (fault,) = faults(check(*asked))
    assert "questions 1, 2, 3 and 2 more: unknown rule singel: did you mean single?" in fault


def test_points_for_a_wrong_answer_are_a_warning() -> None:
    found = check(question(parameters={"wrong": Fraction(1, 4)}, answer="A", places=PLACES))
    assert found.key is not None
    (warning,) = found.warnings
    assert "a wrong answer gives 0.25 points: write wrong: -0.25" in str(warning)


def test_an_answer_that_earns_more_than_the_question_is_worth_is_a_warning() -> None:
    counted_up = question(rule="amc-simple", points=1, parameters={"auto": 1}, answer="A", places=PLACES)
    found = check(counted_up)
    assert found.key is not None
    (warning,) = found.warnings
    assert "another answer than the right one earns up to 4 points by amc-simple, of 1" in warning.what


@pytest.mark.parametrize(
    ("written", "turning"),
    [
        ({"A": 4, "B": 3, "C": 2}, []),
        ({"C": 2, "B": 3, "A": 4}, []),
        ({"A": 4, "B": 2, "C": 3, "F": 0}, ["C"]),
        ({"F": 0, "C": 3, "B": 2, "A": 4}, ["B"]),
        ({"passed": 2}, []),
    ],
)
def test_a_grade_that_turns_back_is_a_warning(written: dict[str, int], turning: list[str]) -> None:
    places = {f"grades.{name}": (3, column) for column, name in enumerate(written, start=10)}
    grades = tuple(sorted(((Fraction(least), name) for name, least in written.items()), reverse=True))
    found = check(question(answer="A"), grades=grades, places=places)
    assert found.key is not None
    assert [(w.line, w.column) for w in found.warnings] == [places[f"grades.{name}"] for name in turning]
    assert all(f"the grade {name} begins at" in str(found.warnings) for name in turning)


def test_an_error_beside_a_right_printed_answer_is_a_warning_and_the_key_stands() -> None:
    found = check(number(2, printed=Fraction(2), erratum="a transpose is missing"))
    assert found.key is not None
    assert [fault.what for fault in found.warnings] == [
        "question 1: the printed solution has an error beside its answer, recorded: a transpose is missing"
    ]


def test_an_error_beside_a_wrong_printed_answer_excuses_nothing() -> None:
    found = check(number(2, printed=Fraction(3), erratum="a transpose is missing"))
    assert "printed 3 disagrees with the answer 2" in faults(found)[0]


@pytest.mark.parametrize(
    ("solved", "written", "expected"),
    [
        (27, Fraction(27), True),
        (27, "27", True),
        (18432, "18,432", True),
        (18432, "32x3x3x64", True),
        (18432, "32 \N{MULTIPLICATION SIGN} 3 \N{MULTIPLICATION SIGN} 3", False),
        (Fraction(1, 2), Fraction(51, 100), False),
        (Fraction(1, 3), Fraction(33, 100), True),
        (Fraction(1, 3), Fraction(34, 100), False),
        (0.806617, Fraction(807, 1000), True),
        (0.806617, Fraction(806, 1000), False),
        (0.806617, 1, False),
        (((1, 0), (3, 3)), ((Fraction(1), Fraction(0)), (Fraction(3), Fraction(3))), True),
        (((5, 6),), (5, 6), False),
        (True, 1, False),
        (1, "B", False),
        ((1, 2), 1, False),
    ],
)
def test_a_written_value_is_the_solved_one_or_its_rounding(solved: Any, written: Any, expected: bool) -> None:
    assert same_value(solved, written) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (27, "27"),
        (Fraction(-1, 2), "-0.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 400), "0.0025"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_numbers_are_written_as_decimals_where_that_is_exact(value: Any, text: str) -> None:
    assert number_text(value) == text
