"""One question of a key: from the cells of its row to what is asked and what is right."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import cast

from pipeline.exam.fields import QUESTION_ID
from pipeline.exam.key_cells import (
    LETTERS,
    CellFault,
    KindName,
    Sense,
    Value,
    alternatives,
    kind_by_answer,
    kind_of,
    letters_of,
    number_of,
    options_of,
    tolerance_of,
    value_of,
)
from pipeline.exam.key_columns import KeyRow
from pipeline.exam.key_grid import Cell, CellFaults
from pipeline.exam.key_words import fold_word

MAX_DIGITS = 12
"""Most digit columns of a grid."""
MAX_CREDIT_BOXES = 41


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitGrid:
    """A digit grid that can hold an answer."""

    digits: int
    decimals: int
    sign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyQuestion:
    """One question of a key."""

    id: str
    kind: KindName
    cell: Cell
    """Where its id stands."""
    answers: Mapping[str, tuple[Value, ...]]
    """By version: the right answer, then others that count as right. Empty when a person gives the points."""
    options: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """What the options say, by their ids."""
    points: Fraction | None = None
    """None: the exam's points of a question."""
    title: str = ""
    section: str = ""
    tolerance: tuple[str, Fraction] | None = None
    """("abs" or "rel", size)."""
    grid: DigitGrid | None = None


def build_key_question(
    row: KeyRow, sense: Sense, faults: CellFaults, notices: list[str]
) -> KeyQuestion | None:
    """What a row says.

    Parameters
    ----------
    row
        The cells.
    sense
        How the table writes things.
    faults
        Takes every fault of the row.
    notices
        Takes what was assumed.

    Returns
    -------
    KeyQuestion or None
        None when the row has faults.
    """
    is_named = row.question.text and not row.question.spoilt[0]
    faults.about = f"question {row.question.text}" if is_named else ""
    try:
        return _build(row, sense, faults, notices)
    finally:
        faults.about = ""


def _build(row: KeyRow, sense: Sense, faults: CellFaults, notices: list[str]) -> KeyQuestion | None:
    before = len(faults.found)
    _refuse_spoilt(row, faults)
    if "kind" in row.fields and row.fields["kind"].text == "*":
        row = _either(row)
    name = _id(row, faults)
    points = points_of(row.fields["points"], sense, faults) if "points" in row.fields else None
    options, texts = _options(row, faults)
    kind = _kind(row, options, sense, faults)
    if kind is None or len(faults.found) > before:
        return None
    if kind in ("choice", "choices") and not options:
        options = tuple(LETTERS[: LETTERS.index(sense.last) + 1])
        notices.append(
            f"{faults.grid.file}: it does not say how many options there are: A to {sense.last} where nothing"
            " is said; a column options says otherwise"
        )
    answers = {version: _answer(cell, kind, options, sense, faults) for version, cell in row.answers.items()}
    tolerance = _tolerance(row, kind, sense, faults)
    if len(faults.found) > before:
        return None
    given = {version: values for version, values in answers.items() if values}
    if kind in ("credits", "text"):
        _check_credits(row, points, faults)
    return KeyQuestion(
        id=name,
        kind=kind,
        cell=row.question,
        answers=given,
        options=options if kind in ("choice", "choices") else (),
        texts=texts,
        points=points,
        title=plain_text(row.fields["title"].text) if "title" in row.fields else "",
        section=plain_text(row.fields["section"].text) if "section" in row.fields else "",
        tolerance=tolerance,
        grid=_grid(row, given, tolerance, faults) if kind == "number" else None,
    )


def _either(row: KeyRow) -> KeyRow:
    """GradeHub's kind *: any one of the options that are named counts."""
    answers = {
        version: replace(cell, text=" or ".join(letters_of(cell.text)) or cell.text)
        for version, cell in row.answers.items()
    }
    fields = {**row.fields, "kind": replace(row.fields["kind"], text="choice")}
    return KeyRow(question=row.question, answers=answers, texts=row.texts, fields=fields)


def plain_text(text: str) -> str:
    """A text in one line, without characters that a text file cannot hold."""
    line = " ".join(text.split())
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))


