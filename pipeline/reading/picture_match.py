"""Placing a page by a picture of the blank page: kind ``image``.

Features (ORB, Rublee et al. 2011) of both pictures are matched at a small size, and a homography is
fitted to them by MAGSAC++ (Barath et al. 2020). Where print repeats itself, one feature has many
likes: then a similarity is voted for by all of them, and a homography fitted to those that agree.

Rows that are all alike can match whole rows too far. So a place is believed only when the
reference's print outside the boxes is found there, and when of every place that is a whole row or
column off, what only this place prints is seen, and what only that one prints is not.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.model import PageLayout
from pipeline.reading.arrangement import fit_matrix
from pipeline.reading.find import kind_of_content
from pipeline.reading.image import PageImage, as_gray
from pipeline.reading.outlines import Marks, Outlines, check_outlines
from pipeline.reading.pdf_pages import load_pdf_page
from pipeline.reading.placing import Miss, Placement, least_score
from pipeline.reading.print_points import find_print_points
from pipeline.reading.print_seen import PrintSeen, dark_print, other_print_lead, print_rivals
from pipeline.reading.raster import load_jpeg, load_png, load_tiff_page
from pipeline.reading.registered import Matrix, apply, inverse

_SIDE = 900
"""Longest side of the pictures that are matched, px."""
_FEATURES = 1500
_RATIO = 0.8
_REACH = 3.0
"""Pixels, at the small size, that a match may be off."""
_LEAST_MATCHES = 25
_LIKES, _MOST_BITS = 4, 60
"""Likes of a feature that vote, and by how many of 256 bits they may differ."""
_PAIRS, _VOTERS = 20_000, 1_500
"""Pairs of matches that propose a similarity, and matches that vote on it."""
_SIZES, _MOST_ASKEW = (0.5, 1.35), 12.0
"""Sizes of the page against the reference, and degrees from a quarter turn, that may be proposed."""
_MOST_MOVES = 4
_CLEAR_LEAD = 0.25
"""By how much more of the print must be seen that only one of two places has."""
_LEAST_PRINT = 0.6
"""Share of the reference's print that must be found on the page."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    small: NDArray[np.uint8]
    dark: NDArray[np.uint8]
    to_small: Matrix
    points: NDArray[np.float32]
    features: NDArray[np.uint8]


def place_by_picture(gray: NDArray[np.uint8], page: PageLayout) -> Placement | Miss:
    """Place a page by its reference picture, whichever way it was fed."""
    try:
        reference = _reference(page.anchors.reference, page.width, page.height)
    except (UnreadablePage, OSError) as error:
        return Miss(reason=f"the layout's reference picture cannot be read: {error}", marks_found=0)
    small, to_small = _shrink(gray)
    points, features = _features(small)
    missed = "it does not look like the layout's reference picture"
    for fit in (_fit, _fit_by_votes):
        matrix = fit(reference, points, features)
        if matrix is None:
            continue
        whole = np.linalg.inv(to_small) @ matrix @ reference.to_small
        placed = _settle(gray, small, to_small, reference, whole, page)
        if isinstance(placed, Outlines):
            return Placement(matrix=placed.matrix, outlines=placed, marks=(), upright_known=True)
        missed = placed
    return Miss(reason=missed, marks_found=0)


def _settle(
    gray: NDArray[np.uint8],
    small: NDArray[np.uint8],
    to_small: Matrix,
    reference: _Reference,
    whole: Matrix,
    page: PageLayout,
) -> Outlines | str:
    """Refine a place, move it by whole rows where the print says so, and believe it, or say why not."""
    for _ in range(_MOST_MOVES):
        outlines = _refined(gray, small, to_small, reference, whole, page)
        if page.boxes and outlines.score < least_score(outlines.sides):
            return "the printed boxes are not where the reference picture puts them"
        seen = PrintSeen.of(reference.dark, small, to_small @ outlines.matrix @ inverse(reference.to_small))
        rivals = print_rivals(seen, reference.to_small, page)
        if not rivals or rivals[0].lead <= -_CLEAR_LEAD:
            if seen.share(page, reference.to_small) < _LEAST_PRINT:
                return "its print is not that of the layout's reference picture"
            return outlines
        if rivals[0].lead < _CLEAR_LEAD:
            return "it cannot be told by its print which of its rows is which"
        whole = outlines.matrix @ rivals[0].move
    return "it cannot be told by its print which of its rows is which"


def _refined(
    gray: NDArray[np.uint8],
    small: NDArray[np.uint8],
    to_small: Matrix,
    reference: _Reference,
    whole: Matrix,
    page: PageLayout,
) -> Outlines:
    """Refine a place by the print all over the page, and by the outlines where the boxes are."""
    for _ in range(2):
        to_page = to_small @ whole @ inverse(reference.to_small)
        found = find_print_points(reference.small, small, to_page, reference.to_small)
        if found is None:
            return check_outlines(gray, whole, page.boxes, None)
        marks = Marks(points=found.points, places=apply(inverse(to_small), found.places))
        whole = fit_matrix(marks.points, marks.places)
    return check_outlines(gray, whole, page.boxes, marks)


def compare_pictures(
    gray: NDArray[np.uint8], matrix: Matrix, page: PageLayout, other: PageLayout
) -> float | None:
    """By how much more is seen of what only another page's reference prints.

    Parameters
    ----------
    gray
        The picture.
    matrix
        Where the page lies on it: layout units to px.
    page, other
        Two pages of one size, with reference pictures.

    Returns
    -------
    float or None
        None: both references print the same, or one of them cannot be read.
    """
    try:
        one, two = (_reference(some.anchors.reference, some.width, some.height) for some in (page, other))
    except (UnreadablePage, OSError):
        return None
    small, to_small = _shrink(gray)
    seen = PrintSeen.of(one.dark, small, to_small @ matrix @ inverse(one.to_small))
    return other_print_lead(seen, two.dark, one.to_small @ inverse(two.to_small))


