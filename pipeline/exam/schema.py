"""The exam file as pydantic models: its fields, their types, its JSON Schema.

The models take the tree of :mod:`pipeline.exam.tree`, so that numbers are exact and ids are the
text that was written. What one field cannot tell (an answer that is no option, a section of
unknown questions) is checked in :mod:`pipeline.exam.questions` and :mod:`pipeline.exam.load`.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from pipeline.exam.checking import Strict, wrong
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
            raise wrong(f"{text!r} is not {what}", instead)
        return text

    return check


def _one_of(words: tuple[str, ...], what: str) -> Callable[[Any], str]:
    def check(node: Any) -> str:
        text = _text(node)
        if text not in words:
            raise wrong(f"{text!r} is not {what}", did_you_mean(text, words))
        return text

    return check


def _number(*, least: int | None = None, above: int | None = None) -> Callable[[Any], Fraction]:
    def check(node: Any) -> Fraction:
        number = exact(node.text) if isinstance(node, Scalar) else None
        if number is None:
            raise wrong(
                f"a number is expected here, and this is {_shape(node)}", "write it like 2, 0.5 or 1/3"
            )
        if least is not None and number < least:
            raise wrong(f"{_shape(node)} is less than {least}", f"write a number from {least} on")
        if above is not None and number <= above:
            raise wrong(f"{_shape(node)} is not more than {above}", f"write a number above {above}")
        return number

    return check


def _integer(least: int, most: int) -> Callable[[Any], int]:
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


def _whole(least: int, most: int) -> WithJsonSchema:
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


class ToleranceModel(Strict):
    """When a number counts as equal: exactly one of the three."""

    abs: Points | None = Field(default=None, description="largest absolute difference")
    rel: Points | None = Field(default=None, description="largest difference relative to the right value")
    significant: Annotated[int, PlainValidator(_integer(1, 12)), _whole(1, 12)] | None = Field(
        default=None, description="significant digits that must agree"
    )


class NumberChange(Strict):
    """What is said of a digit grid; defaults and the question together say it all."""

    digits: Annotated[int, PlainValidator(_integer(1, 12)), _whole(1, 12)] | None = Field(
        default=None, description="digit columns in all, those behind the point included"
    )
    decimals: Annotated[int, PlainValidator(_integer(0, 12)), _whole(0, 12)] = Field(
        default=0, description="how many of them stand behind the printed point"
    )
    sign: Truth = Field(default=False, description="whether there is a box for minus")
    tolerance: ToleranceModel | None = None


class NumberModel(NumberChange):
    """A digit grid, complete."""

    digits: Annotated[int, PlainValidator(_integer(1, 12)), _whole(1, 12)] = Field(
        description="digit columns in all, those behind the point included"
    )


class CreditsModel(Strict):
    """Credit boxes: 0, step, 2 step ... max."""

    max: Positive | None = Field(default=None, description="most credits; the question's points unless given")
    step: Positive | None = Field(default=None, description="1 unless given; 1/2 for half points")


class SolveModel(Strict):
    """An answer that a solver recomputes."""

    solve: Text = Field(description="name of a solver")
    arguments: Literals | None = Field(default=None, alias="with", description="its arguments: literals")
    pick: AnyNode = Field(
        default=None, description="name, place, or list of them: what to take of its result"
    )


class ScoringModel(Strict):
    """Fields of a question that are about its points, not about what is asked."""

    points: Points | None = None
    rule: RuleNode | None = None
    also_accept: list[AnyNode] | None = Field(
        default=None, description="other answers that count as right: options, sets of options, numbers"
    )
    tolerance: ToleranceModel | None = Field(
        default=None, description="how far the right option of a choice may be from the solved value"
    )
    void: VoidName | None = Field(
        default=None, description="everyone gets the points, or the question counts for nobody"
    )
    bonus: Truth = Field(default=False, description="whether its points count beside the maximum")


class OverrideModel(ScoringModel):
    """What another version of the exam changes in a question."""

    title: Text | None = None
    options: Options | None = Field(default=None, description="by id: a number, text, list, or {text, value}")
    dont_know: Text | None = Field(default=None, description="id of the option that is no answer")
    answer: AnyNode = Field(
        default=None, description="option id, list of them, true or false, number, or {solve, with, pick}"
    )
    arguments: Literals | None = Field(default=None, alias="with", description="short for answer.with")
    printed: AnyNode = Field(default=None, description="what the official solution prints")
    printed_is_wrong: AnyNode = Field(default=None, description="why the printed solution is wrong")
    number: NumberChange | None = None
    credits: CreditsModel | None = None


class QuestionModel(ScoringModel):
    """A question, or a part of one."""

    id: QuestionId
    kind: KindName | None = None
    title: Text | None = None
    options: Options | None = Field(default=None, description="by id: a number, text, list, or {text, value}")
    dont_know: Text | None = Field(default=None, description="id of the option that is no answer")
    answer: AnyNode = Field(
        default=None, description="option id, list of them, true or false, number, or {solve, with, pick}"
    )
    printed: AnyNode = Field(default=None, description="what the official solution prints")
    printed_is_wrong: AnyNode = Field(default=None, description="why the printed solution is wrong")
    number: NumberChange | None = None
    credits: CreditsModel | None = None
    parts: list["QuestionModel"] | None = Field(
        default=None,
        description="questions of their own, named <id>.<part>; they inherit what they do not say",
    )


class DefaultsModel(Strict):
    """What questions have that do not say otherwise."""

    points: Points | None = None
    rule: RuleNode | None = None
    number: NumberChange | None = None
    credits: CreditsModel | None = None


class AllDefaultsModel(DefaultsModel):
    """Defaults of all questions, and of those of a kind."""

    by_kind: dict[str, DefaultsModel] | None = None


class SectionModel(Strict):
    """A group of questions with its own total."""

    id: QuestionId
    title: Text = ""
    questions: list[Text]
    points: Points | None = Field(default=None, description="printed total, checked against the sum")
    floor: Number | None = Field(default=None, description="least points of the section")
    cap: Number | None = Field(default=None, description="most points of the section")


class StudentIdModel(Strict):
    """How a sheet says whose it is."""

    kind: IdKind = "digits"
    length: Annotated[int, PlainValidator(_integer(1, 16)), _whole(1, 16)] = 8


class RoundingModel(Strict):
    """The exam's own rounding."""

    step: Positive
    mode: RoundingMode = "half-up"


