"""Where notes stand in the margin: as near to their questions as there is room, in their order."""

from collections.abc import Sequence


def spread(wanted: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Upper edges of notes that overlap nowhere, each near where it is wanted.

    Parameters
    ----------
    wanted
        Where the middle of each note should be, in any order that is to be kept.
    heights
        Of the notes; together they have to fit between ``top`` and ``bottom``.
    top, bottom
        The room.

    Returns
    -------
    list of float
        In the order given; each below the one before it.
    """
    edges: list[float] = []
    lowest = top
    for middle, height in zip(wanted, heights, strict=True):
        edges.append(max(lowest, middle - height / 2))
        lowest = edges[-1] + height
    limit = bottom
    for place in reversed(range(len(edges))):
        edges[place] = min(edges[place], limit - heights[place])
        limit = edges[place]
    return edges
