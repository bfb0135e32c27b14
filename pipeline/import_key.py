"""Keys that teachers keep in a table become exam files."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam import KeyTable, WrittenKey, exam_id_of, parse_exam, read_key_table, write_key
from pipeline.grading import build_key
from pipeline.model import ExamFile
from pipeline.reporting import is_special, replace_files, text_content


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSettings:
    """Options of ``scangrade key import``."""

    table: Path
    output: Path
    """The exam file."""
    exam: str = ""
    """Its id; empty: made of the output's name."""
    title: str = ""
    marking: str = "any"
    points: Fraction | None = None
    """Of questions for which the table gives none; None: 1."""
    sheet: str = ""
    """Of a workbook; empty: the only one that holds anything."""
    force: bool = False
    """Whether a file that is there may be replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The exam file that was made."""

    file: Path
    exam: str
    questions: int
    versions: tuple[str, ...]
    notices: tuple[str, ...]
    """What the table does not say and was assumed, and what was passed over."""


def import_key(settings: ImportSettings) -> ImportReport:
    """Make an exam file of a key in a table.

    Raises
    ------
    UsageFault
        There is no such table, the output is there already or is no ``.yaml``, the exam's id is none.
    FileFaults
        Every fault of the table at once, each with its line or cell and what to write instead.
    ResultsFault
        The exam file cannot be written.
    """
    output = settings.output
    _refuse_output(settings)
    exam = settings.exam or exam_id_of(output.stem)
    if exam_id_of(exam) != exam or not exam:
        hint = "say --exam with 1 to 24 of a-z, 0-9 and -, like algebra-2025"
        raise UsageFault(f"{exam or output.stem!r} cannot be an exam id", hint=hint)
    table = read_key_table(settings.table, sheet=settings.sheet, points=settings.points)
    key = write_key(table, exam=exam, title=settings.title, marking=settings.marking)
    file = _checked(key, table, output)
    replace_files({output: text_content(key.text)})
    return ImportReport(
        file=output,
        exam=file.id,
        questions=len(table.questions),
        versions=tuple(file.versions),
        notices=table.notices,
    )


def _refuse_output(settings: ImportSettings) -> None:
    output = settings.output
    if is_special(output):
        return
    if output.suffix.lower() not in (".yaml", ".yml"):
        raise UsageFault(f"{output} is no name of an exam file", hint=f"say -o {output.with_suffix('.yaml')}")
    if output.exists() and not settings.force:
        hint = "name another file, or say --force to replace it"
        raise UsageFault(f"{output} is there already, and it is not overwritten", hint=hint)


def _checked(key: WrittenKey, table: KeyTable, output: Path) -> ExamFile:
    """The exam file as scangrade reads it; its faults are told where the table has them."""
    try:
        file = parse_exam(key.text.encode("utf-8"), output)
        faults = [fault for exam in file.versions.values() for fault in build_key(exam, file.key_hash).faults]
    except FileFaults as error:
        faults = list(error.faults)
    if faults:
        raise FileFaults(tuple(dict.fromkeys(_in_table(fault, key, table) for fault in faults)))
    return file


def _in_table(fault: Fault, key: WrittenKey, table: KeyTable) -> Fault:
    cell = key.origin(fault.line)
    return table.fault(cell, fault.what, fault.instead)
