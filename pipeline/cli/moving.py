"""The commands that take over other programs' exams: ``scangrade import``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.output import common_options, is_quiet, write_json

if TYPE_CHECKING:
    from pipeline.import_layout import ImportReport

output_option = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the layout and the exam file.",
)
exam_option = click.option("--exam", default="", help="Id of the exam.  [default: from the folder's name]")
force_option = click.option("--force", is_flag=True, help="Replace an earlier import in that folder.")


@click.group("import")
def import_() -> None:
    """Take over an exam of another program: its layout, its answers and its lists.

    The old scans are then graded with scangrade grade SCANS --keys FOLDER/exam.yaml. What cannot be
    carried over is listed at the end, and in FOLDER/notes.txt.
    """


@import_.command()
@click.argument("folder", type=click.Path(path_type=Path))
@output_option
@exam_option
@click.option("--id", "student_id", default="", help="Field that says whose a sheet is, such as Roll.")
@force_option
@common_options
def omrchecker(folder: Path, as_json: bool, **options: Any) -> None:
    """Import an OMRChecker FOLDER: template.json, and evaluation.json where there is one."""
    from pipeline.import_layout import OmrSettings, import_omrchecker_folder

    _tell(import_omrchecker_folder(OmrSettings(folder=folder, **options)), as_json=as_json)


@import_.command()
@click.argument("project", type=click.Path(path_type=Path))
@output_option
@exam_option
@click.option(
    "--students",
    type=click.Path(path_type=Path),
    help="List of students (CSV).  [default: the one that the project names]",
)
@force_option
@common_options
def amc(project: Path, as_json: bool, **options: Any) -> None:
    """Import an Auto Multiple Choice PROJECT: its databases and its list of students."""
    from pipeline.import_layout import AmcSettings, import_amc_project

    _tell(import_amc_project(AmcSettings(project=project, **options)), as_json=as_json)


@import_.command()
@output_option
@click.option(
    "--choices", required=True, help="Boxes of each question: 20x5, or 10x5,4,4,0 (0: an open question)."
)
@click.option("--digits", default=7, show_default=True, help="Of the registration number (reglength).")
@click.option("--single", is_flag=True, help="Exactly one option of each question is right.")
@exam_option
@force_option
@common_options
def nops(as_json: bool, **options: Any) -> None:
    """Write the layout of R/exams NOPS sheets, which is always the same."""
    from pipeline.import_layout import NopsSettings, import_nops_sheets

    _tell(import_nops_sheets(NopsSettings(**options)), as_json=as_json)


def _tell(report: "ImportReport", *, as_json: bool) -> None:
    exam = report.folder / "exam.yaml"
    if as_json:
        write_json(
            {
                "exam_file": str(exam),
                "exam": report.exam,
                "files": [str(path) for path in report.files],
                "copies": report.copies,
                "pages": report.pages,
                "boxes": report.boxes,
                "questions": dict(report.questions),
                "complete": report.complete,
                "notes": [{"kind": note.kind, "what": note.what, "todo": note.todo} for note in report.notes],
            }
        )
        return
    if is_quiet():
        return
    questions = ", ".join(f"{count} {kind}" for kind, count in report.questions.items()) or "none"
    copies = f"{report.copies} copies, " if report.copies > 1 else ""
    click.echo(f"{exam}: {report.exam}, questions: {questions}")
    click.echo(f"layout: {copies}{report.pages} pages, {report.boxes} boxes")
    if report.notes:
        click.echo("\nnot carried over as it was:")
        for note in report.notes:
            click.echo(f"  {note}")
    click.echo(
        f"\nnext: scangrade key check {exam}"
        + ("" if report.complete else ", once its answers are filled in")
    )
    click.echo(f"      scangrade grade SCANS --keys {exam}")
