"""What a results folder remembers of its runs: exam files, layouts, lists; and whether they still fit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import UsageFault
from pipeline.exam import load_layout, parse_layout
from pipeline.gather import (
    Exams,
    gather_exams,
    gather_layouts,
    gather_roster,
    gather_sheets,
    with_known_exams,
)
from pipeline.model import Decision, Layout, LayoutBook
from pipeline.reading import Lists, standing_decisions
from pipeline.settings import GradeSettings, ReadSettings, RegradeSettings
from pipeline.store import DATABASE, Store

PRINTED = "printed"
"""Name of the setting that says which serial was printed for whom."""
ANONYMOUS = "anonymous"
"""Name of the setting that says that the folder holds no names."""


def layout_book(settings: ReadSettings, exams: Exams, store: Store) -> LayoutBook:
    """Every layout that a page of the folder may have been printed from.

    Raises
    ------
    UsageFault
        When there is none.
    """
    book = gather_layouts(exams, list(stored_layouts(store).values()))
    if settings.layout is not None:
        book = LayoutBook(coded=book.coded, fixed=load_layout(settings.layout))
    if not book.coded and book.fixed is None:
        raise UsageFault(
            "there is no layout to read with",
            hint="name exam files with --keys, or a layout with --layout",
        )
    return book


def stored_layouts(store: Store) -> dict[str, Layout]:
    """Every layout that pages of the folder were read with, by the hash that they name it by."""
    return {name: parse_layout(text, store.folder / DATABASE) for name, text in store.layouts().items()}


def exams_at_hand(keys: Path, *, named: bool, store: Store) -> Exams:
    """The exams of the keys that are named now; or of those of the last run, if they are still there.

    Raises
    ------
    UsageFault
        When there is no exam file, or one has faults.
    """
    is_there = keys.is_file() or (keys.is_dir() and any(keys.glob("*.y*ml")))
    return gather_exams(keys) if named or is_there or not store.keys() else Exams()


def known_exams(store: Store, exams: Exams, named: Path | None) -> Exams:
    """The exams at hand, and every other one that the results folder was graded by.

    Parameters
    ----------
    store
        The folder's store.
    exams
        Those at hand.
    named
        The keys that the user has named; None: none.

    Raises
    ------
    UsageFault
        When the folder holds results of other exams only, or an exam file has faults.
    """
    before = store.keys()
    known = {key.exam for key in before}
    if exams.ids and known and not known & set(exams.ids):
        held, found = ", ".join(sorted(known)), ", ".join(exams.ids)
        raise UsageFault(
            f"{store.folder} holds results of {held}, and {named or 'the exam file'} has {found}",
            hint="name another results folder with -o, or the keys of that exam with --keys",
        )
    return with_known_exams(exams, before, named)


def known_lists(settings: ReadSettings, exams: Exams, book: LayoutBook, store: Store) -> Lists:
    """What is known beside the pages: exams, printed sheets, roster, decisions.

    Raises
    ------
    UsageFault
        When a list has faults, or the folder is to be anonymous and holds names already.
    """
    anonymous = bool(store.get(ANONYMOUS, False))
    if settings.anonymous and not anonymous and store.evidence.chain():
        raise UsageFault(
            f"{store.folder} was graded with names before, and cannot become anonymous",
            hint="name another results folder with -o; scangrade purge takes names out of this one",
        )
    known = {(exam, serial): student for exam, serial, student in store.get(PRINTED, [])}
    lost = any(not Path(path).is_file() for path in store.get("sheets", []))
    found = gather_sheets(exams, settings.list_folders or settings.scans, settings.sheets, known)
    return Lists(
        book=book,
        exams=exams.exams,
        sheets=known | found if lost else found,
        roster=gather_roster(settings.roster, names=not (anonymous or settings.anonymous)),
        decisions=latest(store.decisions()),
    )


def latest(decisions: Sequence[Decision]) -> Mapping[str, Decision]:
    """The last decision on each doubt, without those that were withdrawn."""
    return standing_decisions(decisions)


def with_last_lists(settings: GradeSettings, store: Store) -> GradeSettings:
    """The settings, with the lists of the last run where none are named now.

    Latecomers are graded into the same folder by a command that names only their scans; the roster
    and the printed sheets of the others must not be forgotten by it.
    """
    scans = [Path(path) for path in store.get("scans", [])]
    return replace(
        settings,
        roster=settings.roster or _path(store.get("roster", "")),
        credits=_credits(settings, store),
        totals=_totals(settings, store),
        sheets=tuple(dict.fromkeys((*settings.sheets, *_last_sheets(store)))),
        anonymous=settings.anonymous or bool(store.get(ANONYMOUS, False)),
        list_folders=tuple(dict.fromkeys((*settings.scans, *scans))),
    )


def as_last_time(settings: RegradeSettings, store: Store) -> tuple[GradeSettings, Path]:
    """The settings of the last run, with what is named now in their place, and the keys among them.

    Raises
    ------
    UsageFault
        When the folder was never graded, and no keys are named; or its list of credits is gone.
    """
    keys = settings.keys or _path(store.get("keys", ""))
    if keys is None:
        raise UsageFault(
            f"{settings.results} has never been graded",
            hint="run scangrade grade first, or name the keys with --keys",
        )
    again = GradeSettings(
        scans=tuple(Path(path) for path in store.get("scans", [])),
        output=settings.results,
        keys=keys,
        sheets=_last_sheets(store),
        roster=settings.roster or _path(store.get("roster", "")),
        credits=_credits(settings, store),
        anonymous=bool(store.get(ANONYMOUS, False)),
        totals=_totals(settings, store),
        write_marks=bool(store.get("marks", False)),
    )
    return again, keys


def _last_sheets(store: Store) -> tuple[Path, ...]:
    """Lists of sheets that the last run was given; what a lost one said is known by ``PRINTED``."""
    return tuple(path for path in map(Path, store.get("sheets", [])) if path.is_file())


def _credits(settings: GradeSettings | RegradeSettings, store: Store) -> Path | None:
    """The list of credits that counts: the one that is named, or that of the last run."""
    if settings.no_credits or settings.credits is not None:
        return settings.credits
    return _still_there(store, "credits", "the list of credits")


def _totals(settings: GradeSettings | RegradeSettings, store: Store) -> Path | None:
    """The list of the covers' totals that counts: the one that is named, or that of the last run."""
    if settings.no_totals or settings.totals is not None:
        return settings.totals
    return _still_there(store, "totals", "the list of totals")


