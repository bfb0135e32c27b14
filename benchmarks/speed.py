"""``python3 dev.py bench speed``: what a page costs, against the grey decoding of its own JPEG.

The project's own sheets, those with about 100, 200 and 400 boxes, are filled in by simulated
students and scanned with the profiles office-200 and clean-300. Then, in one process and one
thread, in interleaved rounds, each page is decoded, registered and measured, as a worker does it, and the
clock is read after each step; once from full decoding and once from half decoding. Boxes are decided
as the parent does it, many students together: a pile of pages in each round, its time by the page.
Times are CPU time, each the median of the rounds. Read the ratios: they hardly depend on the machine.

``bench speed table`` measures the table of docs/performance.md: kinds of scans, sizes of piles, workers.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._performance import main as table_of_all
from pipeline.exam import SheetPlan, compose_sheet, load_exam
from pipeline.model import Exam, Layout, LayoutBook, PageLayout, PageRead, PageSource
from pipeline.paper import SheetPrint, draw_sheets
from pipeline.paper.simulate import (
    SCAN_PROFILES,
    BookletMaker,
    PdfPages,
    SimulatedStudent,
    SimulationSettings,
    written_answers,
)
from pipeline.reading import Registered, decide_many, measure_boxes, prepare_worker, register_page
from pipeline.reading.image import make_page_image

EXAMS = Path(__file__).resolve().parent.parent / "answer_keys"
GOAL = 1.0
"""Marks and context of a 200-box page may cost as much as the decoding of its 200-dpi JPEG."""
STEPS = ("decode", "register", "measure")
PILE = 50
"""Students whose pages are decided together."""

MeasuredPage = tuple[PageRead, Layout, PageLayout]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A printed sheet of an exam."""

    exam: Exam
    plan: SheetPlan
    sheet: int
    boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Scans of one sheet, each of another student."""

    name: str
    sheet: Sheet
    profile: str
    jpegs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Median CPU milliseconds of each step of a case, from full and from half decoding."""

    case: Case
    full: Mapping[str, float]
    half: Mapping[str, float]
    decide: float
    """The same of a page among many."""

    @property
    def measured(self) -> float:
        """Measures against full decoding."""
        return self.full["measure"] / self.full["decode"]

    @property
    def decided(self) -> float:
        """Context and states against full decoding."""
        return self.decide / self.full["decode"]

    @property
    def page(self) -> float:
        """The whole page against full decoding."""
        return (sum(self.full.values()) + self.decide) / self.full["decode"]

    @property
    def half_page(self) -> float:
        """The whole page, decoded at half its size, against full decoding."""
        return (sum(self.half.values()) + self.decide) / self.full["decode"]


# --- pages ---------------------------------------------------------------------------------------


def sheet_with(boxes: int, exams: Path = EXAMS) -> Sheet:
    """The sheet of the project's own exams whose number of boxes is nearest to the one asked for."""
    found = []
    for path in sorted(exams.glob("*.yaml")):
        exam = load_exam(path).versions["A"]
        plan = compose_sheet(exam)
        found += [
            Sheet(exam=exam, plan=plan, sheet=page.sheet, boxes=len(page.boxes)) for page in plan.layout.pages
        ]
    return min(found, key=lambda sheet: abs(sheet.boxes - boxes))


def scan_sheet(sheet: Sheet, profile: str, students: int, seed: int) -> Case:
    """Print, fill in and scan one sheet for some students, and compress it as the profile does."""
    settings = SimulationSettings(seed=seed, profile=profile, format="jpeg")
    everyone = [
        SimulatedStudent(
            student_id=f"{serial:0{sheet.exam.student_id.length}d}",
            name=f"Student {serial}",
            serial=serial,
            version="A",
            printed=True,
        )
        for serial in range(1, students + 1)
    ]
    prints = [SheetPrint(serial=one.serial, student_id=one.student_id, name=one.name) for one in everyone]
    sheets = [page.sheet for page in sheet.plan.layout.pages]
    keys = [(one.serial, number) for one in everyone for number in sheets]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheets.pdf"
        draw_sheets(sheet.plan, sheet.exam, prints, path)
        pages = PdfPages(path, {key: index for index, key in enumerate(keys)})
        maker = BookletMaker(
            sheet.plan.layout,
            settings,
            exam=sheet.exam,
            page_images=pages,
            right=written_answers(sheet.exam),
            sheet_plan=sheet.plan,
        )
        scanned = [maker.page(one, sheet.sheet) for one in everyone]
        pages.close()
    jpegs = tuple(
        cv2.imencode(".jpg", page.image, [cv2.IMWRITE_JPEG_QUALITY, page.jpeg_quality])[1].tobytes()
        for page in scanned
    )
    name = f"{sheet.boxes} boxes, {profile}"
    return Case(name=name, sheet=sheet, profile=profile, jpegs=jpegs)


# --- steps ---------------------------------------------------------------------------------------


