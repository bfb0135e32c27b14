"""What an exam file becomes: exact numbers, ids as written, defaults, parts and versions worked in."""

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FileFaults, UsageFault
from pipeline.exam import exam_schema, load_exam, load_exams
from pipeline.exam.numbers import exact, written
from pipeline.model import CreditFormat, Kind, Marking, NumberFormat, Rule, Solve, StudentId, Tolerance
from tests.exam.texts import loaded, question, write

WHOLE = """\
exam: networks-2026
title: "Networks: the exam"
marking: cross-undo
paper: letter
student_id: {kind: alphanumeric, length: 7}
total: 6.5
pass: 3.25
grades: {"02": 2, "12": 6, "7": 4.5}
rounding: {step: 1/2, mode: half-even}
defaults:
  points: 1
  rule: {name: single, wrong: -1/3}
  by_kind:
    choices: {points: 2, rule: {name: deduct, each: 0.1}}
    number: {number: {digits: 3, tolerance: {abs: 0.01}}}
sections:
  - {id: one, title: First, questions: [1, 2], points: 3, floor: 0}
  - {id: two, questions: [3], cap: 3.5}
questions:
  - id: 1
    kind: choice
    title: Parameters
    options: {A: 7, B: 0.10, C: "x", D: 27, E: "Don't know"}
    dont_know: E
    answer: {solve: mlp.parameters, with: {layers: [2, 4, 3], bias: true, rate: 1e-3}, pick: [total, 0]}
    printed: D
  - id: 2
    kind: choices
    options: {a: "yes", b: NO, c: {text: "half", value: 1/2}}
    answer: [a, c]
  - id: 3
    kind: number
    points: 1.5
    parts:
      - {id: h1, answer: 16}
      - {id: h2, answer: -0.10, number: {decimals: 2, sign: true}, rule: {name: number, wrong: 0}}
      - {id: why, kind: credits, points: 0.5, credits: {step: 1/2}}
versions:
  B:
    "1": {with: {layers: [3, 4, 2]}, options: {A: 26}}
    "3.h1": {answer: 8}
  C:
"""


def test_the_whole_of_an_exam_file_is_in_its_record(tmp_path: Path) -> None:
    file = loaded(tmp_path, WHOLE)
    exam = file.versions["A"]
    assert (file.id, file.path) == ("networks-2026", str(tmp_path / "exam.yaml"))
    assert file.key_hash == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert list(file.versions) == ["A", "B", "C"]
    assert (exam.id, exam.title, exam.version) == ("networks-2026", "Networks: the exam", "A")
    assert (exam.marking, exam.paper) == (Marking.CROSS_UNDO, "letter")
    assert exam.student_id == StudentId(kind="alphanumeric", length=7)
    assert (exam.total, exam.pass_points) == (Fraction(13, 2), Fraction(13, 4))
    assert exam.grades == ((Fraction(6), "12"), (Fraction(9, 2), "7"), (Fraction(2), "02"))
    assert exam.rounding is not None
    assert (exam.rounding.step, exam.rounding.mode) == (Fraction(1, 2), "half-even")
    assert [q.id for q in exam.questions] == ["1", "2", "3.h1", "3.h2", "3.why"]


def test_a_choice_has_its_options_values_and_solver(tmp_path: Path) -> None:
    first = loaded(tmp_path, WHOLE).versions["A"].questions[0]
    assert [(o.id, o.text) for o in first.options] == [
        ("A", "7"),
        ("B", "0.10"),
        ("C", "x"),
        ("D", "27"),
        ("E", "Don't know"),
    ]
    assert [o.value for o in first.options] == [Fraction(7), Fraction(1, 10), "x", Fraction(27), None]
    assert first.dont_know == "E"
    assert first.rule == Rule(name="single", parameters={"wrong": Fraction(-1, 3)})
    assert first.answer == Solve(
        solver="mlp.parameters",
        arguments={"layers": (2, 4, 3), "bias": True, "rate": Fraction(1, 1000)},
        pick=("total", 0),
    )
    assert first.printed == "D"


