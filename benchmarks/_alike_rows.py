"""Pages whose rows are all alike, scanned a known way: the truth of the benchmark of registration.

One row is as good as the next to anything that only looks for boxes. What tells the rows apart is
the first and the last of them, and whatever the page prints once: a title, a footer.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Anchors, Box, Layout, Marking, PageLayout, Shape
from pipeline.reading.image import turn

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Kind = Literal["corners", "image", "none"]

WIDTH, HEIGHT = 210.0, 297.0
MASTER_PX = 8
"""Pixels per mm that a page is drawn at."""
ROW_MM = 9.0
CORNERS = ((14.0, 24.0), (196.0, 24.0), (196.0, 273.0), (14.0, 273.0))
_MARK_MM = 5.0
_BOX_MM = 4.5
_SCAN_PX = 150 / 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One page and how it is scanned."""

    kind: Kind
    rows: int
    columns: int
    shape: Shape
    aside: float
    """How far left of the middle the rows stand, mm; 0: upside-down they lie as they do upright."""
    top: float
    """Where the first row begins, mm."""
    titled: bool
    """Whether the page prints a title and a footer; else nothing but its rows."""
    filled: bool
    """Whether a student has filled boxes, as black as the marks."""
    shift_rows: float
    """How far the page lies below its place, in rows."""
    scale: float
    turns: int
    """Quarter turns clockwise that it was fed with."""
    degrees: float
    missing: tuple[int, ...]
    """Corner marks that are not on the paper."""
    phone: bool
    """Whether it is a photo: perspective, and light from one side."""
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """A picture of a page, and where the page lies on it."""

    picture: Picture
    matrix: Matrix
    """Layout mm to px of the picture as it was before it was turned by ``turns``."""
    turns: int
    layout: Layout


def make_case(kind: Kind, seed: int) -> Case:
    """Draw one case: shifted by up to two rows, scaled 94-103 %, upside-down or not."""
    rng = np.random.default_rng([seed, ("corners", "image", "none").index(kind)])
    marks = int(rng.choice([0, 0, 0, 1, 1, 2])) if kind == "corners" else 0
    whole = bool(rng.random() < 0.6)
    shift = float(rng.integers(-2, 3)) if whole else float(rng.uniform(-2, 2))
    same_size = kind == "none" and rng.random() < 0.5
    return Case(
        kind=kind,
        rows=int(rng.integers(14, 24)),
        columns=int(rng.integers(3, 7)),
        shape="circle" if rng.random() < 0.5 else "square",
        aside=float(rng.choice([0.0, 8.0, 20.0])),
        top=float(rng.integers(40, 52)),
        titled=bool(rng.random() < 0.7),
        filled=bool(rng.random() < 0.7),
        shift_rows=shift,
        scale=1.0 if same_size else float(rng.uniform(0.94, 1.03)),
        turns=2 * int(rng.random() < 0.3),
        degrees=0.0 if kind == "none" else float(rng.uniform(-2.5, 2.5)),
        missing=tuple(int(mark) for mark in rng.permutation(4)[:marks]),
        phone=bool(kind == "image" and rng.random() < 0.4),
        seed=seed,
    )


def scan(case: Case, folder: Path) -> Scan:
    """Draw a case; the reference picture of kind ``image`` is written into ``folder``."""
    layout = _layout(case)
    blank = _draw(layout, case, ())
    if case.kind == "image":
        path = folder / f"blank-{case.seed}.png"
        size = (round(WIDTH * _SCAN_PX), round(HEIGHT * _SCAN_PX))
        cv2.imwrite(str(path), cv2.resize(blank, size, interpolation=cv2.INTER_AREA))
        anchors = Anchors(kind="image", reference=str(path))
        layout = replace(layout, pages=(replace(layout.pages[0], anchors=anchors),))
    rng = np.random.default_rng([case.seed, 9])
    paper = _draw(layout, case, case.missing)
    _write(paper, layout, case, rng)
    matrix = _matrix(case, rng)
    picture = turn(_photograph(paper, matrix, case, rng), case.turns)
    return Scan(picture=picture, matrix=matrix, turns=case.turns, layout=layout)


def upright_error_mm(found: Matrix, quarter_turns: int, scanned: Scan) -> float:
    """Largest distance, over all boxes, from where a page was placed to where it lies, mm.

    Parameters
    ----------
    found
        Layout mm to px of the picture once it was turned upright.
    quarter_turns
        Quarter turns clockwise that the reader gave it.
    """
    page = scanned.layout.pages[0]
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.boxes])
    if (quarter_turns + scanned.turns) % 4:
        return float(np.hypot(WIDTH, HEIGHT))
    off = np.hypot(*(_apply(found, centres) - _apply(scanned.matrix, centres)).T)
    return float(off.max() / _SCAN_PX)


def _apply(matrix: Matrix, points: Matrix) -> Matrix:
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    result: Matrix = moved[:, :2] / moved[:, 2:]
    return result


