"""What a results folder knows of its keys and lists, and what it tells of them."""

import csv
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import run_command
from pipeline.store import Store
from tests.rehearsal import EXAM, OTHER_EXAM, rehearse, without_evidence, write_exam
from tests.test_regrade import as_of_the_first_version

Output = pytest.CaptureFixture[str]
RIGHT_IS_FALSE = ("answer: true", "answer: false")
CREDITS_EXAM = """\
exam: credits-2026
title: Credits
marking: any
student_id: {kind: digits, length: 4}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 7, B: 9}, answer: A}
  - {id: "2", kind: credits, credits: {max: 2, step: 1/2}}
"""


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of two exams of the same students: ``tiny/``, ``other/``, their keys in ``keys/``."""
    folder = tmp_path_factory.mktemp("pile")
    tiny = rehearse(folder)
    shutil.move(tiny, folder / "tiny")
    keys = folder / "keys"
    write_exam(keys, EXAM.replace("C: 27}, printed: C,", "C: 27},"), "tiny.yaml")
    exam = write_exam(keys, OTHER_EXAM.replace("C: 27}, printed: C,", "C: 27},"), "other.yaml")
    roster = ["--roster", str(folder / "tiny" / "roster.csv")]
    options = ["--seed", "8", "--profile", "clean-300", "-q"]
    assert run_command(["simulate", str(exam), "-o", str(folder / "other"), *roster, *options]) == 0
    return folder


@pytest.fixture
def here(pile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, graded with the paths as they are typed in it."""
    here = shutil.copytree(pile, tmp_path / "here")
    monkeypatch.chdir(here)
    assert grade("-q") in (0, 3)
    return here


def grade(*options: str) -> int:
    lists = ["--roster", "tiny/roster.csv", "--sheets", "tiny/sheets.csv", "--sheets", "other/sheets.csv"]
    scans = ["tiny/scans", "other/scans"]
    return run_command(["grade", *scans, "--keys", "keys", *lists, "-o", "results", "-j", "1", *options])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def change(key: Path, *changes: tuple[str, str]) -> None:
    text = key.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    key.write_text(text, "utf-8")


