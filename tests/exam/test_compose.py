"""The composed sheet: what is where, on every machine the same."""

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from pipeline.errors import UsageFault
from pipeline.exam import compose_sheet, corner_marks, layout_json
from pipeline.exam.anchors import MARK_INSET, MARK_QUIET, MARK_SIZE
from pipeline.exam.heading import CODE_QUIET
from pipeline.exam.plan import PagePlan, SheetPlan
from pipeline.model import (
    CreditFormat,
    Exam,
    Kind,
    Marking,
    NumberFormat,
    PageLayout,
    Question,
    StudentId,
)
from tests.paper.exams import LONG, exam, exams, mixed_exam, question

Rectangles = NDArray[np.float64]
GAP_OF_BOXES = 2.0
EDGE = MARK_INSET - MARK_SIZE / 2
"""Nothing is printed nearer to the edge of the paper than the corner marks."""


def _expected(one: Question) -> set[str]:
    """The options that a question's boxes must have, worked out apart from the composer."""
    if one.number is not None:
        digits = {f"d{column}={digit}" for column in range(1, one.number.digits + 1) for digit in range(10)}
        return digits | ({"sign=-"} if one.number.sign else set())
    if one.credits is not None:
        values, value = {str(one.credits.max)}, Fraction(0)
        while value < one.credits.max:
            values.add(str(value))
            value += one.credits.step
        return values
    return {option.id for option in one.options}


def _rectangles(things: list[tuple[float, float, float, float]]) -> Rectangles:
    return np.array(things, dtype=np.float64).reshape(-1, 4)


def _overlaps(first: Rectangles, second: Rectangles, margin: float = 0.0) -> Rectangles:
    """(n, m): how deep each of the first lies in each of the second, grown by ``margin``."""
    ax, ay, aw, ah = (first[:, None, k] for k in range(4))
    bx, by, bw, bh = (second[None, :, k] for k in range(4))
    across = np.minimum(ax + aw, bx + bw + margin) - np.maximum(ax, bx - margin)
    down = np.minimum(ay + ah, by + bh + margin) - np.maximum(ay, by - margin)
    deep: Rectangles = np.minimum(across, down)
    return deep


def _check_page(page: PagePlan, layout: PageLayout) -> None:
    """Nothing printed touches anything else, and all of it is on the paper and clear of the marks."""
    slots = _rectangles([(slot.x, slot.y, slot.w, slot.h) for slot in page.slots])
    boxes = _rectangles([(box.x, box.y, box.w, box.h) for box in layout.boxes])
    pictures = _rectangles([(one.x, one.y, one.size, one.size) for one in page.pictures])
    strokes = _rectangles([(one.x, one.y, one.w, one.h) for one in page.rectangles])
    lines = _rectangles([(one.x1, one.y1, one.x2 - one.x1, one.y2 - one.y1) for one in page.lines])
    codes = _rectangles([(one.x, one.y, one.w, one.h) for one in layout.codes])
    marks = _rectangles(
        [(m.x - m.size / 2, m.y - m.size / 2, m.size, m.size) for m in corner_marks(page.width, page.height)]
    )
    printed = np.concatenate([slots, boxes, pictures, strokes, lines])
    assert (slots[:, 2:] > 0).all()
    assert (printed[:, :2] >= EDGE).all()
    assert (printed[:, 0] + printed[:, 2] <= page.width - EDGE).all()
    assert (printed[:, 1] + printed[:, 3] <= page.height - EDGE).all()
    assert _overlaps(printed, marks, MARK_QUIET).max() <= 1e-6
    assert _overlaps(printed, codes, CODE_QUIET).max() <= 1e-6
    assert _overlaps(marks, codes, CODE_QUIET).max() <= 1e-6
    for things, others in (
        (slots, boxes),
        (slots, pictures),
        (boxes, pictures),
        (boxes, strokes),
        (boxes, lines),
    ):
        if len(things) and len(others):
            assert _overlaps(things, others).max() <= 1e-6
    _check_apart(slots, 0.0)
    _check_apart(boxes, GAP_OF_BOXES)
    _check_apart(pictures, 0.5)


