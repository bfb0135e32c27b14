"""Filled and scanned pages of booklets, each from its own stream of chance.

A page depends on the seed, the booklet's serial and the sheet alone: not on which pages were
made before it. Its streams are children of ``np.random.default_rng(seed)``, by their spawn key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.errors import UsageFault
from pipeline.exam.plan import SheetPlan
from pipeline.model import Box, Exam, Layout, PageLayout
from pipeline.paper.simulate.draws import DRAWS, PENS, DrawsName
from pipeline.paper.simulate.handwriting import ink_groups, write_in
from pipeline.paper.simulate.ink import InkedPage
from pipeline.paper.simulate.master import draw_layout, master_shape, unit_mm
from pipeline.paper.simulate.pens import Hand, Random, draw_examiner, draw_hand
from pipeline.paper.simulate.profiles import ScanProfile, scan_profile
from pipeline.paper.simulate.records import (
    PROFILES,
    BookletPlan,
    BoxPlan,
    Image,
    PageImages,
    RightAnswer,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    TrueAnswer,
)
from pipeline.paper.simulate.scan import scan_page
from pipeline.paper.simulate.strokes import BoxPlace
from pipeline.paper.simulate.students import asked_questions, plan_booklet
from pipeline.paper.simulate.visibility import ink_places, spoilt_boxes
from pipeline.paper.simulate.write_ins import write_ins
from pipeline.paper.simulate.written import WrittenPage, as_scanned, crossed, draw_boxes, strike_rows

Given = Mapping[str, Mapping[str, TrueAnswer]]
"""Answers that are given and not drawn, by student id and question id."""

_PLAN, _DRAW, _SCAN = 0, 1, 2
_TEST_STREAM = 1
_SHOWS_THROUGH = 0.05


def child(seed: int, *key: int, draws: DrawsName = "train") -> Random:
    """The generator's child with a spawn key: the same whatever else was drawn before.

    Draws for testing have streams of their own, also where their seed is that of a training.
    """
    entropy = seed if draws == "train" else (seed, _TEST_STREAM)
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=key))


class BookletMaker:
    """Makes any page of any booklet of one exam version.

    Parameters
    ----------
    layout
        Where the boxes are.
    settings
        What to simulate.
    exam
        Number formats and the option that is no answer; None for a layout alone.
    page_images
        Pictures of the printed pages at ``MASTER_DPI``; see ``PageImages``.
    right
        Right answers by question id; a question without one is answered at random.
    sheet_plan
        Where names and digits may be written by hand; None: nowhere.
    given
        Answers to give instead of random ones.
    back
        Picture of what is printed on every page's back; None: the layout's other page, where there
        is one.

    Raises
    ------
    UsageFault
        When pictures do not fit the layout (their count, or their shape), or no pen has that name.
    """

    def __init__(
        self,
        layout: Layout,
        settings: SimulationSettings,
        *,
        exam: Exam | None = None,
        page_images: PageImages = None,
        right: Mapping[str, RightAnswer] | None = None,
        sheet_plan: SheetPlan | None = None,
        given: Given | None = None,
        back: Image | None = None,
    ) -> None:
        if settings.pen and settings.pen not in PENS:
            raise UsageFault(f"there is no pen {settings.pen!r}", hint=f"write one of {', '.join(PENS)}")
        self.layout = layout
        self.settings = settings
        self.profile = scan_profile(settings.profile, DRAWS[settings.draws])
        self._images = _checked(page_images, layout)
        self._asked = asked_questions(layout, exam, right or {})
        self._pages = {plan.sheet: plan for plan in sheet_plan.pages} if sheet_plan else {}
        self._given = given or {}
        self._back = back
        self._marking = exam.marking if exam else layout.marking
        self._plain: dict[int, Image] = {}

    def plan(self, student: SimulatedStudent) -> tuple[BookletPlan, Hand, Hand]:
        """What a student writes, the student's hand and the examiner's."""
        rng = self._child(student.serial, 0, _PLAN)
        pen, draws = self.settings.pen, DRAWS[self.settings.draws]
        hand = draw_hand(self._marking, rng, pen=pen, draws=draws)
        examiner = draw_examiner(rng, pen=pen, draws=draws)
        given = self._given.get(student.student_id)
        booklet = plan_booklet(self._asked, student.student_id, hand, self.settings, rng, answers=given)
        return booklet, hand, examiner

    def printed(self, student: SimulatedStudent, sheet: int) -> Image:
        """The picture of a page before anyone writes on it."""
        if callable(self._images):
            return self._images(serial=student.serial, sheet=sheet)
        if self._images is not None:
            return self._images[[page.sheet for page in self.layout.pages].index(sheet)]
        if sheet not in self._plain:
            self._plain[sheet] = draw_layout(self.layout, self._page(sheet))
        return self._plain[sheet]

    def filled(self, student: SimulatedStudent, sheet: int) -> InkedPage:
        """A page with everything that was written on it."""
        return self.write(student, sheet).inked

    def write(self, student: SimulatedStudent, sheet: int) -> WrittenPage:
        """Write on one page: what any number of scanners may then scan."""
        booklet, hand, examiner = self.plan(student)
        page, rng = self._page(sheet), self._child(student.serial, sheet, _DRAW)
        inked = InkedPage(self.printed(student, sheet), color=self.profile.color, rng=rng)
        places = [_place(box, unit_mm(self.layout, page)) for box in page.boxes]
        plans = [booklet.plans.get((box.question, box.option), BoxPlan()) for box in page.boxes]
        draw_boxes(inked, plans, places, (hand, examiner), rng)
        strike_rows(inked, page, plans, places, hand, rng)
        if self.settings.handwriting and sheet in self._pages:
            for place in write_ins(self._pages[sheet], page, booklet, student):
                for strokes in ink_groups(write_in(place, hand, rng)):
                    inked.write(strokes, hand)
        spoilt = spoilt_boxes(inked, places)
        here = {box.question for box in page.boxes}
        return WrittenPage(
            inked=inked,
            student=student,
            sheet=sheet,
            places=tuple(places),
            plans=tuple(
                replace(plan, label="awkward") if bad else plan
                for plan, bad in zip(plans, spoilt, strict=True)
            ),
            answers=tuple(answer for answer in booklet.answers if answer.question in here),
            ink=ink_places(inked),
            back=self._behind(student, sheet),
        )

    def page(
        self,
        student: SimulatedStudent,
        sheet: int,
        *,
        copy: int = 0,
        quarter_turns: int = 0,
        profile: ScanProfile | None = None,
    ) -> SimulatedPage:
        """Fill in and scan one page.

        Parameters
        ----------
        student
            Who fills it in.
        sheet
            Printed sheet, from 1.
        copy
            0 for the first scan of this page, 1 for the next: same paper, another scan.
        quarter_turns
            Clockwise quarter turns that the page is fed with.
        profile
            Another scanner than that of the settings, grey or colour alike.
        """
        written = self.write(student, sheet)
        return self.scan(written, copy=copy, quarter_turns=quarter_turns, profile=profile)

    def scan(
        self,
        written: WrittenPage,
        *,
        copy: int = 0,
        quarter_turns: int = 0,
        profile: ScanProfile | None = None,
    ) -> SimulatedPage:
        """Scan one written page; arguments as for :meth:`page`."""
        profile = profile or self.profile
        student, page = written.student, self._page(written.sheet)
        place = PROFILES.index(profile.name) if profile.name in PROFILES else 0
        scan = scan_page(
            written.inked,
            profile,
            self._child(student.serial, written.sheet, _SCAN + copy, place),
            back=written.back if profile.show_through[1] >= _SHOWS_THROUGH else None,
            quarter_turns=quarter_turns,
            bilevel=profile.bilevel or self.settings.format == "pdf-g4",
        )
        mm = unit_mm(self.layout, page)
        plans, lost = as_scanned(written, scan)
        return SimulatedPage(
            image=scan.image,
            dpi=profile.dpi,
            jpeg_quality=scan.jpeg_quality,
            bilevel=scan.bilevel,
            outcome="duplicate" if copy else "read",
            exam=self.layout.exam,
            version=self.layout.version or student.version,
            sheet=written.sheet,
            serial=student.serial,
            student_id=student.student_id,
            matrix=scan.matrix @ np.diag([mm, mm, 1.0]),
            wobble_px=scan.wobble_px,
            quarter_turns=quarter_turns % 4,
            boxes=tuple((box.question, box.option) for box in page.boxes),
            plans=plans,
            answers=written.answers,
            lost=lost,
            crossed=crossed(written.places, scan),
        )

    def _child(self, *key: int) -> Random:
        return child(self.settings.seed, *key, draws=self.settings.draws)

    def _page(self, sheet: int) -> PageLayout:
        page = self.layout.page(sheet)
        if page is None:
            raise UsageFault(f"{self.layout.name} has no sheet {sheet}")
        return page

    def _behind(self, student: SimulatedStudent, sheet: int) -> Image | None:
        """The other printed side of the paper, which may show through."""
        if self._back is not None:
            return self._back
        other = sheet + 1 if sheet % 2 else sheet - 1
        if self.settings.blank_backs or self.layout.page(other) is None:
            return None
        back = self.printed(student, other)
        return back if back.shape == self.printed(student, sheet).shape else None


def simulate_booklets(
    exam: Exam | None,
    layout: Layout,
    page_images: PageImages,
    students: Sequence[SimulatedStudent],
    right: Mapping[str, RightAnswer],
    settings: SimulationSettings,
    *,
    sheet_plan: SheetPlan | None = None,
    given: Given | None = None,
) -> Iterator[SimulatedPage]:
    """Fill in and scan the booklets of students, page by page.

    Parameters
    ----------
    exam
        The exam in the version of the layout; None for a layout alone.
    layout, page_images, right, sheet_plan, given
        As for :class:`BookletMaker`.
    students
        Who fills in a booklet, in the order of the pile.
    settings
        What to simulate; its counts of odd pages are for :func:`simulate_exam` alone.

    Yields
    ------
    SimulatedPage
        Sheet by sheet, student by student.
    """
    maker = BookletMaker(
        layout, settings, exam=exam, page_images=page_images, right=right, sheet_plan=sheet_plan, given=given
    )
    for student in students:
        for page in layout.pages:
            yield maker.page(student, page.sheet)


def _checked(images: PageImages, layout: Layout) -> PageImages:
    if images is None or callable(images):
        return images
    if len(images) != len(layout.pages):
        raise UsageFault(
            f"{len(images)} page pictures were given for a layout of {len(layout.pages)} pages",
            hint="give one picture for each page of the layout",
        )
    for image, page in zip(images, layout.pages, strict=True):
        wanted = master_shape(layout, page)
        if max(abs(image.shape[0] - wanted[0]), abs(image.shape[1] - wanted[1])) > 3:
            raise UsageFault(
                f"the picture of sheet {page.sheet} has {image.shape[1]} x {image.shape[0]} pixels",
                hint=f"render it grey at 300 dpi: {wanted[1]} x {wanted[0]}",
            )
    return images


def _place(box: Box, mm: float) -> BoxPlace:
    return BoxPlace(
        letter=bool(box.label),
        x=(box.x + box.w / 2) * mm,
        y=(box.y + box.h / 2) * mm,
        w=box.w * mm,
        h=box.h * mm,
        shape=box.shape,
    )
