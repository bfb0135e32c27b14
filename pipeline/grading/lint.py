"""What can be wrong with a key beside its answers: options, printed solutions, sums of points."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from pipeline.errors import Fault
from pipeline.exam import capped_points, in_section, most_points, printed_points, questions_and_groups
from pipeline.grading.numbers import (
    number_text,
    same_value,
    to_fraction,
    to_number,
    value_text,
    written_number,
)
from pipeline.grading.rules import CHOICE_KINDS, group_faults, within
from pipeline.model import Exam, Group, Kind, Option, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault or a warning, with its place but not yet its file."""

    line: int
    column: int
    what: str
    instead: str = ""
    warning: bool = False
    question: str = ""
    """Id of the question it is about; empty when it is about the exam."""

    @staticmethod
    def of(
        question: Question | Group, field: str, what: str, instead: str = "", *, warning: bool = False
    ) -> "Finding":
        """A finding in a field of a question; the question's own place when the field has none."""
        line, column = (0, 0)
        for name in (field, field.split(".", 1)[0], ""):
            if name in question.places:
                line, column = question.places[name]
                break
        return Finding(
            line=line, column=column, what=what, instead=instead, warning=warning, question=question.id
        )


def told(findings: Iterable[Finding], file: str) -> tuple[Fault, ...]:
    """Findings as people read them, in the order of the file.

    One mistake in a common rule is found in every question that it is a rule of: it is one fault.
    """
    questions: dict[tuple[int, int, str, str], dict[str, None]] = {}
    for finding in findings:
        alike = (finding.line, finding.column, finding.what, finding.instead)
        questions.setdefault(alike, {})[finding.question] = None
    faults = [
        Fault(file=file, line=line, column=column, what=_of_questions([*names]) + what, instead=instead)
        for (line, column, what, instead), names in questions.items()
    ]
    return tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))


MOST_NAMED = 3
"""Most questions that one fault names."""


def _of_questions(names: list[str]) -> str:
    if len(names) < 2:
        return f"question {names[0]}: " if names[0] else ""
    more = len(names) - MOST_NAMED
    return f"questions {', '.join(names[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''}: "


# --- options -----------------------------------------------------------------------------------


def option_findings(question: Question) -> list[Finding]:
    """Options that are equal, and a "don't know" that is no option."""
    if question.kind not in CHOICE_KINDS:
        return []
    findings = []
    if len(question.options) < 2:
        findings.append(
            Finding.of(
                question, "options", "there are fewer than two options", "write options: {A: ..., B: ...}"
            )
        )
    if question.dont_know and question.dont_know not in {option.id for option in question.options}:
        what = f"dont_know: {question.dont_know} is none of the options"
        findings.append(Finding.of(question, "dont_know", what, "write the id of an option"))
    return [*findings, *equal_findings(question, question.options)]


def equal_findings(question: Question, options: Iterable[Option]) -> list[Finding]:
    """Each pair of options that are equal."""
    return [
        Finding.of(
            question,
            "options",
            f"the options {one.id} and {other.id} are equal: {one.text or value_text(one.value)}",
            "change one of them",
        )
        for one, other in combinations(options, 2)
        if _equal(one, other)
    ]


def _equal(one: Option, other: Option) -> bool:
    if one.value is not None and other.value is not None:
        return same_value(one.value, other.value)
    return bool(one.text.strip()) and one.text.strip() == other.text.strip()


def wrong_answer_findings(question: Question) -> list[Finding]:
    """A warning where a wrong answer gives points: mostly a minus that was forgotten."""
    points = to_fraction(question.rule.parameters.get("wrong"))
    if points is None or points <= 0:
        return []
    what = f"a wrong answer gives {number_text(points)} points"
    instead = f"write wrong: -{number_text(points)} to take them off"
    return [Finding.of(question, "rule.wrong", what, instead, warning=True)]


# --- the printed solution ----------------------------------------------------------------------


def printed_findings(
    question: Question, *, right: frozenset[str] | None, value: Fraction | float | None, solved: Any
) -> list[Finding]:
    """Whether the printed solution agrees with the key; a recorded error is a warning."""
    findings = _answer_findings(question, right=right, value=value, solved=solved)
    if question.erratum:
        what = f"the printed solution has an error beside its answer, recorded: {question.erratum}"
        findings.append(Finding.of(question, "erratum", what, warning=True))
    return findings


