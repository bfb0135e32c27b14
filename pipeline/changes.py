"""What a publication changes against the last one: pure functions of two states of the results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from pipeline.gather import Exams
from pipeline.grades import Graded
from pipeline.key_changes import KeyChange
from pipeline.model import Answer, Booklet, Grade, Question, Score
from pipeline.reporting import points_text
from pipeline.store import SEPARATOR, Result, Snapshot

Crossed = Literal["", "passes now", "fails now"]
"""How a student crossed the pass line."""
UNCLEAR = "?"
"""Stands for a reading that waits for a person."""
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionMove:
    """One question of one student whose points are not what they were; points are text, empty while open."""

    question: str
    """Empty: no question moved, and the total or the grade did."""
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
    status_only: int = 0
    """Students whose status changed and whose points and grade did not."""
    added: tuple[Result, ...] = ()
    """Students who were not there the last time."""
    gone: tuple[Result, ...] = ()
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
            or self.status_only
            or self.added
            or self.gone
        )


# --- what is published -----------------------------------------------------------------------------


def snapshot_of(graded: Graded, exams: Exams) -> Snapshot:
    """The results of a batch, as the next publication will be compared with them."""
    questions: dict[tuple[str, str], tuple[str, ...]] = {}
    results = []
    points: dict[int, str] = {}  # of scores, by their identity: thousands of students share them
    names: set[tuple[str, str, str]] = set()
    for grade, booklet in graded.grades:
        version = (grade.exam, grade.version)
        if grade.scores and version not in questions:
            questions[version] = tuple(score.question for score in grade.scores)
        paper = _paper(grade, booklet)
        while (grade.exam, grade.student_id, paper) in names:
            paper += "+"
        names.add((grade.exam, grade.student_id, paper))
        results.append(
            Result(
                exam=grade.exam,
                version=grade.version,
                student_id=grade.student_id,
                paper=paper,
                name=grade.name,
                status=grade.status,
                total=points_text(grade.points),
                grade=grade.grade,
                passed=_passed(grade, exams),
                points=SEPARATOR.join([_points(score, points) for score in grade.scores]),
                readings=SEPARATOR.join(_readings(grade, booklet)),
            )
        )
    return Snapshot(questions=questions, results=tuple(results))


def _paper(grade: Grade, booklet: Booklet | None) -> str:
    if grade.student_id or booklet is None:
        return ""
    if booklet.serial is not None:
        return f"serial {booklet.serial}"
    first = next(iter(booklet.answers.values()), None)
    return f"{first.file} page {first.page}" if first is not None else "no answers"


def _passed(grade: Grade, exams: Exams) -> str:
    exam = exams.exams.get((grade.exam, grade.version))
    if exam is None or exam.pass_points is None or grade.points is None or grade.percent is None:
        return ""
    return "yes" if grade.points >= exam.pass_points else "no"


def _points(score: Score, known: dict[int, str]) -> str:
    text = known.get(id(score))
    if text is None:
        text = known[id(score)] = points_text(score.points)
    return text


def _readings(grade: Grade, booklet: Booklet | None) -> Iterator[str]:
    answers: Mapping[str, Answer] = booklet.answers if booklet is not None else {}
    for score in grade.scores:
        answer = answers.get(score.question)
        if answer is None:
            yield ""
        elif answer.doubtful:
            yield UNCLEAR
        elif answer.value is None:
            yield "|".join(answer.chosen)
        else:
            yield points_text(answer.value)


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


def compare(old: Snapshot, new: Snapshot, graded: Graded, keys: Sequence[KeyChange], exams: Exams) -> Changes:
    """Compare what was published with what would be published now.

    Parameters
    ----------
    old, new
        Results before and now; ``new`` is :func:`snapshot_of` of ``graded``.
    graded
        The batch as it is graded now.
    keys
        What changed in the exam files.
    exams
        Exam files as they are now.

    Returns
    -------
    Changes
        Without ``causes``.
    """
    before = {(one.exam, one.student_id, one.paper): one for one in old.results}
    movements, added, status_only = [], [], 0
    for result, (grade, booklet) in zip(new.results, graded.grades, strict=True):
        then = before.pop((result.exam, result.student_id, result.paper), None)
        if then is None:
            added.append(result)
            continue
        same = (then.points, then.total, then.grade) == (result.points, result.total, result.grade)
        if same and not _crossed(then, result) and _is_like(old, then, new, result):
            status_only += then.status != result.status
            continue
        student = _Student(then=then, now=result, grade=grade, booklet=booklet, keys=keys, exams=exams)
        movements.append(_movement(student, old, new))
    return Changes(
        keys=tuple(keys),
        movements=tuple(movements),
        questions=_question_lines(movements),
        status_only=status_only,
        added=tuple(added),
        gone=tuple(before.values()),
        students=len(new.results),
    )


def _is_like(old: Snapshot, then: Result, new: Snapshot, now: Result) -> bool:
    """Whether equal points stand for the same questions."""
    return old.questions.get((then.exam, then.version)) == new.questions.get((now.exam, now.version))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Student:
    """Everything that is known of a student who moves."""

    then: Result
    now: Result
    grade: Grade
    booklet: Booklet | None
    keys: Sequence[KeyChange]
    exams: Exams


def _movement(student: _Student, old: Snapshot, new: Snapshot) -> Movement:
    then, now = student.then, student.now
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
            reason=_reason(student, name, readings.get(name, ""), new_readings.get(name, ""), reread),
        )
        for name in moved
    ]
    moves += [
        QuestionMove(question=name, old=points[name], new="", reason=_key_words(student, name) or "not asked")
        for name in gone
    ]
    if not moves:
        reason = _exam_words(student) or "sections, rounding or grades"
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


# --- reasons ---------------------------------------------------------------------------------------


def _reason(student: _Student, name: str, old: str, new: str, reread: set[str]) -> str:
    """Why a question moved: what is known of it, the key first."""
    words = _key_words(student, name)
    reasons = [f"key: {words}"] if words else []
    if student.then.version != student.now.version:
        reasons.append(f"version {student.then.version} -> {student.now.version}")
    if name in reread:
        answer = student.booklet.answers.get(name) if student.booklet is not None else None
        by = f", decided by {answer.decided_by}" if answer is not None and answer.decided_by else ""
        reasons.append(f"reading {old or 'blank'} -> {new or 'blank'}{by}")
    score = next((score for score in student.grade.scores if score.question == name), None)
    if not reasons and score is not None and score.reason.startswith("credits from the list"):
        reasons.append("credits from the list")
    reasons += _reasons_elsewhere(student, name, reread) if not reasons else []
    return "; ".join(reasons) or _exam_words(student) or "scored in another way by this scangrade"


def _reasons_elsewhere(student: _Student, name: str, reread: set[str]) -> list[str]:
    """Parts of a group, and earlier answers that a question follows from."""
    exam = student.exams.exams.get((student.now.exam, student.now.version))
    if exam is None:
        return []
    parts = [part for group in exam.groups if group.id == name for part in group.parts]
    key = student.exams.keys[exam.id, exam.version]
    sources: Mapping[str, Question] = (key.entries[name].sources or {}) if name in key.entries else {}
    reasons = []
    for other in (*parts, *sources):
        if words := _key_words(student, other):
            reasons.append(f"key, question {other}: {words}")
        elif other in reread:
            reasons.append(f"reading of question {other}")
    return reasons


def _key_words(student: _Student, question: str) -> str:
    found = (key.questions.get((student.now.version, question), "") for key in _keys_of(student))
    return next((words for words in found if words), "")


def _exam_words(student: _Student) -> str:
    words = next((key.exam_words.get(student.now.version, "") for key in _keys_of(student)), "")
    return f"key: {words}" if words else ""


def _keys_of(student: _Student) -> Iterator[KeyChange]:
    return (key for key in student.keys if key.exam == student.now.exam)


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


# --- the table -------------------------------------------------------------------------------------


def change_rows(changes: Changes) -> Iterator[dict[str, str]]:
    """Rows of ``changes.csv``: a student who moves stands there once for each question that moved."""
    for move in changes.movements:
        common = {
            "student_id": move.new.student_id,
            "name": move.new.name,
            "exam": move.new.exam,
            "version": move.new.version,
        }
        totals = {
            "old_total": move.old.total,
            "new_total": move.new.total,
            "old_grade": move.old.grade,
            "new_grade": move.new.grade,
            "pass_line": move.crossed,
        }
        for one in move.questions:
            yield {
                **common,
                "question": one.question,
                "old_points": one.old,
                "new_points": one.new,
                **totals,
                "reason": one.reason,
            }
