"""Re-finding boxes by their printed outline."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import BoxState, Shape
from pipeline.reading import measure_boxes
from pipeline.reading.boxes import outline_distance
from pipeline.reading.sampling import Frames, frame_boxes, grid, sample, shrunk_by
from tests.reading.drawn_boxes import CROSS, PER_MM, SIZE, Page, curl, draw, fill, measured, read

MANY_MARKS = {(row, "ABCDE"[row % 5]): fill() if row % 2 else CROSS for row in range(10)}


def misses_px(page: Page) -> NDArray[np.float64]:
    """How far each box was found from where it was drawn."""
    places = measured(page).places_px[:, :2].astype(np.float64)
    boxes = page.layout().pages[0].boxes
    centres = np.array([[box.x + SIZE / 2, box.y + SIZE / 2] for box in boxes])
    drawn = centres * PER_MM - 0.5 + curl(page, centres)
    return np.asarray(np.hypot(*(places - drawn).T))


@pytest.mark.parametrize("shape", ["square", "circle"])
@pytest.mark.parametrize("displaced", [(0.0, 0.0), (2.0, -1.0), (-4.0, 4.0), (8.0, 0.0), (5.5, -5.5)])
def test_boxes_up_to_eight_pixels_off_are_found_to_a_pixel_and_a_half(
    shape: Shape, displaced: tuple[float, float]
) -> None:
    page = Page(shape=shape, displaced_px=displaced, marks=MANY_MARKS)
    assert misses_px(page).max() < 1.5


@pytest.mark.parametrize("shape", ["square", "circle"])
@pytest.mark.parametrize("off", [0.0, 2.0, 4.0, 8.0])
def test_misplacement_of_our_own_paper_does_not_matter(shape: Shape, off: float) -> None:
    displaced = Page(ours=True, shape=shape, displaced_px=(off, -off / 2), marks=MANY_MARKS)
    curled = Page(ours=True, shape=shape, curled_px=off, marks=MANY_MARKS)
    assert misses_px(displaced).max() < 1.5
    assert misses_px(curled).max() < 1.5


@pytest.mark.parametrize("ours", [True, False])
def test_every_box_reads_the_same_however_far_the_page_is_misplaced(ours: bool) -> None:
    for off in (0.0, 2.0, 4.0, 8.0):
        for page in (
            Page(ours=ours, displaced_px=(-off, off / 2), marks=MANY_MARKS),
            Page(ours=ours, curled_px=off, marks=MANY_MARKS),
        ):
            states, _ = read(page)
            marked = {place for place, state in states.items() if state is BoxState.MARKED}
            assert marked == set(MANY_MARKS)
            assert BoxState.DOUBTFUL not in states.values()


def test_letters_inside_boxes_do_not_move_them() -> None:
    assert misses_px(Page(letters=True, displaced_px=(3.0, 3.0), marks=MANY_MARKS)).max() < 1.5


def test_a_bilevel_page_is_found_as_well() -> None:
    assert misses_px(Page(bilevel=True, displaced_px=(-3.0, 5.0), marks=MANY_MARKS)).max() < 1.5


def test_a_page_without_outlines_leaves_its_boxes_within_a_tenth_of_where_the_layout_says() -> None:
    page = Page(displaced_px=(3.0, 0.0), contrast=0.0)
    places = measured(page).places_px[:, :2].astype(np.float64)
    boxes = page.layout().pages[0].boxes
    said = np.array([[box.x + SIZE / 2, box.y + SIZE / 2] for box in boxes]) * PER_MM + [2.5, -0.5]
    assert np.abs(places - said).max() < 0.101 * SIZE * PER_MM


def test_displacement_is_told_in_mm() -> None:
    assert measured(Page(displaced_px=(4.0, 0.0))).rms_mm == pytest.approx(4.0 / PER_MM, abs=0.12)


def test_a_frame_follows_perspective() -> None:
    matrix = np.array([[8.0, 0.2, 5.0], [0.1, 7.5, 3.0], [1e-4, 2e-4, 1.0]])
    boxes = Page(questions=2).layout().pages[0].boxes
    frames = frame_boxes(matrix, boxes)
    box = boxes[3]
    corners = np.array([[box.x, box.y + SIZE / 2, 1.0], [box.x + SIZE, box.y + SIZE / 2, 1.0]]) @ matrix.T
    left, right = corners[:, :2] / corners[:, 2:]
    assert np.allclose(frames.axes[3][:, 0], right - left, atol=0.02)
    assert np.allclose(frames.centres[3], (left + right) / 2, atol=0.02)


def test_a_page_is_shrunk_by_halves_while_its_boxes_stay_large_enough() -> None:
    boxes = Page(questions=3).layout().pages[0].boxes
    for scale, factor in ((0.4, 1), (1.0, 1), (1.3, 2), (2.4, 2), (2.6, 4)):
        frames = frame_boxes(np.diag([PER_MM * scale, PER_MM * scale, 1.0]), boxes)
        assert shrunk_by(frames) == factor


def test_a_page_of_three_times_the_resolution_gives_the_same_places() -> None:
    registered = draw(Page(questions=6, marks={(2, "B"): CROSS}))
    matrix = np.diag([3.0, 3.0, 1.0]) @ registered.matrix
    matrix[:2, 2] += 1.0
    big = replace(
        registered,
        gray=np.kron(registered.gray, np.ones((3, 3), dtype=np.uint8)),
        matrix=matrix,
        px_per_mm=3 * PER_MM,
    )
    places = (measure_boxes(big).places_px[:, :2] - 1.0) / 3.0
    assert np.abs(places - measure_boxes(registered).places_px[:, :2]).max() < 0.7


def test_more_boxes_than_a_remap_takes_are_sampled_all_the_same() -> None:
    count = 33000
    gray = np.tile(np.arange(100, dtype=np.uint8), (100, 1))
    centres = np.stack([np.linspace(10, 89, count), np.full(count, 50.0)], axis=1).astype(np.float32)
    axes = np.tile(np.eye(2, dtype=np.float32), (count, 1, 1))
    middle = sample(gray, Frames(centres=centres, axes=axes), 2, 0.5)
    assert middle.shape == (count, 2, 2)
    assert np.abs(middle.mean(axis=(1, 2)) - centres[:, 0]).max() < 1.0


def test_the_distance_to_an_outline_is_negative_inside() -> None:
    points = grid(4, 1.0)
    square, circle = outline_distance("square", points), outline_distance("circle", points)
    corner = int(np.argmin(np.abs(points - [0.375, 0.375]).sum(axis=1)))
    assert square[corner] < 0 < circle[corner]
