"""Questions of several numbers: in their order, in any order, or only by their product."""

from fractions import Fraction
from itertools import permutations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.grading import build_key, explain_group, grade_booklet
from pipeline.model import Answer, Booklet, Group, Kind, NumberFormat, Rule, Score
from tests.grading.build import HASH, check, exam, question, these

RIGHT = (3, 3, 64, 16)


def group(demand: str, rule: str = "all-parts", size: int = len(RIGHT)) -> Group:
    ids = tuple(f"1.{place}" for place in range(1, size + 1))
    chosen = Rule(name=rule, parameters={"demand": demand} if demand else {})
    return Group(id="1", parts=ids, points=Fraction(4), rule=chosen)


def scored(whole: Group, numbers: tuple[int | None, ...], right: tuple[int, ...] = RIGHT) -> Score:
    parts = [
        question(
            part,
            Kind.NUMBER,
            answer=Fraction(number),
            points=0,
            parent="1",
            group="1",
            number=NumberFormat(digits=3),
        )
        for part, number in zip(whole.parts, right, strict=True)
    ]
    asked = exam(*parts, groups=(whole,))
    key = build_key(asked, HASH).key
    assert key is not None
    answers = {
        part: Answer(question=part, value=None if number is None else Fraction(number))
        for part, number in zip(whole.parts, numbers, strict=True)
    }
    booklet = Booklet(exam="test", version="A", student_id="1", name="Bo", serial=1, answers=answers)
    return grade_booklet(asked, key, booklet, {}).scores[-1]


@pytest.mark.parametrize(
    ("demand", "numbers", "points", "reason"),
    [
        ("", (3, 3, 64, 16), 4, "all parts right"),
        ("order", (3, 3, 16, 64), 0, "wrong 3, 4"),
        ("factors", (64, 3, 16, 3), 4, "all parts right"),
        ("factors", (64, 3, 16, 9), 0, "wrong 4"),
        ("factors", (3, 3, 3, 64), 0, "wrong 3"),
        ("factors", (3, 3, 64, None), 0, "blank 4"),
        ("product", (3, 3, 32, 32), 4, "the product 9216 is right"),
        ("product", (9, 16, 64, None), 4, "the product 9216 is right"),
        ("product", (3, 3, 64, None), 0, "the product 576 is wrong"),
        ("product", (None, None, None, None), 0, "blank 1, 2, 3, 4"),
    ],
)
def test_a_product_is_judged_by_what_is_demanded(
    demand: str, numbers: tuple[int | None, ...], points: int, reason: str
) -> None:
    row = scored(group(demand), numbers)
    assert these(row.points, row.reason) == (points, reason)


@settings(max_examples=30)
@given(
    right=st.lists(st.integers(1, 20), min_size=2, max_size=4),
    numbers=st.lists(st.one_of(st.none(), st.integers(1, 20)), min_size=4, max_size=4),
)
def test_who_demands_less_never_gives_less(right: list[int], numbers: list[int | None]) -> None:
    size = len(right)
    points = [
        scored(group(demand, size=size), tuple(numbers[:size]), tuple(right)).points or Fraction(0)
        for demand in ("order", "factors", "product")
    ]
    assert points == sorted(points)


@settings(max_examples=30)
@given(right=st.lists(st.integers(0, 30), min_size=2, max_size=4))
def test_the_right_numbers_in_any_order_are_right(right: list[int]) -> None:
    for mixed in permutations(right):
        for demand in ("factors", "product"):
            assert scored(group(demand, size=len(right)), mixed, tuple(right)).points == 4


@settings(max_examples=30)
@given(
    right=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    numbers=st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=4, max_size=4),
)
def test_in_any_order_each_right_number_gives_its_share_once(
    right: list[int], numbers: list[int | None]
) -> None:
    size = len(right)
    given_numbers = numbers[:size]
    row = scored(group("factors", "share-of-parts", size), tuple(given_numbers), tuple(right))
    left = list(right)
    for number in given_numbers:
        if number in left:
            left.remove(number)
    assert row.points == Fraction(4 * (size - len(left)), size)


@settings(max_examples=30)
@given(numbers=st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_only_the_right_product_is_right(numbers: list[int]) -> None:
    points = scored(group("product"), tuple(numbers)).points
    assert points == (4 if prod(numbers) == prod(RIGHT) else 0)


def test_the_sentence_for_students_says_what_is_free() -> None:
    assert explain_group(group("factors")).endswith("The order of the numbers is free.")
    assert explain_group(group("product")).endswith("Only the product of the numbers counts.")
    assert "order" not in explain_group(group(""))


def test_a_product_of_what_is_no_number_is_a_fault() -> None:
    part = question("1.1", answer="A", points=0, parent="1", group="1")
    found = check(part, groups=(group("product", size=1),))
    assert [fault.what for fault in found.faults] == [
        "question 1: demand: product is of numbers, and part 1.1 is none"
    ]


def test_a_misspelt_demand_is_a_fault() -> None:
    part = question("1.1", Kind.NUMBER, answer=Fraction(2), points=0, parent="1", group="1")
    found = check(part, groups=(group("produkt", size=1),))
    assert any("produkt is not one of order, factors, product" in fault.what for fault in found.faults)
