"""``scangrade verify``: whether a results folder is what was published."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.output import common_options, is_quiet, write_json, write_table

if TYPE_CHECKING:
    from pipeline.verify import AnswerEvidence, Verification


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--seal", default="", metavar="HASH", help="The seal that was written down earlier.")
@click.option(
    "--student", default="", metavar="ID", help="Show what this student's points rest on, mark by mark."
)
@common_options
def verify(results: Path, seal: str, student: str, as_json: bool) -> int:
    """Check that the tables and the evidence of RESULTS are what was published.

    Works out every grade again from the stored readings, decisions and keys, compares the tables byte
    for byte, and follows the chain. Opens no image and writes nothing.

    Ends with 0 when all is as it was published, 1 when something was changed, 3 when something could
    not be checked.
    """
    from pipeline.verify import student_evidence, verify_folder

    checked = verify_folder(results, seal=seal)
    answers = student_evidence(results, student) if student else ()
    if as_json:
        more = {"student": student, "answers": [asdict(answer) for answer in answers]} if student else {}
        write_json(_values(checked) | more)
        return int(checked.exit_code)
    if is_quiet():
        _print_findings(checked)
    else:
        _print(checked)
    for answer in answers:
        click.echo()
        _print_answer(answer)
    return int(checked.exit_code)


def _print_answer(answer: "AnswerEvidence") -> None:
    where = f", {answer.file} page {answer.page}" if answer.file else ""
    click.echo(f"{answer.exam} {answer.version}, question {answer.question}{where}")
    rows = [
        (one.option, one.state, f"{one.p_marked:.4f}", " ".join(f"{value:.0f}" for value in one.place_px))
        for one in answer.marks
    ]
    if rows:
        write_table(("option", "state", "marked", "left top width height, px"), rows)
    for one in answer.decisions:
        note = f": {one.note}" if one.note else ""
        click.echo(f"decided  {one.value} by {one.by} at {one.at}{note}")
    points = f"{answer.points or 'no points yet,'} of {answer.max_points} by rule {answer.rule or '-'}"
    click.echo(f"points   {answer.chosen or 'blank'}: {points}, {answer.reason or answer.status}")
    click.echo(f"key      {answer.key}")


def _values(checked: "Verification") -> dict[str, object]:
    return {
        "exit_code": int(checked.exit_code),
        "verdict": checked.verdict,
        "purged": checked.purged,
        "seal": checked.seal,
        "entries": checked.entries,
        "checked": dict(checked.checked),
        "findings": [{"part": one.part, "what": one.what, "advice": one.advice} for one in checked.findings],
        "open": list(checked.open),
    }


def _print(checked: "Verification") -> None:
    for name, words in checked.checked:
        click.echo(f"{name:9} {words}")
    if checked.purged:
        click.echo(f"{'purged':9} at {checked.purged}: no reading and no decision can be checked any more")
    _print_findings(checked)
    for words in checked.open:
        click.echo(f"{'open':9} {words}")
    if checked.seal:
        click.echo(f"{'seal':9} {checked.seal} (entry {checked.entries})")
        click.echo(
            f"{'':9} write it down elsewhere: who changes everything in one file can make a new chain,"
        )
        click.echo(f"{'':9} and then only scangrade verify {checked.folder} --seal HASH shows it")


def _print_findings(checked: "Verification") -> None:
    for one in checked.findings:
        click.echo(f"{'changed':9} {one.what}")
    for advice in dict.fromkeys(one.advice for one in checked.findings):
        click.echo(f"{'next':9} {advice}")