def _refuse_spoilt(row: KeyRow, faults: CellFaults) -> None:
    cells = (row.question, *row.answers.values(), *row.texts.values(), *row.fields.values())
    for cell in cells:
        what, instead = cell.spoilt
        if what:
            faults.add(cell, what, instead)


_QUESTION_WORD = re.compile(r"\s*\D*?(?:\s|\.|#|:)\s*(?=\w*\d)")


def id_text(written: str) -> str:
    """A question's id of what the table writes: "007" stays, "Question 7" and "7." are 7."""
    text = written.rstrip(".): ")
    if len(text) <= 60 and not QUESTION_ID.fullmatch(text) and fold_word(re.sub(r"\d.*", "", text)):
        text = _QUESTION_WORD.sub("", text, count=1)
    return text


def _id(row: KeyRow, faults: CellFaults) -> str:
    """The question's id, its faults noted."""
    cell = row.question
    text = id_text(cell.text)
    if cell.spoilt[0]:
        return text
    if not cell.text:
        faults.add(cell, "the row has no question number", "write it, or remove the row")
    elif not QUESTION_ID.fullmatch(text) or text == "id":
        better = re.sub(r"[^A-Za-z0-9.-]+", ".", text).strip(".")[:24]
        instead = f"write {better}" if better and better != "id" else "use 1 to 24 letters, digits, - and ."
        faults.add(cell, f"{cell.text!r} is not a question id", instead)
    return text


def points_of(cell: Cell, sense: Sense, faults: CellFaults) -> Fraction | None:
    """The points that a cell gives; None when it is faulty, which is noted."""
    if cell.spoilt[0]:
        return None
    try:
        points = number_of(cell, sense)
    except CellFault as fault:
        faults.add(cell, fault.what, fault.instead)
        return None
    if points is None or points < 0:
        faults.add(cell, f"{cell.text!r} is no number of points", "write a number from 0 on: 2 or 0.5")
        return None
    return points


