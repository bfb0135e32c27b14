"""From box states to answers, one question at a time: pure, no pixels.

What is not certain stays a doubt with its alternatives. Two clear marks where one is asked go to
a person too: nobody can tell from the paper which one was meant.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from pipeline.model import Answer, BoxState, Kind, Question

MOST_ALTERNATIVES = 16
"""A question with more plausible readings than this lists none: its impact is its full range."""

DECIMAL_COMMA = re.compile(r"-?\d+,\d+")

GRID_OPTION = re.compile(r"d(\d+)=(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBox:
    """One box of a question with what it says."""

    option: str
    state: BoxState
    p_marked: float
    flags: tuple[str, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether no person needs to look at this box."""
        return self.state is not BoxState.DOUBTFUL


@dataclass(frozen=True, slots=True, kw_only=True)
class GridText:
    """What a digit grid says."""

    text: str
    """Characters from left to right, "-" first when the sign is marked, "?" where no single
    character is marked; empty when the grid is blank."""
    doubt: str = ""
    """Why a person must look; empty when nothing is doubtful."""


def read_answer(question: Question, boxes: Sequence[ReadBox], *, file: str, page: int) -> Answer:
    """Read one question.

    Parameters
    ----------
    question
        What was asked.
    boxes
        Its boxes, in the order of the layout.
    file, page
        Where they were scanned, for the record.
    """
    flags = tuple(sorted({flag for box in boxes for flag in box.flags}))
    confidence = _confidence(boxes)
    if question.kind is Kind.NUMBER:
        answer = _number(question, boxes)
    elif question.kind in (Kind.CREDITS, Kind.TEXT):
        answer = _credits(question, boxes)
    else:
        answer = _choice(question, boxes)
    return Answer(
        question=question.id,
        chosen=answer.chosen,
        value=answer.value,
        doubtful=answer.doubtful,
        alternatives=answer.alternatives,
        confidence=confidence,
        flags=tuple(dict.fromkeys((*answer.flags, *flags))),
        reason=answer.reason,
        file=file,
        page=page,
    )


def _confidence(boxes: Sequence[ReadBox]) -> float:
    """Probability that every box of the question was read as it was meant, if independent."""
    confidence = 1.0
    for box in boxes:
        confidence *= max(box.p_marked, 1.0 - box.p_marked)
    return confidence


def _choice(question: Question, boxes: Sequence[ReadBox]) -> Answer:
    marked = tuple(box.option for box in boxes if box.state is BoxState.MARKED)
    unclear = tuple(box for box in boxes if not box.clear)
    undone = tuple(box.option for box in boxes if box.state is BoxState.CANCELLED)
    one_asked = question.kind is not Kind.CHOICES
    reason = ""
    flags: list[str] = ["cancelled"] if undone else []
    if unclear:
        reason = "; ".join(f"{box.option}: {', '.join(box.flags) or 'unclear'}" for box in unclear)
    elif len(marked) > 1 and one_asked:
        flags.append("multiple")
        reason = f"{len(marked)} options are marked where one is asked"
    elif undone and not marked:
        reason = f"{', '.join(undone)} is undone and nothing else is marked"
    if question.dont_know and marked == (question.dont_know,):
        flags.append("dont-know")
    alternatives = _alternatives(marked, unclear, one_asked) if reason else ()
    return Answer(
        question=question.id,
        chosen=marked,
        doubtful=bool(reason),
        alternatives=alternatives,
        flags=tuple(flags),
        reason=reason,
    )


def _alternatives(
    marked: tuple[str, ...], unclear: Sequence[ReadBox], one_asked: bool
) -> tuple[tuple[str, ...], ...]:
    """Every reading that a person may plausibly decide on."""
    if 2 ** len(unclear) > MOST_ALTERNATIVES:
        return ()
    readings = [
        marked + tuple(box.option for box, on in zip(unclear, choice, strict=True) if on)
        for choice in product((False, True), repeat=len(unclear))
    ]
    if one_asked:
        seen = {option for reading in readings for option in reading}
        readings += [(option,) for option in sorted(seen)]
    return tuple(dict.fromkeys((*readings, ())))


