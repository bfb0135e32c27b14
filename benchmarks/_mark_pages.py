"""Simulated pages, measured, with the truth of every box: what a classifier is fitted to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._other_paper import other_sheet
from pipeline.exam import load_exam
from pipeline.model import Layout, LayoutBook, Marking, PageLayout, PageQuality, PageRead, PageSource
from pipeline.paper.simulate import (
    PROFILES,
    SHEET_KINDS,
    Carrier,
    ScannedPage,
    SimulationSettings,
    child,
    constructed_sheet,
    exam_carrier,
    misplaced,
    simulate_pages,
    written_answers,
)
from pipeline.reading import Registered, Unmatched, measure_boxes, register_page
from pipeline.reading.image import make_page_image

Picture = NDArray[np.uint8]

SHEETS_OF_KIND = 8
"""Sheets of each kind that one seed prints; no two look alike."""
LARGEST_SHIFT_MM = 1.016
"""Boxes are registered up to this far from their place: 8 px at 200 dpi."""
CLOSE_SHIFT = 0.2
"""The same without corner marks, in boxes."""
COARSE = 0.2
"""Share of grey pages that are scanned at a lower resolution, down to ``LEAST_SCALE``."""
LEAST_SCALE = 0.5
OTHER_MARKING = {Marking.ANY: 0.45, Marking.FILL: 0.35, Marking.CROSS_UNDO: 0.20}
BLEACHED = 0.12
"""Share of grey pages whose scanner makes the paper wholly white, and pale ink paler."""
BLANK = ((0.04, 0.70), (0.5, 0.2), (0.93, 0.1))
"""Probability that a question is left blank, and the share of writers who do so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkedPage:
    """A measured page with the truth of its boxes; arrays (boxes,)."""

    read: PageRead
    layout: Layout
    page: PageLayout
    profile: str
    writer: int
    """The same for all pages and all scans of one person's paper."""
    state: NDArray[np.str_]
    drawing: NDArray[np.str_]
    awkward: NDArray[np.bool_]
    crossed: NDArray[np.bool_]


@lru_cache(maxsize=1)
def print_sheets(seed: int, draws: str = "train", count: int = SHEETS_OF_KIND) -> list[Carrier]:
    """Sheets of all kinds, the kinds taking turns."""
    return [
        constructed_sheet(kind, number, draws="test" if draws == "test" else "train", seed=seed)
        for number in range(count)
        for kind in SHEET_KINDS
    ]


def marked_pages(
    seed: int,
    writers: range,
    *,
    awkward: float,
    profiles: Sequence[str] = PROFILES,
    scans: int = 2,
    draws: str = "train",
    others: float = 0.0,
    exams: float = 0.0,
) -> Iterator[MarkedPage]:
    """Fill in, scan and measure sheets.

    Parameters
    ----------
    seed
        Of sheets, writers and scanners.
    writers
        Numbers, from 1, of the people who fill in a sheet; a page depends on its writer alone.
    awkward
        Share of answered questions with an awkward mark.
    profiles
        Scanners; each sheet is scanned by ``scans`` of them, which take turns.
    draws
        ``train`` or ``test``.
    others
        Share of the writers who get a sheet as other people print it.
    exams
        Share of the writers who get the sheet of one of the exams in ``answer_keys``.

    Yields
    ------
    MarkedPage
        Each with its own misplacement between 0 and ``LARGEST_SHIFT_MM``.
    """
    carriers = print_sheets(seed, draws)
    settings = SimulationSettings(
        seed=seed, draws="test" if draws == "test" else "train", awkward=awkward, handwriting=False
    )
    for writer in writers:
        rng = child(seed, 991, writer)
        blank = float(rng.choice([share for share, _ in BLANK], p=[much for _, much in BLANK]))
        chosen = [str(name) for name in rng.choice(profiles, min(scans, len(profiles)), replace=False)]
        whose = replace(settings, blank=blank)
        sheets = carriers
        drawn = rng.random()
        if drawn >= 1.0 - exams:
            sheets, whose = exam_sheets(), replace(whose, handwriting=True)
        elif drawn < others:
            marking = list(OTHER_MARKING)[int(rng.choice(3, p=list(OTHER_MARKING.values())))]
            sheets, chosen = [other_sheet(marking, rng)], [name for name in chosen if name != "phone"]
        for page in simulate_pages(sheets, chosen, range(writer, writer + 1), whose):
            made = measured_page(page, rng)
            if made is not None:
                yield made


