"""Boxes become questions: by the numbers and words that the page prints around them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipeline.model import Kind
from pipeline.paper.template.examiner import credit_questions, grid_questions, owner_question
from pipeline.paper.template.labels import number_of
from pipeline.paper.template.name_options import Part, Seen, explicit_questions, name_options
from pipeline.paper.template.neighbours import Neighbours
from pipeline.paper.template.numbering import (
    Candidate,
    Node,
    Numbering,
    candidates_of,
    column_of,
    column_starts,
)
from pipeline.paper.template.numberless import rows_and_blocks
from pipeline.paper.template.points import (
    points_for_each,
    printed_points,
    section_points,
    with_heading_points,
)
from pipeline.paper.template.records import (
    BlankPage,
    FoundBox,
    FoundQuestion,
    Grouping,
    NamedBox,
    SetAside,
    Unboxed,
    Word,
)
from pipeline.paper.template.scales import LABEL_REACH, CreditColumn, DigitGrid, credit_columns, digit_grids
from pipeline.paper.template.wording import kind_said, shortened, text_of

NO_NUMBER = "no question's number stands before it"
_MOST_TITLE = 90
_LINE = 1.7
"""Height within which things stand on one line, mm."""
_TIGHT = 9.0
"""Most distance of the lines of a list inside a question, mm."""


@dataclass(slots=True, eq=False)
class Sheet:
    """One page while it is being grouped."""

    page: BlankPage
    around: Neighbours
    grids: list[DigitGrid]
    credits: list[CreditColumn]
    answers: list[FoundBox]
    labels: list[Word]
    columns: tuple[float, ...] = (0.0,)
    candidates: list[Candidate] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Draft:
    """A number with the words and boxes that follow it."""

    node: Node
    words: list[Word] = field(default_factory=list)
    boxes: list[Seen] = field(default_factory=list)
    behind: list[Word] = field(default_factory=list)
    """Words beside and behind its boxes."""
    doubts: list[str] = field(default_factory=list)
    said: Kind | None = None
    """What the words before the question say of the number of right options."""

    @property
    def places(self) -> list[FoundBox]:
        """Its boxes on the page of its number."""
        return [seen.box for seen in self.boxes if seen.page == self.node.candidate.page]


def group_boxes(pages: Sequence[BlankPage]) -> Grouping:
    """Name every box of a blank exam: its question and its option.

    Parameters
    ----------
    pages
        With their boxes.

    Returns
    -------
    Grouping
        Questions in the order of reading, each with what is doubtful about it; and the boxes that
        belong to none.
    """
    if any(box.name for page in pages for box in page.boxes):
        return explicit_questions(pages)
    aside: list[SetAside] = []
    sheets = [_sheet(page, aside) for page in pages]
    drafts, loose, preface = _walk(sheets)
    _give_lists_back(drafts)
    asked = [draft for draft in drafts if draft.boxes]
    if asked or all(owner_question(seen) for seen in loose):
        questions = [question for draft in asked for question in _questions(draft)]
    else:
        questions, loose = rows_and_blocks(loose), []
    for sheet in sheets:
        questions += grid_questions(sheet.page, sheet.grids, sheet.around, drafts)
        questions += credit_questions(sheet.page, sheet.credits, drafts, questions)
    for seen in loose:
        owner = owner_question(seen)
        if owner is None:
            aside.append(SetAside(page=seen.page, box=seen.box, why=NO_NUMBER))
        else:
            questions.append(owner)
    named = _unique(questions)
    unboxed = _unboxed(drafts, {question.id for question in named})
    named = with_heading_points(named, unboxed, drafts, section_points(pages), points_for_each(preface))
    return Grouping(questions=_in_reading_order(named), set_aside=tuple(aside), unboxed=unboxed)


def _unboxed(drafts: Sequence[Draft], named: Set[str]) -> tuple[Unboxed, ...]:
    """Numbers that print points, and have neither boxes nor parts."""
    parents = {id(draft.node.parent) for draft in drafts}
    found: dict[str, Unboxed] = {}
    for draft in drafts:
        printed, name = printed_points(draft), draft.node.id
        whole = draft.node.level not in ("part", "heading") and id(draft.node) not in parents
        if draft.boxes or printed.points is None or not whole or name in named:
            continue
        title, page = shortened(printed.rest, _MOST_TITLE), draft.node.candidate.page
        found.setdefault(name, Unboxed(id=name, page=page, points=printed.points, title=title))
    return tuple(found.values())


def _sheet(page: BlankPage, aside: list[SetAside]) -> Sheet:
    """Tell answers, digit grids and credits apart, and set aside what has nothing to do with them."""
    around = Neighbours(page, page.boxes)
    grids = digit_grids(page.boxes, around)
    in_grids = {box for grid in grids for box in grid.boxes}
    credits = credit_columns([box for box in page.boxes if box not in in_grids], around)
    special = in_grids | {box for column in credits for box in column.boxes}
    answers = []
    for box in page.boxes:
        if box in special:
            continue
        if box.joined and not around.inside(box):
            aside.append(SetAside(page=page.number, box=box, why="it is a cell of a table"))
        elif page.words and not around.says_something(box):
            aside.append(SetAside(page=page.number, box=box, why="no text stands beside it"))
        else:
            answers.append(box)
    labels = [word for word in page.words if any(_labels(word, box) for box in page.boxes)]
    labels += [w for w in page.words for column in credits if _credit_label(w, column)]
    sheet = Sheet(
        page=page,
        around=replace(around, boxes=tuple(box for box in page.boxes)),
        grids=grids,
        credits=credits,
        answers=answers,
        labels=labels,
    )
    found = candidates_of(page, answers, labels)
    sheet.columns = column_starts(found, page.width)
    sheet.candidates = [replace(one, column=column_of(one.word.x, sheet.columns)) for one in found]
    return sheet


def _labels(word: Word, box: FoundBox) -> bool:
    return box.holds(word.middle) and word.w < box.w


def _credit_label(word: Word, column: CreditColumn) -> bool:
    """Whether a word is a number of an examiner's column."""
    if number_of(word.text) not in column.credits and len(word.text) > 2:
        return False
    return any(
        box.x - LABEL_REACH < word.right
        and word.x < box.right + LABEL_REACH
        and box.y - 3.5 < word.middle[1] < box.bottom + 3.5
        for box in column.boxes
    ) and (number_of(word.text) is not None)


