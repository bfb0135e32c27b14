"""What the entries of the chain are about."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.store import ChainEntry
from pipeline.verify.findings import Findings

GRADES = "grades.csv"
Contents = Sequence[tuple[ChainEntry, Mapping[str, Any]]]
"""Entries of publications and purges with what they are about, oldest first."""


def readable_contents(
    entries: Sequence[ChainEntry], found: Findings
) -> list[tuple[ChainEntry, Mapping[str, Any]]]:
    """What each publication and purge is about, as far as it can be read."""
    contents: list[tuple[ChainEntry, Mapping[str, Any]]] = []
    for entry in entries:
        if entry.kind not in ("publication", "purge") or not entry.entry:
            continue
        try:
            content = entry.content
            dict(content["tables"]), dict(content["layouts"]), list(content["keys"]), str(content["program"])
        except (ValueError, KeyError, TypeError):
            found.add("chain", f"what entry {entry.number} of the chain is about cannot be read")
            continue
        contents.append((entry, content))
    return contents


def last_grading(entries: Sequence[ChainEntry]) -> Mapping[str, Any]:
    """What the last entry is about that wrote grades, also without names; empty when there is none."""
    contents = [content for _, content in readable_contents(entries, Findings(Path()))]
    return next((content for content in reversed(contents) if GRADES in content["tables"]), {})
