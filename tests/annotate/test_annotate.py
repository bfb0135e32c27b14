"""``scangrade annotate``: what students get back, from a batch that was graded."""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from pipeline.annotate.folder import paper_name
from pipeline.cli import run_command
from pipeline.store import Store
from tests.review.quiz import SLIPPED, grade_quiz, table

RED, GREEN = (204, 20, 20), (0, 128, 51)
DPI = 100
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the quiz."""
    return grade_quiz(tmp_path_factory.mktemp("annotated"), awkward=0.15)


@pytest.fixture(scope="module")
def papers(graded: Path) -> Path:
    """Annotated scans of everyone."""
    folder = graded.parent / "papers"
    assert run_command(["annotate", str(graded), "-o", str(folder), "--pending", "-q"]) == 0
    return folder


@pytest.fixture
def results(graded: Path, tmp_path: Path) -> Path:
    """A copy of the results folder."""
    return Path(shutil.copytree(graded, tmp_path / "results"))


def text_of(pdf: Path) -> str:
    """All text of a PDF."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def picture_of(pdf: Path) -> NDArray[np.uint8]:
    """The first page of a PDF, (height, width, 3), at ``DPI``."""
    with pypdfium2.PdfDocument(pdf) as document:
        return np.asarray(document[0].render(scale=DPI / 72).to_pil().convert("RGB"))


def where(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """(n, 2): x and y of pixels of a colour on the scanned page, not in its margin; mm."""
    page = picture[:, : round(210 / 25.4 * DPI)].astype(int)
    rows, columns = np.nonzero(np.abs(page - colour).sum(axis=2) < 60)
    return np.stack([columns, rows], axis=1) / DPI * 25.4


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "index.csv").read_text("utf-8"))))


def answers(results: Path) -> Mapping[tuple[str, str], dict[str, str]]:
    return {(row["student_id"], row["question"]): row for row in table(results, "answers.csv")}


def boxes(results: Path, question: str) -> dict[str, tuple[float, float]]:
    """Centre of each box of a question on the printed sheet, mm."""
    with Store.open(results, write=False) as store:
        (layout,) = store.layouts().values()
    page = json.loads(layout)["pages"][0]
    return {
        box["option"]: (box["x"] + box["w"] / 2, box["y"] + box["h"] / 2)
        for box in page["boxes"]
        if box["question"] == question
    }


def test_everyone_whose_grade_is_final_gets_a_file_and_the_others_a_reason(
    graded: Path, tmp_path: Path, capsys: Output
) -> None:
    folder = tmp_path / "papers"
    assert run_command(["annotate", str(graded), "-o", str(folder)]) == 3
    said = capsys.readouterr().out
    final = {row["student_id"] for row in table(graded, "grades.csv") if row["status"] == "final"}
    waiting = {row["student_id"] for row in table(graded, "grades.csv") if row["status"] == "review"}
    assert final
    assert waiting
    listed = {row["student_id"]: row for row in rows(folder)}
    assert {name for name, row in listed.items() if row["file"] and row["status"] == "final"} == final
    assert {path.name for path in folder.iterdir()} == {
        "index.csv",
        *(row["file"] for row in listed.values() if row["file"]),
    }
    for student in waiting:
        assert (listed[student]["file"], listed[student]["reason"]) == ("", "an answer waits for a person")
        assert student in said
    assert listed[SLIPPED]["reason"] == "absent"


def test_a_paper_says_whose_it_is_what_was_read_and_the_points(graded: Path, papers: Path) -> None:
    for row in [one for one in rows(papers) if one["file"]][:6]:
        text = " ".join(text_of(papers / row["file"]).split())
        assert row["student_id"] in text
        assert f"{row['points']} of 10 points" in text
        for question in ("1", "3", "4"):
            answer = answers(graded)[row["student_id"], question]
            points = answer["points"] or "?"
            read = "not clear" if answer["status"] == "doubtful" else answer["chosen"] or "blank"
            assert (
                f"{question}: {read.replace('|', ' and ')}, {points} of {answer['max_points']} points" in text
            )
            if answer["points"] == "0":
                assert f"right: {answer['correct']}" in text


def test_a_wrong_mark_has_a_red_frame_and_the_right_box_a_green_one(graded: Path, papers: Path) -> None:
    student, wrong = next(
        (row["student_id"], row["chosen"])
        for row in table(graded, "answers.csv")
        if (row["question"], row["status"], row["points"]) == ("1", "final", "0") and len(row["chosen"]) == 1
    )
    picture = picture_of(papers / paper_name("quiz-2026", student))
    places = boxes(graded, "1")
    for colour, option in ((RED, wrong), (GREEN, "B")):
        found = where(picture, colour)
        near = found[np.abs(found - places[option]).max(axis=1) < 5.0]
        middle = (near.min(axis=0) + near.max(axis=0)) / 2
        assert len(near) > 20
        assert np.abs(middle - places[option]).max() < 1.5
    red = where(picture, RED)
    others = [option for option in places if option != wrong]
    assert all((np.abs(red - places[option]).max(axis=1) > 2.0).all() for option in others)


