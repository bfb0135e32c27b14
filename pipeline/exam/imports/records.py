"""What an import gives: layouts, an exam, lists, and notes on what could not be carried over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from pipeline.formats import RosterRow, SheetRow
from pipeline.model import Layout

NoteKind = Literal["lost", "changed", "not needed"]
"""``lost``: cannot be carried over, and a person must see to it. ``changed``: carried over in
another form. ``not needed``: left behind, because reading does its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that an import did not carry over as it was."""

    kind: NoteKind
    what: str
    """One sentence without a final full stop."""
    todo: str = ""
    """What to do about it; empty: nothing."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}" + (f": {self.todo}" if self.todo else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedQuestion:
    """A question of an imported exam, in the terms of our exam file."""

    id: str
    kind: Literal["choice", "choices", "number", "credits"]
    title: str = ""
    points: Fraction | None = None
    """None: nobody has said."""
    options: tuple[str, ...] = ()
    answer: Any = None
    """An option id, a tuple of them, a Fraction; None: nobody has said."""
    also_accept: tuple[Any, ...] = ()
    rule: Mapping[str, Any] = field(default_factory=dict)
    """``name`` and the parameters; empty: the kind's own rule."""
    number: Mapping[str, Any] = field(default_factory=dict)
    credits: Mapping[str, Any] = field(default_factory=dict)
    void: Literal["", "everyone", "nobody"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedExam:
    """An imported exam, in the terms of our exam file."""

    id: str
    source: str
    """What it was made from, for the file's first line."""
    layout: str
    """Its layout file, relative to the exam file."""
    marking: Literal["fill", "any", "cross-undo"]
    questions: tuple[ImportedQuestion, ...]
    student_id: Mapping[str, Any] = field(default_factory=dict)
    allow_empty: int = 0
    versions: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Changes by version and question, as the exam file has them; the base is not among them."""
    complete: bool = True
    """Whether every question has its answer; else the file is one to fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """All that an import gives, still without a file."""

    layouts: tuple[Layout, ...]
    """The first is the exam's own; the others are of further copies."""
    base: Layout | None = None
    """A layout that the exam file names and no copy has: no copy is of the base version."""
    exam: ImportedExam
    notes: tuple[Note, ...]
    sheets: tuple[SheetRow, ...] = ()
    roster: tuple[RosterRow, ...] = ()
    pictures: tuple[str, ...] = ()
    """Files to copy beside the layout, relative to what is imported: references of ``image`` anchors."""
