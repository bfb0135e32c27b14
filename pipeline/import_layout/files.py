"""Files of an imported folder: nothing outside it is ever opened, and nothing large."""

from pathlib import Path

from pipeline.errors import UsageFault

MOST_BYTES = 32_000_000


def inside(folder: Path, name: str) -> Path:
    """A file of the folder, by the name that another file there has for it.

    Raises
    ------
    UsageFault
        The name leaves the folder.
    """
    path = folder / name
    if not name or not path.resolve().is_relative_to(folder.resolve()):
        raise UsageFault(
            f"{name!r} is no file of {folder}", hint="put the file into the folder, and name it there"
        )
    return path


def read_file(path: Path, what: str) -> bytes:
    """Bytes of a file, at most ``MOST_BYTES``.

    Raises
    ------
    UsageFault
        There is no such file, it is too large, or it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise UsageFault(f"there is no {what} {path}", hint="put it there, or correct its name") from None
    except OSError as error:
        raise UsageFault(f"cannot read {path}: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise UsageFault(f"{path}: more than {MOST_BYTES:,} bytes is too large for {what}")
    return data


def read_plain(path: Path, what: str) -> str:
    """Text of a UTF-8 file; errors as :func:`read_file`, and bytes that are no UTF-8."""
    try:
        return read_file(path, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageFault(
            f"{path} is not UTF-8 text (byte {error.start + 1})", hint="save it as UTF-8"
        ) from None


def folder_of(path: Path, what: str) -> Path:
    """The folder that was named.

    Raises
    ------
    UsageFault
        There is none.
    """
    if not path.is_dir():
        reason = "is a file" if path.exists() else "is not there"
        raise UsageFault(f"{path} {reason}", hint=f"name {what}")
    return path
