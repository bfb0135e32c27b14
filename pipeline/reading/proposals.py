"""Whom an unclear booklet may belong to: the whole batch at once, one to one.

A student who already has a booklet is an unlikely owner of another one, and two unclear booklets
hardly belong to one student. So those without a booklet are proposed first, and the first
proposals of all unclear booklets of an exam are different students. It stays a proposal: a person
decides.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pipeline.reading.assignment import assign
from pipeline.reading.id_match import Values
from pipeline.reading.identity import MOST_PROPOSALS, Identity, Roster

HAS_A_BOOKLET = 4.0
"""How much farther a student counts who has a booklet already: about one left-out character."""
UNNAMED = 60.0
"""Distance of a student whom nothing on the paper points to."""
NAMED = 0.0
"""Distance of a student whom a sticker, a print or a clear grid names."""


def propose(
    unclear: Mapping[int, Identity], taken: Iterable[str], roster: Roster | None
) -> dict[int, tuple[str, ...]]:
    """Student ids to propose for each unclear booklet of one exam, the best first.

    Parameters
    ----------
    unclear
        Identities that a person must look at, by any number.
    taken
        Students who certainly have a booklet.
    roster
        None: only those that the paper itself names are proposed.

    Returns
    -------
    dict
        At most three each; none where the paper says nothing and more than three students are
        without a booklet.
    """
    if roster is None or not unclear:
        return {place: identity.named[:MOST_PROPOSALS] for place, identity in unclear.items()}
    ids = roster.index.student_ids
    place_of = {student_id: place for place, student_id in enumerate(ids)}
    has = np.zeros(len(ids), dtype=bool)
    has[[place_of[student_id] for student_id in set(taken) if student_id in place_of]] = True
    costs = np.array([_costs(identity, has, place_of) for identity in unclear.values()])
    firsts = _firsts(costs)
    return {
        place: _best(identity, cost, first, ids, has)
        for (place, identity), cost, first in zip(unclear.items(), costs, firsts, strict=True)
    }


def _costs(identity: Identity, has: np.ndarray, place_of: Mapping[str, int]) -> Values:
    """(students,) how far each student is from a booklet."""
    near = identity.distances
    costs = np.full(len(has), UNNAMED) if near is None else np.where(near <= identity.reach, near, UNNAMED)
    for student_id in identity.named:
        if student_id in place_of:
            costs[place_of[student_id]] = NAMED
    return np.asarray(costs + HAS_A_BOOKLET * has)


def _firsts(costs: Values) -> Sequence[int]:
    """The student that each booklet gets when all are given out, one to one."""
    useful = np.flatnonzero((costs < UNNAMED).any(axis=0))
    # a column of its own for each booklet stands for "nobody of the roster"
    nobody = np.full((len(costs), len(costs)), UNNAMED)
    chosen = assign(np.hstack([costs[:, useful], nobody]))
    return [int(useful[place]) if place < len(useful) else -1 for place in chosen]


def _best(
    identity: Identity, costs: Values, first: int, ids: Sequence[str], has: np.ndarray
) -> tuple[str, ...]:
    places = [int(place) for place in np.argsort(costs, kind="stable") if costs[place] < UNNAMED]
    if not places:
        without = np.flatnonzero(~has)
        places = [int(place) for place in without] if len(without) <= MOST_PROPOSALS else []
    if first >= 0 and costs[first] < UNNAMED:
        places = [first, *(place for place in places if place != first)]
    found = [ids[place] for place in places]
    unlisted = [student_id for student_id in identity.named if student_id not in ids]
    return tuple(dict.fromkeys((*unlisted, *found)))[:MOST_PROPOSALS]
