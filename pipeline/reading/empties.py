"""Which of some boxes are the empty ones, where nobody knows how many are marked.

The emptiest of many boxes are empty as long as few are marked. Where most are, some of the emptiest
are marks: between an empty box and a mark the values jump, and what lies above a jump is no empty box.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]

TAIL = 3.0
"""How far empty boxes spread above their middle, against below it."""


def before_jump(ordered: Values, least: float) -> int:
    """How many of some values lie before they jump; :func:`last_before_jump` for one group.

    Parameters
    ----------
    ordered
        (n,) rising values of the boxes that are taken for empty, one or more.
    least
        The least step that can be one from empty boxes to marks.

    Returns
    -------
    int
        1 to n; n where nothing jumps.
    """
    return 1 + int(last_before_jump(ordered[None], np.array([len(ordered) - 1]), np.array([least]))[0])


def last_before_jump(ordered: Reals, last: NDArray[np.intp], least: Reals) -> NDArray[np.intp]:
    """Place of the last value of each group that lies before its values jump.

    Parameters
    ----------
    ordered
        (groups, longest) rising values.
    last
        (groups,) place of the last value that may be taken for empty.
    least
        (groups,) the least step that can be one from empty boxes to marks. Where the values before it
        spread far, the step must go as far beyond them as empty boxes may reach.

    Returns
    -------
    (groups,)
        ``last`` where nothing jumps.
    """
    if ordered.shape[1] < 2:
        return last
    with np.errstate(invalid="ignore"):  # beyond a short group all is infinite
        steps = np.diff(ordered, axis=1)
        reach = TAIL * (ordered[:, :-1] - ordered[:, :1])
        jumps = (steps > np.maximum(least[:, None], reach)) & (np.arange(steps.shape[1]) < last[:, None])
    return np.where(jumps.any(axis=1), jumps.argmax(axis=1), last)
