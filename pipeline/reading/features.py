"""What is measured of every box of a page: ink inside, on and around it, as a table of numbers.

All measures are taken from one stack of ink windows, 1.8 boxes wide, on which the print of the
page's own blank boxes is masked; products of that stack with a few fixed region maps, no loop over
boxes. They are stored as float16, and every decision is made from the stored values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.blanks import Blanks, find_blanks, inside_mask, thick
from pipeline.reading.boxes import FINE_EXTENT, STRAY_GAIN, crop, find_boxes, settle, size_classes
from pipeline.reading.neighbours import ink_far_out
from pipeline.reading.registered import Registered
from pipeline.reading.sampling import (
    CELLS,
    Floats,
    Frames,
    contrast_of,
    frame_boxes,
    grid,
    halve,
    ink_of,
    paper_levels,
    sample,
    shaded_paper,
    shrink,
)

SECTORS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")

FEATURES: tuple[str, ...] = (
    "ink",  # mean ink inside the box, print included
    "blank",  # mean ink inside the blank box of its kind
    "free",  # share of the inside that holds no print
    "fresh",  # mean ink that is not print, over the free inside
    "core",  # the same over the middle quarter of the box
    "gain",  # ink minus blank, signed: print that is a little off cancels out
    "peak",  # mean of the darkest tenth of the free inside
    "solid",  # share of the inside that is inked, print included
    "depth",  # mean ink of the freshly inked cells inside: how dark the mark is
    "light",  # ink of the lightest of the sixteen cells: low where a fill has a hole
    *(f"cell_{row}{column}" for row in range(4) for column in range(4)),  # fresh ink, 4 x 4 inside
    *(f"ring_{sector}" for sector in SECTORS),  # fresh ink around the border, eight sectors
    *(f"far_{sector}" for sector in SECTORS),  # ink farther out, not in other boxes, eight sectors
    "border_more",  # fresh ink on the border
    "border_less",  # share of the printed border that is missing
    "arm_down",  # fresh ink along the diagonal from top left
    "arm_up",  # fresh ink along the diagonal from bottom left
    "side_n",  # fresh ink in the four triangles between the diagonals
    "side_e",
    "side_s",
    "side_w",
    "edges_x",  # mean change of fresh ink from cell to cell, to the right
    "edges_y",  # the same, downwards
    "edges_down",  # the same, along the diagonal to bottom right
    "edges_up",  # the same, along the diagonal to top right
    "streak_column",  # ink of the strongest line that crosses the box and both margins, downwards
    "streak_row",  # the same, across
    "likeness",  # correlation with the blank box
    "response",  # how clearly the outline was found, with its neighbours
    "moved",  # displacement from the layout's place, in boxes
    "print",  # ink of the page's own printed outlines
    "speckle",  # ink of single cells on bare paper around: dirt and noise
    "paper",  # paper level, 0 to 1
)

MARGIN_INNER, MARGIN_OUTER = 0.62, 0.96
FIRM_REACH_MM = 1.3
"""How far boxes may lie from where our own corner marks put them: curled paper, an uneven feed."""
"""The ring outside the border, in boxes from the centre."""
BORDER_INNER, BORDER_OUTER = 0.41, 0.59
INKED = 0.22
"""Fresh ink of a cell that counts as inked."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Measures of all boxes of a page."""

    features: NDArray[np.float16]
    """(n, len(FEATURES)), in the order of the page layout's boxes."""
    places_px: NDArray[np.float32]
    """(n, 4): centre x, centre y, width, height in the upright picture."""
    rms_mm: float
    """Root mean square of the boxes' displacements from the layout."""
    notes: tuple[str, ...] = ()
    """What was odd about the page's boxes, in words."""


