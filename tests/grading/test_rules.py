"""Scoring rules: tables from the exams' own words, and properties that hold for every answer."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import RULES, Marked, explain_rule, explain_several, judge, score_answer, within
from pipeline.grading.rules import points_range, rule_faults
from pipeline.model import Answer, Kind, Rule, Tolerance
from tests.grading.build import entry, question

OPTIONS = "ABCD"


def points(rule: str, parameters: dict[str, Any], **marked: Any) -> Fraction:
    for name in ("chosen", "right"):
        marked[name] = frozenset(marked.get(name, ""))
    full = Fraction(marked.pop("points", 5))
    return judge(Rule(name=rule, parameters=parameters), Marked(points=full, **marked)).points


@pytest.mark.parametrize(
    ("chosen", "dont_know", "expected"),
    [("B", False, 5), ("A", False, 0), ("", False, 0), ("", True, 0), ("AB", False, 0), ("B", True, 0)],
)
def test_single_gives_points_for_the_right_option_alone(chosen: str, dont_know: bool, expected: int) -> None:
    assert points("single", {}, chosen=chosen, right="B", dont_know=dont_know) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("T", 2), ("F", -1), ("", 0), ("TF", -1)])
def test_true_or_false_of_the_uw_exam_is_two_minus_one_or_nothing(chosen: str, expected: int) -> None:
    assert points("single", {"wrong": -1}, points=2, chosen=chosen, right="T") == expected


def test_a_dont_know_option_can_have_points_of_its_own() -> None:
    assert points("single", {"dont_know": Fraction(1, 2)}, right="A", dont_know=True) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("right", "chosen", "expected"),
    [("BD", "BD", 2), ("BD", "B", 0), ("BD", "BCD", 0), ("BD", "", 0), ("", "", 2), ("", "A", 0)],
)
def test_all_or_nothing_of_the_tum_exam_wants_exactly_the_right_boxes(
    right: str, chosen: str, expected: int
) -> None:
    assert points("all-or-nothing", {}, points=2, right=right, chosen=chosen) == expected


@pytest.mark.parametrize(
    ("right", "chosen", "expected"),
    [
        ("BD", "BD", 5),
        ("BD", "B", Fraction(5, 2)),
        ("BD", "BCD", Fraction(5, 2)),
        ("BD", "AC", 0),
        ("BD", "ABCD", 0),
        ("BD", "", 0),
        ("ACD", "A", 0),
        ("ACD", "AC", Fraction(5, 2)),
        ("C", "C", 5),
        ("C", "BC", 0),
        ("C", "B", 0),
    ],
)
def test_deduct_of_the_uw_exam_takes_half_for_each_error_and_single_answers_whole(
    right: str, chosen: str, expected: Fraction
) -> None:
    assert points("deduct", {"each": Fraction(5, 2)}, right=right, chosen=chosen) == expected


def test_deduct_may_go_below_zero_down_to_its_floor() -> None:
    assert points("deduct", {"each": 3, "floor": -2}, right="BD", chosen="AC") == -2


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2.5", 3), ("-2.5", 1), ("25", 2), ("0.25", 2), ("2.4", 0), ("-25", 0), (None, 0)],
)
def test_a_number_may_earn_part_of_its_points_with_a_slip(value: str | None, expected: int) -> None:
    found = points(
        "number",
        {"sign_slip": 1, "power_slip": 2},
        points=3,
        value=None if value is None else Fraction(value),
        right_value=Fraction("2.5"),
    )
    assert found == expected


def test_a_number_without_slips_in_its_rule_is_right_or_wrong() -> None:
    assert points("number", {}, value=Fraction(-2), right_value=Fraction(2)) == 0


def test_a_slip_is_never_worse_than_a_wrong_number() -> None:
    found = points("number", {"wrong": 1, "sign_slip": 0}, value=Fraction(-2), right_value=Fraction(2))
    assert found == 1


@pytest.mark.parametrize(
    ("kind", "size", "value", "right", "expected"),
    [
        ("abs", "0.002", "0.809", "0.807", True),
        ("abs", "0.002", "0.8091", "0.807", False),
        ("rel", "0.01", "-101", "-100", True),
        ("rel", "0.01", "101.1", "100", False),
        ("significant", "3", "1234", "1230", True),
        ("significant", "3", "1236", "1230", False),
        ("significant", "2", "0.00123", "0.0012", True),
        ("significant", "2", "0", "0", True),
        ("significant", "2", "0.1", "0", False),
    ],
)
def test_a_tolerance_holds_at_its_edge_and_no_further(
    kind: Any, size: str, value: str, right: str, expected: bool
) -> None:
    tolerance = Tolerance(kind=kind, size=Fraction(size))
    assert within(Fraction(value), Fraction(right), tolerance) is expected


def test_credits_are_what_the_examiner_gave() -> None:
    assert points("credits", {}, points=3, value=Fraction(3, 2)) == Fraction(3, 2)


# --- properties --------------------------------------------------------------------------------

_POINTS = st.fractions(0, 10, max_denominator=12)
_SETS = st.frozensets(st.sampled_from(OPTIONS))


@st.composite
def _rules(draw: st.DrawFn) -> tuple[Fraction, Rule]:
    name = draw(st.sampled_from(("single", "all-or-nothing", "deduct")))
    full = draw(_POINTS)
    if name == "deduct":
        parameters = {"each": draw(_POINTS), "floor": -draw(_POINTS)}
    else:
        parameters = {"wrong": -draw(_POINTS), "blank": Fraction(0)}
    return full, Rule(name=name, parameters=parameters)


@given(rule=_rules(), right=_SETS, chosen=_SETS, dont_know=st.booleans())
def test_points_stay_between_the_least_that_is_promised_and_the_full_points(
    rule: tuple[Fraction, Rule], right: frozenset[str], chosen: frozenset[str], dont_know: bool
) -> None:
    full, chosen_rule = rule
    kind = Kind.CHOICE if chosen_rule.name == "single" else Kind.CHOICES
    asked = question(kind=kind, points=full, rule=chosen_rule.name, parameters=chosen_rule.parameters)
    marked = Marked(points=full, right=right, chosen=chosen, dont_know=dont_know)
    least, most = points_range(asked.rule, marked)
    assert least <= judge(chosen_rule, marked).points <= most == full


@given(rule=_rules(), right=_SETS.filter(bool), chosen=_SETS)
def test_a_blank_answer_is_worth_what_the_rule_says_and_never_less_than_a_wrong_one(
    rule: tuple[Fraction, Rule], right: frozenset[str], chosen: frozenset[str]
) -> None:
    full, chosen_rule = rule
    blank = judge(chosen_rule, Marked(points=full, right=right)).points
    assert blank == 0
    other = judge(chosen_rule, Marked(points=full, right=right, chosen=chosen))
    assert other.points <= blank or chosen & right


@given(rule=_rules(), right=_SETS.filter(bool), chosen=_SETS, option=st.sampled_from(OPTIONS))
def test_mending_one_box_never_costs_points(
    rule: tuple[Fraction, Rule], right: frozenset[str], chosen: frozenset[str], option: str
) -> None:
    full, chosen_rule = rule
    better = chosen | {option} if option in right else chosen - {option}
    if not better or not chosen or (chosen_rule.name == "single" and len(right) > 1):
        return
    before = judge(chosen_rule, Marked(points=full, right=right, chosen=chosen)).points
    assert judge(chosen_rule, Marked(points=full, right=right, chosen=better)).points >= before


@given(rule=_rules(), right=_SETS.filter(bool))
def test_the_right_answer_gets_the_full_points(rule: tuple[Fraction, Rule], right: frozenset[str]) -> None:
    full, chosen_rule = rule
    if chosen_rule.name == "single":
        right = frozenset(sorted(right)[:1])
    assert judge(chosen_rule, Marked(points=full, right=right, chosen=right)).points == full


@given(
    value=st.fractions(-1000, 1000, max_denominator=100),
    right=st.fractions(-1000, 1000, max_denominator=100),
    size=st.fractions(0, 5, max_denominator=20),
    kind=st.sampled_from(("abs", "rel")),
)
def test_a_nearer_number_is_never_worse(value: Fraction, right: Fraction, size: Fraction, kind: Any) -> None:
    tolerance = Tolerance(kind=kind, size=size)
    nearer = right + (value - right) / 2
    if within(value, right, tolerance):
        assert within(nearer, right, tolerance)
    assert within(right, right, tolerance)


# --- words -------------------------------------------------------------------------------------


def test_a_rule_is_explained_to_students_with_its_numbers() -> None:
    asked = question(points=2, parameters={"wrong": Fraction(-1)})
    assert explain_rule(asked) == "The right option gives 2, a wrong one -1, no answer 0."


NEEDED: dict[str, dict[str, Any]] = {
    "deduct": {"each": Fraction(1)},
    "follow-through": {"from": {"layers.1": "1"}},
    "sets": {"sets": {"A|B": Fraction(1)}},
}
"""Parameters that a rule cannot do without."""


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_is_one_sentence_and_says_what_several_marks_do(name: str) -> None:
    rule = RULES[name]
    kind = min(rule.kinds)
    parameters = NEEDED.get(name, {})
    sentence = explain_rule(question(kind=kind, rule=name, parameters=parameters))
    assert sentence.endswith(".")
    assert "{" not in sentence
    assert rule.several.endswith(".")


@pytest.mark.parametrize("name", sorted(name for name, rule in RULES.items() if Kind.CHOICE in rule.kinds))
def test_several_marks_where_one_is_asked_are_the_reason(name: str) -> None:
    points = 1 if name == "amc-simple" else 4
    key = entry(question(rule=name, parameters=NEEDED.get(name, {}), answer="A", points=points))
    one, two = (score_answer(key, Answer(question="1", chosen=tuple(chosen))) for chosen in ("B", "AB"))
    assert two.reason.startswith("several options where one is asked")
    assert "several" not in one.reason


def test_students_are_told_of_several_options_and_of_dont_know_where_they_count_otherwise() -> None:
    asked = question(points=2, parameters={"wrong": -1, "several": 0, "dont_know": Fraction(1, 2)})
    assert explain_rule(asked) == (
        'The right option gives 2, a wrong one -1, several 0, no answer 0, the option "don\'t know" 0.5.'
    )
    assert explain_several(asked) == "Several options where one is asked give 0."


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "The right number gives 4, a wrong one 0, no number 0."),
        (
            {"sign_slip": 2, "power_slip": 1},
            "The right number gives 4, a wrong one 0, no number 0; "
            "the right number with the wrong sign 2, with the wrong power of ten 1.",
        ),
    ],
)
def test_students_are_told_of_slips_that_earn_points(parameters: dict[str, Any], sentence: str) -> None:
    assert explain_rule(question(kind=Kind.NUMBER, parameters=parameters)) == sentence


def test_a_set_of_ticks_that_is_named_twice_is_refused() -> None:
    twice = question(kind=Kind.CHOICES, rule="sets", parameters={"sets": {"A|C": 4, "C|A": 1}})
    ((what, instead),) = rule_faults(twice)
    assert (what, instead) == ("sets: A|C and C|A are the same set", "keep one of them")
