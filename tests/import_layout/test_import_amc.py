"""``scangrade import amc``: a project becomes layouts, a key and lists, and its old scans are graded."""

import csv
import json
import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.exam import load_exam, load_layouts, page_bits, printed_number
from pipeline.grading import build_key
from pipeline.model import Layout
from pipeline.paper.simulate import SimulatedPage, SimulatedStudent
from tests.import_layout.amc_project import (
    MULTIPLE,
    NAMES,
    QUESTIONS,
    SIMPLE,
    STUDENTS,
    AmcQuestionText,
    write_project,
)
from tests.import_layout.filled import imported, marked, save, scan

Output = pytest.CaptureFixture[str]


def run(project: Path, output: Path, *more: str) -> int:
    return run_command(["import", "amc", str(project), "-o", str(output), *more])


def copy_of(layout: Layout) -> int:
    return printed_number(page_bits(layout.pages[0]), 1)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def scanned(output: Path, students: dict[int, str], *, profile: str = "office-200") -> list[SimulatedPage]:
    """Every copy filled in by its student; the second page of each is fed upside-down."""
    exam, layouts = imported(output)
    return [
        page
        for layout in sorted(layouts, key=copy_of)
        for page in scan(
            layout,
            exam,
            SimulatedStudent(student_id=students[copy_of(layout)], name="", serial=copy_of(layout)),
            turns=(0, 2),
            profile=profile,
        )
    ]


def grade(scans: Path, output: Path, results: Path) -> int:
    command = [
        "grade",
        str(scans),
        "--keys",
        str(output / "exam.yaml"),
        "--roster",
        str(output / "roster.csv"),
    ]
    return run_command([*command, "-o", str(results), "-j", "1", "-q"])


