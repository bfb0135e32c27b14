"""Where a page's defects lie, and how much of each box they take."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DEFECT_WORDS = ("", "streak", "fold", "cut off", "hole", "staple", "glare")
"""What may cross a box; the place of each word is its number in ``kinds``."""
STREAK, FOLD, CUT_OFF, HOLE, STAPLE, GLARE = range(1, len(DEFECT_WORDS))

_INSIDE = 0.55
"""Half side of what belongs to a box, in boxes."""


def _no_lines() -> Floats:
    return np.zeros((0, 6))


def _no_cover() -> NDArray[np.uint8]:
    return np.zeros((0, 0), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Defects:
    """Defects of one page, in pixels of its upright picture."""

    width: int = 0
    """Of the picture, px; 0: nothing is known of it."""
    height: int = 0
    lines: Floats = field(default_factory=_no_lines)
    """(k, 6): unit normal x, y and distance of each line, ``x * nx + y * ny = d``; its darkness
    times its width, px; its width, px; its number in ``DEFECT_WORDS``."""
    cover: NDArray[np.uint8] = field(default_factory=_no_cover)
    """Small picture of what hides the paper: numbers in ``DEFECT_WORDS``, 0 is paper;
    empty: nothing does."""
    factor: float = 1.0
    """Pixels of the page for one of ``cover``."""

    def weigh(self, places_px: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much of each box is lost to defects, and to which kind most of it.

        Parameters
        ----------
        places_px
            (n, 4): centre x, centre y, width, height of boxes in the upright picture.

        Returns
        -------
        (n,) mean ink that defects add to a box or hide in it, 0 to 1, and (n,) the number in
        ``DEFECT_WORDS`` of the strongest, 0 where there is none.
        """
        parts = np.zeros((len(DEFECT_WORDS), len(places_px)))
        if self.width and len(places_px):
            places = places_px.astype(np.float64)
            parts[CUT_OFF] = self._outside(places)
            for line in self.lines:
                parts[int(line[5])] += _crossed(line, places)
            for kind in self._kinds_of_cover():
                parts[kind] += self._covered(places, kind)
        total = np.clip(parts.sum(axis=0), 0.0, 1.0)
        kinds = np.where(total > 0.0, parts.argmax(axis=0), 0)
        return total.astype(np.float32), kinds.astype(np.float32)

    def crossed(self, places: Floats) -> NDArray[np.bool_]:
        """Which boxes, (n,), a line runs through."""
        met = [_crossed(line, places) > 0.0 for line in self.lines]
        return np.any(met, axis=0) if met else np.zeros(len(places), dtype=bool)

    def hidden(self, places_px: NDArray[np.float32]) -> Floats:
        """Share of each box, (n,), that is outside the picture or covered."""
        places = places_px.astype(np.float64)
        share = self._outside(places)
        for kind in self._kinds_of_cover():
            share = share + self._covered(places, kind)
        return np.minimum(share, 1.0)

    def _kinds_of_cover(self) -> list[int]:
        return [int(kind) for kind in np.flatnonzero(np.bincount(self.cover.ravel())) if kind]

    def _outside(self, places: Floats) -> Floats:
        """Share of each box beyond the edge of the picture."""
        seen = np.ones(len(places))
        for axis, length in ((0, self.width), (1, self.height)):
            reach = _INSIDE * np.maximum(places[:, axis + 2], 1e-6)
            low, high = places[:, axis] - reach, places[:, axis] + reach
            within = np.minimum(high, length - 0.5) - np.maximum(low, -0.5)
            seen *= np.clip(within / (2 * reach), 0.0, 1.0)
        return np.where(seen < 1.0 - 1e-6, 1.0 - seen, 0.0)

    def _covered(self, places: Floats, kind: int) -> Floats:
        """Share of each box that one kind of cover hides."""
        sums = cv2.integral((self.cover == kind).astype(np.uint8)).astype(np.float64)
        height, width = self.cover.shape
        ends = []
        for axis, most in ((0, width), (1, height)):
            reach = _INSIDE * places[:, axis + 2]
            for sign in (-1.0, 1.0):
                at = (places[:, axis] + sign * reach + 0.5) / self.factor
                ends.append(np.clip(np.rint(at), 0, most).astype(int))
        left, right, top, bottom = ends
        inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        area = (2 * _INSIDE) ** 2 * places[:, 2] * places[:, 3] / self.factor**2
        return np.asarray(np.clip(inside / np.maximum(area, 1.0), 0.0, 1.0))


def _crossed(line: Floats, places: Floats) -> Floats:
    """Mean ink that a line puts into each box that it crosses."""
    x, y, distance, ink, width, _ = line
    reach = _INSIDE * (abs(x) * places[:, 2] + abs(y) * places[:, 3])
    away = np.abs(places[:, 0] * x + places[:, 1] * y - distance)
    share = np.clip((reach + width / 2 - away) / max(width, 1e-6), 0.0, 1.0)
    return np.asarray(share * ink / np.maximum(2 * reach, 1.0))