def _number(question: Question, boxes: Sequence[ReadBox]) -> Answer:
    grid = read_grid(boxes)
    if not grid.text and not grid.doubt:
        return Answer(question=question.id)
    if grid.doubt:
        return Answer(question=question.id, doubtful=True, reason=f"{grid.text}: {grid.doubt}".lstrip(": "))
    decimals = question.number.decimals if question.number else 0
    try:
        value = grid_value(grid.text, decimals)
    except ValueError:
        return Answer(question=question.id, doubtful=True, reason=f"{grid.text} is not a complete number")
    return Answer(question=question.id, value=value)


def grid_value(text: str, decimals: int) -> Fraction:
    """Value of a digit grid's text.

    Blank columns on the left are leading zeros ("__27" is 27); a blank column anywhere else
    leaves the number incomplete.

    Raises
    ------
    ValueError
        When a column after the first digit is blank, or only the sign is marked.
    """
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole = digits.lstrip("_")
    if not whole or "_" in whole:
        raise ValueError(text)
    if "." in whole:
        return sign * Fraction(whole)
    return sign * Fraction(int(whole), 10**decimals)


def read_grid(boxes: Sequence[ReadBox]) -> GridText:
    """Read a digit grid: boxes ``d1=0`` .., ``sign=-``, ``point=2``.

    A column without a mark reads as "_" (leading ones may be zeros); one with two marks or an
    unclear one as "?", and is a doubt.
    """
    columns: dict[int, list[ReadBox]] = {}
    sign: ReadBox | None = None
    points: list[ReadBox] = []
    for box in boxes:
        match = GRID_OPTION.fullmatch(box.option)
        if match:
            columns.setdefault(int(match[1]), []).append(box)
        elif box.option == "sign=-":
            sign = box
        elif box.option.startswith("point="):
            points.append(box)
    text, doubts = "", []
    for place in sorted(columns):
        character, doubt = _grid_column(columns[place])
        text += character
        if doubt:
            doubts.append(f"column {place} {doubt}")
        if any(box.option == f"point={place}" and box.state is BoxState.MARKED for box in points):
            text += "."
    if any(not box.clear for box in points):
        doubts.append("the decimal point is unclear")
    if sign is not None and not sign.clear:
        doubts.append("the sign is unclear")
    if set(text) <= {"_"} and not doubts:
        text = ""
    if sign is not None and sign.state is BoxState.MARKED:
        text = "-" + text
    return GridText(text=text, doubt="; ".join(doubts))


def _grid_column(boxes: Sequence[ReadBox]) -> tuple[str, str]:
    marked = [box.option.partition("=")[2] for box in boxes if box.state is BoxState.MARKED]
    if any(not box.clear for box in boxes):
        return "?", "is unclear"
    if len(marked) > 1:
        return "?", f"has {' and '.join(marked)} marked"
    if not marked and any(box.state is BoxState.CANCELLED for box in boxes):
        return "?", "is undone and nothing else is marked"
    return (marked[0], "") if marked else ("_", "")


def _credits(question: Question, boxes: Sequence[ReadBox]) -> Answer:
    marked = [box.option for box in boxes if box.state is BoxState.MARKED]
    unclear = [box for box in boxes if not box.clear]
    if unclear:
        reason = "; ".join(f"{box.option}: {', '.join(box.flags) or 'unclear'}" for box in unclear)
        return Answer(question=question.id, doubtful=True, reason=f"credits {reason}")
    if len(marked) > 1:
        return Answer(
            question=question.id,
            doubtful=True,
            flags=("multiple",),
            reason=f"credits {' and '.join(marked)} are both marked",
        )
    if not marked and any(box.state is BoxState.CANCELLED for box in boxes):
        return Answer(question=question.id, doubtful=True, reason="the credits were undone")
    if not marked:
        return Answer(question=question.id)
    return Answer(question=question.id, chosen=(marked[0],), value=Fraction(marked[0]))


