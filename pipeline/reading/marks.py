"""From measures to states: what each box of one student says, and where a person must look.

Two keys open a state. First, the ink inside a box, against what the page's empty boxes show and
against the student's other marks, must be clearly little or clearly much. Second, nothing that can
be said in plain words may speak against it: a circle, a streak, a solid scribble where a cross is
asked, a second mark beside an undone box. Anything else is doubtful. There is no threshold that a
user must tune: every level is taken from the pages themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import (
    BoxState,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    PageLayout,
    PageRead,
    PageStates,
)
from pipeline.reading.features import FEATURES

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

SURE = 0.95
"""Least probability with which a state is accepted."""
CLEAN = 0.02
"""Mean ink that bare paper may show beyond the page's empty boxes."""
LEAST_MARK = 0.075
"""Mean ink of the smallest mark that is accepted without a person."""
TAIL = 3.0
"""How far the page's empty boxes spread above their middle, against below it."""
SPECK = 0.17
"""What the darkest tenth of a clean box may show beyond the page's empty boxes."""
MOST_NOISE = 0.35
"""Empty boxes never look darker than this."""
FEW_MARKS = 5
"""With fewer marks of a student the doubtful band is wider."""
LEAST_RELATIVE, MOST_RELATIVE = 0.45, 1.75
"""Ink of a mark against the student's middle mark (found in trials with many pens)."""
CIRCLED_SECTORS = 6
"""Sectors of eight around a box that a circle inks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Page:
    """Measures of one page with what its layout says of each box."""

    table: Values
    layout: PageLayout
    marking: tuple[Marking, ...]
    group: NDArray[np.intp]
    """(n,) boxes printed alike."""
    question: NDArray[np.intp]
    """(n,) boxes among which at most one mark is asked share a number; -1: no such limit."""
    bilevel: bool

    def __getitem__(self, feature: str) -> Values:
        return np.asarray(self.table[:, _COLUMN[feature]])


_COLUMN: Mapping[str, int] = {name: index for index, name in enumerate(FEATURES)}
_RING = tuple(index for index, name in enumerate(FEATURES) if name.startswith("ring_"))
_ONE_ASKED = (Kind.CHOICE, Kind.TRUEFALSE, Kind.CREDITS, Kind.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How a student marks."""

    typical: float
    """Middle evidence of the clear marks; 0 when there are none."""
    spread: float
    """Robust standard deviation of its logarithm."""
    count: int


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
    views = [_view(read, layout, page) for read, layout, page in pages]
    noise = [_noise(view) for view in views]
    style = _style(views, noise)
    return tuple(_decide(view, low, style) for view, low in zip(views, noise, strict=True))


def evidence(table: Values) -> Values:
    """Mean ink inside that is not print, (n,): masked and signed measure together."""
    fresh, gain = table[:, _COLUMN["fresh"]], table[:, _COLUMN["gain"]]
    return np.asarray(0.5 * (fresh + np.maximum(gain, 0.0)))


def _view(read: PageRead, layout: Layout, page: PageLayout) -> _Page:
    plain = LayoutQuestion(kind=Kind.CHOICES)
    asked = [layout.questions.get(box.question, plain) for box in page.boxes]
    marking = tuple(
        Marking.ANY if about.writer == "examiner" else about.marking or layout.marking
        for about in asked
    )
    return _Page(
        table=np.nan_to_num(read.features.astype(np.float64), posinf=1.0, neginf=0.0),
        layout=page,
        marking=marking,
        group=_numbered([(box.shape, round(box.w, 1), round(box.h, 1)) for box in page.boxes]),
        question=_single_fields(page, asked),
        bilevel=read.quality.bilevel,
    )


def _numbered(names: Sequence[object]) -> NDArray[np.intp]:
    seen: dict[object, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.intp)


def _single_fields(page: PageLayout, asked: Sequence[LayoutQuestion]) -> NDArray[np.intp]:
    """Number of each box's single-mark field: a question, or a column of a digit grid."""
    names: list[object] = []
    for box, about in zip(page.boxes, asked, strict=True):
        column = box.option.partition("=")[0]
        if about.kind in _ONE_ASKED:
            names.append((box.question,))
        elif about.kind in (Kind.NUMBER, Kind.ID) and column.startswith("d"):
            names.append((box.question, column))
        else:
            names.append(None)
    numbers = _numbered(names)
    numbers[[name is None for name in names]] = -1
    return numbers


# --- what the page and the student are like ------------------------------------------------------


