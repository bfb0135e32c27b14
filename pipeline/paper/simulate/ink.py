"""Ink on paper: strokes become darkness, antialiased, and are multiplied into the printed page.

Strokes are drawn at four times the master's resolution in a patch around them, get the grain of
pen and paper at twice, and are averaged down; so only inked places of a page cost anything.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.paper.simulate.pens import Hand, Random
from pipeline.paper.simulate.records import Image, Stroke

MASTER_DPI = 300
"""Resolution of the page before it is scanned."""
MASTER_PX_PER_MM = MASTER_DPI / 25.4
_FINE = 4
_GRAIN = 2
_GRAIN_TILE = 512
_CHUNK = 4

Ink = NDArray[np.float32]


class InkedPage:
    """A printed page that people write on.

    Parameters
    ----------
    printed
        (height, width) grey at ``MASTER_DPI``; copied.
    color
        Whether the scan will be in colour: the page then has three channels, RGB.
    rng
        Source of the paper's grain.
    """

    def __init__(self, printed: Image, *, color: bool, rng: Random) -> None:
        self.image: Image = np.ascontiguousarray(np.dstack([printed] * 3) if color else printed.copy())
        self._rng = rng
        tile = rng.standard_normal((_GRAIN_TILE, _GRAIN_TILE), dtype=np.float32)
        grain = np.asarray(cv2.GaussianBlur(tile, (0, 0), 0.9), np.float32)
        self._grain: Ink = grain / grain.std()

    def write(self, strokes: Sequence[Stroke], hand: Hand, *, density: float = 1.0) -> None:
        """Draw strokes with a writer's pen.

        Parameters
        ----------
        strokes
            On the page, mm.
        hand
            Whose pen.
        density
            Darkness relative to the pen's own.
        """
        patch = self._patch(strokes, hand, density)
        if patch is not None:
            self._multiply(*patch, hand)

    def write_and_erase(self, strokes: Sequence[Stroke], hand: Hand, *, residue: float) -> None:
        """Draw strokes and rub them out: what stays is faint and smeared.

        Parameters
        ----------
        residue
            Share of the darkness that stays.
        """
        patch = self._patch(strokes, hand, 1.0)
        if patch is None:
            return
        ink, left, top = patch
        smeared = cv2.GaussianBlur(ink, (0, 0), self._rng.uniform(1.0, 2.2))
        smear = cv2.GaussianBlur(ink, (0, 0), 7.0) * self._rng.uniform(0.05, 0.25)
        uneven = 1.0 + 0.25 * self._rng.standard_normal()
        faint = np.asarray(residue * max(0.4, uneven) * np.maximum(smeared, smear), dtype=np.float32)
        self._multiply(np.clip(faint, 0.0, 1.0), left, top, hand)

    def _patch(self, strokes: Sequence[Stroke], hand: Hand, density: float) -> tuple[Ink, int, int] | None:
        """Darkness of strokes, and the patch's left and top in master pixels."""
        points = np.concatenate([stroke.path for stroke in strokes]) * MASTER_PX_PER_MM
        margin = 6 + max(stroke.width for stroke in strokes) * MASTER_PX_PER_MM
        height, width = self.image.shape[:2]
        left, top = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(points.max(axis=0) + margin), (width, height)).astype(int)
        if right - left < 2 or bottom - top < 2:
            return None
        size = (int(right - left), int(bottom - top))
        clean = np.ones((size[1], size[0]), np.float32)
        grain = self._grain_patch((size[0] * _GRAIN, size[1] * _GRAIN), hand.pen.grain)
        for stroke in strokes:
            layer = _draw(stroke, (left, top), (size[0] * _FINE, size[1] * _FINE))
            inked = cv2.resize(layer, (size[0] * _GRAIN, size[1] * _GRAIN), interpolation=cv2.INTER_AREA)
            inked = cv2.multiply(inked, grain, dtype=cv2.CV_32F)
            inked = cv2.resize(inked, size, interpolation=cv2.INTER_AREA)
            darkness = min(0.99, hand.density * density)
            clean *= 1.0 - np.clip(inked * (darkness / 200.0), 0.0, 0.98)
        return 1.0 - clean, int(left), int(top)

    def _grain_patch(self, size: tuple[int, int], grain: float) -> Ink:
        """Factors around 1 by which the paper's tooth takes more or less ink."""
        width, height = size
        x, y = self._rng.integers(0, _GRAIN_TILE, 2)
        rows = (np.arange(height) + y) % _GRAIN_TILE
        columns = (np.arange(width) + x) % _GRAIN_TILE
        tile = self._grain[np.ix_(rows, columns)]
        factors: Ink = np.clip(1.0 + grain * tile, 0.0, 1.3)
        return factors

    def _multiply(self, ink: Ink, left: int, top: int, hand: Hand) -> None:
        view = self.image[top : top + ink.shape[0], left : left + ink.shape[1]]
        if view.ndim == 3:
            absorbed = np.clip(ink[:, :, None] * np.array(hand.pen.color, np.float32), 0.0, 0.985)
        else:
            absorbed = np.clip(ink, 0.0, 0.985)
        view[...] = np.rint(view * (1.0 - absorbed)).astype(np.uint8)


def _draw(stroke: Stroke, origin: tuple[int, int], size: tuple[int, int]) -> Image:
    """One stroke in a patch: 200 is the pen's full density at pressure 1."""
    layer = np.zeros((size[1], size[0]), np.uint8)
    fine = MASTER_PX_PER_MM * _FINE
    points = np.rint(stroke.path * fine - np.array(origin) * _FINE).astype(np.int32)
    for start in range(0, len(points) - 1, _CHUNK):
        pressure = float(stroke.pressure[start : start + _CHUNK + 1].mean())
        thickness = max(2, round(stroke.width * fine * (0.55 + 0.45 * pressure)))
        shade = int(np.clip(200.0 * pressure, 20, 255))
        piece = points[start : start + _CHUNK + 1].reshape(-1, 1, 2)
        cv2.polylines(layer, [piece], isClosed=False, color=(shade,), thickness=thickness)
    return layer
