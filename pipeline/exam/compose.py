"""The answer sheet of an exam: where every box is printed, and everything around the boxes.

:func:`compose_sheet` is pure and knows no font: the same exam gives the same plan on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.errors import UsageFault
from pipeline.exam.blocks import (
    CREDIT_KINDS,
    GRID_HEIGHT,
    ROW_KINDS,
    TITLE_LEAST,
    credit_block,
    credit_need,
    label_width,
    number_block,
    row_block,
    row_groups,
    row_need,
    shape_of,
)
from pipeline.exam.flow import Band, Frame, flow, stacked
from pipeline.exam.framed import framed_block
from pipeline.exam.heading import (
    FOOT_START,
    HEAD_END,
    ID_QUESTION,
    MARGIN,
    PAPERS,
    Paper,
    code_places,
    first_header,
    footer,
    later_header,
)
from pipeline.exam.layout_file import layout_hash
from pipeline.exam.plan import PagePlan, Pieces, SheetPlan, joined
from pipeline.model import (
    Anchors,
    Box,
    Exam,
    Kind,
    Layout,
    LayoutQuestion,
    PageLayout,
    Question,
)

MOST_COLUMNS = 3
NUMBER_CAPTION = "Write the number at the right, then mark one box under each digit."


def compose_sheet(exam: Exam) -> SheetPlan:
    """Lay out an exam's answer sheet on as many pages as it needs.

    Parameters
    ----------
    exam
        One version of an exam.

    Returns
    -------
    SheetPlan
        The layout in mm with its hash, and per page the texts, lines and pictures to draw. Every
        (question, option) has exactly one box; a digit grid of the student's id is the question
        ``id`` on sheet 1.

    Raises
    ------
    UsageFault
        When something cannot be printed: a question taller than a page, an id that is too long.
    """
    if any(question.id == ID_QUESTION for question in exam.questions) and _has_grid(exam):
        raise UsageFault(
            f"{exam.file}: a question is called id, which is the name of the student-id grid",
            hint="give the question another id",
        )
    width, height = PAPERS[exam.paper]
    paper = Paper(width=width, height=height)
    bottom = height - FOOT_START
    header = first_header(exam, paper, bottom)
    frame = Frame(
        left=MARGIN,
        width=paper.print_width,
        first_top=header.height,
        later_top=HEAD_END + 3.5,
        bottom=bottom,
    )
    bodies = _fewest_pages(exam, frame)
    pages = tuple(
        _whole_page(exam, paper, body, sheet, len(bodies), header)
        for sheet, body in enumerate(bodies, start=1)
    )
    layout = _layout(exam, paper, pages)
    return SheetPlan(
        layout=layout,
        pages=tuple(
            PagePlan(
                sheet=sheet,
                width=width,
                height=height,
                slots=page.slots,
                lines=page.lines,
                rectangles=page.rectangles,
                pictures=page.pictures,
            )
            for sheet, page in enumerate(pages, start=1)
        ),
    )


def _has_grid(exam: Exam) -> bool:
    return exam.student_id.kind in {"digits", "alphanumeric"}


def _fewest_pages(exam: Exam, frame: Frame) -> tuple[Pieces, ...]:
    """Of the ways to arrange the questions, take the calmest that gives the fewest pages.

    Fewer columns are calmer than more, and credits in rows of their own than credits beside digit
    grids. One column is only tried where titles fill the room beside the boxes.
    """
    titled = any(question.title and question.kind in ROW_KINDS for question in exam.questions)
    aims = range(1 if titled else 2, MOST_COLUMNS + 1)
    tries = (
        flow(_bands(exam, frame, aim, beside=beside), frame, exam.file)
        for beside in (False, True)
        for aim in aims
    )
    return min(tries, key=len)


@dataclass(frozen=True, slots=True)
class _Run:
    """Questions that follow each other in one section and stand in one band."""

    section: str
    way: str
    questions: tuple[Question, ...]


def _bands(exam: Exam, frame: Frame, columns: int, *, beside: bool) -> list[Band]:
    """Cut the exam into bands: runs of questions of one section that are answered alike."""
    runs = [
        _Run(section, way, tuple(run))
        for (section, way), run in groupby(exam.questions, key=lambda one: (one.section, _way(one)))
    ]
    widths = {
        section: label_width(
            [one for run in runs if run.section == section for one in run.questions], star=True
        )
        for section in {run.section for run in runs}
    }
    if beside:
        runs = _credits_beside_numbers(runs, widths, frame.column_width(2))
    titles = {section.id: section.title or section.id for section in exam.sections}
    bands: list[Band] = []
    section = ""
    for run in runs:
        heading = titles.get(run.section, run.section) if run.section != section else ""
        section = run.section
        bands.append(replace(_band(exam, run, frame, columns, widths[run.section]), heading=heading))
    return bands


def _way(question: Question) -> str:
    """How a question is answered on paper: by rows of boxes, a digit grid or an examiner's credits."""
    if question.kind in ROW_KINDS:
        return "rows"
    return "credits" if question.kind in CREDIT_KINDS else "number"


def _credits_beside_numbers(runs: Sequence[_Run], widths: Mapping[str, float], width: float) -> list[_Run]:
    """Join neighbouring runs of digit grids and of credits that fit ``width`` into runs side by side."""
    joined_runs: list[_Run] = []
    for run in runs:
        before = joined_runs[-1] if joined_runs else None
        narrow = run.way == "number" or (
            run.way == "credits"
            and all(credit_need(one, widths[run.section]) <= width for one in run.questions)
        )
        way = run.way if narrow else f"wide {run.way}"
        if before and before.section == run.section and {before.way, way} <= {"number", "credits", "beside"}:
            joined_runs[-1] = _Run(run.section, "beside", before.questions + run.questions)
        else:
            joined_runs.append(_Run(run.section, way, run.questions))
    return [replace(run, way=run.way.removeprefix("wide ")) for run in joined_runs]


