"""Filled and scanned pages of booklets, each from its own stream of chance.

A page depends on the seed, the booklet's serial and the sheet alone: not on which pages were
made before it. Its streams are children of ``np.random.default_rng(seed)``, by their spawn key.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pipeline.errors import UsageFault
from pipeline.exam.plan import PagePlan, SheetPlan
from pipeline.model import Box, Exam, Layout, PageLayout
from pipeline.paper.simulate.handwriting import ink_groups, write_in
from pipeline.paper.simulate.ink import InkedPage
from pipeline.paper.simulate.marks import draw_box
from pipeline.paper.simulate.master import draw_layout, master_shape, unit_mm
from pipeline.paper.simulate.pens import PENS, Hand, Random, draw_examiner, draw_hand
from pipeline.paper.simulate.profiles import SCAN_PROFILES, ScanProfile
from pipeline.paper.simulate.records import (
    BookletPlan,
    BoxPlan,
    Image,
    PageImages,
    RightAnswer,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    TrueAnswer,
    WriteIn,
)
from pipeline.paper.simulate.scan import scan_page
from pipeline.paper.simulate.strokes import BoxPlace
from pipeline.paper.simulate.students import asked_questions, plan_booklet

Given = Mapping[str, Mapping[str, TrueAnswer]]
"""Answers that are given and not drawn, by student id and question id."""

_PLAN, _DRAW, _SCAN = 0, 1, 2
_NEAR_MM = 25.0


def child(seed: int, *key: int) -> Random:
    """The generator's child with a spawn key: the same whatever else was drawn before."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


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
    ) -> None:
        if settings.pen and settings.pen not in PENS:
            raise UsageFault(f"there is no pen {settings.pen!r}", hint=f"write one of {', '.join(PENS)}")
        self.layout = layout
        self.settings = settings
        self.profile = SCAN_PROFILES[settings.profile]
        self._images = _checked(page_images, layout)
        self._asked = asked_questions(layout, exam, right or {})
        self._pages = {plan.sheet: plan for plan in sheet_plan.pages} if sheet_plan else {}
        self._given = given or {}
        self._marking = exam.marking if exam else layout.marking
        self._plain: dict[int, Image] = {}

    def plan(self, student: SimulatedStudent) -> tuple[BookletPlan, Hand, Hand]:
        """What a student writes, the student's hand and the examiner's."""
        rng = child(self.settings.seed, student.serial, 0, _PLAN)
        hand = draw_hand(self._marking, rng, pen=self.settings.pen)
        examiner = draw_examiner(rng, pen=self.settings.pen)
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
        booklet, hand, examiner = self.plan(student)
        page, rng = self._page(sheet), child(self.settings.seed, student.serial, sheet, _DRAW)
        inked = InkedPage(self.printed(student, sheet), color=self.profile.color, rng=rng)
        places = [_place(box, unit_mm(self.layout, page)) for box in page.boxes]
        centers = np.array([(place.x, place.y) for place in places]).reshape(-1, 2)
        for index, box in enumerate(page.boxes):
            plan = booklet.plans.get((box.question, box.option))
            if plan is not None:
                who = examiner if plan.writer == "examiner" else hand
                near = np.flatnonzero(np.hypot(*(centers - centers[index]).T) < _NEAR_MM)
                others = [places[other] for other in near if other != index]
                draw_box(inked, plan, places[index], others, who, rng)
        if self.settings.handwriting and sheet in self._pages:
            for place in _write_ins(self._pages[sheet], page, booklet, student):
                for strokes in ink_groups(write_in(place, hand, rng)):
                    inked.write(strokes, hand)
        return inked

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
        profile = profile or self.profile
        inked = self.filled(student, sheet)
        scan = scan_page(
            inked.image,
            profile,
            child(self.settings.seed, student.serial, sheet, _SCAN + copy),
            back=self._behind(student, sheet, profile),
            quarter_turns=quarter_turns,
            bilevel=profile.bilevel or self.settings.format == "pdf-g4",
        )
        layout_page = self._page(sheet)
        booklet = self.plan(student)[0]
        here = {box.question for box in layout_page.boxes}
        mm = unit_mm(self.layout, layout_page)
        return SimulatedPage(
            image=scan.image,
            dpi=profile.dpi,
            jpeg_quality=scan.jpeg_quality,
            bilevel=scan.bilevel,
            outcome="duplicate" if copy else "read",
            exam=self.layout.exam,
            version=self.layout.version or student.version,
            sheet=sheet,
            serial=student.serial,
            student_id=student.student_id,
            matrix=scan.matrix @ np.diag([mm, mm, 1.0]),
            wobble_px=scan.wobble_px,
            quarter_turns=quarter_turns % 4,
            boxes=tuple((box.question, box.option) for box in layout_page.boxes),
            plans=tuple(booklet.plans.get((b.question, b.option), BoxPlan()) for b in layout_page.boxes),
            answers=tuple(answer for answer in booklet.answers if answer.question in here),
        )

    def _page(self, sheet: int) -> PageLayout:
        page = self.layout.page(sheet)
        if page is None:
            raise UsageFault(f"{self.layout.name} has no sheet {sheet}")
        return page

    def _behind(self, student: SimulatedStudent, sheet: int, profile: ScanProfile) -> Image | None:
        """The other printed side of the paper, where it can show through."""
        other = sheet + 1 if sheet % 2 else sheet - 1
        if self.settings.blank_backs or self.layout.page(other) is None or profile.show_through[1] < 0.05:
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
        x=(box.x + box.w / 2) * mm,
        y=(box.y + box.h / 2) * mm,
        w=box.w * mm,
        h=box.h * mm,
        shape=box.shape,
    )


