"""The cover's box "exam empty": a booklet that was handed in with nothing in it.

Its student was there and is graded: blank answers are answers, and no credits are none. The box and
a mark elsewhere contradict each other; then, and where the box is unclear, a person decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from pipeline.model import (
    EXAM_EMPTY,
    Answer,
    Booklet,
    BoxState,
    Decision,
    Doubt,
    Exam,
    Kind,
    Layout,
    LedgerEntry,
    PageRead,
    PageSource,
    Question,
)
from pipeline.reading.answers import ReadBox
from pipeline.reading.booklets import Sheet, boxes_by_question
from pipeline.reading.names import page_name
from pipeline.reading.second_look import Truths, corrected_boxes

EMPTY_PREFIX = "empty"
EMPTY_WORDS = ("empty", "not empty")
"""What may be decided about such a box."""
_BY_EXAMINER = (Kind.CREDITS, Kind.TEXT)
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyClaim:
    """What a booklet's box "exam empty" comes to."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    """The booklet's answers; those of an empty one have the flag ``exam-empty``; the box is one."""
    reason: str = ""
    """Why a person must look; empty when nobody need."""
    read: PageRead | None = None
    """The page with the box."""


def empty_claim(
    exam: Exam,
    sheets: Sequence[Sheet],
    answers: Mapping[str, Answer],
    decisions: Mapping[str, Decision],
    truths: Truths,
) -> EmptyClaim:
    """Judge the box "exam empty" of a booklet.

    Parameters
    ----------
    exam
        One that asks a question of this name has no such box.
    sheets, answers
        The booklet's, as they were read.
    decisions
        A person's decision, by :func:`empty_doubt_name`, counts before the box.
    truths
        What a person saw in boxes.
    """
    found = _boxes(sheets, truths)
    if found is None or any(question.id == EXAM_EMPTY for question in exam.questions):
        return EmptyClaim(answers=answers)
    read, layout, boxes = found
    decision = decisions.get(empty_doubt_name(read))
    said = " ".join(decision.value.lower().split()) if decision else ""
    if said in EMPTY_WORDS:
        by = decision.by if decision else ""
        settled = _emptied(exam, layout, answers, read, by) if said == EMPTY_WORDS[0] else answers
        return EmptyClaim(answers=settled, read=read)
    if any(not box.clear for box in boxes):
        return EmptyClaim(answers=answers, read=read, reason='the box "exam empty" is unclear')
    if not any(box.state is BoxState.MARKED for box in boxes):
        return EmptyClaim(answers=answers, read=read)
    marked = [question.id for question in exam.questions if _says_something(question, answers)]
    if marked:
        reason = f'the box "exam empty" is marked, and so is {_listed(marked)}'
        return EmptyClaim(answers=answers, read=read, reason=reason)
    return EmptyClaim(answers=_emptied(exam, layout, answers, read), read=read)


def empty_doubt_name(read: PageRead) -> str:
    """Name of the doubt whether a booklet is empty, by the page with the box."""
    return f"{EMPTY_PREFIX}-{page_name(read.source)}"


def empty_doubt(booklet: Booklet, claim: EmptyClaim) -> tuple[Doubt, ...]:
    """What a person is asked about the box; nothing where it is plain."""
    if claim.read is None or not claim.reason:
        return ()
    return (_doubt(booklet, claim.read.source, claim.reason),)


def listed_although_empty(
    booklet: Booklet, exam: Exam, listed: Mapping[str, Fraction], ledger: Iterable[LedgerEntry]
) -> tuple[Doubt, ...]:
    """What a person is asked where a list gives credits to who handed in nothing, by the box alone.

    Parameters
    ----------
    booklet, exam
        The student's.
    listed
        Credits of the list, by question.
    ledger
        Of the batch: it has the page with the box.
    """
    box = booklet.answers.get(EXAM_EMPTY)
    asked = [question.id for question in exam.questions]
    given = [name for name in asked if listed.get(name)]
    if box is None or EXAM_EMPTY in asked or box.decided_by or not given:
        return ()
    sources = [entry.source for entry in ledger if entry.source and entry.student_id == booklet.student_id]
    reason = f'the box "exam empty" is marked, and the list of credits gives points for {_listed(given)}'
    return tuple(
        _doubt(booklet, source, reason)
        for source in sources
        if (source.file, source.page) == (box.file, box.page)
    )[:1]


def _doubt(booklet: Booklet, source: PageSource, reason: str) -> Doubt:
    return Doubt(
        id=f"{EMPTY_PREFIX}-{page_name(source)}",
        kind="page",
        reason=reason,
        choices=" | ".join(EMPTY_WORDS),
        exam=booklet.exam,
        version=booklet.version,
        student_id=booklet.student_id,
        name=booklet.name,
        file=source.file,
        page=source.page,
    )


def _boxes(sheets: Sequence[Sheet], truths: Truths) -> tuple[PageRead, Layout, list[ReadBox]] | None:
    """The box, corrected by who looked at it; None: there is none, or copies of its page differ."""
    for sheet in sheets:
        boxes = boxes_by_question(sheet.marks).get(EXAM_EMPTY)
        if boxes and not sheet.differing:
            read = sheet.marks.read
            seen = truths.get(page_name(read.source), {})
            return read, sheet.marks.layout, corrected_boxes(EXAM_EMPTY, boxes, seen)[0]
    return None


def _says_something(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether a question has a clear mark; an examiner's zero is none."""
    answer = answers.get(question.id)
    if answer is None:
        return False
    if question.kind in _BY_EXAMINER:
        return bool(answer.value)
    return bool(answer.chosen) or answer.value is not None


def _emptied(
    exam: Exam, layout: Layout, answers: Mapping[str, Answer], read: PageRead, by: str = ""
) -> dict[str, Answer]:
    """The answers of an empty booklet: nothing is chosen, and no examiner gives anything.

    What is unclear stays a doubt, unless a person has said that the booklet is empty.
    """
    boxed = {box.question for page in layout.pages for box in page.boxes}
    file, page = read.source.file, read.source.page
    result = {
        EXAM_EMPTY: Answer(question=EXAM_EMPTY, chosen=("X",), decided_by=by, file=file, page=page),
    }
    for question in exam.questions:
        zero = Fraction(0) if question.kind in _BY_EXAMINER else None
        answer = answers.get(question.id)
        if answer is None and question.id not in boxed and zero is not None:
            answer = Answer(question=question.id, file=file, page=page)
        if answer is None:
            continue
        if not answer.doubtful or by:
            flags = tuple(dict.fromkeys((*answer.flags, EXAM_EMPTY)))
            answer = replace(
                answer,
                chosen=(),
                value=zero,
                doubtful=False,
                alternatives=(),
                reason="",
                flags=flags,
                decided_by=by or answer.decided_by,
            )
        result[question.id] = answer
    return result


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return f"question {', '.join(listed[:_MOST_NAMED])}{more}"
