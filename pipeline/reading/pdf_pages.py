"""Pages of PDF files: taking out the one image of a page, or drawing it.

pikepdf takes JPEG and fax images out as they are; pdfium decodes every other kind, bounded by the
image's own size; pages that are more than one image are drawn by poppler or pdfium.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pikepdf
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.reading.bounds import DRAWING_SECONDS, MAX_PIXELS, MAX_POINTS
from pipeline.reading.complaints import complaints
from pipeline.reading.image import (
    PageImage,
    as_gray,
    check_not_larger,
    check_size,
    make_page_image,
    turn,
)
from pipeline.reading.jpeg import check_header, components, decode_jpeg
from pipeline.reading.pdf_content import (
    PageContent,
    PlacedImage,
    Rectangle,
    covers,
    filters_of,
    inherited,
    read_content,
)
from pipeline.reading.pdf_drawing import (
    Document,
    DrawingTookTooLong,
    draw_with_pdfium,
    draw_with_poppler,
    has_poppler,
    image_pixels,
)
from pipeline.reading.pdf_opening import pdf_failures

PdfEngine = Literal["auto", "poppler", "pdfium"]

REOPEN_AFTER = 25
"""Pages after which an open document is closed and opened anew: decoders never give memory back."""
_DRAWN_DPI = 200.0
_FINEST_DPI = 400.0
_GREY_SPACES = ("/DeviceGray", "/CalGray", "/DeviceRGB", "/CalRGB")
_lock = threading.Lock()


def load_pdf_page(path: Path, page: int, engine: PdfEngine, where: str) -> PageImage:
    """Decode one page (1-based) of a PDF: its one image taken out, or else drawn."""
    with _lock, pdf_failures(where):
        document = _cached(path)
        crop, quarter_turns, user_unit = _geometry(document.pages.pages[page - 1], where)
        content = read_content(document.pages.pages[page - 1], crop)
        for image in content.images:
            _check_image(image, where)
        gray = _only_image(document, page, content, crop, where)
        if gray is not None:
            dpi = content.images[0].dpi(user_unit)
            return make_page_image(turn(gray, quarter_turns), dpi)
        return _draw(document, page, content, crop, user_unit, quarter_turns, engine, where)


def close_documents() -> None:
    """Close the document that this process keeps open."""
    with _lock:
        _cache.close()


@dataclass(slots=True)
class _Cache:
    """The document that this process has open, by path, size and time of change."""

    key: tuple[str, int, int] | None = None
    document: Document | None = None
    uses: int = 0

    def close(self) -> None:
        if self.document is not None:
            self.document.close()
        self.key, self.document, self.uses = None, None, 0


_cache = _Cache()


def _cached(path: Path) -> Document:
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if _cache.document is None or _cache.key != key or _cache.uses >= REOPEN_AFTER:
        _cache.close()
        _cache.document = Document(path)
        _cache.key = key
    _cache.uses += 1
    return _cache.document


def _geometry(page: pikepdf.Page, where: str) -> tuple[Rectangle, int, float]:
    """Crop box in points, quarter turns clockwise, and user unit; size is bounded here."""
    media = [float(number) for number in page.mediabox]
    crop = [float(number) for number in page.cropbox]
    left, bottom = max(min(crop[0::2]), min(media[0::2])), max(min(crop[1::2]), min(media[1::2]))
    right, top = min(max(crop[0::2]), max(media[0::2])), min(max(crop[1::2]), max(media[1::2]))
    unit = float(page.obj.get("/UserUnit", 1))
    longest = max(right - left, top - bottom) * unit
    if min(right - left, top - bottom) <= 0 or not 0 < longest <= MAX_POINTS:
        raise UnreadablePage(
            f"{where}: the PDF page is {longest / 72 * 25.4:.0f} mm long, more than any sheet of paper",
            code="too-large",
            hint="save it with its pages at A4 or Letter size",
        )
    rotate = int(inherited(page.obj, "/Rotate", 0))
    return (left, bottom, right, top), (rotate // 90) % 4 if rotate % 90 == 0 else 0, unit


def _check_image(image: PlacedImage, where: str) -> None:
    """Refuse an image that is larger than a page, and a JPEG that is cut off.

    Every renderer would fill what is cut off with grey.
    """
    check_not_larger(int(image.stream.get("/Width", 0)), int(image.stream.get("/Height", 0)), where)
    if filters_of(image.stream) == ["/DCTDecode"]:
        check_header(image.stream.read_raw_bytes(), where)


def _only_image(
    document: Document, page: int, content: PageContent, crop: Rectangle, where: str
) -> NDArray[np.uint8] | None:
    """Take out a page's only image, upright on the page; None when the page must be drawn."""
    if content.other or len(content.images) != 1 or not covers(content.images[0].matrix, crop):
        return None
    image = content.images[0]
    stream = image.stream
    filters = filters_of(stream)
    stencil = bool(stream.get("/ImageMask", False))
    if "/SMask" in stream or "/Mask" in stream or "/JPXDecode" in filters or (stencil and not image.black):
        return None
    check_size(int(stream.Width), int(stream.Height), where)
    if filters == ["/DCTDecode"]:
        gray = _jpeg_of(stream, where)
    elif filters == ["/CCITTFaxDecode"] and not stencil and "/Decode" not in stream and _is_gray(stream):
        gray = _fax(stream, where)
    elif stencil or "/Decode" in stream:
        return None
    else:
        gray = image_pixels(document, page)
    return None if gray is None else _place(gray, image)


