"""Right answers, solved answers and printed answers of an exam file."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pipeline.exam.checking import Faults, check
from pipeline.exam.numbers import exact, has_exponent, literal, option_value, written
from pipeline.exam.schema import SolveModel
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Node, Scalar
from pipeline.model import Kind, Solve


def answer_of(
    kind: Kind, name: str, node: MapNode, options: Sequence[str], dont_know: str, faults: Faults
) -> Any:
    """The right answer of a question, or None when the file gives none.

    Parameters
    ----------
    kind, name
        Of the question.
    node
        The merged question.
    options
        Ids of its options.
    dont_know
        Id of the option that is no answer, or "".
    faults
        Takes the faults.

    Returns
    -------
    object
        A :class:`pipeline.model.Solve`; of a choice the option's id; of choices a tuple of ids; of
        truefalse a bool; of a number a Fraction.
    """
    answer = node.get("answer")
    if answer is None or kind in (Kind.CREDITS, Kind.TEXT):
        return None
    if isinstance(answer, MapNode):
        return _solve(answer, faults)
    if isinstance(answer, Scalar) and answer.kind == "null":
        faults.add(
            node.value_places["answer"],
            f"the answer of question {name} is empty",
            "write it, or remove answer",
        )
        return None
    return _value(kind, name, answer, options, dont_know, faults)


def accepted_of(
    kind: Kind, name: str, node: MapNode, options: Sequence[str], dont_know: str, faults: Faults
) -> tuple[Any, ...]:
    """Other answers that count as right, each as :func:`answer_of` gives one."""
    given = node.get("also_accept")
    if not isinstance(given, ListNode) or kind in (Kind.CREDITS, Kind.TEXT):
        return ()
    where = f"{name} in also_accept"
    found = []
    for item in given:
        if kind is Kind.CHOICES and isinstance(item, Scalar):
            option = _one(where, item, options, dont_know, faults)
            value = None if option is None else (option,)
        else:
            value = _value(kind, where, item, options, dont_know, faults)
        if value is not None:
            found.append(value)
    return tuple(found)


def printed_of(node: MapNode, options: Sequence[str]) -> Any:
    """What the official solution prints, as written; None when the file does not say.

    It is never a fault: whether it agrees with the key is for the key to say. An option's id is
    that id (of several, a tuple), what writes a number is a Fraction, true and false are bools,
    all else is text.
    """
    printed = node.get("printed")
    if printed is None:
        return None
    if isinstance(printed, ListNode):
        return tuple(_printed(item, options) for item in printed)
    return _printed(printed, options)


def _printed(node: Node, options: Sequence[str]) -> Any:
    if isinstance(node, Scalar) and node.text in options:
        return node.text
    return option_value(node)


def _solve(node: MapNode, faults: Faults) -> Solve | None:
    model = check(SolveModel, node, faults)
    if model is None:
        return None
    arguments = literal(model.arguments) if model.arguments is not None else {}
    return Solve(solver=model.solve, arguments=arguments, pick=_pick(node, faults))


def _pick(node: MapNode, faults: Faults) -> tuple[str | int, ...]:
    if "pick" not in node:
        return ()
    given = literal(node["pick"])
    steps = given if isinstance(given, tuple) else (given,)
    if not all(isinstance(step, (str, int)) and not isinstance(step, bool) for step in steps):
        faults.add(node.value_places["pick"], "pick is names and places", "write pick: [name, 0]")
        return ()
    return tuple(steps)


def _value(kind: Kind, name: str, node: Node, options: Sequence[str], dont_know: str, faults: Faults) -> Any:
    if kind is Kind.CHOICES:
        return _several(name, node, options, dont_know, faults)
    if isinstance(node, ListNode):
        instead = f"write answer: {options[0] if options else 'A'}, or kind: choices"
        if kind is not Kind.CHOICE:
            instead = "write one value as answer"
        faults.add(
            node.place, f"the answer of question {name} is a list, and its kind is {kind.value}", instead
        )
        return None
    if not isinstance(node, Scalar):
        faults.add(node.place, f"the answer of question {name} is a map", "write the answer itself")
        return None
    if kind is Kind.CHOICE:
        return _one(name, node, options, dont_know, faults)
    if kind is Kind.TRUEFALSE:
        return _truth(name, node, faults)
    return _number(name, node, faults)


def _one(name: str, node: Scalar, options: Sequence[str], dont_know: str, faults: Faults) -> str | None:
    if not options:
        return None
    if node.text not in options:
        what = f"the answer of question {name} is {node.text!r}, and there is no such option"
        faults.add(node.place, what, did_you_mean(node.text, options))
        return None
    if node.text == dont_know:
        what = f"the answer of question {name} is {node.text!r}, its dont_know option"
        faults.add(node.place, what, "name an option that is an answer")
        return None
    return node.text


def _several(
    name: str, node: Node, options: Sequence[str], dont_know: str, faults: Faults
) -> tuple[str, ...] | None:
    if not isinstance(node, ListNode):
        shown = node.text if isinstance(node, Scalar) else "A"
        faults.add(
            node.place,
            f"the answer of question {name} is no list, and its kind is choices",
            f"write answer: [{shown}]",
        )
        return None
    chosen: list[str] = []
    for item in node:
        if not isinstance(item, Scalar):
            faults.add(
                item.place, f"the answer of question {name} holds what is no option", "write ids of options"
            )
            continue
        option = _one(name, item, options, dont_know, faults)
        if option is not None and option in chosen:
            faults.add(item.place, f"the answer of question {name} names {option} twice", "name it once")
        elif option is not None:
            chosen.append(option)
    return tuple(chosen)


def _truth(name: str, node: Scalar, faults: Faults) -> bool | None:
    if node.kind == "bool":
        return node.truth
    if node.text in ("T", "F"):
        return node.text == "T"
    faults.add(
        node.place,
        f"the answer of question {name} is {node.text!r}",
        "write answer: true or answer: false",
    )
    return None


def _number(name: str, node: Scalar, faults: Faults) -> Fraction | None:
    value = exact(node.text)
    if value is not None:
        return value
    if has_exponent(node.text):
        in_full = exact(node.text, exponents=True)
        plain = written(in_full) if in_full is not None else ""
        instead = f"write {plain}" if 0 < len(plain) <= 24 else "write it in full, or as a fraction"
        faults.add(node.place, f"the answer of question {name} is written with a power of ten", instead)
        return None
    faults.add(
        node.place,
        f"the answer of question {name} is {node.text!r}, and its kind is number",
        "write it like 27, 0.5 or 1/3",
    )
    return None
