"""Text of a file that a person wrote or exported, with clear faults where it is none."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault


def read_text(path: Path, *, what: str, limit: int, instead: str = "save it as UTF-8") -> str:
    """Text of a UTF-8 file, with or without a byte order mark.

    Parameters
    ----------
    path
        The file.
    what
        What it ought to be, for messages: "an exam file".
    limit
        Most bytes that it may hold.
    instead
        How to get UTF-8, for messages.

    Returns
    -------
    str
        The text; line ends as they are.

    Raises
    ------
    UsageFault
        There is no such file, or it cannot be read.
    FileFaults
        It is too large, or is not UTF-8 text; with the place of the first odd byte.
    """
    data = read_bytes(path, what=what, limit=limit)
    return decode(data, str(path), what=what, instead=instead)


def read_bytes(path: Path, *, what: str, limit: int) -> bytes:
    """Bytes of a file, refused when they are more than ``limit`` (errors as :func:`read_text`)."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise UsageFault(f"there is no file {path}", hint=f"name {what} that exists") from None
    except IsADirectoryError:
        raise UsageFault(f"{path} is a folder", hint=f"name {what}") from None
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {error.strerror or error}") from None
    if len(data) > limit:
        raise FileFaults([_whole(str(path), f"more than {limit:,} bytes is too large for {what}")])
    return data


def decode(data: bytes, file: str, *, what: str, instead: str) -> str:
    """UTF-8 text of ``data``; FileFaults with line and column of the first byte that is not."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFaults([_whole(file, "the text is UTF-16, not UTF-8", instead)])
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileFaults([_whole(file, f"this is an office document, not {what}", instead)])
    if b"\0" in data:
        before = data[: data.index(b"\0")]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        what_is = "a zero byte: this is no UTF-8 text (UTF-16, or a binary file)"
        raise FileFaults([Fault(file=file, line=line, column=column, what=what_is, instead=instead)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The object holds the bytes behind the byte order mark, so that its offsets fit them.
        seen = bytes(error.object)
        lead = seen[: error.start].rpartition(b"\n")
        raise FileFaults(
            [
                Fault(
                    file=file,
                    line=seen[: error.start].count(b"\n") + 1,
                    column=len(lead[2].decode("utf-8")) + 1,
                    what=f"byte 0x{seen[error.start]:02X} is not UTF-8 text",
                    instead=f"{instead} (it may be Latin-1 or Windows-1252 now)",
                )
            ]
        ) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` was probably meant to be, or ""."""
    folded = {_folded(name): name for name in sorted(set(known), reverse=True)}
    found = get_close_matches(_folded(word), sorted(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _folded(word: str) -> str:
    """A word without what people mix up: upper and lower case, - and _."""
    return word.casefold().replace("_", "-")


def did_you_mean(word: str, known: Iterable[str], *, most: int = 24) -> str:
    """What to write instead of an unknown word: the nearest one, or all there are."""
    words = tuple(known)
    near = nearest(word, words)
    if near:
        return f"did you mean {near}?"
    listed = ", ".join(words[:most]) + (", ..." if len(words) > most else "")
    return f"write one of {listed}" if listed else ""


def _whole(file: str, what: str, instead: str = "") -> Fault:
    return Fault(file=file, line=0, column=0, what=what, instead=instead)
