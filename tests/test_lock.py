"""Who holds a results folder, on this machine and on others."""

import errno
import fcntl
import os
import socket
import time
from pathlib import Path

import pytest

from pipeline.errors import ResultsFault
from pipeline.store import FolderLock, holder, is_at_work
from pipeline.store.lock import LOCK_NAME, SECONDS_BETWEEN_SIGNS, SECONDS_OF_SILENCE

NOBODY = 2**22 + 1
"""Larger than any process id."""


def lock_of(folder: Path, text: str, *, silent: float = 0.0) -> Path:
    """A lock file whose lock nobody holds here, renewed so many seconds ago."""
    path = folder / LOCK_NAME
    path.write_text(text, encoding="utf-8")
    then = time.time() - silent
    os.utime(path, (then, then))
    return path


def test_the_lock_of_a_dead_process_of_this_machine_is_taken_over(tmp_path: Path) -> None:
    lock_of(tmp_path, f"{socket.gethostname()} {NOBODY}\n")
    assert not is_at_work(tmp_path)
    with FolderLock(tmp_path):
        assert holder(tmp_path) == f"process {os.getpid()} on {socket.gethostname()}"
        assert is_at_work(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_on_another_machine_is_seen_by_its_signs_where_locks_are_not(tmp_path: Path) -> None:
    path = lock_of(tmp_path, "lab-3 77\n", silent=20)
    assert is_at_work(tmp_path)
    with pytest.raises(ResultsFault, match="in use by process 77 on lab-3") as caught:
        FolderLock(tmp_path).acquire()
    assert "if it was killed, wait 60 seconds" in caught.value.hint
    assert [one.name for one in tmp_path.iterdir()] == [LOCK_NAME]
    assert path.read_text("utf-8") == "lab-3 77\n"


def test_a_killed_run_on_another_machine_blocks_nobody_for_long(tmp_path: Path) -> None:
    lock_of(tmp_path, "lab-3 77\n", silent=SECONDS_OF_SILENCE + 5)
    assert not is_at_work(tmp_path)
    with FolderLock(tmp_path):
        assert holder(tmp_path).startswith(f"process {os.getpid()} ")


def test_a_run_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.store.lock.SECONDS_BETWEEN_SIGNS", 0.01)
    with FolderLock(tmp_path):
        path = tmp_path / LOCK_NAME
        os.utime(path, (1, 1))
        end = time.monotonic() + 30
        while path.stat().st_mtime == 1 and time.monotonic() < end:
            time.sleep(0.01)
        assert path.stat().st_mtime > 1
    assert SECONDS_BETWEEN_SIGNS < SECONDS_OF_SILENCE / 5


@pytest.mark.parametrize("text", ["", "half of i", "a b c\n", "\0\0\0\0"])
def test_a_lock_file_that_makes_no_sense_blocks_nobody(tmp_path: Path, text: str) -> None:
    lock_of(tmp_path, text)
    with FolderLock(tmp_path):
        assert is_at_work(tmp_path)


def test_nobody_is_at_work_in_a_folder_without_a_lock(tmp_path: Path) -> None:
    assert (holder(tmp_path), is_at_work(tmp_path)) == ("", False)


def test_a_filesystem_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ResultsFault, match="offers no file locks") as caught:
        FolderLock(tmp_path).acquire()
    assert "local disk" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "says"),
    [(errno.EROFS, "read-only"), (errno.EACCES, "may not"), (errno.ESTALE, "network folder is gone")],
)
def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    def refuse(*arguments: object, **_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ResultsFault, match=says) as caught:
        FolderLock(tmp_path).acquire()
    assert str(tmp_path) in caught.value.message
    assert "-o" in caught.value.hint
