"""What a PDF page shows: found by reading its content stream, without drawing it.

A scanner's page is one image. When nothing else is to be seen, the image can be taken out
untouched, which is faster than drawing the page, and sharper.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf
import pikepdf.settings

from pipeline.reading.bounds import MAX_IMAGES, MAX_INTERPRETED, MAX_LZW_BYTES, MAX_OPERATORS, MAX_UNPACKED

Matrix = tuple[float, float, float, float, float, float]
Rectangle = tuple[float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
TOLERANCE = 0.02
"""How far an image may stay inside or reach over the crop box, as a share of its side."""
_MAX_DEPTH = 4
_MAX_PARTS = 1000
_PAINT = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
_SHOW_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_FILL_COLOURS = frozenset({"g", "rg", "k", "cs", "sc", "scn"})
_INVISIBLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedImage:
    """An image and where the page puts it."""

    stream: pikepdf.Stream
    matrix: Matrix
    """Takes the unit square, in which the image stands upright, to points of the page."""
    black: bool
    """Whether the fill colour, in which a stencil is drawn, was still the black it starts with."""

    def dpi(self, user_unit: float) -> float:
        """Pixels per inch, of the finer of both directions."""
        a, b, c, d, _, _ = self.matrix
        across, down = float((a * a + b * b) ** 0.5), float((c * c + d * d) ** 0.5)
        width, height = int(self.stream.get("/Width", 0)), int(self.stream.get("/Height", 0))
        if min(across, down) <= 0:
            return 0.0
        return max(width / across, height / down) * 72.0 / user_unit


@dataclass(slots=True)
class PageContent:
    """What a page's content stream draws."""

    images: list[PlacedImage] = field(default_factory=list)
    other: bool = False
    """Whether it draws, or hides, anything else."""


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix = IDENTITY
    invisible: bool = False
    black: bool = True


