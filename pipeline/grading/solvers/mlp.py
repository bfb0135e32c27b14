"""Solvers of fully connected networks: counts, shapes, forward pass, loss, gradients, one step.

Layer l computes z_l = W_l h_(l-1) + b_l and h_l = f_l(z_l); W_l has a row for each output.
Source of the formulas: Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.5.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pipeline.grading.numbers import Number
from pipeline.grading.solvers.arguments import (
    ArgumentError,
    array,
    either,
    flag,
    list_of,
    number,
    whole,
    word,
)
from pipeline.grading.solvers.functions import (
    ACTIVATIONS,
    LOSSES,
    Exact,
    activate,
    back_through,
    loss_gradient,
    loss_value,
)
from pipeline.grading.solvers.registry import solver

_SIZES = list_of(whole(least=1), shortest=2)
_NETWORK = {
    "input": array(1),
    "weights": list_of(array(2)),
    "activations": list_of(word(*ACTIVATIONS)),
    "biases": list_of(array(1)),
}
_LOSS = {"target": either(array(1), array(0)), "loss": word(*LOSSES)}


@solver("mlp.parameters", layers=_SIZES, bias=flag(), count=word("total", "weights", "biases"))
def parameters(layers: tuple[int, ...], bias: bool = True, count: str = "total") -> int:
    """Parameters of a fully connected network: sum of n_(l-1) n_l weights and n_l biases.

    Parameters
    ----------
    layers
        Neurons of each layer, the input first.
    bias
        Whether each neuron behind the input has a bias.
    count
        total, weights or biases.
    """
    weights = sum(before * after for before, after in pairwise(layers))
    biases = sum(layers[1:]) if bias else 0
    return {"total": weights + biases, "weights": weights, "biases": biases}[count]


@solver("mlp.shapes", layers=_SIZES)
def shapes(layers: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Shape (outputs, inputs) of each weight matrix of h_l = f(W_l h_(l-1))."""
    return tuple((after, before) for before, after in pairwise(layers))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pass:
    z: tuple[Exact, ...]
    h: tuple[Exact, ...]
    """h[0] is the input."""


def _forward(
    input: Exact, weights: tuple[Exact, ...], activations: tuple[str, ...], biases: tuple[Exact, ...]
) -> _Pass:
    if len(activations) != len(weights):
        raise ArgumentError(
            f"{len(weights)} weight matrices and {len(activations)} activations",
            "write an activation for each; identity where there is none",
        )
    if biases and len(biases) != len(weights):
        raise ArgumentError(f"{len(weights)} weight matrices and {len(biases)} biases", "write one for each")
    hidden, sums = [input], []
    for layer, matrix in enumerate(weights):
        if matrix.shape[1] != len(hidden[-1]):
            raise ArgumentError(
                f"weight matrix {layer + 1} has {matrix.shape[1]} columns for {len(hidden[-1])} inputs",
                "write a row for each output, a column for each input",
            )
        z = np.asarray(matrix @ hidden[-1], dtype=np.object_)
        if biases:
            if biases[layer].shape != z.shape:
                raise ArgumentError(f"layer {layer + 1} has {len(biases[layer])} biases for {len(z)} outputs")
            z = z + biases[layer]
        sums.append(z)
        hidden.append(activate(activations[layer], z))
    return _Pass(z=tuple(sums), h=tuple(hidden))


@solver("mlp.forward", **_NETWORK)
def forward(
    input: Exact,
    weights: tuple[Exact, ...],
    activations: tuple[str, ...],
    biases: tuple[Exact, ...] = (),
) -> dict[str, Any]:
    """Forward pass of one sample.

    Parameters
    ----------
    input
        (n_0,).
    weights
        Per layer (n_l, n_(l-1)): a row for each output.
    activations
        Per layer: identity, relu, sigmoid, tanh or softmax.
    biases
        Per layer (n_l,); none when left out.

    Returns
    -------
    dict
        ``z`` and ``h``, a vector for each layer before and behind its activation (the first
        layer is place 0), and ``output``, the last h.
    """
    run = _forward(input, weights, activations, biases)
    return {"z": run.z, "h": run.h[1:], "output": run.h[-1]}


