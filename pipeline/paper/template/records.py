"""Records of the template finder: what a blank exam shows, and how its boxes were named.

Lengths are mm from the top-left corner of the page as it is seen, x right, y down.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.model import Kind, Shape

Origin = Literal["field", "annotation", "drawn", "glyph", "contour"]
"""What a box was found as: form field, annotation, vector drawing, character, outline in a scan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A rectangle on a page."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.h

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.w / 2, self.y + self.h / 2

    def overlap(self, other: "Place") -> float:
        """Share of the smaller of both that lies in the other, 0 to 1."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        if across <= 0 or down <= 0:
            return 0.0
        return across * down / max(1e-9, min(self.w * self.h, other.w * other.h))

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point lies in it."""
        return self.x <= point[0] <= self.right and self.y <= point[1] <= self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Place):
    """A run of characters without a space."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBox(Place):
    """A printed box; its edge is the middle of its line."""

    shape: Shape
    origin: Origin
    name: str = ""
    """As the PDF itself names it: "q1.A"; empty when it does not."""
    joined: bool = False
    """Whether it shares its line with another frame, as the cells of a table do."""
    faint: bool = False
    """Whether hardly any outline is printed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlankPage:
    """One page of a blank exam."""

    number: int
    """Page of the PDF, from 1."""
    width: float
    height: float
    png: bytes
    """The page as it prints, grey at ``PICTURE_DPI``, as a PNG."""
    words: tuple[Word, ...]
    boxes: tuple[FoundBox, ...]
    scanned: bool
    """Whether the page is a picture and nothing else."""
    dpi: float = 0.0
    """Resolution of a scanned page."""
    stamped: bool = False
    """Whether scangrade's own corner marks are on it."""
    empty: bool = False
    """Whether nothing is printed on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBox:
    """A box that belongs to a question."""

    page: int
    box: FoundBox
    option: str
    label: str = ""
    """Text printed inside the box."""
    text: str = ""
    """Text of the option, printed beside the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundQuestion:
    """A question and its boxes, in the order of the page."""

    id: str
    kind: Kind
    boxes: tuple[NamedBox, ...]
    title: str = ""
    points: Fraction | None = None
    """None: none are printed."""
    doubts: tuple[str, ...] = ()
    """What a person ought to look at, in words; empty when the page says it plainly."""

    @property
    def page(self) -> int:
        """Page of its first box."""
        return self.boxes[0].page

    @property
    def examiner(self) -> bool:
        """Whether the examiner marks its boxes."""
        return self.kind is Kind.CREDITS


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Something like a box that no question has."""

    page: int
    box: FoundBox
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unboxed:
    """A numbered question that prints points and has no box: a person reads its answer."""

    id: str
    page: int
    points: Fraction
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """All boxes of a blank exam, named."""

    questions: tuple[FoundQuestion, ...]
    set_aside: tuple[SetAside, ...] = ()
    unboxed: tuple[Unboxed, ...] = ()
