"""The answer sheets as a PDF: a plan drawn once, and per student a code, a name and a number."""

import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import ResultsFault
from pipeline.exam import PagePlan, SheetPlan, TextSlot, encode_page_code, layout_json
from pipeline.model import Exam, Layout, PageCode, PageLayout
from pipeline.paper.embed import Embedded, embed_glyphs
from pipeline.paper.fonts import EM, Glyph, Weight
from pipeline.paper.pictures import MM, Drawing, code_modules, draw_codes, draw_corner_marks, draw_picture
from pipeline.paper.text import LEADING, POINT, SetLine, SetText, fit_text

CAPITAL = 0.714
"""Height of a capital, em: what is set in the vertical middle of a slot."""
_WEIGHTS: tuple[Weight, ...] = ("regular", "bold")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPrint:
    """One booklet to print."""

    serial: int
    """Printed in the code of each of its pages."""
    student_id: str = ""
    """Empty on a spare sheet."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text as it is drawn into a slot."""

    slot: TextSlot
    text: SetText
    baselines: tuple[float, ...]
    """mm from the top of the page, one per line."""
    starts: tuple[float, ...]
    """Where each line's pen begins, mm from the left."""


def draw_sheets(
    plan: SheetPlan, exam: Exam, prints: Sequence[SheetPrint], out: BinaryIO | Path
) -> tuple[str, ...]:
    """Draw the sheets of all prints into one PDF.

    Parameters
    ----------
    plan
        Of this exam, from :func:`pipeline.exam.compose.compose_sheet`.
    exam
        Gives the PDF its title.
    prints
        One booklet each, in this order; all pages of the first, then all of the second.
    out
        A binary file, or a path that is replaced when the PDF is complete. The same plan and prints
        give the same bytes. The layout is attached as ``layout.json``.

    Returns
    -------
    tuple of str
        Notices for people: characters that no font has.

    Raises
    ------
    ScangradeError
        When a font's package is not installed.
    ResultsFault
        When the path cannot be written.
    """
    texts = [text for page in plan.pages for text in _static_texts(page)]
    filled = [text for one in prints for page in plan.pages for text in _filled_texts(page, one)]
    glyphs = {glyph for text in (*texts, *filled) for glyph in glyphs_of(text)}
    fonts = {weight: embed_glyphs(glyphs, weight) for weight in _WEIGHTS}
    drawn = _draw(plan, exam, prints, fonts)
    pdf = _with_layout(drawn, plan.layout)
    if isinstance(out, Path):
        _replace(out, pdf)
    else:
        out.write(pdf)
    return _notices((*texts, *filled))


def _draw(plan: SheetPlan, exam: Exam, prints: Sequence[SheetPrint], fonts: dict[Weight, Embedded]) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, invariant=1, pageCompression=0)
    canvas.setTitle(exam.title)
    canvas.setSubject(f"Answer sheet of {exam.id}, version {exam.version}")
    canvas.setCreator("scangrade")
    for page in plan.pages:
        canvas.beginForm(f"sheet{page.sheet}", 0, 0, page.width * MM, page.height * MM)
        _draw_static(Drawing(canvas, page.height), page, _page_layout(plan, page), fonts)
        canvas.endForm()
    for one in prints:
        for page in plan.pages:
            canvas.setPageSize((page.width * MM, page.height * MM))
            canvas.doForm(f"sheet{page.sheet}")
            drawing = Drawing(canvas, page.height)
            for text in _filled_texts(page, one):
                draw_text(drawing, text, fonts)
            modules = code_modules(_code_text(plan.layout, page.sheet, one.serial))
            draw_codes(drawing, _page_layout(plan, page).codes, modules)
            canvas.showPage()
    canvas.save()
    return data.getvalue()


def _page_layout(plan: SheetPlan, page: PagePlan) -> PageLayout:
    return plan.layout.pages[page.sheet - 1]


def _code_text(layout: Layout, sheet: int, serial: int) -> str:
    return encode_page_code(
        PageCode(exam=layout.exam, version=layout.version, sheet=sheet, serial=serial, layout=layout.hash)
    )


def _draw_static(drawing: Drawing, page: PagePlan, layout: PageLayout, fonts: dict[Weight, Embedded]) -> None:
    for line in page.lines:
        drawing.line([(line.x1, line.y1), (line.x2, line.y2)], line.width, line.tone)
    for shape in page.rectangles:
        drawing.rectangle(
            shape.x, shape.y, shape.w, shape.h, width=shape.width, tone=shape.tone, radius=shape.radius
        )
    for picture in page.pictures:
        draw_picture(drawing, picture)
    for text in _static_texts(page):
        draw_text(drawing, text, fonts)
    for box in layout.boxes:
        drawing.box(box.shape, box.x, box.y, box.w, box.h)
    draw_corner_marks(drawing, page.width, page.height)


