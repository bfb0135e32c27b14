"""Rows of an Auto Multiple Choice project's databases, as its developers document them.

``layout.sqlite``: layout_page, layout_mark, layout_box, layout_digit, layout_question,
layout_association. ``scoring.sqlite``: scoring_question, scoring_answer, scoring_default,
scoring_main. ``association.sqlite``: association_association. Lengths are px at the page's ``dpi``,
origin top left; "student" there is the number of a printed copy.
"""

from dataclasses import dataclass

ANSWER_ROLE = 1
"""Role of a box that students tick."""
DONT_SCAN, OVAL = 0x1, 0x10
"""Flags of a box: it is not to be read; it is an oval."""
SIMPLE, MULTIPLE = 1, 2
"""Types of question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcPage:
    """A page of a copy (layout_page)."""

    student: int
    page: int
    check: int
    """Printed beside both numbers, to check them (column "checksum")."""
    dpi: float
    width: float
    height: float
    mark_diameter: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcMark:
    """A corner's disc (layout_mark): corners 1 to 4 clockwise from top left."""

    student: int
    page: int
    corner: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcBox:
    """A box that students tick (layout_box)."""

    student: int
    page: int
    question: int
    answer: int
    xmin: float
    xmax: float
    ymin: float
    ymax: float
    flags: int
    char: str = ""
    """Printed in or beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcDigit:
    """A square of the page's number (layout_digit)."""

    student: int
    page: int
    number: int
    digit: int
    xmin: float
    xmax: float
    ymin: float
    ymax: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcQuestion:
    """How a question of a copy is scored (scoring_question)."""

    student: int
    question: int
    type: int
    indicative: bool
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcAnswer:
    """An answer of a question of a copy (scoring_answer); 0 is "none of these"."""

    student: int
    question: int
    answer: int
    correct: bool
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcAssociation:
    """Whose a copy is (association_association, layout_association)."""

    student: int
    copy: int
    """0 unless the copy was photocopied."""
    student_id: str
