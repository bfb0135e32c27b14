"""Pages of boxes with marks, drawn stroke by stroke: the truth of these tests is their construction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import (
    Anchors,
    Box,
    BoxState,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    PageLayout,
    PageQuality,
    PageRead,
    PageSource,
    Shape,
)
from pipeline.reading import Measured, Registered, decide_states, measure_boxes

PER_MM = 200 / 25.4
SUPER = 4
"""The page is drawn at this many times its resolution."""
SIZE = 4.5
PRINT = 50
"""Grey of the outlines."""
OPTIONS = "ABCDE"
Strokes = Sequence[tuple[Sequence[tuple[float, float]], float, float]]
"""(points in boxes from the centre, width in mm, ink 0 to 1)"""

CROSS: Strokes = [([(-0.4, -0.42), (0.4, 0.4)], 0.4, 0.8), ([(-0.4, 0.4), (0.42, -0.4)], 0.4, 0.8)]
TICK: Strokes = [([(-0.3, 0.0), (-0.05, 0.3), (0.45, -0.45)], 0.4, 0.8)]
DOT: Strokes = [([(-0.03, 0.0), (0.03, 0.02)], 1.6, 0.9)]
RING: Strokes = [([(0.8 * np.cos(a), 0.8 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)], 0.4, 0.8)]
THIN_RING: Strokes = [
    ([(0.72 * np.cos(a), 0.05 + 0.72 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)], 0.35, 0.7)
]
STREAK: Strokes = [([(0.1, -3.0), (0.12, 3.0)], 0.3, 0.9)]


def fill(ink: float = 0.8, share: float = 1.0) -> Strokes:
    """Zigzag from the left over a share of the box."""
    xs = np.arange(-0.42, -0.42 + 0.84 * share, 0.05)
    points = [(float(x), 0.42 if index % 2 else -0.42) for index, x in enumerate(xs)]
    return [(points, 0.4, ink)]


def beside() -> Strokes:
    """A cross written to the left of the box."""
    return [([(x - 1.1, y) for x, y in points], width, ink) for points, width, ink in CROSS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What to draw."""

    marking: Marking = Marking.ANY
    shape: Shape = "square"
    questions: int = 10
    marks: Mapping[tuple[int, str], Strokes] = field(default_factory=dict)
    kind: Kind = Kind.CHOICES
    displaced_px: tuple[float, float] = (0.0, 0.0)
    curled_px: float = 0.0
    """How far boxes lie from where a plane page has them: most at the left and right, nothing between."""
    ours: bool = False
    """Whether scangrade printed the page, and its corner marks say where it lies."""
    letters: bool = False
    noise: float = 2.0
    bilevel: bool = False
    contrast: float = 1.0

    def layout(self) -> Layout:
        """Rows of five boxes."""
        boxes = tuple(
            Box(
                question=str(row),
                option=option,
                shape=self.shape,
                x=20.0 + 11.0 * column,
                y=15.0 + 8.0 * row,
                w=SIZE,
                h=SIZE,
            )
            for row in range(self.questions)
            for column, option in enumerate(OPTIONS)
        )
        page = PageLayout(
            sheet=1,
            width=90.0,
            height=20.0 + 8.0 * self.questions,
            anchors=Anchors(kind="scangrade" if self.ours else "none"),
            boxes=boxes,
        )
        questions = {str(row): LayoutQuestion(kind=self.kind) for row in range(self.questions)}
        return Layout(
            name="drawn", unit="mm", marking=self.marking, pages=(page,), questions=questions, hash="0A1B2C"
        )


