"""Grade the stored readings of a results folder again, with today's keys, lists and decisions."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.changes import Changes
from pipeline.gather import gather_exams, with_earlier_exams
from pipeline.publication import Draft, draft, publish
from pipeline.publish import BatchReport
from pipeline.remembered import as_last_time, known_lists, layout_book, refuse_other_exams, remember
from pipeline.settings import GradeSettings, RegradeSettings
from pipeline.store import PublishedBy, Store


def regrade(settings: RegradeSettings, *, what: PublishedBy = "regrade") -> BatchReport:
    """Grade the stored readings again and publish; opens no image.

    Parameters
    ----------
    settings
        Which folder, and what is not as the last time.
    what
        The command, for the record.

    Returns
    -------
    BatchReport
        With the changes against what was published last.

    Raises
    ------
    ResultsFault
        When the folder has no readings, or cannot be written.
    UsageFault
        When a key or a list cannot be used.
    """
    Store.open(settings.results, write=False).close()
    with Store.open(settings.results) as store, without_collection():
        again, made = _drafted(settings, store, keep=True)
        remember(store, again, made.exams)
        return publish(store, made, again, what=what, decoded=0)


def preview_regrade(settings: RegradeSettings) -> Changes:
    """What a regrade would change; writes nothing.

    Raises
    ------
    ResultsFault
        When the folder has no readings.
    UsageFault
        When a key or a list cannot be used.
    """
    with Store.open(settings.results, write=False) as store, without_collection():
        return _drafted(settings, store, keep=False)[1].changes


def _drafted(settings: RegradeSettings, store: Store, *, keep: bool) -> tuple[GradeSettings, Draft]:
    """The last run's settings, with what is named now in their place, and what they would publish."""
    again, keys = as_last_time(settings, store)
    exams = gather_exams(keys)
    refuse_other_exams(store, exams, again)
    before = store.keys()
    exams = with_earlier_exams(exams, before)
    lists = known_lists(again, exams, layout_book(again, exams, store), store)
    return again, draft(store, exams, lists, again, before, keep=keep)


@contextmanager
def without_collection() -> Iterator[None]:
    """Records of a hundred thousand answers hold no circles: looking for some takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
