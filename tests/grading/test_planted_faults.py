"""One exam file with many faults: all of them in one run, each with its place and what to write instead."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import run_command
from pipeline.errors import Fault, FileFaults
from pipeline.prepare import check_keys

Output = pytest.CaptureFixture[str]
LAYERS = "{solve: mlp.parameters, with: {layers: [2, 4, 3], bias: true}}"
"""27 parameters."""

FAULTY = f"""\
exam: planted
titel: Many faults                         #! 'titel': did you mean title?
defaults: {{points: 1}}
total: 30                                  #! total: says 30 points, and the questions have 26
sections:
  - {{id: S1, questions: ["1", "2", "3"], points: 4}}  #! section S1 says 4 points, and its questions have 3
questions:
  - id: "1"
    kind: choice
    options: {{A: 26, B: 28, C: 30}}
    answer: {LAYERS}                       #! the solved value 27 matches no option
  - id: "2"
    kind: choice
    options: {{A: 27, B: 9.5, C: "27.0"}}  #! the options A and C are equal
    answer: {LAYERS}
  - id: "3"
    kind: choice
    options: {{A: red, B: green, C: red}}  #! the options A and C are equal: red
    answer: A
  - id: "4"
    kind: choice
    options: {{A: 27, B: 28, C: 30}}
    answer: {LAYERS}
    printed: B                             #! the printed B disagrees with the solver's A
  - id: "5"
    kind: number
    number: {{digits: 3}}                  #! the digit grid has no minus for -12: write sign: true
    answer: -12
  - id: "6"
    kind: number
    number: {{digits: 3, decimals: 1}}     #! the digit grid has 1 decimals for 2.25: write decimals: 2
    answer: 2.25
  - id: "7"
    kind: number
    number: {{digits: 2}}                  #! the digit grid has 2 digits for 127: write digits: 3
    answer: 127
  - id: "8"
    kind: choice
    options: {{A: 27, B: 28, C: 40}}
    tolerance: {{abs: 2}}                  #! the tolerance 2 is wider than the gap 1 to the next option B
    answer: {LAYERS}
  - id: "9"
    kind: choice
    optoins: {{A: 1, B: 2}}                #! unknown field 'optoins': did you mean options?
    answer: A
  - id: "10"
    kind: chioce                           #! 'chioce' is not a kind of question: did you mean choice?
    options: {{A: 1, B: 2}}
    answer: A
  - id: "11"
    kind: choice
    rule: singel                           #! unknown rule singel: did you mean single?
    options: {{A: 1, B: 2}}
    answer: A
  - id: "12"
    kind: choice
    rule: {{name: single, wrnog: -1}}      #! the rule single has no wrnog: did you mean wrong?
    options: {{A: 1, B: 2}}
    answer: A
  - id: "13"
    kind: number
    number: {{digits: 3}}
    answer: {{solve: mlp.paramters, with: {{layers: [2]}}}}  #! did you mean mlp.parameters?
  - id: "14"
    kind: number
    number: {{digits: 3}}
    answer: {{solve: mlp.parameters, with: {{layer: [2, 4]}}}}  #! no argument layer: did you mean layers?
  - id: "15"
    kind: truefalse
    answer: true
    answer: false                          #! answer stands twice, first in line
  - id: "15"                               #! the id 15 is given to two questions
    kind: truefalse
    answer: true
  - id: "16"
    kind: choice
    options: {{A: 1, B: 2, C: 3}}
    answer: D                              #! the answer of question 16 is 'D', and there is no such option
  - id: "17"
    kind: choice
    options: {{A: 1, B: 2, E: "Don't know"}}
    dont_know: E
    answer: E                              #! the answer of question 17 is 'E', its dont_know option
  - id: "18"
    kind: truefalse
    answer: true
    printed: true
    printed_is_wrong: a misprint           #! it agrees with the key: remove printed_is_wrong
  - id: "19"
    kind: number
    number: {{digits: 2, tolerance: {{abs: 1, rel: 0.1}}}}  #! one of abs, rel, significant, and here are 2
    answer: 5
  - id: "20"
    kind: choices
    options: {{A: 1, B: 2, C: 3}}
    rule: {{name: deduct, eech: 1}}        #! the rule deduct has no eech: did you mean each?
    answer: [A, A]                         #! the answer of question 20 names A twice
  - id: "21"
    kind: credits
    credits: {{max: 2, step: 3/4}}         #! steps of 0.75 do not reach 2 credits
  - id: "22"
    kind: number
    number: {{digits: 2}}
    answer: 1e1                            #! written with a power of ten: write 10
  - id: "23"
    kind: truefalse
    also_accept: [maybe]                   #! in also_accept is 'maybe'
    answer: true
  - id: "24"
    kind: choice
    options: {{A: 0.67, B: 0.667, C: 1/3}}
    answer: {{solve: sum, with: {{values: [1/3, 1/3]}}}}  #! the solved value 2/3 matches the options A, B
