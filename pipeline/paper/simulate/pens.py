"""Pens, and people's hands: how wide, how dark, how steady.

``draws`` holds the ranges.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Marking
from pipeline.paper.simulate.draws import TRAIN, Draws, HandRanges, PenKind, Shares
from pipeline.paper.simulate.records import Path, Stroke

Random = np.random.Generator


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
    ranges: HandRanges = field(default_factory=HandRanges)
    """From which single strokes are drawn."""


def draw_hand(marking: Marking, rng: Random, *, pen: str = "", draws: Draws = TRAIN) -> Hand:
    """Draw a writer who follows a marking convention.

    Parameters
    ----------
    marking
        What the paper asks for.
    rng
        Source of chance.
    pen
        Name in ``PENS``; empty: drawn by how common it is.
    draws
        Ranges to draw from.
    """
    ranges = draws.hand
    kind = draws.pens[pen or pick(draws.pen_shares[marking], rng)]
    return Hand(
        pen=kind,
        width=rng.uniform(*kind.width),
        density=rng.uniform(*kind.density),
        habit=pick(draws.habits[marking], rng),
        size=float(np.clip(rng.normal(*ranges.size), *ranges.size_limits)),
        slope=float(np.clip(rng.normal(0.0, ranges.slope), -2.5 * ranges.slope, 2.5 * ranges.slope)),
        jitter=rng.uniform(*ranges.jitter),
        redraw=float(np.exp(rng.uniform(*np.log(ranges.redraw)))),
        spacing=rng.uniform(*ranges.spacing),
        overshoot=float(np.clip(rng.normal(*ranges.overshoot), *ranges.overshoot_limits)),
        fill_style=pick(dict(ranges.fills), rng),
        ranges=ranges,
    )


def draw_examiner(rng: Random, *, pen: str = "", draws: Draws = TRAIN) -> Hand:
    """Draw an examiner: mostly in red, unless a pen is named."""
    return draw_hand(Marking.CROSS_UNDO, rng, pen=pen or pick(draws.examiner_pens, rng), draws=draws)


def pick(shares: Shares, rng: Random) -> str:
    """Draw a name by its share."""
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
