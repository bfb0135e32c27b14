"""Text set into a slot: shrunk, wrapped and at last ellipsized, in every direction of writing."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from bidi import algorithm

from pipeline.paper.fonts import EM, PlacedGlyph, Run, Weight, shape_run

LEADING = 1.22
"""From one baseline to the next, em."""
ASCENT = 0.76
"""Room above the first baseline, em; more where ink is higher."""
DESCENT = 0.22
"""Room below the last baseline, em; more where ink is deeper."""
SMALLEST = 0.62
"""A text is shrunk to this share of its size before it is cut."""
SHRINK_STEP = 0.5
"""Points that a try is smaller than the one before it."""
ELLIPSIS = "…"
POINT = 25.4 / 72.0
"""One point in mm."""
_BREAKS_AFTER = " -/\N{EN DASH}\N{EM DASH}"
_ACCENTS = frozenset({"Mn", "Me", "Mc", "Cf"})
_JOINS = _ACCENTS | {"Pe", "Pf", "Po"}
"""Categories of characters that never begin a line."""


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of text, in font units: runs from left to right with the x that each begins at."""

    runs: tuple[tuple[float, Run], ...]
    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        """Of ink and advance together."""
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class SetText:
    """A text that fits its slot."""

    lines: tuple[SetLine, ...]
    size: float
    """Points."""
    right_to_left: bool
    """Whether the text begins right-to-left."""
    cut: bool
    """Whether an ellipsis stands for what found no room."""
    missing: frozenset[str]
    """Characters that no font has."""

    @property
    def above(self) -> float:
        """Height above the first baseline, mm."""
        return max(ASCENT, self.lines[0].top / EM) * self.size * POINT

    @property
    def below(self) -> float:
        """Depth below the last baseline, mm."""
        return max(DESCENT, -self.lines[-1].bottom / EM) * self.size * POINT

    @property
    def height(self) -> float:
        """Of all lines, mm."""
        return self.above + self.below + (len(self.lines) - 1) * LEADING * self.size * POINT


def clean(text: str) -> str:
    """Give a text without line breaks, tabs, control and direction characters, in composed form."""
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Zs"} else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in {"Cs", "Cf"} or c in "\u200c\u200d")
    return unicodedata.normalize("NFC", " ".join(kept.split()))


@lru_cache(maxsize=4096)
def fit_text(
    text: str, weight: Weight, size: float, width: float, height: float, max_lines: int
) -> SetText | None:
    """Set a text into a slot.

    Parameters
    ----------
    text
        In logical order.
    weight
        Of the type.
    size
        Largest size, points.
    width, height
        Of the slot, mm.
    max_lines
        Most lines.

    Returns
    -------
    SetText or None
        Ink and advance stay within the slot; None when there is nothing to print.
    """
    text = clean(text)
    if not text:
        return None
    right_to_left = _right_to_left(text)
    smallest = size * SMALLEST
    tried = size
    while tried > smallest:
        found = _try(text, weight, tried, width, height, max_lines, right_to_left)
        if found is not None:
            return found
        tried -= SHRINK_STEP
    return _cut(text, weight, smallest, width, height, max_lines, right_to_left)


def _try(
    text: str, weight: Weight, size: float, width: float, height: float, max_lines: int, right_to_left: bool
) -> SetText | None:
    room = width / (size * POINT) * EM
    if set_line(text, weight, right_to_left).width > room * max_lines:
        return None
    lines = _wrap(text, weight, room, max_lines, right_to_left)
    if lines is None:
        return None
    done = _set(tuple(lines), weight, size, right_to_left, cut=False)
    return done if done.height <= height else None


def _cut(
    text: str, weight: Weight, size: float, width: float, height: float, max_lines: int, right_to_left: bool
) -> SetText:
    """Set as much of the text as fits at the smallest size, with an ellipsis; then shrink what is left."""
    room = width / (size * POINT) * EM
    lines_that_fit = max(1, min(max_lines, 1 + int((height / (size * POINT) - 1.0) / LEADING)))
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        tried = _wrap(text[:middle].rstrip() + ELLIPSIS, weight, room, lines_that_fit, right_to_left)
        low, high = (middle, high) if tried is not None else (low, middle - 1)
    lines = _wrap(text[:low].rstrip() + ELLIPSIS, weight, room, lines_that_fit, right_to_left) or [ELLIPSIS]
    done = _set(tuple(lines), weight, size, right_to_left, cut=True)
    widest = max(line.width for line in done.lines)
    scale = min(1.0, room / widest, height / done.height)
    return done if scale >= 1.0 else _set(tuple(lines), weight, size * scale * 0.999, right_to_left, cut=True)


