"""``scangrade purge``: names and pictures out of a results folder, for good."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline.cli.output import common_options, is_quiet, write_json
from pipeline.errors import ExitCode, UsageFault

if TYPE_CHECKING:
    from pipeline.purge import PurgePlan


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--level",
    default="ids",
    show_default=True,
    type=click.Choice(["names", "ids"]),
    help="names: student ids stay. ids: each becomes a number drawn at random.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def purge(results: Path, level: Literal["names", "ids"], yes: bool, as_json: bool) -> int:
    """Take names, ids, readings and pictures out of RESULTS, for good; the statistics stay.

    Says first what it takes away, and asks. Nothing can be graded in the folder afterwards.
    """
    from dataclasses import asdict

    from pipeline.purge import plan_purge, purge_folder

    plan = plan_purge(results, level)
    if not as_json and not is_quiet():
        for line in _plan_lines(plan):
            click.echo(line)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise UsageFault("a purge cannot be undone", hint="say --yes when you mean it")
        click.confirm("This cannot be undone. Go on?", abort=True)
    done = purge_folder(results, level)
    code = ExitCode.REVIEW if plan.others else ExitCode.DONE
    if as_json:
        values = asdict(done.plan) | {"folder": str(results), "seal": done.seal, "exit_code": int(code)}
        write_json(values)
    elif not is_quiet():
        click.echo(f"purged   {results}")
        click.echo(f"seal     {done.seal}")
    return int(code)


def _plan_lines(plan: "PurgePlan") -> Iterator[str]:
    who = f"names and e-mails of {plan.named} of {plan.students} students"
    yield f"removes  {who}, and the list of them"
    if plan.level == "ids":
        yield "removes  student ids and serials: each student becomes a number drawn at random"
    yield f"removes  {plan.readings} readings of pages; {plan.decisions} decisions, who made them and why"
    yield "removes  names of scan files, reasons in words, what earlier publications changed and for whom"
    if plan.files:
        yield f"removes  the files {', '.join(plan.files)}"
    yield "keeps    answers, points, grades and outcomes of pages; keys; the chain of evidence"
    if plan.level == "names":
        yield "keeps    student ids: who has a list of them still knows who is who"
    if plan.doubts:
        yield f"note     {plan.doubts} doubts are open, and nobody can decide them afterwards"
    if plan.others:
        yield f"note     not written by scangrade, so left alone: {', '.join(plan.others)}"
    yield "note     scans, rosters, sheets.csv, copies and backups lie elsewhere: remove them yourself"
