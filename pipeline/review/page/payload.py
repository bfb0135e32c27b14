"""What the page is told, as JSON values: pure but for the readings that the desk looks up."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.joined import layout_of
from pipeline.model import Answer, Booklet, Decision, Grade, Group, Kind, PageRead, Question, Score
from pipeline.reading import page_name, points_name, whose_points
from pipeline.reporting import points_text
from pipeline.review.page.batch import NOBODY, SEPARATOR
from pipeline.review.page.desk import Desk
from pipeline.review.page.queue import STAKES_WORDS, Item, chosen_text

Json = dict[str, Any]
MOST_FOUND = 12
RESCAN = "; or scan it again"


def decision_json(decision: Decision | None) -> Json | None:
    """A decision, or None."""
    if decision is None:
        return None
    return {
        "doubt": decision.doubt,
        "value": decision.value,
        "by": decision.by,
        "at": decision.at,
        "note": decision.note,
    }


def line_json(desk: Desk, name: str) -> Json:
    """A doubt in one line of the list."""
    item = desk.batch.items[name]
    doubt = item.doubt
    return {
        "id": name,
        "kind": doubt.kind,
        "question": doubt.question,
        "student": doubt.student_id,
        "stakes": item.ranked.stakes.name.lower(),
        "decided": decision_json(desk.fresh(name)),
    }


def item_json(desk: Desk, name: str) -> Json:
    """A doubt with everything that the page shows of it."""
    item = desk.batch.items[name]
    doubt, standing = item.doubt, desk.standing(name)
    return {
        **line_json(desk, name),
        "exam": doubt.exam,
        "name": doubt.name,
        "title": item.question.title if item.question else "",
        "reason": doubt.reason,
        "reading": doubt.reading,
        "proposal": item.proposal,
        "points": points_text(item.ranked.impact),
        "weight": weight_words(item),
        "file": doubt.file,
        "page": doubt.page,
        "seen": standing.value if standing else "",
        "views": ["boxes", "row", "sheet"] if item.boxes else ["sheet"],
        **input_json(item),
    }


def weight_words(item: Item) -> str:
    """What hangs on a doubt, in words."""
    if item.doubt.kind == "page" and not item.doubt.student_id:
        return "may be a student's sheet"
    return STAKES_WORDS[item.ranked.stakes]


def input_json(item: Item) -> Json:
    """How a decision on a doubt is given: keys, a number, a student, or a word."""
    doubt, question = item.doubt, item.question
    if doubt.kind == "student":
        labels = [] if doubt.choices == NOBODY else doubt.choices.split(SEPARATOR)
        return {"input": "student", "options": _numbered([(label, label) for label in labels])}
    if doubt.kind == "page" or question is None:
        words = doubt.choices.removesuffix(RESCAN).split(SEPARATOR)
        return {"input": "one", "options": _numbered([(word, word) for word in words])}
    return question_input(question, doubt.choices)


def question_input(question: Question, choices: str) -> Json:
    """How an answer to a question is given."""
    if question.kind in (Kind.NUMBER, Kind.CREDITS, Kind.TEXT):
        return {"input": "number", "options": [], "choices": choices, "blank": question.credits is None}
    options = _numbered([(option.id, option.text) for option in question.options])
    several = question.kind is Kind.CHOICES
    return {"input": "several" if several else "one", "options": options, "choices": choices, "blank": True}


def _numbered(options: Sequence[tuple[str, str]]) -> list[Json]:
    return [
        {"key": str(number) if number < 10 else "", "value": value, "text": text}
        for number, (value, text) in enumerate(options, 1)
    ]


def state_json(desk: Desk) -> Json:
    """How far the review is."""
    decided = sum(desk.fresh(name) is not None for name in desk.batch.order)
    return {
        "load": desk.loads,
        "rows": len(desk.rows),
        "total": len(desk.batch.order),
        "decided": decided,
        "unpublished": desk.unpublished,
        "walls": [
            {"key": wall.key, "exam": wall.exam, "proposal": wall.proposal, "open": len(still)}
            for wall in desk.batch.walls
            if (still := [name for name in wall.doubts if desk.fresh(name) is None])
        ],
    }


# --- students ------------------------------------------------------------------------------------


def found_students(desk: Desk, text: str) -> list[Json]:
    """Students whose id or name has the text in it, those whose id begins with it first."""
    wanted = text.strip().casefold()
    if not wanted:
        return []
    names = {grade.student_id: grade.name for grade, _ in desk.batch.graded.grades if grade.student_id}
    roster = desk.batch.draft.material.lists.roster or {}
    names |= {one.student_id: one.name for one in roster.values()}
    found = [one for one in names.items() if wanted in one[0].casefold() or wanted in one[1].casefold()]
    found.sort(key=lambda one: (not one[0].casefold().startswith(wanted), one[0]))
    return [{"id": student_id, "name": name} for student_id, name in found[:MOST_FOUND]]


def student_json(desk: Desk, student_id: str) -> list[Json]:
    """Everything that was read of a student, exam by exam, so that any of it can be appealed."""
    return [
        {
            "exam": grade.exam,
            "id": grade.student_id,
            "name": grade.name,
            "status": grade.status,
            "points": points_text(grade.points),
            "max_points": points_text(grade.max_points),
            "grade": grade.grade,
            "answers": list(_answers(desk, grade, booklet)),
        }
        for grade, booklet in desk.batch.graded.grades
        if grade.student_id == student_id
    ]


def _answers(desk: Desk, grade: Grade, booklet: Booklet | None) -> Iterator[Json]:
    exam = desk.batch.draft.exams.exams.get((grade.exam, grade.version))
    scores = {score.question: score for score in grade.scores}
    for question in exam.questions if exam and booklet else ():
        answer = booklet.answers.get(question.id) if booklet else None
        if answer is None:
            continue
        name = answer_name(desk, answer)
        standing = desk.standing(name)
        yield {
            "doubt": name,
            "question": question.id,
            "chosen": "?" if answer.doubtful else chosen_text(answer),
            "seen": standing.value if standing else "",
            "decided": decision_json(standing),
            **_earned(desk, scores.get(question.id), "" if question.group else question.id, answer),
            **question_input(question, ""),
        }
        asked = whose_points(exam, question) if exam else None
        if isinstance(asked, Group):
            yield {
                "doubt": "",
                "question": asked.id,
                "chosen": "",
                "decided": None,
                "options": [],
                **_earned(desk, scores.get(asked.id), asked.id, answer),
            }


def _earned(desk: Desk, score: Score | None, question: str, answer: Answer) -> Json:
    """Points, and the name of the decision by which others are given; "" for a part that has none."""
    name = points_name(desk.batch.sources[answer.file, answer.page], question) if question else ""
    standing = desk.standing(name)
    return {
        "points": points_text(score.points) if score else "",
        "max_points": points_text(score.max_points) if score else "",
        "status": score.status if score else "",
        "points_doubt": name,
        "points_seen": standing.value if standing else "",
        "given": decision_json(standing),
    }


def answer_name(desk: Desk, answer: Answer) -> str:
    """Name of the decision on an answer."""
    return f"answer-{page_name(desk.batch.sources[answer.file, answer.page])}-{answer.question}"


# --- the second look -------------------------------------------------------------------------------


def looks_json(desk: Desk) -> list[Json]:
    """Every mark of the last second look, with what was read."""
    found = []
    for name in desk.sample():
        source, question, option = desk.named(name)
        page = desk.reading(source)
        placed = layout_of(page, desk.batch.book) if isinstance(page, PageRead) else None
        kept = desk.batch.states.get((source.sha256 or source.path, source.page))
        if placed is None or kept is None:
            continue
        for index, box in enumerate(placed[1].boxes):
            if (box.question, box.option) == (question, option):
                standing = desk.standing(name)
                found.append(
                    {
                        "id": name,
                        "question": question,
                        "option": option,
                        "reading": kept.states[index],
                        "file": source.file,
                        "page": source.page,
                        "seen": standing.value if standing else "",
                    }
                )
    return found
