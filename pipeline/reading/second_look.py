"""The second look: a random sample of certain boxes that a person compares with the paper.

What the reader is sure of is shown to nobody. So a person looks at some of it, drawn at random:
half of it boxes that were read as marked, half that were not, because there are many more of the
latter and a reader that overlooks faint marks must not hide among them. Pure but for
:func:`crop_box`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import (
    Answer,
    Assembly,
    Box,
    BoxState,
    Decision,
    Kind,
    PageMarks,
    PageRead,
    PageSource,
)
from pipeline.reading.answers import ReadBox
from pipeline.reading.image import as_gray, turn
from pipeline.reading.ingest import load_page
from pipeline.reading.names import page_name

LOOK_PREFIX = "look-"
LOOK_WORDS = (BoxState.MARKED.value, BoxState.EMPTY.value, BoxState.CANCELLED.value)
"""What may be said of a box; ``ok`` says what was read."""
AROUND = (3.2, 1.8)
"""How much of the paper to show on each side of a box, in widths and heights of it."""
REACH = 0.68
"""From the centre of a box to the frame around it, in widths and heights of it."""
PALE = 0.45
"""How much of its darkness is left to what lies outside the frame."""

Truths = Mapping[str, Mapping[tuple[str, str], tuple[BoxState, str]]]
"""By page name, then (question, option): what a person saw, and who."""
Place = tuple[str, int]
"""File and page."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One box of the sample."""

    marks: PageMarks
    index: int
    """Of the box, in the order of the page layout."""

    @property
    def box(self) -> Box:
        """The box as the layout has it."""
        return self.marks.page.boxes[self.index]

    @property
    def state(self) -> BoxState:
        """What was read."""
        return self.marks.states.states[self.index]

    @property
    def name(self) -> str:
        """Names the box in decisions: its page's bytes, question and option."""
        return look_name(self.marks.read.source, self.box)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookCounts:
    """How many boxes are certain, how many of them a person saw, and how many of those are misread.

    A box is misread when the reading says marked and the writer did not mean a mark, or the other
    way round: what stands undone and what is empty come to the same.
    """

    marked: int = 0
    marked_seen: int = 0
    marked_wrong: int = 0
    unmarked: int = 0
    unmarked_seen: int = 0
    unmarked_wrong: int = 0


def look_name(source: PageSource, box: Box) -> str:
    """Name of the decision on one box."""
    return f"{LOOK_PREFIX}{page_name(source)}-{box.question}:{box.option}"


def look_truths(decisions: Iterable[Decision]) -> Truths:
    """What a person saw in boxes, by page; decisions on other things are passed over."""
    truths: dict[str, dict[tuple[str, str], tuple[BoxState, str]]] = {}
    for decision in decisions:
        if not decision.doubt.startswith(LOOK_PREFIX) or decision.value not in LOOK_WORDS:
            continue
        digest, number, rest = decision.doubt.removeprefix(LOOK_PREFIX).split("-", 2)
        question, _, option = rest.partition(":")
        page = truths.setdefault(f"{digest}-{number}", {})
        page[question, option] = (BoxState(decision.value), decision.by)
    return truths


def corrected_boxes(
    question: str, boxes: Sequence[ReadBox], seen: Mapping[tuple[str, str], tuple[BoxState, str]]
) -> tuple[list[ReadBox], str]:
    """The boxes of a question as a person saw them, and who corrected one of them, if any."""
    result, by = list(boxes), ""
    for place, box in enumerate(boxes):
        state, who = seen.get((question, box.option), (box.state, ""))
        if (state is BoxState.MARKED) != (box.state is BoxState.MARKED):
            result[place] = replace(box, state=state, p_marked=float(state is BoxState.MARKED))
            by = who
    return result, by


# --- the sample --------------------------------------------------------------------------------


def certain_boxes(assembly: Assembly, truths: Truths) -> list[tuple[PageMarks, NDArray[np.intp]]]:
    """Boxes that no person was asked about or has decided on, per page.

    Those that were looked at before stay among them: their answers may be decided by that look.
    """
    certain, open_ones = _questions(assembly)
    found = []
    for marks in assembly.marks:
        place = (marks.read.source.file, marks.read.source.page)
        if place not in certain:
            continue
        questions = certain[place] - open_ones[place]
        if "" not in open_ones[place]:
            questions |= {name for name, kind in marks.layout.questions.items() if kind.kind is Kind.ID}
        seen = truths.get(page_name(marks.read.source), {})
        indices = [
            index
            for index, (box, state) in enumerate(zip(marks.page.boxes, marks.states.states, strict=True))
            if state is not BoxState.DOUBTFUL
            and (box.question in questions or (box.question, box.option) in seen)
        ]
        found.append((marks, np.array(indices, dtype=np.intp)))
    return found


