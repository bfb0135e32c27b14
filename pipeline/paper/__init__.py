"""The answer sheet PDF and the simulator that fills and scans it."""

from pipeline.paper.embed import Embedded, embed_glyphs
from pipeline.paper.pictures import MM, Drawing
from pipeline.paper.sheet import PlacedText, SheetPrint, draw_sheets, draw_text, glyphs_of, place_text

__all__ = [
    "MM",
    "Drawing",
    "Embedded",
    "PlacedText",
    "SheetPrint",
    "draw_sheets",
    "draw_text",
    "embed_glyphs",
    "glyphs_of",
    "place_text",
]
