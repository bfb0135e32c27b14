"""Numbers and text in cells."""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reporting import percent_text, plain_cell, points_text, probability_text, safe_cell


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(7), "7"),
        (Fraction(-1), "-1"),
        (Fraction(5, 2), "2.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-22, 7), "-22/7"),
        (sum([Fraction(1, 10)] * 10, Fraction(0)), "1"),
        (Fraction(1, 10**12), "0.000000000001"),
        (None, ""),
    ],
)
def test_points_are_written_exactly(points: Fraction | None, text: str) -> None:
    assert points_text(points) == text


@given(st.fractions())
def test_points_read_back_as_the_same_number(points: Fraction) -> None:
    text = points_text(points)
    assert Fraction(text) == points
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("percent", "text"),
    [
        (Fraction(200, 3), "66.67"),
        (Fraction(2675, 1000), "2.68"),
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(-1, 201), "0.00"),
        (Fraction(100), "100.00"),
        (None, ""),
    ],
)
def test_a_percentage_has_two_decimals_rounded_half_up(percent: Fraction | None, text: str) -> None:
    assert percent_text(percent) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000))
def test_percentages_round_as_decimals_do(percent: Decimal) -> None:
    with localcontext() as context:
        context.prec = 50
        expected = percent.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert Decimal(percent_text(Fraction(percent))) == expected


def test_a_probability_has_four_decimals() -> None:
    assert probability_text(0.98765) == "0.9877"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\tx", "'\tx"),
        ("'=1", "''=1"),
        ("-ab12", "'-ab12"),
        ("-1-2", "'-1-2"),
        (" =1", "' =1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u202e=1", "'\u202e=1"),
        ('"=1"', '\'"=1"'),
        ("\uff1d1", "'\uff1d1"),
        ("Doe;=cmd()", "Doe;'=cmd()"),
        ("Doe; @x", "Doe; '@x"),
        ("two\n=lines", "two\n'=lines"),
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "-1.5",
        "-1/3",
        "+2.5",
        "-",
        "007",
        "s=12",
        "O'Brien",
        "'t Hooft",
        "a=b",
        "sign=-",
        "王小明",
        "multiple;cancelled",
        "A|B",
        "two\nlines",
        "-.5",
        "a;b",
        "2 ± 0.1",
        "mail@example.org",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text
    assert plain_cell(text) == text


@settings(max_examples=2000)
@given(st.text(alphabet="'=+-@\t\r\n;\" \ufeffa1", max_size=7) | st.text(max_size=8))
def test_the_text_of_every_cell_is_found_again(text: str) -> None:
    cell = safe_cell(text)
    assert plain_cell(cell) == text
    for part in re.split("[;\t\r\n]", cell):
        start = part.lstrip(' "\ufeff')
        assert start[:1] not in tuple("=+-@") or safe_cell(text) == text == cell


def test_a_cell_of_blanks_and_line_breaks_is_looked_through_once() -> None:
    # of a pattern that goes over it again from each line break, this would take hours
    text = "\n" * 400_000
    assert plain_cell(safe_cell(text)) == text
