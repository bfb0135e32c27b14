"""``scangrade import omrchecker``: a folder becomes a layout and a key, and its old scans are graded."""

import csv
import json
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import pytest

from pipeline.cli import run_command
from pipeline.exam import load_exam, load_layout
from pipeline.import_layout import OmrSettings, import_omrchecker_folder
from pipeline.import_layout.marker import marker_shape
from pipeline.model import Layout
from pipeline.paper.simulate import SimulatedStudent, draw_layout
from tests.import_layout.filled import imported, marked, save, scan
from tests.import_layout.omr_folder import (
    EVALUATION,
    TEMPLATE,
    marker_picture,
    printed_sheet,
    write_folder,
)

Output = pytest.CaptureFixture[str]


def run(folder: Path, output: Path, *more: str) -> int:
    return run_command(["import", "omrchecker", str(folder), "-o", str(output), *more])


def template(**changes: Any) -> dict[str, Any]:
    return deepcopy(TEMPLATE) | changes


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def boxes_of(layout: Layout, question: str) -> dict[str, tuple[float, float]]:
    """Top-left corners of a question's boxes, from the first mark when there is one."""
    page = layout.pages[0]
    left, top = page.anchors.points[0] if page.anchors.points else (0.0, 0.0)
    return {box.option: (box.x - left, box.y - top) for box in page.boxes if box.question == question}


