"""Pages of PDF files: one image is taken out as it is, anything else is drawn, nothing is made up."""

import io
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from pipeline.errors import UnreadablePage
from pipeline.model import PageFailed, PageSource
from pipeline.reading import PageImage, find_scans, list_pages, load_page, pdf_pages
from pipeline.reading.jpeg import decode_jpeg

WIDTH, HEIGHT = 240, 320
POINTS = (WIDTH * 72 / 100, HEIGHT * 72 / 100)
"""At 100 dpi."""

NEEDS_POPPLER = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")


def picture() -> NDArray[np.uint8]:
    """A page that looks different from every side, without sharp colours."""
    page = np.full((HEIGHT, WIDTH), 240, np.uint8)
    page[16:64, 16:128] = 0
    page[200:248, 160:208] = 96
    return page


def black_and_white() -> NDArray[np.uint8]:
    return np.where(picture() < 128, 0, 255).astype(np.uint8)


def jpeg(gray: NDArray[np.uint8], **options: object) -> bytes:
    stored = io.BytesIO()
    Image.fromarray(gray).save(stored, "JPEG", **{"quality": 95, **options})
    return stored.getvalue()


def g4(gray: NDArray[np.uint8]) -> bytes:
    """The fax stream of a one-strip TIFF, in which black is black."""
    stored = io.BytesIO()
    Image.fromarray(255 - gray).convert("1").save(stored, "TIFF", compression="group4", strip_size=1 << 24)
    stored.seek(0)
    with TiffImageFile(stored) as tiff:
        start, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
        assert tiff.tag_v2[262] == 1
    return stored.getvalue()[start : start + size]


class Maker:
    """Builds a PDF page by page."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()

    def image(self, data: bytes, **entries: object) -> Stream:
        stream = Stream(self.pdf, data)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height = WIDTH, HEIGHT
        for name, value in entries.items():
            stream[f"/{name}"] = value
        return stream

    def jpeg_image(self, gray: NDArray[np.uint8] | None = None) -> Stream:
        data = jpeg(picture() if gray is None else gray)
        return self.image(data, ColorSpace=Name.DeviceGray, BitsPerComponent=8, Filter=Name.DCTDecode)

    def page(self, image: Stream | None, content: bytes = b"", **entries: object) -> None:
        whole = f"q {POINTS[0]} 0 0 {POINTS[1]} 0 0 cm /Im Do Q".encode()
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        resources = Dictionary(Font=Dictionary(F=font))
        if image is not None:
            resources.XObject = Dictionary(Im=image)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *map(decimal, POINTS)]),
            Resources=resources,
            Contents=Stream(self.pdf, content or whole),
        )
        for name, value in entries.items():
            page[f"/{name}"] = value
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(page)))

    def save(self, path: Path, **options: Any) -> Path:
        self.pdf.save(path, **options)
        return path


def decimal(number: float) -> Decimal:
    return Decimal(f"{number:.4f}")


def sources(path: Path) -> tuple[PageSource, ...]:
    listed = list_pages(find_scans([path])[0])
    assert not isinstance(listed, PageFailed), listed
    return listed


def only(path: Path, engine: pdf_pages.PdfEngine = "auto") -> PageImage:
    (source,) = sources(path)
    return load_page(source, engine)


def failure_code(path: Path) -> str:
    listed = list_pages(find_scans([path])[0])
    if isinstance(listed, PageFailed):
        assert path.name in listed.message
        assert listed.hint
        return listed.code
    with pytest.raises(UnreadablePage) as error:
        load_page(listed[-1])
    return error.value.code


def mean_off(image: PageImage, wanted: NDArray[np.uint8]) -> float:
    assert image.gray.shape == wanted.shape
    return float(np.abs(image.gray.astype(int) - wanted).mean())


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when a page is drawn instead of taken out."""

    def refuse(*_: object) -> None:
        raise AssertionError("the page was drawn")

    monkeypatch.setattr(pdf_pages, "draw_with_poppler", refuse)
    monkeypatch.setattr(pdf_pages, "draw_with_pdfium", refuse)


