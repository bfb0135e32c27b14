"""Every page is accounted for, every student's answers are joined, nothing is guessed."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from pipeline.model import (
    Anchors,
    Assembly,
    Box,
    BoxState,
    Decision,
    Exam,
    Kind,
    Layout,
    LayoutBook,
    LayoutQuestion,
    Marking,
    Option,
    PageCode,
    PageFailed,
    PageLayout,
    PageQuality,
    PageRead,
    PageResult,
    PageSource,
    PageStates,
    PageUnmatched,
    Question,
    Rule,
    Student,
    StudentId,
)
from pipeline.reading.assemble import assemble
from pipeline.reading.lists import Lists

CODES = {"E": 0.0, "M": 1.0, "U": 2.0, "?": 3.0}
STATES = (BoxState.EMPTY, BoxState.MARKED, BoxState.CANCELLED, BoxState.DOUBTFUL)


def choice(name: str) -> Question:
    return Question(
        id=name,
        kind=Kind.CHOICE,
        points=Fraction(1),
        rule=Rule(name="single"),
        options=(Option(id="A"), Option(id="B")),
    )


EXAM = Exam(
    id="exam",
    title="Exam",
    version="A",
    marking=Marking.ANY,
    paper="a4",
    student_id=StudentId(length=2),
    questions=(choice("1"), choice("2")),
)


def box(question: str, option: str, place: int) -> Box:
    return Box(question=question, option=option, shape="square", x=10.0 * place, y=10, w=4, h=4)


def sheet(number: int, names: Sequence[tuple[str, str]]) -> PageLayout:
    return PageLayout(
        sheet=number,
        width=210,
        height=297,
        anchors=Anchors(kind="scangrade"),
        boxes=tuple(box(q, o, place) for place, (q, o) in enumerate(names)),
    )


ID = [("id", f"d{place}={digit}") for place in (1, 2) for digit in "0123456789"]
LAYOUT = Layout(
    name="exam",
    unit="mm",
    marking=Marking.ANY,
    pages=(
        sheet(1, [*ID, ("1", "A"), ("1", "B")]),
        sheet(2, [("2", "A"), ("2", "B")]),
    ),
    questions={"id": LayoutQuestion(kind=Kind.ID)},
    exam="exam",
    version="A",
    hash="ABCDEF",
)
ROSTER = {number: Student(student_id=number, name=f"Student {number}") for number in ("07", "12", "40")}


Pages = Sequence[tuple[PageRead, Layout, PageLayout]]


def decide(booklets: Sequence[Pages]) -> tuple[tuple[PageStates, ...], ...]:
    """Fake of the classifier: a page's only feature is the state itself."""
    return tuple(_states(pages) for pages in booklets)


def _states(pages: Pages) -> tuple[PageStates, ...]:
    return tuple(
        PageStates(
            states=tuple(STATES[int(value)] for value in read.features[:, 0]),
            p_marked=np.where(read.features[:, 0] == 1, 1.0, 0.0).astype(np.float32),
            flags=tuple(() for _ in page.boxes),
        )
        for read, _, page in pages
    )


def source(page: int, file: str = "scan.pdf") -> PageSource:
    return PageSource(file=file, path=f"/scans/{file}", page=page, sha256=file.ljust(64, "0"))


def read(page: int, serial: int, number: int, states: str, file: str = "scan.pdf") -> PageRead:
    features = np.array([[CODES[state]] for state in states], dtype=np.float16)
    return PageRead(
        source=source(page, file),
        code=PageCode(exam="exam", version="A", sheet=number, serial=serial, layout="ABCDEF"),
        other_codes=(),
        sheet=number,
        layout_hash="ABCDEF",
        rms_mm=0.05,
        quality=PageQuality(dpi=200, background=250, print_grey=30, bilevel=False, quarter_turns=0),
        features=features,
        places_px=np.zeros((len(states), 4), dtype=np.float32),
    )


def first(page: int, serial: int, student: str, answer: str, file: str = "scan.pdf") -> PageRead:
    grid = "".join("M" if digit == char else "E" for char in student for digit in "0123456789")
    return read(page, serial, 1, grid + answer, file)


