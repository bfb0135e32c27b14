"""Every way to mark a box, by every convention, on every scanner: read right, or shown to a person."""

import numpy as np
import pytest

from pipeline.model import BoxState, PageStates
from pipeline.paper.simulate import PROFILES, Drawing, SheetKind
from tests.reading.simulated_marks import Sheet, Written, asked, decide, measure, scan, sheet, write, writer

EMPTY, MARKED, CANCELLED, DOUBTFUL = BoxState.EMPTY, BoxState.MARKED, BoxState.CANCELLED, BoxState.DOUBTFUL
TWICE = "undone, another chosen"

TAKEN_BACK = frozenset({Drawing.ERASED, Drawing.SCRIBBLED_OUT, Drawing.STRUCK})
"""What is drawn as a mark and then taken back: such a box may look marked, its question is asked about."""
BESIDE_A_MARK = frozenset({Drawing.ERASED, Drawing.SCRIBBLED_OUT, Drawing.BETWEEN, Drawing.STRAY, TWICE})
"""What is drawn in one box of a question while another one is marked as usual."""
AT_THE_EDGE = frozenset({Drawing.BESIDE, Drawing.REMARKED})
"""What is drawn where there is room beside the box."""

COMMON = (
    Drawing.RING, Drawing.PARTIAL, Drawing.OVERSHOOT, Drawing.SPILL, Drawing.BETWEEN, Drawing.DOUBLE,
    Drawing.ERASED, Drawing.STRAY, Drawing.SCRIBBLED_OUT, Drawing.BESIDE, Drawing.STRUCK,
)  # fmt: skip
ANY_MARK = (Drawing.TICK, Drawing.DOT, Drawing.SCRIBBLE, Drawing.FILL)
KINDS: dict[SheetKind, tuple[str, ...]] = {
    "fill": (Drawing.CROSS, Drawing.TICK, Drawing.DOT, Drawing.SCRIBBLE, *COMMON),
    "any": (*ANY_MARK, *COMMON),
    "letters-any": (*ANY_MARK, *COMMON),
    "cross-undo": (Drawing.UNDONE, TWICE, Drawing.REMARKED, Drawing.HEAVY, Drawing.DOT, *COMMON),
    "credits": (Drawing.TICK, Drawing.RING, Drawing.PARTIAL, Drawing.OVERSHOOT, Drawing.SPILL,
                Drawing.BETWEEN, Drawing.DOUBLE),
    "grid": (Drawing.CROSS, Drawing.DOT, Drawing.PARTIAL, Drawing.ERASED, Drawing.SPILL, Drawing.BETWEEN,
             Drawing.DOUBLE),
}  # fmt: skip
"""What is drawn once on a sheet of each convention, among questions that are marked as usual."""


def plan(kind: SheetKind, seed: int) -> tuple[Sheet, Written, dict[int, str]]:
    """A sheet, what is drawn on it, and which kind of mark each field holds."""
    printed, rng = sheet(kind, seed), np.random.default_rng(seed)
    usual = Drawing.FILL if printed.layout.marking.value == "fill" else Drawing.CROSS
    fields = rng.permutation(len(printed.fields)).tolist()
    drawings: dict[int, str] = {}
    meant: set[int] = set()
    kinds: dict[int, str] = dict(zip(fields, KINDS[kind], strict=False))
    for field in fields[:-2]:
        drawn = str(kinds.get(field, usual))
        first, second = (int(box) for box in rng.permutation(printed.fields[field])[:2])
        if drawn in AT_THE_EDGE:
            first = printed.fields[field][0]
        first_of: dict[str, str] = {TWICE: Drawing.UNDONE, Drawing.STRUCK: usual, Drawing.DOUBLE: usual}
        drawings[first] = first_of.get(drawn, drawn)
        if drawn in BESIDE_A_MARK:
            drawings[second] = usual
            meant.add(second)
        elif drawn == Drawing.DOUBLE:
            drawings[second] = Drawing.DOUBLE
            meant |= {first, second}
        elif drawn not in (Drawing.UNDONE, Drawing.STRUCK):
            meant.add(first)
    struck = frozenset(field for field, drawn in kinds.items() if drawn == Drawing.STRUCK)
    return printed, Written(drawings=drawings, meant=frozenset(meant), struck=struck), kinds


def wrong(printed: Sheet, written: Written, kinds: dict[int, str], states: PageStates) -> list[str]:
    """Kinds of mark that were read wrong and are shown to nobody."""
    found = []
    for field, boxes in enumerate(printed.fields):
        drawn = kinds.get(field, "usual")
        if drawn in TAKEN_BACK and asked(states, boxes):
            continue
        for box in boxes:
            state = states.states[box]
            if state is not DOUBTFUL and (state is MARKED) != (box in written.meant):
                found.append(f"{drawn}: {written.drawings.get(box, 'untouched')} read {state.value}")
    return found


