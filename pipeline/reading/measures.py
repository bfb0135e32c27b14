"""Measures of ink windows: the page's print masked, then products with fixed regions of a box.

Windows hold ink in bytes; what needs arithmetic is taken from the inside of the box alone, a sixth
of the window, and everything else is one matrix product with the averaging columns of all regions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.reading.blanks import Blanks, inside_mask, thick
from pipeline.reading.connected import holes_and_joined
from pipeline.reading.page_boxes import SizeClass
from pipeline.reading.sampling import CELLS, FULL, Floats, Levels, grid

SECTORS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
MARGIN_INNER, MARGIN_OUTER = 0.62, 0.96
"""The ring outside the border, in boxes from the centre."""
BORDER_INNER, BORDER_OUTER = 0.41, 0.59
INKED = 0.22
"""Fresh ink of a cell that counts as inked."""
MOST_DARKNESS = 2.0
"""A mark that is twice as dark as the page's print, or a page without print."""
LEAST_FRESH = 0.004
"""Mean fresh ink below which there are no strokes to measure."""
LEAST_SOLID, LEAST_AROUND = 0.015, 0.02
"""Share of the inside that is inked, or mean ink around, from which it is asked what hangs together."""
UNIT = np.float32(1.0 / FULL)


def measure_windows(windows: Levels, blanks: Blanks, classes: Sequence[SizeClass]) -> dict[str, Floats]:
    """Measures by name from aligned ink windows.

    Parameters
    ----------
    windows
        (n, side, side), the box in the middle.
    blanks
        The page's blank boxes.
    classes
        The boxes of each shape and size.

    Returns
    -------
    (n,) for each measure of :data:`pipeline.reading.features.FEATURES` that a window holds.
    """
    mask = thick(blanks.models)
    masks = np.rint(mask * FULL).astype(np.uint8)
    models = np.rint(blanks.models * FULL).astype(np.uint8)
    stack = _Stack(
        windows=windows,
        fresh=_beyond(windows, masks[blanks.which]),
        models=models,
        which=blanks.which,
    )
    # A cell where print covers the paper can show no mark; measures are shares of what is free.
    free = np.clip(1.0 - mask / np.maximum(mask.max(axis=(1, 2), keepdims=True), 0.25), 0.0, 1.0)
    shapes = sorted({same.shape for same in classes})
    if len(shapes) == 1:
        return _measure(stack, blanks.models, free, _regions(shapes[0], windows.shape[1]))
    table: dict[str, Floats] = {}
    for shape in shapes:
        rows = np.concatenate([same.members for same in classes if same.shape == shape])
        part = _measure(stack.only(rows), blanks.models, free, _regions(shape, windows.shape[1]))
        for name, values in part.items():
            table.setdefault(name, np.zeros(len(windows), dtype=np.float32))[rows] = values
    return table


