"""The store of a results folder: ``run.sqlite``.

Readings are facts: a reading is superseded by a newer one and never edited or deleted. Decisions
are appended. Only the parent process writes, one run at a time.
"""

from pipeline.store.database import DATABASE, Store
from pipeline.store.fingerprint import Fingerprint
from pipeline.store.lock import FolderLock
from pipeline.store.records import KeyVersion

__all__ = ["DATABASE", "Fingerprint", "FolderLock", "KeyVersion", "Store"]