@pytest.mark.parametrize(
    ("kind", "seed", "pen"),
    [
        ("fill", 1, "pencil"),
        ("fill", 2, "ballpoint"),
        ("any", 3, "gel"),
        ("any", 4, "black ballpoint"),
        ("letters-any", 5, "ballpoint"),
        ("cross-undo", 6, "black ballpoint"),
        ("cross-undo", 7, "gel"),
        ("credits", 8, "red"),
        ("grid", 9, "pencil"),
    ],
)
def test_every_kind_of_mark_is_read_right_or_goes_to_a_person(kind: SheetKind, seed: int, pen: str) -> None:
    printed, written, kinds = plan(kind, seed)
    inked = write(printed, written, writer(printed, seed, pen), seed)
    found = {
        profile: wrong(
            printed, written, kinds, decide(printed, measure(printed.layout, scan(inked, profile, seed)))
        )
        for profile in PROFILES
    }
    assert {profile: kinds for profile, kinds in found.items() if kinds} == {}


@pytest.mark.parametrize(("seed", "pen"), [(11, "gel"), (12, "ballpoint")])
def test_a_mark_beside_an_undone_box_always_goes_to_a_person(seed: int, pen: str) -> None:
    printed = sheet("cross-undo", seed)
    again = [boxes[0] for boxes in printed.fields[::3]]
    usual = {boxes[seed % 5]: Drawing.CROSS for boxes in printed.fields[1::3]}
    written = Written(
        drawings={**usual, **dict.fromkeys(again, Drawing.REMARKED)}, meant=frozenset([*usual, *again])
    )
    inked = write(printed, written, writer(printed, seed, pen), seed)
    for profile in PROFILES:
        states = decide(printed, measure(printed.layout, scan(inked, profile, seed)))
        assert {states.states[box] for box in again} == {DOUBTFUL}, profile


def test_a_filled_box_is_undone_beside_a_cross_and_alone_it_goes_to_a_person() -> None:
    printed = sheet("cross-undo", 3)
    undone = {boxes[4]: Drawing.UNDONE for boxes in printed.fields[::4]}
    chosen = {boxes[1]: Drawing.CROSS for field, boxes in enumerate(printed.fields) if field % 8}
    written = Written(drawings={**undone, **chosen}, meant=frozenset(chosen))
    inked = write(printed, written, writer(printed, 3, "gel"), 3)
    states = decide(printed, measure(printed.layout, scan(inked, "office-200", 3)))
    alone = [states.states[boxes[4]] for boxes in printed.fields[::8]]
    replaced = [states.states[boxes[4]] for boxes in printed.fields[4::8]]
    assert set(alone) == {DOUBTFUL}
    assert set(replaced) <= {CANCELLED, DOUBTFUL}
    assert CANCELLED in replaced


@pytest.mark.parametrize("kind", ["fill", "any", "cross-undo"])
@pytest.mark.parametrize("profile", ["office-200", "worn-feeder"])
def test_boxes_that_lie_up_to_eight_pixels_off_are_read_the_same(kind: SheetKind, profile: str) -> None:
    printed, written, _ = plain(kind)
    inked = write(printed, written, writer(printed, 21, "gel"), 21)
    image = scan(inked, profile, 21)
    for off in (0.0, 2.0, 4.0, 8.0):
        states = decide(printed, measure(printed.layout, image, off, seed=int(off)))
        assert {box for box, state in enumerate(states.states) if state is MARKED} == written.meant, off
        assert states.states.count(DOUBTFUL) <= 1, off


def plain(kind: SheetKind) -> tuple[Sheet, Written, list[int]]:
    """A sheet that is marked as the paper asks, and the boxes of the questions that are left blank."""
    printed = sheet(kind, 2)
    usual = Drawing.FILL if printed.layout.marking.value == "fill" else Drawing.CROSS
    drawings = {boxes[field % len(boxes)]: usual for field, boxes in enumerate(printed.fields) if field % 6}
    blank = [box for boxes in printed.fields[::6] for box in boxes]
    return printed, Written(drawings=drawings, meant=frozenset(drawings)), blank


@pytest.mark.parametrize("kind", ["fill", "any", "cross-undo"])
def test_ordinary_marks_on_a_clean_scan_are_shown_to_nobody(kind: SheetKind) -> None:
    printed, written, _ = plain(kind)
    inked = write(printed, written, writer(printed, 31, "black ballpoint"), 31)
    states = decide(printed, measure(printed.layout, scan(inked, "clean-300", 31)))
    assert {box for box, state in enumerate(states.states) if state is MARKED} == written.meant
    assert DOUBTFUL not in states.states


@pytest.mark.parametrize(("kind", "seed"), [("fill", 43), ("any", 43), ("cross-undo", 45)])
def test_blank_questions_of_a_faint_writer_go_to_a_person_on_a_black_and_white_scan(
    kind: SheetKind, seed: int
) -> None:
    printed, written, blank = plain(kind)
    inked = write(printed, written, writer(printed, seed, "faint pencil"), seed)
    states = decide(printed, measure(printed.layout, scan(inked, "fax-bilevel", seed)))
    kept = sum(states.states[box] is MARKED for box in written.meant)
    assert kept < len(written.meant), "the scanner is to lose marks of this writer"
    unasked = [boxes for boxes in printed.fields if not asked(states, boxes)]
    assert [boxes for boxes in unasked if set(boxes) <= set(blank)] == []
    assert {box for boxes in unasked for box in boxes if states.states[box] is MARKED} == {
        box for boxes in unasked for box in boxes if box in written.meant
    }
