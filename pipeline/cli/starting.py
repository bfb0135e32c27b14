"""The commands to begin with: init, completion."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.output import common_options, is_quiet, write_json

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("file", default="exam.yaml", type=click.Path(path_type=Path))
@click.option("--exam", default="", metavar="ID", help="Id of the exam.  [default: from the file's name]")
@click.option("--title", default="", help="Printed on the sheet.  [default: the id]")
@click.option("--paper", default="a4", show_default=True, type=click.Choice(["a4", "letter"]))
@click.option("--schema", is_flag=True, help="Also exam.schema.json, for editors that check YAML.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@common_options
def init(file: Path, as_json: bool, **options: Any) -> None:
    """Write an exam FILE that explains itself, to begin with.

    FILE is exam.yaml unless named. It holds a question of each kind, and key check finds no fault in it.
    """
    from pipeline.errors import visible
    from pipeline.starter import StarterSettings, write_starter

    written = write_starter(StarterSettings(output=file, **options))
    if as_json:
        write_json({"files": [str(path) for path in written]})
    elif not is_quiet():
        for path in written:
            click.echo(visible(f"written  {path}"))
        click.echo(visible(f"next     write your questions into it, then: scangrade key check {file}"))


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options and files.

    \b
    bash   eval "$(scangrade completion bash)"            in ~/.bashrc
    zsh    eval "$(scangrade completion zsh)"             in ~/.zshrc
    fish   scangrade completion fish | source             in ~/.config/fish/config.fish
    """  # noqa: D301 (click wants the real character behind \b)
    from click.shell_completion import get_completion_class

    from pipeline.cli.app import scangrade

    kind = get_completion_class(shell)
    if kind is None:
        raise LookupError(shell)
    click.echo(kind(scangrade, {}, "scangrade", "_SCANGRADE_COMPLETE").source())
