"""A results folder as the page shows it: its grades as they would be now, and every doubt in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.grades import Graded
from pipeline.joined import layout_of
from pipeline.model import (
    BoxState,
    Doubt,
    Kind,
    Layout,
    LayoutBook,
    PageLayout,
    PageRead,
    PageResult,
    PageSource,
)
from pipeline.publication import Draft
from pipeline.reading import likely_reading, page_name, question_boxes
from pipeline.regrade import preview_regrade
from pipeline.review.page.queue import Item, Ranked, Wall, ranked_doubts, walls
from pipeline.settings import RegradeSettings
from pipeline.store import KeptStates, Store, read_marks

SEPARATOR = " | "
"""Between what may be decided on a doubt."""
NOBODY = "a student id"
"""What stands there when nobody is likely."""

States = Mapping[tuple[str, int], KeptStates]


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """What the page was loaded from; decisions that are made later are not in it."""

    draft: Draft
    items: Mapping[str, Item]
    """By doubt, in the order in which they are shown."""
    decisions: int
    """How many decisions it takes account of."""
    states: States

    @property
    def graded(self) -> Graded:
        """The grades as they would be published."""
        return self.draft.graded

    @property
    def book(self) -> LayoutBook:
        """Every layout that a page may be printed from."""
        return self.draft.material.lists.book

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The doubts in their order."""
        return tuple(self.items)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each doubt stands in the order."""
        return {name: place for place, name in enumerate(self.order)}

    @cached_property
    def walls(self) -> tuple[Wall, ...]:
        """Doubts that look alike."""
        return walls(self.items.values())

    @cached_property
    def sources(self) -> Mapping[tuple[str, int], PageSource]:
        """Pages by (file, page)."""
        return {(source.file, source.page): source for source in self.draft.material.sources}

    @cached_property
    def by_name(self) -> Mapping[str, PageSource]:
        """Pages by the name that decisions know them by."""
        return {page_name(source): source for source in self.draft.material.sources}


def load_batch(results: Path) -> Batch:
    """Grade a results folder as it would be published now, and put its doubts in order; writes nothing.

    Raises
    ------
    ResultsFault
        When the folder has no readings.
    UsageFault
        When it is no results folder, or was never graded, or a key or a list cannot be used.
    """
    with Store.open(results, write=False) as store:
        decisions = len(store.decisions())
    draft = preview_regrade(RegradeSettings(results=results))
    sources = {(source.file, source.page): source for source in draft.material.sources}
    ranked = ranked_doubts(draft.graded, draft.exams)
    wanted = {
        sources[one.doubt.file, one.doubt.page]: None
        for one in ranked
        if one.doubt.kind != "page" and (one.doubt.file, one.doubt.page) in sources
    }
    with Store.open(results, write=False) as store:
        states = _states(store, draft)
        pages = dict(zip(wanted, store.readings(wanted), strict=True))
    book = draft.material.lists.book
    items = {one.doubt.id: _item(one, draft, sources, pages, states, book) for one in ranked}
    return Batch(draft=draft, items=items, decisions=decisions, states=states)


def _states(store: Store, draft: Draft) -> States:
    data = draft.material.marks_data
    if data is None:
        data = store.evidence.blob(draft.material.marks_hash)
    return read_marks(data) if data else {}


def boxes_of(page: PageLayout, question: str) -> tuple[int, ...]:
    """Where the boxes of a question stand in a page layout."""
    return tuple(index for index, box in enumerate(page.boxes) if box.question == question)


def _item(
    ranked: Ranked,
    draft: Draft,
    sources: Mapping[tuple[str, int], PageSource],
    pages: Mapping[PageSource, PageResult | None],
    states: States,
    book: LayoutBook,
) -> Item:
    doubt = ranked.doubt
    source = sources.get((doubt.file, doubt.page))
    exam = draft.exams.exams.get((doubt.exam, doubt.version))
    asked = next((one for one in exam.questions if one.id == doubt.question), None) if exam else None
    plain = Item(ranked=ranked, question=asked, source=source, proposal=doubt.reading)
    read = pages.get(source) if source else None
    placed = layout_of(read, book) if isinstance(read, PageRead) else None
    if doubt.kind in ("student", "page"):
        return replace(plain, proposal=first_proposal(doubt), boxes=_id_boxes(*placed) if placed else ())
    if asked is None or source is None or placed is None:
        return plain
    boxes = boxes_of(placed[1], asked.id)
    kept = states.get((source.sha256 or source.path, source.page))
    if kept is None or not boxes or len(kept.states) != len(placed[1].boxes):
        return replace(plain, boxes=boxes)
    return _proposed(plain, boxes, placed[1], kept)


def _proposed(plain: Item, boxes: Sequence[int], page: PageLayout, kept: KeptStates) -> Item:
    """The item with the likeliest reading of its boxes."""
    asked = plain.question
    if asked is None:
        return plain
    found = question_boxes(
        [(page.boxes[index].question, page.boxes[index].option) for index in boxes],
        [BoxState(kept.states[index]) for index in boxes],
        [float(kept.p_marked[index]) for index in boxes],
        [()] * len(boxes),
    )[asked.id]
    certainty = 1.0
    for box in found:
        certainty *= max(box.p_marked, 1.0 - box.p_marked)
    return replace(
        plain,
        proposal=likely_reading(asked, found),
        boxes=tuple(boxes),
        unclear=tuple(place for place, box in enumerate(found) if not box.clear),
        certainty=certainty,
    )


def first_proposal(doubt: Doubt) -> str:
    """The student whose a sheet most likely is; "" when nobody is likely, and for a page."""
    if doubt.kind != "student" or doubt.choices == NOBODY:
        return ""
    return doubt.choices.split(SEPARATOR)[0]


def _id_boxes(layout: Layout, page: PageLayout) -> tuple[int, ...]:
    """The boxes of a page that say whose it is."""
    ids = {name for name, question in layout.questions.items() if question.kind is Kind.ID}
    return tuple(index for index, box in enumerate(page.boxes) if box.question in ids)
