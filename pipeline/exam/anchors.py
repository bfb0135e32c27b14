"""The four corner marks of scangrade's own paper: where they are and which of them is "up".

The paper room draws them, the reading room finds them; both take them from here.
"""

from dataclasses import dataclass

MARK_SIZE = 5.0
"""Side of a corner mark, mm."""
MARK_INSET = 16.0
"""Distance of a mark's centre from both nearest paper edges, mm."""
MARK_HOLE = 2.2
"""Side of the white square hole in the mark that is different, the top-left one, mm."""
MARK_QUIET = 2.5
"""Width of the margin around a mark that stays free of print, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerMark:
    """One printed corner mark."""

    x: float
    """Centre, mm from the left edge of the paper."""
    y: float
    """Centre, mm from the top edge of the paper."""
    size: float = MARK_SIZE
    """Side of the black square, mm."""
    hole: float = 0.0
    """Side of the white square hole in its middle, mm; 0: solid."""


def corner_marks(width: float, height: float) -> tuple[CornerMark, CornerMark, CornerMark, CornerMark]:
    """Give the corner marks of a page of scangrade's own paper.

    Parameters
    ----------
    width, height
        Of the paper, mm.

    Returns
    -------
    tuple of CornerMark
        Top-left (the one with a hole: "up"), top-right, bottom-right, bottom-left.
    """
    right, bottom = width - MARK_INSET, height - MARK_INSET
    return (
        CornerMark(x=MARK_INSET, y=MARK_INSET, hole=MARK_HOLE),
        CornerMark(x=right, y=MARK_INSET),
        CornerMark(x=right, y=bottom),
        CornerMark(x=MARK_INSET, y=bottom),
    )
