"""What is true of a batch of simulated scans, in the columns of the results."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.formats import AnswerRow, MarkRow, PageRow, RosterRow, Row, SheetRow, columns, safe_cell
from pipeline.paper.simulate.records import SimulatedPage, SimulatedStudent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageTruth:
    """A page without its picture, and the file it was written to."""

    file: str
    page: int
    """1-based, in the file."""
    truth: SimulatedPage
    """Its image may have been dropped."""
    outcome: str = "read"
    reason: str = ""


def point_text(value: Fraction | None) -> str:
    """A value as the tables write it: a decimal string, ``n/d`` where there is none, or empty."""
    if value is None:
        return ""
    denominator = value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    places = max(twos, fives)
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    if places == 0:
        return str(value.numerator)
    scaled = str(abs(value.numerator * 10**places // value.denominator)).zfill(places + 1)
    return ("-" if value < 0 else "") + f"{scaled[:-places]}.{scaled[-places:]}"


def mark_rows(pages: Iterable[PageTruth]) -> list[MarkRow]:
    """One row for each box of each page; flags are ``legible`` or ``awkward``."""
    return [
        MarkRow(
            file=page.file, page=str(page.page), exam=page.truth.exam, version=page.truth.version,
            sheet=str(page.truth.sheet), question=question, option=option,
            state="doubtful" if plan.state == "unknown" else plan.state, p_marked="", flags=plan.label,
        )
        for page in pages
        for (question, option), plan in zip(page.truth.boxes, page.truth.plans, strict=True)
    ]  # fmt: skip


def answer_rows(pages: Iterable[PageTruth]) -> list[AnswerRow]:
    """One row for each question of each student, from the first page that shows it."""
    rows: dict[tuple[str, str, str], AnswerRow] = {}
    for page in pages:
        for answer in page.truth.answers:
            key = (page.truth.exam, page.truth.student_id, answer.question)
            rows.setdefault(
                key,
                AnswerRow(
                    student_id=page.truth.student_id, exam=page.truth.exam, version=page.truth.version,
                    question=answer.question, chosen="|".join(answer.chosen), points="",
                    value=point_text(answer.value), status="final", file=page.file, page=str(page.page),
                ),
            )  # fmt: skip
    return list(rows.values())


def page_rows(pages: Iterable[PageTruth]) -> list[PageRow]:
    """Where each page belongs in the ledger."""
    rows = []
    for page in pages:
        truth, ours = page.truth, page.truth.sheet > 0
        rows.append(
            PageRow(
                file=page.file, page=str(page.page), outcome=truth.outcome, exam=truth.exam,
                version=truth.version, sheet=str(truth.sheet) if ours else "",
                serial=str(truth.serial) if ours else "", student_id=truth.student_id, reason=page.reason,
                turned=str(360 - 90 * truth.quarter_turns) if ours and truth.quarter_turns else "",
            )
        )  # fmt: skip
    return rows


def roster_rows(students: Iterable[SimulatedStudent]) -> list[RosterRow]:
    """The roster of everyone, present or absent."""
    return [
        RosterRow(student_id=student.student_id, name=student.name, version=student.version)
        for student in students
    ]


def sheet_rows(exam: str, students: Iterable[SimulatedStudent]) -> list[SheetRow]:
    """Which booklet was printed for whom; a spare one for nobody."""
    return [
        SheetRow(
            serial=str(student.serial),
            student_id=student.student_id if student.printed else "",
            exam=exam,
            version=student.version,
        )
        for student in students
    ]


def write_truth(folder: Path, pages: Sequence[PageTruth]) -> tuple[Path, ...]:
    """Write ``marks.csv``, ``answers.csv`` and ``pages.csv`` into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "marks.csv": table_text(MarkRow, mark_rows(pages)),
        "answers.csv": table_text(AnswerRow, answer_rows(pages)),
        "pages.csv": table_text(PageRow, page_rows(pages)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return tuple(folder / name for name in files)


def table_text(kind: type[Row], rows: Iterable[Row]) -> str:
    """Rows as CSV with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns(kind), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(cell) for name, cell in row.model_dump().items()})
    return out.getvalue()
