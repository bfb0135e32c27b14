"""Whose booklet it is: printed serial, digit grid or sticker against the roster.

Nothing is repaired in silence: an id that is not on the roster, or not fully legible, and two of
these that disagree, go to a person together with the roster's best matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipeline.model import Student
from pipeline.reading.id_grid import IdGrid
from pipeline.reading.id_match import RosterIndex, Values, reach

MOST_PROPOSALS = 3

Source = Literal["", "printed", "sticker", "grid", "person"]


class Roster:
    """A roster that is searched in several ways.

    Parameters
    ----------
    students
        By id, in the order of the file.
    """

    def __init__(self, students: Mapping[str, Student]) -> None:
        self.students = students
        self.index = RosterIndex(students)
        self._by_folded: dict[str, list[str]] = {}
        self._by_code: dict[str, list[str]] = {}
        for student in students.values():
            self._by_folded.setdefault(student.student_id.casefold(), []).append(student.student_id)
            if student.code:
                self._by_code.setdefault(student.code, []).append(student.student_id)

    @property
    def has_codes(self) -> bool:
        """Whether it says which sticker is whose."""
        return bool(self._by_code)

    def find(self, text: str) -> str:
        """The id as the roster writes it, without regard to upper and lower case; else ""."""
        if text in self.students:
            return text
        found = self._by_folded.get(text.casefold(), [])
        return found[0] if len(found) == 1 else ""

    def of_code(self, text: str) -> tuple[str, ...]:
        """Ids of the students whose sticker says this; a sticker may also say the id itself."""
        if text in self._by_code:
            return tuple(self._by_code[text])
        found = self.find(text)
        return (found,) if found else ()

    def label(self, student_id: str) -> str:
        """Id and name, as a person reads them in the column ``choices``."""
        student = self.students.get(student_id)
        return f"{student_id} ({student.name})" if student and student.name else student_id

    def named(self, text: str) -> str:
        """The id that a person means who writes an id, or an id with its name."""
        written = text.strip()
        if found := self.find(written):
            return found
        found = self.find(written.partition(" (")[0].strip())
        return found if found and self.label(found).casefold() == written.casefold() else written


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Everything on a booklet that says whose it is."""

    printed: str = ""
    """Student id that its serial was printed for; empty on a spare sheet."""
    grid: IdGrid = field(default_factory=IdGrid)
    stickers: Sequence[str] = ()
    """Texts of codes that are not ours, without those that are printed on every sheet."""
    by_code: bool = False
    """Whether the exam has students stick a code on the sheet."""
    has_grid: bool = True
    """Whether the paper has a grid for an id."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identity:
    """Whose booklet it is, as far as the paper says."""

    student_id: str
    """Empty when nobody can be named."""
    on_roster: bool = True
    reading: str = ""
    """What the paper says, with "?" and "_" where a column is unclear or blank."""
    reason: str = ""
    """Why a person must look; empty when it is certain."""
    source: Source = ""
    """What names the student."""
    named: tuple[str, ...] = ()
    """Students that something on the paper names, the likeliest first."""
    distances: Values | None = None
    """(students of the roster,) distance of each from the grid; None: nothing to go by."""
    reach: float = 0.0
    """Distance up to which a student is worth proposing."""


def identify(evidence: Evidence, roster: Roster | None) -> Identity:
    """Find out whose booklet it is.

    Parameters
    ----------
    evidence
        What the paper says.
    roster
        None when no roster was given: ids are then taken as they are read.

    Returns
    -------
    Identity
        With a reason when a person must look: two of printed student, sticker and grid disagree; a
        sticker is nobody's, or there are several; a column is unclear or blank; the id is close to
        the roster and not on it; nothing is marked.
    """
    texts = tuple(dict.fromkeys(text.strip() for text in evidence.stickers if text.strip()))
    owners = tuple(dict.fromkeys(o for text in texts for o in _owners(text, evidence, roster)))
    if evidence.printed:
        return _by_print(evidence, owners, roster)
    if len(owners) > 1:
        reason = "it carries the codes of several students"
        return Identity(student_id="", reading=", ".join(texts), reason=reason, named=owners)
    if owners:
        return _by_sticker(evidence, owners[0], texts, roster)
    nobodys = texts if roster is not None and (roster.has_codes or evidence.by_code) else ()
    found = _by_grid(evidence.grid, roster) if evidence.has_grid else _by_nothing(roster)
    if not nobodys:
        return found
    reason = f"the code {nobodys[0]!r} on it belongs to nobody on the roster"
    if found.student_id and not found.reason:
        reason += f"; its grid says {found.student_id}"
    return Identity(
        student_id="",
        reading=found.reading or nobodys[0],
        reason=reason,
        named=(found.student_id,) if found.student_id and found.on_roster else (),
        distances=found.distances,
        reach=found.reach,
    )


def _owners(text: str, evidence: Evidence, roster: Roster | None) -> tuple[str, ...]:
    if roster is not None:
        return roster.of_code(text)
    return (text,) if evidence.by_code else ()


def _by_print(evidence: Evidence, owners: tuple[str, ...], roster: Roster | None) -> Identity:
    printed, grid = evidence.printed, evidence.grid
    others = tuple(owner for owner in owners if owner != printed)
    reason, reading = "", printed
    named: tuple[str, ...] = ()
    distances, near = None, 0.0
    if others:
        reason = f"the sheet was printed for {printed} and carries the code of {others[0]}"
        reading, named = others[0], (printed, *others)
    elif grid.text and not grid.may_say(printed):
        reason = f"the sheet was printed for {printed} but its grid says {grid.written}"
        reading, named = grid.text, (printed,)
        distances, near = _distances(grid, roster)
    return Identity(
        student_id=printed,
        on_roster=roster is None or printed in roster.students,
        reading=reading,
        reason=reason,
        source="printed",
        named=named,
        distances=distances,
        reach=near,
    )


def _by_sticker(evidence: Evidence, owner: str, texts: Sequence[str], roster: Roster | None) -> Identity:
    grid = evidence.grid
    if not grid.text or grid.may_say(owner):
        return Identity(student_id=owner, reading=", ".join(texts), source="sticker")
    distances, near = _distances(grid, roster)
    return Identity(
        student_id="",
        reading=grid.text,
        reason=f"it carries the code of {owner} but its grid says {grid.written}",
        named=(owner,),
        distances=distances,
        reach=near,
    )


def _by_nothing(roster: Roster | None) -> Identity:
    """Nobody yet: a paper without a grid on which no code was found."""
    if roster is not None and roster.has_codes:
        reason = "no student's code was found on it, and its paper has no grid for an id: write whose it is"
    else:
        reason = (
            "its paper has no place for a student id: write whose it is;"
            " scangrade stamp --roster prints a copy for each student"
        )
    return Identity(student_id="", reason=reason)


def _by_grid(grid: IdGrid, roster: Roster | None) -> Identity:
    if not grid.text and not grid.doubt:
        return Identity(student_id="", reason="no student id is marked on it")
    listed = "" if roster is None else roster.find(grid.written)
    clear = not grid.doubt and "?" not in grid.text
    whole = clear and "_" not in grid.text
    if listed and (whole or (clear and "_" not in grid.written and _alone(grid, listed, roster))):
        return Identity(student_id=listed, reading=grid.text, source="grid")
    if whole and roster is None:
        return Identity(student_id=grid.text, reading=grid.text, source="grid")
    distances, near = _distances(grid, roster)
    if not whole:
        why = grid.doubt or "a column is blank"
        return Identity(
            student_id="",
            reading=grid.text,
            reason=f"student id {grid.text}: {why}",
            distances=distances,
            reach=near,
        )
    close = distances is not None and bool(np.any(distances <= near))
    return Identity(
        student_id=grid.text,
        on_roster=False,
        reading=grid.text,
        reason=f"student id {grid.text} is not on the roster" if close else "",
        source="grid",
        distances=distances,
        reach=near,
    )


def _alone(grid: IdGrid, listed: str, roster: Roster | None) -> bool:
    """Whether an id that leaves columns of the grid blank is the only one that may be meant."""
    return roster is not None and not any(
        student_id != listed and grid.may_say(student_id) for student_id in roster.students
    )


def _distances(grid: IdGrid, roster: Roster | None) -> tuple[Values | None, float]:
    if roster is None or not grid.written:
        return None, 0.0
    return roster.index.distances(grid), reach(grid)
