"""From which ranges pens, hands, paper and kinds of mark are drawn: for training, and for testing.

What is learned from ``TRAIN`` is measured on ``TEST``: another stream of chance, wider ranges, and
kinds of mark that no training page shows. Ranges are those of a study on simulated sheets; widths
are in mm and densities are the share of light that a full stroke takes away on a grey scanner.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.model import Marking
from pipeline.paper.simulate.drawing import Drawing

Range = tuple[float, float]
Shares = Mapping[str, float]
DrawsName = Literal["train", "test"]


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

_PEN_SHARES: dict[Marking, Shares] = {
    Marking.FILL: {
        "pencil": 0.50, "faint pencil": 0.05, "black ballpoint": 0.15, "ballpoint": 0.15, "gel": 0.08,
        "fineliner": 0.05, "light blue": 0.02,
    },
    Marking.ANY: {
        "ballpoint": 0.39, "black ballpoint": 0.22, "gel": 0.12, "fineliner": 0.08, "pencil": 0.13,
        "faint pencil": 0.02, "light blue": 0.02, "marker": 0.02,
    },
    Marking.CROSS_UNDO: {
        "ballpoint": 0.46, "black ballpoint": 0.24, "gel": 0.14, "fineliner": 0.10, "pencil": 0.03,
        "faint pencil": 0.01, "light blue": 0.02,
    },
}  # fmt: skip
_EXAMINER_PENS: Shares = {"red": 0.6, "ballpoint": 0.25, "black ballpoint": 0.15}

_HABITS: dict[Marking, Shares] = {
    Marking.FILL: {Drawing.FILL: 1.0},
    Marking.ANY: {
        Drawing.CROSS: 0.54, Drawing.TICK: 0.18, Drawing.FILL: 0.18, Drawing.SCRIBBLE: 0.05,
        Drawing.DOT: 0.05,
    },
    Marking.CROSS_UNDO: {Drawing.CROSS: 1.0},
}  # fmt: skip

_AWKWARD: dict[Marking, Shares] = {
    Marking.FILL: {
        Drawing.ERASED: 0.24, Drawing.PARTIAL: 0.16, Drawing.FAINT: 0.10, Drawing.SCRIBBLED_OUT: 0.10,
        Drawing.RING: 0.05, Drawing.DOT: 0.06, Drawing.CROSS: 0.06, Drawing.TICK: 0.03,
        Drawing.OVERSHOOT: 0.05, Drawing.SPILL: 0.03, Drawing.STRAY: 0.03, Drawing.BETWEEN: 0.03,
        Drawing.BESIDE: 0.02, Drawing.DOUBLE: 0.04,
    },
    Marking.ANY: {
        Drawing.ERASED: 0.16, Drawing.PARTIAL: 0.12, Drawing.FAINT: 0.12, Drawing.SCRIBBLED_OUT: 0.14,
        Drawing.RING: 0.08, Drawing.OVERSHOOT: 0.10, Drawing.SPILL: 0.06, Drawing.STRAY: 0.06,
        Drawing.BETWEEN: 0.05, Drawing.BESIDE: 0.04, Drawing.DOUBLE: 0.07,
    },
    Marking.CROSS_UNDO: {
        Drawing.REMARKED: 0.20, Drawing.ERASED: 0.04, Drawing.PARTIAL: 0.12, Drawing.FAINT: 0.10,
        Drawing.SCRIBBLED_OUT: 0.08, Drawing.RING: 0.06, Drawing.OVERSHOOT: 0.08, Drawing.SPILL: 0.05,
        Drawing.HEAVY: 0.10, Drawing.DOT: 0.03, Drawing.STRAY: 0.04, Drawing.BETWEEN: 0.04,
        Drawing.BESIDE: 0.02, Drawing.DOUBLE: 0.04,
    },
}  # fmt: skip
"""What an awkward mark looks like, by what the paper asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRanges:
    """How people's hands differ; a normal distribution is (mean, standard deviation)."""

    size: Range = (0.95, 0.16)
    """Extent of a cross or tick, relative to the box; normal."""
    size_limits: Range = (0.6, 1.35)
    stroke_size: float = 0.14
    """Standard deviation of a single stroke's extent, relative."""
    slope: float = 0.10
    """Standard deviation, radians."""
    angle: float = 0.12
    """Standard deviation of a single stroke's angle, radians."""
    bow: float = 0.04
    """Standard deviation of a stroke's bow, relative to its length."""
    jitter: Range = (0.02, 0.08)
    """Unsteadiness of a line, mm."""
    redraw: Range = (0.01, 0.40)
    """Probability of going over a stroke once more; most people are near the lower end."""
    spacing: Range = (0.45, 1.6)
    """Distance of the lines of a fill, in pen widths."""
    overshoot: Range = (-0.06, 0.063)
    """How far a fill goes beyond the box, relative to it; normal."""
    overshoot_limits: Range = (-0.20, 0.14)
    fills: tuple[tuple[str, float], ...] = (("zigzag", 0.60), ("spiral", 0.15), ("outlined", 0.25))
    residue: tuple[float, float, float] = (0.06, 0.10, 0.34)
    """Share of the darkness that rubbing out leaves: least, most common, most."""
    beside: Range = (0.35, 1.6)
    """Gap between an undone box and the mark beside it, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRanges:
    """How sheets made for measuring differ, mm."""

    box: Range = (3.0, 5.0)
    line: Range = (0.16, 0.50)
    pitch: Range = (1.45, 1.95)
    """Distance of a question's boxes, in boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """All ranges that chance draws from."""

    name: DrawsName
    pens: Mapping[str, PenKind]
    pen_shares: Mapping[Marking, Shares]
    examiner_pens: Shares
    habits: Mapping[Marking, Shares]
    """How writers choose a box."""
    awkward: Mapping[Marking, Shares]
    """What awkward marks look like."""
    hand: HandRanges
    sheet: SheetRanges
    scan_wider: float
    """By how much the ranges of every scan profile are wider at both ends, relative to them."""


