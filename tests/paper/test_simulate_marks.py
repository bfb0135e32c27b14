from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageFault
from pipeline.model import Marking, NumberFormat
from pipeline.paper.simulate import (
    DRAWS,
    PENS,
    PROFILES,
    SCAN_PROFILES,
    BookletMaker,
    BoxPlace,
    BoxPlan,
    Drawing,
    InkedPage,
    SimulationSettings,
    TrueAnswer,
    child,
    draw_box,
    draw_hand,
    scan_profile,
)
from pipeline.paper.simulate.grids import id_options, number_options, random_number
from pipeline.paper.simulate.truth import point_text
from tests.paper import simulation

GRID = tuple(f"d{place}={digit}" for place in (1, 2, 3) for digit in range(10))
LEGIBLE = {
    Marking.FILL: {Drawing.FILL},
    Marking.ANY: {Drawing.CROSS, Drawing.TICK, Drawing.FILL, Drawing.SCRIBBLE, Drawing.DOT},
    Marking.CROSS_UNDO: {Drawing.CROSS, Drawing.UNDONE},
}
ONLY_TESTED = {Drawing.PLUS, Drawing.HATCH, Drawing.WAVE, Drawing.LETTER, Drawing.CORRECTED, Drawing.STRUCK}
WORDS = {value for name, value in vars(Drawing).items() if name.isupper()}


def make(marking: Marking = Marking.ANY, **settings: object) -> BookletMaker:
    wanted = SimulationSettings(seed=5, **settings)  # type: ignore[arg-type]
    layout, exam = simulation.layout(marking), simulation.exam(marking)
    return BookletMaker(layout, wanted, exam=exam, right=simulation.RIGHT)


@pytest.mark.parametrize("marking", list(Marking))
def test_legible_booklets_only_show_marks_that_their_paper_asks_for(marking: Marking) -> None:
    maker = make(marking, changes=0.5)
    drawn = drawings(maker, 120) - {Drawing.CROSS}
    assert drawn == LEGIBLE[marking] - {Drawing.CROSS}


def drawings(maker: BookletMaker, count: int) -> set[str]:
    everyone = simulation.students(count)
    plans = [plan for one in everyone for plan in maker.plan(one)[0].plans.values()]
    return {Drawing.STRUCK if plan.struck else plan.drawing for plan in plans}


@pytest.mark.parametrize("marking", list(Marking))
def test_some_kinds_of_mark_are_drawn_for_tests_alone(marking: Marking) -> None:
    train, test = (drawings(make(marking, awkward=0.5, draws=name), 150) for name in ("train", "test"))
    assert not train & ONLY_TESTED
    assert {Drawing.CORRECTED, Drawing.STRUCK} <= test


@pytest.mark.parametrize("name", ["width", "density"])
def test_pens_vary_more_in_tests_than_in_training(name: str) -> None:
    for pen, kind in DRAWS["train"].pens.items():
        low, high = getattr(kind, name)
        wider = getattr(DRAWS["test"].pens[pen], name)
        assert wider[0] <= low < high <= wider[1]
        assert wider != (low, high)


def test_hands_sheets_and_scanners_vary_more_in_tests_than_in_training() -> None:
    train, test = DRAWS["train"], DRAWS["test"]
    for name in ("jitter", "redraw", "spacing", "beside", "size_limits", "overshoot_limits"):
        (low, high), (lower, higher) = getattr(train.hand, name), getattr(test.hand, name)
        assert lower <= low < high < higher or lower < low < high <= higher
    for name in ("box", "line", "pitch"):
        (low, high), (lower, higher) = getattr(train.sheet, name), getattr(test.sheet, name)
        assert lower < low < high < higher
    for scanner in PROFILES:
        narrow, wide = scan_profile(scanner, train), scan_profile(scanner, test)
        assert narrow == SCAN_PROFILES[scanner]
        assert wide.noise[1] > narrow.noise[1]
        assert wide.skew > narrow.skew or narrow.phone
        assert wide.streaks == narrow.streaks


def test_the_same_seed_gives_tests_another_stream_of_chance_than_training() -> None:
    train, test = (child(5, 1, draws=name).random(8) for name in DRAWS)
    assert not set(train) & set(test)


