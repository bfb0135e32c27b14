"""Pieces of one booklet: pages that lay apart, and say or were said to be one student's."""

from collections.abc import Sequence

from pipeline.reading.booklets import Group
from pipeline.reading.students import ReadBooklet


def pieces_of_one(booklets: Sequence[ReadBooklet]) -> list[tuple[int, ...]]:
    """Which booklets are pieces of one: they are one student's, and no sheet is in two of them.

    Only paper without a serial of ours comes in pieces: its pages are joined by order or by page codes
    of others. A person, a sticker or a page code says whose they are, and of one of them a grid may.

    Parameters
    ----------
    booklets
        As they were read, before students are compared with each other.

    Returns
    -------
    list of tuple of int
        Their places, the piece with a page code first.
    """
    coded = {booklet.group.name: booklet.booklet.student_id for booklet in booklets if booklet.group.name}
    claims: dict[tuple[str, str, str], list[int]] = {}
    for place, one in enumerate(booklets):
        if one.group.serial is None and one.sheets and one.booklet.student_id:
            student = coded.get(one.booklet.student_id) or one.booklet.student_id
            claims.setdefault((one.booklet.exam, one.booklet.version, student), []).append(place)
    return [
        tuple(sorted(places, key=lambda place: not booklets[place].group.name))
        for places in claims.values()
        if _fit([booklets[place] for place in places])
    ]


def _fit(pieces: Sequence[ReadBooklet]) -> bool:
    """Whether what is one student's may be one booklet."""
    sheets = [sheet.marks.read.sheet for piece in pieces for sheet in piece.sheets]
    by_grid = sum(piece.identity.source == "grid" for piece in pieces)
    sure = not any(piece.identity.reason for piece in pieces)
    return len(pieces) > 1 and len(sheets) == len(set(sheets)) and by_grid <= 1 and sure


def one_group(groups: Sequence[Group]) -> Group:
    """The copies of several pieces as those of one booklet; the first gives its name."""
    first = groups[0]
    return Group(
        exam=first.exam,
        version=first.version,
        serial=first.serial,
        copies=tuple(copy for group in groups for copy in group.copies),
        set_aside=tuple(copy for group in groups for copy in group.set_aside),
        name=first.name,
    )
