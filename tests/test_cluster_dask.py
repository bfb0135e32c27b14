"""Whole runs on Dask workers of this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

import dev
from pipeline.cli import run_command
from tests.rehearsal import grade_arguments, rehearse

ROOT = Path(dev.__file__).resolve().parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("distributed") is None, reason='Dask is not installed: "scangrade[cluster]"'
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc"),
]
STUDENTS = 30
SECONDS = 300.0


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal with its tables in ``undisturbed``."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"), "--students", str(STUDENTS))
    run_command(grade_arguments(rehearsal, rehearsal / "undisturbed", "-q"))
    return rehearsal


@dataclass(frozen=True)
class Scheduler:
    process: subprocess.Popen[bytes]
    address: str


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Scheduler]:
    """A scheduler without workers."""
    place = tmp_path / "scheduler.json"
    process = start("scheduler", "--scheduler-file", place, "--port", 0, "--host", "127.0.0.1")
    try:
        assert eventually(place.exists)
        yield Scheduler(process, json.loads(place.read_text("utf-8"))["address"])
    finally:
        kill(process)


def start(program: str, *options: object, folder: Path = ROOT) -> subprocess.Popen[bytes]:
    """A program of Dask, in a session of its own."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--no-dashboard", *map(str, options)]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_worker(address: str, folder: Path) -> subprocess.Popen[bytes]:
    """A worker of one thread, which works in a folder."""
    return start("worker", address, "--nthreads", 1, "--no-nanny", folder=folder)


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def grade(pile: Path, results: Path, cluster: str, *options: str) -> subprocess.Popen[str]:
    """The command, in a process and a session of its own, in the folder of the pile."""
    arguments = [*grade_arguments(pile, results, *options), "--cluster", cluster]
    # Each process has a folder of its own there: that of a worker elsewhere holds no scans.
    arguments[1] = "/proc/self/cwd/scans"
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=pile,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def eventually(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            words = path.read_text("utf-8").rpartition(")")[2].split()
            if int(words[1]) == parent and words[0] != "Z":
                found.append(int(path.parent.name))
    return found


def command_line(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text("utf-8")
    return ""


def workers_of(parent: int) -> list[int]:
    """Dask's worker processes below a command with ``--cluster local:N``."""
    starters = [one for one in children(parent) if "local_cluster" in command_line(one)]
    return [one for starter in starters for one in children(starter) if "spawn_main" in command_line(one)]


def at_work(parent: int) -> list[int]:
    """Those of them that have started a process for pages."""
    return [one for one in workers_of(parent) if any("forkserver" in command_line(c) for c in children(one))]


def tables(results: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(results.glob("*.csv"))}


def kinds(errors: str) -> list[str]:
    """What each line says that it is."""
    return [line.split(":")[0].strip() for line in errors.splitlines() if line]


def ended(command: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = command.communicate(timeout=SECONDS)
    return command.returncode, errors


def test_a_worker_that_is_killed_costs_nothing_and_the_results_are_those_of_this_machine(
    pile: Path, tmp_path: Path
) -> None:
    command = grade(pile, tmp_path / "out", "local:2", "-q")
    assert eventually(lambda: at_work(command.pid) or command.poll() is not None)
    os.kill(at_work(command.pid)[0], signal.SIGKILL)
    code, errors = ended(command)
    assert code in (0, 3), errors
    assert errors == ""
    assert tables(tmp_path / "out") == tables(pile / "undisturbed")


def test_workers_of_another_machine_are_sent_the_scans_that_they_do_not_see(
    pile: Path, tmp_path: Path, scheduler: Scheduler
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    worker = start_worker(scheduler.address, elsewhere)
    try:
        code, errors = ended(grade(pile, tmp_path / "out", scheduler.address))
    finally:
        kill(worker)
    assert code in (0, 3), errors
    assert "workers do not see the scans, so they are sent" in errors
    assert tables(tmp_path / "out") == tables(pile / "undisturbed")


def test_a_scheduler_that_ends_during_a_run_is_told(pile: Path, tmp_path: Path, scheduler: Scheduler) -> None:
    worker = start_worker(scheduler.address, tmp_path)
    try:
        command = grade(pile, tmp_path / "out", scheduler.address, "-q")
        assert eventually(lambda: children(worker.pid) or command.poll() is not None)
        kill(scheduler.process)
        code, errors = ended(command)
    finally:
        kill(worker)
    assert code == 1
    assert "cannot be reached" in errors
    assert kinds(errors) == ["error", "hint"]


def test_an_interrupted_run_ends_all_that_it_has_started_and_goes_on_later(
    pile: Path, tmp_path: Path
) -> None:
    command = grade(pile, tmp_path / "out", "local:2", "-q")
    assert eventually(lambda: at_work(command.pid) or command.poll() is not None)
    started = [*workers_of(command.pid), *children(at_work(command.pid)[0])]
    assert len(started) >= 3
    os.killpg(command.pid, signal.SIGINT)
    code, errors = ended(command)
    assert code == 130
    assert kinds(errors) == ["error", "hint"]
    assert eventually(lambda: not any(map(command_line, started)))
    run_command(grade_arguments(pile, tmp_path / "out", "-q"))
    assert tables(tmp_path / "out") == tables(pile / "undisturbed")
