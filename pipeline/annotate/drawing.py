"""Annotated papers as PDFs: the scanned page, frames over its boxes, and a margin beside it."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.annotate.margin import spread
from pipeline.annotate.records import AnnotatedPaper, Frame, Note, Outcome, ScannedPage
from pipeline.exam import TextSlot
from pipeline.paper import MM, Drawing, Embedded, PlacedText, draw_text, embed_glyphs, glyphs_of, place_text

MARGIN = 62.0
"""Width of the margin beside the page, mm."""
INSET = 4.0
"""Paper left free around what stands in the margin."""
SIGN = 4.5
"""Room for the sign before a note."""
TITLE, HEAD, LINE, DETAIL = 10.0, 8.5, 8.0, 6.5
"""Sizes of type, points."""
GAP = 1.3
"""Between two notes."""
PLAIN_LINE = 3.6
"""Height of a note of one line."""
LEAST_LINE = 1.6
"""Below it nobody can read it: notes that find no room are then left out, and counted."""
ROW = 3.0
"""Questions whose boxes are not further apart in height stand side by side."""
MOST_DETAILS = 4
"""Lines of a detail."""

Weight = Literal["regular", "bold"]
WEIGHTS: tuple[Weight, ...] = ("regular", "bold")
Fonts = dict[Weight, Embedded]
Colour = tuple[float, float, float]
GREEN, RED, AMBER, BLUE, GREY = (
    (0.0, 0.5, 0.2),
    (0.8, 0.08, 0.08),
    (0.75, 0.42, 0.0),
    (0.15, 0.3, 0.7),
    (0.45, 0.45, 0.45),
)
COLOURS: dict[str, Colour] = {
    "right": GREEN,
    "missing": GREEN,
    "wrong": RED,
    "partly": AMBER,
    "open": GREY,
    "plain": BLUE,
}
LEGEND = "green: right; red: wrong; dashed: right, and not marked; blue: read; grey: waits for a person"
PLAIN_LEGEND = "blue: read; grey: waits for a person"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A note with its texts, and where it stands."""

    note: Note
    texts: tuple[PlacedText, ...]
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class _Margin:
    """Everything that stands beside one page."""

    texts: tuple[PlacedText, ...]
    notes: tuple[_Placed, ...]


class PaperPrinter:
    """Draws papers as PDFs.

    Its fonts hold every glyph that was drawn so far, so that few fonts are made for many papers: a PDF
    embeds those of its own glyphs alone.
    """

    def __init__(self) -> None:
        self._glyphs: set[Any] = set()
        self._fonts: Fonts = {}

    def draw(self, papers: Sequence[AnnotatedPaper]) -> Iterator[bytes]:
        """Each paper as a PDF; the same papers in the same order give the same bytes."""
        margins = [_margins(paper) for paper in papers]
        texts = [text for pages in margins for margin in pages for text in _texts(margin)]
        drawn = {glyph for text in texts for glyph in glyphs_of(text)}
        if drawn - self._glyphs or not self._fonts:
            self._glyphs |= drawn
            self._fonts = {weight: embed_glyphs(self._glyphs, weight) for weight in WEIGHTS}
        for paper, pages in zip(papers, margins, strict=True):
            yield _draw(paper, pages, self._fonts)


def _texts(margin: _Margin) -> Iterator[PlacedText]:
    yield from margin.texts
    for note in margin.notes:
        yield from note.texts


def _draw(paper: AnnotatedPaper, margins: Sequence[_Margin], fonts: Fonts) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    canvas.setTitle(paper.title)
    canvas.setCreator("scangrade")
    for page, margin in zip(paper.pages, margins, strict=True):
        canvas.setPageSize(((page.width + MARGIN) * MM, page.height * MM))
        picture = ImageReader(io.BytesIO(page.picture))
        canvas.drawImage(picture, 0, 0, page.width * MM, page.height * MM)
        drawing = Drawing(canvas, page.height)
        for frame in page.frames:
            _draw_frame(drawing, frame)
        drawing.line([(page.width, 0.0), (page.width, page.height)], 0.2, 0.7)
        for text in _texts(margin):
            draw_text(drawing, text, fonts)
        for note in margin.notes:
            size = min(2.4, 0.7 * note.height)
            _draw_sign(drawing, note.note.outcome, page.width + INSET, note.y + 0.5, size)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


