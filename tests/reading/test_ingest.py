"""Pictures of every kind become the same grey page, and broken ones a failure that says why."""

import hashlib
import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipeline.errors import UnreadablePage
from pipeline.model import PageFailed, PageSource
from pipeline.reading import PageImage, find_scans, list_pages, load_page
from pipeline.reading.image import is_bilevel, make_page_image


def picture() -> NDArray[np.uint8]:
    """A page that looks different from every side."""
    page = np.full((300, 200), 240, np.uint8)
    page[20:60, 20:120] = 0
    page[200:240, 150:190] = 90
    page[100:102, :] = 180
    return page


def sources(path: Path) -> tuple[PageSource, ...]:
    listed = list_pages(find_scans([path])[0])
    assert not isinstance(listed, PageFailed), listed
    return listed


def only(path: Path) -> PageImage:
    (source,) = sources(path)
    return load_page(source)


def failure(path: Path) -> tuple[str, str]:
    """Code and message of the failure, of counting or else of decoding the last page."""
    listed = list_pages(find_scans([path])[0])
    if isinstance(listed, PageFailed):
        assert listed.source.page == 1
        return listed.code, listed.message
    with pytest.raises(UnreadablePage) as error:
        load_page(listed[-1])
    assert error.value.hint
    return error.value.code, error.value.message


def close_to(gray: NDArray[np.uint8], wanted: NDArray[np.uint8], within: int = 0) -> bool:
    return gray.shape == wanted.shape and int(np.abs(gray.astype(int) - wanted.astype(int)).max()) <= within


def test_every_lossless_way_to_store_a_picture_gives_the_same_pixels(tmp_path: Path) -> None:
    page = picture()
    gray = Image.fromarray(page)
    deep = Image.fromarray(page.astype(np.uint16) * 257)
    alpha = Image.merge("LA", (Image.new("L", gray.size, 0), Image.fromarray(255 - page)))
    variants: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "gray.png": (gray, {}),
        "rgb.png": (gray.convert("RGB"), {}),
        "palette.png": (gray.quantize(64), {}),
        "deep.png": (deep, {}),
        "alpha.png": (alpha, {}),
        "raw.tif": (gray, {}),
        "lzw.tif": (gray, {"compression": "tiff_lzw"}),
        "deflate.tif": (gray, {"compression": "tiff_adobe_deflate"}),
        "packbits.tif": (gray, {"compression": "packbits"}),
        "rgb.tif": (gray.convert("RGB"), {"compression": "tiff_lzw"}),
        "palette.tif": (gray.quantize(64), {}),
        "deep.tif": (deep, {}),
        "alpha.tif": (alpha, {}),
        "cmyk.tif": (gray.convert("RGB").convert("CMYK"), {}),
    }
    for name, (image, options) in variants.items():
        image.save(tmp_path / name, **options)
        assert close_to(only(tmp_path / name).gray, page, within=1), name


def test_black_and_white_compressions_give_the_same_pixels(tmp_path: Path) -> None:
    page = np.where(picture() < 128, 0, 255).astype(np.uint8)
    for name, compression in (("g4", "group4"), ("g3", "group3"), ("raw", None), ("lzw", "tiff_lzw")):
        path = tmp_path / f"{name}.tif"
        Image.fromarray(page).convert("1").save(path, compression=compression, dpi=(300, 300))
        image = only(path)
        assert close_to(image.gray, page), name
        assert image.bilevel
        assert image.dpi == pytest.approx(300)
    Image.fromarray(page).convert("1").save(tmp_path / "one.png")
    assert close_to(only(tmp_path / "one.png").gray, page)


@pytest.mark.parametrize("deep", [False, True])
def test_a_tiff_whose_white_is_zero_is_not_read_as_its_negative(tmp_path: Path, deep: bool) -> None:
    page = picture()
    inverted = (255 - page).astype(np.uint16) * 257 if deep else 255 - page
    path = tmp_path / "white-is-zero.tif"
    path.write_bytes(plain_tiff(inverted, photometric=0))
    assert close_to(only(path).gray, page, within=1)


@pytest.mark.parametrize("quality", [{"progressive": True}, {"progressive": False}, {"subsampling": 2}])
def test_jpegs_of_every_kind_come_out_grey(tmp_path: Path, quality: dict[str, Any]) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(picture()).convert("RGB").save(path, quality=95, dpi=(200, 200), **quality)
    image = only(path)
    assert close_to(image.gray, picture(), within=40)
    assert float(np.abs(image.gray.astype(int) - picture()).mean()) < 1.0
    assert image.dpi == pytest.approx(200)


