"""Boxes on pages without numbers that could be read: rows and blocks become questions 1, 2, 3 ..."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pipeline.model import Kind
from pipeline.paper.template.name_options import Seen, name_options
from pipeline.paper.template.records import FoundQuestion

WHY = "no number could be read: it is counted by its place"
_ONE_ROW = 1.8
_GAP = 1.6
"""A gap so many times the usual one ends a block."""


def rows_and_blocks(boxes: Sequence[Seen]) -> list[FoundQuestion]:
    """Questions by geometry alone, numbered in the order of reading; none of them is sure.

    Boxes side by side are a question; single boxes under each other are one until a gap is wider
    than usual.
    """
    questions: list[FoundQuestion] = []
    for group in _groups(boxes):
        number = str(len(questions) + 1)
        for part in name_options(group):
            circles = all(named.box.shape == "circle" for named in part.boxes)
            kind = part.kind or (Kind.CHOICE if circles else Kind.CHOICES)
            doubts = (WHY, *part.doubts)
            questions.append(
                FoundQuestion(id=number + part.suffix, kind=kind, boxes=part.boxes, doubts=doubts)
            )
    return questions


def _groups(boxes: Sequence[Seen]) -> list[list[Seen]]:
    lines: list[list[Seen]] = []
    for seen in sorted(boxes, key=lambda one: (one.page, one.box.middle[1], one.box.x)):
        last = lines[-1][0] if lines else None
        if last and last.page == seen.page and seen.box.middle[1] - last.box.middle[1] < _ONE_ROW:
            lines[-1].append(seen)
        else:
            lines.append([seen])
    lines = [sorted(line, key=lambda one: one.box.x) for line in lines]
    groups: list[list[Seen]] = []
    block: list[list[Seen]] = []
    for line in lines:
        if len(line) > 1:
            groups += [*_blocks(block), line]
            block = []
        else:
            block.append(line)
    return [*groups, *_blocks(block)]


def _blocks(lines: Sequence[Sequence[Seen]]) -> list[list[Seen]]:
    """Cut single boxes under each other where the gap is wider than usual, or the page ends."""
    singles = [line[0] for line in lines]
    gaps = [below.box.y - above.box.y for above, below in pairwise(singles) if below.page == above.page]
    usual = median(gaps) if gaps else 0.0
    found: list[list[Seen]] = []
    for place, seen in enumerate(singles):
        above = singles[place - 1] if place else None
        near = above is not None and above.page == seen.page and seen.box.y - above.box.y <= _GAP * usual
        aligned = above is not None and abs(above.box.x - seen.box.x) < 2.0
        if near and aligned:
            found[-1].append(seen)
        else:
            found.append([seen])
    return found
