"""The commands that work on scans and results: grade, read, review, regrade."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.output import common_options, is_quiet, progress, write_json

if TYPE_CHECKING:
    from pipeline.publish import BatchReport
    from pipeline.settings import RegradeSettings

DEFAULT_KEYS = Path("answer_keys")

scans_argument = click.argument("scans", nargs=-1, required=True, type=click.Path(path_type=Path))
output_option = click.option(
    "-o",
    "--output",
    default=Path("results"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Results folder; may hold earlier scans of the same exams.",
)
keys_option = click.option(
    "--keys",
    type=click.Path(path_type=Path),
    help="Exam file, or folder of exam files.  [default: answer_keys]",
)
roster_option = click.option("--roster", type=click.Path(path_type=Path), help="List of students (CSV).")
sheets_option = click.option(
    "--sheets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="sheets.csv of printed sheets; those beside scans and exam files are found.",
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(min=1), help="Processes.  [default: one per processor]"
)
cluster_option = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Read pages on a Dask cluster: tcp://HOST:8786, or local:N to try it here.",
)
engine_option = click.option(
    "--pdf-engine",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "poppler", "pdfium"]),
    help="What renders PDF pages that are not one image.",
)
timeout_option = click.option(
    "--page-timeout",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Give a page up that takes longer.  [default: 60]",
)
memory_option = click.option(
    "--page-memory",
    type=click.IntRange(min=128),
    metavar="MB",
    help="Give a page up that takes more memory (Linux).  [default: 2048]",
)
no_credits_option = click.option(
    "--no-credits", is_flag=True, help="The list of credits of the last run counts no more."
)
totals_option = click.option(
    "--totals",
    type=click.Path(path_type=Path),
    help="Totals on the cover pages, to be checked (CSV: student_id, question, points).",
)
no_totals_option = click.option(
    "--no-totals", is_flag=True, help="The list of totals of the last run counts no more."
)


@click.command()
@scans_argument
@keys_option
@roster_option
@output_option
@jobs_option
@cluster_option
@engine_option
@timeout_option
@memory_option
@sheets_option
@click.option(
    "--credits",
    type=click.Path(path_type=Path),
    help="Credits given by an examiner (CSV: student_id, question, points).",
)
@no_credits_option
@totals_option
@no_totals_option
@click.option("--marks", "write_marks", is_flag=True, help="Write marks.csv as well.")
@click.option(
    "--anonymous",
    is_flag=True,
    help="Take ids or codes from the roster, and no names; stays so in the folder.",
)
@common_options
def grade(scans: tuple[Path, ...], keys: Path | None, jobs: int | None, as_json: bool, **options: Any) -> int:
    """Grade SCANS: PDF, TIFF, PNG and JPEG files, or folders of them."""
    from pipeline.execute import available_jobs
    from pipeline.run import grade_batch
    from pipeline.settings import GradeSettings

    _refuse_contradictions(options)
    with progress() as show:
        report = grade_batch(
            GradeSettings(
                scans=scans,
                keys=keys or DEFAULT_KEYS,
                jobs=jobs or available_jobs(),
                progress=show,
                **_named(options),
            )
        )
    return _tell(report, as_json=as_json)


@click.command()
@scans_argument
@keys_option
@click.option("--layout", type=click.Path(path_type=Path), help="Layout of paper printed by others (JSON).")
@roster_option
@output_option
@jobs_option
@cluster_option
@engine_option
@timeout_option
@memory_option
@sheets_option
@common_options
def read(
    scans: tuple[Path, ...],
    keys: Path | None,
    layout: Path | None,
    output: Path,
    jobs: int | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Read the marks of SCANS and stop there: writes marks.csv and pages.csv."""
    from pipeline.execute import available_jobs
    from pipeline.run import read_batch
    from pipeline.settings import ReadSettings

    if keys is None and layout is None:
        keys = DEFAULT_KEYS
    with progress() as show:
        report = read_batch(
            ReadSettings(
                scans=scans,
                output=output,
                keys=keys,
                layout=layout,
                jobs=jobs or available_jobs(),
                progress=show,
                **_named(options),
            )
        )
    return _tell(report, as_json=as_json)


