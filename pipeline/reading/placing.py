"""Placing a layout page on a picture by its registration marks, and refusing what does not agree."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.exam import MARK_SIZE, corner_marks
from pipeline.model import PageLayout
from pipeline.reading.alike import find_rivals
from pipeline.reading.arrangement import Hypothesis, find_arrangements, fit_matrix
from pipeline.reading.codes import FoundCode, read_places
from pipeline.reading.image import View
from pipeline.reading.outlines import Marks, Outlines, check_outlines
from pipeline.reading.registered import Matrix, apply, local_angle, local_scale, quarter_turns_of
from pipeline.reading.shapes import Candidates, FoundMark, find_candidates, match_candidates, measure_mark
from pipeline.reading.upright import text_stands

Floats = NDArray[np.float64]

GOOD_SCORE = 0.6
"""Share of box outlines found, from which a place is right beyond doubt."""
_LEAST_SCORE, _LEAST_SCORE_OF_FEW, _MANY_SIDES = 0.45, 0.7, 40
"""Share below which it is not believed: of many sides, and of hardly any, which agree by chance."""
_CLEAR_LEAD = 0.12
"""By how much the right way up must beat the others, when only the boxes tell."""
_ROWS_LEAD = 0.25
"""By how much boxes may be seen better a whole row off, when not all marks were found."""
_NARROW, _WIDE = (0.78, 1.18), (0.42, 1.35)
"""Scale of a page against that at which it just fills the picture."""
_AGREED = 0.004
"""Marks that disagree less than this share of the page are all good: leaving one out changes nothing."""
SKEW = np.radians(16.0)
"""Most that a page may lie askew, from a quarter turn."""
_CODE_SKEW = np.radians(5.0)
_CODE_FAR = 7.0
"""How far our QR may lie from where marks put it, mm."""
WHOLE = "scan the page again, whole and flat"
NO_MARKS = f"its registration marks were not found: {WHOLE}"
BOXES_ELSEWHERE = (
    "the printed boxes are not where its marks put them: scan the page again, whole, flat and in grey"
)
"""Folded paper moves them, and a threshold deletes thin outlines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSet:
    """The marks that a page is registered by."""

    points: tuple[tuple[float, float], ...]
    """Centres, layout units."""
    size: float
    kind: str
    """disc, square, ring or cross."""
    has_hole: bool = False
    """Whether the first mark, and only it, has a white middle: scangrade's own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """A place for a page, with what speaks for it."""

    matrix: Matrix
    """Layout units to px."""
    outlines: Outlines
    marks: tuple[FoundMark | None, ...]
    upright_known: bool
    """Whether a mark or a code, and not only the boxes, tells which way is up."""

    @property
    def marks_found(self) -> int:
        """How many marks were found."""
        return sum(mark is not None for mark in self.marks)

    @property
    def worth(self) -> float:
        """Score with a little credit for every mark."""
        return self.outlines.score + 0.02 * self.marks_found


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why a page could not be placed."""

    reason: str
    marks_found: int


def mark_set(page: PageLayout) -> MarkSet:
    """The marks of a page with anchors ``scangrade`` or ``corners``."""
    if page.anchors.kind == "scangrade":
        marks = corner_marks(page.width, page.height)
        points = tuple((mark.x, mark.y) for mark in marks)
        return MarkSet(points=points, size=MARK_SIZE, kind="square", has_hole=True)
    anchors = page.anchors
    return MarkSet(points=anchors.points, size=anchors.size, kind=anchors.mark)


def place_by_marks(view: View, page: PageLayout, code: FoundCode | None) -> Placement | Miss:
    """Place a page by its marks.

    Candidates of the marks' shape are searched on a small picture, arranged, measured at full size
    and checked by the printed box outlines. One mark may be missing.

    Parameters
    ----------
    view
        The picture.
    page
        A page with anchors ``scangrade`` or ``corners``.
    code
        Our QR, when it was found: it tells which way is up, and where the page is.
    """
    marks = mark_set(page)
    accepts = _code_test(page, code)
    missed = Miss(reason=NO_MARKS, marks_found=0)
    for candidates, scales in find_candidates_of(view, page, marks):
        hypotheses = find_arrangements(np.array(marks.points), marks.size, candidates, scales, SKEW, accepts)
        placed = _best(view, page, marks, hypotheses, candidates, told=code is not None)
        if isinstance(placed, Placement):
            return placed
        if placed.marks_found >= missed.marks_found:
            missed = placed
    return missed


def least_score(sides: int) -> float:
    """Share of this many box sides that must be found for a place to be believed."""
    few = max(0.0, 1.0 - sides / _MANY_SIDES)
    return _LEAST_SCORE + (_LEAST_SCORE_OF_FEW - _LEAST_SCORE) * few


