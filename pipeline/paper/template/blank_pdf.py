"""Opening the PDF of a blank exam: what each page looks like, and the words on it.

Nothing in the PDF is run or followed: no script, link, attachment or form action.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from pipeline.errors import UsageFault
from pipeline.paper.template.outlines import PICTURE_DPI
from pipeline.paper.template.records import Place, Word

MM = 25.4 / 72
"""Millimetres of one point."""
MAX_BYTES = 200_000_000
MAX_PAGES = 400
LEAST_PAGE, MOST_PAGE = 50.0, 900.0
"""Sides of a page that are believed, mm."""
MAX_CHARACTERS = 60_000
"""Most characters of one page that are looked at."""
_MAX_OBJECTS = 20_000
_PATH, _TEXT, _IMAGE, _SHADING = 2, 1, 3, 4


def open_blank(path: Path) -> pikepdf.Pdf:
    """Open the PDF of a blank exam.

    Raises
    ------
    UsageFault
        There is no such file, it is no PDF, it is encrypted or damaged, it has too many pages, or a
        page is larger than paper.
    """
    try:
        with path.open("rb") as stream:
            start, size = stream.read(1024), stream.seek(0, 2)
    except FileNotFoundError:
        raise UsageFault(f"there is no file {path}", hint="name the PDF of the blank exam") from None
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {error.strerror or error}") from None
    if b"%PDF-" not in start:
        raise UsageFault(f"{path} is no PDF", hint="print or export the exam as a PDF, or scan it to one")
    if size > MAX_BYTES:
        raise UsageFault(f"{path} has more than {MAX_BYTES // 1_000_000} MB", hint="leave its pictures out")
    try:
        document = pikepdf.open(path)
    except pikepdf.PasswordError:
        raise UsageFault(
            f"{path} is encrypted and asks for a password", hint="save it without a password first"
        ) from None
    except pikepdf.PdfError as error:
        raise UsageFault(
            f"{path} is a damaged PDF: {str(error).splitlines()[0]}", hint="export it again"
        ) from None
    pages = len(document.pages)
    if not 1 <= pages <= MAX_PAGES:
        document.close()
        raise UsageFault(f"{path} has {pages} pages", hint=f"give a PDF of 1 to {MAX_PAGES} pages")
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """How a page's own coordinates lie on the page as it is seen."""

    left: float
    bottom: float
    wide: float
    """Of the visible part before it is turned, points."""
    high: float
    turns: int
    """Clockwise quarter turns by which it is shown."""

    @property
    def width(self) -> float:
        """Width as it is seen, mm."""
        return (self.high if self.turns % 2 else self.wide) * MM

    @property
    def height(self) -> float:
        """Height as it is seen, mm."""
        return (self.wide if self.turns % 2 else self.high) * MM

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Millimetres of a point of the page's own coordinates."""
        across, down = x - self.left, self.bottom + self.high - y
        turned = {
            0: (across, down),
            1: (self.high - down, across),
            2: (self.wide - across, self.high - down),
            3: (down, self.wide - across),
        }[self.turns]
        return turned[0] * MM, turned[1] * MM

    def place(self, x1: float, y1: float, x2: float, y2: float) -> Place:
        """The rectangle between two points of the page's own coordinates."""
        (left, top), (right, bottom) = self.point(x1, y1), self.point(x2, y2)
        x, y = min(left, right), min(top, bottom)
        return Place(x=x, y=y, w=abs(right - left), h=abs(bottom - top))

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """PDF matrix from points on the seen page, y up from its lower left corner, to its own."""
        left, bottom, wide, high = self.left, self.bottom, self.wide, self.high
        return {
            0: (1.0, 0.0, 0.0, 1.0, left, bottom),
            1: (0.0, 1.0, -1.0, 0.0, left + wide, bottom),
            2: (-1.0, 0.0, 0.0, -1.0, left + wide, bottom + high),
            3: (0.0, -1.0, 1.0, 0.0, left, bottom + high),
        }[self.turns]


def page_frame(page: pikepdf.Page, path: Path, number: int) -> PageFrame:
    """Where the visible part of a page lies, and how it is turned.

    Raises
    ------
    UsageFault
        The page has no size that paper can have.
    """
    media, crop = _box(page.mediabox), _box(page.cropbox)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:
        left, bottom, right, top = media
    turns = int(float(page.rotation)) // 90 % 4
    frame = PageFrame(left=left, bottom=bottom, wide=right - left, high=top - bottom, turns=turns)
    unit = float(page.obj.get("/UserUnit", 1))
    if not (LEAST_PAGE <= frame.width <= MOST_PAGE and LEAST_PAGE <= frame.height <= MOST_PAGE) or unit != 1:
        size = f"{frame.width * unit:.0f} x {frame.height * unit:.0f} mm"
        raise UsageFault(f"{path} page {number} is {size}", hint="export it for A4 or Letter paper")
    return frame


def _box(values: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in values)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


