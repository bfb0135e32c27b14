"""What a regrade changes, on standard output: for a person or for a program."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import click

from pipeline.changes import HASH_DIGITS, Changes, Movement, QuestionLine, Standing, others_words
from pipeline.reporting import aligned_rows, points_text
from pipeline.store import Result

MOST_ROWS = 20
"""Students that are listed on a terminal; ``--json`` lists all of them."""
MOST_NAMES = 10
"""Students of one kind who are named in a line."""
NOTHING = "-"
"""Stands for points that are open and for a grade that is not given."""


def print_changes(changes: Changes) -> None:
    """Print a comparison as aligned plain text."""
    for line in change_lines(changes):
        click.echo(line, file=sys.stdout)


def change_lines(changes: Changes) -> Iterator[str]:
    """The lines of a comparison."""
    if changes.against == "nothing":
        yield "nothing was published here before: there is nothing to compare with"
        return
    for key in changes.keys:
        yield f"exam file {key.file}: key {key.old_hash[:HASH_DIGITS]} -> {key.new_hash[:HASH_DIGITS]}"
        yield from (f"  {words}" for words in key.words or ("nothing in it that can change points",))
    yield from (f"also: {cause}" for cause in changes.causes)
    if changes.against == "keys":
        yield "no record of what was published last: compared with today's readings by the earlier keys"
    yield _headline(changes)
    if changes.questions:
        yield ""
        header = ["question", "up", "down", "average", "now known", "now open"]
        several = _several(changes)
        yield from aligned_rows(
            [header, *(_question_cells(line, several) for line in changes.questions)], left=1
        )
    if changes.crossers:
        yield ""
        up, down = _crossed(changes, "passes now"), _crossed(changes, "fails now")
        yield f"pass line: {up} pass now, {down} fail now"
    for line in changes.pass_lines:
        yield f"pass line: new in {line.exam}; {line.passed} pass, {line.failed} fail"
    yield from _standing_lines(changes)
    if changes.movements:
        yield ""
        yield from _student_table(changes)


def _headline(changes: Changes) -> str:
    if changes.movements:
        words = f"{len(changes.movements)} of {changes.students} students move"
    elif changes.against == "keys":
        words = "the keys move nobody's points; what else moved since the last run is not on record"
    else:
        words = f"nothing moves: {changes.students} students keep their points and grades"
    return "; ".join([words, *others_words(changes)])


def _standing_lines(changes: Changes) -> Iterator[str]:
    """Maximum by exam, and who changed status, joined or left."""
    versions = {(line.exam, line.version) for line in changes.maximums}
    for one in changes.maximums:
        name = one.exam
        if sum(exam == one.exam for exam, _ in versions) > 1:
            name += f" version {one.version}"
        yield f"maximum {one.old} -> {one.new} in {name}: {one.students} students"
    left = [one for one in changes.gone if one.who.student_id]
    settled = [one for one in changes.gone if not one.who.student_id]
    named = [("status", changes.statuses), ("joined", changes.added), ("left", left)]
    named += [("nobody's before", settled)]
    for word, standings in named:
        if standings:
            more = len(standings) - MOST_NAMES
            names = ", ".join(map(_named, standings[:MOST_NAMES]))
            yield f"{word}: {names}" + (f"; and {more} more: --json lists all" if more > 0 else "")


def _named(standing: Standing) -> str:
    """A student in a few words, with what changed where that is a status."""
    who = standing.who
    name = " ".join(filter(None, (who.student_id or who.paper, *who.name.split())))
    if standing.old is None or standing.new is None:
        return name
    return f"{name} ({standing.old.status} -> {standing.new.status})"


def _several(changes: Changes) -> bool:
    return len({line.exam for line in changes.questions}) > 1


def _question_cells(line: QuestionLine, several: bool) -> list[str]:
    name = f"{line.exam} {line.question}" if several else line.question
    return [name, str(line.up), str(line.down), _signed(line.mean), str(line.settled), str(line.opened)]


def _signed(change: Fraction) -> str:
    """A mean with two decimals at most: it is shown, and not counted with."""
    rounded = Fraction(round(change * 100), 100)
    return ("+" if rounded > 0 else "") + points_text(rounded)


def _crossed(changes: Changes, how: str) -> int:
    return sum(move.crossed == how for move in changes.movements)


def _student_table(changes: Changes) -> Iterator[str]:
    """Those who cross the pass line first, then those whose grade changes, then the others."""
    ordered = sorted(changes.movements, key=lambda move: (not move.crossed, move.old.grade == move.new.grade))
    shown = ordered[:MOST_ROWS]
    header = ["student", "name", "points", "grade", "questions", ""]
    yield from aligned_rows([header, *map(_student_cells, shown)], left=len(header))
    if len(ordered) > len(shown):
        yield f"and {len(ordered) - len(shown)} more: --json lists all"


def _student_cells(move: Movement) -> list[str]:
    old, new = move.old, move.new
    grade = old.grade or NOTHING
    if old.grade != new.grade:
        grade = f"{grade} -> {new.grade or NOTHING}"
    moved = ", ".join(
        f"{one.question}: {one.old or NOTHING} -> {one.new or NOTHING}"
        for one in move.questions
        if one.question
    )
    points = f"{old.total or NOTHING} -> {new.total or NOTHING}"
    return [new.student_id or new.paper, new.name, points, grade, moved, move.crossed]


# --- JSON ------------------------------------------------------------------------------------------


def changes_values(changes: Changes) -> dict[str, Any]:
    """A comparison as plain JSON values; points are text, exact."""
    return {
        "against": changes.against,
        "students": changes.students,
        "moved": len(changes.movements),
        "status_only": len(changes.statuses),
        "keys": [
            {
                "exam": key.exam,
                "file": key.file,
                "old_hash": key.old_hash,
                "new_hash": key.new_hash,
                "changed": list(key.words),
            }
            for key in changes.keys
        ],
        "causes": list(changes.causes),
        "questions": [
            {
                "exam": line.exam,
                "question": line.question,
                "up": line.up,
                "down": line.down,
                "average": points_text(line.mean),
                "now_known": line.settled,
                "now_open": line.opened,
            }
            for line in changes.questions
        ],
        "pass_line": [_student_values(move) for move in changes.crossers],
        "movers": [_student_values(move) for move in changes.movements],
        "maximums": [asdict(line) for line in changes.maximums],
        "pass_lines": [asdict(line) for line in changes.pass_lines],
        "rescaled": [_standing_values(one) for one in changes.rescaled],
        "statuses": [_standing_values(one) for one in changes.statuses],
        "added": [_standing_values(one) for one in changes.added],
        "gone": [_standing_values(one) for one in changes.gone],
    }


def _who(result: Result) -> dict[str, Any]:
    return {
        "exam": result.exam,
        "version": result.version,
        "student_id": result.student_id,
        "paper": result.paper,
        "name": result.name,
        "status": result.status,
    }


def _standing_values(standing: Standing) -> dict[str, Any]:
    old, new = standing.old, standing.new
    return {
        **_who(standing.who),
        "old_status": old.status if old else "",
        "old_max_points": old.max_points if old else "",
        "new_max_points": new.max_points if new else "",
        "old_percent": old.percent if old else "",
        "new_percent": new.percent if new else "",
        "reason": standing.reason,
    }


def _student_values(move: Movement) -> dict[str, Any]:
    return {
        **_who(move.new),
        "old_status": move.old.status,
        "old_points": move.old.total,
        "new_points": move.new.total,
        "old_max_points": move.old.max_points,
        "new_max_points": move.new.max_points,
        "old_percent": move.old.percent,
        "new_percent": move.new.percent,
        "old_grade": move.old.grade,
        "new_grade": move.new.grade,
        "pass_line": move.crossed,
        "questions": [
            {"question": one.question, "old": one.old, "new": one.new, "reason": one.reason}
            for one in move.questions
        ],
    }
