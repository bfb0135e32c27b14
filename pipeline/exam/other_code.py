"""Page codes of others: how the text of a code says which booklet and which sheet this is.

A layout of paper that scangrade did not print may say ``"page_code": {"pattern":
"cit-i2dl-1-20230210-{booklet}-{sheet}"}``. The fields in braces are the only ones there are, all
else stands for itself; no expression of a file is ever run.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_TEXT = 200
"""Longest text of a code that is looked at, and longest pattern, characters."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_PARTS = {
    "booklet": r"(?P<booklet>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?)",
    "sheet": r"(?P<sheet>[0-9]{1,3})",
    "any": r".{0,80}?",
}
"""What stands for each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCode:
    """What a page code of others says."""

    booklet: str
    """Which student's copy it is, as printed: E0743."""
    sheet: int | None
    """Which printed sheet; None: the pattern has no ``{sheet}``."""


def pattern_fault(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern, and what to write instead; None: nothing."""
    example = "write, for example, exam-1-{booklet}-{sheet}"
    fields = _FIELD.findall(pattern)
    unknown = [name for name in fields if name not in _PARTS]
    if unknown:
        return f"there is no field {{{unknown[0]}}}", "the fields are {booklet}, {sheet} and {any}"
    if re.search(r"[{}]", _FIELD.sub("", pattern)):
        return "a brace stands alone", example
    if "booklet" not in fields:
        return "it has no {booklet}", example
    if len(set(fields)) < len(fields):
        return "a field stands twice", "name each field once"
    if "}{" in pattern:
        return "between two fields stands nothing that would tell them apart", example
    if digits := re.search(r"(\{[a-z]+\})([0-9]+)(\{[a-z]+\})", pattern):
        one, between, two = digits.groups()
        what = f"between {one} and {two} stands {between}, which may as well be a part of either"
        return what, f"a sign that is no digit must part them, on the paper too: {one}-{two}"
    if len(pattern) > MAX_TEXT:
        return f"it is longer than {MAX_TEXT} characters", example
    return None


def read_other_code(pattern: str, text: str) -> OtherCode | None:
    """What the text of a code says by a layout's pattern.

    Parameters
    ----------
    pattern
        Without a fault by :func:`pattern_fault`.
    text
        Whatever a reader of codes gave.

    Returns
    -------
    OtherCode or None
        None: the text is not of this pattern, as a sticker's is not.
    """
    if not pattern or len(text) > MAX_TEXT:
        return None
    match = _compiled(pattern).fullmatch(text.strip())
    if match is None:
        return None
    sheet = match.groupdict().get("sheet")
    return OtherCode(booklet=match["booklet"], sheet=None if sheet is None else int(sheet))


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    literals = _FIELD.split(pattern)
    return re.compile(
        "".join(_PARTS[part] if place % 2 else re.escape(part) for place, part in enumerate(literals))
    )
