"""Every field of the exam file as a page of Markdown, made from the schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.exam.schema import exam_schema

HEAD = """\
# Every field of the exam file

Made from the schema by `scangrade schema exam --markdown`; [exam-file.md](exam-file.md) explains with
examples how the fields work together. Any other field is a fault; `scangrade key check` says where it
stands.
"""
NAMES = {
    "AllDefaultsModel": "Defaults",
    "CreditsModel": "Credits",
    "DefaultsModel": "Defaults of a kind",
    "NumberChange": "Number",
    "OverrideModel": "Question of another version",
    "QuestionModel": "Question",
    "RoundingModel": "Rounding",
    "SectionModel": "Section",
    "StudentIdModel": "Student id",
    "ToleranceModel": "Tolerance",
}
"""Headings of what a field may hold."""
ORDER = (
    *("QuestionModel", "NumberChange", "ToleranceModel", "CreditsModel", "AllDefaultsModel", "DefaultsModel"),
    *("SectionModel", "StudentIdModel", "RoundingModel", "OverrideModel"),
)
NUMBER = "number, or text such as 1/3"

Node = Mapping[str, Any]


def exam_reference() -> str:
    """The page: a table of fields for the file, and for everything that a field may hold."""
    schema = exam_schema()
    parts = [HEAD, _table("The file", schema)]
    parts += [_table(NAMES[name], schema["$defs"][name]) for name in (*ORDER, *_others(schema))]
    return "\n".join(parts)


def _others(schema: Node) -> list[str]:
    """What the schema defines beside what has its place: it goes to the end."""
    return sorted(set(schema["$defs"]) - set(ORDER))


def _table(heading: str, model: Node) -> str:
    """One table."""
    about = str(model.get("description", "")).replace("<", "&lt;")
    lines = [
        f"## {heading}",
        "",
        about,
        "",
        "| field | what | unless given | meaning |",
        "| --- | --- | --- | --- |",
    ]
    needed = set(model.get("required", ()))
    for name, field in model["properties"].items():
        cells = (
            f"`{name}`",
            " or ".join(dict.fromkeys(_kinds(field))),
            "needed" if name in needed else _default(field),
            str(field.get("description", "")),
        )
        lines.append(
            f"| {' | '.join(cell.replace('|', chr(92) + '|').replace('<', '&lt;') for cell in cells)} |"
        )
    return "\n".join([*lines, ""])


def _default(field: Node) -> str:
    value = field.get("default")
    return "" if value in (None, "") else f"`{json.dumps(value).strip(chr(34))}`"


def _kinds(field: Node) -> Iterator[str]:
    """What a field may hold, in words."""
    choices = field.get("anyOf")
    if choices:
        kinds = [kind for choice in choices for kind in _kinds(choice)]
        is_number = "number" in kinds and "text" in kinds
        yield from (
            [NUMBER, *(kind for kind in kinds if kind not in ("number", "text"))] if is_number else kinds
        )
    elif "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        yield f"[{NAMES[name].lower()}](#{NAMES[name].lower().replace(' ', '-')})"
    elif "enum" in field:
        yield ", ".join(f"`{value}`" for value in field["enum"])
    elif field.get("type") == "array":
        yield f"list of {' or '.join(_kinds(field.get('items', {})))}"
    elif isinstance(field.get("additionalProperties"), Mapping):
        yield f"map of {' or '.join(_kinds(field['additionalProperties']))}"
    elif "%" in str(field.get("pattern", "")):
        yield "share such as 50%"
    else:
        yield from _plain(field.get("type", ""))


WORDS = {
    "string": "text",
    "object": "map",
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "array": "list",
}


def _plain(kinds: str | list[str]) -> Iterator[str]:
    """Types of JSON in words; text may be written without quotes, so that it looks like something else."""
    if isinstance(kinds, list) and "string" in kinds and "object" not in kinds:
        yield "text"
        return
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind != "null":
            yield WORDS.get(kind, kind or "anything")
