"""How :mod:`benchmarks.fuzz` spoils a file: anywhere, or where its format keeps what counts."""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

Spoil = Callable[[bytes, Sequence[bytes], Random], bytes]
"""Takes a file, others to borrow from, and where chance comes from."""
MOST_BYTES = 2_000_000
"""A spoilt file is cut here."""

_NUMBERS = (0, 1, 2, 7, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
_WORDS = (
    "", "-1", "0", "1e999", "NaN", "-Infinity", "1/0", "99999999999999999999999", "0x10", "1e-400", "'", '"',
    "=cmd()|' /C calc'!A0", "@x", "\t", "\u202e", "\ufeff", "\x00", "\x1b[2J", "\ud83d\ude00", "é" * 300,
    "a" * 5000,
    "../../etc/passwd", "/dev/zero", "&a", "*a", "!!python/object:os.system x", "<<", "{", "}", "[", "]", ":",
    "- ", "#", "|", ">", "%", "---\n", "null", "true", "{" * 400, "[" * 2000, "\r", "\n", "\n\n  ", ";", ",",
)  # fmt: skip


def spoil(kind: str, data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """One spoilt file of a kind; the same for the same state of ``chance``."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        ways = _OF_FORMAT.get(kind, ()) if chance.random() < 0.5 else ()
        data = chance.choice(ways or _ANYWHERE)(data, others, chance)
    return data[:MOST_BYTES]


# --- anywhere ------------------------------------------------------------------------------------


def _span(data: bytes, chance: Random, most: int = 4096) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + int(most ** chance.random()))


def _truncate(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    return data[: chance.randrange(len(data) + 1)]


def _flip(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    out = bytearray(data)
    for _ in range(chance.choice((1, 3, 20)) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _overwrite(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    start, end = _span(data, chance)
    filler = chance.choice((b"\0", b"\xff", b"\x80", b"\x7f", b"%", b"\n"))
    return data[:start] + filler * (end - start) + data[end:]


def _noise(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    start, end = _span(data, chance, 512)
    return data[:start] + chance.randbytes(chance.randrange(64)) + data[end:]


def _drop(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    start, end = _span(data, chance, 65536)
    return data[:start] + data[end:]


def _repeat(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    start, end = _span(data, chance)
    times = int(min(10 ** (4 * chance.random()), MOST_BYTES / max(1, end - start)))
    return data[:start] + data[start:end] * (times + 1) + data[end:]


def _swap(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    first, second, third = cuts
    return data[:first] + data[second:third] + data[first:second] + data[third:]


def _splice(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    other = chance.choice(others)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _swap_header(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    size = chance.choice((4, 8, 16, 64, 512))
    return chance.choice(others)[:size] + data[size:]


def _number(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    word = chance.choice(_NUMBERS).to_bytes(8, "little")[: chance.choice((2, 4, 8))]
    word = word if chance.random() < 0.5 else word[::-1]
    start = chance.randrange(len(data) + 1)
    return data[:start] + word + data[start + len(word) :]


_ANYWHERE: tuple[Spoil, ...] = (
    _truncate, _flip, _flip, _overwrite, _noise, _drop, _repeat, _swap, _splice, _swap_header, _number,
)  # fmt: skip


# --- text ----------------------------------------------------------------------------------------


def _word(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    """Replace a word or a number by one that nobody expects."""
    found = list(re.finditer(rb"[\w.+-]+", data))
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(_WORDS).encode("utf-8", "ignore") + data[place.end() :]


def _lines(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    """Drop, repeat, move or indent a line."""
    lines = data.split(b"\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines[at:at] = [lines[to]] * int(1000 ** chance.random())
    elif way == 2:
        lines[at], lines[to] = lines[to], lines[at]
    else:
        lines[at] = b" " * chance.randrange(1, 9) + lines[at]
    return b"\n".join(lines)


def _encoding(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-8-sig", "latin-1", "utf-32")), "replace")


_TEXT: tuple[Spoil, ...] = (_word, _word, _word, _lines, _lines, _encoding)


def _json(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Replace, drop or multiply a value of a JSON document."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _word(data, others, chance)
    places: list[tuple[Any, Any]] = []
    _places(document, places)
    if not places:
        return data
    holder, key = chance.choice(places)
    way = chance.randrange(3)
    if way == 0:
        holder[key] = chance.choice((None, True, -1, 0, 1e308, 2**70, [], {}, [[]], chance.choice(_WORDS)))
    elif way == 1 or not isinstance(holder, list):
        del holder[key]
    else:
        holder[key:key] = [holder[key]] * int(500 ** chance.random())
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _places(node: Any, found: list[tuple[Any, Any]]) -> None:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        found.append((node, key))
        _places(node[key], found)


# --- binary formats ------------------------------------------------------------------------------


def _pdf_number(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    """Replace a number outside of the streams: a length, a size, a reference."""
    found = list(re.finditer(rb"(?<=[ \[/\n])-?\d+(?=[ \]/>\n])", data))
    if not found:
        return data
    place = chance.choice(found)
    number = chance.choice((*_NUMBERS, -1, 10**12, 10**40))
    return data[: place.start()] + b"%d" % number + data[place.end() :]


_NAMES = (
    b"/FlateDecode", b"/LZWDecode", b"/DCTDecode", b"/CCITTFaxDecode", b"/JBIG2Decode", b"/RunLengthDecode",
    b"/ASCII85Decode", b"/Crypt", b"/Page", b"/Pages", b"/Catalog", b"/ObjStm", b"/XRef", b"/Image", b"/Form",
    b"/DeviceCMYK", b"/Indexed", b"/ImageMask true", b"/Kids", b"/Parent", b"/Encrypt 1 0 R", b"/Rotate 91",
)  # fmt: skip


def _pdf_name(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    found = list(re.finditer(rb"/[A-Za-z0-9]+", data))
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + chance.choice(_NAMES) + data[place.end() :]


def _pdf_object(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Put an object of this or another file in the place of one."""
    pattern = re.compile(rb"(?<=obj\n).*?(?=\nendobj)", re.DOTALL)
    mine, theirs = list(pattern.finditer(data)), list(pattern.finditer(chance.choice([*others[:8], data])))
    if not mine or not theirs:
        return data
    place = chance.choice(mine)
    return data[: place.start()] + chance.choice(theirs).group() + data[place.end() :]


def _tiff_entry(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:  # noqa: ARG001
    """Change the tag, the type, the count or the value of an entry of the first directory."""
    if len(data) < 16:
        return data
    order = "<" if data[:2] == b"II" else ">"
    first = struct.unpack(order + "I", data[4:8])[0]
    if not 8 <= first < len(data) - 2:
        return data
    out, count = bytearray(data), struct.unpack(order + "H", data[first : first + 2])[0]
    entry = first + 2 + 12 * chance.randrange(max(1, min(count, 40)))
    where, form = chance.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "H")))
    number = chance.choice((*_NUMBERS, first, entry, len(data), 259, 273, 279, 322))
    if entry + 12 <= len(out):
        struct.pack_into(order + form, out, entry + where, number & (0xFFFF if form == "H" else 0xFFFFFFFF))
    return bytes(out)


