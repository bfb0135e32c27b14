"""The cover's box "exam empty", and questions whose boxes lie on several pages."""

import dataclasses
from fractions import Fraction

import pytest

from pipeline.gather import Exams
from pipeline.grades import grade_assembly
from pipeline.grading import build_key, grade_booklet
from pipeline.model import (
    EXAM_EMPTY,
    Assembly,
    Box,
    CreditFormat,
    Decision,
    Exam,
    Kind,
    Layout,
    LayoutBook,
    PageRead,
    Question,
    Rule,
)
from pipeline.reading.assemble import assemble
from pipeline.reading.decisions import decision_faults
from pipeline.reading.lists import Lists
from pipeline.reading.names import page_name
from tests.reading.coded_booklets import booklet_layout, decide, exam_of, reading

CREDITS = ("0", "1", "2")


def with_cover() -> tuple[Layout, Exam]:
    """Sheet 1: the cover with its box and question 1; sheet 2: question 2 and credits; essay: no boxes."""
    layout = booklet_layout(2)
    cover, back = layout.pages
    box = cover.boxes[0]
    empty = dataclasses.replace(box, question=EXAM_EMPTY, option="X", x=150.0)
    plain = tuple(one for one in cover.boxes if one.question == "1")
    scale = tuple(
        Box(question="c", option=option, shape="square", x=20.0 + 9 * place, y=120.0, w=4.5, h=4.5)
        for place, option in enumerate(CREDITS)
    )
    second = tuple(one for one in back.boxes if one.question == "2")
    pages = (
        dataclasses.replace(cover, boxes=(empty, *plain)),
        dataclasses.replace(back, boxes=(*second, *scale)),
    )
    layout = dataclasses.replace(layout, pages=pages)
    exam = exam_of(layout)
    asked = tuple(
        dataclasses.replace(question, answer="A") for question in exam.questions if question.id in ("1", "2")
    )
    return layout, dataclasses.replace(exam, questions=(*asked, by_examiner("c"), by_examiner("essay")))


def by_examiner(name: str) -> Question:
    return Question(
        id=name,
        kind=Kind.CREDITS,
        points=Fraction(2),
        rule=Rule(name="credits"),
        credits=CreditFormat(max=Fraction(2)),
    )


def sheets(layout: Layout, cover: str, back: str) -> list[PageRead]:
    states = (cover, back)
    return [sheet_of(layout, sheet, states[sheet - 1]) for sheet in (1, 2)]


def join(layout: Layout, exam: Exam, results: list[PageRead], said: str = "", student: str = "") -> Assembly:
    page = page_name(results[0].source)
    typed = {f"empty-{page}": said, f"student-{page}": student}
    decisions = {
        doubt: Decision(doubt=doubt, value=value, by="ada", at="2026-02-01T12:00:00Z")
        for doubt, value in typed.items()
        if value
    }
    lists = Lists(book=LayoutBook(fixed=layout), exams={(exam.id, "A"): exam}, decisions=decisions)
    return assemble(results, lists, decide)[0]


def graded(exam: Exam, assembly: Assembly) -> tuple[str, str]:
    key = build_key(exam, "0" * 64).key
    assert key is not None
    grade = grade_booklet(exam, key, assembly.booklets[0], {})
    return grade.status, str(grade.points)


def test_an_empty_booklet_has_no_points_and_asks_nobody() -> None:
    layout, exam = with_cover()
    assembly = join(layout, exam, sheets(layout, "MEE", "EEEEE"))
    assert assembly.doubts == ()
    assert graded(exam, assembly) == ("final", "0")
    answers = assembly.booklets[0].answers
    assert {name: (one.chosen, one.value) for name, one in answers.items()} == {
        EXAM_EMPTY: (("X",), None), "1": ((), None), "2": ((), None), "c": ((), 0), "essay": ((), 0),
    }  # fmt: skip
    assert all(EXAM_EMPTY in answer.flags for name, answer in answers.items() if name != EXAM_EMPTY)


@pytest.mark.parametrize(
    ("said", "points", "doubts", "status"),
    [
        ("", "1", 1, "review"),
        ("", "0", 0, "final"),
        ("empty", "1", 0, "final"),
        ("not empty", "1", 0, "final"),
    ],
)
def test_credits_on_a_list_for_who_handed_in_nothing_go_to_a_person(
    said: str, points: str, doubts: int, status: str
) -> None:
    layout, exam = with_cover()
    results = sheets(layout, "MEE", "EEEEE")
    key = build_key(exam, "0" * 64).key
    assert key is not None
    exams = Exams(exams={(exam.id, "A"): exam}, keys={(exam.id, "A"): key})
    listed = {("7", "c"): Fraction(points), ("7", "essay"): Fraction(0)}
    assembly = join(layout, exam, results, said, student="7")
    found = grade_assembly(assembly, exams, listed)
    assert len(found.assembly.doubts) == doubts
    for doubt in found.assembly.doubts:
        assert doubt.id == f"empty-{page_name(results[0].source)}"
        assert doubt.choices == "empty | not empty"
        assert "the list of credits gives points for question c" in doubt.reason
    grade = found.grades[0][0]
    assert grade.status == status
    if status == "final":
        assert str(grade.points) == ("1" if said == "not empty" else "0")


