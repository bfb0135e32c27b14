"""The fonts that go into a PDF: only the glyphs that are drawn, of all faces, in TrueType outlines.

Reportlab embeds TrueType outlines only and knows neither variable fonts nor glyphs without a
character. So the drawn glyphs are gathered into one small font per weight, each under a code of its
own: its character where it has one, else a code for private use.
"""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from pipeline.paper.fonts import EM, MISSING, Glyph, Weight, face_of, hb_font

_PRIVATE = (*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE))
_FRAME = (((60, 0), (60, 700), (540, 700), (540, 0)), ((120, 60), (480, 60), (480, 640), (120, 640)))
"""Outside and inside of the box that stands for a missing character, font units."""
_OUTLINE_ERROR = 0.6
"""Largest distance of a quadratic outline from the cubic one, font units."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A font that reportlab knows, and under which code each glyph is in it."""

    name: str
    codes: Mapping[Glyph, str]
    widths: Mapping[Glyph, float]
    """Advance that the PDF's reader adds after each glyph, font units."""


def embed_glyphs(glyphs: Iterable[Glyph], weight: Weight) -> Embedded:
    """Make the drawn glyphs of one weight into a font and register it with reportlab.

    Parameters
    ----------
    glyphs
        Of any face; others than ``weight`` are left out.
    weight
        Of the font.

    Returns
    -------
    Embedded
        The same glyphs always give the same bytes.
    """
    space = Glyph(face_of(" "), weight, hb_font(0, weight).get_nominal_glyph(ord(" ")) or 0, " ")
    used = sorted(
        {space, *(glyph for glyph in glyphs if glyph.weight == weight)},
        key=lambda glyph: (glyph.face, glyph.number, glyph.character),
    )
    codes = _codes(used)
    names = {glyph: f"g{n}" for n, glyph in enumerate(used)}
    widths = {glyph: _width(glyph) for glyph in used}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(codes[glyph]): names[glyph] for glyph in used})
    outlines = {names[glyph]: _outline(glyph) for glyph in used}
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **outlines})
    left = {name: getattr(builder.font["glyf"][name], "xMin", 0) for name in names.values()}
    metrics = {names[glyph]: (round(widths[glyph]), left[names[glyph]]) for glyph in used}
    builder.setupHorizontalMetrics({".notdef": (600, 0), **metrics})
    builder.setupHorizontalHeader(ascent=1069, descent=-293)
    name = _name(used, weight)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(sTypoAscender=1069, sTypoDescender=-293, usWinAscent=1069, usWinDescent=293)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    data = io.BytesIO()
    builder.save(data)
    data.seek(0)
    registerFont(TTFont(name, data, shapable=False))
    return Embedded(name, codes, widths)


def _name(glyphs: Sequence[Glyph], weight: Weight) -> str:
    """Name the font by what is in it: reportlab keeps the first font that was registered under a name."""
    content = repr([(glyph.face, glyph.number, glyph.character) for glyph in glyphs])
    return f"Sheet-{weight.title()}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _codes(glyphs: Iterable[Glyph]) -> dict[Glyph, str]:
    """Give each glyph a character of its own; the first plain glyph of a character gets it."""
    taken: set[str] = set()
    private = iter(_PRIVATE)
    codes: dict[Glyph, str] = {}
    for glyph in glyphs:
        own = glyph.character
        if not own or own in taken:
            own = chr(next(private))
        taken.add(own)
        codes[glyph] = own
    return codes


def _width(glyph: Glyph) -> float:
    if glyph.face == MISSING:
        return 600.0
    return float(hb_font(glyph.face, glyph.weight).get_glyph_h_advance(glyph.number))


def _outline(glyph: Glyph) -> object:
    """The glyph's outline as TrueType; the box for a missing character is a frame."""
    pen = TTGlyphPen(None)
    if glyph.face == MISSING:
        for corners in _FRAME:
            pen.moveTo(corners[0])
            for corner in corners[1:]:
                pen.lineTo(corner)
            pen.closePath()
        return pen.glyph()
    font = hb_font(glyph.face, glyph.weight)
    font.draw_glyph_with_pen(glyph.number, Cu2QuPen(pen, _OUTLINE_ERROR))
    return pen.glyph()
