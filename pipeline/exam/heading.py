"""What every sheet carries around its questions: whose it is, which it is, and how to mark it."""

from dataclasses import dataclass
from fractions import Fraction

from pipeline.errors import UsageFault
from pipeline.exam.anchors import MARK_INSET, MARK_QUIET, MARK_SIZE
from pipeline.exam.blocks import GREY, fraction_text, grid_block, shape_of
from pipeline.exam.instructions import instruction_block, legend
from pipeline.exam.plan import Line, Pieces, Rectangle, TextSlot, joined
from pipeline.model import CodePlace, Exam, Group, Question, StudentId

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of the papers, mm."""
MARGIN = 22.0
"""From the left and the right edge of the paper to the print, mm: clear of the corner marks."""
TOP = MARK_INSET - MARK_SIZE / 2
"""The line that corner marks and codes begin at, mm from the top and from the bottom."""
CODE_SIZE = 18.0
"""Side of the page code without its quiet zone, mm."""
CODE_QUIET = 3.5
"""Free of print around a code, mm: four modules of the smallest symbol."""
HEAD_END = TOP + CODE_SIZE + 4.2
"""Where the strip with the title and the upper code ends, mm."""
FOOT_START = TOP + CODE_SIZE + CODE_QUIET + 0.5
"""Height of the strip with the lower code, mm from the bottom edge."""
ZONE_GAP = 8.0
DIGITS = "0123456789"
LETTERS_AND_DIGITS = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST_ALPHANUMERIC = 12
ID_QUESTION = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One side of paper, mm."""

    width: float
    height: float

    @property
    def print_width(self) -> float:
        """Between the margins."""
        return self.width - 2 * MARGIN


def code_places(paper: Paper) -> tuple[CodePlace, CodePlace]:
    """Where the page code is printed: top right and bottom left, beside the corner marks."""
    right, low = round(paper.width - MARGIN - CODE_SIZE, 3), round(paper.height - TOP - CODE_SIZE, 3)
    return (
        CodePlace(x=right, y=TOP, w=CODE_SIZE, h=CODE_SIZE, type="qr"),
        CodePlace(x=MARGIN, y=low, w=CODE_SIZE, h=CODE_SIZE, type="qr"),
    )


def first_header(exam: Exam, paper: Paper, bottom: float) -> Pieces:
    """Build the header of the first sheet: title, name, student id and instructions.

    Its height is where the questions may begin, mm from the top edge; ``bottom`` is where they end.

    Raises
    ------
    UsageFault
        When the student id is too long to be printed as a grid.
    """
    width = paper.print_width
    title_width = width - CODE_SIZE - CODE_QUIET - 1.0
    strip = Pieces(
        slots=(
            TextSlot(
                x=MARGIN,
                y=TOP,
                w=title_width,
                h=12.6,
                text=exam.title,
                size=15.0,
                style="bold",
                vertical="bottom",
                max_lines=2,
            ),
            TextSlot(x=MARGIN, y=TOP + 13.4, w=title_width, h=4.6, text=_facts(exam), size=8.0, tone=GREY),
        ),
        lines=(
            Line(x1=MARGIN, y1=HEAD_END - 0.5, x2=MARGIN + width, y2=HEAD_END - 0.5, width=0.2, tone=0.45),
        ),
    )
    zones = _zones(exam, width, HEAD_END + 3.0, bottom)
    parts = joined(strip, zones.moved(MARGIN, HEAD_END + 3.0))
    return _sized(parts, paper.width, HEAD_END + 3.0 + zones.height + 3.0)


def _zones(exam: Exam, width: float, top: float, bottom: float) -> Pieces:
    """Build name and instructions, and beside them what says whose sheet it is; below them if it is wide.

    A wide grid that would not leave the instructions their room gets the short ones.
    """
    owner = owner_block(exam)
    if not owner.width:
        return _name_and_instructions(exam, width)
    if owner.width + ZONE_GAP + 80.0 <= width:
        left = _name_and_instructions(exam, width - owner.width - ZONE_GAP)
        both = joined(left, owner.moved(width - owner.width, 0.0))
        return _sized(both, width, max(left.height, owner.height))
    above = _name_and_instructions(exam, width)
    if top + above.height + ZONE_GAP + owner.height > bottom:
        name = _name(exam, width)
        above = joined(name, legend(exam.marking, width).moved(0.0, name.height + 5.0))
        above = _sized(above, width, name.height + 9.5)
    both = joined(above, owner.moved(0.0, above.height + ZONE_GAP))
    return _sized(both, width, above.height + ZONE_GAP + owner.height)


