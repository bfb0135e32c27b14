"""Records as rows of the public tables: pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.formats import GradeRow, columns
from pipeline.model import WITHDRAWN, Booklet, Decision, Doubt, Grade, LedgerEntry, PageMarks, Score
from pipeline.reporting.cells import percent_text, points_text, probability_text

Cells = dict[str, str]
"""A row: cell by column."""


def mark_rows(marks: Iterable[PageMarks]) -> Iterator[Cells]:
    """Rows of ``marks.csv``: every box of every page that was read, in the order of the layout."""
    for page in marks:
        source = page.read.source
        common = {
            "file": source.file,
            "page": str(source.page),
            "exam": page.layout.exam,
            "version": page.layout.version,
            "sheet": str(page.read.sheet),
        }
        states = page.states
        for box, state, probability, flags in zip(
            page.page.boxes, states.states, states.p_marked, states.flags, strict=True
        ):
            yield common | {
                "question": box.question,
                "option": box.option,
                "state": state.value,
                "p_marked": probability_text(probability),
                "flags": ";".join(flags),
            }


def answer_rows(grades: Iterable[tuple[Grade, Booklet | None]]) -> Iterator[Cells]:
    """Rows of ``answers.csv``: one per question of the exam, student by student.

    A question without an answer (its sheet is missing) has no reading to show.
    """
    kept: dict[int, tuple[Score, Cells]] = {}  # by identity: students who answer alike share a score
    for grade, booklet in grades:
        who = {"student_id": grade.student_id, "exam": grade.exam, "version": grade.version}
        for score in grade.scores:
            known = kept.get(id(score))
            if known is None:
                known = kept[id(score)] = (score, _score_cells(score))
            yield {**who, **known[1], **_answer_cells(booklet, score)}


def _score_cells(score: Score) -> Cells:
    return {
        "question": score.question,
        "correct": score.correct,
        "rule": score.rule,
        "points": points_text(score.points),
        "max_points": points_text(score.max_points),
        "reason": score.reason,
        "status": score.status,
    }


def _answer_cells(booklet: Booklet | None, score: Score) -> Cells:
    answer = booklet.answers.get(score.question) if booklet is not None else None
    if answer is None:
        return {}
    cells = {
        "chosen": "|".join(answer.chosen),
        "value": points_text(answer.value),
        "confidence": probability_text(answer.confidence),
        "flags": ";".join(answer.flags),
        "file": answer.file,
        "page": str(answer.page) if answer.page else "",
    }
    if answer.doubtful and answer.reason:
        cells["reason"] = answer.reason
    return cells


def ledger_row(entry: LedgerEntry) -> Cells:
    """Row of ``pages.csv``; a missing page has an empty file, page and outcome."""
    source = entry.source
    return {
        "file": source.file if source is not None else "",
        "page": str(source.page) if source is not None else "",
        "outcome": entry.outcome or "",
        "exam": entry.exam,
        "version": entry.version,
        "sheet": _number(entry.sheet),
        "serial": _number(entry.serial),
        "student_id": entry.student_id,
        "rms_mm": probability_text(entry.rms_mm) if entry.rms_mm is not None else "",
        "turned": str(90 * entry.turned) if entry.turned else "",
        "reason": entry.reason,
    }


def section_columns(sections: Iterable[str]) -> Mapping[str, str]:
    """Column of each section's points in ``grades.csv``, in the order of first mention.

    A section whose id is one of the fixed columns ("points") is called "section points".
    """
    taken = set(columns(GradeRow))
    found: dict[str, str] = {}
    for section in sections:
        if section in found:
            continue
        column = section
        while column in taken:
            column = f"section {column}"
        taken.add(column)
        found[section] = column
    return found


def grade_columns(sections: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of ``grades.csv`` with those of the sections behind."""
    return (*columns(GradeRow), *sections.values())


def grade_rows(grades: Sequence[Grade], sections: Mapping[str, str]) -> Iterator[Cells]:
    """Rows of ``grades.csv``; ``sections`` as :func:`section_columns` gives them."""
    for grade in grades:
        yield {
            "student_id": grade.student_id,
            "name": grade.name,
            "exam": grade.exam,
            "version": grade.version,
            "status": grade.status,
            "points": points_text(grade.points),
            "max_points": points_text(grade.max_points),
            "percent": percent_text(grade.percent),
            "grade": grade.grade,
            "doubts": str(grade.doubts),
            **{sections[name]: points_text(points) for name, points in grade.sections.items()},
        }


def review_row(doubt: Doubt, can_change: str) -> Cells:
    """Row of ``review.csv``; ``decision`` and ``note`` are left to the person.

    Parameters
    ----------
    doubt
        What is to be decided.
    can_change
        Points between the best and the worst decision, as text; "" when nobody can say.
    """
    return {
        "doubt": doubt.id,
        "kind": doubt.kind,
        "exam": doubt.exam,
        "student_id": doubt.student_id,
        "name": doubt.name,
        "question": doubt.question,
        "reading": doubt.reading,
        "choices": doubt.choices,
        "can_change": can_change,
        "reason": doubt.reason,
        "file": doubt.file,
        "page": str(doubt.page) if doubt.page else "",
    }


def decision_rows(decisions: Sequence[Decision]) -> Iterator[Cells]:
    """Rows of ``decisions.csv``, in the order in which people decided."""
    last = {decision.doubt: place for place, decision in enumerate(decisions)}
    for place, decision in enumerate(decisions):
        yield {
            "doubt": decision.doubt,
            "decision": decision.value,
            "by": decision.by,
            "at": decision.at,
            "note": decision.note,
            "counts": "yes" if last[decision.doubt] == place and decision.value != WITHDRAWN else "no",
        }


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
