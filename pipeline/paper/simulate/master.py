"""The printed page before anyone writes on it: a grey picture at ``MASTER_DPI``.

Either a sheet PDF rendered by PDFium, or, for paper that scangrade did not print, the layout's
boxes and corner marks drawn plainly.
"""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import UsageFault
from pipeline.exam.anchors import corner_marks
from pipeline.exam.page_bits import PageBit, page_bits
from pipeline.model import Anchors, Box, Layout, PageLayout
from pipeline.paper.simulate.ink import MASTER_DPI, MASTER_PX_PER_MM
from pipeline.paper.simulate.records import Image

PAGE_WIDTH_MM = 210.0
"""A layout in pixels says nothing of its size: its pages are taken to be as wide as A4."""
_LINE_MM = 0.3
_SHIFT = 4


def unit_mm(layout: Layout, page: PageLayout) -> float:
    """Length in mm of one unit of a layout's page."""
    return 1.0 if layout.unit == "mm" else PAGE_WIDTH_MM / page.width


def master_shape(layout: Layout, page: PageLayout) -> tuple[int, int]:
    """(height, width) of a page's master, pixels."""
    scale = unit_mm(layout, page) * MASTER_PX_PER_MM
    return round(page.height * scale), round(page.width * scale)


def draw_layout(layout: Layout, page: PageLayout) -> Image:
    """Draw a page's boxes and anchors, black on white.

    Returns
    -------
    (height, width) uint8 at ``MASTER_DPI``.

    Raises
    ------
    UsageFault
        When the reference picture of an ``image`` anchor cannot be read.
    """
    shape = master_shape(layout, page)
    scale = unit_mm(layout, page) * MASTER_PX_PER_MM
    if page.anchors.kind == "image" and page.anchors.reference:
        return _reference(page.anchors, shape)
    image = np.full(shape, 255, np.uint8)
    _draw_anchors(image, page, scale)
    for box in page.boxes:
        _draw_box(image, box, scale)
    for bit in page_bits(page):
        _draw_bit(image, bit, scale)
    return image


def _reference(anchors: Anchors, shape: tuple[int, int]) -> Image:
    data = np.fromfile(anchors.reference, np.uint8) if Path(anchors.reference).is_file() else None
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data is not None and data.size else None
    if picture is None:
        raise UsageFault(
            f"the layout's reference picture {anchors.reference} cannot be read",
            hint="put a PNG or JPEG of the blank page there",
        )
    area = picture.shape[0] > shape[0]
    way = cv2.INTER_AREA if area else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (shape[1], shape[0]), interpolation=way), np.uint8)


def _fixed(x: float, y: float) -> tuple[int, int]:
    """Master pixels to OpenCV's fixed point; pixel centres are whole numbers there."""
    factor = 1 << _SHIFT
    return round((x - 0.5) * factor), round((y - 0.5) * factor)


def _draw_anchors(image: Image, page: PageLayout, scale: float) -> None:
    if page.anchors.kind == "scangrade":
        for mark in corner_marks(page.width, page.height):
            _block(image, mark.x, mark.y, mark.size, scale, 0)
            if mark.hole:
                _block(image, mark.x, mark.y, mark.hole, scale, 255)
    elif page.anchors.kind == "corners":
        for x, y in page.anchors.points:
            _draw_mark(image, x, y, page.anchors, scale)


def _block(image: Image, x: float, y: float, side: float, scale: float, grey: int) -> None:
    """A solid square around (x, y), layout units."""
    first = _fixed((x - side / 2) * scale, (y - side / 2) * scale)
    last = _fixed((x + side / 2) * scale, (y + side / 2) * scale)
    points = np.array([first, (last[0], first[1]), last, (first[0], last[1])], np.int32)
    cv2.fillPoly(image, [points.reshape(-1, 1, 2)], (grey,), cv2.LINE_AA, _SHIFT)


