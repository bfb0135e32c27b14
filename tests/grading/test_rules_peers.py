"""Rules of other exam systems: tables of their own documented examples."""

from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import Marked, Verdict, explain_rule, judge
from pipeline.grading.rules import points_range
from pipeline.model import Kind, Rule, Tolerance
from tests.grading.build import question, these

ABCDE = tuple("ABCDE")


def verdict(
    rule: str,
    parameters: dict[str, Any] | None = None,
    *,
    right: str = "",
    chosen: str = "",
    options: tuple[str, ...] = ABCDE,
    points: Fraction | int = 1,
    **fields: Any,
) -> Verdict:
    marked = Marked(
        points=Fraction(points),
        right=frozenset(right),
        chosen=frozenset(chosen),
        options=options,
        **fields,
    )
    return judge(Rule(name=rule, parameters=parameters or {}), marked)


def points(rule: str, parameters: dict[str, Any] | None = None, **fields: Any) -> Fraction:
    return verdict(rule, parameters, **fields).points


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)

# --- Auto Multiple Choice: manual, section "Scoring strategy" and its example -------------------


@pytest.mark.parametrize(("chosen", "expected"), [("A", 1), ("B", 0), ("", 0), ("AB", 0)])
def test_amc_simple_gives_one_point_unless_told_otherwise(chosen: str, expected: int) -> None:
    assert points("amc-simple", right="A", chosen=chosen) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 2), ("B", -HALF), ("", -1), ("AB", -2)])
def test_amc_simple_has_points_for_right_wrong_none_and_incoherent(chosen: str, expected: Fraction) -> None:
    found = points("amc-simple", {"b": 2, "m": -HALF, "v": -1, "e": -2}, right="A", chosen=chosen)
    assert found == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 10), ("B", 5), ("C", 2), ("D", 0)])
def test_amc_simple_question_good_choice_of_the_manual(chosen: str, expected: int) -> None:
    values = {"options": {"A": 10, "B": 5, "C": 2, "D": 0}}
    assert points("amc-simple", values, right="A", chosen=chosen, points=10) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 2), ("B", 0), ("E", -2)])
def test_amc_simple_question_attention_of_the_manual(chosen: str, expected: int) -> None:
    found = points("amc-simple", {"b": 2, "options": {"E": -2}}, right="A", chosen=chosen, points=2)
    assert found == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 0), ("B", 1), ("E", 4)])
def test_amc_auto_counts_the_options_up(chosen: str, expected: int) -> None:
    assert points("amc-simple", {"auto": 0}, right="E", chosen=chosen, points=4) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 3), ("B", 0), ("", 0)])
def test_amc_simple_maximum_or_zero(chosen: str, expected: int) -> None:
    assert points("amc-simple", {"mz": 3, "m": -1}, right="A", chosen=chosen, points=3) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"), [("AC", 8), ("A", Fraction("5.5")), ("ABC", Fraction("5.5")), ("BD", -2), ("", 0)]
)
def test_amc_multiple_adds_up_boxes_as_the_page_on_scoring_does(chosen: str, expected: Fraction) -> None:
    found = points("amc-multiple", {"b": 2, "m": -HALF}, right="AC", chosen=chosen, options=tuple("ABCD"))
    assert found == expected


@pytest.mark.parametrize(
    ("chosen", "expected"), [("ACDE", Fraction("6.5")), ("ABCDE", Fraction("5.5")), ("A", 2)]
)
def test_amc_multiple_question_added_of_the_manual(chosen: str, expected: Fraction) -> None:
    own = {"A": {"b": 2}, "B": {"b": 0, "m": -1}, "C": {"b": 3}, "E": {"b": HALF}}
    assert points("amc-multiple", {"options": own}, right="ACDE", chosen=chosen) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("CD", 3), ("C", 0), ("ACD", 0), ("AB", 0)])
def test_amc_multiple_question_three_or_zero_of_the_manual(chosen: str, expected: int) -> None:
    found = points("amc-multiple", {"mz": 3}, right="CD", chosen=chosen, options=tuple("ABCD"), points=3)
    assert found == expected


