"""Fitting trees and calibrating them: for ``benchmarks.train_marks``."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from pipeline.reading.trees import Forest

TREES, TREES_OF_CLASS = 160, 80
"""Trees for two outcomes; for each of more."""
DEPTH = 3
NODES = 2**DEPTH - 1
RATE = 0.15
LEAST_IN_LEAF = 15

Table = NDArray[np.float32]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Boxes of one convention; arrays (n,) but for ``inputs``."""

    inputs: Table
    """(n, columns)"""
    outcome: Numbers
    """Place in the convention's outcomes."""
    awkward: NDArray[np.bool_]


def fit_forest(sample: Sample, outcomes: int, weight_of_awkward: float) -> Forest:
    """Boosted trees; one sum for two outcomes, else one for each.

    Awkward marks are drawn more often than people make them; their weight makes up for that.
    """
    trees = TREES if outcomes == 2 else TREES_OF_CLASS
    boosted = HistGradientBoostingClassifier(
        max_iter=trees,
        max_depth=DEPTH,
        max_leaf_nodes=NODES + 1,
        learning_rate=RATE,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    weight = np.where(sample.awkward, weight_of_awkward, 1.0)
    with threadpool_limits(1):  # sums of one thread repeat exactly
        boosted.fit(sample.inputs, sample.outcome, sample_weight=weight)
    # scikit-learn keeps its trees in private attributes; the test of the shipped file compares scores.
    fitted: Any = boosted
    classes = 1 if outcomes == 2 else outcomes
    columns = np.zeros((classes, trees, NODES), dtype=np.intp)
    cuts = np.full((classes, trees, NODES), np.inf, dtype=np.float32)
    leaves = np.zeros((classes, trees, NODES + 1), dtype=np.float32)
    for place, iteration in enumerate(fitted._predictors):
        for number, predictor in enumerate(iteration):
            _copy_tree(predictor.nodes, columns[number, place], cuts[number, place], leaves[number, place])
    return Forest(
        columns=columns, cuts=cuts, leaves=leaves, base=fitted._baseline_prediction.ravel().astype(np.float32)
    )


def _copy_tree(nodes: Any, columns: Numbers, cuts: Table, leaves: Table) -> None:
    """Write one grown tree into the arrays of a complete one."""

    def copy(node: int, place: int, depth: int) -> None:
        if depth == DEPTH:
            leaves[place - NODES] = nodes[node]["value"]
        elif nodes[node]["is_leaf"]:
            copy(node, 2 * place + 1, depth + 1)
            copy(node, 2 * place + 2, depth + 1)
        else:
            columns[place] = nodes[node]["feature_idx"]
            cuts[place] = nodes[node]["num_threshold"]
            copy(int(nodes[node]["left"]), 2 * place + 1, depth + 1)
            copy(int(nodes[node]["right"]), 2 * place + 2, depth + 1)

    copy(0, 0, 0)


def calibrate(forest: Forest, sample: Sample) -> tuple[Table, Table]:
    """Scale and shift of each score, by the least log loss on boxes the trees have not seen (Platt 1999)."""
    scores = forest.scores(sample.inputs).astype(np.float64)
    classes = scores.shape[1]
    rows = np.arange(len(scores))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, shift = parameters[:classes], parameters[classes:]
        odds = scale * scores + shift
        if classes == 1:
            odds = np.concatenate([np.zeros_like(odds), odds], axis=1)
        odds -= odds.max(axis=1, keepdims=True)
        chances = np.exp(odds)
        chances /= chances.sum(axis=1, keepdims=True)
        value = -float(np.log(np.maximum(chances[rows, sample.outcome], 1e-12)).mean())
        chances[rows, sample.outcome] -= 1.0
        slope = chances[:, 1:] if classes == 1 else chances
        return value, np.concatenate([(slope * scores).mean(axis=0), slope.mean(axis=0)])

    start = np.concatenate([np.ones(classes), np.zeros(classes)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B")
    return found.x[:classes].astype(np.float32), found.x[classes:].astype(np.float32)
