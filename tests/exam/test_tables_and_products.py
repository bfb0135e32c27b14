"""Tables and products of an exam file: cells and factors as questions of their own."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.exam import compose_sheet
from pipeline.model import Question, Solve
from tests.exam.texts import faults, loaded, these

TABLE = """\
exam: e
questions:
  - id: "1"
    kind: table
    points: 1/2
    number: {digits: 2}
    rows: {in: INPUT, conv: CONV5-16}
    columns:
      vol: {title: Volume, form: product, factors: [C, H, W]}
      w:
        title: Weights
        number: {digits: 4}
        answer: {solve: convolution.parameters, with: {kernel: 5, count: weights}}
      why: {title: Why, kind: credits, credits: {max: 2}}
    cells:
      in.vol: 3 x 64 x 64
      in.w: N/A
      in.why: N/A
      conv.vol:
        answer: {solve: convolution.output_shape, with: {input: [3, 64, 64], filters: 16, kernel: 5}}
        printed: 16 x 60 \N{MULTIPLICATION SIGN} 60
      conv.w: {answer: {with: {in_channels: 3, filters: 16}}, points: 1, printed: 5 x 5 x 3 x 16}
      conv.why: {}
"""
MATRIX = """\
exam: e
questions:
  - id: "2"
    kind: table
    title: Output
    points: 1
    number: {digits: 1}
    rows: [row 1, row 2]
    columns: [column 1, column 2]
    answer: {solve: convolution.values, with: {input: [[1, 2], [3, 4]], kernel: [[1]]}}
    printed: [[1, 2], [3, 4]]
versions:
  B: {"2": {with: {input: [[5, 6], [7, 8]]}}}
"""
PRODUCT = """\
exam: e
questions:
  - id: "3"
    form: product
    title: Shape
    points: 2
    number: {digits: 2}
    answer: [16, 8, 4]
    demand: factors
    printed: [16, 8, 4]
"""


def by_id(folder: Path, text: str, version: str = "A") -> dict[str, Question]:
    return {one.id: one for one in loaded(folder, text).versions[version].questions}


def test_cells_are_questions_named_by_row_and_column(tmp_path: Path) -> None:
    found = by_id(tmp_path, TABLE)
    assert list(found) == ["1.conv.vol.1", "1.conv.vol.2", "1.conv.vol.3", "1.conv.w", "1.conv.why"]
    weights = found["1.conv.w"]
    assert these(weights.title, weights.points, weights.printed) == (
        "CONV5-16: Weights",
        1,
        "5 x 5 x 3 x 16",
    )
    assert weights.number is not None
    assert weights.number.digits == 4


def test_a_cell_adds_its_arguments_to_those_of_its_column(tmp_path: Path) -> None:
    answer = by_id(tmp_path, TABLE)["1.conv.w"].answer
    assert isinstance(answer, Solve)
    assert answer.arguments == {"kernel": 5, "count": "weights", "in_channels": 3, "filters": 16}


def test_a_column_of_credits_needs_no_points_beside_them(tmp_path: Path) -> None:
    assert by_id(tmp_path, TABLE)["1.conv.why"].points == 2


def test_a_product_in_a_cell_is_judged_together_and_has_a_grid_for_each_factor(tmp_path: Path) -> None:
    exam = loaded(tmp_path, TABLE).versions["A"]
    (group,) = exam.groups
    assert these(group.id, group.points, group.rule.name) == ("1.conv.vol", Fraction(1, 2), "all-parts")
    assert group.parts == ("1.conv.vol.1", "1.conv.vol.2", "1.conv.vol.3")
    factors = {one.id: one for one in exam.questions if one.group}
    assert [factors[part].heads for part in group.parts] == [
        ("CONV5-16", "Volume", "C"),
        ("CONV5-16", "Volume", "H"),
        ("CONV5-16", "Volume", "W"),
    ]
    assert [factors[part].printed for part in group.parts] == [16, 60, 60]
    answers = [factors[part].answer for part in group.parts]
    assert [answer.pick for answer in answers if isinstance(answer, Solve)] == [(0,), (1,), (2,)]


def test_a_matrix_is_solved_once_and_each_cell_takes_its_place(tmp_path: Path) -> None:
    found = by_id(tmp_path, MATRIX)
    assert list(found) == ["2.1.1", "2.1.2", "2.2.1", "2.2.2"]
    assert [one.printed for one in found.values()] == [1, 2, 3, 4]
    answers = [one.answer for one in found.values()]
    assert [answer.pick for answer in answers] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_another_version_of_a_matrix_has_other_numbers_and_nothing_printed(tmp_path: Path) -> None:
    found = by_id(tmp_path, MATRIX, "B")
    assert all(one.answer.arguments["input"] == ((5, 6), (7, 8)) for one in found.values())
    assert all(one.printed is None for one in found.values())


def test_another_version_may_change_a_single_cell(tmp_path: Path) -> None:
    other = 'versions:\n  B: {"1.conv.w": {with: {filters: 32}}}\n'
    found = by_id(tmp_path, TABLE + other, "B")
    assert found["1.conv.w"].answer.arguments["filters"] == 32
    assert found["1.conv.w"].printed is None
    assert found["1.conv.vol.1"].printed == 16


def test_parts_that_take_the_solve_of_their_question_lose_what_is_printed_with_its_numbers(
    tmp_path: Path,
) -> None:
    text = """\
