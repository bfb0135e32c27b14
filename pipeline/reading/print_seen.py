"""How much of a reference picture's print is seen on a page, and whether another place shows more.

All of the print takes part, the boxes' outlines included: of a place that is a whole row off, it is
the first and the last row, and whatever is printed once.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.alike import row_shifts, turned_about
from pipeline.reading.image import as_gray
from pipeline.reading.registered import Matrix, inverse

_LEAST_PIXELS = 40
"""Pixels of print that only one of two has, below which they do not count."""
_EVEN = 0.5
"""What counts as seen of so little."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrintRival:
    """Another place at which a page would look much the same."""

    move: Matrix
    """From the place asked about to this one, in layout units."""
    own: float
    """Share seen of the print that only the place asked about has."""
    others: float
    """The same of the print that only the rival has."""

    @property
    def lead(self) -> float:
        """By how much the rival is better; below 0 when it is worse."""
        return self.others - self.own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrintSeen:
    """The reference's print and the page's, both as the reference lies; 1 where it is dark."""

    printed: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    """A pixel wider than the page has it."""

    @classmethod
    def of(cls, printed: NDArray[np.uint8], small: NDArray[np.uint8], matrix: Matrix) -> "PrintSeen":
        """Take a page to where the reference lies.

        Parameters
        ----------
        printed
            (height, width): the reference's print, from :func:`dark_print`.
        small
            The page.
        matrix
            Pixels of the reference to pixels of the page.
        """
        height, width = printed.shape
        there = as_gray(cv2.warpPerspective(small, inverse(matrix), (width, height), borderValue=(255,)))
        seen = as_gray(cv2.dilate(dark_print(there), np.ones((3, 3), np.uint8)))
        return cls(printed=printed, seen=seen)

    def share(self, page: PageLayout, to_reference: Matrix) -> float:
        """Share of the print outside the boxes that is seen."""
        outside = self.printed.copy()
        for box in page.boxes:
            corners = to_reference[:2, :2] @ np.array([[box.x, box.x + box.w], [box.y, box.y + box.h]])
            (left, right), (top, bottom) = corners + to_reference[:2, 2:3]
            outside[max(0, int(top) - 2) : int(bottom) + 3, max(0, int(left) - 2) : int(right) + 3] = 0
        total = int(outside.sum())
        return float((outside & self.seen).sum()) / total if total else 0.0


def dark_print(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where a picture is darker than about it, else 0."""
    level = cv2.convertScaleAbs(cv2.blur(small, (41, 41)), alpha=0.85, beta=-4)
    return as_gray(cv2.threshold(cv2.compare(small, level, cv2.CMP_LT), 0, 1, cv2.THRESH_BINARY)[1])


def print_rivals(print_seen: PrintSeen, to_reference: Matrix, page: PageLayout) -> list[PrintRival]:
    """Compare a place with every other that is whole rows or columns off, or upside-down.

    Returns
    -------
    list of PrintRival
        The best first; empty when nothing on the page repeats itself. Where nothing is printed that
        would tell two places apart, the lead is 0.
    """
    moves = [np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]) for x, y, _, _ in row_shifts(page)]
    if about := turned_about(page):
        moves.append(np.array([[-1, 0, 2 * about[0]], [0, -1, 2 * about[1]], [0, 0, 1.0]]))
    rivals = [_compare(print_seen, to_reference @ move @ inverse(to_reference), move) for move in moves]
    return sorted(rivals, key=lambda rival: -rival.lead)


def other_print_lead(print_seen: PrintSeen, other: NDArray[np.uint8], matrix: Matrix) -> float | None:
    """By how much more is seen of what only another reference prints; None: they print the same.

    Parameters
    ----------
    print_seen
        A reference's print, and what is seen where it lies.
    other
        Print of the other reference.
    matrix
        Pixels of the other to pixels of this one.
    """
    rival = _differ(print_seen, other, matrix, np.eye(3))
    return None if rival is None else rival.lead


def _compare(print_seen: PrintSeen, moved: Matrix, move: Matrix) -> PrintRival:
    rival = _differ(print_seen, print_seen.printed, moved, move)
    return PrintRival(move=move, own=0.0, others=0.0) if rival is None else rival


def _differ(
    print_seen: PrintSeen, other: NDArray[np.uint8], matrix: Matrix, move: Matrix
) -> PrintRival | None:
    """What is seen of that which only one of two prints has; None: there is next to nothing of it."""
    printed = print_seen.printed
    height, width = printed.shape
    there = as_gray(cv2.warpPerspective(other, matrix, (width, height), flags=cv2.INTER_NEAREST))
    wide = np.ones((5, 5), np.uint8)
    only_here = printed & (1 - as_gray(cv2.dilate(there, wide)))
    only_there = there & (1 - as_gray(cv2.dilate(printed, wide)))
    if max(int(only_here.sum()), int(only_there.sum())) < _LEAST_PIXELS:
        return None
    return PrintRival(
        move=move, own=_share(only_here, print_seen.seen), others=_share(only_there, print_seen.seen)
    )


def _share(printed: NDArray[np.uint8], seen: NDArray[np.uint8]) -> float:
    total = int(printed.sum())
    return float((printed & seen).sum()) / total if total >= _LEAST_PIXELS else _EVEN
