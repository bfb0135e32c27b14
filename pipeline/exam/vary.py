"""What ``vary:`` of an exam file says: which numbers of which question may be drawn, from what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pipeline.exam.checking import Faults
from pipeline.exam.numbers import literal, option_value
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Node, Place, Scalar, parse_yaml
from pipeline.model import Exam, Kind, Question, Solve

OPTIONS = "options"
"""Key beside the arguments' paths under which options are told how to follow the numbers."""
SOLVED = "solved"
"""What stands at the option that is the right one."""
MOST_VALUES = 1000
"""Most values that an argument may take."""
_RANGE = ("from", "to", "step")
_RECIPE = ("with", "solve", "pick", "times", "plus")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRecipe:
    """How an option's value is made for new numbers."""

    solver: str = ""
    """Empty: the solver of the answer."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Arguments other than those of the answer."""
    pick: tuple[str | int, ...] | None = None
    """None: as the answer's."""
    times: Fraction = Fraction(1)
    plus: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What may be drawn in one question."""

    question: str
    arguments: Mapping[str, tuple[Any, ...]]
    """Literals to draw from, by the path of the argument: ``layers.1``."""
    options: Mapping[str, OptionRecipe]
    """Options that follow the numbers; the others stay as they are."""
    place: Place


def written_value(text: str) -> Any:
    """The value of an option whose YAML is ``text``; None when it is no YAML."""
    tree, _ = parse_yaml(f"[{text}]", "")
    return option_value(tree)[0] if isinstance(tree, ListNode) else None


def variations_of(node: Node | None, exam: Exam, faults: Faults) -> tuple[Variation, ...]:
    """The variations of an exam file, its faults noted.

    Parameters
    ----------
    node
        What stands under ``vary``; None when nothing does.
    exam
        Version A.
    faults
        Takes unknown questions, answers that no solver gives, ranges without values.
    """
    if not isinstance(node, MapNode):
        return ()
    questions = {question.id: question for question in exam.questions}
    found = []
    for name, given in node.items():
        place = node.key_places[name]
        question = questions.get(name)
        if question is None:
            faults.add(
                place, f"vary names question {name!r}, and there is none", did_you_mean(name, questions)
            )
        elif not isinstance(question.answer, Solve):
            what = f"no solver gives the answer of question {name}, so that its numbers cannot vary"
            faults.add(place, what, "write answer: {solve: ..., with: ...}")
        elif isinstance(given, MapNode):
            found.append(_variation(question, given, place, faults))
    return tuple(found)


def _variation(question: Question, given: MapNode, place: Place, faults: Faults) -> Variation:
    arguments = {path: _values(path, node, faults) for path, node in given.items() if path != OPTIONS}
    if not arguments:
        what = f"vary names no number of question {question.id}"
        faults.add(place, what, "write the path of an argument and its values: layers.1: {from: 2, to: 6}")
    options = _recipes(question, given, faults)
    if question.kind is Kind.CHOICE and not options:
        what = f"the options of question {question.id} do not follow its numbers"
        faults.add(place, what, "write options: {A: solved, B: {plus: 1}, ...} under vary")
    return Variation(question=question.id, arguments=arguments, options=options, place=place)


def _values(path: str, node: Node, faults: Faults) -> tuple[Any, ...]:
    if isinstance(node, ListNode) and node:
        return tuple(literal(item) for item in node)
    if isinstance(node, MapNode) and {"from", "to"} <= set(node) <= set(_RANGE):
        return _range(path, node, faults)
    if isinstance(node, MapNode) and not set(node) <= set(_RANGE):
        unknown = next(key for key in node if key not in _RANGE)
        faults.add(node.key_places[unknown], f"unknown field {unknown!r}", did_you_mean(unknown, _RANGE))
        return ()
    faults.add(
        node.place, f"{path} says no values to draw from", "write {from: 2, to: 6, step: 1} or [2, 4, 8]"
    )
    return ()


def _range(path: str, node: MapNode, faults: Faults) -> tuple[Any, ...]:
    ends: list[Fraction] = []
    for key in _RANGE:
        value = option_value(node[key]) if key in node else Fraction(1)
        if not isinstance(value, Fraction):
            faults.add(
                node.value_places[key], f"{key} of {path} is not a number", "write it like 2, 0.5 or 1/3"
            )
            return ()
        ends.append(value)
    low, high, step = ends
    if step <= 0 or high < low:
        what = f"from {path} nothing can be drawn: it ends below its begin, or its step is not above 0"
        faults.add(node.place, what, "write {from: 2, to: 6, step: 1}")
        return ()
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        shown = str(count) if count < 10**6 else "over a million"
        faults.add(node.place, f"{path} may take {shown} values", f"write at most {MOST_VALUES}")
        return ()
    values = (low + place * step for place in range(count))
    return tuple(value.numerator if value.denominator == 1 else value for value in values)


def _recipes(question: Question, given: MapNode, faults: Faults) -> dict[str, OptionRecipe]:
    node = given.get(OPTIONS)
    if node is None:
        return {}
    ids = [option.id for option in question.options if option.id != question.dont_know]
    if not isinstance(node, MapNode):
        faults.add(node.place, "options under vary are a map", "write options: {A: solved, B: {plus: 1}}")
        return {}
    recipes = {}
    for option, recipe in node.items():
        if option not in ids:
            what = f"question {question.id} has no option {option!r} that may vary"
            faults.add(node.key_places[option], what, did_you_mean(option, ids))
            continue
        made = _recipe(recipe, faults)
        if made is not None:
            recipes[option] = made
    return recipes


def _recipe(node: Node, faults: Faults) -> OptionRecipe | None:
    if isinstance(node, Scalar) and node.text == SOLVED:
        return OptionRecipe()
    if not isinstance(node, MapNode) or not set(node) <= set(_RECIPE):
        what = "this does not say how the option follows the numbers"
        faults.add(node.place, what, "write solved, {plus: 1}, {times: 2} or {with: {bias: false}}")
        return None
    times, plus = (literal(node[key]) if key in node else one for key, one in (("times", 1), ("plus", 0)))
    if not all(
        isinstance(number, (int, Fraction)) and not isinstance(number, bool) for number in (times, plus)
    ):
        faults.add(node.place, "times and plus are numbers", "write them like 2, -1 or 1/2")
        return None
    arguments = literal(node["with"]) if "with" in node else {}
    pick = literal(node["pick"]) if "pick" in node else None
    if not isinstance(arguments, Mapping):
        faults.add(node["with"].place, "with is a map", "write with: {bias: false}")
        return None
    return OptionRecipe(
        solver=str(literal(node["solve"])) if "solve" in node else "",
        arguments=arguments,
        pick=pick if pick is None or isinstance(pick, tuple) else (pick,),
        times=Fraction(times),
        plus=Fraction(plus),
    )
