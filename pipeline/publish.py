"""From an assembly and its grades to the files of a results folder, all replaced together.

Checks the ledger first: a run that has lost a page or a student publishes nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pipeline.changes import Changes
from pipeline.errors import ExitCode, LedgerUnbalanced, UsageFault
from pipeline.formats import AnswerRow, ChangeRow, DecisionRow, ItemRow, MarkRow, PageRow, ReviewRow
from pipeline.grades import Graded
from pipeline.model import Assembly, Decision, Doubt, Grade, PageSource, Student
from pipeline.reading import count_looks, look_truths, standing_decisions
from pipeline.reporting import (
    Content,
    ExamLine,
    SecondLook,
    Stratum,
    Summary,
    Table,
    answer_rows,
    content_digest,
    decision_rows,
    grade_columns,
    grade_rows,
    hashed_contents,
    ledger_row,
    mark_rows,
    points_text,
    read_table,
    replace_files,
    review_row,
    section_columns,
    table_content,
)

NEEDS_ACTION = ("foreign", "unidentified", "unreadable")
"""Outcomes of pages that stand in the way of a complete batch."""


CHANGES = "changes.csv"
REVIEW = "review.csv"
MARKS = "marks.csv"
ITEMS = "items.csv"

Place = Callable[[Mapping[Path, Content]], tuple[Path, ...]]
"""Puts files in their places, all of them or none; gives their paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """How a run ended."""

    exit_code: ExitCode
    summary: Summary
    decoded: int
    """Pages that were opened as images in this run."""
    known: int
    """Pages whose reading was in the results folder already."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each table that was written, by its name; of ``review.csv`` without what people type."""
    assembly: Assembly | None = None
    """The batch that was graded; None when nothing was."""
    changes: Changes | None = None
    """What it changed against what was published last; None when it published no grades."""


def check_ledger(
    sources: Sequence[PageSource], assembly: Assembly, roster: Mapping[str, Student] | None
) -> None:
    """Every page of every file has one entry; everyone on the roster has a booklet or is absent.

    Raises
    ------
    LedgerUnbalanced
        When a page or a student is missing or is there twice.
    """
    pages = Counter((source.file, source.page) for source in sources)
    entries = Counter((entry.source.file, entry.source.page) for entry in assembly.ledger if entry.source)
    if pages != entries:
        off = next(iter((pages - entries) or (entries - pages)))
        raise LedgerUnbalanced(
            f"the ledger does not balance at {off[0]} page {off[1]}:"
            f" scanned {pages[off]} times, listed {entries[off]} times",
            hint="this is a bug of scangrade; nothing was published, the readings are kept",
        )
    present = {booklet.student_id for booklet in assembly.booklets}
    absent = {student.student_id for _, student in assembly.absent}
    if lost := set(roster or {}) - present - absent:
        raise LedgerUnbalanced(
            f"student {min(lost)} of the roster has no status",
            hint="this is a bug of scangrade; nothing was published, the readings are kept",
        )


def reading_tables(assembly: Assembly) -> dict[str, Table]:
    """``marks.csv`` and ``pages.csv``, by name."""
    return {
        MARKS: Table.of(MarkRow, mark_rows(assembly.marks)),
        "pages.csv": Table.of(PageRow, map(ledger_row, assembly.ledger)),
    }


def publish_reading(
    folder: Path, assembly: Assembly, *, notices: Sequence[str], decoded: int, place: Place = replace_files
) -> BatchReport:
    """Write ``marks.csv`` and ``pages.csv``."""
    digests: dict[str, str] = {}
    written = place(_contents(folder, reading_tables(assembly), digests))
    pages = _pages(assembly)
    doubtful = sum(state.value == "doubtful" for marks in assembly.marks for state in marks.states.states)
    code = ExitCode.DONE
    if doubtful or any(doubt.kind == "page" for doubt in assembly.doubts):
        code = ExitCode.REVIEW
    if any(entry.outcome in NEEDS_ACTION and not entry.settled for entry in assembly.ledger):
        code = ExitCode.UNREAD
    summary = Summary(
        folder=str(folder),
        pages=pages,
        doubts=doubtful,
        files=[path.name for path in written],
        notices=notices,
        next_steps=_reading_steps(folder, code, doubtful),
    )
    known = sum(pages.values()) - decoded
    return BatchReport(exit_code=code, summary=summary, decoded=decoded, known=known, digests=digests)


def _reading_steps(folder: Path, code: ExitCode, doubtful: int) -> list[str]:
    steps = []
    if code is ExitCode.UNREAD:
        steps.append(f"look at the pages in {folder / 'pages.csv'} that were not read")
    if doubtful:
        steps.append(f"look at the boxes in {folder / 'marks.csv'} whose state is doubtful")
    return steps


