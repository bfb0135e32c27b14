"""Templates of exams that scangrade did not print: their boxes found, and grouped into questions."""

from pipeline.paper.template.blank_pdf import PageFrame, open_blank, page_frame
from pipeline.paper.template.find import check_any, find_boxes, page_pictures, picture_of, png_of
from pipeline.paper.template.group import group_boxes
from pipeline.paper.template.layout import template_layout
from pipeline.paper.template.outlines import PICTURE_DPI
from pipeline.paper.template.picture import draw_boxes
from pipeline.paper.template.records import BlankPage, FoundBox, FoundQuestion, Grouping, NamedBox, SetAside
from pipeline.paper.template.skeleton import exam_skeleton

__all__ = [
    "PICTURE_DPI",
    "BlankPage",
    "FoundBox",
    "FoundQuestion",
    "Grouping",
    "NamedBox",
    "PageFrame",
    "SetAside",
    "check_any",
    "draw_boxes",
    "exam_skeleton",
    "find_boxes",
    "group_boxes",
    "open_blank",
    "page_frame",
    "page_pictures",
    "picture_of",
    "png_of",
    "template_layout",
]
