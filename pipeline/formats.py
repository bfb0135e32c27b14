"""Every public table, a pydantic model each: the columns, their order and their vocabularies.

Cells are text. Ids stay as they are written ("007"); points and values are decimal strings or
``n/d``; an empty cell is "nothing to say". ``scangrade schema NAME`` prints the JSON Schema.
"""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["empty", "marked", "cancelled", "doubtful"]
TrueState = Literal["empty", "marked", "cancelled", "unknown"]
PageOutcome = Literal["", "read", "blank", "scratch", "duplicate", "foreign", "unidentified", "unreadable"]
AnswerStatus = Literal["final", "doubtful", "decided", "ungraded", "void"]
StudentStatus = Literal["final", "review", "incomplete", "absent", "unlisted"]


class Row(BaseModel):
    """A row of a public table."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MarkRow(Row):
    """``marks.csv``: one box of one page that was read."""

    file: str
    page: str
    exam: str = ""
    version: str = ""
    sheet: str
    question: str
    option: str
    state: State
    p_marked: str = Field("", description="probability that the writer meant a mark, 4 decimals")
    flags: str = Field("", description="separated by ';'")


class TruthRow(Row):
    """A truth file of one page: what the writer meant, box by box."""

    question: str
    option: str
    state: TrueState


class AnswerRow(Row):
    """``answers.csv``: one question of one student."""

    student_id: str
    exam: str
    version: str
    question: str
    chosen: str = Field("", description="ticked options, separated by '|'")
    value: str = ""
    correct: str = ""
    rule: str = ""
    points: str = Field("", description="empty while the answer waits for a person")
    max_points: str = ""
    reason: str = ""
    confidence: str = ""
    status: AnswerStatus
    flags: str = ""
    file: str = ""
    page: str = ""


class PageRow(Row):
    """``pages.csv``, the ledger: one page of one input file.

    A page known to be missing is a row with an empty file and an empty outcome.
    """

    file: str
    page: str
    outcome: PageOutcome
    exam: str = ""
    version: str = ""
    sheet: str = ""
    serial: str = ""
    student_id: str = ""
    rms_mm: str = ""
    turned: str = ""
    reason: str = ""


class GradeRow(Row):
    """``grades.csv``: one student of one exam; a column per section follows these."""

    student_id: str
    name: str
    exam: str
    version: str
    status: StudentStatus
    points: str = Field("", description="sum of what is decided")
    max_points: str = ""
    percent: str = Field("", description="empty unless final or unlisted")
    grade: str = Field("", description="empty unless final or unlisted")
    doubts: str = "0"


class ReviewRow(Row):
    """``review.csv``: one doubt, the one that can change most first.

    ``decision`` and ``note`` are for the person: fill them in and give the file to
    ``scangrade review RESULTS --decisions review.csv --by NAME``.
    """

    doubt: str = Field(description="names the doubt; leave as it is")
    kind: Literal["answer", "student", "page", "credits"]
    exam: str = ""
    student_id: str = ""
    name: str = ""
    question: str = ""
    reading: str = Field("", description="what was read, as far as it goes")
    choices: str = Field("", description="what may be written under decision")
    can_change: str = Field("", description="points between the best and the worst decision")
    reason: str = ""
    file: str = ""
    page: str = ""
    decision: str = ""
    note: str = ""


class LookRow(Row):
    """``second-look.csv``: one box that was read without a doubt, drawn for a person to look at.

    ``decision`` is for the person: ``ok``, or what the box says. Give the file to
    ``scangrade review RESULTS --decisions second-look.csv --by NAME``.
    """

    number: str = Field(description="of the picture in second-look.pdf")
    doubt: str = Field(description="names the box; leave as it is")
    exam: str = ""
    student_id: str = ""
    question: str
    option: str
    reading: Literal["empty", "marked", "cancelled"]
    choices: str = Field("", description="what may be written under decision")
    file: str = ""
    page: str = ""
    decision: str = ""
    note: str = ""


class DecisionRow(Row):
    """``decisions.csv``: one decision of a person, oldest first; the last one on a doubt counts."""

    doubt: str
    decision: str
    by: str
    at: str = Field(description="ISO 8601, UTC")
    note: str = ""
    counts: Literal["yes", "no"] = Field(description="no: a later decision on the same doubt stands")


class ChangeRow(Row):
    """``changes.csv``: one question of one student whose points are not what was published last.

    A student whose total or grade moved, and no question, has a row without a question.
    """

    student_id: str
    name: str = ""
    exam: str
    version: str
    question: str = ""
    old_points: str = Field("", description="empty while the answer waited for a person")
    new_points: str = Field("", description="empty while the answer waits for a person")
    old_total: str = ""
    new_total: str = ""
    old_grade: str = ""
    new_grade: str = ""
    pass_line: Literal["", "passes now", "fails now"] = ""
    reason: str = Field("", description="what changed: the key, a reading, a decision, credits")


class ItemRow(Row):
    """``items.csv``: one question of one version of an exam, in figures; shares are 0 to 1, 4 decimals.

    Where an exam has several versions, rows with an empty version count all of them together. Only
    students of whom nothing is open are counted.
    """

    exam: str
    version: str = ""
    question: str
    max_points: str = Field("", description="0: judged with other parts, or counts for nobody")
    students: str
    mean: str = Field("", description="mean points")
    facility: str = Field("", description="mean points as a share of the most")
    discrimination: str = Field("", description="correlation with the total of the other questions")
    alpha: str = Field("", description="Cronbach's alpha of all questions of the version")
    alpha_without: str = Field("", description="the same without this question")
    blank: str = Field("", description="share of students who left it blank")
    correct: str = ""
    chosen: str = Field("", description="share of each option or usual number: A=0.7|B=0.2")
    chosen_top: str = Field("", description="the same among the best third")
    chosen_bottom: str = Field("", description="the same among the weakest third")
    look_again: str = Field("", description="why a person should look at the question, in words")


class PaperRow(Row):
    """``index.csv`` of a folder of annotated scans: one student, with a file or the reason for none."""

    file: str = Field("", description="empty when there is none")
    student_id: str
    name: str = ""
    email: str = Field("", description="as the roster has it")
    exam: str = ""
    status: StudentStatus | Literal[""] = ""
    points: str = ""
    max_points: str = ""
    grade: str = ""
    pages: str = Field("", description="pages of the file")
    reason: str = Field("", description="why there is no file")


class RosterRow(Row):
    """``roster.csv``: one student."""

    student_id: str
    name: str
    version: str = ""
    group: str = ""
    email: str = ""
    code: str = ""


class SheetRow(Row):
    """``sheets.csv``: which printed sheet was made for whom; no student_id on a spare sheet."""

    serial: str
    student_id: str
    exam: str
    version: str


class CreditRow(Row):
    """``--credits FILE``: credits that an examiner gave, one question of one student."""

    student_id: str
    question: str
    points: str


class TotalRow(Row):
    """``--totals FILE``: what a cover page's handwritten table says, one field of one student.

    ``question`` is a question, all whose ids begin with it ("2": 2.1, 2.2), a section, or ``total``.
    """

    student_id: str
    question: str
    points: str


TABLES: dict[str, type[Row]] = {
    "marks": MarkRow,
    "truth": TruthRow,
    "answers": AnswerRow,
    "pages": PageRow,
    "grades": GradeRow,
    "review": ReviewRow,
    "second-look": LookRow,
    "decisions": DecisionRow,
    "changes": ChangeRow,
    "items": ItemRow,
    "papers": PaperRow,
    "roster": RosterRow,
    "sheets": SheetRow,
    "credits": CreditRow,
    "totals": TotalRow,
}


def columns(row: type[Row]) -> tuple[str, ...]:
    """Column names of a table, in their order."""
    return tuple(row.model_fields)


# --- cells ---------------------------------------------------------------------------------------

_BLANK = r"[\s\x00-\x20\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\"]"
"""What a spreadsheet may take away before it looks at a cell: space, invisible characters, quotes."""
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""What begins a formula; some spreadsheets take the wide forms of East Asia for the same."""
_FORMULA = re.compile(rf"'*(?:{_BLANK}*{_SIGN}|[\t\r\n])")
"""How a cell begins that a spreadsheet may run."""
_INNER = re.compile(rf"([;\t\r\n]{_BLANK}{{0,32}})('*{_SIGN})")
"""A sign behind what a spreadsheet may take for the end of a cell: where the decimal comma is used, a
semicolon ends a cell, whatever quotation marks stand around it."""
_HARMLESS = re.compile(r"[=+\-@]|[+-]?[0-9]*[.,]?[0-9]+(?:/[0-9]+)?")
"""A lone sign, and a number."""


def safe_cell(text: str) -> str:
    """Text as it stands in a CSV file.

    A spreadsheet takes a cell that begins with ``= + - @``, a tab or a line break for a formula;
    such a cell gets an apostrophe before it (OWASP, "CSV injection"). So does a sign behind a
    semicolon, a tab or a line break inside a cell. Numbers and a lone sign stay as they are.
    :func:`plain_cell` takes the apostrophes away again.
    """
    if text.isalnum() or _HARMLESS.fullmatch(text):
        return text
    cell = _INNER.sub(r"\1'\2", text)
    return "'" + cell if _FORMULA.match(cell) else cell


def plain_cell(cell: str) -> str:
    """The text that :func:`safe_cell` made ``cell`` of."""
    if "'" not in cell:
        return cell
    text = cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
    return _INNER.sub(lambda found: found[1] + found[2].removeprefix("'"), text)
