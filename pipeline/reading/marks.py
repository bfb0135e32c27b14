"""From measures to states: what each box of one student says, and where a person must look.

Two keys open a state. First, trees that have seen simulated marks of many pens, scanners and sheets
must be sure of it, and plain levels of ink must say the same; where the levels leave it open, the
trees must be surer still, and on bilevel pages both are needed. Second, nothing that can be said in
plain words may speak against it: a circle, a streak, a solid scribble where a cross is asked,
something written beside an undone box. Anything else is doubtful. There is no threshold that a user
must tune: every level is taken from the pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import BoxState, Layout, Marking, PageLayout, PageRead, PageStates
from pipeline.reading import words
from pipeline.reading.boxtable import Flags, Values
from pipeline.reading.evidence import inputs
from pipeline.reading.judge import OUTCOMES, REMARKED, judges
from pipeline.reading.levels import CANCELLED, EMPTY, FEW_MARKS, MARKED, UNSURE, Opinion, opinion
from pipeline.reading.page_context import PageContext, Pile, pile_contexts

STATES = (BoxState.EMPTY, BoxState.MARKED, BoxState.CANCELLED, BoxState.DOUBTFUL)
"""By their numbers in ``levels``."""
_BY_NUMBER = np.array(STATES, dtype=object)
OUTSHONE = 0.3
"""Ink against the one clear mark of a single-answer question, up to which a box is not chosen."""
USUAL = 1.6
"""How many times more or less ink than the writer's middle mark a mark holds that looks like it."""
MUCH_PRINT = 0.15
"""Ink of the page's empty boxes that is print."""
FAINT = 0.5
"""Ink against the writer's middle mark, up to which an unclear mark is called faint."""
NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES[Marking.CROSS_UNDO])}
_REMARKED = NUMBERS[REMARKED]
NEVER = 2.0
"""A probability that nothing reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Least probabilities that are accepted.

    Chosen on simulated sheets that no tree was grown on, and on real ones: each is where a lower one
    begins to cost misreads and a higher one only doubts. ``bench marks`` shows what they trade.
    """

    agreed: float = 0.95
    """Where the levels of ink say the same."""
    bilevel: float = 0.8
    """The same on bilevel pages, where nothing else is accepted: what is left of a mark is black, and
    the levels of ink have the last word on what is not."""
    bilevel_undo: float = 0.9
    """The same where a filled box is undone."""
    empty_alone: float = 0.95
    """For an empty box of which the levels are not sure."""
    mark_alone: float = 0.99
    """For a mark of which the levels are not sure."""
    undo_alone: float = 0.999
    """The same where a filled box is undone; an undone box is accepted only where the levels agree."""
    alike: float = 0.92
    """For a mark of which the levels are not sure, when the writer's others look the same."""
    certain: float = 0.998
    """From which neither more ink than usual nor a straight line speaks against a mark on a grey page."""
    bare: float = 0.97
    """Of no mark, in a box with no more ink than the page's empty ones."""
    printed: float = 0.5
    """The same where all empty boxes of the page hold print that the layout does not tell of."""
    remarked: float = 0.01
    """Probability of a re-mark from which a marked or undone box goes to a person."""


LIMITS = Limits()

MOST_BOXES, MOST_BOOKLETS = 10_000, 200
"""Decided at once: of the usual page some fifty, after which more would gain nothing."""

