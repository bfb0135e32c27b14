"""``python3 dev.py bench stickers``: how many stickers with a student's code are read, by kind and scanner.

A printed sheet of an exam with ``student_id: {kind: code}`` gets a sticker, a little crooked and
beside its place, is scanned with each profile of the simulator, packed as a JPEG, and read as any
page is. Per kind and profile: pages of which the sticker was read, of which it was read as another
text (there must be none), and the 95 % lower bound of the rate.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline.exam import SheetPlan, compose_sheet, load_exam
from pipeline.model import LayoutBook
from pipeline.paper import SheetPrint, draw_sheets
from pipeline.paper.simulate import MASTER_DPI, PROFILES, SCAN_PROFILES, PdfPages, child, scan_page
from pipeline.reading import Registered, register_page
from pipeline.reading.image import as_gray, make_page_image
from pipeline.reporting import upper_bound

Image = NDArray[np.uint8]

EXAM = """\
exam: stickers
title: An exam with stickers
marking: any
student_id: {kind: code}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 1, B: 2, C: 3}, answer: A}
"""
PX_PER_MM = MASTER_DPI / 25.4
NOTE = "Place the sticker here"
FINE = 8
"""Pixels of a module before the sticker is put on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of sticker, with the width of a module in mm."""

    name: str
    format: zxingcpp.BarcodeFormat
    module: tuple[float, float]


KINDS = (
    Kind(name="qr", format=zxingcpp.BarcodeFormat.QRCode, module=(0.42, 0.6)),
    Kind(name="datamatrix", format=zxingcpp.BarcodeFormat.DataMatrix, module=(0.42, 0.6)),
    Kind(name="code128", format=zxingcpp.BarcodeFormat.Code128, module=(0.27, 0.38)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What became of the stickers of one kind on one scanner."""

    pages: int
    read: int
    wrong: int
    unregistered: int


def draw_sticker(kind: Kind, text: str) -> Image:
    """Draw a sticker with ``FINE`` pixels a module and a margin of four modules."""
    made = zxingcpp.create_barcode(text, kind.format)
    modules = np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False), np.uint8)
    if kind.name == "code128":
        modules = np.repeat(modules[:1], 34, axis=0)
    modules = np.pad(modules, 10 if kind.name == "code128" else 4, constant_values=255)
    return np.repeat(np.repeat(modules, FINE, axis=0), FINE, axis=1)


def stick(page: Image, sticker: Image, module: float, centre: tuple[float, float], degrees: float) -> Image:
    """Put a sticker on a page; ``centre`` in mm."""
    scale = module * PX_PER_MM / FINE
    height, width = sticker.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += np.array(centre) * PX_PER_MM - (width / 2, height / 2)
    soft = cv2.GaussianBlur(sticker, (0, 0), 0.4 / scale)
    size = (page.shape[1], page.shape[0])
    over = cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(255,))
    where = cv2.warpAffine(np.full_like(sticker, 255), matrix, size, flags=cv2.INTER_LINEAR)
    return np.where(where > 127, over, page).astype(np.uint8)


def printed_sheet(folder: Path) -> tuple[SheetPlan, Image, tuple[float, float]]:
    """The exam's sheet, its picture, and where the sticker belongs (mm)."""
    path = folder / "stickers.yaml"
    path.write_text(EXAM, "utf-8")
    exam = load_exam(path).versions["A"]
    plan = compose_sheet(exam)
    draw_sheets(plan, exam, [SheetPrint(serial=1, student_id="", name="")], folder / "sheet.pdf")
    pages = PdfPages(folder / "sheet.pdf", {(1, 1): 0})
    picture = pages(serial=1, sheet=1)
    pages.close()
    slot = next(slot for slot in plan.pages[0].slots if slot.text == NOTE)
    return plan, picture, (slot.x + slot.w / 2, slot.y + slot.h / 2)


def measure(
    kind: Kind, profile_name: str, count: int, seed: int, sheet: tuple[SheetPlan, Image, tuple[float, float]]
) -> Count:
    """Scan and read ``count`` pages."""
    plan, picture, (x, y) = sheet
    profile = SCAN_PROFILES[profile_name]
    book = LayoutBook(coded=(plan.layout,))
    read = wrong = unregistered = 0
    for number in range(count):
        rng = child(seed, KINDS.index(kind), PROFILES.index(profile_name), number)
        text = f"E{rng.integers(10**6, 10**7)}"
        centre = (x + rng.uniform(-6, 6), y + rng.uniform(-4, 4))
        page = stick(picture, draw_sticker(kind, text), rng.uniform(*kind.module), centre, rng.uniform(-8, 8))
        master = np.dstack([page] * 3) if profile.color else page
        scan = scan_page(np.ascontiguousarray(master), profile, rng)
        found = register_page(
            make_page_image(packed(scan.image, scan.jpeg_quality), profile.dpi), book, order=1
        )
        if not isinstance(found, Registered):
            unregistered += 1
        elif text in found.other_codes:
            read += 1
        wrong += any(other != text for other in found.other_codes)
    return Count(pages=count, read=read, wrong=wrong, unregistered=unregistered)


def packed(image: Image, quality: int) -> Image:
    """The grey picture that a JPEG of a scan gives back."""
    bgr = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return as_gray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="bench stickers", description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=20, help="pages of each kind and profile")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print("| sticker | profile | pages | read | lower bound | another text | page not registered |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        sheet = printed_sheet(Path(folder))
        for kind in KINDS:
            for profile in PROFILES:
                done = measure(kind, profile, options.pages, options.seed, sheet)
                least = 1 - upper_bound(done.pages - done.read, done.pages)
                print(
                    f"| {kind.name} | {profile} | {done.pages} | {done.read / done.pages:.1%} | {least:.1%}"
                    f" | {done.wrong} | {done.unregistered} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
