"""What every box was read as, packed: the page, each box's state and its probability."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageMarks

STEPS = 10_000
"""Probabilities are kept to four decimals, as ``marks.csv`` has them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptStates:
    """The boxes of one page as they were read."""

    states: tuple[str, ...]
    """In the order of the page layout's boxes."""
    steps: NDArray[np.uint16]
    """(boxes,): ten thousandths of the probability that the writer meant a mark."""

    @property
    def p_marked(self) -> NDArray[np.float64]:
        """(boxes,): that probability, to four decimals."""
        return self.steps / STEPS


def marks_data(marks: Sequence[PageMarks]) -> bytes:
    """The states of all boxes of some pages, for :func:`read_marks`; compressed as it is made."""
    packer = zlib.compressobj(1)
    return b"".join([*map(packer.compress, _pieces(marks)), packer.flush()])


def _pieces(marks: Sequence[PageMarks]) -> Iterator[bytes]:
    """JSON of the pages and of the states, a line for each page; the probabilities as steps."""
    pages = [
        [page.read.source.sha256 or page.read.source.path, page.read.source.page, len(page.states.states)]
        for page in marks
    ]
    yield f'[{json.dumps(pages, separators=(",", ":"))},"'.encode("ascii")
    for place, page in enumerate(marks):
        yield (b"\\n" if place else b"") + " ".join(page.states.states).encode("ascii")
    yield b'"]\0'
    steps = [np.rint(page.states.p_marked * STEPS).astype("<u2") for page in marks]
    # High and low bytes apart: most probabilities are 0 or 1, and then both halves are long runs.
    for half in (0, 1):
        for one in steps:
            yield one.view(np.uint8)[half::2].tobytes()


def read_marks(data: bytes) -> Mapping[tuple[str, int], KeptStates]:
    """States by (SHA-256 of the file, or its path where it could not be opened; page).

    Raises
    ------
    ValueError
        When ``data`` is not what :func:`marks_data` gives.
    """
    try:
        head, _, halves = zlib.decompress(data).partition(b"\0")
        pages, text = json.loads(head)
        steps = np.frombuffer(halves, np.uint8).reshape(2, -1).T.copy().view("<u2").ravel()
        found, begin = {}, 0
        for (name, page, boxes), states in zip(pages, text.split("\n") if pages else [], strict=True):
            found[str(name), int(page)] = KeptStates(
                states=tuple(map(intern, states.split(" "))) if boxes else (),
                steps=steps[begin : begin + boxes],
            )
            begin += boxes
    except (zlib.error, TypeError) as error:
        raise ValueError(f"the marks cannot be unpacked: {error}") from error
    return found
