"""The code on every sheet of ours: what it holds survives, and damage never passes for it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.exam import decode_page_code, encode_page_code
from pipeline.exam.page_code import check_character
from pipeline.model import PageCode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""The alphanumeric set of QR."""

CODES = st.builds(
    PageCode,
    exam=st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=24),
    version=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=4),
    sheet=st.integers(1, 999),
    serial=st.integers(0, 999_999_999),
    layout=st.text("0123456789ABCDEF", min_size=6, max_size=6),
)

EXAMPLE = PageCode(exam="dtu-02456-2025-12", version="A", sheet=2, serial=17, layout="00FA3C")


@given(CODES)
def test_every_code_comes_back_as_it_was_and_fits_the_alphanumeric_set_of_qr(code: PageCode) -> None:
    text = encode_page_code(code)
    assert decode_page_code(text) == code
    assert set(text) <= set(ALPHABET)
    assert len(text) <= 60


@given(CODES)
def test_no_single_wrong_character_passes(code: PageCode) -> None:
    text = encode_page_code(code)
    for at, right in enumerate(text):
        for wrong in ALPHABET.replace(right, ""):
            assert decode_page_code(text[:at] + wrong + text[at + 1 :]) is None


@given(CODES)
@example(PageCode(exam="-a-", version="A", sheet=1, serial=0, layout="000000"))
@example(PageCode(exam="a-", version="0", sheet=10, serial=10, layout="A0A0A0"))
def test_no_two_neighbours_change_places_unseen(code: PageCode) -> None:
    text = encode_page_code(code)
    for at in range(len(text) - 1):
        if text[at] != text[at + 1]:
            swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            assert decode_page_code(swapped) is None, swapped


@given(CODES, st.data())
def test_a_lost_or_doubled_character_does_not_pass_for_another_page(
    code: PageCode, data: st.DataObject
) -> None:
    # Not guaranteed by the check character; what passes must at least not be this page.
    text = encode_page_code(code)
    at = data.draw(st.integers(0, len(text) - 1))
    for damaged in (text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]):
        assert decode_page_code(damaged) != code


def test_the_check_character_is_that_of_iso_7064_mod_37_2() -> None:
    # A donation number of ISBT 128, which uses this check, with its published check character.
    assert check_character("A999914123456") == "N"
    # By hand: "A" is 10, and 2 * 10 + 18 = 38, which is 1 modulo 37; 18 is "I".
    assert check_character("A") == "I"
    # By hand: 2 * 1 + 36 = 38; what the standard writes * is - here.
    assert check_character("1") == "-"


def test_a_code_is_written_as_the_format_says() -> None:
    text = encode_page_code(EXAMPLE)
    assert text[:-1] == "SG1*DTU-02456-2025-12*A*2*17*00FA3C*"


def _checked(body: str) -> str:
    return body + check_character(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/SG1",
        "SG1",
        "SG1******",
        encode_page_code(EXAMPLE).lower(),
        encode_page_code(EXAMPLE) + "\n",
        " " + encode_page_code(EXAMPLE),
        encode_page_code(EXAMPLE) * 2,
        _checked("SG2*DTU*A*1*1*000000*"),
        _checked("SG1*DTU*A*0*1*000000*"),
        _checked("SG1*DTU*A*01*1*000000*"),
        _checked("SG1*DTU*A*1000*1*000000*"),
        _checked("SG1*DTU*A*1*1000000000*000000*"),
        _checked("SG1*DTU*A*1*007*000000*"),
        _checked("SG1*DTU*A*1*-1*000000*"),
        _checked("SG1*DTU*ABCDE*1*1*000000*"),
        _checked("SG1*DTU*A*1*1*00000G*"),
        _checked("SG1*DTU*A*1*1*00000*"),
        _checked("SG1*DTU*A*1*1*000000*X*"),
        _checked("SG1**A*1*1*000000*"),
        _checked("SG1*" + "A" * 25 + "*A*1*1*000000*"),
        "SG1*../../ETC*A*1*1*000000*0",
        "SG1*DTU*A*\u0661*1*000000*0",
        "SG1*DTU*A*1*1*000000*\u00d8",
        "SG1*D\0U*A*1*1*000000*0",
        "9" * 100_000,
    ],
)
def test_what_is_not_exactly_a_code_of_ours_is_none(text: str) -> None:
    assert decode_page_code(text) is None


@given(st.text(max_size=80))
def test_any_text_whatever_is_answered_without_an_error(text: str) -> None:
    code = decode_page_code(text)
    assert code is None or encode_page_code(code) == text


@pytest.mark.parametrize(
    "code",
    [
        PageCode(exam="Upper", version="A", sheet=1, serial=0, layout="000000"),
        PageCode(exam="a_b", version="A", sheet=1, serial=0, layout="000000"),
        PageCode(exam="a/../b", version="A", sheet=1, serial=0, layout="000000"),
        PageCode(exam="a", version="a", sheet=1, serial=0, layout="000000"),
        PageCode(exam="a", version="A", sheet=0, serial=0, layout="000000"),
        PageCode(exam="a", version="A", sheet=1, serial=-1, layout="000000"),
        PageCode(exam="a", version="A", sheet=1, serial=0, layout="abcdef"),
        PageCode(exam="a", version="A", sheet=1, serial=0, layout=""),
        PageCode(exam="stra\u00dfe", version="A", sheet=1, serial=0, layout="000000"),
    ],
)
def test_a_page_that_no_code_can_hold_is_refused_before_printing(code: PageCode) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        encode_page_code(code)
