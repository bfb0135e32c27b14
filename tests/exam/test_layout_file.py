"""Layout files: what they say comes back, their hash names them, their faults are placed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import FileFaults, UsageFault
from pipeline.exam import (
    layout_hash,
    layout_json,
    layout_schema,
    layouts_folder,
    load_layout,
    load_layouts,
    parse_layout,
    with_hash,
    with_own_hashes,
)
from pipeline.model import Anchors, Box, CodePlace, Kind, Layout, LayoutQuestion, Marking, PageLayout
from tests.exam.texts import write

Document = dict[str, Any]


def document() -> Document:
    """Give a layout file with something of everything."""
    boxes = [
        {"question": "q1", "option": option, "shape": "square", "x": x, "y": 50, "w": 4.5, "h": 4.5}
        for option, x in (("A", 20), ("B", 30.25))
    ]
    grid = [
        {
            "question": "q2",
            "option": f"d1={digit}",
            "shape": "circle",
            "x": 60,
            "y": 50 + 6 * digit,
            "w": 4,
            "h": 4,
        }
        for digit in range(10)
    ]
    return {
        "format": "scangrade-layout/1",
        "name": "other paper",
        "unit": "mm",
        "marking": "any",
        "exam": "e-1",
        "version": "B",
        "questions": {
            "q1": {"kind": "choice", "marking": "fill"},
            "q2": {"kind": "number"},
            "q3": {"kind": "credits", "writer": "examiner"},
        },
        "pages": [
            {
                "sheet": 1,
                "width": 210,
                "height": 297,
                "anchors": {
                    "kind": "corners",
                    "points": [[16, 16], [194, 16], [16, 281]],
                    "mark": "ring",
                    "size": 5,
                },
                "codes": [{"x": 170, "y": 8, "w": 18, "h": 18, "type": "qr"}],
                "boxes": [*boxes, *grid],
            },
            {
                "sheet": 2,
                "width": 210,
                "height": 297,
                "anchors": {"kind": "none"},
                "boxes": [
                    {
                        "question": "q3",
                        "option": "1/2",
                        "shape": "square",
                        "x": 20,
                        "y": 20,
                        "w": 4,
                        "h": 4,
                        "label": "x",
                    }
                ],
            },
        ],
    }


def load(folder: Path, content: Document) -> Layout:
    """Write and load a layout."""
    return load_layout(write(folder, json.dumps(content), "layout.json"))


def faults(folder: Path, text: str) -> list[str]:
    """Load a faulty layout; each fault without the folder."""
    with pytest.raises(FileFaults) as caught:
        load_layout(write(folder, text, "layout.json"))
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_a_layout_is_what_its_file_says(tmp_path: Path) -> None:
    layout = load(tmp_path, document())
    assert (layout.name, layout.unit, layout.marking) == ("other paper", "mm", Marking.ANY)
    assert (layout.exam, layout.version) == ("e-1", "B")
    assert layout.questions == {
        "q1": LayoutQuestion(kind=Kind.CHOICE, marking=Marking.FILL),
        "q2": LayoutQuestion(kind=Kind.NUMBER),
        "q3": LayoutQuestion(kind=Kind.CREDITS, writer="examiner"),
    }
    first, second = layout.pages
    assert first.anchors == Anchors(
        kind="corners", points=((16, 16), (194, 16), (16, 281)), mark="ring", size=5
    )
    assert first.codes == (CodePlace(x=170, y=8, w=18, h=18, type="qr"),)
    assert first.boxes[1] == Box(question="q1", option="B", shape="square", x=30.25, y=50, w=4.5, h=4.5)
    assert second.boxes[0].label == "x"
    assert second.anchors == Anchors(kind="none")
    assert layout.hash == layout_hash(layout)


def test_pixels_may_be_fractional_and_questions_may_be_left_out(tmp_path: Path) -> None:
    content = document()
    del content["questions"], content["exam"], content["version"]
    content["unit"] = "px"
    content["pages"][0]["boxes"][0]["x"] = 20.125
    layout = load(tmp_path, content)
    assert (layout.unit, layout.questions, layout.pages[0].boxes[0].x) == ("px", {}, 20.125)


def test_a_reference_picture_is_found_beside_the_layout(tmp_path: Path) -> None:
    content = document()
    content["pages"][1]["anchors"] = {"kind": "image", "reference": "blank.png"}
    write(tmp_path, "", "blank.png")
    layout = load(tmp_path, content)
    assert layout.pages[1].anchors.reference == str((tmp_path / "blank.png").resolve())
    moved = tmp_path / "moved"
    moved.mkdir()
    write(moved, "", "blank.png")
    assert load(moved, content).hash == layout.hash, "a layout keeps its hash when its folder moves"
    assert parse_layout(layout_json(layout), Path("stored")) == layout


FINITE = st.floats(0, 90, allow_nan=False).map(lambda number: round(number, 3))
BOXES = st.lists(
    st.builds(
        Box,
        question=st.sampled_from(["1", "5b.h1", "über"]),
        option=st.text("ABCDEFGH012", min_size=1, max_size=4),
        shape=st.sampled_from(["square", "circle"]),
        x=FINITE,
        y=FINITE,
        w=st.floats(0.5, 9),
        h=st.floats(0.5, 9),
        label=st.text(max_size=2),
    ),
    max_size=12,
    unique_by=lambda box: (box.question, box.option),
)
LAYOUTS = st.builds(
    Layout,
    name=st.text('abcö "\\{', min_size=1, max_size=9),
    unit=st.sampled_from(["mm", "px"]),
    marking=st.sampled_from(Marking),
    pages=BOXES.map(
        lambda boxes: (
            PageLayout(sheet=1, width=100, height=100, anchors=Anchors(kind="none"), boxes=tuple(boxes)),
        )
    ),
    exam=st.sampled_from(["", "e-1"]),
    version=st.sampled_from(["", "A"]),
)


@given(LAYOUTS)
def test_every_layout_comes_back_from_its_file_as_it_was(layout: Layout) -> None:
    again = parse_layout(layout_json(layout), Path("x"))
    assert again == with_hash(layout)
    assert layout_json(again) == layout_json(layout)


def _shuffled(value: Any, order: Callable[[list[Any]], list[Any]]) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key], order) for key in order(list(value))}
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_the_order_of_keys_or_on_how_a_number_is_written(random: Any) -> None:
    plain = parse_layout(json.dumps(document()), Path("x"))
    shuffled = _shuffled(document(), lambda keys: random.sample(keys, len(keys)))
    shuffled["pages"][0]["width"] = 210.0
    assert parse_layout(json.dumps(shuffled, indent=random.choice([None, 2])), Path("x")).hash == plain.hash


CHANGES: list[Callable[[Document], Any]] = [
    lambda d: d.update(name="other"),
    lambda d: d.update(unit="px"),
    lambda d: d.update(marking="fill"),
    lambda d: d.update(exam="e-2"),
    lambda d: d.update(version="C"),
    lambda d: d.pop("exam"),
    lambda d: d["questions"]["q1"].update(kind="choices"),
    lambda d: d["questions"]["q1"].update(marking="any"),
    lambda d: d["questions"]["q3"].update(writer="student"),
    lambda d: d["questions"].pop("q1"),
    lambda d: d["pages"].reverse(),
    lambda d: d["pages"].pop() and d["questions"].pop("q3"),
    lambda d: d["pages"][1].update(sheet=3),
    lambda d: d["pages"][0].update(width=210.001),
    lambda d: d["pages"][0].update(height=298),
    lambda d: d["pages"][0]["anchors"].update(mark="disc"),
    lambda d: d["pages"][0]["anchors"].update(size=5.1),
    lambda d: d["pages"][0]["anchors"]["points"].reverse(),
    lambda d: d["pages"][0]["codes"][0].update(x=169),
    lambda d: d["pages"][0]["codes"][0].update(type="datamatrix"),
    lambda d: d["pages"][0].pop("codes"),
    lambda d: d["pages"][0]["boxes"].reverse(),
    lambda d: d["pages"][0]["boxes"].pop(),
    *(lambda d, f=field: d["pages"][0]["boxes"][0].update({f: 4.501}) for field in "xywh"),
    lambda d: d["pages"][0]["boxes"][0].update(shape="circle"),
    lambda d: d["pages"][0]["boxes"][0].update(option="C"),
    lambda d: d["pages"][0]["boxes"][0].update(label="A"),
]


@pytest.mark.parametrize("at", range(len(CHANGES)))
def test_the_hash_changes_with_anything_that_is_printed_or_meant(at: int) -> None:
    changed = document()
    CHANGES[at](changed)
    before, after = (
        parse_layout(json.dumps(document()), Path("x")),
        parse_layout(json.dumps(changed), Path("x")),
    )
    assert before.hash != after.hash
    assert len(after.hash) == 6
    assert set(after.hash) <= set("0123456789ABCDEF")


def test_the_hash_of_a_layout_stays_what_it_is_on_paper_already_printed() -> None:
    # Printed sheets carry this: if it changes, they are refused.
    assert parse_layout(json.dumps(document()), Path("x")).hash == "B9C703"
    assert layout_hash(replace(parse_layout(json.dumps(document()), Path("x")), hash="FFFFFF")) == "B9C703"


FAULTS: list[tuple[Callable[[Document], Any], str]] = [
    (
        lambda d: d.update(format="scangrade-layout/2"),
        "'scangrade-layout/2' is not one of scangrade-layout/1: did you mean scangrade-layout/1?",
    ),
    (lambda d: d.pop("format"), "format is missing: write format: ..."),
    (lambda d: d.update(unit="cm"), "'cm' is not one of mm, px"),
    (
        lambda d: d.update(marking="crossundo"),
        "'crossundo' is not one of fill, any, cross-undo: did you mean cross-undo?",
    ),
    (lambda d: d.update(exam="E 1"), "'E 1' is not an exam id"),
    (lambda d: d.update(version="b"), "'b' is not a version"),
    (lambda d: d.update(pages=[]), "list should have at least 1 item"),
    (lambda d: d.update(pags=[]), "unknown field 'pags': did you mean pages?"),
    (lambda d: d.update(hash="ABCDEF"), "unknown field 'hash': write one of"),
    (lambda d: d["questions"]["q1"].update(kind="chioce"), "'chioce' is not one of"),
    (lambda d: d["questions"]["q1"].update(writer="teacher"), "'teacher' is not one of student, examiner"),
    (lambda d: d["questions"].update(q9={"kind": "choice"}), "question 'q9' has no box: write one of"),
    (lambda d: d["pages"][0].update(sheet=0), "input should be greater than or equal to 1"),
    (lambda d: d["pages"][0].update(sheet="1"), "a whole number is expected here"),
    (lambda d: d["pages"][1].update(sheet=1), "sheet 1 is described twice"),
    (lambda d: d["pages"][0].update(width=-1), "input should be greater than 0"),
    (lambda d: d["pages"][0].update(width="210"), "a number is expected here: write it without quotes"),
    (lambda d: d["pages"][0].pop("anchors"), "anchors is missing"),
    (
        lambda d: d["pages"][0]["anchors"].update(kind="corner"),
        "'corner' is not one of scangrade, corners, image, none: did you mean corners?",
    ),
    (
        lambda d: d["pages"][0]["anchors"].update(mark="circle"),
        "'circle' is not one of disc, square, cross, ring",
    ),
    (lambda d: d["pages"][0]["anchors"].update(points=[[1, 1]]), "list should have at least 3 items"),
    (lambda d: d["pages"][0]["anchors"]["points"].append([300, 0]), "the mark (300, 0) is outside the page"),
    (lambda d: d["pages"][1]["anchors"].update(size=3), "unknown field 'size': write one of kind"),
    (lambda d: d["pages"][1].update(anchors={"kind": "image", "reference": "no.png"}), "there is no picture"),
    (
        lambda d: (d.update(unit="px"), d["pages"][1].update(anchors={"kind": "scangrade"})),
        "our own corner marks are in mm",
    ),
    (lambda d: d["pages"][0]["boxes"][0].update(x=-1), "the box of question q1, option A, leaves the page"),
    (lambda d: d["pages"][0]["boxes"][0].update(x=206), "the box of question q1, option A, leaves the page"),
    (lambda d: d["pages"][0]["boxes"][0].update(w=0), "input should be greater than 0"),
    (lambda d: d["pages"][0]["boxes"][0].update(shape="oval"), "'oval' is not one of square, circle"),
    (
        lambda d: d["pages"][0]["boxes"][0].update(option="B"),
        "question q1 has two boxes for B (first: sheet 1)",
    ),
    (
        lambda d: d["pages"][1]["boxes"].append(d["pages"][0]["boxes"][0]),
        "question q1 has two boxes for A (first: sheet 1)",
    ),
    (lambda d: d["pages"][0]["boxes"][0].update(option=""), "'' cannot stand in a table"),
    (lambda d: d["pages"][0]["boxes"][0].update(option="A|B"), "'A|B' cannot stand in a table"),
    (lambda d: d["pages"][0]["boxes"][0].update(option=1), "text is expected here: write it in quotes"),
    (lambda d: d["pages"][0]["boxes"][0].update(lable="A"), "unknown field 'lable': did you mean label?"),
    (
        lambda d: d["pages"][0]["boxes"][4].update(option="1=3"),
        "'1=3' is no option of question q2, whose kind is number: write sign=-",
    ),
    (lambda d: d["pages"][0]["boxes"][4].update(option="d1=A"), "'d1=A' is no option of question q2"),
    (
        lambda d: d["pages"][1]["boxes"][0].update(option="half"),
        "'half' is no option of question q3, whose kind is credits",
    ),
    (lambda d: d["pages"][0]["codes"][0].update(y=290), "the place of a qr code leaves the page"),
]


@pytest.mark.parametrize("at", range(len(FAULTS)))
def test_a_faulty_layout_gets_one_line_that_says_what(tmp_path: Path, at: int) -> None:
    content = document()
    change, expected = FAULTS[at]
    change(content)
    found = faults(tmp_path, json.dumps(content, indent=1))
    assert any(expected in line for line in found), found
    assert len(found) <= 2, "one mistake is not many faults"
    assert all(int(line.split(":")[1]) >= 1 for line in found), "each has its line"


def test_the_place_of_a_fault_is_that_of_the_value(tmp_path: Path) -> None:
    text = """{
 "format": "scangrade-layout/1", "name": "n", "unit": "mm", "marking": "any",
 "pages": [{"sheet": 1, "width": 100, "height": 100, "anchors": {"kind": "none"}, "boxes": [
  {"question": "é\\"}", "option": "A", "shape": "circle", "x": 99, "y": 1, "w": 4, "h": 4},
  {"question": "q", "option": "A", "shape": "circle", "x": 1, "y": 1, "w": 4, "h": 4}, {"question": "q",
   "option": "A", "shape": "circle", "x": 9, "y": 1, "w": 4, "h": 4}]}]}
