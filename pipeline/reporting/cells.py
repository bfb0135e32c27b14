"""Cells of tables: exact numbers as text, and text that no spreadsheet takes for a formula."""

from fractions import Fraction
from functools import lru_cache

from pipeline.formats import safe_cell
from pipeline.grading import number_text


def points_text(points: Fraction | None) -> str:
    """Points or a value as text: an exact decimal where one exists, else ``n/d``; "" for None.

    Examples
    --------
    >>> points_text(Fraction(5, 2)), points_text(Fraction(1, 3)), points_text(Fraction(-1))
    ('2.5', '1/3', '-1')
    """
    return "" if points is None else _exact_text(points.numerator, points.denominator)


@lru_cache(maxsize=65_536)
def _exact_text(numerator: int, denominator: int) -> str:
    """Thousands of students have the same few points; a Fraction's own hash takes longer than two ints'."""
    return number_text(Fraction(numerator, denominator))


def rounded_text(value: Fraction, places: int) -> str:
    """``value`` with ``places`` decimals (1 or more), halves away from zero, worked out exactly."""
    scaled = abs(value) * 10**places
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = str(digits).rjust(places + 1, "0")
    sign = "-" if value < 0 and digits else ""
    return f"{sign}{text[:-places]}.{text[-places:]}"


def percent_text(percent: Fraction | None) -> str:
    """A percentage (0 to 100) with two decimals; "" for None."""
    return "" if percent is None else rounded_text(percent, 2)


def probability_text(probability: float) -> str:
    """A probability with four decimals."""
    return f"{float(probability):.4f}"


class SafeCells(dict[str, str]):
    """Texts as they stand in a CSV file: each is looked at once, however many rows it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.has_returns = False
        """Whether any of them holds a carriage return."""

    def __missing__(self, text: str) -> str:
        cell = self[text] = safe_cell(text)
        self.has_returns |= "\r" in cell
        return cell
