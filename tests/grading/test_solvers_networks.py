"""Networks: gradients against central differences, losses and activations against their definitions."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special

from pipeline.grading.solvers.functions import LOSSES
from tests.grading.build import run

HALF = Fraction(1, 2)
TUM: dict[str, Any] = {
    "input": (2, -1),
    "weights": (((1, HALF), (-HALF, -1)), ((HALF, -HALF), (-1, 1))),
    "biases": ((HALF, -HALF), (-1, HALF)),
    "activations": ("relu", "identity"),
}


def test_parameters_of_a_network_are_its_weights_and_biases() -> None:
    assert run("mlp.parameters", layers=(2, 4, 3)) == 27
    assert run("mlp.parameters", layers=(2, 4, 3), bias=False) == 20
    assert run("mlp.parameters", layers=(2, 4, 3), count="biases") == 7
    assert run("mlp.shapes", layers=(3, 4, 2)) == ((4, 3), (2, 4))


def test_the_forward_pass_of_the_itm_exam_is_exact() -> None:
    found = run("mlp.forward", **TUM)
    assert found["z"][0] == (2, -HALF)
    assert found["h"][0] == (2, 0)
    assert found["output"] == (0, Fraction(-3, 2))
    assert run("mlp.loss", **TUM, loss="half-mse", target=(1, HALF)) == Fraction(5, 2)
    assert run("mlp.loss", **TUM, loss="mse", target=(1, HALF)) == Fraction(5, 2)


def test_one_step_of_the_tum_exam_updates_w21_to_065() -> None:
    step = run("mlp.sgd_step", **TUM, loss="mse", target=(1, HALF), rate=Fraction(1, 10))
    assert step["weights"][0][0][1] == Fraction(65, 100)


def test_a_step_on_a_single_logit_is_exact() -> None:
    step = run(
        "mlp.sgd_step",
        input=(1, 0, 0, 1),
        weights=(((1, 2, 3, 4),),),
        biases=((-5,),),
        activations=("identity",),
        loss="nll",
        target=1,
        rate=1,
    )
    assert step["weights"] == (((Fraction(3, 2), 2, 3, Fraction(9, 2)),),)
    assert step["biases"] == ((Fraction(-9, 2),),)


_SMALL = st.floats(-1.5, 1.5).filter(lambda value: abs(value) > 1e-3)


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(_SMALL, min_size=20, max_size=20),
    hidden=st.sampled_from(("tanh", "sigmoid", "relu", "identity", "softmax")),
    loss=st.sampled_from(LOSSES),
)
def test_every_gradient_agrees_with_central_differences(numbers: list[float], hidden: str, loss: str) -> None:
    outputs = 1 if loss == "nll" else 2
    network: dict[str, Any] = {
        "input": numbers[:2],
        "weights": [
            np.reshape(numbers[2:8], (3, 2)).tolist(),
            np.reshape(numbers[8 : 8 + 3 * outputs], (outputs, 3)).tolist(),
        ],
        "biases": [numbers[14:17], numbers[17 : 17 + outputs]],
        "activations": (hidden, "identity"),
        "loss": loss,
        "target": {"cross-entropy": 1, "nll": -1}.get(loss, (0.3, -0.7)),
    }
    # At its kink ReLU has no derivative that a difference could agree with.
    sums = run("mlp.forward", "z", 0, **{name: network[name] for name in NETWORK})
    assume(hidden != "relu" or all(abs(z) > 1e-3 for z in sums))
    gradient = run("mlp.gradient", **network)
    assert run("mlp.loss", **network) == gradient["loss"]
    for name in ("weights", "biases"):
        for layer in (0, 1):
            found = np.array(gradient[name][layer], dtype=float)
            for index in np.ndindex(found.shape):
                slope = _difference(network, name, layer, index)
                assert found[index] == pytest.approx(slope, abs=1e-6)


NETWORK = ("input", "weights", "biases", "activations")


def _difference(network: dict[str, Any], name: str, layer: int, index: tuple[int, ...]) -> float:
    values = []
    for step in (1e-5, -1e-5):
        numbers = [np.array(layer_of) for layer_of in network[name]]
        numbers[layer][index] += step
        moved = {**network, name: [layer_of.tolist() for layer_of in numbers]}
        values.append(run("mlp.loss", **moved))
    return float(values[0] - values[1]) / 2e-5


@given(scores=st.lists(st.floats(-30, 30), min_size=2, max_size=6))
def test_softmax_and_losses_agree_with_scipy(scores: list[float]) -> None:
    assert run("softmax", input=scores) == pytest.approx(special.softmax(scores), abs=1e-12)
    expected = -special.log_softmax(scores)[1]
    assert run("loss.value", kind="cross-entropy", output=scores, target=1) == pytest.approx(
        expected, abs=1e-9
    )
    slope = special.softmax(scores)
    slope[1] -= 1
    found = run("loss.gradient", kind="cross-entropy", output=scores, target=1)
    assert found == pytest.approx(slope, abs=1e-9)


@given(z=st.floats(-20, 20), side=st.sampled_from((1, -1)))
def test_the_negative_log_likelihood_is_that_of_the_sigmoid(z: float, side: int) -> None:
    expected = math.log1p(math.exp(-side * z))
    assert run("loss.value", kind="nll", output=z, target=side) == pytest.approx(expected, abs=1e-9)


def test_softmax_of_equal_numbers_is_an_exact_fraction() -> None:
    assert run("softmax", input=(2, 2, 2)) == (Fraction(1, 3),) * 3
    assert run("activation", name="sigmoid", input=(0,)) == (HALF,)


def test_huge_scores_do_not_overflow() -> None:
    assert run("softmax", input=(1000, 0)) == (1, 0)
    assert run("activation", name="sigmoid", input=(-2000,)) == (0,)


@pytest.mark.parametrize("scaled", [False, True])
def test_attention_agrees_with_a_plain_computation(scaled: bool) -> None:
    random = np.random.default_rng(3)
    query, keys, values = (random.normal(size=shape) for shape in ((2, 3), (4, 3), (4, 5)))
    scores = query @ keys.T / (math.sqrt(3) if scaled else 1)
    expected = special.softmax(scores, axis=1) @ values
    found = run("attention", query=query.tolist(), keys=keys.tolist(), values=values.tolist(), scaled=scaled)
    assert np.allclose(np.array(found["output"], dtype=float), expected)


def test_causal_attention_hides_what_comes_later() -> None:
    keys = ((1, 0), (5, 5))
    found = run("attention", query=keys, keys=keys, values=((1,), (9,)), causal=True)
    assert found["weights"][0] == (1, 0)
    assert found["output"][0] == (1,)


def test_the_attention_of_the_ist_exam_matches_its_printed_numbers() -> None:
    states = ((1, 0), (0, 1), (1, 3))
    found = run("attention", query=(2, -1), keys=states, values=states)
    assert found["weights"] == pytest.approx((0.807, 0.097, 0.097), abs=5e-4)
    assert found["output"] == pytest.approx((0.903, 0.387), abs=5e-4)


def test_a_recurrent_cell_of_scalars_gives_scalars() -> None:
    cell: dict[str, Any] = {"inputs": (1, 2, 0), "input_weights": 2, "hidden_weights": 1, "initial": -3}
    assert run("rnn.unroll", **cell, activation="relu")["states"] == (0, 4, 4)


def test_a_recurrent_network_agrees_with_a_plain_loop() -> None:
    random = np.random.default_rng(5)
    inputs, by_input, by_hidden, outer = (
        random.normal(size=shape) for shape in ((4, 2), (3, 2), (3, 3), (2, 3))
    )
    state, expected = np.zeros(3), []
    for step in inputs:
        state = np.tanh(by_hidden @ state + by_input @ step)
        expected.append(outer @ state)
    found = run(
        "rnn.unroll",
        inputs=inputs.tolist(),
        input_weights=by_input.tolist(),
        hidden_weights=by_hidden.tolist(),
        output_weights=outer.tolist(),
    )
    assert np.allclose(np.array(found["outputs"], dtype=float), expected)


def test_recurrent_cells_count_gates_and_bias_vectors() -> None:
    assert run("rnn.parameters", input=4, hidden=12, biases=0) == 192
    assert run("lstm.parameters", input=10, hidden=20, biases=2) == 4 * (20 * 10 + 20 * 20 + 40)
    assert run("gru.parameters", input=10, hidden=20) == 3 * (20 * 10 + 20 * 20 + 20)


def _uw_graph(**inputs: float) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in inputs.items()]
    nodes += [
        {"name": "a", "op": "*", "inputs": ["w0", "x0"]},
        {"name": "b", "op": "*", "inputs": ["w1", "x1"]},
        {"name": "c", "op": "+", "inputs": ["a", "b", "b0"]},
        {"name": "d", "op": "*", "inputs": ["c", "w2"]},
        {"name": "e", "op": "+", "inputs": ["d", "b1"]},
        {"name": "f", "op": "max", "inputs": ["e", 0]},
    ]
    return nodes


def test_the_graph_of_the_uw_exam_has_its_printed_gradients() -> None:
    nodes = _uw_graph(w0=-1, w1=3, w2=4, x0=-3, x1=2, b0=-8, b1=1)
    assert run("graph.value", "f", nodes=nodes) == 5
    found = run("graph.gradient", nodes=nodes)
    assert [found[name] for name in ("w0", "w1", "w2", "b0", "b1")] == [-12, 8, 1, 4, 1]


@settings(max_examples=30)
@given(values=st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_the_gradient_of_a_graph_with_shared_nodes_agrees_with_differences(values: list[float]) -> None:
    def nodes(x: float, y: float, z: float) -> list[dict[str, Any]]:
        return [
            {"name": "x", "value": x},
            {"name": "y", "value": y},
            {"name": "z", "value": z},
            {"name": "p", "op": "*", "inputs": ["x", "y", "x"]},
            {"name": "q", "op": "tanh", "inputs": ["p"]},
            {"name": "r", "op": "sigmoid", "inputs": ["z"]},
            {"name": "s", "op": "+", "inputs": ["q", "r", "p", 1.5]},
            {"name": "t", "op": "*", "inputs": ["s", "s"]},
        ]

    found = run("graph.gradient", nodes=nodes(*values))
    for place, name in enumerate("xyz"):
        up, down = list(values), list(values)
        up[place] += 1e-6
        down[place] -= 1e-6
        slope = (
            run("graph.value", "t", nodes=nodes(*up)) - run("graph.value", "t", nodes=nodes(*down))
        ) / 2e-6
        assert found[name] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_argmax_counts_from_the_first_class_that_the_exam_uses() -> None:
    assert run("argmax", scores=(-3, 1, -1)) == 1
    assert run("argmax", scores=(-3, 1, -1), first=1) == 2


def test_two_counts_are_compared() -> None:
    found = run("compare", first=18432, second=3040)
    assert (found["larger"], found["relation"], found["difference"]) == (True, ">", 15392)
