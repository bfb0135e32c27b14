"""The exams that ship with scangrade: whole, solved again, and in agreement with what was printed."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.exam import load_exam
from pipeline.grading import Key, KeyCheck, build_key, explain_rule, grade_booklet, score_answer, solve
from pipeline.model import Answer, Booklet, Exam, Kind, Question, Solve

KEYS = Path(__file__).parents[2] / "answer_keys"
SOLVED = {
    "dtu-02456-2025-12": 6,
    "ist-dl-2022-02": 48,
    "itm-528-2024": 15,
    "tum-in2346-2023-02": 17,
    "uw-cse493g1-2025-practice": 72,
}
"""How many values of version A a solver gives."""
DECLARED = {"itm-528-2024": {"4a", "4b"}}
"""Numbers whose question is printed nowhere: no solver can give them."""


def points_of(text: str) -> dict[str, Fraction]:
    """Points by question, from "2.1 2, 2.2 1.5"; "1-9 2" is every question from 1 to 9."""
    found: dict[str, Fraction] = {}
    for entry in text.split(","):
        names, points = entry.split()
        first, _, last = names.rpartition("-")
        stem = first.rpartition(".")[0]
        start = first.rpartition(".")[2]
        ids = [f"{stem}.{n}".lstrip(".") for n in range(int(start), int(last) + 1)] if first else [names]
        found |= {name: Fraction(points) for name in ids}
    return found


PRINTED: Mapping[str, tuple[str, str]] = {
    "dtu-02456-2025-12": ("1-10 1", ""),
    "tum-in2346-2023-02": (
        "1.1-9 2, 2.1-5 2, 2.6 3, 2.7 1.5, 2.8 2.5, 2.9 2, 3.1 3, 3.2 2, 3.3 3.5, 4.1-2 1, 4.3-4 2, 5.1 3,"
        "5.2 2, 5.3 1, 5.4-5 2, 6.1-5 2, 7.1-2 2, 7.3 3, 7.4 2, 8.1 3.5, 8.2 4, 8.3-4 1",
        "P1 18, P2 19, P3 8.5, P4 6, P5 10, P6 10, P7 9, P8 9.5",
    ),
    "itm-528-2024": (
        "1a 1, 1b 1, 1c 1, 1d 1, 1e 1, 2a 10, 2b 4, 3a 2, 3b 3, 4a 4, 4b 4, 4c 12, 5a 2, 5b 5, 5c 3, 6a 4,"
        "6b 4, 6c 4, 6d 4, 6e 4, 7a 2, 7b 2, 7c 2, 8 6, 9a 3, 9b 3, 9c 2, 10a 3, 10b 3",
        "Q1 5, Q2 14, Q3 5, Q4 20, Q5 10, Q6 20, Q7 6, Q8 6, Q9 8, Q10 6",
    ),
    "uw-cse493g1-2025-practice": (
        "1.1-10 2, 2.1-8 5, 3.1 4, 3.2a 4, 3.2b 4, 3.2c 4, 3.3 4, 4.1 8, 4.2-4 4",
        "TF 20, MC 40, BP 20, CP 20",
    ),
    "ist-dl-2022-02": (
        "1-8 4, S1 6, S2 6, S3 6, P1.1 5, P1.2 8, P1.3 8, P1.4 4, P2.1 8, P2.2 8, P2.3 4, P2.4 5",
        "Part1 32, Part2 18, Pr1 25, Pr2 25",
    ),
}
"""Points of every question and of every part of the paper, as the five papers print them."""
TOTALS = {
    "dtu-02456-2025-12": 10,
    "ist-dl-2022-02": 100,
    "itm-528-2024": 100,
    "tum-in2346-2023-02": 90,
    "uw-cse493g1-2025-practice": 100,
}


def exam_of(name: str, version: str = "A") -> Exam:
    return load_exam(KEYS / f"{name}.yaml").versions[version]


def checked(name: str, version: str = "A") -> KeyCheck:
    file = load_exam(KEYS / f"{name}.yaml")
    return build_key(file.versions[version], file.key_hash)


def key_of(name: str, version: str = "A") -> Key:
    found = checked(name, version)
    assert found.key is not None, found.faults
    return found.key


def right(key: Key, question: str) -> str:
    return "".join(sorted(key.entries[question].right or ()))


def right_answer(key: Key, question: Question) -> Answer:
    entry = key.entries[question.id]
    chosen = tuple(sorted(entry.right or ()))
    value = question.points if question.kind is Kind.CREDITS else None
    if entry.value is not None and question.number is not None:
        places = 10**question.number.decimals
        value = Fraction(round(Fraction(entry.value) * places), places)
    return Answer(question=question.id, chosen=chosen, value=value)


def values(key: Key, start: str) -> list[object]:
    """Right numbers of the parts of a question, in their order."""
    return [entry.value for name, entry in key.entries.items() if name.startswith(start)]


def test_every_file_of_the_folder_is_known_here() -> None:
    assert {path.stem for path in KEYS.glob("*.yaml")} == set(SOLVED)


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_every_question_of_the_paper_is_there_with_its_points(name: str) -> None:
    questions, sections = points_of(PRINTED[name][0]), PRINTED[name][1]
    exam = exam_of(name)
    worth = [(one.id, one.section, one.points) for one in exam.questions]
    worth += [(one.id, one.section, one.points) for one in exam.groups]
    points: dict[str, Fraction] = defaultdict(Fraction)
    parts: dict[str, Fraction] = defaultdict(Fraction)
    for question, section, number in worth:
        whole = max((one for one in questions if f"{question}.".startswith(f"{one}.")), key=len)
        points[whole] += number
        parts[section] += number
    assert points == questions
    assert parts == (points_of(sections) if sections else {"": exam.total})
    assert sum(points.values()) == exam.total == TOTALS[name]


@pytest.mark.parametrize("name", sorted(SOLVED))
def test_every_number_is_solved_but_those_whose_question_nobody_printed(name: str) -> None:
    entries = key_of(name).entries
    assert sum(bool(entry.solver) for entry in entries.values()) == SOLVED[name]
    unsolved = {
        question
        for question, entry in entries.items()
        if entry.question.kind is Kind.NUMBER and not entry.solver
    }
    assert unsolved == DECLARED.get(name, set())


def test_at_least_sixty_values_of_the_five_exams_are_computed_again() -> None:
    distinct = {
        (name, entry.question.group or question)
        for name in SOLVED
        for question, entry in key_of(name).entries.items()
        if entry.solver
    }
    assert len(distinct) >= 60


@pytest.mark.parametrize("name", sorted(SOLVED))
def test_every_question_fits_its_paper_and_explains_its_rule(name: str) -> None:
    for entry in key_of(name).entries.values():
        question = entry.question
        assert question.title
        assert explain_rule(question)
        assert question.number is None or question.number.digits <= 6


@pytest.mark.parametrize(
    ("name", "version"), [*((name, "A") for name in sorted(SOLVED)), ("ist-dl-2022-02", "B")]
)
def test_the_right_answers_earn_the_printed_total(name: str, version: str) -> None:
    key, exam = key_of(name, version), exam_of(name, version)
    answers = {one.id: right_answer(key, one) for one in exam.questions}
    booklet = Booklet(exam=exam.id, version=version, student_id="1", name="Bo", serial=1, answers=answers)
    grade = grade_booklet(exam, key, booklet, {})
    assert grade.status == "final"
    assert grade.points == grade.max_points == TOTALS[name]


def test_the_letters_of_the_dtu_solution_come_out() -> None:
    key = key_of("dtu-02456-2025-12")
    assert "".join(right(key, question) for question in key.entries) == "DBCDCBACDA"


def test_the_letters_of_the_ist_solution_come_out() -> None:
    key = key_of("ist-dl-2022-02")
    assert "".join(right(key, str(place)) for place in range(1, 9)) == "AACBBBCC"
    assert right(key, "P2.1.author") == "B"
    assert (right(key, "P2.2.author"), right(key, "P2.2.word")) == ("C", "A")


def test_the_tables_of_the_ist_solution_come_out() -> None:
    key = key_of("ist-dl-2022-02")
    assert values(key, "P1.1.") == [3, 3, 9, 1, 2, 2, 4, 1, 2, 2, 4, 1, 1, 1, 5, 40, 5, 5]
    assert values(key, "P1.2.") == [1, -1, -1, 1, 1, 0, 0, 1, 0]
    assert values(key, "P1.3.w") == [Fraction(3, 2), 2, 3, Fraction(9, 2)]
    assert values(key, "P2.1.state") == [1, 0, 0, 1, 1, 3]


def test_printed_errors_are_reported_once_each_and_not_used() -> None:
    warnings = {name: [fault.what for fault in checked(name).warnings] for name in SOLVED}
    named = {
        name: [what.removeprefix("question ").split(":")[0] for what in found]
        for name, found in warnings.items()
    }
    assert named == {
        "dtu-02456-2025-12": [],
        "ist-dl-2022-02": ["P1.3.b", "P2.3"],
        "itm-528-2024": ["6d", "6e", "8.r1.c1", "9c"],
        "tum-in2346-2023-02": [],
        "uw-cse493g1-2025-practice": ["1.7", "2.5"],
    }
    assert "the printed 5.5 is wrong, right is -4.5" in warnings["ist-dl-2022-02"][0]
    assert "2,880" in warnings["itm-528-2024"][3]
    assert key_of("ist-dl-2022-02").entries["P1.3.b"].value == Fraction(-9, 2)


def test_version_b_of_the_ist_exam_has_other_numbers_and_another_order_of_options() -> None:
    first, other = key_of("ist-dl-2022-02"), key_of("ist-dl-2022-02", "B")
    assert (right(other, "7"), right(other, "8")) == ("B", "A")
    assert other.entries["7"].solved == (55, 55, 96)
    for question in ("1", "3"):
        texts = [
            {option.id: option.text for option in key.entries[question].question.options}
            for key in (first, other)
        ]
        assert sorted(texts[0].values()) == sorted(texts[1].values())
        assert texts[0][right(first, question)] == texts[1][right(other, question)]
        assert right(first, question) != right(other, question)


def test_the_choices_of_the_uw_solution_come_out() -> None:
    key = key_of("uw-cse493g1-2025-practice")
    found = " ".join(right(key, f"2.{place}") for place in range(1, 9))
    assert found == "BD F BE ACD CD AC C D"
    assert "".join(right(key, f"1.{place}") for place in range(1, 11)) == "FFFFFFFFFT"


def test_the_tables_of_the_uw_solution_come_out() -> None:
    key = key_of("uw-cse493g1-2025-practice")
    assert values(key, "3.1.")[1:] == [3, 6, 9, 1, 4, 5, 5]
    assert values(key, "3.3.") == [-12, 8, 1, 4, 1]
    assert values(key, "4.1.") == [
        *(16, 8, 64, 64, 6000, 16),
        *(16, 4, 32, 32, 0, 0),
        *(16, 4, 32, 32, 6912, 16),
        *(16, 2, 16, 16, 0, 0),
        *(32, 1, 8, 8, 13824, 32),
        *(256, 524288, 256),
        *(10, 2560, 10),
    ]
    assert values(key, "4.2.") == [32, 32, 64]
    assert values(key, "4.3.c") == [5, 5, 5, 8, 64, 64, 3, 32]


def test_the_tum_exam_prints_no_solution_and_claims_none() -> None:
    assert all(entry.question.printed is None for entry in key_of("tum-in2346-2023-02").entries.values())


NETWORK = {
    "input": (2, -1),
    "weights": (((1, Fraction(1, 2)), (Fraction(-1, 2), -1)), ((Fraction(1, 2), Fraction(-1, 2)), (-1, 1))),
    "biases": ((Fraction(1, 2), Fraction(-1, 2)), (-1, Fraction(1, 2))),
    "activations": ("relu", "identity"),
    "loss": "mse",
    "target": (1, Fraction(1, 2)),
}


def test_the_loss_and_the_step_of_the_tum_exam_are_those_of_the_whole_network() -> None:
    key = key_of("tum-in2346-2023-02")
    assert key.entries["3.2.loss"].value == solve(Solve(solver="mlp.loss", arguments=NETWORK))
    step = Solve(
        solver="mlp.sgd_step",
        arguments={**NETWORK, "rate": Fraction(1, 10)},
        pick=("weights", 0, 0, 1),
    )
    assert key.entries["3.3.w21"].value == solve(step) == Fraction(13, 20)


@pytest.mark.parametrize(
    ("question", "outputs", "number", "points"),
    [
        ("3.2.loss", (0, -1.5), 2.5, 1),
        ("3.2.loss", (1, -1.5), 2, 1),
        ("3.2.loss", (1, -1.5), 0.5, 1),
        ("3.2.loss", (0, -1.5), 2, 0),
        ("3.3.w21", (1, -1.5), 0.7, 1),
        ("3.3.w21", (None, None), 0.55, 1),
        ("3.3.w21", (0, -1.5), 0.35, 0),
    ],
)
def test_a_wrong_output_of_the_tum_exam_costs_only_once(
    question: str, outputs: tuple[float | None, ...], number: float, points: int
) -> None:
    key = key_of("tum-in2346-2023-02")
    earlier = {
        name: Answer(question=name, value=None if value is None else Fraction(value))
        for name, value in zip(("3.1.o1", "3.1.o2"), outputs, strict=True)
    }
    answer = Answer(question=question, value=Fraction(str(number)))
    assert score_answer(key.entries[question], answer, earlier).points == points
