"""Re-finding every box by its printed outline, all boxes of a page at once.

First the outline's own shape is searched over about a millimetre, neighbours voting together, so
that marks which hide an outline do not matter; then each box may move a little by itself, compared
with the page's own blank box. After Virginia's VxSuite, which re-finds bubbles by their outline, and
``MARKS`` of the project: re-finding is worth more than any classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.page_boxes import SizeClass
from pipeline.reading.sampling import CELLS, FULL, Floats, Levels, middle_of, window_grid

OWN_REACH = 1
"""Cells at full detail that a box may move by itself."""
COARSE_CELLS = CELLS // 2
"""Cells across a box while searching."""
COARSE_SIDE = CELLS + OWN_REACH
"""Cells across the searched window."""
COARSE_REACH = 5
"""Cells that a box may be displaced: half a box, 2.2 mm for a box of 4.5 mm."""
SCALES = (0.8, 0.9, 1.0, 1.1, 1.2)
"""Sizes of the printed outline against the layout's box, on paper of others; ours is as laid out."""
MOST_INK = 0.6
"""Darker ink counts no more than this: marks are often darker than the outline."""
LEAST_NORM = 0.35
"""Windows with less ink variation than this are not magnified further."""
PULL = 0.04
"""Response that a displacement to the end of the reach must gain: without print, nothing moves."""
LEAST_RESPONSE = 0.09
"""Boxes whose outline is seen less clearly than this, on the whole, stay where the layout says."""
OWN_GAIN = 0.04
"""Correlation that a box must gain to leave its neighbours' place."""
STRAY_GAIN = 0.25
"""Correlation that a box must gain to leave it for a far one."""
FINE_EXTENT = 1.0 + OWN_REACH / CELLS
"""Half side of the sampled window, in boxes."""
NEAR_CELLS = 0.3
"""Boxes that lie this near to where they were sampled are not sampled again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Where the boxes really are."""

    shifts: Floats
    """(n, 2): displacement in units of the box."""
    scale: Floats
    """(n,): size of the printed outline against the layout's box."""
    response: Floats
    """(n,): how clearly the outline was seen there by the neighbourhood, -1 to 1."""
    strays: NDArray[np.intp]
    """(k,): boxes whose own outline seems to lie elsewhere; to be compared with the blank box."""
    stray_shifts: Floats
    """(k, 2): where, from the neighbours' place, in units of the found box."""

    @property
    def away(self) -> NDArray[np.intp]:
        """Rows of the boxes that must be sampled again, at another place or another size."""
        return np.flatnonzero((np.abs(self.shifts).max(axis=1) * CELLS > NEAR_CELLS) | (self.scale != 1.0))


def outline_distance(shape: str, points: Floats, scale: float = 1.0) -> Floats:
    """Distance of points (k, 2), in boxes, from a printed outline; negative inside."""
    radius = np.hypot(points[:, 0], points[:, 1]) if shape == "circle" else np.abs(points).max(axis=1)
    return np.asarray(radius - 0.5 * scale, dtype=np.float32)


def find_boxes(windows: Levels, classes: Sequence[SizeClass], reach: Floats | None = None) -> Found:
    """Search each printed outline around its expected place.

    Parameters
    ----------
    windows
        (n, side, side) ink around the expected places, at full detail.
    classes
        The boxes of each shape and size, with the votes of their neighbours.
    reach
        (n,) how far each box may be displaced, in boxes; None: as far as the search goes, and the
        outline may be printed larger or smaller than laid out. Rows of a digit grid are alike, so
        a page that is registered by its own marks must not look a whole gap away: the bottom line
        of one box and the top line of the next look like a box too.
    """
    flat, gain = _coarse(windows)
    shifts = np.zeros((len(flat), 2), dtype=np.float32)
    response, scale = np.zeros(len(flat), dtype=np.float32), np.ones(len(flat), dtype=np.float32)
    strays, elsewhere = [], []
    for same in classes:
        rows = same.members
        cells = COARSE_REACH if reach is None else int(np.ceil(reach[rows].max() * COARSE_CELLS))
        mine = (flat, gain) if len(classes) == 1 else (flat[rows], gain[rows])
        scales = SCALES if reach is None else (1.0,)
        sought = _search(*mine, same, scales, min(max(cells, 1), COARSE_REACH))
        shifts[rows], response[rows], scale[rows] = sought.shift, sought.response, sought.scale
        strays.append(rows[sought.stray])
        elsewhere.append((sought.stray_shift - sought.shift[sought.stray]) / sought.scale)
    return Found(
        shifts=shifts,
        scale=scale,
        response=response,
        strays=np.concatenate(strays),
        stray_shifts=np.concatenate(elsewhere).astype(np.float32),
    )


