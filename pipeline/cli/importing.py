"""The command that makes an exam file of a key in a table."""

from fractions import Fraction
from pathlib import Path

import click

from pipeline.cli.output import common_options, is_quiet, log, write_json


class Points(click.ParamType[Fraction]):
    """A number of points: 2, 0.5, 1/3."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The number, or a usage error."""
        try:
            points = Fraction(str(value).replace(",", ".").replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no number: write 2, 0.5 or 1/3", param, ctx)
        if points < 0:
            self.fail(f"{value} is less than 0", param, ctx)
        return points


@click.command("import")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The exam file to write."
)
@click.option("--exam", default="", help="Id of the exam.  [default: from the output's name]")
@click.option("--title", default="", help="Title of the exam, as the sheet prints it.")
@click.option(
    "--marking",
    type=click.Choice(["any", "fill", "cross-undo"]),
    default="any",
    show_default=True,
    help="How students mark their answers.",
)
@click.option("--points", type=Points(), help="Of questions for which the table has none.  [default: 1]")
@click.option("--sheet", default="", help="Sheet of the workbook with the key, when it has several.")
@click.option("--force", is_flag=True, help="Replace the exam file if it is there.")
@common_options
def import_(
    table: Path,
    output: Path,
    points: Fraction | None,
    force: bool,
    as_json: bool,
    **words: str,
) -> None:
    """Make an exam file of the key in TABLE, a CSV file or an Excel workbook (.xlsx).

    A row for each question with columns such as question, answer, points, kind, options; or two
    columns without names; or a row of questions above a row of answers. Names of columns may be
    English, German, Danish, Spanish, French or Portuguese.
    """
    from pipeline.import_key import ImportSettings, import_key

    report = import_key(ImportSettings(table=table, output=output, points=points, force=force, **words))
    for notice in report.notices:
        log.warning("note: %s", notice)
    if as_json:
        write_json(
            {
                "file": str(report.file),
                "exam": report.exam,
                "questions": report.questions,
                "versions": report.versions,
                "notices": report.notices,
            }
        )
    elif not is_quiet():
        versions = ", ".join(report.versions)
        click.echo(f"{report.file}: {report.exam}, {report.questions} questions, version {versions}")
        click.echo(f"compare it with the paper, then: scangrade key check {report.file}")
