"""Parameters of rules: their forms, how a literal is read, and what can be wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeline.grading.numbers import did_you_mean, number_text, to_fraction, value_text
from pipeline.model import Question

ZERO = Fraction(0)
ONE = Fraction(1)
Complaint = tuple[str, str]
"""What is wrong, and what to write instead."""


class ParameterFault(ValueError):
    """A literal that a parameter cannot take; ``instead`` is what to write."""

    def __init__(self, what: str, instead: str = "") -> None:
        super().__init__(what)
        self.what, self.instead = what, instead


def _no_complaint(value: Any, question: Question) -> Complaint | None:
    del value, question
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a parameter may hold."""

    read: Callable[[Any], Any]
    """From the literal of the exam file to the value; raises :class:`ParameterFault`."""
    check: Callable[[Any, Question], Complaint | None] = _no_complaint
    """What is wrong with a value in a question."""


class FullPoints:
    """Stands for as many points as the question is worth."""


FULL = FullPoints()


def _fraction(
    literal: Any, what: str = "a number of points", instead: str = "write 2, -0.5 or 1/3"
) -> Fraction:
    number = to_fraction(literal)
    if number is None:
        raise ParameterFault(f"{value_text(literal)} is not {what}", instead)
    return number


def _points(literal: Any) -> Fraction:
    return _fraction(literal)


def _credit(literal: Any) -> Fraction:
    number = _fraction(literal)
    if number < 0:
        raise ParameterFault(f"{number_text(number)} is below 0", "write it without the minus")
    return number


def _not_too_many(value: Fraction, question: Question) -> Complaint | None:
    most = question.points
    if question.group or value <= most:
        return None
    return (
        f"{number_text(value)} is more than the {number_text(most)} points",
        f"write at most {number_text(most)}",
    )


POINTS = Form(read=_points, check=_not_too_many)
"""Points, below zero too."""
CREDIT = Form(read=_credit, check=_not_too_many)
"""Points from zero on."""


def _share(literal: Any) -> Fraction:
    number = _fraction(literal, "a share of the points", "write 1/2 or -1/3")
    if abs(number) > 1:
        raise ParameterFault(
            f"{number_text(number)} is no share of the points", "write a number from -1 to 1"
        )
    return number


def _share_or_truth(literal: Any) -> Fraction:
    return Fraction(int(literal)) if isinstance(literal, bool) else _share(literal)


def _truth(literal: Any) -> bool:
    if not isinstance(literal, bool):
        raise ParameterFault(f"{value_text(literal)} is not true or false", "write true or false")
    return literal


def _distance(literal: Any) -> Fraction:
    number = _fraction(literal, "a number", "write 0, 1 or 2")
    if number < 0:
        raise ParameterFault(f"{number_text(number)} is below 0", "write it without the minus")
    return number


SHARE = Form(read=_share)
"""A share of the question's points, from -1 to 1."""
SHARE_OR_TRUTH = Form(read=_share_or_truth)
"""As :data:`SHARE`; true is 1, false is 0."""
TRUTH = Form(read=_truth)
DISTANCE = Form(read=_distance)
"""Units of the last digit."""


def word(*words: str) -> Form:
    """One of some words."""

    def read(literal: Any) -> str:
        text = value_text(literal)
        if text not in words:
            raise ParameterFault(f"{text} is not one of {', '.join(words)}", did_you_mean(text, words))
        return text

    return Form(read=read)


def _known_option(name: str, question: Question) -> Complaint | None:
    ids = [option.id for option in question.options]
    if name == question.dont_know and name:
        return f"{name} is the option that is no answer", "leave it out"
    return None if name in ids else (f"there is no option {name}", did_you_mean(name, ids))


def _option_id(literal: Any) -> str:
    if isinstance(literal, (Mapping, tuple, list)):
        raise ParameterFault(f"{value_text(literal)} is no option", "write an option's id")
    return value_text(literal)


OPTION = Form(read=_option_id, check=_known_option)
"""An option's id."""


def by_option(inner: Form) -> Form:
    """A value for each of some options."""
    return _map(inner, "option", _known_option)


def by_set(inner: Form) -> Form:
    """A value for each of some sets of ticked options, written ``A|C``."""

    def known(name: str, question: Question) -> Complaint | None:
        found = (_known_option(option, question) for option in sorted(set_of(name)))
        return next((complaint for complaint in found if complaint is not None), None)

    form = _map(inner, "set of options", known)

    def read(literal: Any) -> dict[str, Any]:
        value: dict[str, Any] = form.read(literal)
        first: dict[frozenset[str], str] = {}
        for name in value:
            other = first.setdefault(set_of(name), name)
            if other != name:
                raise ParameterFault(f"{other} and {name} are the same set", "keep one of them")
        return value

    return Form(read=read, check=form.check)


