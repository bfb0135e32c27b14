"""The numbers of questions on a page: "Problem 2", "1.1", "3.", "(a)", and how they nest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.paper.template.records import BlankPage, FoundBox, Place, Word

Level = Literal["part", "heading", "dotted", "number", "letter", "roman"]

_HEADINGS = frozenset(
    [
        "question",
        "problem",
        "exercise",
        "task",
        "item",
        "aufgabe",
        "frage",
        "übung",
        "opgave",
        "spørgsmål",
        "pregunta",
        "ejercicio",
        "problema",
        "pergunta",
        "questão",
        "exercício",
        "exercice",
        "domanda",
        "esercizio",
        "vraag",
        "uppgift",
        "fråga",
        "ex",
        "q",
    ]
)
_PARTS = frozenset(
    ["part", "section", "teil", "abschnitt", "parte", "partie", "deel", "del", "sección", "secção"]
)
_AFTER_WORD = re.compile(r"(\d{1,3})([a-z])?[.:)]?")
_DOTTED = re.compile(r"(?:Q\.?)?(\d{1,2}(?:\.\d{1,2}){1,2})[.):]?")
_NUMBER = re.compile(r"\(?(?:Q\.?|Nr\.?|#)?(\d{1,3})([a-z])?[.):]")
_BARE = re.compile(r"(?:Q\.?|#)?(\d{1,3})([a-z])?")
_LETTER = re.compile(r"\(?([a-z])\)|([a-h])[.:]")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_ROMAN_WORD = re.compile(r"\(?([ivx]{1,4})\)")
_INDENT = 3.0
"""From how far right of its fellows a number counts as one of a list inside a question, mm."""
_ALIGNED = 1.6
_COLUMN = 25.0
"""Least distance of the numbers of two columns of a page, mm."""
_LINE_START = 4.0
"""Least gap before a word that begins a line, or a line of another column, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A word that may number a question."""

    page: int
    word: Word
    level: Level
    parts: tuple[str, ...]
    """("1", "2") of 1.2; ("3", "b") of 3b)."""
    column: int = 0

    @property
    def key(self) -> tuple[int, int, float]:
        """Its place in the order of reading."""
        return self.page, self.column, self.word.middle[1] - 2.0


@dataclass(slots=True, eq=False)
class Node:
    """A number that counts, in the tree of all of them."""

    id: str
    level: Level
    candidate: Candidate
    parent: "Node | None"


def column_starts(candidates: Sequence[Candidate], width: float) -> tuple[float, ...]:
    """Where the columns of a page begin, mm; the first at 0.

    A column is begun by at least two numbers under each other that stand far right of the others.
    """
    lefts = sorted(one.word.x for one in candidates if one.level in ("dotted", "number", "heading"))
    starts = [0.0]
    for left in lefts:
        under = [other for other in lefts if abs(other - left) < _INDENT]
        if len(under) >= 2 and left > 0.3 * width and left - starts[-1] > _COLUMN:
            starts.append(min(under) - 2.0)
    return tuple(starts)


def column_of(x: float, starts: Sequence[float]) -> int:
    """The column in which something begins at ``x``."""
    return sum(x >= start - 0.01 for start in starts) - 1


def candidates_of(page: BlankPage, boxes: Sequence[FoundBox], taken: Sequence[Word]) -> list[Candidate]:
    """Words of a page that begin a line and look like a question's number.

    Parameters
    ----------
    page
        The page.
    boxes
        Its boxes, without those of credits: a number behind one is an option's text.
    taken
        Words that are known to be something else: labels of boxes.
    """
    known = set(taken)
    words = [word for word in page.words if word not in known]
    found = []
    for word in words:
        level_parts = _reading(word, words)
        bare = level_parts is None
        if level_parts is None:
            match = _BARE.fullmatch(word.text)
            if match is None:
                continue
            level_parts = ("number", (match[1], *([match[2]] if match[2] else [])))
        if not _starts_a_line(word, words, boxes):
            continue
        before = _boxes_right_after(word, words, boxes)
        if bare and not before:
            continue
        if level_parts[0] in ("letter", "roman") and before == 1:
            continue
        found.append(Candidate(page=page.number, word=word, level=level_parts[0], parts=level_parts[1]))
    return found


def _reading(word: Word, words: Sequence[Word]) -> tuple[Level, tuple[str, ...]] | None:
    text = word.text.rstrip("*")
    plain = text.casefold().rstrip(".:")
    if plain in _HEADINGS or plain in _PARTS:
        after = _next(word, words)
        match = _AFTER_WORD.fullmatch(after.text.rstrip(",")) if after else None
        dotted = _DOTTED.fullmatch(after.text) if after else None
        if plain in _HEADINGS and dotted:
            return "dotted", tuple(dotted[1].split("."))
        if match:
            parts = (match[1], *([match[2]] if match[2] else []))
            return ("heading" if plain in _HEADINGS else "part"), parts
        return None
    if match := _DOTTED.fullmatch(text):
        return "dotted", tuple(match[1].split("."))
    if match := _NUMBER.fullmatch(text):
        return "number", (match[1], *([match[2]] if match[2] else []))
    if match := _LETTER.fullmatch(text):
        return "letter", (match[1] or match[2],)
    if (match := _ROMAN_WORD.fullmatch(text)) and match[1] in _ROMAN:
        return "roman", (match[1],)
    return None


def _next(word: Word, words: Sequence[Word]) -> Word | None:
    after = [w for w in words if 0 <= w.x - word.right < 5.0 and _same_line(word, w)]
    return min(after, key=lambda one: one.x, default=None)


def _same_line(one: Place, other: Place) -> bool:
    return abs(one.middle[1] - other.middle[1]) < 0.6 * max(one.h, other.h, 2.0)


def _starts_a_line(word: Word, words: Sequence[Word], boxes: Sequence[FoundBox]) -> bool:
    for other in (*words, *boxes):
        if other is word or not _same_line(word, other):
            continue
        reach = 8.0 if isinstance(other, FoundBox) else _LINE_START
        if other.x < word.x and word.x - other.right < reach:
            return False
    return True


def _boxes_right_after(word: Word, words: Sequence[Word], boxes: Sequence[FoundBox]) -> int:
    """How many boxes follow on the line before any box has a label like the word's own.

    0 when text stands between the word and the first box; 1 means that the word is an option's label.
    """
    line = sorted(
        (box for box in boxes if box.x > word.right - 0.5 and _same_line(word, box)), key=lambda b: b.x
    )
    if not line or line[0].x - word.right > 16.0:
        return 0
    between = [w for w in words if _same_line(word, w) and word.right - 0.1 < w.middle[0] < line[0].x]
    if any(not _is_option_name(w) for w in between):
        return 0
    for first, second in pairwise(line):
        gap = [w for w in words if _same_line(word, w) and first.right <= w.middle[0] <= second.x]
        if gap and _LETTER.fullmatch(gap[-1].text) and not between:
            return 1
    return len(line)


def _is_option_name(word: Word) -> bool:
    return len(word.text.strip("().:")) <= 1


# --- the tree --------------------------------------------------------------------------------------


class Numbering:
    """Builds the tree of numbers, in the order of reading.

    Parameters
    ----------
    candidates
        In the order of reading.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._all = candidates
        self._part: Node | None = None
        self._heading: Node | None = None
        self._number: Node | None = None
        self._letter: Node | None = None
        self._roman: Node | None = None
        self._inner: Node | None = None
        self._has_boxes = False
        self.nodes: list[Node] = []

    def note_box(self) -> None:
        """Say that a box was met since the last number."""
        self._has_boxes = True

    def add(self, index: int) -> Node | None:
        """Take candidate ``index``; None when it does not go on from what stands before it."""
        candidate = self._all[index]
        add = {
            "part": self._add_part,
            "heading": self._add_heading,
            "dotted": self._add_dotted,
            "number": self._add_number,
            "letter": self._add_letter,
            "roman": self._add_roman,
        }[candidate.level]
        node = add(candidate, index)
        if node is not None:
            self.nodes.append(node)
        return node

    def _add_part(self, one: Candidate, _: int) -> Node:
        self._part = _node(one.parts[0], one, None)
        self._heading = self._number = self._letter = self._roman = self._inner = None
        return self._part

    def _add_heading(self, one: Candidate, _: int) -> Node:
        self._heading = _node("".join(one.parts), one, self._part)
        self._number = self._letter = self._roman = self._inner = None
        return self._heading

    def _add_dotted(self, one: Candidate, _: int) -> Node | None:
        last = self._number
        if last is not None and last.level == "dotted" and not _goes_on(last.id.split("."), one.parts):
            return None
        if last is None and self._heading is None and one.parts[-1] not in ("0", "1"):
            return None
        self._number = _node(".".join(one.parts), one, self._heading)
        self._letter = self._roman = self._inner = None
        return self._number

    def _add_number(self, one: Candidate, index: int) -> Node | None:
        value, last = int(one.parts[0]), self._number
        if last is not None and last.level == "dotted":
            return self._add_inner(one, last)
        if last is not None and self._is_inner(one, last, index):
            return self._add_inner(one, last)
        if last is not None and value != 1:
            before = int(last.candidate.parts[0])
            aligned = abs(_indent(one) - _indent(last.candidate)) < _ALIGNED
            if not (
                value == before + 1
                or (value > before and aligned)
                or (len(one.parts) > 1 and value == before)
            ):
                return None
        self._number = _node(self._under(self._heading, "".join(one.parts), "."), one, self._heading)
        self._letter = self._roman = self._inner = None
        return self._number

    def _is_inner(self, one: Candidate, last: Node, index: int) -> bool:
        """Whether a number belongs to a list inside the question, not to the questions."""
        if _indent(one) < _indent(last.candidate) + _INDENT or not self._has_boxes:
            return False
        wanted = int(last.candidate.parts[0]) + 1
        later = [other for other in self._all[index:] if other.level == "number"]
        return any(
            int(other.parts[0]) == wanted and abs(_indent(other) - _indent(last.candidate)) < _ALIGNED
            for other in later
        )

    def _add_inner(self, one: Candidate, parent: Node) -> Node | None:
        value, last = int(one.parts[0]), self._inner
        if value != (int(last.candidate.parts[0]) + 1 if last else 1):
            return None
        self._inner = _node(f"{parent.id}.{value}", one, parent)
        return self._inner

    def _add_letter(self, one: Candidate, index: int) -> Node | None:
        letter, last = one.parts[0], self._letter
        wanted = chr(ord(last.candidate.parts[0]) + 1) if last else "a"
        if letter != wanted:
            return self._add_roman(one, index) if letter in ("i", "v", "x") else None
        parent = self._number or self._heading
        self._letter = _node(self._under(parent, letter, ""), one, parent)
        self._roman = None
        return self._letter

    def _add_roman(self, one: Candidate, _: int) -> Node | None:
        place, last = _ROMAN.index(one.parts[0]), self._roman
        if place != (_ROMAN.index(last.candidate.parts[0]) + 1 if last else 0):
            return None
        parent = self._letter or self._number or self._heading
        self._roman = _node(self._under(parent, one.parts[0], "."), one, parent)
        return self._roman

    @staticmethod
    def _under(parent: Node | None, name: str, between: str) -> str:
        return f"{parent.id}{between}{name}" if parent else name


def _node(name: str, one: Candidate, parent: Node | None) -> Node:
    return Node(id=name, level=one.level, candidate=one, parent=parent)


def _indent(one: Candidate) -> float:
    return one.word.x - 1000.0 * one.column


def _goes_on(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether 1.3 follows 1.2, 2.1 follows 1.9, 1.2.1 follows 1.2."""
    old, new = [int(part) for part in before], [int(part) for part in after]
    if new <= old:
        return False
    return new[0] - old[0] <= 2 and all(step <= 99 for step in new)
