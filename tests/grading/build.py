"""Small questions and exams for the tests of grading."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pipeline.grading import KeyCheck, KeyEntry, build_key, solve
from pipeline.model import (
    CreditFormat,
    Exam,
    Kind,
    Marking,
    NumberFormat,
    Option,
    Question,
    Rule,
    Solve,
    StudentId,
)

HASH = "0" * 64


def run(solver: str, *pick: str | int, **arguments: Any) -> Any:
    """What a solver gives for these arguments."""
    return solve(Solve(solver=solver, arguments=arguments, pick=pick))


def choices(*ids: str, **values: Any) -> tuple[Option, ...]:
    """Options with a text each; those named by keyword have a value."""
    return tuple(Option(id=name, text=f"text {name}") for name in ids) + tuple(
        Option(id=name, text=str(value), value=value) for name, value in values.items()
    )


def question(
    name: str = "1",
    kind: Kind = Kind.CHOICE,
    *,
    points: Fraction | int = 4,
    rule: str = "",
    parameters: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Question:
    """A question with the options, grid or credit boxes that its kind needs."""
    default = {Kind.CHOICES: "all-or-nothing", Kind.NUMBER: "number", Kind.CREDITS: "credits"}
    if kind is Kind.CREDITS:
        fields.setdefault("credits", CreditFormat(max=Fraction(points), step=Fraction(1, 2)))
    elif kind is Kind.NUMBER:
        fields.setdefault("number", NumberFormat(digits=3, decimals=1, sign=True))
    elif kind is Kind.TRUEFALSE:
        fields.setdefault("options", choices("T", "F"))
    else:
        fields.setdefault("options", choices("A", "B", "C", "D"))
    chosen = Rule(name=rule or default.get(kind, "single"), parameters=parameters or {})
    return Question(id=name, kind=kind, points=Fraction(points), rule=chosen, **fields)


def exam(*questions: Question, **fields: Any) -> Exam:
    """An exam of these questions."""
    return Exam(
        id="test",
        title="Test",
        version="A",
        marking=Marking.ANY,
        paper="a4",
        student_id=StudentId(),
        questions=questions,
        file="test.yaml",
        **fields,
    )


def check(*questions: Question, **fields: Any) -> KeyCheck:
    """The checked key of an exam of these questions."""
    return build_key(exam(*questions, **fields), HASH)


def entry(one: Question) -> KeyEntry:
    """The key's entry of a question that has no fault."""
    found = check(one)
    assert found.key is not None, found.faults
    return found.key.entries[one.id]


def these(*values: Any) -> tuple[Any, ...]:
    """Several values to compare at once; an exact 3 is 3, whatever its type."""
    return values
