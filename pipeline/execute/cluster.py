"""Give tasks to the workers of a cluster, and hand out results in order, whatever becomes of the workers."""

import hashlib
import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

from pipeline.execute.link import Gone, Link
from pipeline.execute.pool import TICK, WINDOW
from pipeline.execute.probe import probe_file
from pipeline.execute.records import FileReader, Loss, Workers, WorkersFailedError
from pipeline.execute.remote import Answer, Errand, Order, Reply

T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8
"""Tasks that go to a worker together: a message costs as much as a tenth of a page."""
LOTS_OF_A_SLOT = 3
"""Lots under way for each thread of a worker: one at work, the others on their way."""
SECONDS_WITHOUT_WORKERS = 60.0
"""How long a cluster may have no worker: they may be starting, or starting again."""
MOST_SENT_BYTES = 256 << 20
"""Largest file that is sent to workers that do not see it."""


def run_on_cluster(
    function: Callable[[T], R],
    tasks: Iterable[T],
    workers: Workers,
    *,
    on_loss: Callable[[T, Loss], R],
    connect: Callable[[str], Link] | None = None,
) -> Iterator[R]:
    """Yield ``function(task)`` for each task, in their order; as :func:`pipeline.execute.run_tasks`.

    Parameters
    ----------
    function
        A :class:`FileReader`. A task is done with its file where a worker sees the same file at the
        same path, and with a copy that is sent to it where it does not.
    tasks, workers, on_loss
        As of :func:`~pipeline.execute.run_tasks`. Without a task nothing is connected.
    connect
        Opens the way to an address; None: by Dask.

    Raises
    ------
    WorkersFailedError
        When the cluster cannot be reached, is left without workers for a minute, or has one that is
        not like this machine; when a file is too large to be sent.
    """
    if not isinstance(function, FileReader):
        raise TypeError("what runs on a cluster must be a FileReader")
    tasks = iter(tasks)
    for first in tasks:
        with closing((connect or _connect)(workers.cluster)) as link:
            run = _Run(link, function, chain([first], tasks), workers, on_loss)
            yield from run.results()


def _connect(address: str) -> Link:
    from pipeline.execute.dask_link import DaskLink

    return DaskLink(address)


