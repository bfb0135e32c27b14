"""Whose booklet it is: certain, or shown to a person with the best matches."""

import pytest

from pipeline.model import Student
from pipeline.reading.identity import closest, edits, identify

ROSTER = {
    number: Student(student_id=number, name=f"Student {number}", code=f"E{number}")
    for number in ("007001", "007002", "123456", "654321")
}


def whose(printed: str = "", grid: str = "", doubt: str = "", stickers: tuple[str, ...] = (), roster=ROSTER):  # type: ignore[no-untyped-def]
    return identify(printed=printed, grid=grid, grid_doubt=doubt, stickers=stickers, roster=roster)


def test_a_printed_sheet_belongs_to_the_student_it_was_printed_for() -> None:
    identity = whose(printed="007001")
    assert (identity.student_id, identity.reason) == ("007001", "")


def test_a_grid_that_contradicts_the_printed_student_goes_to_a_person() -> None:
    identity = whose(printed="007001", grid="123456")
    assert "printed for 007001 but its grid says 123456" in identity.reason
    assert identity.proposals == ("007001", "123456")


def test_an_unclear_column_that_fits_the_printed_student_is_no_contradiction() -> None:
    identity = whose(printed="007001", grid="?07001", doubt="column 1 is unclear")
    assert (identity.student_id, identity.reason) == ("007001", "")


def test_leading_zeros_of_an_id_are_kept() -> None:
    assert whose(grid="007001").student_id == "007001"


def test_a_sticker_names_the_student() -> None:
    assert whose(stickers=("E123456",)).student_id == "123456"


def test_two_stickers_of_different_students_go_to_a_person() -> None:
    identity = whose(stickers=("E123456", "E654321"))
    assert (identity.student_id, len(identity.proposals)) == ("", 2)


@pytest.mark.parametrize("grid", ["12345_", "1234?6", "_12345", "123465", "12456"])
def test_an_incomplete_or_slightly_wrong_id_is_proposed_and_never_repaired(grid: str) -> None:
    identity = whose(grid=grid, doubt="column 5 is unclear" if "?" in grid else "")
    assert identity.student_id != "123456"
    assert identity.reason
    assert identity.proposals[0] == "123456"


def test_an_id_far_from_everyone_is_unlisted_without_a_doubt() -> None:
    identity = whose(grid="999999")
    assert (identity.student_id, identity.on_roster, identity.reason) == ("999999", False, "")


def test_without_a_roster_a_complete_id_is_taken_as_it_is() -> None:
    identity = whose(grid="999999", roster=None)
    assert (identity.student_id, identity.on_roster, identity.reason) == ("999999", True, "")


def test_nothing_marked_at_all_goes_to_a_person() -> None:
    assert whose().reason == "no student id is marked on it"


def test_edits_count_what_a_hurried_student_does() -> None:
    assert edits("123456", "123456") == 0
    assert edits("123465", "123456") == 1
    assert edits("12?456", "123456") == 0
    assert edits("23456", "123456") == 1
    assert closest("888888", ROSTER) == ()
