from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.model import Kind, Marking
from pipeline.paper.simulate import (
    DRAWS,
    PROFILES,
    SHEET_KINDS,
    BookletMaker,
    BoxPlace,
    BoxPlan,
    Carrier,
    Drawing,
    InkedPage,
    ScannedPage,
    SheetKind,
    SimulationSettings,
    child,
    constructed_sheet,
    draw_box,
    draw_hand,
    exam_carrier,
    misplaced,
    scan_profile,
    simulate_pages,
)
from pipeline.paper.simulate.dirt import Dirt
from pipeline.paper.simulate.visibility import contrast_to_noise, ink_places, is_faint, is_lost, spoilt_boxes
from tests.paper import simulation

SETTINGS = SimulationSettings(seed=3, awkward=0.2)
MM = 300 / 25.4


def sheet(kind: SheetKind = "any", number: int = 0, draws: str = "train") -> Carrier:
    return constructed_sheet(kind, number, draws=draws, seed=1)  # type: ignore[arg-type]


def pages(*profiles: str, writers: range = range(1, 2), kind: SheetKind = "any") -> list[ScannedPage]:
    return list(simulate_pages([sheet(kind)], profiles, writers, SETTINGS))


@pytest.mark.parametrize("kind", SHEET_KINDS)
@pytest.mark.parametrize("draws", ["train", "test"])
def test_a_constructed_sheet_has_200_boxes_that_stay_clear_of_each_other(kind: SheetKind, draws: str) -> None:
    for number in range(4):
        boxes = sheet(kind, number, draws).layout.pages[0].boxes
        assert len(boxes) == 200
        assert len({(box.question, box.option) for box in boxes}) == 200
        places = np.array([(box.x, box.y) for box in boxes])
        apart = np.abs(places[:, None] - places[None]).max(axis=2) + 1e3 * np.eye(200)
        assert apart.min() > 1.15 * boxes[0].w
        assert places.min() > 22
        assert (places < np.array([190, 276])).all()


def test_constructed_sheets_differ_in_box_size_line_and_shape() -> None:
    sheets = [sheet("fill", number) for number in range(12)]
    sizes = {round(one.layout.pages[0].boxes[0].w, 2) for one in sheets}
    assert len(sizes) > 7
    assert 2.9 < min(sizes) < 3.6
    assert 4.4 < max(sizes) < 5.1
    assert {one.layout.pages[0].boxes[0].shape for one in sheets} == {"circle", "square"}


def test_sheets_ask_for_what_their_kind_says() -> None:
    asked = {kind: sheet(kind).layout for kind in SHEET_KINDS}
    assert asked["fill"].marking is Marking.FILL
    assert asked["cross-undo"].marking is Marking.CROSS_UNDO
    assert {said.kind for said in asked["grid"].questions.values()} == {Kind.NUMBER}
    assert {said.writer for said in asked["credits"].questions.values()} == {"examiner"}
    for kind, layout in asked.items():
        letters = {bool(box.label) for box in layout.pages[0].boxes}
        assert letters == {kind.startswith("letters")} or kind == "grid"


def test_boxes_are_printed_where_the_layout_says() -> None:
    for number in range(6):
        carrier = sheet("any", number)
        for box in carrier.layout.pages[0].boxes[::37]:
            x, y, size = (round(value * MM) for value in (box.x, box.y, box.w))
            window = carrier.images[0][y - 5 : y + size + 6, x - 5 : x + size + 6].astype(float)
            dark = 255 - window
            dark[9:-9, 9:-9] = 0
            across = (dark.sum(axis=0) * np.arange(len(dark))).sum() / dark.sum()
            # whole places are edges of pixels there, and middles in the window
            assert across == pytest.approx(len(dark) / 2 - 1, abs=0.1)


def test_one_written_page_is_scanned_by_every_scanner() -> None:
    made = pages(*PROFILES)
    assert [page.profile for page in made] == list(PROFILES)
    for page in made:
        np.testing.assert_array_equal(page.mark, made[0].mark)
        np.testing.assert_array_equal(page.state, made[0].state)
        np.testing.assert_array_equal(page.drawing, made[0].drawing)
        assert page.image.ndim == 2
        assert page.bilevel == (page.profile == "fax-bilevel")
    assert {page.image.shape for page in made} >= {(3508, 2480), (2800, 2000)}