def test_defaults_of_a_kind_go_before_those_of_all_and_the_question_before_both(tmp_path: Path) -> None:
    questions = {q.id: q for q in loaded(tmp_path, WHOLE).versions["A"].questions}
    assert questions["2"].points == 2
    assert questions["2"].rule == Rule(name="deduct", parameters={"each": Fraction(1, 10)})
    assert questions["3.h1"].rule == Rule(name="number")
    assert questions["3.h1"].number == NumberFormat(
        digits=3, tolerance=Tolerance(kind="abs", size=Fraction(1, 100))
    )


def test_parts_are_questions_of_their_own_that_inherit_from_their_parent(tmp_path: Path) -> None:
    questions = {q.id: q for q in loaded(tmp_path, WHOLE).versions["A"].questions}
    first, second, credits = questions["3.h1"], questions["3.h2"], questions["3.why"]
    assert (first.kind, first.points, first.answer, first.parent) == (Kind.NUMBER, Fraction(3, 2), 16, "3")
    assert second.answer == Fraction(-1, 10)
    assert second.number == NumberFormat(
        digits=3, decimals=2, sign=True, tolerance=Tolerance(kind="abs", size=Fraction(1, 100))
    )
    assert credits.credits == CreditFormat(max=Fraction(1, 2), step=Fraction(1, 2))
    assert (credits.points, credits.number, credits.rule) == (Fraction(1, 2), None, Rule(name="credits"))


def test_a_part_may_be_named_by_its_whole_id(tmp_path: Path) -> None:
    exam = loaded(
        tmp_path,
        "exam: e\nquestions:\n  - {id: 5b, kind: truefalse, points: 1, parts: [{id: 5b.h1}, {id: h2}]}\n",
    ).versions["A"]
    assert [q.id for q in exam.questions] == ["5b.h1", "5b.h2"]


def test_a_section_of_a_question_with_parts_holds_the_parts(tmp_path: Path) -> None:
    exam = loaded(tmp_path, WHOLE).versions["A"]
    assert [s.questions for s in exam.sections] == [("1", "2"), ("3.h1", "3.h2", "3.why")]
    assert [(s.id, s.title, s.points, s.floor, s.cap) for s in exam.sections] == [
        ("one", "First", 3, 0, None),
        ("two", "two", None, None, Fraction(7, 2)),
    ]
    assert [q.section for q in exam.questions] == ["one", "one", "two", "two", "two"]


def test_a_version_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    versions = loaded(tmp_path, WHOLE).versions
    base, other = versions["A"].questions[0], versions["B"].questions[0]
    assert other.answer.arguments == {"layers": (3, 4, 2), "bias": True, "rate": Fraction(1, 1000)}
    assert (other.answer.solver, other.answer.pick) == (base.answer.solver, base.answer.pick)
    assert [o.value for o in other.options][:2] == [26, Fraction(1, 10)]
    assert other.printed is None, "the printed solution is that of version A"
    assert versions["B"].questions[2].answer == 8
    assert [q.id for q in versions["C"].questions] == [q.id for q in versions["A"].questions]
    assert versions["C"].questions == versions["A"].questions
    assert versions["C"].version == "C"


def test_a_version_that_names_all_options_sets_their_order(tmp_path: Path) -> None:
    text = """\
exam: e
questions:
  - {id: 1, kind: choice, points: 1, options: {A: x, B: y, C: z}, answer: A}
versions:
  B: {"1": {options: {C: z, B: y, A: x}}}
  C: {"1": {options: {B: w}, answer: B, rule: {name: deduct, each: 1}}}
"""
    versions = loaded(tmp_path, text).versions
    assert [o.id for o in versions["B"].questions[0].options] == ["C", "B", "A"]
    assert [o.text for o in versions["C"].questions[0].options] == ["x", "w", "z"]
    assert versions["C"].questions[0].rule == Rule(name="deduct", parameters={"each": 1})


