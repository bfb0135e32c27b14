"""One to one at the least cost: who of several goes with whom."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def assign(costs: Values) -> NDArray[np.intp]:
    """Give each row a column of its own so that the costs sum to as little as can be.

    Shortest augmenting paths with potentials (Kuhn 1955; Jonker and Volgenant 1987).

    Parameters
    ----------
    costs
        (rows, columns), finite, with at least as many columns as rows.

    Returns
    -------
    (rows,) the column of each row.
    """
    rows, columns = costs.shape
    if rows > columns:
        raise ValueError(f"{rows} rows and only {columns} columns")
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    # Places count from 1; row 0 and column 0 stand for "none".
    owner = np.zeros(columns + 1, dtype=np.intp)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=np.intp)
        used = np.zeros(columns + 1, dtype=bool)
        while owner[column] != 0:
            used[column] = True
            reduced = costs[owner[column] - 1] - row_price[owner[column]] - column_price[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better] = reduced[better]
            came_from[1:][better] = column
            nearest = int(np.argmin(np.where(used, np.inf, least)[1:])) + 1
            step = least[nearest]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used] -= step
            column = nearest
        while column:
            owner[column], column = owner[came_from[column]], int(came_from[column])
    result = np.empty(rows, dtype=np.intp)
    taken = np.flatnonzero(owner[1:])
    result[owner[1:][taken] - 1] = taken
    return result
