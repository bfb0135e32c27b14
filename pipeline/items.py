"""Item analysis of a publication: from its results and its keys to figures of each question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.gather import Exams
from pipeline.grading import (
    ExamStatistics,
    ItemQuestion,
    ItemStatistics,
    KeyEntry,
    Responses,
    VersionDifference,
    analyse,
    compare_versions,
    reasons_to_look_again,
    right_text,
    value_text,
    words_for_versions,
)
from pipeline.model import Group, Kind
from pipeline.reporting import points_text
from pipeline.store import SEPARATOR, Result, Snapshot

DECIDED = ("final", "unlisted")
"""Status of students of whom nothing is open: only they are counted."""
LONGEST = 60
"""Characters of a solved value that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VersionItems:
    """The item analysis of one version of an exam, or of all of them together."""

    version: str
    """Empty for all versions together."""
    statistics: ExamStatistics
    reasons: Mapping[str, tuple[str, ...]]
    """Why a question should be looked at again, by question."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExamItems:
    """The item analysis of one exam."""

    exam: str
    whole: VersionItems
    """All versions together; that of its only version where it has one."""
    versions: tuple[VersionItems, ...]
    differences: tuple[VersionDifference, ...]
    """Each version against the others; empty with one version."""


def exam_items(snapshot: Snapshot, exams: Exams) -> tuple[ExamItems, ...]:
    """Analyse the questions of every exam of a publication.

    Parameters
    ----------
    snapshot
        The results. Only students of whom nothing is open are counted.
    exams
        The keys that they were graded by.
    """
    found = []
    for exam in dict.fromkeys(name for name, _ in snapshot.questions):
        versions = sorted(version for name, version in snapshot.questions if name == exam)
        responses = {
            version: _responses(snapshot, exams, exam, version)
            for version in versions
            if (exam, version) in exams.keys
        }
        if responses:
            found.append(_analysed(exam, responses))
    return tuple(found)


def _analysed(exam: str, responses: Mapping[str, Responses]) -> ExamItems:
    differences = compare_versions(responses)
    told = words_for_versions(differences)
    versions = tuple(_version_items(version, one, {}) for version, one in responses.items())
    if len(versions) == 1:
        return ExamItems(exam=exam, whole=versions[0], versions=versions, differences=())
    whole = _version_items("", together(responses), told)
    return ExamItems(exam=exam, whole=whole, versions=versions, differences=differences)


def _version_items(version: str, responses: Responses, told: Mapping[str, Sequence[str]]) -> VersionItems:
    statistics = analyse(responses)
    reasons = {
        item.question.id: (*reasons_to_look_again(responses, item, place), *told.get(item.question.id, ()))
        for place, item in enumerate(statistics.items)
    }
    return VersionItems(
        version=version,
        statistics=statistics,
        reasons={question: words for question, words in reasons.items() if words},
    )


def together(responses: Mapping[str, Responses]) -> Responses:
    """All versions as one test: the questions that all of them have, worth the same everywhere.

    Options are kept where they and the right ones are the same in all versions: "B" is else something
    else on each paper.
    """
    first, *others = responses.values()
    known = [{one.id: (at, one) for at, one in enumerate(each.questions)} for each in (first, *others)]
    shared = [
        one
        for one in first.questions
        if all(one.id in each and each[one.id][1].points == one.points for each in known)
    ]
    columns = [[each[one.id][0] for one in shared] for each in known]
    return Responses(
        questions=tuple(_joint([each[one.id][1] for each in known]) for one in shared),
        points=np.concatenate(
            [each.points[:, places] for each, places in zip(responses.values(), columns, strict=True)]
        ),
        readings=tuple(
            tuple(
                reading
                for each, places in zip(responses.values(), columns, strict=True)
                for reading in each.readings[places[at]]
            )
            for at in range(len(shared))
        ),
    )


def _joint(alike: Sequence[ItemQuestion]) -> ItemQuestion:
    first = alike[0]
    if all(
        (one.options, one.right, one.correct) == (first.options, first.right, first.correct) for one in alike
    ):
        return first
    return replace(first, options=(), right=frozenset(), correct="", lists_numbers=False, checked_by="")


# --- from results ----------------------------------------------------------------------------------


def _responses(snapshot: Snapshot, exams: Exams, exam: str, version: str) -> Responses:
    names = snapshot.questions[exam, version]
    questions = {one.id: one for one in _questions(exams, exam, version)}
    places = [(at, questions[name]) for at, name in enumerate(names) if name in questions]
    points: list[list[float]] = []
    readings: list[list[str]] = []
    for result in snapshot.results:
        if (result.exam, result.version) == (exam, version) and _is_whole(result, len(names)):
            cells, read = result.points.split(SEPARATOR), result.readings.split(SEPARATOR)
            points.append([_number(cells[at]) for at, _ in places])
            readings.append([read[at] for at, _ in places])
    return Responses(
        questions=tuple(one for _, one in places),
        points=np.array(points, dtype=np.float64).reshape(len(points), len(places)),
        readings=tuple(zip(*readings, strict=True)) if readings else ((),) * len(places),
    )


def _is_whole(result: Result, questions: int) -> bool:
    """Whether nothing of a student is open, and the points of every question are known."""
    if result.status not in DECIDED:
        return False
    cells = result.points.split(SEPARATOR)
    return len(cells) == questions and all(cells)


@lru_cache(maxsize=4096)
def _number(points: str) -> float:
    return float(Fraction(points))


def _questions(exams: Exams, exam: str, version: str) -> list[ItemQuestion]:
    """Every question, and every group of parts that are judged together, of a version."""
    key, known = exams.keys[exam, version], exams.exams[exam, version]
    return [*map(_question, key.entries.values()), *map(_group, known.groups)]


def _group(group: Group) -> ItemQuestion:
    points = Fraction(0) if group.void == "nobody" else group.points
    return ItemQuestion(id=group.id, points=points, is_void=bool(group.void), is_read=False)


def _question(entry: KeyEntry) -> ItemQuestion:
    question = entry.question
    counts = entry.group is None and question.void != "nobody"
    return ItemQuestion(
        id=question.id,
        points=question.points if counts else Fraction(0),
        options=tuple(option.id for option in question.options),
        right=entry.right or frozenset(),
        correct=right_text(entry),
        one_asked=question.kind in (Kind.CHOICE, Kind.TRUEFALSE),
        lists_numbers=question.kind is Kind.NUMBER,
        checked_by=_checked_by(entry),
        is_void=bool(question.void),
    )


def _checked_by(entry: KeyEntry) -> str:
    """What is known of the right answer beside the key, in words."""
    question = entry.question
    if entry.right is None and entry.value is None:
        return ""
    words = "no solver works this answer out: do it by hand"
    if entry.solver:
        words = f"the solver {entry.solver} gives {_short(entry.solved)}"
        words += f", which is {'|'.join(sorted(entry.right))}" if entry.right is not None else ""
    if question.printed is not None:
        words += f"; the printed solution says {_short(question.printed)}"
        words += ", which is recorded as wrong" if question.printed_is_wrong else ""
    return words


def _short(value: Any) -> str:
    text = value_text(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


# --- as a table ------------------------------------------------------------------------------------


def item_rows(exams: Iterable[ExamItems]) -> Iterator[dict[str, str]]:
    """Rows of ``items.csv``: version by version, then all of them together."""
    for exam in exams:
        parts = exam.versions if exam.whole in exam.versions else (*exam.versions, exam.whole)
        for part in parts:
            alpha = figure_text(part.statistics.alpha)
            for item in part.statistics.items:
                reasons = part.reasons.get(item.question.id, ())
                yield {
                    "exam": exam.exam,
                    "version": part.version,
                    "alpha": alpha,
                    "look_again": "; ".join(reasons),
                    **_item_cells(item),
                }


def _item_cells(item: ItemStatistics) -> dict[str, str]:
    return {
        "question": item.question.id,
        "max_points": points_text(item.question.points),
        "students": str(item.students),
        "mean": figure_text(item.mean),
        "facility": figure_text(item.facility),
        "discrimination": figure_text(item.discrimination),
        "alpha_without": figure_text(item.alpha_without),
        "blank": figure_text(item.blank),
        "correct": item.question.correct,
        "chosen": "|".join(f"{one.option}={figure_text(one.share)}" for one in item.options),
        "chosen_top": "|".join(f"{one.option}={figure_text(one.top)}" for one in item.options),
        "chosen_bottom": "|".join(f"{one.option}={figure_text(one.bottom)}" for one in item.options),
    }


def figure_text(value: float | None) -> str:
    """A figure with four decimals; "" for None.

    What a machine's numbers add is taken away first, so that every machine writes the same.
    """
    return "" if value is None else f"{round(value, 9) + 0.0:.4f}"


def item_of(items: VersionItems, question: str) -> ItemStatistics | None:
    """The figures of a question; None where this version has no such question."""
    return next((one for one in items.statistics.items if one.question.id == question), None)