@pytest.mark.usefixtures("no_drawing")
def test_a_jpeg_page_is_taken_out_untouched_with_its_resolution(tmp_path: Path) -> None:
    maker = Maker()
    maker.page(maker.jpeg_image())
    image = only(maker.save(tmp_path / "a.pdf"))
    assert np.array_equal(image.gray, decode_jpeg(jpeg(picture()), ""))
    assert image.dpi == pytest.approx(100)


@pytest.mark.usefixtures("no_drawing")
def test_every_lossless_image_gives_the_same_pixels(tmp_path: Path) -> None:
    gray, bits = picture(), black_and_white()
    packed = np.packbits(bits > 0, axis=1).tobytes()
    fax: dict[str, Any] = {"K": -1, "Columns": WIDTH, "Rows": HEIGHT}
    levels = np.array([0, 96, 240], np.uint8)
    places = np.searchsorted(levels, gray).astype(np.uint8).tobytes()
    palette = Array([Name.Indexed, Name.DeviceGray, 2, pikepdf.String(levels.tobytes())])
    one = {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 1}
    eight = {"BitsPerComponent": 8}
    cases: dict[str, tuple[bytes, dict[str, object], NDArray[np.uint8]]] = {
        "gray": (gray.tobytes(), {"ColorSpace": Name.DeviceGray, **eight}, gray),
        "rgb": (np.repeat(gray.ravel(), 3).tobytes(), {"ColorSpace": Name.DeviceRGB, **eight}, gray),
        "bits": (packed, one, bits),
        "g4": (g4(bits), {**one, "Filter": Name.CCITTFaxDecode, "DecodeParms": Dictionary(**fax)}, bits),
        "g4-black-is-1": (
            g4(255 - bits),
            {**one, "Filter": Name.CCITTFaxDecode, "DecodeParms": Dictionary(BlackIs1=True, **fax)},
            bits,
        ),
        "palette": (places, {"ColorSpace": palette, **eight}, gray),
    }
    for name, (data, entries, wanted) in cases.items():
        maker = Maker()
        maker.page(maker.image(data, **entries))
        image = only(maker.save(tmp_path / f"{name}.pdf", compress_streams=True))
        assert np.array_equal(image.gray, wanted), name


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize(
    ("matrix", "see"),
    [
        ("{w} 0 0 {h} 0 0", lambda page: page),
        ("-{w} 0 0 {h} {w} 0", lambda page: page[:, ::-1]),
        ("{w} 0 0 -{h} 0 {h}", lambda page: page[::-1]),
        ("-{w} 0 0 -{h} {w} {h}", lambda page: np.rot90(page, 2)),
        ("0 {h} -{w} 0 {w} 0", lambda page: np.rot90(page, 1)),
        ("0 -{h} {w} 0 0 {h}", lambda page: np.rot90(page, 3)),
        ("0 {h} {w} 0 0 0", lambda page: page.T[::-1, ::-1]),
    ],
)
@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90])
def test_an_image_is_turned_as_the_page_turns_it(
    tmp_path: Path, matrix: str, see: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], rotate: int
) -> None:
    maker = Maker()
    image = maker.image(picture().tobytes(), ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    content = f"q {matrix.format(w=POINTS[0], h=POINTS[1])} cm /Im Do Q".encode()
    maker.page(image, content, Rotate=rotate)
    seen = np.rot90(see(picture()), -(rotate // 90) % 4)
    assert np.array_equal(only(maker.save(tmp_path / "a.pdf")).gray, seen)


def test_what_is_taken_out_looks_like_what_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for rotate in (0, 90, 180, 270):
        maker = Maker()
        content = f"q 0 {POINTS[1]} -{POINTS[0]} 0 {POINTS[0]} 0 cm /Im Do Q".encode()
        maker.page(maker.image(picture().tobytes(), ColorSpace=Name.DeviceGray, BitsPerComponent=8), content,
                   Rotate=rotate)  # fmt: skip
        path = maker.save(tmp_path / f"{rotate}.pdf")
        taken = only(path)
        with monkeypatch.context() as patch:
            patch.setattr(pdf_pages, "_only_image", lambda *_: None)
            drawn = only(path, "pdfium")
        resized = np.asarray(Image.fromarray(drawn.gray).resize(taken.gray.shape[::-1]))
        assert mean_off(taken, resized) < 6.0


@pytest.mark.usefixtures("no_drawing")
def test_invisible_text_and_links_do_not_make_a_page_be_drawn(tmp_path: Path) -> None:
    maker = Maker()
    whole = f"q {POINTS[0]} 0 0 {POINTS[1]} 0 0 cm /Im Do Q BT 3 Tr /F 12 Tf (answer) Tj ET".encode()
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]))
    maker.page(maker.jpeg_image(), whole, Annots=Array([link]))
    assert mean_off(only(maker.save(tmp_path / "a.pdf")), picture()) < 1.0


