"""Paper with page codes of others: which page of which booklet each picture is, from pixels to the ledger."""

import csv
import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from pipeline.exam import layout_json, read_other_code
from pipeline.model import Anchors, Box, CodePlace, Layout, LayoutBook, Marking, PageLayout
from pipeline.reading import Registered, Unmatched, register_page
from pipeline.reading.image import make_page_image, turn
from pipeline.run import read_batch
from pipeline.settings import ReadSettings
from tests.reading.drawn_page import (
    HEIGHT,
    PER_MM,
    WIDTH,
    draw_master,
    homography,
    photograph,
    worst_error_mm,
    write_lines,
)

PX = 150 / 25.4
SIZE = (round(WIDTH * PX), round(HEIGHT * PX))
PATTERN = "cit-i2dl-1-20230210-{booklet}-{sheet}"
CORNERS = ((12.0, 12.0), (198.0, 12.0), (198.0, 285.0), (12.0, 285.0))
FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "code128": zxingcpp.BarcodeFormat.Code128,
}


def booklet(kind: str = "qr", sheets: int = 3, pattern: str = PATTERN) -> Layout:
    """A booklet all of whose sheets look alike: the same boxes, the same marks, and a code."""
    size = (130.0, 9.0) if kind == "code128" else (18.0, 18.0)
    place = CodePlace(x=40.0, y=18.0, w=size[0], h=size[1], type=kind)
    pages = tuple(
        PageLayout(
            sheet=sheet,
            width=WIDTH,
            height=HEIGHT,
            anchors=Anchors(kind="corners", points=CORNERS, mark="cross", size=6.0),
            boxes=tuple(
                Box(question=f"{sheet}.{row}", option="AB"[column], shape="square", x=40.0 + 11 * column,
                    y=60.0 + 9 * row, w=4.5, h=4.5)
                for row in range(12)
                for column in range(2)
            ),
            codes=(place,),
        )
        for sheet in range(1, sheets + 1)
    )  # fmt: skip
    return Layout(name="theirs", unit="mm", marking=Marking.ANY, pages=pages, page_code=pattern)


