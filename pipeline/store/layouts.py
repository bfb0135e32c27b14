"""Layouts in the store: every one that pages were read with, by its short hash."""

import sqlite3
from pathlib import Path

from pipeline.errors import ResultsFault


def keep_layout(connection: sqlite3.Connection, layout_hash: str, text: str, folder: Path) -> None:
    """Keep a layout's canonical JSON under its hash.

    Raises
    ------
    ResultsFault
        When another layout with the same hash is kept already.
    """
    row = connection.execute("SELECT json FROM layouts WHERE hash = ?", (layout_hash,)).fetchone()
    if row is not None and row[0] != text:
        raise ResultsFault(
            f"two different layouts in {folder} have the hash {layout_hash}",
            hint="grade the second one into another folder with -o",
        )
    connection.execute("INSERT OR IGNORE INTO layouts (hash, json) VALUES (?, ?)", (layout_hash, text))


def list_layouts(connection: sqlite3.Connection) -> dict[str, str]:
    """Canonical JSON of every layout, by hash, in the order of use."""
    return dict(connection.execute("SELECT hash, json FROM layouts ORDER BY rowid").fetchall())
