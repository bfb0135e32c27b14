"""Booklets on paper of others: joined by the code on each page or by their order, and all accounted for."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import booklets
from pipeline.model import LedgerEntry, PageResult, Student
from pipeline.reading.names import page_name
from tests.reading.coded_booklets import booklet_layout, joined, reading, unread

TWENTY = booklet_layout(20)
STUDENTS = [
    Student(student_id=f"{3000 + place}", name=f"Student {place}", code=f"E{place:04d}")
    for place in range(300)
]


def code(booklet: int, sheet: int) -> str:
    return f"cit-i2dl-1-20230210-E{booklet:04d}-{sheet}"


def entries_of(ledger: tuple[LedgerEntry, ...], outcome: str | None) -> list[LedgerEntry]:
    return [entry for entry in ledger if entry.outcome == outcome]


def test_every_missing_and_doubled_page_of_300_shuffled_booklets_is_named() -> None:
    rng = np.random.default_rng(5)
    pages = [(booklet, sheet) for booklet in range(300) for sheet in range(1, 21)]
    drawn = [pages[place] for place in rng.permutation(len(pages))[:120]]
    missing, doubled = set(drawn[:60]), set(drawn[60:])
    laid = [page for page in pages if page not in missing] + sorted(doubled)
    stack = [laid[place] for place in rng.permutation(len(laid))]
    turns = [int(turn) for turn in rng.choice([0, 1, 2, 3], size=len(stack), p=[0.88, 0.01, 0.1, 0.01])]
    results = [
        reading(TWENTY, sheet, place=place, code=code(booklet, sheet), turns=turns[place - 1])
        for place, (booklet, sheet) in enumerate(stack, 1)
    ]
    assembly = joined(results, TWENTY, STUDENTS)
    number = {student.student_id: int(student.code[1:]) for student in STUDENTS}
    gone = Counter(
        (number[entry.student_id], entry.sheet) for entry in assembly.ledger if entry.source is None
    )
    again = Counter(
        (number[entry.student_id], entry.sheet) for entry in entries_of(assembly.ledger, "duplicate")
    )
    assert gone == Counter(missing)
    assert again == Counter(doubled)
    assert len(entries_of(assembly.ledger, "read")) == 6000 - 60
    assert [entry.turned for entry in assembly.ledger if entry.source] == turns
    assert len(assembly.booklets) == 300
    assert {booklet.student_id for booklet in assembly.booklets} == set(number)
    assert not assembly.doubts
    assert not assembly.absent


def test_pages_read_as_pictures_are_joined_with_all_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert booklets.main(["--students", "10", "--sheets", "10", "--pictures", "4"]) == 0
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["missing", "1", "1", "0"] in told
    assert ["doubled", "1", "1", "0"] in told
    assert ["upside-down", "2", "2", "0"] in told


def test_a_missing_page_is_named_with_its_booklet() -> None:
    layout = booklet_layout(3)
    results = [reading(layout, 1, place=1, code=code(7, 1)), reading(layout, 3, place=2, code=code(7, 3))]
    (entry,) = [entry for entry in joined(results, layout, STUDENTS).ledger if entry.source is None]
    assert entry.reason == "missing: sheet 2 of booklet E0007 is in no scan"
    assert (entry.student_id, entry.sheet) == ("3007", 2)


def test_pages_out_of_order_and_among_others_are_named() -> None:
    layout = booklet_layout(3)
    order = [(1, 1), (1, 3), (1, 2), (2, 1), (1, 4), (2, 2), (2, 3)]
    layout = booklet_layout(4)
    results = [
        reading(layout, sheet, place=place, code=code(booklet, sheet))
        for place, (booklet, sheet) in enumerate(order, 1)
    ]
    reasons = {
        entry.source.page: entry.reason for entry in joined(results, layout, STUDENTS).ledger if entry.source
    }
    assert reasons == {
        1: "",
        2: "",
        3: "out of order: behind sheet 3 of its booklet E0001",
        4: "",
        5: "out of order: sheet 4 of booklet E0001 among the pages of booklet E0002",
        6: "out of order: sheet 2 of booklet E0002 among the pages of booklet E0001",
        7: "",
    }


def test_a_page_scanned_twice_with_other_answers_counts_for_nothing() -> None:
    layout = booklet_layout(3)
    results = [reading(layout, sheet, place=sheet, code=code(1, sheet)) for sheet in (1, 2, 3)]
    results.append(reading(layout, 2, place=4, code=code(1, 2), states="EME"))
    assembly = joined(results, layout, STUDENTS)
    assert [doubt.kind for doubt in assembly.doubts] == ["page"]
    assert assembly.booklets[0].answers["2"].doubtful


def test_an_answer_over_two_pages_is_one_answer() -> None:
    layout = booklet_layout(3)
    sheets = [(1, "ME"), (2, "MEM"), (3, "MEE")]
    results = [
        reading(layout, sheet, place=sheet, code=code(1, sheet), states=states) for sheet, states in sheets
    ]
    assert joined(results, layout, STUDENTS).booklets[0].answers["both"].chosen == ("A",)
    results[2] = reading(layout, 3, place=3, code=code(1, 3), states="MEM")
    assert joined(results, layout, STUDENTS).booklets[0].answers["both"].doubtful


def test_without_a_roster_the_booklet_is_the_student() -> None:
    layout = booklet_layout(3)
    results = [reading(layout, sheet, place=sheet, code=code(7, sheet)) for sheet in (1, 2, 3)]
    assembly = joined(results, layout)
    assert [booklet.student_id for booklet in assembly.booklets] == ["E0007"]
    assert not assembly.doubts


def test_a_booklet_of_nobody_on_the_roster_is_asked_about_once() -> None:
    layout = booklet_layout(3)
    results = [reading(layout, sheet, place=sheet, code=code(999, sheet)) for sheet in (1, 2, 3)]
    (doubt,) = joined(results, layout, STUDENTS).doubts
    assert doubt.kind == "student"
    assert "'E0999' on it belongs to nobody" in doubt.reason


def test_only_the_first_sheet_has_a_code_and_the_others_follow_it() -> None:
    layout = booklet_layout(3, "cit-{booklet}")
    results: list[PageResult] = []
    for booklet in range(4):
        for sheet in (1, 2, 3):
            text = f"cit-E{booklet:04d}" if sheet == 1 else ""
            results.append(reading(layout, sheet, place=len(results) + 1, code=text))
    assembly = joined(results, layout, STUDENTS)
    assert [booklet.student_id for booklet in assembly.booklets] == ["3000", "3001", "3002", "3003"]
    assert not any(booklet.missing_sheets for booklet in assembly.booklets)
    assert not assembly.doubts


def test_a_page_that_does_not_follow_its_first_sheet_is_nobodys() -> None:
    layout = booklet_layout(3, "cit-{booklet}")
    results = [
        reading(layout, 1, place=1, code="cit-E0000"),
        reading(layout, 3, place=2),
        reading(layout, 2, place=3),
    ]
    assembly = joined(results, layout, STUDENTS)
    assert [booklet.missing_sheets for booklet in assembly.booklets] == [(2, 3), (1, 2), (1, 3)]
    assert [doubt.kind for doubt in assembly.doubts] == ["student", "student"]


def test_pages_behind_several_unread_ones_are_not_joined_to_the_run_before() -> None:
    layout = booklet_layout(2, "")
    results: list[PageResult] = [reading(layout, 1, place=1), unread(2), unread(3)]
    results.append(reading(layout, 2, place=4))
    assert [booklet.missing_sheets for booklet in joined(results, layout).booklets] == [(2,), (1,)]


def test_pages_behind_a_lost_page_may_be_another_students_and_go_to_a_person() -> None:
    layout = booklet_layout(3, "cit-{booklet}")
    results = [reading(layout, 1, place=1, code="cit-E0000"), reading(layout, 3, place=2)]
    before = joined(results, layout, STUDENTS)
    assert [booklet.student_id for booklet in before.booklets] == ["3000", ""]
    (doubt,) = before.doubts
    assert doubt.id == f"student-{page_name(results[1].source)}"
    for said in ("3000", "E0000"):
        (after,) = joined(results, layout, STUDENTS, {doubt.id: said}).booklets
        assert (after.student_id, after.missing_sheets, len(after.answers)) == ("3000", (2,), 2)
    others = joined(results, layout, STUDENTS, {doubt.id: "3001"}).booklets
    assert [booklet.student_id for booklet in others] == ["3000", "3001"]


def test_paper_without_a_place_for_an_id_says_so_and_what_to_do() -> None:
    layout = booklet_layout(2, "")
    results = [reading(layout, sheet, place=sheet) for sheet in (1, 2)]
    nameless = [Student(student_id="3000", name="Student 0")]
    for students in (None, nameless):
        (doubt,) = joined(results, layout, students).doubts
        assert doubt.reason.startswith("its paper has no place for a student id: write whose it is")
        assert "scangrade stamp --roster" in doubt.reason
    (doubt,) = joined(results, layout, STUDENTS).doubts
    assert doubt.reason.startswith("no student's code was found on it")


def test_pages_of_which_a_person_types_the_student_are_one_booklet() -> None:
    layout = booklet_layout(3, "")
    results = [reading(layout, 1, place=1), reading(layout, 3, place=2), reading(layout, 3, place=3)]
    said = {f"student-{page_name(read.source)}": "3005" for read in results[:2]}
    whole, nobodys = joined(results, layout, STUDENTS, said).booklets
    assert (whole.student_id, whole.missing_sheets) == ("3005", (2,))
    assert (nobodys.student_id, nobodys.missing_sheets) == ("", (1, 2))


def test_a_page_that_could_not_be_read_stands_in_the_place_of_the_missing_sheet() -> None:
    layout = booklet_layout(3, "")
    results: list[PageResult] = [reading(layout, 1, place=1), unread(2), reading(layout, 3, place=3)]
    assert [booklet.missing_sheets for booklet in joined(results, layout).booklets] == [(2,)]


@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_sheet_that_the_layout_leaves_out_may_be_scanned_or_not(between: int) -> None:
    whole = booklet_layout(4, "")
    layout = replace(whole, pages=(whole.pages[0], whole.pages[3]))
    results: list[PageResult] = [reading(layout, 1, place=1), *(unread(2 + more) for more in range(between))]
    results.append(reading(layout, 4, place=4))
    assert [booklet.missing_sheets for booklet in joined(results, layout).booklets] == [()]


def test_pages_with_the_students_sticker_on_each_are_joined_over_a_lost_page() -> None:
    layout = booklet_layout(3, "")
    results = [reading(layout, sheet, place=sheet, code="E0004") for sheet in (1, 3)]
    assembly = joined(results, layout, STUDENTS)
    assert [(one.student_id, one.missing_sheets) for one in assembly.booklets] == [("3004", (2,))]
    assert not assembly.doubts


def test_blank_and_written_backs_do_not_part_a_booklet() -> None:
    layout = booklet_layout(3, "")
    results: list[PageResult] = []
    for booklet in range(3):
        for sheet in (1, 2, 3):
            results.append(reading(layout, sheet, place=len(results) + 1))
            results.append(unread(len(results) + 1, "blank" if booklet else "not-registered"))
    assembly = joined(results, layout)
    assert len(assembly.booklets) == 3
    assert not any(booklet.missing_sheets for booklet in assembly.booklets)


def test_pictures_of_one_folder_are_joined_as_the_pages_of_a_file_are() -> None:
    layout = booklet_layout(3, "")
    results = [reading(layout, 1 + place % 3, place=1, name=f"room/{place:03d}.png") for place in range(9)]
    assembly = joined(results, layout)
    assert [len(booklet.answers) for booklet in assembly.booklets] == [4, 4, 4]
    del results[4]
    assert [booklet.missing_sheets for booklet in joined(results, layout).booklets] == [
        (),
        (2, 3),
        (1, 2),
        (),
    ]


def test_pictures_of_two_folders_are_not_joined() -> None:
    layout = booklet_layout(2, "")
    results = [reading(layout, 1, place=1, name="a/1.png"), reading(layout, 2, place=1, name="b/2.png")]
    assert [booklet.missing_sheets for booklet in joined(results, layout).booklets] == [(2,), (1,)]


@pytest.mark.parametrize(("order", "joins"), [((1, 2, 3), True), ((1, 3, 2), False)])
def test_a_page_whose_code_cannot_be_read_is_joined_only_between_its_neighbours(
    order: tuple[int, ...], joins: bool
) -> None:
    layout = booklet_layout(3)
    results = [reading(layout, sheet, place=sheet, code=code(1, sheet)) for sheet in (1, 2, 3)]
    second = [
        reading(layout, sheet, place=3 + place, code="" if sheet == 2 else code(2, sheet))
        for place, sheet in enumerate(order, 1)
    ]
    assembly = joined([*results, *second], layout, STUDENTS)
    assert (len(assembly.booklets) == 2) is joins
    assert bool(assembly.doubts) is not joins


def test_a_person_says_whose_a_page_without_a_legible_code_is() -> None:
    layout = booklet_layout(3)
    results = [reading(layout, sheet, place=sheet, code=code(1, sheet)) for sheet in (1, 2, 3)]
    results += [reading(layout, sheet, place=3 + sheet, code=code(2, sheet)) for sheet in (1, 3)]
    lost = reading(layout, 2, place=6)
    before = joined([*results, lost], layout, STUDENTS)
    name = f"student-{page_name(lost.source)}"
    assert [doubt.id for doubt in before.doubts] == [name]
    after = joined([*results, lost], layout, STUDENTS, {name: "3002"})
    assert [(booklet.student_id, booklet.missing_sheets) for booklet in after.booklets] == [
        ("3001", ()),
        ("3002", ()),
    ]
    assert not after.doubts
