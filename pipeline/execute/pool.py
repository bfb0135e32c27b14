"""Keep a few workers busy, replace those that are lost, hand out results in order."""

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Generic, TypeVar

from pipeline.execute.records import Loss, Workers, WorkersFailedError
from pipeline.execute.worker import Worker

T = TypeVar("T")
R = TypeVar("R")

READY_TASKS = 4
"""Tasks that a worker has at most: one at work, the others in its pipe, so that it never waits."""
SMALL_TASK = 8_192
"""Bytes of a task that may lie in a pipe; a larger one could block it and waits for an idle worker."""
WINDOW = 128
"""Tasks under way for each worker, with those whose results wait for an earlier one."""
TICK = 0.2
"""Seconds between two looks at the clock."""
SECONDS_TO_START = 120.0
TRIES_TO_START = 3
"""Workers that may die one after the other before they are ready."""


class Pool(Generic[T, R]):
    """Workers, and the tasks between the first whose result is not out yet and the last one taken."""

    def __init__(
        self,
        function: Callable[[T], R],
        tasks: Iterator[T],
        workers: Workers,
        on_loss: Callable[[T, Loss], R],
    ) -> None:
        self._function = function
        self._tasks = tasks
        self._limits = workers
        self._on_loss = on_loss
        self._workers: list[Worker] = []
        self._waiting: deque[tuple[int, bytes]] = deque()  # given back by a worker that was lost
        self._suspects: deque[tuple[int, bytes]] = deque()  # each has killed a worker once
        self._accused: set[int] = set()
        self._done: dict[int, R] = {}
        self._raised: dict[int, Exception] = {}
        self._next_task = 0
        self._next_result = 0
        self._all_taken = False
        self._failed_starts = 0

    def results(self) -> Iterator[R]:
        """Every result, in order."""
        while True:
            self._feed()
            while self._next_result in self._done:
                self._next_result += 1
                yield self._done.pop(self._next_result - 1)
                self._feed()
            if self._next_result in self._raised:
                raise self._raised[self._next_result]
            if self._all_taken and self._next_result == self._next_task:
                return
            self._listen()

    def more(self, tasks: Iterable[T]) -> Iterator[R]:
        """The results of further tasks, by the same workers, when all earlier ones are out."""
        self._tasks = iter(tasks)
        self._all_taken = False
        return self.results()

    def kill(self) -> None:
        """End the workers, whatever they are doing: Ctrl-C must not wait for a slow page."""
        while self._workers:
            self._workers.pop().end()

    # --- giving out tasks ------------------------------------------------------------------------

    def _feed(self) -> None:
        """Give the workers as much as they may have; a task that killed one is tried again alone."""
        if self._suspects:
            if not any(worker.tasks for worker in self._workers):
                number, task = self._suspects.popleft()
                self._accused.add(number)
                self._idle_worker().send(number, task)
            return
        if self._accused and any(
            worker.tasks and worker.tasks[0][0] in self._accused for worker in self._workers
        ):
            return
        while (item := self._take()) is not None:
            worker = self._worker_for(len(item[1]))
            if worker is None:
                self._waiting.appendleft(item)
                return
            worker.send(*item)

    def _take(self) -> tuple[int, bytes] | None:
        """The next task; None when there is none, or enough are under way."""
        if self._waiting:
            return self._waiting.popleft()
        if self._all_taken or self._next_task - self._next_result >= WINDOW * self._limits.jobs:
            return None
        try:
            task = next(self._tasks)
        except StopIteration:
            self._all_taken = True
            return None
        self._next_task += 1
        return self._next_task - 1, pickle.dumps(task, pickle.HIGHEST_PROTOCOL)

    def _worker_for(self, size: int) -> Worker | None:
        least = min(self._workers, key=lambda worker: len(worker.tasks), default=None)
        if least is not None and not least.tasks:
            return least
        if least is None or len(self._workers) < self._limits.jobs:
            return self._start()
        return least if size <= SMALL_TASK and len(least.tasks) < READY_TASKS else None

    def _idle_worker(self) -> Worker:
        return self._workers[0] if self._workers else self._start()

    def _start(self) -> Worker:
        worker = Worker.start(self._function, self._limits)
        self._workers.append(worker)
        return worker

    # --- taking in results -----------------------------------------------------------------------

    def _listen(self) -> None:
        """Wait for a result, a death or the next look at the clock."""
        begin = time.monotonic()
        ready = wait([worker.pipe for worker in self._workers], TICK)
        # Time in which this process itself stood still is no worker's.
        spent = min(time.monotonic() - begin, TICK)
        for worker in list(self._workers):
            if worker.pipe in ready:
                self._hear(worker)
            elif worker.tasks or not worker.ready:
                worker.seconds += spent
                self._check_time(worker)

    def _hear(self, worker: Worker) -> None:
        was_ready = worker.ready
        message = worker.receive()
        if message is None:
            self._bury(worker)
            return
        kind, value = message
        if not was_ready:
            self._failed_starts = 0
            return
        number, task = worker.tasks.popleft()
        self._accused.discard(number)
        if kind == "raised":
            self._raised[number] = value
        elif kind == "memory":
            self._replace(worker)
            self._lose(number, task, Loss(code="memory", what=self._too_much()))
        else:
            self._done[number] = value

    def _check_time(self, worker: Worker) -> None:
        if not worker.ready:
            if worker.seconds > SECONDS_TO_START:
                self._bury(worker)
        elif self._limits.seconds is not None and worker.seconds > self._limits.seconds:
            number, task = worker.tasks.popleft()
            self._replace(worker)
            what = f"it took longer than {self._limits.seconds:g} seconds"
            self._lose(number, task, Loss(code="timeout", what=what))

    def _bury(self, worker: Worker) -> None:
        """A worker is dead: its task is tried again once; the second time it is lost."""
        if not worker.ready:
            self._failed_starts += 1
            self._replace(worker)
            if self._failed_starts >= TRIES_TO_START:
                raise WorkersFailedError(
                    "the processes that read pages die as soon as they start",
                    hint="scangrade doctor says what this machine lacks; what was read is kept",
                )
            return
        item = worker.tasks.popleft() if worker.tasks else None
        ending = self._replace(worker)
        if item is None:
            return
        if item[0] in self._accused:
            self._lose(*item, Loss(code="crashed", what=f"the process that read it {ending}"))
        else:
            self._suspects.append(item)

    def _replace(self, worker: Worker) -> str:
        """End a worker and take its other tasks back; says what had ended it."""
        self._workers.remove(worker)
        back = [item for item in worker.tasks if item[0] not in self._accused]
        self._suspects.extend(item for item in worker.tasks if item[0] in self._accused)
        self._waiting = deque(sorted([*self._waiting, *back]))
        return worker.end()

    def _lose(self, number: int, task: bytes, loss: Loss) -> None:
        self._accused.discard(number)
        self._done[number] = self._on_loss(pickle.loads(task), loss)  # noqa: S301 (our own bytes)

    def _too_much(self) -> str:
        most = self._limits.megabytes
        return "there was not enough memory" if most is None else f"it took more than {most} MB of memory"
