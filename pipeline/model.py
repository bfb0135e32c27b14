"""Every record that flows between the rooms, frozen.

Lengths are mm with the origin top-left, x right, y down, unless a layout says ``unit: px``;
values in pixels end in ``_px``. Points are :class:`fractions.Fraction`. Frames of a file and
printed sheets count from 1. Arrays in records are read-only, and such records compare by identity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# --- what is asked -----------------------------------------------------------------------------


class Marking(StrEnum):
    """How a student marks: the convention that the paper prints."""

    FILL = "fill"
    ANY = "any"
    CROSS_UNDO = "cross-undo"


class Kind(StrEnum):
    """Kind of a question."""

    CHOICE = "choice"
    CHOICES = "choices"
    TRUEFALSE = "truefalse"
    NUMBER = "number"
    CREDITS = "credits"
    TEXT = "text"
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a choice question."""

    id: str
    """What the box is called: "A", "B", "T"."""
    text: str = ""
    """What the paper prints beside it."""
    value: Any = None
    """Number, fraction, text or nested tuples to compare a solved answer with; None: no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solve:
    """A numeric answer that a solver recomputes."""

    solver: str
    """Name in the registry ``pipeline.grading.solvers``."""
    arguments: Mapping[str, Any]
    """Literals from the exam file, by argument name."""
    pick: tuple[str | int, ...] = ()
    """Path into the solver's result: names of a mapping, 0-based places of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A scoring rule by name, with its parameters."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """When a number counts as equal."""

    kind: Literal["abs", "rel", "significant"]
    size: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """A digit grid."""

    digits: int
    """Digit columns in all, those behind the decimal point included."""
    decimals: int = 0
    """How many of them stand behind the printed decimal point."""
    sign: bool = False
    """Whether there is a box for minus."""
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFormat:
    """Credit boxes for the examiner: 0, step, 2 step ... max."""

    max: Fraction
    step: Fraction = Fraction(1)


Void = Literal["", "everyone", "nobody"]
"""A void question: everyone gets its points, or it counts for nobody; "" is not void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, or one part of a question (parts are flattened: id ``5b.h1``)."""

    id: str
    kind: Kind
    points: Fraction
    rule: Rule
    title: str = ""
    section: str = ""
    """Id of its section, empty when the exam has none."""
    parent: str = ""
    """Id of the question that this is a part of."""
    options: tuple[Option, ...] = ()
    dont_know: str = ""
    """Id of the option that is no answer."""
    answer: Any = None
    """Right answer as written: an option id, a tuple of option ids, a bool, a Fraction, a
    :class:`Solve`, or None when a person gives the points."""
    printed: Any = None
    """What the official solution prints, as written; None: it prints none."""
    printed_is_wrong: str = ""
    """Why the printed value is wrong, once a person has recorded it."""
    erratum: str = ""
    """What is wrong in the official solution beside the answer that it prints."""
    number: NumberFormat | None = None
    credits: CreditFormat | None = None
    tolerance: Tolerance | None = None
    """How far the right option of a choice may be from the solved value."""
    also_accept: tuple[Any, ...] = ()
    """Other answers that count as right: option ids, tuples of option ids, bools or Fractions."""
    void: Void = ""
    bonus: bool = False
    """Whether its points count beside the maximum."""
    group: str = ""
    """Id of the :class:`Group` that this is a part of; such a part has no points of its own."""
    frame: str = ""
    """Id of the table or product that the sheet prints this in."""
    heads: tuple[str, ...] = ()
    """Titles that it stands under there: of a table's row and column, of a product and its factor."""
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """(line, column), both 1-based, of each field in the exam file, by the field's name there;
    "" is the question itself. For messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A question whose parts are judged together."""

    id: str
    parts: tuple[str, ...]
    """Ids of its parts, in the order of the exam."""
    points: Fraction
    rule: Rule
    title: str = ""
    section: str = ""
    void: Void = ""
    bonus: bool = False
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """As :attr:`Question.places`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of questions with its own total."""

    id: str
    title: str
    questions: tuple[str, ...]
    floor: Fraction | None = None
    cap: Fraction | None = None
    points: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentId:
    """How a sheet says whose it is."""

    kind: Literal["digits", "alphanumeric", "code", "person"] = "digits"
    length: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """The exam's own rounding, applied once."""

    step: Fraction
    mode: Literal["half-up", "half-even", "up", "down"] = "half-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """One version of one exam, all its parts flattened."""

    id: str
    title: str
    version: str
    marking: Marking
    paper: Literal["a4", "letter"]
    student_id: StudentId
    questions: tuple[Question, ...]
    groups: tuple[Group, ...] = ()
    """Questions whose parts are judged together; the parts are among ``questions``."""
    sections: tuple[Section, ...] = ()
    allow_empty: int = 0
    """How many questions a student may leave empty: those do not count."""
    total: Fraction | None = None
    """Printed total, checked against the sum."""
    pass_points: Fraction | None = None
    grades: tuple[tuple[Fraction, str], ...] = ()
    """(least points, grade), best first."""
    rounding: Rounding | None = None
    layout_file: str = ""
    """Path of a layout of paper printed by others; empty: scangrade prints the sheet."""
    file: str = ""
    """The exam file, as the user named it."""
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """(line, column), both 1-based, of each field of the exam in its file, by the field's name
    there; ``sections.ID`` is a section. For messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamFile:
    """An exam file: the exam in all its versions."""

    id: str
    path: str
    key_hash: str
    """SHA-256 of the file's bytes, hexadecimal."""
    versions: Mapping[str, Exam]
    """By version; the base is "A"."""


