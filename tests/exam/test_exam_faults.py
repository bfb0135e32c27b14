"""Faulty exam files: every fault at once, where it is, and what to write instead."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ExitCode, Fault, FileFaults
from pipeline.exam import load, load_exam, tree
from pipeline.exam.checking import MAX_SHOWN
from pipeline.exam.load import MAX_BYTES
from tests.exam.texts import faults, question_faults, write

GOOD = """\
exam: e
defaults: {points: 1}
questions:
  - id: "1"
    kind: choice
    options: {A: 1, B: 2, E: "Don't know"}
    dont_know: E
    answer: {solve: mlp.parameters, with: {layers: [2, 4]}}
  - {id: "2", kind: number, number: {digits: 2, tolerance: {abs: 0.1}}, answer: 0.5}
  - {id: "3", kind: credits, credits: {max: 3, step: 1/2}}
  - {id: "4", kind: number, number: {digits: 1}, parts: [{id: a, answer: 1}, {id: b, answer: 2}]}
sections: [{id: S, title: Sums, questions: ["1", "4"]}]
versions: {B: {"1": {with: {layers: [3, 4]}}}}
"""


def test_every_fault_of_a_file_is_reported_at_once_in_its_order(tmp_path: Path) -> None:
    text = """\
exam: Bad Exam
titel: x
marking: crosses
defaults: {points: one, by_kind: {chioce: {points: 2}}}
sections: [{id: S1, questions: ["1", "22"]}]
questions:
  - id: "1"
    kind: chioce
    optoins: {A: 1, B: 2}
  - {id: "2", kind: choice, points: 1, options: {A: 1, B: 2}, answer: C}
  - {id: "2", kind: number, points: -1, number: {digits: none}, answer: 1e-3}
versions:
  B: {"1x": {}, "2": {ponts: 3}}
