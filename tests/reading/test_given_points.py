"""Points that a person gives to one student, whatever was read."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.exam import parse_exam
from pipeline.grading import build_key, grade_booklet
from pipeline.model import Answer, Booklet, Decision, Exam, PageSource
from pipeline.reading.given_points import given_points, points_name, whose_points, with_given_points

SOURCE = PageSource(file="scan.pdf", path="scan.pdf", page=3, sha256="ab" * 32)
OTHER = PageSource(file="scan.pdf", path="scan.pdf", page=4, sha256="ab" * 32)
EXAM = """\
exam: quiz
questions:
  - {id: "1", kind: choice, points: 2, options: {A: a, B: b}, answer: B}
  - id: "2"
    points: 3
    rule: {name: all-parts}
    parts:
      - {id: x, kind: truefalse, answer: true}
      - {id: y, kind: truefalse, answer: false}
"""


@pytest.fixture(scope="module")
def exam() -> Exam:
    """An exam with a question, and one of two parts that are judged together."""
    return parse_exam(EXAM.encode(), Path("quiz.yaml")).versions["A"]


def decided(question: str, value: str, source: PageSource = SOURCE) -> dict[str, Decision]:
    """Decisions with one on the points of a question."""
    name = points_name(source, question)
    return {name: Decision(doubt=name, value=value, by="Ada", at="2026-05-03T10:00:00Z", note="appeal")}


@pytest.mark.parametrize(
    ("text", "points"),
    [("1.5", "3/2"), ("1,5", "3/2"), ("1/3", "1/3"), (" 2 ", "2"), ("-1", "-1"), ("0", "0")],
)
def test_points_are_written_as_people_write_them(exam: Exam, text: str, points: str) -> None:
    assert given_points(exam.questions[0], text) == Fraction(points)


@pytest.mark.parametrize("text", ["", "two", "1e3", "2.01", "-3", "1/0", "=1", "inf", "9" * 400])
def test_other_points_are_refused(exam: Exam, text: str) -> None:
    with pytest.raises(ValueError, match="points"):
        given_points(exam.questions[0], text)


def test_the_answer_in_doubt_waits_for_nobody_any_more(exam: Exam) -> None:
    answer = Answer(question="1", doubtful=True, reason="faint")
    found = with_given_points(exam, exam.questions[0], answer, [OTHER, SOURCE], decided("1", "1.5"))
    assert (found.given, found.doubtful, found.decided_by) == (Fraction(3, 2), False, "Ada")
    assert with_given_points(exam, exam.questions[0], answer, [OTHER], decided("1", "1.5")) is answer


def test_parts_that_are_judged_together_get_points_together(exam: Exam) -> None:
    parts = [question for question in exam.questions if question.group]
    assert [getattr(whose_points(exam, part), "id", None) for part in parts] == [None, "2"]
    answers = {
        part.id: with_given_points(
            exam, part, Answer(question=part.id, chosen=("T",)), [SOURCE], decided("2", "2.5")
        )
        for part in parts
    }
    answers["1"] = Answer(question="1", chosen=("B",))
    key = build_key(exam, "0" * 64).key
    assert key is not None
    booklet = Booklet(exam="quiz", version="A", student_id="7", name="", serial=1, answers=answers)
    grade = grade_booklet(exam, key, booklet, {})
    scores = {score.question: (score.points, score.reason) for score in grade.scores}
    assert scores["2"] == (Fraction(5, 2), "points given by a person")
    assert (grade.points, grade.status) == (Fraction(9, 2), "final")
