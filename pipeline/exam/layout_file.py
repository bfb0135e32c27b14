"""Layout files: read, check, write, and name by their hash (FORMATS: layout)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import Fault, FileFaults
from pipeline.exam.checking import Faults, TreePath, check, place_of
from pipeline.exam.json_tree import parse_json
from pipeline.exam.layout_checks import layout_faults
from pipeline.exam.layout_schema import FORMAT, LayoutModel, PageModel
from pipeline.exam.source import read_text
from pipeline.exam.tree import MapNode
from pipeline.model import (
    Anchors,
    Box,
    CodePlace,
    Kind,
    Layout,
    LayoutQuestion,
    Marking,
    PageLayout,
)

MAX_BYTES = 32_000_000
"""Most bytes of a layout file."""


def load_layout(path: Path) -> Layout:
    """A layout file.

    Parameters
    ----------
    path
        A ``scangrade-layout/1`` JSON file.

    Returns
    -------
    Layout
        Its hash is set; the reference of an ``image`` anchor is an absolute path.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        The faults of the file, each with line, column and what to write instead.
    """
    return parse_layout(read_text(path, what="a layout file", limit=MAX_BYTES), path)


def parse_layout(text: str, path: Path) -> Layout:
    """A layout, from the text of its file.

    Parameters
    ----------
    text
        ``scangrade-layout/1`` JSON.
    path
        Where it comes from: for messages, and for the reference of an ``image`` anchor.

    Raises
    ------
    FileFaults
        The faults of the text, each with line, column and what to write instead.
    """
    model = _quick(text)
    if model is None:
        model = _slow(text, str(path))
    problems = layout_faults(model, path.parent)
    if problems:
        raise FileFaults(_placed(text, str(path), problems))
    return _layout(model, path.parent)


def load_layouts(exam_file: Path) -> tuple[Layout, ...]:
    """Every layout that was printed from an exam file: ``EXAM.layouts/*.json`` beside it, by name.

    Parameters
    ----------
    exam_file
        The exam file; EXAM is its name without the suffix.

    Returns
    -------
    tuple of Layout
        Empty when nothing was printed yet.

    Raises
    ------
    FileFaults
        Every fault of every layout file.
    """
    layouts: list[Layout] = []
    faults: list[Fault] = []
    for path in sorted(layouts_folder(exam_file).glob("*.json")):
        try:
            layouts.append(load_layout(path))
        except FileFaults as error:
            faults.extend(error.faults)
    if faults:
        raise FileFaults(faults)
    return tuple(layouts)


def layouts_folder(exam_file: Path) -> Path:
    """The folder that keeps every layout printed from an exam file: ``EXAM.layouts`` beside it."""
    return exam_file.with_name(f"{exam_file.stem}.layouts")


def layout_json(layout: Layout) -> str:
    """A layout as its file: canonical JSON, the same text for equal layouts.

    Keys are sorted, there is no space, whole numbers have no decimal point, and what has its
    default value is left out. The hash is not part of it.
    """
    return _dump(_document(layout))


def layout_text(layout: Layout) -> str:
    """A layout as a file for people: that of :func:`layout_json`, with a line for each question and box."""
    document = _document(layout)
    pages = document.pop("pages")
    questions = document.pop("questions", {})
    parts = [f"{_plain(name)}: {_plain(value)}" for name, value in document.items()]
    if questions:
        lines = [f"    {_plain(name)}: {_plain(value)}" for name, value in questions.items()]
        parts.append('"questions": {\n' + ",\n".join(lines) + "\n  }")
    parts.append('"pages": [\n' + ",\n".join(map(_page_text, pages)) + "\n  ]")
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _page_text(page: dict[str, Any]) -> str:
    size = ", ".join(f'"{name}": {_plain(page[name])}' for name in ("sheet", "width", "height"))
    parts = [size, f'"anchors": {_plain(page["anchors"])}']
    for name in ("codes", "boxes"):
        lines = ",\n".join(f"        {_plain(place)}" for place in page.get(name, []))
        if lines:
            parts.append(f'"{name}": [\n{lines}\n      ]')
        elif name == "boxes":
            parts.append('"boxes": []')
    return "    {\n      " + ",\n      ".join(parts) + "\n    }"


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def layout_hash(layout: Layout) -> str:
    """First 6 hexadecimal digits, upper case, of the SHA-256 of the canonical JSON.

    It covers everything but the hash itself; of a reference picture its content and not its place, so
    that a layout keeps its hash when its folder moves.
    """
    document = _document(layout)
    for page in document["pages"]:
        if "reference" in page["anchors"]:
            page["anchors"]["reference"] = _content_name(Path(page["anchors"]["reference"]))
    return hashlib.sha256(_dump(document).encode("utf-8")).hexdigest()[:6].upper()


def _content_name(path: Path) -> str:
    """Name of a picture by what is in it; by its own name while it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return path.name


def with_hash(layout: Layout) -> Layout:
    """The same layout with its hash set."""
    return replace(layout, hash=layout_hash(layout))


def with_own_hashes(layouts: Iterable[Layout]) -> tuple[Layout, ...]:
    """Layouts of which no two have one hash: where two would, the name of the later gets a number.

    Of 1000 copies that differ two share the 24 bits of a hash in 3 of 100 cases, of 5000 in half of them.
    """
    found: dict[str, Layout] = {}
    for layout in layouts:
        own, again = layout, 1
        while own.hash in found:
            again += 1
            own = with_hash(replace(layout, name=f"{layout.name} ({again})"))
        found[own.hash] = own
    return tuple(found.values())


def _quick(text: str) -> LayoutModel | None:
    """The model of a file without structural faults; None where there is one to be placed."""
    try:
        return LayoutModel.model_validate(json.loads(text, object_pairs_hook=_no_doubles))
    except (ValueError, RecursionError):
        return None


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _slow(text: str, file: str) -> LayoutModel:
    """Raise every structural fault with its place."""
    faults = Faults(file=file)
    tree = parse_json(text, faults)
    model: LayoutModel | None = None
    if isinstance(tree, MapNode):
        model = check(LayoutModel, tree, faults)
    elif not faults.found:
        faults.add((1, 1), "this is no layout file", f'begin with {{"format": "{FORMAT}", ...')
    if faults.found or model is None:
        raise FileFaults(faults.in_order())
    return model


def _placed(text: str, file: str, problems: list[tuple[TreePath, str, str]]) -> list[Fault]:
    faults = Faults(file=file)
    tree = parse_json(text, faults)
    for path, what, instead in problems:
        faults.add(place_of(tree, path), what, instead)
    return faults.in_order()


def _layout(model: LayoutModel, folder: Path) -> Layout:
    questions = {
        name: LayoutQuestion(
            kind=Kind(question.kind),
            marking=Marking(question.marking) if question.marking else None,
            writer=question.writer,
        )
        for name, question in model.questions.items()
    }
    layout = Layout(
        name=model.name,
        unit=model.unit,
        marking=Marking(model.marking),
        pages=tuple(_page(page, folder) for page in model.pages),
        questions=questions,
        exam=model.exam,
        version=model.version,
        page_code=model.page_code.pattern if model.page_code else "",
    )
    return with_hash(layout)


def _page(page: PageModel, folder: Path) -> PageLayout:
    anchors = page.anchors
    reference = str((folder / anchors.reference).resolve()) if anchors.kind == "image" else ""
    corners = anchors if anchors.kind == "corners" else None
    return PageLayout(
        sheet=page.sheet,
        width=page.width,
        height=page.height,
        anchors=Anchors(
            kind=anchors.kind,
            points=tuple(corners.points) if corners else (),
            mark=corners.mark if corners else "",
            size=corners.size if corners else 0.0,
            reference=reference,
        ),
        boxes=tuple(Box(**box.model_dump()) for box in page.boxes),
        codes=tuple(CodePlace(**code.model_dump()) for code in page.codes),
    )


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def _document(layout: Layout) -> dict[str, Any]:
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": layout.name,
        "unit": layout.unit,
        "marking": layout.marking.value,
        "pages": [_page_document(page) for page in layout.pages],
    }
    if layout.exam:
        document["exam"] = layout.exam
    if layout.version:
        document["version"] = layout.version
    if layout.page_code:
        document["page_code"] = {"pattern": layout.page_code}
    if layout.questions:
        document["questions"] = {name: _question_document(q) for name, q in layout.questions.items()}
    return document


def _question_document(question: LayoutQuestion) -> dict[str, str]:
    document = {"kind": question.kind.value}
    if question.marking is not None:
        document["marking"] = question.marking.value
    if question.writer != "student":
        document["writer"] = question.writer
    return document


def _place_document(place: Box | CodePlace) -> dict[str, Any]:
    return {"x": _number(place.x), "y": _number(place.y), "w": _number(place.w), "h": _number(place.h)}


def _page_document(page: PageLayout) -> dict[str, Any]:
    document: dict[str, Any] = {
        "sheet": page.sheet,
        "width": _number(page.width),
        "height": _number(page.height),
        "anchors": _anchors_document(page.anchors),
        "boxes": [],
    }
    for box in page.boxes:
        shown = {"question": box.question, "option": box.option, "shape": box.shape, **_place_document(box)}
        document["boxes"].append({**shown, "label": box.label} if box.label else shown)
    if page.codes:
        document["codes"] = [{**_place_document(code), "type": code.type} for code in page.codes]
    return document


def _anchors_document(anchors: Anchors) -> dict[str, Any]:
    if anchors.kind == "corners":
        points = [[_number(x), _number(y)] for x, y in anchors.points]
        return {"kind": "corners", "points": points, "mark": anchors.mark, "size": _number(anchors.size)}
    if anchors.kind == "image":
        return {"kind": "image", "reference": anchors.reference}
    return {"kind": anchors.kind}
