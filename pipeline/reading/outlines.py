"""The printed outlines of the boxes, as a ruler that refines a registration, and judges it.

Across every side of every box runs a short scan line; a printed outline is a dark line on it, near
its middle. All scan lines of a page are taken in one remap. What is found fits a small projective
correction, robustly, together with the marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box
from pipeline.reading.registered import Matrix, apply, inverse

Floats = NDArray[np.float64]

MOST_BOXES = 64
"""Boxes that are looked at over the long reach; of more, evenly many are taken."""
MOST_BOXES_CLOSE = 160
"""Boxes that are looked at over the short reach, which is what places a page."""
_STEPS = 21
_ALONG = 5
_HOPELESS = 0.25
"""Score after the first pass below which a place is not looked at any further."""
_FIRST_REACH, _SECOND_REACH = 0.42, 0.16
"""How far a scan line reaches to either side, in boxes, on the first and the second pass."""
_NEAR = 0.09
"""An outline counts as found where it was expected when it is no farther off than this, in boxes."""
_LEAST_RESPONSE = 14.0
"""Grey levels by which an outline must be darker than what is beside it."""
_ROUNDS = 6
_MARK_WEIGHT = 6.0
"""Weight of a mark against a clear outline. There are many outlines, and boxes that are not printed just
where the layout has them pull a page from where all its marks are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlines:
    """How well a registration agrees with what is printed."""

    matrix: Matrix
    """The registration, refined."""
    score: float
    """Share of the sides whose outline lies where it should; 0 when there are no boxes."""
    sides: int
    rms: float
    """Root mean square of what found outlines and marks are off, layout units."""
    grey: float
    """Median grey of the outlines found; 255 when there are none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Marks that were found: where the layout has them, and where the picture has them."""

    points: Floats
    """(n, 2), layout units."""
    places: Floats
    """(n, 2), px."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    places: Floats
    """(n, 2): middle of each side, layout units."""
    normals: Floats
    """(n, 2): across each side, outwards."""
    lines: Floats
    """(n, along, 2): points of the side itself."""
    sizes: Floats
    """(n,): size of the box."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    offsets: Floats
    """(n,): where the dark line lies across each side, layout units, outwards."""
    strengths: Floats
    """(n,): grey levels by which it is darker than what is beside it."""
    greys: Floats
    """(n,): its grey."""


def check_outlines(
    gray: NDArray[np.uint8], matrix: Matrix, boxes: Sequence[Box], marks: Marks | None
) -> Outlines:
    """Refine a registration by the printed box outlines, and say how well it then agrees with them.

    Parameters
    ----------
    gray
        The picture.
    matrix
        Layout units to pixels; outlines are found when it is within 0.4 of a box.
    boxes
        The page's boxes; none: only the marks are measured.
    marks
        Marks to hold on to; None: there are none.
    """
    if not boxes:
        rms = _marks_rms(matrix, marks)
        return Outlines(matrix=matrix, score=0.0, sides=0, rms=rms, grey=255.0)
    some, more = _sides_of(_some(boxes, MOST_BOXES)), _sides_of(_some(boxes, MOST_BOXES_CLOSE))
    extent = _extent(more, marks)
    found = _measure(gray, matrix, some, _FIRST_REACH)
    matrix, left = _correct(matrix, some, found, marks, extent)
    if _share_near(some, left, found.strengths) >= _HOPELESS:
        found = _measure(gray, matrix, more, _SECOND_REACH)
        matrix, _ = _correct(matrix, more, found, marks, extent)
    found = _measure(gray, matrix, some, _FIRST_REACH)
    near = _is_near(some, found.offsets, found.strengths)
    return Outlines(
        matrix=matrix,
        score=float(near.mean()),
        sides=len(near),
        rms=_rms(found.offsets[near], matrix, marks),
        grey=float(np.median(found.greys[near])) if near.any() else 255.0,
    )


