"""The page code: what the QR of every sheet of ours says (FORMATS: page code).

``SG1*EXAM*VERSION*SHEET*SERIAL*LAYOUT*CHECK``, upper case, in the alphanumeric set of QR.

The check character is ISO/IEC 7064 MOD 37-2 over all that stands before it, separators included:
the characters' values, each times the power of 2 of its place, sum to 1 modulo 37. As 37 is prime
and 2 is not 1, one wrong character and two neighbours that changed places always break the sum.
Two things differ from the standard, as ``*`` separates the fields here: the value 36 is written
``-`` where the standard writes ``*``, and the separator counts 36 as well. That ``-`` and ``*``
count the same opens no hole: the grammar fixes the number of separators and allows ``-`` in the
exam only, so a code in which one became the other, or in which they changed places, is refused by
its form.
"""

import re

from pipeline.model import PageCode

EXAM_ID = re.compile(r"[a-z0-9-]{1,24}")
"""Grammar of an exam id; in the code it is in upper case."""
VERSION = re.compile(r"[A-Z0-9]{1,4}")
"""Grammar of a version."""
MAX_SHEET = 999
MAX_SERIAL = 999_999_999

_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")}
_VALUES["*"] = _VALUES["-"]
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_CODE = re.compile(
    r"SG1\*(?P<exam>[A-Z0-9-]{1,24})\*(?P<version>[A-Z0-9]{1,4})\*(?P<sheet>[1-9][0-9]{0,2})"
    r"\*(?P<serial>0|[1-9][0-9]{0,8})\*(?P<layout>[0-9A-F]{6})\*(?P<check>[0-9A-Z-])"
)


def check_character(text: str) -> str:
    """The check character of ``text``.

    Parameters
    ----------
    text
        Digits, upper-case letters, ``-`` and ``*``.

    Returns
    -------
    str
        A digit, an upper-case letter, or ``-`` for 36 (ISO/IEC 7064 MOD 37-2, see above).

    Raises
    ------
    KeyError
        A character is none of these.
    """
    remainder = 0
    for character in text:
        remainder = (remainder + _VALUES[character]) * 2 % 37
    return _CHARACTERS[(1 - remainder) % 37]


def encode_page_code(code: PageCode) -> str:
    """The text of a page's QR.

    Parameters
    ----------
    code
        What the page is: exam id [a-z0-9-]{1,24}, version [A-Z0-9]{1,4}, sheet 1 to 999, serial
        0 to 999 999 999, layout 6 hexadecimal digits in upper case.

    Returns
    -------
    str
        At most 59 characters of the alphanumeric set of QR.

    Raises
    ------
    ValueError
        A field is outside its grammar.
    """
    body = f"SG1*{code.exam.upper()}*{code.version}*{code.sheet}*{code.serial}*{code.layout}*"
    try:
        text = body + check_character(body)
    except KeyError as error:
        raise ValueError(f"a page code cannot hold {error.args[0]!r}: {code}") from None
    if decode_page_code(text) != code:
        raise ValueError(f"a page code cannot hold {code}")
    return text


def decode_page_code(text: str) -> PageCode | None:
    """What a QR says, when it is ours.

    Parameters
    ----------
    text
        Whatever a reader of codes gave.

    Returns
    -------
    PageCode or None
        None when the text is not exactly of our grammar or its check character is wrong: a code
        of somebody else, or of ours and damaged.
    """
    match = _CODE.fullmatch(text)
    if match is None or check_character(text[:-1]) != match["check"]:
        return None
    return PageCode(
        exam=match["exam"].lower(),
        version=match["version"],
        sheet=int(match["sheet"]),
        serial=int(match["serial"]),
        layout=match["layout"],
    )
