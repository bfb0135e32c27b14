"""Run one function over many tasks, in processes that may die, hang or eat memory.

Each worker has a pipe of its own and answers its tasks one by one, so the parent always knows which
task a worker is at. One that dies, or works longer than it may, is replaced, and costs one task and
not the batch. Results come back in the order of the tasks; a bounded number of them is under way, so
memory does not grow with the number of tasks. There is no queue, lock or thread in the parent: nothing
that a kill could leave behind.
"""

from pipeline.execute.pool import run_tasks
from pipeline.execute.records import Loss, WorkerError, Workers, WorkersFailedError, available_jobs

__all__ = [
    "Loss",
    "WorkerError",
    "Workers",
    "WorkersFailedError",
    "available_jobs",
    "run_tasks",
]
