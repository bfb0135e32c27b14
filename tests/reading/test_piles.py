"""Many students decided at once: piles of pages, groups of boxes, and trees of all of them."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import BoxState, Layout, Marking, PageLayout, PageRead, PageSource, PageStates
from pipeline.reading import decide_many, decide_states, marks, measure_boxes
from pipeline.reading.boxtable import Groups, grouped
from pipeline.reading.trees import Forest
from tests.reading.drawn_boxes import CROSS, DOT, OPTIONS, TICK, Page, Strokes, draw, fill

StudentPages = list[tuple[PageRead, Layout, PageLayout]]
LINES: Strokes = [([(-0.9, 0.0), (0.9, 0.05)], 0.3, 0.8)]
STROKES: Sequence[Strokes] = (CROSS, CROSS, TICK, fill(), fill(0.15), DOT, LINES)


class Printed:
    """One layout, and the students who fill it in."""

    def __init__(self, marking: Marking, questions: int) -> None:
        self.marking, self.questions = marking, questions
        self.layout = Page(marking=marking, questions=questions).layout()

    def filled_in(self, student: int, *, bilevel: bool) -> tuple[PageRead, Layout, PageLayout]:
        rng = np.random.default_rng((student, self.questions))
        strokes = {
            (row, OPTIONS[int(rng.integers(5))]): STROKES[int(rng.integers(len(STROKES)))]
            for row in range(self.questions)
            if rng.random() < 0.8
        }
        page = Page(marking=self.marking, questions=self.questions, marks=strokes, bilevel=bilevel)
        registered = draw(page, student)
        measured = measure_boxes(registered)
        read = PageRead(
            source=PageSource(file="drawn.png", path="drawn.png", page=1, sha256="0" * 64),
            code=None,
            other_codes=(),
            sheet=1,
            layout_hash=self.layout.hash,
            rms_mm=measured.rms_mm,
            quality=registered.quality,
            features=measured.features,
            places_px=measured.places_px,
        )
        return read, self.layout, self.layout.pages[0]


@pytest.fixture(scope="module")
def booklets() -> list[StudentPages]:
    """Nine students: some with one sheet, some with two in either order, one with none."""
    first, second = Printed(Marking.ANY, 12), Printed(Marking.CROSS_UNDO, 6)
    made = []
    for student in range(8):
        pages = [first.filled_in(student, bilevel=student in (2, 3))]
        if student % 2:
            pages.append(second.filled_in(student, bilevel=student == 3))
        made.append(pages[::-1] if student == 5 else pages)
    return [*made, []]


def assert_same(one: Sequence[PageStates], other: Sequence[PageStates]) -> None:
    assert [page.states for page in one] == [page.states for page in other]
    assert [page.flags for page in one] == [page.flags for page in other]
    for page, again in zip(one, other, strict=True):
        np.testing.assert_allclose(page.p_marked, again.p_marked, rtol=0, atol=1e-6)


@pytest.mark.parametrize("at_once", [None, 100])
def test_many_students_decided_together_read_as_each_of_them_alone(
    booklets: list[StudentPages], at_once: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if at_once:
        monkeypatch.setattr(marks, "MOST_BOXES", at_once)
    together = decide_many(booklets)
    assert len(together) == len(booklets)
    for pages, states in zip(booklets, together, strict=True):
        assert_same(states, decide_states(pages))
    seen = {state for student in together for page in student for state in page.states}
    assert {BoxState.EMPTY, BoxState.MARKED, BoxState.DOUBTFUL} <= seen


def test_a_student_is_read_by_the_same_style_whoever_lies_in_the_pile(booklets: list[StudentPages]) -> None:
    forwards, backwards = decide_many(booklets), decide_many(booklets[::-1])
    for one, other in zip(forwards, backwards[::-1], strict=True):
        assert_same(one, other)


def test_pages_without_boxes_have_no_states() -> None:
    layout = Page(questions=0).layout()
    read, _, _ = Printed(Marking.ANY, 1).filled_in(1, bilevel=False)
    bare = PageRead(
        source=read.source, code=None, other_codes=(), sheet=1, layout_hash="", rms_mm=0.0,
        quality=read.quality, features=read.features[:0], places_px=read.places_px[:0],
    )  # fmt: skip
    ((states,), (again,)) = decide_many([[(bare, layout, layout.pages[0])]] * 2)
    assert (states.states, states.flags, len(states.p_marked)) == ((), (), 0)
    assert again.states == ()


# --- groups --------------------------------------------------------------------------------------

NAMES = st.lists(st.sampled_from("abcd"), min_size=1, max_size=12)
AMOUNTS = st.floats(0.0, 1.0, width=32)


def members(groups: Groups) -> list[list[int]]:
    return [np.flatnonzero(groups.of_box == group).tolist() for group in range(len(groups.sizes))]


@given(names=NAMES, pages=st.integers(1, 3), data=st.data())
def test_groups_of_many_pages_are_measured_as_the_groups_of_each_page(
    names: list[str], pages: int, data: st.DataObject
) -> None:
    groups = grouped(names).tiled(pages)
    count = pages * len(names)
    values = np.array(data.draw(st.lists(AMOUNTS, min_size=count, max_size=count)), dtype=np.float32)
    page_and_name = [(box // len(names), names[box % len(names)]) for box in range(count)]
    for box, name in enumerate(page_and_name):
        same = [other for other, its in enumerate(page_and_name) if its == name]
        group = int(groups.of_box[box])
        assert members(groups)[group] == same
        assert groups.median(values)[group] == pytest.approx(np.median(values[same]), abs=1e-6)
        assert groups.quantile(values, 0.8)[group] == pytest.approx(np.quantile(values[same], 0.8), abs=1e-6)
        assert groups.count(values > 0.5)[box] == int((values[same] > 0.5).sum())
        others = [values[other] for other in same if other != box]
        assert groups.others(values)[box] == max(others, default=0.0)


# --- trees ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 7, 300])
@pytest.mark.parametrize("classes", [1, 3])
def test_all_boxes_and_trees_at_once_give_the_sum_of_one_walk_down_each_tree(rows: int, classes: int) -> None:
    rng = np.random.default_rng(rows + classes)
    trees, nodes = 160, 7
    forest = Forest(
        columns=rng.integers(0, 5, (classes, trees, nodes)),
        cuts=rng.random((classes, trees, nodes), dtype=np.float32),
        leaves=rng.normal(size=(classes, trees, nodes + 1)).astype(np.float32),
        base=rng.normal(size=classes).astype(np.float32),
    )
    table = rng.random((rows, 5), dtype=np.float32)
    scores = forest.scores(table)
    for row in range(0, rows, 50):
        for number in range(classes):
            total = float(forest.base[number])
            for tree in range(trees):
                node = 0
                while node < nodes:
                    right = table[row, forest.columns[number, tree, node]] > forest.cuts[number, tree, node]
                    node = 2 * node + 1 + int(right)
                total += float(forest.leaves[number, tree, node - nodes])
            assert scores[row, number] == pytest.approx(total, abs=1e-4)
