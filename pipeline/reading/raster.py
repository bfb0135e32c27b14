"""TIFF, PNG and JPEG files: counting their pages, and decoding one page to grey."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.errors import UnreadablePage
from pipeline.reading.bounds import MAX_JPEG_BYTES
from pipeline.reading.complaints import complaints
from pipeline.reading.image import (
    PageImage,
    as_gray,
    check_not_larger,
    check_size,
    make_page_image,
    orient,
)
from pipeline.reading.jpeg import check_header, decode_jpeg
from pipeline.reading.tiff import TiffPage, read_directories

_ORIENTATION_TAG = 274
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_ROWS = 1024
"""Rows that are reduced to grey at once."""


def count_tiff_pages(path: Path, where: str) -> int:
    """Count the pages of a TIFF file without decoding any.

    A file that breaks off within its list of pages counts one page more than can be read, so that
    the ledger shows what is lost.

    Raises
    ------
    UnreadablePage
        Not one page can be found.
    """
    pages, complete = read_directories(path)
    if not pages:
        raise _truncated(where)
    return len(pages) + (0 if complete else 1)


def load_tiff_page(path: Path, page: int, where: str) -> PageImage:
    """Decode one page (1-based) of a TIFF file."""
    pages, _ = read_directories(path)
    if page > len(pages):
        raise UnreadablePage(
            f"{where}: the file breaks off before this page; pages after it are missing as well",
            code="truncated",
            hint="copy or scan the file again",
        )
    header = pages[page - 1]
    check_size(header.width, header.height, where)
    check_not_larger(*header.tile, where)
    if header.last_byte > path.stat().st_size:
        raise _truncated(where)
    with (
        _pillow(where),
        complaints() as heard,
        io.BufferedReader(_Upright(path, header)) as stream,
        Image.open(stream, formats=("TIFF",)) as picture,
    ):
        picture.seek(page - 1)
        dpi = _dpi(picture)
        gray = _to_gray(picture, header)
    if heard:
        raise _damaged(where)
    return make_page_image(orient(gray, header.orientation), dpi)


def load_png(path: Path, where: str) -> PageImage:
    """Decode a PNG file; what is transparent is paper."""
    with _pillow(where), Image.open(path, formats=("PNG",)) as picture:
        check_size(*picture.size, where)
        orientation = int(picture.getexif().get(_ORIENTATION_TAG, 1))
        gray = _to_gray(picture, None)
        return make_page_image(orient(gray, orientation), _dpi(picture))


def load_jpeg(path: Path, where: str) -> PageImage:
    """Decode a JPEG file, turned as its EXIF says."""
    if path.stat().st_size > MAX_JPEG_BYTES:
        raise UnreadablePage(
            f"{where}: the JPEG file has more than {MAX_JPEG_BYTES // 1_000_000} MB",
            code="too-large",
            hint="save it again as an ordinary JPEG",
        )
    data = path.read_bytes()
    check_header(data, where)
    with _pillow(where), Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        check_size(*picture.size, where)
        orientation = int(picture.getexif().get(_ORIENTATION_TAG, 1))
        dpi = _dpi(picture)
        if picture.mode == "CMYK":
            return make_page_image(orient(_to_gray(picture, None), orientation), dpi)
    return make_page_image(orient(decode_jpeg(data, where), orientation), dpi)


@contextmanager
def _pillow(where: str) -> Iterator[None]:
    """Turn every way in which Pillow fails into an unreadable page."""
    try:
        with warnings.catch_warnings():
            # check_size, with a lower bound, comes before any pixel is decoded
            warnings.simplefilter("ignore")
            yield
    except UnreadablePage:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadablePage(
            f"{where}: the picture announces more pixels than any page has",
            code="too-large",
            hint="scan it again at 300 dpi",
        ) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        KeyError,
        TypeError,
        IndexError,
        OverflowError,
    ) as error:
        text = str(error).lower()
        if "truncated" in text or "unexpected end" in text or isinstance(error, EOFError):
            raise _truncated(where) from error
        raise _damaged(where) from error


def _damaged(where: str) -> UnreadablePage:
    return UnreadablePage(
        f"{where}: the picture is damaged or of a kind that cannot be decoded",
        code="damaged",
        hint="copy or scan the file again, as PDF, TIFF, JPEG or PNG",
    )


def _truncated(where: str) -> UnreadablePage:
    return UnreadablePage(
        f"{where}: the file ends before the picture does",
        code="truncated",
        hint="copy or scan the file again",
    )


class _Upright(io.FileIO):
    """A TIFF file in which a page's orientation reads as upright.

    Pillow 12 and 13 turn TIFF pages while loading, and garble those without compression that lie on
    their side. libtiff, which reads by the file's number and not through here, turns nothing.
    """

    def __init__(self, path: Path, header: TiffPage) -> None:
        super().__init__(path)
        self._place = header.orientation_at
        self._upright = (1).to_bytes(2, header.byte_order)

    def readinto(self, buffer: Any) -> int:
        """Read, with the orientation's two bytes in their place."""
        start = self.tell()
        count = super().readinto(buffer) or 0
        view = memoryview(buffer).cast("B")
        for at, byte in enumerate(self._upright, self._place - start):
            if self._place and 0 <= at < count:
                view[at] = byte
        return count


def _dpi(picture: Image.Image) -> float | None:
    value: Any = picture.info.get("dpi")
    try:
        across, down = (float(value[0]), float(value[1])) if value else (0.0, 0.0)
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    # fax pages have pixels that are not square: their resolution says nothing of the page's scale
    return across if across > 0 and abs(across - down) <= 0.02 * across else None


def _to_gray(picture: Image.Image, tiff: TiffPage | None) -> NDArray[np.uint8]:
    """Reduce any mode of Pillow to 8-bit grey, transparent over white."""
    if picture.mode == "L" and "transparency" not in picture.info:
        return as_gray(np.asarray(picture))
    if picture.mode in _DEEP_MODES:
        return _deep_to_gray(np.asarray(picture), tiff)
    gray = np.empty((picture.height, picture.width), np.uint8)
    picture.load()
    for top in range(0, picture.height, _ROWS):
        strip = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height)))
        gray[top : top + _ROWS] = np.asarray(_strip_to_gray(strip))
    return gray


def _strip_to_gray(strip: Image.Image) -> Image.Image:
    """Reduce some rows; all at once, a large page would be in memory four times."""
    if strip.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in strip.info:
        layered = strip.convert("RGBA")
        paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, layered).convert("L")
    if strip.mode in ("CMYK", "LAB", "YCbCr", "HSV"):
        strip = strip.convert("RGB")
    return strip.convert("L")


def _deep_to_gray(values: NDArray[Any], tiff: TiffPage | None) -> NDArray[np.uint8]:
    """Scale 16-bit, 32-bit and floating-point samples to 8 bits; Pillow would clip them."""
    if values.dtype.kind == "f":
        top = 1.0 if float(values.max(initial=0.0)) <= 1.0 else 255.0
    else:
        # 12-bit samples come as 16-bit numbers
        top = 2.0 ** min(max(tiff.bits, 1) if tiff is not None else 16, 32) - 1.0
    gray = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), _ROWS):
        scaled = np.nan_to_num(values[row : row + _ROWS].astype(np.float64)) * (255.0 / top)
        gray[row : row + _ROWS] = np.clip(scaled + 0.5, 0, 255).astype(np.uint8)
    return as_gray(255 - gray) if tiff is not None and tiff.white_is_zero else gray
