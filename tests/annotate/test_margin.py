"""Notes in the margin stand near their questions, in order, and never over one another."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.annotate.margin import spread

NOTES = st.lists(st.tuples(st.floats(0, 297), st.floats(1, 20)), max_size=12)


@given(NOTES)
def test_notes_that_have_room_overlap_nowhere_and_stay_in_the_margin(
    notes: list[tuple[float, float]],
) -> None:
    notes.sort(key=lambda note: note[0])
    heights = [height for _, height in notes]
    edges = spread([middle for middle, _ in notes], heights, 30.0, 280.0)
    assert len(edges) == len(notes)
    ends = [edge + height for edge, height in zip(edges, heights, strict=True)]
    assert all(edge >= 30.0 - 1e-6 for edge in edges)
    assert all(end <= 280.0 + 1e-6 for end in ends)
    assert all(end <= after + 1e-6 for end, (_, after) in zip(ends, pairwise(edges), strict=False))


def test_a_note_alone_stands_beside_its_question() -> None:
    assert spread([100.0], [10.0], 30.0, 280.0) == [95.0]


def test_a_crowd_at_the_foot_moves_up() -> None:
    assert spread([279.0, 280.0], [10.0, 10.0], 30.0, 280.0) == pytest.approx([260.0, 270.0])
