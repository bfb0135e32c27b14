"""The boxes of a page, of one student or of many, as a table: their measures, and what the layout says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box, Kind, Layout, LayoutQuestion, Marking, PageLayout, PageRead
from pipeline.reading.features import FEATURES
from pipeline.reading.page_boxes import bare_boxes, size_classes
from pipeline.reading.sampling import box_places

Values = NDArray[np.float32]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]

PRINTED = 0.025
"""Ink inside the blank box that is a printed label."""
ALIKE = 8
"""With fewer boxes of a kind, they are judged together with all others of the page."""
NEAREST = 5
"""Neighbours whose surroundings a box may share."""
KEPT_PLANS = 64
"""Pages of layouts whose plans are kept; a pile has a few."""

COLUMN: Mapping[str, int] = {name: index for index, name in enumerate(FEATURES)}
ONE_ASKED = (Kind.CHOICE, Kind.TRUEFALSE, Kind.CREDITS, Kind.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Boxes that belong together, for measures over each group without a loop."""

    of_box: Rows
    """(n,) group of each box."""
    rows: Rows
    """(groups, longest): boxes of each group; short rows repeat a box that does not count."""
    sizes: Rows
    """(groups,) how many boxes of each row count."""

    def tiled(self, pages: int) -> "Groups":
        """The groups of many pages alike, page after page."""
        return Groups(
            of_box=tiled(self.of_box, pages, len(self.sizes)),
            rows=tiled(self.rows, pages, len(self.of_box)),
            sizes=np.tile(self.sizes, pages),
        )

    def ordered(self, values: Values) -> Values:
        """(..., groups, longest) values (..., n) of each group in rising order; infinite beyond."""
        picked = values.take(self.rows, axis=-1)
        if (self.sizes < self.rows.shape[1]).any():
            picked[..., np.arange(self.rows.shape[1]) >= self.sizes[:, None]] = np.inf
        picked.sort(axis=-1)
        return picked

    def median(self, values: Values) -> Values:
        """(..., groups) median of values (..., n) in each group."""
        ordered, every = self.ordered(values), np.arange(len(self.sizes))
        middle = ordered[..., every, (self.sizes - 1) // 2] + ordered[..., every, self.sizes // 2]
        return np.asarray(0.5 * middle, np.float32)

    def quantile(self, values: Values, share: float) -> Values:
        """(groups,) the value (n,) that a share of each group lies below, between two of them linearly."""
        ordered, every = self.ordered(values), np.arange(len(self.sizes))
        place = (self.sizes - 1) * share
        low = place.astype(np.intp)
        below, above = ordered[every, low], ordered[every, np.minimum(low + 1, self.sizes - 1)]
        return np.asarray(below + (above - below) * (place - low), np.float32)

    def others(self, values: Values) -> Values:
        """(n,) largest value among the other boxes of each box's group; 0 where it is alone."""
        picked = values.take(self.rows)
        if (self.sizes < self.rows.shape[1]).any():
            picked[np.arange(self.rows.shape[1]) >= self.sizes[:, None]] = -np.inf
        every, first = np.arange(len(picked)), picked.argmax(axis=1)
        top = picked[every, first]
        picked[every, first] = -np.inf
        found = top[self.of_box]
        found[self.rows[every, first]] = picked.max(axis=1)
        return np.where(np.isfinite(found), found, 0.0).astype(np.float32)

    def count(self, flags: Flags) -> Rows:
        """(n,) how many boxes of each box's group are flagged, itself included."""
        return np.bincount(self.of_box, flags, len(self.sizes))[self.of_box].astype(np.intp)


def tiled(numbers: Rows, pages: int, step: int) -> Rows:
    """Numbers (k, ...) of one page for many pages, (pages * k, ...): on each page ``step`` higher."""
    first = step * np.arange(pages).reshape(pages, *(1,) * numbers.ndim)
    return (first + numbers).reshape(pages * len(numbers), *numbers.shape[1:])


def grouped(names: Sequence[object]) -> Groups:
    """Group boxes by their names."""
    seen: dict[object, int] = {}
    return numbered(np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.intp), len(seen))


