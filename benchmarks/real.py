"""``python3 dev.py bench real DIR``: read real scans that carry their truth, and count.

``DIR/SET/CASE/`` holds pictures, ``layout.json`` and ``truth.csv`` (question, option, state). Each
case is read as ``scangrade read --layout`` reads it. A silent error is a reading that is not
doubtful, of a truth that is not unknown, where one says marked and the other does not.
"""

import argparse
import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks._contact_sheets import Crop, write_sheets
from pipeline.errors import ScangradeError
from pipeline.run import read_batch
from pipeline.settings import ReadSettings

LAYOUT, TRUTH = "layout.json", "truth.csv"
COLUMNS = ("cases", "boxes", "known", "silent", "doubtful", "share", "not read")
CLOSE = 0.02
"""Readings whose probability is this near to being doubtful, or nearer, are close calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One box: what was read, and what is true."""

    case: str
    question: str
    option: str
    state: str
    p_marked: float
    flags: str
    truth: str
    page: int = 1

    @property
    def known(self) -> bool:
        """Whether the truth is known."""
        return self.truth != "unknown"

    @property
    def silent(self) -> bool:
        """Whether it is a silent error."""
        differs = (self.state == "marked") != (self.truth == "marked")
        return self.known and self.state != "doubtful" and differs


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What became of one case."""

    name: str
    readings: tuple[Reading, ...]
    boxes: int
    unread: tuple[str, ...]
    """One line for each page that was not read, and for a case that failed as a whole."""

    @property
    def set_name(self) -> str:
        """The set that the case belongs to."""
        return self.name.split("/")[0]


def find_cases(folder: Path, only: str = "") -> tuple[Path, ...]:
    """Every case folder ``folder/SET/CASE``; only of one set when it is named."""
    layouts = sorted(folder.glob(f"{only or '*'}/*/{LAYOUT}"))
    return tuple(path.parent for path in layouts if (path.parent / TRUTH).is_file())


def read_case(case: Path) -> CaseResult:
    """Read one case and put its truth beside each box."""
    name = f"{case.parent.name}/{case.name}"
    truth = {(row["question"], row["option"]): row["state"] for row in _rows(case / TRUTH)}
    scans = tuple(sorted(path for path in case.iterdir() if path.suffix not in {".json", ".csv", ".md"}))
    try:
        with tempfile.TemporaryDirectory() as results:
            read_batch(ReadSettings(scans=scans, output=Path(results), layout=case / LAYOUT))
            marks = list(_rows(Path(results) / "marks.csv"))
            pages = list(_rows(Path(results) / "pages.csv"))
    except ScangradeError as error:
        return CaseResult(name=name, readings=(), boxes=len(truth), unread=(str(error),))
    unread = tuple(
        f"{page['file']} page {page['page']}: {page['outcome'] or 'missing'}: {page['reason']}"
        for page in pages
        if page["outcome"] != "read"
    )
    readings = tuple(
        Reading(
            case=name,
            question=row["question"],
            option=row["option"],
            state=row["state"],
            p_marked=float(row["p_marked"] or "nan"),
            flags=row["flags"],
            truth=truth.get((row["question"], row["option"]), "unknown"),
            page=int(row["page"]),
        )
        for row in marks
    )
    return CaseResult(name=name, readings=readings, boxes=max(len(readings), len(truth)), unread=unread)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


# --- the table -----------------------------------------------------------------------------------


def count(results: Iterable[CaseResult]) -> Counter[str]:
    """Add up the columns of the table."""
    total: Counter[str] = Counter()
    for result in results:
        known = [reading for reading in result.readings if reading.known]
        total.update(
            {
                "cases": 1,
                "boxes": result.boxes,
                "known": len(known),
                "silent": sum(reading.silent for reading in known),
                "doubtful": sum(reading.state == "doubtful" for reading in known),
                "not read": len(result.unread),
            }
        )
    return total


def table(results: Sequence[CaseResult]) -> str:
    """One line per set and one for all of them."""
    sets = sorted({result.set_name for result in results})
    lines: list[tuple[str, ...]] = [("set", *COLUMNS)]
    for name in (*sets, "total"):
        chosen = [result for result in results if name in (result.set_name, "total")]
        total = count(chosen)
        share = f"{100 * total['doubtful'] / max(total['known'], 1):.2f} %"
        lines.append((name, *(share if column == "share" else str(total[column]) for column in COLUMNS)))
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def silent_lines(results: Iterable[CaseResult]) -> list[str]:
    """One line for each silent error."""
    return [
        f"silent: {reading.case}: question {reading.question}, option {reading.option}:"
        f" read {reading.state} (p {reading.p_marked:.3f}), truth {reading.truth}"
        for result in results
        for reading in result.readings
        if reading.silent
    ]


# --- pictures ------------------------------------------------------------------------------------


def pick_crops(results: Iterable[CaseResult]) -> dict[str, list[Reading]]:
    """What is worth looking at, by the name of its picture: worst first."""
    readings = [reading for result in results for reading in result.readings]
    chosen: dict[str, list[Reading]] = {}
    for name in sorted({reading.case.split("/")[0] for reading in readings}):
        mine = [reading for reading in readings if reading.case.startswith(f"{name}/")]
        kinds: dict[str, Callable[[Reading], bool]] = {
            "silent": lambda reading: reading.silent,
            "doubtful": lambda reading: reading.state == "doubtful",
            "close": lambda reading: reading.state != "doubtful" and CLOSE <= reading.p_marked <= 1.0 - CLOSE,
        }
        for kind, wanted in kinds.items():
            picked = sorted(filter(wanted, mine), key=lambda reading: abs(reading.p_marked - 0.5))
            if picked:
                chosen[f"{name}-{kind}"] = picked[:200]
    return chosen


def write_pictures(folder: Path, results: Sequence[CaseResult], output: Path) -> list[Path]:
    """Contact sheets of silent errors, doubts and the closest calls, a file for each set and kind."""
    crops = {
        name: [
            Crop(
                case=folder / reading.case,
                page=reading.page,
                question=reading.question,
                option=reading.option,
                truth=reading.truth,
                caption=f"{reading.state[:6]} {reading.p_marked:.2f}",
            )
            for reading in readings
        ]
        for name, readings in pick_crops(results).items()
    }
    return write_sheets(crops, output)


# --- the command ---------------------------------------------------------------------------------


@contextmanager
def _mapper(jobs: int) -> Iterator[Callable[[Sequence[Path]], Iterable[CaseResult]]]:
    if jobs == 1:
        yield partial(map, read_case)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            yield partial(pool.map, read_case)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, it is a measure and not a test."""
    parser = argparse.ArgumentParser(prog="dev.py bench real", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="DIR/SET/CASE/layout.json, truth.csv")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--only", default="", metavar="SET", help="read one set")
    parser.add_argument("--pictures", type=Path, metavar="OUT", help="write contact sheets there")
    chosen = parser.parse_args(arguments)
    cases = find_cases(chosen.folder, chosen.only)
    if not cases:
        parser.error(f"{chosen.folder} holds no SET/CASE/{LAYOUT} with a {TRUTH}")
    results = []
    with _mapper(max(1, chosen.jobs)) as read_all:
        for result in read_all(cases):
            results.append(result)
            if sys.stderr.isatty():
                print(f"\r{len(results)} of {len(cases)}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(table(results))
    for result in results:
        for line in result.unread:
            print(f"not read: {result.name}: {line}")
    print(*silent_lines(results), sep="\n", end="\n" if silent_lines(results) else "")
    if chosen.pictures:
        for path in write_pictures(chosen.folder, results, chosen.pictures):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