def test_without_a_mark_in_the_box_blank_credits_still_wait_for_the_examiner() -> None:
    layout, exam = with_cover()
    assembly = join(layout, exam, sheets(layout, "EEE", "EEEEE"))
    assert [doubt.question for doubt in assembly.doubts] == ["c"]
    assert graded(exam, assembly)[0] == "incomplete"


@pytest.mark.parametrize(
    ("cover", "back", "reason"),
    [
        ("MME", "EEEEE", 'the box "exam empty" is marked, and so is question 1'),
        ("MEE", "MEEEM", 'the box "exam empty" is marked, and so is question 2, c'),
        ("?EE", "EEMEE", 'the box "exam empty" is unclear'),
    ],
)
def test_a_box_that_contradicts_the_marks_or_is_unclear_goes_to_a_person(
    cover: str, back: str, reason: str
) -> None:
    layout, exam = with_cover()
    assembly = join(layout, exam, sheets(layout, cover, back))
    (doubt,) = [doubt for doubt in assembly.doubts if doubt.kind == "page"]
    assert (doubt.reason, doubt.choices) == (reason, "empty | not empty")
    assert (doubt.file, doubt.page) == ("stack.pdf", 1)
    assert graded(exam, assembly)[0] in ("review", "incomplete")


def test_a_zero_of_the_examiner_contradicts_nothing() -> None:
    layout, exam = with_cover()
    assembly = join(layout, exam, sheets(layout, "MEE", "EEMEE"))
    assert assembly.doubts == ()
    assert graded(exam, assembly) == ("final", "0")


def test_what_a_person_says_of_the_box_counts() -> None:
    layout, exam = with_cover()
    results = sheets(layout, "MME", "MEEEM")
    empty = join(layout, exam, results, "empty")
    assert empty.doubts == ()
    assert graded(exam, empty) == ("final", "0")
    written = join(layout, exam, results, "Not  empty")
    assert graded(exam, written)[0] == "incomplete"
    assert written.booklets[0].answers["1"].chosen == ("A",)
    assert not written.booklets[0].open_questions


def test_a_mark_that_is_unclear_stays_a_doubt_in_an_empty_booklet() -> None:
    layout, exam = with_cover()
    assembly = join(layout, exam, sheets(layout, "MEE", "?EEEE"))
    assert [doubt.question for doubt in assembly.doubts] == ["2"]


def test_only_the_words_of_the_box_may_be_decided() -> None:
    layout, exam = with_cover()
    results = sheets(layout, "MME", "EEEEE")
    doubt = f"empty-{page_name(results[0].source)}"
    made = [Decision(doubt=doubt, value=value, by="ada", at="") for value in ("Empty", "perhaps")]
    exams, layouts = {(exam.id, "A"): exam}, {layout.hash: layout}
    assert decision_faults(made[:1], results, exams, layouts) == {}
    assert "write empty or not empty" in decision_faults(made[1:], results, exams, layouts)[doubt]


def test_an_exam_that_asks_a_question_of_that_name_has_no_such_box() -> None:
    layout, exam = with_cover()
    asked = dataclasses.replace(exam.questions[0], id=EXAM_EMPTY, kind=Kind.CHOICES)
    exam = dataclasses.replace(exam, questions=(*exam.questions, asked))
    assembly = join(layout, exam, sheets(layout, "MEE", "EEMEE"))
    assert EXAM_EMPTY not in assembly.booklets[0].answers["1"].flags


# --- a question over several pages -----------------------------------------------------------------


def over_two_pages(results: list[PageRead], layout: Layout) -> Assembly:
    exam = exam_of(layout)
    return assemble(results, Lists(book=LayoutBook(fixed=layout), exams={(exam.id, "A"): exam}), decide)[0]


def sheet_of(layout: Layout, sheet: int, states: str) -> PageRead:
    return reading(layout, sheet, place=sheet, code=f"cit-i2dl-1-20230210-E0743-{sheet}", states=states)


@pytest.mark.parametrize(("read", "missing"), [(2, 3), (3, 2)])
def test_a_question_of_which_one_page_is_missing_is_not_taken_for_answered(read: int, missing: int) -> None:
    layout = booklet_layout(3)
    results = [sheet_of(layout, 1, "ME"), sheet_of(layout, read, "MEM")]
    assembly = over_two_pages(results, layout)
    booklet = assembly.booklets[0]
    assert set(booklet.answers) == {"1", str(read)}
    assert booklet.missing_sheets == (missing,)


def test_a_doubt_names_the_page_on_which_the_unclear_box_is() -> None:
    layout = booklet_layout(3)
    results = [sheet_of(layout, 1, "ME"), sheet_of(layout, 2, "MEE"), sheet_of(layout, 3, "ME?")]
    (doubt,) = over_two_pages(results, layout).doubts
    assert (doubt.question, doubt.page) == ("both", 3)
    assert doubt.id == f"answer-{page_name(results[1].source)}-both"
