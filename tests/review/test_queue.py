"""The order of doubts, and walls of likes."""

from fractions import Fraction

import pytest

from pipeline.exam import load_exam
from pipeline.model import Doubt, Exam, Kind, Question, Rule
from pipeline.review.page.queue import Item, Ranked, Stakes, stakes_between, walls
from tests.review.quiz import EXAM


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Exam:
    """The quiz: 5 of 10 points pass, 7 and 9 are grades."""
    path = tmp_path_factory.mktemp("exam") / "quiz.yaml"
    path.write_text(EXAM, "utf-8")
    return load_exam(path).versions["A"]


@pytest.mark.parametrize(
    ("least", "most", "stakes"),
    [
        ("4", "5", Stakes.PASS),
        ("4.9", "9", Stakes.PASS),
        ("5", "6.9", Stakes.POINTS),
        ("5", "7", Stakes.GRADE),
        ("0", "4.9", Stakes.POINTS),
        ("7", "7", Stakes.NOTHING),
    ],
)
def test_what_lies_between_the_worst_and_the_best_says_what_is_at_stake(
    exam: Exam, least: str, most: str, stakes: Stakes
) -> None:
    assert stakes_between(exam, Fraction(least), Fraction(most)) is stakes


def item(
    name: str, proposal: str, *, kind: Kind = Kind.CHOICE, certainty: float = 0.8, unclear: bool = True
) -> Item:
    question = Question(id="1", kind=kind, points=Fraction(1), rule=Rule(name="single"))
    doubt = Doubt(id=name, kind="answer", reason="faint", exam="quiz", question="1")
    return Item(
        ranked=Ranked(doubt=doubt, stakes=Stakes.POINTS, impact=Fraction(1)),
        question=question,
        source=None,
        proposal=proposal,
        boxes=(0, 1),
        unclear=(0,) if unclear else (),
        certainty=certainty,
    )


def test_answers_with_the_same_likely_reading_are_a_wall_with_the_surest_first() -> None:
    items = [item(f"blank-{place}", "blank", certainty=0.5 + place / 100) for place in range(4)]
    items += [item(f"a-{place}", "A") for place in range(3)]
    found = walls(items)
    assert [(wall.proposal, len(wall.doubts)) for wall in found] == [("blank", 4), ("A", 3)]
    assert found[0].doubts == ("blank-3", "blank-2", "blank-1", "blank-0")


@pytest.mark.parametrize(
    "odd",
    [
        item("two-marks", "A|B"),
        item("no-reading", ""),
        item("clearly-read", "A", unclear=False),
        item("number", "12", kind=Kind.NUMBER),
    ],
    ids=lambda one: one.doubt.id,
)
def test_what_needs_a_look_of_its_own_is_on_no_wall(odd: Item) -> None:
    assert walls([odd] * 10) == ()


def test_two_are_not_a_wall() -> None:
    assert walls([item("a", "A"), item("b", "A")]) == ()
