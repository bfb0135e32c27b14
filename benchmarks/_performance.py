"""``bench speed table``: the figures of docs/performance.md, each measured once, kept, and written there.

Every measure is a line of a file that is kept, so a run may be ended at any time, goes on where it was, and
measures again only what another program or another machine has measured. Per kind of scan: a page from its
bytes to its boxes and their states, against the decoding of its picture alone, in one process and thread, in
interleaved rounds; medians of CPU time. Per size of a pile, and for one worker and two: the whole command, as
``bench scale`` measures it.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf

from benchmarks._scale_pages import blank_page
from benchmarks.scale import grade
from pipeline.gather import gather_exams, gather_layouts
from pipeline.model import LayoutBook, PageRead, PageSource
from pipeline.reading import StudentPages, decide_many, find_scans, list_pages, load_page, prepare_worker
from pipeline.run import read_page
from pipeline.versions import reading_versions

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"
EXAM = ROOT / "answer_keys" / "dtu-02456-2025-12.yaml"
KINDS: Mapping[str, tuple[str, str]] = {
    "JPEG, 300 dpi": ("clean-300", "jpeg"),
    "PDF of JPEG, 300 dpi": ("clean-300", "pdf"),
    "JPEG, 200 dpi": ("office-200", "jpeg"),
    "PDF of JPEG, 200 dpi": ("office-200", "pdf"),
    "PNG, 200 dpi": ("office-200", "png"),
    "TIFF, 200 dpi": ("office-200", "tiff"),
    "PDF of fax (group 4), 200 dpi": ("fax-bilevel", "pdf-g4"),
    "colour JPEG of a phone, 240 dpi": ("phone", "jpeg"),
}
"""Profile and format of the simulated scans of each kind."""
SIZES = (100, 500, 1_000, 5_000, 10_000)
OF_WORKERS = 1_000
"""Pages that one worker and two read."""
PILE = 50
"""Students whose pages are decided together."""

Values = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table."""

    name: str
    pages: int
    """How large it is."""
    take: Callable[[Path], Values]
    """Measures, with a folder for its files."""


# --- a page of each kind ---------------------------------------------------------------------------


def measure_kind(folder: Path, profile: str, scan_format: str, students: int, rounds: int) -> Values:
    """CPU milliseconds of decoding, reading and deciding a page, and its memory."""
    out = folder / f"{profile}-{scan_format}"
    options = ["--students", students, "--seed", 5, "--profile", profile, "--format", scan_format, "-q"]
    command = [sys.executable, "-m", "pipeline", "simulate", EXAM, "-o", out, *options]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    exams = gather_exams(out / EXAM.name)
    book = gather_layouts(exams)
    pages = [page for scan in find_scans([out / "scans"]) for page in _listed(list_pages(scan))]
    decoders = [decoder(page) for page in pages]
    reads = [_read(page, book) for page in pages]
    pile = _pile(reads, book)
    prepare_worker()
    times: list[tuple[float, float, float]] = []
    for number in range(rounds):
        place = number % len(pages)
        times.append(
            (
                cpu(decoders[place]),
                cpu(lambda: read_page(pages[place], book)),  # noqa: B023 (called at once)
                cpu(lambda: decide_many(pile)) / len(pile),
            )
        )
    decode, read, decide = np.median(np.array(times), axis=0).tolist()
    boxes = float(np.mean([len(read.features) for read in reads]))
    return {"decode": decode, "read": read, "decide": decide, "boxes": boxes}


def _listed(pages: Any) -> Sequence[PageSource]:
    if not isinstance(pages, tuple):
        raise SystemExit(f"a simulated scan cannot be listed: {pages.message}")
    return pages


def _read(page: PageSource, book: LayoutBook) -> PageRead:
    result = read_page(page, book)
    if not isinstance(result, PageRead):
        raise SystemExit(f"a simulated page was not read: {result.message}")
    return result


def _pile(reads: Sequence[PageRead], book: LayoutBook) -> list[StudentPages]:
    """As many students as are decided together, each with one page; pages take turns."""
    layouts = {layout.hash: layout for layout in book.coded}
    pile: list[StudentPages] = []
    for number in range(PILE):
        read = reads[number % len(reads)]
        layout = layouts[read.layout_hash]
        page = next(one for one in layout.pages if one.sheet == read.sheet)
        pile.append([(read, layout, page)])
    return pile


def decoder(page: PageSource) -> Callable[[], object]:
    """What decodes a page to grey at its full size: OpenCV for a JPEG, our own reader for all else."""
    path = Path(page.path)
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            (image,) = pdf.pages[page.page - 1].images.values()
            data = image.read_raw_bytes() if image.get("/Filter") == "/DCTDecode" else b""
    else:
        data = path.read_bytes() if path.suffix in (".jpg", ".jpeg") else b""
    if not data:
        return lambda: load_page(page)
    return lambda: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)


def cpu(work: Callable[[], object]) -> float:
    """CPU milliseconds of some work, with the programs that it starts."""
    before = _spent()
    work()
    return 1000 * (_spent() - before)


def _spent() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


# --- piles -----------------------------------------------------------------------------------------


def measure_pile(folder: Path, pages: int, jobs: int) -> Values:
    """One run of the command over a PDF of so many pages."""
    measured = asdict(grade(blank_page(folder), folder, pages, "pdf", jobs))
    return {name: float(measured[name]) for name in ("wall", "cpu", "parent", "worker", "most")}


