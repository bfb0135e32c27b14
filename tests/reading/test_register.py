"""Registration, against pages whose place is known by construction."""

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import LayoutBook, PageCode
from pipeline.reading import PageImage, Registered, Unmatched, register_page
from pipeline.reading.image import make_page_image, turn, turn_matrix
from tests.reading.drawn_page import (
    CODE,
    draw_master,
    homography,
    our_layout,
    paper,
    photograph,
    worst_error_mm,
    write_lines,
)

LAYOUT = our_layout()
BOOK = LayoutBook(coded=(LAYOUT,))
DPI = 200
PX = DPI / 25.4


@pytest.fixture(scope="module")
def master() -> NDArray[np.uint8]:
    picture = draw_master(LAYOUT)
    write_lines(picture)
    return picture


def scanned(gray: NDArray[np.uint8], dpi: float | None = DPI) -> PageImage:
    return make_page_image(gray, dpi)


def found(image: PageImage, book: LayoutBook = BOOK, order: int = 1) -> Registered:
    result = register_page(image, book, order=order)
    assert isinstance(result, Registered), result
    return result


def refused(image: PageImage, book: LayoutBook = BOOK, order: int = 1) -> Unmatched:
    result = register_page(image, book, order=order)
    assert isinstance(result, Unmatched), result
    return result


