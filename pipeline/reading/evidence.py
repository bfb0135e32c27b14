"""What the trees look at: every box against the page's empty boxes, its writer's marks, its question."""

import numpy as np

from pipeline.model import Marking
from pipeline.reading.boxtable import BoxTable, Flags, Values
from pipeline.reading.levels import ARM, SPECK
from pipeline.reading.page_context import (
    Around,
    Empty,
    PageContext,
    Style,
    clear_marks,
    edges_of,
    level,
    lopsided,
    off_centre,
    same_print,
    unknown_print,
)

PLAIN = (
    "blank", "free", "peak", "solid", "depth", "light", "core", "border_more", "border_less", "likeness",
    "response", "print", "speckle", "streak_column", "streak_row", "veil", "stroke", "holes", "joined",
    "darkness", "own", "defect",
)  # fmt: skip
"""Measures that are taken as they are."""
SORTED_CELLS = (1, 4, 8, 11, 14)
"""Of the sixteen cells inside, ordered by their ink."""
MOST_MARKS = 30
"""More marks of a writer say nothing more."""
TINY = 1e-3

INPUTS: tuple[str, ...] = (
    *PLAIN,
    "evidence",  # ink inside that is not print
    "above_empty",  # the same beyond the page's middle empty box
    "against_low",  # logarithm, against what empty boxes may show
    "against_spread",  # beyond the middle empty box, in spreads of the empty boxes
    "unknown_print",  # print of the page's other boxes that this one is not known to hold
    "above_same",  # beyond the lower boxes that hold the same print
    "peak_above",  # darkest tenth beyond the page's empty boxes
    "arm_least",  # the fainter of the two diagonals
    "arm_most",
    "arm_above",  # the fainter diagonal beyond the page's empty boxes
    "peak_spread",  # both against the spread of the empty boxes
    "arm_spread",
    "side_least",  # ink between the diagonals: least and most of the four sides
    "side_most",
    "lopsided",  # difference of opposite sides, against all four
    "off_centre",  # the same of sides and the ring beyond them: a mark that stands beside its box
    "edges",  # edges per ink
    "edges_along",  # edges of one direction against the others: a single stroke
    *(f"cell_{place}" for place in SORTED_CELLS),
    "ring_mean",  # ink around the border beyond what is usual there
    "ring_most",
    "ring_inked",  # sectors of it that hold ink
    "ring_least",
    "ring_opposite",  # the fainter of the strongest two opposite sectors: a line through
    "far_mean",  # ink farther out
    "far_most",
    "typical",  # the writer's marks: middle ink, spread, how many
    "typical_spread",
    "marks",
    "against_typical",  # logarithm of ink against the writer's middle mark; 0 without marks
    "against_depth",  # darkness, solidity and so on against the writer's middle mark
    "against_solid",
    "against_light",
    "against_core",
    "against_edges",
    "against_outside",
    "other_most",  # most ink of the question's other boxes, beyond empty
    "against_other",  # logarithm of ink against it
    "peak_against_other",  # darkest tenth, and fainter diagonal, beyond those of the other boxes
    "arm_against_other",
    "others_inked",  # other boxes of the question that hold ink
    "options",  # boxes of the question
    "one_asked",
    "near_most",  # most ink of the neighbours
    "spill",  # ink at the side of the inkiest neighbour
    "page_inked",  # share of the page's boxes that hold ink
    "page_broken",  # of those, the share that hold less than a mark: a scanner loses marks
    "page_answered",  # share of the page's boxes whose question has a clear mark
    "empty_spread",
    "bilevel",
    "round",
    "fill",  # whether boxes are to be filled
)


def inputs(context: PageContext) -> Values:
    """What the trees look at, for each box of a page, or of many alike.

    Returns
    -------
    (n, len(INPUTS)) float32, columns as ``INPUTS`` names them, each in one piece of memory.
    """
    table, empty, style, around = context.table, context.empty, context.style, context.around
    columns: dict[str, Values | Flags] = {name: table[name] for name in PLAIN}
    columns |= _amounts(table, empty)
    columns |= _shapes(table, around)
    columns |= _outside(around)
    columns |= _against_style(table, style, around)
    columns |= _question(table, empty)
    columns |= {
        "empty_spread": empty.spread,
        "bilevel": table.bilevel,
        "round": table.plan.round,
        "fill": table.has(Marking.FILL),
    }
    made = np.empty((len(INPUTS), len(table)), dtype=np.float32)
    for index, name in enumerate(INPUTS):
        made[index] = columns[name]
    return made.T


def _log_ratio(values: Values, against: Values) -> Values:
    return np.asarray(np.log((values + TINY) / (against + TINY)), np.float32)


