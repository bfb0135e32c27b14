"""The pages of a results folder joined, from what was joined before where that still holds.

Joining looks at every box of every page, and depends on neither right answers nor points. So it is
kept in the store, under a fingerprint of everything that it does depend on.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipeline.errors import ResultsFault
from pipeline.model import (
    Assembly,
    Layout,
    LayoutBook,
    PageLayout,
    PageRead,
    PageResult,
    PageSource,
    PageStates,
)
from pipeline.reading import (
    DECIDER_VERSION,
    FEATURES,
    Lists,
    StudentPages,
    assemble,
    decide_many,
    lists_digest,
)
from pipeline.store import (
    ReadingState,
    Store,
    assembly_data,
    marks_data,
    stored_assembly,
    without_measures,
)

JOINED = "assembly"
"""Name that a joined batch is kept under."""
MARKS = "marks"
"""Name that the hash of its marks is kept under."""
Load = Callable[[Iterable[PageSource]], Iterable[PageResult | None]]
"""Gives the reading of each page with its measures; None where there is none."""
AT_ONCE = 50
"""Booklets whose measures are in memory together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """A results folder's pages, joined."""

    state: ReadingState
    assembly: Assembly
    """Without marks when they were not wanted."""
    notices: tuple[str, ...]
    marks_hash: str
    """SHA-256 of what every box was read as, hexadecimal."""
    marks_data: bytes | None
    """What every box was read as; None when the store keeps it already."""


def joined(store: Store, lists: Lists, *, keep: bool = True, marks: bool = False) -> Joined:
    """Join the pages of a results folder.

    Parameters
    ----------
    store
        The folder's store.
    lists
        Layouts, exams, roster, printed sheets and decisions.
    keep
        Whether to keep what was joined for the next run.
    marks
        Whether the marks of all boxes are wanted: then the readings are needed.

    Raises
    ------
    ResultsFault
        When a page has never been read.
    """
    state = store.reading_state()
    fingerprint = f"{DECIDER_VERSION} {state.digest} {lists_digest(lists)}"
    if not marks and not state.unread:
        before = _joined_before(store, state, fingerprint)
        if before is not None:
            return before
    assembly, notices = assemble_stored(store, lists)
    data = marks_data(assembly.marks)
    marks_hash = hashlib.sha256(data).hexdigest()
    if not marks:
        assembly = replace(assembly, marks=())  # a third of its memory
    if keep:
        store.keep_derived(JOINED, fingerprint, assembly_data(assembly, notices))
        store.keep_derived(MARKS, fingerprint, marks_hash.encode("ascii"))
    return Joined(state=state, assembly=assembly, notices=notices, marks_hash=marks_hash, marks_data=data)


def _joined_before(store: Store, state: ReadingState, fingerprint: str) -> Joined | None:
    """What an earlier run has joined, when its marks are on record too."""
    data, name = store.derived(JOINED, fingerprint), store.derived(MARKS, fingerprint)
    if data is None or name is None or store.evidence.blob(name.decode("ascii")) is None:
        return None
    before = stored_assembly(data)
    if before is None:
        return None
    assembly, notices = before
    marks_hash = name.decode("ascii")
    return Joined(state=state, assembly=assembly, notices=notices, marks_hash=marks_hash, marks_data=None)


def assemble_stored(store: Store, lists: Lists) -> tuple[Assembly, tuple[str, ...]]:
    """Join the pages of a results folder, as :func:`assemble_light`.

    Raises
    ------
    ResultsFault
        When a page has never been read.
    """
    return assemble_light(stored_results(store, measures=False), lists, store.readings)


def assemble_light(
    results: Sequence[PageResult], lists: Lists, load: Load
) -> tuple[Assembly, tuple[str, ...]]:
    """Join pages with the measures of few of them in memory at a time.

    They are nine tenths of a reading. Each is loaded when the states of its boxes are decided, and let
    go; the readings in the assembly's marks are without them.

    Parameters
    ----------
    results
        What each page gave, :func:`without_measures`.
    lists
        Layouts, exams, roster, printed sheets and decisions.
    load
        Loads readings with their measures.

    Raises
    ------
    ResultsFault
        When one of them is not there any more.
    """

    def decide(booklets: Sequence[StudentPages]) -> tuple[tuple[PageStates, ...], ...]:
        found: list[tuple[PageStates, ...]] = []
        for first in range(0, len(booklets), AT_ONCE):
            some = [_loaded_pages(load, pages) for pages in booklets[first : first + AT_ONCE]]
            found += [tuple(map(_small, states)) for states in decide_many(some)]
        return tuple(found)

    return assemble(results, lists, decide)


def _loaded_pages(load: Load, pages: StudentPages) -> StudentPages:
    whole = loaded(load, [read for read, _, _ in pages])
    return [(read, layout, page) for read, (_, layout, page) in zip(whole, pages, strict=True)]


@cache
def _no_flags(boxes: int) -> tuple[tuple[str, ...], ...]:
    return ((),) * boxes


def _small(states: PageStates) -> PageStates:
    """The same states; pages without a flag, which most are, share that."""
    return states if any(states.flags) else replace(states, flags=_no_flags(len(states.flags)))


def with_measures(store: Store, reads: Sequence[PageRead]) -> list[PageRead]:
    """Readings as they are stored; errors as :func:`loaded`."""
    return loaded(store.readings, reads)


def loaded(load: Load, reads: Sequence[PageRead]) -> list[PageRead]:
    """Readings with their measures, for readings without.

    Raises
    ------
    ResultsFault
        When one of them is not there any more.
    """
    whole = [result for result in load([read.source for read in reads]) if isinstance(result, PageRead)]
    if len(whole) != len(reads):
        raise ResultsFault("readings of the results folder are missing", hint="grade the scans again")
    return whole


def layout_of(read: PageRead, book: LayoutBook) -> tuple[Layout, PageLayout] | None:
    """The layout that a page was read with, and its page; None when it is not known any more."""
    layout = book.find(read.code) if read.code else None
    if layout is None:
        layout = next((one for one in book.uncoded if one.hash == read.layout_hash), None)
    page = layout.page(read.sheet) if layout else None
    return None if layout is None or page is None else (layout, page)


def stored_results(store: Store, *, measures: bool = True) -> list[PageResult]:
    """The reading of every page of the folder, in the order of the scans.

    Parameters
    ----------
    store
        The folder's store.
    measures
        Whether with the measures and places of the boxes.

    Raises
    ------
    ResultsFault
        When a page has never been read.
    """
    sources = store.sources()
    results = []
    for source, result in zip(sources, store.readings(sources), strict=True):
        if result is None:
            raise ResultsFault(
                f"{source.file} page {source.page} has not been read yet",
                hint="an earlier run was interrupted: run scangrade grade again with the same scans",
            )
        if isinstance(result, PageRead) and result.features.shape[1] != len(FEATURES):
            raise ResultsFault(
                f"{source.file} page {source.page} was read by an earlier version, which measured less",
                hint="run scangrade grade again with the same scans: they are then read anew",
            )
        results.append(result if measures else without_measures(result))
    return results
