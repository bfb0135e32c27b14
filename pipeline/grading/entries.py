"""The key's records: what is right, question by question."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pipeline.errors import Fault
from pipeline.grading.numbers import to_fraction
from pipeline.grading.rules import Marked, rounded
from pipeline.model import Group, Kind, Question

ONE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyEntry:
    """What is right in one question."""

    question: Question
    right: frozenset[str] | None
    """Right options of a choice; None for numbers and credits."""
    value: Fraction | float | None
    """Right number; None for choices and credits."""
    solver: str
    """Solver that computed it; empty when it is as written."""
    solved: Any
    """What the solver gave; None without one."""
    also: tuple[frozenset[str] | Fraction, ...] = ()
    """Other answers that count as right: sets of options, or numbers."""
    group: Group | None = None
    """The question that this is a part of, when its parts are judged together."""
    sources: Mapping[str, Question] | None = None
    """Earlier questions that its rule looks at, by their ids; None when it looks at none."""

    @property
    def points(self) -> Fraction:
        """What its rule judges by; a part of a group is right or not, as if worth 1."""
        return ONE if self.group is not None else self.question.points


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """What is right in one version of one exam."""

    exam: str
    version: str
    hash: str
    """SHA-256 of the exam file."""
    entries: Mapping[str, KeyEntry]
    """By question, in the order of the exam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """A key, or what is wrong with its file."""

    key: Key | None
    """None when there are faults."""
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def right_fraction(entry: KeyEntry) -> Fraction:
    """The right number of an entry, exactly as scoring uses it; 0 where there is none."""
    return to_fraction(entry.value) or Fraction(0)


def asked(entry: KeyEntry) -> Marked:
    """The question as its rule sees it, with a blank answer."""
    question = entry.question
    return Marked(
        points=entry.points,
        right=entry.right or frozenset(),
        one_asked=question.kind in (Kind.CHOICE, Kind.TRUEFALSE),
        options=tuple(option.id for option in question.options if option.id != question.dont_know),
        right_value=right_fraction(entry),
        tolerance=question.number.tolerance if question.number else None,
        decimals=question.number.decimals if question.number else 0,
    )


def answered_right(entry: KeyEntry) -> Marked:
    """The question as its rule sees it, with the right answer as a student can write it."""
    blank = asked(entry)
    value = rounded(blank.right_value, blank.decimals) if entry.value is not None else None
    return replace(blank, chosen=blank.right, value=value)