def _layout(case: Case) -> Layout:
    across = 11.0
    left = (WIDTH - across * (case.columns - 1) - _BOX_MM) / 2 - case.aside
    boxes = tuple(
        Box(question=str(row + 1), option="ABCDEF"[column], shape=case.shape, x=left + across * column,
            y=case.top + ROW_MM * row, w=_BOX_MM, h=_BOX_MM)
        for row in range(case.rows)
        for column in range(case.columns)
    )  # fmt: skip
    points = CORNERS if case.kind == "corners" else ()
    anchors = Anchors(kind=case.kind, points=points, mark="disc" if points else "", size=_MARK_MM)
    page = PageLayout(sheet=1, width=WIDTH, height=HEIGHT, anchors=anchors, boxes=boxes)
    return Layout(name="alike", unit="mm", marking=Marking.ANY, pages=(page,))


def _draw(layout: Layout, case: Case, missing: tuple[int, ...]) -> Picture:
    page = layout.pages[0]
    picture = np.full((round(HEIGHT * MASTER_PX), round(WIDTH * MASTER_PX)), 255, np.uint8)
    for place, (x, y) in enumerate(page.anchors.points):
        if place not in missing:
            _disc(picture, x, y, _MARK_MM, 0)
    for box in page.boxes:
        corner = (_px(box.x), _px(box.y))
        if box.shape == "square":
            end = (_px(box.x + box.w) - 1, _px(box.y + box.h) - 1)
            cv2.rectangle(picture, corner, end, (30,), 3)
        else:
            centre = (_sixteenth(box.x + box.w / 2), _sixteenth(box.y + box.h / 2))
            cv2.circle(picture, centre, round(box.w * MASTER_PX * 8), (30,), 3, cv2.LINE_AA, 4)
        if box.option == "A":
            _text(picture, "Answer", box.x - 26.0, box.y + 3.4, 0.75)
            _text(picture, "choose one of these", max(b.x for b in page.boxes) + 10.0, box.y + 3.4, 0.75)
    if case.titled:
        _text(picture, f"Examination {case.seed * 7919 % 997} in Statistics", 40.0, 24.0, 1.6)
        _text(picture, "Fill one box in each row.", 40.0, 32.0, 0.9)
        _text(picture, f"Department of Mathematics, sheet {case.seed}", 60.0, 290.0, 0.9)
    return picture


def _write(picture: Picture, layout: Layout, case: Case, rng: np.random.Generator) -> None:
    """Mark a box in most rows, as a student does."""
    for row in range(case.rows):
        if not case.filled or rng.random() < 0.2:
            continue
        box = layout.pages[0].boxes[row * case.columns + int(rng.integers(case.columns))]
        _disc(picture, box.x + box.w / 2, box.y + box.h / 2, float(rng.uniform(3.5, 5.0)), 20)


def _matrix(case: Case, rng: np.random.Generator) -> Matrix:
    """Layout mm to px of the picture."""
    angle = np.radians(case.degrees)
    cosine, sine = np.cos(angle) * case.scale, np.sin(angle) * case.scale
    middle = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1.0]])
    bend = np.eye(3)
    if case.phone:
        bend[2, :2] = rng.uniform(-4e-4, 4e-4, 2)
    down = case.shift_rows * ROW_MM
    spin = np.array([[cosine, -sine, 0.0], [sine, cosine, down], [0, 0, 1.0]])
    half = (WIDTH * _SCAN_PX / 2 - 0.5, HEIGHT * _SCAN_PX / 2 - 0.5)
    to_px = np.array([[_SCAN_PX, 0, half[0]], [0, _SCAN_PX, half[1]], [0, 0, 1.0]])
    result: Matrix = to_px @ spin @ bend @ middle
    return result


def _photograph(paper: Picture, matrix: Matrix, case: Case, rng: np.random.Generator) -> Picture:
    size = (round(WIDTH * _SCAN_PX), round(HEIGHT * _SCAN_PX))
    soft = cv2.GaussianBlur(paper, (0, 0), 0.45 * MASTER_PX / _SCAN_PX + 0.3)
    to_mm = np.array([[1 / MASTER_PX, 0, 0.5 / MASTER_PX], [0, 1 / MASTER_PX, 0.5 / MASTER_PX], [0, 0, 1.0]])
    seen = cv2.warpPerspective(soft, matrix @ to_mm, size, borderValue=(255,)).astype(np.float64)
    grey = 20.0 + seen * (225.0 / 255.0)
    if case.phone:
        light = np.linspace(rng.uniform(0.6, 0.85), 1.0, size[0])
        grey = grey * light[None, :]
    grey += rng.normal(0.0, 4.0, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def _px(mm: float) -> int:
    return round(mm * MASTER_PX)


def _sixteenth(mm: float) -> int:
    return round((mm * MASTER_PX - 0.5) * 16)


def _disc(picture: Picture, x: float, y: float, size: float, grey: int) -> None:
    centre = (_sixteenth(x), _sixteenth(y))
    cv2.circle(picture, centre, round(size * MASTER_PX * 8), (grey,), -1, cv2.LINE_AA, 4)


def _text(picture: Picture, text: str, x: float, y: float, size: float) -> None:
    cv2.putText(picture, text, (_px(x), _px(y)), cv2.FONT_HERSHEY_DUPLEX, size, (30,), 2, cv2.LINE_AA)
