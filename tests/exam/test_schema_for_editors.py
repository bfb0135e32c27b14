"""An editor that knows the schema of exam files takes ours, and underlines what is wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import dev
from pipeline.cli import run_command
from pipeline.exam import exam_reference, exam_schema

ROOT = Path(dev.__file__).resolve().parent
FILES = sorted((ROOT / "answer_keys").glob("*.yaml"))
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}


def faults(value: Any, node: Any, schema: Any, where: str = "") -> list[str]:
    """What a validator of JSON Schema (draft 2020-12) finds, of the keywords that the schema uses."""
    if "$ref" in node:
        return faults(value, schema["$defs"][node["$ref"].rpartition("/")[2]], schema, where)
    if "anyOf" in node:
        tried = [faults(value, choice, schema, where) for choice in node["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    kinds = node.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(isinstance(value, TYPES[kind]) and (kind == "boolean" or value is not True) for kind in kinds):
        return [f"{where}: {value!r} is no {' or '.join(kinds)}"]
    found = [] if is_allowed(value, node) else [f"{where}: {value!r}"]
    if isinstance(value, list) and "items" in node:
        for place, item in enumerate(value):
            found += faults(item, node["items"], schema, f"{where}[{place}]")
    if isinstance(value, dict) and node.get("type") == "object":
        found += faults_of_fields(value, node, schema, where)
    return found


def is_allowed(value: Any, node: Any) -> bool:
    """Whether a plain value is one of those that a schema lists, or fits its pattern and limits."""
    if "enum" in node and value not in node["enum"]:
        return False
    if "pattern" in node and isinstance(value, str) and not re.search(node["pattern"], value):
        return False
    return "minimum" not in node or node["minimum"] <= value <= node["maximum"]


def faults_of_fields(value: dict[Any, Any], node: Any, schema: Any, where: str) -> list[str]:
    """What is wrong with the fields of a map."""
    found = [f"{where}: {name} is missing" for name in node.get("required", ()) if name not in value]
    more = node.get("additionalProperties", True)
    for name, item in value.items():
        inner = node.get("properties", {}).get(str(name), more)
        if inner is False:
            found.append(f"{where}: {name} is no field")
        elif inner is not True:
            found += faults(item, inner, schema, f"{where}.{name}")
    return found


def in_editor(path: Path) -> list[str]:
    schema = exam_schema()
    return faults(YAML(typ="safe").load(path.read_text("utf-8")), schema, schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_exam_that_ships_is_fine(path: Path) -> None:
    assert in_editor(path) == []


def test_a_new_exam_file_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    assert run_command(["init", str(path), "-q"]) == 0
    assert in_editor(path) == []
    path.write_text(re.sub(r"(?m)^## ", "", path.read_text("utf-8")), "utf-8")
    assert in_editor(path) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: truefalse", "kind: true-false"),
        ("answer: B", "anwser: B"),
        ("paper: a4", "paper: a3"),
        ("points: 2", "points: many"),
        ("digits: 3", "digits: 13"),
        ("pass: 50%", "pass: half"),
    ],
)
def test_a_slip_is_underlined(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    assert run_command(["init", str(path), "-q"]) == 0
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert in_editor(path) != []


def test_every_field_has_a_meaning_in_the_schema_and_in_the_page() -> None:
    schema = exam_schema()
    page = exam_reference()
    for model in (schema, *schema["$defs"].values()):
        for name, field in model["properties"].items():
            assert field.get("description"), name
            assert f"| `{name}` |" in page
