"""What a pile costs as it grows: memory, time for each page, and two workers against one.

Run it with ``python -m benchmarks.scale``. Every page is another student's: 40 questions and an id, a
200 dpi JPEG, in one PDF or in files of one page. Measured is the command ``scangrade grade`` itself, from
its start to its last table, with every process that it starts. CPU time hardly depends on what else the
machine does; the wall clock, and with it what two workers gain, needs idle cores. Memory is the largest
resident set of the parent and of a worker, and the largest sum over all of them with shared pages counted
once (PSS), which is looked at four times a second. Linux only.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._scale_pages import Blank, blank_page, write_files, write_pdf, write_roster

ROOT = Path(__file__).resolve().parent.parent
SECONDS_BETWEEN_LOOKS = 0.25
TICKS = os.sysconf("SC_CLK_TCK")
HEADS = (
    "pages",
    "input",
    "jobs",
    "wall s",
    "CPU s",
    "CPU ms/page",
    "pages/s",
    "parent MB",
    "worker MB",
    "all MB",
)


@dataclass(slots=True)
class Watch:
    """The processes of one command, looked at now and then."""

    parent: int
    cpu: dict[int, float] = field(default_factory=dict)
    """CPU seconds of each process as last seen."""
    peaks: dict[int, int] = field(default_factory=dict)
    """Largest resident set of each process, kB."""
    most: int = 0
    """Largest sum of proportional set sizes, kB."""

    def look(self) -> None:
        """Look at every process of the session once."""
        together = 0
        for process in _session(self.parent):
            with suppress(OSError, ValueError, IndexError):
                words = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
                self.cpu[process] = (int(words[11]) + int(words[12])) / TICKS
                self.peaks[process] = max(self.peaks.get(process, 0), _kilobytes(process, "status", "VmHWM:"))
                together += _kilobytes(process, "smaps_rollup", "Pss:")
        self.most = max(self.most, together)

    @property
    def worker_peak(self) -> int:
        """Of the largest process that is not the parent, kB."""
        return max((peak for process, peak in self.peaks.items() if process != self.parent), default=0)


def _session(leader: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if int((path / "stat").read_text("utf-8").rpartition(")")[2].split()[3]) == leader:
                yield int(path.name)


def _kilobytes(process: int, file: str, name: str) -> int:
    text = Path(f"/proc/{process}/{file}").read_text("utf-8")
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of the command."""

    pages: int
    kind: str
    jobs: int
    wall: float
    cpu: float
    parent: int
    worker: int
    most: int

    def cells(self) -> tuple[str, ...]:
        """The run as a line of the table."""
        return (
            f"{self.pages:,}",
            self.kind,
            str(self.jobs),
            f"{self.wall:.1f}",
            f"{self.cpu:.1f}",
            f"{1000 * self.cpu / self.pages:.1f}",
            f"{self.pages / self.wall:.1f}",
            *(f"{size / 1024:.0f}" for size in (self.parent, self.worker, self.most)),
        )


def grade(blank: Blank, folder: Path, pages: int, kind: str, jobs: int) -> Measured:
    """Grade a pile of one kind and size into a new folder; the pile is made when it is not there yet."""
    scans = folder / f"{kind}-{pages}"
    if not scans.exists():
        write_files(blank, scans, pages) if kind == "files" else _one_pdf(blank, scans, pages)
    write_roster(folder / "roster.csv", pages)
    results = folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    lists = ["--roster", str(folder / "roster.csv"), "--keys", str(folder / "scale.yaml")]
    command = [sys.executable, "-m", "pipeline", "grade", str(scans), *lists, "-o", str(results)]
    begin = time.perf_counter()
    child = subprocess.Popen([*command, "-q", "-j", str(jobs)], cwd=ROOT, start_new_session=True)
    watch = Watch(child.pid)
    while child.poll() is None:
        watch.look()
        with suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_BETWEEN_LOOKS)
    wall = time.perf_counter() - begin
    if child.returncode not in (0, 3, 4):
        raise SystemExit(f"scangrade grade ended with {child.returncode}")
    return Measured(
        pages=pages,
        kind=kind,
        jobs=jobs,
        wall=wall,
        cpu=sum(watch.cpu.values()),
        parent=watch.peaks.get(child.pid, 0),
        worker=watch.worker_peak,
        most=watch.most,
    )


def _one_pdf(blank: Blank, folder: Path, pages: int) -> None:
    folder.mkdir()
    write_pdf(blank, folder / "scans.pdf", pages)


def tell(measured: Measured) -> Measured:
    """Print one line of the table."""
    print(
        "  ".join(cell.rjust(len(head)) for cell, head in zip(measured.cells(), HEADS, strict=True)),
        flush=True,
    )
    return measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure piles of every size and print a table; returns 0, it is a measure and not a test."""
    parser = argparse.ArgumentParser(prog="dev.py bench scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1_000, 10_000], metavar="N")
    parser.add_argument("--memory", type=int, nargs=2, default=[500, 5_000], metavar="N", help="500 5000")
    parser.add_argument("--files", type=int, nargs="*", default=[500, 5_000], metavar="N", help="500 5000")
    parser.add_argument("--workers", type=int, default=1_000, metavar="N", help="pages for -j 1 and 2 (1000)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="workers otherwise (2)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blank = blank_page(folder)
        print("  ".join(HEADS))
        runs = {size: tell(grade(blank, folder, size, "pdf", chosen.jobs)) for size in chosen.sizes}
        small, large = (
            runs.get(size) or tell(grade(blank, folder, size, "pdf", chosen.jobs)) for size in chosen.memory
        )
        for size in chosen.files:
            tell(grade(blank, folder, size, "files", chosen.jobs))
        one, two = (tell(grade(blank, folder, chosen.workers, "pdf", jobs)) for jobs in (1, 2))
    print(
        f"\nmemory of {large.pages:,} pages against {small.pages:,}:"
        f" parent {large.parent / small.parent:.2f}, worker {large.worker / small.worker:.2f},"
        f" all together {large.most / small.most:.2f} (aim: 1.20)"
    )
    if len(runs) > 1:
        first, last = runs[chosen.sizes[-2]], runs[chosen.sizes[-1]]
        ratio = (last.cpu / last.pages) / (first.cpu / first.pages)
        print(f"CPU for each page, {last.pages:,} against {first.pages:,} pages: {ratio:.2f} (aim: 1.10)")
    print(f"two workers against one, {one.pages:,} pages, wall clock: {one.wall / two.wall:.2f} (aim: 1.70)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
