"""Shapes of arrays, of products of matrices and of the weights of convolutions."""

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import SolverError
from tests.grading.build import run

SIZES = st.integers(1, 4)


@given(rows=SIZES, columns=SIZES)
def test_the_shape_of_a_matrix_is_its_rows_and_columns(rows: int, columns: int) -> None:
    assert run("shape", input=np.ones((rows, columns), dtype=int).tolist()) == (rows, columns)


def test_a_list_is_a_vector_or_a_column() -> None:
    assert run("shape", input=[1, 2, 3]) == (3,)
    assert run("shape", input=[1, 2, 3], column=True) == (3, 1)
    with pytest.raises(SolverError, match="column: true is of a list"):
        run("shape", input=[[1]], column=True)


@given(sizes=st.lists(SIZES, min_size=2, max_size=5))
def test_a_product_of_matrices_has_the_shape_that_numpy_gives(sizes: list[int]) -> None:
    shapes = list(pairwise(sizes))
    matrices = [np.ones(shape) for shape in shapes]
    expected = matrices[0]
    for matrix in matrices[1:]:
        expected = expected @ matrix
    assert run("matmul.shape", shapes=shapes) == expected.shape


@pytest.mark.parametrize(
    ("shapes", "fault"),
    [([[2, 3], [4, 1]], "3 columns do not fit 4 rows"), ([[2, 3, 4]], "a matrix has 2 sizes, not 3")],
)
def test_matrices_that_do_not_fit_are_refused(shapes: Any, fault: str) -> None:
    with pytest.raises(SolverError, match=fault):
        run("matmul.shape", shapes=shapes)


@given(groups=SIZES, inner=SIZES, outer=SIZES, kernel=SIZES, dimensions=st.integers(1, 3))
def test_the_weights_of_a_convolution_are_as_many_as_its_parameters(
    groups: int, inner: int, outer: int, kernel: int, dimensions: int
) -> None:
    layer = {
        "in_channels": groups * inner,
        "filters": groups * outer,
        "kernel": kernel,
        "dimensions": dimensions,
        "groups": groups,
    }
    found = run("convolution.weight_shape", **layer)
    assert found == (groups * outer, inner, *[kernel] * dimensions)
    assert prod(found) == run("convolution.parameters", **layer, count="weights")


@given(size=st.integers(4, 9), kernel=st.integers(1, 4), stride=st.integers(1, 3), padding=st.integers(0, 2))
def test_the_factors_of_a_convolution_make_its_multiplications(
    size: int, kernel: int, stride: int, padding: int
) -> None:
    layer = {"input": [4, size, size, size], "filters": 6, "kernel": kernel, "groups": 2}
    layer |= {"stride": stride, "padding": padding}
    assert prod(run("convolution.factors", **layer)) == run("convolution.multiplications", **layer)


@pytest.mark.parametrize("solver", ["convolution.weight_shape", "convolution.factors"])
def test_groups_that_do_not_divide_the_channels_are_refused(solver: str) -> None:
    layer: dict[str, Any] = {"filters": 3, "kernel": 1, "groups": 2}
    layer |= {"in_channels": 3} if solver.endswith("shape") else {"input": [3, 4]}
    with pytest.raises(SolverError, match="2 groups do not divide 3 channels"):
        run(solver, **layer)


def test_pooling_has_no_parameters() -> None:
    assert [run("pooling.parameters", count=count) for count in ("weights", "biases", "total")] == [0, 0, 0]