# --- texts ----------------------------------------------------------------------------------------


def _static_texts(page: PagePlan) -> Iterator[PlacedText]:
    for slot in page.slots:
        if not slot.fill:
            yield from place_text(slot, slot.text)


def _filled_texts(page: PagePlan, one: SheetPrint) -> Iterator[PlacedText]:
    for slot in page.slots:
        if slot.fill:
            value = _value(slot, one)
            if value:
                yield from place_text(slot, slot.text + value)


def _value(slot: TextSlot, one: SheetPrint) -> str:
    if slot.fill == "serial":
        return str(one.serial)
    if slot.fill == "name":
        return one.name
    if slot.fill == "character":
        return one.student_id[slot.place : slot.place + 1]
    return one.student_id


def place_text(slot: TextSlot, text: str) -> Iterator[PlacedText]:
    """Set a text into its slot; nothing when there is nothing to print.

    All ink and every advance lie inside the slot.
    """
    fitted = fit_text(text, slot.style, slot.size, slot.w, slot.h, slot.max_lines)
    if fitted is None:
        return
    em = fitted.size * POINT
    rest = (len(fitted.lines) - 1) * LEADING * em
    highest = slot.y + fitted.above
    lowest = slot.y + slot.h - fitted.below - rest
    if slot.vertical == "top":
        first = highest
    elif slot.vertical == "bottom":
        first = lowest
    else:
        first = min(max(slot.y + (slot.h - rest + CAPITAL * em) / 2, highest), lowest)
    baselines = tuple(first + n * LEADING * em for n in range(len(fitted.lines)))
    starts = tuple(_start(slot, line, em / EM, fitted.right_to_left) for line in fitted.lines)
    yield PlacedText(slot, fitted, baselines, starts)


def _start(slot: TextSlot, line: SetLine, scale: float, right_to_left: bool) -> float:
    align = slot.align
    if align == "start":
        align = "right" if right_to_left else "left"
    if align == "left":
        return slot.x - line.left * scale
    if align == "right":
        return slot.x + slot.w - line.right * scale
    return slot.x + (slot.w - line.width * scale) / 2 - line.left * scale


def glyphs_of(text: PlacedText) -> Iterator[Glyph]:
    """Glyphs of a placed text, one by one."""
    for line in text.text.lines:
        for _, run in line.runs:
            for placed in run.glyphs:
                yield placed.glyph


def draw_text(drawing: Drawing, placed: PlacedText, fonts: Mapping[Weight, Embedded]) -> None:
    """Draw a placed text: glyphs in strings as long as the PDF's own advances put them right."""
    font = fonts[placed.slot.style]
    scale = placed.text.size * POINT / EM
    text = drawing.canvas.beginText()
    text.setFont(font.name, placed.text.size)
    text.setFillGray(placed.slot.tone)
    for line, baseline, start in zip(placed.text.lines, placed.baselines, placed.starts, strict=True):
        for x, y, string in _strings(line, font):
            text.setTextOrigin((start + x * scale) * MM, drawing.y(baseline - y * scale))
            text.textOut(string)
    drawing.canvas.drawText(text)


def _strings(line: SetLine, font: Embedded) -> Iterator[tuple[float, float, str]]:
    """Give (x, y, string) in font units: a new string wherever shaping moved a glyph."""
    string, begin, height, pen = "", 0.0, 0.0, 0.0
    for run_x, run in line.runs:
        for placed in run.glyphs:
            x, y = run_x + placed.x, placed.y
            if string and (abs(x - pen) > 0.5 or y != height):
                yield begin, height, string
                string = ""
            if not string:
                begin, height, pen = x, y, x
            string += font.codes[placed.glyph]
            pen += font.widths[placed.glyph]
    if string:
        yield begin, height, string


def _notices(texts: Sequence[PlacedText]) -> tuple[str, ...]:
    missing = sorted({character for text in texts for character in text.text.missing})
    return tuple(
        f"no font has the character {character!r} (U+{ord(character):04X}); the sheet shows a box instead"
        for character in missing
    )


# --- the file -------------------------------------------------------------------------------------


def _with_layout(pdf: bytes, layout: Layout) -> bytes:
    """Attach the layout's JSON; the same PDF and layout give the same bytes."""
    done = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.attachments["layout.json"] = pikepdf.AttachedFileSpec(
            document,
            layout_json(layout).encode(),
            filename="layout.json",
            mime_type="application/json",
            description="where every box is printed",
            creation_date="",
            mod_date="",
        )
        document.save(
            done,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return done.getvalue()


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise ResultsFault(f"cannot write {path}: {error.strerror}", hint="choose another folder") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ResultsFault(f"cannot write {path}: {error.strerror}", hint="free some room") from error
