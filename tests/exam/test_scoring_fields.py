"""Fields of an exam file that are about points: void, also_accept, bonus, groups, tolerance, vary."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.exam import parse_variations
from pipeline.model import Group, Question, Tolerance
from tests.exam.texts import faults, loaded, question, question_faults, these

CHOICE = 'id: "1", kind: choice, options: {A: 1, B: 2, C: 3}, points: 2'


def test_a_question_may_be_void_a_bonus_and_accept_more(tmp_path: Path) -> None:
    found = question(tmp_path, f"{{{CHOICE}, answer: A, void: everyone, bonus: true, also_accept: [B]}}")
    assert (found.void, found.bonus, found.also_accept) == ("everyone", True, ("B",))


def test_a_question_is_none_of_these_unless_it_says_so(tmp_path: Path) -> None:
    found = question(tmp_path, f"{{{CHOICE}, answer: A}}")
    assert (found.void, found.bonus, found.also_accept, found.group) == ("", False, (), "")


@pytest.mark.parametrize(
    ("fields", "accepted"),
    [
        (
            "kind: choices, options: {A: 1, B: 2}, answer: [A], also_accept: [B, [A, B], []]",
            (("B",), ("A", "B"), ()),
        ),
        ("kind: truefalse, answer: true, also_accept: [false]", (False,)),
        ("kind: number, number: {digits: 2}, answer: 2, also_accept: [3, 1/2]", (3, Fraction(1, 2))),
    ],
)
def test_what_is_accepted_is_written_as_an_answer_is(tmp_path: Path, fields: str, accepted: object) -> None:
    assert question(tmp_path, f'{{id: "1", points: 1, {fields}}}').also_accept == accepted


def test_a_choice_may_have_a_tolerance(tmp_path: Path) -> None:
    found = question(tmp_path, f"{{{CHOICE}, answer: A, tolerance: {{rel: 0.01}}}}")
    assert found.tolerance == Tolerance(kind="rel", size=Fraction(1, 100))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("answer: A, void: all", "exam.yaml:3:86: 'all' is not a way of voiding"),
        ("answer: A, bonus: 1", "exam.yaml:3:87: true or false is expected here"),
        ("answer: A, also_accept: D", "exam.yaml:3:93: a list is expected here"),
        ("answer: A, also_accept: [D]", "exam.yaml:3:94: the answer of question 1 in also_accept is 'D'"),
        (
            "answer: A, tolerance: {abs: 1, rel: 1}",
            "exam.yaml:3:91: a tolerance is one of abs, rel, significant",
        ),
        ("answer: A, vois: nobody", "exam.yaml:3:80: unknown field 'vois': did you mean void?"),
    ],
)
def test_a_faulty_field_is_found_at_its_place(tmp_path: Path, fields: str, fault: str) -> None:
    (found,) = question_faults(tmp_path, f"{{{CHOICE}, {fields}}}")
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("kind", "field", "instead"),
    [
        ("number, number: {digits: 2}, answer: 1", "tolerance: {abs: 1}", "write number: {tolerance: ...}"),
        ("truefalse, answer: true", "tolerance: {abs: 1}", "remove it, or change kind"),
        ("credits", "also_accept: [1]", "remove it: a person gives the points"),
    ],
)
def test_a_field_without_use_is_refused(tmp_path: Path, kind: str, field: str, instead: str) -> None:
    (found,) = question_faults(tmp_path, f'{{id: "1", points: 1, kind: {kind}, {field}}}')
    assert found.endswith(instead)


def test_questions_may_be_left_empty(tmp_path: Path) -> None:
    text = f"exam: e\nallow_empty: 2\nquestions:\n  - {{{CHOICE}, answer: A}}\n"
    assert loaded(tmp_path, text).versions["A"].allow_empty == 2


def test_another_version_voids_a_question_and_forgets_what_version_a_accepts(tmp_path: Path) -> None:
    text = (
        f"exam: e\nquestions:\n  - {{{CHOICE}, answer: A, also_accept: [B]}}\n"
        'versions:\n  B: {"1": {void: nobody}}\n  C: {"1": {answer: C}}\n'
    )
    versions = loaded(tmp_path, text).versions
    of = {name: exam.questions[0] for name, exam in versions.items()}
    assert (of["B"].void, of["B"].also_accept) == ("nobody", ("B",))
    assert (of["C"].void, of["C"].also_accept) == ("", ())


# --- questions whose parts are judged together -------------------------------------------------

GROUP = """exam: e
sections:
  - {id: P, questions: ["5"]}
questions:
  - id: "5"
    kind: truefalse
    title: Two claims
    points: 3
    rule: {name: all-parts, wrong: -1}
    parts:
      - {id: a, answer: true}
      - {id: b, answer: false, rule: {name: single, blank: 0}}
