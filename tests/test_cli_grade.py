"""Whole runs: what a person gets for good and for bad input."""

import csv
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.cli import run_command
from pipeline.errors import ResultsFault, UsageFault
from pipeline.model import PageFailed, PageSource
from pipeline.store import Fingerprint, Store
from tests.rehearsal import EXAM, OTHER_EXAM, STUDENTS, grade_arguments, rehearse, write_exam

Output = pytest.CaptureFixture[str]
ROOT = Path(__file__).parent.parent
TABLES = ("answers.csv", "grades.csv", "items.csv", "pages.csv", "review.csv")


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal that tests copy and must not change."""
    return rehearse(tmp_path_factory.mktemp("pile"))


@pytest.fixture
def rehearsal(pile: Path, tmp_path: Path) -> Path:
    """A rehearsal of one's own."""
    return shutil.copytree(pile, tmp_path / "rehearsal")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(results: Path) -> dict[str, bytes]:
    return {name: (results / name).read_bytes() for name in TABLES}


# --- good input ------------------------------------------------------------------------------------


def test_scans_become_grades(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "out"
    assert run_command(grade_arguments(rehearsal, results)) in (0, 3)
    said = capsys.readouterr()
    assert f"read {STUDENTS} pages, 0 known" in said.err
    assert "tiny-2026" in said.out
    assert str(results) in said.out
    roster = rows(rehearsal / "roster.csv")
    assert {row["student_id"] for row in rows(results / "grades.csv")} == {
        row["student_id"] for row in roster
    }
    assert {"sums", "section points"} <= set(rows(results / "grades.csv")[0])
    assert [row["outcome"] for row in rows(results / "pages.csv")] == ["read"] * STUDENTS
    assert sorted(path.name for path in results.iterdir()) == sorted([*TABLES, "run.sqlite"])


def test_every_answer_that_is_no_doubt_is_the_true_one(rehearsal: Path, tmp_path: Path) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "-q"))
    truth = {(row["student_id"], row["question"]): row for row in rows(rehearsal / "truth" / "answers.csv")}
    answers = rows(tmp_path / "out" / "answers.csv")
    assert len(answers) == 3 * STUDENTS
    clear = [row for row in answers if row["status"] == "final"]
    assert len(clear) >= 2 * STUDENTS
    assert [row["chosen"] for row in clear] == [
        truth[row["student_id"], row["question"]]["chosen"] for row in clear
    ]


def test_a_second_run_reads_nothing_again_and_writes_the_same(
    rehearsal: Path, tmp_path: Path, capsys: Output
) -> None:
    results = tmp_path / "out"
    code = run_command(grade_arguments(rehearsal, results))
    first = tables(results)
    capsys.readouterr()
    assert run_command(grade_arguments(rehearsal, results)) == code
    assert f"read 0 pages, {STUDENTS} known" in capsys.readouterr().err
    assert tables(results) == first


@pytest.mark.parametrize("command", ["grade", "regrade"])
def test_a_changed_key_grades_again_without_opening_an_image(
    rehearsal: Path, tmp_path: Path, capsys: Output, command: str
) -> None:
    results = tmp_path / "out"
    run_command(grade_arguments(rehearsal, results))
    points = {row["student_id"]: row["points"] for row in rows(results / "grades.csv")}
    capsys.readouterr()
    write_exam(rehearsal, EXAM.replace("answer: true", "answer: false"))
    if command == "regrade":
        shutil.rmtree(rehearsal / "scans")
        run_command(["regrade", str(results)])
    else:
        run_command(grade_arguments(rehearsal, results))
        assert f"read 0 pages, {STUDENTS} known" in capsys.readouterr().err
    assert {row["student_id"]: row["points"] for row in rows(results / "grades.csv")} != points


def test_several_processes_write_the_same_as_one(rehearsal: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run_command(grade_arguments(rehearsal, one))
    run_command([*grade_arguments(rehearsal, two), "-j", "2"])
    assert tables(one) == tables(two)


def test_the_result_can_be_json(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    code = run_command(grade_arguments(rehearsal, tmp_path / "out", "--json", "-q"))
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert (result["exit_code"], result["decoded"], result["known"]) == (code, STUDENTS, 0)
    assert result["pages"] == {"read": STUDENTS}
    assert said.err == ""


def test_quiet_says_nothing_when_all_is_well(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "-q"))
    assert capsys.readouterr() == ("", "")


def test_marks_are_written_when_asked_for(rehearsal: Path, tmp_path: Path) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "--marks"))
    assert {row["state"] for row in rows(tmp_path / "out" / "marks.csv")} >= {"empty", "marked"}


