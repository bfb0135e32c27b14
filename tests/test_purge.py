"""A purge takes away who is who, for good, and leaves what can be said of everybody."""

import csv
import json
import shutil
import sqlite3
import zlib
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.cli import run_command
from pipeline.store import Store
from pipeline.verify import verify_folder
from tests.rehearsal import grade_arguments, rehearse

Output = pytest.CaptureFixture[str]
Rows = list[dict[str, str]]

NAMES = ("Quirina Zwölfaxing", "Theobald Xylander-Öz", "Wu Ming-Yongxyq", "Ypsilantis, Zoë Q.")
EMAIL = "quirina.zwoelfaxing@students.example"
NOTE = "Frau Zwoelfaxing rief an"
DECIDER = "Examiner Kraxelhuber"
SCAN = "Theobald-Xylander-scan"


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded folder in which names stand wherever they can: roster, notes, files, history, backups."""
    rehearsal = rehearse(tmp_path_factory.mktemp("pile"))
    ids = [row["student_id"] for row in rows(rehearsal / "roster.csv")] + ["7777"]
    lines = [f'{one},"{name}",{EMAIL},"{name} group"' for one, name in zip(ids, NAMES, strict=True)]
    (rehearsal / "roster.csv").write_text("student_id,name,email,group\n" + "\n".join(lines) + "\n", "utf-8")
    for number, scan in enumerate(sorted((rehearsal / "scans").iterdir())):
        scan.rename(scan.with_name(f"{SCAN}-{number}{scan.suffix}"))
    (rehearsal / "scans" / f"{SCAN}-torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    results = rehearsal / "results"
    run_command(grade_arguments(rehearsal, results, "-q", "--marks"))
    decide(results, "B")
    decide(results, "A")
    (results / "second-look.pdf").write_bytes(b"%PDF " + NAMES[0].encode())
    return rehearsal


@pytest.fixture
def results(pile: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pile / "results", tmp_path / "results")


def decide(results: Path, value: str) -> None:
    """Decide the first question of the first student, with a note that names somebody."""
    first = rows(results / "answers.csv")[0]
    with Store.open(results, write=False) as store:
        source = next(one for one in store.sources() if one.file == first["file"])
    table = results.parent / "decided.csv"
    row = f"answer-{source.sha256[:12]}-{first['page']}-{first['question']},{value},{NOTE}"
    table.write_text(f"doubt,decision,note\n{row}\n", "utf-8")
    command = ["review", str(results), "--decisions", str(table), "--by", DECIDER, "-q"]
    assert run_command(command) in (0, 3, 4)


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def every_byte(folder: Path) -> bytes:
    return b"\n".join(path.name.encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())


def words_of(names: tuple[str, ...]) -> list[bytes]:
    """Words of names of which none may be left."""
    return [word.encode() for name in names for word in name.replace(",", "").split() if len(word) > 3]


def written(text: str) -> list[bytes]:
    """A text as it may stand in a file: as it is, or with escapes as in JSON."""
    return [text.encode(), json.dumps(text)[1:-1].encode()]


@pytest.mark.parametrize("level", ["names", "ids"])
def test_no_byte_of_a_name_is_left(results: Path, level: str) -> None:
    before = every_byte(results)
    secrets = [EMAIL.encode(), NOTE.encode(), DECIDER.encode(), SCAN.encode(), *words_of(NAMES)]
    assert all(secret in before for secret in (NOTE.encode(), DECIDER.encode(), SCAN.encode()))
    assert run_command(["purge", str(results), "--level", level, "--yes", "-q"]) == 0
    after = every_byte(results)
    found = [secret for text in secrets for secret in written(text.decode()) if secret in after]
    assert found == []
    assert sorted(path.name for path in results.iterdir()) == [
        "answers.csv",
        "grades.csv",
        "items.csv",
        "pages.csv",
        "run.sqlite",
    ]


def test_reports_and_exports_are_removed(results: Path) -> None:
    assert run_command(["report", str(results), "-q"]) == 0
    assert run_command(["export", str(results), "--to", "csv", "-q"]) in (0, 3)
    assert {"export-csv.csv", "grades.xlsx", "report.html"} <= {path.name for path in results.iterdir()}
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    assert sorted(path.name for path in results.iterdir()) == [
        *("answers.csv", "grades.csv", "items.csv", "pages.csv", "run.sqlite")
    ]
    assert run_command(["verify", str(results), "-q"]) == 0


def test_no_student_id_is_left(results: Path) -> None:
    ids = {row["student_id"] for row in rows(results / "grades.csv")}
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    cells = [
        cell
        for name in ("grades", "answers", "pages")
        for row in rows(results / f"{name}.csv")
        for cell in row.values()
    ]
    assert ids.isdisjoint(cells)
    with Store.open(results, write=False) as store:
        for _, data in store.evidence.blobs():
            assert not any(f'"{one}"'.encode() in zlib.decompress(data) for one in ids)
    assert {row["student_id"] for row in rows(results / "grades.csv")} == {"s1", "s2", "s3", "s4"}
    assert {row["serial"] + row["student_id"] + row["reason"] for row in rows(results / "pages.csv")} == {""}
    assert {row["file"] + row["page"] for row in rows(results / "answers.csv")} == {""}


def test_at_the_level_of_names_the_ids_stay(results: Path) -> None:
    before = rows(results / "grades.csv")
    assert run_command(["purge", str(results), "--level", "names", "--yes", "-q"]) == 0
    after = rows(results / "grades.csv")
    assert [row | {"name": ""} for row in before] == after
    assert {row["file"].split("-")[0] for row in rows(results / "pages.csv")} == {"scan"}


@pytest.mark.parametrize("level", ["names", "ids"])
def test_the_statistics_stay_what_they_were(results: Path, level: str) -> None:
    columns = ("exam", "version", "status", "points", "max_points", "percent", "grade", "doubts")
    of_answers = ("question", "chosen", "value", "correct", "rule", "points", "status", "confidence")

    def statistics() -> list[Counter[tuple[str, ...]]]:
        return [
            Counter(tuple(row[name] for name in columns) for row in rows(results / "grades.csv")),
            Counter(tuple(row[name] for name in of_answers) for row in rows(results / "answers.csv")),
            Counter((row["outcome"],) for row in rows(results / "pages.csv")),
        ]

    def papers() -> Counter[tuple[Fraction, ...]]:
        points: dict[str, list[Fraction]] = {}
        for row in rows(results / "answers.csv"):
            points.setdefault(row["student_id"], []).append(Fraction(row["points"] or -1))
        return Counter(map(tuple, points.values()))

    before, of_papers = statistics(), papers()
    assert run_command(["purge", str(results), "--level", level, "--yes", "-q"]) == 0
    assert statistics() == before
    assert papers() == of_papers


@pytest.mark.parametrize("level", ["names", "ids"])
def test_verify_says_what_it_still_can_check(results: Path, level: str, capsys: Output) -> None:
    seal = verify_folder(results).seal
    assert run_command(["purge", str(results), "--level", level, "--yes", "-q"]) == 0
    capsys.readouterr()
    assert run_command(["verify", str(results), "--seal", seal]) == 0
    said = capsys.readouterr().out
    assert "purged    at 20" in said
    assert "no reading and no decision can be checked any more" in said
    assert "4 students, the same points again from the evidence" in said
    (results / "grades.csv").write_bytes((results / "grades.csv").read_bytes().replace(b"final", b"finals"))
    assert run_command(["verify", str(results)]) == 1


@pytest.mark.parametrize("level", ["names", "ids"])
def test_students_in_doubt_stay_in_doubt(pile: Path, tmp_path: Path, level: str, capsys: Output) -> None:
    results, roster = tmp_path / "results", tmp_path / "roster.csv"
    roster.write_text(f"student_id,name\n9999,{NAMES[0]}\n", "utf-8")
    arguments = ["grade", str(pile / "scans"), "--keys", str(pile / "tiny.yaml"), "-o", str(results), "-q"]
    assert run_command([*arguments, "--roster", str(roster), "-j", "1"]) in (3, 4)
    before = Counter((row["status"], row["points"], row["doubts"]) for row in rows(results / "grades.csv"))
    assert len({status for status, _, _ in before}) > 1
    capsys.readouterr()
    assert run_command(["purge", str(results), "--level", level, "--yes"]) == 0
    assert "doubts are open, and nobody can decide them afterwards" in capsys.readouterr().out
    after = Counter((row["status"], row["points"], row["doubts"]) for row in rows(results / "grades.csv"))
    assert after == before
    assert verify_folder(results).verdict == "intact"


def test_a_purge_that_was_ended_is_finished_by_the_next(results: Path) -> None:
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    seal = verify_folder(results).seal
    (results / "second-look.pdf").write_bytes(b"%PDF")
    (results / "review.csv").write_bytes(b"doubt\n")
    (results / "grades.csv").write_text(f"student_id,name\n1,{NAMES[0]}\n", "utf-8")
    (finding,) = verify_folder(results).findings
    assert finding.advice.startswith(f"scangrade purge {results}")
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    assert not (results / "second-look.pdf").exists()
    assert not (results / "review.csv").exists()
    assert verify_folder(results).seal == seal


def test_a_purge_can_go_on_from_names_to_ids(results: Path) -> None:
    ids = {row["student_id"] for row in rows(results / "grades.csv")}
    assert run_command(["purge", str(results), "--level", "names", "--yes", "-q"]) == 0
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    assert ids.isdisjoint(row["student_id"] for row in rows(results / "grades.csv"))
    assert verify_folder(results).verdict == "intact"
    before = every_byte(results)
    assert run_command(["purge", str(results), "--level", "names", "--yes", "-q"]) == 0
    assert verify_folder(results).seal.encode() in before


def test_nothing_more_is_graded_in_a_purged_folder(pile: Path, results: Path, capsys: Output) -> None:
    assert run_command(["purge", str(results), "--yes", "-q"]) == 0
    for command in (
        grade_arguments(pile, results, "-q"),
        ["regrade", str(results)],
        ["regrade", str(results), "--preview"],
        ["review", str(results), "--second-look", "3"],
    ):
        assert run_command(command) == 2
        assert "was purged at" in capsys.readouterr().err
    assert run_command(["status", str(results)]) == 0
    assert "purged" in capsys.readouterr().out


def test_what_goes_is_said_before_it_goes(
    results: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = every_byte(results)
    assert run_command(["purge", str(results)]) == 2
    said = capsys.readouterr()
    assert "removes  names and e-mails of 4 of 4 students" in said.out
    assert "removes  4 readings of pages; 2 decisions" in said.out
    assert "second-look.pdf" in said.out
    assert "say --yes" in said.err
    assert every_byte(results) == before


def test_files_of_other_programs_are_left_alone_and_named(results: Path, capsys: Output) -> None:
    (results / "backup of grades.xlsx").write_bytes(b"PK")
    assert run_command(["purge", str(results), "--yes"]) == 3
    assert "left alone: backup of grades.xlsx" in capsys.readouterr().out
    assert (results / "backup of grades.xlsx").read_bytes() == b"PK"


def test_a_folder_whose_evidence_is_damaged_is_not_half_purged(results: Path, capsys: Output) -> None:
    with sqlite3.connect(results / "run.sqlite") as connection:
        connection.execute("DELETE FROM evidence")
    connection.close()
    before = every_byte(results)
    assert run_command(["purge", str(results), "--yes", "-q"]) == 1
    assert "its evidence is damaged" in capsys.readouterr().err
    assert every_byte(results) == before


def test_a_folder_without_grades_is_refused(pile: Path, tmp_path: Path, capsys: Output) -> None:
    results = tmp_path / "only-read"
    arguments = ["read", str(pile / "scans"), "--keys", str(pile / "tiny.yaml"), "-o", str(results), "-q"]
    assert run_command(arguments) in (0, 3, 4)
    assert run_command(["purge", str(results), "--yes"]) == 2
    assert "holds no grades with their evidence" in capsys.readouterr().err
