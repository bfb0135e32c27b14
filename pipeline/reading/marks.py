"""From measures to states: what each box of one student says, and where a person must look.

Two keys open a state. First, the ink inside a box, against what the page's empty boxes show and
against the writer's other marks, must be clearly little or clearly much. Second, nothing that can
be said in plain words may speak against it: a circle, a streak, a solid scribble where a cross is
asked, something written beside an undone box. Anything else is doubtful. There is no threshold
that a user must tune: every level is taken from the pages themselves.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.model import BoxState, Layout, Marking, PageLayout, PageRead, PageStates
from pipeline.reading.context import (
    FAR,
    LEAST_MARK,
    RING,
    BoxTable,
    Flags,
    Style,
    Values,
    box_table,
    excess,
    noise_levels,
    traces,
    writers_styles,
)
from pipeline.reading.quality_defects import DEFECT_WORDS

SURE = 0.95
"""Least probability with which a state is accepted."""
FEW_MARKS = 5
"""With fewer marks of a writer they say less about the others."""
LEAST_RELATIVE, MOST_RELATIVE = 0.45, 1.75
"""Ink of a mark against the writer's middle mark, where the writer's marks are alike."""
OUTSHONE = 0.3
"""Ink against the one clear mark of a single-answer question, up to which a box is not chosen."""
SCRIBBLE = 0.06
"""Mean ink around a box, beyond twice what the writer's marks leave there, when it is scribbled out."""
BESIDE_NEAR, BESIDE_FAR = 0.3, 0.1
"""Ink in one of eight sectors, near the border or farther out, that is something written."""
CIRCLED_SECTORS = 6
"""Sectors of eight around a box that a circle inks."""
FAINT_FILL, FAINT_STROKE = 0.4, 0.09
"""Middle evidence of marks that a bilevel scan has begun to delete."""


STRONG_DEFECT = 0.03
"""Ink of a defect of the scan that makes a reading unsafe, whatever is in the box."""
NEAR_DEFECT = 3.0
"""How near to the level of empty boxes the ink must be, in inks of the defect, to be unsafe below that."""
MOST_BROKEN = 0.25
"""Share of a bilevel page's inked boxes that may be faint, before blanks are distrusted too."""


def decide_states(pages: Sequence[tuple[PageRead, Layout, PageLayout]]) -> tuple[PageStates, ...]:
    """Decide the state of every box of one student.

    Parameters
    ----------
    pages
        All pages of one student, each with its layout. The student's own marks on all of them are
        the context of each box.

    Returns
    -------
    One :class:`PageStates` for each page, in order.
    """
    tables = [box_table(read, layout, page) for read, layout, page in pages]
    noise = [noise_levels(table) for table in tables]
    styles = writers_styles(tables, noise)
    return tuple(_decide(table, low, style) for table, low, style in zip(tables, noise, styles, strict=True))


# --- first key: how much ink ---------------------------------------------------------------------


def _high_levels(low: Values, style: Style) -> Values:
    """Evidence from which a box is clearly marked, (n,)."""
    alike = np.minimum(LEAST_RELATIVE, np.exp(-2.5 * style.spread)) * style.typical
    by_style = np.where(style.count >= FEW_MARKS, alike, 0.3 * style.typical)
    by_style = np.where(style.count == 0, 1.5 * LEAST_MARK, by_style)
    return np.asarray(np.maximum(np.maximum(2.2 * low, LEAST_MARK), by_style))


def _chance(ink: Values, low: Values, high: Values) -> Values:
    """Probability of a mark: 0.04 at ``low``, 0.96 at ``high``, by the logarithm of the ink."""
    middle = 0.5 * (np.log(low) + np.log(high))
    half = np.maximum(0.5 * (np.log(high) - np.log(low)), 0.1)
    steep = np.log(0.96 / 0.04)
    return np.asarray(1.0 / (1.0 + np.exp(-steep * (np.log(ink + 1e-4) - middle) / half)))