def test_a_project_is_imported_and_its_scans_are_graded_by_one_command_each(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert run(write_project(tmp_path / "project"), output) == 0
    pages = scanned(output, STUDENTS)
    # the pile lies the wrong way round: only the squares say which page is whose
    scans = save(pages[::-1], tmp_path / "scans")
    assert grade(scans, output, tmp_path / "results") in (0, 3)
    ledger = rows(tmp_path / "results" / "pages.csv")
    assert [(row["outcome"], int(row["serial"]), int(row["sheet"])) for row in ledger] == [
        ("read", page.serial, page.sheet) for page in pages[::-1]
    ]
    assert {row["student_id"] for row in ledger} == set(NAMES)
    truth = {(student, question): answer for (student, _, question), answer in marked(pages).items()}
    read = rows(tmp_path / "results" / "answers.csv")
    assert len(read) == len(QUESTIONS) * len(STUDENTS)
    for row in read:
        meant = truth[row["student_id"], row["question"]]
        assert row["status"] == "doubtful" or set(filter(None, row["chosen"].split("|"))) == meant


def test_scoring_strategies_become_rules_of_ours(tmp_path: Path) -> None:
    run(write_project(tmp_path / "project"), tmp_path / "out")
    file = load_exam(tmp_path / "out" / "exam.yaml")
    exam = file.versions["A"]
    questions = {q.id: q for q in exam.questions}
    assert build_key(exam, file.key_hash).faults == ()
    assert questions["capital"].answer == "B"
    assert questions["capital"].points == 1
    assert questions["capital"].rule.parameters == {"e": -1}
    assert questions["river"].points == 2
    assert questions["river"].rule.parameters["m"] == -1
    assert questions["sum-of-two"].rule.parameters["options"] == {"C": Fraction(1, 2)}
    assert questions["primes"].answer == ("A", "C")
    assert questions["primes"].points == 3
    assert questions["birds"].rule.parameters == {
        "e": -1,
        "b": 1,
        "m": Fraction(-1, 2),
        "p": 0,
        "none": "none",
    }
    assert [option.id for option in questions["birds"].options] == ["A", "B", "C", "D", "none"]
    assert questions["birds"].points == 4
    assert questions["opinion"].void == "nobody"


def test_lists_say_whose_each_copy_is(tmp_path: Path) -> None:
    run(write_project(tmp_path / "project"), tmp_path / "out")
    roster = {row["student_id"]: row["name"] for row in rows(tmp_path / "out" / "roster.csv")}
    assert roster == NAMES
    sheets = {
        int(r["serial"]): r["student_id"] for r in rows(tmp_path / "out" / "exam.layouts" / "sheets.csv")
    }
    assert sheets == STUDENTS


def test_without_a_grid_the_association_says_whose_a_copy_is(tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(write_project(tmp_path / "project", code=False), output)
    scans = save(scanned(output, STUDENTS), tmp_path / "scans")
    assert grade(scans, output, tmp_path / "results") in (0, 3)
    assert {r["student_id"] for r in rows(tmp_path / "results" / "grades.csv")} == set(NAMES)


def test_photocopies_of_one_copy_are_told_apart_by_the_grid(tmp_path: Path, capsys: Output) -> None:
    output = tmp_path / "out"
    run(write_project(tmp_path / "project", copies=1, photocopied=True), output)
    assert "whose the photocopies of copy 1 are" in capsys.readouterr().out
    exam, (layout,) = imported(output)
    pages = []
    for seed, student in enumerate(("4711", "0815"), 1):
        whose = SimulatedStudent(student_id=student, name="", serial=1)
        pages += scan(layout, exam, whose, seed=seed)
    assert grade(save(pages, tmp_path / "scans"), output, tmp_path / "results") in (0, 3, 4)
    ledger = rows(tmp_path / "results" / "pages.csv")
    assert [row["student_id"] for row in ledger if row["file"]] == ["4711", "4711", "0815", "0815"]


def test_a_page_of_a_copy_that_was_not_imported_is_never_read_as_another(tmp_path: Path) -> None:
    run(write_project(tmp_path / "three"), tmp_path / "out")
    pages = scanned(tmp_path / "out", STUDENTS)
    strange = save([page for page in pages if page.serial == 3], tmp_path / "scans")
    run(write_project(tmp_path / "two", copies=2), tmp_path / "fewer")
    assert grade(strange, tmp_path / "fewer", tmp_path / "results") == 4
    ledger = [row for row in rows(tmp_path / "results" / "pages.csv") if row["file"]]
    assert {row["outcome"] for row in ledger} == {"unidentified"}
    assert all("copy 3, page" in row["reason"] for row in ledger)


def test_a_page_without_its_squares_is_never_read(tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(write_project(tmp_path / "project"), output)
    exam, layouts = imported(output)
    page = replace(layouts[0].pages[0], codes=())
    bare = replace(layouts[0], pages=(page,))
    pages = scan(bare, exam, SimulatedStudent(student_id="4711", name="", serial=1))
    assert grade(save(pages, tmp_path / "scans"), output, tmp_path / "results") == 4
    ledger = [row for row in rows(tmp_path / "results" / "pages.csv") if row["file"]]
    assert [row["outcome"] for row in ledger] in (["unidentified"], ["unreadable"])


def test_copies_with_other_right_answers_are_versions(tmp_path: Path, capsys: Output) -> None:
    project = write_project(tmp_path / "project")
    with sqlite3.connect(project / "data" / "scoring.sqlite") as out:
        out.execute("UPDATE scoring_answer SET correct = (answer = 3) WHERE student = 2 AND question = 1")
    assert run(project, tmp_path / "out") == 0
    assert "2 versions in the exam file" in capsys.readouterr().out
    file = load_exam(tmp_path / "out" / "exam.yaml")
    answers = {version: exam.questions[0].answer for version, exam in file.versions.items()}
    assert answers == {"A": "B", "B": "C"}
    versions = {copy_of(layout): layout.version for layout in load_layouts(tmp_path / "out" / "exam.yaml")}
    assert versions == {1: "A", 2: "B", 3: "A"}


def test_copies_that_ask_fewer_questions_are_versions_where_the_others_count_for_nobody(
    tmp_path: Path,
) -> None:
    project = write_project(tmp_path / "project")
    for name, copy, question in (("layout", 1, 2), ("scoring", 1, 2), ("layout", 2, 4), ("scoring", 2, 4)):
        table = "layout_box" if name == "layout" else "scoring_question"
        with sqlite3.connect(project / "data" / f"{name}.sqlite") as out:
            out.execute(f"DELETE FROM {table} WHERE student = ? AND question = ?", (copy, question))  # noqa: S608
    output = tmp_path / "out"
    assert run(project, output) == 0
    assert run_command(["key", "check", str(output / "exam.yaml"), "-q"]) == 0
    scans = save(scanned(output, STUDENTS), tmp_path / "scans")
    assert grade(scans, output, tmp_path / "results") in (0, 3)
    # 12 points less opinion; copy 1 has no river (2), copy 2 no primes (3)
    most = {row["student_id"]: row["max_points"] for row in rows(tmp_path / "results" / "grades.csv")}
    assert most == {"4711": "9", "0815": "8", "1234": "11"}


def test_what_is_not_carried_over_is_listed(tmp_path: Path, capsys: Output) -> None:
    questions = (
        *QUESTIONS,
        AmcQuestionText(name="measure", type=MULTIPLE, right=(1,), strategy="set.x=1,formula=x*2"),
        AmcQuestionText(name="guess", type=SIMPLE, right=(1,), strategy="b=N+1"),
    )
    project = write_project(tmp_path / "project", questions=questions)
    with sqlite3.connect(project / "data" / "capture.sqlite") as out:
        out.execute("CREATE TABLE capture_zone (zoneid INTEGER, manual REAL)")
        out.executemany("INSERT INTO capture_zone VALUES (?,?)", [(1, -1), (2, 1), (3, 0)])
    assert run(project, tmp_path / "out", "--json") == 0
    notes = [f"{n['kind']}: {n['what']}" for n in json.loads(capsys.readouterr().out)["notes"]]
    joined = "\n".join(notes)
    assert "lost: question measure has its points from a formula" in joined
    assert "lost: question guess: b=N+1 has no like here" in joined
    assert "lost: the mark that AMC makes of the points (mark_max 20)" in joined
    assert "lost: 2 boxes that a person had corrected by hand in AMC" in joined
    assert "not needed: darkness threshold 0.3" in joined
    asked = {question.id for question in load_exam(tmp_path / "out" / "exam.yaml").versions["A"].questions}
    assert "measure" not in asked


def test_a_question_without_a_right_answer_is_read_and_not_graded(tmp_path: Path, capsys: Output) -> None:
    questions = (*QUESTIONS, AmcQuestionText(name="survey", type=SIMPLE, right=()))
    assert run(write_project(tmp_path / "project", questions=questions), tmp_path / "out") == 0
    assert "lost: question survey has no right answer" in capsys.readouterr().out
    assert run_command(["key", "check", str(tmp_path / "out" / "exam.yaml")]) == 0


def change(project: Path, statement: str, name: str = "layout") -> None:
    with sqlite3.connect(project / "data" / f"{name}.sqlite") as out:
        out.executescript(statement)


FAULTS = [
    ("DROP TABLE layout_mark", "layout.sqlite, table layout_mark: there is no such table"),
    ("ALTER TABLE layout_page DROP COLUMN dpi", "table layout_page: there is no column dpi"),
    ("UPDATE layout_box SET xmin = 'left'", "table layout_box: xmin holds 'left', which is no number"),
    ("UPDATE layout_page SET dpi = 0", "table layout_page: copy 1, page 1 has no size"),
    ("DELETE FROM layout_mark WHERE corner = 4", "table layout_mark: copy 1, page"),
    ("DELETE FROM layout_page WHERE student = 2", "copy 2, page 1 is not in layout_page"),
    ("DELETE FROM layout_box", "its layout has no box to tick"),
    (
        "DROP TABLE layout_question; CREATE VIEW layout_question AS WITH RECURSIVE n(question) AS "
        "(SELECT 1 UNION ALL SELECT question + 1 FROM n) SELECT question, 'x' AS name FROM n",
        "table layout_question: there is no such table",
    ),
]


@pytest.mark.parametrize(("statement", "message"), FAULTS)
def test_a_damaged_database_is_told_with_file_and_table(
    tmp_path: Path, capsys: Output, statement: str, message: str
) -> None:
    project = write_project(tmp_path / "project")
    change(project, statement)
    assert run(project, tmp_path / "out") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_no_project_is_told(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", tmp_path / "out") == 2
    assert "there is no" in capsys.readouterr().err
    project = write_project(tmp_path / "project")
    (project / "data" / "layout.sqlite").write_bytes(b"no database at all" * 100)
    assert run(project, tmp_path / "out") == 2
    assert "cannot be read (file is not a database)" in capsys.readouterr().err


def test_a_project_that_is_open_in_amc_is_refused(tmp_path: Path, capsys: Output) -> None:
    project = write_project(tmp_path / "project")
    (project / "data" / "layout.sqlite-wal").write_bytes(b"x")
    assert run(project, tmp_path / "out") == 2
    assert "close the project in AMC first" in capsys.readouterr().err
    assert (project / "data" / "layout.sqlite-wal").read_bytes() == b"x"
