"""What the notes on a scan mean, in sentences for whoever scans."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.model import PageRead, PageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to say of a note."""

    page: str
    """Of one page; ``{}`` stands for the note's detail."""
    pages: str
    """Of several: behind "3 pages"; ``{}`` as before, where all agree."""
    action: str
    """What to do; empty: nothing."""


BLACK_AND_WHITE = "black and white"
"""The note on pages of which a threshold has deleted faint marks."""

ADVICE: Mapping[str, Advice] = {
    "streak": Advice(
        page="a line runs through the whole scan at {}",
        pages="have a line through the whole scan at {}",
        action="clean the scanner's glass",
    ),
    "fold": Advice(
        page="a fold runs through the page at {}",
        pages="are folded",
        action="flatten the paper before scanning",
    ),
    "folded corner": Advice(
        page="the {} corner is folded or torn",
        pages="have a folded or torn corner",
        action="unfold it and scan the page again",
    ),
    "mark missing": Advice(
        page="{} corner marks are not seen",
        pages="lack a corner mark",
        action="see whether a corner is folded, covered or torn",
    ),
    "cut off": Advice(
        page="{} of the page is cut off",
        pages="are cut off",
        action="push the paper against the guides, choose the right paper size, and scan again",
    ),
    "scaled": Advice(
        page="the page is scaled to {}",
        pages="are scaled to {}",
        action='print and copy at 100 %, without "fit to page"',
    ),
    "dark": Advice(
        page="the scan is dark (paper at {} of white)",
        pages="are dark",
        action="scan with more brightness",
    ),
    "light": Advice(
        page="the print is pale ({} of black)",
        pages="are pale",
        action="scan with less brightness, or change the printer's toner",
    ),
    "coloured paper": Advice(
        page="the paper is coloured or grey, or the scan is dark (paper at {} of white)",
        pages="are on coloured or grey paper, or dark",
        action="scan with more brightness",
    ),
    BLACK_AND_WHITE: Advice(
        page="the scan is black and white",
        pages="are black and white",
        action="scan in grey: black and white loses faint marks",
    ),
    "blurred": Advice(
        page="the scan is blurred by {}",
        pages="are blurred",
        action="hold the camera still, or clean the scanner's glass and lens",
    ),
    "low resolution": Advice(
        page="the scan has only {}",
        pages="have a resolution below 90 dpi",
        action="scan at 200 dpi or more",
    ),
    "double feed": Advice(
        page="another sheet shows {} the page",
        pages="show a piece of another sheet",
        action="fan the paper and scan these sheets again one by one",
    ),
    "show-through": Advice(
        page="the back of the sheet shows through",
        pages="show the back of the sheet",
        action="scan with a black background, or print on thicker paper",
    ),
    "punch hole": Advice(page="{} in the margin", pages="have punch holes", action=""),
    "staple": Advice(
        page="a staple in the {} corner",
        pages="have a staple",
        action="take staples out before scanning, they scratch the glass",
    ),
    "glare": Advice(
        page="a light blinds a part of the page",
        pages="are blinded by a light in a part",
        action="scan them again without flash, away from lamps",
    ),
    "few outlines": Advice(
        page="few of the printed boxes can be seen",
        pages="show few of their printed boxes",
        action="scan with more contrast",
    ),
}

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_PLACES = 3
"""A defect is told apart by its place, or size, so often; the rest is one sentence."""
_ELSEWHERE = {"streak": "other places"}
_NEAR_MM = 3.0
"""Streaks as near as this are the same streak, on a page fed a little aside."""


def note(word: str, detail: str = "") -> str:
    """A note as a page's record keeps it."""
    return f"{word}: {detail}" if detail else word


def sentence(text: str) -> str:
    """What a note says, and what to do about it."""
    word, _, detail = text.partition(": ")
    advice = ADVICE.get(word)
    if advice is None:
        return text
    return ": ".join(filter(None, (advice.page.format(detail), advice.action)))


def black_and_white_notice(count: int) -> str:
    """What to say of so many black and white pages."""
    advice = ADVICE[BLACK_AND_WHITE]
    return _counted(count, advice.pages, advice.action)


def is_black_and_white(reason: str) -> bool:
    """Whether the reason of a page in ``pages.csv`` says that its scan is black and white."""
    return sentence(BLACK_AND_WHITE) in reason.split("; ")


def scan_notices(results: Iterable[PageResult]) -> tuple[str, ...]:
    """Sentences on the scans as a whole, the commonest defect first.

    Parameters
    ----------
    results
        Every page of the batch.
    """
    found: dict[str, list[str]] = {}
    for result in results:
        if isinstance(result, PageRead):
            for text in result.quality.notes:
                word, _, detail = text.partition(": ")
                if word in ADVICE and ADVICE[word].action:
                    found.setdefault(word, []).append(detail)
    lines = [(count, text) for word, details in found.items() for count, text in _notices(word, details)]
    return tuple(text for _, text in sorted(lines, key=lambda line: -line[0]))


def _notices(word: str, details: Sequence[str]) -> list[tuple[int, str]]:
    advice = ADVICE[word]
    if "{}" not in advice.pages:
        return [(len(details), _counted(len(details), advice.pages, advice.action))]
    groups = _grouped(details).most_common()
    if len(groups) > _MOST_PLACES:
        rest = sum(count for _, count in groups[_MOST_PLACES - 1 :])
        groups = [*groups[: _MOST_PLACES - 1], (_ELSEWHERE.get(word, "several sizes"), rest)]
    return [(count, _counted(count, advice.pages.format(detail), advice.action)) for detail, count in groups]


def _grouped(details: Sequence[str]) -> Counter[str]:
    """Details counted; those whose numbers are nearly equal count as the commonest of them."""
    common: Counter[str] = Counter()
    for detail, count in Counter(details).most_common():
        like = next((other for other in common if _alike(detail, other)), detail)
        common[like] += count
    return common


def _alike(one: str, two: str) -> bool:
    numbers = [_NUMBER.search(text) for text in (one, two)]
    if _NUMBER.sub("", one) != _NUMBER.sub("", two) or not all(numbers):
        return False
    first, second = (float(number.group()) for number in numbers if number)
    return abs(first - second) <= _NEAR_MM


def _counted(count: int, text: str, action: str) -> str:
    words = f"{count} pages {text}" if count > 1 else f"1 page {_singular(text)}"
    return f"{words}: {action}"


def _singular(text: str) -> str:
    verb, _, rest = text.partition(" ")
    return f"{ {'have': 'has', 'are': 'is', 'show': 'shows', 'lack': 'lacks'}.get(verb, verb) } {rest}"
