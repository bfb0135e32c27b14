"""Piles of any number of pages, each another student's, made quickly: for benchmarks of scale.

One sheet is printed and drawn once; each student's page is a copy with the student's own code, digits
and crosses, saved as JPEG, alone or as a page of one PDF.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exam import SheetPlan, compose_sheet, encode_page_code, load_exam
from pipeline.model import Box, PageCode, PageLayout
from pipeline.paper import SheetPrint, draw_sheets
from pipeline.paper.pictures import code_modules
from pipeline.paper.simulate import PdfPages
from pipeline.paper.simulate.ink import MASTER_DPI

DPI = 200
PX_PER_MM = DPI / 25.4
QUALITY = 80
PAPER, PEN, NOISE = 246, 40, 2.0
NOISES = 4
"""Different patterns of noise."""
QUESTIONS = 40
DIGITS = 6
Gray = NDArray[np.uint8]


def exam_text() -> str:
    """An exam of one page: 40 questions of four options, and a student id of six digits."""
    lines = [
        "exam: scale-2026",
        "title: An exam of many students",
        "marking: any",
        f"student_id: {{kind: digits, length: {DIGITS}}}",
        "questions:",
    ]
    options = "options: {A: one, B: two, C: three, D: four}"
    lines += [
        f'  - {{id: "{number}", kind: choice, points: 1, {options}, answer: A}}'
        for number in range(1, QUESTIONS + 1)
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blank:
    """A printed page that nobody has written on."""

    plan: SheetPlan
    page: PageLayout
    picture: Gray
    """(height, width) at :data:`DPI`, without codes."""

    def filled(self, student: int) -> bytes:
        """The page of one student as JPEG: the code, the id, a cross in each question."""
        rng = random.Random(student)  # noqa: S311 (answers of nobody, no secret)
        picture = self.picture.copy()
        layout = self.plan.layout
        code = PageCode(
            exam=layout.exam,
            version=layout.version,
            sheet=self.page.sheet,
            serial=student,
            layout=layout.hash,
        )
        modules = code_modules(encode_page_code(code))
        for place in self.page.codes:
            x, y, w, h = (round(value * PX_PER_MM) for value in (place.x, place.y, place.w, place.h))
            drawn = np.where(modules, np.uint8(0), np.uint8(255))
            picture[y : y + h, x : x + w] = cv2.resize(drawn, (w, h), interpolation=cv2.INTER_NEAREST)
        number = f"{student:0{DIGITS}d}"
        for _, boxes in groupby(self.page.boxes, key=lambda box: box.question):
            for box in _marked(list(boxes), number, rng):
                _cross(picture, box)
        noise = _noise(student % NOISES, picture.shape)
        scanned = cv2.add(np.minimum(picture, np.uint8(PAPER)), noise, dtype=cv2.CV_8U)
        _, data = cv2.imencode(".jpg", scanned, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        return data.tobytes()


@cache
def _noise(seed: int, shape: tuple[int, ...]) -> NDArray[np.int8]:
    return np.random.default_rng(seed).normal(0, NOISE, shape).astype(np.int8)


def _marked(boxes: list[Box], number: str, rng: random.Random) -> list[Box]:
    digits = [box for box in boxes if "=" in box.option]
    if not digits:
        return [rng.choice(boxes)]
    wanted = {f"d{place}={digit}" for place, digit in enumerate(number, 1)}
    return [box for box in digits if box.option in wanted]


def _cross(picture: Gray, box: Box) -> None:
    left, top = (round(value * PX_PER_MM) for value in (box.x + 0.15 * box.w, box.y + 0.15 * box.h))
    right, bottom = (round(value * PX_PER_MM) for value in (box.x + 0.85 * box.w, box.y + 0.85 * box.h))
    for start, end in (((left, top), (right, bottom)), ((left, bottom), (right, top))):
        cv2.line(picture, start, end, (PEN,), 4, cv2.LINE_AA)


def blank_page(folder: Path) -> Blank:
    """Write the exam file into ``folder``, print its sheet, and draw it without its codes."""
    exam_file = folder / "scale.yaml"
    exam_file.write_text(exam_text(), "utf-8")
    exam = load_exam(exam_file).versions["A"]
    plan = compose_sheet(exam)
    if len(plan.layout.pages) != 1:
        raise SystemExit(f"the sheet has {len(plan.layout.pages)} pages, not one")
    page = plan.layout.pages[0]
    draw_sheets(plan, exam, [SheetPrint(serial=1, student_id="", name="")], folder / "sheet.pdf")
    pages = PdfPages(folder / "sheet.pdf", {(1, page.sheet): 0})
    master = pages(serial=1, sheet=page.sheet)
    pages.close()
    scale = DPI / MASTER_DPI
    size = (round(master.shape[1] * scale), round(master.shape[0] * scale))
    picture = np.asarray(cv2.resize(master, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Blank(plan=plan, page=page, picture=picture)


def write_roster(path: Path, students: int) -> None:
    """A roster of so many students."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("student_id", "name"))
        writer.writerows((f"{number:0{DIGITS}d}", f"Student {number}") for number in range(1, students + 1))


def write_files(blank: Blank, folder: Path, pages: int) -> None:
    """One JPEG for each student."""
    folder.mkdir()
    for student in range(1, pages + 1):
        (folder / f"page-{student:06}.jpg").write_bytes(blank.filled(student))


def write_pdf(blank: Blank, path: Path, pages: int) -> None:
    """One PDF of one JPEG for each student, written page by page."""
    places: dict[int, int] = {}
    with path.open("wb") as file:
        file.write(b"%PDF-1.5\n")
        for number, body in _objects(blank, pages):
            places[number] = file.tell()
            file.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        file.writelines(b"%010d 00000 n \n" % places[number] for number in sorted(places))
        file.write(b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(places) + 1))
        file.write(b"startxref\n%d\n%%%%EOF\n" % start)


def _objects(blank: Blank, pages: int) -> Iterator[tuple[int, bytes]]:
    """Number and body of each object of the PDF."""
    height, width = blank.picture.shape
    wide, high = width * 72 / DPI, height * 72 / DPI
    kids = b" ".join(b"%d 0 R" % (3 + 3 * place) for place in range(pages))
    yield 1, b"<< /Type /Catalog /Pages 2 0 R >>"
    yield 2, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids)
    drawing = b"%.3f 0 0 %.3f 0 0 cm /I Do" % (wide, high)
    for place in range(pages):
        page, jpeg = 3 + 3 * place, blank.filled(place + 1)
        yield (
            page,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Contents %d 0 R"
            b" /Resources << /XObject << /I %d 0 R >> >> >>" % (wide, high, page + 1, page + 2),
        )
        yield page + 1, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing)
        yield (
            page + 2,
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
            b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n"
            % (width, height, len(jpeg))
            + jpeg
            + b"\nendstream",
        )