# --- frames and signs ------------------------------------------------------------------------------


def _draw_frame(drawing: Drawing, frame: Frame) -> None:
    canvas = drawing.canvas
    canvas.saveState()
    canvas.setStrokeColorRGB(*COLOURS[frame.kind])
    canvas.setLineWidth((0.35 if frame.kind in ("open", "plain") else 0.55) * MM)
    if frame.kind == "missing":
        canvas.setDash(1.1 * MM, 0.7 * MM)
    canvas.roundRect(
        frame.x * MM,
        drawing.y(frame.y + frame.h),
        frame.w * MM,
        frame.h * MM,
        0.5 * MM,
        stroke=1,
        fill=0,
    )
    canvas.restoreState()
    # A sign beside the colour, for those who cannot tell red from green.
    if frame.kind in ("right", "wrong"):
        size = min(1.8, 0.45 * frame.h)
        _draw_sign(drawing, frame.kind, frame.x + frame.w - 0.4 * size, frame.y - 0.5 * size, size)


SIGNS: dict[Outcome, tuple[tuple[tuple[float, float], ...], ...]] = {
    "right": (((0.0, 0.55), (0.35, 0.95), (1.0, 0.05)),),
    "wrong": (((0.05, 0.05), (0.95, 0.95)), ((0.95, 0.05), (0.05, 0.95))),
    "partly": (((0.0, 0.6), (0.25, 0.35), (0.5, 0.5), (0.75, 0.65), (1.0, 0.4)),),
    "open": (((0.1, 0.5), (0.25, 0.5)), ((0.45, 0.5), (0.6, 0.5)), ((0.8, 0.5), (0.95, 0.5))),
    "plain": (((0.1, 0.5), (0.9, 0.5)),),
}
"""Strokes in a square of side 1, from its top-left corner."""


def _draw_sign(drawing: Drawing, outcome: Outcome, x: float, y: float, size: float) -> None:
    canvas = drawing.canvas
    canvas.saveState()
    canvas.setStrokeColorRGB(*COLOURS[outcome])
    canvas.setLineWidth(max(0.3, 0.18 * size) * MM)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    for stroke in SIGNS[outcome]:
        path = canvas.beginPath()
        path.moveTo((x + stroke[0][0] * size) * MM, drawing.y(y + stroke[0][1] * size))
        for u, v in stroke[1:]:
            path.lineTo((x + u * size) * MM, drawing.y(y + v * size))
        canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()


# --- the margin ------------------------------------------------------------------------------------


def _margins(paper: AnnotatedPaper) -> list[_Margin]:
    """What stands beside each page; the heads beside the first one alone."""
    margins = []
    is_plain = not any(
        frame.kind in ("right", "wrong", "missing") for page in paper.pages for frame in page.frames
    )
    for number, page in enumerate(paper.pages):
        heads = _heads(paper, page) if number == 0 else ()
        top = max((text.slot.y + text.slot.h for text in heads), default=INSET) + 2.0
        legend = tuple(
            _set(page, page.height - INSET - 5.0, 5.0, PLAIN_LEGEND if is_plain else LEGEND, 5.5, 2)
        )
        texts, notes = _notes(page, top, page.height - INSET - 6.0)
        margins.append(_Margin((*heads, *legend, *texts), notes))
    return margins


