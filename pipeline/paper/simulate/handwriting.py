"""Handwriting: digits and capitals of single strokes, and running words that nobody can read."""

from collections.abc import Sequence

import numpy as np

from pipeline.paper.simulate.pens import Hand, Random, press
from pipeline.paper.simulate.records import Path, Stroke, WriteIn
from pipeline.paper.simulate.strokes import rotate, soften

# Strokes of a character on a grid 4 wide and 6 high, y down; strokes are separated by spaces,
# points are pairs of digits (x then y).
_GLYPHS: dict[str, str] = {
    "0": "20100204163644423020", "1": "022026", "2": "021030420646", "3": "0110304142234345361605",
    "4": "300444 3036", "5": "400003334445361605", "6": "30110415263645342304", "7": "004026 1333",
    "8": "201102234436160423423120", "9": "4130100213334146", "A": "062046 1434",
    "B": "0006 0030413303 3344453606", "C": "4130100204163645", "D": "0006 003042443606",
    "E": "40000646 0333", "F": "400006 0333", "G": "41301002041636454424", "H": "0006 4046 0343",
    "I": "2026", "J": "3035261605", "K": "0006 400346", "L": "000646", "M": "0600234046",
    "N": "06004640", "O": "20100204163644423020", "P": "06003041423303",
    "Q": "20100204163644423020 2547", "R": "06003041423303 2346", "S": "41301001133344453616",
    "T": "0040 2026", "U": "000416364440", "V": "002640", "W": "0016233640", "X": "0046 4006",
    "Y": "0023 402326", "Z": "00400646", "-": "0343", ".": "2526", ",": "2517", "/": "4006",
    "=": "0242 0444", "+": "2125 0343",
}  # fmt: skip


def write_in(place: WriteIn, hand: Hand, rng: Random) -> list[Stroke]:
    """Write a text into a place: as large as its height allows, narrower if it must.

    Characters other than digits, Latin capitals and a few signs become running loops, one word
    for each word of the text.
    """
    words = place.text.upper().split() or ["~"]
    units = sum(len(word) for word in words) * 5.4 + (len(words) - 1) * 4
    size = min(place.h * 0.70 / 6, place.w * 0.95 / max(units, 1), 0.75)
    x = place.x + min(0.4 * size * 6, place.w * 0.04)
    base = place.y + (place.h + 6 * size) / 2 - 6 * size
    strokes: list[Stroke] = []
    for word in words:
        paths, width = _word(word, size, hand, rng)
        lift = rng.normal(0, 0.25 * size)
        strokes += [press(path + np.array([x, base + lift]), hand, rng) for path in paths]
        x += width + 4 * size
    return strokes


def _word(word: str, size: float, hand: Hand, rng: Random) -> tuple[list[Path], float]:
    """Paths of a word with its top-left at (0, 0), and its width in mm."""
    if not all(letter in _GLYPHS for letter in word):
        width = len(word) * 4.2 * size
        return [running_word(width, 6 * size, hand, rng)], width
    paths: list[Path] = []
    x = 0.0
    for letter in word:
        for path in _glyph(letter):
            shaken = path + rng.normal(0, 0.16, path.shape)
            smooth = soften(shaken, 2) * size * rng.normal(1.0, 0.04)
            upright = rotate(smooth, hand.slope * 0.6, np.array([2.0, 3.0]) * size)
            paths.append(upright + np.array([x, 0.0]))
        x += (5.4 + rng.normal(0, 0.25)) * size
    return paths, x


def _glyph(letter: str) -> list[Path]:
    return [np.array([float(digit) for digit in text]).reshape(-1, 2) for text in _GLYPHS[letter].split()]


def running_word(width: float, height: float, hand: Hand, rng: Random) -> Path:
    """Loops of running handwriting, left to right, in a field of the given size (mm)."""
    letters = max(2, round(width / (0.55 * height)))
    points = []
    for letter in range(letters):
        rise = rng.choice([0.35, 0.4, 0.45, 0.95], p=[0.3, 0.25, 0.25, 0.2])
        drop = rng.choice([0.0, 0.35], p=[0.88, 0.12])
        left = letter / letters
        shape = [(0.0, 0.0), (0.35, rise), (0.15, rise * 0.9), (0.45, -drop), (0.85, 0.05)]
        points += [((left + dx / letters) * width, (0.7 - dy * 0.7) * height) for dx, dy in shape]
    path = np.array(points) + rng.normal(0, 0.05 * height, (len(points), 2))
    return rotate(soften(path, 2), hand.slope * 0.2, np.array([width / 2, height / 2]))


def scratch_lines(
    *, left: float, top: float, right: float, bottom: float, hand: Hand, rng: Random
) -> list[Stroke]:
    """Lines of scratch work: words, numbers and a few sums, not filling every line."""
    strokes: list[Stroke] = []
    y = top
    while y < bottom:
        height = rng.uniform(5.5, 8.5)
        x = left + rng.uniform(0, 20)
        end = left + (right - left) * rng.uniform(0.3, 0.95)
        while x < end:
            text = _scratch_text(rng)
            wide = min(len(text) * 4.0 + 3.0, right - x)
            if wide > 4:
                place = WriteIn(x=x, y=y + rng.normal(0, 0.4), w=wide, h=height, text=text)
                strokes += write_in(place, hand, rng)
            x += wide + rng.uniform(2, 5)
        y += height + rng.uniform(0.5, 6)
    return strokes


def _scratch_text(rng: Random) -> str:
    if rng.random() < 0.45:
        return "".join(rng.choice(list("0123456789+-=/."), int(rng.integers(2, 7))))
    return "~" * int(rng.integers(3, 9))


def ink_groups(strokes: Sequence[Stroke], *, most: int = 12) -> list[Sequence[Stroke]]:
    """Split many strokes into small groups, so that each is drawn in a small patch."""
    return [strokes[i : i + most] for i in range(0, len(strokes), most)]
