"""One run at a time in a results folder.

The lock is the operating system's own on a small file, so it ends with the process that holds it,
however that process ends; the file's text says who holds it. Some network folders keep such locks to
each machine: there the file's time of change, which its holder renews, tells a run on another machine
from what a killed one has left.
"""

import errno
import fcntl
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from pipeline.errors import ResultsFault, system_reason

LOCK_NAME = ".run.lock"
SECONDS_BETWEEN_SIGNS = 5.0
SECONDS_OF_SILENCE = 60.0
"""Without a sign for so long, a run on another machine has ended."""
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class FolderLock:
    """Holds a results folder for this process; use as a context manager.

    Raises
    ------
    ResultsFault
        When another process holds it (its host and process id are named), or when the folder's
        filesystem offers no locks.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self._handle: int | None = None
        self._released = threading.Event()
        self._signs: threading.Thread | None = None

    def acquire(self) -> "FolderLock":
        """Take the lock without waiting."""
        while self._handle is None:
            handle = self._open()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._refuse_another_machine()
            except OSError as error:
                os.close(handle)
                raise self._refusal(error) from error
            except ResultsFault:
                os.close(handle)
                raise
            if self._is_still_the_file(handle):
                self._handle = handle
            else:
                os.close(handle)
        text = f"{socket.gethostname()} {os.getpid()}\n"
        os.lseek(self._handle, 0, os.SEEK_SET)
        try:
            os.ftruncate(self._handle, 0)
            os.write(self._handle, text.encode("utf-8", "replace"))
        except OSError as error:
            self.release()
            raise ResultsFault(f"cannot write {self.path}: {system_reason(error)}") from error
        self._released.clear()
        self._signs = threading.Thread(target=self._give_signs, args=(self._handle,), daemon=True)
        self._signs.start()
        return self

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is None:
            return
        self._released.set()
        if self._signs is not None:
            self._signs.join(1.0)
        # Removed while still locked: a later process sees at once that its file is another one.
        with suppress(OSError):
            self.path.unlink()
        os.close(self._handle)
        self._handle = None

    def __enter__(self) -> "FolderLock":
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise ResultsFault(
                f"cannot use the results folder {self.path.parent}: {system_reason(error)}",
                hint="name another folder with -o, or give yourself the right to write there",
            ) from error

    def _give_signs(self, handle: int) -> None:
        """Renew the file's time of change until the lock is released."""
        while not self._released.wait(SECONDS_BETWEEN_SIGNS):
            with suppress(OSError):
                os.utime(handle)

    def _refuse_another_machine(self) -> None:
        """Refuse a folder whose lock this machine sees as free, and another one's process renews."""
        host, process = _read(self.path)
        if host in ("", socket.gethostname()):
            return
        silence = self._seconds_of_silence()
        if silence < SECONDS_OF_SILENCE:
            raise ResultsFault(
                f"the results folder {self.path.parent} is in use by process {process} on {host},"
                f" which gave a sign of life {max(0.0, silence):.0f} seconds ago",
                hint=f"wait until that run ends; if it was killed, wait {SECONDS_OF_SILENCE:.0f} seconds"
                " and try again",
            )

    def _seconds_of_silence(self) -> float:
        """Time since the last sign, by the clock of the machine that keeps the folder."""
        probe = self.path.with_name(f"{LOCK_NAME}.{socket.gethostname()}.{os.getpid()}")
        try:
            probe.touch()
            now = probe.stat().st_mtime
            probe.unlink()
        except OSError as error:
            raise self._refusal(error) from error
        return now - self.path.stat().st_mtime

    def _is_still_the_file(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except FileNotFoundError:
            return False

    def _refusal(self, error: OSError) -> ResultsFault:
        folder = self.path.parent
        if error.errno not in _BUSY:
            return ResultsFault(
                f"the filesystem of {folder} offers no file locks: {error.strerror}",
                hint="put the results folder on a local disk with -o",
            )
        return ResultsFault(
            f"the results folder {folder} is in use by {holder(folder) or 'another run'}",
            hint="wait until that run ends, or name another folder with -o",
        )


def _read(path: Path) -> tuple[str, int]:
    """Machine and process that a lock file names; ("", 0) when it names none."""
    try:
        host, process = path.read_text(encoding="utf-8", errors="replace").split()
        return host, int(process)
    except (OSError, ValueError):
        return "", 0


def holder(folder: Path) -> str:
    """Who holds a results folder, "process 12 on lab-3", or held it when it was killed; "" for nobody."""
    host, process = _read(folder / LOCK_NAME)
    return f"process {process} on {host}" if host else ""


def is_at_work(folder: Path) -> bool:
    """Whether the holder of a results folder lives, as far as this machine can see; takes no lock."""
    host, process = _read(folder / LOCK_NAME)
    if not host:
        return False
    try:
        if host != socket.gethostname():
            return time.time() - (folder / LOCK_NAME).stat().st_mtime < SECONDS_OF_SILENCE
        os.kill(process, 0)
    except PermissionError:
        return True  # there is such a process, and it is somebody else's
    except (OSError, OverflowError):
        return False
    return True
