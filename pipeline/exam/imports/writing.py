"""The exam file of an import: commented, for a person to compare and to go on with."""

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from pipeline.exam.imports.records import ImportedExam, ImportedQuestion
from pipeline.exam.numbers import written

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_WORDS_OF_YAML = frozenset({"null", "true", "false", "y", "n", "yes", "no", "on", "off"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def exam_text(exam: ImportedExam) -> str:
    """The exam file of an import, as YAML.

    A question whose answer nobody has said has its answer as a comment to fill in; checking the
    file then names each of them.
    """
    return "\n".join((*_head(exam), *_questions(exam), *_versions(exam))) + "\n"


def _head(exam: ImportedExam) -> Iterator[str]:
    yield f"# Made from {_CONTROL.sub(' ', exam.source)} by scangrade import."
    if exam.complete:
        yield "# Compare it with your exam, then: scangrade key check."
    else:
        yield "# Fill in the right answers and the points, then: scangrade key check."
    yield f"exam: {_scalar(exam.id)}"
    yield "# title: What reports print"
    yield f"marking: {exam.marking}"
    yield f"layout: {_scalar(exam.layout)}"
    if exam.student_id:
        yield f"student_id: {_flow(exam.student_id)}"
    if exam.allow_empty:
        yield f"allow_empty: {exam.allow_empty}"
    yield ""


def _questions(exam: ImportedExam) -> Iterator[str]:
    yield "questions:"
    for question in exam.questions:
        yield from _question(question)


def _question(question: ImportedQuestion) -> Iterator[str]:
    yield f"  - id: {_quoted(question.id)}"
    yield f"    kind: {question.kind}"
    if question.title:
        yield f"    title: {_quoted(question.title)}"
    if question.points is not None and not question.credits:
        yield f"    points: {written(question.points)}"
    if question.options:
        yield f"    options: {{{', '.join(f'{_scalar(name)}: null' for name in question.options)}}}"
    for name in ("number", "credits", "rule"):
        if said := getattr(question, name):
            yield f"    {name}: {_flow(said)}"
    if question.void:
        yield f"    void: {question.void}"
    if question.answer is not None:
        yield f"    answer: {_value(question.answer)}"
    elif question.kind != "credits":
        yield f"    # answer: {f'[{question.options[0]}]' if question.kind == 'choices' else '...'}"
    if question.also_accept:
        yield f"    also_accept: [{', '.join(map(_value, question.also_accept))}]"


def _versions(exam: ImportedExam) -> Iterator[str]:
    if not exam.versions:
        return
    yield ""
    yield "versions:"
    for version, changes in exam.versions.items():
        yield f"  {_quoted(version)}:" + ("" if changes else " {}")
        for question, change in changes.items():
            yield f"    {_quoted(question)}: {_flow(change)}"


def _flow(said: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{_scalar(str(name))}: {_value(value)}" for name, value in said.items()) + "}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Fraction)):
        return written(Fraction(value))
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return _flow(value)
    return _scalar(str(value))


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(_CONTROL.sub(" ", text), ensure_ascii=False)