def _outshone(table: BoxTable, ink: Values, chance: Values, style: Style) -> Flags:
    """Weak ink beside exactly one clear mark where one is asked: not chosen.

    A box much darker than the writer's other marks may be one that was scribbled out; it outshines
    nothing, and neither does any box a mark that is more likely meant than not.
    """
    result = np.zeros(len(ink), dtype=bool)
    for field in np.unique(table.single[table.single >= 0]):
        members = np.flatnonzero(table.single == field)
        clear = members[chance[members] >= SURE]
        others = members[chance[members] < SURE]
        if len(clear) == 1 and len(others):
            usual = (style.count < FEW_MARKS) | (ink[clear[0]] <= MOST_RELATIVE * style.typical)
            weak = (ink[others] < OUTSHONE * ink[clear[0]]) & (chance[others] < 0.5)
            result[others] = weak & np.broadcast_to(usual, len(ink))[others]
    return result


# --- second key: plain words ---------------------------------------------------------------------


def _streak(table: BoxTable, ink: Values) -> Flags:
    """A line runs straight through the box and both of its margins, and is most of the ink."""
    line = np.maximum(table["streak_column"], table["streak_row"])
    return np.asarray((line > 0.3) & (ink < 0.35))


def _unseen(table: BoxTable, around: Values) -> Flags:
    """An empty box must show its outline, where the page's boxes do and there is ink around it."""
    seen = np.zeros(len(table.group), dtype=bool)
    for group in np.unique(table.group):
        members = table.group == group
        seen[members] = np.median(table["likeness"][members]) > 0.6
    lost = (table["border_less"] > 0.5) & (table["likeness"] < 0.4)
    return np.asarray(seen & lost & (around.max(axis=1) > 0.3))


def _circled(ink: Values, around: Values, fill: Flags) -> Flags:
    """Ink all around; where boxes are filled, a fill that overshoots is no circle."""
    closed = (around > 0.06).sum(axis=1) >= CIRCLED_SECTORS
    # A wide circle leaves the corners of the ring; it is thin there, and all around all the same.
    closed |= ((around > 0.025).sum(axis=1) >= CIRCLED_SECTORS + 1) & (around.mean(axis=1) > 0.04)
    return np.asarray(closed & ~(fill & (around.mean(axis=1) < 0.6 * ink)))


def _scribbled(around: Values, style: Style) -> Flags:
    """Much more ink outside the box than this writer's marks leave there."""
    return np.asarray(around.mean(axis=1) > 2.0 * style.outside + SCRIBBLE)


def _spilled(table: BoxTable, around: Values) -> Flags:
    """The ink hangs together with something outside: all of it at one side, much beyond it."""
    sides = np.stack([table[f"side_{name}"] for name in "nesw"], axis=1)
    outside = around[:, ::2]
    side = sides.argmax(axis=1)
    rows = np.arange(len(sides))
    lopsided = sides[rows, side] > 3.0 * np.maximum(table["core"], 0.01)
    return np.asarray(lopsided & (outside[rows, side] > 0.25))


def _solid(ink: Values, style: Style) -> Flags:
    """Much more ink than this writer's marks hold, where they are alike."""
    reach = np.maximum(MOST_RELATIVE, np.exp(2.5 * style.spread))
    return np.asarray((style.count >= FEW_MARKS) & (ink > reach * style.typical))


def _partial(table: BoxTable, ink: Values, style: Style) -> Flags:
    """Only a small part of a box that is to be filled is inked, unlike the writer's others."""
    usual = np.where(style.count >= FEW_MARKS, style.typical, 0.5)
    return np.asarray((table["light"] < 0.02) & (table["solid"] < 0.3) & (ink < 0.5 * usual))


def _faded(table: BoxTable, ink: Values, chance: Values, style: Style) -> Flags:
    """Bilevel page, faint marks: a single-answer question without any mark may have lost it."""
    if not table.bilevel:
        return np.zeros(len(chance), dtype=bool)
    inked = chance > 1.0 - SURE
    fill = table.has(Marking.FILL)
    broken = (inked & (chance < SURE)).sum() > MOST_BROKEN * max(inked.sum(), 1)
    faint = broken | ((style.count > 0) & (style.typical < np.where(fill, FAINT_FILL, FAINT_STROKE)))
    bare = np.zeros(len(chance), dtype=bool)
    for field in np.unique(table.single[table.single >= 0]):
        members = table.single == field
        if chance[members].max() < SURE:
            # What is left of a lost mark, or every box where nothing is left.
            bare[members] = ink[members] >= 0.3 * ink[members].max()
    return np.asarray(bare & faint)