"""


def grouped(folder: Path, text: str = GROUP) -> tuple[Group, tuple[Question, ...]]:
    exam = loaded(folder, text).versions["A"]
    return exam.groups[0], exam.questions


def test_parts_are_judged_together(tmp_path: Path) -> None:
    group, parts = grouped(tmp_path)
    assert these(group.id, group.parts, group.points, group.section) == ("5", ("5.a", "5.b"), 3, "P")
    assert (group.rule.name, group.rule.parameters, group.title) == ("all-parts", {"wrong": -1}, "Two claims")
    assert group.places["rule"] == (9, 11)
    assert [these(part.group, part.points, part.rule.name) for part in parts] == [("5", 0, "single")] * 2


def test_the_points_of_a_group_may_be_the_defaults(tmp_path: Path) -> None:
    text = GROUP.replace("    points: 3\n", "").replace("exam: e\n", "exam: e\ndefaults: {points: 2}\n")
    group, parts = grouped(tmp_path, text)
    assert these(group.points, parts[0].points) == (2, 0)


def test_a_version_may_change_the_rule_of_a_group(tmp_path: Path) -> None:
    text = GROUP + 'versions:\n  B: {"5": {rule: share-of-parts, void: everyone}}\n'
    exam = loaded(tmp_path, text).versions["B"]
    assert (exam.groups[0].rule.name, exam.groups[0].void) == ("share-of-parts", "everyone")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{id: a, ", "{id: a, points: 1, ", "part 5.a has points of its own: give the points to question 5"),
        (
            "{id: a, answer: true",
            "{id: a, kind: credits, credits: {max: 1}",
            "an examiner judges 5.a: make it",
        ),
        ("    points: 3\n", "", "question 5 has no points, and its parts are judged together"),
        (
            '["5"]',
            '["5.a"]',
            "are judged together, and not all in one section: let the section name question 5",
        ),
        ("wrong: -1}\n", "wrong: -1}\n    answer: true\n", "question 5 has parts, and answer of its own"),
        (
            "{id: a, answer: true}",
            "{id: a, rule: all-parts, points: 1, parts: [{id: i, answer: true}]}",
            "question 5.a is a part of 5, whose parts are judged together already",
        ),
    ],
)
def test_a_faulty_group_is_found(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GROUP
    found = faults(tmp_path, GROUP.replace(old, new))
    assert any(fault in one for one in found), found


# --- vary --------------------------------------------------------------------------------------

VARY = """exam: e
defaults: {points: 1, number: {digits: 4}}
questions:
  - {id: "1", kind: number, answer: {solve: mlp.parameters, with: {layers: [2, 3]}}}
  - {id: "2", kind: number, answer: 4}
  - {id: "3", kind: choice, options: {A: 2, B: 3}, answer: {solve: sum, with: {values: [1, 2]}}}
vary:
"""


def test_ranges_and_lists_of_values_may_vary(tmp_path: Path) -> None:
    text = VARY + (
        '  "1": {layers.0: {from: 2, to: 4}, layers.1: [8, 16], rate: {from: 0, to: 1, step: 1/2}}\n'
        '  "3": {values.0: [1, 5], options: {B: solved, A: {plus: -1, times: 2}}}\n'
    )
    one, three = parse_variations(text.encode(), tmp_path / "exam.yaml")
    assert one.arguments == {"layers.0": (2, 3, 4), "layers.1": (8, 16), "rate": (0, Fraction(1, 2), 1)}
    assert these(three.question, three.options["A"].times, three.options["A"].plus) == ("3", 2, -1)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            '"4": {layers.0: [1]}',
            "exam.yaml:8:3: vary names question '4', and there is none: write one of 1, 2, 3",
        ),
        ('"2": {layers.0: [1]}', "no solver gives the answer of question 2"),
        ('"1": {layers.0: {from: 4, to: 2}}', "exam.yaml:8:19: from layers.0 nothing can be drawn"),
        ('"1": {layers.0: {from: 1, to: 2, step: 0}}', "from layers.0 nothing can be drawn"),
        ('"1": {layers.0: {from: 1, to: 9999}}', "layers.0 may take 9999 values: write at most 1000"),
        ('"1": {layers.0: {from: 1, two: 2}}', "unknown field 'two': did you mean"),
        ('"1": {layers.0: {from: one, to: 2}}', "from of layers.0 is not a number"),
        (
            '"1": {layers.0: 4}',
            "layers.0 says no values to draw from: write {from: 2, to: 6, step: 1} or [2, 4, 8]",
        ),
        ('"1": {}', "vary names no number of question 1"),
        ('"3": {values.0: [1, 5]}', "the options of question 3 do not follow its numbers: write options:"),
        ('"3": {values.0: [1, 5], options: {C: solved}}', "question 3 has no option 'C' that may vary"),
        (
            '"3": {values.0: [1, 5], options: {B: solvd}}',
            "this does not say how the option follows the numbers",
        ),
        ('"3": {values.0: [1, 5], options: {B: {plus: x}}}', "times and plus are numbers"),
    ],
)
def test_what_cannot_vary_is_a_fault(tmp_path: Path, line: str, fault: str) -> None:
    found = faults(tmp_path, f"{VARY}  {line}\n")
    assert any(fault in one for one in found), found
