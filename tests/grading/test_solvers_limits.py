"""Numbers that no exam has: they are refused at once, and nothing hangs."""

from fractions import Fraction
from typing import Any

import pytest

from pipeline.grading import SolverError, solve, value_text
from pipeline.grading.numbers import same_value, to_number, written_number
from pipeline.model import Solve
from tests.grading.build import check, question, run

SQUARES: list[dict[str, Any]] = [
    {"name": "n0", "value": 3},
    *({"name": f"n{i}", "op": "*", "inputs": [f"n{i - 1}"] * 2} for i in range(1, 60)),
]
HUGE = 10**9


@pytest.mark.parametrize(
    ("solver", "arguments", "words"),
    [
        ("graph.value", {"nodes": SQUARES}, "numbers grow too large"),
        ("graph.gradient", {"nodes": SQUARES}, "numbers grow too large"),
        ("product", {"values": [10**59 + 1] * 5000}, "numbers grow too large"),
        ("sum", {"values": [Fraction(1, 10**20 + k) for k in range(5000)]}, "numbers grow too large"),
        (
            "rnn.unroll",
            {
                "inputs": [1] * 9000,
                "input_weights": 1,
                "hidden_weights": 10**50,
                "activation": "identity",
            },
            "numbers grow too large",
        ),
        (
            "attention",
            {"query": [[1] * 100] * 400, "keys": [[1] * 100] * 400, "values": [[1]] * 400},
            "too large for an exam",
        ),
        ("pooling.values", {"input": [[1] * 300] * 300, "kernel": 150, "stride": 1}, "too large for an exam"),
        (
            "convolution.parameters",
            {"in_channels": 1, "filters": 1, "kernel": 2, "dimensions": HUGE},
            "is more than 3",
        ),
        (
            "convolution.weight_shape",
            {"in_channels": 1, "filters": 1, "kernel": 2, "dimensions": HUGE},
            "is more than 3",
        ),
        ("convolution.values", {"input": [[1]], "kernel": [[1]], "padding": HUGE}, "too large for an exam"),
        ("product", {"values": ["1e999999999", 2]}, "is not a number"),
        ("activation", {"name": "tanh", "input": 10**400}, "with numbers so large"),
        ("sgd.step", {"parameters": [10**1500], "gradient": [1], "rate": 1}, "numbers grow too large"),
    ],
)
def test_absurd_sizes_are_a_clear_fault(solver: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(SolverError, match=words) as caught:
        run(solver, **arguments)
    assert caught.value.instead or solver == "product"


def test_large_numbers_of_an_exam_are_counted_exactly() -> None:
    layers = (HUGE, HUGE, HUGE)
    assert run("mlp.parameters", layers=layers) == 2 * HUGE**2 + 2 * HUGE
    assert value_text(run("product", values=[10**100] * 10)) == "1" + "0" * 1000


@pytest.mark.parametrize("text", ["1e999999999", "1E-999999999", "-2.5e+400"])
def test_a_power_of_ten_beyond_all_exams_is_no_number(text: str) -> None:
    assert to_number(text) is None
    assert written_number(text) is None


def test_powers_of_ten_within_reason_are_numbers() -> None:
    assert to_number("1e3") == 1000
    assert to_number("2.5E-1") == Fraction(1, 4)


def test_a_solved_number_too_large_for_a_float_is_compared_all_the_same() -> None:
    assert not same_value(Fraction(10**400, 3), Fraction(1, 2))
    assert same_value(Fraction(2, 3), Fraction(67, 100))


def test_a_number_that_nobody_can_write_is_a_fault_of_the_key() -> None:
    task = Solve(solver="product", arguments={"values": (10**99,) * 30})
    with pytest.raises(SolverError):
        solve(task)
    (fault,) = check(question(answer=task)).faults
    assert "numbers grow too large" in fault.what
