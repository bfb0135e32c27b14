"""Solvers of shapes: of arrays, of products of matrices, of a convolution's weights."""

from itertools import pairwise
from typing import Any

import numpy as np

from pipeline.grading.solvers.arguments import ArgumentError, array, flag, list_of, one_or_list, whole
from pipeline.grading.solvers.convolution import Axes, window_sizes
from pipeline.grading.solvers.functions import Exact
from pipeline.grading.solvers.registry import solver

_POSITIVE = one_or_list(whole(least=1))
_PADDING = one_or_list(whole(least=0))
_MATRIX = list_of(whole(least=1), shortest=2)


@solver("shape", input=array(), column=flag())
def shape(input: Exact, column: bool = False) -> tuple[int, ...]:
    """Shape of an array, such as (rows, columns) of a matrix.

    Parameters
    ----------
    input
        Numbers in any shape.
    column
        Whether a list of n numbers is taken for a column vector, (n, 1).
    """
    if column and input.ndim != 1:
        raise ArgumentError(f"column: true is of a list, and this has {input.ndim} axes", "leave column out")
    found: Any = (*np.shape(input), 1) if column else np.shape(input)
    return tuple(int(size) for size in found)


@solver("matmul.shape", shapes=list_of(_MATRIX))
def matmul_shape(shapes: tuple[tuple[int, ...], ...]) -> tuple[int, int]:
    """Shape of a product of matrices: (n, m) times (m, k) is (n, k).

    ``shapes`` are (rows, columns) of each factor, in their order; a column vector is (m, 1).
    """
    for factor in shapes:
        if len(factor) != 2:
            raise ArgumentError(f"a matrix has 2 sizes, not {len(factor)}", "write [rows, columns]")
    for before, after in pairwise(shapes):
        if before[1] != after[0]:
            raise ArgumentError(f"{before[1]} columns do not fit {after[0]} rows", "mend the shapes")
    return shapes[0][0], shapes[-1][1]


@solver(
    "convolution.weight_shape",
    in_channels=whole(least=1),
    filters=whole(least=1),
    kernel=_POSITIVE,
    dimensions=whole(least=1, most=3),
    groups=whole(least=1),
)
def weight_shape(
    in_channels: int, filters: int, kernel: Axes, dimensions: int = 2, groups: int = 1
) -> tuple[int, ...]:
    """Shape of a convolution's weights: (filters, channels / groups, kernel sizes...).

    Parameters
    ----------
    in_channels, filters
        Channels of the input and of the output.
    kernel
        Sizes, or one size for all ``dimensions`` axes.
    groups
        Groups of channels that do not see each other.
    """
    if in_channels % groups or filters % groups:
        raise ArgumentError(f"{groups} groups do not divide {in_channels} channels and {filters} filters")
    sizes = (kernel,) * dimensions if isinstance(kernel, int) else kernel
    return (filters, in_channels // groups, *sizes)


@solver(
    "convolution.factors",
    input=_MATRIX,
    filters=whole(least=1),
    kernel=_POSITIVE,
    stride=_POSITIVE,
    padding=_PADDING,
    dilation=_POSITIVE,
    groups=whole(least=1),
)
def factors(
    input: tuple[int, ...],
    filters: int,
    kernel: Axes,
    stride: Axes = 1,
    padding: Axes = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> tuple[int, ...]:
    """Factors of ``convolution.multiplications``: kernel sizes, output sizes, channels / groups, filters."""
    depth, output, size = window_sizes(input, kernel, stride, padding, dilation, "first")
    if depth % groups or filters % groups:
        raise ArgumentError(f"{groups} groups do not divide {depth} channels and {filters} filters")
    return (*size, *output, depth // groups, filters)
