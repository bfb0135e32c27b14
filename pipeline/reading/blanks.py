"""What the paper itself prints in a box: a blank box of every kind, taken from the page.

No picture of the blank page is needed: of all boxes of one shape and size, the emptiest show the
outline, and of those with one printed label (or, where the layout names none, one option name) the
emptiest show the letter. A student's marks must never become part of a blank: what a blank holds
evenly all over its inside could be marks in every box of the kind, and is taken out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.empties import before_jump
from pipeline.reading.page_boxes import SizeClass
from pipeline.reading.sampling import CELLS, FULL, Floats, Levels, grid

EMPTIEST = 0.3
"""Share of the boxes of a shape, with the least ink, that show its outline."""
MOST_SHOWN, MOST_LOOKED_AT = 60, 31
"""No more boxes than this show an outline; of more than the second number, every second one or so."""
LEAST_OF_SHAPE = 4
"""With fewer boxes of a shape nothing is taken for printed inside them."""
LEAST_LIKENESS, LEAST_LIKENESS_OF_FEW = 0.65, 0.8
"""Mean correlation between the insides of boxes that hold the same printed letter; of few boxes."""
FEW = 5
MOST_ALIKE = 0.65
"""Mean correlation between different letters: all of one page's crosses are more alike."""
MOST_INK = 2.0
"""Ink of one letter against that of the page's middle letter."""
JUMP = 0.06
"""Least step of the mean ink inside from boxes that are empty to boxes that are marked."""
MANY = 20
"""With fewer boxes of a shape, all of them may be marked."""
MOST_COMMON = 0.05
"""Mean ink that the outline of few boxes, or of bare ones, may have inside where no letters explain it."""
UNIT = np.float32(1.0 / FULL)
INSIDE = 0.38
"""Half side, in boxes, of what counts as the inside of a box."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blanks:
    """The page's own blank boxes."""

    models: Floats
    """(g, side, side) ink of a blank box."""
    which: NDArray[np.intp]
    """(n,) the blank of each box."""

    def cropped(self, margin: int) -> "Blanks":
        """The blanks without ``margin`` cells on each side."""
        inner = slice(margin, self.models.shape[1] - margin)
        return Blanks(models=np.ascontiguousarray(self.models[:, inner, inner]), which=self.which)


@lru_cache(maxsize=16)
def inside_mask(shape: str, side: int, reach: float = INSIDE) -> NDArray[np.bool_]:
    """(side, side) cells inside a box of this shape, read-only."""
    points = grid(CELLS, side / (2 * CELLS))
    away = np.hypot(points[:, 0], points[:, 1]) if shape == "circle" else np.abs(points).max(axis=1)
    mask = np.asarray(away < reach).reshape(side, side)
    mask.setflags(write=False)
    return mask


def find_blanks(windows: Levels, classes: Sequence[SizeClass]) -> Blanks:
    """Blank boxes of a page.

    Parameters
    ----------
    windows
        (n, side, side) ink of every box, re-found.
    classes
        The boxes of each shape and size, and those that may hold the same letter.
    """
    models: list[Floats] = []
    which = np.zeros(len(windows), dtype=np.intp)
    for same in classes:
        inside = inside_mask(same.shape, windows.shape[1])
        doubted = same.bare or len(same.members) < MANY
        jump = JUMP if doubted else np.inf
        emptiest = _emptiest(windows, same.members, inside, EMPTIEST, jump)
        outline = _even_out(_lower_median(emptiest), inside, 0.0)
        if len(same.members) < LEAST_OF_SHAPE:
            outline[inside] = 0.0
        letters = _letters(windows, outline, inside, same.labels, jump) if same.labels else []
        if doubted and not letters and float(outline[inside].mean()) > MOST_COMMON:
            outline[inside] = 0.0
        which[same.members] = len(models)
        models.append(outline)
        floor = _lower_quarter(outline[inside])
        for rows, letter in letters:
            which[rows] = len(models)
            models.append(_even_out(letter, inside, floor))
    side = windows.shape[1]
    return Blanks(models=np.stack(models) if models else np.zeros((0, side, side), np.float32), which=which)


def _mean_inside(windows: Levels, rows: NDArray[np.intp], inside: NDArray[np.bool_]) -> Floats:
    """(k,) mean ink inside some of the boxes."""
    reach = np.flatnonzero(inside.any(axis=0))
    block = slice(reach[0], reach[-1] + 1)
    ink = windows[:, block, block] if len(rows) == len(windows) else windows[rows, block, block]
    weights = inside[block, block].ravel() / np.float32(FULL * inside.sum())
    return np.asarray(ink.reshape(len(rows), -1).astype(np.float32) @ weights, dtype=np.float32)


def _letters(
    windows: Levels,
    outline: Floats,
    inside: NDArray[np.bool_],
    labels: Sequence[NDArray[np.intp]],
    jump: float,
) -> list[tuple[NDArray[np.intp], Floats]]:
    """Printed letters: (boxes, lower median of their emptiest) of each label that shows one.

    Where letters are printed in boxes, most labels show one, and no two the same. A student who crosses
    every box of one option makes that option alone look alike, or darker than the other letters; one
    who crosses every box makes all options look alike: no print.
    """
    found = []
    for same in labels:
        chosen = _emptiest(windows, same, inside, 0.5, jump)
        least = LEAST_LIKENESS if len(chosen) >= FEW else LEAST_LIKENESS_OF_FEW
        if likeness(chosen[:, inside] * UNIT - outline[inside]) >= least:
            found.append((same, _lower_median(chosen)))
    if 2 * len(found) <= len(labels):
        return []
    if (
        len(found) > 1
        and likeness(np.stack([letter[inside] - outline[inside] for _, letter in found])) > MOST_ALIKE
    ):
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


def _emptiest(
    windows: Levels, rows: NDArray[np.intp], inside: NDArray[np.bool_], share: float, jump: float
) -> Levels:
    """The share of some boxes with the least ink, two at least; evenly thinned out where there are many.

    Those of them that hold more ink than the others by ``jump`` are marked, and left out.
    """
    ink = _mean_inside(windows, rows, inside)
    order = np.argsort(ink, kind="stable")
    count = min(MOST_SHOWN, max(2, round(share * len(ink))), len(ink))
    count = before_jump(ink[order[:count]].astype(np.float64), jump)
    return windows[rows[order[: count : -(-count // MOST_LOOKED_AT)]]]


def _lower_median(windows: Levels) -> Floats:
    """Cell by cell the lower median of the windows, 0..1; the least of up to three."""
    count = len(windows)
    rank = (count - 1) // 2 if count > 3 else 0
    cells = np.asarray(cv2.transpose(windows.reshape(count, -1)), dtype=np.uint16)
    cells.sort(axis=1)
    return np.asarray(cells[:, rank] / np.float32(FULL), dtype=np.float32).reshape(windows.shape[1:])


def _even_out(model: Floats, inside: NDArray[np.bool_], floor: float) -> Floats:
    """Take out the ink that lies evenly over the inside: it may be marks in every box."""
    ink = model[inside]
    cleared = model.copy()
    cleared[inside] = np.maximum(ink - max(_lower_quarter(ink) - floor, 0.0), 0.0)
    return cleared


def _lower_quarter(ink: Floats) -> float:
    rank = (len(ink) - 1) // 4
    return float(np.partition(ink, rank)[rank])


def thick(models: Floats) -> Floats:
    """Blanks with every cell at its darkest neighbour: print may lie one cell off."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    return np.stack([cv2.dilate(model, kernel) for model in models]) if len(models) else models
