"""Readings of booklets with page codes of others, made up page by page: the truth of these tests."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from pipeline.model import (
    Anchors,
    Assembly,
    Box,
    BoxState,
    CodePlace,
    Decision,
    Exam,
    Kind,
    Layout,
    LayoutBook,
    Marking,
    Option,
    PageLayout,
    PageQuality,
    PageRead,
    PageResult,
    PageSource,
    PageStates,
    PageUnmatched,
    Question,
    Rule,
    Student,
    StudentId,
)
from pipeline.reading.assemble import assemble
from pipeline.reading.lists import Lists

PATTERN = "cit-i2dl-1-20230210-{booklet}-{sheet}"
CODE_PLACE = CodePlace(x=150.0, y=8.0, w=14.0, h=14.0, type="qr")


def choice(name: str) -> Question:
    """A question with the options A and B."""
    options = (Option(id="A"), Option(id="B"))
    return Question(id=name, kind=Kind.CHOICE, points=Fraction(1), rule=Rule(name="single"), options=options)


def booklet_layout(sheets: int, pattern: str = PATTERN) -> Layout:
    """A booklet with one question on each sheet, and one, "both", over the last two."""
    pages = []
    for sheet in range(1, sheets + 1):
        names = [(str(sheet), "A"), (str(sheet), "B")]
        names += [("both", "A")] if sheet == sheets - 1 else [("both", "B")] if sheet == sheets else []
        boxes = tuple(
            Box(question=question, option=option, shape="square", x=20.0 + 12 * place, y=40.0 + 5 * sheet,
                w=4.5, h=4.5)
            for place, (question, option) in enumerate(names)
        )  # fmt: skip
        codes = (CODE_PLACE,) if pattern else ()
        anchors = Anchors(kind="none")
        pages.append(
            PageLayout(sheet=sheet, width=210, height=297, anchors=anchors, boxes=boxes, codes=codes)
        )
    return Layout(
        name="theirs",
        unit="mm",
        marking=Marking.ANY,
        pages=tuple(pages),
        exam="i2dl",
        page_code=pattern,
        hash="0A0B0C",
    )


def exam_of(layout: Layout) -> Exam:
    """The exam of a layout, one point for each question."""
    names = dict.fromkeys(box.question for page in layout.pages for box in page.boxes)
    return Exam(
        id="i2dl",
        title="I2DL",
        version="A",
        marking=Marking.ANY,
        paper="a4",
        student_id=StudentId(kind="code"),
        questions=tuple(choice(name) for name in names),
    )


def reading(
    layout: Layout,
    sheet: int,
    *,
    place: int,
    code: str = "",
    states: str = "",
    file: str = "stack.pdf",
    turns: int = 0,
    name: str = "",
) -> PageRead:
    """The reading of one sheet; ``states`` has E, M or ? for each of its boxes.

    ``place`` is its page in the file; ``name`` another file, of a stack of single pictures.
    """
    page = layout.page(sheet)
    assert page is not None
    letters = states or "M" + "E" * (len(page.boxes) - 1)
    shown = name or file
    return PageRead(
        source=PageSource(
            file=shown, path=f"/scans/{shown}", page=1 if name else place, sha256=shown.ljust(64, "0")
        ),
        code=None,
        other_codes=(code,) if code else (),
        sheet=sheet,
        layout_hash=layout.hash,
        rms_mm=0.05,
        quality=PageQuality(dpi=200, background=250, print_grey=30, bilevel=False, quarter_turns=turns),
        features=np.array([["EM?".index(letter)] for letter in letters], dtype=np.float16),
        places_px=np.zeros((len(letters), 4), dtype=np.float32),
    )


def unread(place: int, finding: str = "not-registered", file: str = "stack.pdf") -> PageUnmatched:
    """A page that matched nothing."""
    return PageUnmatched(
        source=PageSource(file=file, path=f"/scans/{file}", page=place, sha256=file.ljust(64, "0")),
        finding=finding,  # type: ignore[arg-type]
        message="it is smudged",
        ink=0.1,
        marks_found=2,
    )


Pages = Sequence[tuple[PageRead, Layout, PageLayout]]


def decide(booklets: Sequence[Pages]) -> tuple[tuple[PageStates, ...], ...]:
    """Fake of the classifier: a page's only feature is the state itself."""
    return tuple(decide_pages(pages) for pages in booklets)


def decide_pages(pages: Pages) -> tuple[PageStates, ...]:
    """The same for one student."""
    states = (BoxState.EMPTY, BoxState.MARKED, BoxState.DOUBTFUL)
    return tuple(
        PageStates(
            states=tuple(states[int(value)] for value in read.features[:, 0]),
            p_marked=np.where(read.features[:, 0] == 1, 1.0, 0.0).astype(np.float32),
            flags=tuple(() for _ in page.boxes),
        )
        for read, _, page in pages
    )


def joined(
    results: Sequence[PageResult],
    layout: Layout,
    students: Sequence[Student] | None = None,
    decisions: dict[str, str] | None = None,
) -> Assembly:
    """Assemble readings of one layout."""
    exam = exam_of(layout)
    lists = Lists(
        book=LayoutBook(fixed=layout),
        exams={(exam.id, "A"): exam},
        roster=None if students is None else {student.student_id: student for student in students},
        decisions={
            doubt: Decision(doubt=doubt, value=value, by="ada", at="2026-02-01T12:00:00Z")
            for doubt, value in (decisions or {}).items()
        },
    )
    return assemble(results, lists, decide)[0]
