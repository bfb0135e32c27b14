"""Whether a person's decisions fit what they decide on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.exam import BASE_VERSION
from pipeline.model import WITHDRAWN, Answer, Decision, Exam, Group, Layout, PageRead, PageResult, Question
from pipeline.reading.answers import decide_answer
from pipeline.reading.given_points import POINTS_PREFIX, given_points
from pipeline.reading.handed_in_empty import EMPTY_PREFIX, EMPTY_WORDS
from pipeline.reading.ledger import DECIDABLE
from pipeline.reading.names import page_name

Version = tuple[str, str]
"""(exam id, version)"""

COPY_WORDS = ("count", "ignore")
"""What may be said of one of several copies."""
TOTAL_PREFIX = "total"
SHEETS_COUNT = "sheets"
"""What may be said of a cover that says another total: the sheets are right."""


def standing_decisions(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The last decision on each doubt, without those that were withdrawn."""
    last = {decision.doubt: decision for decision in decisions}
    return {doubt: decision for doubt, decision in last.items() if decision.value != WITHDRAWN}


def open_rows(sample: Iterable[str], decisions: Iterable[Decision]) -> int:
    """How many boxes of a sample of a second look nobody has said anything of."""
    return len(set(sample) - standing_decisions(decisions).keys())


def decision_faults(
    decisions: Iterable[Decision],
    results: Sequence[PageResult],
    exams: Mapping[Version, Exam],
    layouts: Mapping[str, Layout],
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
    layouts
        Every layout that pages of the folder were read with, by its hash.
    """
    pages = {page_name(result.source): result for result in results}
    faults = {}
    for decision in decisions:
        page = pages.get("-".join(decision.doubt.split("-")[1:3]))
        layout = layouts.get(page.layout_hash) if isinstance(page, PageRead) else None
        asked = Asked(exam=_exam_of(page, layout, exams), layout=layout)
        what = _fault(decision, page, asked)
        if what:
            faults[decision.doubt] = what
    return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the page of a decision asks."""

    exam: Exam | None
    layout: Layout | None

    def fault(self, name: str, value: str) -> str | None:
        """What is wrong with an answer; "" for one that fits, None where there is no such question."""
        questions = self.exam.questions if self.exam else ()
        question = next((question for question in questions if question.id == name), None)
        if question is None:
            return None
        pages = self.layout.pages if self.layout else ()
        options = {box.option for page in pages for box in page.boxes if box.question == name}
        try:
            decide_answer(question, value, Answer(question=name), "", options)
        except ValueError as error:
            return str(error)
        return ""

    def points_fault(self, name: str, value: str) -> str | None:
        """What is wrong with points that are given; "" for such that fit, None where nothing is scored so."""
        every: list[Question | Group] = [*self.exam.questions, *self.exam.groups] if self.exam else []
        asked = next((one for one in every if one.id == name), None)
        if asked is None or (isinstance(asked, Question) and asked.group):
            return None
        try:
            given_points(asked, value)
        except ValueError as error:
            return str(error)
        return ""


def _fault(decision: Decision, page: PageResult | None, asked: Asked) -> str:
    kind, _, rest = decision.doubt.partition("-")
    _, _, question = rest.partition("-")[2].partition("-")
    unknown = f"there is no doubt {decision.doubt} in this folder: leave the column doubt as it was written"
    if page is None or decision.value == WITHDRAWN:
        return unknown if page is None else ""
    if kind == "answer":
        fault = asked.fault(question, decision.value)
        return unknown if fault is None else fault
    if kind == POINTS_PREFIX:
        fault = asked.points_fault(question, decision.value)
        return unknown if fault is None else fault
    if kind == "student":
        return "" if decision.value.strip() else "write a student id"
    if kind == EMPTY_PREFIX:
        fits = " ".join(decision.value.lower().split()) in EMPTY_WORDS
        return "" if fits else f"{decision.value!r} is no decision on it: write {' or '.join(EMPTY_WORDS)}"
    if kind == TOTAL_PREFIX:
        return _total_fault(decision.value, asked)
    if kind in ("page", "booklet"):
        words = COPY_WORDS if isinstance(page, PageRead) else DECIDABLE
        fits = decision.value.strip().lower() in words
        return "" if fits else f"{decision.value!r} is no decision on a page: write {' or '.join(words)}"
    return unknown


def _exam_of(page: PageResult | None, layout: Layout | None, exams: Mapping[Version, Exam]) -> Exam | None:
    """The exam that a page is of, by its code or by the layout that it was read with."""
    if isinstance(page, PageRead) and page.code:
        return exams.get((page.code.exam, page.code.version))
    return exams.get((layout.exam, layout.version or BASE_VERSION)) if layout else None


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


def _total_fault(value: str, asked: Asked) -> str:
    corrected = corrections(value)
    if corrected is None:
        return f"{value!r} is no decision on a total: write {SHEETS_COUNT}, or what is right, such as 2.1=3"
    for name, said in corrected.items():
        fault = asked.fault(name, said)
        if fault is None:
            return f"there is no question {name}"
        if fault:
            return fault
    return ""
