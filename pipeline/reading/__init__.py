"""The reading room: from scan files to what every box says.

Per page, in a worker: :func:`load_page`, :func:`register_page`, then measuring. Per student, in the
parent: deciding and assembling.
"""

from pipeline.reading.assemble import assemble
from pipeline.reading.decisions import decision_faults
from pipeline.reading.features import FEATURES, Measured, measure_boxes
from pipeline.reading.find import ScanFile, find_scans
from pipeline.reading.image import PageImage
from pipeline.reading.ingest import list_pages, load_page
from pipeline.reading.lists import Lists, lists_digest
from pipeline.reading.marks import decide_many, decide_states
from pipeline.reading.pdf_pages import PdfEngine
from pipeline.reading.register import register_page
from pipeline.reading.registered import Registered, Unmatched
from pipeline.reading.second_look import (
    LOOK_PREFIX,
    LOOK_WORDS,
    Look,
    LookCounts,
    Truths,
    count_looks,
    crop_box,
    draw_looks,
    look_truths,
    upright_page,
)
from pipeline.reading.worker import prepare_worker

DECIDER_VERSION = "3"
"""Raise it whenever states, answers, students or outcomes of pages are decided in another way from the
same readings: what was joined before is then joined again."""

__all__ = [
    "DECIDER_VERSION",
    "FEATURES",
    "LOOK_PREFIX",
    "LOOK_WORDS",
    "Lists",
    "Look",
    "LookCounts",
    "Measured",
    "PageImage",
    "PdfEngine",
    "Registered",
    "ScanFile",
    "Truths",
    "Unmatched",
    "assemble",
    "count_looks",
    "crop_box",
    "decide_many",
    "decide_states",
    "decision_faults",
    "draw_looks",
    "find_scans",
    "list_pages",
    "lists_digest",
    "load_page",
    "look_truths",
    "measure_boxes",
    "prepare_worker",
    "register_page",
    "upright_page",
]
