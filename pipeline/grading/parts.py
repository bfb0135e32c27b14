"""Parts that are judged together: which of them are right, by what their question demands."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from pipeline.grading.entries import KeyEntry, right_fraction
from pipeline.grading.lint import Finding
from pipeline.grading.numbers import number_text
from pipeline.grading.rules import FACTORS, ORDER, PRODUCT, MarkedParts, demand_of, within
from pipeline.grading.scoring import is_blank, is_right
from pipeline.model import Answer, Exam, Group, Kind


def marked_parts(group: Group, parts: Sequence[KeyEntry], answers: Mapping[str, Answer]) -> MarkedParts:
    """The parts of a question as its rule judges them.

    Parameters
    ----------
    group
        The question; its rule demands each part's own answer (order), the right numbers in any
        order (factors), or numbers with the right product (product).
    parts
        Its parts that count, none of them open.
    answers
        Of the student, by question.

    Returns
    -------
    MarkedParts
        Where only the product counts a part left blank counts as 1, as long as one is answered;
        with the right product all parts are right.
    """
    demand = demand_of(group.rule)
    if demand == FACTORS:
        return _in_any_order(group, parts, answers)
    if demand == PRODUCT:
        return _by_product(group, parts, answers)
    right, wrong, blank = [], [], []
    for entry in parts:
        answer = answers.get(entry.question.id)
        name = _name(group, entry)
        if entry.question.void or (answer is not None and is_right(entry, answer, answers)):
            right.append(name)
        elif is_blank(entry, answer):
            blank.append(name)
        else:
            wrong.append(name)
    return MarkedParts(points=group.points, right=tuple(right), wrong=tuple(wrong), blank=tuple(blank))


def _name(group: Group, entry: KeyEntry) -> str:
    return entry.question.id.removeprefix(f"{group.id}.")


def _number(entry: KeyEntry, answers: Mapping[str, Answer]) -> Fraction | None:
    if entry.question.void:
        return right_fraction(entry)
    answer = answers.get(entry.question.id)
    return None if answer is None else answer.value


def _in_any_order(group: Group, parts: Sequence[KeyEntry], answers: Mapping[str, Answer]) -> MarkedParts:
    """Each number counts for one of the right ones; a part's own right number is taken first."""
    wanted = {entry.question.id: entry for entry in parts}
    own_first = sorted(parts, key=lambda entry: _number(entry, answers) != right_fraction(entry))
    found: dict[str, list[str]] = {"right": [], "wrong": [], "blank": []}
    for entry in own_first:
        number = _number(entry, answers)
        if number is None:
            found["blank"].append(_name(group, entry))
            continue
        fitting = [one for one in wanted.values() if _equals(number, one)]
        own = [one for one in fitting if one is entry]
        if fitting:
            del wanted[(own or fitting)[0].question.id]
        found["right" if fitting else "wrong"].append(_name(group, entry))
    order = {_name(group, entry): place for place, entry in enumerate(parts)}
    right, wrong, blank = (
        tuple(sorted(found[state], key=order.__getitem__)) for state in ("right", "wrong", "blank")
    )
    return MarkedParts(points=group.points, right=right, wrong=wrong, blank=blank)


def _equals(number: Fraction, entry: KeyEntry) -> bool:
    grid = entry.question.number
    return within(number, right_fraction(entry), grid.tolerance if grid else None)


def _by_product(group: Group, parts: Sequence[KeyEntry], answers: Mapping[str, Answer]) -> MarkedParts:
    numbers = {_name(group, entry): _number(entry, answers) for entry in parts}
    answered = [number for number in numbers.values() if number is not None]
    if not answered:
        return MarkedParts(points=group.points, blank=tuple(numbers))
    product, wanted = prod(answered), prod(right_fraction(entry) for entry in parts)
    words = f"the product {number_text(Fraction(product))} is {'right' if product == wanted else 'wrong'}"
    if product == wanted:
        return MarkedParts(points=group.points, right=tuple(numbers), product=words)
    return MarkedParts(points=group.points, wrong=tuple(numbers), product=words)


def demand_findings(exam: Exam) -> list[Finding]:
    """Questions that demand numbers of parts which are none."""
    kinds = {question.id: question.kind for question in exam.questions}
    findings = []
    for group in exam.groups:
        demand = demand_of(group.rule)
        others = [part for part in group.parts if kinds.get(part, Kind.NUMBER) is not Kind.NUMBER]
        if demand != ORDER and others:
            what = f"demand: {demand} is of numbers, and part {', '.join(others)} is none"
            findings.append(Finding.of(group, "rule.demand", what, "write demand: order"))
    return findings
