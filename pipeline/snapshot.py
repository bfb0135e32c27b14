"""What a publication says of every student, so that the next one can be compared with it."""

from collections.abc import Iterator, Mapping

from pipeline.gather import Exams
from pipeline.grades import Graded
from pipeline.model import Answer, Booklet, Grade, Score
from pipeline.reporting import percent_text, points_text
from pipeline.store import SEPARATOR, Result, Snapshot

UNCLEAR = "?"
"""Stands for a reading that waits for a person."""


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
                max_points=points_text(grade.max_points),
                percent=percent_text(grade.percent),
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