def _fax(stream: pikepdf.Stream, where: str) -> NDArray[np.uint8]:
    with complaints() as heard:
        gray = as_gray(np.asarray(pikepdf.PdfImage(stream).as_pil_image().convert("L")))
    if heard:
        raise UnreadablePage(
            f"{where}: the fax picture of the page is damaged",
            code="damaged",
            hint="copy or scan the file again",
        )
    return gray


def _is_gray(stream: pikepdf.Stream) -> bool:
    return str(stream.get("/ColorSpace", "")) == "/DeviceGray"


def _jpeg_of(stream: pikepdf.Stream, where: str) -> NDArray[np.uint8] | None:
    data = stream.read_raw_bytes()
    space = stream.get("/ColorSpace", "/DeviceGray")
    plain = str(space) if not isinstance(space, pikepdf.Array) else str(space[0])
    if "/Decode" in stream or "/DecodeParms" in stream or components(data) not in (1, 3):
        return None
    if plain != "/ICCBased" and plain not in _GREY_SPACES:
        return None
    return decode_jpeg(data, where)


def _place(gray: NDArray[np.uint8], image: PlacedImage) -> NDArray[np.uint8]:
    """Turn and mirror an image as its matrix places it on the page."""
    a, b, c, d, _, _ = image.matrix
    if abs(a) + abs(d) >= abs(b) + abs(c):
        mirrored_x, mirrored_y = a < 0, d < 0
    else:
        gray = gray.T
        mirrored_x, mirrored_y = c > 0, b > 0
    return gray[:: -1 if mirrored_y else 1, :: -1 if mirrored_x else 1]


def _draw(
    document: Document,
    page: int,
    content: PageContent,
    crop: Rectangle,
    user_unit: float,
    quarter_turns: int,
    engine: PdfEngine,
    where: str,
) -> PageImage:
    """Draw a page at the resolution of its finest image, or at 200 dpi when it has none."""
    native: float = max((image.dpi(user_unit) for image in content.images), default=0.0)
    dpi = min(max(native, _DRAWN_DPI), _FINEST_DPI)
    inches = ((crop[2] - crop[0]) * user_unit / 72.0, (crop[3] - crop[1]) * user_unit / 72.0)
    dpi = round(min(dpi, (MAX_PIXELS / (inches[0] * inches[1])) ** 0.5 * 0.99))
    width, height = (inches[0] * dpi, inches[1] * dpi)[:: -1 if quarter_turns % 2 else 1]
    check_size(round(width), round(height), where)
    if engine == "poppler" and not has_poppler():
        raise UnreadablePage(
            f"{where}: the page must be drawn, and pdftoppm is not on the PATH",
            code="no-engine",
            hint="install poppler-utils, or use --pdf-engine pdfium",
        )
    if engine != "pdfium" and has_poppler():
        try:
            gray = draw_with_poppler(document.path, page, dpi)
        except DrawingTookTooLong as error:
            raise UnreadablePage(
                f"{where}: the PDF page is not drawn after {DRAWING_SECONDS} seconds",
                code="timeout",
                hint="print the page and scan it, or save the PDF with its pages as pictures",
            ) from error
        if gray is not None and _has_size(gray, width, height):
            return make_page_image(gray, dpi)
        if engine == "poppler":
            raise UnreadablePage(
                f"{where}: pdftoppm cannot draw the page", code="damaged", hint="try --pdf-engine pdfium"
            )
    gray = draw_with_pdfium(document, page, dpi * user_unit)
    if gray is None or not _has_size(gray, width, height):
        raise UnreadablePage(
            f"{where}: the PDF page cannot be drawn", code="damaged", hint="copy or scan the file again"
        )
    return make_page_image(gray, dpi)


def _has_size(gray: NDArray[np.uint8], width: float, height: float) -> bool:
    """Whether a drawn page is as large as asked for; pdf2image gives 1 x 1 when it is too large."""
    return bool(
        abs(gray.shape[1] - width) <= 3 + 0.01 * width and abs(gray.shape[0] - height) <= 3 + 0.01 * height
    )