def test_without_the_key_no_right_answer_is_told(graded: Path, tmp_path: Path) -> None:
    student = next(
        row["student_id"]
        for row in table(graded, "answers.csv")
        if (row["question"], row["status"], row["points"]) == ("1", "final", "0")
    )
    folder = tmp_path / "papers"
    command = ["annotate", str(graded), "-o", str(folder), "--student", student, "--pending", "--without-key"]
    assert run_command([*command, "-q"]) == 0
    (pdf,) = folder.glob("*.pdf")
    assert pdf.name == paper_name("quiz-2026", student)
    assert "right:" not in text_of(pdf).partition("blue")[0]
    places = boxes(graded, "1")
    green = where(picture_of(pdf), GREEN)
    assert not (np.abs(green - places["B"]).max(axis=1) < 5.0).any()


def test_names_stand_in_no_file_name_and_are_text_in_the_list(papers: Path) -> None:
    assert all(path.name == "index.csv" or path.name.startswith("quiz-2026-") for path in papers.iterdir())
    written = (papers / "index.csv").read_text("utf-8")
    assert '"\'=HYPERLINK(""http://x"")"' in written
    assert not any(cell.startswith("=") for row in rows(papers) for cell in row.values())


def test_the_same_grades_give_the_same_bytes(graded: Path, papers: Path, tmp_path: Path) -> None:
    again = tmp_path / "papers"
    assert run_command(["annotate", str(graded), "-o", str(again), "--pending", "-q"]) == 0
    for path in papers.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()


def test_grades_that_are_not_published_are_not_handed_out(results: Path, capsys: Output) -> None:
    key = Path(key_file(results))
    before = key.read_bytes()
    folder = results.parent / "papers"
    try:
        key.write_text(before.decode("utf-8").replace("answer: B", "answer: C"), "utf-8")
        assert run_command(["annotate", str(results), "-o", str(folder)]) == 2
    finally:
        key.write_bytes(before)
    assert "scangrade regrade" in capsys.readouterr().err
    assert not folder.exists()


def key_file(results: Path) -> str:
    """The exam file that a folder was graded by."""
    with Store.open(results, write=False) as store:
        return store.keys()[0].file


def test_a_folder_without_names_hands_out_nothing(results: Path, capsys: Output) -> None:
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    assert run_command(["annotate", str(results), "-o", str(results.parent / "papers")]) == 2
    assert "purge" in capsys.readouterr().err
    assert not (results.parent / "papers").exists()


def test_a_scan_that_is_gone_is_told_and_the_others_are_written(tmp_path: Path, capsys: Output) -> None:
    results = grade_quiz(tmp_path)
    (scan,) = (tmp_path / "rehearsal" / "scans").glob("*.pdf")
    scan.rename(tmp_path / "elsewhere.pdf")
    folder = tmp_path / "papers"
    assert run_command(["annotate", str(results), "-o", str(folder), "--pending", "--json"]) == 4
    report = json.loads(capsys.readouterr().out)
    assert (report["papers"], report["exit_code"]) == (0, 4)
    assert len([one for one in report["left_out"] if "scans.pdf" in one["reason"]]) > 20


def test_a_folder_of_other_files_is_refused_and_one_of_ours_replaced_as_a_whole(
    graded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "thesis.pdf").write_text("mine", "utf-8")
    command = ["annotate", str(graded), "-o", str(folder), "-q"]
    assert run_command([*command, "--pending"]) == 2
    assert (folder / "thesis.pdf").read_text("utf-8") == "mine"
    (folder / "thesis.pdf").unlink()
    assert run_command([*command, "--pending"]) == 0
    everyone = {path.name for path in folder.iterdir()}
    assert run_command(command) == 3
    assert {path.name for path in folder.iterdir()} < everyone
    assert [path.name for path in tmp_path.iterdir()] == ["papers"]


def test_a_student_who_is_not_there_is_told(graded: Path, tmp_path: Path, capsys: Output) -> None:
    command = ["annotate", str(graded), "-o", str(tmp_path / "papers"), "--student", "9999"]
    assert run_command(command) == 2
    assert "9999" in capsys.readouterr().err


@pytest.mark.parametrize("student", ["../../etc/passwd", "a/b", "CON", "王小明", "x" * 300, "a:b?"])
def test_a_file_name_leads_nowhere_and_fits_every_system(student: str) -> None:
    name = paper_name("quiz", student)
    assert name.isascii()
    assert len(name) <= 84
    assert not set(name) & set('/\\:?*"<>|')
    assert name.startswith("quiz-")
