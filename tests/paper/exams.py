"""Exams of every kind, built from the records alone, for the tests of sheets and layouts."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from pipeline.model import (
    CreditFormat,
    Exam,
    Kind,
    Marking,
    NumberFormat,
    Option,
    Question,
    Rule,
    Section,
    StudentId,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONG = "A question with a title that goes on and on and never seems to end; " * 8
TEXTS = (
    "",
    "Dropout",
    LONG[:500],
    "Verylongwordwithoutanyspaceinsideit" * 14,
    "卷积神经网络的参数数量是多少。" * 20,
    "ما عدد معاملات الشبكة العصبية (CNN) في الطبقة 2؟",
    "امتحان " * 60,
    "Zażółć gęślą jaźń",
)


def question(id: str, kind: Kind = Kind.CHOICE, *, options: int = 4, **others: Any) -> Question:
    """A question with as many lettered options as asked for, where its kind has options."""
    chosen: tuple[Option, ...] = ()
    if kind in {Kind.CHOICE, Kind.CHOICES}:
        chosen = tuple(Option(id=letter) for letter in LETTERS[:options])
    if kind is Kind.TRUEFALSE:
        chosen = (Option(id="T", text="True"), Option(id="F", text="False"))
    return Question(
        id=id,
        kind=kind,
        points=others.pop("points", Fraction(1)),
        rule=Rule(name="single"),
        options=chosen,
        **others,
    )


def exam(*questions: Question, **others: Any) -> Exam:
    """An exam on A4 with any mark and an id of eight digits, unless said otherwise."""
    given: dict[str, Any] = {
        "id": "deep-learning-2025",
        "title": "Deep Learning, written exam",
        "version": "A",
        "marking": Marking.ANY,
        "paper": "a4",
        "student_id": StudentId(),
        "file": "deep-learning-2025.yaml",
    }
    return Exam(questions=questions, **(given | others))


def mixed_exam(**others: Any) -> Exam:
    """Every kind of question, in four sections, with parts."""
    rows = [question(str(n), section="one", dont_know="D") for n in range(1, 8)]
    rows += [question(str(n), Kind.CHOICES, options=5, section="one") for n in (8, 9)]
    rows += [question(f"10.{n}", Kind.TRUEFALSE, section="two", parent="10") for n in range(1, 5)]
    numbers = [
        question("11.a", Kind.NUMBER, parent="11", section="three", number=NumberFormat(digits=3)),
        question(
            "11.b", Kind.NUMBER, parent="11", section="three", title="Gradient",
            number=NumberFormat(digits=5, decimals=2, sign=True),
        ),
    ]  # fmt: skip
    half = Fraction(1, 2)
    free = [
        question("12", Kind.CREDITS, section="four", credits=CreditFormat(max=Fraction(3), step=half)),
        question(
            "5b.h1", Kind.TEXT, parent="5b", section="four", credits=CreditFormat(max=Fraction(18), step=half)
        ),
    ]
    names = ("one", "two", "three", "four")
    sections = tuple(Section(id=name, title=f"Part {name}", questions=()) for name in names)
    return exam(*rows, *numbers, *free, **({"sections": sections} | others))


@st.composite
def questions(draw: st.DrawFn, n: int) -> Question:
    """One question of any kind, named ``n``."""
    kind = draw(st.sampled_from([kind for kind in Kind if kind is not Kind.ID]))
    title = draw(st.sampled_from(TEXTS))
    others: dict[str, Any] = {"title": title}
    if kind is Kind.NUMBER:
        digits = draw(st.integers(1, 12))
        decimals = draw(st.integers(0, digits - 1))
        others["number"] = NumberFormat(digits=digits, decimals=decimals, sign=draw(st.booleans()))
    if kind in {Kind.CREDITS, Kind.TEXT}:
        step = draw(st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(1, 3), Fraction(2)]))
        others["credits"] = CreditFormat(max=Fraction(draw(st.integers(1, 20))), step=step)
    made = question(str(n), kind, options=draw(st.integers(2, 26)), **others)
    if kind is Kind.CHOICE and draw(st.booleans()):
        return replace(made, dont_know=made.options[-1].id)
    return made


@st.composite
def exams(draw: st.DrawFn, most: int = 40) -> Exam:
    """An exam of up to ``most`` questions: any kinds, papers, conventions, ids and titles."""
    pattern = [draw(questions(n)) for n in range(draw(st.integers(1, 6)))]
    count = draw(st.integers(3, most))
    named = [replace(pattern[n % len(pattern)], id=str(n + 1)) for n in range(count)]
    sectioned = draw(st.booleans())
    if sectioned:
        named = [replace(one, section="ab"[n * 2 // count]) for n, one in enumerate(named)]
    sections = tuple(Section(id=name, title=draw(st.sampled_from(TEXTS)), questions=()) for name in "ab")
    return exam(
        *named,
        sections=sections if sectioned else (),
        title=draw(st.sampled_from(TEXTS[1:])),
        marking=draw(st.sampled_from(list(Marking))),
        paper=draw(st.sampled_from(["a4", "letter"])),
        student_id=StudentId(
            kind=draw(st.sampled_from(["digits", "alphanumeric", "code", "person"])),
            length=draw(st.integers(1, 12)),
        ),
    )
