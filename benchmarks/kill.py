"""Kill a run at random moments, let the next one go on, and compare what it writes byte for byte.

Run it with ``python -m benchmarks.kill``. A results folder holds a graded half of a pile; the run that is
killed grades the whole of it, so it reads pages, moves grades and replaces every table. Killed is, with
SIGKILL, the whole process group, the parent alone, or one worker (then the same run has to go on). One
kill in three falls anywhere in the run, one is aimed at the reading of pages, one at the moment at which
tables are replaced.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

ROOT = Path(__file__).resolve().parent.parent
EXAM = """\
exam: kill-2026
title: An exam whose grading is killed
marking: any
student_id: {kind: digits, length: 4}
pass: 2
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 7, B: 9, C: 27}, answer: C}
  - {id: "2", kind: choices, points: 2, options: {A: one, B: two, C: three}, answer: [A, C]}
  - {id: "3", kind: truefalse, points: 1, answer: true}
"""
WAYS = ("group", "parent", "worker")
AIMS = ("run", "reading", "tables")
PAGES_OF_A_FILE = 4
SECONDS_TO_VANISH = 20.0
TIMES = {"publications": ("made_at",), "chain": ("made_at", "salt", "digest", "hash")}
"""Columns that hold when something was done, or a hash over that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """Scans to grade, a folder in which half of them are graded, and what the whole must give."""

    folder: Path
    command: tuple[str, ...]
    """Without the results folder."""
    seconds: float
    """Of an undisturbed run."""
    once: Mapping[str, bytes]
    """Tables of an undisturbed run."""
    twice: Mapping[str, bytes]
    """Tables when the same command is given again after it: nothing has changed then."""
    database: Sequence[str]
    """Rows of the database of an undisturbed run."""
    database_twice: Sequence[str]

    @property
    def begun(self) -> Path:
        """The folder in which half of the scans are graded."""
        return self.folder / "begun"


@dataclass(slots=True)
class Tally:
    """What the kills have led to."""

    ways: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


# --- the pile ------------------------------------------------------------------------------------


