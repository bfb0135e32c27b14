"""What a cover's handwritten table says, checked against the sheets."""

import csv
import json
import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.gather import Exams, gather_exams
from pipeline.grades import Graded, grade_assembly
from pipeline.model import Answer, Assembly, Booklet, Decision, LedgerEntry, PageSource
from pipeline.store import Store
from pipeline.totals import Covers
from pipeline.verify import verify_folder
from tests.rehearsal import write_exam

Output = pytest.CaptureFixture[str]
EXAM = """\
exam: covers-2026
title: Covers
marking: any
student_id: {kind: digits, length: 4}
rounding: {step: 1}
sections:
  - {id: writing, title: Writing, questions: ["2.1", "2.2"], cap: 3}
questions:
  - {id: "1", kind: truefalse, points: 1, answer: true}
  - {id: "2.1", kind: credits, credits: {max: 2, step: 1/2}}
  - {id: "2.2", kind: credits, credits: {max: 3, step: 1/2}}
  - {id: "20", kind: credits, credits: {max: 5, step: 1/2}}
"""
SOURCE = PageSource(file="scan.pdf", path="/scan.pdf", page=4, sha256="ab" * 32)
NAME = f"total-{'ab' * 6}-4"
CREDITS = {"2.1": Fraction(1, 2), "2.2": Fraction(3), "20": Fraction(4)}


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> Exams:
    return gather_exams(write_exam(tmp_path_factory.mktemp("covers"), EXAM, "covers.yaml"))


def graded(
    exams: Exams, totals: dict[str, str], said: dict[str, str] | None = None, open_: str = ""
) -> Graded:
    """One student with 1, 0.5, 3 and 4 points, and a cover; ``said`` are decisions about fields of it."""
    answers = {"1": Answer(question="1", chosen=("T",))}
    for name, value in CREDITS.items():
        answers[name] = Answer(question=name, value=None if name == open_ else value)
    booklet = Booklet(exam="covers-2026", version="A", student_id="7", name="Eva", serial=1, answers=answers)
    cover = LedgerEntry(
        source=SOURCE, outcome="read", reason="", exam="covers-2026", sheet=1, serial=1, student_id="7"
    )
    assembly = Assembly(booklets=(booklet,), ledger=(cover,), doubts=(), marks=(), absent=())
    decisions = [
        Decision(doubt=f"{NAME}-{field}", value=value, by="ada", at=f"{place}")
        for place, (field, value) in enumerate((said or {}).items())
    ]
    covers = Covers(
        totals={("covers-2026", "7"): {name: Fraction(points) for name, points in totals.items()}},
        decisions={decision.doubt: decision for decision in decisions},
    )
    return grade_assembly(assembly, exams, {}, covers)


@pytest.mark.parametrize(
    "totals",
    [
        {"1": "1", "2.1": "1/2", "2": "3.5", "20": "4"},
        {"writing": "3", "total": "8"},
        {},
    ],
)
def test_covers_that_agree_ask_nobody(exams: Exams, totals: dict[str, str]) -> None:
    found = graded(exams, totals)
    assert found.assembly.doubts == ()
    assert found.grades[0][0].status == "final"
    assert found.grades[0][0].points == 8
    assert found.notices == (
        (f"totals of the covers: {len(totals)} agree with the sheets, 0 do not",) if totals else ()
    )


@pytest.mark.parametrize(
    ("field", "said", "name", "words", "change"),
    [
        ("2", "4", "2=4-3.5", "question 2: the sheets give 3.5 (2.1: 0.5, 2.2: 3), the cover says 4", "1/2"),
        ("20", "5", "20=5-4", "question 20: the sheets give 4, the cover says 5", "1"),
        ("writing", "4", "writing=4-3",
         "section writing: the sheets give 3 (2.1: 0.5, 2.2: 3), the cover says 4", "1"),
        ("total", "9", "total=9-8",
         "the total: the sheets give 8 (1: 1, 2.1: 0.5, 2.2: 3, 20: 4), the cover says 9", "1"),
    ],
)  # fmt: skip
def test_a_cover_that_says_something_else_goes_to_a_person(
    exams: Exams, field: str, said: str, name: str, words: str, change: str
) -> None:
    found = graded(exams, {field: said})
    (doubt,) = found.assembly.doubts
    assert (doubt.id, doubt.reason, doubt.question) == (f"{NAME}-{name}", words, field)
    assert (doubt.file, doubt.page, doubt.student_id) == ("scan.pdf", 4, "7")
    assert found.impacts == {doubt.id: Fraction(change)}
    grade = found.grades[0][0]
    assert (grade.status, grade.doubts, grade.percent) == ("review", 1, None)


