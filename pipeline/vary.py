"""Other versions of an exam with other numbers, drawn from what its ``vary:`` allows.

A draw counts only when its key can be solved: no two options equal, one of them right, the digit
grid large enough. The same seed gives the same versions.
"""

import itertools
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam import (
    MapNode,
    Node,
    OptionRecipe,
    Variation,
    parse_exam,
    parse_variations,
    parse_yaml,
    read_exam,
    written_value,
)
from pipeline.grading import SOLVERS, SolverError, build_key, number_text, solve, with_argument
from pipeline.model import Exam, ExamFile, Option, Question, Rule, Solve
from pipeline.reporting import bytes_content, replace_files

MOST_TRIES = 5000
"""Most draws that are tried for a question; fewer combinations are tried all."""
DECIMALS = 3
"""Digits behind the point of a number that no decimal writes exactly, unless the option shows its own."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The numbers of one question in one version."""

    question: str
    arguments: Mapping[str, Any]
    """Arguments of the solver that differ from version A, whole."""
    options: Mapping[str, str]
    """Options that follow the numbers, as the exam file writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaryReport:
    """The versions that were drawn."""

    file: Path
    versions: Mapping[str, tuple[Draw, ...]]
    """By the version's name."""


def vary_exam(path: Path, versions: int, seed: int, output: Path | None = None) -> VaryReport:
    """Draw versions of an exam and write them into its file.

    Parameters
    ----------
    path
        The exam file, with ``vary:``.
    versions
        How many to draw.
    seed
        The same seed gives the same versions.
    output
        The file to write; the exam file itself when left out. All that stands in the file stays
        as it is, comments too.

    Raises
    ------
    UsageFault
        There is no such file, it says nothing under ``vary``, or its versions are not a block.
    FileFaults
        The file or its key has faults, or a question allows too few draws.
    ResultsFault
        The file cannot be written.
    """
    data = read_exam(path)
    file = parse_exam(data, path)
    _refuse_faults(file)
    variations = parse_variations(data, path)
    if not variations:
        hint = 'write vary: {"1": {layers.1: {from: 2, to: 6}}}, by question and argument'
        raise UsageFault(f"{path} does not say what may vary", hint=hint)
    drawn, faults = [], []
    for variation in variations:
        found, why = draws(file, variation, versions, seed)
        drawn.append(found)
        if why:
            line, column = variation.place
            what, instead = why
            faults.append(Fault(file=str(path), line=line, column=column, what=what, instead=instead))
    if faults:
        raise FileFaults(faults)
    names = _new_names(file, versions)
    made = {name: tuple(found[place] for found in drawn) for place, name in enumerate(names)}
    text = _with_versions(data.decode("utf-8"), path, made, seed)
    _refuse_faults(parse_exam(text.encode("utf-8"), path))
    target = output or path
    replace_files({target: bytes_content(text.encode("utf-8"))})
    return VaryReport(file=target, versions=made)


def _refuse_faults(file: ExamFile) -> None:
    """Raise the faults of every version's key."""
    faults: list[Fault] = []
    for exam in file.versions.values():
        faults.extend(build_key(exam, file.key_hash).faults)
    if faults:
        raise FileFaults(tuple(dict.fromkeys(faults)))


def _new_names(file: ExamFile, count: int) -> list[str]:
    pairs = (one + other for one, other in itertools.product(LETTERS, repeat=2))
    free = (name for name in (*LETTERS, *pairs) if name not in file.versions)
    return list(itertools.islice(free, count))


# --- drawing -----------------------------------------------------------------------------------


