"""What a box says, by its convention, and when a person must look."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import BoxState, Kind, Marking, PageRead, PageSource, Shape
from pipeline.reading import FEATURES, Registered, decide_states, measure_boxes, words
from pipeline.reading.page_context import PageContext, page_contexts
from tests.reading.drawn_boxes import (
    CROSS,
    DOT,
    OPTIONS,
    RING,
    STREAK,
    THIN_RING,
    TICK,
    Page,
    Strokes,
    beside,
    draw,
    fill,
    read,
)

EMPTY, MARKED, CANCELLED, DOUBTFUL = BoxState.EMPTY, BoxState.MARKED, BoxState.CANCELLED, BoxState.DOUBTFUL


def with_usual(strokes: Strokes, **other: Strokes) -> dict[tuple[int, str], Strokes]:
    """Eight questions answered one way, and boxes of question 9 marked otherwise."""
    usual = {(row, OPTIONS[(3 * row) % 5]): strokes for row in range(8)}
    return {**usual, **{(9, option): mark for option, mark in other.items()}}


@pytest.mark.parametrize("marking", list(Marking))
@pytest.mark.parametrize("letters", [False, True])
def test_an_empty_page_reads_empty(marking: Marking, letters: bool) -> None:
    states, _ = read(Page(marking=marking, letters=letters))
    assert set(states.values()) == {EMPTY}


@pytest.mark.parametrize("marking", list(Marking))
@pytest.mark.parametrize("letters", [False, True])
def test_a_page_without_any_mark_in_black_and_white_goes_to_a_person(marking: Marking, letters: bool) -> None:
    # A threshold may have deleted every mark of a faint pencil.
    states, _ = read(Page(marking=marking, letters=letters, bilevel=True))
    assert set(states.values()) == {DOUBTFUL}


def _context(page: Page) -> tuple[PageContext, list[tuple[int, str]]]:
    """A drawn page as the words see it, and which box is which."""
    registered = draw(page)
    (context,) = page_contexts([(_record(registered), registered.layout, registered.page)])
    return context, [(int(box.question), box.option) for box in registered.page.boxes]


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.CHOICES])
def test_where_a_threshold_deleted_most_marks_nothing_is_read_as_empty(kind: Kind) -> None:
    broken: Strokes = [([(-0.3, 0.0), (-0.2, 0.05)], 0.25, 0.9)]
    marks = {(row, OPTIONS[(3 * row) % 5]): CROSS if row < 3 else broken for row in range(10)}
    states, _ = read(Page(kind=kind, marks=marks, bilevel=True))
    assert all(states[place] is not EMPTY for place in marks)
    if kind is Kind.CHOICES:
        assert EMPTY not in states.values()


def test_an_undone_box_that_a_threshold_thinned_is_no_cross() -> None:
    marks = with_usual(CROSS, C=[*CROSS, *fill(0.9, share=0.6)])
    context, boxes = _context(Page(marking=Marking.CROSS_UNDO, marks=marks, bilevel=True))
    found = words.half_filled(context)
    assert [box for box, is_found in zip(boxes, found, strict=True) if is_found] == [(9, "C")]
    states, _ = read(Page(marking=Marking.CROSS_UNDO, marks=marks, bilevel=True))
    assert states[9, "C"] in (CANCELLED, DOUBTFUL)


def test_letters_that_come_through_in_one_part_of_a_black_and_white_page_are_no_marks() -> None:
    letter: Strokes = [([(-0.3, 0.4), (0.0, -0.4), (0.3, 0.4)], 0.2, 0.9)]
    through = {(row, option): letter for row in range(3) for option in "BC"}
    marks = {**through, **with_usual(fill(0.9))}
    context, boxes = _context(Page(letters=True, marks=marks, bilevel=True))
    found = words.printed_through(context)
    told = {box for box, is_found in zip(boxes, found, strict=True) if is_found}
    assert told
    assert told <= set(through) - set(with_usual(CROSS))


@pytest.mark.parametrize("clear_marks", [0, 6])
def test_of_a_writer_without_a_clear_mark_next_to_nothing_goes_to_a_person(clear_marks: int) -> None:
    marks = {(row, "A"): CROSS for row in range(clear_marks)}
    context, boxes = _context(Page(kind=Kind.CHOICE, marks=marks))
    unsure = np.array([row in (7, 8, 9) and option in "BC" for row, option in boxes])
    marked = np.array([box in marks for box in boxes])
    chance = np.where(unsure, 0.4, 0.001).astype(np.float32)
    asked = words.paling(context, marked, unsure, chance)
    next_to_nothing = [asked[place] for place, (row, _) in enumerate(boxes) if row == 6]
    assert all(next_to_nothing) if not clear_marks else not any(next_to_nothing)


def test_small_marks_are_read_where_all_of_a_writer_are_small() -> None:
    small: Strokes = [([(-0.45, 0.0), (-0.15, 0.4), (0.45, -0.45)], 0.24, 0.8)]
    states, _ = read(Page(kind=Kind.CHOICE, marks=with_usual(small)))
    assert {box for box, state in states.items() if state is MARKED} == set(with_usual(small))


@pytest.mark.parametrize(
    ("marking", "shape", "strokes"),
    [
        (Marking.FILL, "circle", fill()),
        (Marking.FILL, "circle", fill(0.4)),
        (Marking.ANY, "square", CROSS),
        (Marking.ANY, "square", TICK),
        (Marking.ANY, "square", DOT),
        (Marking.ANY, "square", fill()),
        (Marking.CROSS_UNDO, "square", CROSS),
    ],
)
def test_a_mark_of_each_convention_is_read_and_nothing_else(
    marking: Marking, shape: Shape, strokes: Strokes
) -> None:
    marks = with_usual(strokes)
    states, _ = read(Page(marking=marking, shape=shape, marks=marks))
    assert {box for box, state in states.items() if state is MARKED} == set(marks)
    assert DOUBTFUL not in states.values()


@pytest.mark.parametrize("displaced", [(2.0, 0.0), (-3.0, 3.0), (0.0, 8.0)])
@pytest.mark.parametrize("marking", [Marking.ANY, Marking.CROSS_UNDO])
def test_a_displaced_page_reads_the_same(marking: Marking, displaced: tuple[float, float]) -> None:
    marks = with_usual(CROSS)
    states, _ = read(Page(marking=marking, marks=marks, displaced_px=displaced))
    assert {box for box, state in states.items() if state is not EMPTY} == set(marks)
    assert DOUBTFUL not in states.values()


def test_a_filled_box_is_undone_where_a_cross_chooses() -> None:
    states, _ = read(Page(marking=Marking.CROSS_UNDO, marks=with_usual(CROSS, A=fill(0.9), C=CROSS)))
    assert states[9, "A"] is CANCELLED
    assert states[9, "C"] is MARKED


def test_a_mark_beside_an_undone_box_goes_to_a_person() -> None:
    marks = with_usual(CROSS, C=[*fill(0.9), *beside()])
    states, flags = read(Page(marking=Marking.CROSS_UNDO, marks=marks))
    assert states[9, "C"] is DOUBTFUL
    assert "re-marked" in flags[9, "C"]


def test_a_heavy_cross_is_never_taken_for_undone() -> None:
    heavy = [(points, width, 0.9) for points, _, _ in CROSS for width in (1.2,)]
    states, _ = read(Page(marking=Marking.CROSS_UNDO, marks=with_usual(CROSS, C=heavy)))
    assert states[9, "C"] in (MARKED, DOUBTFUL)


def test_a_half_filled_box_is_neither_a_cross_nor_undone() -> None:
    marks = with_usual(CROSS, C=fill(0.9, share=0.55))
    states, _ = read(Page(marking=Marking.CROSS_UNDO, marks=marks))
    assert states[9, "C"] is DOUBTFUL


@pytest.mark.parametrize(
    ("marking", "usual", "odd", "flag"),
    [
        (Marking.ANY, CROSS, fill(0.95), "solid"),
        (Marking.ANY, CROSS, RING, "circled"),
        (Marking.ANY, CROSS, THIN_RING, "circled"),
        (Marking.ANY, CROSS, [*CROSS, *RING], "circled"),
        (Marking.ANY, CROSS, STREAK, "streak"),
        (Marking.CROSS_UNDO, CROSS, RING, "circled"),
    ],
)
def test_an_odd_mark_goes_to_a_person_with_a_word_for_it(
    marking: Marking, usual: Strokes, odd: Strokes, flag: str
) -> None:
    shape: Shape = "circle" if marking is Marking.FILL else "square"
    states, flags = read(Page(marking=marking, shape=shape, marks=with_usual(usual, C=odd)))
    assert states[9, "C"] is DOUBTFUL
    assert flag in flags[9, "C"]


@pytest.mark.parametrize(
    "odd",
    [fill(0.15), fill(0.8, share=0.25), DOT, CROSS, TICK],
    ids=["pale", "part of a fill", "dot", "cross", "tick"],
)
@pytest.mark.parametrize("marking", [Marking.FILL, Marking.ANY])
def test_what_somebody_who_fills_boxes_marks_otherwise_is_a_mark_or_goes_to_a_person(
    marking: Marking, odd: Strokes
) -> None:
    shape: Shape = "circle" if marking is Marking.FILL else "square"
    states, _ = read(Page(marking=marking, shape=shape, marks=with_usual(fill(), C=odd)))
    assert states[9, "C"] in (MARKED, DOUBTFUL)
    assert {states[8, option] for option in OPTIONS} == {EMPTY}


def test_a_line_through_all_boxes_of_a_question_goes_to_a_person() -> None:
    line: Strokes = [([(-0.9, 0.05), (0.9, -0.05)], 0.3, 0.8)]
    struck = {(9, option): line for option in OPTIONS} | {(9, "B"): [*fill(), *line]}
    page = Page(
        marking=Marking.FILL, shape="circle", kind=Kind.CHOICE, marks={**with_usual(fill()), **struck}
    )
    states, flags = read(page)
    assert {states[9, option] for option in OPTIONS} == {DOUBTFUL}
    assert all("struck" in flags[9, option] for option in OPTIONS)


@pytest.mark.parametrize("down", [-0.9, -0.62, -0.5, -0.3, 0.0, 0.3, 0.5, 0.62, 0.9])
@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.CHOICES])
def test_a_line_along_all_boxes_of_a_question_takes_its_mark_back(down: float, kind: Kind) -> None:
    line: Strokes = [([(-1.2, down), (1.2, down)], 0.35, 0.85)]
    struck = {(9, option): line for option in OPTIONS} | {(9, "B"): [*CROSS, *line]}
    states, flags = read(Page(kind=kind, marks={**with_usual(CROSS), **struck}))
    assert states[9, "B"] is DOUBTFUL
    assert "struck" in flags[9, "B"]


def test_a_small_mark_beside_an_undone_box_is_enough_for_a_person() -> None:
    small: Strokes = [([(0.75, -0.3), (0.85, 0.1)], 0.2, 0.6)]
    marks = with_usual(CROSS, A=CROSS, C=[*fill(0.95), *small])
    states, flags = read(Page(marking=Marking.CROSS_UNDO, marks=marks))
    assert states[9, "C"] is DOUBTFUL
    assert "re-marked" in flags[9, "C"]


def test_lines_that_the_paper_itself_prints_through_its_rows_are_no_marks() -> None:
    line: Strokes = [([(-1.2, 0.0), (-0.6, 0.0)], 0.2, 0.8), ([(0.6, 0.0), (1.2, 0.0)], 0.2, 0.8)]
    ruled = {(row, option): line for row in range(10) for option in OPTIONS}
    marks = {place: [*strokes, *line] for place, strokes in with_usual(CROSS).items()}
    states, flags = read(Page(marks={**ruled, **marks}))
    assert not any("struck" in words for words in flags.values())
    assert all(states[place] in (MARKED, DOUBTFUL) for place in marks)


def test_weak_ink_beside_one_clear_mark_is_not_chosen_where_one_is_asked() -> None:
    marks = with_usual(fill(), A=fill(), C=fill(0.08))
    one, _ = read(Page(marking=Marking.FILL, shape="circle", kind=Kind.CHOICE, marks=marks))
    many, _ = read(Page(marking=Marking.FILL, shape="circle", kind=Kind.CHOICES, marks=marks))
    assert one[9, "C"] is EMPTY
    assert many[9, "C"] is DOUBTFUL


def test_a_single_mark_on_a_page_is_read() -> None:
    states, _ = read(Page(marks={(4, "D"): CROSS}))
    assert {box for box, state in states.items() if state is not EMPTY} == {(4, "D")}
    assert states[4, "D"] is MARKED


def test_half_of_all_boxes_may_be_marked() -> None:
    marks = {(row, option): CROSS for row in range(10) for option in OPTIONS[row % 2 :: 2]}
    states, _ = read(Page(marks=marks))
    assert {box for box, state in states.items() if state is MARKED} == set(marks)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("strokes", [CROSS, TICK, fill()])
@pytest.mark.parametrize("share", [0.6, 0.75, 0.9, 1.0])
@pytest.mark.parametrize("questions", [2, 4, 6])
def test_however_many_boxes_are_marked_none_is_silently_misread(
    ours: bool, strokes: Strokes, share: float, questions: int
) -> None:
    rng = np.random.default_rng([questions, round(100 * share)])
    boxes = [(row, option) for row in range(questions) for option in OPTIONS]
    chosen = [boxes[place] for place in rng.permutation(len(boxes))[: round(share * len(boxes))]]
    marks = {box: _by_hand(strokes, rng) for box in chosen}
    states, _ = read(Page(marks=marks, questions=questions, ours=ours))
    for box, state in states.items():
        assert state in ((MARKED, DOUBTFUL) if box in marks else (EMPTY, DOUBTFUL))
    if ours and share < 1.0:
        assert DOUBTFUL not in states.values()


def _by_hand(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    return [
        ([(x + rng.normal(0, 0.04), y + rng.normal(0, 0.04)) for x, y in points], width, ink)
        for points, width, ink in strokes
    ]


def test_boxes_whose_sizes_differ_by_a_hair_are_judged_together() -> None:
    marks = {(row, option): CROSS for row in range(4) for option in OPTIONS[: 3 + row % 2]}
    drawn = draw(Page(marks=marks, questions=4, ours=True))
    # of one size there are mostly marked boxes, of the other mostly empty ones
    boxes = tuple(
        replace(box, w=4.46 if (int(box.question), box.option) in marks else 4.44) for box in drawn.page.boxes
    )
    page = replace(drawn.page, boxes=boxes)
    registered = replace(drawn, page=page, layout=replace(drawn.layout, pages=(page,)))
    (states,) = decide_states([(_record(registered), registered.layout, registered.page)])
    for box, state in zip(boxes, states.states, strict=True):
        assert state is (MARKED if (int(box.question), box.option) in marks else EMPTY)


def _record(registered: Registered) -> PageRead:
    measured = measure_boxes(registered)
    return PageRead(
        source=PageSource(file="drawn.png", path="drawn.png", page=1, sha256="0" * 64),
        code=None, other_codes=(), sheet=1, layout_hash="0A1B2C", rms_mm=measured.rms_mm,
        quality=registered.quality, features=measured.features, places_px=measured.places_px,
    )  # fmt: skip


def test_a_student_without_pages_has_no_states() -> None:
    assert decide_states([]) == ()


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**16), x=st.floats(-5, 5), y=st.floats(-5, 5), noise=st.floats(0, 5))
def test_chance_of_noise_and_place_never_makes_a_silent_error(
    seed: int, x: float, y: float, noise: float
) -> None:
    marks = with_usual(CROSS, B=TICK)
    states, _ = read(Page(marks=marks, displaced_px=(x, y), noise=noise), seed)
    for box, state in states.items():
        assert state in ((MARKED, DOUBTFUL) if box in marks else (EMPTY, DOUBTFUL))


@pytest.mark.parametrize(("kind", "word"), [(1, "streak"), (3, "cut off"), (4, "hole")])
def test_a_box_that_a_defect_covers_goes_to_a_person_whatever_is_in_it(kind: int, word: str) -> None:
    registered = draw(Page(marks=with_usual(CROSS)), 1)
    record = _record(registered)
    spoiled = record.features.copy()
    spoiled[:3, FEATURES.index("defect")], spoiled[:3, FEATURES.index("defect_kind")] = 0.9, kind
    record = replace(record, features=spoiled)
    (states,) = decide_states([(record, registered.layout, registered.page)])
    covered = list(zip(states.states, states.flags, strict=True))[:3]
    assert all(state is DOUBTFUL and word in flags for state, flags in covered)
    assert DOUBTFUL not in states.states[3:]


def test_a_line_that_the_ink_and_the_scan_both_tell_is_said_once() -> None:
    registered = draw(Page(marks=with_usual(CROSS, C=STREAK)), 1)
    record = _record(registered)
    spoiled = record.features.copy()
    place = 9 * len(OPTIONS) + OPTIONS.index("C")
    spoiled[place, FEATURES.index("defect")], spoiled[place, FEATURES.index("defect_kind")] = 0.9, 1
    (states,) = decide_states([(replace(record, features=spoiled), registered.layout, registered.page)])
    assert states.flags[place].count("streak") == 1
    assert all(len(set(words)) == len(words) for words in states.flags)
