import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.errors import UsageFault
from pipeline.exam import corner_marks
from pipeline.model import Marking
from pipeline.paper.simulate import (
    MASTER_DPI,
    PROFILES,
    SCAN_PROFILES,
    BookletMaker,
    SimulatedPage,
    SimulationSettings,
    blank_back,
    child,
    draw_layout,
    foreign_page,
    scan_page,
    scratch_page,
    simulate_booklets,
    stain,
)
from tests.paper import simulation

MM = MASTER_DPI / 25.4


def maker(profile: str, *, marking: Marking = Marking.ANY, **more: object) -> BookletMaker:
    settings = SimulationSettings(seed=11, profile=profile, **more)  # type: ignore[arg-type]
    layout, exam = simulation.layout(marking), simulation.exam(marking)
    return BookletMaker(layout, settings, exam=exam, right=simulation.RIGHT)


def page_of(profile: str, **more: object) -> SimulatedPage:
    return maker(profile).page(simulation.students(1)[0], 1, **more)  # type: ignore[arg-type]


def project(matrix: NDArray[np.float64] | None, points: list[tuple[float, float]]) -> NDArray[np.float64]:
    assert matrix is not None
    places = cv2.perspectiveTransform(np.array([points], np.float64), matrix)
    return np.asarray(places[0], np.float64)