class Renderer:
    """Pictures and words of a PDF's pages, through PDFium.

    Parameters
    ----------
    path
        A PDF that :func:`open_blank` has opened.

    Raises
    ------
    UsageFault
        PDFium cannot open it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._document = pypdfium2.PdfDocument(path)
            self._document.init_forms()
            if self._document.formenv is not None:
                # On the screen fields are tinted; they do not print so.
                pdfium.FPDF_SetFormFieldHighlightAlpha(self._document.formenv, 0)
        except pypdfium2.PdfiumError as error:
            raise UsageFault(f"{path} cannot be drawn: {error}", hint="export it again") from None

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def picture(self, number: int) -> NDArray[np.uint8]:
        """Page ``number``, from 1, as it prints: (height, width) grey at ``PICTURE_DPI``."""
        page = self._document[number - 1]
        try:
            bitmap = page.render(
                scale=PICTURE_DPI / 72,
                optimize_mode="print",
                force_bitmap_format=pdfium.FPDFBitmap_Gray,
            )
            return np.array(bitmap.to_numpy(), np.uint8).reshape(bitmap.height, bitmap.width)
        except pypdfium2.PdfiumError as error:
            raise UsageFault(
                f"{self._path} page {number} cannot be drawn: {error}", hint="export it again"
            ) from None
        finally:
            page.close()

    def words(self, number: int, frame: PageFrame) -> tuple[Word, ...]:
        """The words of page ``number``, in the order of the file; a box character is a word."""
        page = self._document[number - 1]
        text = page.get_textpage()
        try:
            return tuple(_words(_characters(text, frame)))
        finally:
            text.close()
            page.close()

    def scan_dpi(self, number: int) -> float:
        """Resolution of the pictures that are all page ``number`` shows; 0: it shows other things.

        Invisible text does not count.
        """
        page = self._document[number - 1]
        try:
            finest = 0.0
            for seen, item in enumerate(page.get_objects(max_depth=4)):
                if item.type in (_PATH, _SHADING) or seen > _MAX_OBJECTS:
                    return 0.0
                if item.type == _TEXT and pdfium.FPDFTextObj_GetTextRenderMode(item) != 3:
                    return 0.0
                if item.type == _IMAGE:
                    left, bottom, right, top = item.get_bounds()
                    longest = max(right - left, top - bottom, 1e-6)
                    finest = max(finest, 72 * max(item.get_px_size()) / longest)
            return finest
        finally:
            page.close()

    def drawn_frames(self, number: int, frame: PageFrame) -> tuple[Place, ...]:
        """Bounds of the stroked four-sided paths of page ``number`` that are not in a form XObject."""
        page = self._document[number - 1]
        try:
            found = []
            for seen, item in enumerate(page.get_objects(max_depth=1)):
                if seen > _MAX_OBJECTS:
                    break
                if item.type == _PATH and _is_stroked(item):
                    found.append(frame.place(*item.get_bounds()))
            return tuple(found)
        finally:
            page.close()


def _is_stroked(item: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(item, fill, stroke) or not stroke.value:
        return False
    count = pdfium.FPDFPath_CountSegments(item)
    kinds = {
        pdfium.FPDFPathSegment_GetType(pdfium.FPDFPath_GetPathSegment(item, n)) for n in range(min(count, 6))
    }
    return 4 <= count <= 6 and pdfium.FPDF_SEGMENT_BEZIERTO not in kinds


# --- words -----------------------------------------------------------------------------------------

BOX_CHARACTERS = frozenset(
    "\u2610\u25a1\u25fb\u25fd\u25ab\u25a2\u2b1c\u2b1a\u274f\u2750\u2751\u2752\u29e0\U0001f78e\U0001f790"
    "\u25cb\u25ef\u274d\u26aa\u2b58\u20dd\u26ac\U0001f785\U0001f786"
    "\uf06f\uf070\uf071\uf072\uf0a8\uf0a3\uf0a1\uf099\uf06d\uf035\uf02a"
)
"""Characters whose glyph is an empty box: Unicode, and Wingdings in the private area."""


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    place: Place
    size: float


def _characters(text: Any, frame: PageFrame) -> Iterator[_Character | None]:
    """Each character with its place, None for a space or a new line."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(min(text.count_chars(), MAX_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        character = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if character.isspace() or pdfium.FPDFText_IsGenerated(text, index) == 1:
            yield None
            continue
        if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top):
            continue
        place = frame.place(left.value, bottom.value, right.value, top.value)
        yield _Character(character, place, pdfium.FPDFText_GetFontSize(text, index) * MM)


def _words(characters: Iterator[_Character | None]) -> Iterator[Word]:
    run: list[_Character] = []
    for one in characters:
        if one is None or (run and _breaks(run[-1], one)):
            yield from _word(run)
            run = []
        if one is not None:
            run.append(one)
    yield from _word(run)


def _breaks(last: _Character, one: _Character) -> bool:
    if last.text in BOX_CHARACTERS or one.text in BOX_CHARACTERS:
        return True
    gap = one.place.x - last.place.right
    size = max(last.place.h, one.place.h, 0.7 * max(last.size, one.size))
    apart = abs(one.place.middle[1] - last.place.middle[1]) > 0.9 * size
    return apart or gap > 0.7 * size or gap < -1.5 * size


def _word(run: list[_Character]) -> Iterator[Word]:
    if not run:
        return
    x, y = min(one.place.x for one in run), min(one.place.y for one in run)
    right, bottom = max(one.place.right for one in run), max(one.place.bottom for one in run)
    text = "".join(one.text for one in run).replace("\u00ad", "")
    for ligature, plain in (("\ufb00", "ff"), ("\ufb01", "fi"), ("\ufb02", "fl"), ("\ufb03", "ffi")):
        text = text.replace(ligature, plain)
    yield Word(x=x, y=y, w=right - x, h=bottom - y, text=text)
