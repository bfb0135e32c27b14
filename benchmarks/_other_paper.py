"""Sheets as other people print them: letters in every face, text and lines near the boxes, grey rows.

The constructed sheets of the simulator are tidy. A classifier that has only seen those takes a bold
serif B for a mark; these sheets show it what print may look like.
"""

import string
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline.model import Anchors, Box, Kind, Layout, LayoutQuestion, Marking, PageLayout, Shape
from pipeline.paper.simulate import MASTER_DPI, Carrier

PX = MASTER_DPI / 25.4
FINE = 2
"""The page is drawn at this many times its resolution."""
HERSHEY = (0, 1, 2, 3, 4, 5)
Picture = NDArray[np.uint8]
Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one sheet is printed; mm, greys 0 to 255."""

    shape: Shape
    width: float
    height: float
    across: float
    down: float
    line: float
    grey: int
    letters: bool
    told: bool
    """Whether the layout says which letters."""
    shuffled: bool
    """Whether options have another order on paper in every question."""
    face: int
    """One of OpenCV's faces, or -1 for the sheets' own typeface."""
    letter_size: float
    """Relative to the height of the box."""
    letter_grey: int
    letter_weight: float
    text: str
    """Where words stand: "", "left", "right"."""
    shade: str
    """What lies behind rows: "", "grey", "dots"."""
    rules: bool
    """Whether lines run between the rows."""


def other_sheet(marking: Marking, rng: Random) -> Carrier:
    """Draw a sheet that is marked by a convention; one page, smaller than A4."""
    look = _look(marking, rng)
    wide, high = float(rng.uniform(95, 130)), float(rng.uniform(130, 170))
    questions, boxes = _arrange(look, wide, high, rng)
    page = PageLayout(sheet=1, width=wide, height=high, anchors=Anchors(kind="none"), boxes=boxes)
    layout = Layout(name="other", unit="mm", marking=marking, pages=(page,), questions=questions)
    return Carrier(name="other", layout=layout, images=(_draw(page, look, rng),))


def _look(marking: Marking, rng: Random) -> Look:
    circles = 0.8 if marking is Marking.FILL else 0.2
    shape: Shape = "circle" if rng.random() < circles else "square"
    width = float(rng.uniform(2.4, 5.5))
    flat = shape == "circle" and rng.random() < 0.25
    height = width * float(rng.uniform(0.6, 0.95)) if flat else width
    pale = rng.random() < 0.3
    return Look(
        shape=shape,
        width=width,
        height=height,
        across=width * float(rng.uniform(1.25, 2.4)),
        down=height * float(rng.uniform(1.25, 2.4)),
        line=min(float(rng.uniform(0.1, 0.5)), 0.11 * height),
        grey=int(rng.integers(90, 170) if pale else rng.integers(0, 90)),
        letters=bool(rng.random() < 0.75),
        told=bool(rng.random() < 0.6),
        shuffled=bool(rng.random() < 0.35),
        face=int(rng.choice([-1, -1, -1, *HERSHEY])),
        letter_size=float(rng.uniform(0.4, 0.72)),
        letter_grey=int(rng.integers(0, 200)),
        letter_weight=float(rng.uniform(0.03, 0.10)),
        text=str(rng.choice(["", "left", "right"], p=[0.5, 0.2, 0.3])),
        shade=str(rng.choice(["", "grey", "dots"], p=[0.80, 0.11, 0.09])),
        rules=bool(rng.random() < 0.2),
    )


def _arrange(
    look: Look, wide: float, high: float, rng: Random
) -> tuple[dict[str, LayoutQuestion], tuple[Box, ...]]:
    """Rows of questions in one or two columns, digit grids among them."""
    questions: dict[str, LayoutQuestion] = {}
    boxes: list[Box] = []
    options, first = int(rng.integers(3, 8)), float(rng.uniform(15, 22))
    gap = look.across + (7.5 if look.text else 0.0)
    every = options * gap + 9.0
    columns = max(1, int((wide - first - 4) // every))
    one = rng.random() < 0.6
    y, grids = float(rng.uniform(8, 14)), rng.random() < 0.3

    def add(name: str, option: str, x: float, top: float, label: str) -> None:
        boxes.append(
            Box(
                question=name, option=option, shape=look.shape, x=x, y=top, w=look.width, h=look.height,
                label=label if look.letters and look.told else "",
            )
        )  # fmt: skip

    if look.letters and rng.random() < 0.3:
        # A row of boxes of which no two hold the same letter, as for a name or a version.
        name, count = "q1", min(20, int((wide - 4 - first) // look.across))
        questions[name] = LayoutQuestion(kind=Kind.CHOICE)
        for place in range(count):
            add(
                name,
                string.ascii_uppercase[place],
                first + place * look.across,
                y,
                string.ascii_uppercase[place],
            )
        y += 1.5 * look.down
    while y + look.height < high - 6:
        if grids and y + 10 * look.down < high - 6 and rng.random() < 0.5:
            name = f"q{len(questions) + 1}"
            questions[name] = LayoutQuestion(kind=Kind.NUMBER)
            for place in range(int(rng.integers(2, 6))):
                for digit in range(10):
                    add(
                        name,
                        f"d{place + 1}={digit}",
                        first + place * look.across,
                        y + digit * look.down,
                        str(digit),
                    )
            y += 10.5 * look.down
            continue
        for column in range(columns):
            name = f"q{len(questions) + 1}"
            single = one if rng.random() < 0.85 else not one
            questions[name] = LayoutQuestion(kind=Kind.CHOICE if single else Kind.CHOICES)
            room = int((wide - 4 - first - column * every) // gap)
            count = min(options, max(room, 2))
            order = rng.permutation(count) if look.shuffled else np.arange(count)
            for place in range(count):
                option = string.ascii_uppercase[int(order[place])]
                add(name, option, first + column * every + place * gap, y, string.ascii_uppercase[place])
        y += look.down
    return questions, tuple(boxes)


# --- drawing -------------------------------------------------------------------------------------


def _draw(page: PageLayout, look: Look, rng: Random) -> Picture:
    scale = PX * FINE
    size = (round(page.height * PX), round(page.width * PX))
    image = np.full((size[0] * FINE, size[1] * FINE), 255, np.uint8)
    rows = sorted({box.y for box in page.boxes})
    _behind(image, rows, page, look, rng)
    named: set[str] = set()
    for box in page.boxes:
        middle = (round((box.x + box.w / 2) * scale), round((box.y + box.h / 2) * scale))
        _outline(image, box, middle, look)
        if look.letters:
            tall = round(box.h * scale * look.letter_size)
            _stamp(image, _letter(_printed(page, box), look, tall), middle)
        if box.question not in named:
            named.add(box.question)
            _words(image, box.question[1:], (box.x - 8.6, box.y + 0.8 * box.h), 2.0)
        if look.text and "=" not in box.option:
            left = box.x - 4.6 if look.text == "left" else box.x + 1.25 * box.w
            _words(image, box.option * 2, (left, box.y + 0.8 * box.h), 2.0)
    return np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _printed(page: PageLayout, box: Box) -> str:
    """The letter in a box: its digit in a grid, else by its place in the question."""
    digit = box.option.partition("=")[2]
    before = sum(other.question == box.question and other.x < box.x for other in page.boxes)
    return digit or string.ascii_uppercase[before]


def _behind(image: Picture, rows: list[float], page: PageLayout, look: Look, rng: Random) -> None:
    scale = PX * FINE
    for index, y in enumerate(rows):
        over = 0.5 * (look.down - look.height)
        top, bottom = (round(edge * scale) for edge in (y - over, y + look.height + over))
        band = image[max(top, 0) : bottom, round(4 * scale) : round((page.width - 3) * scale)]
        if look.shade == "grey" and index % 2:
            band[...] = 215
        elif look.shade == "dots" and index % 2:
            band[...] = np.where(rng.random(band.shape) < 0.08, np.uint8(60), np.uint8(255))
            step = int(rng.integers(4, 8))
            band[::step, ::step] = 40
        if look.rules:
            at = round((y + 1.1 * look.height) * scale)
            image[at : at + round(0.2 * scale), round(4 * scale) : round((page.width - 3) * scale)] = 60


def _outline(image: Picture, box: Box, middle: tuple[int, int], look: Look) -> None:
    scale = PX * FINE
    line = max(1, round(look.line * scale))
    half = (round(box.w / 2 * scale), round(box.h / 2 * scale))
    if box.shape == "circle":
        cv2.ellipse(image, middle, half, 0.0, 0.0, 360.0, (look.grey,), line, cv2.LINE_AA)
    else:
        first = (middle[0] - half[0], middle[1] - half[1])
        cv2.rectangle(image, first, (middle[0] + half[0], middle[1] + half[1]), (look.grey,), line)


def _words(image: Picture, text: str, at: tuple[float, float], size: float) -> None:
    scale = PX * FINE
    place = (round(at[0] * scale), round(at[1] * scale))
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * scale / 22, (30,), 3, cv2.LINE_AA)


@lru_cache(maxsize=256)
def _letter(text: str, look: Look, size: int) -> Picture:
    """Picture of a letter, cut to its own edges."""
    if look.face < 0:
        face = ImageFont.load_default(max(8, round(1.35 * size)))
        picture = Image.new("L", (4 * size, 3 * size), 255)
        draw = ImageDraw.Draw(picture)
        draw.text(
            (size, size // 2),
            text,
            look.letter_grey,
            face,
            stroke_width=round(0.5 * look.letter_weight * size),
        )
        drawn = np.asarray(picture, np.uint8)
    else:
        weight = max(1, round(1.6 * look.letter_weight * size))
        (wide, high), _ = cv2.getTextSize(text, look.face, 1.0, 1)
        scale = size / max(high, 1)
        drawn = np.full((3 * size, round(3 * wide * scale) + 8), 255, np.uint8)
        place = (round(wide * scale), 2 * size)
        cv2.putText(drawn, text, place, look.face, scale, (look.letter_grey,), weight, cv2.LINE_AA)
    rows, columns = (np.flatnonzero((drawn < 250).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.full((1, 1), 255, np.uint8)
    return drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


def _stamp(image: Picture, picture: Picture, middle: tuple[int, int]) -> None:
    high, wide = picture.shape
    top, left = middle[1] - high // 2, middle[0] - wide // 2
    view = image[max(top, 0) : top + high, max(left, 0) : left + wide]
    if view.shape == picture.shape:
        np.minimum(view, picture, out=view)
