"""The sample scans: what `python3 dev.py demo` shows is right, page by page and point by point.

The golden points were worked out by hand, from the exams' printed solutions and the answers in
``sample_scans/truth/answers.csv``; the sums stand beside them.
"""

import csv
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.cli import run_command

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_scans"

GOLDEN = {
    # Right are 3 C, 4 D, 7 A and 10 A; 1 is blank and 9 is "don't know".
    ("dtu-02456-2025-12", "840158"): "4",
    # Choice 4+4+4+4; short 3+6+4; P1.1 6*0.375+3*0.5; P1.2 2*1+3*0.5+2; P1.3 2+3*1; P1.4 1; P2.1 5*1;
    # P2.2 2*1+1.5; P2.3 4; P2.4 5.
    ("ist-dl-2022-02", "943522"): "61.75",
    # Q1 3; Q2 4+1; Q3 1; Q4 4+2; Q5 1+4*0.75+1+3; Q6 4+2+1+4; Q7 2+2+1; Q8 3*1.5; Q9 3+1+1+2; Q10 3+2.
    ("itm-528-2024", "42338625"): "55.5",
    # P1 8*2; P2 1.5+1.5+2+0.5+2+3+1+2.5+0.5; P3 3*0.5+1+2; P4 4*1; P5 2.5+2+0.5+0.5+1; P6 1+1.5+1.5+2;
    # P7 1+1+1+2; P8 1.5+1+1.
    ("tum-in2346-2023-02", "16661054"): "60",
    # True/false 6*2-2*1; multiple choice 3*5; 3.1 5*0.5; 3.2 3.5+0.5+2.5; 3.3 3*0.8; 4.1 volumes 4*0.5,
    # weights 5*0.5+2*0.3, biases 6*0.2; 4.2 3*4/3; 4.4 0.5.
    ("uw-cse493g1-2025", "8424568"): "47.2",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "out"
    code = run_command(
        [
            "grade",
            str(SAMPLES),
            "--keys",
            str(ROOT / "answer_keys"),
            "--roster",
            str(SAMPLES / "roster.csv"),
            "--marks",
            "-q",
            "-o",
            str(folder),
        ]
    )
    assert code == 4, "a foreign page lies among the samples"
    return folder


@pytest.fixture(scope="module")
def decided(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same folder after a person has decided every doubt about an answer as the paper says."""
    folder = tmp_path_factory.mktemp("decided") / "out"
    shutil.copytree(results, folder)
    truth = {
        (row["exam"], row["student_id"], row["question"]): row["chosen"] or row["value"] or "blank"
        for row in rows(SAMPLES / "truth" / "answers.csv")
    }
    review = rows(folder / "review.csv")
    for row in review:
        if row["kind"] == "answer":
            row["decision"] = truth[row["exam"], row["student_id"], row["question"]]
    filled = folder.parent / "decisions.csv"
    with filled.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(review[0]))
        table.writeheader()
        table.writerows(review)
    assert run_command(["review", str(folder), "--decisions", str(filled), "--by", "tester", "-q"]) == 4
    return folder


def test_the_golden_points_are_the_published_points_once_doubts_are_decided(decided: Path) -> None:
    grades = {(row["exam"], row["student_id"]): row for row in rows(decided / "grades.csv")}
    assert {key: grades[key]["points"] for key in GOLDEN} == GOLDEN
    assert {grades[key]["status"] for key in GOLDEN} == {"final"}


def test_few_of_the_sample_answers_wait_for_a_person(results: Path) -> None:
    answers = rows(results / "answers.csv")
    assert sum(row["status"] == "doubtful" for row in answers) < 0.03 * len(answers)


def test_every_page_is_in_the_ledger_as_what_it_is(results: Path) -> None:
    truth = {(row["file"], row["page"]): row for row in rows(SAMPLES / "truth" / "pages.csv")}
    ledger = {(row["file"], row["page"]): row for row in rows(results / "pages.csv")}
    compared = ("outcome", "exam", "version", "sheet", "serial", "student_id")
    assert {place: [row[column] for column in compared] for place, row in ledger.items()} == {
        place: [row[column] for column in compared] for place, row in truth.items()
    }
    assert {row["outcome"] for row in truth.values()} == {"read", "blank", "duplicate", "foreign"}


def test_everyone_on_the_roster_has_one_grade_and_the_absent_student_is_absent(results: Path) -> None:
    grades = rows(results / "grades.csv")
    assert sorted(row["student_id"] for row in grades) == sorted(
        row["student_id"] for row in rows(SAMPLES / "roster.csv")
    )
    assert [row["student_id"] for row in grades if row["status"] == "absent"] == ["711342"]


def test_every_answer_is_the_true_one_or_waits_for_a_person(results: Path) -> None:
    truth = {
        (row["exam"], row["student_id"], row["question"]): (row["chosen"], row["value"])
        for row in rows(SAMPLES / "truth" / "answers.csv")
    }
    wrong = []
    for row in rows(results / "answers.csv"):
        answer = truth.pop((row["exam"], row["student_id"], row["question"]), ("", ""))
        if row["status"] != "doubtful" and answer != (row["chosen"], row["value"]):
            wrong.append(row)
    assert not wrong
    assert not truth, "an answer of the truth is in no table"


def test_no_mark_is_read_wrong_without_a_doubt(results: Path) -> None:
    truth = {
        (row["file"], row["page"], row["question"], row["option"]): row["state"]
        for row in rows(SAMPLES / "truth" / "marks.csv")
    }
    marks = rows(results / "marks.csv")
    silent = [
        row
        for row in marks
        if row["state"] != "doubtful"
        and (row["state"] == "marked")
        != (truth[row["file"], row["page"], row["question"], row["option"]] == "marked")
    ]
    assert len(marks) > 20_000
    assert not silent


def test_a_student_in_doubt_has_no_grade_and_stands_in_the_review(results: Path) -> None:
    waiting = {row["student_id"] for row in rows(results / "grades.csv") if row["status"] == "review"}
    listed = {row["student_id"] for row in rows(results / "review.csv")} - {""}
    assert waiting == listed
    assert waiting
    for row in rows(results / "grades.csv"):
        assert bool(row["percent"]) == (row["status"] == "final")


def test_points_are_the_sum_of_the_answers_points(results: Path) -> None:
    sums: dict[tuple[str, str], Fraction] = {}
    for row in rows(results / "answers.csv"):
        if row["points"]:
            student = (row["exam"], row["student_id"])
            sums[student] = sums.get(student, Fraction(0)) + Fraction(row["points"])
    for row in rows(results / "grades.csv"):
        if row["status"] == "final":
            total = sums[row["exam"], row["student_id"]]
            assert abs(Fraction(row["points"]) - total) <= Fraction(1, 200)


def test_a_second_run_opens_no_page_and_writes_the_same(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in results.glob("*.csv")}
    code = run_command(
        [
            "grade",
            str(SAMPLES),
            "--keys",
            str(ROOT / "answer_keys"),
            "--roster",
            str(SAMPLES / "roster.csv"),
            "--marks",
            "-o",
            str(results),
        ]
    )
    assert code == 4
    assert "read 0 pages, 172 known" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in results.glob("*.csv")} == before