def unmatched(page: int, finding: str, marks: int = 0) -> PageUnmatched:
    return PageUnmatched(
        source=source(page),
        finding=finding,  # type: ignore[arg-type]
        message=f"page says {finding}",
        ink=0.1,
        marks_found=marks,
    )


def run(
    results: Sequence[PageResult],
    decisions: dict[str, str] | None = None,
    sheets: dict[tuple[str, int], str] | None = None,
) -> Assembly:
    lists = Lists(
        book=LayoutBook(coded=(LAYOUT,)),
        exams={("exam", "A"): EXAM},
        sheets=sheets or {},
        roster=ROSTER,
        decisions={
            doubt: Decision(doubt=doubt, value=value, by="Ada", at="2026-01-01T00:00:00Z")
            for doubt, value in (decisions or {}).items()
        },
    )
    return assemble(results, lists, decide)[0]


def outcomes(assembly: Assembly) -> list[str | None]:
    return [entry.outcome for entry in assembly.ledger]


def test_two_sheets_of_one_serial_make_one_booklet_in_any_order() -> None:
    assembly = run([read(1, 5, 2, "EM"), first(2, 5, "07", "ME")])
    (booklet,) = assembly.booklets
    assert (booklet.student_id, booklet.name) == ("07", "Student 07")
    assert (booklet.answers["1"].chosen, booklet.answers["2"].chosen) == (("A",), ("B",))
    assert outcomes(assembly) == ["read", "read"]
    assert {student.student_id for _, student in assembly.absent} == {"12", "40"}
    assert not assembly.doubts


def test_a_missing_sheet_is_a_ledger_row_without_a_file() -> None:
    assembly = run([first(1, 5, "07", "ME")])
    assert assembly.booklets[0].missing_sheets == (2,)
    missing = assembly.ledger[-1]
    assert (missing.source, missing.outcome, missing.sheet, missing.student_id) == (None, None, 2, "07")
    assert missing.reason == "missing: sheet 2 of this booklet is in no scan"


def coded_but_unread(page: int, serial: int, sheet: int, file: str = "scan.pdf") -> PageUnmatched:
    return PageUnmatched(
        source=source(page, file),
        finding="not-registered",
        message="it is smudged",
        ink=0.1,
        marks_found=4,
        code=PageCode(exam="exam", version="A", sheet=sheet, serial=serial, layout="ABCDEF"),
    )


def test_a_missing_sheet_that_was_scanned_and_could_not_be_read_is_named_by_its_page() -> None:
    assembly = run([first(1, 5, "07", "ME"), coded_but_unread(4, 5, 2, "b.pdf"), first(2, 6, "12", "ME")])
    assert outcomes(assembly) == ["read", "unreadable", "read", None, None]
    assert [entry.reason for entry in assembly.ledger if entry.source is None] == [
        "missing: sheet 2 of this booklet was scanned (b.pdf page 4) and could not be read",
        "missing: sheet 2 of this booklet is in no scan",
    ]


@pytest.mark.parametrize(("serial", "sheet"), [(6, 2), (5, 1)])
def test_an_unreadable_page_of_another_booklet_or_sheet_is_not_the_missing_one(
    serial: int, sheet: int
) -> None:
    assembly = run([first(1, 5, "07", "ME"), coded_but_unread(2, serial, sheet)])
    assert assembly.ledger[-1].reason == "missing: sheet 2 of this booklet is in no scan"


def test_an_unreadable_photocopy_may_be_the_missing_sheet_of_each_of_its_booklets() -> None:
    copies = [first(page, 5, student, "ME") for page, student in enumerate(("07", "12", "40"), 1)]
    assembly = run([*copies, coded_but_unread(6, 5, 2)])
    reasons = {entry.reason for entry in assembly.ledger if entry.source is None}
    assert len(assembly.booklets) == 3
    assert reasons == {
        "missing: sheet 2 of this booklet may be one that was scanned and could not be read (scan.pdf page 6)"
    }


