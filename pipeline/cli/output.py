"""What the commands print: results on standard output, log and progress on standard error."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

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
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)


def is_quiet() -> bool:
    """Whether the user asked for warnings only."""
    return not log.isEnabledFor(logging.INFO)


def write_json(value: Any) -> None:
    """Print a result as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: columns as wide as their longest cell, two spaces between them."""
    from pipeline.reporting import aligned_rows

    for line in aligned_rows([heads, *rows], left=len(heads)):
        click.echo(line)


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """Show progress: a bar on a terminal, a line every half minute in a log, nothing when quiet.

    Yields
    ------
    Callable
        Takes (pages done, pages in all, file).
    """
    if is_quiet():
        yield lambda _done, _total, _file: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _line_now_and_then()


def _bar() -> Iterator[Callable[[int, int, str], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(done: int, total: int, file: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(file))

        yield show


def _line_now_and_then() -> Callable[[int, int, str], None]:
    said = time.monotonic()

    def show(done: int, total: int, file: str) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            log.info("%d of %d pages, %s", done, total, file)

    return show
