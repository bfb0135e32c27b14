"""Registration of paper printed by others: discs, squares, crosses, rings, a reference picture, nothing."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import Anchors, Box, Layout, LayoutBook, Marking, PageLayout, Shape
from pipeline.reading import Registered, Unmatched, register_page
from pipeline.reading.image import make_page_image, turn
from tests.reading.drawn_page import (
    HEIGHT,
    PER_MM,
    WIDTH,
    draw_master,
    homography,
    paper,
    photograph,
    worst_error_mm,
    write_lines,
)

PX = 200 / 25.4
CORNERS = ((20.0, 18.0), (190.0, 18.0), (190.0, 280.0), (20.0, 280.0))


def layout_with(anchors: Anchors, shape: Shape = "square", rows: int = 15) -> Layout:
    boxes = tuple(
        Box(question=str(row), option="ABCD"[column], shape=shape, x=30.0 + 11 * column, y=45.0 + 9 * row,
            w=4.5, h=4.5)
        for row in range(rows)
        for column in range(4)
    )  # fmt: skip
    page = PageLayout(sheet=1, width=WIDTH, height=HEIGHT, anchors=anchors, boxes=boxes)
    return Layout(name="theirs", unit="mm", marking=Marking.ANY, pages=(page,))


def corners_layout(mark: str, size: float = 5.0, shape: Shape = "square") -> Layout:
    return layout_with(Anchors(kind="corners", points=CORNERS, mark=mark, size=size), shape)


def result_of(
    gray: NDArray[np.uint8], layout: Layout, order: int = 1, dpi: float | None = 200
) -> Registered | Unmatched:
    return register_page(make_page_image(gray, dpi), LayoutBook(fixed=layout), order=order)


def found(gray: NDArray[np.uint8], layout: Layout, order: int = 1) -> Registered:
    result = result_of(gray, layout, order)
    assert isinstance(result, Registered), result
    return result


def refused(gray: NDArray[np.uint8], layout: Layout) -> Unmatched:
    result = result_of(gray, layout)
    assert isinstance(result, Unmatched), result
    return result


def written(layout: Layout, without: tuple[int, ...] = ()) -> NDArray[np.uint8]:
    picture = draw_master(layout, without=without)
    write_lines(picture, 10)
    return picture


@pytest.mark.parametrize("mark", ["disc", "square", "ring", "cross"])
@pytest.mark.parametrize(("degrees", "turns"), [(0.5, 0), (-2.0, 1), (13.0, 2), (4.0, 3)])
def test_marks_of_every_shape_place_a_page_however_it_lies(mark: str, degrees: float, turns: int) -> None:
    layout = corners_layout(mark)
    matrix = homography(PX, degrees, scale=0.8)
    page = found(turn(photograph(written(layout), matrix), turns), layout)
    assert page.quality.quarter_turns == (4 - turns) % 4
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1
    assert page.rms_mm < 0.15


@pytest.mark.parametrize("mark", ["disc", "cross"])
@pytest.mark.parametrize("missing", range(4))
def test_one_mark_of_four_may_be_missing(mark: str, missing: int) -> None:
    layout = corners_layout(mark)
    matrix = homography(PX, 1.5)
    page = found(photograph(written(layout, (missing,)), matrix), layout)
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1
    assert "mark missing: 1 of 4" in page.quality.notes


@pytest.mark.parametrize("grey", [255, 90])
def test_a_mark_that_print_or_a_pen_touches_is_found(grey: int) -> None:
    layout = corners_layout("disc")
    picture = written(layout)
    cv2.line(picture, (0, 18 * PER_MM + 6), (190 * PER_MM, 18 * PER_MM + 6), 0, 4)
    cv2.line(picture, (185 * PER_MM, 260 * PER_MM), (193 * PER_MM, 290 * PER_MM), 60, 7)
    picture = np.maximum(picture, np.uint8(0 if grey == 255 else grey))
    matrix = homography(PX, -1.0)
    page = found(photograph(picture, matrix), layout)
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1


def test_circles_are_found_as_well_as_squares() -> None:
    layout = corners_layout("square", shape="circle")
    matrix = homography(PX, 2.0, (2.0, 1.0))
    page = found(photograph(written(layout), matrix), layout)
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1


def test_filled_answers_as_large_as_the_marks_do_not_confuse_it() -> None:
    layout = corners_layout("disc", size=4.5)
    picture = written(layout)
    for box in layout.pages[0].boxes[::2]:
        centre = (round((box.x + box.w / 2) * PER_MM), round((box.y + box.h / 2) * PER_MM))
        cv2.circle(picture, centre, 27, 0, -1)
    matrix = homography(PX, 3.0)
    page = found(photograph(picture, matrix), layout)
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1


def test_a_page_with_marks_but_other_boxes_is_refused() -> None:
    layout = corners_layout("disc")
    moved = tuple(dataclasses.replace(box, x=box.x + 3.0, y=box.y + 2.6) for box in layout.pages[0].boxes)
    other = dataclasses.replace(layout, pages=(dataclasses.replace(layout.pages[0], boxes=moved),))
    result = refused(photograph(written(other), homography(PX)), layout)
    assert (result.finding, result.marks_found) == ("not-registered", 4)


def test_a_page_without_marks_is_refused() -> None:
    layout = corners_layout("disc")
    result = refused(photograph(written(layout, (0, 1, 2, 3)), homography(PX)), layout)
    assert result.finding == "not-registered"
    assert result.message.endswith("marks were not found: scan the page again, whole and flat")


def test_an_empty_page_is_blank_and_not_a_failure() -> None:
    blank = np.full(paper()[::-1], 245, np.uint8)
    assert refused(blank, corners_layout("disc")).finding == "blank"


def test_a_mirrored_page_is_refused() -> None:
    layout = corners_layout("disc")
    mirrored = np.ascontiguousarray(photograph(written(layout), homography(PX))[:, ::-1])
    assert refused(mirrored, layout).finding == "not-registered"


def test_pages_of_a_layout_are_tried_in_the_order_of_the_file_and_then_by_what_is_printed() -> None:
    first = corners_layout("disc")
    boxes = tuple(dataclasses.replace(box, x=box.x + 61.0, y=box.y + 3.0) for box in first.pages[0].boxes)
    second = dataclasses.replace(first.pages[0], sheet=2, boxes=boxes)
    both = dataclasses.replace(first, pages=(first.pages[0], second))
    gray = photograph(draw_master(dataclasses.replace(first, pages=(second,))), homography(PX, 0.6))
    for order in (1, 2, 3, 4):
        assert found(gray, both, order).page.sheet == 2


def test_pixels_as_layout_units_give_residuals_in_millimetres() -> None:
    layout = corners_layout("disc")
    page = layout.pages[0]
    unit = 11.8
    boxes = tuple(
        dataclasses.replace(box, x=box.x * unit, y=box.y * unit, w=box.w * unit, h=box.h * unit)
        for box in page.boxes
    )
    points = tuple((x * unit, y * unit) for x, y in CORNERS)
    anchors = dataclasses.replace(page.anchors, points=points, size=5.0 * unit)
    scaled = dataclasses.replace(page, width=WIDTH * unit, height=HEIGHT * unit, anchors=anchors, boxes=boxes)
    in_px = dataclasses.replace(layout, unit="px", pages=(scaled,))
    gray = photograph(written(layout), homography(PX, 1.0))
    for dpi in (200, None):
        result = result_of(gray, in_px, dpi=dpi)
        assert isinstance(result, Registered)
        assert result.px_per_mm == pytest.approx(PX, rel=0.01)
        assert 0.0 < result.rms_mm < 0.15


def test_without_anchors_the_picture_is_the_page() -> None:
    layout = layout_with(Anchors(kind="none"))
    matrix = homography(PX, 0.15, (0.4, -0.3))
    page = found(photograph(written(layout), matrix), layout)
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.1


def test_without_anchors_and_outlines_the_scale_alone_stands() -> None:
    layout = layout_with(Anchors(kind="none"))
    bare = dataclasses.replace(layout, pages=(dataclasses.replace(layout.pages[0], boxes=()),))
    page = found(photograph(written(bare), homography(PX)), layout)
    assert worst_error_mm(layout, page.matrix, homography(PX), PX) < 0.05
    assert page.quality.notes == ("few outlines",)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_without_anchors_a_picture_that_clearly_lies_otherwise_is_turned(turns: int) -> None:
    layout = layout_with(Anchors(kind="none"))
    page = found(turn(photograph(written(layout), homography(PX)), turns), layout)
    assert page.quality.quarter_turns == (4 - turns) % 4
    assert worst_error_mm(layout, page.matrix, homography(PX), PX) < 0.1


def test_without_anchors_a_picture_of_other_proportions_is_refused() -> None:
    layout = layout_with(Anchors(kind="none"))
    gray = photograph(written(layout), homography(PX))[:1700]
    assert "proportions" in refused(np.ascontiguousarray(gray), layout).message


@pytest.fixture
def by_picture(tmp_path: Path) -> tuple[Layout, NDArray[np.uint8]]:
    """A layout with a reference picture at 150 dpi, and its page drawn."""
    plain = layout_with(Anchors(kind="none"))
    drawn = written(plain)
    for line in range(14):
        text = f"{line}. which of {line * 7919 % 613} values {line * 104729 % 997}?"
        cv2.putText(drawn, text, (200, 2300 + 80 * line), cv2.FONT_HERSHEY_DUPLEX, 1.5, (0,), 3)
    reference = photograph(drawn, homography(150 / 25.4), paper(150 / 25.4), noise=0)
    cv2.imwrite(str(tmp_path / "blank.png"), reference)
    anchors = Anchors(kind="image", reference=str(tmp_path / "blank.png"))
    page = dataclasses.replace(plain.pages[0], anchors=anchors)
    return dataclasses.replace(plain, pages=(page,)), drawn


@pytest.mark.parametrize(("degrees", "turns"), [(0.8, 0), (-5.0, 0), (2.0, 2), (1.0, 1)])
def test_a_reference_picture_places_a_page_however_it_lies(
    by_picture: tuple[Layout, NDArray[np.uint8]], degrees: float, turns: int
) -> None:
    layout, drawn = by_picture
    matrix = homography(PX, degrees, (2.0, 3.0), scale=0.95)
    page = found(turn(photograph(drawn, matrix), turns), layout)
    assert page.quality.quarter_turns == (4 - turns) % 4
    assert worst_error_mm(layout, page.matrix, matrix, PX) < 0.12


def test_a_page_that_is_not_the_reference_picture_is_refused(
    by_picture: tuple[Layout, NDArray[np.uint8]],
) -> None:
    layout, _ = by_picture
    other = np.full((round(HEIGHT * PER_MM), round(WIDTH * PER_MM)), 255, np.uint8)
    for line in range(30):
        cv2.putText(
            other, f"an essay {line**3}", (300, 200 + 100 * line), cv2.FONT_HERSHEY_SIMPLEX, 2, (0,), 4
        )
    assert refused(photograph(other, homography(PX)), layout).finding == "not-registered"


def test_a_missing_reference_picture_is_named(tmp_path: Path) -> None:
    layout = layout_with(Anchors(kind="image", reference=str(tmp_path / "gone.png")))
    assert (
        "reference picture cannot be read"
        in refused(photograph(written(layout), homography(PX)), layout).message
    )
