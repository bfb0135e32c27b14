"""What a worker of a cluster does: have each task done by a process of its own that can be killed.

A worker never does a task itself, so no task can kill it, or keep it busy longer than it may. All that is
sent to and fro are bytes and plain values: machines may differ in their versions until that is checked.
"""

import pickle
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import current_process
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import system_reason
from pipeline.execute.pool import Pool
from pipeline.execute.probe import Probe, probe_file
from pipeline.execute.records import FileReader, Loss, Workers, WorkersFailedError

IDLE_SECONDS = 30.0
"""How long a process waits for the next tasks of its run."""
KEPT_COPIES = 8
"""Copies of files that are kept although no task at hand needs them."""

Kind = Literal["result", "lost", "raised", "unseen"]
Answer = tuple[int, Kind, Any]
"""Number of a task, and what became of it; "unseen": its file is not there, and no copy was sent."""
Reply = tuple[Literal["answers", "differs", "failed"], Any]
"""What a worker says to its tasks. "differs": what is not as on the other machine; "failed": message and
hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What all tasks of a run have in common."""

    function: FileReader[Any, Any]
    workers: Workers
    identity: Mapping[str, str]
    """Of the machine that sends the tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A task on its way."""

    number: int
    task: bytes
    """Pickled."""
    path: str
    """Where the file of the task is on the machine that sends it, from the root."""
    sha256: str
    probe: Probe | None
    """What is there; None: nothing that can be read, and none is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """The file of a task is not here."""


@dataclass(frozen=True, slots=True)
class ReadHere:
    """The function of a run, with the files of this machine; sent to the process that does the tasks."""

    function: FileReader[Any, Any]

    def __call__(self, sent: tuple[Errand, str]) -> Any:
        """Do a task with its file when that is here, else with the copy; :class:`Unseen` without one."""
        errand, copy = sent
        task = pickle.loads(errand.task)  # noqa: S301 (from the machine that gives us its work)
        if errand.probe is None:
            return self.function(task)
        if probe_file(Path(errand.path)) == errand.probe:
            return self.function.elsewhere(task, Path(errand.path))
        return self.function.elsewhere(task, Path(copy)) if copy else Unseen()


def same(data: bytes) -> bytes:
    """What it is given: makes of data something that the cluster can make again when a worker is lost."""
    return data


def do_errands(name: str, order: bytes, errands: bytes, contents: Mapping[str, bytes]) -> Reply:
    """Do some tasks of a run; called in a thread of a worker.

    Parameters
    ----------
    name
        SHA-256 of the order.
    order
        The pickled :class:`Order`.
    errands
        The pickled list of :class:`Errand`.
    contents
        Bytes of files that may not be here, by their SHA-256.
    """
    ordered = _order(name, order)
    here = _identity(name, ordered.function)
    if here != dict(ordered.identity):
        return "differs", differences(ordered.identity, here)
    desk = _DESKS.take(name, ordered)
    try:
        with _COPIES.of(contents) as copies:
            answers = desk.answers(pickle.loads(errands), copies)  # noqa: S301 (as above)
    except WorkersFailedError as error:
        desk.end()
        return "failed", (error.message, error.hint)
    except OSError as error:
        desk.end()
        what = f"a worker of the cluster cannot keep a copy of a scan: {system_reason(error)}"
        return "failed", (what, "make room there and run the same command again; what was read is kept")
    except BaseException:
        desk.end()
        raise
    _DESKS.give_back(desk)
    return "answers", answers


@lru_cache(maxsize=4)
def _order(name: str, order: bytes) -> Order:  # noqa: ARG001 (the name is what is looked up)
    found: Order = pickle.loads(order)  # noqa: S301 (as above)
    return found


_identities: dict[str, dict[str, str]] = {}


def _identity(name: str, function: FileReader[Any, Any]) -> dict[str, str]:
    if name not in _identities:
        _identities[name] = dict(function.identity())
    return _identities[name]


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """In what two machines differ: "opencv 5.0.1 here and 5.0.0 on the worker"."""
    names = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    words = (f"{name} {there.get(name, 'none')} here and {here.get(name, 'none')} there" for name in names)
    return ", ".join(words)


# --- processes -------------------------------------------------------------------------------------


class _Desk:
    """One process that does tasks, kept from one lot of them to the next."""

    def __init__(self, name: str, order: Order) -> None:
        self.name = name
        self.since = 0.0
        self._failed = False
        self._pool: Pool[tuple[Errand, str], Any] = Pool(
            ReadHere(order.function), iter(()), order.workers, _as_it_is
        )

    def answers(self, errands: Sequence[Errand], copies: Mapping[str, str]) -> list[Answer]:
        """Do tasks one by one; an exception of the function is the last answer."""
        answers: list[Answer] = []
        results = self._pool.more((errand, copies.get(errand.sha256, "")) for errand in errands)
        for errand in errands:
            try:
                answers.append(_answer(errand.number, next(results)))
            except WorkersFailedError:
                raise
            except Exception as error:  # noqa: BLE001 (it is raised again where the run was started)
                self._failed = True
                return [*answers, (errand.number, "raised", error)]
        next(results, None)
        return answers

    def is_usable(self, name: str) -> bool:
        """Whether it can do tasks of a run."""
        return self.name == name and not self._failed

    def end(self) -> None:
        """End its process."""
        self._pool.kill()


def _as_it_is(task: object, loss: Loss) -> Loss:  # noqa: ARG001 (the pool's signature)
    return loss


def _answer(number: int, result: Any) -> Answer:
    if isinstance(result, Unseen):
        return number, "unseen", None
    return number, "lost" if isinstance(result, Loss) else "result", result


class _Desks:
    """The processes of this worker that have nothing to do; they are ended after a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Desk] = []
        self._cleaner: threading.Thread | None = None

    def take(self, name: str, order: Order) -> _Desk:
        """A process for tasks of a run."""
        with self._lock:
            usable = [desk for desk in self._idle if desk.is_usable(name)]
            others = [desk for desk in self._idle if not desk.is_usable(name)]
            self._idle = usable[1:]
        for desk in others:
            desk.end()
        if usable:
            return usable[0]
        _allow_children()
        return _Desk(name, order)

    def give_back(self, desk: _Desk) -> None:
        """The process has done its tasks."""
        desk.since = time.monotonic()
        with self._lock:
            self._idle.append(desk)
            if self._cleaner is None:
                self._cleaner = threading.Thread(target=self._clean, daemon=True)
                self._cleaner.start()

    def _clean(self) -> None:
        """End processes that nobody has asked for any more, until none is left."""
        while True:
            time.sleep(IDLE_SECONDS / 4)
            latest = time.monotonic() - IDLE_SECONDS
            with self._lock:
                old = [desk for desk in self._idle if desk.since < latest]
                self._idle = [desk for desk in self._idle if desk.since >= latest]
                done = not self._idle
                if done:
                    self._cleaner = None
            for desk in old:
                desk.end()
            if done:
                _COPIES.clear()
                return


