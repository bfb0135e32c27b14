"""Rules of Auto Multiple Choice, as its manual documents them (section "Scoring strategy").

Parameters have the manual's names and defaults. ``MAX`` is the question's own points; formulas
and variables are not taken over, because a key is data.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pipeline.grading.numbers import number_text
from pipeline.grading.rules.basic import ONE_ASKED
from pipeline.grading.rules.parameters import OPTION, POINTS, Parameter, by_option, directives, shown
from pipeline.grading.rules.records import (
    SEVERAL,
    ZERO,
    Marked,
    Parameters,
    ScoringRule,
    Verdict,
)
from pipeline.model import Kind

FLOOR = Fraction(-100)
"""The manual's ``p`` where nobody says another."""


def _simple(marked: Marked, parameters: Parameters) -> Verdict:
    if not marked.chosen:
        return Verdict(points=parameters["v"], reason="no answer by choice" if marked.dont_know else "blank")
    if len(marked.chosen) > 1 or marked.dont_know:
        return Verdict(points=parameters["e"], reason=SEVERAL)
    (option,) = marked.chosen
    right = option in marked.right
    points = _simple_values(marked, parameters)[option]
    return Verdict(points=points, reason="right" if right else "wrong")


def _simple_values(marked: Marked, parameters: Parameters) -> dict[str, Fraction]:
    """What each option is worth."""
    values: dict[str, Fraction] = {}
    for place, option in enumerate(marked.options or sorted(marked.chosen | marked.right)):
        right = option in marked.right
        if option in (parameters["options"] or {}):
            values[option] = parameters["options"][option]
        elif parameters["auto"] is not None:
            values[option] = parameters["auto"] + place
        elif parameters["mz"] is not None:
            values[option] = parameters["mz"] if right else ZERO
        else:
            values[option] = parameters["b"] if right else parameters["m"]
    return values


def _simple_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    found = [parameters["v"], parameters["e"], *_simple_values(marked, parameters).values()]
    return min(found), max(found)


def _simple_sentence(points: Fraction, parameters: Parameters) -> str:
    del points
    if parameters["auto"] is not None:
        first = number_text(parameters["auto"])
        what = f"The first option gives {first}, each further one 1 more"
    elif parameters["mz"] is not None:
        what = f"The right option gives {number_text(parameters['mz'])}, a wrong one 0"
    else:
        right, wrong = number_text(parameters["b"]), number_text(parameters["m"])
        what = f"The right option gives {right}, a wrong one {wrong}"
    if parameters["options"]:
        what += f", but {shown(parameters['options'])}"
    return f"{what}; several give {number_text(parameters['e'])}, no answer {number_text(parameters['v'])}."


# --- several options may be right --------------------------------------------------------------


def _plain(marked: Marked, parameters: Parameters) -> tuple[str, ...]:
    """All options but "none of these"."""
    options = marked.options or tuple(sorted(marked.chosen | marked.right))
    return tuple(option for option in options if option != parameters["none"])


def _strategy(parameters: Parameters, boxes: int) -> dict[str, Any]:
    """b, m, d and p, with what haut and mz make of them."""
    found = {name: parameters[name] for name in ("b", "m", "d", "p")}
    given = found["p"]
    found["p"] = FLOOR if given is None else given
    if parameters["haut"] is not None:
        found.update(d=parameters["haut"] - boxes, p=ZERO if given is None else given)
    if parameters["mz"] is not None:
        most, floor = parameters["mz"], ZERO if given is None else given
        found.update(d=most, b=ZERO, m=-(abs(most) + abs(floor) + 1), p=floor)
    return found


def _boxes(marked: Marked, parameters: Parameters) -> Iterator[tuple[str, Fraction, Fraction]]:
    """(option, points when it is as it should be, points when it is not)."""
    plain = _plain(marked, parameters)
    strategy = _strategy(parameters, len(plain))
    own = parameters["options"] or {}
    for option in plain:
        said = own.get(option, {})
        yield option, said.get("b", strategy["b"]), said.get("m", strategy["m"])


def _limited(total: Fraction, floor: Fraction, ceiling: Fraction | None) -> Fraction:
    points = max(total, floor)
    return points if ceiling is None else min(points, ceiling)


