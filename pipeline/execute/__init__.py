"""Run one function over many tasks, in processes that may die, hang or eat memory.

Each worker has a pipe of its own and answers its tasks one by one, so the parent always knows which
task a worker is at. One that dies, or works longer than it may, is replaced, and costs one task and
not the batch. Results come back in the order of the tasks; a bounded number of them is under way, so
memory does not grow with the number of tasks. There is no queue, lock or thread in the parent: nothing
that a kill could leave behind.

With ``Workers(cluster=...)`` the tasks go to the workers of a Dask cluster instead. Each thread of these
has a process of that kind, so a task is bounded, and lost, in just the same way there.
"""

from pipeline.execute.addresses import check_address
from pipeline.execute.records import (
    FileReader,
    Loss,
    WorkerError,
    Workers,
    WorkersFailedError,
    available_jobs,
)
from pipeline.execute.tasks import run_tasks

__all__ = [
    "FileReader",
    "Loss",
    "WorkerError",
    "Workers",
    "WorkersFailedError",
    "available_jobs",
    "check_address",
    "run_tasks",
]
