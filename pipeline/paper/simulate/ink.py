"""Ink on paper: strokes become darkness, antialiased, in small patches over the printed page.

Strokes are drawn at four times the master's resolution in a patch around them, get the grain of
pen and paper at twice, and are averaged down; so only inked places of a page cost anything. The
patches stay apart from the print, so that one written page can be printed worn or fresh, and be
scanned by several scanners.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.paper.simulate.pens import Hand, Random
from pipeline.paper.simulate.records import Image, Path, Stroke

MASTER_DPI = 300
"""Resolution of the page before it is scanned."""
MASTER_PX_PER_MM = MASTER_DPI / 25.4
_FINE = 4
_GRAIN = 2
_GRAIN_TILE = 512
_CHUNK = 4

Ink = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkPatch:
    """Ink, or correction fluid, on a small part of the page."""

    left: int
    top: int
    """Master pixels."""
    darkness: Ink
    """(height, width), 0 to 1: light taken away; of fluid: how much of what lies below is hidden."""
    color: tuple[float, float, float]
    box: int
    """Place of the box that was drawn on in the page layout; -1: none."""
    fluid: bool = False


class InkedPage:
    """A printed page that people write on.

    Parameters
    ----------
    printed
        (height, width) grey at ``MASTER_DPI``; never changed.
    color
        Whether the scan will be in colour: the page then has three channels, RGB.
    rng
        Source of the paper's grain.
    """

    def __init__(self, printed: Image, *, color: bool, rng: Random) -> None:
        self.printed = printed
        self.color = color
        self.patches: list[InkPatch] = []
        self.box = -1
        """The box that is being drawn on; patches carry it."""
        self._rng = rng

    @property
    def image(self) -> Image:
        """The page as it lies on the desk, (height, width) or (height, width, 3)."""
        return self.written_on(self.printed, color=self.color)

    def written_on(self, printed: Image, *, color: bool) -> Image:
        """What was written, on another picture of the same printed page."""
        page = np.ascontiguousarray(np.dstack([printed] * 3) if color else printed.copy())
        for patch in self.patches:
            height, width = patch.darkness.shape
            view = page[patch.top : patch.top + height, patch.left : patch.left + width]
            dark = patch.darkness
            if color:
                dark = dark[:, :, None] * np.array(patch.color, np.float32)
            if patch.fluid:
                view[...] = np.rint(view + (255.0 - view) * dark)
            else:
                view[...] = np.rint(view * (1.0 - np.clip(dark, 0.0, 0.985)))
        return page

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
            self._keep(*patch, hand.pen.color)

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
        self._keep(np.clip(faint, 0.0, 1.0), left, top, hand.pen.color)

    def cover(self, outline: Path, *, opacity: float) -> None:
        """Paint correction fluid over an area; its rim casts a faint shadow.

        Parameters
        ----------
        outline
            Of the area, mm.
        opacity
            How much of what lies below is hidden, 0 to 1.
        """
        window = self._window(outline * MASTER_PX_PER_MM, 6.0)
        if window is None:
            return
        left, top, size = window
        mask = np.zeros((size[1], size[0]), np.uint8)
        points = np.rint(outline * MASTER_PX_PER_MM - np.array([left, top])).astype(np.int32)
        cv2.fillPoly(mask, [points.reshape(-1, 1, 2)], (255,))
        area: Ink = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0), np.float32) / np.float32(255)
        rim: Ink = np.asarray(cv2.GaussianBlur(mask, (0, 0), 2.0), np.float32) / np.float32(255)
        self._keep(area * np.float32(opacity), left, top, (1.0, 1.0, 1.0), fluid=True)
        self._keep(np.abs(area - rim) * np.float32(0.35), left, top, (1.0, 1.0, 1.0))

    def _keep(
        self, ink: Ink, left: int, top: int, color: tuple[float, float, float], *, fluid: bool = False
    ) -> None:
        self.patches.append(
            InkPatch(
                left=left,
                top=top,
                darkness=np.asarray(ink, np.float32),
                color=color,
                box=self.box,
                fluid=fluid,
            )
        )

    def _window(self, points: NDArray[np.float64], margin: float) -> tuple[int, int, tuple[int, int]] | None:
        """Left, top and (width, height) of a patch around points, all in master pixels."""
        height, width = self.printed.shape[:2]
        left, top = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(points.max(axis=0) + margin), (width, height)).astype(int)
        if right - left < 2 or bottom - top < 2:
            return None
        return int(left), int(top), (int(right - left), int(bottom - top))

    def _patch(self, strokes: Sequence[Stroke], hand: Hand, density: float) -> tuple[Ink, int, int] | None:
        """Darkness of strokes, and the patch's left and top in master pixels."""
        points = np.concatenate([stroke.path for stroke in strokes]) * MASTER_PX_PER_MM
        window = self._window(points, 6 + max(stroke.width for stroke in strokes) * MASTER_PX_PER_MM)
        if window is None:
            return None
        left, top, size = window
        clean = np.ones((size[1], size[0]), np.float32)
        grain = self._grain_patch((size[0] * _GRAIN, size[1] * _GRAIN), hand.pen.grain)
        darkness = min(0.99, hand.density * density)
        for stroke in strokes:
            layer = _draw(stroke, (left, top), (size[0] * _FINE, size[1] * _FINE))
            inked = cv2.resize(layer, (size[0] * _GRAIN, size[1] * _GRAIN), interpolation=cv2.INTER_AREA)
            inked = cv2.multiply(inked, grain, dtype=cv2.CV_32F)
            inked = cv2.resize(inked, size, interpolation=cv2.INTER_AREA)
            clean *= 1.0 - np.clip(inked * (darkness / 200.0), 0.0, 0.98)
        return 1.0 - clean, left, top

    def _grain_patch(self, size: tuple[int, int], grain: float) -> Ink:
        """Factors around 1 by which the paper's tooth takes more or less ink."""
        width, height = size
        x, y = self._rng.integers(0, _GRAIN_TILE, 2)
        rows = (np.arange(height) + y) % _GRAIN_TILE
        columns = (np.arange(width) + x) % _GRAIN_TILE
        tile = _tooth()[np.ix_(rows, columns)]
        factors: Ink = np.clip(1.0 + grain * tile, 0.0, 1.3)
        return factors


@lru_cache(maxsize=1)
def _tooth() -> Ink:
    """The paper's tooth: one tile for all paper, laid on anew for each patch."""
    tile = np.random.default_rng(0).standard_normal((_GRAIN_TILE, _GRAIN_TILE), dtype=np.float32)
    grain = np.asarray(cv2.GaussianBlur(tile, (0, 0), 0.9), np.float32)
    grain /= grain.std()
    grain.setflags(write=False)
    return grain


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
