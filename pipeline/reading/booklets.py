"""The copies of one booklet: which page counts, and what it answers.

A booklet is everything scanned under one printed serial (or, on paper that carries no code of
ours, one run of pages). When a sheet was scanned twice with equal answers the later one is a
duplicate; when the answers differ, neither counts until a person has said which one does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import (
    Answer,
    BoxState,
    Decision,
    Exam,
    Kind,
    Layout,
    PageLayout,
    PageMarks,
    PageRead,
    PageStates,
)
from pipeline.reading.answers import ReadBox, decide_answer, question_boxes, read_answer
from pipeline.reading.given_points import points_name, with_given_points
from pipeline.reading.marks import StudentPages
from pipeline.reading.names import page_name
from pipeline.reading.second_look import Truths, corrected_answer, corrected_boxes

Decide = Callable[[Sequence[StudentPages]], tuple[tuple[PageStates, ...], ...]]
"""Decides the states of all pages of each student together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copy:
    """One scan of one sheet."""

    read: PageRead
    layout: Layout
    page: PageLayout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """One sheet of a booklet after its copies have been compared."""

    marks: PageMarks
    duplicates: tuple[Copy, ...] = ()
    differing: tuple[Copy, ...] = ()
    """Copies that disagree and of which no one has been chosen; the first is ``marks.read``."""
    differences: tuple[str, ...] = ()
    """Questions on which the copies disagree, also when a person has chosen one of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """All copies that belong to one booklet, in the order of the scans."""

    exam: str
    version: str
    serial: int | None
    copies: tuple[Copy, ...]
    set_aside: tuple[Copy, ...] = field(default=())
    """Copies that a person told to ignore."""
    name: str = ""
    """What a page code of others calls the booklet: E0743."""


def resolve_sheets(
    groups: Sequence[Group], decisions: Mapping[str, Decision], decide: Decide
) -> list[tuple[Sheet, ...]]:
    """Compare the copies of each sheet and decide its states, with the whole booklet as context.

    Parameters
    ----------
    groups
        The copies of each booklet; all booklets are decided together, which is much faster.
    decisions
        What people decided, by the doubt's name.
    decide
        Decides the states.

    Returns
    -------
    The sheets of each group, in the order of their numbers.
    """
    sheets = [_by_sheet(group) for group in groups]
    doubts = _doubts([copies for of_group in sheets for copies in of_group], decide)
    chosen = [[_preferred(copies, decisions, doubts) for copies in of_group] for of_group in sheets]
    states = decide([_pages(copies) for copies in chosen])
    again = _decided_again(sheets, chosen, decide)
    return [
        tuple(
            _compare(
                page_marks(copy, one), again.get((number, place), []), _decision(copy, decisions) == "count"
            )
            for place, (copy, one) in enumerate(zip(copies, of_booklet, strict=True))
        )
        for number, (copies, of_booklet) in enumerate(zip(chosen, states, strict=True))
    ]


def _by_sheet(group: Group) -> list[list[Copy]]:
    """The copies of each sheet, in the order of the sheets."""
    found: dict[int, list[Copy]] = {}
    for copy in group.copies:
        found.setdefault(copy.read.sheet, []).append(copy)
    return [found[sheet] for sheet in sorted(found)]


def _pages(copies: Iterable[Copy]) -> StudentPages:
    return [(copy.read, copy.layout, copy.page) for copy in copies]


def _decision(copy: Copy, decisions: Mapping[str, Decision]) -> str:
    decision = decisions.get(f"page-{page_name(copy.read.source)}")
    return decision.value.strip().lower() if decision else ""


def _preferred(copies: Sequence[Copy], decisions: Mapping[str, Decision], doubts: Mapping[int, int]) -> Copy:
    """The copy that a person chose; else the one with the fewest doubts, the first of equals."""
    counted = [copy for copy in copies if _decision(copy, decisions) == "count"]
    return counted[-1] if counted else min(copies, key=lambda copy: doubts.get(id(copy), 0))


def _doubts(sheets: Iterable[Sequence[Copy]], decide: Decide) -> dict[int, int]:
    """Doubtful boxes of each copy by itself, by its identity, where a sheet was scanned more than once."""
    several = [copy for copies in sheets if len(copies) > 1 for copy in copies]
    alone = decide([_pages([copy]) for copy in several])
    return {
        id(copy): sum(state is BoxState.DOUBTFUL for state in states.states)
        for copy, (states,) in zip(several, alone, strict=True)
    }


def _decided_again(
    sheets: Sequence[Sequence[Sequence[Copy]]], chosen: Sequence[Sequence[Copy]], decide: Decide
) -> dict[tuple[int, int], list[tuple[Copy, PageStates]]]:
    """Every copy that was not chosen, with its states in the place of the chosen one.

    By the number of the booklet and the place of the sheet in it.
    """
    others = [
        (number, place, copy)
        for number, of_group in enumerate(sheets)
        for place, copies in enumerate(of_group)
        for copy in copies
        if copy is not chosen[number][place]
    ]
    contexts = [
        _pages([*chosen[number][:place], copy, *chosen[number][place + 1 :]])
        for number, place, copy in others
    ]
    found: dict[tuple[int, int], list[tuple[Copy, PageStates]]] = {}
    for (number, place, copy), states in zip(others, decide(contexts), strict=True):
        found.setdefault((number, place), []).append((copy, states[place]))
    return found


def page_marks(copy: Copy, states: PageStates) -> PageMarks:
    """A copy with its states."""
    return PageMarks(read=copy.read, layout=copy.layout, page=copy.page, states=states)


def _compare(marks: PageMarks, others: Sequence[tuple[Copy, PageStates]], settled: bool) -> Sheet:
    """Tell other copies that agree (duplicates) from those that differ."""
    duplicates: list[Copy] = []
    differing: list[Copy] = []
    differences: set[str] = set()
    for copy, states in others:
        questions = _disagreements(marks, states) if copy.page == marks.page else set(_questions(marks))
        differences |= questions
        if questions and not settled:
            differing.append(copy)
        else:
            duplicates.append(copy)
    return Sheet(
        marks=marks,
        duplicates=tuple(duplicates),
        differing=(Copy(read=marks.read, layout=marks.layout, page=marks.page), *differing)
        if differing
        else (),
        differences=tuple(dict.fromkeys(b.question for b in marks.page.boxes if b.question in differences)),
    )


def _questions(marks: PageMarks) -> Iterable[str]:
    return (box.question for box in marks.page.boxes)


def _disagreements(marks: PageMarks, other: PageStates) -> set[str]:
    """Questions of which one copy has a clear mark where the other clearly has none."""
    found = set()
    for box, one, two in zip(marks.page.boxes, marks.states.states, other.states, strict=True):
        clear = BoxState.DOUBTFUL not in (one, two)
        if clear and (one is BoxState.MARKED) != (two is BoxState.MARKED):
            found.add(box.question)
    return found


def boxes_by_question(marks: PageMarks) -> Mapping[str, list[ReadBox]]:
    """The boxes of a page that has been decided, grouped by question."""
    return question_boxes(
        [(box.question, box.option) for box in marks.page.boxes],
        marks.states.states,
        [float(p) for p in marks.states.p_marked],
        marks.states.flags,
    )


def id_boxes(sheets: Sequence[Sheet], truths: Truths) -> list[ReadBox]:
    """Boxes of the student-id grid, in the order of the layout, as a person saw those looked at."""
    found: list[ReadBox] = []
    for sheet in sheets:
        kinds = sheet.marks.layout.questions
        seen = truths.get(page_name(sheet.marks.read.source), {})
        for question, boxes in boxes_by_question(sheet.marks).items():
            if question in kinds and kinds[question].kind is Kind.ID:
                found.extend(corrected_boxes(question, boxes, seen)[0])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BadDecision:
    """A decision that does not fit its doubt; it is reported and not applied."""

    doubt: str
    message: str


def read_answers(
    exam: Exam, sheets: Sequence[Sheet], decisions: Mapping[str, Decision], truths: Truths
) -> tuple[dict[str, Answer], dict[str, str], list[BadDecision]]:
    """Answers of a booklet.

    Returns
    -------
    answers
        By question; questions on sheets that were not read, or not all of them, are absent.
    doubts
        By question, the name of its doubt (also for questions that are clear: an appeal decides
        by the same name).
    bad
        Decisions that could not be applied.
    """
    boxes: dict[str, list[ReadBox]] = {}
    places: dict[str, PageRead] = {}
    unclear: dict[str, PageRead] = {}
    withheld: dict[str, str] = {}
    correctors: dict[str, str] = {}
    for sheet in sheets:
        seen = truths.get(page_name(sheet.marks.read.source), {})
        for name, found in boxes_by_question(sheet.marks).items():
            looked_at, by = corrected_boxes(name, found, seen)
            correctors[name] = by or correctors.get(name, "")
            boxes.setdefault(name, []).extend(looked_at)
            places.setdefault(name, sheet.marks.read)
            if any(not box.clear for box in looked_at):
                unclear.setdefault(name, sheet.marks.read)
            if sheet.differing:
                withheld[name] = f"copies of sheet {sheet.marks.read.sheet} differ"
    answers: dict[str, Answer] = {}
    names: dict[str, str] = {}
    bad: list[BadDecision] = []
    cut = _cut_off(sheets)
    for question in exam.questions:
        if question.id not in boxes:
            continue
        first = places[question.id]
        shown = unclear.get(question.id, first).source
        answer = read_answer(question, boxes[question.id], file=shown.file, page=shown.page)
        answer = corrected_answer(answer, correctors[question.id])
        names[question.id] = f"answer-{page_name(first.source)}-{question.id}"
        if question.id in withheld:
            answer = _withhold(answer, withheld[question.id])
        elif decision := decisions.get(names[question.id]):
            try:
                options = {box.option for box in boxes[question.id]}
                answer = decide_answer(question, decision.value, answer, decision.by, options)
            except ValueError as error:
                bad.append(BadDecision(doubt=decision.doubt, message=str(error)))
        elif question.id in cut:
            continue
        try:
            answers[question.id] = with_given_points(exam, question, answer, (first.source, shown), decisions)
        except ValueError as error:
            answers[question.id] = answer
            bad.append(BadDecision(doubt=points_name(first.source, question.id), message=str(error)))
    return answers, names, bad


def _cut_off(sheets: Sequence[Sheet]) -> set[str]:
    """Questions with boxes on a sheet that was not read: what stands on their other sheets is not all."""
    if not sheets:
        return set()
    read = {sheet.marks.read.sheet for sheet in sheets}
    missing = [page for page in sheets[0].marks.layout.pages if page.sheet not in read]
    return {box.question for page in missing for box in page.boxes}


def _withhold(answer: Answer, reason: str) -> Answer:
    return Answer(
        question=answer.question,
        doubtful=True,
        reason=reason,
        flags=("copies-differ",),
        confidence=0.0,
        file=answer.file,
        page=answer.page,
    )
