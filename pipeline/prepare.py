"""Before an exam: its key checked and solved, its sheets printed, its scans rehearsed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Fault, FileFaults, ResultsFault, UsageFault, system_reason
from pipeline.exam import (
    check_layouts,
    draft_exams,
    layout_json,
    layouts_folder,
    load_exam,
    load_roster,
    load_sheets,
)
from pipeline.exam.compose import compose_sheet
from pipeline.exam.plan import SheetPlan
from pipeline.formats import SheetRow
from pipeline.grading import Key, KeyEntry, build_key, printed_agrees
from pipeline.model import Exam, ExamFile, Student
from pipeline.reporting import (
    Content,
    Table,
    bytes_content,
    clear_write_faults,
    is_special,
    replace_files,
    table_content,
    text_content,
)
from pipeline.store import FolderLock

if TYPE_CHECKING:
    from pipeline.paper import SheetPrint
    from pipeline.paper.simulate import RightAnswer, SimulationSettings, SimulationSummary

SHEETS_FILE = "sheets.csv"

# --- keys ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedKeys:
    """Exam files without faults, with their keys."""

    files: tuple[ExamFile, ...]
    keys: tuple[tuple[Exam, Key], ...]
    """Each version of each exam, in the order of the files."""
    warnings: tuple[Fault, ...]


def check_keys(paths: Sequence[Path]) -> CheckedKeys:
    """Load, solve and check exam files or folders of them.

    Raises
    ------
    UsageFault
        When there is no such file, or no exam file in a folder.
    FileFaults
        With every fault of every file, those of its key too, in the order of the files and their lines;
        and with the warnings.
    """
    files: list[ExamFile] = []
    faults: list[Fault] = []
    warnings: list[Fault] = []
    keys = []
    for draft in {draft.path: draft for path in paths for draft in draft_exams(path)}.values():
        found = list(draft.faults)
        for version in draft.versions.values():
            check = build_key(version.exam, draft.key_hash, version.refused)
            found.extend(check.faults)
            warnings.extend(check.warnings)
            if check.key is not None:
                keys.append((version.exam, check.key))
        if not found:
            contradictions, told = check_layouts(version.exam for version in draft.versions.values())
            found.extend(contradictions)
            warnings.extend(told)
        faults.extend(sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.column)))
        if draft.file is not None:
            files.append(draft.file)
    if faults:
        raise FileFaults(faults, tuple(dict.fromkeys(warnings)))
    return CheckedKeys(files=tuple(files), keys=tuple(keys), warnings=tuple(dict.fromkeys(warnings)))


def solved_answers(checked: CheckedKeys) -> list[dict[str, Any]]:
    """Every answer that a solver computed, as plain JSON values, in the order of the files.

    ``value`` is what the solver gave, numbers and nested lists of them; ``option`` the option that
    it is; ``printed`` what the official solution prints, or null; ``agrees`` whether the two are
    the same, null when nothing is printed.
    """
    return [
        _solved(exam, entry) for exam, key in checked.keys for entry in key.entries.values() if entry.solver
    ]


def _solved(exam: Exam, entry: KeyEntry) -> dict[str, Any]:
    question = entry.question
    agrees = None
    if question.printed is not None:
        agrees = printed_agrees(question, right=entry.right, value=entry.value, solved=entry.solved)
    return {
        "exam": exam.id,
        "version": exam.version,
        "question": question.id,
        "solver": entry.solver,
        "value": plain_value(entry.solved),
        "option": "|".join(sorted(entry.right or ())),
        "printed": plain_value(question.printed),
        "agrees": agrees,
    }


def plain_value(value: Any) -> Any:
    """A solved or written value as JSON holds it: whole numbers as integers, others as floats."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, tuple | list | frozenset):
        items = sorted(value) if isinstance(value, frozenset) else value
        return [plain_value(item) for item in items]
    if isinstance(value, dict):
        return {str(name): plain_value(item) for name, item in value.items()}
    return value


# --- sheets ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSettings:
    """Options of ``scangrade sheet``."""

    exam_file: Path
    output: Path
    """The PDF; with several versions, one PDF each: ``sheet-A.pdf``, ``sheet-B.pdf``."""
    roster: Path | None = None
    blank: int | None = None
    """Spare sheets per version; None: one when there is no roster, none when there is."""
    version: str = ""
    """Print this version for everyone; empty: the roster's, or all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReport:
    """What was printed."""

    booklets: int
    pages: int
    """Printed pages in all."""
    files: tuple[Path, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    """One version's booklets."""

    exam: Exam
    plan: SheetPlan
    prints: "tuple[SheetPrint, ...]"
    pdf: Path


