"""Pages of a pile that are no answer sheets: blank backs, scratch paper, another document."""

import cv2
import numpy as np

from pipeline.formats import PageOutcome
from pipeline.model import Marking
from pipeline.paper.simulate.dirt import stain
from pipeline.paper.simulate.handwriting import ink_groups, scratch_lines
from pipeline.paper.simulate.ink import MASTER_PX_PER_MM, InkedPage
from pipeline.paper.simulate.pens import Random, draw_hand
from pipeline.paper.simulate.profiles import ScanProfile
from pipeline.paper.simulate.records import Image, SimulatedPage
from pipeline.paper.simulate.scan import scan_page

A4_MM = (210.0, 297.0)

_TEXT = """Minutes of the meeting of the library committee

The committee met at two in the afternoon. Apologies were received from the
head of acquisitions. The minutes of the last meeting were read and agreed.

The reading room on the second floor will be open until ten in the evening
during the weeks of the examinations. Two members asked that the heating be
looked at before the winter. The porter has been told.

The catalogue was out of order on four days in October. The makers say that
the next version mends the fault; it will be tried on one machine first and
on the others when a week has passed without trouble.

A list of journals that nobody has opened in five years was handed round.
Departments are asked to mark the titles that they wish to keep, and to give
the list back before the end of the month. Titles without a mark will be
offered to other libraries, and pulped when nobody wants them.

The next meeting is on the third Thursday of the coming month at the usual
hour in the small conference room."""


def blank_page(size_mm: tuple[float, float] = A4_MM) -> Image:
    """White paper at ``MASTER_DPI``."""
    width, height = size_mm
    shape = (round(height * MASTER_PX_PER_MM), round(width * MASTER_PX_PER_MM))
    return np.full(shape, 255, np.uint8)


def blank_back(
    front: Image, profile: ScanProfile, rng: Random, *, bilevel: bool | None = None, quarter_turns: int = 0
) -> SimulatedPage:
    """Scan the empty back of a sheet; its front shows through.

    Parameters
    ----------
    front
        The written front at ``MASTER_DPI``, grey or RGB.
    """
    grey = front if front.ndim == 2 else np.asarray(cv2.cvtColor(front, cv2.COLOR_RGB2GRAY), np.uint8)
    page = np.full(front.shape, 255, np.uint8)
    return _scanned(page, "blank", profile, rng, back=grey, bilevel=bilevel, quarter_turns=quarter_turns)


def scratch_page(
    profile: ScanProfile,
    rng: Random,
    *,
    size_mm: tuple[float, float] = A4_MM,
    coffee: bool = False,
    bilevel: bool | None = None,
) -> SimulatedPage:
    """Scan a sheet of scratch paper: handwriting only, and a coffee stain if wanted."""
    hand = draw_hand(Marking.ANY, rng, pen="ballpoint" if rng.random() < 0.6 else "pencil")
    inked = InkedPage(blank_page(size_mm), color=profile.color, rng=rng)
    width, height = size_mm
    bottom = height * rng.uniform(0.4, 0.9)
    strokes = scratch_lines(left=18, top=20, right=width - 18, bottom=bottom, hand=hand, rng=rng)
    for group in ink_groups(strokes, most=6):
        inked.write(group, hand)
    page = inked.image
    if coffee:
        page = stain(page, rng, x=width * 0.6, y=height * 0.65)
    return _scanned(page, "scratch", profile, rng, bilevel=bilevel)


def foreign_page(
    profile: ScanProfile, rng: Random, *, size_mm: tuple[float, float] = A4_MM, bilevel: bool | None = None
) -> SimulatedPage:
    """Scan a page of another document: printed text that has nothing to do with the exam."""
    page = blank_page(size_mm)
    y = 32.0
    for number, line in enumerate(_TEXT.split("\n")):
        place = (round(25 * MASTER_PX_PER_MM), round(y * MASTER_PX_PER_MM))
        size, weight = (1.6, 4) if number == 0 else (1.15, 2)
        cv2.putText(page, line, place, cv2.FONT_HERSHEY_COMPLEX, size, (0,), weight, cv2.LINE_AA)
        y += 12.0 if number == 0 else 6.5
    if profile.color:
        page = np.dstack([page] * 3)
    return _scanned(page, "foreign", profile, rng, bilevel=bilevel)


def _scanned(
    page: Image,
    outcome: PageOutcome,
    profile: ScanProfile,
    rng: Random,
    *,
    back: Image | None = None,
    bilevel: bool | None = None,
    quarter_turns: int = 0,
) -> SimulatedPage:
    black_white = profile.bilevel if bilevel is None else bilevel
    scan = scan_page(page, profile, rng, back=back, bilevel=black_white, quarter_turns=quarter_turns)
    return SimulatedPage(
        image=scan.image,
        dpi=profile.dpi,
        jpeg_quality=scan.jpeg_quality,
        bilevel=scan.bilevel,
        outcome=outcome,
        quarter_turns=quarter_turns % 4,
    )
