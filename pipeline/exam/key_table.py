"""Keys as teachers keep them: a table in a CSV file or a workbook becomes an exam's questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pipeline.errors import Fault
from pipeline.exam.fields import is_version
from pipeline.exam.key_cells import KindName, Sense, alternatives, decimal_signs, letters_of, truth_of
from pipeline.exam.key_columns import BASE, KeyRow, key_rows
from pipeline.exam.key_file import read_grid
from pipeline.exam.key_grid import Cell, CellFaults, Grid, fault_at, place_of
from pipeline.exam.key_questions import KeyQuestion, build_key_question, id_text, points_of
from pipeline.exam.key_words import KIND_WORDS, TOTALS, fold_word

Truth = Literal["yes", "no", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTable:
    """A key, complete and without faults."""

    grid: Grid
    questions: tuple[KeyQuestion, ...]
    versions: tuple[str, ...]
    """A is the first."""
    points: Fraction
    """Of a question that does not say its own."""
    total: Fraction | None
    """What the table itself gives as the sum of points."""
    notices: tuple[str, ...]

    def fault(self, cell: Cell | None, what: str, instead: str) -> Fault:
        """A fault of one cell, or of the table as a whole."""
        if cell is None:
            return Fault(file=self.grid.file, line=0, column=0, what=what, instead=instead)
        return fault_at(self.grid, cell, what, instead)


def read_key_table(path: Path, *, sheet: str = "", points: Fraction | None = None) -> KeyTable:
    """The questions and right answers of a table.

    Parameters
    ----------
    path
        A CSV file or a workbook (:func:`pipeline.exam.key_file.read_grid`).
    sheet
        Name of the workbook's sheet; "" when only one holds anything.
    points
        Points of questions for which the table gives none; 1 when left out.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        Every fault of the table at once, each with its line or cell and what to write instead.
    """
    grid = read_grid(path, sheet)
    faults = CellFaults(grid)
    notices = list(grid.notices)
    rows = key_rows(grid, faults, notices)
    rows, totals = _without_total(rows, grid, notices)
    sense = _sense(rows)
    merged = _merged(rows, faults)
    questions = [build_key_question(row, sense, faults, notices) for row in merged]
    found = tuple(question for question in questions if question is not None)
    versions = _versions(merged, faults)
    usual = Fraction(1) if points is None else points
    if points is None and not any("points" in row.fields for row in rows):
        notices.append(f"{grid.file}: no points column: each question counts 1; --points says another number")
    total = _total(totals, found, usual, sense, faults) if len(found) == len(questions) else None
    if not questions:
        faults.add(grid.rows[0][0], "the table has no question", "write a row for each question")
    faults.refuse()
    return KeyTable(
        grid=grid,
        questions=found,
        versions=versions,
        points=usual,
        total=total,
        notices=tuple(dict.fromkeys(notices)),
    )


# --- the table as a whole ----------------------------------------------------------------------


def _sense(rows: Sequence[KeyRow]) -> Sense:
    """How this table writes numbers, truth and kinds."""
    answers = [cell for row in rows for cell in row.answers.values() if cell.text]
    numbers = [row.fields[name] for row in rows for name in ("points", "tolerance") if name in row.fields]
    comma, point = decimal_signs([*answers, *numbers])
    truth = _truth(rows)
    named = {fold_word(row.fields["kind"].text) for row in rows if "kind" in row.fields}
    several = any(len(letters_of(cell.text)) > 1 for cell in answers)
    mc: KindName = "choices" if several or named & KIND_WORDS["choice"] else "choice"
    letters = {letter for row in rows for letter in _options_named(row, truth)}
    return Sense(comma=comma, point=point, truth=truth, mc=mc, last=max(letters | {"D"}))


def _truth(rows: Sequence[KeyRow]) -> Truth:
    """Whether single letters such as T and F are true and false; where nothing tells, it is unclear."""
    unsaid = [row for row in rows if not {"kind", "options"} & set(row.fields) and not row.texts]
    texts = [cell.text for row in unsaid for cell in row.answers.values()]
    single = {letters[0] for text in texts for letters in [letters_of(text)] if len(letters) == 1}
    beyond = single - set("ABCDEFGHIJ")
    if len(beyond) == 1 and beyond <= set("TVWRS") and single <= beyond | set("ABCDEF"):
        return "yes"
    in_words = any(truth_of(text) is not None for text in texts if len(text) > 1)
    return "no" if in_words and ("F" not in single or "E" in single) else "unclear"


def _options_named(row: KeyRow, truth: Truth) -> set[str]:
    """Letters that a row's answers name as options."""
    parts = [part.text for cell in row.answers.values() for part in alternatives(cell)]
    found = {letter for part in parts for letter in letters_of(part)}
    is_truth = truth == "yes" and "kind" not in row.fields and found <= set("TVWRSF")
    return set() if is_truth else found


