"""Tasks on a cluster whose workers may be lost, see no files or differ; the cluster is played here."""

import os
import pickle
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UsageFault
from pipeline.execute import FileReader, Loss, Workers, WorkersFailedError, check_address, cluster, remote
from pipeline.execute.cluster import run_on_cluster
from pipeline.execute.link import Gone
from pipeline.execute.probe import BLOCK, BLOCKS, probe_file
from pipeline.execute.remote import Answer, Errand, Order, Reply, Unseen, do_errands

Task = tuple[str, int]
"""Path of a file and a number."""


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """Reads the number in a file and adds that of the task."""

    version: str = "1"
    bad: tuple[int, ...] = ()

    def __call__(self, task: Task) -> int:
        path, number = task
        if number in self.bad:
            raise ValueError(f"task {number}")
        if number == SLOW:
            time.sleep(60)
        if number == WHO:
            return os.getpid()
        try:
            return int(Path(path).read_text("utf-8").split()[0]) + number
        except FileNotFoundError:
            return -1

    def file_of(self, task: Task) -> tuple[str, str]:
        path = Path(task[0])
        return task[0], sha256(path.read_bytes()).hexdigest() if path.exists() else "0" * 64

    def elsewhere(self, task: Task, path: Path) -> int:
        return self((str(path), task[1]))

    def identity(self) -> dict[str, str]:
        return {"reader": self.version}


def load(data: bytes) -> Any:
    return pickle.loads(data)  # noqa: S301 (our own bytes)


SLOW, WHO = 9_999, 8_888


def lost(task: Task, loss: Loss) -> int:
    return -1000 - task[1]


def never(task: Task, loss: Loss) -> int:
    raise AssertionError(f"{task} was lost: {loss.what}")


