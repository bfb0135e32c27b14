"""Every box of a blank exam, page by page: what the PDF names first, then what is printed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UsageFault
from pipeline.exam import corner_marks
from pipeline.paper.template.blank_pdf import (
    BOX_CHARACTERS,
    PageFrame,
    Renderer,
    open_blank,
    page_frame,
)
from pipeline.paper.template.form_fields import named_boxes
from pipeline.paper.template.outlines import LEAST_SIDE, MOST_SIDE, PX, Outline, find_outlines
from pipeline.paper.template.records import BlankPage, FoundBox, Origin, Place, Word

_SAME = 0.5
"""Overlap from which two finds are one box."""
_LEAST_SCANNED = 2.2
"""Smallest box in a scan, mm: below it letters are taken for circles."""

LEAST_DPI = 140.0
"""Coarsest scan of a blank exam that is used."""

Progress = Callable[[int, int], None]


def find_boxes(path: Path, progress: Progress | None = None) -> tuple[BlankPage, ...]:
    """Find the boxes of a blank exam.

    Where the PDF has form fields, or annotations named like ``q1.A``, these are its boxes, and
    other frames are none. Else every empty square and circle of the size of a box is one, be it drawn, set
    as a character or scanned; what a letter draws is not.

    Parameters
    ----------
    path
        A PDF.
    progress
        Called with (pages done, pages in all).

    Returns
    -------
    tuple of BlankPage
        Every page of the PDF.

    Raises
    ------
    UsageFault
        The file cannot be used: no PDF, encrypted, damaged, too large.
    """
    pages = []
    with open_blank(path) as document, Renderer(path) as renderer:
        frames = [page_frame(page, path, number) for number, page in enumerate(document.pages, 1)]
        named = [named_boxes(page, frame) for page, frame in zip(document.pages, frames, strict=True)]
        only_named = any(named)
        for number, frame in enumerate(frames, 1):
            own = named[number - 1] if only_named else None
            pages.append(_page(renderer, number, frame, own))
            if progress is not None:
                progress(number, len(frames))
    return tuple(pages)


def _page(renderer: Renderer, number: int, frame: PageFrame, named: tuple[FoundBox, ...] | None) -> BlankPage:
    picture = renderer.picture(number)
    dpi = renderer.scan_dpi(number)
    scanned = dpi > 0
    words = renderer.words(number, frame)
    outlines = find_outlines(picture, [] if scanned else words, scanned=scanned)
    if named is not None:
        boxes = tuple(_snapped(box, outlines) for box in named)
    else:
        boxes = _printed(outlines, words, scanned=scanned)
        if not scanned:
            boxes = (*boxes, *_faint(renderer.drawn_frames(number, frame), boxes, words, picture))
    return BlankPage(
        number=number,
        width=frame.width,
        height=frame.height,
        png=png_of(picture),
        words=tuple(word for word in words if word.text not in BOX_CHARACTERS and not _is_box(word, boxes)),
        boxes=tuple(sorted(boxes, key=lambda box: (box.y, box.x))),
        scanned=scanned,
        dpi=dpi,
        stamped=_is_stamped(picture, frame),
        empty=bool((picture < 200).mean() < 1e-5),
    )


def png_of(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG: grey, or blue green red."""
    done, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} cannot become a PNG")
    return bytes(data)


def _is_stamped(picture: NDArray[np.uint8], frame: PageFrame) -> bool:
    """Whether scangrade's four corner marks are on a page, the one with the hole at the top left."""
    for mark in corner_marks(frame.width, frame.height):
        half = mark.size / 2
        solid = _cut(picture, Place(x=mark.x - half, y=mark.y - half, w=mark.size, h=mark.size), -0.2)
        middle = _cut(
            picture, Place(x=mark.x, y=mark.y, w=0.0, h=0.0), mark.hole / 2 - 0.3 if mark.hole else 0.3
        )
        if not solid.size or not middle.size or (middle.mean() > 128) != bool(mark.hole):
            return False
        if (solid < 128).mean() < (0.7 if mark.hole else 0.97):
            return False
    return True


def _snapped(box: FoundBox, outlines: tuple[Outline, ...]) -> FoundBox:
    """A field with the place of the frame that is printed in it."""
    inside = [outline for outline in outlines if _is_frame_of(outline, box)]
    if not inside:
        return replace(box, faint=True)
    best = max(inside, key=lambda one: one.w * one.h)
    return replace(box, x=best.x, y=best.y, w=best.w, h=best.h, shape=best.shape)


def _is_frame_of(outline: Outline, box: FoundBox) -> bool:
    return box.holds(outline.middle) and outline.overlap(box) > 0.6 and 0.4 * box.w < outline.w < 1.5 * box.w