def _noise(page: _Page) -> Values:
    """Evidence up to which a box looks like the page's empty ones, (n,).

    Half of the boxes may be marked: the level is taken from the lower two fifths, and their spread
    downwards tells how far the others of their kind reach upwards.
    """
    ink = evidence(page.table)
    level = np.full(len(ink), CLEAN)
    for group in np.unique(page.group):
        members = page.group == group
        pool = ink[members] if members.sum() >= 8 else ink
        # Of few boxes, most may be marked: their empty ones are the lowest few.
        share = 0.4 if len(pool) >= 20 else 0.2
        low, middle = np.quantile(pool, [share / 4, share], method="lower") if len(pool) >= 4 else (0.0, 0.0)
        level[members] = min(middle + TAIL * (middle - low) + CLEAN, MOST_NOISE)
    return level


def _tops(page: _Page) -> Values:
    """Darkest tenth up to which a box looks like the page's empty ones, (n,)."""
    peak = page["peak"]
    level = np.full(len(peak), SPECK)
    for group in np.unique(page.group):
        members = page.group == group
        pool = peak[members] if members.sum() >= 8 else peak
        share = 0.4 if len(pool) >= 20 else 0.2
        low, middle = np.quantile(pool, [share / 4, share], method="lower") if len(pool) >= 4 else (0.0, 0.0)
        # Where the page prints letters that the layout does not tell of, a peak says nothing.
        plain = np.quantile(pool, 0.6) < 0.06 or len(pool) < 20
        level[members] = middle + TAIL * (middle - low) + SPECK if plain else np.inf
    return level


def _style(pages: Sequence[_Page], noise: Sequence[Values]) -> _Style:
    """The student's own way, from every mark that is clear by itself."""
    marks = []
    for page, low in zip(pages, noise, strict=True):
        ink = evidence(page.table)
        student = np.array([marking is not None for marking in page.marking])
        marks.append(ink[(ink > np.maximum(2.5 * low, LEAST_MARK)) & student])
    clear = np.concatenate(marks) if marks else np.zeros(0)
    if not len(clear):
        return _Style(typical=0.0, spread=0.0, count=0)
    logs = np.log(clear)
    middle = float(np.median(logs))
    spread = 1.4826 * float(np.median(np.abs(logs - middle)))
    return _Style(typical=float(np.exp(middle)), spread=spread, count=len(clear))


# --- first key: how much ink ---------------------------------------------------------------------


def _levels(low: Values, style: _Style) -> Values:
    """Evidence from which a box is clearly marked, (n,)."""
    high = np.maximum(2.2 * low, LEAST_MARK)
    if style.count >= FEW_MARKS:
        reach = min(LEAST_RELATIVE, float(np.exp(-2.5 * style.spread)))
        high = np.maximum(high, reach * style.typical)
    elif style.count:
        high = np.maximum(high, 0.3 * style.typical)
    else:
        high = np.maximum(high, 1.5 * LEAST_MARK)
    return np.asarray(high)


def _probability(ink: Values, low: Values, high: Values) -> Values:
    """Probability of a mark: 0.04 at ``low``, 0.96 at ``high``, by the logarithm of the ink."""
    middle = 0.5 * (np.log(low) + np.log(high))
    half = np.maximum(0.5 * (np.log(high) - np.log(low)), 0.1)
    steep = np.log(0.96 / 0.04)
    return np.asarray(1.0 / (1.0 + np.exp(-steep * (np.log(ink + 1e-4) - middle) / half)))


# --- second key: plain words ---------------------------------------------------------------------


def _ring_excess(page: _Page) -> Values:
    """(n, 8) ink around each box beyond what print of the same option shows elsewhere."""
    ring = page.table[:, _RING]
    usual = np.zeros_like(ring)
    options = _numbered(
        [(box.option, group) for box, group in zip(page.layout.boxes, page.group, strict=True)]
    )
    for group in np.unique(page.group):
        members = page.group == group
        usual[members] = np.median(ring[members], axis=0) if members.sum() >= 4 else 0.1
    for option in np.unique(options):
        members = options == option
        if members.sum() >= 3:
            usual[members] = np.median(ring[members], axis=0)
    return np.asarray(np.maximum(ring - usual, 0.0))


def _streak(page: _Page, ink: Values) -> Flags:
    """A line runs straight through the box and both of its margins, and is most of the ink."""
    line = np.maximum(page["streak_column"], page["streak_row"])
    return np.asarray((line > 0.3) & (ink < 0.35))


def _unseen(page: _Page, around: Values) -> Flags:
    """An empty box must show its outline, where the page's boxes do and there is ink around it."""
    unseen = np.zeros(len(page.group), dtype=bool)
    for group in np.unique(page.group):
        members = page.group == group
        if np.median(page["likeness"][members]) > 0.6:
            unseen[members] = True
    lost = (page["border_less"] > 0.5) & (page["likeness"] < 0.4)
    return np.asarray(unseen & lost & (around.max(axis=1) > 0.3))


def _circled(page: _Page, ink: Values, around: Values, fill: Flags) -> Flags:
    """Ink all around; where boxes are filled, a fill that overshoots is no circle."""
    closed = (around > 0.08).sum(axis=1) >= CIRCLED_SECTORS
    return np.asarray(closed & ~(fill & (around.mean(axis=1) < 0.6 * ink)))