def test_an_exam_says_little_and_the_rest_is_sensible(tmp_path: Path) -> None:
    exam = loaded(
        tmp_path,
        "exam: e\nquestions: [{id: 1, kind: truefalse, points: 1, answer: false},"
        " {id: 2, kind: credits, credits: {max: 3}}, {id: 3, kind: text, points: 2}]\n",
    ).versions["A"]
    assert (exam.title, exam.marking, exam.paper, exam.student_id) == ("e", Marking.ANY, "a4", StudentId())
    assert [(o.id, o.text, o.value) for o in exam.questions[0].options] == [
        ("T", "True", True),
        ("F", "False", False),
    ]
    assert exam.questions[0].answer is False
    assert [q.points for q in exam.questions] == [1, 3, 2]
    assert exam.questions[2].credits == CreditFormat(max=Fraction(2), step=Fraction(1))
    assert [q.rule.name for q in exam.questions] == ["single", "credits", "credits"]


def test_truefalse_may_be_worded_in_any_language_and_have_a_dont_know(tmp_path: Path) -> None:
    found = question(
        tmp_path,
        "{id: 1, kind: truefalse, points: 1, options: {T: Prawda, F: Fałsz, N: Nie wiem},"
        " dont_know: N, answer: T}",
    )
    assert [(o.id, o.text) for o in found.options] == [("T", "Prawda"), ("F", "Fałsz"), ("N", "Nie wiem")]
    assert (found.answer, found.dont_know) == (True, "N")


def test_options_whose_ids_yaml_would_take_for_something_else_stay_text(tmp_path: Path) -> None:
    found = question(
        tmp_path,
        "{id: 1, kind: choice, points: 1, options: {1: a, True: b, NO: c, 007: d, yes: e}, answer: 007}",
    )
    assert [o.id for o in found.options] == ["1", "True", "NO", "007", "yes"]
    assert found.answer == "007"
    found = question(
        tmp_path, "{id: 1, kind: choices, points: 1, options: {1: a, True: NO}, answer: [True, 1]}"
    )
    assert found.answer == ("True", "1")
    assert found.options[1].text == "NO"
    assert found.options[1].value == "NO"


def test_the_same_number_is_the_same_however_it_is_quoted(tmp_path: Path) -> None:
    found = question(
        tmp_path,
        '{id: 1, kind: choice, points: 1, options: {A: 0.1, B: "0.1", C: 1/10,'
        " D: [[1, 0.5], [3, 4]], E: {value: 0.1}}}",
    )
    assert [o.value for o in found.options] == [
        Fraction(1, 10),
        Fraction(1, 10),
        Fraction(1, 10),
        ((1, Fraction(1, 2)), (3, 4)),
        Fraction(1, 10),
    ]
    assert [o.text for o in found.options] == ["0.1", "0.1", "1/10", "[[1, 0.5], [3, 4]]", "0.1"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("27", Fraction(27)),
        ("0.1", Fraction(1, 10)),
        ('"1/3"', Fraction(1, 3)),
        ("-.5", Fraction(-1, 2)),
        ("+2.50", Fraction(5, 2)),
    ],
)
def test_a_number_is_exactly_what_is_written(tmp_path: Path, text: str, number: Fraction) -> None:
    assert (
        question(
            tmp_path, f"{{id: 1, kind: number, points: 1, number: {{digits: 3}}, answer: {text}}}"
        ).answer
        == number
    )


@given(
    st.fractions(max_denominator=10**6)
    | st.decimals(allow_nan=False, allow_infinity=False, places=9).map(Fraction)
)
def test_a_number_written_out_is_read_back_exactly(number: Fraction) -> None:
    assert exact(written(number)) == number


def test_an_exam_without_answers_can_be_printed_before_the_key_exists(tmp_path: Path) -> None:
    assert question(tmp_path, "{id: 1, kind: choice, points: 1, options: {A: 1, B: 2}}").answer is None


def test_no_right_option_at_all_is_an_answer(tmp_path: Path) -> None:
    found = question(tmp_path, "{id: 1, kind: choices, points: 1, options: {A: 1, B: 2}, answer: []}")
    assert found.answer == ()


@pytest.mark.parametrize(
    ("printed", "kept"),
    [("B", "B"), ("9", Fraction(9)), ("16x8", "16x8"), ("[A, B]", ("A", "B")), ("true", True)],
)
def test_what_the_solution_prints_is_kept_as_it_is(tmp_path: Path, printed: str, kept: object) -> None:
    found = question(
        tmp_path,
        "{id: 1, kind: choice, points: 1, options: {A: 7, B: 9}, printed_is_wrong: misprint,"
        f" printed: {printed}}}",
    )
    assert found.printed == kept
    assert found.printed_is_wrong == "misprint"


