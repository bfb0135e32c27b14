"""Good files of every format, from which :mod:`benchmarks.fuzz` makes bad ones."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import openpyxl
import pikepdf
from numpy.typing import NDArray
from PIL import Image

from pipeline.exam import SheetPlan, compose_sheet, encode_page_code, layout_json, load_exam
from pipeline.formats import CreditRow, ReviewRow, SheetRow, columns
from pipeline.model import Exam, LayoutBook, PageCode, PageSource
from pipeline.paper import SheetPrint, draw_sheets
from pipeline.reading import load_page
from pipeline.reading.image import shrink

KINDS: Mapping[str, str] = {
    "pdf": "pdf",
    "tiff": "tif",
    "jpeg": "jpg",
    "png": "png",
    "exam": "yaml",
    "roster": "csv",
    "sheets": "csv",
    "credits": "csv",
    "decisions": "csv",
    "key-csv": "csv",
    "key-xlsx": "xlsx",
    "layout": "json",
    "code": "txt",
}
"""What is fuzzed, with the suffix of its files."""
SCANS = ("pdf", "tiff", "jpeg", "png")

EXAM = """\
exam: fuzz-2026
title: An exam to be spoilt
marking: any
student_id: {kind: digits, length: 4}
defaults: {points: 1, rule: {name: single, wrong: 0}}
total: 8
pass: 4
grades: {A: 7, B: 5}
rounding: {step: 1/2}
sections:
  - {id: sums, title: Sums, questions: ["1", "2"]}
questions:
  - {id: "1", kind: choice, options: {A: 7, B: 9, C: 27}, printed: C,
     answer: {solve: mlp.parameters, with: {layers: [2, 4, 3], bias: true}}}
  - {id: "2", kind: choices, points: 2, rule: {name: deduct, each: 1/2},
     options: {A: one, B: two}, answer: [A]}
  - {id: "3", kind: truefalse, answer: true}
  - {id: "4", kind: number, number: {digits: 3, decimals: 1, tolerance: {abs: 0.5}}, answer: 12.5}
  - id: p
    rule: {name: all-parts}
    points: 3
    parts:
      - {id: a, kind: truefalse, answer: true}
      - {id: b, kind: choice, options: {A: one, B: two, C: three}, answer: B}
versions:
  B: {"1": {with: {layers: [3, 4, 2]}, options: {A: 26, B: 9, C: 27}}}
"""
TABLE = """\
exam: fuzz-table
questions:
  - {id: t, kind: table, points: 1, rows: {h1: H1, h2: H2}, columns: {size: Size, stride: Stride},
     number: {digits: 2},
     cells: {h1.size: {answer: 3}, h1.stride: {answer: 1}, h2.size: {answer: 12}, h2.stride: N/A}}
  - {id: q, kind: credits, credits: {max: 3, step: 1/2}}
