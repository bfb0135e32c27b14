"""Questions whose parts are judged together."""

from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import build_key, explain_group, grade_booklet, impact
from pipeline.model import Answer, Booklet, Exam, Grade, Group, Kind, Question, Rule, Section
from tests.grading.build import HASH, check, exam, question, these

PARTS = (
    question("5.a", answer="A", points=0, parent="5", group="5"),
    question("5.b", kind=Kind.NUMBER, answer=Fraction(2), points=0, parent="5", group="5"),
    question("5.c", kind=Kind.TRUEFALSE, answer=True, points=0, parent="5", group="5"),
)
RIGHT = {"5.a": "A", "5.b": Fraction(2), "5.c": "T"}


def group(rule: str = "all-parts", parameters: dict[str, Any] | None = None, **fields: Any) -> Group:
    return Group(
        id="5",
        parts=("5.a", "5.b", "5.c"),
        points=Fraction(3),
        rule=Rule(name=rule, parameters=parameters or {}),
        **fields,
    )


def of_group(whole: Group, *more: Question, parts: tuple[Question, ...] = PARTS, **settings: Any) -> Exam:
    return exam(*parts, *more, groups=(whole,), **settings)


def graded(of: Exam, change: dict[str, Any] | None = None, **fields: Any) -> Grade:
    key = build_key(of, HASH).key
    assert key is not None
    answers = {}
    for name, given in {**RIGHT, **(change or {})}.items():
        number = isinstance(given, Fraction)
        chosen = () if number or not given else (given,)
        answers[name] = Answer(
            question=name, chosen=chosen, value=given if number else None, **fields.get(name, {})
        )
    booklet = Booklet(exam="test", version="A", student_id="1", name="Bo", serial=1, answers=answers)
    return grade_booklet(of, key, booklet, {})


@pytest.mark.parametrize(
    ("change", "points", "reason"),
    [
        ({}, 3, "all parts right"),
        ({"5.a": "B"}, 0, "wrong a"),
        ({"5.a": "B", "5.b": ""}, 0, "wrong a; blank b"),
        ({"5.a": "", "5.b": "", "5.c": ""}, 0, "blank a, b, c"),
    ],
)
def test_all_parts_must_be_right(change: dict[str, Any], points: int, reason: str) -> None:
    grade = graded(of_group(group()), change)
    row = grade.scores[-1]
    assert these(row.question, row.points, row.max_points, row.rule) == ("5", points, 3, "all-parts")
    assert (row.reason, row.status) == (reason, "final")
    assert these(grade.points, grade.max_points) == (points, 3)


def test_each_part_has_a_row_with_its_reason_and_no_points_of_its_own() -> None:
    rows = graded(of_group(group()), {"5.b": Fraction(3)}).scores
    assert [these(row.question, row.points, row.max_points, row.reason) for row in rows[:3]] == [
        ("5.a", 0, 0, "right"),
        ("5.b", 0, 0, "wrong"),
        ("5.c", 0, 0, "right"),
    ]
    assert rows[1].correct == "2"


def test_a_wrong_whole_may_cost_points_and_a_blank_one_not() -> None:
    of = of_group(group(parameters={"wrong": Fraction(-1)}))
    assert graded(of, {"5.a": "B"}).points == -1
    assert graded(of, {"5.a": "", "5.b": "", "5.c": ""}).points == 0


@pytest.mark.parametrize(
    ("parameters", "points"),
    [({}, 1), ({"each": Fraction(1, 2)}, Fraction(1, 2)), ({"each": 2}, 0), ({"each": 2, "floor": -2}, -1)],
)
def test_parts_may_share_the_points(parameters: dict[str, Any], points: Fraction) -> None:
    grade = graded(of_group(group("share-of-parts", parameters)), {"5.a": "B", "5.b": ""})
    assert grade.points == points
    assert grade.scores[-1].reason == "1 of 3 parts right: wrong a; blank b"


def test_a_doubtful_part_keeps_the_whole_open_and_counts_once() -> None:
    grade = graded(of_group(group()), **{"5.a": {"doubtful": True}})
    assert these(grade.status, grade.doubts, grade.points) == ("review", 1, 0)
    assert (grade.scores[-1].points, grade.scores[-1].reason) == (None, "open: 5.a")


def test_a_decided_part_makes_a_decided_whole() -> None:
    assert graded(of_group(group()), **{"5.a": {"decided_by": "Eve"}}).scores[-1].status == "decided"


def test_a_doubtful_part_can_change_what_one_wrong_part_costs() -> None:
    doubtful = Answer(question="5.a", doubtful=True)
    for rule, cost in (("all-parts", 3), ("share-of-parts", 1)):
        key = build_key(of_group(group(rule)), HASH).key
        assert key is not None
        assert impact(key.entries["5.a"], doubtful) == cost


def test_a_part_that_counts_for_nobody_is_passed_over_and_one_for_everyone_is_right() -> None:
    for void in ("nobody", "everyone"):
        first = question("5.a", answer="A", points=0, parent="5", group="5", void=void)
        assert graded(of_group(group(), parts=(first, *PARTS[1:])), {"5.a": "B"}).points == 3


def test_a_whole_may_be_void_or_a_bonus() -> None:
    assert graded(of_group(group(void="everyone")), {"5.a": "B"}).points == 3
    nobody = graded(of_group(group(void="nobody")))
    assert these(nobody.points, nobody.max_points, nobody.scores[-1].status) == (0, 0, "void")
    bonus = graded(of_group(group(bonus=True), question("6", answer="A")), {"6": "A"})
    assert these(bonus.points, bonus.max_points) == (7, 4)
    assert bonus.scores[2 + 1].reason == "all parts right (bonus)"


def test_the_points_of_a_whole_count_in_its_section_and_total() -> None:
    section = Section(id="P", title="", questions=("5.a", "5.b", "5.c"), points=Fraction(3))
    of = of_group(group(section="P"), sections=(section,), total=Fraction(3))
    assert graded(of).sections == {"P": 3}


def test_a_group_row_stands_behind_its_last_part() -> None:
    rows = graded(of_group(group(), question("6", answer="A")), {"6": "A"}).scores
    assert [row.question for row in rows] == ["5.a", "5.b", "5.c", "5", "6"]


def test_a_rule_of_parts_is_explained_and_checked() -> None:
    assert explain_group(group()) == "All parts right gives 3, anything else 0, nothing answered 0."
    found = check(*PARTS, groups=(group(parameters={"rong": 1}),)).faults
    assert [fault.what for fault in found] == ["question 5: the rule all-parts has no rong"]
    assert found[0].instead == "did you mean wrong?"
