"""A whole batch, one to one: nobody gets another student's booklet, every unclear one is proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from pipeline.model import Assembly, Doubt
from tests.reading.id_sheets import DIGITS, Hall, students

WIDTH = 7


def dense(count: int) -> list[str]:
    """Ids in a row, as many registries give them: nearly every slip is another student's id."""
    return [f"{2045003 + place}" for place in range(count)]


def scattered(count: int) -> list[str]:
    """Ids that leave most numbers unused, leading zeros among them."""
    rng = np.random.default_rng(1)
    return [f"{number:07d}" for number in rng.choice(10**WIDTH, count, replace=False)]


def fault(student_id: str, kind: str, rng: np.random.Generator) -> list[str]:
    """The columns of an id grid as somebody in a hurry fills it in."""
    columns = list(student_id)
    place = int(rng.integers(len(columns)))
    digit = columns[place]
    other = DIGITS[(int(digit) + int(rng.integers(1, 10))) % 10]
    if kind == "late":
        return ["_", *columns[:-1]]
    if kind == "early":
        return [*columns[1:], "_"]
    if kind == "swapped":
        place = min(place, len(columns) - 2)
        columns[place : place + 2] = columns[place + 1], columns[place]
    elif kind == "gap":
        columns = [*columns[:place], "_", *columns[place:-1]]
    else:
        beside = DIGITS[min(9, int(digit) + 1)] if digit != "9" else "8"
        columns[place] = {
            "blank": "_",
            "doubled": digit + other,
            "unclear": digit + "?",
            "row": beside,
            "wrong": other,
        }[kind]
    return columns


