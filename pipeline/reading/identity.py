"""Whose booklet is it: printed serial, digit grid or sticker against the roster.

Nothing is repaired in silence: an id that is not on the roster, or not fully legible, goes to a
person together with the roster's best matches.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.model import Student

MOST_PROPOSALS = 3
FARTHEST_PROPOSAL = 2
"""Edits (insert, delete, substitute, swap neighbours) between what was read and a proposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose booklet it is, as far as the paper says."""

    student_id: str
    """Empty when nobody can be named."""
    on_roster: bool = True
    reading: str = ""
    """What the paper says, with "?" and "_" where a column is unclear or blank."""
    reason: str = ""
    """Why a person must look; empty when it is certain."""
    proposals: tuple[str, ...] = ()
    """Student ids of the roster that come closest."""


def identify(
    *,
    printed: str,
    grid: str,
    grid_doubt: str,
    stickers: Iterable[str],
    roster: Mapping[str, Student] | None,
) -> Identity:
    """Find out whose booklet it is.

    Parameters
    ----------
    printed
        Student id that this serial was printed for; empty on a spare sheet.
    grid
        Text of the id grid; empty when it is blank or there is none.
    grid_doubt
        What is unclear in the grid.
    stickers
        Texts of other codes on the booklet.
    roster
        Students by id, or None when no roster was given.
    """
    if printed:
        if grid and edits(grid, printed):
            return Identity(
                student_id=printed,
                on_roster=_listed(printed, roster),
                reading=grid,
                reason=f"the sheet was printed for {printed} but its grid says {grid}",
                proposals=tuple(dict.fromkeys((printed, *closest(grid, roster)))),
            )
        return Identity(student_id=printed, on_roster=_listed(printed, roster), reading=printed)
    if by_sticker := _by_sticker(stickers, roster):
        return by_sticker
    if not grid and not grid_doubt:
        return Identity(student_id="", reason="no student id is marked on it")
    if grid_doubt or "_" in grid or "?" in grid:
        why = grid_doubt or "a column is blank"
        return Identity(
            student_id="",
            reading=grid,
            reason=f"student id {grid}: {why}",
            proposals=closest(grid, roster),
        )
    if _listed(grid, roster):
        return Identity(student_id=grid, reading=grid)
    proposals = closest(grid, roster)
    reason = f"student id {grid} is not on the roster" if proposals else ""
    return Identity(student_id=grid, on_roster=False, reading=grid, reason=reason, proposals=proposals)


def _listed(student_id: str, roster: Mapping[str, Student] | None) -> bool:
    return roster is None or student_id in roster


def _by_sticker(stickers: Iterable[str], roster: Mapping[str, Student] | None) -> Identity | None:
    texts = {text.strip() for text in stickers}
    found = [
        student.student_id for student in (roster or {}).values() if student.code and student.code in texts
    ]
    if len(found) == 1:
        return Identity(student_id=found[0], reading=(roster or {})[found[0]].code)
    if found:
        return Identity(
            student_id="",
            reading=", ".join(sorted(texts)),
            reason="it carries the codes of several students",
            proposals=tuple(found[:MOST_PROPOSALS]),
        )
    return None


def closest(reading: str, roster: Mapping[str, Student] | None) -> tuple[str, ...]:
    """Student ids of the roster that come closest to what was read, best first.

    A "?" or "_" in the reading fits any character; a blank column may also be one too many
    (a shifted entry), which costs no more than one edit.
    """
    if not roster:
        return ()
    plain = reading.replace("_", "").replace("?", "")
    scored = sorted(
        (min(edits(reading, student_id), edits(plain, student_id)), student_id) for student_id in roster
    )
    return tuple(student_id for distance, student_id in scored if distance <= FARTHEST_PROPOSAL)[
        :MOST_PROPOSALS
    ]


def edits(reading: str, student_id: str) -> int:
    """Edit distance with swapped neighbours (optimal string alignment); "?" and "_" fit anything."""
    rows = [list(range(len(student_id) + 1))]
    for i, read in enumerate(reading, 1):
        row = [i]
        for j, true in enumerate(student_id, 1):
            same = read == true or read in "?_"
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and read == student_id[j - 2] and reading[i - 2] == true:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
