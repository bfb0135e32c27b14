"""Taking away who is who: rows that name somebody go, and what is left is sealed."""

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from pipeline.errors import UsageFault
from pipeline.store.chain import append_entry, forget_contents
from pipeline.store.connect import stored
from pipeline.store.digests import layout_digests
from pipeline.store.evidence import keep_blobs
from pipeline.store.remembered import get_setting, put_setting

SECOND_LOOK_SAMPLE = "second_look_sample"
"""Name of the setting that holds the names of the boxes of the last second look."""
PURGED = "purged"
"""Name of the setting that says when a folder was purged, and of what."""
EMPTIED = ("scans", "readings", "decisions", "derived", "published", "published_questions", "evidence")
"""Tables of which nothing is left."""
KEPT_SETTINGS = ("second_look",)
"""Settings that say nothing of anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is left of a results folder."""

    content: Mapping[str, Any]
    """For the chain."""
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    """What it names, by the SHA-256 of the bytes."""
    level: str
    at: str
    """ISO 8601, UTC."""


def erase(connection: sqlite3.Connection, erasure: Erasure) -> None:
    """Take away everything that names somebody, and keep what is left."""
    for table in EMPTIED:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own words)
    keep_blobs(connection, erasure.blobs)
    forget_contents(connection)
    kept = {name: get_setting(connection, name) for name in KEPT_SETTINGS}
    connection.execute("DELETE FROM settings")
    for name, value in {**kept, PURGED: {"level": erasure.level, "at": erasure.at}}.items():
        put_setting(connection, name, value)
    for name, file in connection.execute("SELECT hash, file FROM keys").fetchall():
        short = stored(PurePath(file).name)
        connection.execute("UPDATE keys SET file = CAST(? AS TEXT) WHERE hash = ?", (short, name))
    for number, keys in connection.execute("SELECT number, keys FROM publications").fetchall():
        named = json.dumps([[exam, name, PurePath(file).name] for exam, name, file in json.loads(keys)])
        values = (named, zlib.compress(b"[]"), number)
        connection.execute("UPDATE publications SET keys = ?, why = '', changes = ? WHERE number = ?", values)


def seal_purge(connection: sqlite3.Connection, erasure: Erasure, tables: Mapping[str, str]) -> None:
    """Append what is left to the chain."""
    content = {**erasure.content, "layouts": layout_digests(connection), "tables": dict(tables)}
    append_entry(connection, "purge", content, erasure.at)


def refuse_purged(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse to grade where nothing is left to be graded.

    Raises
    ------
    UsageFault
        When the folder was purged.
    """
    purged = get_setting(connection, PURGED)
    if purged is not None:
        raise UsageFault(
            f"{folder} was purged at {purged['at']}: nothing more can be graded in it",
            hint="name another results folder with -o",
        )