FAULTS = ("late", "early", "swapped", "gap", "blank", "doubled", "unclear", "row", "wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a batch."""

    wrong: int
    """Booklets that stand for another student, with nobody asked."""
    faulty: int
    proposed: int
    """Faulty booklets of which the right student is among the first three that a person is shown."""
    first: int
    """Faulty booklets of which the right student is the first."""
    doubts: int


def sit(ids: Sequence[str], seed: int, share: float = 0.05) -> Outcome:
    """Everyone hands in; some grids have a fault that makes them say something else."""
    rng = np.random.default_rng(seed)
    hall, faulty = Hall(WIDTH), {}
    chosen = set(rng.choice(len(ids), int(share * len(ids)), replace=False).tolist())
    for place, student_id in enumerate(ids):
        columns = list(student_id)
        while place in chosen and columns == list(student_id):
            kind = FAULTS[int(rng.integers(len(FAULTS)))]
            columns = fault(student_id, kind, rng)
        if place in chosen:
            faulty[place + 1] = student_id
        hall.hand_in(columns, "AB"[place % 2] + "AB"[place // 2 % 2])
    return judge(hall.collect(students(*ids)), list(ids), faulty)


def judge(assembly: Assembly, ids: Sequence[str], faulty: dict[int, str]) -> Outcome:
    """Compare a batch with its truth: page n was handed in by the nth student."""
    asked: dict[int, list[Doubt]] = {}
    for doubt in assembly.doubts:
        asked.setdefault(doubt.page, []).append(doubt)
    withheld = {booklet.serial for booklet in assembly.booklets if booklet.open_questions}
    wrong = sum(
        booklet.student_id != ids[(booklet.serial or 0) - 1]
        for booklet in assembly.booklets
        if booklet.serial not in withheld and booklet.serial not in asked
    )
    shown = {page: proposals(asked.get(page, [])) for page in faulty}
    return Outcome(
        wrong=wrong,
        faulty=len(faulty),
        proposed=sum(student in shown[page][:3] for page, student in faulty.items()),
        first=sum(student in shown[page][:1] for page, student in faulty.items()),
        doubts=len(assembly.doubts),
    )


def proposals(doubts: Sequence[Doubt]) -> list[str]:
    return [
        choice.partition(" (")[0]
        for doubt in doubts
        if doubt.kind == "student"
        for choice in doubt.choices.split(" | ")
    ]


@pytest.mark.parametrize("ids", [dense(300), scattered(300)], ids=["dense", "scattered"])
@pytest.mark.parametrize("seed", [1, 2])
def test_of_300_students_with_faulty_grids_nobody_gets_anothers_booklet(ids: list[str], seed: int) -> None:
    outcome = sit(ids, seed)
    assert outcome.faulty == 15
    assert (outcome.wrong, outcome.proposed) == (0, 15)


def test_once_a_person_has_said_what_stands_on_the_paper_everyone_has_their_own_booklet() -> None:
    """One student's id is misread as another's, whose own grid is unclear: the answer shows both."""
    hall, ids = Hall(WIDTH), dense(40)
    for place, student_id in enumerate(ids):
        columns = list(student_id)
        if place == 20:
            columns[-1] = ids[21][-1]
        if place == 21:
            columns[-1] = "_"
        hall.hand_in(columns, "AB"[place % 2] + "A")
    roster, decisions, rounds = students(*ids), dict[str, str](), 0
    while asked := [d for d in hall.collect(roster, decisions=decisions).doubts if d.kind == "student"]:
        decisions |= {doubt.id: ids[doubt.page - 1] for doubt in asked}
        rounds += 1
    assembly = hall.collect(roster, decisions=decisions)
    assert rounds == 2
    assert not assembly.doubts
    assert [booklet.student_id for booklet in assembly.booklets] == ids


def test_a_batch_without_faults_asks_nobody() -> None:
    assert sit(dense(50), 1, share=0.0).doubts == 0


# --- two booklets that claim one student --------------------------------------------------------


def test_a_misread_digit_that_is_another_students_id_is_shown_with_both_students() -> None:
    hall = Hall(WIDTH)
    hall.hand_in("2045003", "AA")
    hall.hand_in("2045003", "BB")
    roster = students("2045003", "2045008")
    assembly = hall.collect(roster)
    assert all(answer.doubtful for answer in assembly.booklets[0].answers.values())
    asked = {doubt.id: doubt for doubt in assembly.doubts}
    mine = [doubt for doubt in asked.values() if doubt.kind == "student"]
    assert [doubt.page for doubt in mine] == [1, 2]
    assert all("2045008 (Name 2045008)" in doubt.choices for doubt in mine)
    settled = hall.collect(roster, decisions={mine[1].id: "2045008"})
    assert [booklet.student_id for booklet in settled.booklets] == ["2045003", "2045008"]
    assert not settled.doubts
    assert not settled.absent


def test_equal_answers_on_two_printed_sheets_do_not_make_one_a_copy_of_the_other() -> None:
    hall = Hall(WIDTH)
    hall.hand_in("2045003", "AB")
    hall.hand_in("2045003", "AB")
    assembly = hall.collect(students("2045003", "9999999"))
    assert [doubt.kind for doubt in assembly.doubts] == ["page"]
    assert all(answer.doubtful for answer in assembly.booklets[0].answers.values())


def test_the_same_paper_without_a_serial_scanned_twice_is_a_duplicate() -> None:
    hall = Hall(WIDTH, coded=False)
    hall.hand_in("2045003", "AB")
    hall.hand_in("2045003", "AB")
    assembly = hall.collect(students("2045003", "9999999"))
    assert [entry.outcome for entry in assembly.ledger] == ["read", "duplicate"]
    assert not assembly.doubts


def test_equal_answers_are_no_duplicate_while_somebody_with_nearly_that_id_has_no_booklet() -> None:
    hall = Hall(WIDTH, coded=False)
    hall.hand_in("2045003", "AB")
    hall.hand_in("2045003", "AB")
    assembly = hall.collect(students("2045003", "2045008"))
    assert {doubt.kind for doubt in assembly.doubts} == {"page", "student"}


def test_three_booklets_of_one_student_are_asked_about_until_one_counts() -> None:
    hall = Hall(WIDTH)
    for answers in ("AA", "AB", "BB"):
        hall.hand_in("2045003", answers)
    roster = students("2045003")
    asked = [doubt.id for doubt in hall.collect(roster).doubts]
    assert len(asked) == 2
    assert [d.id for d in hall.collect(roster, decisions={asked[0]: "ignore"}).doubts] == asked[1:]
    counted = hall.collect(roster, decisions={asked[1]: "count"})
    assert not counted.doubts
    assert counted.booklets[0].answers["1"].chosen == ("B",)
    assert [entry.outcome for entry in counted.ledger] == ["duplicate", "duplicate", "read"]


def test_a_spare_sheet_of_a_student_whose_printed_sheet_came_back_too_is_shown() -> None:
    hall = Hall(WIDTH)
    hall.hand_in("_______", "AA")
    hall.hand_in("2045003", "AB")
    assembly = hall.collect(students("2045003", "9999999"), printed={1: "2045003"})
    assert [doubt.kind for doubt in assembly.doubts] == ["page"]


def test_a_code_that_is_printed_on_every_sheet_is_no_sticker() -> None:
    roster = students("2045003", "2045008", codes={"2045003": "E1", "2045008": "E2"})
    hall = Hall(WIDTH)
    hall.hand_in("2045003", stickers=["FORM-7"])
    hall.hand_in("2045008", stickers=["FORM-7", "E2"])
    assert not hall.collect(roster).doubts
    alone = Hall(WIDTH)
    alone.hand_in("2045003", stickers=["FORM-7"])
    assert "belongs to nobody" in alone.collect(roster).doubts[0].reason


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "Ng; Ada", "O'Hara | Bo", "李 雷"])
def test_a_decision_may_be_the_proposal_as_it_stands_whatever_the_name(name: str) -> None:
    hall = Hall(WIDTH)
    hall.hand_in("204500_")
    roster = {"2045003": replace(students("2045003")["2045003"], name=name)}
    (doubt,) = hall.collect(roster).doubts
    assert doubt.choices == f"2045003 ({name})"
    assert hall.collect(roster, decisions={doubt.id: doubt.choices}).booklets[0].student_id == "2045003"


# --- photocopies -------------------------------------------------------------------------------


def test_a_photocopy_with_an_unclear_id_is_nobodys_and_not_another_students_second_copy() -> None:
    hall = Hall(WIDTH)
    for columns in ("2045003", ["2", "0", "4", "5", "0", "0", "8?"], "2045017"):
        hall.hand_in(columns, "AA", serial=9)
    assembly = hall.collect(students("2045003", "2045008", "2045017"))
    assert [booklet.student_id for booklet in assembly.booklets] == ["2045003", "", "2045017"]
    (doubt,) = assembly.doubts
    assert doubt.choices.startswith("2045008")


def test_two_photocopies_are_told_apart_when_one_id_is_unclear_and_contradicts_the_other() -> None:
    hall = Hall(WIDTH)
    hall.hand_in("2045003", "AA", serial=9)
    hall.hand_in(["2", "0", "4", "5", "0", "8", "3?"], "AA", serial=9)
    assembly = hall.collect(students("2045003", "2045083"))
    assert [booklet.student_id for booklet in assembly.booklets] == ["2045003", ""]


def test_a_second_scan_of_a_sheet_with_an_unclear_id_is_still_the_same_sheet() -> None:
    hall = Hall(WIDTH)
    hall.hand_in(["2", "0", "4", "5", "0", "0", "3?"], "AA", serial=9)
    hall.hand_in("2045003", "AA", serial=9)
    assembly = hall.collect(students("2045003", "2045008"))
    assert [booklet.student_id for booklet in assembly.booklets] == ["2045003"]
    assert not assembly.doubts
