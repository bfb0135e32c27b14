"""The answer sheet of an exam: where every box is printed, and everything around the boxes.

:func:`compose_sheet` is pure and knows no font: the same exam gives the same plan on every machine.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from pipeline.errors import UsageFault
from pipeline.exam.blocks import (
    CREDIT_KINDS,
    ROW_KINDS,
    credit_block,
    credit_need,
    label_width,
    number_block,
    row_block,
    row_groups,
    row_need,
    shape_of,
)
from pipeline.exam.flow import Band, Frame, flow
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
    """Of the numbers of columns to aim at, take the smallest that gives the fewest pages.

    One column is only tried where titles fill the room beside the boxes.
    """
    titled = any(question.title and question.kind in ROW_KINDS for question in exam.questions)
    aims = range(1 if titled else 2, MOST_COLUMNS + 1)
    return min((flow(_bands(exam, frame, aim), frame, exam.file) for aim in aims), key=len)


def _bands(exam: Exam, frame: Frame, columns: int) -> list[Band]:
    """Cut the exam into bands: runs of questions of one section that are answered alike."""
    number = label_width(exam.questions, star=any(q.kind is Kind.CHOICES for q in exam.questions))
    titles = {section.id: section.title or section.id for section in exam.sections}
    bands: list[Band] = []
    section = ""
    for (name, _), run in groupby(exam.questions, key=lambda question: (question.section, _way(question))):
        band = _band(exam, tuple(run), frame, columns, number)
        heading = titles.get(name, name) if name != section else ""
        section = name
        bands.append(replace(band, heading=heading))
    return bands


def _way(question: Question) -> str:
    """How a question is answered on paper: by rows of boxes, a digit grid or an examiner's credits."""
    if question.kind in ROW_KINDS:
        return "rows"
    return "credits" if question.kind in CREDIT_KINDS else "number"


def _band(exam: Exam, run: tuple[Question, ...], frame: Frame, columns: int, number: float) -> Band:
    way = _way(run[0])
    shape = shape_of(exam.marking)
    if way == "number":
        titled = any(question.title for question in run)
        blocks = tuple(number_block(question, exam, titled=titled) for question in run)
        too_wide = [q.id for q, block in zip(run, blocks, strict=True) if block.width > frame.width]
        if too_wide:
            raise UsageFault(
                f"{exam.file}: the digit grid of question {', '.join(too_wide)} is wider than the page",
                hint="ask for fewer digits",
            )
        caption = "Write the number, then mark one box in each column."
        return Band(caption=caption, blocks=blocks, columns=0, gap=6.0)
    if way == "credits":
        need = max(credit_need(question, number) for question in run)
        used = _columns(need, min(columns, 2, len(run)), frame)
        wide = frame.column_width(used)
        blocks = tuple(credit_block(question, number=number, width=wide, shape=shape) for question in run)
        return Band(caption="For the examiner. Please leave empty.", blocks=blocks, columns=used, gap=5.0)
    groups = row_groups(run)
    need = max(row_need(group, number, frame.width) for group in groups)
    used = _columns(need, min(columns, len(groups)), frame)
    wide = frame.column_width(used)
    starred = len({question.kind for question in run}) > 1
    blocks = tuple(
        row_block(group, number=number, width=wide, shape=shape, starred=starred) for group in groups
    )
    return Band(caption=_row_caption(run), blocks=blocks, columns=used, gap=3.6)


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
