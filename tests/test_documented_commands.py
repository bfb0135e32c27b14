"""The commands of docs/template.md and docs/moving.md, typed as they stand there, one after the other."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.cli import run_command
from tests.foreign_paper import answer_all, rows
from tests.import_layout.amc_project import STUDENTS, write_project
from tests.import_layout.filled import save
from tests.import_layout.omr_folder import write_folder
from tests.import_layout.test_import_amc import scanned
from tests.paper.typeset import with_reportlab
from tests.paper.typeset.content import IST
from tests.test_documents import blocks, read

ROSTER = "student_id,name\n007,Ada\n"


def commands(document: str) -> list[list[str]]:
    """Words of every command that stands in a block of a document."""
    shown = "\n".join(blocks(read(document), "")).replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(r"^scangrade (.+)", shown, re.MULTILINE)]


def is_called(words: Sequence[str], *name: str) -> bool:
    return tuple(words[: len(name)]) == name


def test_an_exam_goes_from_its_pdf_to_grades_by_the_commands_of_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with_reportlab.typeset(IST, tmp_path / "midterm.pdf")
    (tmp_path / "roster.csv").write_text(ROSTER, "utf-8")
    shown = commands("docs/template.md")
    assert {words[0] for words in shown} == {"template", "key", "stamp", "grade", "simulate"}
    for words in shown:
        if is_called(words, "key", "check"):
            assert run_command(words) == 2  # no answer is written yet
            answer_all(tmp_path / "midterm.yaml")
        elif is_called(words, "grade"):
            filled = ["simulate", "midterm.yaml", "-o", "scans", "--students", "1", "--seed", "4", "-q"]
            assert run_command([*filled, "--profile", "clean-300"]) == 0
            assert run_command([*words, "-j", "1"]) in (3, 4)
            assert "read" in {row["outcome"] for row in rows(tmp_path / "results" / "pages.csv")}
        elif is_called(words, "simulate"):
            assert run_command([*words, "--students", "1"]) == 0
        else:
            assert run_command(words) == 0
    assert (tmp_path / "print" / "midterm.pdf").is_file()
    assert (tmp_path / "midterm.layouts").is_dir()


def test_old_projects_move_over_by_the_commands_of_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path / "Projects-QCM" / "algebra")
    write_folder(tmp_path / "inputs" / "biology")
    shown = [[word.replace("~/", f"{tmp_path}/") for word in words] for words in commands("docs/moving.md")]
    assert {tuple(words[:2]) for words in shown if words[0] == "import"} == {
        ("import", "amc"),
        ("import", "omrchecker"),
        ("import", "nops"),
    }
    for words in dict.fromkeys(map(tuple, shown)):  # an example comes again in its own chapter
        if is_called(words, "grade"):
            save(scanned(tmp_path / "algebra", STUDENTS), tmp_path / "old-scans")
            assert run_command([*words, "-j", "1", "-q"]) in (0, 3)
            graded = [row["student_id"] for row in rows(tmp_path / "results" / "grades.csv") if row["points"]]
            assert sorted(graded) == sorted(STUDENTS.values())
        elif is_called(words, "read"):
            assert run_command([*words, "-j", "1", "-q"]) in (0, 3, 4)
            assert (tmp_path / "marks" / "pages.csv").is_file()
        else:
            assert run_command(words) == 0