def make_sheets(settings: SheetSettings) -> SheetReport:
    """Print an exam's sheets, one booklet per student and some spare ones.

    Beside the PDF go its layout (``sheet.layout.json``) and ``sheets.csv``, which says whom each
    serial was printed for. Beside the exam file, ``EXAM.layouts/`` keeps every layout and every
    serial ever printed, so that a sheet is read by its own layout after the file was edited, and
    no serial is given twice.

    Raises
    ------
    UsageFault
        When the exam is not on paper of ours, has no such version, or the roster does not fit.
    ResultsFault
        When a file cannot be written; then nothing has changed.
    """
    file = load_exam(settings.exam_file)
    wanted = _wanted(file, settings)
    kept = layouts_folder(settings.exam_file)
    for folder in (settings.output.parent, kept):
        _make_folder(folder)
    with FolderLock(kept):
        before = _sheet_rows(kept / SHEETS_FILE)
        beside = settings.output.parent / SHEETS_FILE
        jobs = _jobs(file, wanted, settings.output, 1 + _last_serial(file.id, before, _sheet_rows(beside)))
        rows = [_sheet_row(job, one) for job in jobs for one in job.prints]
        notices: list[str] = []
        # The serials first: should the power fail between two files, none is given again.
        contents: dict[Path, Content] = {kept / SHEETS_FILE: _sheets_table([*before, *rows])}
        for job in jobs:
            text = layout_json(job.plan.layout)
            contents[kept / f"{job.plan.layout.hash}.json"] = text_content(text)
            contents[job.pdf] = _drawing(job, notices)
            if not is_special(job.pdf):
                contents[job.pdf.with_suffix(".layout.json")] = text_content(text)
        if not is_special(settings.output):
            contents[beside] = _sheets_table([*_sheet_rows(beside), *rows])
        files = replace_files(contents)
    return SheetReport(
        booklets=len(rows),
        pages=sum(len(job.prints) * len(job.plan.pages) for job in jobs),
        files=tuple(path for path in files if path.parent != kept),
        notices=tuple(dict.fromkeys(notices)),
    )


def _wanted(file: ExamFile, settings: SheetSettings) -> dict[str, tuple[Student, ...]]:
    """Students by version, spare booklets as students without id and name."""
    versions = tuple(file.versions)
    if settings.version and settings.version not in versions:
        raise UsageFault(
            f"{file.path} has no version {settings.version}", hint=f"its versions are {', '.join(versions)}"
        )
    base = settings.version or versions[0]
    if layout := file.versions[base].layout_file:
        raise UsageFault(
            f"{file.path} is answered on paper that scangrade does not print ({layout})",
            hint="take the line layout: out of the exam file to print sheets of our own",
        )
    wanted: dict[str, list[Student]] = {version: [] for version in versions}
    students = load_roster(settings.roster) if settings.roster else ()
    _refuse_ids_that_do_not_fit(settings.roster, students, file.versions[base])
    for student in students:
        version = settings.version or student.version or base
        if version not in wanted:
            raise UsageFault(
                f"{settings.roster}: student {student.student_id} has version {version}, which"
                f" {file.path} does not have",
                hint=f"its versions are {', '.join(versions)}",
            )
        wanted[version].append(student)
    blank = settings.blank if settings.blank is not None else int(not students)
    spare = Student(student_id="", name="")
    for version in [settings.version] if settings.version else versions:
        wanted[version] += [spare] * blank
    found = {version: tuple(people) for version, people in wanted.items() if people}
    if not found:
        raise UsageFault("there is no sheet to print", hint="name a --roster, or say --blank 1")
    return found


