"""What a page is: its code, or why it has none."""

import dataclasses

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from pipeline.exam import encode_page_code
from pipeline.model import CodePlace, Kind, LayoutBook, PageCode
from pipeline.reading import Registered, Unmatched, register_page
from pipeline.reading.codes import find_page_code_anywhere, find_page_code_at_corners
from pipeline.reading.image import View, make_page_image, turn
from pipeline.reading.ink import measure_ink
from tests.reading.drawn_page import CODE, draw_master, homography, our_layout, paper, photograph, write_lines

LAYOUT = our_layout()
BOOK = LayoutBook(coded=(LAYOUT,))
PX = 200 / 25.4
SIZE = paper()


def result_of(gray: NDArray[np.uint8], book: LayoutBook = BOOK) -> Registered | Unmatched:
    return register_page(make_page_image(gray, 200), book, order=1)


def refused(gray: NDArray[np.uint8], book: LayoutBook = BOOK) -> Unmatched:
    result = result_of(gray, book)
    assert isinstance(result, Unmatched), result
    return result


def sheet(grey: int = 245) -> NDArray[np.uint8]:
    """Empty paper with a scanner's noise."""
    noise = np.random.default_rng(3).normal(grey, 3.0, (SIZE[1], SIZE[0]))
    return np.clip(noise, 0, 255).astype(np.uint8)


def barcode(text: str, kind: zxingcpp.BarcodeFormat, scale: int = 4) -> NDArray[np.uint8]:
    made = zxingcpp.create_barcode(text, kind)
    return np.asarray(zxingcpp.write_barcode_to_image(made, scale=scale), np.uint8)


def stuck(page: NDArray[np.uint8], sticker: NDArray[np.uint8], x: int, y: int) -> NDArray[np.uint8]:
    page = page.copy()
    page[y : y + sticker.shape[0], x : x + sticker.shape[1]] = sticker
    return page


@pytest.mark.parametrize("turns", range(4))
def test_our_code_is_found_at_the_corners_whichever_way_the_page_was_fed(turns: int) -> None:
    gray = turn(photograph(draw_master(LAYOUT), homography(PX, 1.0)), turns)
    (code,) = find_page_code_at_corners(gray)
    assert code.page_code == CODE
    assert np.rint(-code.angle / (np.pi / 2)) % 4 == (4 - turns) % 4


def test_our_code_is_found_in_the_middle_of_a_large_picture() -> None:
    gray = photograph(draw_master(LAYOUT), homography(PX, 0, (130, 150)), (3800, 4400), around=120)
    assert {code.page_code for code in find_page_code_anywhere(gray)} == {CODE}


def test_a_faint_coarse_code_is_read() -> None:
    gray = photograph(draw_master(LAYOUT), homography(110 / 25.4, 1.0), paper(110 / 25.4))
    faint = (150 + gray.astype(int) * 90 // 255).astype(np.uint8)
    assert any(code.page_code == CODE for code in find_page_code_at_corners(faint))


@pytest.mark.parametrize("grey", [250, 225, 180])
def test_an_empty_page_is_blank_on_paper_of_any_tint(grey: int) -> None:
    result = refused(sheet(grey))
    assert (result.finding, result.code, result.other_codes) == ("blank", None, ())
    assert result.ink < 1e-4


def test_show_through_dust_holes_and_borders_leave_a_page_blank() -> None:
    seen = sheet().astype(np.int16)
    behind = photograph(draw_master(LAYOUT), homography(PX, 1.0))[:, ::-1]
    seen -= (255 - behind.astype(np.int16)) // 9
    page = np.clip(seen, 0, 255).astype(np.uint8)
    spots = np.random.default_rng(1).integers(0, (SIZE[0], SIZE[1]), (300, 2))
    for x, y in spots:
        page[y : y + 2, x : x + 2] = 60
    for y in (870, 1500):
        cv2.circle(page, (95, y), 24, (15,), -1)
    page[:, -25:] = 0
    page[-18:, :] = 30
    page[:, 700:702] = 150
    assert refused(page).finding == "blank"


def test_a_picture_that_is_no_paper_is_not_taken_for_a_blank_page() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIZE[1], SIZE[0])).astype(np.uint8)
    assert refused(noise).finding == "no-code"
    assert refused(sheet(5)).finding == "no-code"


def test_one_written_word_is_not_blank() -> None:
    page = sheet()
    cv2.putText(page, "see 4", (600, 900), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, (70,), 4)
    result = refused(page)
    assert result.finding == "no-code"
    assert result.ink > 1e-4


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_ink_is_the_same_share_at_every_resolution(factor: float) -> None:
    page = sheet()
    cv2.putText(page, "scratch work", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 4, (40,), 10)
    other = np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    assert measure_ink(View(other)).share == pytest.approx(measure_ink(View(page)).share, rel=0.35)


def test_a_page_of_another_exam_is_foreign() -> None:
    foreign = dataclasses.replace(CODE, exam="chemistry")
    result = refused(photograph(draw_master(LAYOUT, code=foreign), homography(PX)))
    assert (result.finding, result.code) == ("foreign-code", foreign)
    assert "chemistry" in result.message


