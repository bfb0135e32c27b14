"""Questions that are no choice: digit grids, examiners' credits, and boxes about the whole exam."""

import re
from collections.abc import Sequence, Set

from pipeline.model import EXAM_EMPTY, Kind
from pipeline.paper.template.labels import credit_text
from pipeline.paper.template.name_options import Seen
from pipeline.paper.template.neighbours import Neighbours
from pipeline.paper.template.points import Numbered, Printed, printed_points
from pipeline.paper.template.records import BlankPage, FoundQuestion, NamedBox, Place, Word
from pipeline.paper.template.scales import CreditColumn, DigitGrid
from pipeline.paper.template.wording import shortened, text_of

_ID_WORDS = re.compile(
    r"student|matri[ck]|immatri|\bid\b|number of student|registration|aluno|estudante|legitimation|étudiant",
    re.IGNORECASE,
)
_EMPTY_WORDS = re.compile(
    r"exam(?:ination)? empty|empty exam|leere? (?:abgabe|klausur|prüfung)|not attempted", re.IGNORECASE
)
_NEAR_GRID = 28.0
_REACH = 16.0
"""How far the first line of a question may be from the top of its examiner's column, mm."""


def grid_questions(
    page: BlankPage, grids: Sequence[DigitGrid], around: Neighbours, drafts: Sequence[Numbered]
) -> list[FoundQuestion]:
    """Digit grids as questions: the student's id by the words near it, else the number asked for."""
    found = []
    for grid in grids:
        place = _hull(grid)
        near = [w for w in page.words if _is_near(w, place)]
        is_id = bool(_ID_WORDS.search(text_of(near)))
        boxes = tuple(
            NamedBox(page=page.number, box=box, option=f"d{column}={digit}", label=around.inside(box))
            for column, run in enumerate(grid.columns, 1)
            for digit, box in enumerate(run)
        )
        if is_id:
            found.append(FoundQuestion(id="id", kind=Kind.ID, boxes=boxes))
            continue
        before = [
            draft
            for draft in drafts
            if draft.node.candidate.page == page.number and draft.node.candidate.word.y < place.bottom
        ]
        name = before[-1].node.id if before else f"number-{page.number}-{len(found) + 1}"
        doubt = "a digit grid: say how many decimals it has" if before else "a digit grid without a number"
        printed = printed_points(before[-1]) if before else Printed()
        found.append(
            FoundQuestion(
                id=name,
                kind=Kind.NUMBER,
                boxes=boxes,
                title=shortened(printed.rest, 90),
                points=printed.points,
                doubts=(doubt, *([printed.doubt] if printed.doubt else [])),
            )
        )
    return found


def _hull(grid: DigitGrid) -> Place:
    x, y = min(box.x for box in grid.boxes), min(box.y for box in grid.boxes)
    right, bottom = max(box.right for box in grid.boxes), max(box.bottom for box in grid.boxes)
    return Place(x=x, y=y, w=right - x, h=bottom - y)


def _is_near(word: Word, place: Place) -> bool:
    beside = place.x - 60.0 < word.middle[0] < place.right + 40.0
    return beside and place.y - _NEAR_GRID < word.middle[1] < place.bottom


def credit_questions(
    page: BlankPage,
    columns: Sequence[CreditColumn],
    drafts: Sequence[Numbered],
    others: Sequence[FoundQuestion],
) -> list[FoundQuestion]:
    """Examiners' columns as questions: each belongs to the number whose line is nearest to its top."""
    taken = {question.id for question in others}
    found: list[FoundQuestion] = []
    owners = [_owner(page, column, drafts) for column in columns]
    owned = {id(near.node) for near, _ in owners if near is not None}
    for column, (owner, doubt) in zip(columns, owners, strict=True):
        near = _first_part(page, column, owner, drafts, owned) if owner else None
        doubts = [doubt] if doubt else []
        name = near.node.id if near else f"credits-{page.number}-{len(found) + 1}"
        if name in taken:
            name = f"{name}-credits"
        taken.add(name)
        printed = printed_points(near) if near else Printed()
        if printed.points is not None and printed.points != column.credits[-1]:
            doubts.append(
                f"{credit_text(printed.points)} points are printed, and boxes to"
                f" {credit_text(column.credits[-1])}"
            )
        found.append(
            FoundQuestion(
                id=name,
                kind=Kind.CREDITS,
                boxes=tuple(
                    NamedBox(page=page.number, box=box, option=credit_text(value))
                    for box, value in zip(column.boxes, column.credits, strict=True)
                ),
                title=shortened(printed.rest, 90),
                points=column.credits[-1],
                doubts=tuple(doubts),
            )
        )
    return found


def _owner(page: BlankPage, column: CreditColumn, drafts: Sequence[Numbered]) -> tuple[Numbered | None, str]:
    """The number whose line is nearest to the top of a column, and what is doubtful about it."""
    top = column.boxes[0].middle[1]
    here = [
        draft for draft in drafts if draft.node.candidate.page == page.number and draft.node.level != "part"
    ]
    near = min(here, key=lambda draft: _off(draft, top), default=None)
    if near is None:
        earlier = [draft for draft in drafts if draft.node.candidate.page < page.number]
        return (earlier[-1] if earlier else None), "no number stands beside its credits"
    if _off(near, top) <= _REACH:
        return near, ""
    before = [draft for draft in here if draft.node.candidate.word.middle[1] < top]
    return (before[-1] if before else near), "its number stands far from its credits"


def _off(draft: Numbered, top: float) -> float:
    """How far the line of a number is from the top of a column, mm."""
    return abs(draft.node.candidate.word.middle[1] - top)


def _first_part(
    page: BlankPage, column: CreditColumn, near: Numbered, drafts: Sequence[Numbered], owned: Set[int]
) -> Numbered:
    """The first part of a number, where the column is rather that part's: "Problem 2" above "a)".

    So it is below a heading, and where other parts of the number have columns of their own.
    """
    top = column.boxes[0].middle[1]
    parts = [draft for draft in drafts if draft.node.parent is near.node]
    if not parts or parts[0].node.candidate.page != page.number or _off(parts[0], top) > _REACH:
        return near
    if id(parts[0].node) in owned:
        return near
    others_have = any(id(part.node) in owned for part in parts[1:])
    return parts[0] if near.node.level == "heading" or others_have else near


def owner_question(seen: Seen) -> FoundQuestion | None:
    """The box on a cover page that says that the exam is empty; None for any other box."""
    words = [*seen.around.right(seen.box), *reversed(seen.around.left(seen.box))]
    if not _EMPTY_WORDS.search(text_of(words)):
        return None
    box = NamedBox(page=seen.page, box=seen.box, option="X", text=shortened(text_of(words), 60))
    return FoundQuestion(id=EXAM_EMPTY, kind=Kind.CHOICES, boxes=(box,))
