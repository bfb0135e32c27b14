"""Re-finding every box by its printed outline, all boxes of a page at once.

First the outline's own shape is searched over about a millimetre, neighbours voting together, so
that marks which hide an outline do not matter; then each box may move a little by itself, compared
with the page's own blank box. After Virginia's VxSuite, which re-finds bubbles by their outline, and
``MARKS`` of the project: re-finding is worth more than any classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.reading.sampling import CELLS, Floats, Frames, grid, ink_of, sample

COARSE_CELLS = 10
"""Cells across a box while searching."""
COARSE_EXTENT = 1.1
"""Half side of the searched window, in boxes."""
COARSE_REACH = 5
"""Cells that a box may be displaced: half a box, 2.2 mm for a box of 4.5 mm."""
OUT_OF_REACH = 2.0
"""Response taken from a displacement that may not be: more than any outline can gain."""
SCALES = (0.8, 0.9, 1.0, 1.1, 1.2)
"""Sizes of the printed outline against the layout's box."""
LEAST_NORM = 0.35
"""Windows with less ink variation than this are not magnified further."""
NEIGHBOURHOOD = 3.5
"""Reach of the vote, in boxes: neighbours within about seven widths count."""
FAR_VOTE = 0.02
"""Weight of boxes anywhere on the page, for pages with few boxes."""
PULL = 0.04
"""Response that a displacement to the end of the reach must gain: without print, nothing moves."""
LEAST_RESPONSE = 0.09
"""Boxes whose outline is seen less clearly than this, on the whole, stay where the layout says."""
OWN_REACH = 2
"""Cells at full detail that a box may move by itself."""
OWN_GAIN = 0.04
"""Correlation that a box must gain to leave its neighbours' place."""
STRAY_GAIN = 0.25
"""Correlation that a box must gain to leave it for a far one."""
FINE_EXTENT = 1.1
"""Half side of the measured window, in boxes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Where the boxes really are."""

    frames: Frames
    """Displaced and, where the outline is printed larger or smaller than laid out, scaled."""
    shifts: Floats
    """(n, 2): displacement in units of the box."""
    response: Floats
    """(n,): how clearly the outline was seen there by the neighbourhood, -1 to 1."""
    strays: NDArray[np.intp]
    """(k,): boxes whose own outline seems to lie elsewhere; to be compared with the blank box."""
    stray_shifts: Floats
    """(k, 2): where, from the neighbours' place, in units of the found box."""


def outline_distance(shape: str, points: Floats, scale: float = 1.0) -> Floats:
    """Distance of points (k, 2), in boxes, from a printed outline; negative inside."""
    radius = np.hypot(points[:, 0], points[:, 1]) if shape == "circle" else np.abs(points).max(axis=1)
    return np.asarray(radius - 0.5 * scale, dtype=np.float32)


def find_boxes(
    gray: NDArray[np.uint8],
    frames: Frames,
    shapes: Sequence[str],
    paper: Floats,
    contrast: float = 1.0,
    reach: Floats | None = None,
) -> Found:
    """Search each printed outline around its expected place.

    Parameters
    ----------
    gray
        Upright page, shrunk to what its boxes need.
    frames
        Expected places in it.
    shapes
        ``square`` or ``circle``, per box.
    paper
        Paper level at each box.
    contrast
        How much the page's ink is strengthened.
    reach
        (n,) how far each box may be displaced, in boxes; None: as far as the search goes. Rows of a
        digit grid are alike, so a page that is registered by its own marks must not look a whole
        gap away: the bottom line of one box and the top line of the next look like a box too.
    """
    windows = ink_of(sample(gray, frames, COARSE_CELLS, COARSE_EXTENT), paper, contrast)
    flat = windows.reshape(len(windows), -1)
    flat = np.minimum(flat, 0.6)
    flat = flat - flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), LEAST_NORM)
    kinds = np.array(shapes)
    weights = _votes(frames)
    best_shift = np.zeros((len(flat), 2), dtype=np.float32)
    best_response = np.zeros(len(flat), dtype=np.float32)
    best_scale = np.ones(len(flat), dtype=np.float32)
    own_shift = np.zeros_like(best_shift)
    stray = np.zeros(len(flat), dtype=bool)
    for members in size_classes(frames, kinds):
        shape = str(kinds[members[0]])
        votes = weights[np.ix_(members, members)]
        votes = votes / votes.sum(axis=1, keepdims=True)
        farthest = COARSE_REACH if reach is None else int(np.ceil(reach[members].max() * COARSE_CELLS))
        sought = _search(flat[members], shape, votes, min(farthest, COARSE_REACH))
        best_shift[members], best_response[members] = sought.shift, sought.response
        best_scale[members] = sought.scale
        own_shift[members], stray[members] = sought.own_shift, sought.stray
    moved = frames.moved(best_shift)
    axes = (moved.axes * best_scale[:, None, None]).astype(np.float32)
    strays = np.flatnonzero(stray)
    away = (own_shift - best_shift) / best_scale[:, None]
    return Found(
        frames=Frames(centres=moved.centres, axes=axes),
        shifts=best_shift,
        response=best_response,
        strays=strays,
        stray_shifts=away[strays].astype(np.float32),
    )


