"""Files for learning management systems, read back by each one's documented rules and by pandas."""

import csv
import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from pipeline.cli.exporting import SYSTEMS as OFFERED
from pipeline.errors import FileFaults, UsageFault
from pipeline.exam import load_roster
from pipeline.formats import plain_cell
from pipeline.reporting.lms import SYSTEMS, Assignment, Exported, LmsFile, Outgoing, read_lms_file

LINK = '=HYPERLINK("http://x")'
BROKEN = 'Eve ";"\n+1 Example'
"""Names that a spreadsheet would run, or would take to pieces."""
TASK = Assignment(
    exam="maths-2026",
    title="Maths exam",
    max_points=Fraction(10),
    at="2026-03-01T10:00:00Z",
    questions=(("1", "Sums", Fraction(4)), ("2", "", Fraction(6))),
    class_id="class-7",
)


def student(student_id: str, name: str, points: Fraction | int | None, status: str = "final") -> Outgoing:
    return Outgoing(
        student_id=student_id,
        name=name,
        status=status,
        points=None if points is None else Fraction(points),
        max_points=Fraction(10),
        grade="2.0" if status == "final" else "",
        email=f"s{student_id}@example.org",
        group="G1",
        questions={"1": Fraction(1), "2": None if points is None else Fraction(points) - 1},
    )


STUDENTS = (
    student("007", LINK, Fraction(15, 2)),
    student("8", BROKEN, Fraction(7, 3)),
    student("9", "Wait Ing", 4, "review"),
    student("10", "Ab Sent", None, "absent"),
    student("11", "Un Listed", 3, "unlisted"),
)


def made(
    system: str, into: LmsFile | None = None, *, task: Assignment = TASK, pending: bool = False
) -> Exported:
    return SYSTEMS[system](task, STUDENTS, into, pending=pending)


