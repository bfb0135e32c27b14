"""Where a person decides what the reader would not guess.

Decisions come from a filled-in ``review.csv``: the column ``decision`` says what was decided,
``note`` why. They are appended to the store with who and when, and the batch is graded again. A
second look draws some of what was read without a doubt, for a person to confirm.
"""

from pipeline.review.decisions import apply_decisions, read_decisions
from pipeline.review.second_look import Drawn, draw_second_look

__all__ = ["Drawn", "apply_decisions", "draw_second_look", "read_decisions"]
