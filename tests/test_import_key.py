"""``scangrade key import``: tables and workbooks become exam files that load, and whose key can be built."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import run_command
from pipeline.errors import FileFaults
from pipeline.exam import load_exam
from pipeline.grading import build_key
from pipeline.import_key import ImportSettings, import_key

Output = pytest.CaptureFixture[str]
LETTERS = "ABCDEFGH"


def write(folder: Path, text: str, name: str = "key.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def workbook(path: Path, rows: list[list[Any]], *, title: str = "Key") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def errors(capsys: Output, folder: Path) -> list[str]:
    """Lines of standard error without the folder."""
    lines = capsys.readouterr().err.splitlines()
    return [line.removeprefix("error: ").replace(f"{folder}/", "") for line in lines]


def right(path: Path) -> dict[str, dict[str, Any]]:
    """By version and question: what the key of an exam file says is right."""
    file = load_exam(path)
    found: dict[str, dict[str, Any]] = {}
    for version, exam in file.versions.items():
        checked = build_key(exam, file.key_hash)
        assert checked.faults == ()
        assert checked.key is not None
        found[version] = {
            name: entry.value if entry.right is None else set(entry.right)
            for name, entry in checked.key.entries.items()
        }
    return found


# --- the command -----------------------------------------------------------------------------------


def test_a_table_becomes_a_commented_exam_file_that_the_check_accepts(tmp_path: Path, capsys: Output) -> None:
    table = write(tmp_path, "Frage;Antwort;Punkte\n1;B;2\n2;A,C;1\n3;2,5;1\n")
    output = tmp_path / "algebra-2025.yaml"
    command = ["key", "import", str(table), "-o", str(output), "--title", "Algebra", "--marking", "fill"]
    assert run_command(command) == 0
    assert "3 questions, version A" in capsys.readouterr().out
    assert run_command(["key", "check", str(output)]) == 0
    text = output.read_text("utf-8")
    assert text.startswith("# Made from key.csv by scangrade key import: 3 questions")
    exam = load_exam(output).versions["A"]
    assert (exam.id, exam.title, exam.marking.value, exam.total) == (
        "algebra-2025",
        "Algebra",
        "fill",
        Fraction(4),
    )
    assert right(output)["A"] == {"1": {"B"}, "2": {"A", "C"}, "3": Fraction(5, 2)}


def test_the_result_is_told_as_json(tmp_path: Path, capsys: Output) -> None:
    table = write(tmp_path, "no,A,B\n1,C,D\n")
    assert run_command(["key", "import", str(table), "-o", str(tmp_path / "e.yaml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("exam", "questions", "versions")} == {
        "exam": "e",
        "questions": 1,
        "versions": ["A", "B"],
    }
    assert "A to D" in told["notices"][0]


def test_points_of_questions_without_points_are_given_once(tmp_path: Path) -> None:
    table, output = write(tmp_path, "no,answer,points\n1,C,\n2,A,3\n"), tmp_path / "e.yaml"
    assert run_command(["key", "import", str(table), "-o", str(output), "--points", "0,5"]) == 0
    assert [q.points for q in load_exam(output).versions["A"].questions] == [Fraction(1, 2), 3]
    assert run_command(["key", "import", str(table), "-o", str(output), "--points", "-1"]) == 2


def test_a_file_that_is_there_is_kept_unless_force_is_said(tmp_path: Path, capsys: Output) -> None:
    table, output = write(tmp_path, "1,A\n2,B\n"), write(tmp_path, "mine", "e.yaml")
    command = ["key", "import", str(table), "-o", str(output)]
    assert run_command(command) == 2
    assert "--force" in capsys.readouterr().err
    assert output.read_text("utf-8") == "mine"
    assert run_command([*command, "--force"]) == 0
    assert output.read_text("utf-8").startswith("# Made from")


def test_a_faulty_table_writes_nothing(tmp_path: Path, capsys: Output) -> None:
    table, output = write(tmp_path, "no,answer,options\n1,E,4\n2,?,4\n"), tmp_path / "e.yaml"
    assert run_command(["key", "import", str(table), "-o", str(output)]) == 2
    assert [line.partition(": ")[0] for line in errors(capsys, tmp_path)] == ["key.csv:2:2", "key.csv:3:2"]
    assert not output.exists()


def test_faults_that_only_the_key_shows_are_told_at_their_place_in_the_table(
    tmp_path: Path, capsys: Output
) -> None:
    table = write(tmp_path, "no,A,B,C,correct\n1,x,y,z,A\n2,same,same,z,C\n")
    assert run_command(["key", "import", str(table), "-o", str(tmp_path / "e.yaml")]) == 2
    assert errors(capsys, tmp_path) == [
        "key.csv:3:1: question 2: the options A and B are equal: same: change one of them"
    ]


@pytest.mark.parametrize(
    ("output", "options", "expected"),
    [
        ("e.csv", [], "is no name of an exam file"),
        ("王.yaml", [], "cannot be an exam id"),
        ("e.yaml", ["--exam", "Big Exam"], "cannot be an exam id"),
        ("e.yaml", ["--sheet", "Key"], "a CSV file has no sheet 'Key'"),
        ("e.yaml", ["--marking", "stars"], "'stars' is not one of"),
    ],
)
def test_what_cannot_be_written_is_told(
    tmp_path: Path, capsys: Output, output: str, options: list[str], expected: str
) -> None:
    table = write(tmp_path, "1,A\n2,B\n")
    assert run_command(["key", "import", str(table), "-o", str(tmp_path / output), *options]) == 2
    assert expected in capsys.readouterr().err


def test_sections_and_titles_are_kept_as_text(tmp_path: Path) -> None:
    table = write(
        tmp_path, 'no,answer,section,title\n1,A,Part 1,"say ""yes"": #1"\n2,B,P2,null\n3,C,Part 1,\n'
    )
    import_key(ImportSettings(table=table, output=tmp_path / "e.yaml"))
    exam = load_exam(tmp_path / "e.yaml").versions["A"]
    assert [(s.id, s.title, s.questions) for s in exam.sections] == [
        ("S1", "Part 1", ("1", "3")),
        ("P2", "P2", ("2",)),
    ]
    assert [q.title for q in exam.questions] == ['say "yes": #1', "null", ""]


# --- workbooks -------------------------------------------------------------------------------------


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "key.xlsx",
        [["Final exam"], [], ["Nº", "Respuesta", "Puntos"], [1.1, "B", 1], [1.1, 2.5, 1], [7, True, 1]],
    )
    book = openpyxl.load_workbook(path)
    book.active["A5"].number_format, book.active["A6"].number_format = "0.00", "000"
    book.create_sheet("Empty")
    book.save(path)
    import_key(ImportSettings(table=path, output=tmp_path / "e.yaml"))
    assert right(tmp_path / "e.yaml")["A"] == {"1.1": {"B"}, "1.10": Fraction(5, 2), "007": {"T"}}


def test_faults_of_a_workbook_name_sheet_and_cell(tmp_path: Path, capsys: Output) -> None:
    rows: list[list[Any]] = [
        ["question", "answer", "points"],
        [1, date(2025, 3, 1), 1],
        [2, "=1+1", 1],
        [3, "A", "x"],
        [3, "C", 1],
    ]
    path = workbook(tmp_path / "key.xlsx", rows, title="My key")
    assert run_command(["key", "import", str(path), "-o", str(tmp_path / "e.yaml")]) == 2
    begins = [
        "key.xlsx:'My key'!B2: question 1: the spreadsheet has turned this into a date or a time (2025-03-01",
        "key.xlsx:'My key'!B3: question 2: the formula here has no stored value",
        "key.xlsx:'My key'!C4: question 3: 'x' is no number of points",
        "key.xlsx:'My key'!A5: question 3 stands twice, first in row 4",
    ]
    assert [line[: len(b)] for line, b in zip(errors(capsys, tmp_path), begins, strict=True)] == begins


def test_the_sheet_with_the_key_is_asked_for_when_there_are_several(tmp_path: Path, capsys: Output) -> None:
    path = workbook(tmp_path / "key.xlsx", [["question", "answer"], [1, "A"]], title="Key")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Marks").append(["question", "answer"])
    book.save(path)
    command = ["key", "import", str(path), "-o", str(tmp_path / "e.yaml")]
    assert run_command(command) == 2
    assert errors(capsys, tmp_path) == [
        'key.xlsx: the workbook has several sheets: Key, Marks: name the one with the key: --sheet "Key"'
    ]
    assert run_command([*command, "--sheet", "key"]) == 0
    assert run_command([*command, "--sheet", "Kye"]) == 2


@pytest.mark.parametrize("entry", ["content.xml", "word/document.xml"])
def test_other_office_documents_are_refused(tmp_path: Path, capsys: Output, entry: str) -> None:
    path = tmp_path / "key.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/other")
        package.writestr(entry, "<x/>")
    assert run_command(["key", "import", str(path), "-o", str(tmp_path / "e.yaml")]) == 2
    assert "save it as an Excel workbook (.xlsx), or as CSV UTF-8" in capsys.readouterr().err


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path, capsys: Output) -> None:
    path = workbook(tmp_path / "key.xlsx", [["question", "answer"], [1, "A"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/more.xml", b"0" * 41_000_000)
    assert run_command(["key", "import", str(path), "-o", str(tmp_path / "e.yaml")]) == 2
    assert "the workbook holds more than" in capsys.readouterr().err


def test_a_damaged_workbook_is_a_fault_and_no_crash(tmp_path: Path, capsys: Output) -> None:
    whole = workbook(tmp_path / "key.xlsx", [["question", "answer"], [1, "A"]])
    names = zipfile.ZipFile(whole).namelist()
    for name in names:
        damaged = io.BytesIO()
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
            for other in names:
                target.writestr(other, source.read(other)[: 60 if other == name else None])
        path = tmp_path / "damaged.xlsx"
        path.write_bytes(damaged.getvalue())
        code = run_command(["key", "import", str(path), "-o", str(tmp_path / "e.yaml"), "--force"])
        assert code in (0, 2)
    assert "internal error" not in capsys.readouterr().err


# --- from an exam to a table and back -------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A question of a made-up exam."""

    kind: str
    answers: Mapping[str, Any]
    """By version."""
    points: Fraction
    options: int = 0
    tolerance: Fraction | None = None


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    delimiter: str
    comma: bool
    names: tuple[str, str, str, str, str, str]
    truth: tuple[str, str]
    between: str
    encoding: str
    across: bool
    is_workbook: bool


