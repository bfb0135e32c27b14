"""Boxes that a PDF names itself: form fields, and annotations with the box's name as their text."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from pipeline.model import Shape
from pipeline.paper.template.blank_pdf import PageFrame
from pipeline.paper.template.records import FoundBox, Place

MAX_ANNOTATIONS = 5000
"""Most annotations of one page that are looked at."""
_PUSH_BUTTON = 1 << 16
_MAX_DEPTH = 12
_NAME = re.compile(r"[^\s|;,=\"\x00-\x1f\x7f]{1,40}[._/:-][^\s|;,\"\x00-\x1f\x7f]{1,12}")
_LEAST, _MOST = 1.5, 12.0
"""Sides of a field that may be a box, mm."""


def named_boxes(page: pikepdf.Page, frame: PageFrame) -> tuple[FoundBox, ...]:
    """Find the check boxes and radio buttons of a page, and its annotations that name a box.

    Parameters
    ----------
    page
        Of the PDF.
    frame
        How it lies.

    Returns
    -------
    tuple of FoundBox
        With their name, "q1.A", where the PDF gives one: a radio button's is its field's name and
        its own value.
    """
    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return ()
    found = []
    for count, annotation in enumerate(_each(annotations)):
        if count >= MAX_ANNOTATIONS:
            break
        box = _box(annotation, frame)
        if box is not None:
            found.append(box)
    return tuple(found)


def _each(array: Any) -> Iterator[Any]:
    for item in array:
        if isinstance(item, pikepdf.Dictionary):
            yield item


def _box(annotation: Any, frame: PageFrame) -> FoundBox | None:
    kind = str(annotation.get("/Subtype", ""))
    place = _place(annotation, frame)
    if place is None or not (min(place.w, place.h) >= _LEAST and max(place.w, place.h) <= _MOST):
        return None
    if kind == "/Widget":
        return _field(annotation, place)
    if kind in ("/Square", "/Circle"):
        name = str(annotation.get("/Contents", "") or annotation.get("/NM", "")).strip()
        shape: Shape = "circle" if kind == "/Circle" else "square"
        if _NAME.fullmatch(name):
            return _found(place, shape, "annotation", name)
    return None


def _place(annotation: Any, frame: PageFrame) -> Place | None:
    try:
        x1, y1, x2, y2 = (float(value) for value in annotation["/Rect"])
    except (KeyError, ValueError, TypeError):
        return None
    return frame.place(x1, y1, x2, y2)


def _field(widget: Any, place: Place) -> FoundBox | None:
    """A check box or radio button; None for text fields, push buttons and signatures."""
    names: list[str] = []
    kind, flags, node = "", 0, widget
    for _ in range(_MAX_DEPTH):
        if "/T" in node:
            names.insert(0, str(node["/T"]))
        kind = kind or str(node.get("/FT", ""))
        flags = flags or int(node.get("/Ff", 0))
        parent = node.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            break
        node = parent
    if kind != "/Btn" or flags & _PUSH_BUTTON:
        return None
    name = ".".join(names)
    value = _value(widget)
    siblings = widget.get("/Parent")
    radio = "/T" not in widget or (isinstance(siblings, pikepdf.Dictionary) and "/T" not in widget)
    if radio and value:
        name = f"{name}.{value}"
    style = str(widget.get("/MK", pikepdf.Dictionary()).get("/CA", ""))
    shape: Shape = "circle" if style == "l" or (radio and style in ("", "l")) else "square"
    return _found(place, shape, "field", name if _NAME.fullmatch(name) else "")


def _value(widget: Any) -> str:
    """What a button stands for when it is on; "" when it does not say."""
    states = widget.get("/AP", pikepdf.Dictionary()).get("/N")
    if not isinstance(states, pikepdf.Dictionary) or isinstance(states, pikepdf.Stream):
        return ""
    on = [name.removeprefix("/") for name in states.keys() if name != "/Off"]  # noqa: SIM118 (a PDF's dictionary)
    return on[0] if len(on) == 1 else ""


def _found(place: Place, shape: Shape, origin: Any, name: str) -> FoundBox:
    return FoundBox(x=place.x, y=place.y, w=place.w, h=place.h, shape=shape, origin=origin, name=name)
