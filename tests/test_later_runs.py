"""What happens to a results folder later: edited files, latecomers, lists, decisions."""

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from pipeline.cli import run_command
from tests.rehearsal import EXAM, grade_arguments, rehearse, write_exam

Output = pytest.CaptureFixture[str]

NUMBERS = """\
exam: numbers-2026
title: Numbers and credits
marking: any
student_id: {kind: digits, length: 4}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 7, B: 9}, answer: A}
  - {id: "2", kind: number, points: 2, number: {digits: 3, decimals: 2}, answer: 1.96}
  - {id: "3", kind: credits, credits: {max: 2, step: 1/2}}
"""


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of the tiny exam, graded once into ``results``."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    run_command(grade_arguments(rehearsal, rehearsal / "results"))
    return rehearsal


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans of an exam with a number and credits, with its exam file beside them."""
    folder = tmp_path_factory.mktemp("numbers")
    exam = write_exam(folder, NUMBERS, "numbers.yaml")
    out = folder / "rehearsal"
    arguments = ["simulate", str(exam), "-o", str(out), "--students", "2", "--seed", "3", "-q"]
    assert run_command([*arguments, "--profile", "clean-300"]) == 0
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def copy(pile: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pile, tmp_path / "copy")


def regrade_numbers(numbers: Path, tmp_path: Path, *changes: tuple[str, str]) -> int:
    """Grade the scans, change the exam file, grade again."""
    here = copy(numbers, tmp_path)
    key = here / "numbers.yaml"
    arguments = ["grade", str(here / "scans"), "--keys", str(key), "-o", str(tmp_path / "out"), "-q"]
    arguments += ["--roster", str(here / "roster.csv"), "--sheets", str(here / "sheets.csv"), "-j", "1"]
    assert run_command(arguments) in (0, 3, 4)
    text = key.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    key.write_text(text, "utf-8")
    return run_command(["regrade", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ("decimals: 2}, answer: 1.96", "decimals: 1}, answer: 19.6"),
            "question 2 was printed with 2 decimals",
        ),
        (("max: 2, step: 1/2", "max: 2, step: 1"), "question 3 was printed with the boxes 0, 1/2, 1, 3/2, 2"),
        (("kind: choice,", "kind: choices,"), "question 1 was printed as choice"),
    ],
)
def test_an_exam_file_that_contradicts_the_printed_sheets_is_refused(
    numbers: Path, tmp_path: Path, capsys: Output, change: tuple[str, str], says: str
) -> None:
    changes = [change, ("answer: A}", "answer: [A]}")] if "choices" in change[1] else [change]
    assert regrade_numbers(numbers, tmp_path, *changes) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "put back what was printed, or print new sheets" in said


def test_a_question_added_after_printing_is_named(numbers: Path, tmp_path: Path, capsys: Output) -> None:
    more = '  - {id: "4", kind: truefalse, points: 1, answer: true}\n'
    last = '  - {id: "3", kind: credits, credits: {max: 2, step: 1/2}}\n'
    assert regrade_numbers(numbers, tmp_path, (last, last + more)) == 4
    assert "question 4 is not on the sheets that were printed" in capsys.readouterr().out


def test_latecomers_are_graded_without_naming_the_lists_again(pile: Path, tmp_path: Path) -> None:
    here = copy(pile, tmp_path)
    before = {row["student_id"]: row["name"] for row in rows(here / "results" / "grades.csv")}
    assert all(before.values())
    late = tmp_path / "late"
    late.mkdir()
    shutil.copy(here / "scans" / "scans.pdf", late / "rescan.pdf")
    arguments = ["grade", str(late), "--keys", str(here / "tiny.yaml"), "-o", str(here / "results"), "-q"]
    run_command(arguments)
    assert {row["student_id"]: row["name"] for row in rows(here / "results" / "grades.csv")} == before


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{student},77,1", "2: there is no question 77"),
        ("9999,3,1", "2: student 9999 has no sheet and is not expected"),
        ("{student},1,1", "2: question 1 is not marked by an examiner"),
        ("{student},3,0.3", "2: 0.3 is not a credit of question 3: write 0 to 2 in steps of 0.5"),
        ("{student},3,9", "2: 9 is not a credit of question 3"),
    ],
)
def test_a_row_of_credits_that_does_not_fit_is_told_with_its_line(
    numbers: Path, tmp_path: Path, capsys: Output, row: str, says: str
) -> None:
    here = copy(numbers, tmp_path)
    student = rows(here / "roster.csv")[0]["student_id"]
    credits = tmp_path / "credits.csv"
    credits.write_text(f"student_id,question,points\n{row.format(student=student)}\n", "utf-8")
    arguments = ["grade", str(here / "scans"), "--keys", str(here / "numbers.yaml"), "-q", "-j", "1"]
    arguments += ["--roster", str(here / "roster.csv"), "--sheets", str(here / "sheets.csv")]
    assert run_command([*arguments, "--credits", str(credits), "-o", str(tmp_path / "out")]) == 2
    assert says in capsys.readouterr().err


def test_one_decision_that_does_not_fit_leaves_all_others_unmade(
    pile: Path, tmp_path: Path, capsys: Output
) -> None:
    here = copy(pile, tmp_path)
    (answer,) = [row for row in rows(here / "results" / "answers.csv") if row["question"] == "1"][:1]
    digest = _page_digest(here)
    decisions = tmp_path / "decisions.csv"
    fits = f"answer-{digest}-{answer['page']}-1,B"
    decisions.write_text(f"doubt,decision\n{fits}\nanswer-{digest}-{answer['page']}-2,Z\n", "utf-8")
    arguments = ["review", str(here / "results"), "--decisions", str(decisions), "--by", "Ada"]
    assert run_command(arguments) == 2
    said = capsys.readouterr().err
    assert "decisions.csv:3: 'Z' is not an option of question 2" in said
    assert not (here / "results" / "decisions.csv").exists()
    decisions.write_text(f"doubt,decision\n{fits}\nanswer-{digest}-99-1,B\n", "utf-8")
    assert run_command(arguments) == 2
    assert "3: there is no doubt" in capsys.readouterr().err
    decisions.write_text(f"doubt,decision\n{fits}\n", "utf-8")
    assert run_command(arguments) in (0, 3)
    (made,) = rows(here / "results" / "decisions.csv")
    assert (made["decision"], made["by"], made["counts"]) == ("B", "Ada", "yes")
    assert [
        (row["chosen"], row["status"])
        for row in rows(here / "results" / "answers.csv")
        if row["question"] == "1" and row["student_id"] == answer["student_id"]
    ] == [("B", "decided")]


def _page_digest(rehearsal: Path) -> str:
    return hashlib.sha256((rehearsal / "scans" / "scans.pdf").read_bytes()).hexdigest()[:12]


def test_a_student_id_that_does_not_fit_the_boxes_is_refused_before_printing(
    tmp_path: Path, capsys: Output
) -> None:
    exam = write_exam(tmp_path, EXAM)
    roster = tmp_path / "roster.csv"
    roster.write_text("student_id,name\n1234,Fits\n12345,Too long\nab12,Letters\n", "utf-8")
    assert run_command(["sheet", str(exam), "--roster", str(roster), "-o", str(tmp_path / "s.pdf")]) == 2
    said = capsys.readouterr().err
    assert "student id 12345 is not 4 digits" in said
    assert "student id ab12 is not 4 digits" in said
    assert not (tmp_path / "s.pdf").exists()