def _printed(
    outlines: tuple[Outline, ...], words: tuple[Word, ...], *, scanned: bool
) -> tuple[FoundBox, ...]:
    found = []
    for outline in outlines:
        if scanned and min(outline.w, outline.h) < _LEAST_SCANNED:
            continue
        around = [word for word in words if _drawn_by(word, outline)]
        if any(any(character.isalnum() for character in word.text) for word in around):
            continue
        origin: Origin = "contour" if scanned else "glyph" if around else "drawn"
        found.append(
            FoundBox(
                x=outline.x,
                y=outline.y,
                w=outline.w,
                h=outline.h,
                shape=outline.shape,
                origin=origin,
                joined=outline.joined,
            )
        )
    return tuple(found)


def _drawn_by(word: Word, outline: Outline) -> bool:
    """Whether a frame is part of a word's own ink: an O, a 0, a box character."""
    reaches = word.x <= outline.x + 0.3 * outline.w and word.right >= outline.right - 0.3 * outline.w
    high = word.y <= outline.y + 0.3 * outline.h and word.bottom >= outline.bottom - 0.3 * outline.h
    return reaches and high


def _is_box(word: Word, boxes: tuple[FoundBox, ...]) -> bool:
    """Whether a word is the glyph that drew a box, under whatever character its font has for it."""
    alone = len(word.text) <= 2 and not any(character.isalnum() for character in word.text)
    return alone and any(word.overlap(box) > _SAME and word.w > 0.6 * box.w for box in boxes)


def _faint(
    frames: tuple[Place, ...],
    known: tuple[FoundBox, ...],
    words: tuple[Word, ...],
    picture: NDArray[np.uint8],
) -> list[FoundBox]:
    """Squares that are drawn with a dashed or very light line, so that their outline hardly shows."""
    found: list[FoundBox] = []
    for place in frames:
        side = min(place.w, place.h)
        if not (side >= LEAST_SIDE and max(place.w, place.h) <= min(MOST_SIDE, 1.1 * side)):
            continue
        if any(place.overlap(box) > _SAME for box in (*known, *found)):
            continue
        if any(place.holds(word.middle) and word.w > 0.5 * place.w for word in words):
            continue
        if not _is_clear(picture, place):
            continue
        found.append(
            FoundBox(x=place.x, y=place.y, w=place.w, h=place.h, shape="square", origin="drawn", faint=True)
        )
    return found


def _is_clear(picture: NDArray[np.uint8], place: Place) -> bool:
    """Whether the paper is white in a frame and light around it."""
    inner = _cut(picture, place, -0.25 * place.w)
    outer = _cut(picture, place, 0.35)
    return bool(
        inner.size and inner.min() > 235 and (outer < 205).mean() < 0.09 and (outer < 250).mean() > 0.02
    )


def _cut(picture: NDArray[np.uint8], place: Place, grow: float) -> NDArray[np.uint8]:
    rows = slice(max(0, round((place.y - grow) * PX)), max(0, round((place.bottom + grow) * PX)))
    columns = slice(max(0, round((place.x - grow) * PX)), max(0, round((place.right + grow) * PX)))
    return picture[rows, columns]


def check_any(pages: tuple[BlankPage, ...], path: Path) -> None:
    """Refuse a PDF in which no box was found, or that is too coarse a scan to find them in.

    Raises
    ------
    UsageFault
        With what to do about it.
    """
    coarse = [page for page in pages if page.scanned and page.dpi < LEAST_DPI]
    if coarse:
        raise UsageFault(
            f"page {coarse[0].number} of {path} is a scan at {coarse[0].dpi:.0f} dpi:"
            " too coarse to find boxes in",
            hint="scan the blank exam again at 300 dpi, or use the PDF it was printed from",
        )
    if any(page.boxes for page in pages):
        return
    scanned = [page for page in pages if page.scanned]
    if scanned:
        raise UsageFault(
            f"no box was found in {path}, which is a scan",
            hint="scan the blank exam again: 300 dpi, straight, not too light; or use the PDF it was"
            " printed from",
        )
    raise UsageFault(
        f"no box was found in {path}: no form field, no square or circle from"
        f" {LEAST_SIDE:g} to {MOST_SIDE:g} mm, no character like a box",
        hint="put boxes into the exam, or draw them as square annotations with texts like q1.A",
    )


def page_pictures(path: Path, sheets: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
    """Pages of a blank exam as they print: (height, width) grey at ``PICTURE_DPI``, by their number.

    Raises
    ------
    UsageFault
        The PDF cannot be used, or has fewer pages.
    """
    with open_blank(path) as document:
        count = len(document.pages)
        for number, page in enumerate(document.pages, 1):
            page_frame(page, path, number)
    if sheets and max(sheets) > count:
        raise UsageFault(
            f"{path} has {count} pages, and the layout has a sheet {max(sheets)}",
            hint="name the PDF that the layout was made from",
        )
    with Renderer(path) as renderer:
        return {sheet: renderer.picture(sheet) for sheet in sheets}


def picture_of(data: bytes) -> NDArray[np.uint8] | None:
    """A picture from the bytes of its file, grey; None: it is none."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    return None if picture is None else np.asarray(picture, np.uint8)