def share_seen(gray: NDArray[np.uint8], matrix: Matrix, boxes: Sequence[Box]) -> float:
    """Share of the boxes' sides whose outline lies where a registration puts it; nothing is refined.

    Parameters
    ----------
    gray
        The picture.
    matrix
        Layout units to pixels.
    boxes
        One or more.
    """
    sides = _sides_of(_some(boxes, MOST_BOXES))
    found = _measure(gray, matrix, sides, _SECOND_REACH)
    return _share_near(sides, found.offsets, found.strengths)


def _is_near(sides: _Sides, offsets: Floats, strengths: Floats) -> NDArray[np.bool_]:
    return (strengths >= _LEAST_RESPONSE) & (np.abs(offsets) <= _NEAR * sides.sizes)


def _share_near(sides: _Sides, offsets: Floats, strengths: Floats) -> float:
    return float(_is_near(sides, offsets, strengths).mean())


def _some(boxes: Sequence[Box], most: int) -> list[Box]:
    if len(boxes) <= most:
        return list(boxes)
    return [boxes[int(place)] for place in np.linspace(0, len(boxes) - 1, most)]


def _sides_of(boxes: Sequence[Box]) -> _Sides:
    angles = np.arange(8) * (np.pi / 4)
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    for circle in (False, True):
        chosen = [box for box in boxes if (box.shape == "circle") == circle]
        if not chosen:
            continue
        half = np.array([(box.w / 2, box.h / 2) for box in chosen])
        centre = np.array([(box.x, box.y) for box in chosen]) + half
        turn = angles if circle else angles[::2]
        normal = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        along = np.linspace(-0.3, 0.3, _ALONG)
        if circle:
            around = turn[:, None] + along[None, :]
            unit = np.stack([np.cos(around), np.sin(around)], axis=2)
        else:
            tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
            unit = normal[:, None, :] + 2.2 * along[None, :, None] * tangent[:, None, :]
        lines = centre[:, None, None, :] + half[:, None, None, :] * unit[None]
        places = centre[:, None, :] + half[:, None, :] * normal[None]
        normals = np.broadcast_to(normal[None], places.shape)
        sizes = np.repeat(2 * half.min(axis=1), len(turn))
        parts.append((places.reshape(-1, 2), normals.reshape(-1, 2), lines.reshape(-1, _ALONG, 2), sizes))
    joined = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    return _Sides(joined[0], joined[1], joined[2], joined[3])


def _extent(sides: _Sides, marks: Marks | None) -> tuple[Floats, float]:
    points = sides.places if marks is None else np.concatenate([sides.places, marks.points])
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, max(float((high - low).max()) / 2, 1e-6)


