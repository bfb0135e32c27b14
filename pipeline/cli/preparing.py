"""The commands before an exam: sheet, key, simulate."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipeline.cli.importing import import_
from pipeline.cli.output import common_options, is_quiet, log, progress, write_json, write_table
from pipeline.cli.varying import vary


@click.command()
@click.argument("exam_file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The PDF.")
@click.option("--roster", type=click.Path(path_type=Path), help="One sheet for each student of this list.")
@click.option("--blank", type=click.IntRange(min=0), help="Spare sheets.  [default: 1 without a roster]")
@click.option("--version", default="", help="Print this version of the exam for everyone.")
@common_options
def sheet(
    exam_file: Path, output: Path, roster: Path | None, blank: int | None, version: str, as_json: bool
) -> None:
    """Print the answer sheets of EXAM_FILE as a PDF.

    Every layout that was printed is kept in EXAM.layouts/ beside the exam file: keep that folder,
    the sheets are read by it.
    """
    from pipeline.prepare import SheetSettings, make_sheets

    report = make_sheets(
        SheetSettings(exam_file=exam_file, output=output, roster=roster, blank=blank, version=version)
    )
    for notice in report.notices:
        log.warning("note: %s", notice)
    files = [str(path) for path in report.files]
    if as_json:
        write_json({"booklets": report.booklets, "pages": report.pages, "files": files})
    elif not is_quiet():
        booklets = "1 booklet" if report.booklets == 1 else f"{report.booklets} booklets"
        pages = "1 page" if report.pages == 1 else f"{report.pages} pages"
        click.echo(f"{booklets}, {pages}: {', '.join(files)}")


@click.group()
def key() -> None:
    """Check keys and solve their numeric answers."""


key.add_command(vary)
key.add_command(import_)


@key.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@common_options
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Look for faults in exam FILES, or in folders of them; all are told at once."""
    from pipeline.errors import FileFaults
    from pipeline.prepare import check_keys

    try:
        checked = check_keys(files)
    except FileFaults as error:
        told = [str(warning) for warning in error.warnings]
        if as_json:
            write_json({"files": [], "warnings": told, "faults": [asdict(fault) for fault in error.faults]})
        else:
            for warning in told:
                click.echo(f"warning: {warning}")
        raise
    warnings = [str(warning) for warning in checked.warnings]
    if as_json:
        paths = [file.path for file in checked.files]
        write_json({"files": paths, "warnings": warnings, "faults": []})
        return
    for warning in warnings:
        click.echo(f"warning: {warning}")
    if not is_quiet():
        for file in checked.files:
            versions = ", ".join(file.versions)
            questions = len(next(iter(file.versions.values())).questions)
            click.echo(f"{file.path}: {file.id}, {questions} questions, version {versions}: no fault")


@key.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@common_options
def solve(files: tuple[Path, ...], as_json: bool) -> None:
    """Recompute every answer that names a solver, and compare it with what is printed."""
    from pipeline.grading import value_text
    from pipeline.prepare import check_keys, solved_answers

    solved = solved_answers(check_keys(files))
    if as_json:
        write_json(solved)
        return
    words = {True: "as printed", False: "PRINTED OTHERWISE", None: "nothing printed"}
    heads = ("exam", "version", "question", "solver", "value", "option", "printed", "verdict")
    rows = [
        (
            *(one[head] for head in heads[:4]),
            value_text(one["value"]),
            one["option"],
            "" if one["printed"] is None else value_text(one["printed"]),
            words[one["agrees"]],
        )
        for one in solved
    ]
    write_table(heads, rows)


@key.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@common_options
def explain(files: tuple[Path, ...], as_json: bool) -> None:
    """Say in one sentence for students how each question is scored."""
    from pipeline.explain import explained_rules
    from pipeline.prepare import check_keys

    rules = explained_rules(exam for exam, _ in check_keys(files).keys)
    if as_json:
        write_json(rules)
        return
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in rules:
        words = " ".join(filter(None, (one["sentence"], one["several"])))
        alike.setdefault((one["exam"], one["version"], words), []).append(one["question"])
    for (exam, version, words), questions in alike.items():
        click.echo(f"{exam} {version} {', '.join(questions)}: {words}")


@click.command()
@click.argument("exam_file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to fill.")
@click.option("--students", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--roster", type=click.Path(path_type=Path), help="These students instead of invented ones.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same scans."
)
@click.option("--profile", default="office-200", show_default=True, help="Scanner: see the documentation.")
@click.option("--format", "format", default="pdf", show_default=True, help="pdf, pdf-g4, tiff, png or jpeg.")
@click.option("--awkward", default=0.0, show_default=True, help="Share of marks that are hard to read.")
@click.option("--knows", default=0.7, show_default=True, help="Share of right answers.")
@click.option("--blank-backs", is_flag=True, help="A blank back side behind every sheet.")
@click.option("--upside-down", default=0, help="Pages fed upside-down.")
@click.option("--sideways", default=0, help="Pages fed sideways.")
@click.option("--duplicates", default=0, help="Pages scanned twice.")
@click.option("--foreign", default=0, help="Pages of another document.")
@click.option("--scratch", default=0, help="Sheets of scratch paper.")
@click.option("--absent", default=0, help="Students who hand nothing in.")
@click.option("--spare", default=0, help="Students who use a spare sheet.")
@common_options
def simulate(
    exam_file: Path, output: Path, students: int, roster: Path | None, as_json: bool, **options: Any
) -> None:
    """Make filled-in scans of EXAM_FILE with their truth, to rehearse or to measure."""
    from pipeline.paper.simulate import SimulationSettings
    from pipeline.prepare import rehearse

    settings = SimulationSettings(**options)
    with progress() as show:
        summary = rehearse(
            exam_file,
            roster or students,
            output,
            settings,
            lambda done, total: show(done, total, "simulating"),
        )
    if as_json:
        write_json(asdict(summary))
    elif not is_quiet():
        keys = output / exam_file.name if exam_file.name in summary.files else exam_file
        click.echo(f"{summary.pages} pages of {summary.students} students in {output / 'scans'}")
        click.echo(
            f"try: scangrade grade {output / 'scans'} --keys {keys} --roster {output / 'roster.csv'}"
            f" --sheets {output / 'sheets.csv'} -o {output / 'results'}"
        )
        if keys == exam_file:
            click.echo(
                "where its paper has no place for a student id, a person says whose each page is:"
                f" {output / 'truth' / 'pages.csv'} has it"
            )
