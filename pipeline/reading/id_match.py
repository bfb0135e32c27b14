"""How well the ids of a roster explain what an id grid says, all students at once.

A student who fills in a grid leaves a column out, marks two, swaps neighbours, marks the row
beside the right one, or begins a column too early or too late. Each of these has a price; an id's
distance is the cheapest way from it to the grid (a weighted edit distance with swapped neighbours:
optimal string alignment, with columns that are probabilities). Prices are rounded negative
logarithms of how often each slip happens.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.reading.id_grid import IdColumn, IdGrid

Values = NDArray[np.float64]

SLIP = 0.003
"""Chance that a column clearly says a certain other character than was meant."""
NEXT_ROW = 0.01
"""Chance, beyond that, of each of the two characters printed beside the one that was meant."""
SWAP = 2.0
"""Price of two neighbouring characters in each other's columns."""
SHIFT = 1.5
"""Price of an id that begins or ends a column off, by a character that found no column."""
LEFT_OUT = 5.0
"""Price of a character without a column in the middle of an id."""
SPARE_BLANK = 0.5
"""Price of a blank column that stands for no character."""
SPARE = 6.0
"""Price of a marked column that stands for no character."""


class RosterIndex:
    """The ids of a roster, as arrays.

    Parameters
    ----------
    student_ids
        In the order of the roster.
    """

    def __init__(self, student_ids: Iterable[str]) -> None:
        self.student_ids = tuple(student_ids)
        folded = [student_id.upper() for student_id in self.student_ids]
        self._alphabet = {character: number for number, character in enumerate(sorted(set("".join(folded))))}
        by_length: dict[int, list[int]] = {}
        for place, text in enumerate(folded):
            by_length.setdefault(len(text), []).append(place)
        self._groups = [
            (
                np.array(places, dtype=np.intp),
                np.array([[self._alphabet[c] for c in folded[place]] for place in places], dtype=np.intp),
            )
            for places in by_length.values()
        ]

    def distances(self, grid: IdGrid) -> Values:
        """(students,) distance of each student's id from a grid."""
        result = np.full(len(self.student_ids), np.inf)
        prices = np.array([self._prices(column) for column in grid.columns])
        blank = np.array([column.text == "_" for column in grid.columns], dtype=bool)
        for places, codes in self._groups:
            result[places] = _align(prices, blank, codes)
        return result

    def _prices(self, column: IdColumn) -> Values:
        """(alphabet,) price of each character in a column."""
        read = np.array([0.0, *column.chances.values(), 0.0])
        likely = SLIP + (1.0 - SLIP) * read[1:-1] + NEXT_ROW * (read[:-2] + read[2:])
        chances = np.full(len(self._alphabet), SLIP)
        for character, chance in zip(column.chances, likely, strict=True):
            if character in self._alphabet:
                chances[self._alphabet[character]] = chance
        return np.asarray(-np.log(np.minimum(chances, 1.0)))


def _align(prices: Values, blank: NDArray[np.bool_], codes: NDArray[np.intp]) -> Values:
    """(students,) the cheapest alignment of each id, (students, length), with the columns."""
    students, length = codes.shape
    spare = np.where(blank, SPARE_BLANK, SPARE)
    before_last = last = np.cumsum([0.0] + [SHIFT] * length)[None].repeat(students, axis=0)
    for i in range(len(prices)):
        row = np.empty_like(last)
        row[:, 0] = last[:, 0] + spare[i]
        for j in range(1, length + 1):
            gap = SHIFT if i == len(prices) - 1 else LEFT_OUT
            best = np.minimum(last[:, j] + spare[i], row[:, j - 1] + gap)
            best = np.minimum(best, last[:, j - 1] + prices[i, codes[:, j - 1]])
            if i and j > 1:
                crossed = prices[i - 1, codes[:, j - 1]] + prices[i, codes[:, j - 2]]
                best = np.minimum(best, before_last[:, j - 2] + crossed + SWAP)
            row[:, j] = best
        before_last, last = last, row
    return np.asarray(last[:, length])


def reach(grid: IdGrid) -> float:
    """Distance up to which an id is worth proposing: two slips, and a third of a short id."""
    slip = -float(np.log(SLIP))
    blank = sum(column.text == "_" for column in grid.columns)
    clear = len(grid.columns) - blank
    return min(2.0, clear / 3.0) * slip + blank * float(np.log(len(_widest(grid.columns)) or 1))


def _widest(columns: Sequence[IdColumn]) -> frozenset[str]:
    return max((frozenset(column.chances) for column in columns), key=len, default=frozenset())