@solver("mlp.loss", **_NETWORK, **_LOSS)
def loss(
    input: Exact,
    weights: tuple[Exact, ...],
    activations: tuple[str, ...],
    target: Exact,
    loss: str,
    biases: tuple[Exact, ...] = (),
) -> Number:
    """Loss of one sample behind the forward pass; losses as in ``loss.value``.

    nll and cross-entropy take the last layer's output as logits: give it the identity.
    """
    run = _forward(input, weights, activations, biases)
    return loss_value(loss, run.h[-1], np.atleast_1d(target))


@solver("mlp.gradient", **_NETWORK, **_LOSS)
def gradient(
    input: Exact,
    weights: tuple[Exact, ...],
    activations: tuple[str, ...],
    target: Exact,
    loss: str,
    biases: tuple[Exact, ...] = (),
) -> dict[str, Any]:
    """Gradient of the loss of one sample, by backpropagation.

    delta_l = (W_(l+1)^T delta_(l+1)) f'(z_l); dL/dW_l = delta_l h_(l-1)^T; dL/db_l = delta_l.

    Returns
    -------
    dict
        ``weights`` and ``biases`` in the shapes of the parameters, ``input`` (n_0,), ``loss``
        and ``output``.
    """
    run = _forward(input, weights, activations, biases)
    wanted = np.atleast_1d(target)
    upstream = loss_gradient(loss, run.h[-1], wanted)
    by_weights: list[Exact] = []
    by_biases: list[Exact] = []
    for layer in reversed(range(len(weights))):
        delta = back_through(activations[layer], run.z[layer], run.h[layer + 1], upstream)
        by_weights.insert(0, np.asarray(np.outer(delta, run.h[layer]), dtype=np.object_))
        by_biases.insert(0, delta)
        upstream = np.asarray(weights[layer].T @ delta, dtype=np.object_)
    return {
        "weights": by_weights,
        "biases": by_biases,
        "input": upstream,
        "loss": loss_value(loss, run.h[-1], wanted),
        "output": run.h[-1],
    }


@solver("mlp.sgd_step", **_NETWORK, **_LOSS, rate=number())
def sgd_step(
    input: Exact,
    weights: tuple[Exact, ...],
    activations: tuple[str, ...],
    target: Exact,
    loss: str,
    rate: Number,
    biases: tuple[Exact, ...] = (),
) -> dict[str, Any]:
    """Weights and biases behind one step of stochastic gradient descent on one sample.

    W_l - rate dL/dW_l and b_l - rate dL/db_l; the gradient is that of ``mlp.gradient``.

    Returns
    -------
    dict
        ``weights`` and ``biases`` (empty when there are none).
    """
    found = gradient(input, weights, activations, target, loss, biases)
    return {
        "weights": [matrix - rate * slope for matrix, slope in zip(weights, found["weights"], strict=True)],
        "biases": [vector - rate * slope for vector, slope in zip(biases, found["biases"], strict=False)],
    }


@solver("linear", weights=array(2), input=array(1), bias=array(0, 1))
def linear(weights: Exact, input: Exact, bias: Exact | None = None) -> Exact:
    """W x + b: (outputs, inputs) times (inputs,) gives (outputs,)."""
    if weights.shape[1] != len(input):
        raise ArgumentError(f"weights have {weights.shape[1]} columns for {len(input)} inputs")
    result = np.asarray(weights @ input, dtype=np.object_)
    if bias is None:
        return result
    if bias.ndim and bias.shape != result.shape:
        raise ArgumentError(f"{len(bias)} biases for {len(result)} outputs")
    return np.asarray(result + bias, dtype=np.object_)
