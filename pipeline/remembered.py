"""What a results folder remembers of its runs: exam files, layouts, lists; and whether they still fit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import ResultsFault, UsageFault
from pipeline.exam import load_layout, parse_layout
from pipeline.gather import Exams, gather_layouts, gather_roster, gather_sheets
from pipeline.model import Decision, LayoutBook
from pipeline.reading import Lists
from pipeline.settings import GradeSettings, ReadSettings, RegradeSettings
from pipeline.store import DATABASE, KeyVersion, Store


def layout_book(settings: ReadSettings, exams: Exams, store: Store) -> LayoutBook:
    """Every layout that a page of the folder may have been printed from.

    Raises
    ------
    UsageFault
        When there is none.
    """
    stored = [parse_layout(text, settings.output / DATABASE) for text in store.layouts().values()]
    book = gather_layouts(exams, stored)
    if settings.layout is not None:
        book = LayoutBook(coded=book.coded, fixed=load_layout(settings.layout))
    if not book.coded and book.fixed is None:
        raise UsageFault(
            "there is no layout to read with",
            hint="name exam files with --keys, or a layout with --layout",
        )
    return book


def known_lists(settings: ReadSettings, exams: Exams, book: LayoutBook, store: Store) -> Lists:
    """What is known beside the pages: exams, printed sheets, roster, decisions."""
    return Lists(
        book=book,
        exams=exams.exams,
        sheets=gather_sheets(exams, settings.list_folders or settings.scans, settings.sheets),
        roster=gather_roster(settings.roster),
        decisions=latest(store.decisions()),
    )


def latest(decisions: Sequence[Decision]) -> Mapping[str, Decision]:
    """The last decision on each doubt."""
    return {decision.doubt: decision for decision in decisions}


def refuse_other_exams(store: Store, exams: Exams, settings: GradeSettings) -> None:
    """A results folder is refused when its exams and these keys have none in common."""
    before = {key.exam for key in store.keys()}  # noqa: SIM118 (a method of the store, not of a mapping)
    if before and not before & set(exams.ids):
        raise UsageFault(
            f"{settings.output} holds results of {', '.join(sorted(before))},"
            f" and {settings.keys} has {', '.join(exams.ids)}",
            hint="name another results folder with -o, or the keys of that exam with --keys",
        )


def with_last_lists(settings: GradeSettings, store: Store) -> GradeSettings:
    """The settings, with the lists of the last run where none are named now.

    Latecomers are graded into the same folder by a command that names only their scans; the roster
    and the printed sheets of the others must not be forgotten by it.
    """
    scans = [Path(path) for path in store.get("scans", [])]
    sheets = [Path(path) for path in store.get("sheets", [])]
    return replace(
        settings,
        roster=settings.roster or _path(store.get("roster", "")),
        credits=settings.credits or _path(store.get("credits", "")),
        sheets=tuple(dict.fromkeys((*settings.sheets, *(path for path in sheets if path.is_file())))),
        list_folders=tuple(dict.fromkeys((*settings.scans, *scans))),
    )


def as_last_time(settings: RegradeSettings, store: Store) -> tuple[GradeSettings, Path]:
    """The settings of the last run, with what is named now in their place, and the keys among them.

    Raises
    ------
    ResultsFault
        When the folder was never graded, and no keys are named.
    """
    keys = settings.keys or _path(store.get("keys", ""))
    if keys is None:
        raise ResultsFault(
            f"{settings.results} has never been graded",
            hint="run scangrade grade first, or name the keys with --keys",
        )
    again = GradeSettings(
        scans=tuple(Path(path) for path in store.get("scans", [])),
        output=settings.results,
        keys=keys,
        sheets=tuple(Path(path) for path in store.get("sheets", [])),
        roster=settings.roster or _path(store.get("roster", "")),
        credits=settings.credits or _path(store.get("credits", "")),
        write_marks=bool(store.get("marks", False)),
    )
    return again, keys


def remember(store: Store, settings: GradeSettings, exams: Exams) -> None:
    """Keep the keys and the lists, so that the folder can be graded again by itself."""
    for file in exams.files:
        text = Path(file.path).read_bytes()
        store.use_key(KeyVersion(exam=file.id, hash=file.key_hash, file=file.path, text=text))
    store.put("keys", str(settings.keys.resolve()) if settings.keys else "")
    store.put("roster", str(settings.roster.resolve()) if settings.roster else "")
    store.put("credits", str(settings.credits.resolve()) if settings.credits else "")
    folders = settings.list_folders or settings.scans
    store.put("scans", [str(path.resolve()) for path in folders])
    store.put("sheets", [str(path.resolve()) for path in settings.sheets])
    store.put("marks", settings.write_marks)


def _path(text: str) -> Path | None:
    return Path(text) if text else None
