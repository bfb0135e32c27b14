"""PDF files written byte by byte, as no library would write them."""

import zlib
from collections.abc import Mapping
from itertools import repeat
from pathlib import Path

CATALOG = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>"}


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data)


def packed(data: bytes, times: int = 1) -> bytes:
    """Data that is repeated, deflated."""
    packer = zlib.compressobj(1)
    return b"".join(map(packer.compress, repeat(data, times))) + packer.flush()


def page(content: bytes, resources: bytes = b"", entries: bytes = b"") -> dict[int, bytes]:
    """Objects of a file with one page of 200 x 300 points; ``content`` is a stream."""
    head = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R"
    return {**CATALOG, 3: head + b"/Resources<<%b>>%b>>" % (resources, entries), 4: content}


def write_pdf(path: Path, objects: Mapping[int, bytes]) -> Path:
    """Write a file with a right index, whatever its objects hold."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    index, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        entry = (places[number], 0, b"n") if number in places else (0, 65535, b"f")
        out += b"%010d %05d %b \n" % entry
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, index)
    path.write_bytes(out)
    return path
