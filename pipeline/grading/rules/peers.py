"""Rules of R/exams, Moodle, Akindi, Gradescope and ZipGrade.

h and f are right and wrong options ticked, n+ and n- right and wrong ones there are. Where no
option is right, nothing ticked is the right answer by all of these rules: the peers never give
points there.
"""

from fractions import Fraction

from pipeline.grading.numbers import number_text
from pipeline.grading.rules.numeric import within
from pipeline.grading.rules.parameters import (
    POINTS,
    SHARE,
    SHARE_OR_TRUTH,
    TRUTH,
    Parameter,
    by_option,
    by_set,
    set_of,
    shown,
    word,
)
from pipeline.grading.rules.records import (
    CHOICE_KINDS,
    ZERO,
    Marked,
    Parameters,
    ScoringRule,
    Verdict,
    differences,
    nothing_to_full,
)
from pipeline.model import Kind

ONE = Fraction(1)
_DONT_KNOW = "options beside the one that is no answer"


def _early(marked: Marked) -> Verdict | None:
    """The verdict that all peers agree on: right, blank, or contradicting marks."""
    if marked.dont_know:
        return Verdict(points=ZERO, reason=_DONT_KNOW if marked.chosen else "no answer by choice")
    if marked.chosen == marked.right:
        return Verdict(points=marked.points, reason="right")
    return None if marked.chosen else Verdict(points=ZERO, reason="blank")


def _hits(marked: Marked) -> tuple[int, int]:
    """Right and wrong options ticked."""
    return len(marked.chosen & marked.right), len(marked.chosen - marked.right)


# --- R/exams: exams_eval -----------------------------------------------------------------------


def _penalty(rule: str, right: int, wrong: int) -> Fraction:
    """What each wrong tick takes off, as a share of the points."""
    shares = {
        "false": Fraction(1, max(wrong, 1)),
        "false2": Fraction(1, max(wrong, 2)),
        "true": Fraction(1, max(right, 1)),
        "all": ONE,
        "none": ZERO,
    }
    return shares[rule]


def _r_exams(marked: Marked, parameters: Parameters) -> Verdict:
    least = -abs(parameters["negative"]) * marked.points
    if not (marked.options or marked.right or marked.chosen):
        if marked.value is None:
            return Verdict(points=ZERO, reason="blank")
        fits = within(marked.value, marked.right_value, marked.tolerance)
        return Verdict(points=marked.points if fits else least, reason="right" if fits else "wrong")
    verdict = _early(marked)
    if verdict is not None and not (marked.dont_know and marked.chosen):
        return verdict
    # exams_eval gives parts of the points for "mchoice" alone, whatever partial says.
    if marked.one_asked or not parameters["partial"] or marked.dont_know:
        return Verdict(points=least, reason=_DONT_KNOW if marked.dont_know else differences(marked))
    hits, wrong = _hits(marked)
    off = _penalty(parameters["rule"], len(marked.right), len(marked.wrong_options))
    share = Fraction(hits, max(len(marked.right), 1)) - wrong * off
    return Verdict(points=max(share * marked.points, least), reason=differences(marked))


def _r_exams_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    return -abs(parameters["negative"]) * marked.points, marked.points


def _r_exams_sentence(points: Fraction, parameters: Parameters) -> str:
    least = number_text(-abs(parameters["negative"]) * points)
    if not parameters["partial"]:
        return f"The right answer gives {number_text(points)}, a wrong one {least}, no answer 0."
    off = {
        "false": "1 divided by the number of wrong options",
        "false2": "1 divided by the number of wrong options, at most one half",
        "true": "as much as a right one gives",
        "all": "all of them",
        "none": "nothing",
    }[parameters["rule"]]
    return (
        f"Where several options may be right, each right one gives its equal share of {number_text(points)} "
        f"points and each wrong one takes off {off}, down to {least}; elsewhere a wrong answer gives {least}."
    )


# --- Moodle, offlinequiz -----------------------------------------------------------------------


def _fractions(marked: Marked, parameters: Parameters) -> dict[str, Fraction]:
    if parameters["fractions"]:
        return dict(parameters["fractions"])
    wrong = marked.wrong_options
    shares = {option: Fraction(1, len(marked.right)) for option in marked.right}
    return shares | {option: Fraction(-1, len(wrong)) for option in wrong}


def _moodle(marked: Marked, parameters: Parameters) -> Verdict:
    if marked.dont_know or not marked.chosen:
        return _early(marked) or Verdict(points=ZERO, reason="blank")
    shares = _fractions(marked, parameters)
    total = sum((shares.get(option, ZERO) for option in marked.chosen), ZERO)
    points = max(min(total, ONE) * marked.points, parameters["floor"])
    right = marked.chosen == marked.right
    return Verdict(points=points, reason="right" if right else differences(marked))


def _moodle_sentence(points: Fraction, parameters: Parameters) -> str:
    full, least = number_text(points), number_text(parameters["floor"])
    if parameters["fractions"]:
        shares = shown(parameters["fractions"])
        return f"Each ticked option has its share of {full} points ({shares}), down to {least}."
    return (
        f"Each right option ticked gives its equal share of {full} points, "
        f"each wrong one takes its equal share off, down to {least}."
    )


def _moodle_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    return min(parameters["floor"], ZERO), marked.points


def _exact(marked: Marked, parameters: Parameters) -> Verdict:
    del parameters
    return _early(marked) or Verdict(points=ZERO, reason=differences(marked))


# --- Akindi ------------------------------------------------------------------------------------


