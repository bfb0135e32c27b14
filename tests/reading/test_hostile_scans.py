"""Scans that were made to fill the memory, to take for ever, or to reach out of their file."""

import io
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import UnreadablePage
from pipeline.exam.key_file import MAX_BYTES as MAX_KEY_BYTES
from pipeline.exam.key_workbook import MAX_XML
from pipeline.exam.load import MAX_QUESTIONS
from pipeline.exam.table import MAX_BYTES as MAX_TABLE_BYTES
from pipeline.exam.tree import MAX_DEPTH, MAX_NODES
from pipeline.model import PageFailed
from pipeline.reading import (
    PageImage,
    PdfEngine,
    bounds,
    find_scans,
    list_pages,
    load_page,
    pdf_drawing,
    pdf_pages,
)
from pipeline.reading.bounds import MAX_OPERATORS, MAX_PAGES, MAX_PIXELS
from tests.reading.raw_pdf import CATALOG, packed, page, stream, write_pdf

ENGINES: list[PdfEngine] = ["pdfium"]
if shutil.which("pdftoppm"):
    ENGINES.append("poppler")


def load(path: Path, engine: PdfEngine = "auto") -> PageImage:
    listed = list_pages(find_scans([path])[0])
    assert not isinstance(listed, PageFailed), listed
    return load_page(listed[-1], engine)


def failure(path: Path, engine: PdfEngine = "auto") -> tuple[str, str]:
    """Code and message of a file that cannot be counted, or of its last page that cannot be read."""
    listed = list_pages(find_scans([path])[0])
    if isinstance(listed, PageFailed):
        assert listed.hint
        return listed.code, listed.message
    with pytest.raises(UnreadablePage) as error:
        load_page(listed[-1], engine)
    assert error.value.hint
    assert path.name in error.value.message
    return error.value.code, error.value.message


def test_the_bounds_that_are_written_down_are_those_that_are_held() -> None:
    told = (Path(__file__).parents[2] / "docs" / "limits.md").read_text("utf-8")
    assert f"{bounds.MAX_FILE_BYTES // 10**9} GB; a single JPEG {bounds.MAX_JPEG_BYTES // 10**6} MB" in told
    assert f"| pages of a file | {bounds.MAX_PAGES:,} |" in told
    assert f"{bounds.MAX_PIXELS // 10**6} million, and {bounds.MAX_SIDE:,} along a side" in told
    assert f"{bounds.MAX_SCANNED_PIXELS // 10**6:,} million pixels together" in told
    assert f"{bounds.MAX_POINTS / 72:g} inches" in told
    assert f"{bounds.MAX_UNPACKED // 10**6} MB unpacked, {bounds.DRAWING_SECONDS} seconds" in told
    assert f"nesting of objects in a PDF | {bounds.MAX_NESTING} |" in told
    assert f"{MAX_NODES:,} keys and values, {MAX_DEPTH} levels" in told
    assert f"{MAX_QUESTIONS:,} questions" in told
    assert f"| a roster or another list | {MAX_TABLE_BYTES // 10**6} MB |" in told
    assert f"{MAX_KEY_BYTES // 10**6} MB, {MAX_XML // 10**6} MB unpacked" in told


# --- pictures that announce too little or too much ------------------------------------------------


def jpeg(width: int, height: int, **options: object) -> bytes:
    stored = io.BytesIO()
    Image.new("L", (width, height), 255).save(stored, "JPEG", **options)
    return stored.getvalue()


