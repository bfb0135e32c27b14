"""Typed arguments of solvers: each converter takes a literal and gives a value, or says what is wrong.

A literal is what an exam file can hold: numbers, words, truth values, lists, maps. A converter
raises :class:`ArgumentError` with one sentence that a teacher understands.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.grading.numbers import Number, did_you_mean, exact_array, to_number, value_text

Converter = Callable[[Any], Any]
MAX_CELLS = 100_000
"""Most numbers in one array of an exam file; more is a mistake, not an exam."""
MAX_PRODUCTS = 2_000_000
"""Most multiplications that a solver carries out."""
MAX_BITS = 4_096
"""Most bits of a numerator or denominator: more than 1,200 digits are no answer of an exam."""


class ArgumentError(ValueError):
    """A literal that an argument cannot take; ``instead`` is what to write."""

    def __init__(self, what: str, instead: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


def checked_size(number: Number) -> Number:
    """The number, unless no exam has one of so many digits: exact numbers could grow without end.

    Raises
    ------
    ArgumentError
        It has more than ``MAX_BITS`` bits, or is infinite or not a number.
    """
    if isinstance(number, float):
        fits = math.isfinite(number)
    else:
        fits = max(number.numerator.bit_length(), number.denominator.bit_length()) <= MAX_BITS
    if not fits:
        raise ArgumentError("its numbers grow too large for an exam", "use smaller numbers, or fewer")
    return number


def refuse_work(products: int, what: str, instead: str) -> None:
    """Raise an ArgumentError where a solver would carry out too many multiplications."""
    if products > MAX_PRODUCTS:
        raise ArgumentError(f"{what} too large for an exam", instead)


def _short(literal: object) -> str:
    text = value_text(literal)
    return text if len(text) <= 40 else text[:37] + "..."


def whole(*, least: int | None = None, most: int | None = None) -> Converter:
    """A whole number, ``least`` or more, ``most`` or less."""

    def convert(literal: Any) -> int:
        number = to_number(literal)
        if not isinstance(number, int):
            raise ArgumentError(f"{_short(literal)} is not a whole number")
        if least is not None and number < least:
            raise ArgumentError(f"{number} is less than {least}", f"write {least} or more")
        if most is not None and number > most:
            raise ArgumentError(f"{number} is more than {most}", f"write {most} or less")
        return number

    return convert


def number() -> Converter:
    """Any number."""

    def convert(literal: Any) -> Number:
        value = to_number(literal)
        if value is None:
            raise ArgumentError(f"{_short(literal)} is not a number")
        return value

    return convert


def flag() -> Converter:
    """True or false."""

    def convert(literal: Any) -> bool:
        if not isinstance(literal, bool):
            raise ArgumentError(f"{_short(literal)} is not true or false", "write true or false")
        return literal

    return convert


def word(*allowed: str) -> Converter:
    """One of some words; any text when none are named."""

    def convert(literal: Any) -> str:
        if not isinstance(literal, str) or (allowed and literal not in allowed):
            raise ArgumentError(f"{_short(literal)} is unknown", did_you_mean(literal, allowed))
        return literal

    return convert


def list_of(item: Converter, *, shortest: int = 1) -> Converter:
    """A list whose items are all of one type."""

    def convert(literal: Any) -> tuple[Any, ...]:
        if not isinstance(literal, (list, tuple)):
            raise ArgumentError(f"{_short(literal)} is not a list", "write [..., ...]")
        if len(literal) < shortest:
            raise ArgumentError(f"the list has {len(literal)} items", f"write {shortest} or more")
        if len(literal) > MAX_CELLS:
            raise ArgumentError(f"the list has {len(literal)} items, more than {MAX_CELLS}")
        items = []
        for place, part in enumerate(literal, start=1):
            try:
                items.append(item(part))
            except ArgumentError as error:
                raise ArgumentError(f"item {place}: {error.what}", error.instead) from None
        return tuple(items)

    return convert


def one_or_list(item: Converter) -> Converter:
    """One value, or a list with one for each axis."""
    several = list_of(item)

    def convert(literal: Any) -> Any:
        return several(literal) if isinstance(literal, (list, tuple)) else item(literal)

    return convert


def either(*converters: Converter) -> Converter:
    """What the first fitting converter makes of it; the last one's complaint when none fits."""

    def convert(literal: Any) -> Any:
        for converter in converters[:-1]:
            try:
                return converter(literal)
            except ArgumentError:
                continue
        return converters[-1](literal)

    return convert


def array(*dimensions: int) -> Converter:
    """A regular array of numbers with one of these numbers of dimensions; any when none is named.

    Gives an array of objects (int, Fraction, float), so that exact numbers stay exact.
    """

    def convert(literal: Any) -> NDArray[np.object_]:
        cells = [0]
        shape = _regular_shape(literal, cells)
        if dimensions and len(shape) not in dimensions:
            wanted = " or ".join(_dimension_words(count) for count in dimensions)
            raise ArgumentError(f"{_short(literal)} is {_dimension_words(len(shape))}", f"write {wanted}")
        if 0 in shape:
            raise ArgumentError("the list is empty", "write at least one number")
        return exact_array(_numbers(literal))

    return convert


def _dimension_words(count: int) -> str:
    names = {0: "one number", 1: "a list of numbers", 2: "a matrix (a list of rows)"}
    return names.get(count, f"{count} levels of lists")


def _regular_shape(literal: Any, cells: list[int]) -> tuple[int, ...]:
    if not isinstance(literal, (list, tuple, np.ndarray)):
        cells[0] += 1
        if cells[0] > MAX_CELLS:
            raise ArgumentError(f"more than {MAX_CELLS} numbers")
        return ()
    shapes = {_regular_shape(part, cells) for part in literal}
    if len(shapes) > 1:
        raise ArgumentError(f"{_short(literal)} has rows of different lengths", "make them equally long")
    return (len(literal), *(shapes.pop() if shapes else ()))


def _numbers(literal: Any) -> Any:
    if isinstance(literal, (list, tuple, np.ndarray)):
        return tuple(_numbers(part) for part in literal)
    value = to_number(literal)
    if value is None:
        raise ArgumentError(f"{_short(literal)} is not a number")
    return value


def record(required: Mapping[str, Converter], optional: Mapping[str, Converter]) -> Converter:
    """A map with fixed fields."""
    known = {**required, **optional}

    def convert(literal: Any) -> dict[str, Any]:
        if not isinstance(literal, Mapping):
            raise ArgumentError(f"{_short(literal)} is not a map", f"write {{{', '.join(known)}}}")
        for name in literal:
            if name not in known:
                raise ArgumentError(f"{name} is unknown", did_you_mean(name, known))
        for name in required:
            if name not in literal:
                raise ArgumentError(f"{name} is missing", f"write {name}: ...")
        fields = {}
        for name, part in literal.items():
            try:
                fields[name] = known[name](part)
            except ArgumentError as error:
                raise ArgumentError(f"{name}: {error.what}", error.instead) from None
        return fields

    return convert


def anything() -> Converter:
    """Any literal, as it is."""
    return lambda literal: literal


def per_axis(value: int | tuple[int, ...], axes: int, name: str) -> tuple[int, ...]:
    """One number for every axis; a single one counts for all."""
    if isinstance(value, int):
        return (value,) * axes
    if len(value) != axes:
        raise ArgumentError(f"{name} has {len(value)} numbers for {axes} axes", f"write one or {axes}")
    return tuple(value)