def curl(page: Page, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a curled page is displaced at (..., 2) places in mm, px."""
    wave = np.cos(np.pi * places[..., 0] / page.layout().pages[0].width)
    return np.asarray(np.stack([0.0 * wave, page.curled_px * wave], axis=-1))


def draw(page: Page, seed: int = 1) -> Registered:
    """Draw a page and register it exactly, but for ``displaced_px``."""
    layout = page.layout()
    printed = layout.pages[0]
    scale = PER_MM * SUPER
    shape = (round(printed.height * scale), round(printed.width * scale))
    light = np.full(shape, 255, dtype=np.uint8)
    for box in printed.boxes:
        centre = np.array([box.x + box.w / 2, box.y + box.h / 2])
        _outline(light, box, centre, scale, letters=page.letters)
        for points, width, ink in page.marks.get((int(box.question), box.option), ()):
            path = ((centre + np.array(points) * SIZE) * scale).astype(np.int32)
            layer = np.full_like(light, 255)
            grey = round(255 * (1.0 - ink))
            cv2.polylines(layer, [path], False, (grey,), max(1, round(width * scale)), cv2.LINE_AA)
            light = cv2.multiply(light, layer, scale=1 / 255).astype(np.uint8)
    if page.curled_px:
        light = _curled(light, page, scale)
    gray = _scan(light, page, np.random.default_rng(seed))
    gray.setflags(write=False)
    matrix = np.diag([PER_MM, PER_MM, 1.0])
    matrix[:2, 2] = np.array(page.displaced_px) - 0.5
    quality = PageQuality(dpi=200.0, background=245.0, print_grey=60.0, bilevel=page.bilevel, quarter_turns=0)
    return Registered(
        gray=gray, matrix=matrix, layout=layout, page=printed, code=None, other_codes=(), rms_mm=0.0,
        px_per_mm=PER_MM, quality=quality,
    )  # fmt: skip


def _outline(
    light: NDArray[np.uint8], box: Box, centre: NDArray[np.float64], scale: float, *, letters: bool
) -> None:
    width = round(0.3 * scale)
    middle = (round(centre[0] * scale), round(centre[1] * scale))
    half = round(SIZE / 2 * scale)
    if box.shape == "circle":
        cv2.circle(light, middle, half, (PRINT,), width, cv2.LINE_AA)
    else:
        corner = (middle[0] - half, middle[1] - half)
        cv2.rectangle(light, corner, (middle[0] + half, middle[1] + half), (PRINT,), width)
    if letters:
        place = (middle[0] - round(0.25 * half * 2), middle[1] + round(0.25 * half * 2))
        cv2.putText(light, box.option, place, cv2.FONT_HERSHEY_SIMPLEX, half / 28, (PRINT,), width)


def _curled(light: NDArray[np.uint8], page: Page, scale: float) -> NDArray[np.uint8]:
    down, across = np.indices(light.shape, dtype=np.float64)
    places = np.stack([across, down], axis=-1)
    maps = (places - SUPER * curl(page, (places + 0.5) / scale)).astype(np.float32)
    moved = cv2.remap(light, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def _scan(light: NDArray[np.uint8], page: Page, rng: np.random.Generator) -> NDArray[np.uint8]:
    size = (light.shape[1] // SUPER, light.shape[0] // SUPER)
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    blurred = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.6), dtype=np.float64)
    seen = 245.0 - page.contrast * 205.0 * (1.0 - blurred) + rng.normal(0.0, page.noise, blurred.shape)
    gray = np.clip(np.round(seen), 0, 255).astype(np.uint8)
    return np.where(gray > 150, 255, 0).astype(np.uint8) if page.bilevel else gray


def measured(page: Page, seed: int = 1) -> Measured:
    """Draw and measure."""
    return measure_boxes(draw(page, seed))


def read(page: Page, seed: int = 1) -> tuple[dict[tuple[int, str], BoxState], dict[tuple[int, str], str]]:
    """Draw, measure and decide: states, and flags joined with ``;``, by (question, option)."""
    registered = draw(page, seed)
    result = measure_boxes(registered)
    source = PageSource(file="drawn.png", path="drawn.png", page=1, sha256="0" * 64)
    record = PageRead(
        source=source, code=None, other_codes=(), sheet=1, layout_hash="0A1B2C", rms_mm=result.rms_mm,
        quality=registered.quality, features=result.features, places_px=result.places_px,
    )  # fmt: skip
    (states,) = decide_states([(record, registered.layout, registered.page)])
    names = [(int(box.question), box.option) for box in registered.page.boxes]
    return (
        dict(zip(names, states.states, strict=True)),
        {name: ";".join(flags) for name, flags in zip(names, states.flags, strict=True)},
    )
