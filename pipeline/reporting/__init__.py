"""Reports: tables as CSV files, replaced all together or not at all, and the summary of a run."""

from pipeline.formats import plain_cell, safe_cell
from pipeline.reporting.aligned import aligned_rows
from pipeline.reporting.bounds import Stratum, upper_bound, upper_bound_of_two
from pipeline.reporting.cells import percent_text, points_text, probability_text
from pipeline.reporting.files import (
    Content,
    bytes_content,
    clear_write_faults,
    is_special,
    replace_files,
    stage_files,
    text_content,
)
from pipeline.reporting.hashed import content_digest, hashed_contents
from pipeline.reporting.page import report_page
from pipeline.reporting.pictures import Bar, bars_picture, histogram
from pipeline.reporting.rows import (
    answer_rows,
    decision_rows,
    grade_columns,
    grade_rows,
    ledger_row,
    mark_rows,
    review_row,
    section_columns,
)
from pipeline.reporting.second_look import SecondLook, second_look_of, second_look_values
from pipeline.reporting.summary import PAGE_WORDS, STUDENT_WORDS, ExamLine, Summary, print_summary
from pipeline.reporting.tables import Table, read_frame, read_numbered_table, read_table, table_content
from pipeline.reporting.workbook import Sheet, read_sheet, workbook

__all__ = [
    "PAGE_WORDS",
    "STUDENT_WORDS",
    "Bar",
    "Content",
    "ExamLine",
    "SecondLook",
    "Sheet",
    "Stratum",
    "Summary",
    "Table",
    "aligned_rows",
    "answer_rows",
    "bars_picture",
    "bytes_content",
    "clear_write_faults",
    "content_digest",
    "decision_rows",
    "grade_columns",
    "grade_rows",
    "hashed_contents",
    "histogram",
    "is_special",
    "ledger_row",
    "mark_rows",
    "percent_text",
    "plain_cell",
    "points_text",
    "print_summary",
    "probability_text",
    "read_frame",
    "read_numbered_table",
    "read_sheet",
    "read_table",
    "replace_files",
    "report_page",
    "review_row",
    "safe_cell",
    "second_look_of",
    "second_look_values",
    "section_columns",
    "stage_files",
    "table_content",
    "text_content",
    "upper_bound",
    "upper_bound_of_two",
    "workbook",
]
