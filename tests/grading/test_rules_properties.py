"""What holds for every rule, whatever its numbers and whatever the answer."""

from fractions import Fraction
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.grading import GROUP_RULES, Marked, judge
from pipeline.grading.rules import MarkedParts, group_bounds, judge_parts, points_range
from pipeline.model import Group, Rule, Tolerance

OPTIONS = tuple("ABCDE")
SETS = st.frozensets(st.sampled_from(OPTIONS))
POINTS = st.fractions(0, 10, max_denominator=12)
SIGNED = st.fractions(-10, 10, max_denominator=12)
SHARES = st.fractions(0, 1, max_denominator=6)
NO_PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.just({})


def maybe(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these parameters."""
    return st.fixed_dictionaries({}, optional=values)


def of_options(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Values of some options."""
    return st.dictionaries(st.sampled_from(OPTIONS), inner, min_size=1, max_size=5)


ANSWER = {"right": POINTS, "wrong": SIGNED, "blank": SIGNED}
AMC = {"e": SIGNED, "v": SIGNED, "b": SIGNED, "m": SIGNED, "mz": POINTS}
PAIRS = maybe(b=SIGNED, m=SIGNED)
PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "single": maybe(**ANSWER, dont_know=SIGNED, several=SIGNED),
    "all-or-nothing": maybe(**ANSWER),
    "deduct": st.fixed_dictionaries({"each": POINTS}, optional={"floor": SIGNED, "blank": SIGNED}),
    "formula": maybe(blank=SIGNED),
    "eyegrade": maybe(correct=SHARES, incorrect=SHARES, blank=SHARES),
    "amc-simple": maybe(**AMC, auto=SIGNED, options=of_options(SIGNED)),
    "amc-multiple": maybe(
        **AMC,
        d=SIGNED,
        p=SIGNED,
        P=SIGNED,
        haut=POINTS,
        none=st.sampled_from(OPTIONS),
        options=of_options(PAIRS),
    ),
    "r-exams": maybe(
        partial=st.booleans(),
        rule=st.sampled_from(("false", "false2", "true", "all", "none")),
        negative=st.one_of(st.booleans(), st.fractions(-1, 1, max_denominator=6)),
    ),
    "moodle": maybe(
        fractions=of_options(st.fractions(-1, 1, max_denominator=6)), floor=st.just(Fraction(-1))
    ),
    "moodle-all-or-nothing": NO_PARAMETERS,
    "akindi-exact": NO_PARAMETERS,
    "akindi-either-or": NO_PARAMETERS,
    "akindi-partial": NO_PARAMETERS,
    "akindi-deduct": NO_PARAMETERS,
    "sets": st.fixed_dictionaries(
        {"sets": st.dictionaries(st.sampled_from(("A", "B", "A|B", "A|C|E")), SIGNED, min_size=1)},
        optional={"other": SIGNED, "blank": SIGNED},
    ),
}


@st.composite
def rules(draw: st.DrawFn, *names: str) -> Rule:
    """A rule with drawn parameters."""
    name = draw(st.sampled_from(names or tuple(PARAMETERS)))
    return Rule(name=name, parameters=draw(PARAMETERS[name]))


@st.composite
def questions(draw: st.DrawFn, *names: str) -> tuple[Rule, Marked]:
    """A rule and a question with an answer."""
    rule = draw(rules(*names))
    marked = Marked(
        points=draw(POINTS),
        options=OPTIONS,
        right=draw(SETS),
        chosen=draw(SETS),
        dont_know=draw(st.booleans()),
    )
    return rule, marked


def again(marked: Marked, chosen: frozenset[str]) -> Marked:
    """The same question with another answer."""
    return Marked(points=marked.points, options=marked.options, right=marked.right, chosen=chosen)


