"""How long it takes to grade a results folder again: thousands of students, every table written.

Run it with ``python -m benchmarks.regrade``. Some students of an exam are simulated, scanned and read;
the readings of thousands of others are made of theirs: in each question, and in each column of the
student id, the measures of the marked box change places with those of another one. What is timed is
the command itself, from reading the exam files to the last table.
"""

import argparse
import csv
import hashlib
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.cli import run_command
from pipeline.exam import compose_sheet, layout_json, load_exam
from pipeline.model import BoxState, Layout, LayoutBook, PageLayout, PageRead, PageSource
from pipeline.reading import decide_states
from pipeline.regrade import regrade
from pipeline.settings import RegradeSettings
from pipeline.store import Fingerprint, Store

ROOT = Path(__file__).resolve().parent.parent
DTU = ROOT / "answer_keys" / "dtu-02456-2025-12.yaml"
SEED_STUDENTS = 6
MIXED = """\
exam: mixed-bench
title: Choices, numbers, parts and sections
marking: any
student_id: {kind: digits, length: 6}
pass: 20
grades: {A: 36, B: 30, C: 25, D: 20}
rounding: {step: 1/2}
sections:
  - {id: choices, title: Choices, questions: [CHOICES], floor: 0}
  - {id: numbers, title: Numbers, questions: [n1, n2, n3, n4]}
questions:
QUESTIONS
  - {id: n1, kind: number, points: 2, number: {digits: 2}, answer: 10}
  - {id: n2, kind: number, points: 2, number: {digits: 3},
     rule: {name: follow-through, from: {layers.0: n1}},
     answer: {solve: mlp.parameters, with: {layers: [10, 3], bias: true}}}
  - {id: n3, kind: number, points: 2, number: {digits: 3, decimals: 1, tolerance: {abs: 0.5}}, answer: 12.5}
  - {id: n4, kind: number, points: 2, number: {digits: 2}, answer: 42}
  - id: p
    rule: {name: all-parts}
    points: 3
    parts:
      - {id: a, kind: truefalse, answer: true}
      - {id: b, kind: truefalse, answer: false}
      - {id: c, kind: choice, options: {A: one, B: two, C: three}, answer: B}
"""


def mixed_exam() -> str:
    """An exam of 24 choices of one and of several, four numbers, and three parts judged together."""
    rules = ["{name: moodle}", "{name: all-or-nothing}"]
    questions = []
    for place in range(1, 25):
        options = "options: {A: one, B: two, C: three, D: four}"
        if place % 3:
            questions.append(f'  - {{id: "{place}", kind: choice, points: 1, {options}, answer: A}}')
        else:
            rule = rules[place % 2]
            questions.append(
                f'  - {{id: "{place}", kind: choices, points: 2, rule: {rule}, {options}, answer: [A, C]}}'
            )
    names = ", ".join(f'"{place}"' for place in range(1, 25))
    return MIXED.replace("CHOICES", names).replace("QUESTIONS", "\n".join(questions))


# --- a results folder without scans ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """A page that was read, with what may change places on it."""

    read: PageRead
    page: PageLayout
    fields: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    """Boxes of which one is marked, and those of them that are marked, by field."""


def patterns_of(exam: Path, folder: Path) -> list[list[Pattern]]:
    """Pages of some simulated students of an exam, student by student."""
    scans, results = folder / "rehearsal", folder / "read"
    simulate = ["simulate", str(exam), "-o", str(scans), "--students", str(SEED_STUDENTS), "-q"]
    run_command([*simulate, "--seed", "5", "--profile", "clean-300"])
    run_command(["read", str(scans / "scans"), "--keys", str(exam), "-o", str(results), "-q"])
    layouts = {version: compose_sheet(one).layout for version, one in load_exam(exam).versions.items()}
    students: dict[int, list[tuple[PageRead, Layout, PageLayout]]] = {}
    with Store.open(results, write=False) as store:
        for read in store.readings(store.sources()):
            if isinstance(read, PageRead) and read.code:
                layout = layouts[read.code.version]
                page = layout.page(read.sheet)
                if page is not None:
                    students.setdefault(read.code.serial, []).append((read, layout, page))
    return [_patterns(pages) for pages in students.values()]


def _patterns(pages: Sequence[tuple[PageRead, Layout, PageLayout]]) -> list[Pattern]:
    patterns = []
    for (read, _, page), states in zip(pages, decide_states(pages), strict=True):
        fields: dict[str, list[int]] = {}
        for place, box in enumerate(page.boxes):
            fields.setdefault(f"{box.question} {box.option.rpartition('=')[0]}", []).append(place)
        marked = {
            name: tuple(at for at in places if states.states[at] is BoxState.MARKED)
            for name, places in fields.items()
        }
        patterns.append(
            Pattern(
                read=read, page=page, fields={name: (tuple(at), marked[name]) for name, at in fields.items()}
            )
        )
    return patterns