def read_content(page: pikepdf.Page, crop: Rectangle) -> PageContent:
    """List the images of a page, and say whether there is anything else to be seen.

    Parameters
    ----------
    page
        The page.
    crop
        Its crop box: left, bottom, right, top in points.

    Raises
    ------
    pikepdf.PdfError
        The content stream cannot be read.
    pikepdf.DataDecodingError, OverflowError
        It becomes larger than ``MAX_UNPACKED`` when it is unpacked.
    """
    found = PageContent()
    given_up = pikepdf.settings.qpdf_limit_errors()
    _Interpreter(crop, found).run(page.obj, page.obj, _State(), 0)
    if pikepdf.settings.qpdf_limit_errors() > given_up or _has_visible_annotation(page.obj):
        found.other = True
    return found


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """Give the matrix that applies ``first`` and ``then`` after it (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r, a * q + b * s,
        c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def inherited(node: Any, name: str, default: Any) -> Any:
    """Look up an attribute that a page may inherit from the page tree (ISO 32000-1, 7.7.3.4)."""
    for _ in range(64):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return default


def covers(matrix: Matrix, crop: Rectangle) -> bool:
    """Whether an image, placed so, is axis-aligned and covers the crop box, neither less nor more."""
    a, b, c, d, e, f = matrix
    across, upwards = e + a + c, f + b + d
    slack = 0.002 * max(abs(a), abs(b), abs(c), abs(d))
    if not ((abs(b) <= slack and abs(c) <= slack) or (abs(a) <= slack and abs(d) <= slack)):
        return False
    box = (min(e, across), min(f, upwards), max(e, across), max(f, upwards))
    width, height = crop[2] - crop[0], crop[3] - crop[1]
    limits = (width, height, width, height)
    return all(
        abs(edge - wanted) <= TOLERANCE * size for edge, wanted, size in zip(box, crop, limits, strict=True)
    )


def filters_of(stream: pikepdf.Stream) -> list[str]:
    """Filters by which a stream is packed, the outermost first."""
    value: Any = stream.get("/Filter", [])
    return [str(name) for name in value] if isinstance(value, pikepdf.Array) else [str(value)]


class _Interpreter:
    """Runs the operators that decide what is to be seen (ISO 32000-1, annex A)."""

    def __init__(self, crop: Rectangle, found: PageContent) -> None:
        self.crop = crop
        self.found = found
        self.unpacked = 0
        self.operators = 0

    def is_full(self) -> bool:
        """Whether there is more than is looked at; the page is then drawn."""
        return (
            self.unpacked > MAX_INTERPRETED
            or self.operators > MAX_OPERATORS
            or len(self.found.images) > MAX_IMAGES
        )

    def run(self, stream: Any, owner: Any, state: _State, depth: int) -> None:
        """Interpret a page or a form; ``owner`` has the resources."""
        self.unpacked += _unpacked_size(stream)
        if self.is_full() or depth > _MAX_DEPTH:
            self.found.other = True
            return
        stack: list[_State] = []
        path: list[Rectangle | None] = []
        clipping = False
        for instruction in pikepdf.parse_content_stream(stream):
            operands, name = instruction.operands, str(instruction.operator)
            if name == "q":
                stack.append(state)
            elif name == "Q":
                state = stack.pop() if stack else state
            elif name == "re":
                path.append(_rectangle(operands, state.matrix))
            elif name in ("m", "l", "c", "v", "y"):
                path.append(None)
            elif name in ("W", "W*"):
                clipping = True
            elif name == "n" or name in _PAINT:
                if name != "n" or (clipping and not self._harmless_clip(path)):
                    self.found.other = True
                path, clipping = [], False
            elif name == "Do":
                self._do(operands[0], owner, state, depth)
            else:
                state = self._change(name, list(operands), owner, state)
            self.operators += 1
            if self.is_full():
                self.found.other = True
                return

    def _change(self, name: str, operands: list[Any], owner: Any, state: _State) -> _State:
        if name == "cm":
            a, b, c, d, e, f = (float(number) for number in operands)
            return replace(state, matrix=multiply((a, b, c, d, e, f), state.matrix))
        if name == "Tr":
            return replace(state, invisible=int(operands[0]) == _INVISIBLE)
        if name in _FILL_COLOURS:
            return replace(state, black=name == "g" and float(operands[0]) == 0.0)
        if (
            (name in _SHOW_TEXT and not state.invisible)
            or name in ("sh", "INLINE IMAGE", "BI")
            or (name == "gs" and not _plain_graphics_state(owner, operands[0]))
            or (name == "BDC" and str(operands[0]) == "/OC")
        ):
            self.found.other = True
        return state

    def _do(self, name: Any, owner: Any, state: _State, depth: int) -> None:
        resources = inherited(owner, "/Resources", {})
        item = resources.get("/XObject", {}).get(str(name))
        kind = str(item.get("/Subtype", "")) if item is not None else ""
        if kind == "/Image":
            if "/OC" in item:
                self.found.other = True
            self.found.images.append(PlacedImage(stream=item, matrix=state.matrix, black=state.black))
        elif kind == "/Form":
            inner = state
            if "/Matrix" in item:
                a, b, c, d, e, f = (float(number) for number in item["/Matrix"])
                inner = replace(state, matrix=multiply((a, b, c, d, e, f), state.matrix))
            before = len(self.found.images)
            self.run(item, item if "/Resources" in item else owner, inner, depth + 1)
            box = _corners([float(number) for number in item.get("/BBox", [0, 0, 0, 0])], inner.matrix)
            if len(self.found.images) > before and not self._harmless_clip([box]):
                self.found.other = True
            if "/OC" in item or "/Group" in item:
                self.found.other = self.found.other or len(self.found.images) > before
        else:
            self.found.other = True

    def _harmless_clip(self, path: list[Rectangle | None]) -> bool:
        """Whether a clip leaves the whole crop box to be seen: one rectangle around it."""
        if len(path) != 1 or path[0] is None:
            return False
        left, bottom, right, top = path[0]
        width, height = self.crop[2] - self.crop[0], self.crop[3] - self.crop[1]
        return bool(
            left <= self.crop[0] + TOLERANCE * width
            and bottom <= self.crop[1] + TOLERANCE * height
            and right >= self.crop[2] - TOLERANCE * width
            and top >= self.crop[3] - TOLERANCE * height
        )


def _rectangle(operands: Iterable[Any], matrix: Matrix) -> Rectangle | None:
    x, y, width, height = (float(number) for number in operands)
    return _corners([x, y, x + width, y + height], matrix)


def _corners(box: list[float], matrix: Matrix) -> Rectangle | None:
    """Bounding rectangle of a box taken through an axis-aligned matrix; None: it is not."""
    a, b, c, d, e, f = matrix
    slack = 0.002 * max(abs(a), abs(b), abs(c), abs(d))
    if len(box) != 4 or not ((abs(b) <= slack and abs(c) <= slack) or (abs(a) <= slack and abs(d) <= slack)):
        return None
    places = [(a * x + c * y + e, b * x + d * y + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
    return (
        min(x for x, _ in places), min(y for _, y in places),
        max(x for x, _ in places), max(y for _, y in places),
    )  # fmt: skip


def _unpacked_size(item: Any) -> int:
    """Bytes of a page's or form's drawing instructions, or more than are looked at."""
    content = item if isinstance(item, pikepdf.Stream) else item.get("/Contents", [])
    parts = content if isinstance(content, pikepdf.Array) else [content]
    if len(parts) > _MAX_PARTS:
        return MAX_INTERPRETED + 1
    size = 0
    for part in parts:
        if not isinstance(part, pikepdf.Stream):
            continue
        if "/LZWDecode" in filters_of(part) and int(part.get("/Length", 0)) > MAX_LZW_BYTES:
            return MAX_INTERPRETED + 1
        size += len(part.read_bytes())  # ends with an error at MAX_UNPACKED
        if size > MAX_UNPACKED:
            raise OverflowError
    return size


def _plain_graphics_state(owner: Any, name: Any) -> bool:
    """Whether a graphics state makes nothing transparent."""
    state = inherited(owner, "/Resources", {}).get("/ExtGState", {}).get(str(name))
    if state is None:
        return False
    opaque = all(float(state.get(key, 1)) >= 1.0 for key in ("/ca", "/CA"))
    mask, blend = str(state.get("/SMask", "/None")), str(state.get("/BM", "/Normal"))
    return opaque and mask == "/None" and blend in ("/Normal", "/Compatible")


def _has_visible_annotation(page: Any) -> bool:
    hidden = 2 | 32
    return any(
        str(note.get("/Subtype", "")) not in ("/Link", "/Popup") and not int(note.get("/F", 0)) & hidden
        for note in page.get("/Annots", [])
    )
