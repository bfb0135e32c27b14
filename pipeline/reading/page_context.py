"""What boxes are judged against: the empty boxes of their page, the other marks of their writer.

Pages of many students that share a page of a layout make one pile, which is one table: most of the
time of a single page would go into the calls, not into the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.model import Layout, PageLayout, PageRead
from pipeline.reading.boxtable import (
    NEAREST,
    BoxTable,
    Flags,
    Groups,
    Rows,
    Values,
    box_table,
    numbered,
)
from pipeline.reading.empties import TAIL, last_before_jump
from pipeline.reading.features import FEATURES

CLEAN = 0.02
"""Mean ink that bare paper may show beyond the page's empty boxes."""
CLEAN_BILEVEL = 0.004
"""The same on bilevel pages: what is left of a faint mark is a few specks."""
LEAST_MARK = 0.065
"""Mean ink of the smallest mark that says something about its writer."""
MOST_NOISE = 0.35
"""Empty boxes never look darker than this."""
JUMP = 0.05
"""Least step of the ink from the page's empty boxes to its marks."""
ENOUGH = 20
"""With fewer boxes of a kind, most of them may be marked."""
FEW_SAME = 5
"""With fewer boxes that hold the same print, they may all be marked."""
MOST_LETTER = 0.12
"""More ink than the page's middle empty box is never a letter that was not wholly masked."""
LEAST_OF_KIND = 4
"""With fewer boxes, nothing is said of what an empty one looks like."""

UNKNOWN_OUTSIDE = 0.1
"""Most ink around the boxes of a writer with fewer than three clear marks."""

RING = tuple(index for index, name in enumerate(FEATURES) if name.startswith("ring_"))
FAR = tuple(index for index, name in enumerate(FEATURES) if name.startswith("far_"))