def test_a_folder_is_imported_and_its_scans_are_graded_by_one_command_each(tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert run(write_folder(tmp_path / "old"), output, "--exam", "old-1") == 0
    exam, _ = imported(output)
    layout = load_layout(output / "layout.json")
    pages = [
        page
        for serial in range(1, 5)
        for page in scan(
            printed_sheet(layout),
            exam,
            SimulatedStudent(student_id=str(4000 + 77 * serial), name="", serial=serial),
            turns=((0, 2)[serial % 2],),
        )
    ]
    scans = save(pages, tmp_path / "scans")
    command = [
        "grade",
        str(scans),
        "--keys",
        str(output / "exam.yaml"),
        "-o",
        str(tmp_path / "results"),
        "-j",
        "1",
    ]
    assert run_command(command) in (0, 3)
    truth = {(student, question): answer for (student, _, question), answer in marked(pages).items()}
    read = rows(tmp_path / "results" / "answers.csv")
    assert {row["student_id"] for row in read} == {page.student_id for page in pages}
    doubtful = [row for row in read if row["status"] == "doubtful"]
    assert len(doubtful) <= 2
    for row in read:
        if row["status"] == "doubtful":
            continue
        meant = truth[row["student_id"], row["question"]]
        if row["question"] == "q9":
            digits = {one.partition("=")[2] for one in meant}
            assert row["value"] in {"".join(sorted(digits)), "".join(sorted(digits))[-1:], ""}
        else:
            assert set(filter(None, row["chosen"].split("|"))) == meant


def test_answers_and_marking_schemes_become_rules_of_ours(tmp_path: Path) -> None:
    import_omrchecker_folder(OmrSettings(folder=write_folder(tmp_path / "old"), output=tmp_path / "out"))
    questions = {q.id: q for q in load_exam(tmp_path / "out" / "exam.yaml").versions["A"].questions}
    assert questions["q1"].answer == "A"
    assert questions["q1"].points == 3
    assert questions["q1"].rule.parameters == {"wrong": -1, "blank": 0}
    assert questions["q2"].answer == ("A", "B")
    assert questions["q2"].rule.name == "all-or-nothing"
    assert (questions["q3"].answer, questions["q3"].also_accept) == ("C", ("D",))
    assert questions["q5"].rule.parameters["sets"] == {"A": 2, "B": Fraction(1, 2)}
    assert questions["q6"].rule.parameters["wrong"] == Fraction(-1, 3)
    assert questions["q8"].void == "everyone"
    assert (questions["q9"].answer, questions["q9"].also_accept) == (7, ())
    assert run_command(["key", "check", str(tmp_path / "out" / "exam.yaml")]) == 0


def test_bubbles_lie_where_origin_and_gaps_put_them(tmp_path: Path) -> None:
    run(write_folder(tmp_path / "old"), tmp_path / "out")
    layout = load_layout(tmp_path / "out" / "layout.json")
    assert boxes_of(layout, "q2") == {"A": (150, 760), "B": (200, 760), "C": (250, 760), "D": (300, 760)}
    assert boxes_of(layout, "id")["d2=3"] == (170, 270)
    page = layout.pages[0]
    assert page.anchors.kind == "corners"
    (left, top), _, (right, bottom), _ = page.anchors.points
    assert (right - left, bottom - top) == (1000, 1400)
    assert {box.w for box in page.boxes} == {26}


def test_the_development_branchs_names_mean_the_same(tmp_path: Path) -> None:
    new = template()
    new["templateDimensions"] = new.pop("pageDimensions")
    new["customBubbleFieldTypes"] = {"ABC": {"bubbleValues": ["A", "B", "C"], "direction": "horizontal"}}
    for block in new["fieldBlocks"].values():
        block["fieldDetectionType"] = "BUBBLES_THRESHOLD"
        block["bubbleFieldType"] = block.pop("fieldType", "ABC")
        block.pop("bubbleValues", None)
        block.pop("direction", None)
    run(write_folder(tmp_path / "a"), tmp_path / "one", "--exam", "same")
    run(write_folder(tmp_path / "b", template=new), tmp_path / "two", "--exam", "same")
    assert (tmp_path / "one" / "layout.json").read_text() == (tmp_path / "two" / "layout.json").read_text()


def test_without_an_evaluation_the_sheet_is_read_and_the_key_waits_to_be_filled_in(
    tmp_path: Path, capsys: Output
) -> None:
    assert run(write_folder(tmp_path / "old", evaluation=None), tmp_path / "out") == 0
    assert "nobody has said what is right" in capsys.readouterr().out
    assert run_command(["key", "check", str(tmp_path / "out" / "exam.yaml")]) == 2
    assert capsys.readouterr().err.count("q") >= 9
    layout = load_layout(tmp_path / "out" / "layout.json")
    pages = scan(printed_sheet(layout), None, SimulatedStudent(student_id="4711", name="", serial=1))
    scans = save(pages, tmp_path / "scans")
    read = [
        "read",
        str(scans),
        "--layout",
        str(tmp_path / "out" / "layout.json"),
        "-o",
        str(tmp_path / "r"),
        "-j",
        "1",
    ]
    assert run_command(read) in (0, 3)
    truth = {key: plan.state for page in pages for key, plan in zip(page.boxes, page.plans, strict=True)}
    states = {(row["question"], row["option"]): row["state"] for row in rows(tmp_path / "r" / "marks.csv")}
    assert states.keys() == truth.keys()
    silent = [
        key
        for key, state in states.items()
        if state != "doubtful" and (state == "marked") != (truth[key] == "marked")
    ]
    assert silent == []


def test_an_answer_key_may_be_a_csv_file(tmp_path: Path) -> None:
    options = {"answer_key_csv_path": "key.csv"}
    folder = write_folder(
        tmp_path / "old", evaluation=EVALUATION | {"source_type": "csv", "options": options}
    )
    (folder / "key.csv").write_text("q1,B\nq2,\"A,C\"\nq3,\"['A', 'AB']\"\nq9,42\n", encoding="utf-8")
    assert run(folder, tmp_path / "out") == 0
    questions = {q.id: q for q in load_exam(tmp_path / "out" / "exam.yaml").versions["A"].questions}
    assert questions.keys() == {"q1", "q2", "q3", "q9"}
    assert (questions["q2"].answer, questions["q2"].also_accept) == ("A", ("C",))
    assert (questions["q3"].answer, questions["q3"].also_accept) == (("A",), (("A", "B"),))
    assert questions["q9"].answer == 42


def test_a_blank_page_for_alignment_becomes_the_layouts_reference_picture(tmp_path: Path) -> None:
    steps = [{"name": "FeatureBasedAlignment", "options": {"reference": "blank.png", "2d": True}}]
    folder = write_folder(tmp_path / "old", template=template(preProcessors=steps))
    plain = write_folder(tmp_path / "plain", template=template(preProcessors=[]))
    run(plain, tmp_path / "plain-out")
    layout = load_layout(tmp_path / "plain-out" / "layout.json")
    cv2.imwrite(str(folder / "blank.png"), draw_layout(layout, layout.pages[0]))
    assert run(folder, tmp_path / "out") == 0
    found = load_layout(tmp_path / "out" / "layout.json").pages[0].anchors
    assert (found.kind, Path(found.reference)) == ("image", tmp_path / "out" / "blank.png")


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("disc", "disc"),
        ("ring", "ring"),
        ("target", "ring"),
        ("square", "square"),
        ("cross", "cross"),
        ("R", ""),
    ],
)
def test_a_markers_picture_says_its_shape(shape: str, found: str) -> None:
    assert marker_shape(cv2.imencode(".png", marker_picture(shape))[1].tobytes()) == found


def test_a_marker_of_no_known_shape_is_said_and_the_picture_is_the_page(
    tmp_path: Path, capsys: Output
) -> None:
    assert run(write_folder(tmp_path / "old", marker="letter"), tmp_path / "out") == 0
    assert "lost: CropOnMarkers: the marker omr_marker.png is no disc" in capsys.readouterr().out
    assert load_layout(tmp_path / "out" / "layout.json").pages[0].anchors.kind == "none"


def test_what_is_not_carried_over_is_listed_and_kept(tmp_path: Path, capsys: Output) -> None:
    steps = [
        {"name": "Levels", "options": {"low": 0.2}},
        {"name": "CropPage", "options": {}},
        {"name": "WarpOnPoints", "options": {}},
    ]
    changed = template(preProcessors=steps)
    changed["fieldBlocks"]["Code"] = {"fieldDetectionType": "BARCODE_QR", "fieldLabels": ["code"]}
    assert run(write_folder(tmp_path / "old", template=changed), tmp_path / "out", "--json") == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    kinds = {(note["kind"], note["what"].split()[0].rstrip(":")) for note in notes}
    assert {
        ("not needed", "Levels"),
        ("changed", "CropPage"),
        ("lost", "WarpOnPoints"),
        ("lost", "the"),
    } <= kinds
    assert len((tmp_path / "out" / "notes.txt").read_text(encoding="utf-8").splitlines()) == len(notes)


