"""Several exams that scangrade did not print, scanned in one pile and graded in one run."""

import shutil
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.model import EXAM_EMPTY
from tests.foreign_paper import STUDENTS, answer_all, rows, template
from tests.paper.typeset.content import IST, TUM

Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``keys/`` with two exams of others, and ``scans/`` of both, named by their exam."""
    folder = tmp_path_factory.mktemp("pile")
    (folder / "scans").mkdir()
    for exam in (TUM, IST):
        own = folder / exam.name
        own.mkdir()
        exam_file = answer_all(template(own, exam).with_suffix(".yaml"))
        text = exam_file.read_text("utf-8").replace("ponds.json", f"../{exam.name}/ponds.json")
        text = text.replace('exam: "exam"', f'exam: "{exam.name}"')
        (folder / "keys").mkdir(exist_ok=True)
        (folder / "keys" / f"{exam.name}.yaml").write_text(text, "utf-8")
        arguments = ["simulate", str(exam_file), "-o", str(own / "sim"), "--students", str(STUDENTS)]
        assert run_command([*arguments, "--seed", "3", "--profile", "clean-300", "-q"]) == 0
        for scan in sorted((own / "sim" / "scans").iterdir()):
            shutil.copy(scan, folder / "scans" / f"{exam.name}-{scan.name}")
    return folder


def test_each_page_of_a_mixed_pile_goes_to_its_own_exam(pile: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    arguments = ["grade", str(pile / "scans"), "--keys", str(pile / "keys"), "-o", str(results), "-q"]
    assert run_command([*arguments, "-j", "1"]) in (3, 4)
    read = [row for row in rows(results / "pages.csv") if row["outcome"] == "read"]
    assert {row["exam"] for row in read} == {TUM.name, IST.name}
    assert [row["file"] for row in read if not row["file"].startswith(row["exam"])] == []
    wanted = sum(1 for path in (pile / "scans").iterdir() if path.is_file())
    assert len(read) >= 0.9 * wanted
    answered = {(row["exam"], row["question"]) for row in rows(results / "answers.csv")}
    assert {(TUM.name, "1.1"), (IST.name, "1")} <= answered


def test_nobody_hands_in_an_empty_exam_in_a_rehearsal(pile: Path) -> None:
    truth = rows(pile / TUM.name / "sim" / "truth" / "marks.csv")
    boxes = [row["state"] for row in truth if row["question"] == EXAM_EMPTY]
    assert boxes == ["empty"] * STUDENTS


def test_what_was_read_is_not_read_again(pile: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "results"
    arguments = ["grade", str(pile / "scans"), "--keys", str(pile / "keys"), "-o", str(results), "-j", "1"]
    run_command(arguments)
    capsys.readouterr()
    run_command(arguments)
    assert "read 0 pages" in capsys.readouterr().err


def test_two_exams_of_one_layout_cannot_be_told_apart(pile: Path, tmp_path: Path, capsys: Output) -> None:
    keys = shutil.copytree(pile / "keys", tmp_path / "keys")
    shutil.copytree(pile / TUM.name, tmp_path / TUM.name)
    text = (keys / f"{TUM.name}.yaml").read_text("utf-8")
    (keys / f"{IST.name}.yaml").write_text(text.replace(f'exam: "{TUM.name}"', 'exam: "other"'), "utf-8")
    arguments = ["grade", str(pile / "scans"), "--keys", str(keys), "-o", str(tmp_path / "results"), "-q"]
    assert run_command(arguments) == 2
    said = capsys.readouterr().err
    assert "use the same layout" in said
    assert "grade them one at a time" in said
