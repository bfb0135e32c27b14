"""Rules of the exams themselves: single, all-or-nothing, deduct, formula, eyegrade, credits."""

from fractions import Fraction

from pipeline.grading.numbers import number_text
from pipeline.grading.rules.parameters import CREDIT, FULL, SHARE, Parameter
from pipeline.grading.rules.records import (
    CHOICE_KINDS,
    CREDIT_KINDS,
    SEVERAL,
    ZERO,
    Marked,
    Parameters,
    ScoringRule,
    Verdict,
    among,
    differences,
    nothing_to_full,
)
from pipeline.model import Kind

ONE_ASKED = frozenset({Kind.CHOICE, Kind.TRUEFALSE})


def one_mark(
    marked: Marked, *, right: Fraction, wrong: Fraction, blank: Fraction, several: Fraction
) -> Verdict:
    """The verdict of a question where one option is asked."""
    if not marked.chosen:
        return Verdict(points=blank, reason="no answer by choice" if marked.dont_know else "blank")
    if len(marked.chosen) > 1 or marked.dont_know:
        return Verdict(points=several, reason=SEVERAL)
    if marked.chosen <= marked.right:
        return Verdict(points=right, reason="right")
    return Verdict(points=wrong, reason="wrong")


def _single(marked: Marked, parameters: Parameters) -> Verdict:
    blank = parameters["dont_know"] if marked.dont_know else parameters["blank"]
    return one_mark(
        marked,
        right=parameters["right"],
        wrong=parameters["wrong"],
        blank=blank,
        several=parameters["several"],
    )


def _single_sentence(points: Fraction, parameters: Parameters) -> str:
    del points
    shown = {name: number_text(value) for name, value in parameters.items()}
    words = f"The right option gives {shown['right']}, a wrong one {shown['wrong']}"
    if shown["several"] != shown["wrong"]:
        words += f", several {shown['several']}"
    words += f", no answer {shown['blank']}"
    if shown["dont_know"] != shown["blank"]:
        words += f', the option "don\'t know" {shown["dont_know"]}'
    return f"{words}."


def _all_or_nothing(marked: Marked, parameters: Parameters) -> Verdict:
    if marked.dont_know:
        if marked.chosen:
            return Verdict(points=parameters["wrong"], reason="options beside the one that is no answer")
        return Verdict(points=parameters["blank"], reason="no answer by choice")
    if marked.chosen == marked.right:
        return Verdict(points=parameters["right"], reason="right")
    if not marked.chosen:
        return Verdict(points=parameters["blank"], reason="blank")
    return Verdict(points=parameters["wrong"], reason=differences(marked))


def _deduct(marked: Marked, parameters: Parameters) -> Verdict:
    if not marked.dont_know and marked.chosen == marked.right:
        return Verdict(points=marked.points, reason="right")
    if not marked.chosen:
        return Verdict(points=parameters["blank"], reason="blank")
    if len(marked.right) == 1:
        return Verdict(points=parameters["floor"], reason="wrong: one option is right, all or nothing")
    errors = len(marked.chosen ^ marked.right) + marked.dont_know
    left = marked.points - errors * parameters["each"]
    reason = f"{differences(marked)}: {errors} x {number_text(parameters['each'])} off"
    return Verdict(points=max(left, parameters["floor"]), reason=reason)


def _guess(marked: Marked) -> Fraction:
    """What formula scoring takes off: guessing among k options then earns nothing on average."""
    return -marked.points / max(1, len(marked.options) - 1)


def _formula(marked: Marked, parameters: Parameters) -> Verdict:
    wrong = _guess(marked)
    return one_mark(marked, right=marked.points, wrong=wrong, blank=parameters["blank"], several=wrong)


def _formula_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    return min(_guess(marked), parameters["blank"]), marked.points


