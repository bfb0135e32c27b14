"""``scangrade export``: grades for a learning management system."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.output import common_options, is_quiet, write_json

SYSTEMS = ("canvas", "moodle", "moodle-assignment", "blackboard", "d2l", "gradescope", "oneroster", "csv")
MOST_TOLD = 20
"""Students left out that are told on the screen; all are in the file."""


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--to", "system", required=True, type=click.Choice(SYSTEMS), help="Which system it is for.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="The file that the system gave: its ids and columns are taken from a copy of it.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="[default: RESULTS/export-SYSTEM.csv]")
@click.option("--exam", default="", metavar="ID", help="Which exam, where RESULTS holds several.")
@click.option(
    "--column", default="", metavar="NAME", help="Its name in the gradebook.  [default: the exam's title]"
)
@click.option("--class-id", default="", metavar="ID", help="The class (OneRoster).")
@click.option(
    "--roster", type=click.Path(path_type=Path), help="For e-mails and groups.  [default: as last graded]"
)
@click.option("--pending", is_flag=True, help="Also points so far where something waits for a person.")
@click.option("--scale", is_flag=True, help="Scale the points to the maximum that the system has.")
@common_options
def export(as_json: bool, **options: Any) -> int:
    """Write the grades of RESULTS as a learning management system reads them.

    Students whose grade is in no file are listed with the reason, here and in a file of their own.
    Ends with 3 when one of them has a sheet.
    """
    from dataclasses import asdict

    from pipeline.errors import visible
    from pipeline.export import ExportSettings, export_results

    report = export_results(ExportSettings(**options))
    if as_json:
        write_json(
            {
                "exit_code": int(report.exit_code),
                "exam": report.exam,
                "files": [str(path) for path in report.files],
                "exported": report.exported,
                "left_out": [asdict(one) for one in report.left_out],
                "notices": list(report.notices),
            }
        )
    elif not is_quiet():
        for path in report.files:
            click.echo(f"written  {visible(str(path))}")
        click.echo(f"grades   {report.exported} of {report.exam}")
        for one in report.left_out[:MOST_TOLD]:
            click.echo(visible(f"left out {one.student_id or '(nobody)'} {one.name}: {one.reason}"))
        if len(report.left_out) > MOST_TOLD:
            click.echo(f"         and {len(report.left_out) - MOST_TOLD} more, in {report.files[-1].name}")
        for notice in report.notices:
            click.echo(visible(f"note     {notice}"))
    return int(report.exit_code)
