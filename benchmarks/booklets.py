"""``python3 dev.py bench booklets``: does the ledger find every page of a shuffled pile of booklets.

Booklets of 20 sheets on paper of others, with a page code on each sheet, for 300 students: all pages
shuffled, 1 % missing, 1 % scanned twice, 2 % upside-down. Some of the pages are drawn and read as
pictures (``--pictures``); of the others the reading is made up, as registering them is not the point.
Then all are joined, and every missing, doubled and upside-down page must be told, and no other.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from pipeline.model import (
    Anchors,
    Assembly,
    Layout,
    LayoutBook,
    PageLayout,
    PageRead,
    PageResult,
    PageSource,
    PageStates,
    Student,
)
from pipeline.reading import FEATURES, assemble, decide_states
from pipeline.reading.lists import Lists
from pipeline.run import read_page
from tests.reading.coded_booklets import booklet_layout, decide_pages, exam_of, reading
from tests.reading.drawn_page import PER_MM, draw_master, homography, photograph

PILE = "pile.pdf"
FIRST_ID = 30_000
"""Student number of the first booklet."""
CORNERS = ((10.0, 10.0), (200.0, 10.0), (200.0, 287.0), (10.0, 287.0))
MISSING, DOUBLED, TURNED = 0.01, 0.01, 0.02
"""Shares of the pages."""

Copy = tuple[int, int]
"""Booklet and sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """Pages as they lie on each other, and what was done to them."""

    pages: tuple[Copy, ...]
    turned: frozenset[int]
    """Places in the pile, from 1, of pages that lie upside-down."""
    missing: frozenset[Copy]
    doubled: frozenset[Copy]


def shuffled(booklets: int, sheets: int, rng: np.random.Generator) -> Pile:
    """Shuffle all pages, with some of them missing, doubled or upside-down."""
    pages = [(booklet, sheet) for booklet in range(booklets) for sheet in range(1, sheets + 1)]
    order = [pages[place] for place in rng.permutation(len(pages))]
    lost, twice = round(MISSING * len(pages)), round(DOUBLED * len(pages))
    missing, doubled = frozenset(order[:lost]), frozenset(order[lost : lost + twice])
    laid = [*order[lost:], *sorted(doubled)]
    laid = [laid[place] for place in rng.permutation(len(laid))]
    turned = rng.permutation(len(laid))[: round(TURNED * len(laid))] + 1
    return Pile(pages=tuple(laid), turned=frozenset(map(int, turned)), missing=missing, doubled=doubled)


def with_corners(layout: Layout) -> Layout:
    """The booklet's pages with a disc in each corner."""
    anchors = Anchors(kind="corners", points=CORNERS, mark="disc", size=5.0)
    return replace(layout, pages=tuple(replace(page, anchors=anchors) for page in layout.pages))


def text_of(copy: Copy) -> str:
    """The page code of a copy, as the TUM prints it."""
    return f"cit-i2dl-1-20230210-E{copy[0]:04d}-{copy[1]}"


def read_picture(
    layout: Layout, copy: Copy, place: int, *, turned: bool, folder: Path, rng: np.random.Generator
) -> PageResult:
    """Draw one page, its first box filled, scan it at 200 dpi, and read it as any page is read."""
    page = layout.page(copy[1])
    if page is None:
        raise ValueError(f"no sheet {copy[1]}")
    master = draw_master(replace(layout, pages=(page,)), code=None, text=text_of(copy))
    box = page.boxes[0]
    corners = [round(value * PER_MM) for value in (box.x + 0.7, box.y + 0.7, box.x + box.w, box.y + box.h)]
    cv2.rectangle(master, (corners[0], corners[1]), (corners[2] - 8, corners[3] - 8), (40,), -1)
    shift = (float(rng.uniform(-3, 3)), float(rng.uniform(-3, 3)))
    lies = homography(degrees=float(rng.uniform(-1.5, 1.5)) + 180.0 * turned, shift_mm=shift)
    path = folder / f"{place}.png"
    cv2.imwrite(str(path), photograph(master, lies))
    source = PageSource(file=PILE, path=str(path), page=place, sha256=PILE.ljust(64, "0"))
    return read_page(source, LayoutBook(fixed=layout))


