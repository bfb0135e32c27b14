"""``scangrade annotate``: each student's scanned pages with answers, points and reasons."""

from pipeline.annotate.papers import AnnotateReport, AnnotateSettings, annotate_results

__all__ = ["AnnotateReport", "AnnotateSettings", "annotate_results"]