def measure_boxes(registered: Registered) -> Measured:
    """Re-find and measure every box of a registered page.

    Parameters
    ----------
    registered
        The upright picture with its map from layout units to pixels.

    Returns
    -------
    Measured
        One row of features for each box of ``registered.page``.
    """
    boxes = registered.page.boxes
    if not boxes:
        empty = np.zeros((0, len(FEATURES)), dtype=np.float16)
        return Measured(features=empty, places_px=np.zeros((0, 4), dtype=np.float32), rms_mm=0.0)
    expected = frame_boxes(registered.matrix, boxes)
    gray, frames, factor = shrink(registered.gray, expected)
    half = halve(gray)
    quarter = halve(half)
    paper = paper_levels(quarter, frames.scaled(0.25), registered.px_per_mm / factor / 4.0)
    contrast = contrast_of(gray)
    seen = _see(gray, frames, registered.page, paper, contrast, _reach(registered, expected))
    table = _table(seen.windows, seen.blanks, registered.page)
    table.update(ink_far_out(half, seen.frames, seen.paper, contrast))
    table["likeness"], table["response"], table["moved"] = seen.likeness, seen.response, seen.moved
    table["paper"] = seen.paper / 255.0
    final = seen.frames.scaled(float(factor))
    away = np.hypot(*(final.centres - expected.centres).T) / max(registered.px_per_mm, 1e-6)
    return Measured(
        features=np.stack([table[name] for name in FEATURES], axis=1).astype(np.float16),
        places_px=np.concatenate([final.centres, final.sizes_px], axis=1).astype(np.float32),
        rms_mm=float(np.sqrt(np.mean(away**2))),
        notes=("boxes not seen",) if float(np.median(seen.response)) < 0.05 else (),
    )


