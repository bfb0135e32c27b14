"""Pages whose rows are all alike: none is read a row off, upside-down, or at the wrong size."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks._alike_rows import Case, Kind, make_case, scan, upright_error_mm
from benchmarks._typeset_pages import error_mm, take, typeset_layouts
from pipeline.model import LayoutBook
from pipeline.reading import Registered, Unmatched, register_page
from pipeline.reading.alike import find_rivals
from pipeline.reading.image import make_page_image, turn
from pipeline.reading.upright import text_stands


def error_of(case: Case, folder: Path) -> float | None:
    """Largest error of a box, mm; None: the page was refused."""
    scanned = scan(case, folder)
    found = register_page(make_page_image(scanned.picture, 150), LayoutBook(fixed=scanned.layout), order=1)
    if isinstance(found, Unmatched):
        return None
    return upright_error_mm(found.matrix, found.quality.quarter_turns, scanned)


@pytest.mark.parametrize(("kind", "least"), [("corners", 4), ("image", 8), ("none", 3)])
def test_no_page_is_read_in_the_wrong_place(kind: Kind, least: int, tmp_path: Path) -> None:
    errors = [error_of(make_case(kind, seed), tmp_path) for seed in range(10)]
    read = [error for error in errors if error is not None]
    assert max(read) < 0.5
    assert len(read) >= least


@pytest.mark.parametrize("kind", ["corners", "image"])
@pytest.mark.parametrize("rows", [-2, -1, 1, 2])
def test_a_page_that_lies_whole_rows_off_is_read_where_it_lies(kind: Kind, rows: int, tmp_path: Path) -> None:
    case = dataclasses.replace(
        make_case(kind, 3), shift_rows=rows, scale=1.0, degrees=0.5, missing=(), titled=True
    )
    error = error_of(case, tmp_path)
    assert error is not None
    assert error < 0.2


@pytest.mark.parametrize("turns", [0, 2])
def test_what_looks_the_same_upside_down_is_refused_unless_its_text_tells(turns: int, tmp_path: Path) -> None:
    plain = dataclasses.replace(
        make_case("corners", 1), rows=15, top=83.25, aside=0.0, turns=turns, missing=(), shift_rows=0.0
    )
    assert error_of(dataclasses.replace(plain, titled=False), tmp_path) is None
    error = error_of(dataclasses.replace(plain, titled=True), tmp_path)
    assert error is not None
    assert error < 0.2


@pytest.mark.parametrize("missing", [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)])
@pytest.mark.parametrize("turns", [0, 2])
def test_two_corner_marks_place_a_page_whose_boxes_are_all_seen(
    missing: tuple[int, ...], turns: int, tmp_path: Path
) -> None:
    case = dataclasses.replace(
        make_case("corners", 4), missing=missing, turns=turns, shift_rows=0.4, degrees=1.2, filled=True
    )
    error = error_of(case, tmp_path)
    assert error is not None
    assert error < 0.2


def test_two_marks_that_stand_across_from_each_other_do_not_tell_which_way_is_up(tmp_path: Path) -> None:
    plain = dataclasses.replace(
        make_case("corners", 1), rows=15, top=83.25, aside=0.0, turns=2, missing=(1, 3), titled=False
    )
    assert error_of(dataclasses.replace(plain, shift_rows=0.0), tmp_path) is None


@pytest.mark.parametrize("seed", range(4))
def test_filled_boxes_are_not_taken_for_marks_when_hardly_any_is_left(seed: int, tmp_path: Path) -> None:
    case = dataclasses.replace(make_case("corners", seed), missing=(0, 1, 3), filled=True)
    assert error_of(case, tmp_path) is None


def test_a_place_a_row_off_has_a_better_rival(tmp_path: Path) -> None:
    scanned = scan(dataclasses.replace(make_case("corners", 1), turns=0, missing=()), tmp_path)
    page = scanned.layout.pages[0]
    assert find_rivals(scanned.picture, scanned.matrix, page)[0].lead < -0.3
    off = scanned.matrix @ np.array([[1, 0, 0], [0, 1, 9.0], [0, 0, 1]])
    best = find_rivals(scanned.picture, off, page)[0]
    assert best.lead > 0.5
    assert best.shift == pytest.approx((0.0, -9.0))


def test_lines_of_text_tell_which_way_is_up(tmp_path: Path) -> None:
    case = dataclasses.replace(make_case("corners", 1), titled=True, turns=0, shift_rows=0.0, scale=1.0)
    scanned = scan(dataclasses.replace(case, degrees=0.0), tmp_path)
    page = scanned.layout.pages[0]
    assert text_stands(scanned.picture, page, scanned.matrix) is True
    bare = dataclasses.replace(page, boxes=())
    assert text_stands(turn(scanned.picture, 2), bare, scanned.matrix) is not True


@pytest.mark.parametrize("phone", [False, True])
def test_pages_of_typeset_exams_are_told_apart_and_placed_by_their_own_print(
    phone: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    for layout, pictures in typeset_layouts(tmp_path):
        for place, (page, picture) in enumerate(zip(layout.pages, pictures, strict=True)):
            taken, matrix = take(picture, page, rng, phone=phone)
            found = register_page(make_page_image(taken, 200), LayoutBook(fixed=layout), order=place + 2)
            assert isinstance(found, Registered), found
            assert found.page.sheet == page.sheet
            assert found.quality.quarter_turns == 0
            # a page without boxes has its print in one corner
            assert error_mm(found.matrix, matrix, page) < (0.3 if page.boxes else 0.8)
