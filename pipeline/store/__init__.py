"""The store of a results folder: ``run.sqlite``.

Readings are facts: a reading is superseded by a newer one and never edited or deleted. Decisions
and records of publications are appended; texts of exam files are kept by their hash. What can be
worked out again (``derived``) is replaced at any time. Only the parent process writes, one run at a
time.

Two folders are compared by content without ``publications.made_at`` and, in the chain of evidence,
without ``made_at``, ``salt``, ``digest`` and ``hash``: these tell when, or hang on it, and everything
else is the same for the same scans, lists and keys.
"""

from pipeline.store.assemblies import assembly_data, stored_assembly
from pipeline.store.chain import ChainEntry, commitment, link
from pipeline.store.connect import now_text
from pipeline.store.database import Store
from pipeline.store.erase import PURGED, SECOND_LOOK_SAMPLE, Erasure
from pipeline.store.evidence import Evidence, EvidenceTables, StoredReading, list_data, read_list
from pipeline.store.fingerprint import Fingerprint
from pipeline.store.history import BASIS, SEPARATOR, KeyUse, Publication, PublishedBy, Result, Rows, Snapshot
from pipeline.store.lock import FolderLock, holder, is_at_work
from pipeline.store.marks import KeptStates, marks_data, read_marks
from pipeline.store.records import DamagedRecordError, KeyVersion, without_measures
from pipeline.store.scans import ReadingState
from pipeline.store.session import DATABASE

__all__ = [
    "BASIS",
    "DATABASE",
    "PURGED",
    "SECOND_LOOK_SAMPLE",
    "SEPARATOR",
    "ChainEntry",
    "DamagedRecordError",
    "Erasure",
    "Evidence",
    "EvidenceTables",
    "Fingerprint",
    "FolderLock",
    "KeptStates",
    "KeyUse",
    "KeyVersion",
    "Publication",
    "PublishedBy",
    "ReadingState",
    "Result",
    "Rows",
    "Snapshot",
    "Store",
    "StoredReading",
    "assembly_data",
    "commitment",
    "holder",
    "is_at_work",
    "link",
    "list_data",
    "marks_data",
    "now_text",
    "read_list",
    "read_marks",
    "stored_assembly",
    "without_measures",
]
