"""Every command of the tutorial, of the README and of the pages for each task is run as it stands there."""

import json
import shutil
import webbrowser
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli import run_command
from tests.course import (
    DONE,
    EXAM,
    FIRST,
    documented,
    fill_in,
    grade_course,
    is_called,
    open_course,
    review_in_browser,
    rows,
    set_aside,
)
from tests.test_documents import DOCUMENTS, ROOT, blocks, read

Output = pytest.CaptureFixture[str]
Words = list[str]

RUN_HERE = {
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            "exam-file",
            *("tutorial", "printing", "grading", "review", "corrected-key", "export", "annotate"),
            *("evidence", "key-import", "rehearsal", "report", "second-look"),
        )
    ),
}
RUN_ELSEWHERE = {"docs/template.md", "docs/moving.md", "docs/cluster.md"}
"""By tests/test_documented_commands.py, and by the tests of the cluster."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course, graded."""
    folder = tmp_path_factory.mktemp("course")
    open_course(folder)
    grade_course(folder)
    return folder


@pytest.fixture
def here(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course, as the working directory."""
    folder = Path(shutil.copytree(course, tmp_path / "here"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def reviewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who gets the review page in a browser, decides everything and finishes."""
    monkeypatch.setattr(webbrowser, "open", lambda link: review_in_browser(link, set_aside_line))


def set_aside_line(line: dict[str, str]) -> str:
    return "0" if line["kind"] == "credits" else "blank"


def run_all(document: str, act: dict[str, Callable[[Words], Words | None]] | None = None) -> list[int]:
    """Run every command of a document; ``act`` prepares some by name, and may change their words."""
    codes = []
    for words in documented(document):
        prepare = (act or {}).get(words[0])
        ready = (prepare(words) if prepare else None) or words
        codes.append(run_command(ready))
        assert codes[-1] in DONE, ready
    assert codes
    return codes


def test_every_document_with_a_command_is_run() -> None:
    with_commands = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    with_commands = {name for name in with_commands if documented(name)}
    assert with_commands == RUN_HERE | RUN_ELSEWHERE


def test_the_tutorial_leads_from_an_empty_folder_to_grades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda link: review_in_browser(link, lambda _: "B"))
    Path("roster.csv").write_text(blocks(read("docs/tutorial.md"), "csv")[0], "utf-8")
    codes = {}
    for words in documented("docs/tutorial.md"):
        if is_called(words, "regrade") and "--preview" in words:
            before = rows(Path("results/grades.csv"))
            exam = Path("algebra.yaml")
            exam.write_text(exam.read_text("utf-8").replace("answer: false", "answer: true"), "utf-8")
        codes[" ".join(words)] = run_command(words)
    assert {name for name, code in codes.items() if code} == {
        "grade rehearsal/scans --keys algebra.yaml --roster roster.csv -o results"
    }
    assert codes["grade rehearsal/scans --keys algebra.yaml --roster roster.csv -o results"] == 3
    assert [row["status"] for row in before] == ["final"] * 5
    after = rows(Path("results/grades.csv"))
    assert [row["student_id"] for row in after] == [f"10000{place}" for place in range(1, 6)]
    assert all(one["points"] != other["points"] for one, other in zip(before, after, strict=True))
    assert len(list(Path("papers").glob("algebra-*.pdf"))) == 5
    assert Path("results/report.html").is_file()
    assert len(rows(Path("results/export-csv.csv"))) == 5


def test_the_readme_goes_from_an_exam_file_to_decided_grades(here: Path) -> None:
    shutil.rmtree("results")
    run_all("README.md", {"review": lambda _: fill_in(here / "results/review.csv", set_aside)})
    assert rows(here / "results/review.csv") == []
    assert {row["by"] for row in rows(here / "results/decisions.csv")} == {"Your Name"}
    assert Path("sheets.pdf").is_file()


def test_sheets_are_printed_and_tried_as_the_page_says(here: Path) -> None:
    assert run_all("docs/printing.md") == [0, 0, 0]
    assert {"sheets.pdf", "sheets.csv", "sheets.layout.json"} <= {path.name for path in here.iterdir()}
    printed = rows(here / "sheets.csv")
    assert sum(not row["student_id"] for row in printed) == 10
    assert (here / "answer_keys" / f"{EXAM}.layouts").is_dir()


def test_scans_are_graded_again_and_read_alone_as_the_page_says(here: Path) -> None:
    shutil.rmtree("results")
    Path("credits.csv").write_text(f"student_id,question,points\n{FIRST},6,1.5\n", "utf-8")
    run_all("docs/grading.md")
    (given,) = [
        row
        for row in rows(here / "results/answers.csv")
        if (row["student_id"], row["question"]) == (FIRST, "6")
    ]
    assert given["points"] == "1.5"
    assert Path("results/marks.csv").is_file()
    assert Path("early/pages.csv").is_file()


@pytest.mark.usefixtures("reviewer")
def test_doubts_are_decided_on_the_page(here: Path) -> None:
    assert rows(here / "results/review.csv")
    run_all("docs/review.md")
    assert rows(here / "results/review.csv") == []
    assert {row["by"] for row in rows(here / "results/decisions.csv")} == {"Ada Lovelace"}


