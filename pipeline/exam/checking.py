"""Pydantic against a tree with places: every fault of a file at once, each with its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from pipeline.errors import Fault
from pipeline.exam.source import did_you_mean, nearest
from pipeline.exam.tree import ListNode, MapNode, Place, Scalar

MAX_ROUNDS = 60
"""A map hides the faults behind an unknown field; so a file is checked again without what failed."""

MAX_SHOWN = 200
"""Most faults of a file that are shown at once."""

Step = tuple[Any, int | str]
"""(map or list, key or 0-based place in it)."""

TreePath = Sequence[int | str]
"""Keys and 0-based places from the root to a value."""


def wrong(what: str, instead: str = "") -> PydanticCustomError:
    """A fault of one field, in the words that a person reads."""
    return PydanticCustomError("scangrade", "{what}", {"what": what, "instead": instead})


class Strict(BaseModel):
    """A map of a file that a person wrote: a field that it does not name is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_fields(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = [known_field.alias or name for name, known_field in cls.model_fields.items()]
            unknown = [key for key in data if key not in known]
            if unknown:
                raise PydanticCustomError(
                    "unknown_fields", "unknown fields", {"fields": unknown, "known": known}
                )
        return data


@dataclass(slots=True)
class Faults:
    """The faults of one file, as they are found."""

    file: str
    found: dict[Fault, None] = field(default_factory=dict)
    """Each once, as they were found."""
    noted: int = 0
    """How often a fault was noted, the same one again too."""

    def add(self, place: Place, what: str, instead: str = "") -> None:
        """Note a fault, once."""
        self.note([Fault(file=self.file, line=place[0], column=place[1], what=what, instead=instead)])

    def note(self, faults: Iterable[Fault]) -> None:
        """Note faults that were found elsewhere, each once."""
        several = dict.fromkeys(faults)
        self.noted += len(several)
        self.found.update(several)

    @property
    def many(self) -> bool:
        """Whether there are so many that nobody needs a guess of what was meant by another one."""
        return len(self.found) >= MAX_SHOWN

    def in_order(self) -> list[Fault]:
        """All of them in the order of the file; of very many the first, and how many more there are."""
        ordered = sorted(self.found, key=lambda fault: (fault.line, fault.column))
        more = len(ordered) - MAX_SHOWN
        if more <= 0:
            return ordered
        rest = Fault(file=self.file, line=0, column=0, what=f"{more} more faults", instead="mend these first")
        return [*ordered[:MAX_SHOWN], rest]


M = TypeVar("M", bound=BaseModel)


def check(model: type[M], tree: MapNode, faults: Faults, stand_ins: Sequence[str] = ()) -> M | None:
    """Check a tree, note every fault, and take out what is faulty.

    Parameters
    ----------
    model
        What the tree ought to be.
    tree
        The tree; parts that are faulty are removed from it.
    faults
        Takes the faults.
    stand_ins
        Required fields whose absence must not hide their map's other faults: they get a made-up
        text.

    Returns
    -------
    model or None
        The model of what is left; None when nothing can be said of it.
    """
    for _ in range(MAX_ROUNDS):
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            removals: list[Step] = []
            for details in error.errors(include_url=False):
                if details["type"] == "missing":
                    found = _note_missing(details, tree, faults, stand_ins)
                elif details["type"] == "unknown_fields":
                    found = _note_unknown(details, tree, faults)
                else:
                    found = _note(details, tree, faults)
                if found is None:
                    return None
                removals.extend(found)
            _remove(removals)
    return None


def place_of(tree: Any, path: TreePath) -> Place:
    """Place of the value at ``path``, or of the innermost thing on the way that exists."""
    place: Place = tree.place if isinstance(tree, (MapNode, ListNode, Scalar)) else (0, 0)
    for holder, step in _walk(tree, path):
        place = holder.value_places[step]
    return place


def _walk(tree: Any, path: TreePath) -> list[Step]:
    """(container, key) of each step of ``path`` that exists; names of union members are passed over."""
    steps: list[Step] = []
    node = tree
    for step in path:
        fits_map = isinstance(node, MapNode) and step in node
        fits_list = isinstance(node, ListNode) and isinstance(step, int) and step < len(node)
        if fits_map or fits_list:
            steps.append((node, step))
            node = node[step]
    return steps


def _note(details: ErrorDetails, tree: MapNode, faults: Faults) -> list[Step] | None:
    """Note one error; what to take out of the tree, None when that would be the tree itself."""
    what, instead = _in_words(details)
    faults.add(place_of(tree, details["loc"]), what, instead)
    return _walk(tree, details["loc"])[-1:] or None


def _note_unknown(details: ErrorDetails, tree: MapNode, faults: Faults) -> list[Step]:
    steps = _walk(tree, details["loc"])
    holder = steps[-1][0][steps[-1][1]] if steps else tree
    known = details["ctx"]["known"]
    removals: list[Step] = []
    for name in details["ctx"]["fields"]:
        guess = "" if faults.many else did_you_mean(name, known)
        meant = "" if faults.many else nearest(name, known)
        instead = DECIMAL_POINT if name.isdecimal() else guess
        faults.add(holder.key_places[name], f"unknown field {name!r}", instead)
        removals.append((holder, name))
        if meant and meant not in holder:
            holder.miss(meant)
    return removals


def _note_missing(
    details: ErrorDetails, tree: MapNode, faults: Faults, stand_ins: Sequence[str]
) -> list[Step] | None:
    """As :func:`_note`; a field that is missing because it was faulty is no fault of its own."""
    name, steps = str(details["loc"][-1]), _walk(tree, details["loc"])
    holder = steps[-1][0][steps[-1][1]] if steps else tree
    if name not in holder.dropped:
        faults.add(holder.place, f"{name} is missing", f"write {name}: ...")
    if name in stand_ins:
        made_up = Scalar(text=f"(line {holder.place[0]})", place=holder.place, made_up=True)
        holder.put(name, made_up, holder.place, holder.place)
        return []
    return steps[-1:] or None


DECIMAL_POINT = "write decimals with a point, like 0.5"
"""Between braces a decimal comma begins another field."""

_EXAMPLES = {
    "tolerance": "{abs: 0.1}",
    "rounding": "{step: 0.5}",
    "number": "{digits: 3}",
    "credits": "{max: 3}",
    "student_id": "{kind: digits, length: 8}",
    "grades": "{A: 90, B: 80, C: 70}",
    "also_accept": "[B]",
}
"""Maps and lists of an exam file, as an example shows them."""

_WORDS = {
    "model_type": ("a map is expected here", "write name: value pairs"),
    "model_attributes_type": ("a map is expected here", "write name: value pairs"),
    "dict_type": ("a map is expected here", "write name: value pairs"),
    "list_type": ("a list is expected here", "write [..., ...]"),
    "string_type": ("text is expected here", 'write it in quotes: "..."'),
    "int_type": ("a whole number is expected here", "write it without quotes"),
    "int_from_float": ("a whole number is expected here", "write it without a decimal point"),
    "float_type": ("a number is expected here", "write it without quotes"),
    "finite_number": ("a finite number is expected here", "write a number"),
}


def _in_words(details: ErrorDetails) -> tuple[str, str]:
    context = details.get("ctx", {})
    if details["type"] == "scangrade":
        return context["what"], context["instead"]
    if details["type"] in _WORDS:
        what, instead = _WORDS[details["type"]]
        name = str(details["loc"][-1]) if details["loc"] else ""
        is_one = details["type"] in ("model_type", "model_attributes_type", "dict_type", "list_type")
        return what, f"write {name}: {_EXAMPLES[name]}" if is_one and name in _EXAMPLES else instead
    if details["type"] in ("literal_error", "enum", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags") or "")
        words = [word.strip(" '\"") for word in expected.replace(" or ", ",").split(",")]
        given = context.get("tag", details["input"])
        return f"{given!r} is not one of {', '.join(words)}", did_you_mean(str(given), words)
    return details["msg"][:1].lower() + details["msg"][1:], ""


def _remove(removals: list[Step]) -> None:
    """Take values out of their maps and lists, the last of a list first."""
    order = sorted(removals, key=lambda step: step[1] if isinstance(step[1], int) else -1, reverse=True)
    done: set[tuple[int, int | str]] = set()
    for holder, key in order:
        if isinstance(holder, MapNode):
            holder.drop(str(key))
        elif (id(holder), key) not in done:
            done.add((id(holder), key))
            del holder[key], holder.value_places[int(key)]
            holder.refused = True
