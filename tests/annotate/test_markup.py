"""What is written on a student's pages, from the grade and the answers alone."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.annotate.markup import (
    Marking,
    PlacedPage,
    box_kind,
    head_lines,
    outcome_of,
    page_markup,
    read_text,
)
from pipeline.exam import parse_exam
from pipeline.grading import build_key, grade_booklet
from pipeline.model import Anchors, Answer, Booklet, Box, Exam, PageLayout, Question, Score

EXAM = """\
exam: quiz
title: A quiz
pass: 3
grades: {A: 5, B: 3}
sections: [{id: one, title: Part one, questions: ["1", "2"]}]
questions:
  - {id: "1", kind: choices, points: 2, options: {A: a, B: b, C: c, D: d}, answer: [A, C]}
  - {id: "2", kind: choice, points: 1, options: {A: a, B: b, E: none}, dont_know: E, answer: B}
  - {id: "3", kind: number, points: 2, number: {digits: 2}, answer: 12}
  - {id: "4", kind: credits, credits: {max: 3, step: 1}}
  - id: "5"
    points: 2
    rule: {name: all-parts}
    parts:
      - {id: x, kind: truefalse, answer: true}
      - {id: y, kind: truefalse, answer: false}
"""


@pytest.fixture(scope="module")
def exam() -> Exam:
    """The quiz."""
    return parse_exam(EXAM.encode(), Path("quiz.yaml")).versions["A"]


def marking(exam: Exam, answers: dict[str, Any], **more: Any) -> Marking:
    """A student's result: answers are options, numbers, or None for one that waits."""
    made = {}
    for name, value in answers.items():
        if value is None:
            made[name] = Answer(question=name, doubtful=True, reason="A: faint")
        elif isinstance(value, int):
            made[name] = Answer(question=name, value=Fraction(value))
        else:
            made[name] = Answer(question=name, chosen=tuple(value))
    booklet = Booklet(exam="quiz", version="A", student_id="007", name="Ada", serial=1, answers=made)
    key = build_key(exam, "0" * 64).key
    assert key is not None
    return Marking(exam=exam, grade=grade_booklet(exam, key, booklet, {}), booklet=booklet, **more)


def page(exam: Exam, *questions: str, top: float = 50.0) -> PlacedPage:
    """A page with the boxes of some questions, a line each."""
    boxes, places = [], []
    for line, name in enumerate(questions):
        asked = next(one for one in exam.questions if one.id == name)
        names = [option.id for option in asked.options] or ["d1=0", "d1=1"]
        for column, option in enumerate(names):
            x, y = 20.0 + 10 * column, top + 10 * line
            boxes.append(Box(question=name, option=option, shape="square", x=x - 2, y=y - 2, w=4, h=4))
            places.append((x, y, 4.0, 4.0))
    layout = PageLayout(
        sheet=1, width=210, height=297, anchors=Anchors(kind="none"), codes=(), boxes=tuple(boxes)
    )
    return PlacedPage(layout=layout, places=np.array(places))


ALL = ("1", "2", "3", "4", "5.x", "5.y")
GIVEN: dict[str, Any] = {"1": "AB", "2": "B", "3": 21, "4": 2, "5.x": "T", "5.y": "T"}


def test_boxes_say_what_was_right_wrong_and_missing(exam: Exam) -> None:
    ((frames, _),) = page_markup(marking(exam, GIVEN), [page(exam, *ALL)])
    first = [(frame.kind, frame.x + frame.w / 2) for frame in frames[:3]]
    assert first == [("right", 20.0), ("wrong", 30.0), ("missing", 40.0)]
    # 2: B; 3: its grid; 4: the credits; 5.x: T; 5.y: T, and F that is right
    assert [frame.kind for frame in frames[3:]] == ["right", "wrong", "plain", "right", "wrong", "missing"]


def test_the_margin_says_what_was_read_the_points_and_the_right_answer(exam: Exam) -> None:
    ((_, notes),) = page_markup(marking(exam, GIVEN), [page(exam, *ALL)])
    told = {note.question: (note.outcome, note.read, note.points) for note in notes}
    assert told["1"] == ("wrong", "A and B", "0 of 2 points")
    assert told["2"] == ("right", "B", "1 of 1 points")
    assert told["3"] == ("wrong", "21", "0 of 2 points")
    assert told["4"] == ("partly", "", "2 of 3 points")
    assert told["5"][0::2] == ("wrong", "0 of 2 points")
    details = {note.question: note.details for note in notes}
    assert "right: A and C" in details["1"]
    assert details["2"] == ()
    assert details["3"] == ("right: 12",)


def test_without_the_key_nothing_tells_what_is_right(exam: Exam) -> None:
    ((frames, notes),) = page_markup(marking(exam, GIVEN, show_key=False), [page(exam, "1", "2")])
    assert {frame.kind for frame in frames} == {"plain"}
    assert len(frames) == 3
    assert all(note.details == () for note in notes)


def test_an_answer_that_waits_is_framed_as_a_whole(exam: Exam) -> None:
    ((frames, notes),) = page_markup(marking(exam, {**GIVEN, "1": None}), [page(exam, "1")])
    assert [frame.kind for frame in frames] == ["open"]
    assert frames[0].x < 18.0
    assert frames[0].x + frames[0].w > 52.0
    assert (notes[0].read, notes[0].points) == ("not clear", "? of 2 points")
    assert "A: faint" in notes[0].details


def test_a_question_is_told_once_and_one_without_boxes_on_the_last_page(exam: Exam) -> None:
    pages = [page(exam, "1", "2"), page(exam, "2", "3")]
    (_, first), (_, last) = page_markup(marking(exam, GIVEN), pages)
    assert [note.question for note in first] == ["1", "2"]
    assert [note.question for note in last] == ["3", "4", "5.x", "5.y", "5"]


def test_an_answer_that_has_all_its_points_is_right_whatever_the_key_lists() -> None:
    asked = Question(id="1", kind="choice", points=Fraction(1), rule=None)  # type: ignore[arg-type]
    score = Score(
        question="1",
        points=Fraction(1),
        max_points=Fraction(1),
        correct="B",
        rule="single",
        reason="also accepted",
        status="final",
    )
    answer = Answer(question="1", chosen=("C",))
    assert box_kind(asked, score, answer, "C", show_key=True) == "right"
    assert box_kind(asked, score, answer, "B", show_key=True) is None


def test_a_question_that_counts_for_nobody_has_no_verdict() -> None:
    score = Score(
        question="1",
        points=Fraction(1),
        max_points=Fraction(1),
        correct="B",
        rule="single",
        reason="everyone gets the points",
        status="void",
    )
    assert outcome_of(score) == "plain"


def test_heads_name_the_student_points_grade_and_sections(exam: Exam) -> None:
    heads = head_lines(marking(exam, {**GIVEN, "1": "AC", "3": 12}), "2026-05-03T10:00:00Z")
    assert heads == (
        "007 Ada",
        "7 of 10 points, grade A",
        "Part one: 3",
        "graded 2026-05-03",
    )
    waiting = head_lines(marking(exam, {**GIVEN, "1": None}), "")
    assert "Not final: an answer waits for a person." in waiting


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "no sheet"),
        (Answer(question="1"), "blank"),
        (Answer(question="1", value=Fraction(5, 2)), "2.5"),
        (Answer(question="1", chosen=("A", "B")), "A and B"),
        (Answer(question="1", chosen=("A",), doubtful=True), "not clear"),
    ],
)
def test_what_was_read_is_written_as_people_write(answer: Answer | None, words: str) -> None:
    assert read_text(answer) == words
