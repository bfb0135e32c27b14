"""Types of the exam file's fields: what each may hold, in words for people and as JSON Schema."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from pipeline.exam.checking import wrong
from pipeline.exam.numbers import MAX_TEXT, exact
from pipeline.exam.page_code import EXAM_ID, VERSION
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Scalar
from pipeline.model import Marking

QUESTION_ID = re.compile(r"[A-Za-z0-9.\-]{1,24}")
"""Grammar of a question's id, the parent's id and the dot included."""
OPTION_ID = re.compile(r"[^\s|;,=\"\x00-\x1f\x7f]{1,12}")
"""Grammar of an option's id: it stands in tables, where | and ; separate."""
KINDS = ("choice", "choices", "truefalse", "number", "credits", "text")
"""Kinds of question that an exam file may ask."""
TABLE = "table"
"""Written as a kind: a table, whose cells are questions of their own."""


def _shape(node: Any) -> str:
    if isinstance(node, MapNode):
        return "a map"
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, Scalar):
        return "nothing" if node.kind == "null" else repr(node.text)
    return repr(node)


def _text(node: Any) -> str:
    if not isinstance(node, Scalar) or node.kind == "null":
        raise wrong(
            f"text is expected here, and this is {_shape(node)}",
            'write text, in quotes where in doubt: "..."',
        )
    return node.text


def _matching(pattern: re.Pattern[str], what: str, instead: str) -> Callable[[Any], str]:
    def check(node: Any) -> str:
        text = _text(node)
        if not pattern.fullmatch(text) and not node.made_up:
            curly = set(text) & set("\u201c\u201d\u201e\u2018\u2019")
            raise wrong(f"{text!r} is not {what}", 'write straight quotes: "..."' if curly else instead)
        return text

    return check


def _one_of(words: tuple[str, ...], what: str) -> Callable[[Any], str]:
    def check(node: Any) -> str:
        text = _text(node)
        if text not in words:
            raise wrong(f"{text!r} is not {what}", did_you_mean(text, words))
        return text

    return check


@dataclass(frozen=True, slots=True)
class Share:
    """Points that are written as a share of the most: 50 %."""

    of: Fraction
    """0.5"""


def _number_or_share(*, least: int | None = None) -> Callable[[Any], Fraction | Share]:
    number = _number(least=least)

    def check(node: Any) -> Fraction | Share:
        text = node.text.strip() if isinstance(node, Scalar) else ""
        if not text.endswith("%"):
            return number(node)
        share = exact(text[:-1].rstrip())
        if share is None or not (-1000 if least is None else least) <= share <= 1000:
            raise wrong(f"a share is expected here, and this is {_shape(node)}", "write it like 50 %")
        return Share(share / 100)

    return check


def _number(*, least: int | None = None, above: int | None = None) -> Callable[[Any], Fraction]:
    def check(node: Any) -> Fraction:
        number = exact(node.text) if isinstance(node, Scalar) else None
        if number is None:
            percent = isinstance(node, Scalar) and node.text.rstrip().endswith("%")
            instead = "write points, without %" if percent else "write it like 2, 0.5 or 1/3"
            raise wrong(f"a number is expected here, and this is {_shape(node)}", instead)
        if least is not None and number < least:
            raise wrong(f"{_shape(node)} is less than {least}", f"write a number from {least} on")
        if above is not None and number <= above:
            raise wrong(f"{_shape(node)} is not more than {above}", f"write a number above {above}")
        return number

    return check


def integer(least: int, most: int) -> Callable[[Any], int]:
    """What reads a whole number from ``least`` to ``most``."""

    def check(node: Any) -> int:
        text = node.text if isinstance(node, Scalar) else ""
        if not re.fullmatch(r"[-+]?[0-9]+", text) or len(text) > MAX_TEXT or not least <= int(text) <= most:
            raise wrong(
                f"a whole number is expected here, and this is {_shape(node)}",
                f"write one from {least} to {most}",
            )
        return int(text)

    return check


def _truth(node: Any) -> bool:
    if not isinstance(node, Scalar) or node.kind != "bool":
        raise wrong(
            f"true or false is expected here, and this is {_shape(node)}",
            "write true or false, without quotes",
        )
    return node.truth


def _any_node(node: Any) -> Any:
    return node


def _map_node(node: Any) -> MapNode:
    if not isinstance(node, MapNode):
        raise wrong(f"a map is expected here, and this is {_shape(node)}", "write name: value pairs")
    return node


def _titled(node: Any) -> MapNode | ListNode:
    """Ids with what they name, or a list of titles."""
    if isinstance(node, MapNode) or (
        isinstance(node, ListNode) and all(isinstance(title, Scalar) for title in node)
    ):
        return node
    raise wrong(f"titles are expected here, and this is {_shape(node)}", "write {id: title, ...}")


def _options(node: Any) -> MapNode:
    if not isinstance(node, MapNode):
        raise wrong(f"options are a map, and this is {_shape(node)}", "write options: {A: ..., B: ...}")
    for option in node:
        if not OPTION_ID.fullmatch(option):
            raise wrong(
                f"{option!r} is not an option's id", 'use 1 to 12 characters without spaces and | ; , = "'
            )
    return node