def draw(layout: Layout, sheet: int, text: str, marked: int = 0) -> NDArray[np.uint8]:
    """A sheet as it is printed, with a code and so many answers."""
    page = layout.page(sheet)
    assert page is not None
    bare = dataclasses.replace(page, codes=())
    picture = draw_master(dataclasses.replace(layout, pages=(bare,)))
    write_lines(picture, 9)
    for box in page.boxes[:marked]:
        left, top = round(box.x * PER_MM), round(box.y * PER_MM)
        side = round(box.w * PER_MM)
        cv2.line(picture, (left + 5, top + 5), (left + side - 5, top + side - 5), 30, 6)
        cv2.line(picture, (left + 5, top + side - 5), (left + side - 5, top + 5), 30, 6)
    if text:
        spot = page.codes[0]
        barcode = zxingcpp.create_barcode(text, FORMATS[spot.type])
        modules = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
        drawn = cv2.resize(
            modules, (round(spot.w * PER_MM), round(spot.h * PER_MM)), interpolation=cv2.INTER_NEAREST
        )
        top, left = round(spot.y * PER_MM), round(spot.x * PER_MM)
        picture[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return picture


def scan(picture: NDArray[np.uint8], degrees: float = 0.6, turns: int = 0) -> NDArray[np.uint8]:
    return turn(photograph(picture, homography(PX, degrees), SIZE), turns)


def register(gray: NDArray[np.uint8], layout: Layout, order: int = 1) -> Registered | Unmatched:
    return register_page(make_page_image(gray, 150), LayoutBook(fixed=layout), order=order)


@pytest.mark.parametrize("kind", ["qr", "datamatrix", "code128"])
@pytest.mark.parametrize("turns", [0, 2])
def test_the_code_names_the_sheet_of_pages_that_look_alike(kind: str, turns: int) -> None:
    layout = booklet(kind)
    for sheet in (1, 2, 3):
        found = register(scan(draw(layout, sheet, f"cit-i2dl-1-20230210-E0743-{sheet}"), 0.6, turns), layout)
        assert isinstance(found, Registered), found
        assert (found.page.sheet, found.quality.quarter_turns) == (sheet, turns)
        assert found.other_codes == (f"cit-i2dl-1-20230210-E0743-{sheet}",)
        assert worst_error_mm(layout, found.matrix, homography(PX, 0.6), PX) < 0.15


def test_a_page_without_a_legible_code_is_not_taken_for_one_that_looks_the_same() -> None:
    layout = booklet()
    found = register(scan(draw(layout, 2, "")), layout, order=2)
    assert isinstance(found, Unmatched)
    assert "its page code cannot be read" in found.message


def test_a_code_of_another_exam_is_foreign() -> None:
    layout = booklet()
    found = register(scan(draw(layout, 1, "cit-math-1-20230211-E0743-1")), layout)
    assert isinstance(found, Unmatched)
    assert found.finding == "foreign-code"
    assert "'cit-math-1-20230211-E0743-1'" in found.message


def test_a_sheet_that_the_layout_does_not_have_is_not_taken_for_another() -> None:
    layout = booklet()
    found = register(scan(draw(layout, 2, "cit-i2dl-1-20230210-E0743-9")), layout)
    assert isinstance(found, Unmatched)
    assert found.finding == "unknown-layout"
    assert "sheet 9 of booklet E0743" in found.message


def test_two_pages_on_one_picture_are_refused() -> None:
    layout = booklet()
    both = np.hstack([scan(draw(layout, sheet, f"cit-i2dl-1-20230210-E0743-{sheet}")) for sheet in (1, 2)])
    found = register(np.ascontiguousarray(both), layout)
    assert isinstance(found, Unmatched)
    assert "more than one page" in found.message


def test_booklets_out_of_order_missing_doubled_and_mixed_are_named_in_the_ledger(tmp_path: Path) -> None:
    layout = booklet()
    stack = [(student, sheet) for student in (743, 744, 745) for sheet in (1, 2, 3)]
    stack.remove((744, 2))
    stack.append((745, 3))
    stack = [stack[place] for place in np.random.default_rng(3).permutation(len(stack))]
    scans = tmp_path / "scans"
    scans.mkdir()
    for place, (student, sheet) in enumerate(stack):
        text = f"cit-i2dl-1-20230210-E0{student}-{sheet}"
        gray = scan(draw(layout, sheet, text, marked=4), 0.4, 2 * (place % 2))
        cv2.imwrite(str(scans / f"{place:02d}.png"), gray)
    cv2.imwrite(str(scans / "20.png"), np.full(SIZE[::-1], 250, np.uint8))
    (tmp_path / "layout.json").write_text(layout_json(layout), encoding="utf-8")
    read_batch(ReadSettings(scans=(scans,), output=tmp_path / "out", layout=tmp_path / "layout.json"))
    with (tmp_path / "out" / "pages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_outcome = {
        outcome: [(row["student_id"], row["sheet"]) for row in rows if row["outcome"] == outcome]
        for outcome in ("duplicate", "", "blank")
    }
    assert by_outcome == {"duplicate": [("E0745", "3")], "": [("E0744", "2")], "blank": [("", "")]}
    for place, (student, sheet) in enumerate(stack):
        row = next(row for row in rows if row["file"].endswith(f"{place:02d}.png"))
        assert (row["student_id"], row["sheet"]) == (f"E0{student}", str(sheet))
    assert any(row["reason"].startswith("out of order: sheet") for row in rows)


def test_without_a_code_the_page_is_told_by_what_only_it_prints() -> None:
    plain = booklet(pattern="")
    pages = []
    for page in plain.pages:
        # the pages differ in one row
        rows = tuple(box for box in page.boxes if not box.question.endswith(f".{3 * page.sheet}"))
        pages.append(dataclasses.replace(page, boxes=rows, codes=()))
    layout = dataclasses.replace(plain, pages=tuple(pages))
    for sheet in (1, 2, 3):
        gray = scan(draw(layout, sheet, ""))
        for order in (1, 2, 3):
            found = register(gray, layout, order)
            assert isinstance(found, Registered), found
            assert found.page.sheet == sheet


def test_a_page_that_may_be_two_of_the_layout_is_refused() -> None:
    plain = booklet(pattern="")
    one, two = (dataclasses.replace(page, codes=()) for page in plain.pages[:2])
    shown, hidden = one.boxes[:-2], one.boxes[2:]
    layout = dataclasses.replace(
        plain,
        pages=(dataclasses.replace(one, boxes=shown), dataclasses.replace(two, boxes=hidden)),
    )
    both = dataclasses.replace(plain, pages=(dataclasses.replace(one, boxes=one.boxes[2:-2]),))
    found = register(scan(draw(both, 1, "")), layout)
    assert isinstance(found, Unmatched)
    assert "may be sheet 1 or sheet 2" in found.message


@pytest.mark.parametrize(
    ("pattern", "text", "said"),
    [
        (PATTERN, "cit-i2dl-1-20230210-E0743-17", ("E0743", 17)),
        (PATTERN, "cit-i2dl-1-20230210-A-B-3", ("A-B", 3)),
        (PATTERN, "cit-i2dl-1-20230211-E0743-17", None),
        (PATTERN, "cit-i2dl-1-20230210-E0743-x", None),
        ("{booklet}", "E0743", ("E0743", None)),
        ("x.{booklet}", "xyE0743", None),
        ("{any}/{booklet}/{sheet}", "2023-02-10/E0743/2", ("E0743", 2)),
    ],
)
def test_a_code_says_what_its_pattern_says(
    pattern: str, text: str, said: tuple[str, int | None] | None
) -> None:
    found = read_other_code(pattern, text)
    assert (None if found is None else (found.booklet, found.sheet)) == said
