"""What a person reads at the end of a run."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from pipeline.errors import visible
from pipeline.reporting.aligned import aligned_rows
from pipeline.reporting.second_look import SecondLook

STUDENT_WORDS: Mapping[str, str] = {
    "final": "graded",
    "review": "to review",
    "incomplete": "incomplete",
    "absent": "absent",
    "unlisted": "not on the roster",
}
"""Status of grades.csv to the heading of its column."""

PAGE_WORDS: Mapping[str, str] = {
    "read": "read",
    "blank": "blank",
    "scratch": "scratch paper",
    "duplicate": "duplicate",
    "foreign": "foreign",
    "unidentified": "unidentified",
    "unreadable": "unreadable",
    "": "missing",
}
"""Outcome of pages.csv to its word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamLine:
    """One exam of the summary."""

    exam: str
    students: Mapping[str, int]
    """Number of students by status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that the end of a run says."""

    folder: str
    pages: Mapping[str, int]
    """Number of pages by outcome; "" counts the missing ones."""
    exams: Sequence[ExamLine] = ()
    doubts: int = 0
    files: Sequence[str] = ()
    """Names of the files in ``folder``."""
    notices: Sequence[str] = ()
    """Sentences that the operator must see."""
    history: Sequence[str] = ()
    """The last publications, a line each."""
    next_steps: Sequence[str] = field(default=())
    """What to type or to do next."""
    second_look: SecondLook | None = None
    """None: nobody has taken a second look."""


def print_summary(summary: Summary, out: TextIO) -> None:
    """Write the summary: a coloured table on a terminal, aligned plain text anywhere else.

    ``NO_COLOR`` in the environment leaves the colours out.
    """
    if out.isatty() and os.environ.get("TERM") != "dumb":
        _print_rich(summary, out)
    else:
        out.write(plain_summary(summary))


def plain_summary(summary: Summary) -> str:
    """The summary as plain text."""
    out = io.StringIO()
    header, *rows = _table(summary)
    if rows:
        out.writelines(line + "\n" for line in aligned_rows([header, *rows], left=1))
        out.write("\n")
    for line in _lines(summary):
        out.write(visible(line) + "\n")
    return out.getvalue()


def _table(summary: Summary) -> list[list[str]]:
    """Header and one row per exam; a status that no student has is left out, graded never."""
    used = [
        status
        for status in STUDENT_WORDS
        if status == "final" or any(line.students.get(status) for line in summary.exams)
    ]
    rows = [["exam", "students", *(STUDENT_WORDS[status] for status in used)]]
    for line in summary.exams:
        counts = [str(line.students.get(status, 0)) for status in used]
        rows.append([line.exam or "(no exam)", str(sum(line.students.values())), *counts])
    if len(summary.exams) > 1:
        columns = list(zip(*rows[1:], strict=True))
        rows.append(["all", *(str(sum(map(int, column))) for column in columns[1:])])
    return rows


def _lines(summary: Summary) -> Iterator[str]:
    total = sum(number for outcome, number in summary.pages.items() if outcome)
    parts = [f"{number} {PAGE_WORDS[outcome]}" for outcome, number in _ordered(summary.pages)]
    yield f"pages    {total} in all" + (f": {', '.join(parts)}" if parts else "")
    if summary.doubts:
        yield f"doubts   {summary.doubts} for a person to decide"
    if summary.second_look:
        yield f"promise  {summary.second_look.sentence()}"
    for notice in summary.notices:
        yield f"note     {notice}"
    if summary.files:
        yield f"results  {summary.folder}: {', '.join(summary.files)}"
    for line in summary.history:
        yield f"history  {line}"
    for step in summary.next_steps:
        yield f"next     {step}"


def _ordered(pages: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(outcome, pages[outcome]) for outcome in PAGE_WORDS if pages.get(outcome)]


def _print_rich(summary: Summary, out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, highlight=False)
    header, *rows = _table(summary)
    if rows:
        colours = {
            "graded": "green",
            "to review": "yellow",
            "incomplete": "red",
            "not on the roster": "yellow",
        }
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(header[0])
        for heading in header[1:]:
            table.add_column(heading, justify="right", style=colours.get(heading, ""))
        for row in rows:
            table.add_row(*map(Text, row), end_section=row is rows[-2] if len(rows) > 1 else False)
        console.print(table)
    for line in _lines(summary):
        word, _, rest = visible(line).partition(" ")
        console.print(Text.assemble((word, "bold"), " ", rest), soft_wrap=True)
