"""Registering a page: which layout it is printed from, and where on the picture it lies."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Finding, Kind, Layout, LayoutBook, PageCode, PageLayout, PageQuality
from pipeline.reading.code_placing import place_by_code
from pipeline.reading.codes import (
    SIDEWAYS,
    UPRIGHT,
    FoundCode,
    find_other_codes,
    find_page_code_anywhere,
    find_page_code_at_corners,
    find_stickers,
    is_known_type,
    read_places,
)
from pipeline.reading.image import PageImage, View, turn, turn_matrix
from pipeline.reading.ink import may_be_blank, measure_ink
from pipeline.reading.other_codes import NoPage, find_codes_of, possible_pages
from pipeline.reading.page_numbers import is_numbered, place_numbered
from pipeline.reading.picture_match import place_by_picture
from pipeline.reading.placing import GOOD_SCORE, Miss, Placement, count_marks, place_by_marks
from pipeline.reading.quality import Facts, inspect_page
from pipeline.reading.quality_view import shrinking_factor, small_page
from pipeline.reading.quality_words import note
from pipeline.reading.registered import (
    Matrix,
    Registered,
    Unmatched,
    local_angle,
    local_scale,
    quarter_turns_of,
)
from pipeline.reading.two_marks import place_by_two
from pipeline.reading.which_page import choose_page
from pipeline.reading.whole_picture import place_whole

MOST_OFF = 0.15
"""Root mean square of residuals, in boxes, above which a registration is refused."""
_PAPER_WIDTH_MM = 210.0
_PAPER_SIDES_MM = (90.0, 520.0)
"""Longest side of any sheet of paper that is believed."""
_SEVERAL = "the picture shows more than one page"
_OTHER_TYPES = ("qr", "datamatrix", "code128")


def register_page(image: PageImage, book: LayoutBook, *, order: int) -> Registered | Unmatched:
    """Find out which layout a page is printed from, and where each of its points lies.

    Our own code decides, when the page carries one; then the layout must be in the book with
    exactly its hash. Pages without a code of ours are tried with ``book.fixed``: with the page that
    ``order`` says, and with its other pages when that does not fit.

    Parameters
    ----------
    image
        The page as scanned, whichever way it was fed.
    book
        The layouts that it may have been printed from.
    order
        1-based place of the page in its file.

    Returns
    -------
    Registered
        The page upright, and the matrix that places its layout on it.
    Unmatched
        Why there is none: blank, no-code, foreign-code, unknown-layout or not-registered.
    """
    view = View(image.gray)
    numbered = [layout for layout in book.coded if is_numbered(layout)]
    if not numbered and book.fixed is not None and is_numbered(book.fixed):
        numbered = [book.fixed]
    coded = any(not is_numbered(layout) for layout in book.coded) or _is_ours(book.fixed)
    met = find_page_code_at_corners(image.gray, UPRIGHT) if coded else ()
    if not met and may_be_blank(view) and measure_ink(view).blank:
        return _unmatched(view, "blank", "nothing is on the page", met)
    for search in (lambda gray: find_page_code_at_corners(gray, SIDEWAYS), find_page_code_anywhere):
        if coded and not any(code.page_code for code in met):
            met = (*met, *search(image.gray))
    for found in met:
        if found.page_code is not None:
            return _register_coded(image, view, book, found, found.page_code, met)
    if numbered:
        return _register_numbered(image, view, numbered, met)
    if book.fixed is not None:
        return _register_fixed(image, view, book.fixed, order, met)
    return _without_code(image, view, book, met)


def _is_ours(layout: Layout | None) -> bool:
    return layout is not None and any(page.anchors.kind == "scangrade" for page in layout.pages)


def _register_coded(
    image: PageImage, view: View, book: LayoutBook, found: FoundCode, code: PageCode, met: Sequence[FoundCode]
) -> Registered | Unmatched:
    if any(other.page_code not in (None, code) for other in met):
        return _unmatched(view, "not-registered", _SEVERAL, met)
    layout = _layout_of(book, code)
    if layout is None:
        if book.knows(code.exam) or (book.fixed is not None and book.fixed.exam == code.exam):
            text = f"printed from another version of exam {code.exam}: layout {code.layout} is not known"
            return _unmatched(view, "unknown-layout", text, met, code)
        return _unmatched(
            view, "foreign-code", f"a page of exam {code.exam}, which is not among these", met, code
        )
    page = layout.page(code.sheet)
    if page is None:
        text = f"exam {code.exam} has no sheet {code.sheet}"
        return _unmatched(view, "unknown-layout", text, met, code)
    placed = _place(image, view, page, found)
    if isinstance(placed, Placement):
        if _fills_little(image.gray, page, placed.matrix):
            more = find_page_code_anywhere(image.gray)
            if any(other.page_code not in (None, code) for other in more):
                return _unmatched(view, "not-registered", _SEVERAL, met, code)
        return _registered(image, view, placed, layout, page, code, met)
    return _unmatched(view, "not-registered", placed.reason, met, code, placed.marks_found)


def _fills_little(gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix) -> bool:
    """Whether the picture has room for another page beside this one."""
    area = (local_scale(matrix, (page.width / 2, page.height / 2)) ** 2) * page.width * page.height
    return area < 0.65 * gray.size


def _layout_of(book: LayoutBook, code: PageCode) -> Layout | None:
    fixed = book.fixed
    if fixed is not None and (fixed.exam, fixed.version, fixed.hash) == (
        code.exam,
        code.version,
        code.layout,
    ):
        return fixed
    return book.find(code)


def _register_fixed(
    image: PageImage, view: View, layout: Layout, order: int, met: Sequence[FoundCode]
) -> Registered | Unmatched:
    """Try the pages of a layout whose pages carry no code of ours: those that a code of others leaves."""
    pages = layout.pages
    if layout.page_code:
        met = find_codes_of(image.gray, layout)
        possible = possible_pages(layout, met)
        if isinstance(possible, NoPage):
            return _unmatched(view, possible.finding, possible.message, met)
        pages = possible
    first = (order - 1) % len(pages)
    pages = (pages[first], *pages[:first], *pages[first + 1 :])
    found = choose_page(
        image.gray, pages, lambda page: _place(image, view, page, None), coded=bool(layout.page_code)
    )
    if isinstance(found, Miss):
        return _unmatched(view, "not-registered", found.reason, met, None, found.marks_found)
    return _registered(image, view, found[0], layout, found[1], None, met)


def _register_numbered(
    image: PageImage, view: View, layouts: Sequence[Layout], met: Sequence[FoundCode]
) -> Registered | Unmatched:
    """A page that says in squares which page of which copy it is: never taken for another."""
    found = place_numbered(view, layouts, MOST_OFF)
    if isinstance(found, Miss):
        return _unmatched(view, "no-code", found.reason, met, None, found.marks_found)
    return _registered(image, view, found.placement, found.layout, found.page, found.code, met)


def _place(image: PageImage, view: View, page: PageLayout, code: FoundCode | None) -> Placement | Miss:
    """Place one page, and refuse a place whose residuals are large."""
    kind = page.anchors.kind
    placed: Placement | Miss | None
    if kind == "none":
        placed = place_whole(image.gray, page)
    elif kind == "image":
        placed = place_by_picture(image.gray, page)
    else:
        placed = None if code is None else place_by_code(image.gray, page, code)
        if placed is None or placed.marks_found < len(placed.marks):
            searched = place_by_marks(view, page, code)
            if placed is None or (isinstance(searched, Placement) and searched.worth > placed.worth):
                placed = searched
        if isinstance(placed, Miss) and kind == "corners" and placed.marks_found < len(page.anchors.points):
            by_two = place_by_two(view, page)
            placed = by_two if isinstance(by_two, Placement) else placed
    if isinstance(placed, Miss) or kind == "none":
        return placed
    side = float(np.median([min(box.w, box.h) for box in page.boxes])) if page.boxes else np.inf
    if placed.outlines.rms > MOST_OFF * side:
        off = placed.outlines.rms / side
        return Miss(reason=f"its marks and boxes are {off:.0%} of a box off", marks_found=placed.marks_found)
    return placed


def _mm_per_unit(image: PageImage, page: PageLayout, matrix: Matrix, unit: str) -> float:
    """Millimetres of a layout unit: by the file's resolution when that gives a sheet of paper."""
    if unit == "mm":
        return 1.0
    if image.dpi is not None:
        scale = local_scale(matrix, (page.width / 2, page.height / 2)) * 25.4 / image.dpi
        if _PAPER_SIDES_MM[0] <= scale * max(page.width, page.height) <= _PAPER_SIDES_MM[1]:
            return scale
    return _PAPER_WIDTH_MM / min(page.width, page.height)


