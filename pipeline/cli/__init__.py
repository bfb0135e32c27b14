"""The command ``scangrade``: parse, make settings, run, exit code. No logic of its own."""

from pipeline.cli.boundary import main, run_command

__all__ = ["main", "run_command"]
