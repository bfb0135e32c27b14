"""Whether a person's decisions fit what they decide on."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline.model import Answer, Decision, Exam, PageRead, PageResult, Question
from pipeline.reading.answers import decide_answer
from pipeline.reading.handed_in_empty import EMPTY_PREFIX, EMPTY_WORDS
from pipeline.reading.ledger import DECIDABLE
from pipeline.reading.names import page_name

COPY_WORDS = ("count", "ignore")
"""What may be said of one of several copies."""
TOTAL_PREFIX = "total"
SHEETS_COUNT = "sheets"
"""What may be said of a cover that says another total: the sheets are right."""


def decision_faults(
    decisions: Iterable[Decision],
    results: Sequence[PageResult],
    exams: Mapping[tuple[str, str], Exam],
) -> dict[str, str]:
    """What is wrong with decisions, by the doubt's name; those that fit are not in it.

    Parameters
    ----------
    decisions
        To be checked.
    results
        Every page of the results folder.
    exams
        By (exam id, version).
    """
    pages = {page_name(result.source): result for result in results}
    faults = {}
    for decision in decisions:
        what = _fault(decision, pages, exams)
        if what:
            faults[decision.doubt] = what
    return faults


def _fault(
    decision: Decision,
    pages: Mapping[str, PageResult],
    exams: Mapping[tuple[str, str], Exam],
) -> str:
    kind, _, rest = decision.doubt.partition("-")
    digest, _, more = rest.partition("-")
    number, _, question = more.partition("-")
    page = pages.get(f"{digest}-{number}")
    unknown = f"there is no doubt {decision.doubt} in this folder: leave the column doubt as it was written"
    if page is None:
        return unknown
    if kind == "answer":
        asked = _question(page, question, exams)
        return unknown if asked is None else _answer_fault(asked, decision.value)
    if kind == "student":
        return "" if decision.value.strip() else "write a student id"
    if kind == EMPTY_PREFIX:
        fits = " ".join(decision.value.lower().split()) in EMPTY_WORDS
        return "" if fits else f"{decision.value!r} is no decision on it: write {' or '.join(EMPTY_WORDS)}"
    if kind == TOTAL_PREFIX:
        return _total_fault(decision.value, page, exams)
    if kind in ("page", "booklet"):
        words = COPY_WORDS if isinstance(page, PageRead) else DECIDABLE
        fits = decision.value.strip().lower() in words
        return "" if fits else f"{decision.value!r} is no decision on a page: write {' or '.join(words)}"
    return unknown


def _question(page: PageResult, question: str, exams: Mapping[tuple[str, str], Exam]) -> Question | None:
    if not isinstance(page, PageRead):
        return None
    ours = (
        [exams[page.code.exam, page.code.version]]
        if page.code and (page.code.exam, page.code.version) in exams
        else list(exams.values())
    )
    return next((asked for exam in ours for asked in exam.questions if asked.id == question), None)


def corrections(value: str) -> dict[str, str] | None:
    """What a decision on a cover's total corrects: "2.1=3; 2.2=4" by question.

    Returns
    -------
    dict or None
        Empty when the sheets are right as they were read; None: it is no such decision.
    """
    if value.strip().lower() == SHEETS_COUNT:
        return {}
    parts = [part.partition("=") for part in value.split(";") if part.strip()]
    found = {name.strip(): said.strip() for name, _, said in parts}
    return found if found and all(found) and all(found.values()) and len(found) == len(parts) else None


def _total_fault(value: str, page: PageResult, exams: Mapping[tuple[str, str], Exam]) -> str:
    corrected = corrections(value)
    if corrected is None:
        return f"{value!r} is no decision on a total: write {SHEETS_COUNT}, or what is right, such as 2.1=3"
    for name, said in corrected.items():
        asked = _question(page, name, exams)
        fault = f"there is no question {name}" if asked is None else _answer_fault(asked, said)
        if fault:
            return fault
    return ""


def _answer_fault(question: Question, value: str) -> str:
    try:
        decide_answer(question, value, Answer(question=question.id), "")
    except ValueError as error:
        return str(error)
    return ""