class _Run(Generic[T, R]):
    """Lots of tasks between the first whose result is not out yet and the last one taken."""

    def __init__(
        self,
        link: Link,
        function: FileReader[T, R],
        tasks: Iterator[T],
        workers: Workers,
        on_loss: Callable[[T, Loss], R],
    ) -> None:
        order = Order(
            function=function, workers=replace(workers, jobs=1, cluster=""), identity=function.identity()
        )
        data = pickle.dumps(order, pickle.HIGHEST_PROTOCOL)
        self._link = link
        self._address = workers.cluster
        self._function = function
        self._tasks = tasks
        self._on_loss = on_loss
        self._data = data
        self._name = hashlib.sha256(data).hexdigest()
        self._order = link.share(data)
        self._files = _SentFiles(link)
        self._sends_files = False
        self._lots: dict[int, list[Errand]] = {}  # under way
        self._waiting: deque[list[Errand]] = deque()  # to be sent once more
        self._suspects: deque[Errand] = deque()  # each was lost with its workers once
        self._accused: int | None = None  # the lot of the suspect that is tried alone
        self._done: dict[int, R] = {}
        self._raised: dict[int, Exception] = {}
        self._next_lot = 0
        self._next_task = 0
        self._next_result = 0
        self._all_taken = False
        self._slots = 0
        self._counted_at = -1.0
        self._last_worker = time.monotonic()

    def results(self) -> Iterator[R]:
        """Every result, in order."""
        while True:
            self._count_slots()
            self._feed()
            while self._next_result in self._done:
                self._next_result += 1
                yield self._done.pop(self._next_result - 1)
            if self._next_result in self._raised:
                raise self._raised[self._next_result]
            if self._all_taken and self._next_result == self._next_task:
                return
            for number, reply in self._link.replies(TICK):
                self._hear(number, reply)

    def _count_slots(self) -> None:
        """Look once a second how many workers there are."""
        now = time.monotonic()
        if now < self._counted_at + 1.0:
            return
        self._counted_at = now
        slots = self._link.slots()
        if slots:
            self._last_worker = now
        elif now > self._last_worker + SECONDS_WITHOUT_WORKERS:
            raise WorkersFailedError(
                f"the cluster at {self._address} has had no worker for {SECONDS_WITHOUT_WORKERS:.0f} seconds",
                hint="start workers (dask worker ADDRESS) and run the same command again, which goes on",
            )
        if slots != self._slots:
            log.info("cluster %s: %d pages are read at a time", self._address, slots)
        self._slots = slots

    # --- giving out tasks ------------------------------------------------------------------------

    def _feed(self) -> None:
        """Send as much as the workers may have; a task that was lost with them is tried again alone."""
        if self._suspects or self._accused is not None:
            if self._suspects and not self._lots:
                self._accused = self._send([self._suspects.popleft()])
            return
        while len(self._lots) < LOTS_OF_A_SLOT * self._slots:
            lot = self._waiting.popleft() if self._waiting else self._take()
            if not lot:
                return
            self._send(lot)

    def _take(self) -> list[Errand]:
        """The next tasks; none when there are no more, or enough are under way. The first lots are small."""
        most = min(MOST_AT_ONCE, 1 + self._next_task // (LOTS_OF_A_SLOT * max(1, self._slots)))
        lot: list[Errand] = []
        while len(lot) < most and self._next_task - self._next_result < WINDOW * self._slots:
            try:
                task = next(self._tasks)
            except StopIteration:
                self._all_taken = True
                break
            lot.append(self._errand(self._next_task, task))
            self._next_task += 1
        return lot

    def _errand(self, number: int, task: T) -> Errand:
        path, sha256 = self._function.file_of(task)
        whole = Path(path).absolute()
        return Errand(
            number=number,
            task=pickle.dumps(task, pickle.HIGHEST_PROTOCOL),
            path=str(whole),
            sha256=sha256,
            probe=probe_file(whole),
        )

    def _send(self, lot: list[Errand]) -> int:
        if self._sends_files:
            lot = [self._files.checked(errand) for errand in lot]
        number = self._next_lot
        self._next_lot += 1
        self._lots[number] = lot
        contents = self._files.shared(number, lot) if self._sends_files else {}
        errands = pickle.dumps(lot, pickle.HIGHEST_PROTOCOL)
        self._link.send(number, self._name, self._order, errands, contents)
        return number

    # --- taking in results -----------------------------------------------------------------------

    def _hear(self, number: int, reply: Reply | Gone) -> None:
        lot = self._lots.pop(number)
        self._files.release(number)
        was_alone = self._accused == number
        if was_alone:
            self._accused = None
        if isinstance(reply, Gone):
            self._lose(lot, reply, was_alone=was_alone)
            return
        kind, value = reply
        if kind == "differs":
            raise WorkersFailedError(
                f"a worker of the cluster at {self._address} would not read as this machine does: {value}",
                hint="install the same versions on the workers, or leave --cluster out",
            )
        if kind == "failed":
            message, hint = value
            raise WorkersFailedError(f"{message}, on a worker of the cluster at {self._address}", hint=hint)
        self._take_in(lot, value)

    def _take_in(self, lot: list[Errand], answers: Sequence[Answer]) -> None:
        errands = {errand.number: errand for errand in lot}
        unseen = []
        for number, kind, value in answers:
            errand = errands[number]
            if kind == "raised":
                self._raised[number] = value
            elif kind == "lost":
                self._done[number] = self._on_loss(_task(errand), value)
            elif kind == "unseen":
                unseen.append(errand)
            else:
                self._done[number] = value
        if unseen:
            if not self._sends_files:
                log.info("cluster %s: workers do not see the scans, so they are sent", self._address)
            self._sends_files = True
            self._waiting.append(unseen)

    def _lose(self, lot: list[Errand], gone: Gone, *, was_alone: bool) -> None:
        """Workers were lost with these tasks: each is tried again alone; the second time it is lost.

        It may have been what the tasks share that they were lost with, so that is shared anew.
        """
        self._order = self._link.share(self._data)
        self._files.forget()
        if not was_alone:
            self._suspects.extend(lot)
            return
        what = f"{gone.workers} workers of the cluster were lost while one of them read it, and nothing else"
        for errand in lot:
            self._done[errand.number] = self._on_loss(_task(errand), Loss(code="crashed", what=what))


def _task(errand: Errand) -> Any:
    return pickle.loads(errand.task)  # noqa: S301 (our own bytes)


class _SentFiles:
    """Files that workers do not see, each sent as long as tasks that need it are under way."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._shared: dict[str, Any] = {}
        self._needed: dict[int, set[str]] = {}

    def checked(self, errand: Errand) -> Errand:
        """The task; without a probe when its file is no longer what it was: then nothing is sent."""
        if errand.sha256 in self._shared or errand.probe is None:
            return errand
        if errand.probe.size > MOST_SENT_BYTES:
            raise WorkersFailedError(
                f"{errand.path} has {errand.probe.size >> 20} MB, too much to be sent to workers that do not"
                " see it",
                hint="put the scans into a folder that the workers see under the same path, or split it",
            )
        try:
            data = Path(errand.path).read_bytes()
        except OSError:
            return replace(errand, probe=None)
        if hashlib.sha256(data).hexdigest() != errand.sha256:
            return replace(errand, probe=None)
        self._shared[errand.sha256] = self._link.share(data)
        return errand

    def shared(self, number: int, lot: Sequence[Errand]) -> dict[str, Any]:
        """What stands for the files of a lot."""
        self._needed[number] = {errand.sha256 for errand in lot if errand.probe is not None}
        return {name: self._shared[name] for name in sorted(self._needed[number])}

    def release(self, number: int) -> None:
        """A lot is back: files that no other one needs are let go."""
        for name in self._needed.pop(number, set()):
            if not any(name in needed for needed in self._needed.values()):
                self._shared.pop(name, None)

    def forget(self) -> None:
        """Send every file anew from now on."""
        self._shared.clear()
