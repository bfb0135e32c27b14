"""An open PDF in both libraries, and the drawing of pages that are more than one image."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pdf2image
import pdf2image.exceptions
import pikepdf
import pypdfium2
import pypdfium2.raw
from numpy.typing import NDArray
from PIL import Image

from pipeline.reading.bounds import DRAWING_SECONDS
from pipeline.reading.image import as_gray
from pipeline.reading.pdf_opening import open_pdf, openable

_GREY_FORMAT = pypdfium2.raw.FPDFBitmap_Gray


class DrawingTookTooLong(Exception):
    """A page was not drawn in the time that it may take."""


@dataclass(slots=True)
class Document:
    """One PDF file, opened by each library when it is first needed."""

    path: Path
    pages: pikepdf.Pdf = field(init=False)
    _drawn: pypdfium2.PdfDocument | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.pages = open_pdf(self.path)

    @property
    def drawn(self) -> pypdfium2.PdfDocument:
        """The document in pdfium, with its forms.

        Raises
        ------
        pypdfium2.PdfiumError
            pdfium cannot open it, or finds other pages in it than qpdf, which counted them.
        """
        if self._drawn is None:
            with openable(self.path) as name:
                self._drawn = pypdfium2.PdfDocument(name)
            self._drawn.init_forms()
        if len(self._drawn) != len(self.pages.pages):
            raise pypdfium2.PdfiumError("the page tree is damaged")
        return self._drawn

    def close(self) -> None:
        """Give back both."""
        self.pages.close()
        if self._drawn is not None:
            self._drawn.close()


def has_poppler() -> bool:
    """Whether poppler's programs are on the PATH."""
    return shutil.which("pdftoppm") is not None and shutil.which("pdfinfo") is not None


def image_pixels(document: Document, page: int) -> NDArray[np.uint8] | None:
    """Decode the only image of a page (1-based), at its own size; None when pdfium cannot."""
    try:
        opened = document.drawn[page - 1]
        try:
            kinds = (pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,)
            images: list[Any] = list(opened.get_objects(filter=kinds, max_depth=5))
            return _to_gray(images[0].get_bitmap()) if len(images) == 1 else None
        finally:
            opened.close()
    except pypdfium2.PdfiumError:
        return None


def draw_with_pdfium(document: Document, page: int, dpi: float) -> NDArray[np.uint8] | None:
    """Draw a page (1-based), turned as it says; None when pdfium cannot."""
    try:
        opened = document.drawn[page - 1]
        try:
            bitmap = opened.render(scale=dpi / 72.0, force_bitmap_format=_GREY_FORMAT, may_draw_forms=True)
            return _to_gray(bitmap)
        finally:
            opened.close()
    except pypdfium2.PdfiumError:
        return None


def draw_with_poppler(path: Path, page: int, dpi: int) -> NDArray[np.uint8] | None:
    """Draw a page (1-based), turned as it says; None when poppler cannot.

    pdf2image kills pdftoppm when the time is over; when this process is killed, whoever does it
    ends its process group, and pdftoppm with it.

    Raises
    ------
    DrawingTookTooLong
        It takes longer than ``DRAWING_SECONDS``.
    """
    try:
        drawn = pdf2image.convert_from_path(
            path,
            dpi=dpi,
            first_page=page,
            last_page=page,
            grayscale=True,
            use_cropbox=True,
            timeout=DRAWING_SECONDS,
        )
    except pdf2image.exceptions.PDFPopplerTimeoutError as error:
        raise DrawingTookTooLong from error
    except (
        pdf2image.exceptions.PDFPageCountError,
        pdf2image.exceptions.PDFInfoNotInstalledError,
        pdf2image.exceptions.PDFSyntaxError,
    ):
        return None
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return as_gray(np.asarray(drawn[0].convert("L"))) if drawn else None


def _to_gray(bitmap: Any) -> NDArray[np.uint8]:
    """Copy a pdfium bitmap to grey; it is freed with the page."""
    pixels = bitmap.to_numpy()
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim == 2:
        return as_gray(pixels).copy()
    return as_gray(np.asarray(bitmap.to_pil().convert("L"))).copy()
