"""Pictures of a page for a person who decides: the boxes of a question, its row, the sheet around it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import UnreadablePage
from pipeline.model import PageFailed, PageRead, PageResult
from pipeline.reading.image import as_gray
from pipeline.reading.ingest import load_page
from pipeline.reading.second_look import REACH, upright_page

Places = NDArray[np.float32]
"""(boxes, 4): centre x, centre y, width, height of each box, px."""
Gray = NDArray[np.uint8]

BOX_MARGIN = 1.1
"""Paper shown around the boxes of a question, in heights of a box."""
ROW_MARGIN = 4.0
"""Paper shown above and below them in the picture of the whole question, in heights of a box."""
MOST_ROW_WIDTH = 1600
MOST_SHEET_HEIGHT = 1500
LEAST_BOX_PX = 44
"""Height that a box has at least in the picture of the boxes."""
MOST_ENLARGED = 4.0
ACCENT = (200, 90, 20)
"""Blue, as OpenCV orders colours."""
QUALITY = 88


def open_page(result: PageResult) -> Gray:
    """The page as a picture: upright when it was registered, else as it was scanned.

    Raises
    ------
    UnreadablePage
        When its file is not there any more, or cannot be read.
    """
    if isinstance(result, PageFailed):
        raise UnreadablePage(result.message, code=result.code, hint=result.hint)
    return upright_page(result) if isinstance(result, PageRead) else load_page(result.source).gray


def boxes_picture(gray: Gray, places: Places, framed: Sequence[int] = ()) -> Gray:
    """The boxes of a question, large enough to judge a stroke; ``framed`` ones have a frame.

    Parameters
    ----------
    gray
        (height, width), upright.
    places
        Where the boxes are.
    framed
        Indices into ``places``.

    Returns
    -------
    ndarray
        (height, width, 3).
    """
    height = float(np.median(places[:, 3]))
    frame = _grown(_around(places), BOX_MARGIN * height)
    scale = float(np.clip(LEAST_BOX_PX / max(height, 1.0), 1.0, MOST_ENLARGED))
    return _cut(gray, frame, scale, places[list(framed)])


def row_picture(gray: Gray, places: Places) -> Gray:
    """The question over the whole width of the paper; (height, width, 3)."""
    left, top, right, bottom = _around(places)
    margin = ROW_MARGIN * float(np.median(places[:, 3]))
    width = float(gray.shape[1])
    scale = min(1.0, MOST_ROW_WIDTH / width)
    picture = _cut(gray, (0.0, top - margin, width, bottom + margin), scale, places[:0])
    pad = 0.6 * float(np.median(places[:, 3]))
    origin = np.array([0.0, max(top - margin, 0.0)])
    _outline(picture, (left - pad, top - pad, right + pad, bottom + pad), origin, scale)
    return picture


def sheet_picture(gray: Gray, places: Places | None = None) -> Gray:
    """The whole sheet, with a frame around the boxes at ``places``; (height, width, 3)."""
    scale = min(1.0, MOST_SHEET_HEIGHT / max(gray.shape))
    picture = _cut(gray, (0.0, 0.0, float(gray.shape[1]), float(gray.shape[0])), scale, np.zeros((0, 4)))
    if places is not None and len(places):
        frame = _grown(_around(places), 0.8 * float(np.median(places[:, 3])))
        _outline(picture, frame, np.zeros(2), scale)
    return picture


def jpeg_bytes(picture: Gray) -> bytes:
    """A picture as JPEG."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of {picture.shape} cannot be written as JPEG")
    return data.tobytes()


_Frame = tuple[float, float, float, float]
"""Left, top, right, bottom, px."""


def _around(places: Places) -> _Frame:
    half = places[:, 2:] / 2
    low, high = (places[:, :2] - half).min(axis=0), (places[:, :2] + half).max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _grown(frame: _Frame, margin: float) -> _Frame:
    left, top, right, bottom = frame
    return left - margin, top - margin, right + margin, bottom + margin


def _cut(gray: Gray, frame: _Frame, scale: float, framed: NDArray[np.floating]) -> Gray:
    """Cut a frame out of a page and scale it; boxes get a thin frame in colour."""
    height, width = gray.shape
    left, top = max(round(frame[0]), 0), max(round(frame[1]), 0)
    right, bottom = min(round(frame[2]), width), min(round(frame[3]), height)
    cut = gray[top : max(bottom, top + 1), left : max(right, left + 1)]
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = as_gray(cv2.cvtColor(cv2.resize(cut, size, interpolation=way), cv2.COLOR_GRAY2BGR))
    origin = np.array([float(left), float(top)])
    for x, y, w, h in np.asarray(framed, dtype=np.float64):
        _outline(picture, (x - REACH * w, y - REACH * h, x + REACH * w, y + REACH * h), origin, scale)
    return picture


def _outline(picture: Gray, frame: _Frame, origin: NDArray[np.float64], scale: float) -> None:
    corners = [(np.array(corner) - origin) * scale for corner in (frame[:2], frame[2:])]
    (x0, y0), (x1, y1) = ((round(float(x)), round(float(y))) for x, y in corners)
    cv2.rectangle(picture, (x0, y0), (x1, y1), ACCENT, 2)