def count_marks(view: View, width: float, height: float) -> int:
    """Count scangrade's own corner marks on a picture whose code cannot be read (mm)."""
    marks = corner_marks(width, height)
    points = np.array([(mark.x, mark.y) for mark in marks])
    fit = _fit(view, width, height)
    factor = _factor(MARK_SIZE * fit * _NARROW[0])
    scales = (fit * _NARROW[0], fit * _NARROW[1])
    found = find_candidates(
        view.small(factor), factor, "square", MARK_SIZE * scales[0], MARK_SIZE * scales[1]
    )
    best = 0
    for hypothesis in find_arrangements(points, MARK_SIZE, found, scales, SKEW):
        measured = _measure(view, points, MARK_SIZE, "square", hypothesis, found)
        if holes_agree(measured):
            best = max(best, sum(mark is not None for mark in measured))
    return best


def _fit(view: View, width: float, height: float) -> float:
    """Pixels per unit at which a page just fills the picture, in the better of both directions."""
    sides, paper = sorted(view.gray.shape), sorted((width, height))
    return float(min(sides[0] / paper[0], sides[1] / paper[1]))


def _factor(size_px: float) -> int:
    """How far a picture may be shrunk, so that a mark keeps 8 pixels."""
    factor = 1
    while size_px / (factor * 2) >= 8.0 and factor < 16:
        factor *= 2
    return factor


def find_candidates_of(
    view: View, page: PageLayout, marks: MarkSet
) -> Iterator[tuple[Candidates, tuple[float, float]]]:
    """Shapes that may be marks, and pixels per unit at which: ever wider and slower searches."""
    fit, size = _fit(view, page.width, page.height), marks.size
    for low, high in (_NARROW, _WIDE):
        factor = _factor(size * fit * low)
        scales = (fit * low, fit * high)
        yield (
            find_candidates(view.small(factor), factor, marks.kind, size * scales[0], size * scales[1]),
            scales,
        )
    for scale in (1.0, 0.88, 0.78, 0.68):
        factor = _factor(size * fit * scale)
        found = match_candidates(view.small(factor), factor, marks.kind, size * fit * scale)
        yield found, (fit * scale * 0.9, fit * scale * 1.12)


def _code_test(page: PageLayout, code: FoundCode | None) -> Callable[[Matrix], bool] | None:
    """Test of a place by our QR: it must lie where the page prints it, and the right way up."""
    if code is None or not page.codes:
        return None
    places = np.array([(place.x + place.w / 2, place.y + place.h / 2) for place in page.codes])
    centre, angle = code.centre, code.angle

    def accepts(matrix: Matrix) -> bool:
        turn = local_angle(matrix, (page.width / 2, page.height / 2)) - angle
        if abs((turn + np.pi) % (2 * np.pi) - np.pi) > _CODE_SKEW:
            return False
        scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        return bool(np.hypot(*(apply(matrix, places) - centre).T).min() <= _CODE_FAR * scale)

    return accepts


def _best(
    view: View,
    page: PageLayout,
    marks: MarkSet,
    hypotheses: list[Hypothesis],
    candidates: Candidates,
    *,
    told: bool,
) -> Placement | Miss:
    """Check hypotheses by what is printed, and take the one that agrees, if one does."""
    points = np.array(marks.points)
    placed: list[Placement] = []
    most = 0
    for hypothesis in hypotheses:
        measured = _measure(view, points, marks.size, marks.kind, hypothesis, candidates)
        found = sum(mark is not None for mark in measured)
        if found < 3 or (marks.has_hole and not holes_agree(measured)):
            continue
        most = max(most, found)
        known = told or (marks.has_hole and measured[0] is not None)
        placed.append(best_fit(view.gray, page, points, measured, known=known))
        if known and placed[-1].outlines.score >= GOOD_SCORE:
            return placed[-1]
    if not placed:
        words = f"only {most} of its {len(points)} registration marks were found: {WHOLE}"
        return Miss(reason=words if most else NO_MARKS, marks_found=most)
    best = max(placed, key=lambda placement: placement.worth)
    return _judge(view.gray, best, placed, page, most)


