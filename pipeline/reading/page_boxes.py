"""What is known of a page's boxes before any picture: made once per layout page, kept for the next.

A batch holds thousands of pages of one layout. Sizes, neighbours, votes and labels of its boxes are
the same on all of them, in units of the layout.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Box, PageLayout, Shape
from pipeline.reading.neighbours import FreeRing, free_ring
from pipeline.reading.sampling import Floats, Frames, box_places

NEIGHBOURHOOD = 3.5
"""Reach of the vote, in boxes: neighbours within about seven widths count."""
FAR_VOTE = 0.02
"""Weight of boxes anywhere on the page, for pages with few boxes."""
ONE_SIZE = 0.25
"""Largest difference of the logarithms of sizes that count as one."""
LEAST_OF_LABEL = 2
"""Boxes of one label that are needed to see its letter."""
MOST_KEPT, MOST_BOXES_KEPT = 16, 1000
"""Pages that are kept, and boxes of a page that is: a page of 400 boxes takes about 1.5 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SizeClass:
    """Boxes of one shape and size."""

    shape: Shape
    members: NDArray[np.intp]
    """Their rows."""
    votes: Floats
    """(m, m): weight of each neighbour's vote; rows sum to one."""
    labels: tuple[NDArray[np.intp], ...]
    """Rows of the boxes that may hold the same printed letter, for each letter."""
    bare: bool
    """Whether nothing is printed in them, as far as the layout tells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PageBoxes:
    """The boxes of one layout page as arrays."""

    centres: NDArray[np.float64]
    """(n, 2), in the layout's unit."""
    sizes: NDArray[np.float64]
    """(n, 2): width and height."""
    classes: tuple[SizeClass, ...]
    ring: FreeRing


_KEPT: OrderedDict[tuple[str, str, int, int], tuple[PageLayout, PageBoxes]] = OrderedDict()


def page_boxes(layout_hash: str, page: PageLayout) -> PageBoxes:
    """The boxes of a page as arrays, from the last time when the page is the same."""
    boxes = page.boxes
    key = (layout_hash, page.anchors.kind, page.sheet, len(boxes))
    kept = _KEPT.get(key)
    if kept is not None and (kept[0] is page or kept[0].boxes == boxes):
        _KEPT.move_to_end(key)
        return kept[1]
    made = make_page_boxes(page)
    if len(boxes) <= MOST_BOXES_KEPT:
        _KEPT[key] = (page, made)
        if len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    return made


def make_page_boxes(page: PageLayout) -> PageBoxes:
    """Work out what :class:`PageBoxes` holds."""
    centres, sizes = box_places(page.boxes)
    shapes = np.array([box.shape for box in page.boxes])
    weights = _votes(centres, sizes)
    classes = []
    told = page.anchors.kind == "scangrade"
    for members in size_classes(sizes, shapes):
        votes = weights[np.ix_(members, members)]
        classes.append(
            SizeClass(
                shape=page.boxes[members[0]].shape,
                members=members,
                votes=votes / votes.sum(axis=1, keepdims=True),
                labels=_labels(page.boxes, members, told=told),
                bare=bool(bare_boxes(page)[members].all()),
            )
        )
    axes = np.zeros((len(sizes), 2, 2))
    axes[:, 0, 0], axes[:, 1, 1] = sizes.T
    frames = Frames(centres=centres.astype(np.float32), axes=axes.astype(np.float32))
    return PageBoxes(centres=centres, sizes=sizes, classes=tuple(classes), ring=free_ring(frames))


def bare_boxes(page: PageLayout) -> NDArray[np.bool_]:
    """Boxes in which nothing is printed, (n,), as far as the layout tells.

    Our own sheets tell every letter. A layout with a picture of the blank page was found in that paper,
    where a box is a box because nothing is in it; layouts that other programs made tell nothing.
    """
    told = page.anchors.kind in ("scangrade", "image")
    return np.array([told and not box.label for box in page.boxes], dtype=bool)


def size_classes(sizes: NDArray[np.float64], shapes: NDArray[np.str_]) -> list[NDArray[np.intp]]:
    """Rows of the boxes of each shape and size (within about 25 %)."""
    logs = np.log(np.maximum(sizes, 1e-6))
    classes: list[NDArray[np.intp]] = []
    left = np.ones(len(logs), dtype=bool)
    while left.any():
        first = int(np.argmax(left))
        like = left & (shapes == shapes[first])
        middle = np.median(logs[like & (np.abs(logs - logs[first]) < ONE_SIZE).all(axis=1)], axis=0)
        near = (np.abs(logs - middle) < ONE_SIZE).all(axis=1)
        near[first] = True
        members = like & near
        classes.append(np.flatnonzero(members))
        left &= ~members
    return classes


def _votes(centres: NDArray[np.float64], sizes: NDArray[np.float64]) -> Floats:
    """(n, n) weights by distance in box widths."""
    width = float(np.median(sizes.max(axis=1))) if len(centres) else 1.0
    places = centres / max(width, 1e-6)
    squares = (places**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None, :] - 2.0 * places @ places.T, 0.0)
    return np.asarray(np.exp(-apart / (2 * NEIGHBOURHOOD**2)) + FAR_VOTE / max(len(places), 1), np.float32)


def _labels(boxes: Sequence[Box], members: NDArray[np.intp], *, told: bool) -> tuple[NDArray[np.intp], ...]:
    """Rows of each label that occurs often enough, where labels differ.

    ``told``: the layout tells of every letter that is printed in a box; other layouts may not, and
    then boxes of one option may hold the same letter.
    """
    labelled = defaultdict(list)
    for index in members:
        labelled[boxes[index].label or ("" if told else boxes[index].option)].append(index)
    if len(labelled) == 1:
        return ()
    return tuple(
        np.array(same)
        for label, same in labelled.items()
        if len(same) >= LEAST_OF_LABEL and (label or not told)
    )
