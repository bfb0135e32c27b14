"""Digit grids, tolerances and credit boxes: what a question says of how its answer is given."""

from fractions import Fraction

from pipeline.exam.checking import Faults, check
from pipeline.exam.merge import RawQuestion
from pipeline.exam.numbers import option_value, written
from pipeline.exam.schema import CreditsModel, NumberModel, ToleranceModel
from pipeline.exam.tree import MapNode, Place, is_refused
from pipeline.model import CreditFormat, Kind, NumberFormat, Tolerance

MAX_CREDIT_BOXES = 41
"""Most credit boxes of a question: 0 to 20 in halves."""


def number_format(name: str, node: MapNode, faults: Faults) -> NumberFormat | None:
    """The digit grid of a question; None when nothing usable is said of it."""
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
        faults.add(_field_place(given, "decimals"), what, f"write digits: {model.decimals + 1} or more")
    refused = is_refused(given.get("tolerance", given))
    tolerance = _tolerance(model.tolerance, _field_place(given, "tolerance"), refused, faults)
    return NumberFormat(digits=model.digits, decimals=model.decimals, sign=model.sign, tolerance=tolerance)


def own_tolerance(kind: Kind, node: MapNode, faults: Faults) -> Tolerance | None:
    """How far the right option of a choice may be from the solved value."""
    given = node.get("tolerance")
    if kind is not Kind.CHOICE or not isinstance(given, MapNode):
        return None
    model = check(ToleranceModel, given, faults)
    return _tolerance(model, given.place, is_refused(given), faults)


def _tolerance(model: ToleranceModel | None, place: Place, refused: bool, faults: Faults) -> Tolerance | None:
    """One tolerance; where a part of it was ``refused`` already, that is no second fault."""
    if model is None:
        return None
    fields = {"abs": model.abs, "rel": model.rel, "significant": model.significant}
    said = [(kind, size) for kind, size in fields.items() if size is not None]
    if len(said) != 1 and not refused:
        what = "a tolerance is one of abs, rel, significant, and here are " + (
            str(len(said)) if said else "none"
        )
        faults.add(place, what, "write tolerance: {abs: 0.01}")
    if len(said) != 1:
        return None
    kind, size = said[0]
    if kind == "abs":
        return Tolerance(kind="abs", size=Fraction(size))
    return Tolerance(kind="rel" if kind == "rel" else "significant", size=Fraction(size))


def credit_format(raw: RawQuestion, node: MapNode, faults: Faults) -> CreditFormat | None:
    """The credit boxes of a question; None when it does not say how many credits it has."""
    given = node.get("credits")
    model = check(CreditsModel, given if isinstance(given, MapNode) else MapNode(node.place), faults)
    if model is None:
        return None
    own = _own_points(raw)
    most = model.max if model.max is not None else own
    if most is None:
        most = number_at(raw.defaults, "points")
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
    return number_at(raw.own, "points")


def number_at(node: MapNode, field: str) -> Fraction | None:
    """The number in a field; None when there is none."""
    value = option_value(node[field]) if field in node else None
    return value if isinstance(value, Fraction) else None


def _field_place(node: MapNode, field: str) -> Place:
    """Place of a field's value, or of the map when it is not written."""
    return node.value_places.get(field, node.place)
