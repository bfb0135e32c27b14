"""OMRChecker's answers and schemes as questions of our exam file."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pipeline.exam.checking import Faults
from pipeline.exam.imports.omr_columns import Column
from pipeline.exam.imports.omr_evaluation import OmrAnswer, Scheme
from pipeline.exam.imports.records import ImportedQuestion


def question_of(column: Column, question: str, answer: OmrAnswer, faults: Faults) -> ImportedQuestion | None:
    """A question with its answer and its rule; None with a fault when the answer does not fit the field.

    Parameters
    ----------
    column
        The column that the answer is for.
    question
        The question's id.
    answer
        What is right, with its scheme.
    faults
        Takes what does not fit, at the answer's place.
    """
    title = column.label if column.label != question else ""
    if column.kind != "letters":
        return _number(column, question, title, answer, faults)
    sets = [_split(text, column.options) for text in answer.texts]
    if None in sets:
        text = answer.texts[sets.index(None)]
        instead = f"write {', '.join(column.options)}, or several of them in one text"
        faults.add(
            answer.place, f"the answer of {column.label} is {text!r}, and it has no such bubble", instead
        )
        return None
    found = [one for one in sets if one is not None]
    options = tuple(column.options.values())
    if answer.weights:
        return _weighted(question, title, options, answer, found)
    single = all(len(one) == 1 for one in found)
    right: list[Any] = [one[0] for one in found] if single else list(found)
    scheme = answer.scheme
    everyone = bool(scheme.correct) and scheme.correct == scheme.incorrect == scheme.unmarked
    return ImportedQuestion(
        id=question,
        kind="choice" if single else "choices",
        title=title,
        points=scheme.correct,
        options=options,
        answer=right[0],
        also_accept=tuple(right[1:]),
        rule={} if everyone else _rule("single" if single else "all-or-nothing", scheme),
        void="everyone" if everyone else "",
    )


def _rule(name: str, scheme: Scheme) -> dict[str, Any]:
    return {"name": name, "wrong": scheme.incorrect, "blank": scheme.unmarked}


def _weighted(
    question: str, title: str, options: tuple[str, ...], answer: OmrAnswer, sets: list[tuple[str, ...]]
) -> ImportedQuestion:
    """Texts with points of their own: points by the set of what is ticked."""
    best = max(range(len(sets)), key=lambda place: answer.weights[place])
    single = all(len(one) == 1 for one in sets)
    by_set = {"|".join(one): points for one, points in zip(sets, answer.weights, strict=True)}
    return ImportedQuestion(
        id=question,
        kind="choice" if single else "choices",
        title=title,
        points=max(answer.weights[best], Fraction(0)),
        options=options,
        answer=sets[best][0] if single else sets[best],
        rule={
            "name": "sets",
            "sets": by_set,
            "other": answer.scheme.incorrect,
            "blank": answer.scheme.unmarked,
        },
    )


def _number(
    column: Column, question: str, title: str, answer: OmrAnswer, faults: Faults
) -> ImportedQuestion | None:
    """A digit grid: OMRChecker compares texts, so "1" and "01" are one number here."""
    length = len(column.fields)
    wrong = [text for text in answer.texts if not text.isascii() or not text.isdigit() or len(text) > length]
    if wrong or column.kind == "characters" or length > 12:
        what = f"the answer of {column.label} is {(wrong or answer.texts)[0]!r}, which its digits cannot say"
        instead = f"write a number of at most {length} digits"
        faults.add(answer.place, what, instead)
        return None
    if answer.weights and len(set(answer.weights)) > 1:
        what = f"numbers of {column.label} have different points"
        faults.add(answer.place, what, "no rule here does: keep one number, or give all of them the same")
        return None
    numbers = list(dict.fromkeys(Fraction(int(text)) for text in answer.texts))
    points = answer.weights[0] if answer.weights else answer.scheme.correct
    return ImportedQuestion(
        id=question,
        kind="number",
        title=title,
        points=max(points, Fraction(0)),
        number={"digits": length},
        answer=numbers[0],
        also_accept=tuple(numbers[1:]),
        rule=_rule("number", answer.scheme),
    )


def _split(text: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """The options that a text of joined bubble values names, each once; None when it is none."""
    if text in options:
        return (options[text],)
    found: list[str] = []
    rest = text
    while rest:
        value = max((v for v in options if rest.startswith(v)), key=len, default="")
        if not value or options[value] in found:
            return None
        found.append(options[value])
        rest = rest[len(value) :]
    return tuple(found) or None


def unanswered(column: Column, question: str) -> ImportedQuestion:
    """A question whose answer nobody has said."""
    title = column.label if column.label != question else ""
    if column.kind == "letters":
        options = tuple(column.options.values())
        return ImportedQuestion(id=question, kind="choice", title=title, options=options)
    return ImportedQuestion(id=question, kind="number", title=title, number={"digits": len(column.fields)})
