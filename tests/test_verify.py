"""Whoever changes a reading, a decision, a key or a table after it was published is found out."""

import csv
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipeline.cli import run_command
from pipeline.evidence import restore
from pipeline.joined import loaded
from pipeline.model import PageRead, PageSource
from pipeline.reading import load_page
from pipeline.store import Store
from pipeline.store.digests import READING, reading_digest
from pipeline.verify import Verification, last_grading, student_evidence, verify_folder
from tests.rehearsal import EXAM, grade_arguments, rehearse, without_evidence, write_exam

Output = pytest.CaptureFixture[str]
Change = Callable[[sqlite3.Connection], Any]

COVERED = {
    "readings": "sha256 page reader book kind layout coded record features places current digest",
    "decisions": "id doubt value decided_by decided_at note",
    "keys": "hash exam file text",
    "exams": "exam key_hash",
    "layouts": "hash json",
    "evidence": "hash data",
    "chain": "number kind decision entry made_at salt digest hash",
    "publications": "number made_at what keys students moved now_passed now_failed why changes",
    "published": "exam version student_id paper name status total grade passed points readings max_points"
    " percent",
    "published_questions": "exam version questions",
}
"""Tables and columns of which every byte counts."""
TABLES = (
    "answers.csv",
    "changes.csv",
    "decisions.csv",
    "grades.csv",
    "items.csv",
    "marks.csv",
    "pages.csv",
    "review.csv",
)


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a history: pages read twice, decisions, a corrected key, four publications."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    results = rehearsal / "results"
    run_command(grade_arguments(rehearsal, results, "-q", "--marks"))
    run_command(grade_arguments(rehearsal, results, "-q", "--marks", "--pdf-engine", "pdfium"))
    decide(results, {"1": "B"}, "looked at the paper")
    decide(results, {"1": "A", "3": "T"}, "=looked again")
    write_exam(rehearsal, EXAM.replace("answer: true", "answer: false"))
    assert run_command(["regrade", str(results), "-q"]) in (0, 3)
    return rehearsal


def decide(results: Path, answers: dict[str, str], note: str) -> None:
    """Decide questions of the first student."""
    first = rows(results / "answers.csv")[0]
    with Store.open(results, write=False) as store:
        source = next(one for one in store.sources() if one.file == first["file"])
    name = f"answer-{source.sha256[:12]}-{first['page']}"
    table = results.parent / "decided.csv"
    lines = [f"{name}-{question},{value},{note}" for question, value in answers.items()]
    table.write_text("doubt,decision,note\n" + "\n".join(lines) + "\n", "utf-8")
    command = ["review", str(results), "--decisions", str(table), "--by", "Ada Example", "-q"]
    assert run_command(command) in (0, 3)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def results(pile: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pile / "results", tmp_path / "results")