def regraded(results: Path, capsys: Output, *options: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run_command(["regrade", str(results), "--json", *options]) in (0, 3)
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


# --- keys ------------------------------------------------------------------------------------------


def test_an_exam_whose_file_is_gone_is_graded_by_its_copy_and_that_is_said(
    here: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = here / "results"
    before = rows(results / "grades.csv")
    (here / "new").mkdir()
    (here / "keys" / "tiny.yaml").rename(here / "new" / "tiny.yaml")
    (here / "keys").rename(here / "old")
    monkeypatch.chdir(tmp_path)
    found = regraded(results, capsys, "--keys", str(here / "new" / "tiny.yaml"))
    assert any(
        "other-2026 is graded by the copy in run.sqlite" in notice
        and f"its file {here / 'keys' / 'other.yaml'} is gone" in notice
        for notice in found["notices"]
    )
    assert found["changes"]["moved"] == 0
    assert rows(results / "grades.csv") == before
    again = regraded(results, capsys)
    assert [notice for notice in again["notices"] if "tiny-2026 is graded by the copy" in notice] == []


def test_who_each_sheet_was_printed_for_outlives_its_list(here: Path, capsys: Output) -> None:
    results = here / "results"
    with Store.open(results, write=False) as store:
        printed = store.get("printed")
    assert {student for _, _, student in printed} >= {
        row["student_id"] for row in rows(results / "grades.csv")
    }
    (here / "tiny" / "sheets.csv").unlink()
    for _ in range(2):
        found = regraded(results, capsys)
        assert found["changes"]["causes"] == []
        with Store.open(results, write=False) as store:
            assert store.get("printed") == printed


def test_every_corrected_file_counts_when_only_one_is_named(here: Path, capsys: Output) -> None:
    for name in ("tiny.yaml", "other.yaml"):
        change(here / "keys" / name, RIGHT_IS_FALSE)
    found = regraded(here / "results", capsys, "--keys", "keys/tiny.yaml")
    assert {key["exam"] for key in found["changes"]["keys"]} == {"tiny-2026", "other-2026"}
    assert any("by its own file, which was changed: other-2026" in notice for notice in found["notices"])
    change(here / "keys" / "other.yaml", RIGHT_IS_FALSE[::-1])
    found = regraded(here / "results", capsys)
    assert [key["exam"] for key in found["changes"]["keys"]] == ["other-2026"]


def test_exams_that_were_not_named_are_told_to_be_as_before(here: Path, capsys: Output) -> None:
    change(here / "keys" / "tiny.yaml", RIGHT_IS_FALSE)
    found = regraded(here / "results", capsys, "--keys", "keys/tiny.yaml", "--preview")
    assert found["notices"] == ["keys/tiny.yaml has tiny-2026; by the same key as before: other-2026"]


def test_a_fault_in_a_file_that_was_not_named_is_told(here: Path, capsys: Output) -> None:
    change(here / "keys" / "other.yaml", ("answer: true", "anwser: true"))
    capsys.readouterr()
    assert run_command(["regrade", "results", "--keys", "keys/tiny.yaml"]) == 2
    assert "other.yaml" in capsys.readouterr().err


def test_a_run_that_publishes_nothing_leaves_the_keys_as_they_were(here: Path, capsys: Output) -> None:
    results = here / "results"
    as_of_the_first_version(results)
    with Store.open(results) as store:
        before = store.keys()
    change(here / "keys" / "tiny.yaml", RIGHT_IS_FALSE)
    table = results / "grades.csv"
    table.unlink()
    table.mkdir()
    assert run_command(["regrade", str(results), "-q"]) == 1
    with Store.open(results, write=False) as store:
        assert store.keys() == before
    table.rmdir()
    assert regraded(results, capsys)["changes"]["moved"]


# --- records ---------------------------------------------------------------------------------------


def test_the_first_publication_of_an_upgraded_folder_is_on_record(here: Path, capsys: Output) -> None:
    results = here / "results"
    as_of_the_first_version(results)
    assert regraded(results, capsys)["changes"]["keys"] == []
    with Store.open(results, write=False) as store:
        assert [one.what for one in store.publications()] == ["regrade"]
    change(here / "keys" / "tiny.yaml", RIGHT_IS_FALSE)
    found = regraded(results, capsys)["changes"]
    assert (found["against"], found["moved"] > 0) == ("published", True)


def test_results_that_were_published_without_a_record_are_compared_with(here: Path, capsys: Output) -> None:
    results = here / "results"
    with sqlite3.connect(results / "run.sqlite") as connection:
        connection.execute("DELETE FROM publications")
    connection.close()
    assert regraded(results, capsys, "--preview")["changes"]["against"] == "published"


def as_of_the_second_version(results: Path) -> None:
    with sqlite3.connect(results / "run.sqlite") as connection:
        without_evidence(connection)
        for table, column in (("published", "max_points"), ("published", "percent"), ("publications", "why")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def test_a_folder_without_maxima_is_looked_at_and_upgraded(here: Path, capsys: Output) -> None:
    results = here / "results"
    as_of_the_second_version(results)
    change(here / "keys" / "tiny.yaml", RIGHT_IS_FALSE)
    preview = regraded(results, capsys, "--preview")["changes"]
    assert preview["moved"]
    assert preview["maximums"] == []
    assert run_command(["status", str(results), "-q"]) == 0
    assert regraded(results, capsys)["changes"]["movers"] == preview["movers"]


@pytest.mark.parametrize("command", ["grade", "review"])
def test_every_command_tells_that_an_edited_key_moves_students(
    here: Path, capsys: Output, command: str
) -> None:
    results = here / "results"
    answer = next(row for row in rows(results / "answers.csv") if row["exam"] == "other-2026")
    change(here / "keys" / "tiny.yaml", RIGHT_IS_FALSE)
    capsys.readouterr()
    if command == "grade":
        assert grade() in (0, 3)
    else:
        with Store.open(results, write=False) as store:
            digest = next(one.sha256 for one in store.sources() if one.file == answer["file"])[:12]
        decided = f"answer-{digest}-{answer['page']}-{answer['question']},{answer['chosen'] or 'blank'}"
        (here / "decided.csv").write_text(f"doubt,decision\n{decided}\n", "utf-8")
        arguments = ["review", "results", "--decisions", "decided.csv", "--by", "Ada"]
        assert run_command(arguments) in (0, 3)
    said = capsys.readouterr().out
    moved = {row["student_id"] for row in rows(results / "changes.csv") if row["question"]}
    assert f"{len(moved)} student{'s' * (len(moved) != 1)} moved by key " in said
    assert "see changes.csv" in said
    capsys.readouterr()
    run_command(["status", "results"])
    said = capsys.readouterr().out
    assert "(tiny-2026, question 3: answer T -> F" in said
    assert f"publication 2: {command}" in said
    last = next(line for line in said.splitlines() if "publication 2" in line)
    assert "other-2026" not in last
    assert "scangrade status results --changes N" in said


# --- maxima, status, lists -------------------------------------------------------------------------


def test_another_maximum_is_told_by_exam_and_lists_everybody(here: Path, capsys: Output) -> None:
    results = here / "results"
    change(
        here / "keys" / "tiny.yaml", ("points: 1, options: {A: 7", "points: 1, void: nobody, options: {A: 7")
    )
    before = {row["student_id"]: row for row in rows(results / "grades.csv") if row["exam"] == "tiny-2026"}
    run_command(["regrade", "results", "--preview"])
    said = capsys.readouterr().out
    assert f"maximum 4 -> 3 in tiny-2026: {len(before)} students" in said
    assert said.rstrip().endswith("next     scangrade regrade results")
    found = regraded(results, capsys)["changes"]
    listed = rows(results / "changes.csv")
    assert {row["student_id"] for row in listed} == set(before)
    keep = {one["student_id"]: one for one in found["rescaled"]}
    assert keep
    for row in listed:
        if row["student_id"] in keep:
            assert row["question"] == ""
            assert row["reason"].startswith("maximum 4 -> 3")
            assert "key: question 1: void none -> nobody" in row["reason"]
    after = {row["student_id"]: row for row in rows(results / "grades.csv") if row["exam"] == "tiny-2026"}
    for student, one in keep.items():
        assert (one["old_percent"], one["new_percent"]) == (
            before[student]["percent"],
            after[student]["percent"],
        )


def test_a_pass_line_that_is_new_says_who_passes(here: Path, capsys: Output) -> None:
    change(here / "keys" / "tiny.yaml", ("pass: 2\n", ""))
    regraded(here / "results", capsys)
    change(here / "keys" / "tiny.yaml", ("total: 4\n", "total: 4\npass: 2\n"))
    run_command(["regrade", "results", "--preview"])
    said = capsys.readouterr().out
    points = [
        float(row["points"])
        for row in rows(here / "results" / "grades.csv")
        if row["exam"] == "tiny-2026" and row["status"] == "final"
    ]
    passed = sum(one >= 2 for one in points)
    assert f"pass line: new in tiny-2026; {passed} pass, {len(points) - passed} fail" in said
    assert "exam: pass none -> 2" in said


def test_who_joins_and_who_leaves_is_named_with_a_reason(here: Path, capsys: Output) -> None:
    roster = here / "tiny" / "roster.csv"
    text = roster.read_text("utf-8")
    roster.write_text(text + "9999,王小明\n", "utf-8")
    capsys.readouterr()
    assert run_command(["regrade", "results"]) in (0, 3)
    assert "joined: 9999 王小明" in capsys.readouterr().out
    listed = rows(here / "results" / "changes.csv")
    assert {(row["student_id"], row["question"]) for row in listed} == {("9999", "")}
    assert all(row["reason"].startswith("joined, absent; the roster names other") for row in listed)
    roster.write_text(text, "utf-8")
    found = regraded(here / "results", capsys)["changes"]
    assert {one["student_id"] for one in found["gone"]} == {"9999"}
    assert all(row["reason"].startswith("left, was absent") for row in rows(here / "results" / "changes.csv"))
    run_command(["status", "results"])
    assert "not there any more)" in capsys.readouterr().out


def test_a_changed_name_on_the_roster_is_a_cause_and_another_order_is_none(
    here: Path, capsys: Output
) -> None:
    for path in (here / "tiny" / "roster.csv", here / "tiny" / "sheets.csv"):
        header, *lines = path.read_text("utf-8").splitlines()
        path.write_text("\n".join([header, *lines[::-1]]) + "\n", "utf-8")
    assert regraded(here / "results", capsys)["changes"]["causes"] == []
    roster = here / "tiny" / "roster.csv"
    header, first, *lines = roster.read_text("utf-8").splitlines()
    student, name, *more = first.split(",")
    renamed = ",".join([student, f"{name} the Second", *more])
    roster.write_text("\n".join([header, renamed, *lines]) + "\n", "utf-8")
    causes = regraded(here / "results", capsys)["changes"]["causes"]
    assert causes == ["the roster says something else of its students"]


@pytest.mark.parametrize("arguments", [["regrade"], ["regrade", "--preview"], ["status"]])
def test_a_folder_that_holds_no_results_is_wrong_use(
    tmp_path: Path, capsys: Output, arguments: list[str]
) -> None:
    command, *options = arguments
    assert run_command([command, str(tmp_path), *options]) == 2
    assert "is not a results folder" in capsys.readouterr().err
    assert run_command([command, str(tmp_path / "nowhere"), *options]) == 2
    assert "there is no folder" in capsys.readouterr().err


# --- credits ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def credits_pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of an exam with credits, and a list of them."""
    folder = tmp_path_factory.mktemp("credits")
    exam = write_exam(folder, CREDITS_EXAM, "credits.yaml")
    out = folder / "rehearsal"
    arguments = ["simulate", str(exam), "-o", str(out), "--students", "2", "--seed", "3", "-q"]
    assert run_command([*arguments, "--profile", "clean-300"]) == 0
    return out


@pytest.fixture
def with_credits(credits_pile: Path, tmp_path: Path) -> Path:
    """A folder graded with a list by which each student has half a credit."""
    here = shutil.copytree(credits_pile, tmp_path / "here")
    students = [row["student_id"] for row in rows(here / "roster.csv")]
    table = "".join(f"{student},2,0.5\n" for student in students)
    (here / "credits.csv").write_text("student_id,question,points\n" + table, "utf-8")
    arguments = ["grade", str(here / "scans"), "--keys", str(here / "credits.yaml"), "-q", "-j", "1"]
    arguments += ["--roster", str(here / "roster.csv"), "--sheets", str(here / "sheets.csv")]
    arguments += ["--credits", str(here / "credits.csv"), "-o", str(here / "results")]
    assert run_command(arguments) in (0, 3)
    return here


def test_a_faulty_list_of_credits_is_not_remembered_and_all_its_faults_are_told(
    with_credits: Path, capsys: Output
) -> None:
    student = rows(with_credits / "roster.csv")[0]["student_id"]
    bad = with_credits / "bad.csv"
    twice = f"{student},2,1\n{student},2,1\n"
    bad.write_text(f"student_id,question,points\n{student},77,1\n{twice}9999,2,1\n{student},,1\n", "utf-8")
    assert run_command(["regrade", str(with_credits / "results"), "--credits", str(bad)]) == 2
    said = capsys.readouterr().err
    for told in (
        "2: there is no question 77",
        "4: the student",
        "5: student 9999",
        "6: there is no question",
    ):
        assert f"bad.csv:{told}" in said
    with Store.open(with_credits / "results", write=False) as store:
        assert store.get("credits") == str(with_credits / "credits.csv")


def test_credits_that_are_taken_off_are_the_reason(with_credits: Path, capsys: Output) -> None:
    results = with_credits / "results"
    found = regraded(results, capsys, "--no-credits")["changes"]
    assert found["moved"] == 2
    assert found["causes"] == ["the list of credits is another one"]
    assert {(row["question"], row["old_points"]) for row in rows(results / "changes.csv")} == {("2", "0.5")}
    assert {row["reason"] for row in rows(results / "changes.csv")} == {"credits taken off the list"}
    with Store.open(results, write=False) as store:
        assert store.get("credits") == ""
    assert regraded(results, capsys)["changes"]["moved"] == 0


def test_a_list_of_credits_that_is_gone_is_asked_for(with_credits: Path, capsys: Output) -> None:
    (with_credits / "credits.csv").unlink()
    assert run_command(["regrade", str(with_credits / "results")]) == 2
    assert "--no-credits" in capsys.readouterr().err
    both = ["--no-credits", "--credits", str(with_credits / "credits.csv")]
    assert run_command(["regrade", str(with_credits / "results"), *both]) == 2
