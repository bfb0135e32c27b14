"""Rates with their bounds, by writer: marks of one hand, on one scanner, are alike."""

from collections.abc import Sequence

import numpy as np

from pipeline.reporting import upper_bound

CONFIDENCE = 0.95
LIKENESS = 0.05
"""Correlation of errors of one writer, where none were seen from which it could be estimated."""
RESAMPLES = 2000


def bound_by_writer(
    writers: Sequence[str], errors: Sequence[int], boxes: Sequence[int], marks: Sequence[int]
) -> float:
    """Upper bound, at 95 %, of the share of boxes that are wrong.

    The trials are made fewer by the design effect of boxes of one writer (Kish 1965), with a
    correlation of .05 between the writer's marks; where errors were seen, the 95 % point of a
    bootstrap by writer is taken as well, and the larger of the two is the bound.

    Parameters
    ----------
    writers, errors, boxes, marks
        Of each sheet. Sheets of one writer are taken together, whatever their kind.
    """
    total = sum(boxes)
    if not total:
        return 1.0
    known, which = np.unique(np.asarray(writers), return_inverse=True)
    sums = np.stack([np.bincount(which, values, len(known)) for values in (errors, boxes, marks)])
    per_writer = float(sums[2].mean())
    effect = 1.0 + max(per_writer - 1.0, 0.0) * LIKENESS
    wrong = sum(errors)
    bound = upper_bound(wrong, int(total / effect))
    if wrong:
        rng = np.random.default_rng(20260101)
        chosen = rng.multinomial(len(known), np.full(len(known), 1.0 / len(known)), size=RESAMPLES)
        drawn = chosen @ sums[:2].T
        bound = max(bound, float(np.quantile(drawn[:, 0] / np.maximum(drawn[:, 1], 1.0), CONFIDENCE)))
    return bound
