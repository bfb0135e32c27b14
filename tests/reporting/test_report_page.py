"""The pictures and the workbook of a report."""

import io
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageFault
from pipeline.formats import GradeRow
from pipeline.reporting import (
    Bar,
    Sheet,
    Table,
    bars_picture,
    histogram,
    read_sheet,
    replace_files,
    table_content,
    workbook,
)

NAMES = ('=HYPERLINK("http://x")', 'Eve ";"\n+1 Example', "http://x", "  -1", "王小明")
AT = "2026-03-01T10:00:00Z"


@given(
    st.lists(st.fractions(-5, 60, max_denominator=4), max_size=30),
    st.sampled_from([Fraction(1), Fraction(10), Fraction(61, 2), Fraction(200)]),
)
def test_everyone_stands_in_one_bar(points: list[Fraction], most: Fraction) -> None:
    bars, _ = histogram(points, most, None)
    assert sum(bar.count for bar in bars) == len(points)
    assert len(bars) <= 26


def test_whole_points_have_a_bar_each_and_the_pass_line_parts_them() -> None:
    bars, between = histogram(
        [Fraction(4), Fraction(5), Fraction(5), Fraction(10)], Fraction(10), Fraction(5)
    )
    assert not between
    assert [(bar.label, bar.count) for bar in bars if bar.count] == [("4", 1), ("5", 2), ("10", 1)]
    assert [bar.label for bar in bars if bar.is_low] == ["0", "1", "2", "3", "4"]


def test_broken_points_stand_between_two_marks_of_the_axis() -> None:
    bars, between = histogram([Fraction(1, 3), Fraction(19, 2), Fraction(100)], Fraction(100), Fraction(10))
    assert between
    assert [(bar.label, bar.count) for bar in bars if bar.count] == [("0", 1), ("5", 1), ("95", 1)]
    assert [bar.label for bar in bars if bar.is_low] == ["0", "5"]


def test_a_picture_is_xml_whatever_its_labels_are() -> None:
    bars = [Bar(label="<b>&\"'", count=3), Bar(label="2.0", count=0)]
    picture = ET.fromstring(bars_picture('grades "<i>"', bars, axis="a & b"))  # noqa: S314 (our own)
    texts = [node.text for node in picture.iter() if node.tag == "text"]
    assert texts == ["3", "<b>&\"'", "2.0", "a & b"]
    assert picture.attrib["aria-label"] == 'grades "<i>"'


def grades(folder: Path) -> Path:
    rows = [
        {"student_id": f"00{at}", "name": name, "status": "final", "points": "2.5", "percent": "1/3"}
        for at, name in enumerate(NAMES)
    ]
    path = folder / "grades.csv"
    replace_files({path: table_content(Table.of(GradeRow, rows))})
    return path


def test_a_workbook_holds_every_text_as_text_and_points_as_numbers(tmp_path: Path) -> None:
    data = workbook({"grades": read_sheet(grades(tmp_path))}, AT)
    page = openpyxl.load_workbook(io.BytesIO(data))["grades"]
    header = [cell.value for cell in page[1]]
    rows = [dict(zip(header, row, strict=True)) for row in page.iter_rows(min_row=2)]
    assert [row["name"].value for row in rows] == list(NAMES)
    assert {(row["name"].data_type, row["name"].hyperlink) for row in rows} == {("s", None)}
    assert [row["student_id"].value for row in rows] == [f"00{at}" for at in range(len(NAMES))]
    assert {row["points"].value for row in rows} == {2.5}
    assert {row["percent"].value for row in rows} == {"1/3"}
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == f"A1:J{len(NAMES) + 1}"
    assert "f" not in {cell.data_type for row in page.iter_rows() for cell in row}


def test_the_same_tables_give_the_same_workbook() -> None:
    sheet = Sheet(columns=("name", "points"), rows=(("Ann", "1"),))
    assert workbook({"grades": sheet}, AT) == workbook({"grades": sheet}, AT)


def test_a_table_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="cannot read") as caught:
        read_sheet(tmp_path / "grades.csv")
    assert "scangrade regrade" in caught.value.hint
