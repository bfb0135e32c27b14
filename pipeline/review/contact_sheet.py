"""A contact sheet of the second look: each box as it is on the paper, and what was read."""

import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import UnreadablePage
from pipeline.model import PageRead
from pipeline.reading import Look, crop_box, upright_page

COLUMNS, ROWS = 3, 8
MARGIN = 12 * mm
HEAD = 8 * mm
CAPTION = 4 * mm
GAP = 3 * mm
Progress = Callable[[int, int, str], None]
Cell = tuple[float, float, float, float]
"""Left, bottom, width, height in points."""
Picture = NDArray[np.uint8] | str
"""A picture of a box, or why there is none."""


def contact_sheet(looks: Sequence[Look], title: str, progress: Progress) -> tuple[bytes, int]:
    """Draw an A4 PDF with a picture of each box, numbered from 1; opens only the pages they are on.

    Parameters
    ----------
    looks
        In the order of the scans, so that each page is opened once.
    title
        Printed on every page.
    progress
        Called with (boxes done, boxes in all, file).

    Returns
    -------
    bytes
        The PDF; the same bytes for the same boxes.
    int
        Pages of scans that were opened.
    """
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    opened: set[int] = set()
    for place, (look, picture) in enumerate(zip(looks, _pictures(looks), strict=True)):
        if place % (COLUMNS * ROWS) == 0:
            if place:
                canvas.showPage()
            canvas.setFont("Helvetica-Bold", 10)
            canvas.drawString(MARGIN, A4[1] - MARGIN, _latin(title))
        _draw_cell(canvas, look, place + 1, picture, _cell(place % (COLUMNS * ROWS)))
        if not isinstance(picture, str):
            opened.add(id(look.marks))
        progress(place + 1, len(looks), look.marks.read.source.file)
    canvas.save()
    return out.getvalue(), len(opened)


def _pictures(looks: Sequence[Look]) -> Iterator[Picture]:
    """A picture of each box; one page is open at a time."""
    read: PageRead | None = None
    page: Picture = ""
    for look in looks:
        if look.marks.read is not read:
            read = look.marks.read
            try:
                page = upright_page(read)
            except UnreadablePage as error:
                page = error.message
        yield page if isinstance(page, str) else crop_box(page, look.marks.read.places_px[look.index])


def _cell(place: int) -> Cell:
    row, column = divmod(place, COLUMNS)
    width = (A4[0] - 2 * MARGIN + GAP) / COLUMNS
    height = (A4[1] - 2 * MARGIN - HEAD + GAP) / ROWS
    return (
        MARGIN + column * width,
        A4[1] - MARGIN - HEAD - (row + 1) * height + GAP,
        width - GAP,
        height - GAP,
    )


def _draw_cell(canvas: Canvas, look: Look, number: int, picture: Picture, cell: Cell) -> None:
    """Draw the picture, and under it its number, the question and option, and what was read."""
    left, bottom, width, height = cell
    canvas.setLineWidth(0.3)
    canvas.setStrokeGray(0.6)
    canvas.rect(left, bottom + CAPTION, width, height - CAPTION)
    if isinstance(picture, str):
        canvas.setFont("Helvetica", 6)
        for line, text in enumerate(_wrapped(picture, 48)):
            canvas.drawString(left + 3, bottom + height - 10 - 8 * line, _latin(text))
    else:
        canvas.drawImage(
            ImageReader(Image.fromarray(picture)),
            left + 1,
            bottom + CAPTION + 1,
            width - 2,
            height - CAPTION - 2,
            preserveAspectRatio=True,
        )
    canvas.setFont("Helvetica-Bold", 8)
    canvas.drawString(left, bottom + 3, str(number))
    box, page = look.box, look.marks.read.source.page
    text = _latin(f"question {box.question}, {box.option}: {look.state.value}   (page {page})")
    room = width - 7 * mm
    canvas.setFont("Helvetica", min(8.0, 8.0 * room / canvas.stringWidth(text, "Helvetica", 8)))
    canvas.drawString(left + 7 * mm, bottom + 3, text)


def _wrapped(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


def _latin(text: str) -> str:
    """Text that the PDF's own fonts can show; the table has it as it is."""
    return text.encode("latin-1", "replace").decode("latin-1")