@pytest.fixture(scope="module")
def shared(pile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that is put back after each change."""
    return shutil.copytree(pile / "results", tmp_path_factory.mktemp("shared") / "results")


def tampered(results: Path, *changes: Change) -> Verification:
    """What verify says after changes that are taken back again."""
    database = results / "run.sqlite"
    before = database.read_bytes()
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        for change in changes:
            change(connection)
        connection.close()
        assert database.read_bytes() != before
        return verify_folder(results)
    finally:
        connection.close()
        database.write_bytes(before)


def execute(statement: str) -> Change:
    """A change by one statement."""
    return lambda connection: connection.execute(statement)


def parts(verification: Verification) -> set[str]:
    return {finding.part for finding in verification.findings}


# --- what was published --------------------------------------------------------------------------------


def test_an_untouched_folder_is_what_was_published(results: Path, capsys: Output) -> None:
    before = {path.name: path.read_bytes() for path in results.iterdir()}
    assert run_command(["verify", str(results)]) == 0
    said = capsys.readouterr().out
    assert "3 students, the same points again from the evidence" in said
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before


def test_verify_needs_neither_scans_nor_keys_nor_lists(results: Path) -> None:
    assert str(results.parent) not in str(results.resolve().parent.parent)
    shutil.copytree(results, results.parent / "alone")
    assert verify_folder(results.parent / "alone").verdict == "intact"


def test_a_program_can_read_what_verify_says(results: Path, capsys: Output) -> None:
    (results / "grades.csv").write_bytes(b"")
    assert run_command(["verify", str(results), "--json"]) == 1
    values = json.loads(capsys.readouterr().out)
    assert (values["verdict"], values["exit_code"]) == ("changed", 1)
    assert [one["part"] for one in values["findings"]] == ["table"]
    assert len(values["seal"]) == 64


@pytest.mark.parametrize("name", [name for name in TABLES if name != "review.csv"])
@pytest.mark.parametrize("place", [0.2, 0.8])
def test_a_table_with_one_other_byte_is_found(results: Path, name: str, place: float) -> None:
    data = bytearray((results / name).read_bytes())
    data[int(place * len(data))] ^= 1
    (results / name).write_bytes(data)
    verification = verify_folder(results)
    assert parts(verification) == {"table"}
    assert name in verification.findings[0].what


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_gone_is_found(results: Path, name: str) -> None:
    (results / name).unlink()
    assert [finding.what for finding in verify_folder(results).findings] == [f"{name} is gone"]


def test_the_line_that_was_changed_is_shown(results: Path, capsys: Output) -> None:
    text = (results / "grades.csv").read_text("utf-8")
    student = rows(results / "grades.csv")[1]["student_id"]
    changed = text.replace(f"\n{student},", f"\n{student},=", 1)
    (results / "grades.csv").write_text(changed, "utf-8")
    assert run_command(["verify", str(results), "-q"]) == 1
    said = capsys.readouterr().out
    assert f"line 3 says '{student},=" in said
    assert f"scangrade regrade {results}" in said


def test_what_people_type_into_the_review_is_no_change(pile: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    letter = np.full((2200, 1600), 255, np.uint8)
    for line in range(200, 2000, 60):
        cv2.putText(letter, f"A letter, line {line}, not an answer sheet", (150, line), 0, 1.2, (0,), 3)
    cv2.imwrite(str(tmp_path / "letter.png"), letter)
    arguments = [
        "grade",
        str(pile / "scans"),
        str(tmp_path / "letter.png"),
        "--keys",
        str(pile / "tiny.yaml"),
    ]
    assert run_command([*arguments, "-o", str(results), "-q", "-j", "1"]) in (3, 4)
    listed = rows(results / "review.csv")
    assert listed
    with (results / "review.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "decision": "x", "note": "later"} for row in reversed(listed))
    assert verify_folder(results).verdict == "intact"
    with (results / "review.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows({**row, "reading": "7"} for row in listed)
    assert parts(verify_folder(results)) == {"table"}


# --- a single changed byte -----------------------------------------------------------------------------


def cells(results: Path) -> list[tuple[str, str, int]]:
    """Every cell of every table that counts: table, column, row."""
    connection = sqlite3.connect(results / "run.sqlite")
    found = [
        (table, column, row)
        for table, columns in COVERED.items()
        for (row,) in connection.execute(f"SELECT rowid FROM {table}").fetchall()  # noqa: S608
        for column in columns.split()
    ]
    connection.close()
    return found


def flip(table: str, column: str, row: int, place: float, bit: int) -> Change:
    """Change one byte of a cell; a number by one."""

    def change(connection: sqlite3.Connection) -> None:
        connection.text_factory = bytes
        (value,) = connection.execute(
            f"SELECT {column} FROM {table} WHERE rowid = ?",  # noqa: S608
            (row,),
        ).fetchone()
        text = connection.execute(f"SELECT typeof({column}) FROM {table} WHERE rowid = ?", (row,)).fetchone()  # noqa: S608
        if isinstance(value, bytes):
            data = bytearray(value or b"x")
            if value:
                data[int(place * len(data))] ^= 1 << bit
            new: Any = bytes(data)
        else:
            new = (value or 0) + 1000
        cast = "CAST(? AS TEXT)" if text[0] == b"text" else "?"
        connection.execute(f"UPDATE {table} SET {column} = {cast} WHERE rowid = ?", (new, row))  # noqa: S608

    return change


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in COVERED for column in COVERED[table].split()]
)
def test_a_changed_byte_in_any_column_is_found(shared: Path, table: str, column: str) -> None:
    row = max(row for where, name, row in cells(shared) if (where, name) == (table, column))
    verification = tampered(shared, flip(table, column, row, 0.5, 0))
    assert verification.verdict == "changed", f"{table}.{column}"
    assert verification.findings[0].advice


@examples(max_examples=120)
@given(data=st.data(), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 6))
def test_any_changed_byte_of_any_cell_is_found(
    shared: Path, data: st.DataObject, place: float, bit: int
) -> None:
    cell = data.draw(st.sampled_from(cells(shared)))
    assert tampered(shared, flip(*cell, place, bit)).verdict == "changed"


def test_a_changed_list_of_scans_is_not_passed_over(shared: Path) -> None:
    for column in ("path", "file", "sha256", "pages"):
        verification = tampered(shared, flip("scans", column, 1, 0.5, 0))
        assert verification.verdict != "intact", column


# --- rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", sorted(COVERED))
def test_a_row_that_was_taken_out_is_found(shared: Path, table: str) -> None:
    rowids = sorted({row for where, _, row in cells(shared) if where == table})
    for row in {rowids[0], rowids[len(rowids) // 2], rowids[-1]}:
        statement = f"DELETE FROM {table} WHERE rowid = {row}"  # noqa: S608
        assert tampered(shared, execute(statement)).verdict == "changed"


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("decisions", "id"),
        ("chain", "number"),
        ("keys", "hash"),
        ("evidence", "hash"),
        ("published", "id"),
        ("publications", "number"),
    ],
)
def test_a_row_that_was_put_in_is_found(shared: Path, table: str, name: str) -> None:
    new = "'0'" if name == "hash" else f"(SELECT max({name}) FROM {table}) + 1"  # noqa: S608
    others = ", ".join(column for column in COVERED[table].split() if column != name)
    statement = f"INSERT INTO {table} ({name}, {others}) SELECT {new}, {others} FROM {table} LIMIT 1"  # noqa: S608
    assert tampered(shared, execute(statement)).verdict == "changed"


def test_rows_that_changed_places_are_found(shared: Path) -> None:
    for table, name in (("decisions", "id"), ("chain", "number")):
        first, second = 2, 3
        moves = [(first, -1), (second, first), (-1, second)]
        swap = [
            execute(f"UPDATE {table} SET {name} = {new} WHERE {name} = {old}")  # noqa: S608
            for old, new in moves
        ]
        assert tampered(shared, *swap).verdict == "changed"


def test_a_reading_that_was_put_in_is_told_of(shared: Path) -> None:
    columns = COVERED["readings"].replace(" current", "").replace(" ", ", ")
    statement = f"INSERT INTO readings ({columns}, current) SELECT {columns}, 0 FROM readings LIMIT 1"  # noqa: S608
    assert tampered(shared, execute(statement)).verdict == "changed"


def test_a_reading_that_is_changed_with_its_digest_is_found(shared: Path) -> None:
    def change(connection: sqlite3.Connection) -> None:
        row, *values = connection.execute(f"SELECT id, {READING} FROM readings LIMIT 1").fetchone()  # noqa: S608
        values[-2] = bytes(len(values[-2]))
        connection.execute(
            "UPDATE readings SET features = ?, digest = ? WHERE id = ?",
            (values[-2], reading_digest(values), row),
        )

    verification = tampered(shared, change)
    assert any("changed together with its digest" in finding.what for finding in verification.findings)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chain SET salt = 'text' WHERE number = 2",
        "UPDATE chain SET entry = '[]' WHERE kind = 'publication'",
        """UPDATE chain SET entry = '{"tables": 1, "layouts": 1, "keys": 1, "program": 1}'""",
        "UPDATE publications SET keys = 'x'",
        "UPDATE publications SET keys = '[1]'",
        "UPDATE published_questions SET questions = '{'",
        "UPDATE readings SET record = '[]', features = 'text'",
        "UPDATE evidence SET data = x'789c'",
        "UPDATE keys SET text = x'ff'",
        "UPDATE layouts SET json = '[]'",
        "DELETE FROM chain",
    ],
)
def test_what_cannot_even_be_read_is_told_in_words(results: Path, statement: str, capsys: Output) -> None:
    with sqlite3.connect(results / "run.sqlite") as connection:
        connection.execute(statement)
    connection.close()
    assert run_command(["verify", str(results)]) == 1
    said = capsys.readouterr()
    assert "changed   " in said.out
    assert said.err == ""


def test_a_decision_that_was_changed_is_named(shared: Path, capsys: Output) -> None:
    verification = tampered(shared, execute("UPDATE decisions SET value = 'C' WHERE id = 1"))
    (told,) = [finding.what for finding in verification.findings if finding.part == "decision"]
    assert told.startswith("decision 1 is not what was decided")


def test_a_decision_that_was_put_in_and_graded_stays_found(results: Path) -> None:
    with sqlite3.connect(results / "run.sqlite") as connection:
        connection.execute(
            "INSERT INTO decisions (doubt, value, decided_by, decided_at, note)"
            " SELECT doubt, 'B', decided_by, decided_at, note FROM decisions LIMIT 1"
        )
    connection.close()
    assert run_command(["regrade", str(results), "-q"]) in (0, 3)
    assert parts(verify_folder(results)) == {"decision"}


# --- the seal ------------------------------------------------------------------------------------------


def test_the_seal_that_was_written_down_shows_a_folder_that_was_made_anew(
    pile: Path, results: Path, tmp_path: Path, capsys: Output
) -> None:
    seal = verify_folder(results).seal
    assert run_command(["verify", str(results), "--seal", seal[:16]]) == 0
    assert "that is entry" in capsys.readouterr().out
    anew = tmp_path / "anew"
    run_command(grade_arguments(pile, anew, "-q"))
    assert verify_folder(anew).verdict == "intact"
    assert parts(verify_folder(anew, seal=seal)) == {"seal"}


def test_a_seal_still_holds_when_more_was_graded_since(pile: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "results"
    run_command(grade_arguments(pile, results, "-q"))
    seal = verify_folder(results).seal
    decide(results, {"1": "B"}, "")
    capsys.readouterr()
    assert run_command(["verify", str(results), "--seal", seal]) == 0
    assert "that is entry 1 of the chain, 2 came after it" in capsys.readouterr().out


@pytest.mark.parametrize("seal", ["abc", "not hexadecimal"])
def test_something_that_is_no_seal_is_refused(results: Path, seal: str, capsys: Output) -> None:
    assert run_command(["verify", str(results), "--seal", seal]) == 2
    assert "is not a seal" in capsys.readouterr().err


# --- folders that are not finished, or of another time -------------------------------------------------


def test_a_decision_that_is_not_graded_yet_is_told(results: Path, capsys: Output) -> None:
    with Store.open(results) as store:
        store.append_decisions(store.decisions()[:1])
    assert run_command(["verify", str(results)]) == 3
    assert "1 decision came after the last publication" in capsys.readouterr().out


def test_pages_that_are_only_read_are_verified_too(pile: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    arguments = ["read", str(pile / "scans"), "--keys", str(pile / "tiny.yaml"), "-o", str(results), "-q"]
    assert run_command(arguments) in (0, 3)
    assert verify_folder(results).verdict == "intact"
    marks = (results / "marks.csv").read_bytes()
    (results / "marks.csv").write_bytes(marks.replace(b"empty", b"marked", 1))
    assert parts(verify_folder(results)) == {"table"}


def test_a_folder_of_an_earlier_version_says_how_a_chain_begins(results: Path, capsys: Output) -> None:
    with sqlite3.connect(results / "run.sqlite") as connection:
        without_evidence(connection)
    connection.close()
    assert run_command(["verify", str(results)]) == 3
    assert f"scangrade regrade {results} begins one" in capsys.readouterr().out
    assert run_command(["regrade", str(results), "-q"]) in (0, 3)
    assert run_command(["verify", str(results)]) == 0
    assert "taken over as it was" in capsys.readouterr().out
    with Store.open(results, write=False) as store:
        chain = store.evidence.chain()
    assert [entry.kind for entry in chain] == ["adopted", *["decision"] * 3, "publication"]


def test_a_folder_in_which_a_run_is_at_work_is_not_judged(results: Path, capsys: Output) -> None:
    with Store.open(results):
        assert run_command(["verify", str(results)]) == 3
    assert "is at work here: verify when it has ended" in capsys.readouterr().out


def test_paper_of_others_is_verified_when_its_layout_is_gone(tmp_path: Path) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "sheet.pdf"), "--blank", "1"]) == 0
    layout = json.loads((tmp_path / "sheet.layout.json").read_text("utf-8"))
    paper = {name: value for name, value in layout.items() if name not in ("exam", "version")}
    (tmp_path / "paper.json").write_text(json.dumps(paper), "utf-8")
    printed = write_exam(
        tmp_path, EXAM.replace("title: A tiny", "layout: paper.json\ntitle: A tiny"), "p.yaml"
    )
    scans, results = tmp_path / "rehearsal", tmp_path / "results"
    simulate = ["simulate", str(printed), "-o", str(scans), "--students", "2", "--seed", "7"]
    assert run_command([*simulate, "--profile", "clean-300", "-q"]) == 0
    grade = ["grade", str(scans / "scans"), "--keys", str(printed), "-o", str(results), "-q", "-j", "1"]
    assert run_command(grade) in (0, 3)
    (tmp_path / "paper.json").unlink()
    assert verify_folder(results).verdict == "intact"


def test_a_folder_that_is_no_results_folder_is_refused(tmp_path: Path, capsys: Output) -> None:
    assert run_command(["verify", str(tmp_path)]) == 2
    assert "is not a results folder" in capsys.readouterr().err


# --- what the store keeps of a mark ----------------------------------------------------------------------


def test_the_same_publication_again_adds_nothing_to_the_chain(results: Path) -> None:
    run_command(["regrade", str(results), "-q"])  # changes.csv is empty from now on
    seal = verify_folder(results).seal
    assert run_command(["regrade", str(results), "-q"]) in (0, 3)
    assert verify_folder(results).seal == seal


def test_a_decision_is_hidden_by_a_salt(results: Path) -> None:
    with Store.open(results, write=False) as store:
        (entry, *_) = [entry for entry in store.evidence.chain() if entry.kind == "decision"]
        text = dict(store.evidence.decisions())[entry.decision or 0]
    assert entry.digest != hashlib.sha256(text.encode()).hexdigest()
    assert len(entry.salt or b"") == 16


def test_the_evidence_of_a_student_is_shown_mark_by_mark(results: Path, capsys: Output) -> None:
    first = rows(results / "answers.csv")[0]
    assert run_command(["verify", str(results), "--student", first["student_id"], "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [answer["question"] for answer in answers] == ["1", "2", "3"]
    question = answers[0]
    assert (question["chosen"], question["points"], question["rule"]) == ("A", "0", first["rule"])
    assert [(one["value"], one["by"], one["note"]) for one in question["decisions"]] == [
        ("B", "Ada Example", "looked at the paper"),
        ("A", "Ada Example", "=looked again"),
    ]
    with Store.open(results, write=False) as store:
        (key,) = store.keys()
    assert question["key"] == key.hash
    marks = {(row["question"], row["option"]): row for row in rows(results / "marks.csv")}
    on_page = [row for row in rows(results / "marks.csv") if row["page"] == question["page"]]
    for one in question["marks"]:
        listed = [row for row in on_page if (row["question"], row["option"]) == ("1", one["option"])]
        assert all(row["state"] == one["state"] for row in listed)
        left, top, width, height = one["place_px"]
        assert min(left, top) > 0
        assert 10 < width < 200
        assert 10 < height < 200
        assert one["scores"]["ink"] >= 0
    assert ("1", "A") in marks


def test_the_place_of_a_mark_is_where_its_ink_is(pile: Path, results: Path) -> None:
    for row in rows(results / "grades.csv"):
        for answer in student_evidence(results, row["student_id"]):
            scan = next(path for path in (pile / "scans").iterdir() if path.name == answer.file)
            page = load_page(PageSource(file=scan.name, path=str(scan), page=answer.page, sha256=""))
            darkness = {}
            for mark in answer.marks:
                left, top, width, height = map(int, mark.place_px)
                darkness[mark.option] = 255 - float(page.gray[top : top + height, left : left + width].mean())
            marked = [darkness[mark.option] for mark in answer.marks if mark.state == "marked"]
            empty = [darkness[mark.option] for mark in answer.marks if mark.state == "empty"]
            assert not marked or not empty or min(marked) > max(empty)


def test_a_student_who_is_not_there_is_told(results: Path, capsys: Output) -> None:
    assert run_command(["verify", str(results), "--student", "0000"]) == 2
    assert "no sheet of a student 0000" in capsys.readouterr().err


def test_what_is_worked_out_again_holds_no_measures(results: Path) -> None:
    with Store.open(results, write=False) as store:
        restored = restore(store, last_grading(store.evidence.chain()))
        reads = [result for result in restored.results if isinstance(result, PageRead)]
        assert reads
        assert sum(read.features.size + read.places_px.size for read in reads) == 0
        assert all(one.features.size for one in loaded(restored.load, reads))