def _rule(node: Any) -> MapNode:
    """A rule as a map with its name; ``rule: NAME`` is short for ``rule: {name: NAME}``."""
    if isinstance(node, Scalar) and node.kind == "text":
        named = MapNode(node.place)
        named.put("name", node, node.place, node.place)
        return named
    if not isinstance(node, MapNode):
        raise wrong(
            f"a rule is a name with its numbers, and this is {_shape(node)}",
            "write rule: {name: single, wrong: 0}",
        )
    name = node.get("name")
    if name is not None and (not isinstance(name, Scalar) or name.kind == "null"):
        raise wrong(f"the rule's name is {_shape(name)}", "write rule: {name: single}")
    return node


_NUMBER_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[-+]?[0-9]+(/[0-9]+|\.[0-9]*)?$"}]
}
_TEXT_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean"]}


def _worded(words: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"enum": list(words)})


def whole(least: int, most: int) -> WithJsonSchema:
    """JSON Schema of a whole number from ``least`` to ``most``."""
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


Text = Annotated[str, PlainValidator(_text), WithJsonSchema(_TEXT_SCHEMA)]
ExamId = Annotated[
    str,
    PlainValidator(_matching(EXAM_ID, "an exam id", "use 1 to 24 of a-z, 0-9 and -, like dtu-02456-2025")),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9-]{1,24}$"}),
]
QuestionId = Annotated[
    str,
    PlainValidator(_matching(QUESTION_ID, "a question id", "use 1 to 24 letters, digits, - and .")),
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^[A-Za-z0-9.\-]{1,24}$"}),
]
KindName = Annotated[str, PlainValidator(_one_of(KINDS, "a kind of question")), _worded(KINDS)]
AnyKindName = Annotated[
    str, PlainValidator(_one_of((*KINDS, TABLE), "a kind of question")), _worded((*KINDS, TABLE))
]
_DEMANDS = ("order", "factors", "product")
DemandName = Annotated[
    str,
    PlainValidator(_one_of(_DEMANDS, "what a product may demand")),
    _worded(_DEMANDS),
]
FormName = Annotated[str, PlainValidator(_one_of(("product",), "a form of answers")), _worded(("product",))]
_MARKINGS = tuple(marking.value for marking in Marking)
MarkingName = Annotated[str, PlainValidator(_one_of(_MARKINGS, "a way of marking")), _worded(_MARKINGS)]
PaperName = Annotated[str, PlainValidator(_one_of(("a4", "letter"), "a paper")), _worded(("a4", "letter"))]
IdKind = Annotated[
    str,
    PlainValidator(_one_of(("digits", "alphanumeric", "code", "person"), "a kind of student id")),
    _worded(("digits", "alphanumeric", "code", "person")),
]
_MODES = ("half-up", "half-even", "up", "down")
RoundingMode = Annotated[str, PlainValidator(_one_of(_MODES, "a way of rounding")), _worded(_MODES)]
Number = Annotated[Fraction, PlainValidator(_number()), WithJsonSchema(_NUMBER_SCHEMA)]
_SHARE_SCHEMA = {"anyOf": [_NUMBER_SCHEMA, {"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)? ?%$"}]}
NumberOrShare = Annotated[Fraction | Share, PlainValidator(_number_or_share()), WithJsonSchema(_SHARE_SCHEMA)]
PointsOrShare = Annotated[
    Fraction | Share, PlainValidator(_number_or_share(least=0)), WithJsonSchema(_SHARE_SCHEMA)
]
_SCALES = ("german", "danish", "letters", "percent")
ScaleName = Annotated[str, PlainValidator(_one_of(_SCALES, "a scale of grades")), _worded(_SCALES)]
Points = Annotated[Fraction, PlainValidator(_number(least=0)), WithJsonSchema(_NUMBER_SCHEMA)]
Positive = Annotated[Fraction, PlainValidator(_number(above=0)), WithJsonSchema(_NUMBER_SCHEMA)]
Truth = Annotated[bool, PlainValidator(_truth), WithJsonSchema({"type": "boolean"})]
_VOIDS = ("everyone", "nobody")
VoidName = Annotated[
    str,
    PlainValidator(_one_of(_VOIDS, "a way of voiding: everyone gets the points, or nobody")),
    _worded(_VOIDS),
]
Options = Annotated[MapNode, PlainValidator(_options), WithJsonSchema({"type": "object"})]
RuleNode = Annotated[MapNode, PlainValidator(_rule), WithJsonSchema({"type": ["object", "string"]})]
Literals = Annotated[MapNode, PlainValidator(_map_node), WithJsonSchema({"type": "object"})]
AnyNode = Annotated[Any, PlainValidator(_any_node), WithJsonSchema({})]
Titled = Annotated[Any, PlainValidator(_titled), WithJsonSchema({"type": ["object", "array"]})]

VERSION_WORDS = "use 1 to 4 of A-Z and 0-9, like B"
"""What to write instead of a bad version."""


def is_version(text: str) -> bool:
    """Whether ``text`` can name a version."""
    return VERSION.fullmatch(text) is not None