def _measure(gray: NDArray[np.uint8], matrix: Matrix, sides: _Sides, reach: float) -> _Found:
    """Find the dark line across each side.

    Across one side the matrix is as good as linear: its ends say where everything between them is.
    """
    count = len(sides.sizes)
    across = (reach * sides.sizes)[:, None] * sides.normals
    lines = apply(matrix, sides.lines)
    middle = apply(matrix, sides.places)
    step = (apply(matrix, sides.places + across) - middle)[:, None, None, :] * np.linspace(-1, 1, _STEPS)[
        :, None, None
    ]
    points = (lines[:, None] + step).astype(np.float32).reshape(count, -1, 2)
    values = np.asarray(
        cv2.remap(
            gray,
            points[..., 0],
            points[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255,),
        )
    )
    profiles = np.sort(values.reshape(count, _STEPS, _ALONG), axis=2)[..., _ALONG // 2].astype(np.float64)
    beside = max(2, round(0.13 / reach * (_STEPS - 1) / 2))
    padded = np.pad(profiles, ((0, 0), (beside, beside)), mode="edge")
    before, after = padded[:, :_STEPS], padded[:, 2 * beside :]
    # a line is darker than both its sides; the edge of a filled box only than one
    response = np.minimum(before, after) * 0.7 + np.maximum(before, after) * 0.3 - profiles
    smooth = response.copy()
    smooth[:, 1:-1] = 0.25 * response[:, :-2] + 0.5 * response[:, 1:-1] + 0.25 * response[:, 2:]
    best = smooth[:, 1:-1].argmax(axis=1) + 1
    row = np.arange(count)
    before, peak, after = smooth[row, best - 1], smooth[row, best], smooth[row, best + 1]
    bend = before - 2 * peak + after
    bent = np.abs(bend) > 1e-6
    shift = np.where(bent, 0.5 * (before - after) / np.where(bent, bend, 1.0), 0.0)
    offset = (best + np.clip(shift, -0.5, 0.5)) / ((_STEPS - 1) / 2) - 1.0
    return _Found(offset * reach * sides.sizes, peak, profiles[row, best])


def _correct(
    matrix: Matrix, sides: _Sides, found: _Found, marks: Marks | None, extent: tuple[Floats, float]
) -> tuple[Matrix, Floats]:
    """Fit the small projective correction that brings outlines and marks to where they were found.

    Iterated least squares with Cauchy weights; a weak prior keeps what nothing measures at zero.
    Gives the matrix, and what each side is then off.
    """
    strengths = found.strengths
    usable = strengths >= _LEAST_RESPONSE
    centre, half = extent
    every = _rows(sides.places, sides.normals, centre, half)
    rows = every[usable]
    wanted = found.offsets[usable]
    scale = 0.04 * float(np.median(sides.sizes))
    weights = np.clip(strengths[usable] / 60.0, 0.2, 1.0)
    prior = np.diag(np.array([0.02, 0.1, 0.1, 0.02, 0.1, 0.1, 2.0, 2.0]))
    if marks is not None and len(marks.points):
        off = apply(inverse(matrix), marks.places) - marks.points
        for axis in (0, 1):
            along = np.zeros((len(off), 2))
            along[:, axis] = 1.0
            rows = np.concatenate([rows, _rows(marks.points, along, centre, half)])
            wanted = np.concatenate([wanted, off[:, axis]])
            weights = np.concatenate([weights, np.full(len(off), _MARK_WEIGHT)])
    solution: Floats = np.zeros(8)
    for _ in range(_ROUNDS):
        residual = wanted - rows @ solution
        robust = weights / (1.0 + (residual / (3.0 * scale)) ** 2)
        normal = rows.T @ (rows * robust[:, None]) + prior
        solution = np.asarray(np.linalg.solve(normal, rows.T @ (robust * wanted)), dtype=np.float64)
    return matrix @ _correction(solution, centre, half), found.offsets - every @ solution


def _rows(places: Floats, normals: Floats, centre: Floats, half: float) -> Floats:
    """Linear effect of each of the eight parameters on the offset along each normal."""
    u, v = ((places - centre) / half).T
    across, down = normals.T
    along = across * u + down * v
    one = np.ones_like(u)
    return np.stack(
        [across * one, across * u, across * v, down * one, down * u, down * v, along * u, along * v], axis=1
    )


def _correction(solution: Floats, centre: Floats, half: float) -> Matrix:
    a0, a1, a2, b0, b1, b2, g, h = solution / half
    small = np.array([[1 + a1, a2, a0], [b1, 1 + b2, b0], [-g, -h, 1.0]])
    to = np.array([[1 / half, 0, -centre[0] / half], [0, 1 / half, -centre[1] / half], [0, 0, 1.0]])
    result: Matrix = np.linalg.inv(to) @ small @ to
    return result


def _marks_rms(matrix: Matrix, marks: Marks | None) -> float:
    if marks is None or not len(marks.points):
        return 0.0
    off = apply(inverse(matrix), marks.places) - marks.points
    return float(np.sqrt((off**2).sum(axis=1).mean()))


def _rms(offsets: Floats, matrix: Matrix, marks: Marks | None) -> float:
    squares = offsets**2
    if marks is not None and len(marks.points):
        off = apply(inverse(matrix), marks.places) - marks.points
        squares = np.concatenate([squares, (off**2).ravel()])
    return float(np.sqrt(squares.mean())) if squares.size else 0.0
