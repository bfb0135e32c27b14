"""Papers that somebody else typeset, as layouts, for tests of whole commands."""

import csv
from pathlib import Path

import pytest

from pipeline.cli import run_command
from tests.paper.typeset import with_latex, with_libreoffice, with_reportlab
from tests.paper.typeset.content import EXAMS, PaperExam

MAKERS = [
    pytest.param(with_reportlab, id="reportlab"),
    pytest.param(with_latex, id="latex", marks=pytest.mark.skipif(
        not with_latex.AVAILABLE, reason="pdflatex is not installed")),
    pytest.param(with_libreoffice, id="libreoffice", marks=[pytest.mark.slow, pytest.mark.skipif(
        not with_libreoffice.AVAILABLE, reason="LibreOffice is not installed")]),
]  # fmt: skip
BY_NAME = [pytest.param(exam, id=exam.name) for exam in EXAMS]
STUDENTS = 3


def template(folder: Path, exam: PaperExam, maker: object = with_reportlab) -> Path:
    """A layout of a typeset exam, ``ponds.json``, made by the command."""
    maker.typeset(exam, folder / "exam.pdf")  # type: ignore[attr-defined]
    assert run_command(["template", str(folder / "exam.pdf"), "-o", str(folder / "ponds.json"), "-q"]) == 0
    return folder / "ponds.json"


def answer_all(exam_file: Path) -> Path:
    """Write the answers into an exam file, as its comments show them."""
    text = exam_file.read_text("utf-8")
    exam_file.write_text(text.replace("# answer:", "answer:"), "utf-8")
    return exam_file


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
