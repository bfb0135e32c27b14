"""Boxes are named by the numbers, letters and words that are printed around them."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.model import Kind
from tests.paper.typeset.free import FreePage

Names = dict[str, str]


@pytest.fixture
def page(tmp_path: Path) -> FreePage:
    return FreePage(tmp_path / "exam.pdf")


def test_a_bubble_sheet_in_three_columns_is_read_column_by_column(page: FreePage) -> None:
    for question in range(60):
        x, y = 20.0 + 62.0 * (question // 20), 40.0 + 9.0 * (question % 20)
        page.text(x, y + 3.2, f"{question + 1}.")
        for place in range(5):
            page.circle(x + 10 + 8 * place, y).text(x + 11.2 + 8 * place, y + 3.0, "ABCDE"[place], 7)
    assert page.names() == {str(question): "A B C D E" for question in range(1, 61)}


def test_letters_inside_the_boxes_become_labels(page: FreePage) -> None:
    page.text(20, 43, "1.")
    for place in range(4):
        page.circle(30 + 8 * place, 40).text(31.2 + 8 * place, 43, "ABCD"[place], 7)
    _, grouping = page.found()
    assert [box.label for box in grouping.questions[0].boxes] == ["A", "B", "C", "D"]


def test_letters_over_the_columns_name_every_row(page: FreePage) -> None:
    for place in range(4):
        page.text(41.0 + 9 * place, 38, "ABCD"[place])
    for row in range(6):
        page.text(20, 43.2 + 8 * row, f"{row + 1}")
        for place in range(4):
            page.square(40 + 9 * place, 40 + 8 * row)
    assert page.names() == {str(row): "A B C D" for row in range(1, 7)}


def test_letters_before_their_boxes_count_as_well_as_behind_them(page: FreePage) -> None:
    page.text(20, 43, "Question 7: which?")
    for place in range(4):
        page.text(30 + 20 * place, 53, f"({'abcd'[place]})").square(36 + 20 * place, 50)
    assert page.names() == {"7": "A B C D"}


def test_options_in_two_columns_keep_their_letters(page: FreePage) -> None:
    page.text(20, 43, "3. Which of these?")
    for place, letter in enumerate("ACBD"):
        x, y = 30 + 60 * (place % 2), 50 + 8 * (place // 2)
        page.square(x, y).text(x + 6, y + 3.2, f"{letter}. text of {letter}")
    _, grouping = page.found()
    (question,) = grouping.questions
    assert {box.option: box.text for box in question.boxes} == {x: f"text of {x}" for x in "ABCD"}


def test_parts_with_letters_belong_to_their_number(page: FreePage) -> None:
    page.text(20, 43, "4. True or false?")
    for row in range(3):
        y = 52 + 9 * row
        page.text(26, y, f"({'abc'[row]}) Water is wet.")
        page.square(120, y - 3.2).text(126, y, "True").square(145, y - 3.2).text(151, y, "False")
    _, grouping = page.found()
    assert {one.id: one.kind for one in grouping.questions} == dict.fromkeys(
        ["4a", "4b", "4c"], Kind.TRUEFALSE
    )


def test_true_and_false_before_their_boxes_are_understood(page: FreePage) -> None:
    page.text(20, 43, "1. Ice swims.").text(100, 43, "True").square(112, 40).text(125, 43, "False").square(
        138, 40
    )
    assert page.names() == {"1": "T F"}


def test_rows_without_a_number_become_parts_and_are_not_sure(page: FreePage) -> None:
    page.text(20, 43, "2. Right or wrong?").text(100, 46, "T").text(112, 46, "F")
    for row in range(3):
        page.text(26, 53 + 8 * row, "a statement").square(99, 50 + 8 * row).square(111, 50 + 8 * row)
    _, grouping = page.found()
    assert [one.id for one in grouping.questions] == ["2-1", "2-2", "2-3"]
    assert all(one.doubts for one in grouping.questions)


def test_numbers_that_begin_again_under_each_problem_are_told_apart(page: FreePage) -> None:
    y = 40.0
    for problem in (1, 2):
        page.text(20, y, f"Problem {problem}: ponds")
        for number in (1, 2):
            y += 9
            page.text(24, y, f"{number}. how deep?").square(70, y - 3.2).text(76, y, "deep").square(
                100, y - 3.2
            )
            page.text(106, y, "shallow")
        y += 14
    assert list(page.names()) == ["1.1", "1.2", "2.1", "2.2"]


def test_a_number_that_comes_twice_is_marked(page: FreePage) -> None:
    for row in range(2):
        page.text(20, 43 + 30 * row, "1. which?")
        for place in range(3):
            page.square(30, 48 + 30 * row + 6 * place).text(36, 51 + 30 * row + 6 * place, "an answer")
    _, grouping = page.found()
    assert [one.id for one in grouping.questions] == ["1", "1-2"]
    assert grouping.questions[1].doubts[-1] == "the number 1 comes 2 times"


def test_numbers_at_the_start_of_a_wrapped_line_are_no_questions(page: FreePage) -> None:
    page.text(
        20, 43, "1. A pond is filled by a pump of 3 litres in an hour, for how long must it run to fill"
    )
    page.text(25, 48, "20. litres?")
    page.square(30, 52).text(36, 55, "7 hours").square(30, 58).text(36, 61, "2. hours")
    page.text(20, 72, "2. And then?").square(30, 76).text(36, 79, "on").square(30, 82).text(36, 85, "off")
    assert page.names() == {"1": "A B", "2": "A B"}


def test_instructions_with_numbers_own_no_boxes(page: FreePage) -> None:
    page.text(20, 30, "1. Write your name.").text(20, 36, "2. Do not talk.").text(20, 42, "3. Good luck.")
    for question in range(1, 4):
        y = 40.0 + 25 * question
        page.text(20, y, f"{question}. which?")
        for place in range(3):
            page.square(30, y + 2 + 6 * place).text(36, y + 5.2 + 6 * place, "an answer")
    assert page.names() == dict.fromkeys("123", "A B C")


def test_a_digit_grid_near_the_word_student_is_the_id(page: FreePage) -> None:
    page.text(120, 30, "Student number")
    for column in range(6):
        for digit in range(10):
            x, y = 120 + 7 * column, 40 + 6 * digit
            page.circle(x, y).text(x + 1.3, y + 3.0, str(digit), 7)
    page.text(20, 140, "1. which?").square(30, 145).text(36, 148, "one").square(30, 151).text(36, 154, "two")
    _, grouping = page.found()
    kinds = {one.id: one.kind for one in grouping.questions}
    assert kinds == {"id": Kind.ID, "1": Kind.CHOICES}
    (grid,) = [one for one in grouping.questions if one.id == "id"]
    assert [box.option for box in grid.boxes][:3] == ["d1=0", "d1=1", "d1=2"]
    assert len(grid.boxes) == 60


def test_a_digit_grid_under_a_question_is_its_number(page: FreePage) -> None:
    page.text(20, 40, "5. How many litres? (2 points)")
    for column in range(3):
        for digit in range(10):
            x, y = 40 + 7 * column, 50 + 6 * digit
            page.square(x, y)
            if column == 0:
                page.text(x - 5, y + 3.2, str(digit))
    _, grouping = page.found()
    (question,) = grouping.questions
    assert (question.id, question.kind, question.points) == ("5", Kind.NUMBER, Fraction(2))
    assert len(question.boxes) == 30


def test_boxes_that_go_on_on_the_next_page_belong_to_their_question(page: FreePage) -> None:
    page.text(20, 250, "1. which?").square(30, 255).text(36, 258, "A. one").square(30, 261).text(
        36, 264, "B. two"
    )
    page.next().square(30, 30).text(36, 33, "C. three").text(20, 45, "2. and?")
    page.square(30, 50).text(36, 53, "A. on").square(30, 56).text(36, 59, "B. off")
    _, grouping = page.found()
    assert {one.id: len(one.boxes) for one in grouping.questions} == {"1": 3, "2": 2}
    assert "its boxes go on on page 2" in grouping.questions[0].doubts


def test_points_and_titles_are_taken_from_the_question(page: FreePage) -> None:
    page.text(20, 43, "1. (2.5 points) How deep is it?").square(30, 48).text(36, 51, "deep").square(30, 54)
    page.text(36, 57, "not deep")
    _, grouping = page.found()
    (question,) = grouping.questions
    assert (question.points, question.title) == (Fraction(5, 2), "How deep is it?")


def asked(page: FreePage, y: float, number: str, text: str = "Which?") -> FreePage:
    """A question with two options under it."""
    page.text(20, y, f"{number} {text}").square(30, y + 5).text(36, y + 8, "A. one")
    return page.square(30, y + 11).text(36, y + 14, "B. two")


@pytest.mark.parametrize(
    ("text", "points"),
    [("[2 pts] Which?", 2),
     ("Which? (1,5 Punkte)", 1.5), ("Which? (\xbd point)", 0.5), ("(1/2 p) Which?", 0.5),
     ("Which? (2 credits) Why?", 2), ("Which?", None)],
)  # fmt: skip
def test_points_in_brackets_are_sure(page: FreePage, text: str, points: float | None) -> None:
    (question,) = asked(page, 43, "1.", text).found()[1].questions
    assert question.points == (None if points is None else Fraction(points))
    assert not any("point" in doubt for doubt in question.doubts)


def test_points_that_stand_apart_are_sure(page: FreePage) -> None:
    asked(page, 43, "1.").text(180, 43, "2 P")
    page.text(20, 80, "2. 3 points").text(20, 85, "Which?").square(30, 90).text(36, 93, "A. one").square(
        30, 96
    )
    page.text(36, 99, "B. two").text(20, 120.0, "3. Wet?").square(60, 117).text(66, 120, "True").square(
        80, 117
    )
    page.text(86, 120, "False").text(170, 120, "(1 P)")
    questions = page.found()[1].questions
    assert [question.points for question in questions] == [2, 3, 1]
    assert not any("may be" in doubt for question in questions for doubt in question.doubts)


@pytest.mark.parametrize(
    ("text", "behind", "doubt"),
    [("Draw a line through 2 points", "", "'2 points' may be its points"),
     ("2 points make a line. Why?", "", "'2 points' may be its points"),
     ("Which of 2 (3 points) or (4 points)?", "", "3 and 4 points are printed"),
     ("Which?", "__/ 4", "'__/ 4' may be its points")],
)  # fmt: skip
def test_what_may_be_points_is_to_be_looked_at(page: FreePage, text: str, behind: str, doubt: str) -> None:
    asked(page, 43, "1.", text)
    if behind:
        page.text(180, 43, behind)
    (question,) = page.found()[1].questions
    assert question.points is None
    assert doubt in question.doubts


def test_points_on_a_line_under_the_options_are_to_be_looked_at(page: FreePage) -> None:
    asked(page, 43, "1.").text(170, 63, "(2 points)")
    (question,) = page.found()[1].questions
    assert (question.points, question.doubts[0]) == (None, "'(2 points)' may be its points")


def test_points_for_each_question_under_a_heading_are_those_of_its_questions(page: FreePage) -> None:
    page.text(20, 30, "Problem 1: Ponds (2 points each)")
    asked(asked(page, 43, "1.1"), 70, "1.2", "(3 points) Which?")
    page.text(20, 100, "Problem 2: Lakes")
    asked(page, 110, "2.1")
    assert {one.id: one.points for one in page.found()[1].questions} == {"1.1": 2, "1.2": 3, "2.1": None}


def test_points_of_each_question_may_stand_before_the_first(page: FreePage) -> None:
    page.text(20, 30, "Each question is worth 2 points.")
    assert [one.points for one in asked(page, 43, "1.").found()[1].questions] == [2]


@pytest.mark.parametrize("heading", ["Problem 1: Ponds (8 points)", "1 Ponds (8 points)"])
def test_points_of_a_heading_are_to_be_divided_by_a_person(page: FreePage, heading: str) -> None:
    asked(asked(page.text(20, 30, heading), 43, "1.1"), 70, "1.2")
    first, second = page.found()[1].questions
    assert first.doubts[-1] == "8 points are printed over 1.1 to 1.2 together: write those of each, such as 4"
    assert (first.points, second.points) == (None, None)
    assert not any("printed" in doubt for doubt in second.doubts)


@pytest.mark.parametrize(
    ("printed", "says"), [(5, ""), (6, "6 points are printed over 1.1 to 1.2, and 5 beside")]
)
def test_a_heading_that_prints_another_sum_is_to_be_looked_at(
    page: FreePage, printed: int, says: str
) -> None:
    page.text(20, 30, f"Problem 1: Ponds ({printed} points)")
    asked(asked(page, 43, "1.1", "(2 points) Which?"), 70, "1.2", "(3 points) Which?")
    first, _ = page.found()[1].questions
    assert any(doubt.startswith(says) for doubt in first.doubts if "printed" in doubt) is bool(says)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Mark all that apply.", Kind.CHOICES), ("Exactly one answer is right.", Kind.CHOICE),
     ("Kreuzen Sie genau eine Antwort an.", Kind.CHOICE), ("Es sind mehrere richtig.", Kind.CHOICES)],
)  # fmt: skip
def test_the_page_says_whether_one_answer_is_right(page: FreePage, text: str, kind: Kind) -> None:
    page.text(20, 30, text).text(20, 43, "1. which?").square(30, 48).text(36, 51, "x").square(30, 54).text(
        36, 57, "y"
    )
    _, grouping = page.found()
    (question,) = grouping.questions
    assert (question.kind, question.doubts) == (kind, ())


def test_a_box_that_stands_alone_is_set_aside(page: FreePage) -> None:
    page.square(150, 200).text(20, 43, "1. which?").square(30, 48).text(36, 51, "x").square(30, 54).text(
        36, 57, "y"
    )
    _, grouping = page.found()
    assert [one.why for one in grouping.set_aside] == ["no text stands beside it"]


def test_bullets_before_the_first_question_are_set_aside(page: FreePage) -> None:
    for row in range(3):
        page.square(20, 20 + 6 * row, 3.0).text(26, 23 + 6 * row, "an instruction")
    page.text(20, 63, "1. which?").square(30, 68).text(36, 71, "x").square(30, 74).text(36, 77, "y")
    _, grouping = page.found()
    assert [one.id for one in grouping.questions] == ["1"]
    assert len(grouping.set_aside) == 3


def test_letters_that_do_not_begin_with_a_are_kept_and_told(page: FreePage) -> None:
    page.text(20, 43, "1. which?")
    for place, letter in enumerate("BCD"):
        page.circle(30, 48 + 6 * place).text(36, 51 + 6 * place, f"{letter}: {letter} pond")
    _, grouping = page.found()
    (question,) = grouping.questions
    assert [box.option for box in question.boxes] == ["B", "C", "D"]
    assert question.doubts == ("its letters are B, C, D",)


def test_texts_that_begin_with_yes_and_no_are_no_true_and_false(page: FreePage) -> None:
    page.text(20, 43, "1. which?").circle(30, 48).text(36, 51, "Yes, as water is heavy").circle(30, 54)
    page.text(36, 57, "No, as ice is light")
    _, grouping = page.found()
    (question,) = grouping.questions
    assert (question.kind, [box.text for box in question.boxes][1]) == (Kind.CHOICE, "No, as ice is light")


def test_an_article_is_no_letter(page: FreePage) -> None:
    page.text(20, 43, "1. which?")
    for place, text in enumerate(("A pond", "A lake", "A sea")):
        page.circle(30, 48 + 6 * place).text(36, 51 + 6 * place, text)
    _, grouping = page.found()
    (question,) = grouping.questions
    assert ([box.option for box in question.boxes], question.doubts) == (["A", "B", "C"], ())


def credit_column(page: FreePage, y: float, most: int) -> None:
    for value in range(most + 1):
        page.square(12, y + 6 * value).text(18, y + 6 * value + 3, str(value))


def test_credits_below_a_problems_heading_belong_to_its_subproblems(page: FreePage) -> None:
    page.text(30, 43, "Problem 2 Soil (4 credits)")
    page.text(30, 49, "a)* Name two ways to make soil less acid.")
    credit_column(page, 41, 2)
    page.text(30, 103, "b) Explain why clay holds more water.")
    credit_column(page, 98, 2)
    page.text(30, 163, "Problem 3 Compost (5 credits)")
    credit_column(page, 161, 5)
    _, grouping = page.found()
    assert [question.id for question in grouping.questions] == ["2a", "2b", "3"]
    assert [question.doubts for question in grouping.questions] == [(), (), ()]


def test_credits_beside_a_number_with_a_list_in_it_stay_with_the_number(page: FreePage) -> None:
    page.text(30, 43, "1. Put these in order and explain:")
    page.text(36, 49, "(a) dig").text(36, 54, "(b) sow").text(36, 59, "(c) reap")
    credit_column(page, 40, 3)
    assert page.names() == {"1": "0 1 2 3"}


def test_credits_of_each_lettered_part_of_a_number_belong_to_the_parts(page: FreePage) -> None:
    page.text(30, 43, "1. About ponds")
    for place, letter in enumerate("abc"):
        page.text(36, 47 + 40 * place, f"({letter}) What is {letter}?")
        credit_column(page, 41 + 40 * place, 2)
    assert page.names() == {"1a": "0 1 2", "1b": "0 1 2", "1c": "0 1 2"}