def _draw_mark(image: Image, x: float, y: float, anchors: Anchors, scale: float) -> None:
    center, radius = _fixed(x * scale, y * scale), round(anchors.size * scale / 2 * (1 << _SHIFT))
    line = max(2, round(anchors.size * scale * 0.15))
    if anchors.mark == "square":
        _block(image, x, y, anchors.size, scale, 0)
    elif anchors.mark == "cross":
        for dx, dy in ((radius, 0), (0, radius)):
            a, b = (center[0] - dx, center[1] - dy), (center[0] + dx, center[1] + dy)
            cv2.line(image, a, b, (0,), line, cv2.LINE_AA, _SHIFT)
    else:
        thickness = line if anchors.mark == "ring" else cv2.FILLED
        cv2.circle(image, center, radius, (0,), thickness, cv2.LINE_AA, _SHIFT)


def _draw_box(image: Image, box: Box, scale: float) -> None:
    line = max(1, round(_LINE_MM * MASTER_PX_PER_MM))
    x, y, w, h = (value * scale for value in (box.x, box.y, box.w, box.h))
    if box.shape == "circle":
        center = _fixed(x + w / 2, y + h / 2)
        axes = (round(w / 2 * (1 << _SHIFT)), round(h / 2 * (1 << _SHIFT)))
        cv2.ellipse(image, center, axes, 0.0, 0.0, 360.0, (0,), line, cv2.LINE_AA, _SHIFT)
    else:
        cv2.rectangle(image, _fixed(x, y), _fixed(x + w, y + h), (0,), line, cv2.LINE_AA, _SHIFT)
    if box.label:
        _draw_label(image, box.label, (x + w / 2, y + h / 2), min(w, h))


def _draw_bit(image: Image, bit: PageBit, scale: float) -> None:
    """A square of a printed page number."""
    first, last = (
        _fixed(bit.x * scale, bit.y * scale),
        _fixed((bit.x + bit.w) * scale, (bit.y + bit.h) * scale),
    )
    line = cv2.FILLED if bit.black else max(1, round(_LINE_MM * MASTER_PX_PER_MM))
    cv2.rectangle(image, first, last, (0,), line, cv2.LINE_AA, _SHIFT)


def _draw_label(image: Image, text: str, center: tuple[float, float], size: float) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 1.0
    (width, height), _ = cv2.getTextSize(text, font, scale, 2)
    scale = min(0.55 * size / max(height, 1), 0.7 * size / max(width, 1))
    (width, height), _ = cv2.getTextSize(text, font, scale, 2)
    place = (round(center[0] - width / 2), round(center[1] + height / 2))
    cv2.putText(image, text, place, font, scale, (110,), 2, cv2.LINE_AA)


def _whole(points: float) -> float:
    """A length in points that is next to a whole number of master pixels, and not shorter."""
    return float((np.ceil(points * MASTER_DPI / 72) - 0.001) * 72 / MASTER_DPI)


class PdfPages:
    """Renders the pages of a PDF of printed sheets, grey, at ``MASTER_DPI``.

    Parameters
    ----------
    path
        The PDF.
    pages
        (serial, sheet) to 0-based page of the PDF.
    """

    def __init__(self, path: Path, pages: Mapping[tuple[int, int], int]) -> None:
        import pypdfium2

        self._document = pypdfium2.PdfDocument(path)
        self._pages = dict(pages)

    def __call__(self, *, serial: int, sheet: int) -> Image:
        """The picture of one printed page, (height, width) uint8."""
        page = self._document[self._pages[serial, sheet]]
        # PDFium rounds a page up to whole pixels and stretches it: one a little below keeps its scale
        left, bottom, right, top = page.get_mediabox()
        wide, high = (_whole(right - left), _whole(top - bottom))
        for put in (page.set_mediabox, page.set_cropbox):
            put(left, top - high, left + wide, top)
        bitmap = page.render(scale=MASTER_DPI / 72, grayscale=True)
        picture = np.array(bitmap.to_numpy(), np.uint8)
        page.close()
        return np.ascontiguousarray(picture.reshape(picture.shape[0], picture.shape[1]))

    def close(self) -> None:
        """Close the PDF."""
        self._document.close()
