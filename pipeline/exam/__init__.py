"""The exam file and the layout: what is asked, what is right, where each box is printed."""

from pipeline.exam.anchors import (
    MARK_HOLE,
    MARK_INSET,
    MARK_QUIET,
    MARK_SIZE,
    CornerMark,
    corner_marks,
)
from pipeline.exam.compose import compose_sheet
from pipeline.exam.draft import DraftExam, ExamDraft
from pipeline.exam.fitting import check_layouts, layout_differences, layout_warnings
from pipeline.exam.grade_tables import SCALES
from pipeline.exam.key_table import KeyTable, read_key_table
from pipeline.exam.key_writing import WrittenKey, exam_id_of, write_key
from pipeline.exam.layout_file import (
    layout_hash,
    layout_json,
    layout_text,
    layouts_folder,
    load_layout,
    load_layouts,
    parse_layout,
    with_hash,
    with_own_hashes,
)
from pipeline.exam.layout_schema import layout_schema
from pipeline.exam.load import (
    BASE_VERSION,
    NO_LAYOUT,
    draft_exam,
    draft_exams,
    load_exam,
    load_exams,
    parse_exam,
    parse_variations,
    read_exam,
)
from pipeline.exam.other_code import OtherCode, read_other_code
from pipeline.exam.page_bits import CHECK, COPY, PAGE, PageBit, bit_type, is_bit, page_bits, printed_number
from pipeline.exam.page_code import decode_page_code, encode_page_code
from pipeline.exam.plan import (
    Line,
    PagePlan,
    Picture,
    Pieces,
    Rectangle,
    SheetPlan,
    TextSlot,
)
from pipeline.exam.reference import exam_reference
from pipeline.exam.roster import load_credits, load_roster, load_sheets, load_totals
from pipeline.exam.schema import exam_schema
from pipeline.exam.totals import (
    capped_points,
    counted_points,
    in_section,
    most_points,
    printed_points,
    questions_and_groups,
)
from pipeline.exam.tree import MapNode, Node, parse_yaml
from pipeline.exam.vary import OptionRecipe, Variation, written_value

__all__ = [
    "BASE_VERSION",
    "CHECK",
    "COPY",
    "MARK_HOLE",
    "MARK_INSET",
    "MARK_QUIET",
    "MARK_SIZE",
    "NO_LAYOUT",
    "PAGE",
    "SCALES",
    "CornerMark",
    "DraftExam",
    "ExamDraft",
    "KeyTable",
    "Line",
    "MapNode",
    "Node",
    "OptionRecipe",
    "OtherCode",
    "PageBit",
    "PagePlan",
    "Picture",
    "Pieces",
    "Rectangle",
    "SheetPlan",
    "TextSlot",
    "Variation",
    "WrittenKey",
    "bit_type",
    "capped_points",
    "check_layouts",
    "compose_sheet",
    "corner_marks",
    "counted_points",
    "decode_page_code",
    "draft_exam",
    "draft_exams",
    "encode_page_code",
    "exam_id_of",
    "exam_reference",
    "exam_schema",
    "in_section",
    "is_bit",
    "layout_differences",
    "layout_hash",
    "layout_json",
    "layout_schema",
    "layout_text",
    "layout_warnings",
    "layouts_folder",
    "load_credits",
    "load_exam",
    "load_exams",
    "load_layout",
    "load_layouts",
    "load_roster",
    "load_sheets",
    "load_totals",
    "most_points",
    "page_bits",
    "parse_exam",
    "parse_layout",
    "parse_variations",
    "parse_yaml",
    "printed_number",
    "printed_points",
    "questions_and_groups",
    "read_exam",
    "read_key_table",
    "read_other_code",
    "with_hash",
    "with_own_hashes",
    "write_key",
    "written_value",
]
