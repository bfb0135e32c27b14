"""Scoring rules: a registry of pure functions in Fractions.

Each rule has a name, parameters with their defaults, one sentence for students, and words for
what it does with several marks where one is asked. Points are never rounded here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.grading.numbers import did_you_mean, number_text, to_fraction, value_text
from pipeline.model import Kind, Question, Rule, Tolerance

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What a rule judges: one answer beside the right one."""

    points: Fraction
    """What the question is worth."""
    chosen: frozenset[str] = frozenset()
    """Ticked options, without the one that is no answer."""
    dont_know: bool = False
    """Whether the option that is no answer is ticked."""
    right: frozenset[str] = frozenset()
    """Right options; may be empty where any number of options may be right."""
    value: Fraction | None = None
    """What stands in the digit grid or the credit boxes; None: blank."""
    right_value: Fraction = ZERO
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Points and the reason for them."""

    points: Fraction
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a rule; all are points."""

    meaning: str
    default: Fraction | None = ZERO
    """None: as many as the question is worth."""
    required: bool = False
    negative: bool = True
    """Whether it may be below zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """A rule of the registry."""

    name: str
    kinds: frozenset[Kind]
    sentence: str
    """For students; {points} and the names of parameters stand for their numbers."""
    several: str
    """What becomes of several marks where one is asked."""
    parameters: Mapping[str, Parameter]
    judge: Callable[[Marked, Mapping[str, Fraction]], Verdict]


CHOICE_KINDS = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
CREDIT_KINDS = frozenset({Kind.CREDITS, Kind.TEXT})


def _single(marked: Marked, parameters: Mapping[str, Fraction]) -> Verdict:
    if not marked.chosen:
        if marked.dont_know:
            return Verdict(points=parameters["dont_know"], reason="no answer by choice")
        return Verdict(points=parameters["blank"], reason="blank")
    if len(marked.chosen) > 1 or marked.dont_know:
        return Verdict(points=parameters["several"], reason="several options where one is asked")
    if marked.chosen <= marked.right:
        return Verdict(points=parameters["right"], reason="right")
    return Verdict(points=parameters["wrong"], reason="wrong")


def _all_or_nothing(marked: Marked, parameters: Mapping[str, Fraction]) -> Verdict:
    if marked.dont_know:
        if marked.chosen:
            return Verdict(points=parameters["wrong"], reason="options beside the one that is no answer")
        return Verdict(points=parameters["blank"], reason="no answer by choice")
    if marked.chosen == marked.right:
        return Verdict(points=parameters["right"], reason="right")
    if not marked.chosen:
        return Verdict(points=parameters["blank"], reason="blank")
    return Verdict(points=parameters["wrong"], reason=_differences(marked))


def _deduct(marked: Marked, parameters: Mapping[str, Fraction]) -> Verdict:
    if not marked.dont_know and marked.chosen == marked.right:
        return Verdict(points=marked.points, reason="right")
    if not marked.chosen:
        return Verdict(points=parameters["blank"], reason="blank")
    if len(marked.right) == 1:
        return Verdict(points=parameters["floor"], reason="wrong: one option is right, all or nothing")
    errors = len(marked.chosen ^ marked.right) + marked.dont_know
    left = marked.points - errors * parameters["each"]
    reason = f"{_differences(marked)}: {errors} x {number_text(parameters['each'])} off"
    return Verdict(points=max(left, parameters["floor"]), reason=reason)


def _differences(marked: Marked) -> str:
    wrong, missing = sorted(marked.chosen - marked.right), sorted(marked.right - marked.chosen)
    parts = [f"wrong {', '.join(wrong)}"] if wrong else []
    parts += [f"missing {', '.join(missing)}"] if missing else []
    return "; ".join(parts) or "wrong"


def within(value: Fraction, right: Fraction, tolerance: Tolerance | None) -> bool:
    """Whether a value counts as the right one.

    No tolerance asks for equality; ``abs`` for |value - right| <= size, ``rel`` for
    |value - right| <= size |right|; ``significant`` for a difference of at most half a unit of
    the right value's digit number ``size``, counted from its first digit that is not 0.
    """
    if tolerance is None:
        return value == right
    if tolerance.kind == "abs":
        allowed = tolerance.size
    elif tolerance.kind == "rel":
        allowed = tolerance.size * abs(right)
    else:
        allowed = _half_unit(right, int(tolerance.size))
    return abs(value - right) <= allowed


def _half_unit(right: Fraction, digits: int) -> Fraction:
    """Half a unit of a number's significant digit; 0 for the number 0."""
    if right == 0:
        return ZERO
    size, power = abs(right), 0
    while size >= 10:
        size, power = size / 10, power + 1
    while size < 1:
        size, power = size * 10, power - 1
    return Fraction(10) ** (power - digits + 1) / 2


