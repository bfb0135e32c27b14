"""What a run needs beside the scans: exams with their keys, layouts, printed sheets, roster.

Reads files and checks that they fit together; opens no scan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam import (
    ExamDraft,
    compose_sheet,
    draft_exam,
    draft_exams,
    layouts_folder,
    load_credits,
    load_layout,
    load_layouts,
    load_roster,
    load_sheets,
)
from pipeline.formats import CreditRow
from pipeline.grading import Key, build_key, number_text
from pipeline.model import Assembly, Exam, ExamFile, Layout, LayoutBook, Question, Student
from pipeline.store import KeyVersion

VersionKey = tuple[str, str]
"""(exam id, version)"""

SHEETS_FILE = "sheets.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exams:
    """Every exam at hand with its solved key."""

    files: tuple[ExamFile, ...] = ()
    exams: Mapping[VersionKey, Exam] = field(default_factory=dict)
    keys: Mapping[VersionKey, Key] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Exam ids, in the order of the files."""
        return tuple(file.id for file in self.files)


def gather_exams(keys: Path) -> Exams:
    """Load and solve every exam file of a folder, or one file.

    Raises
    ------
    FileFaults
        With every fault of every file and every key at once.
    UsageFault
        When there is no exam file.
    """
    return solved_exams(draft_exams(keys))


def with_earlier_exams(exams: Exams, earlier: Sequence[KeyVersion]) -> Exams:
    """The exams at hand, and those that the results folder was graded by before.

    A results folder may hold several exams, while only some of their files are named now.
    """
    missing = [key for key in earlier if key.exam not in exams.ids]
    if not missing:
        return exams
    again = solved_exams([draft_exam(key.text, Path(key.file)) for key in missing])
    return Exams(
        files=(*exams.files, *again.files),
        exams={**exams.exams, **again.exams},
        keys={**exams.keys, **again.keys},
        warnings=exams.warnings,
    )


def solved_exams(drafts: Sequence[ExamDraft]) -> Exams:
    """Exams with their keys, from exam files.

    Raises
    ------
    FileFaults
        With every fault of every file, those of its key too, in the order of the files and their lines.
    """
    exams: dict[VersionKey, Exam] = {}
    solved: dict[VersionKey, Key] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for draft in drafts:
        found = list(draft.faults)
        for version, one in draft.versions.items():
            check = build_key(one.exam, draft.key_hash, one.refused)
            found.extend(check.faults)
            warnings.extend(str(warning) for warning in check.warnings)
            exams[one.exam.id, version] = one.exam
            if check.key is not None:
                solved[one.exam.id, version] = check.key
        faults.extend(sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.column)))
    if faults:
        raise FileFaults(faults)
    files = tuple(draft.file for draft in drafts if draft.file is not None)
    return Exams(files=files, exams=exams, keys=solved, warnings=tuple(dict.fromkeys(warnings)))


def gather_layouts(exams: Exams, stored: Sequence[Layout] = ()) -> LayoutBook:
    """Layouts of every exam at hand, those printed before an edit included.

    Parameters
    ----------
    exams
        Exam files; each brings its layout of today, or names a layout file.
    stored
        Layouts that earlier runs of the same results folder have read with.

    Raises
    ------
    UsageFault
        When two exams name layout files: pages without a code of ours cannot be told apart.
    """
    coded: list[Layout] = []
    fixed: list[Layout] = []
    for file in exams.files:
        for exam in file.versions.values():
            if exam.layout_file:
                layout = load_layout(Path(exam.layout_file))
                fixed.append(replace(layout, exam=exam.id, version=exam.version))
            else:
                coded.append(compose_sheet(exam).layout)
        coded.extend(load_layouts(Path(file.path)))
    coded.extend(layout for layout in stored if layout.exam in exams.ids)
    if len({layout.exam for layout in fixed}) > 1:
        names = ", ".join(sorted({layout.exam for layout in fixed}))
        raise UsageFault(
            f"the exams {names} all use paper that scangrade did not print",
            hint="grade them one at a time: name one exam file with --keys",
        )
    return LayoutBook(coded=_distinct(coded), fixed=fixed[0] if fixed else None)


