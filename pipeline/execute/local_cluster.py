"""A Dask cluster on this machine, in processes of its own, that ends with the process that started it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module

from pipeline.execute.records import WorkersFailedError


class LocalCluster:
    """A scheduler and some workers, each of one thread; a worker that is lost is started again.

    They are a session of their own, so a Ctrl-C of the terminal does not reach them, and they end as soon
    as nobody holds the other end of their standard input: when this process ends, however it does.
    """

    def __init__(self, workers: int) -> None:
        """Start it.

        Raises
        ------
        WorkersFailedError
            When it does not start.
        """
        command = [sys.executable, "-m", "pipeline.execute.local_cluster", str(workers)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.address = self._process.stdout.readline().decode().strip() if self._process.stdout else ""
        except BaseException:
            self.end()
            raise
        if not self.address:
            self.end()
            raise WorkersFailedError(
                f"a cluster of {workers} workers could not be started on this machine",
                hint="leave --cluster out, or ask for fewer workers; what was read is kept",
            )

    def end(self) -> None:
        """End every process of it at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def main(workers: int) -> None:
    """Start a cluster, print its address, and end with all of it when standard input does."""
    dask, distributed = import_module("dask"), import_module("distributed")
    with dask.config.set({"distributed.worker.memory.terminate": False}):
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            silence_logs=50,
        )
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
