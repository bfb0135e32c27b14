"""What ``bench marks`` prints: a table with bounds, and pictures of the closest calls."""

import base64
import heapq
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._marks_pages import AS_PRINTED, SHIFTED_PROFILE, STRICTNESS, TILE, Tally
from benchmarks._rates import bound_by_writer

Key = tuple[str, str, str, int]
BILEVEL = "fax-bilevel"
SHOWN = 64
"""Pictures of each side in a contact sheet."""
ACROSS = 16
COLUMNS = (
    "sheets", "not read", "boxes", "marked", "silent", "at most, per 10,000", "missed, per 10,000 marked",
    "false, per 10,000 empty", "doubtful", "questions asked", "sheets wholly right",
    "fixed threshold", "largest gap",
)  # fmt: skip
_ORDER = count()


@dataclass(slots=True)
class Cell:
    """All pages of one cell of the table."""

    writers: list[str] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    doubtful: int = 0
    questions: int = 0
    asked: int = 0
    remarked: int = 0
    remarked_silent: int = 0
    lost: int = 0
    kinds: dict[str, list[int]] = field(default_factory=dict)
    curve: list[list[int]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    silent_crops: list[Mapping[str, Any]] = field(default_factory=list)
    closest: dict[str, list[tuple[float, int, Mapping[str, Any]]]] = field(default_factory=dict)

    def add(self, writer: str, tally: Tally) -> None:
        """Add one page of a writer."""
        if tally.refused:
            self.refused.append(tally.refused)
            return
        self.writers.append(writer)
        self.errors.append(tally.missed["scangrade"] + tally.false["scangrade"])
        self.missed.append(tally.missed["scangrade"])
        self.false.append(tally.false["scangrade"])
        self.boxes.append(tally.boxes)
        self.marks.append(tally.marked)
        for name in tally.missed:
            self.others[name] = self.others.get(name, 0) + tally.missed[name] + tally.false[name]
        self.doubtful += tally.doubtful
        self.questions += tally.questions
        self.asked += tally.asked
        self.remarked += tally.remarked
        self.remarked_silent += tally.remarked_silent
        self.lost += tally.lost
        for name, counts in tally.kinds.items():
            self._count(name, counts)
        self._trade(tally.curve)
        for crop in tally.crops:
            self._keep(crop)

    def _count(self, kind: str, counts: Sequence[int]) -> None:
        known = self.kinds.setdefault(kind, [0] * len(counts))
        self.kinds[kind] = [a + b for a, b in zip(known, counts, strict=True)]

    def _trade(self, curve: Sequence[Sequence[int]]) -> None:
        if curve:
            known = self.curve or [[0, 0] for _ in curve]
            self.curve = [
                [a + b for a, b in zip(x, y, strict=True)] for x, y in zip(known, curve, strict=True)
            ]

    def _keep(self, crop: Mapping[str, Any]) -> None:
        if crop["silent"]:
            self.silent_crops.append(crop)
            return
        certainty = crop["p"] if crop["state"] == "marked" else 1.0 - crop["p"]
        heap = self.closest.setdefault(crop["state"], [])
        heapq.heappush(heap, (-certainty, next(_ORDER), crop))
        if len(heap) > SHOWN:
            heapq.heappop(heap)

    def join(self, other: "Cell") -> None:
        """Add all pages of another cell."""
        for name in ("writers", "errors", "boxes", "marks", "missed", "false", "refused", "silent_crops"):
            getattr(self, name).extend(getattr(other, name))
        for kind, counts in other.kinds.items():
            self._count(kind, counts)
        self._trade(other.curve)
        for name in ("doubtful", "questions", "asked", "remarked", "remarked_silent", "lost"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, wrong in other.others.items():
            self.others[name] = self.others.get(name, 0) + wrong
        for heap in other.closest.values():
            for _, _, crop in heap:
                self._keep(crop)


def joined(cells: Iterable[Cell]) -> Cell:
    """All pages of several cells."""
    total = Cell()
    for cell in cells:
        total.join(cell)
    return total


# --- the table -----------------------------------------------------------------------------------


def report(cells: Mapping[Key, Cell], *, date: str, command: str, seed: int, code: str) -> str:
    """The page ``docs/accuracy.md``."""
    total = joined(cells.values())
    lines = [
        "# How well marks are read",
        "",
        f"Measured on {date} with `{command}`, seed {seed}, code {code}: {len(total.boxes):,} pages,"
        f" {sum(total.boxes):,} boxes.",
        "Pages are simulated: writers, pens, sheets and scanners from ranges that are wider than those which"
        " the trees were grown and calibrated on, with kinds of mark that were kept for this. Other draws"
        " from them, with other seeds, were looked at while the limits were chosen.",
        "",
        *_EXPLAINED,
    ]
    for marks, title in (
        ("legible", "Legible marks"),
        ("awkward", "Awkward marks among others: 5 % of the questions"),
    ):
        lines += ["", f"## {title}", "", *_by_profile(cells, marks)]
    lines += ["", "## What is aimed at", "", *_aims(cells)]
    lines += ["", "## What the awkward marks are", "", *_by_drawing(cells)]
    lines += ["", "## Misreads against doubts", "", *_curve(cells)]
    lines += ["", "## By kind of sheet", "", *_by_kind(cells)]
    lines += ["", "## Sheets that lie elsewhere than the layout says", "", *_shifted(cells)]
    if total.refused:
        lines += ["", "## Pages that were not read", "", *_refused(cells)]
    return "\n".join(lines) + "\n"


_EXPLAINED = (
    "- *silent*: boxes read as marked where the writer meant no mark, or the other way round, that no"
    " person is shown.",
    "- *at most*: what the rate of silent errors is below with 95 % probability, by writer: marks of one"
    " hand are alike. Each kind of sheet has writers of its own. *missed* and *false* are such bounds too,"
    " of the marked and of the empty boxes alone.",
    "- *not read*: pages that were refused with a reason; they count in no rate.",
    "- *doubtful*: boxes that go to a person; *questions asked*: questions of which a person must look at"
    " something, two marks where one is asked among them.",
    "- *fixed threshold*: wrong boxes when 15 % of black pixels is a mark (Auto Multiple Choice);"
    " *largest gap*: when the largest gap of the greys divides them (OMRChecker); on the same registered"
    " pages.",
    "- *awkward*: erased, scribbled out, circled, partly filled, re-marked, fainter than the paper's noise;"
    " and rarer things that the simulator labels so too: marks beside, between or beyond boxes, a second"
    " mark, a heavy cross, another mark than the paper asks for, correction fluid, a line through the"
    " question. Sheets of legible marks hold none of these but the faint.",
    "- A mark that the simulator sets beside a box keeps clear of the next box; before 2026-11-21 it did"
    " not, and earlier figures for awkward marks are not comparable.",
    "- *exams*: the five exams' own sheets; other writers filled in the same sheets when the trees were"
    " grown.",
)


def _by_profile(cells: Mapping[Key, Cell], marks: str) -> list[str]:
    profiles = dict.fromkeys(key[2] for key in cells if key[1] == marks and not _is_shifted(key))
    rows = []
    for profile in profiles:
        cell = joined(c for k, c in cells.items() if k[1:3] == (marks, profile) and not _is_shifted(k))
        rows.append((profile, cell))
    lines = _table("scanner", rows)
    remarked = joined(cell for key, cell in cells.items() if key[1] == marks)
    if remarked.remarked:
        lines += [
            "",
            f"Boxes with a re-mark beside them: {remarked.remarked:,} scans;"
            f" not shown to a person: {remarked.remarked_silent:,}.",
        ]
    return lines


AIMS: Mapping[str, Mapping[str, tuple[float, float | None]]] = {
    "legible": {
        "clean-300": (0.0, 0.2), "office-200": (0.0, 0.2), "fax-bilevel": (1.0, 5.0),
        "worn-feeder": (0.1, 1.0), "phone": (0.1, 1.0),
    },
    "awkward": {
        "clean-300": (1.0, None), "office-200": (1.0, None), "fax-bilevel": (1.0, None),
        "worn-feeder": (1.0, None), "phone": (1.0, None),
    },
}  # fmt: skip
"""Most silent errors in 10,000 boxes, and most doubtful boxes in percent."""


def _aims(cells: Mapping[Key, Cell]) -> list[str]:
    """What the project asks of itself, beside what was measured."""
    lines = [
        "Most silent errors in 10,000 boxes (none at all in a million legible ones from a good scanner), and"
        " most doubtful boxes; of sheets with awkward marks, 4 % of the questions at 200 dpi in grey.",
        "",
        "| marks, scanner | silent: aim | measured | doubtful: aim | measured | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for marks, aims in AIMS.items():
        for profile, (silent, doubtful) in aims.items():
            cell = joined(c for k, c in cells.items() if k[1:3] == (marks, profile) and not _is_shifted(k))
            boxes = sum(cell.boxes)
            if boxes:
                rates = 1e4 * sum(cell.errors) / boxes, 100 * cell.doubtful / boxes
                met = rates[0] <= silent and (doubtful is None or rates[1] <= doubtful)
                aim = "" if doubtful is None else f"{doubtful:g} %"
                lines.append(
                    f"| {marks}, {profile} | {silent:g} | {rates[0]:.2f} | {aim} | {rates[1]:.3f} % |"
                    f" {'met' if met else 'not met'} |"
                )
    return lines


def _by_drawing(cells: Mapping[Key, Cell]) -> list[str]:
    """What was drawn awkwardly, and what became of it."""
    scanners = {
        "grey scanners": [cell for key, cell in cells.items() if key[2] != BILEVEL],
        BILEVEL: [cell for key, cell in cells.items() if key[2] == BILEVEL],
    }
    lines = [
        "Boxes that were labelled awkward, of all sheets. *faint* marks are fainter than the noise of the"
        " paper around them (below 5 of its standard deviations): in a picture of the box a person sees"
        " nothing certain either. *beside* marks lie outside their box. *none*"
        " are boxes into which ink meant for another box, or for none, has run.",
        "",
        "| drawn | " + " | ".join(f"{name}: boxes | silent | doubtful" for name in scanners) + " |",
        "| --- |" + " ---: |" * (3 * len(scanners)),
    ]
    totals = [joined(members).kinds for members in scanners.values()]
    for kind in sorted({kind for total in totals for kind in total}):
        counts = [f"{count:,}" for total in totals for count in total.get(kind, (0, 0, 0))]
        lines.append(f"| {kind} | " + " | ".join(counts) + " |")
    lost = joined(scanners[BILEVEL]).lost
    lines += ["", f"Silent errors on {BILEVEL} that are marks, awkward or not, of which the black and white"
              f" scan has kept next to nothing: {lost:,}. Grey scanning keeps them."]  # fmt: skip
    return lines


def _curve(cells: Mapping[Key, Cell]) -> list[str]:
    """What would be silent, and doubtful, if more or less certainty were asked."""
    lines = [
        "If a reading had to be that many times nearer to certainty; 1 is what scangrade does. Each entry:"
        " silent errors per 10,000 boxes, doubtful boxes. *awkward*: sheets with such marks at 5 % of the"
        " questions.",
        "",
        "| marks, scanner | " + " | ".join(f"{step:g}" for step in STRICTNESS) + " |",
        "| --- |" + " ---: |" * len(STRICTNESS),
    ]
    for marks, profile in dict.fromkeys((key[1], key[2]) for key in cells if not _is_shifted(key)):
        cell = joined(c for k, c in cells.items() if k[1:3] == (marks, profile) and not _is_shifted(k))
        boxes = max(sum(cell.boxes), 1)
        steps = [f"{1e4 * silent / boxes:.2f}, {100 * asked / boxes:.2f} %" for silent, asked in cell.curve]
        if steps:
            lines.append(f"| {marks}, {profile} | " + " | ".join(steps) + " |")
    return lines


def _is_shifted(key: Key) -> bool:
    return key[3] != AS_PRINTED


def _by_kind(cells: Mapping[Key, Cell]) -> list[str]:
    rows = [
        (f"{kind}, {marks}, {profile}", cell)
        for (kind, marks, profile, pixels), cell in sorted(cells.items())
        if pixels == AS_PRINTED
    ]
    return _table("sheet, marks, scanner", rows)


def _shifted(cells: Mapping[Key, Cell]) -> list[str]:
    shifts = sorted({key[3] for key in cells if _is_shifted(key)})
    rows = [
        (f"{pixels} px at 200 dpi", joined(cell for key, cell in cells.items() if key[3] == pixels))
        for pixels in shifts
    ]
    return [f"Legible marks, {SHIFTED_PROFILE}; half of the sheets moved as a whole, half bent.", "",
            *_table("off by", rows)]  # fmt: skip


def _refused(cells: Mapping[Key, Cell]) -> list[str]:
    by_profile: dict[str, list[str]] = {}
    for key, cell in cells.items():
        by_profile.setdefault(key[2], []).extend(cell.refused)
    lines = []
    for profile, reasons in by_profile.items():
        if reasons:
            lines.append(f"- {profile}: {len(reasons)}, for example: {reasons[0]}")
    return lines


def _table(first: str, rows: Sequence[tuple[str, Cell]]) -> list[str]:
    lines = ["| " + " | ".join((first, *COLUMNS)) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    lines += ["| " + " | ".join((name, *_figures(cell))) + " |" for name, cell in rows]
    return lines


def _figures(cell: Cell) -> tuple[str, ...]:
    boxes, marks = sum(cell.boxes), sum(cell.marks)
    if not boxes:
        return ("0", f"{len(cell.refused):,}", "0", *("",) * (len(COLUMNS) - 3))
    empty = [all_ - marked for all_, marked in zip(cell.boxes, cell.marks, strict=True)]
    right = sum(error == 0 for error in cell.errors)
    return (
        f"{len(cell.boxes):,}",
        f"{len(cell.refused):,}",
        f"{boxes:,}",
        f"{marks:,}",
        str(sum(cell.errors)),
        _per_ten_thousand(bound_by_writer(cell.writers, cell.errors, cell.boxes, cell.marks)),
        _per_ten_thousand(bound_by_writer(cell.writers, cell.missed, cell.marks, cell.marks)),
        _per_ten_thousand(bound_by_writer(cell.writers, cell.false, empty, cell.marks)),
        f"{100 * cell.doubtful / boxes:.3f} %",
        f"{100 * cell.asked / max(cell.questions, 1):.2f} %",
        f"{100 * right / len(cell.errors):.2f} %",
        f"{100 * cell.others['threshold'] / boxes:.2f} %",
        f"{100 * cell.others['gap'] / boxes:.2f} %",
    )


def _per_ten_thousand(rate: float) -> str:
    return f"{1e4 * rate:.3g}"


# --- pictures ------------------------------------------------------------------------------------


def pictures(cells: Mapping[Key, Cell], folder: Path) -> list[Path]:
    """Contact sheets: for each scanner and kind of marks the silent errors and the closest calls."""
    written = []
    groups = dict.fromkeys((key[1], key[2]) for key in cells)
    for marks, profile in groups:
        cell = joined(c for k, c in cells.items() if k[1:3] == (marks, profile))
        sides = {state: [crop for _, _, crop in sorted(heap)[::-1]] for state, heap in cell.closest.items()}
        for name, crops in {"silent": cell.silent_crops[: 4 * SHOWN], **sides}.items():
            if crops:
                path = folder / f"{profile}-{marks}-{name}.png"
                path.write_bytes(cv2.imencode(".png", _sheet(crops))[1].tobytes())
                written.append(path)
    return written


def _sheet(crops: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
    tiles = [_tile(crop) for crop in crops]
    rows = []
    for start in range(0, len(tiles), ACROSS):
        row = tiles[start : start + ACROSS]
        row += [np.full_like(tiles[0], 255)] * (min(ACROSS, len(tiles)) - len(row))
        rows.append(np.hstack(row))
    return np.vstack(rows)


def _tile(crop: Mapping[str, Any]) -> NDArray[np.uint8]:
    pixels = zlib.decompress(base64.b64decode(crop["picture"]))
    gray = np.frombuffer(pixels, np.uint8).reshape(TILE, TILE)
    tile = np.pad(np.repeat(np.repeat(gray, 2, axis=0), 2, axis=1), ((0, 26), (1, 1)), constant_values=235)
    for line, text in enumerate((f"{crop['p']:.4f} {crop['truth']}", str(crop["drawing"]))):
        place = (3, 2 * TILE + 11 + 12 * line)
        cv2.putText(tile, text, place, cv2.FONT_HERSHEY_PLAIN, 0.75, (0,), 1)
    return tile
