"""Tasks in this process and in others."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.execute import Loss, WorkerError, Workers, WorkersFailedError, available_jobs, run_tasks

TWO = Workers(jobs=2)


def double(task: int) -> int:
    return 2 * task


def double_slow_first(task: int) -> int:
    if task == 0:
        time.sleep(0.5)
    return 2 * task


def die_on_seven(task: int) -> int:
    if task == 7:
        os._exit(9)
    return 2 * task


def die_on_every_third(task: int) -> int:
    if task % 3 == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * task


def die_once(task: tuple[str, int]) -> int:
    marker, number = task
    if number == 2 and not Path(marker).exists():
        Path(marker).touch()
        os._exit(1)
    return 2 * number


class StubbornError(Exception):
    """Cannot be made from its own arguments alone."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def raise_value_error(task: int) -> int:
    raise ValueError(f"task {task}")


def raise_stubborn(task: int) -> int:
    raise StubbornError(f"task {task}", code="x")


def die_at_start() -> None:
    os._exit(3)


def remember_start(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()


def process_of(task: int) -> int:
    return os.getpid()


def is_interrupt_ignored(task: int) -> bool:
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def sleep_long(task: int) -> int:
    time.sleep(60)
    return task


def hang_on_four(task: int) -> int:
    while task == 4:
        time.sleep(60)
    return 2 * task


def stop_on_one(task: int) -> int:
    if task == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    return task


def eat_on_two(task: int) -> int:
    return 2 * task if task != 2 else len(bytearray(400 << 20))


def start_a_program(folder: str) -> int:
    program = subprocess.Popen(["sleep", "60"])
    (Path(folder) / str(program.pid)).touch()
    return program.wait()


def crashed(task: int, loss: Loss) -> int:
    assert loss.code == "crashed"
    return -task


def blamed(task: tuple[str, int], loss: Loss) -> int:
    return -task[1]


def ended(task: str, loss: Loss) -> int:
    return 0


def told(task: int, loss: Loss) -> tuple[str, str]:
    return loss.code, loss.what


def never(task: object, loss: Loss) -> int:
    raise AssertionError(f"{task} was lost: {loss.what}")


@pytest.mark.parametrize("workers", [None, Workers(jobs=1), TWO])
def test_results_come_in_the_order_of_the_tasks(workers: Workers | None) -> None:
    results = list(run_tasks(double_slow_first, range(20), workers, on_loss=crashed))
    assert results == [2 * n for n in range(20)]


def test_no_job_uses_no_other_process() -> None:
    assert set(run_tasks(process_of, range(5), Workers(), on_loss=crashed)) == {os.getpid()}


def test_one_job_uses_one_other_process() -> None:
    (process,) = set(run_tasks(process_of, range(5), Workers(jobs=1), on_loss=crashed))
    assert process != os.getpid()


def test_several_jobs_use_other_processes() -> None:
    assert os.getpid() not in set(run_tasks(process_of, range(5), TWO, on_loss=crashed))


def test_no_task_gives_no_result() -> None:
    assert list(run_tasks(double, [], TWO, on_loss=crashed)) == []


def test_a_task_that_kills_its_worker_costs_only_itself() -> None:
    results = list(run_tasks(die_on_seven, range(20), TWO, on_loss=crashed))
    assert results == [-7 if n == 7 else 2 * n for n in range(20)]


def test_several_tasks_that_kill_their_workers_cost_only_themselves() -> None:
    results = list(run_tasks(die_on_every_third, range(8), TWO, on_loss=crashed))
    assert results == [-n if n % 3 == 0 else 2 * n for n in range(8)]


def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    tasks = [(str(tmp_path / "died"), number) for number in range(6)]
    assert list(run_tasks(die_once, tasks, TWO, on_loss=blamed)) == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_task_that_hangs_costs_only_itself(jobs: int) -> None:
    workers = Workers(jobs=jobs, seconds=2.5)
    results = list(run_tasks(hang_on_four, range(12), workers, on_loss=told))
    late = ("timeout", "it took longer than 2.5 seconds")
    assert results == [late if n == 4 else 2 * n for n in range(12)]


def test_a_worker_that_is_stopped_counts_as_one_that_hangs() -> None:
    results = list(run_tasks(stop_on_one, range(3), Workers(jobs=1, seconds=2.5), on_loss=told))
    assert [isinstance(result, tuple) for result in results] == [False, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_task_that_eats_memory_costs_only_itself(jobs: int) -> None:
    workers = Workers(jobs=jobs, megabytes=100)
    results = list(run_tasks(eat_on_two, range(6), workers, on_loss=told))
    fat = ("memory", "it took more than 100 MB of memory")
    assert results == [fat if n == 2 else 2 * n for n in range(6)]


def test_a_task_that_dies_says_by_what() -> None:
    (result,) = run_tasks(die_on_every_third, [3], Workers(jobs=1), on_loss=told)
    assert result == ("crashed", "the process that read it was ended by SIGKILL")


def test_what_a_hanging_task_has_started_ends_with_it(tmp_path: Path) -> None:
    list(run_tasks(start_a_program, [str(tmp_path)], Workers(jobs=1, seconds=2.5), on_loss=ended))
    (process,) = [int(path.name) for path in tmp_path.iterdir()]
    assert eventually(lambda: not is_alive(process))


def test_a_worker_that_dies_idle_costs_nothing() -> None:
    results = run_tasks(process_of, iter(range(300)), Workers(jobs=1), on_loss=never)
    first = next(results)
    time.sleep(0.2)
    os.kill(first, signal.SIGKILL)
    rest = list(results)
    assert len(rest) == 299
    assert rest[-1] != first


def test_tasks_too_large_for_a_pipe_arrive() -> None:
    tasks = [bytes(3_000_000) for _ in range(9)]
    assert list(run_tasks(bytes, tasks, TWO, on_loss=never)) == tasks


def test_workers_that_cannot_start_blame_no_task() -> None:
    workers = Workers(jobs=2, initializer=die_at_start)
    with pytest.raises(WorkersFailedError, match="as soon as they start"):
        list(run_tasks(double, range(4), workers, on_loss=crashed))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_exception_of_a_task_is_raised_to_the_caller(jobs: int) -> None:
    with pytest.raises(ValueError, match="task 0"):
        list(run_tasks(raise_value_error, range(4), Workers(jobs=jobs), on_loss=crashed))


def test_an_exception_that_cannot_travel_arrives_as_its_traceback() -> None:
    with pytest.raises(WorkerError, match="StubbornError: task 0"):
        list(run_tasks(raise_stubborn, range(4), TWO, on_loss=crashed))


def test_the_initializer_runs_once_in_each_worker(tmp_path: Path) -> None:
    workers = Workers(jobs=2, initializer=remember_start, arguments=(str(tmp_path),))
    used = set(run_tasks(process_of, range(12), workers, on_loss=crashed))
    assert used <= {int(path.name) for path in tmp_path.iterdir()}


def test_tasks_are_taken_only_as_they_are_needed() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = run_tasks(double, tasks(), TWO, on_loss=crashed)
    assert next(results) == 0
    assert len(taken) < 300
    results.close()  # type: ignore[attr-defined]


def test_workers_leave_interrupts_to_the_parent() -> None:
    assert set(run_tasks(is_interrupt_ignored, range(3), TWO, on_loss=never)) == {True}


def test_giving_up_ends_the_workers_at_once() -> None:
    def tasks() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        list(run_tasks(sleep_long, tasks(), Workers(jobs=2), on_loss=crashed))
    assert set(multiprocessing.active_children()) <= before


KILLED_PARENT = """
import sys
sys.path[:0] = {paths!r}
from test_execute import Workers, never, report_and_sleep, run_tasks
if __name__ == "__main__":
    list(run_tasks(report_and_sleep, [{folder!r}] * 2, Workers(jobs=2), on_loss=never))
"""


def report_and_sleep(folder: str) -> int:
    remember_start(folder)
    time.sleep(60)
    return 0


def test_a_killed_parent_leaves_no_worker_behind(tmp_path: Path) -> None:
    started = tmp_path / "started"
    started.mkdir()
    here = Path(__file__).parent
    script = tmp_path / "parent.py"
    text = KILLED_PARENT.format(paths=[str(here), str(here.parent)], folder=str(started))
    script.write_text(text, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(script)])
    try:
        assert eventually(lambda: len(list(started.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    workers = [int(path.name) for path in started.iterdir()]
    assert eventually(lambda: not any(is_alive(worker) for worker in workers))


def eventually(condition, seconds: float = 30) -> bool:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_there_is_at_least_one_job() -> None:
    assert available_jobs() >= 1
