"""Scan files as scanners write them: PDF with one image a page, multi-page TIFF, PNG, JPEG.

Pages are taken from an iterator one by one, so a file of thousands of pages needs the memory of
one; the same pages give the same bytes, since no clock and no random id goes into a file.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image as Pillow
from PIL import TiffImagePlugin

from pipeline.paper.simulate.records import Image, SimulatedPage

TiffCompression = Literal["group4", "tiff_lzw", "jpeg"]
_ORIENTATION = 0x0112


def jpeg_bytes(image: Image, *, dpi: int, quality: int, orientation: int = 1) -> bytes:
    """Compress a picture.

    Parameters
    ----------
    image
        Grey or RGB.
    dpi
        For the header.
    quality
        1 to 95.
    orientation
        EXIF orientation, 1 to 8; 1 writes no EXIF at all.
    """
    out = io.BytesIO()
    exif = Pillow.Exif()
    if orientation != 1:
        exif[_ORIENTATION] = orientation
    Pillow.fromarray(image).save(out, "JPEG", quality=quality, dpi=(dpi, dpi), exif=exif)
    return out.getvalue()


def as_received(page: SimulatedPage) -> Image:
    """The page's picture after the loss of its own JPEG quality; unchanged when bilevel."""
    if page.bilevel:
        return page.image
    with Pillow.open(io.BytesIO(jpeg_bytes(page.image, dpi=page.dpi, quality=page.jpeg_quality))) as picture:
        return np.asarray(picture, np.uint8)


def black_and_white(image: Image) -> Image:
    """A picture with every pixel 0 or 255, cut at 60 % of its paper's grey unless it is already."""
    grey = image if image.ndim == 2 else np.asarray(Pillow.fromarray(image).convert("L"), np.uint8)
    cut = 0.60 * float(np.percentile(grey[::8, ::8], 80))
    return np.where(grey > cut, np.uint8(255), np.uint8(0))


def group4_bytes(image: Image) -> bytes:
    """Compress a bilevel picture as ITU-T T.6 (group 4) data, one strip, ones are white."""
    out = io.BytesIO()
    inverted = Pillow.fromarray(np.asarray(255 - black_and_white(image), np.uint8))
    ink = inverted.convert("1", dither=Pillow.Dither.NONE)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[TiffImagePlugin.ROWSPERSTRIP] = image.shape[0]
    ink.save(out, "TIFF", compression="group4", tiffinfo=tags)
    out.seek(0)
    with TiffImagePlugin.TiffImageFile(out) as tiff:
        offset = tiff.tag_v2[TiffImagePlugin.STRIPOFFSETS][0]
        count = tiff.tag_v2[TiffImagePlugin.STRIPBYTECOUNTS][0]
    return out.getvalue()[offset : offset + count]


# --- PDF ---------------------------------------------------------------------------------------


