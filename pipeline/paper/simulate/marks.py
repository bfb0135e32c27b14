"""From what a writer means to what is drawn on a box."""

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.paper.simulate import strokes as ways
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.handwriting import write_in
from pipeline.paper.simulate.ink import InkedPage
from pipeline.paper.simulate.pens import Hand, Random, press
from pipeline.paper.simulate.records import BoxPlan, Path, Stroke, WriteIn
from pipeline.paper.simulate.strokes import BoxPlace

_SIDES = ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, -1.0))
_CLEAR = 0.2
"""Space that a mark beside a box needs to the next box, relative to the mark."""

Drawer = Callable[[InkedPage, BoxPlace, Sequence[BoxPlace], Hand, Random], None]


def draw_box(
    page: InkedPage,
    plan: BoxPlan,
    box: BoxPlace,
    neighbours: Sequence[BoxPlace],
    hand: Hand,
    rng: Random,
) -> None:
    """Draw on one box what is planned for it.

    Parameters
    ----------
    page
        Changed.
    plan
        Names the drawing; a box that is struck out with its question is drawn by :func:`strike_out`.
    box
        Where, mm.
    neighbours
        The other boxes of the page: a mark beside the box keeps clear of them.
    hand
        The writer.
    rng
        Source of chance.
    """
    if plan.drawing in _DRAWERS:
        _DRAWERS[plan.drawing](page, box, neighbours, hand, rng)


def _pressed(paths: Sequence[Path], hand: Hand, rng: Random, *, weight: float = 1.0) -> list[Stroke]:
    """Strokes for paths; now and then a writer goes over one again."""
    drawn = [press(path, hand, rng, weight=weight) for path in paths]
    if len(paths) <= 2:
        for path in paths:
            if rng.random() < hand.redraw:
                again = path + rng.normal(0, 0.08, 2) + rng.normal(0, 0.02, path.shape)
                drawn.append(press(again, hand, rng, weight=weight))
    return drawn