def _answer_findings(
    question: Question, *, right: frozenset[str] | None, value: Fraction | float | None, solved: Any
) -> list[Finding]:
    if question.printed is None:
        if not question.printed_is_wrong:
            return []
        return [
            Finding.of(
                question, "printed_is_wrong", "there is no printed: that could be wrong", "write printed: ..."
            )
        ]
    shown = value_text(question.printed)
    if right is None and value is None and solved is None:
        if not question.printed_is_wrong:
            return []
        what = f"the printed solution is wrong, recorded: {question.printed_is_wrong}"
        return [Finding.of(question, "printed", what, warning=True)]
    agrees = printed_agrees(question, right=right, value=value, solved=solved)
    ours = "|".join(sorted(right)) if right is not None else value_text(solved if value is None else value)
    if agrees and question.printed_is_wrong:
        what = f"the printed {shown} is recorded as wrong, and it agrees with the key"
        return [Finding.of(question, "printed_is_wrong", what, "remove printed_is_wrong")]
    if agrees:
        return []
    if question.printed_is_wrong:
        what = f"the printed {shown} is wrong, right is {ours}; recorded: {question.printed_is_wrong}"
        return [Finding.of(question, "printed", what, warning=True)]
    source = "the solver's" if solved is not None else "the answer"
    what = f"the printed {shown} disagrees with {source} {ours}"
    instead = 'mend one of them, or record it with printed_is_wrong: "why"'
    return [Finding.of(question, "printed", what, instead)]


def printed_agrees(
    question: Question, *, right: frozenset[str] | None, value: Fraction | float | None, solved: Any
) -> bool:
    """Whether what the official solution prints is what the key says.

    A choice may print its option or its value; a number its digits, rounded, or a product.
    """
    printed = question.printed
    if value is not None:
        number = written_number(printed)
        if number is None:
            return False
        tolerance = question.number.tolerance if question.number else None
        return same_value(value, number) or (
            tolerance is not None and within(Fraction(number), Fraction(value), tolerance)
        )
    if right is None:
        return solved is not None and same_value(solved, printed)
    if question.kind is Kind.TRUEFALSE and isinstance(printed, bool):
        return right == {"T" if printed else "F"}
    named = printed if isinstance(printed, (tuple, list)) else (printed,)
    if right == {str(name) for name in named}:
        return True
    return solved is not None and to_number(printed) is not None and same_value(solved, printed)


# --- sums --------------------------------------------------------------------------------------


def group_findings(exam: Exam) -> list[Finding]:
    """What is wrong with the rules of questions whose parts are judged together."""
    return [
        Finding.of(group, "rule", what, instead)
        for group in exam.groups
        for what, instead in group_faults(group)
    ]


def exam_findings(exam: Exam) -> list[Finding]:
    """Printed totals that are not the sums of points; a pass line or grade out of reach."""
    findings = []
    for section in exam.sections:
        points = sum(
            (printed_points(q) for q in questions_and_groups(exam) if in_section(q, section)), Fraction(0)
        )
        if section.points is not None and section.points != points:
            what = f"section {section.id} says {number_text(section.points)} points,"
            what += f" and its questions have {number_text(points)}"
            instead = f"write points: {number_text(points)}, or mend those of a question"
            findings.append(_exam_finding(exam, f"sections.{section.id}.points", what, instead))
    most, printed = (
        most_points(exam),
        capped_points(exam, printed_points),
    )
    if exam.total is not None and exam.total != printed:
        what = f"total: says {number_text(exam.total)} points, and the questions have {number_text(printed)}"
        instead = f"write total: {number_text(printed)}, or mend the points of a question"
        findings.append(_exam_finding(exam, "total", what, instead))
    if exam.pass_points is not None and exam.pass_points > most:
        what = (
            f"pass: {number_text(exam.pass_points)} is more than the {number_text(most)} points of the exam"
        )
        findings.append(_exam_finding(exam, "pass", what, f"write at most {number_text(most)}"))
    for least, grade in exam.grades:
        if least > most + _bonus(exam):
            what = f"the grade {grade} asks for {number_text(least)} of {number_text(most)} points"
            findings.append(
                _exam_finding(exam, f"grades.{grade}", what, f"write at most {number_text(most)}")
            )
    return [*findings, *_grade_findings(exam)]


def _grade_findings(exam: Exam) -> list[Finding]:
    """A warning for a grade that turns back: mostly a misprint of its points."""
    written = sorted(exam.grades, key=lambda grade: exam.places.get(f"grades.{grade[1]}", (0, 0)))
    falling = bool(written) and written[0][0] >= written[-1][0]
    findings = []
    for (least, grade), (next_least, other) in pairwise(written):
        if least != next_least and (least < next_least) == falling:
            what = f"the grade {other} begins at {number_text(next_least)} points, and {grade}, which is"
            what += f" written before it, at {number_text(least)}"
            first = "most" if falling else "least"
            instead = f"mend the points, or write the grades in their order, the {first} points first"
            found = _exam_finding(exam, f"grades.{other}", what, instead)
            findings.append(replace(found, warning=True))
    return findings


def _exam_finding(exam: Exam, field: str, what: str, instead: str) -> Finding:
    names = (field, field.rpartition(".")[0], field.split(".", 1)[0])
    line, column = next((exam.places[name] for name in names if name in exam.places), (0, 0))
    return Finding(line=line, column=column, what=what, instead=instead)


def _bonus(exam: Exam) -> Fraction:
    return sum((q.points for q in questions_and_groups(exam) if q.bonus and q.void != "nobody"), Fraction(0))
