"""Simulated scans with their truth: pens, hands, printers, scanners, files.

Every page comes from its own stream of chance below one seed, so a batch is the same, byte for
byte, whoever makes it and in whatever order.
"""

from pipeline.paper.simulate.batch import (
    PileItem,
    arrange_pile,
    make_page,
    simulate_exam,
    written_answers,
)
from pipeline.paper.simulate.booklets import BookletMaker, Given, child, simulate_booklets
from pipeline.paper.simulate.carriers import (
    SHEET_KINDS,
    Carrier,
    SheetKind,
    constructed_sheet,
    exam_carrier,
)
from pipeline.paper.simulate.dirt import stain
from pipeline.paper.simulate.drawing import Drawing
from pipeline.paper.simulate.draws import DRAWS, PENS, Draws, DrawsName
from pipeline.paper.simulate.files import (
    ScanPdf,
    as_received,
    write_jpeg,
    write_pdf_g4,
    write_pdf_jpeg,
    write_png,
    write_tiff,
)
from pipeline.paper.simulate.ink import MASTER_DPI, InkedPage
from pipeline.paper.simulate.marks import draw_box
from pipeline.paper.simulate.master import PdfPages, draw_layout, unit_mm
from pipeline.paper.simulate.misplace import Misplacement, misplaced
from pipeline.paper.simulate.odd_pages import blank_back, foreign_page, scratch_page
from pipeline.paper.simulate.pens import Hand, draw_hand
from pipeline.paper.simulate.people import invent_students
from pipeline.paper.simulate.profiles import SCAN_PROFILES, ScanProfile, scan_profile
from pipeline.paper.simulate.records import (
    PROFILES,
    SCAN_FORMATS,
    BoxPlan,
    RightAnswer,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    SimulationSummary,
    TrueAnswer,
)
from pipeline.paper.simulate.scan import Scan, scan_page
from pipeline.paper.simulate.stream import ScannedPage, simulate_pages
from pipeline.paper.simulate.strokes import BoxPlace
from pipeline.paper.simulate.truth import PageTruth, write_truth
from pipeline.paper.simulate.written import WrittenPage

__all__ = [
    "DRAWS",
    "MASTER_DPI",
    "PENS",
    "PROFILES",
    "SCAN_FORMATS",
    "SCAN_PROFILES",
    "SHEET_KINDS",
    "BookletMaker",
    "BoxPlace",
    "BoxPlan",
    "Carrier",
    "Drawing",
    "Draws",
    "DrawsName",
    "Given",
    "Hand",
    "InkedPage",
    "Misplacement",
    "PageTruth",
    "PdfPages",
    "PileItem",
    "RightAnswer",
    "Scan",
    "ScanPdf",
    "ScanProfile",
    "ScannedPage",
    "SheetKind",
    "SimulatedPage",
    "SimulatedStudent",
    "SimulationSettings",
    "SimulationSummary",
    "TrueAnswer",
    "WrittenPage",
    "arrange_pile",
    "as_received",
    "blank_back",
    "child",
    "constructed_sheet",
    "draw_box",
    "draw_hand",
    "draw_layout",
    "exam_carrier",
    "foreign_page",
    "invent_students",
    "make_page",
    "misplaced",
    "scan_page",
    "scan_profile",
    "scratch_page",
    "simulate_booklets",
    "simulate_exam",
    "simulate_pages",
    "stain",
    "unit_mm",
    "write_jpeg",
    "write_pdf_g4",
    "write_pdf_jpeg",
    "write_png",
    "write_tiff",
    "write_truth",
    "written_answers",
]
