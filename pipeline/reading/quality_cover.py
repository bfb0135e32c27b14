"""What hides the paper: the lid behind a folded corner, punch holes, staples, glare."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import corner_marks
from pipeline.reading.quality_defects import CUT_OFF, GLARE, HOLE, STAPLE
from pipeline.reading.quality_lines import Line
from pipeline.reading.quality_view import CORNERS, SmallPage
from pipeline.reading.quality_words import note
from pipeline.reading.registered import apply, inverse

_BLACK = 0.45
"""Share of the paper's grey below which there is a hole, or the lid."""
_LEAST_LID_MM2 = 30.0
_CORNER_MM = 90.0
"""How far from a corner its fold may have its middle."""
_HOLE_MM = (4.4, 8.0)
"""Diameters of punched holes (ISO 838: 6 mm; others 5 to 8)."""
_HOLE_EDGE_MM = 18.0
"""How far from the paper's edge holes are punched."""
_ROUND = (0.66, 0.9)
"""Share of its square that a disc fills, sampled coarsely."""
_STAPLE_MM = (7.0, 14.0)
_STAPLE_WIDTH_MM = 1.6
_STAPLE_ZONE_MM = 19.0
_STAPLE_DARK = 0.8
_GLARE_PAPER = 225.0
"""On paper that is lighter than this, glare cannot be told from paper."""
_GLARE_MM2 = 150.0

Cover = NDArray[np.uint8]


def find_cover(small: SmallPage, lines: Sequence[Line]) -> tuple[Cover, tuple[str, ...]]:
    """Find what hides parts of the page.

    Holes and staples are looked for on paper of scangrade's own alone, whose margins are known to
    be bare; other paper may print black discs and short lines there.

    Returns
    -------
    A picture of the size of ``small.gray`` with numbers of ``DEFECT_WORDS``, empty when
    nothing is hidden; and notes.
    """
    cover = np.zeros(small.gray.shape, dtype=np.uint8)
    notes: list[str] = []
    black = (small.tiny < _BLACK * small.paper).astype(np.uint8)
    _, labels, table, centres = cv2.connectedComponentsWithStats(black, connectivity=8, ltype=cv2.CV_16U)
    stats = np.asarray(table, dtype=np.int64)
    if small.page.anchors.kind != "none":
        notes += _lid(small, np.asarray(labels, dtype=np.uint16), stats, cover)
    if small.is_ours:
        holes = list(_holes(small, stats, np.asarray(centres, dtype=np.float64)))
        for x, y, radius in holes:
            cv2.circle(cover, (round(x), round(y)), round(radius + 0.5), (HOLE,), cv2.FILLED)
        if holes:
            notes.append(note("punch hole", f"{len(holes)} punch hole{'s' * (len(holes) > 1)}"))
        notes += _staples(small, lines, cover)
    if _glare(small, cover):
        notes.append("glare")
    return (cover if notes else cover[:0]), tuple(notes)