def test_a_key_is_corrected_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    grade_course(tmp_path)
    exam = tmp_path / "answer_keys" / f"{EXAM}.yaml"
    exam.write_text(exam.read_text("utf-8").replace("answer: false", "answer: true"), "utf-8")
    run_all("docs/corrected-key.md")
    assert {row["question"] for row in rows(tmp_path / "results/changes.csv")} == {"3"}


def test_grades_go_to_every_system_that_the_page_names(here: Path) -> None:
    people = rows(here / "roster.csv")
    write_gradebooks(here, people)
    codes = run_all("docs/export.md")
    assert 3 in codes  # somebody waits for a person
    final = sum(row["status"] == "final" for row in rows(here / "results/grades.csv"))
    for system in ("canvas", "moodle", "moodle-assignment", "blackboard", "d2l", "oneroster", "csv"):
        assert list(here.glob(f"results/export-{system}.*")), system
    assert len(rows(here / "results/export-csv.csv")) == final


def write_gradebooks(folder: Path, people: list[dict[str, str]]) -> None:
    """The files that learning management systems give."""
    canvas = ["Student,ID,SIS User ID,SIS Login ID,Section", "    Points Possible,,,,"]
    canvas += [f'"{one["name"]}",{place},{one["student_id"]},,All' for place, one in enumerate(people)]
    moodle = ["First name,Last name,ID number,Email address"]
    moodle += [",".join([*one["name"].split(), one["student_id"], one["email"]]) for one in people]
    worksheet = ["Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed"]
    worksheet += [
        f"Participant {place},{one['name']},{one['email']},-,,8.00,Yes" for place, one in enumerate(people)
    ]
    board = ["Last Name\tFirst Name\tUsername\tStudent ID\tFinal exam [Total Pts: 8 Score] |42"]
    board += ["\t".join([*one["name"].split()[::-1], "u", one["student_id"], ""]) for one in people]
    d2l = ["OrgDefinedId,Username,End-of-Line Indicator"]
    d2l += [f"#{one['student_id']},#u,#" for one in people]
    for name, lines, encoding in (
        ("gradebook.csv", canvas, "utf-8"),
        ("moodle.csv", moodle, "utf-8"),
        ("worksheet.csv", worksheet, "utf-8"),
        ("gc.xls", board, "utf-16"),
        ("d2l.csv", d2l, "utf-8"),
    ):
        (folder / name).write_text("\n".join(lines) + "\n", encoding)


def test_papers_are_given_back_as_the_page_says(here: Path) -> None:
    Path("results/review.csv").unlink()
    assert run_command(["regrade", "results", "-q"]) in DONE
    fill_in(here / "results/review.csv", set_aside)
    decisions = ["--decisions", "results/review.csv", "--by", "Ada", "-q"]
    assert run_command(["review", "results", *decisions]) == 0
    codes = run_all("docs/annotate.md")
    assert codes == [0, 0, 0]
    assert len(list(here.glob("papers/*.pdf"))) == len(rows(here / "roster.csv"))


def test_the_report_is_written_as_the_page_says(here: Path) -> None:
    assert run_all("docs/report.md") == [0, 0]
    assert "Grace" not in Path("results/report.html").read_text("utf-8")
    assert openpyxl.load_workbook("results/grades.xlsx").sheetnames == [
        "grades",
        "answers",
        "items",
        "ledger",
    ]


def test_a_second_look_is_drawn_and_given_back(here: Path) -> None:
    def act(words: Words) -> Words | None:
        if "--decisions" in words:
            fill_in(here / "results/second-look.csv", lambda _: "ok")
        return None

    run_all("docs/second-look.md", {"review": act})
    assert len(rows(here / "results/decisions.csv")) == 300


def test_evidence_is_checked_and_names_are_taken_out(here: Path, capsys: Output) -> None:
    codes_list = here / "codes.csv"
    codes_list.write_text(
        "code\n" + "\n".join(row["student_id"] for row in rows(here / "roster.csv")), "utf-8"
    )

    def sealed(words: Words) -> Words | None:
        if "--seal" not in words:
            return None
        capsys.readouterr()
        assert run_command(["verify", "results", "--json"]) == 0
        return [*words[:-1], json.loads(capsys.readouterr().out)["seal"][:12]]

    def anonymous(words: Words) -> None:
        shutil.rmtree("results")

    def confirmed(words: Words) -> Words:
        assert run_command(words) == 2  # nobody is there to be asked
        return [*words, "--yes"]

    run_all("docs/evidence.md", {"verify": sealed, "purge": confirmed, "grade": anonymous})
    grades = rows(here / "results/grades.csv")
    assert {row["name"] for row in grades} == {""}
    assert any(row["student_id"] == FIRST for row in grades)


def test_a_key_in_a_workbook_becomes_an_exam_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answer_keys").mkdir()
    book = openpyxl.Workbook()
    for row in (("question", "answer", "points"), (1, "B", 1), (2, "C", 2)):
        book.active.append(row)
    book.save("key.xlsx")
    assert run_all("docs/key-import.md") == [0, 0]


def test_an_editor_gets_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.chdir(tmp_path)
    ((*words, arrow, file),) = documented("docs/exam-file.md")
    assert (arrow, file) == (">", "exam.schema.json")
    assert run_command(words) == 0
    assert "QuestionModel" in json.loads(capsys.readouterr().out)["$defs"]


def test_an_exam_is_rehearsed_as_the_page_says(here: Path) -> None:
    run_all("docs/rehearsal.md")
    assert len(rows(here / "rehearsal/results/grades.csv")) == 30
