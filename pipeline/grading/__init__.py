"""Grading: keys that solve themselves, scoring rules, scores and grades. No pixels, no disk."""

from pipeline.exam import in_section, most_points
from pipeline.grading.booklets import absent_grade, grade_booklet, grade_name, round_points
from pipeline.grading.cover import CoverSum, cover_sum, cover_words, has_cover_field
from pipeline.grading.entries import Key, KeyCheck, KeyEntry
from pipeline.grading.follow import with_argument
from pipeline.grading.items import (
    ExamStatistics,
    ItemQuestion,
    ItemStatistics,
    OptionShare,
    Responses,
    analyse,
    correlation,
    cronbach_alpha,
    third_weights,
)
from pipeline.grading.key import build_key
from pipeline.grading.lint import printed_agrees
from pipeline.grading.look_again import (
    VersionDifference,
    compare_versions,
    reasons_to_look_again,
    words_for_versions,
)
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
from pipeline.grading.scoring import GIVEN, impact, points_span, right_text, score_answer
from pipeline.grading.solvers import SOLVERS, Solver, SolverError, solve

__all__ = [
    "GIVEN",
    "GROUP_RULES",
    "RULES",
    "SOLVERS",
    "CoverSum",
    "ExamStatistics",
    "ItemQuestion",
    "ItemStatistics",
    "Key",
    "KeyCheck",
    "KeyEntry",
    "Marked",
    "OptionShare",
    "Responses",
    "ScoringRule",
    "Solver",
    "SolverError",
    "Verdict",
    "VersionDifference",
    "absent_grade",
    "analyse",
    "build_key",
    "compare_versions",
    "correlation",
    "cover_sum",
    "cover_words",
    "cronbach_alpha",
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
    "points_span",
    "printed_agrees",
    "reasons_to_look_again",
    "right_text",
    "round_points",
    "score_answer",
    "solve",
    "third_weights",
    "value_text",
    "with_argument",
    "within",
    "words_for_versions",
]