@lru_cache(maxsize=1)
def exam_sheets() -> list[Carrier]:
    """The sheets of the exams that ship with scangrade."""
    folder = Path(__file__).resolve().parent.parent / "answer_keys"
    exams = [load_exam(path).versions["A"] for path in sorted(folder.glob("*.yaml"))]
    return [exam_carrier(exam, written_answers(exam)) for exam in exams]


def measured_page(page: ScannedPage, rng: np.random.Generator) -> MarkedPage | None:
    """Register a page that is printed a little off its layout, and measure it; None: it is refused."""
    image, matrix, dpi = _rescanned(page, rng)
    way: Literal["local", "global"] = "local" if rng.random() < 0.5 else "global"
    unmarked = page.page.anchors.kind == "none"
    # Without corner marks rows are told apart by the layout alone: such pages are placed more closely.
    largest = LARGEST_SHIFT_MM if not unmarked else CLOSE_SHIFT * min(box.h for box in page.page.boxes)
    layout = misplaced(page.layout, largest * float(rng.uniform()), way, rng)
    if unmarked:
        registered = _placed(image, matrix, layout, page, dpi)
    else:
        book = LayoutBook(coded=(layout,)) if layout.exam else LayoutBook(fixed=layout)
        found = register_page(make_page_image(image, dpi), book, order=page.page.sheet)
        if isinstance(found, Unmatched) or found.page.sheet != page.page.sheet:
            return None
        registered = found
    measured = measure_boxes(registered)
    read = PageRead(
        source=PageSource(file=page.carrier, path=page.carrier, page=1, sha256=""),
        code=registered.code,
        other_codes=(),
        sheet=page.page.sheet,
        layout_hash="",
        rms_mm=measured.rms_mm,
        quality=registered.quality,
        features=measured.features,
        places_px=measured.places_px,
    )
    return MarkedPage(
        read=read, layout=page.layout, page=page.page, profile=page.profile, writer=page.writer,
        state=page.state, drawing=page.drawing, awkward=page.awkward, crossed=page.crossed,
    )  # fmt: skip


def _rescanned(page: ScannedPage, rng: np.random.Generator) -> tuple[Picture, NDArray[np.float64], float]:
    """Picture, matrix and resolution: now and then coarser than the profile, or bleached."""
    image, matrix, dpi = page.image, page.matrix, float(page.dpi)
    if page.bilevel:
        return image, matrix, dpi
    if rng.random() < COARSE:
        scale = float(rng.uniform(LEAST_SCALE, 1.0))
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        smaller = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
        matrix, dpi = smaller @ matrix, dpi * scale
    if rng.random() < BLEACHED:
        white = float(np.median(image[::8, ::8])) * float(rng.uniform(0.85, 0.97))
        black = float(rng.uniform(0, 60))
        levels = np.clip((np.arange(256) - black) * 255 / (white - black), 0, 255)
        image = np.asarray(cv2.LUT(image, np.rint(levels).astype(np.uint8)), np.uint8)
    return image, matrix, dpi


def _placed(
    image: Picture, matrix: NDArray[np.float64], layout: Layout, page: ScannedPage, dpi: float
) -> Registered:
    """A page without corner marks, registered by what the simulator knows."""
    printed = layout.page(page.page.sheet)
    if printed is None:
        raise ValueError("a misplaced layout has the pages of its original")
    background = float(np.median(image[::8, ::8]))
    return Registered(
        gray=image,
        matrix=matrix,
        layout=layout,
        page=printed,
        code=None,
        other_codes=(),
        rms_mm=0.0,
        px_per_mm=float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2])))),
        quality=PageQuality(
            dpi=dpi, background=background, print_grey=0.0, bilevel=page.bilevel, quarter_turns=0
        ),
    )
