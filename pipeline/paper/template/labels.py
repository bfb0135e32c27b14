"""Names of options, from the letters, digits and words printed in and beside boxes."""

import re
from collections.abc import Sequence
from fractions import Fraction

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TRUE_WORDS = frozenset(
    [
        "true",
        "t",
        "yes",
        "y",
        "richtig",
        "wahr",
        "ja",
        "r",
        "w",
        "vrai",
        "v",
        "oui",
        "verdadeiro",
        "sim",
        "verdadero",
        "sí",
        "si",
        "vero",
        "sand",
        "sann",
        "juist",
        "waar",
    ]
)
FALSE_WORDS = frozenset(
    [
        "false",
        "f",
        "no",
        "n",
        "falsch",
        "nein",
        "faux",
        "non",
        "falso",
        "não",
        "nao",
        "falsk",
        "onjuist",
        "onwaar",
        "nej",
        "nee",
    ]
)
_PLAIN_WORDS = frozenset(
    [
        "true",
        "false",
        "richtig",
        "falsch",
        "wahr",
        "vrai",
        "faux",
        "verdadeiro",
        "falso",
        "verdadero",
        "vero",
        "sand",
        "sann",
        "falsk",
        "waar",
        "onwaar",
    ]
)
"""That say true or false also where more text follows; yes, no and single letters may begin any text."""
_OPTION = re.compile(r"[(\[]?([A-Za-z])[.):\]]?")
_PLAIN_LETTER = re.compile(r"[A-Z]")
_VULGAR = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}


def letter_of(text: str) -> str:
    """The letter of "A", "A.", "(a)", "a)"; "" when it is none."""
    match = _OPTION.fullmatch(text.strip())
    return match[1].upper() if match else ""


def says_truth_plainly(text: str) -> bool:
    """Whether a word can only mean true or false, whatever follows it."""
    return text.strip().strip(".,;:()[]").casefold() in _PLAIN_WORDS


def marked_letter_of(text: str) -> str:
    """The letter of "A.", "(a)", "a)", which no word is written like; "" for others."""
    return letter_of(text) if len(text.strip()) > 1 else ""


def truth_of(text: str) -> str:
    """T or F for a word that says so in one of several languages; "" for others."""
    word = text.strip().strip(".,;:()[]").casefold()
    return "T" if word in TRUE_WORDS else "F" if word in FALSE_WORDS else ""


def number_of(text: str) -> Fraction | None:
    """The credits of "0", "1/2", "½", "1.5", "1½"; None when it is no number."""
    word = text.strip().strip("()[]:").replace(",", ".")
    if word and word[-1] in _VULGAR:
        half = Fraction(_VULGAR[word[-1]])
        return half if len(word) == 1 else half + int(word[:-1]) if word[:-1].isdigit() else None
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?|\d{1,2}/[1-9]", word):
        return None
    return Fraction(word)


def letters_in_order(texts: Sequence[str]) -> tuple[str, ...]:
    """The letters of options, when each text is one and they go A, B, C ...; else nothing."""
    letters = tuple(letter_of(text) for text in texts)
    return letters if letters and letters == tuple(LETTERS[: len(letters)]) else ()


def truths(texts: Sequence[str]) -> tuple[str, ...]:
    """T and F of two texts, when one says true and the other false; else nothing."""
    words = tuple(truth_of(text) for text in texts)
    return words if sorted(words) == ["F", "T"] else ()


def digits_in_order(texts: Sequence[str]) -> tuple[str, ...]:
    """Options 1, 2, 3 ..., when each text is one; else nothing."""
    digits = tuple(text.strip("().[]: ") for text in texts)
    wanted = tuple(str(n) for n in range(1, len(digits) + 1))
    return digits if len(digits) > 1 and digits == wanted else ()


def credit_scale(texts: Sequence[str]) -> tuple[Fraction, ...]:
    """Credits of a row or column of boxes: 0, 1, 2 or 0, 1/2, 1; else nothing.

    A fraction that is set as two small digits, one over the other, is read from its neighbours.
    """
    numbers = [number_of(text) for text in texts]
    count = len(numbers)
    if count < 2 or numbers[0] != 0:
        return ()
    for step in (Fraction(1), Fraction(1, 2), Fraction(1, 4)):
        scale = tuple(step * place for place in range(count))
        whole = [
            (number, wanted)
            for number, wanted in zip(numbers, scale, strict=True)
            if wanted.denominator == 1 or number == wanted
        ]
        agree = all(number == wanted for number, wanted in whole)
        if agree and len(whole) >= (count + 1) // 2 and len(whole) > 1:
            return scale
    return ()


def credit_text(credits: Fraction) -> str:
    """Credits as the layout writes them: 0, 1/2, 1."""
    return (
        str(credits.numerator) if credits.denominator == 1 else f"{credits.numerator}/{credits.denominator}"
    )
