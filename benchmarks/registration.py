"""``python3 dev.py bench registration [N]``: is a page without marks of ours read in the wrong place.

First N pages whose rows are all alike, for each of the anchors ``corners`` (a corner mark or two of
some are missing), ``image`` and ``none``: shifted by up to two rows, scaled 94-103 %, upside-down or
not. A page is *wrong* when it is registered and a box is taken to be more than 0.5 mm from where it is.

Then the blank pages of typeset exams, by their own print alone: scans, and photos with perspective.
The error is that of the homography, over the whole page. With ``--real DIR`` at last real scans: there
nobody knows the truth, so the place taken is compared at every box with that by the printed marks alone,
where the set has marks as anchors, and beside it with that by the printed outlines alone. A mark that a pen
touches, and outlines that a bad scan lost or that are not printed just where the layout has them, are
counted against the page all the same.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks._alike_rows import Case, Kind, make_case, scan, upright_error_mm
from benchmarks._typeset_pages import error_mm, take, typeset_layouts
from pipeline.exam import load_layout
from pipeline.model import LayoutBook, PageSource
from pipeline.reading import Registered, Unmatched, load_page, register_page
from pipeline.reading.arrangement import fit_matrix
from pipeline.reading.image import make_page_image
from pipeline.reading.outlines import check_outlines
from pipeline.reading.placing import mark_set
from pipeline.reading.registered import Matrix, apply, local_scale
from pipeline.reading.shapes import measure_mark

KINDS: tuple[Kind, ...] = ("corners", "image", "none")
WRONG_MM = 0.5
"""Error of a box from which a page counts as read in the wrong place."""


_HEAD = f"{'':16}{'pages':>8}{'right':>8}{'refused':>8}{'wrong':>8}" + "".join(
    f"{title:>10}" for title in ("mm median", "mm worst", "CPU ms")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one page."""

    case: Case
    error_mm: float | None
    """None: refused."""
    rms_mm: float
    message: str
    seconds: float

    @property
    def wrong(self) -> bool:
        """Whether it was read in the wrong place."""
        return self.error_mm is not None and self.error_mm > WRONG_MM


def read_case(case: Case, folder: Path) -> Outcome:
    """Scan one page, register it, and compare with where it lies."""
    scanned = scan(case, folder)
    started = time.process_time()
    found = register_page(make_page_image(scanned.picture, 150), LayoutBook(fixed=scanned.layout), order=1)
    seconds = time.process_time() - started
    if isinstance(found, Unmatched):
        return Outcome(case=case, error_mm=None, rms_mm=0.0, message=found.message, seconds=seconds)
    error = upright_error_mm(found.matrix, found.quality.quarter_turns, scanned)
    return Outcome(case=case, error_mm=error, rms_mm=found.rms_mm, message="", seconds=seconds)


def line(kind: Kind, outcomes: Sequence[Outcome]) -> str:
    """One line of the table."""
    read = [outcome for outcome in outcomes if outcome.error_mm is not None]
    errors = [outcome.error_mm for outcome in read if outcome.error_mm is not None and not outcome.wrong]
    middle, worst = (float(np.median(errors)), max(errors)) if errors else (np.nan, np.nan)
    wrong = sum(outcome.wrong for outcome in read)
    cpu = 1000 * float(np.median([outcome.seconds for outcome in outcomes]))
    cells = (len(outcomes), len(read) - wrong, len(outcomes) - len(read), wrong)
    return f"{kind:16}" + "".join(f"{cell:8}" for cell in cells) + f"{middle:10.3f}{worst:10.3f}{cpu:10.0f}"


