"""From a merged question to the record: kinds, options, answers, and the faults between fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar, cast

from pipeline.exam.answer_formats import credit_format, number_at, number_format, own_tolerance
from pipeline.exam.answers import accepted_of, answer_of, printed_of
from pipeline.exam.checking import Faults
from pipeline.exam.fields import KINDS
from pipeline.exam.merge import RawGroup, RawQuestion, merge
from pipeline.exam.numbers import literal, option_value, printed_text
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Place, Scalar, is_refused
from pipeline.model import CreditFormat, Group, Kind, Option, Question, Rule, Void

DEFAULT_RULES: Mapping[Kind, str] = {
    Kind.CHOICE: "single",
    Kind.TRUEFALSE: "single",
    Kind.CHOICES: "all-or-nothing",
    Kind.NUMBER: "number",
    Kind.CREDITS: "credits",
    Kind.TEXT: "credits",
}
"""The rule of a kind of question when nobody names one."""
MAX_OPTIONS = 40

_OPTIONS_KINDS = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
_CREDIT_KINDS = frozenset({Kind.CREDITS, Kind.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftQuestion:
    """A question as far as its fields can be read."""

    question: Question
    refused: frozenset[str]
    """Fields with faults: what stands in their place says nothing. ``kind`` among them: nor do others
    than id, points and section."""


T = TypeVar("T")


@dataclass(slots=True)
class _Fields:
    """Builds the fields of a question one by one and keeps those in which a fault is found."""

    faults: Faults
    refused: set[str]

    def build(self, field: str, value: Callable[..., T], *arguments: Any) -> T:
        """The field's value; ``arguments`` without the faults, which come last."""
        before = self.faults.noted
        built = value(*arguments, self.faults)
        if self.faults.noted > before:
            self.refused.add(field)
        return built


def build_question(raw: RawQuestion, section: str, faults: Faults) -> DraftQuestion:
    """The record of a question, its faults noted.

    Parameters
    ----------
    raw
        The merged question.
    section
        Id of its section, or "".
    faults
        Takes every fault.

    Returns
    -------
    DraftQuestion
        The record; without a kind it holds only id, points and section.
    """
    node = merge(raw.defaults, raw.own)
    refused = {*node.refused, *(field for field in node if is_refused(node[field]))}
    if raw.kind not in KINDS:
        return _without_kind(raw, section, node, refused, faults)
    kind = Kind(raw.kind)
    fields = _Fields(faults=faults, refused=refused)
    _refuse_fields(kind, raw, faults)
    options, dont_know = fields.build("options", _options, kind, raw.id, node)
    credit = fields.build("credits", credit_format, raw, node) if kind in _CREDIT_KINDS else None
    points = fields.build("points", _points, raw, kind, node, credit)
    ids = tuple(option.id for option in options)
    question = Question(
        id=raw.id,
        kind=kind,
        points=points,
        rule=_rule(kind, node),
        title=node["title"].text if "title" in node else "",
        section=section,
        parent=raw.ancestors[-1] if raw.ancestors else "",
        options=options,
        dont_know=dont_know,
        answer=fields.build("answer", answer_of, kind, raw.id, node, ids, dont_know),
        printed=printed_of(node, ids),
        printed_is_wrong=fields.build("printed_is_wrong", _printed_is_wrong, node),
        erratum=node["erratum"].text if "erratum" in node else "",
        number=fields.build("number", number_format, raw.id, node) if kind is Kind.NUMBER else None,
        credits=credit,
        tolerance=fields.build("tolerance", own_tolerance, kind, node),
        also_accept=fields.build("also_accept", accepted_of, kind, raw.id, node, ids, dont_know),
        void=_void(node),
        bonus=_bonus(node),
        group=raw.group.id if raw.group is not None else "",
        frame=node["frame"].text if "frame" in node else "",
        heads=tuple(head.text for head in node["heads"]) if "heads" in node else (),
        places=_places(raw.own, node),
    )
    if "credits" in fields.refused and credit is None:
        fields.refused.add("points")
    return DraftQuestion(question=question, refused=frozenset(fields.refused))


