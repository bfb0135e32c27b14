"""Solvers: pure NumPy functions that recompute the answers of an exam.

A key names a solver and gives its arguments as literals; ``solve`` checks and computes. Every
solver documents its formula, its shapes and its source.
"""

from pipeline.grading.solvers import (
    attention,
    convolution,
    graph,
    losses,
    mlp,
    normalisation,
    pooling,
    recurrent,
    shapes,
)
from pipeline.grading.solvers.arguments import ArgumentError
from pipeline.grading.solvers.registry import SOLVERS, Solver, SolverError, nested_solve, solve

__all__ = [
    "SOLVERS",
    "ArgumentError",
    "Solver",
    "SolverError",
    "attention",
    "convolution",
    "graph",
    "losses",
    "mlp",
    "nested_solve",
    "normalisation",
    "pooling",
    "recurrent",
    "shapes",
    "solve",
]
