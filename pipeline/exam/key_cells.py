"""What the cells of a key say: numbers of any country, options, right answers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.exam.fields import OPTION_ID
from pipeline.exam.key_grid import Cell
from pipeline.exam.key_words import (
    AND_WORDS,
    FALSE_WORDS,
    KIND_WORDS,
    NONE_WORDS,
    OR_WORDS,
    TRUE_LETTERS,
    TRUE_WORDS,
    fold_word,
)
from pipeline.exam.numbers import exact, has_exponent, written
from pipeline.exam.source import did_you_mean

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_OPTIONS = 40

Value = str | tuple[str, ...] | bool | Fraction
"""A right answer: an option, a set of options, true or false, a number."""
KindName = Literal["choice", "choices", "truefalse", "number", "credits", "text"]


class CellFault(Exception):
    """A cell says nothing that can be used."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what, self.instead = what, instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """How this table writes things, found by looking at all of it."""

    comma: bool
    """Whether it has decimal commas that are nothing else."""
    point: bool
    """Whether it has decimal points that are nothing else."""
    truth: Literal["yes", "no", "unclear"]
    """Whether T, F and the like are true and false and not options."""
    mc: KindName
    """What it means by multiple choice."""
    last: str
    """The last letter that is a right option; at least D."""


# --- numbers -----------------------------------------------------------------------------------

_SPACES = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?:\D|$))")
_ONE_SIGN = re.compile(r"[-+]?(\d*)([.,])(\d+)")
_UNCLEAR = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPS = re.compile(r"[-+]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")


def decimal_signs(cells: Iterable[Cell]) -> tuple[bool, bool]:
    """(whether there is a sure decimal comma, whether there is a sure decimal point)."""
    found = set()
    for cell in cells:
        text = _SPACES.sub("", cell.text)
        match = _ONE_SIGN.fullmatch(text)
        if cell.is_number:
            continue
        if match and not _UNCLEAR.fullmatch(text):
            found.add(match[2])
        elif re.search(r"\d[.,]\d{3}[.,]\d", text) and _GROUPS.fullmatch(text):
            found.add(max(".,", key=text.rfind))
    return "," in found, "." in found


def number_of(cell: Cell, sense: Sense) -> Fraction | None:
    """The number of a cell; None when it writes none.

    Raises
    ------
    CellFault
        It may be two numbers (1,234), or is written with a power of ten.
    """
    text = cell.text.replace("\N{MINUS SIGN}", "-").strip()
    if cell.is_number:
        return exact(text)
    text = _SPACES.sub("", text)
    if has_exponent(text.replace(",", ".")):
        value = exact(text.replace(",", "."), exponents=True)
        instead = (
            f"write {written(value)}" if value is not None and abs(value) < 10**12 else "write it in full"
        )
        raise CellFault(f"{cell.text!r} is written with a power of ten", instead)
    if _UNCLEAR.fullmatch(text):
        return exact(_clear(text, cell, sense))
    if _GROUPS.fullmatch(text):
        sign = max(".,", key=text.rfind)
        if text.count(sign) > 1:
            return exact(re.sub("[.,]", "", text))
        return exact(text.replace("," if sign == "." else ".", "").replace(sign, "."))
    return exact(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else exact(text)


def _clear(text: str, cell: Cell, sense: Sense) -> str:
    """A number such as 1,234 or 1.234, written so that it is one number only."""
    sign = "," if "," in text else "."
    ours, other = (sense.comma, sense.point) if sign == "," else (sense.point, sense.comma)
    if ours and other:
        ours = other = False
    if ours or (sign == "." and not other):
        return text.replace(",", ".")
    if other and sign == ",":
        return text.replace(",", "")
    whole, part = text.replace(sign, ""), text.replace(sign, ".")
    raise CellFault(f"{cell.text!r} may be {whole} or {part}", f"write {whole} or {part}0")


def tolerance_of(cell: Cell, sense: Sense) -> tuple[str, Fraction]:
    """(abs or rel, size): "0,01", "±0.01" and "5 %".

    Raises
    ------
    CellFault
        It is neither.
    """
    text = re.sub(r"^(?:±|\+/-|\+-)\s*", "", cell.text)
    percent = text.endswith("%")
    bare = Cell(text=text.rstrip("% "), row=cell.row, column=cell.column, is_number=cell.is_number)
    size = number_of(bare, sense)
    if size is None or size < 0:
        raise CellFault(
            f"{cell.text!r} is no tolerance", "write a number from 0 on, or a percentage: 0.01 or 5%"
        )
    return ("rel", size / 100) if percent else ("abs", size)


# --- options -----------------------------------------------------------------------------------

_RANGE = re.compile(
    r"([A-Za-z]|\d{1,2})\s*(?:-|\u2013|\u2014|\.\.\.?|\u2026|to|bis|til|a|\u00e0)\s*([A-Za-z]|\d{1,2})"
)


def options_of(cell: Cell) -> tuple[str, ...]:
    """The ids of a question's options: "4", "A-D", "A..D", "A,B,C,D", "ABCD".

    Raises
    ------
    CellFault
        It is none of these.
    """
    text = cell.text.strip("()[]{} ")
    if re.fullmatch(r"\d{1,3}(?:\.0)?", text):
        ids = _counted(int(text.partition(".")[0]))
    elif ends := _RANGE.fullmatch(text):
        ids = _between(ends[1].upper(), ends[2].upper())
    elif re.fullmatch(r"[A-Za-z]{2,26}", text) and list(text.upper()) == sorted(set(text.upper())):
        ids = tuple(text.upper())
    else:
        ids = tuple(re.split(r"\s*[,;/|]\s*|\s+", text))
    unfit = [name for name in ids if not OPTION_ID.fullmatch(name)]
    if not 2 <= len(ids) <= MAX_OPTIONS or len(set(ids)) < len(ids) or unfit:
        raise CellFault(f"{cell.text!r} does not say which options there are", "write how many (4), or A-D")
    return ids


def _counted(count: int) -> tuple[str, ...]:
    return tuple(LETTERS[:count]) if count <= len(LETTERS) else ()


def _between(first: str, last: str) -> tuple[str, ...]:
    if first.isdigit() and last.isdigit():
        return tuple(str(number) for number in range(int(first), int(last) + 1))
    if first in LETTERS and last in LETTERS:
        return tuple(LETTERS[LETTERS.index(first) : LETTERS.index(last) + 1])
    return ()


# --- kinds -------------------------------------------------------------------------------------


def kind_of(cell: Cell, sense: Sense) -> KindName:
    """The kind of question that a cell names.

    Raises
    ------
    CellFault
        It names none.
    """
    folded = fold_word(cell.text)
    if cell.text.strip() == "&":
        return "choices"
    for kind, words in KIND_WORDS.items():
        if folded in words:
            return sense.mc if kind == "mc" else kind  # type: ignore[return-value]
    known = [kind for kind in KIND_WORDS if kind != "mc"]
    raise CellFault(f"{cell.text!r} is not a kind of question", did_you_mean(cell.text, known))


# --- answers -----------------------------------------------------------------------------------

_ITEMS = re.compile(r"\s*[,;|+&]\s*|\s+")
_DATE = re.compile(
    r"\d{1,2}[-.]\s?[A-Za-z]{3}(?:[-.]?\d{2,4})?|[A-Za-z]{3}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}"
)


def alternatives(cell: Cell) -> list[Cell]:
    """The answers that count as right, one alone where the cell has no "or"."""
    parts = OR_WORDS.split(cell.text)
    return [
        Cell(text=part.strip(), row=cell.row, column=cell.column, is_number=cell.is_number) for part in parts
    ]


def letters_of(text: str) -> tuple[str, ...]:
    """Options named by one letter each: "B", "(b)", "A,C", "A and C", "AC"; () when it is not that."""
    bare = text.strip("()[]{}. ")
    if re.fullmatch(r"[A-J]{2,10}|[a-j]{2,10}", bare) and list(bare) == sorted(set(bare)):
        return tuple(bare.upper())
    items = [item.strip("()[].") for item in _ITEMS.split(AND_WORDS.sub(",", bare)) if item]
    return (
        tuple(item.upper() for item in items) if all(re.fullmatch("[A-Za-z]", item) for item in items) else ()
    )


def truth_of(text: str, sense: Sense | None = None) -> bool | None:
    """Whether a cell says true or false; letters count where ``sense`` says so, or is not given."""
    folded = fold_word(text)
    letters = sense is None or sense.truth == "yes"
    if folded in TRUE_WORDS or (letters and folded in TRUE_LETTERS):
        return True
    if folded in FALSE_WORDS or (letters and folded == "f"):
        return False
    return None


def is_nothing(text: str) -> bool:
    """Whether a cell says that no option is right."""
    return text in ("-", "\u2013", "\u2014", "\u2205", "[]", "{}") or fold_word(text) in NONE_WORDS


def kind_by_answer(cell: Cell, sense: Sense, options: Sequence[str]) -> KindName:
    """The kind of question that an answer shows.

    Raises
    ------
    CellFault
        It shows none, or two.
    """
    text = alternatives(cell)[0].text
    if options and not cell.is_number and chosen_of(text, options):
        return "choice" if len(chosen_of(text, options)) == 1 else "choices"
    if options and text in options:
        return "choice"
    letters = letters_of(text)
    if len(letters) == 1 and letters[0] in ("F", "T") and sense.truth == "unclear":
        what = f"{text!r} may be an option, or true or false"
        raise CellFault(what, "write True or False; or say in a column kind what it is: choice, truefalse")
    if truth_of(text, sense) is not None:
        return "truefalse"
    if letters or is_nothing(text):
        return "choice" if len(letters) == 1 else "choices"
    if number_of(alternatives(cell)[0], sense) is not None:
        return "number"
    raise unknown_answer(cell)


def unknown_answer(cell: Cell) -> CellFault:
    """The fault of an answer that is neither an option, nor true or false, nor a number."""
    text = cell.text
    if _DATE.fullmatch(text):
        what = f"the answer {text!r} looks like a date that a spreadsheet has made"
        return CellFault(what, "make the cell text there, and write the answer again")
    if re.fullmatch(r"[A-Za-z]\s*/\s*[A-Za-z]", text):
        both = re.sub(r"\s*/\s*", ",", text)
        what = f"the answer {text!r} may mean both or either"
        return CellFault(
            what, f'write "{both}" where both must be ticked, "{both.replace(",", " or ")}" for either'
        )
    what = f"the answer {text!r} is neither an option, nor true or false, nor a number"
    return CellFault(what, "write B, or A,C, or True, or 2.5")


def chosen_of(text: str, options: Sequence[str]) -> tuple[str, ...]:
    """The options that a cell names, of those that there are; () when it names another."""
    by_name = {name.casefold(): name for name in options}
    for items in (
        (text.strip("()[]{}. "),),
        letters_of(text),
        tuple(item.strip("()[].") for item in _ITEMS.split(AND_WORDS.sub(",", text.strip("()[]{}"))) if item),
    ):
        if items and all(item.casefold() in by_name for item in items):
            return tuple(by_name[item.casefold()] for item in items)
    return ()


def value_of(cell: Cell, kind: KindName, options: Sequence[str], sense: Sense) -> Value:
    """The right answer that a cell writes, of a question whose kind is known.

    Raises
    ------
    CellFault
        It is no answer of this kind.
    """
    if kind == "truefalse":
        truth = {"1": True, "0": False}.get(cell.text, truth_of(cell.text))
        if truth is None:
            raise CellFault(f"the answer {cell.text!r} is not true or false", "write True or False")
        return truth
    if kind == "number":
        number = number_of(cell, sense)
        if number is None:
            raise CellFault(f"the answer {cell.text!r} is no number", "write it like 27, 0.5 or 1/3")
        return number
    if kind == "choices" and is_nothing(cell.text):
        return ()
    chosen = chosen_of(cell.text, options)
    if not chosen:
        if not letters_of(cell.text) and not cell.text.isalnum():
            raise unknown_answer(cell)
        shown = ", ".join(options[:12]) + (", ..." if len(options) > 12 else "")
        raise CellFault(
            f"the answer {cell.text!r} is none of the options {shown}",
            "name one of them, or mend the options",
        )
    if len(set(chosen)) < len(chosen):
        raise CellFault(f"the answer {cell.text!r} names an option twice", "name it once")
    if kind == "choices":
        return chosen
    if len(chosen) > 1:
        instead = f'write one option; "{" or ".join(chosen)}" where either counts; or kind choices'
        raise CellFault(f"the answer {cell.text!r} names {len(chosen)} options of a single choice", instead)
    return chosen[0]
