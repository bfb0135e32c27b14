"""The ways of a pen in and around a box: crosses, ticks, fills, rings. Geometry only, in mm."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Shape
from pipeline.paper.simulate.pens import Hand, Random, slow_noise
from pipeline.paper.simulate.records import Path

POINTS_PER_MM = 6.0
"""Points of a path per mm: fine enough for round turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPlace:
    """A printed box on the page, mm."""

    x: float
    """Centre."""
    y: float
    w: float
    h: float
    shape: Shape
    letter: bool = False
    """Whether a letter is printed in it."""

    @property
    def center(self) -> NDArray[np.float64]:
        """Centre as (x, y)."""
        return np.array([self.x, self.y])

    @property
    def half(self) -> NDArray[np.float64]:
        """Half width and half height."""
        return np.array([self.w / 2, self.h / 2])


def bend(start: NDArray[np.float64], end: NDArray[np.float64], hand: Hand, rng: Random) -> Path:
    """A drawn line: a quadratic Bezier with a slight bow, and some jitter."""
    length = float(np.hypot(*(end - start)))
    count = max(4, int(length * POINTS_PER_MM))
    across = np.array([start[1] - end[1], end[0] - start[0]])
    middle = (start + end) / 2 + across * rng.normal(0.0, 2 * hand.ranges.bow)
    t = np.linspace(0.0, 1.0, count)[:, None]
    path = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    wave = np.stack([slow_noise(count, hand.jitter, rng), slow_noise(count, hand.jitter, rng)], axis=1)
    out: Path = path + wave
    return out


def rotate(path: Path, angle: float, center: NDArray[np.float64]) -> Path:
    """Turn a path around a point; radians, clockwise on paper."""
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Path = (path - center) @ np.array([[cos, sin], [-sin, cos]]) + center
    return turned


def off_center(box: BoxPlace, share: float, rng: Random) -> NDArray[np.float64]:
    """A point near the box's centre; ``share`` is the standard deviation relative to the box."""
    center: NDArray[np.float64] = box.center + np.clip(rng.standard_normal(2), -2, 2) * share * 2 * box.half
    return center


def cross(box: BoxPlace, hand: Hand, rng: Random, *, scale: float = 1.0) -> list[Path]:
    """Two crossing strokes, each a little off in extent and angle."""
    center = off_center(box, 0.05, rng)
    paths = []
    for slant in (1.0, -1.0):
        extent = float(np.clip(hand.size * scale * (1 + rng.normal(0, hand.ranges.stroke_size)), 0.5, 1.6))
        arm = np.array([slant, 1.0]) * box.half * extent * np.array([1.0, 1 + rng.normal(0, 0.08)])
        line = bend(center - arm, center + arm, hand, rng)
        paths.append(rotate(line, hand.slope + rng.normal(0, hand.ranges.angle), center))
    if rng.random() < 0.25:
        paths[1] = paths[1][::-1]
    return paths


def tick(box: BoxPlace, hand: Hand, rng: Random, *, scale: float = 1.0) -> list[Path]:
    """A short stroke down and a long one up, in one movement."""
    center = off_center(box, 0.06, rng)
    size = box.half * hand.size * scale
    left = center + size * np.array([-0.75 + rng.normal(0, 0.12), -0.05 + rng.normal(0, 0.12)])
    foot = center + size * np.array([-0.15 + rng.normal(0, 0.10), 0.75 + rng.normal(0, 0.10)])
    tip = center + size * np.array([1.05 + rng.normal(0, 0.2), -1.1 + rng.normal(0, 0.2)])
    path = np.concatenate([bend(left, foot, hand, rng), bend(foot, tip, hand, rng)[1:]])
    return [rotate(soften(path, 1), hand.slope, center)]


def soften(path: Path, rounds: int) -> Path:
    """Round the corners of a path (Chaikin's corner cutting), keeping its ends."""
    for _ in range(rounds):
        near = 0.75 * path[:-1] + 0.25 * path[1:]
        far = 0.25 * path[:-1] + 0.75 * path[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)
        path = np.concatenate([path[:1], inner, path[-1:]])
    return path


def zigzag(box: BoxPlace, hand: Hand, rng: Random, *, reach: float = 1.0, spacing: float = 0.0) -> Path:
    """Lines to and fro over the box, clipped to its outline.

    Parameters
    ----------
    reach
        Size of the filled part relative to the box.
    spacing
        Distance of the lines, mm; 0: by the writer's habit.
    """
    center = off_center(box, 0.02, rng)
    half = np.maximum(box.half * reach - hand.width / 2, 0.2)
    angle = rng.normal(-0.8, 0.25)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    step = spacing or max(hand.spacing * hand.width, 0.14)
    limit = _support(across, half, box.shape)
    points: list[NDArray[np.float64]] = []
    for place in np.arange(-limit + step / 3, limit, step):
        offset = across * (place + rng.normal(0, 0.15 * step))
        low, high = _chord(offset, along, half, box.shape)
        wild = rng.normal(0, 0.05 * float(half.mean()), 2)
        ends = (center + offset + along * (low + wild[0]), center + offset + along * (high + wild[1]))
        points += list(ends if len(points) % 4 == 0 else ends[::-1])
    if len(points) < 2:
        points = [center - 0.3 * half, center + 0.3 * half]
    return soften(_resample(np.array(points)), 1)


