"""The command line: help, errors, exit codes."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import pipeline.run
from pipeline import __version__
from pipeline.cli import run_command
from pipeline.cli.app import COMMANDS
from pipeline.errors import Fault, FileFaults, ResultsFault, UsageFault
from pipeline.formats import TABLES

ROOT = Path(__file__).parent.parent
Output = pytest.CaptureFixture[str]


def scangrade(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, check=False, text=True, cwd=ROOT, **options)


def test_the_help_lists_every_command(capsys: Output) -> None:
    assert run_command(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize(
    "command", [*([name] for name in COMMANDS), ["key", "check"], ["key", "solve"], ["key", "import"]]
)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(command: list[str], option: str, capsys: Output) -> None:
    assert run_command([*command, option]) == 0
    assert f"Usage: scangrade {' '.join(command)}" in capsys.readouterr().out


def test_the_version_is_told(capsys: Output) -> None:
    assert run_command(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_a_help_text_needs_no_numbers_and_no_tables() -> None:
    program = "import sys, pipeline.cli; pipeline.cli.run_command(['grade', '-h']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint(
        {"numpy", "pandas", "cv2", "pikepdf", "pypdfium2", "reportlab", "rich", "pydantic"}
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grd", "scans"], "'grade'"),
        (["grade"], "Missing argument 'SCANS...'"),
        (["grade", "scans", "--rooster", "r.csv"], "--roster"),
        (["grade", "scans", "-j", "0"], "-j"),
        (["grade", "scans", "--pdf-engine", "ghostscript"], "poppler"),
        (["schema", "grade"], "grades"),
        (["key", "chekc", "x"], "check"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: Output
) -> None:
    assert run_command(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: ")
    assert said in "\n".join(lines)
    assert len(lines) == 2
    assert lines[1].startswith("  hint: ")


# --- the error boundary ----------------------------------------------------------------------------


def run_failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run ``grade`` with a batch that ends with ``error``."""

    def fail(settings: object) -> None:
        raise error

    monkeypatch.setattr(pipeline.run, "grade_batch", fail)
    return run_command(["grade", "scans"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageFault("no scans in x", hint="name another"), 2, "error: no scans in x\n  hint: name another\n"),
        (ResultsFault("the disk is full"), 1, "error: the disk is full\n"),
        (
            FileFaults([Fault(file="k.yaml", line=n, column=2, what="wrong") for n in (1, 3)]),
            2,
            "error: k.yaml:1:2: wrong\nerror: k.yaml:3:2: wrong\n",
        ),
        (
            KeyboardInterrupt(),
            130,
            "error: interrupted\n  hint: what was read is kept; run the same command again to go on\n",
        ),
        (MemoryError(), 1, "error: there is not enough memory\n"),
        (OSError(errno.ENOSPC, "No space left", "x.csv"), 1, "error: x.csv: the disk is full\n"),
        (click.Abort(), 130, "error: interrupted\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_every_error_has_its_line_and_its_exit_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run_failing(error, monkeypatch) == code
    assert capfd.readouterr().err.lstrip("\n").startswith(said)


def test_a_bug_is_one_line_and_its_traceback_goes_into_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: Output, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run_failing(ZeroDivisionError("a bug\nin two lines"), monkeypatch) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: internal error: ZeroDivisionError: a bug; details were written to ")
    assert "Traceback" not in said
    (details,) = tmp_path.iterdir()
    text = details.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "['grade', 'scans']" in text


def test_a_bug_is_told_even_where_nothing_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: Output, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert run_failing(ZeroDivisionError("a bug"), monkeypatch) == 1
    assert "could not be written" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as out:
        done = scangrade("schema", "marks", stdout=out, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_standard_output_is_told() -> None:
    with Path("/dev/full").open("w") as out:
        done = scangrade("schema", "marks", stdout=out, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the disk is full\n")
    assert "Traceback" not in done.stderr


# --- schema and doctor -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["exam", "layout", *TABLES])
def test_every_public_format_has_a_schema(name: str, capsys: Output) -> None:
    assert run_command(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]


def test_the_doctor_looks_at_libraries_fonts_and_folders(capsys: Output, tmp_path: Path) -> None:
    assert run_command(["doctor", "-o", str(tmp_path / "none" / "results"), "--json"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert {"Python", "opencv-python-headless", "poppler", "fonts", "results folder"} <= set(checks)
    assert checks["results folder"]["found"] == f"may write in {tmp_path}"
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_what_to_do_about_a_folder_that_cannot_be_written(capsys: Output) -> None:
    assert run_command(["doctor", "-o", "/dev/null/results"]) == 1
    line, advice = re.findall(r"^(?:fail|    ) .*$", capsys.readouterr().out, re.MULTILINE)[-2:]
    assert "results folder" in line
    assert "name another folder" in advice