exam: e
questions:
  - id: "5"
    kind: number
    points: 1
    number: {digits: 2}
    answer: {solve: rnn.unroll, with: {inputs: [1, 2], input_weights: 1, hidden_weights: 1, activation: relu}}
    parts:
      - {id: h1, answer: {pick: [states, 0]}, printed: 1}
      - {id: h2, answer: {pick: [states, 1]}, printed: 3}
      - {id: n, answer: 7, printed: 7}
versions:
  B: {"5": {with: {inputs: [2, 3]}}}
"""
    first, other = by_id(tmp_path, text), by_id(tmp_path, text, "B")
    assert [first[name].answer.pick for name in ("5.h1", "5.h2")] == [("states", 0), ("states", 1)]
    assert [one.printed for one in first.values()] == [1, 3, 7]
    assert [one.printed for one in other.values()] == [None, None, 7]
    assert other["5.h2"].answer.arguments["inputs"] == (2, 3)


def test_a_product_of_its_own_takes_as_many_factors_as_its_answer(tmp_path: Path) -> None:
    exam = loaded(tmp_path, PRODUCT).versions["A"]
    assert [one.id for one in exam.questions] == ["3.1", "3.2", "3.3"]
    assert [one.answer for one in exam.questions] == [16, 8, 4]
    assert [one.heads for one in exam.questions] == [("Shape", f"factor {place}") for place in (1, 2, 3)]
    (group,) = exam.groups
    assert these(group.points, group.rule.parameters) == (2, {"demand": "factors"})


def test_a_row_is_printed_as_one_block_under_its_titles(tmp_path: Path) -> None:
    (page,) = compose_sheet(loaded(tmp_path, TABLE).versions["A"]).pages
    slots = {slot.text: slot for slot in page.slots}
    titles = [slots[text] for text in ("CONV5-16", "Volume", "C", "H", "W", "Weights")]
    (label,) = (slot for slot in page.slots if slot.text == "1" and slot.style == "bold")
    assert label.y == titles[0].y < titles[1].y < titles[2].y
    assert [slot.x for slot in titles[2:]] == sorted(slot.x for slot in titles[2:])
    assert "INPUT" not in slots


@pytest.mark.parametrize("text", [TABLE, MATRIX, PRODUCT])
def test_every_digit_of_a_table_or_product_has_one_box(tmp_path: Path, text: str) -> None:
    exam = loaded(tmp_path, text).versions["A"]
    boxes = [
        (box.question, box.option)
        for page in compose_sheet(exam).layout.pages
        for box in page.boxes
        if box.question != "id"
    ]
    numbers = [one for one in exam.questions if one.number is not None]
    wanted = {
        (one.id, f"d{column}={digit}")
        for one in numbers
        for column in range(1, (one.number.digits if one.number else 0) + 1)
        for digit in range(10)
    }
    assert len(boxes) == len(set(boxes))
    assert wanted <= set(boxes)


def test_a_product_wider_than_the_page_goes_on_below(tmp_path: Path) -> None:
    text = PRODUCT.replace("[16, 8, 4]", str([2] * 12))
    plan = compose_sheet(loaded(tmp_path, text).versions["A"])
    for page, layout in zip(plan.pages, plan.layout.pages, strict=True):
        assert all(box.x + box.w <= page.width - 16 for box in layout.boxes)
    assert len({box.question for page in plan.layout.pages for box in page.boxes}) == 13


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "      conv.why: {}\n",
            "",
            "16:7: question 1 says nothing of cell conv.why: write conv.why: {answer: ...}, or N/A",
        ),
        (
            "conv.why: {}",
            "conv.wy: {}\n      conv.why: {}",
            "23:7: question 1 has no cell 'conv.wy': did you mean conv.why?",
        ),
        (
            "conv.why: {}",
            "conv.why: {credit: {max: 2}}",
            "23:18: unknown field 'credit': did you mean credits?",
        ),
        (
            "conv.why: {}",
            "conv.why: 3",
            "23:17: cell conv.why of question 1 is no map: write {answer: ...}, or N/A",
        ),
        (
            "    rows: {in: INPUT, conv: CONV5-16}\n",
            "",
            "3:9: question 1 says no rows: write rows: {id: title, ...}",
        ),
        ("in: INPUT", "in.1: INPUT", "7:12: 'in.1' is not an id of a row: use 1 to 16 letters, digits and -"),
        (
            "factors: [C, H, W]",
            "factors: 1",
            "question 1.conv.vol does not say how many factors it has: "
            "write factors: 4 (2 to 12), or a title for each",
        ),
        (
            "printed: 16 x 60",
            "printed: 16 x 2 x 60",
            "21:18: question 1.conv.vol has 3 factors, and printed has 4: write as many",
        ),
        (
            "form: product,",
            "form: produkt,",
            "9:34: 'produkt' is not a form of answers: did you mean product?",
        ),
        (
            "conv.why: {}",
            "conv.why: {}\n    demand: product",
            "24:5: question 1 is a table and has no use for demand: remove it",
        ),
    ],
)
def test_faults_of_a_table_name_their_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in TABLE
    found = faults(tmp_path, TABLE.replace(old, new))
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "answer: [16, 8, 4]\n    demand",
            "factors: 2\n    answer: [16, 8, 4]\n    demand",
            "9:13: question 3 has 2 factors, and its answer has 3: write as many",
        ),
        (
            "answer: [16, 8, 4]\n    demand",
            "factors: 3\n    answer: 512\n    demand",
            "9:13: question 3 is a product",
        ),
        ("demand: factors", "demand: sorted", "9:13: 'sorted' is not what a product may demand"),
        (
            "    form: product\n",
            "    kind: number\n",
            "9:5: question 3 is no product and has no use for demand",
        ),
        (
            "demand: factors",
            "rule: single",
            "9:11: the factors of question 3 are judged together, and single",
        ),
        ("form: product", "form: product\n    kind: choice", "5:11: question 3 is of kind choice"),
        ("[16, 8, 4]\n", "sixteen\n", "question 3 is a product, and printed is 'sixteen'"),
        (
            'id: "3"',
            'id: "a-question-with-a-long-id"',
            "is not a question id",
        ),
        (
            "title: Shape",
            "title: Shape\n    rows: [a]",
            "6:5: question 3 is no table and has no use for rows",
        ),
    ],
)
def test_faults_of_a_product_name_their_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in PRODUCT
    found = faults(tmp_path, PRODUCT.replace(old, new))
    assert any(fault in one for one in found), found


def test_a_cell_whose_whole_id_is_too_long_is_reported(tmp_path: Path) -> None:
    found = faults(tmp_path, TABLE.replace('"1"', '"problem-1.part"'))
    assert any("whole id problem-1.part.conv.vol.1 is longer than 24 characters" in one for one in found)


def test_a_table_that_cannot_be_read_makes_no_second_fault_of_the_total(tmp_path: Path) -> None:
    text = TABLE.replace("    rows: {in: INPUT, conv: CONV5-16}\n", "").replace(
        "exam: e\n", "exam: e\ntotal: 4\n"
    )
    assert len(faults(tmp_path, text)) == 1
