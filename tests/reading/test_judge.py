"""The trained trees: the file that ships, what they are shown, and whether their probabilities are true."""

import re
from dataclasses import replace
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import Layout, Marking, PageLayout, PageRead
from pipeline.paper.simulate import SHEET_KINDS, SimulationSettings, constructed_sheet, simulate_pages
from pipeline.reading import decide_many, decide_states, judge
from pipeline.reading.evidence import INPUTS
from pipeline.reading.image import make_page_image
from pipeline.reading.judge import DATA, LEAST, OUTCOMES, judges
from pipeline.reading.levels import opinion
from pipeline.reading.marks import first_key
from pipeline.reading.page_context import page_contexts
from pipeline.reading.trees import Forest
from tests.reading.drawn_boxes import CROSS, Page, Strokes, draw, fill
from tests.reading.simulated_marks import measure, page_read

Table = NDArray[np.float32]


def stored() -> dict[str, NDArray[np.generic]]:
    """The arrays of the file that ships."""
    path = resources.files("pipeline.reading").joinpath("data", DATA)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def slow_chances(arrays: dict[str, NDArray[np.generic]], marking: str, row: list[float]) -> list[float]:
    """Follow a row down every tree, one question after another."""
    columns, cuts, leaves, base, scale, shift = (
        arrays[f"{marking}.{name}"].tolist()
        for name in ("columns", "cuts", "leaves", "base", "scale", "shift")
    )
    scores = []
    for number, trees in enumerate(columns):
        total = base[number]
        for tree, asked in enumerate(trees):
            node = 0
            while node < len(asked):
                node = 2 * node + (2 if row[asked[node]] > cuts[number][tree][node] else 1)
            total += leaves[number][tree][node - len(asked)]
        scores.append(scale[number] * total + shift[number])
    if len(scores) == 1:
        scores = [0.0, *scores]
    powers = [float(np.exp(score - max(scores))) for score in scores]
    return [power / sum(powers) for power in powers]


def rows_near_the_cuts(arrays: dict[str, NDArray[np.generic]], marking: str, count: int) -> Table:
    """Rows that hold, in each column, values of the trees' own questions, and values beside them."""
    rng = np.random.default_rng(5)
    columns, cuts = arrays[f"{marking}.columns"].ravel(), arrays[f"{marking}.cuts"].ravel()
    table = rng.normal(0.0, 1.0, (count, len(INPUTS))).astype(np.float32)
    for column in range(len(INPUTS)):
        known = cuts[(columns == column) & np.isfinite(cuts.astype(np.float64))]
        if len(known):
            table[:, column] = rng.choice(known, count)
    beside = rng.random(table.shape)
    table[beside < 0.3] += 0.01
    table[beside > 0.7] -= 0.01
    return table


@pytest.mark.parametrize("marking", list(Marking))
def test_probabilities_are_those_of_the_trees_followed_one_by_one(marking: Marking) -> None:
    arrays = stored()
    table = rows_near_the_cuts(arrays, marking.value, 40)
    fast = judges()[marking.value].chances(table)
    assert fast.shape == (40, len(OUTCOMES[marking]))
    slow = [slow_chances(arrays, marking.value, row) for row in table.tolist()]
    assert np.allclose(fast, np.clip(slow, LEAST, 1 - LEAST), atol=2e-5)
    assert len(np.unique(fast.round(4), axis=0)) > 10, "the rows are to lead to different leaves"


def test_the_file_that_ships_names_the_measures_that_are_taken() -> None:
    arrays = stored()
    assert tuple(arrays["inputs"].tolist()) == INPUTS
    assert len(set(INPUTS)) == len(INPUTS)
    for marking in Marking:
        assert int(arrays[f"{marking.value}.columns"].max()) < len(INPUTS)
    assert sum(array.nbytes for array in arrays.values()) < 500_000


def test_a_file_that_was_made_for_other_measures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "INPUTS", (*INPUTS[1:], INPUTS[0]))
    with pytest.raises(ValueError, match=re.escape("python -m benchmarks.train_marks")):
        judges.__wrapped__()


def test_trees_whose_arrays_do_not_fit_together_are_refused() -> None:
    nodes = np.zeros((1, 4, 7), dtype=np.intp)
    for leaves in (np.zeros((1, 4, 7)), np.zeros((1, 3, 8))):
        with pytest.raises(ValueError, match="do not fit together"):
            Forest(
                columns=nodes, cuts=np.zeros((1, 4, 7), np.float32), leaves=leaves.astype(np.float32),
                base=np.zeros(1, np.float32),
            )  # fmt: skip


@pytest.mark.parametrize("marking", list(Marking))
def test_odd_numbers_give_probabilities_all_the_same(marking: Marking) -> None:
    table = np.stack(
        [np.full(len(INPUTS), value, np.float32) for value in (np.nan, np.inf, -np.inf, 1e30, 0.0)]
    )
    chances = judges()[marking.value].chances(table)
    assert np.isfinite(chances).all()
    assert chances.sum(axis=1) == pytest.approx(1.0, abs=1e-3)