# --- where people write ------------------------------------------------------------------------


def _write_ins(
    plan: PagePlan, page: PageLayout, booklet: BookletPlan, student: SimulatedStudent
) -> list[WriteIn]:
    """What a student writes beside the boxes: digits above their columns, and who they are."""
    places = _digits(plan, page, booklet)
    if student.printed:
        return places
    for slot in plan.slots:
        if slot.fill == "name":
            places.append(WriteIn(x=slot.x + 1, y=slot.y, w=slot.w - 2, h=slot.h, text=student.name))
        elif slot.fill == "character" and slot.place < len(student.student_id):
            text = student.student_id[slot.place]
            places.append(WriteIn(x=slot.x, y=slot.y, w=slot.w, h=slot.h, text=text))
    return places


def _digits(plan: PagePlan, page: PageLayout, booklet: BookletPlan) -> list[WriteIn]:
    """The digit of each column in the square that is printed above the column."""
    tops: dict[tuple[str, str], tuple[float, float, str]] = {}
    for box in page.boxes:
        column, _, character = box.option.partition("=")
        if not column.startswith("d") or _is_id_grid(booklet, box.question):
            continue
        key = (box.question, column)
        x, y, text = tops.get(key, (box.x + box.w / 2, box.y, ""))
        done = booklet.plans.get((box.question, box.option))
        if done is not None and done.state == "marked":
            text = character
        tops[key] = (x, min(y, box.y), text)
    squares = [r for r in plan.rectangles if 4.0 <= r.w <= 8.0 and 4.0 <= r.h <= 8.0]
    places = []
    for x, y, text in tops.values():
        above = [r for r in squares if abs(r.x + r.w / 2 - x) < 1.0 and 0 <= y - (r.y + r.h) + 0.5 < 4.0]
        if text and above:
            r = above[0]
            places.append(WriteIn(x=r.x + 0.6, y=r.y, w=r.w - 1.2, h=r.h, text=text))
    return places


def _is_id_grid(booklet: BookletPlan, question: str) -> bool:
    """Whether a question is the id grid: it has no answer."""
    return all(answer.question != question for answer in booklet.answers)
