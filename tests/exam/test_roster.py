"""Rosters and lists of sheets: every system's columns, ids as text, nothing doubled or lost."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ExitCode, FileFaults, UsageFault
from pipeline.exam import load_credits, load_roster, load_sheets
from pipeline.formats import SheetRow
from pipeline.model import Student
from tests.exam.texts import write


def roster(folder: Path, text: str) -> list[tuple[str, str]]:
    """Load a roster; (id, name) of each student."""
    return [(s.student_id, s.name) for s in load_roster(write(folder, text, "roster.csv"))]


def faults(folder: Path, text: str) -> list[str]:
    """Load a faulty roster; each fault without the folder."""
    with pytest.raises(FileFaults) as caught:
        roster(folder, text)
    assert caught.value.exit_code is ExitCode.USAGE
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_all_of_our_own_columns_are_read(tmp_path: Path) -> None:
    text = "student_id,name,version,group,email,code\n007,Ana,b,G1,a@example.org,S-1\n"
    assert load_roster(write(tmp_path, text)) == (
        Student(student_id="007", name="Ana", version="B", group="G1", email="a@example.org", code="S-1"),
    )


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Student,ID,SIS User ID,SIS Login ID,Section,Exam (77)",
            '"Ek, Åsa",91,00123,asaek,S1,',
            ("00123", "Ek, Åsa"),
        ),
        ("Student,ID,SIS User ID,SIS Login ID,Section", '"Ek, Åsa",91,,asaek,S1', ("asaek", "Ek, Åsa")),
        (
            "First name,Last name,ID number,Institution,Department,Email address,Quiz: One (Real)",
            "Åsa,Ek,00123,,,a@example.org,-",
            ("00123", "Åsa Ek"),
        ),
        ("First name,Surname,ID number,Email address", "Åsa,Ek,00123,a@example.org", ("00123", "Åsa Ek")),
        (
            "Identifier,Full name,Email address,Status,Grade,Maximum Grade",
            "Participant 12,Åsa Ek,a@example.org,No submission,,10",
            ("Participant 12", "Åsa Ek"),
        ),
        (
            "Last Name,First Name,Username,Student ID,Last Access,Availability",
            "Ek,Åsa,asaek,00123,,Yes",
            ("00123", "Åsa Ek"),
        ),
        (
            "OrgDefinedId,Username,First Name,Last Name,Exam Points Grade,End-of-Line Indicator",
            "#00123,#asaek,Åsa,Ek,,#",
            ("00123", "Åsa Ek"),
        ),
        (
            "First Name,Last Name,SID,Email,Sections,Total Score",
            "Åsa,Ek,00123,a@example.org,S1,",
            ("00123", "Åsa Ek"),
        ),
        (
            "ID number, First name, Last name, Evaluated on, Group, Grade",
            "00123,Åsa,Ek,,A,",
            ("00123", "Åsa Ek"),
        ),
        ("STUDENT-ID,NAME", "00123,Åsa Ek", ("00123", "Åsa Ek")),
        (" Student Number , Full Name ", " 00123 , Åsa Ek ", ("00123", "Åsa Ek")),
        ("Username,Last name,First name,#", "asaek,Ek,Åsa,1", ("asaek", "Åsa Ek")),
        ("studentSourcedId,name", "u-1,Åsa Ek", ("u-1", "Åsa Ek")),
    ],
    ids=[
        "canvas",
        "canvas-without-sis",
        "moodle",
        "moodle-older",
        "moodle-worksheet",
        "blackboard",
        "d2l",
        "gradescope",
        "offlinequiz",
        "upper-case",
        "spaces",
        "login-only",
        "oneroster",
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_export_of_every_system_is_a_roster(
    tmp_path: Path, header: str, row: str, expected: tuple[str, str], mark: str
) -> None:
    assert roster(tmp_path, f"{mark}{header}\r\n{row}\r\n") == [expected]


def test_what_canvas_writes_among_the_students_is_no_student(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Exam\n"
        "    Points Possible,,,,,10\n"
        '"Ek, Åsa",91,00123,asaek,S1,\n'
        '"Student, Test",99,,x,S1,\n'
    )
    assert roster(tmp_path, text) == [("00123", "Ek, Åsa")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_first_line(tmp_path: Path, delimiter: str) -> None:
    rows = [["student_id", "name", "group"], ["1", "Lee, Jo; Dr.", "a\tb"], ["2", 'Al "Bo" C', "x"]]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    assert roster(tmp_path, stream.getvalue()) == [("1", "Lee, Jo; Dr."), ("2", 'Al "Bo" C')]


def test_a_line_that_names_the_delimiter_is_obeyed(tmp_path: Path) -> None:
    assert roster(tmp_path, "sep=|\nstudent_id|name\n1|A, B\n") == [("1", "A, B")]
    assert faults(tmp_path, "sep=|\nstudent_id|name\n1|A\n1|B\n")[0].startswith("roster.csv:4: ")


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20).filter(
    lambda name: name == name.strip() and name not in ("Points Possible", "Student, Test")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, max_size=6))
def test_names_with_quotes_newlines_or_formulas_come_back_unchanged(tmp_path: Path, names: list[str]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["student_id", "name"], *([f"0{n}", name] for n, name in enumerate(names))])
    path = tmp_path / "roster.csv"
    path.write_bytes(stream.getvalue().encode())
    assert [(s.student_id, s.name) for s in load_roster(path)] == [
        (f"0{n}", name) for n, name in enumerate(names)
    ]


def test_an_id_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    ids = ["007", "NA", "1.0", "1,5", "true", "-3", "=1+1", "١٢٣", "#9"]
    text = "student_id;name\n" + "".join(f"{one};X\n" for one in ids)
    assert [one for one, _ in roster(tmp_path, text)] == ids


def test_a_roster_without_ids_says_which_columns_it_has_and_which_it_may_have(tmp_path: Path) -> None:
    found = faults(tmp_path, "Navn,Hold\nAna,1\n")
    assert found[0].startswith(
        "roster.csv:1: the roster has no column student_id (its columns are: Navn, Hold): "
        "name one of them student_id or Student Number or OrgDefinedId or SIS User ID"
    )
    assert found[1].endswith("or Display name or First name and Last name")
    assert len(found) == 2


def test_doubled_ids_are_refused_with_both_lines(tmp_path: Path) -> None:
    text = 'student_id,name\n1,"A\nB"\n2,C\n\n1,D\n 1 ,E\n'
    assert faults(tmp_path, text) == [
        "roster.csv:6: the student_id 1 stands twice, first in line 2: keep one of the rows",
        "roster.csv:7: the student_id 1 stands twice, first in line 2: keep one of the rows",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "roster.csv: the file is empty: this is not a roster: write the names of the columns"),
        ("\n \n", "roster.csv: the file is empty"),
        ("student_id,name\n", "roster.csv:1: the roster names no student"),
        (
            "student_id,name\n,Ana\n",
            "roster.csv:2: there is no student_id for Ana: write it, or remove the row",
        ),
        ("student_id,name\n1,\n", "roster.csv:2: there is no name for 1"),
        ("student_id,name\n1.2E+08,Ana\n", "roster.csv:2: a spreadsheet has rewritten the id as 1.2E+08"),
        ("student_id,name,version\n1,Ana,odd!\n", "roster.csv:2: 'odd!' is not a version"),
        ("student_id,name\n1,Ana,x\n", "roster.csv:2: the row has 3 cells, and there are 2 columns"),
        ('student_id,name\n1,"Ana\n2,Bo\n', "roster.csv:2: the row that begins here is no CSV"),
        ('student_id,name\n1,"A"na\n', "roster.csv:2: the row that begins here is no CSV"),
        ("student_id,name\n1," + "A" * 200_000, "roster.csv:2: the row that begins here is no CSV"),
    ],
)
def test_a_faulty_roster_gets_one_line_that_says_where_and_what_instead(
    tmp_path: Path, text: str, expected: str
) -> None:
    found = faults(tmp_path, text)
    assert found[0].startswith(expected), found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "student_id,name\n1,Åsa\n".encode("utf-16"),
            'the text is UTF-16, not UTF-8: export or save it as "CSV UTF-8"',
        ),
        ("student_id,name\n1,Åsa\n".encode("utf-16-le"), "roster.csv:1:2: a zero byte"),
        (
            "student_id,name\n1,Åsa\n".encode("latin-1"),
            r"roster.csv:2:3: byte 0xC5 is not UTF-8 text: .*Windows-1252",
        ),
        (b"PK\x03\x04rest", "this is an office document, not a roster"),
        (b"\x89PNG\r\n\x1a\n", "roster.csv:1:1: byte 0x89 is not UTF-8 text"),
    ],
)
def test_a_file_in_another_encoding_says_how_to_save_it(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(FileFaults, match=expected):
        load_roster(path)


def test_a_roster_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"there is no file .*name a roster that exists"):
        load_roster(tmp_path / "none.csv")


def test_the_list_of_sheets_tells_whose_each_is_and_which_are_spare(tmp_path: Path) -> None:
    text = "serial,student_id,exam,version\r\n1,007,e-1,A\r\n2,,e-1,B\r\n1,008,e-2,A\r\n"
    assert load_sheets(write(tmp_path, text)) == (
        SheetRow(serial="1", student_id="007", exam="e-1", version="A"),
        SheetRow(serial="2", student_id="", exam="e-1", version="B"),
        SheetRow(serial="1", student_id="008", exam="e-2", version="A"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serial,exam,version\n1,e,A\n", "a list of sheets has no column student_id"),
        ("serial,student_id,exam,version\nx,1,e,A\n", ":2: 'x' is not a serial"),
        ("serial,student_id,exam,version\n01,1,e,A\n", ":2: '01' is not a serial"),
        ("serial,student_id,exam,version\n1,1,E 1,A\n", ":2: 'E 1' is not an exam id"),
        ("serial,student_id,exam,version\n1,1,e,a\n", ":2: 'a' is not a version"),
        (
            "serial,student_id,exam,version\n1,1,e,A\n1,2,e,B\n",
            ":3: the serial 1 of exam e stands twice, first in line 2",
        ),
    ],
)
def test_a_faulty_list_of_sheets_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(FileFaults, match=expected):
        load_sheets(write(tmp_path, text, "sheets.csv"))


def test_credits_are_read_as_they_are_written_and_doubles_refused(tmp_path: Path) -> None:
    rows = load_credits(write(tmp_path, "student_id;question;points\n007;5b;1/2\n007;6;\n"))
    assert [(line, row.student_id, row.question, row.points) for line, row in rows] == [
        (2, "007", "5b", "1/2"),
        (3, "007", "6", ""),
    ]
    with pytest.raises(FileFaults, match=r"3: the student 1, question 2, stands twice, first in line 2"):
        load_credits(write(tmp_path, "student_id,question,points\n1,2,3\n1,2,4\n"))
    with pytest.raises(FileFaults, match="2: there is no question"):
        load_credits(write(tmp_path, "student_id,question,points\n1,,3\n"))


def test_a_table_of_ours_comes_back_without_the_apostrophe_before_a_formula(tmp_path: Path) -> None:
    path = write(tmp_path, "serial,student_id,exam,version\n1,'-ab12,algebra,A\n2,'@x,algebra,A\n")
    assert [row.student_id for row in load_sheets(path)] == ["-ab12", "@x"]
    path = write(tmp_path, "student_id,name\n'-ab12,'=1+1\n007,'t Hooft\n")
    students = {one.student_id: one.name for one in load_roster(path)}
    assert students == {"-ab12": "=1+1", "007": "'t Hooft"}
