"""Simulated pages read as scangrade reads them, with the truth beside every box."""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._baselines import fixed_threshold, largest_gap
from pipeline.exam import load_exam
from pipeline.model import (
    BoxState,
    Kind,
    Layout,
    LayoutBook,
    Option,
    PageRead,
    PageSource,
    PageStates,
    Question,
    Rule,
)
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
from pipeline.reading import Registered, Unmatched, decide_states, measure_boxes, register_page
from pipeline.reading.answers import ReadBox, read_answer
from pipeline.reading.image import make_page_image
from pipeline.reading.marks import LIMITS, Limits

ROOT = Path(__file__).resolve().parent.parent
PX_200 = 25.4 / 200
"""One pixel at 200 dpi, mm."""
SHEETS_OF_A_KIND = 24
"""Constructed sheets that differ, of each kind."""
EXAM_SHEETS = "exams"
KINDS = (*SHEET_KINDS, EXAM_SHEETS)
SHIFTS = (2, 4, 8)
AS_PRINTED = -1
"""Misplacement of pages that are read once, with the layout that they were printed from."""
SHIFTED_PROFILE = "office-200"
AWKWARD_SHARE = 0.05
TILE = 64
CLOSEST = 2
MOST_CROPS = 8
FAR_FROM_CLOSE = 0.005
"""Probability of the other reading, below which a call was not close and no picture is kept."""
STRICTNESS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
"""How many times nearer to certainty a reading must be than the usual limits ask."""