def make_pile(folder: Path, students: int, jobs: int) -> Pile:
    """Simulate scans, grade half of them, and grade all of them undisturbed."""
    exam = folder / "kill.yaml"
    exam.write_text(EXAM, "utf-8")
    made, scans = folder / "made", folder / "scans"
    scangrade("simulate", exam, "-o", made, "--students", students, "--seed", 7, "--profile", "office-200")
    split(made / "scans" / "scans.pdf", scans)
    lists = ("--roster", made / "roster.csv", "--sheets", made / "sheets.csv", "--keys", exam)
    options = (*map(str, lists), "-q", "-j", str(jobs))
    half = sorted(scans.iterdir())[: max(1, students // PAGES_OF_A_FILE // 2)]
    scangrade("grade", *half, *options, "-o", folder / "begun")
    command = ("grade", str(scans), *options)
    undisturbed = shutil.copytree(folder / "begun", folder / "undisturbed")
    begin = time.perf_counter()
    scangrade(*command, "-o", undisturbed)
    seconds = time.perf_counter() - begin
    once, database = tables(undisturbed), content(undisturbed)
    scangrade(*command, "-o", undisturbed)
    return Pile(
        folder=folder,
        command=command,
        seconds=seconds,
        once=once,
        twice=tables(undisturbed),
        database=database,
        database_twice=content(undisturbed),
    )


def split(pile: Path, folder: Path) -> None:
    """Cut one PDF into many of a few pages."""
    folder.mkdir()
    with pikepdf.open(pile) as pdf:
        pages = len(pdf.pages)
        for begin in range(0, pages, PAGES_OF_A_FILE):
            part = pikepdf.new()
            part.pages.extend(pdf.pages[begin : begin + PAGES_OF_A_FILE])
            part.save(folder / f"part-{begin:04}.pdf")


def program(*arguments: object) -> list[str]:
    """The command line of scangrade."""
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def scangrade(*arguments: object) -> None:
    """Run the command; it may leave doubts to a person."""
    code = subprocess.run(program(*arguments), cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode
    if code not in (0, 3, 4):
        raise SystemExit(f"scangrade {arguments[0]} ended with {code}")


# --- what is compared ----------------------------------------------------------------------------


def tables(results: Path) -> dict[str, bytes]:
    """Every table of a results folder."""
    return {path.name: path.read_bytes() for path in sorted(results.glob("*.csv"))}


def content(results: Path) -> list[str]:
    """Every row of its database, without the times."""
    lines = []
    with closing(sqlite3.connect(results / "run.sqlite")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for (name,) in names.fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            kept = ", ".join(column for column in columns if column not in TIMES.get(name, ()))
            rows = connection.execute(f"SELECT {kept} FROM {name}").fetchall()  # noqa: S608 (our own names)
            lines += sorted(f"{name}: {row!r}" for row in rows)
    return lines


def stage_of(results: Path, pile: Pile) -> str:
    """How far a run was when it was killed."""
    with closing(sqlite3.connect(results / "run.sqlite")) as connection:
        (promised,) = connection.execute("SELECT count(*) FROM settings WHERE name = 'unfinished'").fetchone()
        (publications,) = connection.execute("SELECT count(*) FROM publications").fetchone()
        (readings,) = connection.execute("SELECT count(*) FROM readings").fetchone()
    read = sum(line.startswith("readings: ") for line in pile.database)
    published = sum(line.startswith("publications: ") for line in pile.database)
    if promised:
        return "tables being moved"
    if publications == published:
        return "everything written"
    if any(results.glob(".*.partial")):
        return "tables being written"
    if readings == read:
        return "all pages read"
    return "pages being read" if readings > read // 2 else "no new page read"


def differences(results: Path, pile: Pile, *, finished: bool) -> list[str]:
    """What is not as an undisturbed run leaves it."""
    wanted = pile.twice if finished else pile.once
    found = tables(results)
    wrong = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
    if content(results) != list(pile.database_twice if finished else pile.database):
        wrong.append("run.sqlite")
    known = {*found, "run.sqlite"}
    return wrong + [path.name for path in results.iterdir() if path.name not in known]


# --- killing -------------------------------------------------------------------------------------


def processes_of(session: int) -> Iterator[tuple[int, int]]:
    """Process and process group of every process of a session that is not dead (Linux)."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            words = (path / "stat").read_text("utf-8").rpartition(")")[2].split()
            if int(words[3]) == session and words[0] != "Z":
                yield int(path.name), int(words[2])


def kill(child: subprocess.Popen[bytes], way: str, rng: random.Random) -> str:
    """Kill as ``way`` says; gives what was killed, "" for nothing."""
    if child.poll() is not None:
        return ""
    if way == "worker":
        workers = workers_of(child.pid)
        if not workers:
            return ""
        with suppress(ProcessLookupError):
            os.kill(rng.choice(workers), signal.SIGKILL)
        return way
    if way == "parent":
        child.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    return way


def wait_for_moment(
    child: subprocess.Popen[bytes], results: Path, pile: Pile, aim: str, share: float
) -> None:
    """Wait until the moment of the kill: somewhere in the run, from its first worker or first table on."""
    while child.poll() is None and aim != "run":
        if workers_of(child.pid) if aim == "reading" else any(results.glob(".*.partial")):
            break
        time.sleep(0.0005)
    longest = {"run": 1.02 * pile.seconds, "reading": 0.5 * pile.seconds, "tables": 0.04}[aim]
    with suppress(subprocess.TimeoutExpired):
        child.wait(share * longest)


def workers_of(session: int) -> list[int]:
    """Workers of a run: each leads a process group of its own."""
    return [process for process, group in processes_of(session) if process == group != session]


def vanished(session: int) -> bool:
    """Whether nobody of a killed run is left after a while."""
    end = time.monotonic() + SECONDS_TO_VANISH
    while any(processes_of(session)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def one_kill(pile: Pile, results: Path, number: int, rng: random.Random, tally: Tally) -> bool:
    """Kill one run and let the next go on; False when the run was over before it could be killed."""
    shutil.copytree(pile.begun, results)
    aim, way = AIMS[number % 3], WAYS[number // 3 % 3]
    command = program(*pile.command, "-o", results)
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_for_moment(child, results, pile, aim, rng.random())
    killed = kill(child, way, rng)
    code = child.wait()
    if not killed:
        return False
    tally.ways[way] += 1
    if not vanished(child.pid):
        tally.faults.append(f"kill {number} ({way}): a process is left")
    stage = stage_of(results, pile)
    tally.stages["a worker, and the run went on" if way == "worker" else stage] += 1
    if way == "worker":
        wrong = differences(results, pile, finished=False) if code in (0, 3, 4) else [f"exit code {code}"]
    else:
        scangrade(*pile.command, "-o", results)
        wrong = differences(results, pile, finished=stage == "everything written")
    tally.faults += [f"kill {number} ({way}, {stage}): {name}" for name in wrong]
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill runs and print what became of them; 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="dev.py bench kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="kills (200)")
    parser.add_argument("--students", type=int, default=48, metavar="N", help="pages of the pile (48)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="workers (2)")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    chosen = parser.parse_args(arguments)
    rng, tally, number = random.Random(chosen.seed), Tally(), 0  # noqa: S311 (moments, no secret)
    with tempfile.TemporaryDirectory() as folder:
        pile = make_pile(Path(folder), max(2 * PAGES_OF_A_FILE, chosen.students), chosen.jobs)
        while sum(tally.ways.values()) < chosen.kills:
            results = Path(folder) / "killed"
            one_kill(pile, results, number, rng, tally)
            shutil.rmtree(results)
            number += 1
    print(f"kills    {sum(tally.ways.values())}: {words(tally.ways)}")
    print(f"moments  {words(tally.stages)}")
    print(f"differ   {len(tally.faults)}: {len(pile.once)} tables byte for byte, the database without times")
    for fault in tally.faults:
        print(f"fault    {fault}")
    return 1 if tally.faults else 0


def words(counts: Mapping[str, int]) -> str:
    """Counts in a line."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