def table(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """Rows of a CSV file by RFC 4180, and the same by pandas."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter))
    frame = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, sep=delimiter)
    assert [dict(zip(frame.columns, row, strict=True)) for row in frame.to_numpy().tolist()] == rows
    return rows


def downloaded(path: Path, text: str, encoding: str = "utf-8") -> LmsFile:
    path.write_bytes(text.encode(encoding))
    return read_lms_file(path)


def reasons(exported: Exported) -> dict[str, str]:
    return {one.student_id: one.reason for one in exported.left_out}


# --- Canvas ----------------------------------------------------------------------------------------


def canvas_import(data: bytes) -> tuple[dict[str, str], str, str]:
    """Score by SIS user id or Canvas id, title and points possible, as Canvas's importer reads them.

    The row whose first cell is "Points Possible" sets the maximum; columns behind the ones that name a
    student are assignments.
    """
    header, *rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    known = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Integration ID", "Root Account")
    (at,) = [place for place, name in enumerate(header) if name not in known]
    places = {name: header.index(name) for name in known if name in header}
    scores, possible = {}, ""
    for row in rows:
        if row[0].strip() == "Points Possible":
            possible = row[at]
        else:
            scores[row[places["ID"]] or row[places["SIS User ID"]]] = row[at]
    return scores, header[at], possible


GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Maths Exam (12),Current Score
    Points Possible,,,,,5,10,(read only)
"=HYPERLINK(""http://x"")",501,007,s7,A,3,,80
"Example, Eve",502,8,s8,A,4,1,70
"Other, Ann",503,77,s77,A,4,2,70
"Student, Test",504,,test,A,,,
"""


def test_canvas_gets_its_own_ids_and_the_column_with_its_id(tmp_path: Path) -> None:
    found = made("canvas", downloaded(tmp_path / "gradebook.csv", GRADEBOOK))
    scores, title, possible = canvas_import(found.files[""])
    assert (title, possible) == ("Maths Exam (12)", "10")
    assert scores == {"501": "7.5", "502": "2.33333"}
    assert "Essay" not in found.files[""].decode()
    assert reasons(found) == {
        "9": "an answer waits for a person",
        "10": "absent",
        "11": f"not in {tmp_path / 'gradebook.csv'}",
    }
    assert found.notices == (f"1 students of {tmp_path / 'gradebook.csv'} have no result",)


def test_canvas_without_a_gradebook_gets_a_new_assignment() -> None:
    found = made("canvas")
    text = found.files[""].decode()
    assert text.startswith(
        "Student,ID,SIS User ID,SIS Login ID,Section,Maths exam\r\n    Points Possible,,,,,10\r\n"
    )
    assert canvas_import(found.files[""])[0] == {"007": "7.5", "8": "2.33333"}
    assert [plain_cell(row["Student"]) for row in table(found.files[""])[1:]] == [LINK, BROKEN]
    assert reasons(found)["11"] == "not on the roster"


@pytest.mark.parametrize(
    "title", ["Current Score", "Maths final  grade", "Override Status", "override points"]
)
def test_canvas_would_pass_over_a_title_of_its_own(title: str) -> None:
    task = Assignment(exam="e", title=title, max_points=Fraction(1), at="")
    with pytest.raises(UsageFault, match="does not take a column"):
        made("canvas", task=task)


def test_points_are_not_written_under_another_maximum(tmp_path: Path) -> None:
    gradebook = downloaded(tmp_path / "g.csv", GRADEBOOK.replace(",5,10,", ",5,100,"))
    with pytest.raises(UsageFault, match="worth 100 points there, and the exam is worth 10") as caught:
        made("canvas", gradebook)
    assert "--scale" in caught.value.hint
    task = Assignment(exam="e", title="Maths exam", max_points=Fraction(10), at="", scale=True)
    assert canvas_import(made("canvas", gradebook, task=task).files[""])[0]["501"] == "75"


def test_a_file_of_another_course_is_refused(tmp_path: Path) -> None:
    other = GRADEBOOK.replace("007", "1007").replace(",8,", ",1008,")
    with pytest.raises(UsageFault, match="no student of the results is in"):
        made("canvas", downloaded(tmp_path / "g.csv", other))


def test_an_id_is_looked_for_in_one_column_only(tmp_path: Path) -> None:
    # Canvas's own number of one student is the student id of another.
    mixed = GRADEBOOK.replace("503,77", "8,77").replace("502,8,", "502,88,")
    found = made("canvas", downloaded(tmp_path / "g.csv", mixed))
    assert canvas_import(found.files[""])[0] == {"501": "7.5"}
    assert reasons(found)["8"].startswith("not in")


def test_who_stands_twice_there_gets_no_grade(tmp_path: Path) -> None:
    twice = GRADEBOOK.replace(",77,s77", ",8,s77")
    found = made("canvas", downloaded(tmp_path / "g.csv", twice))
    assert reasons(found)["8"].startswith("stands twice in")


# --- Moodle ----------------------------------------------------------------------------------------

MOODLE_BOOK = (
    "First name,Last name,ID number,Institution,Department,Email address,"
    "Quiz: Maths (Real),Last downloaded from this course\n"
    "Ann,A,007,,,a@example.org,-,1700000000\n"
    "Eve,E,,,,s8@example.org,-,1700000000\n"
)


def test_moodle_knows_every_student_of_its_file(tmp_path: Path) -> None:
    found = made("moodle", downloaded(tmp_path / "book.csv", "\ufeff" + MOODLE_BOOK))
    rows = table(found.files[""])
    assert list(rows[0]) == ["ID number", "Email address", "Maths exam", "Maths exam (Feedback)"]
    assert [(row["ID number"], row["Email address"], row["Maths exam"]) for row in rows] == [
        ("007", "a@example.org", "7.5"),
        ("", "s8@example.org", "2.33333"),
    ]
    assert rows[0]["Maths exam (Feedback)"] == "7.5 of 10 points, grade 2.0"
    assert set(reasons(found)) == {"9", "10", "11"}


def test_moodle_without_a_file_leaves_out_who_is_not_on_the_roster() -> None:
    found = made("moodle")
    assert [row["ID number"] for row in table(found.files[""])] == ["007", "8"]
    assert reasons(found)["11"] == "not on the roster"


WORKSHEET = """\
Identifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Grade can be changed,Last modified \
(submission),Last modified (grade),Feedback comments
Participant 901,"=HYPERLINK(""http://x"")",s007@example.org,No submission,G1,,10.00,Yes,-,-,
Participant 902,"Eve "";""
+1 Example",,No submission,G1,,10.00,Yes,-,-,
Participant 903,Un Listed,s11@example.org,No submission,G1,5.00,10.00,No,-,-,
Participant 904,Some Body,x@example.org,No submission,G1,6.00,10.00,Yes,-,-,kept
"""


def test_the_worksheet_of_a_moodle_assignment_is_filled_and_else_unchanged(tmp_path: Path) -> None:
    found = made("moodle-assignment", downloaded(tmp_path / "w.csv", WORKSHEET))
    rows, before = table(found.files[""]), table(WORKSHEET.encode())
    assert [row["Grade"] for row in rows] == ["7.5", "2.33333", "5.00", "6.00"]
    assert [row["Identifier"] for row in rows] == [f"Participant 90{at}" for at in (1, 2, 3, 4)]
    changed = ("Grade", "Feedback comments")
    for row, old in zip(rows, before, strict=True):
        assert {k: plain_cell(v) for k, v in row.items() if k not in changed} == {
            k: v for k, v in old.items() if k not in changed
        }
    assert rows[3]["Feedback comments"] == "kept"
    assert reasons(found)["11"].startswith("Moodle does not let this grade be changed")
    assert found.exported == 2


def test_a_moodle_assignment_wants_its_worksheet() -> None:
    with pytest.raises(UsageFault, match="grading worksheet"):
        made("moodle-assignment")


# --- Blackboard and D2L ----------------------------------------------------------------------------

BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"'
    '\t"Weighted Total [Total Pts: 100 Percentage] |1"\t"Maths exam [Total Pts: 10 Score] |4711"\n'
    '"A"\t"Ann"\t"ann"\t"007"\t""\t"Yes"\t""\t""\n'
    '"E"\t"Eve"\t"eve"\t"8"\t""\t"Yes"\t""\t""\n'
)


