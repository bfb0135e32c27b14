"""A YAML file as a tree that keeps the text and the place of every scalar.

Built straight from the events of ruamel.yaml (YAML 1.2), so that ``0.1`` is the text "0.1" until
somebody asks for a number, ``NO`` and ``yes`` are text, nothing is ever run, and every fault has
its line and column. Anchors, aliases and tags are refused: an exam file needs none, and they are
how small files become huge ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from pipeline.errors import Fault

MAX_DEPTH = 32
"""Most levels of maps and lists in each other."""
MAX_NODES = 100_000
"""Most maps, lists, keys and values of an exam file: the largest real one has 5,000, and reading so many
takes ten seconds."""

Place = tuple[int, int]
"""(line, column), both 1-based."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One scalar, as written."""

    text: str
    place: Place
    plain: bool = True
    """Written without quotes, so that YAML 1.2 may take it for a number, a truth value or null."""
    made_up: bool = False
    """Stands for an id that is missing or faulty."""

    @property
    def kind(self) -> Literal["null", "bool", "number", "text"]:
        """What YAML 1.2 (core schema) takes it for."""
        if not self.plain:
            return "text"
        if self.text in _NULL:
            return "null"
        if self.text in _TRUE or self.text in _FALSE:
            return "bool"
        return "number" if _NUMBER.fullmatch(self.text) else "text"

    @property
    def truth(self) -> bool:
        """Whether it is one of YAML's words for true."""
        return self.text in _TRUE


class MapNode(dict[str, Any]):
    """A map: text keys to nodes (of JSON: to values), in the order of the file."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}
        self.dropped: frozenset[str] = frozenset()
        """Keys that were taken out because of a fault: their absence is no fault of its own."""
        self.refused: frozenset[str] = frozenset()
        """Keys that were taken out, also those for which a default stands now: what they hold is not sure."""

    def drop(self, key: str) -> None:
        """Take a key out because of a fault."""
        if self.pop(key, None) is not None:
            self.miss(key)

    def miss(self, key: str) -> None:
        """Note that a key is not there because of a fault."""
        self.dropped |= {key}
        self.refused |= {key}

    def put(self, key: str, value: Any, key_place: Place, value_place: Place) -> None:
        """Set a key, with the places of the key and of its value."""
        self[key] = value
        self.key_places[key] = key_place
        self.value_places[key] = value_place

    def take(self, other: "MapNode", key: str) -> None:
        """Set a key as it is in another map, places included."""
        self.put(key, other[key], other.key_places[key], other.value_places[key])

    def copy(self) -> "MapNode":
        """A copy whose own keys may change; the nodes are shared."""
        copied = MapNode(self.place)
        for key in self:
            copied.take(self, key)
        copied.dropped, copied.refused = self.dropped, self.refused
        return copied


class ListNode(list[Any]):
    """A list of nodes."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.value_places: list[Place] = []
        self.refused = False
        """Whether an item was taken out because of a fault."""

    def add(self, value: Any, place: Place) -> None:
        """Append an item, with its place."""
        self.append(value)
        self.value_places.append(place)


Node = Scalar | MapNode | ListNode


def is_refused(node: Node) -> bool:
    """Whether anything in a node was taken out because of a fault."""
    if isinstance(node, MapNode):
        return bool(node.refused) or any(is_refused(value) for value in node.values())
    return isinstance(node, ListNode) and (node.refused or any(is_refused(item) for item in node))


class _Refused(Exception):
    """The file cannot be taken as a tree at all."""

    def __init__(self, place: Place, what: str, instead: str) -> None:
        super().__init__(what)
        self.place, self.what, self.instead = place, what, instead


def parse_yaml(text: str, file: str) -> tuple[Node | None, list[Fault]]:
    """The tree of a YAML text.

    Parameters
    ----------
    text
        The text.
    file
        The file's name, for the faults.

    Returns
    -------
    tuple of Node or None, and list of Fault
        None when the text is no YAML, holds an anchor or alias, more than ``MAX_NODES`` values, or
        nests deeper than ``MAX_DEPTH``. Of a key that stands twice the first value is kept, and there
        is a fault.
    """
    faults: list[Fault] = []
    try:
        return _document(_events(text), file, faults), faults
    except _Refused as error:
        line, column = error.place
        what, instead = error.what, error.instead
    except MarkedYAMLError as error:
        mark, what, instead = _plainly(error)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    except YAMLError as error:
        character = getattr(error, "position", None)
        at = character if isinstance(character, int) else 0
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        what, instead = "a character that YAML does not allow", "remove it"
    faults.append(Fault(file=file, line=line, column=column, what=what, instead=instead))
    return None, faults


