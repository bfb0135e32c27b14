"""The store of a results folder: ``run.sqlite``.

Readings are facts: a reading is superseded by a newer one and never edited or deleted. Decisions
and records of publications are appended; texts of exam files are kept by their hash. What can be
worked out again (``derived``) is replaced at any time. Only the parent process writes, one run at a
time.

Two folders are compared by content without ``publications.made_at``: it tells when, and everything
else is the same for the same scans, lists and keys.
"""

from pipeline.store.assemblies import assembly_data, stored_assembly
from pipeline.store.database import DATABASE, Store
from pipeline.store.fingerprint import Fingerprint
from pipeline.store.history import BASIS, SEPARATOR, KeyUse, Publication, PublishedBy, Result, Snapshot
from pipeline.store.lock import FolderLock
from pipeline.store.records import KeyVersion
from pipeline.store.scans import ReadingState

__all__ = [
    "BASIS",
    "DATABASE",
    "SEPARATOR",
    "Fingerprint",
    "FolderLock",
    "KeyUse",
    "KeyVersion",
    "Publication",
    "PublishedBy",
    "ReadingState",
    "Result",
    "Snapshot",
    "Store",
    "assembly_data",
    "stored_assembly",
]
