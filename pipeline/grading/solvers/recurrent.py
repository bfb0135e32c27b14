"""Solvers of recurrent cells: parameter counts and unrolling."""

from typing import Any

import numpy as np

from pipeline.grading.solvers.arguments import ArgumentError, array, checked_size, whole, word
from pipeline.grading.solvers.functions import ACTIVATIONS, Exact, activate
from pipeline.grading.solvers.registry import solver

_CELL = {"input": whole(least=1), "hidden": whole(least=1), "biases": whole(least=0)}


def _cell(gates: int, input: int, hidden: int, biases: int) -> int:
    return gates * hidden * (hidden + input + biases)


@solver("rnn.parameters", **_CELL)
def rnn_parameters(input: int, hidden: int, biases: int = 1) -> int:
    """Parameters of h_t = f(V h_(t-1) + W x_t + b): hidden (hidden + input + biases).

    ``biases`` is the number of bias vectors: 0, 1, or 2 as in PyTorch.
    """
    return _cell(1, input, hidden, biases)


@solver("lstm.parameters", **_CELL)
def lstm_parameters(input: int, hidden: int, biases: int = 1) -> int:
    """Parameters of an LSTM cell: 4 hidden (hidden + input + biases) (Hochreiter & Schmidhuber 1997).

    ``biases`` is the number of bias vectors per gate: 0, 1, or 2 as in PyTorch.
    """
    return _cell(4, input, hidden, biases)


@solver("gru.parameters", **_CELL)
def gru_parameters(input: int, hidden: int, biases: int = 1) -> int:
    """Parameters of a GRU cell: 3 hidden (hidden + input + biases) (Cho et al. 2014)."""
    return _cell(3, input, hidden, biases)


@solver(
    "rnn.unroll",
    inputs=array(1, 2),
    input_weights=array(0, 2),
    hidden_weights=array(0, 2),
    initial=array(0, 1),
    bias=array(0, 1),
    activation=word(*ACTIVATIONS),
    output_weights=array(0, 2),
    output_bias=array(0, 1),
)
def rnn_unroll(
    inputs: Exact,
    input_weights: Exact,
    hidden_weights: Exact,
    initial: Exact | None = None,
    bias: Exact | None = None,
    activation: str = "tanh",
    output_weights: Exact | None = None,
    output_bias: Exact | None = None,
) -> dict[str, Any]:
    """States of h_t = f(V h_(t-1) + W x_t + b), and y_t = U h_t + c.

    Parameters
    ----------
    inputs
        (steps, n), or (steps,) for a cell of scalars.
    input_weights, hidden_weights
        W (m, n) and V (m, m); numbers for scalars.
    initial
        h_0 (m,); zeros when left out.
    bias
        b (m,); zeros when left out.
    activation
        f: identity, relu, sigmoid, tanh.
    output_weights, output_bias
        U (k, m) and c (k,); no outputs when U is left out.

    Returns
    -------
    dict
        ``states`` (steps, m), ``last`` (m,), and ``outputs`` (steps, k); without the m and k axes
        for scalars.
    """
    scalar = inputs.ndim == 1
    steps = inputs.reshape(-1, 1) if scalar else inputs
    by_input, by_hidden = _matrix(input_weights), _matrix(hidden_weights)
    size = len(by_input)
    if by_input.shape[1] != steps.shape[1] or by_hidden.shape != (size, size):
        raise ArgumentError(
            f"inputs of {steps.shape[1]}, input_weights {by_input.shape}, hidden_weights {by_hidden.shape}",
            f"write input_weights ({size}, {steps.shape[1]}) and hidden_weights ({size}, {size})",
        )
    state = _vector(initial, size, "initial")
    shift = _vector(bias, size, "bias")
    states = []
    for step in steps:
        state = activate(
            activation, np.asarray(by_hidden @ state + by_input @ step + shift, dtype=np.object_)
        )
        for number in state:
            checked_size(number)
        states.append(state)
    result: dict[str, Any] = {"states": states, "last": state}
    if output_weights is not None:
        outer = _matrix(output_weights)
        if outer.shape[1] != size:
            raise ArgumentError(f"output_weights have {outer.shape[1]} columns for a state of {size}")
        offset = _vector(output_bias, len(outer), "output_bias")
        result["outputs"] = [np.asarray(outer @ each + offset, dtype=np.object_) for each in states]
    return {name: _unwrapped(value) for name, value in result.items()} if scalar and size == 1 else result


def _matrix(weights: Exact) -> Exact:
    return weights if weights.ndim == 2 else weights.reshape(1, 1)


def _vector(values: Exact | None, size: int, name: str) -> Exact:
    if values is None:
        return np.zeros(size, dtype=np.object_)
    vector = np.atleast_1d(values)
    if len(vector) != size:
        raise ArgumentError(f"{name} has {len(vector)} numbers", f"write {size}")
    return vector


def _unwrapped(value: Any) -> Any:
    if isinstance(value, list):
        return [each[0] if len(each) == 1 else each for each in value]
    return value[0]
