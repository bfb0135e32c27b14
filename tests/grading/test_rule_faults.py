"""Faults of rules as teachers see them: what is wrong and what to write instead."""

from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading.rules import rule_faults
from pipeline.model import Kind, Option, Solve, Tolerance
from tests.grading.build import check, choices, question

HALF = Fraction(1, 2)


def complaints(kind: Kind, rule: str, parameters: dict[str, Any], **fields: Any) -> list[str]:
    asked = question(kind=kind, rule=rule, parameters=parameters, **fields)
    return [f"{what}: {instead}" for what, instead in rule_faults(asked)]


@pytest.mark.parametrize(
    ("kind", "rule", "parameters", "expected"),
    [
        (Kind.CHOICES, "amc-multipel", {}, "unknown rule amc-multipel: did you mean amc-multiple?"),
        (
            Kind.CHOICES,
            "r-exams",
            {"rule": "false3"},
            "rule: false3 is not one of false2, false, true, all, none: did",
        ),
        (Kind.CHOICES, "r-exams", {"rules": "none"}, "the rule r-exams has no rules: did you mean rule?"),
        (
            Kind.CHOICES,
            "r-exams",
            {"partial": Fraction(1)},
            "partial: 1 is not true or false: write true or false",
        ),
        (
            Kind.CHOICES,
            "r-exams",
            {"negative": Fraction(2)},
            "negative: 2 is no share of the points: write a number",
        ),
        (
            Kind.CHOICES,
            "moodle",
            {"fractions": {"E": HALF}},
            "fractions: E: there is no option E: write one of A, B",
        ),
        (
            Kind.CHOICES,
            "moodle",
            {"fractions": {"A": "half"}},
            "fractions: A: half is not a share of the points: write",
        ),
        (Kind.CHOICES, "moodle", {"fractions": HALF}, "fractions: 0.5 is no map: write {option: value}"),
        (
            Kind.CHOICES,
            "sets",
            {"sets": {"A|Z": 1}},
            "sets: A|Z: there is no option Z: write one of A, B, C, D",
        ),
        (
            Kind.CHOICES,
            "sets",
            {"sets": {"A|B": 9}},
            "sets: A|B: 9 is more than the 4 points: write at most 4",
        ),
        (Kind.CHOICES, "sets", {}, "the rule sets needs sets: write rule: {name: sets, sets: ...}"),
        (
            Kind.CHOICES,
            "akindi-exact",
            {"wrong": 1},
            "the rule akindi-exact has no wrong: it has no parameters",
        ),
        (Kind.CHOICES, "amc-multiple", {"none": "E"}, "none: there is no option E: write one of A, B, C, D"),
        (
            Kind.CHOICES,
            "amc-multiple",
            {"options": {"A": {"c": 1}}},
            "options: A: there is no c: write one of b, m",
        ),
        (
            Kind.CHOICE,
            "amc-multiple",
            {},
            "the rule amc-multiple is not for choice: write one of akindi-deduct",
        ),
        (Kind.NUMBER, "amc-numeric", {"approx": -1}, "approx: -1 is below 0: write it without the minus"),
        (Kind.NUMBER, "follow-through", {}, "the rule follow-through needs from: write rule:"),
        (Kind.NUMBER, "follow-through", {"from": "1"}, "from: 1 names no earlier answer: write from:"),
        (
            Kind.CHOICE,
            "all-parts",
            {},
            "the rule all-parts is for a question with parts: write it at the question",
        ),
    ],
)
def test_a_faulty_rule_says_what_to_write_instead(
    kind: Kind, rule: str, parameters: dict[str, Any], expected: str
) -> None:
    (found,) = complaints(kind, rule, parameters)
    assert found.startswith(expected)


def test_the_option_that_is_no_answer_has_no_share() -> None:
    (found,) = complaints(Kind.CHOICES, "moodle", {"fractions": {"D": 0}}, dont_know="D")
    assert found == "fractions: D: D is the option that is no answer: leave it out"


@pytest.mark.parametrize(
    ("rule", "parameters", "earned"),
    [
        ("amc-multiple", {}, "4 of 5"),
        ("moodle", {"fractions": {"A": HALF}}, "2.5 of 5"),
        ("sets", {"sets": {"A|B": 3}}, "3 of 5"),
    ],
)
def test_a_rule_by_which_the_right_answer_does_not_earn_the_points_is_a_fault(
    rule: str, parameters: dict[str, Any], earned: str
) -> None:
    (fault,) = check(
        question(kind=Kind.CHOICES, rule=rule, parameters=parameters, points=5, answer=("A", "B"))
    ).faults
    assert fault.what == f"question 1: the right answer earns {earned} points by {rule}"


# --- tolerance between options -----------------------------------------------------------------

SOLVED = Solve(solver="sum", arguments={"values": (1, 2, Fraction("0.1"))})


def tolerant(size: str, *values: str) -> Any:
    options = tuple(
        Option(id=name, text=value, value=Fraction(value)) for name, value in zip("ABC", values, strict=False)
    )
    return check(
        question(options=options, answer=SOLVED, tolerance=Tolerance(kind="abs", size=Fraction(size)))
    )


def test_an_option_within_the_tolerance_of_the_solved_value_is_right() -> None:
    key = tolerant("0.2", "3", "4", "5").key
    assert key is not None
    assert key.entries["1"].right == {"A"}


def test_a_tolerance_wider_than_the_gap_to_the_next_option_is_a_fault() -> None:
    (fault,) = tolerant("1", "3", "4", "5").faults
    assert "the tolerance 1 is wider than the gap 0.9 to the next option B" in fault.what
    assert fault.instead == "write a tolerance below 0.9"


def test_an_option_equal_to_the_solved_value_does_not_hide_a_wide_tolerance() -> None:
    (fault,) = tolerant("0.5", "3.1", "3.3", "5").faults
    assert "to the next option B" in fault.what


def test_a_tolerance_of_what_is_no_number_is_a_fault() -> None:
    asked = question(
        options=choices("A", "B"),
        answer=Solve(solver="mlp.shapes", arguments={"layers": (2, 3)}),
        tolerance=Tolerance(kind="abs", size=Fraction(1)),
    )
    assert any("there is a tolerance" in fault.what for fault in check(asked).faults)
