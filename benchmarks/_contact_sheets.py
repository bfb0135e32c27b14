"""Contact sheets: boxes cut out of their scans, to be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import load_layout
from pipeline.model import LayoutBook, PageFailed
from pipeline.reading import (
    ScanFile,
    Unmatched,
    find_scans,
    list_pages,
    load_page,
    measure_boxes,
    register_page,
)

TILE = 96
ACROSS = 16
COLOURS = {
    "empty": (0, 150, 0),
    "marked": (0, 0, 220),
    "cancelled": (220, 0, 0),
    "unknown": (0, 190, 190),
}
"""Frame by truth: blue, green, red."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One box to show."""

    case: Path
    """Folder with the scan and its layout.json."""
    page: int
    question: str
    option: str
    truth: str
    caption: str


def write_sheets(sheets: Mapping[str, Sequence[Crop]], output: Path) -> list[Path]:
    """Write one picture for each name; returns their paths."""
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for name, crops in sheets.items():
        tiles = [tile for crop in crops if (tile := _tile(crop)) is not None]
        if tiles:
            path = output / f"{name}.png"
            path.write_bytes(cv2.imencode(".png", _arrange(tiles))[1].tobytes())
            written.append(path)
    return written


@lru_cache(maxsize=4)
def _page(case: Path, number: int) -> tuple[Picture, dict[tuple[str, str], NDArray[np.float32]]] | None:
    """The upright page and the place of each of its boxes."""
    layout = load_layout(case / "layout.json")
    names = sorted(path for path in case.iterdir() if path.suffix not in {".json", ".csv", ".md"})
    scans: Sequence[ScanFile] = find_scans(names)
    for scan in scans:
        pages = list_pages(scan)
        if isinstance(pages, PageFailed) or len(pages) < number:
            continue
        found = register_page(load_page(pages[number - 1], "auto"), LayoutBook(fixed=layout), order=number)
        if isinstance(found, Unmatched):
            continue
        places = measure_boxes(found).places_px
        boxes = [(box.question, box.option) for box in found.page.boxes]
        return found.gray, dict(zip(boxes, places, strict=True))
    return None


def _tile(crop: Crop) -> Picture | None:
    page = _page(crop.case, crop.page)
    if page is None or (crop.question, crop.option) not in page[1]:
        return None
    gray, places = page
    x, y, width, height = (float(value) for value in places[crop.question, crop.option])
    half = 1.1 * max(width, height)
    scale = TILE / (2.0 * half)
    matrix = np.array([[scale, 0.0, (half - x) * scale], [0.0, scale, (half - y) * scale]])
    small = cv2.warpAffine(gray, matrix, (TILE, TILE), flags=cv2.INTER_AREA, borderValue=(128.0,))
    tile = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    tile = np.pad(tile, ((0, 14), (0, 0), (0, 0)), constant_values=240)
    cv2.putText(tile, crop.caption, (2, TILE + 11), cv2.FONT_HERSHEY_PLAIN, 0.8, (0, 0, 0))
    colour = COLOURS.get(crop.truth, (0, 0, 0))
    cv2.rectangle(tile, (0, 0), (TILE - 1, TILE + 13), colour, 2)
    return tile


def _arrange(tiles: Sequence[Picture]) -> Picture:
    rows = []
    for start in range(0, len(tiles), ACROSS):
        row = list(tiles[start : start + ACROSS])
        row += [np.full_like(tiles[0], 255)] * (min(ACROSS, len(tiles)) - len(row))
        rows.append(np.hstack(row))
    return np.vstack(rows)
