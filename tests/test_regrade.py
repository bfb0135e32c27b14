"""A key is corrected after the exam: who moves, who crosses the pass line, what is kept on record."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.changes import Changes, Standing, others_words
from pipeline.cli import run_command
from pipeline.formats import plain_cell
from pipeline.gather import gather_exams
from pipeline.key_changes import key_changes
from pipeline.reading import assemble
from pipeline.store import Result, Store
from tests.rehearsal import EXAM, grade_arguments, rehearse, without_evidence, write_exam

Output = pytest.CaptureFixture[str]
Rows = list[dict[str, str]]
TABLES = ("answers.csv", "grades.csv", "items.csv", "pages.csv", "review.csv")
GRADES = 'grades: {good: 3, "fair; =1+1": 1}\n'
TEXT = EXAM.replace("pass: 2\n", "pass: 2\n" + GRADES).replace("C: 27}, printed: C,", "C: 27},")
RIGHT_IS_FALSE = ("answer: true", "answer: false")


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans that were graded once into ``results``; their key and lists beside them."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    write_exam(rehearsal, TEXT)
    run_command(grade_arguments(rehearsal, rehearsal / "results", "-q"))
    return rehearsal


@pytest.fixture
def here(pile: Path, tmp_path: Path) -> Path:
    """A graded folder of one's own that knows its own key and lists."""
    here = shutil.copytree(pile, tmp_path / "here")
    with Store.open(here / "results") as store:
        store.put("keys", str(here / "tiny.yaml"))
        store.put("roster", str(here / "roster.csv"))
        store.put("sheets", [str(here / "sheets.csv")])
        store.put("scans", [])
    return here


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def change(here: Path, *changes: tuple[str, str]) -> None:
    """Change the key."""
    text = (here / "tiny.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (here / "tiny.yaml").write_text(text, "utf-8")


def regraded(here: Path, capsys: Output, *options: str) -> dict[str, Any]:
    """What a regrade says of its changes."""
    capsys.readouterr()
    assert run_command(["regrade", str(here / "results"), "--json", *options]) in (0, 3)
    values: dict[str, Any] = json.loads(capsys.readouterr().out)["changes"]
    return values


def points_of(results: Path, question: str) -> dict[str, str]:
    return {
        row["student_id"]: row["points"]
        for row in rows(results / "answers.csv")
        if row["question"] == question
    }


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of change of every file."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.iterdir())}


# --- who moves -------------------------------------------------------------------------------------


def test_a_corrected_key_moves_exactly_those_whose_points_it_changes(here: Path, capsys: Output) -> None:
    results = here / "results"
    before = points_of(results, "3")
    totals = {row["student_id"]: row for row in rows(results / "grades.csv")}
    change(here, RIGHT_IS_FALSE)
    found = regraded(here, capsys)
    after = points_of(results, "3")
    moved = {student for student in after if after[student] != before[student]}
    assert moved
    assert {mover["student_id"] for mover in found["movers"]} == moved
    ups = sum((before[student], after[student]) == ("0", "1") for student in moved)
    assert [(one["question"], one["up"], one["down"]) for one in found["questions"]] == [
        ("3", ups, len(moved) - ups)
    ]
    new = {row["student_id"]: row for row in rows(results / "grades.csv")}
    for mover in found["movers"]:
        student = mover["student_id"]
        assert (mover["old_points"], mover["new_points"]) == (
            totals[student]["points"],
            new[student]["points"],
        )
        grades = (plain_cell(totals[student]["grade"]), plain_cell(new[student]["grade"]))
        assert (mover["old_grade"], mover["new_grade"]) == grades
    assert found["keys"][0]["changed"] == ["question 3: answer T -> F"]


@pytest.mark.parametrize("how", ["fails now", "passes now"])
def test_those_who_cross_the_pass_line_are_named(here: Path, capsys: Output, how: str) -> None:
    results = here / "results"
    change(here, ("pass: 2", "pass: 3.5" if how == "passes now" else "pass: 0.5"))
    regraded(here, capsys)
    settled = [row for row in rows(results / "grades.csv") if row["status"] == "final"]
    between = {row["student_id"] for row in settled if 0.5 <= float(row["points"]) < 3.5}
    assert between
    change(here, ("pass: 3.5", "pass: 0.5") if how == "passes now" else ("pass: 0.5", "pass: 3.5"))
    found = regraded(here, capsys)
    assert {one["student_id"]: one["pass_line"] for one in found["pass_line"]} == dict.fromkeys(between, how)
    assert {row["student_id"] for row in rows(results / "changes.csv")} == between
    assert {row["reason"] for row in rows(results / "changes.csv")} == {
        found["keys"][0]["changed"][0].replace("exam:", "key:")
    }


def test_a_void_question_is_told_in_words_with_its_movers(here: Path, capsys: Output) -> None:
    results = here / "results"
    lost = {student for student, points in points_of(results, "1").items() if points == "0"}
    change(here, ("points: 1, options: {A: 7", "points: 1, void: everyone, options: {A: 7"))
    assert run_command(["regrade", str(results), "--preview"]) == 0
    said = capsys.readouterr().out
    assert "question 1: void none -> everyone" in said
    found = regraded(here, capsys)
    assert {one["student_id"] for one in found["movers"]} == lost
    assert {row["student_id"] for row in rows(results / "changes.csv")} == lost


def test_points_and_rule_of_a_question_are_told_from_old_to_new(here: Path, capsys: Output) -> None:
    change(
        here,
        ("kind: choices, points: 2,", "kind: choices, points: 3, rule: {name: moodle},"),
        ("total: 4", "total: 5"),
    )
    found = regraded(here, capsys, "--preview")
    (words,) = found["keys"][0]["changed"]
    assert words == "question 2: points 2 -> 3; rule all-or-nothing -> moodle"


def test_a_change_that_can_move_no_points_is_told_as_such(here: Path, capsys: Output) -> None:
    change(here, ("title: A tiny exam", "title: A small exam"))
    assert run_command(["regrade", str(here / "results"), "--preview"]) == 0
    said = capsys.readouterr().out
    assert "nothing in it that can change points" in said
    assert "nothing moves: 3 students" in said


def test_a_second_regrade_by_the_same_key_says_that_nothing_moves(here: Path, capsys: Output) -> None:
    results = here / "results"
    change(here, RIGHT_IS_FALSE)
    assert regraded(here, capsys)["moved"]
    assert rows(results / "changes.csv")
    found = regraded(here, capsys)
    assert (found["moved"], found["keys"], found["causes"]) == (0, [], [])
    assert rows(results / "changes.csv") == []
    with Store.open(results, write=False) as store:
        assert [one.what for one in store.publications()] == ["grade", "regrade"]


def test_a_decision_since_then_is_a_movement_with_its_cause(
    here: Path, capsys: Output, tmp_path: Path
) -> None:
    results = here / "results"
    answer = next(
        row for row in rows(results / "answers.csv") if row["question"] == "3" and row["points"] == "1"
    )
    with Store.open(results, write=False) as store:
        digest = store.sources()[0].sha256[:12]
    decisions = tmp_path / "decided.csv"
    decisions.write_text(f"doubt,decision\nanswer-{digest}-{answer['page']}-3,F\n", "utf-8")
    assert run_command(["review", str(results), "--decisions", str(decisions), "--by", "Ada"]) in (0, 3)
    (row,) = rows(results / "changes.csv")
    assert (row["student_id"], row["question"], row["old_points"], row["new_points"]) == (
        answer["student_id"],
        "3",
        "1",
        "0",
    )
    assert row["reason"] == "reading T -> F, decided by Ada"
    with Store.open(results, write=False) as store:
        last = store.publications()[-1]
    assert (last.what, last.moved) == ("review", 1)


def test_another_roster_is_told_as_the_cause(here: Path, capsys: Output) -> None:
    with (here / "roster.csv").open("a", encoding="utf-8") as file:
        file.write("9999,Late Student\n")
    found = regraded(here, capsys, "--preview")
    assert found["causes"] == ["the roster names other students"]
    assert [one["student_id"] for one in found["added"]] == ["9999"]
    assert found["movers"] == []


# --- what is written -------------------------------------------------------------------------------


def test_a_preview_leaves_every_byte_as_it_was(here: Path, capsys: Output) -> None:
    change(here, RIGHT_IS_FALSE)
    before = everything(here / "results")
    found = regraded(here, capsys, "--preview")
    assert found["moved"]
    assert everything(here / "results") == before


def test_a_preview_says_what_the_regrade_then_does(here: Path, capsys: Output) -> None:
    change(here, RIGHT_IS_FALSE)
    assert regraded(here, capsys, "--preview") == regraded(here, capsys)


def test_a_name_that_a_spreadsheet_would_run_is_safe_in_the_table_of_changes(
    here: Path, capsys: Output
) -> None:
    roster = rows(here / "roster.csv")
    with (here / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(roster[0]))
        writer.writeheader()
        writer.writerows([{**row, "name": '=HYPERLINK("x");"y"'} for row in roster])
    change(here, RIGHT_IS_FALSE)
    regraded(here, capsys)
    found = rows(here / "results" / "changes.csv")
    assert found
    assert {row["name"] for row in found} == {'\'=HYPERLINK("x");"y"'}
    assert {row["old_grade"] for row in found} <= {"good", "fair; '=1+1", ""}


def test_every_publication_is_on_record_with_its_keys(here: Path, capsys: Output) -> None:
    results = here / "results"
    first = (here / "tiny.yaml").read_bytes()
    change(here, RIGHT_IS_FALSE)
    moved = regraded(here, capsys)["moved"]
    capsys.readouterr()
    run_command(["status", str(results), "--json"])
    status = json.loads(capsys.readouterr().out)
    one, two = status["publications"]
    assert [one["what"], two["what"], two["moved"]] == ["grade", "regrade", moved]
    assert one["keys"][0]["hash"] != two["keys"][0]["hash"]
    with Store.open(results, write=False) as store:
        texts = {key.hash: key.text for key in store.key_versions()}
    assert texts[one["keys"][0]["hash"]] == first
    run_command(["status", str(results)])
    assert f"history  publication 2: regrade at {two['at']}, tiny-2026 by key" in capsys.readouterr().out


def test_the_changes_of_an_earlier_publication_can_be_shown_again(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results = here / "results"
    change(here, RIGHT_IS_FALSE)
    run_command(["regrade", str(results), "-q"])
    table = (results / "changes.csv").read_text("utf-8")
    run_command(["regrade", str(results), "-q"])
    capfd.readouterr()
    assert run_command(["status", str(results), "--changes", "2"]) == 0
    assert capfd.readouterr().out == table
    assert run_command(["status", str(results), "--changes", "7"]) == 2


def test_a_table_that_cannot_be_written_leaves_no_record(here: Path) -> None:
    results = here / "results"
    change(here, RIGHT_IS_FALSE)
    (results / "grades.csv").unlink()
    (results / "grades.csv").mkdir()
    assert run_command(["regrade", str(results), "-q"]) == 1
    with Store.open(results, write=False) as store:
        assert len(store.publications()) == 1


# --- folders and what they keep --------------------------------------------------------------------


def as_of_the_first_version(results: Path) -> None:
    """Take away everything that a folder of the first version of the database has not."""
    with sqlite3.connect(results / "run.sqlite") as connection:
        without_evidence(connection)
        for table in ("publications", "published", "published_questions", "derived"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM settings WHERE name = 'published'")
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_folder_from_before_records_is_compared_by_its_earlier_key(here: Path, capsys: Output) -> None:
    results = here / "results"
    change(here, RIGHT_IS_FALSE)
    expected = regraded(here, capsys, "--preview")
    as_of_the_first_version(results)
    before = everything(results)
    preview = regraded(here, capsys, "--preview")
    assert everything(results) == before
    assert preview["against"] == "keys"
    assert preview["movers"] == expected["movers"]
    assert regraded(here, capsys) == preview
    with Store.open(results, write=False) as store:
        assert [one.what for one in store.publications()] == ["regrade"]
    assert regraded(here, capsys)["moved"] == 0


def test_a_folder_from_before_records_has_a_status(here: Path, capsys: Output) -> None:
    as_of_the_first_version(here / "results")
    assert run_command(["status", str(here / "results"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["publications"] == []


def spoil_data(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE derived SET data = x'00112233'")


def spoil_end(connection: sqlite3.Connection) -> None:
    (data,) = connection.execute("SELECT data FROM derived").fetchone()
    connection.execute("UPDATE derived SET data = ?", (data[:-9],))


def take_away(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM derived")


@pytest.mark.parametrize("spoil", [spoil_data, spoil_end, take_away])
def test_what_was_joined_before_gives_the_same_tables_as_joining_again(
    here: Path, spoil: Callable[[sqlite3.Connection], None]
) -> None:
    results = here / "results"
    run_command(["regrade", str(results), "-q"])
    by_cache = {name: (results / name).read_bytes() for name in TABLES}
    with sqlite3.connect(results / "run.sqlite") as connection:
        spoil(connection)
    connection.close()
    run_command(["regrade", str(results), "-q"])
    assert {name: (results / name).read_bytes() for name in TABLES} == by_cache


def test_a_corrected_key_looks_at_no_box_again_and_a_new_roster_does(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[int] = []
    real = assemble

    def counted(results, *more):  # type: ignore[no-untyped-def]
        joined.append(len(results))
        return real(results, *more)

    monkeypatch.setattr("pipeline.joined.assemble", counted)
    change(here, RIGHT_IS_FALSE)
    run_command(["regrade", str(here / "results"), "-q"])
    assert joined == []
    with (here / "roster.csv").open("a", encoding="utf-8") as file:
        file.write("9999,Late Student\n")
    run_command(["regrade", str(here / "results"), "-q"])
    assert joined == [3]


# --- faults of exam files --------------------------------------------------------------------------


def test_grading_tells_faults_of_the_file_and_of_its_key_at_once(here: Path, capsys: Output) -> None:
    change(here, ("marking: any", "markng: any"), ("total: 4", "total: 9"))
    assert run_command(grade_arguments(here, here / "results")) == 2
    said = capsys.readouterr().err
    assert "markng" in said
    assert "total: says 9 points" in said


# --- what is said ----------------------------------------------------------------------------------


def test_a_tolerance_is_told_once(tmp_path: Path) -> None:
    exam = 'exam: e\nquestions:\n  - {id: "4", kind: number, points: 1, number: {digits: 2}, answer: 12}\n'
    path = write_exam(tmp_path, exam)
    (before,) = gather_exams(path).sources
    write_exam(tmp_path, exam.replace("digits: 2", "digits: 2, tolerance: {abs: 1}"))
    (found,) = key_changes([before], gather_exams(path))
    assert found.words == ("question 4: tolerance none -> abs 1",)


def test_recorded_errors_of_the_printed_solution_are_counted_in_one_line(here: Path, capsys: Output) -> None:
    change(here, ("answer: true", 'answer: true, printed: false, printed_is_wrong: "a slip"'))
    capsys.readouterr()
    run_command(["regrade", str(here / "results")])
    said = capsys.readouterr().out
    assert f"note     1 recorded printed error in the keys: scangrade key check {here}" in said
    assert "a slip" not in said
    run_command(["key", "check", str(here / "tiny.yaml")])
    assert "a slip" in capsys.readouterr().out


def test_booklets_that_were_nobodys_are_not_told_as_students_who_left() -> None:
    def gone(student_id: str, paper: str) -> Standing:
        who = Result(
            exam="e", version="A", student_id=student_id, paper=paper, name="", status="review",
            total="", grade="", passed="", points="", readings="",
        )  # fmt: skip
        return Standing(old=who, new=None, who=who, reason="")

    changes = Changes(gone=(gone("", "a.pdf 1"), gone("", "a.pdf 2"), gone("7", "")))
    assert others_words(changes) == ["1 not there any more", "2 nobody's before and settled now"]
