"""What an import cannot carry over is named when it is met, and docs/moving.md says so beforehand."""

import json
import sqlite3
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import dev
from pipeline.cli import run_command
from pipeline.exam import load_layout
from tests.import_layout.amc_project import MULTIPLE, QUESTIONS, SIMPLE, AmcQuestionText, write_project
from tests.import_layout.omr_folder import EVALUATION, TEMPLATE, write_folder

Output = pytest.CaptureFixture[str]
MOVING = (Path(dev.__file__).parent / "docs" / "moving.md").read_text("utf-8")


def notes_of(capsys: Output, command: list[str]) -> list[tuple[str, str]]:
    capsys.readouterr()
    assert run_command(["import", *command, "--json"]) == 0
    return [(note["kind"], note["what"]) for note in json.loads(capsys.readouterr().out)["notes"]]


def said(name: str) -> str:
    """What docs/moving.md says is not carried over from a program."""
    section = MOVING.partition(f"\n## {name}")[2].partition("\n## ")[0]
    return " ".join(section.partition("Not carried over")[2].split())


def changed(document: dict[str, Any], *path: str, **values: Any) -> dict[str, Any]:
    """A document with further keys at a place of it."""
    copy = deepcopy(document)
    at = copy
    for key in path:
        at = at[key]
    at.update(values)
    return copy


# --- OMRChecker ------------------------------------------------------------------------------------

BLOCK = {"origin": [10, 10], "fieldLabels": ["code"]}
TEMPLATES = [
    (changed(TEMPLATE, "fieldBlocks", Bar=BLOCK | {"fieldDetectionType": "BARCODE_QR"}),
     "the block Bar is read by BARCODE_QR, not from bubbles", "barcode"),
    (changed(TEMPLATE, "fieldBlocks", Text=BLOCK | {"fieldDetectionType": "OCR"}),
     "the block Text is read by OCR, not from bubbles", "OCR"),
    (changed(TEMPLATE, conditionalSets=[{"name": "B"}]),
     "conditionalSets of template.json: other blocks for some sheets", "conditional sets"),
    (changed(TEMPLATE, alignment={"margins": 10}),
     "alignment of template.json: blocks that are moved on each sheet", "`alignment`"),
    (changed(TEMPLATE, "fieldBlocks", "Left", alignment={"margins": 10}),
     "alignment of the block Left: blocks that are moved on each sheet", "`alignment`"),
    (changed(TEMPLATE, "fieldBlocks", "Left", wobble=3),
     "wobble of the block Left: not known here", "not known"),
    *((changed(TEMPLATE, preProcessors=[{"name": name, "options": {}}]), f"{name} of ", f"`{name}`")
      for name in ("WarpOnPoints", "TimingMarkAlignment", "ReadBarcode")),
]  # fmt: skip


@pytest.mark.parametrize(("template", "what", "word"), TEMPLATES)
def test_what_a_template_says_and_nothing_here_does_is_lost_by_name(
    template: dict[str, Any], what: str, word: str, tmp_path: Path, capsys: Output
) -> None:
    folder = write_folder(tmp_path / "old", template=template)
    notes = notes_of(capsys, ["omrchecker", str(folder), "-o", str(tmp_path / "out")])
    assert [found for found in notes if found[0] == "lost" and found[1].startswith(what)] != []
    assert word in said("OMRChecker")


EVALUATIONS = [
    (changed(EVALUATION, conditional_sets=[{"name": "B"}]), "conditional_sets of evaluation.json"),
    (changed(EVALUATION, "options", answer_key_image_path="key.png"),
     "answer_key_image_path of evaluation.json"),
    (changed(EVALUATION, "marking_schemes", "SECTION_2", marking_type="section_level_streak"),
     "marking_type of the scheme SECTION_2: not known here"),
    (changed(EVALUATION, negative_limit=3), "negative_limit of evaluation.json: not known here"),
]  # fmt: skip


@pytest.mark.parametrize(("evaluation", "what"), EVALUATIONS)
def test_what_an_evaluation_says_and_nothing_here_does_is_lost_by_name(
    evaluation: dict[str, Any], what: str, tmp_path: Path, capsys: Output
) -> None:
    folder = write_folder(tmp_path / "old", evaluation=evaluation)
    notes = notes_of(capsys, ["omrchecker", str(folder), "-o", str(tmp_path / "out")])
    assert [found for found in notes if found[0] == "lost" and found[1].startswith(what)] != []


def test_points_by_streaks_and_the_first_form_of_templates_are_refused(
    tmp_path: Path, capsys: Output
) -> None:
    streak = {"correct": ["1", "2", "3"], "incorrect": "0", "unmarked": "0"}
    evaluation = changed(EVALUATION, "marking_schemes", DEFAULT=streak)
    folder = write_folder(tmp_path / "old", evaluation=evaluation)
    assert run_command(["import", "omrchecker", str(folder), "-o", str(tmp_path / "out")]) == 2
    assert "the scheme DEFAULT gives points by streaks" in capsys.readouterr().err
    first = {"dimensions": [300, 400], "bubbleDimensions": [20, 20], "qBlocks": {}}
    folder = write_folder(tmp_path / "older", template=first)
    assert run_command(["import", "omrchecker", str(folder), "-o", str(tmp_path / "out")]) == 2
    assert "is the form of OMRChecker's first version" in capsys.readouterr().err
    assert {"streak", "first version"} <= {
        word for word in ("streak", "first version") if word in said("OMRChecker")
    }


