"""Run one function over many tasks, in this process or in several.

A dead worker costs one task, not the batch; results come back in the order of the tasks; no more
than a few chunks are in flight, so memory does not grow with the number of tasks.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from pipeline.errors import ScangradeError

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 8
"""Tasks that go to a worker at once: one task per message costs about half as much again."""

CHUNKS_PER_WORKER = 3
"""Chunks in flight for each worker: one at work, the others ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How many processes, and what each of them does before its first task."""

    jobs: int = 1
    """1: no other process at all."""
    initializer: Callable[..., None] | None = None
    """Called once per worker (once in this process for one job)."""
    arguments: tuple[Any, ...] = ()
    """Of the initializer."""
    preload: Sequence[str] = ()
    """Modules that are imported once for all workers."""
    chunk: int = CHUNK


class WorkersFailedError(ScangradeError):
    """The worker processes cannot even start."""


class WorkerError(RuntimeError):
    """A task raised an exception that cannot be sent between processes; the text is its traceback."""


def available_jobs() -> int:
    """Processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def run_tasks(
    function: Callable[[T], R],
    tasks: Iterable[T],
    workers: Workers | None = None,
    *,
    on_crash: Callable[[T], R],
) -> Iterator[R]:
    """Yield ``function(task)`` for each task, in the order of the tasks.

    Parameters
    ----------
    function
        A function of a module (it is sent by name). Failures that are to be recorded are values;
        an exception ends the run and is raised here.
    tasks
        Taken as they are needed.
    workers
        None: everything in this process.
    on_crash
        Called here with a task that killed its worker twice, the second time alone; what it
        returns is that task's result. With one job there is no worker to kill.

    Raises
    ------
    WorkersFailedError
        When a new worker dies before any task.

    Notes
    -----
    Closing the generator, or an exception such as KeyboardInterrupt in it, ends the workers at
    once; what they were doing is lost.
    """
    workers = workers or Workers()
    if workers.jobs > 1:
        pool = _Pool(workers)
        try:
            yield from _in_order(pool, function, iter(tasks), on_crash)
        except BaseException:
            pool.kill()
            raise
        pool.close()
        return
    if workers.initializer is not None:
        workers.initializer(*workers.arguments)
    for task in tasks:
        yield function(task)


def _in_order(
    pool: "_Pool", function: Callable[[T], R], tasks: Iterator[T], on_crash: Callable[[T], R]
) -> Iterator[R]:
    """Keep a bounded queue of chunks in flight and yield from its head."""
    queue: deque[_Chunk[T, R]] = deque()
    limit = pool.workers.jobs * CHUNKS_PER_WORKER
    size = max(1, pool.workers.chunk)
    while True:
        while len(queue) < limit and (some := list(islice(tasks, size))):
            queue.append(_Chunk(tasks=some))
            pool.send(function, queue[-1])
        if not queue:
            return
        head = queue[0]
        try:
            results = head.results()
        except BrokenProcessPool:
            _repair(pool, function, queue, on_crash)
            results = head.results()
        queue.popleft()
        yield from results


def _repair(
    pool: "_Pool", function: Callable[[T], R], queue: "deque[_Chunk[T, R]]", on_crash: Callable[[T], R]
) -> None:
    """Finish every chunk that the broken pool left unfinished, one at a time.

    A chunk that kills its worker again is gone through task by task; the task that kills the
    worker when it is alone there becomes ``on_crash(task)``.
    """
    pool.reopen()
    for chunk in queue:
        if chunk.is_done():
            continue
        pool.send(function, chunk)
        if chunk.is_done():
            continue
        pool.reopen()
        chunk.finished = [_alone(pool, function, task, on_crash) for task in chunk.tasks]


def _alone(pool: "_Pool", function: Callable[[T], R], task: T, on_crash: Callable[[T], R]) -> R:
    single: _Chunk[T, R] = _Chunk(tasks=[task])
    pool.send(function, single)
    try:
        return single.results()[0]
    except BrokenProcessPool:
        pool.reopen()
        return on_crash(task)


@dataclass(slots=True, kw_only=True)
class _Chunk(Generic[T, R]):
    tasks: list[T]
    future: "Future[list[R]] | None" = None
    finished: list[R] | None = field(default=None)

    def results(self) -> list[R]:
        """Wait for the results.

        Raises
        ------
        BrokenProcessPool
            When a worker died before they came.
        """
        if self.finished is None:
            if self.future is None:
                raise BrokenProcessPool("never sent")
            self.finished = self.future.result()
        return self.finished

    def is_done(self) -> bool:
        """Wait, and say whether there are results."""
        try:
            self.results()
        except BrokenProcessPool:
            return False
        return True


class _Pool:
    """A process pool that can be opened again."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self._before = set(multiprocessing.active_children())
        self._executor = self._open()

    def send(self, function: Callable[[T], R], chunk: _Chunk[T, R]) -> None:
        """Submit a chunk; one that a broken pool refuses stays unfinished."""
        try:
            chunk.future = self._executor.submit(_run_chunk, function, chunk.tasks)
        except BrokenProcessPool:
            chunk.future = None

    def reopen(self) -> None:
        """Replace a broken pool.

        Raises
        ------
        WorkersFailedError
            When a new worker dies at once: then no task is to blame.
        """
        self.kill()
        self._executor = self._open()
        try:
            self._executor.submit(_ready).result()
        except BrokenProcessPool as error:
            raise WorkersFailedError(
                "the worker processes die as soon as they start",
                hint="run again with -j 1, which uses no other process",
            ) from error

    def close(self) -> None:
        """End workers that have nothing left to do."""
        self._executor.shutdown(wait=True)

    def kill(self) -> None:
        """End the workers, whatever they are doing: Ctrl-C must not wait for a slow page."""
        for process in set(multiprocessing.active_children()) - self._before:
            process.terminate()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=self.workers.jobs,
            mp_context=_context(self.workers.preload),
            initializer=_start_worker,
            initargs=(self.workers.initializer, self.workers.arguments),
        )


def _context(preload: Sequence[str]) -> BaseContext:
    """Pick the way to start workers.

    Not fork: a fork of a process with threads (OpenCV's, OpenBLAS's, the pool's own) may hang, and
    its children would inherit the lock of the results folder. A fork server has no threads and
    imports the libraries once; macOS libraries do not survive even that, so there each worker
    starts from nothing.
    """
    if sys.platform in ("darwin", "win32"):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def _start_worker(initializer: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()
    if initializer is not None:
        initializer(*arguments)


def _leave_with(sentinel: int) -> None:
    """End this worker when its parent is gone: a killed parent must leave nobody behind."""
    wait([sentinel])
    os._exit(1)


def _ready() -> bool:
    return True


def _run_chunk(function: Callable[[T], R], tasks: list[T]) -> list[R]:
    try:
        return [function(task) for task in tasks]
    except Exception as error:
        # An exception that does not survive pickling would look like a dead worker.
        if _travels(error):
            raise
        raise WorkerError(traceback.format_exc()) from None


def _travels(error: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes, made one call earlier)
    except Exception:  # noqa: BLE001 (whatever goes wrong, the answer is no)
        return False
    return True