QUESTION = st.sampled_from(("choice", "choices", "truefalse", "number", "text"))
STYLES = st.builds(
    Style,
    delimiter=st.sampled_from((",", ";", "\t")),
    comma=st.booleans(),
    names=st.sampled_from(
        (
            ("question", "answer", "points", "kind", "options", "tolerance"),
            ("Frage", "Lösung", "Punkte", "Fragetyp", "Optionen", "Toleranz"),
            ("Opgave", "Facit", "Point", "Type", "Valgmuligheder", "Tolerance"),
            ("Pregunta", "Clave", "Puntos", "Tipo", "Opciones", "Tolerancia"),
            ("N°", "Corrigé", "Barème", "Genre", "Choix", "Tolérance"),
            ("QUESTÃO", "GABARITO", "PONTOS", "TIPO", "OPÇÕES", "MARGEM"),
        )
    ),
    truth=st.sampled_from((("True", "False"), ("wahr", "falsch"), ("verdadero", "falso"), ("Vrai", "Faux"))),
    between=st.sampled_from((",", ";", "", " and ", "+")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")),
    across=st.booleans(),
    is_workbook=st.booleans(),
)
POINTS = st.sampled_from((Fraction(1), Fraction(2), Fraction(1, 2), Fraction(7, 4)))


@st.composite
def asked(draw: st.DrawFn, versions: tuple[str, ...]) -> Asked:
    kind = draw(QUESTION)
    count = draw(st.integers(2, 8))
    letters = st.sampled_from(LETTERS[:count])
    values: dict[str, st.SearchStrategy[Any]] = {
        "choice": letters,
        "choices": st.frozensets(letters),
        "truefalse": st.booleans(),
        "number": st.integers(-99_999, 99_999).map(lambda n: Fraction(n, 100)),
        "text": st.none(),
    }
    tolerance = st.none() | st.sampled_from((Fraction(1, 100), Fraction(1, 2)))
    return Asked(
        kind=kind,
        answers={version: draw(values[kind]) for version in versions},
        points=draw(POINTS),
        options=count if kind in ("choice", "choices") else 0,
        tolerance=draw(tolerance) if kind == "number" else None,
    )


@st.composite
def exams(draw: st.DrawFn) -> dict[str, Asked]:
    versions = ("A", "B")[: draw(st.integers(1, 2))]
    return {f"{place}": draw(asked(versions)) for place in range(1, draw(st.integers(2, 12)) + 1)}


def number_text(number: Fraction, style: Style) -> str:
    text = f"{float(number):.2f}"
    return text.replace(".", ",") if style.comma else text


def cell(value: Any, style: Style) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return style.truth[0 if value else 1]
    if isinstance(value, Fraction):
        return number_text(value, style)
    return style.between.join(sorted(value)) or "-"


def rows_of(exam: Mapping[str, Asked], style: Style) -> list[list[str]]:
    versions = list(next(iter(exam.values())).answers)
    names = style.names
    answers = [names[1]] if len(versions) == 1 else versions
    rows = [[names[0], *answers, *names[2:]]]
    for name, one in exam.items():
        options = str(one.options) if one.options else ""
        tolerance = "" if one.tolerance is None else number_text(one.tolerance, style)
        given = [cell(one.answers[version], style) for version in versions]
        rows.append([name, *given, number_text(one.points, style), one.kind, options, tolerance])
    return [list(row) for row in zip(*rows, strict=True)] if style.across else rows


def write_table(folder: Path, exam: Mapping[str, Asked], style: Style) -> Path:
    rows = rows_of(exam, style)
    if style.is_workbook:
        return workbook(folder / "key.xlsx", rows)
    out = io.StringIO()
    csv.writer(out, delimiter=style.delimiter).writerows(rows)
    path = folder / "key.csv"
    path.write_bytes(out.getvalue().encode(style.encoding))
    return path


def expected(one: Asked, version: str) -> Any:
    value = one.answers[version]
    if isinstance(value, bool):
        return {"T" if value else "F"}
    return set(value) if isinstance(value, (str, frozenset)) else value


@given(exam=exams(), style=STYLES)
def test_an_exam_written_as_a_table_comes_back_with_the_same_key(
    tmp_path_factory: pytest.TempPathFactory, exam: dict[str, Asked], style: Style
) -> None:
    folder = tmp_path_factory.mktemp("table")
    output = folder / "exam.yaml"
    import_key(ImportSettings(table=write_table(folder, exam, style), output=output))
    versions = next(iter(exam.values())).answers
    assert right(output) == {
        version: {name: expected(one, version) for name, one in exam.items()} for version in versions
    }
    for question in load_exam(output).versions["A"].questions:
        one = exam[question.id]
        assert (question.kind.value, question.points) == (one.kind, one.points)
        assert len(question.options) == (2 if one.kind == "truefalse" else one.options)
        tolerance = question.number.tolerance if question.number else None
        assert (tolerance.size if tolerance else None) == one.tolerance


CELLS = [
    "question",
    "answer",
    "A",
    "B",
    "F",
    "1",
    "2,5",
    "1,234",
    "AC",
    "-",
    "True",
    "points",
    "kind",
    "mc",
    "*",
    "options",
    "A-D",
    "40",
    "1/3",
    "?",
    "Total",
    "VersionB",
    "key",
    "#",
    "-5",
    "1e3",
    "%",
    "F",
    "text",
    "number",
    "choices",
    "0.1",
    "none",
    "A/C",
    "2-4",
    "=x",
]
HEADERS = ("", "question,answer,points,kind,options,tolerance", "no,A,B,kind,points,section", "1,2,3,4,5,6")


@given(
    cells=st.lists(st.lists(st.sampled_from(["", *CELLS]), max_size=6), max_size=6),
    header=st.sampled_from(HEADERS),
    delimiter=st.sampled_from(",;\t"),
)
def test_any_table_becomes_a_valid_exam_or_faults(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], header: str, delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header.split(","), *cells])
    output = folder / "e.yaml"
    with suppress(FileFaults):
        import_key(ImportSettings(table=write(folder, out.getvalue()), output=output))
    if output.exists():
        assert right(output)