def test_marks_of_different_writers_are_never_the_same_mark() -> None:
    made = pages("fax-bilevel", writers=range(1, 4))
    marks = np.concatenate([page.mark for page in made])
    assert len(set(marks.tolist())) == 600


def test_a_page_depends_on_its_writer_and_not_on_the_range() -> None:
    alone, among = pages("office-200", writers=range(2, 3)), pages("office-200", writers=range(1, 3))
    np.testing.assert_array_equal(alone[0].image, among[1].image)
    np.testing.assert_array_equal(alone[0].drawing, among[1].drawing)


def test_draws_for_testing_give_another_page_than_those_for_training() -> None:
    carrier = sheet()
    both = [
        next(simulate_pages([carrier], ["office-200"], range(1, 2), replace(SETTINGS, draws=name)))
        for name in ("train", "test")
    ]
    assert (both[0].state != both[1].state).any()


def test_the_matrix_of_a_scan_says_where_each_box_is() -> None:
    for page in pages("clean-300", "office-200", "phone", kind="cross-undo"):
        empty = np.flatnonzero((page.drawing == Drawing.NONE) & ~page.awkward)[::17]
        for box in (page.page.boxes[index] for index in empty):
            middle = np.array([[[box.x + box.w / 2, box.y + box.h / 2]]])
            x, y = np.asarray(cv2.perspectiveTransform(middle, page.matrix))[0, 0]
            reach = round(0.62 * box.w * page.dpi / 25.4)
            left, top = round(x) - reach, round(y) - reach
            window = page.image[top : top + 2 * reach + 1, left : left + 2 * reach + 1].astype(float)
            dark = window < np.percentile(window, [2, 80]).mean()
            center = np.argwhere(dark).mean(axis=0)[::-1] + np.array([left, top])
            assert np.hypot(*(center - np.array([x, y]))) < 1.0


def test_truth_names_what_is_drawn_and_what_stays_empty() -> None:
    made = pages("office-200", writers=range(1, 6))
    for page in made:
        marked = set(zip(np.array(page.question)[page.state == "marked"].tolist(), strict=True))
        chosen = {(answer.question,) for answer in page.answers if answer.chosen}
        assert marked == chosen
        assert (page.drawing[page.state == "marked"] != Drawing.NONE).all()
        assert (page.state[page.drawing == Drawing.NONE] == "empty").all()
    kinds = Counter(np.concatenate([page.drawing[page.awkward] for page in made]).tolist())
    assert len(kinds) > 5


def test_an_exam_is_printed_once_for_all_writers() -> None:
    carrier = exam_carrier(simulation.exam(), simulation.RIGHT)
    one, other = simulate_pages([carrier], ["fax-bilevel"], range(1, 3), SETTINGS)
    assert one.page.sheet == other.page.sheet == 1
    assert len(one.page.boxes) == len(one.state)
    assert (one.image != other.image).any()


# --- labels ------------------------------------------------------------------------------------


def written(density: float, drawing: str = Drawing.CROSS) -> InkedPage:
    """A cross of a given density on white paper, in a box of 5 mm at (20, 20)."""
    rng = child(9, 1)
    hand = replace(draw_hand(Marking.CROSS_UNDO, rng, pen="gel"), density=density)
    page = InkedPage(np.full((480, 480), 255, np.uint8), color=False, rng=rng)
    page.box = 0
    draw_box(page, BoxPlan(drawing=drawing), BoxPlace(x=20, y=20, w=5, h=5, shape="square"), (), hand, rng)
    return page


TO_MASTER = np.array([[MM, 0, -0.5], [0, MM, -0.5], [0, 0, 1]])


