"""What the words of an exam say of its questions: one answer or several, how to mark."""

import re
from collections.abc import Sequence

from pipeline.model import Kind, Marking
from pipeline.paper.template.records import Word

_SEVERAL = re.compile(
    r"all that apply|all (?:the )?(?:correct|right|true)|any number|one or (?:more|multiple|several)|"
    r"more than one|multiple answers|several|every (?:correct|right)|mehrere|alle richtigen|todas|toutes|"
    r"which of the following (?:are|statements are|propositions are)|flere",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"(?:exactly|only|just) one|a single|one (?:correct|right|answer|option) |"
    r"single (?:choice|option|answer)|"
    r"genau eine|nur eine|uma única|una sola|une seule|best answer|one answer per",
    re.IGNORECASE,
)
_UNDO = re.compile(
    r"undo a cross|undo (?:the|your) cross|cross(?:es)? .{0,40}fill .{0,30}completely", re.IGNORECASE
)
_FILL = re.compile(
    r"fill (?:in |out )?(?:the |it |one |each )?(?:circle|bubble|oval|box|it|in)|bubble in", re.IGNORECASE
)


def text_of(words: Sequence[Word]) -> str:
    """Words as one line of text."""
    return " ".join(word.text for word in words)


def kind_said(text: str) -> Kind | None:
    """What a text says of the number of right options; None when it says nothing, or both."""
    several, one = bool(_SEVERAL.search(text)), bool(_ONE.search(text))
    if several == one:
        return None
    return Kind.CHOICES if several else Kind.CHOICE


def marking_said(text: str, *, circles: bool) -> Marking:
    """How the exam tells students to mark; any way when it does not say."""
    if _UNDO.search(text):
        return Marking.CROSS_UNDO
    return Marking.FILL if circles and _FILL.search(text) else Marking.ANY


def shortened(text: str, most: int) -> str:
    """A text cut at a word, with an ellipsis when anything is left out."""
    text = re.sub(r"[\x00-\x1f\x7f\ufffe\uffff\ufffd\ue000-\uf8ff]", "", text)
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= most:
        return text
    return text[: most - 3].rsplit(" ", 1)[0].rstrip(" ,.;:") + "..."