def _coarse(windows: Levels) -> tuple[Floats, Floats]:
    """(n, cells) ink at half the detail, and (n,) one over its deviation where there is enough of it."""
    count, side = windows.shape[:2]
    tall = windows.reshape(count * side, side)
    small = cv2.resize(tall, (side // 2, count * (side // 2)), interpolation=cv2.INTER_AREA)
    limited = np.asarray(cv2.threshold(small, int(MOST_INK * FULL), FULL, cv2.THRESH_TRUNC)[1], np.uint8)
    flat = limited.reshape(count, -1).astype(np.float32)
    flat *= np.float32(1.0 / FULL)
    squares = np.einsum("ij,ij->i", flat, flat) - np.einsum("ij->i", flat) ** 2 / np.float32(flat.shape[1])
    deviation = np.sqrt(np.maximum(squares, np.float32(LEAST_NORM * LEAST_NORM)))
    return flat, 1.0 / deviation[:, None]


@lru_cache(maxsize=8)
def _displacements(reach: int) -> NDArray[np.int_]:
    line = np.arange(-reach, reach + 1)
    moves = np.stack([np.tile(line, len(line)), np.repeat(line, len(line))], axis=1)
    moves.setflags(write=False)
    return moves


@lru_cache(maxsize=64)
def outline_templates(shape: str, scale: float, reach: int) -> Floats:
    """(cells, displacements): zero-mean unit templates of an outline at every displacement."""
    points = window_grid(COARSE_CELLS, COARSE_SIDE)
    moves = _displacements(reach).astype(np.float32) / COARSE_CELLS
    rows = []
    for move in moves:
        away = np.abs(outline_distance(shape, points - move, scale))
        line = np.exp(-((away / 0.06) ** 2))
        sides = np.exp(-((away / 0.17) ** 2))
        row = line - sides * (line.sum() / sides.sum())
        rows.append(row / np.linalg.norm(row))
    return np.stack(rows, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sought:
    """Result of the search for boxes of one shape and size."""

    shift: Floats
    response: Floats
    scale: float
    stray: NDArray[np.intp]
    """Rows that seem to lie elsewhere, among those searched."""
    stray_shift: Floats
    """Where."""


def _search(flat: Floats, gain: Floats, same: SizeClass, scales: Sequence[float], reach: int) -> _Sought:
    """Displacements in boxes, by the neighbourhood's vote and by each box alone."""
    own = [(flat @ outline_templates(same.shape, scale, reach)) * gain for scale in scales]
    pooled = [
        same.votes @ surface - (_pull(reach) + np.float32(0.15 * abs(scale - 1.0)))
        for surface, scale in zip(own, scales, strict=True)
    ]
    pick = int(np.argmax([float(surface.max(axis=1).mean()) for surface in pooled])) if len(pooled) > 1 else 0
    rows, best = np.arange(len(flat)), pooled[pick].argmax(axis=1)
    response = pooled[pick][rows, best]
    if middle_of(response) < LEAST_RESPONSE:
        shift, scale = np.zeros((len(flat), 2)), 1.0
        stray = np.zeros(0, dtype=np.intp)
    else:
        trust = np.clip(response / LEAST_RESPONSE, 0.0, 1.0)[:, None]
        shift, scale = _peak(pooled[pick], best, reach) / COARSE_CELLS * trust, scales[pick]
        stray = _seen_elsewhere(own[pick], own[pick][rows, best])
    astray = own[pick][stray]
    elsewhere = _peak(astray, astray.argmax(axis=1), reach)
    return _Sought(
        shift=shift.astype(np.float32),
        response=response,
        scale=scale,
        stray=stray,
        stray_shift=(elsewhere / COARSE_CELLS).astype(np.float32),
    )


@lru_cache(maxsize=8)
def _pull(reach: int) -> Floats:
    """(displacements,) what each must gain."""
    squares = (_displacements(reach) ** 2).sum(axis=1)
    return np.asarray(PULL * squares / COARSE_REACH**2, dtype=np.float32)


def _seen_elsewhere(own: Floats, here: Floats) -> NDArray[np.intp]:
    """Boxes whose own outline is seen, and not so well ``here``, (n,), where their neighbours place it."""
    there = own.max(axis=1)
    usual = middle_of(here)
    return np.flatnonzero((there > max(0.4 * usual, 0.1)) & (here < 0.8 * there))


def _peak(surfaces: Floats, best: NDArray[np.intp], reach: int) -> Floats:
    """(n, 2) place of each maximum, ``best``, of (n, side * side) from its centre, by a parabola."""
    side = 2 * reach + 1
    if not len(best):
        return np.zeros((0, 2), dtype=np.float32)
    y, x = np.divmod(best, side)
    place = np.stack([x, y])
    inner = np.clip(place, 1, side - 2)
    rows, step = np.arange(len(surfaces)), np.array([[1], [side]])
    along = best + (inner - place) * step
    moved = _vertex(surfaces[rows, along - step], surfaces[rows, along], surfaces[rows, along + step])
    return np.asarray((np.where(inner == place, place + moved, place) - reach).T, dtype=np.float32)


def _vertex(before: Floats, at: Floats, after: Floats) -> Floats:
    bend = before - 2.0 * at + after
    offset = np.where(bend < -1e-9, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    return np.asarray(np.clip(offset, -0.5, 0.5), dtype=np.float32)


def settle(windows: Levels, blanks: Floats, which: NDArray[np.intp]) -> tuple[NDArray[np.int_], Floats]:
    """Let each box move by itself by whole cells, compared with the page's blank box.

    Parameters
    ----------
    windows
        (n, side, side) ink at full detail.
    blanks
        (g, side, side) blank boxes of the page.
    which
        (n,) blank of each box.

    Returns
    -------
    (n, 2) whole cells to move in x and y, and (n,) correlation with the blank there.
    """
    count, middle, half = len(windows), windows.shape[1] // 2, round(0.65 * CELLS)
    model = slice(middle - half, middle + half)
    models = blanks[:, model, model]
    models = models - models.mean(axis=(1, 2), keepdims=True)
    models /= np.maximum(np.sqrt(np.einsum("ijk,ijk->i", models, models)), np.float32(1e-6))[:, None, None]
    moves, best = np.zeros((count, 2), dtype=np.int_), np.zeros(count, dtype=np.float32)
    for index, one in enumerate(models):
        mine = np.arange(count) if len(models) == 1 else np.flatnonzero(which == index)
        if not len(mine):
            continue
        stay = _likeness(windows[mine, model, model], one.reshape(-1, 1), half)[:, 0]
        best[mine] = stay
        # No other place can be better by OWN_GAIN than one that is this good.
        unlike = np.flatnonzero(stay < 1.0 - OWN_GAIN)
        if len(unlike):
            moves[mine[unlike]], best[mine[unlike]] = _best_step(windows, mine[unlike], one)
    return moves, best


def _best_step(windows: Levels, rows: NDArray[np.intp], model: Floats) -> tuple[NDArray[np.int_], Floats]:
    """Step of each of some boxes at which it is most like a zero-mean unit model, and how like."""
    half = len(model) // 2
    wider = slice(windows.shape[1] // 2 - half - OWN_REACH, windows.shape[1] // 2 + half + OWN_REACH)
    scores = _likeness(windows[rows, wider, wider], _moved_patches(model), half)
    steps = _displacements(OWN_REACH)
    lifted = scores.copy()
    lifted[:, len(steps) // 2] += OWN_GAIN
    best = lifted.argmax(axis=1)
    return steps[best], scores[np.arange(len(scores)), best]


def _likeness(windows: Levels, patches: Floats, half: int) -> Floats:
    """(n, k) correlation of windows with zero-mean unit patches (cells, k), 2 ``half`` cells wide each."""
    parts = windows.astype(np.float32).reshape(len(windows), -1)
    parts *= np.float32(1.0 / FULL)
    within = _even_patches(2 * half) if patches.shape[1] > 1 else np.ones_like(patches)
    sums = parts @ within
    squares = np.square(parts) @ within
    norm = np.sqrt(np.maximum(squares - sums**2 / np.float32(4 * half * half), np.float32(1e-6)))
    return np.asarray((parts @ patches) / np.maximum(norm, np.float32(1.0)), dtype=np.float32)


@lru_cache(maxsize=4)
def _even_patches(size: int) -> Floats:
    return _moved_patches(np.ones((size, size), dtype=np.float32))


def _moved_patches(model: Floats) -> Floats:
    """(cells, moves): a model moved by every step of :func:`settle`, in its wider window."""
    size = len(model)
    moves = _displacements(OWN_REACH) + OWN_REACH
    moved = np.zeros((size + 2 * OWN_REACH, size + 2 * OWN_REACH, len(moves)), dtype=np.float32)
    for index, (dx, dy) in enumerate(moves):
        moved[dy : dy + size, dx : dx + size, index] = model
    return moved.reshape(-1, len(moves))


def crop(windows: Levels, moves: NDArray[np.int_]) -> Levels:
    """Windows moved by whole cells, the margin of ``OWN_REACH`` cut off."""
    inner = windows.shape[1] - 2 * OWN_REACH
    steps = moves + OWN_REACH
    picked = np.ascontiguousarray(windows[:, OWN_REACH : OWN_REACH + inner, OWN_REACH : OWN_REACH + inner])
    away = np.flatnonzero(moves.any(axis=1))
    which = steps[away] @ (1, windows.shape[1])
    for step in np.unique(which):
        y, x = divmod(int(step), windows.shape[1])
        rows = away[which == step]
        picked[rows] = windows[rows, y : y + inner, x : x + inner]
    return picked
