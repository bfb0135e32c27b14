"""Solvers of computation graphs: values and all partial derivatives, by reverse mode.

A graph is data: a list of nodes, each a map with a ``name`` and either a ``value`` (an input) or
an ``op`` with its ``inputs``. An input of an operation is a name, or a number. Nodes stand behind
the nodes that they use.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.grading.numbers import Number, did_you_mean
from pipeline.grading.solvers.arguments import (
    ArgumentError,
    checked_size,
    either,
    list_of,
    number,
    record,
    word,
)
from pipeline.grading.solvers.functions import relu, sigmoid, slope, tanh
from pipeline.grading.solvers.registry import solver

OPERATIONS = ("+", "*", "max", "relu", "sigmoid", "tanh")
_ONE_INPUT = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh}
_NODES = list_of(
    record(
        {"name": word()},
        {"value": number(), "op": word(*OPERATIONS), "inputs": list_of(either(number(), word()))},
    )
)
Nodes = tuple[dict[str, Any], ...]


def _run(nodes: Nodes) -> dict[str, Number]:
    values: dict[str, Number] = {}
    for node in nodes:
        name = node["name"]
        if name in values:
            raise ArgumentError(f"two nodes are called {name}", "give each its own name")
        if "value" in node:
            if "op" in node or "inputs" in node:
                raise ArgumentError(f"node {name} has a value and an op", "leave one out")
            values[name] = node["value"]
        else:
            values[name] = checked_size(_apply(node, [_value(part, values, name) for part in _inputs(node)]))
    return values


def _inputs(node: Mapping[str, Any]) -> tuple[Any, ...]:
    if "op" not in node or "inputs" not in node:
        raise ArgumentError(f"node {node['name']} has no value and no op with inputs", "write one of them")
    inputs: tuple[Any, ...] = node["inputs"]
    if node["op"] in _ONE_INPUT and len(inputs) != 1:
        raise ArgumentError(f"node {node['name']}: {node['op']} takes one input, not {len(inputs)}")
    return inputs


def _value(part: Any, values: Mapping[str, Number], name: str) -> Number:
    if not isinstance(part, str):
        number_part: Number = part
        return number_part
    if part not in values:
        raise ArgumentError(f"node {name} uses {part}, which is not before it", did_you_mean(part, values))
    return values[part]


def _apply(node: Mapping[str, Any], inputs: list[Number]) -> Number:
    operation = node["op"]
    if operation == "+":
        return sum(inputs)
    if operation == "*":
        return _product(inputs)
    if operation == "max":
        return max(inputs)
    return _ONE_INPUT[operation](inputs[0])


def _product(values: list[Number]) -> Number:
    result: Number = 1
    for value in values:
        result = checked_size(result * value)
    return result


def _partials(node: Mapping[str, Any], inputs: list[Number]) -> list[Number]:
    """Derivative of a node's value by each of its inputs."""
    operation = node["op"]
    if operation == "+":
        return [1] * len(inputs)
    if operation == "*":
        return [_product(inputs[:place] + inputs[place + 1 :]) for place in range(len(inputs))]
    if operation == "max":
        top = max(inputs)
        return [1 if value == top else 0 for value in inputs]
    return [slope(operation, inputs[0])]


@solver("graph.value", nodes=_NODES)
def value(nodes: Nodes) -> dict[str, Number]:
    """Value of every node of a computation graph, by its name.

    Parameters
    ----------
    nodes
        ``{name, value}`` for inputs, ``{name, op, inputs}`` with op one of + * max relu sigmoid
        tanh; + * and max take any number of inputs.
    """
    return _run(nodes)


@solver("graph.gradient", nodes=_NODES, of=word())
def gradient(nodes: Nodes, of: str = "") -> dict[str, Number]:
    """Derivative of one node by every node of a computation graph, by name; reverse mode.

    The derivative of ReLU at 0 is 0. Where inputs of ``max`` tie and a gradient arrives, there is
    no derivative, and the graph is refused.

    Parameters
    ----------
    nodes
        As in ``graph.value``.
    of
        Name of the node to differentiate; the last one when left out.
    """
    values = _run(nodes)
    top = of or nodes[-1]["name"]
    if top not in values:
        raise ArgumentError(f"no node is called {top}", did_you_mean(top, values))
    slopes: dict[str, Number] = dict.fromkeys(values, 0)
    slopes[top] = 1
    for node in reversed(nodes):
        upstream = slopes[node["name"]]
        if "value" in node or upstream == 0:
            continue
        inputs = [_value(part, values, node["name"]) for part in node["inputs"]]
        partials = _partials(node, inputs)
        if node["op"] == "max" and sum(partials) > 1:
            raise ArgumentError(f"node {node['name']}: inputs of max are equal, so it has no derivative")
        for part, partial in zip(node["inputs"], partials, strict=True):
            if isinstance(part, str):
                slopes[part] = checked_size(slopes[part] + upstream * partial)
    return slopes
