"""What the commands print: results on standard output, log and progress on standard error."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import click

from pipeline.cli.pace import Pace
from pipeline.errors import visible

P = ParamSpec("P")
R = TypeVar("R")

SECONDS_BETWEEN_LINES = 30.0
"""Of progress in a log file; on a terminal there is a bar."""

log = logging.getLogger("pipeline")


def common_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add ``-q``, ``-v`` and ``--json``; the first two set up the log."""

    @click.option("-q", "--quiet", is_flag=True, help="Only errors and warnings.")
    @click.option("-v", "--verbose", is_flag=True, help="More of what happens.")
    @click.option("--json", "as_json", is_flag=True, help="The result as JSON on standard output.")
    @wraps(command)
    def with_log(*args: P.args, **kwargs: P.kwargs) -> R:
        set_up_log(quiet=bool(kwargs.pop("quiet")), verbose=bool(kwargs.pop("verbose")))
        return command(*args, **kwargs)

    return with_log


def set_up_log(*, quiet: bool, verbose: bool) -> None:
    """Log to standard error: warnings only when quiet, everything when verbose."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines("%(message)s"))
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)


class _Lines(logging.Formatter):
    """Lines of the log, in which the name of a file says nothing of its own to the terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """The message without its traceback."""
        return "\n".join(map(visible, super().formatMessage(record).split("\n")))


def is_quiet() -> bool:
    """Whether the user asked for warnings only."""
    return not log.isEnabledFor(logging.INFO)


def write_json(value: Any) -> None:
    """Print a result as JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # bytes of a file's name that are no UTF-8 become JSON's own escapes
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: columns as wide as their longest cell, two spaces between them."""
    from pipeline.reporting import aligned_rows

    for line in aligned_rows([heads, *rows], left=len(heads)):
        click.echo(line)


class Show(Protocol):
    """Shows how far a command is."""

    def __call__(self, done: int, total: int, file: str, doubts: int = 0, /) -> None:
        """Show that ``done`` of ``total`` are done; ``total`` is 0 while files are counted."""


@contextmanager
def progress() -> Iterator[Show]:
    """Show progress: a bar on a terminal, a line every half minute in a log, nothing when quiet.

    Yields
    ------
    Show
        Takes pages done, pages in all, file, pages in doubt so far.
    """
    if is_quiet():
        yield _nothing
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _line_now_and_then()


def _nothing(done: int, total: int, file: str, doubts: int = 0, /) -> None:
    """Show nothing."""


def _bar() -> Iterator[Show]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages"),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, pace="")
        pace = Pace()

        def show(done: int, total: int, file: str, doubts: int = 0, /) -> None:
            if total:
                words = pace.words(done, total, doubts)
                bar.update(task, completed=done, total=total, description=escape(file), pace=words)
            else:
                bar.update(task, description=f"counting {escape(file)}")

        yield show


def _line_now_and_then() -> Show:
    said = time.monotonic()
    pace = Pace()

    def show(done: int, total: int, file: str, doubts: int = 0, /) -> None:
        nonlocal said
        words = pace.words(done, total, doubts) if total else ""
        if time.monotonic() - said < SECONDS_BETWEEN_LINES:
            return
        said = time.monotonic()
        if total:
            log.info("%s", ", ".join(filter(None, (f"{done} of {total} pages", words, file))))
        else:
            log.info("counting pages: %s", file)

    return show