def _amounts(table: BoxTable, empty: Empty) -> dict[str, Values | Flags]:
    ink = table.evidence
    above = ink - empty.middle
    peak, peak_spread = _beyond(table, table["peak"], 2 * SPECK)
    arm, arm_spread = _beyond(table, np.minimum(table["arm_down"], table["arm_up"]), 2 * ARM)
    field = table.plan.field
    return {
        "evidence": ink,
        "above_empty": above,
        "against_low": _log_ratio(ink, empty.low),
        "against_spread": above / (empty.spread + 0.01),
        "unknown_print": unknown_print(table),
        "above_same": ink - same_print(table, empty),
        "peak_above": peak,
        "peak_spread": peak_spread,
        "peak_against_other": peak - field.others(peak),
        "arm_above": arm,
        "arm_spread": arm_spread,
        "arm_against_other": arm - field.others(arm),
    }


def _beyond(table: BoxTable, values: Values, jump: float) -> tuple[Values, Values]:
    """Values beyond those of the page's empty boxes: as they are, and in spreads of the empty boxes."""
    middle, spread = level(table, values, jump)
    above = values - middle
    return above, above / (spread + 0.005)


def _shapes(table: BoxTable, around: Around) -> dict[str, Values | Flags]:
    cells = table.each("cell_", (f"{row}{column}" for row in range(4) for column in range(4))).T.copy()
    cells.sort(axis=1)
    sides, edges = table.each("side_", "nesw"), table.each("edges_", ("x", "y", "down", "up"))
    return {
        "arm_least": np.minimum(table["arm_down"], table["arm_up"]),
        "arm_most": np.maximum(table["arm_down"], table["arm_up"]),
        "side_least": sides.min(axis=0),
        "side_most": sides.max(axis=0),
        "lopsided": lopsided(sides),
        "off_centre": off_centre(table, around),
        "edges": edges_of(table),
        "edges_along": edges.max(axis=0) / (edges.min(axis=0) + 0.01),
        **{f"cell_{place}": cells[:, place] for place in SORTED_CELLS},
    }


def _outside(around: Around) -> dict[str, Values | Flags]:
    ring, far = around.ring, around.far
    return {
        "ring_mean": ring.mean(axis=1),
        "ring_most": ring.max(axis=1),
        "ring_inked": (ring > 0.06).sum(axis=1).astype(np.float32),
        "ring_least": ring.min(axis=1),
        "ring_opposite": np.minimum(ring[:, :4], ring[:, 4:]).max(axis=1),
        "far_mean": far.mean(axis=1),
        "far_most": far.max(axis=1),
    }


def _against_style(table: BoxTable, style: Style, around: Around) -> dict[str, Values | Flags]:
    known = style.count > 0
    return {
        "typical": style.typical,
        "typical_spread": style.spread,
        "marks": np.minimum(style.count, MOST_MARKS),
        "against_typical": np.where(known, _log_ratio(table.evidence, style.typical), 0.0),
        "against_depth": np.where(known, table["depth"] - style.depth, 0.0),
        "against_solid": np.where(known, table["solid"] - style.solid, 0.0),
        "against_light": np.where(known, table["light"] - style.light, 0.0),
        "against_core": np.where(known, table["core"] - style.core, 0.0),
        "against_edges": np.where(known, edges_of(table) - style.edges, 0.0),
        "against_outside": around.ring.mean(axis=1) - style.outside,
    }


def _question(table: BoxTable, empty: Empty) -> dict[str, Values | Flags]:
    plan = table.plan
    above = np.maximum(table.evidence - empty.middle, 0.0)
    other = plan.field.others(above)
    inked = table.evidence > empty.low
    clear = clear_marks(table, empty)
    on_page = table.count_on_page(inked)
    near = above.take(plan.nearest.T)
    return {
        "other_most": other,
        "against_other": _log_ratio(above, other),
        "others_inked": (plan.field.count(inked) - inked).astype(np.float32),
        "options": plan.field.sizes[plan.field.of_box].astype(np.float32),
        "one_asked": plan.one_asked,
        "near_most": near.max(axis=0, initial=0.0),
        "page_inked": on_page / max(table.on_page, 1),
        "page_broken": table.count_on_page(inked & ~clear) / np.maximum(on_page, 3),
        "page_answered": table.count_on_page(plan.field.count(clear) > 0) / max(table.on_page, 1),
        "spill": _spill(table),
    }


def _spill(table: BoxTable) -> Values:
    """Ink of the neighbour beside the box's inkiest side, where that side is inked most."""
    beyond = table.each("ring_", "nesw")
    return np.asarray((table.each("side_", "nesw") * beyond).max(axis=0) / (table["core"] + 0.02), np.float32)
