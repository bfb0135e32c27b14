"""What a stored reading depends on: when it still holds, and when the page is read again."""

import hashlib
from dataclasses import dataclass

from pipeline.model import LayoutBook, PageRead, PageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The reader and the layouts of one run.

    A page that was read holds as long as the reader is the same and its layout is still in the
    book. A page that matched no layout holds only for exactly the same book: another layout might
    match it. A page that failed holds for the same reader, except by a failure that may have been the
    machine's and not the page's: a crash, a file that was not there.
    """

    reader: str
    """Whatever changes what is read: the reader's version, the PDF engine."""
    coded: frozenset[str]
    """Hashes of the layouts found by a page's own code."""
    fixed: str
    """Hash of the layout of pages without a code; empty when there is none."""
    others: frozenset[str] = frozenset()
    """Hashes of further layouts of such pages."""

    @classmethod
    def of(cls, reader: str, book: LayoutBook) -> "Fingerprint":
        """The fingerprint of reading with ``reader`` and ``book``."""
        return cls(
            reader=reader,
            coded=frozenset(layout.hash for layout in book.coded),
            fixed=book.fixed.hash if book.fixed is not None else "",
            others=frozenset(layout.hash for layout in book.others),
        )

    @property
    def book(self) -> str:
        """SHA-256 of the set of layouts, hexadecimal."""
        text = ",".join(sorted(self.coded)) + ";" + ";".join(sorted({self.fixed, *self.others}))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def holds(self, *, reader: str, book: str, kind: str, layout: str, coded: bool) -> bool:
        """Whether a stored reading with these properties need not be made again."""
        if reader != self.reader or kind == "passing":
            return False
        if kind == "read":
            # Which uncoded layout a page shows depends on the others that it might have shown.
            return layout in self.coded if coded else book == self.book
        return kind == "failed" or book == self.book


def layout_of(result: PageResult) -> tuple[str, bool]:
    """The layout's hash that a result depends on, and whether the page's own code named it."""
    if isinstance(result, PageRead):
        return result.layout_hash, result.code is not None
    return "", False