def test_a_page_scanned_twice_with_equal_answers_is_a_duplicate() -> None:
    pages = [first(1, 5, "07", "ME"), read(2, 5, 2, "EM"), first(3, 5, "07", "ME")]
    assembly = run(pages)
    assert outcomes(assembly) == ["read", "read", "duplicate"]
    assert len(assembly.booklets) == 1
    assert not assembly.doubts


def test_a_page_scanned_twice_with_different_answers_counts_only_after_a_decision() -> None:
    pages = [first(1, 5, "07", "ME"), read(2, 5, 2, "EM"), read(3, 5, 2, "ME", "again.pdf")]
    assembly = run(pages)
    assert outcomes(assembly) == ["read", "read", "read"]
    assert assembly.booklets[0].answers["2"].doubtful
    assert not assembly.booklets[0].answers["1"].doubtful
    (doubt,) = assembly.doubts
    assert "neither counts" in doubt.reason
    counted = run(pages, {doubt.id: "count"})
    assert counted.booklets[0].answers["2"].chosen == ("A",)
    assert outcomes(counted) == ["read", "duplicate", "read"]
    ignored = run(pages, {doubt.id: "ignore"})
    assert ignored.booklets[0].answers["2"].chosen == ("B",)
    assert outcomes(ignored) == ["read", "read", "duplicate"]


def test_two_booklets_of_one_student_with_different_answers_wait_for_a_person() -> None:
    pages = [
        first(1, 5, "07", "ME"),
        read(2, 5, 2, "EM"),
        first(3, 6, "07", "EM"),
        read(4, 6, 2, "EM"),
    ]
    assembly = run(pages)
    assert len(assembly.booklets) == 1
    assert all(answer.doubtful for answer in assembly.booklets[0].answers.values())
    (doubt,) = assembly.doubts
    counted = run(pages, {doubt.id: "count"})
    assert counted.booklets[0].answers["1"].chosen == ("B",)
    assert outcomes(counted) == ["duplicate", "duplicate", "read", "read"]
    ignored = run(pages, {doubt.id: "ignore"})
    assert ignored.booklets[0].answers["1"].chosen == ("A",)
    assert not counted.doubts
    assert not ignored.doubts


def test_a_booklet_nobody_can_be_named_for_is_shown_with_the_rosters_best_matches() -> None:
    pages = [read(1, 5, 1, "M" + "E" * 9 + "E" * 10 + "ME"), read(2, 5, 2, "EM")]
    assembly = run(pages)
    (doubt,) = assembly.doubts
    assert (doubt.kind, assembly.booklets[0].student_id) == ("student", "")
    assert "07" in doubt.choices
    assert run(pages, {doubt.id: "07"}).booklets[0].student_id == "07"


def test_the_printed_serial_beats_an_empty_grid() -> None:
    pages = [read(1, 5, 1, "E" * 20 + "ME"), read(2, 5, 2, "EM")]
    assembly = run(pages, sheets={("exam", 5): "12"})
    assert assembly.booklets[0].student_id == "12"
    assert not assembly.doubts


def test_a_student_whose_printed_sheet_never_came_back_is_absent_from_that_exam() -> None:
    assembly = run([], sheets={("exam", 1): "12", ("exam", 2): ""})
    assert [(exam, student.student_id) for exam, student in assembly.absent] == [
        ("exam", "12"),
        ("exam", "07"),
        ("exam", "40"),
    ]


def test_every_page_that_could_not_be_read_has_its_outcome() -> None:
    failed = PageFailed(source=source(4), code="truncated", message="cut off", hint="scan again")
    pages: list[PageResult] = [
        unmatched(1, "blank"),
        unmatched(2, "foreign-code"),
        unmatched(3, "no-code", 4),
        failed,
        unmatched(5, "not-registered", 2),
        unmatched(6, "unknown-layout", 4),
    ]
    assembly = run(pages)
    assert outcomes(assembly) == [
        "blank",
        "foreign",
        "unidentified",
        "unreadable",
        "unreadable",
        "unidentified",
    ]
    assert [doubt.kind for doubt in assembly.doubts] == ["page"] * 5


