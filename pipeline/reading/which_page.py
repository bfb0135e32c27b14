"""Which page of a layout a picture shows, where no code says it: by what each of them prints.

Pages of one exam often have the same marks and boxes at the same places. A page that fits is compared
with every other by what only one of the two prints: boxes, and the print of reference pictures.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box, PageLayout
from pipeline.reading.outlines import share_seen
from pipeline.reading.picture_match import compare_pictures
from pipeline.reading.placing import GOOD_SCORE, Miss, Placement
from pipeline.reading.registered import Matrix

CLEAR_LEAD = 0.25
"""By how much one of two pages must print what is seen, and the other not."""
_EVEN = 0.5
"""What counts as seen of boxes that a page does not have."""
_SAME = 0.2
"""How far two boxes may be from each other and be one, in boxes."""


def choose_page(
    gray: NDArray[np.uint8],
    pages: Sequence[PageLayout],
    place: Callable[[PageLayout], Placement | Miss],
    *,
    coded: bool,
) -> tuple[Placement, PageLayout] | Miss:
    """Find the page of a layout that a picture shows.

    Parameters
    ----------
    gray
        The picture.
    pages
        The pages that it can be, the likeliest first.
    place
        Places a page on the picture.
    coded
        Whether the layout's pages carry codes. Of pages with boxes that print the same none is ever taken
        without one: after a lost page, all that follow would be taken for another.

    Returns
    -------
    tuple of Placement and PageLayout, or Miss
        Miss: no page fits, or two do and nothing tells which it is.
    """
    first = _first_fit(pages, place)
    if isinstance(first, Miss):
        return first
    placed, page = first
    tried = {page.sheet}
    while True:
        compared = [
            (lead_of(gray, placed.matrix, page, other), other) for other in pages if other.sheet not in tried
        ]
        same = [
            other.sheet
            for lead, other in compared
            if lead is None and (page.boxes or page.codes or other.codes)
        ]
        if same:
            why = "its page code cannot be read" if coded else "its paper has no page code"
            reason = f"{why}, and sheet {page.sheet} prints the same as sheet {same[0]}"
            return Miss(reason=reason, marks_found=placed.marks_found)
        rivals = [(lead, other) for lead, other in compared if lead is not None]
        lead, rival = max(rivals, key=lambda one: one[0], default=(-1.0, page))
        if lead <= -CLEAR_LEAD:
            return placed, page
        again = place(rival) if lead >= CLEAR_LEAD else None
        if again is None or isinstance(again, Miss):
            reason = f"it may be sheet {page.sheet} or sheet {rival.sheet}: what it prints does not tell"
            return Miss(reason=reason, marks_found=placed.marks_found)
        placed, page = again, rival
        tried.add(page.sheet)


def _first_fit(
    pages: Sequence[PageLayout], place: Callable[[PageLayout], Placement | Miss]
) -> tuple[Placement, PageLayout] | Miss:
    """The first page that fits beyond doubt, else the one that fits best."""
    best: tuple[Placement, PageLayout] | None = None
    missed = Miss(reason="no page of the layout fits", marks_found=0)
    for page in pages:
        placed = place(page)
        if isinstance(placed, Miss):
            missed = placed if page is pages[0] else missed
            continue
        if best is None or placed.worth > best[0].worth + 0.1:
            best = (placed, page)
        if placed.outlines.score >= GOOD_SCORE:
            break
    return missed if best is None else best


def lead_of(gray: NDArray[np.uint8], matrix: Matrix, page: PageLayout, other: PageLayout) -> float | None:
    """By how much a picture is rather the other page; None: nothing that the two print tells them apart."""
    if (page.width, page.height) != (other.width, other.height):
        return -1.0
    leads = []
    only_here, only_there = _without(page.boxes, other.boxes), _without(other.boxes, page.boxes)
    if only_here or only_there:
        own = share_seen(gray, matrix, only_here) if only_here else _EVEN
        others = share_seen(gray, matrix, only_there) if only_there else _EVEN
        leads.append(others - own)
    if "image" == page.anchors.kind == other.anchors.kind:
        printed = compare_pictures(gray, matrix, page, other)
        leads += [] if printed is None else [printed]
    return max(leads, key=abs, default=None)


def _without(boxes: Sequence[Box], others: Sequence[Box]) -> list[Box]:
    """Boxes that the others do not have at the same place."""
    if not boxes or not others:
        return list(boxes)
    here, there = (np.array([(box.x, box.y, box.w, box.h) for box in some]) for some in (boxes, others))
    off = np.abs(here[:, None] - there[None]).max(axis=2).min(axis=1)
    return [box for box, far in zip(boxes, off, strict=True) if far > _SAME * min(box.w, box.h)]
