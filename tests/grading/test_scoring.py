"""Scores and grades of students."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import (
    absent_grade,
    build_key,
    grade_booklet,
    impact,
    points_span,
    right_text,
    round_points,
    score_answer,
)
from pipeline.model import (
    Answer,
    Booklet,
    Exam,
    Grade,
    Kind,
    NumberFormat,
    Question,
    Rounding,
    Section,
    Student,
    Tolerance,
)
from tests.grading.build import HASH, choices, entry, exam, question

ONE = question("1", answer="A", parameters={"wrong": Fraction(-1)})
TWO = question("2", kind=Kind.CHOICES, answer=("A", "C"), points=2)
THREE = question("3", kind=Kind.NUMBER, answer=Fraction("2.5"), points=3)
ESSAY = question("4", kind=Kind.CREDITS, points=Fraction("2.5"))


def answer(name: str, *chosen: str, **fields: Any) -> Answer:
    return Answer(question=name, chosen=chosen, **fields)


ALL = (
    answer("1", "A"),
    answer("2", "A", "C"),
    answer("3", value=Fraction("2.5")),
    answer("4", value=Fraction("1.5")),
)


def graded(
    *answers: Answer,
    asked: tuple[Question, ...] = (ONE, TWO, THREE, ESSAY),
    credits: Mapping[str, Fraction] | None = None,
    settings: Mapping[str, Any] | None = None,
    **booklet: Any,
) -> Grade:
    of: Exam = exam(*asked, **(settings or {}))
    key = build_key(of, HASH).key
    assert key is not None
    given = {one.question: one for one in answers}
    pages = Booklet(
        exam="test", version="A", student_id="007", name="Ada", serial=1, answers=given, **booklet
    )
    return grade_booklet(of, key, pages, credits or {})


# --- one answer --------------------------------------------------------------------------------


def test_an_answer_has_points_a_reason_and_the_right_one_beside_it() -> None:
    score = score_answer(entry(TWO), answer("2", "A"))
    assert score.points == 0
    assert (score.correct, score.rule) == ("A|C", "all-or-nothing")
    assert (score.reason, score.status) == ("missing C", "final")


def test_a_doubtful_answer_has_no_points_until_a_person_decides() -> None:
    doubtful = score_answer(entry(ONE), answer("1", "A", doubtful=True, reason="faint"))
    assert (doubtful.points, doubtful.status, doubtful.reason) == (None, "doubtful", "faint")
    decided = score_answer(entry(ONE), answer("1", "A", decided_by="Eve"))
    assert decided.points == 4
    assert decided.status == "decided"


def test_blank_credits_are_ungraded_and_never_zero() -> None:
    blank = score_answer(entry(ESSAY), answer("4"))
    assert (blank.points, blank.status) == (None, "ungraded")
    assert score_answer(entry(ESSAY), answer("4", value=Fraction(0))).points == 0


def test_an_answer_on_a_missing_sheet_is_ungraded() -> None:
    assert score_answer(entry(ONE), None).points is None


def test_more_credits_than_the_question_has_are_a_doubt() -> None:
    score = score_answer(entry(ESSAY), answer("4", value=Fraction(3)))
    assert (score.points, score.status, score.reason) == (None, "doubtful", "3 credits of 2.5")


def test_the_dont_know_option_is_no_answer() -> None:
    asked = question(
        options=choices("A", "B", "E"), dont_know="E", answer="A", parameters={"wrong": Fraction(-1)}
    )
    assert score_answer(entry(asked), answer("1", "E")).points == 0
    assert score_answer(entry(asked), answer("1", "B")).points == -1


@pytest.mark.parametrize(
    ("tolerance", "text"),
    [
        (None, "2.5"),
        (Tolerance(kind="abs", size=Fraction(1, 10)), "2.5 \N{PLUS-MINUS SIGN} 0.1"),
        (Tolerance(kind="rel", size=Fraction(1, 50)), "2.5 \N{PLUS-MINUS SIGN} 2 %"),
        (Tolerance(kind="significant", size=Fraction(2)), "2.5 to 2 significant digits"),
    ],
)
def test_the_right_number_is_shown_with_its_tolerance(tolerance: Tolerance | None, text: str) -> None:
    grid = NumberFormat(digits=2, decimals=1, tolerance=tolerance)
    assert right_text(entry(question(kind=Kind.NUMBER, answer=Fraction("2.5"), number=grid))) == text


def test_a_question_without_right_options_says_so() -> None:
    assert right_text(entry(question(kind=Kind.CHOICES, answer=()))) == "(none)"


def test_the_impact_of_a_doubt_is_best_minus_worst_over_its_readings() -> None:
    found = entry(ONE)
    assert impact(found, answer("1", "A", doubtful=True, alternatives=(("B",), ()))) == 5
    assert impact(found, answer("1", "B", doubtful=True, alternatives=((),))) == 1
    assert impact(found, answer("1", "B", doubtful=True, alternatives=(("C",),))) == 0
    assert impact(found, answer("1", doubtful=True)) == 5
    assert impact(entry(THREE), answer("3", doubtful=True)) == 3
    assert impact(entry(ESSAY), answer("4")) == Fraction("2.5")


def test_the_worst_and_the_best_of_a_doubt_are_those_of_its_readings() -> None:
    found = entry(ONE)
    assert points_span(found, answer("1", "A", doubtful=True, alternatives=(("B",), ()))) == (
        Fraction(-1),
        Fraction(4),
    )
    assert points_span(found, answer("1", "B", doubtful=True, alternatives=((),))) == (
        Fraction(-1),
        Fraction(0),
    )
    assert points_span(entry(ESSAY), answer("4")) == (Fraction(0), Fraction("2.5"))


# --- a student ---------------------------------------------------------------------------------


def test_a_whole_booklet_is_final_with_exact_points() -> None:
    grade = graded(*ALL)
    assert (grade.status, grade.points, grade.max_points) == ("final", Fraction("10.5"), Fraction("11.5"))
    assert grade.percent == Fraction("10.5") / Fraction("11.5") * 100


@pytest.mark.parametrize(
    ("change", "booklet", "status", "doubts"),
    [
        ((), {}, "final", 0),
        ((), {"on_roster": False}, "unlisted", 0),
        ((answer("1", "A", doubtful=True),), {}, "review", 1),
        ((), {"open_questions": ("whose is it?",)}, "review", 1),
        ((answer("1", "A", doubtful=True),), {"on_roster": False}, "review", 1),
        ((answer("4"),), {}, "incomplete", 0),
        ((answer("4"), answer("1", doubtful=True)), {}, "incomplete", 1),
        ((), {"missing_sheets": (2,)}, "incomplete", 0),
    ],
)
def test_the_status_is_the_worst_thing_that_is_open(
    change: tuple[Answer, ...], booklet: dict[str, Any], status: str, doubts: int
) -> None:
    grade = graded(*ALL, *change, **booklet)
    assert (grade.status, grade.doubts) == (status, doubts)
    assert (grade.percent is None) is (status in ("review", "incomplete"))


def test_points_of_an_open_booklet_are_the_sum_of_what_is_decided() -> None:
    assert graded(*ALL, answer("2", doubtful=True)).points == Fraction("8.5")


def test_typed_credits_replace_those_on_paper_and_the_reason_says_so() -> None:
    grade = graded(*ALL, credits={"4": Fraction(2), "1": Fraction(0)})
    assert grade.points == 11
    assert grade.scores[-1].reason == "credits from the list; the boxes say 1.5"
    assert graded(*ALL[:3], credits={"4": Fraction(2)}).status == "final"


def test_typed_credits_settle_doubtful_credit_boxes() -> None:
    assert graded(*ALL, answer("4", doubtful=True), credits={"4": Fraction(2)}).status == "final"


def test_sections_hold_their_floor_and_cap() -> None:
    sections = (
        Section(id="P1", title="", questions=("1",), floor=Fraction(0)),
        Section(id="P2", title="", questions=("2", "3"), cap=Fraction(4)),
    )
    grade = graded(*ALL, answer("1", "B"), settings={"sections": sections})
    assert grade.sections == {"P1": 0, "P2": 4}
    assert (grade.points, grade.max_points) == (Fraction("5.5"), Fraction("10.5"))


def test_parts_count_in_the_section_that_names_their_parent() -> None:
    asked = tuple(question(f"5b.{part}", answer="A", parent="5b") for part in ("h1", "h2"))
    section = Section(id="P", title="", questions=("5b",), points=Fraction(8))
    grade = graded(answer("5b.h1", "A"), answer("5b.h2", "B"), asked=asked, settings={"sections": (section,)})
    assert grade.sections == {"P": 4}


def test_ten_tenths_are_one_point() -> None:
    asked = tuple(question(str(place), answer="A", points=Fraction("0.1")) for place in range(10))
    answers = tuple(answer(str(place), "A") for place in range(10))
    assert graded(*answers, asked=asked).points == 1


def test_points_are_rounded_once_and_only_when_nothing_is_open() -> None:
    asked = tuple(question(str(place), answer="A", points=Fraction("0.3")) for place in range(2))
    half = {"rounding": Rounding(step=Fraction(1, 2))}
    answers = (answer("0", "A"), answer("1", "A"))
    assert graded(*answers, asked=asked, settings=half).points == Fraction(1, 2)
    assert graded(answers[0], answer("1", doubtful=True), asked=asked, settings=half).points == Fraction(
        "0.3"
    )


@pytest.mark.parametrize(
    ("mode", "points", "expected"),
    [
        ("half-up", "2.675", "2.68"),
        ("half-up", "-2.675", "-2.67"),
        ("half-even", "2.665", "2.66"),
        ("up", "2.661", "2.67"),
        ("down", "2.669", "2.66"),
    ],
)
def test_halves_are_rounded_exactly_as_the_exam_says(mode: Any, points: str, expected: str) -> None:
    rounding = Rounding(step=Fraction(1, 100), mode=mode)
    assert round_points(Fraction(points), rounding) == Fraction(expected)


@pytest.mark.parametrize(("points", "grade"), [("1.5", "A"), ("1", "B"), ("0", "B"), (None, "")])
def test_the_grade_is_the_best_one_whose_points_are_reached(points: str | None, grade: str) -> None:
    table = ((Fraction("10.5"), "A"), (Fraction(9), "B"))
    value = None if points is None else Fraction(points)
    assert graded(*ALL, answer("4", value=value), settings={"grades": table}).grade == grade


def test_points_below_every_grade_have_none() -> None:
    assert graded(*ALL, answer("1", "B"), settings={"grades": ((Fraction(9), "B"),)}).grade == ""


def test_a_pass_line_alone_says_passed_or_failed() -> None:
    assert graded(*ALL, settings={"pass_points": Fraction("10.5")}).grade == "passed"
    assert graded(*ALL, settings={"pass_points": Fraction(11)}).grade == "failed"


def test_an_absent_student_has_no_points() -> None:
    grade = absent_grade(exam(ONE), Student(student_id="1", name="Bo"))
    assert (grade.status, grade.points) == ("absent", None)
    assert grade.max_points == 4
