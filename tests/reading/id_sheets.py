"""Sheets with a student-id grid, for tests of whose they are: no pixels."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from pipeline.model import (
    Anchors,
    Assembly,
    Box,
    BoxState,
    Decision,
    Exam,
    Kind,
    Layout,
    LayoutBook,
    LayoutQuestion,
    Marking,
    Option,
    PageCode,
    PageLayout,
    PageQuality,
    PageRead,
    PageSource,
    PageStates,
    Question,
    Rule,
    Student,
    StudentId,
)
from pipeline.reading.answers import ReadBox
from pipeline.reading.assemble import assemble
from pipeline.reading.id_grid import IdGrid, read_id_grid
from pipeline.reading.lists import Lists

DIGITS = "0123456789"
LETTERS = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATES = (BoxState.EMPTY, BoxState.MARKED, BoxState.CANCELLED, BoxState.DOUBTFUL)
CHANCES = (0.0005, 0.9995, 0.01, 0.5)
EMPTY, MARKED, DOUBTFUL = 0, 1, 3

Columns = Sequence[str]
"""Per column the marked characters; "_" for none, "3?" for a doubtful 3, "35" for two marks."""


def states_of(columns: Columns, alphabet: str = DIGITS) -> list[int]:
    """The state of each box of a grid, column by column."""
    found = []
    for column in columns:
        mark = DOUBTFUL if column.endswith("?") else MARKED
        found += [mark if character in column else EMPTY for character in alphabet]
    return found


def options_of(width: int, alphabet: str = DIGITS) -> list[str]:
    """Options of a grid, in the order of its boxes."""
    return [f"d{place}={character}" for place in range(1, width + 1) for character in alphabet]


def grid_of(columns: Columns, alphabet: str = DIGITS) -> IdGrid:
    """What a grid says."""
    boxes = [
        ReadBox(option=option, state=STATES[state], p_marked=CHANCES[state])
        for option, state in zip(
            options_of(len(columns), alphabet), states_of(columns, alphabet), strict=True
        )
    ]
    return read_id_grid(boxes)


def students(*ids: str, codes: Mapping[str, str] | None = None) -> dict[str, Student]:
    """A roster."""
    return {
        student_id: Student(
            student_id=student_id, name=f"Name {student_id}", code=(codes or {}).get(student_id, "")
        )
        for student_id in ids
    }


class Hall:
    """An exam of one sheet with an id grid and two questions, and the booklets handed in."""

    def __init__(
        self, width: int, alphabet: str = DIGITS, *, coded: bool = True, by_code: bool = False
    ) -> None:
        self.width, self.alphabet, self.coded = width, alphabet, coded
        self.reads: list[PageRead] = []
        names = [("id", option) for option in options_of(width, alphabet)]
        names += [(question, option) for question in ("1", "2") for option in "AB"]
        boxes = tuple(
            Box(question=question, option=option, shape="square", x=10, y=10, w=4, h=4)
            for question, option in names
        )
        page = PageLayout(sheet=1, width=210, height=297, anchors=Anchors(kind="scangrade"), boxes=boxes)
        self.layout = Layout(
            name="hall",
            unit="mm",
            marking=Marking.ANY,
            pages=(page,),
            questions={"id": LayoutQuestion(kind=Kind.ID)},
            exam="hall",
            version="A",
            hash="ABCDEF",
        )
        self.exam = Exam(
            id="hall",
            title="Hall",
            version="A",
            marking=Marking.ANY,
            paper="a4",
            student_id=StudentId(kind="code") if by_code else StudentId(length=width),
            questions=tuple(
                Question(
                    id=name,
                    kind=Kind.CHOICE,
                    points=Fraction(1),
                    rule=Rule(name="single"),
                    options=(Option(id="A"), Option(id="B")),
                )
                for name in ("1", "2")
            ),
        )

    def hand_in(
        self,
        columns: Columns,
        answers: str = "AA",
        *,
        serial: int | None = None,
        stickers: Sequence[str] = (),
    ) -> PageRead:
        """One booklet; its page is the next one of the scan."""
        page = len(self.reads) + 1
        marks = [MARKED if option == answer else EMPTY for answer in answers for option in "AB"]
        states = states_of(columns, self.alphabet) + marks
        serial = page if serial is None else serial
        code = PageCode(exam="hall", version="A", sheet=1, serial=serial, layout="ABCDEF")
        read = PageRead(
            source=PageSource(file="scan.pdf", path="/scan.pdf", page=page, sha256="a" * 64),
            code=code if self.coded else None,
            other_codes=tuple(stickers),
            sheet=1,
            layout_hash="ABCDEF",
            rms_mm=0.05,
            quality=PageQuality(dpi=200, background=250, print_grey=30, bilevel=False, quarter_turns=0),
            features=np.array([[state] for state in states], dtype=np.float16),
            places_px=np.zeros((len(states), 4), dtype=np.float32),
        )
        self.reads.append(read)
        return read

    def collect(
        self,
        roster: Mapping[str, Student] | None,
        *,
        printed: Mapping[int, str] | None = None,
        decisions: Mapping[str, str] | None = None,
    ) -> Assembly:
        """Join everything that was handed in."""
        lists = Lists(
            book=LayoutBook(coded=(self.layout,), fixed=self.layout),
            exams={("hall", "A"): self.exam},
            sheets={("hall", serial): student for serial, student in (printed or {}).items()},
            roster=roster,
            decisions={
                doubt: Decision(doubt=doubt, value=value, by="Ada", at="2026-01-01T00:00:00Z")
                for doubt, value in (decisions or {}).items()
            },
        )
        return assemble(self.reads, lists, decide)[0]


Pages = Sequence[tuple[PageRead, Layout, PageLayout]]


def decide(booklets: Sequence[Pages]) -> tuple[tuple[PageStates, ...], ...]:
    """Fake of the classifier: a page's only feature is the state itself."""
    return tuple(_states(pages) for pages in booklets)


def _states(pages: Pages) -> tuple[PageStates, ...]:
    return tuple(
        PageStates(
            states=tuple(STATES[int(value)] for value in read.features[:, 0]),
            p_marked=np.array([CHANCES[int(value)] for value in read.features[:, 0]], dtype=np.float32),
            flags=tuple(() for _ in page.boxes),
        )
        for read, _, page in pages
    )