def draws(
    file: ExamFile, variation: Variation, count: int, seed: int
) -> tuple[list[Draw], tuple[str, str] | None]:
    """Draws of a question that differ from each other and from every version of the file.

    Returns
    -------
    tuple of list of Draw, and pair of str or None
        (what, what to write instead) when there are too few.
    """
    base = file.versions["A"]
    question = _question(base, variation.question)
    used = {_values(_question(exam, variation.question), variation) for exam in file.versions.values()}
    found: list[Draw] = []
    refused: dict[tuple[str, str], int] = {}
    for values in _combinations(variation, seed):
        if len(found) == count:
            break
        if values in used:
            continue
        draw, why = _draw(base, question, variation, values)
        if draw is None:
            refused[why] = refused.get(why, 0) + 1
            continue
        used.add(values)
        found.append(draw)
    if len(found) == count:
        return found, None
    often, instead = max(refused, key=lambda why: refused[why]) if refused else ("", "")
    if not found and len(refused) == 1:
        # No range would help: it is a name or a place in what vary says.
        what = f"question {question.id} allows no version: {often}"
        return found, (what, instead or "mend what vary says of it")
    what = f"question {question.id} allows {len(found)} of {count} versions"
    what += f"; {sum(refused.values())} draws are refused, most often because {often}" if often else ""
    return found, (what, "widen the ranges, or let more options follow the numbers")


def _question(exam: Exam, name: str) -> Question:
    return next(question for question in exam.questions if question.id == name)


def _values(question: Question, variation: Variation) -> tuple[Any, ...]:
    """The numbers of a version that exists, in the order of the variation."""
    arguments = question.answer.arguments if isinstance(question.answer, Solve) else {}
    return tuple(_at(arguments, path.split(".")) for path in variation.arguments)


