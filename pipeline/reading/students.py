"""One booklet per student: second booklets are duplicates, or a person decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.model import Booklet, Decision, Doubt
from pipeline.reading.booklets import Group, Sheet
from pipeline.reading.identity import Identity
from pipeline.reading.names import page_name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadBooklet:
    """One booklet, read and identified, before students are compared with each other."""

    group: Group
    sheets: tuple[Sheet, ...]
    booklet: Booklet
    identity: Identity
    doubts: tuple[Doubt, ...]
    notices: tuple[str, ...]
    aside: Literal["", "duplicate", "conflict"] = ""
    """Why this booklet stands for no student: another one of the same student does."""


def one_per_student(booklets: Sequence[ReadBooklet], decisions: Mapping[str, Decision]) -> list[ReadBooklet]:
    """Compare booklets of one student in one exam: equal ones are duplicates, others wait."""
    standing: dict[tuple[str, str], int] = {}
    result = list(booklets)
    for place, booklet in enumerate(booklets):
        student = booklet.booklet.student_id
        if not student or not booklet.sheets or not booklet.booklet.answers:
            continue
        key = (booklet.booklet.exam, student)
        if key not in standing:
            standing[key] = place
            continue
        earlier, verdict = result[standing[key]], _verdict(booklet, decisions)
        if verdict == "count":
            result[standing[key]], standing[key] = _set_aside(earlier), place
        elif verdict == "ignore" or _same_answers(earlier.booklet, booklet.booklet):
            result[place] = _set_aside(booklet)
        else:
            result[standing[key]] = _withheld(earlier, booklet)
            result[place] = _set_aside(booklet, "conflict")
    return result


def _verdict(booklet: ReadBooklet, decisions: Mapping[str, Decision]) -> str:
    """What a person said of the later booklet: count, ignore, or nothing yet."""
    decision = decisions.get(_doubt_name(booklet))
    return decision.value.strip().lower() if decision else ""


def _doubt_name(booklet: ReadBooklet) -> str:
    return f"booklet-{page_name(booklet.sheets[0].marks.read.source)}"


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


def _withheld(earlier: ReadBooklet, later: ReadBooklet) -> ReadBooklet:
    """A student with two different booklets: no answer counts until a person chooses one."""
    files = [b.sheets[0].marks.read.source for b in (earlier, later)]
    where = " and ".join(f"{source.file} page {source.page}" for source in files)
    reason = f"{where} are booklets of the same student with different answers; neither counts"
    source = later.sheets[0].marks.read.source
    doubt = Doubt(
        id=_doubt_name(later),
        kind="page",
        reason=reason,
        choices="count | ignore",
        exam=earlier.booklet.exam,
        version=earlier.booklet.version,
        student_id=earlier.booklet.student_id,
        name=earlier.booklet.name,
        file=source.file,
        page=source.page,
    )
    answers = {
        name: replace(answer, chosen=(), value=None, doubtful=True, reason=reason, flags=("copies-differ",))
        for name, answer in earlier.booklet.answers.items()
    }
    booklet = replace(earlier.booklet, answers=answers, open_questions=(reason,))
    return replace(earlier, booklet=booklet, doubts=(doubt,))