def _set(lines: tuple[str, ...], weight: Weight, size: float, right_to_left: bool, *, cut: bool) -> SetText:
    done = tuple(set_line(line, weight, right_to_left) for line in lines)
    missing = frozenset(c for line in done for _, run in line.runs for c in run.missing)
    return SetText(done, size, right_to_left, cut, missing)


def _wrap(text: str, weight: Weight, room: float, max_lines: int, right_to_left: bool) -> list[str] | None:
    """Break a text into lines no wider than ``room`` font units, or None when it takes too many."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        longer = line + word
        if set_line(longer.rstrip(), weight, right_to_left).width <= room:
            line = longer
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = word
        while set_line(line.rstrip(), weight, right_to_left).width > room:
            kept = _longest_start(line, weight, room, right_to_left)
            if kept == 0 or len(lines) >= max_lines:
                return None
            lines.append(line[:kept])
            line = line[kept:]
        if len(lines) >= max_lines:
            return None
    if line.strip():
        lines.append(line.rstrip())
    return lines if len(lines) <= max_lines else None


def _longest_start(word: str, weight: Weight, room: float, right_to_left: bool) -> int:
    """How many characters of a word that is too long fit on a line; accents stay with their letter."""
    low, high = 0, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        fits = set_line(word[:middle], weight, right_to_left).width <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    while 0 < low < len(word) and unicodedata.category(word[low]) in _ACCENTS:
        low -= 1
    return low


def _words(text: str) -> list[str]:
    """Cut where a line may break: behind spaces and hyphens, and between East Asian characters."""
    words: list[str] = []
    for character in text:
        starts = not words or words[-1][-1] in _BREAKS_AFTER or _wide(character) or _wide(words[-1][-1])
        joins = character == " " or unicodedata.category(character) in _JOINS
        opens = bool(words) and unicodedata.category(words[-1][-1]) in {"Ps", "Pi"}
        if starts and (not joins or not words) and not opens:
            words.append(character)
        else:
            words[-1] += character
    return words


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


@lru_cache(maxsize=16384)
def set_line(text: str, weight: Weight, right_to_left: bool) -> SetLine:
    """Shape one line: directions by the Unicode bidirectional algorithm, UAX #9."""
    runs: list[tuple[float, Run]] = []
    x = 0.0
    left = right = top = bottom = 0.0
    for piece, backwards in _visual_pieces(text, right_to_left):
        run = shape_run(piece, weight, backwards)
        runs.append((x, run))
        left, right = min(left, x + run.left), max(right, x + run.right)
        top, bottom = max(top, run.top), min(bottom, run.bottom)
        x += run.advance
    return SetLine(tuple(runs), left, right, top, bottom)


def _right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is written right-to-left (UAX #9, P2 and P3)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def _visual_pieces(text: str, right_to_left: bool) -> list[tuple[str, bool]]:
    """Cut a line into pieces of one direction, in the order they stand from left to right."""
    if not right_to_left and not any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text):
        return [(text, False)]
    levels = _levels(text, right_to_left)
    pieces = [
        ("".join(text[i] for i in places), level)
        for level, group in groupby(range(len(text)), key=levels.__getitem__)
        for places in [list(group)]
    ]
    order = list(range(len(pieces)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and pieces[order[end]][1] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = max(end, start + 1)
    return [(pieces[i][0], pieces[i][1] % 2 == 1) for i in order]


def _levels(text: str, right_to_left: bool) -> list[int]:
    """Embedding level of each character (UAX #9); joiners take the level of the one before them."""
    storage = algorithm.get_empty_storage()
    storage["base_level"] = int(right_to_left)
    storage["base_dir"] = "R" if right_to_left else "L"
    plain = "".join(c for c in text if unicodedata.bidirectional(c) != "BN")
    algorithm.get_embedding_levels(plain, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    resolved = iter(storage["chars"])
    levels: list[int] = []
    for character in text:
        if unicodedata.bidirectional(character) == "BN":
            levels.append(levels[-1] if levels else int(right_to_left))
        else:
            levels.append(int(next(resolved)["level"]))
    return levels


def glyphs_of(text: SetText) -> set[PlacedGlyph]:
    """Every glyph that a set text draws."""
    return {glyph for line in text.lines for _, run in line.runs for glyph in run.glyphs}