def decide_all(
    booklets: Sequence[Sequence[tuple[PageRead, Layout, PageLayout]]],
) -> tuple[tuple[PageStates, ...], ...]:
    """States of pictures as ever, and of made-up readings as they were made up."""
    return tuple(decide_each(pages) for pages in booklets)


def decide_each(pages: Sequence[tuple[PageRead, Layout, PageLayout]]) -> tuple[PageStates, ...]:
    """The same for one booklet."""
    states = []
    for page in pages:
        pictured = page[0].features.shape[1] == len(FEATURES)
        states.append((decide_states if pictured else decide_pages)([page])[0])
    return tuple(states)


def join(results: Sequence[PageResult], layout: Layout, booklets: int) -> Assembly:
    """Join the pages by a roster of codes."""
    students = [
        Student(student_id=str(FIRST_ID + place), name=f"Student {place}", code=f"E{place:04d}")
        for place in range(booklets)
    ]
    exam = exam_of(layout)
    lists = Lists(
        book=LayoutBook(fixed=layout),
        exams={(exam.id, "A"): exam},
        roster={student.student_id: student for student in students},
        decisions={},
    )
    return assemble(results, lists, decide_all)[0]


def check(pile: Pile, assembly: Assembly) -> list[tuple[str, int, int, int]]:
    """Of each thing that was done to the pile: how often, how often told, how often told wrongly."""
    turned = Counter(
        str(entry.source.page) for entry in assembly.ledger if entry.source and entry.turned == 2
    )
    rows = []
    for name, done, told in (
        ("missing", map(text_of, pile.missing), _told(assembly, None)),
        ("doubled", map(text_of, pile.doubled), _told(assembly, "duplicate")),
        ("upside-down", map(str, pile.turned), turned),
        ("read", map(text_of, set(pile.pages)), _told(assembly, "read")),
    ):
        true = Counter(done)
        rows.append((name, true.total(), (told & true).total(), (told - true).total()))
    return rows


def _told(assembly: Assembly, outcome: str | None) -> Counter[str]:
    """Page codes that the ledger's entries with an outcome stand for; None: of pages in no scan."""
    return Counter(
        text_of((int(entry.student_id) - FIRST_ID, entry.sheet or 0))
        for entry in assembly.ledger
        if entry.outcome == outcome and (outcome or entry.source is None)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 1 when the ledger misses a page, or tells of one wrongly."""
    parser = argparse.ArgumentParser(prog="dev.py bench booklets", description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--sheets", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=100, help="pages that are drawn and read")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    rng = np.random.default_rng(chosen.seed)
    layout = with_corners(booklet_layout(chosen.sheets))
    pile = shuffled(chosen.students, chosen.sheets, rng)
    drawn = {int(place) + 1 for place in rng.permutation(len(pile.pages))[: chosen.pictures]}
    results: list[PageResult] = []
    with tempfile.TemporaryDirectory() as folder:
        for place, copy in enumerate(pile.pages, 1):
            turned = place in pile.turned
            if place in drawn:
                results.append(read_picture(layout, copy, place, turned=turned, folder=Path(folder), rng=rng))
            else:
                turns = 2 * turned
                results.append(
                    reading(layout, copy[1], place=place, code=text_of(copy), file=PILE, turns=turns)
                )
    unread = [result for result in results if not isinstance(result, PageRead)]
    started = time.process_time()
    assembly = join(results, layout, chosen.students)
    seconds = time.process_time() - started
    rows = check(pile, assembly)
    print(f"{len(pile.pages)} pages of {chosen.students} booklets, {len(drawn)} of them read as pictures")
    print(f"{'':14}{'pages':>8}{'told':>8}{'wrongly':>8}")
    for name, done, told, wrong in rows:
        print(f"{name:14}{done:8}{told:8}{wrong:8}")
    print(
        f"pictures not read: {len(unread)}; booklets: {len(assembly.booklets)}; joined in {seconds:.1f} s CPU"
    )
    print(f"questions to a person: {len(assembly.doubts)}")
    return int(bool(unread) or any(done != told or wrong for _, done, told, wrong in rows))


if __name__ == "__main__":
    sys.exit(main())
