"""Lines that run from one edge of the paper to the other: streaks of a scanner's glass, and folds.

What is printed ends before the paper does; dust on the glass of a feeder draws a line from edge to edge, and
so does a fold. The page is cut into bands of some millimetres across the line's direction. In each the
brightest of a few averages stands for the paper, so that print and handwriting leave no trace; a thin valley
in what remains, in nearly every band and at both ends, is such a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_CELL_MM = 2.0
"""Length over which grey is averaged along a line: dithered and broken lines stay dark."""
_CELLS = 3
"""Cells of a band; the brightest of them counts."""
_VALLEY_MM = 3.6
"""Widest line that is looked for."""
_LEAST_DEPTH = 0.02
"""Least darkness of a line against the paper."""
_NOISE = 3.0
"""By how much a line must be deeper than what the page shows everywhere."""
_STEADY = 0.86
"""Share of the bands that a line must cross."""
_PALE = 0.6
"""Bands that are darker than this share of the paper show no paper: the lid, a black heading."""
_LEAST_BANDS = 12
_EDGE_MM = 2.0
"""Lines as near as this to the edge of the picture are the edge of the paper."""
_TILT_MM = 1.0
"""Step in which slanted lines are looked for; also their width then."""
_MOST_TILT = 0.045
"""Largest slope of a slanted line: a skewed page, folded a little askew."""
_MOST_PAIRS = 400
"""Slanted lines that are tried: dirt all over a margin must not cost a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line across the whole picture."""

    down: bool
    """Whether it runs down the picture; else across."""
    start: float
    """Pixels from the left (or top) edge where it enters the picture at the top (or left)."""
    end: float
    """The same where it leaves the picture."""
    ink: float
    """Its darkness (0 to 1) times its width, pixels."""
    straight: bool
    """Whether it keeps to one column (or row) of pixels, as only a scanner's own defects do."""

    @property
    def middle(self) -> float:
        """Pixels from the left (or top) edge, half-way."""
        return (self.start + self.end) / 2.0


def find_lines(gray: NDArray[np.uint8], paper: float, px_per_mm: float) -> tuple[Line, ...]:
    """Find streaks and folds.

    Parameters
    ----------
    gray
        (height, width), the page at 50 to 100 dpi.
    paper
        Grey of its paper.
    px_per_mm
        Its resolution.

    Returns
    -------
    Lines in pixels of ``gray``.
    """
    lines = []
    for down in (True, False):
        bands = _bands(gray, down, px_per_mm)
        if len(bands) >= _LEAST_BANDS:
            length = gray.shape[0] if down else gray.shape[1]
            lines += list(_lines(bands, down, length, paper, px_per_mm))
    return tuple(lines)