def _without_total(
    rows: Sequence[KeyRow], grid: Grid, notices: list[str]
) -> tuple[tuple[KeyRow, ...], list[KeyRow]]:
    """The rows of questions, and those of the sum of points; one without points is passed over."""
    totals = [
        row
        for row in rows
        if fold_word(row.question.text) in TOTALS
        and "kind" not in row.fields
        and not any(cell.text for cell in row.answers.values())
    ]
    for row in totals:
        if "points" not in row.fields:
            place = place_of(grid, row.question)
            notices.append(f"{place}: the row {row.question.text!r} has no points, and is passed over")
    return tuple(row for row in rows if row not in totals), [row for row in totals if "points" in row.fields]


def _total(
    rows: Sequence[KeyRow],
    questions: Sequence[KeyQuestion],
    usual: Fraction,
    sense: Sense,
    faults: CellFaults,
) -> Fraction | None:
    found = None
    for row in rows:
        cell = row.fields["points"]
        found = points_of(cell, sense, faults)
        together = sum((usual if q.points is None else q.points for q in questions), Fraction(0))
        if found is not None and found != together and not faults.found:
            what = f"the sum is {_shown(found)}, and the questions have {_shown(together)} points together"
            faults.add(cell, what, "mend the sum, or the points of a question")
    return found


def _shown(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(float(number))


def _versions(rows: Sequence[KeyRow], faults: CellFaults) -> tuple[str, ...]:
    """Names of the versions, A first."""
    names = list(dict.fromkeys(name for row in rows for name in row.answers))
    for name in names:
        cell = next(row.answers[name] for row in rows if name in row.answers)
        if not is_version(name):
            faults.add(cell, f"{name!r} is not a version", "use 1 to 4 of A-Z and 0-9, like B")
    if names and BASE not in names:
        cell = rows[0].answers[names[0]]
        what = f"there is no version A; the versions are {', '.join(names)}"
        faults.add(
            cell,
            what,
            "name the versions A, B, ...: A is the one that is printed unless another is asked for",
        )
    return (BASE, *sorted(name for name in names if name != BASE))


def _merged(rows: Sequence[KeyRow], faults: CellFaults) -> tuple[KeyRow, ...]:
    """One row per question where each version has rows of its own; ids that stand twice are faults."""
    first: dict[str, KeyRow] = {}
    for written in rows:
        row = written
        version = row.fields.get("version")
        if version is not None and set(row.answers) == {BASE}:
            name = fold_word(version.text).upper()
            name = name.removeprefix("VERSION") or name
            row = replace(row, answers={name: row.answers[BASE]})
        name = id_text(row.question.text)
        before = first.get(name) if name else None
        apart = f"\0{row.question.row}:{row.question.column}"
        if before is None:
            first[name or apart] = row
        elif set(before.answers) & set(row.answers):
            where = f"line {before.question.row}" if not faults.grid.sheet else f"row {before.question.row}"
            what = f"question {name} stands twice, first in {where}"
            faults.add(row.question, what, 'give each its own number; in a spreadsheet write "1.10" as text')
            first[apart] = row
        else:
            first[name] = replace(before, answers={**before.answers, **row.answers})
    versions = dict.fromkeys(version for row in first.values() for version in row.answers)
    return tuple(
        replace(row, answers={v: row.answers.get(v, replace(row.question, text="")) for v in versions})
        for row in first.values()
    )
