"""Blocks put on pages: bands one under another, each with its columns, no block ever split."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.errors import UsageFault
from pipeline.exam.plan import Line, Pieces, TextSlot, joined

BAND_GAP = 6.0
"""Between two bands, mm."""
HEADING = 6.2
"""Height of a section's heading, mm."""
CAPTION = 6.5
"""Height of the line that says how a band is answered, mm."""
COLUMN_GAP = 8.0
"""Between two columns, mm."""
SHELF_GAP = 6.0
"""Between two blocks side by side, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where questions may stand on the pages of a sheet, mm."""

    left: float
    width: float
    first_top: float
    """On the first page, under its header."""
    later_top: float
    bottom: float

    def column_width(self, columns: int) -> float:
        """Width of one of that many columns."""
        return (self.width - (columns - 1) * COLUMN_GAP) / columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Blocks that follow each other under one caption.

    With ``columns`` they fill columns top to bottom; with 0 columns they stand side by side, each
    as wide as it is, in shelves from left to right.
    """

    caption: str
    blocks: tuple[Pieces, ...]
    columns: int
    gap: float
    """Between two blocks, one under the other, mm."""
    heading: str = ""
    """Title of the section that begins here."""


@dataclass(slots=True)
class _Pages:
    """The pages while they are being filled."""

    frame: Frame
    pages: list[list[Pieces]]
    y: float

    @property
    def fresh(self) -> bool:
        return not self.pages[-1]

    @property
    def room(self) -> float:
        return self.frame.bottom - self.y

    def put(self, pieces: Pieces, x: float, y: float) -> None:
        self.pages[-1].append(pieces.moved(self.frame.left + x, y))

    def turn(self) -> None:
        self.pages.append([])
        self.y = self.frame.later_top


def flow(bands: Sequence[Band], frame: Frame, exam_file: str) -> tuple[Pieces, ...]:
    """Put bands on as many pages as they need.

    Returns
    -------
    tuple of Pieces
        One per page, at least one, in page coordinates.

    Raises
    ------
    UsageFault
        When one block alone is taller than a page.
    """
    pages = _Pages(frame=frame, pages=[[]], y=frame.first_top)
    for band in bands:
        _put_band(pages, band, exam_file)
    return tuple(joined(*page) for page in pages.pages)


def _put_band(pages: _Pages, band: Band, exam_file: str) -> None:
    blocks = list(band.blocks)
    heading = band.heading
    while blocks:
        if not pages.fresh:
            pages.y += BAND_GAP
        head = _band_head(heading, band.caption, pages.frame.width)
        placed = _arrange(blocks, band, pages.frame, pages.room - head.height)
        if not placed and pages.y <= pages.frame.later_top and pages.fresh:
            names = ", ".join(dict.fromkeys(box.question for box in blocks[0].boxes))
            raise UsageFault(
                f"{exam_file}: question {names} needs more room than a whole page has",
                hint="give it fewer boxes: a larger credits step, fewer digits, fewer options",
            )
        if not placed:
            pages.turn()
            continue
        pages.put(head, 0.0, pages.y)
        top = pages.y + head.height
        for block, x, y in placed:
            pages.put(block, x, top + y)
        pages.y = top + max(y + block.height for block, _, y in placed)
        blocks = blocks[len(placed) :]
        if blocks:
            pages.turn()
            heading = f"{band.heading} (continued)" if band.heading else ""


def _band_head(heading: str, caption: str, width: float) -> Pieces:
    slots: list[TextSlot] = []
    y = 1.2
    if heading:
        slots.append(TextSlot(x=0.0, y=y, w=width, h=5.0, text=heading, size=10.5, style="bold"))
        y += HEADING
    slots.append(TextSlot(x=0.0, y=y - 0.4, w=width, h=3.4, text=caption, size=7.5, tone=0.4))
    rule = Line(x1=0.0, y1=0.0, x2=width, y2=0.0, width=0.2, tone=0.45 if heading else 0.7)
    return Pieces(width=width, height=y + CAPTION - 1.2, slots=tuple(slots), lines=(rule,))


def _arrange(
    blocks: Sequence[Pieces], band: Band, frame: Frame, room: float
) -> list[tuple[Pieces, float, float]]:
    """As many of the blocks, from the first, as fit into ``room``: (block, x, y) each."""
    if band.columns == 0:
        return _shelves(blocks, band.gap, frame.width, room)
    heights = [block.height for block in blocks]
    best = _columns(heights, band.columns, band.gap, room)
    if len(best) == len(blocks):
        for limit in _column_heights(heights, band.gap):
            tried = _columns(heights, band.columns, band.gap, min(limit, room))
            if len(tried) == len(blocks) and _descending(heights, tried, band.gap):
                best = tried
                break
    step = frame.column_width(band.columns) + COLUMN_GAP
    return [(block, column * step, y) for block, (column, y) in zip(blocks, best, strict=False)]


def _columns(heights: Sequence[float], columns: int, gap: float, limit: float) -> list[tuple[int, float]]:
    """Fill columns top to bottom, none taller than ``limit``: (column, y) of each block that fits."""
    places: list[tuple[int, float]] = []
    column, y = 0, 0.0
    for height in heights:
        if y > 0 and y + height > limit + 1e-6:
            column, y = column + 1, 0.0
        if column == columns or height > limit + 1e-6:
            break
        places.append((column, y))
        y += height + gap
    return places


def _column_heights(heights: Sequence[float], gap: float) -> list[float]:
    """Every height that a column of consecutive blocks can have, rising."""
    found: set[float] = set()
    for start in range(len(heights)):
        total = -gap
        for height in heights[start:]:
            total += height + gap
            found.add(round(total, 6))
    return sorted(found)


def _descending(heights: Sequence[float], places: Sequence[tuple[int, float]], gap: float) -> bool:
    """Whether no column ends below the one before it by more than a block's gap."""
    ends: dict[int, float] = {}
    for height, (column, y) in zip(heights, places, strict=True):
        ends[column] = y + height
    values = [ends[column] for column in sorted(ends)]
    return all(after <= before + gap for before, after in pairwise(values))


def _shelves(
    blocks: Sequence[Pieces], gap: float, width: float, room: float
) -> list[tuple[Pieces, float, float]]:
    """Set blocks side by side, from left to right, then a shelf lower."""
    placed: list[tuple[Pieces, float, float]] = []
    x, y, tallest = 0.0, 0.0, 0.0
    for block in blocks:
        if x > 0 and x + block.width > width + 1e-6:
            x, y, tallest = 0.0, y + tallest + gap, 0.0
        if y + block.height > room + 1e-6:
            break
        placed.append((block, x, y))
        x += block.width + SHELF_GAP
        tallest = max(tallest, block.height)
    return placed


def stacked(blocks: Sequence[Pieces], gap: float, height: float) -> list[Pieces]:
    """Stack blocks one under another into as few blocks of at most ``height`` as that takes."""
    stacks: list[Pieces] = []
    for block in blocks:
        y = stacks[-1].height + gap if stacks else 0.0
        if stacks and y + block.height <= height:
            both = joined(stacks[-1], block.moved(0.0, y))
            stacks[-1] = replace(both, height=y + block.height)
        else:
            stacks.append(block)
    return stacks
