"""The numbers of the five exams once more, without the solvers: NumPy, window by window, and differences."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.exam import load_exam
from pipeline.grading import Key, build_key, score_answer
from pipeline.model import Answer

KEYS = Path(__file__).parents[2] / "answer_keys"
Values = dict[str, Any]
Vector = NDArray[np.float64]
STEP = 1e-6


def key_of(name: str) -> Key:
    file = load_exam(KEYS / f"{name}.yaml")
    key = build_key(file.versions["A"], file.key_hash).key
    assert key is not None
    return key


def array(*rows: Any) -> Vector:
    return np.array(rows, dtype=np.float64)


def slope(function: Callable[[Vector], float], at: Vector) -> Vector:
    """Derivatives by central differences."""
    steps = np.eye(len(at)) * STEP
    return np.array([(function(at + step) - function(at - step)) / (2 * STEP) for step in steps])


def patches(image: Vector, side: int, stride: int) -> Vector:
    """Every window of a matrix, (rows, columns, side, side)."""
    places = [range(0, length - side + 1, stride) for length in image.shape]
    return np.array([[image[i : i + side, j : j + side] for j in places[1]] for i in places[0]])


def softmax(scores: Vector) -> Vector:
    powers = np.exp(scores)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def cells(stem: str, matrix: Any) -> Iterator[tuple[str, float]]:
    """Numbers of a matrix as parts: row and column counted from 1."""
    for row, numbers in enumerate(np.asarray(matrix), start=1):
        for column, number in enumerate(numbers, start=1):
            yield f"{stem}.{row}.{column}", float(number)


def factors(stem: str, numbers: Iterable[int]) -> Iterator[tuple[str, int]]:
    for place, number in enumerate(numbers, start=1):
        yield f"{stem}.{place}", number


def parts(stem: str, names: str, numbers: Iterable[float]) -> dict[str, float]:
    return {f"{stem}.{name}": number for name, number in zip(names.split(), numbers, strict=True)}


def dtu() -> Values:
    def loss(weight: Vector) -> float:
        return float(0.5 * (4 * np.maximum(0, weight[0] * 1) - 6) ** 2)

    image = array([1, 2, 0, 1], [1, 0, 1, 0], [1, 0, 2, 2], [0, 2, 1, 1])
    scores = array([1, 1, 0], [0, 0, 1]) @ array([1, 0, 0], [1, 0, 0]).T
    side = len(range(0, 5 + 2 - 3 + 1, 2))
    return {
        "1": (2 * 4 + 4) + (4 * 3 + 3),
        "2": ((4, 3), (2, 4)),
        "3": slope(loss, array(2))[0],
        "5": (patches(image, 2, 2) * np.eye(2)).sum(axis=(2, 3)),
        "6": (10, side, side),
        "8": softmax(scores) @ array([2, 0, 6, 0], [0, 4, 0, 8]),
    }


INPUT, TARGET = array(2, -1), array(1, 0.5)
"""Of the small network that two of the exams ask for."""


def small_network(weights: Vector) -> tuple[Vector, Vector, Vector]:
    """h1 and h2, h3 and h4, o1 and o2; ``weights`` are w11, w21, w12, w22."""
    before = weights.reshape(2, 2) @ INPUT + array(0.5, -0.5)
    after = np.maximum(before, 0)
    return before, after, array([0.5, -0.5], [-1, 1]) @ after + array(-1, 0.5)


FIRST = array(1, 0.5, -0.5, -1)
NAMES = "h1 h2 h3 h4 o1 o2"


def itm() -> Values:
    outputs = small_network(FIRST)
    pooled = patches(array([1, 3, 2, 4], [5, 6, 7, 8], [9, 2, 1, 5], [4, 3, 6, 7]), 2, 2).max(axis=(2, 3))
    return {
        **parts("5b", NAMES, np.concatenate(outputs)),
        "5c": 0.5 * np.sum((outputs[2] - TARGET) ** 2),
        **parts("8", "r1.c1 r1.c2 r2.c1 r2.c2", pooled.ravel()),
        "9a": 32 * 3 * 3 * 64,
        **parts("9b", "first second total", (32 * 5, 5 * 3 * 3 * 64, 32 * 5 + 5 * 3 * 3 * 64)),
    }


def tum() -> Values:
    def loss(weights: Vector) -> float:
        return float(np.mean((small_network(weights)[2] - TARGET) ** 2))

    field = 1
    for kernel, stride in ((3, 2), (3, 2), (5, 2)):
        field = (field - 1) * stride + kernel
    states = [-3.0]
    for number in (1, 2, 0):
        states.append(max(0.0, states[-1] + 2 * number))
    return {
        "2.3": field,
        **dict(factors("2.4.shape", (3, 3, 3, 3))),
        **parts("3.1", NAMES, np.concatenate(small_network(FIRST))),
        "3.2.loss": loss(FIRST),
        "3.3.w21": 0.5 - 0.1 * slope(loss, FIRST)[1],
        "7.1": 12 * 12 + 12 * 4,
        **parts("7.3", "h1 h2 h3", states[1:]),
    }


def volumes() -> Iterator[tuple[str, Any]]:
    """The 3D network of UW, its windows counted one by one."""
    size = [3, 8, 64, 64]
    layers = {"conv1": (16, 5, 2, 1), "pool1": None, "conv2": (16, 3, 1, 1), "pool2": None}
    for row, layer in {**layers, "conv3": (32, 3, 1, 2)}.items():
        filters, kernel, padding, stride = layer or (size[0], 2, 0, 2)
        yield f"4.1.{row}.w", kernel**3 * size[0] * filters if layer else 0
        yield f"4.1.{row}.b", filters if layer else 0
        if layer:
            yield f"4.2.{row}.bn", 2 * filters
        size = [filters, *(len(range(0, side + 2 * padding - kernel + 1, stride)) for side in size[1:])]
        yield from factors(f"4.1.{row}.vol", size)
    for row, (before, after) in zip(("fc1", "fc2"), pairwise((prod(size), 256, 10)), strict=True):
        yield f"4.1.{row}.vol", after
        yield f"4.1.{row}.w", before * after
        yield f"4.1.{row}.b", after


def uw() -> Values:
    def f(given: Vector) -> float:
        w0, w1, w2, b0, b1 = given
        return float(max(w2 * (w0 * -3 + w1 * 2 + b0) + b1, 0))

    first, second = -1 * -3, 3 * 2
    inner = first + second - 8
    values = (first, second, first + second, inner, 4 * inner, 4 * inner + 1, max(4 * inner + 1, 0))
    return {
        "1.9": 2 * 2 * 3 * 2 + (2 * 2 * 2) * 10 > 4 * 4 * 3 * 10,
        **parts("3.1", "w0x0 w1x1 sum inner scaled shifted f", values),
        **parts("3.3", "w0 w1 w2 b0 b1", slope(f, array(-1, 3, 4, -8, 1))),
        **dict(volumes()),
        **dict(factors("4.3.a.mul", (3, 3, 64, 64, 3, 16))),
        **dict(factors("4.3.b.mul", (5, 5, 64, 64, 3, 32))),
        **dict(factors("4.3.c.mul", (5, 5, 5, 8, 64, 64, 3, 32))),
    }


def shapes(rows: Mapping[str, Sequence[Sequence[int]]]) -> Iterator[tuple[str, int]]:
    for row, both in rows.items():
        for column, numbers in zip(("conv", "full"), both, strict=True):
            stem = f"P1.1.{row}.{column}"
            yield from factors(stem, numbers) if len(numbers) > 1 else [(stem, numbers[0])]


def ist_networks() -> Iterator[tuple[str, Any]]:
    windows = patches(array([1, 0, 1], [0, 1, 0], [1, 0, 1]), 2, 1)
    before = (windows * array([-1, -2], [1, 2])).sum(axis=(2, 3))
    after, last = np.maximum(before, 0), array(1, 2, 3, 4, -5)

    def loss(weights: Vector) -> float:
        return float(-np.log(1 / (1 + np.exp(-(weights[:4] @ array(1, 0, 0, 1) + weights[4])))))

    yield from cells("P1.2.z1", before)
    yield from cells("P1.2.h1", after)
    yield "P1.2.zout", last[:4] @ after.T.ravel() + last[4]
    updated = last - slope(loss, last)
    yield from cells("P1.3.w", [updated[:4]])
    yield "P1.3.b", updated[4]


def ist() -> Values:
    states = [np.zeros(2)]
    for word in ([0, 1, 1], [1, 0, -1], [0, -1, 0]):
        states.append(np.maximum(array([0, -1, 2], [1, -2, 0]) @ array(*word) + states[-1], 0))
    hidden, output = np.array(states[1:]), array([0, -1], [1, 0], [2, -1])
    attention = softmax(hidden @ array(2, -1) / np.sqrt(2))
    context = attention @ hidden
    side = (223 - 11) // 4 + 1
    table = {"x": ((3, 3), (9, 1)), "z1": ((2, 2), (4, 1)), "h1": ((2, 2), (4, 1)), "zout": ((1,), (1,))}
    return {
        "7": (side, side, 96),
        "8": patches(array([1, 2, 3], [4, 5, 6]), 2, 1).max(axis=(2, 3)),
        **dict(shapes({**table, "first": ((2 * 2 + 1,), (9 * 4 + 4,)), "last": ((4 + 1,), (4 + 1,))})),
        **dict(ist_networks()),
        **parts("P2.1.state", "h1.1 h1.2 h2.1 h2.2 h3.1 h3.2", hidden.ravel()),
        "P2.1.author": np.argmax(output @ hidden[2]) + 1,
        **parts("P2.2", "p1 p2 p3 c1 c2", (*attention, *context)),
        "P2.2.author": np.argmax(output @ context) + 1,
        "P2.2.word": np.argmax(attention) + 1,
    }


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("dtu-02456-2025-12", dtu),
        ("ist-dl-2022-02", ist),
        ("itm-528-2024", itm),
        ("tum-in2346-2023-02", tum),
        ("uw-cse493g1-2025-practice", uw),
    ],
)
def test_every_solved_value_is_also_that_of_a_computation_without_solvers(
    name: str, again: Callable[[], Values]
) -> None:
    solved = {question: entry.solved for question, entry in key_of(name).entries.items() if entry.solver}
    expected = again()
    assert set(solved) == set(expected)
    for question, value in expected.items():
        found = np.array(solved[question], dtype=np.float64)
        np.testing.assert_allclose(found, np.array(value, dtype=np.float64), atol=1e-5, err_msg=question)


def test_the_multiple_choice_of_the_tum_exam_is_as_solved_by_hand() -> None:
    entries = key_of("tum-in2346-2023-02").entries
    found = ["".join(sorted(entries[f"1.{place}"].right or ())) for place in range(1, 10)]
    assert found == ["BD", "BD", "C", "ABC", "BD", "C", "BC", "BC", "ABC"]


@pytest.mark.parametrize(
    ("name", "question", "chosen", "points"),
    [
        # "For each question, you'll receive 2 points if all boxes are answered correctly and 0 otherwise."
        ("tum-in2346-2023-02", "1.1", "BD", 2),
        ("tum-in2346-2023-02", "1.1", "B", 0),
        ("tum-in2346-2023-02", "1.1", "ABD", 0),
        # "Correct answer is worth 2 points, incorrect -1, leaving a question blank 0."
        ("uw-cse493g1-2025-practice", "1.1", "F", 2),
        ("uw-cse493g1-2025-practice", "1.1", "T", -1),
        ("uw-cse493g1-2025-practice", "1.1", "", 0),
        # "With multiple correct options, each incorrect or missing selection gets a 2.5-point deduction (up
        # to 5 points)"; with one, full credits or none.
        ("uw-cse493g1-2025-practice", "2.1", "BD", 5),
        ("uw-cse493g1-2025-practice", "2.1", "B", 2.5),
        ("uw-cse493g1-2025-practice", "2.1", "BCD", 2.5),
        ("uw-cse493g1-2025-practice", "2.1", "BC", 0),
        ("uw-cse493g1-2025-practice", "2.1", "AC", 0),
        ("uw-cse493g1-2025-practice", "2.4", "AC", 2.5),
        ("uw-cse493g1-2025-practice", "2.8", "D", 5),
        ("uw-cse493g1-2025-practice", "2.8", "AD", 0),
        # 4 points a question, and no penalty is printed.
        ("ist-dl-2022-02", "1", "A", 4),
        ("ist-dl-2022-02", "1", "B", 0),
        ("ist-dl-2022-02", "1", "AB", 0),
        # 5 statements for 5 points.
        ("itm-528-2024", "1a", "F", 1),
        ("itm-528-2024", "1a", "T", 0),
        # No points are printed; E is "Don't know".
        ("dtu-02456-2025-12", "1", "D", 1),
        ("dtu-02456-2025-12", "1", "E", 0),
        ("dtu-02456-2025-12", "1", "A", 0),
    ],
)
def test_options_earn_what_the_paper_says(name: str, question: str, chosen: str, points: float) -> None:
    answer = Answer(question=question, chosen=tuple(chosen))
    assert score_answer(key_of(name).entries[question], answer).points == points
