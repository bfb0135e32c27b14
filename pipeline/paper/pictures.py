"""What is drawn with a few strokes: boxes, corner marks, page codes and the examples of marks."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from reportlab.pdfgen.canvas import Canvas

from pipeline.exam import Picture, corner_marks
from pipeline.model import CodePlace, Shape

MM = 72.0 / 25.4
"""Points of one mm."""
BOX_LINE = 0.3
"""Thickness of a box's line, mm; its middle is the box's edge."""
PEN = 0.5
"""Thickness of the strokes in the examples, mm."""
PEN_TONE = 0.1
_ROUND = 1


class Drawing:
    """A page that is drawn on in mm from its top-left corner."""

    def __init__(self, canvas: Canvas, height: float) -> None:
        self.canvas = canvas
        self.height = height

    def y(self, y: float) -> float:
        """Give a PDF's y, points from the bottom, for mm from the top."""
        return (self.height - y) * MM

    def line(self, points: list[tuple[float, float]], width: float, tone: float) -> None:
        """Draw a line through points, with round ends."""
        path = self.canvas.beginPath()
        path.moveTo(points[0][0] * MM, self.y(points[0][1]))
        for x, y in points[1:]:
            path.lineTo(x * MM, self.y(y))
        self.canvas.setLineCap(_ROUND)
        self.canvas.setLineJoin(_ROUND)
        self.canvas.setStrokeGray(tone)
        self.canvas.setLineWidth(width * MM)
        self.canvas.drawPath(path, stroke=1, fill=0)

    def rectangle(
        self, x: float, y: float, w: float, h: float, *, width: float, tone: float, radius: float = 0.0
    ) -> None:
        """Draw an outline ``width`` thick, or a solid rectangle when that is 0."""
        canvas = self.canvas
        canvas.setLineWidth(width * MM)
        canvas.setLineJoin(0)
        canvas.setStrokeGray(tone)
        canvas.setFillGray(tone)
        stroke, fill = (1, 0) if width else (0, 1)
        if radius:
            canvas.roundRect(x * MM, self.y(y + h), w * MM, h * MM, radius * MM, stroke=stroke, fill=fill)
        else:
            canvas.rect(x * MM, self.y(y + h), w * MM, h * MM, stroke=stroke, fill=fill)

    def box(self, shape: Shape, x: float, y: float, w: float, h: float) -> None:
        """Draw a box to be marked."""
        if shape == "circle":
            self.canvas.setLineWidth(BOX_LINE * MM)
            self.canvas.setStrokeGray(0.0)
            self.canvas.ellipse(x * MM, self.y(y + h), (x + w) * MM, self.y(y), stroke=1, fill=0)
        else:
            self.rectangle(x, y, w, h, width=BOX_LINE, tone=0.0)


def draw_corner_marks(drawing: Drawing, width: float, height: float) -> None:
    """Draw the four corner marks of a page of this size, mm."""
    for mark in corner_marks(width, height):
        half = mark.size / 2
        drawing.rectangle(mark.x - half, mark.y - half, mark.size, mark.size, width=0.0, tone=0.0)
        if mark.hole:
            hole = mark.hole / 2
            drawing.rectangle(mark.x - hole, mark.y - hole, mark.hole, mark.hole, width=0.0, tone=1.0)


def code_modules(text: str) -> NDArray[np.bool_]:
    """Give the modules of a QR code: (n, n), true where dark, without quiet zone.

    Error correction is Q where that takes no larger symbol than M, else M.
    """
    symbols = [
        np.array(
            zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level).to_image(
                scale=1, add_quiet_zones=False
            )
        )
        < 128
        for level in ("Q", "M")
    ]
    return min(symbols, key=len)


def draw_codes(drawing: Drawing, places: Sequence[CodePlace], modules: NDArray[np.bool_]) -> None:
    """Draw a QR code into each of its places, as one path of rectangles."""
    canvas = drawing.canvas
    path = canvas.beginPath()
    size = len(modules)
    for row, start, stop in _dark_runs(modules):
        path.rect(start, size - 1 - row, stop - start, 1)
    for place in places:
        canvas.saveState()
        canvas.translate(place.x * MM, drawing.y(place.y + place.h))
        canvas.scale(place.w * MM / size, place.h * MM / size)
        canvas.setFillGray(0.0)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.restoreState()


def _dark_runs(modules: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Give row, start and stop of each run of dark modules."""
    for row, cells in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], cells.astype(np.int8), [0]))))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            yield row, start, stop


def draw_picture(drawing: Drawing, picture: Picture) -> None:
    """Draw an example: a box with a mark as a pen would leave it."""
    x, y, size = picture.x, picture.y, picture.size
    circle = picture.shape == "circle"
    drawing.box(picture.shape, x, y, size, size)
    if picture.mark in {"filled", "undone", "again", "half"}:
        _fill(drawing, picture, half=picture.mark == "half")
    low, high = (0.2, 0.8) if circle else (0.12, 0.88)
    strokes: list[list[tuple[float, float]]] = {
        "cross": [[(low, low), (high, high)], [(high, low), (low, high)]],
        "undone": [],
        "again": [[(1.28, 0.2), (1.88, 0.8)], [(1.88, 0.2), (1.28, 0.8)]],
        "tick": [[(0.18, 0.5), (0.42, 0.78), (0.95, 0.05)]],
        "ring": [_ring(0.5, 0.5, 0.78)],
    }.get(picture.mark, [])
    for stroke in strokes:
        drawing.line([(x + u * size, y + v * size) for u, v in stroke], PEN, PEN_TONE)
    if picture.mark == "dot":
        dot = 0.22 * size
        middle = size / 2 - dot / 2
        drawing.rectangle(x + middle, y + middle, dot, dot, width=0.0, tone=PEN_TONE, radius=dot / 2)


def _fill(drawing: Drawing, picture: Picture, *, half: bool) -> None:
    """Fill a box as a pen would: solid to its line, or only one half of it."""
    x, y, size = picture.x, picture.y, picture.size
    if picture.shape == "square":
        drawing.rectangle(x, y, size, size, width=0.0, tone=PEN_TONE)
        return
    start, extent = (90.0, 180.0) if half else (0.0, 360.0)
    path = drawing.canvas.beginPath()
    path.arc(x * MM, drawing.y(y + size), (x + size) * MM, drawing.y(y), start, extent)
    path.close()
    drawing.canvas.setFillGray(PEN_TONE)
    drawing.canvas.drawPath(path, stroke=0, fill=1)


def _ring(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Give the points of a ring drawn around a box by hand, nearly closed."""
    return [
        (x + radius * math.cos(angle), y + radius * (0.92 + 0.012 * n / 4) * math.sin(angle))
        for n, angle in enumerate(math.radians(8.0 * step - 60.0) for step in range(45))
    ]