class ScanPdf:
    """Writes a PDF 1.4 page by page: each page is one image that covers it.

    Use it as a context manager; the file is complete when it is left.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = 3
        self._at = 0
        self._put(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def __enter__(self) -> "ScanPdf":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._finish()

    def add_jpeg(self, image: Image, *, dpi: int, quality: int, rotate: int = 0) -> None:
        """Add a page of one DCT stream; ``rotate`` is the page's /Rotate, in degrees."""
        color = "/DeviceGray" if image.ndim == 2 else "/DeviceRGB"
        keys = f"/ColorSpace {color} /BitsPerComponent 8 /Filter /DCTDecode"
        self._add(jpeg_bytes(image, dpi=dpi, quality=quality), keys, image.shape, dpi, rotate)

    def add_group4(self, image: Image, *, dpi: int, rotate: int = 0) -> None:
        """Add a page of one CCITT group 4 stream."""
        height, width = image.shape[:2]
        keys = (
            "/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode"
            f" /DecodeParms << /K -1 /Columns {width} /Rows {height} >>"
        )
        self._add(group4_bytes(image), keys, image.shape, dpi, rotate)

    def _add(self, data: bytes, keys: str, shape: tuple[int, ...], dpi: int, rotate: int) -> None:
        height, width = shape[:2]
        wide, high = f"{width * 72 / dpi:.4f}", f"{height * 72 / dpi:.4f}"
        image, content, page = self._next, self._next + 1, self._next + 2
        self._next += 3
        head = f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} {keys}"
        self._object(image, f"{head} /Length {len(data)} >>", data)
        draw = f"q {wide} 0 0 {high} 0 0 cm /Im0 Do Q".encode()
        self._object(content, f"<< /Length {len(draw)} >>", draw)
        turned = f" /Rotate {rotate}" if rotate else ""
        self._object(
            page,
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {high}]{turned}"
            f" /Resources << /XObject << /Im0 {image} 0 R >> >> /Contents {content} 0 R >>",
        )
        self._pages.append(page)

    def _object(self, number: int, head: str, stream: bytes | None = None) -> None:
        self._places[number] = self._at
        self._put(f"{number} 0 obj\n{head}\n".encode())
        if stream is not None:
            self._put(b"stream\n" + stream + b"\nendstream\n")
        self._put(b"endobj\n")

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def _finish(self) -> None:
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(1, "<< /Type /Catalog /Pages 2 0 R >>")
        self._object(2, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        start, count = self._at, self._next
        self._put(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
        for number in range(1, count):
            self._put(f"{self._places[number]:010d} 00000 n \n".encode())
        self._put(f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())


def write_pdf_jpeg(pages: Iterable[SimulatedPage], path: Path) -> int:
    """Write a PDF of JPEG pages, each with its own dpi and quality; gives the count of pages."""
    return _write_pdf(pages, path, group4=False)


def write_pdf_g4(pages: Iterable[SimulatedPage], path: Path) -> int:
    """Write a PDF of black and white pages, group 4; gives the count of pages."""
    return _write_pdf(pages, path, group4=True)


def _write_pdf(pages: Iterable[SimulatedPage], path: Path, *, group4: bool) -> int:
    count = 0
    with path.open("wb") as file, ScanPdf(file) as pdf:
        for page in pages:
            if group4:
                pdf.add_group4(page.image, dpi=page.dpi)
            else:
                pdf.add_jpeg(page.image, dpi=page.dpi, quality=page.jpeg_quality)
            count += 1
    return count


# --- pictures ----------------------------------------------------------------------------------


def write_tiff(
    pages: Iterable[SimulatedPage], path: Path, *, compression: TiffCompression | None = None
) -> int:
    """Write a multi-page TIFF.

    Parameters
    ----------
    pages
        At least one.
    path
        The file.
    compression
        None: group 4 for a bilevel page, JPEG for any other.

    Returns
    -------
    int
        Count of pages.
    """
    count = 0
    with path.open("w+b") as file, TiffImagePlugin.AppendingTiffWriter(file, new=True) as tiff:
        for page in pages:
            how: str = compression or ("group4" if page.bilevel else "jpeg")
            picture = Pillow.fromarray(page.image)
            if how == "group4":
                bits = Pillow.fromarray(black_and_white(page.image))
                picture = bits.convert("1", dither=Pillow.Dither.NONE)
            extra = {"quality": page.jpeg_quality} if how == "jpeg" else {}
            dpi = (page.dpi, page.dpi)
            picture.save(tiff, "TIFF", compression=how, dpi=dpi, **extra)
            tiff.newFrame()
            count += 1
    return count


def write_png(page: SimulatedPage, path: Path) -> None:
    """Write one page as PNG; one bit a pixel when it is bilevel."""
    picture = Pillow.fromarray(page.image)
    if page.bilevel:
        picture = picture.convert("1", dither=Pillow.Dither.NONE)
    picture.save(path, "PNG", dpi=(page.dpi, page.dpi), compress_level=3)


def write_jpeg(page: SimulatedPage, path: Path, *, orientation: int = 1) -> None:
    """Write one page as JPEG.

    Parameters
    ----------
    page
        Upright when viewed with ``orientation`` applied.
    path
        The file.
    orientation
        EXIF orientation. The stored picture is turned the other way, so that a viewer that
        follows EXIF shows ``page.image``.
    """
    stored = _unturned(page.image, orientation)
    path.write_bytes(jpeg_bytes(stored, dpi=page.dpi, quality=page.jpeg_quality, orientation=orientation))


def _unturned(image: Image, orientation: int) -> Image:
    """The picture that, shown with an EXIF orientation, looks like ``image``."""
    if orientation in (2, 4, 5, 7):
        raise ValueError("no camera writes mirrored pictures: orientation is 1, 3, 6 or 8")
    turns = {1: 0, 3: 2, 6: 1, 8: 3}[orientation]
    return np.ascontiguousarray(np.rot90(image, turns))


def numbered(pages: Iterable[SimulatedPage], stem: str, suffix: str) -> Iterator[tuple[str, SimulatedPage]]:
    """File names for pages that get a file each: ``scan-0001.png`` ..."""
    for number, page in enumerate(pages, 1):
        yield f"{stem}-{number:04d}{suffix}", page