@given(question=questions())
def test_points_stay_within_the_range_that_the_rule_promises(question: tuple[Rule, Marked]) -> None:
    rule, marked = question
    least, most = points_range(rule, marked)
    found = judge(rule, marked)
    assert least <= found.points <= most
    assert isinstance(found.points, Fraction)
    assert found.reason


@given(question=questions())
def test_a_blank_answer_gets_what_the_rule_says_and_nothing_else(question: tuple[Rule, Marked]) -> None:
    rule, marked = question
    assume(marked.right)
    blank = judge(rule, again(marked, frozenset())).points
    said = {name: rule.parameters.get(name, Fraction(0)) for name in ("blank", "v")}
    if rule.name.startswith("amc"):
        assert blank == said["v"]
    elif rule.name == "eyegrade":
        assert blank == -marked.points * said["blank"]
    else:
        assert blank == said["blank"]


MONOTONE = ("r-exams", "moodle-all-or-nothing", "akindi-exact", "akindi-either-or", "akindi-deduct")


@given(question=questions(*MONOTONE), option=st.sampled_from(OPTIONS))
def test_mending_one_box_never_costs_points_where_the_rule_is_monotone(
    question: tuple[Rule, Marked], option: str
) -> None:
    rule, marked = question
    better = marked.chosen | {option} if option in marked.right else marked.chosen - {option}
    before = judge(rule, again(marked, marked.chosen)).points
    assert judge(rule, again(marked, frozenset(better))).points >= before


@given(
    right=SETS, chosen=SETS, option=st.sampled_from(OPTIONS), b=POINTS, m=SIGNED, points=POINTS, floor=SIGNED
)
def test_mending_one_of_several_boxes_never_costs_amc_points(
    right: frozenset[str],
    chosen: frozenset[str],
    option: str,
    b: Fraction,
    m: Fraction,
    points: Fraction,
    floor: Fraction,
) -> None:
    assume(m <= b)
    better = chosen | {option} if option in right else chosen - {option}
    assume(chosen and better)
    rule = Rule(name="amc-multiple", parameters={"b": b, "m": m, "p": floor})
    marked = Marked(points=points, options=OPTIONS, right=right, chosen=chosen)
    assert judge(rule, again(marked, frozenset(better))).points >= judge(rule, marked).points


FULL_BY_DEFAULT = (
    "r-exams",
    "moodle-all-or-nothing",
    "akindi-exact",
    "akindi-either-or",
    "akindi-partial",
    "akindi-deduct",
)


@given(question=questions(*FULL_BY_DEFAULT))
def test_the_right_options_get_the_full_points(question: tuple[Rule, Marked]) -> None:
    rule, marked = question
    assert judge(rule, again(marked, marked.right)).points == marked.points


def equal_shares(rule: Rule) -> bool:
    """Whether a Moodle rule has shares that the exam file does not give."""
    return "fractions" not in rule.parameters


@given(question=questions("moodle"), option=st.sampled_from(OPTIONS))
def test_mending_one_box_never_costs_equal_shares(question: tuple[Rule, Marked], option: str) -> None:
    rule, marked = question
    assume(equal_shares(rule) and marked.right)
    better = marked.chosen | {option} if option in marked.right else marked.chosen - {option}
    assume(marked.chosen and better)
    before = judge(rule, again(marked, marked.chosen)).points
    assert judge(rule, again(marked, frozenset(better))).points >= before


BEST_IS_RIGHT = (*FULL_BY_DEFAULT, "single", "all-or-nothing", "deduct", "formula", "eyegrade", "moodle")


@given(question=questions(*BEST_IS_RIGHT))
def test_no_answer_earns_more_than_the_right_one(question: tuple[Rule, Marked]) -> None:
    rule, marked = question
    assume(equal_shares(rule) and len(marked.right) == 1)
    # What a rule gives for other answers is at most the points: key check refuses the rest.
    said = [value for name, value in rule.parameters.items() if isinstance(value, Fraction)]
    assume(all(value <= marked.points for value in said))
    assume(rule.parameters.get("right", marked.points) == marked.points)
    assume(rule.name != "eyegrade" or rule.parameters.get("correct", 1) == 1)
    best = judge(rule, again(marked, marked.right)).points
    assert best == marked.points
    assert judge(rule, marked).points <= best


