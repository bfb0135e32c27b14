"""``scangrade import amc``: the databases of an Auto Multiple Choice project."""

import csv
import html
import re
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import UsageFault
from pipeline.exam.imports import AmcProject, Note, import_amc
from pipeline.formats import RosterRow
from pipeline.import_layout.amc_tables import read_tables
from pipeline.import_layout.files import folder_of, read_file, read_plain
from pipeline.import_layout.output import ImportReport, exam_name, write_import

_LIST = re.compile(rb"<listeetudiants>([^<]{1,500})</listeetudiants>")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcSettings:
    """Options of ``scangrade import amc``."""

    project: Path
    output: Path
    exam: str = ""
    """Id of the exam; empty: made of the project's name."""
    students: Path | None = None
    """The list of students; None: the one that the project names."""
    force: bool = False


def import_amc_project(settings: AmcSettings) -> ImportReport:
    """Import a project's layout, scoring and associations.

    Raises
    ------
    UsageFault
        There is no such project, or a database cannot be read (with file and table).
    ResultsFault
        The files cannot be written.
    """
    project = folder_of(settings.project, "the project's folder, which holds data/layout.sqlite")
    data = project / "data" if (project / "data").is_dir() else project
    if not (data / "layout.sqlite").is_file():
        hint = "name the project's folder, as AMC has it among its projects"
        raise UsageFault(f"there is no {data / 'layout.sqlite'}", hint=hint)
    exam = exam_name(settings.exam, project.resolve().name)
    tables = read_tables(data)
    imported = import_amc(
        AmcProject(
            pages=tables.pages,
            marks=tables.marks,
            boxes=tables.boxes,
            digits=tables.digits,
            names=tables.names,
            questions=tables.questions,
            answers=tables.answers,
            defaults=tables.defaults,
            mains=tables.mains,
            variables=tables.variables,
            associations=tables.associations,
            id_code=tables.code,
            manual=tables.manual,
            source=f"the AMC project {project}",
            exam=exam,
        )
    )
    roster, notes = _roster(project, settings.students, tables.key)
    imported = replace(imported, roster=roster, notes=(*imported.notes, *notes))
    return write_import(imported, settings.output, pictures={}, force=settings.force)


# --- the list of students ------------------------------------------------------------------------


def _roster(project: Path, named: Path | None, key: str) -> tuple[tuple[RosterRow, ...], list[Note]]:
    """The students' list as a roster; a note when there is none, or it does not say what it must."""
    path = named or _named_list(project)
    todo = "say --students FILE, or give a roster to scangrade grade"
    if path is None:
        return (), [Note(kind="lost", what="the project names no list of students", todo=todo)]
    if not path.is_file():
        if named is not None:
            raise UsageFault(f"there is no list of students {path}", hint="correct the name after --students")
        return (), [Note(kind="lost", what=f"the list of students {path} is not there", todo=todo)]
    rows = list_rows(read_plain(path, "list of students"))
    header, *lines = rows or [[]]
    wanted = key or next((name for name in ("id", "student", "number", "code") if name in header), "")
    if wanted not in header:
        what = f"the list of students {path} has no column {wanted or 'id'}, only {', '.join(header)}"
        return (), [Note(kind="lost", what=what, todo=todo)]
    found: dict[str, RosterRow] = {}
    for line in lines:
        cells = dict(zip(header, line, strict=False))
        student = cells.get(wanted, "").strip()
        name = cells.get("name") or " ".join(filter(None, (cells.get("forename"), cells.get("surname"))))
        if student and student not in found:
            row = RosterRow(student_id=student, name=(name or student).strip(), email=cells.get("email", ""))
            found[student] = row
    notes = []
    if left := sorted(set(header) - {wanted, "name", "surname", "forename", "email", ""}):
        notes.append(Note(kind="changed", what=f"columns of the students' list left out: {', '.join(left)}"))
    return tuple(found.values()), notes


def list_rows(text: str) -> list[list[str]]:
    """Rows of AMC's list of students: ``#`` begins a comment; comma, semicolon, colon or tab separate."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return []
    separator = max(",;:\t", key=lines[0].count)
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]


def _named_list(project: Path) -> Path | None:
    """The list that the project's options name, when it lies in the project."""
    options = project / "options.xml"
    if not options.is_file():
        return None
    match = _LIST.search(read_file(options, "options file"))
    if match is None:
        return None
    name = html.unescape(match[1].decode("utf-8", "replace"))
    for word in ("%PROJET", "%PROJECT"):
        if name.startswith(word):
            return project / name.removeprefix(word).lstrip("/")
    return project / name
