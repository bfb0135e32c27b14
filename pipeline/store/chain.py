"""The chain of evidence: every decision and every publication, each tied to the one before it.

An entry does not hold what it is about: it holds a commitment to it, the SHA-256 of a random salt and
of the canonical bytes of the content. So a purge can take content and salt away, the chain still
holds, and nobody can find out by trial what stood there (FIPS 180-4; commitments as in RFC 6962's
hash chains of logs, with the salt that short texts need).
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.model import Decision

EntryKind = Literal["adopted", "decision", "publication", "purge"]
"""adopted: a folder of an earlier version, taken over as it was."""
SALT_BYTES = 16
FIRST = ""
"""What stands in the place of the hash before the first entry's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One entry of the chain, as it is stored."""

    number: int
    """1, 2, 3 ..."""
    kind: EntryKind
    decision: int | None
    """Row of the decision that it is about."""
    entry: str
    """Canonical JSON of what it is about; empty for a decision, whose content is in its row, and
    after a purge."""
    made_at: str
    """ISO 8601, UTC; empty for a decision."""
    salt: bytes | None
    """None after a purge."""
    digest: str
    """SHA-256 of salt and content, hexadecimal."""
    hash: str
    """SHA-256 of this entry and of the hash before it, hexadecimal: the seal, when it is the last."""

    @property
    def content(self) -> dict[str, Any]:
        """What it is about, as JSON values; ValueError when it is damaged."""
        value = json.loads(self.entry)
        if not isinstance(value, dict):
            raise ValueError("it is no record")
        return value


_COLUMNS = "number, kind, decision, entry, made_at, salt, digest, hash"


def canonical(value: Any) -> str:
    """JSON in one form only: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def commitment(salt: bytes, kind: str, entry: str, made_at: str) -> str:
    """SHA-256 of what an entry is about, hexadecimal."""
    text = canonical([kind, made_at, entry]).encode("ascii")
    return hashlib.sha256(salt + text).hexdigest()


def link(number: int, kind: str, digest: str, previous: str) -> str:
    """SHA-256 of an entry and of the hash before it, hexadecimal."""
    return hashlib.sha256(canonical([number, kind, digest, previous]).encode("ascii")).hexdigest()


def decision_text(decision: Decision) -> str:
    """Canonical JSON of a decision: on what, what, who, when, why."""
    return canonical([decision.doubt, decision.value, decision.by, decision.at, decision.note])


def append_entry(
    connection: sqlite3.Connection,
    kind: EntryKind,
    entry: Mapping[str, Any],
    made_at: str,
) -> None:
    """Append what was published, taken over or purged."""
    _append(connection, kind, None, canonical(entry), canonical(entry), made_at)


def append_decision(connection: sqlite3.Connection, row: int, decision: Decision) -> None:
    """Append the entry of a decision that was stored in the row ``row``."""
    _append(connection, "decision", row, decision_text(decision), "", "")


def _append(
    connection: sqlite3.Connection,
    kind: EntryKind,
    decision: int | None,
    content: str,
    kept: str,
    made_at: str,
) -> None:
    last = connection.execute("SELECT number, hash FROM chain ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last is not None else (1, FIRST)
    salt = secrets.token_bytes(SALT_BYTES)
    digest = commitment(salt, kind, content, made_at)
    connection.execute(
        f"INSERT INTO chain ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (our own words)
        (number, kind, decision, kept, made_at, salt, digest, link(number, kind, digest, previous)),
    )


def read_chain(connection: sqlite3.Connection) -> tuple[ChainEntry, ...]:
    """Every entry, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM chain ORDER BY number").fetchall()  # noqa: S608 (our own words)
    names = _COLUMNS.split(", ")
    return tuple(ChainEntry(**dict(zip(names, row, strict=True))) for row in rows)


def last_publication(connection: sqlite3.Connection) -> str:
    """Canonical JSON of what was published last; "" when nothing is on record."""
    row = connection.execute(
        "SELECT entry FROM chain WHERE kind = 'publication' ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return str(row[0]) if row is not None else ""


def forget_contents(connection: sqlite3.Connection) -> None:
    """Take away what the entries are about, and the salts: the chain itself still holds."""
    connection.execute("UPDATE chain SET entry = '', made_at = '', salt = NULL, decision = NULL")
