"""Which column of a key holds what, and its rows by question.

Three shapes are understood: a row per question under names of columns; two columns without names;
and a column per question (one row of numbers, below it one row of answers), as readers of answer
sheets export it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from pipeline.exam.key_grid import Cell, CellFaults, Grid
from pipeline.exam.key_words import (
    FALSE_WORDS,
    NUMBERED,
    ROLES,
    TOTALS,
    TRUE_WORDS,
    fold_word,
    named_column,
    role_of,
)
from pipeline.exam.source import did_you_mean

BASE = "A"
"""The version of an answer column that names none."""
HEADER_WITHIN = 10
"""Rows among which the names of the columns are looked for."""
NEAR = 0.8
"""Least likeness (of 1) of a misspelt name to what it was probably meant to be."""
MOST_LABELS = 12
"""Most rows of a table that runs across."""
_FIELDS = ("kind", "points", "title", "options", "tolerance", "section", "version")
_PLAIN_ANSWER = re.compile(r"[(\[]?\s*[A-Za-z]\s*[)\].]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """What the table says of one question in one row."""

    question: Cell
    answers: Mapping[str, Cell]
    """By version; empty cells too."""
    texts: Mapping[str, Cell] = field(default_factory=dict)
    """What the options say, by their ids, where each has a column."""
    fields: Mapping[str, Cell] = field(default_factory=dict)
    """Other cells that are not empty: kind, points, title, options, tolerance, section, version."""


@dataclass(slots=True)
class _Columns:
    """0-based places of columns."""

    question: int = -1
    answers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)


def key_rows(grid: Grid, faults: CellFaults, notices: list[str]) -> tuple[KeyRow, ...]:
    """The rows of a key, whatever its shape.

    Parameters
    ----------
    grid
        The table.
    faults
        Takes columns that are missing or there twice, and rows with more cells than columns.
    notices
        Takes what was passed over.

    Raises
    ------
    FileFaults
        Nothing can be said of the questions, as no column of them, or of answers, is found.
    """
    header, body = _header_and_body(grid, faults, notices)
    columns = _columns(header, body, faults, notices)
    if columns is None:
        faults.refuse()
        return ()
    return tuple(_key_row(row, columns, header, grid, faults) for row in body if row)


def _key_row(
    row: Sequence[Cell], columns: _Columns, header: Sequence[Cell], grid: Grid, faults: CellFaults
) -> KeyRow:
    extra = [cell for cell in row[len(header) :] if cell.text]
    if extra and not grid.sheet and not _is_bare_total(row, columns):
        what = f"the row has {len(row)} cells, and there are {len(header)} columns"
        faults.add(row[0], what, 'put a cell that holds the delimiter in quotation marks: "A,C"')

    def at(place: int) -> Cell:
        if place < len(row):
            return row[place]
        return Cell(text="", row=row[0].row, column=header[place].column)

    cells = {name: at(place) for name, place in columns.fields.items()}
    texts = {name: at(place) for name, place in columns.texts.items()}
    return KeyRow(
        question=at(columns.question),
        answers={name: at(place) for name, place in columns.answers.items()},
        texts={name: cell for name, cell in texts.items() if cell.text},
        fields={name: cell for name, cell in cells.items() if cell.text},
    )


def _is_bare_total(row: Sequence[Cell], columns: _Columns) -> bool:
    """Whether a row has the word for the sum of points, and no answer: "total;;5"."""
    cells = dict(enumerate(row))
    question = cells.get(columns.question)
    answers = [cells[place].text for place in columns.answers.values() if place in cells]
    return question is not None and fold_word(question.text) in TOTALS and not any(answers)


# --- shapes ------------------------------------------------------------------------------------


def _header_and_body(
    grid: Grid, faults: CellFaults, notices: list[str]
) -> tuple[tuple[Cell, ...], tuple[tuple[Cell, ...], ...]]:
    """The names of the columns and the rows below, a table across turned upright."""
    rows = grid.rows
    for at in range(min(len(rows), HEADER_WITHIN)):
        upright = _upright(rows[at:], alone=at == 0)
        if upright:
            return _with_notice(rows[:at], upright, grid, notices)
        if _is_header(rows[at]):
            return _with_notice(rows[:at], rows[at:], grid, notices)
    if max(len(row) for row in rows) == 2:
        question, answer = (
            replace(rows[0][0], text=name, column=column, is_number=False, spoilt=("", ""))
            for column, name in ((1, "question"), (2, "answer"))
        )
        return (question, answer), rows
    found = ", ".join(cell.text or '""' for cell in rows[0][:12])
    what = f"no row names the columns; the first row is: {found}"
    faults.add(rows[0][0], what, _nearest_names(rows[0]))
    faults.refuse()
    return rows[0], rows[1:]


def _with_notice(
    above: Sequence[Sequence[Cell]], rows: Sequence[tuple[Cell, ...]], grid: Grid, notices: list[str]
) -> tuple[tuple[Cell, ...], tuple[tuple[Cell, ...], ...]]:
    if above:
        count, verb = ("1 row", "is") if len(above) == 1 else (f"{len(above)} rows", "are")
        notices.append(f"{grid.file}: {count} above the names of the columns {verb} passed over")
    return rows[0], tuple(rows[1:])


def _nearest_names(header: Sequence[Cell]) -> str:
    hints = [
        f"{cell.text}: {near}"
        for cell in header
        if (near := did_you_mean(fold_word(cell.text), ("question", "answer", "points"), most=0)).startswith(
            "did"
        )
    ]
    return "; ".join(hints) or "name the columns: question, answer, and where needed points, kind, options"


def _is_header(row: Sequence[Cell]) -> bool:
    """Whether a row names columns: a question, or two columns that are known."""
    roles = {role_of(cell.text) for cell in row} - {""}
    named = [cell for cell in row if named_column(cell.text) != ("", "")]
    return len(roles) > 1 or ("question" in roles and bool(named))


def _upright(rows: Sequence[tuple[Cell, ...]], *, alone: bool) -> tuple[tuple[Cell, ...], ...]:
    """A table that runs across with its rows as columns; () when it does not run across."""
    top = rows[0]
    labels = [row[0] for row in rows[1:] if row]
    asked = not top[0].text or role_of(top[0].text) in ("question", "answer", "version")
    if asked and len(top) > 1 and 0 < len(labels) <= MOST_LABELS and all(map(_is_number, top[1:])):
        if all(_is_label(label) for label in labels):
            first = (replace(top[0], text="question"), *top[1:])
            return _turned((first, *(_labelled(row) for row in rows[1:])))
        return ()
    if not alone or len(rows) != 2 or not all(map(_is_number, top)) or len(top) < 2:
        return ()
    if len(top) == 2 and any(character.isdigit() for character in rows[1][0].text):
        return ()
    names = (
        Cell(text=name, row=row[0].row, column=0)
        for name, row in zip(("question", "answer"), rows, strict=True)
    )
    return _turned(tuple((name, *row) for name, row in zip(names, rows, strict=True)))


def _is_number(cell: Cell) -> bool:
    """Whether a cell may be a question's number: "7", "Q7", "2.a"."""
    return any(character.isdigit() for character in cell.text) and len(cell.text) <= 24