def numbered(of_box: Rows, groups: int) -> Groups:
    """Group boxes by the number of their group; a group may be empty."""
    sizes = np.bincount(of_box, minlength=groups)
    order = np.append(np.argsort(of_box, kind="stable"), 0)
    first = np.cumsum(sizes) - sizes
    places = np.minimum(np.arange(int(sizes.max(initial=1))), np.maximum(sizes - 1, 0)[:, None])
    return Groups(of_box=of_box, rows=order[first[:, None] + places], sizes=sizes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PagePlan:
    """What a layout says of the boxes of one page; made once, used for every student.

    Or of many pages alike, one after another: their groups are those of each page.
    """

    marking: NDArray[np.str_]
    """(n,) convention by which each box is marked."""
    marked_by: Mapping[Marking, Flags]
    """(n,) for each convention: the boxes that are marked by it."""
    kind: Groups
    """Boxes of one shape and size."""
    pool: Groups
    """The same; kinds of few boxes are judged with all boxes of the page."""
    option: Groups
    """Boxes of one kind and label, or option: they may hold the same print."""
    place: Groups
    """Boxes of one kind and place in their question: the same, where options are shuffled."""
    field: Groups
    """Boxes of one question, or of one column of a digit grid."""
    one_asked: Flags
    """(n,) whether at most one mark is asked among the boxes of the field."""
    bare: Flags
    """(n,) boxes in which nothing is printed, as far as the layout tells."""
    grid: Flags
    """(n,) boxes of a digit grid: there is writing above it, and digits are printed beside it."""
    examiner: Flags
    """(n,) whether the examiner marks the box."""
    round: Flags
    """(n,) circles."""
    lying: Flags
    """(n,) whether the boxes of the field lie beside each other, not below each other."""
    nearest: Rows
    """(n, up to NEAREST) the boxes nearest to each."""

    def tiled(self, pages: int) -> "PagePlan":
        """The plan of many pages alike."""
        return PagePlan(
            marking=np.tile(self.marking, pages),
            marked_by={marking: np.tile(flags, pages) for marking, flags in self.marked_by.items()},
            kind=self.kind.tiled(pages),
            pool=self.pool.tiled(pages),
            option=self.option.tiled(pages),
            place=self.place.tiled(pages),
            field=self.field.tiled(pages),
            one_asked=np.tile(self.one_asked, pages),
            bare=np.tile(self.bare, pages),
            grid=np.tile(self.grid, pages),
            examiner=np.tile(self.examiner, pages),
            round=np.tile(self.round, pages),
            lying=np.tile(self.lying, pages),
            nearest=tiled(self.nearest, pages, len(self.marking)),
        )


_PLANS: dict[tuple[int, int], tuple[Layout, PageLayout, PagePlan]] = {}


def page_plan(layout: Layout, page: PageLayout) -> PagePlan:
    """The plan of a layout's page, kept for the next student.

    It is kept by the identity of the layout, which is frozen and lives as long as its plan.
    """
    key = (id(layout), id(page))
    if key not in _PLANS:
        while len(_PLANS) >= KEPT_PLANS:
            del _PLANS[next(iter(_PLANS))]
        _PLANS[key] = (layout, page, _make_plan(layout, page))
    return _PLANS[key][2]


def _make_plan(layout: Layout, page: PageLayout) -> PagePlan:
    plain = LayoutQuestion(kind=Kind.CHOICES)
    asked = [layout.questions.get(box.question, plain) for box in page.boxes]
    kinds = _kinds(page)
    kind = grouped(kinds)
    fields = [_field(box.question, box.option, about) for box, about in zip(page.boxes, asked, strict=True)]
    marking = np.array(
        [
            (about.marking or (Marking.ANY if about.writer == "examiner" else layout.marking)).value
            for about in asked
        ],
        dtype=np.str_,
    )
    field = grouped([name for name, _ in fields])
    return PagePlan(
        marking=marking,
        marked_by={one: marking == one.value for one in Marking},
        kind=kind,
        pool=_pools(kind),
        option=grouped([(box.label or box.option, one) for box, one in zip(page.boxes, kinds, strict=True)]),
        place=grouped([(one, rank) for one, rank in zip(kinds, question_places(page.boxes), strict=True)]),
        field=field,
        one_asked=np.array([one for _, one in fields], dtype=bool),
        bare=bare_boxes(page),
        grid=np.array([len(name) > 1 for name, _ in fields], dtype=bool),
        examiner=np.array([about.writer == "examiner" for about in asked], dtype=bool),
        round=np.array([box.shape == "circle" for box in page.boxes], dtype=bool),
        lying=_lying(page, field),
        nearest=_nearest(page),
    )


def _lying(page: PageLayout, field: Groups) -> Flags:
    """(n,) whether the boxes of each box's field spread more across the page than down it."""
    if not page.boxes:
        return np.zeros(0, dtype=bool)
    places = np.array([(box.x, box.y) for box in page.boxes]).T
    last = np.arange(len(field.sizes)), field.sizes - 1
    across, down = (field.ordered(place)[last] - field.ordered(place)[:, 0] for place in places)
    return np.asarray((across > down)[field.of_box])


def _kinds(page: PageLayout) -> list[int]:
    """Number of each box's shape and size: found in a picture, no two boxes are of just one size."""
    numbers = np.zeros(len(page.boxes), dtype=np.intp)
    shapes = np.array([box.shape for box in page.boxes], dtype=np.str_)
    if len(page.boxes):
        for number, members in enumerate(size_classes(box_places(page.boxes)[1], shapes)):
            numbers[members] = number
    return [int(number) for number in numbers]


def _pools(kind: Groups) -> Groups:
    """Kinds with the boxes that they are judged by."""
    few = kind.sizes < ALIKE
    if not few.any():
        return kind
    count = len(kind.of_box)
    rows = np.zeros((len(kind.sizes), count), dtype=np.intp)
    rows[:, : kind.rows.shape[1]] = kind.rows
    rows[few] = np.arange(count)
    return Groups(of_box=kind.of_box, rows=rows, sizes=np.where(few, count, kind.sizes))


def _field(question: str, option: str, about: LayoutQuestion) -> tuple[tuple[str, ...], bool]:
    """Name of a box's field, and whether at most one mark is asked in it."""
    column, _, digit = option.partition("=")
    if about.kind in (Kind.NUMBER, Kind.ID) and digit:
        return (question, column), True
    return (question,), about.kind in ONE_ASKED


def _nearest(page: PageLayout) -> Rows:
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.boxes]).reshape(-1, 2)
    apart = np.abs(centres[:, None] - centres[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    count = min(NEAREST, max(len(centres) - 1, 0))
    return np.argsort(apart, axis=1, kind="stable")[:, :count]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoxTable:
    """Measures of one page with its plan, or of many pages alike, one after another."""

    values: Values
    """(n, features), each column in one piece of memory."""
    evidence: Values
    """(n,) mean ink inside that is not print: masked and signed measure together."""
    plan: PagePlan
    pages: int
    """How many pages, each with as many boxes."""
    bilevel: Flags
    """(n,) boxes on bilevel pages."""

    def __getitem__(self, feature: str) -> Values:
        return np.asarray(self.values[:, COLUMN[feature]])

    def __len__(self) -> int:
        return len(self.values)

    def each(self, start: str, ends: Iterable[str]) -> Values:
        """(ends, n) features whose names begin alike; reduced over the first axis, a few at a time."""
        return np.stack([self[start + end] for end in ends])

    def has(self, marking: Marking) -> Flags:
        """(n,) boxes that are marked by this convention."""
        return self.plan.marked_by[marking]

    @property
    def printed(self) -> Flags:
        """(n,) boxes with something printed inside."""
        return np.asarray(self["blank"] > PRINTED)

    @property
    def on_page(self) -> int:
        """How many boxes each page has."""
        return len(self) // max(self.pages, 1)

    def by_page(self, values: NDArray[Any]) -> NDArray[Any]:
        """(pages, boxes of a page) of values (n,)."""
        return values.reshape(self.pages, self.on_page)

    def count_on_page(self, flags: Flags) -> Rows:
        """(n,) how many boxes of each box's page are flagged."""
        return np.repeat(np.count_nonzero(self.by_page(flags), axis=1), self.on_page)


def box_table(reads: Sequence[PageRead], layout: Layout, page: PageLayout) -> BoxTable:
    """Join the measures of some scans of one page with its layout."""
    stored = np.concatenate([read.features for read in reads])
    values = np.ascontiguousarray(stored.T).astype(np.float32)
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, posinf=1.0, neginf=0.0)
    signed = np.maximum(values[COLUMN["gain"]], 0.0)
    plan = page_plan(layout, page)
    return BoxTable(
        values=values.T,
        evidence=0.5 * (values[COLUMN["fresh"]] + signed),
        plan=plan if len(reads) == 1 else plan.tiled(len(reads)),
        pages=len(reads),
        bilevel=np.array([read.quality.bilevel for read in reads], dtype=bool).repeat(len(page.boxes)),
    )


def question_places(boxes: Sequence[Box]) -> list[int]:
    """Place of each box among the boxes of its question, in reading order, from 0."""
    asked = defaultdict(list)
    for index, box in enumerate(boxes):
        asked[box.question].append(index)
    places = [0] * len(boxes)
    for members in asked.values():
        members.sort(key=lambda index: boxes[index].y)
        lines: list[list[int]] = []
        for index in members:
            # Boxes of one line need not lie at the same height to the last pixel.
            if lines and boxes[index].y < boxes[lines[-1][0]].y + 0.5 * boxes[index].h:
                lines[-1].append(index)
            else:
                lines.append([index])
        ordered = (index for line in lines for index in sorted(line, key=lambda one: boxes[one].x))
        for place, index in enumerate(ordered):
            places[index] = place
    return places
