"""How often something happens at most, from a sample of it: exact bounds, no approximation.

Pure Python: the binomial distribution by logarithms of factorials, its inverse by bisection.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

CONFIDENCE = 0.95
_STEPS = 60
"""Halvings of an interval: more than a double has bits."""
_GRID = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One part of what a sample was drawn from."""

    size: int
    """How many there are."""
    sampled: int
    """How many were looked at."""
    errors: int
    """How many of those were wrong."""


def upper_bound(errors: int, sampled: int, confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound of a rate (Clopper and Pearson 1934).

    Parameters
    ----------
    errors
        How many were wrong.
    sampled
        How many were looked at, drawn at random.
    confidence
        Probability that the bound is not below the rate, at least.

    Returns
    -------
    float
        The largest rate at which so few errors are not less likely than 1 - confidence; 1 when
        nothing was looked at, or all of it was wrong.
    """
    if errors >= sampled:
        return 1.0
    return _last(lambda rate: at_most(errors, sampled, rate) >= 1.0 - confidence)


def at_most(errors: int, sampled: int, rate: float) -> float:
    """Probability of at most so many errors in a sample."""
    if errors >= sampled or rate <= 0.0:
        return 1.0
    return 0.0 if errors < 0 else min(1.0, math.fsum(_chances(errors, sampled, rate)))


def _chances(most: int, sampled: int, rate: float) -> list[float]:
    """Probability of 0, 1, .. ``most`` errors."""
    if rate <= 0.0:
        return [1.0] + [0.0] * most
    if rate >= 1.0:
        return [float(count == sampled) for count in range(most + 1)]
    hit, miss = math.log(rate), math.log1p(-rate)
    ways = math.lgamma(sampled + 1)
    return [
        math.exp(
            ways
            - math.lgamma(count + 1)
            - math.lgamma(sampled - count + 1)
            + count * hit
            + (sampled - count) * miss
        )
        for count in range(most + 1)
    ]


def _last(holds: Callable[[float], bool]) -> float:
    """The largest rate for which something holds that holds up to it; never below it."""
    low, high = 0.0, 1.0
    if holds(high):
        return high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def upper_bound_of_two(one: Stratum, two: Stratum, confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound of the rate of two strata together, each weighted by its size.

    Of all pairs of rates at which an estimate as low as the one found is not less likely than
    1 - confidence, the largest weighted mean (Buehler 1957). With one stratum it is
    :func:`upper_bound`; with samples in proportion to the sizes and no error, that of both together.

    Returns
    -------
    float
        A stratum of which nothing was looked at counts as wholly wrong.
    """
    size = one.size + two.size
    if size == 0:
        return 0.0
    weights = (one.size / size, two.size / size)
    pairs = _pairs_as_low(one, two, weights)

    def rate_at(first: float) -> float:
        """The largest weighted mean when the first stratum has this rate."""
        chances = _chances(len(pairs) - 1, one.sampled, first)

        def holds(second: float) -> bool:
            tails = list(accumulate(_chances(pairs[0], two.sampled, second)))
            found = (chance * tails[most] for chance, most in zip(chances, pairs, strict=True))
            return math.fsum(found) >= 1.0 - confidence

        return weights[0] * first + weights[1] * _last(holds) if holds(0.0) else 0.0

    return min(1.0, _highest(rate_at, upper_bound(len(pairs) - 1, one.sampled, confidence)))


def _pairs_as_low(one: Stratum, two: Stratum, weights: Sequence[float]) -> list[int]:
    """Most errors of the second stratum with 0, 1, .. errors of the first, at an estimate as low."""
    costs = (weights[0] / max(one.sampled, 1), weights[1] / max(two.sampled, 1))
    found = costs[0] * one.errors + costs[1] * two.errors + 1e-12
    pairs = []
    for first in range(one.sampled + 1):
        left = found - costs[0] * first
        if left < 0:
            break
        pairs.append(min(two.sampled, int(left / costs[1])) if costs[1] else two.sampled)
    return pairs


def _highest(value: Callable[[float], float], most: float) -> float:
    """Maximum over 0 to ``most``: a grid, then golden sections around its best place."""
    places = [most * step / _GRID for step in range(_GRID + 1)]
    best = max(range(_GRID + 1), key=lambda step: value(places[step]))
    low, high = places[max(best - 1, 0)], places[min(best + 1, _GRID)]
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(30):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (left, high) if value(left) < value(right) else (low, right)
    return max(value(places[best]), value((low + high) / 2))
