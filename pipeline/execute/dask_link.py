"""The way to the workers of a Dask cluster.

The only module that knows Dask, which is imported when a run needs it.
"""

import queue
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from pipeline.execute.addresses import local_workers, unreachable
from pipeline.execute.link import Gone
from pipeline.execute.local_cluster import LocalCluster
from pipeline.execute.records import WorkersFailedError
from pipeline.execute.remote import Reply, do_errands, same

SECONDS_TO_CONNECT = 30
SECONDS_TO_FETCH = 10
"""For a reply that is there; its worker may be lost meanwhile, and then it is made again."""
SECONDS_TO_CLOSE = 1
_QUIET = {
    "logging": dict.fromkeys(
        ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application"), "critical"
    ),
    "distributed": {"admin": {"large-graph-warning-threshold": "1TiB"}},
}
"""What Dask would say on standard error is said by our own errors."""


class DaskLink:
    """A client of a scheduler; as :class:`pipeline.execute.link.Link`."""

    def __init__(self, address: str) -> None:
        """Connect.

        Raises
        ------
        WorkersFailedError
            When the scheduler does not answer as one.
        """
        dask = import_module("dask")
        dask.config.update(dask.config.config, _QUIET)
        self._dask = import_module("distributed")
        import_module("distributed.config").initialize_logging(dask.config.config)
        self._address = address
        self._local: LocalCluster | None = None
        if count := local_workers(address):
            self._local = LocalCluster(count)
        self._replied: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._futures: dict[int, Any] = {}
        try:
            self._client = self._dask.Client(
                self._local.address if self._local else address,
                timeout=SECONDS_TO_CONNECT,
                set_as_default=False,
                name="scangrade",
            )
        except BaseException as error:
            if self._local is not None:
                self._local.end()
            if isinstance(error, (OSError, ValueError, ImportError, RuntimeError)):
                raise unreachable(address, f"no scheduler answers ({_line(error)})") from error
            raise

    def slots(self) -> int:
        """Threads of all workers that are there now."""
        if self._client.status not in ("running", "connecting"):
            raise unreachable(self._address, "its scheduler has ended")
        try:
            return sum(self._client.nthreads().values())
        except (OSError, ValueError, RuntimeError, AttributeError) as error:
            raise unreachable(self._address, f"its scheduler does not answer ({_line(error)})") from error

    def share(self, data: bytes) -> Any:
        """A task that gives the data, so that they can be made again wherever they are lost."""
        return self._client.submit(same, data, pure=False)

    def send(self, number: int, name: str, order: Any, errands: bytes, contents: Mapping[str, Any]) -> None:
        """Have a lot of tasks done."""
        future = self._client.submit(do_errands, name, order, errands, dict(contents), pure=False)
        self._futures[number] = future
        future.add_done_callback(lambda done: self._replied.put((number, done)))

    def replies(self, seconds: float) -> Sequence[tuple[int, Reply | Gone]]:
        """Every reply that is there; waits for the first so long."""
        found: list[tuple[int, Reply | Gone]] = []
        with suppress(queue.Empty):
            number, future = self._replied.get(timeout=seconds)
            while True:
                reply = self._reply(future)
                if reply is None:
                    self._replied.put((number, future))
                    break
                del self._futures[number]
                found.append((number, reply))
                number, future = self._replied.get_nowait()
        return found

    def _reply(self, future: Any) -> Reply | Gone | None:
        """What a lot's task gave; None when it has to be made again, as its worker was lost."""
        try:
            reply: Reply = future.result(timeout=SECONDS_TO_FETCH)
        except self._dask.KilledWorker as error:
            return Gone(workers=error.allowed_failures + 1)
        except TimeoutError:
            return None
        except (self._dask.CancelledError, OSError) as error:
            raise unreachable(self._address, "its scheduler has ended, or the way to it is lost") from error
        except Exception as error:
            raise WorkersFailedError(
                f"a worker of the cluster at {self._address} cannot do this work: {_line(error)}",
                hint="install the same version of scangrade on every worker; what was read is kept",
            ) from error
        return reply

    def close(self) -> None:
        """Give up what is under way; a lot that a worker is at is done, and forgotten."""
        if self._local is not None:
            self._local.end()
        else:
            with suppress(Exception):
                self._client.cancel(list(self._futures.values()), asynchronous=False, force=True)
        self._futures.clear()
        with suppress(Exception):
            self._client.close(timeout=SECONDS_TO_CLOSE)


def _line(error: BaseException) -> str:
    words = f"{type(error).__name__}: {error}".splitlines()
    return words[0].removesuffix(": ")