# --- what is kept ----------------------------------------------------------------------------------


def where_and_what() -> str:
    """The machine and the program, in words."""
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 (no file of the project)
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, scangrade {reading_versions('pdfium')['scangrade']}"


def kept_lines(path: Path, by: str) -> dict[str, dict[str, Any]]:
    """What was measured by this program on this machine, by its name."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith("}")]
    return {line["name"]: line for line in found if line["by"] == by}


def measures(chosen: argparse.Namespace) -> Iterator[Measure]:
    """Everything that the table holds, the short ones first."""
    for name, (profile, scan_format) in KINDS.items():

        def kind(folder: Path, profile: str = profile, scan_format: str = scan_format) -> Values:
            return measure_kind(folder, profile, scan_format, chosen.students, chosen.rounds)

        yield Measure(name=name, pages=chosen.rounds, take=kind)
    piles = [(size, 2) for size in SIZES] + [(OF_WORKERS, 1)]
    for size, jobs in sorted(piles):

        def pile(folder: Path, size: int = size, jobs: int = jobs) -> Values:
            return measure_pile(folder, size, jobs)

        if size <= chosen.pages:
            yield Measure(name=f"{size} pages, {jobs} workers", pages=size, take=pile)


# --- the table -------------------------------------------------------------------------------------


def table(found: Mapping[str, Mapping[str, Any]], by: str) -> str:
    """The part of the document that is measured."""
    lines = [f"Measured on: {by}.", "", *_kind_lines(found), "", *_pile_lines(found), "", *_ratios(found)]
    return "\n".join(lines) + "\n"


def _kind_lines(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "| kind of scan | boxes | decoding, CPU ms | whole page, CPU ms | ratio | pages a core second |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in KINDS:
        if name not in found:
            yield f"| {name} | not measured | | | | |"
            continue
        values = found[name]["values"]
        whole = values["read"] + values["decide"]
        cells = (f"{values['boxes']:.0f}", f"{values['decode']:.1f}", f"{whole:.1f}")
        yield f"| {name} | {' | '.join(cells)} | {whole / values['decode']:.2f} | {1000 / whole:.1f} |"


def _pile_lines(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "| pages | workers | CPU ms for each page | wall clock, s | command, MB | largest worker, MB"
        " | all together, MB | load before |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for size, jobs in sorted([(size, 2) for size in SIZES] + [(OF_WORKERS, 1)]):
        one = found.get(_pile_name(size, jobs))
        if one is None:
            yield f"| {size:,} | {jobs} | not measured | | | | | |"
            continue
        values = one["values"]
        memory = " | ".join(f"{values[name] / 1024:.0f}" for name in ("parent", "worker", "most"))
        yield (
            f"| {size:,} | {jobs} | {1000 * values['cpu'] / size:.1f} | {values['wall']:.1f} | {memory}"
            f" | {one['load']:.1f} |"
        )


def _pile_name(size: int, jobs: int) -> str:
    return f"{size} pages, {jobs} workers"


def _ratios(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    def value(size: int, jobs: int, name: str) -> float | None:
        one = found.get(_pile_name(size, jobs))
        return None if one is None else float(one["values"][name])

    wanted = (
        ("Memory of all processes, 5,000 pages against 500", (5_000, 2), (500, 2), "most", 1.0, 1.2),
        ("CPU for each page, 10,000 pages against 1,000", (10_000, 2), (1_000, 2), "cpu", 0.1, 1.1),
        ("Wall clock, one worker against two", (OF_WORKERS, 1), (OF_WORKERS, 2), "wall", 1.0, 1.7),
    )
    for words, first, second, name, scale, aim in wanted:
        above, below = value(*first, name), value(*second, name)
        ratio = "not measured" if above is None or below is None else f"{scale * above / below:.2f}"
        yield f"- {words}: {ratio} (aim: {aim})"


def write_document(text: str) -> None:
    """Put the table into the document."""
    whole = DOCUMENT.read_text("utf-8")
    head, _, rest = whole.partition(BEGIN)
    DOCUMENT.write_text(head + BEGIN + text + END + rest.partition(END)[2], "utf-8")


# --- the command -----------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Measure what is not measured yet, and print the table; returns 0."""
    parser = argparse.ArgumentParser(prog="dev.py bench speed table", description=__doc__)
    parser.add_argument(
        "--pages", type=int, default=1_000, metavar="N", help="largest pile (1000; all: 10000)"
    )
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="pages of each kind (40)")
    parser.add_argument("--students", type=int, default=3, metavar="N", help="different ones of them (3)")
    parser.add_argument("--keep", type=Path, default=Path("speed.jsonl"), metavar="FILE", help="speed.jsonl")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--only-table", action="store_true", help="measure nothing more")
    chosen = parser.parse_args(arguments)
    by = where_and_what()
    found = kept_lines(chosen.keep, by)
    for measure in () if chosen.only_table else measures(chosen):
        if measure.name in found:
            continue
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory() as folder:
            values = measure.take(Path(folder))
        line = {"name": measure.name, "by": by, "load": round(load, 2), "values": values}
        with chosen.keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        found[measure.name] = line
        told = ", ".join(f"{name} {value:.1f}" for name, value in values.items())
        print(f"{measure.name}: {told} (load before: {load:.1f})", flush=True)
    text = table(found, by)
    print(text)
    if chosen.write:
        write_document(text)
    return 0
