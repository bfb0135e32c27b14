import csv
import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageOps

from pipeline.errors import UsageFault
from pipeline.exam import decode_page_code
from pipeline.formats import AnswerRow, MarkRow, PageRow, RosterRow, SheetRow, columns
from pipeline.paper.simulate import (
    SimulatedPage,
    SimulationSettings,
    SimulationSummary,
    as_received,
    simulate_exam,
    write_jpeg,
    write_pdf_g4,
    write_pdf_jpeg,
    write_png,
    write_tiff,
)
from pipeline.paper.simulate.files import black_and_white
from tests.paper import simulation


def picture(number: int = 0, *, color: bool = False, bilevel: bool = False) -> SimulatedPage:
    """A small page with something on it that has no symmetry."""
    rng = np.random.default_rng(number)
    image = rng.integers(200, 255, (300, 200), dtype=np.uint8)
    image[40:60, 20:120] = 20
    image[80:200, 20 + number : 30 + number] = 60
    if bilevel:
        image = np.where(image > 128, np.uint8(255), np.uint8(0))
    if color:
        image = np.dstack([image, image // 2, image])
    return SimulatedPage(image=image, dpi=100, jpeg_quality=80, bilevel=bilevel)


def test_a_pdf_of_jpegs_has_exactly_one_untouched_picture_on_each_page(tmp_path: Path) -> None:
    pages = [picture(1), picture(2, color=True), picture(3)]
    assert write_pdf_jpeg(pages, tmp_path / "a.pdf") == 3
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert not pdf.check_pdf_syntax()
        for page, sent in zip(pdf.pages, pages, strict=True):
            (image,) = (one for _, one in page.Resources.XObject.items())
            assert isinstance(image, pikepdf.Stream)
            assert image.Filter == "/DCTDecode"
            assert [float(side) for side in page.mediabox] == pytest.approx([0, 0, 144, 216])
            got = np.asarray(pikepdf.PdfImage(image).as_pil_image())
            np.testing.assert_array_equal(got, as_received(sent))


def test_a_pdf_of_group_4_pages_shows_the_same_black_and_white(tmp_path: Path) -> None:
    pages = [picture(1, bilevel=True), picture(2)]
    assert write_pdf_g4(pages, tmp_path / "g.pdf") == 2
    document = pypdfium2.PdfDocument(tmp_path / "g.pdf")
    for page, sent in zip(document, pages, strict=True):
        got = page.render(scale=100 / 72, grayscale=True).to_numpy().squeeze()
        np.testing.assert_array_equal(got, black_and_white(sent.image))
    document.close()


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "jpeg"])
def test_a_tiff_holds_every_page_in_its_compression(tmp_path: Path, compression: Any) -> None:
    pages = [picture(1), picture(2), picture(3)]
    assert write_tiff(pages, tmp_path / "a.tif", compression=compression) == 3
    with Image.open(tmp_path / "a.tif") as tiff:
        assert getattr(tiff, "n_frames", 1) == 3
        for number, sent in enumerate(pages):
            tiff.seek(number)
            assert tiff.info["compression"] == compression
            assert tiff.info["dpi"] == (100, 100)
            got = np.asarray(tiff.convert("L")).astype(int)
            wanted = black_and_white(sent.image) if compression == "group4" else sent.image
            assert np.abs(got - wanted).mean() < (8 if compression == "jpeg" else 1e-9)


def test_a_tiff_of_bilevel_pages_is_group_4_by_itself(tmp_path: Path) -> None:
    write_tiff([picture(1, bilevel=True)], tmp_path / "a.tif")
    with Image.open(tmp_path / "a.tif") as tiff:
        assert tiff.info["compression"] == "group4"


