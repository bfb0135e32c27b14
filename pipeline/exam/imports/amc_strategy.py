"""Auto Multiple Choice's scoring strategies become our rules ``amc-simple`` and ``amc-multiple``.

A strategy is a list like ``e=-1,b=2,p=0``; what stands nearer to the question counts: the rule of the
whole exam, of the type of question, of the question, of the answer (manual, "Scoring strategy").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pipeline.exam.imports.amc_rows import MULTIPLE, AmcAnswer
from pipeline.exam.numbers import exact

_DIRECTIVE = re.compile(r"\s*([.a-zA-Z0-9_-]+)\s*=\s*(.*)", re.DOTALL)
PLAIN = "_PLAIN_"
"""Name of a value without a name: the points of an answer."""
_SIMPLE = ("e", "v", "b", "m", "mz", "auto")
_MULTIPLE = ("e", "v", "b", "m", "d", "p", "P", "haut", "mz")
_EXAM_WIDE = frozenset({"SUF", "allowempty"})
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A question's rule."""

    rule: Mapping[str, Any]
    points: Fraction
    """What the right answer earns."""
    losses: tuple[str, ...] = ()
    """Directives that no rule here has, in words."""
    formula: bool = False
    """Whether the points come from a formula or from variables: no rule here has them."""


def directives(strategy: str) -> dict[str, str]:
    """Directives of a strategy by name, later ones first to count."""
    found: dict[str, str] = {}
    for part in re.split(r",+", strategy[:4000]):
        match = _DIRECTIVE.fullmatch(part)
        if match:
            found[match[1]] = match[2].strip()
        elif part.strip():
            found[PLAIN] = part.strip()
    return found


def merged(*strategies: str) -> dict[str, str]:
    """Directives of several strategies: what stands later counts."""
    found: dict[str, str] = {}
    for strategy in strategies:
        found.update({name: value for name, value in directives(strategy).items() if name != PLAIN})
    return found


@dataclass(slots=True)
class _Values:
    """The numbers among directives; what is none is a loss."""

    said: Mapping[str, str]
    losses: list[str] = field(default_factory=list)

    def numbers(self, names: Iterable[str]) -> dict[str, Fraction]:
        """Values by name of those that are there."""
        found = {}
        for name in names:
            if name in self.said:
                number = exact(self.said[name])
                if number is None:
                    self.losses.append(f"{name}={self.said[name]}")
                else:
                    found[name] = number
        return found


def scored(
    kind: int, said: Mapping[str, str], answers: Sequence[AmcAnswer], options: Mapping[int, str]
) -> Scored:
    """The rule of a question.

    Parameters
    ----------
    kind
        SIMPLE or MULTIPLE.
    said
        Its directives, merged.
    answers
        Its answers.
    options
        Ids of its options by the answer's number.
    """
    names = _MULTIPLE if kind == MULTIPLE else _SIMPLE
    values = _Values(said)
    rule: dict[str, Any] = dict(values.numbers(names))
    # the documented default of "auto" is -1: none
    if rule.get("auto", _ZERO) < 0:
        del rule["auto"]
    own = _own_points(kind, answers, options, values)
    if own:
        rule["options"] = own
    unknown = set(said) - set(names) - _EXAM_WIDE - {"MAX", "d", "p", "auto"}
    formula = any(name == "formula" or "." in name for name in said) or any(
        name.startswith(("set.", "setx.", "default.")) for a in answers for name in directives(a.strategy)
    )
    values.losses += [f"{name}={said[name]}" for name in sorted(unknown)]
    if kind == MULTIPLE:
        if 0 in options:
            rule["none"] = options[0]
        points = _multiple_points(rule, answers, options)
    else:
        points = _simple_points(rule, answers, options)
    most = exact(said["MAX"]) if "MAX" in said else None
    if "MAX" in said and most != points:
        values.losses.append(f"MAX={said['MAX']}, where the right answer earns {points}")
    name = "amc-multiple" if kind == MULTIPLE else "amc-simple"
    return Scored(rule={"name": name, **rule}, points=points, losses=tuple(values.losses), formula=formula)


def _own_points(
    kind: int, answers: Sequence[AmcAnswer], options: Mapping[int, str], values: _Values
) -> dict[str, Any]:
    """Points of single answers."""
    own: dict[str, Any] = {}
    for answer in answers:
        said = directives(answer.strategy)
        if answer.answer not in options or not said:
            continue
        name = options[answer.answer]
        if kind == MULTIPLE:
            more = _Values(said)
            if pair := more.numbers(("b", "m")):
                own[name] = pair
            more.losses += [f"{key}={said[key]}" for key in said if key not in ("b", "m", PLAIN)]
            values.losses += [f"{loss} of answer {name}" for loss in more.losses]
        elif PLAIN in said:
            number = exact(said[PLAIN])
            if number is None:
                values.losses.append(f"{said[PLAIN]} of answer {name}")
            else:
                own[name] = number
    return own


def _simple_points(
    rule: Mapping[str, Any], answers: Sequence[AmcAnswer], options: Mapping[int, str]
) -> Fraction:
    """The most that a right option is worth."""
    worth = []
    for place, answer in enumerate(answers):
        own = rule.get("options", {})
        name = options.get(answer.answer, "")
        if not answer.correct:
            continue
        if name in own:
            worth.append(own[name])
        elif "auto" in rule:
            worth.append(rule["auto"] + place)
        else:
            worth.append(rule.get("mz", rule.get("b", Fraction(1))))
    return max(worth, default=_ZERO)


def _multiple_points(
    rule: Mapping[str, Any], answers: Sequence[AmcAnswer], options: Mapping[int, str]
) -> Fraction:
    """What every box as it should be earns."""
    if not any(answer.correct for answer in answers):
        return Fraction(rule.get("v", _ZERO))
    plain = [answer for answer in answers if answer.answer]
    if "mz" in rule:
        total = Fraction(rule["mz"])
    else:
        own = rule.get("options", {})
        each = rule.get("b", Fraction(1))
        total = sum((own.get(options[a.answer], {}).get("b", each) for a in plain), _ZERO)
        total += rule["haut"] - len(plain) if "haut" in rule else rule.get("d", _ZERO)
    total = max(total, rule["p"]) if "p" in rule else total
    return Fraction(min(total, rule["P"]) if "P" in rule else total)