def drawn_page(
    pattern: Pattern, student: str, serial: int, source: PageSource, rng: random.Random
) -> PageRead:
    """The page as another student would have marked it."""
    order = np.arange(len(pattern.page.boxes))
    for name, (places, marked) in pattern.fields.items():
        if len(marked) != 1:
            continue
        if name.startswith("id d"):
            digit = student[int(name.removeprefix("id d")) - 1]
            wanted = next(at for at in places if pattern.page.boxes[at].option.endswith(f"={digit}"))
        elif rng.random() < 0.6:
            continue
        else:
            wanted = rng.choice(places)
        order[[marked[0], wanted]] = order[[wanted, marked[0]]]
    code = pattern.read.code
    if code is None:
        raise ValueError("a page of ours has a code")
    return replace(
        pattern.read,
        source=source,
        code=replace(code, serial=serial),
        features=pattern.read.features[order],
    )


def results_folder(exam: Path, folder: Path, students: int, patterns: Sequence[Sequence[Pattern]]) -> Path:
    """A results folder of so many students, read and not graded yet."""
    results = folder / f"results-{students}"
    exams = load_exam(exam)
    layouts = tuple(compose_sheet(one).layout for one in exams.versions.values())
    length = exams.versions["A"].student_id.length
    ids = [str(10 ** (length - 1) + serial) for serial in range(1, students + 1)]
    write_table(folder / f"roster-{students}.csv", "student_id,name", ((i, f"Student {i}") for i in ids))
    rows = ((str(serial), i, exams.id, "A") for serial, i in enumerate(ids, 1))
    write_table(folder / f"sheets-{students}.csv", "serial,student_id,exam,version", rows)
    print_of = Fingerprint.of("benchmark", LayoutBook(coded=layouts))
    with Store.open(results) as store:
        for layout in layouts:
            store.add_layout(layout.hash, layout_json(layout))
        reads = list(drawn_readings(ids, patterns))
        store.add_pages(read.source for read in reads)
        for read in reads:
            store.save(read, print_of)
        store.put("keys", str(exam))
        store.put("roster", str(folder / f"roster-{students}.csv"))
        store.put("sheets", [str(folder / f"sheets-{students}.csv")])
    return results


def drawn_readings(ids: Sequence[str], patterns: Sequence[Sequence[Pattern]]) -> Iterator[PageRead]:
    """Every page of every student, as if from one file."""
    rng = random.Random(3)  # noqa: S311 (answers of nobody, no secret)
    sha256, page = hashlib.sha256(b"benchmark").hexdigest(), 0
    for serial, student in enumerate(ids, 1):
        for pattern in patterns[serial % len(patterns)]:
            page += 1
            source = PageSource(file="scans.pdf", path="/scans.pdf", page=page, sha256=sha256)
            yield drawn_page(pattern, student, serial, source, rng)


def write_table(path: Path, header: str, rows: Iterator[tuple[str, ...]]) -> None:
    """A table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


# --- timing ----------------------------------------------------------------------------------------


def main() -> None:
    """Print the seconds of a first regrade, of one by a corrected key, of one without change."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--students", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--exam", choices=["dtu", "mixed", "both"], default="both")
    options = parser.parse_args()
    sources = {
        "dtu": (DTU.read_text("utf-8"), *CORRECTED["dtu"]),
        "mixed": (mixed_exam(), *CORRECTED["mixed"]),
    }
    print("exam    students  pages   answers  regrade          seconds  of one core  ms a student")
    for name in sources if options.exam == "both" else [options.exam]:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, *sources[name], Path(folder), options.students)


CORRECTED = {
    "dtu": ("answer: D\n    printed: D\n", "answer: C\n"),
    "mixed": ('"1", kind: choice, points: 1', '"1", kind: choice, points: 2'),
}


def measure(name: str, text: str, old: str, new: str, folder: Path, sizes: Sequence[int]) -> None:
    """Time one exam at each size."""
    exam = folder / f"{name}.yaml"
    exam.write_text(text, "utf-8")
    patterns = patterns_of(exam, folder)
    for students in sizes:
        exam.write_text(text, "utf-8")
        results = results_folder(exam, folder, students, patterns)
        timed(name, "first time", results, students)
        exam.write_text(text.replace(old, new, 1), "utf-8")
        timed(name, "corrected key", results, students)
        timed(name, "nothing changed", results, students)


def timed(name: str, what: str, results: Path, students: int) -> None:
    """Time one regrade and print its line: on the clock, and of one core, by which a student is told."""
    begin, begin_core = time.perf_counter(), time.process_time()
    report = regrade(RegradeSettings(results=results))
    seconds, core = time.perf_counter() - begin, time.process_time() - begin_core
    pages = sum(report.summary.pages.values())
    with (results / "answers.csv").open(encoding="utf-8") as file:
        answers = sum(1 for _ in file) - 1
    print(
        f"{name:6} {students:9,} {pages:6,} {answers:9,}  {what:15}  {seconds:7.2f}  {core:11.2f}"
        f"  {1000 * core / students:12.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