versions:
  B:
    "4": {{options: {{A: 27, B: 28, D: 28}}}}  #! the options B and D are equal: 28
    "99": {{answer: A}}                    #! there is no question '99'
"""
PLANTED = [
    (line, text) for line, row in enumerate(FAULTY.splitlines(), 1) for text in re.findall(r"#! (.+)", row)
]
"""(line, part of the message) of every fault, in the order of the file."""


def write(folder: Path, text: str) -> Path:
    path = folder / "exam.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(FileFaults) as caught:
        check_keys([path])
    return caught.value.faults


def test_all_faults_of_a_file_are_reported_in_one_run_each_at_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, FAULTY)
    found = faults(path)
    assert [fault.line for fault in found] == [line for line, _ in PLANTED]
    assert [text for (_, text), fault in zip(PLANTED, found, strict=True) if text not in str(fault)] == []
    assert all(fault.file == str(path) and fault.column and fault.instead for fault in found)
    assert len({re.sub(r"question \d+", "", fault.what) for fault in found}) >= 20


def test_the_command_prints_each_fault_on_a_line_of_its_own(tmp_path: Path, capsys: Output) -> None:
    path = write(tmp_path, FAULTY)
    assert run_command(["key", "check", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(PLANTED)
    pattern = re.compile(rf"error: {re.escape(str(path))}:\d+:\d+: .+: .+")
    assert [line for line in lines if not pattern.fullmatch(line)] == []


def test_faults_are_told_as_json(tmp_path: Path, capsys: Output) -> None:
    path = write(tmp_path, FAULTY)
    assert run_command(["key", "check", "--json", str(path)]) == 2
    told = json.loads(capsys.readouterr().out)
    assert [fault["line"] for fault in told["faults"]] == [line for line, _ in PLANTED]
    assert all(fault["column"] and fault["what"] and fault["instead"] for fault in told["faults"])
    assert all(fault["file"] == str(path) for fault in told["faults"])


def test_faults_of_several_files_come_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(FAULTY, "utf-8")
    (tmp_path / "two.yaml").write_text(FAULTY.replace("exam: planted", "exam: other"), "utf-8")
    (tmp_path / "three.yaml").write_text("exam: [", "utf-8")
    found = faults(tmp_path)
    names = [Path(fault.file).name for fault in found]
    assert names == ["one.yaml"] * len(PLANTED) + ["three.yaml"] + ["two.yaml"] * len(PLANTED)


@given(
    at=st.integers(0, len(FAULTY) - 1),
    length=st.integers(0, 12),
    put=st.sampled_from(
        ["", " ", "{", "}", "[", "]", ":", "x", "0", "null", '"', ", ", "answer: 1\n    ", "- "]
    ),
)
def test_a_check_of_any_file_ends_in_faults_and_in_no_crash(
    tmp_path_factory: pytest.TempPathFactory, at: int, length: int, put: str
) -> None:
    folder = tmp_path_factory.mktemp("faulty")
    assert faults(write(folder, FAULTY[:at] + put + FAULTY[at + length :]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A question whose points cannot be read leaves no sum to be wrong.
        ('total: 2\nquestions:\n  - {id: "1", kind: truefalse, points: one, answer: true}\n', 1),
        # Nor does one whose kind decides its points.
        (
            "total: 5\ndefaults: {points: 1, by_kind: {choice: {points: 4}}}\n"
            'questions:\n  - {id: "1", kind: chioce}\n  - {id: "2", kind: truefalse, answer: true}\n',
            1,
        ),
        # A section with an unknown question has no sum.
        (
            "defaults: {points: 1}\n"
            'sections: [{id: S, points: 2, questions: ["1", "22"]}]\n'
            'questions: [{id: "1", kind: truefalse, answer: true}, {id: "2", kind: truefalse, answer: true}]',
            1,
        ),
        # A question that is no map is one fault; the total may be right.
        ('total: 2\nquestions:\n  - {id: "1", kind: truefalse, points: 1, answer: true}\n  - 2\n', 1),
        # An answer that cannot be read is not missing, and its printed solution not compared.
        (
            'questions:\n  - {id: "1", kind: number, points: 1, number: {digits: 1}, answer: x, printed: 2}',
            1,
        ),
        # A tolerance that cannot be read is one.
        (
            'questions:\n  - {id: "1", kind: number, points: 1, answer: 1,'
            " number: {digits: 1, tolerance: {abs: -1}}}\n",
            1,
        ),
        # A digit grid that cannot be read is not too small.
        ('questions:\n  - {id: "1", kind: number, points: 1, number: {digits: x}, answer: 123}\n', 1),
        # Options that cannot be read are not too few, and the answer is none of them.
        ('questions:\n  - {id: "1", kind: choice, points: 1, options: [A, B], answer: C}\n', 1),
        # A rule is not judged by points that cannot be read.
        (
            "questions:\n"
            '  - {id: "1", kind: truefalse, points: one, rule: {name: single, wrong: -1}, answer: true}\n',
            1,
        ),
        # Both kinds of fault in one question.
        (
            "questions:\n"
            '  - {id: "1", kind: choice, points: 1, rule: singel, options: {A: 1, B: 1}, answer: C}\n',
            3,
        ),
        # A group of parts whose points cannot be read.
        (
            'total: 3\nquestions:\n  - {id: "1", kind: truefalse, points: x, rule: all-parts,'
            " parts: [{id: a, answer: true}, {id: b, answer: false}]}\n",
            1,
        ),
        # What may vary is not asked of a question whose answer cannot be read.
        (
            'questions:\n  - {id: "1", kind: number, points: 1, number: {digits: 3}, answer: x}\n'
            'vary: {"1": {layers.1: {from: 2, to: 6}}}\n',
            1,
        ),
    ],
)
def test_a_fault_makes_no_others(tmp_path: Path, text: str, expected: int) -> None:
    found = faults(write(tmp_path, "exam: e\n" + text))
    assert len(found) == expected, "\n".join(map(str, found))


def test_warnings_are_told_beside_faults(tmp_path: Path, capsys: Output) -> None:
    text = (
        "exam: e\ntotal: 9\n"
        'questions: [{id: "1", kind: truefalse, points: 1, answer: true, printed: false,'
        " printed_is_wrong: a misprint}]\n"
    )
    path = write(tmp_path, text)
    assert run_command(["key", "check", str(path)]) == 2
    told = capsys.readouterr()
    assert told.err.count("error: ") == 1
    assert told.out.startswith(f"warning: {path}:3:")
    assert run_command(["key", "check", "--json", str(path)]) == 2
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert "recorded: a misprint" in warning


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("total: 10%", "2:8: a number is expected here, and this is '10%': write points, without %"),
        ("rounding: 0.5", "2:11: a map is expected here: write rounding: {step: 0.5}"),
        ("grades: [A, B]", "2:9: a map is expected here: write grades: {A: 90, B: 80, C: 70}"),
        ("defaults: {points: 1,5}", "2:22: unknown field '5': write decimals with a point, like 0.5"),
        (
            "defaults: {rule: {name: single, wrong: -0,25}}",
            "2:45: question 1: the rule single has no 25: write decimals with a point, like 0.5",
        ),
        ("defaults: {rule: Single}", "2:18: question 1: unknown rule Single: did you mean single?"),
        ("Marking: any", "2:1: unknown field 'Marking': did you mean marking?"),
    ],
)
def test_a_slip_is_told_so_that_it_can_be_mended_at_once(tmp_path: Path, line: str, expected: str) -> None:
    asked = 'questions: [{id: "1", kind: choice, points: 1, options: {A: x, B: y}, answer: A}]'
    path = write(tmp_path, f"exam: e\n{line}\n{asked}\n")
    assert [str(fault).removeprefix(f"{path}:") for fault in faults(path)] == [expected]
