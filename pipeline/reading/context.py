"""What the boxes of one student are judged against: the page's empty boxes, the student's own marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Kind, Layout, LayoutQuestion, Marking, PageLayout, PageRead
from pipeline.reading.features import FEATURES

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLEAN = 0.02
"""Mean ink that bare paper may show beyond the page's empty boxes."""
CLEAN_BILEVEL = 0.004
"""The same on bilevel pages: what is left of a faint mark is a few specks."""
SPECK = 0.12
"""What the darkest tenth of a clean box may show beyond the page's empty boxes."""
ARM = 0.035
"""What both diagonals of a clean box may show beyond the page's empty boxes."""
LEAST_MARK = 0.065
"""Mean ink of the smallest mark that is accepted without a person."""
TAIL = 3.0
"""How far the page's empty boxes spread above their middle, against below it."""
PRINTED = 0.025
"""Ink inside the blank box that is a printed label."""
MOST_NOISE = 0.35
"""Empty boxes never look darker than this."""
ENOUGH = 20
"""With fewer boxes of a kind, most of them may be marked."""
ALIKE = 8
"""With fewer boxes of a kind, they are judged together with all others of the page."""

NEAREST = 5
"""Neighbours whose surroundings a box may share."""

COLUMN: Mapping[str, int] = {name: index for index, name in enumerate(FEATURES)}
RING = tuple(index for index, name in enumerate(FEATURES) if name.startswith("ring_"))
FAR = tuple(index for index, name in enumerate(FEATURES) if name.startswith("far_"))
ONE_ASKED = (Kind.CHOICE, Kind.TRUEFALSE, Kind.CREDITS, Kind.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoxTable:
    """Measures of one page with what its layout says of each box."""

    values: Values
    """(n, features)"""
    marking: tuple[Marking, ...]
    group: NDArray[np.intp]
    """(n,) boxes of one shape and size share a number."""
    option: NDArray[np.intp]
    """(n,) boxes of one group and option share a number."""
    single: NDArray[np.intp]
    """(n,) boxes among which at most one mark is asked share a number; -1: no such limit."""
    examiner: Flags
    """(n,) whether the examiner marks the box."""
    nearest: NDArray[np.intp]
    """(n, up to NEAREST) the boxes nearest to each."""
    bilevel: bool

    def __getitem__(self, feature: str) -> Values:
        return np.asarray(self.values[:, COLUMN[feature]])

    def has(self, marking: Marking) -> Flags:
        """(n,) boxes that are marked by this convention."""
        return np.array([one is marking for one in self.marking], dtype=bool)

    @property
    def printed(self) -> Flags:
        """(n,) boxes with something printed inside."""
        return np.asarray(self["blank"] > PRINTED)

    @property
    def evidence(self) -> Values:
        """Mean ink inside that is not print, (n,): masked and signed measure together."""
        return np.asarray(0.5 * (self["fresh"] + np.maximum(self["gain"], 0.0)))


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


def box_table(read: PageRead, layout: Layout, page: PageLayout) -> BoxTable:
    """Join a page's measures with its layout."""
    plain = LayoutQuestion(kind=Kind.CHOICES)
    asked = [layout.questions.get(box.question, plain) for box in page.boxes]
    group = _numbered([(box.shape, round(box.w, 1), round(box.h, 1)) for box in page.boxes])
    return BoxTable(
        values=np.nan_to_num(read.features.astype(np.float64), posinf=1.0, neginf=0.0),
        marking=tuple(
            about.marking or (Marking.ANY if about.writer == "examiner" else layout.marking)
            for about in asked
        ),
        group=group,
        option=_numbered([(box.option, kind) for box, kind in zip(page.boxes, group, strict=True)]),
        single=_single_fields(page, asked),
        examiner=np.array([about.writer == "examiner" for about in asked], dtype=bool),
        nearest=_nearest(read.places_px[:, :2].astype(np.float64)),
        bilevel=read.quality.bilevel,
    )


def _nearest(centres: Values) -> NDArray[np.intp]:
    apart = np.abs(centres[:, None] - centres[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    count = min(NEAREST, max(len(centres) - 1, 0))
    return np.argsort(apart, axis=1, kind="stable")[:, :count]


def _numbered(names: Sequence[object]) -> NDArray[np.intp]:
    seen: dict[object, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.intp)


def _single_fields(page: PageLayout, asked: Sequence[LayoutQuestion]) -> NDArray[np.intp]:
    """Number of each box's single-mark field: a question, or a column of a digit grid."""
    names: list[object] = []
    for box, about in zip(page.boxes, asked, strict=True):
        column, _, digit = box.option.partition("=")
        if about.kind in ONE_ASKED:
            names.append((box.question,))
        elif about.kind in (Kind.NUMBER, Kind.ID) and digit:
            names.append((box.question, column))
        else:
            names.append(None)
    numbers = _numbered(names)
    numbers[[name is None for name in names]] = -1
    return numbers


def _pools(table: BoxTable, values: Values) -> list[tuple[Flags, Values, float]]:
    """(members, values to judge them by, share of those that is surely empty) of each group."""
    pools = []
    for group in np.unique(table.group):
        members = table.group == group
        pool = values[members] if members.sum() >= ALIKE else values
        # Of few boxes, most may be marked: the empty ones are the lowest few.
        pools.append((members, pool, 0.4 if len(pool) >= ENOUGH else 0.2))
    return pools


def noise_levels(table: BoxTable) -> Values:
    """Evidence up to which a box looks like the page's empty ones, (n,).

    Half of the boxes may be marked: the level is taken from the lower two fifths, and their spread
    downwards tells how far the others of their kind reach upwards.
    """
    clean = np.where(table.bilevel & ~table.printed, CLEAN_BILEVEL, CLEAN)
    level = clean.copy()
    for members, pool, share in _pools(table, table.evidence):
        if len(pool) >= 4:
            low, middle = np.quantile(pool, [share / 4, share], method="lower")
            above = middle + TAIL * (middle - low) + clean[members]
            level[members] = np.minimum(above, MOST_NOISE)
    return level


def traces(table: BoxTable) -> Flags:
    """Boxes whose darkest tenth, or whose two diagonals, show more than the page's empty boxes.

    Says nothing where many boxes hold print that the layout does not tell of.
    """
    arms = np.where(table.printed, 0.0, np.minimum(table["arm_down"], table["arm_up"]))
    found = np.zeros(len(table.group), dtype=bool)
    for values, margin in ((table["peak"], SPECK), (arms, ARM)):
        for members, pool, share in _pools(table, values):
            low, middle = (
                np.quantile(pool, [share / 4, share], method="lower") if len(pool) >= 4 else (0.0, 0.0)
            )
            plain = len(pool) < ENOUGH or np.quantile(pool, 0.6) < 0.5 * margin
            if plain:
                found |= members & (values > middle + TAIL * (middle - low) + margin)
    return found


def excess(table: BoxTable, sectors: tuple[int, ...]) -> Values:
    """(n, 8) ink around each box beyond what print of the same option shows elsewhere."""
    ring = table.values[:, sectors]
    usual = np.zeros_like(ring)
    for group in np.unique(table.group):
        members = table.group == group
        usual[members] = np.median(ring[members], axis=0) if members.sum() >= 4 else 0.1
    for option in np.unique(table.option):
        members = table.option == option
        if members.sum() >= 3:
            usual[members] = np.median(ring[members], axis=0)
    if table.nearest.shape[1] >= NEAREST:
        # Shaded rows and lines beside boxes are shared with the neighbours; a mark is not.
        usual = np.maximum(usual, np.median(ring[table.nearest], axis=1))
    return np.asarray(np.maximum(ring - usual, 0.0))


def writers_styles(tables: Sequence[BoxTable], noise: Sequence[Values]) -> list[Style]:
    """How the student and the examiner mark, from marks that are clear by themselves.

    Returns
    -------
    One :class:`Style` for each page: to each box that of its writer, over all pages.
    """
    ink = [table.evidence for table in tables]
    outside = [excess(table, RING).mean(axis=1) for table in tables]
    clear = [one > np.maximum(2.5 * low, LEAST_MARK) for one, low in zip(ink, noise, strict=True)]
    known = {}
    for writer in (False, True):
        chosen = [flags & (table.examiner == writer) for flags, table in zip(clear, tables, strict=True)]
        marks = np.concatenate([one[flags] for one, flags in zip(ink, chosen, strict=True)] or [[]])
        rings = np.concatenate([one[flags] for one, flags in zip(outside, chosen, strict=True)] or [[]])
        known[writer] = _describe(marks, rings)
    return [
        Style(
            **{
                name: np.where(table.examiner, known[True][name], known[False][name])
                for name in ("typical", "spread", "count", "outside")
            }
        )
        for table in tables
    ]


def _describe(marks: Values, rings: Values) -> dict[str, float]:
    if not len(marks):
        return {"typical": 0.0, "spread": 0.0, "count": 0.0, "outside": 0.1}
    logs = np.log(marks)
    middle = float(np.median(logs))
    return {
        "typical": float(np.exp(middle)),
        "spread": 1.4826 * float(np.median(np.abs(logs - middle))),
        "count": float(len(marks)),
        "outside": float(np.quantile(rings, 0.8)) if len(rings) >= 3 else 0.1,
    }
