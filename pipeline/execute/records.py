"""How many workers, what they may use, and how a task is lost."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from pipeline.errors import ScangradeError

T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


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
    cluster: str = ""
    """Address of a Dask scheduler (``tcp://HOST:PORT``), or ``local:N``: its workers do the tasks, each
    thread of them with one process, and ``jobs`` does not count. Empty: this machine alone."""


@runtime_checkable
class FileReader(Protocol[T_contra, R_co]):
    """A function whose tasks name a file, which other machines may know elsewhere or not at all."""

    def __call__(self, task: T_contra, /) -> R_co:
        """Do the task with the file that it names."""

    def file_of(self, task: T_contra, /) -> tuple[str, str]:
        """Path and SHA-256 of the file that a task names."""

    def elsewhere(self, task: T_contra, path: Path, /) -> R_co:
        """Do the task with a copy of its file; the result is that of the file itself."""

    def identity(self) -> Mapping[str, str]:
        """Versions of all that a result depends on, by what they are the version of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Why a task has no result."""

    code: Literal["crashed", "timeout", "memory"]
    what: str
    """Half a sentence: "the reading process was ended by SIGSEGV"."""


class WorkersFailedError(ScangradeError):
    """The worker processes cannot even start, or the cluster cannot be worked with."""


class WorkerError(RuntimeError):
    """A task raised an exception that cannot be sent between processes; the text is its traceback."""


def available_jobs() -> int:
    """Processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
