"""R/exams' NOPS answer sheets: a fixed layout, by the coordinates that ``exams2nops`` prints (its manual).

They are mm from the lower left of a picture of 210 x 290 mm, whose top is the top of an A4 page.
Registration is by four crosses, so what a printer shifts does not matter.
"""

from dataclasses import dataclass
from fractions import Fraction

from pipeline.errors import UsageFault
from pipeline.exam.imports.records import Imported, ImportedExam, ImportedQuestion, Note
from pipeline.exam.layout_file import with_hash
from pipeline.model import Anchors, Box, Kind, Layout, LayoutQuestion, Marking, PageLayout

WIDTH, HEIGHT = 210.0, 297.0
_PICTURE = 290.0
_SIDE = 4.0
_CROSSES = ((30.0, 270.0), (160.0, 270.0), (190.0, 13.0), (20.0, 13.0))
_CROSS_SIZE = 5.0
MOST_QUESTIONS, MOST_OPEN = 45, 3
_IN_COLUMN = 15
_ID_LEFT = {7: 133.0, 8: 125.0, 9: 117.0, 10: 109.0}
"""Left edge of the first digit's boxes by how many digits the registration number has."""
_LETTERS = "abcde"


@dataclass(frozen=True, slots=True, kw_only=True)
class NopsSheet:
    """What was said to ``exams2nops``."""

    choices: tuple[int, ...]
    """Boxes of each question, 2 to 5; 0: an open question, marked by an examiner on the second sheet."""
    digits: int = 7
    """Of the registration number (``reglength``), 7 to 10."""
    single: bool = False
    """Whether exactly one option of every question is right (``schoice``)."""
    exam: str = "nops"


def import_nops(sheet: NopsSheet) -> Imported:
    """The layout of NOPS sheets, with an exam file to fill in.

    Raises
    ------
    UsageFault
        There are no such NOPS sheets: too many questions, boxes or digits.
    """
    _refuse(sheet)
    pages = [_first_page(sheet)]
    if 0 in sheet.choices:
        pages.append(_second_page(sheet))
    kind = Kind.CHOICE if sheet.single else Kind.CHOICES
    questions = {"id": LayoutQuestion(kind=Kind.ID)}
    for number, count in enumerate(sheet.choices, 1):
        questions[str(number)] = (
            LayoutQuestion(kind=kind) if count else LayoutQuestion(kind=Kind.CREDITS, writer="examiner")
        )
    layout = with_hash(
        Layout(
            name=sheet.exam,
            unit="mm",
            marking=Marking.CROSS_UNDO,
            pages=tuple(pages),
            questions=questions,
            exam=sheet.exam,
            version="A",
        )
    )
    exam = ImportedExam(
        id=sheet.exam,
        source=f"the fixed layout of R/exams NOPS sheets with {len(sheet.choices)} questions",
        layout="layout.json",
        marking="cross-undo",
        questions=tuple(_question(sheet, number) for number in range(1, len(sheet.choices) + 1)),
        student_id={"kind": "digits", "length": sheet.digits},
        complete=False,
    )
    notes = _NOTES + ((_OPEN_NOTE,) if 0 in sheet.choices else ())
    return Imported(layouts=(layout,), exam=exam, notes=notes)


_NOTES = (
    Note(
        kind="lost",
        what="right answers and points are in R's metainfo (.rds), which is not read",
        todo="write them into exam.yaml, from exams_metainfo() in R",
    ),
    Note(
        kind="lost",
        what="the exam ID is printed in digits, which are not read: variants of an exam cannot be told apart",
        todo="sort the scans by exam ID and grade each variant with an exam file of its own",
    ),
    Note(
        kind="changed",
        what="replacement sheets have the same boxes and are read as any other sheet",
        todo="a student with two sheets will be asked in review",
    ),
    Note(
        kind="changed",
        what="a cross is an answer, and a filled box is one that was undone",
        todo="",
    ),
)
_OPEN_NOTE = Note(
    kind="changed",
    what="the sheet of the open questions carries nobody's number",
    todo="scan both sheets of a student one after the other, into one PDF or TIFF",
)


