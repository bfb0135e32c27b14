"""Keys in tables: every shape, language and encoding that teachers use, and every fault with its place."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import FileFaults, UsageFault
from pipeline.exam import KeyTable, read_key_table
from pipeline.exam.key_grid import column_letters

Rows = list[tuple[str, str, Any]]


def table(folder: Path, text: str | bytes, name: str = "key.csv", **options: Any) -> KeyTable:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return read_key_table(path, **options)


def key(folder: Path, text: str | bytes) -> Rows:
    """(id, kind, right answer) of each question."""
    return [(q.id, q.kind, q.answers["A"][0] if q.answers else None) for q in table(folder, text).questions]


def faults(folder: Path, text: str | bytes) -> list[str]:
    """Each fault without the folder."""
    with pytest.raises(FileFaults) as caught:
        table(folder, text)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


# --- shapes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "question,answer\n1,B\n2,D\n",
        "No.;Correct answer\n1;B\n2;D\n",
        "#\tKey\n1\tB\n2\tD\n",
        "Frage;Richtige Antwort\n1;B\n2;D\n",
        "Spørgsmål;Rigtigt svar\n1;B\n2;D\n",
        "Pregunta;Respuesta correcta\n1;b\n2;(d)\n",
        "Numéro;Bonne réponse\n1;B\n2;D.\n",
        "Questão;Gabarito\n1;B\n2;D\n",
        "sep=;\nquestion;answer\n1;B\n2;D\n",
        "Final exam 2025\n\nQUESTION NO,ANSWER (one letter)\n1,B\n2,D\n",
        "Item #,Expected,Type\n1,B,choice\n2,D,choice\n",
        "1,B\n2,D\n",
        "1;B\r\n2;D\r\n",
        "1,2\nB,D\n",
        "Question,1,2\nAnswer,B,D\n",
        ",1,2\nKey,B,D\n",
        "question,1,2\n,B,D\n",
        "question,Question 1,Question 2\nA,B,D\n",
    ],
)
def test_a_key_is_found_in_every_shape_and_language(tmp_path: Path, text: str) -> None:
    assert key(tmp_path, text) == [("1", "choice", "B"), ("2", "choice", "D")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_titles_survive_every_encoding_of_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    found = table(tmp_path, "Frage;Lösung;Titel\n1;B;Größe\n".encode(encoding))
    assert found.questions[0].title == "Größe"
    told = [notice for notice in found.notices if "Windows-1252 (Latin-1)" in notice]
    assert bool(told) == (encoding == "cp1252")


def test_versions_are_columns_of_answers(tmp_path: Path) -> None:
    found = table(tmp_path, 'no,A,B\n1,C,D\n2,"A,B",C\n')
    assert found.versions == ("A", "B")
    assert [q.answers["B"][0] for q in found.questions] == ["D", ("C",)]


def test_versions_are_further_columns_rows_below_or_rows_of_their_own(tmp_path: Path) -> None:
    texts = [
        "question,answer,Version B\n1,C,D\n2,A,B\n",
        "Question,1,2\nA,C,A\nVersion B,D,B\n",
        "Key Letter,Question Number,Response/Mapping,Point Value\nA,1,C,1\nA,2,A,1\nB,1,D,1\nB,2,B,1\n",
        "Key,Question,Response\nA,1,C\nA,2,A\nB,1,D\nB,2,B\n",
    ]
    found = [table(tmp_path, text) for text in texts]
    assert [[(q.id, dict(q.answers)) for q in one.questions] for one in found] == [
        [("1", {"A": ("C",), "B": ("D",)}), ("2", {"A": ("A",), "B": ("B",)})]
    ] * len(texts)


def test_letters_beside_an_answer_column_are_what_the_options_say(tmp_path: Path) -> None:
    found = table(tmp_path, "no,question,A,B,C,correct\n1,Capital?,Paris,Rome,,B\n2,2+2?,3,4,5,C\n")
    assert [(q.title, dict(q.texts), q.options) for q in found.questions] == [
        ("Capital?", {"A": "Paris", "B": "Rome"}, ("A", "B")),
        ("2+2?", {"A": "3", "B": "4", "C": "5"}, ("A", "B", "C")),
    ]


# --- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ['"A,C"', "A;C", "AC", "a c", "A and C", "A+C", "A|C", "{A;C}", "A & C"])
def test_several_right_options_are_understood_however_they_are_written(tmp_path: Path, written: str) -> None:
    assert key(tmp_path, f"question,answer\n1,{written}\n")[0] == ("1", "choices", ("A", "C"))


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("True", "False"),
        ("T", "F"),
        ("wahr", "FALSCH"),
        ("V", "F"),
        ("Vrai", "Faux"),
        ("sandt", "falsk"),
        ("R", "F"),
    ],
)
def test_true_and_false_are_understood_in_six_languages(tmp_path: Path, yes: str, no: str) -> None:
    found = key(tmp_path, f"question,answer\n1,{yes}\n2,{no}\n3,B\n")
    assert found == [("1", "truefalse", True), ("2", "truefalse", False), ("3", "choice", "B")]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("27", Fraction(27)),
        ("-0.5", Fraction(-1, 2)),
        ("2,5", Fraction(5, 2)),
        ("\N{MINUS SIGN}3", Fraction(-3)),
        ("1.234,5", Fraction(2469, 2)),
        ("1,234.5", Fraction(2469, 2)),
        ("1 234 567", Fraction(1234567)),
        ("1'234", Fraction(1234)),
        ("0,125", Fraction(1, 8)),
        ("1,234,567", Fraction(1234567)),
        ("3/8", Fraction(3, 8)),
    ],
)
def test_numbers_are_exact_in_every_countrys_writing(tmp_path: Path, written: str, value: Fraction) -> None:
    assert key(tmp_path, f"question;answer\n1;{written}\n") == [("1", "number", value)]


def test_a_number_that_may_be_two_is_settled_by_the_rest_of_the_table_or_asked_back(tmp_path: Path) -> None:
    assert key(tmp_path, "question;answer\n1;1,234\n2;0,5\n")[0][2] == Fraction(1234, 1000)
    assert key(tmp_path, "question;answer\n1;1,234\n2;0.5\n")[0][2] == Fraction(1234)
    assert key(tmp_path, "question;answer\n1;1.234\n2;0.5\n")[0][2] == Fraction(1234, 1000)
    assert faults(tmp_path, "question;answer\n1;1,234\n2;7\n") == [
        "key.csv:2:2: question 1: '1,234' may be 1234 or 1.234: write 1234 or 1.2340"
    ]


def test_an_f_that_may_be_an_option_is_asked_back(tmp_path: Path) -> None:
    assert faults(tmp_path, "question,answer\n1,A\n2,F\n") == [
        "key.csv:3:2: question 2: 'F' may be an option, or true or false: write True or False; or say in a"
        " column kind what it is: choice, truefalse"
    ]
    assert key(tmp_path, "question,answer,options\n1,A,6\n2,F,A-F\n")[1] == ("2", "choice", "F")
    assert key(tmp_path, "question,answer,kind\n1,A,choice\n2,F,tf\n")[1] == ("2", "truefalse", False)


def test_either_of_two_answers_may_count(tmp_path: Path) -> None:
    found = table(tmp_path, "question,answer\n1,A or C\n2,27 or 28\n")
    assert [q.answers["A"] for q in found.questions] == [("A", "C"), (Fraction(27), Fraction(28))]
    either = table(tmp_path, "item #,expected,type\n1,AC,*\n2,AC,&\n")
    assert [q.answers["A"] for q in either.questions] == [("A", "C"), (("A", "C"),)]


def test_nothing_right_is_an_answer_and_an_empty_cell_is_not(tmp_path: Path) -> None:
    assert key(tmp_path, "question,answer\n1,-\n2,AB\n")[0] == ("1", "choices", ())
    assert "there is no answer" in faults(tmp_path, "question,answer\n1,\n2,AB\n")[0]


def test_other_columns_say_the_rest(tmp_path: Path) -> None:
    text = (
        "Frage;Antwort;Punkte;Typ;Titel;Optionen;Toleranz;Teil\n"
        "007;2,50;1,5;Zahl;Pi;;0,01;Eins\n"
        "8;;3;offen;Beweis;;;Zwei\n"
        "9;B;;MC;;5;;Eins\n"
        "10;1;;richtig/falsch;;;;Eins\n"
        "11;5;;numerisch;;;5 %;Eins\n"
        "Summe;;7,5;;;;;\n"
    )
    found = table(tmp_path, text)
    assert found.total == Fraction(15, 2)
    number, essay, choice, truth, relative = found.questions
    assert (number.id, number.points, number.section) == ("007", Fraction(3, 2), "Eins")
    assert number.tolerance == ("abs", Fraction(1, 100))
    assert relative.tolerance == ("rel", Fraction(1, 20))
    assert (essay.kind, essay.points, essay.title) == ("text", Fraction(3), "Beweis")
    assert (choice.kind, choice.options, choice.points) == ("choice", ("A", "B", "C", "D", "E"), None)
    assert truth.answers["A"] == (True,)


@pytest.mark.parametrize(
    "written", ["4", "A-D", "A..D", "a bis d", "ABCD", '"A,B,C,D"', "A;B;C;D", "A B C D"]
)
def test_options_are_a_count_or_their_letters(tmp_path: Path, written: str) -> None:
    found = table(tmp_path, f"question,answer,options\n1,B,{written}\n")
    assert found.questions[0].options == ("A", "B", "C", "D")


def test_numbered_options_stay_numbers(tmp_path: Path) -> None:
    found = table(tmp_path, 'question,answer,options\n1,3,1-5\n2,"1,2",1-5\n').questions
    assert [(q.kind, q.answers["A"][0]) for q in found] == [("choice", "3"), ("choices", ("1", "2"))]


def test_what_is_assumed_and_passed_over_is_told(tmp_path: Path) -> None:
    notices = table(tmp_path, "question,answer,author\n1,B,me\n").notices
    assert any("A to D" in notice for notice in notices)
    assert any("passed over: author" in notice for notice in notices)


# --- faults ----------------------------------------------------------------------------------------


def test_every_fault_of_a_table_is_reported_at_once_with_its_line_and_column(tmp_path: Path) -> None:
    text = """\
