"""What a person reads at the end of a run."""

import io
import re

import pytest

from pipeline.reporting import ExamLine, Summary, print_summary

SUMMARY = Summary(
    folder="results",
    pages={"read": 14, "blank": 1, "unreadable": 2, "": 1, "foreign": 0},
    exams=[
        ExamLine(exam="maths", students={"final": 5, "review": 2, "absent": 1}),
        ExamLine(exam="physics", students={"final": 10}),
    ],
    doubts=3,
    files=["grades.csv", "pages.csv"],
    notices=["version B has no sheet"],
    next_steps=["scangrade review results"],
)


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        return True


def printed(summary: Summary, out: io.StringIO) -> str:
    print_summary(summary, out)
    return out.getvalue()


def test_a_file_gets_an_aligned_table_and_plain_lines() -> None:
    assert printed(SUMMARY, io.StringIO()).splitlines() == [
        "exam     students  graded  to review  absent",
        "maths           8       5          2       1",
        "physics        10      10          0       0",
        "all            18      15          2       1",
        "",
        "pages    17 in all: 14 read, 1 blank, 2 unreadable, 1 missing",
        "doubts   3 for a person to decide",
        "note     version B has no sheet",
        "results  results: grades.csv, pages.csv",
        "next     scangrade review results",
    ]


def test_reading_alone_has_no_table_of_students() -> None:
    text = printed(Summary(folder="results", pages={"read": 1}), io.StringIO())
    assert text == "pages    1 in all: 1 read\n"


def test_a_terminal_gets_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = printed(SUMMARY, Terminal())
    assert "\x1b[" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert re.search(r"maths +8 +5 +2 +1", plain)
    assert "results  results: grades.csv, pages.csv" in plain


def test_no_color_leaves_the_colours_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(SUMMARY, Terminal())
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)
    assert "maths" in text


def test_square_brackets_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    summary = Summary(
        folder="r", pages={}, exams=[ExamLine(exam="[bold]x", students={"final": 1})], notices=["[red]y"]
    )
    text = printed(summary, Terminal())
    assert "[bold]x" in text
    assert "[red]y" in text
