"""The totals that a person typed from cover pages, checked against what the sheets give."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pipeline.exam import load_totals
from pipeline.formats import TotalRow
from pipeline.gather import Exams
from pipeline.grading import CoverSum, cover_sum, cover_words, has_cover_field, number_text
from pipeline.model import Answer, Assembly, Booklet, Decision, Doubt, Exam, Grade, LedgerEntry
from pipeline.reading import SHEETS_COUNT, TOTAL_PREFIX, corrections, decide_answer, page_name

_POINTS = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")
Student = tuple[str, str]
"""(exam id, student id)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covers:
    """What covers say, and what a person made of it."""

    totals: Mapping[Student, Mapping[str, Fraction]] = field(default_factory=dict)
    """Points by the field's name, for each student whose cover was typed."""
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """The latest decision on each doubt."""


def gather_totals(path: Path | None, assembly: Assembly, exams: Exams) -> dict[Student, dict[str, Fraction]]:
    """Totals from ``--totals FILE``.

    Raises
    ------
    FileFaults
        For every row of which the student, the field or the points do not fit, or that is there twice.
    """
    if path is None:
        return {}
    papers: dict[str, list[Booklet]] = {}
    for booklet in assembly.booklets:
        papers.setdefault(booklet.student_id, []).append(booklet)
    absent = {student.student_id for _, student in (*assembly.absent, *assembly.unread)}

    def fields_of(row: TotalRow) -> list[str]:
        found = papers.get(row.student_id, [])
        return [
            one.exam for one in found if has_cover_field(exams.exams[one.exam, one.version], row.question)
        ]

    def wrong(row: TotalRow) -> tuple[str, str]:
        if row.student_id not in papers:
            if row.student_id in absent:
                return "", ""
            return f"student {row.student_id} has no sheet and is not expected", "correct the id"
        if not fields_of(row):
            return f"there is no question or section {row.question}", "correct it, or remove the row"
        if len(set(fields_of(row))) > 1:
            what = f"student {row.student_id} has a field {row.question} in several exams"
            return what, "give the totals of one exam at a time"
        return _points_fault(row.points)

    totals: dict[Student, dict[str, Fraction]] = {}
    for _, row in load_totals(path, wrong):
        for exam in dict.fromkeys(fields_of(row) if row.points else ()):
            totals.setdefault((exam, row.student_id), {})[row.question] = _number(row.points)
    return totals


def _points_fault(text: str) -> tuple[str, str]:
    try:
        _number(text or "0")
    except (ValueError, ZeroDivisionError):
        return f"{text!r} is not a number of points", "write a number, or leave the cell empty"
    return "", ""


def _number(text: str) -> Fraction:
    if not _POINTS.fullmatch(text):
        raise ValueError(f"{text!r} is no number of points")
    return Fraction(text.replace(",", "."))


# --- against the sheets --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverCheck:
    """One student's cover beside the sheets."""

    doubts: tuple[tuple[Doubt, Fraction], ...] = ()
    """What a person must decide, each with the difference in points."""
    agreed: int = 0
    settled: int = 0
    """Fields that a person has decided on."""
    waiting: int = 0
    """Fields of which a question is still open."""


def first_pages(assembly: Assembly) -> dict[tuple[str, int | None, str], LedgerEntry]:
    """The lowest sheet of each booklet that was read, by exam, serial and student: its cover."""
    found: dict[tuple[str, int | None, str], LedgerEntry] = {}
    for entry in assembly.ledger:
        if entry.source is None or entry.outcome != "read":
            continue
        name = (entry.exam, entry.serial, entry.student_id)
        if name not in found or (entry.sheet or 0) < (found[name].sheet or 0):
            found[name] = entry
    return found