def _distinct(layouts: Iterable[Layout]) -> tuple[Layout, ...]:
    """Each layout once, in a stable order."""
    by_name = {(layout.exam, layout.version, layout.hash): layout for layout in layouts}
    return tuple(by_name[name] for name in sorted(by_name))


def gather_sheets(exams: Exams, scans: Sequence[Path], named: Sequence[Path]) -> dict[tuple[str, int], str]:
    """Which serial was printed for whom.

    ``sheets.csv`` files named on the command line count before those that lie in the scan folders,
    and these before those kept beside the exam files: a rehearsal has serials of its own.

    Returns
    -------
    dict
        Student id by (exam, serial); "" for a spare sheet.

    Raises
    ------
    UsageFault
        When two files of one kind give one serial to different students.
    """
    kept = [layouts_folder(Path(file.path)) / SHEETS_FILE for file in exams.files]
    beside = [folder / SHEETS_FILE for folder in scans if folder.is_dir()]
    printed: dict[tuple[str, int], str] = {}
    for paths in (
        [path for path in kept if path.is_file()],
        [path for path in beside if path.is_file()],
        named,
    ):
        printed.update(_agreeing(paths))
    return printed


def _agreeing(paths: Sequence[Path]) -> dict[tuple[str, int], str]:
    """Students by serial of several ``sheets.csv``; two of them must not disagree."""
    printed: dict[tuple[str, int], str] = {}
    told: dict[tuple[str, int], Path] = {}
    for path in paths:
        for row in load_sheets(path):
            serial = (row.exam, int(row.serial))
            if printed.setdefault(serial, row.student_id) != row.student_id:
                raise UsageFault(
                    f"serial {row.serial} of {row.exam} belongs to {printed[serial] or 'nobody'}"
                    f" in {told[serial]} and to {row.student_id or 'nobody'} in {path}",
                    hint="keep the sheets.csv that was written when these sheets were printed",
                )
            told.setdefault(serial, path)
    return printed


def gather_roster(path: Path | None) -> dict[str, Student] | None:
    """Students by id, or None without a roster."""
    return None if path is None else {s.student_id: s for s in load_roster(path)}


def gather_credits(path: Path | None, assembly: Assembly, exams: Exams) -> dict[tuple[str, str], Fraction]:
    """Credits from ``--credits FILE``, by (student id, question).

    Raises
    ------
    FileFaults
        For every row of which the student, the question or the credits do not fit.
    """
    if path is None:
        return {}
    versions: dict[str, list[VersionKey]] = {}
    for booklet in assembly.booklets:
        versions.setdefault(booklet.student_id, []).append((booklet.exam, booklet.version))
    absent = {student.student_id for _, student in (*assembly.absent, *assembly.unread)}
    given: dict[tuple[str, str], Fraction] = {}
    faults = []
    for line, row in load_credits(path):
        asked = [
            question
            for version in versions.get(row.student_id, [])
            for question in exams.exams[version].questions
            if question.id == row.question
        ]
        what, instead = _credit_fault(row, asked, row.student_id in versions, row.student_id in absent)
        if len(asked) > 1:
            what = f"student {row.student_id} has a question {row.question} in several exams"
            instead = "give the credits of one exam at a time"
        if what:
            faults.append(Fault(file=str(path), line=line, column=0, what=what, instead=instead))
        elif asked and row.points:
            given[row.student_id, row.question] = _number(row.points)
    if faults:
        raise FileFaults(faults)
    return given


def _credit_fault(
    row: CreditRow, asked: Sequence[Question], has_sheet: bool, absent: bool
) -> tuple[str, str]:
    if not has_sheet:
        if absent:
            return "", ""
        return f"student {row.student_id} has no sheet and is not expected", "correct the id"
    if not asked:
        return f"there is no question {row.question}", "correct it, or remove the row"
    credits = asked[0].credits
    if not row.points:
        return "", ""
    if credits is None:
        return f"question {row.question} is not marked by an examiner", "remove the row"
    scale = f"write 0 to {number_text(credits.max)} in steps of {number_text(credits.step)}"
    try:
        points = _number(row.points)
    except (ValueError, ZeroDivisionError):
        return f"{row.points!r} is not a number of credits", scale
    if not 0 <= points <= credits.max or points % credits.step:
        return f"{row.points} is not a credit of question {row.question}", scale
    return "", ""


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))