def _at(literal: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(literal, Mapping):
            literal = literal.get(step)
        elif isinstance(literal, tuple) and step.isdecimal() and int(step) < len(literal):
            literal = literal[int(step)]
        else:
            return None
    return literal


def _combinations(variation: Variation, seed: int) -> Iterator[tuple[Any, ...]]:
    """Combinations of values: all of them in a drawn order, or draws from very many."""
    source = random.Random(f"{seed}:{variation.question}")  # noqa: S311 (numbers of an exam, no secret)
    values = list(variation.arguments.values())
    if math.prod(len(choices) for choices in values) <= MOST_TRIES:
        every = list(itertools.product(*values))
        source.shuffle(every)
        yield from every
        return
    for _ in range(MOST_TRIES):
        yield tuple(source.choice(choices) for choices in values)


def _draw(
    base: Exam, question: Question, variation: Variation, values: tuple[Any, ...]
) -> tuple[Draw | None, tuple[str, str]]:
    """The draw with these values, or None and why its key cannot be solved, and what to write instead."""
    if not isinstance(question.answer, Solve):
        return None, ("no solver gives the answer", "write answer: {solve: ..., with: ...}")
    task = question.answer
    try:
        for path, value in zip(variation.arguments, values, strict=True):
            task = _replaced(task, path, value)
        options = {
            name: _option_text(question, name, _follows(task, recipe))
            for name, recipe in variation.options.items()
        }
    except SolverError as error:
        return None, (error.what, error.instead)
    changed = replace(
        question,
        answer=task,
        options=tuple(_rewritten(option, options) for option in question.options),
        printed=None,
        printed_is_wrong="",
        erratum="",
        also_accept=(),
        group="",
        points=question.points or Fraction(1),
        rule=Rule(name="number") if question.rule.name == "follow-through" else question.rule,
    )
    alone = replace(
        base, questions=(changed,), groups=(), sections=(), total=None, pass_points=None, grades=()
    )
    faults = build_key(alone, "").faults
    if faults:
        return None, (faults[0].what.removeprefix(f"question {question.id}: "), faults[0].instead)
    touched = {path.split(".")[0] for path in variation.arguments}
    arguments = {name: task.arguments[name] for name in task.arguments if name in touched}
    return Draw(question=question.id, arguments=arguments, options=options), ("", "")


def _replaced(task: Solve, path: str, value: Any) -> Solve:
    """An argument replaced, or one that was left out so far."""
    if "." not in path:
        return replace(task, arguments={**task.arguments, path: value})
    return with_argument(task, path, value)


def _follows(task: Solve, recipe: OptionRecipe) -> Any:
    """An option's value for new numbers."""
    arguments = dict(task.arguments)
    solver, pick = task.solver, task.pick
    if recipe.solver and recipe.solver != solver:
        known = SOLVERS[recipe.solver].arguments if recipe.solver in SOLVERS else {}
        arguments = {name: value for name, value in arguments.items() if name in known}
        solver, pick = recipe.solver, ()
    pick = pick if recipe.pick is None else recipe.pick
    value = solve(Solve(solver=solver, arguments={**arguments, **recipe.arguments}, pick=pick))
    if recipe.times == 1 and recipe.plus == 0:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        raise SolverError("times and plus want a number")
    exact = Fraction(value) * recipe.times + recipe.plus
    return float(exact) if isinstance(value, float) else exact


def _rewritten(option: Option, options: Mapping[str, str]) -> Option:
    if option.id not in options:
        return option
    text = options[option.id]
    return Option(id=option.id, text=text, value=written_value(text))


# --- writing -----------------------------------------------------------------------------------


def _option_text(question: Question, name: str, value: Any) -> str:
    """An option's value as the file writes it, with as many decimals as the option shows now."""
    shown = next((option.text for option in question.options if option.id == name), "")
    _, point, decimals = shown.partition(".")
    return yaml_text(value, len(decimals) if point and decimals.isdecimal() else DECIMALS)


def yaml_text(value: Any, decimals: int = DECIMALS) -> str:
    """A literal in one line of YAML; floats are rounded to so many decimals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:.{decimals}f}"
    if isinstance(value, (int, Fraction)):
        return number_text(value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(yaml_text(item, decimals) for item in value) + "]"
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{_key(key)}: {yaml_text(item, decimals)}" for key, item in value.items()) + "}"
        )
    return json.dumps(str(value), ensure_ascii=False)


def _key(name: object) -> str:
    text = str(name)
    plain = text.isidentifier() and text.isascii()
    return text if plain else json.dumps(text, ensure_ascii=False)


def _with_versions(text: str, path: Path, made: Mapping[str, Sequence[Draw]], seed: int) -> str:
    """The exam file's text with the new versions behind those that it has."""
    tree, _ = parse_yaml(text.removeprefix("\ufeff"), str(path))
    lines = text.removesuffix("\n").split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    at, indent = _place_for_versions(tree, lines, path)
    new = [] if isinstance(tree, MapNode) and "versions" in tree else ["", "versions:"]
    for name, found in made.items():
        new.append(f"{indent}{_key(name)}:  # drawn by scangrade key vary --seed {seed}")
        new += [f"{indent}{indent}{_override(draw)}" for draw in found]
    return "\n".join([*lines[:at], *(line + end for line in new), *lines[at:]]) + "\n"


def _override(draw: Draw) -> str:
    changes = f"with: {yaml_text(draw.arguments)}"
    if draw.options:
        pairs = ", ".join(f"{_key(option)}: {text}" for option, text in draw.options.items())
        changes += f", options: {{{pairs}}}"
    return f"{json.dumps(draw.question)}: {{{changes}}}"


def _place_for_versions(tree: Node | None, lines: Sequence[str], path: Path) -> tuple[int, str]:
    """(number of lines before the new versions, their indent)."""
    if not isinstance(tree, MapNode) or "versions" not in tree:
        return len(lines), "  "
    line = tree.key_places["versions"][0]
    node = tree["versions"]
    following = [place[0] for place in tree.key_places.values() if place[0] > line]
    at = min(following) - 1 if following else len(lines)
    while at > line and _between(lines[at - 1]):
        at -= 1
    if isinstance(node, MapNode) and node:
        first = next(iter(node.key_places.values()))
        if first[0] == line:
            hint = "write each version on lines of its own: versions:, then B: and its questions below"
            raise UsageFault(f"{path}:{line}: the versions stand in one line", hint=hint)
        return at, " " * (first[1] - 1)
    return at, "  "


def _between(line: str) -> bool:
    """Whether a line belongs to what follows: it is blank, or a comment at the margin."""
    return not line.strip() or line.startswith("#")