def set_of(name: str) -> frozenset[str]:
    """The options of a set that is written ``A|C``."""
    return frozenset(part.strip() for part in name.split("|"))


def _map(inner: Form, what: str, known: Callable[[str, Question], Complaint | None]) -> Form:
    def read(literal: Any) -> dict[str, Any]:
        if not isinstance(literal, Mapping) or not literal:
            raise ParameterFault(f"{value_text(literal)} is no map", f"write {{{what}: value}}")
        return {str(name): _inside(str(name), inner, part) for name, part in literal.items()}

    def check(value: Any, question: Question) -> Complaint | None:
        for name, part in value.items():
            complaint = known(name, question) or inner.check(part, question)
            if complaint is not None:
                return (f"{name}: {complaint[0]}", complaint[1])
        return None

    return Form(read=read, check=check)


def _inside(name: str, form: Form, literal: Any) -> Any:
    try:
        return form.read(literal)
    except ParameterFault as fault:
        raise ParameterFault(f"{name}: {fault.what}", fault.instead) from None


def directives(**forms: Form) -> Form:
    """A map of some named values, each of its own form."""

    def read(literal: Any) -> dict[str, Any]:
        if not isinstance(literal, Mapping):
            raise ParameterFault(f"{value_text(literal)} is no map", f"write {{{next(iter(forms))}: 1}}")
        for name in literal:
            if name not in forms:
                raise ParameterFault(f"there is no {name}", did_you_mean(name, forms))
        return {name: _inside(name, forms[name], part) for name, part in literal.items()}

    def check(value: Any, question: Question) -> Complaint | None:
        found = (forms[name].check(part, question) for name, part in value.items())
        return next((complaint for complaint in found if complaint is not None), None)

    return Form(read=read, check=check)


def _questions(literal: Any) -> dict[str, str]:
    if not isinstance(literal, Mapping) or not literal:
        raise ParameterFault(
            f"{value_text(literal)} names no earlier answer", 'write from: {argument: "1"}, a question\'s id'
        )
    return {str(path): value_text(name) for path, name in literal.items()}


QUESTIONS = Form(read=_questions)
"""Ids of questions, by the path of a solver's argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a rule."""

    meaning: str
    default: Any = ZERO
    """:data:`FULL` is as many points as the question is worth; None: not set. The name of another
    parameter, with a ``=`` before it, is what that one is."""
    required: bool = False
    form: Form = POINTS


def shown(value: Any) -> str:
    """A parameter's value as a sentence holds it."""
    if isinstance(value, Mapping):
        return ", ".join(f"{shown(part)} for {name}" for name, part in value.items())
    return "nothing" if value is None else value_text(value)


def complete(known: Mapping[str, Parameter], literals: Mapping[str, Any], points: Fraction) -> dict[str, Any]:
    """All parameters of a rule, read, with their defaults filled in.

    Raises
    ------
    ParameterFault
        A literal that its parameter cannot take.
    """
    filled = {}
    for name, parameter in known.items():
        if name in literals:
            filled[name] = _inside(name, parameter.form, literals[name])
        else:
            filled[name] = points if parameter.default is FULL else parameter.default
    for name, value in filled.items():
        if isinstance(value, str) and value.startswith("="):
            filled[name] = filled[value[1:]]
    return filled


def faults_of(
    rule: str, known: Mapping[str, Parameter], literals: Mapping[str, Any], question: Question | None
) -> list[Complaint]:
    """What is wrong with a rule's parameters, as (what, what to write instead)."""
    found: list[Complaint] = []
    for name, literal in literals.items():
        parameter = known.get(name)
        if parameter is None:
            instead = did_you_mean(name, known) if known else "it has no parameters"
            if name.isdecimal():
                # Between braces a decimal comma begins another parameter.
                instead = "write decimals with a point, like 0.5"
            found.append((f"the rule {rule} has no {name}", instead))
            continue
        try:
            value = parameter.form.read(literal)
        except ParameterFault as fault:
            found.append((f"{name}: {fault.what}", fault.instead))
            continue
        complaint = parameter.form.check(value, question) if question is not None else None
        if complaint is not None:
            found.append((f"{name}: {complaint[0]}", complaint[1]))
    meant = {instead for _, instead in found}
    for name, parameter in known.items():
        if parameter.required and name not in literals and f"did you mean {name}?" not in meant:
            found.append((f"the rule {rule} needs {name}", f"write rule: {{name: {rule}, {name}: ...}}"))
    return found
