"""The one way to have tasks done: in this process, by others on this machine, or on a cluster."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipeline.execute.cluster import run_on_cluster
from pipeline.execute.pool import Pool
from pipeline.execute.records import Loss, Workers

T = TypeVar("T")
R = TypeVar("R")


def run_tasks(
    function: Callable[[T], R],
    tasks: Iterable[T],
    workers: Workers | None = None,
    *,
    on_loss: Callable[[T, Loss], R],
) -> Iterator[R]:
    """Yield ``function(task)`` for each task, in the order of the tasks.

    Parameters
    ----------
    function
        A function of a module, or a record that can be called; it is sent to each worker once.
        Failures that are to be recorded are values; an exception ends the run and is raised here.
    tasks
        Taken as they are needed.
    workers
        None: everything in this process. For a cluster, ``function`` must be a
        :class:`~pipeline.execute.FileReader`.
    on_loss
        Called here with a task that has no result: it killed its worker twice, the second time
        while no other was at work, or took too long, or more memory than a worker may have. What
        it returns is that task's result.

    Raises
    ------
    WorkersFailedError
        When workers die, one after the other, before they are ready for a task; when a cluster
        cannot be reached, has no workers, or one that is not like this machine.

    Notes
    -----
    Closing the generator, or an exception such as KeyboardInterrupt in it, kills the workers at
    once; what they were doing is lost.
    """
    workers = workers or Workers()
    if workers.cluster:
        yield from run_on_cluster(function, tasks, workers, on_loss=on_loss)
        return
    if workers.jobs > 0:
        pool: Pool[T, R] = Pool(function, iter(tasks), workers, on_loss)
        try:
            yield from pool.results()
        finally:
            pool.kill()
        return
    if workers.initializer is not None:
        workers.initializer(*workers.arguments)
    for task in tasks:
        yield function(task)
