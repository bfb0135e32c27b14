"""What the decoders of JPEG and TIFF say on standard error: that they had to make up pixels.

It is the only place where they say it; to the program they report a success. A page that was made up
in part would be read as if it were the paper.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_DAMAGE = (
    *(b"Corrupt JPEG", b"Premature end", b"Invalid SOS", b"bad Huffman", b"Unsupported marker"),
    *(b"Bad code word", b"Uncompressed data (not supported)", b"Premature EO", b"Line length mismatch"),
    *(b"Not enough data", b"Using code not yet in table"),
)
"""Words of libjpeg; of libtiff for fax pages; of libtiff for PackBits and LZW."""
_stderr_lock = threading.Lock()


@contextmanager
def complaints() -> Iterator[list[bytes]]:
    """Collect what libraries write to file descriptor 2 about damage; lines of anybody else are passed on.

    Yields
    ------
    list of bytes
        Filled when the block ends: the lines that tell of damage.
    """
    heard: list[bytes] = []
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:
            yield heard
            return
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)  # a picture with a thousand faults must not wait for us
        try:
            os.dup2(writer, 2)
            yield heard
        finally:
            os.dup2(saved, 2)
            os.close(writer)
            os.close(saved)
            lines = _drain(reader).splitlines(keepends=True)
            os.close(reader)
            heard += [line for line in lines if any(words in line for words in _DAMAGE)]
            for line in lines:
                if line not in heard:
                    os.write(2, line)


def _drain(reader: int) -> bytes:
    parts: list[bytes] = []
    with contextlib.suppress(BlockingIOError):
        while part := os.read(reader, 65536):
            parts.append(part)
    return b"".join(parts)
