"""Text on the sheet: it stays in its slot, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.exam.plan import TextSlot
from pipeline.paper.fonts import EM, MISSING, face_of
from pipeline.paper.sheet import PlacedText, place_text
from pipeline.paper.text import POINT, SetText, clean, fit_text
from tests.paper.exams import LONG, TEXTS

ARABIC = "امتحان"
SLOT = TextSlot(x=20.0, y=30.0, w=50.0, h=9.0, text="", size=10.0, max_lines=2)


def _fit(
    text: str, *, width: float = 50.0, height: float = 9.0, lines: int = 2, size: float = 10.0
) -> SetText:
    found = fit_text(text, "regular", size, width, height, lines)
    assert found is not None
    return found


def _characters(text: SetText) -> list[str]:
    """What each line's glyphs stand for, from left to right; ? for a glyph that is no plain character."""
    return [
        "".join(placed.glyph.character or "?" for _, run in line.runs for placed in run.glyphs)
        for line in text.lines
    ]


def _ink(placed: PlacedText) -> list[tuple[float, float, float, float]]:
    """Left, right, top and bottom of each line's ink and advances, mm on the page."""
    scale = placed.text.size * POINT / EM
    return [
        (
            start + line.left * scale,
            start + line.right * scale,
            baseline - line.top * scale,
            baseline - line.bottom * scale,
        )
        for line, baseline, start in zip(placed.text.lines, placed.baselines, placed.starts, strict=True)
    ]


def _check_inside(slot: TextSlot, text: str) -> None:
    for placed in place_text(slot, text):
        for left, right, top, bottom in _ink(placed):
            assert left >= slot.x - 1e-6
            assert right <= slot.x + slot.w + 1e-6
            assert top >= slot.y - 1e-6
            assert bottom <= slot.y + slot.h + 1e-6


@given(
    text=st.one_of(st.sampled_from(TEXTS), st.text(max_size=60)),
    width=st.floats(2.0, 150.0),
    height=st.floats(2.0, 14.0),
    size=st.floats(5.0, 16.0),
    lines=st.integers(1, 3),
    align=st.sampled_from(["start", "left", "center", "right"]),
    vertical=st.sampled_from(["top", "middle", "bottom"]),
)
def test_any_text_stays_inside_any_slot(
    text: str, width: float, height: float, size: float, lines: int, align: str, vertical: str
) -> None:
    slot = TextSlot(
        x=20.0, y=30.0, w=width, h=height, text=text, size=size, max_lines=lines,
        align=align, vertical=vertical,  # type: ignore[arg-type]
    )  # fmt: skip
    _check_inside(slot, text)


def test_a_short_text_keeps_its_size_and_one_line() -> None:
    text = _fit("Dropout")
    assert (text.size, len(text.lines), text.cut) == (10.0, 1, False)


def test_a_longer_text_is_wrapped_then_shrunk_and_only_then_cut() -> None:
    wrapped = _fit("Deep Learning, the written exam")
    assert (wrapped.size, len(wrapped.lines), wrapped.cut) == (10.0, 2, False)
    shrunk = _fit("Deep Learning and Reinforcement Learning, written exam")
    assert shrunk.size < 10.0
    assert not shrunk.cut
    cut = _fit(LONG)
    assert cut.cut
    assert cut.size < shrunk.size
    assert _characters(cut)[-1].endswith("…")


def test_chinese_is_wrapped_between_characters_and_no_line_begins_with_a_full_stop() -> None:
    lines = _characters(_fit("卷积神经网络的参数数量是多少。以下哪些说法", width=36.0))
    assert len(lines) == 2
    assert lines[1][0] != "。"


def test_arabic_runs_from_the_right_and_is_joined() -> None:
    text = _fit(f"{ARABIC} 25")
    assert text.right_to_left
    line = text.lines[0]
    glyphs = [placed.glyph for _, run in line.runs for placed in run.glyphs]
    assert [glyph.character for glyph in glyphs[:2]] == ["2", "5"]
    assert glyphs[-1].character == ARABIC[0]
    joined = {glyph.number for glyph in glyphs if glyph.face == face_of(ARABIC[0])}
    alone = {placed.glyph.number for c in ARABIC for placed in _fit(c).lines[0].runs[0][1].glyphs}
    assert joined - alone


def test_brackets_around_latin_letters_in_arabic_are_mirrored() -> None:
    runs = _fit(f"{ARABIC} (CNN) {ARABIC}").lines[0].runs
    drawn = [placed.glyph.number for _, run in runs for placed in run.glyphs]
    plain = [placed.glyph.number for _, run in _fit("(CNN)").lines[0].runs for placed in run.glyphs]
    place = drawn.index(plain[1])
    assert drawn[place - 1 : place + 4] == plain


def test_a_latin_text_with_an_arabic_name_keeps_its_own_direction() -> None:
    text = _fit(f"Name: {ARABIC}")
    assert not text.right_to_left
    assert _characters(text)[0].startswith("Name: ")


def test_right_to_left_text_stands_at_the_right_of_its_slot() -> None:
    slot = TextSlot(x=20.0, y=30.0, w=50.0, h=9.0, text=ARABIC, size=10.0)
    (placed,) = place_text(slot, ARABIC)
    ((_, right, _, _),) = _ink(placed)
    assert right == pytest.approx(70.0)


def test_a_character_without_a_glyph_becomes_a_box_and_is_named() -> None:
    text = _fit("Well done \N{GRINNING FACE}")
    assert text.missing == {"\N{GRINNING FACE}"}
    assert [placed.glyph.face for _, run in text.lines[0].runs for placed in run.glyphs].count(MISSING) == 1


@pytest.mark.parametrize(
    "text", ["Łódź żółć ęąśźćń", "Ångström čšžřů őű ğış", "Ελληνικά", "Русский їґ", "→ ≤ √ ∂ ∇ ∑"]
)
def test_letters_of_european_languages_and_mathematics_all_have_glyphs(text: str) -> None:
    assert not _fit(text, lines=1).missing


def test_line_breaks_tabs_and_direction_controls_are_not_printed() -> None:
    assert clean("one\n\ttwo\u202e three\u00a0 four\x00") == "one two three four"


def test_nothing_is_set_for_a_text_of_spaces() -> None:
    assert fit_text(" \n ", "regular", 10.0, 50.0, 9.0, 1) is None
