"""A batch with hostile names and hostile files: all of it in the tables, and nothing that runs there."""

import csv
import io
import os
import re
import shutil
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.formats import GradeRow, PageRow
from pipeline.reading import find_scans
from pipeline.reporting import read_table
from tests.reading.raw_pdf import CATALOG, page, stream, write_pdf
from tests.rehearsal import rehearse

FORMULA = re.compile(r"""[\s"\ufeff]*[=+\-@\uff1d]|[\t\r\n]""")
NUMBER = re.compile(r"[+-]?[0-9.]+(?:/[0-9]+)?|[=+@-]")
NAMES = (
    "=HYPERLINK(1)", "@SUM(A1)", "\t=1", "two\n=lines", 'Jo "JJ" Jones', "Doe;=cmd()|' /C calc'!A0", "-1.5",
    "x" * 500, "gpj\u202e", "שלום\u200f", "\uff1d1", "nul\\0", "-2+3",
)  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    rehearsal = rehearse(folder)
    scans = rehearsal / "scans"
    (first, *_) = sorted(scans.iterdir())
    shutil.copy(first, scans / f"=cmd()|' a'!A0{first.suffix}")
    first.rename(scans / os.fsdecode(b"-caf\xe9;=1\n\x1b[31m" + os.fsencode(first.suffix)))
    (scans / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    write_pdf(scans / "huge.pdf", page(stream(b""), entries=b"/UserUnit 1000"))
    write_pdf(scans / "round.pdf", {**CATALOG, 3: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"})
    (scans / "out.pdf").symlink_to("/etc/hostname")
    os.mkfifo(scans / "pipe.tif")
    text = (rehearsal / "roster.csv").read_text("utf-8")
    out = io.StringIO()
    csv.writer(out).writerows((f"90{number:02d}", name, "A") for number, name in enumerate(NAMES))
    columns = text.partition("\n")[0].split(",")
    assert columns[:3] == ["student_id", "name", "version"]
    rows = [line + "," * (len(columns) - 3) for line in out.getvalue().split("\r\n")]
    roster = folder / "roster.csv"
    roster.write_text(text + "\n".join(rows).rstrip(","), encoding="utf-8", newline="")
    lists = ["--roster", str(roster), "--sheets", str(rehearsal / "sheets.csv")]
    keys = ["--keys", str(rehearsal / "tiny.yaml")]
    assert run_command(["grade", str(scans), *keys, *lists, "-o", str(folder / "results"), "-j", "1"]) == 4
    return folder


def test_every_file_is_in_the_ledger_whatever_it_is_and_is_called(results: Path) -> None:
    rows = read_table(results / "results" / "pages.csv", PageRow)
    outcomes = {row["file"]: row["outcome"] for row in rows if row["file"]}
    assert {scan.file for scan in find_scans([results / "rehearsal" / "scans"])} == set(outcomes)
    bad = ("cut.pdf", "huge.pdf", "out.pdf", "pipe.tif", "round.pdf")
    assert {name: outcomes.pop(name) for name in bad} == dict.fromkeys(bad, "unreadable")
    assert any(name.startswith("-caf\\xe9;=1\\x0a\\x1b[31m") for name in outcomes)
    assert set(outcomes.values()) <= {"read", "blank", "duplicate", "scratch"}
    assert "read" in outcomes.values()


def test_no_cell_of_any_table_is_a_formula(results: Path) -> None:
    tables = sorted((results / "results").glob("*.csv"))
    assert {"grades.csv", "answers.csv", "pages.csv", "review.csv"} <= {table.name for table in tables}
    for table in tables:
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                assert [cell for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []
        for line in table.read_text("utf-8").split("\n"):
            for part in line.split(";")[1:]:  # as a spreadsheet with decimal commas takes it apart
                assert not FORMULA.match(part)


def test_names_come_back_as_they_were(results: Path) -> None:
    rows = read_table(results / "results" / "grades.csv", GradeRow)
    assert {row["name"] for row in rows} >= {name.strip() for name in NAMES}


def test_what_is_said_of_it_hides_nothing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["status", str(results / "results")]) == 0
    said = capsys.readouterr().out
    assert "unreadable" in said
    assert all(line.isprintable() for line in said.splitlines())
