"""Scoring rules: a registry of pure functions in Fractions.

Each rule has a name, parameters with their defaults, one sentence for students, and words for
what it does with several marks where one is asked. Points are never rounded here.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pipeline.grading.numbers import did_you_mean, number_text
from pipeline.grading.rules.amc import AMC_RULES
from pipeline.grading.rules.basic import BASIC_RULES
from pipeline.grading.rules.groups import (
    FACTORS,
    GROUP_RULES,
    ORDER,
    PRODUCT,
    GroupRule,
    MarkedParts,
    demand_of,
    explain_group,
    group_bounds,
    group_faults,
    judge_parts,
)
from pipeline.grading.rules.numeric import NUMERIC_RULES, allowed_difference, rounded, within
from pipeline.grading.rules.parameters import FULL, Complaint, Parameter, complete, faults_of
from pipeline.grading.rules.peers import PEER_RULES
from pipeline.grading.rules.records import (
    CHOICE_KINDS,
    CREDIT_KINDS,
    SEVERAL,
    Marked,
    ScoringRule,
    Verdict,
    sentence_of,
)
from pipeline.model import Question, Rule

__all__ = [
    "CHOICE_KINDS",
    "CREDIT_KINDS",
    "FACTORS",
    "FULL",
    "GROUP_RULES",
    "ORDER",
    "PRODUCT",
    "RULES",
    "GroupRule",
    "Marked",
    "MarkedParts",
    "Parameter",
    "ScoringRule",
    "Verdict",
    "allowed_difference",
    "demand_of",
    "earned_faults",
    "explain_group",
    "explain_rule",
    "explain_several",
    "group_bounds",
    "group_faults",
    "judge",
    "judge_parts",
    "judge_with",
    "points_range",
    "rounded",
    "rule_faults",
    "rule_parameters",
    "within",
]

RULES: dict[str, ScoringRule] = {
    rule.name: rule for rule in (*BASIC_RULES, *NUMERIC_RULES, *AMC_RULES, *PEER_RULES)
}
"""Every rule of a question, by name."""


def rule_parameters(rule: Rule, points: Fraction) -> dict[str, Any]:
    """All parameters of a rule that passed :func:`rule_faults`, read, defaults filled in.

    ``several`` and the slips are never said twice: left out, they are what ``wrong`` is.
    """
    return complete(RULES[rule.name].parameters, rule.parameters, points)


def rule_faults(question: Question) -> list[Complaint]:
    """What is wrong with a question's rule, as (what, what to write instead)."""
    rule = question.rule
    known = RULES.get(rule.name)
    if known is None:
        if rule.name in GROUP_RULES:
            what = f"the rule {rule.name} is for a question with parts"
            return [(what, "write it at the question whose parts these are, or give this one parts")]
        return [(f"unknown rule {rule.name}", did_you_mean(rule.name, RULES))]
    if question.kind not in known.kinds:
        fitting = sorted(name for name, other in RULES.items() if question.kind in other.kinds)
        return [(f"the rule {rule.name} is not for {question.kind}", f"write one of {', '.join(fitting)}")]
    return faults_of(rule.name, known.parameters, rule.parameters, question)


def judge(rule: Rule, marked: Marked) -> Verdict:
    """Points of an answer by a rule that passed :func:`rule_faults`, with their reason.

    Where one option is asked and several are ticked, the reason says so, whatever the rule.
    """
    return judge_with(rule.name, rule_parameters(rule, marked.points), marked)


def judge_with(rule: str, parameters: Mapping[str, Any], marked: Marked) -> Verdict:
    """As :func:`judge`, with parameters that are read and complete already."""
    verdict = RULES[rule].judge(marked, parameters)
    if not marked.one_asked or len(marked.chosen) + marked.dont_know < 2 or verdict.reason == SEVERAL:
        return verdict
    return replace(verdict, reason=f"{SEVERAL}: {verdict.reason}")


def points_range(rule: Rule, marked: Marked) -> tuple[Fraction, Fraction]:
    """Least and most points that any answer to the question of ``marked`` can get."""
    return RULES[rule.name].bounds(marked, rule_parameters(rule, marked.points))


def earned_faults(rule: Rule, right: Marked) -> list[Complaint]:
    """A right answer that does not earn what the question is worth, as (what, instead)."""
    earned = judge(rule, right).points
    if earned == right.points:
        return []
    what = (
        f"the right answer earns {number_text(earned)} of {number_text(right.points)} points by {rule.name}"
    )
    return [(what, f"write points: {number_text(earned)}, or other numbers in the rule")]


def explain_several(question: Question) -> str:
    """What the question's rule does with several marks where one is asked, in one sentence."""
    parameters = rule_parameters(question.rule, question.points)
    return sentence_of(RULES[question.rule.name].several, question.points, parameters)


def explain_rule(question: Question) -> str:
    """The question's rule in one sentence, its numbers filled in."""
    parameters = rule_parameters(question.rule, question.points)
    return sentence_of(RULES[question.rule.name].sentence, question.points, parameters)
