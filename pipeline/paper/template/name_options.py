"""The options of one question's boxes, and the parts that it falls into."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.exam.fields import OPTION_ID, QUESTION_ID
from pipeline.model import Kind
from pipeline.paper.template.labels import (
    LETTERS,
    credit_scale,
    credit_text,
    digits_in_order,
    letter_of,
    letters_in_order,
    marked_letter_of,
    number_of,
    says_truth_plainly,
    truth_of,
    truths,
)
from pipeline.paper.template.neighbours import NEAR, Neighbours
from pipeline.paper.template.records import (
    BlankPage,
    FoundBox,
    FoundQuestion,
    Grouping,
    NamedBox,
    SetAside,
    Word,
)
from pipeline.paper.template.wording import shortened, text_of

MOST_TEXT = 100
"""Most characters of an option's text that are kept."""
_ONE_ROW = 1.6
_DIGIT = re.compile(r"sign=-|d[1-9][0-9]?=[0-9]|point=[1-9][0-9]?")
_SPLIT = (re.compile(r"(.+)[._:-]([^._:-]+)"), re.compile(r"(.+)/([^/]+)"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """A box with what is printed around it."""

    page: int
    box: FoundBox
    around: Neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The boxes of one question, or of one part of it."""

    suffix: str
    """"" for a whole question; "-1", "-2" for rows that have no number of their own."""
    kind: Kind | None
    """None: one answer or several."""
    boxes: tuple[NamedBox, ...]
    doubts: tuple[str, ...] = ()


def name_options(boxes: Sequence[Seen]) -> tuple[Part, ...]:
    """Name the boxes of one question.

    Parameters
    ----------
    boxes
        In the order of reading.

    Returns
    -------
    tuple of Part
        One, or several where the same options come again and again, row by row.
    """
    named = _by_labels(boxes)
    if named is not None:
        return (named,)
    rows = _rows(boxes)
    if len(rows) > 1 and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
        headed = [_by_labels(row) or _by_heads(row, rows[0]) for row in rows]
        if all(headed):
            return _parts([part for part in headed if part is not None])
    pairs = [boxes[start : start + 2] for start in range(0, len(boxes), 2)]
    if len(boxes) % 2 == 0 and len(pairs) > 1:
        said = [_by_labels(pair) for pair in pairs]
        if all(part is not None and part.kind is Kind.TRUEFALSE for part in said):
            return _parts([part for part in said if part is not None])
    return (_in_order(boxes),)


def _parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    doubt = "its rows have no number of their own"
    return tuple(
        Part(suffix=f"-{place}", kind=part.kind, boxes=part.boxes, doubts=(*part.doubts, doubt))
        for place, part in enumerate(parts, 1)
    )


# --- labels ----------------------------------------------------------------------------------------


def _inside(seen: Seen) -> str:
    return seen.around.inside(seen.box)


def _right(seen: Seen) -> str:
    words = seen.around.right(seen.box)
    return words[0].text if words and words[0].x - seen.box.right < NEAR else ""


def _left(seen: Seen) -> str:
    words = seen.around.left(seen.box)
    return words[0].text if words and seen.box.x - words[0].right < NEAR else ""


def _above(seen: Seen) -> str:
    word = seen.around.above(seen.box, 6.0)
    return word.text if word else ""


def _below(seen: Seen) -> str:
    word = seen.around.below(seen.box, 4.0)
    return word.text if word else ""


Scheme = Callable[[Seen], str]
_SCHEMES: tuple[Scheme, ...] = (_inside, _right, _left, _above, _below)


def _by_labels(boxes: Sequence[Seen]) -> Part | None:
    """Options by a letter, a digit or a word for true and false at each box; None: there are none."""
    for scheme in _SCHEMES:
        texts = [scheme(seen) for seen in boxes]
        names = truths(texts)
        if names and all(
            says_truth_plainly(text) or _is_alone(seen, scheme)
            for seen, text in zip(boxes, texts, strict=True)
        ):
            return _named(boxes, names, Kind.TRUEFALSE, scheme)
        letters = tuple(letter_of(text) for text in texts)
        in_order = letters_in_order(texts) or (
            letters if len(letters) > 1 and sorted(letters) == sorted(LETTERS[: len(letters)]) else ()
        )
        names = in_order or (digits_in_order(texts) if scheme is not _right else ())
        if names and len(names) > 1:
            return _named(boxes, names, None, scheme)
    return None


def _is_alone(seen: Seen, scheme: Scheme) -> bool:
    """Whether a box's word is all of its text: "Yes", and not "Yes, as water is heavy"."""
    words = seen.around.right(seen.box) if scheme is _right else []
    return len(words) < 2 or words[1].x - words[0].right > 4.0


def _by_heads(row: Sequence[Seen], first: Sequence[Seen]) -> Part | None:
    """Options of a row by the heads of its columns, above the first row."""
    if any(abs(one.box.x - head.box.x) > 1.0 for one, head in zip(row, first, strict=True)):
        return None
    heads = [_above(seen) for seen in first]
    if names := truths(heads):
        return _named(row, names, Kind.TRUEFALSE, _above)
    if names := letters_in_order(heads) or digits_in_order(heads):
        return _named(row, names, None, _above)
    return None


def _named(boxes: Sequence[Seen], names: Sequence[str], kind: Kind | None, scheme: Scheme) -> Part:
    skip = scheme is _right
    return Part(
        suffix="",
        kind=kind,
        boxes=tuple(
            NamedBox(
                page=seen.page,
                box=seen.box,
                option=name,
                label=_inside(seen),
                text="" if kind is Kind.TRUEFALSE else _text(seen, skip=skip),
            )
            for seen, name in zip(boxes, names, strict=True)
        ),
    )


def _in_order(boxes: Sequence[Seen]) -> Part:
    """Options without a label are A, B, C ... in the order of reading."""
    doubts = []
    labels = [marked_letter_of(_right(seen)) or marked_letter_of(_left(seen)) for seen in boxes]
    names = [LETTERS[place] if place < len(LETTERS) else str(place + 1) for place in range(len(boxes))]
    if len([letter for letter in labels if letter]) > len(boxes) // 2:
        doubts.append(f"its letters are {', '.join(letter or '?' for letter in labels)}")
        if all(labels) and len(set(labels)) == len(labels):
            names = labels
    if len(boxes) > len(LETTERS):
        doubts.append(f"it has {len(boxes)} boxes")
    if any(truth_of(_right(seen)) for seen in boxes if len(_right(seen)) > 2) and len(boxes) > 2:
        doubts.append("true and false do not come in pairs")
    return Part(
        suffix="",
        kind=None,
        boxes=tuple(
            NamedBox(
                page=seen.page,
                box=seen.box,
                option=name,
                label=_inside(seen),
                text=_text(seen, skip=False),
            )
            for seen, name in zip(boxes, names, strict=True)
        ),
        doubts=tuple(doubts),
    )


def _rows(boxes: Sequence[Seen]) -> list[list[Seen]]:
    rows: list[list[Seen]] = []
    for seen in boxes:
        last = rows[-1][-1] if rows else None
        level = last is not None and abs(last.box.middle[1] - seen.box.middle[1]) < _ONE_ROW
        if last is not None and last.page == seen.page and level:
            rows[-1].append(seen)
        else:
            rows.append([seen])
    return rows


def _text(seen: Seen, *, skip: bool) -> str:
    """An option's text: what stands behind its box, without the label."""
    words = seen.around.right(seen.box)
    if not words or words[0].x - seen.box.right > NEAR:
        return ""
    run: list[Word] = []
    for word in words[skip:]:
        if run and word.x - run[-1].right > 12.0:
            break
        run.append(word)
    return shortened(text_of(run), MOST_TEXT)


# --- what the PDF names itself ---------------------------------------------------------------------


def explicit_questions(pages: Sequence[BlankPage]) -> Grouping:
    """Questions of form fields and annotations, which name their boxes: "q1.A", "3-b", "q2/True"."""
    boxes: dict[str, list[NamedBox]] = {}
    aside = []
    for page in pages:
        around = Neighbours(page, page.boxes)
        for box in page.boxes:
            match = next((found for one in _SPLIT if (found := one.fullmatch(box.name))), None)
            question = re.sub(r"[^A-Za-z0-9.\-]", "-", match[1])[:24] if match else ""
            if not match or not QUESTION_ID.fullmatch(question) or not OPTION_ID.fullmatch(match[2]):
                why = (
                    "its field has no name like q1.A"
                    if not box.name
                    else f"{box.name!r} is no name like q1.A"
                )
                aside.append(SetAside(page=page.number, box=box, why=why))
                continue
            seen = Seen(page=page.number, box=box, around=around)
            named = NamedBox(
                page=page.number,
                box=box,
                option=match[2],
                label=around.inside(box),
                text=_text(seen, skip=letter_of(_right(seen)) == match[2].upper()),
            )
            boxes.setdefault(question, []).append(named)
    questions = tuple(_explicit(name, tuple(found)) for name, found in boxes.items())
    return Grouping(questions=questions, set_aside=tuple(aside))


def _explicit(name: str, boxes: tuple[NamedBox, ...]) -> FoundQuestion:
    doubts = []
    kind = Kind.CHOICE if all(box.box.shape == "circle" for box in boxes) else Kind.CHOICES
    names = [truth_of(box.option) for box in boxes]
    scale = credit_scale([box.option for box in sorted(boxes, key=_value)])
    if sorted(names) == ["F", "T"]:
        kind = Kind.TRUEFALSE
        boxes = tuple(replace(box, option=truth, text="") for box, truth in zip(boxes, names, strict=True))
    elif scale:
        kind = Kind.CREDITS
        boxes = tuple(
            replace(box, option=credit_text(value))
            for box, value in zip(sorted(boxes, key=_value), scale, strict=True)
        )
    elif all(_DIGIT.fullmatch(box.option) for box in boxes):
        kind = Kind.ID if name == "id" else Kind.NUMBER
    if len({box.option for box in boxes}) < len(boxes):
        doubts.append("two of its boxes have one name")
        boxes = tuple(replace(box, option=f"{box.option}-{place}") for place, box in enumerate(boxes, 1))
    if faint := sum(box.box.faint for box in boxes):
        doubts.append(f"{faint} of its boxes show no printed outline")
    return FoundQuestion(
        id=name,
        kind=kind,
        boxes=boxes,
        points=scale[-1] if kind is Kind.CREDITS else None,
        doubts=tuple(doubts),
    )


def _value(box: NamedBox) -> Fraction:
    return number_of(box.option) or Fraction(0)
