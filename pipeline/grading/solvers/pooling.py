"""Solvers of pooling: values and output shape."""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from pipeline.grading.solvers.arguments import (
    ArgumentError,
    array,
    list_of,
    one_or_list,
    per_axis,
    refuse_work,
    whole,
    word,
)
from pipeline.grading.solvers.convolution import Axes, output_size, padded_input, windows
from pipeline.grading.solvers.functions import Exact
from pipeline.grading.solvers.registry import solver

_POSITIVE = one_or_list(whole(least=1))
_PADDING = one_or_list(whole(least=0))


@solver(
    "pooling.values",
    input=array(1, 2, 3, 4),
    kernel=_POSITIVE,
    stride=_POSITIVE,
    padding=_PADDING,
    kind=word("max", "average"),
)
def values(
    input: Exact, kernel: Axes, stride: Axes | None = None, padding: Axes = 0, kind: str = "max"
) -> Exact:
    """Max or average pooling.

    Padded places never win a maximum; in an average they count as zeros, as in PyTorch.

    Parameters
    ----------
    input
        (spatial...), or with leading channels when ``kernel`` is a list with fewer axes.
    kernel
        One number for all axes, or a list for the last axes.
    stride
        As the kernel when left out.
    padding
        At most half the kernel.
    kind
        max or average.
    """
    axes = input.ndim if isinstance(kernel, int) else len(kernel)
    if axes > input.ndim:
        raise ArgumentError(f"the kernel has {axes} axes, the input {input.ndim}")
    size = per_axis(kernel, axes, "kernel")
    steps = per_axis(size if stride is None else stride, axes, "stride")
    widths = per_axis(padding, axes, "padding")
    if any(2 * width > side for width, side in zip(widths, size, strict=True)):
        raise ArgumentError("padding is more than half the kernel", "use less")
    output = tuple(map(output_size, input.shape[-axes:], size, steps, widths))
    leading = prod(input.shape[: input.ndim - axes])
    refuse_work(leading * prod(output) * prod(size), "the pooling is", "ask for its shape")
    fill: Any = float("-inf") if kind == "max" else 0
    seen = windows(padded_input(input, widths, fill), size, steps, (1,) * axes)
    taps = tuple(range(seen.ndim - axes, seen.ndim))
    if kind == "max":
        return np.asarray(np.max(seen, axis=taps), dtype=np.object_)
    return np.asarray(np.sum(seen, axis=taps) * Fraction(1, prod(size)), dtype=np.object_)


@solver(
    "pooling.output_shape",
    input=list_of(whole(least=1), shortest=2),
    kernel=_POSITIVE,
    stride=_POSITIVE,
    padding=_PADDING,
    channels=word("first", "last"),
)
def output_shape(
    input: tuple[int, ...],
    kernel: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    channels: str = "first",
) -> tuple[int, ...]:
    """Shape behind pooling: floor((n + 2 p - k) / s) + 1 along each axis, channels as before.

    ``input`` is (channels, sizes...), or (sizes..., channels) with ``channels: last``; the stride
    is the kernel when left out.
    """
    sizes = input[:-1] if channels == "last" else input[1:]
    size = per_axis(kernel, len(sizes), "kernel")
    steps = per_axis(size if stride is None else stride, len(sizes), "stride")
    widths = per_axis(padding, len(sizes), "padding")
    output = tuple(map(output_size, sizes, size, steps, widths))
    return (*output, input[-1]) if channels == "last" else (input[0], *output)


@solver("pooling.parameters", count=word("total", "weights", "biases"))
def parameters(count: str = "total") -> int:
    """Parameters of a pooling layer: none, whatever is counted, for it only picks or averages."""
    del count
    return 0
