"""One booklet per student: second booklets are duplicates, or a person decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.model import Booklet, Decision, Doubt
from pipeline.reading.booklets import Group, Sheet
from pipeline.reading.id_match import SLIP, reach
from pipeline.reading.identity import Evidence, Identity, Roster
from pipeline.reading.names import page_name

ONE_SLIP = -float(np.log(SLIP)) + 0.5
"""Distance of an id of which one character was misread, marked wrong or left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadBooklet:
    """One booklet, read and identified, before students are compared with each other."""

    group: Group
    sheets: tuple[Sheet, ...]
    booklet: Booklet
    evidence: Evidence
    identity: Identity
    doubts: tuple[Doubt, ...]
    """About pages and answers; whose it is, is asked once the whole batch is known."""
    notices: tuple[str, ...]
    aside: Literal["", "duplicate", "conflict"] = ""
    """Why this booklet stands for no student: another one of the same student does."""

    @property
    def where(self) -> str:
        """File and page of its first sheet, for messages."""
        source = self.sheets[0].marks.read.source
        return f"{source.file} page {source.page}"


def one_per_student(
    booklets: Sequence[ReadBooklet], decisions: Mapping[str, Decision], roster: Roster | None = None
) -> list[ReadBooklet]:
    """Compare booklets of one student in one exam: the same one again is a duplicate, others wait.

    Two printed serials are two papers, whatever they answer: one of them may be another student's
    whose id was misread. On paper without a serial of its own equal answers make a duplicate,
    unless somebody without a booklet has nearly the same id.
    """
    claims: dict[tuple[str, str], list[int]] = {}
    for place, booklet in enumerate(booklets):
        if booklet.booklet.student_id and booklet.sheets and booklet.booklet.answers:
            claims.setdefault((booklet.booklet.exam, booklet.booklet.student_id), []).append(place)
    result = list(booklets)
    for (exam, _), places in claims.items():
        if len(places) > 1:
            others = {student for other, student in claims if other == exam}
            _settle(result, places, decisions, others, roster)
    return result


def _settle(
    booklets: list[ReadBooklet],
    places: Sequence[int],
    decisions: Mapping[str, Decision],
    taken: set[str],
    roster: Roster | None,
) -> None:
    """Decide which of the booklets that claim one student stands; changes the list."""
    standing, *later = places
    rivals: list[int] = []
    for place in later:
        booklet, verdict = booklets[place], _verdict(booklets[place], decisions)
        if verdict == "count":
            for other in (standing, *rivals):
                booklets[other] = _set_aside(booklets[other])
            standing, rivals = place, []
        elif verdict == "ignore" or any(
            _same_again(booklets[other], booklet, taken, roster) for other in (standing, *rivals)
        ):
            booklets[place] = _set_aside(booklet)
        else:
            rivals.append(place)
    if rivals:
        booklets[standing] = _withheld(booklets[standing], [booklets[place] for place in rivals])
        for place in rivals:
            booklets[place] = _set_aside(booklets[place], "conflict")


def _verdict(booklet: ReadBooklet, decisions: Mapping[str, Decision]) -> str:
    """What a person said of the later booklet: count, ignore, or nothing yet."""
    decision = decisions.get(_doubt_name(booklet))
    return decision.value.strip().lower() if decision else ""


def _doubt_name(booklet: ReadBooklet) -> str:
    return f"booklet-{page_name(booklet.sheets[0].marks.read.source)}"


def _same_again(one: ReadBooklet, two: ReadBooklet, taken: set[str], roster: Roster | None) -> bool:
    """Whether two booklets are the same paper, scanned twice."""
    if one.group.serial != two.group.serial or not _same_answers(one.booklet, two.booklet):
        return False
    return not any(_may_be_anothers(booklet, taken, roster) for booklet in (one, two))


def _may_be_anothers(booklet: ReadBooklet, taken: set[str], roster: Roster | None) -> bool:
    """Whether somebody without a booklet has an id that is one slip from the grid's."""
    grid = booklet.evidence.grid
    if roster is None or booklet.identity.source != "grid" or not grid.written:
        return False
    near = np.flatnonzero(roster.index.distances(grid) <= min(ONE_SLIP, reach(grid)))
    return any(roster.index.student_ids[place] not in taken for place in near)


def _same_answers(one: Booklet, two: Booklet) -> bool:
    if one.version != two.version or set(one.answers) != set(two.answers):
        return False
    return all(
        (a.chosen, a.value, a.doubtful) == (b.chosen, b.value, b.doubtful) and not a.doubtful
        for a, b in ((one.answers[q], two.answers[q]) for q in one.answers)
    )


def _set_aside(booklet: ReadBooklet, why: Literal["duplicate", "conflict"] = "duplicate") -> ReadBooklet:
    """Leave a booklet out of the students; its pages stay in the ledger."""
    kept = replace(booklet.booklet, missing_sheets=())
    return replace(booklet, booklet=kept, doubts=(), aside=why)


def _withheld(standing: ReadBooklet, rivals: Sequence[ReadBooklet]) -> ReadBooklet:
    """A student with several booklets: no answer counts until a person chooses one."""
    where = " and ".join(booklet.where for booklet in (standing, *rivals))
    same = all(_same_answers(standing.booklet, rival.booklet) for rival in rivals)
    what = "booklets" if same else "booklets with different answers"
    reason = f"{where} are {what} of the same student; neither counts"
    answers = {
        name: replace(answer, chosen=(), value=None, doubtful=True, reason=reason, flags=("copies-differ",))
        for name, answer in standing.booklet.answers.items()
    }
    booklet = replace(standing.booklet, answers=answers, open_questions=(reason,))
    return replace(
        standing,
        booklet=booklet,
        doubts=tuple(_rival_doubt(standing.booklet, rival, reason) for rival in rivals),
    )


def _rival_doubt(booklet: Booklet, rival: ReadBooklet, reason: str) -> Doubt:
    source = rival.sheets[0].marks.read.source
    return Doubt(
        id=_doubt_name(rival),
        kind="page",
        reason=reason,
        choices="count | ignore",
        exam=booklet.exam,
        version=booklet.version,
        student_id=booklet.student_id,
        name=booklet.name,
        file=source.file,
        page=source.page,
    )
