"""A pile read on a Dask cluster whose workers are killed, against the same pile read here; and what it costs.

Run it with ``python -m benchmarks.cluster``. A scheduler and workers of one thread run on this machine, each
a process of its own that nobody starts again. While pages are read, workers are killed with SIGKILL, one
after the other, at random moments; the tables and the readings must be those of an undisturbed run without
a cluster, byte for byte. Then the same pile is read without a kill, once seeing the files and once being
sent them, and a quarter of it as well: the difference is the CPU time that a page costs the command, the
scheduler and the workers, without what a run costs anyhow. It hardly depends on what else the machine does,
and the pages that a day has on more workers follow from it. Linux only.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._scale_pages import blank_page, write_files, write_pdf, write_roster
from benchmarks.scale import Watch

ROOT = Path(__file__).resolve().parent.parent
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_START = 120.0
DAY = 86_400
COUNTS = (1, 10, 100)
HERE = "/proc/self/cwd"
"""A path that is each process's own working folder: workers elsewhere do not see the scans in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of a run, and how long it took."""

    command: float
    scheduler: float
    workers: float
    wall: float

    def of_a_page(self, smaller: "Cost", pages: int) -> "Cost":
        """What each page costs by which this run is larger."""
        return Cost(
            command=(self.command - smaller.command) / pages,
            scheduler=(self.scheduler - smaller.scheduler) / pages,
            workers=(self.workers - smaller.workers) / pages,
            wall=(self.wall - smaller.wall) / pages,
        )


