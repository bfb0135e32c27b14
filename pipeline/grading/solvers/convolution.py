"""Solvers of convolutions in 1, 2 and 3 dimensions: values, sizes, counts.

As in deep learning, a convolution is a cross-correlation: the kernel is not flipped. Sizes follow
floor((n + 2 p - d (k - 1) - 1) / s) + 1 (Dumoulin & Visin, A guide to convolution arithmetic for
deep learning, 2016, relationship 6; with dilation relationship 15).
"""

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from pipeline.grading.solvers.arguments import (
    ArgumentError,
    array,
    flag,
    list_of,
    one_or_list,
    per_axis,
    record,
    refuse_work,
    whole,
    word,
)
from pipeline.grading.solvers.functions import Exact
from pipeline.grading.solvers.registry import solver

Axes = int | tuple[int, ...]
_POSITIVE = one_or_list(whole(least=1))
_PADDING = one_or_list(whole(least=0))
_COUNT = word("total", "weights", "biases")


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Length of the output along one axis."""
    extent = dilation * (kernel - 1) + 1
    if size + 2 * padding < extent:
        raise ArgumentError(f"a kernel of extent {extent} does not fit into {size} with padding {padding}")
    return (size + 2 * padding - extent) // stride + 1


def windows(
    padded: Exact, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Exact:
    """Every window of the last axes: (leading..., outputs..., kernel...)."""
    axes = tuple(range(padded.ndim - len(kernel), padded.ndim))
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    view = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=axes)
    leading = (slice(None),) * axes[0]
    outputs = tuple(slice(None, None, step) for step in stride)
    taps = tuple(slice(None, None, step) for step in dilation)
    return view[leading + outputs + taps]


def padded_input(values: Exact, padding: tuple[int, ...], fill: Any = 0) -> Exact:
    """The last axes widened on both sides."""
    widths = ((0, 0),) * (values.ndim - len(padding)) + tuple((width, width) for width in padding)
    cells = prod(size + before + after for size, (before, after) in zip(values.shape, widths, strict=True))
    refuse_work(cells, "the padded input is", "use less padding")
    return np.pad(values, widths, constant_values=fill)


@solver(
    "convolution.values",
    input=array(1, 2, 3, 4),
    kernel=array(1, 2, 3, 4, 5),
    bias=array(0, 1),
    stride=_POSITIVE,
    padding=_PADDING,
    dilation=_POSITIVE,
    groups=whole(least=1),
    flipped=flag(),
)
def values(
    input: Exact,
    kernel: Exact,
    bias: Exact | None = None,
    stride: Axes = 1,
    padding: Axes = 0,
    dilation: Axes = 1,
    groups: int = 1,
    flipped: bool = False,
) -> Exact:
    """Values of a convolution with zero padding.

    out[f, i] = b[f] + sum over c, j of kernel[f, c, j] input[c, i s + j d - p].

    Parameters
    ----------
    input
        One channel (spatial axes only), or (channels, spatial...).
    kernel
        One kernel with as many axes as the input, or (filters, channels / groups, spatial...).
    bias
        One number, or one for each filter.
    stride, padding, dilation
        One number, or one for each spatial axis.
    groups
        Groups of channels that do not see each other.
    flipped
        True for the convolution of mathematics, which flips the kernel.

    Returns
    -------
    array
        Spatial axes only when the kernel has no filters axis, else (filters, spatial...).
    """
    channelled = kernel.ndim == input.ndim + 1
    if not channelled:
        if kernel.ndim != input.ndim:
            raise ArgumentError(
                f"the input has {input.ndim} axes, the kernel {kernel.ndim}",
                "write as many, or kernels as (filters, channels, ...) for an input (channels, ...)",
            )
        input, kernel = input[np.newaxis], kernel[np.newaxis, np.newaxis]
    axes = input.ndim - 1
    if axes < 1:
        raise ArgumentError("the input has no spatial axis", "write (channels, ...)")
    filters = len(kernel)
    if len(input) % groups or filters % groups or kernel.shape[1] * groups != len(input):
        raise ArgumentError(
            f"{len(input)} channels in {groups} groups for {filters} kernels of {kernel.shape[1]} channels"
        )
    steps, widths = per_axis(stride, axes, "stride"), per_axis(padding, axes, "padding")
    spread = per_axis(dilation, axes, "dilation")
    size = kernel.shape[2:]
    output = tuple(map(output_size, input.shape[1:], size, steps, widths, spread))
    refuse_work(prod(output) * kernel.size, "the convolution is", "ask for its shape or its counts")
    if flipped:
        kernel = np.flip(kernel, axis=tuple(range(2, kernel.ndim)))
    seen = windows(padded_input(input, widths), size, steps, spread)
    result = _correlate(seen, kernel, groups)
    if bias is not None:
        result = _shifted(result, bias)
    return result if channelled else np.asarray(result[0], dtype=np.object_)


def _shifted(result: Exact, bias: Exact) -> Exact:
    """Filters with a bias each, or one for all."""
    if bias.ndim and len(bias) != len(result):
        raise ArgumentError(f"{len(bias)} biases for {len(result)} filters")
    return np.asarray(result + (bias.reshape(-1, *(1,) * (result.ndim - 1)) if bias.ndim else bias))


def _correlate(seen: Exact, kernel: Exact, groups: int) -> Exact:
    """Windows (channels, outputs..., taps...) with kernels (filters, channels / groups, taps...)."""
    axes = kernel.ndim - 2
    inner = kernel.shape[1]
    each = len(kernel) // groups
    taps = tuple(range(axes + 1, 2 * axes + 1))
    parts = [
        np.tensordot(
            kernel[group * each : (group + 1) * each],
            seen[group * inner : (group + 1) * inner],
            axes=((1, *range(2, axes + 2)), (0, *taps)),
        )
        for group in range(groups)
    ]
    return np.asarray(np.concatenate(parts, axis=0), dtype=np.object_)


_SHAPE = list_of(whole(least=1), shortest=2)


def window_sizes(
    input: tuple[int, ...], kernel: Axes, stride: Axes, padding: Axes, dilation: Axes, channels: str
) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Channels, output sizes, kernel sizes."""
    depth, sizes = (input[-1], input[:-1]) if channels == "last" else (input[0], input[1:])
    axes = len(sizes)
    size = per_axis(kernel, axes, "kernel")
    steps, widths = per_axis(stride, axes, "stride"), per_axis(padding, axes, "padding")
    spread = per_axis(dilation, axes, "dilation")
    return depth, tuple(map(output_size, sizes, size, steps, widths, spread)), size


