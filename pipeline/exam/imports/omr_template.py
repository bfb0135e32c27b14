"""OMRChecker's ``template.json``: page, fields, bubbles and preprocessors (its wiki and schema).

A field block has its first bubble's top-left corner at ``origin``; the bubbles of one field follow each
other ``bubblesGap`` apart along ``direction``, and its fields ``labelsGap`` apart across it. Both the
released form (``pageDimensions``, ``fieldType``) and that of the development branch
(``templateDimensions``, ``bubbleFieldType``, ``customBubbleFieldTypes``) are read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from pipeline.exam.checking import Faults, TreePath, place_of
from pipeline.exam.imports.records import Note
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import MapNode, Place

DIGITS = tuple("0123456789")
FIELD_TYPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "QTYPE_MCQ4": (tuple("ABCD"), "horizontal"),
    "QTYPE_MCQ5": (tuple("ABCDE"), "horizontal"),
    "QTYPE_INT": (DIGITS, "vertical"),
    "QTYPE_INT_FROM_1": ((*DIGITS[1:], "0"), "vertical"),
    "QTYPE_MED": (("E", "H"), "vertical"),
}
"""Values and direction of each type of field."""
MOST_FIELDS = 5000
_RANGE = re.compile(r"(.*?)(\d{1,6})\.{2,3}(\d{1,6})")
_USED = frozenset(
    {
        "pageDimensions",
        "templateDimensions",
        "bubbleDimensions",
        "customLabels",
        "fieldBlocks",
        "preProcessors",
        "customBubbleFieldTypes",
        "fieldBlocksOffset",
    }
)
_OUTPUT_ONLY = frozenset(
    {"outputColumns", "emptyValue", "processingImageShape", "outputImageShape", "sortFiles", "path"}
)
"""Keys that say how OMRChecker scales pictures and writes its table."""
_BLOCK_USED = frozenset(
    {
        "origin",
        "bubblesGap",
        "labelsGap",
        "fieldLabels",
        "fieldType",
        "bubbleFieldType",
        "bubbleValues",
        "bubbleDimensions",
        "direction",
        "emptyValue",
        "fieldDetectionType",
    }
)
_LOST: Mapping[str, str] = {
    "conditionalSets": "other blocks for some sheets",
    "alignment": "blocks that are moved on each sheet",
}
"""What keys that cannot be carried over say, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One printed bubble; x, y is its top-left corner, template pixels."""

    value: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OmrField:
    """One field: the bubbles of which one is filled."""

    label: str
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessor:
    """What is done to a picture before it is read."""

    name: str
    options: MapNode
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A ``template.json``."""

    width: float
    height: float
    fields: Mapping[str, OmrField]
    joined: Mapping[str, tuple[str, ...]]
    """``customLabels``: which fields make one column of the output."""
    preprocessors: tuple[Preprocessor, ...]
    notes: tuple[Note, ...]


def read_template(tree: MapNode, faults: Faults) -> Template | None:
    """What a template says.

    Parameters
    ----------
    tree
        The JSON file.
    faults
        Takes every fault with its line and column.

    Returns
    -------
    Template or None
        None when the page or the bubbles have no size; with faults, it is not to be used.
    """
    reader = _Reader(tree, faults)
    if "qBlocks" in tree or "dimensions" in tree:
        key = "qBlocks" if "qBlocks" in tree else "dimensions"
        what = f"{key} is the form of OMRChecker's first version"
        faults.add(
            tree.key_places[key], what, "write it with pageDimensions and fieldBlocks, as its wiki shows"
        )
        return None
    page = "templateDimensions" if "templateDimensions" in tree else "pageDimensions"
    size, bubble = reader.pair(tree, page), reader.pair(tree, "bubbleDimensions")
    if size is None or bubble is None:
        return None
    fields = reader.fields(size, bubble)
    return Template(
        width=size[0],
        height=size[1],
        fields=fields,
        joined=reader.joined(fields),
        preprocessors=reader.preprocessors(),
        notes=tuple(reader.notes),
    )


def expand(label: str) -> list[str]:
    """The fields that a label stands for: ``q1..3`` is q1, q2, q3."""
    match = _RANGE.fullmatch(label)
    if match is None:
        return [label]
    first, last = int(match[2]), int(match[3])
    return [f"{match[1]}{number}" for number in range(first, min(last, first + MOST_FIELDS) + 1)]


