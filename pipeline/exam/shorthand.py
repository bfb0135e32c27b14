"""Tables and products, which are short for parts: each cell and each factor a question of its own.

A cell has the id ``ROW.COLUMN`` under its table, a factor its number (or its own id) under its
product. All of it on the tree, so that faults keep the place where something was written.
"""

import re
from collections.abc import Mapping, Sequence

from pipeline.exam.checking import Faults, check
from pipeline.exam.schema import ColumnModel
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Node, Place, Scalar

PRODUCT_RULE = "all-parts"
"""How the factors of a product are judged when nobody says."""
_PART_ID = re.compile(r"[A-Za-z0-9\-]{1,16}")
_OF_TABLES = ("rows", "columns", "cells")
MAX_CELLS = 1000
"""Most cells of a table: a sheet of paper has room for a hundred."""
_OF_PRODUCTS = ("form", "factors", "demand")
_TIMES = re.compile("\\s*[x*\N{MULTIPLICATION SIGN}]\\s*")
MAX_FACTORS = 12
LONGEST_ID = 24

Titles = dict[str, Scalar]
"""Titles of rows, columns or factors by their ids, each with its place."""


def expanded(name: str, node: MapNode, faults: Faults) -> MapNode:
    """A question with the parts that a table or a product is short for; any other as it is.

    Parameters
    ----------
    name
        The question's whole id.
    node
        What it says, its version and its parent worked in.
    faults
        Takes fields of tables in other questions, unknown and forgotten cells, factors that are
        not as many as the answer has.
    """
    kind = node.get("kind")
    if isinstance(kind, Scalar) and kind.text == "table":
        _refuse(name, node, (*_OF_PRODUCTS, "parts", "options", "also_accept"), "a table", faults)
        return _table(name, node, kind.place, faults)
    _refuse(name, node, _OF_TABLES, "no table", faults)
    if "form" in node:
        _refuse(name, node, ("parts", "options", "also_accept"), "a product", faults)
        return _product(name, node, faults)
    _refuse(name, node, ("factors", "demand"), "no product", faults)
    return node


def _refuse(name: str, node: MapNode, fields: Sequence[str], what: str, faults: Faults) -> None:
    for field in fields:
        if field in node:
            instead = {"no table": "write kind: table", "no product": "write form: product"}.get(what)
            said = f"question {name} is {what} and has no use for {field}"
            faults.add(node.key_places[field], said, instead or "remove it")


def _part(place: Place, name: str, name_place: Place, faults: Faults) -> MapNode:
    """A part of this whole id: one that only names its place could be taken for that of another."""
    if len(name) > LONGEST_ID:
        what = f"the part's whole id {name} is longer than {LONGEST_ID} characters"
        faults.add(name_place, what, "use shorter ids")
    part = MapNode(place)
    part.put("id", Scalar(text=name, place=name_place), name_place, name_place)
    return part


def _headed(part: MapNode, frame: str, heads: Sequence[str], place: Place) -> None:
    """Where the sheet prints a part: in which table or product, under which titles."""
    titles = ListNode(place)
    for head in heads:
        titles.add(Scalar(text=head, place=place), place)
    part.put("heads", titles, place, place)
    part.put("frame", Scalar(text=frame, place=place), place, place)
    if "title" not in part:
        words = ": ".join(head for head in heads if head)
        part.put("title", Scalar(text=words, place=place), place, place)


def _titles(name: str, node: MapNode, field: str, what: str, faults: Faults) -> Titles:
    """Ids and titles: ``{id: title}``, or a list of titles that are numbered from 1."""
    given = node.get(field)
    titles: Titles = {}
    if isinstance(given, ListNode):
        titles = {str(place): title for place, title in enumerate(given, start=1)}
    elif isinstance(given, MapNode):
        for key, title in given.items():
            if not _PART_ID.fullmatch(key):
                instead = "use 1 to 16 letters, digits and -"
                faults.add(given.key_places[key], f"{key!r} is not an id of a {what}", instead)
                continue
            titles[key] = title if isinstance(title, Scalar) else Scalar(text=key, place=title.place)
    if not titles and field not in node.dropped:
        place = node.value_places.get(field, node.value_places["id"])
        faults.add(place, f"question {name} says no {field}", f"write {field}: {{id: title, ...}}")
    return titles


def _numbered(answer: Node, steps: Sequence[int], place: Place) -> Node | None:
    """What a matrix or list has at a place: of a solver's result the same solve with a longer pick."""
    if isinstance(answer, MapNode):
        if "solve" not in answer:
            return None
        before = answer.get("pick")
        path = ListNode(place)
        for step in before if isinstance(before, ListNode) else [] if before is None else [before]:
            path.add(step, step.place)
        for number in steps:
            path.add(Scalar(text=str(number), place=place), place)
        picked = MapNode(answer.place)
        picked.put("pick", path, place, place)
        return picked
    found: Node = answer
    for number in steps:
        if not isinstance(found, ListNode) or number >= len(found):
            return None
        found = found[number]
    return found


