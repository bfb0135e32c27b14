"""Filled and scanned pages of imported layouts, with what was written on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.exam import load_exam, load_layouts
from pipeline.model import Exam, Layout
from pipeline.paper.simulate import (
    BookletMaker,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    write_png,
    written_answers,
)

Image = NDArray[np.uint8]


def scan(
    layout: Layout,
    exam: Exam | None,
    student: SimulatedStudent,
    *,
    turns: Sequence[int] = (0,),
    profile: str = "office-200",
    seed: int = 5,
    images: Sequence[Image] | None = None,
) -> list[SimulatedPage]:
    """The booklet of one student, each page fed with its own quarter turns.

    ``images`` are the printed pages at 300 dpi; None: the layout's boxes and marks alone.
    """
    settings = SimulationSettings(seed=seed, profile=profile)
    right = written_answers(exam) if exam else {}
    maker = BookletMaker(layout, settings, exam=exam, right=right, page_images=images)
    return [
        maker.page(student, page.sheet, quarter_turns=turns[place % len(turns)])
        for place, page in enumerate(layout.pages)
    ]


def save(pages: Sequence[SimulatedPage], folder: Path) -> Path:
    """One picture for each page."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, 1):
        write_png(page, folder / f"scan-{number:03d}.png")
    return folder


def marked(pages: Sequence[SimulatedPage]) -> Mapping[tuple[str, int, str], set[str]]:
    """What was meant, by (student id, serial, question): the options that are marked."""
    found: dict[tuple[str, int, str], set[str]] = {}
    for page in pages:
        for (question, option), plan in zip(page.boxes, page.plans, strict=True):
            answer = found.setdefault((page.student_id, page.serial, question), set())
            if plan.state == "marked":
                answer.add(option)
    return found


def imported(folder: Path) -> tuple[Exam, tuple[Layout, ...]]:
    """The exam of an import (its base version), and the layouts of its copies."""
    path = folder / "exam.yaml"
    return load_exam(path).versions["A"], load_layouts(path)
