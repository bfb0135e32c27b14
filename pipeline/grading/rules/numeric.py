"""Rules for numbers: tolerances, slips, follow-through, and the peers' own."""

from fractions import Fraction

from pipeline.grading.numbers import number_text
from pipeline.grading.rules.basic import ANSWER
from pipeline.grading.rules.parameters import CREDIT, DISTANCE, FULL, QUESTIONS, Parameter
from pipeline.grading.rules.records import (
    ZERO,
    Marked,
    Parameters,
    ScoringRule,
    Verdict,
    among,
)
from pipeline.model import Kind, Tolerance

NUMBER_KINDS = frozenset({Kind.NUMBER})
MOST_SLIPPED_POWERS = 6


def allowed_difference(right: Fraction, tolerance: Tolerance) -> Fraction:
    """How far a number may be from the right one.

    ``abs`` is the size itself; ``rel`` is size times |right|; ``significant`` is half a unit of
    the right value's digit number ``size``, counted from its first digit that is not 0.
    """
    if tolerance.kind == "abs":
        return tolerance.size
    if tolerance.kind == "rel":
        return tolerance.size * abs(right)
    return _half_unit(right, int(tolerance.size))


def within(value: Fraction, right: Fraction, tolerance: Tolerance | None) -> bool:
    """Whether a value counts as the right one; without a tolerance it must be equal."""
    if tolerance is None:
        return value == right
    return abs(value - right) <= allowed_difference(right, tolerance)


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


def rounded(value: Fraction, decimals: int) -> Fraction:
    """A number as a digit grid can hold it: the nearest one with so many decimals."""
    return Fraction(round(value * 10**decimals), 10**decimals)


def _number(marked: Marked, parameters: Parameters) -> Verdict:
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


def _follow_through(marked: Marked, parameters: Parameters) -> Verdict:
    verdict = _number(marked, parameters)
    if marked.value is None or within(marked.value, marked.right_value, marked.tolerance):
        return verdict
    if marked.followed is None:
        why = f"; {marked.followed_from}" if marked.followed_from else ""
        return Verdict(points=verdict.points, reason=verdict.reason + why)
    grid = rounded(marked.followed, marked.decimals)
    follows = marked.value == grid or within(marked.value, marked.followed, marked.tolerance)
    if follows and parameters["points"] > verdict.points:
        return Verdict(points=parameters["points"], reason=f"follows from {marked.followed_from}")
    return verdict


def _amc_numeric(marked: Marked, parameters: Parameters) -> Verdict:
    if marked.value is None:
        return Verdict(points=parameters["v"], reason="blank")
    unit = 10**marked.decimals
    off = abs(marked.value * unit - rounded(marked.right_value, marked.decimals) * unit)
    if off <= parameters["exact"]:
        return Verdict(points=parameters["scoreexact"], reason="exact")
    if off <= parameters["approx"]:
        return Verdict(
            points=parameters["scoreapprox"], reason=f"approximate: {off} units of the last digit off"
        )
    return Verdict(points=parameters["scorewrong"], reason="wrong")


_SLIPS = {
    "sign_slip": Parameter(meaning="for the right number with the wrong sign", default="=wrong"),
    "power_slip": Parameter(meaning="for the right digits with the wrong power of ten", default="=wrong"),
}


def _slips_in_words(parameters: Parameters) -> str:
    words = {"sign_slip": "with the wrong sign", "power_slip": "with the wrong power of ten"}
    said = [
        f"{text} {number_text(parameters[name])}"
        for name, text in words.items()
        if parameters[name] > parameters["wrong"]
    ]
    return f"; the right number {', '.join(said)}" if said else ""


def _number_sentence(points: Fraction, parameters: Parameters) -> str:
    del points
    right, wrong, blank = (number_text(parameters[name]) for name in ("right", "wrong", "blank"))
    return (
        f"The right number gives {right}, a wrong one {wrong}, no number {blank}"
        f"{_slips_in_words(parameters)}."
    )


def _follow_sentence(points: Fraction, parameters: Parameters) -> str:
    del points
    right, follows, wrong, blank = (
        number_text(parameters[name]) for name in ("right", "points", "wrong", "blank")
    )
    return (
        f"The right number gives {right}, the number that follows from your own earlier answer {follows}, "
        f"a wrong one {wrong}, no number {blank}{_slips_in_words(parameters)}."
    )


_TWO_DIGITS = "Two digits in one column are no number: a person decides what was meant."

NUMERIC_RULES = (
    ScoringRule(
        name="number",
        kinds=NUMBER_KINDS,
        sentence=_number_sentence,
        several=_TWO_DIGITS,
        parameters={**ANSWER, **_SLIPS},
        judge=_number,
        bounds=among("right", "wrong", "blank", "sign_slip", "power_slip"),
    ),
    ScoringRule(
        name="follow-through",
        kinds=NUMBER_KINDS,
        sentence=_follow_sentence,
        several=_TWO_DIGITS,
        parameters={
            **ANSWER,
            **_SLIPS,
            "from": Parameter(
                meaning="earlier questions, by the argument of the solver that their answers replace",
                default=None,
                required=True,
                form=QUESTIONS,
            ),
            "points": Parameter(
                meaning="for the number that follows from an earlier answer", default=FULL, form=CREDIT
            ),
        },
        judge=_follow_through,
        bounds=among("right", "wrong", "blank", "sign_slip", "power_slip", "points"),
    ),
    ScoringRule(
        name="amc-numeric",
        kinds=NUMBER_KINDS,
        sentence=(
            "At most {exact} units of the last digit off gives {scoreexact}, at most {approx} "
            "{scoreapprox}, anything else {scorewrong}, no number {v}."
        ),
        several=_TWO_DIGITS,
        parameters={
            "exact": Parameter(
                meaning="units of the last digit that an exact number may be off", form=DISTANCE
            ),
            "approx": Parameter(
                meaning="units of the last digit that an approximate number may be off", form=DISTANCE
            ),
            "scoreexact": Parameter(meaning="for an exact number", default=Fraction(2)),
            "scoreapprox": Parameter(meaning="for an approximate number", default=Fraction(1)),
            "scorewrong": Parameter(meaning="for a wrong number"),
            "v": Parameter(meaning="for no number"),
        },
        judge=_amc_numeric,
        bounds=among("scoreexact", "scoreapprox", "scorewrong", "v"),
    ),
)
