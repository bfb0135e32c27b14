"""``scangrade annotate``: the scans as students get them back."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.output import common_options, is_quiet, progress, write_json

MOST_TOLD = 20
"""Students without a file that are told on the screen; all are in index.csv."""


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the PDFs and index.csv.",
)
@click.option("--exam", default="", metavar="ID", help="Only this exam, where RESULTS holds several.")
@click.option(
    "--student", "students", multiple=True, metavar="ID", help="Only this student; may be repeated."
)
@click.option("--without-key", is_flag=True, help="What was read and its points, without right answers.")
@click.option("--pending", is_flag=True, help="Also papers of which something waits for a person.")
@common_options
def annotate(as_json: bool, without_key: bool, students: tuple[str, ...], **options: Any) -> int:
    """Write one PDF for each student: the scanned pages, what was read, right answers, points, reasons.

    Files are named by exam and student id; index.csv says whose each is, and why a student has none.
    The grades are those that were published last. Ends with 3 when a student waits for a person, and
    with 4 when a scan is not there any more.
    """
    from dataclasses import asdict

    from pipeline.annotate import AnnotateSettings, annotate_results
    from pipeline.errors import visible

    with progress() as show:
        report = annotate_results(
            AnnotateSettings(show_key=not without_key, students=students, progress=show, **options)
        )
    if as_json:
        write_json(
            {
                "exit_code": int(report.exit_code),
                "folder": str(report.folder),
                "papers": report.papers,
                "pages": report.pages,
                "left_out": [asdict(one) for one in report.left_out],
            }
        )
    elif not is_quiet():
        papers = "1 paper" if report.papers == 1 else f"{report.papers} papers"
        click.echo(visible(f"written  {papers}, {report.pages} pages: {report.folder}"))
        for one in report.left_out[:MOST_TOLD]:
            click.echo(visible(f"no file  {one.student_id or '(nobody)'} {one.name}: {one.reason}"))
        if len(report.left_out) > MOST_TOLD:
            click.echo(f"         and {len(report.left_out) - MOST_TOLD} more, in index.csv")
    return int(report.exit_code)
