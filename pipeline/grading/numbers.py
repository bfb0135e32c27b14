"""Exact numbers: reading them, writing them, comparing a solved one with a written one.

Solvers work on ``int`` and :class:`fractions.Fraction`; a ``float`` appears only behind ``exp``,
``log`` and square roots. Two values then agree when they differ by rounding alone.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Number = int | float | Fraction
"""What a solver computes with; a float is never exact."""

ROUNDING_ERROR = 1e-9
"""Largest relative difference of two floats that are the same number."""

_PRODUCT = re.compile(r"\d+(?:\s*[x\u00d7*\u00b7]\s*\d+)+")
_LONGEST = 60
_EXPONENT = re.compile(r"[eE]([-+]?[0-9_]+)$")
_MOST_EXPONENT = 308


def is_number(value: object) -> bool:
    """Whether a value is a number; a truth value is none."""
    return isinstance(value, (int, float, Fraction, Decimal)) and not isinstance(value, bool)


def to_number(value: object) -> Number | None:
    """A literal as a number: int, Fraction, finite float, or text such as "0.5" and "1/3".

    Returns
    -------
    int, Fraction, float or None
        None when the literal is no number, or one with a power of ten beyond 308. Decimal text
        becomes a Fraction, exactly.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, Fraction):
        return whole_if_whole(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (str, Decimal)) and len(str(value)) <= _LONGEST:
        return _number_of_text(str(value).strip())
    return None


def _number_of_text(text: str) -> int | Fraction | None:
    power = _EXPONENT.search(text)
    try:
        # 1e999999999 has a billion digits: writing them out would never end.
        if power is not None and abs(int(power[1])) > _MOST_EXPONENT:
            return None
        return whole_if_whole(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return None


def to_fraction(value: object) -> Fraction | None:
    """A literal as a Fraction; a float is taken as it prints (0.1 is 1/10)."""
    number = to_number(value)
    if number is None:
        return None
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def whole_if_whole(value: Fraction) -> int | Fraction:
    """An int when the fraction is whole."""
    return value.numerator if value.denominator == 1 else value


def written_number(value: object) -> Number | None:
    """A number as solutions print it: also "18,432" and "5x5x3" (their product)."""
    if isinstance(value, str) and len(value) <= _LONGEST:
        text = value.strip()
        if _PRODUCT.fullmatch(text):
            return math.prod(int(factor) for factor in re.findall(r"\d+", text))
        if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+", text):
            return int(text.replace(",", ""))
    return to_number(value)


def tidy(value: Any) -> Any:
    """A result as plain Python: nested tuples, dicts, ints, Fractions, floats, bools, text."""
    if isinstance(value, np.ndarray):
        return tidy(value.tolist())
    if isinstance(value, (tuple, list)):
        return tuple(tidy(item) for item in value)
    if isinstance(value, Mapping):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    number = to_number(value) if not isinstance(value, str) else None
    return value if number is None else number


def exact_array(value: Any) -> NDArray[np.object_]:
    """Nested sequences of numbers as an array of objects, so that arithmetic stays exact."""
    array = np.empty(_shape(value), dtype=np.object_)
    for index in np.ndindex(array.shape):
        item = value
        for step in index:
            item = item[step]
        array[index] = item
    return array


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)):
        return ()
    return (len(value), *_shape(value[0])) if value else (0,)


# --- writing -----------------------------------------------------------------------------------


def decimals_of(value: Fraction) -> int | None:
    """Digits behind the decimal point that write the value exactly; None: no number of them does."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def number_text(value: Number) -> str:
    """A number as tables write it: decimal where that is exact, else ``n/d``; floats to 6 digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    exact = Fraction(value)
    places = decimals_of(exact)
    if places is None:
        return f"{exact.numerator}/{exact.denominator}"
    digits = str(abs(exact * 10**places).numerator).rjust(places + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def value_text(value: Any) -> str:
    """Any solved or written value in one line: numbers, lists in brackets, words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Fraction)):
        return number_text(value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    return str(value)


# --- comparing ---------------------------------------------------------------------------------


def same_number(solved: Number, written: Number) -> bool:
    """Whether a written number is the solved one.

    Exact numbers must be equal. A solved number that no decimal writes exactly (a float, 1/3)
    also equals a written one that is it rounded: within half a unit of its last decimal place.
    """
    if not isinstance(solved, float) and not isinstance(written, float):
        if solved == written:
            return True
        if decimals_of(Fraction(solved)) is not None:
            return False
    elif math.isclose(solved, written, rel_tol=ROUNDING_ERROR, abs_tol=ROUNDING_ERROR):
        return True
    places = decimals_of(to_fraction(written) or Fraction(0))
    if not places:
        return False
    if isinstance(solved, float) and not math.isfinite(solved):
        return False
    half = Fraction(1, 2 * 10**places)
    return abs(Fraction(solved) - Fraction(written)) <= half + Fraction(ROUNDING_ERROR)


def same_value(solved: Any, written: Any) -> bool:
    """Whether a written value is the solved one, in numbers, words, and lists of them.

    A list of one list equals that list only when both are written so: shapes count.
    """
    if isinstance(solved, bool) or isinstance(written, bool):
        return solved is written
    if isinstance(solved, (tuple, list)) or isinstance(written, (tuple, list)):
        return (
            isinstance(solved, (tuple, list))
            and isinstance(written, (tuple, list))
            and len(solved) == len(written)
            and all(same_value(one, other) for one, other in zip(solved, written, strict=True))
        )
    if isinstance(solved, (int, float, Fraction)):
        number = written_number(written)
        return number is not None and same_number(solved, number)
    return bool(solved == written)


# --- names -------------------------------------------------------------------------------------


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """What to write instead of an unknown name."""
    names = sorted(known)
    folded = {known_name.casefold(): known_name for known_name in reversed(names)}
    near = difflib.get_close_matches(str(name).casefold(), sorted(folded), n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]}?"
    return f"write one of {', '.join(names)}" if names else ""
