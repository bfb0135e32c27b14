"""Opening a PDF with bounds on what it may unpack, and counting its pages without decoding any."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.settings

from pipeline.errors import UnreadablePage
from pipeline.reading.bounds import MAX_NESTING, MAX_PAGE_TREE, MAX_PAGES, MAX_UNPACKED
from pipeline.reading.find import open_scan


def open_pdf(path: Path, *, repair: bool = True) -> pikepdf.Pdf:
    """Open a PDF in qpdf.

    Its scripts, links, attachments and references to other files stay what they are, data:
    nothing here, in pdfium (built without JavaScript) or in pdftoppm runs or follows them.

    Raises
    ------
    pikepdf.PdfError
        It is no PDF, is damaged, is protected, or goes beyond a bound.
    """
    _set_limits()
    with openable(path) as name:
        return pikepdf.open(name, attempt_recovery=repair, suppress_warnings=True)


@contextmanager
def openable(path: Path) -> Iterator[Path]:
    """A name by which the PDF libraries can open a file, which they keep open: they want UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        with open_scan(path) as stream:
            yield Path(f"/dev/fd/{stream.fileno()}")
    else:
        yield path


@cache
def _set_limits() -> None:
    """Bound qpdf once for this process, before it opens anything."""
    pikepdf.settings.set_qpdf_limits(
        parser_max_nesting=MAX_NESTING,
        flate_max_memory=MAX_UNPACKED,
        png_max_memory=MAX_UNPACKED,
        run_length_max_memory=MAX_UNPACKED,
        tiff_max_memory=MAX_UNPACKED,
        dct_max_memory=MAX_UNPACKED,
    )


def count_pdf_pages(path: Path, where: str) -> int:
    """Count the pages of a PDF without decoding any; ``MAX_PAGES`` + 1 stands for more.

    Raises
    ------
    UnreadablePage
        With code ``password``, ``truncated``, ``damaged`` or ``no-pages``.
    """
    with pdf_failures(where):
        try:
            with open_pdf(path, repair=False) as document:
                pages = _count(document)
        except pikepdf.PasswordError:
            raise
        except pikepdf.PdfError as error:
            pages = _count_after_repair(path, where, error)
    if pages == 0:
        raise UnreadablePage(f"{where}: the PDF has no pages", code="no-pages", hint="scan it again")
    return pages


@contextmanager
def pdf_failures(where: str) -> Iterator[None]:
    """Turn every way in which the PDF libraries fail into an unreadable page."""
    try:
        yield
    except pikepdf.PasswordError as error:
        raise UnreadablePage(
            f"{where}: the PDF is protected by a password",
            code="password",
            hint="save it without the password and give it again",
        ) from error
    except (pikepdf.PikepdfError, OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        if "limit exceeded" in str(error):
            raise _too_large(where) from error
        raise UnreadablePage(
            f"{where}: the PDF is damaged", code="damaged", hint="copy or scan the file again"
        ) from error
    except (ArithmeticError, NotImplementedError, RecursionError) as error:
        raise _too_large(where) from error


def _too_large(where: str) -> UnreadablePage:
    return UnreadablePage(
        f"{where}: what the PDF page draws is too large or too deeply nested",
        code="too-large",
        hint="save the PDF with its pages as pictures, or scan the page",
    )


def _count(document: pikepdf.Pdf) -> int:
    """Pages of an open PDF; a page tree beyond its bound is not gone through to its end."""
    waiting: list[Any] = [document.Root.get("/Pages", {})]
    seen = 0
    while waiting:
        kids = waiting.pop().get("/Kids", ())
        seen += len(kids)
        if seen > MAX_PAGE_TREE:
            return MAX_PAGES + 1
        waiting.extend(kid for kid in kids if "/Kids" in kid)
    return min(len(document.pages), MAX_PAGES + 1)


def _count_after_repair(path: Path, where: str, error: pikepdf.PdfError) -> int:
    """Count the pages of a PDF with a faulty index; refuse it when its end, or any page, is missing."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4096))
        ends = b"%%EOF" in stream.read().rstrip(b"\0\r\n\t ")[-1024:]
    if ends:
        try:
            with open_pdf(path) as document:
                announced, pages = int(document.Root.Pages.get("/Count", 0)), _count(document)
            if pages and (pages == announced or pages > MAX_PAGES):
                return pages
        except pikepdf.PasswordError:
            raise
        except (pikepdf.PikepdfError, AttributeError, TypeError, ValueError, LookupError):
            pass
    raise UnreadablePage(
        f"{where}: the PDF is cut off or damaged; its pages cannot be counted",
        code="truncated",
        hint="copy or scan the file again",
    ) from error