@dataclass(slots=True)
class _Reader:
    """Reads a template's parts and notes their faults."""

    tree: MapNode
    faults: Faults
    notes: list[Note] = field(default_factory=list)

    def add(self, path: TreePath, what: str, instead: str) -> None:
        """Note a fault at a place of the tree."""
        self.faults.add(place_of(self.tree, path), what, instead)

    def pair(self, node: MapNode, key: str, *path: str) -> tuple[float, float] | None:
        """Width and height, both above 0."""
        found = _numbers(node.get(key))
        if found is None or len(found) != 2 or min(found) <= 0 or max(found) > 100_000:
            what = f"{key} is missing" if key not in node else f"{key} is no width and height"
            self.add((*path, key), what, f'write "{key}": [width, height], in pixels')
            return None
        return found[0], found[1]

    def fields(self, size: tuple[float, float], bubble: tuple[float, float]) -> dict[str, OmrField]:
        """Every field of every block."""
        blocks = self.tree.get("fieldBlocks")
        if not isinstance(blocks, MapNode) or not blocks:
            self.add(("fieldBlocks",), "there are no fieldBlocks", 'write "fieldBlocks": {"Block1": {...}}')
            return {}
        self._note_others(self.tree, _USED | _OUTPUT_ONLY, "template.json")
        if unused := [key for key in self.tree if key in _OUTPUT_ONLY]:
            what = f"{', '.join(unused)} of template.json: tables have columns of their own"
            self.notes.append(Note(kind="not needed", what=what))
        found: dict[str, OmrField] = {}
        for name, block in blocks.items():
            if not isinstance(block, MapNode):
                self.add(
                    ("fieldBlocks", name), f"the block {name} is no map", "write its origin, gaps and labels"
                )
                continue
            for omr_field in self._block(name, block, bubble):
                self._keep(omr_field, ("fieldBlocks", name), found, size)
        return found

    def _note_others(self, node: MapNode, known: frozenset[str], where: str) -> None:
        """Note what is said that nothing here makes use of."""
        for key, value in node.items():
            if key not in known and value not in ([], "", None):
                said = _LOST.get(key, "not known here")
                what = f"{key} of {where}: {said}"
                self.notes.append(Note(kind="lost", what=what, todo="check that it does not move any bubble"))

    def _keep(
        self, omr_field: OmrField, path: TreePath, found: dict[str, OmrField], size: tuple[float, float]
    ) -> None:
        label = omr_field.label
        if label in found:
            self.add(path, f"the field {label} stands twice", "give each field its own label")
        elif any(b.x < 0 or b.y < 0 or b.x + b.w > size[0] or b.y + b.h > size[1] for b in omr_field.bubbles):
            instead = f"the page is {size[0]:g} x {size[1]:g}: correct origin, bubblesGap or labelsGap"
            self.add(path, f"bubbles of {label} leave the page", instead)
        elif len(found) >= MOST_FIELDS:
            self.add(path, f"more than {MOST_FIELDS} fields", "shorten the ranges of fieldLabels")
        else:
            found[label] = omr_field

    def _block(self, name: str, block: MapNode, bubble: tuple[float, float]) -> Iterator[OmrField]:
        path = ("fieldBlocks", name)
        detection = block.get("fieldDetectionType", "BUBBLES_THRESHOLD")
        if detection != "BUBBLES_THRESHOLD":
            what = f"the block {name} is read by {detection}, not from bubbles"
            self.notes.append(
                Note(kind="lost", what=what, todo="type these values in review, or give a roster")
            )
            return
        self._note_others(block, _BLOCK_USED, f"the block {name}")
        kind = self._type(name, block)
        origin = _numbers(block.get("origin"))
        offset = _numbers(self.tree.get("fieldBlocksOffset", [0, 0]))
        gaps = [_number(block.get(key, 0)) for key in ("bubblesGap", "labelsGap")]
        labels = block.get("fieldLabels")
        if origin is None or len(origin) != 2:
            self.add((*path, "origin"), f"the block {name} has no origin", 'write "origin": [x, y]')
            return
        if offset is None or len(offset) != 2:
            instead = 'write "fieldBlocksOffset": [0, 0]'
            self.add(("fieldBlocksOffset",), "fieldBlocksOffset is no pair of numbers", instead)
            return
        if gaps[0] is None or gaps[1] is None:
            self.add(
                path, f"a gap of the block {name} is no number", "write bubblesGap and labelsGap in pixels"
            )
            return
        if not isinstance(labels, list) or not labels or not all(isinstance(one, str) for one in labels):
            self.add((*path, "fieldLabels"), f"the block {name} names no fields", 'write ["q1..5"]')
            return
        own = self.pair(block, "bubbleDimensions", *path) if "bubbleDimensions" in block else bubble
        if kind is None or own is None:
            return
        values, direction = kind
        step, line = (
            ((gaps[0], 0.0), (0.0, gaps[1]))
            if direction == "horizontal"
            else ((0.0, gaps[0]), (gaps[1], 0.0))
        )
        for row, label in enumerate(one for text in labels for one in expand(text)):
            x, y = origin[0] + offset[0] + row * line[0], origin[1] + offset[1] + row * line[1]
            bubbles = (
                Bubble(value=value, x=x + place * step[0], y=y + place * step[1], w=own[0], h=own[1])
                for place, value in enumerate(values)
            )
            yield OmrField(label=label, bubbles=tuple(bubbles))
            if row > MOST_FIELDS:
                return

    def _type(self, name: str, block: MapNode) -> tuple[tuple[str, ...], str] | None:
        """Values and direction of a block's fields."""
        path = ("fieldBlocks", name)
        key = "bubbleFieldType" if "bubbleFieldType" in block else "fieldType"
        types = dict(FIELD_TYPES)
        custom = self.tree.get("customBubbleFieldTypes")
        if isinstance(custom, MapNode):
            for own, said in custom.items():
                if isinstance(said, MapNode) and (values := _texts(said.get("bubbleValues"))):
                    types[own] = (values, str(said.get("direction", "vertical")))
        known = types.get(str(block.get(key, "")), ((), ""))
        if key in block and not known[0]:
            instead = did_you_mean(str(block[key]), types)
            self.add(
                (*path, key),
                f"unknown field type {block[key]!r}",
                f"{instead}, or bubbleValues and direction",
            )
            return None
        values = _texts(block.get("bubbleValues")) if "bubbleValues" in block else known[0]
        direction = str(block.get("direction", known[1]))
        if not values or len(set(values)) != len(values):
            self.add(
                path, f"the block {name} has no bubble values of its own", 'write "bubbleValues": ["A", "B"]'
            )
            return None
        if direction not in ("horizontal", "vertical"):
            self.add(
                path, f"the block {name} has no direction", 'write "direction": "horizontal" or "vertical"'
            )
            return None
        return values, direction

    def joined(self, fields: Mapping[str, OmrField]) -> dict[str, tuple[str, ...]]:
        """The custom labels with the fields that they join."""
        labels = self.tree.get("customLabels", MapNode((0, 0)))
        found: dict[str, tuple[str, ...]] = {}
        if not isinstance(labels, MapNode):
            self.add(("customLabels",), "customLabels is no map", 'write {"Roll": ["roll1..9"]}')
            return found
        for name, parts in labels.items():
            texts = _texts(parts)
            members = [one for text in texts for one in expand(text)]
            missing = [one for one in members if one not in fields]
            if not texts or missing:
                what = (
                    f"the custom label {name} names {missing[0]}, which is no field"
                    if missing
                    else f"{name} is empty"
                )
                if not self.faults.found or not missing:
                    self.add(
                        ("customLabels", name),
                        what,
                        did_you_mean(missing[0], fields) if missing else "remove it",
                    )
            else:
                found[name] = tuple(members)
        return found

    def preprocessors(self) -> tuple[Preprocessor, ...]:
        """The preprocessors in their order."""
        listed = self.tree.get("preProcessors", [])
        found = []
        for place, item in enumerate(listed if isinstance(listed, list) else []):
            name = item.get("name") if isinstance(item, MapNode) else None
            if not isinstance(name, str):
                self.add(
                    ("preProcessors", place),
                    "a preprocessor has no name",
                    'write {"name": "CropPage", "options": {}}',
                )
                continue
            options = item.get("options")
            where = place_of(self.tree, ("preProcessors", place, "name"))
            known = options if isinstance(options, MapNode) else MapNode(item.place)
            found.append(Preprocessor(name=name, options=known, place=where))
        return tuple(found)


def _number(value: Any) -> float | None:
    if (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and isfinite(value)
        and abs(value) < 1e6
    ):
        return float(value)
    return None


def _numbers(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list):
        return None
    found = [_number(item) for item in value]
    return None if None in found else tuple(number for number in found if number is not None)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        return ()
    return tuple(value)
