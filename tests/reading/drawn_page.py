"""Pages drawn from a known layout through a known homography: the truth of these tests."""

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.exam import corner_marks, encode_page_code
from pipeline.model import Anchors, Box, CodePlace, Layout, Marking, PageCode, PageLayout

PER_MM = 12
"""Pixels per mm of the master: every length below is a whole number of them."""
WIDTH, HEIGHT = 210.0, 297.0
CODE = PageCode(exam="algebra-1", version="A", sheet=1, serial=7, layout="0A1B2C")
CODES = (
    CodePlace(x=170.0, y=7.0, w=18.0, h=18.0, type="qr"),
    CodePlace(x=22.0, y=272.0, w=18.0, h=18.0, type="qr"),
)


def our_layout(rows: int = 20) -> Layout:
    """A page of ours with rows of five boxes; not the same upside-down."""
    boxes = tuple(
        Box(question=str(row + 1), option="ABCDE"[column], shape="square", x=40.0 + 12 * column,
            y=50.0 + 8 * row, w=4.5, h=4.5)
        for row in range(rows)
        for column in range(5)
    )  # fmt: skip
    page = PageLayout(
        sheet=1, width=WIDTH, height=HEIGHT, anchors=Anchors(kind="scangrade"), boxes=boxes, codes=CODES
    )
    return Layout(
        name="drawn",
        unit="mm",
        marking=Marking.ANY,
        pages=(page,),
        exam=CODE.exam,
        version="A",
        hash=CODE.layout,
    )


def draw_master(
    layout: Layout, *, code: PageCode | None = CODE, without: tuple[int, ...] = (), text: str = ""
) -> NDArray[np.uint8]:
    """Draw the first page of a layout, black on white, PER_MM pixels to the mm.

    ``without`` are corner marks that are left out; ``text`` is put into both codes instead of ours.
    """
    page = layout.pages[0]
    picture = np.full((round(page.height * PER_MM), round(page.width * PER_MM)), 255, np.uint8)
    if page.anchors.kind == "scangrade":
        for place, mark in enumerate(corner_marks(page.width, page.height)):
            if place not in without:
                _rectangle(picture, mark.x, mark.y, mark.size, mark.size, 0)
                if mark.hole:
                    _rectangle(picture, mark.x, mark.y, mark.hole, mark.hole, 255)
    else:
        for place, (x, y) in enumerate(page.anchors.points):
            if place not in without:
                _mark(picture, x, y, page.anchors.size, page.anchors.mark)
    payload = text or (encode_page_code(code) if code is not None else "")
    for spot in page.codes if payload else ():
        _code(picture, spot, payload)
    for box in page.boxes:
        left, top = round(box.x * PER_MM), round(box.y * PER_MM)
        right, bottom = round((box.x + box.w) * PER_MM), round((box.y + box.h) * PER_MM)
        if box.shape == "square":
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), 0, 3)
        else:
            middle = ((left + right - 1) / 2, (top + bottom - 1) / 2)
            centre = (round(middle[0] * 16), round(middle[1] * 16))
            cv2.circle(picture, centre, round((right - left) * 8), 0, 3, cv2.LINE_AA, 4)
    return picture


def write_lines(picture: NDArray[np.uint8], lines: int = 12) -> None:
    """Write text at the right of the boxes, so that the page has more than boxes."""
    for line in range(lines):
        place = (110 * PER_MM, (55 + 16 * line) * PER_MM)
        cv2.putText(
            picture, f"question {line}: seven of {line * 37}", place, cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 4
        )


def homography(
    px_per_mm: float = 200 / 25.4,
    degrees: float = 0.0,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    perspective: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
) -> NDArray[np.float64]:
    """Layout mm to px of a picture that shows the paper about its middle."""
    turn = np.radians(degrees)
    cosine, sine = np.cos(turn) * scale, np.sin(turn) * scale
    middle = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1.0]])
    bend = np.array([[1, 0, 0], [0, 1, 0], [perspective[0], perspective[1], 1.0]])
    spin = np.array([[cosine, -sine, shift_mm[0]], [sine, cosine, shift_mm[1]], [0, 0, 1.0]])
    to_px = np.array(
        [
            [px_per_mm, 0, WIDTH / 2 * px_per_mm - 0.5],
            [0, px_per_mm, HEIGHT / 2 * px_per_mm - 0.5],
            [0, 0, 1.0],
        ]
    )
    result: NDArray[np.float64] = to_px @ spin @ bend @ middle
    return result


def paper(px_per_mm: float = 200 / 25.4) -> tuple[int, int]:
    """Width and height of a picture of just the paper."""
    return round(WIDTH * px_per_mm), round(HEIGHT * px_per_mm)


def photograph(
    master: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    size: tuple[int, int] | None = None,
    *,
    around: int = 255,
    noise: float = 3.0,
) -> NDArray[np.uint8]:
    """Take the master through a homography (layout mm to px), with a scanner's blur and noise."""
    px_per_mm = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    width, height = size or paper()
    blurred = cv2.GaussianBlur(master, (0, 0), 0.45 * PER_MM / px_per_mm + 0.3)
    to_mm = np.array([[1 / PER_MM, 0, 0.5 / PER_MM], [0, 1 / PER_MM, 0.5 / PER_MM], [0, 0, 1.0]])
    picture = cv2.warpPerspective(blurred, matrix @ to_mm, (width, height), borderValue=(around,))
    grey = 20.0 + picture.astype(np.float64) * (225.0 / 255.0)
    grey += np.random.default_rng(5).normal(0.0, noise, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def worst_error_mm(
    layout: Layout, found: NDArray[np.float64], true: NDArray[np.float64], px_per_mm: float
) -> float:
    """Largest distance, over all boxes, between where a matrix puts them and where they are."""
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2, 1.0) for box in layout.pages[0].boxes])
    places = [(centres @ matrix.T)[:, :2] / (centres @ matrix.T)[:, 2:] for matrix in (found, true)]
    return float(np.hypot(*(places[0] - places[1]).T).max() / px_per_mm)


def _rectangle(
    picture: NDArray[np.uint8], x: float, y: float, width: float, height: float, grey: int
) -> None:
    """Fill a rectangle about a centre (mm); sides are rounded to even pixels, so that the centre stays."""
    half = (round(width * PER_MM / 2), round(height * PER_MM / 2))
    left, top = round(x * PER_MM) - half[0], round(y * PER_MM) - half[1]
    picture[top : top + 2 * half[1], left : left + 2 * half[0]] = grey


def _mark(picture: NDArray[np.uint8], x: float, y: float, size: float, kind: str) -> None:
    centre = (round((x * PER_MM - 0.5) * 16), round((y * PER_MM - 0.5) * 16))
    radius = round(size * PER_MM * 8)
    if kind == "disc":
        cv2.circle(picture, centre, radius, 0, -1, cv2.LINE_AA, 4)
    elif kind == "ring":
        cv2.circle(picture, centre, radius - 40, 0, 6, cv2.LINE_AA, 4)
    elif kind == "cross":
        _rectangle(picture, x, y, size, 0.5, 0)
        _rectangle(picture, x, y, 0.5, size, 0)
    else:
        _rectangle(picture, x, y, size, size, 0)


def _code(picture: NDArray[np.uint8], spot: CodePlace, payload: str) -> None:
    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
    side = round(spot.w * PER_MM)
    drawn = cv2.resize(modules, (side, side), interpolation=cv2.INTER_NEAREST)
    top, left = round(spot.y * PER_MM), round(spot.x * PER_MM)
    picture[top : top + side, left : left + side] = drawn
