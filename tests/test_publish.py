"""What a person has typed into review.csv, and not handed in, outlives a run."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import UsageFault
from pipeline.grades import Graded
from pipeline.model import Decision
from pipeline.publish import BatchReport, publish_grades
from tests.test_grades import graded


def publish(folder: Path, made: Graded, *, by: Sequence[Decision] = (), lost: bool = True) -> BatchReport:
    return publish_grades(
        folder,
        made,
        write_marks=False,
        decisions=by,
        changes=(),
        notices=(),
        refuse_lost=lost,
    )


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "review.csv").open(encoding="utf-8", newline="") as file:
        return {row["doubt"]: row for row in csv.DictReader(file)}


def type_in(folder: Path, delimiter: str = ",", **typed: tuple[str, str]) -> None:
    """Fill in decision and note of doubts, as a spreadsheet saves it."""
    table = rows(folder)
    for doubt, (decision, note) in typed.items():
        table[doubt] |= {"decision": decision, "note": note}
    with (folder / "review.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(next(iter(table.values()))), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(table.values())


@pytest.fixture
def open_doubts(tmp_path: Path) -> Graded:
    """Doubts d1 and d2.a, published once."""
    made = graded(tmp_path)
    publish(tmp_path, made)
    return made


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_typed_decisions_stay_where_the_doubt_is_still_open(
    tmp_path: Path, open_doubts: Graded, delimiter: str
) -> None:
    type_in(tmp_path, delimiter, **{"d1": ("T", "clear on paper"), "d2.a": ("", "ask Ada")})
    report = publish(tmp_path, open_doubts)
    found = {doubt: (row["decision"], row["note"]) for doubt, row in rows(tmp_path).items()}
    assert found == {"d1": ("T", "clear on paper"), "d2.a": ("", "ask Ada")}
    (said,) = report.summary.notices
    assert said.startswith("review.csv has 1 decision that is not handed in yet: scangrade review ")


def test_a_typed_decision_whose_doubt_would_be_gone_stops_the_run_before_it_writes(
    tmp_path: Path, open_doubts: Graded
) -> None:
    type_in(tmp_path, d1=("T", ""))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".csv"}
    void = graded(tmp_path, void=", void: everyone")
    with pytest.raises(UsageFault, match=r"d1: T") as caught:
        publish(tmp_path, void)
    assert f"--decisions {tmp_path / 'review.csv'}" in caught.value.hint
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".csv"} == before
    assert [doubt.id for doubt in open_doubts.assembly.doubts] == ["d1", "d2.a"]


def test_a_review_that_settles_it_otherwise_tells_what_was_typed(tmp_path: Path, open_doubts: Graded) -> None:
    type_in(tmp_path, d1=("T", ""))
    assert "d1" in open_doubts.impacts
    report = publish(tmp_path, graded(tmp_path, void=", void: everyone"), lost=False)
    assert "review.csv said T of d1" in report.summary.notices[0]


def test_what_was_handed_in_is_not_waiting(tmp_path: Path, open_doubts: Graded) -> None:
    type_in(tmp_path, d1=("T", ""))
    made = Decision(doubt="d1", value="T", by="Ada", at="2026-01-01T00:00:00Z", note="")
    report = publish(tmp_path, graded(tmp_path, void=", void: everyone"), by=[made])
    assert report.summary.notices == []
    assert open_doubts.impacts.keys() - rows(tmp_path).keys() == {"d1"}