def _cross(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write(_pressed(ways.cross(box, hand, rng), hand, rng), hand)


def _tick(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write(_pressed(ways.tick(box, hand, rng), hand, rng), hand)


def _fill(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write([press(path, hand, rng) for path in ways.fill(box, hand, rng)], hand)


def _undone(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A cross (four times in five), then the whole box filled."""
    if rng.random() < 0.8:
        _cross(page, box, _, hand, rng)
    spacing = min(hand.spacing, 0.9) * hand.width
    paths = [ways.zigzag(box, hand, rng, reach=1.0 + rng.normal(0.02, 0.04), spacing=spacing)]
    if rng.random() < 0.5:
        paths.append(ways.zigzag(box, hand, rng, reach=0.95, spacing=spacing * 1.3))
    page.write([press(path, hand, rng, weight=1.05) for path in paths], hand)


def _remarked(
    page: InkedPage, box: BoxPlace, neighbours: Sequence[BoxPlace], hand: Hand, rng: Random
) -> None:
    """Undone, then chosen again with a mark beside the box."""
    _undone(page, box, neighbours, hand, rng)
    beside = _free_side(box, neighbours, rng.uniform(*hand.ranges.beside))
    way = rng.choice(["cross", "tick", "arrow", "box", "word"], p=[0.45, 0.2, 0.13, 0.12, 0.1])
    if way == "word":
        x, y = beside.center - beside.half
        place = WriteIn(x=float(x), y=float(y), w=beside.w, h=beside.h, text="~")
        page.write(write_in(place, hand, rng), hand)
        return
    if way == "cross":
        paths = ways.cross(beside, hand, rng, scale=0.9)
    elif way == "tick":
        paths = ways.tick(beside, hand, rng, scale=0.9)
    elif way == "arrow":
        paths = ways.arrow(beside, hand, rng)
    else:
        paths = ways.square(beside, hand, rng) + ways.cross(beside, hand, rng, scale=0.8)
    page.write([press(path, hand, rng) for path in paths], hand)


def _free_side(box: BoxPlace, neighbours: Sequence[BoxPlace], gap: float) -> BoxPlace:
    """A place beside a box that keeps clear of all others, on the side where most room is left.

    Where boxes stand close, people write smaller and nearer rather than into the next box.
    """
    for size in (1.0, 0.8, 0.65, 0.5, 0.4):
        sides = [_side(box, size, min(gap, size * box.w), dx, dy) for dx, dy in _SIDES]
        rooms = [_room(place, neighbours) for place in sides]
        if max(rooms) > _CLEAR * size * box.w:
            break
    # left and right come first: people write above or below only when they must
    enough = [
        min(room, box.w) - (0.3 * box.w if dy else 0.0) for room, (_, dy) in zip(rooms, _SIDES, strict=True)
    ]
    clear = [room > _CLEAR * size * box.w for room in rooms]
    order = sorted(range(len(sides)), key=lambda at: (clear[at], enough[at]))
    return sides[order[-1]]


def _side(box: BoxPlace, size: float, gap: float, dx: float, dy: float) -> BoxPlace:
    """The place of a mark of a relative size, a gap away from one side of a box."""
    w, h = size * box.w, size * box.h
    x = box.x + (box.w - w) / 2 + dx * ((box.w + w) / 2 + gap)
    y = box.y + (box.h - h) / 2 + dy * ((box.h + h) / 2 + gap)
    return BoxPlace(x=x, y=y, w=w, h=h, shape="square")


def _room(place: BoxPlace, neighbours: Sequence[BoxPlace]) -> float:
    """Space between a place and the nearest box, mm; negative where they overlap."""
    gaps = [
        max(abs(dx) - (place.w + other.w) / 2, abs(dy) - (place.h + other.h) / 2)
        for other in neighbours
        for dx, dy in [other.center - place.center]
    ]
    return min(gaps, default=100.0)


def _erased(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """Marked by habit, then rubbed out; some of the darkness stays."""
    paths = ways.fill(box, hand, rng) if hand.habit == Drawing.FILL else ways.cross(box, hand, rng)
    strokes = [press(path, hand, rng) for path in paths]
    page.write_and_erase(strokes, hand, residue=float(rng.triangular(*hand.ranges.residue)))


def _partial(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A fill that was given up half-way, or the first stroke of a cross alone."""
    if hand.habit == Drawing.FILL:
        half = BoxPlace(
            x=box.x + rng.normal(0, 0.12) * box.w,
            y=box.y + rng.normal(0, 0.12) * box.h,
            w=box.w * rng.uniform(0.45, 0.75),
            h=box.h * rng.uniform(0.45, 0.75),
            shape="circle",
        )
        page.write([press(ways.zigzag(half, hand, rng), hand, rng)], hand)
    else:
        page.write([press(ways.cross(box, hand, rng)[0], hand, rng)], hand)


def _dot(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write([press(path, hand, rng) for path in ways.dot(box, rng)], hand)


def _ring(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A circle around the box, or around the letter in it, instead of a mark."""
    inside = box.letter and rng.random() < 0.5
    reach = rng.uniform(0.62, 0.85) if inside else rng.uniform(1.35, 1.75)
    path = ways.ellipse(box, rng, reach=reach, turns=rng.uniform(1.0, 1.25))
    page.write([press(path, hand, rng)], hand)


def _faint(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """The writer's usual mark with a pen that hardly writes: about as dark as paper is uneven."""
    paths = ways.fill(box, hand, rng) if hand.habit == Drawing.FILL else ways.cross(box, hand, rng)
    strokes = [press(path, hand, rng, weight=0.6) for path in paths]
    page.write(strokes, hand, density=rng.uniform(0.03, 0.14) / hand.density)


def _heavy(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A cross gone over again and again, until it nearly fills the box."""
    paths: list[Path] = []
    for _again in range(int(rng.integers(3, 6))):
        paths += ways.cross(box, hand, rng)
    page.write([press(path, hand, rng, weight=1.15) for path in paths], hand)


def _overshoot(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A careless large mark that runs well beyond its box."""
    paths = ways.cross(box, hand, rng, scale=rng.uniform(1.5, 1.9) / hand.size)
    if hand.habit == Drawing.FILL:
        paths = ways.scribble(box, rng, reach=rng.uniform(1.15, 1.45))
    page.write([press(path, hand, rng) for path in paths], hand)


def _scribbled_out(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """Marked, then scribbled over in a way that the paper does not ask for."""
    first = ways.fill(box, hand, rng) if hand.habit == Drawing.FILL else ways.cross(box, hand, rng)
    over = ways.scribble(box, rng, reach=rng.uniform(1.2, 1.6))
    page.write([press(path, hand, rng) for path in (*first, *over)], hand)


def _stray(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    weight = rng.uniform(0.5, 1.0)
    page.write([press(path, hand, rng, weight=weight) for path in ways.stray(box, hand, rng)], hand)


def _scribble(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    paths = ways.scribble(box, rng, reach=rng.uniform(0.6, 0.95))
    page.write([press(path, hand, rng) for path in paths], hand)


def _plus(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write(_pressed(ways.plus(box, hand, rng), hand, rng), hand)


def _hatch(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write([press(path, hand, rng) for path in ways.hatch(box, hand, rng)], hand)


def _wave(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    page.write(_pressed(ways.wave(box, hand, rng), hand, rng), hand)


def _letter(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """A letter written into the box: its own, or that of yes, valid or true."""
    text = str(rng.choice(list("AVXYJT")))
    place = WriteIn(x=box.x - box.w / 2, y=box.y - 0.62 * box.h, w=1.3 * box.w, h=1.24 * box.h, text=text)
    page.write(write_in(place, hand, rng), hand)


def _nearest(box: BoxPlace, neighbours: Sequence[BoxPlace]) -> BoxPlace:
    """The closest other box; a place to the right when there is none."""
    alone = BoxPlace(x=box.x + 1.6 * box.w, y=box.y, w=box.w, h=box.h, shape=box.shape)
    return min(neighbours, key=lambda other: float(np.hypot(*(other.center - box.center))), default=alone)


def _spill(page: InkedPage, box: BoxPlace, neighbours: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """Marked as usual, with a tail into the next box."""
    paths = ways.spill(box, _nearest(box, neighbours), hand, rng)
    if hand.habit == Drawing.FILL:
        paths = [*ways.fill(box, hand, rng), paths[1]]
    page.write([press(path, hand, rng) for path in paths], hand)


def _between(page: InkedPage, box: BoxPlace, neighbours: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    paths = ways.between(box, _nearest(box, neighbours), hand, rng)
    page.write([press(path, hand, rng) for path in paths], hand)


def _beside(page: InkedPage, box: BoxPlace, neighbours: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """The writer's mark, next to the box."""
    place = _free_side(box, neighbours, rng.uniform(-0.1, 0.6))
    way = ways.tick if hand.habit == Drawing.TICK else ways.cross
    paths = way(place, hand, rng, scale=0.9)
    page.write([press(path, hand, rng) for path in paths], hand)


def _double(page: InkedPage, box: BoxPlace, neighbours: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    _DRAWERS[hand.habit](page, box, neighbours, hand, rng)


def _corrected(page: InkedPage, box: BoxPlace, _: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """Marked by habit, then painted over with correction fluid."""
    paths = ways.fill(box, hand, rng) if hand.habit == Drawing.FILL else ways.cross(box, hand, rng)
    page.write([press(path, hand, rng) for path in paths], hand)
    outline = ways.ellipse(box, rng, reach=rng.uniform(1.05, 1.45), turns=1.0, wobble=0.1)
    page.cover(outline, opacity=rng.uniform(0.86, 1.0))


def strike_out(page: InkedPage, boxes: Sequence[BoxPlace], hand: Hand, rng: Random) -> None:
    """Draw a line through all boxes of a question."""
    page.write([press(path, hand, rng) for path in ways.strike(boxes, hand, rng)], hand)


_DRAWERS: dict[str, Drawer] = {
    Drawing.CROSS: _cross,
    Drawing.TICK: _tick,
    Drawing.FILL: _fill,
    Drawing.UNDONE: _undone,
    Drawing.REMARKED: _remarked,
    Drawing.ERASED: _erased,
    Drawing.PARTIAL: _partial,
    Drawing.DOT: _dot,
    Drawing.RING: _ring,
    Drawing.FAINT: _faint,
    Drawing.HEAVY: _heavy,
    Drawing.OVERSHOOT: _overshoot,
    Drawing.SCRIBBLED_OUT: _scribbled_out,
    Drawing.STRAY: _stray,
    Drawing.SCRIBBLE: _scribble,
    Drawing.PLUS: _plus,
    Drawing.HATCH: _hatch,
    Drawing.WAVE: _wave,
    Drawing.LETTER: _letter,
    Drawing.SPILL: _spill,
    Drawing.BETWEEN: _between,
    Drawing.BESIDE: _beside,
    Drawing.DOUBLE: _double,
    Drawing.CORRECTED: _corrected,
}
