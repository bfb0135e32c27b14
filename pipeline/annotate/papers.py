"""Annotated scans of a results folder: a PDF for each student, as the grades were published last."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.annotate.drawing import PaperPrinter
from pipeline.annotate.folder import INDEX, paper_name, refuse_foreign, replaced_folder
from pipeline.annotate.markup import Marking, PlacedPage, head_lines, page_markup
from pipeline.annotate.records import AnnotatedPaper, ScannedPage
from pipeline.errors import ExitCode, UnreadablePage, UsageFault
from pipeline.formats import PaperRow
from pipeline.joined import layout_of
from pipeline.model import Booklet, Grade, PageLayout, PageRead, PageSource
from pipeline.publication import Draft
from pipeline.published import Published
from pipeline.reading import jpeg_bytes, open_page
from pipeline.regrade import preview_regrade
from pipeline.reporting import Table, points_text, table_content
from pipeline.reporting.lms import LeftOut, Outgoing, left_out, ready
from pipeline.settings import Progress, RegradeSettings, no_progress
from pipeline.store import Store

AT_ONCE = 16
"""Papers that share their fonts, and whose pictures are in memory together."""
DPI = 150.0
"""Most of a picture: enough to read a pencil, and small enough for an e-mail."""
MM_PER_INCH = 25.4
LEAST_WIDTH, MOST_WIDTH, USUAL_WIDTH = 60.0, 450.0, 210.0
"""Widths of paper, mm: another one is no paper's, and the usual one is taken."""

