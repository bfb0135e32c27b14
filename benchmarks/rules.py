"""How long it takes to score a million answers by a key of every rule, beside a plain dictionary.

Run it with ``python -m benchmarks.rules``. The answers are drawn: a class of 20,000 students and 50
questions, as many of them right as in an exam. The plain loop looks an answer up in a dictionary of
points and adds them: less than that nothing can be.
"""

import argparse
import random
import time
from collections.abc import Callable
from fractions import Fraction

from pipeline.grading import KeyEntry, build_key, score_answer
from pipeline.model import (
    Answer,
    Exam,
    Kind,
    Marking,
    NumberFormat,
    Option,
    Question,
    Rule,
    Solve,
    StudentId,
)

QUESTIONS = 50
OPTIONS = tuple("ABCDE")
ONE = ("single", "formula", "amc-simple", "eyegrade")
SEVERAL = (
    "all-or-nothing",
    "deduct",
    "r-exams",
    "moodle",
    "akindi-partial",
    "akindi-deduct",
    "sets",
    "amc-multiple",
)
PARAMETERS: dict[str, dict[str, object]] = {
    "deduct": {"each": Fraction(1, 2)},
    "sets": {"sets": {"A": 1, "A|B": 2}},
    "amc-simple": {"b": 2},
    "amc-multiple": {"haut": 2},
}


def _exam() -> Exam:
    """A mixed key: a third choices of one, a third choices of several, a third numbers."""
    questions = []
    for place in range(QUESTIONS):
        name = str(place)
        if place % 3 == 0:
            questions.append(_choice(name, ONE[place % len(ONE)], Kind.CHOICE, "A"))
        elif place % 3 == 1:
            questions.append(_choice(name, SEVERAL[place % len(SEVERAL)], Kind.CHOICES, ("A", "B")))
        else:
            questions.append(_number(name, "2" if place > 2 else ""))
    return Exam(
        id="benchmark",
        title="Benchmark",
        version="A",
        marking=Marking.ANY,
        paper="a4",
        student_id=StudentId(),
        questions=tuple(questions),
    )


def _choice(name: str, rule: str, kind: Kind, answer: object) -> Question:
    return Question(
        id=name,
        kind=kind,
        points=Fraction(2),
        rule=Rule(name=rule, parameters=PARAMETERS.get(rule, {})),
        options=tuple(Option(id=option, text=option) for option in OPTIONS),
        answer=answer,
    )


def _number(name: str, earlier: str) -> Question:
    rule = (
        Rule(name="follow-through", parameters={"from": {"layers.0": earlier}})
        if earlier
        else Rule(name="number")
    )
    return Question(
        id=name,
        kind=Kind.NUMBER,
        points=Fraction(2),
        rule=rule,
        number=NumberFormat(digits=6),
        answer=Solve(solver="mlp.parameters", arguments={"layers": (33 if earlier else 10, 3), "bias": True})
        if earlier
        else Fraction(33),
    )


def _answers(entries: dict[str, KeyEntry], students: int, seed: int) -> list[dict[str, Answer]]:
    source = random.Random(seed)  # noqa: S311 (answers of nobody, no secret)
    return [{name: _answer(entry, source) for name, entry in entries.items()} for _ in range(students)]


def _answer(entry: KeyEntry, source: random.Random) -> Answer:
    name, knows = entry.question.id, source.random() < 0.7
    if entry.right is not None:
        count = len(entry.right) if knows else source.randint(0, 3)
        chosen = tuple(sorted(entry.right)) if knows else tuple(sorted(source.sample(OPTIONS, count)))
        return Answer(question=name, chosen=chosen)
    right = Fraction(entry.value or 0)
    return Answer(question=name, value=right if knows else Fraction(source.randint(0, 400)))


def _timed(run: Callable[[], Fraction]) -> tuple[float, Fraction]:
    begin = time.process_time()
    result = run()
    return time.process_time() - begin, result


def main() -> None:
    """Print how many answers are scored in a second, and how much more that costs than a lookup."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    key = build_key(_exam(), "").key
    if key is None:
        raise SystemExit("the benchmark's own key has faults")
    entries = dict(key.entries)
    booklets = _answers(entries, options.answers // QUESTIONS, options.seed)
    scored = len(booklets) * QUESTIONS

    def by_rules() -> Fraction:
        total = Fraction(0)
        for booklet in booklets:
            points = [score_answer(entry, booklet[name], booklet).points for name, entry in entries.items()]
            total += sum((one for one in points if one is not None), Fraction(0))
        return total

    seconds, points = _timed(by_rules)
    table = {
        (name, answer.chosen, answer.value): score_answer(entries[name], answer, booklet).points
        for booklet in booklets
        for name, answer in booklet.items()
    }

    def by_lookup() -> Fraction:
        total = Fraction(0)
        for booklet in booklets:
            points = [table[name, one.chosen, one.value] for name, one in booklet.items()]
            total += sum((one for one in points if one is not None), Fraction(0))
        return total

    plain, _ = _timed(by_lookup)
    rules = {entry.question.rule.name for entry in entries.values()}
    print(f"{scored:,} answers by {len(rules)} rules: {seconds:.2f} s")
    print(f"{scored / seconds:,.0f} answers a second; {points} points in all")
    print(f"a plain dictionary: {plain:.2f} s; the rules take {seconds / plain:.1f} times as long")


if __name__ == "__main__":
    main()
