"""What a publication changes against the last one: pure functions of two states of the results."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from pipeline.grades import Graded
from pipeline.key_changes import NOT_SAID, KeyChange
from pipeline.reasons import (
    MOST_WORDS,
    Grounds,
    Mover,
    exam_words,
    key_words,
    question_reason,
    standing_reason,
)
from pipeline.store import SEPARATOR, Result, Snapshot

HASH_DIGITS = 12
"""Of a key's hash, as people see it."""
Crossed = Literal["", "passes now", "fails now"]
"""How a student crossed the pass line."""
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionMove:
    """One question of one student whose points are not what they were; points are text, empty while open."""

    question: str
    """Empty: no question moved, and the total, the grade or the side of the pass line did."""
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One student whose points or grade are not what they were, or who crosses the pass line."""

    old: Result
    new: Result
    questions: tuple[QuestionMove, ...]
    crossed: Crossed


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One student of whom no points moved, and something else did."""

    old: Result | None
    """None: was not there."""
    new: Result | None
    """None: is not there any more."""
    who: Result
    """One of the two, that of now where there is one."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumLine:
    """An exam whose points have another sum."""

    exam: str
    version: str
    old: str
    new: str
    students: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLine:
    """An exam that had no pass line before."""

    exam: str
    passed: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """How many students move in one question."""

    exam: str
    question: str
    up: int
    down: int
    settled: int
    """Students whose points were open and are known now."""
    opened: int
    """Students whose points were known and are open now."""
    mean: Fraction
    """Average change of those who move up or down, in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A publication against the last one."""

    keys: tuple[KeyChange, ...] = ()
    causes: tuple[str, ...] = ()
    """What else is not what it was, in words: decisions, lists, scans."""
    movements: tuple[Movement, ...] = ()
    questions: tuple[QuestionLine, ...] = ()
    statuses: tuple[Standing, ...] = ()
    """Students whose status changed and whose points and grade did not."""
    rescaled: tuple[Standing, ...] = ()
    """Students who keep points, grade and status, with another maximum or percentage."""
    added: tuple[Standing, ...] = ()
    """Students who were not there the last time."""
    gone: tuple[Standing, ...] = ()
    maximums: tuple[MaximumLine, ...] = ()
    pass_lines: tuple[PassLine, ...] = ()
    students: int = 0
    against: Literal["published", "keys", "nothing"] = "published"
    """What it was compared with: what was published last; or, where no record of that was kept, today's
    readings, lists and decisions graded by the last keys; or nothing, the first time."""

    @property
    def crossers(self) -> tuple[Movement, ...]:
        """Students who crossed the pass line, in either direction."""
        return tuple(move for move in self.movements if move.crossed)

    @property
    def differs(self) -> bool:
        """Whether this publication deserves a record of its own."""
        return bool(
            self.against == "nothing"
            or self.keys
            or self.movements
            or self.statuses
            or self.rescaled
            or self.added
            or self.gone
        )


# --- comparing -------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Counts:
    """Moves of one question, while they are counted."""

    up: int = 0
    down: int = 0
    settled: int = 0
    opened: int = 0
    change: Fraction = field(default=ZERO)

    def add(self, old: str, new: str, times: int) -> None:
        if not old or not new:
            self.settled += times * bool(new)
            self.opened += times * bool(old)
            return
        change = Fraction(new) - Fraction(old)
        self.up += times * (change > 0)
        self.down += times * (change < 0)
        self.change += change * times


def compare(old: Snapshot, new: Snapshot, graded: Graded, grounds: Grounds) -> Changes:
    """Compare what was published with what would be published now.

    Parameters
    ----------
    old, new
        Results before and now; ``new`` is that of ``graded``.
    graded
        The batch as it is graded now.
    grounds
        What changed in the exam files and beside them.

    Returns
    -------
    Changes
        Against what was published last.
    """
    before = {(one.exam, one.student_id, one.paper): one for one in old.results}
    found = _Found()
    for result, (grade, booklet) in zip(new.results, graded.grades, strict=True):
        then = before.pop((result.exam, result.student_id, result.paper), None)
        if then is None:
            words = f"joined, {result.status}"
            reason = _because(words, result, grounds)
            found.added.append(Standing(old=None, new=result, who=result, reason=reason))
            continue
        if then.max_points and then.max_points != result.max_points:
            kind = (result.exam, result.version, then.max_points, result.max_points)
            found.maximums[kind] = found.maximums.get(kind, 0) + 1
        same = (then.points, then.total, then.grade) == (result.points, result.total, result.grade)
        if not same or _crossed(then, result) or not _is_like(old, then, new, result):
            mover = Mover(then=then, now=result, grade=grade, booklet=booklet, grounds=grounds)
            found.movements.append(_movement(mover, old, new))
        elif words := _standing_words(then, result):
            standing = Standing(old=then, new=result, who=result, reason=_because(words, result, grounds))
            (found.rescaled if then.status == result.status else found.statuses).append(standing)
    return Changes(
        keys=tuple(grounds.keys),
        causes=tuple(grounds.causes),
        movements=tuple(found.movements),
        questions=_question_lines(found.movements),
        statuses=tuple(found.statuses),
        rescaled=tuple(found.rescaled),
        added=tuple(found.added),
        gone=tuple(
            Standing(old=one, new=None, who=one, reason=_because(_left_words(one), one, grounds))
            for one in before.values()
        ),
        maximums=tuple(
            MaximumLine(exam=exam, version=version, old=least, new=most, students=count)
            for (exam, version, least, most), count in found.maximums.items()
        ),
        pass_lines=_pass_lines(new, grounds),
        students=len(new.results),
    )


@dataclass(slots=True, eq=False)
class _Found:
    """What a comparison finds, while it goes through the students."""

    movements: list[Movement] = field(default_factory=list)
    statuses: list[Standing] = field(default_factory=list)
    rescaled: list[Standing] = field(default_factory=list)
    added: list[Standing] = field(default_factory=list)
    maximums: dict[tuple[str, str, str, str], int] = field(default_factory=dict)


def _standing_words(then: Result, now: Result) -> str:
    """What is not what it was of a student who keeps points and grade; "" when all is."""
    words = [f"status {then.status} -> {now.status}"] if then.status != now.status else []
    if then.max_points and then.max_points != now.max_points:
        words.append(f"maximum {then.max_points} -> {now.max_points}")
    if then.percent and now.percent and then.percent != now.percent:
        words.append(f"percent {then.percent} -> {now.percent}")
    return "; ".join(words)


def _left_words(then: Result) -> str:
    return f"left, was {then.status}" if then.student_id else "was nobody's booklet, and is settled"


def _because(words: str, result: Result, grounds: Grounds) -> str:
    return "; ".join(filter(None, (words, standing_reason(result, grounds))))


def _pass_lines(new: Snapshot, grounds: Grounds) -> tuple[PassLine, ...]:
    """Who passes by a pass line that was not there before."""
    first = f"pass {NOT_SAID} -> "
    exams = [key.exam for key in grounds.keys if any(first in words for words in key.exam_words.values())]
    sides = Counter((one.exam, one.passed) for one in new.results)
    return tuple(PassLine(exam=exam, passed=sides[exam, "yes"], failed=sides[exam, "no"]) for exam in exams)


def _is_like(old: Snapshot, then: Result, new: Snapshot, now: Result) -> bool:
    """Whether equal points stand for the same questions."""
    return old.questions.get((then.exam, then.version)) == new.questions.get((now.exam, now.version))


def _movement(mover: Mover, old: Snapshot, new: Snapshot) -> Movement:
    then, now = mover.then, mover.now
    points, readings = _by_question(old, then)
    new_points, new_readings = _by_question(new, now)
    moved = [name for name in new_points if points.get(name, "") != new_points[name]]
    gone = [name for name in points if name not in new_points and points[name]]
    reread = {name for name in new_readings if readings.get(name, "") != new_readings[name]}
    moves = [
        QuestionMove(
            question=name,
            old=points.get(name, ""),
            new=new_points[name],
            reason=question_reason(mover, name, readings.get(name, ""), new_readings.get(name, ""), reread),
        )
        for name in moved
    ]
    moves += [
        QuestionMove(question=name, old=points[name], new="", reason=key_words(mover, name) or "not asked")
        for name in gone
    ]
    if not moves:
        words = _standing_words(then, now)
        told = _because(words, now, mover.grounds) if words else exam_words(mover)
        reason = told or "sections, rounding or grades"
        moves = [QuestionMove(question="", old="", new="", reason=reason)]
    return Movement(old=then, new=now, questions=tuple(moves), crossed=_crossed(then, now))


def _crossed(then: Result, now: Result) -> Crossed:
    if not then.passed or not now.passed or then.passed == now.passed:
        return ""
    return "passes now" if now.passed == "yes" else "fails now"


def _by_question(snapshot: Snapshot, result: Result) -> tuple[dict[str, str], dict[str, str]]:
    names = snapshot.questions.get((result.exam, result.version), ())
    points, readings = result.points.split(SEPARATOR), result.readings.split(SEPARATOR)
    if len(points) != len(names):
        return {}, {}
    return dict(zip(names, points, strict=True)), dict(zip(names, readings, strict=True))


def _question_lines(movements: Sequence[Movement]) -> tuple[QuestionLine, ...]:
    times: dict[tuple[str, str, str, str], int] = {}
    for move in movements:
        for one in move.questions:
            if one.question:
                kind = (move.new.exam, one.question, one.old, one.new)
                times[kind] = times.get(kind, 0) + 1
    counts: dict[tuple[str, str], _Counts] = {}
    for (exam, question, old, new), count in times.items():
        counts.setdefault((exam, question), _Counts()).add(old, new, count)
    return tuple(
        QuestionLine(
            exam=exam,
            question=question,
            up=found.up,
            down=found.down,
            settled=found.settled,
            opened=found.opened,
            mean=found.change / (found.up + found.down) if found.up + found.down else ZERO,
        )
        for (exam, question), found in counts.items()
    )


# --- the table and the words -----------------------------------------------------------------------


def change_rows(changes: Changes) -> Iterator[dict[str, str]]:
    """Rows of ``changes.csv``: a student who moves stands there once for each question that moved.

    One who keeps all points, and whose status, maximum or percentage is another, or who joined or
    left, has a row without a question.
    """
    for move in changes.movements:
        common = _row(move.new, move.old, move.new) | {"pass_line": move.crossed}
        for one in move.questions:
            told = {"question": one.question, "old_points": one.old, "new_points": one.new}
            yield common | told | {"reason": one.reason}
    for standing in (*changes.rescaled, *changes.statuses, *changes.added, *changes.gone):
        yield _row(standing.who, standing.old, standing.new) | {"reason": standing.reason}


def _row(who: Result, old: Result | None, new: Result | None) -> dict[str, str]:
    return {
        "student_id": who.student_id,
        "name": who.name,
        "exam": who.exam,
        "version": who.version,
        "old_total": old.total if old else "",
        "new_total": new.total if new else "",
        "old_grade": old.grade if old else "",
        "new_grade": new.grade if new else "",
    }


def others_words(changes: Changes) -> list[str]:
    """How many students are not what they were, and keep their points and grades all the same."""
    left = sum(bool(one.who.student_id) for one in changes.gone)
    counted = [
        (len(changes.rescaled), "with another maximum or percentage only"),
        (len(changes.statuses), "with another status only"),
        (len(changes.added), "not there the last time"),
        (left, "not there any more"),
        (len(changes.gone) - left, "nobody's before and settled now"),
    ]
    return [f"{found} {what}" for found, what in counted if found]


def why_words(changes: Changes) -> str:
    """What a publication changed and by what, in one line for its record."""
    words = []
    for key in changes.keys:
        more = [f"and {len(key.words) - MOST_WORDS} more"] if len(key.words) > MOST_WORDS else []
        words += [f"{key.exam}, {told}" for told in key.words[:MOST_WORDS]] + more
    return "; ".join([*words, *changes.causes, *others_words(changes)])


def short_words(changes: Changes) -> str:
    """A comparison in one line; "" when there is nothing to tell."""
    keys = [f"key {one.old_hash[:HASH_DIGITS]} -> {one.new_hash[:HASH_DIGITS]}" for one in changes.keys]
    moved, others = len(changes.movements), others_words(changes)
    if changes.against == "nothing" or not (moved or keys or others):
        return ""
    by = "; ".join((*keys, *changes.causes))
    words = f"{moved} student{'s' * (moved != 1)} moved" if moved else "nobody's points moved"
    words += f" by {by}" if by else ""
    sides = Counter(move.crossed for move in changes.crossers)
    crossed = [f"{count} {'pass' if side == 'passes now' else 'fail'} now" for side, count in sides.items()]
    see = ": see changes.csv" if moved or others else ""
    return ", ".join((words, *crossed, *others)) + see
