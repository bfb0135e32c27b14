"""``scangrade import nops``: the layout that R/exams documents, for every length of the id."""

import csv
from pathlib import Path

import cv2
import pytest

from pipeline.cli import run_command
from pipeline.exam import load_layout
from pipeline.model import Box, Kind, Layout
from pipeline.paper.simulate import SimulatedStudent, draw_layout, write_tiff
from tests.import_layout.filled import Image, scan

Output = pytest.CaptureFixture[str]


def run(output: Path, *options: str) -> int:
    return run_command(["import", "nops", "-o", str(output), *options])


def corner(box: Box) -> tuple[float, float]:
    """Lower left corner in the picture of exams2nops: 290 mm high, y upwards."""
    return box.x, 290 - box.y - box.h


FRAMES = (
    ((20, 198, 105, 43), (20, 164, 105, 28), (25, 166, 14, 7), (46, 166, 42, 7)),
    ((20, 22, 170, 183), (20, 217, 85, 28), (25, 219, 14, 7), (46, 219, 42, 7)),
)
"""Frames of both sheets in the picture of exams2nops: lower left corner, width, height; mm."""
WORDS = "because the slope of a falling line is less than nothing"


def _px(x: float, y: float) -> tuple[int, int]:
    return round(x * 300 / 25.4), round(y * 300 / 25.4)


def printed(layout: Layout, number: int) -> Image:
    """A page with the frames that exams2nops draws, and on the second one a student's answer in words."""
    image = draw_layout(layout, layout.pages[number])
    for x, y, w, h in FRAMES[number]:
        low, high = _px(x, 290 - y), _px(x + w, 290 - y - h)
        cv2.rectangle(image, low, high, (0,), 5)
    for row in range(24 * number):
        place = (300, 1050 + 90 * row)
        cv2.putText(image, WORDS, place, cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0,), 5, cv2.LINE_AA)
    return image


def test_boxes_lie_where_exams2nops_prints_them(tmp_path: Path) -> None:
    assert run(tmp_path / "out", "--choices", "45x5") == 0
    layout = load_layout(tmp_path / "out" / "layout.json")
    boxes = {(box.question, box.option): corner(box) for box in layout.pages[0].boxes}
    # read off the template that exams2nops(n = 45) writes
    expected = {
        ("1", "a"): (25.0, 126.0),
        ("5", "e"): (57.0, 98.0),
        ("6", "a"): (25.0, 88.0),
        ("15", "b"): (33.0, 22.0),
        ("16", "a"): (89.0, 126.0),
        ("31", "a"): (149.0, 126.0),
        ("id", "d1=9"): (133.0, 163.0),
        ("id", "d7=0"): (181.0, 226.0),
    }
    assert {name: boxes[name] for name in expected} == expected
    anchors = layout.pages[0].anchors
    assert (anchors.kind, anchors.mark, anchors.size) == ("corners", "cross", 5)
    assert anchors.points == ((30, 20), (160, 20), (190, 277), (20, 277))


@pytest.mark.parametrize(("digits", "left"), [(7, 133), (8, 125), (9, 117), (10, 109)])
def test_longer_ids_begin_further_left(tmp_path: Path, digits: int, left: float) -> None:
    assert run(tmp_path / "out", "--choices", "5x4", "--digits", str(digits)) == 0
    boxes = load_layout(tmp_path / "out" / "layout.json").pages[0].boxes
    ids = [box for box in boxes if box.question == "id"]
    assert (min(box.x for box in ids), max(box.x for box in ids)) == (left, 181)


def test_open_questions_have_the_examiners_boxes_on_a_second_sheet(tmp_path: Path) -> None:
    assert run(tmp_path / "out", "--choices", "3x5,2x0") == 0
    layout = load_layout(tmp_path / "out" / "layout.json")
    second = layout.pages[1]
    assert [(box.question, box.option) for box in second.boxes[:5]] == [
        ("4", f) for f in ("0", "1/4", "1/2", "3/4", "1")
    ]
    assert corner(second.boxes[5]) == (110, 228)
    assert (layout.questions["5"].kind, layout.questions["5"].writer) == (Kind.CREDITS, "examiner")


def test_crosses_are_answers_and_filled_boxes_are_none(tmp_path: Path) -> None:
    assert run(tmp_path / "out", "--choices", "10x5,0") == 0
    path = tmp_path / "out" / "layout.json"
    layout = load_layout(path)
    pages = [
        page
        for serial in (1, 2)
        for page in scan(
            layout,
            None,
            SimulatedStudent(student_id="1234567", name="", serial=serial),
            turns=(0, 2),
            images=[printed(layout, number) for number in range(2)],
        )
    ]
    scans = tmp_path / "scans"
    scans.mkdir()
    write_tiff(pages, scans / "pile.tif")
    assert run_command(["read", str(scans), "--layout", str(path), "-o", str(tmp_path / "r"), "-j", "1"]) in (
        0,
        3,
    )
    with (tmp_path / "r" / "pages.csv").open(encoding="utf-8", newline="") as stream:
        found = [(row["outcome"], row["sheet"]) for row in csv.DictReader(stream)]
    assert found == [("read", "1"), ("read", "2")] * 2
    truth = {
        (number, *key): plan.state
        for number, page in enumerate(pages, 1)
        for key, plan in zip(page.boxes, page.plans, strict=True)
    }
    with (tmp_path / "r" / "marks.csv").open(encoding="utf-8", newline="") as stream:
        states = {
            (int(row["page"]), row["question"], row["option"]): row["state"] for row in csv.DictReader(stream)
        }
    assert states.keys() == truth.keys()
    silent = [k for k, s in states.items() if s != "doubtful" and (s == "marked") != (truth[k] == "marked")]
    assert silent == []
    assert sum(state == "doubtful" for state in states.values()) <= 0.03 * len(states)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--choices", "46x5"), "1 to 45 questions"),
        (("--choices", "6"), "2 to 5 boxes"),
        (("--choices", "4x0"), "at most 3 open questions"),
        (("--choices", "many"), "'many' says no boxes"),
        (("--choices", "5x5", "--digits", "6"), "7 to 10 digits"),
        (("--choices", "5x5", "--exam", "My Exam"), "cannot be an exam id"),
    ],
)
def test_sheets_that_do_not_exist_are_refused(
    tmp_path: Path, capsys: Output, options: tuple[str, ...], message: str
) -> None:
    assert run(tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