def read_timed(case: Case, jpeg: bytes, flag: int, dpi: float) -> tuple[list[float], MeasuredPage]:
    """Read one page as a worker does; CPU milliseconds of each of :data:`STEPS`, and what was read."""
    clock = [time.process_time_ns()]
    gray: NDArray[np.uint8] = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), flag), np.uint8)
    clock.append(time.process_time_ns())
    image = make_page_image(gray, dpi)
    found = register_page(image, LayoutBook(coded=(case.sheet.plan.layout,)), order=case.sheet.sheet)
    if not isinstance(found, Registered):
        raise SystemExit(f"{case.name}: the page was not registered: {found.message}")
    clock.append(time.process_time_ns())
    measured = measure_boxes(found)
    clock.append(time.process_time_ns())
    read = PageRead(
        source=PageSource(file="speed.jpg", path="speed.jpg", page=1, sha256="0" * 64),
        code=found.code,
        other_codes=found.other_codes,
        sheet=found.page.sheet,
        layout_hash=found.layout.hash,
        rms_mm=measured.rms_mm,
        quality=found.quality,
        features=measured.features,
        places_px=measured.places_px,
    )
    return [(after - before) / 1e6 for before, after in pairwise(clock)], (read, found.layout, found.page)


def decide_timed(pile: Sequence[Sequence[MeasuredPage]]) -> float:
    """Decide the pages of many students as the parent does; CPU milliseconds of one page."""
    begun = time.process_time_ns()
    decide_many(pile)
    return (time.process_time_ns() - begun) / 1e6 / sum(len(pages) for pages in pile)


def time_rounds(cases: Sequence[Case], rounds: int) -> list[Timed]:
    """Read a page of every case, and decide a pile of its pages, in each round, after one to warm up."""
    piles = [_pile(case) for case in cases]
    full: list[list[list[float]]] = [[] for _ in cases]
    half: list[list[list[float]]] = [[] for _ in cases]
    decide: list[list[float]] = [[] for _ in cases]
    for number in range(rounds):
        for place, case in enumerate(cases):
            jpeg = case.jpegs[number % len(case.jpegs)]
            dpi = float(SCAN_PROFILES[case.profile].dpi)
            full[place].append(read_timed(case, jpeg, cv2.IMREAD_GRAYSCALE, dpi)[0])
            half[place].append(read_timed(case, jpeg, cv2.IMREAD_REDUCED_GRAYSCALE_2, dpi / 2)[0])
            decide[place].append(decide_timed(piles[place]))
    return [
        Timed(
            case=case,
            full=_medians(full[place]),
            half=_medians(half[place]),
            decide=float(np.median(decide[place])),
        )
        for place, case in enumerate(cases)
    ]


def _pile(case: Case) -> list[list[MeasuredPage]]:
    """As many students as are decided together; those of the case take turns."""
    dpi = float(SCAN_PROFILES[case.profile].dpi)
    pages = [read_timed(case, jpeg, cv2.IMREAD_GRAYSCALE, dpi)[1] for jpeg in case.jpegs]
    pile = [[pages[number % len(pages)]] for number in range(PILE)]
    decide_many(pile)
    return pile


def _medians(times: Sequence[Sequence[float]]) -> dict[str, float]:
    return dict(zip(STEPS, np.median(np.array(times), axis=0).tolist(), strict=True))


# --- the command ---------------------------------------------------------------------------------


def table(timed: Sequence[Timed]) -> str:
    """One line per case: CPU ms of each stage, and the ratios to full decoding."""
    heads = ("page", *(f"{name} ms" for name in STEPS), "decide ms", "half decode ms")
    lines: list[tuple[str, ...]] = [(*heads, "measure", "decide", "marks", "whole", "half whole")]
    for one in timed:
        times = (*(one.full[name] for name in STEPS), one.decide, one.half["decode"])
        ratios = (one.measured, one.decided, one.measured + one.decided, one.page, one.half_page)
        lines.append((one.case.name, *(f"{ms:.2f}" for ms in times), *(f"{ratio:.2f}" for ratio in ratios)))
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, it is a measure and not a test."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["table"]:
        return table_of_all(arguments[1:])
    parser = argparse.ArgumentParser(prog="dev.py bench speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="rounds (40)")
    parser.add_argument("--students", type=int, default=3, metavar="N", help="pages of each case (3)")
    parser.add_argument("--boxes", type=int, nargs="*", default=[100, 200, 400], metavar="N")
    parser.add_argument("--seed", type=int, default=4, metavar="N")
    chosen = parser.parse_args(arguments)
    prepare_worker()
    sheets = [sheet_with(count) for count in chosen.boxes]
    cases = [
        scan_sheet(sheet, profile, max(1, chosen.students), chosen.seed)
        for profile in ("office-200", "clean-300")
        for sheet in sheets
    ]
    print(table(time_rounds(cases, max(1, chosen.rounds))))
    print(
        "\nmarks: measure and decide against decode, before it its parts; whole: the page from its bytes on"
        "\nagainst decode; half whole: the same with half decode. Pages are decided in piles of"
        f" {PILE} students.\nThe aim for marks of 200 boxes at 200 dpi: {GOAL}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
