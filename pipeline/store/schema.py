"""Tables of ``run.sqlite``."""

APPLICATION_ID = 0x53474144
"""Tells our database from any other SQLite file ("SGAD")."""

SCHEMA_VERSION = 4
"""Raised with every change of a table; kept in the file as ``PRAGMA user_version``."""

FIRST_TABLES = """
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    pages INTEGER NOT NULL CHECK (pages > 0),
    current INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX scans_current ON scans (path) WHERE current = 1;
CREATE INDEX scans_content ON scans (sha256);

CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    page INTEGER NOT NULL CHECK (page > 0),
    reader TEXT NOT NULL,
    book TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('read', 'unmatched', 'failed')),
    layout TEXT NOT NULL,
    coded INTEGER NOT NULL,
    record TEXT NOT NULL,
    features BLOB,
    places BLOB,
    current INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX readings_current ON readings (sha256, page) WHERE current = 1;

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    doubt TEXT NOT NULL,
    value TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE keys (
    hash TEXT PRIMARY KEY,
    exam TEXT NOT NULL,
    file TEXT NOT NULL,
    text BLOB NOT NULL
);

CREATE TABLE exams (
    exam TEXT PRIMARY KEY,
    key_hash TEXT NOT NULL REFERENCES keys (hash)
);

CREATE TABLE layouts (
    hash TEXT PRIMARY KEY,
    json TEXT NOT NULL
);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""

HISTORY_TABLES = """
CREATE TABLE publications (
    number INTEGER PRIMARY KEY,
    made_at TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('grade', 'regrade', 'review')),
    keys TEXT NOT NULL,
    students INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    now_passed INTEGER NOT NULL,
    now_failed INTEGER NOT NULL,
    changes BLOB NOT NULL
);

CREATE TABLE published_questions (
    exam TEXT NOT NULL,
    version TEXT NOT NULL,
    questions TEXT NOT NULL,
    PRIMARY KEY (exam, version)
);

CREATE TABLE published (
    id INTEGER PRIMARY KEY,
    exam TEXT NOT NULL,
    version TEXT NOT NULL,
    student_id TEXT NOT NULL,
    paper TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    total TEXT NOT NULL,
    grade TEXT NOT NULL,
    passed TEXT NOT NULL,
    points TEXT NOT NULL,
    readings TEXT NOT NULL
);

CREATE TABLE derived (
    name TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    data BLOB NOT NULL
);
"""

MAXIMUM_COLUMNS = """
ALTER TABLE published ADD COLUMN max_points TEXT NOT NULL DEFAULT '';
ALTER TABLE published ADD COLUMN percent TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN why TEXT NOT NULL DEFAULT '';
"""

EVIDENCE_TABLES = """
ALTER TABLE readings ADD COLUMN digest TEXT NOT NULL DEFAULT '';

CREATE TABLE evidence (
    hash TEXT PRIMARY KEY,
    data BLOB NOT NULL
);

CREATE TABLE chain (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('adopted', 'decision', 'publication', 'purge')),
    decision INTEGER,
    entry TEXT NOT NULL,
    made_at TEXT NOT NULL,
    salt BLOB,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL
);
"""

TABLES = FIRST_TABLES + HISTORY_TABLES + MAXIMUM_COLUMNS + EVIDENCE_TABLES

UPGRADES = {1: HISTORY_TABLES, 2: MAXIMUM_COLUMNS, 3: EVIDENCE_TABLES}
"""What makes a database of a version one of the next."""
