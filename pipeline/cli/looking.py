"""The commands that only look: status, schema, doctor."""

import json
from io import BytesIO
from pathlib import Path

import click

from pipeline.cli.output import common_options, write_json
from pipeline.errors import ExitCode, UsageFault


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--changes", type=click.IntRange(min=1), help="changes.csv of publication number N, as CSV.")
@common_options
def status(results: Path, changes: int | None, as_json: bool) -> None:
    """Say how RESULTS stands: also while a run is writing to it."""
    from pipeline.cli.results import print_results, summary_values
    from pipeline.reporting import table_content
    from pipeline.status import publication_values, published_changes, results_status

    if changes is not None:
        table = BytesIO()
        table_content(published_changes(results, changes))(table)
        click.echo(table.getvalue(), nl=False)
        return
    summary = results_status(results)
    if as_json:
        write_json(summary_values(summary) | {"publications": publication_values(results)})
    else:
        print_results(summary)


@click.command()
@click.argument("name")
@click.option("--markdown", is_flag=True, help="As a page for people (exam).")
def schema(name: str, markdown: bool) -> None:
    """Print the JSON Schema of a file format: a table such as grades, or exam, or layout."""
    from pipeline.exam import exam_reference, exam_schema, layout_schema
    from pipeline.formats import TABLES

    known = {"exam": exam_schema, "layout": layout_schema}
    known |= {table: row.model_json_schema for table, row in TABLES.items()}
    if name not in known:
        raise UsageFault(f"there is no format {name!r}", hint=f"write one of {', '.join(known)}")
    if markdown and name != "exam":
        raise UsageFault("only the exam file has a page", hint=f"type scangrade schema {name}")
    if markdown:
        click.echo(exam_reference(), nl=False)
        return
    click.echo(json.dumps(known[name](), indent=2, ensure_ascii=False))


@click.command()
@click.option(
    "-o", "--output", default=Path("results"), type=click.Path(path_type=Path), help="Results folder to try."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def doctor(output: Path, as_json: bool) -> int:
    """Say what this machine has and lacks."""
    from dataclasses import asdict

    from pipeline.doctor import examine

    checks = examine(output)
    if as_json:
        write_json([asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            click.echo(f"{check.health:4}  {check.name.ljust(width)}  {check.found}")
            if check.advice:
                click.echo(f"{'':4}  {'':{width}}  {check.advice}")
    failed = any(check.health == "fail" for check in checks)
    return int(ExitCode.FAILED if failed else ExitCode.DONE)