def _without_kind(
    raw: RawQuestion, section: str, node: MapNode, refused: set[str], faults: Faults
) -> DraftQuestion:
    """What is left of a question whose kind is not known: it is of no kind that has options."""
    if "kind" not in raw.own and "kind" not in raw.own.dropped:
        place = raw.own.value_places["id"]
        faults.add(place, f"question {raw.id} has no kind", f"write kind: one of {', '.join(KINDS)}")
    points = number_at(node, "points")
    question = Question(
        id=raw.id,
        kind=Kind.TEXT,
        points=points or Fraction(0),
        rule=Rule(name=DEFAULT_RULES[Kind.TEXT]),
        section=section,
        bonus=_bonus(node),
        places=_places(raw.own, node),
    )
    unsure = {"kind"} if points is not None else {"kind", "points"}
    return DraftQuestion(question=question, refused=frozenset(refused | unsure))


def build_group(raw: RawGroup, parts: tuple[str, ...], section: str, faults: Faults) -> Group:
    """The record of a question whose parts are judged together, its faults noted.

    Parameters
    ----------
    raw
        The merged question.
    parts
        Ids of its parts.
    section
        Id of its section, or "".
    faults
        Takes every fault.
    """
    node = merge(raw.points, raw.own)
    points = number_at(node, "points")
    if points is None and "points" not in node.dropped:
        what = f"question {raw.id} has no points, and its parts are judged together"
        faults.add(node.value_places["id"], what, "write points: 1")
    given = node["rule"]
    return Group(
        id=raw.id,
        parts=parts,
        points=points or Fraction(0),
        rule=Rule(name=given["name"].text, parameters=_parameters(given)),
        title=node["title"].text if "title" in node else "",
        section=section,
        void=_void(node),
        bonus=_bonus(node),
        places=_places(raw.own, node),
    )


def _void(node: MapNode) -> Void:
    return cast(Void, node["void"].text) if "void" in node else ""


def _bonus(node: MapNode) -> bool:
    return "bonus" in node and bool(node["bonus"].truth)


def _refuse_fields(kind: Kind, raw: RawQuestion, faults: Faults) -> None:
    """Fields that say something a question of this kind has no use for."""
    useless: list[str] = []
    if kind not in _OPTIONS_KINDS:
        useless += ["options", "dont_know"]
    if kind is not Kind.NUMBER:
        useless.append("number")
    if kind not in _CREDIT_KINDS:
        useless.append("credits")
    else:
        useless += ["answer", "also_accept"]
    if kind is not Kind.CHOICE:
        useless.append("tolerance")
    for field in useless:
        if field in raw.own:
            what = f"question {raw.id} is of kind {kind.value} and has no use for {field}"
            instead = "remove it, or change kind"
            if field in ("answer", "also_accept"):
                instead = "remove it: a person gives the points"
            elif field == "tolerance" and kind is Kind.NUMBER:
                instead = "write number: {tolerance: ...}"
            faults.add(raw.own.key_places[field], what, instead)


def _options(kind: Kind, name: str, node: MapNode, faults: Faults) -> tuple[tuple[Option, ...], str]:
    if kind not in _OPTIONS_KINDS:
        return (), ""
    given = node.get("options")
    dont_know_node = node.get("dont_know")
    dont_know = dont_know_node.text if isinstance(dont_know_node, Scalar) else ""
    if kind is Kind.TRUEFALSE:
        given = _truefalse_options(name, given, dont_know, node, faults)
    elif not isinstance(given, MapNode):
        if "options" not in node.dropped:
            faults.add(
                node.value_places["id"], f"question {name} has no options", "write options: {A: ..., B: ...}"
            )
        return (), ""
    elif not 2 <= len(given) <= MAX_OPTIONS:
        what = f"question {name} has {len(given)} option" + ("s" if len(given) != 1 else "")
        faults.add(node.value_places["options"], what, f"write 2 to {MAX_OPTIONS}")
    if dont_know and dont_know not in given:
        what = f"dont_know names {dont_know!r}, and question {name} has no such option"
        faults.add(node.value_places["dont_know"], what, did_you_mean(dont_know, given))
    options = tuple(_option(given, option, option == dont_know, faults) for option in given)
    return options, dont_know if dont_know in given else ""


