"""What is known beside the pages themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.model import Decision, Exam, LayoutBook, Student

SerialKey = tuple[str, int]
"""(exam id, serial)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What is known beside the pages themselves."""

    book: LayoutBook
    exams: Mapping[tuple[str, str], Exam] = field(default_factory=dict)
    """By (exam id, version)."""
    sheets: Mapping[SerialKey, str] = field(default_factory=dict)
    """Student id that each serial was printed for; "" on a spare sheet."""
    roster: Mapping[str, Student] | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """The latest decision on each doubt."""
