"""A small exam and its simulated scans, for tests of whole commands."""

import sqlite3
from pathlib import Path

from pipeline.cli import run_command

EXAM = """\
exam: tiny-2026
title: A tiny exam
marking: any
student_id: {kind: digits, length: 4}
total: 4
pass: 2
sections:
  - {id: sums, title: Sums, questions: ["1", "2"]}
  - {id: points, title: A section with a taken name, questions: ["3"]}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: 7, B: 9, C: 27}, printed: C,
     answer: {solve: mlp.parameters, with: {layers: [2, 4, 3], bias: true}}}
  - {id: "2", kind: choices, points: 2, options: {A: one, B: two, C: three}, answer: [A, C]}
  - {id: "3", kind: truefalse, points: 1, answer: true}
"""

OTHER_EXAM = EXAM.replace("tiny-2026", "other-2026")

STUDENTS = 3


def write_exam(folder: Path, text: str = EXAM, name: str = "tiny.yaml") -> Path:
    """An exam file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rehearse(folder: Path, *options: str) -> Path:
    """Simulated scans of the tiny exam: ``scans/``, ``roster.csv``, ``sheets.csv``, ``tiny.yaml``."""
    exam = write_exam(folder / "source")
    scans = folder / "rehearsal"
    arguments = ["simulate", str(exam), "-o", str(scans), "--students", str(STUDENTS), "--seed", "7"]
    assert run_command([*arguments, "--profile", "clean-300", "-q", *options]) == 0
    return scans


def grade_arguments(rehearsal: Path, results: Path, *options: str) -> list[str]:
    """Arguments that grade a rehearsal in this process."""
    lists = ["--roster", str(rehearsal / "roster.csv"), "--sheets", str(rehearsal / "sheets.csv")]
    keys = ["--keys", str(rehearsal / "tiny.yaml")]
    return ["grade", str(rehearsal / "scans"), *keys, *lists, "-o", str(results), "-j", "1", *options]


def without_evidence(connection: sqlite3.Connection) -> None:
    """Make a database what it was before there was a chain of evidence (version 3)."""
    connection.execute("DROP TABLE chain")
    connection.execute("DROP TABLE evidence")
    connection.execute("ALTER TABLE readings DROP COLUMN digest")
    connection.execute("DELETE FROM derived WHERE name = 'marks'")
    connection.execute("PRAGMA user_version = 3")
