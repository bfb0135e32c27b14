"""Whoever scans is told in sentences what is wrong and what to do, once for each cause."""

import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.model import PageQuality, PageRead, PageResult, PageSource
from pipeline.reading.quality_words import ADVICE, scan_notices, sentence


def page(*notes: str) -> PageResult:
    return PageRead(
        source=PageSource(file="a.pdf", path="a.pdf", page=1, sha256=""),
        code=None,
        other_codes=(),
        sheet=1,
        layout_hash="",
        rms_mm=0.0,
        quality=PageQuality(
            dpi=200, background=240, print_grey=20, bilevel=False, quarter_turns=0, notes=notes
        ),
        features=np.zeros((0, 1), dtype=np.float16),
        places_px=np.zeros((0, 4), dtype=np.float32),
    )


def test_a_note_becomes_a_sentence_with_what_to_do() -> None:
    said = sentence("streak: 83 mm from the left")
    assert said.startswith(
        "a line runs through the whole scan at 83 mm from the left: clean the scanner's glass"
    )


def test_a_note_of_an_older_version_is_shown_as_it_is() -> None:
    assert sentence("something odd") == "something odd"


def test_the_same_streak_on_many_pages_is_one_sentence() -> None:
    pages = [page(f"streak: {place} mm from the left") for place in (83, 83, 84, 83, 150)]
    assert [text.split(": ")[0] for text in scan_notices(pages)] == [
        "4 pages have a line through the whole scan at 83 mm from the left",
        "1 page has a line through the whole scan at 150 mm from the left",
    ]


def test_streaks_all_over_the_glass_do_not_fill_the_screen() -> None:
    pages = [page(f"streak: {10 * place} mm from the left") for place in range(1, 20)]
    notices = scan_notices([*pages, *pages[:2]])
    assert [text.split(": ")[0] for text in notices] == [
        "17 pages have a line through the whole scan at other places",
        "2 pages have a line through the whole scan at 10 mm from the left",
        "2 pages have a line through the whole scan at 20 mm from the left",
    ]


def test_streaks_from_two_ways_of_feeding_are_two() -> None:
    pages = [page("streak: 83 mm from the left"), page("streak: 83 mm from the top")]
    assert len(scan_notices(pages)) == 2


def test_the_commonest_defect_stands_first_and_each_stands_once() -> None:
    pages = [
        page("fold: 100 mm from the top"),
        page("fold: 150 mm from the top"),
        page("cut off: 9 mm at the top"),
    ]
    assert [text.split(":")[0] for text in scan_notices(pages)] == ["2 pages are folded", "1 page is cut off"]


def test_paper_that_is_not_white_on_a_grey_scan_needs_more_brightness() -> None:
    assert sentence("coloured paper: 44 %") == (
        "the paper is coloured or grey, or the scan is dark (paper at 44 % of white):"
        " scan with more brightness"
    )
    assert scan_notices([page("coloured paper: 44 %")]) == (
        "1 page is on coloured or grey paper, or dark: scan with more brightness",
    )


def test_black_and_white_is_said_once_with_what_it_costs() -> None:
    pages = [page("black and white"), page("black and white"), page("streak: 83 mm from the left")]
    assert scan_notices(pages)[0] == (
        "2 pages are black and white: scan in grey: black and white loses faint marks"
    )
    assert sentence("black and white").startswith("the scan is black and white: scan in grey")


def test_punch_holes_in_the_margin_are_nothing_to_do_about() -> None:
    assert scan_notices([page("punch hole: 2 punch holes")]) == ()
    assert scan_notices([page()]) == ()


@pytest.mark.parametrize("word", ADVICE)
def test_every_sentence_is_whole(word: str) -> None:
    for text in (sentence(f"{word}: 7 mm"), *scan_notices([page(f"{word}: 7 mm")] * 2)):
        assert re.fullmatch(r"[a-z0-9].*[a-z0-9\"?]", text)
        assert "{" not in text
        assert (": " in text) == bool(ADVICE[word].action)


def test_every_note_is_explained_in_the_advice_on_scanning() -> None:
    advice = (Path(__file__).parents[2] / "docs" / "scanning.md").read_text("utf-8")
    assert set(ADVICE) <= set(re.findall(r"^\| ([a-z- ]+) \|", advice, re.MULTILINE))
