"""The second key: what speaks against a state, in plain words.

Whatever the trees say, a box is doubtful when one of these holds. Each is a thing that a person sees
at a glance, and each has the word that stands among the flags of ``marks.csv``.
"""

import numpy as np

from pipeline.model import Marking
from pipeline.reading.boxtable import PRINTED, Flags, Values
from pipeline.reading.page_context import (
    JUMP,
    LEAST_MARK,
    LEAST_OF_KIND,
    PageContext,
    bare_kinds,
    lower_range,
    lower_share,
)
from pipeline.reading.quality_defects import DEFECT_WORDS

FEW_MARKS = 5
"""With fewer marks of a writer they say less about the others."""
MOST_RELATIVE, FILLED_RELATIVE = 1.75, 2.5
"""Ink of a mark against the writer's middle mark, where the writer's marks are alike: more than they
vary, and a box that was filled by somebody who fills no other."""
SCRIBBLE = 0.06
"""Mean ink around a box, beyond twice what the writer's marks leave there, when it is scribbled out."""
BESIDE_NEAR, BESIDE_FAR = 0.035, 0.0145
"""Ink in one of eight sectors, near the border or farther out, that may be something written."""
CIRCLED_SECTORS = 6
"""Sectors of eight around a box that a circle inks."""
STRAY_NEAR, STRAY_FAR, STRAY_BOTH = 0.2, 0.08, 0.16
"""The same beside the boxes of a question without a mark, where less says more; and of both together."""
STRONG_DEFECT = 0.03
"""Ink of a defect that makes a reading unsafe whatever is in the box."""
FAINT_FILL, FAINT_STROKE = 0.42, 0.09
"""Middle evidence of marks that a bilevel scan has begun to delete."""
LOST_FILL, LOST_STROKE = 0.35, 0.06
"""The same of marks of which it has deleted many."""
MOST_BARE = 0.4
"""Share of a pale bilevel page's questions without a mark, before all their boxes are distrusted."""
HALF_FILLED, WEAK = 1.6, 0.6
"""Ink against the writer's middle mark: more than a cross leaves, less than a mark does."""
STRUCK_BESIDE, STRUCK_INSIDE = 0.02, 0.2
"""Ink at both opposite sides of a box, or along a straight line in it, that a line through it leaves."""
GAP, GAP_WIDE = 0.02, 0.03
"""Ink at both sides of the boxes of a question, close to them or also farther out, that a line leaves."""
STRUCK_FIELDS = (3, 9)
"""Boxes of the shortest and of the longest question that is looked at for a line through all of them."""
PALE_CHANCE = (0.002, 0.006)
"""Probability of a mark up to which a box of a pale writer is empty, and from which it never is."""
PALEST = 0.0003
"""The same of a writer of whom no mark is clear."""
PALE_OUTLINE, MUCH_DARKER = 0.12, 5.0
"""Ink that an outline may leave in every box, and how much darker than that a mark is."""
MOST_BROKEN, MOST_RUINED = 0.25, 0.5
"""Share of a bilevel page's inked boxes that may be unclear, before blanks are distrusted too; and before
everything that is not marked is."""


def streaked(page: PageContext) -> Flags:
    """A line runs straight through the box and both of its margins, and is most of the ink."""
    line = np.maximum(page.table["streak_column"], page.table["streak_row"])
    return np.asarray((line > 0.3) & (page.table.evidence < 0.35))


def struck(page: PageContext) -> Flags:
    """A line runs through all boxes of a question, or all but one: the writer takes it back.

    Such a line leaves little ink in each box, and would be outshone by the question's mark. Print beside
    boxes is no line: what most boxes of the page show there is left out.
    """
    table, plan = page.table, page.table.plan
    size = plan.field.sizes[plan.field.of_box]
    shortest, longest = STRUCK_FIELDS
    inked = (table.evidence > page.empty.low) & (size >= shortest) & (size <= longest)
    found = np.zeros(len(table), dtype=bool)
    for ends, line in (("we", "streak_row"), ("ns", "streak_column")):
        sides = table.each("ring_", ends)
        beyond = (sides - plan.kind.median(sides).take(plan.kind.of_box, axis=1)).min(axis=0)
        through = inked & ((beyond > STRUCK_BESIDE) | (table[line] > STRUCK_INSIDE))
        found |= plan.field.count(through) >= np.maximum(size - 1, shortest)
    return np.asarray(found)


def struck_around(page: PageContext) -> Flags:
    """The same by a line above, below or on the border of the boxes: ink in every gap between them.

    Only of use for marked boxes: nothing else in such a question is a mark. A mark leaves ink at one
    side of its box, or around it; a line through a question goes on at both sides of every one.
    """
    table, plan, around = page.table, page.table.plan, page.around
    size = plan.field.sizes[plan.field.of_box]
    shortest, longest = STRUCK_FIELDS
    found = np.zeros(len(table), dtype=bool)
    for ink, least in ((around.ring, GAP), (np.maximum(around.ring, around.far), GAP_WIDE)):
        # clockwise from the top: right and left of boxes that lie beside each other, else above and below
        right, left = ink[:, [1, 2, 3]].max(axis=1), ink[:, [5, 6, 7]].max(axis=1)
        above, below = ink[:, [7, 0, 1]].max(axis=1), ink[:, [3, 4, 5]].max(axis=1)
        one, other = np.where(plan.lying, right, above), np.where(plan.lying, left, below)
        every = plan.field.count(np.maximum(one, other) > least) == size
        found |= every & (plan.field.count(np.minimum(one, other) > least) >= size - 1)
    return np.asarray(found & (size >= shortest) & (size <= longest) & ~plan.grid)


