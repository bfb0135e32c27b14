"""Stamping a PDF: each copy of each page gets our marks and its code, over content that stays as it is.

The streams of the original are kept byte for byte and shared by all copies; a copy's page adds one
stream before them (``q``) and one behind them (``Q``, and an overlay as form XObject).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import UsageFault
from pipeline.exam import TextSlot, encode_page_code, layout_json
from pipeline.model import Layout, PageCode
from pipeline.paper.embed import Embedded, embed_glyphs
from pipeline.paper.pictures import MM, Drawing, code_modules, draw_codes, draw_corner_marks
from pipeline.paper.sheet import PlacedText, SheetPrint, draw_text, glyphs_of, place_text
from pipeline.paper.stamp.room import Stamp
from pipeline.paper.template import PageFrame, open_blank, page_frame

MAX_PAGES = 100_000
"""Most pages of a stamped PDF."""
_NAME = "/ScangradeStamp"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StampPlan:
    """A layout of stamped pages, and where each page has room."""

    layout: Layout
    stamps: tuple[Stamp, ...]
    """Of each page, in the layout's order."""


def stamp_pdf(path: Path, plan: StampPlan, prints: Sequence[SheetPrint], out: BinaryIO) -> tuple[str, ...]:
    """Write a PDF with one copy of an exam for each print.

    Parameters
    ----------
    path
        The exam.
    plan
        Its layout has a page for each of the PDF's.
    prints
        One copy each, in this order.
    out
        A binary file.

    Returns
    -------
    tuple of str
        Characters of names that no font has.

    Raises
    ------
    UsageFault
        The PDF cannot be used, or the copies have more than ``MAX_PAGES`` pages.
    """
    with open_blank(path) as document:
        originals = [page.obj for page in document.pages]
        if len(originals) * len(prints) > MAX_PAGES:
            raise UsageFault(
                f"{len(prints)} copies of {len(originals)} pages are more than {MAX_PAGES} pages",
                hint="stamp a part of the roster at a time",
            )
        frames = [page_frame(page, path, number) for number, page in enumerate(document.pages, 1)]
        bare = [_bare(page) for page in originals]
        data, missing = _overlays(plan, prints)
        with pikepdf.open(io.BytesIO(data)) as overlays:
            _arrange(document, originals, bare, frames, overlays, len(prints))
            _attach(document, plan.layout)
            document.save(
                out,
                deterministic_id=True,
                # The streams of the original are written as they are.
                compress_streams=False,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                recompress_flate=False,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    return missing


def _bare(page: Any) -> tuple[list[Any], dict[str, Any]]:
    """A page's content streams and resources, before anything is added."""
    contents = page.get("/Contents")
    if contents is None:
        streams = []
    elif isinstance(contents, pikepdf.Array):
        streams = list(contents)
    else:
        streams = [contents]
    return streams, dict(pikepdf.Page(page).resources.items())


def _arrange(
    document: pikepdf.Pdf,
    originals: Sequence[Any],
    bare: Sequence[tuple[list[Any], dict[str, Any]]],
    frames: Sequence[PageFrame],
    overlays: pikepdf.Pdf,
    copies: int,
) -> None:
    """Put a stamped copy of each page behind the last, and leave no page unstamped."""
    for _ in range(copies - 1):
        for original in originals:
            document.pages.append(pikepdf.Page(original))
    save = document.make_stream(b"q\n")
    for number, page in enumerate(document.pages):
        place = number % len(originals)
        streams, resources = bare[place]
        form = document.copy_foreign(overlays.pages[number].as_form_xobject())
        matrix = " ".join(f"{value:g}" for value in frames[place].matrix())
        draw = document.make_stream(f"\nQ\nq {matrix} cm {_NAME} Do Q\n".encode())
        objects = pikepdf.Dictionary(dict(resources.get("/XObject", pikepdf.Dictionary()).items()))
        objects[_NAME] = form
        page.obj["/Resources"] = pikepdf.Dictionary({**resources, "/XObject": objects})
        page.obj["/Contents"] = pikepdf.Array([save, *streams, draw])


def _attach(document: pikepdf.Pdf, layout: Layout) -> None:
    document.attachments["layout.json"] = pikepdf.AttachedFileSpec(
        document,
        layout_json(layout).encode(),
        filename="layout.json",
        mime_type="application/json",
        description="where every box is printed",
        creation_date="",
        mod_date="",
    )


# --- what is put over a page -----------------------------------------------------------------------


def _overlays(plan: StampPlan, prints: Sequence[SheetPrint]) -> tuple[bytes, tuple[str, ...]]:
    """A PDF with a page for each page of each copy: marks, codes, and whose it is."""
    texts = [[list(_texts(stamp, one)) for stamp in plan.stamps] for one in prints]
    flat = [text for copy in texts for page in copy for text in page]
    font = embed_glyphs({glyph for text in flat for glyph in glyphs_of(text)}, "regular")
    data = io.BytesIO()
    canvas = Canvas(data, invariant=1, pageCompression=1)
    for one, copy in zip(prints, texts, strict=True):
        for page, placed in zip(plan.layout.pages, copy, strict=True):
            canvas.setPageSize((page.width * MM, page.height * MM))
            drawing = Drawing(canvas, page.height)
            draw_corner_marks(drawing, page.width, page.height)
            code = PageCode(
                exam=plan.layout.exam,
                version=plan.layout.version,
                sheet=page.sheet,
                serial=one.serial,
                layout=plan.layout.hash,
            )
            draw_codes(drawing, page.codes, code_modules(encode_page_code(code)))
            _write(drawing, placed, font)
            canvas.showPage()
    canvas.save()
    missing = sorted({character for text in flat for character in text.text.missing})
    notices = tuple(
        f"no font has the character {character!r} (U+{ord(character):04X}); the copy shows a box instead"
        for character in missing
    )
    return data.getvalue(), notices


def _texts(stamp: Stamp, one: SheetPrint) -> Iterator[PlacedText]:
    words = "  ".join(part for part in (f"No. {one.serial}", one.student_id, one.name) if part)
    if stamp.name is not None:
        x, y, w, h = stamp.name
        yield from place_text(TextSlot(x=x, y=y, w=w, h=h, text="", size=8.0, align="left"), words)


def _write(drawing: Drawing, texts: Sequence[PlacedText], font: Embedded) -> None:
    for text in texts:
        draw_text(drawing, text, {"regular": font})
