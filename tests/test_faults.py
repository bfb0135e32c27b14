"""Whole runs in which a page, a file, a folder or the machine fails: what is lost, and what is said."""

import csv
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.model import LayoutBook, PageResult, PageSource
from pipeline.reading import PdfEngine
from pipeline.run import read_page
from tests.rehearsal import STUDENTS, grade_arguments, rehearse

Output = pytest.CaptureFixture[str]
TABLES = ("answers.csv", "grades.csv", "pages.csv", "review.csv")


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal that tests copy and must not change, with its tables in ``undisturbed``."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    run_command(grade_arguments(rehearsal, rehearsal / "undisturbed", "-q"))
    return rehearsal


@pytest.fixture
def rehearsal(pile: Path, tmp_path: Path) -> Path:
    """A rehearsal of one's own."""
    return shutil.copytree(pile, tmp_path / "rehearsal")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(results: Path) -> dict[str, bytes]:
    return {name: (results / name).read_bytes() for name in TABLES}


# --- a page that fails -----------------------------------------------------------------------------


@dataclass(frozen=True)
class BadReader:
    """Reads pages, and does something bad before one of them."""

    book: LayoutBook
    engine: PdfEngine
    what: str
    target: str = ""
    page: int = 2

    def __call__(self, source: PageSource) -> PageResult:
        if source.page == self.page:
            BAD[self.what](self.target)
        return read_page(source, self.book, self.engine)


def hang(target: str) -> None:
    time.sleep(600)


def die(target: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat(target: str) -> None:
    bytearray(900 << 20)


def append(target: str) -> None:
    with Path(target).open("ab") as file:
        file.write(b"% one more line\n")


def remove(target: str) -> None:
    shutil.rmtree(target)


BAD: dict[str, Callable[[str], None]] = {
    "hang": hang,
    "die": die,
    "eat": eat,
    "append": append,
    "remove": remove,
}


BOUNDS = {"hang": ("--page-timeout", "6"), "eat": ("--page-memory", "300")}


def spoil(monkeypatch: pytest.MonkeyPatch, what: str, target: Path | str = "") -> None:
    monkeypatch.setattr(
        "pipeline.run.PageReader", lambda book, engine: BadReader(book, engine, what, str(target))
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("hang", "it took longer than 6 seconds"),
        ("die", "the process that read it was ended by SIGKILL"),
        pytest.param(
            "eat",
            "it took more than 300 MB of memory",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only"),
        ),
    ],
)
def test_a_page_that_fails_costs_itself_and_is_read_by_the_next_run(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, says: str, jobs: str
) -> None:
    results = tmp_path / "out"
    bounds = ["-j", jobs, *BOUNDS.get(what, ())]
    with monkeypatch.context() as patch:
        spoil(patch, what)
        assert run_command(grade_arguments(rehearsal, results, "-q", *bounds)) == 4
    ledger = rows(results / "pages.csv")
    assert [row["outcome"] for row in ledger if row["file"]] == ["read", "unreadable", "read"]
    assert says in ledger[1]["reason"]
    assert sorted(row["status"] for row in rows(results / "grades.csv")).count("absent") == 1
    run_command(grade_arguments(rehearsal, results, "-q"))
    assert tables(results) == tables(rehearsal / "undisturbed")


def test_a_file_that_is_changed_while_it_is_read_is_noticed(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "out"
    with monkeypatch.context() as patch:
        spoil(patch, "append", rehearsal / "scans" / "scans.pdf")
        assert run_command(grade_arguments(rehearsal, results, "-q")) == 4
    ledger = rows(results / "pages.csv")
    assert any("was changed while it was being read" in row["reason"] for row in ledger)
    run_command(grade_arguments(rehearsal, results, "-q"))
    assert len(rows(results / "grades.csv")) == STUDENTS
    assert {row["status"] for row in rows(results / "grades.csv")} <= {"final", "review"}


# --- files that come again ---------------------------------------------------------------------------


def test_a_file_that_lies_there_twice_is_read_once_and_listed_twice(
    rehearsal: Path, tmp_path: Path, capsys: Output
) -> None:
    shutil.copy(rehearsal / "scans" / "scans.pdf", rehearsal / "scans" / "again.pdf")
    run_command(grade_arguments(rehearsal, tmp_path / "out"))
    assert f"read {STUDENTS} pages, {STUDENTS} known" in capsys.readouterr().err
    ledger = rows(tmp_path / "out" / "pages.csv")
    assert [(row["file"], row["outcome"]) for row in ledger] == [
        *[("again.pdf", "read")] * STUDENTS,
        *[("scans.pdf", "duplicate")] * STUDENTS,
    ]
    assert {row["reason"] for row in ledger if row["file"] == "scans.pdf"} == {
        f"same answers as again.pdf page {page}" for page in range(1, STUDENTS + 1)
    }


def test_a_file_that_was_renamed_is_not_read_again(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "-q"))
    (rehearsal / "scans" / "scans.pdf").rename(rehearsal / "scans" / "monday.pdf")
    run_command(grade_arguments(rehearsal, tmp_path / "out"))
    assert f"read 0 pages, {STUDENTS} known" in capsys.readouterr().err
    assert {row["file"] for row in rows(tmp_path / "out" / "pages.csv")} == {"monday.pdf"}


# --- folders that vanish -----------------------------------------------------------------------------


def test_a_results_folder_that_vanishes_is_told(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    results = tmp_path / "out"
    spoil(monkeypatch, "remove", results)
    assert run_command(grade_arguments(rehearsal, results)) == 1
    said = capsys.readouterr().err
    assert f"error: the results folder {results} is gone" in said
    assert "put it back and run the same command again" in said
    assert "Traceback" not in said


def test_scans_that_vanish_are_read_when_they_are_back(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, scans = tmp_path / "out", rehearsal / "scans"
    shutil.copytree(scans, tmp_path / "kept")
    with monkeypatch.context() as patch:
        spoil(patch, "remove", scans)
        assert run_command(grade_arguments(rehearsal, results, "-q")) == 4
    assert any("cannot be read" in row["reason"] for row in rows(results / "pages.csv"))
    shutil.copytree(tmp_path / "kept", scans)
    run_command(grade_arguments(rehearsal, results, "-q"))
    assert [row["outcome"] for row in rows(results / "pages.csv")] == ["read"] * STUDENTS