def _reach(registered: Registered, expected: Frames) -> Floats | None:
    """How far boxes may be displaced, in boxes; None: no bound but the search's own."""
    if registered.page.anchors.kind != "scangrade":
        return None
    sizes_mm = expected.sizes_px.max(axis=1) / max(registered.px_per_mm, 1e-6)
    return np.asarray(FIRM_REACH_MM / np.maximum(sizes_mm, 1e-6), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """Boxes re-found, each with its ink window."""

    frames: Frames
    windows: Floats
    """(n, side, side), aligned."""
    blanks: Blanks
    paper: Floats
    """(n,) the level that ink was taken against."""
    likeness: Floats
    response: Floats
    moved: Floats
    """(n,) displacement from the layout's place, in boxes."""


def _see(
    gray: NDArray[np.uint8],
    frames: Frames,
    page: PageLayout,
    paper: Floats,
    contrast: float,
    reach: Floats | None,
) -> _Seen:
    """Re-find all boxes: by their neighbourhood, then each by itself, strays by comparison."""
    shapes = np.array([box.shape for box in page.boxes])
    found = find_boxes(gray, frames, shapes.tolist(), paper, contrast, reach)
    classes = size_classes(found.frames, shapes)
    windows, shaded = _windows(gray, found.frames, paper, contrast)
    blanks = find_blanks(windows, page.boxes, classes)
    moves, likeness = settle(windows, blanks.models, blanks.which)
    windows, shifts = crop(windows, moves), (moves / CELLS).astype(np.float32)
    rows = found.strays
    if len(rows):
        elsewhere = found.frames.only(rows).moved(found.stray_shifts)
        other, other_paper = _windows(gray, elsewhere, paper[rows], contrast)
        other_moves, other_likeness = settle(other, blanks.models, blanks.which[rows])
        better = other_likeness > likeness[rows] + STRAY_GAIN
        chosen = rows[better]
        windows[chosen] = crop(other, other_moves)[better]
        shifts[chosen] = (found.stray_shifts + other_moves / CELLS)[better]
        likeness[chosen], shaded[chosen] = other_likeness[better], other_paper[better]
    return _Seen(
        frames=found.frames.moved(shifts),
        windows=windows,
        blanks=find_blanks(windows, page.boxes, classes),
        paper=shaded,
        likeness=likeness,
        response=found.response,
        moved=np.hypot(*(found.shifts + shifts).T).astype(np.float32),
    )


def _windows(
    gray: NDArray[np.uint8], frames: Frames, paper: Floats, contrast: float
) -> tuple[Floats, Floats]:
    """Ink windows at full detail, and the paper level that they were taken against."""
    grays = sample(gray, frames, CELLS, FINE_EXTENT)
    shaded = shaded_paper(grays, paper)
    return ink_of(grays, shaded, contrast), shaded


def _table(windows: Floats, blanks: Blanks, page: PageLayout) -> dict[str, Floats]:
    """Measures by name from aligned ink windows (n, side, side)."""
    count, side, _ = windows.shape
    round_boxes = np.array([box.shape == "circle" for box in page.boxes])
    mask = thick(blanks.models)
    fresh = np.maximum(windows - mask[blanks.which], 0.0)
    # A cell where print covers the paper can show no mark; measures are shares of what is free.
    free = np.clip(1.0 - mask / np.maximum(mask.max(axis=(1, 2), keepdims=True), 0.25), 0.0, 1.0)
    table = {name: np.zeros(count, dtype=np.float32) for name in FEATURES}
    for is_round in (False, True):
        rows = np.flatnonzero(round_boxes == is_round)
        if len(rows):
            maps = _region_maps("circle" if is_round else "square", side)
            part = _measure(windows[rows], fresh[rows], blanks.models, free, blanks.which[rows], maps)
            for name, values in part.items():
                table[name][rows] = values
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Regions:
    inside: NDArray[np.bool_]
    names: tuple[str, ...]
    weights: Floats
    """(cells, regions), each column sums to one."""


_MAPS: dict[tuple[str, int], _Regions] = {}


def _region_maps(shape: str, side: int) -> _Regions:
    """Regions of a window as averaging columns, made once per process."""
    if (shape, side) in _MAPS:
        return _MAPS[shape, side]
    points = grid(CELLS, side / (2 * CELLS))
    x, y = points[:, 0], points[:, 1]
    away = np.hypot(x, y) if shape == "circle" else np.abs(points).max(axis=1)
    inside = inside_mask(shape, side).ravel()
    regions: dict[str, NDArray[np.bool_]] = {
        "inside": inside,
        "core": inside & (np.abs(points).max(axis=1) < 0.2),
        "border": (away > BORDER_INNER) & (away < BORDER_OUTER),
    }
    reach = 0.38 if shape == "square" else 0.33
    column = np.floor((x + reach) / (2 * reach) * 4)
    row = np.floor((y + reach) / (2 * reach) * 4)
    for cell_row in range(4):
        for cell_column in range(4):
            here = (row == cell_row) & (column == cell_column)
            regions[f"cell_{cell_row}{cell_column}"] = here & inside if (here & inside).any() else here
    ring = (away > MARGIN_INNER) & (away < MARGIN_OUTER)
    sector = np.round(np.degrees(np.arctan2(x, -y)) / 45.0) % 8
    for index, name in enumerate(SECTORS):
        regions[f"ring_{name}"] = ring & (sector == index)
    regions["arm_down"] = inside & (np.abs(x - y) < 0.13)
    regions["arm_up"] = inside & (np.abs(x + y) < 0.13)
    off = inside & (np.abs(x - y) > 0.15) & (np.abs(x + y) > 0.15)
    regions["side_n"], regions["side_s"] = off & (y < -np.abs(x)), off & (y > np.abs(x))
    regions["side_e"], regions["side_w"] = off & (x > np.abs(y)), off & (x < -np.abs(y))
    weights = np.stack([region / region.sum() for region in regions.values()], axis=1)
    _MAPS[shape, side] = _Regions(inside=inside, names=tuple(regions), weights=weights.astype(np.float32))
    return _MAPS[shape, side]


def _measure(
    windows: Floats,
    fresh: Floats,
    models: Floats,
    free: Floats,
    which: NDArray[np.intp],
    maps: _Regions,
) -> dict[str, Floats]:
    """Measures of boxes of one shape."""
    count, side, _ = windows.shape
    regions = dict(zip(maps.names, (fresh.reshape(count, -1) @ maps.weights).T, strict=True))
    open_share = dict(zip(maps.names, (free.reshape(len(free), -1) @ maps.weights).T, strict=True))
    share = {name: np.maximum(values[which], 0.2) for name, values in open_share.items()}
    raw = windows.reshape(count, -1)[:, maps.inside]
    new = fresh.reshape(count, -1)[:, maps.inside]
    blank = models.reshape(len(models), -1)
    ink, blank_ink = raw.mean(axis=1), blank[:, maps.inside].mean(axis=1)[which]
    tenth = max(1, new.shape[1] // 10)
    darkest = np.partition(new, new.shape[1] - tenth, axis=1)[:, -tenth:]
    inked = new > INKED
    cells = [name for name in maps.names if name.startswith("cell_")]
    raw_cells = windows.reshape(count, -1) @ maps.weights[:, [maps.names.index(c) for c in cells]]
    border = maps.weights[:, maps.names.index("border")]
    missing = np.maximum(models[which] - windows, 0.0).reshape(count, -1) @ border
    printed = (blank @ border)[which]
    outline = blank[:, border > 0]
    line_ink = np.partition(outline, int(outline.shape[1] * 0.8), axis=1)[:, int(outline.shape[1] * 0.8)]
    ring = np.abs(np.diff(windows[:, :3, :].reshape(count, -1), axis=1))
    table = {
        "ink": ink,
        "blank": blank_ink,
        "free": open_share["inside"][which],
        "fresh": regions["inside"] / share["inside"],
        "core": regions["core"] / share["core"],
        "gain": ink - blank_ink,
        "peak": darkest.mean(axis=1),
        "solid": (raw > INKED).mean(axis=1),
        "depth": (new * inked).sum(axis=1) / np.maximum(inked.sum(axis=1), 1),
        "light": raw_cells.min(axis=1),
        "border_more": regions["border"],
        "border_less": missing / np.maximum(printed, 0.05),
        "print": line_ink[which],
        "speckle": ring.mean(axis=1),
        **{name: regions[name] for name in maps.names if name.startswith("ring_")},
        **{name: regions[name] / share[name] for name in (*cells, "arm_down", "arm_up")},
        **{f"side_{name}": regions[f"side_{name}"] / share[f"side_{name}"] for name in "nesw"},
        **_edges(fresh, maps.inside.reshape(side, side)),
        **_streaks(windows, fresh),
    }
    return {name: np.asarray(values, dtype=np.float32) for name, values in table.items()}


def _edges(fresh: Floats, inside: NDArray[np.bool_]) -> dict[str, Floats]:
    """Mean change of ink inside along four directions: strokes have many edges, fills few."""
    here = fresh[:, :-1, :-1]
    middle = inside[:-1, :-1]
    steps = {
        "edges_x": fresh[:, :-1, 1:] - here,
        "edges_y": fresh[:, 1:, :-1] - here,
        "edges_down": fresh[:, 1:, 1:] - here,
        "edges_up": fresh[:, :-1, 1:] - fresh[:, 1:, :-1],
    }
    return {name: np.abs(step[:, middle]).mean(axis=1) for name, step in steps.items()}


def _streaks(windows: Floats, fresh: Floats) -> dict[str, Floats]:
    """Strongest line that runs through the box and both margins, downwards and across."""
    side = windows.shape[1]
    line = (np.arange(side) + 0.5 - side / 2) / CELLS
    before, after = line < -MARGIN_INNER, line > MARGIN_INNER
    middle = np.abs(line) < 0.38
    result = {}
    for name, axis in (("streak_column", 1), ("streak_row", 2)):
        ink = windows if axis == 1 else windows.transpose(0, 2, 1)
        new = fresh if axis == 1 else fresh.transpose(0, 2, 1)
        parts = [part.mean(axis=1)[:, middle] for part in (ink[:, before], ink[:, after])]
        wide = [np.maximum(np.maximum(p, np.roll(p, 1, 1)), np.roll(p, -1, 1)) for p in parts]
        through = new[:, middle].mean(axis=1)[:, middle]
        result[name] = np.minimum(np.minimum(wide[0], wide[1]), through).max(axis=1)
    return result