def _png_chunk(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Spoil what a chunk holds, and mend its sum."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    if not chunks:
        return data
    place = chance.randrange(len(chunks))
    kind, held = chunks[place]
    if kind == b"IDAT" and chance.random() < 0.5:
        try:
            held = zlib.compress(_flip(zlib.decompress(held), others, chance))
        except zlib.error:
            held = b""
    else:
        held = chance.choice(_ANYWHERE)(held, others, chance)[:65536]
    chunks[place : place + 1] = [(kind, held)] * chance.choice((0, 1, 1, 1, 2, 300))
    return data[:8] + b"".join(
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
        for kind, held in chunks
    )


def _jpeg_segment(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Change a byte or two of a header, or put a segment in twice."""
    starts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        starts.append((at, at + size))
        at += size
    if not starts:
        return _flip(data, others, chance)
    start, end = chance.choice(starts)
    if chance.random() < 0.3:
        return data[:end] + data[start:end] * int(300 ** chance.random()) + data[end:]
    place = chance.randrange(start, max(start + 1, min(end, len(data))))
    return data[:place] + bytes([chance.choice((0, 1, 2, 127, 128, 255))]) + data[place + 1 :]


def _inside_zip(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Spoil one of the texts in a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            held = {name: package.read(name) for name in package.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return _flip(data, others, chance)
    if not held:
        return data
    name = chance.choice(sorted(held))
    held[name] = chance.choice((*_TEXT, _pdf_number, _repeat))(held[name], others, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for part, text in held.items():
            package.writestr(zipfile.ZipInfo(part), text)
    return out.getvalue()


_OF_FORMAT: Mapping[str, tuple[Spoil, ...]] = {
    "pdf": (_pdf_number, _pdf_number, _pdf_name, _pdf_object),
    "tiff": (_tiff_entry,),
    "jpeg": (_jpeg_segment,),
    "png": (_png_chunk,),
    **dict.fromkeys(("exam", "roster", "sheets", "credits", "decisions", "key-csv", "code"), _TEXT),
    "key-xlsx": (_inside_zip,),
    "layout": (_json, _json, _word),
}
