"""The list of commands; each one's module is imported when it is called."""

import importlib
import keyword

import click

from pipeline import __version__

COMMANDS = {
    "init": ("pipeline.cli.starting", "Write an exam file that explains itself, to begin with."),
    "grade": ("pipeline.cli.grading", "Grade a folder of scans."),
    "read": ("pipeline.cli.grading", "Read marks only, before a key exists or on other people's paper."),
    "review": ("pipeline.cli.grading", "Decide doubtful marks on a page in the browser."),
    "regrade": ("pipeline.cli.grading", "Grade stored readings again with a corrected key."),
    "report": ("pipeline.cli.reporting", "Write a report and a workbook of the results."),
    "export": ("pipeline.cli.exporting", "Write the grades for Canvas, Moodle and other systems."),
    "annotate": ("pipeline.cli.annotating", "Write each student's scans with answers, points and reasons."),
    "status": ("pipeline.cli.looking", "Say how a results folder stands."),
    "verify": ("pipeline.cli.verifying", "Check that tables and evidence are what was published."),
    "purge": ("pipeline.cli.purging", "Take names and pictures out of a results folder, for good."),
    "sheet": ("pipeline.cli.preparing", "Print answer sheets."),
    "template": ("pipeline.cli.templating", "Make a layout of an exam that scangrade did not print."),
    "stamp": ("pipeline.cli.templating", "Put corner marks and page codes on an exam that is there."),
    "import": ("pipeline.cli.moving", "Take over an exam of OMRChecker, AMC or R/exams."),
    "key": ("pipeline.cli.preparing", "Check keys and solve their numeric answers."),
    "simulate": ("pipeline.cli.preparing", "Make filled-in scans with their truth, for a rehearsal."),
    "schema": ("pipeline.cli.looking", "Print the JSON Schema of a file format."),
    "doctor": ("pipeline.cli.looking", "Say what this machine has and lacks."),
    "completion": ("pipeline.cli.starting", "Make a shell complete commands and options."),
}
"""Module and one line for the list, by command, in the order of the list."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Names of the commands, in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            raise click.exceptions.NoSuchCommand(name, possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="scangrade")
def scangrade() -> None:
    """Scanned paper exams become grades.

    \b
    scangrade sheet EXAM.yaml -o sheet.pdf --roster roster.csv     print the sheets
    scangrade grade scans/ --roster roster.csv -o results/         grade the scans
    scangrade review results/                                      settle what is doubtful

    Exit codes: 0 done; 1 failed, outputs unchanged; 2 wrong use, bad key or bad roster; 3 done, a
    person must look; 4 something was unreadable, foreign or missing; 130 interrupted.
    """  # noqa: D301 (click wants the real character behind \b)