def typeset_lines(pages: int) -> tuple[list[str], bool]:
    """Lines of the table for the pages of typeset exams, each taken ``pages`` times; whether any is wrong."""
    rng = np.random.default_rng(1)
    lines, failed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for layout, pictures in typeset_layouts(Path(folder)):
            for kind in ("scan", "photo"):
                errors, refused, wrong = [], 0, 0
                for place in range(pages):
                    page = layout.pages[place % len(pictures)]
                    taken, true = take(pictures[place % len(pictures)], page, rng, phone=kind == "photo")
                    found = register_page(make_page_image(taken, 200), LayoutBook(fixed=layout), order=1)
                    if isinstance(found, Unmatched):
                        refused += 1
                    elif found.page.sheet != page.sheet:
                        wrong += 1
                    else:
                        errors.append(error_mm(found.matrix, true, page))
                wrong += sum(error > WRONG_MM for error in errors)
                right = sum(error <= WRONG_MM for error in errors)
                failed |= wrong > 0
                middle, worst = (float(np.median(errors)), max(errors)) if errors else (np.nan, np.nan)
                cells = f"{pages:8}{right:8}{refused:8}{wrong:8}{middle:10.3f}{worst:10.3f}"
                lines.append(f"{layout.name + ' ' + kind:16}{cells}")
    return lines, failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How far the place taken of a real page is from that by one thing alone, at the worst box, mm."""

    marks: float | None
    """None: the page has no marks as anchors, or fewer than three are seen."""
    outlines: float | None
    """None: fewer than half of the outlines are seen."""


def real_lines(folder: Path) -> list[str]:
    """Lines for each set of real scans, by marks and by outlines, and the pages that are off."""
    found: dict[str, list[Apart]] = {}
    beyond: list[str] = []
    refused: Counter[str] = Counter()
    for path in sorted(folder.glob("*/*/layout.json")):
        layout = load_layout(path)
        name = path.parent.parent.name
        scans = [file for file in path.parent.iterdir() if file.suffix not in {".json", ".csv", ".md"}]
        source = PageSource(file=scans[0].name, path=str(scans[0]), page=1, sha256="")
        registered = register_page(load_page(source), LayoutBook(fixed=layout), order=1)
        if isinstance(registered, Unmatched):
            refused[name] += 1
        else:
            found.setdefault(name, []).append(apart := apart_mm(registered))
            for what, far in (("marks", apart.marks), ("outlines", apart.outlines)):
                if far is not None and far > WRONG_MM:
                    beyond.append(f"  {name} {path.parent.name}: {far:.2f} mm by {what}")
    lines = [
        f"{'':26}{'pages':>8}{'<=0.5 mm':>10}{'refused':>8}{'beyond':>8}{'mm median':>10}{'mm worst':>10}"
    ]
    for name in sorted({*found, *refused}):
        pages = found.get(name, [])
        by = {"marks": [one.marks for one in pages], "outlines": [one.outlines for one in pages]}
        for what, values in by.items():
            off = [far for far in values if far is not None]
            near = sum(far <= WRONG_MM for far in off)
            middle, worst = (float(np.median(off)), max(off)) if off else (np.nan, np.nan)
            cells = f"{len(off) + refused[name]:8}{near:10}{refused[name]:8}{len(off) - near:8}"
            if off:
                lines.append(f"{name + ', ' + what:26}{cells}{middle:10.3f}{worst:10.3f}")
    return lines + beyond


def apart_mm(page: Registered) -> Apart:
    """How far the place taken is from that by marks alone and from that by outlines alone."""
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.page.boxes])
    taken = apply(page.matrix, centres)

    def far(other: Matrix) -> float:
        return float(np.hypot(*(taken - apply(other, centres)).T).max() / page.px_per_mm)

    outlines = check_outlines(page.gray, page.matrix, page.page.boxes, None)
    by_outlines = far(outlines.matrix) if outlines.score >= 0.5 else None
    if page.page.anchors.kind not in ("corners", "scangrade"):
        return Apart(marks=None, outlines=by_outlines)
    marks = mark_set(page.page)
    points = np.array(marks.points)
    measured = []
    for (x, y), point in zip(apply(page.matrix, points), marks.points, strict=True):
        size = marks.size * local_scale(page.matrix, point)
        measured.append(measure_mark(page.gray, float(x), float(y), size, marks.kind))
    kept = [place for place, mark in enumerate(measured) if mark is not None]
    if len(kept) < 3:
        return Apart(marks=None, outlines=by_outlines)
    seen = np.array([(mark.x, mark.y) for mark in measured if mark is not None])
    return Apart(marks=far(fit_matrix(points[kept], seen)), outlines=by_outlines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 1 when a page was read in the wrong place."""
    parser = argparse.ArgumentParser(prog="dev.py bench registration", description=__doc__)
    parser.add_argument("pages", type=int, nargs="?", default=200, metavar="N")
    parser.add_argument("--kind", choices=KINDS, help="only this kind of anchors")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="number of the first page")
    parser.add_argument("--real", type=Path, metavar="DIR", help="also real scans: DIR/SET/CASE/layout.json")
    parser.add_argument("--refused", action="store_true", help="say of each refused page why")
    chosen = parser.parse_args(arguments)
    print(_HEAD)
    failed = False
    for kind in (chosen.kind,) if chosen.kind else KINDS:
        seeds = range(chosen.first, chosen.first + chosen.pages)
        with tempfile.TemporaryDirectory() as folder:
            outcomes = [read_case(make_case(kind, seed), Path(folder)) for seed in seeds]
        print(line(kind, outcomes), flush=True)
        for outcome in outcomes:
            if outcome.wrong:
                print(f"  wrong by {outcome.error_mm:.1f} mm: {outcome.case}")
            elif outcome.error_mm is None and chosen.refused:
                print(f"  refused: {outcome.message}: {outcome.case}")
        failed |= any(outcome.wrong for outcome in outcomes)
    if not chosen.kind:
        lines, wrong = typeset_lines(max(6, chosen.pages // 10))
        print(*lines, sep="\n", flush=True)
        failed |= wrong
    if chosen.real:
        print("real pages, by marks alone and by outlines alone:", *real_lines(chosen.real), sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