# --- numbers -----------------------------------------------------------------------------------

NUMBERS = st.fractions(-1000, 1000, max_denominator=100)


@given(
    rule=st.sampled_from(("number", "r-exams", "amc-numeric", "follow-through")),
    value=st.one_of(st.none(), NUMBERS),
    right=NUMBERS,
    followed=st.one_of(st.none(), NUMBERS),
    size=st.fractions(0, 5, max_denominator=20),
    points=POINTS,
)
def test_a_number_gets_points_within_the_range_of_its_rule(
    rule: str,
    value: Fraction | None,
    right: Fraction,
    followed: Fraction | None,
    size: Fraction,
    points: Fraction,
) -> None:
    parameters: dict[str, Any] = {"from": {"x": "1"}} if rule == "follow-through" else {}
    marked = Marked(
        points=points,
        value=value,
        right_value=right,
        tolerance=Tolerance(kind="abs", size=size),
        followed=followed,
    )
    least, most = points_range(Rule(name=rule, parameters=parameters), marked)
    found = judge(Rule(name=rule, parameters=parameters), marked).points
    assert least <= found <= most
    if value is None:
        assert found == 0


@given(value=NUMBERS, right=NUMBERS, approx=st.integers(0, 50))
def test_a_nearer_number_is_never_worse_by_amc(value: Fraction, right: Fraction, approx: int) -> None:
    rule = Rule(name="amc-numeric", parameters={"approx": approx, "exact": 1})

    def points(number: Fraction) -> Fraction:
        return judge(rule, Marked(points=Fraction(2), value=number, right_value=right, decimals=1)).points

    assert points(round(right, 1) + (value - round(right, 1)) / 2) >= points(value)


@given(value=NUMBERS, followed=NUMBERS, right=NUMBERS, share=POINTS)
def test_following_from_an_earlier_answer_never_costs_points(
    value: Fraction, followed: Fraction, right: Fraction, share: Fraction
) -> None:
    rule = Rule(name="follow-through", parameters={"from": {"x": "1"}, "points": share})
    alone = Marked(points=Fraction(10), value=value, right_value=right)
    after = Marked(points=Fraction(10), value=value, right_value=right, followed=followed)
    assert judge(rule, after).points >= judge(rule, alone).points


# --- questions whose parts are judged together -------------------------------------------------


@given(
    name=st.sampled_from(sorted(GROUP_RULES)),
    points=POINTS,
    numbers=st.tuples(POINTS, SIGNED),
    parts=st.lists(st.sampled_from(("right", "wrong", "blank")), min_size=1, max_size=6),
)
def test_parts_together_stay_within_their_range_and_a_mended_part_never_costs(
    name: str, points: Fraction, numbers: tuple[Fraction, Fraction], parts: list[str]
) -> None:
    each, floor = numbers
    parameters = {"each": each, "floor": floor} if name == "share-of-parts" else {"wrong": -each}
    rule = Rule(name=name, parameters=parameters)
    ids = tuple(f"1.{place}" for place in range(len(parts)))
    least, most = group_bounds(Group(id="1", parts=ids, points=points, rule=rule))

    def judged(states: list[str]) -> Fraction:
        of = {
            word: tuple(part for part, state in zip(ids, states, strict=True) if state == word)
            for word in ("right", "wrong", "blank")
        }
        marked = MarkedParts(points=points, right=of["right"], wrong=of["wrong"], blank=of["blank"])
        return judge_parts(rule, marked).points

    found = judged(parts)
    assert least <= found <= most
    if "blank" not in parts or name == "share-of-parts":
        assert judged(["right", *parts[1:]]) >= found
