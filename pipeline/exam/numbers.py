"""Exact numbers and other literals from the text of YAML scalars; no float on the way."""

import re
from fractions import Fraction
from typing import Any

from pipeline.exam.tree import ListNode, MapNode, Node

_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_EXPONENT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]{1,3}")
_RATIO = re.compile(r"[-+]?[0-9]+\s*/\s*[0-9]+")
_INTEGER = re.compile(r"[-+]?[0-9]+")
MAX_TEXT = 120
"""Most characters of a number: what is longer is no number of an exam."""
MAX_EXPONENT = 308


def exact(text: str, *, exponents: bool = False) -> Fraction | None:
    """The number that ``text`` writes, exactly.

    Parameters
    ----------
    text
        ``27``, ``-0.5``, ``1/3``; with ``exponents`` also ``1e-3``.
    exponents
        Whether powers of ten are allowed.

    Returns
    -------
    Fraction or None
        None when it writes no number (or one of more than ``MAX_TEXT`` characters, a
        denominator 0, an exponent beyond ``MAX_EXPONENT``).
    """
    written = text.strip().replace("\N{MINUS SIGN}", "-")
    if len(written) > MAX_TEXT:
        return None
    if _RATIO.fullmatch(written):
        top, _, bottom = written.partition("/")
        return Fraction(int(top), int(bottom)) if int(bottom) else None
    if _DECIMAL.fullmatch(written):
        return Fraction(written)
    if exponents and _EXPONENT.fullmatch(written):
        power = int(re.split("[eE]", written)[1])
        return Fraction(written) if abs(power) <= MAX_EXPONENT else None
    return None


def has_exponent(text: str) -> bool:
    """Whether ``text`` is a number written with a power of ten."""
    return _EXPONENT.fullmatch(text.strip()) is not None


def written(number: Fraction) -> str:
    """A number as a person writes it: a finite decimal where there is one, else ``n/d``."""
    bottom = number.denominator
    places = 0
    while bottom % 10 == 0:
        bottom, places = bottom // 10, places + 1
    for prime in (2, 5):
        while bottom % prime == 0:
            bottom, places = bottom // prime, places + 1
    if bottom != 1:
        return f"{number.numerator}/{number.denominator}"
    scaled = abs(number) * 10**places
    digits = str(scaled.numerator).rjust(places + 1, "0")
    whole, behind = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return ("-" if number < 0 else "") + whole + (f".{behind}" if behind else "")


def literal(node: Node) -> Any:
    """The value of a literal in a solver's arguments or a rule's parameters.

    Integers become ``int``, other numbers and ratios (``1/3``) ``Fraction``, lists tuples, maps
    dicts; true, false and null as in YAML 1.2; all else, and all that is quoted, is text.
    """
    if isinstance(node, ListNode):
        return tuple(literal(item) for item in node)
    if isinstance(node, MapNode):
        return {key: literal(value) for key, value in node.items()}
    if node.kind == "null":
        return None
    if node.kind == "bool":
        return node.truth
    if not node.plain:
        return node.text
    if len(node.text) <= MAX_TEXT and _INTEGER.fullmatch(node.text):
        return int(node.text)
    number = exact(node.text, exponents=True)
    return node.text if number is None else number


def option_value(node: Node) -> Any:
    """The value of an option: a Fraction, a bool, text, nested tuples of them, or None.

    Text that writes a number is that number, quoted or not: an option printed "0.50" is 1/2.
    """
    if isinstance(node, ListNode):
        return tuple(option_value(item) for item in node)
    if isinstance(node, MapNode):
        return {key: option_value(value) for key, value in node.items()}
    if node.kind == "null":
        return None
    if node.kind == "bool":
        return node.truth
    number = exact(node.text, exponents=True)
    return node.text if number is None else number


def printed_text(node: Node) -> str:
    """What the paper prints of an option: its scalars as they are written."""
    if isinstance(node, ListNode):
        return "[" + ", ".join(printed_text(item) for item in node) + "]"
    if isinstance(node, MapNode):
        return ", ".join(f"{key}: {printed_text(value)}" for key, value in node.items())
    return "" if node.kind == "null" else node.text
