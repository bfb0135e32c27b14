"""The key: what is right, question by question, recomputed where a solver can.

A key is built only from a file without faults; ``build_key`` finds them all in one go.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import repeat
from typing import Any

from pipeline.grading.accepted import accepted, with_sources, within_tolerance
from pipeline.grading.entries import Key, KeyCheck, KeyEntry, answered_right, asked
from pipeline.grading.lint import (
    Finding,
    equal_findings,
    exam_findings,
    group_findings,
    option_findings,
    printed_findings,
    told,
    wrong_answer_findings,
)
from pipeline.grading.numbers import (
    decimals_of,
    did_you_mean,
    number_text,
    same_value,
    to_number,
    value_text,
)
from pipeline.grading.parts import demand_findings
from pipeline.grading.rules import CREDIT_KINDS, earned_faults, points_range, rule_faults, within
from pipeline.grading.solvers import SolverError, solve
from pipeline.model import Exam, Group, Kind, Question, Solve


def build_key(exam: Exam, key_hash: str, refused: Sequence[frozenset[str]] = ()) -> KeyCheck:
    """Solve and check the key of one version of an exam.

    Parameters
    ----------
    exam
        The version, as loaded.
    key_hash
        SHA-256 of the exam file; the key carries it.
    refused
        Of each question, in their order: fields in which faults are known already. What depends on
        them is not looked at, and there is no key.

    Returns
    -------
    KeyCheck
        The key when there is no fault; all faults and warnings, in the order of the file.
    """
    findings = [*exam_findings(exam), *group_findings(exam), *demand_findings(exam)]
    entries: dict[str, KeyEntry] = {}
    groups = {group.id: group for group in exam.groups}
    nothing: frozenset[str] = frozenset()
    for question, unsure in zip(exam.questions, refused or repeat(nothing), strict=False):
        entry, found = _entry(question, groups.get(question.group), unsure)
        findings += found
        if entry is not None:
            entries[question.id] = entry
    followed, found = with_sources(entries, {question.id for question in exam.questions})
    findings += found
    entries = followed
    faults = told((finding for finding in findings if not finding.warning), exam.file)
    warnings = told((finding for finding in findings if finding.warning), exam.file)
    key = Key(exam=exam.id, version=exam.version, hash=key_hash, entries=entries)
    return KeyCheck(key=None if faults or any(refused) else key, faults=faults, warnings=warnings)


_OF_RULES = frozenset({"rule", "points", "options", "dont_know", "number", "credits"})
_OF_ANSWERS = frozenset({"answer", "options", "dont_know", "number", "credits", "tolerance"})
_OF_PRINTED = frozenset({"printed", "printed_is_wrong"})
"""Fields without which a question's rule, its right answer, what is printed cannot be judged."""


def _entry(
    question: Question, group: Group | None, refused: frozenset[str]
) -> tuple[KeyEntry | None, list[Finding]]:
    if "kind" in refused:
        return None, []
    complaints = [] if refused & _OF_RULES else rule_faults(question)
    findings = [
        Finding.of(question, _rule_field(question, what), what, instead) for what, instead in complaints
    ]
    if not refused & {"options", "dont_know"}:
        findings += option_findings(question)
    if refused & _OF_ANSWERS:
        return None, findings
    solver, solved = "", None
    answer = question.answer
    if isinstance(answer, Solve):
        solver = answer.solver
        try:
            answer = solved = solve(answer)
        except SolverError as error:
            return None, [*findings, Finding.of(question, f"answer.{error.field}", error.what, error.instead)]
    right, value, found = _right(question, answer, computed=bool(solver))
    also, not_accepted = accepted(question)
    entry = KeyEntry(
        question=question, right=right, value=value, solver=solver, solved=solved, also=also, group=group
    )
    found += not_accepted
    if not (complaints or found or refused & _OF_RULES) and question.kind not in CREDIT_KINDS:
        earned = earned_faults(question.rule, answered_right(entry))
        found += [Finding.of(question, "rule", what, instead) for what, instead in earned]
        found += [] if earned else _too_much_findings(question, entry)
    findings += found
    if not complaints:
        findings += wrong_answer_findings(question)
    if not refused & _OF_PRINTED:
        findings += printed_findings(question, right=right, value=value, solved=solved)
    return entry, findings


def _too_much_findings(question: Question, entry: KeyEntry) -> list[Finding]:
    """A warning where an answer that is not the right one earns more than the question is worth."""
    _, most = points_range(question.rule, asked(entry))
    if most <= entry.points:
        return []
    what = f"another answer than the right one earns up to {number_text(most)} points"
    what += f" by {question.rule.name}, of {number_text(entry.points)}"
    return [Finding.of(question, "rule", what, "write other numbers in the rule", warning=True)]


def _rule_field(question: Question, what: str) -> str:
    """The parameter of a rule that a complaint is about, else the rule."""
    for name in question.rule.parameters:
        if what.startswith(f"{name}: ") or what.endswith(f" has no {name}"):
            return f"rule.{name}"
    return "rule"