def hidden(page: PageContext) -> Flags:
    """An empty box must show its outline, where the page's boxes do."""
    table = page.table
    seen = (table.plan.kind.median(table["likeness"]) > 0.6)[table.plan.kind.of_box]
    around = page.around.ring.max(axis=1) > 0.3
    lost = (table["border_less"] > 0.6) & (table["likeness"] < 0.3)
    lost |= (table["border_less"] > 0.5) & (table["likeness"] < 0.4) & around
    return np.asarray(seen & lost)


def circled(page: PageContext) -> Flags:
    """Ink all around; where boxes are filled, a fill that overshoots is no circle."""
    ring = page.around.ring
    closed = (ring > 0.06).sum(axis=1) >= CIRCLED_SECTORS
    # A wide circle leaves the corners of the ring; it is thin there, and all around all the same.
    closed |= ((ring > 0.025).sum(axis=1) >= CIRCLED_SECTORS + 1) & (ring.mean(axis=1) > 0.04)
    fill = page.table.has(Marking.FILL)
    return np.asarray(closed & ~(fill & (ring.mean(axis=1) < 0.6 * page.table.evidence)))


def scribbled(page: PageContext) -> Flags:
    """Much more ink outside the box than this writer's marks leave there."""
    return np.asarray(page.around.ring.mean(axis=1) > 2.0 * page.style.outside + SCRIBBLE)


def spilled(page: PageContext) -> Flags:
    """The ink hangs together with something outside: all of it at one side, much beyond it."""
    table = page.table
    sides, outside = table.each("side_", "nesw"), page.around.ring.T[::2]
    side, boxes = sides.argmax(axis=0), np.arange(len(table))
    lopsided = sides[side, boxes] > 3.0 * np.maximum(table["core"], 0.01)
    return np.asarray(lopsided & (outside[side, boxes] > 0.25))


def solid(page: PageContext, least: float = MOST_RELATIVE) -> Flags:
    """Much more ink than this writer's marks hold, where they are alike: ``least`` times as much."""
    style = page.style
    reach = np.maximum(least, np.exp(2.5 * style.spread))
    return np.asarray((style.count >= FEW_MARKS) & (page.table.evidence > reach * style.typical))


def partial(page: PageContext) -> Flags:
    """Only a small part of a box that is to be filled is inked, unlike the writer's others."""
    table, style = page.table, page.style
    usual = np.where(style.count >= FEW_MARKS, style.typical, 0.5)
    return np.asarray((table["light"] < 0.02) & (table["solid"] < 0.3) & (table.evidence < 0.5 * usual))


def written_beside(page: PageContext) -> Flags:
    """Something may be written next to an undone box: little is enough, few boxes are undone."""
    near = (page.around.ring > BESIDE_NEAR).any(axis=1)
    return np.asarray(near | (page.around.far > BESIDE_FAR).any(axis=1))


def defects(page: PageContext, sure: Flags) -> dict[str, Flags]:
    """Boxes that a defect of the scan crosses, by the word for it.

    A pale streak through a box that is plainly empty or plainly marked needs no person; ``sure`` says
    which are.
    """
    table = page.table
    if not table["defect"].any():
        return {}
    unsafe = (table["defect"] >= STRONG_DEFECT) | ((table["defect"] > 0) & ~sure)
    kinds = table["defect_kind"].astype(np.intp)
    return {
        word: np.asarray(unsafe & (kinds == number))
        for number, word in enumerate(DEFECT_WORDS)
        if number and (unsafe & (kinds == number)).any()
    }


def missed_beside(page: PageContext, marked: Flags) -> Flags:
    """Ink beside a box, in a question that asks for one mark and has none.

    Parameters
    ----------
    page
        The page and its context.
    marked
        (n,) boxes that hold a sure mark.
    """
    plan, around = page.table.plan, page.around
    unanswered = plan.one_asked & (plan.field.count(marked) == 0)
    near = around.ring.max(axis=1) > STRAY_NEAR
    far = (around.far.max(axis=1) > STRAY_FAR) & ~plan.grid
    both = ((around.ring + around.far).max(axis=1) > STRAY_BOTH) & ~plan.grid
    return np.asarray(unanswered & (near | far | both))


