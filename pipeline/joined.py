"""The pages of a results folder joined, from what was joined before where that still holds.

Joining looks at every box of every page, and depends on neither right answers nor points. So it is
kept in the store, under a fingerprint of everything that it does depend on.
"""

from dataclasses import dataclass

from pipeline.errors import ResultsFault
from pipeline.model import Assembly, PageResult
from pipeline.reading import DECIDER_VERSION, Lists, assemble, lists_digest
from pipeline.store import ReadingState, Store, assembly_data, stored_assembly

JOINED = "assembly"
"""Name that a joined batch is kept under."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """A results folder's pages, joined."""

    state: ReadingState
    assembly: Assembly
    """Without marks when it was joined before."""
    notices: tuple[str, ...]


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
        data = store.derived(JOINED, fingerprint)
        before = stored_assembly(data) if data is not None else None
        if before is not None:
            return Joined(state=state, assembly=before[0], notices=before[1])
    assembly, notices = assemble(stored_results(store), lists)
    if keep:
        store.keep_derived(JOINED, fingerprint, assembly_data(assembly, notices))
    return Joined(state=state, assembly=assembly, notices=notices)


def stored_results(store: Store) -> list[PageResult]:
    """The reading of every page of the folder, in the order of the scans.

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
        results.append(result)
    return results
