"""Rates with their bounds, by sheet: marks of one sheet are alike."""

from collections.abc import Sequence

import numpy as np

from pipeline.reporting import upper_bound

CONFIDENCE = 0.95
LIKENESS = 0.05
"""Correlation of errors on one sheet, where none were seen from which it could be estimated."""
RESAMPLES = 2000


def bound_by_sheet(errors: Sequence[int], boxes: Sequence[int], marks: Sequence[int]) -> float:
    """Upper bound, at 95 %, of the share of boxes that are wrong.

    The trials are made fewer by the design effect of boxes of one sheet (Kish 1965), with a
    correlation of .05 between its marks; where errors were seen, the 95 % point of a bootstrap by
    sheet is taken as well, and the larger of the two is the bound.

    Parameters
    ----------
    errors, boxes, marks
        Of each sheet.
    """
    total = sum(boxes)
    if not total:
        return 1.0
    per_sheet = sum(marks) / max(len(marks), 1)
    effect = 1.0 + max(per_sheet - 1.0, 0.0) * LIKENESS
    wrong = sum(errors)
    bound = upper_bound(wrong, int(total / effect))
    if wrong:
        rng = np.random.default_rng(20260101)
        counts = np.asarray([errors, boxes], dtype=np.float64)
        chosen = rng.multinomial(len(boxes), np.full(len(boxes), 1.0 / len(boxes)), size=RESAMPLES)
        drawn = chosen @ counts.T
        bound = max(bound, float(np.quantile(drawn[:, 0] / np.maximum(drawn[:, 1], 1.0), CONFIDENCE)))
    return bound