Cells = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateSettings:
    """Options of ``scangrade annotate``."""

    results: Path
    output: Path
    """Folder for the files."""
    exam: str = ""
    """Empty: every exam of the folder."""
    students: tuple[str, ...] = ()
    """Ids; empty: everyone."""
    pending: bool = False
    """Whether papers of students of whom something is open are written too."""
    show_key: bool = True
    """Whether right answers and reasons are written."""
    progress: Progress = field(default=no_progress, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateReport:
    """What was written, and who has no file."""

    folder: Path
    papers: int
    pages: int
    left_out: tuple[LeftOut, ...]
    unreadable: int
    """Students of ``left_out`` whose scans are not there any more, or cannot be opened."""

    @property
    def exit_code(self) -> ExitCode:
        """A scan that is gone beats a student who waits."""
        if self.unreadable:
            return ExitCode.UNREAD
        is_open = any(one.reason != "absent" for one in self.left_out)
        return ExitCode.REVIEW if is_open else ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Task:
    """A paper to be made."""

    student: Outgoing
    grade: Grade
    booklet: Booklet
    sources: tuple[PageSource, ...]


def annotate_results(settings: AnnotateSettings) -> AnnotateReport:
    """Write one PDF for each student whose grade may go out, and ``index.csv``.

    The folder is complete or as it was; pixels of one page are in memory at a time.

    Raises
    ------
    UsageFault
        It is no results folder, nothing was published there, it was purged, its grades would be others
        by now; or the output is a folder of other files; or there is no such exam or student.
    ResultsFault
        A file cannot be written.
    """
    refuse_foreign(settings.output)
    published = Published.load(settings.results, None)
    draft = preview_regrade(RegradeSettings(results=settings.results))
    if draft.changes.differs:
        raise UsageFault(
            f"the grades of {settings.results} are not those that were published any more",
            hint=f"publish them first: scangrade regrade {settings.results}",
        )
    tasks, staying = _tasks(published, draft, settings)
    rows: list[Cells] = []
    unreadable: list[LeftOut] = []
    with (
        Store.open(settings.results, write=False) as store,
        replaced_folder(settings.output) as folder,
    ):
        for done, (task, made) in enumerate(_drawn(store, draft, tasks, published.at, settings), 1):
            if isinstance(made, UnreadablePage):
                unreadable.append(left_out(task.student, made.message))
            else:
                name = paper_name(task.grade.exam, task.grade.student_id)
                (folder / name).write_bytes(made)
                rows.append(_row(task, name))
            settings.progress(done, len(tasks), task.student.student_id, 0)
        every = (*staying, *unreadable)
        rows += [_left_out_row(one) for one in every]
        with (folder / INDEX).open("wb") as out:
            table_content(Table.of(PaperRow, rows))(out)
    written = [row for row in rows if row.get("file")]
    return AnnotateReport(
        folder=settings.output,
        papers=len(written),
        pages=sum(int(row["pages"]) for row in written),
        left_out=every,
        unreadable=len(unreadable),
    )


# --- who ----------------------------------------------------------------------------------------------


def _tasks(
    published: Published, draft: Draft, settings: AnnotateSettings
) -> tuple[list[_Task], list[LeftOut]]:
    """Papers to be made, and the students who get none."""
    if settings.exam:
        published.exam_named(settings.exam)
    exams = [settings.exam] if settings.exam else list(published.exam_ids)
    wanted = set(settings.students)
    known = {one.student_id for exam in exams for one in published.students(exam)}
    if unknown := sorted(wanted - known):
        raise UsageFault(f"there are no results of {', '.join(unknown)}", hint="ids are as in grades.csv")
    graded = {(grade.exam, grade.student_id): (grade, booklet) for grade, booklet in draft.graded.grades}
    pages = _pages(draft)
    tasks, staying = [], []
    for exam in exams:
        going, out = ready(published.students(exam), pending=settings.pending, unlisted=True)
        staying += [one for one in out if not wanted or one.student_id in wanted]
        for student in going:
            if wanted and student.student_id not in wanted:
                continue
            grade, booklet = graded[exam, student.student_id]
            sources = pages.get((exam, student.student_id), ())
            if booklet is None or not sources:
                staying.append(left_out(student, "no page of this student was read"))
            else:
                tasks.append(_Task(student=student, grade=grade, booklet=booklet, sources=sources))
    return tasks, staying


def _pages(draft: Draft) -> Mapping[tuple[str, str], tuple[PageSource, ...]]:
    """Pages that were read, by (exam, student), in the order of the sheets."""
    found: dict[tuple[str, str], list[tuple[int, PageSource]]] = {}
    for entry in draft.graded.assembly.ledger:
        if entry.outcome == "read" and entry.source is not None and entry.student_id:
            found.setdefault((entry.exam, entry.student_id), []).append((entry.sheet or 0, entry.source))
    return {
        who: tuple(source for _, source in sorted(pages, key=lambda page: page[0]))
        for who, pages in found.items()
    }


# --- what ---------------------------------------------------------------------------------------------


def _drawn(
    store: Store, draft: Draft, tasks: Iterable[_Task], at: str, settings: AnnotateSettings
) -> Iterator[tuple[_Task, bytes | UnreadablePage]]:
    """Each paper as a PDF, or why it could not be made."""
    waiting, printer = iter(tasks), PaperPrinter()
    while some := list(islice(waiting, AT_ONCE)):
        made: list[AnnotatedPaper | UnreadablePage] = []
        for task in some:
            try:
                made.append(_paper(store, draft, task, at, settings))
            except UnreadablePage as error:
                made.append(error)
        drawn = printer.draw([one for one in made if isinstance(one, AnnotatedPaper)])
        for task, one in zip(some, made, strict=True):
            yield task, next(drawn) if isinstance(one, AnnotatedPaper) else one


def _paper(store: Store, draft: Draft, task: _Task, at: str, settings: AnnotateSettings) -> AnnotatedPaper:
    exam = draft.exams.exams[task.grade.exam, task.grade.version]
    marking = Marking(exam=exam, grade=task.grade, booklet=task.booklet, show_key=settings.show_key)
    book = draft.material.lists.book
    opened = []
    for source, read in zip(task.sources, store.readings(task.sources), strict=True):
        placed = layout_of(read, book) if isinstance(read, PageRead) else None
        if placed is None or not isinstance(read, PageRead):
            message = f"{source.file} page {source.page} is not known any more"
            raise UnreadablePage(message, code="unknown-layout", hint="grade the scans again")
        opened.append(_opened(read, placed[1]))
    markup = page_markup(marking, [placed for placed, *_ in opened])
    pages = [
        ScannedPage(picture=picture, width=width, height=height, frames=frames, notes=notes)
        for (_, picture, width, height), (frames, notes) in zip(opened, markup, strict=True)
    ]
    return AnnotatedPaper(title=exam.title or exam.id, heads=head_lines(marking, at), pages=tuple(pages))


def _opened(read: PageRead, layout: PageLayout) -> tuple[PlacedPage, bytes, float, float]:
    """Where the boxes of a page are by its stored registration, its picture, its width and height in mm."""
    gray = open_page(read)
    mm = MM_PER_INCH / read.quality.dpi if read.quality.dpi > 0 else 0.0
    if not LEAST_WIDTH <= gray.shape[1] * mm <= MOST_WIDTH:
        mm = USUAL_WIDTH / gray.shape[1]
    placed = PlacedPage(layout=layout, places=read.places_px.astype(np.float64) * mm)
    return placed, jpeg_bytes(_smaller(gray, mm)), gray.shape[1] * mm, gray.shape[0] * mm


def _smaller(gray: NDArray[np.uint8], mm: float) -> NDArray[np.uint8]:
    scale = DPI / MM_PER_INCH * mm
    if scale >= 1:
        return gray
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


# --- the list -----------------------------------------------------------------------------------------


def _row(task: _Task, name: str) -> Cells:
    student, grade = task.student, task.grade
    return {
        "file": name,
        "student_id": grade.student_id,
        "name": grade.name,
        "email": student.email,
        "exam": grade.exam,
        "status": grade.status,
        "points": points_text(grade.points),
        "max_points": points_text(grade.max_points),
        "grade": grade.grade,
        "pages": str(len(task.sources)),
    }


def _left_out_row(one: LeftOut) -> Cells:
    return {"student_id": one.student_id, "name": one.name, "points": one.points, "reason": one.reason}