def test_an_open_question_is_not_compared_and_told(exams: Exams) -> None:
    found = graded(exams, {"2": "4", "20": "4"}, open_="2.1")
    assert found.assembly.doubts == ()
    assert found.notices == (
        "totals of the covers: 1 agree with the sheets, 0 do not, 1 wait for a question that is open",
    )


def test_a_person_may_say_that_the_sheets_are_right(exams: Exams) -> None:
    found = graded(exams, {"2": "4", "20": "4"}, {"2=4-3.5": "Sheets"})
    assert found.assembly.doubts == ()
    assert found.grades[0][0].status == "final"
    assert found.grades[0][0].points == 8
    words = "totals of the covers: 1 agree with the sheets, 0 do not, 1 settled by a person"
    assert found.notices == (words,)


def test_a_person_may_say_which_credits_are_right(exams: Exams) -> None:
    found = graded(exams, {"20": "5"}, {"20=5-4": "20=5"})
    grade, booklet = found.grades[0]
    assert found.assembly.doubts == ()
    assert grade.status == "final"
    assert grade.points == 9
    assert booklet is not None
    assert booklet.answers["20"].decided_by == "ada"
    assert next(score.status for score in grade.scores if score.question == "20") == "decided"
    assert "0 agree with the sheets, 0 do not, 1 settled by a person" in found.notices[0]


def test_a_correction_that_does_not_mend_the_sum_raises_a_doubt_of_its_own(exams: Exams) -> None:
    first = {"2=4.5-3.5": "2.1=1"}
    found = graded(exams, {"2": "4.5"}, first)
    (doubt,) = found.assembly.doubts
    assert (doubt.id, doubt.reading) == (f"{NAME}-2=4.5-4", "4")
    assert "0 agree with the sheets, 1 do not" in found.notices[0]
    mended = graded(exams, {"2": "4.5"}, first | {"2=4.5-4": "2.1=3/2"})
    assert mended.assembly.doubts == ()
    booklet = mended.grades[0][1]
    assert booklet is not None
    assert booklet.answers["2.1"].value == Fraction(3, 2)


def test_another_total_is_not_settled_by_the_decision_on_the_first(exams: Exams) -> None:
    found = graded(exams, {"2": "5"}, {"2=4-3.5": "sheets"})
    assert [doubt.id for doubt in found.assembly.doubts] == [f"{NAME}-2=5-3.5"]


# --- whole commands --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pile")
    exam = write_exam(folder, EXAM, "covers.yaml")
    out = folder / "rehearsal"
    arguments = ["simulate", str(exam), "-o", str(out), "--students", "2", "--seed", "3", "-q"]
    assert run_command([*arguments, "--profile", "clean-300"]) == 0
    return out


@pytest.fixture
def here(pile: Path, tmp_path: Path) -> Path:
    """Scans whose students have the credits of a list."""
    here = shutil.copytree(pile, tmp_path / "here")
    rows_ = [f"{student},{name},{points}\n" for student in students(here) for name, points in CREDITS.items()]
    (here / "credits.csv").write_text("student_id,question,points\n" + "".join(rows_), "utf-8")
    return here


def students(here: Path) -> list[str]:
    return [row["student_id"] for row in rows(here / "roster.csv")]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grade(here: Path, totals: str) -> int:
    (here / "totals.csv").write_text("student_id;question;points\n" + totals, "utf-8")
    lists = [f"--{name}={here / name}.csv" for name in ("roster", "sheets", "credits", "totals")]
    keys = ["--keys", str(here / "covers.yaml"), "-o", str(here / "results"), "-j", "1", "-q"]
    return run_command(["grade", str(here / "scans"), *keys, *lists])


