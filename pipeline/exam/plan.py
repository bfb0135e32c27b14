"""The plan of a printed sheet: everything that will be drawn, in mm, before any font is known.

Lengths are mm with the origin top-left, x right, y down; text sizes are points; tones are grey
levels from 0 (black) to 1 (white). The plan is the same on every machine: a text is given a slot,
and whoever draws it shrinks, wraps or ellipsizes it into that slot.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pipeline.model import Box, Layout, Shape

Style = Literal["regular", "bold"]
Align = Literal["start", "left", "center", "right"]
VerticalAlign = Literal["top", "middle", "bottom"]
Fill = Literal["", "serial", "name", "student_id", "character"]
Mark = Literal["empty", "filled", "cross", "tick", "half", "dot", "ring", "undone", "again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSlot:
    """A rectangle that a text is set into and never leaves."""

    x: float
    y: float
    w: float
    h: float
    text: str
    size: float = 8.0
    """Largest size, points."""
    style: Style = "regular"
    align: Align = "start"
    """"start" is left, or right for a text that begins right-to-left."""
    vertical: VerticalAlign = "middle"
    max_lines: int = 1
    tone: float = 0.0
    fill: Fill = ""
    """What of one print follows ``text``: its serial, the name, the student id, or one character of
    the student id; nothing is drawn when a name, id or character is empty."""
    place: int = 0
    """0-based place of the character in the student id (fill "character")."""

    def moved(self, x: float, y: float) -> "TextSlot":
        """The same slot, moved."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line; ``width`` is its thickness."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.15
    tone: float = 0.6

    def moved(self, x: float, y: float) -> "Line":
        """The same line, moved."""
        return replace(self, x1=self.x1 + x, y1=self.y1 + y, x2=self.x2 + x, y2=self.y2 + y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A rectangle: an outline, or solid when ``width`` is 0."""

    x: float
    y: float
    w: float
    h: float
    width: float = 0.15
    tone: float = 0.6
    radius: float = 0.0
    """Of its corners."""

    def moved(self, x: float, y: float) -> "Rectangle":
        """The same rectangle, moved."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A small example of a box with a mark in it, for the instructions; never read."""

    x: float
    y: float
    size: float
    shape: Shape
    mark: Mark

    def moved(self, x: float, y: float) -> "Picture":
        """The same picture, moved."""
        return replace(self, x=self.x + x, y=self.y + y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Things drawn together, in a frame of their own."""

    width: float = 0.0
    height: float = 0.0
    boxes: tuple[Box, ...] = ()
    slots: tuple[TextSlot, ...] = ()
    lines: tuple[Line, ...] = ()
    rectangles: tuple[Rectangle, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def moved(self, x: float, y: float) -> "Pieces":
        """The same pieces, moved."""
        return Pieces(
            width=self.width,
            height=self.height,
            boxes=tuple(replace(box, x=box.x + x, y=box.y + y) for box in self.boxes),
            slots=tuple(slot.moved(x, y) for slot in self.slots),
            lines=tuple(line.moved(x, y) for line in self.lines),
            rectangles=tuple(rectangle.moved(x, y) for rectangle in self.rectangles),
            pictures=tuple(picture.moved(x, y) for picture in self.pictures),
        )


def joined(*parts: Pieces) -> Pieces:
    """Join pieces of one frame; width and height are the largest of the parts'."""
    return Pieces(
        width=max((part.width for part in parts), default=0.0),
        height=max((part.height for part in parts), default=0.0),
        boxes=tuple(box for part in parts for box in part.boxes),
        slots=tuple(slot for part in parts for slot in part.slots),
        lines=tuple(line for part in parts for line in part.lines),
        rectangles=tuple(rectangle for part in parts for rectangle in part.rectangles),
        pictures=tuple(picture for part in parts for picture in part.pictures),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlan:
    """All that one sheet side prints beside its boxes, corner marks and codes."""

    sheet: int
    width: float
    height: float
    slots: tuple[TextSlot, ...]
    lines: tuple[Line, ...]
    rectangles: tuple[Rectangle, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """An exam's answer sheet: where its boxes are, and what is printed around them."""

    layout: Layout
    pages: tuple[PagePlan, ...]
    """As many as the layout's pages, in their order."""