def test_a_second_mark_or_a_line_through_the_row_changes_the_answer() -> None:
    maker = make(Marking.ANY, awkward=1.0, blank=0.0, draws="test")
    doubled, struck = 0, 0
    for one in simulation.students(200):
        booklet = maker.plan(one)[0]
        answers = {answer.question: answer for answer in booklet.answers}
        mine = {option: plan for (name, option), plan in booklet.plans.items() if name == simulation.CHOICE}
        if any(plan.drawing == Drawing.DOUBLE for plan in mine.values()):
            doubled += 1
            assert len(answers[simulation.CHOICE].chosen) == 2
        if any(plan.struck for plan in mine.values()):
            struck += 1
            assert answers[simulation.CHOICE].chosen == ()
            assert len(mine) == 4
            assert {plan.label for plan in mine.values()} == {"awkward"}
    assert doubled > 3
    assert struck > 3


def test_an_examiners_marks_may_be_awkward_as_well() -> None:
    maker = make(awkward=1.0)
    for one in simulation.students(5):
        credit = [plan for (name, _), plan in maker.plan(one)[0].plans.items() if name == simulation.CREDITS]
        assert {plan.writer for plan in credit} == {"examiner"}
        assert "awkward" in {plan.label for plan in credit}


def test_without_awkward_marks_every_box_is_labelled_legible() -> None:
    maker = make(changes=0.5)
    plans = [plan for one in simulation.students(30) for plan in maker.plan(one)[0].plans.values()]
    assert {plan.label for plan in plans} == {"legible"}


def test_the_share_of_awkward_questions_is_what_was_asked_for() -> None:
    maker = make(awkward=0.3, blank=0.0)
    count = 0
    for one in simulation.students(200):
        plans = maker.plan(one)[0].plans
        count += len({question for (question, _), plan in plans.items() if plan.label == "awkward"})
    assert 0.24 < count / (200 * 4) < 0.36


def test_who_knows_everything_gives_the_right_answers() -> None:
    maker = make(knows=1.0, blank=0.0, dont_know=0.0)
    for one in simulation.students(20):
        answers = {answer.question: answer for answer in maker.plan(one)[0].answers}
        assert answers[simulation.CHOICE].chosen == ("B",)
        assert answers[simulation.CHOICES].chosen == ("A", "B")
        assert answers[simulation.NUMBER].value == Fraction(-5, 2)


def test_who_knows_nothing_gives_wrong_answers_and_never_the_option_that_is_none() -> None:
    maker = make(knows=0.0, blank=0.0, dont_know=0.0)
    chosen: Counter[str] = Counter()
    for one in simulation.students(40):
        answers = {answer.question: answer for answer in maker.plan(one)[0].answers}
        chosen.update(answers[simulation.CHOICE].chosen)
        assert answers[simulation.CHOICES].chosen != ("A", "B")
        assert answers[simulation.NUMBER].value != Fraction(-5, 2)
    assert set(chosen) == {"A", "C"}


def test_the_marked_boxes_are_exactly_the_answer() -> None:
    maker = make(Marking.CROSS_UNDO, awkward=0.5, changes=0.5)
    for one in simulation.students(40):
        booklet = maker.plan(one)[0]
        for answer in booklet.answers:
            boxes = {o: p.state for (q, o), p in booklet.plans.items() if q == answer.question}
            marked = {option for option, state in boxes.items() if state == "marked"}
            if answer.question == simulation.NUMBER:
                assert bool(marked) == (answer.value is not None)
            else:
                assert marked == set(answer.chosen)


def test_the_id_grid_says_the_students_id() -> None:
    one = simulation.students(3)[2]
    plans = make().plan(one)[0].plans
    marked = [option for (question, option), _ in plans.items() if question == "id"]
    assert marked == [f"d{place}={digit}" for place, digit in enumerate(one.student_id, 1)]


