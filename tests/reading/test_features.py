"""What is measured of a box."""

import numpy as np
import pytest

from pipeline.model import Anchors, PageLayout
from pipeline.reading import FEATURES, measure_boxes
from pipeline.reading.blanks import likeness
from pipeline.reading.page_boxes import page_boxes
from tests.reading.drawn_boxes import (
    CROSS,
    OPTIONS,
    RING,
    SIZE,
    STREAK,
    Page,
    Strokes,
    beside,
    draw,
    fill,
    measured,
)


def feature(page: Page, name: str, at: tuple[int, str]) -> float:
    row = at[0] * len(OPTIONS) + OPTIONS.index(at[1])
    return float(measured(page).features[row, FEATURES.index(name)])


def test_names_are_unique_and_one_for_each_column() -> None:
    assert len(set(FEATURES)) == len(FEATURES) == measured(Page(questions=2)).features.shape[1]


def test_features_are_stored_small_and_finite() -> None:
    features = measured(Page(marks={(1, "A"): CROSS})).features
    assert features.dtype == np.float16
    assert np.isfinite(features).all()


def test_the_same_page_gives_the_same_bytes() -> None:
    page = Page(marks={(1, "A"): CROSS, (2, "B"): fill()})
    assert measured(page).features.tobytes() == measured(page).features.tobytes()


def test_a_page_without_boxes_measures_nothing() -> None:
    registered = draw(Page(questions=1))
    page = PageLayout(sheet=1, width=90.0, height=28.0, anchors=Anchors(kind="none"), boxes=())
    bare = type(registered)(
        gray=registered.gray, matrix=registered.matrix, layout=registered.layout, page=page, code=None,
        other_codes=(), rms_mm=0.0, px_per_mm=registered.px_per_mm, quality=registered.quality,
    )  # fmt: skip
    assert measure_boxes(bare).features.shape == (0, len(FEATURES))


@pytest.mark.parametrize("letters", [False, True])
def test_print_is_no_fresh_ink(letters: bool) -> None:
    features = measured(Page(letters=letters)).features.astype(float)
    assert features[:, FEATURES.index("fresh")].max() < 0.03


def test_a_cross_inks_its_arms_and_a_fill_everything() -> None:
    page = Page(marks={(2, "B"): CROSS, (3, "B"): fill()})
    assert feature(page, "arm_down", (2, "B")) > 5 * feature(page, "side_e", (2, "B"))
    assert feature(page, "light", (2, "B")) < 0.1
    assert feature(page, "light", (3, "B")) > 0.4
    assert feature(page, "solid", (3, "B")) > 0.9


@pytest.mark.parametrize(
    ("strokes", "name", "least"),
    [
        (RING, "ring_n", 0.2),
        (RING, "ring_sw", 0.05),
        (STREAK, "streak_column", 0.4),
        (beside(), "far_w", 0.05),
    ],
)
def test_ink_around_a_box_is_seen_where_it_is(strokes: Strokes, name: str, least: float) -> None:
    page = Page(marks={(4, "C"): strokes})
    assert feature(page, name, (4, "C")) > least
    assert feature(page, name, (8, "A")) < 0.25 * least


def test_marks_in_every_box_of_an_option_are_not_taken_for_its_print() -> None:
    page = Page(letters=True, marks={(row, "B"): fill(0.35) for row in range(10)})
    assert min(feature(page, "fresh", (row, "B")) for row in range(10)) > 0.15


def test_marks_in_all_boxes_of_a_page_are_not_taken_for_its_print() -> None:
    marks = {(row, option): fill(0.35) for row in range(10) for option in OPTIONS}
    assert measured(Page(marks=marks)).features[:, FEATURES.index("gain")].min() > 0.15


def test_a_washed_out_page_shows_as_much_ink_as_a_dark_one() -> None:
    marks = {(row, "C"): CROSS for row in range(10)}
    dark, pale = (feature(Page(marks=marks, contrast=c), "fresh", (2, "C")) for c in (1.0, 0.4))
    assert pale == pytest.approx(dark, rel=0.25)


def test_the_same_mark_in_every_box_of_an_option_is_not_taken_for_its_letter() -> None:
    for letters in (False, True):
        page = Page(letters=letters, marks={(row, "C"): CROSS for row in range(10)})
        assert min(feature(page, "fresh", (row, "C")) for row in range(10)) > 0.1


def test_pages_of_the_same_name_and_other_boxes_are_not_mixed_up() -> None:
    small, large = Page(questions=3), Page(questions=3, shape="circle")
    alone = measured(large).features.tobytes()
    measured(small)
    assert measured(large).features.tobytes() == alone
    assert page_boxes("0A1B2C", small.layout().pages[0]) is not page_boxes("0A1B2C", large.layout().pages[0])


def test_the_arrays_of_a_layout_are_made_once_for_all_its_pages() -> None:
    page = Page(questions=4)
    assert page_boxes("0A1B2C", page.layout().pages[0]) is page_boxes("0A1B2C", page.layout().pages[0])


def test_a_circle_encloses_paper_and_a_cross_does_not() -> None:
    page = Page(marks={(4, "C"): RING, (2, "B"): CROSS})
    assert feature(page, "holes", (4, "C")) > 0.5
    assert feature(page, "holes", (2, "B")) < 0.1
    assert feature(page, "holes", (8, "A")) == 0.0


def test_a_mark_that_leaves_its_box_is_joined_to_what_is_outside_and_a_note_beside_is_not() -> None:
    long: Strokes = [([(-0.3, 0.3), (0.85, -0.85)], 0.4, 0.8)]
    note: Strokes = [([(0.82, -0.2), (0.82, 0.3)], 0.3, 0.8)]
    dot: Strokes = [([(-0.02, 0.0), (0.02, 0.0)], 1.2, 0.8)]
    page = Page(marks={(4, "C"): long, (6, "C"): [*dot, *note]})
    assert feature(page, "joined", (4, "C")) > 0.8
    assert feature(page, "joined", (6, "C")) < 0.2


def test_a_wide_pen_makes_wide_strokes() -> None:
    def stroke(width: float) -> float:
        lines: Strokes = [([(-0.35, -0.35), (0.35, 0.35)], width, 0.8)]
        return feature(Page(marks={(4, "C"): lines}), "stroke", (4, "C"))

    assert 0.5 * 0.3 / SIZE < stroke(0.3) < stroke(0.6) < stroke(1.2) < 2.0 * 1.2 / SIZE


def test_a_smear_is_a_veil_and_a_stroke_is_none() -> None:
    page = Page(marks={(4, "C"): fill(0.15), (2, "B"): CROSS})
    assert feature(page, "veil", (4, "C")) > 0.08
    assert feature(page, "veil", (2, "B")) < 0.03


def test_darkness_is_told_against_the_print() -> None:
    page = Page(marks={(4, "C"): fill(0.8), (2, "B"): fill(0.4)})
    assert feature(page, "darkness", (4, "C")) > 1.5 * feature(page, "darkness", (2, "B")) > 0.3


def test_print_is_alike_and_handwriting_is_not() -> None:
    rng = np.random.default_rng(3)
    letter = rng.random(100).astype(np.float32)
    same = letter + rng.normal(0, 0.05, (5, 100)).astype(np.float32)
    assert likeness(same) > 0.9
    assert likeness(rng.random((5, 100)).astype(np.float32)) < 0.3
