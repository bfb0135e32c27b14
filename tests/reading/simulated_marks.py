"""Sheets on which a writer marks as planned, scanned by the simulator: the plan is the truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from pipeline.model import (
    BoxState,
    Kind,
    Layout,
    LayoutBook,
    LayoutQuestion,
    Marking,
    PageLayout,
    PageRead,
    PageSource,
    PageStates,
)
from pipeline.paper.simulate import (
    DRAWS,
    BoxPlace,
    BoxPlan,
    Carrier,
    Drawing,
    Hand,
    InkedPage,
    SheetKind,
    child,
    constructed_sheet,
    draw_box,
    draw_hand,
    misplaced,
    scan_page,
    scan_profile,
)
from pipeline.paper.simulate.marks import strike_out
from pipeline.reading import PageImage, Registered, decide_states, measure_boxes, register_page
from pipeline.reading.image import make_page_image

PX_200 = 25.4 / 200
"""mm of a pixel at 200 dots per inch."""
NEAR_MM = 25.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A printed sheet whose every question asks for one mark."""

    carrier: Carrier
    fields: tuple[tuple[int, ...], ...]
    """Boxes of each question, or of each column of a digit grid."""

    @property
    def layout(self) -> Layout:
        return self.carrier.layout

    @property
    def page(self) -> PageLayout:
        return self.carrier.layout.pages[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Written:
    """What was drawn on a sheet, and what is meant."""

    drawings: Mapping[int, str]
    """By the place of the box on the page; the others stay untouched."""
    meant: frozenset[int]
    """Boxes that the writer chooses."""
    struck: frozenset[int] = frozenset()
    """Fields with a line through all of their boxes."""


@lru_cache(maxsize=32)
def sheet(kind: SheetKind, number: int) -> Sheet:
    """Print a sheet; each number looks different."""
    carrier = constructed_sheet(kind, number, draws="train", seed=907)
    layout = carrier.layout
    fields: dict[tuple[str, str], list[int]] = {}
    for index, box in enumerate(layout.pages[0].boxes):
        column = box.option.partition("=")[0] if "=" in box.option else ""
        fields.setdefault((box.question, column), []).append(index)
    if kind not in ("grid", "credits"):
        asked = LayoutQuestion(kind=Kind.CHOICE)
        layout = replace(layout, questions=dict.fromkeys(layout.questions, asked))
    return Sheet(carrier=replace(carrier, layout=layout), fields=tuple(map(tuple, fields.values())))


def writer(printed: Sheet, seed: int, pen: str) -> Hand:
    """Somebody who marks as the paper asks: with fills where boxes are to be filled, else with crosses."""
    marking = printed.layout.marking
    hand = draw_hand(marking, child(seed, 5), pen=pen)
    return replace(hand, habit=Drawing.FILL if marking is Marking.FILL else Drawing.CROSS)


def write(printed: Sheet, written: Written, hand: Hand, seed: int) -> InkedPage:
    """Draw on a sheet."""
    rng = child(seed, 6)
    inked = InkedPage(printed.carrier.images[0], color=False, rng=rng)
    places = [
        BoxPlace(
            x=box.x + box.w / 2,
            y=box.y + box.h / 2,
            w=box.w,
            h=box.h,
            shape=box.shape,
            letter=bool(box.label),
        )
        for box in printed.page.boxes
    ]
    for index, drawing in sorted(written.drawings.items()):
        here = places[index]
        near = [one for one in places if 0 < np.hypot(*(one.center - here.center)) < NEAR_MM]
        draw_box(inked, BoxPlan(drawing=drawing), here, near, hand, rng)
    # A line that bows out of the boxes is no line through them.
    straight = replace(hand, ranges=replace(hand.ranges, bow=0.005))
    for field in sorted(written.struck):
        strike_out(inked, [places[index] for index in printed.fields[field]], straight, rng)
    return inked


def scan(inked: InkedPage, profile: str, seed: int) -> PageImage:
    """Scan a written sheet as it is received: with the loss of its JPEG unless it is bilevel."""
    scanner = replace(scan_profile(profile, DRAWS["train"]), color=False)
    made = scan_page(inked, scanner, child(seed, 7))
    picture = made.image
    if not made.bilevel:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, made.jpeg_quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return make_page_image(picture, float(scanner.dpi))


def measure(layout: Layout, image: PageImage, off_px: float = 0.0, seed: int = 1) -> PageRead:
    """Register and measure a scan by a layout whose boxes lie ``off_px`` pixels of 200 dpi off."""
    moved = misplaced(layout, off_px * PX_200, "global", child(seed, 8))
    found = register_page(image, LayoutBook(fixed=moved), order=1)
    assert isinstance(found, Registered), found
    return page_read(found)


def page_read(registered: Registered) -> PageRead:
    """Measure a registered page."""
    measured = measure_boxes(registered)
    return PageRead(
        source=PageSource(file="simulated.png", path="simulated.png", page=1, sha256="0" * 64),
        code=None, other_codes=(), sheet=1, layout_hash="", rms_mm=measured.rms_mm,
        quality=registered.quality, features=measured.features, places_px=measured.places_px,
    )  # fmt: skip


def decide(printed: Sheet, read: PageRead) -> PageStates:
    """What one page alone says."""
    (states,) = decide_states([(read, printed.layout, printed.page)])
    return states


def asked(states: PageStates, boxes: Iterable[int]) -> bool:
    """Whether a question goes to a person: a box is in doubt, or two are marked where one is asked."""
    said = [states.states[index] for index in boxes]
    return BoxState.DOUBTFUL in said or said.count(BoxState.MARKED) > 1
