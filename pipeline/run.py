"""Joins the rooms: a folder of scans becomes readings, answers, grades and tables.

Read this file first after ``model.py``. :func:`read_page` runs in a worker and turns one page into
one small record; everything else happens in the parent: the store, the assembly of pages into
booklets, grading, the tables.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path

from pipeline.errors import UnreadablePage
from pipeline.exam import layout_json
from pipeline.execute import Workers, run_tasks
from pipeline.gather import Exams, gather_exams, stored_exams
from pipeline.joined import stored_results
from pipeline.model import Decision, LayoutBook, PageFailed, PageRead, PageResult, PageSource, PageUnmatched
from pipeline.publication import draft, publish
from pipeline.publish import BatchReport, check_ledger, publish_reading
from pipeline.reading import (
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
    register_in_book,
)
from pipeline.remembered import known_exams, known_lists, layout_book, with_last_lists
from pipeline.settings import GradeSettings, ReadSettings
from pipeline.store import Fingerprint, Store

log = logging.getLogger(__name__)

READER_VERSION = "4"
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
        found = register_in_book(image, book, order=source.page)
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
            rms_mm=round(hypot(found.rms_mm, measured.rms_mm), 4),
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
        book = layout_book(settings, exams, store)
        decoded = _read_all(store, scans_to_pages(scans), book, settings)
        results = stored_results(store)
        lists = known_lists(settings, exams, book, store)
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
        exams = known_exams(store, exams, settings.keys)
        settings = with_last_lists(settings, store)
        book = layout_book(settings, exams, store)
        lists = known_lists(settings, exams, book, store)
        decoded = _read_all(store, scans_to_pages(scans), book, settings)
        made = draft(store, exams, lists, settings)
        return publish(store, made, settings, what="grade", decoded=decoded)


def scans_to_pages(scans: Sequence[ScanFile]) -> Iterator[PageSource | PageFailed]:
    """The pages of each file, or why a file cannot even be counted."""
    for scan in scans:
        pages = list_pages(scan)
        if isinstance(pages, PageFailed):
            yield pages
        else:
            yield from pages


def check_decisions(results: Path, decisions: Sequence[Decision]) -> dict[str, str]:
    """What is wrong with a person's decisions, by the doubt's name; opens no image.

    Raises
    ------
    ResultsFault
        When ``results`` is not a results folder, or pages of it have never been read.
    """
    with Store.open(results, write=False) as store:
        exams = stored_exams(store.keys())
        return decision_faults(decisions, stored_results(store), exams.exams)


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
    for layout in (*book.coded, *book.uncoded):
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