def decide(here: Path, said: str) -> int:
    review = here / "results" / "review.csv"
    found = rows(review)
    with review.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(found[0]))
        table.writeheader()
        table.writerows(row | {"decision": said if row["question"] == "2" else ""} for row in found)
    return run_command(["review", str(here / "results"), "--decisions", str(review), "--by", "Ada", "-q"])


def about_covers(here: Path) -> list[str]:
    return [
        row["reason"] for row in rows(here / "results" / "review.csv") if row["doubt"].startswith("total-")
    ]


def test_typed_totals_are_checked_remembered_decided_and_ended(here: Path, capsys: Output) -> None:
    one, two = students(here)
    assert grade(here, f"{one};2;3,5\n{two};2;4\n{two};20;\n") == 3
    words = "question 2: the sheets give 3.5 (2.1: 0.5, 2.2: 3), the cover says 4"
    assert about_covers(here) == [words]
    assert run_command(["regrade", str(here / "results"), "-q"]) == 3
    assert about_covers(here) == [words]
    capsys.readouterr()
    assert decide(here, "2.1=9") == 2
    assert "9 is not a credit of question 2.1: write 0 to 2 in steps of 1/2" in capsys.readouterr().err
    assert decide(here, "perhaps") == 2
    assert "write sheets, or what is right, such as 2.1=3" in capsys.readouterr().err
    assert decide(here, "2.1=1") in (0, 3)
    assert about_covers(here) == []
    answers = {(row["student_id"], row["question"]): row for row in rows(here / "results" / "answers.csv")}
    assert (answers[two, "2.1"]["points"], answers[two, "2.1"]["status"]) == ("1", "decided")
    assert answers[one, "2.1"]["points"] == "0.5"
    (here / "totals.csv").unlink()
    assert run_command(["regrade", str(here / "results"), "-q"]) == 2
    assert "--no-totals" in capsys.readouterr().err
    assert run_command(["regrade", str(here / "results"), "--no-totals", "--json"]) in (0, 3)
    assert (
        "the list of the covers' totals is another one"
        in json.loads(capsys.readouterr().out)["changes"]["causes"]
    )
    with Store.open(here / "results", write=False) as store:
        assert store.get("totals") == ""


@pytest.mark.parametrize("level", ["names", "ids"])
def test_what_covers_changed_stays_when_the_names_go(here: Path, level: str) -> None:
    one, two = students(here)
    assert grade(here, f"{one};2;3,5\n{two};2;4\n") == 3
    assert decide(here, "2.1=1") in (0, 3)
    assert grade(here, f"{one};2;3,5\n{two};2;4\n{two};20;1\n") == 3
    assert len(about_covers(here)) == 1

    def statistics() -> list[Counter[tuple[str, ...]]]:
        of_grades, of_answers = (
            ("status", "points", "doubts", "grade"),
            ("question", "chosen", "value", "points", "status"),
        )
        return [
            Counter(tuple(row[name] for name in names) for row in rows(here / "results" / table))
            for table, names in (("grades.csv", of_grades), ("answers.csv", of_answers))
        ]

    before = statistics()
    assert "decided" in {status for *_, status in before[1]}
    assert run_command(["purge", str(here / "results"), "--level", level, "--yes", "-q"]) == 0
    assert statistics() == before
    assert verify_folder(here / "results").verdict == "intact"


def test_a_list_of_totals_that_does_not_fit_is_refused_with_every_fault(here: Path, capsys: Output) -> None:
    one = students(here)[0]
    assert grade(here, f"{one};2;x\n{one};7;3\n9999;2;3\n{one};20;1\n{one};20;2\n") == 2
    said = capsys.readouterr().err
    assert "totals.csv:2: 'x' is not a number of points" in said
    assert "totals.csv:3: there is no question or section 7" in said
    assert "totals.csv:4: student 9999 has no sheet and is not expected" in said
    assert "20" in said.partition("totals.csv:6")[2]


def test_totals_and_no_totals_contradict_each_other(here: Path, capsys: Output) -> None:
    both = ["--no-totals", "--totals", str(here / "totals.csv")]
    assert run_command(["regrade", str(here / "results"), *both]) == 2
    assert "contradict each other" in capsys.readouterr().err
