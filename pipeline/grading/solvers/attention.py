"""Solver of dot-product attention."""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from pipeline.grading.numbers import Number
from pipeline.grading.solvers.arguments import ArgumentError, array, flag, refuse_work
from pipeline.grading.solvers.functions import Exact, softmax
from pipeline.grading.solvers.registry import solver


@solver("attention", query=array(1, 2), keys=array(2), values=array(2), scaled=flag(), causal=flag())
def attention(
    query: Exact, keys: Exact, values: Exact, scaled: bool = True, causal: bool = False
) -> dict[str, Any]:
    """Dot-product attention: softmax(Q K^T / sqrt(d)) V, the softmax row by row.

    Parameters
    ----------
    query
        (queries, d), or (d,) for one query.
    keys
        (items, d).
    values
        (items, m).
    scaled
        False leaves out the division by sqrt(d).
    causal
        True keeps query i from the items behind i.

    Returns
    -------
    dict
        ``scores`` and ``weights`` (queries, items), ``output`` (queries, m);
        without the queries axis for one query.

    References
    ----------
    Vaswani et al., Attention Is All You Need (2017), equation 1.
    """
    queries = np.atleast_2d(query)
    if queries.shape[1] != keys.shape[1] or len(keys) != len(values):
        raise ArgumentError(
            f"queries of {queries.shape[1]}, {len(keys)} keys of {keys.shape[1]}, {len(values)} values",
            "write as many values as keys, and queries as long as the keys",
        )
    products = len(queries) * len(keys) * (keys.shape[1] + values.shape[1])
    refuse_work(products, "the attention is", "use fewer queries and keys")
    scores = np.asarray(queries @ keys.T, dtype=np.object_)
    if scaled:
        scores = np.asarray(scores * _inverse_root(keys.shape[1]), dtype=np.object_)
    weights = _causal(scores) if causal else softmax(scores)
    output = np.asarray(weights @ values, dtype=np.object_)
    found = {"scores": scores, "weights": weights, "output": output}
    return found if query.ndim == 2 else {name: value[0] for name, value in found.items()}


def _inverse_root(size: int) -> Number:
    root = math.isqrt(size)
    return Fraction(1, root) if root * root == size else 1 / math.sqrt(size)


def _causal(scores: Exact) -> Exact:
    weights = np.zeros(scores.shape, dtype=np.object_)
    for row in range(len(scores)):
        seen = min(row + 1, scores.shape[1])
        weights[row, :seen] = softmax(scores[row, :seen])
    return weights
