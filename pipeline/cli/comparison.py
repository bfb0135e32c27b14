"""What a regrade changes, on standard output: for a person or for a program."""

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click

from pipeline.changes import Changes, Movement, QuestionLine
from pipeline.reporting import points_text
from pipeline.store import Result

MOST_ROWS = 20
"""Students that are listed on a terminal; ``--json`` lists all of them."""
HASH_DIGITS = 12
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
        yield from _aligned(
            ["question", "up", "down", "average", "now known", "now open"],
            [_question_cells(line, _several(changes)) for line in changes.questions],
        )
    if changes.crossers:
        yield ""
        up, down = _crossed(changes, "passes now"), _crossed(changes, "fails now")
        yield f"pass line: {up} pass now, {down} fail now"
    if changes.movements:
        yield ""
        yield from _student_table(changes)


def _headline(changes: Changes) -> str:
    if not changes.movements:
        words = f"nothing moves: {changes.students} students keep their points and grades"
    else:
        words = f"{len(changes.movements)} of {changes.students} students move"
    others = [
        (changes.status_only, "with another status only"),
        (len(changes.added), "not there the last time"),
        (len(changes.gone), "not there any more"),
    ]
    return "; ".join([words, *(f"{count} {what}" for count, what in others if count)])


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
    yield from _aligned(
        ["student", "name", "points", "grade", "questions", ""],
        [_student_cells(move) for move in shown],
        left=6,
    )
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


def _aligned(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Lines of a table; the first ``left`` columns begin on the left, the others end on the right."""
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


# --- JSON ------------------------------------------------------------------------------------------


def changes_values(changes: Changes) -> dict[str, Any]:
    """A comparison as plain JSON values; points are text, exact."""
    return {
        "against": changes.against,
        "students": changes.students,
        "moved": len(changes.movements),
        "status_only": changes.status_only,
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
        "added": [_who(one) for one in changes.added] if changes.against != "nothing" else [],
        "gone": [_who(one) for one in changes.gone],
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


def _student_values(move: Movement) -> dict[str, Any]:
    return {
        **_who(move.new),
        "old_status": move.old.status,
        "old_points": move.old.total,
        "new_points": move.new.total,
        "old_grade": move.old.grade,
        "new_grade": move.new.grade,
        "pass_line": move.crossed,
        "questions": [
            {"question": one.question, "old": one.old, "new": one.new, "reason": one.reason}
            for one in move.questions
        ],
    }