def faded(page: PageContext, marked: Flags) -> Flags:
    """Bilevel page, faint marks, or none at all: a question without any mark may have lost it.

    Parameters
    ----------
    page
        The page and its context.
    marked
        (n,) boxes that hold a sure mark.
    """
    table, ink, one = page.table, page.table.evidence, page.table.plan.one_asked
    if not table.bilevel.any():
        return np.zeros(len(table), dtype=bool)
    bare = table.plan.field.count(marked) == 0
    some, many, most = _deleted(page, marked)
    most |= some & (table.count_on_page(one & bare) > MOST_BARE * table.count_on_page(one))
    # What is left of a lost mark, or every box where nothing is left.
    left = ink >= 0.3 * np.maximum(table.plan.field.others(ink), ink)
    asked = bare & left & ((one & (some | most)) | many)
    # Where any number of marks may be right, a blank says less: whole pages are asked where most is deleted.
    return np.asarray(table.bilevel & ~marked & (asked | (most & ~one)))


def _deleted(page: PageContext, marked: Flags) -> tuple[Flags, Flags, Flags]:
    """(n,) each: of the page's marks, or the writer's, some may be deleted, or many, or most of them."""
    table, style = page.table, page.style
    fill, known = table.has(Marking.FILL), style.count > 0
    remains = table.count_on_page((table.evidence > page.empty.low) & ~marked)
    inked = np.maximum(remains + table.count_on_page(marked), 1)
    faint = known & (style.typical < np.where(fill, FAINT_FILL, FAINT_STROKE))
    many = known & (style.typical < np.where(fill, LOST_FILL, LOST_STROKE))
    some = faint | (remains > MOST_BROKEN * inked)
    return np.asarray(some), np.asarray(many), np.asarray(~known | (remains > MOST_RUINED * inked))


def half_filled(page: PageContext) -> Flags:
    """Bilevel page, much more ink than the writer's crosses hold: maybe undone, with half of it deleted."""
    style, table = page.style, page.table
    more = (style.count >= FEW_MARKS) & (table.evidence > HALF_FILLED * style.typical)
    return np.asarray(more & table.bilevel & table.has(Marking.CROSS_UNDO))


def printed_through(page: PageContext) -> Flags:
    """Bilevel page with letters in its boxes, of which many come through in a darker part of the page."""
    table = page.table
    weak = (table.evidence > page.empty.low) & (table.evidence < WEAK * page.style.typical)
    inked = table.count_on_page(table.evidence > page.empty.low)
    return np.asarray(
        table.bilevel
        & (table.printed | ~table.plan.bare)
        & weak
        & (table.count_on_page(weak) > MOST_BROKEN * inked)
    )


def paling(page: PageContext, marked: Flags, unsure: Flags, chance: Values) -> Flags:
    """Grey page, hardly any clear mark among many unclear ones: a blank may hold one that is paler still.

    Parameters
    ----------
    page
        The page and its context.
    marked
        (n,) boxes that hold a sure mark.
    unsure
        (n,) boxes of which the trees or the levels of ink are not sure.
    chance
        (n,) probability of a mark.

    Returns
    -------
    (n,) the likelier boxes of the questions that may want another mark.
    """
    table, field = page.table, page.table.plan.field
    count = table.count_on_page(unsure)
    many = (count >= FEW_MARKS) & (count > MOST_BROKEN * table.count_on_page(unsure | marked))
    open_still = (field.count(marked) == 0) | ~table.plan.one_asked
    # Of a writer without one clear mark, next to nothing may be a mark.
    least = np.where(page.style.count == 0, PALEST, np.clip(0.5 * field.others(chance), *PALE_CHANCE))
    likely = chance >= least
    return np.asarray(many & open_still & likely & ~table.bilevel)


def without_empty(page: PageContext) -> Flags:
    """Boxes of kinds of which nobody can tell what an empty one looks like.

    Either most or all of them are marked, or the paper prints in them what the layout does not tell of.
    Where some are much darker than the others, it is those that are marked.
    """
    table, kind, pool = page.table, page.table.plan.kind, page.table.plan.pool
    ink, count = table.evidence, len(kind.sizes)
    bare, enough = bare_kinds(table), pool.sizes >= LEAST_OF_KIND
    ordered, reach = lower_range(pool, ink, np.where(bare, np.inf, JUMP))
    last = ((pool.sizes - 1) * lower_share(pool)).astype(np.intp)
    rows, jumps = np.arange(count), reach < last
    least, above = ordered[:, 0], np.where(jumps, ordered[rows, reach], -1.0)
    common = kind.ordered(np.where(table.plan.bare, np.float32(0.0), table["blank"]))
    most, inked = common[rows, kind.sizes - 1], kind.ordered(ink)[rows, kind.sizes - 1]
    unknown = (common[:, 0] == most) & (most > 2 * PRINTED)
    told = inked > 2.2 * kind.ordered(page.empty.low)[rows, kind.sizes - 1]
    apart = (least < PALE_OUTLINE) & (inked > MUCH_DARKER * least)
    lost = np.where(bare, (least > LEAST_MARK) & ~apart, ~told & (jumps | unknown | (least > LEAST_MARK)))
    beyond = np.where(bare, -1.0, above)
    return np.asarray((enough & lost)[kind.of_box] & (ink > beyond[kind.of_box]))
