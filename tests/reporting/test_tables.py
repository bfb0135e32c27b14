"""Tables in files, and back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import FileFaults, UsageFault
from pipeline.formats import GradeRow, ReviewRow, RosterRow
from pipeline.reporting import Table, read_frame, read_table, replace_files, table_content

NAMES = ["Ann Example", "王小明", "مريم", "Łucja", "x" * 500]
NAMES += ['Jo "JJ" Jones', "two\nlines", "a\r\nb", "a\rb", "=1+1"]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_is_plain_csv(tmp_path: Path) -> None:
    rows = [{"student_id": "007", "name": "Doe, Jane"}, {"student_id": "8", "name": "=1+1"}]
    path = tmp_path / "roster.csv"
    replace_files({path: table_content(Table(columns=("student_id", "name", "code"), rows=rows))})
    assert path.read_bytes() == b'student_id,name,code\n007,"Doe, Jane",\n8,\'=1+1,\n'


def test_every_name_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = [{"student_id": f"00{n}", "name": name} for n, name in enumerate(NAMES)]
    path = tmp_path / "roster.csv"
    replace_files({path: table_content(Table.of(RosterRow, rows))})
    back = read_table(path, RosterRow)
    assert [(row["student_id"], row["name"]) for row in back] == [
        (row["student_id"], row["name"]) for row in rows
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=4))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("tables") / "roster.csv"
    rows = [{"student_id": "1", "name": text} for text in texts]
    replace_files({path: table_content(Table.of(RosterRow, rows))})
    assert [row["name"] for row in read_table(path, RosterRow)] == texts


def test_a_frame_keeps_ids_and_na_as_text(tmp_path: Path) -> None:
    path = write(tmp_path / "grades.csv", "student_id,name,grade\n007,NA,\n1e5,'=1+1,A\n")
    frame = read_frame(path)
    assert frame.to_numpy().tolist() == [["007", "NA", ""], ["1e5", "=1+1", "A"]]


def test_a_frame_of_no_file_or_of_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="cannot read"):
        read_frame(tmp_path / "none.csv")
    with pytest.raises(UsageFault, match="not a table"):
        read_frame(write(tmp_path / "empty.csv", ""))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = (
        delimiter.join(["name", "extra", "student_id"])
        + "\r\n"
        + delimiter.join(["Ann", "x", "007"])
        + "\r\n"
    )
    (row,) = read_table(write(tmp_path / "roster.csv", text, encoding), RosterRow)
    assert (row["student_id"], row["name"], row["email"]) == ("007", "Ann", "")
    assert "extra" not in row


def test_a_missing_column_is_told_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "roster.csv", "nr,name\n1,Ann\n")
    with pytest.raises(FileFaults, match=r"roster\.csv:1: the column student_id is missing"):
        read_table(path, RosterRow)


def test_only_the_columns_that_are_needed_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path / "review.csv", "doubt,decision\nanswer-1,B\n\n")
    (row,) = read_table(path, ReviewRow, required=("doubt", "decision"))
    assert (row["doubt"], row["decision"], row["kind"]) == ("answer-1", "B", "")


def test_rows_with_too_many_cells_are_told_by_line(tmp_path: Path) -> None:
    path = write(tmp_path / "roster.csv", 'student_id,name\n1,"Ann\nLee"\n2,Doe,Jane\n3,Roe,Jo\n')
    with pytest.raises(FileFaults) as caught:
        read_table(path, RosterRow)
    assert [fault.line for fault in caught.value.faults] == [4, 5]


def test_an_open_quote_is_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(FileFaults, match=r"roster\.csv:2: "):
        read_table(write(tmp_path / "roster.csv", 'student_id,name\n1,"Ann\n'), RosterRow)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "roster.csv", "student_id,name\n1,Jürgen\n", "latin-1")
    with pytest.raises(UsageFault, match="not UTF-8"):
        read_table(path, RosterRow)


def test_a_table_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="cannot read"):
        read_table(tmp_path / "none.csv", GradeRow)