def test_given_answers_are_drawn_instead_of_random_ones() -> None:
    mine = {
        simulation.CHOICE: TrueAnswer(question=simulation.CHOICE, chosen=("C",)),
        simulation.NUMBER: TrueAnswer(question=simulation.NUMBER, value=Fraction("12.5")),
    }
    maker = BookletMaker(
        simulation.layout(),
        SimulationSettings(seed=1),
        exam=simulation.exam(),
        given={"1037": mine},
    )
    booklet = maker.plan(simulation.students(1)[0])[0]
    answers = {answer.question: answer for answer in booklet.answers}
    assert answers[simulation.CHOICE].chosen == ("C",)
    assert answers[simulation.NUMBER].value == Fraction("12.5")
    marked = {option for (question, option) in booklet.plans if question == simulation.NUMBER}
    assert marked == {"d1=1", "d2=2", "d3=5"}


@given(st.fractions(0, 99, max_denominator=20), st.integers(0, 2), st.integers(0, 5))
def test_a_grid_says_the_number_that_truth_records(value: Fraction, decimals: int, seed: int) -> None:
    form = NumberFormat(digits=3, decimals=decimals)
    options, shown = number_options(value, GRID, form, np.random.default_rng(seed))
    if shown is None:
        assert round(value * 10**decimals) >= 1000
        return
    assert abs(shown - value) <= Fraction(1, 2 * 10**decimals)
    digits = {int(option[1]): option[3] for option in options}
    blank = 3 - len(digits)
    assert sorted(digits) == list(range(blank + 1, 4)), "only leading columns are left blank"
    assert Fraction(int("".join(digits[place] for place in sorted(digits))), 10**decimals) == shown


def test_a_negative_number_marks_the_sign_and_zero_does_not() -> None:
    options, rng = ("sign=-", *GRID), np.random.default_rng(0)
    form = NumberFormat(digits=3, sign=True)
    assert number_options(Fraction(-7), options, form, rng)[0][0] == "sign=-"
    marked, value = number_options(Fraction(-1, 9), options, form, rng)
    assert "sign=-" not in marked
    assert value == 0


def test_a_number_that_the_grid_cannot_hold_is_left_blank() -> None:
    rng = np.random.default_rng(0)
    assert number_options(Fraction(1000), GRID, NumberFormat(digits=3), rng) == ((), None)
    assert number_options(Fraction(-1), GRID, NumberFormat(digits=3), rng) == ((), None)


def test_a_floating_point_is_marked_behind_its_digit() -> None:
    options = (*GRID, "point=1", "point=2")
    marked, value = number_options(Fraction("3.25"), options, None, np.random.default_rng(0))
    assert marked == ("d1=3", "d2=2", "d3=5", "point=1")
    assert value == Fraction("3.25")


@given(st.integers(0, 999), st.integers(0, 50))
def test_a_wrong_number_is_never_the_right_one_and_fits_the_grid(right: int, seed: int) -> None:
    form = NumberFormat(digits=3)
    rng = np.random.default_rng(seed)
    wrong = random_number(Fraction(right), 3, form, rng)
    assert wrong != right
    assert number_options(wrong, GRID, form, rng)[1] is not None


def test_a_letter_in_an_id_is_found_in_its_grid() -> None:
    grid = ("d1=A", "d1=B", "d2=0", "d2=1")
    assert id_options("b1", grid) == ("d1=B", "d2=1")


@given(st.fractions(-1000, 1000, max_denominator=1000))
def test_values_are_written_without_loss(value: Fraction) -> None:
    text = point_text(value)
    assert Fraction(text) == value
    assert ("/" in text) == any(value.denominator % p == 0 for p in (3, 7, 11, 13, 17, 19, 23, 29, 31)) or (
        value.denominator > 31
    )


def test_no_value_is_an_empty_cell() -> None:
    assert point_text(None) == ""


def ink_of(drawing: str, pen: str = "gel") -> tuple[float, float]:
    """Mean darkness inside a 6 mm box, and in the ring of 3 mm around it; of five writers."""
    marking = Marking.FILL if drawing in (Drawing.FILL, Drawing.ERASED) else Marking.CROSS_UNDO
    both = []
    for writer in range(5):
        rng = child(2, writer)
        page = InkedPage(np.full((300, 300), 255, np.uint8), color=False, rng=rng)
        box = BoxPlace(x=12.7, y=12.7, w=6.0, h=6.0, shape="square")
        draw_box(page, BoxPlan(drawing=drawing), box, (), draw_hand(marking, rng, pen=pen), rng)
        ink = 1.0 - page.image / 255.0
        inside = slice(115, 186)
        around = ink[79:221, 79:221].sum() - ink[inside, inside].sum()
        both.append((float(ink[inside, inside].mean()), float(around / (142**2 - 71**2))))
    first, second = np.mean(both, axis=0)
    return float(first), float(second)


