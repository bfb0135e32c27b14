"""A folder that is replaced as a whole: complete, or as it was."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import UsageFault
from pipeline.reporting import clear_write_faults

INDEX = "index.csv"
MOST_NAME = 80
"""Characters of a file's name without its ending."""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


def paper_name(exam: str, student_id: str) -> str:
    """Name of a student's file: exam and student id, with no character that a system forbids.

    Examples
    --------
    >>> paper_name("algebra", "007"), paper_name("algebra", "a/b")
    ('algebra-007.pdf', 'algebra-a%2Fb.pdf')
    """
    spelt = student_id if _PLAIN.fullmatch(student_id) else quote(student_id, safe="")
    name = f"{exam}-{spelt}"
    if len(name) > MOST_NAME:
        name = f"{name[: MOST_NAME - 13]}-{sha256(student_id.encode()).hexdigest()[:12]}"
    return f"{name}.pdf"


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds anything that was not made here, for it would be lost.

    Raises
    ------
    UsageFault
        When it does, or is no folder.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageFault(f"{folder} is no folder", hint="name another one with -o")
    names = {path.name for path in folder.iterdir()}
    ours = {name for name in names if name == INDEX or name.endswith(".pdf")} if INDEX in names else set()
    if names - ours:
        other = min(names - ours)
        raise UsageFault(
            f"{folder} holds files that are no annotated scans, such as {other}",
            hint="name a new folder with -o; a folder of annotated scans is replaced as a whole",
        )


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A new folder beside ``folder``, which takes its place when the block ends well.

    Raises
    ------
    ResultsFault
        When a file or a folder cannot be written; then nothing has changed.
    """
    place = folder.absolute()
    made, old = (place.with_name(f".{place.name}.{word}") for word in ("partial", "old"))
    with clear_write_faults(folder):
        _remove(made)
        made.mkdir(parents=True)
    try:
        with clear_write_faults(folder):
            yield made
            _remove(old)
            if place.exists():
                place.rename(old)
            try:
                made.rename(place)
            except OSError:
                if old.exists():
                    old.rename(place)
                raise
    except BaseException:
        with suppress(OSError):
            _remove(made)
        raise
    with suppress(OSError):
        _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
