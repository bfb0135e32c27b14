"""Whose booklet it is: certain, or shown to a person."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

from pipeline.model import Student
from pipeline.reading.assignment import assign
from pipeline.reading.id_grid import IdGrid
from pipeline.reading.identity import Evidence, Identity, Roster, identify
from pipeline.reading.proposals import propose
from tests.reading.id_sheets import LETTERS, grid_of, students

IDS = ("007001", "007002", "123456", "654321")
ROSTER = students(*IDS, codes={student_id: f"E{student_id}" for student_id in IDS})


def whose(
    grid: Sequence[str] = (),
    *,
    printed: str = "",
    stickers: Sequence[str] = (),
    roster: Mapping[str, Student] | None = ROSTER,
    by_code: bool = False,
    alphabet: str = "0123456789",
) -> Identity:
    evidence = Evidence(
        printed=printed,
        grid=grid_of(grid, alphabet) if grid else IdGrid(),
        stickers=stickers,
        by_code=by_code,
    )
    return identify(evidence, None if roster is None else Roster(roster))


def proposed(identity: Identity, roster: Mapping[str, Student] = ROSTER) -> tuple[str, ...]:
    return propose({0: identity}, (), Roster(roster))[0]


def test_a_printed_sheet_belongs_to_the_student_it_was_printed_for() -> None:
    identity = whose(printed="007001")
    assert (identity.student_id, identity.reason) == ("007001", "")


def test_a_grid_that_contradicts_the_printed_student_goes_to_a_person() -> None:
    identity = whose("123456", printed="007001")
    assert "printed for 007001 but its grid says 123456" in identity.reason
    assert proposed(identity)[:2] == ("007001", "123456")


@pytest.mark.parametrize(
    "grid",
    [
        pytest.param(["3", "0", "7", "0", "0", "1"], id="another digit"),
        pytest.param(["35", "0", "7", "0", "0", "1"], id="two marks, none of them right"),
        pytest.param(["3?", "0", "7", "0", "0", "1"], id="an unclear mark in another place"),
    ],
)
def test_one_column_that_cannot_be_the_printed_student_is_a_contradiction(grid: list[str]) -> None:
    assert "printed for 007001" in whose(grid, printed="007001").reason


@pytest.mark.parametrize(
    "grid",
    [
        pytest.param(["0?", "0", "7", "0", "0", "1"], id="an unclear column"),
        pytest.param(["03", "0", "7", "0", "0", "1"], id="two marks, one of them right"),
        pytest.param(["0", "0", "7", "_", "_", "_"], id="begun and left"),
        pytest.param(["_"] * 6, id="blank"),
    ],
)
def test_a_grid_that_may_say_the_printed_student_is_no_contradiction(grid: list[str]) -> None:
    identity = whose(grid, printed="007001")
    assert (identity.student_id, identity.reason) == ("007001", "")


def test_leading_zeros_of_an_id_are_kept() -> None:
    assert whose("007001").student_id == "007001"


def test_an_id_on_the_roster_with_one_doubtful_digit_goes_to_a_person() -> None:
    identity = whose(["1", "2", "3", "4", "5", "6?"])
    assert (identity.student_id, bool(identity.reason)) == ("", True)
    assert proposed(identity)[0] == "123456"


def test_letters_of_an_id_match_the_roster_in_either_case() -> None:
    roster = students("s12b", "s12c")
    assert whose("S12B", roster=roster, alphabet=LETTERS).student_id == "s12b"
    assert proposed(whose(["S", "1", "2", "B?"], roster=roster, alphabet=LETTERS), roster)[0] == "s12b"


def test_ids_that_differ_in_their_case_alone_are_never_taken_for_each_other() -> None:
    assert not whose("S12B", roster=students("s12b", "s12B"), alphabet=LETTERS).on_roster


@pytest.mark.parametrize("grid", ["1234__", "__1234"])
def test_an_id_shorter_than_the_grid_is_taken_when_no_other_can_be_meant(grid: str) -> None:
    assert whose(grid, roster=students("1234", "567890")).student_id == "1234"
    longer = "123477" if grid.startswith("1") else "771234"
    identity = whose(grid, roster=students("1234", longer))
    assert identity.student_id == ""
    assert set(proposed(identity, students("1234", longer))) == {"1234", longer}


# --- stickers ------------------------------------------------------------------------------------


def test_a_sticker_names_the_student() -> None:
    assert whose(stickers=["E123456"]).student_id == "123456"


def test_a_sticker_may_say_the_id_itself() -> None:
    assert whose(stickers=["123456"], roster=students("123456")).student_id == "123456"


def test_two_stickers_of_different_students_go_to_a_person() -> None:
    identity = whose(stickers=["E123456", "E654321"])
    assert identity.student_id == ""
    assert set(proposed(identity)) == {"123456", "654321"}


def test_a_code_that_two_students_share_goes_to_a_person() -> None:
    roster = students("1", "2", codes={"1": "X", "2": "X"})
    assert whose(stickers=["X"], roster=roster).reason == "it carries the codes of several students"


def test_a_sticker_that_belongs_to_nobody_goes_to_a_person_even_beside_a_clear_grid() -> None:
    identity = whose("123456", stickers=["E999999"])
    assert identity.student_id == ""
    assert "'E999999' on it belongs to nobody" in identity.reason
    assert proposed(identity)[0] == "123456"


def test_a_foreign_code_says_nothing_where_the_roster_has_no_codes() -> None:
    assert whose("123456", stickers=["9783161484100"], roster=students("123456")).student_id == "123456"


@pytest.mark.parametrize("printed", ["", "007001"])
def test_a_sticker_and_what_contradicts_it_go_to_a_person(printed: str) -> None:
    grid = "" if printed else "007001"
    identity = whose(grid, printed=printed, stickers=["E123456"])
    assert identity.reason
    assert set(proposed(identity)[:2]) == {"007001", "123456"}


def test_a_sticker_that_agrees_with_the_print_and_the_grid_is_certain() -> None:
    assert not whose("123456", printed="123456", stickers=["E123456"]).reason
    assert not whose(["1", "2", "3", "4", "5", "6?"], stickers=["E123456"]).reason


# --- nothing is repaired ------------------------------------------------------------------------

SLIPS = {
    "a blank column": ["1", "2", "3", "4", "5", "_"],
    "two marks in a column": ["1", "2", "3", "45", "5", "6"],
    "an unclear column": ["1", "2", "3", "4?", "5", "6"],
    "a column too late": ["_", "1", "2", "3", "4", "5"],
    "a column too early": ["2", "3", "4", "5", "6", "_"],
    "swapped neighbours": ["1", "2", "3", "4", "6", "5"],
    "the next row": ["1", "2", "3", "5", "5", "6"],
    "a gap in the middle": ["1", "2", "_", "3", "4", "5"],
}


@pytest.mark.parametrize("grid", SLIPS.values(), ids=SLIPS.keys())
def test_an_incomplete_or_slightly_wrong_id_is_proposed_and_never_repaired(grid: list[str]) -> None:
    identity = whose(grid)
    assert identity.student_id != "123456"
    assert identity.reason
    assert proposed(identity)[0] == "123456"


def test_an_id_far_from_everyone_is_unlisted_without_a_doubt() -> None:
    identity = whose("999999")
    assert (identity.student_id, identity.on_roster, identity.reason) == ("999999", False, "")


def test_without_a_roster_a_complete_id_is_taken_as_it_is() -> None:
    identity = whose("999999", roster=None)
    assert (identity.student_id, identity.on_roster, identity.reason) == ("999999", True, "")
    assert whose(["9", "9?"], roster=None).reason
    assert whose(stickers=["K7"], roster=None, by_code=True).student_id == "K7"


def test_nothing_marked_at_all_goes_to_a_person_who_sees_who_is_left() -> None:
    identity = whose()
    assert identity.reason == "no student id is marked on it"
    assert propose({0: identity}, IDS[:2], Roster(ROSTER))[0] == IDS[2:]
    assert propose({0: identity}, (), Roster(ROSTER))[0] == ()


def test_whoever_has_a_booklet_already_is_proposed_after_those_who_have_none() -> None:
    roster = Roster(students("100001", "100002", "100003"))
    identity = identify(Evidence(grid=grid_of("10000_")), roster)
    assert propose({0: identity}, ["100001", "100002"], roster)[0][0] == "100003"


def test_two_unclear_booklets_are_first_proposed_to_different_students() -> None:
    roster = Roster(students("100001", "100005"))
    either = identify(Evidence(grid=grid_of(["1", "0", "0", "0", "0", "15"])), roster)
    blank = identify(Evidence(grid=grid_of(["1", "0", "0", "0", "0", "1?"])), roster)
    found = propose({0: either, 1: blank}, (), roster)
    assert (found[0][0], found[1][0]) == ("100005", "100001")


@settings(max_examples=60, deadline=None)
@given(
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=7).flatmap(
        lambda shape: hnp.arrays(float, (min(shape), max(shape)), elements=st.floats(0, 9))
    )
)
def test_an_assignment_costs_as_little_as_can_be(costs: np.ndarray) -> None:
    chosen = assign(costs)
    rows, columns = linear_sum_assignment(costs)
    assert len(set(chosen.tolist())) == len(costs)
    assert costs[np.arange(len(costs)), chosen].sum() == pytest.approx(costs[rows, columns].sum())


def test_a_person_may_write_an_id_or_the_whole_proposal() -> None:
    roster = Roster({"7": Student(student_id="7", name="=cmd;(x)"), "s8": Student(student_id="s8", name="B")})
    assert roster.named(roster.label("7")) == "7"
    assert (roster.named(" S8 "), roster.named("S8 (B)"), roster.named("9 (B)")) == ("s8", "s8", "9 (B)")
