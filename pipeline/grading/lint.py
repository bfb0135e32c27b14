"""What can be wrong with a key beside its answers: options, printed solutions, sums of points."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from pipeline.errors import Fault
from pipeline.grading.numbers import number_text, same_value, to_number, value_text, written_number
from pipeline.grading.rules import CHOICE_KINDS, within
from pipeline.model import Exam, Kind, Option, Question, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault or a warning, with its place but not yet its file."""

    line: int
    column: int
    what: str
    instead: str = ""
    warning: bool = False

    @staticmethod
    def of(
        question: Question, field: str, what: str, instead: str = "", *, warning: bool = False
    ) -> "Finding":
        """A finding in a field of a question; the question's own place when the field has none."""
        line, column = (0, 0)
        for name in (field, field.split(".", 1)[0], ""):
            if name in question.places:
                line, column = question.places[name]
                break
        return Finding(
            line=line, column=column, what=f"question {question.id}: {what}", instead=instead, warning=warning
        )

    def fault(self, file: str) -> Fault:
        """The finding as people read it."""
        return Fault(file=file, line=self.line, column=self.column, what=self.what, instead=self.instead)


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
    for one, other in combinations(question.options, 2):
        if _equal(one, other):
            shown = one.text or value_text(one.value)
            what = f"the options {one.id} and {other.id} are equal: {shown}"
            findings.append(Finding.of(question, "options", what, "change one of them"))
    return findings


def _equal(one: Option, other: Option) -> bool:
    if one.value is not None and other.value is not None:
        return same_value(one.value, other.value)
    return bool(one.text.strip()) and one.text.strip() == other.text.strip()


# --- the printed solution ----------------------------------------------------------------------


def printed_findings(
    question: Question, *, right: frozenset[str] | None, value: Fraction | float | None, solved: Any
) -> list[Finding]:
    """Whether the printed solution agrees with the key; a recorded error is a warning."""
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


def in_section(question: Question, section: Section) -> bool:
    """Whether a question counts in a section."""
    if question.section:
        return question.section == section.id
    return question.id in section.questions or (
        bool(question.parent) and question.parent in section.questions
    )


def exam_findings(exam: Exam) -> list[Finding]:
    """Printed totals that are not the sums of points; a pass line or grade out of reach."""
    findings = []
    for section in exam.sections:
        points = sum((q.points for q in exam.questions if in_section(q, section)), Fraction(0))
        if section.points is not None and section.points != points:
            what = f"section {section.id}: its questions have {number_text(points)} points"
            findings.append(
                _exam_finding(
                    exam, f"sections.{section.id}", what, f"printed are {number_text(section.points)}"
                )
            )
    most = most_points(exam)
    if exam.total is not None and exam.total != most:
        what = f"the questions have {number_text(most)} points together"
        findings.append(_exam_finding(exam, "total", what, f"total: says {number_text(exam.total)}"))
    if exam.pass_points is not None and exam.pass_points > most:
        what = (
            f"pass: {number_text(exam.pass_points)} is more than the {number_text(most)} points of the exam"
        )
        findings.append(_exam_finding(exam, "pass", what, f"write at most {number_text(most)}"))
    for least, grade in exam.grades:
        if least > most:
            what = f"the grade {grade} asks for {number_text(least)} of {number_text(most)} points"
            findings.append(_exam_finding(exam, "grades", what, f"write at most {number_text(most)}"))
    return findings


def _exam_finding(exam: Exam, field: str, what: str, instead: str) -> Finding:
    line, column = exam.places.get(field, exam.places.get(field.split(".", 1)[0], (0, 0)))
    return Finding(line=line, column=column, what=what, instead=instead)


def most_points(exam: Exam) -> Fraction:
    """The most points that an exam gives, caps of its sections held."""
    total = sum(
        (q.points for q in exam.questions if not any(in_section(q, section) for section in exam.sections)),
        Fraction(0),
    )
    for section in exam.sections:
        points = sum((q.points for q in exam.questions if in_section(q, section)), Fraction(0))
        total += points if section.cap is None else min(points, section.cap)
    return total