@pytest.mark.parametrize(("chosen", "expected"), [("ABC", 2), ("AB", 1), ("ABCD", 1), ("A", 0), ("DE", 0)])
def test_amc_multiple_question_all_for_two_of_the_manual(chosen: str, expected: int) -> None:
    assert points("amc-multiple", {"haut": 2}, right="ABC", chosen=chosen, points=2) == expected


def test_amc_haut_with_a_floor_of_its_own_may_go_below_zero() -> None:
    assert points("amc-multiple", {"haut": 3, "p": -1}, right="ABC", chosen="DE", points=3) == -1


@pytest.mark.parametrize(("chosen", "expected"), [("AC", 3), ("ABC", 6), ("AB", 4), ("B", 2)])
def test_amc_multiple_question_as_you_like_of_the_manual(chosen: str, expected: int) -> None:
    own = {"A": {"b": 2}, "B": {"b": 0, "m": 3}, "C": {"m": -1}}
    found = points(
        "amc-multiple", {"options": own}, right="AC", chosen=chosen, options=tuple("ABC"), points=3
    )
    assert found == expected


def test_amc_scale_of_the_manual_gives_minus_two_when_every_box_is_wrong() -> None:
    scale = {"d": 4, "b": 0, "m": Fraction(-(4 - 1) * 2, 5)}
    assert points("amc-multiple", scale, right="AB", chosen="CDE", points=4) == -2
    assert points("amc-multiple", scale, right="AB", chosen="AB", points=4) == 4


def test_amc_multiple_has_a_floor_a_ceiling_and_a_value_for_none_and_incoherent() -> None:
    scale = {"b": 1, "m": -1, "p": -2, "P": 3, "v": -3, "e": -4, "none": "E"}
    assert points("amc-multiple", scale, right="AB", chosen="AB", points=3) == 3
    assert points("amc-multiple", scale, right="AB", chosen="CD", points=3) == -2
    assert points("amc-multiple", scale, right="AB", chosen="", points=3) == -3
    assert points("amc-multiple", scale, right="AB", chosen="AE", points=3) == -4


def test_amc_none_of_these_is_no_box_of_its_own() -> None:
    assert points("amc-multiple", {"none": "E"}, right="E", chosen="E", points=4) == 4
    assert points("amc-multiple", {"none": "E"}, right="AB", chosen="E", points=4) == 2


@pytest.mark.parametrize(
    ("value", "expected"), [("3.14", 2), ("3.2", 1), ("3.08", 1), ("3.21", 0), (None, 0)]
)
def test_amc_numeric_counts_units_of_the_last_digit_as_the_manual_warns(
    value: str | None, expected: int
) -> None:
    found = points(
        "amc-numeric",
        {"approx": 6},
        options=(),
        value=None if value is None else Fraction(value),
        right_value=Fraction("3.14159"),
        decimals=2,
        points=2,
    )
    assert found == expected


# --- R/exams: examples of ?exams_eval ----------------------------------------------------------


@pytest.mark.parametrize(("chosen", "expected"), [("A", 1), ("B", 0), ("", 0), ("AB", 0)])
def test_r_exams_binary_policy(chosen: str, expected: int) -> None:
    assert points("r-exams", {"partial": False}, right="A", chosen=chosen) == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 1), ("B", Fraction(-1, 4)), ("", 0)])
def test_r_exams_policy_with_a_quarter_off(chosen: str, expected: Fraction) -> None:
    policy = {"partial": False, "negative": Fraction(-1, 4)}
    assert points("r-exams", policy, right="A", chosen=chosen) == expected