@dataclass(slots=True)
class Cluster:
    """A scheduler and workers, each the leader of its own session."""

    folder: Path
    address: str = ""
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, workers: int, place: Path) -> None:
        """Start everything; the workers' folder is ``place``."""
        file = self.folder / "scheduler.json"
        self.scheduler = _dask(
            "scheduler", place, "--port", 0, "--host", "127.0.0.1", "--scheduler-file", file
        )
        end = time.monotonic() + SECONDS_TO_START
        while not file.exists():
            if time.monotonic() > end:
                raise SystemExit("the scheduler did not start: is Dask installed (scangrade[cluster])?")
            time.sleep(0.1)
        self.address = json.loads(file.read_text("utf-8"))["address"]
        for _ in range(workers):
            self.workers.append(_dask("worker", place, self.address, "--nthreads", 1, "--no-nanny"))

    def end(self) -> None:
        """Kill everything."""
        for process in (*self.workers, self.scheduler):
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _dask(program: str, place: Path, *options: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, options), "--no-dashboard"]
    return subprocess.Popen(
        command,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def cluster_of(workers: int, folder: Path, place: Path) -> Iterator[Cluster]:
    """A cluster as long as the context is open."""
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        cluster.start(workers, place)
        yield cluster
    finally:
        cluster.end()


# --- runs ------------------------------------------------------------------------------------------


@contextmanager
def grading(
    folder: Path, scans: str, results: Path, cluster: Cluster | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """The command in a session of its own, in the folder of the pile; it is waited for in the end."""
    options = ("--cluster", cluster.address) if cluster else ()
    lists = ("--roster", folder / "roster.csv", "--keys", folder / "scale.yaml", "-q")
    command = [sys.executable, "-m", "pipeline", "grade", f"{HERE}/{scans}", *lists, "-o", results, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(list(map(str, command)), cwd=folder, env=environment, start_new_session=True)
    try:
        yield started
        code = started.wait()
    finally:
        started.kill()
        started.wait()
    if code not in (0, 3, 4):  # it may leave doubts to a person
        raise SystemExit(f"scangrade grade ended with {code}")


def grade(folder: Path, scans: str, results: Path, cluster: Cluster | None = None) -> None:
    """Grade a pile."""
    with grading(folder, scans, results, cluster):
        pass


def kill_workers(
    cluster: Cluster, command: "subprocess.Popen[bytes]", kills: int, seconds: float
) -> list[str]:
    """Kill workers one after the other, at random moments after all of them have begun to read."""
    rng = random.Random(3)  # noqa: S311 (moments, no secret)
    left, said = list(cluster.workers), []
    while command.poll() is None and not all(_begun(worker.pid) for worker in left):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    begin = time.monotonic()
    for moment in sorted(rng.uniform(0, seconds) for _ in range(kills)):
        while command.poll() is None and time.monotonic() < begin + moment:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if command.poll() is not None:
            break
        worker = left.pop(rng.randrange(len(left)))
        os.killpg(worker.pid, signal.SIGKILL)
        said.append(f"{time.monotonic() - begin:.1f}")
    return said


def _begun(worker: int) -> bool:
    """Whether a worker has started a process for pages."""
    with suppress(OSError):
        threads = Path(f"/proc/{worker}/task").glob("*/children")
        return any(thread.read_text("utf-8").split() for thread in threads)
    return False


def measure(folder: Path, scans: str, results: Path, cluster: Cluster) -> Cost:
    """CPU time of each side of one undisturbed run."""
    if cluster.scheduler is None:
        raise SystemExit("the cluster was not started")
    sides = [Watch(process.pid) for process in (cluster.scheduler, *cluster.workers)]
    for side in sides:
        side.look()
    before = [sum(side.cpu.values()) for side in sides]
    begin = time.perf_counter()
    with grading(folder, scans, results, cluster) as command:
        own = Watch(command.pid)
        while command.poll() is None:
            for side in (own, *sides):
                side.look()
            with suppress(subprocess.TimeoutExpired):
                command.wait(SECONDS_BETWEEN_LOOKS * 5)
    spent = [sum(side.cpu.values()) - was for side, was in zip(sides, before, strict=True)]
    return Cost(
        command=sum(own.cpu.values()),
        scheduler=spent[0],
        workers=sum(spent[1:]),
        wall=time.perf_counter() - begin,
    )


# --- what is compared ------------------------------------------------------------------------------


def content(results: Path) -> dict[str, object]:
    """Every table, and every reading without the moment at which it was made."""
    found: dict[str, object] = {path.name: path.read_bytes() for path in sorted(results.glob("*.csv"))}
    with closing(sqlite3.connect(results / "run.sqlite")) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(readings)")]
        names = ", ".join(column for column in columns if not column.endswith("_at"))
        found["readings"] = sorted(map(repr, connection.execute(f"SELECT {names} FROM readings")))  # noqa: S608
    return found


def differences(results: Path, wanted: dict[str, object]) -> list[str]:
    """Names of what is not the same."""
    found = content(results)
    return [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]


def days(cost: Cost) -> Iterator[str]:
    """Pages of a day on more workers: the command's own work is done beside nothing, theirs is shared."""
    for count in COUNTS:
        seconds = cost.command + max(cost.workers / count, cost.scheduler)
        yield f"{count:>7}  {1000 * seconds:>13.1f}  {DAY / seconds:>11,.0f}  {cost.command / seconds:>9.0%}"


# --- the command -----------------------------------------------------------------------------------


def lose_workers(folder: Path, wanted: dict[str, object], chosen: argparse.Namespace) -> list[str]:
    """A run that loses workers; what is not as it would be without."""
    with cluster_of(chosen.workers, folder / "lost", folder) as cluster:
        begin = time.perf_counter()
        with grading(folder, "scans", folder / "lost" / "results", cluster) as command:
            said = kill_workers(cluster, command, chosen.kills, chosen.seconds)
    wrong = differences(folder / "lost" / "results", wanted)
    print(
        f"{len(said)} of {chosen.workers} workers killed after {', '.join(said) or '-'} s of reading;"
        f" {time.perf_counter() - begin:.1f} s in all; differs: {', '.join(wrong) or 'nothing'}",
        flush=True,
    )
    return wrong if len(said) == chosen.kills else [*wrong, "the run was over before all kills"]


def undisturbed(folder: Path, wanted: dict[str, object], chosen: argparse.Namespace, name: str) -> list[str]:
    """Runs without a kill, one of them to warm up: what a page costs, and what differs."""
    place = folder if name == "seen" else folder / name
    place.mkdir(exist_ok=True)
    results = folder / f"{name}-cluster" / "results"
    with cluster_of(chosen.workers, folder / f"{name}-cluster", place) as cluster:
        grade(folder, "few", folder / f"{name}-cluster" / "first", cluster)
        few = measure(folder, "few", folder / f"{name}-cluster" / "few", cluster)
        whole = measure(folder, "scans", results, cluster)
    page = whole.of_a_page(few, chosen.pages - chosen.pages // 4)
    print(
        f"files {name}: CPU ms for each page: command {1000 * page.command:.1f}, scheduler"
        f" {1000 * page.scheduler:.1f}, workers {1000 * page.workers:.1f}; {whole.wall:.1f} s in all"
    )
    print("workers  s/1000 pages  pages a day  the command's share")
    print("\n".join(days(page)), flush=True)
    return differences(results, wanted)


def make_pile(folder: Path, name: str, pages: int, *, files: bool) -> None:
    """Scans of a pile, in a folder of that name."""
    blank = blank_page(folder)
    if files:
        write_files(blank, folder / name, pages)
    else:
        (folder / name).mkdir()
        write_pdf(blank, folder / name / "scans.pdf", pages)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything; 1 when anything differs from a run without a cluster."""
    parser = argparse.ArgumentParser(prog="dev.py bench cluster", description=__doc__)
    parser.add_argument("--pages", type=int, default=400, metavar="N", help="pages of the pile (400)")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="workers (4)")
    parser.add_argument("--kills", type=int, default=3, metavar="N", help="workers that are killed (3)")
    parser.add_argument("--seconds", type=float, default=6.0, metavar="S", help="within so long (6)")
    parser.add_argument("--files", action="store_true", help="a file for each page instead of one PDF")
    parser.add_argument("--only-kills", action="store_true", help="measure nothing")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_pile(folder, "scans", chosen.pages, files=chosen.files)
        make_pile(folder, "few", chosen.pages // 4, files=chosen.files)
        write_roster(folder / "roster.csv", chosen.pages)
        grade(folder, "scans", folder / "here")
        wanted = content(folder / "here")
        shutil.rmtree(folder / "here")
        wrong = lose_workers(folder, wanted, chosen)
        if not chosen.only_kills:
            wrong += undisturbed(folder, wanted, chosen, "seen")
            wrong += undisturbed(folder, wanted, chosen, "sent")
    print(f"differ   {len(wrong)}: {', '.join(wrong) or 'every table and reading is that of a run without'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