def _still_there(store: Store, name: str, what: str) -> Path | None:
    known = _path(store.get(name, ""))
    if known is not None and not known.is_file():
        raise UsageFault(
            f"{what} of the last run is gone: {known}",
            hint=f"name it with --{name}, or say --no-{name} if there is none any more",
        )
    return known


def to_remember(settings: GradeSettings, lists: Lists, store: Store) -> dict[str, Any]:
    """Where keys and lists are, so that the folder can be graded again by itself: settings by name."""
    sheets = [str(path.resolve()) for path in settings.sheets]
    lost = [path for path in store.get("sheets", []) if not Path(path).is_file()]
    folders = settings.list_folders or settings.scans
    return {
        "keys": str(settings.keys.resolve()) if settings.keys else "",
        "roster": str(settings.roster.resolve()) if settings.roster else "",
        "credits": str(settings.credits.resolve()) if settings.credits else "",
        "totals": str(settings.totals.resolve()) if settings.totals else "",
        "scans": [str(path.resolve()) for path in folders],
        "sheets": list(dict.fromkeys((*sheets, *lost))),
        "marks": settings.write_marks,
        ANONYMOUS: settings.anonymous,
        PRINTED: [[*serial, student] for serial, student in sorted(lists.sheets.items())],
    }


def _path(text: str) -> Path | None:
    return Path(text) if text else None
