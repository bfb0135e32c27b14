"""One printed serial, several students: sheets that were photocopied.

A sheet printed for nobody may be copied for a whole class. The serial then says nothing, and the
student id that each copy carries says whose it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from pipeline.model import Kind, PageStates
from pipeline.reading.booklets import Copy, Decide, Group, boxes_by_question, page_marks
from pipeline.reading.id_grid import IdGrid, read_id_grid


def split_photocopies(group: Group, decide: Decide) -> list[Group]:
    """Groups of the copies of each student; the group itself when there may be one student only.

    Parameters
    ----------
    group
        All pages of one serial that was printed for nobody, in the order of the scans.
    decide
        Decides the states of pages.

    Returns
    -------
    list of Group
        Pages without an id of their own go with the id sheet before them. Where there are several
        students, a sheet whose id is unclear or blank is nobody's yet: it makes a group by itself,
        and a person says whose it is.
    """
    alone = decide([[(copy.read, copy.layout, copy.page)] for copy in group.copies])
    grids = [_grid(copy, states) for copy, (states,) in zip(group.copies, alone, strict=True)]
    written = [grid for grid in grids if grid is not None]
    if not any(one.contradicts(two) for one, two in combinations(written, 2)):
        return [group]
    names = [None if grid is None else _name(grid, place) for place, grid in enumerate(grids)]
    current = next(name for name in names if name is not None)
    copies: dict[str, list[Copy]] = {}
    for copy, name in zip(group.copies, names, strict=True):
        current = name or current
        copies.setdefault(current, []).append(copy)
    first, *others = [replace(group, copies=tuple(pages), set_aside=()) for pages in copies.values()]
    return [replace(first, set_aside=group.set_aside), *others]


def needs_splitting(copies: Sequence[Copy]) -> bool:
    """Whether a sheet with an id grid is there more than once."""
    with_grid = [copy.read.sheet for copy in copies if _grids(copy)]
    return len(with_grid) > len(set(with_grid))


def _grids(copy: Copy) -> list[str]:
    return [name for name, question in copy.layout.questions.items() if question.kind is Kind.ID]


def _grid(copy: Copy, states: PageStates) -> IdGrid | None:
    """The id grid of a copy; None when its sheet has none."""
    boxes = boxes_by_question(page_marks(copy, states))
    found = [box for name in _grids(copy) for box in boxes.get(name, [])]
    return read_id_grid(found) if found else None


def _name(grid: IdGrid, place: int) -> str:
    """Name of the group of a copy: its id, or its own place when that is not wholly clear."""
    clear = grid.text and not grid.doubt and "_" not in grid.text
    return grid.text if clear else f"? {place}"
