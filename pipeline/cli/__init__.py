"""The command ``scangrade``: parse, make settings, run, exit code. No logic of its own."""

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main", "run_command"]

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command of this process and exit."""
    try:
        from pipeline.cli import boundary
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    boundary.main()


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line, as :func:`pipeline.cli.boundary.run_command`."""
    from pipeline.cli import boundary

    return boundary.run_command(arguments)
