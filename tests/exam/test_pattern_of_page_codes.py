"""A layout says how page codes of others give booklet and sheet."""

import dataclasses
import json
from pathlib import Path

import pytest

from pipeline.errors import FileFaults
from pipeline.exam import OtherCode, layout_hash, layout_json, parse_layout, read_other_code, with_hash


def text(pattern: object = None) -> str:
    box = {"question": "1", "option": "A", "shape": "square", "x": 30, "y": 60, "w": 4.5, "h": 4.5}
    page = {"sheet": 1, "width": 210, "height": 297, "anchors": {"kind": "none"}, "boxes": [box]}
    document = {
        "format": "scangrade-layout/1",
        "name": "theirs",
        "unit": "mm",
        "marking": "any",
        "pages": [page],
    }
    return json.dumps(document if pattern is None else {**document, "page_code": {"pattern": pattern}})


def test_the_pattern_is_kept_when_a_layout_is_written_and_read_again(tmp_path: Path) -> None:
    layout = parse_layout(text("exam-1-{booklet}-{sheet}"), tmp_path / "layout.json")
    assert layout.page_code == "exam-1-{booklet}-{sheet}"
    assert parse_layout(layout_json(layout), tmp_path / "layout.json") == layout


def test_a_layout_without_a_pattern_keeps_the_hash_that_it_always_had(tmp_path: Path) -> None:
    layout = parse_layout(text(), tmp_path / "layout.json")
    assert "page_code" not in layout_json(layout)
    assert layout_hash(layout) == layout.hash
    coded = with_hash(dataclasses.replace(layout, page_code="{booklet}-{sheet}"))
    assert coded.hash != layout.hash


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("exam-{sheet}", "it has no {booklet}"),
        ("{booklet}-{page}", "there is no field {page}"),
        ("{booklet}-{booklet}", "a field stands twice"),
        ("{booklet}{sheet}", "between two fields stands nothing"),
        ("{booklet}-{sheet", "a brace stands alone"),
        (
            "{booklet}1{sheet}",
            "between {booklet} and {sheet} stands 1, which may as well be a part of either",
        ),
        ("{sheet}00{booklet}", "between {sheet} and {booklet} stands 00"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named_with_what_to_write(
    pattern: str, what: str, tmp_path: Path
) -> None:
    with pytest.raises(FileFaults) as caught:
        parse_layout(text(pattern), tmp_path / "layout.json")
    (fault,) = caught.value.faults
    assert what in fault.what
    assert fault.instead


@pytest.mark.parametrize("pattern", ["{booklet}-1{sheet}", "{booklet}1-{sheet}", "7{booklet}p{sheet}9"])
def test_digits_beside_another_sign_tell_booklet_and_sheet_apart(pattern: str, tmp_path: Path) -> None:
    assert parse_layout(text(pattern), tmp_path / "layout.json").page_code == pattern
    code = read_other_code(pattern, pattern.format(booklet="E11", sheet="11"))
    assert code == OtherCode(booklet="E11", sheet=11)
