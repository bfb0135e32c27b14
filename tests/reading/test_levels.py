"""The second opinion alone: how much ink, against the page's empty boxes and the writer's marks."""

from collections.abc import Mapping

import pytest

from pipeline.model import Marking
from pipeline.reading.levels import CANCELLED, EMPTY, MARKED, UNSURE, opinion
from pipeline.reading.page_context import page_contexts
from tests.reading.drawn_boxes import CROSS, DOT, OPTIONS, TICK, Page, Strokes, draw, fill
from tests.reading.simulated_marks import page_read

HEAVY: Strokes = [(points, 1.3, 0.95) for points, _, _ in CROSS]


def levels(page: Page) -> dict[tuple[int, str], int]:
    """What the ink alone says, by question and option."""
    registered = draw(page)
    (context,) = page_contexts([(page_read(registered), registered.layout, registered.page)])
    state = opinion(context).state.tolist()
    names = [(int(box.question), box.option) for box in registered.page.boxes]
    return dict(zip(names, state, strict=True))


def usual(strokes: Strokes, odd: Strokes = ()) -> Mapping[tuple[int, str], Strokes]:
    marks = {(row, OPTIONS[(3 * row) % 5]): strokes for row in range(8)}
    return {**marks, (9, "C"): odd} if odd else marks


@pytest.mark.parametrize(
    ("marking", "strokes"),
    [
        (Marking.FILL, fill()),
        (Marking.ANY, CROSS),
        (Marking.ANY, TICK),
        (Marking.ANY, fill(0.5)),
        (Marking.CROSS_UNDO, CROSS),
    ],
)
@pytest.mark.parametrize("letters", [False, True])
def test_clear_ink_is_a_mark_and_bare_paper_none(marking: Marking, strokes: Strokes, letters: bool) -> None:
    marks = usual(strokes)
    found = levels(Page(marking=marking, letters=letters, marks=marks))
    assert {place for place, state in found.items() if state == MARKED} == set(marks)
    assert {found[place] for place in found.keys() - marks.keys()} == {EMPTY}


@pytest.mark.parametrize("odd", [fill(0.08), fill(0.8, share=0.12), DOT], ids=["pale", "edge", "dot"])
def test_ink_between_the_writers_marks_and_bare_paper_is_left_open(odd: Strokes) -> None:
    assert levels(Page(marking=Marking.FILL, shape="circle", marks=usual(fill(), odd)))[9, "C"] == UNSURE


def test_a_filled_box_is_undone_where_a_cross_chooses_and_a_heavy_cross_is_left_open() -> None:
    found = levels(Page(marking=Marking.CROSS_UNDO, marks={**usual(CROSS, fill(0.9)), (9, "A"): HEAVY}))
    assert found[9, "C"] == CANCELLED
    assert found[9, "A"] == UNSURE


@pytest.mark.parametrize("contrast", [0.35, 0.6, 1.0])
def test_pale_scans_have_levels_of_their_own(contrast: float) -> None:
    marks = usual(CROSS)
    found = levels(Page(marks=marks, contrast=contrast, noise=1.0))
    assert {place for place, state in found.items() if state == MARKED} == set(marks)
    assert {found[place] for place in found.keys() - marks.keys()} == {EMPTY}
