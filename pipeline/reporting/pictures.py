"""Small pictures for the report, as SVG: they need nothing else to be seen, and print sharply."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

STEPS = tuple(
    Fraction(text)
    for text in ("1/4", "1/2", "1", "2", "5", "10", "20", "25", "50", "100", "200", "500", "1000")
)
MOST_BARS = 24
LEAST_BARS = 6
HEIGHT, WIDTH = 150.0, 440.0
LEFT, BOTTOM, TOP = 30.0, 34.0, 14.0
MOST_LABELS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar."""

    label: str
    count: int
    is_low: bool = False
    """Whether it is drawn as below the pass line."""


def bars_picture(title: str, bars: Sequence[Bar], *, between: bool = False, axis: str = "") -> str:
    """A bar for each count, with its number above it.

    Parameters
    ----------
    title
        What it shows, for people who do not see it.
    bars
        From left to right.
    between
        Whether a label stands at the left edge of its bar, as on an axis of points, and not under it.
    axis
        What the labels are of.
    """
    most = max((bar.count for bar in bars), default=0) or 1
    step = (WIDTH - LEFT) / max(len(bars), 1)
    high = HEIGHT - BOTTOM - TOP
    shown = max(1, math.ceil(len(bars) / MOST_LABELS))
    parts = [
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(title)}">',
        f'<line class="axis" x1="{LEFT:.1f}" y1="{TOP + high:.1f}" x2="{WIDTH:.1f}" y2="{TOP + high:.1f}"/>',
    ]
    for place, bar in enumerate(bars):
        size = high * bar.count / most
        x, y = LEFT + place * step, TOP + high - size
        gap = 0.5 if between else step * 0.15
        low = ' class="low"' if bar.is_low else ""
        parts.append(
            f'<rect{low} x="{x + gap:.1f}" y="{y:.1f}" width="{step - 2 * gap:.1f}" height="{size:.1f}"/>'
        )
        if bar.count and step >= 14:
            parts.append(_text(x + step / 2, y - 3, str(bar.count), "count"))
        if place % shown == 0:
            at = x if between else x + step / 2
            parts.append(_text(at, TOP + high + 12, bar.label, "label"))
    if axis:
        parts.append(_text((LEFT + WIDTH) / 2, HEIGHT - 4, axis, "label"))
    return "".join([*parts, "</svg>"])


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def histogram(
    points: Sequence[Fraction], most: Fraction, pass_points: Fraction | None
) -> tuple[tuple[Bar, ...], bool]:
    """Bars from the fewest points, or 0, to the most; low are those wholly below the pass line.

    Returns
    -------
    tuple of Bar, and bool
        One bar for each number of points where a usual step between them gives no more than two dozen
        bars, and False. Else bars of equal width, each without its upper end but the last, and True.
    """
    least, top = min((*points, Fraction(0))), max((*points, most))
    fitting = [step for step in STEPS if (top - least) / step <= MOST_BARS] or [STEPS[-1]]
    exact = [
        step
        for step in fitting
        if all(one % step == 0 for one in (*points, least, top)) and (top - least) / step >= LEAST_BARS
    ]
    width = exact[-1] if exact else fitting[0]
    first = math.floor(least / width)
    count = max(1, math.ceil(top / width) - first + bool(exact))
    counts = [0] * count
    for one in points:
        counts[min(count - 1, math.floor(one / width) - first)] += 1
    reach = Fraction(0) if exact else width
    bars = tuple(
        Bar(
            label=f"{float((first + place) * width):g}",
            count=number,
            is_low=pass_points is not None and _is_below((first + place) * width, reach, pass_points),
        )
        for place, number in enumerate(counts)
    )
    return bars, not exact


def _is_below(start: Fraction, reach: Fraction, line: Fraction) -> bool:
    """Whether all of a bar is below the pass line: its upper end is no part of it."""
    return start + reach <= line if reach else start < line
