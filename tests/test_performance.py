"""The table of docs/performance.md says what was measured, and only that."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import _performance
from benchmarks._performance import BEGIN, DOCUMENT, END, KINDS, kept_lines, main, table

BY = "this machine and program"


def line(name: str, by: str = BY, **values: float) -> dict[str, Any]:
    return {"name": name, "by": by, "load": 0.1, "values": values}


def pile(size: int, jobs: int, cpu: float, wall: float, most: float) -> dict[str, Any]:
    name = f"{size} pages, {jobs} workers"
    return line(name, cpu=cpu, wall=wall, parent=1024.0, worker=2048.0, most=most)


def test_ratios_are_those_of_what_was_measured() -> None:
    measured = [
        line("PNG, 200 dpi", decode=10.0, read=14.0, decide=1.0, boxes=110.0),
        pile(500, 2, 50, 20, 100_000),
        pile(5_000, 2, 500, 200, 110_000),
        pile(1_000, 2, 100, 50, 100_000),
        pile(10_000, 2, 1_050, 500, 120_000),
        pile(1_000, 1, 100, 90, 90_000),
    ]
    text = table({one["name"]: one for one in measured}, BY)
    assert "| PNG, 200 dpi | 110 | 10.0 | 15.0 | 1.50 | 66.7 |" in text
    assert "5,000 pages against 500: 1.10 (aim: 1.2)" in text
    assert "10,000 pages against 1,000: 1.05 (aim: 1.1)" in text
    assert "one worker against two: 1.80 (aim: 1.7)" in text


def test_what_was_not_measured_is_told_as_that() -> None:
    text = table({}, BY)
    assert text.count("not measured") == len(KINDS) + len(_performance.SIZES) + 1 + 3


def test_figures_of_others_and_lines_cut_off_do_not_count(tmp_path: Path) -> None:
    kept = tmp_path / "speed.jsonl"
    lines = [line("mine", cpu=1.0), line("theirs", by="another machine", cpu=2.0), line("cut", cpu=3.0)]
    text = "\n".join(map(json.dumps, lines))
    kept.write_text(text[:-4], "utf-8")
    assert set(kept_lines(kept, BY)) == {"mine"}
    assert kept_lines(tmp_path / "nowhere", BY) == {}


def test_the_table_is_written_into_its_place_and_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "performance.md"
    copy.write_text(DOCUMENT.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(_performance, "DOCUMENT", copy)
    monkeypatch.setattr(_performance, "where_and_what", lambda: BY)
    kept = tmp_path / "speed.jsonl"
    kept.write_text(json.dumps(line("PNG, 200 dpi", decode=10.0, read=14.0, decide=1.0, boxes=110.0)) + "\n")
    for _ in range(2):
        assert main(["--only-table", "--write", "--keep", str(kept)]) == 0
    before, after = DOCUMENT.read_text("utf-8"), copy.read_text("utf-8")
    assert after.partition(BEGIN)[0] == before.partition(BEGIN)[0]
    assert after.partition(END)[2] == before.partition(END)[2]
    assert after.count(f"Measured on: {BY}.") == 1
