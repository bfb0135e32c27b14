"""Searching the whole picture for a page's box outlines: when the page is not where it should be.

The outlines are drawn at many sizes and correlated with the dark lines of a small picture. What is
found is only a guess, for :func:`~pipeline.reading.outlines.check_outlines` to refine and to judge.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.registered import Matrix

_SIDE = 640
"""Longest side of the small picture, px."""
_SCALES = np.arange(0.92, 1.061, 0.0075)
"""Sizes of the page that are tried, against that at which it fills the picture."""
_MARGIN = 0.12
"""How far the page may lie beside the picture, as a share of the picture."""
_PEAKS = 2
"""Places that are kept of each size."""
_MOST = 4
"""Places that are given."""


def search_outlines(gray: NDArray[np.uint8], page: PageLayout, whole: Matrix) -> Sequence[Matrix]:
    """Guess where a page may lie that is shifted or of another size, but hardly askew.

    Parameters
    ----------
    gray
        The picture.
    page
        A page with boxes.
    whole
        The place at which the page just fills the picture: layout units to px.

    Returns
    -------
    sequence of Matrix
        Places that differ from each other, the likeliest first; at most four.
    """
    factor = max(1.0, max(gray.shape) / _SIDE)
    size = (round(gray.shape[1] / factor), round(gray.shape[0] / factor))
    lines = _lines(np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8))
    pad = round(_MARGIN * max(size))
    lines = np.pad(lines, pad)
    found: list[tuple[float, Matrix]] = []
    for scale in _SCALES:
        about = _about_centre(page, float(scale))
        small = np.diag([1 / factor, 1 / factor, 1.0]) @ whole @ about
        template, corner = _template(page, small)
        if template.shape[0] >= lines.shape[0] or template.shape[1] >= lines.shape[1]:
            continue
        match = np.asarray(cv2.matchTemplate(lines, template, cv2.TM_CCORR), np.float64)
        for _ in range(_PEAKS):
            y, x = (int(place) for place in np.unravel_index(int(match.argmax()), match.shape))
            shift = np.eye(3)
            shift[:2, 2] = (x - pad - corner[0]) * factor, (y - pad - corner[1]) * factor
            found.append((float(match[y, x]), shift @ whole @ about))
            match[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5] = -np.inf
    return _distinct(found, page)


def _about_centre(page: PageLayout, scale: float) -> Matrix:
    x, y = page.width / 2, page.height / 2
    return np.array([[scale, 0, x * (1 - scale)], [0, scale, y * (1 - scale)], [0, 0, 1.0]])


def _lines(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much darker each pixel is than what is around it, 0 to 1."""
    around = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(np.clip((around.astype(np.float32) - small) / 100.0, 0.0, 1.0), np.float32)


def _template(page: PageLayout, matrix: Matrix) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """The outlines as they look at a place, cut to their edges, and where its corner is.

    Beside a line it counts against the place what is dark there: text is not taken for boxes.
    """
    shift = matrix[:2, 2]
    corners = np.array([[box.x, box.y, box.x + box.w, box.y + box.h] for box in page.boxes])
    ends = [corners[:, at : at + 2] @ matrix[:2, :2].T + shift for at in (0, 2)]
    low, high = np.minimum(*ends), np.maximum(*ends)
    left, top = (int(place) - 4 for place in low.min(axis=0))
    right, bottom = (int(place) + 6 for place in high.max(axis=0))
    drawn = np.zeros((bottom - top, right - left), np.uint8)
    for box, start, end in zip(page.boxes, low - (left, top), high - (left, top), strict=True):
        if box.shape == "circle":
            centre, half = (start + end) / 2, (end - start) / 2
            middle, axes = (_fine(centre), _fine(half))
            cv2.ellipse(drawn, middle, axes, 0, 0, 360, (255,), 1, cv2.LINE_AA, 4)
        else:
            cv2.rectangle(drawn, _fine(start), _fine(end), (255,), 1, cv2.LINE_AA, 4)
    line = cv2.GaussianBlur(drawn.astype(np.float32) / 255.0, (0, 0), 0.8)
    beside = cv2.GaussianBlur(line, (0, 0), 2.0)
    template = line - beside * float(line.sum() / max(float(beside.sum()), 1e-6))
    return np.asarray(template, np.float32), (left, top)


def _fine(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _distinct(found: list[tuple[float, Matrix]], page: PageLayout) -> list[Matrix]:
    """The best places, without those that are nearly the same as a better one."""
    ends = np.array([(0.0, 0.0, 1.0), (page.width, page.height, 1.0)])
    side = float(np.median([min(box.w, box.h) for box in page.boxes]))
    kept: list[Matrix] = []
    for _, matrix in sorted(found, key=lambda place: -place[0]):
        near = 0.5 * side * float(np.hypot(matrix[0, 0], matrix[1, 0]))
        if all(np.abs((matrix - other)[:2] @ ends.T).max() > near for other in kept):
            kept.append(matrix)
        if len(kept) == _MOST:
            break
    return kept