def duplex(*behind: PageResult, whole: bool = True) -> list[PageResult]:
    """Two sheets scanned on both sides: a blank back, and what the second sheet's back is."""
    second = [read(3, 5, 2, "EM")] if whole else [first(3, 6, "12", "EM")]
    return [first(1, 5, "07", "ME"), unmatched(2, "blank"), *second, *behind]


def test_writing_on_an_unprinted_back_is_scratch() -> None:
    assert outcomes(run(duplex(unmatched(4, "no-code")))) == ["read", "blank", "read", "scratch"]


def test_writing_behind_an_incomplete_booklet_may_be_the_missing_sheet_and_is_shown() -> None:
    assembly = run(duplex(unmatched(4, "no-code"), whole=False))
    assert outcomes(assembly)[:4] == ["read", "blank", "read", "foreign"]
    assert [doubt.page for doubt in assembly.doubts] == [4]


def test_a_page_without_our_print_in_a_one_sided_scan_is_foreign() -> None:
    pages: list[PageResult] = [first(1, 5, "07", "ME"), read(2, 5, 2, "EM"), unmatched(3, "no-code")]
    assert outcomes(run(pages))[2] == "foreign"


def test_a_person_may_set_an_unidentified_page_aside() -> None:
    (doubt,) = run([unmatched(1, "no-code", 4)]).doubts
    assembly = run([unmatched(1, "no-code", 4)], {doubt.id: "scratch"})
    assert outcomes(assembly) == ["scratch"]
    assert assembly.ledger[0].settled
    assert not assembly.doubts


def test_a_doubtful_answer_can_be_decided_by_its_name() -> None:
    pages = [first(1, 5, "07", "M?"), read(2, 5, 2, "EM")]
    (doubt,) = run(pages).doubts
    assert (doubt.question, doubt.reading) == ("1", "A")
    decided = run(pages, {doubt.id: "B"})
    assert decided.booklets[0].answers["1"].chosen == ("B",)
    assert decided.booklets[0].answers["1"].decided_by == "Ada"
    assert not decided.doubts


def test_a_decision_that_fits_nothing_is_told_and_the_doubt_stays() -> None:
    pages = [first(1, 5, "07", "M?"), read(2, 5, 2, "EM")]
    (doubt,) = run(pages).doubts
    assert run(pages, {doubt.id: "Z"}).doubts == (doubt,)


def test_a_student_of_whom_only_the_code_could_be_read_is_not_called_absent() -> None:
    code = PageCode(exam="exam", version="A", sheet=1, serial=9, layout="000000")
    page = PageUnmatched(
        source=source(1), finding="unknown-layout", message="not known", ink=0.1, marks_found=4, code=code
    )
    assembly = run([page], sheets={("exam", 9): "12"})
    assert [(exam, student.student_id) for exam, student in assembly.unread] == [("exam", "12")]
    assert {student.student_id for _, student in assembly.absent} == {"07", "40"}


def test_photocopies_of_one_spare_sheet_are_told_apart_by_the_student_ids_on_them() -> None:
    pages = [first(1, 5, "07", "ME"), read(2, 5, 2, "EM"), first(3, 5, "12", "EM"), read(4, 5, 2, "ME")]
    assembly = run(pages)
    assert [(b.student_id, b.answers["1"].chosen, b.answers["2"].chosen) for b in assembly.booklets] == [
        ("07", ("A",), ("B",)),
        ("12", ("B",), ("A",)),
    ]
    assert outcomes(assembly) == ["read"] * 4
    assert not assembly.doubts


def test_a_clearer_second_scan_of_a_sheet_takes_the_place_of_a_doubtful_one() -> None:
    pages = [first(1, 5, "07", "M?"), read(2, 5, 2, "EM"), first(3, 5, "07", "ME", "again.pdf")]
    assembly = run(pages)
    assert not assembly.doubts
    assert assembly.booklets[0].answers["1"].chosen == ("A",)
    assert outcomes(assembly) == ["duplicate", "read", "read"]