def _allow_children() -> None:
    """Let this process start others.

    Dask starts its workers as daemons, which may not; ours are ended with the worker all the same, as each
    of them watches it.
    """
    with suppress(AssertionError):
        current_process().daemon = False


# --- files -----------------------------------------------------------------------------------------


class _Copies:
    """Files that were sent because they are not here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._uses: dict[str, int] = {}

    def of(self, contents: Mapping[str, bytes]) -> "_Lent":
        """The paths of copies, by SHA-256, as long as the context is open."""
        return _Lent(self, contents)

    def lend(self, sha256: str, data: bytes) -> str:
        """The path of a copy; it is written when it is not there yet."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="scangrade-"))
            path = self._folder / sha256
            uses = self._uses.pop(sha256, 0)
            if not path.exists():
                path.write_bytes(data)
            self._uses[sha256] = uses + 1
        return str(path)

    def take_back(self, sha256: str) -> None:
        """A copy is not needed by somebody any more; the last few are kept."""
        with self._lock:
            self._uses[sha256] -= 1
            unused = [name for name, uses in self._uses.items() if not uses]
            for name in unused[:-KEPT_COPIES]:
                del self._uses[name]
                if self._folder is not None:
                    (self._folder / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything, when nobody needs any of it."""
        with self._lock:
            if self._folder is not None and not any(self._uses.values()):
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None
                self._uses.clear()


@dataclass(slots=True)
class _Lent:
    _copies: _Copies
    _contents: Mapping[str, bytes]
    _names: list[str] = field(default_factory=list)

    def __enter__(self) -> dict[str, str]:
        paths = {}
        for sha256, data in self._contents.items():
            paths[sha256] = self._copies.lend(sha256, data)
            self._names.append(sha256)
        return paths

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            self._copies.take_back(name)


_DESKS = _Desks()
_COPIES = _Copies()
