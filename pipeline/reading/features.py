"""What is measured of every box of a page: ink inside, on and around it, as a table of numbers.

All measures are taken from one stack of ink windows, two boxes wide, on which the print of the
page's own blank boxes is masked; products of that stack with a few fixed region maps, no loop over
boxes. They are stored as float16, and every decision is made from the stored values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.reading.blanks import Blanks, find_blanks
from pipeline.reading.boxes import FINE_EXTENT, OWN_REACH, STRAY_GAIN, crop, find_boxes, settle
from pipeline.reading.image import View
from pipeline.reading.measures import SECTORS, measure_windows
from pipeline.reading.neighbours import ink_far_out
from pipeline.reading.page_boxes import SizeClass, page_boxes
from pipeline.reading.registered import Registered
from pipeline.reading.sampling import (
    CELLS,
    Floats,
    Frames,
    Levels,
    contrast_of,
    ink_levels,
    paper_levels,
    place_boxes,
    sample,
    shaded_paper,
    shrunk_by,
)

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
    "veil",  # fresh ink that 70 % of the inside exceeds: what an eraser leaves, or a smear
    "stroke",  # width of the strokes inside, in boxes; 0 without ink
    "holes",  # paper that ink encloses, in boxes of area: a circle, a zero, a new box
    "joined",  # share of the ink outside the border that hangs together with ink inside
    "darkness",  # depth against the page's own print
    "own",  # distance from where the neighbours put the box, in boxes
    "defect",  # mean ink that defects of the scan add to the box or hide in it
    "defect_kind",  # number in quality_defects.DEFECT_WORDS of the strongest; 0: none
)

FIRM_REACH_MM = 1.3
"""How far boxes may lie from where our own corner marks put them: curled paper, an uneven feed."""

FEW_MOVED = 0.03
"""Share of the boxes that may have moved by themselves while the blank boxes stay as they were."""


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
    if not registered.page.boxes:
        empty = np.zeros((0, len(FEATURES)), dtype=np.float16)
        return Measured(features=empty, places_px=np.zeros((0, 4), dtype=np.float32), rms_mm=0.0)
    boxes = page_boxes(registered.layout.hash, registered.page)
    expected = place_boxes(registered.matrix, boxes.centres, boxes.sizes)
    factor = shrunk_by(expected)
    frames = expected.scaled(1.0 / factor)
    view = registered.view or View(registered.gray)
    gray, half, quarter = (view.small(factor * more) for more in (1, 2, 4))
    paper = paper_levels(quarter, frames.scaled(0.25), registered.px_per_mm / factor / 4.0)
    pictures = _Pictures(gray=gray, half=half, contrast=contrast_of(gray))
    seen = _see(pictures, frames, boxes.classes, paper, _reach(registered, expected))
    table = measure_windows(seen.windows, seen.blanks, boxes.classes)
    table.update(ink_far_out(half, seen.frames, boxes.ring, seen.paper, pictures.contrast))
    table["likeness"], table["response"] = seen.likeness, seen.response
    table["moved"], table["own"], table["paper"] = seen.moved, seen.own, seen.paper / np.float32(255.0)
    final = seen.frames.scaled(float(factor))
    places = np.concatenate([final.centres, final.sizes_px], axis=1).astype(np.float32)
    table["defect"], table["defect_kind"] = registered.defects.weigh(places)
    away = np.hypot(*(final.centres - expected.centres).T) / max(registered.px_per_mm, 1e-6)
    return Measured(
        features=np.stack([table[name] for name in FEATURES], axis=1).astype(np.float16),
        places_px=places,
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
class _Pictures:
    """A page as its boxes need it."""

    gray: NDArray[np.uint8]
    half: NDArray[np.uint8]
    contrast: float
    """How much its ink is strengthened."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """Boxes re-found, each with its ink window."""

    frames: Frames
    windows: Levels
    """(n, side, side), aligned."""
    blanks: Blanks
    paper: Floats
    """(n,) the level that ink was taken against."""
    likeness: Floats
    response: Floats
    moved: Floats
    """(n,) displacement from the layout's place, in boxes."""
    own: Floats
    """(n,) displacement from the neighbours' place, in boxes."""


def _see(
    pictures: _Pictures, frames: Frames, classes: tuple[SizeClass, ...], paper: Floats, reach: Floats | None
) -> _Seen:
    """Re-find all boxes: by their neighbourhood, then each by itself, strays by comparison."""
    windows, shaded = _windows(pictures, frames, paper)
    found = find_boxes(windows, classes, reach)
    away, moved = found.away, np.zeros_like(found.shifts)
    if len(away):
        moved[away] = found.shifts[away]
        frames = frames.moved(moved).resized(found.scale)
        windows[away], shaded[away] = _windows(pictures, frames.only(away), paper[away])
    blanks = find_blanks(windows, classes)
    moves, likeness = settle(windows, blanks.models, blanks.which)
    windows, shifts = crop(windows, moves), (moves / CELLS).astype(np.float32)
    rows = found.strays
    if len(rows):
        elsewhere = frames.only(rows).moved(found.stray_shifts)
        other, other_paper = _windows(pictures, elsewhere, paper[rows])
        other_moves, other_likeness = settle(other, blanks.models, blanks.which[rows])
        better = other_likeness > likeness[rows] + STRAY_GAIN
        chosen = rows[better]
        windows[chosen] = crop(other, other_moves)[better]
        shifts[chosen] = (found.stray_shifts + other_moves / CELLS)[better]
        likeness[chosen], shaded[chosen] = other_likeness[better], other_paper[better]
    if np.count_nonzero(shifts.any(axis=1)) > FEW_MOVED * len(shifts):
        blanks = find_blanks(windows, classes)
    else:
        blanks = blanks.cropped(OWN_REACH)
    return _Seen(
        frames=frames.moved(shifts),
        windows=windows,
        blanks=blanks,
        paper=shaded,
        likeness=likeness,
        response=found.response,
        moved=np.hypot(*(moved + shifts).T).astype(np.float32),
        own=np.hypot(*shifts.T).astype(np.float32),
    )


def _windows(pictures: _Pictures, frames: Frames, paper: Floats) -> tuple[Levels, Floats]:
    """Ink windows at full detail, and the paper level that they were taken against."""
    grays = sample(pictures.gray, frames, CELLS, FINE_EXTENT)
    shaded = shaded_paper(grays, paper)
    return ink_levels(grays, shaded, pictures.contrast), shaded
