"""Pictures of pages with their boxes named, for a person to compare."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box, PageLayout

PICTURE_PX_PER_MM = 150 / 25.4
_SURE = (150, 60, 0)
_DOUBTFUL = (0, 110, 230)
_ASIDE = (90, 0, 200)
_SCALE = 0.42
"""Size of the letters."""


def draw_boxes(
    page: PageLayout,
    blank: NDArray[np.uint8] | None,
    *,
    doubtful: Sequence[str] = (),
    aside: Sequence[tuple[float, float, float, float]] = (),
) -> NDArray[np.uint8]:
    """Draw the boxes of a page over its picture, each with its question and option.

    Parameters
    ----------
    page
        The page; its unit is of no matter.
    blank
        Its picture, grey, at any resolution; None: white.
    doubtful
        Questions that a person ought to look at: drawn in orange.
    aside
        x, y, w, h of what was taken for no box: drawn in red, with a cross.

    Returns
    -------
    (height, width, 3) uint8, blue green red, at 150 dpi of A4's width.
    """
    wide = round((210.0 if page.width < page.height else 297.0) * PICTURE_PX_PER_MM)
    scale = wide / page.width
    size = (wide, max(1, round(page.height * scale)))
    gray = (
        np.full(size[::-1], 255, np.uint8)
        if blank is None
        else cv2.resize(blank, size, interpolation=cv2.INTER_AREA)
    )
    pale = np.asarray(95 + np.asarray(gray, np.float32) * (160 / 255), np.uint8)
    picture = np.ascontiguousarray(np.dstack([pale] * 3))
    for x, y, w, h in aside:
        (left, top), (right, bottom) = _at(x, y, scale), _at(x + w, y + h, scale)
        cv2.rectangle(picture, (left, top), (right, bottom), _ASIDE, 1, cv2.LINE_AA)
        cv2.line(picture, (left, top), (right, bottom), _ASIDE, 1, cv2.LINE_AA)
    firsts: dict[str, Box] = {}
    for box in page.boxes:
        firsts.setdefault(box.question, box)
    for box in page.boxes:
        color = _DOUBTFUL if box.question in doubtful else _SURE
        _draw(picture, box, scale, color, first=firsts[box.question] is box)
    return picture


def _at(x: float, y: float, scale: float) -> tuple[int, int]:
    return round(x * scale), round(y * scale)


def _draw(
    picture: NDArray[np.uint8], box: Box, scale: float, color: tuple[int, int, int], *, first: bool
) -> None:
    (left, top), (right, bottom) = _at(box.x, box.y, scale), _at(box.x + box.w, box.y + box.h, scale)
    if box.shape == "circle":
        middle, axes = ((left + right) // 2, (top + bottom) // 2), ((right - left) // 2, (bottom - top) // 2)
        cv2.ellipse(picture, middle, axes, 0, 0, 360, color, 2, cv2.LINE_AA)
    else:
        cv2.rectangle(picture, (left, top), (right, bottom), color, 2, cv2.LINE_AA)
    _write(picture, _ascii(box.option), (left + 2, bottom - 4), color, _SCALE * min(1.0, (right - left) / 22))
    if first:
        name = _ascii(box.question)
        (wide, _), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, _SCALE, 1)
        _write(picture, name, (max(2, left - wide - 5), top + 4), color, _SCALE * 1.1)


def _write(
    picture: NDArray[np.uint8], text: str, place: tuple[int, int], color: tuple[int, int, int], scale: float
) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(picture, text, place, font, scale, (255, 255, 255), 4, cv2.LINE_AA)
    cv2.putText(picture, text, place, font, scale, color, 1, cv2.LINE_AA)


def _ascii(text: str) -> str:
    """OpenCV's letters know no others."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)
