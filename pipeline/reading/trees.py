"""Boosted trees in plain NumPy: all boxes and all trees at once.

Each tree is complete: at depth 4, fifteen questions "is column c at most t?" and sixteen leaves; a tree
that was grown with fewer repeats a leaf. After Friedman, "Greedy function approximation: a gradient
boosting machine", Annals of Statistics 29(5), 2001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.bool_]

AT_ONCE = 40_000
"""Trees times rows that are looked at together: what a processor's cache holds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """Sums of trees, one sum for each class."""

    columns: NDArray[np.intp]
    """(classes, trees, nodes) column that each node asks for; the children of node k are 2k+1, 2k+2."""
    cuts: NDArray[np.float32]
    """(classes, trees, nodes) values up to which a box goes to the left."""
    leaves: NDArray[np.float32]
    """(classes, trees, nodes + 1)"""
    base: NDArray[np.float32]
    """(classes,) what every sum begins with."""

    def __post_init__(self) -> None:
        classes, trees, nodes = self.columns.shape
        whole = (classes, trees, nodes), (classes, trees, nodes + 1), (classes,)
        if (self.cuts.shape, self.leaves.shape, self.base.shape) != whole or nodes & (nodes + 1):
            raise ValueError("the arrays of a forest do not fit together")

    @property
    def depth(self) -> int:
        """Questions from the root to a leaf."""
        return int(self.leaves.shape[2]).bit_length() - 1

    def scores(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum of the trees for each row.

        Parameters
        ----------
        table
            (n, columns)

        Returns
        -------
        (n, classes) float32; before any calibration, log odds or their parts.
        """
        classes, trees, _ = self.columns.shape
        by_column = np.ascontiguousarray(table.T)
        sums = np.zeros((classes, len(table)), dtype=np.float64)
        step = max(1, AT_ONCE // max(len(table), 1))
        for number, first in product(range(classes), range(0, trees, step)):
            sums[number] += self._values(by_column, number, slice(first, min(first + step, trees)))
        return np.asarray(sums.T + self.base, np.float32)

    def _values(self, by_column: NDArray[np.float32], number: int, some: slice) -> NDArray[np.float64]:
        """(n,) sum of some trees of a class; ``by_column`` (columns, n)."""
        # Every question of every tree at once is faster than to follow each box down its path.
        asked, cuts = self.columns[number, some].T, self.cuts[number, some].T
        right = [_rows(by_column, columns) > cut[:, None] for columns, cut in zip(asked, cuts, strict=True)]
        turns: list[Answers] = []
        leaf = np.zeros(right[0].shape, dtype=np.uint8)
        for _ in range(self.depth):
            turns.append(_turn(right, turns, 0))
            leaf += leaf
            leaf += turns[-1]
        leaves = self.leaves[number, some]
        places = leaf.astype(np.intp)
        if len(leaves) == 1:
            return np.asarray(leaves[0].take(places[0]))
        places += np.arange(len(leaves))[:, None] * leaves.shape[1]
        return np.asarray(leaves.take(places).sum(axis=0, dtype=np.float64))


def _rows(table: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Some rows of a table; one row without a copy."""
    return table[rows[0]][None] if len(rows) == 1 else table.take(rows, axis=0)


def _turn(right: Sequence[Answers], turns: Sequence[Answers], node: int) -> Answers:
    """The answer at the node that the turns so far lead to from ``node``, (trees, n)."""
    if not turns:
        return right[node]
    after = turns[1:]
    left = _turn(right, after, 2 * node + 1)
    # The same as a choice by ``np.where``, which takes twice as long for answers.
    return np.asarray(((left ^ _turn(right, after, 2 * node + 2)) & turns[0]) ^ left)
