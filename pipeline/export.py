"""Grades for a learning management system, from what was published last."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.errors import ExitCode, UsageFault
from pipeline.model import Group, Question
from pipeline.published import Published
from pipeline.reporting import bytes_content, replace_files
from pipeline.reporting.lms import (
    SYSTEMS,
    Assignment,
    Exported,
    LeftOut,
    Outgoing,
    csv_bytes,
    export_name,
    read_lms_file,
    text_cells,
)

LEFT_OUT = ("student_id", "name", "points", "reason")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of the members of an archive: the same grades give the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """Options of ``scangrade export``."""

    results: Path
    system: str
    """A name of :data:`pipeline.reporting.lms.SYSTEMS`."""
    output: Path | None = None
    """None: beside the tables."""
    into: Path | None = None
    """The LMS's own file."""
    exam: str = ""
    column: str = ""
    """Name in the gradebook; empty: the exam's title."""
    class_id: str = ""
    roster: Path | None = None
    """None: that of the last run."""
    pending: bool = False
    """Whether points so far go out where something waits for a person."""
    scale: bool = False
    """Whether points are scaled to the maximum that the LMS has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported, and who was not."""

    files: tuple[Path, ...]
    exam: str
    exported: int
    left_out: tuple[LeftOut, ...]
    notices: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """A person must look when a student with a sheet was left out."""
        is_open = any(one.reason != "absent" for one in self.left_out)
        return ExitCode.REVIEW if is_open else ExitCode.DONE


def export_results(settings: ExportSettings) -> ExportReport:
    """Write what was published last as an LMS reads it; opens no image and grades nothing.

    Students whose grade is not in the file are in a second one beside it, with the reason.

    Raises
    ------
    UsageFault
        It is no results folder, or nothing was published there; it holds several exams and none is
        named; the LMS's file does not fit.
    FileFaults
        The LMS's file or the roster has faults.
    ResultsFault
        A file cannot be written.
    """
    published = Published.load(settings.results, settings.roster)
    exam = published.exam_named(settings.exam)
    students = published.students(exam)
    into = read_lms_file(settings.into) if settings.into is not None else None
    task = _task(published, exam, students, settings)
    made = SYSTEMS[settings.system](task, students, into, pending=settings.pending)
    several = len(published.exam_ids) > 1
    name = export_name(settings.system, exam if several else "", archive="" not in made.files)
    output = settings.output or settings.results / name
    if settings.into is not None and output.resolve() == settings.into.resolve():
        raise UsageFault(f"{output} is the system's own file", hint="name another one with -o")
    return ExportReport(
        files=_write(output, made),
        exam=exam,
        exported=made.exported,
        left_out=made.left_out,
        notices=(*published.notices, *made.notices),
    )


def _write(output: Path, made: Exported) -> tuple[Path, ...]:
    data = made.files.get("")
    contents = {output: bytes_content(_archive(made.files) if data is None else data)}
    beside = output.with_name(f"{output.stem}-left-out.csv")
    if made.left_out or beside.exists():
        rows = [text_cells((one.student_id, one.name, one.points, one.reason)) for one in made.left_out]
        contents[beside] = bytes_content(csv_bytes([LEFT_OUT, *rows]))
    return replace_files(contents)


def _archive(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data)
    return out.getvalue()


def _task(
    published: Published, exam: str, students: Sequence[Outgoing], settings: ExportSettings
) -> Assignment:
    """What the grades are of."""
    found = published.exam_file(exam)
    most = max((one.max_points for one in students), default=Fraction(0))
    asked: list[Question | Group] = []
    if found is not None:
        asked = [*(one for one in found.questions if not one.group), *found.groups]
    return Assignment(
        exam=exam,
        title=settings.column or (found.title if found is not None else exam),
        max_points=most,
        at=published.at,
        questions=tuple((one.id, one.title, one.points) for one in asked),
        class_id=settings.class_id,
        scale=settings.scale,
    )
