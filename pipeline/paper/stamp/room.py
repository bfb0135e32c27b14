"""Where a page of an existing exam has room for corner marks and page codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import MARK_QUIET, corner_marks
from pipeline.exam.heading import CODE_SIZE, Paper, code_places
from pipeline.model import Box, CodePlace

STEP = 0.5
"""Side of the cells in which ink is counted, mm."""
CODE_SIZES = (CODE_SIZE, 15.0)
"""Sides of the code that are tried, mm."""
CODE_CLEAR = 2.5
"""Free of print around a code, mm: four modules of the largest that is printed."""
EDGE = 4.5
"""From the paper's edge to the code, mm: what printers and feeders leave alone."""
DEPTH = 12.0
"""Farthest from an edge that a code begins, mm: people write in the middle of a page."""
_APART = 0.4
"""Least distance of the two codes, of the page's longer side, that is looked for."""
_BOX_CLEAR = 3.0
"""Between a box and a mark or code, mm: pens overshoot."""
_INK = 225
_CORNERS = ("top left", "top right", "bottom right", "bottom left")
_SLOTS = ((70.0, 3.4), (50.0, 3.4), (34.0, 3.4), (CODE_SIZE, 3.0))
"""Widths and heights of the line that says whose copy it is, mm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """The ink of a page, cell by cell."""

    width: float
    height: float
    sums: NDArray[np.int64]
    """(rows + 1, columns + 1): how many cells above and left have ink."""

    def free(self, x: float, y: float, w: float, h: float) -> bool:
        """Whether nothing is printed in a rectangle, mm; off the paper nothing is."""
        rows, columns = self.sums.shape[0] - 1, self.sums.shape[1] - 1
        left, top = max(0, int(np.floor(x / STEP + 1e-6))), max(0, int(np.floor(y / STEP + 1e-6)))
        right = min(columns, int(np.ceil((x + w) / STEP - 1e-6)))
        bottom = min(rows, int(np.ceil((y + h) / STEP - 1e-6)))
        if right <= left or bottom <= top:
            return True
        s = self.sums
        return int(s[bottom, right] - s[top, right] - s[bottom, left] + s[top, left]) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What one page gets."""

    codes: tuple[CodePlace, ...]
    name: tuple[float, float, float, float] | None
    """x, y, w, h of the line that says whose copy it is; None: there is no room for it."""


def measure_room(picture: NDArray[np.uint8], width: float, height: float, boxes: Sequence[Box]) -> Room:
    """Count the ink of a page.

    Parameters
    ----------
    picture
        The page, grey, at any resolution.
    width, height
        Of the page, mm.
    boxes
        Counted as ink with a margin, also where nothing is printed.
    """
    rows, columns = int(np.ceil(height / STEP)), int(np.ceil(width / STEP))
    ink = np.asarray(picture < _INK, np.uint8)
    cells = np.zeros((rows, columns), np.uint8)
    ys, xs = np.nonzero(ink)
    down = np.minimum((ys * (height / ink.shape[0]) / STEP).astype(np.int64), rows - 1)
    across = np.minimum((xs * (width / ink.shape[1]) / STEP).astype(np.int64), columns - 1)
    cells[down, across] = 1
    for box in boxes:
        top, left = max(0, int((box.y - _BOX_CLEAR) / STEP)), max(0, int((box.x - _BOX_CLEAR) / STEP))
        cells[
            top : int((box.y + box.h + _BOX_CLEAR) / STEP) + 1,
            left : int((box.x + box.w + _BOX_CLEAR) / STEP) + 1,
        ] = 1
    return Room(width=width, height=height, sums=np.asarray(cv2.integral(cells), np.int64))


def covered_corners(room: Room) -> tuple[str, ...]:
    """Names of the corners where a mark would cover print, or come too near to it."""
    covered = []
    for name, mark in zip(_CORNERS, corner_marks(room.width, room.height), strict=True):
        side = mark.size + 2 * MARK_QUIET
        if not room.free(mark.x - side / 2, mark.y - side / 2, side, side):
            covered.append(name)
    return tuple(covered)


def find_stamp(room: Room) -> Stamp | None:
    """Places for the two codes of a page and for the name; None: not even one code has room.

    The places of our own sheets are taken where they are free (top right, bottom left); else the
    free places along the edges that are nearest to them and far from each other.
    """
    for size in CODE_SIZES:
        free = list(_free_places(room, size))
        if free:
            codes = _two(free, room, size)
            return Stamp(codes=codes, name=_name_slot(room, codes))
    return None


