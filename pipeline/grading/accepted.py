"""What else may count as right: tolerances between options, also_accept, earlier answers."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pipeline.grading.entries import KeyEntry, right_fraction
from pipeline.grading.follow import follow, right_answer_value, sources, with_argument
from pipeline.grading.lint import Finding
from pipeline.grading.numbers import (
    did_you_mean,
    number_text,
    same_value,
    to_fraction,
    to_number,
    value_text,
)
from pipeline.grading.rules import CREDIT_KINDS, allowed_difference, within
from pipeline.grading.solvers import SolverError
from pipeline.model import Kind, Question, Solve

# --- options near a solved value ---------------------------------------------------------------


def within_tolerance(
    question: Question, solved: Any, matches: Collection[str]
) -> tuple[list[str], list[Finding]]:
    """The options within the question's tolerance of a solved value.

    Parameters
    ----------
    question
        A choice question with or without a tolerance.
    solved
        What the solver gave.
    matches
        Options that equal it.

    Returns
    -------
    tuple of list of str, and list of Finding
        No options without a tolerance; a finding when it reaches a second option.
    """
    if question.tolerance is None:
        return [], []
    right = to_fraction(solved) if not isinstance(solved, bool) else None
    if right is None:
        what = f"the solved value {value_text(solved)} is no number, and there is a tolerance"
        return [], [Finding.of(question, "tolerance", what, "remove tolerance")]
    gaps = sorted(
        (abs(value - right), option.id)
        for option in question.options
        if option.id != question.dont_know and (value := to_fraction(option.value)) is not None
    )
    allowed = allowed_difference(right, question.tolerance)
    near = [name for gap, name in gaps if gap <= allowed or name in matches]
    if len(near) < 2:
        return near, []
    gap, name = gaps[1]
    what = (
        f"the tolerance {number_text(allowed)} is wider than the gap {_short(gap)} "
        f"to the next option {name}, which would match {value_text(solved)} too"
    )
    return near, [Finding.of(question, "tolerance", what, f"write a tolerance below {_short(gap)}")]


def _short(number: Fraction) -> str:
    text = number_text(number)
    return text if len(text) <= 12 else number_text(float(number))


# --- also_accept -------------------------------------------------------------------------------


def accepted(question: Question) -> tuple[tuple[frozenset[str] | Fraction, ...], list[Finding]]:
    """Other answers that count as right, with what is wrong with them."""
    found: list[frozenset[str] | Fraction] = []
    findings: list[Finding] = []
    if question.also_accept and question.kind in CREDIT_KINDS:
        what = "the examiner gives these points, and there is also_accept"
        return (), [Finding.of(question, "also_accept", what, "remove it")]
    for place, literal in enumerate(question.also_accept):
        field = f"also_accept.{place}"
        if question.kind is Kind.NUMBER:
            number = None if isinstance(literal, bool) else to_fraction(literal)
            if number is None:
                what = f"{value_text(literal)} in also_accept is not a number"
                findings.append(Finding.of(question, field, what, "write 27, 0.5 or 1/3"))
            else:
                found.append(number)
            continue
        options, complaint = _options(question, literal)
        if complaint is not None:
            findings.append(Finding.of(question, field, *complaint))
        else:
            found.append(options)
    return tuple(found), findings


def _options(question: Question, literal: Any) -> tuple[frozenset[str], tuple[str, str] | None]:
    if question.kind is Kind.TRUEFALSE and isinstance(literal, bool):
        return frozenset({"T" if literal else "F"}), None
    several = isinstance(literal, (tuple, list))
    if several and question.kind is not Kind.CHOICES:
        return frozenset(), (
            f"also_accept of a question of kind {question.kind} holds a list",
            "name options",
        )
    ids = {option.id for option in question.options if option.id != question.dont_know}
    named = [value_text(name) for name in (literal if several else (literal,))]
    for name in named:
        if name not in ids:
            return frozenset(), (f"{name} in also_accept is none of the options", did_you_mean(name, ids))
    return frozenset(named), None


# --- earlier answers ---------------------------------------------------------------------------


def with_sources(
    entries: Mapping[str, KeyEntry], known: Collection[str]
) -> tuple[dict[str, KeyEntry], list[Finding]]:
    """The entries with the earlier questions that their rules look at.

    Parameters
    ----------
    entries
        By question.
    known
        Ids of all questions of the exam, those without an entry too.

    Returns
    -------
    tuple of dict and list of Finding
        A finding for every source that is no question, has no number, or with whose right answer
        the solver does not give the right answer.
    """
    complete, findings = {}, []
    for name, entry in entries.items():
        given = sources(entry.question)
        complete[name] = entry
        if not given:
            continue
        found = _source_findings(entry, given, entries, known)
        findings += found
        if not found:
            questions = {source: entries[source].question for source in given.values()}
            complete[name] = replace(entry, sources=questions)
    return complete, findings


def _fits(value: Fraction, entry: KeyEntry) -> bool:
    grid = entry.question.number
    return grid is not None and within(value, right_fraction(entry), grid.tolerance)


def _source_findings(
    entry: KeyEntry, given: Mapping[str, str], entries: Mapping[str, KeyEntry], known: Collection[str]
) -> list[Finding]:
    question, task = entry.question, entry.question.answer
    if not isinstance(task, Solve):
        what = "no solver gives the answer, so that nothing can follow from another answer"
        return [Finding.of(question, "rule.from", what, "write answer: {solve: ..., with: ...}")]
    complaints: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for path, source in given.items():
        try:
            with_argument(task, path, 0)
        except SolverError as error:
            complaints.append((f"from: {error.what}", error.instead))
        if source == question.id or source not in known:
            others = sorted(set(known) - {question.id})
            complaints.append((f"from: there is no other question {source}", did_you_mean(source, others)))
        elif source in entries:
            values[path] = right_answer_value(entries[source])
            if values[path] is None:
                what = f"from: the answer of question {source} is no number"
                complaints.append((what, "name a number, or a choice whose options have numbers as values"))
    if not complaints and len(values) == len(given):
        again = follow(task, values)
        if again is None or not (_fits(again, entry) or same_value(to_number(again), entry.solved)):
            shown = "nothing" if again is None else value_text(to_number(again))
            what = f"from: with the right earlier answers the solver gives {shown}"
            what += f", not {value_text(entry.solved)}"
            complaints.append((what, "mend the path of the argument"))
    return [Finding.of(question, "rule.from", what, instead) for what, instead in complaints]
