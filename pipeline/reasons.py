"""Why a student's points are not what they were: what is known of each question, the key first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.gather import Exams
from pipeline.grading import GIVEN
from pipeline.key_changes import KeyChange
from pipeline.model import Booklet, Grade, Kind, Question
from pipeline.store import Result

MOST_WORDS = 3
"""Changes of a key that are told of one student; the comparison tells all of them once."""
TAKEN_OFF = "credits taken off the list"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """Everything that may have moved somebody."""

    keys: Sequence[KeyChange]
    exams: Exams
    """Exam files as they are now."""
    causes: Sequence[str] = ()
    """What else is not what it was, in words."""
    credits_changed: bool = False
    """Whether the list of credits is another one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mover:
    """Everything that is known of a student who moves."""

    then: Result
    now: Result
    grade: Grade
    booklet: Booklet | None
    grounds: Grounds


def question_reason(mover: Mover, name: str, old: str, new: str, reread: set[str]) -> str:
    """Why a question moved.

    Parameters
    ----------
    mover
        Whose it is.
    name
        The question.
    old, new
        What was read in it then and now.
    reread
        Every question of the student in which something else is read now.
    """
    words = key_words(mover, name)
    reasons = [f"key: {words}"] if words else []
    if mover.then.version != mover.now.version:
        reasons.append(f"version {mover.then.version} -> {mover.now.version}")
    if name in reread:
        answer = mover.booklet.answers.get(name) if mover.booklet is not None else None
        by = f", decided by {answer.decided_by}" if answer is not None and answer.decided_by else ""
        reasons.append(f"reading {old or 'blank'} -> {new or 'blank'}{by}")
    score = next((score for score in mover.grade.scores if score.question == name), None)
    if not reasons and score is not None and score.reason.startswith("credits from the list"):
        reasons.append("credits from the list")
    if score is not None and score.reason == GIVEN:
        reasons.append(GIVEN)
    if not reasons and _is_off_the_list(mover, name):
        reasons.append(TAKEN_OFF)
    reasons += _reasons_elsewhere(mover, name, reread) if not reasons else []
    # Points that were given and are taken back leave nothing but the decision.
    decided = "; ".join(cause for cause in mover.grounds.causes if "decision" in cause)
    return "; ".join(reasons) or exam_words(mover) or decided or "scored in another way by this scangrade"


def _is_off_the_list(mover: Mover, name: str) -> bool:
    """Whether only the list of credits can have moved a question that an examiner marks."""
    exam = mover.grounds.exams.exams.get((mover.now.exam, mover.now.version))
    asked = exam.questions if exam is not None and mover.grounds.credits_changed else ()
    return any(question.id == name and question.kind is Kind.CREDITS for question in asked)


def _reasons_elsewhere(mover: Mover, name: str, reread: set[str]) -> list[str]:
    """Parts of a group, and earlier answers that a question follows from."""
    exams = mover.grounds.exams
    exam = exams.exams.get((mover.now.exam, mover.now.version))
    if exam is None:
        return []
    parts = [part for group in exam.groups if group.id == name for part in group.parts]
    key = exams.keys[exam.id, exam.version]
    sources: Mapping[str, Question] = (key.entries[name].sources or {}) if name in key.entries else {}
    reasons = []
    for other in (*parts, *sources):
        if words := key_words(mover, other):
            reasons.append(f"key, question {other}: {words}")
        elif other in reread:
            reasons.append(f"reading of question {other}")
        elif _is_off_the_list(mover, other):
            reasons.append(f"credits of question {other} on the list")
    return reasons


def key_words(mover: Mover, question: str) -> str:
    """What changed in the key of a question; "" when nothing did."""
    found = (key.questions.get((mover.now.version, question), "") for key in _keys_of(mover))
    return next((words for words in found if words), "")


def exam_words(mover: Mover) -> str:
    """What changed in the exam as a whole; "" when nothing did."""
    words = next((key.exam_words.get(mover.now.version, "") for key in _keys_of(mover)), "")
    return f"key: {words}" if words else ""


def _keys_of(mover: Mover) -> Iterator[KeyChange]:
    return (key for key in mover.grounds.keys if key.exam == mover.now.exam)


def standing_reason(now: Result, grounds: Grounds) -> str:
    """What may have moved a student of whom no question moved: the exam's key first, then the rest."""
    words: list[str] = []
    for key in grounds.keys:
        if key.exam == now.exam:
            found = [f"question {q}: {told}" for (v, q), told in key.questions.items() if v == now.version]
            found += [told for version, told in key.exam_words.items() if version == now.version]
            more = [f"and {len(found) - MOST_WORDS} more"] if len(found) > MOST_WORDS else []
            words += [f"key: {told}" for told in found[:MOST_WORDS]] + more
    return "; ".join([*words, *grounds.causes])