def grey(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    return image.astype(float) if image.ndim == 2 else image.astype(float).mean(axis=2)


def dark_center(image: NDArray[np.uint8], near: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Centre of gravity of what is dark around a place."""
    x, y = np.rint(near).astype(int)
    window = grey(image)[y - reach : y + reach + 1, x - reach : x + reach + 1]
    # print may be pale and mottled: whatever is nearer to it than to the paper counts alike
    dark = (window < np.percentile(window, [10, 95]).mean()).astype(float)
    rows, columns = np.indices(window.shape)
    center = np.array([(dark * columns).sum(), (dark * rows).sum()]) / dark.sum()
    return np.asarray(center + np.array([x, y]) - reach, np.float64)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_matrix_says_where_the_corner_marks_are(profile: str, turns: int) -> None:
    page = page_of(profile, quarter_turns=turns)
    marks = [(mark.x, mark.y) for mark in corner_marks(210, 297)]
    reach = round(3.4 * page.dpi / 25.4)
    for place in project(page.matrix, marks):
        found = dark_center(page.image, place, reach)
        assert np.hypot(*(found - place)) < 0.5 + page.wobble_px


def test_a_known_homography_is_the_one_that_is_applied() -> None:
    layout = simulation.layout()
    known = np.array([[0.66, 0.012, 14.0], [-0.011, 0.667, 21.0], [0.0, 0.0, 1.0]])
    scan = scan_page(draw_layout(layout, layout.pages[0]), SCAN_PROFILES["clean-300"], child(1), known=known)
    master = np.array([100 * MM - 0.5, 200 * MM - 0.5])
    expected = known[:2, :2] @ master + known[:2, 2]
    np.testing.assert_allclose(project(scan.matrix, [(100.0, 200.0)])[0], expected, atol=1e-9)


def test_boxes_of_a_layout_in_pixels_are_where_the_matrix_says() -> None:
    layout = simulation.layout(unit_per_mm=4.0)
    settings = SimulationSettings(seed=3, profile="office-200", blank=0.0)
    made = BookletMaker(layout, settings, exam=simulation.exam())
    page = made.page(simulation.students(1)[0], 1)
    points = list(layout.pages[0].anchors.points)
    for place in project(page.matrix, points):
        assert np.hypot(*(dark_center(page.image, place, 27) - place)) < 0.5


@pytest.mark.parametrize("profile", ["clean-300", "office-200", "phone"])
def test_marked_boxes_hold_more_ink_than_empty_ones(profile: str) -> None:
    made = maker(profile, marking=Marking.FILL, pen="gel", blank=0.0, changes=0.0)
    page = made.page(simulation.students(1)[0], 1)
    boxes = made.layout.pages[0].boxes
    centers = project(page.matrix, [(box.x + box.w / 2, box.y + box.h / 2) for box in boxes])
    image = grey(page.image)
    darkness: dict[str, list[float]] = {"marked": [], "empty": []}
    for (x, y), state in zip(np.rint(centers).astype(int), page.states, strict=True):
        darkness[state].append(float(image[y - 8 : y + 9, x - 8 : x + 9].mean()))
    assert len(darkness["marked"]) >= 8
    assert max(darkness["marked"]) < 0.8 * min(darkness["empty"])


def test_every_scanner_that_settings_may_name_exists() -> None:
    assert tuple(SCAN_PROFILES) == PROFILES


@pytest.mark.parametrize(
    ("profile", "shape"),
    [
        ("clean-300", (3508, 2480)),
        ("office-200", (2339, 1653)),
        ("fax-bilevel", (2339, 1653)),
        ("worn-feeder", (2339, 1653)),
        ("phone", (2800, 2000, 3)),
    ],
)
def test_each_scanner_gives_pictures_of_its_size_and_colour(profile: str, shape: tuple[int, ...]) -> None:
    image = page_of(profile).image
    assert image.dtype == np.uint8
    assert max(abs(a - b) for a, b in zip(image.shape, shape, strict=True)) <= 1
    assert set(np.unique(image)) == {0, 255} or profile != "fax-bilevel"


def test_a_fax_keeps_solid_areas_solid() -> None:
    for serial in range(1, 7):
        page = maker("fax-bilevel").page(simulation.students(6)[serial - 1], 1)
        x, y = np.rint(project(page.matrix, [(194.0, 16.0)])[0]).astype(int)
        assert page.image[y - 12 : y + 13, x - 12 : x + 13].mean() < 12


def test_a_page_is_the_same_whatever_was_made_before_it() -> None:
    first, second = simulation.students(2)
    alone = maker("office-200").page(second, 1)
    after = maker("office-200")
    after.page(first, 1)
    np.testing.assert_array_equal(after.page(second, 1).image, alone.image)


def test_another_seed_gives_another_page() -> None:
    one = simulation.students(1)[0]
    layout = simulation.layout()
    images = [BookletMaker(layout, SimulationSettings(seed=seed)).page(one, 1).image for seed in (1, 2)]
    assert (images[0] != images[1]).any()


def test_the_same_paper_scanned_twice_says_the_same_in_another_picture() -> None:
    made, one = maker("office-200"), simulation.students(1)[0]
    first, again = made.page(one, 1), made.page(one, 1, copy=1)
    assert again.states == first.states
    assert again.answers == first.answers
    assert again.outcome == "duplicate"
    assert (again.image != first.image).any()


def test_booklets_come_student_by_student_with_their_truth() -> None:
    layout, exam = simulation.layout(), simulation.exam()
    settings = SimulationSettings(seed=1)
    two = simulation.students(2)
    pages = list(simulate_booklets(exam, layout, None, two, simulation.RIGHT, settings))
    assert [(page.serial, page.sheet) for page in pages] == [(1, 1), (2, 1)]
    for page in pages:
        assert page.boxes == tuple((box.question, box.option) for box in layout.pages[0].boxes)
        assert [answer.question for answer in page.answers] == ["1", "2", "3", "4"]


def test_page_pictures_that_do_not_fit_the_layout_are_refused() -> None:
    layout, settings = simulation.layout(), SimulationSettings(seed=1)
    small = np.full((1754, 1240), 255, np.uint8)
    with pytest.raises(UsageFault, match="sheet 1 has 1240 x 1754") as caught:
        BookletMaker(layout, settings, page_images=[small])
    assert "2480 x 3508" in caught.value.hint
    with pytest.raises(UsageFault, match="2 page pictures"):
        BookletMaker(layout, settings, page_images=[small, small])


def test_page_pictures_are_written_on() -> None:
    layout = simulation.layout()
    picture = draw_layout(layout, layout.pages[0])
    picture[3000:3100, 400:2000] = 0
    made = BookletMaker(layout, SimulationSettings(seed=1), page_images=[picture])
    page = made.page(simulation.students(1)[0], 1)
    x, y = np.rint(project(page.matrix, [(1200 / MM, 3050 / MM)])[0]).astype(int)
    assert page.image[y, x] < 80
    assert picture[3050, 1200] == 0, "the picture itself is not changed"


def test_a_blank_back_is_nearly_white_and_its_front_shines_through_a_little() -> None:
    made, one = maker("worn-feeder"), simulation.students(1)[0]
    page = blank_back(made.filled(one, 1).image, made.profile, child(1, 2))
    assert page.outcome == "blank"
    assert page.boxes == ()
    assert (page.image < 100).mean() < 0.01


def test_odd_pages_are_labelled_and_carry_their_kind_of_ink() -> None:
    profile = SCAN_PROFILES["office-200"]
    scratch, foreign = scratch_page(profile, child(1, 3)), foreign_page(profile, child(1, 4))
    assert (scratch.outcome, foreign.outcome) == ("scratch", "foreign")
    assert 0.001 < (scratch.image < 128).mean() < 0.1
    assert 0.005 < (foreign.image < 128).mean() < 0.2


def test_a_coffee_stain_darkens_a_ring_and_not_its_middle() -> None:
    paper = np.full((1500, 1500), 255, np.uint8)
    stained = stain(paper, child(1, 5), x=60, y=60, radius=30)
    middle = round(60 * MM)
    assert stained[middle, middle] == 255
    assert stained[middle, middle + round(30 * MM) - 20 : middle + round(30 * MM) + 20].min() < 240
