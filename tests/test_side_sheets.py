"""A booklet of others, from pixels to grades: codes of students, an empty exam, totals, two pages."""

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.cli import run_command
from pipeline.exam import layout_json
from pipeline.model import EXAM_EMPTY, Box, Kind, Layout, LayoutQuestion
from tests.reading.drawn_page import PER_MM
from tests.reading.test_page_codes_of_others import booklet, draw, scan

EXAM = """\
exam: i2dl
layout: i2dl.json
student_id: {kind: code}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: a, B: b}, answer: A}
  - {id: both, kind: choices, points: 2, options: {A: a, B: b, C: c, D: d}, answer: [B, D]}
  - {id: "2", kind: credits, credits: {max: 2}}
"""
ROSTER = "student_id,name,code\n03700001,Ada,E0743\n03700002,Bo,E0744\n03700003,Cy,E0745\n"
COVER, BACK = [(EXAM_EMPTY, "X"), ("1", "A"), ("1", "B"), ("both", "A"), ("both", "B")], [
    *(("both", option) for option in "CD"),
    *(("2", option) for option in "012"),
]  # fmt: skip


def side_sheets() -> Layout:
    plain = booklet(sheets=2)
    pages = [
        dataclasses.replace(
            page,
            boxes=tuple(
                Box(question=question, option=option, shape="square", x=40.0 + 11 * (place % 2),
                    y=60.0 + 12 * place, w=4.5, h=4.5)
                for place, (question, option) in enumerate(names)
            ),
        )
        for page, names in zip(plain.pages, (COVER, BACK), strict=True)
    ]  # fmt: skip
    questions = {"2": LayoutQuestion(kind=Kind.CREDITS, writer="examiner")}
    return dataclasses.replace(plain, pages=tuple(pages), questions=questions)


def sheet(layout: Layout, number: int, code: str, marked: Sequence[str]) -> NDArray[np.uint8]:
    """A scan of one sheet; ``marked`` are names such as "1 A"."""
    picture = draw(layout, number, f"cit-i2dl-1-20230210-{code}-{number}")
    page = layout.page(number)
    assert page is not None
    for box in page.boxes:
        if f"{box.question} {box.option}" in marked:
            left, top, side = round(box.x * PER_MM), round(box.y * PER_MM), round(box.w * PER_MM)
            cv2.line(picture, (left + 5, top + 5), (left + side - 5, top + side - 5), 30, 6)
            cv2.line(picture, (left + 5, top + side - 5), (left + side - 5, top + 5), 30, 6)
    return scan(picture, 0.3)


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three booklets: written, handed in empty, and empty by its box but written in."""
    folder = tmp_path_factory.mktemp("pile")
    (folder / "scans").mkdir()
    layout = side_sheets()
    (folder / "i2dl.json").write_text(layout_json(layout), "utf-8")
    (folder / "i2dl.yaml").write_text(EXAM, "utf-8")
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    marked = {
        "E0743": ["1 A", "both B", "both D", "2 1"],
        "E0744": [f"{EXAM_EMPTY} X"],
        "E0745": [f"{EXAM_EMPTY} X", "both D"],
    }
    for code, names in marked.items():
        for number in (2, 1):
            path = folder / "scans" / f"{code}-{2 - number}.png"
            cv2.imwrite(str(path), sheet(layout, number, code, names))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def graded(pile: Path, results: Path, *options: str) -> dict[str, dict[str, str]]:
    arguments = ["grade", str(pile / "scans"), "--keys", str(pile / "i2dl.yaml"), "-o", str(results), "-q"]
    run_command([*arguments, "--roster", str(pile / "roster.csv"), "-j", "1", *options])
    return {row["student_id"]: row for row in rows(results / "grades.csv")}


def test_a_booklet_becomes_the_grade_of_the_student_whose_code_it_bears(pile: Path, tmp_path: Path) -> None:
    grades = graded(pile, tmp_path / "results")
    assert (grades["03700001"]["name"], grades["03700001"]["status"]) == ("Ada", "final")
    assert grades["03700001"]["points"] == "4"
    answers = {
        row["question"]: row["chosen"]
        for row in rows(tmp_path / "results" / "answers.csv")
        if row["student_id"] == "03700001"
    }
    assert answers == {"1": "A", "both": "B|D", "2": "1"}


def test_an_empty_booklet_is_graded_and_a_contradiction_is_asked_about(pile: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    grades = graded(pile, results)
    assert (grades["03700002"]["status"], grades["03700002"]["points"]) == ("final", "0")
    (doubt,) = [row for row in rows(results / "review.csv") if row["doubt"].startswith("empty-")]
    assert (doubt["student_id"], doubt["choices"]) == ("03700003", "empty | not empty")
    review = results / "review.csv"
    text = review.read_text("utf-8").replace(doubt["file"] + ",1,,", doubt["file"] + ",1,empty,")
    review.write_text(text, "utf-8")
    assert run_command(["review", str(results), "--decisions", str(review), "--by", "Ada", "-q"]) == 0
    after = {row["student_id"]: row for row in rows(results / "grades.csv")}
    assert (after["03700003"]["status"], after["03700003"]["points"]) == ("final", "0")


def test_a_total_of_the_cover_that_differs_names_question_boxes_and_cover(pile: Path, tmp_path: Path) -> None:
    totals = tmp_path / "totals.csv"
    totals.write_text("student_id,question,points\n03700001,2,2\n03700001,total,4\n03700002,2,0\n", "utf-8")
    grades = graded(pile, tmp_path / "results", "--totals", str(totals))
    assert grades["03700001"]["status"] == "review"
    review = rows(tmp_path / "results" / "review.csv")
    (doubt,) = [row for row in review if row["doubt"].startswith("total-")]
    assert doubt["reason"] == "question 2: the sheets give 1, the cover says 2"
    assert (doubt["file"].rpartition("/")[2], doubt["can_change"]) == ("E0743-1.png", "1")
