"""Item analysis: its figures are those of other programs, and its words say what is wrong."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.grading import (
    ExamStatistics,
    ItemQuestion,
    Responses,
    analyse,
    compare_versions,
    correlation,
    cronbach_alpha,
    reasons_to_look_again,
    third_weights,
    words_for_versions,
)

LSAT6 = """\
00000 3 00001 6 00010 2 00011 11 00100 1 00101 1 00110 3 00111 4 01000 1 01001 8 01011 16 01101 3
01110 2 01111 15 10000 10 10001 29 10010 14 10011 81 10100 3 10101 28 10110 15 10111 80 11000 16
11001 56 11010 21 11011 173 11100 11 11101 61 11110 28 11111 298"""
"""Section 6 of the Law School Admission Test, 1000 students, 5 questions: how many gave each pattern
(R. D. Bock and M. Lieberman, Psychometrika 35, 1970, table 1)."""


def lsat() -> Responses:
    words = LSAT6.split()
    rows = [
        pattern for pattern, count in zip(words[::2], words[1::2], strict=True) for _ in range(int(count))
    ]
    return Responses(
        questions=tuple(
            ItemQuestion(id=name, points=Fraction(1), options=("T", "F"), right=frozenset("T"), correct="T")
            for name in "abcde"
        ),
        points=np.array([[float(mark) for mark in row] for row in rows]),
        readings=tuple(tuple("T" if row[at] == "1" else "F" for row in rows) for at in range(5)),
    )


def close(value: float | None, wanted: float) -> bool:
    return value is not None and abs(value - wanted) < 1e-9


def test_the_published_test_has_the_published_shares_of_right_answers() -> None:
    found = [item.facility for item in analyse(lsat()).items]
    assert found == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870], abs=1e-9)


def test_reliability_is_that_of_pingouin_and_of_the_literature() -> None:
    # pingouin 0.7.0, cronbach_alpha; the R package ltm prints 0.295 for the same data
    found = analyse(lsat())
    assert found.alpha is not None
    assert round(found.alpha, 3) == 0.295
    assert close(found.alpha, 0.2949971922159438)
    assert found.is_kr20
    without = [item.alpha_without for item in found.items]
    assert without == pytest.approx(
        [
            0.27535621079823347,
            0.2375839046466807,
            0.21679946294328234,
            0.24593271043357104,
            0.26629441120825065,
        ],
        abs=1e-9,
    )
    assert close(found.deviation, 1.035041211889802)
    assert close(found.standard_error, 1.035041211889802 * (1 - 0.2949971922159438) ** 0.5)


def test_discrimination_is_that_of_pingouin_and_scipy() -> None:
    # pingouin 0.7.0, corr
    corrected = [0.11283268892234173, 0.1531781201165295, 0.17277894329109056, 0.14442809524709366]
    corrected.append(0.12159640254709635)
    plain = [0.36201043716176384, 0.5667720953844597, 0.6184397535673758, 0.5344183262439239]
    plain.append(0.4353664278876056)
    found, responses = analyse(lsat()), lsat()
    assert [item.discrimination for item in found.items] == pytest.approx(corrected, abs=1e-9)
    assert [item.correlation for item in found.items] == pytest.approx(plain, abs=1e-9)
    for at, item in enumerate(found.items):
        rest = np.delete(responses.points, at, axis=1).sum(axis=1)
        assert close(item.discrimination, float(stats.pointbiserialr(responses.points[:, at] > 0, rest)[0]))


def test_reliability_of_points_in_parts_is_that_of_pingouin() -> None:
    points = np.array(
        [
            [(7 * s + 3 * q + s * q) % 5 / 2 * (1 if q % 2 else 2) + (s % 7) * 0.5 for q in range(6)]
            for s in range(40)
        ]
    )
    assert close(cronbach_alpha(points), 0.9047335516522774)
    rest = np.delete(points, 5, axis=1).sum(axis=1)
    assert close(correlation(points[:, 5], rest), 0.9335666042252129)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=40))
def test_a_third_is_a_third_whoever_stands_first(totals: list[int]) -> None:
    found = third_weights(np.array(totals, dtype=float))
    assert found is not None
    best, weakest = found
    again = third_weights(np.array(totals[::-1], dtype=float))
    assert again is not None
    assert best.sum() == pytest.approx(len(totals) / 3)
    assert weakest.sum() == pytest.approx(len(totals) / 3)
    assert again[0][::-1].tolist() == best.tolist()
    by_total = dict(zip(totals, best.tolist(), strict=True))
    assert [by_total[total] for total in sorted(by_total)] == sorted(by_total.values())


def one_question(
    readings: list[str], others: list[float], *, correct: str = "A", checked_by: str = ""
) -> tuple[Responses, ExamStatistics]:
    """Question 1 with these answers, and question 2 that gives the students their order."""
    asked = ItemQuestion(
        id="1",
        points=Fraction(1),
        options=("A", "B", "C"),
        right=frozenset(correct),
        correct=correct,
        one_asked=True,
        checked_by=checked_by,
    )
    earned = [[float(reading == correct), other] for reading, other in zip(readings, others, strict=True)]
    responses = Responses(
        questions=(asked, ItemQuestion(id="2", points=Fraction(10))),
        points=np.array(earned),
        readings=(tuple(readings), ("",) * len(readings)),
    )
    return responses, analyse(responses)


def test_the_distractor_table_counts_thirds_by_hand() -> None:
    _, found = one_question([*"AABBCCAB", ""], [18, 16, 14, 12, 10, 8, 6, 4, 2])
    shares = {one.option: (one.share, one.top, one.bottom) for one in found.items[0].options}
    # best: A A B; weakest: A B blank
    assert shares["A"] == pytest.approx((3 / 9, 2 / 3, 1 / 3))
    assert shares["B"] == pytest.approx((3 / 9, 1 / 3, 1 / 3))
    assert shares["C"] == pytest.approx((2 / 9, 0, 0))
    assert close(found.items[0].blank, 1 / 9)


def test_a_wrong_key_is_told_with_what_the_solver_says() -> None:
    readings = list("BBBBBA" + "AACCAA")
    responses, found = one_question(
        readings, [2.0 * (12 - at) for at in range(12)], checked_by="the solver x gives 9, which is B"
    )
    words = reasons_to_look_again(responses, found.items[0], 0)
    assert words[0] == (
        "key may be wrong: of the best third 100 % answered B and 0 % are right with A;"
        " the solver x gives 9, which is B"
    )
    assert any(word.startswith("negative discrimination") for word in words)


def test_a_good_question_is_left_in_peace() -> None:
    responses, found = one_question(list("AAAAAAA" + "ABBCC"), [2.0 * (12 - at) for at in range(12)])
    assert reasons_to_look_again(responses, found.items[0], 0) == ()


def test_few_students_say_nothing_about_a_question() -> None:
    responses, found = one_question(list("BBBA"), [4, 3, 2, 1])
    assert reasons_to_look_again(responses, found.items[0], 0) == ()


def test_an_easier_version_is_told() -> None:
    easy, _ = one_question(list("AAAAAAAAAAAB"), [8.0 + at % 3 for at in range(12)])
    hard, _ = one_question(list("BBBBCCCCBBBA"), [2.0 + at % 3 for at in range(12)])
    found = compare_versions({"A": easy, "B": hard})
    words = words_for_versions(found)
    assert words["1"][0] == "version A is easier: 92 % of the points, 8 % in the others"
    whole = next(one for one in found if (one.version, one.question) == ("A", ""))
    shares = [(one.totals / 11).tolist() for one in (easy, hard)]
    welch = stats.ttest_ind(shares[0], shares[1], equal_var=False)
    assert whole.standard_error is not None
    assert close(whole.difference / whole.standard_error, float(welch.statistic))


def test_few_students_say_nothing_about_versions() -> None:
    easy, _ = one_question(list("AAAAA"), [8.0, 9.0, 8.5, 7.0, 9.5])
    hard, _ = one_question(list("BBBBBBBBBBBB"), [2.0 + at % 3 for at in range(12)])
    assert words_for_versions(compare_versions({"A": easy, "B": hard})) == {}


def test_nothing_is_claimed_where_nobody_or_one_sat_the_test() -> None:
    for count in (0, 1):
        responses = Responses(
            questions=(ItemQuestion(id="1", points=Fraction(1), options=("A", "B")),),
            points=np.zeros((count, 1)),
            readings=(("A",) * count,),
        )
        found = analyse(responses)
        assert (found.alpha, found.standard_error, found.items[0].discrimination) == (None, None, None)
