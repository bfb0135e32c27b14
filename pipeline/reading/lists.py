"""What is known beside the pages themselves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from pipeline.exam import layout_json
from pipeline.model import Decision, Exam, LayoutBook, Question, Student

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


def lists_digest(lists: Lists) -> str:
    """SHA-256 of everything in the lists that an assembly depends on, hexadecimal.

    Of the exams it is what can be read: kinds, options, number formats, credits. Right answers,
    points and rules are not looked at before grading.
    """
    layouts = [*lists.book.coded, *lists.book.uncoded]
    roster = lists.roster
    known = {
        "layouts": [[one.exam, one.version, one.hash, layout_json(one)] for one in layouts],
        "fixed": len(lists.book.uncoded),
        "exams": [[*version, *map(_as_read, exam.questions)] for version, exam in lists.exams.items()],
        "sheets": [[*serial, student] for serial, student in lists.sheets.items()],
        "roster": None if roster is None else [[name, *astuple(one)] for name, one in roster.items()],
        "decisions": [[one.doubt, one.value, one.by] for one in lists.decisions.values()],
    }
    return hashlib.sha256(json.dumps(known).encode("ascii")).hexdigest()


def _as_read(question: Question) -> list[Any]:
    number, credits = question.number, question.credits
    return [
        question.id,
        question.kind.value,
        [option.id for option in question.options],
        question.dont_know,
        [number.digits, number.decimals, number.sign] if number else None,
        [str(credits.max), str(credits.step)] if credits else None,
    ]
