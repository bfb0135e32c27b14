"""Grading: keys that solve themselves, scoring rules, scores and grades. No pixels, no disk."""

from pipeline.grading.booklets import absent_grade, grade_booklet, grade_name, round_points
from pipeline.grading.cover import CoverSum, cover_sum, cover_words, has_cover_field
from pipeline.grading.entries import Key, KeyCheck, KeyEntry
from pipeline.grading.follow import with_argument
from pipeline.grading.key import build_key
from pipeline.grading.lint import in_section, most_points, printed_agrees
from pipeline.grading.numbers import number_text, value_text
from pipeline.grading.rules import (
    GROUP_RULES,
    RULES,
    Marked,
    ScoringRule,
    Verdict,
    explain_group,
    explain_rule,
    explain_several,
    judge,
    within,
)
from pipeline.grading.scoring import impact, right_text, score_answer
from pipeline.grading.solvers import SOLVERS, Solver, SolverError, solve

__all__ = [
    "GROUP_RULES",
    "RULES",
    "SOLVERS",
    "CoverSum",
    "Key",
    "KeyCheck",
    "KeyEntry",
    "Marked",
    "ScoringRule",
    "Solver",
    "SolverError",
    "Verdict",
    "absent_grade",
    "build_key",
    "cover_sum",
    "cover_words",
    "explain_group",
    "explain_rule",
    "explain_several",
    "grade_booklet",
    "grade_name",
    "has_cover_field",
    "impact",
    "in_section",
    "judge",
    "most_points",
    "number_text",
    "printed_agrees",
    "right_text",
    "round_points",
    "score_answer",
    "solve",
    "value_text",
    "with_argument",
    "within",
]
