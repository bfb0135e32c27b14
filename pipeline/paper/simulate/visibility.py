"""What of the ink a scan still shows, and which boxes ink that was meant elsewhere runs into.

A mark is fainter than the paper's noise when, in the grey picture, its inked places differ from the
bare paper around them by less than ``FAINT_BELOW`` standard deviations of that paper: the ratio that
an eye needs to be certain (A. Rose, J. Opt. Soc. Am. 38, 1948, 196). Measured at the mark's own
places, so it holds for any pen, paper and scanner.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.paper.simulate.ink import MASTER_PX_PER_MM, InkedPage, InkPatch
from pipeline.paper.simulate.records import Image
from pipeline.paper.simulate.strokes import BoxPlace

FAINT_BELOW = 5.0
"""Standard deviations of bare paper, below which a person does not see a mark for certain."""
LEAST_NOISE = 0.01
"""Of the paper's level: what an eye cannot tell apart however clean the paper is."""
LOST_BELOW = 0.10
"""Share of a mark's inked places that must be black for a bilevel scan to have kept it."""
TOUCHED_FROM = 0.02
"""Share of a box that ink meant elsewhere must cover to make it hard to read."""
_MOST = 160
_CORE = 0.5
_WHITE = 250
_AROUND = 24
_CLEAR = 11
"""Master pixels."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkPlaces:
    """Where ink was meant for each box that was drawn on, as points of the page."""

    boxes: NDArray[np.intp]
    """(marks,): places in the page layout."""
    ink: Points
    """(points, 2): mm, in the middle of strokes and not on print."""
    ink_of: NDArray[np.intp]
    """(points,): to which mark each belongs."""
    paper: Points
    """(points, 2): mm, bare paper around."""
    paper_of: NDArray[np.intp]


def ink_places(page: InkedPage) -> InkPlaces:
    """Pick the points by which the marks of a written page are looked for in its scans."""
    by_box: dict[int, list[InkPatch]] = {}
    for patch in page.patches:
        if patch.box >= 0 and not patch.fluid:
            by_box.setdefault(patch.box, []).append(patch)
    written = page.written_on(page.printed, color=False)
    ink, paper = [], []
    for patches in by_box.values():
        pairs = [_points(patch, page.printed, written) for patch in patches]
        ink.append(_few(np.concatenate([pair[0] for pair in pairs])))
        paper.append(_few(np.concatenate([pair[1] for pair in pairs])))
    return InkPlaces(
        boxes=np.array(list(by_box), np.intp),
        ink=_stack(ink),
        ink_of=np.repeat(np.arange(len(ink)), [len(points) for points in ink]),
        paper=_stack(paper),
        paper_of=np.repeat(np.arange(len(paper)), [len(points) for points in paper]),
    )


def _stack(points: Sequence[Points]) -> Points:
    return np.concatenate(points) if points else np.zeros((0, 2))


def _few(points: Points) -> Points:
    return points[:: max(1, len(points) // _MOST)]


def _points(patch: InkPatch, printed: Image, written: Image) -> tuple[Points, Points]:
    """Points of a patch where its ink is darkest, and where nothing is on the paper around; mm."""
    height, width = patch.darkness.shape
    here = printed[patch.top : patch.top + height, patch.left : patch.left + width]
    core = (patch.darkness > _CORE * float(patch.darkness.max())) & (here > _WHITE)
    left, top = max(0, patch.left - _AROUND), max(0, patch.top - _AROUND)
    window = written[top : patch.top + height + _AROUND, left : patch.left + width + _AROUND]
    # optics blur ink and print into the paper beside them: bare paper begins a little away
    bare = cv2.erode(window, np.ones((_CLEAR, _CLEAR), np.uint8)) > _WHITE
    ink = np.argwhere(core)[:, ::-1] + np.array([patch.left + 0.5, patch.top + 0.5])
    paper = np.argwhere(bare[::3, ::3])[:, ::-1] * 3 + np.array([left + 0.5, top + 0.5])
    return ink / MASTER_PX_PER_MM, paper / MASTER_PX_PER_MM


def spoilt_boxes(page: InkedPage, places: Sequence[BoxPlace]) -> NDArray[np.bool_]:
    """Tell which boxes are run into by ink that was meant for another box, or for none.

    Returns
    -------
    (boxes,) bool
    """
    centers = np.array([(place.x, place.y) for place in places]).reshape(-1, 2) * MASTER_PX_PER_MM
    halves = np.array([(place.w, place.h) for place in places]).reshape(-1, 2) * (MASTER_PX_PER_MM / 2)
    spoilt = np.zeros(len(places), bool)
    for patch in page.patches:
        height, width = patch.darkness.shape
        first = np.array([patch.left, patch.top])
        low = np.maximum(centers - halves, first) - first
        high = np.minimum(centers + halves, first + np.array([width, height])) - first
        for box in np.flatnonzero((high > low + 1).all(axis=1)):
            if box != patch.box:
                (x0, y0), (x1, y1) = low[box].astype(int), high[box].astype(int)
                area = float(4 * halves[box].prod())
                spoilt[box] |= float((patch.darkness[y0:y1, x0:x1] > 0.08).sum()) > TOUCHED_FROM * area
    return spoilt


def contrast_to_noise(places: InkPlaces, grey: Image, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure how far each mark stands out from the paper around it.

    Parameters
    ----------
    places
        Of the written page.
    grey
        Its scan before any thresholding, grey or RGB.
    matrix
        (3, 3): mm on the page to pixels of ``grey``.

    Returns
    -------
    (marks,)
        Darkness of the ink, in standard deviations of the bare paper around it. Paper that happens
        to be soiled just there counts no more than half as much again as paper elsewhere on the page.
    """
    if len(places.boxes) == 0:
        return np.zeros(0)
    picture = grey if grey.ndim == 2 else np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.uint8)
    ink, paper = _sample(picture, places.ink, matrix), _sample(picture, places.paper, matrix)
    count = len(places.boxes)
    level = _mean(paper, places.paper_of, count)
    square = _mean(paper**2, places.paper_of, count) - level**2
    noise = np.sqrt(np.maximum(square, 0.0))
    noise = np.maximum(np.minimum(noise, 1.5 * np.median(noise)), LEAST_NOISE * level)
    return np.asarray((level - _mean(ink, places.ink_of, count)) / np.maximum(noise, 0.1), np.float64)


def is_faint(places: InkPlaces, grey: Image, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which marks are fainter than the paper's noise; as :func:`contrast_to_noise`."""
    return contrast_to_noise(places, grey, matrix) < FAINT_BELOW


def is_lost(places: InkPlaces, image: Image, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which marks a black and white scan has next to nothing of; as :func:`is_faint`."""
    if len(places.boxes) == 0:
        return np.zeros(0, bool)
    black = (_sample(image, places.ink, matrix) < 128).astype(np.float64)
    return np.asarray(_mean(black, places.ink_of, len(places.boxes)) < LOST_BELOW, bool)


def _mean(values: NDArray[np.float64], groups: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    sums = np.bincount(groups, values, count)
    return np.asarray(sums / np.maximum(np.bincount(groups, minlength=count), 1), np.float64)


def _sample(picture: Image, points: Points, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grey at places of the page; what lies outside of the picture is read at its edge."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]
    weight = points @ matrix[2, :2] + matrix[2, 2]
    x, y = np.rint(moved / weight[:, None]).astype(np.intp).T
    height, width = picture.shape[:2]
    found = picture[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return np.asarray(found, np.float64)