def _registered(
    image: PageImage,
    view: View,
    placed: Placement,
    layout: Layout,
    page: PageLayout,
    code: PageCode | None,
    met: Sequence[FoundCode],
) -> Registered | Unmatched:
    middle = (page.width / 2, page.height / 2)
    turns = quarter_turns_of(local_angle(placed.matrix, middle))
    height, width = image.gray.shape
    matrix = turn_matrix(width, height, turns) @ placed.matrix
    matrix = matrix / matrix[2, 2]
    gray = turn(image.gray, turns)
    gray.setflags(write=False)
    unit_mm = _mm_per_unit(image, page, matrix, layout.unit)
    px_per_mm = local_scale(matrix, middle) / unit_mm
    matrix.setflags(write=False)
    facts = _facts(image, placed, turns)
    factor = shrinking_factor(px_per_mm * 25.4)
    small = small_page(
        turn(view.small(factor), turns),
        factor,
        matrix=matrix,
        page=page,
        px_per_mm=px_per_mm,
        unit_mm=unit_mm,
    )
    inspection = inspect_page(gray, small, matrix, facts)
    if inspection.refusal:
        return _unmatched(view, "not-registered", inspection.refusal, met, code, placed.marks_found)
    return Registered(
        gray=gray,
        matrix=matrix,
        layout=layout,
        page=page,
        code=code,
        other_codes=_other_codes(gray, matrix, layout, page, met),
        rms_mm=placed.outlines.rms * unit_mm,
        px_per_mm=px_per_mm,
        quality=PageQuality(
            dpi=px_per_mm * 25.4,
            background=float(np.median(image.gray[::16, ::16])),
            print_grey=facts.print_grey,
            bilevel=image.bilevel,
            quarter_turns=turns,
            notes=_notes(placed, inspection.notes),
        ),
        defects=inspection.defects,
        view=view if turns == 0 else None,
    )


