"""Grading with ids or codes alone: no name of the roster is kept, shown or needed."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.exam import load_roster
from pipeline.model import Student
from pipeline.verify import verify_folder
from tests.rehearsal import grade_arguments, rehearse

Output = pytest.CaptureFixture[str]
SECRETS = ("Quirina", "Zwölfaxing", "Theobald", "Xylander", "Ming-Yongxyq", "students.example", "Tutorial Q")


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans, and a roster with names and e-mails of everybody and of one who is absent."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    ids = [row["student_id"] for row in rows(rehearsal / "roster.csv")]
    names = ["Quirina Zwölfaxing", "Theobald Xylander", "Wu Ming-Yongxyq"]
    lines = [f"{one},{name},{one}@students.example,Tutorial Q" for one, name in zip(ids, names, strict=True)]
    lines.append("7777,Quirina Theobald,q@students.example,Tutorial Q")
    (rehearsal / "roster.csv").write_text("student_id,name,email,group\n" + "\n".join(lines) + "\n", "utf-8")
    return rehearsal


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(results: Path, said: str) -> list[str]:
    """Words of the roster that stand in any file of a folder, or were said."""
    data = b"\n".join(path.read_bytes() for path in results.rglob("*") if path.is_file()) + said.encode()
    return [word for word in SECRETS if word.encode() in data or json.dumps(word)[1:-1].encode() in data]


def test_no_name_is_kept_or_said_from_the_scans_to_the_decision(
    pile: Path, tmp_path: Path, capsys: Output
) -> None:
    here = shutil.copytree(pile, tmp_path / "here")
    results = here / "results"
    assert run_command(grade_arguments(here, results, "--anonymous", "--marks", "-v")) == 0
    first = rows(results / "answers.csv")[0]
    key = (here / "tiny.yaml").read_text("utf-8").replace("answer: true", "answer: false")
    (here / "tiny.yaml").write_text(key, "utf-8")
    for command in (
        ["regrade", str(results), "--preview"],
        ["regrade", str(results), "--roster", str(here / "roster.csv")],
        ["regrade", str(results), "--json"],
        ["review", str(results), "--second-look", "4"],
        ["status", str(results)],
        ["status", str(results), "--changes", "2"],
        ["status", str(results), "--json"],
        ["verify", str(results)],
    ):
        assert run_command(command) in (0, 3), command
    for command in (grade_arguments(here, results), ["read", *grade_arguments(here, results)[1:]]):
        assert run_command(command) in (0, 3), command
    captured = capsys.readouterr()
    assert "anonymous: no name and no e-mail is kept or shown" in captured.out
    assert told(results, captured.out + captured.err) == []
    assert {row["student_id"] for row in rows(results / "grades.csv")} >= {first["student_id"], "7777"}
    assert {row["name"] for row in rows(results / "grades.csv")} == {""}
    assert verify_folder(results).verdict == "intact"


def test_the_same_grades_come_out_as_with_names(pile: Path, tmp_path: Path) -> None:
    run_command(grade_arguments(pile, tmp_path / "named", "-q"))
    run_command(grade_arguments(pile, tmp_path / "nameless", "--anonymous", "-q"))
    named, nameless = (rows(tmp_path / name / "grades.csv") for name in ("named", "nameless"))
    assert [row | {"name": ""} for row in named] == nameless
    assert told(tmp_path / "named", "") != []
    answers = [(tmp_path / name / "answers.csv").read_bytes() for name in ("named", "nameless")]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("header", ["student_id", "code", "code,version"])
def test_a_roster_of_codes_alone_is_enough(pile: Path, tmp_path: Path, header: str) -> None:
    codes = [row["student_id"] for row in rows(pile / "roster.csv")]
    roster = tmp_path / "codes.csv"
    more = ",A" if "version" in header else ""
    roster.write_text("\n".join([header, *(code + more for code in codes)]) + "\n", "utf-8")
    arguments = grade_arguments(pile, tmp_path / "results", "--anonymous", "-q")
    arguments[arguments.index("--roster") + 1] = str(roster)
    assert run_command(arguments) == 0
    assert {row["student_id"] for row in rows(tmp_path / "results" / "grades.csv")} == set(codes)


def test_a_roster_without_names_needs_the_option(pile: Path, tmp_path: Path, capsys: Output) -> None:
    roster = tmp_path / "codes.csv"
    roster.write_text("student_id\n1111\n", "utf-8")
    arguments = grade_arguments(pile, tmp_path / "results", "-q")
    arguments[arguments.index("--roster") + 1] = str(roster)
    assert run_command(arguments) == 2
    assert "name" in capsys.readouterr().err


def test_a_folder_with_names_cannot_become_anonymous(pile: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "results"
    run_command(grade_arguments(pile, results, "-q"))
    before = (results / "run.sqlite").read_bytes()
    assert run_command(grade_arguments(pile, results, "--anonymous", "-q")) == 2
    said = capsys.readouterr().err
    assert "was graded with names before" in said
    assert "scangrade purge" in said
    assert (results / "run.sqlite").read_bytes() == before


def test_faults_of_a_roster_are_told_without_its_names(tmp_path: Path, capsys: Output, pile: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("student_id,name\n,Quirina Zwölfaxing\n1234,Theobald\n1234,Xylander\n", "utf-8")
    arguments = grade_arguments(pile, tmp_path / "results", "--anonymous", "-q")
    arguments[arguments.index("--roster") + 1] = str(roster)
    assert run_command(arguments) == 2
    said = capsys.readouterr().err
    assert "1234 stands twice" in said
    assert [word for word in SECRETS if word in said] == []


def test_a_list_of_a_learning_management_system_is_taken_without_its_names(tmp_path: Path) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text(
        'Student,SIS User ID,Section\n"    Points Possible",,\n"Zwölfaxing, Quirina",4711,Tutorial Q\n',
        "utf-8",
    )
    assert load_roster(roster, names=False) == (Student(student_id="4711", name=""),)
