"""An annotated paper before it is drawn; lengths in mm from the top-left corner of the scanned page."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["right", "partly", "wrong", "open", "plain"]
"""What became of an answer: all its points, some, none, waiting for a person; or it has no verdict."""
FrameKind = Literal["right", "wrong", "missing", "open", "plain"]
"""Of a box: marked and right, marked and wrong, right and not marked, waiting, marked without a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is drawn around a box, or around all boxes of a number."""

    kind: FrameKind
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the margin says of one question."""

    question: str
    outcome: Outcome
    y: float
    """Where on the page its boxes are."""
    read: str
    """What was read, as people write it."""
    points: str
    """Such as "1 of 2 points"; "" for a part that has no points of its own."""
    details: tuple[str, ...] = ()
    """The right answer, and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPage:
    """One page of a paper."""

    picture: bytes
    """JPEG, upright."""
    width: float
    height: float
    frames: tuple[Frame, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedPaper:
    """All pages of one student."""

    title: str
    heads: tuple[str, ...]
    """Lines above the notes of the first page: whose it is, points, grade."""
    pages: tuple[ScannedPage, ...]
