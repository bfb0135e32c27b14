"""What is wrong with a scan is told, where it is, and takes exactly the boxes that it crosses."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import LayoutBook
from pipeline.reading import PageImage, Registered, Unmatched, register_page
from pipeline.reading.image import make_page_image
from pipeline.reading.quality import DEFECT_WORDS, box_defects, defect_kinds
from pipeline.reading.quality_levels import no_contrast
from pipeline.reading.quality_view import small_page
from pipeline.reading.quality_words import sentence
from pipeline.reading.registered import apply
from tests.reading.drawn_page import (
    PER_MM,
    draw_master,
    homography,
    our_layout,
    paper,
    photograph,
    write_lines,
)

LAYOUT = our_layout()
BOOK = LayoutBook(coded=(LAYOUT,))
Picture = NDArray[np.uint8]
COLUMN_B = 12 * 1 + 40 + 4.5 / 2
"""Middle of the boxes of option B, mm from the left."""


@pytest.fixture(scope="module")
def master() -> Picture:
    picture = draw_master(LAYOUT)
    write_lines(picture)
    picture.setflags(write=False)
    return picture


def scan(master: Picture, dpi: float = 200.0, degrees: float = 0.0, **others: int) -> Picture:
    px = dpi / 25.4
    return photograph(master, homography(px, degrees), paper(px), **others)


def look(picture: Picture, dpi: float = 200.0) -> PageImage:
    return make_page_image(np.ascontiguousarray(picture), dpi)


def read(picture: Picture, dpi: float = 200.0) -> Registered:
    page = register_page(look(picture, dpi), BOOK, order=1)
    assert isinstance(page, Registered), page
    return page


def places(page: Registered) -> NDArray[np.float32]:
    boxes = np.array([(b.x + b.w / 2, b.y + b.h / 2, b.w, b.h) for b in page.page.boxes])
    middles = apply(page.matrix, boxes[:, :2])
    return np.concatenate([middles, boxes[:, 2:] * page.px_per_mm], axis=1).astype(np.float32)


def crossed(page: Registered) -> set[tuple[str, str]]:
    """(question, option) of the boxes that a defect crosses."""
    lost = box_defects(page, places(page))
    return {(b.question, b.option) for b, one in zip(page.page.boxes, lost, strict=True) if one > 0}


def kinds(page: Registered) -> set[str]:
    """Words for what crosses boxes."""
    return {DEFECT_WORDS[int(kind)] for kind in defect_kinds(page, places(page)) if kind}


def words(page: Registered) -> set[str]:
    return {note.split(":")[0] for note in page.quality.notes}


def darken(picture: Picture, columns: slice, kept: float) -> Picture:
    dirty = picture.copy()
    dirty[:, columns] = (dirty[:, columns] * kept).astype(np.uint8)
    return dirty


def threshold(picture: Picture) -> Picture:
    return np.where(picture > 150, np.uint8(255), np.uint8(0))


def at(mm: float, dpi: float = 200.0) -> int:
    return round(mm * dpi / 25.4)


# --- clean pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dpi", [100.0, 150.0, 200.0, 300.0])
@pytest.mark.parametrize("degrees", [0.0, 0.4, -1.7])
def test_a_clean_page_has_no_note_and_no_box_is_lost(master: Picture, dpi: float, degrees: float) -> None:
    page = read(scan(master, dpi, degrees), dpi)
    assert page.quality.notes == ()
    assert crossed(page) == set()


@pytest.mark.parametrize("dpi", [100.0, 150.0, 200.0, 300.0])
@pytest.mark.parametrize("degrees", [0.0, 0.4, -1.7])
def test_a_clean_black_and_white_page_is_told_to_be_one_and_no_box_is_lost(
    master: Picture, dpi: float, degrees: float
) -> None:
    page = read(threshold(scan(master, dpi, degrees)), dpi)
    assert page.quality.notes == ("black and white",)
    assert crossed(page) == set()


@pytest.mark.parametrize("place", [5.0, 30.0, COLUMN_B, 104.0])
def test_a_line_that_is_printed_ends_before_the_paper_and_is_no_streak(master: Picture, place: float) -> None:
    ruled = master.copy()
    ruled[8 * PER_MM : -8 * PER_MM, round(place * PER_MM) : round((place + 0.3) * PER_MM)] = 0
    assert read(scan(ruled)).quality.notes == ()


# --- lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dpi", "wide", "kept"), [(200, 1, 0.6), (200, 2, 0.8), (300, 2, 0.6), (300, 3, 0.3)]
)
def test_a_streak_takes_the_boxes_that_it_crosses_and_no_other(
    master: Picture, dpi: int, wide: int, kept: float
) -> None:
    left = at(COLUMN_B, dpi)
    page = read(darken(scan(master, dpi), slice(left, left + wide), kept), dpi)
    assert page.quality.notes == (f"streak: {COLUMN_B:.0f} mm from the left",)
    assert crossed(page) == {(str(row), "B") for row in range(1, 21)}
    assert kinds(page) == {"streak"}


def test_a_streak_weighs_as_much_ink_as_it_puts_into_a_box(master: Picture) -> None:
    page = read(darken(scan(master), slice(at(COLUMN_B), at(COLUMN_B) + 2), 0.5))
    lost = box_defects(page, places(page)).max()
    # two of 35 pixels, half dark
    assert 0.6 * 2 * 0.5 / 35.4 < lost < 1.5 * 2 * 0.5 / 35.4


def test_a_streak_is_found_on_a_bilevel_scan(master: Picture) -> None:
    page = read(threshold(darken(scan(master), slice(at(COLUMN_B), at(COLUMN_B) + 1), 0.4)))
    assert words(page) == {"streak", "black and white"}
    assert crossed(page) == {(str(row), "B") for row in range(1, 21)}


@pytest.mark.parametrize(
    ("turns", "where"),
    [
        (0, "83 mm from the left"),
        (1, "83 mm from the top"),
        (2, "127 mm from the left"),
        (3, "127 mm from the top"),
    ],
)
def test_a_streak_is_told_where_it_lies_in_the_scan_as_it_came(
    master: Picture, turns: int, where: str
) -> None:
    """A page that was fed sideways or upside-down lies so in the scan; the glass does not turn."""
    upright = darken(scan(master), slice(at(83), at(83) + 2), 0.5)
    assert read(np.rot90(upright, -turns)).quality.notes == (f"streak: {where}",)


def test_a_streak_between_the_boxes_takes_none(master: Picture) -> None:
    page = read(darken(scan(master), slice(at(48), at(48) + 2), 0.5))
    assert words(page) == {"streak"}
    assert crossed(page) == set()


@pytest.mark.parametrize("dpi", [200, 300])
def test_a_fold_across_the_page_takes_the_boxes_that_it_crosses(master: Picture, dpi: int) -> None:
    picture = scan(master, dpi)
    width = picture.shape[1]
    shade = np.zeros_like(picture)
    ends = (0, at(98.0, dpi)), (width, at(102.0, dpi))
    cv2.line(shade, *ends, (60,), 2, cv2.LINE_AA)
    page = read(np.asarray(cv2.subtract(picture, shade), np.uint8), dpi)
    assert page.quality.notes == ("fold: 100 mm from the top",)
    rows = {question for question, _ in crossed(page)}
    # row 7 lies at 98.0 to 102.5 mm, and the fold at 98.7 to 100 there
    assert rows == {"7"}
    assert kinds(page) == {"fold"}


# --- cover -----------------------------------------------------------------------------------------


def test_the_lid_behind_a_folded_corner_is_told_and_is_no_mark(master: Picture) -> None:
    picture = scan(master)
    height = picture.shape[0]
    leg = at(160)
    cv2.fillConvexPoly(picture, np.array([[0, height], [leg, height], [0, height - leg]]), (20,))
    page = read(picture)
    assert page.quality.notes == ("folded corner: bottom left",)
    under = {
        (b.question, b.option) for b in page.page.boxes if (b.x + b.w / 2) + (297 - (b.y + b.h / 2)) < 160 - 8
    }
    assert under
    assert under <= crossed(page)
    lost = dict(
        zip([(b.question, b.option) for b in page.page.boxes], box_defects(page, places(page)), strict=True)
    )
    assert min(lost[name] for name in under) > 0.9
    far = {(b.question, b.option) for b in page.page.boxes if b.x + (297 - b.y - b.h) > 160 + 8}
    assert not far & crossed(page)
    assert "cut off" in kinds(page)


def test_boxes_beyond_the_edge_of_the_scan_are_lost_and_the_others_are_not(master: Picture) -> None:
    picture = scan(master)[:, at(50) :]
    page = read(picture)
    assert page.quality.notes == ("cut off: 50 mm at the left",)
    assert {option for _, option in crossed(page)} == {"A"}
    assert box_defects(page, places(page)).max() == 1.0
    assert kinds(page) == {"cut off"}


def test_a_page_most_of_whose_boxes_are_torn_off_is_refused(master: Picture) -> None:
    picture = scan(master)
    picture[at(40) : at(168), : at(70)] = 20
    page = register_page(look(picture), BOOK, order=1)
    assert isinstance(page, Unmatched)
    assert page.finding == "not-registered"
    assert page.message == "45 % of the boxes are cut off or covered: scan the whole page"


@pytest.mark.parametrize("dpi", [200, 300])
def test_punch_holes_and_staples_are_told_from_print(master: Picture, dpi: int) -> None:
    picture = scan(master, dpi)
    for y in (108.5, 188.5):
        cv2.circle(picture, (at(12, dpi), at(y, dpi)), at(2.75, dpi), (20,), cv2.FILLED, cv2.LINE_AA)
    cv2.line(picture, (at(5, dpi), at(10, dpi)), (at(13, dpi), at(5, dpi)), (70,), at(0.5, dpi), cv2.LINE_AA)
    page = read(picture, dpi)
    assert page.quality.notes == ("punch hole: 2 punch holes", "staple: top left")
    assert crossed(page) == set()


def test_what_lies_under_a_hole_is_lost(master: Picture) -> None:
    picture = scan(master)
    cv2.circle(picture, (at(12), at(120)), at(2.75), (20,), cv2.FILLED)
    page = read(picture)
    spots = np.array([[at(12), at(120), 35, 35], [at(20), at(120), 35, 35]], dtype=np.float32)
    under, beside = box_defects(page, spots)
    assert under > 0.8
    assert beside == 0.0
    assert DEFECT_WORDS[int(defect_kinds(page, spots)[0])] == "hole"


# --- the scan as a whole ---------------------------------------------------------------------------


def shine(picture: Picture, strength: float) -> Picture:
    back = cv2.GaussianBlur(picture[:, ::-1], (0, 0), 4.0).astype(np.float64) / 255.0
    return np.rint(picture * (1.0 - strength * (1.0 - back))).astype(np.uint8)


DEFECTS: dict[str, Callable[[Picture], Picture]] = {
    "dark": lambda p: (p * 0.38).astype(np.uint8),
    "coloured paper": lambda p: (p * 0.62).astype(np.uint8),
    "light": lambda p: (235 - (235 - np.minimum(p, 235)) * 0.35).astype(np.uint8),
    "blurred": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 2.4), np.uint8),
}


@pytest.mark.parametrize("word", DEFECTS)
def test_what_the_whole_scan_suffers_from_is_told(master: Picture, word: str) -> None:
    page = read(DEFECTS[word](scan(master)))
    assert words(page) == {word}
    assert crossed(page) == set()


@pytest.mark.parametrize(("kept", "percent"), [(0.45, 43), (0.47, 45)])
def test_paper_that_came_out_dark_on_a_grey_scan_is_to_be_scanned_with_more_brightness(
    master: Picture, kept: float, percent: int
) -> None:
    (text,) = read((scan(master) * kept).astype(np.uint8)).quality.notes
    assert f"(paper at {percent} % of white): scan with more brightness" in sentence(text)


def test_a_hand_that_shook_is_told_as_blur(master: Picture) -> None:
    kernel = np.full((1, 7), 1 / 7)
    assert words(read(np.asarray(cv2.filter2D(scan(master), -1, kernel), np.uint8))) == {"blurred"}


@pytest.mark.parametrize(("strength", "told"), [(0.02, False), (0.12, True)])
def test_a_back_side_that_shows_through_is_told(strength: float, told: bool) -> None:
    back = draw_master(LAYOUT)
    for line in range(60):
        text = "the answer to this question is seven of nine, see overleaf " * 2
        cv2.putText(back, text, (200, 700 + 42 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 0, 5)
    front = scan(draw_master(LAYOUT))
    veil = cv2.GaussianBlur(scan(back)[:, ::-1], (0, 0), 3.0).astype(np.float64) / 245.0
    picture = front * (1.0 - strength * np.clip(1.0 - veil, 0.0, 1.0))
    page = read(np.clip(picture, 0, 255).astype(np.uint8))
    assert ("show-through" in words(page)) == told


def test_a_piece_of_another_sheet_below_the_page_is_told(master: Picture) -> None:
    page = scan(master)
    piece = np.where(scan(master)[at(40) : at(110)] < 200, np.uint8(30), np.uint8(244))
    edge = np.full((2, page.shape[1]), 150, np.uint8)
    assert read(np.vstack([page, edge, piece])).quality.notes == ("double feed: below",)
    bare = np.full_like(piece, 244)
    assert read(np.vstack([page, bare])).quality.notes == ()


@pytest.mark.parametrize(("degrees", "covered_mm"), [(0.0, 3.0), (1.5, 0.0), (1.5, -1.0), (-1.0, 1.5)])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_edge_of_another_sheet_is_no_streak_of_the_glass(
    master: Picture, degrees: float, covered_mm: float, turns: int
) -> None:
    page, piece = scan(master, degrees=degrees), scan(master)[at(40) : at(110)]
    gap = np.full((max(0, at(-covered_mm)), page.shape[1]), 244, np.uint8)
    edge = np.full((2, page.shape[1]), 150, np.uint8)
    both = np.vstack([page[: page.shape[0] - max(0, at(covered_mm))], gap, edge, piece])
    assert read(np.rot90(both, turns)).quality.notes == ("double feed: below",)


def test_a_streak_beside_another_sheet_is_still_told(master: Picture) -> None:
    page, piece = scan(master), scan(master)[at(40) : at(110)]
    both = np.vstack([page, np.full((2, page.shape[1]), 150, np.uint8), piece])
    dirty = darken(both, slice(at(48), at(48) + 2), 0.5)
    assert words(read(dirty)) == {"streak", "double feed"}


def test_too_few_pixels_are_told(master: Picture) -> None:
    assert words(read(scan(master, 80.0), 80.0)) == {"low resolution"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 9.0), np.uint8),
        lambda p: (p * 0.14).astype(np.uint8),
        lambda p: (235 - (235 - np.minimum(p, 235)) * 0.08).astype(np.uint8),
    ],
    ids=["blur", "black", "pale"],
)
def test_a_page_on_which_nothing_can_be_read_is_refused(
    master: Picture, spoil: Callable[[Picture], Picture]
) -> None:
    assert isinstance(register_page(look(spoil(scan(master))), BOOK, order=1), Unmatched)


@pytest.mark.parametrize(("print_grey", "refused"), [(150.0, False), (200.0, True), (255.0, True)])
def test_a_page_with_hardly_any_print_is_judged_by_the_outlines_that_placed_it(
    print_grey: float, refused: bool
) -> None:
    # at this size thin print is paler than it is, and too little of it is there to be the darkest
    picture = np.full((292 * 2, 206 * 2), 230, np.uint8)
    picture[100:104, 40:60] = 120
    page = small_page(
        picture, 4, matrix=np.diag([8.0, 8.0, 1.0]), page=LAYOUT.pages[0], px_per_mm=2.0, unit_mm=1.0
    )
    assert no_contrast(page, print_grey) is refused