# --- whole pages ---------------------------------------------------------------------------------


def drawn(page: Page, seed: int = 1) -> tuple[PageRead, Layout, PageLayout]:
    """A page with strokes, measured."""
    registered = draw(page, seed)
    return page_read(registered), registered.layout, registered.page


def chances(read: PageRead, layout: Layout, page: PageLayout) -> Table:
    """Probability of a mark in each box, before anything speaks against it."""
    (context,) = page_contexts([(read, layout, page)])
    return first_key(context, opinion(context)).marked


def marks(strokes: Strokes, rows: int = 8) -> dict[tuple[int, str], Strokes]:
    return {(row, "ABCDE"[(2 * row) % 5]): strokes for row in range(rows)}


def test_measures_that_are_no_numbers_do_not_end_the_run() -> None:
    read, layout, page = drawn(Page(marks=marks(CROSS)))
    spoiled = read.features.copy()
    spoiled[3], spoiled[4], spoiled[5] = np.nan, np.inf, -np.inf
    (states,) = decide_states([(replace(read, features=spoiled), layout, page)])
    assert len(states.states) == len(page.boxes)
    assert np.isfinite(states.p_marked).all()


def test_a_box_says_the_same_whatever_its_question_and_option_are_called() -> None:
    read, layout, page = drawn(Page(marks={**marks(CROSS), (9, "B"): fill(0.3)}))
    boxes = tuple(
        replace(box, question=f"part {9 - int(box.question)}", option=f"{'EDCBA'.index(box.option)}.")
        for box in page.boxes
    )
    other = replace(page, sheet=7, boxes=boxes)
    asked = {f"part {name}": question for name, question in layout.questions.items()}
    renamed = replace(layout, name="other", pages=(other,), questions=asked, hash="FFFFFF")
    assert np.array_equal(chances(read, layout, page), chances(read, renamed, other))


@pytest.mark.parametrize(("marking", "shape"), [(Marking.FILL, "circle"), (Marking.ANY, "square")])
def test_the_darker_a_fill_the_likelier_a_mark_and_never_the_other_way_round(
    marking: Marking, shape: str
) -> None:
    likely = []
    for ink in (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8):
        page = Page(marking=marking, shape="circle" if shape == "circle" else "square")
        page = replace(page, marks={**marks(fill()), (9, "B"): fill(ink)})
        read, layout, printed = drawn(page)
        likely.append(float(chances(read, layout, printed)[46]))
    assert likely[0] < 0.01
    assert likely[-1] > 0.99
    assert max(np.maximum.accumulate(likely) - likely) < 0.25


def test_students_who_are_decided_together_are_read_as_each_alone() -> None:
    drawings = [CROSS, fill(0.5), [*CROSS, *fill(0.1, share=0.3)], fill(0.12)]
    registered = [draw(Page(marks=marks(strokes)), seed) for seed, strokes in enumerate(drawings)]
    layout, page = registered[0].layout, registered[0].page
    booklets = [[(page_read(one), layout, page)] for one in registered]
    together = decide_many(booklets)
    for booklet, found in zip(booklets, together, strict=True):
        (alone,) = decide_states(booklet)
        assert (alone.states, alone.flags) == (found[0].states, found[0].flags)
        assert np.array_equal(alone.p_marked, found[0].p_marked)


BANDS = (0.0, 0.01, 0.5, 0.99, 1.0)
"""Probabilities of a mark that are counted together."""


def test_of_boxes_with_a_probability_that_share_holds_a_mark() -> None:
    """On 5,600 boxes of 28 grey scans by 14 writers, with seeds of their own.

    Marks of one writer are alike: the bands are three standard deviations of the binomial, doubled,
    and two boxes more.
    """
    carriers = [constructed_sheet(kind, 0, draws="train", seed=7301) for kind in SHEET_KINDS]
    settings = SimulationSettings(seed=7301, awkward=0.05, handwriting=False)
    likely, meant = [], []
    for page in simulate_pages(carriers, ("office-200", "worn-feeder"), range(1, 15), settings):
        read = measure(page.layout, make_page_image(page.image, float(page.dpi)))
        likely.append(chances(read, page.layout, page.page))
        meant.append(page.state == "marked")
    every, marked = np.concatenate(likely).astype(np.float64), np.concatenate(meant)
    assert len(every) == 5600
    for low, high in pairwise(BANDS):
        some = (every >= low) & (every < high)
        expected = every[some].sum()
        spread = np.sqrt((every[some] * (1.0 - every[some])).sum())
        assert abs(marked[some].sum() - expected) < 6.0 * spread + 2.0, (low, high, int(some.sum()))
    assert np.count_nonzero(marked) > 600