def _lid(small: SmallPage, labels: NDArray[np.uint16], stats: NDArray[np.int64], cover: Cover) -> list[str]:
    """Black that comes in from outside the page: a folded or torn corner, a torn edge."""
    height, width = labels.shape
    left, top, across, down, area = stats.T
    per_mm = small.px_per_mm / 2
    touches = (left == 0) | (top == 0) | (left + across >= width) | (top + down >= height)
    touches &= area > 0.3 * _LEAST_LID_MM2 * per_mm**2
    touches[0] = False
    if not touches.any():
        return []
    corners = small.corners_px() / 2
    inner = small.inner
    hidden = ((inner > 0) & touches[labels]).astype(np.uint8)
    # a line along the edge of the picture is thinner than that
    hidden = np.asarray(cv2.morphologyEx(hidden, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    _, parts, sizes, centres = cv2.connectedComponentsWithStats(hidden, connectivity=8, ltype=cv2.CV_16U)
    notes = []
    for part in range(1, len(sizes)):
        if sizes[part, 4] < _LEAST_LID_MM2 * per_mm**2:
            continue
        rows, columns = np.nonzero(parts == part)
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            cover[2 * rows + row, 2 * columns + column] = CUT_OFF
        away = np.hypot(*(corners - centres[part]).T) / per_mm
        nearest = int(away.argmin())
        if away[nearest] < _CORNER_MM:
            notes.append(note("folded corner", CORNERS[nearest]))
        else:
            notes.append(note("cut off", "a piece"))
    return notes


def _holes(
    small: SmallPage, stats: NDArray[np.int64], centres: NDArray[np.float64]
) -> Iterator[tuple[float, float, float]]:
    """Centre and radius of black discs in the margins, where nothing is printed."""
    per_mm = small.px_per_mm / 2
    across, down = stats[:, 2] / per_mm, stats[:, 3] / per_mm
    fits = (np.minimum(across, down) > _HOLE_MM[0] - 1.5) & (np.maximum(across, down) < _HOLE_MM[1] + 1.5)
    fits[0] = False
    places = 2 * centres + 0.5
    at_mm = apply(inverse(small.matrix), places) * small.unit_mm
    edge = np.minimum(at_mm, np.array([small.page.width, small.page.height]) * small.unit_mm - at_mm)
    fits &= (edge.min(axis=1) < _HOLE_EDGE_MM) & (edge.min(axis=1) > 0.0)
    for index in np.flatnonzero(fits):
        x, y = at_mm[index]
        if not _printed(small, float(x), float(y)):
            disc = _disc(small, places[index])
            if disc is not None:
                yield disc


def _printed(small: SmallPage, x: float, y: float) -> bool:
    """Whether a mark, a code or a box of the layout is printed at a place (mm)."""
    page = small.page
    marks = any(max(abs(x - m.x), abs(y - m.y)) < m.size for m in corner_marks(page.width, page.height))
    places = [(p.x, p.y, p.w, p.h) for p in page.codes] + [(p.x, p.y, p.w, p.h) for p in page.boxes]
    return marks or any(-1 < x - left < w + 1 and -1 < y - top < h + 1 for left, top, w, h in places)


def _disc(small: SmallPage, place: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """The disc at a place of ``small.gray``, measured there; None: it is not round."""
    reach = round(0.75 * _HOLE_MM[1] * small.px_per_mm)
    left, top = (max(0, round(float(value)) - reach) for value in place)
    part = small.gray[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    black = (part < 0.6 * small.paper).astype(np.uint8)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(black, connectivity=4)
    at = labels[
        min(round(float(place[1])) - top, len(labels) - 1),
        min(round(float(place[0])) - left, labels.shape[1] - 1),
    ]
    if at == 0:
        return None
    across, down, area = (float(value) for value in stats[at, 2:5])
    wide = max(across, down)
    is_round = abs(across - down) <= max(2.0, 0.15 * wide) and _ROUND[0] < area / (across * down) < _ROUND[1]
    if not is_round or not _HOLE_MM[0] <= wide / small.px_per_mm <= _HOLE_MM[1]:
        return None
    x, y = centres[at]
    return float(x) + left, float(y) + top, wide / 2


def _staples(small: SmallPage, lines: Sequence[Line], cover: Cover) -> list[str]:
    """Short straight dark lines in the very corners of the page, which are no pieces of a streak."""
    side = round(_STAPLE_ZONE_MM * small.px_per_mm)
    notes = []
    for name, (x, y), (right, down) in zip(
        CORNERS, small.corners_px(), ((1, 1), (-1, 1), (-1, -1), (1, -1)), strict=True
    ):
        left = round(float(x)) if right > 0 else round(float(x)) - side
        top = round(float(y)) if down > 0 else round(float(y)) - side
        zone = small.gray[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
        if min(zone.shape) < side // 2:
            continue
        if lines:
            zone = _without(zone, lines, max(0, left), max(0, top), small)
        ends = _staple(zone, small)
        if ends is not None:
            start, end = (
                (int(px) + max(0, left), int(py) + max(0, top)) for px, py in np.rint(ends).astype(int)
            )
            cv2.line(cover, start, end, (STAPLE,), max(1, round(0.8 * small.px_per_mm)))
            notes.append(note("staple", name))
    return notes


def _without(
    zone: NDArray[np.uint8], lines: Sequence[Line], left: int, top: int, small: SmallPage
) -> NDArray[np.uint8]:
    """A part of the page, the lines in it made as light as paper."""
    zone = zone.copy()
    for line in lines:
        at = round(line.middle) - (left if line.down else top)
        part = slice(max(0, at - 2), max(0, at + 3))
        zone[(slice(None), part) if line.down else part] = small.paper
    return zone


def _staple(zone: NDArray[np.uint8], small: SmallPage) -> NDArray[np.float64] | None:
    """(2, 2): both ends of the staple in a corner of the page, or None."""
    dark = (zone < _STAPLE_DARK * small.paper).astype(np.uint8)
    if not dark.any():
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    height, width = zone.shape
    for index, (left, top, across, down, area) in enumerate(np.asarray(stats)):
        long = float(np.hypot(across, down)) / small.px_per_mm
        thin = area / small.px_per_mm**2 / max(long, 0.1)
        inside = left > 0 and top > 0 and left + across < width and top + down < height
        if index and inside and _STAPLE_MM[0] <= long <= _STAPLE_MM[1] and thin <= _STAPLE_WIDTH_MM:
            rows, columns = np.nonzero(labels == index)
            middle, sides, _ = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
            if (min(sides) + 1.0) / small.px_per_mm <= _STAPLE_WIDTH_MM:
                points = np.stack([columns, rows], axis=1).astype(np.float64) - middle
                far = points[np.hypot(*points.T).argmax()]
                return np.array([far, -far]) + middle
    return None


def _glare(small: SmallPage, cover: Cover) -> bool:
    """A blinding light on grey paper, which hides marks."""
    if small.paper > _GLARE_PAPER:
        return False
    bright = (small.tiny >= 254).astype(np.uint8)
    blind = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    if cv2.countNonZero(blind) < _GLARE_MM2 * (small.px_per_mm / 2) ** 2:
        return False
    blind = blind & small.inner
    height, width = small.tiny.shape
    large = cv2.resize(blind, (2 * width, 2 * height), interpolation=cv2.INTER_NEAREST)
    place = cover[: 2 * height, : 2 * width]
    place[(large > 0) & (place == 0)] = GLARE
    return bool((cover == GLARE).any())
