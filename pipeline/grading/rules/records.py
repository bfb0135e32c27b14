"""What a rule judges, what it says, and what a rule of the registry is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeline.grading.numbers import number_text
from pipeline.grading.rules.parameters import Parameter, shown
from pipeline.model import Kind, Tolerance

ZERO = Fraction(0)
CHOICE_KINDS = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
CREDIT_KINDS = frozenset({Kind.CREDITS, Kind.TEXT})
SEVERAL = "several options where one is asked"
"""The reason for several marks where one is asked."""

Parameters = Mapping[str, Any]
"""A rule's parameters by name, read and complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What a rule judges: one answer beside the right one."""

    points: Fraction
    """What the question is worth."""
    chosen: frozenset[str] = frozenset()
    """Ticked options, without the one that is no answer."""
    dont_know: bool = False
    """Whether the option that is no answer is ticked."""
    right: frozenset[str] = frozenset()
    """Right options; may be empty where any number of options may be right."""
    one_asked: bool = False
    """Whether one option is asked for: a single choice, true or false."""
    options: tuple[str, ...] = ()
    """All options in the order of the paper, without the one that is no answer."""
    value: Fraction | None = None
    """What stands in the digit grid or the credit boxes; None: blank."""
    right_value: Fraction = ZERO
    tolerance: Tolerance | None = None
    decimals: int = 0
    """Digits behind the decimal point of the digit grid."""
    followed: Fraction | None = None
    """The number that follows from the student's own earlier answer; None: none does."""
    followed_from: str = ""
    """The earlier question in words, or why nothing follows from it."""

    @property
    def wrong_options(self) -> frozenset[str]:
        """Options that are not right."""
        return frozenset(self.options) - self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Points and the reason for them."""

    points: Fraction
    reason: str


Judge = Callable[[Marked, Parameters], Verdict]
Bounds = Callable[[Marked, Parameters], tuple[Fraction, Fraction]]
"""Least and most points of any answer; of the marked answer it looks at the question alone."""
Sentence = str | Callable[[Fraction, Parameters], str]
"""For students: a text with {points} and {names of parameters}, or what makes it of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """A rule of the registry."""

    name: str
    kinds: frozenset[Kind]
    sentence: Sentence
    several: str
    """For students: what becomes of several marks where one is asked; with {names of parameters}."""
    parameters: Mapping[str, Parameter]
    judge: Judge
    bounds: Bounds


def sentence_of(sentence: Sentence, points: Fraction, parameters: Parameters) -> str:
    """A rule's sentence with its numbers."""
    if callable(sentence):
        return sentence(points, parameters)
    words = {name: shown(value) for name, value in parameters.items()}
    return sentence.format(**{"points": number_text(points), **words})


def among(*names: str, full: bool = False) -> Bounds:
    """Bounds of a rule whose points are always one of these parameters, or the full points."""

    def bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
        found = [parameters[name] for name in names] + ([marked.points] if full else [])
        return min(found), max(found)

    return bounds


def nothing_to_full(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    """Bounds of a rule that gives from nothing to the full points."""
    del parameters
    return ZERO, marked.points


def differences(marked: Marked) -> str:
    """Wrong and missing options in words."""
    wrong, missing = sorted(marked.chosen - marked.right), sorted(marked.right - marked.chosen)
    parts = [f"wrong {', '.join(wrong)}"] if wrong else []
    parts += [f"missing {', '.join(missing)}"] if missing else []
    return "; ".join(parts) or "wrong"
