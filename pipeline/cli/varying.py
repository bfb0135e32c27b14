"""The command that draws versions of an exam."""

from pathlib import Path

import click

from pipeline.cli.output import common_options, is_quiet, write_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--versions", required=True, type=click.IntRange(1, 200), help="How many to draw.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same versions."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The exam file to write.  [default: FILE]"
)
@common_options
def vary(file: Path, versions: int, seed: int, output: Path | None, as_json: bool) -> None:
    """Draw versions of the exam FILE whose numbers differ, from what its vary: allows.

    They are written under versions: of the exam file; all else in it stays as it is. Every drawn
    key is solved and checked first.
    """
    from pipeline.vary import vary_exam, yaml_text

    report = vary_exam(file, versions, seed, output)
    if as_json:
        drawn = {
            name: {draw.question: yaml_text(draw.arguments) for draw in draws}
            for name, draws in report.versions.items()
        }
        write_json({"file": str(report.file), "versions": drawn})
    elif not is_quiet():
        for name, draws in report.versions.items():
            numbers = "; ".join(f"{draw.question} {yaml_text(draw.arguments)}" for draw in draws)
            click.echo(f"{name}: {numbers}")
        click.echo(f"{len(report.versions)} versions in {report.file}")