def _set(
    page: ScannedPage,
    y: float,
    height: float,
    text: str,
    size: float,
    lines: int = 1,
    *,
    bold: bool = False,
    indent: float = 0.0,
) -> Iterator[PlacedText]:
    """A text in the margin."""
    slot = TextSlot(
        x=page.width + INSET + indent,
        y=y,
        w=MARGIN - 2 * INSET - indent,
        h=height,
        text=text,
        size=size,
        style="bold" if bold else "regular",
        align="left",
        vertical="top",
        max_lines=lines,
        tone=0.0 if bold else 0.15,
    )
    yield from place_text(slot, text)


def _heads(paper: AnnotatedPaper, page: ScannedPage) -> tuple[PlacedText, ...]:
    placed: list[PlacedText] = []
    y = INSET
    for number, line in enumerate((paper.title, *paper.heads)):
        for text in _set(page, y, 12.0, line, HEAD if number else TITLE, 2, bold=number < 3):
            placed.append(_shrunk(text))
            y += text.text.height + 0.6
    return tuple(placed)


def _shrunk(text: PlacedText) -> PlacedText:
    """A text with a slot as high as it is."""
    return replace(text, slot=replace(text.slot, h=text.text.height))


def _notes(
    page: ScannedPage, top: float, bottom: float
) -> tuple[tuple[PlacedText, ...], tuple[_Placed, ...]]:
    """The notes, whole where there is room for all of them, else a line each, as small as it has to be."""
    notes = in_rows(page.notes)
    heights = [_height(page, note) for note in notes]
    if sum(heights) <= bottom - top:
        edges = spread([note.y for note in notes], heights, top, bottom)
        return (), tuple(
            _whole(page, note, y, height) for note, y, height in zip(notes, edges, heights, strict=True)
        )
    line = min(PLAIN_LINE, (bottom - top) / len(notes))
    if line < LEAST_LINE:
        kept = int((bottom - top) / LEAST_LINE) - 2
        rest = f"{len(notes) - kept} more questions found no room here"
        more = tuple(_set(page, bottom - LEAST_LINE, 3.0, rest, DETAIL))
        notes, line, bottom = notes[:kept], LEAST_LINE, bottom - 2 * LEAST_LINE
    else:
        more = ()
    edges = spread([note.y for note in notes], [line] * len(notes), top, bottom)
    return more, tuple(_short(page, note, y, line) for note, y in zip(notes, edges, strict=True))


def in_rows(notes: Sequence[Note]) -> list[Note]:
    """Notes from top to bottom; those of questions side by side in the order given, on skew scans too."""
    rows: list[list[tuple[int, Note]]] = []
    for place, note in sorted(enumerate(notes), key=lambda one: one[1].y):
        if rows and note.y - rows[-1][0][1].y < ROW:
            rows[-1].append((place, note))
        else:
            rows.append([(place, note)])
    return [note for row in rows for _, note in sorted(row, key=lambda one: one[0])]


def _first_line(note: Note) -> str:
    return f"{note.question}: {', '.join(filter(None, (note.read, note.points)))}"


def _whole(page: ScannedPage, note: Note, y: float, height: float) -> _Placed:
    """A note with its details under it."""
    texts: list[PlacedText] = []
    below = y
    for number, line in enumerate((_first_line(note), *note.details)):
        size, lines = (LINE, 1) if number == 0 else (DETAIL, MOST_DETAILS)
        for text in _set(page, below, 20.0, line, size, lines, bold=number == 0, indent=SIGN):
            texts.append(text)
            below += text.text.height
    return _Placed(note, tuple(texts), y, height)


def _height(page: ScannedPage, note: Note) -> float:
    """Of a note with its details and the gap behind it."""
    return sum(text.text.height for text in _whole(page, note, 0.0, 0.0).texts) + GAP


def _short(page: ScannedPage, note: Note, y: float, height: float) -> _Placed:
    """A note in one line."""
    words = "; ".join((_first_line(note), *note.details))
    size = LINE * min(1.0, height / PLAIN_LINE)
    return _Placed(note, tuple(_set(page, y, height, words, size, indent=SIGN)), y, height)
