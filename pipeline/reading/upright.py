"""Which way is up, by the lines of text on a page: more letters rise above a line than hang below it.

In Latin, Greek and Cyrillic print capitals, digits and letters like b, d, h stand up from the small
letters about three times as often as g, p, y hang down (the cue of Bloomberg, Kopec and Dasari 1995,
"Measuring document image skew and orientation"). Lines that are alike count once: a form that says
"yes" in forty rows says it once.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.registered import Matrix, apply

_SIDE = 1400
"""Longest side of the picture that is looked at, px."""
_LEAST_LINES, _LEAST_OF_ONE_MIND = 4, 3
"""Different lines of text that must speak before most of them are believed, or all of them."""
_HEIGHTS_MM = (1.0, 8.0)
"""Height of a line of text when the page is as high as A4."""
_CLEAR = (0.04, 0.25)
"""Share of a line's ink by which what stands above, or hangs below, is more than the other; beyond that
it is no text."""


def text_stands(
    gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix, majority: float = 0.75
) -> bool | None:
    """Whether the text on a page stands upright where a place says that the page does.

    Parameters
    ----------
    gray
        The picture.
    page
        The page; what is in and about its boxes is left out.
    matrix
        The place: layout units to px.
    majority
        Share of the lines that must agree.

    Returns
    -------
    bool or None
        None: there is too little text, or it does not say.
    """
    scale = _SIDE / max(page.width, page.height)
    size = (round(page.width * scale), round(page.height * scale))
    to_page = np.diag([scale, scale, 1.0]) @ np.linalg.inv(matrix)
    seen = cv2.warpPerspective(gray, to_page, size, flags=cv2.INTER_AREA, borderValue=(255,))
    level = cv2.convertScaleAbs(cv2.blur(seen, (61, 61)), alpha=0.8, beta=-4)
    dark = np.asarray(cv2.compare(seen, level, cv2.CMP_LT), np.uint8) // 255
    for box in page.boxes:
        corners = apply(
            np.diag([scale, scale, 1.0]), np.array([(box.x, box.y), (box.x + box.w, box.y + box.h)])
        )
        (left, top), (right, bottom) = corners.astype(int)
        margin = (right - left) // 4 + 2
        dark[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = 0
    votes = _votes(dark, scale * max(page.width, page.height) / 297.0)
    standing = [vote > 0 for vote in votes]
    least = _LEAST_OF_ONE_MIND if len(set(standing)) == 1 else _LEAST_LINES
    if len(votes) < least:
        return None
    share = float(np.mean(standing))
    return True if share >= majority else False if share <= 1.0 - majority else None


def _votes(dark: NDArray[np.uint8], px_per_mm: float) -> list[float]:
    """Of each line of text that differs from the others: above 0 when it stands, below 0 on its head."""
    wide = round(2.5 * px_per_mm) | 1
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, wide), np.uint8))
    count, labels, table, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_32S)
    low, high = (length * px_per_mm for length in _HEIGHTS_MM)
    votes: dict[tuple[int, int], list[float]] = {}
    for index in range(1, count):
        left, top, across, down = (int(table[index, column]) for column in range(4))
        if not (low <= down <= high and across >= 3.0 * down):
            continue
        line = dark[top : top + down, left : left + across] * (
            labels[top : top + down, left : left + across] == index
        )
        lean = _lean(np.asarray(line.sum(axis=1), np.float64))
        if _CLEAR[0] <= abs(lean) <= _CLEAR[1]:
            # lines of about one length and height are taken for the same text
            name = (round(across / (0.8 * px_per_mm)), round(down / (0.8 * px_per_mm)))
            votes.setdefault(name, []).append(lean)
    return [float(np.median(leans)) for leans in votes.values()]


def _lean(profile: NDArray[np.float64]) -> float:
    """Ink above the small letters less ink below them, as a share of all."""
    smooth = np.convolve(profile, np.ones(3) / 3.0, mode="same")
    body = np.flatnonzero(smooth >= 0.45 * float(np.quantile(smooth, 0.9)))
    total = float(profile.sum())
    if len(body) < 3 or body[-1] - body[0] > 0.9 * len(profile) or total <= 0:
        return 0.0
    return float(profile[: body[0]].sum() - profile[body[-1] + 1 :].sum()) / total
