"""Grade the stored readings of a results folder again, with today's keys, lists and decisions."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.publication import Draft, draft, publish
from pipeline.publish import BatchReport
from pipeline.remembered import as_last_time, exams_at_hand, known_exams, known_lists, layout_book
from pipeline.settings import GradeSettings, RegradeSettings
from pipeline.store import PublishedBy, Store


def regrade(settings: RegradeSettings, *, what: PublishedBy = "regrade", marks: bool = False) -> BatchReport:
    """Grade the stored readings again and publish; opens no image.

    Parameters
    ----------
    settings
        Which folder, and what is not as the last time.
    what
        The command, for the record.
    marks
        Whether the marks of all boxes are wanted in the report's assembly.

    Returns
    -------
    BatchReport
        With the changes against what was published last.

    Raises
    ------
    ResultsFault
        When the folder has no readings, or cannot be written.
    UsageFault
        When it is no results folder, a key or a list cannot be used, or ``review.csv`` holds a
        decision that would be lost.
    """
    Store.open(settings.results, write=False).close()
    with Store.open(settings.results) as store, without_collection():
        again, made = _drafted(settings, store, keep=True, marks=marks)
        return publish(store, made, again, what=what, decoded=0)


def preview_regrade(settings: RegradeSettings) -> Draft:
    """What a regrade would publish; writes nothing.

    Raises
    ------
    ResultsFault
        When the folder has no readings.
    UsageFault
        When it is no results folder, or a key or a list cannot be used.
    """
    with Store.open(settings.results, write=False) as store, without_collection():
        store.refuse_purged()
        return _drafted(settings, store, keep=False)[1]


def _drafted(
    settings: RegradeSettings, store: Store, *, keep: bool, marks: bool = False
) -> tuple[GradeSettings, Draft]:
    """The last run's settings, with what is named now in their place, and what they would publish."""
    again, keys = as_last_time(settings, store)
    exams = exams_at_hand(keys, named=settings.keys is not None, store=store)
    exams = known_exams(store, exams, settings.keys)
    lists = known_lists(again, exams, layout_book(again, exams, store), store)
    return again, draft(store, exams, lists, again, keep=keep, marks=marks)


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