def test_blackboard_gets_the_column_with_its_id_in_its_own_encoding(tmp_path: Path) -> None:
    found = made("blackboard", downloaded(tmp_path / "gc.xls", BLACKBOARD, "utf-16"))
    rows = table(found.files[""].decode("utf-16").encode(), "\t")
    assert list(rows[0]) == [
        *("Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability"),
        "Maths exam [Total Pts: 10 Score] |4711",
    ]
    assert [(row["Student ID"], row["Maths exam [Total Pts: 10 Score] |4711"]) for row in rows] == [
        ("007", "7.5"),
        ("8", "2.33333"),
    ]


def test_blackboard_wants_a_column_that_it_knows(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="the id of the column"):
        made("blackboard")
    other = downloaded(tmp_path / "gc.xls", BLACKBOARD.replace("Maths exam", "Physics"), "utf-16")
    with pytest.raises(FileFaults, match=r"no column is named 'Maths exam' \(there are: .*Physics\)"):
        made("blackboard", other)


def d2l_import(data: bytes) -> dict[str, str]:
    """Points by id as D2L reads them: ids behind a #, each line ended by one, the item by its header."""
    rows = table(data)
    (item,) = [name for name in rows[0] if " Points Grade" in name]
    assert list(rows[0]) == ["OrgDefinedId", "Username", item, "End-of-Line Indicator"]
    assert all(row["OrgDefinedId"].startswith("#") for row in rows)
    assert {row["End-of-Line Indicator"] for row in rows} == {"#"}
    return {row["OrgDefinedId"][1:]: row[item] for row in rows}


def test_d2l_gets_ids_behind_a_hash(tmp_path: Path) -> None:
    wanted = {"007": "7.5", "8": "2.33333"}
    assert d2l_import(made("d2l").files[""]) == wanted
    text = "OrgDefinedId,Username,Maths exam Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator\n"
    text += "#007,#ann,,#\n#8,#eve,,#\n"
    found = made("d2l", downloaded(tmp_path / "d2l.csv", text))
    assert d2l_import(found.files[""]) == wanted
    assert [row["Username"] for row in table(found.files[""])] == ["#ann", "#eve"]


# --- Gradescope, OneRoster, plain ------------------------------------------------------------------


def test_gradescope_s_table_has_scores_of_questions_and_who_is_missing() -> None:
    rows = table(made("gradescope").files[""])
    assert list(rows[0])[-2:] == ["1: Sums (4.0 pts)", "2: 2 (6.0 pts)"]
    assert list(rows[0])[:8] == [
        *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status")
    ]
    by_id: Mapping[str, dict[str, str]] = {row["SID"]: row for row in rows}
    assert (by_id["007"]["Total Score"], by_id["007"]["Status"]) == ("7.5", "Graded")
    assert (by_id["10"]["Total Score"], by_id["10"]["Status"]) == ("", "Missing")
    assert by_id["007"]["2: 2 (6.0 pts)"] == "6.5"
    assert (by_id["10"]["First Name"], by_id["10"]["Last Name"]) == ("Ab", "Sent")


