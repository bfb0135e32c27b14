"""Machine-readable codes on a page: scangrade's own QR, and stickers of others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.exam import decode_page_code
from pipeline.model import CodePlace, PageCode
from pipeline.reading.image import as_gray, shrink
from pipeline.reading.mirrored import is_mirrored
from pipeline.reading.registered import Matrix, apply

_FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "qrcode": zxingcpp.BarcodeFormat.QRCode,
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "code128": zxingcpp.BarcodeFormat.Code128,
}
STICKERS = ("qr", "datamatrix", "code128")
"""Kinds of codes that students stick on their sheets."""
_WINDOW = (0.45, 0.25)
"""Share of the picture's width and height, of the corner windows in which our QR stands."""
Corner = tuple[int, int]
"""1 for right and 0 for left, then 1 for bottom and 0 for top."""
UPRIGHT: tuple[Corner, Corner] = ((1, 0), (0, 1))
"""Corners of our code on pages that stand upright or on their head."""
SIDEWAYS: tuple[Corner, Corner] = ((0, 0), (1, 1))
"""Corners of our code on pages that lie on a side."""
_ENOUGH_PX = 1700
"""Pictures wider than this are halved before looking for our QR: it then has 6 pixels per mm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundCode:
    """A code and where it is."""

    text: str
    page_code: PageCode | None
    """None: it is not one of ours."""
    kind: str
    """qrcode, datamatrix or code128."""
    corners: NDArray[np.float64]
    """(4, 2): the symbol's own top-left, top-right, bottom-right, bottom-left, px."""

    @property
    def centre(self) -> NDArray[np.float64]:
        """Centre of the symbol, px."""
        return np.asarray(self.corners.mean(axis=0), dtype=np.float64)

    @property
    def angle(self) -> float:
        """Direction of the symbol's own right, radians clockwise."""
        right = self.corners[1] + self.corners[2] - self.corners[0] - self.corners[3]
        return float(np.arctan2(right[1], right[0]))


def find_page_code_at_corners(
    gray: NDArray[np.uint8], corners: Sequence[Corner] = (*UPRIGHT, *SIDEWAYS)
) -> tuple[FoundCode, ...]:
    """Look for scangrade's own QR where it is printed.

    Our sheets carry it at two opposite corners, so that corner windows find it in whichever way the
    page was fed; ``corners`` says which of them to look at.

    Returns
    -------
    tuple of FoundCode
        Every QR that was met on the way; empty when there is none.
    """
    met: list[FoundCode] = []
    factor = _reduction(gray)
    height, width = gray.shape
    across, down = int(width * _WINDOW[0]), int(height * _WINDOW[1])
    for right, bottom in corners:
        left, top = right * (width - across), bottom * (height - down)
        window = shrink(gray[top : top + down, left : left + across], factor)
        met += _read(window, ("qr",), factor, (left, top), thorough=False)
        if any(code.page_code for code in met):
            break
    return _once(met)


def find_page_code_anywhere(gray: NDArray[np.uint8]) -> tuple[FoundCode, ...]:
    """Look for scangrade's own QR on the whole page: photos, and pages that were shifted far."""
    met: list[FoundCode] = []
    for factor in sorted({_reduction(gray), 1}, reverse=True):
        met += _read(shrink(gray, factor), ("qr",), factor, (0, 0), thorough=factor == 1)
        if any(code.page_code for code in met):
            break
    return _once(met)


def _reduction(gray: NDArray[np.uint8]) -> int:
    return 2 if min(gray.shape) > _ENOUGH_PX else 1


def find_other_codes(gray: NDArray[np.uint8], types: Iterable[str]) -> tuple[FoundCode, ...]:
    """Look for codes of any of the given types on the whole page."""
    return _once(_read(gray, tuple(types), 1, (0, 0), thorough=True))


def find_stickers(gray: NDArray[np.uint8]) -> tuple[FoundCode, ...]:
    """Look for stickers on a page that stands upright: where they belong first, the upper half."""
    upper = find_other_codes(gray[: gray.shape[0] // 2], STICKERS)
    return upper if any(code.page_code is None for code in upper) else find_other_codes(gray, STICKERS)


def read_places(
    gray: NDArray[np.uint8], matrix: Matrix, places: Sequence[CodePlace]
) -> tuple[FoundCode, ...]:
    """Read the codes that a layout places on a registered page, each in its own window."""
    met: list[FoundCode] = []
    for place in places:
        kind = _normal(place.type)
        if kind not in _FORMATS:
            continue
        margin = 0.35 * max(place.w, place.h)
        x, y = (place.x - margin, place.x + place.w + margin), (place.y - margin, place.y + place.h + margin)
        corners = apply(matrix, np.array([(x[i], y[j]) for i in (0, 1) for j in (0, 1)], dtype=np.float64))
        left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
        right, bottom = np.maximum(np.ceil(corners.max(axis=0)), 0).astype(int)
        window = gray[top:bottom, left:right]
        if min(window.shape) >= 8:
            met += _read(window, (kind,), 1, (int(left), int(top)), thorough=True)
    return _once(met)


def is_known_type(text: str) -> bool:
    """Whether codes of a layout's type can be read."""
    return _normal(text) in _FORMATS


def _normal(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _read(
    picture: NDArray[np.uint8],
    types: tuple[str, ...],
    factor: int,
    origin: tuple[int, int],
    *,
    thorough: bool,
) -> list[FoundCode]:
    formats = zxingcpp.BarcodeFormats(
        [_FORMATS[_normal(kind)] for kind in types if _normal(kind) in _FORMATS]
    )
    found = zxingcpp.read_barcodes(
        as_gray(np.ascontiguousarray(picture)),
        formats=formats,
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    codes = []
    for barcode in found:
        place = barcode.position
        kind = _normal(barcode.symbology.name)
        corners = np.array(
            [(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)],
            dtype=np.float64,
        )
        if kind == "qrcode" and is_mirrored(picture, corners, barcode.extra):
            # the code of the other side, showing through thin paper
            continue
        corners = (corners + 0.5) * factor - 0.5 + np.array(origin, dtype=np.float64)
        codes.append(
            FoundCode(text=barcode.text, page_code=decode_page_code(barcode.text), kind=kind, corners=corners)
        )
    return codes


def _once(codes: list[FoundCode]) -> tuple[FoundCode, ...]:
    """Drop codes that were met twice at one place."""
    kept: list[FoundCode] = []
    for code in codes:
        size = float(np.ptp(code.corners, axis=0).max())
        if not any(code.text == old.text and np.abs(code.centre - old.centre).max() < size for old in kept):
            kept.append(code)
    return tuple(kept)