def publish_grades(
    folder: Path,
    graded: Graded,
    *,
    write_marks: bool,
    decisions: Sequence[Decision],
    changes: Sequence[Mapping[str, str]],
    notices: Sequence[str],
    refuse_lost: bool,
    place: Place = replace_files,
) -> BatchReport:
    """Write every table of the results folder, all of them or none.

    What a person has typed into ``review.csv`` and not handed in yet stays there.

    ``changes.csv`` is written when something moved, and when there is one already: an earlier one
    would look like today's.

    Raises
    ------
    UsageFault
        When ``review.csv`` holds a typed decision on a doubt that is gone, and ``refuse_lost``; or
        it is no table any more.
    ResultsFault
        When one of them cannot be written; the earlier files are then unchanged.
    """
    typed = typed_rows(folder, decisions)
    lost = _lost(folder, typed, graded.assembly.doubts, refuse=refuse_lost)
    assembly = graded.assembly
    tables = grade_tables(
        graded,
        decisions=decisions,
        changes=changes if changes or (folder / CHANGES).exists() else None,
        marks=write_marks,
        typed=typed,
    )
    digests: dict[str, str] = {}
    written = place(_contents(folder, tables, digests))
    digests[REVIEW] = content_digest(table_content(review_table(graded, {})))
    code = exit_code(graded)
    summary = Summary(
        folder=str(folder),
        pages=_pages(assembly),
        exams=_exam_lines([grade for grade, _ in graded.grades]),
        doubts=len(assembly.doubts),
        files=[path.name for path in written],
        notices=[*notices, *lost, *waiting_words(folder, typed)],
        next_steps=_grading_steps(folder, graded),
        second_look=_second_look(assembly, decisions),
    )
    total = sum(entry.source is not None for entry in assembly.ledger)
    return BatchReport(
        exit_code=code,
        summary=summary,
        decoded=0,
        known=total,
        digests=digests,
        assembly=assembly,
    )


def grade_tables(
    graded: Graded,
    *,
    decisions: Sequence[Decision],
    changes: Sequence[Mapping[str, str]] | None,
    marks: bool,
    typed: Mapping[str, Mapping[str, str]],
) -> dict[str, Table]:
    """Every table of a graded batch, by its name.

    Parameters
    ----------
    graded
        The batch.
    decisions
        What people decided; without one there is no table of them.
    changes
        Rows of ``changes.csv``; None: there is no such table.
    marks
        Whether ``marks.csv`` is wanted.
    typed
        What stands in ``review.csv`` under ``decision`` and ``note``, by doubt.
    """
    assembly = graded.assembly
    grades = [grade for grade, _ in graded.grades]
    sections = section_columns(name for grade in grades for name in grade.sections)
    tables = {
        "grades.csv": Table(columns=grade_columns(sections), rows=grade_rows(grades, sections)),
        "answers.csv": Table.of(AnswerRow, answer_rows(graded.grades)),
        "pages.csv": Table.of(PageRow, map(ledger_row, assembly.ledger)),
        REVIEW: review_table(graded, typed),
        ITEMS: Table.of(ItemRow, graded.items),
    }
    if decisions:
        tables["decisions.csv"] = Table.of(DecisionRow, decision_rows(decisions))
    if changes is not None:
        tables[CHANGES] = Table.of(ChangeRow, changes)
    if marks:
        tables[MARKS] = Table.of(MarkRow, mark_rows(assembly.marks))
    return tables


def review_table(graded: Graded, typed: Mapping[str, Mapping[str, str]]) -> Table:
    """``review.csv``: each doubt, and what is typed beside it."""
    doubts = sorted(graded.assembly.doubts, key=lambda doubt: _urgency(doubt, graded.impacts))
    rows = (
        {**review_row(doubt, points_text(graded.impacts.get(doubt.id))), **typed.get(doubt.id, {})}
        for doubt in doubts
    )
    return Table.of(ReviewRow, rows)


def _contents(folder: Path, tables: Mapping[str, Table], digests: dict[str, str]) -> Mapping[Path, Content]:
    contents = {folder / name: table_content(table) for name, table in tables.items()}
    return hashed_contents(contents, digests)


def _second_look(assembly: Assembly, decisions: Sequence[Decision]) -> SecondLook | None:
    """What a person found who looked at certain boxes again; None: nobody has."""
    counts = count_looks(assembly, look_truths(standing_decisions(decisions).values()))
    if not counts.marked_seen and not counts.unmarked_seen:
        return None
    return SecondLook(
        marked=Stratum(size=counts.marked, sampled=counts.marked_seen, errors=counts.marked_wrong),
        unmarked=Stratum(size=counts.unmarked, sampled=counts.unmarked_seen, errors=counts.unmarked_wrong),
    )