def test_oneroster_results_point_to_their_line_item_and_student(tmp_path: Path) -> None:
    users = "sourcedId,status,givenName,familyName,identifier,email\nu-7,active,A,A,007,\nu-8,active,E,E,8,\n"
    users += "u-10,active,Ab,Sent,10,\n"
    found = made("oneroster", downloaded(tmp_path / "users.csv", users))
    manifest = {row["propertyName"]: row["value"] for row in table(found.files["manifest.csv"])}
    assert (manifest["oneroster.version"], manifest["file.results"]) == ("1.2", "delta")
    assert manifest["file.users"] == "absent"
    (item,) = table(found.files["lineItems.csv"])
    assert (item["title"], item["resultValueMax"], item["classSourcedId"]) == ("Maths exam", "10", "class-7")
    results = {row["studentSourcedId"]: row for row in table(found.files["results.csv"])}
    assert set(results) == {"u-7", "u-8", "u-10"}
    assert {row["lineItemSourcedId"] for row in results.values()} == {item["sourcedId"]}
    assert (results["u-7"]["score"], results["u-7"]["scoreStatus"]) == ("7.5", "fully graded")
    assert (results["u-10"]["scoreStatus"], results["u-10"]["missing"]) == ("not submitted", "true")
    with pytest.raises(UsageFault, match="id of the class"):
        made("oneroster", task=Assignment(exam="e", title="t", max_points=Fraction(1), at=""))


def test_a_plain_table_keeps_exact_points_and_every_name() -> None:
    rows = table(made("csv").files[""])
    assert [(row["student_id"], row["points"]) for row in rows] == [
        *(("007", "7.5"), ("8", "7/3"), ("10", ""), ("11", "3"))
    ]
    assert [plain_cell(row["name"]) for row in rows[:2]] == [LINK, BROKEN]
    assert all(not row["name"].startswith(("=", "+")) for row in rows)


# --- all of them -----------------------------------------------------------------------------------


def into_of(system: str, folder: Path) -> LmsFile | None:
    known = {"moodle-assignment": WORKSHEET, "blackboard": BLACKBOARD.replace("\t", ",")}
    return downloaded(folder / "lms.csv", known[system]) if system in known else None


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_is_dropped_without_a_word(system: str, tmp_path: Path) -> None:
    found = made(system, into_of(system, tmp_path))
    told = reasons(found)
    written = b"".join(found.files.values()).decode()
    assert told["9"] == "an answer waits for a person"
    assert "10" in told or "Missing" in written or "absent" in written or "not submitted" in written


@pytest.mark.parametrize("system", ["canvas", "moodle", "d2l", "gradescope", "oneroster", "csv"])
def test_what_waits_for_a_person_goes_out_only_when_asked(system: str) -> None:
    assert "9" in reasons(made(system))
    assert "9" not in reasons(made(system, pending=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("canvas", GRADEBOOK.replace(",8,s8", ',"8",s8')),
        ("moodle", "\ufeff" + MOODLE_BOOK.replace("Eve,E,,", "Eve,E,8,")),
        ("d2l", "OrgDefinedId,Username,Last Name,First Name\n#007,#a,A,Ann\n#8,#e,E,Eve\n"),
        ("blackboard", "Last Name,First Name,Username,Student ID\nA,Ann,ann,007\nE,Eve,eve,8\n"),
        ("gradescope", "First Name,Last Name,SID,Email,Sections\nAnn,A,007,a@x,\nEve,E,8,e@x,\n"),
        (
            "oneroster",
            "sourcedId,givenName,familyName,role\n007,Ann,A,student\n8,E,E,s\n",
        ),
        ("csv", "student_id;name\n007;Ann\n8;Eve\n"),
    ],
)
def test_a_roster_of_every_system_is_read(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(text, "utf-8")
    assert {"007", "8"} <= {one.student_id for one in load_roster(path)}


def test_the_command_offers_every_system_that_there_is() -> None:
    assert list(OFFERED) == list(SYSTEMS)