# --- the order of reading --------------------------------------------------------------------------


def _walk(sheets: Sequence[Sheet]) -> tuple[list[Draft], list[Seen], list[Word]]:
    """Give each box and word to the number that it follows; those before any number are loose."""
    numbering = Numbering([one for sheet in sheets for one in _ordered_candidates(sheet)])
    drafts: list[Draft] = []
    loose: list[Seen] = []
    said: Kind | None = None
    preface: list[Word] = []
    index = 0
    for sheet in sheets:
        waiting = {one.word: one for one in sheet.candidates}
        for item in _reading_order(sheet):
            if isinstance(item, FoundBox):
                seen = Seen(page=sheet.page.number, box=item, around=sheet.around)
                if owner_question(seen) is not None:
                    loose.append(seen)
                    continue
                (drafts[-1].boxes if drafts else loose).append(seen)
                numbering.note_box()
                continue
            if item in waiting:
                node = numbering.add(index)
                index += 1
                if node is not None:
                    said = _lead(drafts[-1] if drafts else None, preface, said)
                    drafts.append(Draft(node=node, said=said))
                    continue
            if not drafts:
                preface.append(item)
            elif not drafts[-1].boxes:
                drafts[-1].words.append(item)
            elif sheet.page.number == drafts[-1].node.candidate.page:
                drafts[-1].behind.append(item)
    return drafts, loose, preface


def _lead(last: Draft | None, preface: Sequence[Word], said: Kind | None) -> Kind | None:
    """What words outside the questions say of the number of right options, up to here."""
    if last is None:
        return kind_said(text_of(preface))
    if last.boxes:
        return said
    own = kind_said(text_of(last.words))
    return own or (None if last.node.level in ("part", "heading") and not own else said)


def _ordered_candidates(sheet: Sheet) -> list[Candidate]:
    by_word = {one.word: one for one in sheet.candidates}
    return [by_word[item] for item in _reading_order(sheet) if isinstance(item, Word) and item in by_word]