def _multiple(marked: Marked, parameters: Parameters) -> Verdict:
    if not marked.chosen:
        return Verdict(points=parameters["v"], reason="no answer by choice" if marked.dont_know else "blank")
    if marked.dont_know or (parameters["none"] in marked.chosen and len(marked.chosen) > 1):
        return Verdict(points=parameters["e"], reason="options beside the one that says none")
    boxes = list(_boxes(marked, parameters))
    strategy = _strategy(parameters, len(boxes))
    good = [(option in marked.chosen) == (option in marked.right) for option, _, _ in boxes]
    total = strategy["d"] + sum((b if fits else m for (_, b, m), fits in zip(boxes, good, strict=True)), ZERO)
    points = _limited(total, strategy["p"], parameters["P"])
    reason = "right" if all(good) else f"{sum(good)} of {len(boxes)} boxes right"
    if points != total:
        reason += f": {number_text(total)}, limited to {number_text(points)}"
    return Verdict(points=points, reason=reason)


def _multiple_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    boxes = list(_boxes(marked, parameters))
    strategy = _strategy(parameters, len(boxes))
    least = strategy["d"] + sum((min(b, m) for _, b, m in boxes), ZERO)
    most = strategy["d"] + sum((max(b, m) for _, b, m in boxes), ZERO)
    ends = [_limited(end, strategy["p"], parameters["P"]) for end in (least, most)]
    ends += [parameters["v"], parameters["e"]]
    return min(ends), max(ends)


def _multiple_sentence(points: Fraction, parameters: Parameters) -> str:
    del points
    if parameters["mz"] is not None:
        what = f"Every box as it should be gives {number_text(parameters['mz'])}, anything else "
        what += number_text(_strategy(parameters, 0)["p"])
    elif parameters["haut"] is not None:
        what = (
            f"Every box as it should be gives {number_text(parameters['haut'])}, each other one takes 1 off"
        )
        what += f", down to {number_text(_strategy(parameters, 0)['p'])}"
    else:
        right, wrong = number_text(parameters["b"]), number_text(parameters["m"])
        what = f"Each box as it should be gives {right}, each other one {wrong}"
        if parameters["d"]:
            what += f", and every answer {number_text(parameters['d'])} beside"
        if parameters["p"] is not None:
            what += f", down to {number_text(parameters['p'])}"
    if parameters["P"] is not None:
        what += f", up to {number_text(parameters['P'])}"
    if parameters["options"]:
        own = (f"{name} ({shown_pair(pair)})" for name, pair in parameters["options"].items())
        what += f"; other points have {', '.join(own)}"
    if parameters["none"] is not None:
        what += f"; {parameters['none']} beside another option gives {number_text(parameters['e'])}"
    return f"{what}; nothing ticked gives {number_text(parameters['v'])}."


def shown_pair(pair: dict[str, Fraction]) -> str:
    """An option's own points in words."""
    words = {"b": "as it should be", "m": "otherwise"}
    return ", ".join(f"{number_text(value)} {words[name]}" for name, value in pair.items())


_COMMON = {
    "e": Parameter(meaning="for marks that contradict each other"),
    "v": Parameter(meaning="for no answer"),
    "b": Parameter(meaning="for what is as it should be", default=Fraction(1)),
    "m": Parameter(meaning="for what is not"),
    "mz": Parameter(meaning="for a perfect answer, where anything else gets nothing", default=None),
}

AMC_RULES = (
    ScoringRule(
        name="amc-simple",
        kinds=ONE_ASKED,
        sentence=_simple_sentence,
        several="Several options where one is asked give {e}.",
        parameters={
            **_COMMON,
            "auto": Parameter(meaning="for the first option; each further one gives 1 more", default=None),
            "options": Parameter(meaning="points of single options", default=None, form=by_option(POINTS)),
        },
        judge=_simple,
        bounds=_simple_bounds,
    ),
    ScoringRule(
        name="amc-multiple",
        kinds=frozenset({Kind.CHOICES}),
        sentence=_multiple_sentence,
        several="Any number of options may be ticked; another one beside none of these gives {e}.",
        parameters={
            **_COMMON,
            "d": Parameter(meaning="added to every answer"),
            "p": Parameter(meaning="least for an answer", default=None),
            "P": Parameter(meaning="most for an answer", default=None),
            "haut": Parameter(meaning="for a perfect answer, each error taking 1 off", default=None),
            "none": Parameter(meaning='id of the option "none of these"', default=None, form=OPTION),
            "options": Parameter(
                meaning="b and m of single options",
                default=None,
                form=by_option(directives(b=POINTS, m=POINTS)),
            ),
        },
        judge=_multiple,
        bounds=_multiple_bounds,
    ),
)
