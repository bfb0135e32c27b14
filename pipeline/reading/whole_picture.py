"""Placing a page that is the whole picture: kind ``none``, scale only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageLayout
from pipeline.reading.alike import find_rivals, is_alike_turned
from pipeline.reading.image import turn_matrix
from pipeline.reading.outline_search import search_outlines
from pipeline.reading.outlines import Outlines, check_outlines, share_seen
from pipeline.reading.placing import GOOD_SCORE, Miss, Placement
from pipeline.reading.registered import Matrix, apply
from pipeline.reading.upright import text_stands

_MOST_STRETCH = 0.06
"""How far the picture's proportions may differ from the page's."""
_DOUBTFUL_SCORE = 0.45
_SURE_SCORE, _BETTER = 0.8, 0.2
"""Share of outlines seen in place from which no other place is looked for, and by how much another must
be better."""
_CLEAR_LEAD, _DOUBTFUL_LEAD = 0.25, -0.1
"""Lead of a place whole rows off from which the page is searched for: always, or where its own first or
last row is hardly seen."""
_HALF_SEEN, _AS_WELL = 0.6, 0.9
"""Share of the score that the first and last rows must have: to stand, and to be sure."""
_FAR = 0.5
"""Correction, in boxes, beyond which the page is corrected once more."""
_MOST_MOVES = 4
_MOST_LEAD = -0.3
"""Lead of a place a whole row off, up to which a page that was searched for is believed."""


def place_whole(gray: NDArray[np.uint8], page: PageLayout) -> Placement | Miss:
    """Take the whole picture for the page.

    The printed outlines then correct what is a little off; when they are not to be seen, the scale
    alone stands. When they say clearly that the picture is upside-down or lies on its side, it is turned.
    When they are elsewhere on the picture, whole rows off or of another size, the page is placed by
    them, if they leave no doubt.
    """
    ways = list(_ways(gray, page))
    if not ways:
        height, width = gray.shape
        return Miss(
            reason=f"the picture's proportions ({width} x {height}) are not the page's "
            f"({page.width:g} x {page.height:g})",
            marks_found=0,
        )
    turns, matrix = ways[0]
    best = _checked(gray, page, matrix)
    if turns or best.score < _DOUBTFUL_SCORE:
        for _, matrix in ways[1:]:
            other = _checked(gray, page, matrix)
            if other.score >= max(GOOD_SCORE, best.score + _CLEAR_LEAD):
                best = other
    if page.boxes and not _is_sure(gray, best, page):
        searched = _search(gray, page, ways, best)
        if isinstance(searched, Miss):
            return searched
        best = searched
    if turns and best.score < _DOUBTFUL_SCORE:
        return Miss(reason="the picture lies on its side, and no printed boxes tell which", marks_found=0)
    return Placement(matrix=best.matrix, outlines=best, marks=(), upright_known=True)


def _ways(gray: NDArray[np.uint8], page: PageLayout) -> Iterator[tuple[int, Matrix]]:
    """Every way in which the page may fill the picture, the right way up first."""
    height, width = gray.shape
    for turns in (0, 2, 1, 3):
        upright = (width, height) if turns % 2 == 0 else (height, width)
        scales = (upright[0] / page.width, upright[1] / page.height)
        if abs(scales[0] / scales[1] - 1.0) > _MOST_STRETCH:
            continue
        matrix = np.array([[scales[0], 0, -0.5], [0, scales[1], -0.5], [0, 0, 1.0]])
        yield turns, np.linalg.inv(turn_matrix(width, height, turns)) @ matrix


def _checked(gray: NDArray[np.uint8], page: PageLayout, matrix: Matrix) -> Outlines:
    """Correct a place by the outlines, unless that moves the page far or they are hardly seen."""
    refined = check_outlines(gray, matrix, page.boxes, None)
    if refined.score < _DOUBTFUL_SCORE or not page.boxes:
        return Outlines(
            matrix=matrix, score=refined.score, sides=refined.sides, rms=refined.rms, grey=refined.grey
        )
    centres = np.array([(box.x + box.w / 2, box.y + box.h / 2) for box in page.boxes])
    moved = np.abs(apply(refined.matrix, centres) - apply(matrix, centres)).max()
    if moved <= 0.02 * max(gray.shape):
        side = float(np.median([min(box.w, box.h) for box in page.boxes])) * float(
            np.abs(matrix[0, :2]).max()
        )
        # from far off the first correction is not the last
        return check_outlines(gray, refined.matrix, page.boxes, None) if moved > _FAR * side else refined
    score = min(refined.score, share_seen(gray, matrix, page.boxes))
    return Outlines(matrix=matrix, score=score, sides=refined.sides, rms=refined.rms, grey=refined.grey)


def _is_sure(gray: NDArray[np.uint8], place: Outlines, page: PageLayout) -> bool:
    """Whether a page so surely lies in its place that no other is looked for.

    Where fewer outlines are seen the first and last rows must be seen as well as the others: at another
    size they are the farthest off.
    """
    if place.score >= _SURE_SCORE:
        return _stands(gray, place, page)
    if place.score < GOOD_SCORE:
        return False
    rivals = find_rivals(gray, place.matrix, page)
    ends = all(rival.own >= _AS_WELL * place.score and rival.lead <= _MOST_LEAD for rival in rivals)
    return bool(rivals) and ends and _stands(gray, place, page)


def _stands(gray: NDArray[np.uint8], place: Outlines, page: PageLayout) -> bool:
    """Whether nothing says that a place is whole rows off, or upside-down."""
    for rival in find_rivals(gray, place.matrix, page):
        hardly = rival.own < _HALF_SEEN * place.score
        if rival.lead >= _CLEAR_LEAD or (rival.lead >= _DOUBTFUL_LEAD and hardly):
            return False
    return not is_alike_turned(page) or text_stands(gray, page, place.matrix, majority=1.0) is not False


def _search(
    gray: NDArray[np.uint8], page: PageLayout, ways: list[tuple[int, Matrix]], direct: Outlines
) -> Outlines | Miss:
    """Search the picture for the outlines where the page does not, or not surely, lie in its place.

    The place itself stands where its boxes are seen and nothing better is found, or where no boxes are
    seen anywhere.
    """
    seen = direct.score >= _DOUBTFUL_SCORE
    stands = seen and _stands(gray, direct, page)
    found: list[Outlines] = []
    for _, whole in ways:
        for guess in search_outlines(gray, page, whole):
            outlines = _settled(gray, guess, page)
            if outlines is not None:
                found.append(outlines)
                break
    if stands:
        found = [place for place in found if place.score >= direct.score + _BETTER]
    if not found and (stands or not seen):
        return direct
    if not found:
        return Miss(reason="its boxes lie whole rows or columns off, or upside-down", marks_found=0)
    best = max(place.score for place in found)
    likely = [place for place in found if place.score > best - _CLEAR_LEAD]
    if len(likely) == 1 and not is_alike_turned(page):
        return likely[0]
    texts = [text_stands(gray, page, place.matrix) for place in likely]
    upright = [place for place, says in zip(likely, texts, strict=True) if says is not False]
    if len(upright) == 1 and (len(likely) > 1 or texts[0]):
        return upright[0]
    return Miss(reason="its boxes lie elsewhere, and it cannot be told which way is up", marks_found=0)


def _settled(gray: NDArray[np.uint8], guess: Matrix, page: PageLayout) -> Outlines | None:
    """Refine a guess, move it by whole rows where that is clearly better, and believe it or not."""
    outlines = check_outlines(gray, guess, page.boxes, None)
    for _ in range(_MOST_MOVES):
        if outlines.score < GOOD_SCORE:
            return None
        rivals = find_rivals(gray, outlines.matrix, page)
        if not rivals or rivals[0].lead <= _MOST_LEAD:
            return outlines
        if rivals[0].lead < -_MOST_LEAD:
            return None
        shift = np.eye(3)
        shift[:2, 2] = rivals[0].shift
        outlines = check_outlines(gray, outlines.matrix @ shift, page.boxes, None)
    return None