def _spilled(page: _Page, around: Values) -> Flags:
    """The ink hangs together with a neighbour: all of it at one side, much outside there."""
    sides = np.stack([page[f"side_{name}"] for name in "nesw"], axis=1)
    outside = around[:, ::2]
    side = sides.argmax(axis=1)
    rows = np.arange(len(sides))
    lopsided = sides[rows, side] > 3.0 * np.maximum(page["core"], 0.01)
    return np.asarray(lopsided & (outside[rows, side] > 0.25))


def _undo_marks(page: _Page, ink: Values, around: Values) -> tuple[Flags, Flags, Flags]:
    """For cross-undo: (clearly a cross, clearly filled, something is written beside it)."""
    cross = (page["light"] < 0.1) & (page["solid"] < 0.58)
    filled = (page["light"] > 0.15) & (page["solid"] > 0.66)
    beside = (around > 0.2).any(axis=1)
    return np.asarray(cross), np.asarray(filled), np.asarray(beside)


def _relative(ink: Values, style: _Style, most: float) -> Flags:
    """Much more ink than this student's marks hold."""
    if style.count < FEW_MARKS:
        return np.zeros(len(ink), dtype=bool)
    reach = max(most, float(np.exp(2.5 * style.spread)))
    return np.asarray(ink > reach * style.typical)


def _decide(page: _Page, low: Values, style: _Style) -> PageStates:
    """Both keys for one page."""
    ink = evidence(page.table)
    high = _levels(low, style)
    chance = _probability(ink, low, high)
    around = _ring_excess(page)
    words = _Words(count=len(ink))
    inked = chance > 1.0 - SURE
    undo = np.array([marking is Marking.CROSS_UNDO for marking in page.marking], dtype=bool)
    fill = np.array([marking is Marking.FILL for marking in page.marking], dtype=bool)
    doubt = words.add("faint", inked & (chance < SURE))
    doubt |= words.add("trace", ~inked & (page["peak"] > _tops(page)))
    doubt |= words.add("misplaced", ~inked & _unseen(page, around))
    weak = _outshone(page, ink, chance, style)
    doubt &= ~weak
    doubt |= words.add("streak", inked & _streak(page, ink))
    doubt |= words.add("circled", inked & _circled(page, ink, around, fill))
    doubt |= words.add("neighbour", inked & _spilled(page, around) & (chance < 0.999))
    doubt |= words.add("partial", inked & fill & (chance >= SURE) & _partial(page, ink, style))
    cross, filled, beside = _undo_marks(page, ink, around)
    sure = inked & (chance >= SURE)
    doubt |= words.add("solid", sure & ~undo & ~fill & _relative(ink, style, MOST_RELATIVE))
    doubt |= words.add("cross or filled", sure & undo & ~cross & ~filled)
    doubt |= words.add("re-marked", sure & undo & filled & beside)
    states = np.full(len(ink), BoxState.EMPTY, dtype=object)
    states[sure] = BoxState.MARKED
    states[sure & undo & filled] = BoxState.CANCELLED
    states[doubt] = BoxState.DOUBTFUL
    marked = np.where(sure & undo & filled, 1.0 - chance, chance)
    marked = np.where(doubt, np.clip(marked, 0.1, 0.9), marked)
    return PageStates(
        states=tuple(map(BoxState, states)), p_marked=marked.astype(np.float32), flags=words.per_box()
    )


def _outshone(page: _Page, ink: Values, chance: Values, style: _Style) -> Flags:
    """Weak ink beside exactly one clear mark where one is asked: not chosen."""
    result = np.zeros(len(ink), dtype=bool)
    for field in np.unique(page.question[page.question >= 0]):
        members = np.flatnonzero(page.question == field)
        clear = members[chance[members] >= SURE]
        others = members[chance[members] < SURE]
        if len(clear) == 1 and len(others):
            result[others] = ink[others] < 0.3 * ink[clear[0]]
    return result


def _partial(page: _Page, ink: Values, style: _Style) -> Flags:
    """Only a small part of a box that is to be filled is inked, unlike the student's others."""
    usual = style.typical if style.count >= FEW_MARKS else 0.5
    return np.asarray((page["light"] < 0.02) & (page["solid"] < 0.3) & (ink < 0.5 * usual))


class _Words:
    """Flags of boxes, collected word by word."""

    def __init__(self, *, count: int) -> None:
        self._words: list[tuple[str, Flags]] = []
        self._count = count

    def add(self, word: str, boxes: Flags) -> Flags:
        self._words.append((word, boxes))
        return boxes.copy()

    def per_box(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(word for word, boxes in self._words if boxes[index])
            for index in range(self._count)
        )
