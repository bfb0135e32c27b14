"""Records as rows."""

from fractions import Fraction

import numpy as np

from pipeline.formats import AnswerRow, GradeRow, MarkRow, PageRow, ReviewRow
from pipeline.model import (
    Anchors,
    Answer,
    Booklet,
    Box,
    BoxState,
    Doubt,
    Grade,
    Layout,
    LedgerEntry,
    Marking,
    PageLayout,
    PageMarks,
    PageQuality,
    PageRead,
    PageSource,
    PageStates,
    Score,
)
from pipeline.reporting import (
    answer_rows,
    grade_columns,
    grade_rows,
    ledger_row,
    mark_rows,
    review_row,
    section_columns,
)

SOURCE = PageSource(file="monday.pdf", path="/scans/monday.pdf", page=3, sha256="a" * 64)


def score(question: str, points: Fraction | None, status: str = "final") -> Score:
    return Score(
        question=question,
        points=points,
        max_points=Fraction(2),
        correct="A|C",
        rule="partial",
        reason="2 of 3 right",
        status=status,  # type: ignore[arg-type]
    )


def grade(**changes: object) -> Grade:
    values: dict[str, object] = {
        "student_id": "007",
        "name": "Ann",
        "exam": "maths",
        "version": "B",
        "status": "final",
        "points": Fraction(-1),
        "max_points": Fraction(3),
        "percent": Fraction(-100, 3),
        "grade": "F",
        "doubts": 2,
        "sections": {},
        "scores": (),
    }
    return Grade(**(values | changes))  # type: ignore[arg-type]


def booklet(*answers: Answer) -> Booklet:
    return Booklet(
        exam="maths",
        version="B",
        student_id="007",
        name="Ann",
        serial=7,
        answers={answer.question: answer for answer in answers},
    )


def test_each_box_of_a_page_is_a_row() -> None:
    boxes = tuple(Box(question="1", option=o, shape="square", x=1, y=1, w=4, h=4) for o in "AB")
    page = PageLayout(sheet=2, width=210, height=297, anchors=Anchors(kind="scangrade"), boxes=boxes)
    layout = Layout(
        name="m", unit="mm", marking=Marking.ANY, pages=(page,), exam="maths", version="B", hash="0A1B2C"
    )
    read = PageRead(
        source=SOURCE,
        code=None,
        other_codes=(),
        sheet=2,
        layout_hash="0A1B2C",
        rms_mm=0.1,
        quality=PageQuality(dpi=300, background=250, print_grey=20, bilevel=False, quarter_turns=0),
        features=np.zeros((2, 1), np.float16),
        places_px=np.zeros((2, 4), np.float32),
    )
    states = PageStates(
        states=(BoxState.MARKED, BoxState.DOUBTFUL),
        p_marked=np.array([0.99996, 0.5], np.float32),
        flags=((), ("streak", "faint")),
    )
    rows = list(mark_rows([PageMarks(read=read, layout=layout, page=page, states=states)]))
    assert rows[0] == {
        "file": "monday.pdf",
        "page": "3",
        "exam": "maths",
        "version": "B",
        "sheet": "2",
        "question": "1",
        "option": "A",
        "state": "marked",
        "p_marked": "1.0000",
        "flags": "",
    }
    assert (rows[1]["state"], rows[1]["flags"]) == ("doubtful", "streak;faint")
    assert [MarkRow.model_validate(row).option for row in rows] == ["A", "B"]


def test_each_question_of_a_student_is_a_row() -> None:
    answer = Answer(
        question="1", chosen=("A", "C"), confidence=0.98765, flags=("multiple",), file="monday.pdf", page=3
    )
    (row,) = answer_rows([(grade(scores=(score("1", Fraction(4, 3)),)), booklet(answer))])
    assert row == {
        "student_id": "007",
        "exam": "maths",
        "version": "B",
        "question": "1",
        "chosen": "A|C",
        "value": "",
        "correct": "A|C",
        "rule": "partial",
        "points": "4/3",
        "max_points": "2",
        "reason": "2 of 3 right",
        "confidence": "0.9877",
        "status": "final",
        "flags": "multiple",
        "file": "monday.pdf",
        "page": "3",
    }
    AnswerRow.model_validate(row)


def test_a_doubtful_answer_has_no_points_and_says_why() -> None:
    answer = Answer(question="1", doubtful=True, reason="A is faint")
    (row,) = answer_rows([(grade(scores=(score("1", None, "doubtful"),)), booklet(answer))])
    assert (row["points"], row["reason"], row["status"]) == ("", "A is faint", "doubtful")


def test_a_question_whose_sheet_is_missing_has_a_row_without_a_reading() -> None:
    (row,) = answer_rows([(grade(scores=(score("1", None, "ungraded"),)), booklet())])
    assert (row["question"], row["points"], row["status"]) == ("1", "", "ungraded")
    assert "file" not in row
    AnswerRow.model_validate(row)


def test_a_page_is_a_row_of_the_ledger() -> None:
    entry = LedgerEntry(
        source=SOURCE,
        outcome="read",
        reason="",
        exam="maths",
        version="B",
        sheet=2,
        serial=7,
        student_id="007",
        rms_mm=0.04567,
    )
    row = ledger_row(entry)
    assert (row["file"], row["page"], row["sheet"], row["serial"], row["rms_mm"]) == (
        "monday.pdf",
        "3",
        "2",
        "7",
        "0.0457",
    )
    PageRow.model_validate(row)


def test_a_missing_page_is_a_row_without_a_file() -> None:
    row = ledger_row(LedgerEntry(source=None, outcome=None, reason="sheet 2 was not scanned", sheet=2))
    assert (row["file"], row["page"], row["outcome"], row["sheet"]) == ("", "", "", "2")
    PageRow.model_validate(row)


def test_a_student_is_a_row_of_grades() -> None:
    (row,) = grade_rows([grade()], {})
    assert row == {
        "student_id": "007",
        "name": "Ann",
        "exam": "maths",
        "version": "B",
        "status": "final",
        "points": "-1",
        "max_points": "3",
        "percent": "-33.33",
        "grade": "F",
        "doubts": "2",
    }
    GradeRow.model_validate(row)


def test_an_absent_student_has_no_points() -> None:
    (row,) = grade_rows([grade(status="absent", points=None, percent=None, grade="", doubts=0)], {})
    assert (row["points"], row["percent"], row["grade"], row["doubts"]) == ("", "", "", "0")


def test_each_section_has_a_column_even_when_its_name_is_taken() -> None:
    sections = section_columns(["algebra", "points", "algebra", "section points"])
    assert list(sections.values()) == ["algebra", "section points", "section section points"]
    assert grade_columns(sections)[-3:] == ("algebra", "section points", "section section points")
    (row,) = grade_rows([grade(sections={"points": Fraction(1, 2)})], sections)
    assert (row["points"], row["section points"]) == ("-1", "0.5")
    assert set(row) <= set(grade_columns(sections))


def test_a_doubt_is_a_row_of_the_review_list() -> None:
    doubt = Doubt(id="answer-1", kind="answer", reason="A is faint", choices="A | B", question="1", page=3)
    row = review_row(doubt, "2")
    assert (row["doubt"], row["can_change"], row["page"]) == ("answer-1", "2", "3")
    assert ReviewRow.model_validate(row).decision == ""