def _refuse_ids_that_do_not_fit(roster: Path | None, students: Sequence[Student], exam: Exam) -> None:
    """A printed sheet shows the student's id above the boxes for it: it must fit them."""
    kind, length = exam.student_id.kind, exam.student_id.length
    if kind not in ("digits", "alphanumeric"):
        return
    characters = "digits" if kind == "digits" else "letters A-Z and digits"
    fits = re.compile(rf"[0-9]{{{length}}}" if kind == "digits" else rf"[0-9A-Z]{{{length}}}")
    faults = [
        Fault(
            file=str(roster),
            line=0,
            column=0,
            what=f"student id {student.student_id} is not {length} {characters}, as {exam.file} asks for",
            instead=f"correct the id, or write student_id: {{kind: {kind}, length: ...}} there",
        )
        for student in students
        if not fits.fullmatch(student.student_id)
    ]
    if faults:
        raise FileFaults(faults)


def _jobs(
    file: ExamFile, wanted: dict[str, tuple[Student, ...]], output: Path, serial: int
) -> tuple[_Job, ...]:
    from pipeline.paper import SheetPrint

    jobs = []
    for version, people in wanted.items():
        exam = file.versions[version]
        prints = tuple(
            SheetPrint(serial=serial + place, student_id=student.student_id, name=student.name)
            for place, student in enumerate(people)
        )
        serial += len(people)
        pdf = output.with_stem(f"{output.stem}-{version}") if len(wanted) > 1 else output
        jobs.append(_Job(exam=exam, plan=compose_sheet(exam), prints=prints, pdf=pdf))
    return tuple(jobs)


def _drawing(job: _Job, notices: list[str]) -> Content:
    from pipeline.paper import draw_sheets

    return lambda out: notices.extend(draw_sheets(job.plan, job.exam, job.prints, out))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsFault(f"cannot make the folder {folder}: {system_reason(error)}") from error


def _sheet_rows(path: Path) -> list[SheetRow]:
    return list(load_sheets(path)) if path.is_file() else []


def _sheet_row(job: _Job, one: "SheetPrint") -> SheetRow:
    return SheetRow(
        serial=str(one.serial), student_id=one.student_id, exam=job.exam.id, version=job.exam.version
    )


def _sheets_table(rows: Sequence[SheetRow]) -> Content:
    return table_content(Table.of(SheetRow, [row.model_dump() for row in rows]))


def _last_serial(exam: str, *lists: Sequence[SheetRow]) -> int:
    return max((int(row.serial) for rows in lists for row in rows if row.exam == exam), default=0)


# --- rehearsal -------------------------------------------------------------------------------------


def rehearse(
    exam_file: Path,
    students: int | Path,
    folder: Path,
    settings: "SimulationSettings",
    progress: Callable[[int, int], None] | None = None,
) -> "SimulationSummary":
    """Print, fill in and scan an exam by simulation; writes scans, roster, sheets, truth and the exam.

    Parameters
    ----------
    exam_file
        The exam.
    students
        How many to invent, or a roster.
    folder
        Gets everything.
    settings
        Of the simulator.
    progress
        Called with (pages done, pages in all).

    Raises
    ------
    FileFaults
        When the exam file or its key has faults.
    UsageFault
        When the folder already holds scans.
    ResultsFault
        When a file cannot be written.
    """
    from pipeline.paper.simulate import simulate_exam

    checked = check_keys([exam_file])
    file = checked.files[0]
    right: dict[str, dict[str, RightAnswer]] = {
        exam.version: _right_answers(key) for exam, key in checked.keys
    }
    people = students if isinstance(students, int) else load_roster(students)
    with clear_write_faults(folder):
        summary = simulate_exam(file, people, folder, settings, right=right, progress=progress)
    if checked.keys[0][0].layout_file:
        return summary
    # With its own copy of the exam file, a rehearsal's serials never meet those of printed sheets.
    replace_files({folder / exam_file.name: bytes_content(exam_file.read_bytes())})
    return replace(summary, files=(*summary.files, exam_file.name))


def _right_answers(key: Key) -> "dict[str, RightAnswer]":
    from pipeline.paper.simulate import RightAnswer

    answers = {}
    for name, entry in key.entries.items():
        if entry.right is not None:
            answers[name] = RightAnswer(chosen=tuple(sorted(entry.right)))
        elif entry.value is not None:
            answers[name] = RightAnswer(value=_writable(entry))
    return answers


def _writable(entry: KeyEntry) -> Fraction:
    """A right number as a student can write it: rounded to the digits of its grid."""
    decimals = entry.question.number.decimals if entry.question.number else 0
    return Fraction(round(Fraction(entry.value or 0) * 10**decimals), 10**decimals)