def _truefalse_options(name: str, given: object, dont_know: str, node: MapNode, faults: Faults) -> MapNode:
    """T and F, with the texts that the question gives them."""
    place = node.value_places.get("options", node.place)
    options = MapNode(place)
    for option, text in (("T", "true"), ("F", "false")):
        implied = Scalar(text=text, place=place)
        options.put(option, implied, place, place)
    if isinstance(given, MapNode):
        for option in given:
            if option in ("T", "F") or option == dont_know:
                options.take(given, option)
            else:
                what = f"question {name} is true or false and has no option {option!r}"
                faults.add(
                    given.key_places[option], what, "write T and F, and the dont_know option if there is one"
                )
    return options


def _option(options: MapNode, name: str, is_dont_know: bool, faults: Faults) -> Option:
    node = options[name]
    text, value = printed_text(node), option_value(node)
    if isinstance(node, MapNode):
        for field in node:
            if field not in ("text", "value"):
                faults.add(
                    node.key_places[field], f"unknown field {field!r}", did_you_mean(field, ("text", "value"))
                )
        value = option_value(node["value"]) if "value" in node else None
        text = (
            printed_text(node["text"])
            if "text" in node
            else printed_text(node["value"])
            if "value" in node
            else ""
        )
    elif isinstance(value, bool) and name in ("T", "F"):
        text = "True" if value else "False"
    return Option(id=name, text=text, value=None if is_dont_know else value)


def _rule(kind: Kind, node: MapNode) -> Rule:
    given = node.get("rule")
    if not isinstance(given, MapNode):
        return Rule(name=DEFAULT_RULES[kind])
    name = given["name"].text if "name" in given else DEFAULT_RULES[kind]
    return Rule(name=name, parameters=_parameters(given))


def _parameters(given: MapNode) -> dict[str, Any]:
    return {key: _parameter(literal(given[key])) for key in given if key != "name"}


def _parameter(value: Any) -> Any:
    """A rule's parameter: its numbers are Fractions."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, tuple):
        return tuple(_parameter(item) for item in value)
    if isinstance(value, dict):
        return {key: _parameter(item) for key, item in value.items()}
    return value


def _points(
    raw: RawQuestion, kind: Kind, node: MapNode, credit: CreditFormat | None, faults: Faults
) -> Fraction:
    if raw.group is not None:
        _refuse_in_group(raw, raw.group, kind, faults)
        return Fraction(0)
    if credit is not None:
        return credit.max
    points = number_at(node, "points")
    if points is None and kind not in _CREDIT_KINDS and "points" not in node.dropped:
        faults.add(
            node.value_places["id"],
            f"question {raw.id} has no points",
            "write points: 1, or defaults: {points: 1}",
        )
    return points if points is not None else Fraction(0)


def _refuse_in_group(raw: RawQuestion, group: RawGroup, kind: Kind, faults: Faults) -> None:
    """Points of a part whose question alone has points."""
    if "points" in raw.own:
        what = (
            f"the parts of question {group.id} are judged together, and part {raw.id} has points of its own"
        )
        faults.add(raw.own.key_places["points"], what, f"give the points to question {group.id}")
    if kind in _CREDIT_KINDS:
        what = f"the parts of question {group.id} are judged together, and an examiner judges {raw.id}"
        faults.add(raw.own.value_places["id"], what, "make it a question of its own")


def _printed_is_wrong(node: MapNode, faults: Faults) -> str:
    reason = node.get("printed_is_wrong")
    if reason is None:
        return ""
    if "printed" not in node:
        faults.add(
            node.key_places["printed_is_wrong"],
            "printed_is_wrong without printed",
            "write printed: what the solution prints",
        )
    if not isinstance(reason, Scalar) or reason.kind in ("bool", "null") or not reason.text.strip():
        faults.add(
            node.value_places["printed_is_wrong"],
            "printed_is_wrong is the reason, in words",
            'write printed_is_wrong: "..."',
        )
        return ""
    return reason.text


def _places(own: MapNode, node: MapNode) -> dict[str, Place]:
    """Where each field is written, one level deep in maps: "answer", "answer.with", "options.A"."""
    places: dict[str, Place] = {"": own.place}
    for field, value in node.items():
        places[field] = node.value_places[field]
        if isinstance(value, MapNode):
            places.update({f"{field}.{inner}": value.value_places[inner] for inner in value})
        elif isinstance(value, ListNode):
            places.update({f"{field}.{at}": place for at, place in enumerate(value.value_places)})
    return places
