"""What is printed beside, in, above and below a box."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.paper.template.records import BlankPage, FoundBox, Place, Word

NEAR = 9.0
"""How far the text of an option may stand from its box, mm."""


@dataclass(frozen=True)
class Neighbours:
    """The words around the boxes of one page."""

    page: BlankPage
    boxes: tuple[FoundBox, ...]
    """That end a line of words: text behind the next box belongs to that box."""

    @cached_property
    def _by_line(self) -> Sequence[Word]:
        return sorted(self.page.words, key=lambda word: word.x)

    def inside(self, box: FoundBox) -> str:
        """Text printed in a box."""
        return " ".join(word.text for word in self._by_line if box.holds(word.middle) and word.w < box.w)

    def right(self, box: FoundBox) -> list[Word]:
        """Words on the box's line behind it, up to the next box."""
        end = min((other.x for other in self.boxes if _beside(box, other) and other.x > box.x), default=1e9)
        return [
            word
            for word in self._by_line
            if word.x >= box.right - 0.25 and word.right <= end + 0.5 and _beside(box, word)
        ]

    def left(self, box: FoundBox) -> list[Word]:
        """Words on the box's line before it, back to the box before; the nearest first."""
        start = max(
            (other.right for other in self.boxes if _beside(box, other) and other.x < box.x), default=-1e9
        )
        return [
            word
            for word in reversed(self._by_line)
            if word.right <= box.x + 0.25 and word.x >= start - 0.5 and _beside(box, word)
        ]

    def above(self, box: FoundBox, reach: float) -> Word | None:
        """The nearest word above a box's middle, at most ``reach`` mm up."""
        over = [w for w in self._by_line if _in_column(box, w) and -0.4 <= box.y - w.bottom <= reach]
        return max(over, key=lambda word: word.bottom, default=None)

    def below(self, box: FoundBox, reach: float) -> Word | None:
        """The nearest word below a box's middle, at most ``reach`` mm down."""
        under = [w for w in self._by_line if _in_column(box, w) and -0.4 <= w.y - box.bottom <= reach]
        return min(under, key=lambda word: word.y, default=None)

    def says_something(self, box: FoundBox) -> bool:
        """Whether any text is as near to a box as its option's would be."""
        right, left = self.right(box), self.left(box)
        return bool(
            self.inside(box)
            or (right and right[0].x - box.right < NEAR)
            or (left and box.x - left[0].right < NEAR)
            or self.above(box, 4.0)
            or self.below(box, 4.0)
            or self._in_a_row(box)
        )

    def _in_a_row(self, box: FoundBox) -> bool:
        """Whether a box stands beside another of its size, in a row that begins with text."""
        row = [one for one in self.boxes if _beside(box, one) and abs(one.w - box.w) < 0.12 * box.w]
        first = min(row, key=lambda one: one.x)
        return len(row) > 1 and bool(self.left(first))


def _beside(box: Place, other: Place) -> bool:
    """Whether something stands on a box's line."""
    return abs(other.middle[1] - box.middle[1]) < 0.55 * max(box.h, min(other.h, 4.5)) + 0.3


def _in_column(box: Place, word: Place) -> bool:
    return abs(word.middle[0] - box.middle[0]) < 0.5 * box.w + 0.6
