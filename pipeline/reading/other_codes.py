"""Pages of paper with page codes of others: which page of the layout a picture can be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.exam import OtherCode, read_other_code
from pipeline.model import Finding, Layout, PageLayout, PageRead
from pipeline.reading.codes import STICKERS, FoundCode, find_other_codes, is_known_type


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPage:
    """Why a page's code leaves no page of the layout."""

    finding: Finding
    message: str


def find_codes_of(gray: NDArray[np.uint8], layout: Layout) -> tuple[FoundCode, ...]:
    """Every code on a picture of a type that the layout prints; without places of codes, of every type."""
    places = [place for page in layout.pages for place in page.codes]
    types = sorted({place.type for place in places if is_known_type(place.type)})
    return find_other_codes(gray, types or STICKERS)


def possible_pages(layout: Layout, found: Sequence[FoundCode]) -> tuple[PageLayout, ...] | NoPage:
    """The pages of a layout that a picture with these codes can be.

    Parameters
    ----------
    layout
        With a pattern of page codes.
    found
        What :func:`find_codes_of` found.

    Returns
    -------
    tuple of PageLayout or NoPage
        One page where the code names the sheet; all pages where it does not, or cannot be read. No
        page when codes contradict each other, or all are of something else in place of this
        layout's, or the layout has no such sheet.
    """
    said = {code for text in found if (code := read_other_code(layout.page_code, text.text))}
    if len(said) > 1:
        return NoPage(finding="not-registered", message="it shows the page codes of more than one page")
    if not said:
        if found and any(page.codes for page in layout.pages):
            return NoPage(
                finding="foreign-code",
                message=f"its code {found[0].text[:60]!r} is none of {layout.page_code!r}",
            )
        return layout.pages
    (code,) = said
    if code.sheet is None:
        return layout.pages
    page = layout.page(code.sheet)
    if page is None:
        return NoPage(
            finding="unknown-layout",
            message=f"its code says sheet {code.sheet} of booklet {code.booklet}: the layout has none such",
        )
    return (page,)


def code_of(read: PageRead, layout: Layout) -> OtherCode | None:
    """What the page code of others on a page says; None: it carries none."""
    return next(iter(_codes_in(read.other_codes, layout)), None)


def stickers_of(read: PageRead, layout: Layout) -> tuple[str, ...]:
    """Texts of the codes on a page that are not its page code."""
    return tuple(text for text in read.other_codes if read_other_code(layout.page_code, text) is None)


def _codes_in(texts: Iterable[str], layout: Layout) -> Iterable[OtherCode]:
    return (code for text in texts if (code := read_other_code(layout.page_code, text)))
