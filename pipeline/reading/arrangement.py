"""Which of many candidate shapes are a page's marks: hypotheses of where the page lies.

Every two candidates, taken for two of the marks, put the page somewhere; hypotheses live when the
page then has a sensible size and angle, and another mark is where it must be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipeline.reading.registered import Matrix
from pipeline.reading.shapes import Candidates

Floats = NDArray[np.float64]

MOST_HYPOTHESES = 14
_REACH = 0.1
"""How far a mark may lie from where a similarity puts it, as a share of the arrangement: perspective."""
_MISSING_COST = 0.012
_SIZE_COST = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hypothesis:
    """One way in which the page may lie."""

    matrix: Matrix
    """Layout units to px."""
    candidates: tuple[int, ...]
    """For each mark of the layout its candidate, or -1."""
    cost: float
    """Smaller is more likely."""


def find_arrangements(
    points: Floats,
    size: float,
    candidates: Candidates,
    scales: tuple[float, float],
    skew: float,
    accepts: Callable[[Matrix], bool] | None = None,
) -> list[Hypothesis]:
    """Find where marks at ``points`` may be among candidates, the most likely first.

    Parameters
    ----------
    points
        (n, 2), n at least 3: centres of the marks, layout units.
    size
        Side or diameter of a mark, layout units.
    candidates
        Shapes in the picture.
    scales
        Least and most pixels per layout unit.
    skew
        Most radians away from a quarter turn.
    accepts
        A further test of a hypothesis' similarity; None: there is none.

    Returns
    -------
    list of Hypothesis
        With at least three marks each; never mirrored.
    """
    if len(points) < 3 or len(candidates.places) < 3:
        return []
    spread = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    found: dict[tuple[int, ...], Hypothesis] = {}
    for first, second in combinations(range(len(points)), 2):
        if spread[first, second] < 0.75 * spread.max():
            continue
        for start, end, turn in pairs_of(points[second] - points[first], size, candidates, scales, skew):
            matrix = _similarity(points[first], candidates.places[start], turn)
            if accepts is not None and not accepts(matrix):
                continue
            hypothesis = _complete(
                points, size, candidates, matrix, {first: start, second: end}, spread.max()
            )
            if hypothesis is not None and hypothesis.candidates not in found:
                found[hypothesis.candidates] = hypothesis
    ranked = sorted(found.values(), key=lambda hypothesis: hypothesis.cost)
    return ranked[:MOST_HYPOTHESES]


def fit_matrix(points: Floats, places: Floats) -> Matrix:
    """Fit layout units to px: a similarity for two marks, affine for three, projective for more.

    Direct linear transform on normalised coordinates (Hartley & Zisserman 2004, algorithm 4.2).
    """
    to, back = _normaliser(points), _normaliser(places)
    p = points * to[0, 0] + to[:2, 2]
    q = places * back[0, 0] + back[:2, 2]
    if len(points) == 2:
        turn = complex(*(places[1] - places[0])) / complex(*(points[1] - points[0]))
        return _similarity(points[0], places[0], turn)
    if len(points) == 3:
        affine = np.linalg.solve(np.column_stack([p, np.ones(3)]), q).T
        core = np.vstack([affine, [0.0, 0.0, 1.0]])
    else:
        rows = []
        for (x, y), (u, v) in zip(p, q, strict=True):
            rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
            rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
        core = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(back) @ core @ to
    result: Matrix = matrix / matrix[2, 2]
    return result


def _normaliser(points: Floats) -> Matrix:
    centre = points.mean(axis=0)
    scale = 1.0 / max(float(np.abs(points - centre).max()), 1e-9)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1.0]])


def _similarity(point: Floats, place: Floats, turn: complex) -> Matrix:
    """The similarity that takes ``point`` to ``place``, scaling and turning as a complex number does."""
    a, b = turn.real, turn.imag
    return np.array(
        [
            [a, -b, place[0] - a * point[0] + b * point[1]],
            [b, a, place[1] - b * point[0] - a * point[1]],
            [0.0, 0.0, 1.0],
        ]
    )


def pairs_of(
    side: Floats, size: float, candidates: Candidates, scales: tuple[float, float], skew: float
) -> list[tuple[int, int, complex]]:
    """Ordered pairs of candidates that may be two given marks, with the turn that this means."""
    places = candidates.places[:, 0] + 1j * candidates.places[:, 1]
    turn = (places[None, :] - places[:, None]) / complex(side[0], side[1])
    scale = np.abs(turn)
    angle = np.angle(turn)
    off = np.abs(angle - np.rint(angle / (np.pi / 2)) * (np.pi / 2))
    mean = (candidates.sizes[None, :] + candidates.sizes[:, None]) / 2
    good = (scale >= scales[0]) & (scale <= scales[1]) & (off <= skew)
    good &= np.abs(candidates.sizes[None, :] - candidates.sizes[:, None]) <= 0.35 * mean
    good &= (mean >= 0.6 * size * scale) & (mean <= 1.6 * size * scale)
    return [(int(a), int(b), complex(turn[a, b])) for a, b in zip(*np.nonzero(good), strict=True)]


def _complete(
    points: Floats,
    size: float,
    candidates: Candidates,
    matrix: Matrix,
    given: dict[int, int],
    extent: float,
) -> Hypothesis | None:
    """Find the other marks of a hypothesis, and what it costs; None with fewer than three marks."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    chosen = [-1] * len(points)
    for mark, point in enumerate(points):
        if mark in given:
            chosen[mark] = given[mark]
            continue
        expected = matrix[:2, :2] @ point + matrix[:2, 2]
        far = np.hypot(*(candidates.places - expected).T)
        far = far + 0.5 * np.abs(candidates.sizes - size * scale)
        far[list(given.values())] = np.inf
        nearest = int(np.argmin(far))
        if far[nearest] <= _REACH * extent * scale and nearest not in chosen:
            chosen[mark] = nearest
    found = [mark for mark, index in enumerate(chosen) if index >= 0]
    if len(found) < max(3, len(points) - 1 - len(points) // 5):
        return None
    places = candidates.places[[chosen[mark] for mark in found]]
    fitted = fit_matrix(points[found], places)
    strain = _strain(points[found], places, fitted)
    if strain > 0.25:
        return None
    sizes = candidates.sizes[[chosen[mark] for mark in found]]
    cost = (
        strain + _MISSING_COST * (len(points) - len(found)) + _SIZE_COST * float(np.ptp(sizes) / sizes.mean())
    )
    return Hypothesis(matrix=fitted, candidates=tuple(chosen), cost=cost)


def _strain(used: Floats, places: Floats, matrix: Matrix) -> float:
    """How far a matrix is from a similarity: residual of the best one, as a share of the page."""
    if np.linalg.det(matrix[:2, :2]) <= 0:
        return 1.0
    p = used[:, 0] + 1j * used[:, 1]
    q = places[:, 0] + 1j * places[:, 1]
    p, q = p - p.mean(), q - q.mean()
    turn = (np.conj(p) @ q) / (np.conj(p) @ p)
    residual = np.abs(q - turn * p).max() / (np.abs(turn) * np.abs(p).max())
    return float(residual)
