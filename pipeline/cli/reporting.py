"""``scangrade report``: the results as a page and as a workbook."""

from pathlib import Path

import click

from pipeline.cli.output import common_options, is_quiet, write_json


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(["group"]), help="Compare the groups of the roster.")
@click.option("--roster", type=click.Path(path_type=Path), help="For the groups.  [default: as last graded]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for both.  [default: RESULTS]")
@common_options
def report(results: Path, by: str | None, roster: Path | None, output: Path | None, as_json: bool) -> None:
    """Write report.html and grades.xlsx of RESULTS, as it was published last.

    The page needs nothing else to be opened or printed, and names no student.
    """
    from pipeline.errors import visible
    from pipeline.report import ReportSettings, write_report

    settings = ReportSettings(results=results, by_group=by == "group", roster=roster, output=output)
    files = write_report(settings)
    if as_json:
        write_json({"exit_code": 0, "files": [str(path) for path in files]})
    elif not is_quiet():
        for path in files:
            click.echo(f"written  {visible(str(path))}")
