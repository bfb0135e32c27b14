"""Where a person decides what the reader would not guess.

Decisions come from a filled-in ``review.csv``: the column ``decision`` says what was decided,
``note`` why. They are appended to the store with who and when, and the batch is graded again.
"""

from pipeline.review.decisions import apply_decisions, read_decisions

__all__ = ["apply_decisions", "read_decisions"]
