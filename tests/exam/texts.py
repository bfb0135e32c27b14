"""Exam files, written to a folder and loaded; with their faults as people see them."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import FileFaults
from pipeline.exam import load_exam
from pipeline.model import ExamFile, Question


def write(folder: Path, text: str, name: str = "exam.yaml") -> Path:
    """Write a text file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> ExamFile:
    """Load an exam file."""
    return load_exam(write(folder, text))


def question(folder: Path, fields: str, version: str = "A") -> Question:
    """Load the one question of an exam, given as a flow map."""
    return loaded(folder, f"exam: e\nquestions:\n  - {fields}\n").versions[version].questions[0]


def faults(folder: Path, text: str) -> list[str]:
    """Load a faulty exam file; each fault without the folder: "exam.yaml:1:7: what: instead"."""
    with pytest.raises(FileFaults) as caught:
        loaded(folder, text)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def question_faults(folder: Path, fields: str) -> list[str]:
    """Load the one faulty question of an exam (on line 3, from column 5)."""
    return faults(folder, f"exam: e\nquestions:\n  - {fields}\n")


def these(*values: Any) -> tuple[Any, ...]:
    """Several values to compare at once; an exact 3 is 3, whatever its type."""
    return values