def _events(text: str) -> Iterator[Event]:
    for number, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        if number > MAX_NODES:
            what = f"the file goes on after {MAX_NODES:,} keys and values"
            raise _Refused(_at(event), what, "write several exams, or fewer versions")
        yield event


_INDENTED = "begin the line with as many spaces as its neighbours"
_IN_WORDS = (
    ("found character '\\t'", "a tab stands here", "put spaces in its place", False),
    (
        "could not find expected ':'",
        "this line has no colon with a space behind it",
        "write name: value",
        True,
    ),
    ("found unexpected end of stream", "a quotation mark is never closed", "close it behind the text", True),
    (
        "mapping values are not allowed",
        "a second colon, or a line further in",
        f"quote the text, or {_INDENTED}",
        False,
    ),
    ("expected <block end>", "this line begins further left or right than those above it", _INDENTED, False),
    (
        "expected ',' or ']'",
        "a list that began with [ goes on here",
        "write a comma, or close it with ]",
        False,
    ),
    (
        "expected ',' or '}'",
        "a map that began with { goes on here",
        "write a comma, or close it with }",
        False,
    ),
)
"""Words of the YAML parser; ours, what to write instead, whether the fault is where its thing begins."""


def _plainly(error: MarkedYAMLError) -> tuple[Any, str, str]:
    """Where a text is no YAML, what is wrong there, and what to write instead."""
    problem = str(error.problem or error.context or "it cannot be understood").strip()
    for words, what, instead, at_begin in _IN_WORDS:
        if words in problem:
            mark = error.context_mark if at_begin else error.problem_mark
            return mark or error.problem_mark or error.context_mark, f"not YAML: {what}", instead
    what = "not YAML: " + problem.replace("\n", " ")
    return error.problem_mark or error.context_mark, what, "mend the YAML here or just above"


def _at(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _document(events: Iterator[Event], file: str, faults: list[Fault]) -> Node | None:
    root: Node | None = None
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused(_at(event), "a second document begins", "keep one exam in a file: remove ---")
        elif isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent, AliasEvent)):
            root = _node(event, events, 1, file, faults)
    return root


def _node(event: Event, events: Iterator[Event], depth: int, file: str, faults: list[Fault]) -> Node:
    place = _at(event)
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _Refused(
            place, "anchors (&) and aliases (*) are not allowed", "write the value itself, or quote the text"
        )
    if depth > MAX_DEPTH:
        raise _Refused(place, f"more than {MAX_DEPTH} levels of maps and lists", "write it flatter")
    if isinstance(event, ScalarEvent):
        return _scalar(event)
    _refuse_tag(event)
    if isinstance(event, SequenceStartEvent):
        items = ListNode(place)
        while not isinstance(inner := next(events), SequenceEndEvent):
            item = _node(inner, events, depth + 1, file, faults)
            items.add(item, item.place)
        return items
    return _map(place, events, depth, file, faults)


def _scalar(event: ScalarEvent) -> Scalar:
    tag = _refuse_tag(event)
    plain = event.style is None and not tag
    return Scalar(text=event.value, place=_at(event), plain=plain)


def _refuse_tag(event: Event) -> str:
    tag = str(getattr(event, "tag", None) or "")
    if tag in ("", "!", "tag:yaml.org,2002:str"):
        return tag
    raise _Refused(_at(event), f"the tag {tag} is not allowed", "write plain text, numbers, lists and maps")


def _map(place: Place, events: Iterator[Event], depth: int, file: str, faults: list[Fault]) -> MapNode:
    found = MapNode(place)
    while not isinstance(inner := next(events), MappingEndEvent):
        key = _node(inner, events, depth + 1, file, faults)
        value = _node(next(events), events, depth + 1, file, faults)
        if not isinstance(key, Scalar):
            what, instead = "a map or list cannot be a key", 'quote it: "..."'
            faults.append(
                Fault(file=file, line=key.place[0], column=key.place[1], what=what, instead=instead)
            )
        elif key.text in found:
            first = found.key_places[key.text]
            what = f"{key.text} stands twice, first in line {first[0]}"
            line, column = key.place
            faults.append(Fault(file=file, line=line, column=column, what=what, instead="keep one of them"))
        else:
            found.put(key.text, value, key.place, value.place)
    return found