def test_what_lies_beside_a_template_is_named(tmp_path: Path, capsys: Output) -> None:
    folder = write_folder(tmp_path / "old")
    write_folder(folder / "second-room")
    (folder / "config.json").write_text("{}", "utf-8")
    notes = notes_of(capsys, ["omrchecker", str(folder), "-o", str(tmp_path / "out")])
    assert ("not needed", "config.json: reading finds its own thresholds") in notes
    assert ("lost", "the folders second-room have templates of their own") in notes
    assert (
        "not needed",
        "outputColumns, emptyValue of template.json: tables have columns of their own",
    ) in notes


def test_an_offset_of_all_blocks_moves_every_bubble(tmp_path: Path) -> None:
    places = []
    for name, offset in (("plain", [0, 0]), ("moved", [7, -3])):
        folder = write_folder(tmp_path / name, template=changed(TEMPLATE, fieldBlocksOffset=offset))
        out = tmp_path / f"{name}-out"
        assert run_command(["import", "omrchecker", str(folder), "-o", str(out), "-q"]) == 0
        places.append([(box.x, box.y) for box in load_layout(out / "layout.json").pages[0].boxes])
    assert [(x + 7, y - 3) for x, y in places[0]] == places[1]


# --- Auto Multiple Choice --------------------------------------------------------------------------

STRATEGIES = [
    (MULTIPLE, "bforce=3", "question odd: bforce=3 has no like here", "`bforce`"),
    (MULTIPLE, "mforce=-1", "question odd: mforce=-1 has no like here", "`mforce`"),
    (SIMPLE, "b=2,MAX=5", "question odd: MAX=5, where the right answer earns 2 has no like here", "`MAX`"),
    (SIMPLE, "b=N+1", "question odd: b=N+1 has no like here", "variables"),
    (MULTIPLE, "set.x=1,formula=x*2",
     "question odd has its points from a formula or from variables", "formulas"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "strategy", "what", "word"), STRATEGIES)
def test_a_strategy_that_no_rule_here_has_is_lost_by_name(
    kind: int, strategy: str, what: str, word: str, tmp_path: Path, capsys: Output
) -> None:
    odd = AmcQuestionText(name="odd", type=kind, right=(1,), strategy=strategy)
    project = write_project(tmp_path / "project", questions=(*QUESTIONS, odd))
    notes = notes_of(capsys, ["amc", str(project), "-o", str(tmp_path / "out")])
    assert [found for found in notes if found[0] == "lost" and found[1].startswith(what)] != []
    assert word in said("Auto Multiple Choice")


@pytest.mark.parametrize(
    ("strategy", "what", "word"),
    [
        ("SUF=12", "the mark that AMC makes of the points", "`SUF`"),
        ("allowempty=n", "allowempty=n has no like here", "`allowempty`"),
    ],
)
def test_a_strategy_of_the_whole_exam_that_cannot_be_kept_is_lost_by_name(
    strategy: str, what: str, word: str, tmp_path: Path, capsys: Output
) -> None:
    project = write_project(tmp_path / "project")
    with sqlite3.connect(project / "data" / "scoring.sqlite") as out:
        out.execute("DELETE FROM scoring_main WHERE student = -1")
        out.execute("INSERT INTO scoring_main (student, strategy) VALUES (-1, ?)", (strategy,))
    notes = notes_of(capsys, ["amc", str(project), "-o", str(tmp_path / "out")])
    (found,) = [found for found in notes if found[1].startswith(what)]
    assert found[0] == "lost"
    assert strategy.replace("=", " ") in found[1] or strategy in found[1]
    assert word in said("Auto Multiple Choice")


def test_boxes_corrected_by_hand_are_counted(tmp_path: Path, capsys: Output) -> None:
    project = write_project(tmp_path / "project")
    with sqlite3.connect(project / "data" / "capture.sqlite") as out:
        out.execute("CREATE TABLE capture_zone (zoneid INTEGER, manual REAL)")
        out.executemany("INSERT INTO capture_zone VALUES (?,?)", [(1, 1), (2, -1)])
    notes = notes_of(capsys, ["amc", str(project), "-o", str(tmp_path / "out")])
    assert ("lost", "1 boxes that a person had corrected by hand in AMC") in notes
    assert "corrected by hand" in said("Auto Multiple Choice")


def test_a_project_named_by_a_relative_path_finds_its_list_of_students(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path / "projects" / "algebra")
    monkeypatch.chdir(tmp_path)
    notes = notes_of(capsys, ["amc", "projects/algebra", "-o", "out"])
    assert [what for _, what in notes if "is not there" in what] == []
    assert (tmp_path / "out" / "roster.csv").is_file()


def test_what_is_lost_stands_first(tmp_path: Path, capsys: Output) -> None:
    project = write_project(tmp_path / "project")
    kinds = [kind for kind, _ in notes_of(capsys, ["amc", str(project), "-o", str(tmp_path / "out")])]
    assert set(kinds) == {"lost", "changed", "not needed"}
    assert kinds == sorted(kinds, key=("lost", "changed", "not needed").index)
    written = (tmp_path / "out" / "notes.txt").read_text("utf-8").splitlines()
    assert [line.partition(":")[0] for line in written] == kinds


# --- R/exams ---------------------------------------------------------------------------------------


def test_nops_says_that_answers_points_and_exam_id_are_not_known(tmp_path: Path, capsys: Output) -> None:
    notes = notes_of(capsys, ["nops", "--choices", "4x5,1x0", "-o", str(tmp_path / "out")])
    lost = " ".join(what for kind, what in notes if kind == "lost")
    for word in ("right answers", "points", "exam ID"):
        assert word in lost
        assert word in said("R/exams (NOPS)")