def _is_label(cell: Cell) -> bool:
    role, name = named_column(cell.text)
    is_version = name.isalpha()
    return not cell.text or is_version or role == "version" or bool(role_of(cell.text))


def _labelled(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return row if row[0].text else (replace(row[0], text="answer"), *row[1:])


def _turned(rows: Sequence[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows as columns; cells keep their places."""
    width = max(len(row) for row in rows)
    filled = [
        (*row, *(Cell(text="", row=row[0].row, column=row[0].column + at) for at in range(len(row), width)))
        for row in rows
    ]
    return tuple(zip(*filled, strict=True))


# --- columns -----------------------------------------------------------------------------------


def _columns(
    header: Sequence[Cell], body: Sequence[Sequence[Cell]], faults: CellFaults, notices: list[str]
) -> _Columns | None:
    """Where everything stands; None when there are no questions or no answers to be found."""
    roles = [role_of(cell.text) for cell in header]
    _texts_of_questions(header, roles)
    _keys_are_versions(header, roles)
    columns = _Columns()
    lettered: dict[str, int] = {}
    passed: list[str] = []
    for at, (cell, role) in enumerate(zip(header, roles, strict=True)):
        group, name = ("", "") if role else named_column(cell.text)
        if role == "question":
            _set_once(
                {"question": columns.question} if columns.question >= 0 else {}, role, at, header, faults
            )
            columns.question = at if columns.question < 0 else columns.question
        elif role == "answer":
            _set_once(columns.answers, BASE, at, header, faults)
        elif role:
            _set_once(columns.fields, role, at, header, faults)
        elif group == "version":
            _set_once(columns.answers, name, at, header, faults)
        elif group == "options":
            _set_once(columns.texts, name, at, header, faults)
        elif name:
            _set_once(lettered, name, at, header, faults)
        elif cell.text:
            passed.append(cell.text)
    _sort_lettered(columns, lettered, header, body, faults)
    if passed:
        notices.append(
            f"{faults.grid.file}: columns that say nothing of the key are passed over: {', '.join(passed)}"
        )
    notices.extend(
        f"{faults.grid.file}: did you mean {meant} by the column {name!r}?"
        for name in passed
        if (meant := _meant(name))
    )
    return columns if _complete(columns, header, faults) else None


def _meant(name: str) -> str:
    """The name of a column that is probably misspelt; "" when it is like none."""
    found = get_close_matches(fold_word(name), sorted(set().union(*ROLES.values())), n=1, cutoff=NEAR)
    return role_of(found[0]) if found else ""


def _set_once(found: dict[str, int], name: str, at: int, header: Sequence[Cell], faults: CellFaults) -> None:
    if name in found:
        what = f"the columns {header[found[name]].text!r} and {header[at].text!r} say the same"
        faults.add(header[at], what, "keep one of them, or rename the other")
    found.setdefault(name, at)


def _texts_of_questions(header: Sequence[Cell], roles: list[str]) -> None:
    """Beside a column of numbers, a column "question" holds what is asked."""
    places = [at for at, role in enumerate(roles) if role == "question"]
    numbered = [
        at for at in places if fold_word(header[at].text) in NUMBERED or header[at].text.strip() == "#"
    ]
    if len(places) == 2 and len(numbered) == 1:
        other = next(at for at in places if at not in numbered)
        roles[other] = "" if "title" in roles else "title"


def _keys_are_versions(header: Sequence[Cell], roles: list[str]) -> None:
    """Beside a column of answers, a column "key" holds versions, as in ZipGrade's files."""
    places = [at for at, role in enumerate(roles) if role == "answer"]
    keys = [at for at in places if fold_word(header[at].text) == "key"]
    if len(places) == 2 and len(keys) == 1 and "version" not in roles:
        roles[keys[0]] = "version"


def _sort_lettered(
    columns: _Columns,
    lettered: Mapping[str, int],
    header: Sequence[Cell],
    body: Sequence[Sequence[Cell]],
    faults: CellFaults,
) -> None:
    """Columns "A", "B" ...: versions' answers, or what the options say when the answer has its column."""
    if not lettered:
        return
    if BASE not in columns.answers:
        columns.answers.update(lettered)
    elif BASE not in lettered:
        columns.answers.update({name: at for name, at in lettered.items() if name not in columns.answers})
    elif not _all_answers(
        cell for row in body for at in lettered.values() if at < len(row) for cell in [row[at]]
    ):
        columns.texts.update({name: at for name, at in lettered.items() if name not in columns.texts})
    else:
        answer = header[columns.answers[BASE]].text
        what = f"both {answer!r} and 'A' may be the answers of version A"
        instead = (
            'keep one of them; or call the columns "option A", "option B" if they are what the options say'
        )
        faults.add(header[lettered[BASE]], what, instead)


def _all_answers(cells: Iterable[Cell]) -> bool:
    """Whether all cells that hold anything name an option, or say true or false."""
    return all(
        _PLAIN_ANSWER.fullmatch(cell.text) or fold_word(cell.text) in TRUE_WORDS | FALSE_WORDS
        for cell in cells
        if cell.text
    )


def _complete(columns: _Columns, header: Sequence[Cell], faults: CellFaults) -> bool:
    names = ", ".join(cell.text or '""' for cell in header[:12])
    if columns.question < 0:
        what = f"no column holds the questions' numbers (the columns are: {names})"
        faults.add(header[0], what, "name one of them question or no")
    if not columns.answers:
        what = f"no column holds the answers (the columns are: {names})"
        faults.add(header[0], what, "name one of them answer, or A, B, ... for several versions")
    return columns.question >= 0 and bool(columns.answers)