def test_a_cmyk_jpeg_is_not_its_negative(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(picture()).convert("RGB").convert("CMYK").save(path, quality=95)
    assert float(np.abs(only(path).gray.astype(int) - picture()).mean()) < 2.0


def test_a_jpeg_inside_a_tiff_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(picture()).save(path, compression="jpeg", quality=95)
    assert float(np.abs(only(path).gray.astype(int) - picture()).mean()) < 1.0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
def test_pictures_are_turned_as_their_file_says(tmp_path: Path, kind: str, orientation: int) -> None:
    page = picture()
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = Image.fromarray(page)
    if undo is not None:
        stored = stored.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"a.{kind}"
    options: dict[str, Any] = {"quality": 95} if kind == "jpg" else {}
    stored.save(path, exif=exif, **options)
    image = only(path)
    assert image.gray.shape == page.shape
    assert float(np.abs(image.gray.astype(int) - page).mean()) < 1.0


def test_pages_of_a_tiff_are_counted_and_decoded_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "many.tif"
    pages = [Image.fromarray(np.full((40, 30 + page), 10 * page, np.uint8)) for page in range(5)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_lzw")
    listed = sources(path)
    assert [source.page for source in listed] == [1, 2, 3, 4, 5]
    assert {source.sha256 for source in listed} == {hashlib.sha256(path.read_bytes()).hexdigest()}
    for source in reversed(listed):
        gray = load_page(source).gray
        assert gray.shape == (40, 29 + source.page)
        assert np.all(gray == 10 * (source.page - 1))


def test_resolutions_that_make_no_sense_are_not_believed(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png", dpi=(1, 1))
    assert only(tmp_path / "a.png").dpi is None
    Image.fromarray(picture()).save(tmp_path / "fax.tif", dpi=(204, 98))
    assert only(tmp_path / "fax.tif").dpi is None


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "g4.tif", "progressive.jpg"])
def test_a_file_that_was_cut_off_is_unreadable_wherever_it_was_cut(
    tmp_path: Path, kind: str, share: float
) -> None:
    path = tmp_path / f"a.{kind}"
    noise = np.random.default_rng(1).integers(0, 255, (300, 200), dtype=np.uint8)
    image = Image.fromarray(noise)
    if kind == "g4.tif":
        image.convert("1").save(path, compression="group4")
    elif kind == "progressive.jpg":
        image.save(path, progressive=True)
    else:
        image.save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    code, message = failure(path)
    assert code in ("truncated", "damaged", "not-an-image")
    assert path.name in message


def test_a_jpeg_that_is_damaged_in_the_middle_is_unreadable_and_says_so_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (600, 400), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes([0x55] * 60)
    path.write_bytes(data)
    assert failure(path)[0] == "damaged"
    assert capfd.readouterr().err == ""


def test_what_a_camera_appends_behind_a_jpeg_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(picture()).save(path, quality=95)
    path.write_bytes(path.read_bytes() + b"trailer" * 100)
    assert only(path).gray.shape == (300, 200)


def test_a_tiff_that_breaks_off_keeps_its_first_pages_and_shows_the_loss(tmp_path: Path) -> None:
    path = tmp_path / "many.tif"
    pages = [Image.fromarray(picture()) for _ in range(4)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    listed = sources(path)
    assert 2 <= len(listed) <= 4
    assert close_to(load_page(listed[0]).gray, picture())
    with pytest.raises(UnreadablePage) as error:
        load_page(listed[-1])
    assert error.value.code == "truncated"


def test_a_tiff_whose_pages_go_round_in_a_circle_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop.tif"
    data = bytearray(plain_tiff(picture(), photometric=1))
    first = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[first : first + 2])[0]
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    path.write_bytes(data)
    assert len(sources(path)) == 2
    assert failure(path)[0] == "truncated"


def test_a_text_file_named_jpg_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_text("dear students")
    code, message = failure(path)
    assert code == "not-an-image"
    assert "a.jpg" in message


def test_a_picture_with_the_wrong_suffix_is_read_all_the_same(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert close_to(only(tmp_path / "a.jpg").gray, picture())


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"")
    assert failure(tmp_path / "a.pdf") == ("truncated", "a.pdf: the file is empty")


def test_a_file_that_vanishes_after_counting_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(picture()).save(path)
    (source,) = sources(path)
    path.unlink()
    with pytest.raises(UnreadablePage) as error:
        load_page(source)
    assert error.value.code == "no-access"


@pytest.mark.parametrize("kind", ["png", "tif", "jpg"])
def test_a_header_that_announces_too_many_pixels_is_refused_before_decoding(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"bomb.{kind}"
    if kind == "png":
        path.write_bytes(png_header(25_000, 25_000))
    elif kind == "tif":
        data = bytearray(plain_tiff(picture(), photometric=1))
        first = struct.unpack("<I", data[4:8])[0]
        struct.pack_into("<I", data, first + 2 + 8, 20_000)
        struct.pack_into("<I", data, first + 2 + 12 + 8, 20_000)
        path.write_bytes(data)
    else:
        Image.fromarray(picture()).save(path)
        data = bytearray(path.read_bytes())
        frame = data.index(b"\xff\xc0")
        struct.pack_into(">HH", data, frame + 5, 20_000, 20_000)
        path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert failure(path)[0] == "too-large"


def test_a_stamp_is_too_small_for_a_page(tmp_path: Path) -> None:
    Image.new("L", (10, 10)).save(tmp_path / "a.png")
    assert failure(tmp_path / "a.png")[0] == "too-small"


def test_pixels_cannot_be_changed(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="read-only"):
        only(tmp_path / "a.png").gray[0, 0] = 1


def test_a_blurred_drawing_is_grey_and_a_thresholded_one_bilevel() -> None:
    drawn = np.full((800, 600), 255, np.uint8)
    cv2.putText(drawn, "answer", (20, 400), cv2.FONT_HERSHEY_SIMPLEX, 5, (0,), 12)
    gray = np.asarray(cv2.GaussianBlur(drawn, (0, 0), 1.5), np.uint8)
    assert not is_bilevel(gray)
    assert make_page_image(np.where(gray < 128, 0, 255).astype(np.uint8), None).bilevel
    stored = io.BytesIO()
    Image.fromarray(np.where(gray < 128, 0, 255).astype(np.uint8)).save(stored, "JPEG", quality=90)
    assert is_bilevel(np.asarray(Image.open(stored)))


def plain_tiff(samples: NDArray[np.uint8] | NDArray[np.uint16], photometric: int) -> bytes:
    """Write an uncompressed one-page TIFF by hand, so that every tag is known."""
    height, width = samples.shape
    bits = samples.dtype.itemsize * 8
    pixels = samples.astype(f"<u{bits // 8}").tobytes()
    values = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: height,
              279: len(pixels)}  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    head = struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
    return head + pixels + struct.pack("<H", len(values)) + entries + struct.pack("<I", 0)


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )
