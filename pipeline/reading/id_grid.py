"""A student-id grid with what is known of each of its columns: pure, no pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import BoxState
from pipeline.reading.answers import GRID_OPTION, ReadBox, read_grid

SURE = 0.999
"""Probability above which no box is surer than another."""
PRIOR_ODDS = 0.02
"""Odds of each character of a column before its boxes are looked at: a blank column says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdColumn:
    """One column of an id grid."""

    text: str
    """The marked character, "_" where none is marked, "?" where it is unclear."""
    chances: Mapping[str, float]
    """Probability of each character, as upper case, if exactly one was meant."""
    possible: frozenset[str]
    """Characters that the column may say: the marked and the unclear ones, or all of a blank one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdGrid:
    """What a student-id grid says."""

    text: str = ""
    """Characters from left to right, "_" for a blank and "?" for an unclear column; empty when the
    grid is blank or there is none."""
    doubt: str = ""
    """Why a person must look at it; empty when every column that is marked is clear."""
    columns: tuple[IdColumn, ...] = field(default=())

    @property
    def written(self) -> str:
        """The text without the blank columns before and behind it."""
        return self.text.strip("_")

    def may_say(self, student_id: str) -> bool:
        """Whether an id can be what is marked, blank and unclear columns left open.

        An id shorter than the grid may stand at either end of it.
        """
        wanted, width = student_id.upper(), len(self.columns)
        if len(wanted) > width:
            return False
        return any(
            all(
                character in column.possible if character else column.text == "_"
                for character, column in zip(placed, self.columns, strict=True)
            )
            for placed in _placements(wanted, width)
        )

    def contradicts(self, other: "IdGrid") -> bool:
        """Whether a column of one says what the same column of the other cannot say."""
        return any(
            not one.possible & two.possible for one, two in zip(self.columns, other.columns, strict=False)
        )


def _placements(text: str, width: int) -> list[list[str]]:
    gap = [""] * (width - len(text))
    return [[*text, *gap], [*gap, *text]] if gap else [list(text)]


def read_id_grid(boxes: Sequence[ReadBox]) -> IdGrid:
    """Read a student-id grid: boxes ``d1=0`` .. ``d8=9``, or with letters as well."""
    grid = read_grid(boxes)
    places: dict[int, list[tuple[str, ReadBox]]] = {}
    for box in boxes:
        if match := GRID_OPTION.fullmatch(box.option):
            places.setdefault(int(match[1]), []).append((match[2].upper(), box))
    columns = tuple(_column(places[place]) for place in sorted(places))
    return IdGrid(text=grid.text, doubt=grid.doubt, columns=columns)


def _column(boxes: Sequence[tuple[str, ReadBox]]) -> IdColumn:
    marked = [character for character, box in boxes if box.state is BoxState.MARKED]
    unclear = [character for character, box in boxes if box.state is BoxState.DOUBTFUL]
    undone = [character for character, box in boxes if box.state is BoxState.CANCELLED]
    odds = {character: PRIOR_ODDS + _odds(box) for character, box in boxes}
    total = sum(odds.values())
    text = "?" if marked or unclear or undone else "_"
    if len(marked) == 1 and not unclear:
        text = marked[0]
    return IdColumn(
        text=text,
        chances={character: value / total for character, value in odds.items()},
        possible=frozenset(marked + unclear) or frozenset(character for character, _ in boxes),
    )


def _odds(box: ReadBox) -> float:
    p = SURE if box.state is BoxState.MARKED else min(box.p_marked, SURE)
    return p / (1.0 - p)
