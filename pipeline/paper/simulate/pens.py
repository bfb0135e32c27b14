"""Pens, and people's hands: how wide, how dark, how steady.

Ranges are those of a study on simulated sheets; widths are in mm and densities are the share of
light that a full stroke takes away on a grey scanner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Marking
from pipeline.paper.simulate.records import Drawing, Path, Stroke

Range = tuple[float, float]
Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class PenKind:
    """What one kind of pen draws like."""

    name: str
    width: Range
    density: Range
    grain: float
    """How much of the paper's tooth shows through a stroke, 0 to 1."""
    unsteady: float
    """Variation of pressure along a stroke."""
    color: tuple[float, float, float]
    """Density in red, green and blue light, relative to grey."""
    erasable: bool = False


PENS: dict[str, PenKind] = {
    pen.name: pen
    for pen in (
        PenKind(
            name="ballpoint", width=(0.25, 0.45), density=(0.45, 0.80), grain=0.16, unsteady=0.16,
            color=(1.25, 1.1, 0.65),
        ),
        PenKind(
            name="black ballpoint", width=(0.25, 0.45), density=(0.55, 0.85), grain=0.16, unsteady=0.16,
            color=(1.0, 1.0, 1.0),
        ),
        PenKind(
            name="gel", width=(0.35, 0.65), density=(0.75, 0.95), grain=0.04, unsteady=0.06,
            color=(1.0, 1.0, 1.0),
        ),
        PenKind(
            name="fineliner", width=(0.30, 0.50), density=(0.80, 0.95), grain=0.04, unsteady=0.05,
            color=(1.05, 1.05, 0.85),
        ),
        PenKind(
            name="pencil", width=(0.40, 0.90), density=(0.38, 0.66), grain=0.45, unsteady=0.20,
            color=(1.0, 1.0, 1.0), erasable=True,
        ),
        PenKind(
            name="faint pencil", width=(0.40, 0.90), density=(0.12, 0.32), grain=0.45, unsteady=0.22,
            color=(1.0, 1.0, 1.0), erasable=True,
        ),
        PenKind(
            name="red", width=(0.30, 0.50), density=(0.30, 0.60), grain=0.12, unsteady=0.14,
            color=(0.25, 1.4, 1.35),
        ),
        PenKind(
            name="light blue", width=(0.30, 0.55), density=(0.25, 0.50), grain=0.14, unsteady=0.14,
            color=(1.6, 1.0, 0.4),
        ),
        PenKind(
            name="marker", width=(0.90, 1.50), density=(0.85, 0.97), grain=0.05, unsteady=0.04,
            color=(1.0, 1.0, 1.0),
        ),
    )
}  # fmt: skip

_PEN_SHARES: dict[Marking, dict[str, float]] = {
    Marking.FILL: {
        "pencil": 0.55, "black ballpoint": 0.15, "ballpoint": 0.15, "gel": 0.08, "fineliner": 0.05,
        "light blue": 0.02,
    },
    Marking.ANY: {
        "ballpoint": 0.40, "black ballpoint": 0.22, "gel": 0.12, "fineliner": 0.08, "pencil": 0.14,
        "light blue": 0.02, "marker": 0.02,
    },
    Marking.CROSS_UNDO: {
        "ballpoint": 0.46, "black ballpoint": 0.24, "gel": 0.14, "fineliner": 0.10, "pencil": 0.04,
        "light blue": 0.02,
    },
}  # fmt: skip

_HABITS: dict[Marking, dict[str, float]] = {
    Marking.FILL: {Drawing.FILL: 1.0},
    Marking.ANY: {Drawing.CROSS: 0.60, Drawing.TICK: 0.18, Drawing.FILL: 0.22},
    Marking.CROSS_UNDO: {Drawing.CROSS: 1.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One writer's pen and habits, the same on every page of a booklet."""

    pen: PenKind
    width: float
    density: float
    habit: str
    """How this writer chooses a box: cross, tick or fill."""
    size: float
    """Extent of a cross or tick, relative to the box."""
    slope: float
    """Radians."""
    jitter: float
    """Unsteadiness of a line, mm."""
    redraw: float
    """Probability of going over a stroke once more."""
    spacing: float
    """Distance of the lines of a fill, in pen widths."""
    overshoot: float
    """How far a fill goes beyond the box, relative to it."""
    fill_style: str
    """zigzag, spiral or outlined."""


def draw_hand(marking: Marking, rng: Random, *, pen: str = "") -> Hand:
    """Draw a writer who follows a marking convention.

    Parameters
    ----------
    marking
        What the paper asks for.
    rng
        Source of chance.
    pen
        Name in ``PENS``; empty: drawn by how common it is.
    """
    kind = PENS[pen or _pick(_PEN_SHARES[marking], rng)]
    return Hand(
        pen=kind,
        width=rng.uniform(*kind.width),
        density=rng.uniform(*kind.density),
        habit=_pick(_HABITS[marking], rng),
        size=float(np.clip(rng.normal(0.95, 0.16), 0.6, 1.35)),
        slope=float(np.clip(rng.normal(0.0, 0.10), -0.25, 0.25)),
        jitter=rng.uniform(0.02, 0.08),
        redraw=rng.uniform(0.01, 0.40) ** 1.5,
        spacing=rng.uniform(0.45, 1.25),
        overshoot=float(np.clip(rng.normal(-0.06, 0.05), -0.18, 0.12)),
        fill_style=_pick({"zigzag": 0.60, "spiral": 0.15, "outlined": 0.25}, rng),
    )


def draw_examiner(rng: Random, *, pen: str = "") -> Hand:
    """Draw an examiner: mostly in red, unless a pen is named."""
    pen = pen or _pick({"red": 0.6, "ballpoint": 0.25, "black ballpoint": 0.15}, rng)
    return draw_hand(Marking.CROSS_UNDO, rng, pen=pen)


def _pick(shares: dict[str, float], rng: Random) -> str:
    names = list(shares)
    weights = np.array([shares[name] for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def slow_noise(count: int, scale: float, rng: Random, *, knots: int = 5) -> NDArray[np.float64]:
    """Smooth noise along a stroke.

    Returns
    -------
    (count,) array of mean 0, standard deviation about ``scale``.
    """
    at = np.linspace(0.0, knots - 1.0, count)
    return scale * np.interp(at, np.arange(knots), rng.standard_normal(knots))


def press(path: Path, hand: Hand, rng: Random, *, weight: float = 1.0) -> Stroke:
    """Draw a path with a writer's pen: pressure that varies slowly and fades where the pen lifts.

    Parameters
    ----------
    path
        (points, 2), mm.
    hand
        The writer.
    rng
        Source of chance.
    weight
        Pressure relative to the writer's usual.
    """
    count = len(path)
    pressure = weight * (1.0 + slow_noise(count, hand.pen.unsteady, rng))
    ends = min(3, count // 4)
    if ends:
        fade = np.linspace(0.7, 1.0, ends + 1)[:-1]
        pressure[:ends] *= fade
        pressure[-ends:] *= fade[::-1]
    width = hand.width * (1.0 + 0.06 * float(np.clip(rng.standard_normal(), -2, 2)))
    return Stroke(path=path, width=width, pressure=np.clip(pressure, 0.15, 1.25))