def _judge(
    gray: NDArray[np.uint8], best: Placement, placed: list[Placement], page: PageLayout, count: int
) -> Placement | Miss:
    """Believe the best place, or say why not; ``count`` is how many marks were found."""
    if best.outlines.sides == 0:
        if best.marks_found == len(best.marks) and count > 3 and best.upright_known:
            return best
        return Miss(reason="nothing on the page confirms where its marks put it", marks_found=count)
    if best.outlines.score < least_score(best.outlines.sides):
        return Miss(reason=BOXES_ELSEWHERE, marks_found=count)
    turns = turns_of(best, page)
    rivals = [
        other.outlines.score
        for other in placed
        if turns_of(other, page) != turns and other.outlines.score > best.outlines.score - _CLEAR_LEAD
    ]
    if rivals and not best.upright_known:
        ways = [best, *(other for other in placed if turns_of(other, page) != turns)]
        upright = _upright(gray, ways, page)
        if upright is None:
            return Miss(reason="it cannot be told which way is up", marks_found=count)
        best = upright
    few = best.marks_found < len(best.marks) or best.outlines.score < GOOD_SCORE
    if few and any(rival.lead > _ROWS_LEAD for rival in find_rivals(gray, best.matrix, page)):
        return Miss(
            reason="its boxes lie a whole row or column from where its marks put them", marks_found=count
        )
    return best


def _upright(gray: NDArray[np.uint8], ways: Sequence[Placement], page: PageLayout) -> Placement | None:
    """Of places that differ by quarter turns the one that a code in its place or the text speaks for."""
    best: dict[int, Placement] = {}
    for way in sorted(ways, key=lambda way: way.worth):
        best[turns_of(way, page)] = way
    coded = [way for way in best.values() if read_places(gray, way.matrix, page.codes)]
    if len(coded) == 1:
        return coded[0]
    stands = [way for way in best.values() if text_stands(gray, page, way.matrix)]
    return stands[0] if len(stands) == 1 else None


def _disagreement(points: Floats, places: Floats) -> float:
    """How far marks are from an affine image of the layout's, as a share of their distance."""
    known = np.column_stack([points, np.ones(len(points))])
    affine = np.linalg.lstsq(known, places, rcond=None)[0]
    return float(np.abs(places - known @ affine).max() / np.ptp(places, axis=0).max())


def turns_of(placement: Placement, page: PageLayout) -> int:
    """Quarter turns clockwise that bring a page upright."""
    return quarter_turns_of(local_angle(placement.matrix, (page.width / 2, page.height / 2)))


def _measure(
    view: View, points: Floats, size: float, kind: str, hypothesis: Hypothesis, candidates: Candidates
) -> tuple[FoundMark | None, ...]:
    """Measure every mark of a hypothesis at full size; also those that had no candidate."""
    expected = apply(hypothesis.matrix, points)
    measured: list[FoundMark | None] = []
    for index, point, place in zip(hypothesis.candidates, points, expected, strict=True):
        x, y = candidates.places[index] if index >= 0 else place
        size_px = size * local_scale(hypothesis.matrix, (float(point[0]), float(point[1])))
        mark = measure_mark(view.gray, float(x), float(y), size_px, kind)
        measured.append(mark if mark is not None and abs(mark.size - size_px) <= 0.25 * size_px else None)
    return tuple(measured)


def holes_agree(marks: Sequence[FoundMark | None]) -> bool:
    """Whether the first mark, if it was found, has the hole, and no other has one."""
    first = marks[0]
    return (first is None or first.hole) and not any(mark is not None and mark.hole for mark in marks[1:])


def best_fit(
    gray: NDArray[np.uint8],
    page: PageLayout,
    points: Floats,
    measured: tuple[FoundMark | None, ...],
    *,
    known: bool,
) -> Placement:
    """Fit a place to three or more measured marks; one that contradicts the printed boxes is left out.

    Parameters
    ----------
    gray
        The picture.
    page
        The page, whose boxes are looked for.
    points
        (n, 2): all its marks, layout units.
    measured
        For each mark what was found, or None.
    known
        Whether it is known which way is up.
    """
    best: Placement | None = None
    agreed = False
    for left_out in (None, *range(len(measured))):
        marks = tuple(None if place == left_out else mark for place, mark in enumerate(measured))
        found = [place for place, mark in enumerate(marks) if mark is not None]
        if len(found) < 3 or (left_out is not None and measured[left_out] is None):
            continue
        used = points[found]
        places = np.array([(mark.x, mark.y) for mark in marks if mark is not None])
        if left_out is not None and agreed:
            break
        agreed = _disagreement(used, places) < _AGREED
        outlines = check_outlines(
            gray, fit_matrix(used, places), page.boxes, Marks(points=used, places=places)
        )
        placement = Placement(matrix=outlines.matrix, outlines=outlines, marks=marks, upright_known=known)
        if best is None or placement.outlines.score > best.outlines.score + 0.1:
            best = placement
        if best.outlines.score >= GOOD_SCORE or not page.boxes:
            break
    if best is None:
        raise ValueError("fewer than three marks")
    return best