def _check_apart(things: Rectangles, margin: float) -> None:
    deep = _overlaps(things, things, margin)
    np.fill_diagonal(deep, -1.0)
    assert deep.size == 0 or deep.max() <= 1e-6


def _check_plan(plan: SheetPlan, given_exam: Exam) -> None:
    assert len(plan.pages) == len(plan.layout.pages)
    for page, layout in zip(plan.pages, plan.layout.pages, strict=True):
        assert page.sheet == layout.sheet
        _check_page(page, layout)
    counted = Counter((box.question, box.option) for page in plan.layout.pages for box in page.boxes)
    assert set(counted.values()) == {1}
    for one in given_exam.questions:
        assert {option for name, option in counted if name == one.id} == _expected(one)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_exam=exams())
def test_no_text_box_code_or_mark_touches_another_in_any_exam(given_exam: Exam) -> None:
    _check_plan(compose_sheet(given_exam), given_exam)


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("marking", list(Marking))
def test_an_exam_of_200_questions_has_every_box_once(paper: str, marking: Marking) -> None:
    kinds = [Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE]
    many = [question(str(n), kinds[n // 70], title=LONG if n % 7 == 0 else "") for n in range(200)]
    given_exam = exam(*many, paper=paper, marking=marking, title=LONG)
    plan = compose_sheet(given_exam)
    _check_plan(plan, given_exam)
    shape = "circle" if marking is Marking.FILL else "square"
    assert {box.shape for page in plan.layout.pages for box in page.boxes} == {shape}


def test_forty_questions_fit_one_sheet() -> None:
    plan = compose_sheet(exam(*(question(str(n), options=5) for n in range(1, 41))))
    assert len(plan.pages) == 1


def test_the_same_exam_gives_the_same_layout_and_hash() -> None:
    first, second = compose_sheet(mixed_exam()), compose_sheet(mixed_exam())
    assert first == second
    assert layout_json(first.layout) == layout_json(second.layout)


def test_moving_a_box_changes_the_layout_hash_and_rewording_a_title_does_not() -> None:
    three = exam(*(question(str(n), title="Pooling") for n in range(3)))
    wider = exam(*(question(str(n), title="Pooling", options=5) for n in range(3)))
    assert compose_sheet(three).layout.hash != compose_sheet(wider).layout.hash
    reworded = replace(three, questions=(replace(three.questions[0], title="Strides"), *three.questions[1:]))
    assert compose_sheet(three).layout.hash == compose_sheet(reworded).layout.hash


def test_the_layout_hash_is_pinned_so_that_printed_sheets_stay_readable() -> None:
    layout = compose_sheet(exam(*(question(str(n)) for n in range(1, 4)))).layout
    first = json.loads(layout_json(layout))["pages"][0]["boxes"][-12]
    assert (first["question"], first["option"], first["x"], first["w"]) == ("1", "A", 31, 4.5)
    assert layout.hash == "850384"


def test_questions_follow_each_other_down_the_columns_in_the_order_of_the_exam() -> None:
    plan = compose_sheet(exam(*(question(str(n)) for n in range(1, 61))))
    order: list[tuple[int, float, float, int]] = []
    for page in plan.layout.pages:
        order += [(page.sheet, box.x, box.y, int(box.question)) for box in page.boxes if box.option == "A"]
    assert [number for *_, number in sorted(order)] == list(range(1, 61))


def test_a_question_is_never_split_over_two_sheets() -> None:
    credits = CreditFormat(max=Fraction(20), step=Fraction(1, 2))
    plan = compose_sheet(exam(*(question(str(n), Kind.TEXT, credits=credits) for n in range(1, 30))))
    pages = [{box.question for box in page.boxes} for page in plan.layout.pages]
    assert len(pages) > 1
    assert all(not (first & second) for first, second in pairwise(pages))


def test_credit_boxes_are_the_examiners_and_show_halves() -> None:
    plan = compose_sheet(mixed_exam())
    assert plan.layout.questions["12"].writer == "examiner"
    assert plan.layout.questions["1"].writer == "student"
    texts = {slot.text for page in plan.pages for slot in page.slots}
    assert {"0", "½", "1½", "3"} <= texts
    assert any("examiner" in text for text in texts)


def test_a_part_is_named_by_its_question_and_its_own_name() -> None:
    texts = {slot.text for page in compose_sheet(mixed_exam()).pages for slot in page.slots}
    assert {"5b h1", "10.1", "11 a"} <= texts


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ([("1", "", ""), ("2", "", "")], "2 questions"),
        ([("1.a", "1", ""), ("1.b", "1", ""), ("11", "", "")], "2 questions"),
        ([("4.r.c.1", "4.r.c", "4"), ("4.r.c.2", "4.r.c", "4"), ("4.r.d", "4", "4")], "1 question"),
        ([("3.z.1.1", "3.z", "3.z"), ("3.out", "3", "")], "1 question"),
        ([("3.1.h1", "3.1", ""), ("3.2.h1", "3.2", ""), ("3", "", "")], "3 questions"),
    ],
)
def test_the_sheet_counts_the_questions_of_the_paper_and_not_their_parts(
    parts: list[tuple[str, str, str]], count: str
) -> None:
    asked = [replace(question(name), parent=parent, frame=frame) for name, parent, frame in parts]
    texts = [slot.text for slot in compose_sheet(exam(*asked)).pages[0].slots]
    assert any(count in text.split(" \N{MIDDLE DOT} ") for text in texts)


def test_the_dont_know_option_says_so_where_there_is_room() -> None:
    texts = [slot.text for slot in compose_sheet(exam(question("1", dont_know="D"))).pages[0].slots]
    assert "don't know" in texts


def test_a_question_with_several_answers_says_so_among_others() -> None:
    texts = [slot.text for page in compose_sheet(mixed_exam()).pages for slot in page.slots]
    assert "8*" in texts
    assert any("*" in text and "every right answer" in text for text in texts)


@pytest.mark.parametrize("kind", ["code", "person"])
def test_a_sheet_that_is_known_by_sticker_or_handwriting_has_no_id_grid(kind: str) -> None:
    layout = compose_sheet(exam(question("1"), student_id=StudentId(kind=kind))).layout  # type: ignore[arg-type]
    assert "id" not in layout.questions
    assert {box.question for box in layout.pages[0].boxes} == {"1"}


def test_an_alphanumeric_id_has_36_boxes_per_character() -> None:
    given_exam = exam(question("1"), student_id=StudentId(kind="alphanumeric", length=9), paper="letter")
    layout = compose_sheet(given_exam).layout
    options = [box.option for page in layout.pages for box in page.boxes if box.question == "id"]
    assert sorted(options) == sorted(
        f"d{column}={c}" for column in range(1, 10) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (exam(question("1", Kind.NUMBER, number=NumberFormat(digits=40))), "digit grid of question 1"),
        (
            exam(question("7", Kind.CREDITS, credits=CreditFormat(max=Fraction(200), step=Fraction(1, 4)))),
            "question 7 needs more room",
        ),
        (exam(question("id")), "a question is called id"),
        (exam(question("1"), student_id=StudentId(kind="alphanumeric", length=20)), "student_id has 20"),
        (exam(question("1", Kind.NUMBER)), "question 1 is a number without a digit grid"),
    ],
)
def test_what_cannot_be_printed_is_refused_in_one_line_with_what_to_write(wrong: Exam, words: str) -> None:
    with pytest.raises(UsageFault, match=words) as caught:
        compose_sheet(wrong)
    assert caught.value.hint
    assert "deep-learning-2025.yaml" in str(caught.value)
