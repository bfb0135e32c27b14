"""Before an exam: sheets, keys, rehearsals."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import pikepdf
import pytest

from pipeline.cli import run_command
from pipeline.exam import load_exam, load_layout, load_layouts, load_sheets
from pipeline.prepare import plain_value
from tests.rehearsal import EXAM, STUDENTS, rehearse, write_exam

Output = pytest.CaptureFixture[str]

VERSIONS = EXAM + 'versions: {B: {"3": {answer: false}}}\n'


def write_roster(folder: Path, *rows: str) -> Path:
    path = folder / "roster.csv"
    path.write_text("\n".join(["student_id,name,version", *rows, ""]), encoding="utf-8")
    return path


def pages_of(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def sheet_rows(path: Path) -> list[tuple[str, str, str]]:
    return [(row.serial, row.student_id, row.version) for row in load_sheets(path)]


# --- sheets ----------------------------------------------------------------------------------------


def test_an_exam_without_a_roster_gives_one_spare_sheet(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "out" / "sheet.pdf")]) == 0
    assert capsys.readouterr().out.startswith("1 booklet, 1 page: ")
    assert pages_of(tmp_path / "out" / "sheet.pdf") == 1
    assert sheet_rows(tmp_path / "out" / "sheets.csv") == [("1", "", "A")]


def test_a_roster_gives_a_sheet_for_each_student_and_the_spare_ones_asked_for(tmp_path: Path) -> None:
    exam = write_exam(tmp_path)
    roster = write_roster(tmp_path, "0007,王小明,", "0008,Łucja,")
    pdf = tmp_path / "sheet.pdf"
    assert run_command(["sheet", str(exam), "-o", str(pdf), "--roster", str(roster), "--blank", "1"]) == 0
    assert pages_of(pdf) == 3
    assert sheet_rows(tmp_path / "sheets.csv") == [("1", "0007", "A"), ("2", "0008", "A"), ("3", "", "A")]


def test_the_layout_is_kept_beside_the_pdf_and_beside_the_exam(tmp_path: Path) -> None:
    exam = write_exam(tmp_path / "keys")
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "sheet.pdf")]) == 0
    beside = load_layout(tmp_path / "sheet.layout.json")
    (kept,) = load_layouts(exam)
    assert beside.hash == kept.hash
    assert (tmp_path / "keys" / "tiny.layouts" / f"{kept.hash}.json").is_file()


def test_a_layout_stays_after_the_exam_was_edited(tmp_path: Path) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "one.pdf")]) == 0
    write_exam(tmp_path, EXAM.replace("C: three", "C: three, D: four"))
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "two.pdf")]) == 0
    assert len(load_layouts(exam)) == 2


def test_no_serial_is_given_twice(tmp_path: Path) -> None:
    exam = write_exam(tmp_path / "keys")
    for name in ("one", "two"):
        assert run_command(["sheet", str(exam), "-o", str(tmp_path / name / "s.pdf"), "--blank", "2"]) == 0
    kept = sheet_rows(tmp_path / "keys" / "tiny.layouts" / "sheets.csv")
    assert [serial for serial, _, _ in kept] == ["1", "2", "3", "4"]
    assert sheet_rows(tmp_path / "two" / "sheets.csv") == kept[2:]


def test_serials_go_on_after_the_list_beside_the_pdf(tmp_path: Path) -> None:
    exam = write_exam(tmp_path / "keys")
    (tmp_path / "sheets.csv").write_text(
        "serial,student_id,exam,version\n41,0007,tiny-2026,A\n99,0007,other,A\n", encoding="utf-8"
    )
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "s.pdf")]) == 0
    assert [serial for serial, _, _ in sheet_rows(tmp_path / "sheets.csv")] == ["41", "99", "42"]


def test_each_version_has_its_own_pdf_and_each_student_the_version_of_the_roster(tmp_path: Path) -> None:
    exam = write_exam(tmp_path, VERSIONS)
    roster = write_roster(tmp_path, "0007,Ann,B", "0008,Bo,", "0009,Cy,B")
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "s.pdf"), "--roster", str(roster)]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.pdf")) == ["s-A.pdf", "s-B.pdf"]
    assert sheet_rows(tmp_path / "sheets.csv") == [("1", "0008", "A"), ("2", "0007", "B"), ("3", "0009", "B")]
    assert load_layout(tmp_path / "s-B.layout.json").version == "B"


def test_one_version_can_be_printed_for_everyone(tmp_path: Path) -> None:
    exam = write_exam(tmp_path, VERSIONS)
    pdf = tmp_path / "s.pdf"
    assert run_command(["sheet", str(exam), "-o", str(pdf), "--version", "B", "--blank", "2"]) == 0
    assert pages_of(pdf) == 2
    assert {version for _, _, version in sheet_rows(tmp_path / "sheets.csv")} == {"B"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--version", "C"], "no version C"),
        (["--blank", "0"], "no sheet to print"),
        (["--roster", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_printed_is_told(
    tmp_path: Path, capsys: Output, options: list[str], said: str
) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "s.pdf"), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "s.pdf").exists()


def test_a_student_with_a_version_that_is_not_there_is_told(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path, VERSIONS)
    roster = write_roster(tmp_path, "0007,Ann,Q")
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "s.pdf"), "--roster", str(roster)]) == 2
    assert "student 0007 has version Q" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_prints_nothing_and_uses_up_no_serial(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["sheet", str(exam), "-o", "/dev/full"]) == 1
    assert "cannot write /dev/full: the disk is full" in capsys.readouterr().err
    assert run_command(["sheet", str(exam), "-o", str(tmp_path / "s.pdf")]) == 0
    assert sheet_rows(tmp_path / "sheets.csv") == [("1", "", "A")]


def test_the_same_sheets_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        exam = write_exam(tmp_path / name)
        assert run_command(["sheet", str(exam), "-o", str(tmp_path / name / "s.pdf"), "--blank", "2"]) == 0
    assert (tmp_path / "one" / "s.pdf").read_bytes() == (tmp_path / "two" / "s.pdf").read_bytes()


# --- keys ------------------------------------------------------------------------------------------


def test_a_key_without_faults_is_said_to_be_so(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["key", "check", str(exam)]) == 0
    assert "3 questions, version A: no fault" in capsys.readouterr().out


def test_the_faults_of_all_files_are_told_at_once_with_their_places(tmp_path: Path, capsys: Output) -> None:
    one = write_exam(tmp_path, EXAM.replace("kind: truefalse", "kind: truefals"), "one.yaml")
    two = write_exam(tmp_path, EXAM.replace("answer: [A, C]", "answer: [A, D]"), "two.yaml")
    assert run_command(["key", "check", str(one), str(two)]) == 2
    said = capsys.readouterr().err
    line = 1 + EXAM[: EXAM.index('{id: "3"')].count("\n")
    assert f"{one}:{line}:" in said
    assert "truefalse" in said
    assert f"{two}:" in said


def test_a_wrong_printed_answer_is_told(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path, EXAM.replace("printed: C", "printed: A"))
    assert run_command(["key", "check", str(exam)]) == 2
    assert f"{exam}:" in capsys.readouterr().err


def test_solved_answers_are_plain_json(tmp_path: Path, capsys: Output) -> None:
    exam = write_exam(tmp_path)
    assert run_command(["key", "solve", "--json", str(exam)]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "exam": "tiny-2026",
            "version": "A",
            "question": "1",
            "solver": "mlp.parameters",
            "value": 27,
            "option": "C",
            "printed": "C",
            "agrees": True,
        }
    ]


def test_solved_answers_are_a_table_for_a_person(tmp_path: Path, capsys: Output) -> None:
    assert run_command(["key", "solve", str(write_exam(tmp_path))]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "exam       version  question  solver          value  option  printed  verdict",
        "tiny-2026  A        1         mlp.parameters  27     C       C        as printed",
    ]


def test_rules_are_explained_to_students_and_like_ones_are_told_once(tmp_path: Path, capsys: Output) -> None:
    text = (
        "exam: e\ndefaults: {points: 1}\nquestions:\n"
        '  - {id: "1", kind: truefalse, answer: true}\n  - {id: "2", kind: truefalse, answer: false}\n'
        '  - {id: "3", kind: truefalse, rule: all-parts,'
        " parts: [{id: a, answer: true}, {id: b, answer: false}]}\n"
    )
    path = write_exam(tmp_path, text)
    assert run_command(["key", "explain", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "e A 1, 2: The right option gives 1, a wrong one 0, no answer 0. "
        "Several options where one is asked give 0.",
        "e A 3: All parts right gives 1, anything else 0, nothing answered 0.",
    ]
    assert run_command(["key", "explain", "--json", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["question"], one["rule"]) for one in told] == [
        ("1", "single"),
        ("2", "single"),
        ("3", "all-parts"),
    ]


def test_values_become_numbers_and_nested_lists_of_them() -> None:
    value = (Fraction(4, 2), (Fraction(1, 2), 3, 0.25), {"a": Fraction(1, 4)}, "text", None, True)
    assert plain_value(value) == [2, [0.5, 3, 0.25], {"a": 0.25}, "text", None, True]


# --- rehearsal -------------------------------------------------------------------------------------


def test_a_rehearsal_holds_scans_lists_truth_and_its_exam(tmp_path: Path) -> None:
    scans = rehearse(tmp_path)
    assert sorted(path.name for path in scans.iterdir()) == [
        "roster.csv",
        "scans",
        "sheets.csv",
        "tiny.yaml",
        "truth",
    ]
    with (scans / "truth" / "marks.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file))[:2] == ["file", "page"]
    assert load_exam(scans / "tiny.yaml").id == "tiny-2026"
    assert pages_of(scans / "scans" / "scans.pdf") == STUDENTS


def test_the_same_seed_gives_the_same_scans(tmp_path: Path) -> None:
    one, two = rehearse(tmp_path / "one"), rehearse(tmp_path / "two")
    assert (one / "scans" / "scans.pdf").read_bytes() == (two / "scans" / "scans.pdf").read_bytes()


def test_a_rehearsal_does_not_overwrite_another(tmp_path: Path, capsys: Output) -> None:
    scans = rehearse(tmp_path)
    exam = str(tmp_path / "source" / "tiny.yaml")
    assert run_command(["simulate", exam, "-o", str(scans), "--students", "1"]) == 2
    assert "already holds scans" in capsys.readouterr().err


def test_a_profile_that_is_not_there_is_told(tmp_path: Path, capsys: Output) -> None:
    exam = str(write_exam(tmp_path))
    assert run_command(["simulate", exam, "-o", str(tmp_path / "s"), "--profile", "offce"]) == 2
    assert "office-200" in capsys.readouterr().err
