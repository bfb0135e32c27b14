"""From a merged question to the record: kinds, options, answers, and the faults between fields."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from pipeline.exam.answers import accepted_of, answer_of, printed_of
from pipeline.exam.checking import Faults, check
from pipeline.exam.merge import RawGroup, RawQuestion, merge
from pipeline.exam.numbers import literal, option_value, printed_text, written
from pipeline.exam.schema import KINDS, CreditsModel, NumberModel, ToleranceModel
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Place, Scalar
from pipeline.model import CreditFormat, Group, Kind, NumberFormat, Option, Question, Rule, Tolerance, Void

DEFAULT_RULES: Mapping[Kind, str] = {
    Kind.CHOICE: "single",
    Kind.TRUEFALSE: "single",
    Kind.CHOICES: "all-or-nothing",
    Kind.NUMBER: "number",
    Kind.CREDITS: "credits",
    Kind.TEXT: "credits",
}
"""The rule of a kind of question when nobody names one."""
MAX_CREDIT_BOXES = 41
"""Most credit boxes of a question: 0 to 20 in halves."""
MAX_OPTIONS = 40

_OPTIONS_KINDS = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
_CREDIT_KINDS = frozenset({Kind.CREDITS, Kind.TEXT})


def build_question(raw: RawQuestion, section: str, faults: Faults) -> Question | None:
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
    Question or None
        None when there is a fault without which nothing more can be said (no kind).
    """
    place = raw.own.value_places["id"]
    if raw.kind not in KINDS:
        if "kind" not in raw.own and "kind" not in raw.own.dropped:
            faults.add(place, f"question {raw.id} has no kind", f"write kind: one of {', '.join(KINDS)}")
        return None
    kind = Kind(raw.kind)
    node = merge(raw.defaults, raw.own)
    _refuse_fields(kind, raw, faults)
    options, dont_know = _options(kind, raw.id, node, faults)
    credit = _credits(raw, node, faults) if kind in _CREDIT_KINDS else None
    points = _points(raw, kind, node, credit, faults)
    ids = tuple(option.id for option in options)
    reason = _printed_is_wrong(node, faults)
    return Question(
        id=raw.id,
        kind=kind,
        points=points,
        rule=_rule(kind, node),
        title=node["title"].text if "title" in node else "",
        section=section,
        parent=raw.ancestors[-1] if raw.ancestors else "",
        options=options,
        dont_know=dont_know,
        answer=answer_of(kind, raw.id, node, ids, dont_know, faults),
        printed=printed_of(node, ids),
        printed_is_wrong=reason,
        number=_number(raw.id, node, faults) if kind is Kind.NUMBER else None,
        credits=credit,
        tolerance=_own_tolerance(kind, node, faults),
        also_accept=accepted_of(kind, raw.id, node, ids, dont_know, faults),
        void=_void(node),
        bonus=_bonus(node),
        group=raw.group.id if raw.group is not None else "",
        places=_places(raw.own, node),
    )


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
    points = _number_at(node, "points")
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


def _own_tolerance(kind: Kind, node: MapNode, faults: Faults) -> Tolerance | None:
    given = node.get("tolerance")
    if kind is not Kind.CHOICE or not isinstance(given, MapNode):
        return None
    return _tolerance(check(ToleranceModel, given, faults), given.place, faults)


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


def _number(name: str, node: MapNode, faults: Faults) -> NumberFormat | None:
    given = node.get("number")
    place = node.value_places.get("number", node.value_places["id"])
    if not isinstance(given, MapNode):
        if "number" not in node.dropped:
            what = f"question {name} is a number and says nothing of its digit grid"
            faults.add(place, what, "write number: {digits: 3}")
        return None
    model = check(NumberModel, given, faults)
    if model is None:
        return None
    if model.decimals > model.digits:
        what = f"question {name} has {model.decimals} decimals and {model.digits} digits in all"
        faults.add(place_of_field(given, "decimals"), what, f"write digits: {model.decimals + 1} or more")
    tolerance = _tolerance(model.tolerance, place_of_field(given, "tolerance"), faults)
    return NumberFormat(digits=model.digits, decimals=model.decimals, sign=model.sign, tolerance=tolerance)


def _tolerance(model: ToleranceModel | None, place: Place, faults: Faults) -> Tolerance | None:
    if model is None:
        return None
    fields = {"abs": model.abs, "rel": model.rel, "significant": model.significant}
    said = [(kind, size) for kind, size in fields.items() if size is not None]
    if len(said) != 1:
        what = "a tolerance is one of abs, rel, significant, and here are " + (
            str(len(said)) if said else "none"
        )
        faults.add(place, what, "write tolerance: {abs: 0.01}")
        return None
    kind, size = said[0]
    if kind == "abs":
        return Tolerance(kind="abs", size=Fraction(size))
    return Tolerance(kind="rel" if kind == "rel" else "significant", size=Fraction(size))


def _credits(raw: RawQuestion, node: MapNode, faults: Faults) -> CreditFormat | None:
    given = node.get("credits")
    model = check(CreditsModel, given if isinstance(given, MapNode) else MapNode(node.place), faults)
    if model is None:
        return None
    own = _own_points(raw)
    most = model.max if model.max is not None else own
    if most is None:
        most = _number_at(raw.defaults, "points")
    place = node.value_places.get("credits", node.value_places["id"])
    if not most:
        if not {"credits", "points"} & node.dropped and not (isinstance(given, MapNode) and given.dropped):
            faults.add(
                place, f"question {raw.id} does not say how many credits it has", "write credits: {max: 3}"
            )
        return None
    if own is not None and own != most:
        what = f"question {raw.id} has points {written(own)} and credits up to {written(most)}"
        faults.add(raw.own.value_places["points"], what, "write the same number, or only credits")
    step = model.step if model.step is not None else Fraction(1)
    if (most / step).denominator != 1:
        what = f"question {raw.id}: steps of {written(step)} do not reach {written(most)} credits"
        faults.add(place, what, "write a step that divides max")
    elif most / step + 1 > MAX_CREDIT_BOXES:
        what = f"question {raw.id} would need {most / step + 1} credit boxes"
        faults.add(place, what, f"write a larger step: at most {MAX_CREDIT_BOXES} boxes fit")
    return CreditFormat(max=most, step=step)


def _own_points(raw: RawQuestion) -> Fraction | None:
    return _number_at(raw.own, "points")


def _number_at(node: MapNode, field: str) -> Fraction | None:
    value = option_value(node[field]) if field in node else None
    return value if isinstance(value, Fraction) else None


def _points(
    raw: RawQuestion, kind: Kind, node: MapNode, credit: CreditFormat | None, faults: Faults
) -> Fraction:
    if raw.group is not None:
        _refuse_in_group(raw, raw.group, kind, faults)
        return Fraction(0)
    if credit is not None:
        return credit.max
    points = _number_at(node, "points")
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


def place_of_field(node: MapNode, field: str) -> Place:
    """Place of a field's value, or of the map when it is not written."""
    return node.value_places.get(field, node.place)


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