def typed_rows(folder: Path, decisions: Sequence[Decision]) -> dict[str, dict[str, str]]:
    """What is typed in ``review.csv`` and was not handed in: ``decision`` and ``note`` by doubt.

    Raises
    ------
    UsageFault
        When it is no such table any more.
    """
    path = folder / REVIEW
    if not path.is_file() or not path.stat().st_size:
        return {}
    made = {(decision.doubt, decision.value) for decision in decisions}
    typed = {}
    for row in read_table(path, ReviewRow, required=("doubt", "decision")):
        doubt, value = row["doubt"].strip(), row["decision"].strip()
        if (value or row["note"]) and (doubt, value) not in made:
            typed[doubt] = {"decision": value, "note": row["note"]}
    return typed


def waiting_words(folder: Path, typed: Mapping[str, Mapping[str, str]]) -> list[str]:
    """That decisions stand in ``review.csv`` which nobody has handed in."""
    count = sum(bool(row["decision"]) for row in typed.values())
    if not count:
        return []
    words = "1 decision that is" if count == 1 else f"{count} decisions that are"
    return [f"{REVIEW} has {words} not handed in yet: {hand_in_command(folder)}"]


def hand_in_command(folder: Path) -> str:
    """What to type when decisions are filled in."""
    return f"scangrade review {folder} --decisions {folder / REVIEW} --by YOUR-NAME"


def _lost(
    folder: Path, typed: dict[str, dict[str, str]], doubts: Sequence[Doubt], *, refuse: bool
) -> list[str]:
    """Take out typed rows whose doubt is gone; refuse, or tell, what was decided in them."""
    open_ = {doubt.id for doubt in doubts}
    lost = {doubt: row["decision"] for doubt, row in typed.items() if doubt not in open_ and row["decision"]}
    for doubt in [doubt for doubt in typed if doubt not in open_]:
        del typed[doubt]
    if lost and refuse:
        named = ", ".join(f"{doubt}: {value}" for doubt, value in lost.items())
        raise UsageFault(
            f"{folder / REVIEW} has decisions that are not handed in, on what would be in doubt no more"
            f" ({named}); nothing was written",
            hint=f"hand them in: {hand_in_command(folder)}; or clear their cells",
        )
    return [
        f"{REVIEW} said {value} of {doubt}, which is in doubt no more: that was not handed in"
        for doubt, value in lost.items()
    ]


def exit_code(graded: Graded) -> ExitCode:
    """What the run tells the shell (FORMATS: exit codes)."""
    unread = any(entry.outcome in NEEDS_ACTION and not entry.settled for entry in graded.assembly.ledger)
    statuses = {grade.status for grade, _ in graded.grades}
    if unread or "incomplete" in statuses:
        return ExitCode.UNREAD
    if graded.assembly.doubts or statuses & {"review", "unlisted"}:
        return ExitCode.REVIEW
    return ExitCode.DONE


def _urgency(doubt: Doubt, impacts: Mapping[str, Fraction]) -> tuple[Fraction, str, int, str]:
    """Order of review.csv: what can change most first, then the order of the scans."""
    return (-impacts.get(doubt.id, Fraction(0)), doubt.file, doubt.page, doubt.id)


def _pages(assembly: Assembly) -> dict[str, int]:
    return dict(Counter(entry.outcome or "" for entry in assembly.ledger))


def _exam_lines(grades: Sequence[Grade]) -> list[ExamLine]:
    exams: dict[str, Counter[str]] = {}
    for grade in grades:
        exams.setdefault(grade.exam, Counter())[grade.status] += 1
    return [ExamLine(exam=exam, students=counts) for exam, counts in sorted(exams.items())]


def _grading_steps(folder: Path, graded: Graded) -> list[str]:
    steps = []
    ledger = graded.assembly.ledger
    if any(entry.outcome == "unreadable" and not entry.settled for entry in ledger):
        steps.append("scan the unreadable pages again and run the same command with them")
    if any(entry.outcome == "unidentified" and entry.serial for entry in ledger):
        steps.append(
            "pages printed from an exam file that was changed since: put the folder EXAM.layouts, made by"
            ' "scangrade sheet", beside the exam file and run the same command again'
        )
    if any(entry.outcome is None for entry in ledger):
        steps.append("find the missing sheets (pages.csv, rows without a file) and scan them")
    if graded.assembly.doubts:
        steps.append(
            f"decide what is in doubt on a page in the browser: scangrade review {folder}"
            f' (or fill in the column "decision" of {folder / REVIEW}, then: {hand_in_command(folder)})'
        )
    if any(grade.status == "unlisted" for grade, _ in graded.grades):
        steps.append("add the students that are not on the roster to it, or correct their ids")
    if any(entry.outcome in ("foreign", "unidentified") and not entry.settled for entry in ledger):
        steps.append(f"look at the pages in {folder / 'pages.csv'} that are foreign or unidentified")
    return steps