def _right(
    question: Question, answer: Any, *, computed: bool
) -> tuple[frozenset[str] | None, Fraction | float | None, list[Finding]]:
    if question.kind in CREDIT_KINDS:
        if answer is None or computed:
            return None, None, _credit_findings(question)
        return (
            None,
            None,
            [Finding.of(question, "answer", "the examiner gives these points", "leave answer out")],
        )
    if answer is None:
        return None, None, [Finding.of(question, "", "there is no answer", "write answer: ...")]
    if question.kind is Kind.NUMBER:
        value, findings = _right_number(question, answer)
        return None, value, findings
    if computed and question.kind is not Kind.TRUEFALSE:
        right, findings = _matched(question, answer)
    else:
        right, findings = _chosen(question, answer)
    return right, None, findings


def _credit_findings(question: Question) -> list[Finding]:
    credits = question.credits
    if credits is None:
        return [Finding.of(question, "", "there are no credit boxes", "write credits: {max: ...}")]
    findings = []
    if credits.max != question.points:
        what = f"credits up to {number_text(credits.max)} and {number_text(question.points)} points"
        findings.append(Finding.of(question, "credits", what, "make them equal"))
    if credits.step <= 0 or (credits.max / credits.step).denominator != 1:
        what = f"steps of {number_text(credits.step)} do not reach {number_text(credits.max)}"
        findings.append(Finding.of(question, "credits", what, "write another step"))
    return findings


def _matched(question: Question, solved: Any) -> tuple[frozenset[str] | None, list[Finding]]:
    """The one option that a solved value equals."""
    options = [option for option in question.options if option.id != question.dont_know]
    matches = [
        option.id for option in options if option.value is not None and same_value(solved, option.value)
    ]
    # Equal options are one mistake: it is told once, where they are written.
    equal = equal_findings(question, [option for option in options if option.id in matches])
    if equal:
        return None, equal
    near, findings = within_tolerance(question, solved, matches)
    if findings:
        return None, findings
    matches = matches or near
    if len(matches) == 1:
        return frozenset(matches), []
    written = ", ".join(
        f"{option.id} = {value_text(option.value)}" for option in options if option.value is not None
    )
    shown = value_text(solved)
    if matches:
        what = f"the solved value {shown} matches the options {', '.join(matches)}"
        instead = "let exactly one of them have it"
    else:
        what = f"the solved value {shown} matches no option"
        instead = f"options are {written or 'without values'}; mend the options or the arguments"
    return None, [Finding.of(question, "answer", what, instead)]


def _chosen(question: Question, answer: Any) -> tuple[frozenset[str] | None, list[Finding]]:
    """The options that the file itself names."""
    if question.kind is Kind.TRUEFALSE:
        if not isinstance(answer, bool):
            what = f"the answer {value_text(answer)} is not true or false"
            return None, [Finding.of(question, "answer", what, "write true or false")]
        return frozenset({"T" if answer else "F"}), []
    several = isinstance(answer, (tuple, list, frozenset))
    if several != (question.kind is Kind.CHOICES):
        instead = "write one option" if several else f"write a list: [{answer}]"
        what = f"the answer of a question of kind {question.kind} is {value_text(answer)}"
        return None, [Finding.of(question, "answer", what, instead)]
    ids = {option.id for option in question.options if option.id != question.dont_know}
    named = tuple(answer) if several else (answer,)
    unknown = [name for name in named if name not in ids]
    findings = [
        Finding.of(
            question,
            "answer",
            f"the answer {value_text(name)} is none of the options",
            did_you_mean(name, ids),
        )
        for name in unknown
    ]
    return (None if unknown else frozenset(named)), findings


# --- numbers -----------------------------------------------------------------------------------


def _right_number(question: Question, answer: Any) -> tuple[Fraction | float | None, list[Finding]]:
    number = None if isinstance(answer, bool) else to_number(answer)
    if number is None:
        what = f"the answer {value_text(answer)} is not a number"
        return None, [
            Finding.of(question, "answer", what, "write 27, 0.5 or 1/3, or pick a number of the result")
        ]
    value = number if isinstance(number, float) else Fraction(number)
    return value, _grid_findings(question, value)


def _grid_findings(question: Question, value: Fraction | float) -> list[Finding]:
    """Whether the printed digit grid can hold the answer."""
    grid = question.number
    if grid is None:
        return [Finding.of(question, "", "there is no digit grid", "write number: {digits: ...}")]
    shown = number_text(value)
    findings = []
    if value < 0 and not grid.sign:
        findings.append(
            Finding.of(question, "number", f"the digit grid has no minus for {shown}", "write sign: true")
        )
    exact = Fraction(value)
    places = None if isinstance(value, float) else decimals_of(exact)
    nearest = Fraction(round(exact * 10**grid.decimals), 10**grid.decimals)
    counts_units = question.rule.name == "amc-numeric"
    if grid.tolerance is None and not counts_units and (places is None or places > grid.decimals):
        if places is None:
            what, instead = f"the answer {shown} is no finite decimal", "write tolerance: {abs: ...}"
        else:
            what = f"the digit grid has {grid.decimals} decimals for {shown}"
            instead = f"write decimals: {places}, or a tolerance"
        findings.append(Finding.of(question, "number", what, instead))
    elif not counts_units and not within(nearest, exact, grid.tolerance):
        what = f"no number of the digit grid is within the tolerance of {shown}"
        findings.append(Finding.of(question, "number", what, "write more decimals, or more tolerance"))
    if abs(nearest) * 10**grid.decimals >= 10**grid.digits:
        needed = len(str(int(abs(nearest)))) + grid.decimals
        what = f"the digit grid has {grid.digits} digits for {shown}"
        findings.append(Finding.of(question, "number", what, f"write digits: {needed}"))
    return findings