def _support(direction: NDArray[np.float64], half: NDArray[np.float64], shape: Shape) -> float:
    """How far a box reaches from its centre in a direction."""
    scaled = np.abs(direction) * half
    return float(np.hypot(*scaled)) if shape == "circle" else float(scaled.sum())


def _chord(
    offset: NDArray[np.float64], along: NDArray[np.float64], half: NDArray[np.float64], shape: Shape
) -> tuple[float, float]:
    """Where a line through ``offset`` enters and leaves the box, from its foot."""
    if shape == "circle":
        o, a = offset / half, along / half
        qa, qb, qc = float(a @ a), float(o @ a), float(o @ o) - 1.0
        root = np.sqrt(max(qb * qb - qa * qc, 0.0))
        return (-qb - root) / qa, (-qb + root) / qa
    safe = np.where(np.abs(along) < 1e-9, 1e-9, along)
    t = np.stack([(-half - offset) / safe, (half - offset) / safe])
    low, high = float(t.min(axis=0).max()), float(t.max(axis=0).min())
    return (low, high) if low < high else ((low + high) / 2,) * 2


def _resample(path: Path, step: float = 0.35) -> Path:
    """Put points along the lines of a path, at most ``step`` mm apart."""
    pieces = [path[:1]]
    for a, b in pairwise(path):
        count = max(1, int(np.hypot(*(b - a)) / step))
        pieces.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(pieces)


def ellipse(box: BoxPlace, rng: Random, *, reach: float, turns: float = 1.08, wobble: float = 0.05) -> Path:
    """Once around: the outline of a fill (reach < 1) or a ring around the box (reach > 1)."""
    center = off_center(box, 0.03 * reach, rng)
    count = max(16, int(2 * np.pi * turns * float(box.half.max()) * reach * 4))
    start = rng.uniform(0, 2 * np.pi)
    angle = start + np.linspace(0, 2 * np.pi * turns, count) * rng.choice([-1.0, 1.0])
    radius = reach * (1 + slow_noise(count, wobble, rng, knots=6))
    if box.shape == "square":
        # a superellipse between circle and square, as people round the corners of a box
        power = 2.0 + 1.5 * (reach < 1)
        norm = (np.abs(np.cos(angle)) ** power + np.abs(np.sin(angle)) ** power) ** (-1 / power)
        radius = radius * norm
    path: Path = center + np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None] * box.half
    return path


def spiral(box: BoxPlace, hand: Hand, rng: Random, *, reach: float = 1.0) -> Path:
    """From the outline inwards, round and round."""
    radius = float(box.half.mean()) * reach
    turns = max(2.0, radius / max(hand.spacing * hand.width, 0.16))
    path = ellipse(box, rng, reach=reach * 0.94, turns=turns, wobble=0.04)
    shrink = np.linspace(1.0, 0.08, len(path))[:, None]
    inner: Path = box.center + (path - box.center) * shrink
    return inner