def test_long_labels_become_ids_and_stay_as_titles(tmp_path: Path) -> None:
    label = "Overall, how friendly was the staff?"
    block = {
        "fieldType": "QTYPE_MCQ5",
        "origin": [150, 1000],
        "fieldLabels": [label],
        "bubblesGap": 50,
        "labelsGap": 0,
    }
    changed = template(fieldBlocks={"Survey": block}, customLabels={})
    assert run(write_folder(tmp_path / "old", template=changed, evaluation=None), tmp_path / "out") == 0
    text = (tmp_path / "out" / "exam.yaml").read_text(encoding="utf-8")
    assert 'id: "Overall-how-friendly-was"' in text
    assert f'title: "{label}"' in text


FAULTS = [
    ({"pageDimensions": None}, "template.json:2:21: pageDimensions is no width and height"),
    (
        {"preProcessors": [{"name": "CropPages", "options": {}}]},
        "unknown preprocessor 'CropPages': did you mean CropPage?",
    ),
    ({"customLabels": {"Roll": ["rol1..4"]}}, "names rol1, which is no field: did you mean roll1?"),
    ({"qBlocks": {}}, "is the form of OMRChecker's first version"),
    ({"fieldBlocks": {}}, "there are no fieldBlocks"),
]


@pytest.mark.parametrize(("change", "message"), FAULTS)
def test_faults_of_a_template_are_told_with_their_place(
    tmp_path: Path, capsys: Output, change: dict[str, Any], message: str
) -> None:
    folder = write_folder(tmp_path / "old", template=template(**change), evaluation=None)
    assert run(folder, tmp_path / "out") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_field_type_is_told_with_what_to_write(tmp_path: Path, capsys: Output) -> None:
    changed = template()
    changed["fieldBlocks"]["Left"]["fieldType"] = "QTYPE_MCQ6"
    folder = write_folder(tmp_path / "old", template=changed)
    assert run(folder, tmp_path / "out") == 2
    error = capsys.readouterr().err
    lines = (folder / "template.json").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "QTYPE_MCQ6" in text)
    assert f"template.json:{line}:" in error
    assert "did you mean QTYPE_MCQ5?, or bubbleValues and direction" in error


@pytest.mark.parametrize("name", ["template.json", "evaluation.json"])
def test_broken_json_is_told_with_line_and_column(tmp_path: Path, capsys: Output, name: str) -> None:
    folder = write_folder(tmp_path / "old")
    (folder / name).write_text('{"a": 1,\n  "b": ]}', encoding="utf-8")
    assert run(folder, tmp_path / "out") == 2
    assert f"{name}:2:8: not JSON" in capsys.readouterr().err


EVALUATION_FAULTS = [
    (["A"], "9 questions and 1 answers"),
    (
        ["Z", *EVALUATION["options"]["answers_in_order"][1:]],
        "the answer of q1 is 'Z', and it has no such bubble",
    ),
    ([*EVALUATION["options"]["answers_in_order"][:-1], "123"], "the answer of q9 is '123'"),
]


@pytest.mark.parametrize(("answers", "message"), EVALUATION_FAULTS)
def test_faults_of_an_evaluation_are_told_with_their_place(
    tmp_path: Path, capsys: Output, answers: list[Any], message: str
) -> None:
    options = {"questions_in_order": ["q1..9"], "answers_in_order": answers}
    assert (
        run(write_folder(tmp_path / "old", evaluation=EVALUATION | {"options": options}), tmp_path / "out")
        == 2
    )
    error = capsys.readouterr().err
    assert message in error
    assert "evaluation.json:" in error


def test_a_missing_file_and_one_outside_the_folder_are_refused(tmp_path: Path, capsys: Output) -> None:
    assert run(tmp_path / "nowhere", tmp_path / "out") == 2
    assert "is not there" in capsys.readouterr().err
    (tmp_path / "above" / "old").mkdir(parents=True)
    write_folder(tmp_path / "above" / "old")
    assert run(tmp_path / "above", tmp_path / "out") == 2
    assert str(tmp_path / "above" / "old") in capsys.readouterr().err
    steps = [{"name": "CropOnMarkers", "options": {"relativePath": "../secret.png"}}]
    assert run(write_folder(tmp_path / "b", template=template(preProcessors=steps)), tmp_path / "out") == 2
    assert "is no file of" in capsys.readouterr().err


def test_an_earlier_import_is_replaced_only_when_asked(tmp_path: Path, capsys: Output) -> None:
    folder = write_folder(tmp_path / "old")
    assert run(folder, tmp_path / "out") == 0
    assert run(folder, tmp_path / "out") == 2
    assert "--force" in capsys.readouterr().err
    assert run(folder, tmp_path / "out", "--force") == 0