def corrected(booklet: Booklet, exam: Exam, cover: LedgerEntry | None, covers: Covers) -> Booklet:
    """A booklet with the points that a person corrected when its cover said something else."""
    if cover is None or cover.source is None or not covers.decisions:
        return booklet
    prefix = f"{TOTAL_PREFIX}-{page_name(cover.source)}-"
    answers = dict(booklet.answers)
    about = [one for doubt, one in covers.decisions.items() if doubt.startswith(prefix)]
    for decision in sorted(about, key=lambda one: one.at):
        said = corrections(decision.value) or {}
        for question in exam.questions:
            if question.id in said:
                source = cover.source
                known = answers.get(question.id) or Answer(
                    question=question.id, file=source.file, page=source.page
                )
                with suppress(ValueError):  # a credit that the exam file no longer has: the doubt comes back
                    answers[question.id] = decide_answer(question, said[question.id], known, decision.by)
    return replace(booklet, answers=answers)


def check_cover(
    exam: Exam, grade: Grade, booklet: Booklet, cover: LedgerEntry | None, covers: Covers
) -> CoverCheck:
    """Compare what a student's cover says with the points of the sheets.

    Parameters
    ----------
    exam, grade, booklet
        The student's.
    cover
        The page that stands first in the booklet; None: it is not known.
    covers
        Typed totals, and decisions about them.
    """
    doubts, agreed, settled, waiting = [], 0, 0, 0
    for name, said in covers.totals.get((booklet.exam, booklet.student_id), {}).items():
        found = cover_sum(exam, grade, name)
        words = cover_words(said, found)
        if not found.points:
            waiting += 1
            continue
        field = _field(booklet, cover, name)
        doubt = _doubt(booklet, cover, name, words, f"{field}{_text(said)}-{_text(found.points[0])}")
        decision = covers.decisions.get(doubt.id)
        if words and (decision is None or corrections(decision.value) != {}):
            doubts.append((_with_choices(doubt, found, said), abs(found.points[0] - said)))
        elif any(one.startswith(field) for one in covers.decisions):
            settled += 1
        else:
            agreed += 1
    return CoverCheck(doubts=tuple(doubts), agreed=agreed, settled=settled, waiting=waiting)


def _field(booklet: Booklet, cover: LedgerEntry | None, name: str) -> str:
    """How the names of all doubts about a field of a cover begin.

    What was typed and what the sheets give follow: a decision is about these two, and a correction that
    does not bring them together raises a doubt of its own.
    """
    page = page_name(cover.source) if cover and cover.source else f"{booklet.exam}-{booklet.student_id}"
    return f"{TOTAL_PREFIX}-{page}-{name}="


def _text(points: Fraction) -> str:
    return number_text(points).replace("/", ":")


def _doubt(booklet: Booklet, cover: LedgerEntry | None, name: str, words: str, doubt: str) -> Doubt:
    source = cover.source if cover else None
    return Doubt(
        id=doubt,
        kind="credits",
        reason=words,
        exam=booklet.exam,
        version=booklet.version,
        student_id=booklet.student_id,
        name=booklet.name,
        question=name,
        file=source.file if source else "",
        page=source.page if source else 0,
    )


def _with_choices(doubt: Doubt, found: CoverSum, said: Fraction) -> Doubt:
    first, points = found.parts[0] if found.parts else (doubt.question, said)
    choices = f"{SHEETS_COUNT}, or what is right, such as {first}={number_text(points)}"
    return replace(doubt, reading=number_text(found.points[0]), choices=choices)


def cover_notice(checks: Sequence[CoverCheck]) -> tuple[str, ...]:
    """How the covers compare, in a sentence; nothing where none was typed."""
    agreed, settled = sum(check.agreed for check in checks), sum(check.settled for check in checks)
    differing, waiting = sum(len(check.doubts) for check in checks), sum(check.waiting for check in checks)
    if not agreed + settled + differing + waiting:
        return ()
    words = [f"{agreed} agree with the sheets", f"{differing} do not"]
    words += [f"{settled} settled by a person"] if settled else []
    words += [f"{waiting} wait for a question that is open"] if waiting else []
    return (f"totals of the covers: {', '.join(words)}",)
