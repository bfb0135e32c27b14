"""``python3 dev.py bench marks``: how often a mark is misread, and how often a person must look.

Simulated writers, with pens, hands, habits and sheets that were kept for this, fill in sheets of
about 200 boxes and the five exams; each page is scanned by five scanners and read. A silent error
is a box that is not doubtful and read as marked where the writer meant no mark, or the other way
round. Two rules of other programs read the same registered pages beside it. ``--full`` reads a
million boxes of legible marks with each scanner and takes hours; it goes on where it was stopped.
"""

import argparse
import datetime
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks._marks_pages import (
    EXAM_SHEETS,
    KINDS,
    ROOT,
    Tally,
    Task,
    code_hash,
    run_task,
)
from benchmarks._marks_report import Cell, pictures, report

SEED = 20261202
SHORT = {"legible": 10, "awkward": 6, "shifted": 4, "exams": 4}
"""Writers of each kind of sheet in the short run."""
FULL = {"legible": 720, "awkward": 240, "shifted": 120, "exams": 60}
PAGES, RUN = "pages.jsonl", "run.json"
DOCUMENT = ROOT / "docs" / "accuracy.md"


def plan(writers: Mapping[str, int], seed: int, kinds: Sequence[str]) -> list[Task]:
    """Every task of a run: all kinds of sheet by turns, so that a stopped run is a smaller one.

    Each kind of sheet, and its awkward marks, have writers of their own.
    """
    tasks: list[tuple[float, int, Task]] = []
    for number, kind in enumerate(kinds):
        if kind == EXAM_SHEETS:
            counts = {"legible": writers["exams"]}
        else:
            counts = {name: writers[name] for name in ("legible", "awkward", "shifted")}
        for marks, count in counts.items():
            for index in range(count):
                task = Task(
                    kind=kind,
                    marks="awkward" if marks == "awkward" else "legible",
                    writer=index + 1,
                    seed=seed + 1000 * (number + 1) + (marks == "awkward"),
                    shifted=marks == "shifted",
                )
                tasks.append(((index + 0.5) / count, number, task))
    return [task for _, _, task in sorted(tasks, key=lambda item: item[:2])]


# --- a run that may be stopped -------------------------------------------------------------------


def known_tasks(folder: Path, about: Mapping[str, Any], fresh: bool) -> dict[str, list[dict[str, Any]]]:
    """What an earlier run of the same code left in the folder, by task.

    Raises
    ------
    SystemExit
        When it was left by other code: figures of two programs must not be mixed.
    """
    path, run = folder / PAGES, folder / RUN
    if fresh or not run.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        run.write_text(json.dumps(about), encoding="utf-8")
        return {}
    earlier = json.loads(run.read_text(encoding="utf-8"))
    if earlier != about:
        raise SystemExit(
            f"{folder} holds a run of other code or another seed: name another folder with -o, or --fresh"
        )
    known: dict[str, list[dict[str, Any]]] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the line that was being written when the run was stopped
            known[entry["task"]] = entry["tallies"]
    return known


def run(
    folder: Path, tasks: Sequence[Task], jobs: int, known: Mapping[str, Any]
) -> Iterator[tuple[Task, list[Tally]]]:
    """Every task with its tallies, in order of completion; new ones are appended to the folder at once."""
    for task in tasks:
        if task.name in known:
            yield task, [_tally(one) for one in known[task.name]]
    waiting = [task for task in tasks if task.name not in known]
    done = len(tasks) - len(waiting)
    with (folder / PAGES).open("a", encoding="utf-8") as out, _mapper(jobs) as read_all:
        out.write("\n" if known else "")
        for task, tallies in zip(waiting, read_all(waiting), strict=True):
            entry = {"task": task.name, "tallies": [asdict(tally) for tally in tallies]}
            out.write(json.dumps(entry) + "\n")
            out.flush()
            done += 1
            if sys.stderr.isatty():
                print(f"\r{done} of {len(tasks)} ", end="", file=sys.stderr, flush=True)
            yield task, tallies
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _tally(values: Mapping[str, Any]) -> Tally:
    kind, marks, profile, pixels = values["cell"]
    return Tally(
        **{
            **values,
            "cell": (kind, marks, profile, pixels),
            "curve": tuple(map(tuple, values["curve"])),
            "crops": tuple(values["crops"]),
        }
    )


@contextmanager
def _mapper(jobs: int) -> Iterator[Callable[[Sequence[Task]], Iterable[list[Tally]]]]:
    if jobs == 1:
        yield partial(map, run_task)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            yield partial(pool.map, run_task, chunksize=1)


# --- the command ---------------------------------------------------------------------------------


def gather(results: Iterable[tuple[Task, list[Tally]]]) -> dict[tuple[str, str, str, int], Cell]:
    """Add up the tallies of each cell of the table."""
    cells: dict[tuple[str, str, str, int], Cell] = defaultdict(Cell)
    for task, tallies in results:
        for tally in tallies:
            cells[tally.cell].add(f"{task.seed} {task.writer}", tally)
    return dict(cells)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, it is a measure and not a test."""
    parser = argparse.ArgumentParser(prog="dev.py bench marks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="a million boxes with each scanner; hours")
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="that share of the writers")
    parser.add_argument("-o", "--output", type=Path, default=Path("marks-benchmark"), metavar="FOLDER")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", action="append", choices=KINDS, help="kind of sheet; may be repeated")
    parser.add_argument("--fresh", action="store_true", help="forget what the folder holds")
    parser.add_argument("--document", action="store_true", help=f"write {DOCUMENT.relative_to(ROOT)}")
    chosen = parser.parse_args(arguments)
    writers = {
        name: max(1, round(count * chosen.scale)) for name, count in (FULL if chosen.full else SHORT).items()
    }
    about = {"code": code_hash(), "seed": chosen.seed}
    tasks = plan(writers, chosen.seed, chosen.only or KINDS)
    known = known_tasks(chosen.output, about, chosen.fresh)
    cells = gather(run(chosen.output, tasks, max(1, chosen.jobs), known))
    command = "python3 dev.py bench marks"
    command += " --full" if chosen.full else ""
    command += f" --scale {chosen.scale:g}" if chosen.scale != 1.0 else ""
    command += "".join(f" --only {kind}" for kind in chosen.only or ())
    text = report(
        cells,
        date=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        command=command,
        seed=chosen.seed,
        code=str(about["code"]),
    )
    print(text)
    for path in pictures(cells, chosen.output):
        print(path)
    if chosen.document:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"written: {DOCUMENT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
