"""A page with all that was written on it, and what one scan of it shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.model import PageLayout
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.ink import InkedPage
from pipeline.paper.simulate.marks import draw_box, strike_out
from pipeline.paper.simulate.pens import Hand, Random
from pipeline.paper.simulate.records import BoxPlan, Image, SimulatedStudent, TrueAnswer
from pipeline.paper.simulate.scan import Scan
from pipeline.paper.simulate.strokes import BoxPlace
from pipeline.paper.simulate.visibility import InkPlaces, is_faint, is_lost

_NEAR_MM = 25.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrittenPage:
    """One printed page with all that was written on it, before it is scanned."""

    inked: InkedPage
    student: SimulatedStudent
    sheet: int
    places: tuple[BoxPlace, ...]
    """The boxes, in the order of the page layout."""
    plans: tuple[BoxPlan, ...]
    answers: tuple[TrueAnswer, ...]
    ink: InkPlaces
    back: Image | None
    """What is printed on the other side."""


def draw_boxes(
    inked: InkedPage,
    plans: Sequence[BoxPlan],
    places: Sequence[BoxPlace],
    hands: tuple[Hand, Hand],
    rng: Random,
) -> None:
    """Draw the planned marks with the student's or the examiner's hand."""
    centers = np.array([(place.x, place.y) for place in places]).reshape(-1, 2)
    for index, plan in enumerate(plans):
        if plan.drawing != Drawing.NONE:
            near = np.flatnonzero(np.hypot(*(centers - centers[index]).T) < _NEAR_MM).tolist()
            others = [places[other] for other in near if other != index]
            inked.box = index
            draw_box(inked, plan, places[index], others, hands[plan.writer == "examiner"], rng)
    inked.box = -1


def strike_rows(
    inked: InkedPage,
    page: PageLayout,
    plans: Sequence[BoxPlan],
    places: Sequence[BoxPlace],
    hand: Hand,
    rng: Random,
) -> None:
    """Draw lines through the questions that were struck out."""
    rows: dict[str, list[BoxPlace]] = {}
    for box, plan, place in zip(page.boxes, plans, places, strict=True):
        if plan.struck:
            rows.setdefault(box.question, []).append(place)
    for boxes in rows.values():
        strike_out(inked, boxes, hand, rng)


def as_scanned(written: WrittenPage, scan: Scan) -> tuple[tuple[BoxPlan, ...], tuple[bool, ...]]:
    """Plans with the labels that this scan earns them, and which marks it lost."""
    plans, lost = list(written.plans), [False] * len(written.plans)
    for box in written.ink.boxes[is_faint(written.ink, scan.grey, scan.upright)]:
        plans[box] = replace(plans[box], label="awkward")
    if scan.bilevel:
        for box in written.ink.boxes[is_lost(written.ink, scan.image, scan.matrix)]:
            lost[box] = True
    return tuple(plans), tuple(lost)


def crossed(places: Sequence[BoxPlace], scan: Scan) -> tuple[bool, ...]:
    """Which boxes a defect of paper or scanner runs through."""
    if not places:
        return ()
    boxes = np.array([(place.x, place.y, place.w, place.h) for place in places]).reshape(-1, 4)
    centers = np.asarray(cv2.perspectiveTransform(boxes[None, :, :2], scan.upright), np.float64)[0]
    scale = float(np.sqrt(abs(np.linalg.det(scan.upright[:2, :2] / scan.upright[2, 2]))))
    return tuple(bool(hit) for hit in scan.dirt.near(centers, boxes[:, 2:] * (scale / 2)))
