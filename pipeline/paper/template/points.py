"""Points that a page prints at its questions and in their headings: "(4 points)", "2 P", "2 points each"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from pipeline.paper.template.numbering import Node
from pipeline.paper.template.records import BlankPage, FoundQuestion, Place, Unboxed, Word
from pipeline.paper.template.wording import text_of

_HALVES = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_NUMBER = r"(\d{1,3}(?:[.,]\d{1,2})?|\d{1,2}/[2-4]|\d{0,2}\s?[½¼¾])"
_UNIT = (
    r"(?:points?|pts?|p|credits?|cr|marks?|punkte?n?|pkte?|pkt|be|pontos?|puntos?|punti|punto|poäng|poeng)"
    r"\b\.?"
)
_EACH = (
    r"(?:each|apiece|je|jeweils|per (?:question|item|part)|pro (?:frage|aufgabe)|chacune?|cada|ciascun[oa])"
)
_BRACKETED = re.compile(
    rf"[(\[]\s*(?:{_EACH}\s*|max\.?\s*|worth\s*)?{_NUMBER}\s*{_UNIT}\s*{_EACH}?\s*[)\]]", re.IGNORECASE
)
_PLAIN = re.compile(rf"(?<![^\s(_]){_NUMBER}\s*{_UNIT}(?![^\s,;:)])", re.IGNORECASE)
_OUT_OF = re.compile(rf"(?<!\S)[_.…]*\s?/\s?{_NUMBER}(?:\s*{_UNIT})?(?!\S)", re.IGNORECASE)
_FOR_EACH = re.compile(
    rf"{_NUMBER}\s*{_UNIT}\s*{_EACH}\b|\b{_EACH}\s*{_NUMBER}\s*{_UNIT}|"
    rf"\b(?:each|every|jede|chaque|cada) (?:\w+ ){{1,4}}{_NUMBER}\s*{_UNIT}",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(\d{1,2})\.? (?!\d)")
_LINE = 1.7
"""Height within which things stand on one line, mm."""
_APART = 6.0
"""Least gap before points that stand apart from the text of their line, mm."""
_BEHIND = 10.0
"""Least gap before points behind a box, and most height of their own line under it, mm."""


Name = tuple[str, int]
"""Id of a question and the page of its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What a number's words print of its points."""

    points: Fraction | None = None
    """None: nothing that is sure."""
    each: bool = False
    """Whether each of the questions under it has them."""
    doubt: str = ""
    """What may be points, in words."""
    rest: str = ""
    """The words before its boxes without them."""


class Numbered(Protocol):
    """A number with what follows it."""

    node: Node
    words: list[Word]
    """Before its boxes."""
    behind: list[Word]
    """Beside and behind them."""

    @property
    def places(self) -> Sequence[Place]:
        """Its boxes."""


def printed_points(draft: Numbered) -> Printed:
    """Read the points of a number.

    Sure are points in brackets, and points that stand apart at the end of a line of the question or right
    behind its number. What else may be points is told.
    """
    text = text_of(draft.words)
    if found := list(_BRACKETED.finditer(text)):
        return _sure(text, found, each=bool(_FOR_EACH.search(found[0][0])))
    apart = [match for match in _PLAIN.finditer(text) if _stands_apart(draft, match)]
    if apart:
        return _sure(text, apart)
    beside = list(_beside_boxes(draft))
    own_line = [match for match, own in beside if own]
    if own_line:
        return replace(_sure("", own_line), rest=text)
    doubtful = [match[0] for match, _ in beside]
    doubtful += [m[0] for m in _PLAIN.finditer(text) if m.start() == 0 or m.end() == len(text)]
    doubtful += [m[0] for m in _OUT_OF.finditer(text) if _stands_apart(draft, m)]
    return Printed(rest=text, doubt=f"{doubtful[0].strip()!r} may be its points" if doubtful else "")


def points_for_each(words: Sequence[Word]) -> Fraction | None:
    """What words before the first question give each of them: "each question is worth 2 points"."""
    values = {_value(next(filter(None, match.groups()))) for match in _FOR_EACH.finditer(text_of(words))}
    return values.pop() if len(values) == 1 else None


