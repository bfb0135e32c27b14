"""Void questions, other accepted answers, bonus points, questions that may be left empty."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import build_key, grade_booklet, grade_name, impact, round_points, score_answer
from pipeline.model import Answer, Booklet, Exam, Grade, Kind, Question, Rounding, Section
from tests.grading.build import HASH, check, choices, entry, exam, question, these

HALF = Fraction(1, 2)


def graded(of: Exam, *answers: Answer) -> Grade:
    key = build_key(of, HASH).key
    assert key is not None
    booklet = Booklet(
        exam="test",
        version="A",
        student_id="007",
        name="Ada",
        serial=1,
        answers={one.question: one for one in answers},
    )
    return grade_booklet(of, key, booklet, {})


def ticked(name: str, *chosen: str, **fields: Any) -> Answer:
    return Answer(question=name, chosen=chosen, **fields)


def score(asked: Question, answer: Answer | None) -> tuple[Any, ...]:
    found = score_answer(entry(asked), answer)
    return found.points, found.max_points, found.status, found.reason


# --- void --------------------------------------------------------------------------------------

EVERYONE = "void: everyone gets the points"
NOBODY = "void: it counts for nobody"


@pytest.mark.parametrize("answer", [ticked("1", "B"), ticked("1"), ticked("1", "A", doubtful=True), None])
def test_a_question_that_is_void_for_everyone_gives_everyone_its_points(answer: Answer | None) -> None:
    assert score(question(answer="A", void="everyone"), answer) == (4, 4, "void", EVERYONE)


@pytest.mark.parametrize(
    "answer", [ticked("1", "A"), ticked("1", "B"), ticked("1", "A", doubtful=True), None]
)
def test_a_question_that_counts_for_nobody_has_no_points_and_no_maximum(answer: Answer | None) -> None:
    asked = question(answer="A", void="nobody", parameters={"wrong": Fraction(-1)})
    assert score(asked, answer) == (0, 0, "void", NOBODY)


def test_void_credits_wait_for_no_examiner() -> None:
    assert score(question(kind=Kind.CREDITS, void="everyone"), ticked("1")) == (4, 4, "void", EVERYONE)


def test_a_doubt_about_a_void_question_changes_nothing() -> None:
    assert impact(entry(question(answer="A", void="nobody")), ticked("1", "A", doubtful=True)) == 0


def test_a_void_question_leaves_the_printed_total_alone_and_changes_the_maximum() -> None:
    asked = (question("1", answer="A"), question("2", answer="A", void="nobody"))
    grade = graded(exam(*asked, total=Fraction(8), pass_points=Fraction(4)), ticked("1", "A"))
    assert these(grade.points, grade.max_points, grade.percent, grade.grade) == (4, 4, 100, "passed")


# --- also accepted -----------------------------------------------------------------------------


def test_another_option_is_accepted_and_the_reason_says_so() -> None:
    asked = question(answer="A", also_accept=("C",), parameters={"wrong": Fraction(-1)})
    assert score(asked, ticked("1", "C")) == (4, 4, "final", "also accepted: right")
    assert score(asked, ticked("1", "A"))[3] == "right"
    assert score(asked, ticked("1", "B"))[0] == -1
    assert score(asked, ticked("1", "A", "C"))[0] == -1


def test_other_sets_of_options_are_accepted_by_any_rule() -> None:
    asked = question(kind=Kind.CHOICES, rule="akindi-partial", answer=("A", "B", "C"), also_accept=(("D",),))
    assert score(asked, ticked("1", "D"))[0] == 4
    assert score(asked, ticked("1", "A", "B"))[0] == Fraction(8, 3)


def test_true_and_false_are_both_accepted() -> None:
    asked = question(kind=Kind.TRUEFALSE, answer=True, also_accept=(False,))
    assert [score(asked, ticked("1", one))[0] for one in "TF"] == [4, 4]


def test_other_numbers_are_accepted() -> None:
    asked = question(kind=Kind.NUMBER, answer=Fraction("2.5"), also_accept=(Fraction(5),))
    assert score(asked, ticked("1", value=Fraction(5)))[0] == 4
    assert score(asked, ticked("1", value=Fraction(4)))[0] == 0


@given(
    right=st.sampled_from("ABCD"),
    also=st.lists(st.sampled_from("ABCD"), max_size=3),
    chosen=st.sampled_from("ABCD"),
)
def test_accepting_more_never_costs_points(right: str, also: list[str], chosen: str) -> None:
    wrong = {"wrong": Fraction(-1)}
    alone = score(question(answer=right, parameters=wrong), ticked("1", chosen))[0]
    more = score(question(answer=right, parameters=wrong, also_accept=tuple(also)), ticked("1", chosen))[0]
    assert alone is not None
    assert more is not None
    assert more >= alone


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (question(answer="A", also_accept=("E",)), "E in also_accept is none of the options"),
        (
            question(answer="A", also_accept=(("B",),)),
            "also_accept of a question of kind choice holds a list",
        ),
        (
            question(kind=Kind.NUMBER, answer=Fraction(2), also_accept=("two",)),
            "two in also_accept is not a number",
        ),
        (question(kind=Kind.CREDITS, also_accept=(Fraction(1),)), "the examiner gives these points"),
    ],
)
def test_what_cannot_be_accepted_is_a_fault(asked: Question, what: str) -> None:
    (fault,) = check(asked).faults
    assert what in fault.what


# --- bonus -------------------------------------------------------------------------------------


def test_bonus_points_count_beside_the_maximum() -> None:
    asked = (question("1", answer="A"), question("2", answer="A", bonus=True, points=2))
    of = exam(*asked, total=Fraction(4))
    both = graded(of, ticked("1", "A"), ticked("2", "A"))
    assert these(both.points, both.max_points, both.percent) == (6, 4, 150)
    assert both.scores[1].max_points == 0
    assert both.scores[1].reason == "right (bonus)"
    assert graded(of, ticked("1", "A"), ticked("2", "B")).percent == 100


def test_a_cap_of_a_section_holds_its_bonus_too() -> None:
    asked = (question("1", answer="A"), question("2", answer="A", bonus=True, points=2))
    section = Section(id="P", title="", questions=("1", "2"), points=Fraction(4), cap=Fraction(5))
    assert graded(exam(*asked, sections=(section,)), ticked("1", "A"), ticked("2", "A")).points == 5


def test_a_grade_that_only_a_bonus_can_reach_is_no_fault() -> None:
    asked = (question("1", answer="A"), question("2", answer="A", bonus=True, points=2))
    assert check(*asked, grades=((Fraction(6), "A+"),)).faults == ()
    assert len(check(*asked, grades=((Fraction(7), "A+"),)).faults) == 1


# --- questions that may be left empty ----------------------------------------------------------

THREE = tuple(
    question(name, answer="A", points=worth, parameters={"blank": -HALF})
    for name, worth in (("1", 1), ("2", 3), ("3", 2))
)


@pytest.mark.parametrize(
    ("allowed", "points", "most", "void"),
    [(0, Fraction("-1.5"), 6, []), (1, -1, 3, ["2"]), (2, -HALF, 1, ["2", "3"]), (3, 0, 0, ["1", "2", "3"])],
)
def test_the_best_valued_blanks_do_not_count(
    allowed: int, points: Fraction, most: int, void: list[str]
) -> None:
    grade = graded(exam(*THREE, allow_empty=allowed), *(ticked(name) for name in "123"))
    assert these(grade.points, grade.max_points) == (points, most)
    assert [row.question for row in grade.scores if row.status == "void"] == void


def test_an_answered_question_is_never_left_out() -> None:
    grade = graded(exam(*THREE, allow_empty=2), ticked("1", "A"), ticked("2", "B"), ticked("3"))
    assert these(grade.points, grade.max_points) == (1, 4)
    assert grade.scores[2].reason == "left empty, and 2 questions may be"


# --- sections, rounding, grades ----------------------------------------------------------------

SOME = st.fractions(-5, 5, max_denominator=6)


@given(
    worth=st.lists(st.fractions(0, 5, max_denominator=6), min_size=1, max_size=5),
    wrong=SOME,
    floor=SOME,
    width=st.fractions(0, 5, max_denominator=6),
    answers=st.lists(st.sampled_from("AB"), min_size=5, max_size=5),
)
def test_a_section_stays_between_its_floor_and_cap_and_sums_are_exact(
    worth: list[Fraction], wrong: Fraction, floor: Fraction, width: Fraction, answers: list[str]
) -> None:
    names = [str(place) for place in range(len(worth))]
    asked = [
        question(name, answer="A", points=points, parameters={"wrong": min(wrong, points)})
        for name, points in zip(names, worth, strict=True)
    ]
    section = Section(id="P", title="", questions=tuple(names[1:]), floor=floor, cap=floor + width)
    grade = graded(
        exam(*asked, sections=(section,)), *(ticked(n, a) for n, a in zip(names, answers, strict=False))
    )
    assert floor <= grade.sections["P"] <= floor + width
    first = grade.scores[0].points
    assert first is not None
    assert grade.points == grade.sections["P"] + first


@given(
    points=st.fractions(-20, 20, max_denominator=60),
    step=st.fractions(Fraction(1, 10), 3, max_denominator=10),
    mode=st.sampled_from(("half-up", "half-even", "up", "down")),
)
def test_rounded_points_are_on_a_step_and_less_than_a_step_away(
    points: Fraction, step: Fraction, mode: Any
) -> None:
    rounded = round_points(points, Rounding(step=step, mode=mode))
    assert (rounded / step).denominator == 1
    assert abs(rounded - points) < step
    assert round_points(rounded, Rounding(step=step, mode=mode)) == rounded


@given(low=st.fractions(0, 8), high=st.fractions(0, 8))
def test_more_points_never_give_a_worse_grade(low: Fraction, high: Fraction) -> None:
    of = exam(question(answer="A"), grades=((Fraction(6), "A"), (Fraction(4), "B"), (Fraction(2), "C")))
    order = ["A", "B", "C", ""]
    low, high = sorted((low, high))
    assert order.index(grade_name(of, high)) <= order.index(grade_name(of, low))


def test_an_option_that_is_accepted_is_no_fault() -> None:
    assert check(question(options=choices("A", "B"), answer="A", also_accept=("B",))).faults == ()