@solver(
    "convolution.output_shape",
    input=_SHAPE,
    filters=whole(least=1),
    kernel=_POSITIVE,
    stride=_POSITIVE,
    padding=_PADDING,
    dilation=_POSITIVE,
    channels=word("first", "last"),
)
def output_shape(
    input: tuple[int, ...],
    filters: int,
    kernel: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    dilation: Axes = 1,
    channels: str = "first",
) -> tuple[int, ...]:
    """Shape of a convolution's output: floor((n + 2 p - d (k - 1) - 1) / s) + 1 along each axis.

    Parameters
    ----------
    input
        (channels, sizes...), or (sizes..., channels) with ``channels: last``.
    filters
        Channels of the output.
    kernel, stride, padding, dilation
        One number, or one for each spatial axis.
    channels
        first or last: where input and output have their channels.
    """
    _, output, _ = window_sizes(input, kernel, stride, padding, dilation, channels)
    return (*output, filters) if channels == "last" else (filters, *output)


@solver(
    "convolution.parameters",
    in_channels=whole(least=1),
    filters=whole(least=1),
    kernel=_POSITIVE,
    dimensions=whole(least=1, most=3),
    groups=whole(least=1),
    bias=flag(),
    count=_COUNT,
)
def parameters(
    in_channels: int,
    filters: int,
    kernel: Axes,
    dimensions: int = 2,
    groups: int = 1,
    bias: bool = True,
    count: str = "total",
) -> int:
    """Parameters of a convolution: filters (channels / groups) prod(kernel) weights, a bias per filter.

    Parameters
    ----------
    in_channels, filters
        Channels of the input and of the output.
    kernel
        Sizes, or one size for all ``dimensions`` axes.
    groups, bias
        As the layer has them.
    count
        total, weights or biases.
    """
    if in_channels % groups or filters % groups:
        raise ArgumentError(f"{groups} groups do not divide {in_channels} channels and {filters} filters")
    size = (kernel,) * dimensions if isinstance(kernel, int) else kernel
    weights = filters * (in_channels // groups) * prod(size)
    biases = filters if bias else 0
    return {"total": weights + biases, "weights": weights, "biases": biases}[count]


@solver(
    "convolution.multiplications",
    input=_SHAPE,
    filters=whole(least=1),
    kernel=_POSITIVE,
    stride=_POSITIVE,
    padding=_PADDING,
    dilation=_POSITIVE,
    groups=whole(least=1),
)
def multiplications(
    input: tuple[int, ...],
    filters: int,
    kernel: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> int:
    """Multiplications of a convolution done as a matrix product: padding counts as well.

    prod(kernel) (channels / groups) filters prod(output sizes); ``input`` is (channels, sizes...).
    """
    depth, output, size = window_sizes(input, kernel, stride, padding, dilation, "first")
    if depth % groups or filters % groups:
        raise ArgumentError(f"{groups} groups do not divide {depth} channels and {filters} filters")
    return prod(size) * (depth // groups) * filters * prod(output)


@solver(
    "bottleneck.parameters",
    channels=list_of(whole(least=1), shortest=2),
    kernels=list_of(_POSITIVE),
    bias=flag(),
)
def bottleneck(channels: tuple[int, ...], kernels: tuple[Axes, ...], bias: bool = False) -> int:
    """Parameters of 2D convolutions one behind the other, such as 1x1 down to few channels, then 3x3.

    Parameters
    ----------
    channels
        Channels before the first, between, and behind the last convolution.
    kernels
        Size of each convolution: one number for a square, or two.
    bias
        Whether each filter has one.
    """
    if len(kernels) != len(channels) - 1:
        raise ArgumentError(f"{len(kernels)} kernels for {len(channels)} numbers of channels", "one less")
    return sum(
        parameters(before, after, kernel, bias=bias)
        for (before, after), kernel in zip(pairwise(channels), kernels, strict=True)
    )


@solver(
    "receptive_field",
    layers=list_of(
        record({"kernel": whole(least=1)}, {"stride": whole(least=1), "dilation": whole(least=1)})
    ),
)
def receptive_field(layers: tuple[dict[str, int], ...]) -> int:
    """Side of the input region that one output pixel sees.

    r = 1 + sum over layers of d_l (k_l - 1) times the product of the strides before it
    (Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019).
    """
    field, jump = 1, 1
    for layer in layers:
        field += layer.get("dilation", 1) * (layer["kernel"] - 1) * jump
        jump *= layer.get("stride", 1)
    return field
