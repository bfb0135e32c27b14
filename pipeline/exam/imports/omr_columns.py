"""What OMRChecker writes as one column becomes one question: letters, a digit grid, or the student's id."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.exam.imports.names import option_id
from pipeline.exam.imports.omr_template import DIGITS, Bubble, OmrField, Template
from pipeline.exam.imports.records import Note
from pipeline.model import Box

ColumnKind = Literal["letters", "digits", "characters"]
_LOOKS_LIKE_ID = re.compile(
    r"roll|stud|matric|regist|enrol|candidate|\bid\b|_id|number|\bno\b", re.IGNORECASE
)
_CHARACTER = re.compile(r"[0-9A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of OMRChecker's output."""

    label: str
    fields: tuple[OmrField, ...]
    kind: ColumnKind

    @property
    def options(self) -> Mapping[str, str]:
        """Of a column of letters: our option's id by the bubble's value."""
        return {
            bubble.value: option_id(bubble.value, place)
            for place, bubble in enumerate(self.fields[0].bubbles)
        }

    def boxes(self, question: str) -> list[Box]:
        """Its boxes under a question's id: options, or the columns of a grid, leftmost first."""
        if self.kind == "letters":
            return [_box(question, self.options[b.value], b) for f in self.fields for b in f.bubbles]
        return [
            _box(question, f"d{place}={bubble.value}", bubble)
            for place, one in enumerate(self.fields, 1)
            for bubble in one.bubbles
        ]


def _box(question: str, option: str, bubble: Bubble) -> Box:
    return Box(
        question=question, option=option, shape="circle", x=bubble.x, y=bubble.y, w=bubble.w, h=bubble.h
    )


def columns_of(template: Template, asked: Sequence[str]) -> tuple[dict[str, Column], list[Note]]:
    """The columns of a template, by label.

    Parameters
    ----------
    template
        The template.
    asked
        Labels that the evaluation names: a field that it names by itself is not joined.

    Returns
    -------
    columns
        Custom labels first, then the fields that none of them joins.
    notes
        Custom labels whose fields cannot be one grid; their fields stand alone.
    """
    columns: dict[str, Column] = {}
    notes: list[Note] = []
    used: set[str] = set()
    for label, parts in template.joined.items():
        fields = tuple(template.fields[part] for part in parts)
        kind = _kind(fields)
        if kind == "letters" and len(fields) > 1:
            what = f"the custom label {label} joins fields that are no digits or capital letters"
            todo = "its fields are questions of their own" + (
                ": write their answers into exam.yaml" if label in asked else ""
            )
            notes.append(Note(kind="lost" if label in asked else "changed", what=what, todo=todo))
        elif used.isdisjoint(parts) and not set(parts) & set(asked) - {label}:
            columns[label] = Column(label=label, fields=fields, kind=kind)
            used.update(parts)
    for label, one in template.fields.items():
        if label not in used and label not in columns:
            columns[label] = Column(label=label, fields=(one,), kind=_single_kind(one))
    return columns, notes


def _kind(fields: Sequence[OmrField]) -> ColumnKind:
    """What several fields make together."""
    values = {bubble.value for one in fields for bubble in one.bubbles}
    if len(fields) > 99:
        return "letters"
    if values <= set(DIGITS):
        return "digits"
    return "characters" if len(fields) > 1 and all(map(_CHARACTER.fullmatch, values)) else "letters"


def _single_kind(one: OmrField) -> ColumnKind:
    values = {bubble.value for bubble in one.bubbles}
    return "digits" if values == set(DIGITS) else "letters"


def id_column(columns: Mapping[str, Column], asked: Sequence[str], wanted: str) -> tuple[str, list[Note]]:
    """Label of the column that says whose sheet it is; "" when none can be told, with a note.

    It is the one that a person names, else the only column of several digits that the evaluation
    does not ask, else the longest of those whose name speaks of students.
    """
    if wanted:
        return wanted, []
    grids = [
        c for c in columns.values() if c.kind != "letters" and len(c.fields) > 1 and c.label not in asked
    ]
    named = [c for c in grids if _LOOKS_LIKE_ID.search(c.label)]
    chosen = max(named or grids[: len(grids) == 1], key=lambda c: len(c.fields), default=None)
    if chosen is not None and len(chosen.fields) <= 16:
        return chosen.label, []
    what = "no field says whose sheet it is"
    listed = ", ".join(c.label for c in grids)
    todo = f"say --id with one of {listed}" if listed else "whose each sheet is will be asked in review"
    return "", [Note(kind="lost", what=what, todo=todo)]