def _beyond(windows: Levels, others: Levels) -> Levels:
    """What each cell holds more than another, none below zero."""
    flat = cv2.subtract(windows.reshape(len(windows), -1), others.reshape(len(others), -1))
    return np.asarray(flat, dtype=np.uint8).reshape(windows.shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stack:
    """Windows of some boxes."""

    windows: Levels
    """(n, side, side)"""
    fresh: Levels
    """(n, side, side) ink that is not print."""
    models: Levels
    """(g, side, side): the page's blank boxes."""
    which: NDArray[np.intp]
    """(n,) blank of each box."""

    def only(self, rows: NDArray[np.intp]) -> "_Stack":
        return _Stack(
            windows=self.windows[rows],
            fresh=self.fresh[rows],
            models=self.models,
            which=self.which[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regions:
    """Regions of a window as averaging columns, each of which sums to one."""

    inside: NDArray[np.bool_]
    """(side, side)"""
    block: slice
    """Rows, and columns, that hold the inside."""
    inner_names: tuple[str, ...]
    inner: Floats
    """(cells of the block, regions): the inside first, then the sixteen cells, then others."""
    border: NDArray[np.intp]
    """Flat indices of the cells of the border."""
    around: Floats
    """(cells of the window, 9): the sectors of the ring, then the border, for ink in bytes."""


@lru_cache(maxsize=16)
def _regions(shape: str, side: int) -> _Regions:
    points = grid(CELLS, side / (2 * CELLS))
    x, y = points[:, 0], points[:, 1]
    away = np.hypot(x, y) if shape == "circle" else np.abs(points).max(axis=1)
    mask = inside_mask(shape, side)
    inside = mask.ravel()
    inner: dict[str, NDArray[np.bool_]] = {"inside": inside}
    reach = 0.38 if shape == "square" else 0.33
    column = np.floor((x + reach) / (2 * reach) * 4)
    row = np.floor((y + reach) / (2 * reach) * 4)
    for cell_row in range(4):
        for cell_column in range(4):
            here = (row == cell_row) & (column == cell_column)
            inner[f"cell_{cell_row}{cell_column}"] = here & inside if (here & inside).any() else here
    inner["core"] = inside & (np.abs(points).max(axis=1) < 0.2)
    inner["arm_down"] = inside & (np.abs(x - y) < 0.13)
    inner["arm_up"] = inside & (np.abs(x + y) < 0.13)
    off = inside & (np.abs(x - y) > 0.15) & (np.abs(x + y) > 0.15)
    inner["side_n"], inner["side_s"] = off & (y < -np.abs(x)), off & (y > np.abs(x))
    inner["side_e"], inner["side_w"] = off & (x > np.abs(y)), off & (x < -np.abs(y))
    ring = (away > MARGIN_INNER) & (away < MARGIN_OUTER)
    sector = np.round(np.degrees(np.arctan2(x, -y)) / 45.0) % 8
    sectors = [ring & (sector == index) for index in range(len(SECTORS))]
    border = (away > BORDER_INNER) & (away < BORDER_OUTER)
    held = np.flatnonzero(np.any(list(inner.values()), axis=0).reshape(side, side).any(axis=0))
    block = slice(int(held[0]), int(held[-1]) + 1)
    columns = np.stack([_averaging(region) for region in inner.values()], axis=1)
    return _Regions(
        inside=mask,
        block=block,
        inner_names=tuple(inner),
        inner=np.ascontiguousarray(columns.reshape(side, side, -1)[block, block].reshape(-1, len(inner))),
        border=np.flatnonzero(border),
        around=np.stack([_averaging(region) * UNIT for region in (*sectors, border)], axis=1),
    )


def halved(windows: Levels) -> Levels:
    """Windows (n, side, side) at half their detail."""
    count, side = windows.shape[:2]
    tall = windows.reshape(count * side, side)
    small = cv2.resize(tall, (side // 2, count * (side // 2)), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8).reshape(count, side // 2, side // 2)


def _averaging(region: NDArray[np.bool_]) -> Floats:
    return np.asarray(region / region.sum(), dtype=np.float32)


def _ink(cells: NDArray[np.uint8] | Floats) -> Floats:
    """(n, cells) ink 0..1 of windows, or parts of them, in bytes; of blanks as they are."""
    ink = cells.astype(np.float32).reshape(len(cells), -1)
    if cells.dtype == np.uint8:
        ink *= UNIT
    return ink


def _measure(stack: _Stack, models: Floats, free: Floats, maps: _Regions) -> dict[str, Floats]:
    """Measures of boxes of one shape."""
    which = stack.which
    block = (slice(None), maps.block, maps.block)
    fresh, raw = _ink(stack.fresh[block]), _ink(stack.windows[block])
    new, old = fresh @ maps.inner, raw @ maps.inner[:, :17]
    around = stack.fresh.reshape(len(which), -1).astype(np.float32) @ maps.around
    ring = around[:, : len(SECTORS)]
    open_share = _ink(free[block]) @ maps.inner
    shares = dict(
        zip(maps.inner_names, (new / np.maximum(open_share, np.float32(0.2))[which]).T, strict=True)
    )
    blank_ink = (_ink(models[block]) @ maps.inner[:, 0])[which]
    line_ink = _line_ink(models, maps)[which]
    table = {
        "ink": old[:, 0],
        "blank": blank_ink,
        "free": open_share[which, 0],
        "fresh": shares.pop("inside"),
        **shares,
        "gain": old[:, 0] - blank_ink,
        "light": np.ascontiguousarray(old[:, 1:].T).min(axis=0),
        "print": line_ink,
        "speckle": _speckle(stack.windows),
        **{f"ring_{name}": ring[:, index] for index, name in enumerate(SECTORS)},
        "border_more": around[:, len(SECTORS)],
        "border_less": _missing_border(stack, maps),
        **_inner(raw, fresh, maps),
        **_edges(stack.fresh, maps),
        **_streaks(stack.windows, stack.fresh),
    }
    table["stroke"] = _stroke_width(new[:, 0], table)
    table["darkness"] = np.minimum(table["depth"] / np.maximum(line_ink, np.float32(0.1)), MOST_DARKNESS)
    inked = (table["solid"] > LEAST_SOLID) | (_sums(ring) > 8 * LEAST_AROUND)
    within = maps.inside[::2, ::2] & maps.inside[1::2, 1::2]
    table["holes"], table["joined"] = holes_and_joined(halved(stack.fresh), within, inked)
    return {name: np.asarray(values, dtype=np.float32) for name, values in table.items()}


def _line_ink(blanks: Floats, maps: _Regions) -> Floats:
    """(g,) ink of each blank's printed outline: that of the darkest fifth of the border."""
    outline = blanks.reshape(len(blanks), -1)[:, maps.border]
    rank = int(outline.shape[1] * 0.8)
    return np.asarray(np.partition(outline, rank, axis=1)[:, rank], dtype=np.float32)


def _missing_border(stack: _Stack, maps: _Regions) -> Floats:
    """(n,) share of the printed border that is missing."""
    seen, printed = (
        np.take(part.reshape(len(part), -1), maps.border, axis=1) for part in (stack.windows, stack.models)
    )
    missing = np.asarray(cv2.subtract(printed[stack.which], seen), np.uint8).astype(np.float32)
    usual = np.maximum(_sums(printed.astype(np.float32)), np.float32(0.05 * FULL * printed.shape[1]))
    return np.asarray(_sums(missing) / usual[stack.which], dtype=np.float32)


def _stroke_width(inside: Floats, table: Mapping[str, Floats]) -> Floats:
    """(n,) mean width of the strokes inside, in boxes: their ink over half the length of their edges."""
    straight = table["edges_x"] + table["edges_y"]
    slanted = np.float32(np.sqrt(0.5)) * (table["edges_down"] + table["edges_up"])
    width = inside / np.maximum(np.float32(0.25) * (straight + slanted), np.float32(1e-3)) / np.float32(CELLS)
    return np.where(inside > LEAST_FRESH, np.minimum(width, np.float32(1.0)), np.float32(0.0))


def _inner(raw: Floats, fresh: Floats, maps: _Regions) -> dict[str, Floats]:
    """How the ink inside is spread over its cells, whatever their place."""
    cells = maps.inside[maps.block, maps.block].ravel()
    if not cells.all():
        raw, fresh = raw[:, cells], fresh[:, cells]
    rising = np.sort(fresh, axis=1)
    count = rising.shape[1]
    tenth = max(1, count // 10)
    dark = (rising > np.float32(INKED)).astype(np.float32)
    return {
        "peak": _sums(rising[:, -tenth:]) / np.float32(tenth),
        "veil": rising[:, count * 3 // 10],
        "solid": _sums((raw > np.float32(INKED)).astype(np.float32)) / np.float32(count),
        "depth": np.einsum("ij,ij->i", dark, rising) / np.maximum(_sums(dark), np.float32(1.0)),
    }


def _sums(rows: Floats) -> Floats:
    """(n,) sum of each row: several times as fast as NumPy's own for many short rows."""
    return np.asarray(np.einsum("ij->i", rows), dtype=np.float32)


def _speckle(windows: Levels) -> Floats:
    """(n,) mean change from cell to cell along the window's first rows."""
    rows = windows[:, :3].reshape(len(windows), -1)
    change = np.asarray(cv2.absdiff(rows[:, 1:], rows[:, :-1]), np.uint8)
    return _sums(change.astype(np.float32)) * (UNIT / np.float32(change.shape[1]))


def _edges(fresh: Levels, maps: _Regions) -> dict[str, Floats]:
    """Mean change of ink inside along four directions: strokes have many edges, fills few."""
    size = maps.block.stop - maps.block.start
    wider = slice(maps.block.start, maps.block.stop + 1)
    ink = fresh[:, wider, wider].reshape(len(fresh), -1)
    weights = np.zeros((size + 1, size + 1), dtype=np.float32)
    weights[:size, :size] = maps.inner[:, 0].reshape(size, size) * UNIT
    right, below = 1, size + 1
    result = {}
    for name, one, other in (
        ("edges_x", right, 0),
        ("edges_y", below, 0),
        ("edges_down", below + right, 0),
        ("edges_up", right, below),
    ):
        last = ink.shape[1] - max(one, other)
        step = np.asarray(cv2.absdiff(ink[:, one : one + last], ink[:, other : other + last]), np.uint8)
        result[name] = step.astype(np.float32) @ weights.ravel()[:last]
    return result


def _streaks(windows: Levels, fresh: Levels) -> dict[str, Floats]:
    """Strongest line that runs through the box and both margins, downwards and across."""
    side = windows.shape[1]
    line = (np.arange(side) + 0.5 - side / 2) / CELLS
    margin = int((line < -MARGIN_INNER).sum())
    middle = np.flatnonzero(np.abs(line) < 0.38)
    inner = slice(int(middle[0]), int(middle[-1]) + 1)
    size = inner.stop - inner.start
    sides = np.zeros((2, side), dtype=np.float32)
    sides[0, :margin], sides[1, -margin:] = 1.0, 1.0
    through = fresh[:, inner, inner].astype(np.float32)
    ends = (windows[:, :margin, inner], windows[:, -margin:, inner])
    down = [np.einsum("ijk->ik", end.astype(np.float32)) for end in ends]
    rows = windows[:, inner].astype(np.float32).reshape(-1, side)
    across = [(rows @ edge).reshape(-1, size) for edge in sides]
    share = np.float32(margin / size)
    return {
        "streak_column": _through(down, np.einsum("ijk->ik", through) * share) * (UNIT / margin),
        "streak_row": _through(across, np.einsum("ijk->ij", through) * share) * (UNIT / margin),
    }


def _through(ends: Sequence[Floats], middle: Floats) -> Floats:
    """(n,) strongest of the lines (n, k) whose ink, ``middle``, goes on beyond both ``ends``, (n, k) each."""
    lines = middle
    for end in ends:
        lines = np.minimum(lines, cv2.dilate(end, np.ones((1, 3), dtype=np.uint8)))
    return np.asarray(np.ascontiguousarray(lines.T).max(axis=0), dtype=np.float32)