def _named(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given; the settings know what holds for the others."""
    return {name: value for name, value in options.items() if value is not None}


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--decisions",
    type=click.Path(path_type=Path),
    help='A review.csv or second-look.csv with its column "decision" filled in.',
)
@click.option("--by", default="", help="Who decided.")
@click.option(
    "--second-look",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N marks that were read without a doubt, for a person to confirm.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Draw the same sample again.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the page.  [default: any]")
@click.option("--no-browser", is_flag=True, help="Only print the link of the page.")
@common_options
def review(
    results: Path,
    decisions: Path | None,
    by: str,
    count: int | None,
    seed: int | None,
    port: int,
    no_browser: bool,
    as_json: bool,
) -> int:
    """Decide what is doubtful in RESULTS, on a page in the browser, and grade again.

    With --decisions the decisions come from a table, with --second-look a sample is drawn.
    """
    from pipeline.cli.looking_again import second_look
    from pipeline.cli.reviewing import review_page

    if decisions is not None and count is not None:
        raise click.UsageError("--decisions and --second-look do not go together")
    if count is not None:
        return second_look(results, count, seed, as_json=as_json)
    if seed is not None:
        raise click.UsageError("--seed goes with --second-look")
    if decisions is not None:
        return _apply(results, decisions, by, as_json=as_json)
    return review_page(results, by, port, browser=not no_browser, as_json=as_json)


def _apply(results: Path, decisions: Path, by: str, *, as_json: bool) -> int:
    from pipeline.review import apply_decisions

    applied = apply_decisions(results, decisions, by=by)
    if not as_json and not is_quiet():
        click.echo(f"decisions: {applied.appended} new, {applied.unchanged} as before\n")
    more = {"decisions": {"new": applied.appended, "unchanged": applied.unchanged}}
    return _tell(applied.report, as_json=as_json, more=more)


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--keys", type=click.Path(path_type=Path), help="Other exam files than the last time.")
@click.option("--roster", type=click.Path(path_type=Path), help="Another roster than the last time.")
@click.option("--credits", type=click.Path(path_type=Path), help="Other credits than the last time.")
@no_credits_option
@totals_option
@no_totals_option
@click.option("--preview", is_flag=True, help="Only show what would change; write nothing.")
@common_options
def regrade(preview: bool, as_json: bool, **options: Any) -> int:
    """Grade the stored readings of RESULTS again, with today's keys; opens no image.

    Says who moves against what was published last, question by question, and who crosses the pass
    line.
    """
    from pipeline.regrade import regrade as grade_again
    from pipeline.settings import RegradeSettings

    _refuse_contradictions(options)
    settings = RegradeSettings(**options)
    if preview:
        _preview(settings, as_json=as_json)
        return 0
    report = grade_again(settings)
    if not as_json and not is_quiet() and report.changes is not None:
        from pipeline.cli.comparison import print_changes

        print_changes(report.changes)
        click.echo()
    return _tell(report, as_json=as_json)


def _preview(settings: "RegradeSettings", *, as_json: bool) -> None:
    """Print what a regrade would change, and how to do it."""
    from pipeline.cli.comparison import changes_values, print_changes
    from pipeline.regrade import preview_regrade

    made = preview_regrade(settings)
    if as_json:
        notices = list(made.notices)
        write_json({"preview": True, "changes": changes_values(made.changes), "notices": notices})
    elif not is_quiet():
        print_changes(made.changes)
        click.echo()
        for notice in made.notices:
            click.echo(f"note     {notice}")
        click.echo("preview: nothing was written")
        click.echo(f"next     {_regrade_command(settings)}")


def _regrade_command(settings: "RegradeSettings") -> str:
    """What to type to do what was previewed."""
    words = ["scangrade", "regrade", str(settings.results)]
    named = (
        ("--keys", settings.keys),
        ("--roster", settings.roster),
        ("--credits", settings.credits),
        ("--totals", settings.totals),
    )
    for option, path in named:
        words += [option, str(path)] if path is not None else []
    ended = (("--no-credits", settings.no_credits), ("--no-totals", settings.no_totals))
    return shlex.join([*words, *(option for option, said in ended if said)])


def _refuse_contradictions(options: Mapping[str, Any]) -> None:
    for name in ("credits", "totals"):
        if options[name] is not None and options[f"no_{name}"]:
            raise click.UsageError(f"--{name} and --no-{name} contradict each other: say one of them")


def _tell(report: "BatchReport", *, as_json: bool, more: dict[str, Any] | None = None) -> int:
    """Print how a run ended; gives its exit code."""
    from pipeline.cli.results import print_results, summary_values

    if report.changes is not None and as_json:
        from pipeline.cli.comparison import changes_values

        more = {**(more or {}), "changes": changes_values(report.changes)}
    counts = {"decoded": report.decoded, "known": report.known}
    if as_json:
        values = {"exit_code": int(report.exit_code), **counts, **summary_values(report.summary)}
        write_json(values | (more or {}))
    elif not is_quiet():
        print_results(report.summary)
    return int(report.exit_code)
