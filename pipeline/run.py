"""Joins the rooms: a folder of scans becomes readings, answers, grades and tables.

Read this file first after ``model.py``. :func:`read_page` runs in a worker and turns one page into
one small record; everything else happens in the parent: the store, the assembly of pages into
booklets, grading, the tables.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot
from pathlib import Path

from pipeline.errors import UnreadablePage
from pipeline.exam import layout_json
from pipeline.execute import Loss, Workers, check_address, run_tasks
from pipeline.gather import Exams, gather_exams, stored_exams
from pipeline.intake import Intake
from pipeline.joined import stored_results
from pipeline.model import Decision, LayoutBook, PageFailed, PageRead, PageResult, PageSource, PageUnmatched
from pipeline.publication import draft, publish, publish_marks
from pipeline.publish import BatchReport
from pipeline.reading import (
    PdfEngine,
    ScanFile,
    Unmatched,
    decision_faults,
    find_scans,
    is_out_of_memory,
    load_page,
    measure_boxes,
    prepare_worker,
    register_in_book,
)
from pipeline.remembered import known_exams, known_lists, layout_book, stored_layouts, with_last_lists
from pipeline.settings import GradeSettings, ReadSettings
from pipeline.store import Fingerprint, Store
from pipeline.versions import reading_versions

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
        if is_out_of_memory(error):
            return lost_page(source, Loss(code="memory", what="there was not enough memory"))
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        return _failed(source, "broken", what, "scan this page again, or send it with a bug report")


LOST_HINTS = {
    "crashed": "run the same command again; if that does not help, scan this page again",
    "timeout": "scan this page again, or give it more time with --page-timeout SECONDS",
    "memory": "scan this page again at 300 dpi, or give it more memory with --page-memory MB",
}
"""What to do about a page that was lost, by the code of its loss."""


def lost_page(source: PageSource, loss: Loss) -> PageFailed:
    """The record of a page whose reading was ended from outside.

    That may have been the machine's fault, so the next run reads the page again.
    """
    return _failed(source, loss.code, loss.what, LOST_HINTS[loss.code])


def _failed(source: PageSource, code: str, what: str, hint: str) -> PageFailed:
    message = f"{source.file} page {source.page} could not be read: {what}"
    return PageFailed(source=source, code=code, message=message, hint=hint)


@dataclass(frozen=True, slots=True)
class PageReader:
    """:func:`read_page` with its layouts, sent to each worker once; for clusters a ``FileReader``."""

    book: LayoutBook
    engine: PdfEngine

    def __call__(self, source: PageSource) -> PageResult:
        """Read one page."""
        return read_page(source, self.book, self.engine)

    def file_of(self, source: PageSource) -> tuple[str, str]:
        """Path and SHA-256 of the file of a page."""
        return source.path, source.sha256

    def elsewhere(self, source: PageSource, path: Path) -> PageResult:
        """Read one page from a copy of its file."""
        result = read_page(replace(source, path=str(path)), self.book, self.engine)
        return replace(result, source=source)

    def identity(self) -> dict[str, str]:
        """Versions of all that a reading depends on."""
        return {"reader": READER_VERSION, **reading_versions(self.engine)}


# --- in the parent -------------------------------------------------------------------------------


def read_batch(settings: ReadSettings) -> BatchReport:
    """Read scans and write ``marks.csv`` and ``pages.csv``: before a key exists, or other paper.

    Raises
    ------
    UsageFault
        No such folder, no scans, a bad layout or exam file, a bad roster, no Dask for a cluster.
    WorkersFailedError
        The cluster cannot be reached, or not be worked with.
    ResultsFault
        The results folder cannot be used or written.
    """
    check_address(settings.cluster)
    scans = find_scans(settings.scans)
    exams = gather_exams(settings.keys) if settings.keys else Exams()
    with Store.open(settings.output) as store:
        book = layout_book(settings, exams, store)
        decoded = _read_all(store, scans, book, settings)
        lists = known_lists(settings, exams, book, store)
        return publish_marks(store, exams, lists, settings, decoded=decoded)


def grade_batch(settings: GradeSettings) -> BatchReport:
    """Read scans, grade them and write every table of the results folder.

    Pages that the results folder knows already are not read again; scans and students may be
    added at any time.

    Raises
    ------
    UsageFault
        No such folder, no scans, a bad exam file or roster, a results folder that shares no exam
        with these keys, or no Dask for a cluster.
    WorkersFailedError
        The cluster cannot be reached, or not be worked with.
    ResultsFault
        The results folder cannot be used or written.
    """
    check_address(settings.cluster)
    scans = find_scans(settings.scans)
    exams = gather_exams(settings.keys) if settings.keys else Exams()
    with Store.open(settings.output) as store:
        exams = known_exams(store, exams, settings.keys)
        settings = with_last_lists(settings, store)
        book = layout_book(settings, exams, store)
        lists = known_lists(settings, exams, book, store)
        decoded = _read_all(store, scans, book, settings)
        made = draft(store, exams, lists, settings)
        return publish(store, made, settings, what="grade", decoded=decoded)


def check_decisions(results: Path, decisions: Sequence[Decision]) -> dict[str, str]:
    """What is wrong with a person's decisions, by the doubt's name; opens no image.

    Raises
    ------
    ResultsFault
        When ``results`` is not a results folder, or pages of it have never been read.
    """
    with Store.open(results, write=False) as store:
        exams = stored_exams(store.keys())
        pages = stored_results(store, measures=False)
        return decision_faults(decisions, pages, exams.exams, stored_layouts(store))


def _read_all(store: Store, scans: Sequence[ScanFile], book: LayoutBook, settings: ReadSettings) -> int:
    """Read every page that the store does not know yet; returns how many were opened."""
    fingerprint = Fingerprint.of(f"{READER_VERSION} {settings.pdf_engine}", book)
    intake = Intake()
    counting = _workers(settings, len(scans))
    listed = list(intake.pages(scans, lambda file: settings.progress(0, 0, file, 0), counting, lost_page))
    store.add_pages(page.source if isinstance(page, PageFailed) else page for page in listed)
    uncounted = {page.source: page for page in listed if isinstance(page, PageFailed)}
    for page in uncounted.values():
        store.save(page, fingerprint)
    for layout in (*book.coded, *book.uncoded):
        store.add_layout(layout.hash, layout_json(layout))
    sources = store.sources()
    waiting = _waiting(store, [source for source in sources if source not in uncounted], fingerprint)
    total, done, doubts = len(sources), len(sources) - len(waiting), len(uncounted)
    reader = PageReader(book, settings.pdf_engine)
    workers = replace(_workers(settings, len(waiting)), cluster=settings.cluster)
    for result in run_tasks(reader, waiting, workers, on_loss=lost_page):
        kept = intake.checked(result)
        store.save(kept, fingerprint)
        done += 1
        doubts += _needs_a_person(kept)
        settings.progress(done, total, kept.source.file, doubts)
    store.flush()
    log.info("read %d pages, %d known", len(waiting), total - len(waiting))
    return len(waiting)


def _waiting(store: Store, sources: Sequence[PageSource], fingerprint: Fingerprint) -> list[PageSource]:
    """Pages that must be read; of a file that lies there twice, each page once."""
    waiting: dict[tuple[str, int], PageSource] = {}
    for source in sources:
        if store.known(source, fingerprint) is None:
            waiting.setdefault((source.sha256 or source.path, source.page), source)
    return list(waiting.values())


def _workers(settings: ReadSettings, pages: int) -> Workers:
    return Workers(
        jobs=min(settings.jobs, max(1, pages)),
        initializer=prepare_worker,
        preload=("pipeline.reading",),
        seconds=settings.page_timeout,
        megabytes=settings.page_memory,
    )


def _needs_a_person(result: PageResult) -> bool:
    """Whether a page alone is a doubt already; its marks are judged when all pages are there."""
    return not isinstance(result, PageRead) and not (
        isinstance(result, PageUnmatched) and result.finding == "blank"
    )