def _either_or(marked: Marked, parameters: Parameters) -> Verdict:
    del parameters
    verdict = _early(marked)
    if verdict is not None:
        return verdict
    if marked.chosen <= marked.right:
        return Verdict(points=marked.points, reason="right: one of several right options is enough")
    return Verdict(points=ZERO, reason=f"wrong {', '.join(sorted(marked.chosen - marked.right))}")


def _partial(marked: Marked, parameters: Parameters) -> Verdict:
    del parameters
    verdict = _early(marked)
    if verdict is not None:
        return verdict
    if len(marked.chosen) > len(marked.right):
        return Verdict(points=ZERO, reason=f"more than {len(marked.right)} options ticked")
    hits, _ = _hits(marked)
    return Verdict(points=marked.points * Fraction(hits, len(marked.right)), reason=differences(marked))


def _deducting(marked: Marked, parameters: Parameters) -> Verdict:
    del parameters
    verdict = _early(marked)
    if verdict is not None:
        return verdict
    hits, wrong = _hits(marked)
    share = Fraction(max(0, hits - wrong), max(len(marked.right), 1))
    return Verdict(points=marked.points * share, reason=differences(marked))


# --- Gradescope, ZipGrade: points for each set of ticks ----------------------------------------


def _sets(marked: Marked, parameters: Parameters) -> Verdict:
    if marked.dont_know:
        return Verdict(
            points=parameters["blank"] if not marked.chosen else parameters["other"], reason=_DONT_KNOW
        )
    for name, points in parameters["sets"].items():
        if set_of(name) == marked.chosen:
            shown_set = "|".join(sorted(marked.chosen))
            return Verdict(
                points=points, reason="right" if marked.chosen == marked.right else f"for {shown_set}"
            )
    if marked.chosen == marked.right:
        return Verdict(points=marked.points, reason="right")
    if not marked.chosen:
        return Verdict(points=parameters["blank"], reason="blank")
    return Verdict(points=parameters["other"], reason=differences(marked))


def _sets_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    found = [*parameters["sets"].values(), parameters["other"], parameters["blank"], marked.points]
    return min(found), max(found)


PEER_RULES = (
    ScoringRule(
        name="r-exams",
        kinds=CHOICE_KINDS | {Kind.NUMBER},
        sentence=_r_exams_sentence,
        several="Several options where one is asked are a wrong answer.",
        parameters={
            "partial": Parameter(meaning="whether each option counts", default=True, form=TRUTH),
            "rule": Parameter(
                meaning="what a wrong option takes off",
                default="false2",
                form=word("false2", "false", "true", "all", "none"),
            ),
            "negative": Parameter(
                meaning="share of the points that an answer may lose", default=ZERO, form=SHARE_OR_TRUTH
            ),
        },
        judge=_r_exams,
        bounds=_r_exams_bounds,
    ),
    ScoringRule(
        name="moodle",
        kinds=CHOICE_KINDS,
        sentence=_moodle_sentence,
        several="The shares of all ticked options are added up, also where one is asked.",
        parameters={
            "fractions": Parameter(
                meaning="share of the points of each option; equal shares unless given",
                default=None,
                form=by_option(SHARE),
            ),
            "floor": Parameter(meaning="least for an answer"),
        },
        judge=_moodle,
        bounds=_moodle_bounds,
    ),
    ScoringRule(
        name="moodle-all-or-nothing",
        kinds=CHOICE_KINDS,
        sentence="All right options ticked and no other gives {points}, anything else 0.",
        several="Several options are right only when all right ones are ticked and no other.",
        parameters={},
        judge=_exact,
        bounds=nothing_to_full,
    ),
    ScoringRule(
        name="akindi-exact",
        kinds=CHOICE_KINDS,
        sentence="Exactly the right options ticked gives {points}, anything else 0.",
        several="Several options are right only when all right ones are ticked and no other.",
        parameters={},
        judge=_exact,
        bounds=nothing_to_full,
    ),
    ScoringRule(
        name="akindi-either-or",
        kinds=CHOICE_KINDS,
        sentence="One or more right options ticked and no wrong one gives {points}, anything else 0.",
        several="One wrong option among several makes the answer wrong.",
        parameters={},
        judge=_either_or,
        bounds=nothing_to_full,
    ),
    ScoringRule(
        name="akindi-partial",
        kinds=CHOICE_KINDS,
        sentence=(
            "Each right option ticked gives its equal share of {points} points; "
            "more options ticked than are right gives 0."
        ),
        several="More options ticked than are right give 0.",
        parameters={},
        judge=_partial,
        bounds=nothing_to_full,
    ),
    ScoringRule(
        name="akindi-deduct",
        kinds=CHOICE_KINDS,
        sentence=(
            "Each right option ticked gives its equal share of {points} points, "
            "each wrong one takes as much off, down to 0."
        ),
        several="Each option too many is a wrong one and takes its share off.",
        parameters={},
        judge=_deducting,
        bounds=nothing_to_full,
    ),
    ScoringRule(
        name="sets",
        kinds=CHOICE_KINDS,
        sentence=(
            "The right options give {points}, other ticks {sets}, anything else {other}, "
            "nothing ticked {blank}."
        ),
        several="Each set of ticked options has its own points.",
        parameters={
            "sets": Parameter(
                meaning="points of sets of ticked options, written A|C",
                default=None,
                required=True,
                form=by_set(POINTS),
            ),
            "other": Parameter(meaning="for any other set"),
            "blank": Parameter(meaning="for nothing ticked"),
        },
        judge=_sets,
        bounds=_sets_bounds,
    ),
)