def decide_answer(
    question: Question, value: str, answer: Answer, by: str, options: Collection[str] | None = None
) -> Answer:
    """The answer as a person decided it.

    Parameters
    ----------
    question
        What was asked.
    value
        "A", "A|C", "blank", or a number.
    answer
        What had been read; keeps its place on the paper.
    by
        Who decided.
    options
        Options of the question's boxes, among them those of its digit grid; None: they are not known,
        and any number is taken to fit.

    Raises
    ------
    ValueError
        When the value is not one that this question can have; the message says which can be.
    """
    chosen: tuple[str, ...] = ()
    number: Fraction | None = None
    text = value.strip()
    if text.lower() != "blank":
        if question.kind in (Kind.NUMBER, Kind.CREDITS, Kind.TEXT):
            number = _decided_number(question, text)
            if options is not None and not _holds(question, options, number):
                raise ValueError(
                    f"{text} does not fit the digit grid of question {question.id}:"
                    f" write {_held(question, options)}, or blank"
                )
        else:
            chosen = _decided_options(question, text)
    return Answer(
        question=answer.question,
        chosen=chosen,
        value=number,
        confidence=1.0,
        flags=answer.flags,
        decided_by=by,
        file=answer.file,
        page=answer.page,
    )


def _decided_number(question: Question, text: str) -> Fraction:
    try:
        value = Fraction(text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is not a number: write a number or blank") from None
    if question.credits and not (0 <= value <= question.credits.max and value % question.credits.step == 0):
        raise ValueError(
            f"{text} is not a credit of question {question.id}: write 0 to {question.credits.max}"
            f" in steps of {question.credits.step}"
        )
    return value


def _holds(question: Question, options: Collection[str], value: Fraction) -> bool:
    """Whether a question's digit grid can say a number; it can where it has none."""
    digits = len({match[1] for option in options if (match := GRID_OPTION.fullmatch(option))})
    if not digits:
        return True
    if value < 0 and "sign=-" not in options:
        return False
    printed = question.number.decimals if question.number else 0
    # A point behind place k leaves the other digits to be decimals.
    moving = (digits - int(option[6:]) for option in options if option.startswith("point="))
    scaled = (abs(value) * 10**decimals for decimals in {printed, *moving})
    return any(whole.denominator == 1 and whole < 10**digits for whole in scaled)


def _held(question: Question, options: Collection[str]) -> str:
    """What a question's digit grid can say, in words."""
    digits = len({match[1] for option in options if (match := GRID_OPTION.fullmatch(option))})
    decimals = question.number.decimals if question.number else 0
    sign = " without a sign" if "sign=-" not in options else ""
    if any(option.startswith("point=") for option in options):
        return f"a number of {digits} digits{sign}"
    whole = f"{digits - decimals} digit{'s' * (digits - decimals != 1)}"
    behind = f" and {decimals} behind the point" if decimals else ""
    return f"a number of at most {whole}{behind}{sign}"


def _decided_options(question: Question, text: str) -> tuple[str, ...]:
    known = [option.id for option in question.options]
    written = [part.strip() for part in re.split(r"[|,;]", text)]
    folded = {name.casefold(): name for name in known}
    chosen = [part if part in known else folded.get(part.casefold(), "") for part in written]
    if "" in chosen:
        wrong = written[chosen.index("")]
        raise ValueError(
            f"{wrong!r} is not an option of question {question.id}: write {decision_choices(question)}"
        )
    return tuple(option for option in known if option in chosen)


def decision_choices(question: Question) -> str:
    """What a person may write under ``decision`` for this question."""
    if question.kind is Kind.NUMBER:
        return "a number, or blank"
    if question.credits:
        return f"0 to {question.credits.max} in steps of {question.credits.step}"
    options = ", ".join(option.id for option in question.options)
    if question.kind is Kind.CHOICES:
        return f"any of {options}, joined by |, or blank"
    return f"{options} or blank"


def question_boxes(
    options: Sequence[tuple[str, str]],
    states: Sequence[BoxState],
    p_marked: Sequence[float],
    flags: Sequence[tuple[str, ...]],
) -> Mapping[str, list[ReadBox]]:
    """Group a page's boxes by question; ``options`` are (question, option) in layout order."""
    grouped: dict[str, list[ReadBox]] = {}
    for (question, option), state, p, words in zip(options, states, p_marked, flags, strict=True):
        grouped.setdefault(question, []).append(
            ReadBox(option=option, state=state, p_marked=float(p), flags=words)
        )
    return grouped
