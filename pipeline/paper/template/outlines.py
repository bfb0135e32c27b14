"""Outlines of boxes in the picture of a blank page: square and round frames around white paper.

A frame is a hole in the ink. So one search finds what was drawn as a path, put together of four
rules, set as a character, or scanned; and a box that is crossed or filled in, as in the examples
of an instruction, has no such hole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Shape
from pipeline.paper.template.records import Place

PICTURE_DPI = 300
"""Resolution of the pictures that are searched."""
PX = PICTURE_DPI / 25.4
LEAST_SIDE, MOST_SIDE = 1.7, 9.5
"""Sides of the frames that may be boxes, mm."""
_ASPECT = 1.22
_SQUARE_FILL, _CIRCLE_FILL = 0.865, 0.70
_MOST_LINE, _MOST_LINE_SCANNED = 0.22, 0.3
"""Thickest line, of the box's side; a scan's ink has spread."""
_MOST_INSIDE = 0.30
"""Largest share of ink in a box: a letter printed in it."""
_RING = 0.28
"""Width of the ring around a box through which no line leads, mm."""

Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline(Place):
    """A frame; its edge is the middle of its line."""

    shape: Shape
    joined: bool
    """Whether its line goes on around another frame."""
    line: float
    """Thickness, mm."""


def find_outlines(picture: Gray, text: Sequence[Place], *, scanned: bool) -> tuple[Outline, ...]:
    """Find the empty frames on a page.

    Parameters
    ----------
    picture
        (height, width) at ``PICTURE_DPI``, dark on light.
    text
        Where words stand: they may touch a box, as the lines of a drawing may not.
    scanned
        Whether paper and ink are uneven.

    Returns
    -------
    tuple of Outline
        By y and x. Of frames within each other the outermost.
    """
    ink = _ink(picture, scanned=scanned)
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return ()
    plain = _without(ink, text)
    found: list[Outline] = []
    for contour, (_, _, _, parent) in zip(contours, np.asarray(tree).reshape(-1, 4), strict=True):
        if parent < 0:
            continue
        outline = _outline(np.asarray(contour), ink, plain, scanned=scanned)
        if outline is not None:
            found.append(outline)
    return _outermost(found)


def _without(ink: Gray, text: Sequence[Place]) -> Gray:
    """The ink without that of words."""
    plain = ink.copy()
    for word in text:
        rows = slice(max(0, int(word.y * PX) - 1), max(0, int(word.bottom * PX) + 2))
        plain[rows, max(0, int(word.x * PX) - 1) : max(0, int(word.right * PX) + 2)] = 0
    return plain


def _ink(picture: Gray, *, scanned: bool) -> Gray:
    if not scanned:
        return np.asarray(picture < 205, np.uint8)
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8)
    paper = cv2.blur(smooth, (61, 61))
    ink = np.asarray(smooth < np.minimum(paper.astype(np.int16) - 18, 215), np.uint8)
    return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def _outline(contour: NDArray[np.int32], ink: Gray, plain: Gray, *, scanned: bool) -> Outline | None:
    """The frame around a hole, whose contour runs on the ink around it; None: it is none."""
    x, y, w, h = (int(value) for value in cv2.boundingRect(contour))
    least, most = LEAST_SIDE * PX, MOST_SIDE * PX
    if not (least <= min(w, h) and max(w, h) <= most and max(w, h) <= _ASPECT * min(w, h)):
        return None
    shape = _shape_of(contour, w, h)
    if shape is None:
        return None
    inner = _inside(ink, x, y, w, h)
    if inner.mean() > _MOST_INSIDE:
        return None
    thickness = float(np.median(_lines(ink, x, y, w, h)))
    line = round(thickness)
    if thickness > max((_MOST_LINE_SCANNED if scanned else _MOST_LINE) * min(w, h), 2.0):
        return None
    # The lines of a scan are a little turned and ragged, and one speck is no line.
    touched = _touched(plain, x, y, w, h, line + (3 if scanned else 0), round_=shape == "circle")
    if touched > (1 if scanned else 0):
        return None
    joined = shape == "square" and _goes_on(ink, x, y, w, h, line)
    # The contour lies on the innermost pixels of the line.
    off = thickness / 2 - 1
    return Outline(
        x=(x - off) / PX,
        y=(y - off) / PX,
        w=(w + 2 * off) / PX,
        h=(h + 2 * off) / PX,
        shape=shape,
        joined=joined,
        line=thickness / PX,
    )


def _shape_of(contour: NDArray[np.int32], w: int, h: int) -> Shape | None:
    hull = np.asarray(cv2.convexHull(contour))
    area = cv2.contourArea(contour)
    fill = area / max(1.0, (w - 1.0) * (h - 1.0))
    if area < 0.93 * cv2.contourArea(hull):
        return None
    if fill >= _SQUARE_FILL:
        return "square"
    points = hull.reshape(-1, 2).astype(np.float64) - ((w - 1) / 2, (h - 1) / 2) - hull.reshape(-1, 2).min(0)
    radius = np.hypot(points[:, 0] * 2 / (w - 1), points[:, 1] * 2 / (h - 1))
    round_ = fill >= _CIRCLE_FILL and radius.max() < 1.12 and radius.min() > 0.86
    return "circle" if round_ else None


def _inside(ink: Gray, x: int, y: int, w: int, h: int) -> Gray:
    dx, dy = max(2, round(0.16 * w)), max(2, round(0.16 * h))
    return ink[y + dy : y + h - dy, x + dx : x + w - dx]


def _lines(ink: Gray, x: int, y: int, w: int, h: int) -> list[int]:
    """Thickness of the line at the middle of each side, px."""
    height, width = ink.shape
    found = []
    for near in (-0.12, 0.0, 0.12):
        cx, cy = x + round(w * (0.5 + near)), y + round(h * (0.5 + near))
        found.append(
            [
                _run(ink[cy, max(0, x - 40) : x + 1][::-1]),
                _run(ink[cy, x + w - 1 : min(width, x + w + 40)]),
                _run(ink[max(0, y - 40) : y + 1, cx][::-1]),
                _run(ink[y + h - 1 : min(height, y + h + 40), cx]),
            ]
        )
    return [int(side) for side in np.median(np.array(found), axis=0)]


def _run(values: Gray) -> int:
    light = np.flatnonzero(values == 0)
    return int(light[0]) if light.size else len(values)


def _touched(ink: Gray, x: int, y: int, w: int, h: int, line: int, *, round_: bool) -> int:
    """In how many of sixteen directions ink leaves a frame, other than along its own lines."""
    width = max(3, round(_RING * PX))
    out = line + 1 + width
    top, left = max(0, y - out), max(0, x - out)
    patch = ink[top : y + h + out, left : x + w + out]
    rows, columns = np.mgrid[: patch.shape[0], : patch.shape[1]]
    dx, dy = columns - (x - left + (w - 1) / 2), rows - (y - top + (h - 1) / 2)
    if round_:
        off = np.hypot(dx / (w / 2 + line + 1.5), dy / (h / 2 + line + 1.5)) > 1
        off &= np.hypot(dx / (w / 2 + out), dy / (h / 2 + out)) < 1
    else:
        beside, beyond = np.abs(dx) - w / 2, np.abs(dy) - h / 2
        off = (np.maximum(beside, beyond) > line + 0.5) & (np.minimum(beside, beyond) < -line - 1.0)
    sectors = np.floor((np.arctan2(dy, dx) / (2 * np.pi) + 0.5) * 16).astype(np.int64) % 16
    counts = np.bincount(sectors[off & (patch > 0)], minlength=16)
    return int((counts >= 1.5 * width).sum())


def _goes_on(ink: Gray, x: int, y: int, w: int, h: int, line: int) -> bool:
    """Whether a side of a square goes on straight beyond a corner, as in a table."""
    reach, start = round(0.9 * PX), line + 2
    rows = [y + 1 - max(1, line // 2), y + h - 2 + max(1, line // 2)]
    columns = [x + 1 - max(1, line // 2), x + w - 2 + max(1, line // 2)]
    rays = []
    for row in rows:
        band = ink[max(0, row - 1) : row + 2].max(axis=0)
        rays += [
            band[max(0, x - start - reach) : max(0, x - start)],
            band[x + w + start : x + w + start + reach],
        ]
    for column in columns:
        band = ink[:, max(0, column - 1) : column + 2].max(axis=1)
        rays += [
            band[max(0, y - start - reach) : max(0, y - start)],
            band[y + h + start : y + h + start + reach],
        ]
    return any(ray.size == reach and bool(ray.all()) for ray in rays)


def _outermost(found: list[Outline]) -> tuple[Outline, ...]:
    kept: list[Outline] = []
    for outline in sorted(found, key=lambda one: -one.w * one.h):
        if all(outline.overlap(other) < 0.5 for other in kept):
            kept.append(outline)
    return tuple(sorted(kept, key=lambda one: (one.y, one.x)))
