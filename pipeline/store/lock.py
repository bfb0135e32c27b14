"""One run at a time in a results folder.

The lock is the operating system's own on a small file, so it ends with the process that holds it,
however that process ends; the file's text only says who holds it.
"""

import errno
import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from pipeline.errors import ResultsFault, system_reason

LOCK_NAME = ".run.lock"
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

    def acquire(self) -> "FolderLock":
        """Take the lock without waiting."""
        while self._handle is None:
            handle = self._open()
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(handle)
                raise self._refusal(error) from error
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
        return self

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is None:
            return
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
            f"the results folder {folder} is in use by {self._holder()}",
            hint="wait until that run ends, or name another folder with -o",
        )

    def _holder(self) -> str:
        try:
            host, process = self.path.read_text(encoding="utf-8", errors="replace").split()
        except (OSError, ValueError):
            return "another run"
        return f"process {process} on {host}"
