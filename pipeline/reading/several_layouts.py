"""Which of several exams a page is of, where no code of ours says it.

Each exam's layout is tried by itself. A page code of others decides; else the exam whose page fits, if
the picture shows what only that page prints, compared with every page of the other exams.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.exam import read_other_code
from pipeline.model import Layout, LayoutBook, PageLayout
from pipeline.reading.image import PageImage, View
from pipeline.reading.ink import measure_ink
from pipeline.reading.page_numbers import is_numbered
from pipeline.reading.register import register_page
from pipeline.reading.registered import Registered, Unmatched
from pipeline.reading.which_page import CLEAR_LEAD, lead_of

_SPECIFIC = re.compile(r"(?:^|\})[^{}]*[A-Za-z0-9][^{}]*[A-Za-z0-9]")
"""A pattern with two letters or digits that stand for themselves, between fields."""
Tried = tuple[tuple[Layout, ...], Registered | Unmatched]
"""The layouts of one exam, and what became of the page with them."""


def register_in_book(image: PageImage, book: LayoutBook, *, order: int) -> Registered | Unmatched:
    """Find out which layout of a book a page is printed from, and where each of its points lies.

    Parameters
    ----------
    image
        The page as scanned, whichever way it was fed.
    book
        The layouts that it may have been printed from, of one exam or of several.
    order
        1-based place of the page in its file.

    Returns
    -------
    Registered or Unmatched
        As :func:`register_page`; Unmatched also where the page may be of two exams.
    """
    parts = _parts(book)
    if len(parts) < 2:
        return register_page(image, book, order=order)
    ours = LayoutBook(coded=tuple(layout for layout in _all(book) if _is_ours(layout)))
    if ours.coded:
        found = register_page(image, ours, order=order)
        if isinstance(found, Registered) or found.code is not None or found.finding == "blank":
            return found
    tried = [(_all(part), register_page(image, part, order=order)) for part in parts]
    found = _chosen(tried)
    if isinstance(found, Unmatched) and found.finding != "blank":
        return replace(found, ink=measure_ink(View(image.gray)).share)
    return found


def _parts(book: LayoutBook) -> list[LayoutBook]:
    """Books of one exam each, of the layouts whose pages carry no code of ours."""
    numbered: dict[str, list[Layout]] = {}
    for layout in book.coded:
        if is_numbered(layout):
            numbered.setdefault(layout.exam, []).append(layout)
    copies = [LayoutBook(coded=tuple(layouts)) for layouts in numbered.values()]
    return copies + [LayoutBook(fixed=layout) for layout in book.uncoded if layout.exam not in numbered]


def _all(book: LayoutBook) -> tuple[Layout, ...]:
    return (*book.coded, *book.uncoded)


def _is_ours(layout: Layout) -> bool:
    return any(page.anchors.kind == "scangrade" for page in layout.pages)


def _chosen(tried: Sequence[Tried]) -> Registered | Unmatched:
    """The one exam that a page is of, or why none can be told."""
    named = [one for one in tried if _is_named(one)]
    if len(named) == 1:
        return named[0][1]
    tried = named or tried
    fitting = [found for _, found in tried if isinstance(found, Registered)]
    if not fitting:
        return _most_telling(tried)
    sure = [found for found in fitting if not _rivals(found, tried)]
    if len(sure) == 1:
        return sure[0]
    first = fitting[0]
    names = [_sheet_name(found.layout, found.page) for found in sure] or [
        _sheet_name(first.layout, first.page),
        *_rivals(first, tried),
    ]
    return Unmatched(
        finding="not-registered",
        message=f"it may be {' or '.join(names[:3])}: what it prints does not tell",
        ink=0.0,
        marks_found=0,
        other_codes=first.other_codes,
    )


def _is_named(tried: Tried) -> bool:
    """Whether a code on the page is a page code of this exam; a pattern of fields alone fits any text."""
    layouts, found = tried
    patterns = [layout.page_code for layout in layouts if _SPECIFIC.search(layout.page_code)]
    return any(read_other_code(pattern, text) for pattern in patterns for text in found.other_codes)


def _rivals(found: Registered, tried: Iterable[Tried]) -> list[str]:
    """Pages of other exams that the picture may show as well as the one that was found."""
    if is_numbered(found.layout):
        return []
    rivals = []
    for layouts, other in tried:
        if other is found:
            continue
        for layout in layouts:
            for page in layout.pages:
                lead = lead_of(found.gray, found.matrix, found.page, page)
                if lead is None or lead > -CLEAR_LEAD:
                    rivals.append(_sheet_name(layout, page))
    return rivals


def _sheet_name(layout: Layout, page: PageLayout) -> str:
    return f"sheet {page.sheet} of {layout.exam or layout.name}"


def _most_telling(tried: Sequence[Tried]) -> Unmatched:
    """Why no exam fits: the page is blank, or what the exam that came nearest says."""
    missed = [(layouts, found) for layouts, found in tried if isinstance(found, Unmatched)]
    for _, found in missed:
        if found.finding == "blank":
            return found
    known = [one for one in missed if one[1].finding != "foreign-code"] or missed
    layouts, found = max(known, key=lambda one: one[1].marks_found)
    return replace(found, message=f"as a page of {layouts[0].exam or layouts[0].name}: {found.message}")
