"""Solvers of losses, activations and small vector work: softmax, argmax, sums, comparisons."""

from typing import Any

import numpy as np

from pipeline.grading.numbers import Number
from pipeline.grading.solvers import functions
from pipeline.grading.solvers.arguments import (
    ArgumentError,
    array,
    checked_size,
    flag,
    list_of,
    number,
    whole,
    word,
)
from pipeline.grading.solvers.functions import ACTIVATIONS, LOSSES, Exact
from pipeline.grading.solvers.registry import solver


@solver("loss.value", kind=word(*LOSSES), output=array(0, 1), target=array(0, 1))
def loss(kind: str, output: Exact, target: Exact) -> Number:
    """Loss of one sample.

    mse is the mean of (o_i - t_i)^2; half-mse is half their sum; nll is -log sigmoid(z) for
    target 1 and -log(1 - sigmoid(z)) for -1; cross-entropy is -sum_i p_i log softmax(z)_i with
    the target a class (0-based) or probabilities p.

    Parameters
    ----------
    kind
        mse, half-mse, nll or cross-entropy.
    output
        (n,) or one number: outputs (mse, half-mse) or logits.
    target
        (n,), or one number: value, class, or 1 / -1.

    References
    ----------
    Goodfellow, Bengio, Courville, Deep Learning (2016), sections 5.5 and 6.2.
    """
    return functions.loss_value(kind, np.atleast_1d(output), np.atleast_1d(target))


@solver("loss.gradient", kind=word(*LOSSES), output=array(0, 1), target=array(0, 1))
def gradient(kind: str, output: Exact, target: Exact) -> Exact:
    """Gradient of ``loss.value`` by its outputs or logits, (n,).

    mse 2 (o - t) / n; half-mse o - t; nll y (sigmoid(y z) - 1); cross-entropy softmax(z) - p.
    """
    return functions.loss_gradient(kind, np.atleast_1d(output), np.atleast_1d(target))


@solver("activation", name=word(*ACTIVATIONS), input=array())
def activation(name: str, input: Exact) -> Any:
    """An activation of every element; softmax over the last axis.

    Parameters
    ----------
    name
        identity, relu, sigmoid, tanh or softmax.
    input
        Numbers in any shape; the result has the same.
    """
    return functions.activate(name, np.atleast_1d(input)).reshape(input.shape)


@solver("softmax", input=array(1, 2))
def softmax(input: Exact) -> Exact:
    """softmax(z)_i = exp(z_i) / sum_j exp(z_j), row by row for a matrix."""
    return functions.softmax(input)


@solver("argmax", scores=array(1), first=whole())
def argmax(scores: Exact, first: int = 0) -> int:
    """Class with the largest score; classes are counted from ``first``.

    A tie has no answer and is refused.
    """
    top = max(scores)
    places = [place for place, score in enumerate(scores) if score == top]
    if len(places) > 1:
        raise ArgumentError(f"{len(places)} scores are the largest", "an exam needs one of them")
    return first + places[0]


@solver("sum", values=list_of(number()))
def total(values: tuple[Number, ...]) -> Number:
    """Sum of numbers."""
    result: Number = 0
    for value in values:
        result = checked_size(result + value)
    return result


@solver("product", values=list_of(number()))
def product(values: tuple[Number, ...]) -> Number:
    """Product of numbers."""
    result: Number = 1
    for value in values:
        result = checked_size(result * value)
    return result


@solver("flatten", input=array(2, 3, 4), by_columns=flag())
def flatten(input: Exact, by_columns: bool = False) -> Exact:
    """All elements in one list: row by row, or with ``by_columns`` the first axis fastest."""
    return input.ravel(order="F" if by_columns else "C")


@solver("compare", first=number(), second=number())
def compare(first: Number, second: Number) -> dict[str, Any]:
    """Two numbers side by side.

    Returns ``larger`` (first > second), ``smaller``, ``equal`` as truth values, ``difference``
    first - second, and ``relation``: ">", "<" or "=".
    """
    relation = ">" if first > second else "<" if first < second else "="
    return {
        "larger": first > second,
        "smaller": first < second,
        "equal": first == second,
        "difference": first - second,
        "relation": relation,
    }


@solver("sgd.step", parameters=array(), gradient=array(), rate=number())
def sgd_step(parameters: Exact, gradient: Exact, rate: Number) -> Any:
    """One step of gradient descent: parameters - rate * gradient, in the shape of both."""
    if parameters.shape != gradient.shape:
        raise ArgumentError(
            f"parameters have shape {parameters.shape}, the gradient {gradient.shape}",
            "make them equal",
        )
    return parameters - rate * gradient