def _reading_order(sheet: Sheet) -> list[Word | FoundBox]:
    """Words and boxes column by column, line by line."""
    labels = set(sheet.labels)
    items: list[Word | FoundBox] = [word for word in sheet.page.words if word not in labels]
    items += sheet.answers
    ordered: list[Word | FoundBox] = []
    for column in range(len(sheet.columns)):
        inside = [item for item in items if column_of(item.x, sheet.columns) == column]
        line: list[Word | FoundBox] = []
        for item in sorted(inside, key=lambda one: one.middle[1]):
            if line and item.middle[1] - line[0].middle[1] > _LINE:
                ordered += sorted(line, key=lambda one: one.x)
                line = []
            line.append(item)
        ordered += sorted(line, key=lambda one: one.x)
    return ordered


def _give_lists_back(drafts: Sequence[Draft]) -> None:
    """A list inside a question, "(a) ... (b) ... (c) ...", does not own the boxes that follow it."""
    for draft in drafts:
        children = [one for one in drafts if one.node.parent is draft.node]
        if draft.boxes or len(children) < 2 or not children[-1].boxes:
            continue
        if any(child.boxes for child in children[:-1]):
            continue
        lines = [child.node.candidate for child in children]
        tight = all(
            upper.page == lower.page and lower.word.y - upper.word.y < _TIGHT
            for upper, lower in pairwise(lines)
        )
        if not tight or any(printed_points(child).points for child in children):
            children[-1].doubts.append("it alone of its fellows has boxes")
            continue
        draft.boxes, children[-1].boxes = children[-1].boxes, []
        draft.doubts.append(f"its list from {lines[0].word.text} to {lines[-1].word.text} is taken for text")


# --- questions -------------------------------------------------------------------------------------


def _questions(draft: Draft) -> list[FoundQuestion]:
    text, printed = text_of(draft.words), printed_points(draft)
    doubts = [*draft.doubts, *([printed.doubt] if printed.doubt else [])]
    if draft.node.level == "part":
        doubts.append("its boxes follow the heading of a part")
    pages = sorted({seen.page for seen in draft.boxes})
    parts = name_options(draft.boxes)
    if pages[-1] > draft.node.candidate.page and len(pages) > 1:
        doubts.append(f"its boxes go on on page {pages[-1]}")
    if len(draft.boxes) == 1:
        doubts.append("it has one box only")
    if any(seen.box.faint for seen in draft.boxes):
        doubts.append("the outline of its boxes is very faint")
    title = shortened(printed.rest, _MOST_TITLE)
    found = []
    for part in parts:
        kind, unsaid = _kind(part, text, draft)
        found.append(
            FoundQuestion(
                id=draft.node.id + part.suffix,
                kind=kind,
                boxes=part.boxes,
                title=title,
                points=printed.points if len(parts) == 1 or printed.each else None,
                doubts=(*doubts, *part.doubts, *unsaid),
            )
        )
    if len(parts) > 1 and printed.points is not None and not printed.each:
        doubt = (
            f"{printed.points} points are printed over its {len(parts)} parts together: write those of each"
        )
        found[0] = replace(found[0], doubts=(*found[0].doubts, doubt))
    return found


def _kind(part: Part, text: str, draft: Draft) -> tuple[Kind, tuple[str, ...]]:
    if part.kind is not None:
        return part.kind, ()
    said = kind_said(text) or draft.said
    if said is not None:
        return said, ()
    if all(box.box.shape == "circle" for box in part.boxes):
        return Kind.CHOICE, ()
    return Kind.CHOICES, ("nothing says whether one answer is right or several",)


def _unique(questions: Sequence[FoundQuestion]) -> list[FoundQuestion]:
    """Questions with an id each; one that comes again gets a mark, and a doubt."""
    found: list[FoundQuestion] = []
    taken: set[str] = set()
    for question in questions:
        name, again = question.id, 1
        while name in taken or (name == "id" and question.kind is not Kind.ID):
            again += 1
            name = f"{question.id}-{again}"
        taken.add(name)
        if name != question.id:
            doubt = f"the number {question.id} comes {again} times"
            question = replace(question, id=name, doubts=(*question.doubts, doubt))  # noqa: PLW2901
        found.append(question)
    return found


def _in_reading_order(questions: Sequence[FoundQuestion]) -> tuple[FoundQuestion, ...]:
    """Questions by page, else as they were found; those of examiners behind the others of their page."""
    return tuple(sorted(questions, key=lambda question: question.page))


def boxes_of(questions: Sequence[FoundQuestion]) -> tuple[NamedBox, ...]:
    """All boxes of questions, in their order."""
    return tuple(box for question in questions for box in question.boxes)