"""
    assert faults(tmp_path, text) == [
        "exam.yaml:1:7: 'Bad Exam' is not an exam id: use 1 to 24 of a-z, 0-9 and -, like dtu-02456-2025",
        "exam.yaml:2:1: unknown field 'titel': did you mean title?",
        "exam.yaml:3:10: 'crosses' is not a way of marking: write one of fill, any, cross-undo",
        "exam.yaml:4:20: a number is expected here, and this is 'one': write it like 2, 0.5 or 1/3",
        "exam.yaml:4:35: 'chioce' is not a kind of question: did you mean choice?",
        "exam.yaml:5:38: section S1 names question '22', and there is none: did you mean 2?",
        "exam.yaml:8:11: 'chioce' is not a kind of question: did you mean choice?",
        "exam.yaml:9:5: unknown field 'optoins': did you mean options?",
        "exam.yaml:10:71: the answer of question 2 is 'C', and there is no such option: write one of A, B",
        "exam.yaml:11:10: the id 2 is given to two questions: give each question its own id",
        "exam.yaml:11:37: '-1' is less than 0: write a number from 0 on",
        "exam.yaml:11:58: a whole number is expected here, and this is 'none': write one from 1 to 12",
        "exam.yaml:11:73: the answer of question 2 is written with a power of ten: write 0.001",
        "exam.yaml:13:7: there is no question '1x': did you mean 1?",
        "exam.yaml:13:23: unknown field 'ponts': did you mean points?",
    ]


def test_a_fault_in_a_file_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(FileFaults) as caught:
        load_exam(write(tmp_path, "exam: e\n"))
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{kind: truefalse, points: 1}", "3:5: id is missing: write id: ..."),
        ("{id: a b, kind: truefalse, points: 1}", "3:10: 'a b' is not a question id: use 1 to 24 letters"),
        ("{id: id, kind: truefalse, points: 1}", "3:10: the id 'id' is kept for the student id"),
        ("{id: 1, points: 1}", "3:10: question 1 has no kind: write kind: one of choice, choices"),
        (
            "{id: 1, kind: multiple, points: 1}",
            "3:19: 'multiple' is not a kind of question: write one of choice",
        ),
        ("{id: 1, kind: id, points: 1}", "3:19: 'id' is not a kind of question"),
        ("{id: 1, kind: truefalse}", "3:10: question 1 has no points: write points: 1, or defaults"),
        ("{id: 1, kind: truefalse, points: -0.5}", "3:38: '-0.5' is less than 0: write a number from 0 on"),
        ("{id: 1, kind: truefalse, points: two}", "3:38: a number is expected here, and this is 'two'"),
        ("{id: 1, kind: truefalse, points: 1/0}", "3:38: a number is expected here, and this is '1/0'"),
        ("{id: 1, kind: truefalse, points: [1]}", "3:38: a number is expected here, and this is a list"),
        ("{id: 1, kind: truefalse, points: }", "3:37: a number is expected here, and this is nothing"),
        ("{id: 1, kind: truefalse, points: 1e2}", "3:38: a number is expected here, and this is '1e2'"),
        ("{id: 1, kind: truefalse, points: 1, points: 2}", "3:41: points stands twice, first in line 3"),
        (
            "{id: 1, kind: truefalse, points: 1, answer: yes}",
            "3:49: the answer of question 1 is 'yes': write answer: true",
        ),
        (
            "{id: 1, kind: truefalse, points: 1, options: {X: a}}",
            "3:51: question 1 is true or false and has no option 'X'",
        ),
        (
            "{id: 1, kind: choice, points: 1}",
            "3:10: question 1 has no options: write options: {A: ..., B: ...}",
        ),
        ("{id: 1, kind: choice, points: 1, options: {A: 1}}", "3:47: question 1 has 1 option: write 2 to 40"),
        ("{id: 1, kind: choice, points: 1, options: [A, B]}", "3:47: options are a map, and this is a list"),
        ("{id: 1, kind: choice, points: 1, options: {A|B: 1, C: 2}}", "3:47: 'A|B' is not an option's id"),
        (
            "{id: 1, kind: choice, points: 1, options: {A: {txt: x}, B: 1}}",
            "3:52: unknown field 'txt': did you mean text?",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {AA: 1, BB: 2}, answer: AB}",
            "3:71: the answer of question 1 is 'AB', and there is no such option: write one of AA, BB",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, answer: [A]}",
            "3:69: the answer of question 1 is a list, and its kind is choice: write answer: A, or kind",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, E: 2}, dont_know: E, answer: E}",
            "3:83: the answer of question 1 is 'E', its dont_know option",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, E: 2}, dont_know: F}",
            "3:72: dont_know names 'F', and question 1 has no such option",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, answer: }",
            "3:68: the answer of question 1 is empty",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, answer: {solv: x}}",
            "3:70: unknown field 'solv': did you mean solve?",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, answer: {with: {}}}",
            "3:69: solve is missing: write solve: ...",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, answer: {solve: x, pick: 0.5}}",
            "3:86: pick is names and places",
        ),
        (
            "{id: 1, kind: choices, points: 1, options: {A: 1, B: 2}, answer: A}",
            "3:70: the answer of question 1 is no list, and its kind is choices: write answer: [A]",
        ),
        (
            "{id: 1, kind: choices, points: 1, options: {A: 1, B: 2}, answer: [A, A]}",
            "3:74: the answer of question 1 names A twice",
        ),
        (
            "{id: 1, kind: choices, points: 1, options: {A: 1, B: 2}, answer: [[A]]}",
            "3:71: the answer of question 1 holds what is no option",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, printed_is_wrong: why}",
            "3:61: printed_is_wrong without printed",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, printed: A, printed_is_wrong: true}",
            "3:91: printed_is_wrong is the reason, in words",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, number: {digits: 1}}",
            "3:61: question 1 is of kind choice and has no use for number",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, rule: [single]}",
            "3:67: a rule is a name with its numbers, and this is a list",
        ),
        (
            "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}, parts: [], answer: A}",
            "3:68: question 1 has an empty list of parts",
        ),
        (
            "{id: 1, kind: number, points: 1, answer: 1}",
            "3:10: question 1 is a number and says nothing of its digit grid: write number: {digits: 3}",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {decimals: 1}}",
            "3:46: digits is missing: write digits: ...",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2, decimals: 3}}",
            "3:68: question 1 has 3 decimals and 2 digits in all",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2, sign: yes}}",
            "3:64: true or false is expected here, and this is 'yes'",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2, tolerance: {abs: 1, rel: 1}}}",
            "3:69: a tolerance is one of abs, rel, significant, and here are 2",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2, tolerance: {}}}",
            "3:69: a tolerance is one of abs, rel, significant, and here are none",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2}, answer: 2.5e+1}",
            "3:67: the answer of question 1 is written with a power of ten: write 25",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2}, answer: 1e999999999}",
            "3:67: the answer of question 1 is '1e999999999', and its kind is number",
        ),
        (
            "{id: 1, kind: number, points: 1, number: {digits: 2}, answer: five}",
            "3:67: the answer of question 1 is 'five', and its kind is number: write it like 27, 0.5 or 1/3",
        ),
        (
            "{id: 1, kind: credits}",
            "3:10: question 1 does not say how many credits it has: write credits: {max: 3}",
        ),
        (
            "{id: 1, kind: credits, credits: {max: 3, step: 2}}",
            "3:37: question 1: steps of 2 do not reach 3 credits",
        ),
        (
            "{id: 1, kind: credits, credits: {max: 30, step: 1/2}}",
            "3:37: question 1 would need 61 credit boxes",
        ),
        ("{id: 1, kind: credits, credits: {max: 0}}", "3:43: '0' is not more than 0"),
        (
            "{id: 1, kind: credits, credits: {max: 3}, points: 2}",
            "3:55: question 1 has points 2 and credits up to 3",
        ),
        (
            "{id: 1, kind: credits, credits: {max: 3}, answer: 3}",
            "3:47: question 1 is of kind credits and has no use for answer: remove it: a person",
        ),
        (
            "{id: 1, kind: truefalse, points: 1, parts: [{id: x}], answer: true}",
            "3:59: question 1 has parts, and answer of its own: give it to the parts",
        ),
        (
            "{id: 1, kind: truefalse, points: 1, parts: [{id: x}, {id: x}]}",
            "3:63: the id 1.x is given to two questions",
        ),
        (
            "{id: 123456789012345678901234, kind: truefalse, points: 1, parts: [{id: x}]}",
            "3:77: the part's whole id 123456789012345678901234.x is longer than 24",
        ),
        ("just text", "3:5: a map is expected here: write name: value pairs"),
    ],
)
def test_a_faulty_question_gets_one_line_that_says_where_and_what_instead(
    tmp_path: Path, fields: str, expected: str
) -> None:
    found = question_faults(tmp_path, fields)
    assert any(line.startswith(f"exam.yaml:{expected}") for line in found), found
    assert len(found) <= 2, "one mistake is not many faults"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("layout: nowhere.json", "1:9: there is no layout {folder}/nowhere.json: name a file"),
        ("student_id: {kind: digit}", "1:20: 'digit' is not a kind of student id: did you mean digits?"),
        (
            "student_id: {length: 99}",
            "1:22: a whole number is expected here, and this is '99': write one from 1 to 16",
        ),
        ("student_id: digits", "1:13: a map is expected here"),
        ("rounding: {step: 0}", "1:18: '0' is not more than 0: write a number above 0"),
        (
            "rounding: {step: 1, mode: half_up}",
            "1:27: 'half_up' is not a way of rounding: did you mean half-up?",
        ),
        ("grades: {A: 9, B: 9}", "1:13: the grades B and A begin at the same points"),
        ("sections: [{id: S, questions: [1, 1]}]", "1:35: question 1 is in section S already"),
        (
            "sections: [{id: S, questions: [1]}, {id: S, questions: []}]",
            "1:42: the id S is given to two sections",
        ),
        (
            "sections: [{id: S, questions: [1], floor: 2, cap: 1}]",
            "1:43: the floor of section S is above its cap",
        ),
        ("sections: [{id: S}]", "1:12: questions is missing"),
        ("versions: {b: {}}", "1:12: 'b' is not a version: use 1 to 4 of A-Z and 0-9, like B"),
        ("versions: {A: {}}", "1:12: A is the version that the questions themselves are"),
        ('versions: {B: {"2": {points: 1}}}', "1:16: there is no question '2'"),
        ('versions: {B: {"1": {kind: choice}}}', "1:22: unknown field 'kind'"),
        ('versions: {B: {"1": {answer: maybe}}}', "1:30: the answer of question 1 is 'maybe'"),
        ("versions: {B: [1]}", "1:15: a map is expected here"),
        ("pass: half", "1:7: a number is expected here, and this is 'half'"),
        ("title: [a]", "1:8: text is expected here, and this is a list"),
        ("? [a, b]\n: c", "1:3: a map or list cannot be a key"),
    ],
)
def test_a_faulty_exam_gets_one_line_that_says_where_and_what_instead(
    tmp_path: Path, line: str, expected: str
) -> None:
    text = f"{line}\nexam: e\nquestions: [{{id: 1, kind: truefalse, points: 1, answer: true}}]\n"
    found = faults(tmp_path, text)
    assert found[0].startswith("exam.yaml:" + expected.format(folder=tmp_path)), found
    assert len(found) == 1, "one mistake is one fault"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "exam.yaml: this is no exam file: begin with exam: ID"),
        ("- a\n", "exam.yaml:1:1: this is no exam file"),
        ("exam: e\nquestions: []\n", "exam.yaml:2:12: there are no questions"),
        ("exam: e\nquestions: {1: x}\n", "exam.yaml:2:12: a list is expected here"),
        ("exam: [1,\nquestions: }\n", "exam.yaml:2:12: not YAML: "),
        ("exam: e\n\tquestions: []\n", "exam.yaml:2:1: not YAML: a tab stands here: put spaces"),
        ('exam: "e\n', "exam.yaml:1:7: not YAML: a quotation mark is never closed"),
        ("exam: e\ntotal:10\npass: 5\n", "exam.yaml:2:1: not YAML: this line has no colon with a space"),
        ("exam: e\n  total: 10\n", "exam.yaml:2:8: not YAML: a second colon, or a line further in"),
        ("exam: e\nquestions:\n    - id: x\n   - id: y\n", "exam.yaml:4:4: not YAML: this line begins"),
        ("exam: {a: [1, 2}\n", "exam.yaml:1:16: not YAML: a list that began with [ goes on here"),
        ("exam: &x e\nquestions: *x\n", "exam.yaml:1:7: anchors (&) and aliases (*) are not allowed"),
        ("exam: e\nquestions: *x\n", "exam.yaml:2:12: anchors (&) and aliases (*) are not allowed"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "exam.yaml:1:4: anchors (&) and aliases"),
        (
            "exam: !!python/object/apply:os.system [ls]\n",
            "exam.yaml:1:7: the tag tag:yaml.org,2002:python/object",
        ),
        ("exam: e\n---\nexam: f\n", "exam.yaml:2:1: a second document begins"),
        ("exam: " + "[" * 100_000, "exam.yaml:1:38: more than 32 levels"),
        ("exam: a\x07b\n", "exam.yaml:1:8: a character that YAML does not allow"),
        ("exam: a\0b\n", "exam.yaml:1:8: a zero byte"),
    ],
)
def test_what_is_no_exam_file_at_all_is_said_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    found = faults(tmp_path, text)
    assert found[0].startswith(expected), found
    assert len(found) == 1


def test_a_file_that_is_not_utf_8_says_which_byte_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    path.write_bytes("exam: e\ntitle: Prüfung\n".encode("latin-1"))
    with pytest.raises(
        FileFaults, match=r"exam.yaml:2:10: byte 0xFC is not UTF-8 text: save it as UTF-8.*Latin-1"
    ):
        load_exam(path)
    path.write_bytes(b"\xef\xbb\xbf" + "title: é\n".encode() + b"exam: \xff\n")
    with pytest.raises(FileFaults, match=r"exam\.yaml:2:7: byte 0xFF"):
        load_exam(path)
    path.write_bytes("exam: e".encode("utf-16"))
    with pytest.raises(FileFaults, match="the text is UTF-16, not UTF-8"):
        load_exam(path)


def test_a_file_of_more_than_a_megabyte_is_not_even_parsed(tmp_path: Path) -> None:
    path = write(tmp_path, "#" * (MAX_BYTES + 1))
    with pytest.raises(FileFaults, match="more than 1,000,000 bytes is too large for an exam file"):
        load_exam(path)


def test_of_a_thousand_faults_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    found = faults(tmp_path, "exam: e\nquestions:\n" + "- a\n" * 1000)
    assert len(found) == 201
    assert found[0].startswith("exam.yaml:3:3: a map is expected here")
    assert found[-1] == "exam.yaml: 800 more faults: mend these first"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_exam(path).id == "e"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_slip_of_the_keyboard_gives_faults_with_places_and_never_a_crash(
    tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    cut = data.draw(st.integers(0, 12))
    typed = data.draw(st.text("abE019 .,:-/{}[]\"'\n\t&*!?|>%#", max_size=4))
    path = write(tmp_path, GOOD[:at] + typed + GOOD[at + cut :])
    lines = path.read_text(encoding="utf-8").count("\n") + 1
    found = _found(path)
    assert all(0 <= fault.line <= lines and fault.what for fault in found)


def _found(path: Path) -> tuple[Fault, ...]:
    """Give the faults of an exam file; none when it loads, and then it has questions."""
    try:
        exam = load_exam(path)
    except FileFaults as error:
        return error.faults
    assert exam.versions["A"].questions
    return ()


def faults_of(tmp_path: Path, text: str) -> list[Fault]:
    with pytest.raises(FileFaults) as error:
        load_exam(write(tmp_path, text))
    return list(error.value.faults)


def test_a_file_of_more_values_than_any_exam_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "MAX_NODES", 1000)
    (fault,) = faults_of(tmp_path, "a: [" + "1," * 1000 + "]")
    assert fault.what == "the file goes on after 1,000 keys and values"
    assert fault.line == 1


def test_a_table_of_more_cells_than_paper_has_is_refused_before_it_is_made(tmp_path: Path) -> None:
    names = ", ".join(f"n{number}" for number in range(2000))
    question = f"  - {{id: t, kind: table, points: 1, rows: [{names}], columns: [{names}], answer: 1}}\n"
    found = faults_of(tmp_path, f"exam: x\nquestions:\n{question}")
    assert any("2000 rows and 2000 columns" in fault.what for fault in found)


def test_versions_and_questions_that_multiply_are_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MAX_QUESTIONS", 100)
    question = '  - {{id: "{}", kind: truefalse, points: 1, answer: true}}\n'
    versions = "".join(f"  V{number}: {{}}\n" for number in range(10))
    text = "exam: x\nquestions:\n" + "".join(map(question.format, range(10))) + "versions:\n" + versions
    (fault,) = faults_of(tmp_path, text)
    assert fault.what == "11 versions of 10 questions are too many"


def test_of_thousands_of_unknown_fields_no_one_is_kept_waiting_for_guesses(tmp_path: Path) -> None:
    text = "exam: x\nquestions: []\n" + "".join(f"pointz{number}: 1\n" for number in range(300))
    found = faults_of(tmp_path, text)
    assert len([fault for fault in found if fault.what.startswith("unknown field")]) == MAX_SHOWN
    assert "more faults" in found[-1].what