def _bands(gray: NDArray[np.uint8], down: bool, px_per_mm: float) -> NDArray[np.uint8]:
    """(bands, across): the paper's grey in each band, print left out."""
    step = max(1, round(_CELL_MM * px_per_mm))
    across = gray.shape[1] if down else gray.shape[0]
    count = (gray.shape[0] if down else gray.shape[1]) // (step * _CELLS)
    length = count * _CELLS * step
    start = ((gray.shape[0] if down else gray.shape[1]) - length) // 2
    if down:
        part = gray[start : start + length]
        sums = np.add.reduce(part.reshape(count * _CELLS, step, across), axis=1, dtype=np.uint16)
        mean = (sums // step).astype(np.uint8)
    else:
        size = (count * _CELLS, across)
        mean = cv2.resize(gray[:, start : start + length], size, interpolation=cv2.INTER_AREA).T
    grouped = np.ascontiguousarray(mean).reshape(count, _CELLS, across)
    brightest = np.maximum(np.maximum(grouped[:, 0], grouped[:, 1]), grouped[:, 2])
    return np.asarray(brightest, dtype=np.uint8)


def _lines(
    bands: NDArray[np.uint8], down: bool, length: int, paper: float, px_per_mm: float
) -> Iterator[Line]:
    kernel = np.ones((1, 2 * round(_VALLEY_MM * px_per_mm / 2) + 1), dtype=np.uint8)
    around = cv2.morphologyEx(bands, cv2.MORPH_CLOSE, kernel)
    depth = np.asarray(cv2.subtract(around, bands), dtype=np.uint8)
    usable = around > _PALE * paper
    least = max(_LEAST_DEPTH * paper, _NOISE * float(np.median(depth[::2, ::2])), 3.0)
    hit = (depth > least) & usable
    rim = round(_EDGE_MM * px_per_mm)
    hit[:, :rim] = hit[:, hit.shape[1] - rim :] = False
    if not all(part.any() for part in _ends(hit, usable)):
        return
    reach = kernel.shape[1] // 2
    for column in _runs(_steady(hit, usable)):
        yield _measured(depth, hit, (column, column), down, paper)
        hit[:, max(0, column - reach) : column + reach + 1] = False
    step = max(1, round(_TILT_MM * px_per_mm))
    most = _MOST_TILT * length
    while (ends := _slanted(hit, usable, step, most)) is not None:
        line = _measured(depth, hit, ends, down, paper)
        for band, column in enumerate(np.rint(np.linspace(*ends, len(hit))).astype(int)):
            hit[band, max(0, column - reach) : column + reach + 1] = False
        if line.ink > 0.0:
            yield line


def _steady(hit: NDArray[np.bool_], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns of (bands, columns) are hit nearly everywhere, and at both ends."""
    seen = usable.sum(axis=0)
    often = (hit.sum(axis=0) >= _STEADY * seen) & (seen >= _LEAST_BANDS)
    first, last = _ends(hit, usable)
    return np.asarray(often & first & last)


def _ends(hit: NDArray[np.bool_], usable: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which columns are hit in the first and in the last band that shows paper."""
    first = hit[0] | (~usable[0] & hit[1])
    last = hit[-1] | (~usable[-1] & hit[-2])
    return first, last


def _runs(flags: NDArray[np.bool_]) -> list[int]:
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [int((start + end - 1) // 2) for start, end in zip(starts, ends, strict=True)]


def _slanted(
    hit: NDArray[np.bool_], usable: NDArray[np.bool_], step: int, most: float
) -> tuple[float, float] | None:
    """Columns in which the best slanted line enters the first band and leaves the last, or None.

    Only columns that are hit near both ends are joined, of which a clean page has none.
    """
    first, last = (np.flatnonzero(part) for part in _ends(hit, usable))
    if not len(first) or not len(last):
        return None
    first, last = (np.unique(part // step) * step + step // 2 for part in (first, last))
    starts, ends = (part.ravel() for part in np.meshgrid(first, last))
    near = np.flatnonzero(np.abs(starts - ends) <= most)[:_MOST_PAIRS]
    if not len(near):
        return None
    wide = cv2.dilate(hit.astype(np.uint8), np.ones((1, 2 * step + 1), dtype=np.uint8)) > 0
    share = np.linspace(0.0, 1.0, len(hit))[:, None]
    columns = np.rint(starts[near] * (1 - share) + ends[near] * share).astype(int)
    columns = np.clip(columns, 0, hit.shape[1] - 1)
    bands = np.arange(len(hit))[:, None]
    seen = usable[bands, columns].sum(axis=0)
    steady = wide[bands, columns].sum(axis=0) / np.maximum(seen, _LEAST_BANDS)
    best = int(np.argmax(steady))
    if steady[best] < _STEADY:
        return None
    return float(starts[near[best]]), float(ends[near[best]])


def _measured(
    depth: NDArray[np.uint8], hit: NDArray[np.bool_], ends: tuple[float, float], down: bool, paper: float
) -> Line:
    """Fit a line through the deepest place of each band near a rough one; ink 0: it is none."""
    bands = np.arange(len(depth))
    rough = np.rint(np.linspace(*ends, len(depth))).astype(int)
    reach = 2 if ends[0] == ends[1] else 3
    columns = np.clip(rough[:, None] + np.arange(-reach, reach + 1), 0, depth.shape[1] - 1)
    near = depth[bands[:, None], columns].astype(np.float64)
    sure = hit[bands[:, None], columns].any(axis=1)
    places = columns[bands, near.argmax(axis=1)].astype(np.float64)
    straight = ends[0] == ends[1]
    if straight:
        slope, offset = 0.0, float(np.median(places[sure]))
    else:
        slope, offset = np.polyfit(bands[sure], places[sure], 1)
    away = np.abs(places - (offset + slope * bands))[sure]
    ink = float(np.median(near[sure].sum(axis=1))) / paper
    if np.median(away) > 1.0 or (away < 2.0).sum() < 0.8 * len(bands):
        ink = 0.0
    return Line(
        down=down,
        start=float(offset - 0.5 * slope),
        end=float(offset + slope * (len(bands) - 0.5)),
        ink=ink,
        straight=straight,
    )
