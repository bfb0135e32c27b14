"""The typefaces of the paper and the shaping of text with them.

Noto Sans for Latin, Greek, Cyrillic and Devanagari, Noto Sans Arabic, and Noto Sans CJK for Chinese,
Japanese and Korean, all under the SIL Open Font License and installed as packages of their own.
HarfBuzz shapes; a character that no face has is shown as a box and named in a notice.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal

import uharfbuzz as hb

from pipeline.errors import ScangradeError

Weight = Literal["regular", "bold"]
EM = 1000
"""Font units of one em, in every face here."""
MISSING = -1
"""Face number of the box that stands for a character without a glyph."""
_WEIGHTS: dict[Weight, float] = {"regular": 400.0, "bold": 700.0}
_MADE_BOLD = 0.028
"""Stroke added to a face that has no bold of its own, em."""


@dataclass(frozen=True, slots=True)
class _Face:
    package: str
    file: str
    index: int
    variable: bool


_FACES = (
    _Face("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", 0, True),
    _Face("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf", 0, True),
    _Face("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2, False),
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of one face; what the drawn fonts are made of."""

    face: int
    weight: Weight
    number: int
    """Of the glyph in its face."""
    character: str
    """The character that it is the plain glyph of; empty when it stands for none alone."""


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """A glyph of a shaped run; font units, y up, measured from the run's start on the baseline."""

    glyph: Glyph
    x: float
    y: float
    advance: float


@dataclass(frozen=True, slots=True)
class Run:
    """A shaped run of one direction; font units, y up."""

    glyphs: tuple[PlacedGlyph, ...]
    advance: float
    left: float
    """Leftmost ink, may be below 0."""
    right: float
    """Rightmost ink, may be beyond the advance."""
    top: float
    bottom: float
    missing: frozenset[str]
    """Characters that no face has."""


@lru_cache(maxsize=1)
def _opened() -> tuple[hb.Face, ...]:
    """Open every face.

    Raises
    ------
    ScangradeError
        When a font's package is not installed.
    """
    faces = []
    for face in _FACES:
        try:
            path = Path(str(resources.files(face.package).joinpath(face.file)))
        except ModuleNotFoundError as error:
            raise _not_installed(face) from error
        if not path.is_file():
            raise _not_installed(face)
        faces.append(hb.Face(hb.Blob.from_file_path(str(path)), face.index))
    return tuple(faces)


def _not_installed(face: _Face) -> ScangradeError:
    package = face.package.replace("_", "-")
    return ScangradeError(f"the font package {package} is not installed", hint=f"type: pip install {package}")


@lru_cache(maxsize=8)
def hb_font(face: int, weight: Weight) -> hb.Font:
    """Give a face at a weight, scaled to :data:`EM` units."""
    font = hb.Font(_opened()[face])
    font.scale = (EM, EM)
    if _FACES[face].variable:
        font.set_variations({"wght": _WEIGHTS[weight], "wdth": 100.0})
    elif weight == "bold":
        font.synthetic_bold = (_MADE_BOLD, _MADE_BOLD, True)
    return font


@lru_cache(maxsize=4096)
def face_of(character: str) -> int:
    """Number of the first face that has the character, or :data:`MISSING`."""
    for number in range(len(_FACES)):
        if _has(number, character):
            return number
    return MISSING


def _has(face: int, character: str) -> bool:
    return bool(hb_font(face, "regular").get_nominal_glyph(ord(character)))


def _follows(character: str) -> bool:
    """Whether a character is drawn with the one before it: accents, joiners, variation selectors."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}


def _by_face(text: str) -> list[tuple[int, str]]:
    """Cut a text into stretches that one face has whole."""
    stretches: list[tuple[int, str]] = []
    for character in text:
        face = face_of(character)
        if stretches and _follows(character):
            last = stretches[-1][0]
            if last != MISSING and (face == MISSING or _has(last, character)):
                face = last
        if stretches and stretches[-1][0] == face:
            stretches[-1] = (face, stretches[-1][1] + character)
        else:
            stretches.append((face, character))
    return stretches


@lru_cache(maxsize=8192)
def shape_run(text: str, weight: Weight, right_to_left: bool) -> Run:
    """Shape a text of one direction.

    Parameters
    ----------
    text
        In logical order, without control characters.
    weight
        Of the type.
    right_to_left
        Its direction; glyphs come back in visual order, left to right.

    Raises
    ------
    ScangradeError
        When a font's package is not installed.
    """
    stretches = _by_face(text)
    placed: list[PlacedGlyph] = []
    x = 0.0
    left = right = top = bottom = 0.0
    missing: set[str] = set()
    for face, stretch in reversed(stretches) if right_to_left else stretches:
        if face == MISSING:
            missing.update(stretch)
            glyphs = _missing(stretch, weight)
        else:
            glyphs = _shape(stretch, face, weight, right_to_left)
        for one, ink in glyphs:
            placed.append(PlacedGlyph(one.glyph, x + one.x, one.y, one.advance))
            if ink is not None:
                left = min(left, x + one.x + ink[0])
                right = max(right, x + one.x + ink[1])
                bottom = min(bottom, one.y + ink[2])
                top = max(top, one.y + ink[3])
            x += one.advance
    return Run(tuple(placed), x, left, max(right, x), top, bottom, frozenset(missing))


_Ink = tuple[float, float, float, float] | None


def _shape(stretch: str, face: int, weight: Weight, right_to_left: bool) -> list[tuple[PlacedGlyph, _Ink]]:
    """Shape with one face: glyphs placed from their own pen position, with ink (left, right, bottom, top)."""
    font = hb_font(face, weight)
    buffer = hb.Buffer()
    buffer.add_str(stretch)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    hb.shape(font, buffer, {})
    shaped = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        character = stretch[info.cluster]
        plain = font.get_nominal_glyph(ord(character)) == info.codepoint
        glyph = Glyph(face, weight, info.codepoint, character if plain else "")
        box = font.get_glyph_extents(info.codepoint)
        ink = None
        if box is not None and box.width:
            ink = (box.x_bearing, box.x_bearing + box.width, box.y_bearing + box.height, box.y_bearing)
        shaped.append((PlacedGlyph(glyph, position.x_offset, position.y_offset, position.x_advance), ink))
    return shaped


def _missing(stretch: str, weight: Weight) -> list[tuple[PlacedGlyph, _Ink]]:
    """Give a box for each character that no face has; nothing for what would be invisible anyway."""
    box = PlacedGlyph(Glyph(MISSING, weight, 0, ""), 0.0, 0.0, 600.0)
    return [(box, (60.0, 540.0, 0.0, 700.0)) for character in stretch if not _follows(character)]
