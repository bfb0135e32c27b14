"""An exam file and the layout of its paper: where they contradict each other."""

import dataclasses
from pathlib import Path

import pytest

from pipeline.exam import check_layouts, layout_differences, layout_warnings, load_exam
from pipeline.model import Anchors, Box, Exam, Kind, Layout, LayoutQuestion, Marking, PageLayout

EXAM = """\
exam: fits
layout: fits.json
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 7, B: 9}, answer: A}
  - {id: "2", kind: truefalse, points: 1, answer: true}
  - {id: "3", kind: number, points: 1, number: {digits: 2, sign: true}, answer: 12}
  - {id: "4", kind: credits, credits: {max: 1, step: 1/2}}
  - {id: "5", kind: text, credits: {max: 3}}
"""
GRID = ("sign=-", *(f"d{column}={digit}" for column in (1, 2) for digit in range(10)))
BOXES = {
    "1": ("A", "B"),
    "2": ("T", "F"),
    "3": GRID,
    "4": ("0", "1/2", "1"),
    "exam-empty": ("X",),
    "id": ("d1=1",),
}
KINDS = {"1": Kind.CHOICES, "2": Kind.TRUEFALSE, "3": Kind.NUMBER, "4": Kind.TEXT, "id": Kind.ID}


def layout(boxes: dict[str, tuple[str, ...]], kinds: dict[str, Kind]) -> Layout:
    places = [
        Box(question=name, option=option, shape="square", x=5.0 * place, y=1.0, w=3.0, h=3.0)
        for name, options in boxes.items()
        for place, option in enumerate(options)
    ]
    page = PageLayout(sheet=1, width=210, height=297, anchors=Anchors(kind="none"), boxes=tuple(places))
    questions = {name: LayoutQuestion(kind=kind) for name, kind in kinds.items()}
    return Layout(name="fits", unit="mm", marking=Marking.ANY, pages=(page,), questions=questions)


@pytest.fixture
def exam(tmp_path: Path) -> Exam:
    (tmp_path / "fits.json").write_text("{}", "utf-8")
    (tmp_path / "fits.yaml").write_text(EXAM, "utf-8")
    return load_exam(tmp_path / "fits.yaml").versions["A"]


def test_an_exam_whose_boxes_are_all_there_has_no_fault(exam: Exam) -> None:
    fitting = layout(BOXES, KINDS)
    assert layout_differences(exam, fitting) == []
    assert layout_warnings(exam, fitting) == []


@pytest.mark.parametrize(
    ("boxes", "kinds", "line", "said"),
    [
        ({"1": ("A",)}, {}, 4, "question 1 has no box for B in"),
        ({"1": ("A", "B", "C")}, {}, 4, "question 1 has a box C, which is none of its options, in"),
        ({"2": ("A", "B")}, {}, 5, "question 2 has no box for T, F and has a box A, B, which"),
        ({"3": GRID[:11]}, {}, 6, "question 3 has 2 digits here, and 1 columns of boxes in"),
        ({"3": GRID[1:]}, {}, 6, "question 3 has a sign here, and no box sign=- in"),
        ({"4": ("0", "1", "2")}, {}, 7, "question 4 has a box for 2 credits, which it cannot give, in"),
        ({}, {"2": Kind.NUMBER}, 5, "question 2 is of kind truefalse here, and number in"),
        ({"1": (), "1x": ("A", "B")}, {}, 4, "question 1 has no box in"),
    ],
)  # fmt: skip
def test_what_contradicts_the_layout_is_a_fault_of_its_question(
    exam: Exam, boxes: dict[str, tuple[str, ...]], kinds: dict[str, Kind], line: int, said: str
) -> None:
    (fault,) = layout_differences(exam, layout(BOXES | boxes, KINDS | kinds))
    assert fault.line == line
    assert fault.what.startswith(said)


def test_a_question_under_another_name_is_proposed(exam: Exam) -> None:
    (fault,) = layout_differences(exam, layout(BOXES | {"1": (), "1x": ("A", "B")}, KINDS))
    assert fault.instead == "did you mean 1x?"


def test_what_nobody_asks_and_credits_without_a_box_are_warnings(exam: Exam) -> None:
    found = layout(BOXES | {"4": ("0", "1"), "6": ("A",)}, KINDS)
    assert layout_differences(exam, found) == []
    assert [fault.what.split(" in ")[0].rpartition("/")[2] for fault in layout_warnings(exam, found)] == [
        "fits.json has boxes of question 6, which the exam file does not ask",
        "2 credits",
    ]


def test_a_void_question_needs_no_box(exam: Exam) -> None:
    void = dataclasses.replace(exam.questions[0], void="nobody")
    exam = dataclasses.replace(exam, questions=(void, *exam.questions[1:]))
    assert layout_differences(exam, layout(BOXES | {"1": ()}, KINDS)) == []


def test_faults_of_the_layout_itself_are_told_with_those_of_the_exam_file(exam: Exam) -> None:
    faults, _ = check_layouts([exam])
    assert {Path(fault.file).name for fault in faults} == {"fits.json"}
