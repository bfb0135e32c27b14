"""Activation and loss functions with their derivatives, exact where that is possible.

``sigmoid(0)`` is 1/2 and ``softmax`` of equal numbers is 1/n, as fractions; elsewhere they are
floats.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.grading.numbers import Number
from pipeline.grading.solvers.arguments import ArgumentError

Exact = NDArray[np.object_]

ACTIVATIONS = ("identity", "relu", "sigmoid", "tanh", "softmax")
LOSSES = ("mse", "half-mse", "nll", "cross-entropy")


def relu(z: Number) -> Number:
    """max(0, z)."""
    return max(0, z)


def sigmoid(z: Number) -> Number:
    """1 / (1 + exp(-z)); without overflow."""
    if z == 0:
        return Fraction(1, 2)
    small = math.exp(-abs(float(z)))
    return 1 / (1 + small) if z > 0 else small / (1 + small)


def tanh(z: Number) -> Number:
    """Hyperbolic tangent."""
    return 0 if z == 0 else math.tanh(float(z))


def identity(z: Number) -> Number:
    """The number itself."""
    return z


_FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    "identity": identity,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


def each(function: Callable[[Any], Any], values: Exact) -> Exact:
    """A function of every element, as an array of objects of the same shape."""
    result = np.empty(values.shape, dtype=np.object_)
    for index in np.ndindex(values.shape):
        result[index] = function(values[index])
    return result


def slope(name: str, z: Number) -> Number:
    """Derivative of an elementwise activation; that of ReLU at 0 is 0, as PyTorch has it."""
    if name == "identity":
        return 1
    if name == "relu":
        return 1 if z > 0 else 0
    value = _FUNCTIONS[name](z)
    return value * (1 - value) if name == "sigmoid" else 1 - value * value


def softmax(scores: Exact) -> Exact:
    """exp(z_i) / sum_j exp(z_j) over the last axis; shifted by the largest, so without overflow."""
    result = np.empty(scores.shape, dtype=np.object_)
    for index in np.ndindex(scores.shape[:-1]):
        row = scores[index]
        top = max(row)
        powers: list[Number] = [Fraction(1) if z == top else math.exp(float(z - top)) for z in row]
        total = sum(powers)
        for place, power in enumerate(powers):
            result[(*index, place)] = power / total
    return result


def activate(name: str, values: Exact) -> Exact:
    """An activation by name; softmax runs over the last axis."""
    return softmax(values) if name == "softmax" else each(_FUNCTIONS[name], values)


def back_through(name: str, z: Exact, output: Exact, upstream: Exact) -> Exact:
    """Gradient by z from the gradient by the activation's output; vectors (n,)."""
    if name == "softmax":
        inner = output @ upstream
        return np.asarray(output * (upstream - inner), dtype=np.object_)
    return np.asarray(upstream * each(lambda value: slope(name, value), z), dtype=np.object_)


# --- losses ------------------------------------------------------------------------------------


def loss_value(kind: str, output: Exact, target: Exact) -> Number:
    """Loss of one sample; see :func:`pipeline.grading.solvers.losses.loss` for the formulas."""
    if kind in ("mse", "half-mse"):
        squares: Number = sum((_same_size(output, target) - target) ** 2)
        return squares * (Fraction(1, len(output)) if kind == "mse" else Fraction(1, 2))
    if kind == "nll":
        return _minus_log(sigmoid(_side(target) * _logit(output)))
    wanted = _distribution(output, target)
    logs = [_log_softmax(output, place) for place in range(len(output))]
    total: Number = sum(share * log for share, log in zip(wanted, logs, strict=True) if share != 0)
    return -total


def loss_gradient(kind: str, output: Exact, target: Exact) -> Exact:
    """Gradient of the loss by the output, (n,)."""
    if kind in ("mse", "half-mse"):
        factor = Fraction(2, len(output)) if kind == "mse" else Fraction(1)
        return np.asarray(factor * (_same_size(output, target) - target), dtype=np.object_)
    if kind == "nll":
        side = _side(target)
        derivative = side * (sigmoid(side * _logit(output)) - 1)
        result = np.empty(1, dtype=np.object_)
        result[0] = derivative
        return result
    wanted = _distribution(output, target)
    return np.asarray(softmax(output) * sum(wanted) - wanted, dtype=np.object_)


def _same_size(output: Exact, target: Exact) -> Exact:
    if target.shape != output.shape:
        raise ArgumentError(
            f"target has {target.size} numbers, the output {output.size}", f"write {output.size}"
        )
    return output


def _logit(output: Exact) -> Number:
    if output.shape != (1,):
        raise ArgumentError("the loss nll is of one logit", "use cross-entropy for several classes")
    value: Number = output[0]
    return value


def _side(target: Exact) -> int:
    """+1 or -1; class 0 counts as -1."""
    value = target.ravel()[0]
    if target.size != 1 or value not in (-1, 0, 1):
        raise ArgumentError("the target of the loss nll is 1 or -1", "write target: 1 or -1")
    return 1 if value == 1 else -1


def _distribution(output: Exact, target: Exact) -> Exact:
    if target.shape == output.shape and target.size > 1:
        return target
    place = target.ravel()[0]
    if target.size != 1 or not isinstance(place, int) or not 0 <= place < len(output):
        raise ArgumentError(
            "the target of cross-entropy is a class or a probability for each class",
            f"write a class, 0 to {len(output) - 1}, or {len(output)} numbers",
        )
    wanted = np.zeros(len(output), dtype=np.object_)
    wanted[place] = 1
    return wanted


def _minus_log(value: Number) -> Number:
    if value == 0:
        raise ArgumentError("the loss is infinite: the probability is 0")
    return -math.log(value)


def _log_softmax(scores: Exact, place: int) -> Number:
    top = max(scores)
    total = math.fsum(math.exp(float(z - top)) for z in scores)
    return float(scores[place] - top) - math.log(total)
