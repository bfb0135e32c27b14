"""The reading room: from scan files to what every box says.

Per page, in a worker: :func:`load_page`, :func:`register_page`, then measuring. Per student, in the
parent: deciding and assembling.
"""

from pipeline.reading.answers import decide_answer, question_boxes
from pipeline.reading.assemble import assemble
from pipeline.reading.codes import STICKERS, find_other_codes
from pipeline.reading.decisions import (
    SHEETS_COUNT,
    TOTAL_PREFIX,
    corrections,
    decision_faults,
    open_rows,
    standing_decisions,
)
from pipeline.reading.features import FEATURES, Measured, measure_boxes
from pipeline.reading.find import ScanFile, find_scans
from pipeline.reading.given_points import points_name, whose_points
from pipeline.reading.handed_in_empty import listed_although_empty
from pipeline.reading.image import PageImage
from pipeline.reading.ingest import count_pages, has_index, list_pages, load_page
from pipeline.reading.likely import likely_reading
from pipeline.reading.lists import Lists, lists_digest
from pipeline.reading.marks import StudentPages, decide_many, decide_states
from pipeline.reading.names import page_name
from pipeline.reading.pdf_pages import PdfEngine
from pipeline.reading.pictures import boxes_picture, jpeg_bytes, open_page, row_picture, sheet_picture
from pipeline.reading.quality_words import black_and_white_notice, is_black_and_white
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
from pipeline.reading.several_layouts import register_in_book
from pipeline.reading.worker import is_out_of_memory, prepare_worker

DECIDER_VERSION = "6"
"""Raise it whenever states, answers, students or outcomes of pages are decided in another way from the
same readings: what was joined before is then joined again."""

__all__ = [
    "DECIDER_VERSION",
    "FEATURES",
    "LOOK_PREFIX",
    "LOOK_WORDS",
    "SHEETS_COUNT",
    "STICKERS",
    "TOTAL_PREFIX",
    "Lists",
    "Look",
    "LookCounts",
    "Measured",
    "PageImage",
    "PdfEngine",
    "Registered",
    "ScanFile",
    "StudentPages",
    "Truths",
    "Unmatched",
    "assemble",
    "black_and_white_notice",
    "boxes_picture",
    "corrections",
    "count_looks",
    "count_pages",
    "crop_box",
    "decide_answer",
    "decide_many",
    "decide_states",
    "decision_faults",
    "draw_looks",
    "find_other_codes",
    "find_scans",
    "has_index",
    "is_black_and_white",
    "is_out_of_memory",
    "jpeg_bytes",
    "likely_reading",
    "list_pages",
    "listed_although_empty",
    "lists_digest",
    "load_page",
    "look_truths",
    "measure_boxes",
    "open_page",
    "open_rows",
    "page_name",
    "points_name",
    "prepare_worker",
    "question_boxes",
    "register_in_book",
    "register_page",
    "row_picture",
    "sheet_picture",
    "standing_decisions",
    "upright_page",
    "whose_points",
]
