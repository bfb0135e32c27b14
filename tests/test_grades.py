"""Grades of a batch: which doubts a person must decide."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.gather import gather_exams
from pipeline.grades import Graded, grade_assembly
from pipeline.model import Answer, Assembly, Booklet, Doubt

EXAM = """\
exam: e
defaults: {{points: 2}}
questions:
  - {{id: "1", kind: truefalse, answer: true{void}}}
  - id: "2"
    kind: truefalse
    rule: all-parts{group_void}
    parts: [{{id: a, answer: true}}, {{id: b, answer: false}}]
"""
DOUBTFUL = {
    name: Answer(question=name, doubtful=True, reason="two marks", alternatives=(("T",), ("F",)))
    for name in ("1", "2.a")
}


def graded(folder: Path, *, void: str = "", group_void: str = "") -> Graded:
    """One student with a doubt in question 1 and one in part 2.a."""
    path = folder / "e.yaml"
    path.write_text(EXAM.format(void=void, group_void=group_void), "utf-8")
    answers = {**DOUBTFUL, "2.b": Answer(question="2.b", chosen=("F",))}
    booklet = Booklet(exam="e", version="A", student_id="7", name="Eva", serial=1, answers=answers)
    doubts = tuple(
        Doubt(
            id=f"d{name}",
            kind="answer",
            reason="two marks",
            exam="e",
            version="A",
            student_id="7",
            question=name,
        )
        for name in DOUBTFUL
    )
    assembly = Assembly(booklets=(booklet,), ledger=(), doubts=doubts, marks=(), absent=())
    return grade_assembly(assembly, gather_exams(path), {})


def test_a_doubt_of_a_question_that_counts_waits_for_a_person(tmp_path: Path) -> None:
    found = graded(tmp_path)
    assert [doubt.id for doubt in found.assembly.doubts] == ["d1", "d2.a"]
    assert found.impacts == {"d1": 2, "d2.a": 2}
    assert [grade.status for grade, _ in found.grades] == ["review"]


@pytest.mark.parametrize(("way", "points"), [("everyone", 4), ("nobody", 0)])
def test_a_doubt_of_a_void_question_needs_no_decision(tmp_path: Path, way: str, points: int) -> None:
    found = graded(tmp_path, void=f", void: {way}", group_void=f"\n    void: {way}")
    assert found.assembly.doubts == ()
    assert found.impacts == {}
    ((grade, _),) = found.grades
    assert (grade.status, grade.doubts, grade.points) == ("final", 0, Fraction(points))


def test_booklets_without_a_student_each_have_the_impact_of_their_own_page(tmp_path: Path) -> None:
    made = graded(tmp_path)
    (booklet,) = made.assembly.booklets
    unclear = replace(DOUBTFUL["1"], file="scans.pdf")
    known = replace(unclear, alternatives=(("F",),))
    booklets = tuple(
        replace(
            booklet, student_id="", serial=page, answers={**booklet.answers, "1": replace(one, page=page)}
        )
        for page, one in ((1, unclear), (2, known))
    )
    doubts = tuple(
        replace(made.assembly.doubts[0], id=f"d{page}", student_id="", file="scans.pdf", page=page)
        for page in (1, 2)
    )
    assembly = replace(made.assembly, booklets=booklets, doubts=doubts)
    assert grade_assembly(assembly, gather_exams(tmp_path / "e.yaml"), {}).impacts == {"d1": 2, "d2": 0}