def size_classes(frames: Frames, shapes: NDArray[np.str_]) -> list[NDArray[np.intp]]:
    """Indices of the boxes of each shape and size (within about 25 %)."""
    sizes = np.log(np.maximum(frames.sizes_px, 1.0))
    classes: list[NDArray[np.intp]] = []
    left = np.ones(len(sizes), dtype=bool)
    while left.any():
        first = int(np.argmax(left))
        middle = np.median(
            sizes[left & (shapes == shapes[first]) & (np.abs(sizes - sizes[first]) < 0.25).all(axis=1)],
            axis=0,
        )
        near = (np.abs(sizes - middle) < 0.25).all(axis=1)
        near[first] = True
        members = left & (shapes == shapes[first]) & near
        classes.append(np.flatnonzero(members))
        left &= ~members
    return classes


def _votes(frames: Frames) -> Floats:
    """(n, n) weights by distance in box widths."""
    width = float(np.median(frames.sizes_px.max(axis=1))) if len(frames.centres) else 1.0
    places = frames.centres / max(width, 1.0)
    squares = (places**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None, :] - 2.0 * places @ places.T, 0.0)
    return np.asarray(np.exp(-apart / (2 * NEIGHBOURHOOD**2)) + FAR_VOTE / max(len(places), 1), np.float32)


def _displacements(reach: int) -> NDArray[np.int_]:
    line = np.arange(-reach, reach + 1)
    return np.stack([np.tile(line, len(line)), np.repeat(line, len(line))], axis=1)


