"""Boxes that are no options: credit columns for the examiner, and digit grids."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.paper.template.labels import credit_scale
from pipeline.paper.template.neighbours import Neighbours
from pipeline.paper.template.records import FoundBox, Word

_ALIGNED = 0.7
"""How far boxes of one column may stand apart sideways, mm."""
LABEL_REACH = 6.5
"""How far the number of an examiner's box may stand from it, mm."""
_SIZE = 0.12
"""Share by which boxes of one run may differ in size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditColumn:
    """Boxes 0, 1, 2 ... that an examiner marks."""

    boxes: tuple[FoundBox, ...]
    credits: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitGrid:
    """Columns (or rows) of ten boxes, 0 to 9."""

    columns: tuple[tuple[FoundBox, ...], ...]
    """Left to right (or top to bottom), each from 0 to 9."""

    @property
    def boxes(self) -> tuple[FoundBox, ...]:
        """All its boxes."""
        return tuple(box for column in self.columns for box in column)


# --- credits ---------------------------------------------------------------------------------------


def credit_columns(boxes: Sequence[FoundBox], around: Neighbours) -> list[CreditColumn]:
    """Find the credit boxes of a page: runs of boxes that are labelled 0, 1, 2 or 0, 1/2, 1 ...

    Parameters
    ----------
    boxes
        Of the page.
    around
        Its words.
    """
    found: list[CreditColumn] = []
    taken: set[FoundBox] = set()
    for runs, schemes in ((_runs(boxes, down=True), _DOWN), (_runs(boxes, down=False), _ACROSS)):
        for run in runs:
            for column in _credits_of([box for box in run if box not in taken], around, schemes):
                found.append(column)
                taken.update(column.boxes)
    return sorted(found, key=lambda one: (one.boxes[0].y, one.boxes[0].x))


def _nearest(words: Sequence[Word], far: float) -> str:
    return words[0].text if words and far < LABEL_REACH else ""


def _right(around: Neighbours, box: FoundBox) -> str:
    words = around.right(box)
    return _nearest(words, words[0].x - box.right) if words else ""


def _left(around: Neighbours, box: FoundBox) -> str:
    words = around.left(box)
    return _nearest(words, box.x - words[0].right) if words else ""


def _above(around: Neighbours, box: FoundBox) -> str:
    word = around.above(box, 3.0)
    return word.text if word else ""


def _below(around: Neighbours, box: FoundBox) -> str:
    word = around.below(box, 3.0)
    return word.text if word else ""


def _inside(around: Neighbours, box: FoundBox) -> str:
    return around.inside(box)


Scheme = Callable[[Neighbours, FoundBox], str]
_DOWN: tuple[Scheme, ...] = (_inside, _left, _right, _above, _below)
_ACROSS: tuple[Scheme, ...] = (_inside, _above, _below, _right, _left)


def _credits_of(
    run: Sequence[FoundBox], around: Neighbours, schemes: Sequence[Scheme]
) -> Iterator[CreditColumn]:
    """Cut a run of boxes at each label 0; give the pieces that are scales, by the labels that fit most."""
    best: list[CreditColumn] = []
    for scheme in schemes:
        texts = [scheme(around, box) for box in run]
        starts = [place for place, text in enumerate(texts) if text.strip("()[]:") == "0"]
        if not starts:
            continue
        columns: list[CreditColumn] = []
        for start, end in zip(starts, [*starts[1:], len(run)], strict=True):
            for stop in range(end, start + 1, -1):
                scale = credit_scale(texts[start:stop])
                if scale:
                    columns.append(CreditColumn(boxes=tuple(run[start:stop]), credits=scale))
                    break
        if sum(len(one.boxes) for one in columns) > sum(len(one.boxes) for one in best):
            best = columns
    yield from best


def _runs(boxes: Sequence[FoundBox], *, down: bool) -> list[list[FoundBox]]:
    """Boxes of one size that stand under (or beside) each other."""
    rest = sorted(boxes, key=lambda box: (box.y, box.x) if down else (box.x, box.y))
    runs: list[list[FoundBox]] = []
    for box in rest:
        for run in reversed(runs):
            if _continues(run[-1], box, down=down):
                run.append(box)
                break
        else:
            runs.append([box])
    return [run for run in runs if len(run) > 1]


def _continues(last: FoundBox, box: FoundBox, *, down: bool) -> bool:
    same = abs(last.w - box.w) < _SIZE * box.w + 0.1 and abs(last.h - box.h) < _SIZE * box.h + 0.1
    side = box.x - last.x if down else box.y - last.y
    gap = box.y - last.bottom if down else box.x - last.right
    return same and abs(side) < _ALIGNED and -0.5 < gap < (3.2 if down else 6.0) * box.h


# --- digit grids -----------------------------------------------------------------------------------


def digit_grids(boxes: Sequence[FoundBox], around: Neighbours) -> list[DigitGrid]:
    """Find the digit grids of a page: runs of exactly ten boxes, labelled 0 to 9, side by side."""
    grids: list[DigitGrid] = []
    taken: set[FoundBox] = set()
    for down in (True, False):
        tens = [run for run in _runs([b for b in boxes if b not in taken], down=down) if len(run) == 10]
        for group in _beside_each_other(tens, down=down):
            if _is_numbered(group[0], around, down=down) and (len(group) > 1 or down):
                grids.append(DigitGrid(columns=tuple(tuple(run) for run in group)))
                taken.update(grids[-1].boxes)
    return grids


def _beside_each_other(runs: Sequence[list[FoundBox]], *, down: bool) -> list[list[list[FoundBox]]]:
    ordered = sorted(runs, key=lambda run: (run[0].x, run[0].y) if down else (run[0].y, run[0].x))
    groups: list[list[list[FoundBox]]] = []
    for run in ordered:
        for group in groups:
            last = group[-1][0]
            level = abs(last.y - run[0].y) if down else abs(last.x - run[0].x)
            gap = run[0].x - last.right if down else run[0].y - last.bottom
            if level < _ALIGNED and -0.5 < gap < 2.2 * last.w:
                group.append(run)
                break
        else:
            groups.append([run])
    return groups


def _is_numbered(run: Sequence[FoundBox], around: Neighbours, *, down: bool) -> bool:
    schemes = (_inside, _left, _right) if down else (_inside, _above, _below)
    digits = [str(digit) for digit in range(10)]
    return any([scheme(around, box) for box in run] == digits for scheme in schemes)
