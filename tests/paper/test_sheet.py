"""The answer sheet PDF: what is on it, where, and always the same."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from pipeline.errors import ResultsFault
from pipeline.exam import compose_sheet, corner_marks, decode_page_code, layout_json
from pipeline.exam.plan import SheetPlan
from pipeline.model import Exam, Marking, PageCode, StudentId
from pipeline.paper import SheetPrint, draw_sheets
from tests.conftest import FailurePicture
from tests.paper.exams import TEXTS, exam, exams, mixed_exam, question

Image = NDArray[np.uint8]
DPI = 150
PRINTS = (
    SheetPrint(serial=7, student_id="00123456", name="王小明 Żółkiewski"),
    SheetPrint(serial=12345),
)


def _draw(given_exam: Exam, prints: tuple[SheetPrint, ...] = PRINTS) -> tuple[SheetPlan, bytes]:
    plan = compose_sheet(given_exam)
    out = io.BytesIO()
    draw_sheets(plan, given_exam, prints, out)
    return plan, out.getvalue()


def _images(pdf: bytes) -> list[Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=DPI / 72, grayscale=True).to_numpy().copy() for page in document]
    finally:
        document.close()


def _texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def _clear(image: Image, x: float, y: float, w: float, h: float, grown: float) -> None:
    """Paint a rectangle given in mm white, grown on all sides."""
    scale = DPI / 25.4
    rows = slice(max(0, int((y - grown) * scale)), int(np.ceil((y + h + grown) * scale)) + 1)
    columns = slice(max(0, int((x - grown) * scale)), int(np.ceil((x + w + grown) * scale)) + 1)
    image[rows, columns] = 255


def _check_nothing_outside(plan: SheetPlan, images: list[Image]) -> None:
    """No pixel is dark where the plan has nothing."""
    for page, layout, drawn in zip(plan.pages, plan.layout.pages, images, strict=True):
        image = drawn.copy()
        for slot in page.slots:
            _clear(image, slot.x, slot.y, slot.w, slot.h, 0.1)
        for box in layout.boxes:
            _clear(image, box.x, box.y, box.w, box.h, 0.2)
        for code in layout.codes:
            _clear(image, code.x, code.y, code.w, code.h, 0.1)
        for mark in corner_marks(page.width, page.height):
            _clear(image, mark.x - mark.size / 2, mark.y - mark.size / 2, mark.size, mark.size, 0.1)
        for shape in page.rectangles:
            _clear(image, shape.x, shape.y, shape.w, shape.h, 0.2)
        for line in page.lines:
            _clear(image, line.x1, line.y1, line.x2 - line.x1, line.y2 - line.y1, 0.3)
        for picture in page.pictures:
            wide = 1.0 if picture.mark == "again" else 0.0
            _clear(image, picture.x, picture.y, picture.size * (1 + wide), picture.size, 1.7)
        assert image.min() > 200


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_exam=exams(most=25))
def test_nothing_is_printed_outside_of_its_place_in_any_exam(given_exam: Exam) -> None:
    long_name = SheetPrint(serial=999999, student_id="12345678901234567890", name="Bartholomäus Żółć " * 9)
    plan, pdf = _draw(given_exam, (long_name,))
    _check_nothing_outside(plan, _images(pdf))


@pytest.mark.parametrize("marking", list(Marking))
def test_a_sheet_of_every_kind_of_question_prints_only_in_its_places(
    marking: Marking, failure_picture: FailurePicture
) -> None:
    plan, pdf = _draw(mixed_exam(marking=marking, title=TEXTS[6]), PRINTS[:1])
    images = _images(pdf)
    failure_picture("sheet", images[0])
    _check_nothing_outside(plan, images)


def test_every_box_is_printed_where_the_layout_says_and_is_empty_inside() -> None:
    plan, pdf = _draw(mixed_exam(), PRINTS[1:])
    scale = DPI / 25.4
    for layout, image in zip(plan.layout.pages, _images(pdf), strict=True):
        for box in layout.boxes:
            middle = int((box.y + box.h / 2) * scale)
            for edge in (box.x, box.x + box.w):
                column = round(edge * scale)
                assert image[middle, column - 1 : column + 2].min() < 130
            inner = image[
                int((box.y + 0.6) * scale) : int((box.y + box.h - 0.6) * scale),
                int((box.x + 0.6) * scale) : int((box.x + box.w - 0.6) * scale),
            ]
            assert inner.min() == 255


def test_both_codes_of_every_page_say_which_sheet_of_which_booklet_it_is() -> None:
    plan, pdf = _draw(mixed_exam())
    expected = [
        PageCode(
            exam="deep-learning-2025",
            version="A",
            sheet=page.sheet,
            serial=one.serial,
            layout=plan.layout.hash,
        )
        for one in PRINTS
        for page in plan.pages
    ]
    for image, code in zip(_images(pdf), expected, strict=True):
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        assert [decode_page_code(one.text) for one in found] == [code, code]


def test_the_longest_page_code_can_be_read() -> None:
    given_exam = exam(question("1"), id="a" * 24, version="ABCD")
    _, pdf = _draw(given_exam, (SheetPrint(serial=123456789),))
    found = zxingcpp.read_barcodes(
        _images(pdf)[0], formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    assert len(found) == 2


def test_the_corner_marks_are_where_the_reader_looks_and_only_the_upper_left_has_a_hole() -> None:
    plan, pdf = _draw(exam(question("1")), PRINTS[:1])
    (image,) = _images(pdf)
    page = plan.pages[0]
    scale = DPI / 25.4
    middles = [
        image[int(mark.y * scale), int(mark.x * scale)] for mark in corner_marks(page.width, page.height)
    ]
    assert middles == [255, 0, 0, 0]
    for mark in corner_marks(page.width, page.height):
        assert image[int(mark.y * scale), int((mark.x - 2.0) * scale)] == 0


def test_a_print_carries_its_name_number_and_sheet_in_clear() -> None:
    plan, pdf = _draw(mixed_exam())
    pages = _texts(pdf)
    assert len(pages) == 2 * len(plan.pages)
    assert "王小明 Żółkiewski" in pages[0]
    assert "No. 7" in pages[0]
    assert f"Sheet 1 of {len(plan.pages)}" in pages[0]
    assert "00123456" in pages[1]


def test_a_spare_sheet_has_a_serial_and_no_name() -> None:
    plan, pdf = _draw(mixed_exam())
    spare = _texts(pdf)[len(plan.pages)]
    assert "No. 12345" in spare
    assert "王小明" not in spare


def test_the_layout_is_attached_to_the_pdf() -> None:
    plan, pdf = _draw(mixed_exam())
    with pikepdf.open(io.BytesIO(pdf)) as document:
        attached = document.attachments["layout.json"].get_file().read_bytes()
    assert attached.decode() == layout_json(plan.layout)


def test_the_same_exam_gives_the_same_bytes_in_another_process() -> None:
    _, pdf = _draw(mixed_exam(title=TEXTS[5]))
    script = (
        "import hashlib, sys\n"
        "from tests.paper.exams import TEXTS, mixed_exam\n"
        "from tests.paper.test_sheet import _draw\n"
        "sys.stdout.write(hashlib.sha256(_draw(mixed_exam(title=TEXTS[5]))[1]).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == hashlib.sha256(pdf).hexdigest()


def test_two_exams_drawn_one_after_the_other_do_not_mix_their_letters() -> None:
    _draw(exam(question("1"), title="abc"), PRINTS[:1])
    _, after = _draw(exam(question("1"), title="XYZ 98765 Quiz"), PRINTS[:1])
    assert "XYZ 98765 Quiz" in _texts(after)[0]
    own = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from tests.paper.exams import exam, question\n"
            "from tests.paper.test_sheet import PRINTS, _draw\n"
            "sys.stdout.buffer.write(_draw(exam(question('1'), title='XYZ 98765 Quiz'), PRINTS[:1])[1])\n",
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    ).stdout
    assert after == own


def test_a_character_that_no_font_has_is_a_notice_and_not_a_crash() -> None:
    given_exam = exam(question("1"), title="Final \N{ROCKET}")
    notices = draw_sheets(compose_sheet(given_exam), given_exam, PRINTS[:1], io.BytesIO())
    assert len(notices) == 1
    assert "U+1F680" in notices[0]


def test_a_hundred_students_share_the_drawing_of_their_sheet() -> None:
    _, one = _draw(mixed_exam(), PRINTS[:1])
    many = tuple(SheetPrint(serial=n, student_id=f"{n:08}", name="Anna Nowak") for n in range(100))
    _, all_of_them = _draw(mixed_exam(), many)
    assert len(all_of_them) < 100 * len(one) / 4


def test_a_known_student_id_is_written_over_the_columns_of_the_grid() -> None:
    _, pdf = _draw(
        exam(question("1"), student_id=StudentId(length=4)), (SheetPrint(serial=1, student_id="8642"),)
    )
    assert all(digit in _texts(pdf)[0] for digit in "8642")


def test_a_pdf_is_written_to_a_path_and_a_folder_that_is_missing_is_said_so(tmp_path: Path) -> None:
    given_exam = exam(question("1"))
    plan = compose_sheet(given_exam)
    path = tmp_path / "sheet.pdf"
    draw_sheets(plan, given_exam, PRINTS, path)
    assert path.read_bytes().startswith(b"%PDF")
    assert [file.name for file in tmp_path.iterdir()] == ["sheet.pdf"]
    with pytest.raises(ResultsFault, match=r"nowhere"):
        draw_sheets(plan, given_exam, PRINTS, tmp_path / "nowhere" / "sheet.pdf")
