"""``scangrade review RESULTS --second-look N``: from a sample to a promise on the report."""

import csv
import json
from pathlib import Path

import pypdfium2
import pytest

from pipeline.cli import run_command
from tests.rehearsal import grade_arguments, rehearse


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated scans of three students."""
    return rehearse(tmp_path_factory.mktemp("look"))


@pytest.fixture
def results(rehearsal: Path, tmp_path: Path) -> Path:
    """The scans, graded."""
    folder = tmp_path / "results"
    assert run_command([*grade_arguments(rehearsal, folder), "-q"]) in (0, 3)
    return folder


def draw(results: Path, *options: str) -> list[dict[str, str]]:
    arguments = ["review", str(results), "--second-look", "20", "--seed", "5", *options]
    assert run_command([*arguments, "-q"]) in (0, 3)
    return rows(results)


def rows(results: Path) -> list[dict[str, str]]:
    with (results / "second-look.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def fill(results: Path, decisions: list[str]) -> Path:
    table = rows(results)
    path = results / "second-look.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, table[0].keys())
        writer.writeheader()
        for row, decision in zip(table, decisions, strict=True):
            writer.writerow(row | {"decision": decision})
    return path


def take_in(results: Path, path: Path) -> int:
    return run_command(["review", str(results), "--decisions", str(path), "--by", "Ada", "-q"])


def status(results: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    run_command(["status", str(results), "--json"])
    values: dict[str, object] = json.loads(capsys.readouterr().out)
    return values


def test_a_sample_is_a_table_to_fill_in_and_pictures_to_look_at(results: Path) -> None:
    table = draw(results)
    assert [row["number"] for row in table] == [str(number) for number in range(1, 21)]
    assert sum(row["reading"] == "marked" for row in table) == 10
    assert {row["decision"] for row in table} == {""}
    pages = pypdfium2.PdfDocument(results / "second-look.pdf")
    text = pages[0].get_textpage().get_text_range()
    assert len(pages) == 1
    assert all(f"question {row['question']}, {row['option']}: {row['reading']}" in text for row in table)
    assert len(list(pages[0].get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) == 20
    pages.close()


def test_confirmed_marks_become_a_promise_in_status_and_json(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(results, capsys)["second_look"] is None
    draw(results)
    assert "second look: 20 of 20 marks wait for a person" in str(status(results, capsys)["notices"])
    assert take_in(results, fill(results, ["ok"] * 20)) in (0, 3)
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert (look["looked_at"], look["misread"], look["confidence"]) == (20, 0, 0.95)
    assert look["marked"]["at_most_per_10000"] == 2589
    run_command(["status", str(results)])
    assert "promise  second look: 20 marks confirmed, 0 misread: at most" in capsys.readouterr().out
    run_command(["regrade", str(results)])
    assert "promise  second look: 20 marks confirmed" in capsys.readouterr().out


def test_nothing_is_promised_while_a_row_of_the_last_sample_is_empty(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(results)
    assert take_in(results, fill(results, ["ok"] * 17 + [""] * 3)) in (0, 3)
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert (look["looked_at"], look["open"], look["at_most_per_10000"]) == (17, 3, None)
    said = "second look: 17 marks confirmed, 0 misread; no promise before the last sample is complete"
    for command in ("status", "regrade"):
        capsys.readouterr()
        run_command([command, str(results)])
        shown = capsys.readouterr().out
        assert f"promise  {said}: 3 rows are open" in shown
        assert "at most" not in shown
    assert run_command(["report", str(results), "-q"]) == 0
    assert f"{said[1:]}: 3 rows are open." in (results / "report.html").read_text("utf-8")
    assert take_in(results, fill(results, ["ok"] * 20)) in (0, 3)
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert (look["looked_at"], look["open"], look["marked"]["at_most_per_10000"]) == (20, 0, 2589)


def test_a_new_sample_takes_the_promise_back_until_it_is_complete(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(results)
    assert take_in(results, fill(results, ["ok"] * 20)) in (0, 3)
    assert run_command(["review", str(results), "--second-look", "30", "--seed", "6", "-q"]) in (0, 3)
    waiting = sum(row["decision"] == "" for row in rows(results))
    assert waiting
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert (look["looked_at"], look["open"], look["at_most_per_10000"]) == (20, waiting, None)


def test_a_misread_that_a_person_finds_is_counted_and_corrected(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = draw(results)
    wrong = next(n for n, row in enumerate(table) if row["question"] != "id" and row["reading"] == "marked")
    question = table[wrong]["question"]
    decisions = ["ok"] * 20
    decisions[wrong] = "empty"
    assert take_in(results, fill(results, decisions)) in (0, 3)
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert (look["looked_at"], look["misread"], look["marked"]["misread"]) == (20, 1, 1)
    with (results / "answers.csv").open(encoding="utf-8") as out:
        answers = {(row["student_id"], row["question"]): row for row in csv.DictReader(out)}
    corrected = answers[table[wrong]["student_id"], question]
    assert (corrected["chosen"], corrected["status"]) == ("", "decided")


def test_what_was_looked_at_keeps_its_verdict_when_a_new_sample_is_drawn(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(results)
    take_in(results, fill(results, ["ok"] * 20))
    again = draw(results)
    assert [row["decision"] for row in again] == [row["reading"] for row in again]
    assert all(row["note"] == "looked at before by Ada" for row in again)
    run_command(["review", str(results), "--second-look", "30", "--seed", "6", "-q"])
    look = status(results, capsys)["second_look"]
    assert isinstance(look, dict)
    assert look["looked_at"] == 20


def test_work_that_was_not_taken_in_is_not_written_over(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(results)
    before = fill(results, ["ok"] * 20).read_bytes()
    assert run_command(["review", str(results), "--second-look", "5"]) == 2
    assert "has decisions that have not been taken in" in capsys.readouterr().err
    assert (results / "second-look.csv").read_bytes() == before


def test_a_word_that_no_box_can_say_changes_nothing(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(results)
    assert take_in(results, fill(results, ["ok"] * 19 + ["perhaps"])) == 2
    assert "second-look.csv:21: 'perhaps' is not what a box can say: write ok | marked" in (
        capsys.readouterr().err
    )
    assert status(results, capsys)["second_look"] is None


def test_a_scan_that_is_gone_leaves_its_reason_in_the_place_of_the_picture(
    rehearsal: Path, results: Path
) -> None:
    scan = next((rehearsal / "scans").iterdir())
    hidden = scan.with_suffix(".hidden")
    scan.rename(hidden)
    try:
        draw(results)
    finally:
        hidden.rename(scan)
    pages = pypdfium2.PdfDocument(results / "second-look.pdf")
    assert "cannot be read" in pages[0].get_textpage().get_text_range()
    pages.close()


@pytest.mark.parametrize(
    "options", [["--seed", "4"], ["--second-look", "3", "--decisions", "x.csv"], ["--second-look", "0"]]
)
def test_review_does_one_thing_at_a_time(results: Path, options: list[str]) -> None:
    assert run_command(["review", str(results), *options]) == 2
