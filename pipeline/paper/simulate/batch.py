"""A whole exam's pile of scans with its truth: what ``scangrade simulate`` writes."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from pipeline.errors import UsageFault
from pipeline.exam import load_layout
from pipeline.exam.compose import compose_sheet
from pipeline.exam.plan import SheetPlan
from pipeline.formats import RosterRow, SheetRow
from pipeline.model import Exam, ExamFile, Kind, Layout, Question, Solve, Student
from pipeline.paper.simulate import files, odd_pages
from pipeline.paper.simulate.booklets import BookletMaker, Given, child
from pipeline.paper.simulate.master import PdfPages
from pipeline.paper.simulate.people import invent_students
from pipeline.paper.simulate.records import (
    PageRenderer,
    RightAnswer,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    SimulationSummary,
)
from pipeline.paper.simulate.truth import PageTruth, roster_rows, sheet_rows, table_text, write_truth

Progress = Callable[[int, int], None]
"""Pages done, pages in all."""

_BATCH = 0
"""Spawn key of the pile's own stream; booklets have their serial, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PileItem:
    """One page of the pile, in the order of the feeder."""

    kind: str
    """booklet, back, foreign or scratch."""
    student: SimulatedStudent | None = None
    sheet: int = 0
    copy: int = 0
    quarter_turns: int = 0


def written_answers(exam: Exam) -> dict[str, RightAnswer]:
    """Right answers as far as the exam file itself says them, without solving anything.

    An answer that a solver computes is taken from what the official solution prints, if that is
    an option or a number; otherwise the question is left out.
    """
    answers = {}
    for question in exam.questions:
        right = _written(question)
        if right is not None:
            answers[question.id] = right
    return answers


def _written(question: Question) -> RightAnswer | None:
    answer = question.printed if isinstance(question.answer, Solve) else question.answer
    if isinstance(answer, bool):
        return RightAnswer(chosen=("T" if answer else "F",))
    if question.kind is Kind.NUMBER:
        if isinstance(answer, (int, Fraction)):
            return RightAnswer(value=Fraction(answer))
        return None
    options = {option.id for option in question.options}
    wanted = answer if isinstance(answer, tuple) else (answer,)
    if answer is not None and all(isinstance(one, str) and one in options for one in wanted):
        return RightAnswer(chosen=tuple(wanted))
    return None