@pytest.mark.parametrize("engine", ["pdfium", pytest.param("poppler", marks=NEEDS_POPPLER)])
@pytest.mark.parametrize(
    "extra",
    [
        b"BT /F 40 Tf 20 20 Td (A) Tj ET",
        b"4 w 20 20 m 60 60 l S",
        b"0 g 20 20 30 30 re f",
        b"BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI",
    ],
)
def test_ink_drawn_over_the_image_is_not_lost(
    tmp_path: Path, engine: pdf_pages.PdfEngine, extra: bytes
) -> None:
    maker = Maker()
    whole = f"q {POINTS[0]} 0 0 {POINTS[1]} 0 0 cm /Im Do Q ".encode()
    over = b"q 30 0 0 30 20 20 cm " + extra + b" Q" if extra.startswith(b"BI") else extra
    blank = np.full((HEIGHT, WIDTH), 255, np.uint8)
    maker.page(maker.jpeg_image(blank), whole + over)
    image = only(maker.save(tmp_path / "a.pdf"), engine)
    assert image.gray.min() < 60
    assert image.dpi == pytest.approx(200)
    assert image.gray.shape == pytest.approx((HEIGHT * 2, WIDTH * 2), abs=3)


@pytest.mark.parametrize("subtype", ["/Ink", "/FreeText", "/Stamp"])
def test_a_page_with_a_drawn_annotation_is_drawn(tmp_path: Path, subtype: str) -> None:
    maker = Maker()
    form = Stream(maker.pdf, b"0 g 0 0 40 40 re f")
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 40, 40])
    note = Dictionary(
        Type=Name.Annot, Subtype=Name(subtype), Rect=Array([20, 20, 60, 60]), AP=Dictionary(N=form), F=4
    )
    maker.page(maker.jpeg_image(np.full((HEIGHT, WIDTH), 255, np.uint8)), Annots=Array([note]))
    assert only(maker.save(tmp_path / "a.pdf"), "pdfium").gray.min() < 60