def _options(row: KeyRow, faults: CellFaults) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Ids of the options, and their texts; nothing where the row does not say."""
    cell = row.fields.get("options")
    ids: tuple[str, ...] = tuple(row.texts)
    if cell is not None and not cell.spoilt[0]:
        try:
            ids = options_of(cell)
        except CellFault as fault:
            faults.add(cell, fault.what, fault.instead)
    if row.texts and not set(row.texts) <= set(ids):
        extra = next(name for name in row.texts if name not in ids)
        faults.add(
            row.texts[extra], f"there is a text for {extra}, and no such option", "mend the column options"
        )
    if len(row.texts) == 1 and cell is None:
        faults.add(row.question, "only one option has a text", "write the texts of at least two")
    return ids, {name: plain_text(text.text) for name, text in row.texts.items()}


def _kind(row: KeyRow, options: Sequence[str], sense: Sense, faults: CellFaults) -> KindName | None:
    """The kind that the row names, else the one that its answers show in every version."""
    cell = row.fields.get("kind")
    if cell is not None:
        try:
            return None if cell.spoilt[0] else kind_of(cell, sense)
        except CellFault as fault:
            faults.add(cell, fault.what, fault.instead)
            return None
    shown: dict[KindName, str] = {}
    for version, answer in row.answers.items():
        if answer.text and not answer.spoilt[0]:
            try:
                shown.setdefault(kind_by_answer(answer, sense, options), version)
            except CellFault as fault:
                faults.add(answer, fault.what, fault.instead)
    if {"choice", "choices"} == set(shown):
        return "choices"
    if len(shown) > 1:
        kinds = ", ".join(f"{kind} in version {version}" for kind, version in shown.items())
        what = f"it is of two kinds: {kinds}"
        faults.add(row.question, what, "mend one answer, or say the kind in a column kind")
        return None
    if not shown and not any(answer.spoilt[0] for answer in row.answers.values()):
        _note_missing(row, faults)
    return next(iter(shown), None)


def _note_missing(row: KeyRow, faults: CellFaults) -> None:
    for cell in row.answers.values():
        if not cell.text:
            instead = "write it; - where no option is right; kind credits where a person gives the points"
            faults.add(cell, "there is no answer", instead)


def _answer(
    cell: Cell, kind: KindName, options: Sequence[str], sense: Sense, faults: CellFaults
) -> tuple[Value, ...]:
    if kind in ("credits", "text"):
        if cell.text:
            what = f"a person gives the points of this question, and here is an answer: {cell.text!r}"
            faults.add(cell, what, "leave the answer empty, or change the kind")
        return ()
    if not cell.text:
        faults.add(cell, "there is no answer", "write it; - where no option is right")
        return ()
    try:
        return tuple(dict.fromkeys(value_of(part, kind, options, sense) for part in alternatives(cell)))
    except CellFault as fault:
        faults.add(cell, fault.what, fault.instead)
        return ()


def _tolerance(row: KeyRow, kind: KindName, sense: Sense, faults: CellFaults) -> tuple[str, Fraction] | None:
    cell = row.fields.get("tolerance")
    if cell is None:
        return None
    try:
        found = tolerance_of(cell, sense)
    except CellFault as fault:
        faults.add(cell, fault.what, fault.instead)
        return None
    if kind != "number" and found[1]:
        faults.add(
            cell, f"a question of kind {kind} has no tolerance", "leave it empty: only numbers have one"
        )
    return found if found[1] else None


def _check_credits(row: KeyRow, points: Fraction | None, faults: CellFaults) -> None:
    if points is None:
        return
    if not points or points / credit_step(points) + 1 > MAX_CREDIT_BOXES:
        cell = row.fields["points"]
        faults.add(
            cell,
            f"{cell.text} credits have no row of boxes",
            "write more than 0 and at most 40, in halves to 20",
        )


def credit_step(points: Fraction) -> Fraction:
    """The step of the credit boxes of a question: 1, or the part of a credit that its points have."""
    return Fraction(1, points.denominator)


# --- digit grids -------------------------------------------------------------------------------


def _grid(
    row: KeyRow,
    answers: Mapping[str, tuple[Value, ...]],
    tolerance: tuple[str, Fraction] | None,
    faults: CellFaults,
) -> DigitGrid | None:
    """A digit grid that holds the answers of every version."""
    numbers = [cast(Fraction, value) for values in answers.values() for value in values]
    decimals = 0
    for number in numbers:
        needed = _decimals(number, tolerance)
        if needed is None:
            cell = next(cell for version, cell in row.answers.items() if number in answers[version])
            what = f"the answer {cell.text} has no end as a decimal number"
            faults.add(cell, what, "write it rounded, or say in a column tolerance how far one may be off")
            return None
        decimals = max(decimals, needed)
    digits = decimals + max(len(str(abs(round(number * 10**decimals)) // 10**decimals)) for number in numbers)
    if digits > MAX_DIGITS:
        cell = next(iter(row.answers.values()))
        what = f"the answer {cell.text} needs {digits} columns of digits"
        faults.add(cell, what, f"round it: at most {MAX_DIGITS} fit")
        return None
    return DigitGrid(digits=digits, decimals=decimals, sign=any(number < 0 for number in numbers))


def _decimals(number: Fraction, tolerance: tuple[str, Fraction] | None) -> int | None:
    """How many decimals write a number exactly, else within its tolerance."""
    places = range(MAX_DIGITS + 1)
    whole = next((place for place in places if (number * 10**place).denominator == 1), None)
    if whole is not None or tolerance is None:
        return whole
    kind, size = tolerance
    room = size * abs(number) if kind == "rel" else size
    return next((place for place in places if abs(round(number, place) - number) <= room), None)


def grid_for_all(questions: Iterable[KeyQuestion]) -> DigitGrid | None:
    """One digit grid for all numbers of an exam, which tells nothing of any of them; None when none fits."""
    grids = [question.grid for question in questions if question.grid is not None]
    decimals = max((grid.decimals for grid in grids), default=0)
    whole = max((grid.digits - grid.decimals for grid in grids), default=0)
    if not grids or whole + decimals > MAX_DIGITS:
        return None
    return DigitGrid(digits=whole + decimals, decimals=decimals, sign=any(grid.sign for grid in grids))
