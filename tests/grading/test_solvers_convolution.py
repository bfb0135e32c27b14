"""Convolutions and pooling against scipy and against counting by hand."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from tests.grading.build import run


@settings(max_examples=40, deadline=None)
@given(
    dimensions=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    flipped=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_values_agree_with_scipy_in_one_two_and_three_dimensions(
    dimensions: int, stride: int, padding: int, dilation: int, flipped: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(-5, 6, size=random.integers(5, 8, size=dimensions))
    kernel = random.integers(-3, 4, size=random.integers(1, 4, size=dimensions))
    spread = np.zeros([dilation * (size - 1) + 1 for size in kernel.shape], dtype=int)
    spread[(slice(None, None, dilation),) * dimensions] = kernel
    padded = np.pad(image, padding)
    if any(k > n for k, n in zip(spread.shape, padded.shape, strict=True)):
        return
    operation = signal.convolve if flipped else signal.correlate
    expected = operation(padded, spread, mode="valid", method="direct")[
        (slice(None, None, stride),) * dimensions
    ]
    found = run(
        "convolution.values",
        input=image.tolist(),
        kernel=kernel.tolist(),
        stride=stride,
        padding=padding,
        dilation=dilation,
        flipped=flipped,
    )
    assert np.array_equal(np.array(found), expected)


def test_channels_are_summed_and_groups_kept_apart() -> None:
    random = np.random.default_rng(1)
    image, kernel = random.integers(-4, 5, (4, 5, 5)), random.integers(-4, 5, (6, 2, 3, 3))
    expected = np.zeros((6, 3, 3), dtype=int)
    for filter_, channel in product(range(6), range(2)):
        source = image[(filter_ // 3) * 2 + channel]
        expected[filter_] += signal.correlate(source, kernel[filter_, channel], mode="valid", method="direct")
    bias = [1, 2, 3, 4, 5, 6]
    found = run("convolution.values", input=image.tolist(), kernel=kernel.tolist(), groups=2, bias=bias)
    assert np.array_equal(np.array(found), expected + np.reshape(bias, (6, 1, 1)))


def test_fractions_stay_exact() -> None:
    third = Fraction(1, 3)
    assert run("convolution.values", input=(third, third, third), kernel=(1, 1, 1)) == (1,)


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(3, 9),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
)
def test_the_shape_is_that_of_the_values(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    layer: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    if dilation * (kernel - 1) + 1 > size + 2 * padding:
        return
    values = run(
        "convolution.values",
        input=np.ones((2, size, size), dtype=int).tolist(),
        kernel=np.ones((3, 2, kernel, kernel), dtype=int).tolist(),
        **layer,
    )
    shape = run("convolution.output_shape", input=(2, size, size), filters=3, kernel=kernel, **layer)
    assert np.shape(values) == shape


def test_printed_shapes_and_counts_of_the_exams_come_out() -> None:
    dtu = run("convolution.output_shape", input=(5, 5, 5), filters=10, kernel=3, stride=2, padding=1)
    assert dtu == (10, 3, 3)
    video = run("convolution.output_shape", input=(16, 2, 16, 16), filters=32, kernel=3, stride=2, padding=1)
    assert video == (32, 1, 8, 8)
    assert run("convolution.parameters", in_channels=3, filters=16, kernel=5, dimensions=3) == 6016
    assert run("bottleneck.parameters", channels=(32, 5, 64), kernels=(1, 3)) == 3040
    flat = run("convolution.multiplications", input=(3, 64, 64), filters=16, kernel=3, padding=1)
    assert flat == 3 * 3 * 64 * 64 * 3 * 16
    deep = run("convolution.multiplications", input=(3, 8, 64, 64), filters=32, kernel=5, padding=2)
    assert deep == 5 * 5 * 5 * 8 * 64 * 64 * 3 * 32
    assert run("batchnorm.parameters", channels=(16, 16, 32)) == 128


def test_the_receptive_field_is_the_region_that_changes_an_output() -> None:
    layers = [{"kernel": 5, "stride": 2}, {"kernel": 3, "stride": 2}, {"kernel": 3, "stride": 2}]
    field = run("receptive_field", layers=layers)
    assert field == 17
    touched = []
    for place in range(40):
        signal_ = [int(position == place) for position in range(40)]
        for layer in layers:
            kernel = [1] * layer["kernel"]
            signal_ = list(run("convolution.values", input=signal_, kernel=kernel, stride=layer["stride"]))
        if signal_[1]:
            touched.append(place)
    assert max(touched) - min(touched) + 1 == field


@settings(max_examples=40, deadline=None)
@given(
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    kind=st.sampled_from(("max", "average")),
    seed=st.integers(0, 1000),
)
def test_pooling_agrees_with_a_plain_loop(kernel: int, stride: int, kind: str, seed: int) -> None:
    image = np.random.default_rng(seed).integers(-9, 10, (6, 7))
    rows, columns = (range(0, side - kernel + 1, stride) for side in image.shape)
    reduce = np.max if kind == "max" else np.mean
    expected = [[reduce(image[r : r + kernel, c : c + kernel]) for c in columns] for r in rows]
    found = run("pooling.values", input=image.tolist(), kernel=kernel, stride=stride, kind=kind)
    assert np.allclose(np.array(found, dtype=float), expected)
    shape = run("pooling.output_shape", input=(1, 6, 7), kernel=kernel, stride=stride)
    assert shape == (1, *np.shape(expected))


def test_padding_never_wins_a_maximum() -> None:
    assert run("pooling.values", input=((-3, -2), (-5, -4)), kernel=2, padding=1, stride=2) == (
        (-3, -2),
        (-5, -4),
    )


def test_flattening_by_columns_stacks_the_columns() -> None:
    assert run("flatten", input=((1, 2), (3, 4)), by_columns=True) == (1, 3, 2, 4)


def test_a_kernel_larger_than_its_input_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        run("convolution.output_shape", input=(1, 3, 3), filters=1, kernel=5)
