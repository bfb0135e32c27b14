"""What the paper itself prints in a box: a blank box of every kind, taken from the page.

No picture of the blank page is needed: of all boxes of one shape and size, the emptiest show the
outline, and of those with one printed label (or, where the layout names none, one option name) the
emptiest show the letter. A student's marks must never become part of a blank: what a blank holds
evenly all over its inside could be marks in every box of the kind, and is taken out again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box
from pipeline.reading.sampling import CELLS, Floats, grid

EMPTIEST = 0.3
"""Share of the boxes of a shape, with the least ink, that show its outline."""
MOST_SHOWN = 60
"""No more boxes than this are averaged."""
LEAST_OF_SHAPE = 4
"""With fewer boxes of a shape nothing is taken for printed inside them."""
LEAST_OF_LABEL = 2
"""Boxes of one label that are needed to see its letter."""
LEAST_LIKENESS, LEAST_LIKENESS_OF_FEW = 0.65, 0.8
"""Mean correlation between the insides of boxes that hold the same printed letter; of few boxes."""
FEW = 5
MOST_INK = 2.0
"""Ink of one letter against that of the page's middle letter."""
INSIDE = 0.38
"""Half side, in boxes, of what counts as the inside of a box."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blanks:
    """The page's own blank boxes."""

    models: Floats
    """(g, side, side) ink of a blank box."""
    which: NDArray[np.intp]
    """(n,) the blank of each box."""


def inside_mask(shape: str, side: int, reach: float = INSIDE) -> NDArray[np.bool_]:
    """(side, side) cells inside a box of this shape."""
    points = grid(CELLS, side / (2 * CELLS))
    away = np.hypot(points[:, 0], points[:, 1]) if shape == "circle" else np.abs(points).max(axis=1)
    return np.asarray(away < reach).reshape(side, side)


def find_blanks(windows: Floats, boxes: Sequence[Box], classes: Sequence[NDArray[np.intp]]) -> Blanks:
    """Blank boxes of a page.

    Parameters
    ----------
    windows
        (n, side, side) ink of every box, re-found.
    boxes
        The boxes, for their shape and label.
    classes
        Indices of the boxes of each shape and size.
    """
    side = windows.shape[1]
    models: list[Floats] = []
    which = np.zeros(len(windows), dtype=np.intp)
    for members in classes:
        inside = inside_mask(boxes[members[0]].shape, side)
        ink = windows[members][:, inside].mean(axis=1)
        outline = _even_out(_emptiest(windows[members], ink, EMPTIEST), inside, 0.0)
        if len(members) < LEAST_OF_SHAPE:
            outline[inside] = 0.0
        which[members] = len(models)
        models.append(outline)
        floor = float(np.quantile(outline[inside], 0.25))
        for same, letter in _letters(windows, outline, inside, _labels(boxes, members)):
            which[same] = len(models)
            models.append(_even_out(letter, inside, floor))
    return Blanks(models=np.stack(models) if models else windows[:0], which=which)


def _labels(boxes: Sequence[Box], members: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Indices of the boxes of each label that occurs often enough, where labels differ."""
    labelled = defaultdict(list)
    for index in members:
        labelled[boxes[index].label or boxes[index].option].append(index)
    if len(labelled) == 1:
        return []
    return [np.array(same) for same in labelled.values() if len(same) >= LEAST_OF_LABEL]


def _letters(
    windows: Floats, outline: Floats, inside: NDArray[np.bool_], labels: list[NDArray[np.intp]]
) -> list[tuple[NDArray[np.intp], Floats]]:
    """Printed letters: (boxes, lower median of their emptiest) of each label that shows one.

    Where letters are printed in boxes, most labels show one. A student who crosses every box of
    one option makes that option alone look alike, or darker than the other letters: no print.
    """
    found = []
    for same in labels:
        own = windows[same]
        chosen = own[_order(own[:, inside].mean(axis=1), 0.5)]
        least = LEAST_LIKENESS if len(chosen) >= FEW else LEAST_LIKENESS_OF_FEW
        if likeness(chosen[:, inside] - outline[inside]) >= least:
            found.append((same, _lower_median(chosen)))
    if 2 * len(found) <= len(labels):
        return []
    inks = [float(letter[inside].mean()) for _, letter in found]
    most = MOST_INK * float(np.median(inks)) + 0.02
    return [pair for pair, ink in zip(found, inks, strict=True) if ink <= most]


def likeness(insides: Floats) -> float:
    """Mean correlation of every two rows of (k, cells): print is alike, handwriting is not."""
    away = insides - insides.mean(axis=1, keepdims=True)
    unit = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 0.3)
    count = len(unit)
    together = float((unit.sum(axis=0) ** 2).sum())
    alone = float((unit**2).sum())
    return (together - alone) / max(count * (count - 1), 1)


def _order(ink: Floats, share: float) -> NDArray[np.intp]:
    """The share of the boxes with the least ink, two at least."""
    count = min(MOST_SHOWN, max(2, round(share * len(ink))), len(ink))
    return np.argsort(ink, kind="stable")[:count]


def _emptiest(windows: Floats, ink: Floats, share: float) -> Floats:
    return _lower_median(windows[_order(ink, share)])


def _lower_median(windows: Floats) -> Floats:
    """Cell by cell the lower median of the windows; the least of up to three."""
    count = len(windows)
    rank = (count - 1) // 2 if count > 3 else 0
    return np.asarray(np.partition(windows, rank, axis=0)[rank], dtype=np.float32)


def _even_out(model: Floats, inside: NDArray[np.bool_], floor: float) -> Floats:
    """Take out the ink that lies evenly over the inside: it may be marks in every box."""
    veil = max(float(np.quantile(model[inside], 0.25)) - floor, 0.0)
    cleared = model.copy()
    cleared[inside] = np.maximum(model[inside] - veil, 0.0)
    return cleared


def thick(models: Floats) -> Floats:
    """Blanks with every cell at its darkest neighbour: print may lie one cell off."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    return np.stack([cv2.dilate(model, kernel) for model in models]) if len(models) else models