def noisy(page: InkedPage, deviation: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    noise = np.random.default_rng(1).normal(0, deviation, page.image.shape)
    return np.clip(np.rint(page.image * 0.9 + noise), 0, 255).astype(np.uint8)


def test_contrast_is_counted_in_the_papers_own_noise() -> None:
    page = written(0.4)
    quiet, loud = (
        contrast_to_noise(ink_places(page), noisy(page, deviation), TO_MASTER)[0] for deviation in (4, 16)
    )
    assert quiet == pytest.approx(4 * loud, rel=0.2)
    assert 12 < quiet < 26, "0.4 of 230 grey levels, at 4 levels of noise; strokes are not all full"


def test_the_same_mark_is_legible_on_clean_paper_and_fainter_than_the_noise_of_other_paper() -> None:
    page = written(0.14)
    places = ink_places(page)
    faint = [bool(is_faint(places, noisy(page, deviation), TO_MASTER)[0]) for deviation in (2, 12)]
    assert faint == [False, True]


def test_a_mark_that_hardly_differs_from_spotless_paper_is_faint_too() -> None:
    page = written(0.02)
    assert is_faint(ink_places(page), page.image, TO_MASTER).all()


def test_a_scan_labels_what_its_own_noise_hides() -> None:
    maker = BookletMaker(
        simulation.layout(), SimulationSettings(seed=4, pen="faint pencil"), exam=simulation.exam()
    )
    page = maker.write(simulation.students(1)[0], 1)
    quiet = replace(scan_profile("office-200", DRAWS["train"]), dark_paper=0.0, gamma=(1.0, 1.0))
    clean, drowned = (
        maker.scan(page, profile=replace(quiet, noise=noise)) for noise in ((0.5, 0.6), (60.0, 61.0))
    )
    marked = [index for index, state in enumerate(clean.states) if state == "marked"]
    assert {clean.labels[index] for index in marked} == {"legible"}
    assert {drowned.labels[index] for index in marked} == {"awkward"}


def test_a_mark_that_was_thresholded_away_is_lost_and_a_dark_one_is_not() -> None:
    for density, expected in ((0.2, True), (0.9, False)):
        page = written(density)
        black_white = np.where(page.image > 150, np.uint8(255), np.uint8(0))
        assert is_lost(ink_places(page), black_white, TO_MASTER)[0] == expected


def test_ink_that_runs_into_another_box_makes_that_one_awkward() -> None:
    page = written(0.9)
    apart, touching = (BoxPlace(x=x, y=20, w=5, h=5, shape="square") for x in (30.0, 22.5))
    own = BoxPlace(x=20, y=20, w=5, h=5, shape="square")
    assert spoilt_boxes(page, [own, apart, touching]).tolist() == [False, False, True]


def test_correction_fluid_hides_the_mark_and_the_box_below_it() -> None:
    printed = np.full((480, 480), 255, np.uint8)
    cv2.rectangle(printed, (207, 207), (266, 266), (0,), 4)
    rng = child(9, 2)
    page = InkedPage(printed, color=False, rng=rng)
    box = BoxPlace(x=20, y=20, w=5, h=5, shape="square")
    draw_box(page, BoxPlan(drawing=Drawing.CORRECTED), box, (), draw_hand(Marking.ANY, rng, pen="gel"), rng)
    inside = page.image[205:268, 205:268]
    assert (inside < 100).mean() < 0.15 < (printed[205:268, 205:268] < 100).mean()
    assert printed.min() == 0, "the print itself is not changed"


def test_defects_name_the_boxes_that_they_cross() -> None:
    dirt = Dirt(columns=((100, 102),), lines=(((0, 300), (400, 300), 2.0),), discs=(((300, 50), 20.0),))
    places = np.array([[95.0, 200.0], [120.0, 200.0], [200.0, 296.0], [200.0, 320.0], [315.0, 60.0]])
    assert dirt.near(places, np.full((5, 2), 10.0)).tolist() == [True, False, True, False, True]


# --- misplacement ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["global", "local"])
def test_a_misplaced_layout_is_off_by_what_was_asked_and_no_more(how: str) -> None:
    layout = sheet().layout
    moved = misplaced(layout, 1.0, how, child(1, 1))  # type: ignore[arg-type]
    before, after = (np.array([(box.x, box.y) for box in one.pages[0].boxes]) for one in (layout, moved))
    off = np.hypot(*(after - before).T)
    assert off.max() == pytest.approx(1.0)
    assert np.ptp(off) < 1e-6 or how == "local"
    near = np.hypot(*np.diff(after - before, axis=0)[:4].T)
    assert near.max() < 0.25, "neighbours move together"
    assert moved.pages[0].anchors == layout.pages[0].anchors


def test_no_misplacement_leaves_the_layout_alone() -> None:
    layout = sheet().layout
    assert misplaced(layout, 0.0, "local", child(1, 1)) is layout


def test_a_layout_in_pixels_is_misplaced_by_the_same_length_on_paper() -> None:
    layout = simulation.layout(unit_per_mm=4.0)
    moved = misplaced(layout, 1.0, "global", child(1, 1))
    first, other = layout.pages[0].boxes[0], moved.pages[0].boxes[0]
    assert np.hypot(first.x - other.x, first.y - other.y) == pytest.approx(4.0)