# --- tables ------------------------------------------------------------------------------------


def _table(name: str, node: MapNode, place: Place, faults: Faults) -> MapNode:
    rows = _titles(name, node, "rows", "row", faults)
    columns = _titles(name, node, "columns", "column", faults)
    bases = _column_bases(node.get("columns"), columns, faults)
    if len(rows) * len(columns) > MAX_CELLS:
        what = f"question {name} has {len(rows)} rows and {len(columns)} columns"
        faults.add(node.place, what, f"write tables of at most {MAX_CELLS} cells")
        rows = {}
    given = node.get("cells")
    cells = given if isinstance(given, MapNode) else MapNode(node.place)
    parts = ListNode(node.value_places.get("cells", node.place))
    for row, row_title in enumerate(rows):
        for column, column_title in enumerate(columns):
            cell = f"{row_title}.{column_title}"
            one = _cell(name, cell, node, bases.get(column_title), cells, (row, column), faults)
            if one is not None:
                heads = [rows[row_title].text, columns[column_title].text]
                _headed(one, name, heads, one.place)
                parts.add(one, one.place)
    known = dict.fromkeys(f"{row}.{column}" for row in rows for column in columns)
    for cell in cells:
        if cell not in known and rows and columns:
            what = f"question {name} has no cell {cell!r}"
            faults.add(cells.key_places[cell], what, "" if faults.many else did_you_mean(cell, known))
    return _with_parts(node, parts, (*_OF_TABLES, *_OF_PRODUCTS, "options", "also_accept"), place)


def _with_parts(node: MapNode, parts: ListNode, without: Sequence[str], place: Place) -> MapNode:
    """The question with parts that are numbers unless they say otherwise.

    Where a fault leaves no part it stands for them itself, as a question of no known kind.
    """
    whole = node.copy()
    for field in (*without, "printed"):
        whole.pop(field, None)
    if not parts:
        whole.pop("kind", None)
        whole.miss("kind")
        whole.miss("parts")
        return whole
    answer = whole.get("answer")
    if not (isinstance(answer, MapNode) and "solve" in answer):
        whole.pop("answer", None)
    whole.put("kind", Scalar(text="number", place=place), place, place)
    whole.put("parts", parts, parts.place, parts.place)
    return whole


def _column_bases(given: object, columns: Titles, faults: Faults) -> dict[str, MapNode]:
    """What the cells of a column say unless they say otherwise; sets the columns' titles."""
    bases: dict[str, MapNode] = {}
    if not isinstance(given, MapNode):
        return bases
    for column, node in given.items():
        if column in columns and isinstance(node, MapNode):
            check(ColumnModel, node, faults)
            base = bases[column] = node.copy()
            title = base.pop("title", None)
            columns[column] = title if isinstance(title, Scalar) else columns[column]
    return bases


def _cell(
    name: str,
    cell: str,
    node: MapNode,
    base: MapNode | None,
    cells: MapNode,
    at: tuple[int, int],
    faults: Faults,
) -> MapNode | None:
    """One cell as a part; None when it is not asked, or nobody can say what it holds."""
    given = cells.get(cell)
    place = cells.value_places.get(cell, node.value_places.get("answer", node.place))
    if isinstance(given, Scalar) and given.kind in ("text", "null"):
        return None
    part = _part(place, f"{name}.{cell}", cells.key_places.get(cell, place), faults)
    if given is not None and not isinstance(given, MapNode):
        what = f"cell {cell} of question {name} is no map"
        faults.add(place, what, "write {answer: ...}, or N/A")
        part.miss("answer")
    if base is not None:
        part = _over(base, part)
    if isinstance(given, MapNode):
        check(ColumnModel, given, faults)
        part = _over(part, given)
    for field in ("answer", "printed"):
        whole = node.get(field)
        if field in part or whole is None:
            continue
        found = _numbered(whole, at, node.value_places[field])
        if found is not None:
            part.put(field, found, node.key_places[field], node.value_places[field])
    if given is None and "answer" not in part and not {"cells", "answer"} & node.dropped:
        what = f"question {name} says nothing of cell {cell}"
        faults.add(node.value_places.get("cells", node.place), what, f"write {cell}: {{answer: ...}}, or N/A")
        part.miss("answer")
    return part


def _over(base: MapNode, over: MapNode) -> MapNode:
    """A cell over its column; the arguments of one solver are merged, other maps are replaced."""
    merged = base.copy()
    merged.place = over.place
    old, new = base.get("answer"), over.get("answer")
    for key in over:
        merged.take(over, key)
    if isinstance(old, MapNode) and isinstance(new, MapNode) and "solve" not in new:
        answer = old.copy()
        for key in new:
            answer.take(new, key)
        if isinstance(old.get("with"), MapNode) and isinstance(new.get("with"), MapNode):
            arguments = old["with"].copy()
            for key in new["with"]:
                arguments.take(new["with"], key)
            answer["with"] = arguments
        merged["answer"] = answer
    merged.dropped |= over.dropped
    merged.refused |= over.refused
    return merged