SHAPES = ("depth", "solid", "light", "core", "edges")
"""Measures whose middle over a writer's marks is part of the style; ``edges`` is :func:`edges_of`."""
OF_STYLE = ("typical", "spread", "count", "outside", *SHAPES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Empty:
    """How the page's empty boxes look; all arrays (n,), to each box those of its kind."""

    low: Values
    """Evidence up to which a box looks like an empty one."""
    middle: Values
    """Evidence of the middle empty box."""
    spread: Values
    """How far the empty boxes spread downwards: the noise of the page."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Style:
    """How the writer of each box marks; all arrays (n,)."""

    typical: Values
    """Middle evidence of the writer's clear marks; 0 when there are none."""
    spread: Values
    """Robust standard deviation of its logarithm."""
    count: Values
    """Clear marks of the writer."""
    outside: Values
    """Most ink that they usually leave around their boxes."""
    depth: Values
    """Middle darkness of the marks; 0 when there are none, as for all that follow."""
    solid: Values
    light: Values
    core: Values
    edges: Values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Around:
    """Ink around each box beyond what is usual there, (n, 8) clockwise from the top."""

    ring: Values
    """On and outside the border."""
    far: Values
    """Farther out, other boxes left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageContext:
    """One page, or many alike of different students, with all that their boxes are judged against."""

    table: BoxTable
    empty: Empty
    style: Style
    around: Around


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pile:
    """Scans of one page of a layout."""

    layout: Layout
    page: PageLayout
    reads: Sequence[PageRead]
    students: Sequence[int]
    """Number of the student of each scan, from 0."""

    @classmethod
    def of(cls, pages: Sequence[tuple[PageRead, Layout, PageLayout]], students: Sequence[int]) -> "Pile":
        """Pile up pages that share the page of their layout."""
        _, layout, page = pages[0]
        return cls(layout=layout, page=page, reads=[read for read, _, _ in pages], students=students)


def page_contexts(pages: Sequence[tuple[PageRead, Layout, PageLayout]]) -> list[PageContext]:
    """The pages of one student, each with its context; the student's marks on all pages are the style."""
    return pile_contexts([Pile.of([page], [0]) for page in pages])


def pile_contexts(piles: Sequence[Pile]) -> list[PageContext]:
    """Piles of pages, each with its context; a student's marks on the pages of all piles are the style."""
    tables = [box_table(pile.reads, pile.layout, pile.page) for pile in piles]
    empties = [empty_boxes(table) for table in tables]
    around = [Around(ring=excess(table, RING), far=excess(table, FAR)) for table in tables]
    students = [
        np.repeat(np.array(pile.students, dtype=np.intp), table.on_page)
        for pile, table in zip(piles, tables, strict=True)
    ]
    styles = writers_styles(tables, empties, [one.ring for one in around], students)
    return [
        PageContext(table=table, empty=empty, style=style, around=ink)
        for table, empty, style, ink in zip(tables, empties, styles, around, strict=True)
    ]


def level(table: BoxTable, values: Values, jump: float = np.inf) -> tuple[Values, Values]:
    """Middle of the page's empty boxes in a measure, and its spread downwards; each (n,).

    Half of the boxes may be marked: the empty ones are taken from the lower two fifths, of few boxes
    from the lowest fifth, and their spread downwards tells how far others of their kind may reach
    upwards. Where nothing is printed in the boxes and the lower ones jump, more than that are marked,
    and only those below the jump are empty.

    Parameters
    ----------
    table, values
        The boxes, and a measure of them, (n,).
    jump
        Least step from empty boxes to marks.
    """
    pool = table.plan.pool
    ordered, reach = lower_range(pool, values, np.where(bare_kinds(table), jump, np.inf))
    every = np.arange(len(pool.sizes))
    low = np.minimum(((pool.sizes - 1) * lower_share(pool) / 4).astype(np.intp), reach)
    known = pool.sizes >= LEAST_OF_KIND
    middle, here = ordered[every, reach], pool.of_box
    return (
        np.where(known, middle, 0.0).astype(np.float32)[here],
        np.where(known, middle - ordered[every, low], 0.0).astype(np.float32)[here],
    )


def lower_share(pool: Groups) -> Values:
    """(groups,) share of the boxes that are surely empty, as long as not most of them are marked."""
    return np.where(pool.sizes >= ENOUGH, 0.4, 0.2).astype(np.float64)


def lower_range(pool: Groups, values: Values, least: Values) -> tuple[Values, Rows]:
    """Values of each group in rising order, and the place of the last that is taken for empty.

    Parameters
    ----------
    pool, values
        Groups of boxes, and a measure of the boxes, (n,).
    least
        (groups,) as for :func:`last_before_jump`.

    Returns
    -------
    (groups, longest) and (groups,).
    """
    ordered = pool.ordered(values)
    last = ((pool.sizes - 1) * lower_share(pool)).astype(np.intp)
    return ordered, last_before_jump(ordered, last, least) if np.isfinite(least).any() else last


def bare_kinds(table: BoxTable) -> Flags:
    """(groups,) kinds with nothing printed in the boxes, by the layout and by what is seen of them."""
    kind = table.plan.kind
    printed = table.printed | ~table.plan.bare
    return np.asarray(np.bincount(kind.of_box, printed, len(kind.sizes)) == 0)


def same_print(table: BoxTable, empty: Empty) -> Values:
    """(n,) evidence of the lower boxes that hold the same print: letters leave traces of themselves.

    Boxes of one label, or of one place in their questions, as options may be shuffled; whichever
    leave more. Where few hold it, or there is more in them than print can leave, all boxes of the
    kind tell.
    """
    most = empty.middle
    for groups in (table.plan.option, table.plan.place):
        ordered = groups.ordered(table.evidence)
        lower = ordered[np.arange(len(groups.sizes)), ((groups.sizes - 1) * 0.3).astype(np.intp)]
        here = np.where(groups.sizes >= FEW_SAME, lower, 0.0)[groups.of_box]
        most = np.maximum(most, np.where(here < empty.middle + MOST_LETTER, here, 0.0))
    return np.asarray(most, np.float32)


def empty_boxes(table: BoxTable) -> Empty:
    """How the page's empty boxes look."""
    clean = np.where(table.bilevel & ~table.printed, CLEAN_BILEVEL, CLEAN).astype(np.float32)
    middle, spread = level(table, table.evidence, JUMP)
    low = np.minimum(middle + TAIL * spread + clean, MOST_NOISE)
    return Empty(low=low, middle=middle, spread=spread)


def excess(table: BoxTable, sectors: tuple[int, ...]) -> Values:
    """(n, 8) ink around each box beyond what print of the same option shows elsewhere."""
    ring = table.values.T[slice(sectors[0], sectors[-1] + 1)]
    plan = table.plan
    usual = np.where(plan.kind.sizes >= LEAST_OF_KIND, plan.kind.median(ring), np.float32(0.1))
    usual = usual.take(plan.kind.of_box, axis=1)
    several = (plan.option.sizes >= 3)[plan.option.of_box]
    usual = np.where(several, plan.option.median(ring).take(plan.option.of_box, axis=1), usual)
    if plan.nearest.shape[1] >= NEAREST:
        # Shaded rows and lines beside boxes are shared with the neighbours; a mark is not.
        usual = np.maximum(usual, _median_of_five(*(ring.take(near, axis=1) for near in plan.nearest.T)))
    return np.asarray(np.maximum(ring - usual, 0.0).T, np.float32)


def _median_of_five(a: Values, b: Values, c: Values, d: Values, e: Values) -> Values:
    """Median element by element, without sorting: the least and the most of the first four drop out."""
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    low, high = np.minimum(low, high), np.maximum(low, high)
    return np.asarray(np.maximum(low, np.minimum(high, e)))


def clear_marks(table: BoxTable, empty: Empty) -> Flags:
    """(n,) boxes whose ink is a mark whatever the writer's others look like."""
    return np.asarray(table.evidence > np.maximum(2.5 * empty.low, LEAST_MARK))


def unknown_print(table: BoxTable) -> Values:
    """(n,) print that the page's other boxes of the kind hold and this box is not known to hold.

    A letter that stands in one box alone cannot be told from a mark by the page itself.
    """
    kind = table.plan.kind
    usual = kind.median(table["blank"])[kind.of_box]
    return np.asarray(np.maximum(usual - table["blank"], 0.0), np.float32)


def off_centre(table: BoxTable, around: Around) -> Values:
    """(n,) difference of the ink at opposite sides, in and outside the box, against all of it."""
    return lopsided(table.each("side_", "nesw") + around.ring.T[::2])


def lopsided(sides: Values) -> Values:
    """(n,) difference of opposite sides, (4, n), against all four."""
    apart = np.abs(sides[:2] - sides[2:]).max(axis=0)
    return np.asarray(apart / (sides.sum(axis=0) + 0.02), np.float32)


def edges_of(table: BoxTable) -> Values:
    """(n,) edges inside per ink: high for strokes, low for fills."""
    edges = sum(table[f"edges_{way}"] for way in ("x", "y", "down", "up"))
    return np.asarray(edges / (table["fresh"] + 0.05), np.float32)


def writers_styles(
    tables: Sequence[BoxTable], empties: Sequence[Empty], rings: Sequence[Values], students: Sequence[Rows]
) -> list[Style]:
    """How each student and each student's examiner mark, from marks that are clear by themselves.

    Parameters
    ----------
    tables, empties
        Of each pile.
    rings
        :func:`excess` around the boxes of each pile.
    students
        (n,) number of the student of each box of each pile, from 0.

    Returns
    -------
    One :class:`Style` for each pile: to each box that of its writer, over all piles.
    """
    if not tables:
        return []
    writers = [2 * student + table.plan.examiner for student, table in zip(students, tables, strict=True)]
    clear = [np.flatnonzero(clear_marks(*one)) for one in zip(tables, empties, strict=True)]
    marks = [_of_marks(*one) for one in zip(tables, rings, clear, strict=True)]
    count = 1 + max(int(writer.max(initial=0)) for writer in writers)
    writer_of_mark = np.concatenate([writer[rows] for writer, rows in zip(writers, clear, strict=True)])
    known = _describe(np.concatenate(marks, axis=1), writer_of_mark, count)
    return [Style(**{name: known[name][writer] for name in OF_STYLE}) for writer in writers]


def _of_marks(table: BoxTable, ring: Values, marks: Rows) -> Values:
    """(2 + shapes, marks) what a style is made from."""
    shapes = [edges_of(table)[marks] if name == "edges" else table[name][marks] for name in SHAPES]
    return np.stack([table.evidence[marks], ring[marks].mean(axis=1), *shapes])


def _describe(marks: Values, writer_of_mark: Rows, writers: int) -> dict[str, Values]:
    """(writers,) of each name of a style, from marks (2 + shapes, marks)."""
    known, which = np.unique(writer_of_mark, return_inverse=True)
    groups = numbered(which, len(known))
    logs = np.log(marks[0])
    middle = groups.median(logs)
    measured = {
        "typical": np.exp(middle),
        "spread": 1.4826 * groups.median(np.abs(logs - middle[which])),
        "count": groups.sizes,
        "outside": np.where(groups.sizes >= 3, groups.quantile(marks[1], 0.8), UNKNOWN_OUTSIDE),
        **dict(zip(SHAPES, groups.median(marks[2:]), strict=True)),
    }
    styles = {}
    for name in OF_STYLE:
        styles[name] = np.full(writers, UNKNOWN_OUTSIDE if name == "outside" else 0.0, dtype=np.float32)
        styles[name][known] = measured[name]
    return styles
