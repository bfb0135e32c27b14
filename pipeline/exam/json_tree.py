"""A JSON file as a tree with the place of every value; only read when the file has a fault."""

import json
import re
from typing import Any

from pipeline.exam.checking import Faults
from pipeline.exam.tree import MAX_DEPTH, ListNode, MapNode, Place

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_DECODER = json.JSONDecoder()


class _Reader:
    """Recursive reader of a text that ``json.loads`` accepts."""

    def __init__(self, text: str, faults: Faults) -> None:
        self.text = text
        self.faults = faults
        self.at = 0
        self._line, self._line_start, self._counted = 1, 0, 0

    def place(self) -> Place:
        """Line and column of the next character."""
        self._line += self.text.count("\n", self._counted, self.at)
        newline = self.text.rfind("\n", self._counted, self.at)
        self._line_start = newline + 1 if newline >= 0 else self._line_start
        self._counted = self.at
        return self._line, self.at - self._line_start + 1

    def skip(self) -> str:
        """The next character that is no space."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at]

    def value(self) -> tuple[Any, Place]:
        """The next value and its place."""
        first = self.skip()
        place = self.place()
        if first == "{":
            return self.map(place), place
        if first == "[":
            return self.list(place), place
        if first == '"':
            text, self.at = _DECODER.raw_decode(self.text, self.at)
            return text, place
        found = _SCALAR.match(self.text, self.at)
        word = found.group() if found else ""
        self.at += len(word)
        return json.loads(word), place

    def map(self, place: Place) -> MapNode:
        """A map; of a key that stands twice the first value is kept, and there is a fault."""
        node = MapNode(place)
        self.at += 1
        while self.skip() != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            key, key_place = self.value()
            self.skip()
            self.at += 1
            value, value_place = self.value()
            if key in node:
                first = node.key_places[key][0]
                self.faults.add(key_place, f"{key} stands twice, first in line {first}", "keep one of them")
            else:
                node.put(key, value, key_place, value_place)
        self.at += 1
        return node

    def list(self, place: Place) -> ListNode:
        """A list."""
        node = ListNode(place)
        self.at += 1
        while self.skip() != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            node.add(*self.value())
        self.at += 1
        return node


def parse_json(text: str, faults: Faults) -> Any:
    """The tree of a JSON text, or None with a fault when it is none.

    Parameters
    ----------
    text
        The text.
    faults
        Takes the fault of the syntax, or every key that stands twice.

    Returns
    -------
    MapNode, ListNode, text, number, bool or None
        Maps and lists know the places of what they hold.
    """
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        what = "not JSON: " + error.msg[:1].lower() + error.msg[1:]
        faults.add((error.lineno, error.colno), what, "mend the JSON here or just before")
        return None
    except ValueError as error:
        faults.add((0, 0), str(error), "write numbers that JSON knows")
        return None
    except RecursionError:
        faults.add((0, 0), f"more than {MAX_DEPTH} levels of maps and lists", "write it flatter")
        return None
    try:
        return _Reader(text, faults).value()[0]
    except RecursionError:
        faults.add((0, 0), f"more than {MAX_DEPTH} levels of maps and lists", "write it flatter")
        return None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")