# --- products ----------------------------------------------------------------------------------


def _product(name: str, node: MapNode, faults: Faults) -> MapNode:
    kind = node.get("kind")
    if isinstance(kind, Scalar) and kind.text != "number":
        what = f"question {name} is of kind {kind.text}, and a product is made of numbers"
        faults.add(node.value_places["kind"], what, "write kind: number")
    answer, printed = node.get("answer"), _printed_factors(name, node, faults)
    factors = _factors(name, node, answer, faults)
    if isinstance(answer, ListNode) and factors and len(answer) != len(factors):
        what = f"question {name} has {len(factors)} factors, and its answer has {len(answer)}"
        faults.add(node.value_places["answer"], what, "write as many")
    elif answer is not None and not isinstance(answer, ListNode) and not _solves(answer):
        what = f"question {name} is a product, and its answer is no list"
        faults.add(node.value_places["answer"], what, "write answer: [16, 8], or {solve: ..., with: ...}")
    if printed and factors and len(printed) != len(factors):
        what = f"question {name} has {len(factors)} factors, and printed has {len(printed)}"
        faults.add(node.value_places["printed"], what, "write as many")
    place = node.value_places["form"]
    heads = [head.text for head in node["heads"]] if "heads" in node else _own_head(node)
    frame = node["frame"].text if "frame" in node else name
    parts = ListNode(node.value_places.get("answer", place))
    for at, (factor, title) in enumerate(factors.items()):
        part = _part(parts.place, f"{name}.{factor}", node.value_places["id"], faults)
        found = _numbered(answer, (at,), parts.place) if answer is not None else None
        if found is not None:
            part.put("answer", found, parts.place, parts.place)
        if at < len(printed):
            part.put("printed", printed[at], printed[at].place, printed[at].place)
        _headed(part, frame, [*heads, title], title_place(node, parts.place))
        parts.add(part, part.place)
    whole = _with_parts(node, parts, (*_OF_PRODUCTS, *_OF_TABLES, "heads", "frame"), place)
    _judge_together(name, whole, node, faults)
    return whole


def _own_head(node: MapNode) -> list[str]:
    return [node["title"].text if "title" in node else ""]


def title_place(node: MapNode, otherwise: Place) -> Place:
    """Where a question's title is written."""
    return node.value_places.get("title", otherwise)


def _solves(answer: Node) -> bool:
    return isinstance(answer, MapNode) and "solve" in answer


def _factors(name: str, node: MapNode, answer: object, faults: Faults) -> Mapping[str, str]:
    """Ids and titles of the factors: as many as said, or as the answer has."""
    given = node.get("factors")
    if isinstance(given, (ListNode, MapNode)):
        titles = _titles(name, node, "factors", "factor", faults)
        return {factor: title.text for factor, title in titles.items()}
    count = 0
    if isinstance(given, Scalar) and given.text.isascii() and given.text.isdigit() and len(given.text) < 3:
        count = int(given.text)
    elif given is None and isinstance(answer, ListNode):
        count = len(answer)
    if not 2 <= count <= MAX_FACTORS:
        if "factors" not in node.dropped and "answer" not in node.dropped:
            place = node.value_places.get("factors", node.value_places["form"])
            what = f"question {name} does not say how many factors it has"
            faults.add(place, what, f"write factors: 4 (2 to {MAX_FACTORS}), or a title for each")
        return {}
    return {str(place): f"factor {place}" for place in range(1, count + 1)}


def _printed_factors(name: str, node: MapNode, faults: Faults) -> list[Node]:
    """Factors that the official solution prints: a list, or a text like 16 x 8."""
    printed = node.get("printed")
    if isinstance(printed, ListNode):
        return list(printed)
    if isinstance(printed, Scalar):
        texts = _TIMES.split(printed.text.strip())
        if all(text.isascii() and text.isdigit() for text in texts):
            return [Scalar(text=text, place=printed.place) for text in texts]
        what = f"question {name} is a product, and printed is {printed.text!r}"
        faults.add(printed.place, what, 'write printed: "16 x 8", or a list')
    return []


def _judge_together(name: str, whole: MapNode, node: MapNode, faults: Faults) -> None:
    """The rule of a product, and what it demands."""
    place = node.value_places["form"]
    given = node.get("rule")
    if isinstance(given, MapNode):
        rule, place = given.copy(), given.place
    else:
        rule = MapNode(place)
    if "name" not in rule:
        rule.put("name", Scalar(text=PRODUCT_RULE, place=place), place, place)
    elif rule["name"].text not in (PRODUCT_RULE, "share-of-parts"):
        what = f"the factors of question {name} are judged together, and {rule['name'].text} judges one"
        faults.add(place, what, f"write rule: {PRODUCT_RULE} or share-of-parts")
    if "demand" in node:
        rule.take(node, "demand")
    whole.put("rule", rule, place, place)
