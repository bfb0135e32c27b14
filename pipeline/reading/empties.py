"""Which of some boxes are the empty ones, where nobody knows how many are marked.

The emptiest of many boxes are empty as long as few are marked. Where most are, some of the emptiest
are marks: between an empty box and a mark the values jump, and what lies above a jump is no empty box.
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

TAIL = 3.0
"""How far empty boxes spread above their middle, against below it."""


def before_jump(ordered: Values, least: float) -> int:
    """How many of some values lie before they jump.

    Parameters
    ----------
    ordered
        (n,) rising values of the boxes that are taken for empty, one or more.
    least
        The least step that can be one from empty boxes to marks. Where the values before it spread
        far, the step must go as far beyond them as empty boxes may reach.

    Returns
    -------
    int
        1 to n; n where nothing jumps.
    """
    steps = np.diff(ordered)
    jumps = np.flatnonzero(steps > np.maximum(least, TAIL * (ordered[:-1] - ordered[0])))
    return int(jumps[0]) + 1 if len(jumps) else len(ordered)


def empty_range(values: Values, share: float, least: float) -> tuple[float, float]:
    """A low and a middle value of the empty boxes among some.

    Parameters
    ----------
    values
        (n,) ink of boxes of one kind, marked and empty; one or more.
    share
        Share of them, with the least ink, that is taken for empty unless a step of ``least`` or more
        says that fewer are.
    least
        See :func:`before_jump`.
    """
    ordered = np.sort(values)
    last = len(ordered) - 1
    reach = before_jump(ordered[: int(last * share) + 1], least) - 1
    low = min(int(last * share / 4), reach)
    return float(ordered[low]), float(ordered[reach])