def _questions(assembly: Assembly) -> tuple[dict[Place, set[str]], dict[Place, set[str]]]:
    """Questions with a certain answer, and those without, by page; "" stands for whose it is."""
    certain: dict[Place, set[str]] = {}
    open_ones: dict[Place, set[str]] = {}
    for booklet in assembly.booklets:
        for answer in booklet.answers.values():
            place = (answer.file, answer.page)
            sure = not answer.doubtful and not answer.decided_by
            for kind, belongs in ((certain, sure), (open_ones, not sure)):
                kind.setdefault(place, set()).update([answer.question] if belongs else [])
            if booklet.open_questions:
                open_ones[place].add("")
    return certain, open_ones


def draw_looks(assembly: Assembly, truths: Truths, count: int, seed: int) -> tuple[Look, ...]:
    """Draw a sample of certain boxes, half of them read as marked, in the order of the scans.

    Parameters
    ----------
    assembly
        The batch.
    truths
        What was looked at before; it is neither left out nor preferred.
    count
        How many boxes; fewer when there are not so many, and more of one kind when the other has
        too few.
    seed
        Same batch and seed, same sample.
    """
    kinds: tuple[list[Look], list[Look]] = ([], [])
    for marks, indices in certain_boxes(assembly, truths):
        for index in indices:
            look = Look(marks=marks, index=int(index))
            kinds[look.state is BoxState.MARKED].append(look)
    rng = np.random.default_rng(seed)
    unmarked, marked = kinds
    wanted = min(max(count - count // 2, count - len(unmarked)), len(marked))
    drawn: list[Look] = []
    for looks, number in ((marked, wanted), (unmarked, min(count - wanted, len(unmarked)))):
        drawn += [looks[int(place)] for place in rng.choice(len(looks), number, replace=False)]
    order = {id(marks): place for place, marks in enumerate(assembly.marks)}
    return tuple(sorted(drawn, key=lambda look: (order[id(look.marks)], look.index)))


def count_looks(assembly: Assembly, truths: Truths) -> LookCounts:
    """Compare what a person saw with what was read."""
    if not truths:
        return LookCounts()
    counts = dict.fromkeys(LookCounts.__dataclass_fields__, 0)
    for marks, indices in certain_boxes(assembly, truths):
        seen = truths.get(page_name(marks.read.source), {})
        for index in indices:
            box, state = marks.page.boxes[index], marks.states.states[index]
            kind = "marked" if state is BoxState.MARKED else "unmarked"
            counts[kind] += 1
            if (box.question, box.option) in seen:
                truth, _ = seen[box.question, box.option]
                counts[f"{kind}_seen"] += 1
                counts[f"{kind}_wrong"] += (truth is BoxState.MARKED) != (state is BoxState.MARKED)
    return LookCounts(**counts)


def corrected_answer(answer: Answer, by: str) -> Answer:
    """The answer of a question of which a person corrected a box; still a doubt if it is one."""
    return replace(answer, decided_by=by) if by and not answer.doubtful else answer


# --- the paper ---------------------------------------------------------------------------------


def upright_page(read: PageRead) -> NDArray[np.uint8]:
    """Open a page that was read, turned as it was when its boxes were measured.

    Raises
    ------
    UnreadablePage
        When its file is not there any more, or cannot be read.
    """
    return turn(load_page(read.source).gray, read.quality.quarter_turns)


def crop_box(gray: NDArray[np.uint8], place: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut a box with its surroundings out of an upright page; a frame shows which it is, all else is pale.

    Parameters
    ----------
    gray
        (height, width), upright.
    place
        (4,): centre x, centre y, width, height of the box, px.
    """
    x, y, w, h = (float(value) for value in place)
    left, top = round(x - (AROUND[0] + 0.5) * w), round(y - (AROUND[1] + 0.5) * h)
    width, height = round((2 * AROUND[0] + 1) * w), round((2 * AROUND[1] + 1) * h)
    scale = max(1.0, 240.0 / max(height, 1))
    moved = np.array([[scale, 0.0, -left * scale], [0.0, scale, -top * scale]])
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    crop = cv2.warpAffine(gray, moved, size, flags=cv2.INTER_LINEAR, borderValue=(255,))
    edges = [(x - REACH * w - left) * scale, (x + REACH * w - left) * scale]
    edges += [(y - REACH * h - top) * scale, (y + REACH * h - top) * scale]
    x0, x1, y0, y1 = (max(0, round(edge)) for edge in edges)
    faded = as_gray(np.rint(255.0 - PALE * (255.0 - crop)))
    faded[y0:y1, x0:x1] = crop[y0:y1, x0:x1]
    cv2.rectangle(faded, (x0, y0), (x1, y1), (90,), 2)
    return faded