Reader = Literal["scangrade", "threshold", "gap"]
READERS: tuple[Reader, ...] = ("scangrade", "threshold", "gap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One writer's page, or booklet, scanned by every scanner."""

    kind: str
    """Kind of sheet."""
    marks: Literal["legible", "awkward"]
    writer: int
    seed: int
    shifted: bool = False
    """Read again with the layout's boxes misplaced, one scanner only."""

    @property
    def name(self) -> str:
        """Distinct among all tasks of a run."""
        return f"{self.kind}/{self.marks}/{self.writer}{'/shifted' if self.shifted else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one scanned page."""

    cell: tuple[str, str, str, int]
    """Kind of sheet, kind of marks, profile, misplacement in px at 200 dpi."""
    boxes: int
    marked: int
    missed: Mapping[str, int]
    """Silent errors, by reader: marked, and read as not marked."""
    false: Mapping[str, int]
    """The other way round."""
    doubtful: int = 0
    questions: int = 0
    asked: int = 0
    """Questions of which a person must look at something."""
    remarked: int = 0
    remarked_silent: int = 0
    """Boxes with a re-mark beside them, and those of them that no person is shown."""
    refused: str = ""
    """Why the page was not read; its boxes count as none."""
    kinds: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Awkward boxes by what was drawn: how many, silent errors, doubtful."""
    lost: int = 0
    """Silent errors that are marks of which a bilevel scan has kept next to nothing."""
    curve: tuple[tuple[int, int], ...] = ()
    """Silent errors and doubtful boxes by ``STRICTNESS``."""
    crops: tuple[Mapping[str, Any], ...] = field(default=())
    """Silent errors and the closest calls, as pictures."""


def run_task(task: Task) -> list[Tally]:
    """Simulate, scan and read one writer's pages."""
    carriers = _carriers(task.kind, task.seed)
    settings = SimulationSettings(
        seed=task.seed, draws="test", awkward=AWKWARD_SHARE if task.marks == "awkward" else 0.0
    )
    profiles = [SHIFTED_PROFILE] if task.shifted else list(PROFILES)
    pages = simulate_pages(carriers, profiles, range(task.writer, task.writer + 1), settings)
    if task.shifted:
        return [tally for page in pages for tally in _shifted(task, page)]
    by_profile: dict[str, list[ScannedPage]] = {}
    for page in pages:
        by_profile.setdefault(page.profile, []).append(page)
    return [tally for booklet in by_profile.values() for tally in _read(task, booklet, AS_PRINTED)]


def _shifted(task: Task, page: ScannedPage) -> Iterator[Tally]:
    for pixels in (0, *SHIFTS):
        how: Literal["global", "local"] = "global" if task.writer % 2 else "local"
        rng = child(task.seed, task.writer, pixels, 991)
        layout = misplaced(page.layout, pixels * PX_200, how, rng)
        yield from _read(task, [page], pixels, layout)


@lru_cache(maxsize=2 * len(KINDS))
def _carriers(kind: str, seed: int) -> tuple[Carrier, ...]:
    cv2.setNumThreads(1)
    if kind != EXAM_SHEETS:
        sheet = cast(Any, kind)
        return tuple(
            constructed_sheet(sheet, number, draws="test", seed=seed) for number in range(SHEETS_OF_A_KIND)
        )
    exams = [load_exam(path).versions["A"] for path in sorted((ROOT / "answer_keys").glob("*.yaml"))]
    return tuple(exam_carrier(exam, written_answers(exam)) for exam in exams)


# --- reading -------------------------------------------------------------------------------------


def _read(
    task: Task, booklet: Sequence[ScannedPage], pixels: int, layout: Layout | None = None
) -> Iterator[Tally]:
    """Read one student's pages and count."""
    registered: list[tuple[ScannedPage, Registered, PageRead]] = []
    cells = [(task.kind, task.marks, page.profile, pixels) for page in booklet]
    for cell, page in zip(cells, booklet, strict=True):
        found = _register(page, layout or page.layout)
        if isinstance(found, Unmatched) or found.page.sheet != page.page.sheet:
            why = found.message if isinstance(found, Unmatched) else f"taken for sheet {found.page.sheet}"
            nobody: dict[str, int] = dict.fromkeys(READERS, 0)
            yield Tally(
                cell=cell, boxes=0, marked=0, missed=nobody, false=nobody, refused=f"{task.name}: {why}"
            )
        else:
            registered.append((page, found, _page_read(found)))
    states = decide_states([(read, found.layout, found.page) for _, found, read in registered])
    pages = [(read, found.layout, found.page) for _, found, read in registered]
    others = [decide_states(pages, _limits(step)) for step in STRICTNESS] if pixels == AS_PRINTED else []
    for place, ((page, found, read), decided) in enumerate(zip(registered, states, strict=True)):
        if page.page.boxes:
            cell = (task.kind, task.marks, page.profile, pixels)
            tally = _tally(cell, task, page, found, read, decided)
            yield replace(tally, curve=tuple(_silent_and_doubtful(page, other[place]) for other in others))


def _limits(strictness: float) -> Limits:
    """The usual limits, nearer to certainty or farther from it."""
    names = (
        "agreed",
        "bilevel",
        "bilevel_undo",
        "empty_alone",
        "mark_alone",
        "undo_alone",
        "bare",
        "alike",
        "certain",
    )
    nearer = {name: max(1.0 - (1.0 - getattr(LIMITS, name)) / strictness, 0.5) for name in names}
    return replace(LIMITS, remarked=min(LIMITS.remarked / strictness, 0.5), **nearer)


def _silent_and_doubtful(page: ScannedPage, decided: PageStates) -> tuple[int, int]:
    state = np.array([str(one.value) for one in decided.states])
    doubtful = state == BoxState.DOUBTFUL.value
    wrong = ~doubtful & ((state == BoxState.MARKED.value) != (page.state == "marked"))
    return int(wrong.sum()), int(doubtful.sum())


def _register(page: ScannedPage, layout: Layout) -> Registered | Unmatched:
    book = LayoutBook(coded=(layout,)) if layout.exam else LayoutBook(fixed=layout)
    return register_page(make_page_image(page.image, page.dpi), book, order=page.page.sheet)


def _page_read(found: Registered) -> PageRead:
    measured = measure_boxes(found)
    return PageRead(
        source=PageSource(file="", path="", page=1, sha256=""),
        code=found.code,
        other_codes=(),
        sheet=found.page.sheet,
        layout_hash=found.layout.hash,
        rms_mm=measured.rms_mm,
        quality=found.quality,
        features=measured.features,
        places_px=measured.places_px,
    )


def _tally(
    cell: tuple[str, str, str, int],
    task: Task,
    page: ScannedPage,
    found: Registered,
    read: PageRead,
    decided: PageStates,
) -> Tally:
    truth = np.asarray(page.state == "marked")
    state = np.array([str(one.value) for one in decided.states])
    doubtful = state == BoxState.DOUBTFUL.value
    fields = [_field(box.question, box.option) for box in found.page.boxes]
    marked = {
        "scangrade": np.where(doubtful, truth, state == BoxState.MARKED.value),
        "threshold": fixed_threshold(found.gray, found.matrix, found.page.boxes),
        "gap": largest_gap(found.gray, found.matrix, found.page.boxes, fields),
    }
    remarked = page.drawing == "remarked"
    silent = truth != marked["scangrade"]
    kinds = {
        str(name): (int(rows.sum()), int((rows & silent).sum()), int((rows & doubtful).sum()))
        for name in np.unique(page.drawing[page.awkward])
        for rows in [page.awkward & (page.drawing == name)]
    }
    questions, asked = _questions(found.layout, page, decided)
    return Tally(
        cell=cell,
        boxes=len(truth),
        marked=int(truth.sum()),
        missed={name: int((truth & ~flags).sum()) for name, flags in marked.items()},
        false={name: int((~truth & flags).sum()) for name, flags in marked.items()},
        doubtful=int(doubtful.sum()),
        questions=questions,
        asked=asked,
        remarked=int(remarked.sum()),
        remarked_silent=int((remarked & ~doubtful).sum()),
        kinds=kinds,
        lost=int((silent & page.lost).sum()),
        crops=tuple(_crops(task, page, found, read, decided, silent)),
    )


def _field(question: str, option: str) -> str:
    """Name of the boxes among which one mark is asked: a question, or a column of a digit grid."""
    column, _, digit = option.partition("=")
    return f"{question} {column}" if digit else question


def _questions(layout: Layout, page: ScannedPage, decided: PageStates) -> tuple[int, int]:
    """How many questions the page asks, and at how many of them a person must look."""
    boxes: dict[str, list[ReadBox]] = {}
    for box, state, chance, flags in zip(
        page.page.boxes, decided.states, decided.p_marked, decided.flags, strict=True
    ):
        one = ReadBox(option=box.option, state=state, p_marked=float(chance), flags=flags)
        boxes.setdefault(box.question, []).append(one)
    asked = 0
    for name, mine in boxes.items():
        kind = layout.questions[name].kind if name in layout.questions else Kind.CHOICES
        if kind is Kind.ID:
            asked += any(box.state is BoxState.DOUBTFUL for box in mine)
            continue
        options = tuple(Option(id=box.option) for box in mine)
        question = Question(id=name, kind=kind, options=options, points=Fraction(1), rule=Rule(name="single"))
        answer = read_answer(question, mine, file="", page=1)
        asked += answer.doubtful
    return len(boxes), asked


# --- pictures ------------------------------------------------------------------------------------


def _crops(
    task: Task,
    page: ScannedPage,
    found: Registered,
    read: PageRead,
    decided: PageStates,
    silent: NDArray[np.bool_],
) -> Iterator[Mapping[str, Any]]:
    """Silent errors, then the boxes on either side whose reading was the closest call."""
    chance = decided.p_marked.astype(np.float64)
    states = np.array([str(one.value) for one in decided.states])
    chosen = list(np.flatnonzero(silent)[: MOST_CROPS - 2 * CLOSEST])
    for state, order in (("marked", chance), ("empty", -chance)):
        close = order < (1.0 - FAR_FROM_CLOSE if state == "marked" else -FAR_FROM_CLOSE)
        members = np.flatnonzero((states == state) & close & ~silent)
        chosen += list(members[np.argsort(order[members])[:CLOSEST]])
    for index in chosen:
        yield {
            "silent": bool(silent[index]),
            "state": str(states[index]),
            "truth": str(page.state[index]),
            "drawing": str(page.drawing[index]),
            "p": round(float(chance[index]), 5),
            "task": task.name,
            "box": int(index),
            "pen": page.pen,
            "picture": base64.b64encode(
                zlib.compress(crop(found.gray, read.places_px[index]).tobytes())
            ).decode(),
        }


def crop(gray: NDArray[np.uint8], place: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A box with its surroundings, (TILE, TILE)."""
    x, y, width, height = (float(value) for value in place)
    scale = TILE / (2.0 * max(width, height))
    matrix = np.array([[scale, 0.0, TILE / 2 - scale * x], [0.0, scale, TILE / 2 - scale * y]])
    return np.asarray(
        cv2.warpAffine(gray, matrix, (TILE, TILE), flags=cv2.INTER_AREA, borderValue=(128.0,)), dtype=np.uint8
    )


def code_hash() -> str:
    """Hash of everything that a figure depends on: reading, the simulator, this benchmark."""
    digest = hashlib.sha256()
    folders = ("pipeline/reading", "pipeline/paper/simulate", "pipeline/exam", "answer_keys")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in sorted((*files, Path(__file__), Path(__file__).with_name("_baselines.py"))):
        if path.is_file() and "__pycache__" not in path.parts and ".layouts" not in str(path):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
