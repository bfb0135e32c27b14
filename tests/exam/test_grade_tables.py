"""Grade tables: by their names, in points, and as shares of the most points."""

from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from pipeline.errors import FileFaults
from pipeline.exam import SCALES, exam_schema, load_exam
from pipeline.exam.fields import ScaleName
from pipeline.grading import grade_name
from pipeline.model import Exam

QUESTIONS = """\
questions:
  - {id: "1", kind: truefalse, points: 30, answer: true}
  - {id: "2", kind: truefalse, points: 10, answer: true}
  - {id: "3", kind: truefalse, points: 5, answer: true, bonus: true}
"""


def exam(folder: Path, text: str, questions: str = QUESTIONS) -> Exam:
    path = folder / "e.yaml"
    path.write_text(f"exam: e\n{text}\n{questions}", "utf-8")
    return load_exam(path).versions["A"]


def grades(found: Exam, *points: Fraction | int) -> list[str]:
    return [grade_name(found, Fraction(one)) for one in points]


@pytest.mark.parametrize(
    ("scale", "wanted", "passed"),
    [
        ("german", ["1.0", "1.3", "2.0", "4.0", "5.0", "5.0", "5.0"], 20),
        ("danish", ["12", "12", "10", "02", "00", "-3", "-3"], 20),
        ("letters", ["A", "A", "B", "F", "F", "F", "F"], 24),
        ("percent", ["100 %", "94 %", "80 %", "50 %", "47 %", "2 %", "0 %"], None),
    ],
)
def test_a_scale_gives_its_grades_from_the_first_to_below_nothing(
    tmp_path: Path, scale: str, wanted: list[str], passed: int | None
) -> None:
    found = exam(tmp_path, f"grade_scale: {scale}")
    assert grades(found, 40, Fraction("37.9"), 32, 20, 19, 1, -3) == wanted
    assert found.pass_points == passed


def test_bonus_points_lift_a_grade_and_not_the_line(tmp_path: Path) -> None:
    found = exam(tmp_path, "grade_scale: german")
    assert found.grades[0] == (Fraction(38), "1.0")
    assert grades(found, 45) == ["1.0"]


def test_shares_and_points_may_stand_in_one_table(tmp_path: Path) -> None:
    found = exam(tmp_path, 'pass: 45%\ngrades: {A: "87.5 %", B: 30, C: 50%, F: 0}')
    assert found.pass_points == 18
    assert found.grades == ((Fraction(35), "A"), (Fraction(30), "B"), (Fraction(20), "C"), (Fraction(0), "F"))


def test_a_question_that_counts_for_nobody_lowers_the_lines(tmp_path: Path) -> None:
    questions = QUESTIONS.replace("points: 10, answer: true", "points: 10, answer: true, void: nobody")
    found = exam(tmp_path, "grade_scale: german\npass: 40%", questions)
    assert found.pass_points == 12
    assert grades(found, 15, 14) == ["4.0", "5.0"]


def test_a_pass_line_of_its_own_beats_that_of_the_scale(tmp_path: Path) -> None:
    assert exam(tmp_path, "grade_scale: german\npass: 22").pass_points == 22


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("grade_scale: germn", "2:14: 'germn' is not a scale of grades: did you mean german?"),
        ("grade_scale: german\ngrades: {A: 3}", "2:14: there are grades and a grade_scale"),
        ("pass: half%", "2:7: a share is expected here, and this is 'half%': write it like 50 %"),
        ("pass: -5%", "2:7: a share is expected here"),
        ("grades: {A: 50%, B: 20}", "2:13: the grades B and A begin at the same points"),
    ],
)
def test_a_fault_of_a_grade_table_has_its_place(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(FileFaults) as caught:
        exam(tmp_path, text)
    assert wanted in str(caught.value)


def test_every_scale_has_a_name_in_the_schema_of_exam_files() -> None:
    (schema,) = [one.json_schema for one in get_args(ScaleName) if hasattr(one, "json_schema")]
    assert set(schema["enum"]) == set(SCALES)
    assert "grade_scale" in exam_schema()["properties"]


@pytest.mark.parametrize("name", [name for name in SCALES if name != "percent"])
def test_the_documents_tell_each_scale(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "exam-file.md").read_text("utf-8")
    told = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    scale = SCALES[name]
    told_grades = [grade.split(" (") for grade in told.split("|")[2].strip().split(", ")]
    assert [grade[0] for grade in told_grades] == [grade for _, grade in scale.grades]
    told_shares = [int(grade[1].rstrip(" %)")) for grade in told_grades[:-1]]
    assert told_shares == [share for share, _ in scale.grades][:-1]
    assert told.split("|")[3].strip() == f"{scale.passed} %"


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_falls_and_names_each_grade_once(name: str) -> None:
    table = SCALES[name].grades
    assert [share for share, _ in table] == sorted({share for share, _ in table}, reverse=True)
    assert len({grade for _, grade in table}) == len(table)
