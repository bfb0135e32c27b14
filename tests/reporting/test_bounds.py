"""How many misreads a sample allows: the exact bounds, against scipy and against enumeration."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from pipeline.reporting import SecondLook, Stratum, second_look_of, second_look_values
from pipeline.reporting import upper_bound as bound
from pipeline.reporting import upper_bound_of_two as bound_of_two


def stratum(size: int, sampled: int, errors: int = 0) -> Stratum:
    return Stratum(size=size, sampled=sampled, errors=errors)


@settings(deadline=None)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, min(n - 1, 60)), st.just(n))))
def test_the_bound_is_the_quantile_of_the_beta_distribution(sample: tuple[int, int]) -> None:
    errors, sampled = sample
    assert bound(errors, sampled) == pytest.approx(beta.ppf(0.95, errors + 1, sampled - errors), rel=1e-9)


@pytest.mark.parametrize(("errors", "sampled"), [(0, 299_573), (1, 474_387), (2, 629_580)])
def test_the_samples_that_show_one_in_a_hundred_thousand(errors: int, sampled: int) -> None:
    assert bound(errors, sampled) <= 1e-5 < bound(errors, sampled - 10)


def test_a_sample_of_nothing_and_one_that_is_all_wrong_promise_nothing() -> None:
    assert (bound(0, 0), bound(5, 5)) == (1.0, 1.0)


def test_two_parts_sampled_in_proportion_promise_what_one_sample_does() -> None:
    assert bound_of_two(stratum(200, 60), stratum(800, 240)) == pytest.approx(bound(0, 300), rel=1e-6)


def test_one_part_alone_promises_what_its_own_sample_does() -> None:
    alone = bound_of_two(stratum(1000, 300, 2), stratum(0, 0))
    assert alone == pytest.approx(bound(2, 300), rel=1e-6)
    assert bound_of_two(stratum(0, 0), stratum(1000, 300, 2)) == pytest.approx(bound(2, 300), rel=1e-6)


def test_a_part_of_which_nothing_was_looked_at_counts_as_wrong() -> None:
    assert bound_of_two(stratum(200, 0), stratum(800, 100)) >= 0.2


@settings(deadline=None, max_examples=6)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 0.95))
def test_the_bound_of_two_parts_is_missed_in_one_of_twenty_samples_at_most(
    one: int, two: int, first: float, second: float, weight: float
) -> None:
    sizes = (round(1000 * weight), 1000 - round(1000 * weight))
    rate = (sizes[0] * first + sizes[1] * second) / 1000
    missed = sum(
        binom.pmf(a, one, first) * binom.pmf(b, two, second)
        for a, b in itertools.product(range(one + 1), range(two + 1))
        if bound_of_two(stratum(sizes[0], one, a), stratum(sizes[1], two, b)) < rate - 1e-6
    )
    assert missed <= 0.05 + 1e-9


def test_the_promise_is_a_sentence_with_the_number_that_it_rests_on() -> None:
    look = SecondLook(marked=stratum(200, 150), unmarked=stratum(800, 150))
    assert look.sentence() == (
        "second look: 300 marks confirmed, 0 misread: at most 159 misreads per 10,000 at 95 %"
        " (false marks at most 198, of 150 looked at; missed marks at most 198, of 150)"
    )
    assert second_look_of(second_look_values(look)) == look
    assert second_look_of(second_look_values(None)) is None


@pytest.mark.parametrize(("rows", "words"), [(1, "1 row is open"), (40, "40 rows are open")])
def test_nothing_is_promised_while_rows_of_the_sample_are_open(rows: int, words: str) -> None:
    look = SecondLook(marked=stratum(200, 150), unmarked=stratum(800, 110, 1), open=rows)
    assert look.sentence() == (
        f"second look: 259 marks confirmed, 1 misread; no promise before the last sample is complete: {words}"
    )
    values = second_look_values(look)
    assert values is not None
    assert (values["open"], values["at_most_per_10000"]) == (rows, None)
    assert values["marked"]["at_most_per_10000"] is values["unmarked"]["at_most_per_10000"] is None
    assert second_look_of(values) == look
    complete = second_look_of(values, 0)
    assert complete is not None
    assert complete.sentence().startswith("second look: 259 marks confirmed, 1 misread: at most")


def test_a_misread_makes_the_promise_weaker() -> None:
    clean = SecondLook(marked=stratum(200, 150), unmarked=stratum(800, 150))
    missed = SecondLook(marked=stratum(200, 150), unmarked=stratum(800, 150, 1))
    assert missed.per_10000()["all"] > clean.per_10000()["all"]
    assert missed.per_10000()["false"] == clean.per_10000()["false"]
