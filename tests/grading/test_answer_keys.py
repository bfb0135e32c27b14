"""The exams that ship with scangrade: they solve themselves and agree with what was printed."""

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.exam import load_exam
from pipeline.grading import Key, KeyCheck, build_key, explain_rule, score_answer
from pipeline.model import Answer, Kind, Question

KEYS = Path(__file__).parents[2] / "answer_keys"
EXAMS = {
    "dtu-02456-2025-12": (10, 6, 0),
    "ist-dl-2022-02": (100, 34, 1),
    "itm-528-2024": (100, 15, 1),
    "tum-in2346-2023-02": (90, 13, 0),
    "uw-cse493g1-2025-practice": (100, 28, 0),
}


def checked(name: str, version: str = "A") -> KeyCheck:
    file = load_exam(KEYS / f"{name}.yaml")
    return build_key(file.versions[version], file.key_hash)


def key_of(name: str, version: str = "A") -> Key:
    found = checked(name, version)
    assert found.key is not None, found.faults
    return found.key


def right(key: Key, question: str) -> str:
    return "".join(sorted(key.entries[question].right or ()))


def test_every_file_of_the_folder_is_known_here() -> None:
    assert {path.stem for path in KEYS.glob("*.yaml")} == set(EXAMS)


@pytest.mark.parametrize("name", sorted(EXAMS))
def test_an_exam_solves_without_a_fault_and_has_its_printed_total(name: str) -> None:
    total, solved, warnings = EXAMS[name]
    found = checked(name)
    assert found.faults == ()
    assert len(found.warnings) == warnings
    assert found.key is not None
    questions = [entry.question for entry in found.key.entries.values()]
    assert sum((question.points for question in questions), Fraction(0)) == total
    assert sum(bool(entry.solver) for entry in found.key.entries.values()) == solved


@pytest.mark.parametrize("name", sorted(EXAMS))
def test_every_question_fits_its_paper_and_explains_its_rule(name: str) -> None:
    for entry in key_of(name).entries.values():
        question = entry.question
        assert question.title
        assert explain_rule(question)
        assert question.number is None or question.number.digits <= 7


@pytest.mark.parametrize("name", sorted(EXAMS))
def test_the_right_answers_earn_the_printed_total(name: str) -> None:
    def right_answer(question: Question) -> Answer:
        entry = key.entries[question.id]
        chosen = tuple(sorted(entry.right or ()))
        value = question.points if question.kind is Kind.CREDITS else None
        if entry.value is not None and question.number is not None:
            places = 10**question.number.decimals
            value = Fraction(round(Fraction(entry.value) * places), places)
        return Answer(question=question.id, chosen=chosen, value=value)

    key = key_of(name)
    points = [score_answer(entry, right_answer(entry.question)).points for entry in key.entries.values()]
    assert sum(point for point in points if point is not None) == EXAMS[name][0]
    assert None not in points


def test_the_letters_of_the_dtu_solution_come_out() -> None:
    key = key_of("dtu-02456-2025-12")
    assert "".join(right(key, question) for question in key.entries) == "DBCDCBACDA"


def test_the_letters_of_the_ist_solution_come_out() -> None:
    key = key_of("ist-dl-2022-02")
    assert "".join(right(key, str(place)) for place in range(1, 9)) == "AACBBBCC"
    assert right(key, "P2.1.author") == "B"
    assert right(key, "P2.2.author") == "C"


def test_the_wrong_value_of_the_ist_solution_is_reported_and_not_used() -> None:
    found = checked("ist-dl-2022-02")
    assert "5.5 is wrong, right is -4.5" in found.warnings[0].what
    assert found.key is not None
    assert found.key.entries["P1.3.b"].value == Fraction(-9, 2)


def test_version_b_of_the_ist_exam_is_solved_on_its_own() -> None:
    key = key_of("ist-dl-2022-02", "B")
    assert (right(key, "7"), right(key, "8")) == ("B", "A")
    assert key.entries["7"].solved == (55, 55, 96)


def test_the_choices_of_the_uw_solution_come_out() -> None:
    key = key_of("uw-cse493g1-2025-practice")
    assert [right(key, f"2.{place}") for place in range(1, 9)] == [
        "BD",
        "F",
        "BE",
        "ACD",
        "CD",
        "AC",
        "C",
        "D",
    ]
    assert "".join(right(key, f"1.{place}") for place in range(1, 11)) == "FFFFFFFFFT"


def test_the_tum_exam_prints_no_solution_and_claims_none() -> None:
    assert all(entry.question.printed is None for entry in key_of("tum-in2346-2023-02").entries.values())
