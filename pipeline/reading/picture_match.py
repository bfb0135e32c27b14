"""Placing a page by a picture of the blank page: kind ``image``.

Features (ORB, Rublee et al. 2011) of both pictures are matched at a small size, and a homography is
fitted to them by MAGSAC++ (Barath et al. 2020). Rows that are all alike can match one row too far:
a place is believed only when the reference's print outside the boxes is found there, too.
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
from pipeline.reading.find import kind_of_content
from pipeline.reading.image import PageImage, as_gray
from pipeline.reading.outlines import check_outlines
from pipeline.reading.pdf_pages import load_pdf_page
from pipeline.reading.placing import Miss, Placement, least_score
from pipeline.reading.raster import load_jpeg, load_png, load_tiff_page
from pipeline.reading.registered import Matrix

_SIDE = 900
"""Longest side of the pictures that are matched, px."""
_FEATURES = 1500
_RATIO = 0.8
_REACH = 3.0
"""Pixels, at the small size, that a match may be off."""
_LEAST_MATCHES = 25
_LEAST_PRINT = 0.6
"""Share of the reference's print that must be found on the page."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    small: NDArray[np.uint8]
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
    matrix = _fit(reference, points, features)
    if matrix is None:
        return Miss(reason="it does not look like the layout's reference picture", marks_found=0)
    found = _share_of_print(reference, small, matrix, page)
    if found < _LEAST_PRINT:
        return Miss(reason="its print is not that of the layout's reference picture", marks_found=0)
    whole = np.linalg.inv(to_small) @ matrix @ reference.to_small
    outlines = check_outlines(gray, whole, page.boxes, None)
    if page.boxes and outlines.score < least_score(outlines.sides):
        return Miss(reason="the printed boxes are not where the reference picture puts them", marks_found=0)
    return Placement(matrix=outlines.matrix, outlines=outlines, marks=(), upright_known=True)


@lru_cache(maxsize=16)
def _reference(path: str, width: float, height: float) -> _Reference:
    gray = _load(Path(path)).gray
    small, to_small = _shrink(gray)
    points, features = _features(small)
    to_picture = np.diag([gray.shape[1] / width, gray.shape[0] / height, 1.0])
    to_picture[:2, 2] = -0.5
    return _Reference(small, to_small @ to_picture, points, features)


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
    if matrix.shape != (3, 3) or int(np.asarray(inliers).sum()) < _LEAST_MATCHES:
        return None
    stretch = np.linalg.svd(matrix[:2, :2])[1]
    if np.linalg.det(matrix[:2, :2]) <= 0 or stretch[0] > 1.4 * stretch[1] or not 0.3 < stretch[0] < 3.0:
        return None
    return matrix


def _share_of_print(
    reference: _Reference, small: NDArray[np.uint8], matrix: Matrix, page: PageLayout
) -> float:
    """Share of the reference's dark pixels outside the boxes that are dark on the page as well."""
    height, width = reference.small.shape
    there = as_gray(cv2.warpPerspective(small, np.linalg.inv(matrix), (width, height), borderValue=(255,)))
    print_ = _dark(reference.small)
    found = as_gray(cv2.dilate(_dark(there), np.ones((3, 3), np.uint8)))
    for box in page.boxes:
        corners = reference.to_small[:2, :2] @ np.array([[box.x, box.x + box.w], [box.y, box.y + box.h]])
        (left, right), (top, bottom) = corners + reference.to_small[:2, 2:3]
        print_[max(0, int(top) - 2) : int(bottom) + 3, max(0, int(left) - 2) : int(right) + 3] = 0
    total = int(print_.sum())
    return float((print_ & found).sum()) / total if total else 0.0


def _dark(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    level = cv2.convertScaleAbs(cv2.blur(small, (41, 41)), alpha=0.85, beta=-4)
    return as_gray(cv2.threshold(cv2.compare(small, level, cv2.CMP_LT), 0, 1, cv2.THRESH_BINARY)[1])
