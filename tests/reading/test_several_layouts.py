"""Pages of several exams on paper of others, mixed: each goes to its own exam, or to none."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.model import Layout, LayoutBook
from pipeline.reading import Registered, Unmatched, register_in_book
from pipeline.reading.image import make_page_image
from tests.reading.test_page_codes_of_others import booklet, draw, scan

I2DL = dataclasses.replace(booklet(), exam="i2dl", hash="AAAAAA")
MATH = dataclasses.replace(
    booklet(pattern="cit-math-1-20230211-{booklet}-{sheet}"), exam="math", hash="BBBBBB"
)


def uncoded(exam: str, left_out: int) -> Layout:
    """An exam of one page without a code, which lacks one row of boxes."""
    layout = booklet(sheets=1, pattern="")
    (page,) = layout.pages
    rows = tuple(box for box in page.boxes if not box.question.endswith(f".{left_out}"))
    page = dataclasses.replace(page, boxes=rows, codes=())
    return dataclasses.replace(layout, pages=(page,), exam=exam, hash=f"{left_out:06d}")


def read(gray: NDArray[np.uint8], *layouts: Layout) -> Registered | Unmatched:
    book = LayoutBook(fixed=layouts[0], others=layouts[1:])
    return register_in_book(make_page_image(gray, 150), book, order=1)


@pytest.mark.parametrize("layouts", [(I2DL, MATH), (MATH, I2DL)])
def test_the_page_code_says_of_which_exam_a_page_is(layouts: tuple[Layout, ...]) -> None:
    for exam, text in (("i2dl", "cit-i2dl-1-20230210-E0743-2"), ("math", "cit-math-1-20230211-E0743-2")):
        found = read(scan(draw(I2DL, 2, text)), *layouts)
        assert isinstance(found, Registered), found
        assert (found.layout.exam, found.page.sheet, found.other_codes) == (exam, 2, (text,))


@pytest.mark.parametrize("text", ["", "cit-law-1-20230212-E0743-2"])
def test_a_page_whose_code_names_none_of_the_exams_is_no_page_of_them(text: str) -> None:
    found = read(scan(draw(I2DL, 2, text)), I2DL, MATH)
    assert isinstance(found, Unmatched)


def test_a_sheet_that_the_named_exam_does_not_have_is_not_taken_for_the_others() -> None:
    short = dataclasses.replace(MATH, pages=MATH.pages[:1])
    found = read(scan(draw(I2DL, 2, "cit-math-1-20230211-E0743-2")), I2DL, short)
    assert isinstance(found, Unmatched)
    assert "sheet 2 of booklet E0743" in found.message


@pytest.mark.parametrize("place", [0, 1])
def test_without_codes_the_print_says_of_which_exam_a_page_is(place: int) -> None:
    exams = (uncoded("one", 3), uncoded("two", 8))
    gray = scan(draw(dataclasses.replace(exams[place], page_code=""), 1, ""))
    for layouts in (exams, exams[::-1]):
        found = read(gray, *layouts)
        assert isinstance(found, Registered), found
        assert found.layout.exam == exams[place].exam


def test_a_page_that_two_exams_print_alike_is_refused() -> None:
    one = uncoded("one", 3)
    two = dataclasses.replace(one, exam="two", hash="0000FF")
    found = read(scan(draw(one, 1, "")), one, two)
    assert isinstance(found, Unmatched)
    assert found.message == "it may be sheet 1 of one or sheet 1 of two: what it prints does not tell"
    assert found.ink > 0


def test_a_page_of_none_of_the_exams_says_which_was_nearest() -> None:
    empty = np.full((1754, 1240), 245, np.uint8)
    empty[300:320, 200:900] = 20
    empty[700:720, 300:1000] = 20
    found = read(empty, uncoded("one", 3), uncoded("two", 8))
    assert isinstance(found, Unmatched)
    assert found.message.startswith("as a page of ")


def test_a_blank_page_is_blank() -> None:
    found = read(np.full((1754, 1240), 250, np.uint8), uncoded("one", 3), uncoded("two", 8))
    assert isinstance(found, Unmatched)
    assert found.finding == "blank"