class ExamModel(Strict):
    """The whole exam file."""

    exam: ExamId
    title: Text | None = None
    marking: MarkingName = "any"
    paper: PaperName = "a4"
    student_id: StudentIdModel | None = None
    layout: Text | None = Field(
        default=None, description="layout of paper printed by others, relative to this file"
    )
    total: Points | None = Field(default=None, description="printed total, checked against the sum")
    pass_points: Points | None = Field(default=None, alias="pass", description="least points to pass")
    grades: dict[str, Number] | None = Field(default=None, description="least points of each grade")
    rounding: RoundingModel | None = None
    allow_empty: Annotated[int, PlainValidator(_integer(0, 200)), _whole(0, 200)] = Field(
        default=0, description="how many questions a student may leave empty: those do not count"
    )
    defaults: AllDefaultsModel | None = None
    sections: list[SectionModel] = Field(default_factory=list)
    questions: list[QuestionModel]
    versions: dict[str, dict[str, OverrideModel] | None] = Field(
        default_factory=dict, description="by version, by question: what differs from version A"
    )
    vary: dict[str, dict[str, AnyNode]] | None = Field(
        default=None,
        description="by question, by the path of a solver's argument: {from, to, step} or a list of values",
    )


def exam_schema() -> dict[str, Any]:
    """The JSON Schema of an exam file (draft 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ExamModel.model_json_schema()}


VERSION_WORDS = "use 1 to 4 of A-Z and 0-9, like B"
"""What to write instead of a bad version."""


def is_version(text: str) -> bool:
    """Whether ``text`` can name a version."""
    return VERSION.fullmatch(text) is not None
