"""Reports, workbooks and exports of a results folder, as a user makes them."""

import csv
import io
import json
import re
import shlex
import shutil
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pytest

from pipeline.cli import run_command
from pipeline.formats import plain_cell
from tests.rehearsal import grade_arguments, rehearse

Output = pytest.CaptureFixture[str]
LINK = '=HYPERLINK("http://x")'
BROKEN = 'Eve ";"\n+1 Example'


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal with awkward names, groups and one student who is absent; results in ``results``."""
    rehearsal = rehearse(tmp_path_factory.mktemp("report"), "--students", "12")
    roster = rows(rehearsal / "roster.csv")
    for place, row in enumerate(roster):
        row["name"] = {0: LINK, 1: BROKEN}.get(place, row["name"])
        row["group"] = "Mon" if place % 2 else "<Tue>"
    roster.append({**roster[0], "student_id": "0001", "name": "Ab Sent"})
    with (rehearsal / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(roster[0]))
        writer.writeheader()
        writer.writerows(roster)
    assert run_command(grade_arguments(rehearsal, rehearsal / "results", "-q")) in (0, 3)
    return rehearsal


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: plain_cell(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


class Page(HTMLParser):
    """Text of a page, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br", "line", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "rect"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_report_is_one_file_that_loads_nothing_and_names_no_student(graded: Path) -> None:
    results = graded / "results"
    assert run_command(["report", str(results), "--by", "group", "-q"]) == 0
    text = (results / "report.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert page.loads == []
    assert not re.search(r"url\(|@import|<script", text)
    words = " ".join(page.words)
    assert "A tiny exam" in words
    assert "<Tue>" in words
    assert not any(row["name"] in words for row in rows(graded / "roster.csv"))
    waiting = sum(row["status"] == "review" for row in rows(results / "grades.csv"))
    assert (f"{waiting} to review" in words) == bool(waiting)
    assert "1 absent" in words


def test_the_figures_of_a_question_are_those_of_its_answers(graded: Path) -> None:
    results = graded / "results"
    done = {row["student_id"] for row in rows(results / "grades.csv") if row["status"] == "final"}
    answers = [row for row in rows(results / "answers.csv") if row["student_id"] in done]
    points = {
        question: [float(Fraction(row["points"])) for row in answers if row["question"] == question]
        for question in ("1", "2", "3")
    }
    items = {row["question"]: row for row in rows(results / "items.csv")}
    assert set(items) == set(points)
    for question, earned in points.items():
        rest = np.sum([other for name, other in points.items() if name != question], axis=0)
        assert items[question]["students"] == str(len(done))
        assert float(items[question]["mean"]) == pytest.approx(np.mean(earned), abs=5.1e-5)
        if np.std(earned) and np.std(rest):
            wanted = np.corrcoef(earned, rest)[0, 1]
            assert float(items[question]["discrimination"]) == pytest.approx(wanted, abs=5.1e-5)
        else:
            assert items[question]["discrimination"] == ""
    assert sum(float(one.partition("=")[2]) for one in items["1"]["chosen"].split("|")) <= 1.0001


def test_black_and_white_scans_are_told_on_each_page_once_in_the_summary_and_in_the_report(
    tmp_path: Path, capsys: Output
) -> None:
    rehearsal, results = rehearse(tmp_path, "--profile", "fax-bilevel"), tmp_path / "results"
    assert run_command(grade_arguments(rehearsal, results)) in (0, 3)
    said = capsys.readouterr().out
    pages = [row for row in rows(results / "pages.csv") if row["outcome"] == "read"]
    advice = "scan in grey: black and white loses faint marks"
    assert pages
    assert all(f"the scan is black and white: {advice}" in row["reason"] for row in pages)
    assert said.count(f"{len(pages)} pages are black and white: {advice}") == 1
    assert run_command(["report", str(results), "-q"]) == 0
    words = " ".join(Page((results / "report.html").read_text("utf-8")).words)
    assert f"{len(pages)} pages are black and white: {advice}." in words
    doubts = rows(results / "review.csv")
    assert (f"{len(doubts)} of {len(doubts)} open doubts are about such pages." in words) == bool(doubts)


def test_grey_scans_are_not_said_to_be_black_and_white(graded: Path) -> None:
    results = graded / "results"
    assert run_command(["report", str(results), "-q"]) == 0
    assert "black and white" not in (results / "report.html").read_text("utf-8")


def test_the_workbook_has_every_table_and_no_formula(graded: Path) -> None:
    results = graded / "results"
    assert run_command(["report", str(results), "-q"]) == 0
    book = openpyxl.load_workbook(results / "grades.xlsx")
    assert book.sheetnames == ["grades", "answers", "items", "ledger"]
    for name, table in zip(book.sheetnames, ("grades", "answers", "items", "pages"), strict=True):
        assert book[name].max_row == len(rows(results / f"{table}.csv")) + 1
        assert book[name].freeze_panes == "A2"
        assert "f" not in {cell.data_type for row in book[name].iter_rows() for cell in row}
    header = [cell.value for cell in book["grades"][1]]
    sums = [row[header.index("sums")].value for row in book["grades"].iter_rows(min_row=2)]
    assert {type(value) for value in sums if value is not None} <= {int, float}
    names = {row[1].value for row in book["grades"].iter_rows(min_row=2)}
    assert {LINK, BROKEN} <= names


def test_a_report_and_a_workbook_are_the_same_again(graded: Path) -> None:
    results = graded / "results"
    names = ("report.html", "grades.xlsx")
    assert run_command(["report", str(results), "-q"]) == 0
    before = [(results / name).read_bytes() for name in names]
    assert run_command(["report", str(results), "-q"]) == 0
    assert [(results / name).read_bytes() for name in names] == before


def test_verify_takes_items_for_what_was_published(graded: Path, capsys: Output) -> None:
    results = graded / "results"
    assert run_command(["verify", str(results), "-q"]) == 0
    kept = (results / "items.csv").read_bytes()
    (results / "items.csv").write_bytes(kept.replace(b",A,1,", b",B,1,"))
    assert run_command(["verify", str(results), "-q"]) == 1
    assert "items.csv is not what was published" in capsys.readouterr().out
    (results / "items.csv").write_bytes(kept)


def test_an_export_has_everyone_or_says_why_not(graded: Path, tmp_path: Path, capsys: Output) -> None:
    results, output = graded / "results", tmp_path / "grades.csv"
    code = run_command(["export", str(results), "--to", "canvas", "-o", str(output), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"]
    students = {row["student_id"]: row for row in rows(results / "grades.csv") if row["student_id"]}
    written = {row["SIS User ID"]: row for row in rows(output) if row["SIS User ID"]}
    left = {one["student_id"] for one in told["left_out"]} - {""}
    assert written.keys() | left == students.keys()
    assert not written.keys() & left
    assert told["exported"] == len(written)
    assert {row["student_id"] for row in rows(tmp_path / "grades-left-out.csv")} - {""} == left
    for student, row in written.items():
        assert (row["Student"], row["A tiny exam"]) == (
            students[student]["name"],
            students[student]["points"],
        )
        assert row["Section"] in ("Mon", "<Tue>")


@pytest.mark.parametrize("system", ["canvas", "moodle", "d2l", "gradescope", "csv"])
def test_awkward_names_stay_text_in_every_export(graded: Path, system: str, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    assert run_command(["export", str(graded / "results"), "--to", system, "-o", str(output), "-q"]) in (0, 3)
    cells = [cell for row in csv.reader(io.StringIO(output.read_text("utf-8"), newline="")) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+@]|-[^0-9]", cell) and cell != "-"]


def test_awkward_names_are_read_back_from_every_table_as_they_are(graded: Path, tmp_path: Path) -> None:
    results, papers = graded / "results", tmp_path / "papers"
    assert run_command(["annotate", str(results), "-o", str(papers), "--pending", "-q"]) in (0, 3)
    assert run_command(["export", str(results), "--to", "csv", "--pending", "-q"]) in (0, 3)
    owners = {row["student_id"]: row["name"] for row in rows(graded / "roster.csv")}
    assert {LINK, BROKEN} < set(owners.values())
    for path in (results / "grades.csv", results / "export-csv.csv", papers / "index.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        assert not frame["name"].str.match(r"[=+@]").any()
        names = [plain_cell(cell) for cell in frame["name"].tolist()]
        told = dict(zip(frame["student_id"].tolist(), names, strict=True))
        assert {LINK, BROKEN} & set(names)
        assert all(owners.get(who, "") == name for who, name in told.items() if name)
    assert not {LINK, BROKEN} & {path.stem for path in papers.iterdir()}


def test_awkward_names_stand_on_their_own_papers(graded: Path, tmp_path: Path) -> None:
    results, papers = graded / "results", tmp_path / "papers"
    assert run_command(["annotate", str(results), "-o", str(papers), "--pending", "-q"]) in (0, 3)
    listed = {plain_cell(row["name"]): row["file"] for row in rows(papers / "index.csv") if row["file"]}
    for name in {LINK, BROKEN} & listed.keys():
        with pypdfium2.PdfDocument(papers / listed[name]) as document:
            text = document[0].get_textpage().get_text_range()
        assert " ".join(name.split()) in " ".join(text.split())
    assert {LINK, BROKEN} & listed.keys()


def test_the_file_of_the_lms_is_never_written_over(graded: Path, tmp_path: Path, capsys: Output) -> None:
    student = next(row for row in rows(graded / "results" / "grades.csv") if row["status"] == "final")
    book = tmp_path / "book.csv"
    book.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section\nA,5,{student['student_id']},a,S\n", "utf-8"
    )
    command = ["export", str(graded / "results"), "--to", "canvas", "--into", str(book)]
    assert run_command([*command, "-o", str(book)]) == 2
    assert "is the system's own file" in capsys.readouterr().err
    assert run_command([*command, "-o", str(tmp_path / "new.csv"), "-q"]) == 3
    assert rows(tmp_path / "new.csv")[1]["A tiny exam"] == student["points"]


def test_what_cannot_be_reported_is_told(graded: Path, tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "plain.csv").write_text("student_id,name\n0001,Ab Sent\n", "utf-8")
    command = ["report", str(graded / "results"), "--by", "group", "--roster", str(tmp_path / "plain.csv")]
    assert run_command(command) == 2
    assert "no student has a group" in capsys.readouterr().err
    assert run_command(["report", str(tmp_path)]) == 2
    assert run_command(["export", str(graded / "results"), "--to", "csv", "--exam", "none"]) == 2
    assert "name one of tiny-2026" in capsys.readouterr().err


# --- the pages of the documentation ----------------------------------------------------------------

DOCS = Path(__file__).parents[1] / "docs"


def commands(page: str) -> list[str]:
    """Every command that a page of the documentation shows."""
    blocks = re.findall(r"^```\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("scangrade ")]


def downloads(folder: Path, student: str) -> None:
    """The files that the pages name, as each system would give them for one student."""
    files = {
        "gradebook.csv": f"Student,ID,SIS User ID,SIS Login ID,Section\nA,5,{student},a,S\n",
        "moodle.csv": f"First name,Last name,ID number,Email address\nA,B,{student},\n",
        "worksheet.csv": "Identifier,Full name,Email address,ID number,Grade,Maximum Grade\n"
        f"Participant 1,A,,{student},,4.00\n",
        "gc.xls": "Last Name,First Name,Username,Student ID,Final exam [Total Pts: 4 Score] |7\n"
        f"B,A,a,{student},\n",
        "d2l.csv": f"OrgDefinedId,Username,End-of-Line Indicator\n#{student},#a,#\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


@pytest.mark.parametrize("command", [*commands("report.md"), *commands("export.md")])
def test_every_command_of_the_pages_on_reports_and_exports_runs(
    graded: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(graded / "results", tmp_path / "results")
    done = next(row for row in rows(tmp_path / "results" / "grades.csv") if row["status"] == "final")
    downloads(tmp_path, done["student_id"])
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command.replace("algebra-2026", "tiny-2026"))
    assert run_command([*words[1:], "-q"]) in (0, 3)
    if "export" in command:
        system = shlex.split(command)[shlex.split(command).index("--to") + 1]
        assert list((tmp_path / "results").glob(f"export-{system}.*"))
