"""Settings that later runs need: anything that JSON can hold, by name."""

import json
import sqlite3
from typing import Any


def put_setting(connection: sqlite3.Connection, name: str, value: Any) -> None:
    """Keep a setting in the place of an earlier one of that name."""
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value, sort_keys=True)),
    )


def get_setting(connection: sqlite3.Connection, name: str, default: Any = None) -> Any:
    """A setting, or ``default`` when it was never put."""
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row is not None else default
