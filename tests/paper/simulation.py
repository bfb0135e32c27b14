"""A small exam on plain paper, for the simulator's tests."""

from fractions import Fraction
from pathlib import Path

from pipeline.exam import corner_marks, load_exam
from pipeline.model import (
    Anchors,
    Box,
    Exam,
    ExamFile,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    NumberFormat,
    Option,
    PageLayout,
    Question,
    Rule,
    StudentId,
)
from pipeline.paper.simulate import RightAnswer, SimulatedStudent

EXAM_TEXT = """\
exam: pond-life-1
title: Pond life
marking: {marking}
student_id: {{kind: digits, length: 4}}
questions:
  - id: "1"
    kind: choice
    options: {{A: 3, B: 4, C: 5, D: "Don't know"}}
    dont_know: D
    points: 1
    answer: B
  - id: "2"
    kind: choices
    options: {{A: frog, B: newt, C: stone}}
    points: 2
    answer: [A, B]
  - id: "3"
    kind: number
    number: {{digits: 3, decimals: 1, sign: true}}
    points: 2
    answer: -2.5
  - id: "4"
    kind: credits
    credits: {{max: 2, step: 1/2}}
"""

CHOICE, CHOICES, NUMBER, CREDITS = "1", "2", "3", "4"

RIGHT = {
    CHOICE: RightAnswer(chosen=("B",)),
    CHOICES: RightAnswer(chosen=("A", "B")),
    NUMBER: RightAnswer(value=Fraction(-5, 2)),
}


def exam_file(folder: Path, marking: str = "any") -> ExamFile:
    path = folder / "pond-life-1.yaml"
    path.write_text(EXAM_TEXT.format(marking=marking), encoding="utf-8")
    return load_exam(path)


def students(count: int) -> list[SimulatedStudent]:
    return [
        SimulatedStudent(student_id=f"{1000 + n * 37}", name=f"Student {n}", serial=n)
        for n in range(1, count + 1)
    ]


def exam(marking: Marking = Marking.ANY) -> Exam:
    """The exam of ``EXAM_TEXT`` as records."""
    rule, one = Rule(name="single"), Fraction(1)
    choice = tuple(Option(id=name) for name in "ABCD")
    return Exam(
        id="pond-life-1",
        title="Pond life",
        version="A",
        marking=marking,
        paper="a4",
        student_id=StudentId(length=4),
        questions=(
            Question(id=CHOICE, kind=Kind.CHOICE, points=one, rule=rule, options=choice, dont_know="D"),
            Question(id=CHOICES, kind=Kind.CHOICES, points=one, rule=rule, options=choice[:3]),
            Question(
                id=NUMBER,
                kind=Kind.NUMBER,
                points=one,
                rule=rule,
                number=NumberFormat(digits=3, decimals=1, sign=True),
            ),
            Question(id=CREDITS, kind=Kind.CREDITS, points=one, rule=rule),
        ),
    )


def layout(marking: Marking = Marking.ANY, *, unit_per_mm: float = 1.0) -> Layout:
    """Boxes of the exam on one A4 page, in mm, or in pixels of ``unit_per_mm``."""
    shape = "circle" if marking is Marking.FILL else "square"
    boxes: list[Box] = []

    def add(question: str, option: str, x: float, y: float) -> None:
        scaled = [value * unit_per_mm for value in (x, y, 4.5, 4.5)]
        x, y, w, h = scaled
        boxes.append(Box(question=question, option=option, shape=shape, x=x, y=y, w=w, h=h))  # type: ignore[arg-type]

    for place in range(4):
        for digit in range(10):
            add("id", f"d{place + 1}={digit}", 150 + 7 * place, 40 + 7 * digit)
    for place, name in enumerate("ABCD"):
        add(CHOICE, name, 40 + 9 * place, 60)
    for place, name in enumerate("ABC"):
        add(CHOICES, name, 40 + 9 * place, 75)
    add(NUMBER, "sign=-", 30, 130)
    for place in range(3):
        for digit in range(10):
            add(NUMBER, f"d{place + 1}={digit}", 40 + 8 * place, 130 + 7 * digit)
    for place, name in enumerate(("0", "1/2", "1", "3/2", "2")):
        add(CREDITS, name, 100 + 9 * place, 220)
    return Layout(
        name="pond",
        unit="mm" if unit_per_mm == 1 else "px",
        marking=marking,
        pages=(
            PageLayout(
                sheet=1,
                width=210 * unit_per_mm,
                height=297 * unit_per_mm,
                anchors=_anchors(unit_per_mm),
                boxes=tuple(boxes),
            ),
        ),
        questions={
            "id": LayoutQuestion(kind=Kind.ID),
            CHOICE: LayoutQuestion(kind=Kind.CHOICE),
            CHOICES: LayoutQuestion(kind=Kind.CHOICES),
            NUMBER: LayoutQuestion(kind=Kind.NUMBER),
            CREDITS: LayoutQuestion(kind=Kind.CREDITS, writer="examiner"),
        },
        exam="pond-life-1",
        version="A",
    )


def _anchors(unit_per_mm: float) -> Anchors:
    if unit_per_mm == 1:
        return Anchors(kind="scangrade")
    points = tuple((mark.x * unit_per_mm, mark.y * unit_per_mm) for mark in corner_marks(210, 297))
    return Anchors(kind="corners", points=points, mark="square", size=5 * unit_per_mm)
