"""Questions that a person should look at again, with the reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.grading.items import (
    ROUND,
    Floats,
    ItemStatistics,
    Responses,
    reading_weights,
    third_weights,
)

LEAST_STUDENTS = 10
"""Fewer say nothing about a question."""
LEAST_FOR_WEAK = 30
WEAK = 0.1
"""Discrimination below which a question hardly tells strong students from weak ones."""
LEAST_DIFFERENCE = 0.1
LEAST_ERRORS = 3.0
"""Standard errors that a difference of two versions must have to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDifference:
    """How one version of a test, or of a question, differs from all the others."""

    version: str
    question: str
    """Empty for the whole test."""
    students: int
    mean: float
    """Of the share of points that were earned, in this version."""
    others: float
    """The same in all other versions."""
    other_students: int
    standard_error: float | None
    """Of the difference (Welch 1947); None where a version has fewer than two students."""

    @property
    def difference(self) -> float:
        """Mean less that of the others."""
        return self.mean - self.others

    @property
    def is_large(self) -> bool:
        """Whether it is neither small nor chance."""
        error = self.standard_error
        return (
            error is not None
            and min(self.students, self.other_students) >= LEAST_STUDENTS
            and abs(self.difference) >= LEAST_DIFFERENCE
            and abs(self.difference) > LEAST_ERRORS * error
        )


def reasons_to_look_again(responses: Responses, item: ItemStatistics, place: int) -> tuple[str, ...]:
    """Why a person should look at a question again, the weightiest reason first; mostly nothing.

    Parameters
    ----------
    responses
        What the students did.
    item
        The figures of one question.
    place
        Its 0-based place among the questions.
    """
    if item.students < LEAST_STUDENTS or item.full is None or item.question.is_void:
        return ()
    reasons = [*_key_reasons(responses, item, place)]
    worth, strength = item.question, item.discrimination
    if item.full == 0:
        reasons.append("nobody has all of its points")
    if strength is not None and strength < 0:
        is_chance = abs(strength) < 2 / item.students**0.5
        chance = f", which may be chance with {item.students} students"
        what = chance if is_chance else ": the better students do worse here"
        reasons.append(f"negative discrimination ({strength:.2f}){what}")
    if worth.one_asked and worth.options and 0 < item.full < 1 / len(worth.options):
        reasons.append(f"{_percent(item.full)} are right, fewer than guessing would give")
    is_middling = item.facility is not None and 0.05 < item.facility < 0.95
    if strength is not None and 0 <= strength < WEAK and is_middling and item.students >= LEAST_FOR_WEAK:
        reasons.append(
            f"weak discrimination ({strength:.2f}): it hardly tells strong students from weak ones"
        )
    return tuple(reasons)


def _key_reasons(responses: Responses, item: ItemStatistics, place: int) -> Sequence[str]:
    """That the best third gives another answer more often than the right one."""
    question = item.question
    if not question.options and not question.lists_numbers:
        return ()
    thirds = third_weights(responses.totals)
    if thirds is None:
        return ()
    best = thirds[0]
    full = responses.points[:, place] >= float(question.points) - ROUND
    right = float(best[full].sum() / best.sum())
    wrong = [
        reading if not has_all else ""
        for reading, has_all in zip(responses.readings[place], full, strict=True)
    ]
    shares = {reading: share[1] for reading, share in reading_weights(wrong, thirds).items() if reading}
    if not shares:
        return ()
    usual = max(sorted(shares), key=lambda reading: shares[reading])
    if shares[usual] <= right + 1e-9:
        return ()
    words = f"key may be wrong: of the best third {_percent(shares[usual])} answered {usual}"
    words += f" and {_percent(right)} are right with {question.correct or 'what the key says'}"
    return (f"{words}; {question.checked_by}" if question.checked_by else words,)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


# --- versions --------------------------------------------------------------------------------------


def compare_versions(versions: Mapping[str, Responses]) -> tuple[VersionDifference, ...]:
    """Each version against all the others: the whole test first, then question by question.

    Parameters
    ----------
    versions
        What the students did, by version. A question counts where all versions have it.

    Returns
    -------
    tuple of VersionDifference
        Empty with fewer than two versions that have students.
    """
    used = {version: one for version, one in versions.items() if one.students}
    if len(used) < 2:
        return ()
    whole = {version: _share(one.totals, _most(one)) for version, one in used.items()}
    found = list(_against_others(whole, ""))
    places = {
        version: {one.id: at for at, one in enumerate(used[version].questions) if one.points > 0}
        for version in used
    }
    first = next(iter(places.values()))
    for question in [one for one in first if all(one in known for known in places.values())]:
        shares = {
            version: _share(one.points[:, at], float(one.questions[at].points))
            for version, one in used.items()
            for at in [places[version][question]]
        }
        found += _against_others(shares, question)
    return tuple(found)


def _most(responses: Responses) -> float:
    return float(sum(one.points for one in responses.questions))


def _share(points: Floats, most: float) -> Floats:
    return points / most if most else np.zeros_like(points)


def _against_others(shares: Mapping[str, Floats], question: str) -> list[VersionDifference]:
    found = []
    for version, own in shares.items():
        others = np.concatenate([one for other, one in shares.items() if other != version])
        error = None
        if len(own) > 1 and len(others) > 1:
            error = float(np.sqrt(own.var(ddof=1) / len(own) + others.var(ddof=1) / len(others)))
        found.append(
            VersionDifference(
                version=version,
                question=question,
                students=len(own),
                mean=float(own.mean()),
                others=float(others.mean()),
                other_students=len(others),
                standard_error=error,
            )
        )
    return found


def words_for_versions(differences: Sequence[VersionDifference]) -> dict[str, tuple[str, ...]]:
    """Large differences of versions in words, by question; "" is the whole test.

    Of two versions one is told: the other differs as much the other way.
    """
    words: dict[str, list[str]] = {}
    versions = list(dict.fromkeys(one.version for one in differences))
    told = versions[:1] if len(versions) == 2 else versions
    for one in differences:
        if not one.is_large or one.version not in told:
            continue
        how = "easier" if one.difference > 0 else "harder"
        words.setdefault(one.question, []).append(
            f"version {one.version} is {how}: {_percent(one.mean)} of the points,"
            f" {_percent(one.others)} in the others"
        )
    return {question: tuple(found) for question, found in words.items()}
