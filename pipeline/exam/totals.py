"""How many points an exam gives, in all and in its sections."""

from collections.abc import Callable, Container, Iterable
from fractions import Fraction

from pipeline.model import Exam, Group, Question, Section


def in_section(question: Question | Group, section: Section) -> bool:
    """Whether a question counts in a section."""
    if question.section:
        return question.section == section.id
    if isinstance(question, Group):
        return not section_apart(question.parts, section)
    return question.id in section.questions or (
        bool(question.parent) and question.parent in section.questions
    )


def section_apart(questions: Iterable[str], section: Section) -> bool:
    """Whether none of these questions is named by a section."""
    return set(section.questions).isdisjoint(questions)


def questions_and_groups(exam: Exam) -> tuple[Question | Group, ...]:
    """Everything that has points of its own."""
    return (*exam.questions, *exam.groups)


def printed_points(question: Question | Group) -> Fraction:
    """Points in the printed total: those of a bonus stand beside it, those of a void one are on the paper."""
    return Fraction(0) if question.bonus else question.points


def counted_points(question: Question | Group) -> Fraction:
    """Points that count in the maximum: none of a bonus, none of a question that counts for nobody."""
    return Fraction(0) if question.bonus or question.void == "nobody" else question.points


def most_points(exam: Exam, without: Container[str] = ()) -> Fraction:
    """The most points that an exam gives, caps of its sections held.

    Parameters
    ----------
    exam
        The exam.
    without
        Questions that do not count for a student, by their ids.
    """
    return capped_points(exam, lambda one: Fraction(0) if one.id in without else counted_points(one))


def capped_points(exam: Exam, points: Callable[[Question | Group], Fraction]) -> Fraction:
    """Points of all questions together, caps of sections held."""
    everything = questions_and_groups(exam)
    total = sum((points(one) for one in everything), Fraction(0))
    for section in exam.sections:
        if section.cap is not None:
            found = sum((points(one) for one in everything if in_section(one, section)), Fraction(0))
            total -= max(found - section.cap, Fraction(0))
    return total