def _templates(shape: str, scale: float) -> Floats:
    """(displacements, cells) zero-mean unit templates of an outline at every displacement."""
    points = grid(COARSE_CELLS, COARSE_EXTENT)
    moves = _displacements(COARSE_REACH).astype(np.float32) / COARSE_CELLS
    rows = []
    for move in moves:
        away = np.abs(outline_distance(shape, points - move, scale))
        line = np.exp(-((away / 0.06) ** 2))
        sides = np.exp(-((away / 0.17) ** 2))
        row = line - sides * (line.sum() / sides.sum())
        rows.append(row / np.linalg.norm(row))
    return np.asarray(rows, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sought:
    """Result of the search for boxes of one shape and size."""

    shift: Floats
    response: Floats
    scale: float
    own_shift: Floats
    stray: NDArray[np.bool_]


def _search(flat: Floats, shape: str, votes: Floats, farthest: int) -> _Sought:
    """Displacements in boxes, by the neighbourhood's vote and by each box alone."""
    moves = _displacements(COARSE_REACH)
    beyond = (np.abs(moves) > farthest).any(axis=1)
    pull = PULL * (moves**2).sum(axis=1) / COARSE_REACH**2
    own = [flat @ template_bank(shape, scale).T - OUT_OF_REACH * beyond for scale in SCALES]
    pooled = [
        votes @ surface - pull - 0.15 * abs(scale - 1.0) for surface, scale in zip(own, SCALES, strict=True)
    ]
    pick = int(np.argmax([float(surface.max(axis=1).mean()) for surface in pooled]))
    response = pooled[pick].max(axis=1).astype(np.float32)
    own_shift = _peak(own[pick]) / COARSE_CELLS
    if float(np.median(response)) < LEAST_RESPONSE:
        shift, scale = np.zeros_like(own_shift), 1.0
        stray = np.zeros(len(flat), dtype=bool)
    else:
        trust = np.clip(response / LEAST_RESPONSE, 0.0, 1.0)[:, None]
        shift, scale = _peak(pooled[pick]) / COARSE_CELLS * trust, SCALES[pick]
        stray = _seen_elsewhere(own[pick], pooled[pick])
    return _Sought(
        shift=shift.astype(np.float32),
        response=response,
        scale=scale,
        own_shift=own_shift.astype(np.float32),
        stray=stray,
    )


def _seen_elsewhere(own: Floats, pooled: Floats) -> NDArray[np.bool_]:
    """Boxes whose own outline is seen, and not so well where their neighbours place it."""
    rows = np.arange(len(own))
    here = own[rows, pooled.argmax(axis=1)]
    there = own.max(axis=1)
    usual = float(np.median(here))
    return np.asarray((there > 0.4 * usual) & (there > 0.1) & (here < 0.8 * there))


_BANK: dict[tuple[str, float], Floats] = {}


def template_bank(shape: str, scale: float) -> Floats:
    """The templates of :func:`_templates`, made once per process."""
    if (shape, scale) not in _BANK:
        _BANK[shape, scale] = _templates(shape, scale)
    return _BANK[shape, scale]


def _peak(surfaces: Floats) -> Floats:
    """(n, 2) place of each maximum of (n, side * side) from its centre, by a parabola."""
    count = len(surfaces)
    side = 2 * COARSE_REACH + 1
    surfaces = surfaces.reshape(count, side, side)
    best = surfaces.reshape(count, -1).argmax(axis=1)
    y, x = np.divmod(best, side)
    rows = np.arange(count)
    inner_x, inner_y = np.clip(x, 1, side - 2), np.clip(y, 1, side - 2)
    dx = _vertex(surfaces[rows, y, inner_x - 1], surfaces[rows, y, inner_x], surfaces[rows, y, inner_x + 1])
    dy = _vertex(surfaces[rows, inner_y - 1, x], surfaces[rows, inner_y, x], surfaces[rows, inner_y + 1, x])
    at_x = np.where(inner_x == x, x + dx, x)
    at_y = np.where(inner_y == y, y + dy, y)
    return np.asarray(np.stack([at_x, at_y], axis=1) - side // 2, dtype=np.float32)


def _vertex(before: Floats, at: Floats, after: Floats) -> Floats:
    bend = before - 2.0 * at + after
    offset = np.where(bend < -1e-9, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    return np.asarray(np.clip(offset, -0.5, 0.5), dtype=np.float32)


def settle(windows: Floats, blanks: Floats, which: NDArray[np.intp]) -> tuple[NDArray[np.int_], Floats]:
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
    side = windows.shape[1]
    half = round(0.65 * CELLS)
    low, high = side // 2 - half, side // 2 + half
    models = blanks[:, low:high, low:high].reshape(len(blanks), -1)
    models = models - models.mean(axis=1, keepdims=True)
    models = models / np.maximum(np.linalg.norm(models, axis=1, keepdims=True), 1e-6)
    mine = models[which]
    moves = _displacements(OWN_REACH)
    scores = np.empty((len(windows), len(moves)), dtype=np.float32)
    for index, (dx, dy) in enumerate(moves):
        part = windows[:, low + dy : high + dy, low + dx : high + dx].reshape(len(windows), -1)
        mean = part.mean(axis=1)
        norm = np.sqrt(np.maximum(np.einsum("ij,ij->i", part, part) - part.shape[1] * mean**2, 1e-6))
        scores[:, index] = np.einsum("ij,ij->i", part, mine) / np.maximum(norm, 1.0)
    stay = len(moves) // 2
    lifted = scores.copy()
    lifted[:, stay] += OWN_GAIN
    best = lifted.argmax(axis=1)
    return moves[best], scores[np.arange(len(scores)), best]


def crop(windows: Floats, moves: NDArray[np.int_]) -> Floats:
    """Windows moved by whole cells, the margin of ``OWN_REACH`` cut off."""
    side = windows.shape[1]
    inner = np.arange(OWN_REACH, side - OWN_REACH)
    rows = inner[None, :] + moves[:, 1:2]
    columns = inner[None, :] + moves[:, 0:1]
    picked = windows[np.arange(len(windows))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.asarray(picked, dtype=np.float32)