def test_a_transparent_image_is_drawn_with_its_mask(tmp_path: Path) -> None:
    maker = Maker()
    image = maker.image(bytes(WIDTH * HEIGHT), ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    mask = maker.image((255 - picture()).tobytes(), ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    image.SMask = mask
    maker.page(image)
    drawn = only(maker.save(tmp_path / "a.pdf"), "pdfium")
    small = np.asarray(Image.fromarray(drawn.gray).resize((WIDTH, HEIGHT)))
    assert float(np.abs(small.astype(int) - picture()).mean()) < 6.0


def test_an_image_in_strips_is_put_together_at_its_own_resolution(tmp_path: Path) -> None:
    maker = Maker()
    top, bottom = (
        maker.image(half.tobytes(), ColorSpace=Name.DeviceGray, BitsPerComponent=8)
        for half in np.split(np.repeat(np.repeat(picture(), 3, axis=0), 3, axis=1), 2)
    )
    for strip in (top, bottom):
        strip.Width, strip.Height = WIDTH * 3, HEIGHT * 3 // 2
    half = POINTS[1] / 2
    content = (
        f"q {POINTS[0]} 0 0 {half} 0 {half} cm /Im Do Q q {POINTS[0]} 0 0 {half} 0 0 cm /Low Do Q".encode()
    )
    maker.page(top, content)
    maker.pdf.pages[0].Resources.XObject.Low = bottom
    image = only(maker.save(tmp_path / "a.pdf"), "pdfium")
    assert image.dpi == pytest.approx(300)
    small = np.asarray(Image.fromarray(image.gray).resize((WIDTH, HEIGHT)))
    assert float(np.abs(small.astype(int) - picture()).mean()) < 3.0


@pytest.mark.parametrize("engine", ["pdfium", pytest.param("poppler", marks=NEEDS_POPPLER)])
@pytest.mark.parametrize("rotate", [0, 90])
def test_a_drawn_page_shows_its_crop_box_the_right_way_up(
    tmp_path: Path, engine: pdf_pages.PdfEngine, rotate: int
) -> None:
    maker = Maker()
    crop = Array([decimal(POINTS[0] / 2), 0, decimal(POINTS[0]), decimal(POINTS[1])])
    maker.page(None, b"0 g 0 0 30 30 re f 90 200 70 20 re f", CropBox=crop, Rotate=rotate)
    image = only(maker.save(tmp_path / "a.pdf"), engine)
    upright = np.rot90(image.gray, rotate // 90)
    assert upright.shape == pytest.approx((HEIGHT * 2, WIDTH), abs=3)
    rows, columns = np.nonzero(upright < 100)
    assert (rows.min(), rows.max()) == pytest.approx(
        ((POINTS[1] - 220) / 72 * 200, (POINTS[1] - 200) / 72 * 200), abs=3
    )
    assert (columns.min(), columns.max()) == pytest.approx((3.6 / 72 * 200, 73.6 / 72 * 200), abs=3)


def test_without_poppler_pages_are_drawn_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    maker = Maker()
    maker.page(None, b"0 g 20 20 30 30 re f")
    path = maker.save(tmp_path / "a.pdf")
    assert only(path, "auto").gray.min() < 60
    with pytest.raises(UnreadablePage, match="pdftoppm is not on the PATH"):
        only(path, "poppler")


@NEEDS_POPPLER
def test_when_poppler_cannot_draw_a_page_pdfium_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "draw_with_poppler", lambda *_: np.zeros((1, 1), np.uint8))
    maker = Maker()
    maker.page(None, b"0 g 20 20 30 30 re f")
    assert only(maker.save(tmp_path / "a.pdf"), "auto").gray.shape == pytest.approx((640, 480), abs=3)


@pytest.mark.parametrize("share", [0.002, 0.1, 0.5, 0.9, 0.97, 0.995])
@pytest.mark.parametrize(
    "options", [{}, {"linearize": True}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}]
)
def test_a_pdf_that_was_cut_off_is_refused_as_a_whole(
    tmp_path: Path, share: float, options: dict[str, object]
) -> None:
    maker = Maker()
    for _ in range(4):
        maker.page(maker.jpeg_image())
    path = maker.save(tmp_path / "a.pdf", **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert failure_code(path) == "truncated"


def test_a_pdf_without_its_last_line_end_is_whole(tmp_path: Path) -> None:
    maker = Maker()
    maker.page(maker.jpeg_image())
    path = maker.save(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes().rstrip() + bytes(600))
    assert len(sources(path)) == 1


def test_a_pdf_with_a_wrong_index_but_all_its_pages_is_read(tmp_path: Path) -> None:
    maker = Maker()
    for _ in range(3):
        maker.page(maker.jpeg_image())
    path = maker.save(tmp_path / "a.pdf")
    start = path.read_bytes().rindex(b"startxref")
    path.write_bytes(path.read_bytes()[:start] + b"startxref\n7\n%%EOF\n")
    listed = sources(path)
    assert len(listed) == 3
    assert mean_off(load_page(listed[2]), picture()) < 1.0


@pytest.mark.parametrize("extra", [b"", b" BT /F 40 Tf 20 20 Td (A) Tj ET"])
def test_a_cut_off_jpeg_in_a_whole_pdf_is_unreadable_and_never_grey(tmp_path: Path, extra: bytes) -> None:
    maker = Maker()
    data = jpeg(picture())
    image = maker.image(
        data[: len(data) // 2], ColorSpace=Name.DeviceGray, BitsPerComponent=8, Filter=Name.DCTDecode
    )
    maker.page(image, f"q {POINTS[0]} 0 0 {POINTS[1]} 0 0 cm /Im Do Q".encode() + extra)
    assert failure_code(maker.save(tmp_path / "a.pdf")) == "truncated"


def test_a_pdf_with_a_password_says_so(tmp_path: Path) -> None:
    maker = Maker()
    maker.page(maker.jpeg_image())
    path = maker.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(user="secret", owner="owner"))
    assert failure_code(path) == "password"


@pytest.mark.parametrize("content", [b"", b"0 g 20 20 30 30 re f"])
def test_a_pdf_that_only_restricts_printing_is_read(tmp_path: Path, content: bytes) -> None:
    maker = Maker()
    maker.page(maker.jpeg_image(), content)
    path = maker.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(user="", owner="owner"))
    assert only(path, "pdfium").gray.min() < 60


def test_a_page_as_large_as_a_house_is_refused(tmp_path: Path) -> None:
    maker = Maker()
    maker.page(None, b"0 g 0 0 9 9 re f", MediaBox=Array([0, 0, 14000, 14000]))
    assert failure_code(maker.save(tmp_path / "a.pdf")) == "too-large"
    maker = Maker()
    maker.page(None, b"0 g 0 0 9 9 re f", UserUnit=1000)
    assert failure_code(maker.save(tmp_path / "b.pdf")) == "too-large"


def test_an_image_that_announces_too_many_pixels_is_refused(tmp_path: Path) -> None:
    maker = Maker()
    image = maker.image(b"\0" * 100, ColorSpace=Name.DeviceGray, BitsPerComponent=1)
    image.Width = image.Height = 25_000
    maker.page(image)
    assert failure_code(maker.save(tmp_path / "a.pdf")) == "too-large"


def test_a_pdf_without_pages_is_no_scan(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pikepdf.new().save(path)
    assert failure_code(path) == "no-pages"


def test_many_pages_are_counted_without_decoding_and_read_in_any_order(tmp_path: Path) -> None:
    maker = Maker()
    images = [
        maker.pdf.make_indirect(maker.jpeg_image(np.full((HEIGHT, WIDTH), 8 * n, np.uint8)))
        for n in range(30)
    ]
    for number in range(1500):
        maker.page(images[number % 30])
    listed = sources(maker.save(tmp_path / "a.pdf"))
    assert len(listed) == 1500
    for number in (1499, 0, 700, *range(3, 33)):
        assert load_page(listed[number]).gray.mean() == pytest.approx(8 * (number % 30), abs=1)


def test_a_file_that_changes_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    for level in (40, 200):
        maker = Maker()
        maker.page(
            maker.jpeg_image(np.full((HEIGHT, WIDTH), level, np.uint8)), UserUnit=1 if level == 40 else 2
        )
        maker.save(path)
        assert only(path).gray.mean() == pytest.approx(level, abs=1)
    pdf_pages.close_documents()
