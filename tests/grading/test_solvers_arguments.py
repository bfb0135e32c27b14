"""What a teacher is told who misuses a solver."""

from typing import Any

import pytest

from pipeline.grading import SOLVERS, SolverError
from pipeline.grading.numbers import tidy
from tests.grading.build import run


@pytest.mark.parametrize(
    ("solver", "arguments", "pick", "what", "instead", "field"),
    [
        ("mlp.parametrs", {}, (), "unknown solver", "did you mean mlp.parameters?", "solve"),
        ("mlp.parameters", {"layer": (2, 3)}, (), "no argument layer", "did you mean layers?", "with"),
        ("mlp.parameters", {}, (), "needs layers", "layers", "with"),
        ("mlp.parameters", {"layers": (2,)}, (), "1 items", "2 or more", "with"),
        ("mlp.parameters", {"layers": (2, 0)}, (), "0 is less than 1", "1 or more", "with"),
        ("mlp.parameters", {"layers": (2, 3), "bias": 1}, (), "not true or false", "true", "with"),
        ("mlp.parameters", {"layers": (2, 3), "count": "bias"}, (), "bias is unknown", "biases", "with"),
        ("mlp.parameters", {"layers": (2, "x")}, (), "item 2: x is not a whole number", "", "with"),
        (
            "attention",
            {"query": ((1, 2), (1,)), "keys": ((1,),), "values": ((1,),)},
            (),
            "different lengths",
            "",
            "with",
        ),
        ("attention", {"query": (1, 2), "keys": ((1,),), "values": ((1,),)}, (), "queries of 2", "", "with"),
        ("linear", {"weights": ((1, 2),), "input": (1,)}, (), "2 columns for 1 inputs", "", "with"),
        ("receptive_field", {"layers": [{"kernl": 3}]}, (), "kernl is unknown", "kernel", "with"),
        ("mlp.shapes", {"layers": (2, 3)}, (1,), "no place 1", "0 to 0", "pick"),
        (
            "rnn.unroll",
            {"inputs": (1,), "input_weights": 1, "hidden_weights": 1},
            ("state",),
            "no state",
            "states",
            "pick",
        ),
        ("mlp.parameters", {"layers": (2, 3)}, ("x",), "nothing to pick", "leave it out", "pick"),
        ("argmax", {"scores": (1, 1)}, (), "2 scores are the largest", "", "with"),
        (
            "loss.value",
            {"kind": "cross-entropy", "output": (1, 2), "target": 2},
            (),
            "a class",
            "0 to 1",
            "with",
        ),
        ("softmax", {"input": ()}, (), "empty", "at least one", "with"),
        ("softmax", {"input": (float("nan"), 1)}, (), "nan is not a number", "", "with"),
        (
            "convolution.values",
            {"input": (1, 2), "kernel": (1,), "padding": 10**9},
            (),
            "too large",
            "ask for its shape",
            "with",
        ),
    ],
)
def test_a_misused_solver_says_what_is_wrong_and_what_to_write(
    solver: str, arguments: dict[str, Any], pick: tuple[Any, ...], what: str, instead: str, field: str
) -> None:
    with pytest.raises(SolverError) as caught:
        run(solver, *pick, **arguments)
    assert what in caught.value.what
    assert instead in caught.value.instead
    assert caught.value.field == field


def _nodes(*operations: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "x", "value": 1}, {"name": "y", "value": 1}, *operations]


@pytest.mark.parametrize(
    ("node", "what"),
    [
        ({"name": "x", "op": "relu", "inputs": ["y"]}, "two nodes are called x"),
        ({"name": "z", "op": "relu", "inputs": ["yy"]}, "yy, which is not before it"),
        ({"name": "z", "op": "relu", "inputs": ["x", "y"]}, "takes one input"),
        ({"name": "z", "op": "-", "inputs": ["x", "y"]}, "- is unknown"),
        ({"name": "z"}, "no value and no op"),
        ({"name": "z", "op": "max", "inputs": ["x", "y"]}, "no derivative"),
    ],
)
def test_a_graph_that_cannot_be_differentiated_names_its_node(node: dict[str, Any], what: str) -> None:
    with pytest.raises(SolverError, match=what):
        run("graph.gradient", nodes=_nodes(node))


def test_an_argument_may_be_solved_by_another_solver() -> None:
    weights = {"solve": "mlp.parameters", "with": {"layers": (8, 10), "bias": False}}
    assert run("sum", values=(24, weights)) == 104


def test_solves_inside_each_other_end() -> None:
    task: dict[str, Any] = {"solve": "sum", "with": {"values": (1,)}}
    for _ in range(40):
        task = {"solve": "sum", "with": {"values": (task,)}}
    with pytest.raises(SolverError, match="inside each other"):
        run("sum", values=(task,))


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_every_solver_explains_itself_in_one_line(name: str) -> None:
    assert 10 < len(SOLVERS[name].summary) < 120


def test_results_are_plain_python_for_reports() -> None:
    found = tidy(run("mlp.forward", input=(1,), weights=(((2,),),), activations=("tanh",)))
    assert type(found["z"][0][0]) is int
    assert type(found["output"][0]) is float
