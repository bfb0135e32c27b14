"""Sheets that a booklet lacks: in no scan at all, or on a page that could not be read."""

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.model import LedgerEntry, PageSource
from pipeline.reading.students import ReadBooklet

_Printed = tuple[str, int | None, int | None]
"""Exam, serial and sheet, as a page's code says them."""


def missing_entries(booklets: Sequence[ReadBooklet], ledger: Sequence[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Ledger entries of the sheets that booklets lack.

    Parameters
    ----------
    booklets
        Every booklet of the batch.
    ledger
        The entries of all pages that were scanned.

    Yields
    ------
    LedgerEntry
        Without a source. Its reason names the unreadable page of which the code says that it is this sheet.
    """
    unread: dict[_Printed, list[PageSource]] = {}
    for entry in ledger:
        if entry.outcome == "unreadable" and entry.source is not None and entry.serial is not None:
            unread.setdefault((entry.exam, entry.serial, entry.sheet), []).append(entry.source)
    lacking = Counter(
        (read.booklet.exam, read.booklet.serial, sheet)
        for read in booklets
        for sheet in read.booklet.missing_sheets
    )
    for read in booklets:
        booklet = read.booklet
        name = f"booklet {read.group.name}" if read.group.name else "this booklet"
        for sheet in booklet.missing_sheets:
            printed = (booklet.exam, booklet.serial, sheet)
            where = _where(unread.get(printed, ()), lacking[printed])
            yield LedgerEntry(
                source=None,
                outcome=None,
                reason=f"missing: sheet {sheet} of {name} {where}",
                exam=booklet.exam,
                version=booklet.version,
                sheet=sheet,
                serial=booklet.serial,
                student_id=booklet.student_id,
            )


def _where(pages: Sequence[PageSource], booklets: int) -> str:
    """Where a sheet is that so many booklets of one serial lack: photocopies share a serial."""
    if not pages:
        return "is in no scan"
    named = ", ".join(f"{page.file} page {page.page}" for page in pages)
    if booklets > 1:
        return f"may be one that was scanned and could not be read ({named})"
    return f"was scanned ({named}) and could not be read"
