"""From scan files to pages: counting without decoding, and decoding one page at a time."""

import hashlib
from pathlib import Path

from pipeline.errors import UnreadablePage
from pipeline.model import PageFailed, PageSource
from pipeline.reading.bounds import MAX_FILE_BYTES, MAX_PAGES
from pipeline.reading.find import ScanFile, kind_of_content, open_scan
from pipeline.reading.image import PageImage
from pipeline.reading.pdf_opening import count_pdf_pages
from pipeline.reading.pdf_pages import PdfEngine, load_pdf_page
from pipeline.reading.raster import count_tiff_pages, load_jpeg, load_png, load_tiff_page

_CHUNK = 1 << 20


def list_pages(
    scan: ScanFile, counted: int | PageFailed | None = None
) -> tuple[PageSource, ...] | PageFailed:
    """Hash a file and count its pages; no pixel is decoded.

    Parameters
    ----------
    scan
        The file.
    counted
        What :func:`count_pages` said of it; None: it is counted here.

    Returns
    -------
    tuple of PageSource
        One for each page.
    PageFailed
        For page 1, when the pages cannot even be counted: the file is empty, not a scan, cut off,
        protected by a password, too large, passed over, or may not be read.
    """
    try:
        if scan.passed_over:
            raise UnreadablePage(
                f"{scan.file} was passed over: {scan.passed_over}",
                code="passed-over",
                hint="put the scan itself into the folder, or name it",
            )
        digest = _sha256(scan)
    except UnreadablePage as error:
        return _uncounted(scan, error)
    pages = count_pages(scan) if counted is None else counted
    if isinstance(pages, PageFailed):
        return pages
    return tuple(_source(scan, page, digest) for page in range(1, pages + 1))


def count_pages(scan: ScanFile) -> int | PageFailed:
    """Count the pages of a file; never raises for what a file holds.

    The index of a PDF or TIFF file is read for it, by libraries that a hostile file may crash or
    keep busy: this is for a process that can be killed.
    """
    try:
        pages = _count(scan)
        if pages > MAX_PAGES:
            raise UnreadablePage(
                f"{scan.file}: the file has more than {MAX_PAGES:,} pages",
                code="too-large",
                hint="split it into several files",
            )
    except UnreadablePage as error:
        return _uncounted(scan, error)
    return pages


def has_index(scan: ScanFile) -> bool:
    """Whether a file is of a kind that may have many pages, by its first bytes: PDF or TIFF."""
    try:
        return not scan.passed_over and _kind(scan.path, scan.file) in ("pdf", "tiff")
    except (UnreadablePage, OSError):
        return False


def _uncounted(scan: ScanFile, error: UnreadablePage) -> PageFailed:
    return PageFailed(source=_source(scan, 1, ""), code=error.code, message=error.message, hint=error.hint)


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
        size = scan.path.stat().st_size
        with open_scan(scan.path) as stream:
            digest = hashlib.sha256()
            while size <= MAX_FILE_BYTES and (chunk := stream.read(_CHUNK)):
                digest.update(chunk)
                size = max(size, stream.tell())  # it may grow under our hands
    except OSError as error:
        raise _no_access(scan.file, error) from error
    if size > MAX_FILE_BYTES:
        raise UnreadablePage(
            f"{scan.file}: the file is larger than {MAX_FILE_BYTES // 10**9} GB",
            code="too-large",
            hint="split it into several files",
        )
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
    with open_scan(path) as stream:
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