def simulate_exam(
    exam_file: ExamFile,
    students: int | Sequence[Student],
    folder: Path,
    settings: SimulationSettings,
    *,
    right: Mapping[str, Mapping[str, RightAnswer]] | None = None,
    given: Given | None = None,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Print, fill in and scan an exam, and write scans, roster, sheets and truth.

    Parameters
    ----------
    exam_file
        The exam in all its versions.
    students
        How many to invent, or a roster.
    folder
        Gets ``scans/``, ``roster.csv``, ``sheets.csv`` and ``truth/``; is made when missing.
    settings
        What to simulate.
    right
        Right answers by version and question id; None: as the exam file writes them.
    given
        Answers to give instead of random ones, by student id and question id.
    progress
        Called after each page.

    Returns
    -------
    SimulationSummary

    Raises
    ------
    UsageFault
        When the folder already holds scans, or there are fewer students than pages or absentees
        ask for.
    """
    scans = folder / "scans"
    if scans.is_dir() and any(scans.iterdir()):
        raise UsageFault(f"{scans} already holds scans", hint="name a new folder with -o")
    everyone = _everyone(exam_file, students, settings)
    present = everyone[: len(everyone) - settings.absent]
    scans.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        makers = _makers(exam_file, present, settings, right, given, stack)
        pile = arrange_pile(present, {version: maker.layout for version, maker in makers.items()}, settings)
        truth: list[PageTruth] = []
        written = _write_scans(_pages(pile, makers, settings), scans, settings, truth, len(pile), progress)
    _write_csv(folder / "roster.csv", table_text(RosterRow, roster_rows(everyone)))
    _write_csv(folder / "sheets.csv", table_text(SheetRow, sheet_rows(exam_file.id, everyone)))
    tables = write_truth(folder / "truth", truth)
    plans = [plan for page in truth for plan in page.truth.plans]
    return SimulationSummary(
        students=len(present),
        absent=settings.absent,
        pages=len(pile),
        marks=sum(plan.state != "empty" for plan in plans),
        awkward=sum(plan.label == "awkward" for plan in plans),
        files=(
            *(f"scans/{name}" for name in written),
            "roster.csv",
            "sheets.csv",
            *(f"truth/{table.name}" for table in tables),
        ),
    )


def _write_csv(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _everyone(
    exam_file: ExamFile, students: int | Sequence[Student], settings: SimulationSettings
) -> tuple[SimulatedStudent, ...]:
    """Students with their booklets: the absent last, those with a spare booklet before them."""
    versions = list(exam_file.versions)
    if isinstance(students, int):
        rng = child(settings.seed, _BATCH, 0)
        students = invent_students(students, exam_file.versions[versions[0]].student_id, versions, rng)
    if len(students) < settings.absent + settings.spare + 1:
        raise UsageFault(
            f"{len(students)} students are too few for {settings.absent} absent and {settings.spare} spare",
            hint="simulate more students",
        )
    first_spare = len(students) - settings.absent - settings.spare
    return tuple(
        SimulatedStudent(
            student_id=student.student_id,
            name=student.name,
            serial=serial,
            version=student.version or versions[0],
            printed=not first_spare <= serial - 1 < len(students) - settings.absent,
        )
        for serial, student in enumerate(students, 1)
    )


def _makers(
    exam_file: ExamFile,
    present: Sequence[SimulatedStudent],
    settings: SimulationSettings,
    right: Mapping[str, Mapping[str, RightAnswer]] | None,
    given: Given | None,
    stack: ExitStack,
) -> dict[str, BookletMaker]:
    makers = {}
    for version in dict.fromkeys(student.version for student in present):
        if version not in exam_file.versions:
            raise UsageFault(
                f"{exam_file.path} has no version {version}",
                hint=f"its versions are {', '.join(exam_file.versions)}",
            )
        exam = exam_file.versions[version]
        answers = (right or {}).get(version) if right else written_answers(exam)
        layout: Layout
        plan: SheetPlan | None = None
        images: PageRenderer | None = None
        if exam.layout_file:
            layout = load_layout(Path(exam.layout_file))
        else:
            plan = compose_sheet(exam)
            layout = plan.layout
            theirs = [student for student in present if student.version == version]
            images = _print_sheets(exam, plan, theirs, stack)
        makers[version] = BookletMaker(
            layout, settings, exam=exam, page_images=images, right=answers or {}, sheet_plan=plan, given=given
        )
    return makers


def _print_sheets(
    exam: Exam, plan: SheetPlan, students: Sequence[SimulatedStudent], stack: ExitStack
) -> PdfPages:
    """Print the booklets of some students into a PDF that lives as long as the stack."""
    from pipeline.paper import SheetPrint, draw_sheets

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scangrade-simulate-")))
    prints = [
        SheetPrint(
            serial=student.serial,
            student_id=student.student_id if student.printed else "",
            name=student.name if student.printed else "",
        )
        for student in students
    ]
    draw_sheets(plan, exam, prints, folder / "sheets.pdf")
    sheets = [page.sheet for page in plan.layout.pages]
    keys = [(student.serial, sheet) for student in students for sheet in sheets]
    pages = PdfPages(folder / "sheets.pdf", {key: index for index, key in enumerate(keys)})
    stack.callback(pages.close)
    return pages


# --- the pile ----------------------------------------------------------------------------------


def arrange_pile(
    students: Sequence[SimulatedStudent], layouts: Mapping[str, Layout], settings: SimulationSettings
) -> tuple[PileItem, ...]:
    """Put the pages of all booklets into the feeder's order, with the odd ones among them.

    Parameters
    ----------
    students
        Who handed a booklet in.
    layouts
        By version.
    settings
        How many pages are turned, scanned twice, foreign, scratch paper.
    """
    rng = child(settings.seed, _BATCH, 1)
    booklets = [
        PileItem(kind="booklet", student=student, sheet=page.sheet)
        for student in students
        for page in layouts[student.version].pages
    ]
    turned = rng.permutation(len(booklets))
    for count, place in enumerate(turned[: settings.upside_down + settings.sideways]):
        turns = 2 if count < settings.upside_down else int(rng.choice([1, 3]))
        booklets[place] = replace(booklets[place], quarter_turns=turns)
    twice = {int(place) for place in rng.permutation(len(booklets))[: settings.duplicates]}
    pile: list[PileItem] = []
    for place, item in enumerate(booklets):
        pile.append(item)
        if settings.blank_backs:
            pile.append(replace(item, kind="back"))
        if place in twice:
            pile.append(replace(item, copy=1, quarter_turns=0))
    for kind, count in (("foreign", settings.foreign), ("scratch", settings.scratch)):
        for number in range(count):
            between = [n for n, item in enumerate(pile) if n and item.kind == "booklet" and not item.copy]
            between.append(len(pile))
            pile.insert(between[int(rng.integers(len(between)))], PileItem(kind=kind, copy=number))
    return tuple(pile)


def _pages(
    pile: Sequence[PileItem], makers: Mapping[str, BookletMaker], settings: SimulationSettings
) -> Iterator[SimulatedPage]:
    for item in pile:
        yield make_page(item, makers, settings)


def make_page(
    item: PileItem, makers: Mapping[str, BookletMaker], settings: SimulationSettings
) -> SimulatedPage:
    """Make one page of a pile; it depends on the item and the settings alone."""
    any_maker = next(iter(makers.values()))
    profile = any_maker.profile
    bilevel = profile.bilevel or settings.format == "pdf-g4"
    if item.kind == "foreign":
        return odd_pages.foreign_page(profile, child(settings.seed, _BATCH, 2, item.copy), bilevel=bilevel)
    if item.kind == "scratch":
        return odd_pages.scratch_page(profile, child(settings.seed, _BATCH, 3, item.copy), bilevel=bilevel)
    student = item.student
    if student is None:
        raise ValueError(f"a pile's {item.kind} page needs a student")
    maker = makers[student.version]
    if item.kind == "back":
        front = maker.filled(student, item.sheet).image
        rng = child(settings.seed, student.serial, item.sheet, 100)
        return odd_pages.blank_back(front, profile, rng, bilevel=bilevel, quarter_turns=item.quarter_turns)
    return maker.page(student, item.sheet, copy=item.copy, quarter_turns=item.quarter_turns)


def _write_scans(
    pages: Iterator[SimulatedPage],
    folder: Path,
    settings: SimulationSettings,
    truth: list[PageTruth],
    total: int,
    progress: Progress | None,
) -> list[str]:
    """Write the pages as the settings ask; fills ``truth`` as they pass. Gives the file names."""
    single = settings.format in ("png", "jpeg")
    suffix = {"pdf": ".pdf", "pdf-g4": ".pdf", "tiff": ".tif", "png": ".png", "jpeg": ".jpg"}[settings.format]

    def passing() -> Iterator[SimulatedPage]:
        for number, page in enumerate(pages, 1):
            name = f"scan-{number:04d}{suffix}" if single else f"scans{suffix}"
            light = replace(page, image=np.zeros((0, 0), np.uint8))
            truth.append(PageTruth(file=name, page=1 if single else number, truth=light))
            yield page
            if progress is not None:
                progress(number, total)

    if single:
        for page in passing():
            path = folder / truth[-1].file
            if settings.format == "png":
                files.write_png(page, path)
            else:
                files.write_jpeg(page, path)
    else:
        path = folder / f"scans{suffix}"
        if settings.format == "tiff":
            files.write_tiff(passing(), path)
        elif settings.format == "pdf-g4":
            files.write_pdf_g4(passing(), path)
        else:
            files.write_pdf_jpeg(passing(), path)
    return list(dict.fromkeys(page.file for page in truth))