def test_a_png_is_lossless_and_one_bit_deep_when_bilevel(tmp_path: Path) -> None:
    for page in (picture(1), picture(2, color=True), picture(3, bilevel=True)):
        write_png(page, tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as png:
            assert (png.mode == "1") == page.bilevel
            got = np.asarray(png.convert("L")) if page.bilevel else np.asarray(png)
            np.testing.assert_array_equal(got, page.image)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_jpeg_viewed_by_its_exif_orientation_is_upright(tmp_path: Path, orientation: int) -> None:
    page = picture(1, color=True)
    write_jpeg(page, tmp_path / "a.jpg", orientation=orientation)
    with Image.open(tmp_path / "a.jpg") as jpeg:
        assert jpeg.getexif().get(0x0112, 1) == orientation
        upright = np.asarray(ImageOps.exif_transpose(jpeg)).astype(int)
    assert upright.shape == page.image.shape
    assert np.abs(upright - page.image).mean() < 12


@pytest.mark.parametrize("write", [write_pdf_jpeg, write_pdf_g4, write_tiff])
def test_a_long_file_is_written_with_few_pages_in_memory(
    tmp_path: Path, write: Callable[[Iterator[SimulatedPage], Path], int]
) -> None:
    alive: list[weakref.ref[Any]] = []
    most = 0

    def pages() -> Iterator[SimulatedPage]:
        nonlocal most
        for number in range(12):
            page = picture(number)
            alive.append(weakref.ref(page.image))
            yield page
            del page
            gc.collect()
            most = max(most, sum(one() is not None for one in alive))

    assert write(pages(), tmp_path / "long") == 12
    assert most <= 2


# --- a whole exam ------------------------------------------------------------------------------


def simulate(folder: Path, students: int = 2, marking: str = "any", **more: Any) -> SimulationSummary:
    settings = SimulationSettings(seed=7, **more)
    folder.mkdir(exist_ok=True)
    return simulate_exam(simulation.exam_file(folder, marking), students, folder / "out", settings)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("format_", ["pdf", "pdf-g4", "tiff", "png", "jpeg"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, format_: str) -> None:
    made = []
    for name in ("a", "b"):
        summary = simulate(tmp_path / name, format=format_, awkward=0.3)
        made.append({file: (tmp_path / name / "out" / file).read_bytes() for file in summary.files})
    assert made[0] == made[1]


def test_a_pile_with_everything_in_it_is_accounted_for(tmp_path: Path) -> None:
    summary = simulate(
        tmp_path, 6, blank_backs=True, upside_down=1, sideways=1, duplicates=1, foreign=1, scratch=1,
        absent=1, spare=1,
    )  # fmt: skip
    out = tmp_path / "out"
    pages = table(out / "truth" / "pages.csv")
    with pikepdf.open(out / "scans" / "scans.pdf") as pdf:
        assert len(pdf.pages) == len(pages) == summary.pages == 13
        landscape = sum(float(page.mediabox[2]) > float(page.mediabox[3]) for page in pdf.pages)
    assert landscape == 2, "a sideways page and its back"
    assert Counter(page["outcome"] for page in pages) == {
        "read": 5, "blank": 5, "duplicate": 1, "foreign": 1, "scratch": 1,
    }  # fmt: skip
    roster = table(out / "roster.csv")
    assert len(roster) == 6
    present = {page["student_id"] for page in pages} - {""}
    assert len(present) == 5
    assert roster[-1]["student_id"] not in present
    assert [bool(row["student_id"]) for row in table(out / "sheets.csv")] == [True] * 4 + [False, True]


def test_truth_has_the_columns_of_the_results_and_every_box_once(tmp_path: Path) -> None:
    simulate(tmp_path, 3, awkward=0.5, duplicates=1)
    truth, out = tmp_path / "out" / "truth", tmp_path / "out"
    for path, kind in (
        (truth / "marks.csv", MarkRow),
        (truth / "answers.csv", AnswerRow),
        (truth / "pages.csv", PageRow),
        (out / "roster.csv", RosterRow),
        (out / "sheets.csv", SheetRow),
    ):
        rows = table(path)
        assert rows, path.name
        assert tuple(rows[0]) == columns(kind)
        for row in rows:
            kind.model_validate(row)
    marks = table(truth / "marks.csv")
    seen = Counter((row["page"], row["question"], row["option"]) for row in marks)
    assert set(seen.values()) == {1}
    assert {row["flags"] for row in marks} == {"legible", "awkward"}
    answers = table(truth / "answers.csv")
    assert len(answers) == 3 * 4
    marked = {(r["page"], r["question"], r["option"]) for r in marks if r["state"] == "marked"}
    for row in answers:
        if row["question"] in ("1", "2"):
            options = {
                option
                for page, question, option in marked
                if (page, question) == (row["page"], row["question"])
            }
            assert "|".join(sorted(options)) == row["chosen"]


def test_pages_of_a_scan_carry_the_code_of_their_booklet(tmp_path: Path) -> None:
    simulate(tmp_path, 2, format="png", marking="cross-undo")
    rows = table(tmp_path / "out" / "truth" / "pages.csv")
    assert rows
    for row in rows:
        with Image.open(tmp_path / "out" / "scans" / row["file"]) as scan:
            texts = [found.text for found in zxingcpp.read_barcodes(np.asarray(scan))]
        codes = {code for text in texts if (code := decode_page_code(text)) is not None}
        assert {(str(code.serial), str(code.sheet)) for code in codes} == {(row["serial"], row["sheet"])}


def test_a_folder_that_already_holds_scans_is_left_alone(tmp_path: Path) -> None:
    simulate(tmp_path)
    before = (tmp_path / "out" / "scans" / "scans.pdf").read_bytes()
    with pytest.raises(UsageFault, match="already holds scans") as caught:
        simulate(tmp_path)
    assert "-o" in caught.value.hint
    assert (tmp_path / "out" / "scans" / "scans.pdf").read_bytes() == before


def test_more_absent_students_than_there_are_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="too few"):
        simulate(tmp_path, 2, absent=2)