MOST_SLIPPED_POWERS = 6


def _number(marked: Marked, parameters: Mapping[str, Fraction]) -> Verdict:
    value = marked.value
    if value is None:
        return Verdict(points=parameters["blank"], reason="blank")
    if within(value, marked.right_value, marked.tolerance):
        return Verdict(points=parameters["right"], reason="right")
    slips = []
    if within(-value, marked.right_value, marked.tolerance):
        slips.append((parameters["sign_slip"], "wrong sign"))
    if parameters["power_slip"] > parameters["wrong"] and _power_slip(value, marked):
        slips.append((parameters["power_slip"], "wrong power of ten"))
    points, reason = max(slips, default=(parameters["wrong"], "wrong"))
    if points <= parameters["wrong"]:
        points, reason = parameters["wrong"], "wrong"
    return Verdict(points=points, reason=reason)


def _power_slip(value: Fraction, marked: Marked) -> bool:
    powers = (power for power in range(-MOST_SLIPPED_POWERS, MOST_SLIPPED_POWERS + 1) if power)
    return value != 0 and any(
        within(value * Fraction(10) ** power, marked.right_value, marked.tolerance) for power in powers
    )


def _credits(marked: Marked, parameters: Mapping[str, Fraction]) -> Verdict:
    del parameters
    value = ZERO if marked.value is None else marked.value
    return Verdict(points=min(max(value, ZERO), marked.points), reason="credits by the examiner")


_ANSWER = {
    "right": Parameter(meaning="for the right answer", default=None, negative=False),
    "wrong": Parameter(meaning="for a wrong answer"),
    "blank": Parameter(meaning="for no answer"),
}

RULES: dict[str, ScoringRule] = {
    rule.name: rule
    for rule in (
        ScoringRule(
            name="single",
            kinds=frozenset({Kind.CHOICE, Kind.TRUEFALSE}),
            sentence="The right option gives {right}, a wrong one {wrong}, no answer {blank}.",
            several="Several options where one is asked count as a wrong answer, unless several: says else.",
            parameters={
                **_ANSWER,
                "dont_know": Parameter(meaning='for the option "don\'t know"'),
                "several": Parameter(meaning="for several options where one is asked"),
            },
            judge=_single,
        ),
        ScoringRule(
            name="all-or-nothing",
            kinds=CHOICE_KINDS,
            sentence=(
                "All right options ticked and no other gives {right}, "
                "anything else {wrong}, nothing ticked {blank}."
            ),
            several="Any number of options may be ticked; all of them must be right.",
            parameters=_ANSWER,
            judge=_all_or_nothing,
        ),
        ScoringRule(
            name="deduct",
            kinds=CHOICE_KINDS,
            sentence=(
                "Each wrong or missing option takes {each} off {points}, down to {floor}; "
                "where one option is right it is all or nothing; nothing ticked gives {blank}."
            ),
            several="Each option too many is a wrong one; where one option is right, the answer is wrong.",
            parameters={
                "each": Parameter(
                    meaning="off for each wrong or missing option", required=True, negative=False
                ),
                "floor": Parameter(meaning="least for an answer"),
                "blank": Parameter(meaning="for nothing ticked"),
            },
            judge=_deduct,
        ),
        ScoringRule(
            name="number",
            kinds=frozenset({Kind.NUMBER}),
            sentence=(
                "The right number gives {right}, a wrong one {wrong}, no number {blank}; "
                "with the wrong sign {sign_slip}, with the wrong power of ten {power_slip}."
            ),
            several="Two digits in one column are no number: a person decides what was meant.",
            parameters={
                **_ANSWER,
                "sign_slip": Parameter(meaning="for the right number with the wrong sign"),
                "power_slip": Parameter(meaning="for the right digits with the wrong power of ten"),
            },
            judge=_number,
        ),
        ScoringRule(
            name="credits",
            kinds=CREDIT_KINDS,
            sentence="The examiner gives 0 to {points}.",
            several="Two credit boxes are no credit: a person decides what was meant.",
            parameters={},
            judge=_credits,
        ),
    )
}


