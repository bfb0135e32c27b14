"""Sheets that carry simulated marks: boxes by construction, about 200 a page, and printed exams.

Constructed sheets vary in everything a printer of sheets may choose: box size, line, pitch, shape,
letters inside. Their places lie on the pixels of the master, so that a sheet is drawn by laying a
few small pictures on white paper.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import corner_marks
from pipeline.exam.compose import compose_sheet
from pipeline.exam.plan import SheetPlan
from pipeline.model import (
    Anchors,
    Box,
    Exam,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    PageLayout,
    Shape,
)
from pipeline.paper.simulate.booklets import child
from pipeline.paper.simulate.draws import DRAWS, DrawsName
from pipeline.paper.simulate.ink import MASTER_PX_PER_MM
from pipeline.paper.simulate.master import PdfPages, draw_layout
from pipeline.paper.simulate.pens import Random
from pipeline.paper.simulate.records import Image, RightAnswer

SheetKind = Literal["fill", "any", "cross-undo", "grid", "credits", "letters-fill", "letters-any"]
SHEET_KINDS: tuple[SheetKind, ...] = (
    "fill", "any", "cross-undo", "grid", "credits", "letters-fill", "letters-any",
)  # fmt: skip
"""What the constructed sheets ask for; letters are printed inside the boxes."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 26.0, 186.0, 32.0, 268.0
_PAD = 6
_FINE = 4
_STREAM = 77


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carrier:
    """A printed sheet, or booklet, that writers may fill in."""

    name: str
    layout: Layout
    images: tuple[Image, ...]
    """Pictures of its pages at ``MASTER_DPI``."""
    exam: Exam | None = None
    plan: SheetPlan | None = None
    right: Mapping[str, RightAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What one sheet looks like; mm."""

    box: float
    line: float
    pitch: float
    row: float
    shape: Shape
    letters: bool
    tone: int
    """Grey of the letters, 0 to 255."""


def constructed_sheet(kind: SheetKind, number: int, *, draws: DrawsName, seed: int) -> Carrier:
    """Make one sheet of about 200 boxes.

    Parameters
    ----------
    kind
        What it asks for.
    number
        Which of the sheets of this kind: each looks different.
    draws
        Ranges of box sizes, lines and distances.
    seed
        Same arguments, same sheet.

    Returns
    -------
    Carrier
        One A4 page with corner marks and no code.
    """
    rng = child(seed, _STREAM, SHEET_KINDS.index(kind), number, draws=draws)
    style = _draw_style(kind, draws, rng)
    questions, boxes = _arrange(kind, style, rng)
    points = tuple((mark.x, mark.y) for mark in corner_marks(210, 297))
    layout = Layout(
        name=f"{kind}-{number}",
        unit="mm",
        marking=_marking(kind, number),
        pages=(
            PageLayout(
                sheet=1,
                width=210.0,
                height=297.0,
                anchors=Anchors(kind="corners", points=points, mark="square", size=5.0),
                boxes=boxes,
            ),
        ),
        questions=questions,
    )
    return Carrier(name=f"{kind}-{number}", layout=layout, images=(_print(layout, style),))


def _marking(kind: SheetKind, number: int) -> Marking:
    if kind in ("fill", "letters-fill"):
        return Marking.FILL
    if kind == "grid":
        return Marking.ANY if number % 3 == 2 else Marking.FILL
    return Marking.CROSS_UNDO if kind == "cross-undo" else Marking.ANY


def _draw_style(kind: SheetKind, draws: DrawsName, rng: Random) -> _Style:
    ranges = DRAWS[draws].sheet
    round_ = {"fill": 0.75, "letters-fill": 0.85, "grid": 0.5, "letters-any": 0.2, "any": 0.1}.get(kind, 0.0)
    box = rng.uniform(*ranges.box)
    return _Style(
        box=box,
        line=min(rng.uniform(*ranges.line), 0.12 * box),
        pitch=box * rng.uniform(*ranges.pitch),
        row=box * rng.uniform(ranges.pitch[0], ranges.pitch[1] + 0.3),
        shape="circle" if rng.random() < round_ else "square",
        letters=kind.startswith("letters") or (kind == "grid" and rng.random() < 0.5),
        tone=int(rng.integers(0, 170)),
    )


def _arrange(
    kind: SheetKind, style: _Style, rng: Random
) -> tuple[dict[str, LayoutQuestion], tuple[Box, ...]]:
    """Questions in columns, from the top left downwards."""
    if kind == "grid":
        count, across, down = 5, 4, 10
    else:
        count, across, down = (20, 10, 1) if kind == "credits" else (40, 5, 1)
    wide = across * style.pitch + 9.0
    columns = max(1, min(count, int((_RIGHT - _LEFT) // wide)))
    rows = -(-count // columns)
    high = (_BOTTOM - _TOP) / rows
    row = min(style.row, (high - 3.0) / down) if down > 1 else style.row
    step = min(high, down * row + (6.0 if down > 1 else 0.0))
    questions: dict[str, LayoutQuestion] = {}
    boxes: list[Box] = []
    for place in range(count):
        name = str(place + 1)
        said = _question(kind, rng)
        questions[name] = said
        left = _LEFT + 9.0 + (place // rows) * max(wide, (_RIGHT - _LEFT) / columns)
        top = _TOP + (place % rows) * step
        for index in range(across * down):
            column, line = index % across, index // across
            option, label = _option(said.kind, column, line)
            boxes.append(_box(name, option, label, (left + column * style.pitch, top + line * row), style))
    return questions, tuple(boxes)


def _question(kind: SheetKind, rng: Random) -> LayoutQuestion:
    if kind == "credits":
        return LayoutQuestion(kind=Kind.CREDITS, writer="examiner")
    if kind == "grid":
        return LayoutQuestion(kind=Kind.NUMBER)
    return LayoutQuestion(kind=Kind.CHOICES if rng.random() < 0.2 else Kind.CHOICE)


def _option(kind: Kind, column: int, line: int) -> tuple[str, str]:
    """Option of a box, and the letter that may be printed in it."""
    if kind is Kind.NUMBER:
        return f"d{column + 1}={line}", str(line)
    return (str(column), str(column)) if kind is Kind.CREDITS else ("ABCDE"[column],) * 2


def _box(question: str, option: str, label: str, at: tuple[float, float], style: _Style) -> Box:
    """A box whose corner lies on a pixel of the master."""
    x, y = (round(value * MASTER_PX_PER_MM) / MASTER_PX_PER_MM for value in at)
    size = round(style.box * MASTER_PX_PER_MM) / MASTER_PX_PER_MM
    text = label if style.letters else ""
    return Box(question=question, option=option, shape=style.shape, x=x, y=y, w=size, h=size, label=text)


# --- printing ----------------------------------------------------------------------------------


def _print(layout: Layout, style: _Style) -> Image:
    """Picture of a constructed sheet."""
    page = layout.pages[0]
    bare = PageLayout(sheet=page.sheet, width=page.width, height=page.height, anchors=page.anchors, boxes=())
    image = draw_layout(layout, bare)
    named: set[str] = set()
    for box in page.boxes:
        picture = _box_picture(round(box.w * MASTER_PX_PER_MM), style, box.label)
        left, top = (round(value * MASTER_PX_PER_MM) - _PAD for value in (box.x, box.y))
        view = image[top : top + len(picture), left : left + len(picture)]
        np.minimum(view, picture, out=view)
        if box.question not in named:
            named.add(box.question)
            place = (left - round(8.0 * MASTER_PX_PER_MM), top + _PAD + round(0.8 * box.h * MASTER_PX_PER_MM))
            cv2.putText(image, box.question, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0,), 2, cv2.LINE_AA)
    image.setflags(write=False)
    return image


@lru_cache(maxsize=64)
def _box_picture(size: int, style: _Style, label: str) -> NDArray[np.uint8]:
    """A box of ``size`` master pixels with a margin of ``_PAD``, drawn fine and averaged down."""
    side = (size + 2 * _PAD) * _FINE
    canvas = np.full((side, side), 255, np.uint8)
    # OpenCV counts from the middle of the first pixel: in halves of a pixel, one less
    first, last = 2 * _PAD * _FINE - 1, 2 * (_PAD + size) * _FINE - 1
    line = max(1, round(style.line * MASTER_PX_PER_MM * _FINE))
    if label:
        _put_letter(canvas, label, (first + last) / 4, size * _FINE, style.tone)
    if style.shape == "circle":
        middle = ((first + last) // 2,) * 2
        cv2.circle(canvas, middle, (last - first) // 2, (0,), line, cv2.LINE_AA, 1)
    else:
        cv2.rectangle(canvas, (first, first), (last, last), (0,), line, cv2.LINE_AA, 1)
    small = cv2.resize(canvas, (side // _FINE,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _put_letter(canvas: NDArray[np.uint8], text: str, middle: float, size: int, tone: int) -> None:
    font, weight = cv2.FONT_HERSHEY_SIMPLEX, max(2, size // 22)
    (width, height), _ = cv2.getTextSize(text, font, 1.0, weight)
    scale = 0.5 * size / max(height, width)
    (width, height), _ = cv2.getTextSize(text, font, scale, weight)
    place = (round(middle - width / 2), round(middle + height / 2))
    cv2.putText(canvas, text, place, font, scale, (tone,), weight, cv2.LINE_AA)


def exam_carrier(exam: Exam, right: Mapping[str, RightAnswer] | None = None) -> Carrier:
    """Print one booklet of an exam as a carrier: the same print, and code, for every writer.

    Parameters
    ----------
    exam
        Of which scangrade prints the sheet.
    right
        Right answers by question id.
    """
    from pipeline.paper import SheetPrint, draw_sheets

    plan = compose_sheet(exam)
    with tempfile.TemporaryDirectory(prefix="scangrade-simulate-") as folder:
        path = Path(folder) / "sheet.pdf"
        draw_sheets(plan, exam, [SheetPrint(serial=1, student_id="", name="")], path)
        sheets = [page.sheet for page in plan.layout.pages]
        pages = PdfPages(path, {(1, sheet): index for index, sheet in enumerate(sheets)})
        images = tuple(pages(serial=1, sheet=sheet) for sheet in sheets)
        pages.close()
    return Carrier(
        name=exam.id, layout=plan.layout, images=images, exam=exam, plan=plan, right=dict(right or {})
    )