def _free_places(room: Room, size: float) -> Iterator[tuple[float, float]]:
    standard = code_places(Paper(width=room.width, height=room.height))
    places = [(place.x, place.y) for place in standard] if size == CODE_SIZE else []
    places += [
        (float(x), float(y))
        for x in np.arange(EDGE, room.width - EDGE - size + 1e-6, 2 * STEP)
        for y in np.arange(EDGE, room.height - EDGE - size + 1e-6, 2 * STEP)
        if min(x, y, room.width - x - size, room.height - y - size) <= DEPTH
    ]
    for x, y in places:
        clear = size + 2 * CODE_CLEAR
        if room.free(x - CODE_CLEAR, y - CODE_CLEAR, clear, clear) and not _meets_a_mark(room, x, y, size):
            yield x, y


def _meets_a_mark(room: Room, x: float, y: float, size: float) -> bool:
    for mark in corner_marks(room.width, room.height):
        reach = mark.size / 2 + max(MARK_QUIET, CODE_CLEAR)
        if (
            mark.x - reach < x + size
            and x < mark.x + reach
            and mark.y - reach < y + size
            and y < mark.y + reach
        ):
            return True
    return False


def _two(free: Sequence[tuple[float, float]], room: Room, size: float) -> tuple[CodePlace, ...]:
    wanted = [(place.x, place.y) for place in code_places(Paper(width=room.width, height=room.height))]
    first = min(free, key=lambda place: _distance(place, wanted[0]))
    far = _APART * max(room.width, room.height)
    apart = [place for place in free if _distance(place, first) >= far]
    chosen = [first]
    if apart:
        chosen.append(min(apart, key=lambda place: _distance(place, wanted[1])))
    return tuple(CodePlace(x=round(x, 3), y=round(y, 3), w=size, h=size, type="qr") for x, y in chosen)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def _name_slot(room: Room, codes: Sequence[CodePlace]) -> tuple[float, float, float, float] | None:
    """The widest free line beside, below or above a code."""
    for width, height in _SLOTS:
        for code in codes:
            gap = CODE_CLEAR + 0.3
            for x, y in (
                (code.x - gap - width, code.y + (code.h - height) / 2),
                (code.x + code.w + gap, code.y + (code.h - height) / 2),
                (code.x - gap - width, code.y),
                (code.x + code.w + gap, code.y + code.h - height),
                (code.x + code.w - width, code.y - gap - height),
                (code.x, code.y + code.h + gap),
            ):
                inside = (
                    x >= EDGE
                    and y >= EDGE
                    and x + width <= room.width - EDGE
                    and y + height <= room.height - EDGE
                )
                if (
                    inside
                    and room.free(x - 1.0, y - 0.6, width + 2.0, height + 1.2)
                    and _is_clear(room, codes, x, y, width, height)
                ):
                    return round(x, 3), round(y, 3), width, height
    return None


def _is_clear(room: Room, codes: Sequence[CodePlace], x: float, y: float, w: float, h: float) -> bool:
    """Whether a line of text keeps off marks and codes."""
    for mark in corner_marks(room.width, room.height):
        reach = mark.size / 2 + MARK_QUIET
        if mark.x - reach < x + w and x < mark.x + reach and mark.y - reach < y + h and y < mark.y + reach:
            return False
    return all(
        not (code.x - CODE_CLEAR < x + w and x < code.x + code.w + CODE_CLEAR
             and code.y - CODE_CLEAR < y + h and y < code.y + code.h + CODE_CLEAR)
        for code in codes
    )  # fmt: skip


def scale_with_room(picture: NDArray[np.uint8], width: float, height: float) -> int | None:
    """Largest percentage to print a page at, centred, so that marks and codes have room; None: none."""
    for percent in range(99, 74, -1):
        scale = percent / 100
        rows, columns = picture.shape[0] // 3, picture.shape[1] // 3
        small = np.full((rows, columns), 255, np.uint8)
        size = (max(1, int(columns * scale)), max(1, int(rows * scale)))
        low = cv2.erode(picture, np.ones((3, 3), np.uint8))
        shrunk = cv2.resize(low, size, interpolation=cv2.INTER_NEAREST)
        top, left = (rows - size[1]) // 2, (columns - size[0]) // 2
        small[top : top + size[1], left : left + size[0]] = shrunk
        room = measure_room(small, width, height, ())
        if not covered_corners(room) and find_stamp(room) is not None:
            return percent
    return None