def fill(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """Fill a box the way this writer does it."""
    reach = 1.0 + hand.overshoot + rng.normal(0, 0.03)
    if hand.fill_style == "spiral":
        return [spiral(box, hand, rng, reach=reach), zigzag(box, hand, rng, reach=0.6 * reach)]
    paths = [zigzag(box, hand, rng, reach=reach)]
    if hand.fill_style == "outlined":
        inset = max(0.5, 1 - hand.width / float(box.half.min()) / 2)
        paths.insert(0, ellipse(box, rng, reach=reach * inset, wobble=0.03))
    if rng.random() < hand.redraw:
        paths.append(zigzag(box, hand, rng, reach=reach))
    return paths


def scribble(box: BoxPlace, rng: Random, *, reach: float = 1.1) -> list[Path]:
    """Loops to and fro that hide what is below, carelessly."""
    count = 9 + int(rng.integers(0, 6))
    side = np.where(np.arange(count) % 2, 1.0, -1.0)
    x = side * (1 + rng.normal(0, 0.15, count))
    y = np.linspace(-0.9, 0.9, count) + rng.normal(0, 0.18, count)
    path = box.center + np.stack([x, y], axis=1) * box.half * reach
    return [rotate(soften(_resample(path, 0.6), 2), rng.normal(-0.5, 0.4), box.center)]


def dot(box: BoxPlace, rng: Random) -> list[Path]:
    """A blob somewhere in the box."""
    center = off_center(box, 0.12, rng)
    turns = np.linspace(0, rng.uniform(2, 4) * 2 * np.pi, 24)
    radius = np.linspace(0.05, rng.uniform(0.3, 0.6), 24) * float(box.half.mean()) * 0.8
    return [center + np.stack([np.cos(turns), np.sin(turns)], axis=1) * radius[:, None]]


def stray(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A line that was not meant: a slip through the box's edge, or a pen put to rest in it."""
    if rng.random() < 0.4:
        center = off_center(box, 0.15, rng)
        return [bend(center, center + rng.normal(0, 0.12 * box.w, 2), hand, rng)]
    angle = rng.uniform(0, 2 * np.pi)
    out = np.array([np.cos(angle), np.sin(angle)])
    start = box.center + out * box.half * rng.uniform(0.3, 0.8)
    return [bend(start, start + out * rng.uniform(0.8, 1.8) * box.half, hand, rng)]


def arrow(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """An arrow to the right, as people point at the box that counts."""
    across = np.array([box.w / 2, 0.0])
    left, right = box.center - across, box.center + across
    head = [bend(right + np.array([-0.4 * box.w, s * 0.28 * box.h]), right, hand, rng) for s in (-1, 1)]
    return [bend(left, right, hand, rng), np.concatenate([head[0], head[1][::-1]])]


def square(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A box drawn by hand."""
    corners = box.center + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * box.half
    corners = corners + rng.normal(0, 0.05 * box.w, corners.shape)
    sides = [bend(a, b, hand, rng) for a, b in pairwise(corners)]
    return [np.concatenate(sides)]


def plus(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """An upright cross."""
    center = off_center(box, 0.05, rng)
    arms = (np.array([box.w / 2, 0.0]), np.array([0.0, box.h / 2]))
    extent = np.clip(hand.size * (1 + rng.normal(0, hand.ranges.stroke_size, 2)), 0.5, 1.5)
    lines = [bend(center - arm * e, center + arm * e, hand, rng) for arm, e in zip(arms, extent, strict=True)]
    return [rotate(line, hand.slope + rng.normal(0, hand.ranges.angle), center) for line in lines]


def hatch(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A few strokes side by side, all in one direction."""
    count, center = int(rng.integers(3, 6)), off_center(box, 0.04, rng)
    paths = []
    for place in np.linspace(-0.62, 0.62, count) + rng.normal(0, 0.05, count):
        reach = np.sqrt(max(1.0 - place**2, 0.3)) * 0.95
        low = center + box.half * np.array([place, reach])
        high = center + box.half * np.array([place, -reach])
        paths.append(rotate(bend(low, high, hand, rng), 0.6 + rng.normal(0, 0.08), center))
    return paths


def wave(box: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A wavy line across the box."""
    t, center = np.linspace(-1.0, 1.0, 28), off_center(box, 0.05, rng)
    swing = np.sin(t * np.pi * rng.uniform(1.4, 2.6) + rng.uniform(0, 6)) * rng.uniform(0.3, 0.6)
    shape = np.stack([t * np.clip(hand.size, 0.7, 1.2), swing], axis=1) + rng.normal(0, 0.02, (28, 2))
    return [rotate(center + shape * box.half, hand.slope + rng.normal(0, 0.2), center)]


def spill(box: BoxPlace, towards: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A cross of which one stroke runs on into another box."""
    paths = cross(box, hand, rng)
    start = box.center - (towards.center - box.center) * 0.25 + rng.normal(0, 0.1, 2) * box.half
    end = towards.center + (box.center - towards.center) * rng.uniform(0.05, 0.25)
    paths[1] = bend(start, end + rng.normal(0, 0.15, 2) * box.half, hand, rng)
    return paths


def between(box: BoxPlace, towards: BoxPlace, hand: Hand, rng: Random) -> list[Path]:
    """A short slip of the pen in the gap between two boxes."""
    middle = (box.center + towards.center) / 2
    gap = float(np.abs(towards.center - box.center).max() - box.w)
    angle, length = rng.uniform(0, np.pi), rng.uniform(0.6, 1.6) * min(max(gap, 0.6), 4.0)
    arm = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    return [bend(middle - arm, middle + arm, hand, rng)]


def strike(boxes: Sequence[BoxPlace], hand: Hand, rng: Random) -> list[Path]:
    """One or two long lines through all boxes of a question."""
    centers = np.array([box.center for box in boxes])
    size, spread = boxes[0].half * 2, np.ptp(centers, axis=0)
    along = np.array([1.0, 0.0]) if spread[0] >= spread[1] else np.array([0.0, 1.0])
    middle, reach = (centers.min(axis=0) + centers.max(axis=0)) / 2, float((spread / 2 + size) @ along)
    paths = []
    for _ in range(1 + int(rng.random() < 0.3)):
        shift = rng.normal(0, 0.15, 2) * size
        line = bend(middle - along * reach + shift, middle + along * reach + shift, hand, rng)
        paths.append(rotate(line, rng.normal(0, 0.02), middle))
    return paths
