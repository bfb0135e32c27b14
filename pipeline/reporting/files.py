"""Files that are replaced all together, or not at all."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ResultsFault, system_reason

Content = Callable[[BinaryIO], None]
"""Writes a file's bytes."""


def replace_files(contents: Mapping[Path, Content]) -> tuple[Path, ...]:
    """Write several files so that all of them are new, or all of them are what they were.

    Each is written beside its place, flushed to the disk, and moved into its place once all of
    them are complete. A device or a pipe is written into directly. A kill between two moves leaves
    some of them new: where that matters, :func:`stage_files` and the store go together.

    Parameters
    ----------
    contents
        What writes each file.

    Returns
    -------
    The paths, in the order given.

    Raises
    ------
    ResultsFault
        When one of them cannot be written; then none of them has changed.
    """
    staged = stage_files(contents)
    try:
        for path, partial in list(staged.items()):
            with clear_write_faults(path):
                partial.replace(path)
                del staged[path]
    finally:
        _remove(staged.values())
    for folder in {path.parent for path in contents}:
        flush_folder(folder)
    return tuple(contents)


def stage_files(contents: Mapping[Path, Content]) -> dict[Path, Path]:
    """Write several files beside their places, complete and flushed to the disk.

    Parameters
    ----------
    contents
        What writes each file. A device or a pipe is written into at once.

    Returns
    -------
    dict
        For each place, the new file that is to be moved there; devices and pipes are left out.

    Raises
    ------
    ResultsFault
        When one of them cannot be written; then nothing lies there.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            with clear_write_faults(path):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                if is_special(path):
                    _write(path, content)
                else:
                    staged[path] = path.with_name(f".{path.name}.partial")
                    _write(staged[path], content)
    except BaseException:
        _remove(staged.values())
        raise
    for folder in {path.parent for path in staged}:
        flush_folder(folder)
    return staged


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()


def text_content(text: str) -> Content:
    """Content of a UTF-8 text file."""
    return bytes_content(text.encode("utf-8", "backslashreplace"))


def bytes_content(data: bytes) -> Content:
    """Content of a file whose bytes are known."""

    def write(out: BinaryIO) -> None:
        out.write(data)

    return write


@contextmanager
def clear_write_faults(path: Path | str) -> Iterator[None]:
    """Turn an OSError into a :class:`ResultsFault` that names the file and the reason."""
    try:
        yield
    except OSError as error:
        raise write_fault(path, error) from error


def write_fault(path: Path | str, error: OSError) -> ResultsFault:
    """Why ``path`` cannot be written, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        hint = "make room and run the same command again; what was there is unchanged"
    else:
        hint = "name another place with -o; what was there is unchanged"
    return ResultsFault(f"cannot write {path}: {system_reason(error)}", hint=hint)


def is_special(path: Path) -> bool:
    """Whether a path is a device or a pipe, which nothing may replace."""
    return path.exists() and not path.is_file()


def _write(path: Path, content: Content) -> None:
    with path.open("wb") as out:
        content(out)
        out.flush()
        # A pipe or a terminal has nothing to be flushed to.
        with _unless(errno.EINVAL, errno.ENOTSUP):
            os.fsync(out.fileno())


@contextmanager
def _unless(*codes: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in codes:
            raise


def flush_folder(folder: Path) -> None:
    """Make the new names last through a power cut, where the filesystem can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
