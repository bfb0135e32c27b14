"""The plain opinion: how much ink is in a box, against the page's empty boxes and the writer's marks.

It compares each box with others of its own page and student, and has seen no simulated mark; so it
holds on paper of any print. What it is not sure of, it leaves open.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.model import Marking
from pipeline.reading.boxtable import Flags, Rows, Values
from pipeline.reading.empties import TAIL
from pipeline.reading.page_context import ENOUGH, LEAST_MARK, PageContext, level

EMPTY, MARKED, CANCELLED, UNSURE = range(4)
SURE = 0.95
"""Least probability with which a state is held."""
FEW_MARKS = 5
"""With fewer marks of a writer they say less about the others."""
LEAST_RELATIVE = 0.45
"""Ink of a mark against the writer's middle mark, where the writer's marks are alike."""
SPECK = 0.12
"""What the darkest tenth of a clean box may show beyond the page's empty boxes."""
ARM = 0.035
"""What both diagonals of a clean box may show beyond the page's empty boxes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opinion:
    """What the amount of ink says of each box; arrays (n,)."""

    state: Rows
    """EMPTY, MARKED, CANCELLED or UNSURE."""
    chance: Values
    """Probability of ink that is a mark, whether it counts or is undone."""


def opinion(page: PageContext) -> Opinion:
    """Judge every box of a page by its ink."""
    table = page.table
    chance = _chance(table.evidence, page.empty.low, _high_levels(page))
    inked, sure = chance > 1.0 - SURE, chance >= SURE
    undo = table.has(Marking.CROSS_UNDO)
    cross, filled = _undo(page)
    state = np.where(inked | traces(page), UNSURE, EMPTY)
    state[sure & (cross | ~undo)] = MARKED
    state[sure & undo & filled] = CANCELLED
    return Opinion(state=state, chance=chance)


def _high_levels(page: PageContext) -> Values:
    """Evidence from which a box is clearly marked, (n,)."""
    style = page.style
    alike = np.minimum(LEAST_RELATIVE, np.exp(-2.5 * style.spread)) * style.typical
    by_style = np.where(style.count >= FEW_MARKS, alike, 0.3 * style.typical)
    by_style = np.where(style.count == 0, 1.5 * LEAST_MARK, by_style)
    return np.asarray(np.maximum(np.maximum(2.2 * page.empty.low, LEAST_MARK), by_style), np.float32)


def _chance(ink: Values, low: Values, high: Values) -> Values:
    """Probability of a mark: 0.04 at ``low``, 0.96 at ``high``, by the logarithm of the ink."""
    middle = 0.5 * (np.log(low) + np.log(high))
    half = np.maximum(0.5 * (np.log(high) - np.log(low)), 0.1)
    steep = np.log(0.96 / 0.04)
    odds = np.clip(steep * (np.log(ink + 1e-4) - middle) / half, -30.0, 30.0)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)


def traces(page: PageContext) -> Flags:
    """Boxes whose darkest tenth, or whose two diagonals, show more than the page's empty boxes.

    Says nothing where many boxes hold print that the layout does not tell of.
    """
    table = page.table
    arms = np.where(table.printed, 0.0, np.minimum(table["arm_down"], table["arm_up"]))
    found = np.zeros(len(table), dtype=bool)
    pool = table.plan.pool
    for values, margin in ((table["peak"], SPECK), (np.asarray(arms, np.float32), ARM)):
        middle, spread = level(table, values, 2 * margin)
        ordered = pool.ordered(values)
        most = ordered[np.arange(len(ordered)), ((pool.sizes - 1) * 0.6).astype(np.intp)]
        plain = ((pool.sizes < ENOUGH) | (most < 0.5 * margin))[pool.of_box]
        found |= plain & (values > middle + TAIL * spread + margin)
    return found


def _undo(page: PageContext) -> tuple[Flags, Flags]:
    """For cross-undo: clearly a cross, clearly filled; (n,) each."""
    table = page.table
    arms = np.maximum(table["arm_down"], table["arm_up"])
    between = np.minimum.reduce([table[f"side_{side}"] for side in "nesw"])
    cross = (table["light"] < 0.1) & (table["solid"] < 0.58) & (between < 0.35 * arms)
    filled = (table["light"] > 0.15) & (table["solid"] > 0.66) & (between > 0.45 * arms)
    return np.asarray(cross), np.asarray(filled)
