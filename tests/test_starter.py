"""``scangrade init`` and ``scangrade completion``: what a new user types first."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.cli.app import COMMANDS
from pipeline.cli.starting import SHELLS
from pipeline.exam import load_exam
from pipeline.model import Kind

ROOT = Path(__file__).parent.parent
Output = pytest.CaptureFixture[str]


def test_the_file_of_init_has_no_fault_and_a_question_of_each_kind(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "new" / "Algebra 2026.yaml"
    assert run_command(["init", str(path), "--title", 'Algebra: "final" $5 # 1']) == 0
    assert run_command(["key", "check", str(path)]) == 0
    assert "algebra-2026, 6 questions, version A: no fault" in capsys.readouterr().out
    exam = load_exam(path).versions["A"]
    assert exam.title == 'Algebra: "final" $5 # 1'
    assert {one.kind for one in exam.questions} == set(Kind) - {Kind.ID, Kind.CREDITS}


def test_the_sheets_of_the_file_of_init_can_be_printed(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    assert run_command(["init", str(path), "--paper", "letter", "-q"]) == 0
    assert run_command(["sheet", str(path), "-o", str(tmp_path / "sheet.pdf"), "-q"]) == 0


def test_every_setting_that_is_off_can_be_turned_on(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    assert run_command(["init", str(path), "-q"]) == 0
    text = path.read_text("utf-8")
    turned_on, count = re.subn(r"(?m)^## ", "", text)
    assert count >= 10
    path.write_text(turned_on, "utf-8")
    assert run_command(["key", "check", str(path)]) == 0
    exam = load_exam(path)
    assert set(exam.versions) == {"A", "B"}
    assert exam.versions["A"].marking == "fill"


def test_the_schema_lies_beside_the_file_and_is_named_in_it(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "exam.yaml"
    assert run_command(["init", str(path), "--schema", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["files"]
    assert written == [str(path), str(tmp_path / "exam.schema.json")]
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=exam.schema.json\n")
    assert run_command(["schema", "exam"]) == 0
    assert (tmp_path / "exam.schema.json").read_text("utf-8") == capsys.readouterr().out
    assert run_command(["key", "check", str(path)]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exam.yaml"], "--force"),
        (["exam.json"], "exam.yaml"),
        (["???.yaml"], "--exam"),
        (["other.yaml", "--exam", "Algebra"], "--exam"),
        (["exam.yaml/other.yaml"], "name another"),
    ],
)
def test_what_init_cannot_write_is_told_and_nothing_is_touched(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("exam.yaml").write_text("mine", "utf-8")
    assert run_command(["init", *arguments]) in (1, 2)
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["exam.yaml"]
    assert Path("exam.yaml").read_text("utf-8") == "mine"


def test_init_replaces_a_file_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    path.write_text("mine", "utf-8")
    assert run_command(["init", str(path), "--force", "-q"]) == 0
    assert run_command(["key", "check", str(path), "-q"]) == 0


# --- completion ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_what_completion_prints(shell: str, capsys: Output) -> None:
    assert run_command(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_SCANGRADE_COMPLETE={shell}_complete" in script
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n", "-c", script], check=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("scangrade ", set(COMMANDS)),
        ("scangrade gr", {"grade"}),
        ("scangrade grade --ro", {"--roster"}),
        ("scangrade export results --to moo", {"moodle", "moodle-assignment"}),
        ("scangrade key ", {"check", "solve", "explain", "import", "vary"}),
    ],
)
def test_commands_options_and_values_are_completed(words: str, expected: set[str]) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline"],
        env={**os.environ, **asked, "_SCANGRADE_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert {line.partition(",")[2] for line in done.stdout.split()} == expected
