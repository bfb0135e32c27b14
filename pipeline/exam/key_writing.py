"""The exam file of an imported key: commented, for a person to go on with."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.exam.fields import QUESTION_ID
from pipeline.exam.key_cells import Value
from pipeline.exam.key_columns import BASE
from pipeline.exam.key_grid import Cell, place_of
from pipeline.exam.key_questions import DigitGrid, KeyQuestion, credit_step, grid_for_all, plain_text
from pipeline.exam.key_table import KeyTable
from pipeline.exam.numbers import written
from pipeline.exam.page_code import EXAM_ID

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_WORDS_OF_YAML = frozenset({"null", "true", "false", "y", "n", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenKey:
    """An exam file and where it comes from."""

    text: str
    origins: tuple[tuple[int, Cell], ...]
    """(1-based line of the file, cell of the table) of each question, in their order."""

    def origin(self, line: int) -> Cell | None:
        """The cell of the table from which a line of the file comes."""
        found = [cell for first, cell in self.origins if first <= line]
        return found[-1] if found else None


def exam_id_of(stem: str) -> str:
    """An exam id made of a file's name; "" when nothing of it can be kept."""
    spelt = re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")[:24].strip("-")
    return spelt if EXAM_ID.fullmatch(spelt) else ""


def write_key(table: KeyTable, *, exam: str, title: str = "", marking: str = "any") -> WrittenKey:
    """The exam file of a key.

    Parameters
    ----------
    table
        The key.
    exam, title, marking
        As the exam file has them; the title may be empty.
    """
    grid = grid_for_all(table.questions)
    lines = [*_head(table, exam, title, marking, grid), *_sections(table), "questions:"]
    origins = []
    for question in table.questions:
        origins.append((len(lines) + 1, question.cell))
        lines += _question(question, table, grid)
    lines += _versions(table)
    return WrittenKey(text="\n".join(lines) + "\n", origins=tuple(origins))


# --- parts of the file -------------------------------------------------------------------------


def _head(table: KeyTable, exam: str, title: str, marking: str, grid: DigitGrid | None) -> Iterator[str]:
    count = len(table.questions)
    kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(q.kind for q in table.questions).items())
    source = plain_text(Path(table.grid.file).name) + (
        f", sheet {table.grid.sheet}" if table.grid.sheet else ""
    )
    yield f"# Made from {source} by scangrade key import: {count} questions ({kinds})."
    yield "# Compare it with the paper, then: scangrade key check, scangrade sheet."
    yield f"exam: {_scalar(exam)}"
    yield f"title: {_quoted(title)}" if title else "# title: What is printed on the sheet"
    yield f"marking: {marking}  # any, fill or cross-undo: how students mark"
    yield "# student_id: {kind: digits, length: 8}  # how a sheet says whose it is"
    yield "defaults:"
    yield f"  points: {written(table.points)}"
    if grid is not None:
        yield f"  number: {_grid(grid)}  # one digit grid that holds every number of this exam"
    together = sum((table.points if q.points is None else q.points for q in table.questions), Fraction(0))
    yield f"total: {written(together)}"
    yield "# pass: " + written(together / 2) + "  # least points to pass"
    yield ""


def _sections(table: KeyTable) -> Iterator[str]:
    titles = list(dict.fromkeys(q.section for q in table.questions if q.section))
    if not titles:
        return
    taken = {title for title in titles if QUESTION_ID.fullmatch(title)}
    yield "sections:"
    for number, title in enumerate(titles, 1):
        name = title
        if title not in taken:
            name = next(
                n
                for n in (f"S{number}", *(f"S{number}-{i}" for i in range(len(titles) + 1)))
                if n not in taken
            )
            taken.add(name)
        ids = ", ".join(_quoted(q.id) for q in table.questions if q.section == title)
        yield f"  - {{id: {_quoted(name)}, title: {_quoted(title)}, questions: [{ids}]}}"
    yield ""


def _question(question: KeyQuestion, table: KeyTable, grid: DigitGrid | None) -> Iterator[str]:
    place = place_of(table.grid, question.cell).removeprefix(table.grid.file).lstrip(":")
    where = place if table.grid.sheet else f"line {place}"
    yield f"  - id: {_quoted(question.id)}  # from {plain_text(where)}"
    yield f"    kind: {question.kind}"
    if question.title:
        yield f"    title: {_quoted(question.title)}"
    points = table.points if question.points is None else question.points
    if question.kind in ("credits", "text"):
        yield f"    credits: {{max: {written(points)}, step: {written(credit_step(points))}}}"
    elif points != table.points:
        yield f"    points: {written(points)}"
    if question.options:
        options = ", ".join(
            f"{_scalar(name)}: {_option(question.texts.get(name, ''))}" for name in question.options
        )
        yield f"    options: {{{options}}}"
    number = _number(question, grid)
    if number:
        yield f"    number: {{{number}}}"
    for line in _answer(question.answers.get(BASE, ())):
        yield f"    {line}"


def _number(question: KeyQuestion, grid: DigitGrid | None) -> str:
    """What a question says of its digit grid beside the exam's default."""
    said = []
    if question.grid is not None and grid is None:
        said.append(_grid(question.grid).strip("{}"))
    if question.tolerance is not None:
        kind, size = question.tolerance
        said.append(f"tolerance: {{{kind}: {written(size)}}}")
    return ", ".join(said)


def _versions(table: KeyTable) -> Iterator[str]:
    if len(table.versions) < 2:
        return
    yield ""
    yield "versions:"
    for version in table.versions[1:]:
        changes = [
            f"    {_quoted(question.id)}: {{{', '.join(_answer(question.answers[version]))}}}"
            for question in table.questions
            if version in question.answers and question.answers[version] != question.answers.get(BASE)
        ]
        yield f"  {_quoted(version)}:" + ("" if changes else " {}  # the same key as version A")
        yield from changes


# --- YAML --------------------------------------------------------------------------------------


def _answer(values: Sequence[Value]) -> list[str]:
    lines = [f"answer: {_value(values[0])}"] if values else []
    if len(values) > 1:
        lines.append(f"also_accept: [{', '.join(map(_value, values[1:]))}]")
    return lines


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return written(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_scalar, value))}]"
    return _scalar(value)


def _grid(grid: DigitGrid) -> str:
    sign = ", sign: true" if grid.sign else ""
    decimals = f", decimals: {grid.decimals}" if grid.decimals else ""
    return f"{{digits: {grid.digits}{decimals}{sign}}}"


def _option(text: str) -> str:
    """An option's text; null where only its letter is printed."""
    return _quoted(text) if text else "null"


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
