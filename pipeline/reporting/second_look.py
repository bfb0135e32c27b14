"""What a report may promise after a second look: at most so many misreads, and from how many."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.reporting.bounds import CONFIDENCE, Stratum, upper_bound, upper_bound_of_two


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """What a person found who compared a random sample of certain boxes with the paper."""

    marked: Stratum
    """Boxes that were read as marked: its errors are false marks."""
    unmarked: Stratum
    """Boxes that were read as empty or undone: its errors are missed marks."""
    open: int = 0
    """Boxes of the last sample of which nobody has said anything. As long as there are any, nothing is
    promised: those that are hard to judge stay open the longest, and are misread the most often."""

    @property
    def sampled(self) -> int:
        """How many boxes a person has looked at."""
        return self.marked.sampled + self.unmarked.sampled

    @property
    def errors(self) -> int:
        """How many of them were misread."""
        return self.marked.errors + self.unmarked.errors

    def sentence(self) -> str:
        """The promise in words, with how many boxes it rests on; or why there is none yet."""
        confirmed = f"second look: {self.sampled - self.errors} marks confirmed, {self.errors} misread"
        if self.open:
            rows = "1 row is" if self.open == 1 else f"{self.open} rows are"
            return f"{confirmed}; no promise before the last sample is complete: {rows} open"
        bounds = self.per_10000()
        percent = round(100 * CONFIDENCE)
        return (
            f"{confirmed}: at most {bounds['all']} misreads per 10,000 at {percent} %"
            f" (false marks at most {bounds['false']}, of {self.marked.sampled} looked at;"
            f" missed marks at most {bounds['missed']}, of {self.unmarked.sampled})"
        )

    def per_10000(self) -> dict[str, int]:
        """Upper bounds of misreads per 10,000 boxes, rounded up: all, false marks, missed marks."""
        return {
            "all": _per_10000(upper_bound_of_two(self.marked, self.unmarked)),
            "false": _per_10000(upper_bound(self.marked.errors, self.marked.sampled)),
            "missed": _per_10000(upper_bound(self.unmarked.errors, self.unmarked.sampled)),
        }


def second_look_values(look: SecondLook | None) -> dict[str, Any] | None:
    """A second look as plain JSON values, bounds None while rows are open; None: nobody has looked."""
    if look is None:
        return None
    bounds: Mapping[str, int | None] = (
        {"all": None, "false": None, "missed": None} if look.open else look.per_10000()
    )
    return {
        "looked_at": look.sampled,
        "open": look.open,
        "misread": look.errors,
        "confidence": CONFIDENCE,
        "at_most_per_10000": bounds["all"],
        "marked": _stratum_values(look.marked, bounds["false"]),
        "unmarked": _stratum_values(look.unmarked, bounds["missed"]),
    }


def second_look_of(values: Mapping[str, Any] | None, open_now: int | None = None) -> SecondLook | None:
    """The second look that :func:`second_look_values` made these values of.

    ``open_now`` rows are open now; None: as many as there were then.
    """
    if not values:
        return None
    return SecondLook(
        marked=_stratum(values["marked"]),
        unmarked=_stratum(values["unmarked"]),
        open=values.get("open", 0) if open_now is None else open_now,
    )


def _stratum_values(stratum: Stratum, bound: int | None) -> dict[str, int | None]:
    return {
        "boxes": stratum.size,
        "looked_at": stratum.sampled,
        "misread": stratum.errors,
        "at_most_per_10000": bound,
    }


def _stratum(values: Mapping[str, int]) -> Stratum:
    return Stratum(size=values["boxes"], sampled=values["looked_at"], errors=values["misread"])


def _per_10000(rate: float) -> int:
    """Rounded up, but for what a computer's numbers add."""
    return math.ceil(rate * 10_000 - 1e-6)
