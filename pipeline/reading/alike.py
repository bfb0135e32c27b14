"""Pages that look the same one row further: whether a place is right, or a whole row off.

Where rows are all alike, a place that is one row off has nearly all boxes on outlines. What tells is
the boxes at the ends: those that one of the two places has and the other has not. So for each shift
that takes most boxes to boxes, the outlines of just these are compared.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box, PageLayout
from pipeline.reading.outlines import share_seen
from pipeline.reading.registered import Matrix

_LEAST_SHARE = 0.3
"""Share of the boxes that a shift takes to boxes, from which a place can be that shift off."""
_MOST_SHIFTS = 12
_MOST_STARTS, _MOST_TRIED = 32, 400
"""Boxes from which shifts are drawn, and shifts that are tried."""
_MOST_TURNED = 2000
_TURNED_SHARE = 0.5
"""Share of the boxes that lie on boxes upside-down, from which a page may be read upside-down."""
_SAME = 0.12
"""Boxes that are no farther from each other than twice this are one, in boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A place that is a shift away, against the one that is asked about."""

    shift: tuple[float, float]
    """From the place asked about to the rival, layout units."""
    own: float
    """Share of outlines seen, of the boxes that only the place asked about has."""
    others: float
    """The same of the boxes that only the rival has."""

    @property
    def lead(self) -> float:
        """By how much the rival is better; below 0 when it is worse."""
        return self.others - self.own


def find_rivals(gray: NDArray[np.uint8], matrix: Matrix, page: PageLayout) -> tuple[Rival, ...]:
    """Compare a place with every other that is a whole row or column off.

    Parameters
    ----------
    gray
        The picture.
    matrix
        The place: layout units to pixels, refined by the outlines.
    page
        The page.

    Returns
    -------
    tuple of Rival
        The best first; empty when no two rows or columns are alike.
    """
    rivals = []
    for x, y, only_here, only_there in row_shifts(page):
        moved = matrix @ np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
        own, others = share_seen(gray, matrix, only_here), share_seen(gray, moved, only_there)
        rivals.append(Rival(shift=(x, y), own=own, others=others))
    return tuple(sorted(rivals, key=lambda rival: -rival.lead))


@lru_cache(maxsize=64)
def row_shifts(page: PageLayout) -> tuple[tuple[float, float, tuple[Box, ...], tuple[Box, ...]], ...]:
    """Shifts that take boxes to boxes, the shortest first, with the boxes that they leave single.

    Of each: x, y, the boxes to which none is taken, and the boxes that are taken to none.
    """
    boxes = page.boxes
    if len(boxes) < 4:
        return ()
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in boxes])
    side = float(np.median([min(box.w, box.h) for box in boxes]))
    taken = _Grid(centres, _SAME * side)
    kept: list[tuple[float, float, tuple[Box, ...], tuple[Box, ...]]] = []
    for shift in _candidates(centres, side):
        if any(np.hypot(shift[0] - x, shift[1] - y) < 0.5 * side for x, y, _, _ in kept):
            continue
        there, here = taken.has(centres + shift), taken.has(centres - shift)
        if there.mean() < _LEAST_SHARE or there.all():
            continue
        only_here = tuple(box for box, found in zip(boxes, here, strict=True) if not found)
        only_there = tuple(box for box, found in zip(boxes, there, strict=True) if not found)
        kept.append((float(shift[0]), float(shift[1]), only_here, only_there))
        if len(kept) == _MOST_SHIFTS:
            break
    return tuple(kept)


@lru_cache(maxsize=64)
def turned_about(page: PageLayout) -> tuple[float, float] | None:
    """The point about which half a turn takes most boxes of a page to boxes; None: there is none."""
    if not page.boxes:
        return page.width / 2, page.height / 2
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.boxes])
    side = float(np.median([min(box.w, box.h) for box in page.boxes]))
    taken = _Grid(centres, _SAME * side)
    some = np.unique(np.linspace(0, len(centres) - 1, _MOST_STARTS).astype(int))
    sums = np.rint((centres[some][:, None] + centres[None]).reshape(-1, 2) / (0.5 * side)).astype(np.int64)
    _, first = np.unique(sums, axis=0, return_index=True)
    starts, ends = np.divmod(first, len(centres))
    best, most = None, _TURNED_SHARE
    for start, end in zip(starts[:_MOST_TURNED], ends, strict=False):
        total = centres[some[start]] + centres[end]
        share = float(taken.has(total - centres).mean())
        if share >= most:
            best, most = (float(total[0] / 2), float(total[1] / 2)), share + 1e-9
    return best


def is_alike_turned(page: PageLayout) -> bool:
    """Whether half a turn about some point takes most boxes of a page to boxes."""
    return turned_about(page) is not None


def _candidates(centres: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """Ways from some boxes to all others, the shortest first; of ways that are alike, one."""
    some = np.unique(np.linspace(0, len(centres) - 1, _MOST_STARTS).astype(int))
    ways = (centres[None] - centres[some][:, None]).reshape(-1, 2)
    ways = np.concatenate([ways, -ways])
    ways = ways[np.hypot(*ways.T) > side]
    _, first = np.unique(np.rint(ways / (0.5 * side)).astype(np.int64), axis=0, return_index=True)
    ways = ways[first]
    result: NDArray[np.float64] = ways[np.argsort(np.hypot(*ways.T), kind="stable")][:_MOST_TRIED]
    return result


class _Grid:
    """Points on squared paper, to ask quickly whether there is one about a place."""

    def __init__(self, points: NDArray[np.float64], step: float) -> None:
        self._step, self._low = step, points.min(axis=0) - 4 * step
        cells = self._cells(points)
        self._full = np.zeros(cells.max(axis=0) + 4, np.bool_)
        for x in (-1, 0, 1):
            for y in (-1, 0, 1):
                self._full[cells[:, 0] + x, cells[:, 1] + y] = True

    def _cells(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.asarray(np.rint((points - self._low) / self._step), np.int64)

    def has(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether there is a point about each of these."""
        cells = self._cells(points)
        inside = ((cells >= 0) & (cells < self._full.shape)).all(axis=1)
        cells = np.where(inside[:, None], cells, 0)
        return np.asarray(self._full[cells[:, 0], cells[:, 1]] & inside, np.bool_)
