"""What a student's points rest on, mark by mark: place, scores, state, rule, key and decisions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import ResultsFault, UsageFault
from pipeline.joined import loaded
from pipeline.model import Answer, Decision, Grade, PageMarks, Score
from pipeline.reading import FEATURES, page_name
from pipeline.reporting import points_text
from pipeline.store import KeptStates, Store, read_marks
from pipeline.verify.contents import last_grading
from pipeline.verify.tables import Again, work_out


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkEvidence:
    """One box, as it was read."""

    option: str
    state: str
    p_marked: float
    """Probability that the writer meant a mark, to four decimals."""
    place_px: tuple[float, float, float, float]
    """Left, top, width and height in the upright image of the page."""
    scores: Mapping[str, float]
    """What was measured, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEvidence:
    """One answer of one student, with everything that gave its points."""

    exam: str
    version: str
    question: str
    file: str
    page: int
    marks: tuple[MarkEvidence, ...]
    chosen: str
    points: str
    max_points: str
    rule: str
    reason: str
    status: str
    key: str
    """SHA-256 of the exam file, hexadecimal."""
    decisions: tuple[Decision, ...]
    """What people decided on it, oldest first."""


def student_evidence(folder: Path, student_id: str) -> tuple[AnswerEvidence, ...]:
    """What a student's points rest on; opens no image.

    Parameters
    ----------
    folder
        The results folder.
    student_id
        Whose.

    Raises
    ------
    UsageFault
        When there is no such student with a sheet, or the folder has no readings: it was purged, or
        never graded by a version that keeps them.
    ResultsFault
        When the evidence is damaged.
    """
    with Store.open(folder, write=False) as store:
        written = last_grading(store.evidence.chain()) if store.evidence.is_kept() else {}
        if "marks" not in written:
            raise UsageFault(
                f"{folder} holds no marks to be shown: it was purged, or not graded by this version yet",
                hint=f"scangrade status {folder} says which",
            )
        try:
            again = work_out(store, written)
            kept = read_marks(store.evidence.blob(written["marks"]) or b"")
        except (ValueError, KeyError) as error:
            raise ResultsFault(
                f"{folder} has no evidence that can be shown: {error}", hint=f"scangrade verify {folder}"
            ) from error
        found = tuple(_answers(again, student_id, kept, store.decisions(), written))
    if not found:
        raise UsageFault(f"{folder} has no sheet of a student {student_id}", hint="look into grades.csv")
    return found


def _answers(
    again: Again,
    student_id: str,
    kept: Mapping[tuple[str, int], KeptStates],
    decisions: tuple[Decision, ...],
    written: Mapping[str, Any],
) -> Iterator[AnswerEvidence]:
    pages = {(page.read.source.file, page.read.source.page): page for page in again.assembly.marks}
    keys = {exam: name for exam, name, _ in written["keys"]}
    for grade, booklet in again.graded.grades if again.graded is not None else ():
        if grade.student_id != student_id or booklet is None:
            continue
        for score in grade.scores:
            answer = booklet.answers.get(score.question) or Answer(question=score.question)
            page = pages.get((answer.file, answer.page))
            if page is not None and again.restored is not None:
                page = replace(page, read=loaded(again.restored.load, [page.read])[0])
            yield _answer(grade, answer, score, page, kept, decisions, keys[grade.exam])


def _answer(
    grade: Grade,
    answer: Answer,
    score: Score,
    page: PageMarks | None,
    kept: Mapping[tuple[str, int], KeptStates],
    decisions: tuple[Decision, ...],
    key: str,
) -> AnswerEvidence:
    names: tuple[str, ...] = ()
    marks: tuple[MarkEvidence, ...] = ()
    if page is not None:
        source = page.read.source
        name = page_name(source)
        names = (f"answer-{name}-{score.question}", f"student-{name}", f"page-{name}")
        marks = tuple(_marks(page, kept[source.sha256, source.page], score.question))
    return AnswerEvidence(
        exam=grade.exam,
        version=grade.version,
        question=score.question,
        file=answer.file,
        page=answer.page,
        marks=marks,
        chosen="|".join(answer.chosen) or points_text(answer.value),
        points=points_text(score.points),
        max_points=points_text(score.max_points),
        rule=score.rule,
        reason=score.reason,
        status=score.status,
        key=key,
        decisions=tuple(one for one in decisions if one.doubt in names),
    )


def _marks(page: PageMarks, kept: KeptStates, question: str) -> Iterator[MarkEvidence]:
    for at, box in enumerate(page.page.boxes):
        if box.question != question:
            continue
        x, y, width, height = (float(value) for value in page.read.places_px[at])
        measured = map(float, page.read.features[at])
        yield MarkEvidence(
            option=box.option,
            state=kept.states[at],
            p_marked=float(kept.p_marked[at]),
            place_px=(round(x - width / 2, 1), round(y - height / 2, 1), round(width, 1), round(height, 1)),
            scores={name: round(value, 4) for name, value in zip(FEATURES, measured, strict=False)},
        )
