"""The answer sheet PDF and the simulator that fills and scans it."""

from pipeline.paper.sheet import SheetPrint, draw_sheets

__all__ = ["SheetPrint", "draw_sheets"]