def announcing(data: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header says another size."""
    changed = bytearray(data)
    frame = next(at for at in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if at > 0)
    struct.pack_into(">HH", changed, frame + 5, height, width)
    return bytes(changed)


@pytest.mark.parametrize("ink", [b"", b" 0 g 20 20 30 30 re f"])
def test_a_jpeg_inside_a_pdf_is_measured_by_its_own_header(tmp_path: Path, ink: bytes) -> None:
    picture = announcing(jpeg(200, 300), 60_000, 60_000)
    entries = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray"
    objects = page(stream(b"q 200 0 0 300 0 0 cm /I Do Q" + ink), b"/XObject<</I 5 0 R>>")
    objects[5] = stream(picture, entries + b"/Filter/DCTDecode")
    assert failure(write_pdf(tmp_path / "a.pdf", objects))[0] == "too-large"


def test_a_jpeg_of_a_thousand_scans_over_each_other_is_refused(tmp_path: Path) -> None:
    data = jpeg(3000, 3000, progressive=True)
    last = data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda"))
    path = tmp_path / "a.jpg"
    path.write_bytes(data[:-2] + data[last:-2] * 250 + data[-2:])
    code, message = failure(path)
    assert code == "too-large"
    assert "scans" in message
    path.write_bytes(data)
    assert load(path).gray.shape == (3000, 3000)


def test_a_jpeg_without_a_frame_is_damaged_and_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xda\x00\x02" + bytes(50) + b"\xff\xd9")
    assert failure(tmp_path / "a.jpg")[0] == "damaged"


Entry = tuple[int, int, int, int]


def directory(*more: Entry) -> bytes:
    """Entries of a grey TIFF page of 100 x 100 pixels; ``more`` replaces those of the same tag."""
    entries: dict[int, Entry] = {
        entry[0]: entry
        for entry in [
            (256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 100), (279, 4, 1, 10_000), *more,
        ]
    }  # fmt: skip
    packed_entries = [struct.pack("<HHII", *entries[tag]) for tag in sorted(entries)]
    return struct.pack("<H", len(packed_entries)) + b"".join(packed_entries)


def chain(lead: bytes, one: bytes, pages: int) -> bytes:
    """A TIFF of equal directories behind each other."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8 + len(lead)) + lead)
    for number in range(pages):
        last = number == pages - 1
        out += one + struct.pack("<I", 0 if last else len(out) + len(one) + 4)
    return bytes(out)


def test_a_tiff_of_endless_pages_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(chain(bytes(10_000), directory(), MAX_PAGES + 50))
    code, message = failure(path)
    assert (code, "20,000 pages" in message) == ("too-large", True)
    path.write_bytes(chain(bytes(10_000), directory(), MAX_PAGES))
    assert len(list_pages(find_scans([path])[0])) == MAX_PAGES  # type: ignore[arg-type]


def test_directories_of_a_tiff_that_share_a_huge_table_are_not_all_read(tmp_path: Path) -> None:
    strips = 500_000
    table = bytes(4 * strips)
    one = directory((257, 4, 1, strips), (273, 4, strips, 8), (278, 4, 1, 1), (279, 4, strips, 8))
    path = tmp_path / "a.tif"
    path.write_bytes(chain(table, one, 1000))
    listed = list_pages(find_scans([path])[0])
    assert not isinstance(listed, PageFailed)
    assert len(listed) < 100
    with pytest.raises(UnreadablePage, match="breaks off") as error:
        load_page(listed[-1])
    assert error.value.code == "truncated"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (chain(bytes(200), directory((322, 4, 1, 60_000), (323, 4, 1, 60_000)), 1), "too-large"),
        (chain(bytes(200), directory((256, 4, 1, 2**31), (257, 4, 1, 2**31)), 1), "too-large"),
        (chain(bytes(200), directory((258, 3, 1, 0), (259, 3, 1, 5)), 1), "truncated"),
        (chain(bytes(10_000), directory((258, 3, 1, 0)), 1), "damaged"),
        (b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**64 - 2) + bytes(50), "truncated"),
        (b"II*\0" + struct.pack("<I", 2**32 - 2) + bytes(50), "truncated"),
    ],
)  # fmt: skip
def test_a_tiff_whose_directory_lies_is_refused_before_decoding(
    tmp_path: Path, data: bytes, code: str
) -> None:
    (tmp_path / "a.tif").write_bytes(data)
    assert failure(tmp_path / "a.tif")[0] == code


def fax(height: int, data: bytes) -> bytes:
    """A TIFF page of 200 pixels across whose only strip holds fax codes (group 4)."""
    more = ((256, 4, 1, 200), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 4), (262, 3, 1, 0))
    return chain(data, directory(*more, (278, 4, 1, height), (279, 4, 1, len(data))), 1)