def test_a_fill_is_darker_than_a_cross_and_a_cross_darker_than_a_dot() -> None:
    fill, cross, dot = (ink_of(name)[0] for name in (Drawing.FILL, Drawing.CROSS, Drawing.DOT))
    assert fill > 0.5 > cross > 0.16 > dot > 0.01


def test_an_undone_box_is_nearly_solid_and_a_rubbed_out_one_nearly_clean() -> None:
    assert ink_of(Drawing.UNDONE)[0] > 0.7
    assert 0.005 < ink_of(Drawing.ERASED, "pencil")[0] < 0.25


def test_a_mark_beside_an_undone_box_and_a_ring_lie_outside_of_it() -> None:
    assert ink_of(Drawing.REMARKED)[1] > ink_of(Drawing.UNDONE)[1] + 0.004
    inside, around = ink_of(Drawing.RING)
    assert inside < 0.05
    assert around > 0.01


@pytest.mark.parametrize("drawing", sorted(WORDS - {Drawing.NONE, Drawing.STRUCK}))
@pytest.mark.parametrize("pen", list(PENS))
def test_every_mark_can_be_drawn_with_every_pen_and_leaves_ink(drawing: str, pen: str) -> None:
    inside, around = ink_of(drawing, pen)
    assert inside + around > 0.0


def test_a_box_that_nobody_touches_stays_clean() -> None:
    assert ink_of(Drawing.NONE) == (0.0, 0.0)


def test_a_mark_beside_keeps_clear_of_the_other_boxes() -> None:
    rng = child(3, 1)
    box = BoxPlace(x=20, y=20, w=4.5, h=4.5, shape="square")
    right = BoxPlace(x=26, y=20, w=4.5, h=4.5, shape="square")
    hand = draw_hand(Marking.CROSS_UNDO, rng, pen="gel")
    for _ in range(8):
        page = InkedPage(np.full((500, 500), 255, np.uint8), color=False, rng=rng)
        draw_box(page, BoxPlan(drawing=Drawing.REMARKED), box, (right,), hand, rng)
        inner = page.image[214:258, 290:324]
        assert (inner < 128).mean() < 0.02


def test_red_ink_is_red_in_colour_and_dark_in_grey() -> None:
    rng = child(4, 1)
    page = InkedPage(np.full((300, 300), 255, np.uint8), color=True, rng=rng)
    box = BoxPlace(x=12.7, y=12.7, w=6.0, h=6.0, shape="square")
    draw_box(page, BoxPlan(drawing=Drawing.FILL), box, (), draw_hand(Marking.FILL, rng, pen="red"), rng)
    red, green, blue = page.image[120:180, 120:180].reshape(-1, 3).mean(axis=0)
    assert red > green + 30
    assert red > blue + 30


def test_a_pen_that_nobody_has_is_refused_with_the_pens_there_are() -> None:
    with pytest.raises(UsageFault, match="no pen 'quill'") as caught:
        make(pen="quill")
    assert "ballpoint" in caught.value.hint


def test_a_named_pen_is_used_by_students_and_examiner_alike() -> None:
    _, hand, examiner = make(pen="gel").plan(simulation.students(1)[0])
    assert (hand.pen.name, examiner.pen.name) == ("gel", "gel")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"profile": "office"}, "office-200"),
        ({"format": "bmp"}, "pdf-g4"),
        ({"awkward": 1.5}, "0 to 1"),
        ({"duplicates": -1}, "0 or more"),
    ],
)
def test_settings_that_make_no_sense_say_what_to_write(wrong: dict[str, object], hint: str) -> None:
    with pytest.raises(UsageFault) as caught:
        SimulationSettings(seed=1, **wrong)  # type: ignore[arg-type]
    assert hint in caught.value.hint
