"""The registry of solvers: names, argument checks, and ``solve``.

A solver is a pure function of literals. Keys name solvers; no text of a key is ever run.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.grading.numbers import did_you_mean, is_number, tidy, value_text
from pipeline.grading.solvers.arguments import ArgumentError, Converter, checked_size
from pipeline.model import Solve

MAX_NESTING = 16
"""Most levels of solves inside arguments of solves."""

Function = TypeVar("Function", bound=Callable[..., Any])


class SolverError(ValueError):
    """A solve that cannot be carried out.

    Parameters
    ----------
    what
        What is wrong, one sentence.
    instead
        What to write instead; may be empty.
    field
        Which part of the answer is at fault: ``solve``, ``with`` or ``pick``.
    """

    def __init__(self, what: str, instead: str = "", *, field: str = "with") -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Solver:
    """One solver with its checked arguments."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Converter]
    required: frozenset[str]

    @property
    def summary(self) -> str:
        """What it computes, in one line."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]


SOLVERS: dict[str, Solver] = {}


def solver(name: str, /, **arguments: Converter) -> Callable[[Function], Function]:
    """Register a pure function under ``name``; each of its parameters has a converter."""

    def register(function: Function) -> Function:
        parameters = inspect.signature(function).parameters
        if set(parameters) != set(arguments) or name in SOLVERS:
            raise TypeError(f"solver {name}: parameters and converters differ, or the name is taken")
        required = frozenset(
            key for key, parameter in parameters.items() if parameter.default is parameter.empty
        )
        SOLVERS[name] = Solver(name=name, function=function, arguments=arguments, required=required)
        return function

    return register


def solve(task: Solve) -> Any:
    """Compute an answer.

    An argument may hold another solve as ``{solve: NAME, with: {...}, pick: [...]}``, at any
    depth of its lists and maps; it is computed first.

    Parameters
    ----------
    task
        Solver, arguments and the path into its result.

    Returns
    -------
    Any
        int, Fraction, float, bool, text, or nested tuples and dicts of them.

    Raises
    ------
    SolverError
        The solver, an argument or the path is unknown, or the arguments do not fit together.
    """
    return _solve(task, 0)


def _solve(task: Solve, depth: int) -> Any:
    if depth > MAX_NESTING:
        raise SolverError(f"more than {MAX_NESTING} solves inside each other")
    found = SOLVERS.get(task.solver)
    if found is None:
        raise SolverError(f"unknown solver {task.solver}", did_you_mean(task.solver, SOLVERS), field="solve")
    try:
        result = tidy(found.function(**_checked(found, task.arguments, depth)))
        _check_sizes(result)
    except ArgumentError as error:
        raise SolverError(f"{found.name}: {error.what}", error.instead) from None
    except (ArithmeticError, MemoryError, RecursionError):
        what = f"{found.name} cannot be computed with numbers so large"
        raise SolverError(what, "use smaller numbers") from None
    return _picked(result, task)


def _check_sizes(result: Any) -> None:
    """Refuse results that nobody could write: numbers with thousands of digits, infinite ones."""
    if isinstance(result, Mapping):
        for item in result.values():
            _check_sizes(item)
    elif isinstance(result, tuple):
        for item in result:
            _check_sizes(item)
    elif is_number(result):
        checked_size(result)


def _checked(found: Solver, literals: Mapping[str, Any], depth: int) -> dict[str, Any]:
    for name in literals:
        if name not in found.arguments:
            raise SolverError(f"{found.name} has no argument {name}", did_you_mean(name, found.arguments))
    missing = sorted(found.required - set(literals))
    if missing:
        raise SolverError(f"{found.name} needs {', '.join(missing)}", f"write {missing[0]}: ... under with")
    checked = {}
    for name, literal in literals.items():
        resolved = _resolved(literal, depth)
        try:
            checked[name] = found.arguments[name](resolved)
        except ArgumentError as error:
            raise SolverError(f"{found.name}: {name}: {error.what}", error.instead) from None
    return checked


def _resolved(literal: Any, depth: int) -> Any:
    """The literal with every solve inside it computed."""
    if isinstance(literal, Mapping):
        if "solve" in literal:
            return _solve(nested_solve(literal), depth + 1)
        return {key: _resolved(value, depth) for key, value in literal.items()}
    if isinstance(literal, (list, tuple)):
        return tuple(_resolved(item, depth) for item in literal)
    return literal


def nested_solve(literal: Mapping[str, Any]) -> Solve:
    """A solve that is written as a map inside the arguments of another."""
    for name in literal:
        if name not in ("solve", "with", "pick"):
            raise SolverError(f"a solve has no {name}", did_you_mean(name, ("solve", "with", "pick")))
    arguments = literal.get("with", {})
    if not isinstance(arguments, Mapping):
        raise SolverError("with is not a map", "write with: {name: value}")
    pick = literal.get("pick", ())
    path = tuple(pick) if isinstance(pick, (list, tuple)) else (pick,)
    return Solve(solver=str(literal["solve"]), arguments=arguments, pick=path)


def _picked(result: Any, task: Solve) -> Any:
    for step in task.pick:
        if isinstance(result, Mapping):
            if step not in result:
                raise SolverError(
                    f"{task.solver} gives no {step}", did_you_mean(step, map(str, result)), field="pick"
                )
            result = result[step]
        elif isinstance(result, tuple):
            result = _item(result, step, task.solver)
        else:
            raise SolverError(
                f"{task.solver}: nothing to pick at {step} in {value_text(result)}",
                "leave it out",
                field="pick",
            )
    return result


def _item(result: tuple[Any, ...], step: Any, name: str) -> Any:
    place = int(step) if str(step).isdigit() else -1
    if not 0 <= place < len(result):
        raise SolverError(
            f"{name} gives a list of {len(result)} and no place {step}",
            f"write 0 to {len(result) - 1}",
            field="pick",
        )
    return result[place]