def _undo(table: BoxTable, around: Values, beyond: Values) -> tuple[Flags, Flags, Flags]:
    """For cross-undo: (clearly a cross, clearly filled, something is written beside it)."""
    arms = np.maximum(table["arm_down"], table["arm_up"])
    between = np.minimum.reduce([table[f"side_{side}"] for side in "nesw"])
    cross = (table["light"] < 0.1) & (table["solid"] < 0.58) & (between < 0.35 * arms)
    filled = (table["light"] > 0.15) & (table["solid"] > 0.66) & (between > 0.45 * arms)
    beside = (around > BESIDE_NEAR).any(axis=1) | (beyond > BESIDE_FAR).any(axis=1)
    return np.asarray(cross), np.asarray(filled), np.asarray(beside)


def _defects(table: BoxTable, ink: Values, low: Values) -> dict[str, Flags]:
    """Boxes that a defect of the scan crosses, by the word for it.

    A pale streak through a box that is plainly empty or plainly marked needs no person.
    """
    amount, kinds = table["defect"], table["defect_kind"].astype(np.intp)
    unsafe = (amount >= STRONG_DEFECT) | ((amount > 0) & (np.abs(ink - low) < NEAR_DEFECT * amount))
    return {
        word: np.asarray(unsafe & (kinds == number)) for number, word in enumerate(DEFECT_WORDS) if number
    }


# --- both keys -----------------------------------------------------------------------------------


class _Words:
    """Doubts about boxes, collected word by word."""

    def __init__(self, count: int) -> None:
        self.doubt = np.zeros(count, dtype=bool)
        self._words: list[tuple[str, Flags]] = []

    def add(self, word: str, boxes: Flags) -> None:
        self._words.append((word, boxes))
        self.doubt |= boxes

    def per_box(self) -> tuple[tuple[str, ...], ...]:
        said: list[list[str]] = [[] for _ in self.doubt]
        for word, boxes in self._words:
            for index in np.flatnonzero(boxes):
                said[index].append(word)
        return tuple(tuple(words) for words in said)


def _decide(table: BoxTable, low: Values, style: Style) -> PageStates:
    """Both keys for one page."""
    ink = table.evidence
    chance = _chance(ink, low, _high_levels(low, style))
    around, beyond = excess(table, RING), excess(table, FAR)
    undo, fill = table.has(Marking.CROSS_UNDO), table.has(Marking.FILL)
    inked, sure = chance > 1.0 - SURE, chance >= SURE
    cross, filled, beside = _undo(table, around, beyond)
    cancelled = sure & undo & filled
    words = _Words(len(ink))
    weak = _outshone(table, ink, chance, style)
    words.add("faint", inked & ~sure & ~weak)
    words.add("trace", ~inked & ~weak & traces(table))
    words.add("faded", ~sure & _faded(table, ink, chance, style))
    words.add("misplaced", ~inked & _unseen(table, around))
    words.add("streak", inked & _streak(table, ink))
    words.add("circled", _circled(ink, around, fill))
    words.add("neighbour", inked & (chance < 0.999) & _spilled(table, around))
    words.add("scribbled", sure & ~undo & _scribbled(around, style))
    words.add("partial", sure & fill & _partial(table, ink, style))
    words.add("solid", sure & ~undo & ~fill & _solid(ink, style))
    words.add("cross or filled", sure & undo & ~cross & ~filled)
    words.add("re-marked", cancelled & beside)
    for word, boxes in _defects(table, ink, low).items():
        words.add(word, boxes)
    states = np.full(len(ink), BoxState.EMPTY, dtype=object)
    states[sure] = BoxState.MARKED
    states[cancelled] = BoxState.CANCELLED
    states[words.doubt] = BoxState.DOUBTFUL
    marked = np.where(cancelled, 1.0 - chance, np.where(weak, np.minimum(chance, 1.0 - SURE), chance))
    marked = np.where(words.doubt, np.clip(marked, 0.1, 0.9), marked)
    return PageStates(
        states=tuple(map(BoxState, states)), p_marked=marked.astype(np.float32), flags=words.per_box()
    )