def later_header(exam: Exam, paper: Paper, sheet: int, sheets: int) -> Pieces:
    """Build the header of a later sheet: short title, which sheet it is, name and student id."""
    width = paper.print_width - CODE_SIZE - CODE_QUIET - 1.0
    half = (width - 6.0) * 0.6
    name = _field("Name", MARGIN, TOP + 9.4, half, "name")
    student = _field("Student no.", MARGIN + half + 6.0, TOP + 9.4, width - half - 6.0, "student_id")
    strip = Pieces(
        slots=(
            TextSlot(x=MARGIN, y=TOP, w=width - 32.0, h=5.4, text=exam.title, size=10.5, style="bold"),
            TextSlot(
                x=MARGIN + width - 30.0,
                y=TOP,
                w=30.0,
                h=5.4,
                text=f"Sheet {sheet} of {sheets}",
                size=9.0,
                align="right",
            ),
        ),
    )
    return joined(strip, name, student)


def footer(exam: Exam, paper: Paper, sheet: int, sheets: int) -> Pieces:
    """Build the foot of a sheet: beside the code, in clear, what the code says; how to mark."""
    left = MARGIN + CODE_SIZE + CODE_QUIET + 1.5
    right = paper.width - MARGIN - MARK_QUIET
    top = paper.height - TOP - CODE_SIZE
    half = (right - left) / 2
    slots = (
        TextSlot(
            x=left,
            y=top + 8.8,
            w=right - left,
            h=4.4,
            text=f"Sheet {sheet} of {sheets}  ·  No. ",
            size=9.0,
            style="bold",
            align="left",
            fill="serial",
        ),
        TextSlot(
            x=left,
            y=top + 13.6,
            w=half,
            h=4.2,
            text=f"{exam.id} · version {exam.version}",
            size=7.5,
            align="left",
            tone=GREY,
        ),
        TextSlot(
            x=left + half,
            y=top + 13.6,
            w=half,
            h=4.2,
            text="Last sheet." if sheet == sheets else "Continued on the next sheet.",
            size=7.5,
            align="right",
            tone=GREY,
        ),
    )
    reminder = legend(exam.marking, right - left).moved(left, top + 1.4) if sheet > 1 else Pieces()
    return joined(Pieces(slots=slots), reminder)


def owner_block(exam: Exam) -> Pieces:
    """Build what says whose sheet it is: a grid for the id, or room for a sticker or handwriting."""
    student = exam.student_id
    if student.kind == "person":
        return Pieces()
    if student.kind == "code":
        return _sticker()
    if student.kind == "alphanumeric":
        return _alphanumeric_grid(exam)
    grid = grid_block(ID_QUESTION, DIGITS, student.length, shape=shape_of(exam.marking))
    head = _grid_head("Student number", grid.width)
    grid = joined(grid, _printed_id(student, grid.rectangles)).moved(0.0, head.height)
    return _sized(joined(head, grid), max(grid.width, head.width), grid.height + head.height)


def _alphanumeric_grid(exam: Exam) -> Pieces:
    """Build two grids side by side: 0-9 and A-H, then I-Z."""
    student = exam.student_id
    if student.length > LONGEST_ALPHANUMERIC:
        raise UsageFault(
            f"{exam.file}: student_id has {student.length} letters or digits, and a sheet has room for "
            f"{LONGEST_ALPHANUMERIC}",
            hint="write student_id: {kind: code} or {kind: person} instead",
        )
    half = len(LETTERS_AND_DIGITS) // 2
    first = grid_block(ID_QUESTION, LETTERS_AND_DIGITS[:half], student.length, shape=shape_of(exam.marking))
    second = grid_block(ID_QUESTION, LETTERS_AND_DIGITS[half:], student.length, shape=shape_of(exam.marking))
    head = _grid_head("Student number", first.width * 2 + 5.0)
    second = Pieces(boxes=second.boxes, slots=second.slots).moved(first.width + 5.0, 0.0)
    grid = joined(first, _printed_id(student, first.rectangles), second).moved(0.0, head.height)
    return _sized(joined(head, grid), max(first.width * 2 + 5.0, head.width), first.height + head.height)