def _band(exam: Exam, run: _Run, frame: Frame, columns: int, number: float) -> Band:
    questions = run.questions
    if run.way == "number":
        return Band(caption=NUMBER_CAPTION, blocks=_number_blocks(exam, questions, frame), columns=0, gap=6.0)
    if run.way == "beside":
        return Band(
            caption=f"{NUMBER_CAPTION} Rows with a bar are for the examiner.",
            blocks=_blocks_beside(exam, questions, frame, number),
            columns=0,
            gap=6.0,
        )
    if run.way == "credits":
        need = max(credit_need(question, number) for question in questions)
        used = _columns(need, min(columns, 2, len(questions)), frame)
        blocks = _credit_blocks(exam, questions, number, frame.column_width(used))
        return Band(caption="For the examiner. Please leave empty.", blocks=blocks, columns=used, gap=5.0)
    groups = row_groups(questions)
    need = max(row_need(group, number, frame.width) for group in groups)
    used = _columns(need, min(columns, len(groups)), frame)
    wide = frame.column_width(used)
    starred = len({question.kind for question in questions}) > 1
    shape = shape_of(exam.marking)
    blocks = tuple(
        row_block(group, number=number, width=wide, shape=shape, starred=starred) for group in groups
    )
    return Band(caption=_row_caption(questions), blocks=blocks, columns=used, gap=3.6)


def _number_blocks(exam: Exam, questions: Sequence[Question], frame: Frame) -> tuple[Pieces, ...]:
    """Digit grids: those of a row of a table or of a product together, every other alone."""
    titled = any(question.title for question in questions)
    families = [
        tuple(run) for _, run in groupby(questions, key=lambda one: (one.frame or one.id, one.heads[:1]))
    ]
    blocks = tuple(
        framed_block(family, exam, frame.width)
        if family[0].frame
        else number_block(family[0], exam, titled=titled)
        for family in families
    )
    too_wide = [
        family[0].id for family, block in zip(families, blocks, strict=True) if block.width > frame.width
    ]
    if too_wide:
        raise UsageFault(
            f"{exam.file}: the digit grid of question {', '.join(too_wide)} is wider than the page",
            hint="ask for fewer digits",
        )
    return blocks


def _credit_blocks(
    exam: Exam, questions: Sequence[Question], number: float, width: float
) -> tuple[Pieces, ...]:
    shape = shape_of(exam.marking)
    return tuple(credit_block(question, number=number, width=width, shape=shape) for question in questions)


def _blocks_beside(
    exam: Exam, questions: Sequence[Question], frame: Frame, number: float
) -> tuple[Pieces, ...]:
    """Digit grids, and between them credits stacked to about the height of a grid."""
    blocks: list[Pieces] = []
    for way, run in groupby(questions, key=_way):
        if way == "number":
            blocks += _number_blocks(exam, tuple(run), frame)
        else:
            credits = tuple(run)
            need = max(credit_need(question, number) for question in credits) + TITLE_LEAST + 8.0
            width = min(need, frame.column_width(2))
            blocks += stacked(_credit_blocks(exam, credits, number, width), 5.0, GRID_HEIGHT)
    return tuple(blocks)


def _columns(need: float, aim: int, frame: Frame) -> int:
    """Most columns, up to ``aim``, whose width takes ``need``; at least one."""
    return max((n for n in range(1, aim + 1) if frame.column_width(n) >= need), default=1)


def _row_caption(run: Sequence[Question]) -> str:
    kinds = {question.kind for question in run}
    if kinds == {Kind.CHOICES}:
        return "Mark every right answer: there may be more than one."
    if Kind.CHOICES in kinds:
        return "Mark one answer per question; where the number has a *, every right answer."
    if kinds == {Kind.TRUEFALSE}:
        return "Mark true or false."
    return "Mark one answer per question."


def _whole_page(exam: Exam, paper: Paper, body: Pieces, sheet: int, sheets: int, header: Pieces) -> Pieces:
    head = header if sheet == 1 else later_header(exam, paper, sheet, sheets)
    return joined(head, body, footer(exam, paper, sheet, sheets))


def _layout(exam: Exam, paper: Paper, pages: Sequence[Pieces]) -> Layout:
    examiner = LayoutQuestion(kind=Kind.CREDITS, writer="examiner")
    questions = {ID_QUESTION: LayoutQuestion(kind=Kind.ID)} if _has_grid(exam) else {}
    for question in exam.questions:
        credits = question.kind in CREDIT_KINDS
        questions[question.id] = (
            replace(examiner, kind=question.kind) if credits else LayoutQuestion(kind=question.kind)
        )
    layout = Layout(
        name=f"{exam.id} {exam.version}",
        unit="mm",
        marking=exam.marking,
        pages=tuple(
            PageLayout(
                sheet=sheet,
                width=paper.width,
                height=paper.height,
                anchors=Anchors(kind="scangrade"),
                boxes=tuple(_rounded(box) for box in page.boxes),
                codes=code_places(paper),
            )
            for sheet, page in enumerate(pages, start=1)
        ),
        questions=questions,
        exam=exam.id,
        version=exam.version,
    )
    return replace(layout, hash=layout_hash(layout))


def _rounded(box: Box) -> Box:
    """Coordinates to the micrometre, so that the layout's JSON is short and the same everywhere."""
    return replace(box, x=round(box.x, 3), y=round(box.y, 3))