StudentPages = Sequence[tuple[PageRead, Layout, PageLayout]]
"""All pages of one student, each with its layout."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstKey:
    """What the trees say of the boxes of a page."""

    state: NDArray[np.intp]
    """(n,) place in ``STATES``: accepted, or unsure."""
    likely: NDArray[np.intp]
    """(n,) the most likely of empty, marked, cancelled, re-marked."""
    marked: Values
    """(n,) probability of a mark that counts."""
    remarked: Values
    """(n,) probability of a mark beside an undone box."""

    def sure(self, state: int) -> Flags:
        """(n,) boxes that were accepted so."""
        return np.asarray(self.state == state)


def decide_states(pages: StudentPages, limits: Limits = LIMITS) -> tuple[PageStates, ...]:
    """Decide the state of every box of one student.

    Parameters
    ----------
    pages
        All pages of one student, each with its layout. The student's own marks on all of them are
        the context of each box.
    limits
        What is accepted; others than the usual ones are for measuring what they trade.

    Returns
    -------
    One :class:`PageStates` for each page, in order.
    """
    return decide_many([pages], limits)[0]


def decide_many(
    booklets: Sequence[StudentPages], limits: Limits = LIMITS
) -> tuple[tuple[PageStates, ...], ...]:
    """Decide the states of many students: the same as one by one, in a fraction of the time.

    Parameters
    ----------
    booklets
        The pages of each student. Those of different students that share a page of a layout are
        looked at together; what a box is compared with is its own page and its own writer all the same.
    limits
        As for :func:`decide_states`.

    Returns
    -------
    For each student one :class:`PageStates` for each page, in order.
    """
    return tuple(states for some in _batches(booklets) for states in _decide_batch(some, limits))


def _batches(booklets: Sequence[StudentPages]) -> Iterator[list[StudentPages]]:
    """Booklets in their order, not too many boxes at once."""
    some: list[StudentPages] = []
    boxes = 0
    for pages in booklets:
        count = sum(len(page.boxes) for _, _, page in pages)
        if some and (boxes + count > MOST_BOXES or len(some) == MOST_BOOKLETS):
            yield some
            some, boxes = [], 0
        some.append(pages)
        boxes += count
    if some:
        yield some


def _decide_batch(booklets: Sequence[StudentPages], limits: Limits) -> list[tuple[PageStates, ...]]:
    """Pile up the pages that are alike, decide each pile, and give the states back to the booklets."""
    places: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for student, pages in enumerate(booklets):
        for number, (_, layout, page) in enumerate(pages):
            places.setdefault((id(layout), id(page)), []).append((student, number))
    piles = [
        Pile.of([booklets[student][number] for student, number in found], [student for student, _ in found])
        for found in places.values()
    ]
    states: dict[tuple[int, int], PageStates] = {}
    for found, context in zip(places.values(), pile_contexts(piles), strict=True):
        states.update(zip(found, _decide(context, limits), strict=True))
    return [
        tuple(states[student, number] for number in range(len(pages)))
        for student, pages in enumerate(booklets)
    ]


def first_key(page: PageContext, plain: Opinion, limits: Limits = LIMITS) -> FirstKey:
    """Ask the trees of each box's convention, and the levels of ink for a second opinion."""
    table = page.table
    seen = inputs(page)
    chances = np.zeros((len(table), len(NUMBERS)), dtype=np.float32)
    for marking in Marking:
        rows = np.flatnonzero(table.has(marking))
        if len(rows):
            judge, outcomes = judges()[marking.value], len(OUTCOMES[marking])
            every = len(rows) == len(table)
            chances[rows, :outcomes] = judge.chances(seen if every else seen.T.take(rows, axis=1).T)
    likely = chances.argmax(axis=1)
    chance = chances[np.arange(len(table)), likely]
    marked = chances[:, MARKED] + chances[:, _REMARKED]
    accepted = (chance >= _least(page, plain, likely, limits)) & (likely != _REMARKED)
    accepted |= _like_others(page, plain, likely, accepted) & (chance >= limits.alike)
    # A box that looks like the page's empty ones, and that no tree takes for a mark, is empty.
    bare = (plain.state == EMPTY) & (marked < 1.0 - limits.bare) & ~table.bilevel
    # Where the page's empty boxes hold much print, a mark is what holds more than they, and no trace is.
    below = table.evidence < 0.5 * (page.empty.low + page.empty.middle)
    bare |= (plain.state == EMPTY) & (page.empty.low > MUCH_PRINT) & below & (marked < limits.printed)
    return FirstKey(
        state=np.where(bare, EMPTY, np.where(accepted, likely, UNSURE)),
        likely=likely,
        marked=marked,
        remarked=chances[:, _REMARKED],
    )


def _least(page: PageContext, plain: Opinion, likely: NDArray[np.intp], limits: Limits) -> Values:
    """(n,) least probability with which the likely outcome of each box is accepted."""
    undo = page.table.has(Marking.CROSS_UNDO)
    mark = np.where(undo, limits.undo_alone, limits.mark_alone)
    alone = np.where(likely == EMPTY, limits.empty_alone, np.where(likely == CANCELLED, NEVER, mark))
    agreed = plain.state == likely
    grey = np.where(agreed, limits.agreed, np.where(plain.state == UNSURE, alone, NEVER))
    bilevel = np.where(agreed, np.where(undo, limits.bilevel_undo, limits.bilevel), NEVER)
    return np.asarray(np.where(page.table.bilevel, bilevel, grey), np.float32)


def _like_others(page: PageContext, plain: Opinion, likely: NDArray[np.intp], accepted: Flags) -> Flags:
    """(n,) likely marks that the levels of ink leave open, and that are no exception on their page.

    Either the writer's clear marks hold as much ink, or many of the writer's marks are as small, in
    questions whose other boxes are bare.
    """
    table, style, field = page.table, page.style, page.table.plan.field
    unsure = (likely == MARKED) & (plain.state == UNSURE) & ~table.bilevel & ~accepted
    ink = table.evidence
    usual = (style.count >= FEW_MARKS) & (ink < USUAL * style.typical) & (ink * USUAL > style.typical)
    among_bare = unsure & (field.count((plain.state == EMPTY) & (ink < 0.5 * page.empty.low)) > 0)
    many = among_bare & (table.count_on_page(among_bare) >= FEW_MARKS)
    return np.asarray(unsure & (usual | many))


# --- both keys -----------------------------------------------------------------------------------


