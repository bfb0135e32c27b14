"""From scan files to pages: counting without decoding, and decoding one page at a time."""

import hashlib
from pathlib import Path

from pipeline.errors import UnreadablePage
from pipeline.model import PageFailed, PageSource
from pipeline.reading.find import ScanFile, kind_of_content
from pipeline.reading.image import PageImage
from pipeline.reading.pdf_pages import PdfEngine, count_pdf_pages, load_pdf_page
from pipeline.reading.raster import count_tiff_pages, load_jpeg, load_png, load_tiff_page

MAX_BYTES = 8_000_000_000
"""Largest scan file."""
_CHUNK = 1 << 20


def list_pages(scan: ScanFile) -> tuple[PageSource, ...] | PageFailed:
    """Hash a file and count its pages; no pixel is decoded.

    Returns
    -------
    tuple of PageSource
        One for each page.
    PageFailed
        For page 1, when the pages cannot even be counted: the file is empty, not a scan, cut off,
        protected by a password, too large, or may not be read.
    """
    try:
        digest = _sha256(scan)
        pages = _count(scan)
    except UnreadablePage as error:
        return PageFailed(
            source=_source(scan, 1, ""), code=error.code, message=error.message, hint=error.hint
        )
    return tuple(_source(scan, page, digest) for page in range(1, pages + 1))


def load_page(source: PageSource, engine: PdfEngine = "auto") -> PageImage:
    """Decode one page to grey, turned as its file says.

    Parameters
    ----------
    source
        The page, from :func:`list_pages`.
    engine
        What draws PDF pages that are more than one image: ``poppler``, ``pdfium``, or ``auto``
        (poppler where it is installed, else pdfium).

    Raises
    ------
    UnreadablePage
        Its code is ``truncated``, ``damaged``, ``password``, ``too-large``, ``too-small``,
        ``not-an-image``, ``no-access`` or ``no-engine``.
    """
    path, where = Path(source.path), f"{source.file}, page {source.page}"
    try:
        kind = _kind(path, where)
        if kind == "pdf":
            return load_pdf_page(path, source.page, engine, where)
        if kind == "tiff":
            return load_tiff_page(path, source.page, where)
        return load_jpeg(path, where) if kind == "jpeg" else load_png(path, where)
    except OSError as error:
        raise _no_access(where, error) from error


def _source(scan: ScanFile, page: int, digest: str) -> PageSource:
    return PageSource(file=scan.file, path=str(scan.path), page=page, sha256=digest)


def _sha256(scan: ScanFile) -> str:
    try:
        if scan.path.stat().st_size > MAX_BYTES:
            raise UnreadablePage(
                f"{scan.file}: the file is larger than {MAX_BYTES // 10**9} GB",
                code="too-large",
                hint="split it into several files",
            )
        with scan.path.open("rb") as stream:
            digest = hashlib.sha256()
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise _no_access(scan.file, error) from error
    return digest.hexdigest()


def _count(scan: ScanFile) -> int:
    try:
        kind = _kind(scan.path, scan.file)
        if kind == "pdf":
            return count_pdf_pages(scan.path, scan.file)
        return count_tiff_pages(scan.path, scan.file) if kind == "tiff" else 1
    except OSError as error:
        raise _no_access(scan.file, error) from error


def _kind(path: Path, where: str) -> str:
    with path.open("rb") as stream:
        head = stream.read(1024)
    if not head:
        raise UnreadablePage(
            f"{where}: the file is empty", code="truncated", hint="copy or scan the file again"
        )
    kind = kind_of_content(head)
    if not kind:
        raise UnreadablePage(
            f"{where}: the file is no PDF, TIFF, JPEG or PNG, whatever its name says",
            code="not-an-image",
            hint="save it as PDF, TIFF, JPEG or PNG",
        )
    return kind


def _no_access(where: str, error: OSError) -> UnreadablePage:
    return UnreadablePage(
        f"{where}: the file cannot be read: {error.strerror or error}",
        code="no-access",
        hint="check that it is still there, and its permissions",
    )