def test_a_page_with_a_code_of_another_system_is_foreign() -> None:
    page = draw_master(LAYOUT, without=(0, 1, 2, 3), text="HTTPS://EXAMPLE.ORG/7")
    result = refused(photograph(page, homography(PX)))
    assert (result.finding, result.code, result.other_codes) == (
        "foreign-code",
        None,
        ("HTTPS://EXAMPLE.ORG/7",),
    )


@pytest.mark.parametrize("wrong", [{"layout": "FFFFFF"}, {"version": "B"}, {"sheet": 9}])
def test_our_exam_printed_otherwise_is_an_unknown_layout_and_never_read_with_another(
    wrong: dict[str, object],
) -> None:
    other = dataclasses.replace(CODE, **wrong)  # type: ignore[arg-type]
    result = refused(photograph(draw_master(LAYOUT, code=other), homography(PX)))
    assert (result.finding, result.code) == ("unknown-layout", other)


def test_a_code_whose_check_character_is_wrong_is_not_ours() -> None:
    text = encode_page_code(CODE)
    forged = text[:-1] + ("A" if text[-1] != "A" else "B")
    page = draw_master(LAYOUT, text=forged)
    assert refused(photograph(page, homography(PX))).code is None


def test_a_written_page_without_any_code_has_no_code() -> None:
    page = np.full((297 * 12, 210 * 12), 255, np.uint8)
    write_lines(page)
    result = refused(photograph(page, homography(PX)))
    assert (result.finding, result.marks_found) == ("no-code", 0)


@pytest.mark.parametrize("turns", range(4))
def test_a_page_of_ours_whose_codes_are_gone_is_known_by_its_marks(turns: int) -> None:
    bare = dataclasses.replace(LAYOUT.pages[0], codes=())
    page = draw_master(dataclasses.replace(LAYOUT, pages=(bare,)))
    result = refused(turn(photograph(page, homography(PX, 2.0)), turns))
    assert (result.finding, result.marks_found) == ("no-code", 4)
    assert "corner marks" in result.message


@pytest.mark.parametrize(
    ("kind", "name"),
    [(zxingcpp.BarcodeFormat.Code128, "code128"), (zxingcpp.BarcodeFormat.DataMatrix, "datamatrix")],
)
def test_a_sticker_is_read_where_the_layout_expects_it_and_where_it_was_put(
    kind: zxingcpp.BarcodeFormat, name: str
) -> None:
    place = CodePlace(x=110.0, y=20.0, w=50.0, h=16.0, type=name)
    page = dataclasses.replace(LAYOUT.pages[0], codes=(*LAYOUT.pages[0].codes, place))
    layout = dataclasses.replace(LAYOUT, pages=(page,))
    gray = photograph(draw_master(LAYOUT), homography(PX))
    for x, y in ((870, 170), (900, 1700)):
        result = result_of(stuck(gray, barcode("s123456", kind), x, y), LayoutBook(coded=(layout,)))
        assert isinstance(result, Registered)
        assert (result.code, result.other_codes) == (CODE, ("s123456",))


def test_a_sticker_on_a_page_without_code_is_told() -> None:
    page = sheet()
    cv2.putText(page, "cover", (400, 1200), cv2.FONT_HERSHEY_SIMPLEX, 4, (40,), 9)
    result = refused(stuck(page, barcode("s123456", zxingcpp.BarcodeFormat.Code128), 500, 400))
    assert (result.finding, result.other_codes) == ("no-code", ("s123456",))


def test_a_page_is_only_read_with_the_layout_of_its_own_hash() -> None:
    later = dataclasses.replace(LAYOUT, hash="BBBBBB", name="later")
    gray = photograph(draw_master(LAYOUT), homography(PX))
    result = result_of(gray, LayoutBook(coded=(later, LAYOUT)))
    assert isinstance(result, Registered)
    assert result.layout.name == "drawn"
    assert isinstance(result.code, PageCode)


@pytest.mark.parametrize(
    "kind",
    [
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.QRCode,
    ],
)
@pytest.mark.parametrize(("x", "y"), [(870, 420), (700, 1700)])
@pytest.mark.parametrize("dpi", [200, 300])
def test_a_sticker_is_read_wherever_it_sticks_on_a_sheet_without_an_id_grid(
    kind: zxingcpp.BarcodeFormat, x: int, y: int, dpi: int
) -> None:
    layout = dataclasses.replace(
        LAYOUT, questions={name: q for name, q in LAYOUT.questions.items() if q.kind is not Kind.ID}
    )
    px = dpi / 25.4
    gray = photograph(draw_master(LAYOUT), homography(px, 1.0), paper(px))
    page = stuck(gray, barcode("E0743", kind, 4 * dpi // 200), x * dpi // 200, y * dpi // 200)
    result = register_page(make_page_image(page, dpi), LayoutBook(coded=(layout,)), order=1)
    assert isinstance(result, Registered)
    assert result.other_codes == ("E0743",)