def section_points(pages: Sequence[BlankPage]) -> dict[str, Printed]:
    """Points of headings such as "2 Multiple Choice (20 points)", by the number that they begin with."""
    found: dict[str, Printed] = {}
    for page in pages:
        for line in _lines(sorted(page.words, key=lambda word: (word.middle[1], word.x))):
            text = text_of(sorted(line, key=lambda word: word.x))
            number, points = _SECTION.match(text), list(_BRACKETED.finditer(text))
            if number and points and points[-1].end() == len(text):
                found.setdefault(number[1], _sure(text, points, each=bool(_FOR_EACH.search(text))))
    return found


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    lines: list[list[Word]] = []
    for word in words:
        if lines and _on_line(lines[-1][0], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _sure(text: str, found: Sequence[re.Match[str]], *, each: bool = False) -> Printed:
    rest = text
    for match in reversed(found):
        rest = f"{rest[: match.start()]} {rest[match.end() :]}" if text else rest
    rest = re.sub(r"\s+", " ", rest).strip(" .:-–")  # noqa: RUF001 (a printed dash)
    values = dict.fromkeys(_value(match[1]) for match in found)
    if len(values) > 1:
        shown = " and ".join(_text(value) for value in values)
        return Printed(rest=rest, doubt=f"{shown} points are printed")
    return Printed(points=next(iter(values)), each=each, rest=rest)


def _value(text: str) -> Fraction:
    plain = text.strip().replace(",", ".")
    if plain[-1] in _HALVES:
        return Fraction(plain[:-1].strip() or 0) + _HALVES[plain[-1]]
    return Fraction(plain)


def _stands_apart(draft: Numbered, match: re.Match[str]) -> bool:
    """Whether a piece of the text ends its line, with a gap before it or only the number."""
    first, last = _words_of(draft.words, match)
    line = [word for word in (draft.node.candidate.word, *draft.words) if _on_line(word, first)]
    if any(word.x > last.x and word is not last for word in line):
        return False
    before = [word for word in line if word.right <= first.x + 0.1 and word is not first]
    if not before:
        return True
    nearest = max(before, key=lambda word: word.right)
    return first.x - nearest.right >= _APART or nearest is draft.node.candidate.word


def _words_of(words: Sequence[Word], match: re.Match[str]) -> tuple[Word, Word]:
    """First and last word of a match in :func:`~pipeline.paper.template.wording.text_of` of words."""
    start, inside = 0, []
    for word in words:
        end = start + len(word.text)
        if start < match.end() and match.start() < end:
            inside.append(word)
        start = end + 1
    return inside[0], inside[-1]


def _on_line(one: Place, other: Place) -> bool:
    return abs(one.middle[1] - other.middle[1]) < _LINE


def _beside_boxes(draft: Numbered) -> Iterator[tuple[re.Match[str], bool]]:
    """Points at the end of a line with boxes, or on a line of their own under them.

    Each with whether it is the number's own line.
    """
    number = draft.node.candidate.word
    for line in _lines(draft.behind):
        boxes = [box for box in draft.places if _on_line(box, line[0])]
        under = [box for box in draft.places if 0 < line[0].middle[1] - box.middle[1] < _BEHIND]
        text = text_of(line)
        for match in (*_BRACKETED.finditer(text), *_PLAIN.finditer(text), *_OUT_OF.finditer(text)):
            first, last = _words_of(line, match)
            left = [
                item.right for item in (*line, *boxes) if item.right <= first.x + 0.1 and item is not first
            ]
            alone = not left and bool(under)
            if last is line[-1] and (alone or (boxes and left and first.x - max(left) >= _BEHIND)):
                yield match, bool(boxes) and _on_line(number, line[0])
                break


# --- headings --------------------------------------------------------------------------------------


def with_heading_points(
    questions: Sequence[FoundQuestion],
    unboxed: Sequence[Unboxed],
    drafts: Sequence[Numbered],
    sections: Mapping[str, Printed],
    for_each: Fraction | None,
) -> list[FoundQuestion]:
    """Compare the questions' points with those of the headings over them, the nearest heading first.

    Parameters
    ----------
    questions, unboxed
        With their own points.
    drafts
        Every number, those of headings too.
    sections
        By the first number of dotted ones, from :func:`section_points`.
    for_each
        What each question has by the words before the first; None: they say nothing.

    Returns
    -------
    list of FoundQuestion
        With points where the heading gives them to each question; with a doubt at the first question
        of a heading of which the points are not those of its questions.
    """
    result = {question.id: question for question in questions}
    told: set[str] = set()
    for printed, names in _headings(drafts, sections, list(result.values())):
        members = [name for name, one in result.items() if _key(one) & names]
        if printed.points is None or not members:
            continue
        if printed.each:
            result.update({name: _given(result[name], printed.points) for name in members})
            continue
        others = [one.points for one in unboxed if (one.id, one.page) in names]
        doubt = _heading_doubt(printed.points, [result[name] for name in members], others)
        if doubt and not told & set(members):
            first = result[members[0]]
            result[members[0]] = replace(first, doubts=(*first.doubts, doubt))
        told |= set(members)
    if for_each is not None:
        result = {name: _given(question, for_each) for name, question in result.items()}
    return list(result.values())


def _headings(
    drafts: Sequence[Numbered], sections: Mapping[str, Printed], questions: Sequence[FoundQuestion]
) -> list[tuple[Printed, set[Name]]]:
    """What headings print, each with what stands under it, those over the fewest first."""
    found = [(printed_points(one), _under(one.node, drafts)) for one in drafts if not one.places]
    for number, printed in sections.items():
        under = {(one.id, one.page) for one in questions if one.id.startswith(f"{number}.")}
        found += [(printed, under)] if not any(under & names for _, names in found) else []
    return sorted(found, key=lambda one: len(one[1]))


def _under(node: Node, drafts: Sequence[Numbered]) -> set[Name]:
    """All numbers under a number."""
    found = set()
    for draft in drafts:
        above = draft.node.parent
        while above is not None and above is not node:
            above = above.parent
        if above is node:
            found.add((draft.node.id, draft.node.candidate.page))
    return found


def _key(question: FoundQuestion) -> set[Name]:
    """Names that the number of a question may have: its boxes may begin on the page behind it."""
    return {(question.id.removesuffix("-credits"), page) for page in (question.page, question.page - 1)}


def _given(question: FoundQuestion, points: Fraction) -> FoundQuestion:
    return replace(question, points=points) if question.points is None else question


def _heading_doubt(printed: Fraction, members: Sequence[FoundQuestion], others: Sequence[Fraction]) -> str:
    if not members:
        return ""
    names = f"{members[0].id} to {members[-1].id}" if len(members) > 1 else members[0].id
    known = [question.points for question in members if question.points is not None]
    given = sum((*known, *others), Fraction(0))
    left, open_ = printed - given, len(members) - len(known)
    if not open_:
        words = f"{_text(printed)} points are printed over {names}, and {_text(given)} beside them"
        return words if left else ""
    words = f"{_text(printed)} points are printed over {names} together: write those of each"
    each = left / open_
    return f"{words}, such as {_text(each)}" if left > 0 and (each * 4).denominator == 1 else words


def _text(points: Fraction) -> str:
    return f"{float(points):g}"