# --- parameters --------------------------------------------------------------------------------


def rule_parameters(rule: Rule, points: Fraction) -> dict[str, Fraction]:
    """All parameters of a rule that passed :func:`rule_faults`, defaults filled in.

    ``several`` and the slips are never said twice: left out, they are what ``wrong`` is.
    """
    known = RULES[rule.name].parameters
    given = {
        name: number for name in rule.parameters if (number := to_fraction(rule.parameters[name])) is not None
    }
    filled = {
        name: given.get(name, points if parameter.default is None else parameter.default)
        for name, parameter in known.items()
    }
    for name in ("several", "sign_slip", "power_slip"):
        if name in known and name not in given:
            filled[name] = filled["wrong"]
    return filled


def rule_faults(question: Question) -> list[tuple[str, str]]:
    """What is wrong with a question's rule, as (what, what to write instead)."""
    rule = question.rule
    known = RULES.get(rule.name)
    if known is None:
        return [(f"unknown rule {rule.name}", did_you_mean(rule.name, RULES))]
    if question.kind not in known.kinds:
        fitting = sorted(name for name, other in RULES.items() if question.kind in other.kinds)
        return [(f"the rule {rule.name} is not for {question.kind}", f"write one of {', '.join(fitting)}")]
    faults = []
    for name, literal in rule.parameters.items():
        parameter = known.parameters.get(name)
        if parameter is None:
            faults.append((f"the rule {rule.name} has no {name}", did_you_mean(name, known.parameters)))
            continue
        number = to_fraction(literal)
        if number is None:
            faults.append(
                (f"{name}: {value_text(literal)} is not a number of points", "write 2, -0.5 or 1/3")
            )
        elif number < 0 and not parameter.negative:
            faults.append((f"{name}: {number_text(number)} is below 0", "write it without the minus"))
        elif number > question.points:
            faults.append(
                (
                    f"{name}: {number_text(number)} is more than the {number_text(question.points)} points",
                    f"write at most {number_text(question.points)}",
                )
            )
    missing = [
        name
        for name, parameter in known.parameters.items()
        if parameter.required and name not in rule.parameters
    ]
    faults += [
        (f"the rule {rule.name} needs {name}", f"write rule: {{name: {rule.name}, {name}: ...}}")
        for name in missing
    ]
    return faults


def judge(rule: Rule, marked: Marked) -> Verdict:
    """Points of an answer by a rule that passed :func:`rule_faults`."""
    return RULES[rule.name].judge(marked, rule_parameters(rule, marked.points))


def explain_rule(question: Question) -> str:
    """The question's rule in one sentence, its numbers filled in."""
    numbers = {
        name: number_text(value) for name, value in rule_parameters(question.rule, question.points).items()
    }
    return RULES[question.rule.name].sentence.format(points=number_text(question.points), **numbers)


def least_points(question: Question) -> Fraction:
    """The fewest points that any answer to the question can get."""
    found = rule_parameters(question.rule, question.points)
    least = [found[name] for name in ("wrong", "blank", "several", "floor", "dont_know") if name in found]
    return min(least, default=ZERO)