@pytest.mark.parametrize(
    ("value", "right", "tolerance", "expected"),
    [
        ("1.23", "1.23", None, 1),
        ("2.34", "1.23", None, Fraction(-1, 4)),
        (None, "1.23", None, 0),
        ("1.24", "1.23", "0.1", 1),
    ],
)
def test_r_exams_numbers(value: str | None, right: str, tolerance: str | None, expected: Fraction) -> None:
    found = points(
        "r-exams",
        {"negative": Fraction(1, 4)},
        options=(),
        value=None if value is None else Fraction(value),
        right_value=Fraction(right),
        tolerance=None if tolerance is None else Tolerance(kind="abs", size=Fraction(tolerance)),
    )
    assert found == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("ACE", 1), ("AC", 2 * THIRD), ("ACD", 2 * THIRD - HALF), ("AB", 0), ("BD", 0), ("", 0), ("ABCDE", 0)],
)
def test_r_exams_default_policy_gives_thirds_and_takes_halves(chosen: str, expected: Fraction) -> None:
    assert points("r-exams", right="ACE", chosen=chosen) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("false2", -HALF), ("false", -1), ("true", Fraction(-1, 4)), ("all", -1), ("none", 0)],
)
def test_r_exams_rules_take_off_what_the_help_page_says(rule: str, expected: Fraction) -> None:
    assert points("r-exams", {"rule": rule, "negative": True}, right="ABCD", chosen="E") == expected


@pytest.mark.parametrize(("chosen", "expected"), [("A", 1), ("B", -1), ("AB", -1), ("", 0)])
@pytest.mark.parametrize("rule", ["false2", "false", "true", "all", "none"])
def test_r_exams_gives_no_parts_where_one_option_is_asked(chosen: str, expected: int, rule: str) -> None:
    # checkanswer and pointsum of exams_eval: "schoice" is right or negative, whatever partial says.
    policy = {"partial": True, "negative": True, "rule": rule}
    assert points("r-exams", policy, right="A", chosen=chosen, one_asked=True) == expected


def test_r_exams_bound_holds_the_sum() -> None:
    policy = {"negative": Fraction(1, 4)}
    assert points("r-exams", policy, right="ACE", chosen="BD", points=4) == -1


# --- Moodle, offlinequiz -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"), [("A", HALF), ("AB", 1), ("AC", 0), ("C", 0), ("ABC", HALF), ("", 0)]
)
def test_moodle_adds_fractions_down_to_zero(chosen: str, expected: Fraction) -> None:
    shares = {"fractions": {"A": HALF, "B": HALF, "C": -HALF}}
    assert points("moodle", shares, right="AB", chosen=chosen, options=tuple("ABC")) == expected


def test_moodle_shares_are_equal_where_nobody_gives_them() -> None:
    assert points("moodle", right="AB", chosen="ABC", points=6) == 4
    assert points("moodle", right="AB", chosen="A", points=6) == 3


def test_moodle_fractions_above_the_whole_give_the_whole() -> None:
    assert points("moodle", {"fractions": {"A": 1, "B": 1}}, right="A", chosen="AB", points=3) == 3


def test_moodle_several_marks_on_a_single_choice_are_an_answer() -> None:
    found = verdict("moodle", {"fractions": {"A": 1, "B": -HALF}}, right="A", chosen="AB", points=2)
    assert these(found.points, found.reason) == (1, "wrong B")


@pytest.mark.parametrize("rule", ["moodle-all-or-nothing", "akindi-exact"])
@pytest.mark.parametrize(("chosen", "expected"), [("AC", 1), ("A", 0), ("C", 0), ("ACD", 0), ("", 0)])
def test_exactly_the_right_options_or_nothing(rule: str, chosen: str, expected: int) -> None:
    assert points(rule, right="AC", chosen=chosen) == expected


# --- Akindi: help pages "advanced marking" and "partial mark questions" ------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"), [("A", 1), ("C", 1), ("AC", 1), ("AB", 0), ("D", 0), ("", 0)]
)
def test_akindi_either_or(chosen: str, expected: int) -> None:
    assert points("akindi-either-or", right="AC", chosen=chosen) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("A", THIRD), ("AC", 2 * THIRD), ("ACD", 1), ("ACDE", 0), ("ABE", THIRD), ("", 0)],
)
def test_akindi_partial_marks(chosen: str, expected: Fraction) -> None:
    assert points("akindi-partial", right="ACD", chosen=chosen) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"), [("ABD", THIRD), ("ACDE", 2 * THIRD), ("B", 0), ("ACD", 1), ("BE", 0)]
)
def test_akindi_partial_marks_with_deduction(chosen: str, expected: Fraction) -> None:
    assert points("akindi-deduct", right="ACD", chosen=chosen) == expected


