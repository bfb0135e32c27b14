"""What every box was read as, packed: the page, each box's state and its probability."""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    p_marked: NDArray[np.float64]
    """(boxes,): probability that the writer meant a mark, to four decimals."""


def marks_data(marks: Iterable[PageMarks]) -> bytes:
    """The states of all boxes of some pages, for :func:`read_marks`."""
    pages, states, probabilities = [], [], [np.zeros(0, dtype=np.float32)]
    for page in marks:
        source = page.read.source
        pages.append([source.sha256 or source.path, source.page, len(page.states.states)])
        states.append(" ".join(page.states.states))
        probabilities.append(page.states.p_marked)
    steps = np.rint(np.concatenate(probabilities) * STEPS).astype("<u2")
    head = json.dumps([pages, "\n".join(states)], separators=(",", ":")).encode("ascii")
    # High and low bytes apart: most probabilities are 0 or 1, and then both halves are long runs.
    halves = steps.view(np.uint8).reshape(-1, 2).T.tobytes()
    return zlib.compress(head + b"\0" + halves, 1)


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
                states=tuple(states.split(" ")) if boxes else (),
                p_marked=steps[begin : begin + boxes] / STEPS,
            )
            begin += boxes
    except (zlib.error, TypeError) as error:
        raise ValueError(f"the marks cannot be unpacked: {error}") from error
    return found
