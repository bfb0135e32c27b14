"""A second look: a fair sample of what nobody was asked about, and what a person's word changes."""

import numpy as np
import pytest

from pipeline.model import Assembly, BoxState, Decision
from pipeline.reading.second_look import Look, count_looks, draw_looks, look_truths
from tests.reading.id_sheets import Hall, students

IDS = tuple(f"{number:04d}" for number in range(1000, 1040))
ROSTER = students(*IDS)


def hall() -> Hall:
    """Forty students, one of whom has two marks in question 1 and one an unclear id."""
    exam = Hall(4)
    for place, student_id in enumerate(IDS):
        columns = [*student_id[:3], student_id[3] + "?"] if place == 7 else student_id
        exam.hand_in(columns, "AB"[place % 2] + "AB"[place // 2 % 2])
    return exam


def saw(look: Look, value: str) -> Decision:
    return Decision(doubt=look.name, value=value, by="Ada", at="2026-01-01T00:00:00Z")


def drawn(assembly: Assembly, count: int, seed: int = 1) -> tuple[Look, ...]:
    return draw_looks(assembly, {}, count, seed)


def test_half_of_the_sample_was_read_as_marked_although_most_boxes_are_empty() -> None:
    looks = drawn(hall().collect(ROSTER), 60)
    assert sum(look.state is BoxState.MARKED for look in looks) == 30
    assert len({look.name for look in looks}) == 60


def test_the_same_seed_draws_the_same_sample_and_another_one_another() -> None:
    assembly = hall().collect(ROSTER)
    names = [[look.name for look in drawn(assembly, 40, seed)] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]


def test_what_a_person_is_asked_about_anyway_is_not_in_the_sample() -> None:
    looks = drawn(hall().collect(ROSTER), 10_000)
    asked = [look for look in looks if look.marks.read.source.page == 8]
    assert {look.box.question for look in asked} == {"1", "2"}
    assert all(look.state is not BoxState.DOUBTFUL for look in looks)


def test_every_certain_box_is_drawn_equally_often() -> None:
    assembly = hall().collect(ROSTER)
    seen: dict[str, int] = {}
    for seed in range(120):
        for look in drawn(assembly, 100, seed):
            if look.state is BoxState.MARKED:
                seen[look.name] = seen.get(look.name, 0) + 1
    counts = np.array(list(seen.values()))
    expected = 120 * 50 / len(counts)
    # six standard deviations of a binomial count
    assert np.abs(counts - expected).max() < 6 * expected**0.5


def test_confirmed_marks_and_misreads_are_counted_apart_for_marked_and_empty_boxes() -> None:
    assembly = hall().collect(ROSTER)
    looks = drawn(assembly, 20)
    marked = [look for look in looks if look.state is BoxState.MARKED]
    empty = [look for look in looks if look.state is BoxState.EMPTY]
    truths = look_truths(
        [
            *(saw(look, "marked") for look in marked[:8]),
            saw(marked[8], "empty"),
            *(saw(look, "empty") for look in empty[:7]),
            saw(empty[7], "cancelled"),
            saw(empty[8], "marked"),
        ]
    )
    counts = count_looks(assembly, truths)
    assert (counts.marked_seen, counts.marked_wrong) == (9, 1)
    assert (counts.unmarked_seen, counts.unmarked_wrong) == (9, 1)
    assert counts.unmarked > counts.marked > 9


def test_what_a_person_saw_corrects_the_answer_and_stays_a_misread() -> None:
    exam = hall()
    looks = drawn(exam.collect(ROSTER), 10_000)
    page = [look for look in looks if look.marks.read.source.page == 1 and look.box.question == "1"]
    decisions = {look.name: {"A": "empty", "B": "marked"}[look.box.option] for look in page}
    assembly = exam.collect(ROSTER, decisions=decisions)
    answer = assembly.booklets[0].answers["1"]
    assert (answer.chosen, answer.decided_by, answer.doubtful) == (("B",), "Ada", False)
    counts = count_looks(assembly, look_truths([saw(look, decisions[look.name]) for look in page]))
    assert (counts.marked_wrong, counts.unmarked_wrong) == (1, 1)


def test_a_correction_that_leaves_two_marks_is_shown_to_a_person() -> None:
    exam = hall()
    looks = drawn(exam.collect(ROSTER), 10_000)
    missed = next(look for look in looks if look.state is BoxState.EMPTY and look.box.question == "1")
    assembly = exam.collect(ROSTER, decisions={missed.name: "marked"})
    asked = [doubt for doubt in assembly.doubts if doubt.kind == "answer"]
    assert [(doubt.question, doubt.page) for doubt in asked] == [("1", missed.marks.read.source.page)]


def test_a_corrected_box_of_an_id_grid_changes_whose_the_booklet_is() -> None:
    exam = Hall(4)
    exam.hand_in("1001")
    looks = [look for look in drawn(exam.collect(ROSTER), 10_000) if look.box.option in ("d4=1", "d4=7")]
    decisions = {look.name: {"d4=1": "empty", "d4=7": "marked"}[look.box.option] for look in looks}
    assert exam.collect(ROSTER, decisions=decisions).booklets[0].student_id == "1007"


@pytest.mark.parametrize("decision", ["ok", "", "yes"])
def test_a_word_that_is_no_state_changes_nothing(decision: str) -> None:
    look = drawn(hall().collect(ROSTER), 2)[0]
    assert look_truths([saw(look, decision)]) == {}


def test_a_mark_stays_counted_when_another_sample_is_drawn() -> None:
    assembly = hall().collect(ROSTER)
    first, second = drawn(assembly, 30, 1), drawn(assembly, 30, 2)
    truths = look_truths([saw(look, look.state.value) for look in (*first, *second)])
    distinct = {look.name for look in (*first, *second)}
    counts = count_looks(assembly, truths)
    assert counts.marked_seen + counts.unmarked_seen == len(distinct)
    assert counts.marked_wrong == counts.unmarked_wrong == 0
