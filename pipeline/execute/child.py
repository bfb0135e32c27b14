"""What a worker process does: take a task, answer it, take the next."""

import os
import pickle
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

from pipeline.execute.records import WorkerError, Workers

Kind = Literal["ready", "result", "raised", "memory"]
Message = tuple[Kind, Any]
"""What a worker says: once that it is ready, then one message for each task."""


def work(pipe: "Connection[Any, Any]", function: Callable[[Any], Any], workers: Workers) -> None:
    """Answer tasks until the pipe is closed; the main function of a worker process."""
    _stand_alone()
    if workers.initializer is not None:
        workers.initializer(*workers.arguments)
    if workers.megabytes is not None:
        _bound_memory(workers.megabytes)
    pipe.send_bytes(pickle.dumps(("ready", None)))
    with suppress(EOFError, ConnectionResetError):
        while True:
            pipe.send_bytes(_answer(function, pipe.recv_bytes()))


def _stand_alone() -> None:
    """Leave the terminal's signals to the parent, and end when it ends.

    A process group of its own: whatever programs this worker starts are ended together with it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    with suppress(OSError):
        os.setpgid(0, 0)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    """End this worker and what it has started when its parent is gone: a kill leaves nobody behind."""
    wait([sentinel])
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _bound_memory(megabytes: int) -> None:
    """Let this process, and each that it starts, have so much more address space than it has now."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + (megabytes << 20)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _answer(function: Callable[[Any], Any], task: bytes) -> bytes:
    """The message with the result of a task, or with what its function raised."""
    try:
        result = function(pickle.loads(task))  # noqa: S301 (the parent's own bytes)
        return pickle.dumps(("result", result), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(("memory", None))
    except Exception as error:  # noqa: BLE001 (it is raised again in the parent)
        return _raised(error)


def _raised(error: Exception) -> bytes:
    """The message with an exception; one that cannot travel goes as its traceback."""
    try:
        data = pickle.dumps(("raised", error))
        pickle.loads(data)  # noqa: S301 (our own bytes, made one line earlier)
    except Exception:  # noqa: BLE001 (whatever goes wrong, it cannot travel)
        text = "".join(traceback.format_exception(error))
        return pickle.dumps(("raised", WorkerError(text)))
    return data