@dataclass
class PlayedCluster:
    """A cluster in this process: does each lot when it is asked for replies."""

    folder: Path
    """Where copies of files lie."""
    sees_files: bool = True
    threads: int = 2
    deadly: tuple[int, ...] = ()
    """Tasks that their workers are lost with, whatever else is with them."""
    unlucky: set[int] = field(default_factory=set)
    """Lots that are lost once, for no fault of their tasks."""
    says: Reply | None = None
    """What every worker says instead of doing its work."""
    last_first: bool = False
    lots: list[tuple[int, Order, list[Errand], dict[str, bytes]]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    most: int = 0
    sent: list[str] = field(default_factory=list)
    shared: int = 0
    closed: bool = False

    def __call__(self, address: str) -> "PlayedCluster":
        return self

    def slots(self) -> int:
        return self.threads

    def share(self, data: bytes) -> bytes:
        self.shared += 1
        return data

    def send(self, number: int, name: str, order: Any, errands: bytes, contents: Mapping[str, Any]) -> None:
        assert name == sha256(order).hexdigest()
        lot = load(errands)
        self.lots.append((number, load(order), lot, dict(contents)))
        self.sizes.append(len(lot))
        self.sent += contents
        self.most = max(self.most, len(self.lots))

    def replies(self, seconds: float) -> Sequence[tuple[int, Reply | Gone]]:
        assert self.lots
        number, order, lot, contents = self.lots.pop(-1 if self.last_first else 0)
        if self.says:
            return [(number, self.says)]
        if number in self.unlucky or any(load(one.task)[1] in self.deadly for one in lot):
            return [(number, Gone(workers=4))]
        return [(number, ("answers", [self._answer(order, one, contents) for one in lot]))]

    def _answer(self, order: Order, errand: Errand, contents: Mapping[str, bytes]) -> Answer:
        copy = ""
        if errand.sha256 in contents:
            path = self.folder / errand.sha256
            path.write_bytes(contents[errand.sha256])
            copy = str(path)
        if not self.sees_files and errand.probe is not None:
            errand = Errand(
                number=errand.number,
                task=errand.task,
                path="/not/there",
                sha256=errand.sha256,
                probe=errand.probe,
            )
        try:
            result = remote.ReadHere(order.function)((errand, copy))
        except ValueError as error:
            return errand.number, "raised", error
        if isinstance(result, Unseen):
            return errand.number, "unseen", None
        return errand.number, "result", result

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Three files with the numbers 100, 200 and 300."""
    paths = [tmp_path / f"scan-{number}.txt" for number in (100, 200, 300)]
    for path in paths:
        path.write_text(f"{path.stem[5:]} and more", "utf-8")
    return [str(path) for path in paths]


@pytest.fixture
def played(tmp_path: Path) -> PlayedCluster:
    folder = tmp_path / "worker"
    folder.mkdir()
    return PlayedCluster(folder)


ON = Workers(cluster="tcp://played:8786", jobs=3, seconds=5)


def other_hash(reader: ReadNumber, task: Task) -> tuple[str, str]:
    return task[0], "1" * 64


def silence(played: PlayedCluster, seconds: float) -> list[tuple[int, Reply | Gone]]:
    return []


def tasks_of(files: list[str], count: int = 60) -> list[Task]:
    return [(files[number % 3], number) for number in range(count)]


def results_of(
    played: PlayedCluster,
    tasks: Sequence[Task],
    function: FileReader[Task, int] | None = None,
    on_loss: Callable[[Task, Loss], int] = never,
) -> list[int]:
    reader = function or ReadNumber()
    return list(run_on_cluster(reader, tasks, ON, on_loss=on_loss, connect=played))


def expected(tasks: Sequence[Task]) -> list[int]:
    return [ReadNumber()(task) for task in tasks]


@pytest.mark.parametrize("last_first", [False, True])
def test_results_come_in_the_order_of_the_tasks(
    played: PlayedCluster, files: list[str], *, last_first: bool
) -> None:
    played.last_first = last_first
    assert results_of(played, tasks_of(files)) == expected(tasks_of(files))
    assert played.closed
    assert played.sent == []


def test_without_a_task_nothing_is_connected() -> None:
    def connect(address: str) -> PlayedCluster:
        raise AssertionError(address)

    assert list(run_on_cluster(ReadNumber(), [], ON, on_loss=never, connect=connect)) == []


def test_a_worker_does_tasks_in_one_process_as_this_machine_would(
    played: PlayedCluster, files: list[str]
) -> None:
    seen: list[Workers] = []

    @dataclass
    class Watching(PlayedCluster):
        def send(self, number: int, name: str, order: Any, errands: bytes, contents: Any) -> None:
            seen.append(load(order).workers)
            PlayedCluster.send(self, number, name, order, errands, contents)

    results_of(Watching(played.folder), tasks_of(files, 3))
    assert {(one.jobs, one.cluster, one.seconds) for one in seen} == {(1, "", 5)}


def test_many_tasks_go_together_and_few_are_spread(played: PlayedCluster, files: list[str]) -> None:
    results_of(played, tasks_of(files, 200))
    assert set(played.sizes[:6]) == {1}
    assert max(played.sizes) == cluster.MOST_AT_ONCE
    assert played.most == cluster.LOTS_OF_A_SLOT * played.threads


def test_tasks_are_taken_only_as_they_are_needed(played: PlayedCluster, files: list[str]) -> None:
    taken = []

    def tasks() -> Iterator[Task]:
        for number in range(5000):
            taken.append(number)
            yield files[0], number

    results = run_on_cluster(ReadNumber(), tasks(), ON, on_loss=never, connect=played)
    assert next(results) == 100
    assert len(taken) < 300
    results.close()  # type: ignore[attr-defined]
    assert played.closed


# --- files -----------------------------------------------------------------------------------------


def test_files_that_workers_do_not_see_are_sent(played: PlayedCluster, files: list[str]) -> None:
    played.sees_files = False
    assert results_of(played, tasks_of(files)) == expected(tasks_of(files))
    assert set(played.sent) == {sha256(Path(path).read_bytes()).hexdigest() for path in files}


def test_a_file_is_sent_as_long_as_tasks_of_it_are_under_way(played: PlayedCluster, files: list[str]) -> None:
    played.sees_files = False
    tasks = [(path, number) for path in files for number in range(100)]
    assert results_of(played, tasks) == expected(tasks)
    assert played.shared < 10


def test_a_file_that_is_gone_is_not_waited_for(played: PlayedCluster, files: list[str]) -> None:
    played.sees_files = False
    tasks = [*tasks_of(files, 4), (files[0] + "-gone", 5), *tasks_of(files, 4)]
    assert results_of(played, tasks) == expected(tasks)


def test_a_file_that_was_changed_is_not_sent_as_what_it_was(
    played: PlayedCluster, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    played.sees_files = False
    monkeypatch.setattr(ReadNumber, "file_of", other_hash)
    assert results_of(played, tasks_of(files)) == expected(tasks_of(files))
    assert played.sent == []


def test_a_file_that_is_too_large_to_be_sent_ends_the_run_with_advice(
    played: PlayedCluster, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    played.sees_files = False
    monkeypatch.setattr("pipeline.execute.cluster.MOST_SENT_BYTES", 5)
    with pytest.raises(WorkersFailedError, match="a folder that the workers see"):
        results_of(played, tasks_of(files))


# --- workers that are lost -------------------------------------------------------------------------


def test_workers_that_are_lost_cost_nothing(played: PlayedCluster, files: list[str]) -> None:
    played.unlucky = {0, 3, 4}
    assert results_of(played, tasks_of(files)) == expected(tasks_of(files))


def test_workers_that_see_no_files_and_are_lost_cost_nothing(played: PlayedCluster, files: list[str]) -> None:
    played.sees_files = False
    played.unlucky = {2, 5}
    assert results_of(played, tasks_of(files)) == expected(tasks_of(files))


def test_what_tasks_share_is_sent_anew_when_workers_are_lost(played: PlayedCluster, files: list[str]) -> None:
    played.unlucky = {0}
    results_of(played, tasks_of(files))
    assert played.shared == 2


def test_a_task_that_kills_its_workers_costs_only_itself(played: PlayedCluster, files: list[str]) -> None:
    played.deadly = (17, 40)
    tasks = tasks_of(files)
    wanted = [-1000 - n if n in played.deadly else one for n, one in enumerate(expected(tasks))]
    assert results_of(played, tasks, on_loss=lost) == wanted


def test_a_task_that_kills_its_workers_is_told_as_that(played: PlayedCluster, files: list[str]) -> None:
    played.deadly = (7,)
    told = []

    def tell(task: Task, loss: Loss) -> int:
        told.append((task[1], loss.code, loss.what))
        return 0

    results_of(played, tasks_of(files), on_loss=tell)
    ((number, code, what),) = told
    assert (number, code) == (7, "crashed")
    assert what.startswith("4 workers of the cluster were lost")


def test_a_cluster_that_stays_without_workers_ends_the_run(
    played: PlayedCluster, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.execute.cluster.SECONDS_WITHOUT_WORKERS", -1.0)
    monkeypatch.setattr(PlayedCluster, "replies", silence)
    played.threads = 0
    with pytest.raises(WorkersFailedError, match="has had no worker"):
        results_of(played, tasks_of(files))
    assert played.closed


# --- what else a worker may say --------------------------------------------------------------------


def test_a_worker_of_another_version_ends_the_run_before_its_results_count(
    played: PlayedCluster, files: list[str]
) -> None:
    played.says = ("differs", "numpy 2.3 here and 2.4 there")
    with pytest.raises(WorkersFailedError, match=r"numpy 2\.3 here and 2\.4 there.*same versions"):
        results_of(played, tasks_of(files))


def test_a_worker_that_cannot_work_ends_the_run_with_its_reason(
    played: PlayedCluster, files: list[str]
) -> None:
    played.says = ("failed", ("the processes die", "ask the doctor"))
    with pytest.raises(WorkersFailedError, match=r"the processes die, on a worker.*ask the doctor"):
        results_of(played, tasks_of(files))


def test_an_exception_of_a_task_is_raised_when_its_turn_has_come(
    played: PlayedCluster, files: list[str]
) -> None:
    played.last_first = True
    results = run_on_cluster(ReadNumber(bad=(11,)), tasks_of(files), ON, on_loss=never, connect=played)
    with pytest.raises(ValueError, match="task 11"):
        list(results)
    assert played.closed


# --- what a worker does, with its process ----------------------------------------------------------


@pytest.fixture
def order() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of an order; its process is ended afterwards."""
    workers = Workers(jobs=1, seconds=3.0)
    data = pickle.dumps(Order(function=ReadNumber(), workers=workers, identity={"reader": "1"}))
    yield sha256(data).hexdigest(), data
    remote._DESKS.take("another run", load(data))
    remote._COPIES.clear()


def errand(path: str, number: int = 0, seen: str = "") -> Errand:
    data = Path(path).read_bytes()
    task = pickle.dumps((path, number))
    probe = probe_file(Path(path))
    return Errand(number=number, task=task, path=seen or path, sha256=sha256(data).hexdigest(), probe=probe)


def test_a_worker_reads_the_file_it_sees_and_the_copy_of_what_it_does_not(
    order: tuple[str, bytes], files: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("700 and more", "utf-8")
    errands = [
        errand(files[0], 1),
        errand(files[1], 2, seen=str(tmp_path / "nowhere")),
        errand(files[2], 3, seen=str(tmp_path / "nowhere")),
        errand(files[2], 4, seen=str(other)),
    ]
    content = Path(files[1]).read_bytes()
    said, answers = do_errands(*order, pickle.dumps(errands), {sha256(content).hexdigest(): content})
    assert said == "answers"
    assert answers == [(1, "result", 101), (2, "result", 202), (3, "unseen", None), (4, "unseen", None)]


def test_a_task_that_hangs_on_a_worker_costs_only_itself(order: tuple[str, bytes], files: list[str]) -> None:
    errands = [errand(files[0], 1), errand(files[0], SLOW), errand(files[0], 3)]
    _, answers = do_errands(*order, pickle.dumps(errands), {})
    assert [(number, kind) for number, kind, _ in answers] == [(1, "result"), (SLOW, "lost"), (3, "result")]
    assert answers[1][2] == Loss(code="timeout", what="it took longer than 3 seconds")


def test_a_worker_keeps_its_process_from_one_lot_to_the_next(
    order: tuple[str, bytes], files: list[str]
) -> None:
    lots = [do_errands(*order, pickle.dumps([errand(files[0], WHO)]), {}) for _ in range(3)]
    processes = {answers[0][2] for _, answers in lots}
    assert len(processes) == 1
    assert os.getpid() not in processes


def test_a_worker_that_differs_says_in_what_and_does_nothing(files: list[str]) -> None:
    identity = {"reader": "2", "numpy": "9"}
    data = pickle.dumps(Order(function=ReadNumber(), workers=Workers(jobs=1), identity=identity))
    said, what = do_errands(sha256(data).hexdigest(), data, pickle.dumps([errand(files[0])]), {})
    assert (said, what) == ("differs", "reader 2 here and 1 there, numpy 9 here and none there")


def test_an_exception_of_a_task_travels_back(files: list[str]) -> None:
    function = ReadNumber(bad=(2,))
    data = pickle.dumps(Order(function=function, workers=Workers(jobs=1), identity={"reader": "1"}))
    errands = [errand(files[0], number) for number in (1, 2, 3)]
    _, answers = do_errands(sha256(data).hexdigest(), data, pickle.dumps(errands), {})
    assert [kind for _, kind, _ in answers] == ["result", "raised"]
    assert str(answers[1][2]) == "task 2"
    remote._DESKS.take("another run", load(data))


# --- whether it is the same file -------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 17, 2 * BLOCK * BLOCKS])
def test_a_copy_has_the_probe_of_its_file_and_a_cut_one_has_not(tmp_path: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    (tmp_path / "one").write_bytes(data)
    (tmp_path / "two").write_bytes(data)
    (tmp_path / "cut").write_bytes(data[:-1] if data else b"x")
    (tmp_path / "end").write_bytes(data[:-1] + b"\xff" if data else b"x")
    one, two, cut, end = (probe_file(tmp_path / name) for name in ("one", "two", "cut", "end"))
    assert one == two
    assert one is not None
    assert one not in (cut, end)


def test_what_is_no_file_has_no_probe(tmp_path: Path) -> None:
    assert probe_file(tmp_path) is None
    assert probe_file(tmp_path / "nowhere") is None


# --- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["local", "local:0", "local:9999", "local:two", "tcp://here", "http://here:80", "here:8786"]
)
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(UsageFault, match="tcp://HOST:8786"):
        check_address(address)


def test_no_address_is_fine() -> None:
    check_address("")


def test_a_cluster_that_is_not_there_is_told_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.execute.addresses.find_spec", bool)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WorkersFailedError, match=rf"tcp://127\.0\.0\.1:{port} cannot be reached"):
        check_address(f"tcp://127.0.0.1:{port}")


def test_a_cluster_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.execute.addresses.find_spec", bool)
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_address(f"tcp://127.0.0.1:{server.getsockname()[1]}")


def test_dask_that_is_not_installed_is_told_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.execute.addresses.find_spec", {}.get)
    with pytest.raises(UsageFault, match=r"pip install \"scangrade\[cluster\]\""):
        check_address("local:2")
