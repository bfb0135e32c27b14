"""``python -m benchmarks.train_marks``: make ``pipeline/reading/data/marks.npz`` anew.

Two draws of simulated writers with seeds of their own: one to grow the trees, one to calibrate their
probabilities. Both from the ``train`` ranges; the ``test`` ranges are left to ``bench marks``. Sheets are
of the constructed kinds, those of the five exams, and sheets as other people print them. The same
versions of the libraries make the same file, byte for byte. scikit-learn is needed here and nowhere
else: ``requirements-train.lock``.
"""

import argparse
import io
import json
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._fit_trees import Sample, calibrate, fit_forest
from benchmarks._mark_pages import MarkedPage, marked_pages
from pipeline.model import Marking
from pipeline.reading.evidence import INPUTS, inputs
from pipeline.reading.judge import DATA, OUTCOMES, REMARKED, Judge
from pipeline.reading.page_context import page_contexts

OUTPUT = Path(__file__).resolve().parent.parent / "pipeline" / "reading" / "data" / DATA
NATURAL = 0.05
"""Share of answered questions with an awkward mark, as people fill in sheets."""
AT_ONCE = 25
"""Writers of one task."""
WRITTEN = (2026, 1, 1, 0, 0, 0)
"""Date of the arrays in the file, so that it repeats exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One draw of writers."""

    seed: int
    writers: int
    awkward: float
    scans: int
    others: float
    """Share of the writers with sheets as other people print them."""
    exams: float
    """Share of those with the sheets of the five exams."""

    def pages(self, writers: range) -> Iterable[MarkedPage]:
        """The pages of some writers, one by one."""
        return marked_pages(
            self.seed,
            writers,
            awkward=self.awkward,
            scans=self.scans,
            others=self.others,
            exams=self.exams,
        )


GROWING = Draw(seed=31, writers=1500, awkward=0.15, scans=2, others=0.4, exams=0.12)
CALIBRATION = Draw(seed=32, writers=400, awkward=NATURAL, scans=2, others=0.3, exams=0.12)


def drawn_samples(draw: Draw, jobs: int) -> dict[Marking, Sample]:
    """Inputs and truth of all boxes of a draw, by convention."""
    tasks = [
        range(first, min(first + AT_ONCE, draw.writers + 1)) for first in range(1, draw.writers + 1, AT_ONCE)
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(partial(_samples_of, draw), tasks))
    markings = [marking for marking in Marking if any(marking in part for part in parts)]
    return {marking: joined(part[marking] for part in parts if marking in part) for marking in markings}


def _samples_of(draw: Draw, writers: range) -> dict[Marking, Sample]:
    cv2.setNumThreads(1)
    return samples(draw.pages(writers))


def samples(pages: Iterable[MarkedPage]) -> dict[Marking, Sample]:
    """Inputs and truth of all boxes, by convention; a booklet's pages of one scan are its context."""
    parts: dict[Marking, list[Sample]] = {marking: [] for marking in Marking}
    for booklet in booklets(pages):
        contexts = page_contexts([(page.read, page.layout, page.page) for page in booklet])
        for page, context in zip(booklet, contexts, strict=True):
            seen = inputs(context)
            for marking, found in parts.items():
                rows = np.flatnonzero(context.table.has(marking))
                if len(rows):
                    found.append(_sample(page, marking, seen, rows))
    return {marking: joined(found) for marking, found in parts.items() if found}


def booklets(pages: Iterable[MarkedPage]) -> Iterator[list[MarkedPage]]:
    """The pages of each writer from each scanner."""
    for _, group in groupby(pages, key=lambda page: page.writer):
        scans: dict[str, list[MarkedPage]] = {}
        for page in group:
            scans.setdefault(page.profile, []).append(page)
        yield from scans.values()


def _sample(page: MarkedPage, marking: Marking, seen: NDArray[np.float32], rows: NDArray[np.intp]) -> Sample:
    marked = page.state[rows] == "marked"
    outcome = marked.astype(np.intp)
    if marking is Marking.CROSS_UNDO:
        # What was scribbled out or erased is as little chosen as what was undone by the rules.
        outcome = np.where(page.state[rows] == "cancelled", 2, outcome)
        outcome = np.where(page.drawing[rows] == "erased", 0, outcome)
        outcome = np.where(page.drawing[rows] == "remarked", OUTCOMES[marking].index(REMARKED), outcome)
    return Sample(inputs=seen[rows], outcome=outcome, awkward=page.awkward[rows])


def joined(found: Iterable[Sample]) -> Sample:
    """Several samples as one."""
    parts = list(found)
    names = ("inputs", "outcome", "awkward")
    return Sample(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in names})


def train(growing: Mapping[Marking, Sample], calibration: Mapping[Marking, Sample]) -> dict[Marking, Judge]:
    """Grow and calibrate the judge of each convention."""
    judges = {}
    for marking, sample in growing.items():
        outcomes = len(OUTCOMES[marking])
        forest = fit_forest(sample, outcomes, NATURAL / GROWING.awkward)
        scale, shift = calibrate(forest, calibration[marking])
        judges[marking] = Judge(forest=forest, scale=scale, shift=shift)
    return judges


def write(path: Path, judges: Mapping[Marking, Judge], made: Mapping[str, object]) -> None:
    """Write the judges, with the names of their inputs and how they were made."""
    arrays: dict[str, NDArray[np.generic]] = {
        "inputs": np.array(INPUTS),
        "made": np.array(json.dumps(made, sort_keys=True)),
    }
    for marking, judge in judges.items():
        forest = judge.forest
        parts: dict[str, NDArray[np.generic]] = {
            "columns": forest.columns.astype(np.uint8),
            "cuts": forest.cuts,
            "leaves": forest.leaves,
            "base": forest.base,
            "scale": judge.scale,
            "shift": judge.shift,
        }
        arrays |= {f"{marking.value}.{name}": value for name, value in parts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    # numpy.savez writes the time into the file, which then never repeats.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(value), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", WRITTEN), content.getvalue(), zipfile.ZIP_DEFLATED
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the file."""
    parser = argparse.ArgumentParser(prog="train_marks", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT, metavar="FILE")
    parser.add_argument("-j", "--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--part", type=float, default=1.0, help="share of the writers, for a trial")
    chosen = parser.parse_args(arguments)
    begun, drawn = time.monotonic(), {}
    made: dict[str, object] = {"command": "python -m benchmarks.train_marks"}
    for name, draw in {"growing": GROWING, "calibration": CALIBRATION}.items():
        smaller = replace(draw, writers=max(1, round(chosen.part * draw.writers)))
        drawn[name] = drawn_samples(smaller, chosen.jobs)
        boxes = {marking.value: len(sample.outcome) for marking, sample in drawn[name].items()}
        made[name] = {"seed": draw.seed, "writers": smaller.writers, "boxes": boxes}
        waited = time.monotonic() - begun
        print(f"{waited:5.0f} s  {name}: {smaller.writers} writers, {boxes} boxes", flush=True)
    write(chosen.output, train(drawn["growing"], drawn["calibration"]), made)
    size = chosen.output.stat().st_size
    print(f"{time.monotonic() - begun:5.0f} s  {chosen.output.name}: {size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