def _eyegrade(marked: Marked, parameters: Parameters) -> Verdict:
    return one_mark(
        marked,
        right=marked.points * parameters["correct"],
        wrong=-marked.points * parameters["incorrect"],
        blank=-marked.points * parameters["blank"],
        several=-marked.points * parameters["incorrect"],
    )


def _eyegrade_bounds(marked: Marked, parameters: Parameters) -> tuple[Fraction, Fraction]:
    found = (parameters["correct"], -parameters["incorrect"], -parameters["blank"])
    return marked.points * min(found), marked.points * max(found)


def _credits(marked: Marked, parameters: Parameters) -> Verdict:
    del parameters
    value = ZERO if marked.value is None else marked.value
    return Verdict(points=min(max(value, ZERO), marked.points), reason="credits by the examiner")


ANSWER = {
    "right": Parameter(meaning="for the right answer", default=FULL, form=CREDIT),
    "wrong": Parameter(meaning="for a wrong answer"),
    "blank": Parameter(meaning="for no answer"),
}

BASIC_RULES = (
    ScoringRule(
        name="single",
        kinds=ONE_ASKED,
        sentence=_single_sentence,
        several="Several options where one is asked give {several}.",
        parameters={
            **ANSWER,
            "dont_know": Parameter(meaning='for the option "don\'t know"'),
            "several": Parameter(meaning="for several options where one is asked", default="=wrong"),
        },
        judge=_single,
        bounds=among("right", "wrong", "blank", "dont_know", "several"),
    ),
    ScoringRule(
        name="all-or-nothing",
        kinds=CHOICE_KINDS,
        sentence=(
            "All right options ticked and no other gives {right}, "
            "anything else {wrong}, nothing ticked {blank}."
        ),
        several="Several options are right only when all right ones are ticked and no other.",
        parameters=ANSWER,
        judge=_all_or_nothing,
        bounds=among("right", "wrong", "blank"),
    ),
    ScoringRule(
        name="deduct",
        kinds=CHOICE_KINDS,
        sentence=(
            "Each wrong or missing option takes {each} off {points}, down to {floor}; "
            "where one option is right it is all or nothing; nothing ticked gives {blank}."
        ),
        several="Each option too many is a wrong one; where one option is right, the answer is wrong.",
        parameters={
            "each": Parameter(meaning="off for each wrong or missing option", required=True, form=CREDIT),
            "floor": Parameter(meaning="least for an answer"),
            "blank": Parameter(meaning="for nothing ticked"),
        },
        judge=_deduct,
        bounds=among("floor", "blank", full=True),
    ),
    ScoringRule(
        name="formula",
        kinds=ONE_ASKED,
        sentence=(
            "The right option gives {points}; a wrong one takes off {points} divided by the number of "
            "wrong options, so that guessing earns nothing on average; no answer gives {blank}."
        ),
        several="Several options where one is asked count as a wrong answer.",
        parameters={"blank": Parameter(meaning="for no answer")},
        judge=_formula,
        bounds=_formula_bounds,
    ),
    ScoringRule(
        name="eyegrade",
        kinds=ONE_ASKED,
        sentence=(
            "The right option gives {correct} times {points} points, a wrong one takes off {incorrect} "
            "times, no answer {blank} times."
        ),
        several="Several options where one is asked count as a wrong answer.",
        parameters={
            "correct": Parameter(meaning="share for the right option", default=Fraction(1), form=SHARE),
            "incorrect": Parameter(meaning="share taken off for a wrong option", form=SHARE),
            "blank": Parameter(meaning="share taken off for no answer", form=SHARE),
        },
        judge=_eyegrade,
        bounds=_eyegrade_bounds,
    ),
    ScoringRule(
        name="credits",
        kinds=CREDIT_KINDS,
        sentence="The examiner gives 0 to {points}.",
        several="Two credit boxes are no credit: a person decides what was meant.",
        parameters={},
        judge=_credits,
        bounds=nothing_to_full,
    ),
)