# --- Gradescope, ZipGrade, formula scoring, Eyegrade -------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "expected"), [("AB", 2), ("A", 1), ("B", HALF), ("ABC", -1), ("", 0), ("C", -1)]
)
def test_each_set_of_ticks_has_its_points(chosen: str, expected: Fraction) -> None:
    table = {"sets": {"A": 1, "B": HALF}, "other": -1}
    assert points("sets", table, right="AB", chosen=chosen, points=2) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"), [("A", 1), ("B", Fraction(-1, 4)), ("", 0), ("AB", Fraction(-1, 4))]
)
def test_formula_scoring_takes_one_over_k_minus_one(chosen: str, expected: Fraction) -> None:
    assert points("formula", right="A", chosen=chosen) == expected


def test_formula_scoring_earns_nothing_by_guessing() -> None:
    assert sum(points("formula", right="A", chosen=one, points=3) for one in ABCDE) == 0


@pytest.mark.parametrize(("chosen", "expected"), [("A", 3), ("B", -1), ("", Fraction(-1, 2)), ("AB", -1)])
def test_eyegrade_multiplies_its_weight(chosen: str, expected: Fraction) -> None:
    shares = {"incorrect": THIRD, "blank": Fraction(1, 6)}
    assert points("eyegrade", shares, right="A", chosen=chosen, points=3) == expected


def test_an_eyegrade_weight_of_zero_voids_the_question() -> None:
    assert {
        points("eyegrade", {"incorrect": 1}, right="A", chosen=one, points=0) for one in ("A", "B", "")
    } == {0}


# --- what the peers cannot do ------------------------------------------------------------------

NONE_RIGHT = ["r-exams", "moodle", "moodle-all-or-nothing", "akindi-exact", "akindi-either-or"]


@pytest.mark.parametrize("rule", [*NONE_RIGHT, "akindi-partial", "akindi-deduct"])
def test_nothing_ticked_is_right_where_no_option_is(rule: str) -> None:
    assert points(rule, right="", chosen="") == 1
    assert points(rule, right="", chosen="B") == 0


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "rule", "parameters", "sentence"),
    [
        (
            Kind.CHOICES,
            "amc-multiple",
            {"haut": 2},
            "Every box as it should be gives 2, each other one takes 1 off, down to 0; "
            "nothing ticked gives 0.",
        ),
        (
            Kind.CHOICE,
            "amc-simple",
            {"b": 2, "options": {"D": -2}},
            "The right option gives 2, a wrong one 0, but -2 for D; several give 0, no answer 0.",
        ),
        (
            Kind.CHOICES,
            "amc-multiple",
            {"none": "D", "e": -1},
            "Each box as it should be gives 1, each other one 0; D beside another option gives -1; "
            "nothing ticked gives 0.",
        ),
        (
            Kind.CHOICES,
            "moodle",
            {"fractions": {"A": 1, "B": HALF}},
            "Each ticked option has its share of 4 points (1 for A, 0.5 for B), down to 0.",
        ),
        (
            Kind.CHOICES,
            "sets",
            {"sets": {"A|B": 4, "A": 1}},
            "The right options give 4, other ticks 4 for A|B, 1 for A, anything else 0, nothing ticked 0.",
        ),
        (
            Kind.CHOICE,
            "r-exams",
            {"partial": False, "negative": HALF},
            "The right answer gives 4, a wrong one -2, no answer 0.",
        ),
    ],
)
def test_rules_of_other_systems_are_explained_in_one_sentence(
    kind: Kind, rule: str, parameters: dict[str, Any], sentence: str
) -> None:
    assert explain_rule(question(kind=kind, rule=rule, parameters=parameters)) == sentence


def test_the_range_of_a_rule_knows_its_best_and_worst_answer() -> None:
    own = {"A": {"b": 2}, "B": {"b": 0, "m": 3}, "C": {"m": -1}}
    marked = Marked(points=Fraction(3), right=frozenset("AC"), options=tuple("ABC"))
    found = points_range(Rule(name="amc-multiple", parameters={"options": own}), marked)
    assert these(*found) == (-1, 6)