question,answer,points,kind,options,tolerance
1,E,1,,A-D,
1,B,x,,4,
,A,1,,4,
4,1-Feb,1,,,
5 a,A,-1,chioce,4,
6,,1,,4,
7,A/C,1,,4,
8,1/3,1,number,,
9,1e3,1,number,,
10,B,1,,4,0.1
11,B,1,,one,
12,AA,1,,4,
13,AB,1,choice,4,
14,see notes,1,text,,
15,12345678901234,1,,,
16,B,1,,4,,more
"""
    found = [line.removeprefix("key.csv:") for line in faults(tmp_path, text)]
    begins = [
        "2:2: question 1: the answer 'E' is none of the options A, B, C, D",
        "3:1: question 1 stands twice, first in line 2",
        "3:3: question 1: 'x' is no number of points",
        "4:1: the row has no question number",
        "5:2: question 4: the answer '1-Feb' looks like a date",
        "6:1: question 5 a: '5 a' is not a question id: write 5.a",
        "6:3: question 5 a: '-1' is no number of points",
        "6:4: question 5 a: 'chioce' is not a kind of question: did you mean choice?",
        "7:2: question 6: there is no answer: write it",
        "8:2: question 7: the answer 'A/C' may mean both or either",
        "9:2: question 8: the answer 1/3 has no end as a decimal number",
        "10:2: question 9: '1e3' is written with a power of ten: write 1000",
        "11:6: question 10: a question of kind choice has no tolerance",
        "12:5: question 11: 'one' does not say which options there are: write how many (4), or A-D",
        "13:2: question 12: the answer 'AA'",
        "14:2: question 13: the answer 'AB' names 2 options of a single choice",
        "15:2: question 14: a person gives the points of this question",
        "16:2: question 15: the answer 12345678901234 needs 14 columns of digits",
        "17:1: the row has 7 cells, and there are 6 columns",
    ]
    assert [line[: len(begin)] for line, begin in zip(found, begins, strict=True)] == begins


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "key.csv: the table is empty"),
        ("a,b,c\n1,2,3\n", "key.csv:1:1: no row names the columns"),
        ("Qestion,Anwser,Points\n1,A,1\n", "Qestion: did you mean question?; Anwser: did you mean answer?"),
        ("question,points\n1,2\n", "key.csv:1:1: no column holds the answers"),
        ("answer,points\nB,2\n", "key.csv:1:1: no column holds the questions' numbers"),
        (
            "question,answer,solution\n1,A,B\n",
            "key.csv:1:3: the columns 'answer' and 'solution' say the same",
        ),
        (
            "question,answer,A,B\n1,C,C,D\n",
            "key.csv:1:3: both 'answer' and 'A' may be the answers of version A",
        ),
        ("question,B,C\n1,C,C\n", "key.csv:2:2: there is no version A; the versions are B, C"),
        ("question,A,B\n1,C,\n", "key.csv:2:3: question 1: there is no answer"),
        (
            "question,A,B\n1,C,27\n",
            "question 1: it is of two kinds: choice in version A, number in version B",
        ),
        ("question,answer,points\n1,C,2\ntotal,,3\n", "key.csv:3:3: the sum is 3, and the questions have 2"),
        ('question,answer\n1,"A\n', "key.csv:2: the row that begins here is no CSV"),
        ("question,answer\n", "key.csv:1:1: the table has no question"),
    ],
)
def test_a_table_that_is_no_key_says_what_to_write(tmp_path: Path, text: str, expected: str) -> None:
    (found, *_) = faults(tmp_path, text)
    assert expected in found
    assert found.count(": ") > 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n", "this is a PDF, not a table"),
        (b"1,A\0\n", "this is no table"),
        (b"question,answer\n1,\x81\n", "key.csv:2: byte 0x81 is neither UTF-8 nor Windows-1252"),
        (b"\xff\xfe1\0,", "no whole UTF-16 text"),
        (b"PK\x03\x04rubbish", "this workbook cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls workbook, or one locked with a password"),
        (b"x" * 8_000_001, "too large for a table with a key"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in faults(tmp_path, data)[0]


def test_cells_of_any_length_are_told_at_once(tmp_path: Path) -> None:
    text = f'question,answer,title\n1,"{"a " * 50_000}",\n2,{"9" * 100_000},\n"{"x. " * 40_000}",A,\n'
    assert faults(tmp_path, text) == [
        "key.csv:2:2: question 1: the cell holds 99999 characters: write at most 1000",
        "key.csv:3:2: question 2: the cell holds 100000 characters: write at most 1000",
        "key.csv:4:1: the cell holds 119999 characters: write at most 1000",
    ]


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="there is no file"):
        read_key_table(tmp_path / "none.csv")


def test_columns_are_named_as_in_a_spreadsheet() -> None:
    assert [column_letters(column) for column in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]


def test_a_misspelt_column_is_asked_back_and_the_points_that_count_are_told(tmp_path: Path) -> None:
    notices = table(tmp_path, "question;answer;pionts;comment\n1;B;2;hard\n2;C;3;\n").notices
    told = [notice.removeprefix(f"{tmp_path}/") for notice in notices]
    assert "key.csv: did you mean points by the column 'pionts'?" in told
    assert "key.csv: no points column: each question counts 1; --points says another number" in told
    assert not any("by the column 'comment'" in notice for notice in told)
    assert not any("counts 1" in one for one in table(tmp_path, "1;B\n2;C\n", points=Fraction(2)).notices)


def test_the_row_of_the_sum_is_checked_where_it_has_points_and_else_passed_over(tmp_path: Path) -> None:
    assert table(tmp_path, "question;answer;points\n1;B;2\n2;C;3\ntotal;;5\n").total == 5
    assert "the sum is 6" in faults(tmp_path, "question;answer;points\n1;B;2\n2;C;3\ntotal;;6\n")[0]
    for header in ("question;answer;pionts", "question;answer"):
        found = table(tmp_path, f"{header}\n1;B\n2;C\ntotal;;5\n")
        assert [question.id for question in found.questions] == ["1", "2"]
        assert f"{tmp_path}/key.csv:4: the row 'total' has no points, and is passed over" in found.notices


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (
            "e.yaml",
            b"exam: e\nquestions:\n  - {id: 1, kind: truefalse, answer: true}\n",
            "exam file already",
        ),
        ("key.txt", b"# mine\nexam: e\nquestions: []\n", "exam file already"),
        ("other.yml", b"a: 1\nb: 2\n", "this is YAML, not a table"),
        ("key.pdf", b"%PDF-1.4\n\x81\x8d\n", "this is a PDF, not a table"),
        ("key.png", b"\x89PNG\r\n\x1a\n\0\0", "this is a picture, not a table"),
        ("key.json", b'{"1": "B"}', "this is JSON, not a table"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileFaults) as caught:
        read_key_table(tmp_path / name)
    (fault,) = caught.value.faults
    assert expected in fault.what
