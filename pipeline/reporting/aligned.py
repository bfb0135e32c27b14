"""Tables as aligned lines of a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence

from pipeline.errors import visible


def text_width(text: str) -> int:
    """Columns of a terminal that a line takes: wide characters two, combining ones none (UAX #11)."""
    if text.isascii():
        return len(text)
    shown = [one for one in text if not unicodedata.combining(one) and unicodedata.category(one) != "Cf"]
    return len(shown) + sum(unicodedata.east_asian_width(one) in "WF" for one in shown)


def aligned_rows(rows: Sequence[Sequence[str]], *, left: int) -> Iterator[str]:
    """Lines of a table: columns as wide as their widest cell, two spaces between them.

    Parameters
    ----------
    rows
        Cells, the header first; a line break in one becomes a space, what would hide an escape.
    left
        How many of the first columns begin on the left; the others end on the right.
    """
    lines = [[visible(" ".join(cell.splitlines())) for cell in row] for row in rows]
    widths = [max(map(text_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = []
        for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
            space = " " * (width - text_width(cell))
            cells.append(cell + space if place < left else space + cell)
        yield "  ".join(cells).rstrip()
