"""Follow-through: what a solver gives from a student's own earlier answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pipeline.grading.entries import KeyEntry
from pipeline.grading.numbers import did_you_mean, to_fraction, to_number, value_text
from pipeline.grading.solvers import SolverError, solve
from pipeline.model import Answer, Question, Solve

FOLLOW_THROUGH = "follow-through"
"""Name of the rule that looks at earlier answers."""

UNSOLVABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
)
"""What a solver may raise on an odd number: a student may write any, and it never stops a batch."""


def sources(question: Question) -> Mapping[str, str]:
    """Earlier questions by the path of the argument that their answers replace; empty for other rules."""
    given = question.rule.parameters.get("from") if question.rule.name == FOLLOW_THROUGH else None
    if not isinstance(given, Mapping):
        return {}
    return {str(path): value_text(name) for path, name in given.items()}


def answered_value(question: Question, answer: Answer | None) -> Any:
    """The number that an answer stands for: of a digit grid, or of the one option that is ticked.

    None when there is no answer, no number, or a doubt about it.
    """
    if answer is None or answer.doubtful:
        return None
    if answer.value is not None:
        return to_number(answer.value)
    if len(answer.chosen) != 1:
        return None
    values = {option.id: option.value for option in question.options}
    return to_number(values.get(answer.chosen[0]))


def right_answer_value(entry: KeyEntry) -> Any:
    """The number that the right answer stands for; None when it is none."""
    if entry.value is not None:
        return to_number(entry.value)
    if entry.right is None or len(entry.right) != 1:
        return None
    return answered_value(entry.question, Answer(question=entry.question.id, chosen=tuple(entry.right)))


def with_argument(task: Solve, path: str, value: Any) -> Solve:
    """The same task with one argument replaced.

    Parameters
    ----------
    task
        What to solve.
    path
        Names and 0-based places, joined by points: ``layers.1``.
    value
        What stands there instead.

    Raises
    ------
    SolverError
        There is no such place in the arguments.
    """
    steps = path.split(".")
    return replace(task, arguments=_replaced(dict(task.arguments), steps, value, path))


def _replaced(literal: Any, steps: Sequence[str], value: Any, path: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(literal, Mapping):
        if step not in literal:
            raise SolverError(f"there is no argument {path}", did_you_mean(step, map(str, literal)))
        return {**literal, step: _replaced(literal[step], rest, value, path)}
    if isinstance(literal, (tuple, list)):
        if not step.isdecimal() or int(step) >= len(literal):
            most = len(literal) - 1
            raise SolverError(f"there is no argument {path}", f"places in this list are 0 to {most}")
        place = int(step)
        return (*literal[:place], _replaced(literal[place], rest, value, path), *literal[place + 1 :])
    raise SolverError(f"there is no argument {path}", "name a value that is written under with")


def follow(task: Solve, values: Mapping[str, Any]) -> Fraction | None:
    """What the solver gives once some arguments are a student's own numbers.

    Parameters
    ----------
    task
        The answer of the later question.
    values
        Numbers by the path of the argument.

    Returns
    -------
    Fraction or None
        None when the solver cannot compute with these numbers, or gives no number.
    """
    try:
        for path, value in values.items():
            task = with_argument(task, path, value)
        result = solve(task)
    except UNSOLVABLE:
        return None
    return None if isinstance(result, bool) else to_fraction(result)
