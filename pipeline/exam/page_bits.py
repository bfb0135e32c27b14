"""Page numbers printed as a row of squares, black for 1 and white for 0: Auto Multiple Choice's.

A layout keeps each square as a code place whose type says what is printed there: ``bit:1.3=0`` is the
third digit, from the left, of the first number, printed white. The numbers are 1 the copy (our serial),
2 its page, 3 a check over both. What is printed on a page is thus known from its layout alone, and a
page is the one of which every square is as printed.
"""

import re
from dataclasses import dataclass

from pipeline.model import CodePlace, PageLayout

COPY, PAGE, CHECK = 1, 2, 3
_PREFIX = "bit:"
_TYPE = re.compile(r"bit:([1-3])\.([1-9][0-9]?)=([01])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBit:
    """One printed square; x, y is its top-left corner, layout units."""

    number: int
    """COPY, PAGE or CHECK."""
    digit: int
    """1 is the most significant."""
    black: bool
    x: float
    y: float
    w: float
    h: float


def bit_type(number: int, digit: int, *, black: bool) -> str:
    """The type of a square's code place."""
    return f"bit:{number}.{digit}={int(black)}"


def is_bit(place: CodePlace) -> bool:
    """Whether a code place is such a square."""
    return place.type.startswith(_PREFIX)


def page_bits(page: PageLayout) -> tuple[PageBit, ...]:
    """The squares of a page in the order of numbers and digits; empty when it has none."""
    found = []
    for place in page.codes:
        match = _TYPE.fullmatch(place.type)
        if match:
            number, digit, black = (int(group) for group in match.groups())
            found.append(
                PageBit(
                    number=number, digit=digit, black=bool(black), x=place.x, y=place.y, w=place.w, h=place.h
                )
            )
    return tuple(sorted(found, key=lambda bit: (bit.number, bit.digit)))


def printed_number(bits: tuple[PageBit, ...], number: int) -> int:
    """What the squares of a number say, most significant first; 0 when there are none."""
    value = 0
    for bit in bits:
        if bit.number == number:
            value = 2 * value + bit.black
    return value