class _Doubts:
    """Doubts about boxes, collected word by word."""

    def __init__(self, count: int) -> None:
        self.doubt = np.zeros(count, dtype=bool)
        self._words: list[tuple[str, Flags]] = []

    def add(self, word: str, boxes: Flags) -> None:
        if boxes.any():
            self._words.append((word, boxes))
            self.doubt |= boxes

    def per_box(self) -> list[tuple[str, ...]]:
        said: list[tuple[str, ...]] = [()] * len(self.doubt)
        for word, boxes in self._words:
            for index in np.flatnonzero(boxes).tolist():
                if word not in said[index]:
                    said[index] += (word,)
        return said


def _decide(page: PageContext, limits: Limits) -> list[PageStates]:
    """Both keys for each page of a pile."""
    table, plain = page.table, opinion(page)
    key = first_key(page, plain, limits)
    weak = _outshone(page, key)
    states = np.where(weak, EMPTY, key.state)
    doubts = _Doubts(len(table))
    _unsure(page, key, states, doubts)
    pale = (key.state == UNSURE) | (key.sure(MARKED) & (plain.state != MARKED))
    doubts.add("faded", (states == EMPTY) & words.paling(page, states == MARKED, pale, key.marked))
    _vetoes(page, key, states, doubts, limits)
    states[doubts.doubt] = UNSURE
    chance = np.where(weak, np.minimum(key.marked, 0.05), key.marked)
    chance = np.where(doubts.doubt, np.clip(chance, 0.1, 0.9), chance)
    each, boxes = table.on_page, _BY_NUMBER[states].tolist()
    likely, flags = table.by_page(chance.astype(np.float32)), doubts.per_box()
    return [
        PageStates(
            states=tuple(boxes[number * each : (number + 1) * each]),
            p_marked=likely[number],
            flags=tuple(flags[number * each : (number + 1) * each]),
        )
        for number in range(table.pages)
    ]


def _outshone(page: PageContext, key: FirstKey) -> Flags:
    """Weak ink beside exactly one clear mark where one is asked: not chosen.

    A box much darker than the writer's other marks may be one that was scribbled out; it outshines
    nothing, and neither does any box a mark that is more likely meant than not.
    """
    field, sure = page.table.plan.field, key.sure(MARKED) & ~words.solid(page) & ~words.scribbled(page)
    above = np.maximum(page.table.evidence - page.empty.middle, 0.0)
    brightest = field.others(np.where(sure, above, 0.0))
    one = page.table.plan.one_asked & (field.count(sure) == 1) & ~sure
    return np.asarray(one & (key.state == UNSURE) & (key.marked < 0.5) & (above < OUTSHONE * brightest))


def _unsure(page: PageContext, key: FirstKey, states: NDArray[np.intp], doubts: _Doubts) -> None:
    """Words for boxes of which the trees are not sure."""
    unsure = states == UNSURE
    if not unsure.any():
        return
    style = page.style
    inked = page.table.evidence > page.empty.low
    faint = page.table.evidence < np.where(style.count > 0, FAINT * style.typical, 0.1)
    undo = page.table.has(Marking.CROSS_UNDO)
    remarked = undo & (key.likely == _REMARKED)
    doubts.add("re-marked", unsure & remarked)
    doubts.add("trace", unsure & ~inked)
    doubts.add("faint", unsure & inked & faint)
    doubts.add("cross or filled", unsure & undo & ~remarked & inked & ~faint)
    doubts.add("unclear", unsure & ~undo & inked & ~faint)


def _vetoes(
    page: PageContext, key: FirstKey, states: NDArray[np.intp], doubts: _Doubts, limits: Limits
) -> None:
    """Words against states that the trees are sure of."""
    undo, fill = page.table.has(Marking.CROSS_UNDO), page.table.has(Marking.FILL)
    marked, empty = states == MARKED, states == EMPTY
    doubts.add("faded", ~marked & words.faded(page, marked))
    doubts.add("no empty box", words.without_empty(page) | (marked & words.printed_through(page)))
    doubts.add("cross or filled", marked & words.half_filled(page))
    doubts.add("hidden", empty & words.hidden(page))
    certain = (key.marked >= limits.certain) & ~page.table.bilevel
    doubts.add("streak", ~empty & ~certain & words.streaked(page))
    doubts.add("struck", words.struck(page) | (marked & words.struck_around(page)))
    doubts.add("circled", words.circled(page))
    doubts.add("neighbour", ~empty & words.spilled(page))
    doubts.add("scribbled", marked & ~undo & ~certain & words.scribbled(page))
    doubts.add("partial", marked & fill & ~certain & words.partial(page))
    filled = words.solid(page, words.FILLED_RELATIVE) | (words.solid(page) & ~certain)
    doubts.add("solid", marked & ~undo & ~fill & filled)
    doubts.add("beside", empty & words.missed_beside(page, marked))
    doubts.add("undone", (states == CANCELLED) & (page.table.plan.field.count(marked) == 0))
    again = key.remarked > limits.remarked
    doubts.add("re-marked", ((states == CANCELLED) & (words.written_beside(page) | again)) | (marked & again))
    for word, boxes in words.defects(page, states != UNSURE).items():
        doubts.add(word, boxes)
