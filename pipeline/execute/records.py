"""How many workers, what they may use, and how a task is lost."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.errors import ScangradeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How many processes, what each of them does before its first task, and what it may use."""

    jobs: int = 0
    """0: no other process at all; then no task can be timed or bounded."""
    initializer: Callable[..., None] | None = None
    """Called once per worker (once in this process for no job)."""
    arguments: tuple[Any, ...] = ()
    """Of the initializer."""
    preload: Sequence[str] = ()
    """Modules that are imported once for all workers."""
    seconds: float | None = None
    """Longest that one task may take; None: as long as it wants."""
    megabytes: int | None = None
    """Memory that a worker may take beyond what it has before its first task; None: all there is.
    Linux only: elsewhere the system knows no such bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Why a task has no result."""

    code: Literal["crashed", "timeout", "memory"]
    what: str
    """Half a sentence: "the reading process was ended by SIGSEGV"."""


class WorkersFailedError(ScangradeError):
    """The worker processes cannot even start."""


class WorkerError(RuntimeError):
    """A task raised an exception that cannot be sent between processes; the text is its traceback."""


def available_jobs() -> int:
    """Processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
