"""Digit grids: which boxes say a number or a student id."""

import re
from collections.abc import Sequence
from fractions import Fraction

from pipeline.model import NumberFormat
from pipeline.paper.simulate.pens import Random

_COLUMN = re.compile(r"d(\d+)=(.+)")


def grid_columns(options: Sequence[str]) -> int:
    """How many columns of characters the boxes of a grid make."""
    return max((int(match[1]) for option in options if (match := _COLUMN.fullmatch(option))), default=0)


def id_options(student_id: str, options: Sequence[str]) -> tuple[str, ...]:
    """Boxes that say a student id, the first character in the leftmost column.

    A character that the grid does not have is left out, as a student would have to.
    """
    wanted = {f"d{place}={character}" for place, character in enumerate(student_id.upper(), 1)}
    return tuple(option for option in options if option in wanted)


def number_options(
    value: Fraction | None, options: Sequence[str], form: NumberFormat | None, rng: Random
) -> tuple[tuple[str, ...], Fraction | None]:
    """Boxes that say a number, and the number that they say.

    The number is rounded to what the grid can show; one that is too large, or negative where
    there is no sign, is left blank. Most writers fill leading zeros in, some leave them blank.

    Parameters
    ----------
    value
        What the writer wants to say; None: nothing.
    options
        Of the grid, in the order of the layout.
    form
        Digits and decimals; None: all columns, no decimals, unless the grid has point boxes.
    rng
        Source of chance.

    Returns
    -------
    (options, value)
        In the order of the layout; ((), None) for a blank grid.
    """
    columns = grid_columns(options)
    if value is None or columns == 0 or (value < 0 and "sign=-" not in options):
        return (), None
    digits, point = _digits(abs(value), columns, options, form)
    if len(digits) > columns:
        return (), None
    decimals = columns - point
    shown = Fraction(int(digits or "0"), 10**decimals)
    digits = digits.zfill(columns)
    wanted = {f"d{place}={digit}" for place, digit in enumerate(digits, 1)}
    if not any(option.startswith("point=") for option in options):
        if rng.random() < 0.3:
            zeros = len(digits[: columns - decimals - 1]) - len(digits[: columns - decimals - 1].lstrip("0"))
            wanted -= {f"d{place}=0" for place in range(1, zeros + 1)}
    else:
        wanted.add(f"point={point}")
    negative = value < 0 and shown != 0
    if negative:
        wanted.add("sign=-")
    return tuple(option for option in options if option in wanted), -shown if negative else shown


def _digits(
    size: Fraction, columns: int, options: Sequence[str], form: NumberFormat | None
) -> tuple[str, int]:
    """Digits of a number without its point, and how many columns stand before the point."""
    places = sorted(int(option[6:]) for option in options if option.startswith("point="))
    if places:
        whole = len(str(int(size)))
        point = next((place for place in places if place >= whole), columns)
    else:
        point = columns - (form.decimals if form else 0)
    return str(_half_up(size * 10 ** (columns - point))), point


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def random_number(right: Fraction | None, columns: int, form: NumberFormat | None, rng: Random) -> Fraction:
    """A wrong number as students give them: a slip in the right one, or any number of the grid."""
    decimals = form.decimals if form else 0
    unit = Fraction(1, 10**decimals)
    if right is not None:
        slips = [right + unit, right - unit, right * 2, right / 2, right * 10, right + 10 * unit]
        if form and form.sign:
            slips.append(-right)
        most = 10**columns * unit
        fitting = [slip for slip in slips if slip != right and abs(slip) < most - unit]
        fitting = [slip for slip in fitting if slip >= 0 or (form is not None and form.sign)]
        if fitting:
            return fitting[int(rng.integers(len(fitting)))]
    length = int(rng.integers(1, columns + 1))
    return int(rng.integers(0, 10**length)) * unit