"""
NAMES = (
    "Ann Example",
    "王小明",
    'Jo "JJ" Jones',
    "O'Brien; =x",
    "two\nlines",
    "x" * 500,
    "\u05e9\u200f\u05dc",
)


def write_seeds(folder: Path) -> LayoutBook:
    """Write every seed below a folder, ``KIND/NN.SUFFIX``; gives the layouts of the scans."""
    folder.mkdir(parents=True, exist_ok=True)
    exam_file = folder / "fuzz.yaml"
    exam_file.write_text(EXAM, encoding="utf-8")
    exam = load_exam(exam_file).versions["A"]
    plan = compose_sheet(exam)
    vector = folder / "sheets.pdf"
    draw_sheets(plan, exam, [SheetPrint(serial=7, student_id="1234", name="Ann Example")], vector)
    source = PageSource(file="sheets.pdf", path=str(vector), page=1, sha256="")
    gray = shrink(load_page(source, "pdfium").gray, 2)
    for kind, made in _every(exam, plan, gray, vector).items():
        place = folder / kind
        place.mkdir(exist_ok=True)
        for number, data in enumerate(made):
            (place / f"{number:02d}.{KINDS[kind]}").write_bytes(data)
    return LayoutBook(coded=(plan.layout,))


def read_seeds(folder: Path) -> dict[str, list[bytes]]:
    """What :func:`write_seeds` wrote."""
    return {kind: [path.read_bytes() for path in sorted((folder / kind).iterdir())] for kind in KINDS}


def _every(exam: Exam, plan: SheetPlan, gray: NDArray[np.uint8], vector: Path) -> dict[str, list[bytes]]:
    page = PageCode(exam=exam.id, version="A", sheet=1, serial=7, layout=plan.layout.hash)
    other = PageCode(exam="other-2026", version="B", sheet=2, serial=9, layout="ABCDEF")
    return {
        "pdf": [vector.read_bytes(), *_pdfs(gray)],
        "tiff": list(_tiffs(gray)),
        "jpeg": list(_jpegs(gray)),
        "png": list(_pngs(gray)),
        "exam": [EXAM.encode(), TABLE.encode()],
        "roster": [_csv(("student_id", "name", "version", "group"), _students(), mark) for mark in ",;\t"],
        "sheets": [_csv(columns(SheetRow), [(str(n), f"{n:04d}", exam.id, "A") for n in range(9)], ",")],
        "credits": [_csv(columns(CreditRow), [(f"{n:04d}", "q", "1/2") for n in range(9)], ";")],
        "decisions": [_csv(columns(ReviewRow), _reviews(), ",")],
        "key-csv": [_csv(_KEY[0], _KEY[1:], mark) for mark in ",;"],
        "key-xlsx": [_workbook()],
        "layout": [layout_json(plan.layout).encode(), _pretty(layout_json(plan.layout)).encode()],
        "code": [encode_page_code(code).encode() for code in (page, other)],
    }


def _students() -> list[tuple[str, ...]]:
    return [(f"{number:04d}", name, "A", "g1") for number, name in enumerate(NAMES)]


def _reviews() -> list[tuple[str, ...]]:
    width = len(columns(ReviewRow))
    return [(f"answer-{n}", *([f"c{n}"] * (width - 1))) for n in range(6)]


_KEY: list[tuple[str, ...]] = [
    ("question", "answer", "points", "kind"),
    ("1", "A", "1", "choice"),
    ("2", "A;B", "2", "choices"),
    ("3", "true", "1", "truefalse"),
    ("4", "12.5", "1", "number"),
]


def _csv(heads: tuple[str, ...], rows: list[tuple[str, ...]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([heads, *rows])
    return out.getvalue().encode("utf-8")


def _pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=1)


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in _KEY:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- scans ---------------------------------------------------------------------------------------


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _jpegs(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    image = Image.fromarray(gray)
    yield _saved(image, "JPEG", quality=60, dpi=(100, 100))
    yield _saved(image, "JPEG", quality=60, progressive=True)
    exif = Image.Exif()
    exif[274] = 6
    yield _saved(image.convert("RGB"), "JPEG", quality=60, exif=exif)
    yield _saved(image.convert("CMYK"), "JPEG", quality=60)


def _pngs(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    image = Image.fromarray(gray)
    yield _saved(image, "PNG", dpi=(100, 100))
    yield _saved(image.convert("1"), "PNG")
    yield _saved(image.convert("RGBA"), "PNG")
    yield _saved(image.quantize(16), "PNG", transparency=3)
    yield _saved(Image.fromarray(gray.astype(np.uint16) * 257), "PNG")


def _tiffs(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    image = Image.fromarray(gray)
    yield _saved(image, "TIFF")
    yield _saved(image.convert("1"), "TIFF", compression="group4")
    yield _saved(image, "TIFF", compression="tiff_lzw", save_all=True, append_images=[image])
    yield _saved(image.convert("RGB"), "TIFF", compression="jpeg")
    yield _saved(image, "TIFF", compression="tiff_adobe_deflate", tiffinfo={274: 6})
    yield _saved(image.convert("RGB"), "TIFF", big_tiff=True, compression="packbits")


def _pdfs(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    """A page as a scanner stores it, twice in each file: JPEG, fax, deflated; with objects in streams."""
    height, width = gray.shape
    black = Image.fromarray(np.where(gray < 128, 255, 0).astype(np.uint8)).convert("1")
    fax = _saved(black, "TIFF", compression="group4", strip_size=1 << 24)
    with Image.open(io.BytesIO(fax)) as opened:
        start, size = opened.tag_v2[273][0], opened.tag_v2[279][0]  # type: ignore[attr-defined]
    stored = (
        (_saved(Image.fromarray(gray), "JPEG", quality=60), "DCTDecode", 8),
        (fax[start : start + size], "CCITTFaxDecode", 1),
        (gray.tobytes(), "", 8),
    )
    for data, packing, bits in stored:
        for mode in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
            document = pikepdf.new()
            image = document.make_stream(data)
            image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            image.Width, image.Height, image.BitsPerComponent = width, height, bits
            image.ColorSpace = pikepdf.Name.DeviceGray
            if packing:
                image.Filter = pikepdf.Name("/" + packing)
            if packing == "CCITTFaxDecode":
                image.DecodeParms = pikepdf.Dictionary(K=-1, Columns=width, Rows=height)
            for _ in range(2):
                page = document.add_blank_page(page_size=(width * 0.72, height * 0.72))
                page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
                content = f"q {width * 0.72} 0 0 {height * 0.72} 0 0 cm /Im Do Q"
                page.obj.Contents = document.make_stream(content.encode())
            out = io.BytesIO()
            document.save(out, object_stream_mode=mode, compress_streams=True, deterministic_id=True)
            yield out.getvalue()