@lru_cache(maxsize=64)
def _reference(path: str, width: float, height: float) -> _Reference:
    gray = _load(Path(path)).gray
    small, to_small = _shrink(gray)
    points, features = _features(small)
    to_picture = np.diag([gray.shape[1] / width, gray.shape[0] / height, 1.0])
    to_picture[:2, 2] = -0.5
    return _Reference(small, dark_print(small), to_small @ to_picture, points, features)


def _load(path: Path) -> PageImage:
    with path.open("rb") as stream:
        kind = kind_of_content(stream.read(1024))
    if kind == "pdf":
        return load_pdf_page(path, 1, "auto", path.name)
    if kind == "tiff":
        return load_tiff_page(path, 1, path.name)
    if kind == "jpeg":
        return load_jpeg(path, path.name)
    return load_png(path, path.name)


def _shrink(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Matrix]:
    scale = min(1.0, _SIDE / max(gray.shape))
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    across, down = size[0] / gray.shape[1], size[1] / gray.shape[0]
    matrix = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1.0]])
    return as_gray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA)), matrix


def _features(small: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    finder: Any = cv2.ORB.create(nfeatures=_FEATURES, fastThreshold=10)
    keypoints, features = finder.detectAndCompute(small, None)
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float32).reshape(-1, 2)
    return points, np.zeros((0, 32), np.uint8) if features is None else np.asarray(features, np.uint8)


def _fit(reference: _Reference, points: NDArray[np.float32], features: NDArray[np.uint8]) -> Matrix | None:
    """Homography from the small reference to the small picture; None: too few agree."""
    if min(len(features), len(reference.features)) < _LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(reference.features, features, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    if len(good) < _LEAST_MATCHES:
        return None
    from_ = reference.points[[match.queryIdx for match in good]]
    to = points[[match.trainIdx for match in good]]
    fitted, inliers = cv2.findHomography(from_, to, cv2.USAC_MAGSAC, _REACH, maxIters=4000, confidence=0.999)
    matrix = np.asarray(fitted, dtype=np.float64)
    if not _is_sensible(matrix) or int(np.asarray(inliers).sum()) < _LEAST_MATCHES:
        return None
    return matrix


def _fit_by_votes(
    reference: _Reference, points: NDArray[np.float32], features: NDArray[np.uint8]
) -> Matrix | None:
    """The same where print repeats itself: every feature votes for all places of its likes."""
    if min(len(features), len(reference.features)) < _LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(reference.features, features, k=_LIKES)
    alike = [match for likes in pairs for match in likes if match.distance <= _MOST_BITS]
    if len(alike) < _LEAST_MATCHES:
        return None
    from_ = reference.points[[match.queryIdx for match in alike]]
    to = points[[match.trainIdx for match in alike]]
    matrix = _vote(from_, to)
    for reach in (4 * _REACH, 2 * _REACH):
        off = np.hypot(*(apply(matrix, from_.astype(np.float64)) - to).T)
        near = off <= reach
        if near.sum() < _LEAST_MATCHES:
            return None
        fitted, _ = cv2.findHomography(
            from_[near], to[near], cv2.USAC_MAGSAC, _REACH, maxIters=4000, confidence=0.999
        )
        if fitted is None:
            return None
        matrix = np.asarray(fitted, np.float64)
    return matrix if _is_sensible(matrix) else None


def _vote(from_: NDArray[np.float32], to: NDArray[np.float32]) -> Matrix:
    """The similarity, near a quarter turn, on which most matches agree: every two of them propose one.

    Random sample consensus (Fischler and Bolles 1981), with the same samples every time.
    """
    rng = np.random.default_rng(0)
    p, q = (np.ascontiguousarray(points, np.float64).view(np.complex128)[:, 0] for points in (from_, to))
    one, two = rng.integers(0, len(p), (2, _PAIRS))
    apart = p[two] - p[one]
    far = np.abs(apart) > 0.2 * _SIDE
    one, two, apart = one[far], two[far], apart[far]
    turn = (q[two] - q[one]) / apart
    askew = np.abs(np.angle(turn**4)) / 4
    likely = (np.abs(turn) > _SIZES[0]) & (np.abs(turn) < _SIZES[1]) & (askew < np.radians(_MOST_ASKEW))
    turn, shift = turn[likely], (q[one] - turn * p[one])[likely]
    some = rng.integers(0, len(p), _VOTERS)
    best, most = 0, -1
    for at in range(0, len(turn), 64):
        off = np.abs(turn[at : at + 64, None] * p[some] + shift[at : at + 64, None] - q[some])
        votes = (off < 2 * _REACH).sum(axis=1)
        if len(votes) and votes.max() > most:
            best, most = at + int(votes.argmax()), int(votes.max())
    if most < 0:
        return np.eye(3)
    a, b, x, y = turn[best].real, turn[best].imag, shift[best].real, shift[best].imag
    return np.array([[a, -b, x], [b, a, y], [0.0, 0.0, 1.0]])


def _is_sensible(matrix: Matrix) -> bool:
    """Whether a homography is that of a page: not mirrored, not much stretched, of a likely size."""
    if matrix.shape != (3, 3):
        return False
    stretch = np.linalg.svd(matrix[:2, :2])[1]
    return bool(
        np.linalg.det(matrix[:2, :2]) > 0 and stretch[0] <= 1.4 * stretch[1] and 0.3 < stretch[0] < 3.0
    )