TRAIN = Draws(
    name="train",
    pens=PENS,
    pen_shares=_PEN_SHARES,
    examiner_pens=_EXAMINER_PENS,
    habits=_HABITS,
    awkward=_AWKWARD,
    hand=HandRanges(),
    sheet=SheetRanges(),
    scan_wider=0.0,
)


def widened(span: Range, share: float, limits: Range) -> Range:
    """A range that is wider by a share of its width at both ends, inside limits."""
    more = share * (span[1] - span[0])
    return (max(limits[0], span[0] - more), min(limits[1], span[1] + more))


def _test_pens() -> dict[str, PenKind]:
    return {
        name: replace(
            pen, width=widened(pen.width, 0.15, (0.2, 2.0)), density=widened(pen.density, 0.12, (0.09, 0.98))
        )
        for name, pen in PENS.items()
    }


def with_more(shares: Shares, more: Shares) -> Shares:
    """Shares with others among them: those before give way."""
    left = 1.0 - sum(more.values())
    total = sum(shares.values())
    return {**{name: share * left / total for name, share in shares.items()}, **more}


TEST = Draws(
    name="test",
    pens=_test_pens(),
    pen_shares=_PEN_SHARES,
    examiner_pens={"red": 0.5, "ballpoint": 0.2, "black ballpoint": 0.15, "gel": 0.1, "pencil": 0.05},
    habits={
        **_HABITS,
        Marking.ANY: with_more(
            _HABITS[Marking.ANY],
            {Drawing.PLUS: 0.03, Drawing.HATCH: 0.03, Drawing.WAVE: 0.03, Drawing.LETTER: 0.02},
        ),
    },
    awkward={
        Marking.FILL: with_more(
            _AWKWARD[Marking.FILL], {Drawing.HATCH: 0.05, Drawing.CORRECTED: 0.04, Drawing.STRUCK: 0.04}
        ),
        Marking.ANY: with_more(_AWKWARD[Marking.ANY], {Drawing.CORRECTED: 0.05, Drawing.STRUCK: 0.05}),
        Marking.CROSS_UNDO: with_more(
            _AWKWARD[Marking.CROSS_UNDO],
            {Drawing.CORRECTED: 0.04, Drawing.STRUCK: 0.04, Drawing.PLUS: 0.03},
        ),
    },
    hand=HandRanges(
        size=(0.95, 0.18),
        size_limits=(0.52, 1.45),
        stroke_size=0.16,
        slope=0.12,
        angle=0.14,
        bow=0.05,
        jitter=(0.015, 0.095),
        redraw=(0.01, 0.50),
        spacing=(0.40, 1.75),
        overshoot=(-0.06, 0.072),
        overshoot_limits=(-0.24, 0.17),
        residue=(0.05, 0.11, 0.38),
        beside=(0.25, 1.8),
    ),
    sheet=SheetRanges(box=(2.9, 5.2), line=(0.15, 0.52), pitch=(1.38, 2.1)),
    scan_wider=0.15,
)

DRAWS: dict[DrawsName, Draws] = {"train": TRAIN, "test": TEST}