@pytest.mark.parametrize("degrees", [-8.0, -1.3, 0.0, 0.4, 3.0, 8.0])
def test_a_skewed_page_is_placed_to_a_tenth_of_a_millimetre(
    master: NDArray[np.uint8], degrees: float
) -> None:
    matrix = homography(PX, degrees, (1.5, -2.0), scale=0.93)
    page = found(scanned(photograph(master, matrix)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1
    assert page.code == CODE
    assert page.rms_mm < 0.15
    assert page.px_per_mm == pytest.approx(PX * 0.93, rel=0.005)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_fed_any_way_round_comes_out_upright(master: NDArray[np.uint8], turns: int) -> None:
    matrix = homography(PX, 1.1)
    upright = photograph(master, matrix)
    page = found(scanned(turn(upright, turns)))
    assert page.quality.quarter_turns == (4 - turns) % 4
    assert page.gray.shape == upright.shape
    assert np.array_equal(page.gray, upright)
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_any_one_corner_mark_may_be_missing(missing: int) -> None:
    picture = draw_master(LAYOUT, without=(missing,))
    write_lines(picture)
    matrix = homography(PX, -2.0)
    page = found(scanned(photograph(picture, matrix)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1
    assert page.quality.notes == ("mark missing: 1 of 4",)


@pytest.mark.parametrize("torn", [0, 1, 2, 3])
def test_a_torn_corner_takes_its_code_with_it_and_the_page_is_still_read(
    master: NDArray[np.uint8], torn: int
) -> None:
    picture = master.copy()
    height, width = picture.shape
    corner = np.array([(0, 0), (width, 0), (width, height), (0, height)][torn])
    across, down = np.diag([(600, 600), (-600, 600), (-600, -600), (600, -600)][torn])
    cv2.fillPoly(picture, [np.array([corner, corner + across, corner + down])], 0)
    matrix = homography(PX, 0.7)
    page = found(scanned(photograph(picture, matrix)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1


@pytest.mark.parametrize("scale", [0.85, 1.1])
def test_a_page_printed_smaller_or_larger_says_so(master: NDArray[np.uint8], scale: float) -> None:
    matrix = homography(PX, 0.3, (9.0, 13.0), scale=scale)
    page = found(scanned(photograph(master, matrix, paper(1.1 * PX))))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1
    assert f"scaled: {scale * 100:.0f} %" in page.quality.notes


def test_a_phone_photo_with_a_dark_table_and_perspective_is_placed(master: NDArray[np.uint8]) -> None:
    matrix = homography(7.0, 5.0, (4.0, 3.0), perspective=(4e-4, -5e-4), scale=0.8)
    page = found(scanned(photograph(master, matrix, (1700, 2200), around=40), dpi=None))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, 5.6) < 0.15


def test_black_borders_of_the_scanner_do_not_matter(master: NDArray[np.uint8]) -> None:
    matrix = homography(PX, 2.5, (3.0, 2.0))
    page = found(scanned(photograph(master, matrix, (1800, 2400), around=0)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1


def test_a_bilevel_fax_is_placed_and_known_as_bilevel(master: NDArray[np.uint8]) -> None:
    matrix = homography(PX, -0.9)
    gray = photograph(master, matrix)
    page = found(scanned(np.where(gray < 130, 0, 255).astype(np.uint8)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1
    assert page.quality.bilevel


@pytest.mark.parametrize("dpi", [100, 300])
def test_coarse_and_fine_scans_are_placed_alike(master: NDArray[np.uint8], dpi: int) -> None:
    matrix = homography(dpi / 25.4, 1.7)
    page = found(scanned(photograph(master, matrix, paper(dpi / 25.4)), dpi))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, dpi / 25.4) < 0.1
    assert page.quality.dpi == pytest.approx(dpi, rel=0.005)


def test_a_mirrored_page_is_refused(master: NDArray[np.uint8]) -> None:
    mirrored = cv2.flip(photograph(master, homography(PX)), 1)
    assert refused(scanned(mirrored.astype(np.uint8))).finding in (
        "not-registered",
        "no-code",
        "foreign-code",
    )


@pytest.mark.parametrize("missing", [(0, 2), (1, 3), (0, 1, 2, 3)])
def test_with_few_marks_left_the_two_codes_place_the_page(missing: tuple[int, ...]) -> None:
    picture = draw_master(LAYOUT, without=missing)
    write_lines(picture)
    matrix = homography(PX, 1.4)
    page = found(scanned(photograph(picture, matrix)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1
    assert page.quality.notes == (f"mark missing: {len(missing)} of 4",)


def test_without_marks_and_boxes_a_page_is_refused_and_the_reason_named() -> None:
    bare = dataclasses.replace(LAYOUT, pages=(dataclasses.replace(LAYOUT.pages[0], boxes=()),))
    picture = draw_master(bare, without=(0, 1))
    write_lines(picture)
    result = refused(scanned(photograph(picture, homography(PX))))
    assert result.finding == "not-registered"
    assert result.message == ("its registration marks were not found: scan the page again, whole and flat")
    assert result.code == CODE


def test_marks_without_the_boxes_of_this_layout_are_not_believed() -> None:
    other = our_layout()
    moved = tuple(dataclasses.replace(box, x=box.x + 3.1, y=box.y + 2.3) for box in other.pages[0].boxes)
    page = dataclasses.replace(other.pages[0], boxes=moved)
    picture = draw_master(dataclasses.replace(other, pages=(page,)))
    result = refused(scanned(photograph(picture, homography(PX))))
    assert (result.finding, result.marks_found) == ("not-registered", 4)
    assert result.message == (
        "the printed boxes are not where its marks put them: scan the page again, whole, flat and in grey"
    )


def test_filled_boxes_as_large_as_marks_do_not_confuse_it(master: NDArray[np.uint8]) -> None:
    picture = master.copy()
    for box in LAYOUT.pages[0].boxes[::2]:
        left, top = round(box.x * 12), round(box.y * 12)
        picture[top : top + 54, left : left + 54] = 20
    matrix = homography(PX, 1.2)
    page = found(scanned(photograph(picture, matrix)))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1


def test_two_pages_in_one_picture_are_refused(master: NDArray[np.uint8]) -> None:
    other = PageCode(exam=CODE.exam, version="A", sheet=1, serial=8, layout=CODE.layout)
    left = photograph(master, homography(PX))
    right = photograph(draw_master(LAYOUT, code=other), homography(PX))
    both = np.hstack([left, right])
    assert refused(scanned(both, None)).finding == "not-registered"


def test_one_page_of_ours_on_a_large_table_is_read(master: NDArray[np.uint8]) -> None:
    matrix = homography(PX, 3.0, (60.0, 40.0))
    page = found(scanned(photograph(master, matrix, (2800, 3200), around=90), None))
    assert worst_error_mm(LAYOUT, page.matrix, matrix, PX) < 0.1


@pytest.mark.parametrize("turns", range(4))
def test_turning_a_picture_and_turning_its_points_agree(turns: int) -> None:
    picture = np.zeros((5, 7), np.uint8)
    picture[1, 5] = 9
    place = turn_matrix(7, 5, turns) @ np.array([5.0, 1.0, 1.0])
    assert turn(picture, turns)[round(place[1]), round(place[0])] == 9


def test_registered_pixels_cannot_be_changed(master: NDArray[np.uint8]) -> None:
    page = found(scanned(photograph(master, homography(PX))))
    with pytest.raises(ValueError, match="read-only"):
        page.gray[0, 0] = 1