def test_an_erratum_is_of_the_version_that_was_printed(tmp_path: Path) -> None:
    file = loaded(
        tmp_path,
        "exam: x\nmarking: fill\nquestions:\n"
        "  - {id: 1, kind: choice, points: 1, options: {A: 7, B: 9}, answer: A, erratum: a name is missing}\n"
        "versions:\n  B: {1: {answer: B}}\n",
    )
    assert [file.versions[version].questions[0].erratum for version in "AB"] == ["a name is missing", ""]


def test_every_field_knows_where_it_is_written(tmp_path: Path) -> None:
    exam = loaded(tmp_path, WHOLE).versions["B"]
    first = exam.questions[0]
    assert first.places[""] == (20, 5)
    assert first.places["id"] == (20, 9)
    assert first.places["options.A"] == (40, 51)
    assert first.places["options.B"] == (23, 24)
    assert first.places["points"] == (11, 11), "a default, where the default is written"
    assert exam.places["total"] == (6, 8)
    assert exam.places["sections.two"] == (18, 5)


def test_a_layout_is_found_beside_the_exam_file(tmp_path: Path) -> None:
    write(tmp_path, "{}", "paper.json")
    exam = loaded(tmp_path, "exam: e\nlayout: paper.json\nquestions: [{id: 1, kind: truefalse, points: 1}]\n")
    assert exam.versions["A"].layout_file == str(tmp_path / "paper.json")


def test_a_folder_of_exams_is_loaded_in_the_order_of_its_names(tmp_path: Path) -> None:
    for name, exam in (("b.yaml", "two"), ("a.yml", "one"), (".hidden.yaml", "no"), ("note.txt", "no")):
        write(tmp_path, f"exam: {exam}\nquestions: [{{id: 1, kind: truefalse, points: 1}}]\n", name)
    (tmp_path / "a.layouts").mkdir()
    assert [file.id for file in load_exams(tmp_path)] == ["one", "two"]
    assert [file.id for file in load_exams(tmp_path / "b.yaml")] == ["two"]


def test_two_files_with_one_exam_id_are_refused_and_every_faulty_file_is_reported(tmp_path: Path) -> None:
    good = "exam: same\nquestions: [{id: 1, kind: truefalse, points: 1}]\n"
    for name, text in (("a.yaml", good), ("b.yaml", good), ("c.yaml", "exam: c\n"), ("d.yaml", "[")):
        write(tmp_path, text, name)
    with pytest.raises(FileFaults) as caught:
        load_exams(tmp_path)
    message = str(caught.value)
    assert f"{tmp_path / 'b.yaml'}: the exam id same is also that of {tmp_path / 'a.yaml'}" in message
    assert "c.yaml:1:1: questions is missing" in message
    assert "d.yaml:" in message


def test_a_folder_or_file_that_is_not_there_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"no exam file \(\*\.yaml\) in .*name one with --keys"):
        load_exams(tmp_path)
    with pytest.raises(UsageFault, match=r"there is no file .*missing.yaml"):
        load_exam(tmp_path / "missing.yaml")
    with pytest.raises(UsageFault, match="is a folder"):
        load_exam(tmp_path)


def test_the_schema_names_every_field_as_it_is_written() -> None:
    schema = exam_schema()
    assert {"exam", "pass", "questions", "versions"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert "with" in schema["$defs"]["OverrideModel"]["properties"]
    assert set(schema["required"]) == {"exam", "questions"}


def test_two_hundred_questions_and_three_versions_are_all_there(tmp_path: Path) -> None:
    lines = "".join(
        f"  - {{id: {n}, kind: choice, points: 1, options: {{A: {n}, B: {n + 1}}}, answer: A}}\n"
        for n in range(200)
    )
    versions = loaded(tmp_path, f"exam: big\nquestions:\n{lines}versions: {{B: {{}}, C: }}\n").versions
    assert [len(exam.questions) for exam in versions.values()] == [200, 200, 200]
