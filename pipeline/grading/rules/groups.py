"""Rules of questions whose parts are judged together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.grading.numbers import did_you_mean
from pipeline.grading.rules.parameters import CREDIT, FULL, Complaint, Parameter, complete, faults_of, word
from pipeline.grading.rules.records import ZERO, Parameters, Sentence, Verdict, sentence_of
from pipeline.model import Group, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedParts:
    """What such a rule judges: the parts of one question, by their ids."""

    points: Fraction
    """What the question is worth."""
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    product: str = ""
    """What the parts make together, in words, where only that counts."""


ORDER, FACTORS, PRODUCT = "order", "factors", "product"
"""What may be demanded of the parts: each its own answer, the right numbers in any order, or only the
right product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """A rule for all parts of a question together."""

    name: str
    sentence: Sentence
    parameters: Mapping[str, Parameter]
    judge: Callable[[MarkedParts, Parameters], Verdict]
    bounds: Callable[[int, Fraction, Parameters], tuple[Fraction, Fraction]]
    """Least and most points, from the number of parts, the points and the parameters."""


def _in_words(marked: MarkedParts) -> str:
    parts = [f"wrong {', '.join(marked.wrong)}"] if marked.wrong else []
    parts += [f"blank {', '.join(marked.blank)}"] if marked.blank else []
    return marked.product or "; ".join(parts) or "all parts right"


_DEMANDS = {
    ORDER: "",
    FACTORS: " The order of the numbers is free.",
    PRODUCT: " Only the product of the numbers counts.",
}
_DEMAND = Parameter(
    meaning="what is demanded of the parts", default=ORDER, form=word(ORDER, FACTORS, PRODUCT)
)


def _with_demand(sentence: str) -> Sentence:
    def complete_sentence(points: Fraction, parameters: Parameters) -> str:
        return sentence_of(sentence, points, parameters) + _DEMANDS[parameters["demand"]]

    return complete_sentence


def _all_parts(marked: MarkedParts, parameters: Parameters) -> Verdict:
    if not marked.wrong and not marked.blank:
        points = parameters["right"]
    elif not marked.wrong and not marked.right:
        points = parameters["blank"]
    else:
        points = parameters["wrong"]
    return Verdict(points=points, reason=_in_words(marked))


def _share_of_parts(marked: MarkedParts, parameters: Parameters) -> Verdict:
    parts = len(marked.right) + len(marked.wrong) + len(marked.blank)
    earned = marked.points * Fraction(len(marked.right), max(parts, 1)) if parts else marked.points
    left = earned - len(marked.wrong) * parameters["each"]
    reason = f"{len(marked.right)} of {parts} parts right"
    if marked.wrong or marked.blank:
        reason += f": {_in_words(marked)}"
    return Verdict(points=max(left, parameters["floor"]), reason=reason)


def _all_bounds(parts: int, points: Fraction, parameters: Parameters) -> tuple[Fraction, Fraction]:
    del parts, points
    found = [parameters[name] for name in ("right", "wrong", "blank")]
    return min(found), max(found)


def _share_bounds(parts: int, points: Fraction, parameters: Parameters) -> tuple[Fraction, Fraction]:
    return max(parameters["floor"], min(ZERO, -parts * parameters["each"])), max(points, parameters["floor"])


GROUP_RULES: dict[str, GroupRule] = {
    rule.name: rule
    for rule in (
        GroupRule(
            name="all-parts",
            sentence=_with_demand(
                "All parts right gives {right}, anything else {wrong}, nothing answered {blank}."
            ),
            parameters={
                "right": Parameter(meaning="for all parts right", default=FULL, form=CREDIT),
                "wrong": Parameter(meaning="for anything else"),
                "blank": Parameter(meaning="for no part answered"),
                "demand": _DEMAND,
            },
            judge=_all_parts,
            bounds=_all_bounds,
        ),
        GroupRule(
            name="share-of-parts",
            sentence=_with_demand(
                "Each right part gives its equal share of {points} points, each wrong one takes {each} off, "
                "down to {floor}."
            ),
            parameters={
                "each": Parameter(meaning="off for each wrong part", form=CREDIT),
                "floor": Parameter(meaning="least for the question"),
                "demand": _DEMAND,
            },
            judge=_share_of_parts,
            bounds=_share_bounds,
        ),
    )
}
"""Rules of questions with parts, by name."""


def group_faults(group: Group) -> list[Complaint]:
    """What is wrong with a group's rule, as (what, what to write instead)."""
    known = GROUP_RULES.get(group.rule.name)
    if known is None:
        return [(f"unknown rule {group.rule.name}", did_you_mean(group.rule.name, GROUP_RULES))]
    return faults_of(known.name, known.parameters, group.rule.parameters, None)


def demand_of(rule: Rule) -> str:
    """What a group's rule demands of the parts: order, factors or product."""
    return str(rule.parameters.get("demand", ORDER))


def judge_parts(rule: Rule, marked: MarkedParts) -> Verdict:
    """Points of a question from its parts, by a rule that passed :func:`group_faults`."""
    known = GROUP_RULES[rule.name]
    return known.judge(marked, complete(known.parameters, rule.parameters, marked.points))


def group_bounds(group: Group) -> tuple[Fraction, Fraction]:
    """Least and most points that any answers to a group can get."""
    known = GROUP_RULES[group.rule.name]
    parameters = complete(known.parameters, group.rule.parameters, group.points)
    return known.bounds(len(group.parts), group.points, parameters)


def explain_group(group: Group) -> str:
    """The group's rule in one sentence, its numbers filled in."""
    known = GROUP_RULES[group.rule.name]
    parameters = complete(known.parameters, group.rule.parameters, group.points)
    return sentence_of(known.sentence, group.points, parameters)
