"""Joins the rooms: a folder of scans becomes readings, answers, grades and tables.

Read this file first after ``model.py``. :func:`read_page` runs in a worker and turns one page into
one small record; everything else happens in the parent: the store, the assembly of pages into
booklets, grading, the tables.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ResultsFault, UnreadablePage, UsageFault
from pipeline.exam import layout_json, load_layout, parse_layout
from pipeline.execute import Workers, run_tasks
from pipeline.gather import (
    Exams,
    gather_credits,
    gather_exams,
    gather_layouts,
    gather_roster,
    gather_sheets,
    with_earlier_exams,
)
from pipeline.grades import grade_assembly
from pipeline.model import (
    Decision,
    LayoutBook,
    PageFailed,
    PageRead,
    PageResult,
    PageSource,
    PageUnmatched,
)
from pipeline.printed import check_printed
from pipeline.publish import (
    BatchReport,
    check_ledger,
    publish_grades,
    publish_reading,
)
from pipeline.reading import (
    Lists,
    PdfEngine,
    ScanFile,
    Unmatched,
    assemble,
    decision_faults,
    find_scans,
    list_pages,
    load_page,
    measure_boxes,
    prepare_worker,
    register_page,
)
from pipeline.settings import GradeSettings, ReadSettings, RegradeSettings
from pipeline.store import DATABASE, Fingerprint, KeyVersion, Store

log = logging.getLogger(__name__)

READER_VERSION = "1"
"""Raise it whenever what is measured on a page changes: stored readings are then made again."""

# --- in the worker -------------------------------------------------------------------------------


def read_page(source: PageSource, book: LayoutBook, engine: PdfEngine = "auto") -> PageResult:
    """Read one page: pixels in, one small record out. Never raises.

    Parameters
    ----------
    source
        The page.
    book
        Every layout that it may have been printed from.
    engine
        What renders PDF pages that are not one image.
    """
    try:
        image = load_page(source, engine)
        found = register_page(image, book, order=source.page)
        if isinstance(found, Unmatched):
            return PageUnmatched(
                source=source,
                finding=found.finding,
                message=found.message,
                ink=found.ink,
                marks_found=found.marks_found,
                code=found.code,
                other_codes=found.other_codes,
            )
        measured = measure_boxes(found)
        return PageRead(
            source=source,
            code=found.code,
            other_codes=found.other_codes,
            sheet=found.page.sheet,
            layout_hash=found.layout.hash,
            rms_mm=round(measured.rms_mm, 4),
            quality=found.quality,
            features=measured.features,
            places_px=measured.places_px,
        )
    except UnreadablePage as error:
        return PageFailed(source=source, code=error.code, message=error.message, hint=error.hint)
    except Exception as error:
        # One bad page never stops a batch: whatever a decoder throws becomes a line of the ledger.
        log.debug("%s page %d", source.file, source.page, exc_info=True)
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        return failed_page(source, what, code="broken")


def failed_page(
    source: PageSource, what: str = "the reading process died", code: str = "crashed"
) -> PageFailed:
    """The record of a page whose reading broke down.

    A crash may have been the machine's, so a page with the code ``crashed`` is read again by the
    next run; any other failure is the page's own.
    """
    return PageFailed(
        source=source,
        code=code,
        message=f"{source.file} page {source.page} could not be read: {what}",
        hint="scan this page again, or send it with a bug report",
    )


@dataclass(frozen=True, slots=True)
class PageReader:
    """:func:`read_page` with its layouts, sent to each worker once per chunk."""

    book: LayoutBook
    engine: PdfEngine

    def __call__(self, source: PageSource) -> PageResult:
        """Read one page."""
        return read_page(source, self.book, self.engine)


# --- in the parent -------------------------------------------------------------------------------


def read_batch(settings: ReadSettings) -> BatchReport:
    """Read scans and write ``marks.csv`` and ``pages.csv``: before a key exists, or other paper.

    Raises
    ------
    UsageFault
        No such folder, no scans, a bad layout or exam file, a bad roster.
    ResultsFault
        The results folder cannot be used or written.
    """
    scans = find_scans(settings.scans)
    exams = gather_exams(settings.keys) if settings.keys else Exams()
    with Store.open(settings.output) as store:
        book = _book(settings, exams, store)
        decoded = _read_all(store, scans_to_pages(scans), book, settings)
        results = _stored_results(store)
        lists = _lists(settings, exams, book, store)
        assembly, notices = assemble(results, lists)
        check_ledger([result.source for result in results], assembly, None)
        return publish_reading(
            settings.output, assembly, notices=(*exams.warnings, *notices), decoded=decoded
        )


def grade_batch(settings: GradeSettings) -> BatchReport:
    """Read scans, grade them and write every table of the results folder.

    Pages that the results folder knows already are not read again; scans and students may be
    added at any time.

    Raises
    ------
    UsageFault
        No such folder, no scans, a bad exam file or roster, or a results folder that shares no
        exam with these keys.
    ResultsFault
        The results folder cannot be used or written.
    """
    scans = find_scans(settings.scans)
    exams = gather_exams(settings.keys) if settings.keys else Exams()
    with Store.open(settings.output) as store:
        _refuse_other_exams(store, exams, settings)
        exams = with_earlier_exams(exams, store.keys())
        settings = _with_last_lists(settings, store)
        book = _book(settings, exams, store)
        lists = _lists(settings, exams, book, store)
        decoded = _read_all(store, scans_to_pages(scans), book, settings)
        _remember(store, settings, exams)
        return _grade(store, exams, lists, settings, decoded)


def scans_to_pages(scans: Sequence[ScanFile]) -> Iterator[PageSource | PageFailed]:
    """The pages of each file, or why a file cannot even be counted."""
    for scan in scans:
        pages = list_pages(scan)
        if isinstance(pages, PageFailed):
            yield pages
        else:
            yield from pages


def _book(settings: ReadSettings, exams: Exams, store: Store) -> LayoutBook:
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


def _lists(settings: ReadSettings, exams: Exams, book: LayoutBook, store: Store) -> Lists:
    return Lists(
        book=book,
        exams=exams.exams,
        sheets=gather_sheets(exams, settings.list_folders or settings.scans, settings.sheets),
        roster=gather_roster(settings.roster),
        decisions=latest(store.decisions()),
    )


def check_decisions(results: Path, decisions: Sequence[Decision]) -> dict[str, str]:
    """What is wrong with a person's decisions, by the doubt's name; opens no image.

    Raises
    ------
    ResultsFault
        When ``results`` is not a results folder, or pages of it have never been read.
    """
    with Store.open(results, write=False) as store:
        exams = with_earlier_exams(Exams(), store.keys())
        return decision_faults(decisions, _stored_results(store), exams.exams)


def latest(decisions: Sequence[Decision]) -> Mapping[str, Decision]:
    """The last decision on each doubt."""
    return {decision.doubt: decision for decision in decisions}


def _read_all(
    store: Store,
    named: Iterator[PageSource | PageFailed],
    book: LayoutBook,
    settings: ReadSettings,
) -> int:
    """Read every page that the store does not know yet; returns how many were opened."""
    fingerprint = Fingerprint.of(f"{READER_VERSION} {settings.pdf_engine}", book)
    listed = list(named)
    store.add_pages(page.source if isinstance(page, PageFailed) else page for page in listed)
    for page in listed:
        if isinstance(page, PageFailed):
            store.save(page, fingerprint)
    uncounted = {page.source for page in listed if isinstance(page, PageFailed)}
    sources = [source for source in store.sources() if source not in uncounted]
    waiting = [source for source in sources if store.known(source, fingerprint) is None]
    for layout in (*book.coded, *([book.fixed] if book.fixed else [])):
        store.add_layout(layout.hash, layout_json(layout))
    total, done = len(sources), len(sources) - len(waiting)
    workers = Workers(
        jobs=min(settings.jobs, max(1, len(waiting))),
        initializer=prepare_worker,
        preload=("pipeline.reading",),
    )
    reader = PageReader(book, settings.pdf_engine)
    for result in run_tasks(reader, waiting, workers, on_crash=failed_page):
        store.save(result, fingerprint)
        done += 1
        settings.progress(done, total, result.source.file)
    store.flush()
    log.info("read %d pages, %d known", len(waiting), total - len(waiting))
    return len(waiting)


def _stored_results(store: Store) -> list[PageResult]:
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


def _grade(
    store: Store,
    exams: Exams,
    lists: Lists,
    settings: GradeSettings,
    decoded: int,
) -> BatchReport:
    results = _stored_results(store)
    printed = check_printed(results, exams, lists.book)
    assembly, notices = assemble(results, lists)
    check_ledger([result.source for result in results], assembly, lists.roster)
    credits = gather_credits(settings.credits, assembly, exams)
    graded = grade_assembly(assembly, exams, credits)
    return publish_grades(
        settings.output,
        graded,
        write_marks=settings.write_marks,
        decisions=store.decisions(),
        notices=(*exams.warnings, *printed, *notices),
        decoded=decoded,
    )


def _refuse_other_exams(store: Store, exams: Exams, settings: GradeSettings) -> None:
    """A results folder is refused when its exams and these keys have none in common."""
    before = {key.exam for key in store.keys()}  # noqa: SIM118 (a method of the store, not of a mapping)
    if before and not before & set(exams.ids):
        raise UsageFault(
            f"{settings.output} holds results of {', '.join(sorted(before))},"
            f" and {settings.keys} has {', '.join(exams.ids)}",
            hint="name another results folder with -o, or the keys of that exam with --keys",
        )


def _with_last_lists(settings: GradeSettings, store: Store) -> GradeSettings:
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


def _remember(store: Store, settings: GradeSettings, exams: Exams) -> None:
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


def regrade(settings: RegradeSettings) -> BatchReport:
    """Grade the stored readings again, with today's keys, lists and decisions; opens no image.

    Raises
    ------
    ResultsFault
        When the folder has no readings.
    UsageFault
        When a key or a list cannot be used.
    """
    Store.open(settings.results, write=False).close()
    with Store.open(settings.results) as store:
        keys = settings.keys or _path(store.get("keys", ""))
        again = GradeSettings(
            scans=tuple(Path(path) for path in store.get("scans", [])),
            output=settings.results,
            keys=keys,
            sheets=tuple(Path(path) for path in store.get("sheets", [])),
            roster=settings.roster or _path(store.get("roster", "")),
            credits=settings.credits or _path(store.get("credits", "")),
            write_marks=bool(store.get("marks", False)),
        )
        if keys is None:
            raise ResultsFault(
                f"{settings.results} has never been graded",
                hint="run scangrade grade first, or name the keys with --keys",
            )
        exams = gather_exams(keys)
        _refuse_other_exams(store, exams, again)
        exams = with_earlier_exams(exams, store.keys())
        lists = _lists(again, exams, _book(again, exams, store), store)
        _remember(store, again, exams)
        return _grade(store, exams, lists, again, 0)


def _path(text: str) -> Path | None:
    return Path(text) if text else None
