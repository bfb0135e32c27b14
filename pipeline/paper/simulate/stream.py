"""Pages for training and measuring, straight into memory: no scan file, many writers, many scanners.

One writer fills in one carrier, once; every scanner that is asked for then scans that same paper.
All renderings of one box carry the same ``mark``, so that they can be counted once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Layout, PageLayout
from pipeline.paper.simulate.booklets import BookletMaker
from pipeline.paper.simulate.carriers import Carrier
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.draws import DRAWS
from pipeline.paper.simulate.profiles import ScanProfile, scan_profile
from pipeline.paper.simulate.records import (
    Image,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    TrueAnswer,
)

Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScannedPage:
    """One page as a scanner gives it, grey, with the truth of all its boxes.

    Arrays have one entry for each box, in the order of ``page.boxes``.
    """

    image: Image
    """(height, width), after the loss of its JPEG unless it is bilevel."""
    dpi: int
    bilevel: bool
    profile: str
    carrier: str
    layout: Layout
    page: PageLayout
    """As printed."""
    matrix: NDArray[np.float64]
    """(3, 3): layout units to pixels, pixel centres at whole numbers."""
    writer: int
    pen: str
    """The student's; credit boxes are the examiner's."""
    state: Texts
    """empty, marked or cancelled: what the writer meant."""
    drawing: Texts
    """How it is drawn: one of the names in ``Drawing``."""
    awkward: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    """Drawn on, but thresholded away."""
    crossed: NDArray[np.bool_]
    """A streak, fold, hole or staple runs through it."""
    mark: NDArray[np.int64]
    """The same for all renderings of one box of one writer, different for all others of a carrier."""
    answers: tuple[TrueAnswer, ...]

    @property
    def question(self) -> tuple[str, ...]:
        """Question of each box."""
        return tuple(box.question for box in self.page.boxes)


def simulate_pages(
    carriers: Sequence[Carrier],
    profiles: Sequence[str],
    writers: range,
    settings: SimulationSettings,
) -> Iterator[ScannedPage]:
    """Have writers fill carriers in, and scan each page with every scanner.

    Parameters
    ----------
    carriers
        Writer ``w`` gets ``carriers[w % len(carriers)]``; its other pages, or the next carrier, are
        printed on the backs.
    profiles
        Names of scanners.
    writers
        Numbers from 1; a page depends on its writer's number and the settings, not on the range, so
        that work may be divided.
    settings
        Seed, draws, knowledge and awkward marks; its profile and format do not matter.

    Yields
    ------
    ScannedPage
        Writer by writer, page by page, scanner by scanner.
    """
    scanners = [_grey(scan_profile(name, DRAWS[settings.draws])) for name in profiles]
    if not scanners:
        return
    settings = replace(settings, profile=profiles[0], format="pdf")
    makers: dict[int, BookletMaker] = {}
    for writer in writers:
        place = writer % len(carriers)
        carrier = carriers[place]
        if place not in makers:
            makers[place] = _maker(carriers, place, settings)
        student = SimulatedStudent(student_id=f"{writer:08d}", name="", serial=writer)
        pen = makers[place].plan(student)[1].pen.name
        for page in carrier.layout.pages:
            written = makers[place].write(student, page.sheet)
            for scanner in scanners:
                scanned = makers[place].scan(written, profile=scanner)
                yield _as_received(scanned, carrier, page, scanner.name, pen)


def _grey(profile: ScanProfile) -> ScanProfile:
    return replace(profile, color=False)


def _maker(carriers: Sequence[Carrier], place: int, settings: SimulationSettings) -> BookletMaker:
    carrier, behind = carriers[place], carriers[(place + 1) % len(carriers)]
    alone = len(carrier.images) == 1
    back = behind.images[0] if alone and behind.images[0].shape == carrier.images[0].shape else None
    return BookletMaker(
        carrier.layout,
        settings,
        exam=carrier.exam,
        page_images=carrier.images,
        right=carrier.right,
        sheet_plan=carrier.plan,
        back=back,
    )


def _as_received(
    scanned: SimulatedPage, carrier: Carrier, page: PageLayout, profile: str, pen: str
) -> ScannedPage:
    image = scanned.image
    if not scanned.bilevel:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, scanned.jpeg_quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    image.setflags(write=False)
    matrix = scanned.matrix
    if matrix is None:
        raise ValueError("a page of a layout has a matrix")
    plans = scanned.plans
    first = (scanned.serial << 24) + (scanned.sheet << 16)
    return ScannedPage(
        image=image,
        dpi=scanned.dpi,
        bilevel=scanned.bilevel,
        profile=profile,
        carrier=carrier.name,
        layout=carrier.layout,
        page=page,
        matrix=matrix,
        writer=scanned.serial,
        pen=pen,
        state=np.array([plan.state for plan in plans]),
        drawing=np.array([Drawing.STRUCK if plan.struck else plan.drawing for plan in plans]),
        awkward=np.array([plan.label == "awkward" for plan in plans], bool),
        lost=np.array(scanned.lost, bool),
        crossed=np.array(scanned.crossed, bool),
        mark=first + np.arange(len(plans), dtype=np.int64),
        answers=scanned.answers,
    )
