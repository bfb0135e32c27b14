"""The commands for exams that scangrade did not print: template, stamp."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.output import common_options, is_quiet, log, progress, write_json

if TYPE_CHECKING:
    from pipeline.template import ShownQuestion, TemplateReport


class DefaultGroup(click.Group):
    """A group whose first command is meant when none is named."""

    default = "find"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before arguments that begin with no command's name."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help of the default command, then the list of the others."""
        command = self.commands[self.default]
        command.format_help(click.Context(command, info_name=ctx.info_name, parent=ctx.parent), formatter)
        others = {name: one for name, one in self.commands.items() if name != self.default}
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(90)) for name, one in others.items()])


@click.group(cls=DefaultGroup)
def template() -> None:
    """Make a layout of an exam that scangrade did not print."""


@template.command()
@click.argument("exam", type=click.Path(path_type=Path), metavar="EXAM.pdf")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The layout, NAME.json.")
@click.option("--exam", "exam_id", default="", help="Id of the exam.  [default: from the PDF's name]")
@click.option("--force", is_flag=True, help="Replace the layout and the exam file if they are there.")
@common_options
def find(exam: Path, output: Path, exam_id: str, force: bool, as_json: bool) -> None:
    """Find the boxes of a blank exam and name them by its questions.

    Beside the layout go NAME.yaml, the exam file to write the answers into, and NAME.pages/, with
    a picture of every page and its boxes. Look at these, and correct what is wrong in NAME.json.
    """
    from pipeline.template import TemplateSettings, make_template

    settings = TemplateSettings(pdf=exam, output=output, exam=exam_id, force=force)
    with progress() as show_progress:
        report = make_template(settings, lambda done, total: show_progress(done, total, exam.name))
    for notice in report.notices:
        log.warning("note: %s", notice)
    if as_json:
        write_json(_json(report))
    elif not is_quiet():
        _print(report)


def _json(report: "TemplateReport") -> dict[str, Any]:
    return {
        "exam": report.exam,
        "layout": str(report.layout),
        "exam_file": str(report.exam_file),
        "pictures": [str(path) for path in report.pictures],
        "pages": report.pages,
        "boxes": sum(len(question.boxes) for question in report.questions),
        "sure": [question.id for question in report.questions if not question.doubts],
        "questions": [
            {
                "id": question.id,
                "page": question.page,
                "kind": question.kind.value,
                "options": [box.option for box in question.boxes],
                "found_as": sorted({box.box.origin for box in question.boxes}),
                "look": list(question.doubts),
            }
            for question in report.questions
        ],
        "set_aside": [
            {"page": one.page, "x": round(one.box.x, 1), "y": round(one.box.y, 1), "why": one.why}
            for one in report.set_aside
        ],
        "notices": list(report.notices),
    }


def _print(report: "TemplateReport") -> None:
    width = max([8, *(len(question.id) for question in report.questions)])
    click.echo(f"page  {'question':{width}}  kind       boxes  sure")
    for question in report.questions:
        options = [box.option for box in question.boxes]
        sure = "yes" if not question.doubts else "look: " + "; ".join(question.doubts)
        line = f"{question.page:4}  {question.id:{width}}  {question.kind.value:9}  {len(options):5}  {sure}"
        click.echo(line)
    boxes = sum(len(question.boxes) for question in report.questions)
    doubtful = sum(bool(question.doubts) for question in report.questions)
    click.echo(
        f"{boxes} boxes of {len(report.questions)} questions on {report.pages} pages, {doubtful} to look at"
    )
    click.echo(f"compare: {', '.join(str(path) for path in report.pictures)}")
    click.echo(f"then write the answers into {report.exam_file}, and: scangrade key check {report.exam_file}")


@template.command()
@click.argument("layout", type=click.Path(path_type=Path))
@click.argument("exam", required=False, type=click.Path(path_type=Path), metavar="[EXAM.pdf]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder.  [default: NAME.pages]")
@common_options
def show(layout: Path, exam: Path | None, output: Path | None, as_json: bool) -> None:
    """Draw any LAYOUT over its pages, and list its questions.

    Where the exam file beside it, NAME.yaml, says something else of them, that is told.
    """
    from pipeline.template import show_layout

    shown = show_layout(layout, exam, output)
    for fault in shown.differences:
        log.warning("%s", fault)
    pictures = [str(path) for path in shown.pictures]
    if as_json:
        questions = [
            {"id": one.id, "sheets": one.sheets, "kind": one.kind, "options": one.options}
            for one in shown.questions
        ]
        look = [str(fault) for fault in shown.differences]
        write_json({"pictures": pictures, "boxes": shown.boxes, "questions": questions, "look": look})
    elif not is_quiet():
        _print_questions(shown.questions)
        click.echo(f"{shown.boxes} boxes of {len(shown.questions)} questions: {', '.join(pictures)}")


def _print_questions(questions: "tuple[ShownQuestion, ...]") -> None:
    width = max([8, *(len(question.id) for question in questions)])
    click.echo(f"page  {'question':{width}}  kind       options")
    for one in questions:
        sheets = "-".join(str(sheet) for sheet in dict.fromkeys((one.sheets[0], one.sheets[-1])))
        options = one.options if len(one.options) <= 12 else (*one.options[:5], "...", one.options[-1])
        click.echo(f"{sheets:>4}  {one.id:{width}}  {one.kind:9}  {' '.join(options)}")


@click.command()
@click.argument("exam", type=click.Path(path_type=Path), metavar="EXAM.pdf")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The stamped PDF.")
@click.option("--layout", type=click.Path(path_type=Path), help="Of scangrade template.  [default: made now]")
@click.option("--roster", type=click.Path(path_type=Path), help="One copy for each student of this list.")
@click.option(
    "--copies", type=click.IntRange(min=0), help="Copies without a name.  [default: 1 without a roster]"
)
@click.option(
    "--exam", "exam_id", default="", help="Id of the exam.  [default: the layout's, or the PDF's name]"
)
@click.option("--version", default="", help="Version of the exam.  [default: A]")
@common_options
def stamp(
    exam: Path,
    output: Path,
    layout: Path | None,
    roster: Path | None,
    copies: int | None,
    as_json: bool,
    **words: str,
) -> None:
    """Put our corner marks and page codes on an exam that is there, without touching its content.

    The exam file is NAME.yaml beside the layout; NAME.layouts/ beside it keeps what was stamped:
    keep that folder, the pages are read by it.
    """
    from pipeline.stamp import StampSettings, stamp_exam

    report = stamp_exam(
        StampSettings(
            pdf=exam,
            output=output,
            layout=layout,
            roster=roster,
            copies=copies,
            exam=words["exam_id"],
            version=words["version"],
        )
    )
    for notice in report.notices:
        log.warning("note: %s", notice)
    files = [str(path) for path in report.files]
    if as_json:
        write_json(
            {
                "copies": report.copies,
                "pages": report.pages,
                "layout": report.layout,
                "exam_file": str(report.exam_file),
                "files": files,
            }
        )
    elif not is_quiet():
        copies_text = "1 copy" if report.copies == 1 else f"{report.copies} copies"
        click.echo(f"{copies_text}, {report.pages} pages: {', '.join(files)}")
        click.echo(f"exam file: {report.exam_file}")