def _refuse(sheet: NopsSheet) -> None:
    if not 1 <= len(sheet.choices) <= MOST_QUESTIONS:
        raise UsageFault(
            f"NOPS sheets have 1 to {MOST_QUESTIONS} questions, not {len(sheet.choices)}",
            hint="say --choices with the boxes of each question, like 5,5,5,4 or 20x5",
        )
    if any(count not in (0, 2, 3, 4, 5) for count in sheet.choices):
        raise UsageFault(
            "questions of NOPS sheets have 2 to 5 boxes, or 0 when they are open",
            hint="say --choices like 20x5, or 10x4,2x0",
        )
    if sheet.choices.count(0) > MOST_OPEN:
        raise UsageFault(
            f"NOPS sheets have at most {MOST_OPEN} open questions", hint="say --choices with at most three 0"
        )
    if sheet.digits not in _ID_LEFT:
        raise UsageFault(
            f"registration numbers of NOPS sheets have 7 to 10 digits, not {sheet.digits}",
            hint="say --digits as reglength was in exams2nops",
        )


def _anchors() -> Anchors:
    points = tuple((x, _PICTURE - y) for x, y in _CROSSES)
    return Anchors(kind="corners", points=points, mark="cross", size=_CROSS_SIZE)


def _box(question: str, option: str, left: float, bottom: float) -> Box:
    """A box by its lower left corner in the picture."""
    return Box(
        question=question,
        option=option,
        shape="square",
        x=left,
        y=_PICTURE - bottom - _SIDE,
        w=_SIDE,
        h=_SIDE,
    )


def _page(sheet: int, boxes: list[Box]) -> PageLayout:
    return PageLayout(sheet=sheet, width=WIDTH, height=HEIGHT, anchors=_anchors(), boxes=tuple(boxes))


def _first_page(sheet: NopsSheet) -> PageLayout:
    """Registration number, 0 on top; questions in columns of 15, with a gap after every fifth."""
    left = _ID_LEFT[sheet.digits]
    boxes = [
        _box("id", f"d{place + 1}={digit}", left + 8 * place, 226 - 7 * digit)
        for place in range(sheet.digits)
        for digit in range(10)
    ]
    for number, count in enumerate(sheet.choices, 1):
        column, row = divmod(number - 1, _IN_COLUMN)
        across = 25.0 + 64 * column - (4 if column >= 2 else 0)
        up = 126.0 - 7 * row - 3 * (row // 5)
        boxes += [_box(str(number), _LETTERS[place], across + 8 * place, up) for place in range(count)]
    return _page(1, boxes)


def _second_page(sheet: NopsSheet) -> PageLayout:
    """Five boxes for each open question: from no points to all of them."""
    open_questions = [number for number, count in enumerate(sheet.choices, 1) if not count]
    boxes = [
        _box(str(number), _quarter(place), 110.0 + 8 * place, 235.0 - 7 * row)
        for row, number in enumerate(open_questions)
        for place in range(5)
    ]
    return _page(2, boxes)


def _quarter(place: int) -> str:
    return str(Fraction(place, 4))


def _question(sheet: NopsSheet, number: int) -> ImportedQuestion:
    count = sheet.choices[number - 1]
    if not count:
        quarters = {"max": Fraction(1), "step": Fraction(1, 4)}
        return ImportedQuestion(id=str(number), kind="credits", credits=quarters)
    rule = {"name": "r-exams", "partial": not sheet.single}
    return ImportedQuestion(
        id=str(number),
        kind="choice" if sheet.single else "choices",
        points=Fraction(1),
        options=tuple(_LETTERS[:count]),
        rule=rule,
    )
