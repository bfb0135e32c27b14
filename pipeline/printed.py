"""Whether an exam file still says what was printed.

A file may be edited after its sheets were printed. What the sheets ask cannot change any more: a
digit grid keeps its decimal point, credit boxes keep their scale. Right answers, points and rules may
change at will.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam import compose_sheet
from pipeline.gather import Exams
from pipeline.model import EXAM_EMPTY, Box, Exam, Kind, Layout, LayoutBook, Question, StudentId

LEAST_GAP = 1.7
"""Columns that stand so many box widths apart, or more, have the decimal point between them."""


def check_printed(used: Collection[str], exams: Exams, book: LayoutBook) -> list[str]:
    """Compare the exam files with the sheets that were scanned; gives sentences for the operator.

    Parameters
    ----------
    used
        Hashes of the layouts that pages with a code of ours were read with.
    exams
        Exam files as they are now.
    book
        Every layout at hand.

    Raises
    ------
    FileFaults
        When a file contradicts what was printed.
    UsageFault
        When a file no longer has a version that was printed.
    """
    faults: list[Fault] = []
    notices: list[str] = []
    for layout in book.coded:
        if layout.hash not in used:
            continue
        exam = exams.exams.get((layout.exam, layout.version))
        if exam is None:
            raise UsageFault(
                f"sheets of version {layout.version} of {layout.exam} were scanned,"
                " and its exam file has no such version",
                hint="put the version back under versions:",
            )
        faults += printed_faults(exam, layout)
        notices += printed_notices(exam, layout)
    if faults:
        raise FileFaults(faults)
    return notices


def printed_faults(exam: Exam, layout: Layout) -> list[Fault]:
    """Where an exam file contradicts sheets that were printed from an earlier state of it.

    Parameters
    ----------
    exam
        The version as the file has it now.
    layout
        The layout that scanned sheets were printed with.

    Returns
    -------
    list of Fault
        Empty when every question that is on the paper is still what it was. Questions that are
        only in the file, or only on the paper, are no fault: see :func:`printed_notices`.
    """
    if exam.layout_file or compose_sheet(exam).layout.hash == layout.hash:
        return []
    boxes = _by_question(layout)
    now = _by_question(compose_sheet(exam).layout)
    faults = []
    for question in exam.questions:
        if question.id in boxes:
            what = _difference(question, boxes[question.id], now[question.id], layout)
            if what:
                faults.append(_fault(exam, question, what, layout))
    printed_id = {box.option.partition("=")[0] for box in boxes.get("id", [])}
    if printed_id and len(printed_id) != _id_length(exam.student_id):
        what = f"the student id was printed with {len(printed_id)} columns (layout {layout.hash})"
        faults.append(Fault(file=exam.file, line=0, column=0, what=what, instead=PUT_BACK))
    return faults


PUT_BACK = "put back what was printed, or print new sheets"


def printed_notices(exam: Exam, layout: Layout) -> list[str]:
    """Sentences on questions that are only in the file, or only on the printed sheets."""
    asked = {question.id for question in exam.questions}
    printed = [name for name in _by_question(layout) if name not in ("id", EXAM_EMPTY)]
    notices = []
    if new := [question.id for question in exam.questions if question.id not in printed]:
        notices.append(
            f"{exam.file}: {_named(new)} not on the sheets that were printed (layout {layout.hash}):"
            " take it out of the file, or write void: nobody"
        )
    if gone := [name for name in printed if name not in asked]:
        notices.append(
            f"{exam.file}: {_named(gone)} on the printed sheets (layout {layout.hash}) and no longer in"
            " the file: what students marked there does not count"
        )
    return notices


def _named(questions: list[str]) -> str:
    verb = "is" if len(questions) == 1 else "are"
    return f"question{'s' * (len(questions) > 1)} {', '.join(questions)} {verb}"


def _id_length(student_id: StudentId) -> int:
    return student_id.length if student_id.kind in ("digits", "alphanumeric") else 0


def _by_question(layout: Layout) -> dict[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for page in layout.pages:
        for box in page.boxes:
            found.setdefault(box.question, []).append(box)
    return found


def _difference(question: Question, printed: list[Box], now: list[Box], layout: Layout) -> str:
    kind = layout.questions[question.id].kind if question.id in layout.questions else question.kind
    options = sorted({box.option for box in printed})
    if kind is not question.kind and {kind, question.kind} != {Kind.CREDITS, Kind.TEXT}:
        return f"was printed as {kind.value}"
    if options != sorted({box.option for box in now}):
        if question.kind is Kind.NUMBER:
            return f"was printed with {_columns(printed)} digit columns" + (
                " and a sign" if "sign=-" in options else " and no sign"
            )
        return f"was printed with the boxes {', '.join(box.option for box in printed)}"
    if question.kind is Kind.NUMBER and _decimals(printed) != _decimals(now):
        return f"was printed with {_decimals(printed)} decimals"
    return ""


def _columns(boxes: Iterable[Box]) -> int:
    return len({box.option.partition("=")[0] for box in boxes if box.option.startswith("d")})


def _decimals(boxes: Iterable[Box]) -> int:
    """Digit columns behind the decimal point, which stands in the one wider gap between columns."""
    width, columns = 0.0, set()
    for box in boxes:
        if box.option.startswith("d"):
            width = box.w
            columns.add(box.x)
    ordered = sorted(columns)
    for place, (left, right) in enumerate(pairwise(ordered), 1):
        if right - left > LEAST_GAP * width:
            return len(ordered) - place
    return 0


def _fault(exam: Exam, question: Question, what: str, layout: Layout) -> Fault:
    line, column = question.places.get("", (0, 0))
    return Fault(
        file=exam.file,
        line=line,
        column=column,
        what=f"question {question.id} {what} (layout {layout.hash}), and the file says otherwise now",
        instead=PUT_BACK,
    )