def _facts(image: PageImage, placed: Placement, turns: int) -> Facts:
    greys = [mark.grey for mark in placed.marks if mark is not None]
    grey = min(float(np.median(greys)), placed.outlines.grey) if greys else placed.outlines.grey
    return Facts(
        print_grey=grey,
        bilevel=image.bilevel,
        quarter_turns=turns,
        header_dpi=image.dpi,
        has_marks=bool(placed.marks),
    )


def _notes(placed: Placement, others: tuple[str, ...]) -> tuple[str, ...]:
    """What the search for marks and boxes says of the scan, before what else was found.

    A mark whose corner is known to be folded or cut off is not missed a second time.
    """
    notes = []
    missing = len(placed.marks) - placed.marks_found
    explained = any(text.startswith(("folded corner", "cut off")) for text in others)
    if missing and not explained:
        notes.append(note("mark missing", f"{missing} of {len(placed.marks)}"))
    if placed.outlines.sides and placed.outlines.score < GOOD_SCORE:
        notes.append(note("few outlines"))
    return (*notes, *others)


def _other_codes(
    gray: NDArray[np.uint8], matrix: Matrix, layout: Layout, page: PageLayout, met: Sequence[FoundCode]
) -> tuple[str, ...]:
    """Texts of codes that are not ours: met on the way, where the layout has a place for one, or stuck on."""
    texts = [code.text for code in met if code.page_code is None]
    if page.anchors.kind == "scangrade":
        places = [place for place in page.codes if not place.type.lower().startswith("qr")]
    else:
        places = [place for place in page.codes if is_known_type(place.type)]
    if places:
        found = read_places(gray, matrix, places)
        if not found:
            # stickers are not put where they belong
            found = find_other_codes(gray, sorted({place.type for place in places}))
        texts += [code.text for code in found if code.page_code is None]
    elif page.anchors.kind == "scangrade" and page is layout.pages[0] and not _has_id_grid(layout):
        texts += [code.text for code in find_stickers(gray) if code.page_code is None]
    return tuple(dict.fromkeys(texts))


def _has_id_grid(layout: Layout) -> bool:
    return any(question.kind is Kind.ID for question in layout.questions.values())


def _without_code(image: PageImage, view: View, book: LayoutBook, met: Sequence[FoundCode]) -> Unmatched:
    """Say what a page is on which none of our codes can be read."""
    others = tuple(met) or find_other_codes(image.gray, _OTHER_TYPES)
    sizes = {(page.width, page.height) for layout in book.coded for page in layout.pages}
    marks = max((count_marks(view, width, height) for width, height in sizes), default=0)
    if marks >= 3:
        text = "one of our pages by its corner marks, but its code cannot be read"
        return _unmatched(view, "no-code", text, others, None, marks)
    if any(code.kind == "qrcode" for code in others):
        # only a QR stands for a whole page; other codes are stickers
        return _unmatched(view, "foreign-code", f"its code is not ours: {others[0].text[:60]!r}", others)
    return _unmatched(view, "no-code", "it carries no page code", others)


def _unmatched(
    view: View,
    finding: Finding,
    message: str,
    met: Sequence[FoundCode],
    code: PageCode | None = None,
    marks_found: int = 0,
) -> Unmatched:
    ink = measure_ink(view)
    if ink.blank and not met and not marks_found:
        finding, message = "blank", "nothing is on the page"
    texts = dict.fromkeys(found.text for found in met if found.page_code is None)
    return Unmatched(
        finding=finding,
        message=message,
        ink=ink.share,
        marks_found=marks_found,
        code=code,
        other_codes=tuple(texts),
    )
