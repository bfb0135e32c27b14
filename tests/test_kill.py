"""A run that is killed at any moment goes on: the benchmark of kills, in short."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import kill
from pipeline.cli import run_command
from pipeline.store import Store
from tests.rehearsal import EXAM, grade_arguments, rehearse, write_exam

ROOT = Path(__file__).parent.parent

KILLED_AT = """
import os, signal, sys
folder, place, *arguments = sys.argv[1:]
from pipeline.cli import run_command
import pipeline.publication, pipeline.regrade, pandas
seen = 0
def at_a_file(event, details):
    global seen
    if event in ("open", "os.rename", "os.remove") and str(details[0]).startswith(folder):
        seen += 1
        if seen == int(place):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(at_a_file)
code = run_command(arguments)
print(seen)
sys.exit(code)
"""
"""Runs a command that dies when it touches the n-th file of a folder."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_runs_killed_at_random_moments_write_what_an_undisturbed_run_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = kill.main(["--kills", "3", "--students", "8", "--seed", "5"])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "differ   0" in said


def tables(results: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in results.glob("*.csv")}


def killed_at(place: int, results: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(results), str(place), "regrade", str(results), "-q"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A graded rehearsal whose key was corrected since then: the next regrade moves grades."""
    rehearsal = rehearse(tmp_path)
    run_command(grade_arguments(rehearsal, tmp_path / "results", "-q"))
    write_exam(rehearsal, EXAM.replace("answer: true", "answer: false"))
    return tmp_path / "results"


def is_done(results: Path) -> bool:
    with Store.open(results, write=False) as store:
        return len(store.publications()) == 2 and not store.is_unfinished()


@pytest.mark.slow
def test_a_regrade_killed_while_it_replaces_tables_is_finished_by_the_next(
    moved: Path, tmp_path: Path
) -> None:
    undisturbed = shutil.copytree(moved, tmp_path / "undisturbed")
    touched = int(killed_at(0, undisturbed).stdout)
    wanted = tables(undisturbed)
    assert "changes.csv" in wanted
    for place in range(touched, max(0, touched - 2 * len(wanted) - 8), -2):
        results = shutil.copytree(moved, tmp_path / f"killed-{place}")
        done = killed_at(place, results)
        assert done.returncode == -signal.SIGKILL, done.stderr
        if is_done(results):
            continue  # the next run is a second one, of which nothing moves
        assert run_command(["regrade", str(results), "-q"]) in (0, 3)
        found = tables(results)
        assert {name for name in wanted if found[name] != wanted[name]} == set(), place
        assert {path.name for path in results.iterdir()} == {*wanted, "run.sqlite"}
