"""Layouts that are a little off: what a reader gets when the paper was printed, cut or fed askew."""

from dataclasses import replace
from typing import Literal

import cv2
import numpy as np

from pipeline.model import Layout, PageLayout
from pipeline.paper.simulate.master import unit_mm
from pipeline.paper.simulate.pens import Random

Misplacement = Literal["global", "local"]
_KNOTS = (5, 4)


def misplaced(layout: Layout, off_mm: float, how: Misplacement, rng: Random) -> Layout:
    """Move the boxes of a layout away from where they are printed; anchors stay.

    Parameters
    ----------
    layout
        As printed.
    off_mm
        How far; 1 px at 200 dpi is 0.127 mm.
    how
        ``global``: all boxes of a page in one direction; ``local``: by a smooth field over the page
        whose largest displacement is ``off_mm``.
    rng
        Source of chance.
    """
    if off_mm == 0:
        return layout
    pages = tuple(_moved(page, off_mm / unit_mm(layout, page), how, rng) for page in layout.pages)
    return replace(layout, pages=pages)


def _moved(page: PageLayout, off: float, how: Misplacement, rng: Random) -> PageLayout:
    count = len(page.boxes)
    if count == 0:
        return page
    if how == "global":
        angle = rng.uniform(0, 2 * np.pi)
        moves = np.tile([off * np.cos(angle), off * np.sin(angle)], (count, 1))
    else:
        field = rng.normal(0, 1, (*_KNOTS, 2)).astype(np.float32)
        x = np.array([(box.x + box.w / 2) / page.width * (_KNOTS[1] - 1) for box in page.boxes], np.float32)
        y = np.array([(box.y + box.h / 2) / page.height * (_KNOTS[0] - 1) for box in page.boxes], np.float32)
        moves = cv2.remap(field, x[:, None], y[:, None], cv2.INTER_LINEAR).reshape(count, 2)
        moves = moves * (off / max(float(np.hypot(*moves.T).max()), 1e-9))
    boxes = tuple(
        replace(box, x=box.x + float(dx), y=box.y + float(dy))
        for box, (dx, dy) in zip(page.boxes, moves, strict=True)
    )
    return replace(page, boxes=boxes)