"""
    assert faults(tmp_path, text) == [
        'layout.json:4:3: the box of question é"}, option A, leaves the page:'
        " the page is 100 wide and 100 high; x, y is the top-left corner",
        "layout.json:6:14: question q has two boxes for A (first: sheet 1):"
        " give each box its own question and option",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "layout.json:1:1: not JSON: expecting value"),
        ("[]", "layout.json:1:1: this is no layout file"),
        ('{"format":\n "x",}', "layout.json:2:6: not JSON: "),
        ('{"format": NaN}', "NaN is no number of JSON"),
        ('{"width": 1e999}', "layout.json:1:2: unknown field 'width'"),
        ('{"name": "a", "name": "b"}', "layout.json:1:15: name stands twice, first in line 1"),
        ("[" * 50_000, "more than 32 levels"),
        ('{"a":' * 50_000, "more than 32 levels"),
        ("exam: e", "not JSON: "),
    ],
)
def test_what_is_no_layout_at_all_is_said_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    found = faults(tmp_path, text)
    assert any(expected in line for line in found), found


def test_an_endless_number_is_refused(tmp_path: Path) -> None:
    text = json.dumps(document()).replace("30.25", "1e999")
    assert "a finite number is expected here" in faults(tmp_path, text)[0]


def test_every_layout_printed_from_an_exam_is_found_beside_it(tmp_path: Path) -> None:
    exam_file = tmp_path / "exam.yaml"
    assert load_layouts(exam_file) == ()
    folder = layouts_folder(exam_file)
    assert folder == tmp_path / "exam.layouts"
    folder.mkdir()
    layout = with_hash(parse_layout(json.dumps(document()), Path("x")))
    other = with_hash(replace(layout, version="C"))
    for one in (layout, other):
        write(folder, layout_json(one), f"{one.version}.json")
    write(folder, "not a layout", "note.txt")
    assert load_layouts(exam_file) == (layout, other)
    write(folder, "{}", "a.json")
    with pytest.raises(FileFaults, match=r"a\.json:1:1: "):
        load_layouts(exam_file)


def test_a_layout_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"there is no file .*name a layout file that exists"):
        load_layout(tmp_path / "none.json")


def test_the_schema_says_what_a_layout_may_hold() -> None:
    schema = layout_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"format", "name", "unit", "marking", "pages"}


def test_no_two_of_many_copies_share_a_hash() -> None:
    page = PageLayout(sheet=1, width=210, height=297, anchors=Anchors(kind="none"), boxes=())
    copies = [
        with_hash(Layout(name=f"copy {copy}", unit="mm", marking=Marking.ANY, pages=(page,)))
        for copy in range(12000)
    ]
    shared = len(copies) - len({layout.hash for layout in copies})
    assert shared > 0
    own = with_own_hashes(copies)
    assert len(own) == len({layout.hash for layout in own}) == len(copies)
    assert sum(layout.name.endswith(" (2)") for layout in own) == shared
    assert all(layout.hash == layout_hash(layout) for layout in own if layout.name.endswith(" (2)"))
