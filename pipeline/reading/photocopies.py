"""One printed serial, several students: sheets that were photocopied.

A sheet printed for nobody may be copied for a whole class. The serial then says nothing, and the
student id that each copy carries says whose it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.model import BoxState, Kind
from pipeline.reading.answers import read_grid
from pipeline.reading.booklets import Copy, Decide, Group, boxes_by_question, page_marks


def split_photocopies(group: Group, decide: Decide) -> list[Group]:
    """Groups of the copies of each student; the group itself when there is one student at most.

    Parameters
    ----------
    group
        All pages of one serial that was printed for nobody, in the order of the scans.
    decide
        Decides the states of a page.

    Returns
    -------
    list of Group
        Pages without an id of their own go with the id sheet before them.
    """
    ids = [_student_id(copy, decide) for copy in group.copies]
    if len({student for student in ids if student}) < 2:
        return [group]
    current = next(student for student in ids if student)
    copies: dict[str, list[Copy]] = {}
    for copy, student in zip(group.copies, ids, strict=True):
        current = student or current
        copies.setdefault(current, []).append(copy)
    first, *others = [replace(group, copies=tuple(pages), set_aside=()) for pages in copies.values()]
    return [replace(first, set_aside=group.set_aside), *others]


def needs_splitting(copies: Sequence[Copy]) -> bool:
    """Whether a sheet with an id grid is there more than once."""
    with_grid = [copy.read.sheet for copy in copies if _grids(copy)]
    return len(with_grid) > len(set(with_grid))


def _grids(copy: Copy) -> list[str]:
    return [name for name, question in copy.layout.questions.items() if question.kind is Kind.ID]


def _student_id(copy: Copy, decide: Decide) -> str:
    """The id on a copy, when it has a grid and every column of it is clear."""
    (states,) = decide([(copy.read, copy.layout, copy.page)])
    boxes = boxes_by_question(page_marks(copy, states))
    found = [box for name in _grids(copy) for box in boxes.get(name, [])]
    if not found or any(box.state is BoxState.DOUBTFUL for box in found):
        return ""
    grid = read_grid(found)
    return "" if grid.doubt or "_" in grid.text else grid.text