def test_a_damaged_fax_page_is_unreadable_and_never_made_up(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 2, (300, 200), dtype=np.uint8) * 255
    stored = io.BytesIO()
    Image.fromarray(noise).convert("1").save(stored, "TIFF", compression="group4", strip_size=1 << 24)
    with Image.open(stored) as picture:
        start, size = picture.tag_v2[273][0], picture.tag_v2[279][0]  # type: ignore[attr-defined]
        white_is_zero = picture.tag_v2[262] == 0  # type: ignore[attr-defined]
    codes = bytearray(stored.getvalue()[start : start + size])
    path = tmp_path / "a.tif"
    path.write_bytes(fax(300, bytes(codes)))
    assert (load(path).gray == (noise if white_is_zero else 255 - noise)).all()
    codes[size // 2 : size // 2 + 40] = bytes(40)
    path.write_bytes(fax(300, bytes(codes)))
    assert failure(path)[0] == "damaged"
    entries = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 1/ColorSpace/DeviceGray"
    entries += b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 200/Rows 300>>"
    objects = page(stream(b"q 200 0 0 300 0 0 cm /I Do Q"), b"/XObject<</I 5 0 R>>")
    assert (
        failure(write_pdf(tmp_path / "a.pdf", objects | {5: stream(bytes(codes), entries)}))[0] == "damaged"
    )


def test_a_decoder_that_complains_of_every_line_does_not_wait_to_be_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(fax(20_000, np.random.default_rng(2).bytes(400_000)))
    assert failure(path)[0] == "damaged"


# --- bombs ---------------------------------------------------------------------------------------


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in [*chunks, (b"IEND", b"")]:
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return b"".join(parts)


def bombs(folder: Path) -> None:
    """Files of some kilobytes that become gigabytes when somebody unpacks them."""
    turned = folder / "turned.tif"
    Image.new("L", (200, 300)).save(turned, compression="tiff_lzw", tiffinfo={274: 6})
    os.truncate(turned, 800_000_000)  # a hole: nothing on the disk
    header = (b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 0))
    pixels = (b"IDAT", zlib.compress(bytes(101 * 100)))
    bomb = packed(b"a" * 1_000_000, 450)
    (folder / "text.png").write_bytes(png(header, (b"zTXt", b"a\0\0" + bomb), pixels))
    (folder / "profile.png").write_bytes(png(header, (b"iCCP", b"a\0\0" + bomb), pixels))
    wide = (b"IHDR", struct.pack(">IIBBBBB", 29_000, 29_000, 8, 6, 0, 0, 0))
    (folder / "pixels.png").write_bytes(png(wide, (b"IDAT", bomb)))
    instructions = packed(b"q Q\n" * 250_000, 450)
    write_pdf(folder / "content.pdf", page(stream(instructions, b"/Filter/FlateDecode")))
    twice = stream(packed(instructions), b"/Filter[/FlateDecode/FlateDecode]")
    write_pdf(folder / "twice.pdf", page(twice))
    index = stream(packed(bytes(1_000_000), 450), b"/Type/XRef/Size 3/W[1 2 1]/Root 2 0 R/Filter/FlateDecode")
    tail = b"startxref\n9\n%%EOF\n"
    (folder / "index.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n" + index + b"\nendobj\n" + tail)
    held = stream(b"1 0 " + packed(b"[" * 1_000_000, 450), b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")
    table = struct.pack(">BHB", 0, 0, 0) + struct.pack(">BHB", 2, 2, 0) + struct.pack(">BHB", 1, 9, 0)
    place = 9 + len(b"2 0 obj\n" + held + b"\nendobj\n")
    cross = stream(table, b"/Type/XRef/Size 3/W[1 2 1]/Root 1 0 R")
    (folder / "objects.pdf").write_bytes(
        b"%PDF-1.7\n2 0 obj\n" + held + b"\nendobj\n3 0 obj\n" + cross + b"\nendobj\n"
        + b"startxref\n%d\n%%%%EOF\n" % place
    )  # fmt: skip


BOUNDED = """
import json, resource, sys
from pathlib import Path
from pipeline.model import PageFailed
from pipeline.reading import find_scans, list_pages, load_page
from pipeline.errors import UnreadablePage
import pipeline.reading.pdf_pages

pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + (400 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
codes = {}
for scan in find_scans([Path(sys.argv[1])]):
    listed = list_pages(scan)
    if isinstance(listed, PageFailed):
        codes[scan.file] = listed.code
        continue
    try:
        load_page(listed[-1], "pdfium")
        codes[scan.file] = "read"
    except UnreadablePage as error:
        codes[scan.file] = error.code
print(json.dumps(codes))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory cannot be bounded")
def test_no_bomb_takes_more_than_400_megabytes(tmp_path: Path) -> None:
    bombs(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, tmp_path], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "content.pdf": "too-large",
        "index.pdf": "truncated",
        "objects.pdf": "truncated",
        "pixels.png": "too-large",
        "profile.png": "damaged",
        "text.png": "damaged",
        "turned.tif": "read",
        "twice.pdf": "too-large",
    }


# --- PDF structure -------------------------------------------------------------------------------


def test_a_pdf_of_more_pages_than_a_batch_has_is_refused_as_a_whole(tmp_path: Path) -> None:
    kids = b"3 0 R " * (2 * MAX_PAGES + 1)
    objects = {**CATALOG, 2: b"<</Type/Pages/Count 1/Kids[%b]>>" % kids}
    objects[3] = b"<</Type/Page/MediaBox[0 0 200 300]>>"
    code, message = failure(write_pdf(tmp_path / "a.pdf", objects))
    assert (code, "20,000 pages" in message) == ("too-large", True)


def test_page_trees_and_objects_that_nest_for_ever_crash_nothing(tmp_path: Path) -> None:
    levels = 50_000
    tree = {number: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, levels)}
    tree |= {1: CATALOG[1], levels: b"<</Type/Page/MediaBox[0 0 200 300]>>"}
    assert failure(write_pdf(tmp_path / "tree.pdf", tree))[0] == "truncated"
    circle = {**CATALOG, 3: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"}
    assert failure(write_pdf(tmp_path / "circle.pdf", circle))[0] in ("truncated", "no-pages")
    nested = page(stream(b"[" * 200_000)) | {5: b"<</A" * 100_000}
    assert load(write_pdf(tmp_path / "nested.pdf", nested), "pdfium").gray.min() == 255


def forms(levels: int, each: int) -> dict[int, bytes]:
    """A page with a form that draws another one, that draws another one, several times each."""
    objects = page(stream(b"/F Do " * each), b"/XObject<</F 10 0 R>>")
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 200 300]"
    for number in range(10, 10 + levels):
        inner = head + b"/Resources<</XObject<</F %d 0 R>>>>" % (number + 1)
        objects[number] = stream(b"/F Do " * each, inner)
    objects[10 + levels] = stream(b"0 0 1 1 re f", head)
    return objects


def test_forms_that_draw_each_other_a_million_times_are_not_gone_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.full((833, 556), 255, np.uint8)
    monkeypatch.setattr(pdf_pages, "draw_with_pdfium", lambda *_: drawn)
    assert MAX_OPERATORS < 1000**3
    assert (load(write_pdf(tmp_path / "a.pdf", forms(3, 1000)), "pdfium").gray == drawn).all()


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_a_page_that_is_never_drawn_is_given_up_and_its_program_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_drawing, "DRAWING_SECONDS", 1)
    path = write_pdf(tmp_path / "endless.pdf", forms(6, 100))
    code, message = failure(path)
    assert code == "timeout"
    assert "not drawn" in message
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(path) not in running


@pytest.mark.parametrize(
    ("box", "code"),
    [
        (b"[0 0 14400 14400]", "too-large"),
        (b"[0 0 0.01 0.01]", "too-small"),
        (b"[0 0 0 0]", "too-large"),
        (b"[300 200 -300 -99999]", "too-large"),
    ],
)
def test_a_page_without_a_sensible_size_is_refused(tmp_path: Path, box: bytes, code: str) -> None:
    objects = page(stream(b"0 g 0 0 9 9 re f"))
    objects[3] = objects[3].replace(b"[0 0 200 300]", box)
    assert failure(write_pdf(tmp_path / "a.pdf", objects), "pdfium")[0] == code


def test_ink_behind_instructions_that_nobody_understands_is_not_lost(tmp_path: Path) -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray"
    content = b"q 200 0 0 300 0 0 cm /I Do Q " + b"<< /a >> ] >> ) " * 40 + b" 0 g 20 20 60 60 re f"
    objects = page(stream(content), b"/XObject<</I 5 0 R>>")
    objects[5] = stream(packed(b"\xff" * 60_000), entries + b"/Filter/FlateDecode")
    assert load(write_pdf(tmp_path / "a.pdf", objects), "pdfium").gray.min() < 60


def test_a_page_of_ten_thousand_images_is_drawn_and_not_looked_through(tmp_path: Path) -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray"
    objects = page(stream(b"q 200 0 0 300 0 0 cm " + b"/I Do " * 300), b"/XObject<</I 5 0 R>>")
    objects[5] = stream(jpeg(200, 300), entries + b"/Filter/DCTDecode")
    assert load(write_pdf(tmp_path / "a.pdf", objects), "pdfium").gray.min() > 250


def test_an_image_on_a_drawn_page_is_bounded_as_well(tmp_path: Path) -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 40000/Height 40000/BitsPerComponent 1/ColorSpace/DeviceGray"
    objects = page(stream(b"0 0 9 9 re f q 20 0 0 30 0 0 cm /I Do Q"), b"/XObject<</I 5 0 R>>")
    objects[5] = stream(packed(bytes(1_000_000), 200), entries + b"/Filter/FlateDecode")
    code, message = failure(write_pdf(tmp_path / "a.pdf", objects))
    assert code == "too-large"
    assert f"{MAX_PIXELS // 1_000_000} million" in message


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may hold any bytes")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", [b"q 200 0 0 300 0 0 cm /I Do Q", b"0 g 0 0 200 300 re f"])
def test_a_pdf_is_read_whatever_bytes_its_name_holds(
    tmp_path: Path, engine: PdfEngine, content: bytes
) -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray"
    objects = page(stream(content), b"/XObject<</I 5 0 R>>") | {5: stream(bytes(60_000), entries)}
    path = tmp_path / os.fsdecode(b"caf\xe9\n\x1b.pdf")
    assert load(write_pdf(path, objects), engine).gray.mean() < 1


# --- reaching out --------------------------------------------------------------------------------


class Watched:
    """A pipe, a port and a program's mark: whether anybody touches them."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "secret"
        os.mkfifo(self.pipe)
        self.opened = threading.Event()
        self.mark = folder / "was-run"
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.05)
        self.port = self.server.getsockname()[1]
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def _wait(self) -> None:
        with self.pipe.open("wb"):  # goes on when somebody opens the other end
            self.opened.set()

    def touched(self) -> list[str]:
        found = ["the file was opened"] if self.opened.is_set() else []
        try:
            self.server.accept()
            found.append("the network was used")
        except TimeoutError:
            pass
        return [*found, "a program was run"] if self.mark.exists() else found

    def close(self) -> None:
        os.close(os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK))
        self._thread.join()
        self.server.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ink", [b"", b" 0 g 20 20 60 60 re f"])
