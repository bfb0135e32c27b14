"""The parent's side of one worker process."""

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from pipeline.execute.child import Message, work
from pipeline.execute.records import Workers

_SECONDS_TO_DIE = 1.0
_FORKSERVER_IS_GONE = 255
_OF_THE_TERMINAL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """One process, with the tasks that it was sent and has not answered."""

    process: BaseProcess
    pipe: "Connection[Any, Any]"
    tasks: "deque[tuple[int, bytes]]" = field(default_factory=deque)
    """Number and pickle of each; it is at the first of them."""
    ready: bool = False
    seconds: float = 0.0
    """How long it has been at the first task, or at its start, while somebody watched."""

    @classmethod
    def start(cls, function: Callable[[Any], Any], workers: Workers) -> "Worker":
        """Start a process; it says that it is ready when it is."""
        context = _context(workers)
        ours, theirs = context.Pipe(duplex=True)
        try:
            with _without_signals():
                process = context.Process(target=work, args=(theirs, function, workers), daemon=True)
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process=process, pipe=ours)

    def send(self, number: int, task: bytes) -> None:
        """Send a task; a worker that has died keeps it until somebody notices."""
        if not self.tasks:
            self.seconds = 0.0
        self.tasks.append((number, task))
        with suppress(OSError):
            self.pipe.send_bytes(task)

    def receive(self) -> Message | None:
        """What it says; None when it has died."""
        try:
            message: Message = pickle.loads(self.pipe.recv_bytes())  # noqa: S301 (from our own process)
        except (EOFError, OSError):
            return None
        self.seconds = 0.0
        self.ready = True
        return message

    def end(self) -> str:
        """Kill the process and all that it has started; says what had ended it before that."""
        self.process.join(0)
        code = self.process.exitcode
        if code is None or code == _FORKSERVER_IS_GONE:
            _kill(self.process.pid)
        self.process.join(_SECONDS_TO_DIE)
        self.pipe.close()
        return _ending(code if code is not None else self.process.exitcode)


def _kill(process: int | None) -> None:
    """Kill a process with its group, or alone as long as it has none of its own."""
    if not process:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return "died"


@contextmanager
def _without_signals() -> Iterator[None]:
    """Keep the terminal's signals from a process that is started now, and from all that it starts.

    They go to the whole process group; the parent alone decides who ends.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context(workers: Workers) -> ForkServerContext | SpawnContext:
    """Pick the way to start workers.

    Not fork: a fork of a process with threads (OpenCV's, OpenBLAS's) may hang, and its children
    would inherit the lock of the results folder. A fork server has no threads and imports the
    libraries once; macOS libraries do not survive even that, so there each worker starts from
    nothing.
    """
    if sys.platform == "darwin":
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(workers.preload))
    return context