def _printed_id(student: StudentId, squares: tuple[Rectangle, ...]) -> Pieces:
    """Put the characters of a known student id into the squares to write in."""
    return Pieces(
        slots=tuple(
            TextSlot(
                x=square.x + 0.4,
                y=square.y + 0.4,
                w=square.w - 0.8,
                h=square.h - 0.8,
                text="",
                size=10.0,
                align="center",
                fill="character",
                place=place,
            )
            for place, square in zip(range(student.length), squares, strict=True)
        )
    )


def _grid_head(text: str, width: float) -> Pieces:
    """Build the heading of the id grid."""
    wide = max(width, 40.0)
    return Pieces(
        width=wide,
        height=9.4,
        slots=(
            TextSlot(x=0.0, y=0.0, w=wide, h=4.6, text=text, size=9.0, style="bold", align="left"),
            TextSlot(
                x=0.0,
                y=4.8,
                w=wide,
                h=3.4,
                text="Write it, then mark one box in each column.",
                size=7.0,
                align="left",
                tone=GREY,
            ),
        ),
    )


def _sticker() -> Pieces:
    """Build the room for a sticker with the student's code."""
    frame = Rectangle(x=0.0, y=0.0, w=62.0, h=34.0, width=0.2, tone=0.5, radius=1.5)
    note = TextSlot(
        x=4.0, y=14.0, w=54.0, h=6.0, text="Place the sticker here", size=9.0, align="center", tone=GREY
    )
    return Pieces(width=62.0, height=34.0, slots=(note,), rectangles=(frame,))


def _name(exam: Exam, width: float) -> Pieces:
    """Build the line for the name, and one for the number of a sheet whose id a person types."""
    name = _field("Name", 0.0, 0.0, width, "name")
    if exam.student_id.kind != "person":
        return name
    return _sized(joined(name, _field("Student no.", 0.0, 11.0, width, "student_id")), width, 19.6)


def _name_and_instructions(exam: Exam, width: float) -> Pieces:
    name = _name(exam, width)
    top = name.height + 8.0
    how = instruction_block(exam.marking, width)
    return _sized(joined(name, how.moved(0.0, top)), width, top + how.height)


def _field(label: str, x: float, y: float, width: float, fill: str) -> Pieces:
    """Build a label and a line to write on, 8.6 mm high; what is known of the student stands on it."""
    taken = 11.0 if label == "Name" else 18.0
    known = TextSlot(
        x=x + taken,
        y=y + 1.4,
        w=width - taken,
        h=6.4,
        text="",
        size=11.0,
        align="left",
        vertical="bottom",
        fill="name" if fill == "name" else "student_id",
    )
    return Pieces(
        width=width,
        height=8.6,
        slots=(
            TextSlot(
                x=x,
                y=y + 3.6,
                w=taken - 1.5,
                h=4.4,
                text=label,
                size=8.0,
                vertical="bottom",
                align="left",
                tone=GREY,
            ),
            known,
        ),
        lines=(Line(x1=x + taken, y1=y + 8.3, x2=x + width, y2=y + 8.3, width=0.2, tone=0.4),),
    )


def _facts(exam: Exam) -> str:
    asked: tuple[Question | Group, ...] = (*exam.questions, *exam.groups)
    points = sum((one.points for one in asked if not one.bonus), Fraction(0))
    total = points if exam.total is None else exam.total
    count = _questions(exam)
    return " · ".join(
        (
            exam.id,
            f"version {exam.version}",
            f"{count} question{'s' if count != 1 else ''}",
            f"{fraction_text(total)} point{'s' if total != 1 else ''}",
        )
    )


def _questions(exam: Exam) -> int:
    """How many questions the paper has: all parts, cells and factors of one are one."""
    wholes = {one.id: one.frame or one.parent for one in exam.questions}
    known = {whole for whole in wholes.values() if whole}
    outermost = {
        next((other for other in sorted(known, key=len) if f"{whole}.".startswith(f"{other}.")), name)
        for name, whole in wholes.items()
    }
    return len(outermost)


def _sized(pieces: Pieces, width: float, height: float) -> Pieces:
    return Pieces(
        width=width,
        height=height,
        boxes=pieces.boxes,
        slots=pieces.slots,
        lines=pieces.lines,
        rectangles=pieces.rectangles,
        pictures=pieces.pictures,
    )
