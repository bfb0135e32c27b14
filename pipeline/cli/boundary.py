"""The one error boundary: every error becomes a line that a person can act on, and an exit code."""

import errno
import logging
import os
import platform
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from pipeline import __version__
from pipeline.cli.app import scangrade
from pipeline.errors import ExitCode, ScangradeError, system_reason, visible

_OF_THE_MACHINE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EIO,
    errno.ESTALE,
    errno.EMFILE,
}
"""System errors that are no bug of ours wherever they come from."""


def main() -> NoReturn:
    """Run the command of this process and exit."""
    _end_on_signals()
    code = run_command(sys.argv[1:])
    logging.shutdown()
    # What is left takes milliseconds: an impatient second Ctrl-C would only print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _end_on_signals() -> None:
    """End as by Ctrl-C when the system or a batch queue ends the command, or its terminal is closed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup wants SIGHUP to be ignored
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 (Python's signature)
    raise KeyboardInterrupt


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments
        Without the program's name.

    Returns
    -------
    int
        The exit code (FORMATS: exit codes). Errors are printed on standard error, one
        ``error:`` line per fault and, where there is something to do, one ``hint:`` line.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 (the one place that must catch everything)
        return _explain(error, arguments)
    return code


def _run(arguments: Sequence[str]) -> int:
    result = scangrade.main(args=list(arguments), prog_name="scangrade", standalone_mode=False)
    return int(result) if isinstance(result, int) else int(ExitCode.DONE)


def _explain(error: BaseException, arguments: Sequence[str]) -> int:
    """Print what went wrong and give the exit code."""
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else int(ExitCode.FAILED)
        case click.exceptions.Exit():
            return error.exit_code
        case ScangradeError():
            _say(error.message, error.hint)
            return int(error.exit_code)
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "scangrade"
            _say(error.format_message(), f"type {command} --help")
            return int(ExitCode.USAGE)
        case click.ClickException():
            _say(error.format_message())
            return int(ExitCode.USAGE)
        case KeyboardInterrupt() | click.Abort():
            _say("interrupted", "what was read is kept; run the same command again to go on")
            return int(ExitCode.INTERRUPTED)
        case BrokenPipeError():
            _silence_output()
            return int(ExitCode.FAILED)
        case MemoryError():
            _say("there is not enough memory", "run again with -j 1, or close other programs")
        case OSError() if error.errno in _OF_THE_MACHINE:
            where = f"{error.filename}: " if error.filename else ""
            _say(where + system_reason(error), "what was read is kept; run the same command again")
            _silence_output()
        case _:
            _report_bug(error, arguments)
    return int(ExitCode.FAILED)


def _say(message: str, hint: str = "") -> None:
    """Print the error; a reader that has gone away does not matter any more."""
    with suppress(OSError, ValueError):
        for line in message.splitlines():
            click.echo(f"error: {visible(line)}", err=True)
        if hint:
            click.echo(f"  hint: {visible(hint)}", err=True)


def _report_bug(error: BaseException, arguments: Sequence[str]) -> None:
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    path = _write_details(error, arguments)
    if path is None:
        _say(f"internal error: {what}", "its details could not be written anywhere")
    else:
        _say(f"internal error: {what}; details were written to {path}", "please send that file with a report")


def _write_details(error: BaseException, arguments: Sequence[str]) -> Path | None:
    text = "\n".join(
        [
            f"scangrade {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {list(arguments)}",
            "",
            *traceback.format_exception(error),
        ]
    )
    try:
        handle, name = tempfile.mkstemp(prefix="scangrade-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(text)
    except OSError:
        return None
    return Path(name)


def _silence_output() -> None:
    """Keep Python from flushing what cannot be written once more at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