def test_reading_alone_writes_marks_and_pages(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "out"
    keys = ["--keys", str(rehearsal / "tiny.yaml")]
    assert run_command(["read", str(rehearsal / "scans"), *keys, "-o", str(results), "-j", "1"]) in (0, 3)
    assert sorted(path.name for path in results.iterdir()) == ["marks.csv", "pages.csv", "run.sqlite"]
    capsys.readouterr()
    run_command(grade_arguments(rehearsal, results))
    assert f"read 0 pages, {STUDENTS} known" in capsys.readouterr().err


def test_status_says_what_a_run_said(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "-q"))
    assert run_command(["status", str(tmp_path / "out"), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["pages"] == {"read": STUDENTS}
    assert [sum(exam["students"].values()) for exam in status["exams"]] == [STUDENTS]
    assert status["notices"] == []


def test_pages_scanned_upside_down_or_sideways_are_told(tmp_path: Path, capsys: Output) -> None:
    scans = rehearse(tmp_path, "--upside-down", "1", "--sideways", "1")
    run_command(grade_arguments(scans, tmp_path / "out", "-q"))
    truth = {(row["file"], row["page"]): row["turned"] for row in rows(scans / "truth" / "pages.csv")}
    found = {(row["file"], row["page"]): row["turned"] for row in rows(tmp_path / "out" / "pages.csv")}
    assert found == truth
    assert sorted(turned in ("90", "270") for turned in found.values() if turned) == [False, True]
    capsys.readouterr()
    assert run_command(["status", str(tmp_path / "out")]) == 0
    assert "pages scanned 1 upside-down and 1 sideways: turned in pages.csv" in capsys.readouterr().out


def test_a_students_page_that_is_unreadable_leaves_the_others_graded(
    rehearsal: Path, tmp_path: Path, capsys: Output
) -> None:
    (rehearsal / "scans" / "zz-torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    assert run_command(grade_arguments(rehearsal, tmp_path / "out")) == 4
    assert "1 unreadable" in capsys.readouterr().out
    assert len(rows(tmp_path / "out" / "grades.csv")) == STUDENTS


# --- bad input -------------------------------------------------------------------------------------


def error_line(arguments: list[str], code: int, capsys: Output) -> str:
    """The one error line of a run that ends with ``code``."""
    capsys.readouterr()
    assert run_command(arguments) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def test_a_folder_that_does_not_exist_is_told(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    shutil.rmtree(rehearsal / "scans")
    line = error_line(grade_arguments(rehearsal, tmp_path / "out"), 2, capsys)
    assert str(rehearsal / "scans") in line
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_told(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    shutil.rmtree(rehearsal / "scans")
    (rehearsal / "scans").mkdir()
    assert str(rehearsal / "scans") in error_line(grade_arguments(rehearsal, tmp_path / "out"), 2, capsys)
    assert not (tmp_path / "out").exists()


def truncate(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def lock_with_password(path: Path) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user="user"))


def replace_by_text(path: Path) -> None:
    path.unlink()
    path.with_suffix(".jpg").write_text("this is a text", encoding="utf-8")


@pytest.mark.parametrize("spoil", [truncate, lock_with_password, replace_by_text])
def test_a_file_that_cannot_be_read_is_in_the_ledger_with_its_reason(  # type: ignore[no-untyped-def]
    rehearsal: Path, tmp_path: Path, capsys: Output, spoil
) -> None:
    spoil(rehearsal / "scans" / "scans.pdf")
    assert run_command(grade_arguments(rehearsal, tmp_path / "out")) == 4
    assert "Traceback" not in capsys.readouterr().err
    ledger = rows(tmp_path / "out" / "pages.csv")
    assert "unreadable" in {row["outcome"] for row in ledger}
    assert all(row["reason"] for row in ledger if row["outcome"] == "unreadable")
    assert len(rows(tmp_path / "out" / "grades.csv")) == STUDENTS


def test_a_key_with_a_typo_is_told_with_its_place(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    write_exam(rehearsal, EXAM.replace("marking: any", "markng: any"))
    line = error_line(grade_arguments(rehearsal, tmp_path / "out"), 2, capsys)
    assert f"{rehearsal / 'tiny.yaml'}:3:1:" in line
    assert "marking" in line
    assert not (tmp_path / "out").exists()


def test_a_roster_without_ids_is_told(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    (rehearsal / "roster.csv").write_text("nr,name\n1,Ann\n", encoding="utf-8")
    line = error_line(grade_arguments(rehearsal, tmp_path / "out"), 2, capsys)
    assert f"{rehearsal / 'roster.csv'}:1" in line
    assert "student_id" in line


def test_a_results_folder_of_another_exam_is_refused_and_unchanged(
    rehearsal: Path, tmp_path: Path, capsys: Output
) -> None:
    results = tmp_path / "out"
    run_command(grade_arguments(rehearsal, results))
    before = tables(results)
    write_exam(rehearsal, OTHER_EXAM)
    code = run_command(grade_arguments(rehearsal, results))
    said = capsys.readouterr().err
    assert code in (1, 2)
    assert "tiny-2026" in said
    assert "other-2026" in said
    assert tables(results) == before


def test_a_folder_that_another_run_holds_is_refused(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    with Store.open(tmp_path / "out"):
        line = error_line(grade_arguments(rehearsal, tmp_path / "out"), 1, capsys)
    assert f"process {os.getpid()} on " in line


def test_a_damaged_database_is_told(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "out"
    run_command(grade_arguments(rehearsal, results))
    before = tables(results)
    (results / "run.sqlite").write_bytes(b"nonsense" * 1000)
    assert "is damaged" in error_line(grade_arguments(rehearsal, results), 1, capsys)
    assert tables(results) == before


def test_a_folder_that_is_no_results_folder_has_no_status(tmp_path: Path, capsys: Output) -> None:
    assert "not a results folder" in error_line(["status", str(tmp_path)], 2, capsys)
    assert "there is no folder" in error_line(["status", str(tmp_path / "none")], 2, capsys)


# --- a disk that is full ---------------------------------------------------------------------------


def in_process(arguments: list[str], *, largest_file: int | None = None) -> subprocess.Popen[str]:
    """The command in a process group of its own, with a limit on file sizes."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=limit,  # noqa: PLW1509 (nothing else runs in this process at that moment)
    )


@pytest.mark.parametrize("size", [0, 2_000, 20_000])
def test_a_full_disk_is_told_and_a_later_run_goes_on(rehearsal: Path, tmp_path: Path, size: int) -> None:
    results = tmp_path / "out"
    child = in_process(grade_arguments(rehearsal, results), largest_file=size)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "limit on file sizes" in said
    assert "Traceback" not in said
    assert not any((results / name).exists() for name in TABLES)
    assert run_command(grade_arguments(rehearsal, results)) in (0, 3)
    run_command(grade_arguments(rehearsal, tmp_path / "undisturbed"))
    assert tables(results) == tables(tmp_path / "undisturbed")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_written_leaves_the_others_as_they_were(
    rehearsal: Path, tmp_path: Path, capsys: Output, name: str
) -> None:
    results = tmp_path / "out"
    run_command(grade_arguments(rehearsal, results))
    before = tables(results)
    (results / name).unlink()
    (results / name).symlink_to("/dev/full")
    write_exam(rehearsal, EXAM.replace("answer: true", "answer: false"))
    line = error_line(grade_arguments(rehearsal, results), 1, capsys)
    assert f"{results / name}: the disk is full" in line
    assert {n: (results / n).read_bytes() for n in TABLES if n != name} == {
        n: data for n, data in before.items() if n != name
    }


# --- interrupted -----------------------------------------------------------------------------------


COPIES = 12


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, pile: Path) -> tuple[Path, dict[str, bytes]]:
    """A rehearsal of more files, and its tables after an undisturbed run."""
    rehearsal = shutil.copytree(pile, tmp_path_factory.mktemp("many") / "rehearsal")
    with pikepdf.open(rehearsal / "scans" / "scans.pdf") as pdf:
        for place in range(COPIES):
            page = pikepdf.new()
            page.pages.append(pdf.pages[place % STUDENTS])
            page.docinfo["/Title"] = f"copy {place}"
            page.save(rehearsal / "scans" / f"copy-{place:02}.pdf")
    results = rehearsal.parent / "undisturbed"
    run_command([*grade_arguments(rehearsal, results), "-j", "2"])
    return rehearsal, tables(results)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 130),
        (signal.SIGHUP, 130),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_an_interrupted_run_goes_on_where_it_was(
    many: tuple[Path, dict[str, bytes]], tmp_path: Path, capsys: Output, how: signal.Signals, code: int
) -> None:
    rehearsal, undisturbed = many
    results = tmp_path / "out"
    arguments = [*grade_arguments(rehearsal, results), "-j", "2"]
    child = in_process(arguments)
    wait_until_read(results, child)
    os.killpg(child.pid, how)
    _, said = child.communicate(timeout=60)
    assert child.returncode in (code, 0, 3, 4)  # it may have been done already
    if child.returncode == 130:
        assert said.count("run the same command again") == 1
    if how != signal.SIGKILL:
        assert not set(said.lower().split()) & {"traceback", "leaked", "semaphore", "exception"}
    run_command(arguments)
    assert f"read {COPIES + STUDENTS} pages" not in capsys.readouterr().err
    assert tables(results) == undisturbed


def wait_until_read(results: Path, child: subprocess.Popen[str]) -> None:
    """Wait until a page is in the store."""
    while child.poll() is None:
        # A fault means that there is no table yet.
        with suppress(ResultsFault, UsageFault), Store.open(results, write=False) as store:
            if any(store.readings(store.sources())):
                return
        time.sleep(0.02)


def decide(results: Path, decisions: dict[str, str]) -> Path:
    """A review.csv with decisions written into it."""
    path = results.parent / "decided.csv"
    table = rows(results / "review.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), delimiter=";")
        writer.writeheader()
        writer.writerows([{**row, "decision": decisions.get(row["doubt"], "")} for row in table])
    return path


def test_a_decision_in_a_spreadsheet_settles_a_doubt_without_opening_an_image(
    rehearsal: Path, tmp_path: Path, capsys: Output
) -> None:
    results = tmp_path / "out"
    (rehearsal / "scans" / "zz-torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    assert run_command(grade_arguments(rehearsal, results)) == 4
    (doubt,) = [row["doubt"] for row in rows(results / "review.csv") if row["file"].endswith("zz-torn.jpg")]
    decided = decide(results, {doubt: "foreign"})
    shutil.rmtree(rehearsal / "scans")
    capsys.readouterr()
    assert run_command(["review", str(results), "--decisions", str(decided), "--by", "Eva"]) in (0, 3)
    assert "decisions: 1 new, 0 as before" in capsys.readouterr().out
    assert doubt not in {row["doubt"] for row in rows(results / "review.csv")}
    assert "decisions made by a person: 1" in status_of(results, capsys)["notices"]


def status_of(results: Path, capsys: Output) -> dict[str, Any]:
    capsys.readouterr()
    assert run_command(["status", str(results), "--json"]) == 0
    status: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status


def test_status_says_what_an_interrupted_run_left(tmp_path: Path, capsys: Output) -> None:
    sources = [PageSource(file="a.pdf", path="/scans/a.pdf", page=n, sha256="a" * 64) for n in (1, 2, 3)]
    failed = PageFailed(source=sources[0], code="truncated", message="it ends early", hint="")
    with Store.open(tmp_path / "out") as store:
        store.add_pages(sources)
        store.save(failed, Fingerprint(reader="1", coded=frozenset(), fixed=""))
    status = status_of(tmp_path / "out", capsys)
    assert status["notices"] == [
        "2 of 3 pages have not been read yet",
        "so far 0 pages are read, 0 match no layout, 1 cannot be read",
    ]
    assert "run the interrupted command again" in status["next_steps"][0]


def test_status_says_who_is_at_work_and_how_far(tmp_path: Path, capsys: Output) -> None:
    sources = [PageSource(file="a.pdf", path="/scans/a.pdf", page=n, sha256="a" * 64) for n in (1, 2)]
    with Store.open(tmp_path / "out") as store:
        store.add_pages(sources)
        status = status_of(tmp_path / "out", capsys)
    assert status["notices"][0].startswith(f"process {os.getpid()} on ")
    assert status["notices"][1] == "2 of 2 pages have not been read yet"
    assert status["next_steps"] == []


def test_status_says_that_tables_are_still_to_be_replaced(
    rehearsal: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ESTALE, "Stale")))
        line = error_line(grade_arguments(rehearsal, results), 1, capsys)
    assert line.endswith("the network folder is gone")
    assert any("the next run finishes that" in one for one in status_of(results, capsys)["notices"])
    run_command(grade_arguments(rehearsal, results))
    run_command(grade_arguments(rehearsal, tmp_path / "undisturbed"))
    assert tables(results) == tables(tmp_path / "undisturbed")
    assert status_of(results, capsys)["notices"] == []


def test_status_sees_pages_that_no_table_lists_yet(rehearsal: Path, tmp_path: Path, capsys: Output) -> None:
    run_command(grade_arguments(rehearsal, tmp_path / "out", "-q"))
    source = PageSource(file="late.pdf", path="/scans/late.pdf", page=1, sha256="b" * 64)
    with Store.open(tmp_path / "out") as store:
        store.add_pages([source])
    notices = status_of(tmp_path / "out", capsys)["notices"]
    assert f"pages.csv lists {STUDENTS} of {STUDENTS + 1} pages: a run is not finished" in notices
