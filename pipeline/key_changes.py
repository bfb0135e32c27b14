"""What changed between two states of an exam file, in words: only what can change points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.errors import ScangradeError
from pipeline.exam import BASE_VERSION, draft_exam
from pipeline.gather import Exams, VersionKey, solved_exams
from pipeline.grading import Key, KeyEntry, right_text, value_text
from pipeline.model import CreditFormat, Exam, Group, NumberFormat, Question, Rule, Section, Tolerance
from pipeline.store import KeyVersion

UNREADABLE = "this scangrade cannot read the earlier file any more"
NOT_SAID = "none"
"""What stands for a field that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """An exam file that is not what it was."""

    exam: str
    file: str
    old_hash: str
    new_hash: str
    words: tuple[str, ...]
    """What changed, question by question; empty when nothing of it can change points."""
    questions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What changed in a question, by (version, question)."""
    exam_words: Mapping[str, str] = field(default_factory=dict)
    """What changed in the exam as a whole, by version."""


def key_changes(before: Iterable[KeyVersion], exams: Exams) -> tuple[KeyChange, ...]:
    """Compare the exam files at hand with those that graded last.

    Parameters
    ----------
    before
        The exam files that graded last.
    exams
        Those at hand.

    Returns
    -------
    tuple of KeyChange
        One for each file whose bytes are not the same; an exam that is new has none.
    """
    earlier = {key.exam: key for key in before}
    changes = []
    for file in exams.files:
        old = earlier.get(file.id)
        if old is None or old.hash == file.key_hash:
            continue
        then = earlier_exams(old)
        now = {version: exams.exams[file.id, version] for version in file.versions}
        change = KeyChange(
            exam=file.id, file=file.path, old_hash=old.hash, new_hash=file.key_hash, words=(UNREADABLE,)
        )
        if then is None:
            changes.append(change)
            continue
        by_question: dict[tuple[str, str], str] = {}
        of_exam: dict[str, str] = {}
        for version, exam in now.items():
            name: VersionKey = (file.id, version)
            if name not in then.exams:
                continue
            found, whole = _differences(then.exams[name], then.keys[name], exam, exams.keys[name])
            by_question |= {(version, question): words for question, words in found.items()}
            if whole:
                of_exam[version] = whole
        versions = _versions([version for _, version in then.exams], list(now))
        words = (*versions, *_lines(by_question, of_exam))
        changes.append(replace(change, words=words, questions=by_question, exam_words=of_exam))
    return tuple(changes)


def earlier_exams(key: KeyVersion) -> Exams | None:
    """An exam file that the store has kept, solved; None when this program cannot read it any more."""
    try:
        return solved_exams([draft_exam(key.text, Path(key.file))])
    except ScangradeError:
        return None


def _versions(old: Sequence[str], new: Sequence[str]) -> list[str]:
    words = [f"version {version}: new" for version in new if version not in old]
    return words + [f"version {version}: taken out" for version in old if version not in new]


def _lines(by_question: Mapping[tuple[str, str], str], of_exam: Mapping[str, str]) -> list[str]:
    """Each change once: what another version has in common with the base is not repeated."""
    lines = []
    for version, words in of_exam.items():
        if version == BASE_VERSION or of_exam.get(BASE_VERSION) != words:
            lines.append(_of_version(version, f"exam: {words}"))
    for (version, question), words in by_question.items():
        if version == BASE_VERSION or by_question.get((BASE_VERSION, question)) != words:
            lines.append(_of_version(version, f"question {question}: {words}"))
    return lines


def _of_version(version: str, words: str) -> str:
    return words if version == BASE_VERSION else f"version {version}, {words}"


def _differences(old: Exam, old_key: Key, new: Exam, new_key: Key) -> tuple[dict[str, str], str]:
    """What changed in each question, and in the exam as a whole."""
    before: dict[str, dict[str, str]] = {q.id: _question(q, old_key) for q in old.questions}
    before |= {group.id: _group(group) for group in old.groups}
    after: dict[str, dict[str, str]] = {q.id: _question(q, new_key) for q in new.questions}
    after |= {group.id: _group(group) for group in new.groups}
    found = {}
    for name, fields in after.items():
        words = "new" if name not in before else _changed(before[name], fields)
        if words:
            found[name] = words
    found |= {name: "taken out" for name in before if name not in after}
    return found, _changed(_exam(old), _exam(new))


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    names = list(dict.fromkeys((*old, *new)))
    return "; ".join(
        f"{name} {old.get(name) or NOT_SAID} -> {new.get(name) or NOT_SAID}"
        for name in names
        if old.get(name, "") != new.get(name, "")
    )


# --- fields as text --------------------------------------------------------------------------------


def _question(question: Question, key: Key) -> dict[str, str]:
    entry = key.entries.get(question.id)
    return {
        "answer": _right(entry) if entry is not None else "",
        "also_accept": ", ".join(map(_text, question.also_accept)),
        "points": value_text(question.points),
        "rule": _rule(question.rule),
        "void": question.void,
        "bonus": _yes(question.bonus),
        "kind": question.kind.value,
        "options": ", ".join(option.id for option in question.options),
        "dont_know": question.dont_know,
        "tolerance": _text(question.tolerance or (question.number.tolerance if question.number else None)),
        "number": _text(question.number),
        "credits": _text(question.credits),
        "group": question.group,
    }


def _right(entry: KeyEntry) -> str:
    """The right answer; a number without its tolerance, which is told for itself."""
    is_number = entry.right is None and entry.value is not None
    return value_text(entry.value) if is_number else right_text(entry)


def _group(group: Group) -> dict[str, str]:
    return {
        "points": value_text(group.points),
        "rule": _rule(group.rule),
        "void": group.void,
        "bonus": _yes(group.bonus),
        "parts": ", ".join(group.parts),
    }


def _exam(exam: Exam) -> dict[str, str]:
    fields = {
        "pass": _text(exam.pass_points),
        "grades": ", ".join(f"{grade} from {value_text(least)}" for least, grade in exam.grades),
        "rounding": f"{value_text(exam.rounding.step)} {exam.rounding.mode}" if exam.rounding else "",
        "allow_empty": str(exam.allow_empty or ""),
    }
    return fields | {f"section {section.id}": _section(section) for section in exam.sections}


def _section(section: Section) -> str:
    parts = [f"questions {', '.join(section.questions)}"]
    if section.floor is not None:
        parts.append(f"floor {value_text(section.floor)}")
    if section.cap is not None:
        parts.append(f"cap {value_text(section.cap)}")
    return ", ".join(parts)


def _rule(rule: Rule) -> str:
    parameters = ", ".join(f"{name}: {_text(value)}" for name, value in rule.parameters.items())
    return rule.name + (f" ({parameters})" if parameters else "")


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Tolerance):
        return f"{value.kind} {value_text(value.size)}"
    if isinstance(value, NumberFormat):
        sign = ", sign" if value.sign else ""
        return f"{value.digits} digits, {value.decimals} decimals{sign}"
    if isinstance(value, CreditFormat):
        return f"0 to {value_text(value.max)} by {value_text(value.step)}"
    if isinstance(value, Fraction | str | bool):
        return value_text(value)
    if isinstance(value, tuple | list | frozenset):
        return "|".join(map(_text, sorted(value) if isinstance(value, frozenset) else value))
    return value_text(value)