# --- where each box is printed -----------------------------------------------------------------

Shape = Literal["square", "circle"]
AnchorKind = Literal["scangrade", "corners", "image", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A printed box; x, y is its top-left corner, in the layout's unit."""

    question: str
    option: str
    shape: Shape
    x: float
    y: float
    w: float
    h: float
    label: str = ""
    """Text printed inside the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What a page is registered by."""

    kind: AnchorKind
    points: tuple[tuple[float, float], ...] = ()
    """Centres of the marks, in the layout's unit (kind corners)."""
    mark: str = ""
    """disc, square, cross or ring (kind corners)."""
    size: float = 0.0
    """Diameter or side of a mark (kind corners)."""
    reference: str = ""
    """Picture of the blank page, an absolute path once loaded (kind image)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePlace:
    """Where a machine-readable code is printed."""

    x: float
    y: float
    w: float
    h: float
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLayout:
    """One printed sheet side."""

    sheet: int
    width: float
    height: float
    anchors: Anchors
    boxes: tuple[Box, ...]
    codes: tuple[CodePlace, ...] = ()


EXAM_EMPTY = "exam-empty"
"""Question of a layout whose box says that the booklet was handed in empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutQuestion:
    """What a layout says of a question."""

    kind: Kind
    marking: Marking | None = None
    """None: the layout's own."""
    writer: Literal["student", "examiner"] = "student"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where every box of every page is printed."""

    name: str
    unit: Literal["mm", "px"]
    marking: Marking
    pages: tuple[PageLayout, ...]
    questions: Mapping[str, LayoutQuestion] = field(default_factory=dict)
    exam: str = ""
    version: str = ""
    page_code: str = ""
    """How the text of other people's page codes gives booklet and sheet; empty: there are none."""
    hash: str = ""
    """First 6 hexadecimal digits, upper case, of the SHA-256 of the canonical JSON."""

    def page(self, sheet: int) -> PageLayout | None:
        """The page printed as ``sheet``, or None."""
        return next((page for page in self.pages if page.sheet == sheet), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutBook:
    """Every layout that a page may have been printed from."""

    coded: tuple[Layout, ...] = ()
    """Layouts of our own sheets: found by the code on the page."""
    fixed: Layout | None = None
    """The layout of pages that carry no code of ours."""
    others: tuple[Layout, ...] = ()
    """Further layouts of such pages: exams on paper of others that are read in one run."""

    @property
    def uncoded(self) -> tuple[Layout, ...]:
        """Every layout of pages that carry no code of ours."""
        return (*([self.fixed] if self.fixed is not None else []), *self.others)

    def find(self, code: "PageCode") -> Layout | None:
        """The stored layout of exactly this exam, version and layout hash, or None."""
        for layout in self.coded:
            if (layout.exam, layout.version, layout.hash) == (code.exam, code.version, code.layout):
                return layout
        return None

    def knows(self, exam: str) -> bool:
        """Whether any layout of this exam is here."""
        return any(layout.exam == exam for layout in self.coded)


# --- what was read -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource:
    """One page of one input file."""

    file: str
    """Path as shown to people: relative to the folder that was named."""
    path: str
    """Path to open."""
    page: int
    """1-based."""
    sha256: str
    """Of the whole file, hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCode:
    """What the page's own QR says (FORMATS: page code)."""

    exam: str
    """Exam id, lower case."""
    version: str
    sheet: int
    serial: int
    layout: str
    """Layout hash: 6 hexadecimal digits, upper case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuality:
    """What the scan itself is like."""

    dpi: float
    """Resolution by the registration, not by the file's header."""
    background: float
    """Median grey of the paper, 0 to 255."""
    print_grey: float
    """Grey of the page's own print, 0 to 255."""
    bilevel: bool
    """Whether nearly every pixel is black or white."""
    quarter_turns: int
    """Quarter turns clockwise that put the page upright."""
    notes: tuple[str, ...] = ()
    """Defects in words: "streak", "dark", "blurred"."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageRead:
    """A page that was registered and measured: facts, never edited."""

    source: PageSource
    code: PageCode | None
    other_codes: tuple[str, ...]
    """Text of stickers and codes that are not ours."""
    sheet: int
    layout_hash: str
    rms_mm: float
    """Root mean square of the registration's residuals, and of what boxes lie beside it."""
    quality: PageQuality
    features: NDArray[np.float16]
    """(boxes, features), in the order of the page layout's boxes; columns as
    ``pipeline.reading.features.FEATURES`` names them."""
    places_px: NDArray[np.float32]
    """(boxes, 4): centre x, centre y, width, height of each box in the upright image."""

    def __post_init__(self) -> None:
        self.features.setflags(write=False)
        self.places_px.setflags(write=False)


Finding = Literal["blank", "no-code", "foreign-code", "unknown-layout", "not-registered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnmatched:
    """A page that became an image and matches no layout."""

    source: PageSource
    finding: Finding
    message: str
    """One sentence for the ledger."""
    ink: float
    """Share of dark pixels."""
    marks_found: int
    """Corner marks of ours that were found, 0 to 4."""
    code: PageCode | None = None
    other_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailed:
    """A page that could not become an image."""

    source: PageSource
    code: str
    """Short name of the failure: truncated, password, too-large, not-an-image, crashed."""
    message: str
    """What happened."""
    hint: str
    """What to do."""


PageResult = PageRead | PageUnmatched | PageFailed


# --- what it means -----------------------------------------------------------------------------


class BoxState(StrEnum):
    """What a box says."""

    EMPTY = "empty"
    MARKED = "marked"
    CANCELLED = "cancelled"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageStates:
    """The states of all boxes of one page."""

    states: tuple[BoxState, ...]
    """In the order of the page layout's boxes."""
    p_marked: NDArray[np.float32]
    """(boxes,): probability that the writer meant a mark."""
    flags: tuple[tuple[str, ...], ...]
    """Per box, words for what was odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A student's answer to one question."""

    question: str
    chosen: tuple[str, ...] = ()
    """Ids of the options that count as ticked."""
    value: Fraction | None = None
    """Of a digit grid or of credit boxes; None: blank, or not legible."""
    doubtful: bool = False
    """Whether a person must look."""
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Other plausible readings of ``chosen``."""
    confidence: float = 1.0
    flags: tuple[str, ...] = ()
    reason: str = ""
    """Why it is doubtful, in words."""
    decided_by: str = ""
    """Who decided it; empty when it was read."""
    given: Fraction | None = None
    """Points that a person gave, whatever was read: to the question, or to the parts of which it is the
    last where these are judged together. None: the rule gives them."""
    file: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Booklet:
    """All pages of one student, joined."""

    exam: str
    version: str
    student_id: str
    """Empty while nobody knows whose it is."""
    name: str
    serial: int | None
    answers: Mapping[str, Answer]
    missing_sheets: tuple[int, ...] = ()
    open_questions: tuple[str, ...] = ()
    """Doubts about the booklet as a whole, in words: whose it is, which copy counts."""
    on_roster: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One row of the roster."""

    student_id: str
    name: str
    version: str = ""
    group: str = ""
    email: str = ""
    code: str = ""


WITHDRAWN = "withdrawn"
"""Value of a decision that takes back the one before it on the same doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, appended and never edited."""

    doubt: str
    """Names the doubt, as in review.csv."""
    value: str
    by: str
    at: str
    """ISO 8601, UTC."""
    note: str = ""


# --- what it is worth --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The points of one answer, with their reason."""

    question: str
    points: Fraction | None
    """None: not yet known; a person must decide or give credits."""
    max_points: Fraction
    correct: str
    """The right answer as answers.csv writes it."""
    rule: str
    reason: str
    status: Literal["final", "doubtful", "decided", "ungraded", "void"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One student's result in one exam."""

    student_id: str
    name: str
    exam: str
    version: str
    status: Literal["final", "review", "incomplete", "absent", "unlisted"]
    points: Fraction | None
    """Sum of what is decided; None when the student is absent."""
    max_points: Fraction
    percent: Fraction | None
    grade: str
    doubts: int
    sections: Mapping[str, Fraction]
    scores: tuple[Score, ...]


# --- what comes out of a batch -----------------------------------------------------------------

Outcome = Literal["read", "blank", "scratch", "duplicate", "foreign", "unidentified", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What became of one page of one input file; a known missing page has no source."""

    source: PageSource | None
    outcome: Outcome | None
    """None exactly when the page is missing."""
    reason: str
    exam: str = ""
    version: str = ""
    sheet: int | None = None
    serial: int | None = None
    student_id: str = ""
    rms_mm: float | None = None
    turned: int = 0
    """Quarter turns clockwise that put the page upright."""
    settled: bool = False
    """Whether a person has said what to make of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that a person must decide."""

    id: str
    """Stable name made of the file's hash, the page and the question: a decision follows the
    paper, whoever the sheet turns out to belong to."""
    kind: Literal["answer", "student", "page", "credits"]
    reason: str
    reading: str = ""
    choices: str = ""
    exam: str = ""
    version: str = ""
    student_id: str = ""
    name: str = ""
    question: str = ""
    file: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageMarks:
    """The boxes of one page with their states, for ``marks.csv``."""

    read: PageRead
    layout: Layout
    page: PageLayout
    states: PageStates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assembly:
    """A batch joined: every page accounted for, every student's answers."""

    booklets: tuple[Booklet, ...]
    ledger: tuple[LedgerEntry, ...]
    doubts: tuple[Doubt, ...]
    marks: tuple[PageMarks, ...]
    absent: tuple[tuple[str, Student], ...]
    """(exam id or "", student) for everyone expected who has no page."""
    unread: tuple[tuple[str, Student], ...] = ()
    """(exam id, student) for everyone whose sheets were scanned and none could be read."""
