"""Blank pages of exams as other offices typeset them, scanned and photographed by known homographies."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from pipeline.exam import with_hash
from pipeline.model import Anchors, Box, Layout, Marking, PageLayout
from tests.paper.typeset.content import EXAMS, PaperExam
from tests.paper.typeset.with_reportlab import typeset

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]

_FINE_DPI, _REFERENCE_DPI = 300, 150
_SCAN_PX = 200 / 25.4


def typeset_layout(exam: PaperExam, folder: Path) -> tuple[Layout, tuple[Picture, ...]]:
    """An exam's layout with anchors ``image``, and its blank pages at 300 dpi."""
    path = folder / f"{exam.name}.pdf"
    truth = typeset(exam, path)
    document = pypdfium2.PdfDocument(path)
    pages, pictures = [], []
    for place in range(len(document)):
        picture = np.asarray(
            document[place].render(scale=_FINE_DPI / 72, grayscale=True).to_numpy(), np.uint8
        )
        picture = np.ascontiguousarray(picture.reshape(picture.shape[:2]))
        size = tuple(round(side * _REFERENCE_DPI / _FINE_DPI) for side in picture.shape[::-1])
        reference = folder / f"{exam.name}-{place + 1}.png"
        cv2.imwrite(str(reference), cv2.resize(picture, (size[0], size[1]), interpolation=cv2.INTER_AREA))
        width, height = (side * 25.4 / 72 for side in document[place].get_size())
        boxes = tuple(
            Box(question=question, option=option, shape=exam.shape, x=x, y=y, w=w, h=h)
            for (question, option), (page, x, y, w, h) in truth.items()
            if page == place + 1
        )
        anchors = Anchors(kind="image", reference=str(reference))
        pages.append(PageLayout(sheet=place + 1, width=width, height=height, anchors=anchors, boxes=boxes))
        pictures.append(picture)
    document.close()
    layout = Layout(name=exam.name, unit="mm", marking=Marking.ANY, pages=tuple(pages))
    return with_hash(layout), tuple(pictures)


def typeset_layouts(folder: Path) -> list[tuple[Layout, tuple[Picture, ...]]]:
    """All exams."""
    return [typeset_layout(exam, folder) for exam in EXAMS]


def take(
    picture: Picture, page: PageLayout, rng: np.random.Generator, *, phone: bool
) -> tuple[Picture, Matrix]:
    """Scan a page at 200 dpi, or take its photo on a dark table; answers written into some boxes.

    Returns
    -------
    picture
        As the camera or the scanner gives it.
    matrix
        mm of the page to its px.
    """
    written = picture.copy()
    fine = _FINE_DPI / 25.4
    for box in page.boxes:
        if rng.random() < 0.2:
            ends = [(box.x, box.y), (box.x + box.w, box.y + box.h)]
            start, end = ((round(x * fine), round(y * fine)) for x, y in ends)
            cv2.line(written, start, end, (60,), 5, cv2.LINE_AA)
            cv2.line(written, (start[0], end[1]), (end[0], start[1]), (60,), 5, cv2.LINE_AA)
    size = (round(page.width * _SCAN_PX), round(page.height * _SCAN_PX))
    angle = np.radians(rng.uniform(-6, 6) if phone else rng.uniform(-2.5, 2.5))
    scale = rng.uniform(0.8, 0.92) if phone else rng.uniform(0.94, 1.03)
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    x, y = rng.uniform(-3, 3, 2)
    bend = np.eye(3)
    if phone:
        bend[2, :2] = rng.uniform(-6e-4, 6e-4, 2)
    middle = np.array([[1, 0, -page.width / 2], [0, 1, -page.height / 2], [0, 0, 1.0]])
    spin = np.array([[cosine, -sine, x], [sine, cosine, y], [0, 0, 1.0]])
    half = (size[0] / 2 - 0.5, size[1] / 2 - 0.5)
    to_px = np.array([[_SCAN_PX, 0, half[0]], [0, _SCAN_PX, half[1]], [0, 0, 1.0]])
    matrix = to_px @ spin @ bend @ middle
    to_mm = np.array([[1 / fine, 0, 0.5 / fine], [0, 1 / fine, 0.5 / fine], [0, 0, 1.0]])
    soft = cv2.GaussianBlur(written, (0, 0), 1.2 if phone else 0.9)
    around = 90 if phone else 250
    seen = cv2.warpPerspective(soft, matrix @ to_mm, size, borderValue=(around,)).astype(np.float64)
    grey = 20.0 + seen * (225.0 / 255.0)
    if phone:
        across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
        grey *= 0.85 + 0.12 * (rng.uniform(-1, 1) * across + rng.uniform(-1, 1) * down)
    grey += rng.normal(0.0, 4.0, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8), matrix


def error_mm(found: Matrix, true: Matrix, page: PageLayout) -> float:
    """Largest distance over the whole page from where a point was taken to be to where it is, mm."""
    x, y = np.meshgrid(np.linspace(0.05, 0.95, 10) * page.width, np.linspace(0.05, 0.95, 14) * page.height)
    points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    one, two = found @ points, true @ points
    return float(np.hypot(*(one[:2] / one[2] - two[:2] / two[2])).max() / _SCAN_PX)


def alone(layout: Layout, sheet: int) -> Layout:
    """A layout of one of its pages."""
    return with_hash(replace(layout, pages=tuple(page for page in layout.pages if page.sheet == sheet)))
