"""Records of the simulator: what is asked of it, what it draws, what it gives back.

Lengths are mm on the printed page, y down; values in pixels end in ``_px``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UsageFault
from pipeline.formats import PageOutcome, TrueState
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.draws import DRAWS, DrawsName

Image = NDArray[np.uint8]
"""(height, width) grey or (height, width, 3) RGB, 0 black to 255 white."""
Path = NDArray[np.float64]
"""(points, 2): a pen's way over the paper, x and y in mm."""

Label = Literal["legible", "awkward"]
ScanFormat = Literal["pdf", "pdf-g4", "tiff", "png", "jpeg"]
SCAN_FORMATS: tuple[ScanFormat, ...] = ("pdf", "pdf-g4", "tiff", "png", "jpeg")
PROFILES: tuple[str, ...] = (
    "clean-300",
    "office-200",
    "fax-bilevel",
    "worn-feeder",
    "phone",
)
"""Names of the scanners that can be simulated; ``SCAN_PROFILES`` holds what they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """What to simulate.

    Shares are probabilities between 0 and 1; counts are pages or students of a whole batch.
    """

    seed: int
    """Same settings and seed, same bytes."""
    profile: str = "office-200"
    """One of ``PROFILES``."""
    format: ScanFormat = "pdf"
    awkward: float = 0.0
    """Share of answered questions with a mark that is hard to read: erased, scribbled out, circled,
    partly filled, re-marked, fainter than the paper's noise, and their like; 0: legible marks only."""
    draws: DrawsName = "train"
    """From which ranges: for training, or wider and with more kinds of mark, for testing."""
    knows: float = 0.7
    """Probability that a student gives the right answer."""
    blank: float = 0.04
    """Probability that a question is left blank."""
    dont_know: float = 0.05
    """Probability of the option that is no answer, where there is one."""
    changes: float = 0.04
    """Probability of a change of mind that the paper provides for: a cross undone by filling the box."""
    pen: str = ""
    """Name in ``PENS`` of the pen that everyone uses, the examiner as well; empty: each their own."""
    handwriting: bool = True
    """Whether names, digits and scratch work are written as well."""
    credits: bool = True
    """Whether the examiner has marked the credit boxes."""
    blank_backs: bool = False
    """Whether every sheet is followed by its blank back side, as a duplex scanner gives it."""
    upside_down: int = 0
    """How many pages are fed upside-down."""
    sideways: int = 0
    """How many pages are fed sideways."""
    duplicates: int = 0
    """How many pages are scanned twice."""
    foreign: int = 0
    """How many pages of another document lie in the pile."""
    scratch: int = 0
    """How many sheets of scratch paper lie in the pile."""
    absent: int = 0
    """How many students are on the roster and hand nothing in."""
    spare: int = 0
    """How many students fill in a spare booklet, with no name printed on it."""

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise UsageFault(
                f"there is no scanner profile {self.profile!r}",
                hint=f"write one of {', '.join(PROFILES)}",
            )
        if self.format not in SCAN_FORMATS:
            raise UsageFault(
                f"scans cannot be written as {self.format!r}", hint=f"write one of {', '.join(SCAN_FORMATS)}"
            )
        if self.draws not in DRAWS:
            raise UsageFault(f"there are no draws {self.draws!r}", hint=f"write one of {', '.join(DRAWS)}")
        for name in ("awkward", "knows", "blank", "dont_know", "changes"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise UsageFault(f"{name} is {share}, which is no share", hint="write 0 to 1")
        for name in ("upside_down", "sideways", "duplicates", "foreign", "scratch", "absent", "spare"):
            if getattr(self, name) < 0:
                raise UsageFault(f"{name} is {getattr(self, name)}", hint="write 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAnswer:
    """The right answer to one question, as far as the simulator needs it."""

    chosen: tuple[str, ...] | None = None
    """Options that are right; None: not a question of options."""
    value: Fraction | None = None
    """Right number; None: not a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStudent:
    """Who fills in a booklet."""

    student_id: str
    name: str
    serial: int
    """Serial of the printed booklet."""
    version: str = "A"
    printed: bool = True
    """Whether name and id are printed on the booklet; else it is a spare one, filled in by hand."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """One movement of the pen, from putting it down to lifting it."""

    path: Path
    width: float
    """mm, at full pressure."""
    pressure: NDArray[np.float64]
    """(points,): 0 to 1, scales width and density."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteIn:
    """A free place of a page that people write into by hand."""

    x: float
    y: float
    w: float
    h: float
    text: str
    """What is written; "~" draws illegible words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPlan:
    """What a writer does to one box."""

    state: TrueState = "empty"
    label: Label = "legible"
    drawing: str = Drawing.NONE
    """One of the names in :class:`Drawing`."""
    writer: Literal["student", "examiner"] = "student"
    struck: bool = False
    """Whether a line runs through all boxes of its question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueAnswer:
    """What a writer means by the marks of one question."""

    question: str
    chosen: tuple[str, ...] = ()
    """Options, in the order of the layout; for credits the one option."""
    value: Fraction | None = None
    """Of a digit grid or of credit boxes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedPage:
    """One scanned page with its truth."""

    image: Image
    dpi: int
    """As the scan file's header says."""
    jpeg_quality: int
    """With which a JPEG of this page is written."""
    bilevel: bool
    """Whether every pixel is 0 or 255."""
    outcome: PageOutcome = "read"
    """Where the page belongs in the ledger."""
    exam: str = ""
    version: str = ""
    sheet: int = 0
    """Printed sheet, from 1; 0 when it is none of ours."""
    serial: int = 0
    student_id: str = ""
    matrix: NDArray[np.float64] | None = None
    """(3, 3): layout units of the page to pixels of ``image``, where pixel centres are whole numbers;
    None when no layout is printed on the page. Exact but for a worn feeder's wobble."""
    wobble_px: float = 0.0
    """Largest displacement along the page that ``matrix`` does not know of."""
    quarter_turns: int = 0
    """Clockwise quarter turns that the page was fed with."""
    boxes: tuple[tuple[str, str], ...] = ()
    """(question, option), in the order of the page layout."""
    plans: tuple[BoxPlan, ...] = ()
    """Per box: what was meant, and how it is drawn."""
    answers: tuple[TrueAnswer, ...] = ()
    """Of the questions whose boxes are on this page."""
    lost: tuple[bool, ...] = ()
    """Per box: whether somebody wrote on it and the scanner kept next to nothing of it."""
    crossed: tuple[bool, ...] = ()
    """Per box: whether a streak, fold, hole or staple of the paper or scanner runs through it."""

    def __post_init__(self) -> None:
        self.image.setflags(write=False)
        if self.matrix is not None:
            self.matrix.setflags(write=False)

    @property
    def states(self) -> tuple[TrueState, ...]:
        """What the writer meant, box by box."""
        return tuple(plan.state for plan in self.plans)

    @property
    def labels(self) -> tuple[Label, ...]:
        """How each box is drawn: legible or awkward."""
        return tuple(plan.label for plan in self.plans)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookletPlan:
    """All that one student (and the examiner) writes."""

    plans: dict[tuple[str, str], BoxPlan] = field(default_factory=dict)
    """By (question, option)."""
    answers: tuple[TrueAnswer, ...] = ()


class PageRenderer(Protocol):
    """Gives the picture of a printed page at ``MASTER_DPI``, grey."""

    def __call__(self, *, serial: int, sheet: int) -> Image:
        """Give the picture of one printed page."""
        ...


PageImages = Sequence[Image] | PageRenderer | None
"""Pictures of a layout's pages in their order, or a renderer of each printed sheet, or None: the
layout's boxes and corner marks are drawn plainly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSummary:
    """What a simulation wrote."""

    students: int
    absent: int
    pages: int
    marks: int
    """Boxes that are marked or cancelled."""
    awkward: int
    """Boxes drawn awkwardly."""
    files: tuple[str, ...]
    """Paths relative to the output folder, the scans first."""