def test_what_a_pdf_wants_run_or_opened_is_neither_run_nor_opened(
    tmp_path: Path, engine: PdfEngine, ink: bytes
) -> None:
    watched = Watched(tmp_path)
    address = b"http://127.0.0.1:%d/" % watched.port
    outside = b"<</Type/Filespec/F(%b)>>" % str(watched.pipe).encode()
    web = b"<</FS/URL/F(%b)>>" % address
    program = b"<</S/Launch/F(/bin/sh)/Unix(touch %b)>>" % str(watched.mark).encode()
    script = b"<</S/JavaScript/JS(app.launchURL\\('%b'\\); while \\(true\\) {})>>" % address
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 200 300]/A<</S/URI/URI(%b)>>>>" % address
    image = b"/Type/XObject/Subtype/Image/Width 200/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray"
    gray = np.tile(np.linspace(80, 250, 200).astype(np.uint8), 300).tobytes()
    objects = page(
        stream(b"q 200 0 0 300 0 0 cm /I Do Q" + ink + b" /X Do /R Do"),
        b"/XObject<</I 5 0 R/X 6 0 R/R 7 0 R>>",
        b"/Annots[%b]/AA<</O %b/C %b>>" % (link, script, program),
    )
    objects[1] = (
        b"<</Type/Catalog/Pages 2 0 R/OpenAction %b/AA<</WC %b>>" % (script, program)
        + b"/URI<</Base(%b)>>" % address
        + b"/Names<</JavaScript<</Names[(a) %b]>>/EmbeddedFiles<</Names[(b) 8 0 R]>>>>>>" % script
    )
    objects[5] = stream(gray, image)
    # an image and a form whose bytes lie in other files (ISO 32000-1, 7.3.8.2 and 8.10.4)
    objects[6] = stream(b"", image + b"/F %b" % outside)
    objects[7] = stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Ref<</F %b/Page 0>>" % web)
    objects[8] = b"<</Type/Filespec/F(b)/EF<</F 9 0 R>>>>"
    objects[9] = stream(b"#!/bin/sh\ntouch %b\n" % str(watched.mark).encode())
    try:
        gray_page = load(write_pdf(tmp_path / "a.pdf", objects), engine).gray
        assert watched.touched() == []
    finally:
        watched.close()
    height, width = gray_page.shape
    assert gray_page[5, 5] < 120
    assert gray_page[5, -5] > 220
    assert (gray_page[height * 250 // 300, width * 50 // 200] < 40) == bool(ink)
